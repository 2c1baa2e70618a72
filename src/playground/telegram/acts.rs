//! What people do: write, edit, delete, react and press buttons.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde_json::{Value, json};

use super::entities::{self, LONGEST_CAPTION, LONGEST_TEXT};
use super::files::kind_of;
use super::html::Formatted;
use super::members::Member;
use super::views::CallbackAnswer;
use super::world::{Callback, ChatKey, Message, World};
use super::{GROUP_ANONYMOUS_BOT, Telegram, keyboard};

/// What somebody writes.
#[derive(Debug, Clone, Default)]
pub struct Say {
    /// The text, or the caption of a file.
    pub text: String,
    /// Entities the client adds, such as `text_mention` with a user's id; commands, mentions and addresses are found.
    pub entities: Vec<Value>,
    /// The message it answers.
    pub reply_to: Option<i64>,
    /// The part of that message it quotes.
    pub quote: Option<String>,
    /// A file, which becomes a photo, a voice message and so on by its media type.
    pub file: Option<File>,
    /// Whether the file is sent as a file whatever it is.
    pub as_document: bool,
    /// The album it belongs to.
    pub media_group: Option<String>,
    /// Laid over the message's JSON; a null takes a field away.
    pub raw: Option<Value>,
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

impl From<File> for Say {
    fn from(file: File) -> Self {
        Self { file: Some(file), ..Self::default() }
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

impl Telegram {
    /// Writes into a topic, or into General without one; returns the message's id.
    ///
    /// # Errors
    /// What the client would not let the user do: write into a missing or closed topic, write nothing or too much.
    pub fn say(&self, user: i64, forum: i64, topic: Option<i64>, say: impl Into<Say>) -> Result<i64, String> {
        self.world().say((forum, 0), user, false, topic, say.into())
    }

    /// Writes as the group, as administrators do who remain anonymous.
    ///
    /// # Errors
    /// As [`Telegram::say`].
    pub fn say_anonymously(&self, forum: i64, topic: Option<i64>, say: impl Into<Say>) -> Result<i64, String> {
        self.world().say((forum, 0), GROUP_ANONYMOUS_BOT, true, topic, say.into())
    }

    /// Writes to the first bot in private, which opens the chat.
    ///
    /// # Errors
    /// As [`Telegram::say`].
    pub fn say_privately(&self, user: i64, say: impl Into<Say>) -> Result<i64, String> {
        self.open_private(user);
        self.world().say((user, self.bot_id()), user, false, None, say.into())
    }

    /// Sends several files as one album, whose first message carries the caption; returns the messages' ids.
    ///
    /// # Errors
    /// As [`Telegram::say`], and unless it is 2 to 10 files.
    pub fn album(
        &self,
        user: i64,
        forum: i64,
        topic: Option<i64>,
        files: Vec<File>,
        caption: &str,
    ) -> Result<Vec<i64>, String> {
        if !(2..=10).contains(&files.len()) {
            return Err("an album has 2 to 10 files".to_owned());
        }
        let mut world = self.world();
        let group = world.unique().to_string();
        let mut sent = Vec::new();
        for (at, file) in files.into_iter().enumerate() {
            let text = if at == 0 { caption.to_owned() } else { String::new() };
            let say = Say { text, file: Some(file), media_group: Some(group.clone()), ..Say::default() };
            sent.push(world.say((forum, 0), user, false, topic, say)?);
        }
        Ok(sent)
    }

    /// Edits one's own message, or the caption of a file.
    ///
    /// # Errors
    /// When it is not the user's, is gone, or nothing changes.
    pub fn edit(&self, user: i64, forum: i64, message: i64, text: &str) -> Result<(), String> {
        let mut world = self.world();
        let mut entities = Vec::new();
        world.complete(text, &mut entities);
        let now = world.now();
        let found = world.group_mut(forum)?.message_mut(message).ok_or("the message is gone")?;
        if found.author != user {
            return Err("another's message".to_owned());
        }
        if found.text == text {
            return Err("nothing to change".to_owned());
        }
        text.clone_into(&mut found.text);
        found.entities = entities;
        found.edited = Some(now);
        world.announce((forum, 0), message, true);
        Ok(())
    }

    /// Deletes a message; no update tells of it.
    pub fn delete(&self, forum: i64, message: i64) {
        let mut world = self.world();
        if let Some(found) = world.group_mut(forum).ok().and_then(|c| c.message_mut(message)) {
            found.deleted = true;
        }
        world.tick();
    }

    /// Puts (`add`) or takes away a reaction.
    ///
    /// # Errors
    /// When the message is gone or nothing would change.
    pub fn react(&self, user: i64, forum: i64, message: i64, emoji: &str, add: bool) -> Result<(), String> {
        let mut world = self.world();
        member(&world, forum, user)?;
        let found = world.group(forum)?.message(message).ok_or("the message is gone")?;
        let of = |m: &Message| -> Vec<String> {
            m.reactions.iter().filter(|(_, users)| users.contains(&user)).map(|(emoji, _)| emoji.clone()).collect()
        };
        let old = of(found);
        if old.iter().any(|e| e == emoji) == add {
            return Err("nothing to change".to_owned());
        }
        let mut new = old.clone();
        if add {
            new.push(emoji.to_owned());
        } else {
            new.retain(|e| e != emoji);
        }
        world.set_reactions((forum, 0), message, user, &new);
        world.announce_reaction((forum, 0), message, user, &old, &new);
        Ok(())
    }

    /// Presses a button; returns the id of the callback query.
    ///
    /// # Errors
    /// When the message is gone, no bot's, or has no button with this data.
    pub fn click(&self, user: i64, forum: i64, message: i64, data: &str) -> Result<String, String> {
        let mut world = self.world();
        member(&world, forum, user)?;
        world.click((forum, 0), user, message, data, false)
    }

    /// Presses a button of a message too old for the bot to be shown, which hears of it with the date 0.
    ///
    /// # Errors
    /// As [`Telegram::click`].
    pub fn click_old(&self, user: i64, forum: i64, message: i64, data: &str) -> Result<String, String> {
        let mut world = self.world();
        member(&world, forum, user)?;
        world.click((forum, 0), user, message, data, true)
    }

    /// Presses a button in the private chat with the first bot; returns the id of the callback query.
    ///
    /// # Errors
    /// As [`Telegram::click`].
    pub fn click_privately(&self, user: i64, message: i64, data: &str) -> Result<String, String> {
        let bot = self.bot_id();
        self.world().click((user, bot), user, message, data, false)
    }

    /// Waits for the bot's answer to a press, at most as long as `patience`.
    pub async fn answer(&self, callback: &str, patience: Duration) -> Option<CallbackAnswer> {
        let id: u64 = callback.parse().ok()?;
        let until = tokio::time::Instant::now() + patience;
        loop {
            let answer = self.world().callbacks.get(&id)?.answer.clone();
            if answer.is_some() || tokio::time::Instant::now() >= until {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn member(world: &World, forum: i64, user: i64) -> Result<(), String> {
    if world.group(forum)?.standing(user).is_in() { Ok(()) } else { Err("not a member".to_owned()) }
}

impl World {
    fn say(&mut self, key: ChatKey, user: i64, anonymous: bool, topic: Option<i64>, say: Say) -> Result<i64, String> {
        let chat = self.chats.get(&key).ok_or("no such chat")?;
        if !chat.is_private() && !anonymous && !matches!(chat.standing(user), Member::Person { .. }) {
            return Err("not a member".to_owned());
        }
        if let Some(id) = topic {
            let found = chat.topic(id).filter(|_| chat.is_forum).ok_or("no such topic")?;
            if found.closed && !anonymous && !chat.standing(user).is_admin() {
                return Err("the topic is closed".to_owned());
            }
        }
        let answered = say.reply_to.map(|id| chat.message(id).ok_or("the message answered is gone")).transpose()?;
        let quote = match (&say.quote, answered) {
            (Some(quote), Some(answered)) => {
                let at = answered.text.find(quote.as_str()).ok_or("the quote is not in the message")?;
                let position = entities::units(&answered.text[..at]);
                Some(json!({ "text": quote, "position": position, "is_manual": true }))
            }
            _ => None,
        };
        let mut written = Formatted { text: say.text, entities: say.entities, sloppy: None };
        entities::trim(&mut written);
        let empty = written.text.is_empty() && say.file.is_none() && say.raw.is_none();
        let most = if say.file.is_some() { LONGEST_CAPTION } else { LONGEST_TEXT };
        if empty || entities::units(&written.text) > most {
            return Err("an empty or too long message".to_owned());
        }
        self.complete(&written.text, &mut written.entities);
        let media = say.file.map(|file| {
            let kind = if say.as_document { "document" } else { kind_of(&file.content_type) };
            let index = self.store(&file.name, &file.content_type, Bytes::from(file.bytes));
            self.media(kind, index, |_| Value::Null)
        });
        let raw = match say.raw {
            Some(Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        let message = Message {
            topic,
            author: user,
            anonymous,
            text: written.text,
            entities: written.entities,
            media,
            media_group: say.media_group,
            reply_to: say.reply_to,
            quote,
            raw,
            ..Message::default()
        };
        let id = self.put(key, message);
        self.announce(key, id, false);
        Ok(id)
    }

    fn click(&mut self, key: ChatKey, user: i64, message: i64, data: &str, old: bool) -> Result<String, String> {
        let found = self.chats.get(&key).and_then(|c| c.message(message)).ok_or("the message is gone")?;
        let bot = found.author;
        let offered = found.markup.as_ref().map(keyboard::data).unwrap_or_default();
        if !offered.contains(&data) {
            return Err(format!("no button {data}, only {offered:?}"));
        }
        let id = 4_611_686_018_427_000_000 + self.unique();
        let callback =
            Callback { bot, user, chat: key.0, message, data: data.to_owned(), at: Instant::now(), answer: None };
        self.callbacks.insert(id, callback);
        let inaccessible = json!({ "chat": self.chat_json(key), "message_id": message, "date": 0 });
        let query = json!({
            "id": id.to_string(),
            "from": self.user_json(user),
            "message": if old { inaccessible } else { self.message_json(key, message, bot) },
            "chat_instance": format!("-{}", key.0.unsigned_abs() * 3 + 11),
            "data": data,
        });
        self.push_update(bot, "callback_query", query);
        Ok(id.to_string())
    }

    /// Replaces the reactions of one user on a message.
    pub(super) fn set_reactions(&mut self, key: ChatKey, message: i64, user: i64, new: &[String]) {
        let Some(found) = self.chats.get_mut(&key).and_then(|c| c.message_mut(message)) else { return };
        for (_, users) in &mut found.reactions {
            users.retain(|u| *u != user);
        }
        for emoji in new {
            match found.reactions.iter_mut().find(|(known, _)| known == emoji) {
                Some((_, users)) => users.push(user),
                None => found.reactions.push((emoji.clone(), vec![user])),
            }
        }
        found.reactions.retain(|(_, users)| !users.is_empty());
    }
}
