//! The seams between Baton and the platforms. Adapters implement [`Translate`] and [`Channel`] and put what happens into an
//! [`Inbox`]; the loops call them. Every outcome says whether it is certain.

use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::domain::card::{Caps, Card, Post};
use crate::domain::content::{Content, File, MediaKind};
use crate::domain::event::{Delivered, Event, Failure, Refused};
use crate::domain::ids::{
    ChannelRef, InteractionRef, MediaId, NumberId, OutboxId, PostRef, ThreadRef, Time, UserRef, Wamid,
};
use crate::domain::reply::Reply;

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

/// One thing to do outside with everything it needs.
#[derive(Debug, Clone)]
pub struct Job {
    /// The outbox row: source of nonces and opaque data.
    pub outbox: OutboxId,
    /// 1 for the first try.
    pub attempt: u32,
    /// When it was tried first; equal to the present for the first try.
    pub first_tried: Time,
    /// Now.
    pub now: Time,
    /// What to do.
    pub call: Call,
}

/// What to do outside, resolved: nothing has to be looked up.
#[derive(Debug, Clone)]
pub enum Call {
    /// Post a new card. The receipt carries its post.
    PostCard {
        /// Where.
        place: Place,
        /// What.
        card: Card,
    },
    /// Bring a card up to date.
    EditCard {
        /// Where.
        place: Place,
        /// Which.
        post: PostRef,
        /// What.
        card: Card,
    },
    /// Start a thread under a card. Already started counts as done. The receipt carries the thread in `remote`.
    OpenThread {
        /// The card's channel.
        channel: ChannelRef,
        /// The card.
        card: PostRef,
        /// Its name.
        name: String,
    },
    /// Post. Long text becomes several posts; the receipt carries all of them in order.
    Post {
        /// Where.
        place: Place,
        /// What.
        post: Post,
        /// The post it answers.
        reply_to: Option<PostRef>,
        /// Files in order; those over the platform's limit have a link instead.
        files: Vec<Attachment>,
    },
    /// Replace a post's text.
    EditPost {
        /// Where.
        place: Place,
        /// Which.
        post: PostRef,
        /// The new form.
        body: Post,
    },
    /// Delete a post of ours. Already gone counts as done.
    DeletePost {
        /// Where.
        place: Place,
        /// Which.
        post: PostRef,
    },
    /// Show what became of an agent's post.
    MarkPost {
        /// Where.
        place: Place,
        /// Which.
        post: PostRef,
        /// How far it came; `None` marks an internal note.
        mark: Mark,
    },
    /// Set or remove a reaction of ours.
    React {
        /// Where.
        place: Place,
        /// On which post.
        post: PostRef,
        /// The emoji.
        emoji: String,
        /// Set or remove.
        on: bool,
    },
    /// Open a thread, fold it away, or lock it. A thread that stands so already counts as done.
    Seal {
        /// Which.
        thread: ThreadRef,
        /// How it is to stand.
        state: Fold,
    },
    /// Answer a click or command. Too late counts as done.
    Answer {
        /// How.
        interaction: InteractionRef,
        /// With what.
        reply: Reply,
        /// The files of the reply, once they are made.
        files: Vec<Attachment>,
    },
    /// Tell somebody directly. Where they take no direct messages it is refused as forbidden.
    Direct {
        /// Whom.
        user: UserRef,
        /// What.
        post: Post,
    },
    /// Tell the operator's channel; done when there is none.
    Notice {
        /// A sentence.
        text: String,
    },
    /// Send to a customer. The receipt carries the wamid.
    Send {
        /// From which number.
        number: NumberId,
        /// To whom.
        to: Address,
        /// What.
        content: Outgoing,
        /// Which message it quotes.
        quote: Option<Wamid>,
    },
    /// Mark read, and optionally show typing.
    Read {
        /// On which number.
        number: NumberId,
        /// Up to which message.
        wamid: Wamid,
        /// Show typing too.
        typing: bool,
    },
    /// Fetch a file into `into`, verifying what was announced. The receipt carries size, hash and kind.
    Fetch {
        /// On which number it arrived; empty for a file of the workspace.
        number: NumberId,
        /// What was announced.
        file: File,
        /// Where to write it, complete or not at all.
        into: PathBuf,
    },
}

impl Call {
    /// The thread it happens in.
    #[must_use]
    pub fn thread(&self) -> Option<&ThreadRef> {
        match self {
            Self::PostCard { place, .. }
            | Self::EditCard { place, .. }
            | Self::Post { place, .. }
            | Self::EditPost { place, .. }
            | Self::DeletePost { place, .. }
            | Self::MarkPost { place, .. }
            | Self::React { place, .. } => place.thread.as_ref(),
            Self::Seal { thread, .. } => Some(thread),
            _ => None,
        }
    }

    /// The post it changes, or on which it builds.
    #[must_use]
    pub fn post(&self) -> Option<&PostRef> {
        match self {
            Self::EditCard { post, .. }
            | Self::OpenThread { card: post, .. }
            | Self::EditPost { post, .. }
            | Self::DeletePost { post, .. }
            | Self::MarkPost { post, .. }
            | Self::React { post, .. } => Some(post),
            _ => None,
        }
    }
}

/// Where a post stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The channel.
    pub channel: ChannelRef,
    /// The thread in it; `None` for the channel itself.
    pub thread: Option<ThreadRef>,
}

/// How a thread stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// Listed, and everybody may post.
    Open,
    /// Folded away; a post opens it again.
    Folded,
    /// Folded away and locked, for a conversation that goes on elsewhere: only moderators can open it.
    Locked,
}

/// How far an agent's post has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Kept inside.
    Note,
    /// Waits to be sent or for WhatsApp's answer.
    Waiting,
    /// WhatsApp has taken it.
    Accepted,
    /// As WhatsApp says.
    Came(Delivered),
}

/// How a customer is addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Digits without `+`; empty when withheld.
    pub phone: String,
    /// Business-scoped user id; empty when unknown.
    pub bsuid: String,
}

/// What is sent to a customer.
#[derive(Debug, Clone)]
pub enum Outgoing {
    /// A message without a file.
    Content(Content),
    /// A file with caption, already stored.
    File {
        /// The file.
        file: Attachment,
        /// How it is to be shown.
        kind: MediaKind,
        /// Formatted caption, blank when there is none.
        caption: crate::domain::markup::Markup,
    },
    /// A reaction; an empty emoji removes it.
    Reaction {
        /// On which message.
        target: Wamid,
        /// The emoji.
        emoji: String,
    },
}

/// A file on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Our id; 0 for one that is not stored.
    pub id: MediaId,
    /// Where its bytes are.
    pub source: Source,
    /// A safe file name with extension.
    pub name: String,
    /// MIME type without parameters.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// A signed, expiring address at Baton, for files too large to upload; empty when Baton has no public address.
    pub link: String,
    /// What it shows, for those who do not see it; empty where nobody has said it.
    pub alt: String,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In the folder of files.
    Stored(PathBuf),
    /// Here: Baton has made it.
    Made(Arc<[u8]>),
}

impl Attachment {
    /// A file that Baton has made.
    #[must_use]
    pub fn made(name: String, mime: &str, bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        Self {
            id: MediaId(0),
            source: Source::Made(bytes.into()),
            name,
            mime: mime.to_owned(),
            size,
            link: String::new(),
            alt: String::new(),
        }
    }
}

/// How a job ended. Never a bool: what is not certain says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It happened.
    Done(Receipt),
    /// It will never happen like this.
    Refused {
        /// Which kind.
        refusal: Refused,
        /// Why.
        failure: Failure,
    },
    /// It did not happen; try again.
    Later {
        /// After this many milliseconds.
        after_ms: i64,
        /// What else has to wait for that.
        scope: Scope,
        /// Why, for the log.
        why: String,
    },
    /// It may have happened: the request left and no answer came.
    Unknown(String),
}

/// What is known after a thing was done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// The ids the platform gave, in order: posts, a thread, a wamid.
    pub remote: Vec<String>,
    /// Of a fetched file: bytes, SHA-256 as hex, and MIME type.
    pub file: Option<Fetched>,
}

/// What a fetched file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Bytes.
    pub size: u64,
    /// SHA-256 as lower-case hex.
    pub sha256: String,
    /// MIME type without parameters, from the platform or the bytes.
    pub mime: String,
}

impl Receipt {
    /// A receipt with one remote id.
    #[must_use]
    pub fn of(remote: impl Into<String>) -> Self {
        Self { remote: vec![remote.into()], file: None }
    }
}

/// How far a pause reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// This lane alone.
    Lane,
    /// Everything that leaves by this door and part of it: `discord`, `whatsapp:<number>`.
    All(String),
    /// The same, until a person mends something: the operator is told.
    Stopped(String),
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
}

/// A command a workspace offers. The adapter carries what was typed into the text `name argument argument …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSpec {
    /// Lower-case name without slash, at most 32 characters.
    pub name: String,
    /// What it does, at most 100 characters.
    pub description: String,
    /// Its arguments in the order of the text, whatever order the workspace wants them in.
    pub args: Vec<ArgSpec>,
}

/// An argument of a [`CommandSpec`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgSpec {
    /// Lower-case name, at most 32 characters.
    pub name: String,
    /// What it is, at most 100 characters.
    pub description: String,
    /// Which values it takes.
    pub kind: ArgKind,
    /// Whether it must be given.
    pub required: bool,
}

/// Which values an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgKind {
    /// Any text.
    Text,
    /// The number of a conversation, offered while it is typed; in the text it is `#` and the number.
    Conversation,
    /// A text for which the workspace offers what [`Suggest`] names while it is typed.
    Suggested,
}

/// What somebody has typed of an argument so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// The command's name.
    pub command: String,
    /// The argument's name.
    pub arg: String,
    /// What stands in it.
    pub text: String,
    /// Who types.
    pub user: UserRef,
    /// Where.
    pub channel: ChannelRef,
}

/// One way to complete an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What is shown, at most 100 characters.
    pub label: String,
    /// What is put in, at most 100 characters.
    pub value: String,
}

/// What may be offered for an argument while it is typed. It changes nothing, so it does not go through the inbox.
pub trait Suggest: Send + Sync {
    /// At most 25, the best first; none when nothing fits.
    fn suggest(&self, typing: Typing) -> BoxFuture<'_, Vec<Suggestion>>;
}

/// A shared channel.
pub type SharedChannel = Arc<dyn Channel>;

/// The webhook of a platform, as the web server sees it.
pub trait Webhook: Send + Sync {
    /// The answer to the platform's registration request, if it is genuine.
    fn challenge(&self, query: &str) -> Option<String>;

    /// Whether a body is genuine: its bytes exactly as they came, and the signature header.
    fn verify(&self, raw: &[u8], signature: Option<&str>) -> bool;

    /// Cuts a genuine body into items, and counts those for numbers that are not served.
    fn cut(&self, raw: &[u8]) -> (Vec<Item>, usize);
}
