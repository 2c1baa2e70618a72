//! Who carries what, and what nobody does: asked in chat.

use serde_json::json;

use super::teams::{MANUAL, ROUTED};
use crate::on_both;
use crate::world::team::untimed;

/// What was said, whatever the threads' ids and the pace of the machine.
fn said(text: &str) -> String {
    untimed(&regex::Regex::new("<#[0-9]+>").unwrap().replace_all(text, "‹thread›"))
}

on_both! {
    // story: VI-02, VI-07
    async fn what_nobody_owns_is_listed_and_can_be_claimed(w, MANUAL) {
        w.met().await;
        let empty = w.command(w.lea, w.support, "unassigned", json!({})).await;
        assert_eq!(empty, "**billing**: nobody is waiting for an owner.\n**support**: nobody is waiting for an owner.");
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        w.forward(3);
        w.says(maria, "Hola?");
        let (noor, olek) = (w.customer("Noor"), w.customer("Olek"));
        w.says(noor, "Hello");
        w.says(olek, "Hi");
        w.quiet().await;
        w.command(w.lea, w.support, "priority", json!({ "number": 3, "priority": "urgent" })).await;
        w.forward(1);
        let told = w.command(w.lea, w.support, "unassigned", json!({ "team": "Support" })).await;
        insta::assert_snapshot!("unassigned", said(&told));
        w.command(w.ben, w.support, "unassigned", json!({ "team": "support" })).await;
        let list = w.discord.ephemeral_messages(w.ben, w.support).pop().unwrap();
        assert!(w.press(w.ben, &list, "Claim #1").await.contains("#1 is yours"));
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        let rest = w.command(w.lea, w.support, "unassigned", json!({ "team": "support" })).await;
        assert!(rest.starts_with("**support**: 2 without an owner."), "{rest}");
        assert_eq!(
            w.command(w.lea, w.support, "unassigned", json!({ "team": "sales" })).await,
            "There is no team sales. There is billing, support."
        );
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-02
    async fn a_long_list_has_pages(w, MANUAL) {
        w.met().await;
        for n in 1..=12 {
            let customer = w.customer(&format!("Customer {n}"));
            w.says(customer, "Hello");
            w.quiet().await;
        }
        let first = w.command(w.lea, w.support, "unassigned", json!({ "team": "support" })).await;
        assert!(first.starts_with("**support**: 12 without an owner, 1 to 10 of them here."), "{first}");
        assert!(first.ends_with("More: /unassigned support 2"), "{first}");
        let second = w.command(w.lea, w.support, "unassigned", json!({ "team": "support", "page": "2" })).await;
        assert!(second.starts_with("**support**: 12 without an owner, 11 to 12 of them here."), "{second}");
        assert!(!second.contains("More"), "{second}");
        let wrong = w.command(w.lea, w.support, "unassigned", json!({ "team": "support", "page": "two" })).await;
        assert!(wrong.contains("/unassigned support"), "{wrong}");
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-07
    async fn everybody_sees_who_carries_what(w, ROUTED) {
        w.met().await;
        let nothing = w.command(w.ana, w.support, "mine", json!({})).await;
        assert_eq!(nothing, "You own nothing, and nobody waits for you.");
        for (nth, name) in ["Maria", "Noor", "Olek"].into_iter().enumerate() {
            let customer = w.customer(name);
            w.says(customer, "Hello");
            w.quiet().await;
            if nth == 0 {
                w.write(w.ana, w.thread_of(1), "Hello Maria!");
                w.quiet().await;
            }
        }
        w.command(w.ben, w.support, "away", json!({ "reason": "lunch" })).await;
        w.quiet().await;
        w.forward(2);
        w.quiet().await;
        let load = w.command(w.lea, w.support, "load", json!({})).await;
        insta::assert_snapshot!("load", said(&load));
        let mine = w.command(w.ana, w.support, "mine", json!({})).await;
        insta::assert_snapshot!("mine", said(&mine));
        assert!(w.command(w.guest, w.support, "load", json!({})).await.contains("role"), "not for everybody");
        w.assert_quiet().await;
    }
}
