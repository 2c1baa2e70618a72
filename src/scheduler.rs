//! What time alone brings about: conversations and people whose time has come are told to the desk, numbers are taken, and
//! what has served its purpose is forgotten.
//!
//! Properties kept: a time is told by a row whose key can exist only once, so that any number of processes tell it once; the
//! sleeper wakes at the earliest time there is, and what was missed is told at the start.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::domain::event::{Event, Own};
use crate::domain::ids::{AgentId, ConversationId, Time};
use crate::domain::schedule::Schedule;
use crate::metrics::Metrics;
use crate::port::{Key, OWN_DOOR};
use crate::store::{Store, StoreError, agent, conversation, decision, inbox, lane, outbox, queue};

/// Meta repeats a webhook for up to seven days; keys are kept a day longer.
const KEEP_MS: i64 = 8 * 86_400_000;
/// How often the numbers are taken.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// How often things are forgotten, in countings.
const FORGET_EVERY: u32 = 720;
/// The sleeper looks at least this often, since a nearer time may have appeared.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// What is due between two looks is not missed.
const LOOK_MS: i64 = 10_000;
/// How many times are told at once.
const AT_ONCE: i64 = 500;
/// How many times are looked at to find one that is new.
const MOST: i64 = 64 * AT_ONCE;
/// Decisions about closed conversations are kept this long.
const KEEP_DECISIONS_MS: i64 = 90 * 86_400_000;

/// The loops of time.
#[derive(Clone)]
pub struct Scheduler {
    /// Where things are kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The numbers.
    pub metrics: Metrics,
    /// To be told when a time has come.
    pub intake: Arc<Notify>,
    /// What comes again and again.
    pub planned: Vec<Planned>,
}

/// Something that comes again and again.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What the configuration calls it.
    pub name: String,
    /// When it comes.
    pub schedule: Schedule,
    /// What was missed is told if it is younger than this, in milliseconds.
    pub catch_up_ms: i64,
    /// Not before this: what comes next. Never until the first look, which finds what was missed.
    pub next: Time,
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

    /// Tells the desk of every time that has come until `stop` turns true.
    pub async fn keep_time(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let now = self.clock.now();
            for told in [self.tick(now).await, self.summaries(now).await] {
                match told {
                    Ok(0) => {}
                    Ok(_) => self.intake.notify_one(),
                    Err(error) => tracing::warn!(%error, "The times could not be looked at: {error}"),
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Tells the desk of the times that have come by `now`; how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tick(&self, now: Time) -> Result<u64, StoreError> {
        let mut most = AT_ONCE;
        loop {
            let woken = queue::waking(&self.store, now, most).await?;
            let turned = agent::turned(&self.store, now, most).await?;
            let all = i64::try_from(woken.len().max(turned.len())).is_ok_and(|n| n < most);
            let new =
                if woken.is_empty() && turned.is_empty() { 0 } else { self.tell_times(&woken, &turned, now).await? };
            // What was told and is still not dealt with stands in nobody's way.
            if new > 0 || all || most >= MOST {
                return Ok(new);
            }
            most *= 4;
        }
    }

    async fn tell_times(&self, woken: &[queue::At], turned: &[queue::At], now: Time) -> Result<u64, StoreError> {
        let woken = woken.iter().map(|at| {
            let own = Own::Woke { conversation: ConversationId(at.id), at: Time(at.at) };
            (Key::new(Time(at.at), &format!("wake:{}", at.id)).to_hex(), format!("own:c:{}", at.id), own)
        });
        let turned = turned.iter().map(|at| {
            let own = Own::Turned { agent: AgentId(at.id), at: Time(at.at) };
            (Key::new(Time(at.at), &format!("turn:{}", at.id)).to_hex(), format!("own:a:{}", at.id), own)
        });
        self.tell(woken.chain(turned), now).await
    }

    /// Tells the desk of the summaries that have come by `now`: of several that were missed the last, unless it is too old;
    /// how many.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn summaries(&mut self, now: Time) -> Result<u64, StoreError> {
        let due: Vec<(String, Time)> = self
            .planned
            .iter()
            .filter(|planned| planned.next <= now)
            .map(|planned| (planned, planned.schedule.last(now)))
            .filter(|(planned, at)| *at != Time::NEVER && now.since(*at) <= planned.catch_up_ms.max(LOOK_MS))
            .map(|(planned, at)| (planned.name.clone(), at))
            .collect();
        let told = if due.is_empty() {
            0
        } else {
            let rows = due.into_iter().map(|(name, at)| {
                let key = Key::new(at, &format!("summary:{name}")).to_hex();
                (key, format!("own:s:{name}"), Own::Summary { name, at })
            });
            self.tell(rows, now).await?
        };
        for planned in self.planned.iter_mut().filter(|planned| planned.next <= now) {
            planned.next = planned.schedule.next(now).some().unwrap_or(Time(i64::MAX));
        }
        Ok(told)
    }

    /// Puts what Baton tells itself into the inbox, each once by its key; how many are new.
    async fn tell(&self, told: impl Iterator<Item = (String, String, Own)>, now: Time) -> Result<u64, StoreError> {
        let told: Vec<(String, String, String)> = told
            .map(|(key, lane, own)| (key, lane, serde_json::to_string(&Event::Own(own)).unwrap_or_default()))
            .collect();
        let rows: Vec<inbox::NewRow<'_>> = told
            .iter()
            .map(|(key, lane, body)| (key.as_str(), OWN_DOOR, lane.as_str(), inbox::slot(lane), body.as_str()))
            .collect();
        let mut tx = self.store.begin().await?;
        let new = inbox::put(&mut tx, &rows, now).await?;
        tx.commit().await?;
        Ok(new)
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
        forgotten += decision::prune(&mut tx, now.plus_ms(-KEEP_DECISIONS_MS)).await?;
        lane::forget_pauses(&mut tx, now).await?;
        tx.commit().await?;
        Ok(forgotten)
    }
}
