//! What customers do, and their files.

use super::*;

#[tokio::test]
async fn reactions_edits_and_deletions_change_what_the_phone_shows() {
    let desk = Desk::open().await;
    let first = desk.meta.says(desk.ana, &desk.number, "helo");
    let answer = desk.text("hi").await;
    desk.meta.sends(desk.ana, &desk.number, Inbound::edit(&first, "hello"));
    desk.meta.sends(desk.ana, &desk.number, Inbound::reaction(&answer, Some("👍")));
    desk.meta.quiet().await;
    let history = desk.meta.history(desk.ana, &desk.number);
    assert_eq!(history.len(), 2);
    assert_eq!((history[0].text.as_str(), history[0].edited), ("hello", true));
    assert_eq!(history[1].customer_reaction.as_deref(), Some("👍"));
    desk.meta.sends(desk.ana, &desk.number, Inbound::reaction(&answer, None));
    desk.meta.sends(desk.ana, &desk.number, Inbound::revoke(&first));
    let history = desk.meta.history(desk.ana, &desk.number);
    assert!(history[0].deleted && history[1].customer_reaction.is_none());
    serde_json::to_string(&history).unwrap();
}

#[tokio::test]
async fn only_messages_and_calls_open_the_window() {
    let desk = Desk::open().await;
    let first = desk.meta.says(desk.ana, &desk.number, "hi");
    let closes = desk.meta.window_closes_at(desk.ana, &desk.number);
    desk.forward(1000);
    desk.meta.sends(desk.ana, &desk.number, Inbound::reaction(&first, Some("👍")));
    desk.meta.echo(desk.ana, &desk.number, "from the app");
    desk.meta.sends(desk.ana, &desk.number, Inbound::text("in a group").in_group("g1"));
    assert_eq!(desk.meta.window_closes_at(desk.ana, &desk.number), closes);
    desk.meta.calls(desk.ana, &desk.number, Call::Terminate(0));
    assert_eq!(desk.meta.window_closes_at(desk.ana, &desk.number), closes.map(|ms| ms + 1000));
    let fields: Vec<Value> = {
        desk.meta.quiet().await;
        desk.receiver.take().iter().map(|body| body["entry"][0]["changes"][0]["field"].clone()).collect()
    };
    assert_eq!(fields, ["messages", "messages", "smb_message_echoes", "messages", "calls"]);
}

#[tokio::test]
async fn changed_numbers_and_ids_reach_the_same_person() {
    let desk = Desk::open().await;
    let before = desk.meta.who(desk.ana);
    desk.meta.sends(desk.ana, &desk.number, Content::NumberChanged { to: "+15551239999".to_owned() });
    let value = desk.values().await.remove(0);
    assert_eq!(value["messages"][0]["from"], "15551230000");
    assert_eq!(value["messages"][0]["system"]["wa_id"], "15551239999");
    let between = desk.meta.who(desk.ana);
    assert_ne!(between.bsuid, before.bsuid);
    desk.meta.sends(desk.ana, &desk.number, Content::IdChanged);
    let value = desk.values().await.remove(0);
    assert_eq!(value["messages"][0]["system"]["previous_user_id"], between.bsuid.as_str());
    desk.meta.user_id_update(desk.ana, &desk.number);
    let value = desk.values().await.remove(0);
    assert_eq!(value["user_id_update"][0]["user_id"]["current"], desk.meta.who(desk.ana).bsuid.as_str());

    let eva = desk.meta.add_customer(NewCustomer {
        name: "Eva".to_owned(),
        phone: Some("34600111222".to_owned()),
        withholds_phone: true,
        parent: true,
        ..NewCustomer::default()
    });
    desk.meta.says(eva, &desk.number, "hi");
    let value = desk.values().await.remove(0);
    assert!(value["messages"][0].get("from").is_none() && value["contacts"][0].get("wa_id").is_none());
    assert!(value["contacts"][0]["parent_user_id"].as_str().unwrap().starts_with("US.ENT."));
    desk.meta.sends(eva, &desk.number, Content::OwnContact);
    let value = desk.values().await.remove(0);
    assert_eq!(value["messages"][0]["contacts"][0]["origin"], "contact_request");
    assert_eq!(value["contacts"][0]["wa_id"], "34600111222");
}

#[tokio::test]
async fn a_phone_without_a_network_gets_its_messages_later() {
    let desk = Desk::open_with(Options { auto_read: true, delays: Delays::default(), ..Options::default() }).await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    desk.values().await;
    let mut changes = desk.meta.subscribe();
    desk.meta.online(desk.ana, false);
    desk.text("x").await;
    assert_eq!(desk.statuses().await, ["sent"]);
    assert_eq!(desk.meta.history(desk.ana, &desk.number).len(), 1);
    desk.meta.online(desk.ana, true);
    assert_eq!(desk.statuses().await, ["delivered", "read"]);
    assert!(changes.try_recv().is_ok());
}

/// The node of the file a customer sends, as the webhook tells it.
async fn incoming(desk: &Desk, fault: Option<MediaFault>) -> Value {
    let mut file = Attachment::new("image/png", vec![7; 1000]);
    file.fault = fault;
    desk.meta.sends(desk.ana, &desk.number, Content::Image(file));
    desk.values().await.remove(0)["messages"][0]["image"].clone()
}

async fn download(desk: &Desk, url: &Value) -> reqwest::Result<reqwest::Response> {
    let url = url.as_str().unwrap();
    desk.http.get(url).bearer_auth(desk.meta.access_token()).timeout(Duration::from_millis(300)).send().await
}

#[tokio::test]
async fn files_of_customers_are_fetched_with_the_token_while_they_last() {
    let desk = Desk::open().await;
    let node = incoming(&desk, None).await;
    let path = format!("/{}?phone_number_id={}", node["id"].as_str().unwrap(), desk.number);
    let (_, found) = desk.get(&path).await;
    assert_eq!(found["file_size"], 1000);
    use base64::Engine as _;
    let hash = base64::engine::general_purpose::STANDARD.decode(node["sha256"].as_str().unwrap()).unwrap();
    assert_eq!(found["sha256"], hex::encode(hash));
    for url in [&found["url"], &node["url"]] {
        assert!(url.as_str().unwrap().starts_with(&desk.meta.url()));
        assert_eq!(download(&desk, url).await.unwrap().bytes().await.unwrap().len(), 1000);
    }
    desk.forward(5 * 60 * 1000);
    assert_eq!(download(&desk, &found["url"]).await.unwrap().status(), 404);
    assert_eq!(desk.get(&path).await.0, 200);
    desk.forward(7 * DAY_MS);
    let (status, gone) = desk.get(&path).await;
    assert_eq!((status, &gone["error"]["error_subcode"]), (400, &json!(33)));
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());
    let naked = desk.http.get(found["url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(naked.status(), 401);
    assert_eq!(desk.meta.wire().take_violations().len(), 1);
}

#[tokio::test]
async fn files_that_go_wrong() {
    let desk = Desk::open().await;
    let node = incoming(&desk, Some(MediaFault::NotFound)).await;
    assert_eq!(download(&desk, &node["url"]).await.unwrap().status(), 404);
    desk.meta.break_media(node["id"].as_str().unwrap(), None);
    assert_eq!(download(&desk, &node["url"]).await.unwrap().status(), 200);

    let node = incoming(&desk, Some(MediaFault::NeverArrives)).await;
    let read = async { download(&desk, &node["url"]).await?.bytes().await };
    assert!(read.await.unwrap_err().is_timeout());

    let node = incoming(&desk, Some(MediaFault::WrongHash)).await;
    assert_eq!(download(&desk, &node["url"]).await.unwrap().bytes().await.unwrap()[0], !7);

    let node = incoming(&desk, Some(MediaFault::LargerThanSaid)).await;
    assert!(download(&desk, &node["url"]).await.unwrap().bytes().await.unwrap().len() > 1000);

    let node = incoming(&desk, Some(MediaFault::Truncated)).await;
    assert!(download(&desk, &node["url"]).await.unwrap().bytes().await.is_err());

    let elsewhere = MediaFault::RedirectsTo("http://169.254.169.254/".to_owned());
    let node = incoming(&desk, Some(elsewhere)).await;
    assert_eq!(download(&desk, &node["url"]).await.unwrap().headers()["location"], "http://169.254.169.254/");

    let node = incoming(&desk, Some(MediaFault::ExpiredUrl)).await;
    let path = format!("/{}", node["id"].as_str().unwrap());
    let (expired, good) = (desk.get(&path).await.1, desk.get(&path).await.1);
    assert_eq!(download(&desk, &expired["url"]).await.unwrap().status(), 404);
    assert_eq!(download(&desk, &good["url"]).await.unwrap().status(), 200);
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());
}

#[tokio::test]
async fn uploads() {
    let desk = Desk::open().await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    desk.values().await;
    let (status, body) = desk.upload("application/pdf", "a.pdf", b"%PDF-1.7".to_vec()).await;
    assert_eq!(status, 200);
    let (status, _) = desk.send("document", json!({ "id": body["id"], "filename": "a.pdf" })).await;
    assert_eq!(status, 200);
    desk.meta.quiet().await;
    let shown = desk.meta.history(desk.ana, &desk.number).pop().unwrap().media.unwrap();
    assert_eq!((shown.filename.as_deref(), &shown.bytes[..4]), (Some("a.pdf"), &b"%PDF"[..]));
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());

    desk.values().await;
    let mislabelled = desk.upload("image/jpeg", "a.jpg", b"\x89PNG\r\n\x1a\n".to_vec()).await.1;
    desk.send("image", json!({ "id": mislabelled["id"] })).await;
    assert_eq!(desk.values().await[0]["statuses"][0]["errors"][0]["code"], 131_053);
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());

    assert_eq!(desk.send("video", json!({ "id": mislabelled["id"] })).await.0, 400);
    assert_eq!(desk.upload("application/x-thing", "a.bin", vec![1]).await.0, 400);
    assert_eq!(desk.upload("image/webp", "a.webp", vec![1; 500 * 1024 + 1]).await.1["error"]["code"], 131_053);
    assert_eq!(desk.meta.wire().take_violations().len(), 3);

    let url = format!("{}/v25.0/{}", desk.meta.url(), mislabelled["id"].as_str().unwrap());
    let answer = desk.http.delete(url).bearer_auth(desk.meta.access_token()).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "success": true }));
    desk.forward(30 * DAY_MS);
    let (status, gone) = desk.send("document", json!({ "id": body["id"] })).await;
    assert_eq!((status, &gone["error"]["error_subcode"]), (400, &json!(33)));
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new(), "an upload may expire");
}
