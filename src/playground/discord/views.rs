//! What can be seen of the world from outside, for tests and for the live page. Ids are strings in JSON.

use axum::body::Bytes;
use serde::Serialize;
use serde_json::Value;

use super::snowflake::{as_optional_text, as_text, as_texts};

/// A text channel or a direct-message channel.
#[derive(Debug, Clone, Serialize)]
pub struct ChannelView {
    /// Id.
    #[serde(serialize_with = "as_text")]
    pub id: u64,
    /// Name; empty for direct messages.
    pub name: String,
    /// The human end of a direct-message channel.
    #[serde(serialize_with = "as_optional_text")]
    pub recipient: Option<u64>,
    /// The last message.
    #[serde(serialize_with = "as_optional_text")]
    pub last_message: Option<u64>,
}

/// A thread.
#[derive(Debug, Clone, Serialize)]
pub struct ThreadView {
    /// Id; of a thread on a message, that message's id.
    #[serde(serialize_with = "as_text")]
    pub id: u64,
    /// The channel it belongs to.
    #[serde(serialize_with = "as_optional_text")]
    pub parent: Option<u64>,
    /// Name.
    pub name: String,
    /// Who started it.
    #[serde(serialize_with = "as_text")]
    pub owner: u64,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether it is locked.
    pub locked: bool,
    /// Minutes after which the client stops listing it.
    pub auto_archive: u64,
    /// Who is in it.
    #[serde(serialize_with = "as_texts")]
    pub members: Vec<u64>,
    /// How many messages it has, without its starter and deleted ones.
    pub message_count: u64,
    /// The last message.
    #[serde(serialize_with = "as_optional_text")]
    pub last_message: Option<u64>,
}

/// A user.
#[derive(Debug, Clone, Serialize)]
pub struct UserView {
    /// Id.
    #[serde(serialize_with = "as_text")]
    pub id: u64,
    /// What the others see: the name in the guild, else the user's own.
    pub name: String,
    /// Whether it is the bot.
    pub bot: bool,
    /// Whether the user is in the guild.
    pub member: bool,
    /// Roles.
    #[serde(serialize_with = "as_texts")]
    pub roles: Vec<u64>,
}

/// A message as people see it.
#[derive(Debug, Clone, Serialize)]
pub struct MessageView {
    /// Id.
    #[serde(serialize_with = "as_text")]
    pub id: u64,
    /// The channel or thread it stands in.
    #[serde(serialize_with = "as_text")]
    pub channel: u64,
    /// Who wrote it.
    #[serde(serialize_with = "as_text")]
    pub author: u64,
    /// The author's name.
    pub author_name: String,
    /// Message type: 0 plain, 19 reply, 20 answer to a command, others are the system's.
    pub kind: u8,
    /// Text.
    pub content: String,
    /// Embeds as Discord sends them.
    pub embeds: Vec<Value>,
    /// Component rows as Discord sends them.
    pub components: Vec<Value>,
    /// Files.
    pub attachments: Vec<AttachmentView>,
    /// Reactions.
    pub reactions: Vec<ReactionView>,
    /// The message it replies to or points at.
    #[serde(serialize_with = "as_optional_text")]
    pub reply_to: Option<u64>,
    /// Users it pings.
    #[serde(serialize_with = "as_texts")]
    pub pings: Vec<u64>,
    /// Roles it pings.
    #[serde(serialize_with = "as_texts")]
    pub role_pings: Vec<u64>,
    /// Whether it pings everyone.
    pub pings_everyone: bool,
    /// When it was sent, unix milliseconds.
    pub sent_ms: u64,
    /// When it was last edited, unix milliseconds.
    pub edited_ms: Option<u64>,
    /// Whether it has been deleted.
    pub deleted: bool,
    /// Whether it is pinned.
    pub pinned: bool,
    /// Whether only one person sees it.
    pub ephemeral: bool,
    /// Whether it still says "is thinking…".
    pub loading: bool,
    /// Message flags.
    pub flags: u64,
    /// The sender's nonce.
    pub nonce: Option<Value>,
    /// The interaction it answers.
    #[serde(serialize_with = "as_optional_text")]
    pub interaction: Option<u64>,
}

impl MessageView {
    /// The custom ids of its buttons and menus, in order.
    #[must_use]
    pub fn custom_ids(&self) -> Vec<&str> {
        let parts = self.components.iter().flat_map(|row| row["components"].as_array().into_iter().flatten());
        parts.filter_map(|part| part["custom_id"].as_str()).collect()
    }

    /// The custom id of the button with this label.
    #[must_use]
    pub fn button(&self, label: &str) -> Option<&str> {
        let mut parts = self.components.iter().flat_map(|row| row["components"].as_array().into_iter().flatten());
        parts.find(|part| part["label"] == label)?["custom_id"].as_str()
    }
}

/// A file of a message.
#[derive(Debug, Clone, Serialize)]
pub struct AttachmentView {
    /// Id.
    #[serde(serialize_with = "as_text")]
    pub id: u64,
    /// File name.
    pub filename: String,
    /// Media type.
    pub content_type: String,
    /// Description.
    pub description: Option<String>,
    /// Signed address, good for a day.
    pub url: String,
    /// Content; not part of the JSON.
    #[serde(skip)]
    pub bytes: Bytes,
}

/// A reaction of a message.
#[derive(Debug, Clone, Serialize)]
pub struct ReactionView {
    /// The emoji.
    pub emoji: String,
    /// Who put it.
    #[serde(serialize_with = "as_texts")]
    pub users: Vec<u64>,
}

/// An answer to an interaction.
pub type AnswerView = MessageView;

/// What became of an interaction.
#[derive(Debug, Clone, Serialize)]
pub struct InteractionView {
    /// Id.
    #[serde(serialize_with = "as_text")]
    pub id: u64,
    /// 2 command, 3 component, 4 autocompletion, 5 modal submission.
    pub kind: u8,
    /// Who did it.
    #[serde(serialize_with = "as_text")]
    pub user: u64,
    /// The channel it was done in.
    #[serde(serialize_with = "as_text")]
    pub channel: u64,
    /// How long the initial response took, milliseconds.
    pub acked_after_ms: Option<u64>,
    /// Callback type of the initial response.
    pub callback: Option<u8>,
    /// Whether something other than a defer has come.
    pub answered: bool,
    /// Messages in the order in which they came, the updated source message among them.
    pub answers: Vec<AnswerView>,
    /// The modal that opened.
    pub modal: Option<Value>,
    /// The choices of an autocompletion.
    pub choices: Option<Vec<Value>>,
    /// Why it failed.
    pub failed: Option<String>,
}

impl InteractionView {
    /// The text of the last answer that has not been deleted, empty when there is none.
    #[must_use]
    pub fn text(&self) -> &str {
        self.answers.iter().rfind(|a| !a.deleted).map_or("", |a| a.content.as_str())
    }
}

/// A registered command.
#[derive(Debug, Clone, Serialize)]
pub struct CommandView {
    /// Id.
    #[serde(serialize_with = "as_text")]
    pub id: u64,
    /// Name.
    pub name: String,
    /// 1 slash command, 2 user menu, 3 message menu.
    pub kind: u64,
    /// The command as it was registered.
    pub body: Value,
}

/// A gateway session.
#[derive(Debug, Clone, Serialize)]
pub struct SessionView {
    /// Its intents.
    pub intents: u64,
    /// The last sequence number it was sent.
    pub seq: u64,
    /// Whether a connection carries it.
    pub connected: bool,
}
