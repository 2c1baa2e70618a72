//! What time alone brings about: numbers are taken, and what has served its purpose is forgotten.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::ids::Time;
use crate::metrics::Metrics;
use crate::store::{Store, StoreError, conversation, inbox, lane, outbox};

/// Meta repeats a webhook for up to seven days; keys are kept a day longer.
const KEEP_MS: i64 = 8 * 86_400_000;
/// How often the numbers are taken.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// How often things are forgotten, in countings.
const FORGET_EVERY: u32 = 720;

/// The loop of time.
pub struct Scheduler {
    /// Where things are kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The numbers.
    pub metrics: Metrics,
}

impl Scheduler {
    /// Counts and forgets until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut round = 0_u32;
        while !*stop.borrow() {
            if let Err(error) = self.count().await {
                tracing::warn!(%error, "The numbers could not be taken: {error}");
            }
            if round.is_multiple_of(FORGET_EVERY)
                && let Err(error) = self.forget(self.clock.now()).await
            {
                tracing::warn!(%error, "Old rows could not be forgotten: {error}");
            }
            round = round.wrapping_add(1);
            tokio::select! {
                () = tokio::time::sleep(COUNT_EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn count(&self) -> Result<(), StoreError> {
        let (inbox_waiting, inbox_dead) = inbox::counts(&self.store).await?;
        let (outbox_waiting, outbox_dead) = outbox::counts(&self.store).await?;
        let (unassigned, owned) = conversation::counts(&self.store).await?;
        self.metrics.inbox_waiting.set(inbox_waiting);
        self.metrics.outbox_waiting.set(outbox_waiting);
        self.metrics.dead_letters.set(inbox_dead + outbox_dead);
        self.metrics.unassigned.set(unassigned);
        self.metrics.owned.set(owned);
        Ok(())
    }

    /// Forgets handled rows older than eight days, and pauses that are over.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget(&self, now: Time) -> Result<u64, StoreError> {
        let mut tx = self.store.begin().await?;
        let before = now.plus_ms(-KEEP_MS);
        let mut forgotten = inbox::prune(&mut tx, before).await?;
        forgotten += outbox::prune(&mut tx, before).await?;
        lane::forget_pauses(&mut tx, now).await?;
        tx.commit().await?;
        Ok(forgotten)
    }
}
