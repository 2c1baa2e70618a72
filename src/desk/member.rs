//! Somebody wrote, changed, deleted or reacted in a thread. Only the owner's plain words go to the customer; whatever is
//! not clearly meant for them stays inside.

use super::policy::Rank;
use super::room::{Changes, Room};
use super::{Desk, MarkRead};
use crate::domain::content::{Around, Content, File};
use crate::domain::conversation::Conversation;
use crate::domain::effect::{Effect, Part};
use crate::domain::event::{Failure, FromMember, Member};
use crate::domain::ids::{AgentId, MediaId, MessageId, NumberId, PostRef, ThreadRef, Time, Wamid};
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::message::{Direction, Message, Progress};
use crate::domain::words;
use crate::store::agent::Agent;
use crate::store::message::Ref;

/// A post as the workspace shows it.
pub(super) struct Written<'a> {
    pub(super) thread: &'a ThreadRef,
    pub(super) post: &'a PostRef,
    pub(super) text: &'a Markup,
    pub(super) raw: &'a str,
    pub(super) files: &'a [File],
    pub(super) reply_to: Option<&'a PostRef>,
}

impl Desk<'_> {
    /// The person as one of the team, remembered under their name.
    pub(super) fn agent(&self, room: &Room, changes: &mut Changes, member: &Member) -> Agent {
        let known = room.agent_of(&member.user).or_else(|| changes.agents.iter().find(|a| a.user == member.user));
        let mut agent =
            known.cloned().unwrap_or_else(|| Agent { id: AgentId(0), name: String::new(), user: member.user.clone() });
        if agent.id == AgentId::NOBODY {
            agent.id = AgentId(room.fresh(changes));
            agent.name = member.name.clone();
            changes.agents.push(agent.clone());
        } else if !member.name.is_empty() && agent.name != member.name {
            agent.name = member.name.clone();
            changes.agents.push(agent.clone());
        }
        agent
    }

    /// A post in a thread.
    pub(super) fn wrote(&self, room: &Room, from: &FromMember, written: &Written<'_>) -> Changes {
        let mut changes = Changes::default();
        let Some(conversation) = room.in_thread(written.thread) else { return changes };
        if room.knows(self.policy.place, written.post.as_str()) {
            return changes;
        }
        let mut conversation = conversation.clone();
        if newer(written.post, &conversation.seen) {
            conversation.seen = written.post.clone();
        }
        let show = self.show(room);
        let rank = self.policy.roles.rank(&from.member);
        let author = self.agent(room, &mut changes, &from.member);
        let name = crate::domain::name::display(&author.name, 40, "You");
        let meant = self.meant_for(&conversation, author.id, rank, written.raw);
        let direction = match meant {
            Meant::Customer => Direction::Out,
            Meant::Note | Meant::Inside | Meant::Mistyped => Direction::Note,
            Meant::Undecided => Direction::Held,
        };
        let markup = unmark(written.text, direction == Direction::Out && self.policy.explicit);
        let ids = self.keep(room, &mut changes, &conversation, (author.id, from.at, direction), &markup, written);
        let Some(first) = ids.first().copied() else {
            changes.conversations.push(conversation);
            return changes;
        };
        match direction {
            Direction::Out => self.send_all(room, &mut changes, &mut conversation, &name, &ids),
            Direction::Held => {
                let prompt = match conversation.owner() {
                    Some(owner) => {
                        let may = self.policy.others_may_reply || rank >= Rank::Lead;
                        words::held_owned(first, &name, &room.agent_name(owner), may)
                    }
                    None => words::held_unowned(first, &name),
                };
                show.post(&mut changes, conversation.id, first, Part::Prompt, prompt);
            }
            _ => {
                show.mark(&mut changes, conversation.id, first);
                if matches!(meant, Meant::Mistyped) {
                    show.line(&mut changes, conversation.id, words::mistyped(&name, written.raw));
                } else if rank == Rank::None {
                    show.line(&mut changes, conversation.id, words::stayed_inside(&name));
                } else if conversation.is_closed() && !matches!(meant, Meant::Note) {
                    show.line(&mut changes, conversation.id, words::CLOSED_REPLY);
                }
                show.fold(&mut changes, conversation.id);
            }
        }
        changes.conversations.push(conversation);
        changes
    }

    fn meant_for(&self, conversation: &Conversation, author: AgentId, rank: Rank, raw: &str) -> Meant {
        let raw = raw.trim_start();
        if raw.starts_with("//") {
            return Meant::Note;
        }
        if rank > Rank::None && is_command(raw) {
            return Meant::Mistyped;
        }
        if rank == Rank::None || conversation.is_closed() {
            return Meant::Inside;
        }
        if self.policy.explicit && !raw.starts_with('>') {
            return Meant::Inside;
        }
        if conversation.owner() == Some(author) { Meant::Customer } else { Meant::Undecided }
    }

    /// Writes a post down as one message, or one for each file; the first carries the words.
    pub(super) fn keep(
        &self,
        room: &Room,
        changes: &mut Changes,
        conversation: &Conversation,
        (author, at, direction): (AgentId, Time, Direction),
        text: &Markup,
        written: &Written<'_>,
    ) -> Vec<MessageId> {
        let quote = written
            .reply_to
            .and_then(|post| room.message_at(self.policy.place, post.as_str()))
            .filter(|quoted| quoted.conversation == conversation.id)
            .map_or(MessageId(0), |quoted| quoted.id);
        let mut contents: Vec<Content> = Vec::new();
        for (nth, file) in written.files.iter().enumerate() {
            let caption = if nth == 0 { text.clone() } else { Markup::default() };
            contents.push(Content::Media { file: file.clone(), caption });
        }
        if contents.is_empty() && !text.is_blank() {
            contents.push(super::customer::text(text.clone()));
        }
        let mut ids = Vec::new();
        for (nth, content) in contents.into_iter().enumerate() {
            let id = MessageId(room.fresh(changes));
            let (content, _) = self.keep_files(room, changes, (id, &NumberId::default()), &content);
            let progress = if direction == Direction::Out { Progress::Waiting } else { Progress::Here };
            changes.messages.push(Message {
                id,
                conversation: conversation.id,
                direction,
                author,
                content,
                around: Around::default(),
                at,
                progress,
                failure: Failure::default(),
                quote: if nth == 0 { quote } else { MessageId(0) },
                wamid: Wamid::default(),
                earlier: Vec::new(),
                revoked_at: Time::NEVER,
            });
            let remote = if nth == 0 { written.post.0.clone() } else { format!("{}#{nth}", written.post) };
            changes.refs.push(Ref {
                place: self.policy.place.to_owned(),
                remote,
                message: id.0,
                part: "mirror".to_owned(),
            });
            ids.push(id);
        }
        ids
    }

    /// Sends messages of the owner to the customer: their answer stops the clock.
    pub(super) fn send_all(
        &self,
        room: &Room,
        changes: &mut Changes,
        conversation: &mut Conversation,
        name: &str,
        ids: &[MessageId],
    ) {
        let show = self.show(room);
        if self.now >= conversation.window_closes() {
            for id in ids {
                let failure = Failure { code: 131_047, reason: words::WINDOW_CLOSED.to_owned() };
                fail(changes, *id, failure);
                let prompt = words::send_failed(*id, name, words::WINDOW_CLOSED, false);
                show.post(changes, conversation.id, *id, Part::Prompt, prompt);
                show.mark(changes, conversation.id, *id);
            }
            return;
        }
        for id in ids {
            let files: Vec<MediaId> = changes.media.iter().filter(|m| m.message == *id).map(|m| m.id).collect();
            let known = room.media_of(*id).iter().map(|m| m.id);
            for media in files.into_iter().chain(known) {
                show.to_customer(changes, conversation, "w", Effect::Fetch { media });
            }
            show.send(changes, conversation, *id, self.policy.undo_ms);
        }
        if conversation.waiting_since.some().is_some() {
            conversation.answered();
            show.refresh(changes, conversation.id);
        }
        if self.policy.mark_read == MarkRead::Reply {
            show.read(changes, conversation);
        }
    }

    /// The owner's reaction goes to the customer.
    pub(super) fn member_reacted(
        &self,
        room: &Room,
        member: &Member,
        post: &PostRef,
        (emoji, added): (&str, bool),
    ) -> Changes {
        let mut changes = Changes::default();
        let Some(message) = room.message_at(self.policy.place, post.as_str()) else { return changes };
        let Some(conversation) = room.conversation(message.conversation) else { return changes };
        let owner = room.agent_of(&member.user).map(|a| a.id);
        if owner.is_none() || conversation.owner() != owner || message.wamid.is_empty() {
            return changes;
        }
        // A custom emoji of the workspace has no character that a phone could show.
        if emoji.is_ascii() && emoji.chars().any(|c| c.is_ascii_alphabetic()) {
            return changes;
        }
        let effect = Effect::SendReaction {
            conversation: conversation.id,
            target: message.wamid.clone(),
            emoji: if added { emoji.to_owned() } else { String::new() },
        };
        self.show(room).to_customer(&mut changes, conversation, "w", effect);
        changes
    }

    /// The owner types: the customer sees it, as far as WhatsApp shows it.
    pub(super) fn typing(&self, room: &Room, member: &Member, thread: &ThreadRef) -> Changes {
        let mut changes = Changes::default();
        let Some(conversation) = room.in_thread(thread) else { return changes };
        let owner = room.agent_of(&member.user).map(|a| a.id);
        let is_owner = owner.is_some() && conversation.owner() == owner;
        let open = !conversation.last_inbound.is_empty() && self.now < conversation.window_closes();
        if !is_owner || !open || self.policy.mark_read == MarkRead::Never {
            return changes;
        }
        let mut conversation = conversation.clone();
        conversation.read_upto = conversation.last_inbound.clone();
        let effect = Effect::Read {
            number: conversation.number.clone(),
            wamid: conversation.last_inbound.clone(),
            typing: true,
        };
        self.show(room).to_customer(&mut changes, &conversation, "r", effect);
        changes.conversations.push(conversation);
        changes
    }
}

/// For whom a post is meant.
enum Meant {
    /// The customer.
    Customer,
    /// The team, by its author's mark.
    Note,
    /// The team, since its author cannot send.
    Inside,
    /// The team, since it was probably meant for Baton.
    Mistyped,
    /// Its author has to say.
    Undecided,
}

/// The text without the mark that made it a note or, in explicit mode, a reply.
pub(super) fn unmark(text: &Markup, explicit: bool) -> Markup {
    let mut blocks = text.0.clone();
    if explicit && let Some(Block::Quote(run)) = blocks.first().cloned() {
        blocks[0] = Block::Line(run);
        return Markup(blocks);
    }
    if let Some(Block::Line(run)) = blocks.first_mut()
        && let Some(Inline::Text(first)) = run.first_mut()
    {
        let typed = first.trim_start();
        if let Some(rest) = typed.strip_prefix("//").or_else(|| typed.strip_prefix('>').filter(|_| explicit)) {
            *first = rest.trim_start().to_owned();
        }
    }
    Markup(blocks)
}

/// Whether a post looks like a command that was typed as text.
fn is_command(raw: &str) -> bool {
    raw.strip_prefix('/').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic()))
}

/// Whether a post id of a platform that counts upwards is newer.
fn newer(post: &PostRef, than: &PostRef) -> bool {
    (post.0.len(), &post.0) > (than.0.len(), &than.0)
}

/// A message of this event will not be sent.
fn fail(changes: &mut Changes, id: MessageId, failure: Failure) {
    if let Some(message) = changes.messages.iter_mut().find(|m| m.id == id) {
        message.progress = Progress::Failed;
        message.failure = failure;
    }
}
