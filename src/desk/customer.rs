//! A customer did something on WhatsApp, or the team answered them from the phone.

use super::room::{Changes, Room, WHATSAPP};
use super::{Desk, Refusal, identity};
use crate::domain::card::Speaker;
use crate::domain::content::{Around, Content};
use crate::domain::conversation::{Conversation, Ownership};
use crate::domain::event::{CustomerDid, Failure, FromCustomer};
use crate::domain::ids::{
    AgentId, ChannelRef, ContactId, ConversationId, MediaId, MessageId, PostRef, ThreadRef, Time, Wamid,
};
use crate::domain::markup::Markup;
use crate::domain::message::{Direction, Message, Progress};
use crate::domain::{name, words};
use crate::store::media::{Media, State};
use crate::store::message::Ref;

impl Desk<'_> {
    /// What a customer did.
    pub(super) fn customer(&self, room: &Room, from: &FromCustomer) -> Result<Changes, Refusal> {
        match &from.did {
            CustomerDid::Said { content, quote, around } => {
                self.said(room, from, (content, around), quote.as_ref(), Direction::In)
            }
            CustomerDid::Edited { original, content } => self.edited(room, from, (original, content), Direction::In),
            CustomerDid::Revoked { original } => Ok(self.revoked(room, original)),
            CustomerDid::Reacted { target, emoji } => Ok(self.reacted(room, target, emoji.as_deref())),
            CustomerDid::Other { line } => Ok(self.other(room, from, line)),
        }
    }

    /// What the team did from the WhatsApp Business app on the same number.
    pub(super) fn echo(&self, room: &Room, from: &FromCustomer) -> Result<Changes, Refusal> {
        match &from.did {
            CustomerDid::Said { content, quote, around } => {
                self.said(room, from, (content, around), quote.as_ref(), Direction::Echo)
            }
            CustomerDid::Edited { original, content } => self.edited(room, from, (original, content), Direction::Echo),
            CustomerDid::Revoked { original } => Ok(self.revoked(room, original)),
            CustomerDid::Reacted { .. } | CustomerDid::Other { .. } => Ok(Changes::default()),
        }
    }

    fn said(
        &self,
        room: &Room,
        from: &FromCustomer,
        (content, around): (&Content, &Around),
        quote: Option<&Wamid>,
        direction: Direction,
    ) -> Result<Changes, Refusal> {
        let mut changes = Changes::default();
        if room.knows(WHATSAPP, from.wamid.as_str()) {
            return Ok(changes);
        }
        let number =
            self.policy.numbers.get(&from.number).ok_or_else(|| Refusal::UnknownNumber(from.number.clone()))?;
        if from.who.is_nobody() {
            return Err(Refusal::Nobody);
        }
        let contact = self.meet(room, &mut changes, &from.who);
        let show = self.show(room);
        let at = if from.at == Time::NEVER { self.now } else { from.at };

        let newest = identity::newest_of(room, &changes, contact, &from.number);
        let found = match newest {
            Some(open) if !open.is_closed() => Some((open, None)),
            Some(closed) if self.may_reopen(&closed) => {
                closed.clone().reopen(self.now).map(|(c, change)| (c, Some(change)))
            }
            _ => None,
        };
        let (mut conversation, is_new) = match found {
            Some((conversation, reopened)) => {
                if let Some(change) = reopened {
                    changes.record.push(change);
                    if conversation.card.is_empty() && conversation.thread.is_empty() {
                        // Its thread was deleted after it was closed.
                        show.make(&mut changes, conversation.id);
                    }
                    show.seal(&mut changes, conversation.id);
                    show.line_at(&mut changes, conversation.id, at, words::REOPENED);
                    show.refresh(&mut changes, conversation.id);
                    let opening = name::preview(&words::summary(content, 300), 300);
                    (Conversation { opening, ..conversation }, false)
                } else {
                    (conversation, false)
                }
            }
            None => {
                let previous =
                    identity::newest_of(room, &changes, contact, &from.number).map_or(ConversationId(0), |c| c.id);
                let opening = name::preview(&words::summary(content, 300), 300);
                (self.open(room, contact, from, (number, opening), previous), true)
            }
        };
        if is_new {
            show.make(&mut changes, conversation.id);
        }

        let id = MessageId(room.fresh(&mut changes));
        let quoted = quote.and_then(|wamid| room.said(wamid)).map(|m| m.id);
        let (content, files) = self.keep_files(room, &mut changes, (id, &from.number), content);
        let was_waiting = conversation.waiting_since.some().is_some();
        let late_ms = room.overtaken_by(&conversation, at);
        let around = &Around { late_ms, ..around.clone() };
        if direction == Direction::In {
            conversation.customer_wrote(at, &from.wamid, self.now, self.policy.window_ms);
        } else {
            conversation.answered();
        }
        if !is_new && was_waiting != conversation.waiting_since.some().is_some() {
            show.refresh(&mut changes, conversation.id);
        }
        let speaker = match direction {
            Direction::In => Speaker::Customer(identity::name_of(room, &changes, contact)),
            _ => Speaker::Outside,
        };
        let post = words::customer_post(speaker, &content, around, None);
        show.mirror(&mut changes, conversation.id, at, (id, post, quoted), files);
        changes.messages.push(Message {
            id,
            conversation: conversation.id,
            direction,
            author: AgentId::NOBODY,
            content,
            around: around.clone(),
            at,
            progress: Progress::Here,
            failure: Failure::default(),
            quote: quoted.unwrap_or_default(),
            wamid: from.wamid.clone(),
            earlier: Vec::new(),
            revoked_at: Time::NEVER,
        });
        changes.refs.push(Ref {
            place: WHATSAPP.to_owned(),
            remote: from.wamid.0.clone(),
            message: id.0,
            part: "mirror".to_owned(),
        });
        changes.conversations.push(conversation);
        Ok(changes)
    }

    fn may_reopen(&self, conversation: &Conversation) -> bool {
        match conversation.ownership {
            Ownership::Closed { at, .. } => self.now.since(at) <= self.policy.reopen_ms,
            Ownership::Waiting | Ownership::Owned { .. } => false,
        }
    }

    fn open(
        &self,
        room: &Room,
        contact: ContactId,
        from: &FromCustomer,
        (number, opening): (&super::policy::Number, String),
        previous: ConversationId,
    ) -> Conversation {
        Conversation {
            id: room.next_number(),
            contact,
            number: from.number.clone(),
            team: number.team.clone(),
            ownership: Ownership::Waiting,
            epoch: 0,
            opened_at: from.at,
            opening,
            waiting_since: Time::NEVER,
            nudges: 0,
            due_at: Time::NEVER,
            last_inbound_at: Time::NEVER,
            last_inbound: Wamid::default(),
            read_upto: Wamid::default(),
            previous,
            channel: ChannelRef(number.channel.0.clone()),
            card: PostRef::default(),
            thread: ThreadRef::default(),
            head: PostRef::default(),
            seen: PostRef::default(),
            version: 0,
        }
    }

    /// Gives the files of a content their ids and writes them down as announced.
    pub(super) fn keep_files(
        &self,
        room: &Room,
        changes: &mut Changes,
        (message, number): (MessageId, &crate::domain::ids::NumberId),
        content: &Content,
    ) -> (Content, Vec<MediaId>) {
        let Content::Media { file, caption } = content else { return (content.clone(), Vec::new()) };
        let id = MediaId(room.fresh(changes));
        let mut file = file.clone();
        file.id = id;
        let door = if number.is_empty() { self.policy.place } else { WHATSAPP };
        changes.media.push(Media {
            id,
            message,
            file: file.clone(),
            door: door.to_owned(),
            number: number.clone(),
            state: State::Announced,
            size: 0,
            mime: String::new(),
            reason: String::new(),
        });
        (Content::Media { file, caption: caption.clone() }, vec![id])
    }

    fn edited(
        &self,
        room: &Room,
        from: &FromCustomer,
        (original, content): (&Wamid, &Content),
        direction: Direction,
    ) -> Result<Changes, Refusal> {
        let mut changes = Changes::default();
        let Some(message) = room.said(original) else {
            // It overtook the message itself, which will be known by its id when it comes.
            let whole = matches!(content, Content::Text { .. });
            let from = FromCustomer { wamid: original.clone(), ..from.clone() };
            let said = || self.said(room, &from, (content, &Around::default()), None, direction);
            return if whole { said() } else { Ok(changes) };
        };
        let mut message = message.clone();
        if message.content == *content {
            return Ok(changes);
        }
        message.earlier.push(words::summary(&message.content, 1000));
        message.content = match (&message.content, content) {
            (Content::Media { file, .. }, Content::Media { caption, .. }) => {
                Content::Media { file: file.clone(), caption: caption.clone() }
            }
            (Content::Media { file, .. }, Content::Text { text }) => {
                Content::Media { file: file.clone(), caption: text.clone() }
            }
            _ => content.clone(),
        };
        let post = self.mirrored(room, &message);
        self.show(room).repost(&mut changes, message.conversation, message.id, post);
        self.show(room).fold(&mut changes, message.conversation);
        changes.messages.push(message);
        Ok(changes)
    }

    fn revoked(&self, room: &Room, original: &Wamid) -> Changes {
        let mut changes = Changes::default();
        let Some(message) = room.said(original) else { return changes };
        if message.revoked_at.some().is_some() {
            return changes;
        }
        let mut message = message.clone();
        message.revoked_at = self.now;
        let post = self.mirrored(room, &message);
        self.show(room).repost(&mut changes, message.conversation, message.id, post);
        self.show(room).fold(&mut changes, message.conversation);
        changes.messages.push(message);
        changes
    }

    /// The post that shows a message as it is now.
    pub(super) fn mirrored(&self, room: &Room, message: &Message) -> crate::domain::card::Post {
        let speaker = match message.direction {
            Direction::Echo => Speaker::Outside,
            Direction::In => Speaker::Customer(
                room.conversation(message.conversation)
                    .map_or_else(|| "Customer".to_owned(), |c| self.show(room).customer_name(c)),
            ),
            Direction::Out | Direction::Note | Direction::Held => Speaker::Agent(room.agent_name(message.author)),
        };
        let lost = room.media_of(message.id).iter().find(|m| m.state == State::Lost);
        let lost = lost.map(|m| words::file_lost(m.file.kind, &m.reason));
        let mut post = words::customer_post(speaker, &message.content, &message.around, lost.as_deref());
        post.notes.extend(words::edited(&message.earlier));
        if message.revoked_at.some().is_some() {
            post.notes.push(words::REVOKED.to_owned());
        }
        post
    }

    fn reacted(&self, room: &Room, target: &Wamid, emoji: Option<&str>) -> Changes {
        let mut changes = Changes::default();
        let Some(message) = room.said(target) else { return changes };
        let show = self.show(room);
        let mut message = message.clone();
        if let Some(before) = message.around.reaction.take() {
            show.react(&mut changes, message.conversation, message.id, &before, false);
        }
        if let Some(emoji) = emoji.filter(|emoji| !emoji.is_empty()) {
            show.react(&mut changes, message.conversation, message.id, emoji, true);
            message.around.reaction = Some(emoji.to_owned());
        }
        show.fold(&mut changes, message.conversation);
        changes.messages.push(message);
        changes
    }

    fn other(&self, room: &Room, from: &FromCustomer, line: &str) -> Changes {
        let mut changes = Changes::default();
        let known = from.who.aliases().into_iter().find_map(|(kind, value)| room.contact_of(kind, &value));
        let open = known.and_then(|id| room.newest(id, &from.number)).filter(|c| !c.is_closed());
        if let Some(conversation) = open {
            self.show(room).line(&mut changes, conversation.id, line);
        }
        changes
    }
}

/// Plain words for a message that an agent wrote.
pub(super) fn text(markup: Markup) -> Content {
    Content::Text { text: markup }
}
