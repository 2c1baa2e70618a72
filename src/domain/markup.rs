//! Formatted text between two dialects: parsed by the adapter of the platform it came from, rendered by the adapter of the
//! one it goes to. Characters in a `Text` are data; escaping them is the renderer's duty.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::ids::{ThreadRef, Time};

/// A formatted text: its blocks from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Markup(pub Vec<Block>);

/// A block of lines. An empty paragraph is an empty line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c", rename_all = "snake_case")]
pub enum Block {
    /// One line of running text.
    Line(Vec<Inline>),
    /// One line of a quotation.
    Quote(Vec<Inline>),
    /// One item of a list; `number` is absent for a bullet.
    Item {
        /// Number of the item in an ordered list.
        number: Option<u32>,
        /// Its text.
        text: Vec<Inline>,
    },
    /// Preformatted text, may hold several lines.
    Code(String),
}

/// A run of text within a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c", rename_all = "snake_case")]
pub enum Inline {
    /// Plain characters.
    Text(String),
    /// Bold.
    Bold(Vec<Inline>),
    /// Italic.
    Italic(Vec<Inline>),
    /// Struck through.
    Strike(Vec<Inline>),
    /// Monospaced.
    Code(String),
    /// An address, with a text of its own where that differs.
    Link {
        /// What is shown; the address itself when absent.
        text: Option<String>,
        /// Where it leads.
        url: String,
    },
    /// A thread of the workspace, linked under its name where that is possible.
    Thread {
        /// Which; empty when there is none.
        thread: ThreadRef,
        /// What is shown otherwise.
        text: String,
    },
    /// An instant, as the time from now or until then, which goes on counting where the platform can do that.
    Moment(Time),
}

impl Markup {
    /// Plain text, line by line.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self(text.split('\n').map(|line| Block::Line(vec![Inline::Text(line.to_owned())])).collect())
    }

    /// Whether nothing but white space would be seen.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.to_plain().trim().is_empty()
    }

    /// The characters alone, for previews, searches and transcripts.
    #[must_use]
    pub fn to_plain(&self) -> String {
        let lines: Vec<String> = self
            .0
            .iter()
            .map(|block| match block {
                Block::Line(text) | Block::Quote(text) => plain(text),
                Block::Item { number: None, text } => format!("- {}", plain(text)),
                Block::Item { number: Some(n), text } => format!("{n}. {}", plain(text)),
                Block::Code(text) => text.clone(),
            })
            .collect();
        lines.join("\n")
    }
}

/// An instant where nothing can count for the reader.
#[must_use]
pub fn moment(at: Time) -> String {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default().format("%Y-%m-%d %H:%M UTC").to_string()
}

fn plain(run: &[Inline]) -> String {
    run.iter()
        .map(|inline| match inline {
            Inline::Text(text) | Inline::Code(text) => text.clone(),
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) => plain(inner),
            Inline::Thread { text, .. } => text.clone(),
            Inline::Moment(at) => moment(*at),
            Inline::Link { text: None, url } => url.clone(),
            Inline::Link { text: Some(text), url } => format!("{text} ({url})"),
        })
        .collect()
}
