//! Every kind of content appears in the thread in a form an agent can use.

use std::fmt::Write;

use baton::playground::meta::{Attachment, Content, Forwarded, Inbound};
use serde_json::{Value, json};

use super::media::PNG;
use crate::on_both;
use crate::world::Setting;

fn document(name: &str) -> Attachment {
    Attachment::new("application/pdf", &b"%PDF-1.7"[..]).named(name)
}

/// Samples were written at some time of some day: nobody is told how late an answer is.
const UNHURRIED: Setting = Setting { rest: "[alarms]\nsteps = []\n", ..Setting::PLAIN };

on_both! {
    // story: MD-01
    async fn files_of_every_kind(w) {
        let (maria, _) = w.owned_by_ana("Maria", "Look at these").await;
        let ogg = include_bytes!("../../../src/playground/page/assets/voice.ogg");
        w.sends(maria, Content::Image(Attachment::new("image/png", PNG).caption("the *broken* wheel")));
        w.sends(maria, Content::Video(Attachment::new("video/mp4", &b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..]).caption("how it sounds")));
        w.sends(maria, Content::Audio(Attachment::new("audio/mpeg", &b"ID3\x03\0\0\0\0\0\0"[..])));
        w.sends(maria, Content::Audio(Attachment::new("audio/ogg; codecs=opus", &ogg[..]).voice()));
        w.sends(maria, Content::Document(document("invoice 2026.pdf").caption("my invoice")));
        w.sends(maria, Content::Document(Attachment::new("application/pdf", &b"%PDF-1.7"[..])));
        w.sends(maria, Content::Sticker(Attachment::new("image/webp", &b"RIFF\x24\0\0\0WEBPVP8 "[..])));
        w.assert_quiet().await;
        insta::assert_snapshot!("files", w.transcript());
    }
}

on_both! {
    // story: MD-01
    async fn what_is_no_file_and_no_text(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.write(w.ana, thread, "Which one?");
        w.quiet().await;
        let of = w.newest_received(maria).id;
        w.sends(maria, Content::Location {
            latitude: 40.4168, longitude: -3.7038, name: Some("Puerta [del] Sol".to_owned()), address: Some("Madrid".to_owned()),
        });
        w.sends(maria, Content::Location { latitude: 1.5, longitude: 2.5, name: None, address: None });
        w.sends(maria, Content::Contacts(json!([
            { "name": { "formatted_name": "Barbara *B*", "first_name": "Barbara" },
              "phones": [{ "phone": "+1 555 111 2222", "wa_id": "15551112222", "type": "CELL" }, { "phone": "+1 555 111 3333" }],
              "emails": [{ "email": "b@example.com", "type": "WORK" }],
              "org": { "company": "Wheels Ltd" } },
            { "name": { "formatted_name": "José", "first_name": "José" }, "phones": [{ "phone": "+34 600 000 000" }] },
        ])));
        w.sends(maria, Content::Button { of: of.clone(), text: "Yes, please".to_owned(), payload: "yes".to_owned() });
        w.sends(maria, Content::ButtonReply { of: of.clone(), id: "b".to_owned(), title: "The blue one".to_owned() });
        w.sends(maria, Content::ListReply {
            of: of.clone(), id: "c".to_owned(), title: "Thursday".to_owned(), description: Some("10 to 12".to_owned()),
        });
        w.sends(maria, Content::FlowReply {
            of: of.clone(), name: "flow".to_owned(), body: "Sent".to_owned(),
            response_json: json!({ "flow_token": "x", "name": "Maria", "sizes": ["S", "M"], "address": { "city": "Madrid" } }).to_string(),
        });
        w.sends(maria, Content::Order {
            catalog_id: "194836987003835".to_owned(),
            text: "Please gift wrap".to_owned(),
            items: json!([
                { "product_retailer_id": "bell-7", "quantity": 2, "item_price": 9.5, "currency": "EUR" },
                { "product_retailer_id": "helmet", "quantity": 1, "item_price": 40, "currency": "EUR" },
            ]),
        });
        w.assert_quiet().await;
        // How often they wrote again is as old as the card's last change.
        let transcript = w.transcript();
        let lines = transcript.lines().filter(|line| !line.contains("Wrote again"));
        insta::assert_snapshot!("forms", lines.collect::<Vec<_>>().join("\n"));
    }
}

on_both! {
    // story: MD-01
    async fn what_stands_around_a_message(w) {
        let maria = w.customer("Maria");
        w.sends(maria, Inbound::text("Is this offer still good?").from_ad("Summer *sale*"));
        w.quiet().await;
        let thread = w.thread();
        w.sends(maria, Inbound::text("look what I found").forwarded(Forwarded::Some));
        w.sends(maria, Inbound::text("everybody has seen this").forwarded(Forwarded::Often));
        w.sends(maria, Inbound::unsupported("poll_creation"));
        w.sends(maria, Content::Unsupported { kind: "document".to_owned(), code: 131_052 });
        w.sends(maria, Content::Other { kind: "hologram".to_owned(), node: json!({ "depth": 3 }) });
        let first = w.phone(maria)[0].id.clone();
        w.sends(maria, Inbound::reaction(&first, Some("🙏")));
        w.assert_quiet().await;
        insta::assert_snapshot!("around", w.transcript());
        assert_eq!(w.posts(thread).len(), 6, "each message is a post, a reaction is none");
    }
}

/// The lines a thread has more of than before, in order.
fn new_lines(before: &str, after: &str) -> String {
    let mut known: Vec<&str> = before.lines().collect();
    let mut out = String::new();
    for line in after.lines().filter(|line| !line.starts_with("──")) {
        match known.iter().position(|old| *old == line) {
            Some(at) => drop(known.remove(at)),
            None => {
                let _ = writeln!(out, "  {line}");
            }
        }
    }
    if out.is_empty() { "    nothing\n".to_owned() } else { out }
}

/// Meta's timestamp of a sample; errors have none.
fn written(sample: &Value) -> Option<i64> {
    let value = &sample["entry"][0]["changes"][0]["value"];
    let mut items =
        ["messages", "statuses", "message_echoes"].into_iter().filter_map(|list| value[list][0]["timestamp"].as_str());
    items.next().and_then(|time| time.parse().ok())
}

on_both! {
    // story: MD-04, MD-01
    async fn the_sample_webhooks(w, UNHURRIED) {
        let text = include_str!("../../data/whatsapp_webhooks.json");
        let samples: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap();
        assert_eq!(samples.len(), 27);
        // Whatever the calendar says, it is the evening on which they were written.
        w.clock.shift(1_795_369_050_000 - w.clock.now().0);
        // They refer to messages from before: one of the customer's, two of ours that have not reached the phone.
        let customer = w.meta.customer("Ana", "+15551230000");
        let theirs = w.says(customer, "before the samples");
        w.quiet().await;
        w.claims(w.ben).await;
        w.meta.online(customer, false);
        for text in ["will fail", "will be heard"] {
            w.write(w.ben, w.thread(), text);
            w.quiet().await;
        }
        let ours: Vec<String> = w.meta.accepted().into_iter().map(|m| m.id).collect();
        let mut in_order: Vec<(&String, &Value)> = samples.iter().collect();
        in_order.sort_by_key(|(_, sample)| written(sample));
        let mut seen = String::new();
        for (name, sample) in in_order {
            w.seconds(1);
            let value = &sample["entry"][0]["changes"][0]["value"];
            let message = &value["messages"][0];
            let of = [&message["context"]["id"], &message["reaction"]["message_id"], &message["edit"]["original_message_id"],
                &message["revoke"]["original_message_id"], &value["statuses"][0]["id"]];
            let target = match name.as_str() {
                "status sent" | "status failed" | "text reply" => &ours[0],
                "status played" => &ours[1],
                _ => &theirs,
            };
            let of = of.into_iter().find_map(Value::as_str).unwrap_or("nothing");
            let body = sample.to_string().replace(of, target);
            let before = w.transcript();
            assert_eq!(w.post_signed(&serde_json::from_str(&body).unwrap()).await, 200, "{name}");
            w.quiet().await;
            let _ = writeln!(seen, "{name}:");
            seen.push_str(&new_lines(&before, &w.transcript()));
        }
        assert_eq!(w.dead_letters().await, Vec::<String>::new(), "each is understood");
        assert_eq!(w.threads().len(), 1, "and belongs to the same person");
        // How late a sample is depends on the day it is tried.
        let lines = seen.lines().filter(|line| !line.contains("arrived late: written"));
        insta::assert_snapshot!("samples", lines.collect::<Vec<_>>().join("\n"));
    }
}
