//! How a period went: every figure is worked out by hand from what happened when.

use serde_json::json;

use super::teams::MANUAL;
use crate::on_both;
use crate::world::World;

/// Lengths of time to the minute below: a machine takes some seconds for what nobody waits for.
fn in_minutes(text: &str) -> String {
    let dated = regex::Regex::new(r", (\d+ [A-Z][a-z]{2} \d{4} to |\d+ to )?\d+ [A-Z][a-z]{2} \d{4},").unwrap();
    let text = dated.replace_all(text, ", ‹days›,").into_owned();
    let text = regex::Regex::new(r"\b(\d+) min \d+ s\b").unwrap().replace_all(&text, "$1 min").into_owned();
    let text = regex::Regex::new(r"\b(\d+m) \d+s\b").unwrap().replace_all(&text, "$1").into_owned();
    regex::Regex::new(r" +").unwrap().replace_all(&text, " ").into_owned()
}

/// Somebody writes, and so many minutes go by.
async fn asks(w: &World, name: &str, minutes: i64) -> baton::playground::meta::CustomerId {
    let customer = w.customer(name);
    w.says(customer, "Hello, is anybody there?");
    w.quiet().await;
    w.forward(minutes);
    w.quiet().await;
    customer
}

async fn claims(w: &World, user: u64, id: i64, minutes: i64) {
    w.on(user, id, "claim", json!({})).await;
    w.quiet().await;
    w.forward(minutes);
    w.quiet().await;
}

async fn answers(w: &World, user: u64, id: i64) {
    w.write(user, w.thread_of(id), "Here I am.");
    w.quiet().await;
}

async fn a_day(w: &World) {
    w.met().await;
    // Ana takes it after 2 min and answers after 4, and once more after 3.
    let maria = asks(w, "Maria", 2).await;
    claims(w, w.ana, 1, 2).await;
    answers(w, w.ana, 1).await;
    w.says(maria, "And now?");
    w.quiet().await;
    w.forward(3);
    answers(w, w.ana, 1).await;
    // Noor writes again after 5 min; Ben takes it after 6, later than promised, and answers after 10.
    let noor = asks(w, "Noor", 5).await;
    w.says(noor, "Hello??");
    w.quiet().await;
    w.forward(1);
    claims(w, w.ben, 2, 4).await;
    answers(w, w.ben, 2).await;
    // Ana takes it after 1 min; after 2 it is Ben's, who answers after 8.
    asks(w, "Olek", 1).await;
    claims(w, w.ana, 3, 1).await;
    w.on(w.lea, 3, "assign", json!({ "to": "@ben" })).await;
    w.quiet().await;
    w.forward(6);
    answers(w, w.ben, 3).await;
    // Nobody ever answers Pia.
    asks(w, "Pia", 1).await;
    w.on(w.lea, 4, "close", json!({ "reason": "spam" })).await;
    w.quiet().await;
    // Rosa is answered from a phone, beside Baton.
    let rosa = asks(w, "Rosa", 2).await;
    w.meta.echo(rosa, &w.number, "We call you");
    w.quiet().await;
}

on_both! {
    // story: VI-06, VI-07
    async fn a_day_in_figures(w, MANUAL) {
        a_day(&w).await;
        let team = w.command(w.lea, w.support, "stats", json!({ "who": "Support" })).await;
        insta::assert_snapshot!("team", in_minutes(&team));
        let everybody = w.command(w.lea, w.support, "stats", json!({ "period": "7d" })).await;
        assert_eq!(everybody.replace("Every team", "support"), team);
        let ana = w.command(w.lea, w.support, "stats", json!({ "who": "@ana", "period": "7d" })).await;
        insta::assert_snapshot!("agent", in_minutes(&ana));
        let nothing = w.command(w.lea, w.support, "stats", json!({ "who": "billing", "period": "30d" })).await;
        insta::assert_snapshot!("nothing", in_minutes(&nothing));
        for (asked, part) in [
            (json!({ "who": "sales" }), "There is no agent or team called “sales”."),
            (json!({ "who": "support", "period": "soon" }), "“soon” is no period: write today, yesterday, 7d"),
            (json!({ "period": "2026-13" }), "“2026-13” is no period"),
            (json!({ "period": "999d" }), "longer than 366 days"),
        ] {
            let told = w.command(w.lea, w.support, "stats", asked.clone()).await;
            assert!(told.contains(part), "{asked}: {told}");
        }
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-06, HO-01
    async fn owners_who_change_are_counted(w, MANUAL) {
        w.met().await;
        asks(&w, "Maria", 1).await;
        claims(&w, w.ana, 1, 1).await;
        w.on(w.ana, 1, "handoff", json!({ "to": "@ben", "note": "knows bikes" })).await;
        w.quiet().await;
        w.on(w.ben, 1, "accept", json!({})).await;
        w.quiet().await;
        w.on(w.ben, 1, "release", json!({})).await;
        w.quiet().await;
        claims(&w, w.ana, 1, 0).await;
        w.on(w.lea, 1, "assign", json!({ "to": "@ben" })).await;
        w.quiet().await;
        let told = w.command(w.lea, w.support, "stats", json!({ "who": "support" })).await;
        let changes = "Changes of owner: 2 from one person to another, 1 handed over, 1 given back.";
        assert!(told.lines().any(|line| line == changes), "{told}");
    }
}

on_both! {
    // story: VI-06
    async fn what_would_take_too_long_is_left_to_the_report(w, MANUAL) {
        w.met().await;
        asks(&w, "Maria", 1).await;
        claims(&w, w.ana, 1, 1).await;
        answers(&w, w.ana, 1).await;
        w.sql(
            "insert into clock (conversation, nth, kind, team, priority, since, target_ms, due_at, pauses, version, came,
                 ended_at, by_agent, took_ms, nudges, first_nudge_ms)
             with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
             select conversation, 1000 + i, kind, team, priority, since, target_ms, due_at, pauses, version, came, ended_at,
                 by_agent, took_ms, nudges, first_nudge_ms from clock cross join n where kind = 'first'",
        )
        .await;
        let told = w.command(w.lea, w.support, "stats", json!({ "who": "support" })).await;
        assert!(told.starts_with("More than 20000 times ended") && told.contains("baton report --period"), "{told}");
        let before = w.command(w.lea, w.support, "stats", json!({ "who": "support", "period": "yesterday" })).await;
        assert!(!before.contains("More than"), "a shorter one is told: {before}");
    }
}
