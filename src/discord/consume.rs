//! Takes events in Discord's order and stores them.
//!
//! Properties this keeps: within a thread the inbox sees Discord's order, missed posts before live ones, for which live
//! events of a thread wait while its backfill runs; clicks and commands never wait for that; an interaction is deferred
//! only after it is stored. A race it accepts: what waits in memory when the process dies is found by the next backfill.

use std::sync::Arc;
use std::time::Duration;

use serenity::all::Event;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::Discord;
use super::backfill::{Backfill, Progress};
use super::gateway::Clock;
use super::hear::Sieve;
use super::hold::Hold;
use super::members::{self, People, Told};
use crate::domain::ids::InteractionRef;
use crate::port::{Inbox, Item, Memory, Suggest};

/// One event as it came.
pub(super) struct Heard {
    pub(super) event: Event,
    pub(super) at: Instant,
}

/// Stored together at most.
const BATCH: usize = 256;
const MAX_IN_A_ROW: u32 = 5;
const BACKFILL_AGAIN_AFTER: Duration = Duration::from_secs(30);

pub(super) struct Consumer {
    discord: Arc<Discord>,
    inbox: Arc<dyn Inbox>,
    memory: Arc<dyn Memory>,
    suggest: Arc<dyn Suggest>,
    clock: Clock,
    stop: watch::Receiver<bool>,
    sieve: Sieve,
    hold: Hold,
    backfill: Option<JoinHandle<()>>,
    again: bool,
    /// Rounds that were asked for again before they ended: an event that can never be read must not use up every request.
    in_a_row: u32,
    round: u64,
    progress: mpsc::UnboundedSender<(u64, Progress)>,
    progressed: Option<mpsc::UnboundedReceiver<(u64, Progress)>>,
    people: People,
    listed: Option<mpsc::UnboundedReceiver<(u64, Told)>>,
}

/// What one batch of events comes to.
#[derive(Default)]
struct Batch {
    items: Vec<Item>,
    interactions: Vec<(InteractionRef, Instant)>,
}

impl Consumer {
    pub(super) fn new(
        discord: Arc<Discord>,
        inbox: Arc<dyn Inbox>,
        memory: Arc<dyn Memory>,
        suggest: Arc<dyn Suggest>,
        clock: Clock,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let (progress, progressed) = mpsc::unbounded_channel();
        let (people, listed) = People::new(discord.clone(), clock.clone());
        Self {
            sieve: Sieve::new(discord.clone(), clock.clone()),
            people,
            listed: Some(listed),
            discord,
            inbox,
            memory,
            suggest,
            clock,
            stop,
            hold: Hold::default(),
            backfill: None,
            again: false,
            in_a_row: 0,
            round: 0,
            progress,
            progressed: Some(progressed),
        }
    }

    pub(super) async fn run(mut self, mut events: mpsc::UnboundedReceiver<Heard>) {
        let (Some(mut progressed), Some(mut listed)) = (self.progressed.take(), self.listed.take()) else { return };
        loop {
            let mut batch = Batch::default();
            tokio::select! {
                heard = events.recv() => {
                    let Some(heard) = heard else { break };
                    self.hear(heard, &mut batch);
                    while batch.items.len() < BATCH && let Ok(heard) = events.try_recv() {
                        self.hear(heard, &mut batch);
                    }
                }
                Some((round, progress)) = progressed.recv() => {
                    if round == self.round {
                        self.progressed(progress, &mut batch);
                    }
                }
                Some((round, told)) = listed.recv() => batch.items = self.people.heard(round, told),
            }
            if !self.store(batch.items).await {
                break;
            }
            for (interaction, at) in batch.interactions {
                let discord = self.discord.clone();
                tokio::spawn(async move { discord.defer_unless_answered(&interaction, at).await });
            }
        }
        if let Some(task) = self.backfill.take() {
            task.abort();
        }
    }

    /// Stores until it succeeds; false when told to stop before.
    async fn store(&mut self, items: Vec<Item>) -> bool {
        if items.is_empty() {
            return true;
        }
        let mut pause = Duration::from_millis(100);
        while let Err(error) = self.inbox.put(items.clone()).await {
            tracing::error!(items = items.len(), "Events from Discord could not be stored: {error}");
            tokio::select! {
                () = sleep(pause) => {}
                _ = self.stop.wait_for(|stop| *stop) => return false,
            }
            pause = (pause * 2).min(Duration::from_secs(5));
        }
        true
    }

    fn hear(&mut self, heard: Heard, batch: &mut Batch) {
        self.discord.health.saw_event();
        let found = self.sieve.sift(heard.event, heard.at);
        if found.ready {
            self.discord.health.begin_session();
            if let Some(task) = self.backfill.take() {
                task.abort();
            }
        }
        if found.ready || found.gap {
            self.start_backfill(Duration::ZERO);
        }
        if found.people {
            self.people.call();
        }
        if let Some(asked) = found.asked {
            let (discord, suggest) = (self.discord.clone(), self.suggest.clone());
            tokio::spawn(async move { discord.offer(suggest, asked, heard.at).await });
        }
        for item in found.items {
            self.offer(item, batch);
        }
        if let Some((item, reference)) = found.interaction {
            // Never held back: a click has three seconds.
            batch.items.push(item);
            batch.interactions.push((reference, heard.at));
        }
    }

    fn offer(&mut self, item: Item, batch: &mut Batch) {
        let item = if item.lane == members::LANE { self.people.offer(item) } else { self.hold.offer(item) };
        batch.items.extend(item);
    }

    fn start_backfill(&mut self, after: Duration) {
        if self.backfill.is_some() {
            self.again = true;
            return;
        }
        self.again = false;
        self.round += 1;
        if after.is_zero() {
            self.hold.everybody();
        }
        let (round, progress) = (self.round, self.progress.clone());
        let backfill = Backfill {
            discord: self.discord.clone(),
            inbox: self.inbox.clone(),
            memory: self.memory.clone(),
            now: (self.clock)(),
            // The consumer outlives its backfill; an error means that it is being stopped.
            tell: Box::new(move |step| drop(progress.send((round, step)))),
            members: Mutex::default(),
        };
        self.backfill = Some(tokio::spawn(async move {
            sleep(after).await;
            backfill.run().await;
        }));
    }

    fn progressed(&mut self, progress: Progress, batch: &mut Batch) {
        match progress {
            Progress::Threads(lanes) => self.hold.only(lanes),
            Progress::Filled(lane) => self.hold.filled(&lane),
            Progress::Current => self.discord.health.set_current(),
            Progress::Done { complete } => {
                self.backfill = None;
                if complete {
                    self.hold.nobody();
                    self.discord.health.count_backfill();
                    // What waited goes first: the next round holds everybody again.
                    batch.items.extend(self.hold.released());
                }
                self.in_a_row = if self.again { self.in_a_row + 1 } else { 0 };
                if self.again || !complete {
                    let at_once = complete && self.in_a_row < MAX_IN_A_ROW;
                    self.start_backfill(if at_once { Duration::ZERO } else { BACKFILL_AGAIN_AFTER });
                }
            }
        }
        batch.items.extend(self.hold.released());
    }
}
