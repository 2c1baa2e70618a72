//! When something is to happen again and again: a cron expression on the wall of a time zone.
//!
//! A time that does not exist because clocks go forward comes later by the gap; of one that occurs twice it is the first. So
//! each time on the wall is one instant, and nothing that is due every day is left out or comes twice.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::calendar::{instant, offset, wall};
use super::ids::Time;

/// Clocks are changed by less than this.
const CHANGE_S: i64 = 3 * 3600;

/// A cron expression with seconds, and whose wall it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    cron: cron::Schedule,
    zone: Tz,
}

/// An expression that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// It is none.
    #[error(
        "{0:?} is no cron expression: write second, minute, hour, day, month and weekday, for example \"0 0 9 * * Mon-Fri\" \
         for nine on working days"
    )]
    Unreadable(String),
    /// It never comes.
    #[error("{0:?} never comes: there is no such day")]
    Never(String),
}

impl Schedule {
    /// Six fields from seconds to weekdays, and perhaps years.
    ///
    /// # Errors
    /// When it cannot be read, or never comes.
    pub fn new(expression: &str, zone: Tz) -> Result<Self, ScheduleError> {
        let fields = expression.split_whitespace().count();
        let cron = cron::Schedule::from_str(expression).ok().filter(|_| (6..=7).contains(&fields));
        let cron = cron.ok_or_else(|| ScheduleError::Unreadable(expression.to_owned()))?;
        let from = DateTime::<Utc>::from_timestamp(1_700_000_000, 0).unwrap_or_default();
        if cron.after(&from).next().is_none() {
            return Err(ScheduleError::Never(expression.to_owned()));
        }
        Ok(Self { cron, zone })
    }

    /// Whose wall it means.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Whether it comes more than once within some minute.
    #[must_use]
    pub fn is_hurried(&self) -> bool {
        use cron::TimeUnitSpec;
        self.cron.seconds().count() > 1
    }

    /// The first time after this one; never when none is left.
    #[must_use]
    pub fn next(&self, after: Time) -> Time {
        let back = if self.changed(after) { CHANGE_S } else { 0 };
        let from = on_wall(wall(self.zone, after) - back);
        self.cron.after(&from).map(|at| self.at(at)).find(|at| *at > after).unwrap_or(Time::NEVER)
    }

    /// The last time up to this one; never when there is none.
    #[must_use]
    pub fn last(&self, until: Time) -> Time {
        let ahead = if self.changed(until) { CHANGE_S } else { 0 };
        let from = on_wall(wall(self.zone, until) + ahead + 1);
        self.cron.after(&from).rev().map(|at| self.at(at)).find(|at| *at <= until).unwrap_or(Time::NEVER)
    }

    /// Whether clocks have been changed shortly before.
    fn changed(&self, at: Time) -> bool {
        offset(self.zone, at.secs()) != offset(self.zone, at.secs() - CHANGE_S)
    }

    fn at(&self, wall: DateTime<Utc>) -> Time {
        Time::from_secs(instant(self.zone, wall.timestamp()))
    }
}

/// A time on the wall, as if the wall hung where there is no offset: that is what the expression is matched with.
fn on_wall(wall: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(wall, 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Time {
        Time(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    fn all(schedule: &Schedule, from: &str, until: &str) -> Vec<String> {
        let text = |at: Time| DateTime::from_timestamp_millis(at.0).unwrap().format("%m-%d %H:%M:%S").to_string();
        let mut found = Vec::new();
        let mut at = schedule.next(utc(from));
        while at != Time::NEVER && at <= utc(until) {
            found.push(text(at));
            at = schedule.next(at);
        }
        found
    }

    #[test]
    fn a_day_on_the_wall_is_one_instant() {
        let daily = Schedule::new("0 30 2 * * *", chrono_tz::Europe::Berlin).unwrap();
        let spring = all(&daily, "2026-03-28T00:00:00Z", "2026-03-30T23:00:00Z");
        assert_eq!(spring, ["03-28 01:30:00", "03-29 01:30:00", "03-30 00:30:00"], "in the gap: later by it");
        let autumn = all(&daily, "2026-10-24T00:00:00Z", "2026-10-26T23:00:00Z");
        assert_eq!(autumn, ["10-24 00:30:00", "10-25 00:30:00", "10-26 01:30:00"], "of two the first");
    }

    #[test]
    fn back_and_forth_agree_around_changes_of_clocks() {
        for expression in ["0 30 2 * * *", "0 */15 * * * *", "10 0 0 1 * *", "0 0 9 * * Mon-Fri", "30 59 23 * * Sun"] {
            for zone in [chrono_tz::Europe::Berlin, chrono_tz::America::New_York, chrono_tz::Australia::Lord_Howe] {
                let schedule = Schedule::new(expression, zone).unwrap();
                for day in ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01"] {
                    let mut at = utc(&format!("{day}T00:00:00Z")).plus_ms(-86_400_000);
                    for _ in 0..400 {
                        let (last, next) = (schedule.last(at), schedule.next(at));
                        assert!(last <= at && at < next, "{expression} {zone} {at:?}");
                        assert_eq!(schedule.last(next), next, "{expression} {zone} {at:?}");
                        assert_eq!(schedule.last(next.plus_ms(-1)), last, "{expression} {zone} {at:?}");
                        assert_eq!(schedule.next(last), next, "{expression} {zone} {at:?}");
                        at = at.plus_ms(613_000);
                    }
                }
            }
        }
    }

    #[test]
    fn what_never_comes_is_refused() {
        let refused = |text: &str| Schedule::new(text, chrono_tz::UTC).unwrap_err().to_string();
        assert!(refused("0 0 9 31 2 *").contains("never comes"));
        for text in ["", "9:00", "0 9 * * *", "0 0 25 * * *", "@daily", "* * * * * * * *"] {
            assert!(refused(text).contains("no cron expression"), "{text}");
        }
    }
}
