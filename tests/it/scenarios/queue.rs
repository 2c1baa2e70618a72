//! What nobody can take waits its turn, most urgent first, and moves as soon as somebody can.

use chrono::Weekday;
use serde_json::json;

use crate::on_both;
use crate::world::{LEAD, Setting, World, member};

/// One who speaks Spanish, one who does not, and a team that helps out.
const SMALL: Setting = Setting {
    support: "strategy = \"least_loaded\"\nleads = [\"lea\"]\nrelax_after_minutes = 3\noverflow = \"backoffice\"\noverflow_after_minutes = 6",
    agents: &[
        member("ana", "support").with("capacity = 2\nskills = { spanish = 2 }"),
        member("ben", "support").with("capacity = 2"),
        member("mia", "backoffice").with("capacity = 1"),
        member("lea", "").with(LEAD),
    ],
    rest: r#"
[routing]
max_burst = 0
[ownership]
pass_on = false
[targets.default]
assign = { normal = "30m" }
[[teams]]
name = "backoffice"
channel = "{backoffice}"
strategy = "round_robin"
leads = ["lea"]
[[rules]]
name = "spanish"
when = { languages = ["es"] }
skills = ["spanish"]
[[rules]]
name = "pressing"
when = { words = ["hurry"] }
priority = "high"
[[rules]]
name = "everything else"
"#,
    ..Setting::PLAIN
};

/// How often Lea was called in a thread.
fn calls(w: &World, id: i64) -> usize {
    w.posts(w.thread_of(id)).iter().filter(|post| post.pings.contains(&w.lea)).count()
}

/// Everybody of the team goes to lunch.
async fn lunch(w: &World) {
    for user in [w.ana, w.ben, w.mia] {
        w.command(user, w.support, "away", json!({ "reason": "lunch" })).await;
    }
    w.quiet().await;
}

on_both! {
    // story: RT-06, RT-07, RT-08
    async fn what_nobody_can_take_waits_in_the_order_of_urgency(w, SMALL) {
        lunch(&w).await;
        let mut customers = Vec::new();
        for (name, text) in [("Maria", "Hello"), ("Noor", "Hello?"), ("Olek", "Please hurry"), ("Pia", "Good day")] {
            let customer = w.customer(name);
            w.says(customer, text);
            w.quiet().await;
            customers.push(customer);
            w.seconds(20);
        }
        // Writing again moves nobody back.
        w.says(customers[0], "Is anybody there?");
        w.says(customers[2], "Hurry!");
        w.quiet().await;
        assert_eq!(w.owners().await, ["-", "-", "-", "-"]);
        let called: Vec<usize> = (1..=4).map(|id| calls(&w, id)).collect();
        assert_eq!(called, [2, 1, 2, 1], "Lea is told once of each, and once of those who write again");
        insta::assert_snapshot!("why", w.why(1).await);
        // Ben has room for two: first who is to have an answer first, then who waits longest.
        w.command(w.ben, w.support, "back", json!({})).await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ben", "-", "ben", "-"]);
        assert!(w.why(3).await.contains("It was in the queue already, by rule “pressing”."), "{}", w.why(3).await);
        w.write(w.ben, w.thread_of(3), "Here I am");
        w.quiet().await;
        w.on(w.ben, 3, "close", json!({})).await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ben", "ben", "-", "-"], "a place that comes free is filled at once");
        w.command(w.ana, w.support, "available", json!({})).await;
        w.assert_quiet().await;
        assert_eq!(w.owners().await, ["ben", "ben", "-", "ana"]);
        w.assert_capacities().await;
        w.assert_decisions().await;
        insta::assert_snapshot!("waited", w.day());
    }
}

on_both! {
    // story: RT-06
    async fn skills_are_no_longer_asked_for_after_a_while(w, SMALL) {
        w.command(w.ana, w.support, "away", json!({ "reason": "at the dentist's" })).await;
        let maria = w.customer("Maria");
        w.says(maria, "Hola, quiero comprar una bicicleta para mi hija");
        w.quiet().await;
        assert_eq!(w.owners().await, ["-"]);
        assert_eq!(calls(&w, 1), 1);
        insta::assert_snapshot!("nobody", w.why(1).await);
        w.forward(2);
        w.quiet().await;
        assert_eq!(w.owners().await, ["-"], "not yet");
        w.seconds(61);
        w.until("Ben gets it", |w| w.has_post(w.thread_of(1), "This is yours now")).await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ben"]);
        assert_eq!(calls(&w, 1), 1);
        insta::assert_snapshot!("relaxed", w.why(1).await);
        w.assert_quiet().await;
        w.assert_decisions().await;
    }
}

on_both! {
    // story: RT-06
    async fn another_team_takes_over_in_the_end(w, SMALL) {
        lunch(&w).await;
        let maria = w.customer("Maria");
        w.says(maria, "Hola, quiero comprar una bicicleta para mi hija");
        w.quiet().await;
        w.on(w.ben, 1, "note", json!({ "text": "she was here yesterday" })).await;
        w.says(maria, "¿Hola?");
        w.quiet().await;
        let old = w.thread();
        w.forward(4);
        w.quiet().await;
        assert_eq!(w.owners().await, ["-"], "nobody is there, with skills or without");
        w.command(w.mia, w.support, "back", json!({})).await;
        w.forward(2);
        w.seconds(1);
        w.until("it moves", |w| w.threads().len() == 2).await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["mia"]);
        assert_eq!(w.cards().len(), 0, "support has it no longer");
        let card = w.cards_in(w.backoffice).remove(0);
        assert_eq!(w.fact(&card, "Owner"), Some(format!("<@{}>", w.mia)));
        let moved = w.chat.thread(old).unwrap();
        assert!(moved.locked, "{moved:?}");
        w.write(w.mia, w.thread_of(1), "¡Hola Maria!");
        w.quiet().await;
        assert_eq!(w.received_texts(maria), ["¡Hola Maria!"]);
        assert_eq!(w.way(1).await, ["routed mia"]);
        w.assert_quiet().await;
        w.assert_decisions().await;
        insta::assert_snapshot!("overflow", w.day());
    }
}

on_both! {
    // story: RT-06, CL-06
    async fn what_nobody_owned_finds_somebody_when_the_customer_writes(w, SMALL) {
        let (maria, noor) = (w.customer("Maria"), w.customer("Noor"));
        for (customer, id) in [(maria, 1), (noor, 2)] {
            w.says(customer, "Hello");
            w.quiet().await;
            let owner = if w.owners().await[id - 1] == "ana" { w.ana } else { w.ben };
            let id = i64::try_from(id).unwrap();
            w.write(owner, w.thread_of(id), "Hello!");
            w.quiet().await;
            w.on(owner, id, "release", json!({ "reason": "answered" })).await;
        }
        w.quiet().await;
        assert_eq!(w.owners().await, ["-", "-"], "nobody waits");
        w.on(w.lea, 2, "pending", json!({})).await;
        w.says(maria, "Thank you, and one more thing");
        w.says(noor, "And another");
        w.quiet().await;
        assert_eq!(w.owners().await, ["ben", "ana"], "each to the one who did not give it back");
        w.assert_quiet().await;
        w.assert_decisions().await;
    }
}

/// A team whose day begins at nine; nobody gets everything at once.
const MORNING: Setting = Setting {
    support: "strategy = \"least_loaded\"\nhours = \"office\"\nleads = [\"lea\"]",
    agents: &[member("ana", "support"), member("ben", "support"), member("lea", "").with(LEAD)],
    rest: r#"
[calendars.office]
zone = "UTC"
weekly.mon = [["09:00", "17:00"]]
weekly.tue = [["09:00", "17:00"]]
[routing]
capacity = 6
max_burst = 2
ramp_minutes = 5
[ownership]
pass_on = false
[[rules]]
name = "everything"
"#,
    ..Setting::PLAIN
};

/// How many each has.
async fn loads(w: &World) -> [i64; 2] {
    [w.agent("ana").await.duty.load, w.agent("ben").await.duty.load]
}

on_both! {
    // story: RT-07, RT-03
    async fn a_morning_begins_with_a_few_at_a_time(w, MORNING) {
        w.on_day(Weekday::Mon, "07:30");
        w.quiet().await;
        let names = ["Maria", "Noor", "Olek", "Pia", "Quinn", "Rosa", "Sara", "Timo", "Ulf", "Vera"];
        for name in names {
            w.says(w.customer(name), "Good morning");
            w.quiet().await;
            w.seconds(10);
        }
        assert_eq!(loads(&w).await, [0, 0], "nobody works yet");
        w.forward(90);
        w.until("the shift begins", |w| w.has_post(w.thread_of(4), "This is yours now")).await;
        w.quiet().await;
        assert_eq!(loads(&w).await, [2, 2]);
        let owners = w.owners().await;
        assert!(!owners[..4].contains(&"-".to_owned()) && owners[4..].iter().all(|o| o == "-"), "oldest first: {owners:?}");
        w.restart().await;
        w.quiet().await;
        assert_eq!(loads(&w).await, [2, 2], "a restart is no new morning");
        w.forward(5);
        w.until("the next few", |w| w.has_post(w.thread_of(8), "This is yours now")).await;
        w.quiet().await;
        assert_eq!(loads(&w).await, [4, 4]);
        // Whoever is quick waits for the next few all the same.
        for (nth, owner) in (1..).zip(w.owners().await[..4].to_vec()) {
            if owner == "ana" {
                w.on(w.ana, nth, "close", json!({})).await;
            }
        }
        w.quiet().await;
        assert_eq!(loads(&w).await, [2, 4]);
        insta::assert_snapshot!("ramping", w.why(9).await);
        w.forward(5);
        w.until("the last ones", |w| w.has_post(w.thread_of(10), "This is yours now")).await;
        w.quiet().await;
        assert_eq!(loads(&w).await, [4, 4]);
        w.assert_quiet().await;
        w.assert_capacities().await;
        w.assert_decisions().await;
    }
}

/// One who may have a hundred.
const MANY: Setting = Setting {
    support: "strategy = \"round_robin\"",
    agents: &[member("ana", "support").with("capacity = 100\nskills = { bikes = 1 }")],
    rest: r#"
[routing]
max_burst = 0
[ownership]
pass_on = false
[[rules]]
name = "boats"
when = { words = ["boat"] }
skills = ["boats"]
[[rules]]
name = "everything"
"#,
    ..Setting::PLAIN
};

on_both! {
    // story: RT-07
    async fn however_many_wait_all_are_served(w, MANY) {
        w.command(w.ana, w.support, "away", json!({})).await;
        w.meta.hold_webhooks(true);
        // What she cannot do stands before what she can.
        for n in 0..140 {
            w.says(w.customer(&format!("Customer {n}")), if n < 70 { "My boat leaks" } else { "Hello" });
        }
        w.meta.release_batched();
        w.quiet().await;
        assert_eq!(w.agent("ana").await.duty.load, 0);
        w.command(w.ana, w.support, "back", json!({})).await;
        w.quiet().await;
        let owners = w.owners().await;
        assert_eq!((owners.len(), w.agent("ana").await.duty.load), (140, 70));
        assert!(owners[..70].iter().all(|owner| owner == "-") && owners[70..].iter().all(|owner| owner == "ana"));
        w.assert_quiet().await;
        w.assert_capacities().await;
        w.assert_decisions().await;
    }
}
