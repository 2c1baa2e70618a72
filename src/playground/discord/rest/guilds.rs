//! The bot itself, the guild, its roles and members.

use serde_json::{Value, json};

use super::super::refusal;
use super::super::world::World;
use super::{Answer, Call, Reply};

pub(super) fn gateway(world: &World) -> Answer {
    Reply::ok(json!({ "url": gateway_url(world) }))
}

pub(super) fn gateway_bot(world: &World) -> Answer {
    Reply::ok(json!({
        "url": gateway_url(world),
        "shards": 1,
        "session_start_limit": {
            "total": 1000,
            "remaining": 1000_u64.saturating_sub(world.gateway.identifies),
            "reset_after": 86_400_000,
            "max_concurrency": 1,
        },
    }))
}

fn gateway_url(world: &World) -> String {
    world.base.replacen("http", "ws", 1) + "/gw"
}

pub(super) fn me(world: &World) -> Answer {
    let mut user = world.user_json(world.bot);
    user["mfa_enabled"] = false.into();
    user["locale"] = "en-US".into();
    user["premium_type"] = 0.into();
    user["email"] = Value::Null;
    user["verified"] = true.into();
    Reply::ok(user)
}

pub(super) fn application(world: &World) -> Answer {
    // GATEWAY_MESSAGE_CONTENT_LIMITED and GATEWAY_GUILD_MEMBERS_LIMITED: granted to an application in few guilds.
    let content = if world.options.message_content { 1 << 19 } else { 0 };
    let flags: u64 = content | if world.options.server_members { 1 << 15 } else { 0 };
    let mut owner = world.user_json(world.bot);
    owner["username"] = "owner".into();
    owner["bot"] = false.into();
    Reply::ok(json!({
        "id": world.bot.to_string(),
        "name": world.options.bot_name,
        "icon": null,
        "description": "",
        "type": null,
        "bot": world.user_json(world.bot),
        "bot_public": false,
        "bot_require_code_grant": false,
        "verify_key": "0".repeat(64),
        "flags": flags,
        "flags_new": flags.to_string(),
        "redirect_uris": [],
        "interactions_endpoint_url": null,
        "role_connections_verification_url": null,
        "owner": owner,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": null,
        "eligible_oauth2_scopes": [],
    }))
}

pub(super) fn guild(world: &World, guild: u64, call: &Call<'_>) -> Answer {
    known(world, guild)?;
    let mut body = world.guild_json();
    if call.query("with_counts") == Some("true") {
        let members = world.users.values().filter(|u| u.member).count();
        body["approximate_member_count"] = members.into();
        body["approximate_presence_count"] = members.into();
    }
    Reply::ok(body)
}

pub(super) fn channels(world: &World, guild: u64) -> Answer {
    known(world, guild)?;
    let channels = world.channels.values().filter(|c| c.thread.is_none() && !c.is_direct());
    Reply::ok(channels.map(|c| world.channel_json(c)).collect())
}

pub(super) fn roles(world: &World, guild: u64) -> Answer {
    known(world, guild)?;
    Reply::ok(world.roles.values().map(|r| world.role_json(r)).collect())
}

pub(super) fn member(world: &World, guild: u64, user: u64) -> Answer {
    known(world, guild)?;
    match world.users.get(&user) {
        Some(found) if found.member => Reply::ok(world.member_json(user)),
        Some(_) => Err(refusal::UNKNOWN_MEMBER.into()),
        None => Err(refusal::UNKNOWN_USER.into()),
    }
}

/// Members in the order of their ids, which takes the privileged intent.
pub(super) fn members(world: &World, guild: u64, call: &Call<'_>) -> Answer {
    known(world, guild)?;
    let number = |name: &str| match call.query(name).map(str::parse::<u64>) {
        Some(Err(_)) => Err(refusal::INVALID_FORM.blame(format!("{name} is no number"))),
        Some(Ok(number)) => Ok(Some(number)),
        None => Ok(None),
    };
    let (limit, after) = (number("limit")?.unwrap_or(1), number("after")?.unwrap_or(0));
    if !(1..=1000).contains(&limit) {
        return Err(refusal::INVALID_FORM.blame("limit must be between 1 and 1000").into());
    }
    if !world.options.server_members {
        return Err(refusal::MISSING_ACCESS.into());
    }
    let found = world.users.values().filter(|u| u.member && u.id > after);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Reply::ok(found.take(limit).map(|u| world.member_json(u.id)).collect())
}

/// Members whose name begins with the query.
pub(super) fn search(world: &World, guild: u64, call: &Call<'_>) -> Answer {
    known(world, guild)?;
    let Some(query) = call.query("query") else {
        return Err(refusal::INVALID_FORM.blame("members/search without query").into());
    };
    let limit = call.query_id("limit").unwrap_or(1);
    if !(1..=1000).contains(&limit) {
        return Err(refusal::INVALID_FORM.blame("limit must be between 1 and 1000").into());
    }
    let query = query.to_lowercase();
    let named = |name: &str| name.to_lowercase().starts_with(&query);
    let found = world.users.values().filter(|u| u.member && (named(&u.name) || u.nick.as_deref().is_some_and(named)));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Reply::ok(found.take(limit).map(|u| world.member_json(u.id)).collect())
}

/// # Errors
/// 10004 for any guild but the one.
pub(super) fn known(world: &World, guild: u64) -> Result<(), refusal::Refusal> {
    if guild == world.guild { Ok(()) } else { Err(refusal::UNKNOWN_GUILD) }
}
