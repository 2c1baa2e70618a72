//! A conversation that is late, as everybody sees it: one message, which says how it stands as long as it rings and what
//! came of it afterwards.

use serde::{Deserialize, Serialize};

use super::clocks::{Came, Kept, Running};
use super::ids::{AgentId, ChannelRef, Time};
use super::targets::Kind;

/// The alarm of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Which of its conversation, from 1: one that has ended is followed by another, with a message of its own.
    pub nth: i64,
    /// It came amid so many that all of them stand in one list.
    #[serde(default)]
    pub listed: bool,
    /// Where it is shown.
    pub channels: Vec<ChannelRef>,
    /// The clocks that ring or have rung, in the order in which they did.
    pub rings: Vec<Ring>,
}

/// A clock that rings, or has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// Which clock of the conversation.
    pub clock: i64,
    /// What it runs for.
    pub kind: Kind,
    /// When it began.
    pub since: Time,
    /// Its deadline.
    pub due: Time,
    /// What came of it.
    pub came: Came,
    /// When it ended; never while it runs.
    pub ended_at: Time,
    /// Who ended it; nobody when it was dropped, or outside Baton.
    pub by: AgentId,
}

/// Many conversations of a team that ring at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    /// More alarms than this within [`Storm::WITHIN_MS`] stand in one list.
    pub threshold: usize,
}

impl Storm {
    /// How close together they come.
    pub const WITHIN_MS: i64 = 10 * 60_000;
}

impl Alarm {
    /// The alarm that follows on another, or the first.
    #[must_use]
    pub fn after(last: Option<&Self>) -> Self {
        let nth = last.map_or(0, |last| last.nth) + 1;
        Self { nth, listed: false, channels: Vec::new(), rings: Vec::new() }
    }

    /// Whether nothing rings any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.rings.iter().all(|ring| ring.came != Came::Open)
    }

    /// A clock rings.
    pub fn ring(&mut self, clock: &Running) {
        let Running { nth, kind, since, due, .. } = *clock;
        if self.rings.iter().all(|ring| ring.clock != nth) {
            let (came, ended_at, by) = (Came::Open, Time::NEVER, AgentId::NOBODY);
            self.rings.push(Ring { clock: nth, kind, since, due, came, ended_at, by });
        }
    }

    /// It is also shown there.
    pub fn shown_in(&mut self, channel: &ChannelRef) {
        if !channel.is_empty() && !self.channels.contains(channel) {
            self.channels.push(channel.clone());
        }
    }

    /// Follows the clocks: those that run, and those that have just ended.
    pub fn follow(&mut self, running: &[Running], kept: &[Kept]) {
        for ring in &mut self.rings {
            if let Some(runs) = running.iter().find(|clock| clock.nth == ring.clock) {
                (ring.since, ring.due) = (runs.since, runs.due);
                (ring.came, ring.ended_at, ring.by) = (Came::Open, Time::NEVER, AgentId::NOBODY);
            } else if let Some(ended) = kept.iter().find(|row| row.clock.nth == ring.clock) {
                (ring.came, ring.ended_at, ring.by) = (ended.came, ended.ended_at, ended.by);
            }
        }
    }
}
