//! The team chat as scenarios see it, whichever workspace it is on: who acts and what stands where, in the terms of
//! Discord's stand-in, by ids that tell where something lies.
//!
//! What Telegram shows is turned into the same views ([`telegram`]), so that one text and one transcript tell of both.

mod answers;
mod look;
mod speech;
pub mod telegram;

use std::time::Duration;

use baton::domain::workspace::Workspace;
use baton::playground::discord::{Discord, InteractionId, MessageView, Say, ThreadView, UserView};
use baton::playground::wire::Wire;
use serde_json::Value;

pub use self::telegram::Forums;

/// The team chats of a world: both stand-ins, of which one is home.
#[derive(Clone)]
pub struct Chat {
    /// Servers.
    pub discord: Discord,
    /// Forums.
    pub forums: Forums,
    /// Where teams are unless a scenario says otherwise.
    pub home: Workspace,
}

/// A click or a command whose answer can be waited for.
#[derive(Debug, Clone)]
pub enum Asked {
    /// On Discord.
    Discord(InteractionId),
    /// On Telegram.
    Telegram(telegram::Asked),
}

/// What came of it, as only the asker sees it.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The messages that answer, in their order.
    pub answers: Vec<MessageView>,
}

impl Answer {
    /// The text of the last answer that has not been deleted, empty when there is none.
    pub fn text(&self) -> &str {
        self.answers.iter().rfind(|a| !a.deleted).map_or("", |a| a.content.as_str())
    }
}

/// Where something of this id lies. Those of Discord begin in 2015, and ours for forums lie before all of them that a
/// stand-in makes.
pub fn lies_in(id: u64) -> Workspace {
    const FORUMS: std::ops::Range<u64> = 1_000_000_000_000_000_000..1_100_000_000_000_000_000;
    const PEOPLE: u64 = 100_000_000_000;
    if FORUMS.contains(&id) || id < PEOPLE { Workspace::Telegram } else { Workspace::Discord }
}

fn is_forum(id: u64) -> bool {
    lies_in(id) == Workspace::Telegram
}

impl Chat {
    /// Whether home is on Telegram.
    pub fn is_telegram(&self) -> bool {
        self.home == Workspace::Telegram
    }

    /// The id as the configuration spells it.
    pub fn spelled(&self, id: u64) -> String {
        telegram::forum_of(id).map_or_else(|| id.to_string(), |forum| forum.to_string())
    }

    /// As what a picture that somebody sends as a file reaches the customer.
    pub fn kind_of_pictures(&self) -> &'static str {
        if self.is_telegram() { "document" } else { "image" }
    }

    // ——— what people do ———

    /// Somebody new. On Telegram roles are named in the configuration: whoever comes is an agent there.
    pub fn add_user(&self, name: &str, roles: &[u64]) -> u64 {
        if self.is_telegram() { self.forums.add_user(name) } else { self.discord.add_user(name, roles) }
    }

    /// Somebody leaves.
    pub fn remove_user(&self, user: u64) {
        if is_forum(user) { self.forums.remove_user(user) } else { self.discord.remove_user(user) }
    }

    /// Writes; what is folded away opens.
    pub fn say(&self, user: u64, place: u64, say: impl Into<Say>) -> Result<u64, String> {
        let say = say.into();
        if is_forum(place) { self.forums.say(user, place, say) } else { self.discord.say(user, place, say) }
    }

    /// Changes what one wrote.
    pub fn edit(&self, user: u64, place: u64, post: u64, text: &str) -> Result<(), String> {
        if is_forum(place) {
            self.forums.edit(user, place, post, text)
        } else {
            self.discord.edit(user, place, post, text)
        }
    }

    /// Deletes a post, which Telegram tells nobody.
    pub fn delete(&self, place: u64, post: u64) -> Result<(), String> {
        if is_forum(place) {
            self.forums.delete(place, post);
            Ok(())
        } else {
            self.discord.delete(place, post)
        }
    }

    /// Types, which Telegram tells nobody.
    pub fn typing(&self, user: u64, thread: u64) {
        if !is_forum(thread) {
            self.discord.typing(user, thread);
        }
    }

    /// Puts (`add`) or takes away a reaction.
    pub fn react(&self, user: u64, place: u64, post: u64, emoji: &str, add: bool) -> Result<(), String> {
        if is_forum(place) {
            self.forums.react(user, place, post, emoji, add)
        } else {
            self.discord.react(user, place, post, emoji, add)
        }
    }

    /// Folds a thread away, or opens it again.
    pub fn archive(&self, user: u64, thread: u64, archived: bool, locked: bool) -> Result<(), String> {
        if is_forum(thread) {
            self.forums.close(user, thread, archived)
        } else {
            self.discord.archive(user, thread, archived, locked)
        }
    }

    /// Somebody opens a thread of their own.
    pub fn start_thread(&self, user: u64, channel: u64, name: &str) -> Result<u64, String> {
        if is_forum(channel) {
            self.forums.start_topic(user, channel, name)
        } else {
            self.discord.start_thread(user, channel, None, name)
        }
    }

    /// Presses a button.
    pub fn click(&self, user: u64, place: u64, post: u64, button: &str) -> Result<Asked, String> {
        if is_forum(place) {
            self.forums.click(user, place, post, button).map(Asked::Telegram)
        } else {
            self.discord.click(user, place, post, button).map(Asked::Discord)
        }
    }

    /// Types a command.
    pub fn command(&self, user: u64, place: u64, name: &str, options: &Value) -> Result<Asked, String> {
        if is_forum(place) {
            self.forums.command(user, place, name, options).map(Asked::Telegram)
        } else {
            self.discord.command(user, place, name, options).map(Asked::Discord)
        }
    }

    /// Waits for an answer.
    pub async fn answer(&self, asked: Asked, patience: Duration) -> Result<Answer, String> {
        match asked {
            Asked::Discord(id) => {
                let seen = self.discord.answer(id, patience).await?;
                Ok(Answer { answers: seen.answers })
            }
            Asked::Telegram(asked) => self.forums.answer(&asked, patience, true).await,
        }
    }

    /// Waits until there is an answer.
    pub async fn is_answered(&self, asked: Asked, patience: Duration) {
        let _ = match asked {
            Asked::Discord(id) => self.discord.answer(id, patience).await.map(drop),
            Asked::Telegram(asked) => self.forums.answer(&asked, patience, false).await.map(drop),
        };
    }

    // ——— what can be seen ———

    /// What stands in a channel or thread, oldest first, deleted posts marked.
    pub fn messages(&self, place: u64) -> Vec<MessageView> {
        if is_forum(place) { self.forums.messages(place) } else { self.discord.messages(place) }
    }

    /// One post.
    pub fn message(&self, place: u64, post: u64) -> Option<MessageView> {
        if is_forum(place) { self.forums.message(place, post) } else { self.discord.message(place, post) }
    }

    /// All threads, oldest first.
    pub fn threads(&self) -> Vec<ThreadView> {
        let mut threads = self.discord.threads();
        threads.extend(self.forums.threads());
        threads
    }

    /// One thread.
    pub fn thread(&self, id: u64) -> Option<ThreadView> {
        self.threads().into_iter().find(|thread| thread.id == id)
    }

    /// Everybody.
    pub fn users(&self) -> Vec<UserView> {
        if self.is_telegram() { self.forums.users() } else { self.discord.users() }
    }

    /// What somebody was told last, in answer to a click or a command.
    pub fn told_last(&self, user: u64) -> Answer {
        if is_forum(user) {
            return self.forums.told_last(user);
        }
        let last = self.discord.interactions().into_iter().rfind(|i| i.user == user);
        last.map_or_else(Answer::default, |seen| Answer { answers: seen.answers })
    }

    /// Whether this is Baton.
    pub fn is_bot(&self, user: u64) -> bool {
        user == self.discord.bot_user_id() || user == self.forums.bot()
    }

    /// The wire of home.
    pub fn wire(&self) -> &Wire {
        if self.is_telegram() { self.forums.telegram.wire() } else { self.discord.wire() }
    }

    /// Whether Baton has told the commands where it is configured to be.
    pub fn knows_commands(&self, on_discord: bool, on_telegram: bool) -> bool {
        (!on_discord || !self.discord.commands().is_empty())
            && (!on_telegram || !self.forums.telegram.commands().is_empty())
    }
}
