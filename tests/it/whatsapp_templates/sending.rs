//! Sending templates.

use super::*;

fn template(filled: Filled) -> Content {
    Content::Template { filled }
}

// story: RP-06
#[tokio::test]
async fn a_filled_template_reaches_the_customer_at_any_time() {
    let desk = Desk::open().await;
    let question = desk.meta.says(desk.ana, &desk.number, "hi");
    desk.forward(3 * DAY_MS);
    for (outbox, (name, language, given)) in (1..).zip([
        ("hello_world", "en_US", &[][..]),
        ("reopen_conversation", "es", &["Ana"]),
        ("pickup_ready", "en_US", &["2041", "Ana", "bike {{3}}", "six"]),
        ("appointment_reminder", "en_US", &["Ana", "Monday", "nine"]),
    ]) {
        let filled = desk.template(name, language).await.fill(&values(given)).unwrap();
        let text = filled.text.clone();
        let outcome = desk.send(outbox, template(filled), Some(&question)).await;
        let shown = desk.last().await;
        assert_eq!(outcome, Outcome::Done(baton::port::Receipt::of(&shown.id)), "{name}");
        let lines = [shown.header.unwrap_or_default(), shown.text, shown.footer.unwrap_or_default()];
        assert_eq!(lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"), text);
        assert_eq!(shown.quotes, None);
    }
    let states: Vec<Delivered> = desk
        .events()
        .await
        .into_iter()
        .filter_map(|event| if let Event::Status(status) = event { Some(status.state) } else { None })
        .collect();
    assert_eq!(states.len(), 8);
    assert!(states.iter().all(|state| matches!(state, Delivered::Sent | Delivered::Delivered)));
    desk.assert_in_order();
}

#[tokio::test]
async fn parameters_are_in_order_or_by_name() {
    let graph = Graph::start(|count, _| crate::whatsapp_support::accepted(&format!("wamid.{count}"))).await;
    let client = graph.client();
    let to = Address { phone: "15551230000".into(), bsuid: String::new() };
    let number = NumberId::from(crate::whatsapp_support::NUMBER);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let plain = Filled {
        name: "a".into(),
        language: "pt_BR".into(),
        header: vec![],
        body: vec![],
        named: false,
        text: "A".into(),
    };
    let positional =
        Filled { header: vec![pair("1", "x")], body: vec![pair("1", "y"), pair("2", "z")], ..plain.clone() };
    let named = Filled { named: true, body: vec![pair("who", "Ana")], ..plain.clone() };
    for (outbox, filled) in (1..).zip([plain, positional, named]) {
        let content = Outgoing::Content(template(filled));
        let call = Call::Send { number: number.clone(), to: to.clone(), content, quote: None };
        assert!(matches!(client.perform(job(outbox, call)).await, Outcome::Done(_)));
    }
    let sent: Vec<Value> = graph.requests().iter().map(|seen| seen.json()["template"].clone()).collect();
    let text = |text: &str| json!({ "type": "text", "text": text });
    assert_eq!(sent[0], json!({ "name": "a", "language": { "code": "pt_BR" } }));
    assert_eq!(
        sent[1]["components"],
        json!([{ "type": "header", "parameters": [text("x")] }, { "type": "body", "parameters": [text("y"), text("z")] }])
    );
    assert_eq!(
        sent[2]["components"],
        json!([{ "type": "body", "parameters": [{ "type": "text", "text": "Ana", "parameter_name": "who" }] }])
    );
}

#[tokio::test]
async fn a_template_that_is_not_there_any_more_is_refused_in_words() {
    let desk = Desk::open().await;
    let filled = desk.template("reopen_conversation", "en_US").await.fill(&values(&["Ana"])).unwrap();
    desk.meta.set_template_status("reopen_conversation", "en_US", "PAUSED");
    let (code, reason) = refused(&desk.send(1, template(filled.clone()), None).await);
    assert_eq!(code, 132_015);
    assert!(reason.starts_with("WhatsApp has paused the template for its low quality. WhatsApp says: "), "{reason}");
    desk.meta.set_template_status("reopen_conversation", "en_US", "DISABLED");
    assert_eq!(refused(&desk.send(2, template(filled.clone()), None).await).0, 132_016);
    desk.meta.set_templates(vec![]);
    let (code, reason) = refused(&desk.send(3, template(filled), None).await);
    assert_eq!(code, 132_001);
    assert!(reason.starts_with("The template does not exist in this language or is not approved."), "{reason}");
    let told: Vec<Event> = desk.events().await;
    let told = |n: usize| match &told[n] {
        Event::Account { notice } => notice.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(0), "The template \"reopen_conversation\" is now paused.");
    desk.assert_in_order();
}

#[tokio::test]
async fn values_that_are_too_long_are_refused_in_words() {
    let desk = Desk::open().await;
    let pickup = desk.template("pickup_ready", "en_US").await;
    let long = pickup.fill(&values(&["2041", "Ana", &"x".repeat(1025), "six"])).unwrap();
    let (_, reason) = refused(&desk.send(1, template(long), None).await);
    assert_eq!(reason, "The value of {{2}} has 1025 characters; WhatsApp takes at most 1024 there.");
    let long = pickup.fill(&values(&[&"x".repeat(61), "Ana", "bike", "six"])).unwrap();
    let (_, reason) = refused(&desk.send(2, template(long), None).await);
    assert_eq!(reason, "The value of {{1}} has 61 characters; WhatsApp takes at most 60 there.");
    let long = pickup.fill(&values(&["2041", "Ana", &"x".repeat(1000), "six"])).unwrap();
    let (code, reason) = refused(&desk.send(3, template(long), None).await);
    assert_eq!(code, 132_005);
    assert!(reason.starts_with("The filled template is too long."), "{reason}");
    assert_eq!(desk.meta.accepted().len(), 0);
    desk.assert_in_order();
}

#[tokio::test]
async fn what_does_not_fit_the_template_is_refused() {
    let desk = Desk::open().await;
    let fine = desk.template("reopen_conversation", "en_US").await.fill(&values(&["Ana"])).unwrap();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let two = Filled { body: vec![pair("1", "Ana"), pair("2", "Bo")], ..fine.clone() };
    let (code, reason) = refused(&desk.send(1, template(two), None).await);
    assert_eq!(code, 132_000);
    assert!(reason.starts_with("The template has another number of placeholders."), "{reason}");
    let broken = Filled { body: vec![pair("1", "a\nb")], ..fine };
    assert_eq!(refused(&desk.send(2, template(broken), None).await).0, 132_012);
    let pictured = Filled { name: "order_shipped".into(), language: "en_US".into(), ..empty() };
    assert_eq!(refused(&desk.send(3, template(pictured), None).await).0, 132_000);
    let linked = Filled { name: "parcel_sent".into(), body: vec![pair("1", "Ana")], ..empty() };
    let (code, reason) = refused(&desk.send(4, template(linked), None).await);
    assert_eq!(code, 131_008);
    assert!(reason.ends_with("Button at index 0 of type URL requires a parameter."), "{reason}");
    assert_eq!(desk.meta.wire().take_violations().len(), 4);
    desk.assert_in_order();
}

fn empty() -> Filled {
    Filled {
        name: String::new(),
        language: "en_US".into(),
        header: vec![],
        body: vec![],
        named: false,
        text: String::new(),
    }
}

#[tokio::test]
async fn a_template_may_fail_later() {
    let desk = Desk::open().await;
    let filled = desk.template("hello_world", "en_US").await.fill(&[]).unwrap();
    desk.meta.fail_next(desk.ana, 131_049);
    assert!(matches!(desk.send(4711, template(filled), None).await, Outcome::Done(_)));
    let events = desk.events().await;
    let [Event::Status(status)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(status.outbox.map(|outbox| outbox.0), Some(4711));
    let reason = "WhatsApp does not deliver more marketing messages to this customer for now; try again after a day at the earliest.";
    assert_eq!(status.state, Delivered::Failed(Failure { code: 131_049, reason: reason.to_owned() }));
    desk.assert_in_order();
}

#[tokio::test]
async fn a_quick_reply_comes_back_as_a_choice() {
    let desk = Desk::open().await;
    let filled = desk.template("pickup_ready", "en_US").await.fill(&values(&["1", "Ana", "bike", "six"])).unwrap();
    desk.send(1, template(filled), None).await;
    let shown = desk.last().await;
    desk.events().await;
    assert!(desk.meta.taps(desk.ana, &shown.id, "On my way").is_some());
    assert_eq!(desk.picked().await, ("On my way".to_owned(), "On my way".to_owned()));
    desk.assert_in_order();
}
