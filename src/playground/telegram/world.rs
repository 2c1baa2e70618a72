//! Everything the stand-in knows: people, bots, chats with their topics and messages, files and callback queries.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use serde_json::{Map, Value};
use tokio::sync::{Notify, broadcast};

use super::limits::Limits;
use super::members::Member;
use super::options::Options;
use super::views::CallbackAnswer;
use super::webhook::Webhook;
use super::{GROUP_ANONYMOUS_BOT, members::Rights};
use crate::playground::wire::Wire;

pub(super) struct World {
    pub(super) options: Options,
    pub(super) wire: Wire,
    pub(super) users: BTreeMap<i64, User>,
    pub(super) bots: BTreeMap<i64, Bot>,
    pub(super) chats: BTreeMap<ChatKey, Chat>,
    /// Groups that live on under another id.
    pub(super) migrated: HashMap<i64, i64>,
    pub(super) files: Vec<Stored>,
    /// Download paths and when they were given out.
    pub(super) links: HashMap<String, (usize, u64)>,
    pub(super) callbacks: BTreeMap<u64, Callback>,
    pub(super) limits: Limits,
    /// Whether bots that are no administrators see only what is meant for them.
    pub(super) privacy: bool,
    pub(super) next_user: i64,
    pub(super) next_group: i64,
    pub(super) next_unique: u64,
    pub(super) changes: u64,
    pub(super) ticks: broadcast::Sender<u64>,
    pub(super) stirred: Arc<Notify>,
}

/// A chat's id, and for a private chat the bot at its other end (else 0): every bot has its own with a user.
pub(super) type ChatKey = (i64, i64);

/// A person or a bot.
pub(super) struct User {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) username: Option<String>,
    pub(super) is_bot: bool,
}

pub(super) struct Bot {
    pub(super) id: i64,
    pub(super) token: String,
    pub(super) updates: VecDeque<Update>,
    pub(super) next_update: i64,
    /// What it asked to receive; the default when it never said.
    pub(super) allowed: Vec<String>,
    /// The generation of the poller that may wait.
    pub(super) poller: u64,
    pub(super) webhook: Option<Webhook>,
    /// Raised with each change of the webhook, so that the delivery of before ends.
    pub(super) webhooks: u64,
    /// Command lists by scope and language.
    pub(super) commands: Vec<(String, Vec<Value>)>,
}

/// An update that no offset has confirmed.
pub(super) struct Update {
    pub(super) id: i64,
    pub(super) made_ms: u64,
    pub(super) body: Value,
}

pub(super) struct Chat {
    pub(super) id: i64,
    /// The bot of a private chat.
    pub(super) bot: Option<i64>,
    pub(super) title: String,
    /// Whether topics are on.
    pub(super) is_forum: bool,
    /// Of a private chat, whether the person blocked the bot.
    pub(super) blocked: bool,
    pub(super) members: BTreeMap<i64, Member>,
    pub(super) topics: BTreeMap<i64, Topic>,
    pub(super) messages: Vec<Message>,
    pub(super) next_message: i64,
}

pub(super) struct Topic {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) color: u32,
    pub(super) icon: Option<String>,
    pub(super) creator: i64,
    pub(super) closed: bool,
    pub(super) deleted: bool,
}

#[derive(Clone, Default)]
pub(super) struct Message {
    pub(super) id: i64,
    /// The topic; none in General and in private chats.
    pub(super) topic: Option<i64>,
    pub(super) author: i64,
    /// Whether the author writes as the group.
    pub(super) anonymous: bool,
    pub(super) date: u64,
    pub(super) edited: Option<u64>,
    /// Text, or the caption when there is media.
    pub(super) text: String,
    pub(super) entities: Vec<Value>,
    pub(super) media: Option<Media>,
    pub(super) media_group: Option<String>,
    /// Inline keyboard as Telegram shows it.
    pub(super) markup: Option<Value>,
    pub(super) reply_to: Option<i64>,
    pub(super) quote: Option<Value>,
    /// Field and value of a service message.
    pub(super) service: Option<(&'static str, Value)>,
    pub(super) reactions: Vec<(String, Vec<i64>)>,
    pub(super) deleted: bool,
    pub(super) pinned: bool,
    pub(super) silent: bool,
    /// Laid over the message's JSON; a null takes a field away.
    pub(super) raw: Map<String, Value>,
}

/// What a message carries beside text.
#[derive(Clone)]
pub(super) struct Media {
    /// Field of the message: `photo`, `document`, `location` …
    pub(super) kind: &'static str,
    /// Fields of the object that do not depend on who looks.
    pub(super) about: Value,
    /// Index of the file, if it is one.
    pub(super) file: Option<usize>,
}

/// A file that was sent up.
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) bytes: Bytes,
}

/// A press of a button.
pub(super) struct Callback {
    pub(super) bot: i64,
    pub(super) user: i64,
    pub(super) chat: i64,
    pub(super) message: i64,
    pub(super) data: String,
    pub(super) at: Instant,
    pub(super) answer: Option<CallbackAnswer>,
}

impl World {
    pub(super) fn new(options: Options, wire: Wire, ticks: broadcast::Sender<u64>, stirred: Arc<Notify>) -> Self {
        let anonymous = User {
            id: GROUP_ANONYMOUS_BOT,
            name: "Group".to_owned(),
            username: Some("GroupAnonymousBot".to_owned()),
            is_bot: true,
        };
        Self {
            options,
            wire,
            users: BTreeMap::from([(anonymous.id, anonymous)]),
            bots: BTreeMap::new(),
            chats: BTreeMap::new(),
            migrated: HashMap::new(),
            files: Vec::new(),
            links: HashMap::new(),
            callbacks: BTreeMap::new(),
            limits: Limits::default(),
            privacy: true,
            next_user: 700_000_001,
            next_group: 1_002_000_001,
            next_unique: 4_611_686_018_427,
            changes: 0,
            ticks,
            stirred,
        }
    }

    pub(super) fn now_ms(&self) -> u64 {
        (self.options.now_ms)()
    }

    /// Unix seconds, as dates are told.
    pub(super) fn now(&self) -> u64 {
        self.now_ms() / 1000
    }

    /// Tells whoever watches that something visible changed.
    pub(super) fn tick(&mut self) {
        self.changes += 1;
        let _ = self.ticks.send(self.changes);
    }

    /// A number that was not given out before.
    pub(super) fn unique(&mut self) -> u64 {
        self.next_unique += 7;
        self.next_unique
    }

    /// Adds a bot, a member with all rights of every group; a token without a number gets one.
    pub(super) fn new_bot(&mut self, token: &str, name: &str, username: &str) -> i64 {
        let told = token.split_once(':').and_then(|(id, _)| id.parse().ok());
        let id = told.unwrap_or_else(|| 4_300_000_000 + i64::try_from(self.bots.len()).unwrap_or(0));
        let user = User { id, name: name.to_owned(), username: Some(username.to_owned()), is_bot: true };
        self.users.insert(id, user);
        self.bots.insert(
            id,
            Bot {
                id,
                token: token.to_owned(),
                updates: VecDeque::new(),
                next_update: 500_000_001,
                allowed: Vec::new(),
                poller: 0,
                webhook: None,
                webhooks: 0,
                commands: Vec::new(),
            },
        );
        for chat in self.chats.values_mut().filter(|c| c.bot.is_none()) {
            chat.members.insert(id, Member::Bot(Rights::default()));
        }
        id
    }

    pub(super) fn group(&self, id: i64) -> Result<&Chat, String> {
        self.chats.get(&(id, 0)).ok_or_else(|| format!("no group {id}"))
    }

    pub(super) fn group_mut(&mut self, id: i64) -> Result<&mut Chat, String> {
        self.chats.get_mut(&(id, 0)).ok_or_else(|| format!("no group {id}"))
    }

    pub(super) fn name_of(&self, user: i64) -> String {
        self.users.get(&user).map(|u| u.name.clone()).unwrap_or_default()
    }
}

impl Chat {
    pub(super) fn key(&self) -> ChatKey {
        (self.id, self.bot.unwrap_or(0))
    }

    pub(super) fn is_private(&self) -> bool {
        self.bot.is_some()
    }

    /// A message that is still there.
    pub(super) fn message(&self, id: i64) -> Option<&Message> {
        self.any_message(id).filter(|m| !m.deleted)
    }

    /// A message, deleted or not.
    pub(super) fn any_message(&self, id: i64) -> Option<&Message> {
        let at = self.messages.binary_search_by_key(&id, |m| m.id).ok()?;
        self.messages.get(at)
    }

    pub(super) fn message_mut(&mut self, id: i64) -> Option<&mut Message> {
        let at = self.messages.binary_search_by_key(&id, |m| m.id).ok()?;
        self.messages.get_mut(at).filter(|m| !m.deleted)
    }

    /// A topic that has not been deleted.
    pub(super) fn topic(&self, id: i64) -> Option<&Topic> {
        self.topics.get(&id).filter(|t| !t.deleted)
    }

    pub(super) fn topic_mut(&mut self, id: i64) -> Option<&mut Topic> {
        self.topics.get_mut(&id).filter(|t| !t.deleted)
    }
}
