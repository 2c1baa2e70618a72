//! Topics: making, changing, closing and deleting them, each with its service message.

use serde_json::{Value, json};

use super::refusal::{self, Refusal};
use super::world::{Chat, ChatKey, Message, Topic, World};

impl World {
    /// Puts a message into a chat and returns its id; the bots are not told yet.
    pub(super) fn put(&mut self, key: ChatKey, mut message: Message) -> i64 {
        message.date = self.now();
        let Some(chat) = self.chats.get_mut(&key) else { return 0 };
        message.id = chat.next_message;
        chat.next_message += 1;
        let id = message.id;
        chat.messages.push(message);
        id
    }

    /// Puts a service message and tells the bots.
    pub(super) fn serve(&mut self, key: ChatKey, author: i64, topic: Option<i64>, field: &'static str, value: Value) {
        let id = self.put(key, Message { author, topic, service: Some((field, value)), ..Message::default() });
        self.announce(key, id, false);
    }

    pub(super) fn make_topic(&mut self, chat: i64, by: i64, name: &str, color: u32, icon: Option<String>) -> i64 {
        let key = (chat, 0);
        let mut about = json!({ "name": name, "icon_color": color });
        if let Some(icon) = &icon {
            about["icon_custom_emoji_id"] = icon.clone().into();
        }
        let service = Some(("forum_topic_created", about));
        let id = self.put(key, Message { author: by, service, ..Message::default() });
        if let Some(found) = self.chats.get_mut(&key) {
            if let Some(message) = found.message_mut(id) {
                message.topic = Some(id);
            }
            let name = name.to_owned();
            let topic = Topic { id, name, color, icon, creator: by, closed: false, deleted: false };
            found.topics.insert(id, topic);
        }
        self.announce(key, id, false);
        id
    }

    /// Changes a topic's name or icon; an empty icon takes it away.
    ///
    /// # Errors
    /// When there is no such topic or nothing changes.
    pub(super) fn edit_topic(
        &mut self,
        chat: i64,
        by: i64,
        topic: i64,
        name: Option<&str>,
        icon: Option<&str>,
    ) -> Result<(), Refusal> {
        let found = self.topic_mut(chat, topic)?;
        let new_name = name.filter(|name| *name != found.name);
        let new_icon = icon.filter(|icon| *icon != found.icon.as_deref().unwrap_or_default());
        if new_name.is_none() && new_icon.is_none() {
            return Err(refusal::TOPIC_NOT_MODIFIED);
        }
        let mut about = json!({});
        if let Some(name) = new_name {
            name.clone_into(&mut found.name);
            about["name"] = name.into();
        }
        if let Some(icon) = new_icon {
            found.icon = Some(icon.to_owned()).filter(|icon| !icon.is_empty());
            about["icon_custom_emoji_id"] = icon.into();
        }
        self.serve((chat, 0), by, Some(topic), "forum_topic_edited", about);
        Ok(())
    }

    /// Closes or reopens a topic.
    ///
    /// # Errors
    /// When there is no such topic or it is so already.
    pub(super) fn set_closed(&mut self, chat: i64, by: i64, topic: i64, closed: bool) -> Result<(), Refusal> {
        let found = self.topic_mut(chat, topic)?;
        if found.closed == closed {
            return Err(refusal::TOPIC_NOT_MODIFIED);
        }
        found.closed = closed;
        let field = if closed { "forum_topic_closed" } else { "forum_topic_reopened" };
        self.serve((chat, 0), by, Some(topic), field, json!({}));
        Ok(())
    }

    /// Deletes a topic with its messages; nobody is told.
    ///
    /// # Errors
    /// When there is no such topic.
    pub(super) fn drop_topic(&mut self, chat: i64, topic: i64) -> Result<(), Refusal> {
        self.topic_mut(chat, topic)?.deleted = true;
        let messages = self.chats.get_mut(&(chat, 0)).into_iter().flat_map(|c| &mut c.messages);
        for message in messages.filter(|m| m.topic == Some(topic)) {
            message.deleted = true;
        }
        self.tick();
        Ok(())
    }

    fn topic_mut(&mut self, chat: i64, topic: i64) -> Result<&mut Topic, Refusal> {
        self.chats.get_mut(&(chat, 0)).and_then(|c| c.topic_mut(topic)).ok_or(refusal::NO_TOPIC)
    }
}

impl Chat {
    /// The topic a message would go to.
    ///
    /// # Errors
    /// When there is none, or it is closed and the author no administrator.
    pub(super) fn open_topic(&self, topic: Option<i64>, author: i64) -> Result<Option<i64>, Refusal> {
        let Some(id) = topic else { return Ok(None) };
        let found = self.topic(id).filter(|_| self.is_forum).ok_or(refusal::NO_THREAD)?;
        if found.closed && !self.standing(author).is_admin() && found.creator != author {
            return Err(refusal::TOPIC_CLOSED);
        }
        Ok(Some(id))
    }
}
