//! Who could take the conversations of a batch: the nearest of each team, loaded once, and looked at as they stand after
//! every decision before.

use std::collections::{BTreeSet, HashMap};

use super::Room;
use crate::domain::ids::{AgentId, Time};
use crate::domain::name;
use crate::domain::roster::{Pace, Standing, Strategy};
use crate::domain::routing::{Candidate, Exclusion, Request, SHOWN, Slate};
use crate::store::{StoreError, Tx, agent, seat};

/// What decides who is near: team, strategy, and the skills asked for.
pub(in crate::desk) type Near = (String, Strategy, Vec<String>);

/// Who could take the conversations of a batch.
#[derive(Default)]
pub(super) struct Bench {
    /// Those who are ready, each with their least level at the skills.
    nearest: HashMap<Near, Vec<(AgentId, i64)>>,
    /// Some of those who are ready and lack a skill.
    unskilled: HashMap<Near, Vec<AgentId>>,
    /// Some of those who are not ready.
    others: HashMap<String, Vec<(AgentId, Standing)>>,
    counts: HashMap<String, Vec<(Standing, i64)>>,
    /// The levels of people who come first, for skills.
    levels: HashMap<(Vec<String>, AgentId), i64>,
}

impl Room {
    /// Loads who could take `wanted` conversations each, and who comes first for them.
    pub(super) async fn load_bench(
        &mut self,
        tx: &mut Tx,
        wanted: &HashMap<Near, usize>,
        preferred: &BTreeSet<AgentId>,
    ) -> Result<(), StoreError> {
        let mut people: BTreeSet<AgentId> = preferred.clone();
        for ((team, strategy, skills), n) in wanted {
            // Each assignment moves its agent back and nobody forward, so these are enough.
            let found = seat::nearest(tx, team, *strategy, skills, n + SHOWN).await?;
            people.extend(found.iter().map(|(agent, _)| *agent));
            if !skills.is_empty() {
                let ready = seat::nearest(tx, team, *strategy, &[], SHOWN).await?;
                let lacks = |agent: &AgentId| found.iter().all(|(skilled, _)| skilled != agent);
                let unskilled: Vec<AgentId> = ready.into_iter().map(|(agent, _)| agent).filter(lacks).collect();
                people.extend(&unskilled);
                self.bench.unskilled.insert((team.clone(), *strategy, skills.clone()), unskilled);
            }
            self.bench.nearest.insert((team.clone(), *strategy, skills.clone()), found);
            if !self.bench.counts.contains_key(team) {
                let counts = seat::counts(tx, team).await?;
                let ways: Vec<Standing> =
                    counts.iter().map(|(way, _)| *way).filter(|w| *w != Standing::Ready).collect();
                if !ways.is_empty() {
                    let others = seat::standing(tx, team, &ways, SHOWN).await?;
                    people.extend(others.iter().map(|(agent, _)| *agent));
                    self.bench.others.insert(team.clone(), others);
                }
                self.bench.counts.insert(team.clone(), counts);
            }
            if !skills.is_empty() && !preferred.is_empty() {
                let preferred: Vec<AgentId> = preferred.iter().copied().collect();
                for (agent, level) in seat::levels(tx, skills, &preferred).await? {
                    self.bench.levels.insert((skills.clone(), agent), level);
                }
            }
        }
        let unknown: Vec<AgentId> = people.into_iter().filter(|id| !self.agents.contains_key(id)).collect();
        if !unknown.is_empty() {
            for found in agent::by_id(tx, &unknown).await? {
                self.met(found);
            }
        }
        Ok(())
    }

    /// The time of an assignment at `now`: later than any before it, so that those of one instant have an order.
    pub(in crate::desk) fn next_turn(&self, now: Time) -> Time {
        let last = self.agents.values().map(|agent| agent.duty.assigned_at).max().unwrap_or(Time::NEVER);
        now.max(last.plus_ms(1))
    }

    /// Whether the bench was loaded for this.
    pub(in crate::desk) fn has_bench(&self, near: &Near) -> bool {
        self.bench.nearest.contains_key(near)
    }

    /// Whether somebody of a team could be given something, as far as it is known.
    pub(in crate::desk) fn has_room(&self, team: &str, (pace, now): (Pace, Time)) -> bool {
        let Some(counts) = self.bench.counts.get(team) else { return true };
        let ready = counts.iter().filter(|(standing, _)| *standing == Standing::Ready).map(|(_, n)| n).sum::<i64>();
        let known = self.agents.values().filter(|agent| self.teams_of(agent.id).any(|t| t == team));
        let (mut count, mut room) = (0, false);
        for agent in known {
            count += 1;
            room |= agent.duty.room(pace, now) > 0;
        }
        room || ready > count
    }

    /// Who could take what is asked for, as they stand now.
    pub(in crate::desk) fn slate(&self, request: &Request, (pace, now): (Pace, Time)) -> Slate {
        let asked = if request.relaxed { Vec::new() } else { request.skills.clone() };
        let near = (request.team.clone(), request.strategy, asked.clone());
        let listed = self.bench.nearest.get(&near).map_or(&[][..], Vec::as_slice);
        let unskilled = self.bench.unskilled.get(&near).map_or(&[][..], Vec::as_slice);
        let others = self.bench.others.get(&request.team).map_or(&[][..], Vec::as_slice);
        let mut slate = Slate::default();
        let mut seen: BTreeSet<AgentId> = BTreeSet::new();
        let none = unskilled.iter().chain(others.iter().map(|(id, _)| id)).map(|id| (*id, 0));
        let members = listed.iter().copied().chain(none);
        for (id, level) in members {
            if seen.insert(id) {
                slate.candidates.extend(self.candidate(id, (true, level), (pace, now)));
            }
        }
        for preferred in &request.prefer {
            if seen.insert(preferred.agent) {
                let level = self.bench.levels.get(&(asked.clone(), preferred.agent)).copied().unwrap_or(0);
                slate.candidates.extend(self.candidate(preferred.agent, (false, level), (pace, now)));
            }
        }
        for (standing, n) in self.bench.counts.get(&request.team).into_iter().flatten() {
            let shown = match standing {
                Standing::Ready => listed.len() + unskilled.len(),
                _ => others.iter().filter(|(_, stood)| stood == standing).count(),
            };
            let rest = n - i64::try_from(shown).unwrap_or(i64::MAX);
            let out = match standing {
                Standing::Ready if asked.is_empty() => None,
                Standing::Ready => Some(Exclusion::Unskilled),
                other => Some(Exclusion::Standing(*other)),
            };
            if rest > 0 {
                slate.beyond.push((out, rest));
            }
        }
        slate
    }

    fn candidate(&self, id: AgentId, (member, level): (bool, i64), (pace, now): (Pace, Time)) -> Option<Candidate> {
        let agent = self.agents.get(&id)?;
        Some(Candidate {
            agent: id,
            name: name::display(&agent.name, 40, "somebody"),
            member,
            standing: agent.duty.standing(pace, now),
            load: agent.duty.load,
            capacity: agent.duty.capacity,
            level,
            assigned_at: agent.duty.assigned_at,
            idle_since: agent.duty.idle_since,
        })
    }
}
