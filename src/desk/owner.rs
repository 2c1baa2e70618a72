//! The one place where an owner changes: the record, what both of them have to do, and what everybody is told.

use super::room::{Changes, Room};
use super::{Desk, MarkRead};
use crate::domain::conversation::{Change, Conversation, Given, How, Refusal};
use crate::domain::event::Own;
use crate::domain::ids::{AgentId, Time, UserRef};
use crate::domain::passing::Occasion;
use crate::domain::words;
use crate::domain::workspace::Workspace;
use crate::store::agent::Agent;

impl Desk<'_> {
    /// Somebody becomes the owner, whoever was it before, and is called once unless they know. Back comes the conversation
    /// as it was, with the reason, where that cannot be.
    pub(super) fn give(
        &self,
        room: &Room,
        changes: &mut Changes,
        conversation: Conversation,
        given: Given<'_>,
        why: Option<&str>,
    ) -> Result<Conversation, (Box<Conversation>, Refusal)> {
        let targets = self.targets(&conversation);
        let same = Box::new(conversation.clone());
        let (mut given_to, mut change) = match conversation.give(given, self.now, &targets) {
            Ok(given) => given,
            Err(refusal) => return Err((same, refusal)),
        };
        if given.how == How::Routed {
            change.decision = given_to.passing.decision;
        }
        given_to.passing.despite = self.known(room, changes, given.to).is_some_and(|agent| !self.is_there(&agent));
        self.passed(room, changes, change);
        let show = self.show(room);
        let user = self.user_of(room, changes, given.to, given_to.channel.workspace());
        let due = given_to.due_at.some();
        let by = self.name_of(room, changes, given.by);
        let from = same.owner().map_or(by.clone(), |owner| self.name_of(room, changes, owner));
        let line = match given.how {
            _ if given.knows && given.by == given.to => words::claimed(&by),
            _ if given.knows => words::accepted(&self.name_of(room, changes, given.to), &from),
            how => words::given((how, &by), why, given.note, due, self.now),
        };
        let called = (!given.knows).then_some(user).into_iter().collect();
        show.call(changes, given_to.id, called, &line);
        show.refresh(changes, given_to.id);
        if self.policy.mark_read == MarkRead::Claim {
            show.read(changes, &mut given_to);
        }
        self.automatic(room, changes, &mut given_to, Occasion::Assigned);
        Ok(given_to)
    }

    /// The conversation goes back to its queue; somebody else may take it at once.
    pub(super) fn release_from(
        &self,
        room: &Room,
        changes: &mut Changes,
        conversation: Conversation,
        (by, how, note): (AgentId, How, &str),
    ) -> Result<Conversation, Refusal> {
        let owner = conversation.owner();
        let (mut released, change) = conversation.release(by, how, note, self.now)?;
        self.passed(room, changes, change);
        // Who gave it back or let it lapse is not given it again; who merely left may be.
        let spent = matches!(how, How::Released | How::TimedOut);
        if let Some(owner) = owner.filter(|owner| spent && !released.passing.not.contains(owner)) {
            released.passing.not.push(owner);
        }
        released.passing.alarmed = false;
        self.show(room).refresh(changes, released.id);
        if released.is_queued() {
            self.stir(changes, &released.team);
        }
        Ok(released)
    }

    /// Writes a change of owner down, and what both have to do from now on. Whoever has room again lets the queues of their
    /// teams move.
    pub(super) fn passed(&self, room: &Room, changes: &mut Changes, change: Change) {
        let (from, to) = (change.from.some(), change.to.some());
        if from != to {
            if let Some(mut agent) = from.and_then(|id| self.known(room, changes, id)) {
                agent.duty.load = (agent.duty.load - 1).max(0);
                agent.duty.idle_since = self.now;
                for team in room.teams_of(agent.id).filter(|team| room.is_queued(team)) {
                    self.stir(changes, team);
                }
                self.serves(changes, agent);
            }
            if let Some(mut agent) = to.and_then(|id| self.known(room, changes, id)) {
                agent.duty.load += 1;
                (agent.duty.assigned_at, agent.duty.idle_since) = (room.next_turn(self.now), self.now);
                if agent.duty.ramp.since != Time::NEVER {
                    agent.duty.ramp.given += 1;
                }
                self.serves(changes, agent);
            }
        }
        changes.record.push(change);
    }

    /// Lets the queue of a team move, if it moves without a person.
    pub(super) fn stir(&self, changes: &mut Changes, team: &str) {
        if self.team(team).is_some_and(|team| team.routes) {
            changes.told.push(Own::Room { team: team.to_owned(), behind: 0 });
        }
    }

    /// How somebody is given something by a person: past presence and capacity the record says so.
    pub(super) fn by_hand(&self, agent: &Agent) -> How {
        if agent.duty.room(self.policy.pace, self.now) > 0 { How::Assigned } else { How::Overridden }
    }

    /// Whether somebody is there, with room or without.
    pub(super) fn is_there(&self, agent: &Agent) -> bool {
        agent.duty.standing(self.policy.pace, self.now).is_present()
    }

    /// Somebody as this event has left them so far.
    pub(super) fn known(&self, room: &Room, changes: &Changes, id: AgentId) -> Option<Agent> {
        changes.agents.iter().rfind(|a| a.id == id).or_else(|| room.agent(id)).cloned()
    }

    /// Takes what changed about somebody.
    pub(super) fn serves(&self, changes: &mut Changes, agent: Agent) {
        changes.agents.retain(|a| a.id != agent.id);
        changes.agents.push(agent);
    }

    pub(super) fn name_of(&self, room: &Room, changes: &Changes, id: AgentId) -> String {
        let known = self.known(room, changes, id);
        known.map_or_else(|| "somebody".to_owned(), |a| crate::domain::name::display(&a.name, 40, "somebody"))
    }

    /// Who somebody is in a workspace; empty when they are not in it.
    pub(super) fn user_of(&self, room: &Room, changes: &Changes, id: AgentId, workspace: Workspace) -> UserRef {
        self.known(room, changes, id).map(|agent| agent.users.on(workspace).clone()).unwrap_or_default()
    }
}
