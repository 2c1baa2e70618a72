//! What managers are told: who carries what, and what nobody does.

use super::ids::{ConversationId, ThreadRef, Time};
use super::name;
use super::roster::{Duty, Pace, Priority, Standing};
pub use super::stats::Stats;
use super::words;

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub id: ConversationId,
    /// Its thread; empty until it has one.
    pub thread: ThreadRef,
    /// The customer, for display.
    pub customer: String,
    /// Since when they wait; never when they do not.
    pub waiting_since: Time,
    /// Until when they are to have an answer; never when nothing is promised.
    pub due_at: Time,
    /// How often they wrote again.
    pub nudges: i64,
    /// How pressing it is.
    pub priority: Priority,
}

/// Somebody who writes for the first time and has no thread yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arriving {
    /// Their conversation.
    pub id: ConversationId,
    /// The customer, for display.
    pub customer: String,
    /// Since when they wait; never when they do not.
    pub since: Time,
    /// How they begin.
    pub opening: String,
}

impl Arriving {
    /// How many stand in one post.
    pub const IN_A_POST: i64 = 40;
}

/// What nobody of a team owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unowned {
    /// The team.
    pub team: String,
    /// A page of it, the most urgent first.
    pub listed: Vec<Listed>,
    /// How many stand before that page.
    pub before: i64,
    /// How many there are in all.
    pub count: i64,
}

/// What the people of a team carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// The team.
    pub team: String,
    /// Everybody in it, whoever is there first.
    pub members: Vec<Carried>,
    /// How many more there are.
    pub more: i64,
    /// How many conversations nobody owns.
    pub unowned: i64,
}

/// What somebody carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// Their name.
    pub name: String,
    /// How many conversations they own.
    pub load: i64,
    /// How many they may own.
    pub capacity: i64,
    /// How many of their customers wait.
    pub waiting: i64,
    /// How many of those were to have an answer by now.
    pub late: i64,
    /// Since when the first of them does; never when none does.
    pub oldest: Time,
    /// The nearest deadline; never when there is none.
    pub due: Time,
    /// Whether they are there, in words.
    pub there: String,
}

/// What one person carries, conversation by conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burden {
    /// Their name.
    pub name: String,
    /// The teams they sit in, by name.
    pub teams: Vec<String>,
    /// How they stand.
    pub standing: Standing,
    /// How many conversations they own.
    pub load: i64,
    /// How many they may own.
    pub capacity: i64,
    /// How many of their customers wait.
    pub waiting: i64,
    /// The most urgent of them.
    pub owned: Vec<Listed>,
}

/// What somebody owes their customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Owed {
    /// How many wait.
    pub waiting: i64,
    /// How many of those were to have an answer by now.
    pub late: i64,
    /// Since when the first of them does; never when none does.
    pub oldest: Time,
    /// The nearest deadline; never when there is none.
    pub due: Time,
}

impl Carried {
    /// What somebody carries and owes.
    #[must_use]
    pub fn of(name: &str, duty: &Duty, owed: Owed, (pace, now): (Pace, Time)) -> Self {
        let Owed { waiting, late, oldest, due } = owed;
        let standing = duty.standing(pace, now);
        // Whoever merely has enough is there.
        let there = if standing.is_present() { "" } else { words::is(standing).trim_start_matches("is ") };
        Self {
            name: name::display(name, 40, "somebody"),
            load: duty.load,
            capacity: duty.capacity,
            waiting,
            late,
            oldest,
            due,
            there: there.to_owned(),
        }
    }
}

/// What a summary tells of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summed {
    /// Who carries what.
    pub load: Load,
    /// Since when the first of those waits whom nobody owns; never when none does.
    pub oldest: Time,
    /// How many of those wrote again.
    pub again: i64,
    /// How it went; none where that is too much to count while people wait.
    pub stats: Option<Stats>,
}
