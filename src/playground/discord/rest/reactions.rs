//! Reactions and pins.

use serde_json::{Value, json};

use super::super::refusal::{self, Refusal};
use super::super::snowflake::iso;
use super::super::world::{Message, Reference, World};
use super::super::{kind, permission};
use super::{Answer, Reply};

/// # Errors
/// 10014 for what is no emoji; custom ones are not modelled.
fn known_emoji(emoji: &str) -> Result<(), Refusal> {
    if emoji.is_empty() || emoji.is_ascii() || emoji.chars().count() > 16 {
        return Err(refusal::UNKNOWN_EMOJI.blame(format!("{emoji:?} is not an emoji of this guild")));
    }
    Ok(())
}

fn open(world: &World, channel: u64) -> Result<(), Refusal> {
    match &world.channel(channel)?.thread {
        Some(thread) if thread.archived => Err(refusal::ARCHIVED),
        _ => Ok(()),
    }
}

pub(super) fn add(world: &mut World, channel: u64, message: u64, emoji: &str) -> Answer {
    known_emoji(emoji)?;
    world.allow(channel, permission::READ_MESSAGE_HISTORY)?;
    let found = world.message_of(channel, message)?;
    let first = !found.reactions.iter().any(|r| r.emoji == emoji);
    if first {
        world.allow(channel, permission::ADD_REACTIONS)?;
    }
    open(world, channel)?;
    let bot = world.bot;
    world.react(bot, channel, message, emoji, true);
    Reply::nothing()
}

pub(super) fn remove(world: &mut World, channel: u64, message: u64, emoji: &str, user: Option<u64>) -> Answer {
    known_emoji(emoji)?;
    let needed = if user.is_some_and(|u| u != world.bot) { permission::MANAGE_MESSAGES } else { 0 };
    world.allow(channel, needed)?;
    world.message_of(channel, message)?;
    open(world, channel)?;
    let user = user.unwrap_or(world.bot);
    world.react(user, channel, message, emoji, false);
    Reply::nothing()
}

pub(super) fn list(world: &World, channel: u64, message: u64, emoji: &str) -> Answer {
    known_emoji(emoji)?;
    world.allow(channel, permission::READ_MESSAGE_HISTORY)?;
    let found = world.message_of(channel, message)?;
    let users = found.reactions.iter().find(|r| r.emoji == emoji).map(|r| r.users.as_slice()).unwrap_or_default();
    Reply::ok(users.iter().map(|u| world.user_json(*u)).collect())
}

pub(super) fn pins(world: &World, channel: u64, old: bool) -> Answer {
    let found = world.allow(channel, permission::READ_MESSAGE_HISTORY)?;
    let mut pinned: Vec<(&Message, u64)> =
        found.messages.iter().filter(|m| !m.deleted).filter_map(|m| Some((m, m.pinned_ms?))).collect();
    pinned.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    if old {
        return Reply::ok(pinned.iter().map(|(m, _)| world.message_json(m)).collect());
    }
    let items: Vec<Value> = pinned
        .iter()
        .take(50)
        .map(|(m, at)| json!({ "pinned_at": iso(*at), "message": world.message_json(m) }))
        .collect();
    Reply::ok(json!({ "items": items, "has_more": pinned.len() > 50 }))
}

pub(super) fn pin(world: &mut World, channel: u64, message: u64, add: bool) -> Answer {
    world.allow(channel, permission::PIN_MESSAGES)?;
    open(world, channel)?;
    let was = world.message_of(channel, message)?.pinned_ms.is_some();
    if was == add {
        return Reply::nothing();
    }
    let (now, bot) = (world.now_ms(), world.bot);
    world.channel_mut(channel)?.last_pin_ms = Some(now);
    world.change(channel, message, false, |m| m.pinned_ms = add.then_some(now));
    world.pins_event(channel);
    if add {
        world.post(Message {
            channel,
            author: bot,
            kind: kind::PINNED,
            reference: Some(Reference { channel, message: Some(message) }),
            ..Message::default()
        });
    }
    Reply::nothing()
}
