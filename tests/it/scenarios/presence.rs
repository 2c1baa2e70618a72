//! Whoever is not there keeps nobody waiting: what waits goes to others at once, the rest when the customer writes.

use baton::playground::meta::CustomerId;
use serde_json::json;

use super::teams::{BILLING, MANUAL, PEOPLE, ROUTED};
use crate::on_both;
use crate::world::{LEAD, Setting, World, member};

/// Ana owns two conversations: Maria waits for an answer, Otto has one.
async fn two_of_ana(w: &World) -> (CustomerId, CustomerId) {
    w.met().await;
    let (maria, otto) = (w.customer("Maria"), w.customer("Otto"));
    for (customer, id) in [(otto, 1), (maria, 2)] {
        w.says(customer, "Hello");
        w.quiet().await;
        if w.owner(id).await.as_deref() != Some("Ana") {
            w.command(w.lea, w.support, "assign", json!({ "number": id, "to": "@ana" })).await;
        }
        w.quiet().await;
    }
    w.command(w.ana, w.support, "reply", json!({ "number": 1, "text": "Hello Otto" })).await;
    w.quiet().await;
    (maria, otto)
}

on_both! {
    // story: CL-06
    async fn who_goes_away_keeps_nobody_waiting(w, ROUTED) {
        // What slips meanwhile is told of elsewhere.
        w.stop().await;
        w.config.alarms.steps = Some(Vec::new());
        w.run().await;
        w.at(10, 0);
        let (maria, otto) = two_of_ana(&w).await;
        let told = w.command(w.ana, w.support, "away", json!({ "until": "30m", "reason": "dentist" })).await;
        assert_eq!(told, "You are away until 10:30 (dentist). Whoever waits for you now is passed on, the others when they \
            write.");
        w.quiet().await;
        assert_eq!(w.owner(2).await.as_deref(), Some("Ben"), "Maria waits and is passed on at once");
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"), "Otto does not");
        w.says(otto, "One more thing");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        w.says(maria, "Anybody there?");
        w.quiet().await;
        let new = w.customer("Nora");
        w.says(new, "Hi");
        w.quiet().await;
        assert_eq!(w.owner(3).await.as_deref(), Some("Ben"), "nor does she get anything new");
        for id in 1..=3 {
            w.command(w.ben, w.support, "ack", json!({ "number": id })).await;
        }
        w.forward(31);
        w.quiet().await;
        let late = w.customer("Paul");
        w.says(late, "Good morning");
        w.quiet().await;
        assert_eq!(w.owner(4).await.as_deref(), Some("Ana"), "she is back by herself");
        w.assert_quiet().await;
        w.assert_loads().await;
        insta::assert_snapshot!("away_record", format!("{}\n--\n{}", w.record(1).await, w.record(2).await));
        insta::assert_snapshot!("away", w.transcript());
    }
}

on_both! {
    // story: CL-06
    async fn without_routing_they_go_back_to_the_queue(w, MANUAL) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        w.claims(w.ana).await;
        w.command(w.ana, w.thread(), "away", json!({})).await;
        w.quiet().await;
        assert_eq!(w.owner(1).await, None);
        assert!(w.cards()[0].button("Claim").is_some());
        assert_eq!(w.fact(&w.cards()[0], "Owner").as_deref(), Some("unassigned"));
        // What somebody takes although they are away stays with them.
        w.claims(w.ana).await;
        w.says(maria, "Hello?");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        w.write(w.ana, w.thread(), "I am on my phone: yes?");
        w.quiet().await;
        w.says(maria, "Is it open?");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        w.assert_quiet().await;
        insta::assert_snapshot!("away_by_hand", w.transcript());
    }
}

/// Ben works by the clock of Lagos, which is never changed.
const LAGOS: Setting = Setting {
    agents: &[member("ben", "support").with("hours = \"lagos\"")],
    rest: r#"
[calendars.lagos]
zone = "Africa/Lagos"
always_open = true
"#,
    ..Setting::PLAIN
};

on_both! {
    // story: CL-06
    async fn a_time_can_be_given_in_many_ways(w, LAGOS) {
        w.at(10, 0);
        let mut told = Vec::new();
        for (until, reason) in [
            ("", ""), ("30m", ""), ("1h30", "dentist"), ("until 14:00", "lunch"), ("2pm", ""), ("tomorrow", "flu"),
            ("tomorrow 12:15", ""), ("in 2 hours", ""), ("lunch", ""), ("25:00", "lunch"), ("14:75", ""), ("0m", ""),
            ("2020-01-01", ""), ("2026-02-30", ""), ("900 days", ""), ("back soon", "coffee"),
        ] {
            let given = [("until", until), ("reason", reason)].into_iter().filter(|(_, text)| !text.is_empty());
            let options: serde_json::Map<_, _> = given.map(|(name, text)| (name.to_owned(), json!(text))).collect();
            let answer = w.command(w.ben, w.support, "away", options.into()).await;
            told.push(format!("/away {until} {reason}\n    {answer}"));
        }
        w.assert_quiet().await;
        insta::assert_snapshot!("times", told.join("\n"));
        assert_eq!(w.command(w.ben, w.support, "back", json!({})).await, "Welcome back. You have 0 of 5.");
        assert!(w.command(w.guest, w.support, "away", json!({})).await.starts_with("Only agents"));
        assert!(w.command(w.guest, w.support, "back", json!({})).await.starts_with("Only agents"));
        assert!(w.command(w.guest, w.support, "available", json!({})).await.starts_with("Only agents"));
    }
}

/// Ana works from nine to five, Ben always.
const SHIFTS: Setting = Setting {
    support: "strategy = \"least_loaded\"\nleads = [\"lea\"]",
    discord: "server_members = true",
    agents: &[member("ana", "support").with("hours = \"day\""), member("ben", "support"), member("lea", "").with(LEAD)],
    rest: r#"
[ownership]
pass_on = false
[calendars.day]
zone = "UTC"
weekly.mon = [["09:00", "17:00"]]
weekly.tue = [["09:00", "17:00"]]
weekly.wed = [["09:00", "17:00"]]
weekly.thu = [["09:00", "17:00"]]
weekly.fri = [["09:00", "17:00"]]
weekly.sat = [["09:00", "17:00"]]
weekly.sun = [["09:00", "17:00"]]
"#,
    ..Setting::PLAIN
};

on_both! {
    // story: CL-06
    async fn a_shift_ends_and_begins(w, SHIFTS) {
        w.at(16, 50);
        let (_, otto) = two_of_ana(&w).await;
        w.at(16, 55);
        w.command(w.ana, w.support, "ack", json!({ "number": 2 })).await;
        w.quiet().await;
        assert_eq!(w.owner(2).await.as_deref(), Some("Ana"));
        w.at(17, 0);
        w.quiet().await;
        assert_eq!(w.owner(2).await.as_deref(), Some("Ben"), "Maria does not wait until the morning");
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        w.says(otto, "And tonight?");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        let told = w.command(w.ana, w.support, "back", json!({})).await;
        assert!(told.starts_with("Welcome back. Your working hours begin in 16 h; /available"), "{told}");
        let told = w.command(w.ana, w.support, "available", json!({})).await;
        assert_eq!(told, "You get new conversations, whatever your hours say. You have 0 of 5.");
        let nora = w.customer("Nora");
        w.says(nora, "Hi");
        w.quiet().await;
        assert_eq!(w.owner(3).await.as_deref(), Some("Ana"), "she stays longer");
        w.command(w.ana, w.support, "back", json!({})).await;
        w.quiet().await;
        assert_eq!(w.owner(3).await.as_deref(), Some("Ben"));
        w.at(9, 0);
        w.quiet().await;
        let paul = w.customer("Paul");
        w.says(paul, "Good morning");
        w.quiet().await;
        assert_eq!(w.owner(4).await.as_deref(), Some("Ana"), "and is there in the morning");
        w.assert_quiet().await;
        w.assert_loads().await;
        insta::assert_snapshot!("shift", w.record(2).await);
    }
}

on_both! {
    // story: CL-06
    async fn who_leaves_the_server_leaves_nothing_behind(w, ROUTED) {
        let (_, otto) = two_of_ana(&w).await;
        w.chat.remove_user(w.ana);
        w.quiet().await;
        assert_eq!(w.owner(2).await.as_deref(), Some("Ben"));
        assert_eq!(w.owner(1).await, None, "Otto does not wait");
        w.says(otto, "One more thing");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        assert!(w.command(w.lea, w.support, "assign", json!({ "number": 1, "to": "@ana" })).await.contains("is not an agent here"));
        w.assert_quiet().await;
        w.assert_loads().await;
        insta::assert_snapshot!("left", w.transcript());
    }
}

on_both! {
    // story: CL-06
    async fn who_left_while_the_program_was_down_is_missed_at_the_start(w, ROUTED) {
        let (_, otto) = two_of_ana(&w).await;
        w.command(w.ana, w.support, "away", json!({})).await;
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        w.stop().await;
        w.chat.remove_user(w.ana);
        w.run().await;
        w.until_owner(1, None).await;
        w.says(otto, "Still there?");
        w.assert_quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        w.assert_loads().await;
    }
}

on_both! {
    // story: CL-06
    async fn who_is_no_longer_in_the_configuration_leaves_nothing_behind(w, ROUTED) {
        let (_, otto) = two_of_ana(&w).await;
        w.stop().await;
        w.config.agents.retain(|agent| agent.name != "ana");
        w.config.routing.former = vec!["ana".to_owned()];
        w.run().await;
        w.until_owner(2, Some("Ben")).await;
        w.until_owner(1, None).await;
        w.says(otto, "Still there?");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        // She still has the role: what she takes by hand is hers.
        w.command(w.ben, w.support, "release", json!({ "number": 1 })).await;
        w.command(w.ana, w.support, "claim", json!({ "number": 1 })).await;
        w.says(otto, "Hello?");
        w.assert_quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        w.assert_loads().await;
    }
}

on_both! {
    // story: CL-06
    async fn an_absence_that_ended_while_the_program_was_down_is_over_at_the_start(w, ROUTED) {
        w.met().await;
        w.at(10, 0);
        w.command(w.ana, w.support, "away", json!({ "until": "30m" })).await;
        w.command(w.ben, w.support, "away", json!({ "reason": "ill" })).await;
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        assert_eq!(w.owner(1).await, None);
        assert_eq!(w.calls(w.lea).len(), 1, "the lead hears of it once");
        w.says(maria, "Hello?");
        w.quiet().await;
        assert_eq!(w.calls(w.lea).len(), 1);
        w.stop().await;
        // Which comes first at the start, her return or an alarm, is open.
        w.config.alarms.steps = Some(Vec::new());
        w.forward(40);
        w.run().await;
        w.until_owner(1, Some("Ana")).await;
        w.assert_quiet().await;
        insta::assert_snapshot!("over", w.transcript());
    }
}

/// Customers go back to whoever had them last.
const STICKY: Setting = Setting {
    support: "strategy = \"least_loaded\"\nsticky = true\nleads = [\"lea\"]",
    discord: "server_members = true",
    agents: PEOPLE,
    rest: BILLING,
    ..Setting::PLAIN
};

on_both! {
    // story: CL-06
    async fn an_absent_former_owner_is_not_chosen_again(w, STICKY) {
        w.met().await;
        let (maria, otto) = (w.customer("Maria"), w.customer("Otto"));
        for (customer, id) in [(maria, 1), (otto, 2)] {
            w.says(customer, "Hello");
            w.quiet().await;
            w.command(w.lea, w.support, "assign", json!({ "number": id, "to": "@ben" })).await;
            w.command(w.ben, w.support, "reply", json!({ "number": id, "text": "Hello" })).await;
            w.command(w.ben, w.support, "close", json!({ "number": id })).await;
            w.quiet().await;
        }
        w.says(maria, "One more thing");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"), "he had her last, though Ana has less to do");
        w.command(w.ben, w.support, "away", json!({})).await;
        w.quiet().await;
        w.says(otto, "One more thing");
        w.assert_quiet().await;
        assert_eq!(w.owner(2).await.as_deref(), Some("Ana"));
        w.assert_loads().await;
    }
}
