//! What an event of the gateway comes to: items for the inbox, or a gap to be looked into.
//!
//! Ignored are other guilds, direct messages, whatever bots and webhooks write, and channels that are no threads.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serenity::all::Event;
use tokio::time::Instant;

use super::Discord;
use super::gateway::Clock;
use super::item::{self, Message, Reaction, ThreadChannel, Typing, without_nulls};
use super::members;
use super::refs::interaction_ref;
use super::register::command_text;
use super::suggest::{self, Asked};
use crate::domain::event::Button;
use crate::domain::ids::InteractionRef;
use crate::port::Item;

/// Typing is told once in this time per person and thread.
const TYPING_EVERY: Duration = Duration::from_secs(8);

/// The kinds of events whose loss would be noticed.
const RELIED_ON: [&str; 16] = [
    "READY",
    "GUILD_CREATE",
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "MESSAGE_DELETE",
    "MESSAGE_DELETE_BULK",
    "MESSAGE_REACTION_ADD",
    "MESSAGE_REACTION_REMOVE",
    "INTERACTION_CREATE",
    "THREAD_CREATE",
    "THREAD_UPDATE",
    "THREAD_DELETE",
    "CHANNEL_DELETE",
    "GUILD_MEMBER_ADD",
    "GUILD_MEMBER_UPDATE",
    "GUILD_MEMBER_REMOVE",
];

/// What one event comes to.
#[derive(Default)]
pub(super) struct Found {
    /// In order.
    pub(super) items: Vec<Item>,
    /// A click or command, and how to answer it.
    pub(super) interaction: Option<(Item, InteractionRef)>,
    /// Somebody types and wants to be shown what there is.
    pub(super) asked: Option<Asked>,
    /// Something was or may have been missed.
    pub(super) gap: bool,
    /// The people of the guild have to be listed anew.
    pub(super) people: bool,
    /// A new session began: whatever happened before it is not told.
    pub(super) ready: bool,
}

/// Reads events one by one, remembering what it needs of the guild to tell threads from channels.
pub(super) struct Sieve {
    discord: Arc<Discord>,
    clock: Clock,
    guild: String,
    me: String,
    /// Channels that are no threads: what is said there is none of our business.
    plain: HashSet<String>,
    /// Thread → channel, to know what a deleted channel takes along.
    parents: HashMap<String, String>,
    typed: HashMap<(String, String), Instant>,
}

impl Sieve {
    pub(super) fn new(discord: Arc<Discord>, clock: Clock) -> Self {
        Self {
            guild: discord.settings.guild.to_string(),
            discord,
            clock,
            me: String::new(),
            plain: HashSet::new(),
            parents: HashMap::new(),
            typed: HashMap::new(),
        }
    }

    pub(super) fn sift(&mut self, event: Event, at: Instant) -> Found {
        let mut found = Found::default();
        let (kind, payload) = match event {
            Event::Ready(ready) => {
                if !self.me.is_empty() {
                    self.discord.health.count_reconnect();
                }
                self.me = ready.ready.user.id.to_string();
                (found.ready, found.people) = (true, true);
                return found;
            }
            Event::Unknown(unknown) if RELIED_ON.contains(&unknown.kind.as_str()) => {
                self.discord.health.count_unparsable();
                tracing::warn!(kind = unknown.kind, "An event of Discord has an unexpected form");
                // What serenity could not read may still hold all that is used here.
                let payload = without_nulls(unknown.value);
                if !payload["guild_id"].is_string() {
                    (found.gap, found.people) = (true, true);
                    return found;
                }
                (unknown.kind, payload)
            }
            Event::Unknown(_) => return found,
            event => match told(&event) {
                Some((kind, payload)) => (kind, without_nulls(payload)),
                None => return found,
            },
        };
        if self.happened(&kind, payload, at, &mut found).is_none() {
            tracing::warn!(kind, "An event of Discord cannot be read; looking for what was missed");
            let of_people = kind.starts_with("GUILD_MEMBER");
            (found.gap, found.people) = (!of_people, of_people);
        }
        found
    }

    /// `None` when the payload cannot be read.
    fn happened(&mut self, kind: &str, payload: Value, at: Instant, found: &mut Found) -> Option<()> {
        let guild = payload["guild_id"].as_str().unwrap_or_default();
        let guild = if kind == "GUILD_CREATE" { payload["id"].as_str().unwrap_or_default() } else { guild };
        if guild != self.guild {
            return Some(());
        }
        let text = |name: &str| payload[name].as_str().map(str::to_owned);
        let channel = text("channel_id").unwrap_or_default();
        let elsewhere = self.plain.contains(&channel);
        match kind {
            "INTERACTION_CREATE" => return self.interacted(&payload, found),
            "GUILD_CREATE" => {
                let channels = payload["channels"].as_array().into_iter().flatten();
                self.plain = channels.filter_map(|c| c["id"].as_str()).map(str::to_owned).collect();
                self.threads(&payload["threads"]);
                found.people = true;
            }
            "GUILD_ROLE_DELETE" => found.people = true,
            // The bot hears of its own membership whatever it asked for.
            "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" | "GUILD_MEMBER_REMOVE"
                if !self.discord.settings.server_members => {}
            "GUILD_MEMBER_ADD" | "GUILD_MEMBER_UPDATE" => found.items = members::changed(payload, (self.clock)())?,
            "GUILD_MEMBER_REMOVE" => found.items = members::left(&payload, (self.clock)())?,
            "THREAD_LIST_SYNC" => self.threads(&payload["threads"]),
            "CHANNEL_CREATE" => self.plain.extend(text("id")),
            // The bot may have been given back what it needs to see.
            "CHANNEL_UPDATE" => found.gap = true,
            "CHANNEL_DELETE" => {
                let gone = text("id")?;
                let parents = std::mem::take(&mut self.parents);
                let (lost, kept) = parents.into_iter().partition(|(_, parent)| *parent == gone);
                self.parents = kept;
                let lost: HashMap<String, String> = lost;
                for thread in lost.keys() {
                    found.items.push(item::thread_gone(thread, true));
                }
                // Archived threads are not in the list.
                found.gap = true;
            }
            "THREAD_DELETE" => {
                let thread = text("id")?;
                self.parents.remove(&thread);
                found.items.push(item::thread_gone(&thread, false));
            }
            "THREAD_CREATE" | "THREAD_UPDATE" => {
                let thread: ThreadChannel = serde_json::from_value(payload).ok()?;
                self.parents.insert(thread.id.clone(), thread.parent_id.clone());
                if kind == "THREAD_UPDATE" {
                    found.items.push(item::thread_shut(&thread, (self.clock)())?);
                }
            }
            _ if elsewhere => {}
            "MESSAGE_CREATE" => {
                let message: Message = serde_json::from_value(payload).ok()?;
                self.typed.remove(&(message.channel_id.clone(), message.author.id.clone()));
                if message.is_of_person() {
                    found.items.push(item::said(message));
                }
            }
            "MESSAGE_UPDATE" => {
                if payload["edited_timestamp"].is_null() || payload["author"].is_null() {
                    return Some(());
                }
                let message: Message = serde_json::from_value(payload).ok()?;
                if message.is_of_person() {
                    found.items.push(item::edited(message)?);
                }
            }
            "MESSAGE_DELETE" => found.items.push(item::deleted(&channel, &text("id")?, (self.clock)())),
            "MESSAGE_DELETE_BULK" => {
                for id in payload["ids"].as_array()?.iter().filter_map(Value::as_str) {
                    found.items.push(item::deleted(&channel, id, (self.clock)()));
                }
            }
            "MESSAGE_REACTION_ADD" | "MESSAGE_REACTION_REMOVE" => {
                let member = &payload["member"];
                let reaction = Reaction {
                    message_id: text("message_id")?,
                    user_id: text("user_id")?,
                    member: if member.is_null() { None } else { serde_json::from_value(member.clone()).ok() },
                    emoji: item::emoji(&payload["emoji"])?,
                    added: kind == "MESSAGE_REACTION_ADD",
                    at: (self.clock)().0,
                    channel_id: channel,
                };
                if reaction.user_id != self.me && member["user"]["bot"] != true {
                    found.items.push(item::reacted(reaction));
                }
            }
            "TYPING_START" => {
                let typing: Typing = serde_json::from_value(payload.clone()).ok()?;
                let key = (typing.channel_id.clone(), typing.user_id.clone());
                let recent = self.typed.get(&key).is_some_and(|last| at.duration_since(*last) < TYPING_EVERY);
                if !recent && payload["member"]["user"]["bot"] != true && typing.user_id != self.me {
                    if self.typed.len() > 1_000 {
                        self.typed.retain(|_, last| at.duration_since(*last) < TYPING_EVERY);
                    }
                    self.typed.insert(key, at);
                    found.items.push(item::typing(typing));
                }
            }
            _ => {}
        }
        Some(())
    }

    fn threads(&mut self, list: &Value) {
        for thread in list.as_array().into_iter().flatten() {
            if let (Some(id), Some(parent)) = (thread["id"].as_str(), thread["parent_id"].as_str()) {
                self.parents.insert(id.to_owned(), parent.to_owned());
            }
        }
    }

    fn interacted(&self, payload: &Value, found: &mut Found) -> Option<()> {
        let data = &payload["data"];
        if suggest::focused(&data["options"]).is_some() {
            found.asked = Some(suggest::asked(payload)?);
            return Some(());
        }
        // Buttons carry a custom id, commands a name; forms are not used.
        let (text, is_command) = match (data["custom_id"].as_str(), data["name"].as_str()) {
            (Some(button), _) if Button::decode(button).is_some() => (button.to_owned(), false),
            (None, Some(name)) if payload["type"].as_u64().is_none_or(|kind| kind == 2) => {
                (command_text(&self.discord.commands, name, &data["options"]), true)
            }
            _ => return Some(()),
        };
        let member = payload.get("member").and_then(|member| serde_json::from_value(member.clone()).ok());
        let user = payload.get("user").or_else(|| payload["member"].get("user"))?;
        let interaction = item::Interaction {
            id: payload["id"].as_str()?.to_owned(),
            application_id: payload["application_id"].as_str()?.to_owned(),
            token: payload["token"].as_str()?.to_owned(),
            channel_id: payload["channel_id"].as_str()?.to_owned(),
            user: serde_json::from_value(user.clone()).ok()?,
            member,
            text,
        };
        let reference = interaction_ref(&interaction);
        found.interaction = Some((item::interaction(interaction, is_command), reference));
        Some(())
    }
}

/// The name and payload of an event, none for kinds that are not used.
fn told(event: &Event) -> Option<(String, Value)> {
    let used = matches!(
        event,
        Event::MessageCreate(_)
            | Event::MessageUpdate(_)
            | Event::MessageDelete(_)
            | Event::MessageDeleteBulk(_)
            | Event::ReactionAdd(_)
            | Event::ReactionRemove(_)
            | Event::TypingStart(_)
            | Event::InteractionCreate(_)
            | Event::GuildCreate(_)
            | Event::ChannelCreate(_)
            | Event::ChannelUpdate(_)
            | Event::ChannelDelete(_)
            | Event::ThreadCreate(_)
            | Event::ThreadUpdate(_)
            | Event::ThreadDelete(_)
            | Event::ThreadListSync(_)
            | Event::GuildMemberAdd(_)
            | Event::GuildMemberUpdate(_)
            | Event::GuildMemberRemove(_)
            | Event::GuildRoleDelete(_)
    );
    let mut told = used.then(|| serde_json::to_value(event).ok())??;
    let kind = told["t"].as_str()?.to_owned();
    Some((kind, told["d"].take()))
}
