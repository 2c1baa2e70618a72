//! Business calendars: when a team is open, and time counted only while it is.
//!
//! - A calendar has one IANA zone. Intervals are half-open times on its wall; a close of `24:00` is midnight, and one at or
//!   before its opening lies on the next day.
//! - An interval belongs to the date on which it opens. A holiday removes what opens on its date; an override stands instead
//!   of the week and of a holiday.
//! - A time on the wall that does not exist is moved later by the size of the gap; one that occurs twice means the first. An
//!   interval is the real time between its two instants, and none when that is empty.
//! - Durations are real time inside open spans and outside pauses, so a night on which clocks change is shorter or longer.
//! - A deadline that falls on a close is that close, never the next opening.

mod lint;
mod spec;
pub mod vectors;
mod walk;
mod zone;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use self::spec::Hours;
pub use self::spec::{CalendarError, CalendarSpec, Interval, Weekly};
pub use self::walk::Span;
use self::walk::{Counted, Walk};
pub use self::zone::zone;
pub(in crate::domain) use self::zone::{instant, offset, wall};
use super::ids::Time;

/// A calendar that can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    always_open: bool,
    /// Monday first.
    week: [Vec<Hours>; 7],
    /// Holidays and overrides by the number of days since 1970-01-01.
    special: BTreeMap<i64, Special>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Special {
    hours: Vec<Hours>,
    holiday: bool,
    overridden: bool,
}

/// What a date is in a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind {
    /// As its weekday.
    Ordinary,
    /// A holiday.
    Holiday,
    /// With hours of its own.
    Override,
}

/// Why there is no deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeadlineError {
    /// `invalid_target`: no time at all, or less.
    #[error("{0} seconds is no target: it must be at least one second")]
    InvalidTarget(i64),
    /// The calendar does not open, or the pause does not end, for as long as it would take.
    #[error("there is not enough open time left to reach the target")]
    NeverDue,
}

impl Calendar {
    /// The calendar that a configuration describes.
    ///
    /// # Errors
    /// With what is wrong and what to write instead.
    pub fn new(spec: &CalendarSpec) -> Result<Self, CalendarError> {
        let zone = zone(&spec.zone)?;
        let mut week: [Vec<Hours>; 7] = Default::default();
        for (day, intervals) in week.iter_mut().zip(spec.weekly.days()) {
            *day = spec::hours(intervals)?;
        }
        let mut special: BTreeMap<i64, Special> = BTreeMap::new();
        for holiday in &spec.holidays {
            special.entry(spec::date(holiday)?).or_default().holiday = true;
        }
        for (date, intervals) in &spec.overrides {
            let day = special.entry(spec::date(date)?).or_default();
            (day.hours, day.overridden) = (spec::hours(intervals)?, true);
        }
        let open = week.iter().chain(special.values().map(|day| &day.hours)).any(|hours| !hours.is_empty());
        if spec.always_open && (open || !special.is_empty()) {
            return Err(CalendarError::AlwaysOpenWithHours);
        }
        if !spec.always_open && !open {
            return Err(CalendarError::NoOpenTime);
        }
        Ok(Self { zone, always_open: spec.always_open, week, special })
    }

    /// The zone of its times.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Whether it is open at every instant.
    #[must_use]
    pub fn is_always_open(&self) -> bool {
        self.always_open
    }

    /// What a date is in it, for explanations.
    #[must_use]
    pub fn kind_of(&self, date: NaiveDate) -> DayKind {
        match self.special.get(&spec::day_of(date)) {
            None => DayKind::Ordinary,
            Some(day) if day.overridden => DayKind::Override,
            Some(_) => DayKind::Holiday,
        }
    }

    /// Whether it is open at an instant.
    #[must_use]
    pub fn is_open(&self, at: Time) -> bool {
        self.always_open || Walk::new(self, at).next().is_some_and(|(open, _)| open <= at)
    }

    /// The first open instant at or after `at`; [`Time::NEVER`] when it does not open again, which only a calendar without a
    /// week comes to.
    #[must_use]
    pub fn next_open(&self, at: Time) -> Time {
        if self.always_open {
            return at;
        }
        Walk::new(self, at).next().map_or(Time::NEVER, |(open, _)| open.max(at))
    }

    /// The next instant after `at` at which open turns to closed or closed to open, if there is one.
    #[must_use]
    pub fn next_change(&self, at: Time) -> Option<Time> {
        if self.always_open {
            return None;
        }
        // A week that is never closed changes on special days alone; any other within two weeks.
        let last_special = self.special.last_key_value().map_or(i64::MIN, |(day, _)| *day);
        let far = Time::from_secs((zone::seconds(at).div_euclid(spec::DAY).max(last_special) + 21) * spec::DAY);
        let mut open_until = None;
        for (open, close) in Walk::new(self, at) {
            match open_until {
                None if open > at => return Some(open),
                Some(end) if open > end => return Some(end),
                _ if close > far => return None,
                _ => open_until = Some(close),
            }
        }
        open_until
    }

    /// The open time outside `pauses` from `from` on, span by span: what a clock that runs by this calendar counts.
    /// [`Calendar::deadline`] and [`Calendar::elapsed_ms`] are sums over it, and an explanation shows it.
    pub fn counted(&self, from: Time, pauses: &[Span]) -> impl Iterator<Item = Span> + use<'_> {
        Counted::new(self, from, pauses)
    }

    /// The instant at which `target_s` seconds have been counted from `start` on.
    ///
    /// # Errors
    /// When the target is not positive or never reached.
    pub fn deadline(&self, start: Time, target_s: i64, pauses: &[Span]) -> Result<Time, DeadlineError> {
        self.after(start, target_s.saturating_mul(1000), pauses)
    }

    /// [`Calendar::deadline`] for a target in milliseconds.
    ///
    /// # Errors
    /// When the target is not positive or never reached.
    pub fn after(&self, start: Time, target_ms: i64, pauses: &[Span]) -> Result<Time, DeadlineError> {
        let mut left = target_ms;
        if left <= 0 {
            return Err(DeadlineError::InvalidTarget(target_ms / 1000));
        }
        for (open, close) in self.counted(start, pauses) {
            let length = close.0.saturating_sub(open.0);
            if left <= length {
                return Ok(open.plus_ms(left));
            }
            left -= length;
        }
        Err(DeadlineError::NeverDue)
    }

    /// Milliseconds counted from `from` to `to`, 0 when `to` is not later.
    #[must_use]
    pub fn elapsed_ms(&self, from: Time, to: Time, pauses: &[Span]) -> i64 {
        let spans = self.counted(from, pauses).take_while(|(open, _)| *open < to);
        spans.map(|(open, close)| close.min(to).0.saturating_sub(open.0)).sum()
    }

    /// [`Calendar::elapsed_ms`] in whole seconds, rounded down.
    #[must_use]
    pub fn elapsed(&self, from: Time, to: Time, pauses: &[Span]) -> i64 {
        self.elapsed_ms(from, to, pauses) / 1000
    }

    /// What opens on a day, given as days since 1970-01-01.
    fn hours(&self, day: i64) -> &[Hours] {
        self.special.get(&day).map_or_else(|| self.weekday(day), |special| &special.hours)
    }

    /// What opens on a day in an ordinary week.
    fn weekday(&self, day: i64) -> &[Hours] {
        // 1970-01-01 was a Thursday, the fourth day from Monday.
        &self.week[usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default()]
    }
}
