//! The database is locked, full, restarted, or the clock leaps.

use std::time::{Duration, Instant};

use sqlx::{Connection, Executor};

use baton::playground::wire::Misbehaviour;
use serde_json::json;

use super::{Day, answer, moment, once};
use crate::on_discord;
use crate::process::Desk;
use crate::store::address;
use crate::world::{Db, World};

// story: RL-05
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_holds_the_lock() {
    let Some(mut w) = World::start(Db::Sqlite).await else { return };
    {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        let before = w.meta.webhook_answers();
        let mut other = sqlx::SqliteConnection::connect(&w.config.database.url).await.unwrap();
        other.execute("begin immediate").await.unwrap();
        let begun = Instant::now();
        day.says(maria);
        day.writes(w.ana, thread, maria);
        w.until("an answer that it is not stored", |w| w.meta.webhook_answers().contains_key(&503)).await;
        assert!(begun.elapsed() < Duration::from_millis(5500), "Meta waits five seconds: {:?}", begun.elapsed());
        assert_eq!(before.get(&503), None);
        day.says(maria);
        moment(1500).await;
        other.execute("rollback").await.unwrap();
        day.says(maria);
        day.ends_well().await;
    }
    w.stop().await;
}

// story: RL-05
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lock_is_held_for_a_moment() {
    let Some(mut w) = World::start(Db::Sqlite).await else { return };
    {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        let mut other = sqlx::SqliteConnection::connect(&w.config.database.url).await.unwrap();
        for _ in 0..3 {
            other.execute("begin immediate").await.unwrap();
            day.says(maria);
            day.writes(w.ana, thread, maria);
            moment(700).await;
            other.execute("rollback").await.unwrap();
            moment(100).await;
        }
        day.ends_well().await;
        assert_eq!(w.meta.webhook_answers().get(&503), None, "it only takes a little longer");
    }
    w.stop().await;
}

/// A small disk, while the test runs; `None` where none can be made.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(folder.path());
        let mounted = mount.stderr(std::process::Stdio::null()).status().is_ok_and(|status| status.success());
        mounted.then_some(Self(folder))
    }

    /// Fills what is left.
    fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.0.path().join("filling")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.path().join("filling")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // What cannot be unmounted goes with the machine.
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

// story: RL-05
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_disk_is_full_and_has_room_again() {
    let Some(disk) = Disk::new() else {
        eprintln!("skipped: no disk can be mounted here");
        return;
    };
    let url = format!("sqlite://{}/baton.db", disk.0.path().display());
    let desk = Desk::at(url, tempfile::tempdir().unwrap()).await;
    let mut running = desk.run().await;
    let maria = desk.customer("Maria");
    let word = desk.says(maria);
    desk.until("the first message", |desk| desk.thread_with(&word).is_some()).await;
    let thread = desk.thread_with(&word).unwrap();
    disk.fill();
    // The log is reused as long as it has room: write until it has none.
    let mut refused = false;
    for _ in 0..2000 {
        desk.says(maria);
        moment(5).await;
        refused = desk.meta.webhook_answers().contains_key(&503);
        if refused {
            break;
        }
    }
    assert!(refused, "the disk is never full: {:?}", desk.meta.webhook_answers());
    desk.says(maria);
    moment(500).await;
    assert!(running.ended().is_none(), "it ended\n{}", desk.log());
    disk.make_room();
    let begun = Instant::now();
    while !desk.claims(desk.ana, thread).await {
        assert!(begun.elapsed() < Duration::from_secs(40), "it does not go on\n{}", desk.log());
        moment(50).await;
    }
    desk.writes(desk.ana, thread, maria);
    let store = desk.store().await;
    desk.quiet(&store).await;
    desk.verdict(&store).await.assert_good();
    store.close().await;
    assert!(running.terminate().await.success(), "{}", desk.log());
}

// story: RL-05
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_restarted_under_load() {
    let Some(cluster) = crate::world::postgres::Cluster::private().await else { return };
    let desk = Desk::at(cluster.database().await, tempfile::tempdir().unwrap()).await;
    let mut running = desk.run().await;
    let customers: Vec<_> = (0..3).map(|n| desk.customer(&format!("Customer {n}"))).collect();
    let mut threads = Vec::new();
    for customer in &customers {
        let word = desk.says(*customer);
        desk.until("a thread", |desk| desk.thread_with(&word).is_some()).await;
        let thread = desk.thread_with(&word).unwrap();
        assert!(desk.claims(desk.ana, thread).await);
        threads.push(thread);
    }
    for round in 0..3 {
        let restarting = {
            let cluster = cluster.clone();
            tokio::task::spawn_blocking(move || cluster.restart())
        };
        // Fewer replies to a customer than WhatsApp takes at once: what is tried here is the database.
        for _ in 0..12 {
            for (customer, thread) in customers.iter().zip(&threads) {
                desk.says(*customer);
                desk.writes(desk.ana, *thread, *customer);
            }
            moment(25).await;
        }
        restarting.await.unwrap();
        assert!(running.ended().is_none(), "round {round}\n{}", desk.log());
    }
    let store = desk.store().await;
    desk.quiet(&store).await;
    desk.verdict(&store).await.assert_good();
    store.close().await;
    assert!(running.terminate().await.success(), "{}", desk.log());
}

on_discord! {
    // story: RL-05
    async fn the_clock_leaps_back_and_forth(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        for hours in [1, -1, -1, 1, 2, -2] {
            // Something is under way, and something waits, while it leaps.
            once(w.discord.wire(), "POST", "/messages", 1, Misbehaviour::Delay { ms: 400 });
            once(w.meta.wire(), "POST", "/messages", 1, Misbehaviour::Delay { ms: 400 });
            once(w.discord.wire(), "POST", "/messages", 1, answer(502, &[], json!("")));
            day.says(maria);
            day.writes(w.ana, thread, maria);
            moment(100).await;
            w.clock.shift(hours * 3_600_000);
            day.says(maria);
            day.writes(w.ana, thread, maria);
            w.quiet().await;
        }
        day.ends_well().await;
        assert!(!w.texts(thread).iter().any(|text| text.contains('❓')), "{:?}", w.texts(thread));
    }
}

// story: RL-05
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::at("postgres://nobody@127.0.0.1:1/nothing".to_owned(), folder).await;
    let output = desk.output(&["run"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("the database"), "{told}");
    let file = address(Db::Sqlite, desk.folder()).await.unwrap().replace("baton.db", "baton.toml/x.db");
    assert!(baton::store::Store::open(&file).await.map(|_| ()).unwrap_err().to_string().contains("baton.toml"));
}
