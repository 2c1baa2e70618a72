//! A stand-in for Meta's WhatsApp Cloud API and for the customers' phones behind it.
//!
//! It keeps what the real service keeps: who exists, which messages were accepted, which of them reached a phone, when
//! a customer last wrote, which files have expired. It refuses what the Graph API refuses, and records as a violation
//! whatever a correct client would never have sent; what a correct client may run into (a closed window, a rate limit,
//! an expired file or token) is refused without one.
//!
//! Architecture invariant: all state is in one mutex and nothing awaits while it is held.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, oneshot, watch};

use super::wire::{self, Wire};

mod content;
mod events;
mod fields;
mod graph_error;
mod history;
mod inbound;
mod interactive;
mod limits;
mod media;
mod nodes;
mod phones;
mod routes;
mod send;
mod state;
mod statuses;
mod templates;
mod validate;
mod webhook;
mod written;

pub use events::Call;
pub use history::{Author, PhoneButton, PhoneMedia, PhoneMessage, Tick};
pub use inbound::{Attachment, Content, Forwarded, Inbound};
pub use limits::LimitHits;
pub use media::MediaFault;
pub use phones::NewCustomer;
pub use state::{Customer, CustomerId, Failure, Number};
pub use templates::Template;
pub use webhook::{SignedBody, signature, spelled};

use state::State;

/// The account that numbers belong to unless another one is named.
const DEFAULT_WABA: &str = "102290129340398";

/// Unix milliseconds.
pub type NowMs = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How long the world takes; zero everywhere in tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Delays {
    /// From the answer to `sent` or `failed`.
    pub sent: Duration,
    /// From `sent` to `delivered`.
    pub delivered: Duration,
    /// From `delivered` to `read`, where messages are read by themselves.
    pub read: Duration,
}

/// How to start.
#[derive(Clone)]
pub struct Options {
    /// The token every request must carry.
    pub access_token: String,
    /// The key of webhook signatures.
    pub app_secret: String,
    /// What the callback expects in its verification.
    pub verify_token: String,
    /// Enforce the pair and throughput limits.
    pub rate_limits: bool,
    /// Customers read every message as soon as it arrives.
    pub auto_read: bool,
    /// How long statuses take.
    pub delays: Delays,
    /// First and longest wait between attempts of a webhook; each wait is twice the one before.
    pub retry: (Duration, Duration),
    /// The clock.
    pub now_ms: NowMs,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access_token: "EAAJB-test-token".to_owned(),
            app_secret: "app-secret-for-tests".to_owned(),
            verify_token: "verify-token-for-tests".to_owned(),
            rate_limits: false,
            auto_read: false,
            delays: Delays::default(),
            retry: (Duration::from_millis(20), Duration::from_secs(2)),
            now_ms: Arc::new(system_now_ms),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the stand-in is a world of its own; tests inject their clock")]
fn system_now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Meta and the phones; clones share one state.
#[derive(Clone)]
pub struct Meta {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    state: Mutex<State>,
    wire: Wire,
    http: reqwest::Client,
    runtime: Handle,
    address: OnceLock<SocketAddr>,
    running: AtomicBool,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    /// Deliveries and statuses under way.
    pending: watch::Sender<usize>,
    changes: broadcast::Sender<u64>,
    change: AtomicU64,
}

impl Meta {
    /// Serves on `addr`; port 0 picks a free one. Needs a tokio runtime, which later calls may come from outside of.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(addr: SocketAddr, options: Options) -> io::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .map_err(io::Error::other)?;
        let seed = (options.now_ms)();
        let state = State::new(options.access_token.clone(), options.auto_read, seed);
        let meta = Self {
            shared: Arc::new(Shared {
                options,
                state: Mutex::new(state),
                wire: Wire::default(),
                http,
                runtime: Handle::current(),
                address: OnceLock::new(),
                running: AtomicBool::new(false),
                stop: Mutex::default(),
                pending: watch::Sender::new(0),
                changes: broadcast::Sender::new(64),
                change: AtomicU64::new(0),
            }),
        };
        meta.listen(addr).await?;
        Ok(meta)
    }

    async fn listen(&self, addr: SocketAddr) -> io::Result<()> {
        let (stop, stopped) = oneshot::channel::<()>();
        let app = Router::new().fallback(routes::handle).layer(DefaultBodyLimit::disable()).with_state(self.clone());
        let bound = wire::serve(addr, app, async move { drop(stopped.await) }).await?;
        self.shared.address.get_or_init(|| bound);
        self.shared.running.store(true, Ordering::SeqCst);
        *self.shared.stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop);
        Ok(())
    }

    /// Stops serving the Graph API; open connections are cut. Webhooks go on and all state is kept.
    pub fn stop(&self) {
        self.shared.running.store(false, Ordering::SeqCst);
        // Dropping the sender is the signal.
        self.shared.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Serves again on the same port.
    ///
    /// # Errors
    /// When the port was taken by somebody else meanwhile.
    pub async fn restart(&self) -> io::Result<()> {
        self.stop();
        let mut tries = 0;
        loop {
            match self.listen(self.address()).await {
                // The old listener is closed by a task of its own.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < 100 => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                done => return done,
            }
        }
    }

    fn address(&self) -> SocketAddr {
        self.shared.address.get().copied().unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// `http://host:port`, to be used instead of `https://graph.facebook.com`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The token that is valid now.
    #[must_use]
    pub fn access_token(&self) -> String {
        self.lock().access_token.clone()
    }

    /// Makes another token the valid one, as when the old one expires: whoever uses it gets 401 with code 190.
    pub fn set_access_token(&self, token: &str) {
        token.clone_into(&mut self.lock().access_token);
    }

    /// The key of webhook signatures.
    #[must_use]
    pub fn app_secret(&self) -> &str {
        &self.shared.options.app_secret
    }

    /// What the callback is verified with.
    #[must_use]
    pub fn verify_token(&self) -> &str {
        &self.shared.options.verify_token
    }

    /// Scripted misbehaviour, violations and the tap.
    #[must_use]
    pub fn wire(&self) -> &Wire {
        &self.shared.wire
    }

    /// Adds a business number, such as `+1 555 078 3881`, to the default account; returns its phone-number id.
    pub fn add_number(&self, display: &str) -> String {
        self.add_number_in(DEFAULT_WABA, display)
    }

    /// Adds a business number to the account with this id.
    pub fn add_number_in(&self, waba: &str, display: &str) -> String {
        let mut state = self.lock();
        let id = (106_540_352_242_922_u64 + state.numbers.len() as u64).to_string();
        state.subscribed.insert(waba.to_owned());
        state.numbers.insert(id.clone(), Number { id: id.clone(), waba: waba.to_owned(), display: display.to_owned() });
        id
    }

    /// The business numbers.
    #[must_use]
    pub fn numbers(&self) -> Vec<Number> {
        self.lock().numbers.values().cloned().collect()
    }

    /// The templates, approved and not.
    #[must_use]
    pub fn templates(&self) -> Vec<Template> {
        self.lock().templates.clone()
    }

    /// Replaces the list of templates.
    pub fn set_templates(&self, templates: Vec<Template>) {
        self.lock().templates = templates;
    }

    /// How often the client ran into a rate limit.
    #[must_use]
    pub fn limit_hits(&self) -> LimitHits {
        self.lock().limits.hits
    }

    /// A counter on every change of what phones show.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Webhooks not yet answered 200, and statuses not yet due. Held ones do not count.
    #[must_use]
    pub fn deliveries_pending(&self) -> usize {
        *self.shared.pending.borrow()
    }

    /// Resolves when every webhook was answered 200 and no status is due any more.
    pub async fn quiet(&self) {
        // An error would mean that the sender is gone, but `self` holds it.
        let _ = self.shared.pending.subscribe().wait_for(|pending| *pending == 0).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        (self.shared.options.now_ms)()
    }

    fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    fn is_running(&self) -> bool {
        self.shared.running.load(Ordering::SeqCst)
    }

    fn rate_limits(&self) -> bool {
        self.shared.options.rate_limits
    }

    fn delays(&self) -> Delays {
        self.shared.options.delays
    }

    fn retry(&self) -> (Duration, Duration) {
        self.shared.options.retry
    }

    fn changed(&self) {
        let tick = self.shared.change.fetch_add(1, Ordering::Relaxed) + 1;
        // An error means that nobody watches.
        let _ = self.shared.changes.send(tick);
    }

    /// Runs something that `quiet` waits for.
    fn busy(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.shared.pending.send_modify(|pending| *pending += 1);
        let meta = self.clone();
        self.shared.runtime.spawn(async move {
            work.await;
            meta.shared.pending.send_modify(|pending| *pending -= 1);
        });
    }
}
