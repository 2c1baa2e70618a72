//! The WhatsApp Cloud API: a stranger to the rest of Baton that takes webhooks apart and performs calls.
//!
//! Inbound: [`signature::verify`] over the raw bytes, [`split::split`] into inbox items, [`Translate`] into events. Outbound:
//! [`Channel::perform`] sends, marks read and fetches files, keeps WhatsApp's limits, and says how certain the outcome is.
//! Beside these, [`WhatsApp::templates`] lists what Meta has approved; whoever waits in [`WhatsApp::templates_changed`] is woken
//! when a translated item tells of a change to it.
//!
//! Architecture invariants: nothing here decides what a conversation does; a phone goes into `to` with `+`, a business-scoped
//! id into `recipient` and never into `to` (it would be accepted and silently not delivered); the token goes to the Graph
//! host and Meta's file hosts alone; no sentence repeats what a customer wrote.
//!
//! A text over 4096 units, or a caption a file cannot carry, becomes several messages. How far a job came is remembered until
//! it ends, so that a later try continues and repeats nothing. That memory is lost in a crash; the job's row is then unknown,
//! not waiting, and a status that carries its opaque id settles that at least its first message went out. What cannot be told
//! then is whether the later ones did: a person is shown the message and may send it again.

mod account;
mod answer;
mod call;
mod content;
mod cut;
pub mod errors;
mod fetch;
mod form;
mod graph;
pub mod guard;
pub mod markup;
mod outgoing;
mod pace;
mod question;
mod scan;
mod send;
pub mod signature;
pub mod split;
mod status;
mod system;
mod templates;
mod translate;
mod upload;
mod wire;

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::Notify;

use crate::domain::card::Caps;
use crate::domain::event::Event;
use crate::domain::ids::NumberId;
use crate::port::{Call, Channel, Item, Job, Outcome, Receipt, Translate, Webhook};
use crate::secret::Secret;

pub use answer::{Asked, Waits, classify};
pub use pace::PerNumberRate;

use answer::invalid;
use graph::{Answer, Graph};
use guard::Guard;
use pace::Pace;
use send::Progress;

/// What the adapter has to be told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the Graph API is: `https://graph.facebook.com`.
    pub graph_url: String,
    /// Its version: `v25.0`.
    pub version: String,
    /// A system user's token with `whatsapp_business_messaging`, for templates also `whatsapp_business_management`.
    pub access_token: Secret,
    /// App secrets that sign webhooks; several while one is changed.
    pub app_secrets: Vec<Secret>,
    /// The token of Meta's registration request.
    pub verify_token: Secret,
    /// The business numbers served.
    pub numbers: Vec<NumberId>,
    /// Id of the WhatsApp Business Account whose templates are listed; empty for none.
    pub business_account: String,
    /// Hosts files may be fetched from: `lookaside.fbsbx.com`, `*.fbcdn.net`.
    pub media_hosts: Vec<String>,
    /// Allows plain HTTP to the Graph host, and files from it: for stand-ins alone.
    pub allow_plain_http: bool,
    /// Largest file that is fetched, in bytes.
    pub max_media: u64,
    /// For one call; also how long a download may stand still.
    pub timeout: Duration,
    /// Messages a second of each number.
    pub rate: PerNumberRate,
}

/// The settings cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misconfigured(String);

/// The adapter.
pub struct WhatsApp {
    settings: Settings,
    graph: Graph,
    files: reqwest::Client,
    guard: Guard,
    pace: Pace,
    progress: Progress,
    templates_changed: Notify,
}

impl WhatsApp {
    /// Builds it. Opens no connection.
    ///
    /// # Errors
    /// When the Graph API's address or the token is unusable, or the address is plain HTTP without leave.
    pub fn new(settings: Settings) -> Result<Self, Misconfigured> {
        let graph = Graph::new(&settings)?;
        let plain = settings.allow_plain_http.then(|| graph.host().to_owned());
        let guard = Guard::new(&settings.media_hosts, plain);
        let files = fetch::client(&settings)?;
        let pace = Pace::new(settings.rate.clone());
        Ok(Self {
            settings,
            graph,
            files,
            guard,
            pace,
            progress: Progress::default(),
            templates_changed: Notify::new(),
        })
    }

    fn asked<'a>(scope: &'a str, job: &Job) -> Asked<'a> {
        Asked { scope, attempt: job.attempt, seed: job.outbox.0 }
    }

    async fn read(&self, job: &Job, number: &NumberId, wamid: &str, typing: bool) -> Outcome {
        let scope = self.scope(number);
        let asked = Self::asked(&scope, job);
        let answer = self.graph.post(&[number.as_str(), "messages"], &outgoing::read(wamid, typing)).await;
        match answer {
            Answer::Fine(_) => Outcome::Done(Receipt::default()),
            // Reading marks are a courtesy: they are not worth more than a few tries.
            _ if job.attempt >= 5 => Outcome::Done(Receipt::default()),
            other => answer::repeatable(other.outcome(asked), asked),
        }
    }
}

impl Webhook for WhatsApp {
    fn challenge(&self, query: &str) -> Option<String> {
        signature::challenge(query, &self.settings.verify_token)
    }

    fn verify(&self, raw: &[u8], signature: Option<&str>) -> bool {
        signature::verify(raw, signature, &self.settings.app_secrets)
    }

    fn cut(&self, raw: &[u8]) -> (Vec<Item>, usize) {
        let served = |number: &str| self.settings.numbers.iter().any(|served| served.as_str() == number);
        let cut = split::split(raw, served);
        (cut.items, cut.ignored)
    }
}

impl Translate for WhatsApp {
    fn translate(&self, body: &str) -> Result<Vec<Event>, String> {
        if split::is_about_templates(body) {
            self.templates_changed.notify_one();
        }
        translate::translate(body)
    }
}

impl Channel for WhatsApp {
    fn perform(&self, job: Job) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            match &job.call {
                Call::Send { number, to, content, quote } => self.send(&job, number, to, content, quote.as_ref()).await,
                Call::Read { number, wamid, typing } => self.read(&job, number, wamid.as_str(), *typing).await,
                Call::Fetch { number, file, into } => self.fetch(&job, number, file, into).await,
                _ => invalid("This cannot be done on WhatsApp."),
            }
        })
    }

    fn caps(&self) -> Caps {
        Caps { max_text: outgoing::MAX_TEXT, max_file: upload::MAX_DOCUMENT, max_files: 1, lists_cards: false }
    }

    fn scope(&self, number: &NumberId) -> String {
        format!("whatsapp:{number}")
    }
}
