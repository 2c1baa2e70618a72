//! What the team sees, before any platform's form: cards with fields and buttons, and posts in a thread. Adapters render
//! them within their [`Caps`]; the wording is in [`super::words`].

use serde::{Deserialize, Serialize};

use super::event::Button;
use super::ids::{ThreadRef, Time, UserRef};
use super::markup::Markup;
use super::reply::Enclosed;

/// The card of a conversation, also the head of its thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// One line: number and customer.
    pub title: String,
    /// The customer's first message or newest unanswered one.
    pub text: Markup,
    /// State at a glance.
    pub tone: Tone,
    /// Facts from top to bottom.
    pub fields: Vec<Field>,
    /// What can be done.
    pub buttons: Vec<Labelled>,
    /// Whom to call, by mention; at most one.
    pub mention: Option<UserRef>,
}

/// The state a card shows at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nobody owns it.
    Waiting,
    /// Somebody owns it and the customer waits.
    Owned,
    /// Somebody owns it and the customer has an answer.
    Answered,
    /// It is over.
    Closed,
}

/// One fact on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: Value,
}

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Characters as they are.
    Text(String),
    /// An instant, shown in the reader's own time and counting down where the platform can.
    Moment(Time),
    /// A person of the workspace, shown by name without calling them.
    Person {
        /// Who.
        user: UserRef,
        /// The name to show where the platform cannot resolve it.
        name: String,
    },
    /// Another thread of the workspace, linked where that is possible.
    Thread {
        /// Which; empty when it has none.
        thread: ThreadRef,
        /// What is shown otherwise.
        text: String,
    },
}

/// A button with its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    /// What is written on it, at most 30 characters.
    pub label: String,
    /// What it stands for.
    pub button: Button,
    /// How it looks.
    pub style: Style,
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// The thing to do.
    Primary,
    /// One of several.
    Secondary,
    /// Ends or removes something.
    Danger,
}

/// One post in a thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// Who speaks.
    pub speaker: Speaker,
    /// What is said; blank when only files or notes are shown.
    pub text: Markup,
    /// Short remarks in small print under it ("forwarded").
    pub notes: Vec<String>,
    /// What can be done.
    pub buttons: Vec<Labelled>,
    /// Whom to call, by mention.
    #[serde(default)]
    pub mentions: Vec<UserRef>,
    /// The thread it leads to; empty for none.
    #[serde(default)]
    pub leads_to: ThreadRef,
    /// Files of Baton's own that come with a new post; bringing a post up to date leaves those it has.
    #[serde(default)]
    pub files: Vec<Enclosed>,
}

/// Who speaks in a post of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The customer, by display name.
    Customer(String),
    /// The team, outside Baton (the WhatsApp Business app).
    Outside,
    /// Baton to the customer, without a person.
    Automatic,
    /// An agent, by display name, where Baton repeats what they wrote.
    Agent(String),
    /// Baton itself, in a line in small print.
    Baton,
    /// Baton itself, with something to read: a handoff, a transcript.
    Record,
}

impl Post {
    /// A line of Baton's own.
    #[must_use]
    pub fn line(text: impl Into<String>) -> Self {
        Self {
            speaker: Speaker::Baton,
            text: Markup::plain(&text.into()),
            notes: Vec::new(),
            buttons: Vec::new(),
            mentions: Vec::new(),
            leads_to: ThreadRef::default(),
            files: Vec::new(),
        }
    }

    /// The same, calling these people.
    #[must_use]
    pub fn calling(mut self, people: Vec<UserRef>) -> Self {
        self.mentions = people.into_iter().filter(|user| !user.is_empty()).collect();
        self
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

/// What a workspace can show. Data, so that rendering can be tested without the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// UTF-16 units of one post.
    pub max_text: usize,
    /// Bytes of one uploaded file.
    pub max_file: u64,
    /// Files in one post.
    pub max_files: usize,
    /// Cards stand in the channel, each with its thread under it. Where they do not, a card is the first post of its thread
    /// alone, which then shows the customer's first words as well.
    pub lists_cards: bool,
}
