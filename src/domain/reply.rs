//! The answer to a click or a command.

use serde::{Deserialize, Serialize};

use super::card::Labelled;
use super::markup::Markup;

/// What the person who clicked or typed is told. Only they see it where the platform can do that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// One or more sentences.
    pub text: Markup,
    /// What can be done next.
    pub buttons: Vec<Labelled>,
}

impl Reply {
    /// Plain sentences.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        Self { text: Markup::plain(text.as_ref()), buttons: Vec::new() }
    }
}
