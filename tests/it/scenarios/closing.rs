//! Conversations end, go on in the same thread, or begin anew.

use baton::playground::meta::Inbound;
use baton::store::record;
use serde_json::json;

use crate::on_both;

on_both! {
    // story: BR-12
    async fn closing_ends_and_folds_away(w) {
        let (_, thread) = w.owned_by_ana("Maria", "Hola").await;
        assert_eq!(w.press_card(w.ana, "Close").await, "✅ Ana closed this conversation.");
        w.assert_quiet().await;
        assert!(w.chat.thread(thread).unwrap().archived);
        assert!(w.cards()[0].components.is_empty(), "nothing is left to press");
        assert!(w.fact(&w.cards()[0], "Closed").is_some());
        assert_eq!(w.fact(&w.cards()[0], "Answer by"), None);
        insta::assert_snapshot!("closed", w.transcript());
    }
}

on_both! {
    // story: BR-12, CL-02
    async fn a_reason_is_kept(w) {
        let (_, thread) = w.owned_by_ana("Maria", "Hola").await;
        let told = w.command(w.ana, thread, "close", json!({ "reason": "refunded in full" })).await;
        assert_eq!(told, "✅ Ana closed this conversation: refunded in full");
        w.assert_quiet().await;
        let id = w.conversations().await[0].id;
        let record = record::of(&w.app().store, id).await.unwrap();
        let last = record.last().unwrap();
        assert_eq!((last.how.as_str(), last.note.as_str(), last.to_agent), ("closed", "refunded in full", 0));
        assert!(w.has_post(thread, "refunded in full"));
        assert!(w.command(w.ana, w.support, "close", json!({ "reason": "1 again" })).await.starts_with("It is closed"));
        w.assert_quiet().await;
    }
}

on_both! {
    // story: BR-12
    async fn writing_again_soon_reopens_the_same_thread(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.write(w.ana, thread, "It left today");
        w.quiet().await;
        w.press_card(w.ana, "Close").await;
        w.quiet().await;
        w.forward(6 * 24 * 60);
        w.says(maria, "It has not arrived");
        w.assert_quiet().await;
        assert_eq!(w.thread(), thread);
        assert!(!w.chat.thread(thread).unwrap().archived);
        let conversation = w.conversations().await.remove(0);
        assert_eq!((conversation.owner(), conversation.is_closed(), conversation.previous.0), (None, false, 0));
        assert_eq!(w.cards().len(), 1);
        insta::assert_snapshot!("reopened", w.transcript());
        assert!(w.claims(w.ben).await.contains("is yours"));
        w.write(w.ben, thread, "Let me look");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["It left today", "Let me look"]);
    }
}

on_both! {
    // story: BR-12
    async fn writing_again_later_is_a_new_conversation(w) {
        let (maria, first) = w.owned_by_ana("Maria", "Hola").await;
        w.press_card(w.ana, "Close").await;
        w.quiet().await;
        w.forward(8 * 24 * 60);
        w.says(maria, "Another question");
        w.assert_quiet().await;
        assert_eq!(w.threads().len(), 2);
        assert!(w.chat.thread(first).unwrap().archived);
        let card = w.cards().remove(1);
        assert_eq!(w.fact(&card, "Before"), Some(format!("<#{first}>")));
        assert_eq!(w.conversations().await[1].previous.0, 1);
        assert_eq!(w.mirrored(w.threads()[1].id, "Maria"), ["Another question"]);
        insta::assert_snapshot!("new_conversation", w.transcript());
    }
}

on_both! {
    // story: BR-12
    async fn nothing_but_the_customer_opens_it_again(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let answer = w.write(w.ana, thread, "Done");
        w.quiet().await;
        w.press_card(w.ana, "Close").await;
        w.quiet().await;
        // She reads and likes it, an agent thinks aloud: shown, and folded away again.
        w.meta.opens(maria, &w.number);
        w.quiet().await;
        assert_eq!(w.marks(thread, answer), "👀");
        assert!(w.chat.thread(thread).unwrap().archived, "a read mark is no reason to come back");
        let received = w.newest_received(maria).id;
        w.sends(maria, Inbound::reaction(&received, Some("👍")));
        w.quiet().await;
        // A bot has one reaction on Telegram: the thumb stands in the place of the mark.
        assert_eq!(w.marks(thread, answer), if w.chat.is_telegram() { "👍" } else { "👀 👍" });
        assert!(w.chat.thread(thread).unwrap().archived, "nor is a thumb");
        w.write(w.ana, thread, "She seems happy");
        w.assert_quiet().await;
        assert!(w.has_post(thread, "This conversation is closed"));
        assert!(w.chat.thread(thread).unwrap().archived);
        assert_eq!(w.received_texts(maria), ["Done"]);
        assert!(w.conversations().await[0].is_closed());
        assert!(w.command(w.ana, thread, "claim", json!({})).await.starts_with("It is closed"));
        assert!(w.command(w.ana, thread, "reply", json!({ "text": "hello?" })).await.starts_with("It is closed"));
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Done"]);
    }
}

on_both! {
    // story: BR-12
    async fn one_who_closes_before_anybody_answered_leaves_no_deadline(w) {
        let maria = w.customer("Maria");
        w.says(maria, "wrong number, sorry");
        w.quiet().await;
        assert!(w.press_card(w.ben, "Close").await.contains("Ben closed"));
        w.assert_quiet().await;
        let conversation = w.conversations().await.remove(0);
        assert_eq!((conversation.waiting_since.0, conversation.due_at.0, conversation.nudges), (0, 0, 0));
    }
}
