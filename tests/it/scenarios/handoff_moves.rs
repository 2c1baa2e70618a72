//! To another team a conversation moves with everything that was said, and the customer notices nothing.

use baton::playground::meta::{Attachment, Content, CustomerId, Inbound};
use serde_json::json;

use super::media::PNG;
use super::teams::MANUAL;
use crate::on_both;
use crate::world::World;
use crate::world::acts::file;

/// Maria and Ana have talked, with a picture, a note and a promise; Maria waits.
async fn talked(w: &World) -> (CustomerId, u64) {
    w.met().await;
    w.at(10, 0);
    let (maria, thread) = w.owned_by_ana("Maria", "My invoice is wrong").await;
    w.sends(maria, Content::Image(Attachment::new("image/png", PNG).caption("see *here*")));
    w.quiet().await;
    w.write(w.ana, thread, "I am looking at it.");
    w.write_files(w.ana, thread, "// she pays in cash", vec![file("receipt.png", "image/png", PNG)]);
    w.write(w.ana, thread, "// Promise: a new invoice today");
    let kept = w.write(w.ana, thread, "// promise: call back");
    w.quiet().await;
    w.chat.react(w.ana, thread, kept, "✅", true).unwrap();
    w.forward(2);
    w.says(maria, "Thank you!");
    w.quiet().await;
    (maria, thread)
}

async fn to_billing(w: &World, thread: u64) {
    w.command(w.ana, thread, "handoff", json!({ "to": "billing", "note": "the invoice of May is wrong" })).await;
    w.quiet().await;
}

/// How often something can be read in a thread.
fn times(w: &World, thread: u64, text: &str) -> usize {
    w.posts(thread).iter().map(|post| post.content.matches(text).count()).sum()
}

on_both! {
    // story: HO-02, HO-01
    async fn it_goes_on_in_the_channel_of_the_team(w, MANUAL) {
        let (maria, old) = talked(&w).await;
        let (due, received) = (w.due(1).await, w.received_texts(maria));
        to_billing(&w, old).await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        insta::assert_snapshot!("offered", w.transcript());
        let offer = w.chat.messages(w.billing).into_iter().rfind(|m| m.button("Accept").is_some()).unwrap();
        w.says(maria, "By the way, number 2041");
        w.quiet().await;
        assert!(w.press(w.ben, &offer, "Accept").await.starts_with("This is being handed to billing"));
        let told = w.press(w.mia, &offer, "Accept").await;
        assert_eq!(told, "#1 is yours. The customer is to have an answer within 15 min. It goes on in a thread of billing, where \
            you are called.");
        w.quiet().await;
        let new = w.thread_in(w.billing);
        let was = w.chat.thread(old).unwrap();
        assert!(was.locked && was.archived);
        assert!(w.texts(old).last().unwrap().contains(&format!("<#{new}>")), "the old thread points to the new one");
        assert_eq!((w.cards().len(), w.cards_in(w.billing).len()), (0, 1));
        assert_eq!(w.due(1).await, due);
        assert_eq!(w.received_texts(maria), received, "the customer notices nothing");
        w.says(maria, "Are you there?");
        w.quiet().await;
        w.write(w.mia, new, "Here is the new one.");
        w.write_files(w.mia, new, "", vec![file("invoice.png", "image/png", PNG)]);
        w.assert_quiet().await;
        for (text, n) in [("My invoice is wrong", 1), ("see", 1), ("I am looking at it", 1), ("she pays in cash", 1),
            ("number 2041", 1), ("Are you there?", 1)]
        {
            assert_eq!(times(&w, new, text), n, "{text}\n{}", w.transcript());
        }
        assert_eq!(times(&w, old, "Are you there?"), 0);
        assert_eq!(w.calls(w.mia).len(), 1, "{:#?}", w.calls(w.mia));
        assert_eq!(w.received_texts(maria).len(), received.len() + 2);
        w.assert_loads().await;
        insta::assert_snapshot!("moved", format!("{}\n--\n{}", w.record(1).await, w.transcript()));
    }
}

on_both! {
    // story: HO-02, HO-03
    async fn to_a_person_of_another_team_it_moves_too(w, MANUAL) {
        let (maria, old) = talked(&w).await;
        w.command(w.ana, old, "handoff", json!({ "to": "@mia", "note": "she knows about May" })).await;
        w.quiet().await;
        assert_eq!(w.calls(w.mia).len(), 1);
        // Her answer in the old thread accepts it, reaches the customer, and is shown where it goes on.
        w.write(w.mia, old, "I have it: you get a new one.");
        w.quiet().await;
        let new = w.thread_in(w.billing);
        assert_eq!(w.owner(1).await.as_deref(), Some("Mia"));
        assert_eq!(w.received_texts(maria).last().map(String::as_str), Some("I have it: you get a new one."));
        assert_eq!(times(&w, new, "I have it: you get a new one."), 1, "{}", w.transcript());
        // What is still written there comes through too, and so does what others keep inside.
        w.chat.archive(w.lea, old, false, false).unwrap();
        w.write(w.mia, old, "Give me a minute.");
        w.write(w.ana, old, "Thank you Mia");
        assert!(w.command(w.ana, old, "whois", json!({})).await.starts_with("#1 is Mia's"));
        w.quiet().await;
        assert_eq!(w.received_texts(maria).last().map(String::as_str), Some("Give me a minute."));
        assert_eq!((times(&w, new, "Give me a minute."), times(&w, new, "Thank you Mia")), (1, 1), "{}", w.transcript());
        w.says(maria, "Perfect");
        w.quiet().await;
        w.command(w.mia, new, "close", json!({})).await;
        w.quiet().await;
        w.says(maria, "One more thing");
        w.assert_quiet().await;
        assert_eq!(times(&w, new, "One more thing"), 1, "it opens where it was");
        insta::assert_snapshot!("to_mia", w.transcript());
    }
}

on_both! {
    // story: HO-02
    async fn a_member_of_the_team_accepts_by_an_answer(w, MANUAL) {
        let (maria, old) = talked(&w).await;
        to_billing(&w, old).await;
        w.write(w.ben, old, "I think that was May");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"), "Ben is not in billing");
        let n = w.received_texts(maria).len();
        w.command(w.mia, old, "reply", json!({ "text": "Yes, May was wrong." })).await;
        w.quiet().await;
        let new = w.thread_in(w.billing);
        assert_eq!(w.owner(1).await.as_deref(), Some("Mia"));
        assert_eq!(w.received_texts(maria).len(), n + 1);
        assert_eq!(times(&w, new, "Yes, May was wrong."), 1, "{}", w.transcript());
        w.assert_quiet().await;
    }
}

on_both! {
    // story: HO-02
    async fn what_was_said_before_lives_on(w, MANUAL) {
        let (maria, old) = talked(&w).await;
        to_billing(&w, old).await;
        w.command(w.lea, w.billing, "accept", json!({ "number": 1 })).await;
        w.quiet().await;
        let new = w.thread_in(w.billing);
        let phone = w.phone(maria);
        let id = |text: &str| phone.iter().find(|m| m.text.contains(text)).unwrap().id.clone();
        // A promise that is open can be marked as kept where the conversation goes on.
        let promise = w.posts(new).into_iter().rfind(|p| p.content.contains("a new invoice today")).unwrap();
        w.chat.react(w.lea, new, promise.id, "✅", true).unwrap();
        w.sends(maria, Inbound::edit(&id("My invoice is wrong"), "My invoice of May is wrong"));
        w.quiet().await;
        w.sends(maria, Inbound::reaction(&id("I am looking at it."), Some("👍")));
        w.quiet().await;
        w.sends(maria, Inbound::text("this one").quoting(&id("I am looking at it.")));
        w.quiet().await;
        w.sends(maria, Inbound::revoke(&id("Thank you!")));
        w.quiet().await;
        w.sends(maria, Inbound::reaction(&id("I am looking at it."), None));
        w.quiet().await;
        w.sends(maria, Inbound::edit(&id("My invoice is wrong"), "My invoice of June is wrong"));
        w.quiet().await;
        w.meta.reads(maria, &id("I am looking at it."));
        w.quiet().await;
        // An agent can quote what was brought along, and react to it.
        let edited = w.posts(new).into_iter().rfind(|p| p.content.contains("June")).unwrap();
        w.write_to(w.lea, new, edited.id, "June, I see.");
        w.chat.react(w.lea, new, edited.id, "👀", true).unwrap();
        w.assert_quiet().await;
        let answer = w.newest_received(maria);
        assert_eq!(answer.quotes.as_deref(), Some(id("invoice").as_str()));
        assert_eq!(w.phone(maria)[0].business_reaction.as_deref(), Some("👀"));
        assert_eq!(times(&w, new, "I am looking at it."), 2, "in the transcript, and once brought along");
        // It goes on to the next team: what was kept is no open promise any more.
        w.command(w.lea, new, "handoff", json!({ "to": "support", "note": "it is a bike after all" })).await;
        w.command(w.ben, w.support, "accept", json!({ "number": 1 })).await;
        w.assert_quiet().await;
        let back = w.thread_in(w.support);
        assert_ne!(back, old, "a new thread");
        assert_eq!(times(&w, back, "Open promise"), 0);
        w.assert_loads().await;
        insta::assert_snapshot!("lives_on", w.transcript());
    }
}

on_both! {
    // story: HO-02, BR-02
    async fn what_the_customer_writes_meanwhile_is_shown_once(w, MANUAL) {
        w.met().await;
        let (maria, old) = w.owned_by_ana("Maria", "word 0.").await;
        let mut n = 1;
        for (round, (to, by, home)) in [("billing", w.lea, w.billing), ("support", w.ana, w.support), ("billing", w.mia, w.billing)]
            .into_iter().enumerate()
        {
            let before = if round == 0 { old } else { w.thread_in(if home == w.billing { w.support } else { w.billing }) };
            w.command(w.lea, before, "handoff", json!({ "to": to, "note": "on" })).await;
            let talking = async {
                for _ in 0..12 {
                    w.says(maria, &format!("word {n}."));
                    n += 1;
                    tokio::time::sleep(std::time::Duration::from_millis(7)).await;
                }
            };
            let taking = async {
                tokio::time::sleep(std::time::Duration::from_millis(40)).await;
                w.command(by, w.operator, "accept", json!({ "number": 1 })).await
            };
            let (told, ()) = tokio::join!(taking, talking);
            assert!(told.starts_with("#1 is yours."), "{told}");
            w.quiet().await;
            let new = w.thread_in(home);
            for nth in 0..n {
                assert_eq!(times(&w, new, &format!("word {nth}.")), 1, "word {nth} of {n}\n{}", w.transcript());
            }
            let order: Vec<usize> = w.posts(new).iter().flat_map(|post| {
                let words = post.content.split("word ").skip(1);
                words.filter_map(|rest| rest.split('.').next()?.parse().ok()).collect::<Vec<usize>>()
            }).collect();
            assert!(order.is_sorted(), "{order:?}");
        }
        w.assert_quiet().await;
        w.assert_loads().await;
    }
}

on_both! {
    // story: HO-02
    async fn a_stop_in_the_middle_of_the_move_loses_nothing(w, MANUAL) {
        let (maria, old) = talked(&w).await;
        to_billing(&w, old).await;
        w.restart().await;
        let click = w.chat.command(w.mia, w.operator, "accept", &json!({ "number": 1 })).unwrap();
        w.answer(click).await;
        // The program ends while card, thread and transcript are being made.
        w.stop().await;
        w.says(maria, "Hello?");
        w.run().await;
        w.assert_quiet().await;
        let new = w.thread_in(w.billing);
        for text in ["My invoice is wrong", "I am looking at it", "she pays in cash", "Thank you!", "Hello?"] {
            assert_eq!(times(&w, new, text), 1, "{text}\n{}", w.transcript());
        }
        assert!(w.chat.thread(old).unwrap().locked);
        assert_eq!(w.owner(1).await.as_deref(), Some("Mia"));
        w.assert_loads().await;
    }
}
