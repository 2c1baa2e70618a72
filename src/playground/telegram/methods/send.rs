//! `sendMessage`, and what all sending has in common.

use serde_json::Value;

use super::super::entities::units;
use super::super::keyboard;
use super::super::places::Call;
use super::super::refusal::Refusal;
use super::super::world::{ChatKey, Message, World};

pub(super) fn message(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let (key, mut draft) = draft(world, call)?;
    write(world, call, "text", &mut draft)?;
    if draft.text.is_empty() {
        return Err(Refusal::fault("message text is empty"));
    }
    previews(call)?;
    Ok(post(world, call, key, draft))
}

/// Puts a message, tells whoever hears of it, and answers it.
pub(super) fn post(world: &mut World, call: &Call<'_>, key: ChatKey, draft: Message) -> Value {
    let id = world.put(key, draft);
    world.announce(key, id, false);
    world.sent(key, id, call)
}

/// Where a message goes and what it answers.
pub(super) fn draft(world: &World, call: &Call<'_>) -> Result<(ChatKey, Message), Refusal> {
    let key = world.reach(call)?;
    let chat = world.chat(key)?;
    for unmodelled in ["business_connection_id", "direct_messages_topic_id", "suggested_post_parameters"] {
        if !call.params.get(unmodelled).is_null() {
            world.wire.violation(format!("{}: {unmodelled} is not modelled", call.label));
        }
    }
    let told = call.params.int("message_thread_id").filter(|id| *id != 0);
    let told = if chat.is_private() && told.is_some() {
        return Err(super::super::refusal::NO_THREAD);
    } else {
        chat.open_topic(told, call.bot)?
    };
    let reply = call.params.get("reply_parameters");
    let answered = reply_to(world, call, key, reply, told)?;
    // Without a thread, an answer stands where the message stands that it answers.
    let there = answered.and_then(|id| chat.message(id)).and_then(|m| m.topic);
    let topic = chat.open_topic(told.or(there), call.bot)?;
    let quote = answered.and_then(|id| chat.message(id)).zip(reply["quote"].as_str());
    let quote = match quote {
        None => None,
        Some((answered, quote)) => {
            let at = answered.text.find(quote).ok_or_else(|| Refusal::bad("QUOTE_TEXT_INVALID"))?;
            Some(serde_json::json!({ "text": quote, "position": units(&answered.text[..at]), "is_manual": true }))
        }
    };
    let draft = Message {
        topic,
        author: call.bot,
        reply_to: answered,
        quote,
        markup: keyboard::read(call.params.get("reply_markup"))?,
        silent: call.params.truth("disable_notification"),
        ..Message::default()
    };
    Ok((key, draft))
}

fn reply_to(
    world: &World,
    call: &Call<'_>,
    key: ChatKey,
    reply: &Value,
    topic: Option<i64>,
) -> Result<Option<i64>, Refusal> {
    const KNOWN: [&str; 9] = [
        "message_id",
        "chat_id",
        "allow_sending_without_reply",
        "quote",
        "quote_parse_mode",
        "quote_entities",
        "quote_position",
        "checklist_task_id",
        "poll_option_id",
    ];
    let Some(fields) = reply.as_object() else { return Ok(None) };
    for unknown in fields.keys().filter(|field| !KNOWN.contains(&field.as_str())) {
        world.wire.violation(format!("{}: unknown field {unknown} in reply_parameters", call.label));
    }
    let Some(id) = reply["message_id"].as_i64() else {
        return Err(Refusal::fault("can't parse reply parameters: Can't find field \"message_id\""));
    };
    if reply["chat_id"].as_i64().is_some_and(|chat| chat != key.0) {
        return Err(Refusal::fault("answers across chats are not modelled by the stand-in"));
    }
    let chat = world.chat(key)?;
    let found = chat.message(id).filter(|m| topic.is_none() || m.topic == topic);
    match found {
        Some(_) => Ok(Some(id)),
        None if reply["allow_sending_without_reply"] == true => Ok(None),
        None => Err(Refusal::bad("message to be replied not found")),
    }
}

/// Reads a text (`text`) or caption (`caption`) with its markup into the draft.
pub(super) fn write(world: &World, call: &Call<'_>, field: &str, draft: &mut Message) -> Result<(), Refusal> {
    let caption = field == "caption";
    let given = call.params.list(if caption { "caption_entities" } else { "entities" });
    let text = call.params.text(field).unwrap_or_default();
    let mode = call.params.text("parse_mode");
    let formatted = world.formatted(text, mode, given, caption)?;
    if let Some(sloppy) = &formatted.sloppy {
        world.wire.violation(format!("{}: {sloppy}", call.label));
    }
    (draft.text, draft.entities) = (formatted.text, formatted.entities);
    Ok(())
}

/// Checks `link_preview_options`, which change nothing here.
pub(super) fn previews(call: &Call<'_>) -> Result<(), Refusal> {
    const KNOWN: [&str; 5] = ["is_disabled", "url", "prefer_small_media", "prefer_large_media", "show_above_text"];
    let options = call.params.get("link_preview_options").as_object();
    match options.and_then(|fields| fields.keys().find(|field| !KNOWN.contains(&field.as_str()))) {
        Some(unknown) => Err(Refusal::fault(format_args!("unknown field {unknown} in link_preview_options"))),
        None => Ok(()),
    }
}
