//! What an operator wants to know before the first conversation: are the tokens right, are the bots in their forums, may
//! they do what they will have to do.

use serde_json::Value;
use teloxide::payloads::{GetChat, GetChatAdministrators, GetChatMember, GetMe, GetWebhookInfo};
use teloxide::types::{ChatId, UserId};

use super::Telegram;
use super::http::{Ask, Bot};
use super::people::full_name;
use super::refs::chat_of;
use crate::port::Finding;

/// What every forum needs, with the names Telegram's own settings use.
const NEEDED: [(&str, &str); 3] = [
    ("can_manage_topics", "Manage Topics"),
    ("can_pin_messages", "Pin Messages"),
    ("can_delete_messages", "Delete Messages"),
];

#[derive(Default)]
struct Found(Vec<Finding>);

impl Found {
    fn say(&mut self, ok: bool, text: impl Into<String>) {
        self.0.push(Finding { ok, text: text.into() });
    }
}

impl Telegram {
    /// Looks at every token and every forum; `polls` tells that updates are asked for, which a webhook forbids. Changes
    /// nothing.
    pub async fn check(&self, polls: bool) -> Vec<Finding> {
        let mut found = Found::default();
        for bot in &self.bots {
            self.check_bot(bot, polls, &mut found).await;
        }
        if let Some(chat) = self.settings.notice_chat.as_ref().and_then(|chat| chat_of(chat.as_str())) {
            match self.bot(chat).call(Ask::of(None, &GetChat::new(ChatId(chat)))).await {
                Ok(_) => found.say(true, "The chat for notices can be reached."),
                Err(fail) => found.say(false, format!("The chat for notices cannot be reached: {fail}.")),
            }
        }
        found.0
    }

    async fn check_bot(&self, bot: &Bot, polls: bool, found: &mut Found) {
        let me = match bot.call(Ask::of(None, &GetMe::new())).await {
            Ok(me) => me,
            Err(fail) => return found.say(false, format!("The token of {} does not work: {fail}.", bot.name)),
        };
        let name = me["username"].as_str().unwrap_or("a bot").to_owned();
        found.say(true, format!("The token of {} belongs to @{name}.", bot.name));
        match bot.call(Ask::of(None, &GetWebhookInfo::new())).await {
            Ok(info) if polls && info["url"].as_str().is_some_and(|url| !url.is_empty()) => found.say(
                false,
                format!("@{name} has a webhook: as long as it is set, Telegram refuses to be asked for updates."),
            ),
            Ok(_) => {}
            Err(fail) => found.say(false, format!("The webhook of @{name} cannot be read: {fail}.")),
        }
        let reads_all = me["can_read_all_group_messages"] == true;
        for forum in &bot.forums {
            check_forum(bot, &name, *forum, reads_all, found).await;
        }
    }
}

async fn check_forum(bot: &Bot, name: &str, forum: i64, reads_all: bool, found: &mut Found) {
    let chat = match bot.call(Ask::of(None, &GetChat::new(ChatId(forum)))).await {
        Ok(chat) => chat,
        Err(fail) => return found.say(false, format!("@{name} cannot reach the group {forum}: {fail}.")),
    };
    let title = chat["title"].as_str().unwrap_or("the group").to_owned();
    if chat["is_forum"] != true {
        found.say(false, format!("{title} has no topics: switch them on in the settings of the group."));
    }
    let me = GetChatMember::new(ChatId(forum), UserId(u64::try_from(bot.id).unwrap_or(0)));
    match bot.call(Ask::of(None, &me)).await {
        Ok(member) if member["status"] == "administrator" || member["status"] == "creator" => {
            let lacks = |right: &str| member["status"] != "creator" && member[right] != true;
            let missing: Vec<&str> = NEEDED.iter().filter(|(right, _)| lacks(right)).map(|(_, name)| *name).collect();
            match missing.as_slice() {
                [] => found.say(true, format!("@{name} has every right it needs in {title}.")),
                missing => found.say(false, format!("In {title} @{name} lacks: {}.", missing.join(", "))),
            }
        }
        Ok(_) => {
            found.say(false, format!("In {title} @{name} is no administrator: it can open no topics there."));
            if !reads_all {
                let text = format!(
                    "In {title} @{name} hears commands only: make it an administrator, or switch its privacy off with @BotFather."
                );
                found.say(false, text);
            }
        }
        Err(fail) => found.say(false, format!("What @{name} may do in {title} cannot be read: {fail}.")),
    }
    match bot.call(Ask::of(None, &GetChatAdministrators::new(ChatId(forum)))).await {
        Ok(administrators) => {
            let hidden = |one: &&Value| one["is_anonymous"] == true && one["user"]["is_bot"] != true;
            let hidden: Vec<String> = administrators
                .as_array()
                .into_iter()
                .flatten()
                .filter(hidden)
                .map(|one| full_name(&one["user"]))
                .collect();
            if !hidden.is_empty() {
                let text = format!(
                    "In {title} nobody can tell who writes when these do: {}. They have to switch \"Remain anonymous\" off.",
                    hidden.join(", ")
                );
                found.say(false, text);
            }
        }
        Err(fail) => found.say(false, format!("The administrators of {title} cannot be read: {fail}.")),
    }
}
