//! Figures of a period, worked out by the database: percentiles are exact, by nearest rank. Every statement reads what ended,
//! rang or changed within the period by an index over its time, and nothing besides.

use super::db::{StoreError, Tx};
use super::inbox::Count;
use super::sql::{Arg, Sql};
use crate::domain::ids::AgentId;
use crate::domain::period::Period;

/// What figures are of.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// Which days.
    pub period: Period,
    /// A team; empty for every team.
    pub team: &'a str,
    /// A person; nobody for everybody.
    pub agent: AgentId,
}

/// Lengths of time of one kind.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Measured {
    /// Who ended them; 0 where everybody is meant.
    pub agent: i64,
    /// [`crate::domain::targets::Kind`].
    pub kind: String,
    /// How many.
    pub n: i64,
    /// Half of them took no longer, in milliseconds.
    pub p50: i64,
    /// Nine of ten took no longer.
    pub p90: i64,
    /// Nineteen of twenty took no longer.
    pub p95: i64,
    /// For how many there was a target.
    pub promised: i64,
    /// How many of these kept it.
    pub met: i64,
}

/// What else is to be told of clocks of one kind.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Ended {
    /// [`crate::domain::targets::Kind`].
    pub kind: String,
    /// How many conversations they belong to.
    pub conversations: i64,
    /// In how many of these the customer wrote again.
    pub nudged: i64,
    /// How many ended by an answer that nobody of the team gave.
    pub outside: i64,
    /// How many ended without what they ran for.
    pub dropped: i64,
    /// Milliseconds of open time of all of them.
    pub took_ms: i64,
}

/// After how long customers wrote again.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Nudge {
    /// How many did.
    pub n: i64,
    /// Half of them by then, in milliseconds.
    pub p50: i64,
    /// Four fifths of them by then.
    pub p80: i64,
}

/// Steps that came after a deadline.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Slip {
    /// [`crate::domain::targets::Kind`].
    pub kind: String,
    /// From 0.
    pub step: i64,
    /// How often.
    pub n: i64,
}

/// Changes of owner.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Change {
    /// [`crate::domain::conversation::How`].
    pub how: String,
    /// How often.
    pub n: i64,
    /// How often from one person to another.
    pub moved: i64,
    /// How many conversations.
    pub conversations: i64,
}

/// A stretch of time in which a customer waited for somebody's answer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Held {
    /// Who owned the conversation.
    pub owner: i64,
    /// Whose queue it was in.
    pub team: String,
    /// Pairs of times between which it did not count, as JSON.
    pub pauses: String,
    /// From when.
    pub from_at: i64,
    /// Until when.
    pub to_at: i64,
}

macro_rules! ended {
    () => {
        "clock c where c.came <> 'open' and c.ended_at >= $1 and c.ended_at < $2
             and (cast($3 as text) = '' or c.team = cast($3 as text))
             and (cast($4 as bigint) = 0 or c.by_agent = cast($4 as bigint) or (c.kind = 'resolve' and exists (
                 select 1 from assignment a where a.conversation = c.conversation and a.how = 'closed'
                     and a.at = c.ended_at and a.from_agent = cast($4 as bigint))))"
    };
}

macro_rules! measured {
    ($agent:literal, $kinds:literal) => {
        Sql::new(concat!(
            "select agent, kind, n, max(case when nth = (n * 50 + 99) / 100 then took_ms else 0 end) as p50,
                 max(case when nth = (n * 90 + 99) / 100 then took_ms else 0 end) as p90,
                 max(case when nth = (n * 95 + 99) / 100 then took_ms else 0 end) as p95,
                 cast(sum(case when target_ms > 0 then 1 else 0 end) as bigint) as promised,
                 cast(sum(case when target_ms > 0 and came = 'met' then 1 else 0 end) as bigint) as met
             from (select agent, kind, came, target_ms, took_ms,
                       row_number() over (partition by agent, kind order by took_ms) as nth,
                       count(*) over (partition by agent, kind) as n
                   from (select ",
            $agent,
            " as agent, c.kind, c.came, c.target_ms, c.took_ms from ",
            ended!(),
            " and c.came <> 'dropped' and ",
            $kinds,
            ") e) w
             group by agent, kind, n order by n desc, agent, kind limit $5"
        ))
    };
}

static MEASURED: Sql = measured!("cast(0 as bigint)", "(c.kind = 'assign' or c.kind = 'resolve' or c.by_agent <> 0)");

static ANSWERED: Sql = measured!("c.by_agent", "(c.kind = 'first' or c.kind = 'next') and c.by_agent <> 0");

static ENDED: Sql = Sql::new(concat!(
    "select c.kind, count(distinct c.conversation) as conversations,
         count(distinct case when c.nudges > 0 then c.conversation end) as nudged,
         cast(sum(case when c.came <> 'dropped' and c.by_agent = 0 then 1 else 0 end) as bigint) as outside,
         cast(sum(case when c.came = 'dropped' then 1 else 0 end) as bigint) as dropped,
         cast(sum(c.took_ms) as bigint) as took_ms
     from ",
    ended!(),
    " group by c.kind"
));

static NUDGED: Sql = Sql::new(concat!(
    "select n, max(case when nth = (n * 50 + 99) / 100 then ms else 0 end) as p50,
         max(case when nth = (n * 80 + 99) / 100 then ms else 0 end) as p80
     from (select ms, row_number() over (order by ms) as nth, count(*) over () as n
           from (select c.first_nudge_ms as ms from ",
    ended!(),
    " and c.kind = 'first' and c.first_nudge_ms > 0) e) w group by n"
));

static SLIPS: Sql = Sql::new(
    "select kind, step, count(*) as n from alarm
     where fired_at >= $1 and fired_at < $2 and slip = 1 and (cast($3 as text) = '' or team = cast($3 as text))
         and (cast($4 as bigint) = 0 or owner = cast($4 as bigint))
     group by kind, step order by kind, step",
);

static CHANGES: Sql = Sql::new(
    "select a.how, count(*) as n,
         cast(sum(case when a.from_agent <> 0 and a.to_agent <> 0 then 1 else 0 end) as bigint) as moved,
         count(distinct case when a.to_agent <> 0 then a.conversation end) as conversations
     from assignment a join conversation c on c.id = a.conversation
     where a.at >= $1 and a.at < $2 and (cast($3 as text) = '' or c.team = cast($3 as text))
         and (cast($4 as bigint) = 0 or a.from_agent = cast($4 as bigint) or a.to_agent = cast($4 as bigint))
     group by a.how order by a.how",
);

static GIVEN: Sql =
    Sql::new("select count(distinct conversation) as n from assignment where at >= $1 and at < $2 and to_agent = $3");

static BEGUN: Sql = Sql::new(
    "select count(*) as n from conversation
     where opened_at >= $1 and opened_at < $2 and (cast($3 as text) = '' or team = cast($3 as text))",
);

static HELD: Sql = Sql::new(
    "select h.owner, h.team, h.pauses, case when h.at > h.since then h.at else h.since end as from_at,
         case when h.until < h.ended_at then h.until else h.ended_at end as to_at
     from (select a.to_agent as owner, c.team, c.pauses, a.at, c.since, c.ended_at, coalesce((select b.at from assignment b
               where b.conversation = a.conversation and b.epoch = a.epoch + 1), c.ended_at) as until
           from clock c join assignment a on a.conversation = c.conversation
           where c.came <> 'open' and c.ended_at >= $1 and c.ended_at < $2 and (c.kind = 'first' or c.kind = 'next')
               and (cast($3 as text) = '' or c.team = cast($3 as text)) and a.to_agent <> 0 and a.at < c.ended_at
               and (cast($4 as bigint) = 0 or a.to_agent = cast($4 as bigint))) h
     where h.until > h.since",
);

static SIZE: Sql = Sql::new(
    "select count(*) as n from (select 1 from clock where came <> 'open' and ended_at >= $1 and ended_at < $2 limit $3) c",
);

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&MEASURED, &ANSWERED, &ENDED, &NUDGED, &SLIPS, &CHANGES, &GIVEN, &BEGUN, &HELD, &SIZE];

impl Of<'_> {
    fn args(&self) -> Vec<Arg<'_>> {
        let Period { from, to, .. } = self.period;
        vec![Arg::I(from.0), Arg::I(to.0), Arg::T(self.team), Arg::I(self.agent.0)]
    }
}

async fn one(tx: &mut Tx, sql: &'static Sql, args: Vec<Arg<'_>>) -> Result<i64, StoreError> {
    let rows: Vec<Count> = tx.rows(sql, args).await?;
    Ok(rows.first().map_or(0, |row| row.n))
}

/// How many clocks of every team ended within a period, counted up to `most`.
///
/// # Errors
/// When the database refuses.
pub async fn size(tx: &mut Tx, period: Period, most: i64) -> Result<i64, StoreError> {
    one(tx, &SIZE, vec![Arg::I(period.from.0), Arg::I(period.to.0), Arg::I(most)]).await
}

/// How long things took, by kind: answers that the team gave, owners and ends.
///
/// # Errors
/// When the database refuses.
pub async fn measured(tx: &mut Tx, of: &Of<'_>) -> Result<Vec<Measured>, StoreError> {
    tx.rows(&MEASURED, [of.args(), vec![Arg::I(8)]].concat()).await
}

/// How long answers took, by kind and by whoever gave them; at most `limit` rows, the largest first.
///
/// # Errors
/// When the database refuses.
pub async fn answered(tx: &mut Tx, of: &Of<'_>, limit: i64) -> Result<Vec<Measured>, StoreError> {
    tx.rows(&ANSWERED, [of.args(), vec![Arg::I(limit)]].concat()).await
}

/// What else there is to tell of clocks, by kind.
///
/// # Errors
/// When the database refuses.
pub async fn ended(tx: &mut Tx, of: &Of<'_>) -> Result<Vec<Ended>, StoreError> {
    tx.rows(&ENDED, of.args()).await
}

/// After how long customers wrote again before their first answer; `None` where none did.
///
/// # Errors
/// When the database refuses.
pub async fn nudged(tx: &mut Tx, of: &Of<'_>) -> Result<Option<Nudge>, StoreError> {
    Ok(tx.rows(&NUDGED, of.args()).await?.pop())
}

/// The steps that came after a deadline.
///
/// # Errors
/// When the database refuses.
pub async fn slips(tx: &mut Tx, of: &Of<'_>) -> Result<Vec<Slip>, StoreError> {
    tx.rows(&SLIPS, of.args()).await
}

/// How owners changed.
///
/// # Errors
/// When the database refuses.
pub async fn changes(tx: &mut Tx, of: &Of<'_>) -> Result<Vec<Change>, StoreError> {
    tx.rows(&CHANGES, of.args()).await
}

/// How many conversations began; of a person, how many they were given.
///
/// # Errors
/// When the database refuses.
pub async fn begun(tx: &mut Tx, of: &Of<'_>) -> Result<i64, StoreError> {
    let Period { from, to, .. } = of.period;
    let of_whom = if of.agent == AgentId::NOBODY { Arg::T(of.team) } else { Arg::I(of.agent.0) };
    let sql = if of.agent == AgentId::NOBODY { &BEGUN } else { &GIVEN };
    one(tx, sql, vec![Arg::I(from.0), Arg::I(to.0), of_whom]).await
}

/// The stretches in which customers waited for an answer while somebody owned their conversation.
///
/// # Errors
/// When the database refuses.
pub async fn held(tx: &mut Tx, of: &Of<'_>) -> Result<Vec<Held>, StoreError> {
    tx.rows(&HELD, of.args()).await
}
