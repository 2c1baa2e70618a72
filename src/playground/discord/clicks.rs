//! What people do with the bot's buttons, menus, modals and commands, within what the client's interface allows.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::commands;
use super::completing::focused_kind;
use super::entry::{Cursor, entered, filled};
use super::events::{Event, intent};
use super::interaction::{COMMAND, COMPONENT, Interaction, InteractionId, MODAL_SUBMIT, Origin};
use super::json::MEMBER_PERMISSIONS;
use super::views::InteractionView;
use super::world::{Attachment, Message, World};
use super::{Discord, acts, components};

/// What a person is about to send the bot.
pub(super) struct Act {
    pub(super) user: u64,
    pub(super) channel: u64,
    pub(super) kind: u8,
    pub(super) data: Value,
    /// The message whose component is used, or from whose modal this comes.
    pub(super) message: Option<u64>,
    pub(super) trigger: Option<Box<Origin>>,
}

impl Discord {
    /// Clicks a button.
    ///
    /// # Errors
    /// When the message does not show the user such a button, it is disabled, or the thread is locked.
    pub fn click(&self, user: u64, channel: u64, message: u64, custom_id: &str) -> Result<InteractionId, String> {
        let part = self.component(user, channel, message, custom_id)?;
        if part["type"] != components::BUTTON {
            return Err(format!("{custom_id} is not a button"));
        }
        let data = json!({ "custom_id": custom_id, "component_type": components::BUTTON, "id": part["id"] });
        self.interact(Act { user, channel, kind: COMPONENT, data, message: Some(message), trigger: None })
    }

    /// Chooses values in a select menu.
    ///
    /// # Errors
    /// As [`Discord::click`], and when the values are not on offer or too few or many.
    pub fn select(
        &self,
        user: u64,
        channel: u64,
        message: u64,
        custom_id: &str,
        values: &[&str],
    ) -> Result<InteractionId, String> {
        let part = self.component(user, channel, message, custom_id)?;
        let kind = part["type"].as_u64().unwrap_or_default();
        if !(components::TEXT_SELECT..=8).contains(&kind) {
            return Err(format!("{custom_id} is not a select menu"));
        }
        let count = values.len() as u64;
        let (min, max) = (part["min_values"].as_u64().unwrap_or(1), part["max_values"].as_u64().unwrap_or(1));
        if !(min..=max).contains(&count) {
            return Err(format!("{custom_id} takes {min} to {max} values"));
        }
        let offered = part["options"].as_array().map(Vec::as_slice).unwrap_or_default();
        if kind == components::TEXT_SELECT
            && let Some(odd) = values.iter().find(|v| !offered.iter().any(|o| o["value"] == **v))
        {
            return Err(format!("{custom_id} does not offer {odd}"));
        }
        let mut data = json!({ "custom_id": custom_id, "component_type": kind, "id": part["id"], "values": values });
        if kind != components::TEXT_SELECT {
            data["resolved"] = self.world().resolve(values.iter().filter_map(|v| v.parse().ok()), channel);
        }
        self.interact(Act { user, channel, kind: COMPONENT, data, message: Some(message), trigger: None })
    }

    /// Uses a slash command. `options` is an object from option name to value, with a subcommand's options nested
    /// under its name; ids are strings.
    ///
    /// # Errors
    /// When the bot has not registered the command, or the options are not what it takes.
    pub fn command(&self, user: u64, channel: u64, name: &str, options: &Value) -> Result<InteractionId, String> {
        let data = self.command_data(name, commands::CHAT, options, None, channel)?;
        self.interact(Act { user, channel, kind: COMMAND, data, message: None, trigger: None })
    }

    /// Uses a command from a message's context menu.
    ///
    /// # Errors
    /// When there is no such command or message.
    pub fn message_command(&self, user: u64, channel: u64, name: &str, message: u64) -> Result<InteractionId, String> {
        let mut data = self.command_data(name, 3, &json!({}), None, channel)?;
        data["target_id"] = message.to_string().into();
        {
            let world = self.world();
            let target = world.message_of(channel, message).map_err(|e| e.message.to_owned())?;
            data["resolved"] = json!({ "messages": { message.to_string(): world.message_json(target) } });
        }
        self.interact(Act { user, channel, kind: COMMAND, data, message: None, trigger: None })
    }

    /// Uses a command from a user's context menu.
    ///
    /// # Errors
    /// When there is no such command or user.
    pub fn user_command(&self, user: u64, channel: u64, name: &str, target: u64) -> Result<InteractionId, String> {
        let mut data = self.command_data(name, 2, &json!({}), None, channel)?;
        data["target_id"] = target.to_string().into();
        data["resolved"] = self.world().resolve(std::iter::once(target), channel);
        self.interact(Act { user, channel, kind: COMMAND, data, message: None, trigger: None })
    }

    /// Fills in and sends the modal that answered `interaction`; fields not named keep what they were prefilled with.
    ///
    /// # Errors
    /// When no modal is open, or a field does not exist, is required and empty, or too short or long.
    pub fn submit_modal(
        &self,
        user: u64,
        interaction: InteractionId,
        fields: &[(&str, &str)],
    ) -> Result<InteractionId, String> {
        let (modal, channel, origin) = {
            let world = self.world();
            let found = world.interactions.by_id.get(&interaction).ok_or("no such interaction")?;
            (found.modal.clone().ok_or("no modal is open")?, found.channel, found.origin.clone())
        };
        if origin.user != user {
            return Err("the modal is another's".to_owned());
        }
        let data = filled(&modal, fields)?;
        let message = origin.message;
        self.interact(Act { user, channel, kind: MODAL_SUBMIT, data, message, trigger: Some(Box::new(origin)) })
    }

    /// What has become of an interaction; `None` when it is unknown or long forgotten.
    #[must_use]
    pub fn interaction(&self, id: InteractionId) -> Option<InteractionView> {
        self.world().interaction_view(id)
    }

    /// Waits until an interaction has an answer; a defer is none yet.
    ///
    /// # Errors
    /// Why it failed, or that the time is over.
    pub async fn answer(&self, id: InteractionId, timeout: Duration) -> Result<InteractionView, String> {
        let mut ticks = self.subscribe();
        let wait = async {
            loop {
                let view = self.interaction(id).ok_or("no such interaction")?;
                if let Some(why) = view.failed {
                    return Err(why);
                }
                if view.answered {
                    return Ok(view);
                }
                // Missed ticks are as good as one.
                let _ = ticks.recv().await;
            }
        };
        tokio::time::timeout(timeout, wait).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }

    /// The enabled component a user sees under this id.
    fn component(&self, user: u64, channel: u64, message: u64, custom_id: &str) -> Result<Value, String> {
        let world = self.world();
        let part = world.visible(user, channel, message).and_then(|m| components::find(&m.components, custom_id));
        match part {
            None => Err(format!("the message shows no {custom_id}")),
            Some(part) if part["disabled"] == true => Err(format!("{custom_id} is disabled")),
            Some(part) => Ok(part.clone()),
        }
    }

    pub(super) fn command_data(
        &self,
        name: &str,
        kind: u64,
        options: &Value,
        cursor: Option<Cursor<'_>>,
        channel: u64,
    ) -> Result<Value, String> {
        let world = self.world();
        let command = world.commands.iter().find(|c| c.body["name"] == name && commands::kind(&c.body) == kind);
        let command = command.ok_or_else(|| format!("no command {name}"))?;
        let mut ids = Vec::new();
        let list = entered(&command.body, options, cursor, &mut ids)?;
        let mut data = json!({
            "id": command.id.to_string(),
            "name": name,
            "type": kind,
            "guild_id": world.guild.to_string(),
        });
        if !list.is_empty() {
            data["options"] = list.into();
        }
        if !ids.is_empty() && cursor.is_none() {
            data["resolved"] = world.resolve(ids.into_iter(), channel);
        }
        Ok(data)
    }

    pub(super) fn interact(&self, act: Act) -> Result<InteractionId, String> {
        let mut world = self.world();
        if acts::may_write(&world, act.user, act.channel)? {
            return Err("the thread is archived and locked".to_owned());
        }
        let id = world.new_id();
        let token = format!("{:016x}{:016x}", id.rotate_left(32) ^ 0x9E37_79B9_7F4A_7C15, id);
        let d = world.interaction_event(id, &token, &act);
        let delivered = world.gateway.is_connected().then_some(world.gateway.ended);
        let origin =
            Origin { interaction: id, kind: act.kind, user: act.user, message: act.message, trigger: act.trigger };
        let created_ms = world.now_ms();
        world.remember(Interaction {
            id,
            token,
            channel: act.channel,
            origin,
            created: Instant::now(),
            created_ms,
            completes: focused_kind(&act.data),
            delivered,
            acked: None,
            original: None,
            answers: Vec::new(),
            answered: false,
            ephemeral: BTreeMap::new(),
            modal: None,
            choices: None,
            failed: delivered.is_none().then(|| "the bot is not connected".to_owned()),
        });
        world.gateway.dispatch(Event { name: "INTERACTION_CREATE", intent: intent::ANY, d, private: false });
        world.tick();
        let deadline = world.options.ack_deadline;
        let discord = self.clone();
        self.inner.runtime.spawn(async move {
            tokio::time::sleep(deadline).await;
            discord.world().expire(id);
        });
        Ok(id)
    }
}

impl World {
    /// A message as a user sees it: in the channel, or ephemeral and theirs.
    fn visible(&self, user: u64, channel: u64, message: u64) -> Option<&Message> {
        let public = self.channels.get(&channel).and_then(|c| c.message(message));
        let private = || {
            let theirs = self.interactions.by_id.values().rev().filter(|i| i.origin.user == user);
            theirs.filter_map(|i| i.ephemeral.get(&message)).find(|m| !m.deleted)
        };
        public.or_else(private)
    }

    fn interaction_event(&self, id: u64, token: &str, act: &Act) -> Value {
        let mut d = json!({
            "id": id.to_string(),
            "application_id": self.bot.to_string(),
            "type": act.kind,
            "token": token,
            "version": 1,
            "data": act.data,
            "channel_id": act.channel.to_string(),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": { "0": self.guild.to_string() },
            "attachment_size_limit": 10 * 1024 * 1024,
        });
        if let Some(channel) = self.channels.get(&act.channel) {
            d["app_permissions"] = self.bot_permissions_in(channel).to_string().into();
            let mut partial = self.channel_json(channel);
            partial["permissions"] = MEMBER_PERMISSIONS.to_string().into();
            d["channel"] = partial;
            if channel.is_direct() {
                d["context"] = 1.into();
                d["user"] = self.user_json(act.user);
            } else {
                d["context"] = 0.into();
                d["guild_id"] = self.guild.to_string().into();
                d["guild"] = json!({ "id": self.guild.to_string(), "locale": "en-US", "features": [] });
                d["guild_locale"] = "en-US".into();
                let mut member = self.member_json(act.user);
                member["permissions"] = MEMBER_PERMISSIONS.to_string().into();
                member["unusual_dm_activity_until"] = Value::Null;
                d["member"] = member;
            }
        }
        let message = act.message.and_then(|m| self.visible(act.user, act.channel, m));
        if let Some(message) = message {
            d["message"] = self.message_json(message);
        }
        d
    }

    /// Users, members, roles, channels and attachments behind ids.
    fn resolve(&self, ids: impl Iterator<Item = u64>, channel: u64) -> Value {
        let mut out = Map::new();
        let mut put = |table: &str, id: u64, value: Value| {
            let table = out.entry(table).or_insert_with(|| json!({}));
            table[id.to_string()] = value;
        };
        for id in ids {
            if let Some(user) = self.users.get(&id) {
                put("users", id, self.user_json(id));
                if user.member {
                    let mut member = self.bare_member_json(id);
                    member["permissions"] = MEMBER_PERMISSIONS.to_string().into();
                    put("members", id, member);
                }
            } else if let Some(role) = self.roles.get(&id) {
                put("roles", id, self.role_json(role));
            } else if let Some(found) = self.channels.get(&id) {
                let mut partial = self.channel_json(found);
                partial["permissions"] = MEMBER_PERMISSIONS.to_string().into();
                put("channels", id, partial);
            } else if let Some(file) = self.files.get(&id) {
                let attachment = Attachment {
                    id,
                    filename: "upload".to_owned(),
                    content_type: file.content_type.clone(),
                    description: None,
                    size: file.bytes.len(),
                };
                put("attachments", id, self.attachment_at(channel, true, &attachment));
            }
        }
        Value::Object(out)
    }
}
