//! What members do in the workspace.

use serde_json::{Value, json};

use super::Stage;
use super::acts::{Act, Done, Id};
use super::files::Sent;
use super::sentence::Sentence;
use crate::playground::discord::{File, InteractionId, Say};

impl Stage {
    pub(super) fn member_acts(&self, act: Act) -> Done {
        let discord = &self.inner.discord;
        match act {
            Act::Says { member, channel, text, reply_to, files } => {
                let files = files.into_iter().map(opened).collect::<Result<Vec<File>, Sentence>>()?;
                let say = Say { text, reply_to: reply_to.map(|id| id.0), files };
                let message = discord.say(self.member(member)?, channel.0, say)?;
                return Ok(message.to_string().into());
            }
            Act::Edits { member, channel, message, text } => {
                if text.trim().is_empty() {
                    return Err("An edited message needs a text".into());
                }
                if text.chars().count() > 2000 {
                    return Err("Discord takes at most 2000 characters".into());
                }
                discord.edit(self.member(member)?, channel.0, message.0, text.trim())?;
            }
            Act::Deletes { member, channel, message } => {
                self.member(member)?;
                discord.delete(channel.0, message.0)?;
            }
            Act::Reacts { member, channel, message, emoji, add } => {
                if emoji.is_empty() || emoji.len() > 64 {
                    return Err("A reaction is one emoji".into());
                }
                discord.react(self.member(member)?, channel.0, message.0, &emoji, add)?;
            }
            Act::Clicks { member, channel, message, custom_id } => {
                let label = self.label(channel, message, &custom_id);
                let id = discord.click(self.member(member)?, channel.0, message.0, &custom_id)?;
                return Ok(self.made(id, &label));
            }
            Act::Selects { member, channel, message, custom_id, values } => {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                let id = discord.select(self.member(member)?, channel.0, message.0, &custom_id, &values)?;
                return Ok(self.made(id, "menu"));
            }
            Act::Runs { member, channel, command, options, files } => {
                let options = self.with_files(options, files.into_iter())?;
                let id = discord.command(self.member(member)?, channel.0, &command, &options)?;
                return Ok(self.made(id, &format!("/{command}")));
            }
            Act::RunsOn { member, channel, command, message } => {
                let id = discord.message_command(self.member(member)?, channel.0, &command, message.0)?;
                return Ok(self.made(id, &command));
            }
            Act::Submits { member, interaction, fields } => {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
                let id = discord.submit_modal(self.member(member)?, interaction.0, &fields)?;
                return Ok(self.made(id, "form"));
            }
            Act::Types { member, channel } => discord.typing(self.member(member)?, channel.0),
            Act::Dismisses { message } => {
                self.memory().dismiss(message.0);
                self.refresh();
            }
            _ => return Err("This is no act of a member".into()),
        }
        Ok(Value::Null)
    }

    /// Only members of the cast can be acted as: nobody plays the bot.
    pub(super) fn member(&self, id: Id) -> Result<u64, Sentence> {
        let known = self.inner.cast.agents.iter().any(|(agent, _, _)| *agent == id.0);
        if known { Ok(id.0) } else { Err("Nobody here can act as this member".into()) }
    }

    fn made(&self, id: InteractionId, label: &str) -> Value {
        self.memory().remember(id, label);
        id.to_string().into()
    }

    fn label(&self, channel: Id, message: Id, custom_id: &str) -> String {
        let view = self.inner.discord.message(channel.0, message.0);
        let rows = view.iter().flat_map(|m| &m.components);
        let mut parts = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
        let part = parts.find(|part| part["custom_id"] == custom_id);
        part.and_then(|part| part["label"].as_str()).unwrap_or(custom_id).to_owned()
    }

    /// Sends the files up and puts their ids where the options name them.
    fn with_files(&self, options: Value, files: impl Iterator<Item = (String, Sent)>) -> Result<Value, Sentence> {
        let mut options = if options.is_null() { json!({}) } else { options };
        for (path, file) in files {
            let id = self.inner.discord.upload(opened(file)?);
            let mut place = &mut options;
            for step in path.split('.') {
                if !place.is_object() {
                    return Err(format!("The command takes no file at {path}").into());
                }
                place = &mut place[step];
            }
            *place = id.to_string().into();
        }
        Ok(options)
    }
}

fn opened(file: Sent) -> Result<File, Sentence> {
    let file = file.open()?;
    Ok(File { name: file.name, content_type: file.mime, bytes: file.bytes.to_vec() })
}
