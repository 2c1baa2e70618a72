//! What people ask of the record: whose conversations, what was said in one, and where something was said.

use baton::playground::meta::Inbound;
use serde_json::json;

use super::teams::{MANUAL, ROUTED};
use crate::on_both;
use crate::world::team::untimed;
use crate::world::{Setting, World};

/// Whoever writes after the end begins another conversation.
const ANEW: Setting = Setting { conversations: "reopen_days = 0", ..MANUAL };

const MASKED: Setting =
    Setting { rest: "[routing]\nzone = \"Europe/Berlin\"\n[privacy]\nmask_phone = true\n", ..Setting::PLAIN };

/// What was said, whatever the threads' ids, the day and the pace of the machine.
fn said(text: &str) -> String {
    let dated = regex::Regex::new(r"\d+ [A-Z][a-z]{2} (\d{4} )?\d\d:\d\d").unwrap();
    let exact = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ").unwrap();
    let text = regex::Regex::new("<#[0-9]+>").unwrap().replace_all(text, "‹thread›").into_owned();
    untimed(&exact.replace_all(&dated.replace_all(&text, "‹day›"), "‹moment› "))
}

/// Maria was helped by Ana and wrote again; Mario has only asked.
async fn two_customers(w: &World) {
    w.met().await;
    let maria = w.customer("María Gómez");
    w.says(maria, "Is the blue bike still there?");
    w.quiet().await;
    w.claims(w.ana).await;
    w.write(w.ana, w.thread_of(1), "Yes, come to the Café Central.");
    w.quiet().await;
    w.write(w.ana, w.thread_of(1), "// she sounded in a hurry");
    w.quiet().await;
    w.on(w.ana, 1, "close", json!({ "reason": "sold" })).await;
    w.quiet().await;
    let mario = w.customer("Mario");
    w.says(mario, "我在北京，自行车多少钱？");
    w.quiet().await;
    // After the end it is another conversation.
    w.forward(1);
    w.says(maria, "The bike squeaks");
    w.quiet().await;
    w.on(w.lea, 3, "assign", json!({ "to": "@ben", "note": "knows bikes" })).await;
    w.quiet().await;
}

on_both! {
    // story: VI-03
    async fn all_conversations_of_a_customer_are_told(w, ANEW) {
        two_customers(&w).await;
        let here = w.on(w.ben, 3, "history", json!({})).await;
        insta::assert_snapshot!("history", said(&here));
        assert_eq!(w.command(w.ben, w.support, "history", json!({ "number": 3 })).await, here);
        for typed in ["maria gomez", "María", "+1 555 123-0000", "15551230000"] {
            let told = w.command(w.ben, w.support, "history", json!({ "customer": typed })).await;
            assert!(told.starts_with("**María Gómez**, +15551230000: 2 conversations"), "{typed}: {told}");
        }
        // The one that is named is told of, and what is only digits may be a phone.
        let first = w.command(w.ben, w.support, "history", json!({ "number": 1 })).await;
        assert!(first.contains("#1 changed hands like this:") && first.contains("Ana closed it: sold"), "{first}");
        let several = w.command(w.ben, w.support, "history", json!({ "customer": "mar" })).await;
        insta::assert_snapshot!("history_of_several", said(&several));
        for (typed, told) in [
            (json!({ "customer": "Olek" }), "No customer is called “Olek”."),
            (json!({ "customer": "'; drop table contact; --" }), "No customer is called"),
            (json!({ "number": 77 }), "No customer is called “#77”."),
            (json!({}), "Whose?"),
        ] {
            let answer = w.command(w.ben, w.support, "history", typed.clone()).await;
            assert!(answer.starts_with(told), "{typed}: {answer}");
        }
        assert!(w.command(w.guest, w.support, "history", json!({ "number": 1 })).await.contains("Only agents"));
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-03
    async fn phones_are_masked_and_a_long_history_is_a_file(w, MASKED) {
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        for _ in 0..6 {
            w.on(w.ana, 1, "claim", json!({})).await;
            w.on(w.ana, 1, "release", json!({ "reason": "not mine" })).await;
            w.quiet().await;
        }
        let told = w.asks(w.ben, w.thread_of(1), "history", json!({})).await;
        assert!(told.content.starts_with("**Maria**, +•••••••••00: one conversation. Times are in Europe/Berlin."), "{}", told.content);
        assert!(told.content.ends_with("All of it is in the file."), "{}", told.content);
        let file = w.enclosed(&told);
        assert_eq!(file.0, "history.txt");
        assert_eq!(file.1.matches("Ana took it").count(), 6, "{}", file.1);
        assert!(!told.content.contains("5551230000") && !file.1.contains("5551230000"));
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-03
    async fn a_transcript_has_everything_that_was_said(w, ANEW) {
        two_customers(&w).await;
        let told = w.asks(w.ben, w.support, "transcript", json!({ "number": 1 })).await;
        assert!(told.content.contains("3 messages") && told.content.contains("keep it inside"), "{}", told.content);
        let (name, text) = w.enclosed(&told);
        assert_eq!(name, "conversation-1.txt");
        insta::assert_snapshot!("transcript_file", said(&text));
        let here = w.asks(w.ben, w.thread_of(3), "transcript", json!({})).await;
        assert!(w.enclosed(&here).1.contains("The bike squeaks"));
        assert_eq!(
            w.command(w.ben, w.support, "transcript", json!({ "number": 9 })).await,
            "There is no conversation #9. Its number is on its card."
        );
        assert!(w.command(w.ben, w.support, "transcript", json!({})).await.starts_with("Which conversation?"));
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-03
    async fn a_transcript_of_very_many_messages_has_the_newest(w, MANUAL) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Is the blue bike still there?");
        w.quiet().await;
        w.sql(
            "insert into message (id, conversation, direction, author, content, around, at, progress, failure_code, failure,
                 quote, wamid, earlier, revoked_at)
             with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
             select 1000000000 + i, conversation, direction, author, content, around, at + i * 1000, progress, failure_code,
                 failure, quote, '', earlier, revoked_at from message cross join n where direction = 'in'",
        )
        .await;
        w.says(maria, "Hello?");
        w.quiet().await;
        let told = w.asks(w.ben, w.support, "transcript", json!({ "number": 1 })).await;
        assert!(told.content.contains("3000 messages, the newest ones"), "{}", told.content);
        let text = w.enclosed(&told).1;
        assert!(text.contains("The earliest messages are left out"), "{text:.200}");
        assert_eq!(text.matches("Is the blue bike").count() + text.matches("Hello?").count(), 3_000);
    }
}

on_both! {
    // story: VI-03
    async fn what_was_said_is_found(w, ANEW) {
        two_customers(&w).await;
        let found = w.command(w.lea, w.support, "find", json!({ "text": "bike" })).await;
        insta::assert_snapshot!("found", said(&found));
        for (typed, part) in [
            ("cafe central", "Yes, come to the Café Central."),
            ("CAF", "Café"),
            ("北京", "我在北京"),
            ("hurry", "Ana noted: she sounded in a hurry"),
            ("gomez", "María Gómez: /history 3"),
            ("blue bike there", "Is the blue bike still there?"),
        ] {
            let found = w.command(w.lea, w.support, "find", json!({ "text": typed })).await;
            assert!(found.contains(part), "{typed}: {found}");
        }
        for typed in ["ike", "blue car", "\"", "\" OR spoken:*", "') --", "NEAR(a b)", "* -x ^y", "a'b:*", "&|!()<->"] {
            let found = w.command(w.lea, w.support, "find", json!({ "text": typed })).await;
            assert!(found.starts_with("Nothing was said of"), "{typed}: {found}");
        }
        // What the customer edits or takes back is found no more.
        let noor = w.customer("Noor");
        let text = w.says(noor, "my secret is xylophone");
        let gone = w.says(noor, "and marimba");
        w.quiet().await;
        assert!(w.command(w.lea, w.support, "find", json!({ "text": "xylo" })).await.contains("xylophone"));
        w.sends(noor, Inbound::edit(&text, "nothing to see"));
        w.sends(noor, Inbound::revoke(&gone));
        w.quiet().await;
        for typed in ["xylophone", "marimba"] {
            let found = w.command(w.lea, w.support, "find", json!({ "text": typed })).await;
            assert!(found.starts_with("Nothing was said of"), "{typed}: {found}");
        }
        assert!(w.command(w.lea, w.support, "find", json!({ "text": "nothing to see" })).await.contains("nothing to see"));
        assert!(w.command(w.guest, w.support, "find", json!({ "text": "bike" })).await.contains("Only agents"));
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-03
    async fn what_is_found_has_pages(w, MANUAL) {
        w.met().await;
        let maria = w.customer("Maria");
        for n in 1..=12 {
            w.says(maria, &format!("parcel number {n}"));
        }
        w.quiet().await;
        let first = w.command(w.lea, w.support, "find", json!({ "text": "parcel" })).await;
        assert_eq!(first.matches("parcel number").count(), 10, "{first}");
        assert!(first.ends_with("More: /find parcel --page 2"), "{first}");
        let second = w.command(w.lea, w.support, "find", json!({ "text": "parcel --page 2" })).await;
        assert_eq!(second.matches("parcel number").count(), 2, "{second}");
        assert!(!second.contains("More"), "{second}");
        // A number at the end is looked for.
        let seven = w.command(w.lea, w.support, "find", json!({ "text": "parcel 7" })).await;
        assert_eq!(seven.matches("parcel number").count(), 1, "{seven}");
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-03
    async fn the_queue_says_who_is_next_and_why_nobody_has_it(w, ROUTED) {
        w.met().await;
        let empty = w.command(w.lea, w.support, "queue", json!({ "team": "support" })).await;
        assert_eq!(empty, "**support**: nobody is waiting for an owner.");
        w.command(w.ben, w.support, "away", json!({ "reason": "lunch" })).await;
        w.quiet().await;
        // Ana may own three; what comes then waits.
        for name in ["Maria", "Noor", "Olek", "Pia", "Rosa", "Sam"] {
            let customer = w.customer(name);
            w.says(customer, "Hello");
            w.quiet().await;
            w.seconds(2);
        }
        w.on(w.lea, 6, "priority", json!({ "priority": "urgent" })).await;
        w.on(w.lea, 5, "priority", json!({ "priority": "high" })).await;
        w.quiet().await;
        let told = w.command(w.lea, w.support, "queue", json!({ "team": "Support" })).await;
        insta::assert_snapshot!("queue", said(&told));
        // The first of them is the next to be given.
        w.command(w.ben, w.support, "back", json!({})).await;
        w.quiet().await;
        let ways = [w.way(5).await, w.way(4).await];
        assert!(ways[0].contains(&"routed ben".to_owned()), "{ways:?}");
        assert!(w.command(w.lea, w.support, "queue", json!({ "team": "sales" })).await.contains("There is no team sales."));
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-03
    async fn a_long_queue_has_pages(w, MANUAL) {
        w.met().await;
        for n in 1..=12 {
            let customer = w.customer(&format!("Customer {n}"));
            w.says(customer, "Hello");
            w.quiet().await;
        }
        let first = w.command(w.lea, w.support, "queue", json!({ "team": "support" })).await;
        assert!(first.starts_with("**support**: 12 in the queue") && first.ends_with("More: /queue support 2"), "{first}");
        let second = w.command(w.lea, w.support, "queue", json!({ "team": "support", "page": "2" })).await;
        assert!(second.contains("\n11. ") && second.contains("\n12. ") && !second.contains("\n1. "), "{second}");
        assert_eq!(second.matches("it waits to be claimed").count(), 2, "{second}");
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-03
    async fn what_was_said_before_there_was_an_index_is_found(w, ANEW) {
        two_customers(&w).await;
        w.stop().await;
        w.sql("delete from spoken; delete from known_as; update counter set next = 0 where name = 'spoken'").await;
        w.run().await;
        for (typed, part) in [("squeaks", "The bike squeaks"), ("gomez", "María Gómez: /history 3")] {
            let found = w.command(w.lea, w.support, "find", json!({ "text": typed })).await;
            assert!(found.contains(part), "{typed}: {found}");
        }
        w.assert_quiet().await;
    }
}
