//! The clocks of conversations, for good: one row each, from its beginning on.

use super::db::{Store, StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::clocks::Kept;
use crate::domain::ids::{AgentId, ConversationId, Time};
use crate::domain::targets::Kind;

static KEEP: Sql = Sql::new(
    "insert into clock (conversation, nth, kind, team, priority, since, target_ms, due_at, pauses, version, came, ended_at,
         by_agent, took_ms, nudges, first_nudge_ms)
     select cast(r.value ->> 0 as bigint), cast(r.value ->> 1 as bigint), r.value ->> 2, r.value ->> 3,
         cast(r.value ->> 4 as bigint), cast(r.value ->> 5 as bigint), cast(r.value ->> 6 as bigint),
         cast(r.value ->> 7 as bigint), r.value ->> 8, r.value ->> 9, r.value ->> 10, cast(r.value ->> 11 as bigint),
         cast(r.value ->> 12 as bigint), cast(r.value ->> 13 as bigint), cast(r.value ->> 14 as bigint),
         cast(r.value ->> 15 as bigint)
     from {rows:1} where true
     on conflict (conversation, nth) do update set team = excluded.team, priority = excluded.priority,
         since = excluded.since, target_ms = excluded.target_ms, due_at = excluded.due_at, pauses = excluded.pauses,
         version = excluded.version, came = excluded.came, ended_at = excluded.ended_at, by_agent = excluded.by_agent,
         took_ms = excluded.took_ms, nudges = excluded.nudges, first_nudge_ms = excluded.first_nudge_ms",
);

static RING: Sql = Sql::new(
    "insert into alarm (conversation, nth, step, kind, team, slip, listed, owner, due_at, fired_at)
     select cast(r.value ->> 0 as bigint), cast(r.value ->> 1 as bigint), cast(r.value ->> 2 as bigint), r.value ->> 3,
         r.value ->> 4, cast(r.value ->> 5 as bigint), cast(r.value ->> 6 as bigint), cast(r.value ->> 7 as bigint),
         cast(r.value ->> 8 as bigint), cast(r.value ->> 9 as bigint)
     from {rows:1} where true",
);

static OF: Sql = Sql::new(
    "select nth, kind, team, priority, since, target_ms, due_at, pauses, version, came, ended_at, by_agent, took_ms, nudges,
         first_nudge_ms
     from clock where conversation = $1 order by nth",
);

static RUNG: Sql = Sql::new(
    "select nth, step, kind, team, slip, owner, due_at, fired_at from alarm where conversation = $1
     order by fired_at, nth, step",
);

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&KEEP, &RING, &OF, &RUNG];

/// A clock as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    /// Which of its conversation, from 1.
    pub nth: i64,
    /// [`Kind`].
    pub kind: String,
    /// Whose queue the conversation was in.
    pub team: String,
    /// [`crate::domain::roster::Priority::rank`].
    pub priority: i64,
    /// When it began.
    pub since: i64,
    /// Milliseconds of open time it might take; 0 when nothing was promised.
    pub target_ms: i64,
    /// Its deadline; 0 for none.
    pub due_at: i64,
    /// Pairs of times between which it did not count, as JSON.
    pub pauses: String,
    /// What the deadline was made from.
    pub version: String,
    /// [`crate::domain::clocks::Came`].
    pub came: String,
    /// When it ended; 0 while it runs.
    pub ended_at: i64,
    /// Who ended it; 0 for nobody.
    pub by_agent: i64,
    /// Milliseconds of open time it took.
    pub took_ms: i64,
    /// How often the customer wrote again while it ran; told when it ends.
    pub nudges: i64,
    /// How long they waited before the first of these, in milliseconds; 0 when there was none.
    pub first_nudge_ms: i64,
}

/// A step that has come, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Rung {
    /// Of which clock of its conversation.
    pub nth: i64,
    /// Which step, from 0.
    pub step: i64,
    /// [`Kind`].
    pub kind: String,
    /// Whose queue the conversation was in.
    pub team: String,
    /// Whether the deadline had come.
    pub slip: i64,
    /// Who owned it; 0 for nobody.
    pub owner: i64,
    /// When it was due.
    pub due_at: i64,
    /// When it came.
    pub fired_at: i64,
}

/// The clocks a conversation has had, in the order in which they began.
///
/// # Errors
/// When the database refuses.
pub async fn of(store: &Store, conversation: ConversationId) -> Result<Vec<Row>, StoreError> {
    store.read(&OF, vec![Arg::I(conversation.0)]).await
}

/// The steps that have come for a conversation, in the order in which they came.
///
/// # Errors
/// When the database refuses.
pub async fn rung(store: &Store, conversation: ConversationId) -> Result<Vec<Rung>, StoreError> {
    store.read(&RUNG, vec![Arg::I(conversation.0)]).await
}

/// A step of a ladder that has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Whose.
    pub conversation: ConversationId,
    /// Which of its clocks.
    pub nth: i64,
    /// Which step of its ladder, from 0.
    pub step: i64,
    /// What the clock runs for.
    pub kind: Kind,
    /// The team.
    pub team: String,
    /// Whether the deadline has come.
    pub slip: bool,
    /// Whether it came amid so many that it stands in a list.
    pub listed: bool,
    /// Who owned it.
    pub owner: AgentId,
    /// When it was due.
    pub due_at: Time,
    /// When it came.
    pub fired_at: Time,
}

/// Writes the steps that have come. That one comes twice is refused.
///
/// # Errors
/// When the database refuses.
pub async fn ring(tx: &mut Tx, alarms: &[Alarm]) -> Result<(), StoreError> {
    let row = |a: &Alarm| {
        let key = (a.conversation.0, a.nth, a.step, a.kind.as_str());
        let (slip, listed) = (i64::from(a.slip), i64::from(a.listed));
        serde_json::json!([key.0, key.1, key.2, key.3, a.team, slip, listed, a.owner, a.due_at, a.fired_at])
    };
    tx.run(&RING, vec![Arg::S(rows_of(&alarms.iter().map(row).collect::<Vec<_>>()))]).await?;
    Ok(())
}

/// Writes clocks as they stand; of several states of one the last.
///
/// # Errors
/// When the database refuses.
pub async fn keep(tx: &mut Tx, kept: &[Kept]) -> Result<(), StoreError> {
    let last = |nth: usize, row: &Kept| {
        let same = |other: &Kept| (other.conversation, other.clock.nth) == (row.conversation, row.clock.nth);
        !kept[nth + 1..].iter().any(same)
    };
    let rows: Vec<_> =
        kept.iter().enumerate().filter(|(nth, row)| last(*nth, row)).map(|(_, row)| row_of(row)).collect();
    tx.run(&KEEP, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

fn row_of(row: &Kept) -> serde_json::Value {
    let clock = &row.clock;
    serde_json::json!([
        row.conversation,
        clock.nth,
        clock.kind.as_str(),
        row.team,
        row.priority.rank(),
        clock.since,
        clock.target_ms,
        clock.due,
        serde_json::to_string(&clock.pauses).unwrap_or_default(),
        row.version,
        row.came.as_str(),
        row.ended_at,
        row.by,
        row.took_ms,
        row.nudges,
        row.first_nudge_ms,
    ])
}
