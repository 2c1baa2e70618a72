//! Messages: list, read, send, edit, delete.

use serde_json::{Value, json};

use super::super::check::{self, Draft, Purpose};
use super::super::refusal::{self, Refusal};
use super::super::session::blank;
use super::super::world::{Attachment, Channel, Message, Reference, World};
use super::super::{kind, permission};
use super::{Answer, Call, Reply};

/// The message as this application may see it: without MESSAGE_CONTENT, others' words are empty.
fn shown(world: &World, message: &Message) -> Value {
    let mut value = world.message_json(message);
    let direct = world.channels.get(&message.channel).is_some_and(Channel::is_direct);
    if !world.options.message_content && !direct && !world.may_read(message.author, &message.mentions) {
        blank(&mut value);
    }
    value
}

pub(super) fn list(world: &World, call: &Call<'_>, channel: u64) -> Answer {
    let found = world.allow(channel, 0)?;
    let limit = call.query("limit").map_or(Some(50), |l| l.parse::<usize>().ok());
    let Some(limit) = limit.filter(|l| (1..=100).contains(l)) else {
        return Err(refusal::INVALID_FORM.blame("limit must be between 1 and 100").into());
    };
    let anchors = ["around", "before", "after"].map(|name| call.query_id(name));
    if anchors.iter().flatten().count() > 1 {
        call.form().flag(format_args!("around, before and after exclude one another"));
    }
    if world.bot_permissions_in(found) & permission::READ_MESSAGE_HISTORY == 0 {
        return Reply::ok(json!([]));
    }
    let messages = &found.messages;
    // Ids grow along the history, so a cut is found without walking it.
    let cut = |id: u64| messages.partition_point(|m| m.id < id);
    let live = |from: usize, to: usize| messages.range(from..to).filter(|m| !m.deleted);
    let mut page: Vec<&Message> = match anchors {
        [Some(around), ..] => {
            let (at, half) = (cut(around), limit / 2);
            let mut page: Vec<&Message> = live(0, at).rev().take(half).collect();
            page.reverse();
            page.extend(live(at, messages.len()).take(limit - page.len()));
            page
        }
        [_, _, Some(after)] => live(messages.partition_point(|m| m.id <= after), messages.len()).take(limit).collect(),
        [_, before, _] => live(0, before.map_or(messages.len(), cut)).rev().take(limit).collect(),
    };
    page.sort_by_key(|m| std::cmp::Reverse(m.id));
    Reply::ok(page.into_iter().map(|m| shown(world, m)).collect())
}

pub(super) fn get(world: &World, channel: u64, message: u64) -> Answer {
    world.allow(channel, 0)?;
    let has = world.bot_permissions_in(world.channel(channel)?);
    if has & permission::READ_MESSAGE_HISTORY == 0 {
        return Err(refusal::MISSING_ACCESS.into());
    }
    Reply::ok(shown(world, world.message_of(channel, message)?))
}

pub(super) fn create(world: &mut World, call: &Call<'_>, channel: u64) -> Answer {
    let found = world.channel(channel)?;
    if found.recipient.is_some_and(|u| !world.users.get(&u).is_some_and(|u| u.member)) {
        return Err(refusal::CANNOT_MESSAGE_USER.into());
    }
    let thread = found.thread.as_ref();
    let send = if thread.is_some() { permission::SEND_MESSAGES_IN_THREADS } else { permission::SEND_MESSAGES };
    let shut = thread.is_some_and(|t| t.locked && t.archived);
    let held = thread.is_some_and(|t| t.locked);
    let opens = thread.is_some_and(|t| t.archived);
    let has = world.bot_permissions_in(world.allow(channel, send)?);
    let mut form = call.form();
    let draft = check::message(&mut form, call.body(), Purpose::Create);
    let reference = reply_target(world, &mut form, channel, &draft, has);
    form.finish()?;
    let reference = reference?;
    if shut || (held && has & permission::MANAGE_THREADS == 0) {
        return Err(refusal::LOCKED.into());
    }
    if opens && world.active_threads >= world.options.active_threads {
        return Err(refusal::TOO_MANY_THREADS.into());
    }
    if draft.embeds.as_ref().is_some_and(|e| !e.is_empty()) && has & permission::EMBED_LINKS == 0
        || !call.payload.files.is_empty() && has & permission::ATTACH_FILES == 0
    {
        return Err(refusal::MISSING_PERMISSIONS.into());
    }
    let now = world.now_ms();
    let nonce = draft.nonce.as_ref().filter(|_| draft.enforce_nonce).map(Value::to_string);
    let earlier = nonce.as_ref().and_then(|n| world.nonces.find(n, now));
    if let Some(earlier) = earlier.and_then(|(c, m)| world.message_of(c, m).ok()) {
        return Reply::ok(shown(world, earlier));
    }
    let attachments = resolve_files(world, call, &draft, Vec::new())?;
    let mut message = Message { channel, author: world.bot, attachments, reference, ..Message::default() };
    if reference.is_some() {
        message.kind = kind::REPLY;
    }
    apply(world, &mut message, draft);
    refuse_empty(&message)?;
    let id = world.post(message);
    if let Some(nonce) = nonce {
        world.nonces.remember(nonce, channel, id, now);
    }
    let body = shown(world, world.message_of(channel, id)?);
    Reply::ok(body)
}

/// The message a new one replies to.
fn reply_target(
    world: &World,
    form: &mut super::Form<'_>,
    channel: u64,
    draft: &Draft,
    has: u64,
) -> Result<Option<Reference>, Refusal> {
    let Some(reply) = draft.reply_to else { return Ok(None) };
    if has & permission::READ_MESSAGE_HISTORY == 0 {
        return Err(refusal::CANNOT_REPLY);
    }
    if reply.channel.is_some_and(|c| c != channel) {
        let message = "Cannot reply to a message in a different channel";
        form.error(format_args!("message_reference"), "MESSAGE_REFERENCE_CHANNEL_ID_MISMATCH", message);
    }
    match world.message_of(channel, reply.message) {
        Ok(target) if matches!(target.kind, kind::DEFAULT | kind::REPLY | kind::COMMAND | kind::CONTEXT_COMMAND) => {
            Ok(Some(Reference { channel, message: Some(reply.message) }))
        }
        Ok(_) => {
            let message = "Cannot reply to a system message";
            form.state_error(format_args!("message_reference"), "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", message);
            Ok(None)
        }
        Err(_) => {
            if reply.must_exist {
                let message = "Unknown message";
                form.state_error(format_args!("message_reference"), "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", message);
            }
            Ok(None)
        }
    }
}

/// Puts the parts a draft has into a message, all but its files.
pub(super) fn apply(world: &World, message: &mut Message, draft: Draft) {
    // Only these flags are the sender's to set; the others say what the message is.
    const SETTABLE: u64 = 1 << 2 | 1 << 12 | 1 << 13;
    if let Some(content) = draft.content {
        let pings = world.pings(&content, &draft.mentions);
        message.mentions = pings.users;
        message.mention_roles = pings.roles;
        message.mention_everyone = pings.everyone;
        message.content = content;
    }
    if draft.mentions.replied_user && message.kind == kind::REPLY {
        let replied = message.reference.and_then(|r| world.message_of(r.channel, r.message?).ok());
        message.mentions.extend(replied.map(|m| m.author).filter(|a| !message.mentions.contains(a)));
    }
    message.embeds = draft.embeds.unwrap_or_else(|| std::mem::take(&mut message.embeds));
    message.components = draft.components.unwrap_or_else(|| std::mem::take(&mut message.components));
    if let Some(flags) = draft.flags {
        message.flags = (message.flags & !SETTABLE) | (flags & SETTABLE);
    }
    message.tts = draft.tts;
    message.nonce = draft.nonce.or_else(|| message.nonce.take());
}

/// The attachments a message has after a request: what it keeps of `existing`, and the request's files.
pub(super) fn resolve_files(
    world: &mut World,
    call: &Call<'_>,
    draft: &Draft,
    existing: Vec<Attachment>,
) -> Result<Vec<Attachment>, Refusal> {
    let files = &call.payload.files;
    let listed = draft.attachments.as_deref();
    let mut form = call.form();
    for (a, entry) in listed.unwrap_or_default().iter().enumerate() {
        let known = files.iter().any(|f| f.number == entry.id) || existing.iter().any(|e| e.id == entry.id);
        if !known {
            let message = "Attachment data not found";
            form.error(format_args!("attachments.{a}.id"), "ATTACHMENT_NOT_FOUND", message);
        }
    }
    let mut kept = match listed {
        Some(list) => existing.into_iter().filter(|e| list.iter().any(|l| l.id == e.id)).collect(),
        None => existing,
    };
    if kept.len() + files.len() > 10 {
        form.error(format_args!("attachments"), "BASE_TYPE_BAD_LENGTH", "Must be 10 or fewer in length.");
    }
    form.finish()?;
    for file in files {
        let entry = listed.and_then(|list| list.iter().find(|entry| entry.id == file.number));
        if listed.is_some() && entry.is_none() {
            call.form().flag(format_args!("files[{}] is not among the attachments", file.number));
        }
        if entry.and_then(|entry| entry.filename.as_deref()).is_some_and(|name| name != file.sent_as) {
            call.form().flag(format_args!("files[{}] has another name in the attachments", file.number));
        }
        let description = entry.and_then(|entry| entry.description.clone());
        let made = world.attach(file.filename.clone(), file.content_type.clone(), file.bytes.clone(), description);
        kept.push(made);
    }
    Ok(kept)
}

/// # Errors
/// 50006 when a message would have nothing in it.
pub(super) fn refuse_empty(message: &Message) -> Result<(), Refusal> {
    let empty = message.content.is_empty()
        && message.embeds.is_empty()
        && message.attachments.is_empty()
        && message.components.is_empty();
    if empty { Err(refusal::EMPTY_MESSAGE.blame("nothing in it")) } else { Ok(()) }
}

/// # Errors
/// 50083 in an archived thread.
fn refuse_archived(world: &World, channel: u64) -> Result<(), Refusal> {
    let archived = world.channel(channel)?.thread.as_ref().is_some_and(|t| t.archived);
    if archived { Err(refusal::ARCHIVED) } else { Ok(()) }
}

pub(super) fn edit(world: &mut World, call: &Call<'_>, channel: u64, message: u64) -> Answer {
    world.allow(channel, 0)?;
    let found = world.message_of(channel, message)?;
    if found.author != world.bot {
        return Err(refusal::ANOTHERS_MESSAGE.blame("an edit of another's message").into());
    }
    if !matches!(found.kind, kind::DEFAULT | kind::REPLY | kind::COMMAND | kind::CONTEXT_COMMAND) {
        return Err(refusal::SYSTEM_MESSAGE.blame("an edit of a system message").into());
    }
    let mut edited = found.clone();
    refuse_archived(world, channel)?;
    let mut form = call.form();
    let draft = check::message(&mut form, call.body(), Purpose::Edit);
    form.finish()?;
    edited.attachments = resolve_files(world, call, &draft, std::mem::take(&mut edited.attachments))?;
    apply(world, &mut edited, draft);
    refuse_empty(&edited)?;
    world.change(channel, message, true, |m| *m = edited);
    let body = shown(world, world.message_of(channel, message)?);
    Reply::ok(body)
}

pub(super) fn delete(world: &mut World, channel: u64, message: u64) -> Answer {
    world.allow(channel, 0)?;
    let own = world.message_of(channel, message)?.author == world.bot;
    if !own {
        world.allow(channel, permission::MANAGE_MESSAGES)?;
    }
    world.remove(channel, message)?;
    Reply::nothing()
}

pub(super) fn bulk_delete(world: &mut World, call: &Call<'_>, channel: u64) -> Answer {
    let mut form = call.form();
    form.known(call.body(), format_args!("the body"), &["messages"]);
    let ids = form.list(&call.body()["messages"], format_args!("messages"), 100).unwrap_or_default();
    if ids.len() < 2 {
        let message = "Must be between 2 and 100 in length.";
        form.error(format_args!("messages"), "BASE_TYPE_BAD_LENGTH", message);
    }
    let mut gone: Vec<u64> = ids.iter().filter_map(|id| form.id(id, format_args!("messages"))).collect();
    form.finish()?;
    world.allow(channel, permission::MANAGE_MESSAGES)?;
    let found = world.channel_mut(channel)?;
    gone.retain(|id| found.message_mut(*id).is_some_and(|m| !std::mem::replace(&mut m.deleted, true)));
    world.bulk_deletion_event(channel, &gone);
    world.tick();
    Reply::nothing()
}
