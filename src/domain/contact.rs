//! A customer and the names WhatsApp knows them by.

use serde::{Deserialize, Serialize};

use super::ids::{ContactId, Time};

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub id: ContactId,
    /// Profile name as WhatsApp gave it (untrusted; see [`super::name`]), empty when unknown.
    pub name: String,
    /// WhatsApp user name without `@`, empty when unknown.
    pub username: String,
    /// Digits of the phone, without `+`; empty when withheld.
    pub phone: String,
    /// Business-scoped user id, empty when unknown.
    pub bsuid: String,
    /// First met.
    pub created_at: Time,
    /// What the team has tagged them with, in alphabetical order.
    pub tags: Vec<String>,
    /// Whether their conversations wait for a person to assign them.
    pub vip: bool,
    /// Whether nothing more is taken from them.
    pub blocked: bool,
}

impl Contact {
    /// A customer of whom nothing is known yet.
    #[must_use]
    pub fn new(id: ContactId, created_at: Time) -> Self {
        Self {
            id,
            name: String::new(),
            username: String::new(),
            phone: String::new(),
            bsuid: String::new(),
            created_at,
            tags: Vec::new(),
            vip: false,
            blocked: false,
        }
    }
}

/// What one event says of who the customer is. Empty strings stand for "not said".
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Who {
    /// Digits of the phone, without `+`.
    pub phone: String,
    /// Business-scoped user id (`US.…`).
    pub bsuid: String,
    /// Parent business-scoped user id (`US.ENT.…`).
    pub parent: String,
    /// Profile name.
    pub name: String,
    /// User name without `@`.
    pub username: String,
}

/// Which kind of name an alias is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AliasKind {
    /// Phone digits.
    Phone,
    /// Business-scoped user id.
    Bsuid,
    /// Parent business-scoped user id.
    Parent,
}

/// A tag as it is kept: in lower case, without `#`. `None` for what is none: more than 30 characters, or others than letters,
/// digits, `-` and `_`.
#[must_use]
pub fn tag(typed: &str) -> Option<String> {
    let tag = typed.trim_start_matches('#').to_lowercase();
    let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    ((1..=30).contains(&tag.chars().count()) && tag.chars().all(fits)).then_some(tag)
}

impl AliasKind {
    /// Its spelling in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Bsuid => "bsuid",
            Self::Parent => "parent",
        }
    }

    /// Read from the store.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "phone" => Some(Self::Phone),
            "bsuid" => Some(Self::Bsuid),
            "parent" => Some(Self::Parent),
            _ => None,
        }
    }
}

impl Who {
    /// The aliases said, strongest first: the business-scoped id outlives nothing but is always sent, the phone is what
    /// people share, the parent is the widest.
    #[must_use]
    pub fn aliases(&self) -> Vec<(AliasKind, String)> {
        [(AliasKind::Phone, &self.phone), (AliasKind::Bsuid, &self.bsuid), (AliasKind::Parent, &self.parent)]
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(kind, value)| (kind, value.clone()))
            .collect()
    }

    /// Whether nothing at all identifies the customer.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.phone.is_empty() && self.bsuid.is_empty() && self.parent.is_empty()
    }
}
