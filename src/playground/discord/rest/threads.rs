//! Threads: starting, listing, and their members.

use serde_json::{Value, json};

use super::super::form::Form;
use super::super::refusal;
use super::super::snowflake::from_iso;
use super::super::world::{Channel, PRIVATE_THREAD, PUBLIC_THREAD, TEXT, World};
use super::super::{kind, permission};
use super::guilds::known;
use super::{Answer, Call, Reply};

/// Checks an `auto_archive_duration`, in minutes.
pub(super) fn auto_archive(form: &mut Form<'_>, value: &Value) -> Option<u64> {
    let minutes = form.number(value, format_args!("auto_archive_duration"), 60..=10_080)?;
    if !matches!(minutes, 60 | 1440 | 4320 | 10_080) {
        let message = "Value must be one of {60, 1440, 4320, 10080}.";
        form.error(format_args!("auto_archive_duration"), "BASE_TYPE_CHOICES", message);
    }
    Some(minutes)
}

/// Name and minutes of a new thread.
fn settings(form: &mut Form<'_>, body: &Value) -> (String, u64) {
    form.required_text(&body["name"], format_args!("name"), 1..=100);
    let minutes = auto_archive(form, &body["auto_archive_duration"]).unwrap_or(4320);
    form.number(&body["rate_limit_per_user"], format_args!("rate_limit_per_user"), 0..=21_600);
    (body["name"].as_str().unwrap_or_default().to_owned(), minutes)
}

pub(super) fn from_message(world: &mut World, call: &Call<'_>, channel: u64, message: u64) -> Answer {
    let mut form = call.form();
    let fields = ["name", "auto_archive_duration", "rate_limit_per_user"];
    form.known(call.body(), format_args!("the body"), &fields);
    let (name, minutes) = settings(&mut form, call.body());
    form.finish()?;
    let found = world.allow(channel, permission::CREATE_PUBLIC_THREADS)?;
    if found.kind != TEXT {
        return Err(refusal::WRONG_CHANNEL_TYPE.into());
    }
    let starter = found.message(message).ok_or(refusal::UNKNOWN_MESSAGE)?;
    if !matches!(starter.kind, kind::DEFAULT | kind::REPLY | kind::COMMAND | kind::CONTEXT_COMMAND) {
        return Err(refusal::SYSTEM_MESSAGE.into());
    }
    if world.channels.contains_key(&message) {
        return Err(refusal::THREAD_EXISTS.into());
    }
    if world.active_threads >= world.options.active_threads {
        return Err(refusal::TOO_MANY_THREADS.into());
    }
    let bot = world.bot;
    world.start_thread_from(bot, channel, message, name, minutes);
    let body = world.channel_json(world.channel(message)?);
    Reply::created(body)
}

pub(super) fn create(world: &mut World, call: &Call<'_>, channel: u64) -> Answer {
    let mut form = call.form();
    let fields = ["name", "auto_archive_duration", "rate_limit_per_user", "type", "invitable"];
    form.known(call.body(), format_args!("the body"), &fields);
    let (name, minutes) = settings(&mut form, call.body());
    // Without a type Discord still makes a private thread; that default is documented to change.
    let public = form.number(&call.body()["type"], format_args!("type"), 11..=12) == Some(u64::from(PUBLIC_THREAD));
    let invitable = form.truth(&call.body()["invitable"], format_args!("invitable")).unwrap_or(true);
    form.finish()?;
    let needed = if public { permission::CREATE_PUBLIC_THREADS } else { permission::CREATE_PRIVATE_THREADS };
    if world.allow(channel, needed)?.kind != TEXT {
        return Err(refusal::WRONG_CHANNEL_TYPE.into());
    }
    if world.active_threads >= world.options.active_threads {
        return Err(refusal::TOO_MANY_THREADS.into());
    }
    let bot = world.bot;
    let kind = if public { PUBLIC_THREAD } else { PRIVATE_THREAD };
    let id = world.start_thread(bot, channel, kind, name, minutes);
    if let Some(thread) = world.channel_mut(id)?.thread.as_mut() {
        thread.invitable = invitable;
    }
    let body = world.channel_json(world.channel(id)?);
    Reply::created(body)
}

pub(super) fn active(world: &World, guild: u64) -> Answer {
    known(world, guild)?;
    let open = |c: &&Channel| {
        c.thread.as_ref().is_some_and(|t| !t.archived) && world.bot_permissions_in(c) & permission::VIEW_CHANNEL != 0
    };
    Reply::ok(listing(world, world.channels.values().filter(open).rev(), false))
}

/// Archived public threads of a channel, the last archived first.
pub(super) fn archived(world: &World, call: &Call<'_>, channel: u64) -> Answer {
    world.allow(channel, permission::READ_MESSAGE_HISTORY)?;
    let before = call.query("before").and_then(from_iso).unwrap_or(u64::MAX);
    let limit = call.query_id("limit").and_then(|l| usize::try_from(l).ok()).unwrap_or(50);
    if !(2..=100).contains(&limit) {
        return Err(refusal::INVALID_FORM.blame("limit must be between 2 and 100").into());
    }
    let mut found: Vec<&Channel> = world
        .channels
        .values()
        .filter(|c| c.parent == Some(channel) && c.kind == PUBLIC_THREAD)
        .filter(|c| c.thread.as_ref().is_some_and(|t| t.archived && t.archive_ms < before))
        .collect();
    found.sort_by_key(|c| std::cmp::Reverse(c.thread.as_ref().map(|t| t.archive_ms)));
    let more = found.len() > limit;
    Reply::ok(listing(world, found.into_iter().take(limit), more))
}

fn listing<'a>(world: &World, threads: impl Iterator<Item = &'a Channel>, more: bool) -> Value {
    let (mut list, mut members) = (Vec::new(), Vec::new());
    for channel in threads {
        list.push(world.channel_json(channel));
        let joined = channel.thread.as_ref().and_then(|t| t.members.get(&world.bot));
        members.extend(joined.map(|at| world.thread_member_json(channel.id, world.bot, *at)));
    }
    json!({ "threads": list, "members": members, "has_more": more })
}

pub(super) fn members(world: &World, channel: u64) -> Answer {
    let found = world.allow(channel, 0)?;
    let Some(thread) = &found.thread else { return Err(refusal::WRONG_CHANNEL_TYPE.into()) };
    Reply::ok(thread.members.iter().map(|(user, at)| world.thread_member_json(channel, *user, *at)).collect())
}

pub(super) fn add_member(world: &mut World, channel: u64, user: Option<u64>) -> Answer {
    world.allow(channel, permission::SEND_MESSAGES_IN_THREADS)?;
    let bot = world.bot;
    let user = user.unwrap_or(bot);
    if !world.users.get(&user).is_some_and(|u| u.member) {
        return Err(refusal::UNKNOWN_MEMBER.into());
    }
    match &world.channel(channel)?.thread {
        None => return Err(refusal::WRONG_CHANNEL_TYPE.into()),
        Some(thread) if thread.archived => return Err(refusal::ARCHIVED.into()),
        Some(_) => {}
    }
    world.join_thread(bot, channel, user);
    Reply::nothing()
}

pub(super) fn remove_member(world: &mut World, channel: u64, user: Option<u64>) -> Answer {
    let needed = if user.is_none() { 0 } else { permission::MANAGE_THREADS };
    world.allow(channel, needed)?;
    let user = user.unwrap_or(world.bot);
    match &mut world.channel_mut(channel)?.thread {
        None => Err(refusal::WRONG_CHANNEL_TYPE.into()),
        Some(thread) if thread.archived => Err(refusal::ARCHIVED.into()),
        Some(thread) => {
            if thread.members.remove(&user).is_none() {
                return Err(refusal::UNKNOWN_MEMBER.into());
            }
            world.tick();
            Reply::nothing()
        }
    }
}
