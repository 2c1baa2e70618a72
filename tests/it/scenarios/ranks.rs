//! Who may do what: every command and every button is checked, and refused in words that say who may.

use baton::domain::command::{COMMANDS, Kind};
use serde_json::{Value, json};

use super::teams::MANUAL;
use crate::on_both;
use crate::world::{Setting, World, member};

/// Options that fit a command, for conversation #1.
fn options(name: &str) -> Value {
    let spec = COMMANDS.iter().find(|spec| spec.name == name).unwrap();
    let mut given = serde_json::Map::new();
    for arg in spec.args.iter().filter(|arg| arg.required || arg.kind == Kind::Conversation) {
        let value = match arg.kind {
            Kind::Conversation => json!(1),
            Kind::Person => json!("@ben"),
            Kind::PersonOrTeam => json!("billing"),
            Kind::Priority => json!("low"),
            _ if arg.name == "phone" => json!("+4915112345678"),
            _ if arg.name == "until" => json!("2h"),
            _ => json!("word"),
        };
        given.insert(arg.name.to_owned(), value);
    }
    given.into()
}

async fn types(w: &World, user: u64, name: &str) -> String {
    w.command(user, w.support, name, options(name)).await
}

/// Ben alone is in the configuration.
const FEW: Setting = Setting {
    discord: "server_members = true",
    agents: &[member("ben", "support")],
    rest: r#"
[[teams]]
name = "billing"
channel = "{billing}"
[canned]
word = "A prepared text"
"#,
    ..Setting::PLAIN
};

on_both! {
    // story: CL-08
    async fn a_guest_can_do_nothing_and_is_told_whom_to_ask(w, FEW) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        w.claims(w.ben).await;
        w.quiet().await;
        let before = (w.record(1).await, w.transcript());
        let refused = "Only agents can do that here. Ask somebody who runs this workspace to give you the role Agent.";
        for spec in COMMANDS {
            let told = types(&w, w.guest, spec.name).await;
            match spec.name {
                "help" => assert!(told.contains("/help"), "{told}"),
                name => assert_eq!(told, refused, "/{name}"),
            }
        }
        let card = w.cards().remove(0);
        for label in ["On it", "Release", "Close"] {
            assert_eq!(w.press(w.guest, &card, label).await, refused, "{label}");
        }
        w.quiet().await;
        assert_eq!((w.record(1).await, w.transcript()), before, "nothing was changed");
        w.command(w.ben, w.thread(), "handoff", json!({ "to": "billing", "note": "please" })).await;
        w.quiet().await;
        let offer = w.prompt(w.thread(), "Accept");
        for label in ["Accept", "Decline"] {
            assert_eq!(w.press(w.guest, &offer, label).await, refused, "{label}");
        }
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
    }
}

on_both! {
    // story: CL-08
    async fn what_is_anothers_is_refused_with_who_may(w, MANUAL) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        w.claims(w.ben).await;
        w.quiet().await;
        let mut told = Vec::new();
        let ends = ["close", "block", "away", "reassign"];
        for (rank, user) in [("agent", w.ana), ("lead", w.lea), ("manager", w.mia)] {
            for spec in COMMANDS.iter().filter(|spec| !ends.contains(&spec.name) && spec.name != "help") {
                let answer = types(&w, user, spec.name).await;
                told.push(format!("{rank:8} /{:10} {}", spec.name, answer.lines().next().unwrap_or_default()));
                // It is Ben's again, and nothing is offered.
                if w.owner(1).await.as_deref() != Some("Ben") {
                    w.command(w.lea, w.support, "assign", json!({ "number": 1, "to": "@ben" })).await;
                }
            }
            w.quiet().await;
        }
        for (rank, user) in [("agent", w.ana), ("lead", w.lea), ("manager", w.mia)] {
            for name in ["block", "reassign", "close"] {
                let answer = types(&w, user, name).await;
                told.push(format!("{rank:8} /{name:10} {}", answer.lines().next().unwrap_or_default()));
            }
        }
        w.assert_quiet().await;
        let seconds = regex::Regex::new(r"\b\d+ s\b").unwrap();
        let days = regex::Regex::new(r"\*\*, [^,]+, days of").unwrap();
        let told = told.join("\n");
        insta::assert_snapshot!("ranks", days.replace_all(&seconds.replace_all(&told, "‹n› s"), "**, ‹days›, days of"));
    }
}
