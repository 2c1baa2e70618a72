//! The people of the team: whom of each workspace they are, and how much they do. Who changes an owner holds the desk
//! ([`super::conversation::next_number`]) and writes the duty of both in the same transaction.

use super::db::{Store, StoreError, Tx};
use super::queue::At;
use super::sql::{Arg, Sql, rows_of};
use crate::domain::ids::{AgentId, Time, UserRef};
use crate::domain::roster::{Duty, Ramp};
use crate::domain::workspace::Users;

/// A person of the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Who.
    pub id: AgentId,
    /// The name their workspace shows (untrusted).
    pub name: String,
    /// Who they are there.
    pub users: Users,
    /// Their name in the configuration; empty when they are not in it.
    pub key: String,
    /// What the configuration lets them do beside their roles: `agent`, `lead`, `manager`, or empty.
    pub rank: String,
    /// How much they do and may do.
    pub duty: Duty,
}

#[derive(sqlx::FromRow)]
struct AgentRow {
    id: i64,
    name: String,
    discord: String,
    telegram: String,
    key: String,
    rank: String,
    capacity: i64,
    load: i64,
    availability: String,
    on_shift: i64,
    here: i64,
    turns_at: i64,
    assigned_at: i64,
    idle_since: i64,
    ramp_since: i64,
    ramp_given: i64,
}

impl From<AgentRow> for Agent {
    fn from(row: AgentRow) -> Self {
        let mut users = Users::default();
        [row.discord, row.telegram].into_iter().for_each(|remote| users.know(UserRef(remote)));
        Self {
            id: AgentId(row.id),
            name: row.name,
            users,
            key: row.key,
            rank: row.rank,
            duty: Duty {
                capacity: row.capacity,
                load: row.load,
                availability: serde_json::from_str(&row.availability).unwrap_or_default(),
                on_shift: row.on_shift != 0,
                here: row.here != 0,
                turns_at: Time(row.turns_at),
                assigned_at: Time(row.assigned_at),
                idle_since: Time(row.idle_since),
                ramp: Ramp { since: Time(row.ramp_since), given: row.ramp_given },
            },
        }
    }
}

macro_rules! select {
    ($from:literal, $tail:literal) => {
        Sql::new(concat!(
            "select a.id, a.name, coalesce(d.remote, '') as discord, coalesce(t.remote, '') as telegram, a.key, a.rank,
                 a.capacity, a.load, a.availability, a.on_shift, a.here, a.turns_at, a.assigned_at, a.idle_since,
                 a.ramp_since, a.ramp_given
             from ",
            $from,
            " left join identity d on d.agent = a.id and d.place = 'discord'
             left join identity t on t.agent = a.id and t.place = 'telegram' ",
            $tail
        ))
    };
}

static BY_USER: Sql = select!(
    "{rows:1} join identity i on i.place = r.value ->> 0 and i.remote = r.value ->> 1 join agent a on a.id = i.agent",
    ""
);

static BY_ID: Sql = select!("{rows:1} join agent a on a.id = cast(r.value ->> 0 as bigint)", "");

static BY_NAME: Sql = select!("{rows:1} join agent a on a.key = r.value ->> 0 or lower(a.name) = r.value ->> 0", "");

static EVERYBODY: Sql = select!("agent a", "order by a.id");

static TURNED: Sql =
    Sql::new("select id, turns_at as at from agent where turns_at > 0 and turns_at <= $1 order by turns_at limit $2");

static LOADED: Sql = Sql::new("select key, name, load as n from agent where key <> '' and load > 0");

static LIKE: Sql = select!(
    "agent a",
    "where a.rank <> '' and a.here = 1 and (lower(a.name) like $1 or a.key like $1) order by a.name, a.id limit $2"
);

static FREEST: Sql =
    select!("agent a", "where a.rank <> '' and a.here = 1 and a.load < a.capacity order by a.load, a.id limit $1");

static SAVE: Sql = Sql::new(
    "insert into agent (id, name, created_at, key, rank, capacity, load, availability, on_shift, here, turns_at,
         assigned_at, idle_since, ramp_since, ramp_given)
     select cast(r.value ->> 0 as bigint), r.value ->> 1, $2, r.value ->> 2, r.value ->> 3,
         cast(r.value ->> 4 as bigint), cast(r.value ->> 5 as bigint), r.value ->> 6, cast(r.value ->> 7 as bigint),
         cast(r.value ->> 8 as bigint), cast(r.value ->> 9 as bigint), cast(r.value ->> 10 as bigint),
         cast(r.value ->> 11 as bigint), cast(r.value ->> 12 as bigint), cast(r.value ->> 13 as bigint)
     from {rows:1} where true
     on conflict (id) do update set name = excluded.name, key = excluded.key, rank = excluded.rank,
         capacity = excluded.capacity, load = excluded.load, availability = excluded.availability,
         on_shift = excluded.on_shift, here = excluded.here, turns_at = excluded.turns_at,
         assigned_at = excluded.assigned_at, idle_since = excluded.idle_since, ramp_since = excluded.ramp_since,
         ramp_given = excluded.ramp_given",
);

static IDENTIFY: Sql = Sql::new(
    "insert into identity (place, remote, agent)
     select r.value ->> 0, r.value ->> 1, cast(r.value ->> 2 as bigint) from {rows:1} where true
     on conflict (place, remote) do update set agent = excluded.agent",
);

static FORGET_KEYS: Sql =
    Sql::new("update agent set key = '' where id in (select cast(r.value ->> 0 as bigint) from {rows:1})");

static FORGET_IDENTITIES: Sql =
    Sql::new("delete from identity where agent in (select cast(r.value ->> 0 as bigint) from {rows:1})");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[
    &BY_USER,
    &BY_ID,
    &BY_NAME,
    &EVERYBODY,
    &TURNED,
    &LOADED,
    &LIKE,
    &FREEST,
    &SAVE,
    &IDENTIFY,
    &FORGET_KEYS,
    &FORGET_IDENTITIES,
];

/// The agents these users stand for, as far as known.
///
/// # Errors
/// When the database refuses.
pub async fn by_user(tx: &mut Tx, users: &[UserRef]) -> Result<Vec<Agent>, StoreError> {
    let rows: Vec<(&str, &str)> = users.iter().map(|user| (user.workspace().as_str(), user.as_str())).collect();
    agents(tx, &BY_USER, vec![Arg::S(rows_of(&rows))]).await
}

/// Agents by id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(tx: &mut Tx, ids: &[AgentId]) -> Result<Vec<Agent>, StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    agents(tx, &BY_ID, vec![Arg::S(rows_of(&rows))]).await
}

/// Agents by what people call them: the name in the configuration or the one the workspace shows, in lower case. Several
/// may bear one.
///
/// # Errors
/// When the database refuses.
pub async fn by_name(tx: &mut Tx, names: &[String]) -> Result<Vec<Agent>, StoreError> {
    let rows: Vec<(&str,)> = names.iter().map(|name| (name.as_str(),)).collect();
    agents(tx, &BY_NAME, vec![Arg::S(rows_of(&rows))]).await
}

/// Everybody.
///
/// # Errors
/// When the database refuses.
pub async fn all(tx: &mut Tx) -> Result<Vec<Agent>, StoreError> {
    agents(tx, &EVERYBODY, vec![]).await
}

/// Whose hours, absence or ramp have changed by `now`, and when.
///
/// # Errors
/// When the database refuses.
pub async fn turned(store: &Store, now: Time, limit: i64) -> Result<Vec<At>, StoreError> {
    store.read(&TURNED, vec![Arg::I(now.0), Arg::I(limit)]).await
}

/// Somebody of the configuration who owns open conversations.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Loaded {
    /// Their name there.
    pub key: String,
    /// The name the workspace shows.
    pub name: String,
    /// How many.
    pub n: i64,
}

/// Everybody of the configuration who owns open conversations.
///
/// # Errors
/// When the database refuses.
pub async fn loaded(store: &Store) -> Result<Vec<Loaded>, StoreError> {
    store.read(&LOADED, vec![]).await
}

/// Agents whose name begins with what was typed, in lower case.
///
/// # Errors
/// When the database refuses.
pub async fn like(store: &Store, typed: &str, limit: usize) -> Result<Vec<Agent>, StoreError> {
    let prefix: String = typed.chars().filter(|c| !matches!(c, '%' | '_' | '\\')).collect();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found: Vec<AgentRow> = store.read(&LIKE, vec![Arg::S(format!("{prefix}%")), Arg::I(limit)]).await?;
    Ok(found.into_iter().map(Agent::from).collect())
}

/// Some who have room, those with the least load first.
///
/// # Errors
/// When the database refuses.
pub async fn freest(tx: &mut Tx, limit: usize) -> Result<Vec<Agent>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    agents(tx, &FREEST, vec![Arg::I(limit)]).await
}

async fn agents(tx: &mut Tx, sql: &'static Sql, args: Vec<Arg<'_>>) -> Result<Vec<Agent>, StoreError> {
    let found: Vec<AgentRow> = tx.rows(sql, args).await?;
    Ok(found.into_iter().map(Agent::from).collect())
}

/// Forgets by which name and id these agents were known, before [`save`] writes what they are known by now: two of them may
/// have changed names.
///
/// # Errors
/// When the database refuses.
pub async fn forget_identity(tx: &mut Tx, agents: &[AgentId]) -> Result<(), StoreError> {
    let rows: Vec<(i64,)> = agents.iter().map(|agent| (agent.0,)).collect();
    let rows = rows_of(&rows);
    tx.run(&FORGET_KEYS, vec![Arg::T(&rows)]).await?;
    tx.run(&FORGET_IDENTITIES, vec![Arg::T(&rows)]).await?;
    Ok(())
}

/// Writes agents, new or changed.
///
/// # Errors
/// When the database refuses.
pub async fn save(tx: &mut Tx, agents: &[&Agent], now: Time) -> Result<(), StoreError> {
    let rows: Vec<serde_json::Value> = agents
        .iter()
        .map(|a| {
            let availability = serde_json::to_string(&a.duty.availability).unwrap_or_default();
            serde_json::json!([
                a.id,
                a.name,
                a.key,
                a.rank,
                a.duty.capacity,
                a.duty.load,
                availability,
                i64::from(a.duty.on_shift),
                i64::from(a.duty.here),
                a.duty.turns_at,
                a.duty.assigned_at,
                a.duty.idle_since,
                a.duty.ramp.since,
                a.duty.ramp.given,
            ])
        })
        .collect();
    tx.run(&SAVE, vec![Arg::S(rows_of(&rows)), Arg::I(now.0)]).await?;
    Ok(())
}

/// Writes who agents are in each workspace they are in. An identity that stood for somebody else now stands for this one.
///
/// # Errors
/// When the database refuses.
pub async fn identify(tx: &mut Tx, agents: &[&Agent]) -> Result<(), StoreError> {
    let known = agents.iter().flat_map(|agent| agent.users.iter().map(|user| (user, agent.id.0)));
    let rows: Vec<(&str, &str, i64)> = known.map(|(user, id)| (user.workspace().as_str(), user.as_str(), id)).collect();
    tx.run(&IDENTIFY, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}
