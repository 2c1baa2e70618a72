//! The people of the team and whom of each workspace they are.

use super::db::{StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::ids::{AgentId, Time, UserRef};

/// A person of the team as one workspace knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Who.
    pub id: AgentId,
    /// The name the workspace shows (untrusted).
    pub name: String,
    /// Their id there.
    pub user: UserRef,
}

#[derive(sqlx::FromRow)]
struct AgentRow {
    id: i64,
    name: String,
    remote: String,
}

impl From<AgentRow> for Agent {
    fn from(row: AgentRow) -> Self {
        Self { id: AgentId(row.id), name: row.name, user: UserRef(row.remote) }
    }
}

static BY_USER: Sql = Sql::new(
    "select a.id, a.name, i.remote from {rows:2} join identity i on i.place = $1 and i.remote = r.value ->> 0
     join agent a on a.id = i.agent",
);

static BY_ID: Sql = Sql::new(
    "select a.id, a.name, i.remote from {rows:2} join agent a on a.id = cast(r.value ->> 0 as bigint)
     join identity i on i.agent = a.id and i.place = $1",
);

static SAVE: Sql = Sql::new(
    "insert into agent (id, name, created_at)
     select cast(r.value ->> 0 as bigint), r.value ->> 1, $2 from {rows:1} where true
     on conflict (id) do update set name = excluded.name",
);

static SAVE_IDENTITY: Sql = Sql::new(
    "insert into identity (place, remote, agent)
     select $1, r.value ->> 2, cast(r.value ->> 0 as bigint) from {rows:2} where true
     on conflict (place, remote) do nothing",
);

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&BY_USER, &BY_ID, &SAVE, &SAVE_IDENTITY];

/// The agents these users of `place` stand for, as far as known.
///
/// # Errors
/// When the database refuses.
pub async fn by_user(tx: &mut Tx, place: &str, users: &[UserRef]) -> Result<Vec<Agent>, StoreError> {
    let rows: Vec<(&str,)> = users.iter().map(|user| (user.as_str(),)).collect();
    let found: Vec<AgentRow> = tx.rows(&BY_USER, vec![Arg::T(place), Arg::S(rows_of(&rows))]).await?;
    Ok(found.into_iter().map(Agent::from).collect())
}

/// Agents by id, as `place` knows them.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(tx: &mut Tx, place: &str, ids: &[AgentId]) -> Result<Vec<Agent>, StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    let found: Vec<AgentRow> = tx.rows(&BY_ID, vec![Arg::T(place), Arg::S(rows_of(&rows))]).await?;
    Ok(found.into_iter().map(Agent::from).collect())
}

/// Writes agents with their identity in `place`, new or renamed.
///
/// # Errors
/// When the database refuses.
pub async fn save(tx: &mut Tx, place: &str, agents: &[&Agent], now: Time) -> Result<(), StoreError> {
    let rows: Vec<(i64, &str, &str)> = agents.iter().map(|a| (a.id.0, a.name.as_str(), a.user.as_str())).collect();
    let rows = rows_of(&rows);
    tx.run(&SAVE, vec![Arg::T(&rows), Arg::I(now.0)]).await?;
    tx.run(&SAVE_IDENTITY, vec![Arg::T(place), Arg::T(&rows)]).await?;
    Ok(())
}
