//! What happened: rows wait in order of arrival until the desk has handled them, and stay for eight days as the memory
//! against doubles.

use std::sync::LazyLock;

use super::db::{Row, Store, StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::ids::{InboxId, Time};

/// How many shares the lanes are dealt into.
pub const SLOTS: i64 = 64;

/// A row that waits to be handled.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    /// Which row.
    pub id: i64,
    /// Which adapter translates it.
    pub door: String,
    /// Its lane.
    pub lane: String,
    /// The platform's own words.
    pub body: String,
    /// When it arrived.
    pub arrived_at: i64,
}

/// What could not be handled.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Dead {
    /// Which row.
    pub id: i64,
    /// Where from.
    pub door: String,
    /// Its lane.
    pub lane: String,
    /// The platform's own words.
    pub body: String,
    /// When it arrived.
    pub arrived_at: i64,
    /// Why.
    pub reason: String,
}

/// A row on its way in: key as hex, door, lane, slot, body.
pub type NewRow<'a> = (&'a str, &'a str, &'a str, i64, &'a str);

/// A number with nothing else in the row.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Count {
    /// The number.
    pub n: i64,
}

/// Rows that one statement puts in at most.
pub const ROWS: usize = 64;

/// Putting in one row, two rows, …, [`ROWS`] rows. The hot path pays for each statement, so a group goes in one; its values
/// are bound one by one, since from one JSON array each body would be parsed for every column.
static PUTS: LazyLock<Vec<Sql>> = LazyLock::new(|| {
    let row = |nth: usize| {
        let p = |column: usize| 1 + nth * 6 + column;
        format!("({{blob:${}}}, ${}, ${}, ${}, ${}, 'new', ${}, '')", p(0), p(1), p(2), p(3), p(4), p(5))
    };
    let put = |rows: usize| {
        let values: Vec<String> = (0..rows).map(row).collect();
        Sql::made(format!(
            "insert into inbox (key, door, lane, slot, body, state, arrived_at, reason) values {}
             on conflict (key) do nothing",
            values.join(", ")
        ))
    };
    (1..=ROWS).map(put).collect()
});

static SLOTS_FREE: Sql = Sql::new("select slot as n from slot where slot >= $1 and slot < $2 order by slot {skip}");

static TAKE: Sql = Sql::new(
    "select id, door, lane, body, arrived_at from inbox
     where state = 'new' and slot in (select cast(r.value ->> 0 as bigint) from {rows:1})
     order by id limit $2",
);

static TAKE_ALL: Sql =
    Sql::new("select id, door, lane, body, arrived_at from inbox where state = 'new' order by id limit $1");

static DONE: Sql = Sql::new(
    "update inbox set state = 'done', body = '', reason = '' from {rows:1}
     where inbox.id = cast(r.value ->> 0 as bigint)",
);

static DEAD: Sql = Sql::new(
    "update inbox set state = 'dead', reason = r.value ->> 1 from {rows:1}
     where inbox.id = cast(r.value ->> 0 as bigint) and inbox.state = 'new'",
);

static WAITING: Sql = Sql::new("select count(*) as n from inbox where state = 'new'");
static DEAD_COUNT: Sql = Sql::new("select count(*) as n from inbox where state = 'dead'");

static DEAD_LIST: Sql =
    Sql::new("select id, door, lane, body, arrived_at, reason from inbox where state = 'dead' order by id limit $1");

static REPLAY: Sql = Sql::new("update inbox set state = 'new', reason = '' where state = 'dead' and id = $1");
static REPLAY_ALL: Sql = Sql::new("update inbox set state = 'new', reason = '' where state = 'dead'");
static PRUNE: Sql = Sql::new("delete from inbox where state = 'done' and arrived_at < $1");

/// Every statement of this file.
pub const ALL: &[&Sql] =
    &[&SLOTS_FREE, &TAKE, &TAKE_ALL, &DONE, &DEAD, &WAITING, &DEAD_COUNT, &DEAD_LIST, &REPLAY, &REPLAY_ALL, &PRUNE];

/// The share a lane belongs to.
#[must_use]
pub fn slot(lane: &str) -> i64 {
    // FNV-1a: stable over versions, which a standard hasher does not promise.
    let hash = lane.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    i64::try_from(hash % 64).unwrap_or_default()
}

/// The statements of this file that are made when they are first needed.
pub fn made() -> impl Iterator<Item = &'static Sql> {
    PUTS.iter()
}

/// Puts rows in, dropping those whose key is known; how many are new.
///
/// # Errors
/// When the database refuses.
pub async fn put(tx: &mut Tx, rows: &[NewRow<'_>], now: Time) -> Result<u64, StoreError> {
    let mut new = 0;
    for group in rows.chunks(ROWS) {
        let (sql, args) = put_of(group, now);
        new += tx.run(sql, args).await?;
    }
    Ok(new)
}

/// Puts rows in for good, all or none, dropping those whose key is known.
///
/// # Errors
/// When the database refuses; nothing is kept then.
pub async fn put_for_good(store: &Store, rows: &[NewRow<'_>], now: Time) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    if rows.len() <= ROWS {
        let (sql, args) = put_of(rows, now);
        store.run(sql, args).await?;
        return Ok(());
    }
    let mut tx = store.begin().await?;
    put(&mut tx, rows, now).await?;
    tx.commit().await
}

/// The statement for 1 to [`ROWS`] rows.
fn put_of<'a>(rows: &'a [NewRow<'a>], now: Time) -> (&'static Sql, Vec<Arg<'a>>) {
    let puts: &'static Vec<Sql> = &PUTS;
    let mut args = Vec::with_capacity(rows.len() * 6);
    for (key, door, lane, slot, body) in rows {
        args.extend([Arg::T(key), Arg::T(door), Arg::T(lane), Arg::I(*slot), Arg::T(body), Arg::I(now.0)]);
    }
    (&puts[rows.len() - 1], args)
}

/// Takes the oldest rows of the lanes that nobody else works on, at most `limit`, in order of arrival. They stay this
/// transaction's until it ends.
///
/// # Errors
/// When the database refuses.
pub async fn take(tx: &mut Tx, limit: i64) -> Result<Vec<Waiting>, StoreError> {
    if matches!(tx, Tx::Sqlite(_)) {
        return tx.rows(&TAKE_ALL, vec![Arg::I(limit)]).await;
    }
    let free: Vec<Count> = tx.rows(&SLOTS_FREE, vec![Arg::I(0), Arg::I(SLOTS)]).await?;
    let slots: Vec<(i64,)> = free.iter().map(|c| (c.n,)).collect();
    tx.rows(&TAKE, vec![Arg::S(rows_of(&slots)), Arg::I(limit)]).await
}

/// Marks rows as handled; their words are dropped, their keys stay.
///
/// # Errors
/// When the database refuses.
pub async fn done(tx: &mut Tx, ids: &[InboxId]) -> Result<(), StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    tx.run(&DONE, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

/// Sets rows that wait aside as dead letters, each with its reason.
///
/// # Errors
/// When the database refuses.
pub async fn dead(tx: &mut Tx, rows: &[(i64, String)]) -> Result<(), StoreError> {
    tx.run(&DEAD, vec![Arg::S(rows_of(rows))]).await?;
    Ok(())
}

/// How many rows wait, and how many are dead letters.
///
/// # Errors
/// When the database refuses.
pub async fn counts(store: &Store) -> Result<(i64, i64), StoreError> {
    Ok((one(store.read(&WAITING, vec![]).await?), one(store.read(&DEAD_COUNT, vec![]).await?)))
}

fn one(rows: Vec<Count>) -> i64 {
    rows.first().map_or(0, |c| c.n)
}

/// The dead letters, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn dead_letters(store: &Store, limit: i64) -> Result<Vec<Dead>, StoreError> {
    read(store, &DEAD_LIST, vec![Arg::I(limit)]).await
}

async fn read<T: Row>(store: &Store, sql: &'static Sql, args: Vec<Arg<'_>>) -> Result<Vec<T>, StoreError> {
    store.read(sql, args).await
}

/// Puts a dead letter back to be handled again, or with `None` all of them; how many.
///
/// # Errors
/// When the database refuses.
pub async fn replay(tx: &mut Tx, id: Option<InboxId>) -> Result<u64, StoreError> {
    match id {
        Some(id) => tx.run(&REPLAY, vec![Arg::I(id.0)]).await,
        None => tx.run(&REPLAY_ALL, vec![]).await,
    }
}

/// Forgets handled rows that arrived before `before`; how many.
///
/// # Errors
/// When the database refuses.
pub async fn prune(tx: &mut Tx, before: Time) -> Result<u64, StoreError> {
    tx.run(&PRUNE, vec![Arg::I(before.0)]).await
}
