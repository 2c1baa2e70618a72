//! What people type for a moment: `30m`, `2 hours`, `1h30`, `until 14:00`, `9am`, `tomorrow`, `monday 9:00`, `2026-12-01`.
//!
//! - Minutes and hours are real time; days and weeks keep the time on the wall.
//! - A time of day that is past means tomorrow, a weekday the next one whose time is still to come. A day without a time
//!   means 9:00.
//! - A time that does not exist because clocks go forward is moved later by the gap; of one that occurs twice the first still
//!   to come is meant.
//! - A text that begins with nothing of the kind gives no moment; one that begins with a moment that makes no sense is an
//!   error, so that `/snooze 25:00` is not taken for a reason.

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::calendar::{instant, offset, wall};
use super::ids::Time;

/// The furthest moment that can be named, in days.
pub const FURTHEST_DAYS: i64 = 400;

const DAY: i64 = 86_400;
const MORNING: i64 = 9 * 3600;

/// A moment that makes no sense, with what was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WhenError {
    /// Not a time of day.
    #[error("{0} is no time of day: write 14:00 or 2pm")]
    NoSuchTime(String),
    /// Not a date.
    #[error("{0} is no date: write year, month and day such as 2026-12-01")]
    NoSuchDate(String),
    /// Not in the future.
    #[error("{0} is past: name a moment that is still to come")]
    Past(String),
    /// No time at all.
    #[error("{0} is no time at all: write for example 30m, 2h or tomorrow 9:00")]
    Nothing(String),
    /// Too far away to be meant.
    #[error("{0} is more than {FURTHEST_DAYS} days away: name a nearer moment")]
    TooFar(String),
}

impl WhenError {
    /// What was typed.
    #[must_use]
    pub fn typed(&self) -> &str {
        match self {
            Self::NoSuchTime(typed)
            | Self::NoSuchDate(typed)
            | Self::Past(typed)
            | Self::Nothing(typed)
            | Self::TooFar(typed) => typed,
        }
    }
}

/// Something read at the start of a text, and what follows it.
type Read<'a, T> = Result<Option<(T, &'a str)>, WhenError>;

/// The moment a text begins with, after an optional `until`, `till`, `for`, `in`, `at` or `on`, and what follows it. Nothing
/// when it begins with none.
///
/// # Errors
/// When it begins with a moment that does not exist, is past, or lies more than [`FURTHEST_DAYS`] away.
pub fn parse(text: &str, now: Time, zone: Tz) -> Read<'_, Time> {
    let text = text.trim_start();
    let text = ["until", "till", "for", "in", "at", "on"].iter().find_map(|word| after(text, word)).unwrap_or(text);
    let today = wall(zone, now).div_euclid(DAY);
    let clock = Clock { now, zone, today };
    for read in [Clock::date, Clock::named_day, Clock::time, Clock::duration] {
        if let Some((at, rest)) = read(&clock, text)? {
            let between = |c: char| c.is_whitespace() || ",;:.-–—".contains(c);
            return Ok(Some((at, rest.trim_start_matches(between))));
        }
    }
    Ok(None)
}

struct Clock {
    now: Time,
    zone: Tz,
    /// Days since 1970-01-01 on the wall.
    today: i64,
}

impl Clock {
    /// `2026-12-01`, `2026-12-01 09:00`, `2026-12-01T09:00`
    fn date<'a>(&self, text: &'a str) -> Read<'a, Time> {
        let shape = |at: usize, b: u8| if matches!(at, 4 | 7) { b == b'-' } else { b.is_ascii_digit() };
        let Some((typed, rest)) = text.split_at_checked(10) else { return Ok(None) };
        if !typed.bytes().enumerate().all(|(at, b)| shape(at, b)) {
            return Ok(None);
        }
        let from_t = rest.strip_prefix(['T', 't']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if from_t.is_none() && !ends(rest) {
            return Ok(None);
        }
        let Ok(date) = NaiveDate::parse_from_str(typed, "%Y-%m-%d") else {
            return Err(WhenError::NoSuchDate(typed.to_owned()));
        };
        let day = date.signed_duration_since(NaiveDate::default()).num_days();
        let (seconds, rest) = time_of_day(from_t.unwrap_or_else(|| skip_at(rest)))?.unwrap_or((MORNING, rest));
        let typed = until(text, rest);
        if day - self.today > FURTHEST_DAYS {
            return Err(WhenError::TooFar(typed));
        }
        self.coming(day, seconds).map_or(Err(WhenError::Past(typed)), |at| Ok(Some((at, rest))))
    }

    /// `tomorrow`, `tomorrow 9:00`, `today 17:00`, `monday`, `monday at 9am`
    fn named_day<'a>(&self, text: &'a str) -> Read<'a, Time> {
        let (word, rest) = leading_word(text);
        let Some(named) = Named::read(&word).filter(|_| ends(rest)) else { return Ok(None) };
        let time = time_of_day(skip_at(rest))?;
        // `sat`, `sun` and `today` begin many a reason.
        if time.is_none() && !named.stands_alone() && !rest.trim().is_empty() {
            return Ok(None);
        }
        let (seconds, rest) = time.unwrap_or((MORNING, rest));
        let at = match named {
            Named::Today if time.is_none() => return Ok(None),
            Named::Today => self.coming(self.today, seconds),
            Named::Tomorrow => self.coming(self.today + 1, seconds),
            Named::Weekday { from_monday, .. } => {
                // 1970-01-01 was a Thursday, the fourth day from Monday.
                let ahead = (from_monday - (self.today + 3)).rem_euclid(7);
                let day = self.today + ahead;
                self.coming(day, seconds).or_else(|| self.coming(day + 7, seconds))
            }
        };
        at.map_or_else(|| Err(WhenError::Past(until(text, rest))), |at| Ok(Some((at, rest))))
    }

    /// `14:00`, `9am`, `2:30 pm`
    fn time<'a>(&self, text: &'a str) -> Read<'a, Time> {
        let Some((seconds, rest)) = time_of_day(text)? else { return Ok(None) };
        let at = self.coming(self.today, seconds).or_else(|| self.coming(self.today + 1, seconds));
        Ok(at.map(|at| (at, rest)))
    }

    /// `30m`, `90 min`, `2 hours`, `1h30`, `2h 15m`, `3 days`, `1 week`
    fn duration<'a>(&self, text: &'a str) -> Read<'a, Time> {
        let Some((first, mut rest)) = amount(text) else { return Ok(None) };
        let (mut days, mut ms) = first;
        while let Some((more, after)) = amount(rest.trim_start()) {
            days += more.0;
            ms += more.1;
            rest = after;
        }
        let typed = until(text, rest);
        if days == 0 && ms == 0 {
            return Err(WhenError::Nothing(typed));
        }
        if days.saturating_mul(DAY * 1000).saturating_add(ms) > FURTHEST_DAYS * DAY * 1000 {
            return Err(WhenError::TooFar(typed));
        }
        let moved = if days == 0 {
            self.now
        } else {
            let fraction = self.now.0.rem_euclid(1000);
            Time::from_secs(instant(self.zone, wall(self.zone, self.now) + days * DAY)).plus_ms(fraction)
        };
        Ok(Some((moved.plus_ms(ms), rest)))
    }

    /// The instant of a time on a day, if it is still to come.
    fn coming(&self, day: i64, seconds: i64) -> Option<Time> {
        let wall = day * DAY + seconds;
        let first = instant(self.zone, wall);
        let second = wall - offset(self.zone, wall + DAY);
        let twice = second + offset(self.zone, second) == wall;
        let all = [Some(first), twice.then_some(second)];
        all.into_iter().flatten().map(Time::from_secs).find(|at| *at > self.now)
    }
}

/// A day by name.
enum Named {
    Today,
    Tomorrow,
    Weekday { from_monday: i64, short: bool },
}

impl Named {
    fn read(word: &str) -> Option<Self> {
        const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        match word {
            "today" => Some(Self::Today),
            "tomorrow" => Some(Self::Tomorrow),
            _ => (0..).zip(WEEKDAYS).find_map(|(from_monday, name)| {
                let short = matches!(word.len(), 3..=5) && name.starts_with(word);
                (short || word == name).then_some(Self::Weekday { from_monday, short })
            }),
        }
    }

    /// Whether it is a moment without a time and with more words behind it.
    fn stands_alone(&self) -> bool {
        matches!(self, Self::Tomorrow | Self::Weekday { short: false, .. })
    }
}

/// `14:00`, `24:00`, `9am`, `2:30 pm` as seconds from midnight.
fn time_of_day(text: &str) -> Read<'_, i64> {
    let text = text.trim_start();
    let Some((hours, rest)) = digits(text).filter(|(digits, _)| digits.len() <= 2) else { return Ok(None) };
    let minutes = rest.strip_prefix(':').and_then(digits).filter(|(digits, _)| digits.len() == 2);
    let (minutes, rest) = match minutes {
        Some((minutes, rest)) => (Some(minutes), rest),
        None => (None, rest),
    };
    let (half, after_half) = leading_word(rest.strip_prefix(' ').unwrap_or(rest));
    let half = match half.as_str() {
        "am" => Some(0),
        "pm" => Some(12),
        _ => None,
    };
    let rest = if half.is_some() { after_half } else { rest };
    if (minutes.is_none() && half.is_none()) || !ends(rest) {
        return Ok(None);
    }
    let number = |digits: &str| digits.parse::<i64>().unwrap_or(i64::MAX);
    let (hours, minutes) = (number(hours), minutes.map_or(0, number));
    let seconds = match half {
        _ if minutes > 59 => None,
        Some(half) => (1..=12).contains(&hours).then_some((hours % 12 + half) * 3600 + minutes * 60),
        None => Some(hours * 3600 + minutes * 60).filter(|seconds| *seconds <= DAY),
    };
    seconds.map_or_else(|| Err(WhenError::NoSuchTime(until(text, rest))), |seconds| Ok(Some((seconds, rest))))
}

/// One amount with its unit, as days and milliseconds; after hours, minutes may follow without a unit (`1h30`).
fn amount(text: &str) -> Option<((i64, i64), &str)> {
    let (number, rest) = digits(text)?;
    // Far beyond everything that is accepted, and far from overflowing.
    let number = number.parse::<i64>().unwrap_or(i64::MAX).min(10_000_000);
    let (unit, after) = leading_word(rest.strip_prefix(' ').unwrap_or(rest));
    let amount = match unit.as_str() {
        "m" | "min" | "mins" | "minute" | "minutes" => (0, number * 60_000),
        "h" | "hr" | "hrs" | "hour" | "hours" => (0, number * 3_600_000),
        "d" | "day" | "days" => (number, 0),
        "w" | "week" | "weeks" => (number * 7, 0),
        _ => return None,
    };
    if unit == "h"
        && let Some((minutes, rest)) = digits(after).filter(|(digits, _)| digits.len() <= 2)
    {
        let (written, behind) = leading_word(rest);
        let rest = if matches!(written.as_str(), "m" | "min") { behind } else { rest };
        return ends(rest).then_some(((0, amount.1 + minutes.parse::<i64>().ok()? * 60_000), rest));
    }
    ends(after).then_some((amount, after))
}

/// What follows `word` as a word of its own.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    (head.eq_ignore_ascii_case(word) && rest.starts_with(char::is_whitespace)).then(|| rest.trim_start())
}

fn skip_at(text: &str) -> &str {
    let text = text.trim_start();
    after(text, "at").unwrap_or(text)
}

/// The ASCII letters a text begins with, in lower case, and what follows them.
fn leading_word(text: &str) -> (String, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word.to_ascii_lowercase(), rest)
}

/// The digits a text begins with, and what follows them.
fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Whether a moment may end before `rest`.
fn ends(rest: &str) -> bool {
    rest.chars().next().is_none_or(|c| c.is_whitespace() || ",;.!?)".contains(c))
}

/// What stands in `text` before its tail `rest`.
fn until(text: &str, rest: &str) -> String {
    text[..text.len() - rest.len()].trim().to_owned()
}

#[cfg(test)]
mod tests;
