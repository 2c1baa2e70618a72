//! How conversations run and pass from hand to hand.

use serde::Deserialize;

/// How conversations run.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Conversations {
    /// Days in which a customer who writes again continues a closed conversation.
    pub reopen_days: u32,
}

impl Default for Conversations {
    fn default() -> Self {
        Self { reopen_days: 7 }
    }
}

/// What becomes of what an owner does not answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ownership {
    /// How much of the customer's time an owner has to answer or to say that they are on it, in percent.
    pub respond_percent: u32,
    /// Whether it goes to somebody else after that.
    pub pass_on: bool,
    /// After how many times it waits for the lead.
    pub max_passes: u32,
}

impl Default for Ownership {
    fn default() -> Self {
        Self { respond_percent: 40, pass_on: true, max_passes: 2 }
    }
}

/// How handing over works.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Handoff {
    /// Minutes an offer stands.
    pub accept_minutes: u32,
    /// Whether it needs a note.
    pub note_required: bool,
    /// From which handoff of a conversation on the lead is told.
    pub max: u32,
}

impl Default for Handoff {
    fn default() -> Self {
        Self { accept_minutes: 5, note_required: true, max: 3 }
    }
}

/// How owners are found.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Routing {
    /// How many open conversations somebody may own who does not say otherwise.
    pub capacity: u32,
    /// How many of those that wait somebody is given at once who has just come; 0 for as many as they may own.
    pub max_burst: u32,
    /// Minutes until they are given as many again.
    pub ramp_minutes: u32,
    /// The time zone of whoever has no calendar.
    pub zone: String,
    /// Names of agents who left: what they own is passed on at the start.
    pub former: Vec<String>,
}

impl Default for Routing {
    fn default() -> Self {
        Self { capacity: 5, max_burst: 3, ramp_minutes: 5, zone: "UTC".to_owned(), former: Vec::new() }
    }
}

/// What is said to customers without a person; empty for nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Automatic {
    /// To somebody who writes for the first time.
    pub greeting: String,
    /// To somebody who writes outside their team's hours.
    pub out_of_hours: String,
    /// When somebody becomes the owner.
    pub assigned: String,
    /// At the end.
    pub closing: String,
    /// After the end: how it was.
    pub survey: String,
    /// The answers offered to that; at most three of at most 20 characters.
    pub survey_options: Vec<String>,
}
