//! A server role says who is in a team: whoever bears it is given conversations, whoever loses it keeps none.

use serde_json::json;

use crate::on_discord;
use crate::world::team::Decided;
use crate::world::{LEAD, Setting, World, member};

/// Everybody with the role Agent is in the team; nobody is named in the configuration but the lead.
const BY_ROLE: Setting = Setting {
    support: "strategy = \"round_robin\"\nrole = \"{agent_role}\"\nleads = [\"lea\"]",
    discord: "server_members = true",
    agents: &[member("lea", "").with(LEAD)],
    rest: r#"
[routing]
capacity = 2
[[rules]]
name = "everything"
"#,
    ..Setting::PLAIN
};

/// Waits until so many sit in the team.
async fn seats(w: &World, n: usize) {
    let begun = std::time::Instant::now();
    loop {
        w.quiet().await;
        let mut tx = w.app().store.begin().await.unwrap();
        let counts = baton::store::seat::counts(&mut tx, "support").await.unwrap();
        tx.undo().await;
        let seated: i64 = counts.iter().map(|(_, n)| n).sum();
        if seated == i64::try_from(n).unwrap() {
            return;
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(15), "{seated} instead of {n} sit in the team");
    }
}

// A seat in a team that comes with a role is a matter of Discord servers.
on_discord! {
    // story: CL-08, RT-03, CL-06
    async fn a_role_is_a_seat(w, BY_ROLE) {
        seats(&w, 2).await;
        for name in ["Maria", "Noor"] {
            w.says(w.customer(name), "Hello");
            w.quiet().await;
        }
        assert_eq!(w.owners().await, ["ana", "ben"], "though neither has done anything yet");
        // Cleo comes to the team.
        let cleo = w.chat.add_user("Cleo", &[w.agent_role]);
        seats(&w, 3).await;
        w.says(w.customer("Olek"), "Hello");
        w.quiet().await;
        assert_eq!(w.owners().await[2], "cleo");
        // Ben is no agent any more: what was his goes to others.
        w.discord.set_roles(w.ben, &[]);
        seats(&w, 2).await;
        assert_eq!(w.owners().await, ["ana", "ana", "cleo"]);
        assert_eq!(w.way(2).await, ["routed ben", "left -", "routed ana"]);
        assert!(w.on(w.ben, 2, "claim", json!({})).await.starts_with("Only agents"));
        // Cleo leaves the server.
        w.chat.remove_user(cleo);
        seats(&w, 1).await;
        assert_eq!(w.owners().await, ["ana", "ana", "-"], "Ana has two, which is what she may have");
        w.discord.set_roles(w.ben, &[w.agent_role]);
        seats(&w, 2).await;
        assert_eq!(w.owners().await, ["ana", "ana", "ben"]);
        w.assert_quiet().await;
        w.assert_capacities().await;
        w.assert_decisions().await;
        insta::assert_snapshot!("role", w.day());
    }
}

// A seat in a team that comes with a role is a matter of Discord servers.
on_discord! {
    // story: CL-08, RL-03
    async fn what_changes_while_nobody_looks_is_caught_up_with(w, BY_ROLE) {
        seats(&w, 2).await;
        w.says(w.customer("Maria"), "Hello");
        w.quiet().await;
        assert_eq!(w.owners().await, ["ana"]);
        w.stop().await;
        w.chat.remove_user(w.ana);
        w.discord.set_roles(w.guest, &[w.agent_role]);
        w.run().await;
        w.until("the people are looked through", |w| w.has_post(w.thread(), "is no longer here")).await;
        seats(&w, 2).await;
        assert_eq!(w.owners().await, ["ben"], "Ana left, and Ben came before the guest");
        // The role is no seat any more.
        w.stop().await;
        w.config.teams[0].role.clear();
        w.run().await;
        seats(&w, 0).await;
        w.says(w.customer("Noor"), "Hello");
        w.assert_quiet().await;
        assert_eq!(w.owners().await[1], "-");
        assert!(w.why(2).await.contains("nobody is in the team"), "{}", w.why(2).await);
        w.assert_decisions().await;
    }
}

/// A night team by role, whose hours count for whoever comes into it.
const HOURS: Setting = Setting {
    support: "strategy = \"round_robin\"\nrole = \"{agent_role}\"\nhours = \"office\"",
    discord: "server_members = true",
    agents: &[],
    rest: r#"
[calendars.office]
zone = "UTC"
weekly.mon = [["09:00", "17:00"]]
[[rules]]
name = "everything"
"#,
    ..Setting::PLAIN
};

// A seat in a team that comes with a role is a matter of Discord servers.
on_discord! {
    // story: RT-03, RT-07
    async fn the_hours_of_the_team_count_from_the_first_moment(w, HOURS) {
        seats(&w, 2).await;
        w.on_day(chrono::Weekday::Mon, "07:00");
        w.quiet().await;
        w.chat.add_user("Cleo", &[w.agent_role]);
        seats(&w, 3).await;
        w.says(w.customer("Maria"), "Hello");
        w.quiet().await;
        assert_eq!(w.owners().await, ["-"], "nobody works yet");
        w.on_day(chrono::Weekday::Mon, "09:00");
        w.until("the day begins", |w| w.has_post(w.thread(), "This is yours now")).await;
        w.assert_quiet().await;
        assert_ne!(w.owners().await, ["-"]);
        w.assert_decisions().await;
    }
}

// A seat in a team that comes with a role is a matter of Discord servers.
on_discord! {
    // story: RT-10, RT-08
    async fn a_decision_among_many_is_small(w, BY_ROLE) {
        for n in 0..30 {
            w.chat.add_user(&format!("Agent {n}"), &[w.agent_role]);
        }
        seats(&w, 32).await;
        w.command(w.ana, w.support, "away", json!({ "reason": "ill" })).await;
        w.quiet().await;
        w.says(w.customer("Maria"), "Hello");
        w.quiet().await;
        let Decided { stored, inputs, .. } = w.decisions().await.remove(0);
        assert_eq!(inputs.slate.candidates.len(), 20);
        let rest: i64 = inputs.slate.beyond.iter().map(|(_, n)| n).sum();
        assert_eq!(rest, 12, "{:?}", inputs.slate.beyond);
        assert!(stored.inputs.len() < 4_000, "{}", stored.inputs.len());
        insta::assert_snapshot!("why", w.why(1).await);
        w.assert_quiet().await;
        w.assert_decisions().await;
    }
}
