//! Topics of a forum.

use serde_json::{Value, json};

use super::super::emoji::{COLORS, ICONS, icon, icon_id};
use super::super::entities::units;
use super::super::places::Call;
use super::super::refusal::{self, Refusal};
use super::super::world::{Topic, World};

pub(super) fn get_icons(_: &mut World, _: &Call<'_>) -> Result<Value, Refusal> {
    let sticker = |(at, emoji): (usize, &str)| {
        json!({
            "file_id": format!("CAACAgQAAx{at:04}"),
            "file_unique_id": format!("AgADx{at:04}"),
            "file_size": 2_000,
            "type": "custom_emoji",
            "width": 100,
            "height": 100,
            "is_animated": true,
            "is_video": false,
            "emoji": emoji,
            "set_name": "Topics",
            "custom_emoji_id": icon_id(emoji),
        })
    };
    Ok(ICONS.into_iter().enumerate().map(sticker).collect())
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let forum = world.forum(call)?;
    if !forum.rights(call.bot).can_manage_topics {
        return Err(Refusal::bad("not enough rights to create a topic"));
    }
    let chat = forum.id;
    let name = named(call.params.text("name").unwrap_or_default())?;
    let color = match call.params.int("icon_color") {
        None => COLORS[0],
        Some(told) => COLORS
            .into_iter()
            .find(|color| i64::from(*color) == told)
            .ok_or_else(|| Refusal::fault("invalid icon color specified"))?,
    };
    let emoji = call.params.text("icon_custom_emoji_id").filter(|id| !id.is_empty());
    let emoji = emoji.map(checked_icon).transpose()?.map(str::to_owned);
    let id = world.make_topic(chat, call.bot, name, color, emoji.clone());
    let mut topic = json!({ "message_thread_id": id, "name": name, "icon_color": color });
    if let Some(emoji) = emoji {
        topic["icon_custom_emoji_id"] = emoji.into();
    }
    Ok(topic)
}

pub(super) fn edit(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let (chat, topic) = mine(world, call, "edit the topic")?;
    let name = call.params.text("name").filter(|name| !name.is_empty()).map(named).transpose()?;
    let icon = match call.params.text("icon_custom_emoji_id") {
        None => None,
        Some("") => Some(""),
        Some(id) => Some(checked_icon(id)?),
    };
    if name.is_none() && icon.is_none() {
        // Telegram takes it and does nothing.
        world.wire.violation(format!("{}: neither a name nor an icon", call.label));
        return Ok(true.into());
    }
    world.edit_topic(chat, call.bot, topic, name, icon).map(|()| true.into())
}

pub(super) fn close(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let (chat, topic) = mine(world, call, "close or open the topic")?;
    world.set_closed(chat, call.bot, topic, true).map(|()| true.into())
}

pub(super) fn reopen(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let (chat, topic) = mine(world, call, "close or open the topic")?;
    world.set_closed(chat, call.bot, topic, false).map(|()| true.into())
}

pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let forum = world.forum(call)?;
    let (chat, topic) = (forum.id, call.int("message_thread_id"));
    if !forum.rights(call.bot).can_delete_messages {
        return Err(Refusal::bad("not enough rights to delete the topic"));
    }
    world.drop_topic(chat, topic).map(|()| true.into())
}

/// The forum and the topic, which the bot may change as its creator or by right.
fn mine(world: &World, call: &Call<'_>, what: &str) -> Result<(i64, i64), Refusal> {
    let forum = world.forum(call)?;
    let topic: &Topic = forum.topic(call.int("message_thread_id")).ok_or(refusal::NO_TOPIC)?;
    if !forum.rights(call.bot).can_manage_topics && topic.creator != call.bot {
        return Err(Refusal::bad(format_args!("not enough rights to {what}")));
    }
    Ok((forum.id, topic.id))
}

fn named(name: &str) -> Result<&str, Refusal> {
    let name = name.trim();
    match units(name) {
        0 => Err(Refusal::fault("title must be non-empty")),
        1..=128 => Ok(name),
        // Telegram cuts it, which no client wants.
        _ => Err(Refusal::fault("topic name is longer than 128 characters")),
    }
}

fn checked_icon(id: &str) -> Result<&str, Refusal> {
    icon(id).map(|_| id).ok_or_else(|| Refusal::fault("DOCUMENT_INVALID"))
}
