//! What is to be done outside, resolved: nothing has to be looked up.

use std::path::PathBuf;

use super::Attachment;
use crate::domain::card::{Card, Post};
use crate::domain::content::{Content, File, MediaKind};
use crate::domain::event::Delivered;
use crate::domain::ids::{ChannelRef, InteractionRef, NumberId, OutboxId, PostRef, ThreadRef, Time, UserRef, Wamid};
use crate::domain::markup::Markup;
use crate::domain::reply::Reply;
use crate::domain::sign::Sign;
use crate::domain::workspace::Workspace;

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
    /// Start a thread, under its card where cards stand in the channel. Already started counts as done. The receipt carries
    /// the thread in `remote`.
    OpenThread {
        /// The channel.
        channel: ChannelRef,
        /// The card; empty where cards stand in their threads alone.
        card: PostRef,
        /// Its name.
        name: String,
        /// Its sign, where threads bear one.
        sign: Sign,
    },
    /// Bring a thread's sign up to date. One that it bears already counts as done.
    Sign {
        /// Which.
        thread: ThreadRef,
        /// What it shows from now on.
        sign: Sign,
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
    /// The workspace it happens in; none for what goes to a customer, comes from WhatsApp, or is for the operator wherever
    /// that is.
    #[must_use]
    pub fn workspace(&self) -> Option<Workspace> {
        match self {
            Self::PostCard { place, .. }
            | Self::EditCard { place, .. }
            | Self::Post { place, .. }
            | Self::EditPost { place, .. }
            | Self::DeletePost { place, .. }
            | Self::MarkPost { place, .. }
            | Self::React { place, .. } => Some(place.channel.workspace()),
            Self::OpenThread { channel, .. } => Some(channel.workspace()),
            Self::Seal { thread, .. } | Self::Sign { thread, .. } => Some(thread.workspace()),
            Self::Answer { interaction, .. } => Some(interaction.workspace()),
            Self::Direct { user, .. } => Some(user.workspace()),
            Self::Fetch { number, file, .. } if number.is_empty() => Some(Workspace::of(&file.remote)),
            Self::Fetch { .. } | Self::Notice { .. } | Self::Send { .. } | Self::Read { .. } => None,
        }
    }

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
            Self::Seal { thread, .. } | Self::Sign { thread, .. } => Some(thread),
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
        caption: Markup,
    },
    /// A reaction; an empty emoji removes it.
    Reaction {
        /// On which message.
        target: Wamid,
        /// The emoji.
        emoji: String,
    },
}
