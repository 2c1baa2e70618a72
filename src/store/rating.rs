//! What customers answered to "how was it?".

use super::db::{Store, StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::ids::ConversationId;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Rating {
    /// About which conversation.
    pub conversation: i64,
    /// When.
    pub at: i64,
    /// The owner it is about; 0 for nobody.
    pub agent: i64,
    /// From 1 for the first answer offered.
    pub score: i64,
    /// What the customer saw on it.
    pub label: String,
}

static APPEND: Sql = Sql::new(
    "insert into rating (conversation, at, agent, score, label)
     select cast(r.value ->> 0 as bigint), cast(r.value ->> 1 as bigint), cast(r.value ->> 2 as bigint),
         cast(r.value ->> 3 as bigint), r.value ->> 4
     from {rows:1} where true on conflict (conversation, at) do nothing",
);

static OF: Sql =
    Sql::new("select conversation, at, agent, score, label from rating where conversation = $1 order by at");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&APPEND, &OF];

/// Writes answers.
///
/// # Errors
/// When the database refuses.
pub async fn append(tx: &mut Tx, ratings: &[Rating]) -> Result<(), StoreError> {
    let rows: Vec<_> = ratings.iter().map(|r| (r.conversation, r.at, r.agent, r.score, &r.label)).collect();
    tx.run(&APPEND, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

/// The answers about a conversation, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn of(store: &Store, conversation: ConversationId) -> Result<Vec<Rating>, StoreError> {
    store.read(&OF, vec![Arg::I(conversation.0)]).await
}
