//! A conversation moves to another team while the process ends: it ends up there once, with everything that was said.
//!
//! Each point is met the first few times it is reached after the start; `BATON_CRASHES=40` goes further.

use std::io::Write;
use std::time::{Duration, Instant};

use baton::playground::meta::CustomerId;
use serde_json::{Value, json};

use crate::crash::Supervised;
use crate::process::Desk;
use crate::world::Db;

/// A desk with a second team, of which everybody is.
async fn desk(db: Db) -> Option<(Desk, u64)> {
    let desk = Desk::new(db).await?;
    let billing = desk.discord.add_channel("billing");
    let mut config = std::fs::File::options().append(true).open(desk.config()).unwrap();
    writeln!(config, "[[teams]]\nname = \"billing\"\nchannel = \"{billing}\"").unwrap();
    Some((desk, billing))
}

async fn types(desk: &Desk, user: u64, channel: u64, name: &str, options: &Value) -> Option<String> {
    let typed = desk.discord.command(user, channel, name, options).ok()?;
    let told = desk.discord.answer(typed, Duration::from_secs(3)).await;
    Some(told.ok()?.text().to_owned())
}

/// What Baton and people have posted in a thread.
fn text(desk: &Desk, thread: u64) -> String {
    let posts = desk.discord.messages(thread).into_iter().filter(|m| !m.deleted);
    posts.map(|m| m.content + "\n").collect()
}

/// The thread of a customer in a channel, other than what was there before.
fn thread_in(desk: &Desk, channel: u64, customer: &str) -> Option<u64> {
    let ends = |name: &str| name.ends_with(&format!(" {customer}"));
    desk.discord.threads().into_iter().find(|t| t.parent == Some(channel) && ends(&t.name)).map(|t| t.id)
}

/// Somebody has written, was answered, and is being handed to the other team: the thread and the number.
async fn offered(desk: &Desk, name: &str, customer: CustomerId) -> (u64, i64) {
    let running = desk.run().await;
    for word in ["alpha.", "beta."] {
        desk.meta.says(customer, &desk.number, word);
    }
    desk.until("a thread", |d| thread_in(d, d.support, name).is_some_and(|t| text(d, t).contains("beta."))).await;
    let thread = thread_in(desk, desk.support, name).unwrap();
    assert!(desk.claims(desk.ana, thread).await, "{}", desk.log());
    desk.discord.say(desk.ana, thread, "gamma.").unwrap();
    desk.discord.say(desk.ana, thread, "// delta.").unwrap();
    let told = types(desk, desk.ana, thread, "handoff", &json!({ "to": "billing", "note": "yours" })).await.unwrap();
    assert!(told.starts_with("Offered to billing"), "{told}");
    let store = desk.store().await;
    desk.quiet(&store).await;
    store.close().await;
    assert!(running.terminate().await.success(), "{}", desk.log());
    let title = desk.discord.thread(thread).unwrap().name;
    (thread, title.trim_start_matches('#').split(' ').next().unwrap().parse().unwrap())
}

/// It is accepted while the process ends at the n-th time it reaches a point; whether it did.
async fn day(desk: &Desk, billing: u64, point: &str, nth: u32) -> bool {
    let name = format!("{} {nth}", point.replace('.', "-"));
    let customer = desk.customer(&name);
    let (old, number) = offered(desk, &name, customer).await;
    let mut process = Supervised { running: desk.start(Some(&format!("{point}:{nth}"))), crashed: false };
    if !desk.ready(&mut process.running).await {
        process.attend(desk).await;
    }
    // A command that nobody hears is typed again, as people do.
    let begun = Instant::now();
    while types(desk, desk.ben, desk.support, "accept", &json!({ "number": number })).await.is_none() {
        process.attend(desk).await;
        assert!(begun.elapsed() < Duration::from_secs(30), "never accepted\n{}", desk.log());
    }
    desk.meta.says(customer, &desk.number, "epsilon.");
    let arrived = || thread_in(desk, billing, &name).is_some_and(|t| text(desk, t).contains("epsilon."));
    process.until(desk, "what the customer wrote, with the other team", arrived).await;
    let new = thread_in(desk, billing, &name).unwrap();
    desk.discord.say(desk.ben, new, "zeta.").unwrap();
    let answered = || desk.meta.history(customer, &desk.number).iter().any(|m| m.text == "zeta.");
    process.until(desk, "the answer", answered).await;
    let store = desk.store().await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(600) {
        process.attend(desk).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    desk.quiet(&store).await;
    store.close().await;
    let (there, here) = (text(desk, new), text(desk, old));
    for word in ["alpha.", "beta.", "gamma.", "delta.", "epsilon.", "zeta."] {
        assert_eq!(there.matches(word).count(), 1, "{word} at {point}:{nth}\n{there}");
    }
    assert!(desk.discord.thread(old).unwrap().locked, "{point}:{nth}\n{here}");
    assert_eq!(here.matches("This goes on with billing").count(), 1, "{point}:{nth}\n{here}");
    let sent: Vec<String> = desk.meta.accepted().into_iter().map(|m| m.text).collect();
    let of_today = sent.iter().rev().take(2).rev().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of_today, ["gamma.", "zeta."], "{point}:{nth}");
    assert_eq!(desk.discord.wire().violations(), Vec::<String>::new(), "{point}:{nth}");
    process.attend(desk).await;
    assert!(process.running.terminate().await.success(), "{}", desk.log());
    process.crashed
}

async fn points(db: Db) {
    let Some((desk, billing)) = desk(db).await else { return };
    let most: u32 = std::env::var("BATON_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(2);
    for point in [
        "intake.commit",
        "intake.committed",
        "delivery.commit",
        "delivery.committed",
        "delivery.perform",
        "delivery.performed",
    ] {
        // The first ones are over before the program is ready.
        let mut crashes = 0;
        for nth in 1..=most {
            let nth = if point.starts_with("intake") { nth } else { nth * 2 };
            crashes += i32::from(day(&desk, billing, point, nth).await);
        }
        assert!(crashes > 0, "{point} is never reached");
    }
}

// story: HO-02, RL-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    points(Db::Sqlite).await;
}

// story: HO-02, RL-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    points(Db::Postgres).await;
}
