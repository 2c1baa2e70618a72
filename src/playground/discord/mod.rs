//! A strict, stateful stand-in for Discord: REST v10 at `{base}/api/v10`, the gateway at `{base}/gw`, attachments at
//! `{base}/cdn`. It models one guild with one bot.
//!
//! What Discord refuses is refused with Discord's status, code and sentence; what a correct client never does (an
//! unknown route or field, a text over the limit, mentions left on, an interaction left unanswered for 3 seconds) is a
//! violation on the [`Wire`] as well. Timestamps and the slow deadlines (15 minutes of an interaction token, minutes of
//! a nonce) follow [`Options::now_ms`]; the fast ones (3 seconds to answer, rate limits, heartbeats) follow real time,
//! since they bind a client that runs in real time.
//!
//! Sources: Discord's documentation and its published OpenAPI of REST v10.

mod acts;
mod channels;
mod check;
mod clicks;
mod commands;
mod completing;
mod components;
mod entry;
mod events;
mod form;
mod gateway;
mod interaction;
mod json;
mod limits;
mod look;
mod mentions;
mod nonces;
mod options;
mod people;
mod percent;
mod refusal;
mod rest;
mod session;
mod snowflake;
mod views;
mod world;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::any;
use tokio::sync::{broadcast, oneshot};

pub use self::acts::{File, Say};
pub use self::gateway::Drop;
pub use self::interaction::InteractionId;
pub use self::limits::RateLimited;
pub use self::options::Options;
pub use self::views::{
    AnswerView, AttachmentView, ChannelView, CommandView, InteractionView, MessageView, ReactionView, SessionView,
    ThreadView, UserView,
};
use self::world::World;
use super::wire::{self, Wire};

/// Permission bits the model knows (topics/permissions.mdx).
pub mod permission {
    /// Everything, everywhere.
    pub const ADMINISTRATOR: u64 = 1 << 3;
    /// Delete and edit channels.
    pub const MANAGE_CHANNELS: u64 = 1 << 4;
    /// Put a reaction nobody has put yet.
    pub const ADD_REACTIONS: u64 = 1 << 6;
    /// See a channel.
    pub const VIEW_CHANNEL: u64 = 1 << 10;
    /// Write into a channel; has no effect in threads.
    pub const SEND_MESSAGES: u64 = 1 << 11;
    /// Delete others' messages.
    pub const MANAGE_MESSAGES: u64 = 1 << 13;
    /// Send embeds.
    pub const EMBED_LINKS: u64 = 1 << 14;
    /// Send files.
    pub const ATTACH_FILES: u64 = 1 << 15;
    /// Read what was written before.
    pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
    /// Archive, lock, rename and delete others' threads.
    pub const MANAGE_THREADS: u64 = 1 << 34;
    /// Start public threads.
    pub const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
    /// Start private threads.
    pub const CREATE_PRIVATE_THREADS: u64 = 1 << 36;
    /// Write into threads.
    pub const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;
    /// Pin; no longer part of `MANAGE_MESSAGES` since February 2026.
    pub const PIN_MESSAGES: u64 = 1 << 51;
    /// What the bot has unless told otherwise: all of the above but the managing of messages and channels and
    /// administration.
    pub const DEFAULT: u64 = ADD_REACTIONS
        | VIEW_CHANNEL
        | SEND_MESSAGES
        | EMBED_LINKS
        | ATTACH_FILES
        | READ_MESSAGE_HISTORY
        | MANAGE_THREADS
        | CREATE_PUBLIC_THREADS
        | CREATE_PRIVATE_THREADS
        | SEND_MESSAGES_IN_THREADS
        | PIN_MESSAGES;
}

/// Message types (resources/message.mdx).
pub(crate) mod kind {
    pub(crate) const DEFAULT: u8 = 0;
    pub(crate) const RECIPIENT_ADD: u8 = 1;
    pub(crate) const CHANNEL_NAME_CHANGE: u8 = 4;
    pub(crate) const PINNED: u8 = 6;
    pub(crate) const THREAD_CREATED: u8 = 18;
    pub(crate) const REPLY: u8 = 19;
    pub(crate) const COMMAND: u8 = 20;
    pub(crate) const THREAD_STARTER: u8 = 21;
    pub(crate) const CONTEXT_COMMAND: u8 = 23;
}

/// Message flags (resources/message.mdx).
pub(crate) mod flag {
    pub(crate) const HAS_THREAD: u64 = 1 << 5;
    pub(crate) const EPHEMERAL: u64 = 1 << 6;
    pub(crate) const LOADING: u64 = 1 << 7;
}

/// A running stand-in; clones share it.
#[derive(Clone)]
pub struct Discord {
    inner: Arc<Inner>,
}

struct Inner {
    wire: Wire,
    world: Mutex<World>,
    addr: OnceLock<SocketAddr>,
    url: OnceLock<String>,
    token: String,
    /// Whether connections that are still open are to be cut at their next request.
    down: AtomicBool,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    ticks: broadcast::Sender<u64>,
    runtime: tokio::runtime::Handle,
}

impl Discord {
    /// Starts a stand-in with an empty guild on `addr`; port 0 picks a free one.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(addr: SocketAddr, options: Options) -> io::Result<Self> {
        let (ticks, _) = broadcast::channel(256);
        let wire = Wire::default();
        let token = options.token.clone();
        let world = World::new(options, wire.clone(), ticks.clone());
        let discord = Self {
            inner: Arc::new(Inner {
                wire,
                world: Mutex::new(world),
                addr: OnceLock::new(),
                url: OnceLock::new(),
                token,
                down: AtomicBool::new(false),
                stop: Mutex::new(None),
                ticks,
                runtime: tokio::runtime::Handle::current(),
            }),
        };
        let addr = discord.listen_on(addr).await?;
        let url = format!("http://{addr}");
        discord.world().base.clone_from(&url);
        // Set here and nowhere else.
        let _ = discord.inner.addr.set(addr);
        let _ = discord.inner.url.set(url);
        Ok(discord)
    }

    /// Stops listening and cuts every connection, as an outage does; the state stays. [`Discord::listen`] ends it.
    pub fn stop(&self) {
        self.inner.down.store(true, Ordering::SeqCst);
        if let Some(stop) = self.inner.stop.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = stop.send(());
        }
        self.world().abort_lines();
    }

    /// Listens again on the same port after [`Discord::stop`].
    ///
    /// # Errors
    /// When the port does not become free within two seconds.
    pub async fn listen(&self) -> io::Result<()> {
        match self.inner.addr.get() {
            Some(addr) => self.listen_on(*addr).await.map(|_| ()),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    async fn listen_on(&self, addr: SocketAddr) -> io::Result<SocketAddr> {
        let app = Router::new()
            .route("/gw", any(gateway::connect))
            .route("/gw/", any(gateway::connect))
            .route("/cdn/{*path}", any(rest::download))
            .fallback(rest::serve)
            .layer(DefaultBodyLimit::disable())
            .with_state(self.clone());
        let mut attempt = 0;
        loop {
            let (stop, stopped) = oneshot::channel::<()>();
            let ended = async move {
                let _ = stopped.await;
            };
            match wire::serve(addr, app.clone(), ended).await {
                Ok(bound) => {
                    *self.inner.stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop);
                    self.inner.down.store(false, Ordering::SeqCst);
                    return Ok(bound);
                }
                // The listener of before may not have let go yet.
                Err(_) if attempt < 40 => {
                    attempt += 1;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// `http://host:port`, what a client takes as its proxy.
    #[must_use]
    pub fn url(&self) -> &str {
        self.inner.url.get().map_or("", String::as_str)
    }

    /// The bot's token, without the `Bot ` prefix.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.inner.token
    }

    /// The application's id, the same as the bot user's.
    #[must_use]
    pub fn application_id(&self) -> u64 {
        self.world().bot
    }

    /// The guild's id.
    #[must_use]
    pub fn guild_id(&self) -> u64 {
        self.world().guild
    }

    /// The bot's user id.
    #[must_use]
    pub fn bot_user_id(&self) -> u64 {
        self.world().bot
    }

    /// Scripted misbehaviour, violations, and the tap.
    #[must_use]
    pub fn wire(&self) -> &Wire {
        &self.inner.wire
    }

    /// Ticks with a growing number on each change of what people can see.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<u64> {
        self.inner.ticks.subscribe()
    }

    /// How often a request was answered 429 by the model (not by scripted misbehaviour).
    #[must_use]
    pub fn rate_limited(&self) -> RateLimited {
        self.world().limits.counted
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.inner.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_down(&self) -> bool {
        self.inner.down.load(Ordering::SeqCst)
    }
}
