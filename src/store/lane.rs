//! Lanes with something to do in the outbox: who works on them, when their heads are due, and what pauses them. Lanes do not
//! wait for one another.

use std::collections::HashSet;

use super::db::{Store, StoreError, Tx};
use super::inbox::Count;
use super::sql::{Arg, Sql, rows_of};
use crate::domain::ids::Time;

/// A lane taken for work, and the row at its head.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Head {
    /// The lane.
    pub lane: String,
    /// Proof of the lease.
    pub fence: i64,
    /// Which row.
    pub id: i64,
    /// The effect as JSON.
    pub effect: String,
    /// `pending`, or what a holder who died left behind.
    pub state: String,
    /// Its place within the lane; -1 while it is being tried.
    pub rank: i64,
    /// How often it was tried.
    pub attempt: i64,
    /// When it was tried first.
    pub first_tried: i64,
    /// Not before this.
    pub due_at: i64,
}

/// A lane taken.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Leased {
    lane: String,
    fence: i64,
}

/// A lane's name.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Named {
    lane: String,
}

static FILL: Sql = Sql::new(
    "insert into lane (lane, scope, due_at, lease_until, fence, seq)
     select r.value ->> 0, r.value ->> 1, cast(r.value ->> 2 as bigint), 0, 0, 1
     from {rows:1} where true order by r.value ->> 0
     on conflict (lane) do update set seq = lane.seq + 1, scope = excluded.scope",
);

static WAKE: Sql = Sql::new(
    "update lane set due_at = $2, seq = seq + 1 from {rows:1} where lane.lane = r.value ->> 0 and lane.due_at > $2",
);

macro_rules! lease {
    ($which:literal, $order:literal) => {
        Sql::new(concat!(
            "update lane set lease_until = $2, fence = fence + 1
             where lane in (
                 select l.lane from lane l
                 where l.due_at <= $1 and l.lease_until <= $1 ",
            $which,
            " and not exists (select 1 from pause p where p.scope = l.scope and p.until > $1) order by ",
            $order,
            " limit $3 {skip})
             returning lane, fence"
        ))
    };
}

static LEASE: Sql = lease!("", "l.due_at");

static LEASE_BUT: Sql = lease!("and l.scope not in (select r.value ->> 0 from {rows:4})", "l.due_at");

static LEASE_OF: Sql = lease!(
    "and l.scope = $4",
    "(select min(o.urgency * 1000000000000000 + o.id) from outbox o
      where o.lane = l.lane and o.state in ('pending', 'sending', 'unknown'))"
);

static HEADS: Sql = Sql::new(
    "select l.lane, l.fence, o.id, o.effect, o.state, o.rank, o.attempt, o.first_tried, o.due_at
     from {rows:1} join lane l on l.lane = r.value ->> 0 and l.fence = cast(r.value ->> 1 as bigint)
     join outbox o on o.id = (
         select p.id from outbox p where p.lane = l.lane and p.state in ('pending', 'sending', 'unknown')
         order by p.rank, p.id limit 1)",
);

static RENEW: Sql = Sql::new(
    "update lane set lease_until = $2 from {rows:1}
     where lane.lane = r.value ->> 0 and lane.fence = cast(r.value ->> 1 as bigint)",
);

static GIVE_BACK: Sql = Sql::new(
    "update lane set due_at = cast(r.value ->> 2 as bigint), lease_until = 0 from {rows:1}
     where lane.lane = r.value ->> 0 and lane.fence = cast(r.value ->> 1 as bigint)",
);

static DROP_EMPTY: Sql = Sql::new(
    "delete from lane where lane in (select r.value ->> 0 from {rows:1})
       and not exists (select 1 from outbox p where p.lane = lane.lane and p.state in ('pending', 'sending', 'unknown'))",
);

static LOCK: Sql =
    Sql::new("select seq as n from lane where lane in (select r.value ->> 0 from {rows:1}) order by lane {lock}");

static BUSY: Sql = Sql::new(
    "select distinct o.lane from {rows:1}
     join outbox o on o.lane = r.value ->> 0 and o.state in ('pending', 'sending', 'unknown')",
);

static FREE_LEASES: Sql = Sql::new("update lane set lease_until = 0 where lease_until > 0");

static NEXT_DUE: Sql = Sql::new(
    "select coalesce(min(case when p.until > l.due_at then p.until else l.due_at end), 0) as n
     from lane l left join pause p on p.scope = l.scope and p.until > $1
     where l.lease_until <= $1 and l.scope not in (select r.value ->> 0 from {rows:2})",
);

static NEXT_OF: Sql = Sql::new(
    "select l.scope, min(l.due_at) as due_at from {rows:2} join lane l on l.scope = r.value ->> 0
     where l.lease_until <= $1 group by l.scope",
);

/// When the next lane of a scope is due.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Due {
    /// The scope.
    pub scope: String,
    /// When.
    pub due_at: i64,
}

/// A stored pause.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Pause {
    /// What must not be called.
    pub scope: String,
    /// Until when.
    pub until: i64,
    /// Why.
    pub why: String,
}

static PAUSE: Sql = Sql::new(
    "insert into pause (scope, until, why) values ($1, $2, $3)
     on conflict (scope) do update set until = excluded.until, why = excluded.why where pause.until < excluded.until",
);
static UNPAUSE: Sql = Sql::new("delete from pause where until <= $1");
static PAUSES: Sql = Sql::new("select scope, until, why from pause where until > $1 order by scope");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[
    &FILL,
    &WAKE,
    &LEASE,
    &LEASE_BUT,
    &LEASE_OF,
    &HEADS,
    &RENEW,
    &GIVE_BACK,
    &DROP_EMPTY,
    &LOCK,
    &BUSY,
    &FREE_LEASES,
    &NEXT_DUE,
    &NEXT_OF,
    &PAUSE,
    &UNPAUSE,
    &PAUSES,
];

/// Makes lanes known that rows are put into, each with its scope and the time its head is due.
///
/// # Errors
/// When the database refuses.
pub async fn fill(tx: &mut Tx, lanes: &[(&str, &str, i64)]) -> Result<(), StoreError> {
    tx.run(&FILL, vec![Arg::S(rows_of(lanes))]).await?;
    Ok(())
}

/// Takes up to `limit` due lanes until `until`, of every scope but these: each with the fence that proves it.
///
/// # Errors
/// When the database refuses.
pub async fn lease(
    tx: &mut Tx,
    (now, until): (Time, Time),
    but: &[&str],
    limit: i64,
) -> Result<Vec<(String, i64)>, StoreError> {
    let mut args = vec![Arg::I(now.0), Arg::I(until.0), Arg::I(limit)];
    let taken: Vec<Leased> = if but.is_empty() {
        tx.rows(&LEASE, args).await?
    } else {
        args.push(Arg::S(scopes(but)));
        tx.rows(&LEASE_BUT, args).await?
    };
    Ok(taken.into_iter().map(|lane| (lane.lane, lane.fence)).collect())
}

/// Takes up to `limit` due lanes of one scope until `until`, those with the most urgent first.
///
/// # Errors
/// When the database refuses.
pub async fn lease_of(
    tx: &mut Tx,
    (now, until): (Time, Time),
    scope: &str,
    limit: i64,
) -> Result<Vec<(String, i64)>, StoreError> {
    let args = vec![Arg::I(now.0), Arg::I(until.0), Arg::I(limit), Arg::T(scope)];
    let taken: Vec<Leased> = tx.rows(&LEASE_OF, args).await?;
    Ok(taken.into_iter().map(|lane| (lane.lane, lane.fence)).collect())
}

fn scopes(scopes: &[&str]) -> String {
    rows_of(&scopes.iter().map(|scope| (*scope,)).collect::<Vec<_>>())
}

/// Holds lanes on until `until`: those that still have these fences.
///
/// # Errors
/// When the database refuses.
pub async fn renew(tx: &mut Tx, lanes: &[(&str, i64)], until: Time) -> Result<(), StoreError> {
    tx.run(&RENEW, vec![Arg::S(rows_of(lanes)), Arg::I(until.0)]).await?;
    Ok(())
}

/// Waits until nobody else is changing these lanes, so that what is read of them from now on is what stands. Whoever fills
/// a lane holds it as well. Everybody takes conversations first, then lanes by name, then rows.
///
/// # Errors
/// When the database refuses.
pub async fn lock(tx: &mut Tx, lanes: &[&str]) -> Result<(), StoreError> {
    if matches!(tx, Tx::Postgres(_)) {
        let rows = rows_of(&lanes.iter().map(|lane| (lane,)).collect::<Vec<_>>());
        let _: Vec<Count> = tx.rows(&LOCK, vec![Arg::S(rows)]).await?;
    }
    Ok(())
}

/// The heads of lanes that are still held by these fences.
///
/// # Errors
/// When the database refuses.
pub async fn heads(tx: &mut Tx, lanes: &[(&str, i64)]) -> Result<Vec<Head>, StoreError> {
    tx.rows(&HEADS, vec![Arg::S(rows_of(lanes))]).await
}

/// Gives lanes back: lane, fence, and when its head is due.
///
/// # Errors
/// When the database refuses.
pub async fn give_back(tx: &mut Tx, lanes: &[(&str, i64, i64)]) -> Result<(), StoreError> {
    tx.run(&GIVE_BACK, vec![Arg::S(rows_of(lanes))]).await?;
    Ok(())
}

/// Forgets lanes that have become empty. The rows are locked first, so that none that is being filled is dropped.
///
/// # Errors
/// When the database refuses.
pub async fn drop_empty(tx: &mut Tx, lanes: &[&str]) -> Result<(), StoreError> {
    lock(tx, lanes).await?;
    let rows = rows_of(&lanes.iter().map(|lane| (lane,)).collect::<Vec<_>>());
    tx.run(&DROP_EMPTY, vec![Arg::S(rows)]).await?;
    Ok(())
}

/// Makes lanes due now.
///
/// # Errors
/// When the database refuses.
pub async fn wake(tx: &mut Tx, lanes: &[String], now: Time) -> Result<(), StoreError> {
    let rows: Vec<(&str,)> = lanes.iter().map(|lane| (lane.as_str(),)).collect();
    tx.run(&WAKE, vec![Arg::S(rows_of(&rows)), Arg::I(now.0)]).await?;
    Ok(())
}

/// Which of these lanes have something to do.
///
/// # Errors
/// When the database refuses.
pub async fn busy(tx: &mut Tx, lanes: &[String]) -> Result<HashSet<String>, StoreError> {
    let rows: Vec<(&str,)> = lanes.iter().map(|lane| (lane.as_str(),)).collect();
    let found: Vec<Named> = tx.rows(&BUSY, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(found.into_iter().map(|named| named.lane).collect())
}

/// Ends every lease: for a process that knows it is alone with the database.
///
/// # Errors
/// When the database refuses.
pub async fn free_leases(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.run(&FREE_LEASES, vec![]).await
}

/// When the next lane of every scope but these is due; never when none waits.
///
/// # Errors
/// When the database refuses.
pub async fn next_due(tx: &mut Tx, but: &[&str], now: Time) -> Result<Time, StoreError> {
    let rows: Vec<Count> = tx.rows(&NEXT_DUE, vec![Arg::I(now.0), Arg::S(scopes(but))]).await?;
    Ok(Time(rows.first().map_or(0, |c| c.n)))
}

/// When the next lane of each of these scopes is due; those where none waits are left out.
///
/// # Errors
/// When the database refuses.
pub async fn next_of(tx: &mut Tx, of: &[&str], now: Time) -> Result<Vec<Due>, StoreError> {
    tx.rows(&NEXT_OF, vec![Arg::I(now.0), Arg::S(scopes(of))]).await
}

/// Stores a pause, unless a longer one is there.
///
/// # Errors
/// When the database refuses.
pub async fn pause(tx: &mut Tx, scope: &str, until: Time, why: &str) -> Result<(), StoreError> {
    tx.run(&PAUSE, vec![Arg::T(scope), Arg::I(until.0), Arg::T(why)]).await?;
    Ok(())
}

/// Forgets pauses that are over.
///
/// # Errors
/// When the database refuses.
pub async fn forget_pauses(tx: &mut Tx, now: Time) -> Result<u64, StoreError> {
    tx.run(&UNPAUSE, vec![Arg::I(now.0)]).await
}

/// The pauses in force, as this transaction sees them.
///
/// # Errors
/// When the database refuses.
pub async fn pauses_in(tx: &mut Tx, now: Time) -> Result<Vec<Pause>, StoreError> {
    tx.rows(&PAUSES, vec![Arg::I(now.0)]).await
}

/// The pauses in force.
///
/// # Errors
/// When the database refuses.
pub async fn pauses(store: &Store, now: Time) -> Result<Vec<Pause>, StoreError> {
    store.read(&PAUSES, vec![Arg::I(now.0)]).await
}
