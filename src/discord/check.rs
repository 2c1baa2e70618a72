//! What an operator wants to know before the first conversation: is the token right, is the bot in the guild, may it do
//! what it will have to do.

use reqwest::Method;
use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId};
use serenity::model::permissions::Permissions;

use super::Discord;
use super::http::Ask;
use crate::domain::ids::ChannelRef;
use crate::port::Finding;

/// What every channel of cards needs, with the names Discord's own pages use.
const NEEDED: [(Permissions, &str); 9] = [
    (Permissions::VIEW_CHANNEL, "View Channel"),
    (Permissions::SEND_MESSAGES, "Send Messages"),
    (Permissions::EMBED_LINKS, "Embed Links"),
    (Permissions::ATTACH_FILES, "Attach Files"),
    (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
    (Permissions::ADD_REACTIONS, "Add Reactions"),
    (Permissions::CREATE_PUBLIC_THREADS, "Create Public Threads"),
    (Permissions::SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
    (Permissions::MANAGE_THREADS, "Manage Threads"),
];

/// `GATEWAY_MESSAGE_CONTENT` and its form for applications that needed no review.
const CONTENT_FLAGS: u64 = 1 << 18 | 1 << 19;
/// `GATEWAY_GUILD_MEMBERS` and its form for applications that needed no review.
const MEMBERS_FLAGS: u64 = 1 << 14 | 1 << 15;

impl Discord {
    /// Looks at the token, the guild, the intent and the permissions in `channels`. Changes nothing.
    pub async fn check(&self, channels: &[ChannelRef]) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut say = |ok: bool, text: String| found.push(Finding { ok, text });
        let me = match self.http.call(Ask::get(Route::UserMe)).await {
            Ok(me) => me,
            Err(fail) => {
                say(false, format!("The bot token does not work: {fail}."));
                return found;
            }
        };
        let id = me["id"].as_str().unwrap_or_default().to_owned();
        say(true, format!("The bot token belongs to {}.", me["username"].as_str().unwrap_or("a bot")));
        match self.http.call(Ask::at(Method::GET, "/applications/@me")).await {
            Ok(application) => {
                let flags = application["flags"].as_u64().unwrap_or(0);
                let mut intent = |name: &str, bits: u64, or: &str| match flags & bits {
                    0 => say(
                        false,
                        format!("The {name} intent is off: switch it on under Bot in the developer portal, or {or}."),
                    ),
                    _ => say(true, format!("The {name} intent is on.")),
                };
                intent("Message Content", CONTENT_FLAGS, "replies arrive empty");
                if self.settings.server_members {
                    intent("Server Members", MEMBERS_FLAGS, "set discord.server_members = false");
                }
            }
            Err(fail) => say(false, format!("The application cannot be read: {fail}.")),
        }
        let guild_id = GuildId::new(self.settings.guild);
        let guild = match self.http.call(Ask::get(Route::Guild { guild_id })).await {
            Ok(guild) => guild,
            Err(fail) => {
                say(false, format!("The bot is not in the guild {guild_id}: {fail}."));
                return found;
            }
        };
        say(true, format!("The bot is in {}.", guild["name"].as_str().unwrap_or("the guild")));
        let user_id = id.parse::<u64>().unwrap_or(0).max(1).into();
        let member = match self.http.call(Ask::get(Route::GuildMember { guild_id, user_id })).await {
            Ok(member) => member,
            Err(fail) => {
                say(false, format!("The bot's own membership cannot be read: {fail}."));
                return found;
            }
        };
        for channel in channels.iter().chain(&self.settings.notice_channel) {
            let number = channel.as_str().parse::<u64>().ok().filter(|id| *id != 0);
            let Some(number) = number else {
                say(false, format!("{channel} is not the id of a channel."));
                continue;
            };
            let channel_id = ChannelId::new(number);
            match self.http.call(Ask::get(Route::Channel { channel_id })).await {
                Err(fail) => say(false, format!("The channel {channel} cannot be read: {fail}.")),
                Ok(described) => {
                    let name = described["name"].as_str().unwrap_or("the channel").to_owned();
                    if described["guild_id"].as_str() != Some(guild_id.to_string().as_str()) {
                        say(false, format!("#{name} is not in the configured guild."));
                        continue;
                    }
                    // Cards carry their threads, which other kinds of channels do not allow.
                    if described["type"] != 0 {
                        say(false, format!("#{name} is not a text channel."));
                        continue;
                    }
                    let held = permissions(&guild, &member, &described, &id);
                    let missing = NEEDED.iter().filter(|(one, _)| !held.contains(*one)).map(|(_, name)| *name);
                    let missing: Vec<&str> = missing.collect();
                    if missing.is_empty() {
                        say(true, format!("The bot has every permission it needs in #{name}."));
                    } else {
                        say(false, format!("In #{name} the bot lacks: {}.", missing.join(", ")));
                    }
                }
            }
        }
        found
    }
}

/// Roles, then the channel's overwrites for everyone, for roles, for the bot, as Discord's permission page orders them.
fn permissions(guild: &Value, member: &Value, channel: &Value, me: &str) -> Permissions {
    let bits = |value: &Value| {
        let bits = value.as_str().and_then(|text| text.parse().ok()).or_else(|| value.as_u64()).unwrap_or(0);
        Permissions::from_bits_retain(bits)
    };
    let everyone = guild["id"].as_str().unwrap_or_default();
    let mine: Vec<&str> = member["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let held = |id: &str| id == everyone || mine.contains(&id);
    let roles = guild["roles"].as_array().into_iter().flatten();
    let base = roles
        .filter(|role| role["id"].as_str().is_some_and(held))
        .fold(Permissions::empty(), |sum, role| sum | bits(&role["permissions"]));
    if base.contains(Permissions::ADMINISTRATOR) {
        return Permissions::all();
    }
    let overwrites: Vec<&Value> = channel["permission_overwrites"].as_array().into_iter().flatten().collect();
    let apply = |base: Permissions, of: &dyn Fn(&str) -> bool| {
        let of = overwrites.iter().filter(|o| o["id"].as_str().is_some_and(of));
        let (deny, allow) = of.fold((Permissions::empty(), Permissions::empty()), |(deny, allow), o| {
            (deny | bits(&o["deny"]), allow | bits(&o["allow"]))
        });
        (base - deny) | allow
    };
    let base = apply(base, &|id| id == everyone);
    let base = apply(base, &|id| id != everyone && mine.contains(&id));
    apply(base, &|id| id == me)
}
