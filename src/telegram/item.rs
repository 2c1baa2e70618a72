//! What is stored of an update: Telegram's own JSON as it came, and beside it what only the moment of its arrival knows.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::ids::Time;
use crate::port::{Item, Key};

/// The name of this door in the inbox.
pub const DOOR: &str = "telegram";

/// Behind whom anonymous administrators write.
pub(super) const ANONYMOUS: i64 = 1_087_968_824;
/// Behind whom posts of a linked channel come.
pub(super) const CHANNEL_POSTS: i64 = 777_000;

/// The body of an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    /// The bot that was told, whose files they are.
    pub(super) bot: i64,
    /// When it came, for what has no time of its own.
    pub(super) at: Time,
    /// What the person is in the forum; empty where that is not known.
    #[serde(default)]
    pub(super) roles: Vec<String>,
    /// The topic a reaction lies in, which Telegram does not tell; 0 when it is not known.
    #[serde(default)]
    pub(super) topic: i32,
    /// The conversation that a command in General means by the post it answers; 0 for none.
    #[serde(default)]
    pub(super) number: i64,
    /// The update.
    pub(super) update: Value,
}

impl Stored {
    pub(super) fn item(&self, at: Time, remote: &str, lane: String) -> Item {
        // A structure of strings and numbers: serialising it cannot fail.
        let body = serde_json::to_string(self).unwrap_or_default();
        Item { key: Key::new(at, remote), door: DOOR, lane, body }
    }
}

/// An integer of an update that fits.
pub(super) fn small(value: &Value) -> Option<i32> {
    value.as_i64().and_then(|n| i32::try_from(n).ok())
}

/// The topic a message stands in; none in General and in private. Replies in General carry a thread's number as well, which
/// means nothing.
pub(super) fn topic_of(message: &Value) -> Option<i32> {
    small(&message["message_thread_id"]).filter(|_| message["is_topic_message"] == true)
}

/// The text or the caption of a message.
pub(super) fn text_of(message: &Value) -> &str {
    message["text"].as_str().or_else(|| message["caption"].as_str()).unwrap_or_default()
}

/// The command a text begins with, the bot it is meant for (empty for any), and where its arguments begin.
pub(super) fn command(text: &str) -> Option<(&str, &str, usize)> {
    let rest = text.strip_prefix('/')?;
    let word = rest.split(char::is_whitespace).next().unwrap_or_default();
    let (name, bot) = word.split_once('@').unwrap_or((word, ""));
    let plain = |word: &str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    ((1..=32).contains(&name.len()) && plain(name) && plain(bot)).then_some((name, bot, 1 + word.len()))
}
