//! Discord limits, fails, is slow, cuts the line or is away.

use baton::playground::wire::Misbehaviour;
use serde_json::json;

use super::{Day, answer, moment, once};
use crate::on_discord;
use crate::world::{Setting, World};

/// Every kind of request a conversation makes: method and part of the path.
const ROUTES: [(&str, &str); 7] = [
    ("POST", "/messages"),
    ("POST", "/threads"),
    ("PATCH", "/messages/"),
    ("POST", "/callback"),
    ("PUT", "/reactions/"),
    ("DELETE", "/reactions/"),
    ("PATCH", "/channels/"),
];

const QUICK: Setting = Setting { whatsapp: "timeout_seconds = 1", discord: "timeout_seconds = 1", ..Setting::PLAIN };

/// A day on which each route misbehaves twice, once while a conversation is made and once while it goes on.
async fn day_with(w: &World, then: &Misbehaviour) {
    let mut day = Day::new(w);
    let (other, calm) = day.owned("Nobody's trouble").await;
    let misbehave = |skip: &str| {
        for (method, path) in ROUTES.into_iter().filter(|(_, path)| *path != skip) {
            once(w.discord.wire(), method, path, 1, then.clone());
        }
    };
    misbehave("/callback");
    let maria = w.customer("Maria");
    let word = day.says(maria);
    day.says(maria);
    let thread = day.thread_with(&word).await;
    w.quiet().await;
    misbehave("");
    let card = w.discord.message(w.support, thread).unwrap();
    let custom = card.button("Claim").unwrap().to_owned();
    w.discord.click(w.ana, w.support, thread, &custom).unwrap();
    w.until("claimed", |w| w.discord.message(w.support, thread).is_some_and(|c| c.button("Release").is_some())).await;
    day.writes(w.ana, thread, maria);
    day.says(maria);
    day.says(other);
    day.writes(w.ana, calm, other);
    day.writes(w.ana, thread, maria);
    w.quiet().await;
    misbehave("/callback");
    day.says(maria);
    w.quiet().await;
    let told = w.command(w.ana, thread, "close", json!({ "reason": "done" })).await;
    assert!(told.contains("closed"), "{told}");
    day.ends_well().await;
    w.discord.wire().behave();
    let heads = w.discord.messages(thread).into_iter().filter(|m| !m.deleted && !m.embeds.is_empty()).count();
    assert_eq!((w.cards().len(), w.threads().len(), heads), (2, 2, 1), "{}", w.transcript());
    assert_eq!(w.dead_letters().await, Vec::<String>::new());
}

on_discord! {
    // story: RL-02
    async fn limited_with_a_time_to_wait(w, QUICK) {
        let body = json!({ "message": "You are being rate limited.", "retry_after": 0.3, "global": false });
        let headers = [("retry-after", "1"), ("x-ratelimit-scope", "user")];
        day_with(&w, &answer(429, &headers, body)).await;
    }
}

on_discord! {
    // story: RL-02
    async fn limited_without_a_time_to_wait(w, QUICK) {
        day_with(&w, &answer(429, &[], json!("error code: 1015"))).await;
    }
}

on_discord! {
    // story: RL-02
    async fn in_trouble(w, QUICK) {
        day_with(&w, &answer(502, &[], json!("<html>502 Bad Gateway</html>"))).await;
    }
}

on_discord! {
    // story: RL-02
    async fn too_slow(w, QUICK) {
        day_with(&w, &Misbehaviour::Delay { ms: 1300 }).await;
    }
}

on_discord! {
    // story: RL-02
    async fn cutting_the_line_before_acting(w, QUICK) {
        day_with(&w, &Misbehaviour::CutBefore).await;
    }
}

on_discord! {
    // story: RL-02
    async fn cutting_the_line_after_acting(w, QUICK) {
        day_with(&w, &Misbehaviour::CutAfter).await;
    }
}

on_discord! {
    // story: RL-02, RL-01
    async fn cut_after_acting_and_then_gone_for_minutes(w, QUICK) {
        // Discord's memory of nonces is over: only the thread's history tells that the post stands there.
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        once(w.discord.wire(), "POST", &format!("/channels/{thread}/messages"), 1, Misbehaviour::CutAfter);
        let word = day.says(maria);
        day.thread_with(&word).await;
        once(w.discord.wire(), "POST", "/messages", 0, answer(503, &[], json!("")));
        let ledger = day.ledger;
        w.stop().await;
        w.forward(30);
        w.discord.wire().behave();
        w.run().await;
        let mut day = Day { w: &w, ledger };
        day.says(maria);
        day.ends_well().await;
    }
}

on_discord! {
    // story: RL-02, OP-04
    async fn away_altogether(w, QUICK) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        let (joe, joes) = day.owned("Joe").await;
        w.quiet().await;
        w.discord.stop();
        w.until("disconnected", |w| !w.app().is_connected()).await;
        for _ in 0..3 {
            day.says(maria);
            day.says(joe);
        }
        let newcomer = w.customer("Newcomer");
        day.says(newcomer);
        day.says(newcomer);
        w.meta.quiet().await;
        moment(300).await;
        let ready = reqwest::get(format!("{}/readyz", w.address())).await.unwrap();
        assert_eq!(ready.status(), 503);
        assert!(ready.text().await.unwrap().contains("not connected"));
        w.discord.listen().await.unwrap();
        day.writes(w.ana, thread, maria);
        day.writes(w.ana, joes, joe);
        w.until("connected", |w| w.app().is_connected()).await;
        day.ends_well().await;
        assert_eq!(w.cards().len(), 3);
    }
}
