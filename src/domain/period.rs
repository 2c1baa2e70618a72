//! What people type for a stretch of days: `today`, `yesterday`, `7d`, `2026-11`, `2026-11-03`, `2026-11-01..2026-11-15`. Days
//! are those of a zone, from midnight to midnight.

use chrono::{Days, Months, NaiveDate};
use chrono_tz::Tz;

use super::calendar::{instant, wall};
use super::ids::Time;

/// The longest stretch, in days.
pub const LONGEST_DAYS: i64 = 366;

/// A stretch of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
    /// When the first day begins.
    pub from: Time,
    /// When the day after the last begins.
    pub to: Time,
}

/// Why a text is no period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum PeriodError {
    /// It has none of the forms.
    #[error("“{0}” is no period: write today, yesterday, 7d, 30d, 2026-11 or 2026-11-01..2026-11-15")]
    Unknown(String),
    /// It ends before it begins.
    #[error("“{0}” ends before it begins: write the earlier day first")]
    Backwards(String),
    /// It is longer than anybody keeps in mind.
    #[error("“{0}” is longer than {LONGEST_DAYS} days: name a shorter period")]
    TooLong(String),
    /// It has not begun.
    #[error("“{0}” is still to come: name a period that has begun")]
    Ahead(String),
}

/// Whether a word is meant as a period rather than as somebody's name.
#[must_use]
pub fn is_meant(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word == "today" || word == "yesterday" || word.starts_with(|c: char| c.is_ascii_digit())
}

impl Period {
    /// The days from `first` to `last` in a zone.
    #[must_use]
    pub fn of(first: NaiveDate, last: NaiveDate, zone: Tz) -> Self {
        Self { first, last, from: midnight(first, zone), to: midnight(last + Days::new(1), zone) }
    }

    /// The period a text names; the last seven days, today being one of them, when it is empty.
    ///
    /// # Errors
    /// With what is wrong, as a sentence.
    pub fn parse(text: &str, now: Time, zone: Tz) -> Result<Self, PeriodError> {
        let text = text.trim().to_ascii_lowercase();
        let shown = || super::name::preview(&text, 40);
        let today = NaiveDate::default() + Days::new(u64::try_from(wall(zone, now).div_euclid(86_400)).unwrap_or(0));
        let unknown = || PeriodError::Unknown(shown());
        let (first, last) = match text.as_str() {
            "" => (today - Days::new(6), today),
            "today" => (today, today),
            "yesterday" => (today - Days::new(1), today - Days::new(1)),
            text => match (text.strip_suffix('d'), text.split_once("..")) {
                (Some(days), _) => {
                    let days: i64 = days.parse().ok().filter(|days| *days > 0).ok_or_else(unknown)?;
                    if days > LONGEST_DAYS {
                        return Err(PeriodError::TooLong(shown()));
                    }
                    (today - Days::new(u64::try_from(days - 1).unwrap_or_default()), today)
                }
                (None, Some((first, last))) => {
                    (days_of(first).ok_or_else(unknown)?.0, days_of(last).ok_or_else(unknown)?.1)
                }
                (None, None) => days_of(text).ok_or_else(unknown)?,
            },
        };
        match () {
            () if last < first => Err(PeriodError::Backwards(shown())),
            () if (last - first).num_days() >= LONGEST_DAYS => Err(PeriodError::TooLong(shown())),
            () if first > today => Err(PeriodError::Ahead(shown())),
            () => Ok(Self::of(first, last, zone)),
        }
    }

    /// Its days, each as a period of its own.
    pub fn days(self, zone: Tz) -> impl Iterator<Item = Self> {
        self.first.iter_days().take_while(move |day| *day <= self.last).map(move |day| Self::of(day, day, zone))
    }
}

/// The days of `2026-11` or `2026-11-03`.
fn days_of(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let text = text.trim();
    // A month in four and two digits, a day in two more.
    if !matches!(text.len(), 7 | 10) || !text.starts_with("20") {
        return None;
    }
    if text.len() == 10 {
        return NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| (day, day));
    }
    let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
    Some((first, first + Months::new(1) - Days::new(1)))
}

fn midnight(day: NaiveDate, zone: Tz) -> Time {
    let days = day.signed_duration_since(NaiveDate::default()).num_days();
    Time::from_secs(instant(zone, days * 86_400))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23 09:41 in Berlin.
    const NOW: Time = Time(1_795_423_260_000);

    fn read(text: &str) -> Result<(String, i64), PeriodError> {
        let zone: Tz = chrono_tz::Europe::Berlin;
        let period = Period::parse(text, NOW, zone)?;
        Ok((format!("{}..{}", period.first, period.last), period.to.since(period.from) / 3_600_000))
    }

    // story: VI-06
    #[test]
    fn days_are_those_of_the_zone() {
        for (typed, days, hours) in [
            ("", "2026-11-17..2026-11-23", 168),
            ("7d", "2026-11-17..2026-11-23", 168),
            ("today", "2026-11-23..2026-11-23", 24),
            (" Yesterday ", "2026-11-22..2026-11-22", 24),
            ("2026-11", "2026-11-01..2026-11-30", 720),
            ("2026-11-03", "2026-11-03..2026-11-03", 24),
            ("2026-02..2026-03-01", "2026-02-01..2026-03-01", 29 * 24),
            // Clocks went back on 25 October, and forward on 29 March.
            ("2026-10-25", "2026-10-25..2026-10-25", 25),
            ("2026-03-29", "2026-03-29..2026-03-29", 23),
        ] {
            assert_eq!(read(typed), Ok((days.to_owned(), hours)), "{typed}");
        }
        let all = Period::parse("30d", NOW, chrono_tz::UTC).unwrap();
        let days: Vec<Period> = all.days(chrono_tz::UTC).collect();
        assert_eq!((days.len(), days[0].from, days[29].to), (30, all.from, all.to));
        assert!(days.windows(2).all(|pair| pair[0].to == pair[1].from));
    }

    // story: VI-06
    #[test]
    fn what_is_no_period_is_said_in_a_sentence() {
        for (typed, part) in [
            ("soon", "is no period: write today"),
            ("0d", "is no period"),
            ("-3d", "is no period"),
            ("2026-13", "is no period"),
            ("2026-11-31", "is no period"),
            ("éééd", "is no period"),
            ("400d", "longer than 366 days"),
            ("2025-01-01..2026-11-01", "longer than 366 days"),
            ("2026-11-15..2026-11-01", "ends before it begins"),
            ("2027-01", "still to come"),
        ] {
            let error = read(typed).unwrap_err().to_string();
            assert!(error.contains(part), "{typed}: {error}");
        }
        assert!(is_meant("7d") && is_meant("2026-11") && is_meant("Today") && !is_meant("@ana") && !is_meant("d7"));
    }
}
