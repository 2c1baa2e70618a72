//! Who gets a conversation, and why.
//!
//! Properties kept: the same request and slate always give the same choice, without clock, chance or memory; the choice says
//! what decided it; nobody is chosen who is not ready, who let this conversation lapse, or who lacks a skill that is still
//! asked for. The order among those who can: the named account owner, the last owner, then the best level at the skills,
//! the strategy, the longest time since the last assignment, and at the very last the id.
//!
//! The database holds the people in the order of each strategy, so that a [`Slate`] has the nearest of them and the numbers
//! of the others: what a choice costs does not grow with the team.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, Time};
use super::roster::{Standing, Strategy};

/// How many candidates a stored decision shows in full.
pub const SHOWN: usize = 20;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The team.
    pub team: String,
    /// How the team chooses.
    pub strategy: Strategy,
    /// Skills that are needed; all of them.
    pub skills: Vec<String>,
    /// Whether it has waited so long that skills no longer matter.
    pub relaxed: bool,
    /// Why it waits for a person instead.
    pub wait: Option<Wait>,
    /// Who let it lapse or gave it back: never chosen.
    pub not: Vec<AgentId>,
    /// Who comes first if they can, best first.
    pub prefer: Vec<Preferred>,
}

/// Why a conversation waits for a person to assign it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// The customer is very important.
    Vip,
    /// It is urgent.
    Urgent,
    /// The rule says so.
    Rule,
    /// The team takes everything by hand.
    Manual,
    /// It lapsed too often.
    Lapsed,
}

/// Somebody who comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferred {
    /// Who.
    pub agent: AgentId,
    /// Why.
    pub why: Preference,
}

/// Why somebody comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// Named for this customer.
    Account,
    /// Owned the customer's last conversation.
    LastOwner,
}

/// Who could take it, as far as they are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Slate {
    /// The nearest, in any order.
    pub candidates: Vec<Candidate>,
    /// How many others of the team there are, by what keeps them out; nothing does where they merely stand further behind.
    pub beyond: Vec<(Option<Exclusion>, i64)>,
}

/// Somebody who could take it, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Who.
    pub agent: AgentId,
    /// Their name for display.
    pub name: String,
    /// Whether they belong to the team; a preferred person may not.
    pub member: bool,
    /// Whether they can be given something.
    pub standing: Standing,
    /// How many conversations they own.
    pub load: i64,
    /// How many they may own.
    pub capacity: i64,
    /// Their least level among the skills asked for, 0 when they lack one.
    pub level: i64,
    /// When they were given something last.
    pub assigned_at: Time,
    /// Since when they have had nothing to do.
    pub idle_since: Time,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "came", rename_all = "snake_case")]
pub enum Choice {
    /// Somebody gets it.
    Chosen {
        /// Who.
        agent: AgentId,
        /// What decided it.
        by: By,
        /// How many could have taken it.
        able: i64,
    },
    /// It waits for a person.
    Waits {
        /// Why.
        why: Wait,
    },
    /// Nobody can take it: it waits in the queue.
    Nobody {
        /// How many are kept out by what.
        kept_out: Vec<(Exclusion, i64)>,
    },
}

/// What decided between those who could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// They come first.
    Preference(Preference),
    /// Nobody else could.
    Only,
    /// Their level at the skills is higher than the next one's.
    Level,
    /// The strategy puts them before the next one.
    Strategy,
    /// Their last assignment lies further back than the next one's.
    LongestSince,
    /// Nothing else told them apart.
    Id,
}

/// Chooses.
#[must_use]
pub fn choose(request: &Request, slate: &Slate) -> Choice {
    if let Some(why) = request.wait {
        return Choice::Waits { why };
    }
    let in_team = slate.candidates.iter().filter(|c| c.member);
    let mut ready: Vec<&Candidate> = in_team.filter(|c| request.excludes(c).is_none()).collect();
    let behind: i64 = slate.beyond.iter().filter(|(out, _)| out.is_none()).map(|(_, n)| n).sum();
    let count = i64::try_from(ready.len()).unwrap_or(i64::MAX).saturating_add(behind);
    for preferred in &request.prefer {
        let them = slate.candidates.iter().find(|c| c.agent == preferred.agent && request.excludes(c).is_none());
        if let Some(them) = them {
            return Choice::Chosen { agent: them.agent, by: By::Preference(preferred.why), able: count };
        }
    }
    ready.sort_by(|a, b| request.compare(a, b).0);
    match ready.as_slice() {
        [] => request.nobody(slate),
        [only] => Choice::Chosen { agent: only.agent, by: By::Only, able: count },
        [first, second, ..] => Choice::Chosen { agent: first.agent, by: request.compare(first, second).1, able: count },
    }
}

/// Why somebody cannot take this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// They let it lapse or gave it back.
    Spent,
    /// They lack a skill.
    Unskilled,
    /// They are not ready.
    Standing(Standing),
}

impl Request {
    /// Why this one cannot take it; `None` when they can.
    #[must_use]
    pub fn excludes(&self, candidate: &Candidate) -> Option<Exclusion> {
        if candidate.standing != Standing::Ready {
            return Some(Exclusion::Standing(candidate.standing));
        }
        if self.not.contains(&candidate.agent) {
            return Some(Exclusion::Spent);
        }
        let skilled = self.skills.is_empty() || self.relaxed || candidate.level > 0;
        (!skilled).then_some(Exclusion::Unskilled)
    }

    /// Which of two comes first, and by what.
    fn compare(&self, a: &Candidate, b: &Candidate) -> (Ordering, By) {
        let levels = if self.skills.is_empty() { Ordering::Equal } else { b.level.cmp(&a.level) };
        let strategy = match self.strategy {
            Strategy::LeastLoaded => (a.load.saturating_mul(b.capacity)).cmp(&b.load.saturating_mul(a.capacity)),
            Strategy::LongestIdle => (a.load > 0, a.idle_since).cmp(&(b.load > 0, b.idle_since)),
            Strategy::RoundRobin | Strategy::Manual => a.assigned_at.cmp(&b.assigned_at),
        };
        let since = a.assigned_at.cmp(&b.assigned_at);
        let steps = [(levels, By::Level), (strategy, By::Strategy), (since, By::LongestSince)];
        steps.into_iter().find(|(order, _)| order.is_ne()).unwrap_or_else(|| (a.agent.cmp(&b.agent), By::Id))
    }

    fn nobody(&self, slate: &Slate) -> Choice {
        let mut kept_out: Vec<(Exclusion, i64)> = Vec::new();
        let near = slate.candidates.iter().filter(|c| c.member).map(|c| (self.excludes(c), 1));
        for (out, n) in near.chain(slate.beyond.iter().copied()) {
            let Some(out) = out else { continue };
            add(&mut kept_out, out, n);
        }
        kept_out.sort_unstable();
        Choice::Nobody { kept_out }
    }

    /// The slate as it is stored with its decision: the nearest in full, the others counted. It gives the same choice.
    #[must_use]
    pub fn stored(&self, slate: &Slate) -> Slate {
        let mut candidates = slate.candidates.clone();
        let rank = |c: &Candidate| (!self.prefer.iter().any(|p| p.agent == c.agent), self.excludes(c));
        candidates.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| self.compare(a, b).0));
        let mut beyond = slate.beyond.clone();
        for further in candidates.drain(candidates.len().min(SHOWN)..).filter(|c| c.member) {
            add(&mut beyond, self.excludes(&further), 1);
        }
        beyond.sort_unstable();
        Slate { candidates, beyond }
    }
}

fn add<K: PartialEq>(counts: &mut Vec<(K, i64)>, key: K, n: i64) {
    match counts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum += n,
        None => counts.push((key, n)),
    }
}

#[cfg(test)]
mod tests;
