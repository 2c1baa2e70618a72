//! A strict, stateful stand-in for the Telegram Bot API at `{base}/bot<token>/<method>` and
//! `{base}/file/bot<token>/<path>`. It models supergroups with topics ("forums"), private chats, people and bots.
//!
//! What Telegram refuses is refused with Telegram's code and sentence; what a correct client never does (an unknown
//! method or parameter, a text over the limit, markup that does not parse, a call inside a pause that was asked for) is
//! a violation on the [`Wire`] as well. Dates and the life of updates (24 hours) follow [`Options::now_ms`]; long polls,
//! limits and the life of a callback query (5 minutes) follow real time, since they bind a client that runs in real
//! time.
//!
//! Sources: Telegram's documentation of the Bot API and the published source of its server.

mod acts;
mod building;
mod display;
mod door;
mod emoji;
mod entities;
mod files;
mod html;
mod json;
mod keyboard;
mod limits;
mod look;
mod members;
mod methods;
mod options;
mod params;
mod places;
mod refusal;
mod topics;
mod updates;
mod views;
mod webhook;
mod world;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::any;
use tokio::sync::{Notify, broadcast, oneshot};

pub use self::acts::{File, Say};
pub use self::emoji::{ICONS, REACTIONS, icon_id};
pub use self::members::Rights;
pub use self::options::Options;
pub use self::views::{
    AttachmentView, ButtonView, CallbackAnswer, CallbackView, ForumView, MessageView, TopicView, UserView,
};
use self::world::World;
use super::wire::{self, Wire};

/// The user behind whom anonymous administrators write.
pub const GROUP_ANONYMOUS_BOT: i64 = 1_087_968_824;

/// A running stand-in; clones share it.
#[derive(Clone)]
pub struct Telegram {
    inner: Arc<Inner>,
}

struct Inner {
    wire: Wire,
    world: Mutex<World>,
    addr: OnceLock<SocketAddr>,
    url: OnceLock<String>,
    token: String,
    bot: i64,
    /// Whether connections that are still open are to be cut at their next request.
    down: AtomicBool,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    /// Woken when an update may have come or a poller has to go.
    stirred: Arc<Notify>,
    ticks: broadcast::Sender<u64>,
    client: reqwest::Client,
}

impl Telegram {
    /// Starts a stand-in with one bot and nothing else on `addr`; port 0 picks a free one.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(addr: SocketAddr, options: Options) -> io::Result<Self> {
        let (ticks, _) = broadcast::channel(256);
        let wire = Wire::default();
        let stirred = Arc::new(Notify::new());
        let token = options.token.clone();
        let (name, username) = (options.bot_name.clone(), options.bot_username.clone());
        let mut world = World::new(options, wire.clone(), ticks.clone(), stirred.clone());
        let bot = world.new_bot(&token, &name, &username);
        let telegram = Self {
            inner: Arc::new(Inner {
                wire,
                world: Mutex::new(world),
                addr: OnceLock::new(),
                url: OnceLock::new(),
                token,
                bot,
                down: AtomicBool::new(false),
                stop: Mutex::new(None),
                stirred,
                ticks,
                client: reqwest::Client::builder().no_proxy().build().map_err(io::Error::other)?,
            }),
        };
        let addr = telegram.listen_on(addr).await?;
        // Set here and nowhere else.
        let _ = telegram.inner.addr.set(addr);
        let _ = telegram.inner.url.set(format!("http://{addr}"));
        Ok(telegram)
    }

    /// Stops listening and cuts every connection at its next request, as an outage does; the state stays.
    /// [`Telegram::listen`] ends it.
    pub fn stop(&self) {
        self.inner.down.store(true, Ordering::SeqCst);
        if let Some(stop) = self.inner.stop.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = stop.send(());
        }
        self.inner.stirred.notify_waiters();
    }

    /// Listens again on the same port after [`Telegram::stop`].
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
            .route("/file/{bot}/{*path}", any(door::download))
            .fallback(door::serve)
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

    /// `http://host:port`, what a client takes as the address of the API.
    #[must_use]
    pub fn url(&self) -> &str {
        self.inner.url.get().map_or("", String::as_str)
    }

    /// The first bot's token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.inner.token
    }

    /// The first bot's user id.
    #[must_use]
    pub fn bot_id(&self) -> i64 {
        self.inner.bot
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

    fn world(&self) -> MutexGuard<'_, World> {
        self.inner.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_down(&self) -> bool {
        self.inner.down.load(Ordering::SeqCst)
    }
}
