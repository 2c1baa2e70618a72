//! What is done to messages that are there: editing, deleting, pinning, reacting.

use serde_json::Value;

use super::super::emoji::REACTIONS;
use super::super::keyboard;
use super::super::places::Call;
use super::super::refusal::{self, Refusal};
use super::super::world::{ChatKey, Message, World};
use super::send::{previews, write};

pub(super) fn text(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let (key, mut changed) = own(world, call)?;
    if changed.media.is_some() {
        return Err(Refusal::bad("there is no text in the message to edit"));
    }
    write(world, call, "text", &mut changed)?;
    if changed.text.is_empty() {
        return Err(Refusal::fault("message text is empty"));
    }
    previews(call)?;
    changed.markup = keyboard::read(call.params.get("reply_markup"))?;
    replace(world, call, key, changed)
}

pub(super) fn caption(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let (key, mut changed) = own(world, call)?;
    if changed.media.as_ref().is_none_or(|media| media.file.is_none() || media.kind == "sticker") {
        return Err(Refusal::bad("there is no caption in the message to edit"));
    }
    write(world, call, "caption", &mut changed)?;
    changed.markup = keyboard::read(call.params.get("reply_markup"))?;
    replace(world, call, key, changed)
}

pub(super) fn reply_markup(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let (key, mut changed) = own(world, call)?;
    changed.markup = keyboard::read(call.params.get("reply_markup"))?;
    replace(world, call, key, changed)
}

/// A copy of the bot's own message, to be changed.
fn own(world: &World, call: &Call<'_>) -> Result<(ChatKey, Message), Refusal> {
    if !call.params.get("inline_message_id").is_null() {
        return Err(Refusal::fault("inline messages are not modelled by the stand-in"));
    }
    if call.params.int("message_id").is_none() {
        return Err(Refusal::fault("message identifier is not specified"));
    }
    let (key, message) = world.message_to(call, "edit")?;
    if message.author != call.bot || message.service.is_some() {
        return Err(Refusal::bad("message can't be edited"));
    }
    Ok((key, message.clone()))
}

fn replace(world: &mut World, call: &Call<'_>, key: ChatKey, mut changed: Message) -> Result<Value, Refusal> {
    let (id, now) = (changed.id, world.now());
    let before = world.chat_mut(key)?.message_mut(id).ok_or_else(|| Refusal::bad("message to edit not found"))?;
    if before.text == changed.text && before.entities == changed.entities && before.markup == changed.markup {
        return Err(refusal::NOT_MODIFIED);
    }
    changed.edited = Some(now);
    *before = changed;
    // Nobody hears of what a bot edits.
    world.tick();
    Ok(world.sent(key, id, call))
}

pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let (key, message) = world.message_to(call, "delete")?;
    let (id, may) = (message.id, may_delete(world, key, message, call.bot));
    if !may {
        return Err(Refusal::bad("message can't be deleted"));
    }
    remove(world, key, &[id])
}

pub(super) fn delete_many(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let key = world.reach(call)?;
    let ids = call.params.list("message_ids").unwrap_or_default();
    let ids: Option<Vec<i64>> = ids.iter().map(Value::as_i64).collect();
    let ids = ids.filter(|ids| (1..=100).contains(&ids.len()));
    let ids = ids.ok_or_else(|| Refusal::fault("1 to 100 message identifiers must be specified"))?;
    let chat = world.chat(key)?;
    // What is gone already is passed over.
    let there: Vec<&Message> = ids.iter().filter_map(|id| chat.message(*id)).collect();
    if !there.iter().all(|m| may_delete(world, key, m, call.bot)) {
        return Err(Refusal::bad("message can't be deleted"));
    }
    remove(world, key, &ids)
}

fn may_delete(world: &World, key: ChatKey, message: &Message, bot: i64) -> bool {
    const TWO_DAYS: u64 = 48 * 3600;
    if message.service_kind() == "forum_topic_created" {
        return false;
    }
    let young = message.date + TWO_DAYS > world.now();
    let by_right = world.chat(key).is_ok_and(|c| c.rights(bot).can_delete_messages);
    by_right || (young && (message.author == bot || key.1 != 0))
}

fn remove(world: &mut World, key: ChatKey, ids: &[i64]) -> Result<Value, Refusal> {
    let chat = world.chat_mut(key)?;
    for id in ids {
        if let Some(message) = chat.message_mut(*id) {
            message.deleted = true;
        }
    }
    world.tick();
    Ok(true.into())
}

pub(super) fn pin(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    may_pin(world, call)?;
    let (key, message) = world.message_to(call, "pin")?;
    let (id, topic, pinned) = (message.id, message.topic, message.pinned);
    if message.service.is_some() {
        return Err(Refusal::bad("can't pin a service message"));
    }
    if !pinned {
        if let Some(found) = world.chat_mut(key)?.message_mut(id) {
            found.pinned = true;
        }
        world.serve(key, call.bot, topic, "pinned_message", id.into());
    }
    Ok(true.into())
}

pub(super) fn unpin(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    may_pin(world, call)?;
    let key = world.reach(call)?;
    let told = call.params.int("message_id");
    let chat = world.chat_mut(key)?;
    let latest = || chat.messages.iter().rfind(|m| m.pinned && !m.deleted).map(|m| m.id);
    let Some(message) = told.or_else(latest).and_then(|id| chat.message_mut(id)) else {
        return Err(Refusal::bad("message to unpin not found"));
    };
    message.pinned = false;
    world.tick();
    Ok(true.into())
}

pub(super) fn unpin_topic(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    may_pin(world, call)?;
    let (chat, topic) = (world.forum(call)?.key(), call.params.int("message_thread_id"));
    for message in world.chat_mut(chat)?.messages.iter_mut().filter(|m| m.topic == topic) {
        message.pinned = false;
    }
    world.tick();
    Ok(true.into())
}

fn may_pin(world: &World, call: &Call<'_>) -> Result<(), Refusal> {
    let chat = world.chat(world.reach(call)?)?;
    if chat.is_private() || chat.rights(call.bot).can_pin_messages {
        return Ok(());
    }
    Err(Refusal::bad("not enough rights to manage pinned messages in the chat"))
}

pub(super) fn react(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let (key, message) = world.message_to(call, "react")?;
    let (id, service) = (message.id, message.service.is_some());
    let given = call.params.list("reaction").unwrap_or_default();
    if given.len() > 1 {
        return Err(Refusal::fault("REACTIONS_TOO_MANY"));
    }
    let mut emoji = Vec::new();
    for reaction in given {
        let told = reaction["emoji"].as_str().unwrap_or_default();
        if reaction["type"] != "emoji" || !REACTIONS.contains(&told) {
            return Err(Refusal::fault("REACTION_INVALID"));
        }
        emoji.push(told.to_owned());
    }
    if service {
        return Err(Refusal::bad("MESSAGE_NOT_MODIFIED"));
    }
    // Nobody hears of a bot's reactions.
    world.set_reactions(key, id, call.bot, &emoji);
    world.tick();
    Ok(true.into())
}
