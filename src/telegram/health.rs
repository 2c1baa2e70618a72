//! How the lines to Telegram are, for metrics, readiness and the operator.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Counters and flags of all bots.
#[derive(Debug)]
pub struct Health {
    lines: Mutex<Vec<Line>>,
    ignored: AtomicU64,
    unreadable: AtomicU64,
    waiting: AtomicU64,
    last_update: Mutex<Option<Instant>>,
}

#[derive(Debug, Clone, Default)]
struct Line {
    connected: bool,
    ready: bool,
    fault: String,
}

impl Health {
    pub(super) fn new(bots: usize) -> Self {
        Self {
            lines: Mutex::new(vec![Line::default(); bots]),
            ignored: AtomicU64::new(0),
            unreadable: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
            last_update: Mutex::default(),
        }
    }

    /// Whether every bot has heard from Telegram when it last asked.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.lines().iter().all(|line| line.connected)
    }

    /// Whether every bot has heard from Telegram at least once.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.lines().iter().all(|line| line.ready)
    }

    /// Updates of chats that are not configured.
    #[must_use]
    pub fn ignored(&self) -> u64 {
        self.ignored.load(Ordering::Relaxed)
    }

    /// Updates that could not be read at all.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable.load(Ordering::Relaxed)
    }

    /// How often a bot found that another program listens for it.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How long ago an update came; `None` before the first.
    #[must_use]
    pub fn quiet_for(&self) -> Option<Duration> {
        self.last_update.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }

    /// What is wrong, as sentences for the operator; empty when nothing is.
    #[must_use]
    pub fn fault(&self) -> String {
        let lines = self.lines();
        let faults: Vec<&str> =
            lines.iter().map(|line| line.fault.as_str()).filter(|fault| !fault.is_empty()).collect();
        faults.join("; ")
    }

    pub(super) fn heard(&self, bot: usize, any: bool) {
        if let Some(line) = self.lines().get_mut(bot) {
            *line = Line { connected: true, ready: true, fault: String::new() };
        }
        if any {
            *self.last_update.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    pub(super) fn failed(&self, bot: usize, fault: &str) {
        if let Some(line) = self.lines().get_mut(bot) {
            line.connected = false;
            fault.clone_into(&mut line.fault);
        }
    }

    /// Another program listens for this bot, which is as well.
    pub(super) fn stands_by(&self, bot: usize) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if let Some(line) = self.lines().get_mut(bot) {
            *line = Line { connected: true, ready: true, fault: String::new() };
        }
    }

    pub(super) fn count_ignored(&self) {
        self.ignored.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_unreadable(&self) {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
