//! From a chat's id to the chat, as one bot may reach it.

use serde_json::Value;

use super::members::Member;
use super::params::Params;
use super::refusal::{self, Refusal};
use super::world::{Chat, ChatKey, Message, World};

/// One call, read.
pub(super) struct Call<'a> {
    pub(super) bot: i64,
    /// The method's name, for reports.
    pub(super) label: &'a str,
    pub(super) params: Params,
}

impl Call<'_> {
    pub(super) fn int(&self, name: &str) -> i64 {
        self.params.int(name).unwrap_or(0)
    }
}

impl World {
    /// The chat of `chat_id`.
    ///
    /// # Errors
    /// When there is none, or the bot cannot reach it.
    pub(super) fn reach(&self, call: &Call<'_>) -> Result<ChatKey, Refusal> {
        let Some(id) = call.params.int("chat_id") else {
            // Channels and user names have no place in the model.
            return Err(refusal::NO_CHAT);
        };
        if let Some(to) = self.migrated.get(&id) {
            return Err(Refusal::migrated(*to));
        }
        if id > 0 {
            let Some(user) = self.users.get(&id).filter(|u| !u.is_bot) else { return Err(refusal::NO_CHAT) };
            let chat = self.chats.get(&(user.id, call.bot)).ok_or(refusal::NEVER_OPENED)?;
            return if chat.blocked { Err(refusal::BLOCKED) } else { Ok(chat.key()) };
        }
        let chat = self.chats.get(&(id, 0)).ok_or(refusal::NO_CHAT)?;
        match chat.standing(call.bot) {
            Member::Kicked => Err(refusal::KICKED),
            standing if standing.is_in() => Ok(chat.key()),
            _ => Err(refusal::NOT_A_MEMBER),
        }
    }

    /// The group of `chat_id`, with topics.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn forum(&self, call: &Call<'_>) -> Result<&Chat, Refusal> {
        let chat = self.chat(self.reach(call)?)?;
        if chat.is_private() || !chat.is_forum { Err(refusal::NOT_A_FORUM) } else { Ok(chat) }
    }

    pub(super) fn chat(&self, key: ChatKey) -> Result<&Chat, Refusal> {
        self.chats.get(&key).ok_or(refusal::NO_CHAT)
    }

    pub(super) fn chat_mut(&mut self, key: ChatKey) -> Result<&mut Chat, Refusal> {
        self.chats.get_mut(&key).ok_or(refusal::NO_CHAT)
    }

    /// The message of `message_id` in `chat_id`, for something done to it.
    ///
    /// # Errors
    /// `message to <what> not found`.
    pub(super) fn message_to(&self, call: &Call<'_>, what: &str) -> Result<(ChatKey, &Message), Refusal> {
        let key = self.reach(call)?;
        let found = self.chat(key)?.message(call.int("message_id"));
        found.map(|m| (key, m)).ok_or_else(|| Refusal::bad(format_args!("message to {what} not found")))
    }

    /// A message as the answer of a call.
    pub(super) fn sent(&self, key: ChatKey, id: i64, call: &Call<'_>) -> Value {
        self.message_json(key, id, call.bot)
    }
}
