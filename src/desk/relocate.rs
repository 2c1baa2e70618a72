//! A conversation goes on with another team: card and thread are made anew in its channel, with everything that was said;
//! the thread it leaves says where it went and is locked.
//!
//! Properties kept: what was said is told once in the new thread, either by the transcript or, where its post had not begun
//! to be made, by that post. Posts that stay behind stand for nothing from then on; a message of before that something
//! happens to gets a post of its own in the new thread.

use super::Desk;
use super::room::{Changes, Room};
use crate::domain::card::Post;
use crate::domain::conversation::Conversation;
use crate::domain::ids::{AgentId, ConversationId, MediaId};
use crate::domain::message::{Direction, Message, Progress};
use crate::domain::passing::Offer;
use crate::domain::words::{self, Handed};
use crate::store::media::State;

impl Desk<'_> {
    /// What the next one has to know, from the record.
    pub(super) fn handed(&self, room: &Room, changes: &Changes, conversation: &Conversation, offer: &Offer) -> Handed {
        let by = self.name_of(room, changes, offer.by);
        let owner = conversation.owner().filter(|owner| *owner != offer.by);
        let history = room.history(conversation.id);
        Handed {
            id: conversation.id,
            customer: self.show(room).customer_name(conversation),
            from: owner.map_or(by.clone(), |owner| words::in_place_of(&self.name_of(room, changes, owner), &by)),
            to: self.offered_name(room, changes, &offer.to),
            note: offer.note.clone(),
            anyway: offer.anyway,
            said: history.iter().filter_map(|m| self.said_line(room, changes, m)).collect(),
            files: history.iter().flat_map(|m| room.media_of(m.id)).map(|m| m.file.clone()).collect(),
            waiting_since: conversation.waiting_since.some(),
            due: conversation.due_at.some(),
            window_closes: conversation.window_closes(),
            now: self.now,
        }
    }

    /// One thing that was said, as the next one reads it; `None` for what was never said.
    fn said_line(&self, room: &Room, changes: &Changes, message: &Message) -> Option<words::Said> {
        let customer = room.conversation(message.conversation).map(|c| self.show(room).customer_name(c));
        let text = words::summary(&message.content, 1000);
        self.as_told(room, changes, (message, &customer.unwrap_or_default()), text)
    }

    /// What was said in a message, told as `text`, with who said it and what became of it; `None` for what was never said.
    pub(super) fn as_told(
        &self,
        room: &Room,
        changes: &Changes,
        (message, customer): (&Message, &str),
        text: String,
    ) -> Option<words::Said> {
        let deleted = message.revoked_at.some().is_some();
        let who = match message.direction {
            Direction::Held => return None,
            Direction::Note if deleted => return None,
            _ if message.progress == Progress::Cancelled => return None,
            Direction::In => customer.to_owned(),
            Direction::Echo => words::OUTSIDE.to_owned(),
            Direction::Out | Direction::Note if message.author == AgentId::NOBODY => "Baton".to_owned(),
            Direction::Out | Direction::Note => self.name_of(room, changes, message.author),
        };
        let note = message.direction == Direction::Note;
        let promise = is_open_promise(message);
        let text = words::with_fate(text, message.progress, deleted, message.around.kept);
        Some(words::Said { who, text, at: message.at, note, promise })
    }

    /// The conversation goes on in another team's channel, with what was said so far. Whoever it is handed to is called there
    /// by the handoff's card.
    pub(super) fn relocate(
        &self,
        room: &Room,
        changes: &mut Changes,
        before: Conversation,
        team: &str,
        handed: Option<(&Handed, AgentId)>,
    ) -> Conversation {
        let Some(to) = self.team(team) else { return before };
        let show = self.show(room);
        let conversation = Conversation { team: to.name.clone(), channel: to.channel_of(before.id), ..before.clone() };
        show.moved(changes, &before);
        if let Some((handed, to)) = handed {
            let user = self.user_of(room, changes, to, conversation.channel.workspace());
            show.first(changes, conversation.id, words::handoff_card(handed, false).calling(vec![user]));
        }
        self.transcript(room, changes, conversation.id);
        conversation
    }

    /// Everything said so far, with its files, as the first posts of a new thread. Promises that are not kept get posts of
    /// their own, on which it can be said that they are.
    fn transcript(&self, room: &Room, changes: &mut Changes, id: ConversationId) {
        let said: Vec<&Message> = room.history(id).into_iter().filter(|m| !room.is_to_come(m.id)).collect();
        let lines: Vec<words::Said> = said.iter().filter_map(|m| self.said_line(room, changes, m)).collect();
        if lines.is_empty() {
            return;
        }
        let show = self.show(room);
        show.first(changes, id, words::transcript(&lines, self.policy.zone, self.now));
        for note in said.iter().filter(|m| m.direction == Direction::Note) {
            // Nobody needed them so far.
            let announced = room.media_of(note.id).iter().filter(|m| m.state == State::Announced);
            announced.for_each(|media| show.first_fetch(changes, id, media.id));
        }
        let files: Vec<MediaId> = said.iter().flat_map(|m| room.media_of(m.id)).map(|m| m.id).collect();
        for some in files.chunks(10) {
            show.first_files(changes, id, some.to_vec());
        }
        for promise in said.into_iter().filter(|m| is_open_promise(m)) {
            show.first_mirror(changes, promise, words::promise(self.post_again(room, promise)));
        }
    }

    /// Something happens to a message: one whose post stands in a thread that its conversation has left gets another. Whether
    /// it did.
    pub(super) fn bring_along(&self, room: &Room, changes: &mut Changes, message: &Message) -> bool {
        if !room.is_left_behind(message.id) || changes.brought_along.contains(&message.id) {
            return false;
        }
        changes.brought_along.push(message.id);
        let files = room.media_of(message.id).iter().map(|m| m.id).collect();
        let post = self.post_again(room, message);
        self.show(room).anew(changes, message, post, files);
        true
    }

    /// Another post of a message, which says to whom an agent's went.
    fn post_again(&self, room: &Room, message: &Message) -> Post {
        let agents = matches!(message.direction, Direction::Out | Direction::Note) && message.author != AgentId::NOBODY;
        if !agents {
            return self.mirrored(room, message);
        }
        let (name, text) = (room.agent_name(message.author), words::content_text(&message.content));
        words::spoken(&name, text, message.direction == Direction::Note)
    }
}

/// Whether a message notes a promise of which nobody has said that it is kept.
fn is_open_promise(message: &Message) -> bool {
    let promises = || words::summary(&message.content, 20).to_lowercase().starts_with("promise");
    let stands = message.revoked_at.some().is_none() && !message.around.kept;
    message.direction == Direction::Note && stands && promises()
}
