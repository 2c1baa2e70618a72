//! People, chats and messages as Telegram writes them.

use serde_json::{Map, Value, json};

use super::entities::without_nulls;
use super::world::{Chat, ChatKey, Media, Message, World};

impl World {
    pub(super) fn user_json(&self, id: i64) -> Value {
        let Some(user) = self.users.get(&id) else {
            return json!({ "id": id, "is_bot": false, "first_name": "Deleted Account" });
        };
        without_nulls(json!({
            "id": user.id,
            "is_bot": user.is_bot,
            "first_name": user.name,
            "username": user.username,
            "language_code": (!user.is_bot).then_some("en"),
        }))
    }

    pub(super) fn chat_json(&self, key: ChatKey) -> Value {
        let Some(chat) = self.chats.get(&key) else { return json!({ "id": key.0, "type": "private" }) };
        if chat.is_private() {
            let user = self.user_json(chat.id);
            return without_nulls(json!({
                "id": chat.id, "type": "private", "first_name": user["first_name"], "username": user["username"],
            }));
        }
        without_nulls(json!({
            "id": chat.id, "type": "supergroup", "title": chat.title, "is_forum": chat.is_forum.then_some(true),
        }))
    }

    /// A message as `viewer`, a bot, is shown it; `Null` when there never was one.
    pub(super) fn message_json(&self, key: ChatKey, id: i64, viewer: i64) -> Value {
        let Some(chat) = self.chats.get(&key) else { return Value::Null };
        let Some(message) = chat.any_message(id) else { return Value::Null };
        let mut out = self.shallow(chat, message, viewer);
        let answered = message.reply_to.filter(|id| chat.message(*id).is_some());
        // In a topic, what answers nothing answers the message that made the topic.
        let answered = answered.or(message.topic.filter(|topic| *topic != id));
        if let Some(answered) = answered.and_then(|id| chat.any_message(id)) {
            out.insert("reply_to_message".to_owned(), Value::Object(self.shallow(chat, answered, viewer)));
        }
        for (field, value) in &message.raw {
            if value.is_null() {
                out.remove(field);
            } else {
                out.insert(field.clone(), value.clone());
            }
        }
        Value::Object(out)
    }

    /// A message without what it answers.
    fn shallow(&self, chat: &Chat, message: &Message, viewer: i64) -> Map<String, Value> {
        let mut out = Map::new();
        let mut set = |field: &str, value: Value| {
            if !value.is_null() {
                out.insert(field.to_owned(), value);
            }
        };
        set("message_id", message.id.into());
        set("from", self.user_json(message.author));
        if message.anonymous {
            set("sender_chat", self.chat_json(chat.key()));
        }
        set("date", message.date.into());
        set("chat", self.chat_json(chat.key()));
        if let Some(topic) = message.topic {
            set("message_thread_id", topic.into());
            set("is_topic_message", true.into());
        } else if !chat.is_private()
            && let Some(root) = message.reply_to
        {
            // In General and in plain groups a chain of replies is a thread, which is no topic.
            set("message_thread_id", root_of(chat, root).into());
        }
        set("edit_date", message.edited.map_or(Value::Null, Value::from));
        set("media_group_id", message.media_group.clone().map_or(Value::Null, Value::from));
        set("quote", message.quote.clone().unwrap_or(Value::Null));
        let entities = if message.entities.is_empty() { Value::Null } else { message.entities.clone().into() };
        let has_text = !message.text.is_empty();
        if let Some(media) = &message.media {
            set(media.kind, self.media_json(media, viewer));
            if has_text {
                set("caption", message.text.clone().into());
                set("caption_entities", entities);
            }
        } else if has_text {
            set("text", message.text.clone().into());
            set("entities", entities);
        }
        if let Some((field, value)) = &message.service {
            let value = match *field {
                "pinned_message" => {
                    let pinned = value.as_i64().and_then(|id| chat.message(id));
                    pinned.map_or(Value::Null, |m| Value::Object(self.shallow(chat, m, viewer)))
                }
                _ => value.clone(),
            };
            set(field, value);
        }
        set("reply_markup", message.markup.clone().unwrap_or(Value::Null));
        out
    }

    /// The object of what a message carries, with the ids by which `viewer` can fetch it.
    pub(super) fn media_json(&self, media: &Media, viewer: i64) -> Value {
        let mut object = media.about.clone();
        let Some((index, file)) = media.file.and_then(|at| Some((at, self.files.get(at)?))) else { return object };
        if let Some(fields) = object.as_object_mut() {
            fields.insert("file_id".to_owned(), file_id(viewer, index).into());
            fields.insert("file_unique_id".to_owned(), unique_id(index).into());
            fields.insert("file_size".to_owned(), file.bytes.len().into());
        }
        match media.kind {
            "photo" => {
                // The smallest and the largest size; the small one is a file of its own, which nobody fetches.
                let small = json!({
                    "file_id": format!("{}s", file_id(viewer, index)),
                    "file_unique_id": format!("{}s", unique_id(index)),
                    "width": 90, "height": 60, "file_size": 1_200,
                });
                json!([small, object])
            }
            _ => object,
        }
    }
}

impl Message {
    /// The field of a service message, empty for others.
    pub(super) fn service_kind(&self) -> &'static str {
        self.service.as_ref().map_or("", |(field, _)| field)
    }
}

/// The first message of a chain of replies.
fn root_of(chat: &Chat, mut id: i64) -> i64 {
    while let Some(before) = chat.any_message(id).and_then(|m| m.reply_to) {
        id = before;
    }
    id
}

/// A file's id for one bot.
pub(super) fn file_id(bot: i64, index: usize) -> String {
    format!("BQACAgIAAxkBAAI{bot:x}_{index:05}")
}

/// The index a file id of this bot stands for.
pub(super) fn file_index(bot: i64, id: &str) -> Option<usize> {
    let number = id.strip_prefix(&format!("BQACAgIAAxkBAAI{bot:x}_"))?;
    number.trim_end_matches('s').parse().ok()
}

fn unique_id(index: usize) -> String {
    format!("AgAD{index:05}")
}
