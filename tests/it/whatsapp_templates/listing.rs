//! The list of templates.

use super::*;

fn names(templates: &[Template]) -> Vec<String> {
    templates.iter().map(|template| format!("{} {}", template.name, template.language)).collect()
}

// story: RP-06
#[tokio::test]
async fn approved_templates_are_listed_in_each_language() {
    let desk = Desk::open().await;
    let templates = desk.client.templates().await.unwrap();
    assert_eq!(
        names(&templates),
        [
            "appointment_reminder en_US",
            "hello_world en_US",
            "order_shipped en_US",
            "parcel_sent en_US",
            "pickup_ready en_US",
            "reopen_conversation en_US",
            "reopen_conversation es",
        ],
        "neither the paused one nor the one for codes"
    );
    assert_eq!(
        templates[4],
        Template {
            name: "pickup_ready".into(),
            language: "en_US".into(),
            category: "UTILITY".into(),
            header: "Order {{1}}".into(),
            body: "Hi {{1}}, your {{2}} is ready. We are open until {{3}} today.".into(),
            footer: "Thank you for your order".into(),
            buttons: values(&["On my way", "Call us"]),
            named: false,
            unfit: String::new(),
        }
    );
    assert!(templates[0].named);
    assert_eq!(templates[0].placeholders(), ["first_name", "day", "time"]);
    desk.assert_in_order();
}

#[tokio::test]
async fn a_long_list_is_read_to_its_end() {
    let desk = Desk::open().await;
    let many: Vec<meta::Template> =
        (0..60).map(|n| meta::Template::utility(&format!("t{n:02}"), "en_US", "Hi {{1}}")).collect();
    desk.meta.set_templates(many);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    desk.meta.wire().tap(Arc::new(move |exchange: &Exchange| seen.lock().unwrap().push(exchange.path.clone())));
    let templates = desk.client.templates().await.unwrap();
    assert_eq!(templates.len(), 60);
    assert_eq!(*asked.lock().unwrap(), vec![format!("/{WABA}/message_templates"); 3]);
    assert!(templates.iter().all(|template| template.unfit.is_empty()));
    desk.assert_in_order();
}

#[tokio::test]
async fn what_cannot_be_given_with_a_command_is_said() {
    let desk = Desk::open().await;
    let body = json!({ "type": "BODY", "text": "Hi {{1}}" });
    let header = |format: &str| json!([{ "type": "HEADER", "format": format }, body]);
    let button = |button: Value| json!([body, { "type": "BUTTONS", "buttons": [button] }]);
    let cases = [
        ("image", header("IMAGE"), "Its header needs a picture, which cannot be given with a command."),
        ("video", header("VIDEO"), "Its header needs a video, which cannot be given with a command."),
        ("document", header("DOCUMENT"), "Its header needs a document, which cannot be given with a command."),
        ("location", header("LOCATION"), "Its header needs a place, which cannot be given with a command."),
        (
            "product",
            header("PRODUCT"),
            "Its header needs something else than text, which cannot be given with a command.",
        ),
        (
            "url",
            button(json!({ "type": "URL", "text": "Track", "url": "https://x.example/{{1}}" })),
            "Its button \"Track\" needs the rest of its address, which cannot be given with a command.",
        ),
        ("fixed", button(json!({ "type": "URL", "text": "Shop", "url": "https://x.example/" })), ""),
        ("phone", button(json!({ "type": "PHONE_NUMBER", "text": "Call", "phone_number": "+1555" })), ""),
        ("reply", button(json!({ "type": "QUICK_REPLY", "text": "Yes" })), ""),
        (
            "code",
            button(json!({ "type": "COPY_CODE", "text": "Copy" })),
            "Its button \"Copy\" needs a code to copy, which cannot be given with a command.",
        ),
        (
            "form",
            button(json!({ "type": "FLOW", "text": "Book", "flow_id": "1" })),
            "Its button \"Book\" opens a form, which cannot be sent from here.",
        ),
        (
            "catalog",
            button(json!({ "type": "CATALOG", "text": "View" })),
            "Its button \"View\" shows products, which cannot be chosen with a command.",
        ),
        (
            "new",
            button(json!({ "type": "MIND_READING", "text": "Think" })),
            "Its button \"Think\" is of a kind that cannot be sent from here (mind reading).",
        ),
        (
            "cards",
            json!([body, { "type": "CAROUSEL", "cards": [{ "components": [] }] }]),
            "It is a row of cards with pictures, which cannot be given with a command.",
        ),
        (
            "offer",
            json!([body, { "type": "LIMITED_TIME_OFFER", "limited_time_offer": { "text": "Soon" } }]),
            "It is an offer with an end, which cannot be given with a command.",
        ),
        (
            "part",
            json!([body, { "type": "HOLOGRAM" }]),
            "It has a part of a kind that cannot be sent from here (hologram).",
        ),
    ];
    desk.meta.set_templates(cases.iter().map(|(name, components, _)| made_of(name, components.clone())).collect());
    for (name, _, says) in &cases {
        let template = desk.template(name, "en_US").await;
        assert_eq!(template.unfit, *says, "{name}");
        assert_eq!(template.fill(&values(&["Ana"])).is_ok(), says.is_empty(), "{name}");
    }
    desk.assert_in_order();
}

fn page(data: &Value, paging: Value) -> axum::response::Response {
    json_answer(200, json!({ "data": data, "paging": paging }))
}

fn listed(name: &str) -> Value {
    json!({ "name": name, "language": "en_US", "status": "APPROVED", "category": "UTILITY", "id": "1",
        "components": [{ "type": "BODY", "text": "Hi" }] })
}

#[tokio::test]
async fn only_our_own_host_is_asked() {
    let elsewhere = Graph::start(|_, _| page(&json!([]), json!({}))).await;
    let next = format!("{}/v25.0/{WABA}/message_templates?limit=25&after=three", elsewhere.url);
    let graph = Graph::start(move |count, _| match count {
        1 => page(&json!([listed("a")]), json!({ "cursors": { "after": "two" }, "next": next })),
        2 => page(&json!([listed("b")]), json!({ "next": next })),
        _ => page(&json!([listed("c"), listed("a")]), json!({ "cursors": { "after": "three" } })),
    })
    .await;
    let templates = graph.client().templates().await.unwrap();
    assert_eq!(names(&templates), ["a en_US", "b en_US", "c en_US"]);
    let asked: Vec<String> = graph.requests().into_iter().map(|seen| seen.path).collect();
    let first = format!(
        "/v25.0/{WABA}/message_templates?fields=name%2Clanguage%2Cstatus%2Ccategory%2Cparameter_format%2Ccomponents&limit=25&status=APPROVED"
    );
    assert_eq!(asked, [first.clone(), format!("{first}&after=two"), format!("{first}&after=three")]);
    assert_eq!(elsewhere.requests().len(), 0, "the token goes to no other host");
}

#[tokio::test]
async fn odd_entries_do_not_spoil_the_others() {
    let mut named = listed("named");
    named["components"] = json!([{ "type": "BODY", "text": "Hi {{who}}" }]);
    let mut odd = listed("odd");
    odd["components"] = json!("none");
    let mut pending = listed("pending");
    pending["status"] = json!("PENDING");
    let small = json!({ "name": "small", "language": "en_US", "status": "approved", "category": "utility",
        "components": [{ "type": "body", "text": "Hi" }, { "type": "header", "format": "image" }] });
    let data = json!([7, { "name": ["x"] }, odd, pending, listed("fine"), named, small]);
    let graph = Graph::start(move |_, _| page(&data, json!("none"))).await;
    let templates = graph.client().templates().await.unwrap();
    assert_eq!(names(&templates), ["fine en_US", "named en_US", "small en_US"]);
    assert!(templates[2].unfit.starts_with("Its header needs a picture"));
    assert_eq!((templates[0].named, templates[1].named), (false, true), "where Meta does not say, the names do");
}

#[tokio::test]
async fn a_list_that_is_not_whole_is_none() {
    let more = || json!({ "cursors": { "after": "two" }, "next": "https://x.example/?after=two" });
    let broken =
        Graph::start(move |count, _| if count == 1 { page(&json!([listed("a")]), more()) } else { error(500, 2) })
            .await;
    assert_eq!(broken.client().templates().await.unwrap_err(), "code 2: WhatsApp is unavailable for the moment.");
    let round = Graph::start(move |_, _| page(&json!([listed("a")]), more())).await;
    assert_eq!(
        round.client().templates().await.unwrap_err(),
        "WhatsApp's list of templates does not go on where it says it does."
    );
    assert_eq!(round.requests().len(), 2);
    let endless = Graph::start(|count, _| {
        page(&json!([]), json!({ "cursors": { "after": count.to_string() }, "next": "https://x.example/" }))
    })
    .await;
    assert_eq!(endless.client().templates().await.unwrap_err(), "WhatsApp's list of templates has no end.");
    let other = Graph::start(|_, _| json_answer(200, json!({ "id": WABA }))).await;
    assert_eq!(other.client().templates().await.unwrap_err(), "WhatsApp's answer is no list of templates.");
}

#[tokio::test]
async fn a_refusal_says_what_to_look_at() {
    let desk = Desk::open().await;
    let hint = "Is the id of the business account right, and has the token the permission whatsapp_business_management for it?";
    let mut settings = settings(&desk.meta.url());
    settings.access_token = Secret::new(desk.meta.access_token());
    settings.business_account = "999".to_owned();
    let wrong = WhatsApp::new(settings.clone()).unwrap();
    assert_eq!(
        wrong.templates().await.unwrap_err(),
        format!("What the message refers to no longer exists at WhatsApp. {hint}")
    );
    desk.meta.set_access_token("another");
    assert_eq!(desk.client.templates().await.unwrap_err(), format!("The access token has expired. {hint}"));
    settings.business_account = String::new();
    assert_eq!(WhatsApp::new(settings).unwrap().templates().await, Ok(vec![]));
    desk.assert_in_order();
}
