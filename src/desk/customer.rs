//! A customer did something on WhatsApp, or the team answered them from the phone.

use super::room::{Changes, Room, WHATSAPP};
use super::{Desk, Refusal};
use crate::domain::card::Speaker;
use crate::domain::content::{Around, Content};
use crate::domain::event::{CustomerDid, FromCustomer};
use crate::domain::ids::{MediaId, MessageId, Wamid};
use crate::domain::markup::Markup;
use crate::domain::message::{Direction, Message};
use crate::domain::words;
use crate::domain::workspace::Workspace;
use crate::store::media::{Media, State};

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
        let door = if number.is_empty() { Workspace::of(&file.remote).as_str() } else { WHATSAPP };
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
        self.show_anew(room, &mut changes, &message);
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
        self.show_anew(room, &mut changes, &message);
        changes.messages.push(message);
        changes
    }

    /// Brings the post of a message up to date.
    fn show_anew(&self, room: &Room, changes: &mut Changes, message: &Message) {
        let show = self.show(room);
        if !self.bring_along(room, changes, message) {
            show.repost(changes, message.conversation, message.id, self.mirrored(room, message));
        }
        show.fold(changes, message.conversation);
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
        self.bring_along(room, &mut changes, &message);
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
