//! What is known for as long as the process lives: people's names, who administers a forum, where messages stand. All of it
//! is a convenience: without it somebody is called without a name, and a reaction is heard in the lane of its forum.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use teloxide::payloads::{GetChatAdministrators, GetChatMember};
use teloxide::types::{ChatId, UserId};

use super::Telegram;
use super::http::{Ask, Bot, Fail};
use super::render::Names;

const MAX_NAMES: usize = 20_000;
const MAX_PLACES: usize = 100_000;

#[derive(Default)]
pub(super) struct People(Mutex<Known>);

#[derive(Default)]
struct Known {
    names: HashMap<i64, String>,
    /// `administrator` or `creator`, by forum and user.
    ranks: HashMap<i64, HashMap<i64, String>>,
    /// The topic of a message, by chat and message: reactions do not tell it.
    topics: HashMap<(i64, i32), i32>,
}

impl People {
    /// Takes note of somebody's name.
    pub(super) fn named(&self, user: &Value) {
        let (Some(id), name) = (user["id"].as_i64(), full_name(user)) else { return };
        let mut known = self.lock();
        if known.names.len() >= MAX_NAMES {
            known.names.clear();
        }
        if !name.is_empty() {
            known.names.insert(id, name);
        }
    }

    /// The names that are known of these people.
    pub(super) fn cached(&self, users: &[i64]) -> Names {
        let known = self.lock();
        users.iter().filter_map(|id| Some((*id, known.names.get(id)?.clone()))).collect()
    }

    /// What somebody is in a forum beside a member; empty for nothing, or where it is not known.
    pub(super) fn rank(&self, forum: i64, user: i64) -> Option<String> {
        self.lock().ranks.get(&forum)?.get(&user).cloned()
    }

    /// Takes note of who somebody is in a forum now.
    pub(super) fn ranked(&self, forum: i64, user: i64, status: &str) {
        let mut known = self.lock();
        let ranks = known.ranks.entry(forum).or_default();
        if matches!(status, "administrator" | "creator") {
            ranks.insert(user, status.to_owned());
        } else {
            ranks.remove(&user);
        }
    }

    /// Takes note of where a message stands.
    pub(super) fn placed(&self, chat: i64, message: i32, topic: i32) {
        let mut known = self.lock();
        if known.topics.len() >= MAX_PLACES {
            known.topics.clear();
        }
        known.topics.insert((chat, message), topic);
    }

    /// The topic of a message, where it is known.
    pub(super) fn topic(&self, chat: i64, message: i32) -> Option<i32> {
        self.lock().topics.get(&(chat, message)).copied()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Telegram {
    /// The names of people who are called in a chat; those nobody knows are missing.
    pub(super) async fn names(&self, chat: i64, users: &[i64]) -> Names {
        let mut names = self.people.cached(users);
        for user in users.iter().filter(|user| !names.contains_key(user)).copied().collect::<Vec<_>>() {
            let ask = Ask::of(None, &GetChatMember::new(ChatId(chat), UserId(u64::try_from(user).unwrap_or(0))));
            // Without a name they are called all the same.
            if let Ok(member) = self.bot(chat).call(ask).await {
                self.people.named(&member["user"]);
                names.insert(user, full_name(&member["user"]));
            }
        }
        names
    }

    /// Learns who administers a bot's forums.
    pub(super) async fn learn_ranks(&self, bot: &Bot) -> Result<(), Fail> {
        for forum in &bot.forums {
            let administrators = bot.call(Ask::of(None, &GetChatAdministrators::new(ChatId(*forum)))).await?;
            for one in administrators.as_array().into_iter().flatten() {
                self.people.named(&one["user"]);
                if let Some(id) = one["user"]["id"].as_i64() {
                    self.people.ranked(*forum, id, one["status"].as_str().unwrap_or_default());
                }
            }
        }
        Ok(())
    }
}

/// First and last name.
pub(super) fn full_name(user: &Value) -> String {
    let part = |field: &str| user[field].as_str().unwrap_or_default().trim().to_owned();
    format!("{} {}", part("first_name"), part("last_name")).trim().to_owned()
}
