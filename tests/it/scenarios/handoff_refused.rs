//! Handoffs that cannot be made are refused with what can be done instead.

use serde_json::json;

use super::teams::MANUAL;
use crate::on_both;
use crate::world::{LEAD, Setting, World, member};

async fn tries(w: &World, user: u64, options: serde_json::Value) -> String {
    let told = w.command(user, w.thread(), "handoff", options).await;
    assert!(w.conversations().await[0].passing.offer.is_none(), "{told}");
    told
}

on_both! {
    // story: HO-01, HO-04
    async fn what_cannot_be_handed_over_is_refused_in_words(w, MANUAL) {
        w.met().await;
        let (_, thread) = w.owned_by_ana("Maria", "Hello").await;
        for name in ["Kim", "Kim"] {
            let kim = w.chat.add_user(name, &[w.agent_role]);
            w.command(kim, w.support, "whois", json!({ "number": 1 })).await;
        }
        let mut told = Vec::new();
        for (to, note) in [
            ("@ben", ""), ("billing", ""), ("@nobody", "please"), ("sales", "please"), ("Kim", "please"), ("@ana", "please"),
            ("support", "please"), ("@12345", "please"), ("Guest", "please"),
        ] {
            let mut options = json!({ "to": to });
            if !note.is_empty() {
                options["note"] = json!(note);
            }
            told.push(format!("/handoff {to} {note}\n    {}", tries(&w, w.ana, options).await));
        }
        for (user, name) in [(w.ben, "Ben"), (w.lea, "Lea")] {
            let options = json!({ "to": "@ana", "note": "please" });
            told.push(format!("{name}: /handoff @ana please\n    {}", tries(&w, user, options).await));
        }
        let elsewhere = w.command(w.ana, w.support, "handoff", json!({ "to": "@ben", "note": "please" })).await;
        told.push(format!("in #support: /handoff @ben please\n    {elsewhere}"));
        let unknown = w.command(w.ana, w.support, "handoff", json!({ "number": 7, "to": "@ben", "note": "please" })).await;
        told.push(format!("in #support: /handoff 7 @ben please\n    {unknown}"));
        w.command(w.ana, thread, "release", json!({})).await;
        told.push(format!("unowned\n    {}", tries(&w, w.ana, json!({ "to": "@ben", "note": "please" })).await));
        w.command(w.ana, thread, "close", json!({})).await;
        told.push(format!("closed\n    {}", tries(&w, w.ana, json!({ "to": "@ben", "note": "please" })).await));
        w.assert_quiet().await;
        insta::assert_snapshot!("refused", told.join("\n"));
    }
}

/// Ben works in the morning and takes one at a time; Ana and Mia always.
const SMALL: Setting = Setting {
    support: "leads = [\"lea\"]",
    discord: "server_members = true",
    agents: &[
        member("ana", "support"),
        member("ben", "support").with("capacity = 1\nhours = \"morning\""),
        member("mia", "support"),
        member("lea", "").with(LEAD),
    ],
    rest: r#"
[calendars.morning]
zone = "UTC"
weekly.mon = [["08:00", "12:00"]]
weekly.tue = [["08:00", "12:00"]]
weekly.wed = [["08:00", "12:00"]]
weekly.thu = [["08:00", "12:00"]]
weekly.fri = [["08:00", "12:00"]]
weekly.sat = [["08:00", "12:00"]]
weekly.sun = [["08:00", "12:00"]]
"#,
    ..Setting::PLAIN
};

on_both! {
    // story: HO-04
    async fn who_cannot_take_it_is_named_with_who_can(w, SMALL) {
        w.at(10, 0);
        w.met().await;
        let (_, thread) = w.owned_by_ana("Maria", "Hello").await;
        let otto = w.customer("Otto");
        w.says(otto, "Hello");
        w.quiet().await;
        let to_ben = || json!({ "to": "@ben", "note": "a brake" });
        let mut told = Vec::new();
        w.command(w.ben, w.support, "away", json!({ "until": "30m", "reason": "lunch" })).await;
        told.push(w.command(w.ana, thread, "handoff", to_ben()).await);
        w.command(w.ben, w.support, "away", json!({})).await;
        told.push(w.command(w.ana, thread, "handoff", to_ben()).await);
        w.command(w.ben, w.support, "back", json!({})).await;
        w.command(w.ben, w.support, "claim", json!({ "number": 2 })).await;
        told.push(w.command(w.ana, thread, "handoff", to_ben()).await);
        w.command(w.ben, w.support, "close", json!({ "number": 2 })).await;
        w.at(12, 0);
        w.quiet().await;
        w.command(w.lea, thread, "assign", json!({ "to": "@ana" })).await;
        told.push(w.command(w.ana, thread, "handoff", to_ben()).await);
        w.command(w.mia, w.support, "away", json!({})).await;
        told.push(w.command(w.ana, thread, "handoff", to_ben()).await);
        let anyway = || json!({ "to": "@ben", "note": "a brake --anyway" });
        told.push(w.command(w.ana, thread, "handoff", anyway()).await);
        told.push(w.command(w.lea, thread, "handoff", to_ben()).await);
        assert!(w.conversations().await[0].passing.offer.is_none());
        told.push(w.command(w.lea, thread, "handoff", anyway()).await);
        w.quiet().await;
        w.press(w.ben, &w.prompt(thread, "Accept"), "Accept").await;
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        let last = w.record(1).await;
        assert!(last.ends_with("Ana → Ben, overridden by Lea: a brake"), "{last}");
        let maria = w.meta.customers()[0].id;
        w.says(maria, "Hello?");
        w.assert_quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"), "it was given to him although he is not working");
        w.assert_loads().await;
        insta::assert_snapshot!("who_can", told.join("\n"));
        insta::assert_snapshot!("anyway", w.transcript());
    }
}
