//! Moves what is decided out into the world.
//!
//! Properties kept: a lane's rows go one after the other, lanes do not wait for one another; a row is `sending` in the
//! database before the network is touched; a result is recorded with what it means in one transaction, together with the
//! next rows of the same lanes; a row found `sending` by somebody who did not send it is repeated only where repeating does
//! not show. Accepted race: between the platform's answer and our record of it the process may die; what then happens again
//! is idempotent at the platform, or is left uncertain until a status or a person settles it.

mod record;
mod resolve;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};

use crate::clock::Clock;
use crate::domain::effect::{DoorKind, Effect};
use crate::domain::ids::{OutboxId, Time};
use crate::links::Links;
use crate::metrics::Metrics;
use crate::port::{Job, Outcome, SharedChannel};
use crate::store::outbox::{self, Head, Tried};
use crate::store::{Store, StoreError, Tx};
use resolve::Resolved;
pub(crate) use resolve::media_path;

/// Jobs under way at once.
const AT_ONCE: usize = 128;
/// How long a lane is held without being heard of.
const LEASE_MS: i64 = 120_000;

/// How delivery works.
#[derive(Clone)]
pub struct Settings {
    /// The workspace, as the store spells it.
    pub place: &'static str,
    /// What the team calls each number.
    pub number_names: HashMap<crate::domain::ids::NumberId, String>,
    /// Hide phones on cards.
    pub mask_phone: bool,
    /// Where files are stored.
    pub media_dir: PathBuf,
    /// Addresses of stored files.
    pub links: Links,
    /// How long to wait for a sign of a message before a person is asked, in milliseconds.
    pub grace_ms: i64,
}

/// The loop from outbox to the platforms.
pub struct Delivery {
    /// Where the outbox is.
    pub store: Store,
    /// How it works.
    pub settings: Arc<Settings>,
    /// To the customers.
    pub whatsapp: SharedChannel,
    /// To the team.
    pub workspace: SharedChannel,
    /// The time.
    pub clock: Clock,
    /// The numbers.
    pub metrics: Metrics,
    /// Told when there is something to deliver.
    pub wake: Arc<Notify>,
    /// To be told when an outcome needs a decision.
    pub intake: Arc<Notify>,
}

/// A row under way.
#[derive(Debug, Clone)]
struct Flight {
    head: Head,
    effect: Effect,
}

/// A row that came back.
struct Landed {
    flight: Flight,
    outcome: Outcome,
    decided_to_answer_ms: i64,
}

impl Delivery {
    /// Delivers until `stop` turns true, then lets what is under way finish for `grace` at most.
    pub async fn run(self, mut stop: watch::Receiver<bool>, grace: Duration) {
        let (landing, mut landed) = mpsc::unbounded_channel::<Landed>();
        let mut under_way = 0_usize;
        let mut back: Vec<Landed> = Vec::new();
        let mut pause = Duration::ZERO;
        let mut stopping: Option<tokio::time::Instant> = None;
        loop {
            while let Ok(result) = landed.try_recv() {
                back.push(result);
            }
            if *stop.borrow() && stopping.is_none() {
                stopping = Some(tokio::time::Instant::now() + grace);
            }
            let room = if stopping.is_some() { 0 } else { AT_ONCE.saturating_sub(under_way - back.len()) };
            let next = match self.tick(&back, room, self.clock.now()).await {
                Ok((flights, next_due)) => {
                    under_way -= back.len();
                    back.clear();
                    pause = Duration::ZERO;
                    under_way += flights.len();
                    let took_off = !flights.is_empty();
                    for (flight, job) in flights {
                        self.take_off(flight, job, landing.clone());
                    }
                    if took_off { None } else { Some(next_due) }
                }
                Err(error) => {
                    pause = (pause * 2).clamp(Duration::from_millis(50), Duration::from_secs(5));
                    tracing::error!(%error, "The outbox waits: {error}");
                    Some(Time::NEVER)
                }
            };
            if let Some(deadline) = stopping
                && (under_way == 0 || tokio::time::Instant::now() >= deadline)
            {
                return;
            }
            let wait = self.wait(next, pause, stopping);
            tokio::select! {
                Some(result) = landed.recv(), if under_way > back.len() => back.push(result),
                () = self.wake.notified(), if pause.is_zero() && stopping.is_none() => {}
                () = tokio::time::sleep(wait) => {}
                _ = stop.changed(), if stopping.is_none() => {}
            }
        }
    }

    fn wait(&self, next: Option<Time>, pause: Duration, stopping: Option<tokio::time::Instant>) -> Duration {
        if !pause.is_zero() {
            return pause;
        }
        if stopping.is_some() {
            return Duration::from_millis(50);
        }
        let poll = Duration::from_secs(1);
        match next.and_then(Time::some) {
            Some(due) => {
                let ms = u64::try_from(due.since(self.clock.now())).unwrap_or_default();
                Duration::from_millis(ms.max(1)).min(poll)
            }
            None => poll,
        }
    }

    fn take_off(&self, flight: Flight, job: Job, landing: mpsc::UnboundedSender<Landed>) {
        let channel = match flight.effect.door() {
            DoorKind::WhatsApp => self.whatsapp.clone(),
            DoorKind::Workspace => self.workspace.clone(),
            DoorKind::Files => match &job.call {
                crate::port::Call::Fetch { number, .. } if number.is_empty() => self.workspace.clone(),
                _ => self.whatsapp.clone(),
            },
        };
        let clock = self.clock.clone();
        let decided = job.first_tried;
        tokio::spawn(async move {
            // A panic in an adapter must not leave the lane leased: it counts as not knowing.
            let outcome = match tokio::spawn(async move { channel.perform(job).await }).await {
                Ok(outcome) => outcome,
                Err(_) => Outcome::Unknown("performing it failed in a way nobody foresaw".to_owned()),
            };
            let decided_to_answer_ms = clock.now().since(decided);
            let _ = landing.send(Landed { flight, outcome, decided_to_answer_ms });
        });
    }

    /// Records what came back and takes up to `room` more, in one transaction: what takes off, and when the next is due.
    async fn tick(&self, back: &[Landed], room: usize, now: Time) -> Result<(Vec<(Flight, Job)>, Time), StoreError> {
        let mut tx = self.store.begin().await?;
        let recorded = record::record(self, &mut tx, back, now).await?;
        let mut lanes: Vec<(String, i64)> = recorded.continuing;
        if room > 0 {
            let limit = i64::try_from(room).unwrap_or(i64::MAX);
            lanes.extend(outbox::lease(&mut tx, now, now.plus_ms(LEASE_MS), limit).await?);
        }
        let flights = if lanes.is_empty() { Vec::new() } else { self.heads(&mut tx, &lanes, now).await? };
        let next = if flights.is_empty() { outbox::next_due(&mut tx, now).await? } else { Time::NEVER };
        tx.commit().await?;
        if recorded.told_itself || flights.iter().any(|f| f.1.is_none()) {
            self.intake.notify_one();
        }
        for landed in back {
            self.metrics.delivery_seconds.observe(seconds(landed.decided_to_answer_ms));
        }
        Ok((flights.into_iter().filter_map(|(flight, job)| Some((flight, job?))).collect(), next))
    }

    /// Looks at the heads of held lanes: each takes off, waits, or is settled without a call. A flight without a job was
    /// settled by telling the desk.
    async fn heads(
        &self,
        tx: &mut Tx,
        lanes: &[(String, i64)],
        now: Time,
    ) -> Result<Vec<(Flight, Option<Job>)>, StoreError> {
        let named: Vec<(&str, i64)> = lanes.iter().map(|(lane, fence)| (lane.as_str(), *fence)).collect();
        let heads = outbox::heads(tx, &named).await?;
        let mut given_back: Vec<(String, i64, i64)> = Vec::new();
        let empty: Vec<&(String, i64)> =
            lanes.iter().filter(|(lane, _)| !heads.iter().any(|head| head.lane == *lane)).collect();
        if !empty.is_empty() {
            outbox::drop_empty(tx, &empty.iter().map(|(lane, _)| lane.as_str()).collect::<Vec<_>>()).await?;
            given_back.extend(empty.into_iter().map(|(lane, fence)| (lane.clone(), *fence, now.0)));
        }
        let mut ready: Vec<Flight> = Vec::new();
        let mut tried: Vec<Tried> = Vec::new();
        let mut told: Vec<(Flight, Option<Job>)> = Vec::new();
        for head in heads {
            let Ok(effect) = serde_json::from_str::<Effect>(&head.effect) else {
                let reason = "this version does not know what it asks for".to_owned();
                tried.push(Tried { id: OutboxId(head.id), state: "dead", reason });
                given_back.push((head.lane, head.fence, now.0));
                continue;
            };
            let flight = Flight { head, effect };
            match self.readiness(&flight, now) {
                Readiness::Ready => ready.push(flight),
                Readiness::Wait(until) => given_back.push((flight.head.lane, flight.head.fence, until.0)),
                Readiness::LeftBehind(until) => {
                    let reason = "the process ended while it was being sent".to_owned();
                    tried.push(Tried { id: OutboxId(flight.head.id), state: "unknown", reason });
                    given_back.push((flight.head.lane, flight.head.fence, until.0));
                }
                Readiness::Ask => {
                    tried.push(Tried {
                        id: OutboxId(flight.head.id),
                        state: "asked",
                        reason: "no sign of it came".to_owned(),
                    });
                    record::tell(tx, &flight, crate::domain::event::Ended::Uncertain, now).await?;
                    given_back.push((flight.head.lane.clone(), flight.head.fence, now.0));
                    told.push((flight, None));
                }
            }
        }
        let mut flights = self.resolve(tx, ready, (&mut tried, &mut given_back), now).await?;
        let ids: Vec<OutboxId> = flights.iter().map(|(flight, _)| OutboxId(flight.head.id)).collect();
        if !ids.is_empty() {
            outbox::sending(tx, &ids, now).await?;
        }
        record::end(tx, tried).await?;
        if !given_back.is_empty() {
            let rows: Vec<(&str, i64, i64)> =
                given_back.iter().map(|(lane, fence, due)| (lane.as_str(), *fence, *due)).collect();
            outbox::give_back(tx, &rows).await?;
        }
        flights.extend(told);
        Ok(flights)
    }

    async fn resolve(
        &self,
        tx: &mut Tx,
        ready: Vec<Flight>,
        (tried, given_back): (&mut Vec<Tried>, &mut Vec<(String, i64, i64)>),
        now: Time,
    ) -> Result<Vec<(Flight, Option<Job>)>, StoreError> {
        if ready.is_empty() {
            return Ok(Vec::new());
        }
        let known = resolve::Known::load(tx, &ready, &self.settings).await?;
        let mut flights = Vec::new();
        for flight in ready {
            let id = OutboxId(flight.head.id);
            match known.resolve(&flight, &self.settings, self.workspace.caps(), now) {
                Resolved::Call(call) => {
                    let first_tried = Time(flight.head.first_tried).some().unwrap_or(now);
                    let attempt = u32::try_from(flight.head.attempt + 1).unwrap_or(u32::MAX);
                    let job = Job { outbox: id, attempt, first_tried, now, call };
                    flights.push((flight, Some(job)));
                }
                Resolved::Nothing => {
                    tried.push(Tried { id, state: "done", reason: "there was nothing left to do".to_owned() });
                    given_back.push((flight.head.lane, flight.head.fence, now.0));
                }
                Resolved::Later(ms) => given_back.push((flight.head.lane, flight.head.fence, now.plus_ms(ms).0)),
                Resolved::Never(reason) => {
                    tried.push(Tried { id, state: "dead", reason });
                    given_back.push((flight.head.lane, flight.head.fence, now.0));
                }
            }
        }
        Ok(flights)
    }

    fn readiness(&self, flight: &Flight, now: Time) -> Readiness {
        let head = &flight.head;
        let grace = Time(head.first_tried).plus_ms(self.settings.grace_ms);
        match head.state.as_str() {
            "sending" if flight.effect.repeats_visibly() => Readiness::LeftBehind(grace.max(now)),
            "unknown" if grace > now => Readiness::Wait(grace),
            "unknown" => Readiness::Ask,
            _ if head.due_at > now.0 => Readiness::Wait(Time(head.due_at)),
            _ => Readiness::Ready,
        }
    }
}

/// What is to become of a head.
enum Readiness {
    Ready,
    Wait(Time),
    LeftBehind(Time),
    Ask,
}

#[expect(clippy::cast_precision_loss, reason = "a histogram of durations")]
fn seconds(ms: i64) -> f64 {
    ms.max(0) as f64 / 1000.0
}
