//! A conversation is handed to somebody: they accept or decline, and until then the sender owns it.

use baton::playground::meta::CustomerId;
use serde_json::json;

use super::teams::{MANUAL, ROUTED};
use crate::on_both;
use crate::world::{LEAD, Setting, World, member};

/// Maria has written, and Ana has answered once: she waits for a second answer.
async fn anas(w: &World) -> (CustomerId, u64) {
    w.met().await;
    let (maria, thread) = w.owned_by_ana("Maria", "My bike has a flat tyre").await;
    w.write(w.ana, thread, "Bring it in, we mend it for 12 €.");
    w.quiet().await;
    w.forward(1);
    w.says(maria, "Can I pay by invoice?");
    w.quiet().await;
    (maria, thread)
}

async fn offer(w: &World, thread: u64, to: &str, note: &str) -> String {
    let told = w.command(w.ana, thread, "handoff", json!({ "to": to, "note": note })).await;
    w.quiet().await;
    told
}

on_both! {
    // story: HO-01, HO-03, HO-05
    async fn the_receiver_accepts_by_the_button(w, MANUAL) {
        let (maria, thread) = anas(&w).await;
        w.write(w.ana, thread, "// promise: a call back before noon");
        w.write(w.ana, thread, "// she is a regular");
        w.quiet().await;
        let due = w.due(1).await;
        w.forward(2);
        let told = offer(&w, thread, "@ben", "wants an invoice, you know how").await;
        assert_eq!(told, "Offered to Ben. It stays where it is until they accept; in 5 min the offer lapses.");
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"), "until it is accepted");
        assert_eq!(w.fact(&w.cards()[0], "Being handed to").as_deref(), Some("Ben"));
        assert_eq!(w.calls(w.ben).len(), 1);
        insta::assert_snapshot!("offered", w.transcript());
        let card = w.prompt(thread, "Accept");
        assert_eq!(w.press(w.ana, &card, "Accept").await, "This is being handed to Ben, who can accept or decline it.");
        assert_eq!(w.press(w.ben, &card, "Accept").await, "#1 is yours. The customer is to have an answer within 13 min.");
        w.quiet().await;
        let conversation = w.conversations().await.remove(0);
        assert_eq!(conversation.due_at, due, "the customer's clock goes on");
        let window = conversation.passing.window.unwrap();
        assert_eq!(window.due.since(window.from), 6 * 60_000, "the receiver has a time of their own");
        assert_eq!(w.calls(w.ben).len(), 1, "who accepts knows");
        assert_eq!(w.fact(&w.cards()[0], "Being handed to"), None);
        assert!(w.press(w.lea, &card, "Accept").await.starts_with("This is no longer being handed over: it is Ben's"));
        assert!(w.press(w.ben, &card, "Accept").await.starts_with("It is yours already"));
        w.write(w.ben, thread, "An invoice is fine.");
        w.assert_quiet().await;
        w.assert_loads().await;
        assert_eq!(w.received_texts(maria), ["Bring it in, we mend it for 12 €.", "An invoice is fine."]);
        insta::assert_snapshot!("accepted", format!("{}\n--\n{}", w.record(1).await, w.transcript()));
    }
}

on_both! {
    // story: HO-05
    async fn the_receivers_time_ends_with_the_customers(w, MANUAL) {
        let (_, thread) = anas(&w).await;
        let due = w.due(1).await;
        w.forward(11);
        w.command(w.ana, thread, "ack", json!({})).await;
        offer(&w, thread, "@ben", "an invoice").await;
        w.command(w.ben, thread, "accept", json!({})).await;
        w.quiet().await;
        let conversation = w.conversations().await.remove(0);
        assert_eq!((conversation.due_at, conversation.passing.window.unwrap().due), (due, due));
        // What is late already: the receiver has a time of their own, and the customer is as late as before.
        w.command(w.ben, thread, "ack", json!({})).await;
        w.forward(10);
        w.command(w.ben, thread, "handoff", json!({ "to": "@ana", "note": "back to you" })).await;
        w.command(w.ana, thread, "accept", json!({})).await;
        w.quiet().await;
        let conversation = w.conversations().await.remove(0);
        let window = conversation.passing.window.unwrap();
        assert_eq!((conversation.due_at, window.due.since(window.from)), (due, 6 * 60_000));
        w.assert_quiet().await;
    }
}

on_both! {
    // story: HO-03
    async fn by_a_command_and_by_an_answer(w, MANUAL) {
        let (maria, thread) = anas(&w).await;
        offer(&w, thread, "@ben", "an invoice").await;
        assert!(w.command(w.ben, w.support, "accept", json!({ "number": 1 })).await.starts_with("#1 is yours."));
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        // And back, by an answer to the customer.
        w.command(w.ben, thread, "handoff", json!({ "to": "@ana", "note": "it is about the tyre after all" })).await;
        w.quiet().await;
        w.write(w.lea, thread, "// I would let Ana do it");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"), "a note accepts nothing");
        w.write(w.ana, thread, "Yes, by invoice.");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        assert_eq!(w.received_texts(maria).last().map(String::as_str), Some("Yes, by invoice."));
        // And by the command that answers.
        offer(&w, thread, "@ben", "the rest is yours").await;
        assert!(w.command(w.ben, thread, "reply", json!({ "text": "See you tomorrow." })).await.starts_with("📨"));
        w.assert_quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        assert_eq!(w.received_texts(maria).len(), 3);
        w.assert_loads().await;
        insta::assert_snapshot!("by_answer", format!("{}\n--\n{}", w.record(1).await, w.transcript()));
    }
}

on_both! {
    // story: HO-03
    async fn the_receiver_declines_with_a_reason(w, MANUAL) {
        let (_, thread) = anas(&w).await;
        offer(&w, thread, "@ben", "an invoice").await;
        let card = w.prompt(thread, "Decline");
        assert!(w.press(w.lea, &card, "Decline").await.starts_with("This is being handed to Ben"));
        let click = w.chat.click(w.ben, thread, card.id, card.button("Decline").unwrap()).unwrap();
        let why = w.answer(click).await;
        assert_eq!(why.text(), "Why not? Pick one, or type /decline and the reason in your words.");
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        let asked = why.answers[0].clone();
        let told = w.press(w.ben, &asked, "Something is missing").await;
        assert_eq!(told, "They are told, and it stays with them.");
        w.quiet().await;
        assert_eq!(w.calls(w.ana).len(), 1);
        assert!(w.conversations().await[0].passing.window.is_some(), "her time begins anew");
        offer(&w, thread, "@ben", "an invoice for Maria, 12 €").await;
        assert!(w.command(w.ben, thread, "decline", json!({})).await.starts_with("Why not?"));
        w.command(w.ben, thread, "decline", json!({ "reason": "I am at the dentist." })).await;
        w.assert_quiet().await;
        assert_eq!(w.record(1).await.lines().count(), 1, "no owner changed");
        assert!(w.command(w.ben, thread, "decline", json!({})).await.starts_with("This is no longer being handed over"));
        w.assert_quiet().await;
        insta::assert_snapshot!("declined", w.transcript());
    }
}

on_both! {
    // story: HO-03
    async fn what_nobody_takes_in_time_stays_with_the_sender(w, MANUAL) {
        let (_, thread) = anas(&w).await;
        offer(&w, thread, "@ben", "an invoice").await;
        let card = w.prompt(thread, "Accept");
        w.forward(4);
        w.quiet().await;
        assert!(w.conversations().await[0].passing.offer.is_some());
        w.forward(1);
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        assert_eq!(w.calls(w.ana).len(), 1);
        assert!(w.press(w.ben, &card, "Accept").await.starts_with("This is no longer being handed over: it is Ana's"));
        // The same while the program is down.
        offer(&w, thread, "@ben", "an invoice, still").await;
        w.stop().await;
        w.forward(6);
        w.run().await;
        w.assert_quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        assert_eq!(w.calls(w.ana).len(), 2);
        insta::assert_snapshot!("lapsed", w.transcript());
    }
}

on_both! {
    // story: HO-03
    async fn an_offer_outlives_a_stop(w, MANUAL) {
        let (maria, thread) = anas(&w).await;
        offer(&w, thread, "@ben", "an invoice").await;
        let card = w.prompt(thread, "Accept");
        w.restart().await;
        w.says(maria, "Hello?");
        assert!(w.press(w.ben, &card, "Accept").await.starts_with("#1 is yours."));
        w.restart().await;
        w.write(w.ben, thread, "Yes.");
        w.assert_quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        assert_eq!(w.received_texts(maria).last().map(String::as_str), Some("Yes."));
    }
}

on_both! {
    // story: HO-03, CL-06
    async fn an_offer_of_somebody_who_left_goes_to_the_queue(w, ROUTED) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        let thread = w.thread();
        offer(&w, thread, "@ben", "I have to run").await;
        w.command(w.ana, thread, "away", json!({})).await;
        w.quiet().await;
        w.says(maria, "Hello?");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"), "it is Ben's turn to say");
        w.forward(6);
        w.quiet().await;
        assert_eq!(w.owner(1).await, None);
        assert_eq!(w.calls(w.ben).len(), 1, "who did not take it is not given it");
        assert_eq!(w.calls(w.lea).len(), 1, "but the lead hears of it");
        w.command(w.lea, thread, "assign", json!({ "to": "@ben" })).await;
        w.assert_quiet().await;
        insta::assert_snapshot!("sender_away", format!("{}\n--\n{}", w.record(1).await, w.transcript()));
    }
}

on_both! {
    // story: HO-03
    async fn declined_while_the_sender_is_away_it_goes_to_the_queue(w, MANUAL) {
        let (_, thread) = anas(&w).await;
        offer(&w, thread, "@ben", "I have to run").await;
        w.command(w.ana, thread, "away", json!({})).await;
        w.quiet().await;
        let told = w.command(w.ben, thread, "decline", json!({ "reason": "me too" })).await;
        assert_eq!(told, "It goes back to the queue, since its owner is away.");
        w.assert_quiet().await;
        assert_eq!(w.owner(1).await, None);
        assert!(w.cards()[0].button("Claim").is_some());
        w.assert_loads().await;
    }
}

on_both! {
    // story: HO-03
    async fn a_newer_offer_takes_the_place_of_the_one_before(w, MANUAL) {
        let (_, thread) = anas(&w).await;
        offer(&w, thread, "@ben", "an invoice").await;
        let first = w.prompt(thread, "Accept");
        offer(&w, thread, "@lea", "Ben is at lunch").await;
        assert_eq!(w.press(w.ben, &first, "Accept").await, "This is being handed to Lea, who can accept or decline it.");
        // Given back to the queue, it is offered to nobody.
        w.command(w.ana, thread, "release", json!({})).await;
        w.quiet().await;
        assert!(w.press(w.ben, &first, "Accept").await.starts_with("Nobody owns it"));
        w.command(w.ana, thread, "close", json!({})).await;
        w.quiet().await;
        assert!(w.press(w.ben, &first, "Decline").await.starts_with("It is closed"));
        w.assert_quiet().await;
        w.assert_loads().await;
    }
}

on_both! {
    // story: HO-06
    async fn the_third_handoff_is_told_to_the_lead(w, MANUAL) {
        let (_, thread) = anas(&w).await;
        for (nth, (from, to, name)) in [(w.ana, w.ben, "@ben"), (w.ben, w.ana, "@ana"), (w.ana, w.ben, "@ben")].into_iter().enumerate() {
            assert_eq!(w.calls(w.lea).len(), 0, "{nth}");
            w.command(from, thread, "handoff", json!({ "to": name, "note": "rather you" })).await;
            w.quiet().await;
            w.command(to, thread, "accept", json!({})).await;
            w.quiet().await;
        }
        assert_eq!(w.calls(w.lea).len(), 1);
        w.assert_quiet().await;
        w.assert_loads().await;
        insta::assert_snapshot!("third", w.transcript());
    }
}

/// A note is asked for, but need not be given.
const BRIEF: Setting = Setting {
    support: "leads = [\"lea\"]",
    discord: "server_members = true",
    rest: "[handoff]\nnote_required = false\naccept_minutes = 1\nmax = 1\n",
    agents: &[member("lea", "").with(LEAD)],
    ..Setting::PLAIN
};

on_both! {
    // story: HO-01, HO-06
    async fn a_team_may_do_without_notes(w, BRIEF) {
        let (_, thread) = anas(&w).await;
        assert!(w.command(w.ana, thread, "handoff", json!({ "to": format!("@{}", w.ben) })).await.contains("in 1 min the offer lapses"));
        w.quiet().await;
        assert_eq!(w.calls(w.lea).len(), 1, "the first is told already");
        w.command(w.ben, thread, "accept", json!({})).await;
        w.assert_quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
    }
}

on_both! {
    // story: HO-03, CL-01
    async fn of_all_who_take_it_at_once_one_gets_it(w, MANUAL) {
        let (_, thread) = anas(&w).await;
        offer(&w, thread, "billing", "an invoice").await;
        let card = w.prompt(thread, "Accept");
        let (a, b, c, d) = tokio::join!(
            w.press(w.lea, &card, "Accept"),
            w.press(w.mia, &card, "Accept"),
            w.command(w.ben, w.support, "claim", json!({ "number": 1 })),
            w.command(w.mia, w.support, "accept", json!({ "number": 1 })),
        );
        w.assert_quiet().await;
        let owner = w.owner(1).await.unwrap();
        let told = [a, b, c, d];
        let won = told.iter().filter(|text| text.starts_with("#1 is yours.")).count();
        assert_eq!(won, 1, "{told:#?}");
        assert!(owner == "Lea" || owner == "Mia", "{owner}");
        for text in told.iter().filter(|text| !text.starts_with("#1 is yours.")) {
            let known = text.contains(&format!("it is {owner}'s")) || text.starts_with("It is yours already")
                || text.starts_with("Ana took it") || text.starts_with(&format!("{owner} took it"));
            assert!(known, "{text}");
        }
        assert_eq!(w.record(1).await.lines().count(), 2);
        w.assert_loads().await;
    }
}
