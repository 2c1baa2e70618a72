//! Building the guild, and what human members do in it.

use axum::body::Bytes;

use super::check::Mentions;
use super::world::{Message, PUBLIC_THREAD, Reference, World};
use super::{Discord, kind};

/// What somebody writes.
#[derive(Debug, Clone, Default)]
pub struct Say {
    /// The text, at most 2000 characters.
    pub text: String,
    /// The message it replies to, in the same channel.
    pub reply_to: Option<u64>,
    /// Files sent along.
    pub files: Vec<File>,
}

impl From<&str> for Say {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }
}

impl From<String> for Say {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

/// A file somebody sends.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Discord {
    /// Adds a text channel; returns its id.
    pub fn add_channel(&self, name: &str) -> u64 {
        self.world().new_channel(name)
    }

    /// Sets what the bot's role allows, as a bit set of [`super::permission`].
    pub fn set_bot_permissions(&self, bits: u64) {
        let mut world = self.world();
        world.bot_permissions = bits;
        world.tick();
    }

    /// Denies the bot these permissions in one channel and its threads.
    pub fn deny_bot(&self, channel: u64, bits: u64) {
        let mut world = self.world();
        if let Some(found) = world.channels.get_mut(&channel) {
            found.bot_denied = bits;
        }
        world.channel_event("CHANNEL_UPDATE", channel);
        world.tick();
    }

    /// The direct-message channel between a user and the bot, opened if need be.
    pub fn dm(&self, user: u64) -> u64 {
        self.world().direct_channel(user)
    }

    /// Writes a message; an archived thread opens. Returns its id.
    ///
    /// # Errors
    /// What the client would not let the user do: write into a missing or locked channel, write nothing or too much.
    pub fn say(&self, user: u64, channel: u64, say: impl Into<Say>) -> Result<u64, String> {
        let say = say.into();
        let mut world = self.world();
        let locked = may_write(&world, user, channel)?;
        if locked {
            return Err("the thread is locked".to_owned());
        }
        if say.text.trim().is_empty() && say.files.is_empty() {
            return Err("an empty message".to_owned());
        }
        if say.text.chars().count() > 2000 {
            return Err("more than 2000 characters".to_owned());
        }
        if let Some(reply) = say.reply_to {
            world.message_of(channel, reply).map_err(|_| "the message replied to is gone".to_owned())?;
        }
        let attachments =
            say.files.into_iter().map(|f| world.attach(f.name, f.content_type, Bytes::from(f.bytes), None)).collect();
        let text = say.text.trim().to_owned();
        let mut pings = world.pings(&text, &Mentions::default());
        if let Some(author) = say.reply_to.and_then(|r| world.message_of(channel, r).ok()).map(|m| m.author)
            && !pings.users.contains(&author)
        {
            pings.users.push(author);
        }
        Ok(world.post(Message {
            channel,
            author: user,
            kind: if say.reply_to.is_some() { kind::REPLY } else { kind::DEFAULT },
            content: text,
            attachments,
            reference: say.reply_to.map(|message| Reference { channel, message: Some(message) }),
            mentions: pings.users,
            mention_roles: pings.roles,
            mention_everyone: pings.everyone,
            ..Message::default()
        }))
    }

    /// Edits one's own message.
    ///
    /// # Errors
    /// When it is not the user's, is gone, or the thread is archived.
    pub fn edit(&self, user: u64, channel: u64, message: u64, text: &str) -> Result<(), String> {
        let mut world = self.world();
        member(&world, user)?;
        own(&world, user, channel, message)?;
        open(&world, channel)?;
        let pings = world.pings(text, &Mentions::default());
        world.change(channel, message, true, |m| {
            text.clone_into(&mut m.content);
            m.mentions = pings.users;
            m.mention_roles = pings.roles;
        });
        Ok(())
    }

    /// Deletes a message; people here may delete each other's, as moderators do.
    ///
    /// # Errors
    /// When it is gone.
    pub fn delete(&self, channel: u64, message: u64) -> Result<(), String> {
        self.world().remove(channel, message).map_err(|e| e.message.to_owned())
    }

    /// Deletes several messages at once (MESSAGE_DELETE_BULK).
    pub fn delete_bulk(&self, channel: u64, messages: &[u64]) {
        let mut world = self.world();
        if let Some(found) = world.channels.get_mut(&channel) {
            for id in messages {
                if let Some(message) = found.message_mut(*id) {
                    message.deleted = true;
                }
            }
        }
        world.bulk_deletion_event(channel, messages);
        world.tick();
    }

    /// Puts (`add`) or takes away a reaction.
    ///
    /// # Errors
    /// When the message is gone or nothing would change.
    pub fn react(&self, user: u64, channel: u64, message: u64, emoji: &str, add: bool) -> Result<(), String> {
        let mut world = self.world();
        member(&world, user)?;
        world.message_of(channel, message).map_err(|e| e.message.to_owned())?;
        open(&world, channel)?;
        if world.react(user, channel, message, emoji, add) { Ok(()) } else { Err("nothing to change".to_owned()) }
    }

    /// Shows that a member is typing.
    pub fn typing(&self, user: u64, channel: u64) {
        let mut world = self.world();
        if member(&world, user).is_ok() {
            world.typing_event(user, channel);
        }
    }

    /// Starts a public thread, on a message or of its own; returns its id.
    ///
    /// # Errors
    /// When the channel or message is gone or the message has a thread.
    pub fn start_thread(&self, user: u64, channel: u64, message: Option<u64>, name: &str) -> Result<u64, String> {
        let mut world = self.world();
        may_write(&world, user, channel)?;
        match message {
            None => Ok(world.start_thread(user, channel, PUBLIC_THREAD, name.to_owned(), 4320)),
            Some(message) => {
                world.message_of(channel, message).map_err(|e| e.message.to_owned())?;
                if world.channels.contains_key(&message) {
                    return Err("the message has a thread".to_owned());
                }
                world.start_thread_from(user, channel, message, name.to_owned(), 4320);
                Ok(message)
            }
        }
    }

    /// Sets whether a thread is archived and locked, as moderators do.
    ///
    /// # Errors
    /// When there is no such thread, or the user is no member.
    pub fn archive(&self, user: u64, thread: u64, archived: bool, locked: bool) -> Result<(), String> {
        self.edit_thread(user, thread, Some(archived), Some(locked), None)
    }

    /// Renames a thread, which leaves a system message.
    ///
    /// # Errors
    /// When there is no such thread or it is archived.
    pub fn rename(&self, user: u64, thread: u64, name: &str) -> Result<(), String> {
        open(&self.world(), thread)?;
        self.edit_thread(user, thread, None, None, Some(name))
    }

    fn edit_thread(
        &self,
        user: u64,
        thread: u64,
        archived: Option<bool>,
        locked: Option<bool>,
        name: Option<&str>,
    ) -> Result<(), String> {
        let mut world = self.world();
        member(&world, user)?;
        let known = world.channels.get(&thread).is_some_and(|c| c.thread.is_some());
        if !known {
            return Err("no such thread".to_owned());
        }
        world.edit_thread(user, thread, archived, locked, name);
        world.channel_event("THREAD_UPDATE", thread);
        world.tick();
        Ok(())
    }

    /// Deletes a thread, or a channel with its threads.
    ///
    /// # Errors
    /// When there is none.
    pub fn delete_channel(&self, channel: u64) -> Result<(), String> {
        self.world().drop_channel(channel).map(|_| ()).ok_or_else(|| "no such channel".to_owned())
    }

    /// Sends a file up, to be used as the value of a command's attachment option; returns its id.
    pub fn upload(&self, file: File) -> u64 {
        self.world().attach(file.name, file.content_type, Bytes::from(file.bytes), None).id
    }
}

/// Whether the channel's thread is both archived and locked.
///
/// # Errors
/// When the user is no member or the channel is gone.
pub(super) fn may_write(world: &World, user: u64, channel: u64) -> Result<bool, String> {
    member(world, user)?;
    let channel = world.channels.get(&channel).ok_or("no such channel")?;
    Ok(channel.thread.as_ref().is_some_and(|t| t.archived && t.locked))
}

fn member(world: &World, user: u64) -> Result<(), String> {
    if world.users.get(&user).is_some_and(|u| u.member) { Ok(()) } else { Err("not a member".to_owned()) }
}

fn own(world: &World, user: u64, channel: u64, message: u64) -> Result<(), String> {
    match world.message_of(channel, message) {
        Ok(found) if found.author == user => Ok(()),
        Ok(_) => Err("another's message".to_owned()),
        Err(refusal) => Err(refusal.message.to_owned()),
    }
}

fn open(world: &World, channel: u64) -> Result<(), String> {
    let archived = world.channels.get(&channel).and_then(|c| c.thread.as_ref()).is_some_and(|t| t.archived);
    if archived { Err("the thread is archived".to_owned()) } else { Ok(()) }
}
