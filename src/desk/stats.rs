//! `/stats [team|@agent] [period]`: how a period went, worked out from clocks, alarms and the record of owners.
//!
//! - An answer is credited to whoever gave it, and the time in which a customer waited for one to whoever owned the
//!   conversation meanwhile, in open time. What was answered outside Baton counts for nobody.
//! - What ended within the period counts, whenever it began.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::Policy;
use crate::domain::calendar::Span;
use crate::domain::ids::{AgentId, Time};
use crate::domain::name;
use crate::domain::period::Period;
use crate::domain::stats::{About, Measured, Nudge, Owners, Person, Share, Slip, Stats};
use crate::domain::targets::Kind;
use crate::store::stats::{self, Of};
use crate::store::{StoreError, Tx, agent};

/// How many people are told of.
const PEOPLE: usize = 12;

/// Whom figures are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Every team.
    Everybody,
    /// A team.
    Team(String),
    /// A person.
    Agent(AgentId),
}

/// How a period went.
///
/// # Errors
/// When the database refuses.
pub async fn of(tx: &mut Tx, policy: &Policy, whom: &Whom, period: Period) -> Result<Stats, StoreError> {
    let (team, one) = match whom {
        Whom::Everybody => ("", AgentId::NOBODY),
        Whom::Team(team) => (team.as_str(), AgentId::NOBODY),
        Whom::Agent(agent) => ("", *agent),
    };
    let of = Of { period, team, agent: one };
    let ended = stats::ended(tx, &of).await?;
    let of_kind = |kind: Kind| ended.iter().find(|e| e.kind == kind.as_str());
    let answers = || [Kind::First, Kind::Next].into_iter().filter_map(of_kind);
    let share = |kind: Kind| of_kind(kind).map_or(Share::default(), |e| Share { n: e.nudged, of: e.conversations });
    let (mut held, owned_ms) = held(tx, policy, &of).await?;
    let waited_ms: i64 = answers().map(|e| e.took_ms).sum();
    let mut measured: Vec<Measured> = stats::measured(tx, &of).await?.iter().filter_map(measured_as).collect();
    measured.sort_by_key(|m| m.kind);
    let changes = stats::changes(tx, &of).await?;
    let many = |hows: &[&str]| changes.iter().filter(|c| hows.contains(&c.how.as_str())).map(|c| c.n).sum();
    let answered = stats::answered(tx, &of, i64::try_from(2 * PEOPLE).unwrap_or(0)).await?;
    let mut people: BTreeMap<AgentId, Person> = BTreeMap::new();
    for row in &answered {
        let nobody = || Person { name: String::new(), first: None, next: None, waited_ms: 0 };
        let person = people.entry(AgentId(row.agent)).or_insert_with(nobody);
        match measured_as(row) {
            Some(m) if m.kind == Kind::First => person.first = Some(m),
            other => person.next = other,
        }
    }
    for (id, person) in &mut people {
        person.waited_ms = held.remove(id).unwrap_or(0);
    }
    // Whoever kept customers waiting and answered nobody is told of as well.
    let silent = held.into_iter().filter(|(_, ms)| *ms > 0);
    people.extend(silent.map(|(id, ms)| (id, Person { name: String::new(), first: None, next: None, waited_ms: ms })));
    let about = match whom {
        Whom::Everybody => About::Everybody,
        Whom::Team(team) => About::Team(team.clone()),
        Whom::Agent(id) => About::Agent(names(tx, [*id].into()).await?.remove(id).unwrap_or_default()),
    };
    let mut known = names(tx, people.keys().copied().collect()).await?;
    for (id, person) in &mut people {
        person.name = known.remove(id).unwrap_or_else(|| "somebody".to_owned());
    }
    let n = |m: Option<Measured>| m.map_or(0, |m| m.n);
    let mut people: Vec<Person> = people.into_values().collect();
    people.sort_by_key(|p| (-(n(p.first) + n(p.next)), -p.waited_ms, p.name.clone()));
    people.truncate(PEOPLE);
    Ok(Stats {
        about,
        period,
        begun: stats::begun(tx, &of).await?,
        closed: many(&["closed"]),
        unanswered: of_kind(Kind::First).map_or(0, |e| e.dropped),
        measured,
        outside: answers().map(|e| e.outside).sum(),
        nudged_unowned: share(Kind::Assign),
        nudged_unanswered: share(Kind::First),
        first_nudge: stats::nudged(tx, &of).await?.map(|n| Nudge { n: n.n, p50: n.p50, p80: n.p80 }),
        slips: stats::slips(tx, &of)
            .await?
            .iter()
            .filter_map(|row| Some(Slip { kind: Kind::parse(&row.kind)?, level: row.step + 1, n: row.n }))
            .collect(),
        changes: Owners {
            reassigned: changes.iter().map(|c| c.moved).sum(),
            handed_over: many(&["handed_off"]),
            given_back: many(&["released"]),
            taken_back: many(&["timed_out", "left"]),
        },
        people,
        waited_unowned_ms: if one == AgentId::NOBODY { (waited_ms - owned_ms).max(0) } else { 0 },
    })
}

/// How long customers waited for an answer of each owner, and in all while there was one, in open time.
async fn held(tx: &mut Tx, policy: &Policy, of: &Of<'_>) -> Result<(BTreeMap<AgentId, i64>, i64), StoreError> {
    let mut held: BTreeMap<AgentId, i64> = BTreeMap::new();
    let mut all = 0;
    for row in stats::held(tx, of).await? {
        let pauses: Vec<Span> = serde_json::from_str(&row.pauses).unwrap_or_default();
        let calendar = &policy.terms(&row.team).hours;
        let ms = calendar.elapsed_ms(Time(row.from_at), Time(row.to_at), &pauses);
        *held.entry(AgentId(row.owner)).or_default() += ms;
        all += ms;
    }
    Ok((held, all))
}

async fn names(tx: &mut Tx, ids: BTreeSet<AgentId>) -> Result<BTreeMap<AgentId, String>, StoreError> {
    let ids: Vec<AgentId> = ids.into_iter().collect();
    let found = agent::by_id(tx, &ids).await?;
    Ok(found.into_iter().map(|agent| (agent.id, name::display(&agent.name, 40, "somebody"))).collect())
}

fn measured_as(row: &stats::Measured) -> Option<Measured> {
    let stats::Measured { n, p50, p90, p95, promised, met, .. } = *row;
    Some(Measured { kind: Kind::parse(&row.kind)?, n, p50, p90, p95, promised, met })
}
