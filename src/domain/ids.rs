//! Identities. Ours are numbers, foreign ones are opaque strings that only the adapter of their platform makes and reads.

use serde::{Deserialize, Serialize};

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! remote_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// Whether there is none yet: the empty string stands for it in the store.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }

            /// The platform's own spelling.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(remote: &str) -> Self {
                Self(remote.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(/// A customer.
    ContactId);
number_id!(/// A conversation; also the short number people type (`/claim 12`).
    ConversationId);
number_id!(/// A message, note or line of a conversation.
    MessageId);
number_id!(/// A person of the team; 0 stands for nobody.
    AgentId);
number_id!(/// A file.
    MediaId);
number_id!(/// A row of the outbox: one thing to do outside.
    OutboxId);
number_id!(/// A row of the inbox: one thing that happened outside.
    InboxId);

remote_id!(/// A WhatsApp business number, by Meta's `phone_number_id`.
    NumberId);
remote_id!(/// A message on WhatsApp (`wamid.…`).
    Wamid);
remote_id!(/// A channel of the workspace in which cards stand.
    ChannelRef);
remote_id!(/// The thread, topic or reply chain of one conversation.
    ThreadRef);
remote_id!(/// A post in the workspace.
    PostRef);
remote_id!(/// A person in the workspace.
    UserRef);
remote_id!(/// What is needed to answer one click or command; made and read by the adapter alone.
    InteractionRef);

impl AgentId {
    /// Nobody.
    pub const NOBODY: Self = Self(0);

    /// The agent, unless it stands for nobody.
    #[must_use]
    pub fn some(self) -> Option<Self> {
        (self != Self::NOBODY).then_some(self)
    }
}

/// An instant: unix time in milliseconds. 0 stands for "never" in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// No instant.
    pub const NEVER: Self = Self(0);

    /// An instant given in unix seconds.
    #[must_use]
    pub fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Whole unix seconds, rounded down.
    #[must_use]
    pub fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The instant `ms` milliseconds later.
    #[must_use]
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this, negative when this is before it.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// The instant, unless it stands for never.
    #[must_use]
    pub fn some(self) -> Option<Self> {
        (self != Self::NEVER).then_some(self)
    }
}
