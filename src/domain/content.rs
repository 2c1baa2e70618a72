//! What a message holds, whichever side wrote it.

use serde::{Deserialize, Serialize};

use super::ids::MediaId;
use super::markup::Markup;
use super::template::Filled;

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Formatted text.
    Text {
        /// The text.
        text: Markup,
    },
    /// A file with an optional caption.
    Media {
        /// The file.
        file: File,
        /// Text beside it; blank when there is none.
        caption: Markup,
    },
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Name, empty when not given.
        name: String,
        /// Address, empty when not given.
        address: String,
    },
    /// Business cards.
    Contacts {
        /// The people.
        people: Vec<Person>,
    },
    /// A button or list row the customer picked.
    Choice {
        /// What the customer saw on it.
        title: String,
        /// Further text of a list row, empty when there is none.
        detail: String,
        /// What we gave the button or row as its id; empty when it was not ours.
        #[serde(default)]
        id: String,
    },
    /// A filled template.
    Template {
        /// Which, with what.
        filled: Filled,
    },
    /// A question with buttons to answer it.
    Question {
        /// The question.
        text: Markup,
        /// Id and label of each button; at most three, labels of at most 20 characters.
        options: Vec<(String, String)>,
    },
    /// A filled form: a flow reply or an order, as rows of label and value.
    Form {
        /// What it is (`Order`, `Form`).
        title: String,
        /// Label and value from top to bottom.
        rows: Vec<(String, String)>,
    },
    /// Something WhatsApp does not hand over.
    Unsupported {
        /// What it was, in WhatsApp's word (`poll_creation`); empty when unknown.
        what: String,
    },
}

impl Content {
    /// Its kind in one word, as rules name it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Media { file, .. } => match file.kind {
                MediaKind::Image => "image",
                MediaKind::Video => "video",
                MediaKind::Audio => "audio",
                MediaKind::Voice => "voice",
                MediaKind::Document => "document",
                MediaKind::Sticker => "sticker",
            },
            Self::Location { .. } => "location",
            Self::Contacts { .. } => "contacts",
            Self::Choice { .. } => "choice",
            Self::Form { .. } => "form",
            Self::Template { .. } => "template",
            Self::Question { .. } => "question",
            Self::Unsupported { .. } => "unsupported",
        }
    }
}

impl Content {
    /// What people wrote in it, without markup and without what Baton adds.
    #[must_use]
    pub fn to_plain(&self) -> String {
        match self {
            Self::Text { text } => text.to_plain(),
            Self::Media { file, caption } => format!("{} {}", caption.to_plain(), file.name),
            Self::Location { name, address, .. } => format!("{name} {address}"),
            Self::Contacts { people } => people.iter().map(Person::to_plain).collect::<Vec<_>>().join(" "),
            Self::Choice { title, detail, .. } => format!("{title} {detail}"),
            Self::Template { filled } => filled.text.clone(),
            Self::Question { text, .. } => text.to_plain(),
            Self::Form { title, rows } => {
                let rows = rows.iter().map(|(label, value)| format!("{label} {value}"));
                std::iter::once(title.clone()).chain(rows).collect::<Vec<_>>().join(" ")
            }
            Self::Unsupported { .. } => String::new(),
        }
    }
}

impl Person {
    fn to_plain(&self) -> String {
        let all = [&self.name, &self.organisation].into_iter().chain(&self.phones).chain(&self.emails);
        all.map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Our id; 0 until the desk has given one.
    #[serde(default)]
    pub id: MediaId,
    /// How it is to be shown.
    pub kind: MediaKind,
    /// MIME type without parameters, lower case; `application/octet-stream` when unknown.
    pub mime: String,
    /// File name as the sender gave it (untrusted; cleaned where it is used), empty when there is none.
    pub name: String,
    /// Where its adapter can fetch it: Meta's media id or the workspace's address.
    pub remote: String,
    /// SHA-256 the sender's platform announced, as lower-case hex; empty when not announced.
    pub sha256: String,
    /// Bytes announced, 0 when not announced.
    pub size: i64,
}

/// How a file is shown on the customer's phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound file.
    Audio,
    /// A recorded voice note.
    Voice,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
}

/// A person on a business card.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// Name, empty when not given.
    pub name: String,
    /// Numbers as written.
    pub phones: Vec<String>,
    /// Addresses.
    pub emails: Vec<String>,
    /// Organisation, empty when not given.
    pub organisation: String,
}

/// What stands around a customer's message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Around {
    /// Forwarded: 0 no, 1 forwarded, 2 frequently forwarded.
    #[serde(default)]
    pub forwarded: u8,
    /// The advertisement it came from.
    #[serde(default)]
    pub referral: Option<Referral>,
    /// The product it asks about, as `catalog/retailer id`; empty when none.
    #[serde(default)]
    pub product: String,
    /// How long before a message that was shown already it was written, in milliseconds; 0 when it came in its turn.
    #[serde(default)]
    pub late_ms: i64,
    /// The customer's reaction to it, while there is one.
    #[serde(default)]
    pub reaction: Option<String>,
    /// Whether a promise that it notes is kept.
    #[serde(default)]
    pub kept: bool,
}

/// The advertisement or post a customer came from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Referral {
    /// Its headline.
    pub headline: String,
    /// Its text.
    pub body: String,
    /// Its address.
    pub url: String,
}
