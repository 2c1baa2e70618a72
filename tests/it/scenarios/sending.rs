//! What the owner writes reaches the customer as it was meant, and the thread shows what became of it.

use baton::playground::meta::{Failure, Inbound};
use serde_json::json;

use crate::world::Setting;
use crate::{on_both, on_discord};

// What is typed is Discord's own form.
on_discord! {
    // story: BR-07
    async fn formatting_crosses_to_the_customer(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let said = format!(
            "**bold** *italic* _too_ ~~gone~~ `code` [our shop](https://shop.example/a_b) <https://x.example> <@{}> <:wave:123456789012345678> ||secret||\n\
             # Big\n- one\n- two\n1. first\n> quoted\n```rust\nlet a = 1;\n```",
            w.ben
        );
        w.write(w.ana, thread, &said);
        w.assert_quiet().await;
        insta::assert_snapshot!("to_customer", w.received_texts(maria)[0]);
    }
}

on_both! {
    // story: BR-07
    async fn formatting_crosses_to_the_thread(w) {
        let maria = w.customer("Maria");
        w.says(maria, "*bold* _italic_ ~gone~ `code` ```several\nlines``` https://a.example/x_y_z\n* one\n- two\n1. first\n> quoted\n2*3*4 and snake_case_name and **not** bold there");
        w.assert_quiet().await;
        insta::assert_snapshot!("to_thread", w.mirrored(w.thread(), "Maria")[0]);
    }
}

fn long(words: usize) -> String {
    (1..=words).map(|n| format!("word{n:04}")).collect::<Vec<_>>().join(" ")
}

// How long a post may be is Discord's.
on_discord! {
    // story: BR-07
    async fn long_texts_are_split_and_nothing_is_lost(w) {
        let maria = w.customer("Maria");
        let text = long(450);
        assert!(text.len() > 4000);
        w.says(maria, &text);
        w.quiet().await;
        let thread = w.thread();
        let posts = w.texts(thread);
        assert_eq!(posts.len(), 3, "{posts:#?}");
        assert!(posts.iter().all(|post| post.encode_utf16().count() <= 2000));
        let words: Vec<&str> = posts.iter().flat_map(|post| post.split_whitespace()).filter(|w| w.starts_with("word")).collect();
        assert_eq!(words.join(" "), text);
        w.claims(w.ana).await;
        let text = long(660);
        assert!(text.len() > 5900);
        w.command(w.ana, thread, "reply", json!({ "text": text })).await;
        w.assert_quiet().await;
        let received = w.received_texts(maria);
        assert_eq!(received.len(), 2);
        assert!(received.iter().all(|part| part.encode_utf16().count() <= 4096));
        let words: Vec<&str> = received.iter().flat_map(|part| part.split_whitespace()).collect();
        assert_eq!(words.join(" "), text);
    }
}

on_both! {
    // story: BR-08
    async fn an_agent_sees_how_far_a_reply_has_come(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.meta.online(maria, false);
        let post = w.write(w.ana, thread, "Hola Maria");
        w.quiet().await;
        assert_eq!(w.marks(thread, post), "✅");
        w.meta.online(maria, true);
        w.quiet().await;
        assert_eq!(w.marks(thread, post), "📬");
        w.meta.opens(maria, &w.number);
        w.quiet().await;
        assert_eq!(w.marks(thread, post), "👀");
        // News that come late, or twice.
        let wamid = w.newest_received(maria).id;
        for status in ["sent", "delivered", "failed", "read"] {
            w.seconds(1);
            assert_eq!(w.status(&wamid, status).await, 200);
        }
        w.assert_quiet().await;
        assert_eq!(w.marks(thread, post), "👀", "a lower status never replaces a higher one");
        assert!(!w.has_post(thread, "did not reach"));
    }
}

on_both! {
    // story: BR-08
    async fn a_failed_reply_says_why_and_can_be_sent_again(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let due = w.conversations().await[0].due_at;
        w.meta.fail_next(maria, 131_026);
        let post = w.write(w.ana, thread, "Hola Maria");
        w.quiet().await;
        assert_eq!(w.marks(thread, post), "⚠️");
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        let conversation = w.conversations().await.remove(0);
        assert!(conversation.waiting_since.some().is_some(), "she has no answer yet");
        assert!(conversation.due_at <= due);
        insta::assert_snapshot!("failed", w.transcript());
        let prompt = w.prompt(thread, "Send again");
        assert!(w.press(w.ben, &prompt, "Send again").await.contains("Ana's"), "it is not Ben's to send");
        w.quiet().await;
        assert_eq!(w.press(w.ana, &prompt, "Send again").await, "📨 On its way to the customer.");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Hola Maria"]);
        assert_eq!(w.marks(thread, post), "📬");
        assert!(!w.has_post(thread, "did not reach"), "the question is gone once it is answered");
        assert_eq!(w.conversations().await[0].waiting_since.some(), None);
    }
}

on_both! {
    // story: BR-08
    async fn sending_again_can_fail_again(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.meta.fail_next_with(maria, Failure { code: 131_026, contacts: true, after_sent: true });
        w.meta.fail_next(maria, 130_472);
        w.write(w.ana, thread, "Hola Maria");
        w.quiet().await;
        w.press(w.ana, &w.prompt(thread, "Send again"), "Send again").await;
        w.quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        let asked = w.texts(thread).iter().filter(|t| t.contains("did not reach")).count();
        assert_eq!(asked, 1, "{}", w.transcript());
        assert!(w.has_post(thread, "experiment"), "the newest reason is shown");
        w.press(w.ana, &w.prompt(thread, "Send again"), "Send again").await;
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Hola Maria"]);
    }
}

/// What an owner does not answer stays with them.
const PATIENT: Setting = Setting { rest: "[ownership]\npass_on = false", ..Setting::PLAIN };

on_both! {
    // story: BR-08
    async fn a_request_that_is_refused_is_a_failure_too(w, PATIENT) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.forward(24 * 60 + 1);
        w.write(w.ana, thread, "Still there?");
        w.quiet().await;
        assert!(w.has_post(thread, "24 hours"), "{}", w.transcript());
        assert_eq!(w.meta.accepted().len(), 0, "WhatsApp is not asked what is known already");
        insta::assert_snapshot!("window_closed", w.transcript());
        w.says(maria, "Yes");
        w.quiet().await;
        w.write(w.ana, thread, "Good");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Good"]);
    }
}

on_both! {
    // story: BR-08, BR-02
    async fn replies_leave_in_the_order_they_were_written(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        for n in 1..=4 {
            w.write(w.ana, thread, &format!("line {n}"));
        }
        w.assert_quiet().await;
        let expected: Vec<String> = (1..=4).map(|n| format!("line {n}")).collect();
        assert_eq!(w.received_texts(maria), expected);
    }
}

on_both! {
    // story: BR-08
    async fn a_status_of_what_we_did_not_send_is_nothing_to_us(w) {
        let maria = w.customer("Maria");
        let wamid = w.says(maria, "Hola");
        w.quiet().await;
        assert_eq!(w.status("wamid.unknown", "failed").await, 200);
        assert_eq!(w.status(&wamid, "read").await, 200);
        w.sends(maria, Inbound::reaction("wamid.unknown", Some("👍")));
        w.assert_quiet().await;
        assert_eq!(w.texts(w.thread()).len(), 1, "{}", w.transcript());
    }
}
