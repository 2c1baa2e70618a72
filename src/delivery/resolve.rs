//! From an effect, which names things, to a call, which has them.

use std::path::{Path, PathBuf};

use super::known::Known;
use super::{Flight, Settings, Workspaces, join, parts};
use crate::domain::card::{Caps, Post};
use crate::domain::content::Content;
use crate::domain::conversation::{Conversation, Ownership};
use crate::domain::effect::{Effect, Part};
use crate::domain::event::Delivered;
use crate::domain::ids::{ChannelRef, ConversationId, MediaId, MessageId, PostRef, ThreadRef, Time, Wamid};
use crate::domain::message::{Direction, Message, Progress};
use crate::domain::name;
use crate::domain::passing::OfferedTo;
use crate::domain::words::{self, CardFacts};
use crate::port::{Address, Attachment, Call, Fold, Mark, Outgoing, Place, Source};
use crate::store::media::{Media, State};

/// What became of resolving.
pub(super) enum Resolved {
    /// Do this.
    Call(Box<Call>),
    /// Do this, and after so many milliseconds look at it again.
    Lasting(Box<Call>, i64),
    /// There is nothing left to do.
    Nothing,
    /// The message is shown by this post already.
    Shown(PostRef),
    /// It is brought up to date once it is there, if that is being made in the lane of this conversation's thread.
    Unmade(ConversationId),
    /// There is no thread for it.
    NoThread(String),
    /// Something it needs is missing for good.
    Never(String),
}

/// Where a file of the media folder is.
pub(crate) fn media_path(folder: &Path, id: MediaId) -> PathBuf {
    folder.join(id.to_string())
}

impl Known {
    /// The call for an effect.
    pub(super) fn resolve(&self, flight: &Flight, settings: &Settings, workspaces: &Workspaces, now: Time) -> Resolved {
        let resolved = self.named(flight, settings, workspaces, now);
        match &resolved {
            Resolved::Call(call) | Resolved::Lasting(call, _) if workspaces.performer(call).is_none() => {
                Resolved::Never(NO_WORKSPACE.to_owned())
            }
            _ => resolved,
        }
    }

    fn named(&self, flight: &Flight, settings: &Settings, workspaces: &Workspaces, now: Time) -> Resolved {
        let head = &flight.head;
        // Card and head are made in the lane of the thread; in their own lanes they are only brought up to date.
        let makes = head.lane.starts_with("c:");
        match &flight.effect {
            Effect::Card { conversation } => self.with(*conversation, |c| {
                if !workspaces.caps(c.channel.workspace()).lists_cards {
                    return Resolved::Nothing;
                }
                let Some(card) = self.card(c, settings) else { return Resolved::Nothing };
                let place = Place { channel: c.channel.clone(), thread: None };
                match (c.card.is_empty(), makes) {
                    (true, true) => Resolved::Call(Box::new(Call::PostCard { place, card })),
                    (true, false) => Resolved::Unmade(c.id),
                    (false, _) => Resolved::Call(Box::new(Call::EditCard { place, post: c.card.clone(), card })),
                }
            }),
            Effect::Head { conversation } => self.with(*conversation, |c| {
                let Some(card) = self.card(c, settings) else { return Resolved::Nothing };
                if c.thread.is_empty() {
                    return if makes { Resolved::NoThread(NO_THREAD.to_owned()) } else { Resolved::Unmade(c.id) };
                }
                let place = place_of(c);
                match (c.head.is_empty(), makes) {
                    (true, true) => Resolved::Call(Box::new(Call::PostCard { place, card })),
                    (true, false) => Resolved::Unmade(c.id),
                    (false, _) => Resolved::Call(Box::new(Call::EditCard { place, post: c.head.clone(), card })),
                }
            }),
            Effect::Thread { conversation } => self.with(*conversation, |c| match self.contacts.get(&c.contact) {
                _ if !c.thread.is_empty() => Resolved::Nothing,
                _ if c.card.is_empty() && workspaces.caps(c.channel.workspace()).lists_cards => {
                    Resolved::Never("its card could not be posted".to_owned())
                }
                None => Resolved::Nothing,
                Some(contact) => Resolved::Call(Box::new(Call::OpenThread {
                    channel: c.channel.clone(),
                    card: c.card.clone(),
                    name: words::thread_name(c.id, contact),
                    sign: c.sign(),
                })),
            }),
            Effect::Sign { conversation } => self.with(*conversation, |c| {
                if c.thread.is_empty() {
                    return Resolved::Nothing;
                }
                Resolved::Call(Box::new(Call::Sign { thread: c.thread.clone(), sign: c.sign() }))
            }),
            Effect::Post { conversation, part, post, quote, files, .. } => self.with(*conversation, |c| {
                if c.thread.is_empty() {
                    // A line about what is over is not worth a thread.
                    let idle = c.is_closed() && *part == Part::Line;
                    return if idle { Resolved::Nothing } else { Resolved::NoThread(NO_THREAD.to_owned()) };
                }
                if let Some(shown) = self.shown_by_card(flight, c, workspaces) {
                    return Resolved::Shown(shown);
                }
                let reply_to = quote.and_then(|id| self.shown_at(id)).map(|(post, _)| post);
                let (files, notes) = self.attachments(files, settings, workspaces.caps(c.channel.workspace()), now);
                let mut post = post.clone();
                post.notes.extend(notes);
                Resolved::Call(Box::new(Call::Post { place: place_of(c), post, reply_to, files }))
            }),
            Effect::Tell { conversation, channel, post } => self.with(*conversation, |c| {
                let post = Post { leads_to: c.thread.clone(), ..post.clone() };
                let place = Place { channel: channel.clone(), thread: None };
                Resolved::Call(Box::new(Call::Post { place, post, reply_to: None, files: Vec::new() }))
            }),
            Effect::Direct { conversation, user, post } => self.with(*conversation, |c| {
                let post = Post { leads_to: c.thread.clone(), ..post.clone() };
                Resolved::Call(Box::new(Call::Direct { user: user.clone(), post }))
            }),
            Effect::Standing { what, channel, call } => self.standing((what, channel), call, now),
            Effect::Announce { channel, post } => {
                let place = Place { channel: channel.clone(), thread: None };
                let post = post.clone();
                Resolved::Call(Box::new(Call::Post { place, post, reply_to: None, files: Vec::new() }))
            }
            Effect::Moved { conversation, thread, channel } => self.with(*conversation, |c| {
                let post = Post { leads_to: c.thread.clone(), ..Post::line(words::moved_to(&c.team)) };
                let place = Place { channel: channel.clone(), thread: Some(thread.clone()) };
                Resolved::Call(Box::new(Call::Post { place, post, reply_to: None, files: Vec::new() }))
            }),
            Effect::Lock { thread } => {
                Resolved::Call(Box::new(Call::Seal { thread: thread.clone(), state: Fold::Locked }))
            }
            Effect::Repost { message, post } => self.about(*message, |place, (at, shared)| {
                let body = Post::clone(post);
                Resolved::Call(Box::new(if shared {
                    Call::Post { place, post: body, reply_to: Some(at), files: Vec::new() }
                } else {
                    Call::EditPost { place, post: at, body }
                }))
            }),
            Effect::React { message, emoji, on } => self.about(*message, |place, (post, _)| {
                Resolved::Call(Box::new(Call::React { place, post, emoji: emoji.clone(), on: *on }))
            }),
            Effect::Mark { message } => match self.messages.get(message) {
                None => Resolved::Nothing,
                // What Baton says for somebody is posted in the lane of the thread, and may be on its way faster than that.
                Some(message) if self.post_of(message.id).is_none() => Resolved::Unmade(message.conversation),
                Some(message) => self.about(message.id, |place, (post, _)| {
                    Resolved::Call(Box::new(Call::MarkPost { place, post, mark: mark(message) }))
                }),
            },
            Effect::Retract { message } => self.retract(*message),
            Effect::RemoveCard { channel, card, leaves } => {
                let (place, post) = (Place { channel: channel.clone(), thread: None }, card.clone());
                Resolved::Call(Box::new(match leaves {
                    Some(body) if self.cards_with_words.contains(card) => {
                        Call::EditPost { place, post, body: Post::clone(body) }
                    }
                    _ => Call::DeletePost { place, post },
                }))
            }
            Effect::Seal { conversation } => self.with(*conversation, |c| {
                if c.thread.is_empty() {
                    return Resolved::Nothing;
                }
                let state = if c.is_closed() { Fold::Folded } else { Fold::Open };
                Resolved::Call(Box::new(Call::Seal { thread: c.thread.clone(), state }))
            }),
            Effect::Answer { interaction, reply } => Resolved::Call(Box::new(Call::Answer {
                interaction: interaction.clone(),
                reply: reply.clone(),
                files: Vec::new(),
            })),
            Effect::Notice { text } => Resolved::Call(Box::new(Call::Notice { text: text.clone() })),
            Effect::Send { message } => self.send(*message, settings, now),
            Effect::SendReaction { conversation, target, emoji } => self.with(*conversation, |c| {
                let content = Outgoing::Reaction { target: target.clone(), emoji: emoji.clone() };
                self.to(c, content, None)
            }),
            Effect::Read { number, wamid, typing } => {
                Resolved::Call(Box::new(Call::Read { number: number.clone(), wamid: wamid.clone(), typing: *typing }))
            }
            Effect::Fetch { media } => match self.media.get(media) {
                Some(media) if matches!(media.state, State::Announced | State::Late) => {
                    Resolved::Call(Box::new(Call::Fetch {
                        number: media.number.clone(),
                        file: media.file.clone(),
                        into: media_path(&settings.media_dir, media.id),
                    }))
                }
                _ => Resolved::Nothing,
            },
        }
    }

    fn with(&self, id: ConversationId, then: impl FnOnce(&Conversation) -> Resolved) -> Resolved {
        self.conversations.get(&id).map_or(Resolved::Nothing, then)
    }

    /// A call about the post of a message, which may show others as well; nothing where it has none.
    fn about(&self, id: MessageId, then: impl FnOnce(Place, (PostRef, bool)) -> Resolved) -> Resolved {
        let conversation = self.messages.get(&id).and_then(|m| self.conversations.get(&m.conversation));
        match (conversation, self.shown_at(id)) {
            (Some(conversation), Some(post)) if !conversation.thread.is_empty() => then(place_of(conversation), post),
            _ => Resolved::Nothing,
        }
    }

    /// The post that shows a message, and whether it shows others as well.
    fn shown_at(&self, id: MessageId) -> Option<(PostRef, bool)> {
        let refs = self.refs.get(&id)?;
        let mut parts = refs.iter().filter(|f| f.part == "mirror").filter_map(|f| f.remote.split_once(parts::PART));
        let part = parts.next().map(|(post, _)| PostRef(post.to_owned()));
        match (self.post_of(id), part) {
            (Some(post), part) => Some((post, part.is_some())),
            (None, part) => part.map(|post| (post, true)),
        }
    }

    /// The card that shows a conversation's first words, where cards stand in their threads alone: they need no other post.
    fn shown_by_card(&self, flight: &Flight, c: &Conversation, workspaces: &Workspaces) -> Option<PostRef> {
        let Effect::Post { part: Part::Mirror, post, quote: None, files, .. } = &flight.effect else { return None };
        let first = flight.head.rank == c.opened_at.0 && post.text.to_plain() == c.opening;
        let plain = files.is_empty() && join::is_plain(post);
        let alone = !workspaces.caps(c.channel.workspace()).lists_cards;
        (alone && first && plain && !c.head.is_empty()).then(|| c.head.clone())
    }

    /// The first post that shows a message.
    fn post_of(&self, id: MessageId) -> Option<PostRef> {
        let refs = self.refs.get(&id)?;
        refs.iter()
            .filter(|f| f.place != "whatsapp" && f.part == "mirror" && !f.remote.contains([':', '#', parts::PART]))
            .map(|f| PostRef(f.remote.clone()))
            .min_by_key(|post| (post.0.len(), post.0.clone()))
    }

    fn wamid_of(&self, id: MessageId) -> Option<Wamid> {
        let refs = self.refs.get(&id)?;
        refs.iter().find(|f| f.place == "whatsapp" && f.part == "mirror").map(|f| Wamid(f.remote.clone()))
    }

    fn retract(&self, id: MessageId) -> Resolved {
        let conversation = self.messages.get(&id).and_then(|m| self.conversations.get(&m.conversation));
        let prompts = self.refs.get(&id).into_iter().flatten();
        let newest = prompts
            .filter(|f| f.place != "whatsapp" && f.part == "prompt")
            .map(|f| PostRef(f.remote.clone()))
            .max_by_key(|post| (post.0.len(), post.0.clone()));
        match (conversation, newest) {
            (Some(conversation), Some(post)) if !conversation.thread.is_empty() => {
                Resolved::Call(Box::new(Call::DeletePost { place: place_of(conversation), post }))
            }
            _ => Resolved::Nothing,
        }
    }

    fn card(&self, conversation: &Conversation, settings: &Settings) -> Option<crate::domain::card::Card> {
        let contact = self.contacts.get(&conversation.contact)?;
        let owner = match conversation.ownership {
            Ownership::Owned { by, .. } => self.agents.get(&by),
            Ownership::Waiting | Ownership::Closed { .. } => None,
        };
        let workspace = conversation.channel.workspace();
        let owner = owner.map(|a| (a.users.on(workspace).clone(), name::display(&a.name, 40, "somebody")));
        let previous = self.conversations.get(&conversation.previous).filter(|p| p.id != conversation.id);
        let facts = CardFacts {
            conversation,
            contact,
            number_name: settings.number_names.get(&conversation.number).map_or("", String::as_str),
            owner,
            offered: conversation.passing.offer.as_ref().map(|offer| self.offered(&offer.to)),
            previous: previous.map(|p| (p.id, p.thread.clone())),
            mask_phone: settings.mask_phone,
        };
        Some(words::card(&facts))
    }

    /// To whom a conversation is being handed.
    fn offered(&self, to: &OfferedTo) -> String {
        match to {
            OfferedTo::Team(team) => team.clone(),
            OfferedTo::Agent(agent, _) => {
                let known = self.agents.get(agent);
                known.map_or_else(|| "somebody".to_owned(), |a| name::display(&a.name, 40, "somebody"))
            }
        }
    }

    /// The files that are there, and a remark for each that is not.
    fn attachments(
        &self,
        files: &[MediaId],
        settings: &Settings,
        caps: Caps,
        now: Time,
    ) -> (Vec<Attachment>, Vec<String>) {
        let mut attached = Vec::new();
        let mut notes = Vec::new();
        for media in files.iter().filter_map(|id| self.media.get(id)) {
            match media.state {
                State::Stored => {
                    let attachment = attachment(media, settings, now);
                    if attachment.size > caps.max_file && attachment.link.is_empty() {
                        notes.push(words::file_too_large(&attachment.name, attachment.size));
                    } else {
                        attached.push(attachment);
                    }
                }
                State::Announced | State::Late => notes.push(words::file_coming(media.file.kind)),
                State::Lost => notes.push(words::file_lost(media.file.kind, &media.reason)),
            }
        }
        (attached, notes)
    }

    fn send(&self, id: MessageId, settings: &Settings, now: Time) -> Resolved {
        let Some(message) = self.messages.get(&id).filter(|m| m.progress == Progress::Waiting) else {
            return Resolved::Nothing;
        };
        let content = match &message.content {
            Content::Media { file, caption } => match self.media.get(&file.id) {
                Some(media) if media.state == State::Stored => {
                    Outgoing::File { file: attachment(media, settings, now), kind: file.kind, caption: caption.clone() }
                }
                _ => return Resolved::Nothing,
            },
            other => Outgoing::Content(other.clone()),
        };
        let quote = (message.quote.0 != 0).then(|| self.wamid_of(message.quote)).flatten();
        self.with(message.conversation, |c| self.to(c, content, quote))
    }

    fn to(&self, conversation: &Conversation, content: Outgoing, quote: Option<Wamid>) -> Resolved {
        let Some(contact) = self.contacts.get(&conversation.contact) else { return Resolved::Nothing };
        Resolved::Call(Box::new(Call::Send {
            number: conversation.number.clone(),
            to: Address { phone: contact.phone.clone(), bsuid: contact.bsuid.clone() },
            content,
            quote,
        }))
    }
}

const NO_WORKSPACE: &str = "its workspace is not in the configuration any more";
const NO_THREAD: &str = "its thread could not be opened";

fn place_of(conversation: &Conversation) -> Place {
    let channel: ChannelRef = conversation.channel.clone();
    let thread: ThreadRef = conversation.thread.clone();
    Place { channel, thread: Some(thread) }
}

fn attachment(media: &Media, settings: &Settings, now: Time) -> Attachment {
    Attachment {
        id: media.id,
        source: Source::Stored(media_path(&settings.media_dir, media.id)),
        name: words::file_name(&media.file),
        mime: if media.mime.is_empty() { media.file.mime.clone() } else { media.mime.clone() },
        size: u64::try_from(media.size).unwrap_or_default(),
        link: settings.links.to(media.id, now),
        alt: String::new(),
    }
}

/// What an agent's post is marked with.
fn mark(message: &Message) -> Mark {
    match (message.direction, message.progress) {
        (Direction::Note | Direction::Held, _) => Mark::Note,
        (_, Progress::Accepted) => Mark::Accepted,
        (_, Progress::Sent) => Mark::Came(Delivered::Sent),
        (_, Progress::Delivered) => Mark::Came(Delivered::Delivered),
        (_, Progress::Read) => Mark::Came(Delivered::Read),
        (_, Progress::Failed | Progress::Uncertain) => Mark::Came(Delivered::Failed(message.failure.clone())),
        (_, Progress::Here | Progress::Waiting | Progress::Cancelled) => Mark::Waiting,
    }
}
