//! The seams between Baton and the platforms. Adapters implement [`Translate`] and [`Channel`] and put what happens into an
//! [`Inbox`]; the loops call them. Every outcome says whether it is certain.

mod attachment;
mod call;
mod command;
mod outcome;

use std::sync::Arc;

use futures::future::BoxFuture;

pub use self::attachment::{Attachment, Source};
pub use self::call::{Address, Call, Fold, Job, Mark, Outgoing, Place};
pub use self::command::{ArgKind, ArgSpec, CommandSpec, Suggest, Suggestion, Typing};
pub use self::outcome::{Fetched, Outcome, Receipt, Scope};
use crate::domain::card::Caps;
use crate::domain::event::Event;
use crate::domain::ids::{NumberId, PostRef, ThreadRef, Time};

/// Something that happened, as its platform told it, on its way into the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Unique for this happening and the same on every redelivery: see [`Key`].
    pub key: Key,
    /// Which adapter translates it: `whatsapp`, `discord`, …
    pub door: &'static str,
    /// Items of one lane are handled in order.
    pub lane: String,
    /// The platform's own JSON, or what could be made of it.
    pub body: String,
}

/// Sixteen bytes that grow with time: the platform's timestamp in milliseconds, then half a SHA-256 of the remote id. A
/// random key would make every insert touch a random page of its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub [u8; 16]);

impl Key {
    /// The key of what `remote_id` names, which happened at `at`.
    #[must_use]
    pub fn new(at: Time, remote_id: &str) -> Self {
        use sha2::{Digest, Sha256};
        let hash = Sha256::digest(remote_id.as_bytes());
        let mut key = [0; 16];
        key[..8].copy_from_slice(&at.0.max(0).to_be_bytes());
        key[8..].copy_from_slice(&hash[..8]);
        Self(key)
    }

    /// Lower-case hexadecimal.
    #[must_use]
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

/// The door of what Baton tells itself.
pub const OWN_DOOR: &str = "baton";

/// Where adapters put what happened.
pub trait Inbox: Send + Sync {
    /// Stores the items durably; resolves after the commit. Items whose key is already there are dropped silently.
    fn put(&self, items: Vec<Item>) -> BoxFuture<'_, Result<(), NotStored>>;
}

/// The store could not take the items; nothing of them was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not stored: {0}")]
pub struct NotStored(pub String);

/// What an adapter may ask of the past, for backfill after a gap.
pub trait Memory: Send + Sync {
    /// What is known of the threads named in `also`, and of the newest others of open conversations.
    fn threads(&self, also: Vec<ThreadRef>) -> BoxFuture<'_, Result<Vec<KnownThread>, NotStored>>;
}

/// What Baton knows of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownThread {
    /// Which.
    pub thread: ThreadRef,
    /// The newest post of a person that was handled; empty when none was.
    pub seen: PostRef,
    /// The newest posts of people that are known to exist, newest first, at most 100.
    pub posts: Vec<PostRef>,
}

/// Turns one stored happening into events.
pub trait Translate: Send + Sync {
    /// The events of one item; none when it is understood and means nothing to us.
    ///
    /// # Errors
    /// With a sentence about what is wrong: the item becomes a dead letter and can be replayed after a fix.
    fn translate(&self, body: &str) -> Result<Vec<Event>, String>;
}

/// Performs jobs on one platform.
pub trait Channel: Send + Sync {
    /// Does it, and says how it ended. Never panics on what the platform answers, keeps the platform's limits by its own
    /// pacing, and gives up waiting after a bounded time.
    fn perform(&self, job: Job) -> BoxFuture<'_, Outcome>;

    /// What it can show.
    fn caps(&self) -> Caps;

    /// The scope that holds all jobs for `number`; pauses are stored under it.
    fn scope(&self, number: &NumberId) -> String;

    /// Scopes in which the platform takes only so many calls a minute. Whoever gives it jobs keeps to them: more is never
    /// asked for, so that the most urgent goes first and nothing is lost with the process.
    fn allowances(&self) -> Vec<Allowance> {
        Vec::new()
    }

    /// What a call takes of such an allowance.
    fn toll(&self, _call: &Call) -> Option<Toll> {
        None
    }
}

/// How many calls a platform takes in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// Which scope: that of its channels and threads.
    pub scope: String,
    /// Calls within any minute.
    pub per_minute: u32,
}

/// What one call takes of an [`Allowance`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toll {
    /// Of which scope.
    pub scope: String,
    /// How many requests the platform counts.
    pub calls: u32,
}

/// Rights that one of several programs has at a time.
pub trait Leases: Send + Sync {
    /// Takes or keeps `name` for `ms` milliseconds; whether this program has it now.
    fn hold<'a>(&'a self, name: &'a str, ms: i64) -> BoxFuture<'a, Result<bool, NotStored>>;

    /// Gives `name` up, if this program has it.
    fn release<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), NotStored>>;
}

/// One thing about a platform that was looked at, for `baton check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is as it should be.
    pub ok: bool,
    /// A sentence about it.
    pub text: String,
}

/// A shared channel.
pub type SharedChannel = Arc<dyn Channel>;

/// A platform that posts each thing that happens by itself, under a secret.
pub trait Pushed: Send + Sync {
    /// The items of one post to the door called `name`; none when it is of no concern.
    ///
    /// # Errors
    /// When it is not genuine, or cannot be read.
    fn taken(&self, name: &str, secret: Option<&str>, raw: &[u8], now: Time) -> Result<Vec<Item>, Rejected>;
}

/// Why something posted is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// There is no door of this name.
    #[error("no door of this name")]
    Unknown,
    /// It did not come from the platform.
    #[error("the secret is missing or wrong")]
    Forged,
    /// It is nothing the platform says.
    #[error("not what the platform says")]
    Unreadable,
}

/// The webhook of a platform, as the web server sees it.
pub trait Webhook: Send + Sync {
    /// The answer to the platform's registration request, if it is genuine.
    fn challenge(&self, query: &str) -> Option<String>;

    /// Whether a body is genuine: its bytes exactly as they came, and the signature header.
    fn verify(&self, raw: &[u8], signature: Option<&str>) -> bool;

    /// Cuts a genuine body into items, and counts those for numbers that are not served.
    fn cut(&self, raw: &[u8]) -> (Vec<Item>, usize);
}
