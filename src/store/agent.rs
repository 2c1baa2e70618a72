//! The people of the team: whom of each workspace they are, and how much they do. Who changes an owner holds the desk
//! ([`super::conversation::next_number`]) and writes the duty of both in the same transaction.

use super::db::{Store, StoreError, Tx};
use super::queue::At;
use super::sql::{Arg, Sql, rows_of};
use crate::domain::ids::{AgentId, Time, UserRef};
use crate::domain::roster::{Duty, Ramp};

/// A person of the team as one workspace knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Who.
    pub id: AgentId,
    /// The name the workspace shows (untrusted).
    pub name: String,
    /// Their id there; empty when they have none there.
    pub user: UserRef,
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
    remote: String,
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
        Self {
            id: AgentId(row.id),
            name: row.name,
            user: UserRef(row.remote),
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
    ($tail:literal) => {
        Sql::new(concat!(
            "select a.id, a.name, coalesce(i.remote, '') as remote, a.key, a.rank, a.capacity, a.load, a.availability,
                 a.on_shift, a.here, a.turns_at, a.assigned_at, a.idle_since, a.ramp_since, a.ramp_given ",
            $tail
        ))
    };
}

static BY_USER: Sql = select!(
    "from {rows:2} join identity i on i.place = $1 and i.remote = r.value ->> 0 join agent a on a.id = i.agent"
);

static BY_ID: Sql = select!(
    "from {rows:2} join agent a on a.id = cast(r.value ->> 0 as bigint)
     left join identity i on i.agent = a.id and i.place = $1"
);

static BY_NAME: Sql = select!(
    "from {rows:2} join agent a on a.key = r.value ->> 0 or lower(a.name) = r.value ->> 0
     left join identity i on i.agent = a.id and i.place = $1"
);

static ALL_OF_PLACE: Sql =
    select!("from agent a left join identity i on i.agent = a.id and i.place = $1 order by a.id");

static TURNED: Sql =
    Sql::new("select id, turns_at as at from agent where turns_at > 0 and turns_at <= $1 order by turns_at limit $2");

static LOADED: Sql = Sql::new("select key, name, load as n from agent where key <> '' and load > 0");

static LIKE: Sql = select!(
    "from agent a left join identity i on i.agent = a.id and i.place = $1
     where a.rank <> '' and a.here = 1 and (lower(a.name) like $2 or a.key like $2) order by a.name, a.id limit $3"
);

static FREEST: Sql = select!(
    "from agent a left join identity i on i.agent = a.id and i.place = $1
     where a.rank <> '' and a.here = 1 and a.load < a.capacity order by a.load, a.id limit $2"
);

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
     select $1, r.value ->> 0, cast(r.value ->> 1 as bigint) from {rows:2} where true
     on conflict (place, remote) do update set agent = excluded.agent",
);

static FORGET_KEYS: Sql =
    Sql::new("update agent set key = '' where id in (select cast(r.value ->> 0 as bigint) from {rows:1})");

static FORGET_IDENTITIES: Sql =
    Sql::new("delete from identity where place = $1 and agent in (select cast(r.value ->> 0 as bigint) from {rows:2})");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[
    &BY_USER,
    &BY_ID,
    &BY_NAME,
    &ALL_OF_PLACE,
    &TURNED,
    &LOADED,
    &LIKE,
    &FREEST,
    &SAVE,
    &IDENTIFY,
    &FORGET_KEYS,
    &FORGET_IDENTITIES,
];

/// The agents these users of `place` stand for, as far as known.
///
/// # Errors
/// When the database refuses.
pub async fn by_user(tx: &mut Tx, place: &str, users: &[UserRef]) -> Result<Vec<Agent>, StoreError> {
    let rows: Vec<(&str,)> = users.iter().map(|user| (user.as_str(),)).collect();
    agents(tx, &BY_USER, vec![Arg::T(place), Arg::S(rows_of(&rows))]).await
}

/// Agents by id, as `place` knows them.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(tx: &mut Tx, place: &str, ids: &[AgentId]) -> Result<Vec<Agent>, StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    agents(tx, &BY_ID, vec![Arg::T(place), Arg::S(rows_of(&rows))]).await
}

/// Agents by what people call them: the name in the configuration or the one the workspace shows, in lower case. Several
/// may bear one.
///
/// # Errors
/// When the database refuses.
pub async fn by_name(tx: &mut Tx, place: &str, names: &[String]) -> Result<Vec<Agent>, StoreError> {
    let rows: Vec<(&str,)> = names.iter().map(|name| (name.as_str(),)).collect();
    agents(tx, &BY_NAME, vec![Arg::T(place), Arg::S(rows_of(&rows))]).await
}

/// Everybody, as `place` knows them.
///
/// # Errors
/// When the database refuses.
pub async fn all(tx: &mut Tx, place: &str) -> Result<Vec<Agent>, StoreError> {
    agents(tx, &ALL_OF_PLACE, vec![Arg::T(place)]).await
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
pub async fn like(store: &Store, place: &str, typed: &str, limit: usize) -> Result<Vec<Agent>, StoreError> {
    let prefix: String = typed.chars().filter(|c| !matches!(c, '%' | '_' | '\\')).collect();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found: Vec<AgentRow> =
        store.read(&LIKE, vec![Arg::T(place), Arg::S(format!("{prefix}%")), Arg::I(limit)]).await?;
    Ok(found.into_iter().map(Agent::from).collect())
}

/// Some who have room, those with the least load first.
///
/// # Errors
/// When the database refuses.
pub async fn freest(tx: &mut Tx, place: &str, limit: usize) -> Result<Vec<Agent>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    agents(tx, &FREEST, vec![Arg::T(place), Arg::I(limit)]).await
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
pub async fn forget_identity(tx: &mut Tx, place: &str, agents: &[AgentId]) -> Result<(), StoreError> {
    let rows: Vec<(i64,)> = agents.iter().map(|agent| (agent.0,)).collect();
    let rows = rows_of(&rows);
    tx.run(&FORGET_KEYS, vec![Arg::T(&rows)]).await?;
    tx.run(&FORGET_IDENTITIES, vec![Arg::T(place), Arg::T(&rows)]).await?;
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

/// Writes who agents are in the workspace `place`, where they are in it. An identity that stood for somebody else now stands
/// for this one.
///
/// # Errors
/// When the database refuses.
pub async fn identify(tx: &mut Tx, place: &str, agents: &[&Agent]) -> Result<(), StoreError> {
    let known = agents.iter().filter(|a| !a.user.is_empty());
    let rows: Vec<(&str, i64)> = known.map(|a| (a.user.as_str(), a.id.0)).collect();
    tx.run(&IDENTIFY, vec![Arg::T(place), Arg::S(rows_of(&rows))]).await?;
    Ok(())
}
