//! What there is on Telegram alone: calls that are counted, topics and their icons, and words in Telegram's own forms.

use baton::playground::meta::Inbound;
use baton::playground::telegram::{File, Rights, Say};
use serde_json::json;

use super::alarms::DIRECT;
use super::media::PNG;
use super::teams::PEOPLE;
use crate::world::acts::file;
use crate::world::chat::telegram::place_of;
use crate::world::{Setting, World};
use crate::{on_telegram, scenario};

/// Telegram counts the calls, as it does in life.
const COUNTED: Setting = Setting { calls: 20, ..Setting::PLAIN };

/// The forum of a channel or thread.
fn forum(place: u64) -> i64 {
    place_of(place).0
}

/// The topic of a thread.
fn topic(thread: u64) -> i64 {
    place_of(thread).1.unwrap()
}

fn id(of: u64) -> i64 {
    i64::try_from(of).unwrap()
}

/// No minute has more calls than Telegram takes.
fn assert_within_limit(w: &World, forum: i64) {
    let calls = w.telegram.counted_calls(forum);
    for (nth, from) in calls.iter().enumerate() {
        let minute = calls[nth..].iter().take_while(|at| **at - from < 60_000).count();
        assert!(minute <= 20, "{minute} calls in a minute");
    }
    w.assert_no_violation();
}

on_telegram! {
    // story: TG-03
    async fn a_crowd_is_seen_within_the_limit(w, COUNTED) {
        let names: Vec<String> = (0..12).map(|n| format!("Customer{n}")).collect();
        w.meta.hold_webhooks(true);
        for name in &names {
            w.says(w.customer(name), &format!("Hello, I am {name}."));
        }
        w.meta.release_batched();
        let all = |w: &World| -> String {
            let posts = w.telegram.all_messages(forum(w.support)).into_iter().filter(|post| !post.deleted);
            posts.map(|post| post.text + "\n").collect()
        };
        let begun = std::time::Instant::now();
        while !names.iter().all(|name| all(&w).contains(&format!("Hello, I am {name}."))) {
            let calls = w.telegram.counted_calls(forum(w.support)).len();
            assert!(begun.elapsed().as_secs() < 20, "not everybody can be read after {calls} calls\n{}", w.transcript());
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_within_limit(&w, forum(w.support));
        assert_eq!(w.dead_letters().await, Vec::<String>::new());
    }
}

on_telegram! {
    // story: TG-03
    async fn what_is_said_close_together_shares_a_post(w, COUNTED) {
        let (maria, thread) = w.owned_by_ana("Maria", "first").await;
        for n in 1..=5 {
            w.says(maria, &format!("word {n}"));
            w.quiet().await;
        }
        // More than half of the minute's calls are used.
        w.meta.hold_webhooks(true);
        for n in 6..=12 {
            w.seconds(1);
            w.says(maria, &format!("word {n}"));
        }
        w.meta.release_batched();
        w.until("all is shown", |w| w.has_post(thread, "word 12")).await;
        let posts = w.mirrored(thread, "Maria");
        let whole = posts.join("\n");
        let order: Vec<usize> = (1..=12).map(|n| whole.find(&format!("word {n}")).unwrap()).collect();
        assert!(order.is_sorted(), "{posts:#?}");
        assert!(posts.len() < 10, "some share a post: {posts:#?}");
        assert_within_limit(&w, forum(thread));
    }
}

on_telegram! {
    // story: TG-03
    async fn the_first_words_stand_in_the_card(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Is the blue bike still there?");
        w.quiet().await;
        let thread = w.thread();
        let posts = w.telegram.messages(forum(thread), Some(topic(thread)));
        let said: Vec<_> = posts.iter().filter(|post| post.service.is_none()).collect();
        assert_eq!(said.len(), 1, "one call shows them: {said:#?}");
        assert!(said[0].pinned && said[0].text.contains("Is the blue bike still there?"));
        // An answer to the card answers them, and what becomes of them is told beneath it.
        w.claims(w.ana).await;
        w.write_to(w.ana, thread, said[0].id.unsigned_abs(), "Yes, it is.");
        w.quiet().await;
        assert_eq!(w.newest_received(maria).quotes.as_deref(), Some(w.phone(maria)[0].id.as_str()));
        w.says(maria, "One more thing");
        w.command(w.ana, thread, "close", json!({})).await;
        w.quiet().await;
        w.says(maria, "And the red one?");
        w.assert_quiet().await;
        let text: String = w.telegram.messages(forum(thread), Some(topic(thread))).into_iter().map(|post| post.text + "\n").collect();
        assert!(text.contains("Is the blue bike still there?"), "they are not lost when it is opened again\n{text}");
    }
}

on_telegram! {
    // story: TG-04
    async fn a_topic_that_was_deleted_is_made_anew(w) {
        let (maria, old) = w.owned_by_ana("Maria", "Hola").await;
        w.telegram.delete_topic(forum(old), topic(old));
        w.says(maria, "Are you there?");
        w.assert_quiet().await;
        let new = w.thread();
        assert_ne!(new, old);
        assert!(w.has_post(new, "Are you there?"), "{}", w.transcript());
        w.write(w.ana, new, "Yes, Maria");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Yes, Maria"]);
    }
}

on_telegram! {
    // story: TG-04
    async fn a_topic_that_was_closed_opens_with_what_comes(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.telegram.close_topic(id(w.lea), forum(thread), topic(thread)).unwrap();
        w.quiet().await;
        w.says(maria, "Are you there?");
        w.assert_quiet().await;
        assert!(w.has_post(thread, "Are you there?"), "{}", w.transcript());
        // An agent who may not write in it opens it by hand.
        w.write(w.ana, thread, "Yes, Maria");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Yes, Maria"]);
    }
}

on_telegram! {
    // story: TG-04
    async fn the_operator_hears_of_rights_that_were_lost(w) {
        let support = forum(w.support);
        w.telegram.set_bot_rights(support, Rights::none());
        w.until("told", |w| w.texts(w.operator).iter().any(|text| text.contains("is no administrator"))).await;
        w.telegram.set_bot_rights(support, Rights::default());
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.assert_quiet().await;
        assert_eq!(w.mirrored(w.thread(), "Maria"), ["Hola"]);
    }
}

on_telegram! {
    // story: TG-04
    async fn the_operator_hears_that_the_bot_was_removed(w) {
        w.telegram.remove_user(forum(w.support), w.telegram.bot_id());
        w.until("told", |w| w.texts(w.operator).iter().any(|text| text.contains("was removed from"))).await;
    }
}

on_telegram! {
    // story: TG-04
    async fn who_writes_as_the_group_speaks_to_nobody(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.telegram.say_anonymously(forum(thread), Some(topic(thread)), "I am the boss").unwrap();
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
    }
}

on_telegram! {
    // story: TG-04, BR-10
    async fn what_is_edited_after_it_was_sent_is_told(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let one = w.write(w.ana, thread, "It costs 10");
        let note = w.write(w.ana, thread, "// she sounds tired");
        w.quiet().await;
        w.chat.edit(w.ana, thread, one, "It costs 12").unwrap();
        w.quiet().await;
        w.chat.edit(w.ana, thread, one, "It costs 14").unwrap();
        w.chat.edit(w.ana, thread, note, "// she sounds happy").unwrap();
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["It costs 10"]);
        let told = w.texts(thread).iter().filter(|t| t.contains("still sees the earlier text")).count();
        assert_eq!(told, 1, "once is enough\n{}", w.transcript());
    }
}

on_telegram! {
    // story: TG-04, MD-03
    async fn sets_of_pictures_and_voices_reach_the_customer(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        // What Telegram makes of every picture.
        let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9";
        let picture = |name: &str| File { name: name.to_owned(), content_type: "image/jpeg".to_owned(), bytes: jpeg.to_vec() };
        w.telegram.album(id(w.ana), forum(thread), Some(topic(thread)), vec![picture("one.jpg"), picture("two.jpg")], "Both").unwrap();
        let ogg = include_bytes!("../../../src/playground/page/assets/voice.ogg");
        let voice = File { name: "voice.ogg".to_owned(), content_type: "audio/ogg".to_owned(), bytes: ogg.to_vec() };
        w.telegram.say(id(w.ana), forum(thread), Some(topic(thread)), voice).unwrap();
        w.assert_quiet().await;
        let received: Vec<(String, String)> = w.received(maria).into_iter().map(|m| (m.kind, m.text)).collect();
        let seen: Vec<(&str, &str)> = received.iter().map(|(kind, text)| (kind.as_str(), text.as_str())).collect();
        assert_eq!(seen, [("image", "Both"), ("image", ""), ("audio", "")], "{}", w.transcript());
    }
}

on_telegram! {
    // story: TG-04, BR-09
    async fn a_bots_one_reaction_is_the_newest(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let answer = w.write(w.ana, thread, "Hola Maria");
        w.quiet().await;
        let ours = |w: &World| -> Vec<String> {
            let post = w.telegram.message(forum(thread), id(answer)).unwrap();
            let bot = w.telegram.bot_id();
            post.reactions.into_iter().filter(|(_, users)| users.contains(&bot)).map(|(emoji, _)| emoji).collect()
        };
        assert_eq!(ours(&w), ["🕊"], "it arrived");
        let received = w.newest_received(maria).id;
        w.sends(maria, Inbound::reaction(&received, Some("❤️")));
        w.quiet().await;
        assert_eq!(ours(&w), ["❤"], "the customer's, in the place of the mark");
        w.sends(maria, Inbound::reaction(&received, Some("🦖")));
        w.quiet().await;
        assert!(w.has_post(thread, "reacted 🦖"), "what Telegram does not know is told\n{}", w.transcript());
        // An agent's reaction reaches the customer.
        let shown = w.post_with(thread, "**Maria**\nHola").id;
        w.chat.react(w.ana, thread, shown, "🎉", true).unwrap();
        w.quiet().await;
        assert_eq!(w.phone(maria)[0].business_reaction.as_deref(), Some("🎉"));
        w.chat.react(w.ana, thread, shown, "🎉", false).unwrap();
        w.assert_quiet().await;
        assert_eq!(w.phone(maria)[0].business_reaction, None);
    }
}

on_telegram! {
    // story: TG-04, BR-09
    async fn a_quoted_part_and_what_is_new_are_relayed(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Which colours are there?").await;
        let asked = w.post_with(thread, "Which colours").id;
        let say = Say { text: "Red and blue".to_owned(), reply_to: Some(id(asked)), quote: Some("colours".to_owned()), ..Say::default() };
        w.telegram.say(id(w.ana), forum(thread), Some(topic(thread)), say).unwrap();
        w.quiet().await;
        assert_eq!(w.newest_received(maria).quotes.as_deref(), Some(w.phone(maria)[0].id.as_str()));
        // A kind of entity and a field of tomorrow.
        let raw = json!({ "entities": [{ "type": "hologram", "offset": 0, "length": 5, "depth": 3 }], "mood": { "is": "good" } });
        let say = Say { text: "Green, too".to_owned(), raw: Some(raw), ..Say::default() };
        w.telegram.say(id(w.ana), forum(thread), Some(topic(thread)), say).unwrap();
        // The published description does not know it either.
        w.quiet().await;
        assert_eq!(w.received_texts(maria), ["Red and blue", "Green, too"]);
    }
}

on_telegram! {
    // story: TG-04
    async fn what_happens_while_the_program_is_down_is_heard_once(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        for round in 0..2 {
            w.stop().await;
            for n in 0..3 {
                w.write(w.ana, thread, &format!("{round} {n}"));
            }
            w.says(maria, &format!("again {round}"));
            w.run().await;
            w.assert_quiet().await;
        }
        assert_eq!(w.received_texts(maria), ["0 0", "0 1", "0 2", "1 0", "1 1", "1 2"]);
        assert_eq!(w.mirrored(thread, "Maria"), ["Hola", "again 0", "again 1"]);
    }
}

on_telegram! {
    // story: TG-04, SL-06
    async fn somebody_is_told_in_private(w, DIRECT) {
        w.met().await;
        w.telegram.open_private(id(w.lea));
        w.says(w.customer("Maria"), "Is the blue bike still there?");
        w.quiet().await;
        let thread = w.thread();
        w.forward(12);
        w.quiet().await;
        let told = w.telegram.private_messages(id(w.lea));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].text.contains("#1 Maria: ⏳ The answer is due in"), "{told:?}");
        let calls = |w: &World| w.posts(thread).iter().filter(|post| post.pings.contains(&w.lea)).count();
        assert_eq!(calls(&w), 0, "no call in the topic as well");
        // Whoever takes no messages of the bot is called there.
        w.telegram.block(id(w.lea), true);
        w.forward(4);
        w.assert_quiet().await;
        assert_eq!((w.telegram.private_messages(id(w.lea)).len(), calls(&w)), (1, 1));
    }
}

on_telegram! {
    // story: TG-04, OP-04
    async fn an_operator_sees_whether_telegram_answers(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        assert_eq!(w.get("/readyz").await, (200, "ready\n".to_owned()));
        w.telegram.stop();
        while w.get("/readyz").await.0 == 200 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        w.says(maria, "are you there?");
        w.telegram.listen().await.unwrap();
        while w.get("/readyz").await.0 != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        w.assert_quiet().await;
        assert_eq!(w.mirrored(thread, "Maria"), ["Hola", "are you there?"]);
    }
}

/// One team on Discord, another on Telegram.
const APART: Setting = Setting {
    discord: "server_members = true",
    agents: PEOPLE,
    rest: "[[teams]]\nname = \"billing\"\nchannel = \"{billing}\"\n",
    ..Setting::PLAIN
};

scenario! {
    // story: TG-05
    async fn a_conversation_goes_to_telegram_and_back(w, APART) {
        w.met().await;
        let (maria, old) = w.owned_by_ana("Maria", "My invoice is wrong").await;
        w.write(w.ana, old, "I am looking at it.");
        w.write_files(w.ana, old, "// she pays in cash", vec![file("receipt.png", "image/png", PNG)]);
        w.quiet().await;
        let told = w.command(w.ana, old, "handoff", json!({ "to": "billing", "note": "the invoice of May is wrong" })).await;
        assert!(told.starts_with("Offered to billing"), "{told}");
        w.quiet().await;
        assert!(w.command(w.mia, w.billing, "accept", json!({ "number": 1 })).await.starts_with("#1 is yours."));
        w.quiet().await;
        let there = w.thread_in(w.billing);
        assert!(w.chat.thread(old).unwrap().locked);
        assert_eq!(w.owner(1).await.as_deref(), Some("Mia"));
        let said = w.texts(there).join("\n");
        for text in ["My invoice is wrong", "I am looking at it.", "she pays in cash"] {
            assert!(said.contains(text), "{text}\n{}", w.transcript());
        }
        w.says(maria, "Are you there?");
        w.quiet().await;
        assert_eq!(w.mirrored(there, "Maria"), ["Are you there?"]);
        w.write(w.mia, there, "Here is the new one.");
        w.quiet().await;
        // And back.
        w.command(w.mia, there, "handoff", json!({ "to": "support", "note": "it is a bike after all" })).await;
        w.quiet().await;
        assert!(w.command(w.ben, w.support, "accept", json!({ "number": 1 })).await.starts_with("#1 is yours."));
        w.quiet().await;
        let back = w.thread_in(w.support);
        assert_ne!(back, old);
        assert!(w.chat.thread(there).unwrap().archived, "the topic is closed");
        w.says(maria, "One more thing");
        w.quiet().await;
        assert_eq!(w.mirrored(back, "Maria"), ["One more thing"]);
        w.write(w.ben, back, "I am listening.");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["I am looking at it.", "Here is the new one.", "I am listening."]);
        w.assert_loads().await;
    }
    (sqlite, Both, Sqlite) (postgres, Both, Postgres)
}
