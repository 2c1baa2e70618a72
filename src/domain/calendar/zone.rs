//! Wall-clock time and instants of a zone.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::spec::{CalendarError, DAY};
use crate::domain::ids::Time;

/// 9999-12-31: what lies after it counts as this.
pub(super) const LAST: i64 = 253_402_214_400;
/// The year 1: what lies before it counts as this.
const FIRST: i64 = -62_135_596_800;

/// The zone of an IANA name.
///
/// # Errors
/// [`CalendarError::UnknownZone`] with the nearest name that exists.
pub fn zone(name: &str) -> Result<Tz, CalendarError> {
    name.parse().map_err(|_| CalendarError::UnknownZone { typed: name.to_owned(), nearest: nearest(name) })
}

/// By the whole name, or by its last part for whoever writes the city alone.
fn nearest(typed: &str) -> &'static str {
    let typed = typed.trim().to_lowercase().replace(' ', "_");
    let likeness = |known: &str| {
        let known = known.to_lowercase();
        let city = known.rsplit('/').next().unwrap_or(&known);
        strsim::jaro_winkler(&typed, &known).max(strsim::jaro_winkler(&typed, city))
    };
    let best = TZ_VARIANTS.iter().map(|tz| tz.name()).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    best.unwrap_or("UTC")
}

/// Unix seconds of an instant, inside the years 1 to 9999.
pub(super) fn seconds(at: Time) -> i64 {
    at.secs().clamp(FIRST, LAST)
}

/// How many seconds the wall is ahead of UTC at `utc` unix seconds.
pub(in crate::domain) fn offset(tz: Tz, utc: i64) -> i64 {
    let at = DateTime::from_timestamp(utc.clamp(FIRST, LAST), 0).unwrap_or_default();
    i64::from(tz.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}

/// The wall's time at an instant, as seconds since 1970-01-01 00:00 on the wall.
pub(in crate::domain) fn wall(tz: Tz, at: Time) -> i64 {
    let utc = seconds(at);
    utc + offset(tz, utc)
}

/// The instant (unix seconds) of a time on the wall (seconds since 1970-01-01 00:00 on it). One that does not exist is moved
/// later by the size of the gap; of one that occurs twice it is the first.
///
/// In both cases that is the time less the offset from before the change. A day before and after are asked because no zone is
/// further than 15 hours from UTC, and none changes twice within a day.
pub(in crate::domain) fn instant(tz: Tz, wall: i64) -> i64 {
    let before = offset(tz, wall - DAY);
    if offset(tz, wall - before) != before {
        let after = offset(tz, wall + DAY);
        if offset(tz, wall - after) == after {
            return wall - after;
        }
    }
    wall - before
}
