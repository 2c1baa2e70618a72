//! What a phone shows, in a form the demo page can draw.

use axum::body::Bytes;
use serde::Serialize;
use serde_json::Value;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The customer, on the phone.
    Customer,
    /// The business, through the API.
    Business,
    /// The business, by hand in the WhatsApp Business app (reported as an echo).
    App,
}

/// How far a message of the business got; of a customer's message only `Delivered` and `Read` occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tick {
    /// Taken by the API, no status yet.
    Accepted,
    /// One grey tick.
    Sent,
    /// Two grey ticks.
    Delivered,
    /// Two blue ticks.
    Read,
    /// A voice note was listened to.
    Played,
}

impl Tick {
    /// The word of the status webhook.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Accepted | Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
        }
    }
}

/// Something to tap under a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhoneButton {
    /// Id of the reply, payload of a quick reply, address of a link, number to call.
    pub id: String,
    /// Caption.
    pub title: String,
    /// Second line of a list row.
    pub description: Option<String>,
    /// `reply`, `row`, `quick_reply`, `url`, `phone` or `request_contact_info`.
    pub kind: &'static str,
}

/// A file under a message.
#[derive(Debug, Clone, Serialize)]
pub struct PhoneMedia {
    /// Media id; [`Meta::media_bytes`](super::Meta::media_bytes) takes it.
    pub id: String,
    /// MIME type.
    pub mime: String,
    /// Name, of documents.
    pub filename: Option<String>,
    /// Size in bytes.
    pub size: usize,
    /// A recorded voice note.
    pub voice: bool,
    /// The bytes.
    #[serde(skip)]
    pub bytes: Bytes,
}

/// One bubble on the phone.
#[derive(Debug, Clone, Serialize)]
pub struct PhoneMessage {
    /// `wamid.…`.
    pub id: String,
    /// Phone-number id of the business.
    pub number: String,
    /// Who wrote it.
    pub author: Author,
    /// When, in unix milliseconds.
    pub at_ms: i64,
    /// Meta's message type: `text`, `image`, `interactive` …
    pub kind: String,
    /// Body, caption, or one line that stands for what has no text.
    pub text: String,
    /// Header line of an interactive message or a template.
    pub header: Option<String>,
    /// Footer line of an interactive message or a template.
    pub footer: Option<String>,
    /// The file.
    pub media: Option<PhoneMedia>,
    /// The message this one quotes.
    pub quotes: Option<String>,
    /// What can be tapped.
    pub buttons: Vec<PhoneButton>,
    /// The customer's reaction.
    pub customer_reaction: Option<String>,
    /// The business's reaction.
    pub business_reaction: Option<String>,
    /// How far it got.
    pub tick: Tick,
    /// The error code it failed with; such a message is not on the phone.
    pub failed_with: Option<u32>,
    /// Changed by its author.
    pub edited: bool,
    /// Deleted for everyone.
    pub deleted: bool,
    /// Marked as forwarded.
    pub forwarded: bool,
    /// The node of the message as it crossed the API, such as `{"body":"…"}`.
    pub node: Value,
}

impl PhoneMessage {
    pub(super) fn new(id: String, number: &str, author: Author, at_ms: i64, kind: &str, node: Value) -> Self {
        Self {
            id,
            number: number.to_owned(),
            author,
            at_ms,
            kind: kind.to_owned(),
            text: String::new(),
            header: None,
            footer: None,
            media: None,
            quotes: None,
            buttons: Vec::new(),
            customer_reaction: None,
            business_reaction: None,
            tick: if author == Author::Business { Tick::Accepted } else { Tick::Delivered },
            failed_with: None,
            edited: false,
            deleted: false,
            forwarded: false,
            node,
        }
    }

    pub(super) fn failed(&self) -> bool {
        self.failed_with.is_some()
    }

    /// Whether it is on the phone.
    pub(super) fn arrived(&self) -> bool {
        !self.failed() && !self.deleted && (self.author != Author::Business || self.tick >= Tick::Delivered)
    }
}
