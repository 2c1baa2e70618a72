//! Which conversations wait for whom: the queue of a team, what somebody owns, what time alone wakes.

use super::db::{Store, StoreError, Tx};
use super::inbox::Count;
use super::sql::{Arg, Sql, rows_of};
use crate::domain::ids::{AgentId, ConversationId, Time};

/// A conversation and a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct At {
    /// Which.
    pub id: i64,
    /// When.
    pub at: i64,
}

static QUEUE: Sql = Sql::new(
    "select id as n from conversation where team = $1 and queued = 1 order by due_at, waiting_since, id
     limit $2 offset $3",
);

static OWNED: Sql =
    Sql::new("select id as n from conversation where owner = $1 and state = 'owned' and id > $2 order by id limit $3");

static OWNED_WAITING: Sql = Sql::new(
    "select id as n from conversation where owner = $1 and state = 'owned' and waiting_since > 0 and id > $2
     order by id limit $3",
);

static OUTDATED: Sql = Sql::new(
    "select id as n from conversation where state <> 'closed' and id > $1
         and terms not in (select r.value ->> 0 from {rows:2}) order by id limit $3",
);

static WAKING: Sql = Sql::new(
    "select id, wake_at as at from conversation where wake_at > 0 and wake_at <= $1 order by wake_at limit $2",
);

static QUEUED_TEAMS: Sql = Sql::new(
    "select r.value ->> 0 as name from {rows:1}
     where exists (select 1 from conversation c where c.team = r.value ->> 0 and c.queued = 1)",
);

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&QUEUE, &OWNED, &OWNED_WAITING, &OUTDATED, &WAKING, &QUEUED_TEAMS];

#[derive(sqlx::FromRow)]
struct Named {
    name: String,
}

fn ids(rows: Vec<Count>) -> Vec<ConversationId> {
    rows.into_iter().map(|row| ConversationId(row.n)).collect()
}

/// The queue of a team behind its first `behind`, the most urgent first: the earliest deadline, then the oldest unanswered
/// message.
///
/// # Errors
/// When the database refuses.
pub async fn of_team(tx: &mut Tx, team: &str, behind: i64, limit: i64) -> Result<Vec<ConversationId>, StoreError> {
    Ok(ids(tx.rows(&QUEUE, vec![Arg::T(team), Arg::I(limit), Arg::I(behind)]).await?))
}

/// What somebody owns behind `after`, and with `waiting` only where the customer waits.
///
/// # Errors
/// When the database refuses.
pub async fn owned(
    tx: &mut Tx,
    owner: AgentId,
    waiting: bool,
    after: ConversationId,
    limit: i64,
) -> Result<Vec<ConversationId>, StoreError> {
    let sql = if waiting { &OWNED_WAITING } else { &OWNED };
    Ok(ids(tx.rows(sql, vec![Arg::I(owner.0), Arg::I(after.0), Arg::I(limit)]).await?))
}

/// What is open and runs by none of these promises, behind `after`.
///
/// # Errors
/// When the database refuses.
pub async fn outdated(
    tx: &mut Tx,
    versions: &[&str],
    after: ConversationId,
    limit: i64,
) -> Result<Vec<ConversationId>, StoreError> {
    let rows: Vec<(&str,)> = versions.iter().map(|version| (*version,)).collect();
    Ok(ids(tx.rows(&OUTDATED, vec![Arg::I(after.0), Arg::S(rows_of(&rows)), Arg::I(limit)]).await?))
}

/// What time alone has woken by `now`, the earliest first.
///
/// # Errors
/// When the database refuses.
pub async fn waking(store: &Store, now: Time, limit: i64) -> Result<Vec<At>, StoreError> {
    store.read(&WAKING, vec![Arg::I(now.0), Arg::I(limit)]).await
}

/// Those of these teams in whose queue something waits.
///
/// # Errors
/// When the database refuses.
pub async fn waiting(tx: &mut Tx, teams: &[&str]) -> Result<Vec<String>, StoreError> {
    if teams.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(&str,)> = teams.iter().map(|team| (*team,)).collect();
    let found: Vec<Named> = tx.rows(&QUEUED_TEAMS, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(found.into_iter().map(|row| row.name).collect())
}
