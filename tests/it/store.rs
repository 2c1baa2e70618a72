//! The store, each module on both databases. Whatever holds here holds for everybody above.

mod allowances;
mod lanes;
mod outbox;
mod people;
mod seats;
mod stats;

use std::path::Path;

use baton::domain::calendar::{Calendar, CalendarSpec};
use baton::domain::ids::{InboxId, Time};
use baton::domain::roster::Priority;
use baton::domain::targets::{Kind, Promise, Targets};
use baton::store::inbox::{self, NewRow};
use baton::store::{Store, StoreError, Tx, agent, statements};

use crate::world::Db;

/// An open database with its tables; `None` where it is not there. The folder goes with it.
pub async fn open(db: Db) -> Option<(Store, tempfile::TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let url = address(db, folder.path()).await?;
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    Some((store, folder))
}

/// The address of a new database; `None` where it is not there.
pub async fn address(db: Db, folder: &Path) -> Option<String> {
    match db {
        Db::Sqlite => Some(format!("sqlite://{}/baton.db", folder.display())),
        Db::Postgres => crate::world::postgres::database().await,
    }
}

/// Writes agents and who they are on Discord.
async fn keep(tx: &mut Tx, agents: &[&agent::Agent]) {
    agent::save(tx, agents, NOW).await.unwrap();
    agent::identify(tx, agents).await.unwrap();
}

/// What comes of something where an answer is promised within a second, at any time.
fn targeted<T>(of: impl FnOnce(&Targets<'_>) -> T) -> T {
    let always = CalendarSpec { zone: "UTC".to_owned(), always_open: true, ..CalendarSpec::default() };
    let calendar = Calendar::new(&always).unwrap();
    let promise = Promise::default().with(Kind::First, Priority::Normal, 1000).with(Kind::Next, Priority::Normal, 1000);
    let priority = Priority::Normal;
    of(&Targets { calendar: &calendar, promise: &promise, priority, respond_percent: 40, version: "v" })
}

/// Runs a test on both databases.
#[macro_export]
macro_rules! store_test {
    ($(#[$meta:meta])* async fn $name:ident($store:ident) $body:block) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every test names something of its file")]
            use super::*;

            async fn on(db: $crate::world::Db) {
                let Some(($store, _folder)) = $crate::store::open(db).await else { return };
                $body
                $store.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                on($crate::world::Db::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                on($crate::world::Db::Postgres).await;
            }
        }
    };
}

pub const NOW: Time = Time(1_790_000_000_000);

fn key(n: u8) -> String {
    hex::encode([n; 16])
}

fn row<'a>(key: &'a str, lane: &'a str, body: &'a str) -> NewRow<'a> {
    (key, "whatsapp", lane, inbox::slot(lane), body)
}

async fn put(store: &Store, rows: &[NewRow<'_>]) -> u64 {
    let mut tx = store.begin().await.unwrap();
    let new = inbox::put(&mut tx, rows, NOW).await.unwrap();
    tx.commit().await.unwrap();
    new
}

async fn bodies(tx: &mut Tx, limit: i64) -> Vec<String> {
    inbox::take(tx, limit).await.unwrap().into_iter().map(|row| row.body).collect()
}

store_test! {
    // story: PF-01
    async fn every_statement_is_understood(store) {
        let statements = statements();
        assert!(statements.len() > 60, "{}", statements.len());
        for sql in statements {
            store.prepare(sql).await.unwrap_or_else(|error| panic!("{error}\n{sql:?}"));
        }
    }
}

store_test! {
    // story: RL-01
    async fn the_inbox_takes_each_key_once_and_in_order(store) {
        let keys: Vec<String> = (1..=4).map(key).collect();
        let rows: Vec<NewRow> = vec![row(&keys[2], "a", "1"), row(&keys[0], "a", "2"), row(&keys[1], "b", "3")];
        assert_eq!(put(&store, &rows).await, 3);
        assert_eq!(put(&store, &[row(&keys[0], "c", "again"), row(&keys[3], "a", "4")]).await, 1);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(bodies(&mut tx, 2).await, ["1", "2"], "order of arrival, not of keys");
        tx.undo().await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(bodies(&mut tx, 99).await, ["1", "2", "3", "4"]);
        let taken = inbox::take(&mut tx, 99).await.unwrap();
        assert_eq!(taken[0].arrived_at, NOW.0);
        inbox::done(&mut tx, &[InboxId(taken[0].id), InboxId(taken[1].id)]).await.unwrap();
        inbox::dead(&mut tx, &[(taken[2].id, "no such thing".to_owned())]).await.unwrap();
        // What is done does not die of a late complaint.
        inbox::dead(&mut tx, &[(taken[0].id, "late".to_owned())]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(inbox::counts(&store).await.unwrap(), (1, 1));
        let dead = inbox::dead_letters(&store, 10).await.unwrap();
        assert_eq!((dead.len(), dead[0].reason.as_str(), dead[0].body.as_str()), (1, "no such thing", "3"));
        // A handled key is still known.
        assert_eq!(put(&store, &[row(&keys[2], "a", "again")]).await, 0);
    }
}

store_test! {
    // story: RL-04
    async fn dead_letters_are_put_back_in_their_place(store) {
        let keys: Vec<String> = (1..=3).map(key).collect();
        put(&store, &[row(&keys[0], "a", "1"), row(&keys[1], "a", "2"), row(&keys[2], "a", "3")]).await;
        let mut tx = store.begin().await.unwrap();
        let taken = inbox::take(&mut tx, 9).await.unwrap();
        let dead: Vec<(i64, String)> = taken[..2].iter().map(|row| (row.id, "why".to_owned())).collect();
        inbox::dead(&mut tx, &dead).await.unwrap();
        assert_eq!(inbox::replay(&mut tx, Some(InboxId(taken[1].id))).await.unwrap(), 1);
        assert_eq!(inbox::replay(&mut tx, Some(InboxId(taken[2].id))).await.unwrap(), 0, "it is not dead");
        assert_eq!(bodies(&mut tx, 9).await, ["2", "3"]);
        assert_eq!(inbox::replay(&mut tx, None).await.unwrap(), 1);
        assert_eq!(bodies(&mut tx, 9).await, ["1", "2", "3"]);
    }
}

store_test! {
    // story: RL-01
    async fn only_what_is_handled_and_old_is_forgotten(store) {
        let keys: Vec<String> = (1..=3).map(key).collect();
        put(&store, &[row(&keys[0], "a", "1"), row(&keys[1], "a", "2"), row(&keys[2], "a", "3")]).await;
        let mut tx = store.begin().await.unwrap();
        let taken = inbox::take(&mut tx, 9).await.unwrap();
        inbox::done(&mut tx, &[InboxId(taken[0].id)]).await.unwrap();
        inbox::dead(&mut tx, &[(taken[1].id, "why".to_owned())]).await.unwrap();
        assert_eq!(inbox::prune(&mut tx, NOW).await.unwrap(), 0, "not yet old");
        assert_eq!(inbox::prune(&mut tx, NOW.plus_ms(1)).await.unwrap(), 1);
        assert_eq!(bodies(&mut tx, 9).await, ["3"]);
    }
}

store_test! {
    // story: SE-01, RL-01
    async fn no_character_keeps_a_row_out(store) {
        let odd = "nul \0, quote ' \" \\, \u{1F6B2}, \u{202E}, \u{FFFF}, {rows:1} $1";
        let key = key(9);
        assert_eq!(put(&store, &[row(&key, "a\0b", odd)]).await, 1);
        let mut tx = store.begin().await.unwrap();
        let taken = inbox::take(&mut tx, 9).await.unwrap();
        assert_eq!(taken[0].body, odd.replace('\0', "\u{fffd}"));
        inbox::dead(&mut tx, &[(taken[0].id, odd.to_owned())]).await.unwrap();
        baton::store::lane::pause(&mut tx, "scope", NOW, odd).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(inbox::dead_letters(&store, 1).await.unwrap()[0].reason, odd.replace('\0', "\u{fffd}"));
    }
}

// story: RL-07
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_never_take_rows_of_one_lane() {
    let Some((store, _folder)) = open(Db::Postgres).await else { return };
    let keys: Vec<String> = (0..40).map(key).collect();
    let lanes: Vec<String> = (0..40).map(|n| format!("lane {}", n % 7)).collect();
    let rows: Vec<NewRow> = keys.iter().zip(&lanes).map(|(key, lane)| row(key, lane, "x")).collect();
    put(&store, &rows).await;
    let (mut one, mut two) = (store.begin().await.unwrap(), store.begin().await.unwrap());
    let first = inbox::take(&mut one, 5).await.unwrap();
    let second = inbox::take(&mut two, 99).await.unwrap();
    assert_eq!(first.len(), 5);
    let shared = first.iter().any(|a| second.iter().any(|b| a.lane == b.lane));
    assert!(!shared, "both work on one lane");
    one.undo().await;
    two.undo().await;
    let mut tx = store.begin().await.unwrap();
    assert_eq!(inbox::take(&mut tx, 99).await.unwrap().len(), 40, "what was not finished is taken again");
}

// story: RL-08
#[tokio::test]
async fn a_second_process_on_the_same_file_is_refused_in_words() {
    let (store, folder) = open(Db::Sqlite).await.unwrap();
    let url = address(Db::Sqlite, folder.path()).await.unwrap();
    let refused = Store::open(&url).await.map(|_| ()).unwrap_err();
    assert!(matches!(refused, StoreError::Busy(_)), "{refused}");
    assert!(refused.to_string().starts_with("another Baton runs on "), "{refused}");
    let beside = Store::open_beside(&url).await.unwrap();
    assert_eq!(inbox::counts(&beside).await.unwrap(), (0, 0), "looking is allowed");
    beside.close().await;
    store.close().await;
    drop(store);
    Store::open(&url).await.unwrap();
}
