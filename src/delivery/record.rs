//! What a result means: the row's end or its next try, where things are now shown, pauses, and what the desk must hear.

use super::{Delivery, Flight, Landed, parts};
use crate::domain::effect::{Effect, Part};
use crate::domain::event::{Ended, Event, Failure, Own, Refused};
use crate::domain::ids::{ChannelRef, ConversationId, MessageId, OutboxId, PostRef, Time, Wamid};
use crate::domain::words;
use crate::domain::workspace::Workspace;
use crate::port::{Key, OWN_DOOR, Outcome, Receipt, Scope};
use crate::store::message::Ref;
use crate::store::outbox::{self, Tried};
use crate::store::{StoreError, Tx, conversation, inbox, lane, media, message, standing};

/// A file that a thread waits for is tried this often before its message goes without it.
const TRIES_IN_LINE: i64 = 3;
/// A file that is tried aside is given up after this many tries.
const TRIES_ASIDE: i64 = 10;

/// A post that finds its thread gone again and again is set aside after this many tries.
const TRIES_OF_THREADS: i64 = 20;
/// Several programs tell of a crowd once within this time.
const CROWD_MS: i64 = 30_000;
/// How long the desk is given to decide.
const DECISION_MS: i64 = 250;

/// What recording came to.
pub(super) struct Recorded {
    /// Lanes that go on at once, with their fences.
    pub(super) continuing: Vec<(String, i64)>,
    /// Whether the desk was told something.
    pub(super) told_itself: bool,
}

/// Records results. On Postgres conversations come first, then lanes, then rows, as with everybody who writes them.
pub(super) async fn record(
    delivery: &Delivery,
    tx: &mut Tx,
    back: &[Landed],
    now: Time,
) -> Result<Recorded, StoreError> {
    let mut recorded = Recorded { continuing: Vec::new(), told_itself: false };
    if back.is_empty() {
        return Ok(recorded);
    }
    let outcomes: Vec<(&Flight, Outcome)> =
        back.iter().map(|landed| (&landed.flight, bounded(&landed.flight, &landed.outcome))).collect();
    save_places(tx, &outcomes).await?;
    let lanes: Vec<&str> = outcomes.iter().map(|(flight, _)| flight.head.lane.as_str()).collect();
    lane::lock(tx, &lanes).await?;
    let tried: Vec<Tried> =
        outcomes.iter().map(|(flight, outcome)| tried(flight, outcome, delivery.settings.grace_ms, now)).collect();
    let joined = outcomes.iter().zip(&tried).flat_map(|((flight, _), tried)| flight.with_it(tried));
    let all: Vec<Tried> = tried.iter().cloned().chain(joined).collect();
    let counted = outbox::tried(tx, &all).await?;

    let mut given_back: Vec<(&str, i64, i64)> = Vec::new();
    for ((flight, outcome), tried) in outcomes.iter().zip(&tried) {
        let id = OutboxId(flight.head.id);
        let (lane, fence) = (flight.head.lane.as_str(), flight.head.fence);
        let counts = counted.contains(&id.0);
        delivery.metrics.count(&delivery.metrics.performed, kind(outcome));
        match outcome {
            Outcome::Done(receipt) => {
                // What is limited goes by what is most urgent, and not by lane.
                if flight.toll.is_some() || flight.again_ms.is_some() {
                    given_back.push((lane, fence, tried.due_at.some().unwrap_or(now).0));
                } else {
                    recorded.continuing.push((lane.to_owned(), fence));
                }
                recorded.told_itself |= consequences(tx, flight, receipt, counts, now).await?;
            }
            Outcome::Refused { refusal, failure } => {
                if awaits_thread(flight, outcome) {
                    given_back.push((lane, fence, now.plus_ms(DECISION_MS).0));
                } else {
                    recorded.continuing.push((lane.to_owned(), fence));
                }
                if counts {
                    let (code, reason) = (failure.code, &failure.reason);
                    tracing::warn!(outbox.id = id.0, lane, code, "Outbox row {id} was refused: {reason}");
                    tell(tx, flight, Ended::Refused { refusal: *refusal, failure: failure.clone() }, now).await?;
                    recorded.told_itself = true;
                }
            }
            Outcome::Later { after_ms, scope, why } => {
                let due = now.plus_ms((*after_ms).max(1));
                tracing::debug!(outbox.id = id.0, lane, after_ms, "Outbox row {id} waits: {why}");
                given_back.push((lane, fence, due.0));
                recorded.told_itself |= pause(tx, scope, (due, why), now).await?;
            }
            Outcome::Unknown(why) => {
                if tried.state == UNKNOWN {
                    tracing::warn!(outbox.id = id.0, lane, "Nobody knows whether outbox row {id} arrived: {why}");
                }
                let again = now.plus_ms(500 * flight.head.attempt.clamp(1, 60));
                given_back.push((lane, fence, tried.due_at.some().unwrap_or(again).0));
            }
        }
    }
    if !given_back.is_empty() {
        lane::give_back(tx, &given_back).await?;
    }
    Ok(recorded)
}

/// The state of what may have happened and must not simply be repeated.
const UNKNOWN: &str = "unknown";

/// Whether a post met the loss of its thread: it keeps its place, and nothing overtakes it, while the desk has the thread
/// made anew.
fn awaits_thread(flight: &Flight, outcome: &Outcome) -> bool {
    matches!(flight.effect, Effect::Post { .. })
        && matches!(outcome, Outcome::Refused { refusal: Refused::ThreadGone, .. })
        && flight.head.attempt < TRIES_OF_THREADS
}

/// What becomes of the row.
fn tried(flight: &Flight, outcome: &Outcome, grace_ms: i64, now: Time) -> Tried {
    let (state, reason, due_at) = match outcome {
        Outcome::Done(_) => match flight.again_ms {
            Some(again_ms) => ("pending", "", now.plus_ms(again_ms)),
            None => ("done", "", Time::NEVER),
        },
        Outcome::Refused { failure, .. } if awaits_thread(flight, outcome) => {
            ("pending", failure.reason.as_str(), Time::NEVER)
        }
        Outcome::Refused { failure, .. } => ("dead", failure.reason.as_str(), Time::NEVER),
        Outcome::Later { why, .. } => ("pending", why.as_str(), Time::NEVER),
        Outcome::Unknown(why) if flight.effect.repeats_visibly() => (UNKNOWN, why.as_str(), now.plus_ms(grace_ms)),
        Outcome::Unknown(why) => ("pending", why.as_str(), Time::NEVER),
    };
    let (id, attempt) = (OutboxId(flight.head.id), flight.head.attempt + 1);
    Tried { id, attempt, state, reason: reason.to_owned(), due_at }
}

/// Writes down where things are shown now.
async fn save_places(tx: &mut Tx, outcomes: &[(&Flight, Outcome)]) -> Result<(), StoreError> {
    let mut refs: Vec<Ref> = Vec::new();
    let mut places: Vec<(ConversationId, &'static str, String)> = Vec::new();
    for (flight, outcome) in outcomes {
        // What was only brought up to date may have been given up meanwhile.
        if let Outcome::Done(receipt) = outcome
            && flight.makes
        {
            shown(flight, receipt, &mut refs, &mut places);
        }
    }
    if !places.is_empty() {
        places.sort_unstable();
        let rows: Vec<(ConversationId, &str, &str)> =
            places.iter().map(|(id, what, remote)| (*id, *what, remote.as_str())).collect();
        conversation::shown(tx, &rows).await?;
    }
    if !refs.is_empty() {
        message::save_refs(tx, &refs).await?;
    }
    let standing: Vec<(String, &str, &str)> =
        outcomes.iter().filter_map(|(flight, outcome)| stands(flight, outcome)).collect();
    if !standing.is_empty() {
        standing::shown(tx, &standing).await?;
    }
    Ok(())
}

/// What was made to stand in a channel: what, where, and the post.
fn stands<'a>(flight: &'a Flight, outcome: &'a Outcome) -> Option<(String, &'a str, &'a str)> {
    match (&flight.effect, outcome) {
        (Effect::Standing { what, channel, .. }, Outcome::Done(receipt)) if flight.makes => {
            Some((what.key(), channel.as_str(), receipt.remote.first()?))
        }
        _ => None,
    }
}

/// Stores how long a whole door waits. Where a person has to mend something the operator is told, once a day; whether the
/// desk was.
async fn pause(tx: &mut Tx, scope: &Scope, (until, why): (Time, &str), now: Time) -> Result<bool, StoreError> {
    let (Scope::All(name) | Scope::Stopped(name)) = scope else { return Ok(false) };
    tracing::warn!(scope = name, pause_ms = until.since(now), "{name} pauses: {why}");
    lane::pause(tx, name, until, why).await?;
    if !matches!(scope, Scope::Stopped(_)) {
        return Ok(false);
    }
    let day = Time(now.0 - now.0.rem_euclid(86_400_000));
    let notice = Event::Account { notice: words::number_waits(why) };
    put(tx, Key::new(day, &format!("stopped:{name}:{why}")), name, &notice, now).await?;
    Ok(true)
}

/// Ends rows that needed no call.
pub(super) async fn end(tx: &mut Tx, tried: Vec<Tried>) -> Result<(), StoreError> {
    if tried.is_empty() {
        return Ok(());
    }
    for row in tried.iter().filter(|row| row.state == "dead") {
        tracing::warn!(outbox.id = row.id.0, "Outbox row {} became a dead letter: {}", row.id, row.reason);
    }
    outbox::tried(tx, &tried).await?;
    Ok(())
}

/// Tells the desk how something ended, by an inbox row of its own.
pub(super) async fn tell(tx: &mut Tx, flight: &Flight, ended: Ended, now: Time) -> Result<(), StoreError> {
    let outbox = OutboxId(flight.head.id);
    let key = Key::new(now, &format!("performed:{outbox}:{}", flight.head.attempt));
    let event = Event::Performed { outbox, ended, thread: flight.thread.clone(), post: flight.post.clone() };
    put(tx, key, &flight.head.lane, &event, now).await
}

/// Tells the desk that more customers write for the first time in a channel than it can be told of at once.
pub(super) async fn crowded(
    tx: &mut Tx,
    channel: &str,
    (waiting, posts): (i64, i64),
    now: Time,
) -> Result<(), StoreError> {
    let span = Time(now.0 - now.0.rem_euclid(CROWD_MS));
    let event = Event::Own(Own::Crowded { channel: ChannelRef(channel.to_owned()), waiting });
    put(tx, Key::new(span, &format!("crowded:{channel}:{posts}")), channel, &event, now).await
}

async fn put(tx: &mut Tx, key: Key, of: &str, event: &Event, now: Time) -> Result<(), StoreError> {
    let key = key.to_hex();
    let body = serde_json::to_string(event).unwrap_or_default();
    let lane = format!("own:{of}");
    inbox::put(tx, &[(key.as_str(), OWN_DOOR, lane.as_str(), inbox::slot(&lane), body.as_str())], now).await?;
    Ok(())
}

/// A file is not tried for ever.
fn bounded(flight: &Flight, outcome: &Outcome) -> Outcome {
    let Effect::Fetch { .. } = flight.effect else { return outcome.clone() };
    let aside = flight.head.lane.starts_with("f:");
    let tries = flight.head.attempt + 1;
    match outcome {
        Outcome::Later { why, .. } | Outcome::Unknown(why)
            if tries >= if aside { TRIES_ASIDE } else { TRIES_IN_LINE } =>
        {
            if !aside {
                return follows_later(why.clone());
            }
            Outcome::Refused { refusal: Refused::Invalid, failure: Failure { code: 0, reason: why.clone() } }
        }
        Outcome::Later { after_ms, scope, why } if !aside => {
            Outcome::Later { after_ms: (*after_ms).min(2000), scope: scope.clone(), why: why.clone() }
        }
        Outcome::Later { after_ms, scope, why } => {
            let after_ms = (*after_ms).max(5_000 << tries.min(8));
            Outcome::Later { after_ms, scope: scope.clone(), why: why.clone() }
        }
        other => other.clone(),
    }
}

/// A file that is not waited for any more is not lost yet: the desk has it tried aside.
pub(super) fn follows_later(why: String) -> Outcome {
    Outcome::Refused { refusal: Refused::PostGone, failure: Failure { code: 0, reason: why } }
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done(_) => "done",
        Outcome::Refused { .. } => "refused",
        Outcome::Later { .. } => "later",
        Outcome::Unknown(_) => "unknown",
    }
}

/// Where things are shown now.
fn shown(
    flight: &Flight,
    receipt: &Receipt,
    refs: &mut Vec<Ref>,
    places: &mut Vec<(ConversationId, &'static str, String)>,
) {
    let Some(first) = receipt.remote.first() else { return };
    match &flight.effect {
        Effect::Card { conversation } => places.push((*conversation, "card", first.clone())),
        Effect::Thread { conversation } => places.push((*conversation, "thread", first.clone())),
        Effect::Head { conversation } => places.push((*conversation, "head", first.clone())),
        Effect::Post { message, part: Part::Mirror, .. } if message.0 != 0 && !flight.joined.is_empty() => {
            let messages: Vec<MessageId> =
                std::iter::once(*message).chain(flight.joined.iter().map(|joined| joined.message)).collect();
            refs.extend(parts::refs_of(&messages, &PostRef(first.clone()), true));
        }
        Effect::Post { message, part, .. } if message.0 != 0 && *part != Part::Line => {
            refs.extend(receipt.remote.iter().map(|remote| Ref {
                place: Workspace::of(remote).as_str().to_owned(),
                remote: remote.clone(),
                message: message.0,
                part: part.as_str().to_owned(),
            }));
        }
        _ => {}
    }
}

/// What follows from something done; whether the desk was told. `counts` says whether this result is the one that ended the
/// row; the ids of sent messages are worth knowing in any case, since a status may have ended it first.
async fn consequences(
    tx: &mut Tx,
    flight: &Flight,
    receipt: &Receipt,
    counts: bool,
    now: Time,
) -> Result<bool, StoreError> {
    match &flight.effect {
        Effect::Send { .. } => {
            let wamids = receipt.remote.iter().map(|remote| Wamid(remote.clone())).collect();
            tell(tx, flight, Ended::Sent { wamids }, now).await?;
            Ok(true)
        }
        Effect::Fetch { media } if counts => {
            if let Some(file) = &receipt.file {
                let size = i64::try_from(file.size).unwrap_or(i64::MAX);
                media::stored(tx, *media, size, &file.sha256, &file.mime).await?;
            }
            let aside = flight.head.lane.starts_with("f:");
            if aside {
                tell(tx, flight, Ended::Fetched, now).await?;
            }
            Ok(aside)
        }
        _ => Ok(false),
    }
}
