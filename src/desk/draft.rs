//! What somebody says by a command, and what becomes of words whose author had to decide.

use super::Desk;
use super::acting::Acting;
use super::member::Written;
use super::outbound::command_post;
use super::policy::Rank;
use super::room::Changes;
use crate::domain::conversation::{Conversation, Refusal};
use crate::domain::effect::Part;
use crate::domain::event::{Failure, FromMember};
use crate::domain::ids::{AgentId, InteractionRef, MessageId};
use crate::domain::markup::Markup;
use crate::domain::message::{Direction, Message, Progress};
use crate::domain::reply::Reply;
use crate::domain::words;

impl Desk<'_> {
    /// `/reply`: the words of the command go out, and the thread shows them.
    pub(super) fn reply(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (from, interaction, text): (&FromMember, &InteractionRef, &str),
    ) -> Reply {
        let mut conversation = conversation.clone();
        match conversation.owned() {
            Err(refusal) => return self.refuse(acting.room, refusal),
            Ok(owner) if owner != acting.agent.id => {
                if let Some(offer) = self.taken_by_answer(acting.room, &conversation, acting.agent.id) {
                    let by = (acting.agent.id, &offer);
                    match self.accepted(acting.room, changes, conversation, by) {
                        Ok(accepted) => conversation = accepted,
                        Err(refusal) => return self.refuse(acting.room, refusal),
                    }
                } else if let Err(refused) = self.may_speak(acting, owner) {
                    return refused;
                }
            }
            Ok(_) => {}
        }
        let id = self.spoken(changes, acting, &conversation, (from, interaction, text, Direction::Out));
        self.send_all(acting.room, changes, &mut conversation, &acting.name, &[id]);
        changes.conversations.push(conversation);
        Reply::text(words::SENDING)
    }

    /// Who may write to a customer: the owner, a lead, and others where the policy lets them.
    pub(super) fn may_speak(&self, acting: &Acting<'_>, owner: AgentId) -> Result<(), Reply> {
        if owner == acting.agent.id || self.policy.speaks_for_others(acting.rank) {
            return Ok(());
        }
        Err(Reply::text(words::owners_only(&acting.room.agent_name(owner))))
    }

    /// `/note`
    pub(super) fn note(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (from, interaction, text): (&FromMember, &InteractionRef, &str),
    ) -> Reply {
        self.spoken(changes, acting, conversation, (from, interaction, text, Direction::Note));
        Reply::text(words::NOTED)
    }

    /// Writes down what a command said and shows it in the thread.
    fn spoken(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (from, interaction, text, direction): (&FromMember, &InteractionRef, &str, Direction),
    ) -> MessageId {
        let post = command_post(interaction);
        let markup = Markup::plain(text);
        let written =
            Written { thread: &conversation.thread, post: &post, text: &markup, raw: text, files: &[], reply_to: None };
        let ids =
            self.keep(acting.room, changes, conversation, (acting.agent.id, from.at, direction), &markup, &written);
        let id = ids.first().copied().unwrap_or_default();
        let post = words::spoken(&acting.name, markup, direction == Direction::Note);
        self.show(acting.room).post(changes, conversation.id, id, Part::Mirror, post);
        id
    }

    /// The author of a held message says what it is.
    pub(super) fn settle(&self, changes: &mut Changes, acting: &Acting<'_>, id: MessageId, choice: Choice) -> Reply {
        let room = acting.room;
        let held = room.held_with(id);
        let Some(first) = room.message(id).filter(|m| m.direction == Direction::Held) else {
            return Reply::text(words::SETTLED);
        };
        if first.author != acting.agent.id {
            return Reply::text(words::not_your_draft(&room.agent_name(first.author)));
        }
        let Some(conversation) = room.conversation(first.conversation) else { return Reply::text(words::SETTLED) };
        let mut conversation = conversation.clone();
        let show = self.show(room);
        let mut reply = Reply::text(words::NOTED);
        let direction = match choice {
            Choice::Note => Direction::Note,
            Choice::ClaimAndSend => match self.take(changes, acting, &conversation) {
                Ok(claimed) => {
                    conversation = claimed;
                    Direction::Out
                }
                Err(Refusal::AlreadyYours) => Direction::Out,
                Err(refusal) => {
                    if let Refusal::OwnedBy { by, .. } = refusal {
                        let may = self.policy.speaks_for_others(acting.rank);
                        let prompt = words::held_owned(id, &acting.name, &room.agent_name(by), may);
                        show.retract(changes, conversation.id, id);
                        show.post(changes, conversation.id, id, Part::Prompt, prompt);
                    }
                    return self.refuse(room, refusal);
                }
            },
            Choice::Send => match conversation.owned() {
                Err(refusal) => return self.refuse(room, refusal),
                Ok(owner) => match self.may_speak(acting, owner) {
                    Ok(()) => Direction::Out,
                    Err(refused) => return refused,
                },
            },
        };
        conversation.passing.decided(acting.agent.id);
        for mut message in held.iter().map(|m| (*m).clone()) {
            message.direction = direction;
            message.progress = if direction == Direction::Out { Progress::Waiting } else { Progress::Here };
            changes.messages.push(message);
        }
        show.retract(changes, conversation.id, id);
        if direction == Direction::Out {
            let ids: Vec<MessageId> = held.iter().map(|m| m.id).collect();
            for message in held.iter().filter(|m| room.is_command(m.id)) {
                let post = words::spoken(&acting.name, words::content_text(&message.content), false);
                show.post(changes, conversation.id, message.id, Part::Mirror, post);
            }
            self.send_all(room, changes, &mut conversation, &acting.name, &ids);
            show.refresh(changes, conversation.id);
            reply = Reply::text(words::SENT_BY_CHOICE);
        } else {
            show.mark(changes, conversation.id, id);
        }
        changes.conversations.push(conversation);
        reply
    }

    pub(super) fn send_again(&self, changes: &mut Changes, acting: &Acting<'_>, id: MessageId) -> Reply {
        let room = acting.room;
        let failed = |m: &&Message| {
            m.direction == Direction::Out && matches!(m.progress, Progress::Failed | Progress::Uncertain)
        };
        let Some(message) = room.message(id).filter(failed) else { return Reply::text(words::SETTLED) };
        let Some(conversation) = room.conversation(message.conversation) else { return Reply::text(words::SETTLED) };
        let owns = conversation.owner() == Some(acting.agent.id) || message.author == acting.agent.id;
        if !owns && acting.rank < Rank::Lead {
            return Reply::text(words::not_your_draft(&room.agent_name(message.author)));
        }
        if conversation.is_closed() {
            return self.refuse(room, Refusal::Closed);
        }
        let mut message = message.clone();
        message.progress = Progress::Waiting;
        message.failure = Failure::default();
        let mut conversation = conversation.clone();
        changes.messages.push(message);
        self.show(room).retract(changes, conversation.id, id);
        self.send_all(room, changes, &mut conversation, &acting.name, &[id]);
        changes.conversations.push(conversation);
        Reply::text(words::SENDING)
    }

    pub(super) fn arrived(&self, changes: &mut Changes, acting: &Acting<'_>, id: MessageId) -> Reply {
        let room = acting.room;
        let Some(message) = room.message(id).filter(|m| m.progress == Progress::Uncertain) else {
            return Reply::text(words::SETTLED);
        };
        let mut message = message.clone();
        message.progress = Progress::Accepted;
        let show = self.show(room);
        show.retract(changes, message.conversation, id);
        show.mark(changes, message.conversation, id);
        changes.messages.push(message);
        Reply::text(words::MARKED_ARRIVED)
    }
}

/// What the author of a held message may choose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    ClaimAndSend,
    Send,
    Note,
}
