//! Somebody pressed a button or typed a command. Every one is checked against the person's roles, done or refused in
//! words, and answered.

use super::member::Written;
use super::policy::Rank;
use super::room::{Changes, Room};
use super::{Desk, MarkRead};
use crate::domain::command::{self, Command};
use crate::domain::conversation::{Conversation, Refusal};
use crate::domain::event::{Button, FromMember};
use crate::domain::ids::{AgentId, ChannelRef, ConversationId, InteractionRef, MessageId, PostRef, ThreadRef};
use crate::domain::markup::Markup;
use crate::domain::message::{Direction, Progress};
use crate::domain::reply::Reply;
use crate::domain::words;
use crate::store::agent::Agent;

/// What a command does to its conversation.
type Then<'a> = Box<dyn FnOnce(&Conversation) -> Reply + 'a>;

/// Somebody acting on a conversation.
struct Acting<'a> {
    room: &'a Room,
    agent: Agent,
    name: String,
    rank: Rank,
}

impl Desk<'_> {
    /// A button of ours.
    pub(super) fn clicked(
        &self,
        room: &Room,
        from: &FromMember,
        interaction: &InteractionRef,
        button: Button,
    ) -> Changes {
        let mut changes = Changes::default();
        let reply = match self.acting(room, &mut changes, from) {
            Err(refused) => refused,
            Ok(acting) => match button {
                Button::Claim(id) => self.on(room, id, |c| self.claim(&mut changes, &acting, c)),
                Button::Release(id) => self.on(room, id, |c| self.release(&mut changes, &acting, c, "")),
                Button::Close(id) => self.on(room, id, |c| self.close(&mut changes, &acting, c, "")),
                Button::ClaimAndSend(id) => self.settle(&mut changes, &acting, id, Choice::ClaimAndSend),
                Button::SendAsReply(id) => self.settle(&mut changes, &acting, id, Choice::Send),
                Button::KeepAsNote(id) => self.settle(&mut changes, &acting, id, Choice::Note),
                Button::SendAgain(id) => self.send_again(&mut changes, &acting, id),
                Button::Arrived(id) => self.arrived(&mut changes, &acting, id),
            },
        };
        self.show(room).answer(&mut changes, interaction, reply);
        changes
    }

    /// A command.
    pub(super) fn commanded(
        &self,
        room: &Room,
        from: &FromMember,
        interaction: &InteractionRef,
        (channel, text): (&ChannelRef, &str),
    ) -> Changes {
        let mut changes = Changes::default();
        let here = room.in_thread(&ThreadRef(channel.0.clone())).map(|c| c.id);
        let reply = match (self.acting(room, &mut changes, from), command::parse(text)) {
            (_, Ok(Command::Help)) => Reply { text: words::help(), buttons: Vec::new() },
            (Err(refused), _) => refused,
            (_, Err(misread)) => Reply::text(words::misread(&misread)),
            (Ok(acting), Ok(command)) => self.run(&mut changes, &acting, (from, interaction), command, here),
        };
        self.show(room).answer(&mut changes, interaction, reply);
        changes
    }

    fn run(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        (from, interaction): (&FromMember, &InteractionRef),
        command: Command,
        here: Option<ConversationId>,
    ) -> Reply {
        let room = acting.room;
        let (number, then): (_, Then<'_>) = match command {
            Command::Claim(n) => (n, Box::new(|c| self.claim(changes, acting, c))),
            Command::Release(n, why) => (n, Box::new(move |c| self.release(changes, acting, c, &why))),
            Command::Close(n, why) => (n, Box::new(move |c| self.close(changes, acting, c, &why))),
            Command::Reply(n, text) => {
                (n, Box::new(move |c| self.reply(changes, acting, c, (from, interaction, &text))))
            }
            Command::Note(n, text) => (n, Box::new(move |c| self.note(changes, acting, c, (from, interaction, &text)))),
            Command::Whois(n) => (n, Box::new(|c| self.whois(room, c))),
            Command::Help => return Reply { text: words::help(), buttons: Vec::new() },
        };
        match number.or(here) {
            Some(id) => self.on(room, id, then),
            None => Reply::text(words::WHICH),
        }
    }

    fn acting<'a>(&self, room: &'a Room, changes: &mut Changes, from: &FromMember) -> Result<Acting<'a>, Reply> {
        let rank = self.policy.roles.rank(&from.member);
        if rank == Rank::None {
            return Err(Reply::text(words::not_allowed(&self.policy.roles.agent_name)));
        }
        let agent = self.agent(room, changes, &from.member);
        let name = crate::domain::name::display(&agent.name, 40, "Somebody");
        Ok(Acting { room, agent, name, rank })
    }

    fn on(&self, room: &Room, id: ConversationId, then: impl FnOnce(&Conversation) -> Reply) -> Reply {
        room.conversation(id).map_or_else(|| Reply::text(words::no_such(id)), then)
    }

    fn refuse(&self, room: &Room, refusal: Refusal) -> Reply {
        let name = match refusal {
            Refusal::OwnedBy { by, .. } => room.agent_name(by),
            Refusal::AlreadyYours | Refusal::NotOwned | Refusal::Closed => String::new(),
        };
        Reply::text(words::refusal(refusal, &name, self.now))
    }

    fn claim(&self, changes: &mut Changes, acting: &Acting<'_>, conversation: &Conversation) -> Reply {
        match conversation.clone().claim(acting.agent.id, self.now, self.policy.window_ms) {
            Err(refusal) => self.refuse(acting.room, refusal),
            Ok((mut claimed, change)) => {
                let show = self.show(acting.room);
                show.line(changes, claimed.id, words::claimed(&acting.name));
                show.refresh(changes, claimed.id);
                if self.policy.mark_read == MarkRead::Claim {
                    show.read(changes, &mut claimed);
                }
                let reply = Reply::text(words::yours(claimed.id, claimed.due_at.some(), self.now));
                changes.record.push(change);
                changes.conversations.push(claimed);
                reply
            }
        }
    }

    /// The owner may, and a lead.
    fn may_end(&self, acting: &Acting<'_>, conversation: &Conversation) -> Result<(), Reply> {
        match conversation.owner() {
            Some(owner) if owner != acting.agent.id && acting.rank < Rank::Lead => {
                Err(Reply::text(words::owners_only(&acting.room.agent_name(owner))))
            }
            _ => Ok(()),
        }
    }

    fn release(&self, changes: &mut Changes, acting: &Acting<'_>, conversation: &Conversation, why: &str) -> Reply {
        if let Err(refused) = self.may_end(acting, conversation) {
            return refused;
        }
        match conversation.clone().release(acting.agent.id, why, self.now) {
            Err(refusal) => self.refuse(acting.room, refusal),
            Ok((released, change)) => {
                let show = self.show(acting.room);
                let line = words::released(&acting.name, why);
                show.line(changes, released.id, &line);
                show.refresh(changes, released.id);
                changes.record.push(change);
                changes.conversations.push(released);
                Reply::text(line)
            }
        }
    }

    fn close(&self, changes: &mut Changes, acting: &Acting<'_>, conversation: &Conversation, why: &str) -> Reply {
        if let Err(refused) = self.may_end(acting, conversation) {
            return refused;
        }
        match conversation.clone().close(acting.agent.id, why, self.now) {
            Err(refusal) => self.refuse(acting.room, refusal),
            Ok((closed, change)) => {
                let show = self.show(acting.room);
                let line = words::closed(&acting.name, why);
                show.line(changes, closed.id, &line);
                show.closed(changes, closed.id);
                changes.record.push(change);
                changes.conversations.push(closed);
                Reply::text(line)
            }
        }
    }

    /// `/reply`: the words of the command go out, and the thread shows them.
    fn reply(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (from, interaction, text): (&FromMember, &InteractionRef, &str),
    ) -> Reply {
        match conversation.owner() {
            None if conversation.is_closed() => return self.refuse(acting.room, Refusal::Closed),
            None => return self.refuse(acting.room, Refusal::NotOwned),
            Some(owner) if owner != acting.agent.id => {
                let may = self.policy.others_may_reply || acting.rank >= Rank::Lead;
                if !may {
                    return Reply::text(words::owners_only(&acting.room.agent_name(owner)));
                }
            }
            Some(_) => {}
        }
        let mut conversation = conversation.clone();
        let id = self.spoken(changes, acting, &conversation, (from, interaction, text, Direction::Out));
        self.send_all(acting.room, changes, &mut conversation, &acting.name, &[id]);
        changes.conversations.push(conversation);
        Reply::text(words::SENDING)
    }

    /// `/note`
    fn note(
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
        // A command has no post; the id of its interaction keeps it from being written down twice.
        let post = PostRef(format!("cmd:{}", interaction.as_str().split(':').next().unwrap_or_default()));
        let markup = Markup::plain(text);
        let written =
            Written { thread: &conversation.thread, post: &post, text: &markup, raw: text, files: &[], reply_to: None };
        let ids =
            self.keep(acting.room, changes, conversation, (acting.agent.id, from.at, direction), &markup, &written);
        let id = ids.first().copied().unwrap_or_default();
        let post = words::spoken(&acting.name, markup, direction == Direction::Note);
        self.show(acting.room).post(changes, conversation.id, id, crate::domain::effect::Part::Mirror, post);
        id
    }

    fn whois(&self, room: &Room, conversation: &Conversation) -> Reply {
        let owner = conversation.owner().map_or_else(String::new, |id| room.agent_name(id));
        Reply::text(words::whois(conversation, &owner, self.now))
    }

    /// The author of a held message says what it is.
    fn settle(&self, changes: &mut Changes, acting: &Acting<'_>, id: MessageId, choice: Choice) -> Reply {
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
            Choice::ClaimAndSend => {
                match conversation.clone().claim(acting.agent.id, self.now, self.policy.window_ms) {
                    Ok((claimed, change)) => {
                        show.line(changes, claimed.id, words::claimed(&acting.name));
                        changes.record.push(change);
                        conversation = claimed;
                        if self.policy.mark_read == MarkRead::Claim {
                            show.read(changes, &mut conversation);
                        }
                        Direction::Out
                    }
                    Err(Refusal::AlreadyYours) => Direction::Out,
                    Err(refusal) => {
                        if let Refusal::OwnedBy { by, .. } = refusal {
                            let may = self.policy.others_may_reply || acting.rank >= Rank::Lead;
                            let prompt = words::held_owned(id, &acting.name, &room.agent_name(by), may);
                            show.retract(changes, conversation.id, id);
                            show.post(changes, conversation.id, id, crate::domain::effect::Part::Prompt, prompt);
                        }
                        return self.refuse(room, refusal);
                    }
                }
            }
            Choice::Send if conversation.is_closed() => return self.refuse(room, Refusal::Closed),
            Choice::Send => {
                let allowed = conversation.owner() == Some(acting.agent.id)
                    || self.policy.others_may_reply
                    || acting.rank >= Rank::Lead;
                if !allowed {
                    let owner = conversation.owner().unwrap_or(AgentId::NOBODY);
                    return Reply::text(words::owners_only(&room.agent_name(owner)));
                }
                Direction::Out
            }
        };
        for mut message in held.iter().map(|m| (*m).clone()) {
            message.direction = direction;
            message.progress = if direction == Direction::Out { Progress::Waiting } else { Progress::Here };
            changes.messages.push(message);
        }
        show.retract(changes, conversation.id, id);
        if direction == Direction::Out {
            let ids: Vec<MessageId> = held.iter().map(|m| m.id).collect();
            self.send_all(room, changes, &mut conversation, &acting.name, &ids);
            show.refresh(changes, conversation.id);
            reply = Reply::text(words::SENT_BY_CHOICE);
        } else {
            show.mark(changes, conversation.id, id);
        }
        changes.conversations.push(conversation);
        reply
    }

    fn send_again(&self, changes: &mut Changes, acting: &Acting<'_>, id: MessageId) -> Reply {
        let room = acting.room;
        let failed = |m: &&crate::domain::message::Message| {
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
        message.failure = crate::domain::event::Failure::default();
        let mut conversation = conversation.clone();
        changes.messages.push(message);
        self.show(room).retract(changes, conversation.id, id);
        self.send_all(room, changes, &mut conversation, &acting.name, &[id]);
        changes.conversations.push(conversation);
        Reply::text(words::SENDING)
    }

    fn arrived(&self, changes: &mut Changes, acting: &Acting<'_>, id: MessageId) -> Reply {
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
enum Choice {
    ClaimAndSend,
    Send,
    Note,
}
