//! People delete, archive, lock and rename what Baton made.

use serde_json::json;

use super::{Day, answer, moment, notices, once, thread_with};
use crate::on_discord;
use crate::world::World;

fn remade(w: &World) -> usize {
    let texts = w.threads().into_iter().flat_map(|t| w.texts(t.id));
    texts.filter(|text| text.contains("was deleted")).count()
}

on_discord! {
    // story: RL-04
    async fn a_deleted_thread_is_made_anew_once(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        day.ledger.forget();
        w.discord.delete_channel(thread).unwrap();
        let words: Vec<String> = (0..4).map(|_| day.says(maria)).collect();
        let new = day.thread_with(&words[3]).await;
        assert_ne!(new, thread);
        day.writes(w.ana, new, maria);
        day.ends_well().await;
        assert_eq!((w.cards().len(), remade(&w)), (1, 1), "{}", w.transcript());
        assert!(notices(&w).is_empty(), "{:?}", notices(&w));
        assert_eq!(w.conversations().await.len(), 1);
    }
}

on_discord! {
    // story: RL-04, RL-03
    async fn a_thread_deleted_while_nobody_listened_is_made_anew_once(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        day.ledger.forget();
        w.discord.gateway_down(true);
        w.discord.forget_sessions();
        w.until("disconnected", |w| !w.app().is_connected()).await;
        w.discord.delete_channel(thread).unwrap();
        // Several posts meet the loss before anybody tells of it.
        let words: Vec<String> = (0..5).map(|_| day.says(maria)).collect();
        day.thread_with(&words[4]).await;
        w.discord.gateway_down(false);
        w.until("connected", |w| w.app().is_connected()).await;
        day.ends_well().await;
        assert_eq!((w.cards().len(), remade(&w), w.threads().len()), (1, 1, 1), "{}", w.transcript());
    }
}

on_discord! {
    // story: RL-04
    async fn a_thread_deleted_after_the_end_is_made_anew_when_the_customer_comes_back(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        w.command(w.ana, thread, "close", json!({})).await;
        w.quiet().await;
        w.discord.delete_channel(thread).unwrap();
        w.quiet().await;
        moment(200).await;
        assert_eq!(w.threads().len(), 0, "nobody needs it");
        day.ledger.forget();
        let word = day.says(maria);
        let new = day.thread_with(&word).await;
        assert_ne!(new, thread);
        day.says(maria);
        day.ends_well().await;
    }
}

on_discord! {
    // story: RL-04
    async fn archived_and_locked_threads_are_opened(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        for (archived, locked) in [(true, false), (true, true), (false, true)] {
            w.quiet().await;
            w.discord.archive(w.ben, thread, archived, locked).unwrap();
            day.says(maria);
            w.until("open", |w| w.discord.thread(thread).is_some_and(|t| !t.archived && !t.locked)).await;
            day.writes(w.ana, thread, maria);
        }
        day.ends_well().await;
        assert_eq!(w.threads().len(), 1);
    }
}

on_discord! {
    // story: RL-04
    async fn a_renamed_thread_goes_on(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.discord.rename(w.ben, thread, "Maria, the one with the blue bike").unwrap();
        day.says(maria);
        day.writes(w.ana, thread, maria);
        day.ends_well().await;
        assert_eq!(w.threads()[0].name, "Maria, the one with the blue bike");
        w.assert_no_violation();
    }
}

on_discord! {
    // story: RL-04
    async fn a_deleted_card_is_posted_anew(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        w.discord.delete(w.support, thread).unwrap();
        // The next change of the card meets the loss.
        day.says(maria);
        w.command(w.ana, thread, "release", json!({})).await;
        w.until("a new card", |w| w.cards().len() == 1).await;
        day.ends_well().await;
        let card = w.cards().remove(0);
        assert_ne!(card.id, thread);
        assert!(w.press(w.ben, &card, "Claim").await.contains("yours"));
        assert_eq!(w.threads().len(), 1, "its thread is still there");
    }
}

on_discord! {
    // story: RL-04
    async fn a_deleted_head_is_posted_anew(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        let heads = |w: &World| {
            w.discord.messages(thread).into_iter().filter(|m| !m.deleted && !m.embeds.is_empty()).collect::<Vec<_>>()
        };
        w.discord.delete(thread, heads(&w)[0].id).unwrap();
        day.says(maria);
        w.command(w.ana, thread, "release", json!({})).await;
        w.until("a new head", |w| heads(w).len() == 1).await;
        day.ends_well().await;
    }
}

on_discord! {
    // story: RL-04, RL-02
    async fn a_thread_deleted_while_its_card_is_being_brought_up_to_date(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        // Changes of the card wait while the thread goes.
        once(w.discord.wire(), "PATCH", "/messages/", 4, answer(500, &[], json!("")));
        w.discord.command(w.ana, thread, "release", &json!({})).unwrap();
        day.says(maria);
        moment(100).await;
        w.discord.delete_channel(thread).unwrap();
        day.ledger.forget();
        let word = day.says(maria);
        day.thread_with(&word).await;
        day.ends_well().await;
        assert_eq!((w.cards().len(), w.threads().len()), (1, 1), "{}", w.transcript());
        assert!(thread_with(&w, &word).is_some());
        assert_eq!(w.dead_letters().await, Vec::<String>::new());
    }
}
