//! What managers see without asking: a board that is kept up to date, and summaries that come by themselves.

use chrono::Weekday;
use serde_json::json;

use super::teams::MANUAL;
use crate::world::{Db, Setting, World, member};
use crate::{on_both, on_discord};

/// Support has a board in the room of billing, whose team has none.
const BOARD: Setting = Setting {
    support: "board = \"{billing}\"",
    agents: &[member("ana", "support").with("capacity = 3"), member("ben", "support").with("capacity = 3")],
    rest: "
[ownership]
pass_on = false
",
    ..MANUAL
};

/// Two summaries a day, one of each team.
const DAILY: Setting = Setting {
    support: "",
    agents: &[member("ana", "support")],
    rest: r#"
[[summaries]]
name = "morning"
cron = "0 0 9 * * *"
zone = "UTC"
teams = ["support"]
channel = "{billing}"
catch_up = "1h"
[[summaries]]
name = "noon"
cron = "30 0 12 * * *"
zone = "UTC"
teams = ["support"]
"#,
    ..MANUAL
};

fn boards(w: &World) -> Vec<String> {
    w.texts(w.billing).into_iter().filter(|text| text.contains("places taken")).collect()
}

async fn shows(w: &World, part: &str) {
    w.until(part, |w| boards(w).iter().any(|board| board.contains(part))).await;
}

on_both! {
    // story: VI-04, VI-07
    async fn a_board_goes_on_with_what_happens(w, BOARD) {
        w.met().await;
        shows(&w, "Nobody is waiting for an owner.").await;
        let board = w.posts(w.billing).remove(0).id;
        let maria = w.customer("Maria");
        let begun = std::time::Instant::now();
        w.says(maria, "Is the blue bike still there?");
        shows(&w, "1 without an owner").await;
        assert!(begun.elapsed().as_secs() < 5, "a moment later: {:?}", begun.elapsed());
        w.quiet().await;
        insta::assert_snapshot!("waiting", w.day());
        w.claims(w.ana).await;
        shows(&w, "1/3").await;
        w.forward(16);
        shows(&w, "1 late").await;
        w.quiet().await;
        insta::assert_snapshot!("late", boards(&w)[0].lines().filter(|line| !line.contains("<t:")).collect::<Vec<_>>().join("\n"));
        w.command(w.ana, w.support, "away", json!({})).await;
        shows(&w, "away").await;
        assert_eq!(w.posts(w.billing).iter().map(|post| post.id).collect::<Vec<_>>(), [board], "in its place");
        w.restart().await;
        w.quiet().await;
        assert_eq!(w.posts(w.billing).iter().map(|post| post.id).collect::<Vec<_>>(), [board], "after a restart too");
        // Somebody deletes it.
        w.chat.delete(w.billing, board).unwrap();
        w.command(w.ana, w.support, "back", json!({})).await;
        w.until("another", |w| boards(w).len() == 1).await;
        w.assert_quiet().await;
        assert_eq!(boards(&w).len(), 1);
    }
}

fn summaries(w: &World, channel: u64, name: &str) -> usize {
    w.texts(channel).iter().filter(|text| text.contains(name)).count()
}

on_both! {
    // story: VI-05
    async fn each_summary_comes_once(w, DAILY) {
        w.met().await;
        w.says(w.customer("Maria"), "Hello");
        w.on_day(Weekday::Mon, "08:59:58");
        w.until("the morning", |w| summaries(w, w.billing, "morning") == 1).await;
        assert_eq!(summaries(&w, w.support, "noon"), 0);
        w.forward(1);
        w.quiet().await;
        w.restart().await;
        w.quiet().await;
        // A clock that jumps back tells nothing twice.
        w.forward(-5);
        w.quiet().await;
        w.forward(5);
        w.quiet().await;
        assert_eq!(summaries(&w, w.billing, "morning"), 1);
        w.on_day(Weekday::Mon, "12:01:00");
        w.until("noon", |w| summaries(w, w.support, "noon") == 1).await;
        // What is missed is caught up with once, while it is young enough.
        w.stop().await;
        w.on_day(Weekday::Wed, "09:59:00");
        w.run().await;
        w.until("caught up", |w| summaries(w, w.billing, "morning") == 2).await;
        w.stop().await;
        w.on_day(Weekday::Thu, "10:01:00");
        w.run().await;
        w.assert_quiet().await;
        assert_eq!(summaries(&w, w.billing, "morning"), 2, "too old");
        assert_eq!(summaries(&w, w.support, "noon"), 1);
    }
}

on_both! {
    // story: VI-05, VI-07
    async fn a_summary_tells_how_it_stands_and_how_it_went(w, DAILY) {
        w.met().await;
        w.on_day(Weekday::Mon, "09:00:30");
        w.until("an empty one", |w| summaries(w, w.billing, "morning") == 1).await;
        let (maria, noor) = (w.customer("Maria"), w.customer("Noor"));
        w.says(maria, "Is the blue bike still there?");
        w.quiet().await;
        w.claims(w.ana).await;
        w.forward(10);
        w.write(w.ana, w.thread(), "Yes, it is.");
        w.quiet().await;
        w.says(noor, "Hello");
        w.quiet().await;
        w.forward(4);
        w.says(noor, "Hello?");
        w.quiet().await;
        w.forward(30);
        w.quiet().await;
        w.on_day(Weekday::Tue, "08:59:59");
        w.until("the next one", |w| summaries(w, w.billing, "morning") == 2).await;
        w.quiet().await;
        let hour = regex::Regex::new(r"\w{3} \d+ \w{3} \d\d:\d\d").unwrap();
        let seconds = regex::Regex::new(r"(\d+m) \d+s").unwrap();
        let told = w.texts(w.billing).join("\n\n");
        insta::assert_snapshot!("morning", seconds.replace_all(&hour.replace_all(&told, "‹day›"), "$1"));
        let post = w.posts(w.billing).pop().unwrap();
        assert_eq!(post.attachments.iter().map(|file| file.filename.as_str()).collect::<Vec<_>>(), ["load.png"]);
        w.assert_quiet().await;
    }
}

// A channel is deleted.
on_discord! {
    // story: VI-05
    async fn a_summary_whose_channel_is_gone_is_told(w, DAILY) {
        w.met().await;
        w.discord.delete_channel(w.billing).unwrap();
        w.on_day(Weekday::Mon, "08:59:58");
        w.until("told", |w| w.texts(w.operator).iter().any(|text| text.contains("no longer exists"))).await;
        w.on_day(Weekday::Mon, "12:00:29");
        w.until("the others go on", |w| summaries(w, w.support, "noon") == 1).await;
    }
}

// story: VI-05, SL-04, RL-07
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_tell_everything_once() {
    let Some(mut w) = World::start_with(Db::Postgres, &DAILY).await else { return };
    let beside = w.beside().await;
    w.met().await;
    for name in ["Maria", "Noor", "Jun", "Olu"] {
        w.says(w.customer(name), "Hello");
    }
    w.quiet().await;
    for minutes in [5, 7, 8] {
        w.forward(minutes);
        w.quiet().await;
    }
    w.on_day(Weekday::Mon, "08:59:59");
    w.until("the morning", |w| summaries(w, w.billing, "morning") > 0).await;
    w.quiet().await;
    assert_eq!(summaries(&w, w.billing, "morning"), 1);
    for thread in w.threads() {
        let told = w.texts(thread.id).iter().filter(|text| text.contains("Nobody has taken this")).count();
        assert_eq!(told, 1, "{:?}", w.texts(thread.id));
    }
    assert_eq!(w.texts(w.support).iter().filter(|text| text.contains("🚨")).count(), 4);
    beside.stop().await;
    w.stop().await;
}
