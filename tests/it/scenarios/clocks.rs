//! What customers are owed, and until when: deadlines in open time, what meets them and what does not, and who is told as
//! they come near and pass.

use baton::domain::roster::Priority;
use baton::domain::targets::Kind;
use chrono::Weekday;
use serde_json::json;

use super::teams::MANUAL;
use crate::on_both;
use crate::world::{LEAD, Setting, World, member};

/// The support team works by day, with a holiday far away, and has promised 15 minutes.
const OFFICE: Setting = Setting {
    support: "leads = [\"lea\"]\nhours = \"office\"",
    agents: &[member("ana", "support"), member("ben", "support"), member("lea", "support").with(LEAD)],
    rest: WITH_OFFICE,
    ..MANUAL
};

const WITH_OFFICE: &str = r#"
[calendars.office]
zone = "UTC"
weekly.mon = [["09:00", "12:00"], ["13:00", "17:00"]]
weekly.tue = [["09:00", "17:00"]]
weekly.wed = [["09:00", "17:00"]]
weekly.thu = [["09:00", "17:00"]]
weekly.fri = [["09:00", "17:00"]]
[targets.default]
resolve = { normal = "4h", high = "4h" }
"#;

/// A ladder that does things.
const ACTING: Setting = Setting {
    agents: &[member("ana", "support"), member("lea", "support").with("rank = \"manager\"")],
    rest: r##"
[ownership]
pass_on = false
[[alarms.steps]]
on = "assign"
at = "100%"
tell = ["team"]
act = "raise"
[[alarms.steps]]
on = "response"
at = "80%"
tell = ["owner"]
[[alarms.steps]]
on = "response"
at = "100%"
tell = ["lea", "#{billing}"]
[[alarms.steps]]
on = "response"
at = "100%+5m"
tell = ["manager"]
act = "release"
"##,
    ..MANUAL
};

async fn asked(w: &World) -> (baton::playground::meta::CustomerId, u64) {
    w.met().await;
    let maria = w.customer("Maria");
    w.says(maria, "Is the blue bike still there?");
    w.quiet().await;
    (maria, w.thread())
}

on_both! {
    // story: SL-01, SL-02
    async fn a_deadline_counts_open_time_alone(w, OFFICE) {
        w.on_day(Weekday::Fri, "16:50:00");
        let (maria, thread) = asked(&w).await;
        let answer = w.clock_of("first").await;
        assert_eq!(answer.target_ms, 15 * 60_000);
        // Ten minutes are left of Friday, and the rest is counted on Monday.
        let friday = 10 * 60_000 - answer.since % 600_000;
        let monday = answer.since - answer.since % 86_400_000 + 3 * 86_400_000 + 9 * 3_600_000;
        assert_eq!(answer.due_at, monday + 15 * 60_000 - friday);
        assert_eq!(w.due(1).await.0, answer.due_at);
        // Writing again moves nothing, a note or a reaction meets nothing.
        w.on_day(Weekday::Sun, "20:00:00");
        w.says(maria, "Hello?");
        w.quiet().await;
        w.claims(w.ana).await;
        w.write(w.ana, thread, "// she is in a hurry");
        let first = w.posts(thread).into_iter().find(|post| post.content.contains("blue bike")).unwrap();
        w.chat.react(w.ana, thread, first.id, "👍", true).unwrap();
        w.command(w.lea, thread, "assign", json!({ "to": "@ben" })).await;
        w.quiet().await;
        let still = w.clock_of("first").await;
        assert_eq!((still.came.as_str(), still.due_at), ("open", answer.due_at));
        assert_eq!(w.conversations().await[0].nudges, 1);
        let sla = w.command(w.ben, thread, "sla", json!({})).await;
        for part in ["The first answer: within 15 min of open time, by Mon", "Sat", ": closed.", "The end: within 4 h", "Times are in UTC."] {
            assert!(sla.contains(part), "{part}\n{sla}");
        }
        assert!(!sla.contains("An owner"), "{sla}");
        // The night and the weekend cost nothing.
        w.on_day(Weekday::Mon, "09:01:00");
        w.quiet().await;
        w.command(w.ben, thread, "claim", json!({})).await;
        w.quiet().await;
        w.write(w.ben, thread, "Yes, it is.");
        w.quiet().await;
        let met = w.clock_of("first").await;
        assert_eq!(met.came, "met");
        assert!((8 * 60_000..13 * 60_000).contains(&met.took_ms), "{}", met.took_ms);
        assert_eq!(met.nudges, 1);
        assert!(met.first_nudge_ms >= 179_000, "{}", met.first_nudge_ms);
        // What comes next is the next answer, and the end rests meanwhile.
        assert!(w.is_paused(Kind::Resolve).await);
        w.forward(30);
        w.says(maria, "Great, can I come today?");
        w.quiet().await;
        assert_eq!(w.came("next").await, "open");
        let end = w.clock_of("resolve").await;
        assert!(!w.is_paused(Kind::Resolve).await && end.pauses.starts_with("[["), "{}", end.pauses);
        w.command(w.ben, thread, "close", json!({ "reason": "sold" })).await;
        w.assert_quiet().await;
        assert_eq!(w.came("next").await, "dropped");
        assert_eq!(w.came("resolve").await, "met");
        let closed = w.command(w.ben, w.support, "sla", json!({ "number": 1 })).await;
        assert_eq!(closed, "#1 is closed: nothing is owed.");
        // Who comes back is owed anew.
        w.says(maria, "One more question");
        w.quiet().await;
        assert_eq!(w.came("next").await, "open");
        assert_eq!(w.came("assign").await, "open");
        w.assert_quiet().await;
    }
}

on_both! {
    // story: SL-02
    async fn what_comes_too_late_is_missed_without_any_alarm(w, ACTING) {
        let (maria, thread) = asked(&w).await;
        w.claims(w.ana).await;
        w.quiet().await;
        assert_eq!(w.came("assign").await, "met");
        w.stop().await;
        w.forward(16);
        w.write(w.ana, thread, "Yes!");
        w.run().await;
        w.quiet().await;
        let late = w.clock_of("first").await;
        assert_eq!(late.came, "missed");
        assert!(late.took_ms >= 16 * 60_000);
        assert_eq!(w.received_texts(maria), ["Yes!"]);
        w.assert_quiet().await;
    }
}

on_both! {
    // story: SL-04
    async fn each_step_comes_once_and_on_time(w, ACTING) {
        let (_, thread) = asked(&w).await;
        w.forward(5);
        w.quiet().await;
        assert_eq!(w.steps().await, ["assign 0"]);
        assert_eq!(w.fact(&w.cards()[0], "Priority").as_deref(), Some("high"), "one more pressing");
        w.claims(w.ana).await;
        w.quiet().await;
        for _ in 0..15 {
            w.forward(1);
            w.quiet().await;
        }
        assert_eq!(w.steps().await, ["assign 0", "first 0", "first 1", "first 2"]);
        assert_eq!(w.owner(1).await, None, "taken from Ana");
        w.restart().await;
        w.quiet().await;
        assert_eq!(w.steps().await.len(), 4, "not again after a restart");
        assert!(w.texts(thread).iter().any(|text| text.contains("Nobody has taken this")), "{:#?}", w.texts(thread));
        assert!(w.texts(w.support).iter().any(|text| text.contains("#1 Maria")), "{:#?}", w.texts(w.support));
        assert!(w.texts(w.billing).iter().any(|text| text.contains("#1 Maria")), "{:#?}", w.texts(w.billing));
        w.assert_quiet().await;
        insta::assert_snapshot!("slips", w.day());
    }
}

on_both! {
    // story: SL-04
    async fn what_was_missed_comes_at_the_start_marked_late(w, ACTING) {
        let (_, thread) = asked(&w).await;
        w.claims(w.ana).await;
        w.quiet().await;
        w.stop().await;
        w.forward(17);
        w.run().await;
        w.quiet().await;
        let alarms = w.rung().await;
        assert_eq!(w.steps().await, ["first 0", "first 1"]);
        assert!(alarms.iter().all(|alarm| alarm.fired_at >= alarm.due_at + 60_000), "{alarms:?}");
        let told: Vec<String> = w.texts(thread).into_iter().filter(|text| text.contains("Baton was not there in time")).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        // A clock that jumps back tells nothing twice.
        w.forward(-30);
        w.quiet().await;
        w.forward(30);
        w.quiet().await;
        assert_eq!(w.rung().await.len(), 2);
        w.assert_quiet().await;
    }
}

on_both! {
    // story: SL-03, SL-07
    async fn a_hold_pauses_what_is_owed(w, ACTING) {
        let (maria, thread) = asked(&w).await;
        w.claims(w.ana).await;
        w.forward(5);
        w.command(w.ana, thread, "snooze", json!({ "until": "2h" })).await;
        w.quiet().await;
        assert!(w.is_paused(Kind::First).await);
        w.forward(60);
        w.quiet().await;
        assert_eq!(w.rung().await, [], "nothing slips while it is left alone");
        let sla = w.command(w.ana, thread, "sla", json!({})).await;
        assert!(sla.contains("(paused)") && sla.contains("Paused since"), "{sla}");
        w.says(maria, "Anybody there?");
        w.quiet().await;
        let answer = w.clock_of("first").await;
        let due = answer.due_at - answer.since;
        assert!((75 * 60_000..78 * 60_000).contains(&due), "{due}");
        w.write(w.ana, thread, "Yes!");
        w.quiet().await;
        assert_eq!(w.came("first").await, "met");
        w.assert_quiet().await;
    }
}

on_both! {
    // story: SL-05
    async fn who_writes_again_while_nobody_owns_it_is_heard(w, MANUAL) {
        let (maria, thread) = asked(&w).await;
        w.says(maria, "The one in the window");
        w.quiet().await;
        assert_eq!(w.calls(w.lea).len(), 0, "what belongs to the first message is no nudge to anybody");
        w.forward(3);
        w.says(maria, "Hello??");
        w.quiet().await;
        let told: Vec<String> = w.texts(thread).into_iter().filter(|text| text.contains("writes again")).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("nudge 2, first wrote 3 min"), "{told:?}");
        assert_eq!(w.calls(w.lea).len(), 1);
        assert_eq!(w.fact(&w.cards()[0], "Priority").as_deref(), Some("high"));
        w.says(maria, "???");
        w.quiet().await;
        assert_eq!(w.calls(w.lea).len(), 1, "the lead knows");
        w.claims(w.ana).await;
        w.write(w.ana, thread, "Sorry! It is.");
        w.quiet().await;
        let (assign, first) = (w.clock_of("assign").await, w.clock_of("first").await);
        assert_eq!((assign.nudges, first.nudges), (2, 2), "without what belongs to the first message");
        assert!((180_000..240_000).contains(&first.first_nudge_ms), "{}", first.first_nudge_ms);
        w.assert_quiet().await;
        insta::assert_snapshot!("nudged", w.day());
    }
}

on_both! {
    // story: SL-08
    async fn other_promises_move_what_runs_and_leave_what_has_ended(w, MANUAL) {
        let (maria, thread) = asked(&w).await;
        w.claims(w.ana).await;
        w.write(w.ana, thread, "Yes.");
        w.quiet().await;
        w.says(maria, "Is it free on Monday?");
        w.quiet().await;
        let (ended, open) = (w.clock_of("first").await, w.clock_of("next").await);
        assert_eq!(open.due_at - open.since, 15 * 60_000);
        w.stop().await;
        let spec = w.config.targets.entry("default".to_owned()).or_default();
        spec.first.insert(Priority::Normal, "40m".to_owned());
        w.run().await;
        w.quiet().await;
        assert_eq!(w.clock_of("first").await, ended);
        let moved = w.clock_of("next").await;
        assert_eq!(moved.due_at - moved.since, 40 * 60_000);
        assert_eq!(w.due(1).await.0, moved.due_at);
        let notices = w.texts(w.operator);
        assert!(notices.iter().any(|text| text.contains("1 deadline was made anew")), "{notices:?}");
        w.assert_quiet().await;
    }
}

on_both! {
    // story: SL-04, SL-08
    async fn another_ladder_holds_for_what_runs_already(w, ACTING) {
        asked(&w).await;
        w.claims(w.ana).await;
        w.quiet().await;
        w.stop().await;
        let steps = w.config.alarms.steps.as_mut().unwrap();
        steps.retain(|step| step.at == "100%" && step.tell.contains(&"lea".to_owned()));
        steps[0].at = "120%".to_owned();
        w.run().await;
        w.forward(16);
        w.quiet().await;
        assert_eq!(w.steps().await, [""; 0], "what would have come by the old one does not");
        w.forward(3);
        w.quiet().await;
        assert_eq!(w.steps().await, ["first 0"]);
        w.assert_quiet().await;
    }
}

on_both! {
    // story: SL-08
    async fn a_team_may_take_the_targets_of_another(w, MANUAL) {
        let (_, _) = asked(&w).await;
        let due = w.due(1).await.0;
        w.stop().await;
        let slow = w.config.targets.entry("slow".to_owned()).or_default();
        slow.first.insert(Priority::Normal, "50m".to_owned());
        for team in &mut w.config.teams {
            let targets = if team.name == "support" { "slow" } else { "" };
            team.targets = targets.to_owned();
        }
        w.run().await;
        w.quiet().await;
        assert_eq!(w.due(1).await.0, due + 35 * 60_000);
        w.stop().await;
        // The other way round: what one had is what the other has now.
        for team in &mut w.config.teams {
            let targets = if team.name == "support" { "" } else { "slow" };
            team.targets = targets.to_owned();
        }
        w.run().await;
        w.assert_quiet().await;
        assert_eq!(w.due(1).await.0, due);
    }
}

on_both! {
    // story: SL-05
    async fn what_is_written_in_pieces_is_one_message(w, MANUAL) {
        let (maria, _) = asked(&w).await;
        w.says(maria, "I mean the one in the window");
        w.quiet().await;
        assert_eq!(w.clock_of("first").await.nudges, 0);
        w.forward(2);
        w.says(maria, "Hello?");
        w.quiet().await;
        w.claims(w.ana).await;
        w.assert_quiet().await;
        let assign = w.clock_of("assign").await;
        assert_eq!((assign.came.as_str(), assign.nudges), ("met", 1));
        assert!((119_000..140_000).contains(&assign.first_nudge_ms), "{assign:?}");
    }
}

on_both! {
    // story: SL-09
    async fn an_hour_before_the_window_closes_somebody_hears_it(w, OFFICE) {
        let (maria, thread) = asked(&w).await;
        w.claims(w.ana).await;
        w.command(w.ana, thread, "ack", json!({})).await;
        let told = |w: &World| w.texts(thread).into_iter().filter(|text| text.contains("free text only for")).count();
        w.forward(22 * 60 + 50);
        w.quiet().await;
        assert_eq!(told(&w), 0);
        w.forward(10);
        w.quiet().await;
        assert_eq!(told(&w), 1, "{:#?}", w.texts(thread));
        w.forward(30);
        w.quiet().await;
        assert_eq!(told(&w), 1, "once");
        // Whoever writes again has another day.
        w.says(maria, "Hello?");
        w.quiet().await;
        w.forward(23 * 60);
        w.quiet().await;
        assert_eq!(told(&w), 2);
        w.write(w.ana, thread, "Sorry!");
        w.quiet().await;
        w.forward(60);
        w.assert_quiet().await;
        assert_eq!(told(&w), 2);
    }
}

on_both! {
    // story: SL-08
    async fn what_was_open_before_there_were_clocks_has_them_and_rings_for_nothing_past(w, ACTING) {
        let (maria, thread) = asked(&w).await;
        w.claims(w.ana).await;
        w.command(w.ana, thread, "ack", json!({})).await;
        w.stop().await;
        w.forget_clocks().await;
        w.forward(16);
        w.run().await;
        w.quiet().await;
        let answer = w.clock_of("first").await;
        assert_eq!(answer.due_at - answer.since, 15 * 60_000);
        assert_eq!(w.rung().await, []);
        w.forward(4);
        w.quiet().await;
        assert_eq!(w.steps().await, ["first 2"], "what is still to come does");
        w.claims(w.ana).await;
        w.write(w.ana, thread, "Yes!");
        w.assert_quiet().await;
        assert_eq!(w.came("first").await, "missed");
        assert_eq!(w.received_texts(maria), ["Yes!"]);
    }
}
