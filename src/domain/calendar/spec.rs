//! A calendar as it stands in the configuration, and what can be wrong with it.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// Opening and closing time on the wall, `HH:MM` each.
pub type Interval = (String, String);

/// A business calendar as the configuration spells it.
///
/// ```toml
/// zone = "Europe/Berlin"
/// holidays = ["2026-12-25"]
/// weekly.mon = [["09:00", "12:00"], ["13:00", "17:00"]]
/// weekly.fri = [["22:00", "06:00"]]
/// overrides = { "2026-12-24" = [["09:00", "13:00"]] }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// The IANA name of the time zone all its times are in.
    pub zone: String,
    /// Open at every instant; then nothing else is given.
    #[serde(default)]
    pub always_open: bool,
    /// What is open on the days of an ordinary week.
    #[serde(default)]
    pub weekly: Weekly,
    /// Dates (`2026-12-25`) on which nothing opens.
    #[serde(default)]
    pub holidays: Vec<String>,
    /// Dates with hours of their own, instead of the week's and of a holiday's; an empty list closes the day.
    #[serde(default)]
    pub overrides: BTreeMap<String, Vec<Interval>>,
}

/// What opens on each day of an ordinary week.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weekly {
    /// Monday.
    pub mon: Vec<Interval>,
    /// Tuesday.
    pub tue: Vec<Interval>,
    /// Wednesday.
    pub wed: Vec<Interval>,
    /// Thursday.
    pub thu: Vec<Interval>,
    /// Friday.
    pub fri: Vec<Interval>,
    /// Saturday.
    pub sat: Vec<Interval>,
    /// Sunday.
    pub sun: Vec<Interval>,
}

impl Weekly {
    /// The days, Monday first.
    #[must_use]
    pub fn days(&self) -> [&[Interval]; 7] {
        [&self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat, &self.sun]
    }
}

/// Why a calendar cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// `invalid_time`: not a time on the wall.
    #[error("{0:?} is no time of day: write hours and minutes such as 09:00, and 24:00 for a close at midnight")]
    InvalidTime(String),
    /// `no_open_time`: closed at every instant.
    #[error("the calendar is never open: give at least one day hours, such as mon = [[\"09:00\", \"17:00\"]]")]
    NoOpenTime,
    /// No such zone; perhaps this one was meant.
    #[error("there is no time zone {typed:?}: write an IANA name such as {nearest}")]
    UnknownZone {
        /// What was written.
        typed: String,
        /// The nearest that exists.
        nearest: &'static str,
    },
    /// Not a date.
    #[error("{0:?} is no date: write year, month and day such as 2026-12-24")]
    InvalidDate(String),
    /// Always open and yet given hours, holidays or overrides.
    #[error("an always open calendar has no hours, holidays or overrides: leave them out, or leave out always_open")]
    AlwaysOpenWithHours,
}

/// One interval of a day, in seconds from its midnight on the wall; `close` lies in the next day when it is past 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hours {
    pub(super) open: i64,
    pub(super) close: i64,
}

/// The seconds of a day on the wall.
pub(super) const DAY: i64 = 86_400;

pub(super) fn hours(intervals: &[Interval]) -> Result<Vec<Hours>, CalendarError> {
    intervals
        .iter()
        .map(|(open_text, close_text)| {
            let open = time(open_text).filter(|at| *at < DAY);
            let open = open.ok_or_else(|| CalendarError::InvalidTime(open_text.clone()))?;
            let close = time(close_text).ok_or_else(|| CalendarError::InvalidTime(close_text.clone()))?;
            Ok(Hours { open, close: if close <= open { close + DAY } else { close } })
        })
        .collect()
}

/// `9:00`, `09:00`, `24:00` as seconds from midnight.
fn time(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !(1..=2).contains(&hours.len()) || minutes.len() != 2 || !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let seconds = hours * 3600 + minutes * 60;
    (minutes < 60 && seconds <= DAY).then_some(seconds)
}

/// A date as the number of days since 1970-01-01.
pub(super) fn date(text: &str) -> Result<i64, CalendarError> {
    let digits = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|_| digits)
        .map(day_of)
        .ok_or_else(|| CalendarError::InvalidDate(text.to_owned()))
}

/// The number of days from 1970-01-01 to `date`.
pub(super) fn day_of(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - EPOCH_FROM_CE
}

/// The date `day` days after 1970-01-01.
pub(super) fn date_of(day: i64) -> NaiveDate {
    let days = i32::try_from(day + EPOCH_FROM_CE).ok();
    days.and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or_default()
}

const EPOCH_FROM_CE: i64 = 719_163;
