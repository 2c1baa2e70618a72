//! The team's side on Discord: threads under cards, through serenity's gateway client and our own requests.
//!
//! Architecture invariant: a stranger to the store, the configuration and the desk. What happens goes into an
//! [`Inbox`](crate::port::Inbox), what is to be done comes as a [`Job`](crate::port::Job); nothing is decided here.
//!
//! - [`gateway`] receives, `backfill` finds what was missed, `members` lists the people, `item` says what is stored of it,
//!   [`Translator`] reads it. `suggest` answers at once what is asked while somebody types.
//! - `perform` and its neighbours (`post`, `thread`, `mark`, `answer`, `fetch`) do what a job asks; `http` sends and `pace`
//!   keeps the limits.
//! - [`markup`] and `render` are the only places that know Discord's dialect.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::domain::ids::ChannelRef;
use crate::port::CommandSpec;
use crate::secret::Secret;

mod answer;
mod backfill;
mod check;
mod consume;
mod fetch;
pub mod gateway;
mod health;
mod hear;
mod hold;
mod http;
mod item;
mod mark;
pub mod markup;
mod members;
mod pace;
mod perform;
mod post;
mod refs;
mod register;
mod render;
mod repeat;
mod suggest;
mod thread;
mod translate;

pub use gateway::{Clock, Listening};
pub use health::Health;
pub use item::DOOR;
pub use translate::Translator;

/// How to reach one guild.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme and host of the API, `https://discord.com` for Discord itself.
    pub api_url: String,
    /// Address of the gateway instead of the one the API names.
    pub gateway_url: Option<String>,
    /// The bot's token, without `Bot `.
    pub token: Secret,
    /// The guild; events of others are ignored.
    pub guild: u64,
    /// Where the operator is told what goes wrong.
    pub notice_channel: Option<ChannelRef>,
    /// Allow files over `http://` from the host of `api_url`: for local stand-ins.
    pub allow_plain_http: bool,
    /// Largest upload in bytes: 10 MiB on a guild without boosts.
    pub max_file: u64,
    /// Requests a second that Discord allows the bot in all; 50 unless it has been granted more.
    pub requests_per_second: u32,
    /// How long one request may take.
    pub timeout: Duration,
    /// Tell of the guild's people and their roles; takes the privileged Server Members intent.
    pub server_members: bool,
}

/// The bot: performs jobs, listens, registers its commands and checks its own permissions.
pub struct Discord {
    settings: Settings,
    commands: Vec<CommandSpec>,
    http: http::Http,
    pending: answer::Pending,
    marks: mark::Marks,
    progress: post::Progress,
    health: Arc<Health>,
    own_id: OnceCell<String>,
}

impl Discord {
    /// A bot that has not spoken to Discord yet.
    ///
    /// # Errors
    /// With a sentence when the settings cannot be used.
    pub fn new(settings: Settings, commands: Vec<CommandSpec>) -> Result<Arc<Self>, String> {
        let plain = settings.api_url.starts_with("http://") && settings.allow_plain_http;
        if !plain && !settings.api_url.starts_with("https://") {
            return Err("the address of the Discord API must start with https://".to_owned());
        }
        if settings.guild == 0 || settings.token.expose().trim().is_empty() {
            return Err("Discord needs the id of a guild and a bot token".to_owned());
        }
        let http = http::Http::new(&settings.api_url, &settings.token, settings.timeout, settings.requests_per_second)?;
        Ok(Arc::new(Self {
            settings,
            commands,
            http,
            pending: answer::Pending::default(),
            marks: mark::Marks::default(),
            progress: post::Progress::default(),
            health: Arc::default(),
            own_id: OnceCell::new(),
        }))
    }

    /// How the connection is.
    #[must_use]
    pub fn health(&self) -> Arc<Health> {
        self.health.clone()
    }

    /// The bot's own user id.
    async fn own_id(&self) -> Result<&str, http::Fail> {
        let me = self.own_id.get_or_try_init(|| async {
            let me = self.http.call(http::Ask::get(serenity::http::Route::UserMe)).await?;
            let id = me["id"].as_str().map(str::to_owned);
            id.ok_or_else(|| http::Fail::Lost("the bot's own user has no id".to_owned()))
        });
        me.await.map(String::as_str)
    }
}
