//! How a job ended. What is not certain says so.

use crate::domain::event::{Failure, Refused};

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

impl Receipt {
    /// A receipt with one remote id.
    #[must_use]
    pub fn of(remote: impl Into<String>) -> Self {
        Self { remote: vec![remote.into()], file: None }
    }
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
