//! Exactly one person owns a conversation, everybody else is told who, and the record shows how it came to be.

use std::collections::BTreeSet;

use baton::store::record;
use serde_json::{Value, json};

use crate::world::World;
use crate::{on_both, on_discord};

on_both! {
    // story: CL-01
    async fn of_twenty_claimers_one_wins(w) {
        let agents: Vec<u64> = (0..20).map(|n| w.chat.add_user(&format!("Agent {n}"), &[w.agent_role])).collect();
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        let (card, thread) = (w.cards().remove(0), w.thread());
        let head = w.head(thread);
        let claims = agents.iter().enumerate().map(|(n, agent)| {
            let (w, card, head) = (&w, &card, &head);
            async move {
                match n % 3 {
                    0 => w.press(*agent, card, "Claim").await,
                    1 => w.press(*agent, head, "Claim").await,
                    _ => w.command(*agent, thread, "claim", json!({})).await,
                }
            }
        });
        let told = futures::future::join_all(claims).await;
        w.assert_quiet().await;
        let winners: Vec<usize> = (0..20).filter(|n| told[*n].contains("is yours")).collect();
        assert_eq!(winners.len(), 1, "{told:#?}");
        let winner = winners[0];
        for (n, told) in told.iter().enumerate().filter(|(n, _)| *n != winner) {
            assert!(told.starts_with(&format!("Agent {winner} took it ")) && told.ends_with(" s ago."), "{n}: {told}");
        }
        assert!(w.discord.interactions().iter().flat_map(|i| &i.answers).all(|answer| answer.ephemeral), "privately");
        assert_eq!(w.fact(&w.cards()[0], "Owner"), Some(format!("<@{}>", agents[winner])));
        let claimed = w.texts(thread).iter().filter(|text| text.contains("took this conversation")).count();
        assert_eq!(claimed, 1);
        assert_gapless(&w).await;
    }
}

on_both! {
    // story: CL-01, CL-04
    async fn claiming_starts_the_window_at_once(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        w.forward(5);
        let told = w.claims(w.ana).await;
        assert_eq!(told, "#1 is yours. The customer is to have an answer within 10 min.", "five were over");
        w.quiet().await;
        let due = w.conversations().await[0].due_at;
        assert!(w.fact(&w.cards()[0], "Answer by").unwrap().contains(&format!("<t:{}:", due.secs())));
        w.forward(3);
        assert!(w.command(w.ben, w.thread(), "claim", json!({})).await.starts_with("Ana took it 3 min"));
        assert!(w.command(w.ana, w.thread(), "claim", json!({})).await.starts_with("It is yours already"));
        let head = w.head(w.thread());
        assert!(head.button("Claim").is_none() && head.button("Release").is_some());
        w.write(w.ana, w.thread(), "Hola Maria");
        w.assert_quiet().await;
        assert_eq!(w.fact(&w.cards()[0], "Answer by"), None, "answered");
    }
}

on_both! {
    // story: CL-01
    async fn an_old_card_still_tells_who_won(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        let stale = w.cards().remove(0);
        w.claims(w.ana).await;
        // The click was made on what Ben's screen still showed.
        let custom = stale.button("Claim").unwrap();
        match w.chat.click(w.ben, stale.channel, stale.id, custom) {
            Ok(click) => {
                let told = w.answer(click).await;
                assert!(told.text().starts_with("Ana took it"));
            }
            Err(_) => assert!(w.command(w.ben, w.support, "claim", json!({ "number": 1 })).await.starts_with("Ana took it")),
        }
        w.assert_quiet().await;
    }
}

/// Epochs without gaps, each begun where the one before ended.
async fn assert_gapless(w: &World) {
    for conversation in w.conversations().await {
        let entries = record::of(&w.app().store, conversation.id).await.unwrap();
        let epochs: Vec<i64> = entries.iter().map(|e| e.epoch).collect();
        assert_eq!(epochs, (1..=conversation.epoch).collect::<Vec<_>>(), "#{}", conversation.id);
        for pair in entries.windows(2) {
            assert_eq!(pair[0].to_agent, pair[1].from_agent);
            assert!(pair[0].at <= pair[1].at);
        }
        let owner = conversation.owner().map_or(0, |id| id.0);
        assert_eq!(entries.last().map_or(0, |e| e.to_agent), owner);
    }
}

on_both! {
    // story: CL-02
    async fn every_change_of_owner_is_on_record(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        let thread = w.thread();
        w.claims(w.ana).await;
        w.seconds(1);
        assert_eq!(w.command(w.ana, thread, "release", json!({ "reason": "waiting for the warehouse" })).await,
            "↩️ Ana gave this conversation back to the queue: waiting for the warehouse");
        w.seconds(1);
        w.command(w.ben, thread, "claim", json!({})).await;
        w.seconds(1);
        w.command(w.lea, thread, "release", json!({})).await;
        w.quiet().await;
        w.press(w.ana, &w.head(thread), "Claim").await;
        w.seconds(1);
        w.quiet().await;
        w.press_card(w.ana, "Close").await;
        w.seconds(1);
        w.quiet().await;
        w.says(maria, "again");
        w.assert_quiet().await;
        assert_gapless(&w).await;
        let id = w.conversations().await[0].id;
        let entries = record::of(&w.app().store, id).await.unwrap();
        let told: Vec<(&str, &str)> = entries.iter().map(|e| (e.how.as_str(), e.note.as_str())).collect();
        assert_eq!(told, [
            ("claimed", ""), ("released", "waiting for the warehouse"), ("claimed", ""), ("released", ""),
            ("claimed", ""), ("closed", ""), ("reopened", ""),
        ]);
        // One owner in each epoch, and who caused it.
        assert_eq!(entries[3].from_agent, entries[2].to_agent);
        assert_ne!(entries[3].by_agent, entries[3].from_agent, "Lea released what was Ben's");
        assert_eq!(entries[6].by_agent, 0, "the customer reopened it");
        let owners: BTreeSet<i64> = entries.iter().map(|e| e.to_agent).filter(|id| *id != 0).collect();
        assert_eq!(owners.len(), 2);
        insta::assert_snapshot!("record", w.transcript());
    }
}

on_both! {
    // story: CL-03
    async fn commands_work_in_the_thread_and_by_number(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        let thread = w.thread();
        assert_eq!(w.command(w.ana, thread, "whois", json!({})).await.split(" The customer").next(), Some("#1 has no owner."));
        assert!(w.command(w.ana, w.support, "claim", json!({})).await.starts_with("Which conversation?"));
        assert!(w.command(w.ana, w.support, "claim", json!({ "number": 7 })).await.starts_with("There is no conversation #7"));
        assert!(w.command(w.ana, w.support, "claim", json!({ "number": 1 })).await.contains("#1 is yours"));
        w.forward(2);
        let whois = w.command(w.ben, w.operator, "whois", json!({ "number": 1 })).await;
        assert!(whois.starts_with("#1 is Ana's, for 2 min") && whois.contains("is to have an answer within"), "{whois}");
        w.command(w.ana, thread, "ack", json!({})).await;
        w.forward(30);
        assert!(w.command(w.ben, thread, "whois", json!({})).await.contains("late"));
        assert!(w.command(w.ana, w.support, "release", json!({ "reason": "1 lunch" })).await.contains("lunch"));
        assert!(w.command(w.ana, thread, "release", json!({})).await.starts_with("Nobody owns it"));
        assert!(w.command(w.ana, thread, "reply", json!({ "text": "hello" })).await.starts_with("Nobody owns it"));
        let help = w.command(w.guest, w.operator, "help", json!({})).await;
        for command in ["/claim", "/release", "/reply", "/note", "/close", "/whois"] {
            assert!(help.contains(command), "{help}");
        }
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
    }
}

/// What happens when somebody of each rank does a thing to a conversation that is Ben's.
async fn does(w: &World, user: u64, act: &str, options: Value) -> String {
    w.command(user, w.thread(), act, options).await
}

on_both! {
    // story: CL-08
    async fn what_each_rank_may_do(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        let thread = w.thread();
        let text = || json!({ "text": "hello" });
        let refused = "Only agents can do that here. Ask somebody who runs this workspace to give you the role Agent.";
        for (act, options) in [("claim", json!({})), ("release", json!({})), ("close", json!({})), ("whois", json!({})),
            ("reply", text()), ("note", text())]
        {
            assert_eq!(does(&w, w.guest, act, options).await, refused, "{act}");
        }
        for (message, label) in [(w.cards().remove(0), "Claim"), (w.head(thread), "Claim"), (w.head(thread), "Close")] {
            assert_eq!(w.press(w.guest, &message, label).await, refused, "{label}");
        }
        assert!(does(&w, w.guest, "help", json!({})).await.contains("/claim"));
        does(&w, w.ben, "claim", json!({})).await;
        w.quiet().await;
        // Ana is an agent, but it is not hers.
        let bens = "Only Ben, who owns it, or a lead can do that.";
        assert_eq!(does(&w, w.ana, "release", json!({})).await, bens);
        assert_eq!(does(&w, w.ana, "close", json!({})).await, bens);
        assert_eq!(does(&w, w.ana, "reply", text()).await, bens);
        assert!(does(&w, w.ana, "claim", json!({})).await.starts_with("Ben took it"));
        assert_eq!(w.press(w.ana, &w.head(thread), "Release").await, bens);
        assert_eq!(w.press_card(w.ana, "Close").await, bens);
        assert!(does(&w, w.ana, "note", text()).await.starts_with("📝"));
        assert!(does(&w, w.ana, "whois", json!({})).await.contains("Ben's"));
        assert_eq!(w.press(w.guest, &w.head(thread), "Release").await, refused);
        w.quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        // A lead may act on what is others'.
        assert!(does(&w, w.lea, "reply", text()).await.starts_with("📨"));
        assert!(does(&w, w.lea, "release", json!({})).await.contains("Lea gave this conversation back"));
        assert!(does(&w, w.ben, "claim", json!({})).await.contains("is yours"));
        w.quiet().await;
        assert!(w.press_card(w.lea, "Close").await.contains("Lea closed"));
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["hello"]);
        assert_gapless(&w).await;
    }
}

// Roles that somebody is given and loses are a Discord server's; on Telegram people are named in the configuration.
on_discord! {
    // story: CL-08
    async fn a_role_counts_from_the_moment_it_is_given_or_taken(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.discord.set_roles(w.ana, &[]);
        assert!(w.command(w.ana, thread, "reply", json!({ "text": "bye" })).await.starts_with("Only agents"));
        w.write(w.ana, thread, "one last word");
        assert!(w.press(w.ana, &w.head(thread), "Release").await.starts_with("Only agents"));
        w.quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        w.discord.set_roles(w.guest, &[w.lead_role]);
        assert!(w.command(w.guest, thread, "release", json!({})).await.contains("gave this conversation back"));
        assert!(w.command(w.guest, thread, "claim", json!({})).await.contains("is yours"));
        w.write(w.guest, thread, "Hello, I am new");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Hello, I am new"]);
    }
}
