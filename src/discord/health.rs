//! How the connection is, for metrics, readiness and the operator.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Counters and flags of one gateway connection.
#[derive(Debug, Default)]
pub struct Health {
    connected: AtomicBool,
    ready: AtomicBool,
    unparsable: AtomicU64,
    backfills: AtomicU64,
    reconnects: AtomicU64,
    deferred: AtomicU64,
    last_event: Mutex<Option<Instant>>,
    fault: Mutex<String>,
}

impl Health {
    /// Whether the gateway is connected and identified.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// Whether everything that was said before the present session has been fetched, as far as Discord lists its thread.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// Events that could not be read; each of them is answered by a backfill.
    #[must_use]
    pub fn unparsable(&self) -> u64 {
        self.unparsable.load(Ordering::Relaxed)
    }

    /// Backfills completed.
    #[must_use]
    pub fn backfills(&self) -> u64 {
        self.backfills.load(Ordering::Relaxed)
    }

    /// Connections after the first one.
    #[must_use]
    pub fn reconnects(&self) -> u64 {
        self.reconnects.load(Ordering::Relaxed)
    }

    /// Interactions that were deferred because their answer took long.
    #[must_use]
    pub fn deferred(&self) -> u64 {
        self.deferred.load(Ordering::Relaxed)
    }

    /// How long ago anything came from the gateway; `None` before the first event.
    #[must_use]
    pub fn quiet_for(&self) -> Option<Duration> {
        self.last_event.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }

    /// What is wrong, as a sentence for the operator; empty when nothing is.
    #[must_use]
    pub fn fault(&self) -> String {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn saw_event(&self) {
        *self.last_event.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn set_connected(&self, connected: bool) {
        self.connected.store(connected, Ordering::Relaxed);
        if connected {
            self.set_fault("");
        }
    }

    pub(super) fn set_fault(&self, fault: &str) {
        fault.clone_into(&mut self.fault.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A new session begins: what happened before it has to be looked for.
    pub(super) fn begin_session(&self) {
        self.ready.store(false, Ordering::Relaxed);
    }

    pub(super) fn count_unparsable(&self) {
        self.unparsable.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_backfill(&self) {
        self.backfills.fetch_add(1, Ordering::Relaxed);
    }

    /// What was said before the present session has been fetched.
    pub(super) fn set_current(&self) {
        self.ready.store(true, Ordering::Relaxed);
    }

    pub(super) fn count_reconnect(&self) {
        self.reconnects.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_deferred(&self) {
        self.deferred.fetch_add(1, Ordering::Relaxed);
    }
}
