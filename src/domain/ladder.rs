//! Who is told what, and when, as a deadline comes near and passes.

use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::ids::Time;
use super::targets::Kind;

/// The steps of a team, for each kind of clock in the order in which they come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ladder {
    steps: Vec<Step>,
    /// Outside these hours steps wait, but for those that always come.
    hours: Option<Calendar>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which clock.
    pub on: On,
    /// How much of the target has passed, in percent.
    pub share: i64,
    /// How much open time after that, in milliseconds.
    pub after_ms: i64,
    /// Who is told.
    pub tell: Vec<Whom>,
    /// Whether people are told directly, where the workspace can do that, and not called to the thread.
    pub direct: bool,
    /// What is done beside telling.
    pub act: Act,
    /// Whether it also comes in quiet hours.
    pub always: bool,
}

/// Which clock a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// The time to an owner.
    Assign,
    /// The time to an answer, the first or a later one.
    Response,
    /// The time to the end.
    Resolution,
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Whoever owns it.
    Owner,
    /// Everybody in the team's channel, without a call.
    Team,
    /// Those who lead the team.
    Lead,
    /// The managers by name.
    Manager,
    /// A person, as the configuration or the workspace names them.
    Person(String),
    /// Another channel of the workspace.
    Channel(String),
}

/// What is done beside telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Nothing.
    #[default]
    Nothing,
    /// One more pressing.
    Raise,
    /// Taken from its owner, to the queue.
    Release,
    /// Taken from its owner, to somebody else.
    Reassign,
}

impl On {
    /// The clock that this kind runs on.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Assign => Self::Assign,
            Kind::First | Kind::Next => Self::Response,
            Kind::Resolve => Self::Resolution,
        }
    }
}

impl Step {
    /// Whether it comes at the deadline or later.
    #[must_use]
    pub fn is_slip(&self) -> bool {
        self.share >= 100
    }

    /// Where it lies on a clock with this target, in milliseconds of open time from the start.
    #[must_use]
    pub fn offset(&self, target_ms: i64) -> i64 {
        (target_ms.saturating_mul(self.share) / 100).saturating_add(self.after_ms)
    }
}

impl Ladder {
    /// These steps, in any order.
    #[must_use]
    pub fn new(steps: Vec<Step>, hours: Option<Calendar>) -> Self {
        Self { steps, hours }
    }

    /// When a step that lies at `at` comes.
    #[must_use]
    pub fn comes(&self, step: &Step, at: Time) -> Time {
        match &self.hours {
            Some(hours) if !step.always && at != Time::NEVER => hours.next_open(at),
            _ => at,
        }
    }

    /// The steps of a clock with this target, in the order in which they come; none without a target.
    #[must_use]
    pub fn of(&self, kind: Kind, target_ms: i64) -> Vec<&Step> {
        let on = On::of(kind);
        let mut steps: Vec<&Step> = self.steps.iter().filter(|step| step.on == on && target_ms > 0).collect();
        steps.sort_by_key(|step| step.offset(target_ms));
        steps
    }
}
