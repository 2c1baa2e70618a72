//! Takes the oldest rows of the inbox, translates them and hands them to the desk, batch by batch.
//!
//! Properties kept: a lane's rows are handled in order, a customer's in the order they were written; a row is done in the
//! same transaction that writes what follows from it; a row that cannot be translated or decided becomes a dead letter with
//! its reason and holds nobody up.

mod letterbox;

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::crash;
use crate::desk::policy::Policy;
use crate::desk::{self, Ids};
use crate::domain::event::{CustomerDid, Event};
use crate::domain::ids::{InboxId, Time};
use crate::metrics::Metrics;
use crate::port::{OWN_DOOR, Translate};
use crate::store::inbox::{self, Waiting};
use crate::store::{Store, StoreError, Tx};
pub use letterbox::Letterbox;

/// Rows handled in one transaction at most.
const BATCH: i64 = 256;
/// How often the inbox is looked at without being told.
const POLL: Duration = Duration::from_secs(1);

/// The loop from inbox to desk.
pub struct Intake {
    /// Where the inbox is.
    pub store: Store,
    /// How the desk works.
    pub policy: Arc<Policy>,
    /// Who reads which door's words.
    pub translators: HashMap<&'static str, Arc<dyn Translate>>,
    /// Fresh ids.
    pub ids: Ids,
    /// The time.
    pub clock: Clock,
    /// The numbers.
    pub metrics: Metrics,
    /// Told when something was put in.
    pub wake: Arc<Notify>,
    /// To be told when there is something to deliver.
    pub delivery: Arc<Notify>,
}

/// What a batch came to.
struct Handled {
    /// What is set aside, each with its reason.
    dead: Vec<(i64, String)>,
    /// How many effects were decided.
    effects: usize,
}

impl Intake {
    /// Handles what comes until `stop` turns true, then finishes the batch at hand.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut pause = Duration::ZERO;
        while !*stop.borrow() {
            match self.tick(self.clock.now()).await {
                Ok(0) => {
                    pause = Duration::ZERO;
                    tokio::select! {
                        () = self.wake.notified() => {}
                        () = tokio::time::sleep(POLL) => {}
                        _ = stop.changed() => {}
                    }
                }
                Ok(_) => pause = Duration::ZERO,
                Err(error) => {
                    pause = (pause * 2).clamp(Duration::from_millis(50), Duration::from_secs(5));
                    tracing::error!(%error, "The inbox waits: {error}");
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        _ = stop.changed() => {}
                    }
                }
            }
        }
    }

    /// Handles one batch; how many rows.
    ///
    /// # Errors
    /// When the database refuses; nothing of the batch was kept then.
    pub async fn tick(&mut self, now: Time) -> Result<usize, StoreError> {
        let mut rows = Vec::new();
        match self.batch(BATCH, &mut rows, now).await {
            Err(error) if error.is_about_rows() => self.alone(now).await,
            other => other,
        }
    }

    /// The batch was refused for something in it: its first row is handled alone, and set aside when that is the one. Where
    /// another process was faster, the second try sees what it has written.
    async fn alone(&mut self, now: Time) -> Result<usize, StoreError> {
        let mut rows = Vec::new();
        for last in [false, true] {
            match self.batch(1, &mut rows, now).await {
                Err(error) if error.is_about_rows() && last => return self.set_aside(&rows, &error).await,
                Err(error) if error.is_about_rows() => {}
                other => return other,
            }
        }
        Ok(0)
    }

    async fn set_aside(&mut self, rows: &[Waiting], error: &StoreError) -> Result<usize, StoreError> {
        let dead: Vec<(i64, String)> = rows.iter().map(|row| (row.id, error.to_string())).collect();
        let mut tx = self.store.begin().await?;
        inbox::dead(&mut tx, &dead).await?;
        tx.commit().await?;
        self.report(&dead);
        Ok(dead.len())
    }

    /// Handles up to `limit` rows in one transaction; `rows` are those that were taken, also when it fails.
    async fn batch(&mut self, limit: i64, rows: &mut Vec<Waiting>, now: Time) -> Result<usize, StoreError> {
        let mut tx = self.store.begin().await?;
        *rows = inbox::take(&mut tx, limit).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        // Nothing is decided at a time before it arrived.
        let now = now.max(self.clock.now());
        let handled = match self.handle(&mut tx, rows, now).await {
            Ok(handled) => handled,
            Err(error) => {
                tx.undo().await;
                return Err(error);
            }
        };
        crash::point("intake.commit");
        tx.commit().await?;
        crash::point("intake.committed");
        self.report(&handled.dead);
        self.metrics.handled.inc_by(u64::try_from(rows.len() - handled.dead.len()).unwrap_or_default());
        if handled.effects > 0 {
            self.delivery.notify_one();
        }
        Ok(rows.len())
    }

    async fn handle(&mut self, tx: &mut Tx, rows: &[Waiting], now: Time) -> Result<Handled, StoreError> {
        let mut dead: Vec<(i64, String)> = Vec::new();
        let mut asides: Vec<&str> = Vec::new();
        let mut understood: Vec<(&Waiting, Vec<Event>)> = Vec::with_capacity(rows.len());
        for row in rows {
            match self.translate(row) {
                Ok(events) => {
                    if events.iter().all(is_aside) {
                        asides.push(&row.door);
                    }
                    understood.push((row, events));
                }
                Err(reason) => dead.push((row.id, reason)),
            }
        }
        in_order_of_writing(&mut understood);
        let (rows_of, groups): (Vec<&Waiting>, Vec<Vec<Event>>) = understood.into_iter().unzip();
        let handled = desk::handle(tx, &groups, &self.policy, &mut self.ids, now).await?;
        dead.extend(handled.refused.iter().map(|(index, reason)| (rows_of[*index].id, reason.clone())));
        let set_aside: HashSet<i64> = dead.iter().map(|(id, _)| *id).collect();
        let done: Vec<InboxId> =
            rows_of.iter().filter(|row| !set_aside.contains(&row.id)).map(|row| InboxId(row.id)).collect();
        inbox::done(tx, &done).await?;
        if !dead.is_empty() {
            inbox::dead(tx, &dead).await?;
        }
        for door in asides {
            self.metrics.count(&self.metrics.asides, door);
        }
        Ok(Handled { dead, effects: handled.effects })
    }

    fn translate(&self, row: &Waiting) -> Result<Vec<Event>, String> {
        if row.door == OWN_DOOR {
            return serde_json::from_str::<Event>(&row.body).map(|event| vec![event]).map_err(|e| e.to_string());
        }
        let translator =
            self.translators.get(row.door.as_str()).ok_or_else(|| format!("nobody reads the door {:?}", row.door))?;
        catch_unwind(AssertUnwindSafe(|| translator.translate(&row.body)))
            .unwrap_or_else(|_| Err("reading it failed in a way nobody foresaw".to_owned()))
    }

    fn report(&self, dead: &[(i64, String)]) {
        for (id, reason) in dead {
            self.metrics.dead.inc();
            tracing::warn!(inbox.id = id, "Inbox row {id} became a dead letter: {reason}");
        }
    }
}

/// Whether an event is no part of a conversation, though it may be a line in one.
fn is_aside(event: &Event) -> bool {
    matches!(event, Event::Customer(from) if matches!(from.did, CustomerDid::Other { .. }))
}

/// Messages of one customer that wait together are handled in the order they were written, however they arrived.
fn in_order_of_writing(rows: &mut [(&Waiting, Vec<Event>)]) {
    let mut lanes: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, (row, events)) in rows.iter().enumerate() {
        if written_at(events).is_some() {
            lanes.entry(row.lane.clone()).or_default().push(index);
        }
    }
    for places in lanes.into_values().filter(|places| places.len() > 1) {
        let mut taken: Vec<(&Waiting, Vec<Event>)> =
            places.iter().map(|place| (rows[*place].0, std::mem::take(&mut rows[*place].1))).collect();
        taken.sort_by_key(|(_, events)| written_at(events));
        for (place, row) in places.into_iter().zip(taken) {
            rows[place] = row;
        }
    }
}

fn written_at(events: &[Event]) -> Option<Time> {
    match events.first() {
        Some(Event::Customer(from) | Event::Echo(from)) => Some(from.at),
        _ => None,
    }
}
