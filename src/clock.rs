//! The time, as a value. Only `app` makes a clock and only the loops read one; everything else takes `now`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::ids::Time;

/// The system's time, shifted by an amount that demo and tests can raise.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    shift_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
    pub fn now(&self) -> Time {
        Time(chrono::Utc::now().timestamp_millis() + self.shift_ms.load(Ordering::SeqCst))
    }

    /// Moves the clock forward, or with a negative amount back.
    pub fn shift(&self, ms: i64) {
        self.shift_ms.fetch_add(ms, Ordering::SeqCst);
    }
}
