//! What members do in the forums on Telegram. A bot hears of no deleted message there and nobody sees others type, so that
//! neither is an act.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Press, Spot};
use crate::playground::page::Stage;
use crate::playground::page::acts::{Done, Id};
use crate::playground::page::files::Sent;
use crate::playground::page::sentence::Sentence;
use crate::playground::telegram::{File, Say};

/// One act; the names are those of acts on Discord.
#[derive(Debug, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
enum Act {
    Says {
        member: Id,
        channel: Spot,
        #[serde(default)]
        text: String,
        reply_to: Option<Id>,
        #[serde(default)]
        files: Vec<Sent>,
    },
    Edits {
        member: Id,
        channel: Spot,
        message: Id,
        text: String,
    },
    Reacts {
        member: Id,
        channel: Spot,
        message: Id,
        emoji: String,
        add: bool,
    },
    Clicks {
        member: Id,
        channel: Spot,
        message: Id,
        custom_id: String,
    },
}

impl<'de> Deserialize<'de> for Spot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom(format_args!("`{text}` is no topic")))
    }
}

impl Stage {
    /// One act in a forum.
    pub(in crate::playground::page) fn forum_acts(&self, body: Value) -> Done {
        let forums = self.inner.cast.forums.as_ref().ok_or("There is no forum here")?;
        let act = Act::deserialize(body).map_err(|e| Sentence::new(format!("This act is not understood here: {e}")))?;
        let telegram = &forums.telegram;
        match act {
            Act::Says { member, channel: Spot { chat, topic }, text, reply_to, files } => {
                let user = self.person(member)?;
                let mut files = files.into_iter().map(opened).collect::<Result<Vec<File>, Sentence>>()?;
                if files.len() > 1 {
                    let sent = telegram.album(user, chat, topic, files, &text)?;
                    return Ok(sent.first().map(ToString::to_string).into());
                }
                let say = Say { text, reply_to: reply_to.map(number), file: files.pop(), ..Say::default() };
                return Ok(telegram.say(user, chat, topic, say)?.to_string().into());
            }
            Act::Edits { member, channel, message, text } => {
                if text.trim().is_empty() {
                    return Err("An edited message needs a text".into());
                }
                telegram.edit(self.person(member)?, channel.chat, number(message), text.trim())?;
            }
            Act::Reacts { member, channel, message, emoji, add } => {
                if emoji.is_empty() || emoji.len() > 64 {
                    return Err("A reaction is one emoji".into());
                }
                telegram.react(self.person(member)?, channel.chat, number(message), &emoji, add)?;
            }
            Act::Clicks { member, channel, message, custom_id } => {
                let user = self.person(member)?;
                let shown = telegram.message(channel.chat, number(message));
                let label = shown.iter().flat_map(|m| m.buttons.iter().flatten());
                let label = label.filter(|b| b.data.as_ref() == Some(&custom_id)).map(|b| b.label.clone()).next();
                let id = telegram.click(user, channel.chat, number(message), &custom_id)?;
                let label = label.unwrap_or_default();
                self.memory().press(Press { id: id.clone(), label, member: member.0, spot: channel });
                self.refresh();
                return Ok(format!("tg{id}").into());
            }
        }
        Ok(Value::Null)
    }

    /// Who a member of the cast is on Telegram.
    fn person(&self, member: Id) -> Result<i64, Sentence> {
        let member = self.member(member)?;
        let cast = &self.inner.cast;
        let forums = cast.forums.as_ref().ok_or("There is no forum here")?;
        if let Some(user) = forums.person(member) {
            return Ok(user);
        }
        let name = |id: u64| cast.agents.iter().find(|(agent, _, _)| *agent == id).map(|(_, name, _)| name.as_str());
        let there: Vec<&str> = forums.people.iter().filter_map(|(id, _)| name(*id)).collect();
        let who = name(member).unwrap_or("This member");
        Err(format!("{who} is not on Telegram: act as one of {}", there.join(", ")).into())
    }
}

fn number(id: Id) -> i64 {
    i64::try_from(id.0).unwrap_or_default()
}

fn opened(file: Sent) -> Result<File, Sentence> {
    let file = file.open()?;
    Ok(File { name: file.name, content_type: file.mime, bytes: file.bytes.to_vec() })
}
