//! The real program under traffic, killed with SIGKILL at random moments.
//!
//! `BATON_KILLS=200` kills more often, `BATON_SEED` replays the moments, `BATON_BIN` chooses the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use baton::domain::workspace::Workspace;
use baton::playground::discord::{File, MessageView, Say};
use baton::playground::meta::{Attachment, Content, CustomerId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::process::Desk;
use crate::world::Db;

const CUSTOMERS: usize = 6;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// Writes, with a picture now and then, as long as there is traffic.
async fn customer(desk: Arc<Desk>, who: CustomerId, mut chance: StdRng, going: Arc<AtomicBool>) {
    while going.load(Ordering::SeqCst) {
        if chance.random_bool(0.05) {
            let word = desk.ledger.lock().unwrap().says(who);
            let picture = Attachment::new("image/png", PNG.to_vec()).caption(&word);
            desk.meta.sends(who, &desk.number, Content::Image(picture));
        } else {
            desk.says(who);
        }
        if chance.random_bool(0.1) {
            let theirs = desk.meta.history(who, &desk.number).into_iter().rfind(|m| m.author != meta_customer());
            if let Some(message) = theirs {
                let (of, emoji) = (message.id, "👍".to_owned());
                desk.meta.sends(who, &desk.number, Content::Reaction { of, emoji: Some(emoji) });
            }
        }
        tokio::time::sleep(Duration::from_millis(chance.random_range(20..250))).await;
    }
}

fn meta_customer() -> baton::playground::meta::Author {
    baton::playground::meta::Author::Customer
}

/// Claims the customer's conversation, and then writes to them as long as there is traffic.
async fn agent(desk: Arc<Desk>, who: CustomerId, mut chance: StdRng, going: Arc<AtomicBool>) {
    let agent = if who.index().is_multiple_of(2) { desk.ana } else { desk.ben };
    let first = format!("c{}x", who.index());
    let thread = loop {
        if !going.load(Ordering::SeqCst) {
            return;
        }
        if let Some(thread) = desk.thread_with(&first)
            && desk.claims(agent, thread).await
        {
            break thread;
        }
        let owned = desk.thread_with(&first);
        if let Some(thread) = owned
            && desk.card_of(thread).is_some_and(|card| card.button("Release").is_some())
        {
            break thread;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    while going.load(Ordering::SeqCst) {
        if chance.random_bool(0.05) {
            let word = desk.ledger.lock().unwrap().writes(who);
            let file = File { name: "bike.png".to_owned(), content_type: "image/png".to_owned(), bytes: PNG.to_vec() };
            desk.chat.say(agent, thread, Say { text: word, files: vec![file], ..Say::default() }).unwrap();
        } else {
            desk.writes(agent, thread, who);
        }
        if chance.random_bool(0.1) {
            let theirs = |m: &MessageView| desk.chat.is_bot(m.author) && !m.content.is_empty();
            let shown = desk.chat.messages(thread).into_iter().rfind(theirs);
            if let Some(post) = shown {
                // A reaction that is there already changes nothing.
                let _ = desk.chat.react(agent, thread, post.id, "👍", true);
            }
        }
        tokio::time::sleep(Duration::from_millis(chance.random_range(50..500))).await;
    }
}

async fn killed(home: Workspace, db: Db) {
    let Some(desk) = Desk::new_on(home, db).await else { return };
    let desk = Arc::new(desk);
    let kills = number("BATON_KILLS", 12);
    let seed = number("BATON_SEED", u64::from(std::process::id()));
    println!("seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let mut running = desk.run().await;
    let going = Arc::new(AtomicBool::new(true));
    let mut people = Vec::new();
    for n in 0..CUSTOMERS {
        let who = desk.customer(&format!("Customer {n}"));
        let chances = (StdRng::seed_from_u64(chance.random()), StdRng::seed_from_u64(chance.random()));
        people.push(tokio::spawn(customer(desk.clone(), who, chances.0, going.clone())));
        people.push(tokio::spawn(agent(desk.clone(), who, chances.1, going.clone())));
    }
    let unready = AtomicUsize::new(0);
    for _ in 0..kills {
        // Sometimes before it is ready, mostly while it works.
        let alive = if chance.random_bool(0.15) { 20..400 } else { 400..1500 };
        tokio::time::sleep(Duration::from_millis(chance.random_range(alive))).await;
        running.kill();
        running = desk.start(None);
        if chance.random_bool(0.7) {
            desk.ready(&mut running).await;
        } else {
            unready.fetch_add(1, Ordering::Relaxed);
        }
    }
    going.store(false, Ordering::SeqCst);
    for person in people {
        person.await.unwrap();
    }
    running.kill();
    let mut running = desk.run().await;
    let store = desk.store().await;
    desk.quiet(&store).await;
    let mut verdict = desk.verdict(&store).await;
    let name = format!("{} and {}", home.as_str(), format!("{db:?}").to_lowercase());
    println!(
        "kill -9 ×{} on {name}: accepted {}, lost {}, doubled {}, out of order {}, asked {}, dead letters {} (seed {seed})",
        kills + 1,
        grouped(verdict.accepted),
        verdict.lost.len(),
        verdict.doubled.len(),
        verdict.disordered.len(),
        verdict.asked,
        verdict.dead
    );
    if std::env::var("BATON_KEEP").is_ok() {
        println!("{}", desk.log());
    }
    if home == Workspace::Telegram {
        // It knows no key for a repetition: of what was on its way to a topic, one post for each conversation and kill may
        // stand there twice. What goes to a customer never does.
        let most = CUSTOMERS * usize::try_from(kills + 1).unwrap();
        let posts = verdict.doubled.iter().filter(|word| word.starts_with('c')).count();
        assert!(posts <= most, "{posts} of at most {most}: {verdict:#?}");
        verdict.doubled.retain(|word| !word.starts_with('c'));
    }
    verdict.assert_good();
    assert!(running.ended().is_none(), "{}", desk.log());
    store.close().await;
    assert!(running.terminate().await.success(), "{}", desk.log());
}

/// With commas between thousands.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The smallest picture.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8,
    6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0, 1, 0, 0, 5, 0, 1,
    0x0d, 0x0a, 0x2d, 0xb4, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

// story: RL-01, RL-03
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_on_sqlite() {
    killed(Workspace::Discord, Db::Sqlite).await;
}

// story: RL-01, RL-03
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_on_postgres() {
    killed(Workspace::Discord, Db::Postgres).await;
}

// story: RL-01, TG-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_on_telegram_and_sqlite() {
    killed(Workspace::Telegram, Db::Sqlite).await;
}

// story: RL-01, TG-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_on_telegram_and_postgres() {
    killed(Workspace::Telegram, Db::Postgres).await;
}
