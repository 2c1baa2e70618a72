//! What bots hear: updates, who gets which, and `getUpdates` with its offsets.

use serde_json::{Map, Value, json};

use super::entities::commands;
use super::world::{ChatKey, Message, Update, World};

/// Telegram keeps an update for a day.
const KEPT_MS: u64 = 24 * 3600 * 1000;
/// Kinds that come only when they are asked for.
const ON_REQUEST: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];
/// The kinds a bot may ask for.
pub(super) const KINDS: [&str; 26] = [
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "guest_message",
    "message_reaction",
    "message_reaction_count",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "managed_bot",
    "subscription",
];
/// Service messages that a bot hears of even when it caused them.
const TOLD_TO_THEIR_CAUSE: [&str; 6] = [
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "pinned_message",
    "left_chat_member",
];

impl World {
    /// Queues an update for a bot, unless it does not want its kind.
    pub(super) fn push_update(&mut self, bot: i64, kind: &str, body: Value) {
        let now = self.now_ms();
        let Some(found) = self.bots.get_mut(&bot) else { return };
        let wanted = if found.allowed.is_empty() {
            !ON_REQUEST.contains(&kind)
        } else {
            found.allowed.iter().any(|allowed| allowed == kind)
        };
        if !wanted {
            return;
        }
        let mut update = Map::new();
        update.insert("update_id".to_owned(), found.next_update.into());
        update.insert(kind.to_owned(), body);
        found.updates.push_back(Update { id: found.next_update, made_ms: now, body: Value::Object(update) });
        found.next_update += 1;
        self.stirred.notify_waiters();
    }

    /// Tells every bot that may hear of it about a new or (`edited`) changed message.
    pub(super) fn announce(&mut self, key: ChatKey, id: i64, edited: bool) {
        let kind = if edited { "edited_message" } else { "message" };
        let bots: Vec<i64> = self.bots.keys().copied().collect();
        for bot in bots {
            let hears = self
                .chats
                .get(&key)
                .and_then(|chat| chat.any_message(id))
                .is_some_and(|message| self.hears(bot, key, message));
            if hears {
                let body = self.message_json(key, id, bot);
                self.push_update(bot, kind, body);
            }
        }
        self.tick();
    }

    fn hears(&self, bot: i64, key: ChatKey, message: &Message) -> bool {
        let Some(chat) = self.chats.get(&key) else { return false };
        if chat.is_private() {
            return chat.bot == Some(bot) && message.author != bot;
        }
        let service = message.service_kind();
        if message.author == bot {
            return TOLD_TO_THEIR_CAUSE.contains(&service) && chat.standing(bot).is_in();
        }
        if !chat.standing(bot).is_in() {
            return false;
        }
        if self.bots.contains_key(&message.author) {
            // What other bots say is never heard; what they do shows.
            return !service.is_empty();
        }
        if !service.is_empty() || !self.privacy || chat.standing(bot).is_admin() {
            return true;
        }
        let answers = message.reply_to.and_then(|id| chat.message(id)).is_some_and(|m| m.author == bot);
        let own = self.users.get(&bot).and_then(|u| u.username.as_deref()).unwrap_or_default();
        let called = commands(&message.text, &message.entities)
            .iter()
            .any(|(_, who)| who.as_deref().is_none_or(|who| who.eq_ignore_ascii_case(own)));
        answers || called
    }

    /// Forgets what an offset confirms and what is older than a day.
    pub(super) fn confirm(&mut self, bot: i64, offset: i64) {
        let now = self.now_ms();
        let Some(found) = self.bots.get_mut(&bot) else { return };
        found.updates.retain(|u| u.made_ms + KEPT_MS > now);
        if offset < 0 {
            let keep = usize::try_from(-offset).unwrap_or(usize::MAX);
            let drop = found.updates.len().saturating_sub(keep);
            found.updates.drain(..drop);
        } else {
            found.updates.retain(|u| u.id >= offset);
        }
    }

    /// The oldest updates that are not confirmed.
    pub(super) fn waiting(&self, bot: i64, limit: usize) -> Vec<Value> {
        let found = self.bots.get(&bot);
        found.into_iter().flat_map(|b| &b.updates).take(limit).map(|u| u.body.clone()).collect()
    }

    /// The update that Telegram sends when reactions of a user on a message change.
    pub(super) fn announce_reaction(&mut self, key: ChatKey, message: i64, user: i64, old: &[String], new: &[String]) {
        let list = |emoji: &[String]| -> Vec<Value> {
            emoji.iter().map(|emoji| json!({ "type": "emoji", "emoji": emoji })).collect()
        };
        let body = json!({
            "chat": self.chat_json(key),
            "message_id": message,
            "user": self.user_json(user),
            "date": self.now(),
            "old_reaction": list(old),
            "new_reaction": list(new),
        });
        let bots: Vec<i64> = self.bots.keys().copied().collect();
        for bot in bots {
            let may = self
                .chats
                .get(&key)
                .is_some_and(|c| c.bot == Some(bot) || (!c.is_private() && c.standing(bot).is_admin()));
            if may {
                self.push_update(bot, "message_reaction", body.clone());
            }
        }
        self.tick();
    }
}
