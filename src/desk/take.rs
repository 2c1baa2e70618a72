//! Who owns a conversation: `/claim`, `/release`, `/assign @ana`, `/close`, and who and why.

use super::Desk;
use super::acting::Acting;
use super::policy::Rank;
use super::room::{Changes, Room};
use crate::domain::conversation::{Conversation, Given, How, Refusal};
use crate::domain::decision::Inputs;
use crate::domain::ids::Time;
use crate::domain::passing::Occasion;
use crate::domain::reply::Reply;
use crate::domain::routing::Choice;
use crate::domain::words;

impl Desk<'_> {
    /// The acting person becomes the owner of what nobody owns.
    pub(super) fn take(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
    ) -> Result<Conversation, Refusal> {
        let who = acting.agent.id;
        // Asked of a copy: whoever owns it already is told from what is known now.
        conversation.clone().claim(who, self.now, &self.targets(conversation))?;
        let given = Given { to: who, by: who, how: How::Claimed, note: "", knows: true };
        self.give(acting.room, changes, conversation.clone(), given, None).map_err(|(_, refusal)| refusal)
    }

    /// `/claim`, [Claim]
    pub(super) fn claim(&self, changes: &mut Changes, acting: &Acting<'_>, conversation: &Conversation) -> Reply {
        match self.take(changes, acting, conversation) {
            Err(refusal) => self.refuse(acting.room, refusal),
            Ok(claimed) => {
                let duty = self.known(acting.room, changes, acting.agent.id).map(|a| (a.duty.load, a.duty.capacity));
                let reply = words::claimed_reply(claimed.id, claimed.due_at.some(), duty.unwrap_or_default(), self.now);
                changes.conversations.push(claimed);
                Reply::text(reply)
            }
        }
    }

    /// `/release`, [Release]
    pub(super) fn release(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        why: &str,
    ) -> Reply {
        if let Err(refused) = self.may_end(acting, conversation) {
            return refused;
        }
        let line = words::released(&acting.name, why);
        let by = (acting.agent.id, How::Released, why);
        match self.release_from(acting.room, changes, conversation.clone(), by) {
            Err(refusal) => self.refuse(acting.room, refusal),
            Ok(released) => {
                self.show(acting.room).line(changes, released.id, &line);
                changes.conversations.push(released);
                Reply::text(line)
            }
        }
    }

    /// `/assign`
    pub(super) fn assign(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (to, note): (&str, &str),
    ) -> Reply {
        if let Err(refused) = self.leads_only(acting, Rank::Lead) {
            return refused;
        }
        let room = acting.room;
        let agent = match self.somebody(room, to) {
            Ok(agent) => agent,
            Err(refused) => return refused,
        };
        let standing = agent.duty.standing(self.policy.pace, self.now);
        let how = self.by_hand(agent);
        let given = Given { to: agent.id, by: acting.agent.id, how, note, knows: agent.id == acting.agent.id };
        match self.give(room, changes, conversation.clone(), given, None) {
            Err((_, Refusal::AlreadyYours)) => Reply::text(words::theirs_already(&room.agent_name(agent.id))),
            Err((_, refusal)) => self.refuse(room, refusal),
            Ok(given) => {
                let reply =
                    words::assigned(given.id, &room.agent_name(agent.id), (how == How::Overridden).then_some(standing));
                changes.conversations.push(given);
                Reply::text(reply)
            }
        }
    }

    /// `/close`, [Close]
    pub(super) fn close(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        why: &str,
    ) -> Reply {
        if let Err(refused) = self.may_end(acting, conversation) {
            return refused;
        }
        if conversation.is_closed() {
            return self.refuse(acting.room, Refusal::Closed);
        }
        let mut ending = conversation.clone();
        let blocked = changes.contacts.iter().any(|c| c.id == ending.contact && c.blocked);
        if ending.last_inbound_at.some().is_some() && !blocked {
            self.automatic(acting.room, changes, &mut ending, Occasion::Closing);
            self.automatic(acting.room, changes, &mut ending, Occasion::Survey);
        }
        match ending.close(acting.agent.id, why, self.now) {
            Err(refusal) => self.refuse(acting.room, refusal),
            Ok((closed, change)) => {
                let show = self.show(acting.room);
                let line = words::closed(&acting.name, why);
                show.line(changes, closed.id, &line);
                show.closed(changes, closed.id);
                self.passed(acting.room, changes, change);
                changes.conversations.push(closed);
                Reply::text(line)
            }
        }
    }

    /// `/whois`
    pub(super) fn whois(&self, room: &Room, conversation: &Conversation) -> Reply {
        let owner = conversation.owner().map_or_else(String::new, |id| room.agent_name(id));
        Reply::text(words::whois(conversation, &owner, self.now))
    }

    /// `/why`
    pub(super) fn why(&self, room: &Room, conversation: &Conversation) -> Reply {
        let stored = room.decision(conversation.passing.decision);
        let read = stored.and_then(|stored| {
            let inputs: Inputs = serde_json::from_str(&stored.inputs).ok()?;
            let choice: Choice = serde_json::from_str(&stored.choice).ok()?;
            Some((stored, inputs, choice))
        });
        let text = match read {
            Some((stored, inputs, choice)) => {
                words::why(conversation, &inputs, &choice, (&stored.version, Time(stored.at)), self.now)
            }
            None => words::no_decision(conversation),
        };
        Reply::of(text)
    }
}
