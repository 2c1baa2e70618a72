//! The posts that stand in channels, so that each is made once and brought up to date where it is.

use super::db::{StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};

/// A post that stands.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    /// What it shows: [`crate::domain::effect::Standing::key`].
    pub what: String,
    /// Where.
    pub channel: String,
    /// The post.
    pub post: String,
    /// 1 when it has said that it is over: what comes next gets a post of its own.
    pub over: i64,
}

static OF: Sql = Sql::new(
    "select s.what, s.channel, s.post, s.over from {rows:1}
     join standing s on s.what = r.value ->> 0 and s.channel = r.value ->> 1",
);

static SHOWN: Sql = Sql::new(
    "insert into standing (what, channel, post, over)
     select r.value ->> 0, r.value ->> 1, r.value ->> 2, 0 from {rows:1} where true
     on conflict (what, channel) do update set post = excluded.post, over = 0",
);

static OVER: Sql = Sql::new("update standing set over = 1 where what = $1");

static GONE: Sql = Sql::new("delete from standing where what = $1 and channel = $2 and post = $3");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&OF, &SHOWN, &OVER, &GONE];

/// The posts there are of these: what, and in which channel.
///
/// # Errors
/// When the database refuses.
pub async fn of(tx: &mut Tx, which: &[(String, &str)]) -> Result<Vec<Row>, StoreError> {
    tx.rows(&OF, vec![Arg::S(rows_of(which))]).await
}

/// Notes where posts stand now: what, channel, post.
///
/// # Errors
/// When the database refuses.
pub async fn shown(tx: &mut Tx, posts: &[(String, &str, &str)]) -> Result<(), StoreError> {
    tx.run(&SHOWN, vec![Arg::S(rows_of(posts))]).await?;
    Ok(())
}

/// What something showed is over, wherever it stands.
///
/// # Errors
/// When the database refuses.
pub async fn over(tx: &mut Tx, what: &str) -> Result<(), StoreError> {
    tx.run(&OVER, vec![Arg::T(what)]).await?;
    Ok(())
}

/// Forgets a post, if it is still that one: what comes next is posted anew.
///
/// # Errors
/// When the database refuses.
pub async fn gone(tx: &mut Tx, what: &str, channel: &str, post: &str) -> Result<(), StoreError> {
    tx.run(&GONE, vec![Arg::T(what), Arg::T(channel), Arg::T(post)]).await?;
    Ok(())
}
