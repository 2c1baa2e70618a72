//! Which messages the ids of platforms stand for.

use super::{Room, WHATSAPP};
use crate::domain::ids::{MessageId, Wamid};
use crate::domain::message::Message;
use crate::domain::workspace::Workspace;

impl Room {
    /// The message a platform's id stands for, if it shows or is the message.
    fn message_at(&self, place: &str, remote: &str) -> Option<&Message> {
        let (id, part) = self.refs.get(&(place.to_owned(), remote.to_owned()))?;
        if part != "mirror" {
            return None;
        }
        self.messages.get(id)
    }

    /// The message a post of the workspace stands for.
    pub(in crate::desk) fn posted(&self, post: &str) -> Option<&Message> {
        self.message_at(Workspace::of(post).as_str(), post)
    }

    /// Whether a message was said by a command, so that no post of its author shows it.
    pub(in crate::desk) fn is_command(&self, id: MessageId) -> bool {
        self.refs.iter().any(|((_, remote), (message, _))| *message == id && remote.starts_with("cmd:"))
    }

    /// Whether a post of the workspace is known.
    pub(in crate::desk) fn knows(&self, post: &str) -> bool {
        self.refs.contains_key(&(Workspace::of(post).as_str().to_owned(), post.to_owned()))
    }

    /// Whether a message of WhatsApp is known.
    pub(in crate::desk) fn has_heard(&self, wamid: &Wamid) -> bool {
        self.refs.contains_key(&(WHATSAPP.to_owned(), wamid.0.clone()))
    }

    pub(in crate::desk) fn said(&self, wamid: &Wamid) -> Option<&Message> {
        self.message_at(WHATSAPP, wamid.as_str())
    }
}
