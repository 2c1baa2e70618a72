//! A manager passes on everything somebody owns.

use std::time::Duration;

use baton::store::queue;
use serde_json::json;

use super::teams::{MANUAL, ROUTED};
use crate::on_both;
use crate::world::{Setting, World, member};

/// Ana owns as many conversations, each of a customer who waits.
async fn owned_by_ana(w: &World, n: usize) {
    w.met().await;
    w.at(10, 0);
    for nth in 0..n {
        let customer = w.customer(&format!("Customer {nth}"));
        w.says(customer, "Hello");
        w.quiet().await;
    }
    for id in 1..=n {
        w.command(w.ana, w.support, "claim", json!({ "number": id })).await;
    }
    w.quiet().await;
}

on_both! {
    // story: CL-07, CL-08
    async fn everything_somebody_owns_goes_to_another(w, MANUAL) {
        owned_by_ana(&w, 3).await;
        w.command(w.ana, w.support, "close", json!({ "number": 2 })).await;
        let to_ben = || json!({ "from": "@ana", "to": "@ben", "note": "Ana is ill" });
        for user in [w.ana, w.lea] {
            assert_eq!(w.command(user, w.support, "reassign", to_ben()).await, "Only a manager can do that. Ask one of them.");
        }
        let told = w.command(w.mia, w.support, "reassign", to_ben()).await;
        assert_eq!(told, "Passing on what Ana owns …");
        w.quiet().await;
        let reassign = w.chat.told_last(w.mia);
        assert_eq!(reassign.text(), "Done: the 2 conversations that were Ana's went to Ben.");
        assert_eq!((w.owner(1).await.as_deref(), w.owner(3).await.as_deref()), (Some("Ben"), Some("Ben")));
        assert_eq!(w.owner(2).await, None, "what is closed stays closed");
        assert_eq!(w.calls(w.ben).len(), 2, "once for each");
        for (from, to, answer) in [
            ("@ana", "@ben", "Ana owns nothing that could be passed on."),
            ("@ben", "@ben", "Those are the same person, so there is nothing to pass on."),
        ] {
            w.command(w.mia, w.support, "reassign", json!({ "from": from, "to": to })).await;
            w.quiet().await;
            assert_eq!(w.chat.told_last(w.mia).text(), answer);
        }
        let unknown = w.command(w.mia, w.support, "reassign", json!({ "from": "@kim", "to": "@ben" })).await;
        assert!(unknown.starts_with("There is no agent or team called “@kim”"), "{unknown}");
        w.assert_quiet().await;
        w.assert_loads().await;
        let thread = w.threads().into_iter().find(|t| t.name.starts_with("#3")).unwrap();
        insta::assert_snapshot!("to_a_person", format!("{}\n--\n{}", w.record(3).await, w.said_in(thread.id)));
    }
}

on_both! {
    // story: CL-07
    async fn everything_goes_to_another_team(w, MANUAL) {
        owned_by_ana(&w, 2).await;
        let old: Vec<u64> = w.threads().iter().map(|t| t.id).collect();
        w.write(w.ana, old[0], "// promise: call back");
        w.quiet().await;
        w.command(w.mia, w.support, "reassign", json!({ "from": "@ana", "to": "billing", "note": "all of these are invoices" })).await;
        w.quiet().await;
        assert_eq!(w.cards().len(), 0, "no card stays where nothing is any more");
        assert_eq!(w.cards_in(w.billing).len(), 2);
        assert!(old.iter().all(|id| w.chat.thread(*id).unwrap().locked));
        w.command(w.lea, w.billing, "claim", json!({ "number": 1 })).await;
        w.assert_quiet().await;
        w.assert_loads().await;
        let mut of_first = w.threads();
        of_first.retain(|t| t.name.starts_with("#1"));
        of_first.sort_by_key(|t| t.id);
        let said: Vec<String> = of_first.into_iter().map(|t| w.said_in(t.id)).collect();
        insta::assert_snapshot!("to_a_team", format!("{}\n--\n{}", w.record(1).await, said.join("--\n")));
    }
}

on_both! {
    // story: CL-07, CL-02
    async fn to_somebody_who_is_away_it_is_flagged(w, MANUAL) {
        owned_by_ana(&w, 1).await;
        w.command(w.ben, w.support, "away", json!({})).await;
        w.command(w.mia, w.support, "reassign", json!({ "from": "@ana", "to": "@ben", "note": "he is on the train" })).await;
        w.assert_quiet().await;
        assert_eq!(w.record(1).await.lines().last(), Some("2 Ana → Ben, overridden by Mia: he is on the train"));
        w.assert_loads().await;
    }
}

on_both! {
    // story: CL-07
    async fn her_own_team_does_not_give_it_back_to_her(w, ROUTED) {
        w.met().await;
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ana"));
        w.command(w.mia, w.support, "reassign", json!({ "from": "@ana", "to": "support" })).await;
        w.quiet().await;
        assert_eq!(w.owner(1).await.as_deref(), Some("Ben"));
        assert_eq!(w.threads().len(), 1);
        w.assert_quiet().await;
        insta::assert_snapshot!("own_team", w.record(1).await);
    }
}

/// Ana alone takes whatever comes.
const CROWD: Setting = Setting {
    support: "strategy = \"least_loaded\"",
    agents: &[member("ana", "support").with("capacity = 500"), member("ben", "").with("capacity = 500")],
    rest: "
[routing]
max_burst = 0
",
    ..Setting::PLAIN
};

on_both! {
    // story: CL-07
    async fn an_interruption_leaves_nothing_behind(w, CROWD) {
        // Three rounds of 64 at most.
        let n = 135;
        for nth in 0..n {
            let customer = w.customer(&format!("Customer {nth}"));
            w.says(customer, "Hello");
        }
        w.quiet().await;
        assert_eq!(owned(&w, "ana").await, n);
        let _ = w.chat.command(w.mia, w.support, "reassign", &json!({ "from": "@ana", "to": "@ben", "note": "ill" })).unwrap();
        for _ in 0..5_000 {
            if owned(&w, "ben").await > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        w.stop().await;
        w.run().await;
        w.assert_quiet().await;
        assert_eq!((owned(&w, "ana").await, owned(&w, "ben").await), (0, n));
        w.assert_loads().await;
        let told = w.chat.told_last(w.mia);
        assert_eq!(told.text(), "Done: the 135 conversations that were Ana's went to Ben.");
        let said: Vec<&str> = told.answers.iter().map(|a| a.content.as_str()).collect();
        // On Telegram a post that is gone from the screen by then is no place to go on in.
        assert!(said.len() == 1 || w.chat.is_telegram(), "one line that goes on: {said:?}");
        for id in [1, 64, 65, 128, 129, 135] {
            let record = w.record(id).await;
            assert_eq!(record.lines().last(), Some("2 Ana → Ben, assigned by Mia: ill"));
        }
    }
}

/// How many conversations somebody owns.
async fn owned(w: &World, key: &str) -> usize {
    let Some(agent) = w.agents().await.into_iter().find(|a| a.key == key) else { return 0 };
    let mut tx = w.app().store.begin().await.unwrap();
    queue::owned(&mut tx, agent.id, false, baton::domain::ids::ConversationId(0), 1000).await.unwrap().len()
}
