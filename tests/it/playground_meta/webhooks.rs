//! Delivery and its misbehaviour.

use super::*;

fn texts(values: &[Value]) -> Vec<String> {
    let messages = values.iter().flat_map(|value| value["messages"].as_array().cloned().unwrap_or_default());
    messages.map(|message| message["text"]["body"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_callback_is_verified_before_anything_is_delivered() {
    let desk = Desk::open().await;
    let wrong = Options { verify_token: "another".to_owned(), ..Options::default() };
    let stranger = Meta::start(SocketAddr::from(([127, 0, 0, 1], 0)), wrong).await.unwrap();
    let url = desk.receiver.start().await;
    assert!(stranger.subscribe_webhook(&url).await.unwrap_err().contains("403"));
    desk.meta.says(desk.ana, &desk.number, "hi");
    let values = desk.values().await;
    assert_eq!(values[0]["metadata"]["phone_number_id"], desk.number.as_str());
    assert_eq!(texts(&values), ["hi"]);
}

#[tokio::test]
async fn every_wamid_is_its_own_and_the_order_of_a_customer_is_kept() {
    let desk = Desk::open().await;
    let mut ids: Vec<String> = (0..20).map(|i| desk.meta.says(desk.ana, &desk.number, &i.to_string())).collect();
    let expected: Vec<String> = (0..20).map(|i| i.to_string()).collect();
    assert_eq!(texts(&desk.values().await), expected);
    ids.dedup();
    assert_eq!(ids.len(), 20);
    assert!(ids.iter().all(|id| id.starts_with("wamid.")));
}

#[tokio::test]
async fn deliveries_are_retried_until_a_200_comes() {
    let desk = Desk::open().await;
    desk.receiver.answers(&[500, 503, 204]);
    desk.meta.says(desk.ana, &desk.number, "hi");
    assert_eq!(desk.meta.deliveries_pending(), 1);
    assert_eq!(texts(&desk.values().await), ["hi"]);
    assert_eq!(desk.meta.webhook_answers().into_iter().collect::<Vec<_>>(), [(200, 1), (204, 1), (500, 1), (503, 1)]);
}

#[tokio::test]
async fn webhooks_come_twice_forged_held_batched_and_reversed() {
    let desk = Desk::open().await;
    desk.meta.duplicate_webhooks(true);
    desk.meta.says(desk.ana, &desk.number, "hi");
    assert_eq!(texts(&desk.values().await), ["hi", "hi"]);
    desk.meta.duplicate_webhooks(false);

    desk.meta.forge_signatures(1);
    desk.meta.says(desk.ana, &desk.number, "hi");
    assert_eq!(texts(&desk.values().await), ["hi"]);
    assert_eq!(desk.meta.webhook_answers()[&401], 1);

    desk.meta.hold_webhooks(true);
    for text in ["a", "b", "c"] {
        desk.meta.says(desk.ana, &desk.number, text);
    }
    assert_eq!(desk.meta.held(), 3);
    assert_eq!(desk.values().await.len(), 0);
    desk.meta.release_reversed();
    assert_eq!(texts(&desk.values().await), ["c", "b", "a"]);

    desk.meta.hold_webhooks(true);
    let second = desk.meta.add_number_in("202", "+1 555 000 0002");
    desk.meta.says(desk.ana, &desk.number, "a");
    desk.meta.says(desk.ana, &desk.number, "b");
    desk.meta.account_error(&desk.number, 130_429, "d");
    desk.meta.says(desk.ana, &second, "c");
    desk.meta.release_batched();
    desk.meta.quiet().await;
    let bodies = desk.receiver.take();
    assert_eq!(bodies.len(), 1);
    let entries = bodies[0]["entry"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "one entry per account");
    assert_eq!(entries[0]["changes"].as_array().unwrap().len(), 2);
    assert_eq!(entries[0]["changes"][0]["value"]["messages"].as_array().unwrap().len(), 2);
    assert_eq!(entries[0]["changes"][0]["value"]["contacts"].as_array().unwrap().len(), 1);
    desk.meta.says(desk.ana, &desk.number, "after");
    assert_eq!(texts(&desk.values().await), ["after"]);
}

#[tokio::test]
async fn raw_bytes_are_signed_and_delivered() {
    let desk = Desk::open().await;
    desk.meta.raw(r#"{"object":"whatsapp_business_account","entry":[]}"#);
    desk.meta.quiet().await;
    assert_eq!(desk.receiver.take(), [json!({ "object": "whatsapp_business_account", "entry": [] })]);
    let signed = desk.meta.signed_text(desk.ana, &desk.number, &"é".repeat(100));
    assert_eq!(signed.headers[1].1, signature(desk.meta.app_secret(), &signed.bytes));
    assert_eq!(desk.meta.deliveries_pending(), 0);
}

#[tokio::test]
async fn misbehaviour_on_the_wire() {
    let desk = Desk::open().await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    desk.values().await;
    let url = format!("{}/v25.0/{}/messages", desk.meta.url(), desk.number);
    let body = json!({ "messaging_product": "whatsapp", "to": "+15551230000", "type": "text", "text": { "body": "x" },
        "biz_opaque_callback_data": "out:1" });
    let request = || desk.http.post(&url).bearer_auth(desk.meta.access_token()).json(&body);
    let fault = |then| Fault { method: None, path: "/messages".to_owned(), times: 1, then };

    desk.meta.wire().misbehave(fault(Misbehaviour::CutBefore));
    assert!(request().send().await.is_err());
    assert_eq!(desk.meta.accepted().len(), 0);

    desk.meta.wire().misbehave(fault(Misbehaviour::CutAfter));
    assert!(request().send().await.is_err());
    assert_eq!(desk.meta.accepted().len(), 1);
    let values = desk.values().await;
    assert_eq!(values[0]["statuses"][0]["biz_opaque_callback_data"], "out:1");

    let headers = vec![("retry-after".to_owned(), "1".to_owned())];
    desk.meta.wire().misbehave(fault(Misbehaviour::Answer { status: 429, headers, body: json!({ "error": {} }) }));
    let answer = request().send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    assert_eq!(desk.meta.accepted().len(), 1);

    desk.meta.stop();
    assert!(request().send().await.is_err());
    desk.meta.restart().await.unwrap();
    assert_eq!(request().send().await.unwrap().status(), 200);
    assert_eq!(desk.meta.accepted().len(), 2);
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());
}

#[tokio::test]
async fn exchanges_are_shown_to_the_tap() {
    let desk = Desk::open().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = seen.clone();
    desk.meta.wire().tap(Arc::new(move |exchange| {
        keep.lock().unwrap().push((exchange.method.clone(), exchange.path.clone(), exchange.status));
    }));
    desk.meta.says(desk.ana, &desk.number, "hi");
    desk.meta.quiet().await;
    desk.get(&format!("/{}", desk.number)).await;
    assert_eq!(
        *seen.lock().unwrap(),
        [
            ("POST".to_owned(), "/whatsapp/webhooks".to_owned(), 200),
            ("GET".to_owned(), format!("/{}", desk.number), 200),
        ]
    );
}
