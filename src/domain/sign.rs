//! What a thread shows from outside: its icon, where the workspace has one for each.

use super::conversation::{Conversation, Ownership};
use super::ids::Time;

/// What a thread shows from outside, where the workspace can do that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// Nobody owns it.
    Unassigned,
    /// Somebody owns it and the customer waits.
    Waiting,
    /// The customer waits longer than promised.
    Late,
    /// The customer has an answer.
    Answered,
    /// It is over.
    Closed,
}

impl Conversation {
    /// What its thread shows from outside.
    #[must_use]
    pub fn sign(&self) -> Sign {
        let rings =
            self.clocks.alarm.as_ref().is_some_and(|alarm| alarm.rings.iter().any(|ring| ring.ended_at == Time::NEVER));
        match self.ownership {
            Ownership::Closed { .. } => Sign::Closed,
            _ if rings => Sign::Late,
            Ownership::Waiting => Sign::Unassigned,
            Ownership::Owned { .. } if self.waiting_since == Time::NEVER => Sign::Answered,
            Ownership::Owned { .. } => Sign::Waiting,
        }
    }
}
