//! The people of the teams: who they are, what they can do, and whether they are there.

use serde::{Deserialize, Serialize};

use super::ids::Time;

/// How pressing a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Can wait.
    Low,
    /// As usual.
    #[default]
    Normal,
    /// Before others.
    High,
    /// At once; a person assigns it.
    Urgent,
}

impl Priority {
    /// Its place from the least pressing on, from 0.
    #[must_use]
    pub fn rank(self) -> usize {
        match self {
            Self::Low => 0,
            Self::Normal => 1,
            Self::High => 2,
            Self::Urgent => 3,
        }
    }

    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// Its name, as people type it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    /// Reads [`Priority::as_str`], in any case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str().eq_ignore_ascii_case(text))
    }
}

/// How a team's next conversation finds its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Whose last assignment lies furthest back.
    RoundRobin,
    /// Who uses the smallest share of their own capacity.
    LeastLoaded,
    /// Who has had nothing to do for the longest time.
    LongestIdle,
    /// Nobody by itself: it waits to be claimed.
    #[default]
    Manual,
}

impl Strategy {
    /// Its name, as the configuration spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::LeastLoaded => "least_loaded",
            Self::LongestIdle => "longest_idle",
            Self::Manual => "manual",
        }
    }
}

/// Whether somebody can be given a conversation, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Can.
    Ready,
    /// Owns as many as they may.
    Full,
    /// Has just come, and gets the next ones a little later.
    Ramping,
    /// Said that they are away.
    Away,
    /// Outside their working hours.
    OffShift,
    /// No longer in the team chat.
    Gone,
}

impl Standing {
    const ALL: [Self; 6] = [Self::Ready, Self::Full, Self::Ramping, Self::Away, Self::OffShift, Self::Gone];

    /// Its spelling in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Full => "full",
            Self::Ramping => "ramping",
            Self::Away => "away",
            Self::OffShift => "off_shift",
            Self::Gone => "gone",
        }
    }

    /// Read from the store.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Whether they are there at all, with room or without.
    #[must_use]
    pub fn is_present(self) -> bool {
        matches!(self, Self::Ready | Self::Full | Self::Ramping)
    }
}

/// What somebody has said about being there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub enum Availability {
    /// Nothing: their working hours count.
    #[default]
    ByHours,
    /// There, whatever their hours say.
    Available,
    /// Not there.
    Away {
        /// Until when; never for no end.
        until: Time,
        /// Why, for the team; may be empty.
        why: String,
    },
}

/// How much somebody does and may do. Kept in the database; every change of an owner changes it in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// How many open conversations they may own.
    pub capacity: i64,
    /// How many they own.
    pub load: i64,
    /// What they have said about being there.
    pub availability: Availability,
    /// Whether their working hours are open.
    pub on_shift: bool,
    /// Whether they belong to the team chat.
    pub here: bool,
    /// When `on_shift`, an absence or a ramp ends by itself; never when nothing does.
    pub turns_at: Time,
    /// When they were given something last.
    pub assigned_at: Time,
    /// Since when they have had nothing to do; while they own something, when that last became more or less.
    pub idle_since: Time,
    /// When they came, and how many they have been given since then.
    pub ramp: Ramp,
}

/// Somebody who comes is not given everything that waits at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ramp {
    /// When they came; never when that is long ago.
    pub since: Time,
    /// How many they have been given since.
    pub given: i64,
}

/// How fast somebody who comes is given what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How many at once; 0 for no limit.
    pub burst: i64,
    /// After how many milliseconds as many again.
    pub every_ms: i64,
}

/// Beyond every time in milliseconds.
const BUSY: i64 = 1 << 52;

impl Duty {
    /// Of somebody who has nothing to do yet and works always.
    #[must_use]
    pub fn new(capacity: i64) -> Self {
        Self {
            capacity,
            load: 0,
            availability: Availability::ByHours,
            on_shift: true,
            here: true,
            turns_at: Time::NEVER,
            assigned_at: Time::NEVER,
            idle_since: Time::NEVER,
            ramp: Ramp::default(),
        }
    }

    /// Whether they can be given a conversation at `now`.
    #[must_use]
    pub fn standing(&self, pace: Pace, now: Time) -> Standing {
        if !self.here {
            return Standing::Gone;
        }
        match self.availability {
            Availability::Away { until, .. } if until == Time::NEVER || until > now => return Standing::Away,
            Availability::Available => {}
            Availability::ByHours | Availability::Away { .. } if !self.on_shift => return Standing::OffShift,
            Availability::ByHours | Availability::Away { .. } => {}
        }
        if self.load >= self.capacity {
            return Standing::Full;
        }
        if self.ramp.left(pace, now) == 0 { Standing::Ramping } else { Standing::Ready }
    }

    /// Whether they are there, by what was last written down.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.here
            && match self.availability {
                Availability::ByHours => self.on_shift,
                Availability::Available => true,
                Availability::Away { .. } => false,
            }
    }

    /// How many conversations they can be given now.
    #[must_use]
    pub fn room(&self, pace: Pace, now: Time) -> i64 {
        match self.standing(pace, now) {
            Standing::Ready => (self.capacity - self.load).min(self.ramp.left(pace, now)),
            _ => 0,
        }
    }

    /// What [`Strategy::LongestIdle`] goes by, in milliseconds, the least first: whoever owns something stands behind all who
    /// own nothing.
    #[must_use]
    pub fn idle_order(&self) -> i64 {
        self.idle_since.0 + if self.load > 0 { BUSY } else { 0 }
    }

    /// The share of the capacity in use, in ten-thousandths.
    #[must_use]
    pub fn share(&self) -> i64 {
        if self.capacity <= 0 { 10_000 } else { self.load.saturating_mul(10_000) / self.capacity }
    }
}

impl Ramp {
    /// How many more may be given at `now`.
    #[must_use]
    pub fn left(self, pace: Pace, now: Time) -> i64 {
        if self.since == Time::NEVER || pace.burst <= 0 {
            return i64::MAX;
        }
        let steps = 1 + now.since(self.since).max(0) / pace.every_ms.max(1);
        steps.saturating_mul(pace.burst).saturating_sub(self.given).max(0)
    }

    /// When more may be given.
    #[must_use]
    pub fn next_step(self, pace: Pace, now: Time) -> Time {
        let every = pace.every_ms.max(1);
        let steps = 1 + now.since(self.since).max(0) / every;
        self.since.plus_ms(steps.saturating_mul(every))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { burst: 2, every_ms: 60_000 };

    fn duty() -> Duty {
        Duty::new(5)
    }

    // story: RT-03
    #[test]
    fn what_somebody_says_goes_before_their_hours() {
        let now = Time(1_000_000);
        let away = |until| Availability::Away { until, why: String::new() };
        assert_eq!(duty().standing(PACE, now), Standing::Ready);
        assert_eq!(Duty { on_shift: false, ..duty() }.standing(PACE, now), Standing::OffShift);
        let available = Duty { on_shift: false, availability: Availability::Available, ..duty() };
        assert_eq!(available.standing(PACE, now), Standing::Ready);
        assert_eq!(Duty { availability: away(Time::NEVER), ..duty() }.standing(PACE, now), Standing::Away);
        assert_eq!(Duty { availability: away(now.plus_ms(1)), ..duty() }.standing(PACE, now), Standing::Away);
        assert_eq!(Duty { availability: away(now), ..duty() }.standing(PACE, now), Standing::Ready);
        assert_eq!(Duty { load: 5, ..duty() }.standing(PACE, now), Standing::Full);
        assert_eq!(Duty { here: false, ..duty() }.standing(PACE, now), Standing::Gone);
    }

    // story: RT-07
    #[test]
    fn who_comes_is_given_a_little_at_a_time() {
        let came = Time(1_000_000);
        let with = |given| Duty { ramp: Ramp { since: came, given }, ..duty() };
        assert_eq!(with(0).room(PACE, came), 2);
        assert_eq!(with(2).standing(PACE, came), Standing::Ramping);
        assert_eq!(with(2).ramp.next_step(PACE, came.plus_ms(1)), came.plus_ms(60_000));
        assert_eq!(with(2).room(PACE, came.plus_ms(60_000)), 2);
        assert_eq!(with(2).room(Pace { burst: 0, ..PACE }, came), 5);
    }
}
