//! Messages, and the ids platforms gave them.

use super::db::{Store, StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::event::Failure;
use crate::domain::ids::{AgentId, ConversationId, MessageId, Time, Wamid};
use crate::domain::message::{Direction, Message, Progress};

#[derive(sqlx::FromRow)]
struct Shown {
    conversation: i64,
    at: i64,
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    id: i64,
    conversation: i64,
    direction: String,
    author: i64,
    content: String,
    around: String,
    at: i64,
    progress: String,
    failure_code: i64,
    failure: String,
    quote: i64,
    wamid: String,
    earlier: String,
    revoked_at: i64,
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let bad = |why: String| StoreError::Row { table: "message", why };
        Ok(Self {
            id: MessageId(row.id),
            conversation: ConversationId(row.conversation),
            direction: Direction::parse(&row.direction).ok_or_else(|| bad(format!("direction {:?}", row.direction)))?,
            author: AgentId(row.author),
            content: serde_json::from_str(&row.content).map_err(|e| bad(e.to_string()))?,
            around: serde_json::from_str(&row.around).map_err(|e| bad(e.to_string()))?,
            at: Time(row.at),
            progress: Progress::parse(&row.progress).ok_or_else(|| bad(format!("progress {:?}", row.progress)))?,
            failure: Failure { code: row.failure_code, reason: row.failure },
            quote: MessageId(row.quote),
            wamid: Wamid(row.wamid),
            earlier: serde_json::from_str(&row.earlier).map_err(|e| bad(e.to_string()))?,
            revoked_at: Time(row.revoked_at),
        })
    }
}

/// What a platform's id stands for.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Ref {
    /// Which platform: `whatsapp`, or a workspace.
    pub place: String,
    /// Its id there.
    pub remote: String,
    /// The message.
    pub message: i64,
    /// `mirror`, `prompt` or `line`.
    pub part: String,
}

macro_rules! select {
    ($tail:literal) => {
        Sql::new(concat!(
            "select m.id, m.conversation, m.direction, m.author, m.content, m.around, m.at, m.progress, m.failure_code,
                 m.failure, m.quote, m.wamid, m.earlier, m.revoked_at ",
            $tail
        ))
    };
}

static BY_ID: Sql = select!("from {rows:1} join message m on m.id = cast(r.value ->> 0 as bigint)");
static OF_CONVERSATION: Sql = select!("from message m where m.conversation = $1 order by m.at, m.id");

static NEWEST_OF_CONVERSATIONS: Sql = select!(
    // The oldest that is wanted of each is looked up once, and what follows it is read along the index.
    "from (select w.conversation, coalesce((select n.at from message n where n.conversation = w.conversation
             order by n.at desc, n.id desc limit 1 offset $2 - 1), 0) as at,
         coalesce((select n.id from message n where n.conversation = w.conversation
             order by n.at desc, n.id desc limit 1 offset $2 - 1), 0) as id
         from (select cast(r.value ->> 0 as bigint) as conversation from {rows:1}) w) o
     join message m on m.conversation = o.conversation and (m.at, m.id) >= (o.at, o.id)
     order by m.conversation, m.at, m.id"
);

static LEAVE_BEHIND: Sql = Sql::new(
    "update remote_ref set part = 'line' where place <> 'whatsapp' and part <> 'line' and remote not like '%:%'
         and message in (select id from message where conversation = $1)",
);

static BRING_ALONG: Sql =
    Sql::new("delete from remote_ref where message = $1 and place <> 'whatsapp' and part = 'line'");

static SAVE: Sql = Sql::new(
    "insert into message (id, conversation, direction, author, content, around, at, progress, failure_code, failure,
         quote, wamid, earlier, revoked_at)
     select cast(r.value ->> 0 as bigint), cast(r.value ->> 1 as bigint), r.value ->> 2, cast(r.value ->> 3 as bigint),
         r.value ->> 4, r.value ->> 5, cast(r.value ->> 6 as bigint), r.value ->> 7, cast(r.value ->> 8 as bigint),
         r.value ->> 9, cast(r.value ->> 10 as bigint), r.value ->> 11, r.value ->> 12, cast(r.value ->> 13 as bigint)
     from {rows:1} where true
     on conflict (id) do update set direction = excluded.direction, content = excluded.content, around = excluded.around,
         progress = excluded.progress, failure_code = excluded.failure_code, failure = excluded.failure,
         wamid = excluded.wamid, earlier = excluded.earlier, revoked_at = excluded.revoked_at",
);

static REFS: Sql = Sql::new(
    "select f.place, f.remote, f.message, f.part from {rows:1}
     join remote_ref f on f.place = r.value ->> 0 and f.remote = r.value ->> 1",
);

static REFS_OF: Sql = Sql::new(
    "select f.place, f.remote, f.message, f.part from {rows:1}
     join remote_ref f on f.message = cast(r.value ->> 0 as bigint) order by f.remote",
);

static SHOWN_AFTER: Sql = Sql::new(
    "select m.conversation, max(m.at) as at from {rows:1}
     join message m on m.conversation = cast(r.value ->> 0 as bigint) and m.at > cast(r.value ->> 1 as bigint)
     where m.direction = 'in'
       and exists (select 1 from remote_ref f where f.message = m.id and f.place <> 'whatsapp')
     group by m.conversation",
);

static SAVE_REFS: Sql = Sql::new(
    "insert into remote_ref (place, remote, message, part)
     select r.value ->> 0, r.value ->> 1, cast(r.value ->> 2 as bigint), r.value ->> 3 from {rows:1} where true
     on conflict (place, remote) do nothing",
);

static DROP_PROMPTS: Sql = Sql::new("delete from remote_ref where message = $1 and part = 'prompt'");

static POSTS_OF_THREADS: Sql = Sql::new(
    "select p.thread, p.remote from (
         select c.thread, f.remote, row_number() over (partition by c.id order by m.at desc, m.id desc) as nth
         from {rows:1} join conversation c on c.thread = r.value ->> 0 and c.thread <> ''
         join message m on m.conversation = c.id and m.direction in ('out', 'note', 'held') and m.revoked_at = 0
         join remote_ref f on f.message = m.id and f.place <> 'whatsapp' and f.part = 'mirror') p
     where p.nth <= 100 order by p.thread, p.nth",
);

/// Every statement of this file.
pub const ALL: &[&Sql] = &[
    &BY_ID,
    &OF_CONVERSATION,
    &NEWEST_OF_CONVERSATIONS,
    &LEAVE_BEHIND,
    &BRING_ALONG,
    &SAVE,
    &REFS,
    &REFS_OF,
    &SHOWN_AFTER,
    &SAVE_REFS,
    &DROP_PROMPTS,
    &POSTS_OF_THREADS,
];

/// Messages by id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(tx: &mut Tx, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    let found: Vec<MessageRow> = tx.rows(&BY_ID, vec![Arg::S(rows_of(&rows))]).await?;
    found.into_iter().map(Message::try_from).collect()
}

/// Every message of a conversation in the order they were written.
///
/// # Errors
/// When the database refuses.
pub async fn of(store: &Store, conversation: ConversationId) -> Result<Vec<Message>, StoreError> {
    let found: Vec<MessageRow> = store.read(&OF_CONVERSATION, vec![Arg::I(conversation.0)]).await?;
    found.into_iter().map(Message::try_from).collect()
}

/// The newest messages of conversations, at most `limit` of each, in the order they were written.
///
/// # Errors
/// When the database refuses.
pub async fn newest_of(tx: &mut Tx, conversations: &[ConversationId], limit: i64) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<(i64,)> = conversations.iter().map(|id| (id.0,)).collect();
    let found: Vec<MessageRow> = tx.rows(&NEWEST_OF_CONVERSATIONS, vec![Arg::S(rows_of(&rows)), Arg::I(limit)]).await?;
    found.into_iter().map(Message::try_from).collect()
}

/// The posts of a conversation so far stand where it no longer is: they are remembered as seen, and stand for nothing.
///
/// # Errors
/// When the database refuses.
pub async fn leave_behind(tx: &mut Tx, conversation: ConversationId) -> Result<(), StoreError> {
    tx.run(&LEAVE_BEHIND, vec![Arg::I(conversation.0)]).await?;
    Ok(())
}

/// The posts of a message where its conversation was stand for it no more: it gets another.
///
/// # Errors
/// When the database refuses.
pub async fn bring_along(tx: &mut Tx, message: MessageId) -> Result<(), StoreError> {
    tx.run(&BRING_ALONG, vec![Arg::I(message.0)]).await?;
    Ok(())
}

/// Writes messages, new or changed.
///
/// # Errors
/// When the database refuses.
pub async fn save(tx: &mut Tx, messages: &[&Message]) -> Result<(), StoreError> {
    let rows: Vec<serde_json::Value> = messages
        .iter()
        .map(|m| {
            serde_json::json!([
                m.id,
                m.conversation,
                m.direction.as_str(),
                m.author,
                json(&m.content),
                json(&m.around),
                m.at,
                m.progress.as_str(),
                m.failure.code,
                m.failure.reason,
                m.quote,
                m.wamid,
                json(&m.earlier),
                m.revoked_at,
            ])
        })
        .collect();
    tx.run(&SAVE, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// What these ids stand for: place and id.
///
/// # Errors
/// When the database refuses.
pub async fn refs(tx: &mut Tx, remotes: &[(&str, &str)]) -> Result<Vec<Ref>, StoreError> {
    tx.rows(&REFS, vec![Arg::S(rows_of(remotes))]).await
}

/// Every id these messages have.
///
/// # Errors
/// When the database refuses.
pub async fn refs_of(tx: &mut Tx, messages: &[MessageId]) -> Result<Vec<Ref>, StoreError> {
    let rows: Vec<(i64,)> = messages.iter().map(|id| (id.0,)).collect();
    tx.rows(&REFS_OF, vec![Arg::S(rows_of(&rows))]).await
}

/// When the youngest message of each conversation was written that the workspace shows and younger than the time given.
///
/// # Errors
/// When the database refuses.
pub async fn shown_after(
    tx: &mut Tx,
    since: &[(ConversationId, Time)],
) -> Result<Vec<(ConversationId, Time)>, StoreError> {
    let rows: Vec<(i64, i64)> = since.iter().map(|(conversation, at)| (conversation.0, at.0)).collect();
    let found: Vec<Shown> = tx.rows(&SHOWN_AFTER, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(found.into_iter().map(|row| (ConversationId(row.conversation), Time(row.at))).collect())
}

/// Writes ids; one that is known already stays what it was.
///
/// # Errors
/// When the database refuses.
pub async fn save_refs(tx: &mut Tx, refs: &[Ref]) -> Result<(), StoreError> {
    let rows: Vec<(&str, &str, i64, &str)> =
        refs.iter().map(|f| (f.place.as_str(), f.remote.as_str(), f.message, f.part.as_str())).collect();
    tx.run(&SAVE_REFS, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

/// Forgets the questions asked about a message.
///
/// # Errors
/// When the database refuses.
pub async fn drop_prompts(tx: &mut Tx, message: MessageId) -> Result<(), StoreError> {
    tx.run(&DROP_PROMPTS, vec![Arg::I(message.0)]).await?;
    Ok(())
}

/// A post of a person.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ThreadPost {
    /// The thread it stands in.
    pub thread: String,
    /// The post.
    pub remote: String,
}

/// The newest hundred posts of people in each thread, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn posts_of(store: &Store, threads: &[&str]) -> Result<Vec<ThreadPost>, StoreError> {
    let rows: Vec<(&str,)> = threads.iter().map(|thread| (*thread,)).collect();
    store.read(&POSTS_OF_THREADS, vec![Arg::S(rows_of(&rows))]).await
}
