//! What customers send: one constructor per kind.

use axum::body::Bytes;
use serde_json::{Value, json};

use super::media::MediaFault;

/// A file a customer attaches.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// MIME type as the webhook tells it.
    pub mime: String,
    /// Content.
    pub bytes: Bytes,
    /// Name, of documents.
    pub filename: Option<String>,
    /// Text under the file; stickers and audio have none.
    pub caption: Option<String>,
    /// Recorded with the microphone.
    pub voice: bool,
    /// A moving sticker.
    pub animated: bool,
    /// How fetching it is to go wrong.
    pub fault: Option<MediaFault>,
}

impl Attachment {
    /// A file without name and caption.
    #[must_use]
    pub fn new(mime: &str, bytes: impl Into<Bytes>) -> Self {
        Self {
            mime: mime.to_owned(),
            bytes: bytes.into(),
            filename: None,
            caption: None,
            voice: false,
            animated: false,
            fault: None,
        }
    }

    /// With a text under it.
    #[must_use]
    pub fn caption(mut self, caption: &str) -> Self {
        self.caption = Some(caption.to_owned());
        self
    }

    /// With a file name.
    #[must_use]
    pub fn named(mut self, filename: &str) -> Self {
        self.filename = Some(filename.to_owned());
        self
    }

    /// As a recorded voice note.
    #[must_use]
    pub fn voice(mut self) -> Self {
        self.voice = true;
        self
    }

    /// With a fetch that goes wrong.
    #[must_use]
    pub fn faulty(mut self, fault: MediaFault) -> Self {
        self.fault = Some(fault);
        self
    }
}

/// The kinds of section "message types" of the Cloud API's webhook reference.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are the keys of Meta's nodes")]
pub enum Content {
    /// Plain text.
    Text(String),
    /// A picture.
    Image(Attachment),
    /// A film.
    Video(Attachment),
    /// Sound, or a voice note.
    Audio(Attachment),
    /// Any other file.
    Document(Attachment),
    /// A sticker, `image/webp`.
    Sticker(Attachment),
    /// A place.
    Location { latitude: f64, longitude: f64, name: Option<String>, address: Option<String> },
    /// Contact cards, as Meta's array.
    Contacts(Value),
    /// The customer's own number, as the answer to a request for it; from now on webhooks carry the phone.
    OwnContact,
    /// A reaction to the message `of`; without emoji it is taken away.
    Reaction { of: String, emoji: Option<String> },
    /// A tap on a template's quick reply.
    Button { of: String, text: String, payload: String },
    /// A tap on a reply button.
    ButtonReply { of: String, id: String, title: String },
    /// A row of a list.
    ListReply { of: String, id: String, title: String, description: Option<String> },
    /// A completed flow; `response_json` is JSON in a string.
    FlowReply { of: String, name: String, body: String, response_json: String },
    /// A basket, with Meta's `product_items`.
    Order { catalog_id: String, text: String, items: Value },
    /// The customer took another phone number (digits); the business-scoped id changes with it.
    NumberChanged { to: String },
    /// The business-scoped id changed.
    IdChanged,
    /// Something the API does not carry, such as `poll_creation`, with its error code (131051, or 131052 for a file
    /// that is too large).
    Unsupported { kind: String, code: u32 },
    /// A new text for the message `of`.
    Edit { of: String, text: String },
    /// The message `of` deleted for everyone.
    Revoke { of: String },
    /// A type nobody knows yet.
    Other { kind: String, node: Value },
}

/// How a forwarded message is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forwarded {
    /// At most five times.
    Some,
    /// More than five times.
    Often,
}

/// One message of a customer with what may surround it.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The message itself.
    pub content: Content,
    /// The wamid of the message it quotes.
    pub quotes: Option<String>,
    /// Forwarded from elsewhere.
    pub forwarded: Option<Forwarded>,
    /// The advertisement the customer came from, as Meta's `referral`.
    pub referral: Option<Value>,
    /// The group it was written in.
    pub group: Option<String>,
}

impl From<Content> for Inbound {
    fn from(content: Content) -> Self {
        Self { content, quotes: None, forwarded: None, referral: None, group: None }
    }
}

impl Inbound {
    /// Plain text.
    #[must_use]
    pub fn text(body: &str) -> Self {
        Content::Text(body.to_owned()).into()
    }

    /// A reaction; `None` takes it away.
    #[must_use]
    pub fn reaction(of: &str, emoji: Option<&str>) -> Self {
        Content::Reaction { of: of.to_owned(), emoji: emoji.map(str::to_owned) }.into()
    }

    /// A new text for an earlier message.
    #[must_use]
    pub fn edit(of: &str, text: &str) -> Self {
        Content::Edit { of: of.to_owned(), text: text.to_owned() }.into()
    }

    /// Deletion for everyone.
    #[must_use]
    pub fn revoke(of: &str) -> Self {
        Content::Revoke { of: of.to_owned() }.into()
    }

    /// Something the API does not carry.
    #[must_use]
    pub fn unsupported(kind: &str) -> Self {
        Content::Unsupported { kind: kind.to_owned(), code: 131_051 }.into()
    }

    /// As a reply to the message with this wamid.
    #[must_use]
    pub fn quoting(mut self, wamid: &str) -> Self {
        self.quotes = Some(wamid.to_owned());
        self
    }

    /// Marked as forwarded.
    #[must_use]
    pub fn forwarded(mut self, how: Forwarded) -> Self {
        self.forwarded = Some(how);
        self
    }

    /// As the first message after a click on an advertisement with this headline.
    #[must_use]
    pub fn from_ad(mut self, headline: &str) -> Self {
        self.referral = Some(json!({
            "source_url": "https://fb.me/3cr4Wqqkv",
            "source_id": "120226305854810726",
            "source_type": "ad",
            "body": "Write to us on WhatsApp",
            "headline": headline,
            "media_type": "image",
            "image_url": "https://scontent.example/ad.jpg",
            "ctwa_clid": "Aff-n8ZTODiE79d22KtAwQKj9e",
            "welcome_message": { "text": "Hi! How can we help?" },
        }));
        self
    }

    /// Written in a group.
    #[must_use]
    pub fn in_group(mut self, group_id: &str) -> Self {
        self.group = Some(group_id.to_owned());
        self
    }

    /// The message that taps and replies refer to by their nature, or the one quoted.
    pub(super) fn context_of(&self) -> Option<&str> {
        match &self.content {
            Content::Button { of, .. }
            | Content::ButtonReply { of, .. }
            | Content::ListReply { of, .. }
            | Content::FlowReply { of, .. } => Some(of),
            _ => self.quotes.as_deref(),
        }
    }
}
