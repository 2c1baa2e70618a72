//! The web server's doors: what is taken, what is not, and what an operator can see of it.

use std::time::{Duration, Instant};

use baton::app::letters;
use baton::domain::ids::InboxId;
use baton::playground::meta::{Call, Content, Inbound};
use baton::store::inbox;
use serde_json::{Value, json};

use crate::world::{Setting, World};
use crate::{on_both, on_discord};

/// Without Discord's own limit, which would hold up a thousand posts for a minute.
const PROMPT: Setting = Setting { discord: "requests_per_second = 10000", ..Setting::PLAIN };

const JUNK: &[u8] = b"this is no webhook \xff\xfe";

on_both! {
    // story: BR-04
    async fn meta_verifies_the_webhook(w) {
        let ask = |token: &str| format!("/webhook/whatsapp?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
        let right = w.meta.verify_token().to_owned();
        assert_eq!(w.get(&ask(&right)).await, (200, "1158201444".to_owned()));
        for wrong in ["", "nonsense", &right.to_uppercase(), &format!("{right}x"), &right[..5]] {
            assert_eq!(w.get(&ask(wrong)).await.0, 403, "{wrong}");
        }
        assert_eq!(w.get("/webhook/whatsapp").await.0, 403);
        assert_eq!(w.get(&format!("/webhook/whatsapp?hub.mode=unsubscribe&hub.verify_token={right}&hub.challenge=1")).await.0, 403);
        w.assert_quiet().await;
    }
}

on_both! {
    // story: BR-04
    async fn what_is_not_signed_is_not_stored(w) {
        let body = baton::playground::meta::spelled(&w.text_body(w.customer("Maria"), "Hola"));
        let right = w.signature(&body);
        let forged = baton::playground::meta::signature("another secret", &body);
        let sha1 = right.replace("sha256=", "sha1=");
        let bare = right.trim_start_matches("sha256=").to_owned();
        for signatures in [vec![], vec![forged.clone()], vec![sha1], vec![bare], vec![String::new()],
            vec![right.clone(), right.clone()], vec![forged, right.clone()]]
        {
            assert_eq!(w.post(body.clone(), &signatures).await, 401, "{signatures:?}");
        }
        let mut tampered = body.clone();
        *tampered.last_mut().unwrap() = b' ';
        assert_eq!(w.post(tampered, std::slice::from_ref(&right)).await, 401);
        w.assert_quiet().await;
        assert_eq!(w.cards().len(), 0);
        assert_eq!(w.metric("baton_webhooks_total{kind=\"unsigned\"}").await, 8.0);
        assert_eq!(w.post(body, &[right.to_uppercase().replace("SHA256", "sha256")]).await, 200, "hex has no case");
        w.assert_quiet().await;
        assert_eq!(w.cards().len(), 1);
    }
}

on_both! {
    // story: BR-04
    async fn a_webhook_refused_once_is_taken_when_it_comes_again(w) {
        w.meta.forge_signatures(2);
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.assert_quiet().await;
        assert_eq!(w.meta.webhook_answers(), [(200, 1), (401, 2)].into());
        assert_eq!(w.mirrored(w.thread(), "Maria"), ["Hola"]);
    }
}

on_both! {
    // story: BR-04
    async fn a_body_may_have_three_megabytes(w) {
        let padded = |bytes: usize| {
            let mut body = baton::playground::meta::spelled(&w.text_body(w.customer("Maria"), "Hola"));
            body.resize(bytes, b' ');
            body
        };
        let large = padded(3 * 1024 * 1024 + 1);
        let signature = w.signature(&large);
        assert_eq!(w.post(large, &[signature]).await, 413);
        w.assert_quiet().await;
        assert_eq!(w.cards().len(), 0);
        let fits = padded(3 * 1024 * 1024);
        let signature = w.signature(&fits);
        assert_eq!(w.post(fits, &[signature]).await, 200);
        w.assert_quiet().await;
        assert_eq!(w.cards().len(), 1);
    }
}

on_both! {
    // story: BR-04
    async fn what_cannot_be_read_is_kept_and_can_be_replayed(w) {
        w.meta.raw(JUNK);
        w.meta.raw(&b"{\"object\":\"page\",\"entry\":[]}"[..]);
        w.quiet().await;
        assert_eq!(w.meta.webhook_answers(), [(200, 2)].into());
        let found = letters::list(&w.app().store, 10).await.unwrap();
        assert_eq!(found.len(), 2, "{found:?}");
        let raw = found.iter().find(|letter| letter.content.contains("base64")).expect("not UTF-8, kept all the same");
        assert!(raw.id.starts_with('i') && !raw.reason.is_empty() && raw.at > 0);
        let kept = raw.content.split("\"text\":\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(base64(kept), JUNK);
        // It still cannot be read, so it comes back as what it is.
        assert_eq!(letters::replay(&w.app().store, &raw.id, &w.clock).await.unwrap(), 1);
        w.quiet().await;
        assert_eq!(w.dead_letters().await.len(), 2);
        assert!(letters::replay(&w.app().store, "i999999", &w.clock).await.is_err());
        assert!(letters::replay(&w.app().store, "nonsense", &w.clock).await.is_err());
        w.until("the gauge follows", |w| w.app().metrics.dead_letters.get() == 2).await;
        assert_eq!(w.metric("baton_dead_letters").await, 2.0);
    }
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

on_both! {
    // story: BR-04
    async fn a_replayed_letter_is_handled_once_it_can_be(w) {
        // As an earlier version may have left it: a good row that it could not read.
        w.meta.hold_webhooks(true);
        let body = w.text_body(w.customer("Maria"), "Hola");
        let bytes = body.to_string();
        let item = baton::whatsapp::split::split(bytes.as_bytes(), |_| true).items.remove(0);
        let mut tx = w.app().store.begin().await.unwrap();
        let key = item.key.to_hex();
        inbox::put(&mut tx, &[(key.as_str(), "whatsapp", item.lane.as_str(), 0, item.body.as_str())], w.clock.now()).await.unwrap();
        // A lane at which Baton looks just now is not given to others; what Discord said may wait beside it.
        let row = loop {
            let taken = inbox::take(&mut tx, 10).await.unwrap();
            if let Some(row) = taken.into_iter().find(|row| row.door == "whatsapp") {
                break row;
            }
        };
        inbox::dead(&mut tx, &[(row.id, "that version could not read it".to_owned())]).await.unwrap();
        tx.commit().await.unwrap();
        w.quiet().await;
        assert_eq!(w.cards().len(), 0);
        assert_eq!(w.dead_letters().await, [format!("i{} that version could not read it", InboxId(row.id))]);
        assert_eq!(letters::replay(&w.app().store, "all", &w.clock).await.unwrap(), 1);
        w.assert_quiet().await;
        assert_eq!(w.mirrored(w.thread(), "Maria"), ["Hola"]);
        // Meta sends it once more: it is known.
        assert_eq!(w.post_signed(&body).await, 200);
        w.assert_quiet().await;
        assert_eq!(w.mirrored(w.thread(), "Maria"), ["Hola"]);
    }
}

on_both! {
    // story: BR-14
    async fn groups_calls_and_unknown_kinds_open_nothing(w) {
        let maria = w.customer("Maria");
        w.sends(maria, Inbound::text("to the group").in_group("Y2FwaV9ncm91cDox"));
        w.meta.calls(maria, &w.number, Call::Connect);
        w.meta.calls(maria, &w.number, Call::Terminate(0));
        let value = json!({ "messaging_product": "whatsapp", "metadata": metadata(&w), "novelties": [{ "id": "1" }] });
        w.meta.emit(&w.number, None, "novelty_of_next_year", value);
        w.meta.emit(&w.number, None, "phone_number_quality_update", json!({ "display_phone_number": "15550100001", "event": "ONBOARDING", "current_limit": "TIER_1K" }));
        w.assert_quiet().await;
        assert_eq!((w.cards().len(), w.conversations().await.len()), (0, 0));
        assert!(w.metric("baton_inbox_asides_total{kind=\"whatsapp\"}").await >= 3.0);
        // A customer we know: a line in the thread, no message, nothing waits for an answer.
        w.says(maria, "Hola");
        w.quiet().await;
        w.claims(w.ana).await;
        w.quiet().await;
        w.write(w.ana, w.thread(), "Hola Maria");
        w.quiet().await;
        w.meta.calls(maria, &w.number, Call::Connect);
        w.meta.calls(maria, &w.number, Call::Terminate(75));
        w.sends(maria, Inbound::text("to the group again").in_group("Y2FwaV9ncm91cDox"));
        w.assert_quiet().await;
        assert_eq!(w.mirrored(w.thread(), "Maria"), ["Hola"]);
        assert_eq!(w.conversations().await[0].waiting_since.some(), None);
        insta::assert_snapshot!("calls", w.transcript());
        // A kind of message nobody knows yet is a message all the same.
        w.sends(maria, Content::Other { kind: "hologram".to_owned(), node: json!({ "id": "7" }) });
        w.assert_quiet().await;
        assert!(w.has_post(w.thread(), "hologram"), "{}", w.transcript());
    }
}

fn metadata(w: &World) -> Value {
    json!({ "display_phone_number": "15550100001", "phone_number_id": w.number })
}

on_both! {
    // story: BR-14, BR-02
    async fn a_body_of_a_thousand_items_loses_none_of_the_good_ones(w, PROMPT) {
        let customers: Vec<_> = (0..10).map(|n| w.customer(&format!("Customer {n}"))).collect();
        let mut items: Vec<Value> = Vec::new();
        for n in 0..95 {
            for customer in &customers {
                let body = w.text_body(*customer, &format!("message {n}"));
                items.push(body["entry"][0]["changes"][0]["value"]["messages"][0].clone());
            }
        }
        let now = (w.clock.now().0 / 1000).to_string();
        let broken = [
            json!(7),
            json!("text"),
            json!({}),
            json!({ "id": "wamid.no-time", "from": "15551230000", "type": "text", "text": { "body": "x" } }),
            json!({ "id": "wamid.odd-time", "from": "15551230000", "timestamp": "soon", "type": "text", "text": { "body": "x" } }),
            json!({ "id": "wamid.no-kind", "from": "15551230000", "timestamp": now }),
            json!({ "id": "wamid.no-text", "from": "15551230000", "timestamp": now, "type": "text" }),
            json!({ "id": "wamid.list", "from": "15551230000", "timestamp": now, "type": "text", "text": 7 }),
            json!({ "id": "wamid.nobody", "timestamp": now, "type": "text", "text": { "body": "x" } }),
            json!({ "id": {"a": 1}, "from": ["y"], "timestamp": null, "type": 5 }),
        ];
        for n in 0..50 {
            items.insert(n * 19, broken[n % 10].clone());
        }
        assert_eq!(items.len(), 1000);
        assert_eq!(w.post_signed(&w.body_with("messages", &items)).await, 200);
        w.quiet().await;
        w.assert_no_violation();
        assert_eq!(w.threads().len(), 10);
        for thread in w.threads() {
            let shown = w.posts(thread.id);
            assert_eq!(shown.len(), 95, "{}", thread.name);
            for (n, post) in shown.iter().enumerate() {
                assert!(post.content.ends_with(&format!("\nmessage {n}")), "{} at {n}", post.content);
            }
        }
        let letters = letters::list(&w.app().store, 1000).await.unwrap();
        assert!((10..=50).contains(&letters.len()), "the broken ones are kept, the same ones once: {}", letters.len());
    }
}

// The gateway goes down.
on_discord! {
    // story: OP-04
    async fn an_operator_sees_whether_it_is_well(w) {
        assert_eq!(w.get("/healthz").await, (200, "ok\n".to_owned()));
        assert_eq!(w.get("/readyz").await, (200, "ready\n".to_owned()));
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.write(w.ana, thread, "Hola Maria");
        w.meta.calls(maria, &w.number, Call::Connect);
        w.quiet().await;
        let (status, text) = w.get("/metrics").await;
        assert_eq!(status, 200);
        for name in [
            "baton_webhooks_total{kind=\"accepted\"}", "baton_webhook_items_ignored_total", "baton_inbox_handled_total",
            "baton_inbox_dead_total", "baton_inbox_asides_total{kind=\"whatsapp\"}", "baton_outbox_performed_total{kind=\"done\"}", "baton_outbox_seconds_bucket",
            "baton_inbox_commit_seconds_sum", "baton_inbox_waiting", "baton_outbox_waiting", "baton_dead_letters",
            "baton_conversations_unassigned", "baton_conversations_owned", "baton_gateway_up", "# EOF",
        ] {
            assert!(text.contains(name), "{name} is missing in\n{text}");
        }
        assert!(!text.contains("1555"), "no phone number in the metrics");
        w.discord.stop();
        let begun = std::time::Instant::now();
        let unwell = loop {
            match w.get("/readyz").await {
                (503, sentence) => break sentence,
                _ => assert!(begun.elapsed() < Duration::from_secs(10), "the gateway is down and nobody notices"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert!(unwell.starts_with("The Discord gateway is not connected."), "{unwell}");
        assert_eq!(w.get("/healthz").await.0, 200, "it lives and takes webhooks");
        w.says(maria, "are you there?");
        w.until("accepted", |w| w.meta.deliveries_pending() == 0).await;
        w.discord.listen().await.unwrap();
        w.until("ready again", |w| w.app().is_ready()).await;
        w.assert_quiet().await;
        let begun = Instant::now();
        while w.get("/readyz").await.0 != 200 {
            assert!(begun.elapsed() < Duration::from_secs(10), "never ready again");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(w.mirrored(thread, "Maria"), ["Hola", "are you there?"]);
        w.until("the gauge follows", |w| w.app().metrics.gateway_up.get() == 1).await;
    }
}
