//! An agent thinks again: a post is changed or deleted. Before it is sent that changes what is sent or takes it back; after
//! that it is said that the customer still sees the earlier text.

use super::Desk;
use super::member::unmark;
use super::room::{Changes, MAX_PARTS, Room};
use crate::domain::content::Content;
use crate::domain::ids::PostRef;
use crate::domain::markup::Markup;
use crate::domain::message::{Direction, Message, Progress};
use crate::domain::words;

impl Desk<'_> {
    /// A changed post: before it is sent it changes what is sent, after that it is said that the customer sees the earlier
    /// text. What was kept inside is changed in the record.
    pub(super) fn changed(&self, room: &Room, post: &PostRef, text: &Markup, raw: &str) -> Changes {
        let mut changes = Changes::default();
        let Some(message) = room.posted(post.as_str()) else { return changes };
        let mut message = message.clone();
        let new = match &message.content {
            Content::Text { .. } => super::customer::text(unmark(text, self.policy.explicit)),
            Content::Media { file, .. } => Content::Media { file: file.clone(), caption: text.clone() },
            _ => return changes,
        };
        let becomes_note = raw.trim_start().starts_with("//");
        if new == message.content && !(becomes_note && message.direction == Direction::Out) {
            return changes;
        }
        let before = words::summary(&message.content, 1000);
        let waits = message.is_waiting() && room.unsent(message.id).is_some();
        match message.direction {
            Direction::Out if waits && becomes_note => {
                return self.taken_back(room, message, Direction::Note, Some(text));
            }
            Direction::Out if !waits => {
                if message.progress == Progress::Cancelled {
                    return changes;
                }
                if message.earlier.is_empty() {
                    self.show(room).line(&mut changes, message.conversation, words::still_sees(&before));
                }
                message.earlier.push(before);
                changes.messages.push(message);
                return changes;
            }
            Direction::Out | Direction::Held | Direction::Note => {}
            Direction::In | Direction::Echo => return changes,
        }
        message.earlier.push(before);
        message.content = new;
        changes.messages.push(message);
        changes
    }

    fn taken_back(&self, room: &Room, message: Message, direction: Direction, text: Option<&Markup>) -> Changes {
        let mut changes = Changes::default();
        let mut message = message;
        if let Some(outbox) = room.unsent(message.id) {
            changes.cancelled.push((outbox, "taken back by its author"));
        }
        message.progress = if direction == Direction::Note { Progress::Here } else { Progress::Cancelled };
        message.direction = direction;
        if let (Some(text), Content::Text { .. }) = (text, &message.content) {
            message.content = super::customer::text(unmark(text, false));
        } else {
            message.revoked_at = self.now;
        }
        let show = self.show(room);
        if direction == Direction::Note {
            show.mark(&mut changes, message.conversation, message.id);
        }
        show.line(&mut changes, message.conversation, words::TAKEN_BACK);
        if let Some(conversation) = room.conversation(message.conversation) {
            let mut conversation = conversation.clone();
            let targets = self.targets(&conversation);
            if conversation.waits_again(self.now, &targets) {
                show.refresh(&mut changes, conversation.id);
                changes.conversations.push(conversation);
            }
        }
        changes.messages.push(message);
        changes
    }

    /// A deleted post: taken back if it was not sent, else said that the customer still has it.
    pub(super) fn deleted(&self, room: &Room, post: &PostRef) -> Changes {
        let mut changes = Changes::default();
        let mut parts = vec![post.0.clone()];
        parts.extend((1..MAX_PARTS).map(|nth| format!("{post}#{nth}")));
        let mut said = false;
        for part in parts {
            let Some(message) = room.posted(&part) else { continue };
            if message.revoked_at.some().is_some() {
                continue;
            }
            let mut message = message.clone();
            match message.direction {
                Direction::Out if message.is_waiting() && room.unsent(message.id).is_some() => {
                    let back = self.taken_back(room, message, Direction::Out, None);
                    merge_changes(&mut changes, back);
                    continue;
                }
                Direction::Out if !said && !matches!(message.progress, Progress::Cancelled | Progress::Failed) => {
                    let text = words::summary(&message.content, 80);
                    self.show(room).line(&mut changes, message.conversation, words::still_has(&text));
                    said = true;
                }
                Direction::Held => {
                    message.direction = Direction::Note;
                    self.show(room).retract(&mut changes, message.conversation, message.id);
                    changes.prompts_gone.push(message.id);
                }
                _ => {}
            }
            message.revoked_at = self.now;
            changes.messages.push(message);
        }
        changes
    }
}

fn merge_changes(into: &mut Changes, from: Changes) {
    into.messages.extend(from.messages);
    into.effects.extend(from.effects);
    into.cancelled.extend(from.cancelled);
    for conversation in from.conversations {
        into.conversations.retain(|c| c.id != conversation.id);
        into.conversations.push(conversation);
    }
}
