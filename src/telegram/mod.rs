//! The team's side on Telegram: topics of forums, through teloxide's requests and our own intake.
//!
//! Architecture invariant: a stranger to the store, the configuration and the desk. What happens goes into an
//! [`Inbox`](crate::port::Inbox), what is to be done comes as a [`Job`](crate::port::Job); nothing is decided here.
//!
//! - [`poll`] and `webhook` receive, `intake` says what is stored of an update, [`Translator`] reads it.
//! - `perform` and its neighbours (`post`, `files`, `topic`, `mark`, `answer`, `fetch`) do what a job asks; `http` sends and
//!   keeps every pause Telegram asks for, `toll` says what Telegram counts of a call.
//! - [`markup`] and `render` are the only places that know Telegram's form of text.
//!
//! Telegram's API knows no key by which a repetition is recognised, and a bot cannot read what stands in a chat: a post whose
//! answer was lost is sent again, so it may stand there twice. A post that was answered is never sent again.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::ids::ChannelRef;
use crate::port::CommandSpec;
use crate::secret::Secret;

mod answer;
mod check;
mod fetch;
mod files;
mod health;
mod http;
mod intake;
mod item;
mod mark;
pub mod markup;
mod media;
mod people;
mod perform;
pub mod poll;
mod post;
mod refs;
mod register;
mod render;
mod toll;
mod topic;
mod translate;
mod webhook;

pub use health::Health;
pub use item::DOOR;
pub use poll::{Clock, Listening};
pub use translate::Translator;
pub use webhook::secret_of;

/// How to reach the team's forums.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme and host of the API, `https://api.telegram.org` for Telegram itself.
    pub api_url: String,
    /// The bots; the first one serves private chats as well.
    pub bots: Vec<BotSettings>,
    /// Where the operator is told what goes wrong: the General topic of a forum, or a group.
    pub notice_chat: Option<ChannelRef>,
    /// Allow `http://` in `api_url`: for a server of one's own or a stand-in.
    pub allow_plain_http: bool,
    /// Largest upload in bytes: 50 MB on Telegram's own servers.
    pub max_upload: u64,
    /// Largest file that can be fetched, in bytes: 20 MB on Telegram's own servers.
    pub max_download: u64,
    /// Calls Telegram takes of a bot in one forum within a minute; 0 for no allowance.
    pub calls_per_minute: u32,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long Telegram holds a request for updates open; whole seconds.
    pub poll: Duration,
}

/// One bot and the forums it serves. A forum has one bot.
#[derive(Debug, Clone)]
pub struct BotSettings {
    /// What the operator calls it: letters, digits, `-` and `_`, since the address of its webhook ends with it.
    pub name: String,
    /// Its token, `<user id>:<secret>`.
    pub token: Secret,
    /// The ids of its forums, `-100…`.
    pub forums: Vec<i64>,
}

/// The bots: perform jobs, listen, register their commands and check their own rights.
pub struct Telegram {
    settings: Settings,
    commands: Vec<CommandSpec>,
    bots: Vec<http::Bot>,
    people: people::People,
    marks: mark::Marks,
    topics: topic::Topics,
    progress: post::Progress,
    health: Arc<Health>,
}

impl Telegram {
    /// Bots that have not spoken to Telegram yet.
    ///
    /// # Errors
    /// With a sentence when the settings cannot be used.
    pub fn new(settings: Settings, commands: Vec<CommandSpec>) -> Result<Arc<Self>, String> {
        let plain = settings.api_url.starts_with("http://") && settings.allow_plain_http;
        if !plain && !settings.api_url.starts_with("https://") {
            return Err("the address of the Telegram API must start with https://".to_owned());
        }
        if settings.bots.is_empty() {
            return Err("Telegram needs a bot".to_owned());
        }
        let mut names: Vec<&str> = settings.bots.iter().map(|bot| bot.name.as_str()).collect();
        let plain = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if let Some(name) = names.iter().find(|name| name.is_empty() || !plain(name)) {
            return Err(format!("{name:?} is not the name of a Telegram bot: it has letters, digits, - and _ alone"));
        }
        names.sort_unstable();
        names.dedup();
        if names.len() < settings.bots.len() {
            return Err("two Telegram bots have the same name".to_owned());
        }
        let bots = settings.bots.iter().map(|bot| http::Bot::new(&settings, bot)).collect::<Result<Vec<_>, _>>()?;
        let mut forums: Vec<i64> = settings.bots.iter().flat_map(|bot| bot.forums.iter().copied()).collect();
        let named = forums.len();
        forums.sort_unstable();
        forums.dedup();
        if forums.len() < named {
            return Err("a Telegram forum is served by one bot alone".to_owned());
        }
        if let Some(forum) = forums.iter().find(|forum| **forum >= 0) {
            return Err(format!("{forum} is not the id of a Telegram group: those are negative"));
        }
        if let Some(channel) = settings.notice_chat.as_ref().filter(|c| refs::chat_of(c.as_str()).is_none()) {
            return Err(format!("{channel} is not a chat of Telegram"));
        }
        let health = Arc::new(Health::new(bots.len()));
        Ok(Arc::new(Self {
            settings,
            commands,
            bots,
            people: people::People::default(),
            marks: mark::Marks::default(),
            topics: topic::Topics::default(),
            progress: post::Progress::default(),
            health,
        }))
    }

    /// How the connection is.
    #[must_use]
    pub fn health(&self) -> Arc<Health> {
        self.health.clone()
    }

    /// The bot that serves a chat: that of the forum, else the first.
    fn bot(&self, chat: i64) -> &http::Bot {
        self.bots.iter().find(|bot| bot.forums.contains(&chat)).unwrap_or(&self.bots[0])
    }
}
