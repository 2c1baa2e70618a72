//! What concerns the bot itself: who it is, its commands, its files, and answers to presses of buttons.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::entities::units;
use super::super::places::Call;
use super::super::refusal::{self, Refusal};
use super::super::views::CallbackAnswer;
use super::super::world::World;

/// How long a press can be answered.
const CALLBACK_LIVES: Duration = Duration::from_secs(300);

pub(super) fn get_me(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let mut me = world.user_json(call.bot);
    me["can_join_groups"] = true.into();
    me["can_read_all_group_messages"] = (!world.privacy).into();
    for flag in [
        "supports_inline_queries",
        "supports_guest_queries",
        "can_connect_to_business",
        "has_main_web_app",
        "has_topics_enabled",
        "allows_users_to_create_topics",
        "can_manage_bots",
        "supports_join_request_queries",
    ] {
        me[flag] = false.into();
    }
    Ok(me)
}

pub(super) fn set_my_commands(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let given = call.params.list("commands").unwrap_or_default();
    if given.len() > 100 {
        return Err(Refusal::fault("BOT_COMMANDS_TOO_MUCH"));
    }
    let mut commands = Vec::new();
    for command in given {
        let text = |field: &str| command[field].as_str().unwrap_or_default();
        // A slash in front is taken off.
        let name = text("command").trim_start_matches('/');
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !(1..=32).contains(&name.len()) || !name.chars().all(known) {
            return Err(Refusal::fault("BOT_COMMAND_INVALID"));
        }
        if !(1..=256).contains(&units(text("description"))) {
            return Err(Refusal::fault("BOT_COMMAND_DESCRIPTION_INVALID"));
        }
        commands.push(json!({ "command": name, "description": text("description") }));
    }
    let scope = scope(call)?;
    if let Some(bot) = world.bots.get_mut(&call.bot) {
        bot.commands.retain(|(known, _)| *known != scope);
        bot.commands.push((scope, commands));
    }
    world.tick();
    Ok(true.into())
}

pub(super) fn get_my_commands(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let scope = scope(call)?;
    let lists = world.bots.get(&call.bot).map(|b| b.commands.as_slice()).unwrap_or_default();
    let found = lists.iter().find(|(known, _)| *known == scope);
    Ok(found.map(|(_, commands)| commands.clone()).unwrap_or_default().into())
}

pub(super) fn delete_my_commands(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let scope = scope(call)?;
    if let Some(bot) = world.bots.get_mut(&call.bot) {
        bot.commands.retain(|(known, _)| *known != scope);
    }
    world.tick();
    Ok(true.into())
}

/// Scope and language as one key.
fn scope(call: &Call<'_>) -> Result<String, Refusal> {
    const KINDS: [&str; 7] = [
        "default",
        "all_private_chats",
        "all_group_chats",
        "all_chat_administrators",
        "chat",
        "chat_administrators",
        "chat_member",
    ];
    let scope = call.params.get("scope");
    let kind = if scope.is_null() { "default" } else { scope["type"].as_str().unwrap_or_default() };
    if !KINDS.contains(&kind) {
        return Err(Refusal::fault("can't parse BotCommandScope: unsupported type specified"));
    }
    let language = call.params.text("language_code").unwrap_or_default();
    Ok(format!("{kind} {} {} {language}", scope["chat_id"], scope["user_id"]))
}

pub(super) fn get_file(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    world.link(call)
}

pub(super) fn answer_callback_query(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let text = call.params.text("text").unwrap_or_default();
    if units(text) > 200 {
        return Err(Refusal::fault("MESSAGE_TOO_LONG"));
    }
    let id: Option<u64> = call.params.text("callback_query_id").and_then(|id| id.parse().ok());
    let found = id.and_then(|id| world.callbacks.get_mut(&id)).filter(|c| c.bot == call.bot);
    let found = found.filter(|c| c.at.elapsed() < CALLBACK_LIVES && c.answer.is_none());
    found.ok_or(refusal::OLD_QUERY)?.answer = Some(CallbackAnswer {
        text: text.to_owned(),
        show_alert: call.params.truth("show_alert"),
        url: call.params.text("url").map(str::to_owned),
    });
    world.tick();
    Ok(true.into())
}
