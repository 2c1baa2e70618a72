//! Reactions: the mark on an agent's post, and a customer's reactions on the post that shows their message. A bot has one
//! reaction on a post, and Telegram lets it choose among some seventy emoji.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use teloxide::payloads::{SetMessageReaction, SetMessageReactionSetters};
use teloxide::types::{ChatId, MessageId, ReactionType};

use super::Telegram;
use super::http::Ask;
use super::perform::{Stop, message_id, target};
use super::post::To;
use super::render::Piece;
use super::topic::bare;
use crate::domain::card::Post;
use crate::domain::event::Delivered;
use crate::domain::ids::PostRef;
use crate::port::{Mark, Place, Receipt};

const MAX_KNOWN: usize = 20_000;

/// The emoji a bot may react with. https://core.telegram.org/bots/api#reactiontypeemoji
const ALLOWED: [&str; 73] = [
    "❤",
    "👍",
    "👎",
    "🔥",
    "🥰",
    "👏",
    "😁",
    "🤔",
    "🤯",
    "😱",
    "🤬",
    "😢",
    "🎉",
    "🤩",
    "🤮",
    "💩",
    "🙏",
    "👌",
    "🕊",
    "🤡",
    "🥱",
    "🥴",
    "😍",
    "🐳",
    "❤\u{200d}🔥",
    "🌚",
    "🌭",
    "💯",
    "🤣",
    "⚡",
    "🍌",
    "🏆",
    "💔",
    "🤨",
    "😐",
    "🍓",
    "🍾",
    "💋",
    "🖕",
    "😈",
    "😴",
    "😭",
    "🤓",
    "👻",
    "👨\u{200d}💻",
    "👀",
    "🎃",
    "🙈",
    "😇",
    "😨",
    "🤝",
    "✍",
    "🤗",
    "🫡",
    "🎅",
    "🎄",
    "☃",
    "💅",
    "🤪",
    "🗿",
    "🆒",
    "💘",
    "🙉",
    "🦄",
    "😘",
    "💊",
    "🙊",
    "😎",
    "👾",
    "🤷\u{200d}♂",
    "🤷",
    "🤷\u{200d}♀",
    "😡",
];

/// The reaction that stands on a post, as far as this process has set it; empty for none.
#[derive(Default)]
pub(super) struct Marks(Mutex<HashMap<PostRef, &'static str>>);

impl Marks {
    /// Whether a post is known to bear a mark.
    pub(super) fn stands(&self, post: &PostRef, mark: &Mark) -> bool {
        self.lock().get(post).is_some_and(|standing| *standing == emoji_of(mark))
    }

    /// Whether setting or removing a reaction takes a call.
    pub(super) fn takes_call(&self, post: &PostRef, emoji: &str, on: bool) -> bool {
        match allowed(emoji) {
            Some(emoji) if on => self.lock().get(post) != Some(&emoji),
            Some(_) => self.lock().get(post) != Some(&""),
            None => on,
        }
    }

    fn set(&self, post: &PostRef, standing: &'static str) {
        let mut marks = self.lock();
        if marks.len() >= MAX_KNOWN {
            marks.clear();
        }
        marks.insert(post.clone(), standing);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PostRef, &'static str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// WhatsApp's "taken" and "sent" follow one another within a second: one mark for both saves one of few calls.
const fn emoji_of(mark: &Mark) -> &'static str {
    match mark {
        Mark::Note => "✍",
        Mark::Waiting => "🤔",
        Mark::Accepted | Mark::Came(Delivered::Sent) => "👌",
        // A thumb is what customers react with.
        Mark::Came(Delivered::Delivered) => "🕊",
        Mark::Came(Delivered::Read) => "👀",
        Mark::Came(Delivered::Failed(_)) => "👎",
    }
}

fn allowed(emoji: &str) -> Option<&'static str> {
    let emoji = bare(emoji);
    ALLOWED.into_iter().find(|one| *one == emoji)
}

impl Telegram {
    pub(super) async fn mark(&self, post: &PostRef, mark: &Mark) -> Result<Receipt, Stop> {
        if !self.marks.stands(post, mark) {
            self.set_reaction(post, emoji_of(mark)).await?;
        }
        Ok(Receipt::of(post.as_str()))
    }

    /// Sets or removes a reaction of the bot. One that Telegram does not know is told in small print under the post, where it
    /// stays when it is taken back.
    pub(super) async fn react(&self, place: &Place, post: &PostRef, emoji: &str, on: bool) -> Result<Receipt, Stop> {
        if self.marks.takes_call(post, emoji, on) {
            match allowed(emoji) {
                Some(emoji) => self.set_reaction(post, if on { emoji } else { "" }).await?,
                None => self.tell_reaction(place, post, emoji).await?,
            }
        }
        Ok(Receipt::of(post.as_str()))
    }

    async fn set_reaction(&self, post: &PostRef, emoji: &'static str) -> Result<(), Stop> {
        let (chat, message) = message_id(post)?;
        let reaction = (!emoji.is_empty()).then(|| ReactionType::Emoji { emoji: emoji.to_owned() });
        let payload = SetMessageReaction::new(ChatId(chat), MessageId(message)).reaction(reaction);
        match self.bot(chat).call(Ask::of(Some(chat), &payload)).await {
            Err(fail) if !fail.says(&["message is not modified"]) => return Err(fail.into()),
            _ => self.marks.set(post, emoji),
        }
        Ok(())
    }

    async fn tell_reaction(&self, place: &Place, post: &PostRef, emoji: &str) -> Result<(), Stop> {
        let (chat, topic) = target(place)?;
        let answers = message_id(post).ok().map(|(_, id)| id);
        let line = super::render::one_text(
            &Post::line(format!("reacted {emoji}")),
            super::render::MAX_TEXT,
            &Default::default(),
        );
        self.send(To { chat, topic, answers }, &Piece::Text(line), serde_json::Value::Null).await?;
        Ok(())
    }
}
