//! What Discord allows a bot over all routes together.

use std::time::Duration;

use tokio::time::Instant;

/// Of a hundred requests a second that are allowed ninety are used in the long run, and ten more in a burst, which keeps
/// every second within what is allowed.
const SHARE: u32 = 90;
/// As long as somebody reads, whoever writes leaves every second place free: however much is to be told, what was missed is
/// found soon.
const READING: Duration = Duration::from_secs(1);

/// The places that are left.
pub(super) struct Budget {
    /// The time between two requests.
    interval: Duration,
    /// How far ahead of the long run a burst may be.
    burst: Duration,
    next: Instant,
    next_write: Instant,
    reading_until: Instant,
    promised: Instant,
}

impl Budget {
    /// `per_second` is how many requests Discord allows a bot in all, 50 for most.
    pub(super) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = per_second.max(2);
        let interval = Duration::from_secs(1) * 100 / (per_second.saturating_mul(SHARE));
        let burst = interval * (per_second / 10).max(1).saturating_sub(1);
        Self { interval, burst, next: now, next_write: now, reading_until: now, promised: now }
    }

    /// When there is a place: now, or not before the time returned.
    pub(super) fn check(&mut self, reads: bool, now: Instant) -> Result<(), Instant> {
        if reads {
            self.reading_until = now + READING;
        }
        let slot = if reads || now >= self.reading_until { self.next } else { self.next.max(self.next_write) };
        let free_at = slot.checked_sub(self.burst).unwrap_or(now);
        if now < free_at { Err(free_at) } else { Ok(()) }
    }

    pub(super) fn take(&mut self, reads: bool, now: Instant) {
        self.next = self.next.max(now) + self.interval;
        if !reads && now < self.reading_until {
            self.next_write = self.next_write.max(now) + self.interval * 2;
        }
    }

    /// A time to come back, later for everyone who writes.
    pub(super) fn promise(&mut self, reads: bool, at: Instant) -> Instant {
        if reads {
            return at;
        }
        let slot = self.promised.max(at);
        self.promised = slot + self.interval;
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second in which `writers` come again and again, and somebody who reads as well if told so: how many got a place.
    fn second(budget: &mut Budget, from: Instant, reader: bool) -> (u32, u32) {
        let (mut read, mut written) = (0, 0);
        for ms in 0..1000 {
            let now = from + Duration::from_millis(ms);
            // The reader comes last: whoever writes is faster.
            for reads in [false, true] {
                if (!reads || reader) && budget.check(reads, now).is_ok() {
                    budget.take(reads, now);
                    *(if reads { &mut read } else { &mut written }) += 1;
                }
            }
        }
        (read, written)
    }

    // story: RL-03
    #[test]
    fn what_was_missed_is_read_however_much_is_written() {
        let start = Instant::now();
        let mut budget = Budget::new(50, start);
        let (read, written) = second(&mut budget, start, false);
        assert!(read == 0 && (45..=50).contains(&written), "{written} written");
        let (read, written) = second(&mut budget, start + Duration::from_secs(1), true);
        assert!(read >= 20 && written >= 20 && read + written <= 50, "{read} read, {written} written");
        second(&mut budget, start + Duration::from_secs(2), false);
        let (_, written) = second(&mut budget, start + Duration::from_secs(4), false);
        assert!((45..=50).contains(&written), "{written} written");
    }
}
