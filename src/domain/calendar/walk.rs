//! The one walk behind every answer of a calendar: its open spans from an instant on, in order.
//!
//! A day costs a few nanoseconds as long as the zone keeps its offset, which is looked at every sixth day: of all zones
//! between 1970 and 2100 none goes back to an offset it left less than seven days before. Only around a change is each time
//! looked up by itself.

use std::collections::VecDeque;
use std::collections::btree_map::Range;
use std::iter::Peekable;

use chrono_tz::Tz;

use super::spec::{DAY, Hours};
use super::zone::{LAST, instant, offset, seconds};
use super::{Calendar, Special};
use crate::domain::ids::Time;

/// A half-open span of instants.
pub type Span = (Time, Time);

/// How far the earliest zone is ahead of UTC, in seconds.
const AHEAD: i64 = 15 * 3600;
/// How far back a day lies whose interval may still be open: an interval ends on the next day, a gap has moved it by up to a
/// day, and the date in UTC may be one further than on the wall.
const BACK: i64 = 4;
/// A walk ends after so many days (about 1,000 years), and with the year 9999.
const LONGEST: i64 = 366_000;
/// Days between two looks at the offset.
const STEP: i64 = 6;
/// A pause that goes on for longer is jumped over instead of walked through.
const LONG_PAUSE_MS: i64 = 30 * DAY * 1000;

/// The open spans of a calendar that end after an instant, in order and without overlap. Two may touch.
pub(super) struct Walk<'a> {
    calendar: &'a Calendar,
    from: Time,
    /// The first day that is not in `ahead` yet.
    next_day: i64,
    last_day: i64,
    /// The special days from `next_day` on.
    special: Peekable<Range<'a, i64, Special>>,
    calm: Calm,
    /// Spans by their start, in unix seconds.
    ahead: VecDeque<(i64, i64)>,
    /// Where the span given last ended, in unix seconds.
    given: i64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(calendar: &'a Calendar, from: Time) -> Self {
        let today = seconds(from).div_euclid(DAY);
        let first = today - BACK;
        // Without a week there is nothing after the last special day.
        let last_day = if calendar.week.iter().any(|day| !day.is_empty()) {
            (first + LONGEST).min(LAST / DAY)
        } else {
            calendar.special.last_key_value().map_or(i64::MIN, |(day, _)| *day)
        };
        Self {
            calendar,
            from,
            next_day: first,
            last_day,
            special: calendar.special.range(first..).peekable(),
            calm: Calm::new(calendar.zone, first - 2),
            ahead: VecDeque::new(),
            given: i64::MIN,
        }
    }

    /// Adds the spans of the next day.
    fn load(&mut self) {
        let day = self.next_day;
        self.next_day += 1;
        let calm = self.calm.offset(day);
        let zone = self.calendar.zone;
        let at = |wall: i64| calm.map_or_else(|| instant(zone, wall), |offset| wall - offset);
        let hours = match self.special.next_if(|(special, _)| **special == day) {
            Some((_, special)) => special.hours.as_slice(),
            None => self.calendar.weekday(day),
        };
        for Hours { open, close } in hours {
            let span = (at(day * DAY + open), at(day * DAY + close));
            if span.0 < span.1 {
                if self.ahead.back().is_none_or(|last| last.0 <= span.0) {
                    self.ahead.push_back(span);
                } else {
                    let place = self.ahead.partition_point(|known| known.0 <= span.0);
                    self.ahead.insert(place, span);
                }
            }
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        loop {
            // No day from `next_day` on can open before this.
            let settled = self.next_day * DAY - AHEAD;
            if self.next_day <= self.last_day && self.ahead.front().is_none_or(|span| span.0 > settled) {
                self.load();
                continue;
            }
            let (open, close) = self.ahead.pop_front()?;
            let open = open.max(self.given);
            if open < close {
                self.given = close;
                if Time::from_secs(close) > self.from {
                    return Some((Time::from_secs(open), Time::from_secs(close)));
                }
            }
        }
    }
}

/// Stretches of days in which the offset of a zone does not change.
struct Calm {
    zone: Tz,
    offset: i64,
    /// The offset has not changed between the midnights (in UTC) of these days.
    since: i64,
    until: i64,
}

impl Calm {
    fn new(zone: Tz, day: i64) -> Self {
        Self { zone, offset: offset(zone, day * DAY), since: day, until: day }
    }

    /// The offset of everything that opens on `day`, if it is one and the same. Days are asked in order.
    fn offset(&mut self, day: i64) -> Option<i64> {
        while self.until < day + 4 {
            if offset(self.zone, (self.until + STEP) * DAY) == self.offset {
                self.until += STEP;
                continue;
            }
            self.until += 1;
            let now = offset(self.zone, self.until * DAY);
            if now != self.offset {
                (self.offset, self.since) = (now, self.until);
            }
        }
        (self.since <= day - 2).then_some(self.offset)
    }
}

/// The open time outside pauses from an instant on: what a clock counts.
pub(super) struct Counted<'a> {
    calendar: &'a Calendar,
    from: Time,
    /// Nothing for a calendar that is always open.
    walk: Option<Walk<'a>>,
    /// Disjoint, in order; the first is the next that matters.
    pauses: VecDeque<Span>,
    /// What is left of the span in hand.
    span: Option<Span>,
}

impl<'a> Counted<'a> {
    pub(super) fn new(calendar: &'a Calendar, from: Time, pauses: &[Span]) -> Self {
        let always = calendar.always_open.then_some((from, Time(i64::MAX)));
        let walk = always.is_none().then(|| Walk::new(calendar, from));
        Self { calendar, from, walk, pauses: disjoint(pauses), span: always }
    }
}

impl Iterator for Counted<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        loop {
            let (open, close) = self.span.take().or_else(|| self.walk.as_mut()?.next())?;
            let open = open.max(self.from);
            while self.pauses.front().is_some_and(|pause| pause.1 <= open) {
                self.pauses.pop_front();
            }
            match self.pauses.front().copied() {
                Some((from, to)) if from <= open => {
                    if to < close {
                        self.span = Some((to, close));
                    } else if self.walk.is_some() && to.0.saturating_sub(close.0) > LONG_PAUSE_MS {
                        self.walk = Some(Walk::new(self.calendar, to));
                        self.from = to;
                    }
                }
                Some((from, to)) if from < close => {
                    self.span = (to < close).then_some((to, close));
                    return Some((open, from));
                }
                _ => return Some((open, close)),
            }
        }
    }
}

/// Pauses in order, overlapping ones as one; those that end before they begin are none.
fn disjoint(pauses: &[Span]) -> VecDeque<Span> {
    let mut sorted: Vec<Span> = pauses.iter().copied().filter(|(from, to)| from < to).collect();
    sorted.sort_unstable();
    let mut merged: VecDeque<Span> = VecDeque::with_capacity(sorted.len());
    for (from, to) in sorted {
        match merged.back_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push_back((from, to)),
        }
    }
    merged
}
