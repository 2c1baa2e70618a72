//! Somebody wrote, changed, deleted or reacted in a thread. Only the owner's plain words go to the customer; whatever is
//! not clearly meant for them stays inside.

use super::policy::Rank;
use super::room::{Changes, Room};
use super::{Desk, MarkRead};
use crate::domain::content::{Content, File};
use crate::domain::conversation::Conversation;
use crate::domain::effect::{Effect, Part};
use crate::domain::event::{Failure, FromMember, Member};
use crate::domain::ids::{AgentId, MediaId, MessageId, NumberId, PostRef, ThreadRef, Time};
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::message::{Direction, Message, Progress};
use crate::domain::passing::Writing;
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
    /// A post in a thread.
    pub(super) fn wrote(&self, room: &Room, from: &FromMember, written: &Written<'_>) -> Changes {
        let mut changes = Changes::default();
        let here = room.in_thread(written.thread);
        let Some(conversation) = here.or_else(|| room.that_left(written.thread)) else { return changes };
        if room.knows(written.post.as_str()) {
            return changes;
        }
        let mut conversation = conversation.clone();
        if here.is_some() && newer(written.post, &conversation.seen) {
            conversation.seen = written.post.clone();
        }
        let show = self.show(room);
        let rank = self.policy.rank(&from.member);
        let author = self.agent(room, &mut changes, &from.member);
        let name = crate::domain::name::display(&author.name, 40, "You");
        let mut meant = self.meant_for(&conversation, author.id, rank, written.raw);
        if matches!(meant, Meant::Undecided)
            && let Some(offer) = self.taken_by_answer(room, &conversation, author.id)
            && let Ok(accepted) = self.accepted(room, &mut changes, conversation.clone(), (author.id, &offer))
        {
            (conversation, meant) = (accepted, Meant::Customer);
        }
        let direction = match meant {
            Meant::Customer => Direction::Out,
            Meant::Note | Meant::Inside | Meant::Mistyped => Direction::Note,
            // Nobody is asked in a thread that is being left.
            Meant::Undecided if here.is_none() => Direction::Note,
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
                        let may = self.policy.speaks_for_others(rank);
                        words::held_owned(first, &name, &room.agent_name(owner), may)
                    }
                    None => words::held_unowned(first, &name),
                };
                show.post(&mut changes, conversation.id, first, Part::Prompt, prompt);
                self.holds_draft(&mut conversation, author.id);
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
        if here.is_none() || !changes.left_behind.is_empty() {
            self.say_again(room, &mut changes, &name, &ids);
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
            .and_then(|post| room.posted(post.as_str()))
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
            let message = Message::new((id, conversation.id), (direction, author), content, at);
            let quote = if nth == 0 { quote } else { MessageId(0) };
            changes.messages.push(Message { quote, ..message });
            let remote = if nth == 0 { written.post.0.clone() } else { format!("{}#{nth}", written.post) };
            changes.refs.push(Ref {
                place: written.post.workspace().as_str().to_owned(),
                remote,
                message: id.0,
                part: "mirror".to_owned(),
            });
            ids.push(id);
        }
        ids
    }

    /// What somebody wrote in a thread that the conversation has left, or leaves by that, is shown in the new one.
    fn say_again(&self, room: &Room, changes: &mut Changes, name: &str, ids: &[MessageId]) {
        let messages: Vec<Message> = changes.messages.iter().filter(|m| ids.contains(&m.id)).cloned().collect();
        // Its post here stands for it no more.
        changes.refs.retain(|one| !ids.contains(&MessageId(one.message)));
        for message in messages {
            let text = match &message.content {
                Content::Media { .. } => Markup::plain(&words::summary(&message.content, 2000)),
                other => words::content_text(other),
            };
            let post = words::spoken(name, text, message.direction == Direction::Note);
            self.show(room).anew(changes, &message, post, Vec::new());
        }
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
        conversation.passing.writing = None;
        if conversation.acknowledge() | conversation.waiting_since.some().is_some() {
            // A draft is written when it is decided to be one's answer, everything else when it is posted.
            let sent = changes.messages.iter().rfind(|message| ids.contains(&message.id));
            let decided = sent.is_some_and(|message| room.message(message.id).is_some());
            let by = sent.map_or(AgentId::NOBODY, |message| message.author);
            let at = sent.filter(|_| !decided).map_or(self.now, |message| message.at.min(self.now));
            conversation.answered(by, at);
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
        let Some(message) = room.posted(post.as_str()) else { return changes };
        let Some(conversation) = room.conversation(message.conversation) else { return changes };
        if message.direction == Direction::Note && KEPT.contains(&emoji) {
            let mut message = message.clone();
            message.around.kept = added;
            changes.messages.push(message);
            return changes;
        }
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

    /// Somebody types: the customer sees it of the owner, as far as WhatsApp shows it, and whoever starts while another is
    /// at it is told so once.
    pub(super) fn typing(&self, room: &Room, member: &Member, thread: &ThreadRef) -> Changes {
        let mut changes = Changes::default();
        let Some(known) = room.in_thread(thread).filter(|c| !c.is_closed()) else { return changes };
        if self.policy.rank(member) == Rank::None {
            return changes;
        }
        let agent = self.agent(room, &mut changes, member);
        let mut conversation = known.clone();
        self.writes(room, &mut changes, &mut conversation, &agent);
        let open = !conversation.last_inbound.is_empty() && self.now < conversation.window_closes();
        if conversation.owner() == Some(agent.id) && open && self.policy.mark_read != MarkRead::Never {
            conversation.read_upto = conversation.last_inbound.clone();
            let effect = Effect::Read {
                number: conversation.number.clone(),
                wamid: conversation.last_inbound.clone(),
                typing: true,
            };
            self.show(room).to_customer(&mut changes, &conversation, "r", effect);
        }
        if conversation != *known {
            changes.conversations.push(conversation);
        }
        changes
    }

    fn writes(&self, room: &Room, changes: &mut Changes, conversation: &mut Conversation, agent: &Agent) {
        match &mut conversation.passing.writing {
            Some(other) if other.agent != agent.id && self.now.since(other.at) < WRITING_MS => {
                if !other.told.contains(&agent.id) {
                    other.told.push(agent.id);
                    let text = words::somebody_writes(&room.agent_name(other.agent));
                    self.show(room).call(
                        changes,
                        conversation.id,
                        vec![agent.users.on(conversation.channel.workspace()).clone()],
                        &text,
                    );
                }
            }
            Some(same) if same.agent == agent.id && self.now.since(same.at) < WRITING_MS => {
                same.at = same.at.max(self.now);
            }
            writing => *writing = Some(Writing { agent: agent.id, at: self.now, told: Vec::new() }),
        }
    }

    /// Whoever has something unsent to decide about counts as writing for a while.
    pub(super) fn holds_draft(&self, conversation: &mut Conversation, agent: AgentId) {
        let at = self.now.plus_ms(DRAFT_MS - WRITING_MS);
        conversation.passing.writing = Some(Writing { agent, at, told: Vec::new() });
    }
}

/// The reactions on a note of a promise that say it is kept: Telegram does not offer the first.
const KEPT: [&str; 2] = ["✅", "👌"];
/// Somebody who was seen typing this long ago still is.
const WRITING_MS: i64 = 20_000;
/// Somebody who has a draft to decide about is at it for so long.
const DRAFT_MS: i64 = 300_000;

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
