//! What can be seen, cut into slices:
//!
//! | slice | what |
//! |---|---|
//! | `cast` | title, members one may act as, facts, the bot, roles, users |
//! | `dials` | simulated traffic and speed of the clock; `null` without dials |
//! | `commands` | the registered commands as Discord keeps them |
//! | `phone:<customer>` | name, number, typing, when the 24-hour window closes |
//! | `bubble:<customer>:<wamid>` | one message on the phone, `seq` orders them |
//! | `channel:<id>` | a channel, direct-message channel or thread |
//! | `message:<channel>:<id>` | one message in it; ids grow with time |
//! | `answer:<id>` | what became of a click or command made on this page, for the member who made it |
//! | `telegram` | the bot's commands there and which members are in the forums; none without forums |
//!
//! Forums on Telegram are channels and messages as well, see `forum/mod.rs`.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::Stage;
use super::board::Named;
use super::forum::Press;
use crate::playground::discord::{ChannelView, InteractionId, InteractionView, MessageView, ThreadView};
use crate::playground::meta::{Customer, PhoneMessage};

/// How many messages of a channel or chat the page shows, the newest.
pub(super) const SHOWN: usize = 150;
/// How many clicks and commands the page remembers.
const REMEMBERED: usize = 60;

/// What the page keeps beside the stand-ins.
#[derive(Default)]
pub(super) struct Memory {
    /// Interactions made on the page, oldest first.
    interactions: VecDeque<Made>,
    /// Buttons pressed in forums, oldest first.
    presses: Vec<Press>,
    /// Ephemeral messages that were dismissed.
    dismissed: HashSet<u64>,
    /// Slices of archived threads: they change only together with what [`Print`] covers.
    settled: HashMap<u64, (Print, Vec<Named>)>,
}

struct Made {
    id: InteractionId,
    /// The button's label or the command's name.
    label: String,
}

/// Tells one state of an archived thread from another.
#[derive(PartialEq)]
struct Print {
    name: String,
    locked: bool,
    message_count: u64,
    last_message: Option<u64>,
}

impl Memory {
    pub(super) fn remember(&mut self, id: InteractionId, label: &str) {
        self.interactions.push_back(Made { id, label: label.to_owned() });
        if self.interactions.len() > REMEMBERED {
            self.interactions.pop_front();
        }
    }

    pub(super) fn press(&mut self, press: Press) {
        self.presses.push(press);
        if self.presses.len() > REMEMBERED {
            self.presses.remove(0);
        }
    }

    pub(super) fn dismiss(&mut self, message: u64) {
        self.dismissed.insert(message);
    }
}

impl Stage {
    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.inner.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws the scene anew.
    pub(super) fn refresh(&self) {
        // Held throughout, so that of two refreshes the later one wins.
        let mut memory = self.memory();
        let mut scene = Scene { slices: Vec::new() };
        self.draw_cast(&mut scene);
        self.draw_phones(&mut scene);
        self.draw_channels(&mut scene, &mut memory);
        self.draw_answers(&mut scene, &memory);
        self.draw_forums(&mut scene, &memory.presses);
        self.inner.board.replace(scene.slices);
    }

    fn draw_cast(&self, scene: &mut Scene) {
        let (cast, discord) = (&self.inner.cast, &self.inner.discord);
        let number = self.inner.meta.numbers().into_iter().find(|n| n.id == cast.number);
        let agents = cast.agents.iter().map(|(id, name, role)| json!({ "id": text(*id), "name": name, "role": role }));
        let roles = cast.roles.iter().map(|(id, name)| json!({ "id": text(*id), "name": name }));
        scene.add(
            "cast".to_owned(),
            &json!({
                "title": cast.title,
                "number": number.map(|n| n.display),
                "agents": agents.collect::<Vec<_>>(),
                "roles": roles.collect::<Vec<_>>(),
                "facts": cast.facts,
                "bot": text(discord.bot_user_id()),
                "users": discord.users(),
            }),
        );
        let dials = cast.dials.as_ref();
        let dials = dials.map(|d| json!({ "traffic": *d.traffic.borrow(), "speed": *d.speed.borrow() }));
        scene.add("dials".to_owned(), &json!(dials));
        let commands: Vec<Value> = discord.commands().into_iter().map(|c| c.body).collect();
        scene.add("commands".to_owned(), &json!(commands));
    }

    fn draw_phones(&self, scene: &mut Scene) {
        let (meta, number) = (&self.inner.meta, self.inner.cast.number.as_str());
        for customer in meta.customers() {
            let history = meta.history(customer.id, number);
            scene.add(
                format!("phone:{}", customer.id.index()),
                &json!({
                    "id": customer.id.index(),
                    "name": customer.name,
                    "number": written_number(&customer),
                    "online": customer.online,
                    "typing": meta.typing(customer.id, number),
                    "window_closes_ms": meta.window_closes_at(customer.id, number),
                }),
            );
            let skip = history.len().saturating_sub(SHOWN);
            for (seq, message) in history.iter().enumerate().skip(skip) {
                scene.add(format!("bubble:{}:{}", customer.id.index(), message.id), &bubble(seq, message));
            }
        }
    }

    fn draw_channels(&self, scene: &mut Scene, memory: &mut Memory) {
        let discord = &self.inner.discord;
        for channel in discord.channels() {
            scene.add(format!("channel:{}", channel.id), &channel_json(&channel));
            scene.messages(discord.last_messages(channel.id, SHOWN));
        }
        let threads = discord.threads();
        memory.settled.retain(|id, _| threads.iter().any(|t| t.archived && t.id == *id));
        for thread in threads {
            let print = Print {
                name: thread.name.clone(),
                locked: thread.locked,
                message_count: thread.message_count,
                last_message: thread.last_message,
            };
            if let Some((_, slices)) = memory.settled.get(&thread.id).filter(|(p, _)| *p == print) {
                scene.slices.extend(slices.iter().cloned());
                continue;
            }
            let from = scene.slices.len();
            scene.add(format!("channel:{}", thread.id), &thread_json(&thread));
            scene.messages(discord.last_messages(thread.id, SHOWN));
            if thread.archived {
                memory.settled.insert(thread.id, (print, scene.slices[from..].to_vec()));
            }
        }
    }

    fn draw_answers(&self, scene: &mut Scene, memory: &Memory) {
        let mut shown = HashSet::new();
        // A message updated by a later click belongs to that one as well; it stays where it first appeared.
        for made in &memory.interactions {
            let Some(view) = self.inner.discord.interaction(made.id) else { continue };
            scene.add(format!("answer:{}", made.id), &answer(&view, made, memory, &mut shown));
        }
    }
}

pub(super) struct Scene {
    slices: Vec<Named>,
}

impl Scene {
    pub(super) fn add(&mut self, name: String, value: &Value) {
        self.slices.push((name, Arc::from(value.to_string())));
    }

    fn messages(&mut self, messages: Vec<MessageView>) {
        for message in messages.iter().filter(|m| !m.deleted) {
            self.add(format!("message:{}:{}", message.channel, message.id), &message_json(message));
        }
    }
}

fn written_number(customer: &Customer) -> String {
    match (&customer.phone, &customer.username) {
        (Some(phone), _) => format!("+{phone}"),
        (None, Some(username)) => format!("@{username}"),
        (None, None) => String::new(),
    }
}

fn bubble(seq: usize, message: &PhoneMessage) -> Value {
    let mut out = json!({
        "seq": seq,
        "id": message.id,
        "author": message.author,
        "at_ms": message.at_ms,
        "kind": message.kind,
        "text": message.text,
        "header": message.header,
        "footer": message.footer,
        "media": message.media,
        "quotes": message.quotes,
        "buttons": message.buttons,
        "customer_reaction": message.customer_reaction,
        "business_reaction": message.business_reaction,
        "tick": message.tick,
        "edited": message.edited,
        "deleted": message.deleted,
        "forwarded": message.forwarded,
    });
    if message.kind == "location" {
        out["location"] = message.node.clone();
    }
    out
}

fn channel_json(channel: &ChannelView) -> Value {
    let kind = if channel.recipient.is_some() { "direct" } else { "text" };
    json!({ "id": text(channel.id), "kind": kind, "name": channel.name, "recipient": channel.recipient.map(text) })
}

fn thread_json(thread: &ThreadView) -> Value {
    json!({
        "id": text(thread.id),
        "kind": "thread",
        "name": thread.name,
        "parent": thread.parent.map(text),
        "archived": thread.archived,
        "locked": thread.locked,
        "count": thread.message_count,
    })
}

fn message_json(message: &MessageView) -> Value {
    let place = format!("/api/media/team/{}/{}", message.channel, message.id);
    let attachments = message.attachments.iter().map(|file| {
        json!({
            "filename": file.filename,
            "content_type": file.content_type,
            "description": file.description,
            "size": file.bytes.len(),
            "path": format!("{place}/{}", file.id),
            // Embeds name their pictures by it.
            "url": file.url.split('?').next(),
        })
    });
    json!({
        "id": text(message.id),
        "channel": text(message.channel),
        "author": text(message.author),
        "author_name": message.author_name,
        "kind": message.kind,
        "content": message.content,
        "embeds": message.embeds,
        "components": message.components,
        "attachments": attachments.collect::<Vec<_>>(),
        "reactions": message.reactions,
        "reply_to": message.reply_to.map(text),
        "pings": message.pings.iter().copied().map(text).collect::<Vec<_>>(),
        "sent_ms": message.sent_ms,
        "edited": message.edited_ms.is_some(),
        "pinned": message.pinned,
        "loading": message.loading,
    })
}

fn answer(view: &InteractionView, made: &Made, memory: &Memory, shown: &mut HashSet<u64>) -> Value {
    let theirs = view.answers.iter().filter(|m| m.ephemeral && !m.deleted && !memory.dismissed.contains(&m.id));
    let messages: Vec<Value> = theirs.filter(|m| shown.insert(m.id)).map(message_json).collect();
    json!({
        "id": text(view.id),
        "kind": view.kind,
        "member": text(view.user),
        "channel": text(view.channel),
        "label": made.label,
        "pending": view.acked_after_ms.is_none() && view.failed.is_none(),
        "failed": view.failed,
        "modal": view.modal,
        "messages": messages,
    })
}

/// An id as JSON carries it: numbers there have 53 bits.
fn text(id: u64) -> String {
    id.to_string()
}
