//! A customer writes, or the team writes to them from the phone: which conversation that joins, and who gets it.

use super::policy::Number;
use super::room::{Changes, Room, WHATSAPP};
use super::route::{self, Matched};
use super::{Desk, Refusal, identity};
use crate::domain::card::Speaker;
use crate::domain::contact::Contact;
use crate::domain::content::{Around, Content};
use crate::domain::conversation::{Conversation, How, Ownership};
use crate::domain::event::FromCustomer;
use crate::domain::ids::{AgentId, ChannelRef, ContactId, ConversationId, MessageId, NumberId, Time, Wamid};
use crate::domain::message::{Direction, Message};
use crate::domain::passing::Occasion;
use crate::domain::{contact, name, words};
use crate::store::message::Ref;

/// How a message joins its conversation.
enum Joins {
    /// It was open.
    Open,
    /// It begins, or continues after its end, and has to be given to somebody.
    Anew {
        /// What the rules say.
        matched: Box<Matched>,
        /// Who owned it last.
        last: Option<AgentId>,
        /// Whether there was none before.
        first: bool,
    },
}

impl Desk<'_> {
    pub(super) fn said(
        &self,
        room: &Room,
        from: &FromCustomer,
        (content, around): (&Content, &Around),
        quote: Option<&Wamid>,
        direction: Direction,
    ) -> Result<Changes, Refusal> {
        let mut changes = Changes::default();
        if room.has_heard(&from.wamid) {
            return Ok(changes);
        }
        let number =
            self.policy.numbers.get(&from.number).ok_or_else(|| Refusal::UnknownNumber(from.number.clone()))?;
        if from.who.is_nobody() {
            return Err(Refusal::Nobody);
        }
        let contact = self.meet(room, &mut changes, &from.who);
        if changes
            .contacts
            .iter()
            .rfind(|c| c.id == contact)
            .or_else(|| room.contact(contact))
            .is_some_and(|c| c.blocked)
        {
            return Ok(changes);
        }
        if direction == Direction::In && self.rated(room, &mut changes, (contact, &from.number), content) {
            return Ok(changes);
        }
        let show = self.show(room);
        let at = if from.at == Time::NEVER { self.now } else { from.at };
        let (mut conversation, joins) = self.join(room, &mut changes, (contact, from, number), (content, around), at);

        let id = MessageId(room.fresh(&mut changes));
        let quoted = quote.and_then(|wamid| room.said(wamid));
        if let Some(quoted) = quoted.filter(|quoted| quoted.conversation == conversation.id) {
            self.bring_along(room, &mut changes, quoted);
        }
        let quoted = quoted.map(|m| m.id);
        let (content, files) = self.keep_files(room, &mut changes, (id, &from.number), content);
        let was_waiting = conversation.waiting_since.some().is_some();
        let was_held = conversation.passing.hold.is_some();
        let late_ms = room.overtaken_by(&conversation, at);
        let around = Around { late_ms, ..around.clone() };
        if direction == Direction::In {
            let targets = self.targets(&conversation);
            conversation.customer_wrote(at, &from.wamid, self.now, &targets);
            self.nudged(room, &mut changes, &mut conversation, at);
        } else {
            conversation.answered(AgentId::NOBODY, at);
        }
        let waits = conversation.waiting_since.some().is_some();
        if matches!(joins, Joins::Open) && (was_waiting != waits || was_held != conversation.passing.hold.is_some()) {
            show.refresh(&mut changes, conversation.id);
        }
        let speaker = match direction {
            Direction::In => Speaker::Customer(identity::name_of(room, &changes, contact)),
            _ => Speaker::Outside,
        };
        let post = words::customer_post(speaker, &content, &around, None);
        show.mirror(&mut changes, conversation.id, at, (id, post, quoted), files);
        let message = Message::new((id, conversation.id), (direction, AgentId::NOBODY), content, at);
        let quote = quoted.unwrap_or_default();
        changes.messages.push(Message { around, quote, wamid: from.wamid.clone(), ..message });
        changes.refs.push(Ref {
            place: WHATSAPP.to_owned(),
            remote: from.wamid.0.clone(),
            message: id.0,
            part: "mirror".to_owned(),
        });
        if direction == Direction::In {
            conversation = self.find_owner(room, &mut changes, conversation, joins);
            if conversation.owner().is_none() && !was_waiting {
                self.out_of_hours(room, &mut changes, &mut conversation);
            }
        }
        changes.conversations.push(conversation);
        Ok(changes)
    }

    /// The conversation a message joins: the open one, the last one soon after its end, or a new one.
    fn join(
        &self,
        room: &Room,
        changes: &mut Changes,
        (contact, from, number): (ContactId, &FromCustomer, &Number),
        (content, around): (&Content, &Around),
        at: Time,
    ) -> (Conversation, Joins) {
        let show = self.show(room);
        let newest = identity::newest_of(room, changes, contact, &from.number);
        let known = changes.contacts.iter().rfind(|c| c.id == contact).or_else(|| room.contact(contact)).cloned();
        let anew = |last: Option<&Conversation>, known: Option<&Contact>| {
            let returning = last.is_some();
            let matched = route::matched(self.policy, from, known, (content, around, returning), self.now);
            (matched.map(Box::new), last.and_then(route::last_owner))
        };
        let opening = || name::preview(&words::summary(content, 300), 300);
        match newest {
            Some(open) if !open.is_closed() => (open, Joins::Open),
            Some(closed) if self.may_reopen(&closed) => {
                let (matched, last) = anew(Some(&closed), known.as_ref());
                let Some((mut again, change)) = closed.clone().reopen(AgentId::NOBODY, self.now) else {
                    return (closed, Joins::Open);
                };
                self.passed(room, changes, change);
                if again.card.is_empty() && again.thread.is_empty() {
                    // Its thread was deleted after it was closed.
                    show.make(changes, again.id);
                }
                show.seal(changes, again.id);
                show.line_at(changes, again.id, at, words::REOPENED);
                show.refresh(changes, again.id);
                show.anew_in_thread(changes, &closed);
                again.opening = opening();
                let Some(matched) = matched else { return (again, Joins::Open) };
                (again.priority, again.passing) = (matched.priority, matched.passing.clone());
                (again, Joins::Anew { matched, last, first: false })
            }
            before => {
                let (matched, last) = anew(before.as_ref(), known.as_ref());
                let previous = before.as_ref().map_or(ConversationId(0), |c| c.id);
                let first = before.is_none();
                let mut new = self.open(room, contact, &from.number, (number.team.as_str(), opening()), previous);
                new.opened_at = from.at;
                let joins = match matched {
                    None => Joins::Open,
                    Some(matched) => {
                        if let Some(team) = self.team(&matched.team) {
                            (new.team, new.channel) = (team.name.clone(), team.channel_of(new.id));
                        }
                        (new.priority, new.passing) = (matched.priority, matched.passing.clone());
                        Joins::Anew { matched, last, first }
                    }
                };
                show.make(changes, new.id);
                (new, joins)
            }
        }
    }

    /// Somebody is to answer: a new one is given to somebody, one whose owner is not there to somebody else.
    fn find_owner(
        &self,
        room: &Room,
        changes: &mut Changes,
        mut conversation: Conversation,
        joins: Joins,
    ) -> Conversation {
        match joins {
            Joins::Anew { matched, last, first } => {
                self.tagged_by_rule(room, changes, conversation.contact, &matched.tags);
                if first {
                    self.automatic(room, changes, &mut conversation, Occasion::Greeting);
                }
                self.place(room, changes, conversation, (*matched, last))
            }
            Joins::Open if conversation.owner().is_none() => {
                // It waits for an owner since this message: nobody owned it when it was answered last.
                let is_new =
                    conversation.is_queued() && room.conversation(conversation.id).is_some_and(|c| !c.is_queued());
                if is_new { self.route_again(room, changes, conversation) } else { conversation }
            }
            Joins::Open => {
                let owner = conversation.owner().and_then(|id| room.agent(id));
                // To whom it is being handed will answer, or it comes back.
                let stays = conversation.passing.despite || conversation.passing.offer.is_some();
                let absent = owner.filter(|agent| !stays && !self.is_there(agent));
                let Some(owner) = absent else { return conversation };
                let name = name::display(&owner.name, 40, "somebody");
                let line = words::left(&name, self.standing_of(room, owner.id), self.next_for(&conversation));
                self.show(room).line(changes, conversation.id, line);
                let left = (AgentId::NOBODY, How::Left, "");
                match self.release_from(room, changes, conversation.clone(), left) {
                    Ok(released) => self.route_again(room, changes, released),
                    Err(_) => conversation,
                }
            }
        }
    }

    fn tagged_by_rule(&self, room: &Room, changes: &mut Changes, id: ContactId, tags: &[String]) {
        let known = changes.contacts.iter().rfind(|c| c.id == id).or_else(|| room.contact(id)).cloned();
        let Some(mut known) = known else { return };
        let before = known.tags.len();
        known.tags.extend(tags.iter().filter_map(|tag| contact::tag(tag)));
        known.tags.sort_unstable();
        known.tags.dedup();
        if known.tags.len() > before {
            changes.contacts.push(known);
        }
    }

    fn may_reopen(&self, conversation: &Conversation) -> bool {
        match conversation.ownership {
            Ownership::Closed { at, .. } => self.now.since(at) <= self.policy.reopen_ms,
            Ownership::Waiting | Ownership::Owned { .. } => false,
        }
    }

    /// A new conversation in a team's queue.
    pub(super) fn open(
        &self,
        room: &Room,
        contact: ContactId,
        number: &NumberId,
        (team, opening): (&str, String),
        previous: ConversationId,
    ) -> Conversation {
        let id = room.next_number();
        let channel = self.team(team).map_or_else(ChannelRef::default, |team| team.channel_of(id));
        let new = Conversation::new((id, contact, number.clone()), (team, channel), self.now);
        Conversation { opening, previous, ..new }
    }
}
