//! The bodies have the same keys as the published shapes.

use super::*;

/// Every path to a leaf, with `[]` for list positions.
fn paths(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| paths(inner, &format!("{at}.{key}"), out)),
        Value::Array(list) => list.iter().for_each(|inner| paths(inner, &format!("{at}[]"), out)),
        _ => out.push(format!("{at}:{}", kind(value))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        _ => "null",
    }
}

fn shape(value: &Value) -> Vec<String> {
    let mut out = Vec::new();
    paths(value, "", &mut out);
    out.sort();
    out
}

fn file(mime: &str) -> Attachment {
    Attachment::new(mime, &b"content"[..])
}

/// What to do for the webhook of each sample. The statuses come last, for they need a sent message.
async fn provoke(desk: &Desk, name: &str) -> bool {
    let (meta, ana, number) = (&desk.meta, desk.ana, desk.number.as_str());
    let of = "wamid.earlier".to_owned();
    let content = match name {
        "text" => Content::Text("olá".to_owned()),
        "text no phone" => {
            let lena = meta.customer_without_phone("Ana", "ana.s");
            meta.says(lena, number, "x");
            return true;
        }
        "text reply" => {
            meta.sends(ana, number, Inbound::text("x").quoting(&of));
            return true;
        }
        "text fwd" => {
            meta.sends(ana, number, Inbound::text("x").forwarded(Forwarded::Some));
            return true;
        }
        "image" => Content::Image(file("image/jpeg").caption("c")),
        "audio voice" => Content::Audio(file("audio/ogg; codecs=opus").voice()),
        "video" => Content::Video(file("video/mp4")),
        "document" => Content::Document(file("application/pdf").named("a.pdf")),
        "sticker" => Content::Sticker(file("image/webp")),
        "location" => Content::Location { latitude: 1.5, longitude: 2.5, name: None, address: None },
        "contacts" => Content::Contacts(json!([{
            "name": { "formatted_name": "B", "first_name": "B" },
            "phones": [{ "phone": "+1 555 111 2222", "wa_id": "15551112222", "type": "CELL" }],
        }])),
        "reaction" => Content::Reaction { of, emoji: Some("👍".to_owned()) },
        "reaction removed" => Content::Reaction { of, emoji: None },
        "button" => Content::Button { of, text: "t".to_owned(), payload: "p".to_owned() },
        "interactive btn" => Content::ButtonReply { of, id: "a".to_owned(), title: "A".to_owned() },
        "interactive list no desc" => {
            Content::ListReply { of, id: "a".to_owned(), title: "A".to_owned(), description: None }
        }
        "interactive nfm" => {
            Content::FlowReply { of, name: "flow".to_owned(), body: "Sent".to_owned(), response_json: "{}".to_owned() }
        }
        "order" => Content::Order {
            catalog_id: "1".to_owned(),
            text: String::new(),
            items: json!([{ "product_retailer_id": "p", "quantity": 1, "item_price": 3.5, "currency": "USD" }]),
        },
        "system" => Content::NumberChanged { to: "+15551230000".to_owned() },
        "unsupported" => Content::Unsupported { kind: "edit".to_owned(), code: 131_051 },
        "edit" => Content::Edit { of, text: "new".to_owned() },
        "revoke" => Content::Revoke { of },
        "errors" => {
            meta.account_error(number, 130_429, "d");
            return true;
        }
        "echo" => {
            meta.echo(meta.customer("Ana", "15551230000"), number, "hi");
            return true;
        }
        _ => return false,
    };
    meta.sends(ana, number, content);
    true
}

#[tokio::test]
async fn every_inbound_sample_has_its_twin() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/whatsapp_webhooks.json");
    let Ok(text) = std::fs::read_to_string(samples) else {
        println!("samples not present, comparison skipped");
        return;
    };
    let samples: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(samples.len(), 27);
    let desk = Desk::open().await;
    let mut statuses = 0;
    for (name, sample) in &samples {
        if !provoke(&desk, name).await {
            statuses += 1;
            continue;
        }
        desk.meta.quiet().await;
        let bodies = desk.receiver.take();
        assert_eq!(bodies.len(), 1, "{name}");
        assert_eq!(shape(&bodies[0]), shape(sample), "{name}");
    }
    assert_eq!(statuses, 3, "sent, failed and played are compared on their own");
    assert_eq!(desk.meta.wire().violations(), Vec::<String>::new());

    let desk = Desk::open().await;
    desk.meta.says(desk.ana, &desk.number, "hi");
    desk.values().await;
    let voice = desk.upload("audio/ogg", "a.ogg", b"OggS content".to_vec()).await.1["id"].clone();
    let (status, _) = desk.send("audio", json!({ "id": voice, "voice": true })).await;
    assert_eq!(status, 200);
    desk.meta.quiet().await;
    let sent = desk.receiver.take().remove(0);
    assert_eq!(shape(&sent), shape(&samples["status sent"]));

    let wamid = desk.meta.accepted()[0].id.clone();
    assert!(desk.meta.plays(desk.ana, &wamid));
    desk.meta.quiet().await;
    assert_eq!(shape(&desk.receiver.take()[0]), shape(&samples["status played"]));

    desk.forward(DAY_MS);
    desk.text("too late").await;
    desk.meta.quiet().await;
    assert_eq!(shape(&desk.receiver.take()[0]), shape(&samples["status failed"]));
}

#[test]
fn signatures_fit_the_published_vectors() {
    let secret = "app-secret-for-tests";
    let empty = json!({ "object": "whatsapp_business_account", "entry": [] });
    let body = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    assert_eq!(serde_json::from_slice::<Value>(body).unwrap(), empty);
    assert_eq!(signature(secret, body), "sha256=1ca363dab318df784e1963b29dca91e2098e6cf2fbf0d3c14e09580a90684a61");
    let body = br#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","messages":[{"text":{"body":"ol\u00e1 \ud83d\udc4b"}}]}}]}]}"#;
    assert_eq!(signature(secret, body), "sha256=4caff57dc47b06c0680026a9345ba2f39c4eb9098ffa13e12beba0650d2c514b");
    assert_eq!(spelled(&json!("olá 👋 /")), br#""ol\u00e1 \ud83d\udc4b \/""#);
}
