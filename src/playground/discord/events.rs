//! What the world tells the gateway: one function per family of events, and the intents each needs.

use serde_json::{Value, json};

use super::world::World;

/// Intents (events/gateway.mdx); a direct message needs another one than a message of the guild.
pub(super) mod intent {
    pub(crate) const GUILDS: u64 = 1 << 0;
    pub(crate) const GUILD_MEMBERS: u64 = 1 << 1;
    pub(crate) const GUILD_PRESENCES: u64 = 1 << 8;
    pub(crate) const GUILD_MESSAGES: u64 = 1 << 9;
    pub(crate) const GUILD_REACTIONS: u64 = 1 << 10;
    pub(crate) const GUILD_TYPING: u64 = 1 << 11;
    pub(crate) const DIRECT_MESSAGES: u64 = 1 << 12;
    pub(crate) const DIRECT_REACTIONS: u64 = 1 << 13;
    pub(crate) const DIRECT_TYPING: u64 = 1 << 14;
    pub(crate) const MESSAGE_CONTENT: u64 = 1 << 15;
    /// Sent whatever the intents are.
    pub(crate) const ANY: u64 = 0;
}

/// One event on its way to the sessions.
pub(super) struct Event {
    pub(super) name: &'static str,
    /// The intent a session needs, [`intent::ANY`] for none.
    pub(super) intent: u64,
    pub(super) d: Value,
    /// Whether the content is kept from sessions without MESSAGE_CONTENT.
    pub(super) private: bool,
}

impl World {
    fn is_direct(&self, channel: u64) -> bool {
        self.channels.get(&channel).is_some_and(super::world::Channel::is_direct)
    }

    /// MESSAGE_CREATE and MESSAGE_UPDATE: the message, and in the guild its author's member.
    pub(super) fn message_event(&mut self, name: &'static str, channel: u64, message: u64) {
        let direct = self.is_direct(channel);
        let intent = if direct { intent::DIRECT_MESSAGES } else { intent::GUILD_MESSAGES };
        if !self.gateway.listens(intent) {
            return;
        }
        let Some(found) = self.channels.get(&channel).and_then(|c| c.message(message)) else { return };
        let private = !direct && !self.may_read(found.author, &found.mentions);
        let mut d = self.message_json(found);
        if !direct {
            d["guild_id"] = self.guild.to_string().into();
            if found.origin.is_none() {
                d["member"] = self.bare_member_json(found.author);
            }
        }
        self.gateway.dispatch(Event { name, intent, d, private });
    }

    /// Whether an application without MESSAGE_CONTENT still sees this: its own messages and those that mention it.
    pub(super) fn may_read(&self, author: u64, mentions: &[u64]) -> bool {
        author == self.bot || mentions.contains(&self.bot)
    }

    pub(super) fn deletion_event(&mut self, channel: u64, message: u64) {
        let direct = self.is_direct(channel);
        let mut d = json!({ "id": message.to_string(), "channel_id": channel.to_string() });
        if !direct {
            d["guild_id"] = self.guild.to_string().into();
        }
        let intent = if direct { intent::DIRECT_MESSAGES } else { intent::GUILD_MESSAGES };
        self.gateway.dispatch(Event { name: "MESSAGE_DELETE", intent, d, private: false });
    }

    pub(super) fn bulk_deletion_event(&mut self, channel: u64, messages: &[u64]) {
        let d = json!({
            "ids": messages.iter().map(u64::to_string).collect::<Vec<_>>(),
            "channel_id": channel.to_string(),
            "guild_id": self.guild.to_string(),
        });
        let intent = intent::GUILD_MESSAGES;
        self.gateway.dispatch(Event { name: "MESSAGE_DELETE_BULK", intent, d, private: false });
    }

    pub(super) fn reaction_event(&mut self, user: u64, channel: u64, message: u64, emoji: &str, add: bool) {
        let direct = self.is_direct(channel);
        let intent = if direct { intent::DIRECT_REACTIONS } else { intent::GUILD_REACTIONS };
        let mut d = json!({
            "user_id": user.to_string(),
            "channel_id": channel.to_string(),
            "message_id": message.to_string(),
            "emoji": super::json::emoji_json(emoji),
            "burst": false,
            "type": 0,
        });
        if !direct {
            d["guild_id"] = self.guild.to_string().into();
        }
        if add {
            let author = self.channels.get(&channel).and_then(|c| c.message(message)).map(|m| m.author);
            d["message_author_id"] = author.map(|id| id.to_string()).into();
            if !direct {
                d["member"] = self.member_json(user);
            }
        }
        let name = if add { "MESSAGE_REACTION_ADD" } else { "MESSAGE_REACTION_REMOVE" };
        self.gateway.dispatch(Event { name, intent, d, private: false });
    }

    pub(super) fn typing_event(&mut self, user: u64, channel: u64) {
        let direct = self.is_direct(channel);
        let intent = if direct { intent::DIRECT_TYPING } else { intent::GUILD_TYPING };
        let mut d = json!({
            "channel_id": channel.to_string(),
            "user_id": user.to_string(),
            "timestamp": self.now_ms() / 1000,
        });
        if !direct {
            d["guild_id"] = self.guild.to_string().into();
            d["member"] = self.member_json(user);
        }
        self.gateway.dispatch(Event { name: "TYPING_START", intent, d, private: false });
    }

    /// CHANNEL_CREATE, CHANNEL_UPDATE, THREAD_UPDATE: the channel as it is now.
    pub(super) fn channel_event(&mut self, name: &'static str, channel: u64) {
        let Some(found) = self.channels.get(&channel) else { return };
        let d = self.channel_json(found);
        self.gateway.dispatch(Event { name, intent: intent::GUILDS, d, private: false });
    }

    /// THREAD_CREATE of a thread that did not exist before.
    pub(super) fn thread_created_event(&mut self, thread: u64) {
        let Some(found) = self.channels.get(&thread) else { return };
        let mut d = self.channel_json(found);
        d["newly_created"] = true.into();
        let joined = found.thread.as_ref().and_then(|t| t.members.get(&self.bot).copied());
        if let Some(joined) = joined {
            d["member"] = self.thread_member_json(thread, self.bot, joined);
        }
        self.gateway.dispatch(Event { name: "THREAD_CREATE", intent: intent::GUILDS, d, private: false });
    }

    /// GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE: a member as it is now.
    pub(super) fn member_event(&mut self, name: &'static str, user: u64) {
        let mut d = self.member_json(user);
        d["guild_id"] = self.guild.to_string().into();
        self.gateway.dispatch(Event { name, intent: intent::GUILD_MEMBERS, d, private: false });
    }

    pub(super) fn member_left_event(&mut self, user: u64) {
        let d = json!({ "guild_id": self.guild.to_string(), "user": self.user_json(user) });
        self.gateway.dispatch(Event { name: "GUILD_MEMBER_REMOVE", intent: intent::GUILD_MEMBERS, d, private: false });
    }

    pub(super) fn role_deleted_event(&mut self, role: u64) {
        let d = json!({ "guild_id": self.guild.to_string(), "role_id": role.to_string() });
        self.gateway.dispatch(Event { name: "GUILD_ROLE_DELETE", intent: intent::GUILDS, d, private: false });
    }

    pub(super) fn pins_event(&mut self, channel: u64) {
        let at = self.channels.get(&channel).and_then(|c| c.last_pin_ms);
        let d = json!({
            "guild_id": self.guild.to_string(),
            "channel_id": channel.to_string(),
            "last_pin_timestamp": at.map(super::snowflake::iso),
        });
        self.gateway.dispatch(Event { name: "CHANNEL_PINS_UPDATE", intent: intent::GUILDS, d, private: false });
    }

    /// Removes a channel or thread (with the threads of the channel) and says so.
    pub(super) fn drop_channel(&mut self, id: u64) -> Option<Value> {
        let channel = self.channels.get(&id)?;
        let last = self.channel_json(channel);
        let (name, d) = if channel.thread.is_some() {
            let d = json!({
                "id": id.to_string(),
                "guild_id": self.guild.to_string(),
                "parent_id": channel.parent.map(|p| p.to_string()),
                "type": channel.kind,
            });
            ("THREAD_DELETE", d)
        } else {
            ("CHANNEL_DELETE", last.clone())
        };
        self.channels.retain(|_, c| c.id != id && c.parent != Some(id));
        self.active_threads = self.channels.values().filter(|c| c.thread.as_ref().is_some_and(|t| !t.archived)).count();
        self.gateway.dispatch(Event { name, intent: intent::GUILDS, d, private: false });
        self.tick();
        Some(last)
    }

    /// The whole guild, as it follows READY.
    pub(super) fn guild_create(&self) -> Value {
        let mut d = self.guild_json();
        let channels = self.channels.values().filter(|c| c.thread.is_none() && !c.is_direct());
        let threads = self.channels.values().filter(|c| c.thread.as_ref().is_some_and(|t| !t.archived));
        let members = self.users.values().filter(|u| u.member);
        // Without GUILD_PRESENCES the list holds the bot alone; the count tells of all.
        let own = self.users.get(&self.bot).map(|bot| self.member_json(bot.id));
        d["joined_at"] = super::snowflake::iso(super::snowflake::created_ms(self.guild)).into();
        d["large"] = false.into();
        d["unavailable"] = false.into();
        d["member_count"] = members.count().into();
        d["members"] = own.into_iter().collect::<Vec<_>>().into();
        d["channels"] = channels.map(|c| self.channel_json(c)).collect::<Vec<_>>().into();
        d["threads"] = threads.map(|c| self.channel_json(c)).collect::<Vec<_>>().into();
        for empty in ["voice_states", "presences", "stage_instances", "guild_scheduled_events", "soundboard_sounds"] {
            d[empty] = json!([]);
        }
        d
    }

    /// The guild as REST shows it.
    pub(super) fn guild_json(&self) -> Value {
        json!({
            "id": self.guild.to_string(),
            "name": self.options.guild_name,
            "icon": null,
            "icon_hash": null,
            "description": null,
            "home_header": null,
            "splash": null,
            "discovery_splash": null,
            "features": [],
            "banner": null,
            "owner_id": self.bot.to_string(),
            "application_id": null,
            "region": "deprecated",
            "afk_channel_id": null,
            "afk_timeout": 300,
            "system_channel_id": null,
            "system_channel_flags": 0,
            "widget_enabled": false,
            "widget_channel_id": null,
            "verification_level": 0,
            "roles": self.roles.values().map(|r| self.role_json(r)).collect::<Vec<_>>(),
            "default_message_notifications": 1,
            "mfa_level": 0,
            "explicit_content_filter": 0,
            "max_presences": null,
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": null,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": "en-US",
            "rules_channel_id": null,
            "safety_alerts_channel_id": null,
            "public_updates_channel_id": null,
            "premium_progress_bar_enabled": false,
            "nsfw": false,
            "nsfw_level": 0,
            "emojis": [],
            "stickers": [],
            "incidents_data": null,
        })
    }
}
