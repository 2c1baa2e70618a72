//! How a conversation is being passed around: what it asks for, until when its owner has to show up, to whom it is offered,
//! and what it waits for.

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, Time};
use super::roster::Strategy;
use super::routing::Wait;

/// How a conversation is being passed around. Stored as one JSON text; the earliest of its times is `wake_at` beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Passing {
    /// The rule that brought it to its team; empty when none did.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// Skills it asks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// How its owner is chosen, where the rule says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// Whether its rule leaves it to a person to assign it, every time.
    #[serde(skip_serializing_if = "is_false")]
    pub by_person: bool,
    /// Why it waits for a person to assign it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// The last routing decision; 0 when there was none.
    #[serde(skip_serializing_if = "is_zero")]
    pub decision: i64,
    /// Until when its owner has to show up; gone once they have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Who let it lapse or gave it back: not chosen again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not: Vec<AgentId>,
    /// Whether its owner was not there when they became that, so that their absence does not take it from them.
    #[serde(skip_serializing_if = "is_false")]
    pub despite: bool,
    /// How often an owner let it lapse.
    #[serde(skip_serializing_if = "is_zero")]
    pub passes: i64,
    /// How often it was handed off.
    #[serde(skip_serializing_if = "is_zero")]
    pub handoffs: i64,
    /// To whom it is being handed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// What it waits for instead of an answer of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// When its skills stop to matter; never when not waiting for that.
    #[serde(skip_serializing_if = "is_never")]
    pub relax_at: Time,
    /// When another team takes it; never when not waiting for that.
    #[serde(skip_serializing_if = "is_never")]
    pub overflow_at: Time,
    /// Whether its skills no longer matter.
    #[serde(skip_serializing_if = "is_false")]
    pub relaxed: bool,
    /// Whether it was passed to another team because nobody could take it.
    #[serde(skip_serializing_if = "is_false")]
    pub overflowed: bool,
    /// Whether the lead was told that nobody can take it.
    #[serde(skip_serializing_if = "is_false")]
    pub alarmed: bool,
    /// Which automatic messages its customer has had.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Occasion>,
    /// Who is writing in its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writing: Option<Writing>,
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

fn is_never(at: &Time) -> bool {
    *at == Time::NEVER
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// How long the owner has to show up: by an answer, or by saying that they are on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// When it began.
    pub from: Time,
    /// When it ends.
    pub due: Time,
    /// How far its reminders have come.
    pub stage: Stage,
}

/// How far the reminders of a window have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody was told anything.
    #[default]
    Fresh,
    /// The owner was reminded: half of it is over.
    Reminded,
    /// The team was told: four fifths are over.
    Told,
    /// It is over.
    Lapsed,
}

impl Window {
    /// The stage it has reached at `now`.
    #[must_use]
    pub fn reached(&self, now: Time) -> Stage {
        match () {
            () if now >= self.due => Stage::Lapsed,
            () if now >= self.at(80) => Stage::Told,
            () if now >= self.at(50) => Stage::Reminded,
            () => Stage::Fresh,
        }
    }

    /// When the stage after the present one is reached.
    #[must_use]
    pub fn next(&self) -> Time {
        match self.stage {
            Stage::Fresh => self.at(50),
            Stage::Reminded => self.at(80),
            Stage::Told | Stage::Lapsed => self.due,
        }
    }

    fn at(&self, percent: i64) -> Time {
        self.from.plus_ms(self.due.since(self.from).saturating_mul(percent) / 100)
    }
}

/// A handoff that is not accepted yet. The one who makes it owns the conversation until it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// To whom.
    pub to: OfferedTo,
    /// By whom: its owner, or a lead in their place.
    pub by: AgentId,
    /// What they have to know.
    pub note: String,
    /// When.
    pub at: Time,
    /// Until when it stands.
    pub due: Time,
    /// Whether a lead overrode presence or capacity.
    pub anyway: bool,
}

/// To whom a handoff goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferedTo {
    /// To one person, in this team.
    Agent(AgentId, String),
    /// To whoever of a team takes it.
    Team(String),
}

impl OfferedTo {
    /// The team it goes to.
    #[must_use]
    pub fn team(&self) -> &str {
        match self {
            Self::Agent(_, team) | Self::Team(team) => team,
        }
    }
}

/// What a conversation waits for instead of an answer of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// For the customer.
    Pending,
    /// For a time.
    Snoozed {
        /// Until when; never for until the customer writes.
        until: Time,
    },
}

/// When something is said to a customer automatically, once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// They wrote first.
    Greeting,
    /// They wrote outside the hours.
    OutOfHours,
    /// Somebody owns it.
    Assigned,
    /// It ended.
    Closing,
    /// How was it?
    Survey,
}

/// Somebody is writing in a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writing {
    /// Who.
    pub agent: AgentId,
    /// When they were last seen to.
    pub at: Time,
    /// Who was told.
    pub told: Vec<AgentId>,
}

impl Passing {
    /// Somebody has decided about what they had written.
    pub fn decided(&mut self, agent: AgentId) {
        self.writing = self.writing.take().filter(|writing| writing.agent != agent);
    }

    /// When something about it changes by time alone; never when nothing does.
    #[must_use]
    pub fn wake_at(&self) -> Time {
        let hold = match self.hold {
            Some(Hold::Snoozed { until }) => until,
            Some(Hold::Pending) | None => Time::NEVER,
        };
        let window = self.window.map_or(Time::NEVER, |window| window.next());
        let offer = self.offer.as_ref().map_or(Time::NEVER, |offer| offer.due);
        let times = [hold, window, offer, self.relax_at, self.overflow_at];
        times.into_iter().filter_map(Time::some).min().unwrap_or(Time::NEVER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // story: CL-05
    #[test]
    fn a_window_has_three_stages() {
        let window = Window { from: Time(1_000), due: Time(2_000), stage: Stage::Fresh };
        let reached = [1_499, 1_500, 1_800, 1_999, 2_000].map(|at| window.reached(Time(at)));
        assert_eq!(reached, [Stage::Fresh, Stage::Reminded, Stage::Told, Stage::Told, Stage::Lapsed]);
        assert_eq!(window.next(), Time(1_500));
        assert_eq!(Window { stage: Stage::Told, ..window }.next(), Time(2_000));
    }

    #[test]
    fn the_earliest_of_its_times_wakes_it() {
        let mut passing = Passing::default();
        assert_eq!(passing.wake_at(), Time::NEVER);
        passing.overflow_at = Time(900);
        passing.hold = Some(Hold::Snoozed { until: Time(700) });
        assert_eq!(passing.wake_at(), Time(700));
        assert_eq!(serde_json::to_string(&Passing::default()).unwrap(), "{}");
    }
}
