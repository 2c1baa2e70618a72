//! The world's things as Discord's REST and gateway write them.

use serde_json::{Map, Value, json};

use super::interaction::Origin;
use super::percent::encode;
use super::snowflake::{created_ms, iso};
use super::world::{Attachment, Channel, Command, Message, Reaction, Role, Thread, World};
use super::{flag, permission};

/// Permissions of every human member: what an ordinary member of a support guild has.
pub(super) const MEMBER_PERMISSIONS: u64 = permission::ADD_REACTIONS
    | permission::VIEW_CHANNEL
    | permission::SEND_MESSAGES
    | permission::EMBED_LINKS
    | permission::ATTACH_FILES
    | permission::READ_MESSAGE_HISTORY
    | permission::SEND_MESSAGES_IN_THREADS
    | USE_APPLICATION_COMMANDS;
const USE_APPLICATION_COMMANDS: u64 = 1 << 31;

impl World {
    /// A user; a user nobody knows is what Discord calls a deleted one.
    pub(super) fn user_json(&self, id: u64) -> Value {
        let (name, bot) = self.users.get(&id).map_or(("deleted_user", false), |u| (u.name.as_str(), u.bot));
        let mut user = json!({
            "id": id.to_string(),
            "username": name,
            "global_name": if bot { Value::Null } else { Value::from(name) },
            "discriminator": if bot { "4242" } else { "0" },
            "avatar": null,
            "public_flags": 0,
            "flags": 0,
            "banner": null,
            "accent_color": null,
            "avatar_decoration_data": null,
            "collectibles": null,
            "primary_guild": null,
        });
        if bot {
            user["bot"] = Value::Bool(true);
        }
        user
    }

    /// A member without its user, as in a message event.
    pub(super) fn bare_member_json(&self, id: u64) -> Value {
        let user = self.users.get(&id);
        json!({
            "avatar": null,
            "banner": null,
            "communication_disabled_until": null,
            "flags": 0,
            "joined_at": iso(user.map_or(0, |u| u.joined_ms)),
            "nick": user.and_then(|u| u.nick.as_deref()),
            "pending": false,
            "premium_since": null,
            "roles": user.map(|u| u.roles.iter().map(u64::to_string).collect::<Vec<_>>()).unwrap_or_default(),
            "mute": false,
            "deaf": false,
        })
    }

    pub(super) fn member_json(&self, id: u64) -> Value {
        let mut member = self.bare_member_json(id);
        member["user"] = self.user_json(id);
        member
    }

    pub(super) fn role_json(&self, role: &Role) -> Value {
        let own = role.id == self.bot_role;
        let mut value = json!({
            "id": role.id.to_string(),
            "name": role.name,
            "description": null,
            "permissions": if own { self.bot_permissions.to_string() } else { "0".to_owned() },
            "position": role.position,
            "color": 0,
            "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
            "hoist": false,
            "managed": own,
            "mentionable": false,
            "icon": null,
            "unicode_emoji": null,
            "flags": 0,
        });
        if own {
            value["tags"] = json!({ "bot_id": self.bot.to_string() });
        }
        value
    }

    /// A channel of any kind.
    pub(super) fn channel_json(&self, channel: &Channel) -> Value {
        let mut value = json!({
            "id": channel.id.to_string(),
            "type": channel.kind,
            "flags": 0,
            "last_message_id": channel.last_message.map(|id| id.to_string()),
        });
        if let Some(at) = channel.last_pin_ms {
            value["last_pin_timestamp"] = iso(at).into();
        }
        if let Some(user) = channel.recipient {
            value["recipients"] = json!([self.user_json(user)]);
            return value;
        }
        value["guild_id"] = self.guild.to_string().into();
        value["name"] = channel.name.as_str().into();
        value["parent_id"] = channel.parent.map(|id| id.to_string()).into();
        match &channel.thread {
            Some(thread) => thread_fields(channel, thread, &mut value),
            None => {
                value["topic"] = channel.topic.clone().into();
                value["position"] = channel.position.into();
                value["nsfw"] = false.into();
                value["rate_limit_per_user"] = 0.into();
                value["permission_overwrites"] = match channel.bot_denied {
                    0 => json!([]),
                    denied => {
                        json!([{ "id": self.bot.to_string(), "type": 1, "allow": "0", "deny": denied.to_string() }])
                    }
                };
            }
        }
        value
    }

    /// One user's membership of a thread.
    pub(super) fn thread_member_json(&self, thread: u64, user: u64, joined_ms: u64) -> Value {
        json!({
            "id": thread.to_string(),
            "user_id": user.to_string(),
            "join_timestamp": iso(joined_ms),
            "flags": 0,
        })
    }

    /// A message, with the message it answers and the thread that hangs on it.
    pub(super) fn message_json(&self, message: &Message) -> Value {
        let mut value = self.basic_message_json(message);
        if let Some(thread) = self.channels.get(&message.id).filter(|_| message.flags & flag::HAS_THREAD != 0) {
            value["thread"] = self.channel_json(thread);
        }
        let replied = message.reference.and_then(|r| Some((r.channel, r.message?)));
        if let Some((channel, id)) = replied {
            let found = self.channels.get(&channel).and_then(|c| c.message(id));
            value["referenced_message"] = found.map_or(Value::Null, |m| self.basic_message_json(m));
        }
        value
    }

    fn basic_message_json(&self, message: &Message) -> Value {
        let mut value = json!({
            "id": message.id.to_string(),
            "type": message.kind,
            "channel_id": message.channel.to_string(),
            "author": self.user_json(message.author),
            "content": message.content,
            "timestamp": iso(created_ms(message.id)),
            "edited_timestamp": message.edited_ms.map(iso),
            "tts": message.tts,
            "mention_everyone": message.mention_everyone,
            "mentions": message.mentions.iter().map(|id| self.user_json(*id)).collect::<Vec<_>>(),
            "mention_roles": message.mention_roles.iter().map(u64::to_string).collect::<Vec<_>>(),
            "attachments": message.attachments.iter().map(|a| self.attachment_json(message, a)).collect::<Vec<_>>(),
            "embeds": message.embeds,
            "components": message.components,
            "pinned": message.pinned_ms.is_some(),
            "flags": message.flags,
        });
        if let Some(nonce) = &message.nonce {
            value["nonce"] = nonce.clone();
        }
        if !message.reactions.is_empty() {
            value["reactions"] = message.reactions.iter().map(|r| self.reaction_json(r)).collect::<Vec<_>>().into();
        }
        if let Some(reference) = message.reference {
            let mut at = json!({
                "type": 0,
                "channel_id": reference.channel.to_string(),
                "guild_id": self.guild.to_string(),
            });
            if let Some(id) = reference.message {
                at["message_id"] = id.to_string().into();
            }
            value["message_reference"] = at;
        }
        if let Some(origin) = &message.origin {
            value["application_id"] = self.bot.to_string().into();
            value["webhook_id"] = self.bot.to_string().into();
            value["interaction_metadata"] = self.origin_json(origin);
        }
        value
    }

    fn origin_json(&self, origin: &Origin) -> Value {
        let mut value = json!({
            "id": origin.interaction.to_string(),
            "type": origin.kind,
            "user": self.user_json(origin.user),
            "authorizing_integration_owners": { "0": self.guild.to_string() },
        });
        if let Some(message) = origin.message.filter(|_| origin.kind == 3) {
            value["interacted_message_id"] = message.to_string().into();
        }
        if let Some(trigger) = &origin.trigger {
            value["triggering_interaction_metadata"] = self.origin_json(trigger);
        }
        value
    }

    fn attachment_json(&self, message: &Message, attachment: &Attachment) -> Value {
        self.attachment_at(message.channel, message.flags & flag::EPHEMERAL != 0, attachment)
    }

    /// An attachment with its signed address; a signature lasts a day.
    pub(super) fn attachment_at(&self, channel: u64, ephemeral: bool, attachment: &Attachment) -> Value {
        let folder = if ephemeral { "ephemeral-attachments" } else { "attachments" };
        let expires = self.now_ms() / 1000 + 86_400;
        let url = format!(
            "{}/cdn/{folder}/{channel}/{}/{}?ex={expires:x}&is={:x}&hm={:016x}",
            self.base,
            attachment.id,
            encode(&attachment.filename),
            expires - 86_400,
            attachment.id ^ expires,
        );
        let mut value = json!({
            "id": attachment.id.to_string(),
            "filename": attachment.filename,
            "size": attachment.size,
            "url": url,
            "proxy_url": url,
            "content_type": attachment.content_type,
        });
        if let Some(description) = &attachment.description {
            value["description"] = description.as_str().into();
        }
        if ephemeral {
            value["ephemeral"] = true.into();
        }
        value
    }

    fn reaction_json(&self, reaction: &Reaction) -> Value {
        let count = reaction.users.len();
        json!({
            "emoji": emoji_json(&reaction.emoji),
            "count": count,
            "count_details": { "burst": 0, "normal": count },
            "burst_colors": [],
            "me_burst": false,
            "burst_me": false,
            "burst_count": 0,
            "me": reaction.users.contains(&self.bot),
        })
    }

    /// A registered command: the client's own words and what Discord adds.
    pub(super) fn command_json(&self, command: &Command) -> Value {
        let mut value = json!({
            "id": command.id.to_string(),
            "application_id": self.bot.to_string(),
            "guild_id": self.guild.to_string(),
            "version": command.version.to_string(),
            "type": 1,
            "description": "",
            "default_member_permissions": null,
            "nsfw": false,
        });
        if let (Value::Object(to), Value::Object(from)) = (&mut value, without_nulls(&command.body)) {
            to.extend(from);
        }
        value
    }
}

fn thread_fields(channel: &Channel, thread: &Thread, value: &mut Value) {
    value["owner_id"] = thread.owner.to_string().into();
    value["message_count"] = thread.message_count.into();
    value["total_message_sent"] = thread.total_sent.into();
    // Discord counts a thread's members up to 50.
    value["member_count"] = thread.members.len().min(50).into();
    value["rate_limit_per_user"] = thread.rate_limit.into();
    let mut metadata = json!({
        "archived": thread.archived,
        "archive_timestamp": iso(thread.archive_ms),
        "auto_archive_duration": thread.auto_archive,
        "locked": thread.locked,
        "create_timestamp": iso(thread.created_ms),
    });
    if channel.kind == super::world::PRIVATE_THREAD {
        metadata["invitable"] = thread.invitable.into();
    }
    value["thread_metadata"] = metadata;
}

/// An emoji as Discord writes it: a character, or `name:id` of a custom one.
pub(super) fn emoji_json(emoji: &str) -> Value {
    match emoji.rsplit_once(':') {
        Some((name, id)) => json!({ "id": id, "name": name, "animated": false }),
        None => json!({ "id": null, "name": emoji }),
    }
}

/// The value without members that are null, at any depth: Discord does not echo them.
pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k.clone(), without_nulls(v)))
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}
