//! Channels and threads as a whole: read, change, delete, typing, direct messages.

use super::super::permission;
use super::super::refusal::{self, Refusal};
use super::super::world::World;
use super::{Answer, Call, Failure, Reply};

pub(super) fn get(world: &World, channel: u64) -> Answer {
    let found = world.allow(channel, 0)?;
    Reply::ok(world.channel_json(found))
}

/// A new text channel; other types are not modelled.
pub(super) fn create(world: &mut World, call: &Call<'_>, guild: u64) -> Answer {
    super::guilds::known(world, guild)?;
    let mut form = call.form();
    form.known(call.body(), format_args!("the body"), &["name", "type", "topic"]);
    form.required_text(&call.body()["name"], format_args!("name"), 1..=100);
    let topic = form.text(&call.body()["topic"], format_args!("topic"), 0..=1024).map(str::to_owned);
    if form.number(&call.body()["type"], format_args!("type"), 0..=16).unwrap_or(0) != 0 {
        form.flag(format_args!("only text channels are modelled"));
    }
    form.finish()?;
    if world.bot_permissions & (permission::MANAGE_CHANNELS | permission::ADMINISTRATOR) == 0 {
        return Err(refusal::MISSING_PERMISSIONS.into());
    }
    let id = world.new_channel(call.body()["name"].as_str().unwrap_or_default());
    world.channel_mut(id)?.topic = topic;
    let body = world.channel_json(world.channel(id)?);
    Reply::created(body)
}

pub(super) fn delete(world: &mut World, channel: u64) -> Answer {
    let thread = world.channel(channel)?.thread.is_some();
    world.allow(channel, if thread { permission::MANAGE_THREADS } else { permission::MANAGE_CHANNELS })?;
    match world.drop_channel(channel) {
        Some(last) => Reply::ok(last),
        None => Err(refusal::UNKNOWN_CHANNEL.into()),
    }
}

pub(super) fn typing(world: &mut World, channel: u64) -> Answer {
    let found = world.channel(channel)?;
    let direct = found.is_direct();
    let send = if found.thread.is_some() { permission::SEND_MESSAGES_IN_THREADS } else { permission::SEND_MESSAGES };
    if !direct {
        world.allow(channel, send)?;
    }
    let bot = world.bot;
    world.typing_event(bot, channel);
    Reply::nothing()
}

pub(super) fn open_direct(world: &mut World, call: &Call<'_>) -> Answer {
    let mut form = call.form();
    form.known(call.body(), format_args!("the body"), &["recipient_id"]);
    let user = form.id(&call.body()["recipient_id"], format_args!("recipient_id"));
    if user.is_none() {
        form.missing(format_args!("recipient_id"));
    }
    form.finish()?;
    let user = user.unwrap_or_default();
    if !world.users.contains_key(&user) {
        return Err(refusal::UNKNOWN_USER.into());
    }
    if user == world.bot {
        return Err(refusal::CANNOT_MESSAGE_USER.blame("a direct message to the bot itself").into());
    }
    let channel = world.direct_channel(user);
    let body = world.channel_json(world.channel(channel)?);
    Reply::ok(body)
}

pub(super) fn edit(world: &mut World, call: &Call<'_>, channel: u64) -> Answer {
    match world.channel(channel)? {
        c if c.is_direct() => Err(refusal::WRONG_CHANNEL_TYPE.into()),
        c if c.thread.is_some() => edit_thread(world, call, channel),
        _ => edit_channel(world, call, channel),
    }
}

fn edit_channel(world: &mut World, call: &Call<'_>, channel: u64) -> Answer {
    let body = call.body();
    let mut form = call.form();
    form.known(body, format_args!("the body"), &["name", "topic"]);
    let name = form.text(&body["name"], format_args!("name"), 1..=100).map(str::to_owned);
    let topic = form.text(&body["topic"], format_args!("topic"), 0..=1024).map(str::to_owned);
    form.finish()?;
    world.allow(channel, permission::MANAGE_CHANNELS)?;
    limit_rename(world, channel, name.as_deref())?;
    let found = world.channel_mut(channel)?;
    if let Some(name) = name {
        found.name = name;
    }
    if body.get("topic").is_some() {
        found.topic = topic;
    }
    world.channel_event("CHANNEL_UPDATE", channel);
    world.tick();
    let body = world.channel_json(world.channel(channel)?);
    Reply::ok(body)
}

/// A change of name counts against a limit of its own.
fn limit_rename(world: &mut World, channel: u64, name: Option<&str>) -> Result<(), Failure> {
    let renames = name.is_some_and(|n| world.channels.get(&channel).is_some_and(|c| c.name != n));
    if renames && world.options.rate_limits {
        world.limits.rename(channel)?;
    }
    Ok(())
}

fn edit_thread(world: &mut World, call: &Call<'_>, channel: u64) -> Answer {
    const FIELDS: [&str; 8] = [
        "name",
        "archived",
        "auto_archive_duration",
        "locked",
        "invitable",
        "rate_limit_per_user",
        "flags",
        "applied_tags",
    ];
    let body = call.body();
    let mut form = call.form();
    form.known(body, format_args!("the body"), &FIELDS);
    let name = form.text(&body["name"], format_args!("name"), 1..=100).map(str::to_owned);
    let archived = form.truth(&body["archived"], format_args!("archived"));
    let locked = form.truth(&body["locked"], format_args!("locked"));
    let invitable = form.truth(&body["invitable"], format_args!("invitable"));
    let auto = super::threads::auto_archive(&mut form, &body["auto_archive_duration"]);
    let slow = form.number(&body["rate_limit_per_user"], format_args!("rate_limit_per_user"), 0..=21_600);
    form.finish()?;
    let others = name.is_some() || auto.is_some() || slow.is_some() || invitable.is_some();
    allow_thread_edit(world, channel, archived, locked, others)?;
    if archived == Some(false) && world.active_threads >= world.options.active_threads {
        return Err(refusal::TOO_MANY_THREADS.into());
    }
    limit_rename(world, channel, name.as_deref())?;
    let bot = world.bot;
    world.edit_thread(bot, channel, archived, locked, name.as_deref());
    if let Some(thread) = world.channel_mut(channel)?.thread.as_mut() {
        thread.auto_archive = auto.unwrap_or(thread.auto_archive);
        thread.rate_limit = slow.unwrap_or(thread.rate_limit);
        thread.invitable = invitable.unwrap_or(thread.invitable);
    }
    world.channel_event("THREAD_UPDATE", channel);
    world.tick();
    let body = world.channel_json(world.channel(channel)?);
    Reply::ok(body)
}

/// Who may change what of a thread (topics/threads.mdx): its starter may rename and archive it, everybody who may write
/// can open an unlocked one, the rest takes MANAGE_THREADS; an archived thread takes no change but being opened.
fn allow_thread_edit(
    world: &World,
    channel: u64,
    archived: Option<bool>,
    locked: Option<bool>,
    others: bool,
) -> Result<(), Refusal> {
    let found = world.allow(channel, 0)?;
    let Some(thread) = &found.thread else { return Err(refusal::WRONG_CHANNEL_TYPE) };
    let has = world.bot_permissions_in(found);
    if thread.archived && archived != Some(false) && (others || locked.is_some_and(|l| l != thread.locked)) {
        return Err(refusal::ARCHIVED);
    }
    if has & permission::MANAGE_THREADS != 0 {
        return Ok(());
    }
    let opens = archived == Some(false) && locked.is_none() && !others;
    let may_open = !thread.locked && has & permission::SEND_MESSAGES_IN_THREADS != 0;
    let owns = thread.owner == world.bot && !thread.locked && locked.is_none();
    if owns || (opens && may_open) { Ok(()) } else { Err(refusal::MISSING_PERMISSIONS) }
}
