//! How long things may take, in open time: what a team has promised at each priority.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Span};
use super::ids::Time;
use super::roster::Priority;

/// What a clock runs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An owner: from when nobody owns what a customer waits for.
    Assign,
    /// The first answer of a person.
    First,
    /// Every later answer.
    Next,
    /// The end, outside the times in which the customer is waited for.
    Resolve,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Assign, Self::First, Self::Next, Self::Resolve];

    /// Its spelling in the store and the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::First => "first",
            Self::Next => "next",
            Self::Resolve => "resolve",
        }
    }

    /// The kind of this spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether it is an answer the customer waits for.
    #[must_use]
    pub fn is_answer(self) -> bool {
        matches!(self, Self::First | Self::Next)
    }
}

/// Milliseconds of open time for each kind at each priority; what is not there has no target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Promise {
    times: BTreeMap<(Kind, usize), i64>,
}

impl Promise {
    /// Sets what may take how long at a priority.
    #[must_use]
    pub fn with(mut self, kind: Kind, priority: Priority, ms: i64) -> Self {
        self.times.insert((kind, priority.rank()), ms);
        self
    }

    /// How long it may take, in milliseconds; 0 when nothing is promised.
    #[must_use]
    pub fn ms(&self, kind: Kind, priority: Priority) -> i64 {
        self.times.get(&(kind, priority.rank())).copied().unwrap_or(0)
    }
}

/// What holds for a conversation of a team at a priority.
#[derive(Debug, Clone, Copy)]
pub struct Targets<'a> {
    /// When the team works: targets count only while it is open.
    pub calendar: &'a Calendar,
    /// What the team has promised.
    pub promise: &'a Promise,
    /// At which priority.
    pub priority: Priority,
    /// How much of the time for an answer an owner has to show up, in percent.
    pub respond_percent: i64,
    /// Changes when calendar or promise do.
    pub version: &'a str,
}

impl Targets<'_> {
    /// How long this kind may take, in milliseconds of open time; 0 when nothing is promised.
    #[must_use]
    pub fn ms(&self, kind: Kind) -> i64 {
        self.promise.ms(kind, self.priority)
    }

    /// When this much open time outside `pauses` has passed since `since`; never when `ms` is 0 or it never does.
    #[must_use]
    pub fn after(&self, since: Time, ms: i64, pauses: &[Span]) -> Time {
        self.calendar.after(since, ms, pauses).unwrap_or(Time::NEVER)
    }

    /// Until when an owner who becomes it now has to show up.
    #[must_use]
    pub fn respond_by(&self, kind: Kind, now: Time) -> Time {
        self.after(now, (self.ms(kind) * self.respond_percent / 100).max(1), &[])
    }
}
