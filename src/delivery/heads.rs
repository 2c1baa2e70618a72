//! Looks at the heads of held lanes: each takes off, waits, or is settled without a call.

use std::collections::HashSet;

use super::budget::Budget;
use super::known::Known;
use super::resolve::Resolved;
use super::{Delivery, Flight, parts, record};
use crate::domain::allowance::Need;
use crate::domain::effect::Effect;
use crate::domain::event::Ended;
use crate::domain::ids::{ConversationId, OutboxId, Time};
use crate::port::{Call, Job};
use crate::store::lane::{self, Head};
use crate::store::outbox::{self, Tried};
use crate::store::{StoreError, Tx, message};

/// How long the desk has to decide what becomes of something that has no thread.
const DECIDING_MS: i64 = 5_000;
/// How long a mark looks for its post after nothing is being posted any more.
const NOTICING_MS: i64 = 1_000;

impl Delivery {
    /// What becomes of the heads of `lanes`, which are held by these fences. A flight without a job was settled by telling the
    /// desk.
    pub(super) async fn heads(
        &self,
        tx: &mut Tx,
        lanes: &[(String, i64)],
        budget: &mut Budget<'_>,
        now: Time,
    ) -> Result<Vec<(Flight, Option<Job>)>, StoreError> {
        let named: Vec<(&str, i64)> = lanes.iter().map(|(lane, fence)| (lane.as_str(), *fence)).collect();
        let heads = lane::heads(tx, &named).await?;
        let mut given_back: Vec<(String, i64, i64)> = Vec::new();
        let with_head: HashSet<&str> = heads.iter().map(|head| head.lane.as_str()).collect();
        let empty: Vec<&(String, i64)> = lanes.iter().filter(|(lane, _)| !with_head.contains(lane.as_str())).collect();
        if !empty.is_empty() {
            lane::drop_empty(tx, &empty.iter().map(|(lane, _)| lane.as_str()).collect::<Vec<_>>()).await?;
            given_back.extend(empty.into_iter().map(|(lane, fence)| (lane.clone(), *fence, now.0)));
        }
        let mut ready: Vec<Flight> = Vec::new();
        let mut tried: Vec<Tried> = Vec::new();
        let mut told: Vec<(Flight, Option<Job>)> = Vec::new();
        for head in heads {
            let end = |state: &'static str, reason: &str, due_at: Time| Tried {
                id: OutboxId(head.id),
                attempt: head.attempt,
                state,
                reason: reason.to_owned(),
                due_at,
            };
            let Ok(effect) = serde_json::from_str::<Effect>(&head.effect) else {
                tried.push(end("dead", "this version does not know what it asks for", Time::NEVER));
                given_back.push((head.lane, head.fence, now.0));
                continue;
            };
            match readiness(&head, &effect, now) {
                Readiness::Ready => ready.push(Flight::new(head, effect)),
                Readiness::Wait(until) => given_back.push((head.lane, head.fence, until.0)),
                Readiness::LeftBehind => {
                    // From now on: the status that settles it may be on its way since this process began to listen.
                    let until = now.plus_ms(self.settings.grace_ms);
                    tried.push(end("unknown", "the process ended while it was being sent", until));
                    given_back.push((head.lane, head.fence, until.0));
                }
                Readiness::Ask => {
                    tried.push(end("asked", "no sign of it came", Time::NEVER));
                    given_back.push((head.lane.clone(), head.fence, now.0));
                    let flight = Flight::new(head, effect);
                    record::tell(tx, &flight, Ended::Uncertain, now).await?;
                    told.push((flight, None));
                }
            }
        }
        let mut flights = self.resolve(tx, ready, (&mut tried, &mut given_back), now).await?;
        self.join(tx, &mut flights, budget, now).await?;
        flights.sort_by_key(|(flight, _)| flight.order());
        flights.retain(|(flight, _)| match flight.afford(budget, now) {
            Ok(()) => true,
            Err(until) => {
                given_back.push((flight.head.lane.clone(), flight.head.fence, until.0));
                false
            }
        });
        let ids: Vec<OutboxId> = flights.iter().flat_map(|(flight, _)| flight.rows()).collect();
        if !ids.is_empty() {
            let taken = outbox::sending(tx, &ids, now).await?;
            // What its author has taken back meanwhile does not take off.
            flights.retain(|(Flight { head, .. }, _)| {
                let goes = taken.contains(&head.id);
                if !goes {
                    given_back.push((head.lane.clone(), head.fence, now.0));
                }
                goes
            });
        }
        record::end(tx, tried).await?;
        if !given_back.is_empty() {
            let rows: Vec<(&str, i64, i64)> =
                given_back.iter().map(|(lane, fence, due)| (lane.as_str(), *fence, *due)).collect();
            lane::give_back(tx, &rows).await?;
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
        let mut flights = Vec::new();
        let mut stepped_back: Vec<OutboxId> = Vec::new();
        let resolved = self.known(tx, ready, now).await?;
        let unmade = resolved.iter().filter_map(|(_, resolved)| match resolved {
            Resolved::Unmade(conversation) => Some(making_lane(*conversation)),
            _ => None,
        });
        let making: Vec<String> = unmade.collect();
        let busy = if making.is_empty() { HashSet::new() } else { lane::busy(tx, &making).await? };
        for (flight, resolved) in resolved {
            let Head { id, attempt, fence, .. } = flight.head;
            let (id, lane) = (OutboxId(id), flight.head.lane.clone());
            let end = |state, reason| Tried { id, attempt, state, reason, due_at: Time::NEVER };
            match resolved {
                Resolved::Call(call) => flights.push(self.ready(flight, *call, None, now)),
                Resolved::Lasting(call, again_ms) => flights.push(self.ready(flight, *call, Some(again_ms), now)),
                Resolved::Shown(post) => {
                    if let Effect::Post { message, .. } = &flight.effect {
                        message::save_refs(tx, &parts::refs_of(&[*message], &post, true)).await?;
                    }
                    tried.push(end("done", "the card shows it".to_owned()));
                    given_back.push((lane, fence, now.0));
                }
                Resolved::Nothing => {
                    tried.push(end("done", "there was nothing left to do".to_owned()));
                    given_back.push((lane, fence, now.0));
                }
                // A card that is made already shows the newest, and only while it is being made is there something to wait
                // for; a post may have been made since it was looked for.
                Resolved::Unmade(conversation)
                    if busy.contains(&making_lane(conversation))
                        || (matches!(flight.effect, Effect::Mark { .. })
                            && now.0 - flight.head.due_at < NOTICING_MS) =>
                {
                    let age = now.0 - flight.head.due_at;
                    given_back.push((lane, fence, now.plus_ms((age / 4).clamp(250, 5_000)).0));
                }
                Resolved::Unmade(_) => {
                    tried.push(end("done", "there was nothing left to do".to_owned()));
                    given_back.push((lane, fence, now.0));
                }
                // Its thread went while it was being tried: the new one is made by rows that stand behind it.
                Resolved::NoThread(_) if flight.head.rank < 0 => {
                    stepped_back.push(id);
                    given_back.push((lane, fence, now.0));
                }
                // The desk may just be having it made.
                Resolved::NoThread(_) if now.0 - flight.head.due_at < DECIDING_MS => {
                    given_back.push((lane, fence, now.plus_ms(250).0));
                }
                Resolved::NoThread(reason) | Resolved::Never(reason) => {
                    tried.push(end("dead", reason));
                    given_back.push((lane, fence, now.0));
                }
            }
        }
        if !stepped_back.is_empty() {
            outbox::step_back(tx, &stepped_back).await?;
        }
        Ok(flights)
    }

    /// A row with its call.
    fn ready(&self, flight: Flight, call: Call, again_ms: Option<i64>, now: Time) -> (Flight, Option<Job>) {
        let Head { id, attempt, first_tried, .. } = flight.head;
        let first_tried = Time(first_tried).some().unwrap_or(now);
        let attempt = u32::try_from(attempt + 1).unwrap_or(u32::MAX);
        let thread = call.thread().cloned().unwrap_or_default();
        let post = call.post().cloned().unwrap_or_default();
        let makes = matches!(call, Call::PostCard { .. } | Call::OpenThread { .. } | Call::Post { .. });
        let toll = self.workspaces.toll(&call);
        let job = Job { outbox: OutboxId(id), attempt, first_tried, now, call };
        (Flight { thread, post, makes, toll, again_ms, ..flight }, Some(job))
    }

    /// Loads what the flights need, all at once; where a row cannot be read, each for itself, so that it holds nobody up.
    async fn known(&self, tx: &mut Tx, ready: Vec<Flight>, now: Time) -> Result<Vec<(Flight, Resolved)>, StoreError> {
        if ready.is_empty() {
            return Ok(Vec::new());
        }
        let (settings, workspaces) = (&*self.settings, &self.workspaces);
        match Known::load(tx, &ready, settings, now).await {
            Ok(known) => {
                let resolved = ready.into_iter().map(|flight| {
                    let resolved = known.resolve(&flight, settings, workspaces, now);
                    (flight, resolved)
                });
                return Ok(resolved.collect());
            }
            Err(StoreError::Row { .. }) => {}
            Err(error) => return Err(error),
        }
        let mut all = Vec::with_capacity(ready.len());
        for flight in ready {
            let resolved = match Known::load(tx, std::slice::from_ref(&flight), settings, now).await {
                Ok(known) => known.resolve(&flight, settings, workspaces, now),
                Err(StoreError::Row { table, why }) => {
                    Resolved::Never(format!("a row of {table} cannot be read: {why}"))
                }
                Err(error) => return Err(error),
            };
            all.push((flight, resolved));
        }
        Ok(all)
    }
}

impl Flight {
    /// The most urgent first, and of those the oldest.
    fn order(&self) -> (i64, i64) {
        (self.effect.urgency(self.head.lane.starts_with("c:")), self.head.id)
    }

    /// Takes what it needs of an allowance; when it does not fit, when it may be tried again.
    fn afford(&self, budget: &mut Budget<'_>, now: Time) -> Result<(), Time> {
        let Some(toll) = self.toll.as_ref().filter(|toll| toll.calls > 0) else { return Ok(()) };
        let (urgency, job) = self.order();
        budget.take(&toll.scope, Need { job: OutboxId(job), calls: toll.calls, urgency }, now)
    }
}

fn readiness(head: &Head, effect: &Effect, now: Time) -> Readiness {
    match head.state.as_str() {
        "sending" if effect.repeats_visibly() => Readiness::LeftBehind,
        _ if head.due_at > now.0 => Readiness::Wait(Time(head.due_at)),
        "unknown" => Readiness::Ask,
        _ => Readiness::Ready,
    }
}

/// The lane in which a conversation's card, thread, head and posts are made.
fn making_lane(conversation: ConversationId) -> String {
    format!("c:{conversation}")
}

/// What is to become of a head.
enum Readiness {
    Ready,
    Wait(Time),
    LeftBehind,
    Ask,
}
