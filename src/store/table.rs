//! The conversations of a period as rows for a spreadsheet.

use super::db::{StoreError, Tx};
use super::sql::{Arg, Sql};
use crate::domain::ids::{AgentId, ConversationId, Time};
use crate::domain::period::Period;

/// A conversation. Lengths are milliseconds of open time, -1 for what never happened.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    /// Its number.
    pub id: i64,
    /// Its team.
    pub team: String,
    /// When the customer's first message was written.
    pub opened_at: i64,
    /// `waiting`, `owned` or `closed`.
    pub state: String,
    /// When it was closed; 0 while it is not.
    pub ended_at: i64,
    /// Who closed it; 0 for nobody of the team.
    pub closed_by: i64,
    /// The owner, or the last one.
    pub owner: i64,
    /// Who owned it first.
    pub first_owner: i64,
    /// How long until then.
    pub assign_ms: i64,
    /// Who answered first; 0 for nobody of the team.
    pub first_by: i64,
    /// How long that took.
    pub first_ms: i64,
    /// How many later answers there were.
    pub next_n: i64,
    /// How long these took together.
    pub next_ms: i64,
    /// How long it took to its end, the last time.
    pub resolve_ms: i64,
    /// How often the customer wrote again while waiting for an answer.
    pub nudges: i64,
    /// How many alarms came after a deadline.
    pub slips: i64,
}

static OF_PERIOD: Sql = Sql::new(
    "select c.id, c.team, c.opened_at, c.state, case when c.state = 'closed' then c.since else 0 end as ended_at,
         coalesce((select a.by_agent from assignment a where a.conversation = c.id and a.epoch = c.epoch
             and a.how = 'closed'), 0) as closed_by,
         c.owner,
         coalesce((select a.to_agent from assignment a where a.conversation = c.id and a.to_agent <> 0
             order by a.epoch limit 1), 0) as first_owner,
         coalesce((select k.took_ms from clock k where k.conversation = c.id and k.kind = 'assign'
             and k.came in ('met', 'missed') order by k.nth limit 1), -1) as assign_ms,
         coalesce((select k.by_agent from clock k where k.conversation = c.id and k.kind = 'first'
             and k.came in ('met', 'missed') order by k.nth limit 1), 0) as first_by,
         coalesce((select k.took_ms from clock k where k.conversation = c.id and k.kind = 'first'
             and k.came in ('met', 'missed') order by k.nth limit 1), -1) as first_ms,
         (select count(*) from clock k where k.conversation = c.id and k.kind = 'next'
             and k.came in ('met', 'missed')) as next_n,
         (select cast(coalesce(sum(k.took_ms), 0) as bigint) from clock k where k.conversation = c.id and k.kind = 'next'
             and k.came in ('met', 'missed')) as next_ms,
         coalesce((select k.took_ms from clock k where k.conversation = c.id and k.kind = 'resolve'
             and k.came in ('met', 'missed') order by k.nth desc limit 1), -1) as resolve_ms,
         (select cast(coalesce(sum(k.nudges), 0) as bigint) from clock k where k.conversation = c.id
             and (k.kind = 'first' or k.kind = 'next')) as nudges,
         (select count(*) from alarm s where s.conversation = c.id and s.slip = 1) as slips
     from conversation c
     where c.opened_at >= $1 and c.opened_at < $2 and (cast($3 as text) = '' or c.team = cast($3 as text))
         and (cast($4 as bigint) = 0 or exists (
             select 1 from assignment a where a.conversation = c.id and a.to_agent = cast($4 as bigint)))
         and (c.opened_at > $5 or (c.opened_at = $5 and c.id > $6))
     order by c.opened_at, c.id limit $7",
);

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&OF_PERIOD];

/// The conversations that began in a period, of a team and given to a person where these are named, by when they began, behind one.
///
/// # Errors
/// When the database refuses.
pub async fn of_period(
    tx: &mut Tx,
    (period, team, agent): (Period, &str, AgentId),
    (opened_at, after): (Time, ConversationId),
    limit: i64,
) -> Result<Vec<Line>, StoreError> {
    // What lies before is not even looked at.
    let from = period.from.max(opened_at);
    let args = [from.0, period.to.0].map(Arg::I).into_iter().chain([Arg::T(team)]);
    tx.rows(&OF_PERIOD, args.chain([agent.0, opened_at.0, after.0, limit].map(Arg::I)).collect()).await
}
