//! `baton doctor` finds what cannot be, each rule by itself.

use serde_json::json;

use super::teams::ROUTED;
use crate::on_both;

/// What must hold, how it is broken, and how that is undone.
const BROKEN: [(&str, &str, &str); 9] = [
    (
        "every epoch of a conversation has exactly one record",
        "update conversation set epoch = epoch + 1 where id = 1",
        "update conversation set epoch = epoch - 1 where id = 1",
    ),
    (
        "every change of owner begins where the one before ended",
        "update assignment set from_agent = from_agent + 1 where conversation = 1 and epoch = 2",
        "update assignment set from_agent = from_agent - 1 where conversation = 1 and epoch = 2",
    ),
    (
        "the owner is the one the record names last",
        "update assignment set to_agent = to_agent + 1 where conversation = 1 and epoch = 2",
        "update assignment set to_agent = to_agent - 1 where conversation = 1 and epoch = 2",
    ),
    (
        "a customer has one open conversation with a number",
        "update conversation set contact = (select contact from conversation where id = 1), number = 'x' where id = 2;
         update conversation set number = 'x' where id = 1",
        "",
    ),
    (
        "everybody's load is what they own",
        "update agent set load = load + 1 where key = 'ana'",
        "update agent set load = load - 1 where key = 'ana'",
    ),
    (
        "every seat knows the load of its agent",
        "update seat set share = share + 1 where team = 'support'",
        "update seat set share = share - 1 where team = 'support'",
    ),
    (
        "a customer who waits has one clock, and nobody else has",
        "update clock set came = 'met' where conversation = 1 and kind = 'first'",
        "update clock set came = 'open' where conversation = 1 and kind = 'first'",
    ),
    (
        "every deadline is that of its clock",
        "update clock set due_at = due_at + 1 where conversation = 1 and kind = 'first'",
        "update clock set due_at = due_at - 1 where conversation = 1 and kind = 'first'",
    ),
    (
        "every team knows how many of it stand how",
        "update seat_count set n = n + 1 where team = 'support'",
        "update seat_count set n = n - 1 where team = 'support'",
    ),
];

on_both! {
    // story: CL-02
    async fn each_rule_finds_what_breaks_it(w, ROUTED) {
        w.met().await;
        for name in ["Maria", "Noor"] {
            let customer = w.customer(name);
            w.says(customer, "Hello");
            w.quiet().await;
        }
        w.command(w.lea, w.support, "assign", json!({ "number": 1, "to": "@ben" })).await;
        w.assert_quiet().await;
        let holds = |rule: &&str| BROKEN.iter().any(|(holds, ..)| holds == rule);
        let rules: Vec<&str> = baton::store::doctor::RULES.iter().map(|rule| rule.holds).collect();
        assert_eq!(rules.iter().filter(|rule| !holds(rule)).collect::<Vec<_>>(), Vec::<&&str>::new(), "each is broken here");
        // What cannot be undone comes last.
        for (holds, breaks, mends) in BROKEN.iter().filter(|(.., mends)| !mends.is_empty()) {
            w.sql(breaks).await;
            assert!(w.odd().await.contains(holds), "{holds}: {:?}", w.odd().await);
            w.sql(mends).await;
            assert_eq!(w.odd().await, Vec::<&str>::new(), "{holds}");
        }
        let (holds, breaks, _) = BROKEN[3];
        w.stop().await;
        w.sql("drop index if exists conversation_open").await;
        w.sql(breaks).await;
        w.run().await;
        assert!(w.odd().await.contains(&holds), "{:?}", w.odd().await);
    }
}
