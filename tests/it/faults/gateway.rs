//! What people did while nobody listened.

use baton::playground::discord::Drop as Outage;
use serde_json::json;

use super::{Day, answer, moment, once};
use crate::on_discord;
use crate::world::World;

/// How the connection is lost and comes back.
async fn while_disconnected(w: &World, lose: impl Fn(&World), back: impl Fn(&World)) {
    let mut day = Day::new(w);
    let (maria, thread) = day.owned("Maria").await;
    let (joe, joes) = day.owned("Joe").await;
    w.quiet().await;
    lose(w);
    w.until("disconnected", |w| !w.app().is_connected()).await;
    day.writes(w.ana, thread, maria);
    day.writes(w.ana, joes, joe);
    let note = w.write(w.ana, thread, "//a note");
    day.writes(w.ana, thread, maria);
    let gone = w.write(w.ana, thread, "gone before anybody read it");
    w.discord.delete(thread, gone).unwrap();
    w.discord.edit(w.ana, thread, note, "//another note").unwrap();
    let word = day.says(maria);
    day.thread_with(&word).await;
    back(w);
    w.until("connected", |w| w.app().is_connected()).await;
    day.writes(w.ana, thread, maria);
    day.ends_well().await;
    let texts = w.received_texts(maria);
    assert!(!texts.iter().any(|text| text.contains("note") || text.contains("gone")), "{texts:?}");
}

on_discord! {
    // story: RL-03
    async fn for_a_moment_that_can_be_resumed(w) {
        while_disconnected(&w, |w| w.discord.gateway_down(true), |w| w.discord.gateway_down(false)).await;
    }
}

on_discord! {
    // story: RL-03
    async fn for_so_long_that_nothing_can_be_resumed(w) {
        while_disconnected(
            &w,
            |w| {
                w.discord.gateway_down(true);
                w.discord.forget_sessions();
            },
            |w| w.discord.gateway_down(false),
        )
        .await;
    }
}

on_discord! {
    // story: RL-03
    async fn again_and_again(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        for how in [Outage::Abort, Outage::Reconnect, Outage::InvalidSession, Outage::Code(4000), Outage::Code(4009)] {
            day.writes(w.ana, thread, maria);
            w.discord.drop_gateway(how);
            day.writes(w.ana, thread, maria);
            moment(20).await;
            day.writes(w.ana, thread, maria);
            w.until(&format!("back after {how:?}"), |w| w.received(maria).len() == day.ledger.len() - 1).await;
        }
        day.ends_well().await;
    }
}

on_discord! {
    // story: RL-03
    async fn while_baton_was_stopped(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        let edited = w.write(w.ana, thread, "//first form");
        let deleted = w.write(w.ana, thread, "already sent");
        w.quiet().await;
        let heard = day.ledger;
        w.stop().await;
        let mut day = Day { w: &w, ledger: heard };
        for _ in 0..3 {
            let word = day.ledger.writes(maria);
            w.write(w.ana, thread, &word);
        }
        w.discord.edit(w.ana, thread, edited, "//second form").unwrap();
        w.discord.delete(thread, deleted).unwrap();
        let said = day.says(maria);
        let ledger = day.ledger;
        w.run().await;
        let mut day = Day { w: &w, ledger };
        day.thread_with(&said).await;
        day.says(maria);
        day.ends_well().await;
        let store = &w.app().store;
        let all = baton::store::message::of(store, w.conversations().await[0].id).await.unwrap();
        let note = all.iter().find(|m| m.direction.as_str() == "note").unwrap();
        assert_eq!((note.earlier.as_slice(), text(note)), (&["first form".to_owned()][..], "second form".to_owned()));
        let still = w.texts(thread).iter().filter(|text| text.contains("the customer still sees")).count();
        assert_eq!(still, 1, "{:?}", w.texts(thread));
        // Nothing of it happens again at the next start.
        w.restart().await;
        w.quiet().await;
        let again = w.texts(thread).iter().filter(|text| text.contains("the customer still sees")).count();
        assert_eq!(again, 1);
    }
}

fn text(message: &baton::domain::message::Message) -> String {
    baton::domain::words::summary(&message.content, 100)
}

on_discord! {
    // story: RL-03
    async fn more_than_a_page_of_posts(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        w.discord.gateway_down(true);
        w.discord.forget_sessions();
        w.until("disconnected", |w| !w.app().is_connected()).await;
        for _ in 0..120 {
            day.writes(w.ana, thread, maria);
        }
        w.discord.gateway_down(false);
        w.until("all of them", |w| w.received(maria).len() > 44).await;
        // The rest follows in the pace that WhatsApp allows towards one customer.
        let sent = w.received_texts(maria);
        let expected: Vec<String> = (1..=sent.len()).map(|n| format!("a0x{}z", n - 1)).collect();
        assert_eq!(sent, expected, "in order and without a gap");
    }
}

on_discord! {
    // story: RL-03
    async fn what_was_missed_is_not_overtaken_when_it_cannot_be_looked_up(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        w.discord.gateway_down(true);
        w.discord.forget_sessions();
        w.until("disconnected", |w| !w.app().is_connected()).await;
        day.writes(w.ana, thread, maria);
        day.writes(w.ana, thread, maria);
        // The gateway comes back before the history does.
        once(w.discord.wire(), "GET", &format!("/channels/{thread}/messages"), 0, answer(500, &[], json!("")));
        w.discord.gateway_down(false);
        w.until("connected", |w| w.app().is_connected()).await;
        day.writes(w.ana, thread, maria);
        moment(700).await;
        assert_eq!(w.received(maria).len(), 1, "the last one would stand before those that were missed");
        w.discord.wire().behave();
        w.until("all of them", |w| w.received(maria).len() == 4).await;
        day.ends_well().await;
    }
}
