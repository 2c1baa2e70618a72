//! Moves what is decided out into the world.
//!
//! Properties kept: a lane's rows go one after the other, lanes do not wait for one another; a row is `sending` in the
//! database before the network is touched; a result is recorded with what it means in one transaction, together with the
//! next rows of the same lanes, and counts once; a lane is held by a short lease that is renewed for as long as its row is
//! under way; a row found `sending` by somebody who did not send it is repeated only where repeating does not show. Accepted
//! race: between the platform's answer and our record of it the process may die; what then happens again is idempotent at
//! the platform, or is left uncertain until a status or a person settles it.

mod budget;
mod enclose;
mod heads;
mod held;
mod join;
mod known;
mod parts;
mod record;
mod resolve;
mod standing;
mod workspaces;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc, watch};

use crate::clock::Clock;
use crate::crash;
use crate::domain::effect::{DoorKind, Effect};
use crate::domain::ids::{PostRef, ThreadRef, Time};
use crate::domain::roster::Pace;
use crate::links::Links;
use crate::metrics::Metrics;
use crate::port::{Job, Outcome, SharedChannel, Toll};
use crate::store::lane::{self, Head};
use crate::store::{Store, StoreError, Tx};
use budget::Budget;
use held::Held;
use join::Joined;
pub(crate) use resolve::media_path;
pub use workspaces::Workspaces;

/// Jobs under way at once.
const AT_ONCE: usize = 128;
/// A file that a thread waits for is let go after this long: its message goes without it, and it follows.
const FILE_IN_LINE: Duration = Duration::from_secs(5);
/// How often the outbox is looked at without being told.
const POLL: Duration = Duration::from_secs(1);

/// How delivery works.
#[derive(Clone)]
pub struct Settings {
    /// What the team calls each number.
    pub number_names: HashMap<crate::domain::ids::NumberId, String>,
    /// Hide phones on cards.
    pub mask_phone: bool,
    /// How fast somebody who comes is given what waits.
    pub pace: Pace,
    /// Where files are stored.
    pub media_dir: PathBuf,
    /// Addresses of stored files.
    pub links: Links,
    /// How long to wait for a sign of a message before a person is asked, in milliseconds.
    pub grace_ms: i64,
    /// How long a lane is held by somebody who is not heard of any more, in milliseconds.
    pub lease_ms: i64,
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
    pub workspaces: Workspaces,
    /// The time.
    pub clock: Clock,
    /// The numbers.
    pub metrics: Metrics,
    /// Told when there is something to deliver.
    pub wake: Arc<Notify>,
    /// To be told when an outcome needs a decision.
    pub intake: Arc<Notify>,
    /// Where calls to the platforms run.
    pub performers: Handle,
}

/// A row under way.
#[derive(Debug, Clone)]
struct Flight {
    head: Head,
    effect: Effect,
    /// The thread it happens in; empty for none.
    thread: ThreadRef,
    /// The post it changes; empty for none.
    post: PostRef,
    /// Whether it makes something new, whose place is then known.
    makes: bool,
    /// What it takes of an allowance.
    toll: Option<Toll>,
    /// After so many milliseconds it is looked at again, done or not.
    again_ms: Option<i64>,
    /// What stands behind it in its lane and goes out in the same post.
    joined: Vec<Joined>,
}

impl Flight {
    fn new(head: Head, effect: Effect) -> Self {
        Self {
            head,
            effect,
            thread: ThreadRef::default(),
            post: PostRef::default(),
            makes: false,
            toll: None,
            again_ms: None,
            joined: Vec::new(),
        }
    }
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
        let mut held = Held::new(self.settings.lease_ms);
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
            let next = match self.tick(&back, &mut held, stopping.is_some(), self.clock.now()).await {
                Ok((flights, next_due)) => {
                    back.clear();
                    pause = Duration::ZERO;
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
                && ((held.is_empty() && back.is_empty()) || tokio::time::Instant::now() >= deadline)
            {
                return;
            }
            let wait = self.wait(next, pause, stopping);
            tokio::select! {
                Some(result) = landed.recv(), if held.len() > back.len() => back.push(result),
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
        let poll = POLL.min(Duration::from_millis(u64::try_from(self.settings.lease_ms / 3).unwrap_or(1)));
        match next.and_then(Time::some) {
            Some(due) => {
                let ms = u64::try_from(due.since(self.clock.now())).unwrap_or_default();
                Duration::from_millis(ms.max(1)).min(poll)
            }
            None => poll,
        }
    }

    fn take_off(&self, flight: Flight, job: Job, landing: mpsc::UnboundedSender<Landed>) {
        let to_customers = match flight.effect.door() {
            DoorKind::WhatsApp => true,
            DoorKind::Workspace => false,
            DoorKind::Files => job.call.workspace().is_none(),
        };
        // Only what a workspace of the configuration can perform was resolved to a call.
        let workspace = if to_customers { None } else { self.workspaces.performer(&job.call) };
        let channel = workspace.unwrap_or_else(|| self.whatsapp.clone());
        let clock = self.clock.clone();
        let decided = job.first_tried;
        let in_line = matches!(flight.effect, Effect::Fetch { .. }) && flight.head.lane.starts_with("c:");
        let patience = if in_line { FILE_IN_LINE } else { Duration::MAX };
        self.performers.spawn(async move {
            crash::point("delivery.perform");
            // A panic in an adapter must not leave the lane leased: it counts as not knowing.
            let performed = tokio::spawn(async move {
                let mut job = job;
                enclose::enclose(&mut job).await;
                tokio::time::timeout(patience, channel.perform(job)).await
            });
            let outcome = match performed.await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => record::follows_later("it takes its time".to_owned()),
                Err(_) => Outcome::Unknown("performing it failed in a way nobody foresaw".to_owned()),
            };
            crash::point("delivery.performed");
            let decided_to_answer_ms = clock.now().since(decided);
            let _ = landing.send(Landed { flight, outcome, decided_to_answer_ms });
        });
    }

    /// Records what came back and takes as much more as there is room for, in one transaction: what takes off, and when the
    /// next is due. Nothing more is taken when `stopping`.
    async fn tick(
        &self,
        back: &[Landed],
        held: &mut Held,
        stopping: bool,
        now: Time,
    ) -> Result<(Vec<(Flight, Job)>, Time), StoreError> {
        let mut tx = self.store.begin().await?;
        // Held before anything else is, so that of several programs none waits for another that waits for it.
        let mut budget = Budget::hold(&mut tx, &self.workspaces, now).await?;
        let until = now.plus_ms(self.settings.lease_ms);
        let (empty, renewing) = (held.is_empty(), held.wants_renewal(now));
        if renewing {
            lane::renew(&mut tx, &held.lanes(), until).await?;
        }
        let recorded = record::record(self, &mut tx, back, now).await?;
        budget.land(back, now);
        let crowded = budget.watch_crowds(&mut tx, &mut held.crowds, now).await?;
        let mut lanes: Vec<(String, i64)> = recorded.continuing;
        if stopping {
            let rows: Vec<(&str, i64, i64)> =
                lanes.iter().map(|(lane, fence)| (lane.as_str(), *fence, now.0)).collect();
            lane::give_back(&mut tx, &rows).await?;
            lanes.clear();
        }
        let room = AT_ONCE.saturating_sub(held.len() - back.len());
        if room > 0 && !stopping {
            lanes.extend(self.lease(&mut tx, &budget, (now, until), room).await?);
        }
        let flights = if lanes.is_empty() { Vec::new() } else { self.heads(&mut tx, &lanes, &mut budget, now).await? };
        budget.save(&mut tx).await?;
        let next = if flights.is_empty() { self.next_due(&mut tx, &budget, now).await? } else { Time::NEVER };
        let idle = back.is_empty() && flights.is_empty() && !crowded;
        if !idle {
            crash::point("delivery.commit");
        }
        tx.commit().await?;
        if !idle {
            crash::point("delivery.committed");
        }
        if recorded.told_itself || crowded || flights.iter().any(|f| f.1.is_none()) {
            self.intake.notify_one();
        }
        for landed in back {
            held.let_go(&landed.flight.head.lane);
            self.metrics.delivered_after(landed.decided_to_answer_ms);
        }
        if renewing || empty {
            held.renewed(now);
        }
        let flights: Vec<(Flight, Job)> =
            flights.into_iter().filter_map(|(flight, job)| Some((flight, job?))).collect();
        for (flight, _) in &flights {
            held.hold(&flight.head);
        }
        Ok((flights, next))
    }

    /// Takes lanes that are due: of what is limited the most urgent, as far as there is room.
    async fn lease(
        &self,
        tx: &mut Tx,
        budget: &Budget<'_>,
        (now, until): (Time, Time),
        room: usize,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let mut left = i64::try_from(room).unwrap_or(i64::MAX);
        let mut lanes = Vec::new();
        for scope in budget.scopes() {
            let some = budget.room(scope, now).min(left);
            if some > 0 {
                lanes.extend(lane::lease_of(tx, (now, until), scope, some).await?);
                left = i64::try_from(room.saturating_sub(lanes.len())).unwrap_or(0);
            }
        }
        if left > 0 {
            lanes.extend(lane::lease(tx, (now, until), &budget.scopes(), left).await?);
        }
        Ok(lanes)
    }

    /// When something can go out next; never when nothing waits.
    async fn next_due(&self, tx: &mut Tx, budget: &Budget<'_>, now: Time) -> Result<Time, StoreError> {
        let free = lane::next_due(tx, &budget.scopes(), now).await?;
        let limited = budget.next(tx, now).await?;
        Ok([free, limited].into_iter().filter_map(Time::some).min().unwrap_or(Time::NEVER))
    }
}
