//! How channels and threads come to be and change, whoever does it.

use std::collections::{BTreeMap, VecDeque};

use super::world::{Channel, DIRECT, Message, PUBLIC_THREAD, Reference, TEXT, Thread, World};
use super::{flag, kind};

impl World {
    pub(super) fn new_channel(&mut self, name: &str) -> u64 {
        let id = self.new_id();
        let position = self.channels.values().filter(|c| c.kind == TEXT).count();
        self.channels.insert(id, Channel { position, ..channel(id, TEXT, name.to_owned()) });
        self.channel_event("CHANNEL_CREATE", id);
        self.tick();
        id
    }

    /// The direct-message channel between the bot and a user.
    pub(super) fn direct_channel(&mut self, user: u64) -> u64 {
        if let Some(found) = self.channels.values().find(|c| c.recipient == Some(user)) {
            return found.id;
        }
        let id = self.new_id();
        self.channels.insert(id, Channel { recipient: Some(user), ..channel(id, DIRECT, String::new()) });
        self.tick();
        id
    }

    /// Starts a thread on a message, whose id it takes; the thread's first message points at it.
    pub(super) fn start_thread_from(&mut self, user: u64, parent: u64, message: u64, name: String, minutes: u64) {
        self.insert_thread(message, user, parent, PUBLIC_THREAD, name, minutes);
        self.thread_created_event(message);
        self.change(parent, message, false, |m| m.flags |= flag::HAS_THREAD);
        self.post(Message {
            channel: message,
            author: user,
            kind: kind::THREAD_STARTER,
            reference: Some(Reference { channel: parent, message: Some(message) }),
            ..Message::default()
        });
    }

    /// Starts a thread of its own; a public one is announced in its channel.
    pub(super) fn start_thread(&mut self, user: u64, parent: u64, kind: u8, name: String, minutes: u64) -> u64 {
        let id = self.new_id();
        self.insert_thread(id, user, parent, kind, name.clone(), minutes);
        self.thread_created_event(id);
        if kind == PUBLIC_THREAD {
            self.post(Message {
                channel: parent,
                author: user,
                kind: super::kind::THREAD_CREATED,
                content: name,
                reference: Some(Reference { channel: id, message: None }),
                ..Message::default()
            });
        }
        self.tick();
        id
    }

    fn insert_thread(&mut self, id: u64, user: u64, parent: u64, kind: u8, name: String, minutes: u64) {
        let now = self.now_ms();
        let thread = Thread {
            owner: user,
            archived: false,
            locked: false,
            invitable: true,
            archive_ms: now,
            created_ms: now,
            auto_archive: minutes,
            rate_limit: 0,
            members: BTreeMap::from([(user, now)]),
            message_count: 0,
            total_sent: 0,
        };
        let made = Channel { parent: Some(parent), thread: Some(thread), ..channel(id, kind, name) };
        self.channels.insert(id, made);
        self.active_threads += 1;
    }

    /// Opens an archived thread, as a message sent into it does.
    pub(super) fn unarchive(&mut self, id: u64) {
        if self.set_archived(id, false) {
            self.channel_event("THREAD_UPDATE", id);
        }
    }

    /// Archives, opens, locks or renames a thread; a rename leaves a system message. Sends no THREAD_UPDATE.
    pub(super) fn edit_thread(
        &mut self,
        user: u64,
        id: u64,
        archived: Option<bool>,
        locked: Option<bool>,
        name: Option<&str>,
    ) {
        if archived == Some(false) {
            self.set_archived(id, false);
        }
        // Before the thread is archived, or the system message would open it again.
        let renamed = self.channels.get_mut(&id).filter(|c| c.thread.is_some()).zip(name);
        if let Some((channel, name)) = renamed.filter(|(c, n)| c.name != *n) {
            name.clone_into(&mut channel.name);
            self.post(Message {
                channel: id,
                author: user,
                kind: kind::CHANNEL_NAME_CHANGE,
                content: name.to_owned(),
                ..Message::default()
            });
        }
        if archived == Some(true) {
            self.set_archived(id, true);
        }
        if let Some(thread) = self.channels.get_mut(&id).and_then(|c| c.thread.as_mut()) {
            thread.locked = locked.unwrap_or(thread.locked);
        }
    }

    /// Returns whether that changed anything.
    fn set_archived(&mut self, id: u64, archived: bool) -> bool {
        let now = self.now_ms();
        let thread = self.channels.get_mut(&id).and_then(|c| c.thread.as_mut());
        let Some(thread) = thread.filter(|t| t.archived != archived) else { return false };
        thread.archived = archived;
        thread.archive_ms = now;
        if archived {
            self.active_threads -= 1;
        } else {
            self.active_threads += 1;
        }
        true
    }

    /// Makes a user a member of a thread; who is added by another is announced.
    pub(super) fn join_thread(&mut self, by: u64, id: u64, user: u64) {
        let now = self.now_ms();
        let Some(thread) = self.channels.get_mut(&id).and_then(|c| c.thread.as_mut()) else { return };
        if thread.members.insert(user, now).is_some() {
            return;
        }
        if by != user {
            self.post(Message {
                channel: id,
                author: by,
                kind: kind::RECIPIENT_ADD,
                mentions: vec![user],
                ..Message::default()
            });
        }
        self.tick();
    }
}

fn channel(id: u64, kind: u8, name: String) -> Channel {
    Channel {
        id,
        kind,
        name,
        topic: None,
        parent: None,
        position: 0,
        messages: VecDeque::new(),
        last_message: None,
        last_pin_ms: None,
        recipient: None,
        bot_denied: 0,
        thread: None,
    }
}
