//! Messages cross the bridge: one card and one thread for a customer, every message once and in order, in both directions.

use std::time::Duration;

use baton::playground::wire::{Fault, Misbehaviour};
use baton::store::outbox;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::transcript::unescaped;
use crate::world::{Setting, World};

on_both! {
    // story: BR-01
    async fn a_first_message_makes_a_card_and_a_thread(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola, my bike has not arrived");
        w.quiet().await;
        let card = w.cards().remove(0);
        assert_eq!(unescaped(card.embeds[0]["title"].as_str().unwrap()), "#1 Maria");
        assert_eq!(card.embeds[0]["description"], "Hola, my bike has not arrived");
        assert_eq!(w.fact(&card, "Owner").as_deref(), Some("unassigned"));
        assert!(w.fact(&card, "Free reply until").unwrap().contains(":R>"), "the window counts down");
        let head = w.head(w.thread());
        assert_eq!(head.embeds, card.embeds, "the thread begins with the same facts");
        assert_eq!(w.threads()[0].parent, Some(w.support));
        insta::assert_snapshot!("first_message", w.transcript());
        w.claims(w.ana).await;
        w.quiet().await;
        let card = w.cards().remove(0);
        assert_eq!(w.fact(&card, "Owner"), Some(format!("<@{}>", w.ana)));
        assert!(w.fact(&card, "Answer by").unwrap().contains(":R>"));
        assert_eq!(w.head(w.thread()).embeds, card.embeds);
        w.assert_no_pings();
        w.assert_quiet().await;
    }
}

on_both! {
    // story: BR-02
    async fn doubled_webhooks_are_shown_once(w) {
        w.meta.duplicate_webhooks(true);
        let maria = w.customer("Maria");
        for n in 1..=5 {
            w.says(maria, &format!("message {n}"));
            w.seconds(1);
        }
        w.quiet().await;
        let thread = w.thread();
        assert_eq!(w.mirrored(thread, "Maria"), numbered(5));
        // Long after, and changed in nothing but its place in a body.
        let body = w.text_body(maria, "message 6");
        assert_eq!(w.post_signed(&body).await, 200);
        w.quiet().await;
        let again = w.body_with("messages", &[body["entry"][0]["changes"][0]["value"]["messages"][0].clone()]);
        assert_eq!(w.post_signed(&again).await, 200);
        w.assert_quiet().await;
        assert_eq!(w.mirrored(thread, "Maria"), numbered(6));
    }
}

on_both! {
    // story: BR-02
    async fn one_body_holds_twenty_messages_in_any_order(w) {
        let maria = w.customer("Maria");
        let mut bodies: Vec<Value> = (1..=20)
            .map(|n| {
                w.seconds(1);
                w.text_body(maria, &format!("message {n}"))
            })
            .collect();
        // A fixed disorder: every seventh, from the end.
        let scrambled: Vec<usize> = (0..20).map(|n| (19 - n) * 7 % 20).collect();
        let mut messages: Vec<Value> = Vec::new();
        for at in scrambled {
            messages.push(bodies[at]["entry"][0]["changes"][0]["value"]["messages"][0].take());
        }
        let mut body = bodies.remove(0);
        body["entry"][0]["changes"][0]["value"]["messages"] = Value::Array(messages);
        assert_eq!(w.post_signed(&body).await, 200);
        w.assert_quiet().await;
        assert_eq!(w.mirrored(w.thread(), "Maria"), numbered(20));
        assert_eq!(w.cards().len(), 1);
    }
}

on_both! {
    // story: BR-02
    async fn messages_held_up_and_delivered_backwards_stand_in_order(w) {
        let maria = w.customer("Maria");
        w.meta.hold_webhooks(true);
        for n in 1..=8 {
            w.seconds(1);
            w.says(maria, &format!("message {n}"));
        }
        w.meta.release_reversed();
        w.assert_quiet().await;
        let shown = w.mirrored(w.thread(), "Maria");
        let mut texts: Vec<String> = shown.iter().map(|text| text.lines().next().unwrap().to_owned()).collect();
        // What was on the screen already stays where it is; whatever came too late for its place says so.
        // On Telegram the first stands in the card, above all of them.
        let mut newest = 0;
        for text in shown.iter().skip(usize::from(w.chat.is_telegram())) {
            let n: usize = text.lines().next().unwrap().rsplit(' ').next().unwrap().parse().unwrap();
            assert_eq!(text.contains("arrived late"), n < newest, "{shown:#?}");
            newest = newest.max(n);
        }
        texts.sort();
        assert_eq!(texts, numbered(8));
    }
}

on_both! {
    // story: BR-02
    async fn a_message_that_comes_too_late_says_when_it_was_written(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "first").await;
        let late = w.text_body(maria, "second");
        w.seconds(90);
        w.says(maria, "third");
        w.quiet().await;
        assert_eq!(w.post_signed(&late).await, 200);
        w.assert_quiet().await;
        insta::assert_snapshot!("late_message", w.transcript());
        let shown = w.mirrored(thread, "Maria");
        assert!(shown[2].starts_with("second\n-# ") && shown[2].contains("arrived late"), "{shown:#?}");
    }
}

on_both! {
    // story: BR-02
    async fn a_message_is_late_beside_whatever_goes_before_it(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "first").await;
        let path = if w.chat.is_telegram() { "/sendMessage".to_owned() } else { format!("/channels/{thread}/messages") };
        let second = w.text_body(maria, "second");
        w.seconds(90);
        let refused = Fault { method: Some("POST".to_owned()), path, times: 1, then: Misbehaviour::CutBefore };
        w.chat.wire().misbehave(refused);
        w.says(maria, "third");
        // It has been tried and keeps its place, whatever comes.
        let store = &w.app().store;
        loop {
            let mut tx = store.begin().await.unwrap();
            let tried = outbox::in_lane(&mut tx, "c:1").await.unwrap().iter().any(|row| row.rank < 0);
            tx.undo().await;
            if tried {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(w.post_signed(&second).await, 200);
        w.assert_quiet().await;
        let shown = w.mirrored(thread, "Maria");
        assert_eq!(shown[..2], ["first", "third"]);
        assert!(shown[2].starts_with("second\n-# ") && shown[2].contains("arrived late"), "{shown:#?}");
    }
}

on_both! {
    // story: BR-02, BR-08
    async fn messages_and_statuses_share_a_body(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.meta.hold_webhooks(true);
        let post = w.write(w.ana, thread, "Hola Maria!");
        w.until("accepted", |w| !w.meta.accepted().is_empty() && w.meta.held() >= 2).await;
        w.says(maria, "and one more thing");
        w.meta.opens(maria, &w.number);
        w.until("read", |w| w.meta.held() >= 4).await;
        w.meta.release_batched();
        w.assert_quiet().await;
        assert_eq!(w.mirrored(thread, "Maria"), ["Hola", "and one more thing"]);
        assert_eq!(w.marks(thread, post), "👀");
    }
}

on_both! {
    // story: BR-03
    async fn two_first_messages_at_once_make_one_conversation(w) {
        let maria = w.customer("Maria");
        let (one, two) = (w.text_body(maria, "one"), w.text_body(maria, "two"));
        let answers = tokio::join!(w.post_signed(&one), w.post_signed(&two));
        assert_eq!(answers, (200, 200));
        w.assert_quiet().await;
        assert_eq!((w.cards().len(), w.threads().len()), (1, 1));
        let mut shown = w.mirrored(w.thread(), "Maria");
        shown.sort();
        assert_eq!(shown, ["one", "two"]);
    }
}

on_both! {
    // story: BR-03, BR-02
    async fn twenty_customers_write_twice_at_once(w) {
        let bodies: Vec<Value> = (0..20)
            .flat_map(|n| {
                let customer = w.customer(&format!("Customer {n}"));
                [w.text_body(customer, "one"), w.text_body(customer, "two")]
            })
            .collect();
        let answers = futures::future::join_all(bodies.iter().map(|body| w.post_signed(body))).await;
        assert!(answers.iter().all(|answer| *answer == 200), "{answers:?}");
        w.assert_quiet().await;
        assert_eq!((w.cards().len(), w.threads().len(), w.conversations().await.len()), (20, 20, 20));
        for thread in w.threads() {
            let name = thread.name.split_once(' ').unwrap().1;
            let mut shown = w.mirrored(thread.id, name);
            shown.sort();
            assert_eq!(shown, ["one", "two"], "{name}");
        }
    }
}

on_both! {
    // story: BR-09
    async fn quotes_cross_in_both_directions(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Which colours are there?").await;
        w.says(maria, "And which sizes?");
        w.quiet().await;
        let asked = w.post_with(thread, "Which colours");
        let answer = w.write_to(w.ana, thread, asked.id, "Red and blue");
        w.quiet().await;
        let received = w.newest_received(maria);
        assert_eq!(received.quotes.as_deref(), Some(w.phone(maria)[0].id.as_str()));
        w.sends(maria, baton::playground::meta::Inbound::text("Blue then").quoting(&received.id));
        w.quiet().await;
        assert_eq!(w.post_with(thread, "Blue then").reply_to, Some(answer));
        // The customer quotes themselves, and something nobody knows.
        let first = w.phone(maria)[0].id.clone();
        w.sends(maria, baton::playground::meta::Inbound::text("I meant this").quoting(&first));
        w.sends(maria, baton::playground::meta::Inbound::text("and that").quoting("wamid.unknown"));
        w.assert_quiet().await;
        assert_eq!(w.post_with(thread, "I meant this").reply_to, Some(asked.id));
        assert_eq!(w.post_with(thread, "and that").reply_to, None);
        insta::assert_snapshot!("quotes", w.transcript());
    }
}

on_both! {
    // story: BR-09
    async fn reactions_cross_in_both_directions(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let answer = w.write(w.ana, thread, "Hola Maria");
        w.quiet().await;
        let (hola, received) = (w.phone(maria)[0].id.clone(), w.newest_received(maria).id);
        let react = |emoji: Option<&str>| baton::playground::meta::Inbound::reaction(&received, emoji);
        w.sends(maria, react(Some("❤️")));
        w.quiet().await;
        assert!(w.marks(thread, answer).contains("❤"), "{}", w.marks(thread, answer));
        w.sends(maria, react(Some("👍")));
        w.quiet().await;
        assert!(!w.marks(thread, answer).contains("❤") && w.marks(thread, answer).contains("👍"));
        w.sends(maria, react(None));
        w.quiet().await;
        assert!(!w.marks(thread, answer).contains("👍"));
        let shown = w.post_with(thread, "**Maria**\nHola").id;
        w.chat.react(w.ana, thread, shown, "🎉", true).unwrap();
        w.quiet().await;
        assert_eq!(w.phone(maria)[0].business_reaction.as_deref(), Some("🎉"));
        // Others' reactions and the workspace's own emoji stay inside.
        w.chat.react(w.ben, thread, shown, "👎", true).unwrap();
        w.chat.react(w.ana, thread, shown, "partyparrot:123", true).ok();
        w.quiet().await;
        assert_eq!(w.phone(maria)[0].business_reaction.as_deref(), Some("🎉"));
        w.chat.react(w.ana, thread, shown, "🎉", false).unwrap();
        w.assert_quiet().await;
        assert_eq!(w.phone(maria)[0].business_reaction, None, "{hola}");
    }
}

on_both! {
    // story: BR-13
    async fn what_the_app_sends_counts_as_a_reply(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        assert!(w.conversations().await[0].waiting_since.some().is_some());
        w.meta.echo(maria, &w.number, "Hola from the shop's phone");
        w.assert_quiet().await;
        assert!(w.has_post(w.thread(), "**sent outside Baton**\nHola from the shop's phone"));
        assert_eq!(w.conversations().await[0].waiting_since.some(), None);
        assert_eq!(w.fact(&w.cards()[0], "State").as_deref(), Some("answered"));
        assert_eq!(w.received_texts(maria), ["Hola from the shop's phone"], "it is not sent again");
        insta::assert_snapshot!("echo", w.transcript());
        // To somebody who never wrote.
        let jose = w.customer("José");
        w.meta.echo(jose, &w.number, "We found your key");
        w.assert_quiet().await;
        assert_eq!(w.cards().len(), 2);
    }
}

on_both! {
    // story: BR-11
    async fn the_first_reply_marks_as_read(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        assert!(!is_read(&w, maria), "claiming alone shows nothing to the customer");
        w.chat.typing(w.ben, thread);
        w.quiet().await;
        assert!(!w.meta.typing(maria, &w.number), "only the owner's typing shows");
        w.write(w.ana, thread, "Hola Maria");
        w.assert_quiet().await;
        assert!(is_read(&w, maria));
        w.seconds(30);
        w.says(maria, "One more");
        w.quiet().await;
        w.chat.typing(w.ana, thread);
        // Telegram tells nobody that somebody types.
        w.until("the owner's typing shows", |w| w.chat.is_telegram() || w.meta.typing(maria, &w.number)).await;
        w.assert_quiet().await;
    }
}

on_both! {
    // story: BR-11
    async fn claiming_marks_as_read_where_the_team_wants_it(
        w, Setting { reply: "mark_read = \"claim\"", ..Setting::default() }
    ) {
        let (maria, _) = w.owned_by_ana("Maria", "Hola").await;
        w.assert_quiet().await;
        assert!(is_read(&w, maria));
    }
}

on_both! {
    // story: BR-11
    async fn nothing_marks_as_read_where_the_team_wants_that(
        w, Setting { reply: "mark_read = \"never\"", ..Setting::default() }
    ) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.chat.typing(w.ana, thread);
        w.write(w.ana, thread, "Hola Maria");
        w.assert_quiet().await;
        assert!(!is_read(&w, maria));
        assert_eq!(w.received_texts(maria), ["Hola Maria"]);
    }
}

fn is_read(w: &World, customer: baton::playground::meta::CustomerId) -> bool {
    w.phone(customer)[0].tick == baton::playground::meta::Tick::Read
}

fn numbered(count: usize) -> Vec<String> {
    (1..=count).map(|n| format!("message {n}")).collect()
}

on_both! {
    // story: BR-05
    async fn a_number_that_is_not_served_is_ignored_and_counted(w) {
        let other = w.meta.add_number("+1 555 010 0099");
        let maria = w.customer("Maria");
        w.meta.says(maria, &other, "to somebody else's number");
        w.meta.says(maria, &w.second_number, "to the rentals");
        w.assert_quiet().await;
        assert_eq!(w.meta.webhook_answers().keys().copied().collect::<Vec<_>>(), [200]);
        assert_eq!(w.metric("baton_webhook_items_ignored_total").await, 1.0);
        assert_eq!(w.cards().len(), 1);
        assert_eq!(w.fact(&w.cards()[0], "Wrote to").as_deref(), Some("Sunny Rentals"));
        // The same person at another number is another conversation, and the answer leaves from the right one.
        w.says(maria, "to the bikes");
        w.quiet().await;
        assert_eq!(w.threads().len(), 2);
        w.claims(w.ana).await;
        w.write(w.ana, w.threads()[0].id, "from the rentals");
        w.assert_quiet().await;
        let rentals = w.meta.history(maria, &w.second_number);
        assert_eq!(rentals.last().unwrap().text, "from the rentals");
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        assert_eq!(json!(w.phone(maria).len()), json!(1));
    }
}
