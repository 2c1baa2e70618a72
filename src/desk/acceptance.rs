//! What becomes of a handoff: it is accepted by the button, by `/accept` or by an answer to the customer; it is declined; or
//! nobody takes it in time. Declined or lapsed it stays with its owner, or goes to the queue where they are not there.

use super::Desk;
use super::acting::Acting;
use super::policy::Rank;
use super::room::{Changes, Room};
use crate::domain::conversation::{Conversation, Given, How, Refusal};
use crate::domain::ids::AgentId;
use crate::domain::passing::{Offer, OfferedTo};
use crate::domain::reply::Reply;
use crate::domain::words;

impl Desk<'_> {
    /// `/accept`, [Accept]
    pub(super) fn accept(&self, changes: &mut Changes, acting: &Acting<'_>, conversation: &Conversation) -> Reply {
        let Some(offer) = conversation.passing.offer.clone() else { return self.nothing_offered(acting, conversation) };
        if let Err(refused) = self.is_offered(acting, &offer) {
            return refused;
        }
        match self.accepted(acting.room, changes, conversation.clone(), (acting.agent.id, &offer)) {
            Ok(accepted) => {
                let moved = (accepted.team != conversation.team).then_some(accepted.team.as_str());
                let reply = words::accepted_reply(accepted.id, accepted.due_at.some(), moved, self.now);
                changes.conversations.push(accepted);
                Reply::text(reply)
            }
            Err(refusal) => self.refuse(acting.room, refusal),
        }
    }

    /// Somebody else was faster, or it is no longer offered.
    fn nothing_offered(&self, acting: &Acting<'_>, conversation: &Conversation) -> Reply {
        match conversation.owned() {
            Ok(owner) if owner == acting.agent.id => self.refuse(acting.room, Refusal::AlreadyYours),
            Ok(owner) => {
                let since = conversation.owned_since().unwrap_or(self.now);
                Reply::text(words::no_longer_offered(&acting.room.agent_name(owner), self.now.since(since)))
            }
            Err(refusal) => self.refuse(acting.room, refusal),
        }
    }

    fn is_offered(&self, acting: &Acting<'_>, offer: &Offer) -> Result<(), Reply> {
        let theirs = match &offer.to {
            OfferedTo::Agent(agent, _) => *agent == acting.agent.id,
            OfferedTo::Team(team) => {
                let member = acting.room.teams_of(acting.agent.id).any(|t| t == team);
                member || self.policy.is_open_to_all(team) || acting.rank >= Rank::Lead
            }
        };
        if theirs {
            return Ok(());
        }
        let whom = self.offered_name(acting.room, &Changes::default(), &offer.to);
        Err(Reply::text(words::offered_to_other(&whom)))
    }

    /// The offer that somebody accepts by answering the customer: to them, or to a team they sit in.
    pub(super) fn taken_by_answer(&self, room: &Room, conversation: &Conversation, author: AgentId) -> Option<Offer> {
        conversation.passing.offer.clone().filter(|offer| match &offer.to {
            OfferedTo::Agent(whom, _) => *whom == author,
            OfferedTo::Team(team) => room.teams_of(author).any(|t| t == team),
        })
    }

    /// They are the owner now; to another team the conversation moves.
    pub(super) fn accepted(
        &self,
        room: &Room,
        changes: &mut Changes,
        conversation: Conversation,
        (agent, offer): (AgentId, &Offer),
    ) -> Result<Conversation, Refusal> {
        let handed = self.handed(room, changes, &conversation, offer);
        let moves = offer.to.team() != conversation.team;
        let how = if offer.anyway { How::Overridden } else { How::HandedOff };
        let given = Given { to: agent, by: offer.by, how, note: &offer.note, knows: true };
        let mut given = self.give(room, changes, conversation, given, None).map_err(|(_, refusal)| refusal)?;
        given.passing.handoffs += 1;
        if moves {
            given = self.relocate(room, changes, given, offer.to.team(), Some((&handed, agent)));
        }
        Ok(given)
    }

    /// `/decline`, [Decline]
    pub(super) fn decline(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        why: &str,
    ) -> Reply {
        let Some(offer) = conversation.passing.offer.clone() else { return self.nothing_offered(acting, conversation) };
        if let Err(refused) = self.is_offered(acting, &offer) {
            return refused;
        }
        if why.is_empty() {
            return words::why_decline(conversation.id);
        }
        let told = words::declined(&acting.name, why);
        let conversation = self.comes_back(acting.room, changes, conversation.clone(), (&offer, &told));
        let reply = words::declined_reply(conversation.owner().is_some());
        changes.conversations.push(conversation);
        Reply::text(reply)
    }

    /// Nobody took it in time.
    pub(super) fn offer_lapsed(&self, room: &Room, changes: &mut Changes, conversation: Conversation) -> Conversation {
        let Some(offer) = conversation.passing.offer.clone() else { return conversation };
        let told = words::nobody_took(&self.offered_name(room, changes, &offer.to));
        self.comes_back(room, changes, conversation, (&offer, &told))
    }

    /// An offer came to nothing: it stays with its owner, or goes to the queue where they are not there. Whoever it was
    /// offered to is not given it from there.
    fn comes_back(
        &self,
        room: &Room,
        changes: &mut Changes,
        mut conversation: Conversation,
        (offer, told): (&Offer, &str),
    ) -> Conversation {
        let owner = conversation.owner().unwrap_or(offer.by);
        let mut people = vec![owner];
        people.extend((offer.by != owner).then_some(offer.by));
        let users =
            people.iter().map(|id| self.user_of(room, changes, *id, conversation.channel.workspace())).collect();
        let show = self.show(room);
        let name = self.name_of(room, changes, owner);
        if self.known(room, changes, owner).is_none_or(|agent| self.is_there(&agent)) {
            let targets = self.targets(&conversation);
            conversation.stays(self.now, &targets);
            show.call(changes, conversation.id, users, &words::stays_with(told, &name));
            show.refresh(changes, conversation.id);
            return conversation;
        }
        if let OfferedTo::Agent(agent, _) = offer.to {
            conversation.passing.not.push(agent);
        }
        show.line(changes, conversation.id, words::goes_to_queue(told, &name));
        let left = (AgentId::NOBODY, How::Left, "");
        self.release_from(room, changes, conversation.clone(), left).unwrap_or(conversation)
    }
}
