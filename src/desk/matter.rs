//! What a conversation is about and waits for: `/pending`, `/snooze 2h`, `/priority high`, `/tag wholesale`, `/vip`,
//! `/reopen`, `/block`.

use super::Desk;
use super::acting::Acting;
use super::policy::Rank;
use super::room::Changes;
use crate::domain::contact::Contact;
use crate::domain::conversation::{Conversation, Refusal};
use crate::domain::ids::Time;
use crate::domain::passing::Hold;
use crate::domain::reply::Reply;
use crate::domain::roster::Priority;
use crate::domain::routing::Wait;
use crate::domain::{when, words};

impl Desk<'_> {
    /// `/ack`, [On it]
    pub(super) fn ack(&self, changes: &mut Changes, acting: &Acting<'_>, conversation: &Conversation) -> Reply {
        match conversation.owned() {
            Err(refusal) => return self.refuse(acting.room, refusal),
            Ok(owner) if owner != acting.agent.id => {
                return Reply::text(words::only_the_owner(&acting.room.agent_name(owner)));
            }
            Ok(_) => {}
        }
        let mut conversation = conversation.clone();
        if !conversation.acknowledge() {
            return Reply::text(words::NOTHING_TO_ACK);
        }
        let show = self.show(acting.room);
        show.line(changes, conversation.id, words::on_it(&acting.name));
        show.refresh(changes, conversation.id);
        let reply = words::acknowledged(conversation.due_at.some(), self.now);
        changes.conversations.push(conversation);
        Reply::text(reply)
    }

    /// `/pending`
    pub(super) fn pending(&self, changes: &mut Changes, acting: &Acting<'_>, conversation: &Conversation) -> Reply {
        self.hold(changes, acting, conversation, (Hold::Pending, words::pending(&acting.name)))
    }

    /// `/snooze 2h|tomorrow 9:00|reply`
    pub(super) fn snooze(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        typed: &str,
    ) -> Reply {
        let until = match typed.trim().trim_start_matches("until ") {
            "reply" | "they reply" => Time::NEVER,
            typed => match when::parse(typed, self.now, self.zone_of(acting.room, &acting.agent)) {
                Ok(Some((until, ""))) => until,
                Ok(_) => return Reply::text(words::no_time(typed, "/snooze tomorrow 9:00")),
                Err(wrong) => return Reply::text(words::wrong_time(&wrong)),
            },
        };
        self.hold(
            changes,
            acting,
            conversation,
            (Hold::Snoozed { until }, words::snoozed(&acting.name, until.some(), self.now)),
        )
    }

    fn hold(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (hold, line): (Hold, String),
    ) -> Reply {
        if conversation.is_closed() {
            return self.refuse(acting.room, Refusal::Closed);
        }
        if let Err(refused) = self.may_end(acting, conversation) {
            return refused;
        }
        let mut conversation = conversation.clone();
        conversation.passing.hold = Some(hold);
        conversation.acknowledge();
        let show = self.show(acting.room);
        show.line(changes, conversation.id, line.clone());
        show.refresh(changes, conversation.id);
        changes.conversations.push(conversation);
        Reply::text(line)
    }

    /// `/priority high`
    pub(super) fn prioritise(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        priority: Priority,
    ) -> Reply {
        if conversation.is_closed() {
            return self.refuse(acting.room, Refusal::Closed);
        }
        if conversation.priority == priority {
            return Reply::text(words::same_priority(priority));
        }
        let mut conversation = conversation.clone();
        let targets = self.policy.targets(&conversation.team, priority);
        conversation.set_priority(priority, &targets);
        let line = words::prioritised(&acting.name, priority);
        let show = self.show(acting.room);
        show.line(changes, conversation.id, line.clone());
        show.refresh(changes, conversation.id);
        let waits = conversation.owner().is_none() && conversation.waiting_since != Time::NEVER;
        if waits && priority == Priority::Urgent {
            conversation.passing.wait = Some(Wait::Urgent);
            self.tell_leads(acting.room, changes, &conversation, &words::waits_for_person(Wait::Urgent));
        } else if conversation.passing.wait == Some(Wait::Urgent) {
            conversation.passing.wait = None;
            self.stir(changes, &conversation.team);
        }
        changes.conversations.push(conversation);
        Reply::text(line)
    }

    /// `/tag wholesale -trial`
    pub(super) fn tag(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (on, off): (&[String], &[String]),
    ) -> Reply {
        let Some(mut contact) = acting.room.contact(conversation.contact).cloned() else {
            return Reply::text(words::SETTLED);
        };
        contact.tags.retain(|tag| !off.contains(tag));
        contact.tags.extend(on.iter().cloned());
        contact.tags.sort_unstable();
        contact.tags.dedup();
        if contact.tags.len() > 20 {
            return Reply::text(words::TOO_MANY_TAGS);
        }
        let reply = words::tagged(&contact.tags);
        self.about_customer(changes, acting, conversation, contact);
        Reply::text(reply)
    }

    /// `/vip on|off`
    pub(super) fn vip(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        on: bool,
    ) -> Reply {
        let Some(contact) = acting.room.contact(conversation.contact).cloned() else {
            return Reply::text(words::SETTLED);
        };
        let name = words::customer_name(&contact);
        self.about_customer(changes, acting, conversation, Contact { vip: on, ..contact });
        if on && conversation.is_queued() {
            let mut conversation = conversation.clone();
            conversation.passing.wait = Some(Wait::Vip);
            self.tell_leads(acting.room, changes, &conversation, &words::waits_for_person(Wait::Vip));
            changes.conversations.push(conversation);
        } else if !on && conversation.passing.wait == Some(Wait::Vip) {
            let mut conversation = conversation.clone();
            conversation.passing.wait = None;
            self.stir(changes, &conversation.team);
            changes.conversations.push(conversation);
        }
        Reply::text(words::vip(&name, on))
    }

    fn about_customer(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        contact: Contact,
    ) {
        changes.contacts.push(contact);
        self.show(acting.room).refresh(changes, conversation.id);
    }

    /// `/block [reason]`, `/block off`
    pub(super) fn block(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (on, reason): (bool, &str),
    ) -> Reply {
        if let Err(refused) = self.leads_only(acting, Rank::Lead) {
            return refused;
        }
        let Some(contact) = acting.room.contact(conversation.contact).cloned() else {
            return Reply::text(words::SETTLED);
        };
        let name = words::customer_name(&contact);
        let line = words::blocked(&acting.name, &name, on, reason);
        self.about_customer(changes, acting, conversation, Contact { blocked: on, ..contact });
        self.show(acting.room).line(changes, conversation.id, line.clone());
        if on && !conversation.is_closed() {
            self.close(changes, acting, conversation, &words::blocked_because(reason));
        } else {
            self.show(acting.room).fold(changes, conversation.id);
        }
        Reply::text(line)
    }

    /// `/reopen`
    pub(super) fn reopen(&self, changes: &mut Changes, acting: &Acting<'_>, conversation: &Conversation) -> Reply {
        let newer = acting.room.newest(conversation.contact, &conversation.number);
        if let Some(open) = newer.filter(|c| !c.is_closed() && c.id != conversation.id) {
            return Reply::text(words::continues_already(open.id));
        }
        let Some((reopened, change)) = conversation.clone().reopen(acting.agent.id, self.now) else {
            return Reply::text(words::NOT_CLOSED);
        };
        let show = self.show(acting.room);
        if reopened.card.is_empty() && reopened.thread.is_empty() {
            show.make(changes, reopened.id);
        }
        show.seal(changes, reopened.id);
        show.line(changes, reopened.id, words::reopened_by(&acting.name));
        show.refresh(changes, reopened.id);
        self.passed(acting.room, changes, change);
        let reply = words::reopened_by(&acting.name);
        changes.conversations.push(reopened);
        Reply::text(reply)
    }
}
