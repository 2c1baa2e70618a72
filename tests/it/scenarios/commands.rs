//! What a conversation waits for and is about, by command: each with what it takes and what it does not.

use serde_json::{Value, json};

use crate::on_both;
use crate::world::team::untimed;
use crate::world::{Setting, World};

/// Says a command and writes down what was answered.
async fn says(w: &World, log: &mut String, user: u64, command: &str, options: Value) {
    let name = w.chat.users().into_iter().find(|u| u.id == user).map(|u| u.name).unwrap_or_default();
    let typed: Vec<String> =
        options.as_object().unwrap().values().map(|v| v.as_str().unwrap_or_default().to_owned()).collect();
    let answer = untimed(&w.command(user, w.thread_of(1), command, options).await);
    log.push_str(&format!("{name}: /{command} {}\n    {}\n", typed.join(" ").trim(), answer.replace('\n', "\n    ")));
    w.quiet().await;
}

on_both! {
    // story: SL-03, CL-03
    async fn what_a_conversation_waits_for(w) {
        let (maria, _) = w.owned_by_ana("Maria", "I will think about it").await;
        let mut log = String::new();
        says(&w, &mut log, w.ben, "pending", json!({})).await;
        says(&w, &mut log, w.ana, "pending", json!({})).await;
        assert_eq!(w.fact(&w.cards()[0], "Waits for").as_deref(), Some("the customer"));
        w.says(maria, "Yes, I take it");
        w.quiet().await;
        assert_eq!(w.fact(&w.cards()[0], "Waits for"), None, "she has written");
        for until in ["25:00", "yesterday", "soonish", "0m", "9000d"] {
            says(&w, &mut log, w.ana, "snooze", json!({ "until": until })).await;
        }
        assert_eq!(w.fact(&w.cards()[0], "Snoozed until"), None);
        says(&w, &mut log, w.ben, "snooze", json!({ "until": "2h" })).await;
        says(&w, &mut log, w.ana, "snooze", json!({ "until": "reply" })).await;
        assert_eq!(w.fact(&w.cards()[0], "Snoozed until").as_deref(), Some("the customer writes"));
        says(&w, &mut log, w.ana, "snooze", json!({ "until": "2h" })).await;
        w.forward(121);
        w.until("it wakes", |w| w.has_post(w.thread(), "The time you left this for is over")).await;
        w.quiet().await;
        assert_eq!(w.fact(&w.cards()[0], "Snoozed until"), None);
        says(&w, &mut log, w.ana, "close", json!({})).await;
        says(&w, &mut log, w.ana, "pending", json!({})).await;
        says(&w, &mut log, w.ana, "snooze", json!({ "until": "2h" })).await;
        w.assert_quiet().await;
        insta::assert_snapshot!("said", log);
        insta::assert_snapshot!("waiting", w.day());
    }
}

on_both! {
    // story: RT-05, SE-04, CL-03
    async fn what_a_conversation_and_its_customer_are(w, Setting { support: "leads = [\"{lea}\"]", ..Setting::PLAIN }) {
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        let mut log = String::new();
        for priority in ["high", "high", "Low", "urgent", "normal", "asap"] {
            says(&w, &mut log, w.ben, "priority", json!({ "priority": priority })).await;
        }
        for tags in ["Wholesale #trial", "-trial, berlin", "a/b", "-wholesale -berlin"] {
            says(&w, &mut log, w.ben, "tag", json!({ "tags": tags })).await;
        }
        let many: Vec<String> = (0..21).map(|n| format!("t{n}")).collect();
        says(&w, &mut log, w.ben, "tag", json!({ "tags": many.join(" ") })).await;
        says(&w, &mut log, w.ben, "vip", json!({})).await;
        says(&w, &mut log, w.ben, "vip", json!({ "switch": "maybe" })).await;
        says(&w, &mut log, w.ben, "vip", json!({ "switch": "off" })).await;
        says(&w, &mut log, w.ben, "block", json!({ "reason": "spam" })).await;
        says(&w, &mut log, w.lea, "block", json!({ "reason": "spam" })).await;
        w.says(maria, "Anybody there?");
        w.quiet().await;
        assert!(w.conversations().await[0].is_closed(), "nothing is taken from her");
        says(&w, &mut log, w.lea, "block", json!({ "reason": "off" })).await;
        assert!(w.chat.thread(w.thread()).unwrap().archived);
        w.says(maria, "Hello again");
        w.quiet().await;
        assert!(!w.conversations().await[0].is_closed());
        says(&w, &mut log, w.ben, "reopen", json!({})).await;
        says(&w, &mut log, w.lea, "close", json!({})).await;
        says(&w, &mut log, w.ben, "reopen", json!({})).await;
        assert_eq!(w.owners().await, ["-"]);
        w.says(maria, "I am here");
        w.assert_quiet().await;
        insta::assert_snapshot!("said", log);
        insta::assert_snapshot!("matter", w.day());
    }
}

on_both! {
    // story: CL-03, OP-07
    async fn help_about_all_and_about_one(w) {
        let help = |command: Value| {
            let w = &w;
            async move { w.command(w.guest, w.operator, "help", command).await }
        };
        insta::assert_snapshot!("all", help(json!({})).await);
        insta::assert_snapshot!("handoff", help(json!({ "command": "handoff" })).await);
        assert_eq!(help(json!({ "command": "/Handoff" })).await, help(json!({ "command": "handoff" })).await);
        insta::assert_snapshot!("unknown", help(json!({ "command": "teleport" })).await);
        // Telegram asks for no suggestions while somebody types.
        if !w.chat.is_telegram() {
            assert_eq!(w.offered("help", json!({}), "command", "hand").await.len(), 2);
        }
        w.assert_quiet().await;
    }
}
