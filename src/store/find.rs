//! What was said and what customers are called, by its words ([`crate::domain::search`]). A row of an index is written in the
//! transaction that writes what it is about, and found newest first: ids grow with time.

use super::db::{StoreError, Tx};
use super::inbox::Count;
use super::sql::{Arg, Dialect, Sql, rows_of};
use crate::domain::ids::{ContactId, MessageId};
use crate::domain::search::Sought;

/// On Postgres, so many of the newest messages are looked through first: what is in most messages is among them, and what is
/// not has few rows in the index.
const NEWEST: i64 = 1_000;

static FORGET_SPOKEN: Sql =
    Sql::new("delete from spoken where rowid in (select cast(r.value ->> 0 as bigint) from {rows:1})");

static KEEP_SPOKEN: Sql = Sql::new(
    "insert into spoken (rowid, words) select cast(r.value ->> 0 as bigint), r.value ->> 1 from {rows:1} where true",
);

static FORGET_KNOWN: Sql =
    Sql::new("delete from known_as where rowid in (select cast(r.value ->> 0 as bigint) from {rows:1})");

static KEEP_KNOWN: Sql = Sql::new(
    "insert into known_as (rowid, words) select cast(r.value ->> 0 as bigint), r.value ->> 1 from {rows:1} where true",
);

static SPOKEN: Sql = Sql::new(
    // What is no column is not read in the order of the primary key, which would be most of the table for a rare word.
    "select n from (select {sqlite:rowid}{postgres:rowid + 0} as n from spoken
         where {sqlite:spoken match $1}
             {postgres:array_to_tsvector(string_to_array(words, ' ')) @@ cast($1 as tsquery)}) w
     order by n desc limit $2 offset $3",
);

static SPOKEN_LATELY: Sql = Sql::new(
    "select n from (select rowid as n {postgres:, words} from spoken {sqlite:where spoken match $1}
         order by rowid desc limit $4) s
     {postgres:where array_to_tsvector(string_to_array(words, ' ')) @@ cast($1 as tsquery)}
     order by n desc limit $2 offset $3",
);

static KNOWN: Sql = Sql::new(
    "select n from (select {sqlite:rowid}{postgres:rowid + 0} as n from known_as
         where {sqlite:known_as match $1}
             {postgres:array_to_tsvector(string_to_array(words, ' ')) @@ cast($1 as tsquery)}) w
     order by n desc limit $2",
);

static INDEXED: Sql = Sql::new("select next as n from counter where name = 'spoken' {lock}");
static INDEXED_TO: Sql = Sql::new("update counter set next = $1 where name = 'spoken'");
static OLDER: Sql = Sql::new("select id as n from message where id > $1 order by id limit $2");
static CUSTOMERS: Sql = Sql::new("select id as n from contact where id > $1 order by id limit $2");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[
    &INDEXED,
    &INDEXED_TO,
    &OLDER,
    &CUSTOMERS,
    &FORGET_SPOKEN,
    &KEEP_SPOKEN,
    &FORGET_KNOWN,
    &KEEP_KNOWN,
    &SPOKEN,
    &SPOKEN_LATELY,
    &KNOWN,
];

/// Writes the words of messages, new or changed; one that has none is found no more.
///
/// # Errors
/// When the database refuses.
pub async fn keep_spoken(tx: &mut Tx, known: &[MessageId], said: &[(MessageId, String)]) -> Result<(), StoreError> {
    if !known.is_empty() {
        let gone: Vec<(i64,)> = known.iter().map(|id| (id.0,)).collect();
        tx.run(&FORGET_SPOKEN, vec![Arg::S(rows_of(&gone))]).await?;
    }
    let rows: Vec<(i64, &str)> =
        said.iter().filter(|(_, words)| !words.is_empty()).map(|(id, words)| (id.0, words.as_str())).collect();
    if !rows.is_empty() {
        tx.run(&KEEP_SPOKEN, vec![Arg::S(rows_of(&rows))]).await?;
    }
    Ok(())
}

/// Writes the words that customers are called by, new or changed.
///
/// # Errors
/// When the database refuses.
pub async fn keep_known(tx: &mut Tx, called: &[(ContactId, String)]) -> Result<(), StoreError> {
    let gone: Vec<(i64,)> = called.iter().map(|(id, _)| (id.0,)).collect();
    tx.run(&FORGET_KNOWN, vec![Arg::S(rows_of(&gone))]).await?;
    let rows: Vec<(i64, &str)> =
        called.iter().filter(|(_, words)| !words.is_empty()).map(|(id, words)| (id.0, words.as_str())).collect();
    if !rows.is_empty() {
        tx.run(&KEEP_KNOWN, vec![Arg::S(rows_of(&rows))]).await?;
    }
    Ok(())
}

/// Up to which message everything is in the index; `None` once everything is. Held for this transaction.
///
/// # Errors
/// When the database refuses.
pub async fn indexed(tx: &mut Tx) -> Result<Option<MessageId>, StoreError> {
    let rows: Vec<Count> = tx.rows(&INDEXED, vec![]).await?;
    Ok(rows.first().filter(|row| row.n >= 0).map(|row| MessageId(row.n)))
}

/// Notes how far the index has come; `None` for to the end.
///
/// # Errors
/// When the database refuses.
pub async fn indexed_to(tx: &mut Tx, last: Option<MessageId>) -> Result<(), StoreError> {
    tx.run(&INDEXED_TO, vec![Arg::I(last.map_or(-1, |last| last.0))]).await?;
    Ok(())
}

/// Messages behind this one, in the order of their ids.
///
/// # Errors
/// When the database refuses.
pub async fn older(tx: &mut Tx, after: MessageId, limit: i64) -> Result<Vec<MessageId>, StoreError> {
    Ok(ids(tx.rows(&OLDER, vec![Arg::I(after.0), Arg::I(limit)]).await?))
}

/// Customers behind this one, in the order of their ids.
///
/// # Errors
/// When the database refuses.
pub async fn customers(tx: &mut Tx, after: ContactId, limit: i64) -> Result<Vec<ContactId>, StoreError> {
    let rows: Vec<Count> = tx.rows(&CUSTOMERS, vec![Arg::I(after.0), Arg::I(limit)]).await?;
    Ok(rows.into_iter().map(|row| ContactId(row.n)).collect())
}

/// The messages that hold all of this, newest first, at most `limit` behind the first `behind`.
///
/// # Errors
/// When the database refuses.
pub async fn spoken(tx: &mut Tx, sought: &[Sought], limit: i64, behind: i64) -> Result<Vec<MessageId>, StoreError> {
    let words = asked(sought, tx.dialect());
    let args = || vec![Arg::T(&words), Arg::I(limit), Arg::I(behind)];
    if tx.dialect() == Dialect::Postgres {
        let lately: Vec<Count> = tx.rows(&SPOKEN_LATELY, [args(), vec![Arg::I(NEWEST)]].concat()).await?;
        if i64::try_from(lately.len()).is_ok_and(|n| n >= limit) {
            return Ok(ids(lately));
        }
    }
    Ok(ids(tx.rows(&SPOKEN, args()).await?))
}

/// The customers who are called by all of this, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn known(tx: &mut Tx, sought: &[Sought], limit: i64) -> Result<Vec<ContactId>, StoreError> {
    let words = asked(sought, tx.dialect());
    let found: Vec<Count> = tx.rows(&KNOWN, vec![Arg::T(&words), Arg::I(limit)]).await?;
    Ok(found.into_iter().map(|row| ContactId(row.n)).collect())
}

fn ids(rows: Vec<Count>) -> Vec<MessageId> {
    rows.into_iter().map(|row| MessageId(row.n)).collect()
}

/// What is sought in the language of the database. Words are letters and digits alone.
fn asked(sought: &[Sought], dialect: Dialect) -> String {
    let one = |s: &Sought| match (dialect, s.begins) {
        (Dialect::Sqlite, true) => format!("\"{}\"*", s.word),
        (Dialect::Sqlite, false) => format!("\"{}\"", s.word),
        (Dialect::Postgres, true) => format!("'{}':*", s.word),
        (Dialect::Postgres, false) => format!("'{}'", s.word),
    };
    let between = if dialect == Dialect::Sqlite { " AND " } else { " & " };
    sought.iter().map(one).collect::<Vec<_>>().join(between)
}
