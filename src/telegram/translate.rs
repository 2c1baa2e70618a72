//! Stored updates into events. Everything is read from Telegram's own JSON: teloxide's types lose a whole message where one
//! field of it is newer than they are.

use serde_json::Value;

use super::intake::is_in;
use super::item::{ANONYMOUS, CHANNEL_POSTS, Stored, command, small, text_of, topic_of};
use super::markup::{Entity, parse};
use super::media;
use super::people::full_name;
use super::refs::{Answerable, channel_ref, post_ref, thread_ref, user_ref};
use crate::domain::event::{Button, Event, FromMember, Member, MemberDid, ThreadChange};
use crate::domain::ids::{PostRef, ThreadRef, Time};
use crate::domain::markup::{Block, Inline, Markup};
use crate::port::Translate;

/// Translates what the intake stored.
#[derive(Debug, Clone, Copy, Default)]
pub struct Translator;

impl Translate for Translator {
    fn translate(&self, body: &str) -> Result<Vec<Event>, String> {
        let stored: Stored = serde_json::from_str(body).map_err(|e| format!("not a stored update of Telegram: {e}"))?;
        let update = &stored.update;
        let events = if let Some(message) = update.get("message") {
            said(&stored, message).into_iter().collect()
        } else if let Some(message) = update.get("edited_message") {
            edited(&stored, message).into_iter().collect()
        } else if let Some(query) = update.get("callback_query") {
            clicked(&stored, query).into_iter().collect()
        } else if let Some(reaction) = update.get("message_reaction") {
            reacted(&stored, reaction)
        } else if let Some(change) = update.get("my_chat_member") {
            own_standing(change).into_iter().collect()
        } else if let Some(change) = update.get("chat_member") {
            membership(&stored, change).into_iter().collect()
        } else {
            Vec::new()
        };
        Ok(events)
    }
}

fn of_member(member: Member, at: Time, did: MemberDid) -> Event {
    Event::Member(FromMember { member, at, did })
}

/// When something happened. Telegram tells whole seconds: what comes within its second happened when it came, so that it
/// does not stand before what went before it.
fn within_second(stored: &Stored, date: &Value) -> Time {
    let at = Time::from_secs(date.as_i64().unwrap_or(0));
    if (0..1000).contains(&stored.at.since(at)) { stored.at } else { at }
}

fn said(stored: &Stored, message: &Value) -> Option<Event> {
    let chat = message["chat"]["id"].as_i64()?;
    if let Some(to) = message["migrate_to_chat_id"].as_i64() {
        let notice =
            format!("The Telegram group {chat} became a supergroup with the id {to}: put that into the configuration.");
        return Some(Event::Account { notice });
    }
    let id = small(&message["message_id"])?;
    let at = within_second(stored, &message["date"]);
    let topic = topic_of(message);
    if let (Some(topic), Some(shut)) = (topic, shut(message)) {
        let change = ThreadChange::Shut { archived: shut, locked: false };
        return Some(Event::Thread { thread: thread_ref(chat, topic), change });
    }
    let member = author(stored, message)?;
    if let Some(text) = typed_command(stored, message) {
        let user = message["from"]["id"].as_i64()?;
        let interaction = Answerable { chat, query: None, topic, message: id, user }.encode();
        let channel = topic.map_or_else(|| channel_ref(chat), |topic| thread_ref(chat, topic).0.as_str().into());
        return Some(of_member(member, at, MemberDid::Commanded { interaction, channel, text }));
    }
    let (mut text, mut raw) = words(message);
    let files = media::files(message, stored.bot);
    if files.is_empty() && !message["text"].is_string() {
        let lines = media::words(message);
        if lines.is_empty() {
            // Words beside it stay inside with it: alone they would say something else.
            raw = format!("{} {raw}", media::unrelayable(message)).trim_end().to_owned();
            text = Markup::plain(&raw);
        } else {
            raw = lines.join("\n");
            text = Markup(lines.into_iter().map(|line| Block::Line(vec![Inline::Text(line)])).collect());
        }
    }
    let did = MemberDid::Said {
        thread: thread_ref(chat, topic?),
        post: post_ref(chat, id),
        text,
        raw,
        files,
        reply_to: replied(chat, &message["reply_to_message"]),
    };
    Some(of_member(member, at, did))
}

/// Whether somebody closed a topic, or opened one; by the bot itself it is no news.
fn shut(message: &Value) -> Option<bool> {
    let by_bot = message["from"]["is_bot"] == true && message["from"]["id"] != ANONYMOUS;
    let closed = !message["forum_topic_closed"].is_null();
    ((closed || !message["forum_topic_reopened"].is_null()) && !by_bot).then_some(closed)
}

/// The text of a message, and as it was typed.
fn words(message: &Value) -> (Markup, String) {
    let raw = text_of(message);
    let (field, caption) = ("entities", "caption_entities");
    let entities = &message[if message["text"].is_string() { field } else { caption }];
    (if raw.is_empty() { Markup::default() } else { parse(raw, &looks(entities)) }, raw.to_owned())
}

/// The entities that can be read, each for itself.
fn looks(entities: &Value) -> Vec<Entity> {
    let all = entities.as_array().into_iter().flatten();
    all.filter_map(|entity| serde_json::from_value(entity.clone()).ok()).collect()
}

/// What does not answer the message that made the topic answers something.
fn replied(chat: i64, answered: &Value) -> Option<PostRef> {
    let id = small(&answered["message_id"]).filter(|_| answered["forum_topic_created"].is_null())?;
    Some(post_ref(answered["chat"]["id"].as_i64().filter(|at| *at == chat)?, id))
}

/// Who wrote it. Anonymous administrators cannot be told from one another, so they have no role in anything.
fn author(stored: &Stored, message: &Value) -> Option<Member> {
    let id = message["from"]["id"].as_i64()?;
    let anonymous = matches!(id, ANONYMOUS | CHANNEL_POSTS) || !message["sender_chat"].is_null();
    if anonymous {
        let name = "an anonymous administrator".to_owned();
        return Some(Member { user: user_ref(ANONYMOUS), name, roles: Vec::new() });
    }
    (message["from"]["is_bot"] != true).then(|| person(&message["from"], stored.roles.clone()))
}

fn person(user: &Value, roles: Vec<String>) -> Member {
    Member { user: user_ref(user["id"].as_i64().unwrap_or(0)), name: full_name(user), roles }
}

/// A command as the grammar takes it: `handoff @tg/77 refund over limit`.
fn typed_command(stored: &Stored, message: &Value) -> Option<String> {
    let text = message["text"].as_str()?;
    let (name, _, behind) = command(text)?;
    let mut out = name.to_lowercase();
    if stored.number > 0 {
        out.push_str(&format!(" #{}", stored.number));
    }
    let arguments = with_ids(text, behind, &message["entities"]);
    let arguments = arguments.trim();
    if !arguments.is_empty() {
        out.push(' ');
        out.push_str(arguments);
    }
    Some(out)
}

/// What stands behind the command, people who were picked from a list by their ids.
fn with_ids(text: &str, behind: usize, entities: &Value) -> String {
    let mentioned = |at: u64| {
        let all = entities.as_array().into_iter().flatten();
        all.filter(|e| e["type"] == "text_mention").find_map(|e| {
            let start = e["offset"].as_u64()?;
            let end = start.checked_add(e["length"].as_u64()?)?;
            (start <= at && at < end).then_some((start, e["user"]["id"].as_i64()?))
        })
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (byte, c) in text.char_indices() {
        match mentioned(at) {
            _ if byte < behind => {}
            Some((start, user)) if start == at => out.push_str(&format!("@{}", user_ref(user))),
            Some(_) => {}
            None => out.push(c),
        }
        at += c.len_utf16() as u64;
    }
    out
}

fn edited(stored: &Stored, message: &Value) -> Option<Event> {
    let chat = message["chat"]["id"].as_i64()?;
    // A place that is shared while somebody moves is edited all the time.
    if !message["location"].is_null() {
        return None;
    }
    let member = author(stored, message)?;
    let (thread, post) = (thread_ref(chat, topic_of(message)?), post_ref(chat, small(&message["message_id"])?));
    let at = within_second(stored, &message["edit_date"]);
    let (text, raw) = words(message);
    Some(of_member(member, at, MemberDid::Edited { thread, post, text, raw }))
}

fn clicked(stored: &Stored, query: &Value) -> Option<Event> {
    let message = &query["message"];
    let interaction = Answerable {
        chat: message["chat"]["id"].as_i64()?,
        query: Some(query["id"].as_str().filter(|id| !id.contains(['/', ':', '#']))?.to_owned()),
        topic: topic_of(message),
        message: small(&message["message_id"])?,
        user: query["from"]["id"].as_i64()?,
    };
    let button = Button::decode(query["data"].as_str()?)?;
    let did = MemberDid::Clicked { interaction: interaction.encode(), button };
    Some(of_member(person(&query["from"], stored.roles.clone()), stored.at, did))
}

/// One event for each emoji that came or went.
fn reacted(stored: &Stored, reaction: &Value) -> Vec<Event> {
    let (Some(chat), Some(message)) = (reaction["chat"]["id"].as_i64(), small(&reaction["message_id"])) else {
        return Vec::new();
    };
    let user = &reaction["user"];
    if user["id"].as_i64().is_none() || user["is_bot"] == true {
        return Vec::new();
    }
    let emoji = |field: &str| -> Vec<String> {
        let all = reaction[field].as_array().into_iter().flatten();
        let named = |one: &Value| match one["type"].as_str() {
            Some("emoji") => one["emoji"].as_str().map(str::to_owned),
            // There is no character for it.
            Some("custom_emoji") => Some("custom".to_owned()),
            _ => None,
        };
        all.filter_map(named).collect()
    };
    let (before, after) = (emoji("old_reaction"), emoji("new_reaction"));
    let at = within_second(stored, &reaction["date"]);
    let thread = match stored.topic {
        0 => ThreadRef(channel_ref(chat).0),
        topic => thread_ref(chat, topic),
    };
    let one = |emoji: &String, added: bool| {
        let did =
            MemberDid::Reacted { thread: thread.clone(), post: post_ref(chat, message), emoji: emoji.clone(), added };
        of_member(person(user, stored.roles.clone()), at, did)
    };
    // What went first, so that a reaction that took its place stands in the end.
    let went = before.iter().filter(|emoji| !after.contains(emoji)).map(|emoji| one(emoji, false));
    let came = after.iter().filter(|emoji| !before.contains(emoji)).map(|emoji| one(emoji, true));
    went.chain(came).collect()
}

/// What becomes of the bot in a group.
fn own_standing(change: &Value) -> Option<Event> {
    let chat = change["chat"]["id"].as_i64().filter(|chat| *chat < 0)?;
    let title = change["chat"]["title"].as_str().unwrap_or("a group");
    let now = &change["new_chat_member"];
    let lacks = |right: &str| now[right] == false;
    let notice = if !is_in(now) {
        format!("The bot was removed from the Telegram group {title} ({chat}): nothing can be shown there.")
    } else if now["status"] != "administrator" {
        format!("The bot is no administrator of the Telegram group {title} ({chat}): it can open no topics there.")
    } else if lacks("can_manage_topics") || lacks("can_pin_messages") || lacks("can_delete_messages") {
        format!(
            "In the Telegram group {title} ({chat}) the bot may not manage topics, pin and delete messages: allow it."
        )
    } else {
        return None;
    };
    Some(Event::Account { notice })
}

fn membership(stored: &Stored, change: &Value) -> Option<Event> {
    let now = &change["new_chat_member"];
    let user = &now["user"];
    user["id"].as_i64().filter(|_| user["is_bot"] != true)?;
    if is_in(now) {
        return Some(Event::Members { members: vec![person(user, stored.roles.clone())], all: false });
    }
    Some(Event::MemberLeft { user: person(user, Vec::new()).user })
}
