//! Takes events in Discord's order and stores them.
//!
//! Properties this keeps: within a thread the inbox sees Discord's order, missed posts before live ones, for which live
//! events of a thread wait while its backfill runs; clicks and commands never wait for that; an interaction is deferred
//! only after it is stored. A race it accepts: what waits in memory when the process dies is found by the next backfill.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serenity::all::Event;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::Discord;
use super::backfill::{Backfill, Progress};
use super::gateway::Clock;
use super::hold::Hold;
use super::item::{self, Message, Reaction, ThreadChannel, Typing, without_nulls};
use super::refs::interaction_ref;
use super::register::command_text;
use super::told::{RELIED_ON, told};
use crate::domain::event::Button;
use crate::domain::ids::InteractionRef;
use crate::port::{Inbox, Item, Memory};

/// One event as it came.
pub(super) struct Heard {
    pub(super) event: Event,
    pub(super) at: Instant,
}

/// Stored together at most.
const BATCH: usize = 256;
/// Typing is told once in this time per person and thread.
const TYPING_EVERY: Duration = Duration::from_secs(8);
const BACKFILL_AGAIN_AFTER: Duration = Duration::from_secs(30);

pub(super) struct Consumer {
    discord: Arc<Discord>,
    inbox: Arc<dyn Inbox>,
    memory: Arc<dyn Memory>,
    clock: Clock,
    stop: watch::Receiver<bool>,
    guild: String,
    me: String,
    /// Channels that are no threads: what is said there is none of our business.
    plain: HashSet<String>,
    /// Thread → channel, to know what a deleted channel takes along.
    parents: HashMap<String, String>,
    typed: HashMap<(String, String), Instant>,
    hold: Hold,
    backfill: Option<JoinHandle<()>>,
    again: bool,
    round: u64,
    progress: mpsc::UnboundedSender<(u64, Progress)>,
    progressed: Option<mpsc::UnboundedReceiver<(u64, Progress)>>,
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
        clock: Clock,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let (progress, progressed) = mpsc::unbounded_channel();
        Self {
            guild: discord.settings.guild.to_string(),
            discord,
            inbox,
            memory,
            clock,
            stop,
            me: String::new(),
            plain: HashSet::new(),
            parents: HashMap::new(),
            typed: HashMap::new(),
            hold: Hold::default(),
            backfill: None,
            again: false,
            round: 0,
            progress,
            progressed: Some(progressed),
        }
    }

    pub(super) async fn run(mut self, mut events: mpsc::UnboundedReceiver<Heard>) {
        let Some(mut progressed) = self.progressed.take() else { return };
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
        let (kind, payload) = match heard.event {
            Event::Ready(ready) => {
                self.ready(&ready.ready.user.id.to_string());
                return;
            }
            Event::Unknown(unknown) if RELIED_ON.contains(&unknown.kind.as_str()) => {
                self.discord.health.count_unparsable();
                tracing::warn!(kind = unknown.kind, "An event of Discord has an unexpected form");
                (unknown.kind, unknown.value)
            }
            Event::Unknown(_) | Event::Resumed(_) => return,
            event => match told(&event) {
                Some(told) => told,
                None => return,
            },
        };
        // What serenity could not read may still hold all that is used here.
        if self.happened(&kind, without_nulls(payload), heard.at, batch).is_none() {
            tracing::warn!(kind, "An event of Discord cannot be read; looking for what was missed");
            self.start_backfill(Duration::ZERO);
        }
    }

    fn ready(&mut self, me: &str) {
        if !self.me.is_empty() {
            self.discord.health.count_reconnect();
        }
        me.clone_into(&mut self.me);
        self.discord.health.begin_session();
        if let Some(task) = self.backfill.take() {
            task.abort();
        }
        self.start_backfill(Duration::ZERO);
    }

    /// `None` when the payload cannot be read.
    fn happened(&mut self, kind: &str, payload: Value, at: Instant, batch: &mut Batch) -> Option<()> {
        let guild = payload["guild_id"].as_str().unwrap_or_default();
        let guild = if kind == "GUILD_CREATE" { payload["id"].as_str().unwrap_or_default() } else { guild };
        if guild != self.guild {
            return Some(());
        }
        let text = |name: &str| payload[name].as_str().map(str::to_owned);
        let channel = text("channel_id").unwrap_or_default();
        let elsewhere = self.plain.contains(&channel);
        match kind {
            "INTERACTION_CREATE" => return self.interacted(&payload, at, batch),
            "GUILD_CREATE" => {
                let channels = payload["channels"].as_array().into_iter().flatten();
                self.plain = channels.filter_map(|c| c["id"].as_str()).map(str::to_owned).collect();
                self.threads(&payload["threads"]);
            }
            "THREAD_LIST_SYNC" => self.threads(&payload["threads"]),
            "CHANNEL_CREATE" => self.plain.extend(text("id")),
            // The bot may have been given back what it needs to see.
            "CHANNEL_UPDATE" => self.start_backfill(Duration::ZERO),
            "CHANNEL_DELETE" => {
                let gone = text("id")?;
                let parents = std::mem::take(&mut self.parents);
                let (lost, kept) = parents.into_iter().partition(|(_, parent)| *parent == gone);
                self.parents = kept;
                let lost: HashMap<String, String> = lost;
                for thread in lost.keys() {
                    self.offer(item::thread_gone(thread, true), batch);
                }
                // Archived threads are not in the list.
                self.start_backfill(Duration::ZERO);
            }
            "THREAD_DELETE" => {
                let thread = text("id")?;
                self.parents.remove(&thread);
                self.offer(item::thread_gone(&thread, false), batch);
            }
            "THREAD_CREATE" | "THREAD_UPDATE" => {
                let thread: ThreadChannel = serde_json::from_value(payload).ok()?;
                self.parents.insert(thread.id.clone(), thread.parent_id.clone());
                if kind == "THREAD_UPDATE" {
                    self.offer(item::thread_shut(&thread, (self.clock)())?, batch);
                }
            }
            _ if elsewhere => {}
            "MESSAGE_CREATE" => {
                let message: Message = serde_json::from_value(payload).ok()?;
                self.typed.remove(&(message.channel_id.clone(), message.author.id.clone()));
                if message.is_of_person() {
                    self.offer(item::said(message), batch);
                }
            }
            "MESSAGE_UPDATE" => {
                if payload["edited_timestamp"].is_null() || payload["author"].is_null() {
                    return Some(());
                }
                let message: Message = serde_json::from_value(payload).ok()?;
                if message.is_of_person() {
                    self.offer(item::edited(message)?, batch);
                }
            }
            "MESSAGE_DELETE" => self.offer(item::deleted(&channel, &text("id")?, (self.clock)()), batch),
            "MESSAGE_DELETE_BULK" => {
                for id in payload["ids"].as_array()?.iter().filter_map(Value::as_str) {
                    self.offer(item::deleted(&channel, id, (self.clock)()), batch);
                }
            }
            "MESSAGE_REACTION_ADD" | "MESSAGE_REACTION_REMOVE" => {
                let member = &payload["member"];
                let reaction = Reaction {
                    message_id: text("message_id")?,
                    user_id: text("user_id")?,
                    member: if member.is_null() { None } else { serde_json::from_value(member.clone()).ok() },
                    emoji: item::emoji(&payload["emoji"])?,
                    added: kind == "MESSAGE_REACTION_ADD",
                    at: (self.clock)().0,
                    channel_id: channel,
                };
                if reaction.user_id != self.me && member["user"]["bot"] != true {
                    self.offer(item::reacted(reaction), batch);
                }
            }
            "TYPING_START" => {
                let typing: Typing = serde_json::from_value(payload.clone()).ok()?;
                let key = (typing.channel_id.clone(), typing.user_id.clone());
                let recent = self.typed.get(&key).is_some_and(|last| at.duration_since(*last) < TYPING_EVERY);
                if !recent && payload["member"]["user"]["bot"] != true && typing.user_id != self.me {
                    if self.typed.len() > 1_000 {
                        self.typed.retain(|_, last| at.duration_since(*last) < TYPING_EVERY);
                    }
                    self.typed.insert(key, at);
                    self.offer(item::typing(typing), batch);
                }
            }
            _ => {}
        }
        Some(())
    }

    fn threads(&mut self, list: &Value) {
        for thread in list.as_array().into_iter().flatten() {
            if let (Some(id), Some(parent)) = (thread["id"].as_str(), thread["parent_id"].as_str()) {
                self.parents.insert(id.to_owned(), parent.to_owned());
            }
        }
    }

    fn interacted(&mut self, payload: &Value, at: Instant, batch: &mut Batch) -> Option<()> {
        let data = &payload["data"];
        // Buttons carry a custom id, commands a name; forms and completions are not used.
        let (text, is_command) = match (data["custom_id"].as_str(), data["name"].as_str()) {
            (Some(button), _) if Button::decode(button).is_some() => (button.to_owned(), false),
            (None, Some(name)) if payload["type"].as_u64().is_none_or(|kind| kind == 2) => {
                (command_text(&self.discord.commands, name, &data["options"]), true)
            }
            _ => return Some(()),
        };
        let member = payload.get("member").and_then(|member| serde_json::from_value(member.clone()).ok());
        let user = payload.get("user").or_else(|| payload["member"].get("user"))?;
        let interaction = item::Interaction {
            id: payload["id"].as_str()?.to_owned(),
            application_id: payload["application_id"].as_str()?.to_owned(),
            token: payload["token"].as_str()?.to_owned(),
            channel_id: payload["channel_id"].as_str()?.to_owned(),
            user: serde_json::from_value(user.clone()).ok()?,
            member,
            text,
        };
        batch.interactions.push((interaction_ref(&interaction), at));
        // Never held back: a click has three seconds.
        batch.items.push(item::interaction(interaction, is_command));
        Some(())
    }

    fn offer(&mut self, item: Item, batch: &mut Batch) {
        batch.items.extend(self.hold.offer(item));
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
            Progress::Done { complete } => {
                self.backfill = None;
                if complete {
                    self.hold.nobody();
                    self.discord.health.count_backfill();
                    // What waited goes first: the next round holds everybody again.
                    batch.items.extend(self.hold.released());
                }
                if self.again || !complete {
                    self.start_backfill(if complete { Duration::ZERO } else { BACKFILL_AGAIN_AFTER });
                }
            }
        }
        batch.items.extend(self.hold.released());
    }
}
