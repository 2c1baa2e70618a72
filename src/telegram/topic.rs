//! Topics: opened, closed, and what their icons show.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use teloxide::payloads::{
    CloseForumTopic, CreateForumTopic, CreateForumTopicSetters, EditForumTopic, EditForumTopicSetters,
    GetForumTopicIconStickers, ReopenForumTopic,
};
use teloxide::types::{ChatId, CustomEmojiId, MessageId, ThreadId};
use tokio::sync::OnceCell;

use super::Telegram;
use super::http::{Ask, Fail};
use super::perform::{Stop, chat_id};
use super::refs::{thread_ref, within};
use crate::domain::event::Refused;
use crate::domain::ids::{ChannelRef, ThreadRef};
use crate::domain::sign::Sign;
use crate::port::{Fold, Receipt};

const MAX_KNOWN: usize = 20_000;
/// It stands so already.
const AS_IT_WAS: [&str; 2] = ["topic_not_modified", "topic not modified"];

/// What is known of topics for as long as the process lives.
#[derive(Default)]
pub(super) struct Topics {
    /// Which emoji can be an icon, and its id.
    icons: OnceCell<Vec<(String, String)>>,
    signs: Mutex<HashMap<ThreadRef, Sign>>,
}

impl Topics {
    /// Whether a topic is known to bear a sign.
    pub(super) fn bears(&self, thread: &ThreadRef, sign: Sign) -> bool {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner).get(thread) == Some(&sign)
    }

    fn set(&self, thread: &ThreadRef, sign: Sign) {
        let mut signs = self.signs.lock().unwrap_or_else(PoisonError::into_inner);
        if signs.len() >= MAX_KNOWN {
            signs.clear();
        }
        signs.insert(thread.clone(), sign);
    }
}

/// The emoji that say it, the best first: which of them Telegram offers as icons is up to Telegram.
const fn emoji(sign: Sign) -> [&'static str; 2] {
    match sign {
        Sign::Unassigned => ["❗", "⁉"],
        Sign::Waiting => ["💬", "🗣"],
        Sign::Late => ["🔥", "⚡"],
        Sign::Answered => ["👀", "⭐"],
        Sign::Closed => ["✅", "🏁"],
    }
}

impl Telegram {
    /// Opens a topic. A crash between Telegram's answer and its record leaves an empty one behind.
    pub(super) async fn open_topic(&self, channel: &ChannelRef, name: &str, sign: Sign) -> Result<Receipt, Stop> {
        let chat = chat_id(channel.as_str())?;
        let mut payload = CreateForumTopic::new(ChatId(chat), topic_name(name));
        let icon = self.icon(chat, sign).await;
        if let Some(icon) = &icon {
            payload = payload.icon_custom_emoji_id(CustomEmojiId(icon.clone()));
        }
        let topic = self.bot(chat).call(Ask::of(Some(chat), &payload)).await?;
        let id = topic["message_thread_id"].as_i64().and_then(|id| i32::try_from(id).ok());
        let id = id.ok_or_else(|| Fail::Lost("the answer has no topic".to_owned()))?;
        let thread = thread_ref(chat, id);
        if icon.is_some() {
            self.topics.set(&thread, sign);
        }
        Ok(Receipt::of(thread.0))
    }

    /// Brings a topic's icon up to date, where it is not known to show this already.
    pub(super) async fn sign(&self, thread: &ThreadRef, sign: Sign) -> Result<Receipt, Stop> {
        let (chat, topic) = topic_of(thread)?;
        if self.topics.bears(thread, sign) {
            return Ok(Receipt::default());
        }
        let Some(icon) = self.icon(chat, sign).await else { return Ok(Receipt::default()) };
        let payload =
            EditForumTopic::new(ChatId(chat), ThreadId(MessageId(topic))).icon_custom_emoji_id(CustomEmojiId(icon));
        unless_so(self.bot(chat).call(Ask::of(Some(chat), &payload)).await)?;
        self.topics.set(thread, sign);
        Ok(Receipt::default())
    }

    /// Closes a topic or opens it again. Only people who may manage topics write in a closed one, so folded is locked too.
    pub(super) async fn seal(&self, thread: &ThreadRef, state: Fold) -> Result<Receipt, Stop> {
        let (chat, topic) = topic_of(thread)?;
        match state {
            Fold::Open => self.reopen(chat, topic).await?,
            Fold::Folded | Fold::Locked => {
                let payload = CloseForumTopic::new(ChatId(chat), ThreadId(MessageId(topic)));
                unless_so(self.bot(chat).call(Ask::of(Some(chat), &payload)).await)?;
            }
        }
        Ok(Receipt::of(thread.as_str()))
    }

    pub(super) async fn reopen(&self, chat: i64, topic: i32) -> Result<(), Stop> {
        let payload = ReopenForumTopic::new(ChatId(chat), ThreadId(MessageId(topic)));
        Ok(unless_so(self.bot(chat).call(Ask::of(Some(chat), &payload)).await)?)
    }

    /// The icon for a sign; none where Telegram does not offer it, or does not tell now.
    async fn icon(&self, chat: i64, sign: Sign) -> Option<String> {
        let icons = self.topics.icons.get_or_try_init(|| async {
            let stickers = self.bot(chat).call(Ask::of(None, &GetForumTopicIconStickers::new())).await?;
            let one = |sticker: &serde_json::Value| {
                let emoji = bare(sticker["emoji"].as_str()?);
                Some((emoji, sticker["custom_emoji_id"].as_str()?.to_owned()))
            };
            Ok::<_, Fail>(stickers.as_array().into_iter().flatten().filter_map(one).collect())
        });
        match icons.await {
            Ok(icons) => {
                let named = |wanted: &&str| icons.iter().find(|(emoji, _)| emoji == wanted);
                emoji(sign).iter().find_map(named).map(|(_, id)| id.clone())
            }
            Err(fail) => {
                tracing::warn!(%fail, "The icons of topics cannot be had: {fail}");
                None
            }
        }
    }
}

fn topic_of(thread: &ThreadRef) -> Result<(i64, i32), Stop> {
    let refused = || Stop::Refused(Refused::ThreadGone, format!("{:?} is not a topic of Telegram.", thread.as_str()));
    within(thread.as_str()).ok_or_else(refused)
}

fn unless_so(answer: Result<serde_json::Value, Fail>) -> Result<(), Fail> {
    match answer {
        Err(fail) if !fail.says(&AS_IT_WAS) => Err(fail),
        _ => Ok(()),
    }
}

/// Without the sign that asks for a coloured picture, in which phones and lists disagree.
pub(super) fn bare(emoji: &str) -> String {
    emoji.replace('\u{fe0f}', "")
}

/// 1 to 128 characters on one line.
fn topic_name(name: &str) -> String {
    let clean: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = super::render::clipped(&clean, 128);
    if clean.is_empty() { "conversation".to_owned() } else { clean }
}
