//! The time, as a value. Only `app` makes a clock and only the loops read one; everything else takes `now`.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use crate::domain::ids::Time;

/// The system's time, shifted by an amount that demo and tests can change. It never goes back: when the system's clock is
/// set back, it goes on slightly slower than real time until it is caught up with, so that what waits for a time does not
/// wait an hour longer.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    shift_ms: AtomicI64,
    /// The last time at which the system's clock was believed.
    believed: Mutex<Option<(Instant, Time)>>,
}

impl Clock {
    /// Now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's time")]
    pub fn now(&self) -> Time {
        let system = Time(chrono::Utc::now().timestamp_millis() + self.shared.shift_ms.load(Ordering::SeqCst));
        let mut believed = self.shared.believed.lock().unwrap_or_else(PoisonError::into_inner);
        let at_least = believed.map(|(at, time)| slowly(time, at));
        match at_least {
            Some(time) if time > system => time,
            _ => {
                *believed = Some((Instant::now(), system));
                system
            }
        }
    }

    /// Moves the system's time forward, or with a negative amount back.
    pub fn shift(&self, ms: i64) {
        self.shared.shift_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

/// The time `since` an instant, nine tenths as fast as real.
fn slowly(time: Time, since: Instant) -> Time {
    let passed = i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX);
    time.plus_ms(passed.saturating_mul(9) / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    // story: RL-05
    #[test]
    fn it_never_goes_back() {
        let clock = Clock::default();
        let before = clock.now();
        clock.shift(-3_600_000);
        let after = clock.now();
        assert!(after >= before, "{after:?} is before {before:?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert!(clock.now().since(after) >= 30, "it stands still");
        clock.shift(3_600_000);
        assert!(clock.now().since(before) < 5_000, "it does not follow the system's clock");
        clock.shift(3_600_000);
        assert!(clock.now().since(before) >= 3_600_000, "it does not go forward");
    }
}
