//! What is to be done outside. A lane's rows go one after the other, lanes do not wait for one another. A row is `sending`
//! before the network is touched; whatever is found `sending` by somebody who did not send it is uncertain, never simply
//! pending.

use std::collections::HashSet;

use super::db::{Store, StoreError, Tx};
use super::inbox::Count;
use super::lane;
use super::sql::{Arg, Sql, rows_of};
use crate::domain::effect::Effect;
use crate::domain::ids::{OutboxId, Time};

/// A row on its way in.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRow {
    /// Its lane.
    pub lane: String,
    /// What pauses it: the scope of its door.
    pub scope: String,
    /// Its place within the lane.
    pub rank: i64,
    /// What to do.
    pub effect: Effect,
    /// Not before this.
    pub due_at: Time,
}

/// A dead row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Dead {
    /// Which row.
    pub id: i64,
    /// Its lane.
    pub lane: String,
    /// The effect as JSON.
    pub effect: String,
    /// When it was decided.
    pub created_at: i64,
    /// Why.
    pub reason: String,
}

/// The effect of a row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Kept {
    /// Which row.
    pub id: i64,
    /// Its lane.
    pub lane: String,
    /// The effect as JSON.
    pub effect: String,
    /// Its state.
    pub state: String,
    /// Its place within the lane; -1 while it is being tried.
    pub rank: i64,
    /// How often it was tried.
    pub attempt: i64,
    /// Not before this.
    pub due_at: i64,
}

/// What becomes of a row after a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Which row.
    pub id: OutboxId,
    /// Of which try this is the result: a row that was tried again since, or has ended, is left alone.
    pub attempt: i64,
    /// `done`, `pending`, `unknown`, `asked` or `dead`.
    pub state: &'static str,
    /// Why, unless done.
    pub reason: String,
    /// Not before this; never leaves it as it was.
    pub due_at: Time,
}

static PUT: Sql = Sql::new(
    "insert into outbox (lane, rank, effect, newest, state, attempt, first_tried, created_at, due_at, reason, urgency)
     select r.value ->> 0, cast(r.value ->> 1 as bigint), r.value ->> 2, r.value ->> 3, 'pending', 0, 0, $2,
         cast(r.value ->> 4 as bigint), '', cast(r.value ->> 5 as bigint)
     from {rows:1} where true order by {nth}
     on conflict (newest) where state = 'pending' and newest <> '' do nothing",
);

static SENDING: Sql = Sql::new(
    "update outbox set state = 'sending', rank = -1, attempt = attempt + 1,
         first_tried = case when first_tried = 0 then $2 else first_tried end
     from {rows:1}
     where outbox.id = cast(r.value ->> 0 as bigint) and outbox.state in ('pending', 'sending', 'unknown')
     returning id as n",
);

static TRIED: Sql = Sql::new(
    "update outbox set
         state = case when r.value ->> 2 = 'pending' and newest <> '' and exists (
                 select 1 from outbox n where n.newest = outbox.newest and n.state = 'pending' and n.id <> outbox.id)
             then 'done' else r.value ->> 2 end,
         reason = r.value ->> 3,
         due_at = case when cast(r.value ->> 4 as bigint) = 0 then due_at else cast(r.value ->> 4 as bigint) end
     from {rows:1}
     where outbox.id = cast(r.value ->> 0 as bigint) and outbox.attempt = cast(r.value ->> 1 as bigint)
       and outbox.state in ('pending', 'sending', 'unknown')
     returning id as n",
);

static STEP_BACK: Sql =
    Sql::new("update outbox set rank = 1 from {rows:1} where outbox.id = cast(r.value ->> 0 as bigint)");

static SETTLE: Sql = Sql::new(
    "update outbox set state = $2, reason = $3 where id = $1 and state in ('sending', 'unknown', 'asked', 'dead')",
);

static CANCEL: Sql = Sql::new("update outbox set state = 'done', reason = $2 where id = $1 and state = 'pending'");

static SENDS: Sql = Sql::new(
    "select o.id, o.lane, o.effect, o.state, o.rank, o.attempt, o.due_at from {rows:1}
     join outbox o on o.id = cast(r.value ->> 0 as bigint)",
);

static IN_LANE: Sql = Sql::new(
    "select id, lane, effect, state, rank, attempt, due_at from outbox where lane = $1 and state in ('pending', 'sending', 'unknown')
     order by rank, id",
);

static ACTIVE: Sql = Sql::new("select count(*) as n from outbox where state in ('pending', 'sending', 'unknown')");
static DEAD_COUNT: Sql = Sql::new("select count(*) as n from outbox where state = 'dead'");
static DEAD_LIST: Sql =
    Sql::new("select id, lane, effect, created_at, reason from outbox where state = 'dead' order by id limit $1");
static REPLAY: Sql = Sql::new(
    "update outbox set state = 'pending', attempt = 0, first_tried = 0, reason = '', newest = '', rank = 0,
         due_at = $2
     where id = $1 and state = 'dead'",
);
static DEAD_ONE: Sql =
    Sql::new("select id, lane, effect, state, rank, attempt, due_at from outbox where state = 'dead' and id = $1");
static PRUNE: Sql = Sql::new("delete from outbox where state = 'done' and created_at < $1");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[
    &PUT,
    &SENDING,
    &TRIED,
    &STEP_BACK,
    &SETTLE,
    &CANCEL,
    &SENDS,
    &IN_LANE,
    &ACTIVE,
    &DEAD_COUNT,
    &DEAD_LIST,
    &REPLAY,
    &DEAD_ONE,
    &PRUNE,
];

/// Puts effects in and makes their lanes known. One that matters only in its newest form is dropped where an earlier one
/// still waits: it is rendered when it is performed.
///
/// # Errors
/// When the database refuses.
pub async fn put(tx: &mut Tx, rows: &[NewRow], now: Time) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let values: Vec<(&str, i64, String, String, i64, i64)> = rows
        .iter()
        .map(|row| {
            let effect = serde_json::to_string(&row.effect).unwrap_or_default();
            // Within its lane: what is made in one is not brought up to date in another.
            let newest = row.effect.newest_only().map_or_else(String::new, |what| format!("{} {what}", row.lane));
            let urgency = row.effect.urgency(row.lane.starts_with("c:"));
            (row.lane.as_str(), row.rank, effect, newest, row.due_at.0, urgency)
        })
        .collect();
    let mut lanes: Vec<(&str, &str, i64)> =
        rows.iter().map(|row| (row.lane.as_str(), row.scope.as_str(), row.due_at.0)).collect();
    lanes.sort_unstable();
    lanes.dedup_by(|b, a| a.0 == b.0);
    lane::fill(tx, &lanes).await?;
    tx.run(&PUT, vec![Arg::S(rows_of(&values)), Arg::I(now.0)]).await?;
    Ok(())
}

/// Marks rows as being sent: those that have not ended meanwhile.
///
/// # Errors
/// When the database refuses.
pub async fn sending(tx: &mut Tx, ids: &[OutboxId], now: Time) -> Result<HashSet<i64>, StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    let taken: Vec<Count> = tx.rows(&SENDING, vec![Arg::S(rows_of(&rows)), Arg::I(now.0)]).await?;
    Ok(taken.into_iter().map(|c| c.n).collect())
}

/// Records what became of rows: which of them it counted for. A result counts once. A row that is to be tried again, and
/// matters only in its newest form, ends instead where a newer one waits.
///
/// # Errors
/// When the database refuses.
pub async fn tried(tx: &mut Tx, rows: &[Tried]) -> Result<HashSet<i64>, StoreError> {
    let rows: Vec<(i64, i64, &str, &str, i64)> =
        rows.iter().map(|t| (t.id.0, t.attempt, t.state, t.reason.as_str(), t.due_at.0)).collect();
    let counted: Vec<Count> = tx.rows(&TRIED, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(counted.into_iter().map(|c| c.n).collect())
}

/// Lets heads that were being tried stand behind what is made first, and before all else.
///
/// # Errors
/// When the database refuses.
pub async fn step_back(tx: &mut Tx, ids: &[OutboxId]) -> Result<(), StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    tx.run(&STEP_BACK, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

/// Ends a row that is uncertain or dead; whether it was.
///
/// # Errors
/// When the database refuses.
pub async fn settle(tx: &mut Tx, id: OutboxId, state: &'static str, why: &str) -> Result<bool, StoreError> {
    Ok(tx.run(&SETTLE, vec![Arg::I(id.0), Arg::T(state), Arg::T(why)]).await? > 0)
}

/// Takes a row back that nobody has begun; whether that was in time.
///
/// # Errors
/// When the database refuses.
pub async fn cancel(tx: &mut Tx, id: OutboxId, why: &str) -> Result<bool, StoreError> {
    Ok(tx.run(&CANCEL, vec![Arg::I(id.0), Arg::T(why)]).await? > 0)
}

/// Rows by id, whatever their state.
///
/// # Errors
/// When the database refuses.
pub async fn kept(tx: &mut Tx, ids: &[OutboxId]) -> Result<Vec<Kept>, StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    tx.rows(&SENDS, vec![Arg::S(rows_of(&rows))]).await
}

/// What a lane still has to do, in order; nobody else changes it until the transaction ends.
///
/// # Errors
/// When the database refuses.
pub async fn in_lane(tx: &mut Tx, lane: &str) -> Result<Vec<Kept>, StoreError> {
    lane::lock(tx, &[lane]).await?;
    tx.rows(&IN_LANE, vec![Arg::T(lane)]).await
}

/// How many rows wait or are under way, and how many are dead.
///
/// # Errors
/// When the database refuses.
pub async fn counts(store: &Store) -> Result<(i64, i64), StoreError> {
    let active: Vec<Count> = store.read(&ACTIVE, vec![]).await?;
    let dead: Vec<Count> = store.read(&DEAD_COUNT, vec![]).await?;
    Ok((active.first().map_or(0, |c| c.n), dead.first().map_or(0, |c| c.n)))
}

/// The dead rows, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn dead_letters(store: &Store, limit: i64) -> Result<Vec<Dead>, StoreError> {
    store.read(&DEAD_LIST, vec![Arg::I(limit)]).await
}

/// Puts a dead row back to be tried again, before what was decided later; whether there was one.
///
/// # Errors
/// When the database refuses.
pub async fn replay(
    tx: &mut Tx,
    id: OutboxId,
    scope: impl Fn(&Effect) -> String,
    now: Time,
) -> Result<bool, StoreError> {
    let found: Vec<Kept> = tx.rows(&DEAD_ONE, vec![Arg::I(id.0)]).await?;
    let Some(row) = found.into_iter().next() else { return Ok(false) };
    let effect: Effect =
        serde_json::from_str(&row.effect).map_err(|e| StoreError::Row { table: "outbox", why: e.to_string() })?;
    lane::fill(tx, &[(row.lane.as_str(), scope(&effect).as_str(), now.0)]).await?;
    tx.run(&REPLAY, vec![Arg::I(id.0), Arg::I(now.0)]).await?;
    Ok(true)
}

/// Forgets rows done and decided before `before`; how many.
///
/// # Errors
/// When the database refuses.
pub async fn prune(tx: &mut Tx, before: Time) -> Result<u64, StoreError> {
    tx.run(&PRUNE, vec![Arg::I(before.0)]).await
}
