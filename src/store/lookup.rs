//! What people look up: the conversations of a customer, and where messages were said.

use super::db::{StoreError, Tx};
use super::inbox::Count;
use super::record::Entry;
use super::sql::{Arg, Sql, rows_of};
use crate::domain::ids::{ContactId, ConversationId, MessageId};

/// A conversation of a customer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Past {
    /// Its number.
    pub id: i64,
    /// Its team.
    pub team: String,
    /// Its thread; empty until it has one.
    pub thread: String,
    /// `waiting`, `owned` or `closed`.
    pub state: String,
    /// The owner, or the last one when closed; 0 for nobody.
    pub owner: i64,
    /// Since when the state holds.
    pub since: i64,
    /// When the customer's first message was written.
    pub opened_at: i64,
    /// Milliseconds of open time until the first answer; -1 while there is none.
    pub first_ms: i64,
    /// Who closed it; 0 for nobody, or while it is open.
    pub closed_by: i64,
    /// Why it was closed; may be empty.
    pub reason: String,
}

/// Where a message was said.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Place {
    /// The message.
    pub message: i64,
    /// Its conversation.
    pub conversation: i64,
    /// The thread of that; empty until it has one.
    pub thread: String,
    /// The customer.
    pub contact: i64,
}

/// The newest conversation of a customer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Newest {
    /// The customer.
    pub contact: i64,
    /// Its number.
    pub conversation: i64,
    /// Its thread; empty until it has one.
    pub thread: String,
}

/// Something that waits for an owner.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// Its number.
    pub id: i64,
    /// Its thread; empty until it has one.
    pub thread: String,
    /// The customer.
    pub contact: i64,
    /// Since when they wait.
    pub waiting_since: i64,
    /// Until when they are to have an answer; 0 when nothing is promised.
    pub due_at: i64,
    /// [`crate::domain::passing::Passing`], as JSON.
    pub passing: String,
}

static QUEUED: Sql = Sql::new(
    "select id, thread, contact, waiting_since, due_at, passing from conversation where team = $1 and queued = 1
     order by due_at, waiting_since, id limit $2 offset $3",
);

static QUEUED_COUNT: Sql = Sql::new("select count(*) as n from conversation where team = $1 and queued = 1");

static KEPT_BACK: Sql = Sql::new(
    "select id, thread, contact, waiting_since, due_at, passing from conversation
     where team = $1 and state = 'waiting' and waiting_since > 0 and queued = 0 order by waiting_since, id limit $2",
);

static PAST: Sql = Sql::new(
    "select c.id, c.team, c.thread, c.state, c.owner, c.since, c.opened_at,
         coalesce((select f.took_ms from clock f where f.conversation = c.id and f.kind = 'first'
             and f.came in ('met', 'missed') order by f.nth limit 1), -1) as first_ms,
         coalesce(a.by_agent, 0) as closed_by, coalesce(a.note, '') as reason
     from conversation c
     left join assignment a on a.conversation = c.id and a.epoch = c.epoch and a.how = 'closed'
     where c.contact = $1 order by c.id desc limit $2",
);

static PAST_COUNT: Sql = Sql::new("select count(*) as n from conversation where contact = $1");

static RECORD: Sql = Sql::new(
    "select epoch, from_agent, to_agent, by_agent, how, note, decision, at from assignment
     where conversation = $1 order by epoch desc limit $2",
);

static SAID_COUNT: Sql = Sql::new("select count(*) as n from message where conversation = $1");

static PLACES: Sql = Sql::new(
    "select m.id as message, c.id as conversation, c.thread, c.contact from {rows:1}
     join message m on m.id = cast(r.value ->> 0 as bigint) join conversation c on c.id = m.conversation",
);

static NEWEST: Sql = Sql::new(
    "select c.contact, c.id as conversation, c.thread from {rows:1}
     join conversation c on c.id = (select max(d.id) from conversation d where d.contact = cast(r.value ->> 0 as bigint))",
);

/// Every statement of this file.
pub const ALL: &[&Sql] =
    &[&QUEUED, &QUEUED_COUNT, &KEPT_BACK, &PAST, &PAST_COUNT, &RECORD, &SAID_COUNT, &PLACES, &NEWEST];

async fn count(tx: &mut Tx, sql: &'static Sql, id: i64) -> Result<i64, StoreError> {
    let rows: Vec<Count> = tx.rows(sql, vec![Arg::I(id)]).await?;
    Ok(rows.first().map_or(0, |row| row.n))
}

/// What waits for an owner of a team behind the first `behind`, in the order in which it is given out
/// ([`super::queue::of_team`]), and how many there are in all.
///
/// # Errors
/// When the database refuses.
pub async fn queued(tx: &mut Tx, team: &str, limit: i64, behind: i64) -> Result<(Vec<Waiting>, i64), StoreError> {
    let rows = tx.rows(&QUEUED, vec![Arg::T(team), Arg::I(limit), Arg::I(behind)]).await?;
    let count: Vec<Count> = tx.rows(&QUEUED_COUNT, vec![Arg::T(team)]).await?;
    Ok((rows, count.first().map_or(0, |row| row.n)))
}

/// What waits for an owner of a team and is not given out by itself, the oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn kept_back(tx: &mut Tx, team: &str, limit: i64) -> Result<Vec<Waiting>, StoreError> {
    tx.rows(&KEPT_BACK, vec![Arg::T(team), Arg::I(limit)]).await
}

/// The conversations of a customer, newest first, at most `limit`, and how many there are in all.
///
/// # Errors
/// When the database refuses.
pub async fn past(tx: &mut Tx, contact: ContactId, limit: i64) -> Result<(Vec<Past>, i64), StoreError> {
    let rows = tx.rows(&PAST, vec![Arg::I(contact.0), Arg::I(limit)]).await?;
    Ok((rows, count(tx, &PAST_COUNT, contact.0).await?))
}

/// The newest changes of owner of a conversation, at most `limit`, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn record(tx: &mut Tx, conversation: ConversationId, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let mut rows: Vec<Entry> = tx.rows(&RECORD, vec![Arg::I(conversation.0), Arg::I(limit)]).await?;
    rows.reverse();
    Ok(rows)
}

/// How many messages a conversation has.
///
/// # Errors
/// When the database refuses.
pub async fn said_count(tx: &mut Tx, conversation: ConversationId) -> Result<i64, StoreError> {
    count(tx, &SAID_COUNT, conversation.0).await
}

/// Where these messages were said.
///
/// # Errors
/// When the database refuses.
pub async fn places(tx: &mut Tx, messages: &[MessageId]) -> Result<Vec<Place>, StoreError> {
    let rows: Vec<(i64,)> = messages.iter().map(|id| (id.0,)).collect();
    tx.rows(&PLACES, vec![Arg::S(rows_of(&rows))]).await
}

/// The newest conversation of each of these customers.
///
/// # Errors
/// When the database refuses.
pub async fn newest(tx: &mut Tx, contacts: &[ContactId]) -> Result<Vec<Newest>, StoreError> {
    let rows: Vec<(i64,)> = contacts.iter().map(|id| (id.0,)).collect();
    tx.rows(&NEWEST, vec![Arg::S(rows_of(&rows))]).await
}
