//! Templates and what hangs below a message to be tapped.

use super::*;

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn template(name: &str, components: Value) -> Value {
    json!({ "name": name, "language": { "code": "en_US" }, "components": components })
}

fn body(values: &[&str]) -> Value {
    json!({ "type": "body", "parameters": values.iter().map(|value| text(value)).collect::<Vec<_>>() })
}

#[tokio::test]
async fn buttons_take_what_they_need_and_nothing_else() {
    let desk = Desk::open().await;
    let buttons = json!([
        { "type": "BODY", "text": "Hi" },
        { "type": "BUTTONS", "buttons": [
            { "type": "URL", "text": "Track", "url": "https://x.example/{{1}}" },
            { "type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550100001" },
            { "type": "QUICK_REPLY", "text": "Fine" },
        ] },
    ]);
    let cards = json!([{ "type": "BODY", "text": "Hi" }, { "type": "CAROUSEL", "cards": [] }]);
    desk.meta.set_templates(vec![
        Template { components: buttons, ..Template::utility("track", "en_US", "") },
        Template { components: cards, ..Template::utility("cards", "en_US", "") },
    ]);
    let button = |index: u32, kind: &str, parameter: Value| json!({ "type": "button", "sub_type": kind, "index": index.to_string(), "parameters": [parameter] });
    let address = button(0, "url", text("7"));
    let payload = |payload: &str| button(2, "quick_reply", json!({ "type": "payload", "payload": payload }));
    let code =
        async |components: Value| desk.send("template", template("track", components)).await.1["error"]["code"].clone();
    assert_eq!(code(json!([])).await, 131_008);
    assert_eq!(code(json!([address, button(1, "url", text("7"))])).await, 131_009);
    assert_eq!(code(json!([address, address])).await, 100);
    assert_eq!(code(json!([address, button(7, "url", text("7"))])).await, 131_009);
    assert_eq!(desk.send("template", template("cards", json!([]))).await.1["error"]["code"], 131_008);
    assert_eq!(desk.meta.wire().take_violations().len(), 5);

    assert_eq!(code(json!([address, payload("ours:7")])).await, Value::Null);
    desk.values().await;
    let shown = desk.meta.history(desk.ana, &desk.number).pop().unwrap();
    let kinds: Vec<&str> = shown.buttons.iter().map(|button| button.kind).collect();
    assert_eq!(kinds, ["url", "phone", "quick_reply"]);
    desk.meta.taps(desk.ana, &shown.id, "ours:7").unwrap();
    let answer = desk.values().await.remove(0)["messages"][0].clone();
    assert_eq!(answer["button"], json!({ "text": "Fine", "payload": "ours:7" }));
    assert_eq!(answer["context"]["id"], shown.id.as_str());
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());
}

#[tokio::test]
async fn values_go_in_by_number_and_once() {
    let desk = Desk::open().await;
    desk.meta.set_templates(vec![Template::utility("turned", "en_US", "{{2}} before {{1}}, and {{1}} again")]);
    assert_eq!(desk.send("template", template("turned", json!([body(&["{{2}}", "b"])]))).await.0, 200);
    desk.meta.quiet().await;
    assert_eq!(desk.meta.history(desk.ana, &desk.number)[0].text, "b before {{2}}, and {{2}} again");
    let long = template("turned", json!([body(&[&"x".repeat(600), "b"])]));
    assert_eq!(desk.send("template", long).await.1["error"]["code"], 132_005);
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new(), "how long values are, people decide");
    let twice = template("turned", json!([body(&["a", "b"]), body(&["a", "b"])]));
    assert_eq!(desk.send("template", twice).await.1["error"]["code"], 100);
    assert_eq!(desk.meta.wire().take_violations().len(), 1);
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let desk = Desk::open().await;
    let waba = desk.meta.numbers()[0].waba.clone();
    let (mut path, mut names) = (format!("/{waba}/message_templates?limit=3&fields=name&status=APPROVED"), Vec::new());
    loop {
        let (status, page) = desk.get(&path).await;
        assert_eq!(status, 200);
        let data = page["data"].as_array().unwrap();
        assert!(data.iter().all(|template| template.as_object().unwrap().keys().eq(["id", "name"])));
        names.extend(data.iter().map(|template| template["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["paging"]["next"].as_str() else { break };
        path = next[next.find("/v25.0").unwrap() + 6..].to_owned();
    }
    assert_eq!(names.len(), 8);
    assert!(!names.contains(&"spring_sale".to_owned()), "the filter goes on to the next pages");
    assert_eq!(desk.get("/999/message_templates").await.1["error"]["error_subcode"], 33);
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());
    let guessed = format!("/{waba}/message_templates?after=3");
    assert_eq!(desk.get(&guessed).await.1["error"]["message"], "(#100) Invalid parameter");
    assert_eq!(desk.meta.wire().take_violations().len(), 1);
}

#[tokio::test]
async fn another_status_is_told() {
    let desk = Desk::open().await;
    desk.meta.set_template_status("hello_world", "en_US", "PAUSED");
    desk.meta.quiet().await;
    let told = desk.receiver.take().remove(0)["entry"][0]["changes"][0].clone();
    assert_eq!(told["field"], "message_template_status_update");
    assert_eq!((&told["value"]["event"], &told["value"]["reason"]), (&json!("PAUSED"), &json!("NONE")));
    let node = template("hello_world", json!([]));
    assert_eq!(desk.send("template", node).await.1["error"]["code"], 132_015);
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());
}

#[tokio::test]
async fn only_what_is_on_the_phone_can_be_tapped() {
    let desk = Desk::open().await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    desk.meta.online(desk.ana, false);
    let reply = json!({ "type": "reply", "reply": { "id": "yes", "title": "Yes" } });
    let node = json!({ "type": "button", "body": { "text": "?" }, "action": { "buttons": [reply] } });
    let wamid = desk.send("interactive", node).await.1["messages"][0]["id"].as_str().unwrap().to_owned();
    desk.values().await;
    assert!(desk.meta.taps(desk.ana, &wamid, "yes").is_none());
    desk.meta.online(desk.ana, true);
    assert!(desk.meta.taps(desk.ana, &wamid, "no").is_none());
    assert!(desk.meta.taps(desk.meta.customer("Bo", "+15551239999"), &wamid, "yes").is_none());
    assert!(desk.meta.taps(desk.ana, &wamid, "yes").is_some());
    let answer = desk.values().await.pop().unwrap()["messages"][0].clone();
    assert_eq!(answer["interactive"]["button_reply"], json!({ "id": "yes", "title": "Yes" }));
}
