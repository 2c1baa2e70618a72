//! Who sits in which team, in the order of each strategy: an assignment reads the first few of an index, however large the
//! team is. A seat repeats what its agent's duty comes to and is written with it.

use super::db::{StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::ids::AgentId;
use crate::domain::roster::{Standing, Strategy};

/// A person's seat as it is written: who, how they stand, share in ten-thousandths, last assignment, what longest idle goes
/// by.
pub type Seated = (AgentId, Standing, i64, i64, i64);

/// A seat that is given or stays: team, agent, `config` or `role`.
pub type Seat<'a> = (&'a str, AgentId, &'a str);

#[derive(sqlx::FromRow)]
struct One {
    agent: i64,
    level: i64,
}

#[derive(sqlx::FromRow)]
struct Other {
    agent: i64,
    standing: String,
}

#[derive(sqlx::FromRow)]
struct Counted {
    standing: String,
    n: i64,
}

/// A seat as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Stored {
    /// Its team.
    pub team: String,
    /// Who sits there.
    pub agent: i64,
    /// `config` or `role`.
    pub source: String,
    /// [`Standing`] at the last change.
    pub standing: String,
}

macro_rules! nearest {
    ($order:literal) => {
        Sql::new(concat!(
            "select s.agent, cast(0 as bigint) as level from seat s where s.team = $1 and s.standing = 'ready' order by ",
            $order,
            " limit $2"
        ))
    };
}

/// The least level at all the skills `$3`, of those who have every one of them.
macro_rules! skilled {
    ($order:literal) => {
        Sql::new(concat!(
            "select s.agent, k.level from (
                 select agent, min(level) as level from skill
                 where skill in (select r.value ->> 0 from {rows:3}) group by agent having count(*) = $4
             ) k join seat s on s.team = $1 and s.agent = k.agent
             where s.standing = 'ready' order by k.level desc, ",
            $order,
            " limit $2"
        ))
    };
}

static BY_SHARE: Sql = nearest!("s.share, s.assigned_at, s.agent");
static BY_ASSIGNED: Sql = nearest!("s.assigned_at, s.agent");
static BY_IDLE: Sql = nearest!("s.idle_since, s.assigned_at, s.agent");
static SKILLED_BY_SHARE: Sql = skilled!("s.share, s.assigned_at, s.agent");
static SKILLED_BY_ASSIGNED: Sql = skilled!("s.assigned_at, s.agent");
static SKILLED_BY_IDLE: Sql = skilled!("s.idle_since, s.assigned_at, s.agent");

static STANDING: Sql = Sql::new(
    "select s.agent, s.standing from {rows:1} join seat s on s.team = $2 and s.standing = r.value ->> 0 limit $3",
);

static COUNTS: Sql = Sql::new("select standing, n from seat_count where team = $1 and n > 0 order by standing");

/// Changes the counts by what `$from` comes to: rows of team, standing and by how many.
macro_rules! recount {
    ($from:expr) => {
        Sql::new(concat!(
            "insert into seat_count (team, standing, n)
             select d.team, d.standing, cast(sum(d.n) as bigint) from (",
            $from,
            ") d group by d.team, d.standing order by d.team, d.standing
             on conflict (team, standing) do update set n = seat_count.n + excluded.n"
        ))
    };
}

static RECOUNT_STAND: Sql = recount!(
    "select s.team, case d.n when 1 then r.value ->> 1 else s.standing end as standing, d.n from {rows:1}
     join seat s on s.agent = cast(r.value ->> 0 as bigint) cross join (select 1 as n union all select -1) d
     where s.standing <> r.value ->> 1"
);

static RECOUNT_SIT: Sql = recount!(
    "select r.value ->> 0 as team, 'gone' as standing, 1 as n from {rows:1} where not exists (
         select 1 from seat s where s.team = r.value ->> 0 and s.agent = cast(r.value ->> 1 as bigint)
     )"
);

static RECOUNT_RISE: Sql = recount!(
    "select s.team, s.standing, -1 as n from {rows:1}
     join seat s on s.team = r.value ->> 0 and s.agent = cast(r.value ->> 1 as bigint)"
);

static LEVELS: Sql = Sql::new(
    "select agent, min(level) as level from skill where skill in (select r.value ->> 0 from {rows:1})
         and agent in (select cast(r.value ->> 0 as bigint) from {rows:3})
     group by agent having count(*) = $2",
);

static OF: Sql = Sql::new(
    "select s.team, s.agent, s.source, s.standing from {rows:1} join seat s on s.agent = cast(r.value ->> 0 as bigint)",
);

static STAND: Sql = Sql::new(
    "update seat set standing = r.value ->> 1, share = cast(r.value ->> 2 as bigint),
         assigned_at = cast(r.value ->> 3 as bigint), idle_since = cast(r.value ->> 4 as bigint)
     from {rows:1} where seat.agent = cast(r.value ->> 0 as bigint)",
);

static SIT: Sql = Sql::new(
    "insert into seat (team, agent, source, standing, share, assigned_at, idle_since)
     select r.value ->> 0, cast(r.value ->> 1 as bigint), r.value ->> 2, 'gone', 0, 0, 0 from {rows:1} where true
     on conflict (team, agent) do update set source = excluded.source",
);

static RISE: Sql = Sql::new(
    "delete from seat where (team, agent) in (select r.value ->> 0, cast(r.value ->> 1 as bigint) from {rows:1})",
);

static FORGET_SKILLS: Sql =
    Sql::new("delete from skill where agent in (select cast(r.value ->> 0 as bigint) from {rows:1})");

static LEARN: Sql = Sql::new(
    "insert into skill (agent, skill, level)
     select cast(r.value ->> 0 as bigint), r.value ->> 1, cast(r.value ->> 2 as bigint) from {rows:1} where true",
);

/// Every statement of this file.
pub const ALL: &[&Sql] = &[
    &BY_SHARE,
    &BY_ASSIGNED,
    &BY_IDLE,
    &SKILLED_BY_SHARE,
    &SKILLED_BY_ASSIGNED,
    &SKILLED_BY_IDLE,
    &STANDING,
    &COUNTS,
    &RECOUNT_STAND,
    &RECOUNT_SIT,
    &RECOUNT_RISE,
    &LEVELS,
    &OF,
    &STAND,
    &SIT,
    &RISE,
    &FORGET_SKILLS,
    &LEARN,
];

/// The nearest of a team who are ready, in the order of the strategy and, where skills are asked for, of the level at them;
/// only those who have all of them. Each with that level.
///
/// # Errors
/// When the database refuses.
pub async fn nearest(
    tx: &mut Tx,
    team: &str,
    strategy: Strategy,
    skills: &[String],
    limit: usize,
) -> Result<Vec<(AgentId, i64)>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut args = vec![Arg::T(team), Arg::I(limit)];
    if !skills.is_empty() {
        let rows: Vec<(&str,)> = skills.iter().map(|skill| (skill.as_str(),)).collect();
        args.push(Arg::S(rows_of(&rows)));
        args.push(Arg::I(i64::try_from(skills.len()).unwrap_or(i64::MAX)));
    }
    let sql = match (strategy, skills.is_empty()) {
        (Strategy::LeastLoaded, true) => &BY_SHARE,
        (Strategy::LeastLoaded, false) => &SKILLED_BY_SHARE,
        (Strategy::LongestIdle, true) => &BY_IDLE,
        (Strategy::LongestIdle, false) => &SKILLED_BY_IDLE,
        (Strategy::RoundRobin | Strategy::Manual, true) => &BY_ASSIGNED,
        (Strategy::RoundRobin | Strategy::Manual, false) => &SKILLED_BY_ASSIGNED,
    };
    let found: Vec<One> = tx.rows(sql, args).await?;
    Ok(found.into_iter().map(|one| (AgentId(one.agent), one.level)).collect())
}

/// Some of a team who stand in one of these ways, and in which.
///
/// # Errors
/// When the database refuses.
pub async fn standing(
    tx: &mut Tx,
    team: &str,
    ways: &[Standing],
    limit: usize,
) -> Result<Vec<(AgentId, Standing)>, StoreError> {
    let rows: Vec<(&str,)> = ways.iter().map(|way| (way.as_str(),)).collect();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let args = vec![Arg::S(rows_of(&rows)), Arg::T(team), Arg::I(limit)];
    let found: Vec<Other> = tx.rows(&STANDING, args).await?;
    Ok(found.into_iter().filter_map(|one| Some((AgentId(one.agent), Standing::parse(&one.standing)?))).collect())
}

/// How many of a team stand how.
///
/// # Errors
/// When the database refuses.
pub async fn counts(tx: &mut Tx, team: &str) -> Result<Vec<(Standing, i64)>, StoreError> {
    let found: Vec<Counted> = tx.rows(&COUNTS, vec![Arg::T(team)]).await?;
    Ok(found.into_iter().filter_map(|row| Some((Standing::parse(&row.standing)?, row.n))).collect())
}

/// The least level of each of these agents at the skills, of those who have every one.
///
/// # Errors
/// When the database refuses.
pub async fn levels(tx: &mut Tx, skills: &[String], agents: &[AgentId]) -> Result<Vec<(AgentId, i64)>, StoreError> {
    let skills_rows: Vec<(&str,)> = skills.iter().map(|skill| (skill.as_str(),)).collect();
    let agent_rows: Vec<(i64,)> = agents.iter().map(|agent| (agent.0,)).collect();
    let count = i64::try_from(skills.len()).unwrap_or(i64::MAX);
    let args = vec![Arg::S(rows_of(&skills_rows)), Arg::I(count), Arg::S(rows_of(&agent_rows))];
    let found: Vec<One> = tx.rows(&LEVELS, args).await?;
    Ok(found.into_iter().map(|one| (AgentId(one.agent), one.level)).collect())
}

/// The seats of these agents.
///
/// # Errors
/// When the database refuses.
pub async fn of(tx: &mut Tx, agents: &[AgentId]) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<(i64,)> = agents.iter().map(|agent| (agent.0,)).collect();
    tx.rows(&OF, vec![Arg::S(rows_of(&rows))]).await
}

/// Writes how people stand, in all their seats: those who may stand otherwise than before, and those who stand as before
/// with another load or turn.
///
/// # Errors
/// When the database refuses.
pub async fn stand(tx: &mut Tx, otherwise: &[Seated], as_before: &[Seated]) -> Result<(), StoreError> {
    let row = |(who, standing, a, b, c): &Seated| (who.0, standing.as_str(), *a, *b, *c);
    if !otherwise.is_empty() {
        let rows = rows_of(&otherwise.iter().map(row).collect::<Vec<_>>());
        tx.run(&RECOUNT_STAND, vec![Arg::S(rows)]).await?;
    }
    let rows = rows_of(&otherwise.iter().chain(as_before).map(row).collect::<Vec<_>>());
    tx.run(&STAND, vec![Arg::S(rows)]).await?;
    Ok(())
}

/// Gives seats. Whoever is new in one stands as `gone` until [`stand`] says otherwise.
///
/// # Errors
/// When the database refuses.
pub async fn sit(tx: &mut Tx, seats: &[Seat<'_>]) -> Result<(), StoreError> {
    let rows: Vec<_> = seats.iter().map(|(team, agent, source)| (team, agent.0, source)).collect();
    let rows = rows_of(&rows);
    tx.run(&RECOUNT_SIT, vec![Arg::S(rows.clone())]).await?;
    tx.run(&SIT, vec![Arg::S(rows)]).await?;
    Ok(())
}

/// Takes seats away: team and agent.
///
/// # Errors
/// When the database refuses.
pub async fn rise(tx: &mut Tx, seats: &[(&str, AgentId)]) -> Result<(), StoreError> {
    let rows: Vec<_> = seats.iter().map(|(team, agent)| (team, agent.0)).collect();
    let rows = rows_of(&rows);
    tx.run(&RECOUNT_RISE, vec![Arg::S(rows.clone())]).await?;
    tx.run(&RISE, vec![Arg::S(rows)]).await?;
    Ok(())
}

/// Makes these the skills of these agents, and no others.
///
/// # Errors
/// When the database refuses.
pub async fn learn(tx: &mut Tx, agents: &[AgentId], skills: &[(AgentId, &str, i64)]) -> Result<(), StoreError> {
    let gone: Vec<_> = agents.iter().map(|agent| (agent.0,)).collect();
    tx.run(&FORGET_SKILLS, vec![Arg::S(rows_of(&gone))]).await?;
    let rows: Vec<_> = skills.iter().map(|(agent, skill, level)| (agent.0, skill, level)).collect();
    tx.run(&LEARN, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}
