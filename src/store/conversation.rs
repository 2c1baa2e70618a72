//! Conversations. What the desk decides is saved under the guard of `version`; where a conversation is shown is written by
//! delivery as the platform answers, in columns the desk's save leaves alone.

use super::db::{Store, StoreError, Tx};
use super::inbox::Count;
use super::sql::{Arg, Sql, rows_of};
use crate::domain::conversation::{Conversation, Ownership};
use crate::domain::ids::{AgentId, ChannelRef, ContactId, ConversationId, NumberId, PostRef, ThreadRef, Time, Wamid};
use crate::domain::roster::Priority;

#[derive(sqlx::FromRow)]
struct ConversationRow {
    id: i64,
    contact: i64,
    number: String,
    team: String,
    state: String,
    owner: i64,
    since: i64,
    epoch: i64,
    opened_at: i64,
    opening: String,
    waiting_since: i64,
    nudges: i64,
    due_at: i64,
    last_inbound_at: i64,
    last_inbound: String,
    read_upto: String,
    previous: i64,
    channel: String,
    card: String,
    thread: String,
    head: String,
    seen: String,
    version: i64,
    priority: i64,
    passing: String,
    clocks: String,
}

impl TryFrom<ConversationRow> for Conversation {
    type Error = StoreError;

    fn try_from(row: ConversationRow) -> Result<Self, StoreError> {
        let ownership = match row.state.as_str() {
            "waiting" => Ownership::Waiting,
            "owned" => Ownership::Owned { by: AgentId(row.owner), since: Time(row.since) },
            "closed" => Ownership::Closed { at: Time(row.since), last: AgentId(row.owner) },
            other => return Err(StoreError::Row { table: "conversation", why: format!("state {other:?}") }),
        };
        let about = |why: String| StoreError::Row { table: "conversation", why };
        let priority = usize::try_from(row.priority).ok().and_then(|n| Priority::ALL.get(n).copied());
        Ok(Self {
            priority: priority.ok_or_else(|| about(format!("priority {}", row.priority)))?,
            passing: serde_json::from_str(&row.passing).map_err(|error| about(error.to_string()))?,
            clocks: serde_json::from_str(&row.clocks).map_err(|error| about(error.to_string()))?,
            id: ConversationId(row.id),
            contact: ContactId(row.contact),
            number: NumberId(row.number),
            team: row.team,
            ownership,
            epoch: row.epoch,
            opened_at: Time(row.opened_at),
            opening: row.opening,
            waiting_since: Time(row.waiting_since),
            nudges: row.nudges,
            due_at: Time(row.due_at),
            last_inbound_at: Time(row.last_inbound_at),
            last_inbound: Wamid(row.last_inbound),
            read_upto: Wamid(row.read_upto),
            previous: ConversationId(row.previous),
            channel: ChannelRef(row.channel),
            card: PostRef(row.card),
            thread: ThreadRef(row.thread),
            head: PostRef(row.head),
            seen: PostRef(row.seen),
            version: row.version,
        })
    }
}

macro_rules! select {
    ($tail:literal) => {
        Sql::new(concat!(
            "select c.id, c.contact, c.number, c.team, c.state, c.owner, c.since, c.epoch, c.opened_at, c.opening,
                 c.waiting_since, c.nudges, c.due_at, c.last_inbound_at, c.last_inbound, c.read_upto, c.previous,
                 c.channel, c.card, c.thread, c.head, c.seen, c.version, c.priority, c.passing, c.clocks ",
            $tail
        ))
    };
}

static BY_ID: Sql = select!("from {rows:1} join conversation c on c.id = cast(r.value ->> 0 as bigint)");

static BY_ID_LOCKED: Sql = select!(
    "from conversation c where c.id in (select cast(r.value ->> 0 as bigint) from {rows:1}) order by c.id {lock}"
);

static IDS_BY_THREAD: Sql =
    Sql::new("select c.id as n from {rows:1} join conversation c on c.thread = r.value ->> 0 and c.thread <> ''");

static IDS_BY_CONTACT: Sql = Sql::new(
    "select coalesce(max(case when c.state <> 'closed' then c.id end), max(c.id)) as n from {rows:1} join conversation c
         on c.contact = cast(r.value ->> 0 as bigint) and c.number = r.value ->> 1
     group by c.contact, c.number",
);

static OPEN_OF_CONTACT: Sql =
    Sql::new("select id as n from conversation where contact = $1 and state <> 'closed' order by id");

static NUMBERS: Sql = Sql::new("select next as n from counter where name = 'conversation' {lock}");
static NUMBERS_USED: Sql = Sql::new("update counter set next = $1 where name = 'conversation'");

static INSERT: Sql = Sql::new(
    "insert into conversation (id, contact, number, team, place, state, owner, since, epoch, opened_at, opening,
         waiting_since, nudges, due_at, last_inbound_at, last_inbound, read_upto, previous, channel, card, thread, head,
         seen, version, priority, passing, wake_at, queued, clocks, terms)
     select cast(r.value ->> 0 as bigint), cast(r.value ->> 1 as bigint), r.value ->> 2, r.value ->> 3, r.value ->> 26,
         r.value ->> 4, cast(r.value ->> 5 as bigint), cast(r.value ->> 6 as bigint), cast(r.value ->> 7 as bigint),
         cast(r.value ->> 8 as bigint), r.value ->> 9, cast(r.value ->> 10 as bigint), cast(r.value ->> 11 as bigint),
         cast(r.value ->> 12 as bigint), cast(r.value ->> 13 as bigint), r.value ->> 14, r.value ->> 15,
         cast(r.value ->> 16 as bigint), r.value ->> 17, '', '', '', '', 1, cast(r.value ->> 20 as bigint),
         r.value ->> 21, cast(r.value ->> 22 as bigint), cast(r.value ->> 23 as bigint),
         r.value ->> 24, r.value ->> 25
     from {rows:1} where true",
);

static UPDATE: Sql = Sql::new(
    "update conversation set team = r.value ->> 3, place = r.value ->> 26, state = r.value ->> 4,
         owner = cast(r.value ->> 5 as bigint), since = cast(r.value ->> 6 as bigint),
         epoch = cast(r.value ->> 7 as bigint), opening = r.value ->> 9,
         waiting_since = cast(r.value ->> 10 as bigint), nudges = cast(r.value ->> 11 as bigint),
         due_at = cast(r.value ->> 12 as bigint), last_inbound_at = cast(r.value ->> 13 as bigint),
         last_inbound = r.value ->> 14, read_upto = r.value ->> 15, channel = r.value ->> 17, seen = r.value ->> 18,
         priority = cast(r.value ->> 20 as bigint), passing = r.value ->> 21,
         wake_at = cast(r.value ->> 22 as bigint), queued = cast(r.value ->> 23 as bigint), clocks = r.value ->> 24, terms = r.value ->> 25,
         version = version + 1
     from {rows:1}
     where conversation.id = cast(r.value ->> 0 as bigint) and conversation.version = cast(r.value ->> 19 as bigint)",
);

static SHOWN: Sql = Sql::new(
    "update conversation set
         card = case when r.value ->> 1 = 'card' and card = '' then r.value ->> 2 else card end,
         thread = case when r.value ->> 1 = 'thread' and thread = '' then r.value ->> 2 else thread end,
         head = case when r.value ->> 1 = 'head' and head = '' then r.value ->> 2 else head end
     from {rows:1} where conversation.id = cast(r.value ->> 0 as bigint)",
);

static FORGET_PLACES: Sql =
    Sql::new("update conversation set card = '', thread = '', head = '', seen = '' where id = $1");

static FORGET_POST: Sql = Sql::new(
    "update conversation set card = case when card = $2 then '' else card end,
         head = case when head = $2 then '' else head end where id = $1",
);

static OPEN_THREADS: Sql = Sql::new(
    "select thread, seen from conversation where state <> 'closed' and thread <> '' and place = $2
     order by id desc limit $1",
);

static THREADS: Sql = Sql::new(
    "select c.thread, c.seen from {rows:1} join conversation c on c.thread = r.value ->> 0 and c.thread <> ''",
);

static LEAVE: Sql =
    Sql::new("insert into left_thread (thread, conversation) values ($1, $2) on conflict (thread) do nothing");

static LEFT: Sql =
    Sql::new("select l.thread, l.conversation as id from {rows:1} join left_thread l on l.thread = r.value ->> 0");

static COUNTS: Sql = Sql::new("select state, count(*) as n from conversation where state <> 'closed' group by state");

static OPENED_AFTER: Sql = select!("from conversation c where c.id > $1 order by c.id limit $2");

static LIKE: Sql = Sql::new(
    "select c.id, k.name, c.opening from conversation c join contact k on k.id = c.contact
     where c.state <> 'closed' and (lower(k.name) like $1 or cast(c.id as text) like $1) order by c.id desc limit $2",
);
use crate::domain::workspace::Workspace;

/// Every statement of this file.
pub const ALL: &[&Sql] = &[
    &BY_ID,
    &BY_ID_LOCKED,
    &IDS_BY_THREAD,
    &IDS_BY_CONTACT,
    &OPEN_OF_CONTACT,
    &NUMBERS,
    &NUMBERS_USED,
    &INSERT,
    &UPDATE,
    &SHOWN,
    &FORGET_PLACES,
    &FORGET_POST,
    &OPEN_THREADS,
    &THREADS,
    &LEAVE,
    &LEFT,
    &COUNTS,
    &OPENED_AFTER,
    &LIKE,
];

/// A thread and how far its posts were handled.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ThreadSeen {
    /// Which.
    pub thread: String,
    /// The newest post of a person that was handled.
    pub seen: String,
}

#[derive(sqlx::FromRow)]
struct StateCount {
    state: String,
    n: i64,
}

#[derive(sqlx::FromRow)]
struct Open {
    id: i64,
    name: String,
    opening: String,
}

fn ids_json<I: IntoIterator<Item = i64>>(ids: I) -> String {
    let mut rows: Vec<(i64,)> = ids.into_iter().map(|id| (id,)).collect();
    rows.sort_unstable();
    rows.dedup();
    rows_of(&rows)
}

/// Conversations by id, as they are.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(tx: &mut Tx, ids: &[ConversationId]) -> Result<Vec<Conversation>, StoreError> {
    let rows: Vec<ConversationRow> = tx.rows(&BY_ID, vec![Arg::S(ids_json(ids.iter().map(|id| id.0)))]).await?;
    rows.into_iter().map(Conversation::try_from).collect()
}

/// Conversations by id, this transaction's until it ends.
///
/// # Errors
/// When the database refuses.
pub async fn lock(tx: &mut Tx, ids: &[ConversationId]) -> Result<Vec<Conversation>, StoreError> {
    let rows: Vec<ConversationRow> = tx.rows(&BY_ID_LOCKED, vec![Arg::S(ids_json(ids.iter().map(|id| id.0)))]).await?;
    rows.into_iter().map(Conversation::try_from).collect()
}

/// The conversations of these threads.
///
/// # Errors
/// When the database refuses.
pub async fn ids_by_thread(tx: &mut Tx, threads: &[ThreadRef]) -> Result<Vec<ConversationId>, StoreError> {
    let rows: Vec<(&str,)> = threads.iter().map(|t| (t.as_str(),)).collect();
    let found: Vec<Count> = tx.rows(&IDS_BY_THREAD, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(found.into_iter().map(|c| ConversationId(c.n)).collect())
}

#[derive(sqlx::FromRow)]
struct Left {
    thread: String,
    id: i64,
}

/// A conversation has left a thread for another.
///
/// # Errors
/// When the database refuses.
pub async fn leave(tx: &mut Tx, thread: &ThreadRef, conversation: ConversationId) -> Result<(), StoreError> {
    tx.run(&LEAVE, vec![Arg::T(thread.as_str()), Arg::I(conversation.0)]).await?;
    Ok(())
}

/// Those of these threads that conversations have left, and which.
///
/// # Errors
/// When the database refuses.
pub async fn that_left(tx: &mut Tx, threads: &[ThreadRef]) -> Result<Vec<(ThreadRef, ConversationId)>, StoreError> {
    let rows: Vec<(&str,)> = threads.iter().map(|t| (t.as_str(),)).collect();
    let found: Vec<Left> = tx.rows(&LEFT, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(found.into_iter().map(|row| (ThreadRef(row.thread), ConversationId(row.id))).collect())
}

/// The newest conversation of each customer with each number, open or closed.
///
/// # Errors
/// When the database refuses.
pub async fn newest_of(tx: &mut Tx, pairs: &[(ContactId, NumberId)]) -> Result<Vec<ConversationId>, StoreError> {
    let rows: Vec<(i64, &str)> = pairs.iter().map(|(contact, number)| (contact.0, number.as_str())).collect();
    let found: Vec<Count> = tx.rows(&IDS_BY_CONTACT, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(found.into_iter().map(|c| ConversationId(c.n)).collect())
}

/// The open conversations of a customer, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn open_of(tx: &mut Tx, contact: ContactId) -> Result<Vec<ConversationId>, StoreError> {
    let found: Vec<Count> = tx.rows(&OPEN_OF_CONTACT, vec![Arg::I(contact.0)]).await?;
    Ok(found.into_iter().map(|c| ConversationId(c.n)).collect())
}

/// The next short number, held for this transaction.
///
/// # Errors
/// When the database refuses.
pub async fn next_number(tx: &mut Tx) -> Result<i64, StoreError> {
    let rows: Vec<Count> = tx.rows(&NUMBERS, vec![]).await?;
    rows.first()
        .map(|c| c.n)
        .ok_or_else(|| StoreError::Row { table: "counter", why: "the row `conversation` is missing".to_owned() })
}

/// Stores how far the short numbers have come.
///
/// # Errors
/// When the database refuses.
pub async fn numbers_used(tx: &mut Tx, next: i64) -> Result<(), StoreError> {
    tx.run(&NUMBERS_USED, vec![Arg::I(next)]).await?;
    Ok(())
}

/// Writes new conversations.
///
/// # Errors
/// When the database refuses, also when the customer has an open one with the same number.
pub async fn insert(tx: &mut Tx, new: &[&Conversation]) -> Result<(), StoreError> {
    tx.run(&INSERT, vec![Arg::S(to_rows(new))]).await?;
    Ok(())
}

/// Writes changed conversations.
///
/// # Errors
/// When the database refuses, or one of them is no longer the version that was read.
pub async fn update(tx: &mut Tx, changed: &[&Conversation]) -> Result<(), StoreError> {
    let expected = u64::try_from(changed.len()).unwrap_or(u64::MAX);
    if tx.run(&UPDATE, vec![Arg::S(to_rows(changed))]).await? != expected {
        return Err(StoreError::Stale(changed.first().map_or(0, |c| c.id.0)));
    }
    Ok(())
}

fn to_rows(conversations: &[&Conversation]) -> String {
    let rows: Vec<serde_json::Value> = conversations
        .iter()
        .map(|c| {
            let (state, owner, since) = match c.ownership {
                Ownership::Waiting => ("waiting", AgentId::NOBODY, c.waiting_since),
                Ownership::Owned { by, since } => ("owned", by, since),
                Ownership::Closed { at, last } => ("closed", last, at),
            };
            serde_json::json!([
                c.id,
                c.contact,
                c.number,
                c.team,
                state,
                owner,
                since,
                c.epoch,
                c.opened_at,
                c.opening,
                c.waiting_since,
                c.nudges,
                c.due_at,
                c.last_inbound_at,
                c.last_inbound,
                c.read_upto,
                c.previous,
                c.channel,
                c.seen,
                c.version,
                c.priority.rank(),
                serde_json::to_string(&c.passing).unwrap_or_else(|_| "{}".to_owned()),
                c.wake_at(),
                i64::from(c.is_queued()),
                serde_json::to_string(&c.clocks).unwrap_or_else(|_| "{}".to_owned()),
                c.clocks.version,
                c.channel.workspace().as_str(),
            ])
        })
        .collect();
    rows_of(&rows)
}

/// Writes where conversations are shown: `card`, `thread` or `head`, and its remote id. What is known already stays: a post
/// brought up to date is no new one, and may have been given up meanwhile.
///
/// # Errors
/// When the database refuses.
pub async fn shown(tx: &mut Tx, places: &[(ConversationId, &str, &str)]) -> Result<(), StoreError> {
    for place in places {
        tx.run(&SHOWN, vec![Arg::S(rows_of(&[place]))]).await?;
    }
    Ok(())
}

/// Forgets where a conversation was shown: its thread is gone.
///
/// # Errors
/// When the database refuses.
pub async fn forget_places(tx: &mut Tx, id: ConversationId) -> Result<(), StoreError> {
    tx.run(&FORGET_PLACES, vec![Arg::I(id.0)]).await?;
    Ok(())
}

/// Forgets a card or head that was deleted.
///
/// # Errors
/// When the database refuses.
pub async fn forget_post(tx: &mut Tx, id: ConversationId, post: &PostRef) -> Result<(), StoreError> {
    tx.run(&FORGET_POST, vec![Arg::I(id.0), Arg::T(post.as_str())]).await?;
    Ok(())
}

/// The threads named, as far as they are ours, and the newest others of open conversations, at most `others`.
///
/// # Errors
/// When the database refuses.
pub async fn threads(
    store: &Store,
    workspace: Workspace,
    named: &[ThreadRef],
    others: usize,
) -> Result<Vec<ThreadSeen>, StoreError> {
    let rows: Vec<(&str,)> = named.iter().map(|t| (t.as_str(),)).collect();
    let mut found: Vec<ThreadSeen> = store.read(&THREADS, vec![Arg::S(rows_of(&rows))]).await?;
    let known: std::collections::HashSet<String> = found.iter().map(|t| t.thread.clone()).collect();
    let limit = i64::try_from(known.len() + others).unwrap_or(i64::MAX);
    let open: Vec<ThreadSeen> = store.read(&OPEN_THREADS, vec![Arg::I(limit), Arg::T(workspace.as_str())]).await?;
    found.extend(open.into_iter().filter(|t| !known.contains(&t.thread)).take(others));
    Ok(found)
}

/// How many conversations wait for an owner, and how many have one.
///
/// # Errors
/// When the database refuses.
pub async fn counts(store: &Store) -> Result<(i64, i64), StoreError> {
    let rows: Vec<StateCount> = store.read(&COUNTS, vec![]).await?;
    let of = |state: &str| rows.iter().find(|row| row.state == state).map_or(0, |row| row.n);
    Ok((of("waiting"), of("owned")))
}

/// Conversations in the order they were opened, from behind `after`.
///
/// # Errors
/// When the database refuses.
pub async fn after(store: &Store, after: ConversationId, limit: i64) -> Result<Vec<Conversation>, StoreError> {
    let rows: Vec<ConversationRow> = store.read(&OPENED_AFTER, vec![Arg::I(after.0), Arg::I(limit)]).await?;
    rows.into_iter().map(Conversation::try_from).collect()
}

/// Open conversations whose number or customer begins with what was typed, in lower case: number, customer, opening.
///
/// # Errors
/// When the database refuses.
pub async fn like(
    store: &Store,
    typed: &str,
    limit: usize,
) -> Result<Vec<(ConversationId, String, String)>, StoreError> {
    let prefix: String = typed.chars().filter(|c| !matches!(c, '%' | '_' | '\\')).collect();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found: Vec<Open> = store.read(&LIKE, vec![Arg::S(format!("{prefix}%")), Arg::I(limit)]).await?;
    Ok(found.into_iter().map(|row| (ConversationId(row.id), row.name, row.opening)).collect())
}
