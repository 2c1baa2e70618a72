//! The answer to a click or a command.

use serde::{Deserialize, Serialize};

use super::card::Labelled;
use super::chart::Chart;
use super::markup::Markup;

/// What the person who clicked or typed is told. Only they see it where the platform can do that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// One or more sentences.
    pub text: Markup,
    /// What can be done next.
    pub buttons: Vec<Labelled>,
    /// Files that come with it, at most as many as fit into one post.
    #[serde(default)]
    pub files: Vec<Enclosed>,
}

/// A file that Baton makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "enclosed", rename_all = "snake_case")]
pub enum Enclosed {
    /// Something to read or to keep.
    Text {
        /// A file name with extension.
        name: String,
        /// What it holds.
        text: String,
    },
    /// A picture of figures.
    Picture {
        /// A file name with extension.
        name: String,
        /// What it shows.
        chart: Chart,
        /// The same in a sentence, for those who do not see it; at most 1000 characters.
        alt: String,
    },
}

impl Reply {
    /// Plain sentences.
    #[must_use]
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::of(Markup::plain(text.as_ref()))
    }

    /// Text with its markup.
    #[must_use]
    pub fn of(text: Markup) -> Self {
        Self { text, buttons: Vec::new(), files: Vec::new() }
    }

    /// The same with buttons.
    #[must_use]
    pub fn with(mut self, buttons: Vec<Labelled>) -> Self {
        self.buttons = buttons;
        self
    }

    /// The same with a file.
    #[must_use]
    pub fn enclosing(mut self, file: Enclosed) -> Self {
        self.files.push(file);
        self
    }
}
