//! An owner has a time to show up: they are called once, say that they are on it or answer, and whoever stays silent is
//! reminded before somebody else takes over.

use serde_json::json;

use super::teams::{MANUAL, ROUTED};
use crate::on_both;
use crate::world::{Setting, World, member};

/// Maria has written, and it was routed to Ana.
async fn routed_to_ana(w: &World) -> (baton::playground::meta::CustomerId, u64) {
    w.met().await;
    let maria = w.customer("Maria");
    w.says(maria, "Is the blue bike still there?");
    w.quiet().await;
    assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
    (maria, w.thread())
}

/// Lets time pass in small steps, as it does.
async fn pass(w: &World, minutes: i64) {
    for _ in 0..minutes {
        w.forward(1);
        w.quiet().await;
    }
}

on_both! {
    // story: CL-02
    async fn the_record_tells_every_change_of_owner(w, ROUTED) {
        let (maria, thread) = routed_to_ana(&w).await;
        w.command(w.lea, thread, "assign", json!({ "to": "@ben", "note": "knows the blue one" })).await;
        w.command(w.ben, thread, "release", json!({ "reason": "lunch" })).await;
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"), "Ben gave it back and is not asked again");
        w.command(w.ana, thread, "handoff", json!({ "to": "@ben", "note": "wants to pay in cash" })).await;
        w.command(w.ben, thread, "accept", json!({})).await;
        pass(&w, 6).await;
        w.command(w.lea, thread, "assign", json!({ "to": "@ben" })).await;
        w.command(w.ben, thread, "away", json!({ "reason": "dentist" })).await;
        w.quiet().await;
        w.command(w.lea, thread, "assign", json!({ "to": "@ben", "note": "he said he would" })).await;
        w.write(w.ben, thread, "Yes, it is here.");
        w.command(w.ben, thread, "close", json!({ "reason": "answered" })).await;
        w.quiet().await;
        w.says(maria, "Great, I am coming!");
        w.assert_quiet().await;
        w.assert_loads().await;
        insta::assert_snapshot!("record", w.record(1).await);
        insta::assert_snapshot!("day", w.transcript());
    }
}

on_both! {
    // story: CL-04
    async fn an_owner_is_called_once_and_says_that_they_are_on_it(w, ROUTED) {
        let (maria, thread) = routed_to_ana(&w).await;
        assert_eq!(w.calls(w.ana).len(), 1);
        assert_eq!(w.calls(w.ben).len() + w.calls(w.lea).len(), 0);
        let conversation = w.conversations().await.remove(0);
        let window = conversation.passing.window.unwrap();
        assert_eq!(window.due.since(window.from), 6 * 60_000, "two fifths of the customer's quarter of an hour");
        let by = w.fact(&w.cards()[0], "Owner to respond by").unwrap();
        assert!(by.contains(&format!("<t:{}:", window.due.secs())), "{by}");
        w.forward(1);
        assert_eq!(w.press_card(w.ben, "On it").await, "It is Ana's: only Ana can say that. /whois tells since when.");
        assert_eq!(w.press_card(w.ana, "On it").await, "Good. The customer is to have an answer within 14 min.");
        w.quiet().await;
        assert_eq!(w.fact(&w.cards()[0], "Owner to respond by"), None);
        assert!(w.fact(&w.cards()[0], "Answer by").is_some(), "the customer still waits");
        assert!(w.command(w.ana, thread, "ack", json!({})).await.starts_with("Nobody is waiting to hear that"));
        pass(&w, 8).await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"), "who is on it keeps it");
        w.write(w.ana, thread, "Yes, it is.");
        w.assert_quiet().await;
        assert_eq!(w.calls(w.ana).len(), 1);
        assert_eq!(w.received_texts(maria), ["Yes, it is."]);
        insta::assert_snapshot!("on_it", w.transcript());
    }
}

on_both! {
    // story: CL-04
    async fn a_command_or_an_answer_acknowledges_too(w, MANUAL) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        let thread = w.thread();
        assert!(w.command(w.ana, thread, "ack", json!({})).await.starts_with("Nobody owns it"));
        w.claims(w.ana).await;
        assert_eq!(w.calls(w.ana).len(), 0, "who takes it knows");
        assert!(w.command(w.ana, w.support, "ack", json!({ "number": 1 })).await.starts_with("Good."));
        w.command(w.ana, thread, "release", json!({})).await;
        w.quiet().await;
        w.claims(w.ana).await;
        w.write(w.ana, thread, "// she is a regular");
        w.quiet().await;
        assert!(w.fact(&w.cards()[0], "Owner to respond by").is_some(), "a note is no sign for the customer");
        w.write(w.ana, thread, "Hola Maria");
        w.quiet().await;
        assert_eq!(w.fact(&w.cards()[0], "Owner to respond by"), None);
        // Who writes again after an answer waits anew, and its owner is asked anew.
        w.says(maria, "And the red one?");
        w.quiet().await;
        assert!(w.fact(&w.cards()[0], "Owner to respond by").is_some());
        w.command(w.ana, thread, "close", json!({})).await;
        assert!(w.command(w.ana, thread, "ack", json!({})).await.starts_with("It is closed."));
        w.assert_quiet().await;
        w.assert_loads().await;
    }
}

on_both! {
    // story: CL-04, HO-05
    async fn the_owners_window_never_ends_after_the_customers(w, MANUAL) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        let due = w.due(1).await;
        w.forward(12);
        w.claims(w.ana).await;
        w.quiet().await;
        let window = w.conversations().await[0].passing.window.unwrap();
        assert_eq!(window.due, due, "three minutes are left, not six");
        w.command(w.lea, w.thread(), "assign", json!({ "to": "@ben" })).await;
        w.quiet().await;
        assert_eq!(w.conversations().await[0].passing.window.unwrap().due, due);
        assert_eq!(w.due(1).await, due, "the customer's clock goes on");
        // What is late already: the new owner gets a time of their own all the same.
        w.command(w.ben, w.thread(), "ack", json!({})).await;
        w.forward(10);
        w.quiet().await;
        w.command(w.lea, w.thread(), "assign", json!({ "to": "@ana" })).await;
        w.quiet().await;
        let window = w.conversations().await[0].passing.window.unwrap();
        assert_eq!(window.due.since(window.from), 6 * 60_000);
        assert_eq!(w.due(1).await, due);
        w.assert_quiet().await;
    }
}

on_both! {
    // story: CL-05
    async fn a_silent_owner_is_reminded_then_the_next_one_gets_it(w, ROUTED) {
        let (_, thread) = routed_to_ana(&w).await;
        w.seconds(150);
        w.quiet().await;
        assert_eq!(w.calls(w.ana).len(), 1);
        w.seconds(30);
        w.quiet().await;
        assert_eq!(w.calls(w.ana).len(), 2, "reminded at half of it");
        w.seconds(108);
        w.quiet().await;
        assert_eq!(w.chat.messages(w.support).len(), 2, "the team is told beside the card");
        w.seconds(72);
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        assert_eq!(w.calls(w.ben).len(), 1);
        let due = w.due(1).await;
        // Ben stays silent too, and by then it has been passed on often enough.
        pass(&w, 7).await;
        assert_eq!(w.owner(1).await, None, "never back to Ana");
        assert_eq!(w.calls(w.lea).len(), 1, "{:#?}", w.calls(w.lea));
        assert_eq!(w.due(1).await, due);
        assert_eq!(w.fact(&w.cards()[0], "Waits for a lead").as_deref(), Some("lapsed too often"));
        pass(&w, 10).await;
        // She was told once of that, once that the answer is late, and once that nobody has it.
        assert_eq!((w.calls(w.lea).len(), w.owner(1).await), (3, None), "it waits for the lead");
        assert!(w.command(w.lea, thread, "assign", json!({ "to": "@ana" })).await.starts_with("#1 is Ana's"));
        w.write(w.ana, thread, "Sorry for the wait!");
        w.assert_quiet().await;
        w.assert_loads().await;
        insta::assert_snapshot!("silent_record", w.record(1).await);
        insta::assert_snapshot!("silent", w.transcript());
    }
}

on_both! {
    // story: CL-05
    async fn without_routing_it_goes_back_to_the_queue(w, MANUAL) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        w.claims(w.ana).await;
        pass(&w, 7).await;
        assert_eq!(w.owner(1).await, None);
        assert!(w.cards()[0].button("Claim").is_some());
        assert_eq!(w.calls(w.lea).len(), 0, "once is no alarm yet");
        w.claims(w.ben).await;
        w.write(w.ben, w.thread(), "Hola Maria");
        w.assert_quiet().await;
        insta::assert_snapshot!("queue", w.transcript());
    }
}

/// What an owner does not answer stays with them.
const STAYS: Setting = Setting {
    support: "leads = [\"lea\"]",
    agents: &[member("lea", "")],
    rest: "[ownership]\npass_on = false\nrespond_percent = 100\n",
    ..Setting::PLAIN
};

on_both! {
    // story: CL-05
    async fn where_the_team_says_so_it_stays(w, STAYS) {
        let (_, thread) = w.owned_by_ana("Maria", "Hola").await;
        let window = w.conversations().await[0].passing.window.unwrap();
        let whole = window.due.since(window.from);
        assert!((14 * 60_000..=15 * 60_000).contains(&whole), "all of the customer's time: {whole}");
        pass(&w, 20).await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        w.write(w.ana, thread, "Hola Maria");
        w.assert_quiet().await;
        insta::assert_snapshot!("stays", w.transcript());
    }
}

on_both! {
    // story: CL-05
    async fn each_stage_comes_once_whenever_the_program_stops(w, ROUTED) {
        let (_, _) = routed_to_ana(&w).await;
        w.forward(3);
        w.quiet().await;
        assert_eq!(w.calls(w.ana).len(), 2);
        w.restart().await;
        w.quiet().await;
        assert_eq!(w.calls(w.ana).len(), 2, "the reminder is not repeated");
        w.stop().await;
        w.seconds(120);
        w.run().await;
        w.quiet().await;
        assert_eq!((w.calls(w.ana).len(), w.chat.messages(w.support).len()), (2, 2), "the team is told after the start");
        w.restart().await;
        w.quiet().await;
        assert_eq!(w.chat.messages(w.support).len(), 2);
        w.stop().await;
        w.forward(30);
        w.run().await;
        w.assert_quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        assert_eq!((w.calls(w.ana).len(), w.calls(w.ben).len()), (2, 1));
        insta::assert_snapshot!("stages", w.transcript());
    }
}

on_both! {
    // story: CL-05
    async fn what_was_missed_jumps_to_the_end(w, ROUTED) {
        routed_to_ana(&w).await;
        w.stop().await;
        w.forward(60);
        w.run().await;
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        assert_eq!(w.calls(w.ana).len(), 1, "nobody is reminded of what is over");
        let told = w.texts(w.support).into_iter().filter(|text| text.contains("has not shown up")).count();
        assert_eq!(told, 0, "nor is the team told");
        let window = w.conversations().await[0].passing.window.unwrap();
        assert_eq!(window.due.since(window.from), 6 * 60_000, "Ben's own time");
        w.assert_quiet().await;
    }
}
