//! The append-only record of owners.

use super::db::{Store, StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::conversation::Change;
use crate::domain::ids::ConversationId;

/// One entry as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// The epoch it begins.
    pub epoch: i64,
    /// Owner before.
    pub from_agent: i64,
    /// Owner after.
    pub to_agent: i64,
    /// Who caused it.
    pub by_agent: i64,
    /// How.
    pub how: String,
    /// The note given with it.
    pub note: String,
    /// The routing decision behind it; 0 when there was none.
    pub decision: i64,
    /// When.
    pub at: i64,
}

static APPEND: Sql = Sql::new(
    "insert into assignment (conversation, epoch, from_agent, to_agent, by_agent, how, note, at, decision)
     select cast(r.value ->> 0 as bigint), cast(r.value ->> 1 as bigint), cast(r.value ->> 2 as bigint),
         cast(r.value ->> 3 as bigint), cast(r.value ->> 4 as bigint), r.value ->> 5, r.value ->> 6,
         cast(r.value ->> 7 as bigint), cast(r.value ->> 8 as bigint)
     from {rows:1} where true",
);

static OF: Sql = Sql::new(
    "select epoch, from_agent, to_agent, by_agent, how, note, decision, at from assignment
     where conversation = $1 order by epoch",
);

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&APPEND, &OF];

/// Appends changes of owner.
///
/// # Errors
/// When the database refuses, also when an epoch has its entry already.
pub async fn append(tx: &mut Tx, changes: &[Change]) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .map(|c| {
            let (how, note) = (c.how.as_str(), c.note.as_str());
            (c.conversation.0, c.epoch, c.from.0, c.to.0, c.by.0, how, note, c.at.0, c.decision)
        })
        .collect();
    tx.run(&APPEND, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

/// The record of a conversation, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn of(store: &Store, conversation: ConversationId) -> Result<Vec<Entry>, StoreError> {
    store.read(&OF, vec![Arg::I(conversation.0)]).await
}
