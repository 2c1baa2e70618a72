//! Routing decisions as they were made, each with everything that was looked at.

use super::db::{Store, StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::ids::{ConversationId, Time};

/// A decision as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Stored {
    /// Which.
    pub id: i64,
    /// For which conversation.
    pub conversation: i64,
    /// When.
    pub at: i64,
    /// The rules it was made by.
    pub version: String,
    /// What was looked at, as JSON.
    pub inputs: String,
    /// What came of it, as JSON.
    pub choice: String,
}

static APPEND: Sql = Sql::new(
    "insert into routing_decision (id, conversation, at, version, inputs, choice)
     select cast(r.value ->> 0 as bigint), cast(r.value ->> 1 as bigint), cast(r.value ->> 2 as bigint), r.value ->> 3,
         r.value ->> 4, r.value ->> 5
     from {rows:1} where true",
);

static NEWEST: Sql = Sql::new(
    "select id, conversation, at, version, inputs, choice from routing_decision
     where conversation = $1 order by id desc limit 1",
);

static OF: Sql = Sql::new(
    "select id, conversation, at, version, inputs, choice from routing_decision where conversation = $1 order by id",
);

static BY_ID: Sql = Sql::new(
    "select d.id, d.conversation, d.at, d.version, d.inputs, d.choice from {rows:1}
     join routing_decision d on d.id = cast(r.value ->> 0 as bigint)",
);

static PRUNE: Sql = Sql::new(
    "delete from routing_decision where at < $1 and conversation in (select id from conversation where state = 'closed')",
);

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&APPEND, &NEWEST, &OF, &BY_ID, &PRUNE];

/// Writes decisions.
///
/// # Errors
/// When the database refuses.
pub async fn append(tx: &mut Tx, decisions: &[Stored]) -> Result<(), StoreError> {
    let rows: Vec<_> =
        decisions.iter().map(|d| (d.id, d.conversation, d.at, &d.version, &d.inputs, &d.choice)).collect();
    tx.run(&APPEND, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

/// The newest decision about a conversation.
///
/// # Errors
/// When the database refuses.
pub async fn newest(store: &Store, conversation: ConversationId) -> Result<Option<Stored>, StoreError> {
    Ok(store.read(&NEWEST, vec![Arg::I(conversation.0)]).await?.pop())
}

/// The decisions about a conversation, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn of(store: &Store, conversation: ConversationId) -> Result<Vec<Stored>, StoreError> {
    store.read(&OF, vec![Arg::I(conversation.0)]).await
}

/// Decisions by id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<_> = ids.iter().map(|id| (id,)).collect();
    tx.rows(&BY_ID, vec![Arg::S(rows_of(&rows))]).await
}

/// Forgets decisions about closed conversations made before `before`.
///
/// # Errors
/// When the database refuses.
pub async fn prune(tx: &mut Tx, before: Time) -> Result<u64, StoreError> {
    tx.run(&PRUNE, vec![Arg::I(before.0)]).await
}
