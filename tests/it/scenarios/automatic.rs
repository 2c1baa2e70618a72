//! What is said to customers without a person: each once for its occasion, marked, and never an answer.

use baton::domain::ids::ConversationId;
use baton::store::rating;
use chrono::Weekday;
use serde_json::json;

use crate::on_both;
use crate::world::{LEAD, Setting, World, member};

/// A shop that works on Mondays and Tuesdays and says everything there is to say.
const POLITE: Setting = Setting {
    support: "hours = \"office\"\nleads = [\"lea\"]",
    agents: &[member("lea", "").with(LEAD)],
    rest: r#"
[calendars.office]
zone = "Europe/Berlin"
weekly.mon = [["09:00", "17:00"]]
weekly.tue = [["09:00", "17:00"]]
[automatic]
greeting = "Welcome to Sunny Bikes, {customer}!"
out_of_hours = "We are closed, and back {opens}."
assigned = "{agent} is helping you now."
closing = "Good-bye, and thank you! Your number was {number}."
survey = "How was it, {customer}?"
survey_options = ["Great", "So-so", "Bad"]
"#,
    ..Setting::PLAIN
};

/// How often each of these texts was received.
fn times(w: &World, customer: baton::playground::meta::CustomerId, texts: &[&str]) -> Vec<usize> {
    let received = w.received_texts(customer);
    texts.iter().map(|text| received.iter().filter(|one| one.contains(text)).count()).collect()
}

on_both! {
    // story: RP-07
    async fn a_conversation_with_all_that_is_said_by_itself(w, POLITE) {
        w.on_day(Weekday::Sun, "20:00");
        let maria = w.customer("Maria");
        w.says(maria, "Hello, is the blue bike still there?");
        w.quiet().await;
        assert_eq!(w.received_texts(maria), ["Welcome to Sunny Bikes, Maria!", "We are closed, and back tomorrow at 9:00."]);
        w.says(maria, "Hello??");
        w.quiet().await;
        assert_eq!(w.received_texts(maria).len(), 2, "each once");
        let waiting = w.conversations().await.remove(0);
        assert_eq!((waiting.nudges, waiting.waiting_since.some().is_some()), (1, true), "nobody has answered");
        w.on_day(Weekday::Mon, "08:05");
        w.claims(w.ana).await;
        w.quiet().await;
        assert!(w.conversations().await[0].passing.window.is_some(), "Ana has yet to show up");
        w.write(w.ana, w.thread(), "It is! Shall I keep it for you?");
        w.quiet().await;
        w.says(maria, "Yes, please");
        w.quiet().await;
        // Another agent takes over: the customer notices nothing.
        w.on(w.ana, 1, "release", json!({})).await;
        w.on(w.ben, 1, "claim", json!({})).await;
        w.quiet().await;
        w.write(w.ben, w.thread(), "Done. See you!");
        w.quiet().await;
        w.on(w.ben, 1, "close", json!({ "reason": "reserved" })).await;
        w.quiet().await;
        let asked = w.newest_received(maria);
        let offered: Vec<&str> = asked.buttons.iter().map(|button| button.title.as_str()).collect();
        assert_eq!((asked.text.as_str(), offered), ("How was it, Maria?", vec!["Great", "So-so", "Bad"]));
        w.forward(3);
        w.meta.taps(maria, &asked.id, &asked.buttons[0].id).unwrap();
        w.assert_quiet().await;
        assert_eq!(times(&w, maria, &["Welcome", "closed", "helping", "Good-bye", "How was"]), [1, 1, 1, 1, 1]);
        let rated = rating::of(&w.app().store, ConversationId(1)).await.unwrap();
        let ben = w.agent("ben").await.id;
        assert_eq!((rated.len(), rated[0].score, rated[0].label.as_str(), rated[0].agent), (1, 1, "Great", ben.0));
        assert!(w.conversations().await[0].is_closed(), "an answer to that opens nothing");
        assert!(w.chat.thread(w.thread()).unwrap().archived, "and the thread stays folded away");
        insta::assert_snapshot!("polite", w.day());
    }
}

on_both! {
    // story: RP-07
    async fn each_occasion_has_its_own(w, POLITE) {
        let said = ["Welcome", "closed", "helping", "Good-bye", "How was"];
        w.on_day(Weekday::Mon, "10:00");
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        w.claims(w.ana).await;
        w.write(w.ana, w.thread(), "Hello!");
        w.quiet().await;
        assert_eq!(times(&w, maria, &said), [1, 0, 1, 0, 0]);
        // In the evening of the same day the conversation is open, and Ana is there.
        w.on_day(Weekday::Mon, "17:30");
        w.says(maria, "One more thing");
        w.quiet().await;
        assert_eq!(times(&w, maria, &said), [1, 0, 1, 0, 0], "whoever owns it decides about its customer's evening");
        w.write(w.ana, w.thread(), "Yes?");
        w.quiet().await;
        w.on(w.ana, 1, "release", json!({})).await;
        w.says(maria, "I forgot");
        w.quiet().await;
        assert_eq!(times(&w, maria, &said), [1, 1, 1, 0, 0]);
        assert!(w.received_texts(maria).last().unwrap().ends_with("back tomorrow at 9:00."));
        w.on_day(Weekday::Tue, "10:00");
        w.on(w.ben, 1, "claim", json!({})).await;
        w.write(w.ben, w.thread(), "Good morning");
        w.quiet().await;
        w.on(w.ben, 1, "release", json!({})).await;
        w.on_day(Weekday::Tue, "20:00");
        w.says(maria, "Now I remember");
        w.quiet().await;
        assert_eq!(times(&w, maria, &said), [1, 2, 1, 0, 0], "another night");
        assert!(w.received_texts(maria).last().unwrap().ends_with("back on Monday at 9:00."));
        // Its end, and its end after it was opened again.
        for n in 1..=2 {
            w.on(w.lea, 1, "close", json!({})).await;
            w.quiet().await;
            assert_eq!(times(&w, maria, &said)[3..], [n, n]);
            w.seconds(5);
            w.says(maria, "And another thing");
            w.quiet().await;
        }
        assert_eq!(w.conversations().await.len(), 1);
        assert_eq!(times(&w, maria, &said)[0], 1, "she is greeted once");
        w.assert_quiet().await;
    }
}

on_both! {
    // story: RP-07
    async fn who_gets_nothing_by_itself(w, POLITE) {
        w.on_day(Weekday::Mon, "10:00");
        let maria = w.customer("Maria");
        w.says(maria, "Buy cheap watches");
        w.quiet().await;
        w.on(w.lea, 1, "block", json!({ "reason": "spam" })).await;
        w.quiet().await;
        w.says(maria, "Buy!");
        w.quiet().await;
        assert_eq!(w.received_texts(maria), ["Welcome to Sunny Bikes, Maria!"], "no good-bye to whoever is blocked");
        // Nor after a day of silence, in which WhatsApp takes templates only.
        let noor = w.customer("Noor");
        w.says(noor, "Hello");
        w.quiet().await;
        w.forward(60 * 25);
        w.on(w.lea, 2, "close", json!({})).await;
        w.assert_quiet().await;
        assert_eq!(w.received_texts(noor), ["Welcome to Sunny Bikes, Noor!"]);
    }
}

on_both! {
    // story: RP-07, BR-08
    async fn one_that_fails_asks_nobody_to_send_it_again(w, POLITE) {
        w.on_day(Weekday::Mon, "10:00");
        let maria = w.customer("Maria");
        w.meta.fail_next(maria, 131_026);
        w.says(maria, "Hello");
        w.quiet().await;
        w.on(w.ana, 1, "claim", json!({})).await;
        w.quiet().await;
        w.write(w.ana, w.thread(), "Hello!");
        w.quiet().await;
        w.meta.fail_next(maria, 131_026);
        w.on(w.ana, 1, "close", json!({})).await;
        w.assert_quiet().await;
        assert!(w.chat.thread(w.thread()).unwrap().archived, "{}", w.transcript());
        insta::assert_snapshot!("failed", w.day());
    }
}

on_both! {
    // story: RP-07
    async fn an_answer_that_comes_late_counts_for_what_it_is_about(w, POLITE) {
        w.on_day(Weekday::Mon, "10:00");
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        w.on(w.ana, 1, "claim", json!({})).await;
        w.on(w.ana, 1, "close", json!({})).await;
        w.quiet().await;
        let asked = w.newest_received(maria);
        w.forward(60 * 24 * 10);
        w.says(maria, "Hello again");
        w.quiet().await;
        assert_eq!(w.conversations().await.len(), 2);
        w.meta.taps(maria, &asked.id, &asked.buttons[2].id).unwrap();
        w.assert_quiet().await;
        let rated = rating::of(&w.app().store, ConversationId(1)).await.unwrap();
        assert_eq!((rated.len(), rated[0].label.as_str(), rated[0].agent), (1, "Bad", w.agent("ana").await.id.0));
        assert!(w.has_post(w.thread_of(1), "⭐ Maria about this conversation: Bad"), "{}", w.transcript());
        assert_eq!(w.conversations().await[1].nudges, 0, "it is no word about the new one");
        // Two first messages in one body are greeted once.
        w.meta.hold_webhooks(true);
        let noor = w.customer("Noor");
        w.says(noor, "Hello");
        w.says(noor, "It is me");
        w.meta.release_batched();
        w.assert_quiet().await;
        assert_eq!(times(&w, noor, &["Welcome"]), [1]);
    }
}
