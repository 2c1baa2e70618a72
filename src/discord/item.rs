//! What is stored of each happening, and under which key. Live events and backfill go through the same functions, so that
//! whatever arrives twice has the same key twice.

use chrono::DateTime;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::members::{Left, Members};
use crate::domain::ids::Time;
use crate::port::{Item, Key};

/// The name under which the items of this adapter are translated.
pub const DOOR: &str = "discord";

/// A stored happening: Discord's own payload reduced to what is used, in Discord's names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "t", content = "d", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Body {
    MessageCreate(Message),
    MessageUpdate(Message),
    MessageDelete(Deleted),
    MessageReaction(Reaction),
    TypingStart(Typing),
    Component(Interaction),
    Command(Interaction),
    Thread(Thread),
    Members(Members),
    MemberLeft(Left),
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Message {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    #[serde(deserialize_with = "id")]
    pub(super) channel_id: String,
    #[serde(default, deserialize_with = "maybe_id", skip_serializing_if = "String::is_empty")]
    pub(super) guild_id: String,
    #[serde(rename = "type", default)]
    pub(super) kind: u8,
    #[serde(default)]
    pub(super) content: String,
    pub(super) author: User,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) member: Option<Member>,
    #[serde(default, deserialize_with = "maybe_id", skip_serializing_if = "String::is_empty")]
    pub(super) webhook_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attachments: Vec<Attached>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) sticker_items: Vec<Sticker>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) mentions: Vec<User>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message_reference: Option<Reference>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) message_snapshots: Vec<Snapshot>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) edited_timestamp: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct User {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) username: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) global_name: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) bot: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Member {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nick: Option<String>,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<User>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attached {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) filename: String,
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) size: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    /// Present on recorded voice notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) waveform: Option<Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sticker {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) format_type: u8,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Reference {
    #[serde(default, deserialize_with = "maybe_id")]
    pub(super) message_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Snapshot {
    #[serde(default)]
    pub(super) content: String,
    #[serde(default)]
    pub(super) attachments: Vec<Attached>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Deleted {
    pub(super) id: String,
    pub(super) channel_id: String,
    pub(super) at: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Reaction {
    pub(super) channel_id: String,
    pub(super) message_id: String,
    pub(super) user_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) member: Option<Member>,
    pub(super) emoji: String,
    pub(super) added: bool,
    pub(super) at: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Typing {
    #[serde(deserialize_with = "id")]
    pub(super) channel_id: String,
    #[serde(default, deserialize_with = "maybe_id", skip_serializing_if = "String::is_empty")]
    pub(super) guild_id: String,
    #[serde(deserialize_with = "id")]
    pub(super) user_id: String,
    /// Unix seconds.
    pub(super) timestamp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) member: Option<Member>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Interaction {
    pub(super) id: String,
    pub(super) application_id: String,
    pub(super) token: String,
    pub(super) channel_id: String,
    pub(super) user: User,
    #[serde(default)]
    pub(super) member: Option<Member>,
    /// The button's `custom_id`, or the command as text.
    pub(super) text: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Thread {
    pub(super) id: String,
    pub(super) state: ThreadState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ThreadState {
    Gone,
    ChannelGone,
    Shut { archived: bool, locked: bool },
}

/// A thread as Discord lists it, in events and answers alike.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ThreadChannel {
    #[serde(deserialize_with = "id")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "maybe_id")]
    pub(super) parent_id: String,
    #[serde(default, deserialize_with = "maybe_id")]
    pub(super) last_message_id: String,
    #[serde(default)]
    pub(super) thread_metadata: Option<ThreadMetadata>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ThreadMetadata {
    #[serde(default)]
    pub(super) archived: bool,
    #[serde(default)]
    pub(super) locked: bool,
}

impl Message {
    /// Whether a person of the team wrote it: no bot, no webhook, no line of Discord's own.
    pub(super) fn is_of_person(&self) -> bool {
        !self.author.bot && self.webhook_id.is_empty() && matches!(self.kind, 0 | 19)
    }

    /// Its last edit; unfurled links are updates too, but no edits.
    pub(super) fn edited(&self) -> Option<(&str, Time)> {
        let stamp = self.edited_timestamp.as_deref()?;
        Some((stamp, instant(stamp)?))
    }
}

/// A new post.
pub(super) fn said(message: Message) -> Item {
    let key = Key::new(snowflake_time(&message.id), &message.id);
    item(key, message.channel_id.clone(), Body::MessageCreate(message))
}

/// An edited post, none when it was only unfurled.
pub(super) fn edited(message: Message) -> Option<Item> {
    let (_, at) = message.edited()?;
    // Milliseconds: the gateway and the API spell the same instant with different precision.
    let key = Key::new(at, &format!("{}|{}", message.id, at.0));
    Some(item(key, message.channel_id.clone(), Body::MessageUpdate(message)))
}

/// A deleted post.
pub(super) fn deleted(channel: &str, post: &str, at: Time) -> Item {
    let key = Key::new(snowflake_time(post), &format!("{post}|deleted"));
    let body = Deleted { id: post.to_owned(), channel_id: channel.to_owned(), at: at.0 };
    item(key, channel.to_owned(), Body::MessageDelete(body))
}

/// A reaction, which carries no time and no id of its own.
pub(super) fn reacted(reaction: Reaction) -> Item {
    let Reaction { message_id, user_id, emoji, added, at, .. } = &reaction;
    let key = Key::new(Time(*at), &format!("{message_id}|{user_id}|{emoji}|{added}|{at}"));
    item(key, reaction.channel_id.clone(), Body::MessageReaction(reaction))
}

/// Somebody types.
pub(super) fn typing(typing: Typing) -> Item {
    let Typing { channel_id, user_id, timestamp, .. } = &typing;
    let key = Key::new(Time::from_secs(*timestamp), &format!("{channel_id}|{user_id}|typing|{timestamp}"));
    item(key, typing.channel_id.clone(), Body::TypingStart(typing))
}

/// A click or command.
pub(super) fn interaction(interaction: Interaction, is_command: bool) -> Item {
    let key = Key::new(snowflake_time(&interaction.id), &interaction.id);
    let lane = interaction.channel_id.clone();
    item(key, lane, if is_command { Body::Command(interaction) } else { Body::Component(interaction) })
}

/// A thread that was folded, locked or opened. Discord gives such a change neither id nor time: its archive timestamp stays
/// when a thread is only locked.
pub(super) fn thread_shut(thread: &ThreadChannel, at: Time) -> Option<Item> {
    let meta = thread.thread_metadata.as_ref()?;
    let (archived, locked) = (meta.archived, meta.locked);
    let key = Key::new(at, &format!("{}|{archived}|{locked}|{}", thread.id, at.0));
    let body = Thread { id: thread.id.clone(), state: ThreadState::Shut { archived, locked } };
    Some(item(key, thread.id.clone(), Body::Thread(body)))
}

/// A thread that is gone for good, alone or with its channel.
pub(super) fn thread_gone(thread: &str, with_channel: bool) -> Item {
    let state = if with_channel { ThreadState::ChannelGone } else { ThreadState::Gone };
    let key = Key::new(snowflake_time(thread), &format!("{thread}|gone"));
    item(key, thread.to_owned(), Body::Thread(Thread { id: thread.to_owned(), state }))
}

/// When Discord made the id.
pub(super) fn snowflake_time(id: &str) -> Time {
    /// Discord's epoch, 2015-01-01.
    const EPOCH_MS: i64 = 1_420_070_400_000;
    let id: u64 = id.parse().unwrap_or(0);
    Time(i64::try_from(id >> 22).unwrap_or(0) + EPOCH_MS)
}

/// The smallest id of an instant.
pub(super) fn snowflake_at(at: Time) -> u64 {
    u64::try_from(at.0 - snowflake_time("0").0).unwrap_or(0) << 22
}

/// The lane of everything that happens in a channel or thread.
pub(super) fn lane(channel: &str) -> String {
    format!("dc:{channel}")
}

/// Reads Discord's time format.
pub(super) fn instant(stamp: &str) -> Option<Time> {
    DateTime::parse_from_rfc3339(stamp).ok().map(|at| Time(at.timestamp_millis()))
}

/// The payload without its nulls, which stand for "absent" everywhere in what is read here.
pub(super) fn without_nulls(mut payload: Value) -> Value {
    match &mut payload {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            for value in fields.values_mut() {
                *value = without_nulls(value.take());
            }
        }
        Value::Array(values) => {
            for value in values {
                *value = without_nulls(value.take());
            }
        }
        _ => {}
    }
    payload
}

/// An emoji of a payload: its character, or the name of a custom one.
pub(super) fn emoji(emoji: &Value) -> Option<String> {
    let name = emoji["name"].as_str().filter(|name| !name.is_empty())?;
    Some(if emoji["id"].is_null() { name.to_owned() } else { format!(":{name}:") })
}

fn item(key: Key, channel: String, body: Body) -> Item {
    item_in(lane(&channel), &body, |_| key)
}

/// What is stored of a body; its key may be made from its JSON.
pub(super) fn item_in(lane: String, body: &Body, key: impl FnOnce(&str) -> Key) -> Item {
    let body = serde_json::to_string(body).unwrap_or_default();
    Item { key: key(&body), door: DOOR, lane, body }
}

fn is_false(value: &bool) -> bool {
    !value
}

/// An id, which Discord spells as a string.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = maybe_id(deserializer)?;
    if id.is_empty() { Err(serde::de::Error::custom("no id")) } else { Ok(id) }
}

fn maybe_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(id) if id.bytes().all(|b| b.is_ascii_digit()) => Ok(id),
        Value::Number(id) if id.is_u64() => Ok(id.to_string()),
        Value::Null => Ok(String::new()),
        _ => Err(serde::de::Error::custom("not an id")),
    }
}
