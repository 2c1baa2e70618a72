//! The opaque references this adapter makes: nobody else reads them. None holds `:` or `#`.
//!
//! | what | form |
//! |---|---|
//! | channel | `tg/<chat>` |
//! | thread | `tg/<chat>/<topic>` |
//! | post | `tg/<chat>/<message>` |
//! | user | `tg/<user>` |
//! | interaction | `tg/<chat>/c/<query>/<topic or 0>/<message>/<user>`, `tg/<chat>/m/<topic or 0>/<message>/<user>` |
//! | file | `tg/<bot>/<file id>` |

use crate::domain::ids::{ChannelRef, InteractionRef, PostRef, ThreadRef, UserRef};
use crate::domain::workspace::TELEGRAM_IDS;

pub(super) fn channel_ref(chat: i64) -> ChannelRef {
    ChannelRef(format!("{TELEGRAM_IDS}{chat}"))
}

pub(super) fn thread_ref(chat: i64, topic: i32) -> ThreadRef {
    ThreadRef(format!("{TELEGRAM_IDS}{chat}/{topic}"))
}

pub(super) fn post_ref(chat: i64, message: i32) -> PostRef {
    PostRef(format!("{TELEGRAM_IDS}{chat}/{message}"))
}

pub(super) fn user_ref(user: i64) -> UserRef {
    UserRef(format!("{TELEGRAM_IDS}{user}"))
}

/// The pause and the allowance of everything in one chat.
pub(super) fn scope(chat: i64) -> String {
    format!("{TELEGRAM_IDS}{chat}")
}

/// The chat any of these ids lies in.
pub(super) fn chat_of(id: &str) -> Option<i64> {
    id.strip_prefix(TELEGRAM_IDS)?.split('/').next()?.parse().ok()
}

/// A chat, and the topic or message in it.
pub(super) fn within(id: &str) -> Option<(i64, i32)> {
    let (chat, inner) = id.strip_prefix(TELEGRAM_IDS)?.split_once('/')?;
    Some((chat.parse().ok()?, inner.parse().ok().filter(|n| *n > 0)?))
}

/// Whom an id means.
pub(super) fn user_of(user: &UserRef) -> Option<i64> {
    user.as_str().strip_prefix(TELEGRAM_IDS)?.parse().ok().filter(|id| *id > 0)
}

/// What is needed to answer a click or a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answerable {
    pub(super) chat: i64,
    /// The query of a click; none for a command.
    pub(super) query: Option<String>,
    pub(super) topic: Option<i32>,
    /// The post with the button, or the command.
    pub(super) message: i32,
    pub(super) user: i64,
}

impl Answerable {
    pub(super) fn encode(&self) -> InteractionRef {
        let kind = self.query.as_ref().map_or_else(|| "m".to_owned(), |query| format!("c/{query}"));
        let topic = self.topic.unwrap_or(0);
        InteractionRef(format!("{TELEGRAM_IDS}{}/{kind}/{topic}/{}/{}", self.chat, self.message, self.user))
    }

    pub(super) fn decode(reference: &InteractionRef) -> Option<Self> {
        let mut parts = reference.as_str().strip_prefix(TELEGRAM_IDS)?.split('/');
        let chat = parts.next()?.parse().ok()?;
        let query = match parts.next()? {
            "c" => Some(parts.next()?.to_owned()),
            "m" => None,
            _ => return None,
        };
        let mut number = || parts.next()?.parse::<i64>().ok();
        let topic = i32::try_from(number()?).ok().filter(|topic| *topic != 0);
        let message = i32::try_from(number()?).ok()?;
        Some(Self { chat, query, topic, message, user: number()? })
    }
}

/// A file of a message. Ids of files are good for the bot alone that was told of them.
pub(super) fn file_ref(bot: i64, file: &str) -> String {
    format!("{TELEGRAM_IDS}{bot}/{file}")
}

/// Reads [`file_ref`].
pub(super) fn file_of(remote: &str) -> Option<(i64, &str)> {
    let (bot, file) = remote.strip_prefix(TELEGRAM_IDS)?.split_once('/')?;
    Some((bot.parse().ok()?, file)).filter(|(_, file)| !file.is_empty())
}

/// Where a topic can be opened in every client. Only supergroups have such an address.
pub(super) fn topic_url(thread: &ThreadRef) -> Option<String> {
    let (chat, topic) = within(thread.as_str())?;
    let short = chat.to_string().strip_prefix("-100")?.to_owned();
    Some(format!("https://t.me/c/{short}/{topic}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_they_were_made() {
        let click =
            Answerable { chat: -1001, query: Some("4382".to_owned()), topic: Some(7), message: 9, user: 5_000_000_000 };
        let command = Answerable { query: None, topic: None, ..click.clone() };
        assert_eq!(click.encode().as_str(), "tg/-1001/c/4382/7/9/5000000000");
        assert_eq!(command.encode().as_str(), "tg/-1001/m/0/9/5000000000");
        for one in [click, command] {
            assert_eq!(Answerable::decode(&one.encode()), Some(one));
        }
        assert_eq!(within(thread_ref(-1001, 7).as_str()), Some((-1001, 7)));
        assert_eq!(within(channel_ref(-1001).as_str()), None);
        assert_eq!(user_of(&user_ref(5)), Some(5));
        assert_eq!(file_of(&file_ref(42, "BQAC/x")), Some((42, "BQAC/x")));
        assert_eq!(topic_url(&thread_ref(-100_123, 7)).as_deref(), Some("https://t.me/c/123/7"));
        assert_eq!(topic_url(&thread_ref(5, 7)), None);
    }
}
