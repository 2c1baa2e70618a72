//! Second thoughts, on both sides.

use baton::playground::meta::Inbound;
use baton::store::message;

use crate::world::{Setting, World};
use crate::{on_both, on_discord};

const UNDO: Setting = Setting { reply: "undo_seconds = 60", ..Setting::PLAIN };

/// Every text a message of the first conversation has had, the present one last.
async fn texts_of(w: &World, nth: usize) -> Vec<String> {
    let id = w.conversations().await[0].id;
    let message = message::of(&w.app().store, id).await.unwrap().remove(nth);
    let now = baton::domain::words::summary(&message.content, 1000);
    message.earlier.into_iter().chain([now]).collect()
}

on_both! {
    // story: BR-10
    async fn a_customers_edit_keeps_what_stood_before(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "I live at 12 Main Street").await;
        let wamid = w.phone(maria)[0].id.clone();
        w.sends(maria, Inbound::edit(&wamid, "I live at 21 Main Street"));
        w.quiet().await;
        w.sends(maria, Inbound::edit(&wamid, "I live at 21 Main Road"));
        w.assert_quiet().await;
        let shown = w.posts(thread).remove(0);
        assert!(shown.content.starts_with("**Maria**\nI live at 21 Main Road"), "{}", shown.content);
        assert!(shown.content.contains("12 Main Street") && shown.content.contains("21 Main Street"));
        assert_eq!(texts_of(&w, 0).await.len(), 3);
        insta::assert_snapshot!("customer_edit", w.transcript());
        assert_eq!(w.conversations().await[0].nudges, 0, "changing a word is not writing again");
    }
}

on_both! {
    // story: BR-10
    async fn a_customers_deletion_keeps_what_was_said(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "My card number is 1234").await;
        let wamid = w.phone(maria)[0].id.clone();
        w.sends(maria, Inbound::revoke(&wamid));
        w.assert_quiet().await;
        let shown = w.posts(thread).remove(0);
        assert!(shown.content.contains("My card number is 1234") && shown.content.contains("deleted by the customer"));
        insta::assert_snapshot!("customer_deletion", w.transcript());
    }
}

on_both! {
    // story: BR-10, BR-02
    async fn an_edit_that_overtakes_its_message_is_shown(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.meta.hold_webhooks(true);
        let wamid = w.says(maria, "at six");
        w.seconds(5);
        w.sends(maria, Inbound::edit(&wamid, "at seven"));
        w.meta.release_reversed();
        w.assert_quiet().await;
        let shown = w.posts(thread);
        let last = shown.last().unwrap();
        assert!(last.content.starts_with("**Maria**\nat seven"), "{}", w.transcript());
        assert_eq!(w.mirrored(thread, "Maria").len(), 2, "{}", w.transcript());
    }
}

on_both! {
    // story: BR-10
    async fn an_agent_changes_a_reply_before_it_is_sent(w, UNDO) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let post = w.write(w.ana, thread, "Hello Mario");
        w.quiet_but_for_sends().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        w.chat.edit(w.ana, thread, post, "Hello Maria").unwrap();
        w.quiet_but_for_sends().await;
        w.seconds(61);
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Hello Maria"]);
        assert_eq!(texts_of(&w, 1).await, ["Hello Mario", "Hello Maria"]);
        assert!(!w.has_post(thread, "still sees"));
    }
}

// Telegram does not tell that a message was deleted.
on_discord! {
    // story: BR-10
    async fn an_agent_takes_a_reply_back_before_it_is_sent(w, UNDO) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let due = w.conversations().await[0].due_at;
        let post = w.write(w.ana, thread, "You are wrong");
        let other = w.write(w.ana, thread, "What a day");
        w.quiet_but_for_sends().await;
        assert_eq!(w.conversations().await[0].waiting_since.some(), None);
        w.chat.delete(thread, post).unwrap();
        w.chat.edit(w.ana, thread, other, "// What a day").unwrap();
        w.quiet_but_for_sends().await;
        w.seconds(61);
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        let conversation = w.conversations().await.remove(0);
        assert!(conversation.waiting_since.some().is_some(), "she has no answer after all");
        assert!(conversation.due_at <= due, "and her deadline has not moved");
        assert_eq!(w.marks(thread, other), "📝");
        insta::assert_snapshot!("taken_back", w.transcript());
    }
}

// Telegram does not tell that a message was deleted.
on_discord! {
    // story: BR-10
    async fn what_is_sent_cannot_be_changed_and_the_thread_says_so(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let one = w.write(w.ana, thread, "It costs 10");
        let two = w.write(w.ana, thread, "Or 20");
        w.quiet().await;
        w.chat.edit(w.ana, thread, one, "It costs 12").unwrap();
        w.quiet().await;
        w.chat.edit(w.ana, thread, one, "It costs 14").unwrap();
        w.chat.delete(thread, two).unwrap();
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["It costs 10", "Or 20"]);
        let told = w.texts(thread).iter().filter(|t| t.contains("still sees the earlier text")).count();
        assert_eq!(told, 1, "once is enough");
        assert!(w.has_post(thread, "already sent: the customer still sees “Or 20”"));
        insta::assert_snapshot!("too_late", w.transcript());
    }
}

// Telegram does not tell that a message was deleted.
on_discord! {
    // story: BR-10, RP-03
    async fn notes_change_without_a_word(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let note = w.write(w.ana, thread, "// she sounds tired");
        let other = w.write(w.ana, thread, "// and hungry");
        w.quiet().await;
        w.chat.edit(w.ana, thread, note, "she sounds happy").unwrap();
        w.chat.delete(thread, other).unwrap();
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new(), "a note stays one, whatever it is changed to");
        assert_eq!(w.texts(thread).len(), 3, "{}", w.transcript());
        assert_eq!(texts_of(&w, 1).await, ["she sounds tired", "she sounds happy"]);
    }
}
