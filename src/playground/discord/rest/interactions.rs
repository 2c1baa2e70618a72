//! The bot's side of interactions: the initial response, and what may follow it on the same token.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::check::{self, Purpose};
use super::super::interaction::{AUTOCOMPLETE, COMMAND, COMPONENT, Interaction, MODAL_SUBMIT, Place};
use super::super::refusal::{self, Refusal};
use super::super::world::{Message, Reference, World};
use super::super::{completing, components, flag, kind};
use super::messages::{apply, refuse_empty, resolve_files};
use super::{Answer, Call, Reply};

const MESSAGE: u64 = 4;
const DEFER: u64 = 5;
const DEFER_UPDATE: u64 = 6;
const UPDATE: u64 = 7;
const CHOICES: u64 = 8;
const MODAL: u64 = 9;

/// `POST /interactions/{id}/{token}/callback`.
pub(super) fn callback(world: &mut World, call: &Call<'_>, id: u64, token: &str) -> Answer {
    let deadline = world.options.ack_deadline;
    let Some(found) = world.interactions.by_id.get(&id).filter(|i| i.token == token) else {
        return Err(refusal::UNKNOWN_INTERACTION.into());
    };
    if found.acked.is_some() {
        return Err(refusal::ALREADY_ANSWERED.into());
    }
    let took = found.created.elapsed();
    if found.failed.is_some() || took > deadline {
        world.expire(id);
        return Err(refusal::UNKNOWN_INTERACTION.into());
    }
    let (kind, channel, source) = (found.origin.kind, found.channel, found.origin.message);
    let mut form = call.form();
    form.known(call.body(), format_args!("the body"), &["type", "data"]);
    let answer = call.body()["type"].as_u64().unwrap_or_default();
    if !fits(kind, source.is_some(), answer) {
        let message = format!("Interactions of type {kind} cannot be answered with type {answer}.");
        form.error(format_args!("type"), "INTERACTION_RESPONSE_TYPE_INVALID", &message);
    }
    if !call.payload.files.is_empty() && !matches!(answer, MESSAGE | UPDATE) {
        form.flag(format_args!("files with an answer of type {answer}, which carries none"));
    }
    form.finish()?;
    world.channel(channel)?;
    let data = &call.body()["data"];
    let place = match answer {
        MESSAGE => Some(new_message(world, call, data, id)?),
        DEFER => Some(loading(world, call, data, id)?),
        DEFER_UPDATE => source.and_then(|m| locate(world, channel, m)),
        UPDATE => {
            let place = source.and_then(|m| locate(world, channel, m)).ok_or(refusal::UNKNOWN_MESSAGE)?;
            rewrite(world, call, data, id, place, Purpose::Callback)?;
            Some(place)
        }
        CHOICES => {
            completing::choices(world, call.form(), data, id)?;
            None
        }
        _ => {
            let mut form = call.form();
            components::modal(&mut form, data);
            form.finish()?;
            None
        }
    };
    settle(world, id, answer, took, place, data);
    if call.query("with_response") != Some("true") {
        return Reply::nothing();
    }
    Reply::ok(response(world, id, answer, place))
}

/// Which answers an interaction takes.
fn fits(kind: u8, has_message: bool, answer: u64) -> bool {
    match (kind, answer) {
        (AUTOCOMPLETE, answer) => answer == CHOICES,
        (COMMAND | COMPONENT | MODAL_SUBMIT, MESSAGE | DEFER) | (COMMAND | COMPONENT, MODAL) => true,
        (COMPONENT, DEFER_UPDATE | UPDATE) => true,
        (MODAL_SUBMIT, DEFER_UPDATE | UPDATE) => has_message,
        _ => false,
    }
}

/// Records an initial response that went through.
fn settle(world: &mut World, id: u64, answer: u64, took: Duration, place: Option<Place>, data: &Value) {
    if let Some(found) = world.interactions.by_id.get_mut(&id) {
        found.acked = Some((u8::try_from(answer).unwrap_or_default(), took));
        found.original = place;
        found.answered = !matches!(answer, DEFER | DEFER_UPDATE);
        if answer == MODAL {
            found.modal = Some(data.clone());
        }
    }
    world.tick();
}

fn locate(world: &World, channel: u64, message: u64) -> Option<Place> {
    let public = world.channels.get(&channel)?.message(message).is_some();
    Some(if public { Place::Public(message) } else { Place::Ephemeral(message) })
}

/// A message that answers this interaction, as yet empty.
fn blank_answer(world: &World, id: u64) -> Message {
    let origin = world.interactions.by_id.get(&id).map(|i| (&i.origin, i.channel));
    let (kind, reference) = match origin {
        Some((origin, channel)) => match origin.message {
            Some(message) => (kind::REPLY, Some(Reference { channel, message: Some(message) })),
            None => (kind::COMMAND, None),
        },
        None => (kind::DEFAULT, None),
    };
    Message { kind, reference, ..Message::default() }
}

/// # Errors
/// 160005 when a public answer would have to open a locked thread.
fn refuse_locked(world: &World, id: u64, message: &Message) -> Result<(), Refusal> {
    let channel = world.interactions.by_id.get(&id).and_then(|i| world.channels.get(&i.channel));
    let shut = channel.and_then(|c| c.thread.as_ref()).is_some_and(|t| t.locked && t.archived);
    if shut && message.flags & flag::EPHEMERAL == 0 { Err(refusal::LOCKED) } else { Ok(()) }
}

fn new_message(world: &mut World, call: &Call<'_>, data: &Value, id: u64) -> Result<Place, Refusal> {
    let mut form = call.form();
    let draft = check::message(&mut form, data, Purpose::Callback);
    form.finish()?;
    let mut message = blank_answer(world, id);
    message.flags = draft.flags.unwrap_or_default() & flag::EPHEMERAL;
    refuse_locked(world, id, &message)?;
    message.attachments = resolve_files(world, call, &draft, Vec::new())?;
    apply(world, &mut message, draft);
    refuse_empty(&message)?;
    world.answer(id, message).ok_or(refusal::UNKNOWN_INTERACTION)
}

fn loading(world: &mut World, call: &Call<'_>, data: &Value, id: u64) -> Result<Place, Refusal> {
    let mut form = call.form();
    // serenity sends the whole message object; Discord reads the flags alone.
    let draft = check::message(&mut form, data, Purpose::Callback);
    form.finish()?;
    let mut message = blank_answer(world, id);
    message.flags = flag::LOADING | draft.flags.unwrap_or_default() & flag::EPHEMERAL;
    refuse_locked(world, id, &message)?;
    world.answer(id, message).ok_or(refusal::UNKNOWN_INTERACTION)
}

/// What `with_response=true` returns.
fn response(world: &World, id: u64, answer: u64, place: Option<Place>) -> Value {
    let Some(found) = world.interactions.by_id.get(&id) else { return Value::Null };
    let mut interaction = json!({
        "id": id.to_string(),
        "type": found.origin.kind,
        "channel_id": found.channel.to_string(),
        "guild_id": world.guild.to_string(),
    });
    let message = place.and_then(|p| world.answer_at(found, p));
    let Some(message) = message else { return json!({ "interaction": interaction }) };
    interaction["response_message_id"] = message.id.to_string().into();
    interaction["response_message_loading"] = (message.flags & flag::LOADING != 0).into();
    interaction["response_message_ephemeral"] = (message.flags & flag::EPHEMERAL != 0).into();
    if answer == DEFER_UPDATE {
        return json!({ "interaction": interaction });
    }
    json!({ "interaction": interaction, "resource": { "type": answer, "message": world.message_json(message) } })
}

/// The interaction behind a token that still works.
fn alive<'w>(world: &'w mut World, application: u64, token: &str) -> Result<&'w Interaction, Refusal> {
    let (now, bot) = (world.now_ms(), world.bot);
    let found = world.interactions.with_token(token).filter(|_| application == bot);
    let found = found.ok_or(refusal::UNKNOWN_WEBHOOK)?;
    if !found.is_alive(now) {
        return Err(refusal::DEAD_WEBHOOK_TOKEN);
    }
    match (&found.acked, &found.failed) {
        (Some(_), _) => Ok(found),
        (None, Some(_)) => Err(refusal::UNKNOWN_WEBHOOK),
        (None, None) => Err(refusal::UNKNOWN_WEBHOOK.blame("the token was used before the initial response")),
    }
}

/// `POST /webhooks/{application}/{token}`: another answer, or the first one after a defer.
pub(super) fn follow_up(world: &mut World, call: &Call<'_>, application: u64, token: &str) -> Answer {
    let found = alive(world, application, token)?;
    let (id, original) = (found.id, found.original);
    let deferred = original.filter(|_| found.acked.is_some_and(|(kind, _)| u64::from(kind) == DEFER));
    let found = world.interactions.by_id.get(&id).ok_or(refusal::UNKNOWN_WEBHOOK)?;
    let waiting = deferred.filter(|p| world.answer_at(found, *p).is_some_and(|m| m.flags & flag::LOADING != 0));
    if let Some(place) = waiting {
        return Reply::ok(rewrite(world, call, call.body(), id, place, Purpose::Followup)?);
    }
    let mut form = call.form();
    let draft = check::message(&mut form, call.body(), Purpose::Followup);
    form.finish()?;
    let mut message = Message { kind: kind::DEFAULT, ..Message::default() };
    if let Some(Place::Public(first)) = original {
        let channel = found_channel(world, id)?;
        message.kind = kind::REPLY;
        message.reference = Some(Reference { channel, message: Some(first) });
    }
    message.flags = draft.flags.unwrap_or_default() & flag::EPHEMERAL;
    refuse_locked(world, id, &message)?;
    message.attachments = resolve_files(world, call, &draft, Vec::new())?;
    apply(world, &mut message, draft);
    refuse_empty(&message)?;
    let place = world.answer(id, message).ok_or(refusal::UNKNOWN_WEBHOOK)?;
    Reply::ok(answered(world, id, place)?)
}

fn found_channel(world: &World, id: u64) -> Result<u64, Refusal> {
    let channel = world.interactions.by_id.get(&id).map(|i| i.channel).ok_or(refusal::UNKNOWN_WEBHOOK)?;
    world.channel(channel).map(|c| c.id)
}

/// Marks the interaction answered and returns the message that did it.
fn answered(world: &mut World, id: u64, place: Place) -> Result<Value, Refusal> {
    if let Some(found) = world.interactions.by_id.get_mut(&id) {
        found.answered = true;
    }
    world.tick();
    let found = world.interactions.by_id.get(&id).ok_or(refusal::UNKNOWN_WEBHOOK)?;
    let message = world.answer_at(found, place).ok_or(refusal::UNKNOWN_MESSAGE)?;
    Ok(world.message_json(message))
}

/// Edits a message through the interaction's token.
fn rewrite(
    world: &mut World,
    call: &Call<'_>,
    body: &Value,
    id: u64,
    place: Place,
    purpose: Purpose,
) -> Result<Value, Refusal> {
    let mut form = call.form();
    let mut draft = check::message(&mut form, body, purpose);
    form.finish()?;
    let found = world.interactions.by_id.get(&id).ok_or(refusal::UNKNOWN_WEBHOOK)?;
    let mut edited = world.answer_at(found, place).ok_or(refusal::UNKNOWN_MESSAGE)?.clone();
    // Whether a message is ephemeral is settled when it is made.
    draft.flags = draft.flags.map(|f| f & !flag::EPHEMERAL);
    edited.attachments = resolve_files(world, call, &draft, std::mem::take(&mut edited.attachments))?;
    let was_loading = edited.flags & flag::LOADING != 0;
    edited.flags &= !flag::LOADING;
    apply(world, &mut edited, draft);
    refuse_empty(&edited)?;
    world.change_answer(id, place, |m| *m = edited);
    if was_loading && let Place::Public(message) = place {
        let channel = found_channel(world, id)?;
        if let Some(found) = world.channel_mut(channel)?.message_mut(message) {
            found.edited_ms = None;
        }
    }
    if let Some(found) = world.interactions.by_id.get_mut(&id)
        && !found.answers.contains(&place)
    {
        found.answers.push(place);
    }
    answered(world, id, place)
}

/// The answer a path names: `@original`, or a follow-up by its id.
fn named(world: &mut World, application: u64, token: &str, message: Option<u64>) -> Result<(u64, Place), Refusal> {
    let found = alive(world, application, token)?;
    let place = match message {
        None => found.original,
        Some(id) => {
            let is = |p: &&Place| matches!(p, Place::Public(m) | Place::Ephemeral(m) if *m == id);
            found.answers.iter().chain(&found.original).find(is).copied()
        }
    };
    let (id, place) = (found.id, place.ok_or(refusal::UNKNOWN_MESSAGE)?);
    let found = world.interactions.by_id.get(&id).ok_or(refusal::UNKNOWN_WEBHOOK)?;
    world.answer_at(found, place).ok_or(refusal::UNKNOWN_MESSAGE)?;
    Ok((id, place))
}

pub(super) fn get(world: &mut World, application: u64, token: &str, message: Option<u64>) -> Answer {
    let (id, place) = named(world, application, token, message)?;
    let found = world.interactions.by_id.get(&id).ok_or(refusal::UNKNOWN_WEBHOOK)?;
    let message = world.answer_at(found, place).ok_or(refusal::UNKNOWN_MESSAGE)?;
    Reply::ok(world.message_json(message))
}

pub(super) fn edit(world: &mut World, call: &Call<'_>, application: u64, token: &str, message: Option<u64>) -> Answer {
    let (id, place) = named(world, application, token, message)?;
    Reply::ok(rewrite(world, call, call.body(), id, place, Purpose::EditAnswer)?)
}

pub(super) fn delete(world: &mut World, application: u64, token: &str, message: Option<u64>) -> Answer {
    let (id, place) = named(world, application, token, message)?;
    match place {
        Place::Public(message) => {
            let channel = found_channel(world, id)?;
            world.remove(channel, message)?;
        }
        Place::Ephemeral(message) => {
            let found = world.interactions.by_id.values_mut().rev().find_map(|i| i.ephemeral(message));
            found.ok_or(refusal::UNKNOWN_MESSAGE)?.deleted = true;
            world.tick();
        }
    }
    Reply::nothing()
}
