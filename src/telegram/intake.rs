//! Which updates are stored, under which key, in which lane.
//!
//! Ignored are chats that are not configured, whatever bots write, service messages, and what is said outside topics unless
//! it is a command. Everything in a topic has one lane, clicks and commands too, so that who claims and then writes is heard
//! in that order.

use serde_json::Value;

use super::Telegram;
use super::http::Bot;
use super::item::{ANONYMOUS, CHANNEL_POSTS, Stored, command, small, text_of, topic_of};
use crate::domain::ids::Time;
use crate::port::{ArgKind, Item};

/// The kinds of updates that are asked for.
pub(super) const WANTED: [&str; 6] =
    ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member", "chat_member"];

/// The role of everybody in a forum.
const MEMBER: &str = "member";

impl Telegram {
    /// What one update comes to; none when it is of no concern.
    pub(super) fn item_of(&self, bot: &Bot, update: &Value, now: Time) -> Option<Item> {
        let (kind, inner) = WANTED.iter().find_map(|kind| Some((*kind, update.get(*kind)?)))?;
        let chat = match kind {
            "callback_query" => inner["message"]["chat"]["id"].as_i64()?,
            _ => inner["chat"]["id"].as_i64()?,
        };
        if !self.serves(bot, chat) {
            self.health.count_ignored();
            return None;
        }
        let from = if kind == "message_reaction" { &inner["user"] } else { &inner["from"] };
        self.people.named(from);
        let mut stored = Stored {
            bot: bot.id,
            at: now,
            roles: self.roles(chat, from["id"].as_i64().unwrap_or(0)),
            topic: 0,
            number: 0,
            update: update.clone(),
        };
        let at = |field: &str| Time::from_secs(inner[field].as_i64().unwrap_or(0));
        let number = |field: &str| inner[field].as_i64().unwrap_or(0);
        match kind {
            "message" => {
                self.look_at(bot, chat, inner);
                stored.number = self.meant(inner, chat);
                let lane = self.heard(bot, chat, inner)?;
                Some(stored.item(at("date"), &format!("tg:{chat}:{}", number("message_id")), lane))
            }
            "edited_message" => {
                let lane = self.heard(bot, chat, inner)?;
                // Two edits of one second differ by the update alone.
                let edit =
                    format!("tg:{chat}:{}:e{}:{}", number("message_id"), number("edit_date"), update["update_id"]);
                Some(stored.item(at("edit_date"), &edit, lane))
            }
            "callback_query" => {
                let message = &inner["message"];
                let pressed = Time::from_secs(message["date"].as_i64().unwrap_or(0));
                let query = format!("tg:c:{}", inner["id"].as_str()?);
                Some(stored.item(pressed, &query, lane(chat, topic_of(message).unwrap_or(0))))
            }
            "message_reaction" => {
                let message = small(&inner["message_id"])?;
                stored.topic = self.people.topic(chat, message).unwrap_or(0);
                let user = inner["user"]["id"].as_i64()?;
                let reaction = format!("tg:{chat}:{message}:r{user}:{}", update["update_id"]);
                Some(stored.item(at("date"), &reaction, lane(chat, stored.topic)))
            }
            _ => {
                let user = &inner["new_chat_member"]["user"];
                let id = user["id"].as_i64()?;
                let status = inner["new_chat_member"]["status"].as_str().unwrap_or_default();
                self.people.named(user);
                self.people.ranked(chat, id, status);
                stored.roles = if is_in(&inner["new_chat_member"]) { self.roles(chat, id) } else { Vec::new() };
                let change = format!("tg:{chat}:m{id}:{}:{}", number("date"), update["update_id"]);
                Some(stored.item(at("date"), &change, format!("tg:u:{id}")))
            }
        }
    }

    fn serves(&self, bot: &Bot, chat: i64) -> bool {
        bot.forums.contains(&chat) || (chat > 0 && self.bots.first().is_some_and(|first| first.id == bot.id))
    }

    /// Everybody who writes in a forum is of the team; in private nothing is known of them.
    fn roles(&self, chat: i64, user: i64) -> Vec<String> {
        if chat >= 0 || matches!(user, 0 | ANONYMOUS | CHANNEL_POSTS) {
            return Vec::new();
        }
        std::iter::once(MEMBER.to_owned()).chain(self.people.rank(chat, user)).collect()
    }

    /// Learns what a message tells beside its words.
    fn look_at(&self, bot: &Bot, chat: i64, message: &Value) {
        if let (Some(id), Some(topic)) = (small(&message["message_id"]), topic_of(message)) {
            self.people.placed(chat, id, topic);
        }
        if let Some(to) = message["migrate_to_chat_id"].as_i64() {
            bot.note_move(chat, to);
        }
    }

    /// The lane of a message that is stored.
    fn heard(&self, bot: &Bot, chat: i64, message: &Value) -> Option<String> {
        if message["migrate_to_chat_id"].is_i64() {
            return Some(lane(chat, 0));
        }
        let author = message["from"]["id"].as_i64().unwrap_or(0);
        let person = message["from"]["is_bot"] != true || matches!(author, ANONYMOUS | CHANNEL_POSTS);
        if !person || is_service(message) {
            return None;
        }
        let named = command(message["text"].as_str().unwrap_or_default()).map(|(_, bot, _)| bot.to_lowercase());
        let mine = bot.username.get().map(|name| name.to_lowercase());
        if let (Some(named), Some(mine)) = (&named, mine)
            && !named.is_empty()
            && *named != mine
        {
            return None;
        }
        match topic_of(message) {
            Some(topic) => Some(lane(chat, topic)),
            None if chat > 0 => named.map(|_| format!("tg:u:{author}")),
            None => named.map(|_| lane(chat, 0)),
        }
    }

    /// In General nothing says which conversation a command is about, unless it answers a post that names a single one.
    fn meant(&self, message: &Value, chat: i64) -> i64 {
        let answered = &message["reply_to_message"];
        let text = message["text"].as_str().unwrap_or_default();
        let Some((name, _, behind)) = command(text).filter(|_| topic_of(message).is_none() && chat < 0) else {
            return 0;
        };
        let takes = self.commands.iter().find(|spec| spec.name.eq_ignore_ascii_case(name));
        let takes = takes.is_some_and(|spec| spec.args.iter().any(|arg| arg.kind == ArgKind::Conversation));
        let bots = self.bots.iter().any(|bot| answered["from"]["id"] == bot.id);
        if !takes || !bots || !numbers(&text[behind..]).is_empty() {
            return 0;
        }
        match numbers(text_of(answered)).as_slice() {
            [number] => *number,
            _ => 0,
        }
    }
}

/// The conversations a text names, each once.
fn numbers(text: &str) -> Vec<i64> {
    let mut found: Vec<i64> = text
        .split('#')
        .skip(1)
        .filter_map(|rest| rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())].parse().ok())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn lane(chat: i64, topic: i32) -> String {
    format!("tg:{chat}:{topic}")
}

/// Whether somebody is in the group by now.
pub(super) fn is_in(member: &Value) -> bool {
    match member["status"].as_str().unwrap_or_default() {
        "left" | "kicked" => false,
        "restricted" => member["is_member"] != false,
        _ => true,
    }
}

/// What Telegram says of a group rather than somebody in it. Topics that people close or open are heard.
fn is_service(message: &Value) -> bool {
    const SERVICE: [&str; 16] = [
        "forum_topic_created",
        "forum_topic_edited",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "pinned_message",
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "migrate_from_chat_id",
        "message_auto_delete_timer_changed",
        "chat_owner_changed",
        "chat_owner_left",
    ];
    SERVICE.iter().any(|field| !message[*field].is_null())
}
