//! A conversation finds its owner by itself: the rule that matches, the team's order, and everybody can ask why.

use serde_json::json;

use baton::domain::routing::Wait;

use crate::on_both;
use crate::world::team::untimed;
use crate::world::{Db, LEAD, Setting, World, member};

/// Two agents who share a team, and a team beside it.
const TEAM: Setting = Setting {
    support: "strategy = \"least_loaded\"\nleads = [\"lea\"]\nsticky = true",
    agents: &[
        member("ana", "support").with("capacity = 4\nskills = { spanish = 2 }"),
        member("ben", "support").with("capacity = 2"),
        member("lea", "billing").with(LEAD),
    ],
    rest: r#"
[[teams]]
name = "billing"
channel = "{billing}"
leads = ["lea"]
[[rules]]
name = "spanish"
when = { languages = ["es"] }
skills = ["spanish"]
[[rules]]
name = "everything else"
"#,
    ..Setting::PLAIN
};

on_both! {
    // story: RT-02, RT-09, RT-08
    async fn a_card_appears_already_naming_its_owner(w, TEAM) {
        let maria = w.customer("Maria");
        w.says(maria, "Hello, is the blue bike still there?");
        w.quiet().await;
        assert_eq!(w.fact(&w.cards()[0], "Owner"), Some(format!("<@{}>", w.ana)));
        let card = w.chat.messages(w.support).remove(0);
        assert_eq!(card.edited_ms, None, "the card was never seen without its owner");
        let why = w.command(w.ben, w.thread(), "why", json!({})).await;
        insta::assert_snapshot!("why", untimed(&why));
        w.write(w.ana, w.thread(), "Yes, it is!");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Yes, it is!"]);
        insta::assert_snapshot!("routed", w.transcript());
    }
}

/// Support finds its owners, billing is claimed but for refunds; the second number is billing's.
const SHOP: Setting = Setting {
    support: "strategy = \"round_robin\"\nleads = [\"lea\"]",
    second: "billing",
    agents: &[
        member("ana", "support"),
        member("ben", "billing"),
        member("mia", "billing").with("skills = { refunds = 3 }"),
        member("lea", "").with(LEAD),
    ],
    rest: r#"
[[teams]]
name = "billing"
channel = "{billing}"
leads = ["lea"]
[[rules]]
name = "refunds"
when = { words = ["refund", "money back"] }
team = "billing"
priority = "high"
skills = ["refunds"]
strategy = "least_loaded"
tags = ["Refund"]
"#,
    ..Setting::PLAIN
};

on_both! {
    // story: RT-01, RT-09
    async fn a_rule_says_where_it_goes(w, SHOP) {
        let (maria, noor, olek) = (w.customer("Maria"), w.customer("Noor"), w.customer("Olek"));
        w.says(maria, "I want my money back, the brakes squeak!");
        w.quiet().await;
        w.meta.says(noor, &w.second_number, "Do you rent out tandems?");
        w.quiet().await;
        w.says(olek, "Are you open on Sundays?");
        w.quiet().await;
        assert_eq!(w.owners().await, ["mia", "-", "ana"]);
        let refund = w.cards_in(w.billing).remove(0);
        assert_eq!((refund.edited_ms, w.fact(&refund, "Owner")), (None, Some(format!("<@{}>", w.mia))));
        assert_eq!(w.fact(&refund, "Customer").as_deref(), Some("refund"));
        assert_eq!(w.cards_in(w.billing).len(), 2, "the second number is billing's");
        assert_eq!(w.cards().len(), 1);
        let mut whys = String::new();
        for id in 1..=3 {
            whys.push_str(&format!("{}\n\n", w.why(id).await));
        }
        w.write(w.mia, w.thread_of(1), "I am sorry! It is on its way back to you.");
        w.on(w.ben, 2, "claim", json!({})).await;
        w.quiet().await;
        w.write(w.ben, w.thread_of(2), "We do, from tomorrow on.");
        w.assert_quiet().await;
        w.assert_decisions().await;
        insta::assert_snapshot!("why", whys);
        insta::assert_snapshot!("placed", w.day());
    }
}

/// A team of four in which each has as much as the next.
const FOUR: Setting = Setting {
    support: "strategy = \"round_robin\"\nleads = [\"lea\"]",
    agents: &[
        member("ana", "support"),
        member("ben", "support"),
        member("mia", "support"),
        member("lea", "support").with(LEAD),
    ],
    rest: r#"
[routing]
capacity = 2
[[rules]]
name = "everything"
"#,
    ..Setting::PLAIN
};

/// New customers, one after the other.
async fn one_by_one(w: &World, names: &[&str]) {
    for name in names {
        w.says(w.customer(name), "Hello?");
        w.quiet().await;
    }
}

on_both! {
    // story: RT-02, RT-03
    async fn round_robin_goes_round_and_a_restart_changes_nothing(w, FOUR) {
        one_by_one(&w, &["Maria", "Noor", "Olek"]).await;
        assert_eq!(w.owners().await, ["ana", "ben", "mia"]);
        w.restart().await;
        one_by_one(&w, &["Pia", "Quinn", "Rosa"]).await;
        assert_eq!(w.owners().await[3..], ["lea", "ana", "ben"]);
        // Whoever takes one has had their turn.
        w.on(w.mia, 5, "whois", json!({})).await;
        w.on(w.ana, 5, "release", json!({ "reason": "my shift ends" })).await;
        w.quiet().await;
        assert_eq!(w.owners().await[4], "mia", "not Ana, who gave it back");
        one_by_one(&w, &["Sara", "Timo", "Ulf"]).await;
        assert_eq!(w.owners().await[6..], ["lea", "ana", "-"], "everybody has two now");
        w.assert_quiet().await;
        w.assert_capacities().await;
        w.assert_decisions().await;
        insta::assert_snapshot!("full", w.why(9).await);
    }
}

on_both! {
    // story: RT-02, RT-03, RT-09
    async fn a_crowd_at_once_is_shared_out_in_turn(w, FOUR) {
        w.crowd(&["Maria", "Noor", "Olek", "Pia", "Quinn", "Rosa", "Sara", "Timo", "Ulf", "Vera"]).await;
        let owners = w.owners().await;
        assert_eq!(owners, ["ana", "ben", "mia", "lea", "ana", "ben", "mia", "lea", "-", "-"]);
        for (nth, card) in w.cards().iter().enumerate() {
            assert_eq!(card.edited_ms, None, "card {nth}");
        }
        w.assert_quiet().await;
        w.assert_capacities().await;
        w.assert_decisions().await;
    }
}

/// Three whose capacities differ.
const UNEVEN: Setting = Setting {
    support: "strategy = \"least_loaded\"",
    agents: &[
        member("ana", "support").with("capacity = 4"),
        member("ben", "support").with("capacity = 2"),
        member("mia", "support").with("capacity = 1"),
    ],
    ..Setting::PLAIN
};

on_both! {
    // story: RT-02, RT-03
    async fn least_loaded_is_a_share_of_ones_own_capacity(w, UNEVEN) {
        let names = ["Maria", "Noor", "Olek", "Pia", "Quinn", "Rosa", "Sara", "Timo"];
        one_by_one(&w, &names[..3]).await;
        assert_eq!(w.owners().await, ["ana", "ben", "mia"]);
        one_by_one(&w, &names[3..5]).await;
        assert_eq!(w.owners().await[3..], ["ana", "ben"], "a quarter before a half; at half each, who waited longer");
        insta::assert_snapshot!("tie", w.why(5).await);
        one_by_one(&w, &names[5..]).await;
        assert_eq!(w.owners().await[5..], ["ana", "ana", "-"]);
        w.on(w.ben, 2, "close", json!({})).await;
        w.quiet().await;
        assert_eq!(w.owners().await[7], "ben", "whoever has a place again gets what waits");
        w.assert_quiet().await;
        w.assert_capacities().await;
        w.assert_decisions().await;
    }
}

/// Three who have nothing to do in turn.
const IDLE: Setting = Setting {
    support: "strategy = \"longest_idle\"",
    agents: &[member("ana", "support"), member("ben", "support"), member("mia", "support")],
    ..Setting::PLAIN
};

on_both! {
    // story: RT-02
    async fn longest_idle_counts_from_the_end_of_the_last_one(w, IDLE) {
        one_by_one(&w, &["Maria", "Noor", "Olek"]).await;
        assert_eq!(w.owners().await, ["ana", "ben", "mia"]);
        for (user, id) in [(w.ana, 1), (w.ben, 2)] {
            w.write(user, w.thread_of(id), "Hello!");
        }
        w.quiet().await;
        w.forward(1);
        w.on(w.ben, 2, "close", json!({})).await;
        w.forward(2);
        w.on(w.ana, 1, "close", json!({})).await;
        w.forward(1);
        one_by_one(&w, &["Pia"]).await;
        insta::assert_snapshot!("idle", w.why(4).await);
        one_by_one(&w, &["Quinn"]).await;
        // Mia was given hers before both, but she is not idle.
        assert_eq!(w.owners().await[3..], ["ben", "ana"]);
        w.assert_quiet().await;
        w.assert_decisions().await;
    }
}

// story: RT-03, RT-09, RL-07
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_exceed_no_capacity() {
    let Some(mut w) = World::start_with(Db::Postgres, &FOUR).await else { return };
    let beside = w.beside().await;
    let hooks = [w.hook(), format!("http://{}/webhook/whatsapp", beside.address)];
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut posts = tokio::task::JoinSet::new();
    for n in 0..24 {
        let customer = w.customer(&format!("Customer {n}"));
        let signed = w.meta.signed_text(customer, &w.number, "Hello?");
        let request = client.post(&hooks[n % 2]).body(signed.bytes);
        posts.spawn(
            signed.headers.into_iter().fold(request, |request, (name, value)| request.header(name, value)).send(),
        );
    }
    while let Some(answer) = posts.join_next().await {
        assert_eq!(answer.unwrap().unwrap().status().as_u16(), 200);
    }
    w.quiet().await;
    let owned = w.owners().await.into_iter().filter(|owner| owner != "-").count();
    assert_eq!((w.conversations().await.len(), owned), (24, 8));
    w.assert_capacities().await;
    // Places come free at both, and everything is served in the end.
    for round in 0.. {
        assert!(round < 8, "{:?}", w.owners().await);
        let open: Vec<i64> = w.conversations().await.iter().filter(|c| !c.is_closed()).map(|c| c.id.0).collect();
        if open.is_empty() {
            break;
        }
        let owners = w.owners().await;
        for id in open {
            if owners[usize::try_from(id - 1).unwrap()] != "-" {
                w.on(w.lea, id, "close", json!({})).await;
            }
        }
        w.quiet().await;
        w.assert_capacities().await;
    }
    assert_eq!(w.cards().len(), 24);
    w.assert_quiet().await;
    w.assert_decisions().await;
    beside.stop().await;
    w.stop().await;
}

/// Whoever had a customer before gets them again; some customers have somebody of their own.
const KNOWN: Setting = Setting {
    support: "strategy = \"least_loaded\"\nsticky = true",
    conversations: "reopen_days = 1",
    agents: &[
        member("ana", "support").with("capacity = 2"),
        member("ben", "support").with("capacity = 2"),
        member("mia", "billing").with("capacity = 1"),
        member("lea", "").with(LEAD),
    ],
    rest: r#"
[[teams]]
name = "billing"
channel = "{billing}"
[[accounts]]
customer = "+15551230001"
owner = "mia"
[[accounts]]
tag = "wholesale"
owner = "ben"
[[rules]]
name = "dealers"
when = { words = ["dealer"] }
tags = ["Wholesale"]
[[rules]]
name = "everything else"
"#,
    ..Setting::PLAIN
};

on_both! {
    // story: RT-04
    async fn a_customer_who_returns_finds_whoever_they_had(w, KNOWN) {
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        w.on(w.lea, 1, "assign", json!({ "to": "@ben", "note": "knows her bike" })).await;
        w.on(w.ben, 1, "close", json!({ "reason": "sold" })).await;
        w.quiet().await;
        w.says(maria, "One more thing");
        w.quiet().await;
        assert_eq!(w.owners().await, ["ben"], "the thread that is opened again is his");
        w.on(w.ben, 1, "close", json!({})).await;
        w.quiet().await;
        w.forward(60 * 48);
        w.says(maria, "Hello again");
        w.quiet().await;
        assert_eq!(w.owners().await, ["-", "ben"], "and so is a new one");
        insta::assert_snapshot!("why", w.why(2).await);
        // Not while he is away.
        w.on(w.ben, 2, "close", json!({})).await;
        w.command(w.ben, w.support, "away", json!({ "reason": "holidays" })).await;
        w.quiet().await;
        w.says(maria, "And one last thing");
        w.quiet().await;
        assert_eq!(w.owners().await, ["-", "ana"]);
        w.assert_quiet().await;
        assert_eq!(w.way(2).await, ["routed ben", "closed -", "reopened -", "routed ana"]);
        w.assert_decisions().await;
    }
}

on_both! {
    // story: RT-04
    async fn an_account_has_its_owner_while_they_have_room(w, KNOWN) {
        w.customer("Nobody");
        let (noor, olek) = (w.customer("Noor"), w.customer("Olek"));
        w.says(noor, "It is me, Noor");
        w.quiet().await;
        assert_eq!(w.owners().await, ["mia"], "by her phone, although Mia is of another team");
        insta::assert_snapshot!("why", w.why(1).await);
        w.says(olek, "I am a dealer from Gdańsk");
        w.quiet().await;
        assert_eq!(w.owners().await, ["mia", "ben"], "by the tag that the rule has just given");
        // Mia has her one; Ben is not there.
        w.command(w.ben, w.support, "away", json!({})).await;
        w.on(w.mia, 1, "close", json!({})).await;
        w.quiet().await;
        w.says(w.customer("Pia"), "Another dealer here");
        w.quiet().await;
        assert_eq!(w.owners().await[2], "ana");
        w.on(w.lea, 3, "assign", json!({ "to": "@mia" })).await;
        w.quiet().await;
        w.says(noor, "Me again");
        w.quiet().await;
        assert_ne!(w.owners().await[0], "mia", "she is full");
        w.assert_quiet().await;
        w.assert_decisions().await;
    }
}

/// What nobody but a person may give away.
const BY_HAND: Setting = Setting {
    support: "strategy = \"least_loaded\"\nleads = [\"lea\"]",
    agents: &[member("ana", "support").with("capacity = 1"), member("ben", "support"), member("lea", "").with(LEAD)],
    rest: r#"
[[rules]]
name = "accidents"
when = { words = ["accident"] }
priority = "urgent"
[[rules]]
name = "press"
when = { words = ["newspaper"] }
wait_for_person = true
[[rules]]
name = "everything else"
"#,
    ..Setting::PLAIN
};

/// How often Lea was called in a thread.
fn calls(w: &World, id: i64) -> usize {
    w.posts(w.thread_of(id)).iter().filter(|post| post.pings.contains(&w.lea)).count()
}

on_both! {
    // story: RT-05, RT-08
    async fn some_wait_for_a_person(w, BY_HAND) {
        let (maria, noor, olek) = (w.customer("Maria"), w.customer("Noor"), w.customer("Olek"));
        for (customer, text) in [(maria, "I had an accident with your bike"), (noor, "I write for a newspaper"), (olek, "Hello")] {
            w.says(customer, text);
            w.quiet().await;
        }
        let mut whys = String::new();
        for id in 1..=2 {
            whys.push_str(&format!("{}\n\n", w.why(id).await));
        }
        insta::assert_snapshot!("why", whys);
        assert_eq!(w.owners().await, ["-", "-", "ana"]);
        assert_eq!((calls(&w, 1), calls(&w, 2), calls(&w, 3)), (1, 1, 0));
        w.says(maria, "Please answer!");
        w.quiet().await;
        assert_eq!(calls(&w, 1), 1, "once");
        // Ana has as much as she may; a lead decides.
        assert!(w.on(w.ben, 1, "assign", json!({ "to": "@ana" })).await.starts_with("Only a lead"));
        assert_eq!(w.on(w.lea, 1, "assign", json!({ "to": "@ana", "note": "speaks her language" })).await,
            "#1 is Ana's now, although Ana has as many as they may. The record says so.");
        w.on(w.lea, 2, "assign", json!({ "to": "@ben" })).await;
        w.quiet().await;
        assert_eq!(w.way(1).await, ["overridden ana"]);
        assert_eq!(w.way(2).await, ["assigned ben"]);
        // What is given back waits for a person again.
        w.on(w.ben, 2, "release", json!({ "reason": "not me" })).await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ana", "-", "ana"]);
        assert_eq!(calls(&w, 2), 2);
        assert_eq!(w.conversations().await[1].passing.wait, Some(Wait::Rule));
        w.assert_quiet().await;
        w.assert_decisions().await;
        insta::assert_snapshot!("by_hand", w.day());
    }
}

on_both! {
    // story: RT-05
    async fn a_vip_waits_for_a_person_from_then_on(w, BY_HAND) {
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        assert_eq!(w.owners().await, ["ana"]);
        assert_eq!(w.on(w.ana, 1, "vip", json!({})).await, "Maria is a VIP now: their conversations wait for a lead.");
        w.on(w.ana, 1, "close", json!({})).await;
        w.quiet().await;
        w.says(maria, "Hello again");
        w.quiet().await;
        assert_eq!(w.owners().await, ["-"]);
        assert_eq!(calls(&w, 1), 1);
        assert!(w.why(1).await.contains("the customer is a VIP"));
        assert_eq!(w.fact(&w.cards()[0], "Waits for a lead").as_deref(), Some("a VIP"));
        w.on(w.lea, 1, "vip", json!({ "switch": "off" })).await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ben"], "no VIP waits in vain");
        w.assert_quiet().await;
        // One that waits already is taken out of the queue.
        w.command(w.ana, w.support, "away", json!({})).await;
        w.command(w.ben, w.support, "away", json!({})).await;
        w.quiet().await;
        w.says(w.customer("Noor"), "Hello");
        w.quiet().await;
        w.on(w.lea, 2, "vip", json!({ "switch": "on" })).await;
        w.command(w.ana, w.support, "back", json!({})).await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ana", "-"], "Ana gets what waits for anybody, and nobody is picked for Noor");
        w.on(w.ben, 2, "claim", json!({})).await;
        w.assert_quiet().await;
        assert_eq!(w.owners().await, ["ana", "ben"], "whoever claims it may");
        w.assert_decisions().await;
    }
}
