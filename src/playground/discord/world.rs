//! What exists in the stand-in's one guild, and the rules that every way of changing it shares.

use std::collections::{BTreeMap, HashMap, VecDeque};

use axum::body::Bytes;
use serde_json::Value;
use tokio::sync::broadcast;

use super::interaction::{Interactions, Origin};
use super::limits::Limits;
use super::nonces::Nonces;
use super::refusal::{self, Refusal};
use super::session::Gateway;
use super::snowflake::Snowflakes;
use super::{Options, permission};
use crate::playground::wire::Wire;

/// Everything the stand-in knows, behind one lock.
pub(super) struct World {
    /// `http://host:port`, once listening.
    pub(super) base: String,
    pub(super) options: Options,
    pub(super) wire: Wire,
    pub(super) ids: Snowflakes,
    pub(super) guild: u64,
    /// The bot's user id, which is its application id as well.
    pub(super) bot: u64,
    pub(super) bot_role: u64,
    pub(super) bot_permissions: u64,
    pub(super) users: BTreeMap<u64, User>,
    pub(super) roles: BTreeMap<u64, Role>,
    pub(super) channels: BTreeMap<u64, Channel>,
    /// How many threads are not archived.
    pub(super) active_threads: usize,
    pub(super) files: HashMap<u64, Stored>,
    pub(super) commands: Vec<Command>,
    /// Creations of commands in the order they happened, unix milliseconds.
    pub(super) command_creates: VecDeque<u64>,
    pub(super) interactions: Interactions,
    pub(super) nonces: Nonces,
    pub(super) gateway: Gateway,
    pub(super) limits: Limits,
    pub(super) changes: u64,
    pub(super) ticks: broadcast::Sender<u64>,
}

/// A person or the bot.
pub(super) struct User {
    pub(super) id: u64,
    pub(super) name: String,
    /// What the user is called in the guild instead.
    pub(super) nick: Option<String>,
    pub(super) bot: bool,
    pub(super) roles: Vec<u64>,
    pub(super) joined_ms: u64,
    /// Still in the guild.
    pub(super) member: bool,
}

pub(super) struct Role {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) position: usize,
}

/// A text channel (type 0), a direct-message channel (1), or a thread (11, 12).
pub(super) struct Channel {
    pub(super) id: u64,
    pub(super) kind: u8,
    pub(super) name: String,
    pub(super) topic: Option<String>,
    pub(super) parent: Option<u64>,
    pub(super) position: usize,
    /// In the order of their ids.
    pub(super) messages: VecDeque<Message>,
    pub(super) last_message: Option<u64>,
    pub(super) last_pin_ms: Option<u64>,
    /// The human end of a direct-message channel.
    pub(super) recipient: Option<u64>,
    /// Permissions the bot is denied here by an overwrite.
    pub(super) bot_denied: u64,
    pub(super) thread: Option<Thread>,
}

pub(super) struct Thread {
    pub(super) owner: u64,
    pub(super) archived: bool,
    pub(super) locked: bool,
    pub(super) invitable: bool,
    pub(super) archive_ms: u64,
    pub(super) created_ms: u64,
    /// Minutes: 60, 1440, 4320 or 10080.
    pub(super) auto_archive: u64,
    pub(super) rate_limit: u64,
    /// User id → joined at, unix milliseconds.
    pub(super) members: BTreeMap<u64, u64>,
    pub(super) message_count: u64,
    pub(super) total_sent: u64,
}

#[derive(Clone, Default)]
pub(super) struct Message {
    pub(super) id: u64,
    pub(super) channel: u64,
    pub(super) author: u64,
    pub(super) kind: u8,
    pub(super) content: String,
    pub(super) embeds: Vec<Value>,
    pub(super) components: Vec<Value>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) reactions: Vec<Reaction>,
    pub(super) reference: Option<Reference>,
    pub(super) nonce: Option<Value>,
    pub(super) flags: u64,
    pub(super) tts: bool,
    pub(super) pinned_ms: Option<u64>,
    pub(super) edited_ms: Option<u64>,
    /// Users who are pinged.
    pub(super) mentions: Vec<u64>,
    pub(super) mention_roles: Vec<u64>,
    pub(super) mention_everyone: bool,
    /// The interaction this message answers.
    pub(super) origin: Option<Origin>,
    pub(super) deleted: bool,
}

#[derive(Clone)]
pub(super) struct Attachment {
    pub(super) id: u64,
    pub(super) filename: String,
    pub(super) content_type: String,
    pub(super) description: Option<String>,
    pub(super) size: usize,
}

/// The bytes behind an attachment.
pub(super) struct Stored {
    pub(super) content_type: String,
    pub(super) bytes: Bytes,
}

#[derive(Clone)]
pub(super) struct Reaction {
    /// The character itself, or `name:id` of a custom emoji.
    pub(super) emoji: String,
    pub(super) users: Vec<u64>,
}

#[derive(Clone, Copy)]
pub(super) struct Reference {
    pub(super) channel: u64,
    pub(super) message: Option<u64>,
}

/// A registered application command: what the client sent, and its id.
#[derive(Clone)]
pub(super) struct Command {
    pub(super) id: u64,
    pub(super) version: u64,
    pub(super) body: Value,
}

pub(super) const TEXT: u8 = 0;
pub(super) const DIRECT: u8 = 1;
pub(super) const PUBLIC_THREAD: u8 = 11;
pub(super) const PRIVATE_THREAD: u8 = 12;

impl User {
    /// What the others see.
    pub(super) fn shown(&self) -> &str {
        self.nick.as_deref().unwrap_or(&self.name)
    }
}

impl Channel {
    pub(super) fn is_direct(&self) -> bool {
        self.kind == DIRECT
    }

    pub(super) fn position_of(&self, id: u64) -> Option<usize> {
        self.messages.binary_search_by_key(&id, |m| m.id).ok().filter(|at| !self.messages[*at].deleted)
    }

    pub(super) fn message(&self, id: u64) -> Option<&Message> {
        self.position_of(id).map(|at| &self.messages[at])
    }

    pub(super) fn message_mut(&mut self, id: u64) -> Option<&mut Message> {
        self.position_of(id).map(|at| &mut self.messages[at])
    }
}

impl World {
    pub(super) fn now_ms(&self) -> u64 {
        (self.options.now_ms)()
    }

    pub(super) fn new_id(&mut self) -> u64 {
        let now = self.now_ms();
        self.ids.next(now)
    }

    /// Tells whoever watches that something changed.
    pub(super) fn tick(&mut self) {
        self.changes += 1;
        // Fails only when nobody watches.
        let _ = self.ticks.send(self.changes);
    }

    pub(super) fn channel(&self, id: u64) -> Result<&Channel, Refusal> {
        self.channels.get(&id).ok_or(refusal::UNKNOWN_CHANNEL)
    }

    pub(super) fn channel_mut(&mut self, id: u64) -> Result<&mut Channel, Refusal> {
        self.channels.get_mut(&id).ok_or(refusal::UNKNOWN_CHANNEL)
    }

    pub(super) fn message_of(&self, channel: u64, message: u64) -> Result<&Message, Refusal> {
        self.channel(channel)?.message(message).ok_or(refusal::UNKNOWN_MESSAGE)
    }

    /// What the bot may do in a channel; a thread's permissions are its parent's.
    pub(super) fn bot_permissions_in(&self, channel: &Channel) -> u64 {
        if channel.is_direct() || self.bot_permissions & permission::ADMINISTRATOR != 0 {
            return u64::MAX >> 11;
        }
        let parent = channel.parent.and_then(|p| self.channels.get(&p)).unwrap_or(channel);
        self.bot_permissions & !parent.bot_denied
    }

    /// Refuses when the bot cannot see the channel or lacks any of `bits` in it.
    pub(super) fn allow(&self, channel: u64, bits: u64) -> Result<&Channel, Refusal> {
        let channel = self.channel(channel)?;
        let has = self.bot_permissions_in(channel);
        if has & permission::VIEW_CHANNEL == 0 {
            return Err(refusal::MISSING_ACCESS);
        }
        if has & bits != bits {
            return Err(refusal::MISSING_PERMISSIONS);
        }
        Ok(channel)
    }

    /// Stores a file and returns its attachment.
    pub(super) fn attach(
        &mut self,
        filename: String,
        content_type: String,
        bytes: Bytes,
        description: Option<String>,
    ) -> Attachment {
        let id = self.new_id();
        let size = bytes.len();
        self.files.insert(id, Stored { content_type: content_type.clone(), bytes });
        Attachment { id, filename, content_type, description, size }
    }

    /// Appends a message to its channel, with everything Discord does along: an archived thread opens, the author
    /// joins it, counters move, events go out. The caller has checked that it may. Returns the message's id.
    pub(super) fn post(&mut self, mut message: Message) -> u64 {
        let now = self.now_ms();
        if message.id == 0 {
            message.id = self.ids.next(now);
        }
        let (id, channel_id, author) = (message.id, message.channel, message.author);
        self.unarchive(channel_id);
        let keep = self.options.keep_messages;
        let Some(channel) = self.channels.get_mut(&channel_id) else { return id };
        channel.last_message = Some(id);
        if let Some(thread) = &mut channel.thread {
            thread.members.entry(author).or_insert(now);
            for user in &message.mentions {
                thread.members.entry(*user).or_insert(now);
            }
            if message.kind != super::kind::THREAD_STARTER {
                thread.message_count += 1;
                thread.total_sent += 1;
            }
        }
        channel.messages.push_back(message);
        let mut forgotten = Vec::new();
        while keep.is_some_and(|keep| channel.messages.len() > keep.max(1)) {
            forgotten.extend(channel.messages.pop_front().map(|m| m.attachments).unwrap_or_default());
        }
        for attachment in forgotten {
            self.files.remove(&attachment.id);
        }
        self.message_event("MESSAGE_CREATE", channel_id, id);
        self.tick();
        id
    }

    /// Changes a message in place, marks it edited when `edited`, and sends the update event.
    pub(super) fn change(&mut self, channel: u64, message: u64, edited: bool, how: impl FnOnce(&mut Message)) {
        let now = self.now_ms();
        let found = self.channels.get_mut(&channel).and_then(|c| c.message_mut(message));
        let Some(found) = found else { return };
        how(found);
        if edited {
            found.edited_ms = Some(now);
        }
        self.message_event("MESSAGE_UPDATE", channel, message);
        self.tick();
    }

    /// Deletes a message; it stays known to the views, marked as deleted.
    pub(super) fn remove(&mut self, channel_id: u64, message: u64) -> Result<(), Refusal> {
        let channel = self.channel_mut(channel_id)?;
        channel.message_mut(message).ok_or(refusal::UNKNOWN_MESSAGE)?.deleted = true;
        if let Some(thread) = &mut channel.thread {
            thread.message_count = thread.message_count.saturating_sub(1);
        }
        self.deletion_event(channel_id, message);
        self.tick();
        Ok(())
    }

    /// Adds or takes away one user's reaction. Returns whether anything changed.
    pub(super) fn react(&mut self, user: u64, channel: u64, message: u64, emoji: &str, add: bool) -> bool {
        let found = self.channels.get_mut(&channel).and_then(|c| c.message_mut(message));
        let Some(found) = found else { return false };
        let changed = match found.reactions.iter_mut().find(|r| r.emoji == emoji) {
            Some(reaction) if add == reaction.users.contains(&user) => false,
            Some(reaction) if add => {
                reaction.users.push(user);
                true
            }
            Some(reaction) => {
                reaction.users.retain(|u| *u != user);
                true
            }
            None if add => {
                found.reactions.push(Reaction { emoji: emoji.to_owned(), users: vec![user] });
                true
            }
            None => false,
        };
        if changed {
            found.reactions.retain(|r| !r.users.is_empty());
            self.reaction_event(user, channel, message, emoji, add);
            self.tick();
        }
        changed
    }
}
