//! Loading the people a batch is about, and those who could take what it brings.

use std::collections::{BTreeSet, HashMap};

use super::bench::Near;
use super::wants::Wants;
use super::{Agenda, Changes, Room};
use crate::desk::policy::Policy;
use crate::desk::route;
use crate::domain::conversation::{Conversation, Ownership};
use crate::domain::event::{CustomerDid, Event, Own};
use crate::domain::ids::{AgentId, Time, UserRef};
use crate::domain::roster::{Standing, Strategy};
use crate::store::agent::Agent;
use crate::store::{StoreError, Tx, agent, queue, seat};

/// How many are looked at to say who is free.
const FREEST: usize = 8;

impl Room {
    /// Everybody the batch names, with their seats.
    pub(super) async fn load_people(&mut self, tx: &mut Tx, wants: &Wants, policy: &Policy) -> Result<(), StoreError> {
        let mut found = Vec::new();
        if wants.everybody {
            found = agent::all(tx).await?;
        } else {
            let mut ids: BTreeSet<AgentId> = self.conversations.values().filter_map(Conversation::owner).collect();
            ids.extend(self.conversations.values().filter_map(last_owner));
            ids.extend(self.messages.values().filter_map(|m| m.author.some()));
            ids.extend(self.conversations.values().flat_map(|c| route::people_of(&c.passing)));
            ids.extend(&wants.agents);
            let users: Vec<UserRef> = wants.users.iter().cloned().collect();
            if !users.is_empty() {
                found.extend(agent::by_user(tx, &users).await?);
            }
            if !ids.is_empty() {
                let ids: Vec<AgentId> = ids.into_iter().collect();
                found.extend(agent::by_id(tx, &ids).await?);
            }
            let mut names: Vec<String> = wants.names.iter().cloned().collect();
            names.extend(policy.teams.values().flat_map(|team| team.leads.iter().map(|lead| lead.to_lowercase())));
            names.extend(policy.accounts.iter().map(|account| account.owner.clone()));
            if !names.is_empty() {
                found.extend(agent::by_name(tx, &names).await?);
            }
        }
        for agent in found {
            self.met(agent);
        }
        if wants.free {
            for agent in agent::freest(tx, FREEST).await? {
                self.met(agent);
            }
        }
        self.load_seats(tx).await?;
        if wants.free {
            self.load_free(tx).await?;
        }
        Ok(())
    }

    /// The freest of the teams that somebody may be asked about instead of whom they named.
    async fn load_free(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut teams: BTreeSet<String> = self.conversations.values().map(|c| c.team.clone()).collect();
        teams.extend(self.seats.values().flatten().map(|(team, _)| team.clone()));
        let mut free: BTreeSet<AgentId> = BTreeSet::new();
        for team in teams {
            let found = seat::nearest(tx, &team, Strategy::LeastLoaded, &[], FREEST).await?;
            free.extend(found.into_iter().map(|(agent, _)| agent));
        }
        let unknown: Vec<AgentId> = free.into_iter().filter(|id| !self.agents.contains_key(id)).collect();
        if !unknown.is_empty() {
            for agent in agent::by_id(tx, &unknown).await? {
                self.met(agent);
            }
            self.load_seats(tx).await?;
        }
        Ok(())
    }

    async fn load_seats(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let ids: Vec<AgentId> = self.agents.keys().copied().filter(|id| !self.seats.contains_key(id)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        for found in seat::of(tx, &ids).await? {
            let agent = AgentId(found.agent);
            self.seats.entry(agent).or_default().push((found.team, found.source));
            if let Some(standing) = Standing::parse(&found.standing) {
                self.stood.insert(agent, standing);
            }
        }
        Ok(())
    }

    /// Takes seats away and gives others. What the batch writes is how each seat stands at its end.
    pub(super) fn move_seats(&mut self, risen: Vec<(String, AgentId)>, seated: Vec<(String, AgentId, &'static str)>) {
        let rest = &mut self.pending.rest;
        for (team, agent) in risen {
            self.seats.entry(agent).or_default().retain(|(seat, _)| *seat != team);
            rest.seated.retain(|(seat, who, _)| (seat, who) != (&team, &agent));
            rest.risen.push((team, agent));
        }
        for (team, agent, source) in seated {
            let seats = self.seats.entry(agent).or_default();
            seats.retain(|(seat, _)| *seat != team);
            seats.push((team.clone(), source.to_owned()));
            rest.risen.retain(|(seat, who)| (seat, who) != (&team, &agent));
            rest.seated.retain(|(seat, who, _)| (seat, who) != (&team, &agent));
            rest.seated.push((team, agent, source));
            // A new seat counts as somebody who is gone until it is written how they stand.
            self.stood.remove(&agent);
        }
    }

    /// The teams somebody sits in, by name, as an event leaves them so far.
    pub(in crate::desk) fn teams_after(&self, changes: &Changes, agent: AgentId) -> Vec<String> {
        let gone = |team: &str| changes.risen.iter().any(|(seat, who)| *who == agent && seat == team);
        let given = changes.seated.iter().filter(|(_, who, _)| *who == agent).map(|(team, ..)| team.as_str());
        let mut teams: Vec<String> =
            self.teams_of(agent).filter(|team| !gone(team)).chain(given).map(str::to_owned).collect();
        teams.sort_unstable();
        teams.dedup();
        teams
    }

    /// Notes somebody as loaded.
    pub(super) fn met(&mut self, agent: Agent) {
        self.by_user.extend(agent.users.iter().map(|user| (user.clone(), agent.id)));
        self.agents.insert(agent.id, agent);
    }

    /// Those who could take what the batch brings, and which queues are waiting for somebody.
    pub(super) async fn load_candidates(
        &mut self,
        tx: &mut Tx,
        events: &[&Event],
        policy: &Policy,
        now: Time,
    ) -> Result<(), StoreError> {
        let mut wanted: HashMap<Near, usize> = HashMap::new();
        let mut preferred: BTreeSet<AgentId> = BTreeSet::new();
        let mut want = |request: &crate::domain::routing::Request| {
            preferred.extend(request.prefer.iter().map(|p| p.agent));
            let team = policy.teams.get(&request.team);
            if request.wait.is_none() && team.is_some() && request.strategy != Strategy::Manual {
                *wanted.entry(route::near(request)).or_default() += 1;
            }
        };
        for event in events {
            match event {
                Event::Customer(from) => {
                    if let CustomerDid::Said { content, around, .. } = &from.did
                        && let Some(request) = route::foreseen(self, policy, from, (content, around), now)
                    {
                        want(&request);
                    }
                }
                Event::Own(Own::Room { team, behind }) => {
                    for conversation in self.agenda(&Agenda::Queue(team.clone(), *behind)) {
                        want(&route::again(self, policy, conversation));
                    }
                }
                _ => {}
            }
        }
        self.load_bench(tx, &wanted, &preferred).await?;
        self.load_seats(tx).await?;
        let automatic = policy.teams.values().filter(|team| team.routes);
        let names: Vec<&str> = automatic.map(|team| team.name.as_str()).collect();
        self.queued = queue::waiting(tx, &names).await?.into_iter().collect();
        Ok(())
    }
}

fn last_owner(conversation: &Conversation) -> Option<AgentId> {
    match conversation.ownership {
        Ownership::Closed { last, .. } => last.some(),
        Ownership::Waiting | Ownership::Owned { .. } => None,
    }
}
