//! Discord's ids and timestamps.

use chrono::DateTime;

/// Discord's epoch, 2015-01-01, in unix milliseconds.
const EPOCH_MS: u64 = 1_420_070_400_000;

/// Makes ids that grow with time: the milliseconds since Discord's epoch above 22 bits of counter.
#[derive(Default)]
pub(super) struct Snowflakes {
    last: u64,
}

impl Snowflakes {
    /// The next id; greater than every id before it even when the clock stands still or goes back.
    pub(super) fn next(&mut self, now_ms: u64) -> u64 {
        self.last = (now_ms.saturating_sub(EPOCH_MS) << 22).max(self.last + 1);
        self.last
    }
}

/// When the thing with this id was made, in unix milliseconds.
pub(super) fn created_ms(id: u64) -> u64 {
    (id >> 22) + EPOCH_MS
}

/// A timestamp as Discord writes it: microseconds and a numeric offset.
pub(super) fn iso(ms: u64) -> String {
    let time = i64::try_from(ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// Reads a timestamp of RFC 3339 into unix milliseconds.
pub(super) fn from_iso(text: &str) -> Option<u64> {
    DateTime::parse_from_rfc3339(text).ok().and_then(|t| u64::try_from(t.timestamp_millis()).ok())
}

/// Serializes an id as a string, since JavaScript's numbers cannot hold it.
pub(super) fn as_text<S: serde::Serializer>(id: &u64, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(id)
}

/// Serializes an optional id as a string or null.
pub(super) fn as_optional_text<S: serde::Serializer>(id: &Option<u64>, to: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => to.collect_str(id),
        None => to.serialize_none(),
    }
}

/// Serializes ids as strings.
pub(super) fn as_texts<S: serde::Serializer>(ids: &[u64], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(ids.iter().map(u64::to_string))
}
