//! Who carries what, and what nobody does: asked in chat.

use baton::domain::chart::{Bars, Chart, Figure};
use baton::domain::effect::Effect;
use baton::domain::ids::OutboxId;
use baton::domain::reply::Enclosed;
use baton::store::outbox;
use serde_json::json;

use super::teams::{MANUAL, ROUTED};
use crate::on_both;
use crate::world::World;
use crate::world::team::untimed;

/// What was said, whatever the threads' ids and the pace of the machine.
fn said(text: &str) -> String {
    untimed(&regex::Regex::new("<#[0-9]+>").unwrap().replace_all(text, "‹thread›"))
}

/// The picture of the newest answer, as it was decided.
async fn drawn(w: &World) -> (Chart, String) {
    let mut tx = w.app().store.begin().await.unwrap();
    let ids: Vec<OutboxId> = (1..2_000).map(OutboxId).collect();
    let mut kept = outbox::kept(&mut tx, &ids).await.unwrap();
    tx.undo().await;
    kept.sort_by_key(|row| row.id);
    let pictures = kept.iter().rev().filter_map(|row| match serde_json::from_str(&row.effect).unwrap() {
        Effect::Answer { reply, .. } => reply.files.into_iter().next(),
        _ => None,
    });
    match pictures.into_iter().next() {
        Some(Enclosed::Picture { chart, alt, .. }) => (chart, alt),
        other => panic!("no picture: {other:?}"),
    }
}

fn bars(chart: &Chart) -> &Bars {
    let Figure::Bars(bars) = &chart.figure else { panic!("no bars: {chart:?}") };
    bars
}

on_both! {
    // story: VI-01
    async fn the_load_of_a_team_is_drawn(w, ROUTED) {
        w.met().await;
        for name in ["Maria", "Noor", "Olek"] {
            let customer = w.customer(name);
            w.says(customer, "Hello");
            w.quiet().await;
        }
        w.write(w.ana, w.thread_of(1), "Hello Maria!");
        w.command(w.ben, w.support, "away", json!({ "reason": "lunch" })).await;
        w.quiet().await;
        w.forward(2);
        w.quiet().await;
        let text = w.command(w.lea, w.support, "load", json!({ "of": "support" })).await;
        assert!(text.starts_with("**support**: 3 of 6 places taken"), "{text}");
        let answer = w.chat.told_last(w.lea).answers.pop().unwrap();
        let [file] = answer.attachments.as_slice() else { panic!("{answer:#?}") };
        assert_eq!((file.filename.as_str(), file.content_type.as_str()), ("load.png", "image/png"));
        let info = png::Decoder::new(std::io::Cursor::new(&file.bytes)).read_info().unwrap().info().clone();
        assert!(info.width == 1280 && (300..500).contains(&info.height), "{} x {}", info.width, info.height);

        let (chart, alt) = drawn(&w).await;
        // Telegram knows no description of a picture.
        assert!(w.chat.is_telegram() || file.description.as_deref() == Some(alt.as_str()));
        assert!(alt.starts_with("Load of support. Ana ") && alt.contains("; Ben "), "{alt}");
        assert_eq!(chart.title, "Load of support");
        assert_eq!(chart.subtitle, "3 of 6 places taken, 2 customers waiting");
        let team = &bars(&chart).groups[0];
        let shown: Vec<_> = team.bars.iter().map(|bar| (bar.name.as_str(), bar.parts.clone(), bar.limit)).collect();
        assert_eq!(shown, [("Ana", vec![1, 2, 0], Some(3)), ("Ben", vec![0, 0, 0], Some(3))]);
        assert!(team.bars[0].remark.starts_with("due in "), "{team:?}");
        assert_eq!(team.bars[1].remark, "away");

        // She is on it, and three hours later both are late.
        for n in [2, 3] {
            w.command(w.ana, w.thread_of(n), "ack", json!({})).await;
        }
        w.forward(180);
        w.quiet().await;
        w.command(w.lea, w.support, "load", json!({})).await;
        let (chart, _) = drawn(&w).await;
        assert_eq!(chart.title, "Load of 2 teams");
        let names: Vec<&str> = bars(&chart).groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["billing", "support"]);
        assert_eq!(bars(&chart).groups[0].remark, "0 of 10 places taken, nobody waiting for them");
        assert_eq!(bars(&chart).groups[1].remark, "3 of 6 places taken, 2 customers waiting, 2 of them late");
        assert_eq!(bars(&chart).groups[1].bars[0].parts, [1, 0, 2]);
        assert!(bars(&chart).groups[1].bars[0].remark.ends_with(" late"), "{chart:?}");
        w.assert_quiet().await;
    }
}

on_both! {
    // story: VI-01
    async fn the_load_of_one_person_is_told(w, ROUTED) {
        w.met().await;
        let nothing = w.command(w.lea, w.support, "load", json!({ "of": "@ben" })).await;
        assert_eq!(nothing, "**Ben** (support): 0 of 3 places taken, nobody is waiting for them. Ben can take more.");
        for name in ["Maria", "Noor", "Olek"] {
            let customer = w.customer(name);
            w.says(customer, "Hello");
            w.quiet().await;
            if name == "Maria" {
                w.write(w.ana, w.thread_of(1), "Hello Maria!");
                w.quiet().await;
            }
        }
        w.command(w.ben, w.support, "away", json!({ "reason": "lunch" })).await;
        w.quiet().await;
        w.forward(2);
        w.quiet().await;
        let ana = w.command(w.ben, w.support, "load", json!({ "of": "@ana" })).await;
        insta::assert_snapshot!("load_of_one", said(&ana));
        assert_eq!(w.command(w.lea, w.support, "load", json!({ "of": "Ana" })).await, ana, "without the sign as well");
        let ben = w.command(w.lea, w.support, "load", json!({ "of": format!("<@{}>", w.ben) })).await;
        assert!(ben.ends_with("Ben is away."), "{ben}");
        let nobody = w.command(w.lea, w.support, "load", json!({ "of": "zoe" })).await;
        insta::assert_snapshot!("load_of_nobody", nobody);
        assert_eq!(w.command(w.lea, w.support, "load", json!({ "of": "@support" })).await.lines().count(), 5, "a team");
        w.assert_quiet().await;
    }
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
        let list = w.chat.told_last(w.ben).answers.pop().unwrap();
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
