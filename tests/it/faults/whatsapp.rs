//! WhatsApp is away, limits, refuses, or takes a message without saying so.

use baton::domain::message::Progress;
use baton::playground::wire::Misbehaviour;
use baton::store::message;

use super::{Day, graph_error, moment, notices, once};
use crate::on_discord;
use crate::world::{Setting, World};

/// Nothing is posted to WhatsApp but what agents write.
const UNREAD: Setting = Setting { reply: "mark_read = \"never\"", ..Setting::PLAIN };

/// How far the messages to customers have come.
async fn progress(w: &World) -> Vec<Progress> {
    let mut all = Vec::new();
    for conversation in w.conversations().await {
        let messages = message::of(&w.app().store, conversation.id).await.unwrap();
        all.extend(messages.into_iter().filter(|m| m.direction.as_str() == "out").map(|m| m.progress));
    }
    all
}

fn sends(w: &World) -> usize {
    w.meta.accepted().len()
}

on_discord! {
    // story: RL-02
    async fn away_for_a_while(w, UNREAD) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        let (joe, joes) = day.owned("Joe").await;
        w.quiet().await;
        w.meta.stop();
        for _ in 0..3 {
            day.writes(w.ana, thread, maria);
            day.writes(w.ana, joes, joe);
        }
        day.says(maria);
        moment(500).await;
        w.meta.restart().await.unwrap();
        day.ends_well().await;
    }
}

on_discord! {
    // story: RL-02
    async fn one_customer_is_written_to_too_often(w, UNREAD) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        let (joe, joes) = day.owned("Joe").await;
        w.quiet().await;
        once(w.meta.wire(), "POST", "/messages", 1, graph_error(400, 131_056));
        day.writes(w.ana, thread, maria);
        moment(200).await;
        day.writes(w.ana, thread, maria);
        day.writes(w.ana, joes, joe);
        day.ends_well().await;
        let (marias, joes) = (w.received(maria), w.received(joe));
        assert!(joes[1].at_ms <= marias[1].at_ms, "Maria's lane waits, Joe's does not: {marias:?} {joes:?}");
    }
}

on_discord! {
    // story: RL-02
    async fn the_number_sends_too_fast(w, UNREAD) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        let (joe, joes) = day.owned("Joe").await;
        w.quiet().await;
        once(w.meta.wire(), "POST", "/messages", 1, graph_error(400, 130_429));
        day.writes(w.ana, thread, maria);
        moment(200).await;
        day.writes(w.ana, joes, joe);
        let word = day.says(joe);
        day.thread_with(&word).await;
        assert_eq!((w.received(maria).len(), w.received(joe).len()), (1, 1), "the whole number waits");
        w.forward(1);
        moment(5200).await;
        day.ends_well().await;
        assert!(notices(&w).is_empty(), "{:?}", notices(&w));
    }
}

on_discord! {
    // story: RL-02, BR-08
    async fn the_window_is_closed(w, UNREAD) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        once(w.meta.wire(), "POST", "/messages", 2, graph_error(400, 131_047));
        w.write(w.ana, thread, "one day late");
        w.until("told why", |w| w.texts(thread).iter().any(|text| text.contains("did not reach"))).await;
        day.writes(w.ana, thread, maria);
        day.ends_well().await;
        assert!(progress(&w).await.contains(&Progress::Failed));
    }
}

on_discord! {
    // story: SL-09
    async fn the_window_is_said_to_be_closed_while_it_is_open(w, UNREAD) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        once(w.meta.wire(), "POST", "/messages", 1, graph_error(400, 131_047));
        day.writes(w.ana, thread, maria);
        day.ends_well().await;
        assert!(w.texts(thread).iter().all(|text| !text.contains("did not reach")), "{:?}", w.texts(thread));
        assert!(!progress(&w).await.contains(&Progress::Failed));
    }
}

on_discord! {
    // story: RL-02, SE-02
    async fn the_token_expires_and_is_renewed(w, UNREAD) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        let token = w.meta.access_token();
        w.meta.set_access_token("another");
        day.writes(w.ana, thread, maria);
        day.writes(w.ana, thread, maria);
        w.until("the operator is told", |w| !notices(w).is_empty()).await;
        moment(300).await;
        assert_eq!(notices(&w).len(), 1, "{:?}", notices(&w));
        assert!(notices(&w)[0].contains("cannot send: The access token has expired."), "{:?}", notices(&w));
        let word = day.says(maria);
        day.thread_with(&word).await;
        w.meta.set_access_token(&token);
        let ledger = day.ledger;
        w.restart().await;
        w.forward(6);
        let day = Day { w: &w, ledger };
        day.ends_well().await;
    }
}

on_discord! {
    // story: RL-01
    async fn taken_without_a_word_and_settled_by_its_status(w, UNREAD) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        let before = sends(&w);
        once(w.meta.wire(), "POST", "/messages", 1, Misbehaviour::CutAfter);
        day.writes(w.ana, thread, maria);
        day.writes(w.ana, thread, maria);
        day.ends_well().await;
        assert_eq!(sends(&w), before + 2, "sent once each");
        assert!(!progress(&w).await.contains(&Progress::Uncertain));
        assert!(!w.texts(thread).iter().any(|text| text.contains('❓')), "{:?}", w.texts(thread));
    }
}

/// A reply of which WhatsApp says nothing, until its author is asked.
async fn asked(w: &World, day: &mut Day<'_>, name: &str) -> (baton::playground::meta::CustomerId, u64) {
    let (customer, thread) = day.owned(name).await;
    w.quiet().await;
    once(w.meta.wire(), "POST", "/messages", 1, Misbehaviour::CutBefore);
    day.writes(w.ana, thread, customer);
    w.until("asked", |w| w.texts(thread).iter().any(|text| text.contains('❓'))).await;
    (customer, thread)
}

on_discord! {
    // story: RL-01
    async fn not_taken_and_sent_again_by_its_author(w, UNREAD) {
        let mut day = Day::new(&w);
        let (maria, thread) = asked(&w, &mut day, "Maria").await;
        // What comes after it does not wait for the answer.
        assert_eq!(w.received(maria).len(), 1);
        let prompt = w.prompt(thread, "Send again");
        w.press(w.ana, &prompt, "Send again").await;
        day.writes(w.ana, thread, maria);
        day.ends_well().await;
        assert!(!w.texts(thread).iter().any(|text| text.contains('❓')), "{:?}", w.texts(thread));
    }
}

on_discord! {
    // story: RL-01
    async fn not_seen_and_said_to_have_arrived(w, UNREAD) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        once(w.meta.wire(), "POST", "/messages", 1, Misbehaviour::CutBefore);
        w.write(w.ana, thread, "somewhere");
        w.until("asked", |w| w.texts(thread).iter().any(|text| text.contains('❓'))).await;
        let prompt = w.prompt(thread, "It arrived");
        w.press(w.ana, &prompt, "It arrived").await;
        day.writes(w.ana, thread, maria);
        day.ends_well().await;
        assert!(!w.texts(thread).iter().any(|text| text.contains('❓')), "{:?}", w.texts(thread));
        assert!(progress(&w).await.iter().all(|p| *p != Progress::Uncertain));
    }
}

on_discord! {
    // story: RL-01
    async fn uncertain_over_a_restart(w, UNREAD) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        once(w.meta.wire(), "POST", "/messages", 1, Misbehaviour::CutBefore);
        day.writes(w.ana, thread, maria);
        w.until("on its way", |w| w.discord.messages(thread).iter().any(|m| m.content.contains("a0x1z"))).await;
        moment(300).await;
        let ledger = day.ledger;
        w.stop().await;
        w.run().await;
        let mut day = Day { w: &w, ledger };
        w.until("asked", |w| w.texts(thread).iter().any(|text| text.contains('❓'))).await;
        assert_eq!(w.received(maria).len(), 1);
        let prompt = w.prompt(thread, "Send again");
        w.press(w.ana, &prompt, "Send again").await;
        w.until("it arrives", |w| w.received(maria).len() == 2).await;
        let next = day.says(maria);
        day.thread_with(&next).await;
        day.ends_well().await;
    }
}
