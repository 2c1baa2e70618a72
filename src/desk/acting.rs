//! Who acts: every click and command is checked against what its person may do.

use super::Desk;
use super::policy::Rank;
use super::room::{Changes, Room};
use crate::domain::conversation::{Conversation, Refusal};
use crate::domain::event::{FromMember, Member};
use crate::domain::ids::{AgentId, ConversationId};
use crate::domain::name;
use crate::domain::reply::Reply;
use crate::domain::roster::Duty;
use crate::domain::words;
use crate::domain::workspace::Users;
use crate::store::agent::Agent;

/// Somebody acting on a conversation.
pub(super) struct Acting<'a> {
    pub(super) room: &'a Room,
    pub(super) agent: Agent,
    pub(super) name: String,
    pub(super) rank: Rank,
}

impl Desk<'_> {
    /// The person as one of the team, remembered under their name and with what they may do.
    pub(super) fn agent(&self, room: &Room, changes: &mut Changes, member: &Member) -> Agent {
        let known = changes.agents.iter().find(|a| a.users.has(&member.user)).or_else(|| room.agent_of(&member.user));
        let known = known.cloned();
        let mut agent = known.clone().unwrap_or_else(|| self.newcomer(room, changes, member));
        let before = agent.clone();
        if !member.name.is_empty() {
            agent.name.clone_from(&member.name);
        }
        // Not every event tells of roles, and none at all are told as an empty list.
        if !member.roles.is_empty() || agent.rank.is_empty() {
            self.policy.rank(member).as_str().clone_into(&mut agent.rank);
        }
        if !agent.duty.here && self.policy.rank(member) > Rank::None {
            // Whoever acts here has come back.
            agent.duty.here = true;
            return self.turn(room, changes, agent);
        }
        if agent != before || known.is_none() {
            self.serves(changes, agent.clone());
        }
        agent
    }

    fn newcomer(&self, room: &Room, changes: &mut Changes, member: &Member) -> Agent {
        Agent {
            id: AgentId(room.fresh(changes)),
            name: member.name.clone(),
            users: Users::of(member.user.clone()),
            key: String::new(),
            rank: String::new(),
            duty: Duty::new(self.policy.capacity),
        }
    }

    pub(super) fn acting<'a>(
        &self,
        room: &'a Room,
        changes: &mut Changes,
        from: &FromMember,
    ) -> Result<Acting<'a>, Reply> {
        let rank = self.policy.rank(&from.member);
        if rank == Rank::None {
            return Err(Reply::text(words::not_allowed(&self.policy.roles.agent_name)));
        }
        let agent = self.agent(room, changes, &from.member);
        let name = name::display(&agent.name, 40, "Somebody");
        Ok(Acting { room, agent, name, rank })
    }

    pub(super) fn on(&self, room: &Room, id: ConversationId, then: impl FnOnce(&Conversation) -> Reply) -> Reply {
        room.conversation(id).map_or_else(|| Reply::text(words::no_such(id)), then)
    }

    pub(super) fn refuse(&self, room: &Room, refusal: Refusal) -> Reply {
        let name = match refusal {
            Refusal::OwnedBy { by, .. } => room.agent_name(by),
            Refusal::AlreadyYours | Refusal::NotOwned | Refusal::Closed => String::new(),
        };
        Reply::text(words::refusal(refusal, &name, self.now))
    }

    /// The owner may, and a lead.
    pub(super) fn may_end(&self, acting: &Acting<'_>, conversation: &Conversation) -> Result<(), Reply> {
        match conversation.owner() {
            Some(owner) if owner != acting.agent.id && acting.rank < Rank::Lead => {
                Err(Reply::text(words::owners_only(&acting.room.agent_name(owner))))
            }
            _ => Ok(()),
        }
    }

    /// Only a lead may.
    pub(super) fn leads_only(&self, acting: &Acting<'_>, rank: Rank) -> Result<(), Reply> {
        if acting.rank >= rank { Ok(()) } else { Err(Reply::text(words::needs_rank(rank == Rank::Manager))) }
    }
}
