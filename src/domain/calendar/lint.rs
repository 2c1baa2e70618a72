//! What is allowed in a calendar and rarely meant.

use chrono::Datelike;

use super::Calendar;
use super::spec::{DAY, Hours, date_of};
use super::zone::{instant, wall};
use crate::domain::ids::Time;

/// How far ahead changes of the clock are looked for: each zone that has them has one within a year.
const AHEAD_DAYS: i64 = 370;

impl Calendar {
    /// Sentences for whoever wrote the calendar: a minute's gap at midnight, holidays that change nothing, night shifts that
    /// become shorter or longer when clocks change. Days before `now` are not spoken of.
    #[must_use]
    pub fn lints(&self, now: Time) -> Vec<String> {
        let today = wall(self.zone, now).div_euclid(DAY);
        let mut found: Vec<String> = self.minute_gaps().into_iter().collect();
        found.extend(self.idle_holidays(today));
        found.extend(self.changed_nights(today));
        found
    }

    fn minute_gaps(&self) -> Option<String> {
        let ends_short = |hours: &[Hours]| hours.iter().any(|interval| interval.close == DAY - 60);
        let weekdays = self.week.iter().zip(WEEKDAYS).filter(|(hours, _)| ends_short(hours));
        let dates = self.special.iter().filter(|(_, day)| ends_short(&day.hours));
        let days: Vec<String> =
            weekdays.map(|(_, name)| name.to_owned()).chain(dates.map(|(day, _)| date_of(*day).to_string())).collect();
        (!days.is_empty()).then(|| {
            format!(
                "23:59 as a close leaves the last minute of the day closed ({}): write 24:00 to be open until midnight",
                days.join(", ")
            )
        })
    }

    fn idle_holidays(&self, today: i64) -> Vec<String> {
        let holidays = self.special.range(today..).filter(|(_, special)| special.holiday);
        holidays
            .filter_map(|(day, special)| {
                let date = date_of(*day);
                let weekday = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
                if special.overridden {
                    Some(format!("{date} is a holiday and has hours of its own: the hours hold, the holiday does not"))
                } else if self.week[weekday].is_empty() {
                    Some(format!("the holiday {date} changes nothing: it is a {}, which is closed", WEEKDAYS[weekday]))
                } else {
                    None
                }
            })
            .collect()
    }

    fn changed_nights(&self, today: i64) -> Vec<String> {
        let mut found = Vec::new();
        for day in today..today + AHEAD_DAYS {
            for Hours { open, close } in self.hours(day).iter().filter(|interval| interval.close > DAY) {
                let real = instant(self.zone, day * DAY + close) - instant(self.zone, day * DAY + open);
                if real != close - open {
                    let date = date_of(day);
                    let weekday = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
                    found.push(format!(
                        "clocks change in the night that opens on {} {date} at {}: it lasts {} instead of {}",
                        WEEKDAYS[weekday],
                        clock(*open),
                        length(real.max(0)),
                        length(close - open)
                    ));
                }
            }
        }
        found
    }
}

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

fn clock(seconds: i64) -> String {
    format!("{:02}:{:02}", seconds / 3600, seconds % 3600 / 60)
}

/// `8 h`, `7 h 30 min`.
fn length(seconds: i64) -> String {
    match (seconds / 3600, seconds % 3600 / 60) {
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
