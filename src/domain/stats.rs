//! How a period went, in figures.

use super::period::Period;
use super::targets::Kind;

/// Whom figures are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Every team.
    Everybody,
    /// A team.
    Team(String),
    /// A person: what they took, answered and owned.
    Agent(String),
}

/// How a period went. Times are milliseconds of open time and belong to what ended within the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Whom it is about.
    pub about: About,
    /// Which days.
    pub period: Period,
    /// How many conversations began; of a person, how many they were given.
    pub begun: i64,
    /// How many were closed; of a person, of those they owned.
    pub closed: i64,
    /// How many customers wrote who had no answer at all when it was closed.
    pub unanswered: i64,
    /// The time to an owner, to the first answer, to later ones and to the end, in this order; none of what never happened.
    pub measured: Vec<Measured>,
    /// How many answers were given outside Baton, which count for nobody.
    pub outside: i64,
    /// Of the conversations whose customers waited for an owner: in how many they wrote again before.
    pub nudged_unowned: Share,
    /// Of those whose customers waited for a first answer: in how many they wrote again before.
    pub nudged_unanswered: Share,
    /// After how long customers who wrote again before a first answer did so.
    pub first_nudge: Option<Nudge>,
    /// The steps of ladders that told of a deadline that had passed.
    pub slips: Vec<Slip>,
    /// How owners changed.
    pub changes: Owners,
    /// Who answered, whoever answered most first.
    pub people: Vec<Person>,
    /// How long customers waited for an answer while nobody owned their conversation; 0 where it is about a person.
    pub waited_unowned_ms: i64,
}

/// A length of time as it came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// The time to what.
    pub kind: Kind,
    /// How many.
    pub n: i64,
    /// Half of them took no longer.
    pub p50: i64,
    /// Nine of ten took no longer.
    pub p90: i64,
    /// Nineteen of twenty took no longer.
    pub p95: i64,
    /// For how many of them there was a target.
    pub promised: i64,
    /// How many of these kept it.
    pub met: i64,
}

/// Some of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    /// Some.
    pub n: i64,
    /// Of how many.
    pub of: i64,
}

impl Share {
    /// In whole percent; `None` of nothing.
    #[must_use]
    pub fn percent(self) -> Option<i64> {
        (self.of > 0).then(|| (self.n * 200 + self.of) / (2 * self.of))
    }
}

/// After how long customers write again, in milliseconds on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nudge {
    /// How many did.
    pub n: i64,
    /// Half of them by then.
    pub p50: i64,
    /// Four fifths of them by then.
    pub p80: i64,
}

/// What people would set as a target, in seconds.
const TARGETS: [i64; 18] =
    [30, 60, 120, 180, 240, 300, 600, 900, 1_200, 1_800, 2_700, 3_600, 7_200, 10_800, 14_400, 21_600, 28_800, 86_400];

/// Fewer customers than these show no habit.
const ENOUGH: i64 = 5;

impl Nudge {
    /// A target for the first answer that comes before at least half of those who write again, in milliseconds; `None` where
    /// they write again at once, or are too few to tell.
    #[must_use]
    pub fn target_ms(self) -> Option<i64> {
        if self.n < ENOUGH {
            return None;
        }
        TARGETS.into_iter().map(|secs| secs * 1000).rfind(|ms| *ms < self.p50)
    }
}

/// Steps that came after a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slip {
    /// What was due.
    pub kind: Kind,
    /// The how manieth step of its ladder, from 1.
    pub level: i64,
    /// How often.
    pub n: i64,
}

/// How owners changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Owners {
    /// From one person to another, in whatever way.
    pub reassigned: i64,
    /// Of these, handed over and accepted.
    pub handed_over: i64,
    /// Given back to the queue.
    pub given_back: i64,
    /// Taken from somebody who did not answer in time or was not there.
    pub taken_back: i64,
}

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Their first answers.
    pub first: Option<Measured>,
    /// Their later answers.
    pub next: Option<Measured>,
    /// How long customers waited for an answer while they owned the conversation, whoever answered in the end.
    pub waited_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    // story: VI-06
    #[test]
    fn a_target_lies_before_half_of_the_nudges() {
        let target = |p50: i64| Nudge { n: 9, p50, p80: 2 * p50 }.target_ms();
        assert_eq!(target(240_000), Some(180_000));
        assert_eq!(target(250_000), Some(240_000));
        assert_eq!(target(30_000), None);
        assert_eq!(Nudge { n: 4, p50: 240_000, p80: 300_000 }.target_ms(), None);
        assert_eq!(target(1_000_000_000), Some(86_400_000));
        assert_eq!(Share { n: 1, of: 3 }.percent(), Some(33));
        assert_eq!((Share { n: 2, of: 3 }.percent(), Share::default().percent()), (Some(67), None));
    }
}
