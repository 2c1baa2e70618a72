//! `POST /messages`, `/media` and the reading routes.

use super::*;

#[tokio::test]
async fn a_reply_in_the_window_is_sent_delivered_and_read() {
    let desk = Desk::open().await;
    let question = desk.meta.says(desk.ana, &desk.number, "hi");
    desk.values().await;
    let (status, body) = desk
        .post(&json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+15551230000",
            "type": "text", "text": { "body": "hello" }, "context": { "message_id": question },
            "biz_opaque_callback_data": "out:4711" }))
        .await;
    assert_eq!(status, 200);
    assert_eq!(body["contacts"][0], json!({ "input": "+15551230000", "wa_id": "15551230000" }));
    let values = desk.values().await;
    assert_eq!(values.len(), 2);
    assert!(values.iter().all(|v| v["statuses"][0]["biz_opaque_callback_data"] == "out:4711"));
    assert_eq!(values[0]["statuses"][0]["pricing"]["type"], "free_customer_service");
    assert_eq!(values[0]["contacts"][0]["profile"], json!({ "name": "Ana" }));
    assert_eq!(values[1]["contacts"][0]["profile"]["username"], "ana.s");
    desk.meta.opens(desk.ana, &desk.number);
    assert_eq!(desk.statuses().await, ["read"]);
    let shown = &desk.meta.history(desk.ana, &desk.number)[1];
    assert_eq!((shown.author, shown.text.as_str(), shown.tick), (Author::Business, "hello", Tick::Read));
    assert_eq!(shown.quotes.as_ref(), Some(&question));
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());
}

#[tokio::test]
async fn outside_the_window_only_templates_pass() {
    let desk = Desk::open().await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    desk.forward(DAY_MS - 1);
    desk.text("just in time").await;
    desk.values().await;
    desk.forward(1);
    desk.text("too late").await;
    let values = desk.values().await;
    assert_eq!(values[0]["statuses"][0]["errors"][0]["code"], 131_047);
    assert!(values[0].get("contacts").is_none());
    assert_eq!(desk.meta.history(desk.ana, &desk.number).len(), 2);

    let template = |n: usize| {
        let parameters = vec![json!({ "type": "text", "text": "Ana" }); n];
        json!({ "name": "reopen_conversation", "language": { "code": "en_US" },
            "components": [{ "type": "body", "parameters": parameters }] })
    };
    assert_eq!(desk.send("template", template(1)).await.0, 200);
    assert_eq!(desk.statuses().await, ["sent", "delivered"]);
    let shown = desk.meta.history(desk.ana, &desk.number).pop().unwrap();
    assert!(shown.text.starts_with("Hi Ana, "));
    let reply = desk.meta.taps(desk.ana, &shown.id, "Continue").unwrap();
    assert_eq!(desk.values().await[0]["messages"][0]["button"]["payload"], "Continue");
    assert!(!reply.is_empty());
    desk.text("open again").await;
    assert_eq!(desk.statuses().await, ["sent", "delivered"]);
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());

    assert_eq!(desk.send("template", template(2)).await.1["error"]["code"], 132_000);
    assert_eq!(desk.meta.wire().take_violations().len(), 1);
    let gone = json!({ "name": "gone", "language": { "code": "en_US" } });
    assert_eq!(desk.send("template", gone).await.0, 404);
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new(), "a template may vanish");
}

#[tokio::test]
async fn a_named_template_needs_its_names() {
    let desk = Desk::open().await;
    desk.meta.set_templates(vec![Template {
        parameter_format: "NAMED".to_owned(),
        ..Template::utility("visit", "en_US", "On {{day}} at {{time}}")
    }]);
    let named = |name: &str| json!({ "type": "text", "text": "x", "parameter_name": name });
    let node = |a: &str, b: &str| {
        json!({ "name": "visit", "language": { "code": "en_US" },
            "components": [{ "type": "body", "parameters": [named(a), named(b)] }] })
    };
    assert_eq!(desk.send("template", node("time", "day")).await.0, 200);
    assert_eq!(desk.send("template", node("time", "year")).await.0, 400);
    assert_eq!(desk.meta.wire().take_violations().len(), 1);
}

#[tokio::test]
async fn failures_on_demand() {
    let desk = Desk::open().await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    desk.values().await;
    desk.meta.fail_next(desk.ana, 131_026);
    desk.meta.fail_next_with(desk.ana, Failure { code: 131_049, contacts: true, after_sent: true });
    desk.text("a").await;
    let values = desk.values().await;
    assert_eq!(values[0]["statuses"][0]["errors"][0]["code"], 131_026);
    assert!(values[0]["statuses"][0].get("recipient_user_id").is_none());
    desk.text("b").await;
    let values = desk.values().await;
    assert_eq!(
        (&values[0]["statuses"][0]["status"], &values[1]["statuses"][0]["status"]),
        (&json!("sent"), &json!("failed"))
    );
    assert_eq!(values[1]["contacts"], json!([{ "wa_id": "15551230000" }]));
    desk.text("c").await;
    assert_eq!(desk.statuses().await, ["sent", "delivered"]);
    assert_eq!(desk.meta.accepted().len(), 3);
}

#[tokio::test]
async fn bad_bodies_are_refused_and_held_against_the_client() {
    let desk = Desk::open().await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    let to = "+15551230000";
    let base = |kind: &str, node: Value| {
        let mut body = json!({ "messaging_product": "whatsapp", "to": to, "type": kind });
        body[kind] = node;
        body
    };
    let button = |title: &str, id: &str| json!({ "type": "reply", "reply": { "id": id, "title": title } });
    let buttons = |list: Vec<Value>| {
        base("interactive", json!({ "type": "button", "body": { "text": "?" }, "action": { "buttons": list } }))
    };
    let four = ["1", "2", "3", "4"].map(|n| button(n, n)).to_vec();
    let cases = [
        ("no product", json!({ "to": to, "type": "text", "text": { "body": "x" } })),
        ("no type", json!({ "messaging_product": "whatsapp", "to": to, "text": { "body": "x" } })),
        ("no addressee", json!({ "messaging_product": "whatsapp", "type": "text", "text": { "body": "x" } })),
        (
            "a name as addressee",
            json!({ "messaging_product": "whatsapp", "to": "ana", "type": "text", "text": { "body": "x" } }),
        ),
        (
            "unknown field",
            json!({ "messaging_product": "whatsapp", "to": to, "type": "text", "text": { "body": "x" }, "ttl": 1 }),
        ),
        ("unknown inner field", base("text", json!({ "body": "x", "bold": true }))),
        ("unknown type", base("poll", json!({}))),
        ("empty text", base("text", json!({ "body": " " }))),
        ("text of 4097", base("text", json!({ "body": "x".repeat(4097) }))),
        ("2049 emoji are 4098 units", base("text", json!({ "body": "👋".repeat(2049) }))),
        ("id and link", base("image", json!({ "id": "1", "link": "https://x.example/a.png" }))),
        ("caption on audio", base("audio", json!({ "link": "https://x.example/a.ogg", "caption": "c" }))),
        ("caption of 1025", base("video", json!({ "link": "https://x.example/a.mp4", "caption": "x".repeat(1025) }))),
        ("media never uploaded", base("image", json!({ "id": "1" }))),
        ("latitude 91", base("location", json!({ "latitude": 91, "longitude": 0 }))),
        ("four buttons", buttons(four)),
        ("title of 21", buttons(vec![button(&"x".repeat(21), "1")])),
        ("the same id twice", buttons(vec![button("a", "1"), button("b", "1")])),
        ("two emoji", base("reaction", json!({ "message_id": "wamid.x", "emoji": "👍👍" }))),
        ("reaction to nothing", base("reaction", json!({ "message_id": "wamid.x", "emoji": "👍" }))),
        (
            "quote of nothing",
            json!({ "messaging_product": "whatsapp", "to": to, "type": "text",
            "text": { "body": "x" }, "context": { "message_id": "wamid.x" } }),
        ),
        ("read of nothing", json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x" })),
        (
            "opaque data of 513",
            json!({ "messaging_product": "whatsapp", "to": to, "type": "text", "text": { "body": "x" },
            "biz_opaque_callback_data": "x".repeat(513) }),
        ),
    ];
    for (name, body) in cases {
        let (status, answer) = desk.post(&body).await;
        assert_eq!(status, 400, "{name}");
        assert!(answer["error"]["code"].is_u64() && answer["error"]["fbtrace_id"].is_string(), "{name}: {answer}");
        assert_eq!(desk.meta.wire().take_violations().len(), 1, "{name}");
    }
    assert_eq!(desk.meta.accepted().len(), 0);
}

#[tokio::test]
async fn good_bodies_of_every_type_pass() {
    let desk = Desk::open().await;
    let question = desk.meta.says(desk.ana, &desk.number, "hi");
    let png = desk.upload("image/png", "a.png", b"\x89PNG\r\n\x1a\n".to_vec()).await.1["id"].clone();
    let webp = desk.upload("image/webp", "a.webp", vec![1; 8]).await.1["id"].clone();
    let rows =
        vec![json!({ "id": "r1", "title": "One", "description": "first" }), json!({ "id": "r2", "title": "Two" })];
    let cases = [
        ("text", json!({ "body": "https://x.example", "preview_url": true })),
        ("image", json!({ "id": png, "caption": "c" })),
        ("document", json!({ "id": png, "filename": "a.png", "caption": "c" })),
        ("sticker", json!({ "id": webp })),
        ("video", json!({ "link": "https://x.example/a.mp4" })),
        ("location", json!({ "latitude": 1.5, "longitude": "2.5", "name": "Here", "address": "There" })),
        (
            "contacts",
            json!([{ "name": { "formatted_name": "B", "first_name": "B" },
            "phones": [{ "phone": "+1555", "type": "WORK", "wa_id": "1555" }] }]),
        ),
        ("reaction", json!({ "message_id": question, "emoji": "👍🏽" })),
        (
            "interactive",
            json!({ "type": "list", "body": { "text": "Pick" }, "footer": { "text": "f" },
            "action": { "button": "Open", "sections": [{ "title": "All", "rows": rows }] } }),
        ),
        (
            "interactive",
            json!({ "type": "request_contact_info", "body": { "text": "Your number?" },
            "action": { "name": "request_contact_info" } }),
        ),
        (
            "interactive",
            json!({ "type": "cta_url", "body": { "text": "Look" },
            "header": { "type": "image", "image": { "id": png } },
            "action": { "name": "cta_url", "parameters": { "display_text": "Go", "url": "https://x.example" } } }),
        ),
        (
            "template",
            json!({ "name": "order_shipped", "language": { "code": "en_US" }, "components": [
            { "type": "header", "parameters": [{ "type": "image", "image": { "id": png } }] },
            { "type": "body", "parameters": [{ "type": "text", "text": "7" }, { "type": "text", "text": "Monday" }] }
        ] }),
        ),
    ];
    for (kind, node) in cases {
        let (status, answer) = desk.send(kind, node).await;
        assert_eq!(status, 200, "{kind}: {answer}");
    }
    desk.meta.quiet().await;
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());
    let history = desk.meta.history(desk.ana, &desk.number);
    assert_eq!(history.len(), 12, "the reaction is no bubble");
    assert_eq!(history[0].business_reaction.as_deref(), Some("👍🏽"));
    assert_eq!(history.last().unwrap().text, "Order 7 is on its way and should arrive by Monday.");
    assert_eq!(history[2].media.as_ref().unwrap().size, 8);
    let list = history.iter().find(|m| m.buttons.len() == 2).unwrap();
    desk.values().await;
    desk.meta.taps(desk.ana, &list.id, "r1").unwrap();
    let reply = &desk.values().await[0]["messages"][0]["interactive"]["list_reply"];
    assert_eq!(*reply, json!({ "id": "r1", "title": "One", "description": "first" }));
}

#[tokio::test]
async fn customers_without_a_phone_are_reached_by_their_id() {
    let desk = Desk::open().await;
    let lena = desk.meta.customer_without_phone("Lena", "lena");
    desk.meta.says(lena, &desk.number, "hi");
    desk.values().await;
    let bsuid = desk.meta.who(lena).bsuid;
    let body = |key: &str| {
        let mut body = json!({ "messaging_product": "whatsapp", "type": "text", "text": { "body": "x" } });
        body[key] = json!(bsuid);
        body
    };
    let (status, answer) = desk.post(&body("recipient")).await;
    assert_eq!((status, &answer["contacts"][0]), (200, &json!({ "input": bsuid, "user_id": bsuid })));
    let values = desk.values().await;
    assert_eq!(values.len(), 2);
    assert!(values[0]["statuses"][0].get("recipient_id").is_none());
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());

    let (status, _) = desk.post(&body("to")).await;
    assert_eq!(status, 200);
    assert_eq!(desk.values().await.len(), 0, "lost in silence");
    assert_eq!(desk.meta.history(lena, &desk.number).len(), 2);
    assert_eq!(desk.meta.wire().take_violations().len(), 1);

    let nobody =
        json!({ "messaging_product": "whatsapp", "to": "+15550009999", "type": "text", "text": { "body": "x" } });
    assert_eq!(desk.post(&nobody).await.0, 200);
    assert_eq!(desk.values().await[0]["statuses"][0]["errors"][0]["code"], 131_026);
}

#[tokio::test]
async fn read_receipts_and_typing() {
    let desk = Desk::open().await;
    desk.meta.says(desk.ana, &desk.number, "a");
    desk.forward(1000);
    let second = desk.meta.says(desk.ana, &desk.number, "b");
    let receipt = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": second,
        "typing_indicator": { "type": "text" } });
    assert_eq!(desk.post(&receipt).await, (200, json!({ "success": true })));
    assert!(desk.meta.history(desk.ana, &desk.number).iter().all(|m| m.tick == Tick::Read));
    assert!(desk.meta.typing(desk.ana, &desk.number));
    desk.forward(25_000);
    assert!(!desk.meta.typing(desk.ana, &desk.number));
    desk.post(&receipt).await;
    desk.text("answer").await;
    assert!(!desk.meta.typing(desk.ana, &desk.number));
}

#[tokio::test]
async fn rate_limits() {
    let desk = Desk::open_with(Options { rate_limits: true, ..Options::default() }).await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    for _ in 0..45 {
        desk.text("x").await;
    }
    let (status, body) = desk.send("text", json!({ "body": "x" })).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(131_056)));
    desk.forward(6000);
    desk.text("x").await;
    for i in 0..100 {
        let phone = format!("+1555222{i:04}");
        let body = json!({ "messaging_product": "whatsapp", "to": phone, "type": "text", "text": { "body": "x" } });
        if desk.post(&body).await.1["error"]["code"] == 130_429 {
            break;
        }
    }
    let hits = desk.meta.limit_hits();
    assert_eq!((hits.pair, hits.throughput), (1, 1));
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());
}

#[tokio::test]
async fn tokens_and_routes() {
    let desk = Desk::open().await;
    assert_eq!(desk.get("/me").await.0, 200);
    let (_, token) = desk.get(&format!("/debug_token?input_token={}", desk.meta.access_token())).await;
    assert_eq!(token["data"]["is_valid"], true);
    let (_, number) = desk.get(&format!("/{}?fields=display_phone_number,quality_rating", desk.number)).await;
    assert_eq!(
        number,
        json!({ "id": desk.number, "display_phone_number": "+1 555-078-3881", "quality_rating": "GREEN" })
    );
    let waba = desk.meta.numbers()[0].waba.clone();
    let (_, first) = desk.get(&format!("/{waba}/message_templates?limit=2&status=APPROVED")).await;
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    let next = first["paging"]["next"].as_str().unwrap();
    let (_, second) = desk.get(&next[next.find("/v25.0").unwrap() + 6..]).await;
    assert_eq!(second["data"][0]["name"], "reopen_conversation");
    let url = format!("{}/v25.0/{waba}/subscribed_apps", desk.meta.url());
    let answer = desk.http.post(url).bearer_auth(desk.meta.access_token()).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "success": true }));
    assert_eq!(desk.get(&format!("/{waba}/subscribed_apps")).await.1["data"].as_array().unwrap().len(), 1);
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());

    assert_eq!(desk.get(&format!("/{}?fields=shoe_size", desk.number)).await.1["error"]["code"], 100);
    assert_eq!(desk.get("/nothing/here").await.0, 404);
    let unversioned = desk.http.get(format!("{}/me", desk.meta.url())).send().await.unwrap();
    assert_eq!(unversioned.status(), 404);
    assert_eq!(desk.meta.wire().take_violations().len(), 3);

    let old = desk.meta.access_token();
    desk.meta.set_access_token("fresh");
    let answer = desk.http.get(format!("{}/v26.0/me", desk.meta.url())).bearer_auth(old).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.json::<Value>().await.unwrap()["error"]["code"], 190);
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());
}
