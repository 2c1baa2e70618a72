//! One of Discord's buckets: so many requests in a window of time.

use std::time::Duration;

use tokio::time::Instant;

/// Reset times have millisecond precision and are cut off, not rounded.
pub(super) const PAD: Duration = Duration::from_millis(15);

pub(super) struct Bucket {
    pub(super) knowledge: Knowledge,
    pub(super) limit: u32,
    pub(super) left: u32,
    pub(super) under_way: u32,
    pub(super) resets: Instant,
    /// `X-RateLimit-Reset`, the name of the window; 0 before the first one.
    pub(super) window_name: f64,
    pub(super) window: Duration,
    pub(super) promised: Instant,
    pub(super) streak: u32,
    pub(super) used: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// No answer yet: one request at a time.
    None,
    /// Answers carry no limit.
    Unlimited,
    /// Answers carry a limit.
    Limited,
}

pub(super) enum Refused {
    Until(Instant, bool),
    UntilAnswer,
}

impl Bucket {
    pub(super) fn new(size: Option<(u32, Duration)>, now: Instant) -> Self {
        let (limit, window) = size.unwrap_or((1, Duration::from_secs(1)));
        Self {
            knowledge: if size.is_some() { Knowledge::Limited } else { Knowledge::None },
            limit,
            left: limit,
            under_way: 0,
            resets: now,
            window_name: 0.0,
            window,
            promised: now,
            streak: 0,
            used: now,
        }
    }

    pub(super) fn check(&self, now: Instant) -> Result<(), Refused> {
        let left = match self.knowledge {
            Knowledge::Unlimited => return Ok(()),
            Knowledge::None => 1,
            Knowledge::Limited if now < self.resets + PAD => self.left,
            Knowledge::Limited => self.limit,
        };
        if self.under_way < left {
            Ok(())
        } else if self.knowledge == Knowledge::Limited && now < self.resets + PAD {
            Err(Refused::Until(self.resets + PAD, false))
        } else {
            Err(Refused::UntilAnswer)
        }
    }

    pub(super) fn learn(&mut self, limit: u32, left: u32, after: Duration, window_name: Option<f64>, now: Instant) {
        let resets = now + after;
        let name = window_name.unwrap_or(0.0);
        let same =
            self.knowledge == Knowledge::Limited && window_name.is_some() && (name - self.window_name).abs() < 0.1;
        let older = self.knowledge == Knowledge::Limited && window_name.is_some() && name < self.window_name && !same;
        if older {
            return;
        }
        if same {
            // Answers may overtake one another; within a window the lowest count is the newest.
            self.left = self.left.min(left);
            self.resets = self.resets.min(resets).max(now);
        } else {
            self.left = left;
            self.resets = resets;
        }
        if self.knowledge != Knowledge::Limited {
            self.window = after;
        }
        self.window = self.window.max(after);
        self.knowledge = Knowledge::Limited;
        self.limit = limit.max(1);
        self.window_name = name;
    }

    pub(super) fn leave(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }
}
