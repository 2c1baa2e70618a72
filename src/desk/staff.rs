//! Who belongs to the teams: by the configuration, and by roles of the workspace.

use std::collections::BTreeSet;

use super::Desk;
use super::policy::Rank;
use super::room::{Changes, Room};
use crate::domain::event::{Member, Own};
use crate::domain::ids::{AgentId, ConversationId, UserRef};
use crate::domain::roster::Duty;
use crate::domain::workspace::{Users, Workspace};
use crate::store::agent::Agent;

impl Desk<'_> {
    /// Baton started, perhaps with another configuration: its people are those that it names now.
    pub(super) fn configured(&self, room: &Room) -> Changes {
        let mut changes = Changes::default();
        let mut named: BTreeSet<AgentId> = BTreeSet::new();
        for person in &self.policy.people {
            let by_user = person.users.iter().find_map(|user| room.agent_of(user));
            // A name may pass to somebody else; who somebody is in the workspace does not.
            let is_other = |a: &Agent| {
                named.contains(&a.id)
                    || self
                        .policy
                        .people
                        .iter()
                        .any(|p| p.key != person.key && p.users.iter().any(|user| a.users.has(user)))
            };
            let known = by_user.or_else(|| room.everybody().find(|a| a.key == person.key && !is_other(a)));
            let is_anew = |a: &Agent| a.key != person.key || person.users.iter().any(|user| !a.users.has(user));
            let anew = known.filter(|a| is_anew(a)).map(|a| a.id);
            changes.known_anew.extend(anew);
            let mut agent = known.cloned().unwrap_or_else(|| Agent {
                id: AgentId(room.fresh(&mut changes)),
                name: person.name.clone(),
                users: Users::default(),
                key: String::new(),
                rank: String::new(),
                duty: Duty::new(person.capacity),
            });
            named.insert(agent.id);
            if agent.key.is_empty() {
                // Named anew: who was left out counted as gone.
                agent.duty.here = true;
            }
            agent.key.clone_from(&person.key);
            person.users.iter().for_each(|user| agent.users.know(user.clone()));
            person.rank.max(Rank::Agent).as_str().clone_into(&mut agent.rank);
            agent.duty.capacity = person.capacity;
            // Whoever is not in the workspace cannot be called, and is given nothing.
            agent.duty.here = !agent.users.is_empty() && (agent.duty.here || anew.is_some());
            changes
                .skills
                .push((agent.id, person.skills.iter().map(|(skill, level)| (skill.clone(), *level)).collect()));
            let seats = room.seats_by(agent.id, "config");
            changes.seated.extend(person.teams.iter().map(|team| (team.clone(), agent.id, "config")));
            let lost = seats.into_iter().filter(|team| !person.teams.contains(team));
            changes.risen.extend(lost.map(|team| (team, agent.id)));
            changes.risen.extend(self.roleless(room, agent.id));
            self.turn(room, &mut changes, agent);
        }
        for agent in room.everybody().filter(|a| !named.contains(&a.id)) {
            let mut agent = agent.clone();
            let was_named = !std::mem::take(&mut agent.key).is_empty();
            changes.known_anew.extend(was_named.then_some(agent.id));
            let seats = room.seats_by(agent.id, "config");
            changes.risen.extend(seats.into_iter().map(|team| (team, agent.id)));
            changes.risen.extend(self.roleless(room, agent.id));
            changes.skills.push((agent.id, Vec::new()));
            agent.duty.capacity = self.policy.capacity;
            if was_named {
                agent.rank = String::new();
                agent.duty.here = false;
            }
            self.turn(room, &mut changes, agent);
        }
        for team in self.policy.teams.keys() {
            self.stir(&mut changes, team);
        }
        self.boards(room, &mut changes, |_| true);
        changes.told.push(Own::Promised { after: ConversationId(0), moved: 0 });
        changes
    }

    /// Seats that a role gave, of teams that have none any more.
    fn roleless(&self, room: &Room, agent: AgentId) -> Vec<(String, AgentId)> {
        let has_role = |team: &str| self.team(team).is_some_and(|team| !team.role.is_empty());
        let seats = room.seats_by(agent, "role").into_iter().filter(|team| !has_role(team));
        seats.map(|team| (team, agent)).collect()
    }

    /// People of the workspace and their roles: whoever bears a team's role sits in it.
    pub(super) fn members(&self, room: &Room, members: &[Member], all: bool) -> Changes {
        let mut changes = Changes::default();
        for member in members {
            let known = room.agent_of(&member.user);
            let elsewhere = known.is_some_and(|agent| agent.users.iter().any(|user| *user != member.user));
            // Whoever may do nothing here may be somebody in another workspace.
            if (known.is_none() || elsewhere) && self.policy.rank(member) == Rank::None {
                continue;
            }
            let mut agent = self.agent(room, &mut changes, member);
            let rank = self.policy.rank(member);
            rank.as_str().clone_into(&mut agent.rank);
            // Whoever may do nothing here keeps nothing.
            agent.duty.here = rank > Rank::None;
            let seats = room.seats_by(agent.id, "role");
            for team in self.policy.teams.values().filter(|team| !team.role.is_empty()) {
                let bears = member.roles.contains(&team.role);
                if bears && !room.teams_of(agent.id).any(|t| t == team.name) {
                    changes.seated.push((team.name.clone(), agent.id, "role"));
                    self.stir(&mut changes, &team.name);
                } else if !bears && seats.contains(&team.name) {
                    changes.risen.push((team.name.clone(), agent.id));
                }
            }
            self.turn(room, &mut changes, agent);
        }
        if all {
            let there: BTreeSet<&UserRef> = members.iter().map(|m| &m.user).collect();
            let workspaces: BTreeSet<Workspace> = there.iter().map(|user| user.workspace()).collect();
            // Whoever is in another workspace as well has not left the team.
            let gone = |a: &&Agent| {
                let mut ids = a.users.iter().peekable();
                a.duty.here
                    && ids.peek().is_some()
                    && ids.all(|user| workspaces.contains(&user.workspace()) && !there.contains(user))
            };
            for agent in room.everybody().filter(gone) {
                self.gone(room, &mut changes, agent.clone());
            }
        }
        changes
    }

    /// Somebody left the workspace.
    pub(super) fn member_left(&self, room: &Room, user: &UserRef) -> Changes {
        let mut changes = Changes::default();
        // Whoever is in another workspace as well has not left the team.
        if let Some(agent) = room.agent_of(user).filter(|agent| agent.users.iter().all(|one| one == user)) {
            self.gone(room, &mut changes, agent.clone());
        }
        changes
    }

    fn gone(&self, room: &Room, changes: &mut Changes, mut agent: Agent) {
        agent.duty.here = false;
        let seats = room.seats_by(agent.id, "role");
        changes.risen.extend(seats.into_iter().map(|team| (team, agent.id)));
        self.turn(room, changes, agent);
    }
}
