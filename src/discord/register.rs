//! The slash commands of the guild. Discord allows 200 creations a day, so the list is only sent when it differs from the
//! one that stands.

use reqwest::Method;
use serde_json::{Value, json};
use serenity::http::Route;
use serenity::model::id::{ApplicationId, GuildId};

use super::Discord;
use super::http::{Ask, Fail};
use crate::port::{ArgKind, ArgSpec, CommandSpec};

impl Discord {
    /// Makes the guild's commands those this bot was made with; true when they had to be sent.
    ///
    /// # Errors
    /// With a sentence when Discord cannot be asked or refuses.
    pub async fn register(&self) -> Result<bool, String> {
        self.registered().await.map_err(|fail| fail.to_string())
    }

    async fn registered(&self) -> Result<bool, Fail> {
        let application = self.http.call(Ask::at(Method::GET, "/applications/@me")).await?;
        let application: Option<u64> = application["id"].as_str().and_then(|id| id.parse().ok());
        let application = application.filter(|id| *id != 0);
        let application = application.ok_or_else(|| Fail::Lost("the application has no id".to_owned()))?;
        let route = Route::GuildCommands {
            application_id: ApplicationId::new(application),
            guild_id: GuildId::new(self.settings.guild),
        };
        let stands = self.http.call(Ask::get(route)).await?;
        let wanted: Vec<Value> = self.commands.iter().map(definition).collect();
        let mut before: Vec<Value> = stands.as_array().into_iter().flatten().map(essence).collect();
        let mut after: Vec<Value> = wanted.iter().map(essence).collect();
        before.sort_by_key(|c| c["name"].to_string());
        after.sort_by_key(|c| c["name"].to_string());
        if before == after {
            return Ok(false);
        }
        self.http.call(Ask::new(Method::PUT, route).json(Value::Array(wanted))).await?;
        Ok(true)
    }
}

fn definition(command: &CommandSpec) -> Value {
    // Discord takes what must be given first.
    let (required, optional): (Vec<&ArgSpec>, Vec<&ArgSpec>) = command.args.iter().partition(|arg| arg.required);
    let options = required.into_iter().chain(optional).map(|arg| {
        let kind = match arg.kind {
            ArgKind::Text | ArgKind::Suggested => 3,
            ArgKind::Conversation => 4,
        };
        let mut option =
            json!({ "type": kind, "name": arg.name, "description": arg.description, "required": arg.required });
        if arg.kind != ArgKind::Text {
            option["autocomplete"] = true.into();
        }
        option
    });
    json!({ "name": command.name, "type": 1, "description": command.description, "options": options.collect::<Vec<_>>() })
}

/// What two definitions must share to be the same; Discord adds defaults of its own.
fn essence(command: &Value) -> Value {
    let options = command["options"].as_array().into_iter().flatten().map(|option| {
        json!({
            "type": option["type"], "name": option["name"], "description": option["description"],
            "required": option["required"] == true, "autocomplete": option["autocomplete"] == true,
        })
    });
    json!({
        "name": command["name"], "type": command["type"].as_u64().unwrap_or(1), "description": command["description"],
        "options": options.collect::<Vec<_>>(),
    })
}

/// A typed command as text, its arguments in their declared order. People may fill options in any order.
pub(super) fn command_text(commands: &[CommandSpec], name: &str, options: &Value) -> String {
    let empty = Vec::new();
    let options = options.as_array().unwrap_or(&empty);
    let declared = commands.iter().find(|c| c.name == name).map(|c| c.args.as_slice()).unwrap_or_default();
    let place = |option: &Value| {
        let name = option["name"].as_str().unwrap_or_default();
        declared.iter().position(|arg| arg.name == name).unwrap_or(usize::MAX)
    };
    let mut given: Vec<&Value> = options.iter().collect();
    given.sort_by_key(|option| place(option));
    let mut text = name.to_owned();
    for option in given {
        let is_conversation = place(option) < declared.len() && declared[place(option)].kind == ArgKind::Conversation;
        let value = match &option["value"] {
            Value::String(value) => value.clone(),
            Value::Null => continue,
            other if is_conversation => format!("#{other}"),
            other => other.to_string(),
        };
        text.push(' ');
        text.push_str(value.trim());
    }
    text
}
