//! The forums on Telegram beside the server: their General topics and topics as channels, their messages in the shape that
//! messages of Discord have on the board. A member who is on both sides is one person here, by their id on Discord.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::scene::{SHOWN, Scene};
use super::{Forums, Stage};
use crate::playground::telegram::{AttachmentView, ButtonView, ForumView, MessageView, TopicView, UserView};

mod acts;
mod text;

/// A forum's General topic, or another topic of it; on the page `tg<chat>` and `tg<chat>.<topic>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    chat: i64,
    topic: Option<i64>,
}

impl Spot {
    /// What an id of the page names, if it is one of Telegram's.
    pub(super) fn read(id: &str) -> Option<Self> {
        let id = id.strip_prefix("tg")?;
        let (chat, topic) = match id.split_once('.') {
            Some((chat, topic)) => (chat, Some(topic.parse().ok()?)),
            None => (id, None),
        };
        Some(Self { chat: chat.parse().ok()?, topic })
    }

    fn id(self) -> String {
        self.topic.map_or_else(|| format!("tg{}", self.chat), |topic| format!("tg{}.{topic}", self.chat))
    }
}

/// A button that was pressed on the page.
pub(super) struct Press {
    id: String,
    label: String,
    member: u64,
    spot: Spot,
}

impl Forums {
    /// Who somebody is in the forums.
    fn person(&self, member: u64) -> Option<i64> {
        self.people.iter().find(|(id, _)| *id == member).map(|(_, user)| *user)
    }
}

impl Stage {
    pub(super) fn draw_forums(&self, scene: &mut Scene, presses: &[Press]) {
        let Some(forums) = &self.inner.cast.forums else { return };
        let telegram = &forums.telegram;
        let commands: Vec<Value> = telegram
            .commands()
            .into_iter()
            .map(|(name, about)| json!({ "name": name, "description": about }))
            .collect();
        let people: Vec<String> = forums.people.iter().map(|(member, _)| member.to_string()).collect();
        scene.add("telegram".to_owned(), &json!({ "commands": commands, "people": people }));
        for forum in telegram.forums() {
            self.draw_forum(scene, forums, &forum);
        }
        let answers: HashMap<String, _> = telegram.callbacks().into_iter().map(|c| (c.id, c.answer)).collect();
        for press in presses {
            let answer = answers.get(&press.id).and_then(Option::as_ref);
            scene.add(
                format!("answer:tg{}", press.id),
                &json!({
                    "id": format!("tg{}", press.id),
                    "kind": "callback",
                    "member": press.member.to_string(),
                    "channel": press.spot.id(),
                    "label": press.label,
                    "pending": answer.is_none(),
                    "notice": answer.map(|a| a.text.as_str()),
                    "alert": answer.is_some_and(|a| a.show_alert),
                    "messages": [],
                }),
            );
        }
    }

    fn draw_forum(&self, scene: &mut Scene, forums: &Forums, forum: &ForumView) {
        let general = Spot { chat: forum.id, topic: None };
        let about = json!({ "id": general.id(), "kind": "forum", "name": "General", "title": forum.title });
        scene.add(format!("channel:{}", general.id()), &about);
        let topics = forums.telegram.topics(forum.id);
        for topic in topics.iter().filter(|topic| !topic.deleted) {
            let spot = Spot { topic: Some(topic.id), ..general };
            scene.add(format!("channel:{}", spot.id()), &topic_json(spot, general, forum, topic));
        }
        let mut shown: HashMap<Option<i64>, usize> = HashMap::new();
        for message in forums.telegram.all_messages(forum.id).iter().rev().filter(|m| !m.deleted) {
            let count = shown.entry(message.topic).or_default();
            *count += 1;
            if *count <= SHOWN {
                let spot = Spot { topic: message.topic, ..general };
                scene.add(format!("message:{}:{}", spot.id(), message.id), &self.forum_message(forums, spot, message));
            }
        }
    }

    /// A message in the shape of `message:<channel>:<id>`.
    fn forum_message(&self, forums: &Forums, spot: Spot, message: &MessageView) -> Value {
        let file = |(at, file): (usize, &AttachmentView)| {
            json!({
                "filename": file.name,
                "content_type": file.mime,
                "size": file.bytes.len(),
                "path": format!("/api/media/forum/{}/{}/{at}", spot.chat, message.id),
            })
        };
        let mut pings = Vec::new();
        for entity in &message.entities {
            pings.extend(self.called(forums, entity, &covered(message, entity)));
        }
        let called = |entity: &Value, text: &str| self.called(forums, entity, text).map(|id| format!("<@{id}>"));
        let mut content = text::markdown(&message.text, &message.entities, &called);
        if let Some(other) = &message.other {
            content = format!("{content}\n{}", in_words(other)).trim().to_owned();
        }
        let reactions = message.reactions.iter().map(|(emoji, users)| {
            let users: Vec<String> = users.iter().map(|user| self.member_of(forums, *user)).collect();
            json!({ "emoji": emoji, "users": users })
        });
        json!({
            "id": message.id.to_string(),
            "channel": spot.id(),
            "author": self.member_of(forums, message.author),
            "author_name": message.author_name,
            "kind": message.service.as_deref().map_or(json!(0), Value::from),
            "content": content,
            "raw": message.text,
            "embeds": [],
            "components": message.buttons.iter().map(|row| row_json(row)).collect::<Vec<_>>(),
            "attachments": message.attachments.iter().enumerate().map(file).collect::<Vec<_>>(),
            "reactions": reactions.collect::<Vec<_>>(),
            "reply_to": message.reply_to.map(|id| id.to_string()),
            "quote": message.quote,
            "pings": pings,
            "sent_ms": message.date * 1000,
            "edited": message.edited,
            "pinned": message.pinned,
            "loading": false,
        })
    }

    /// Who on the page somebody in a forum is.
    fn member_of(&self, forums: &Forums, user: i64) -> String {
        if user == forums.telegram.bot_id() {
            return self.inner.discord.bot_user_id().to_string();
        }
        let member = forums.people.iter().find(|(_, id)| *id == user);
        member.map_or_else(|| format!("tg{user}"), |(member, _)| member.to_string())
    }

    /// The member an entity calls, by their account or by their user name.
    fn called(&self, forums: &Forums, entity: &Value, text: &str) -> Option<String> {
        let user = match entity["type"].as_str()? {
            "text_mention" => entity["user"]["id"].as_i64()?,
            "mention" => {
                let name = text.strip_prefix('@')?.to_lowercase();
                let known = |user: &UserView| user.username.as_ref().is_some_and(|n| n.to_lowercase() == name);
                forums.telegram.users().into_iter().find(known)?.id
            }
            _ => return None,
        };
        Some(self.member_of(forums, user)).filter(|id| !id.starts_with("tg"))
    }
}

fn covered(message: &MessageView, entity: &Value) -> String {
    let number = |field: &str| entity[field].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let units: Vec<u16> = message.text.encode_utf16().skip(number("offset")).take(number("length")).collect();
    String::from_utf16_lossy(&units)
}

fn topic_json(spot: Spot, general: Spot, forum: &ForumView, topic: &TopicView) -> Value {
    json!({
        "id": spot.id(),
        "kind": "topic",
        "name": topic.name,
        "title": forum.title,
        "icon": topic.icon,
        "parent": general.id(),
        "archived": topic.closed,
    })
}

/// A row of buttons as Discord writes it.
fn row_json(row: &[ButtonView]) -> Value {
    let button = |button: &ButtonView| match &button.url {
        Some(url) => json!({ "type": 2, "style": 5, "label": button.label, "url": url }),
        None => json!({ "type": 2, "style": 2, "label": button.label, "custom_id": button.data }),
    };
    json!({ "type": 1, "components": row.iter().map(button).collect::<Vec<_>>() })
}

/// What is neither text nor file.
fn in_words(other: &Value) -> String {
    let (place, contact) = (&other["location"], &other["contact"]);
    if let (Some(latitude), Some(longitude)) = (place["latitude"].as_f64(), place["longitude"].as_f64()) {
        return format!("📍 {latitude:.4}, {longitude:.4}");
    }
    if let Some(name) = contact["first_name"].as_str() {
        return format!("👤 {name} {}", contact["phone_number"].as_str().unwrap_or_default());
    }
    let kind = other.as_object().and_then(|fields| fields.keys().next().cloned());
    kind.unwrap_or_default()
}
