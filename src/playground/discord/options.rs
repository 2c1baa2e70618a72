//! What can be set when a stand-in starts, and the world it starts with.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast;

use super::interaction::Interactions;
use super::limits::Limits;
use super::nonces::Nonces;
use super::permission;
use super::session::Gateway;
use super::snowflake::Snowflakes;
use super::world::{Role, User, World};
use crate::playground::wire::Wire;

/// How a stand-in is set up.
#[derive(Clone)]
pub struct Options {
    /// The bot's token, without the `Bot ` prefix.
    pub token: String,
    /// The guild's name.
    pub guild_name: String,
    /// The bot's user name.
    pub bot_name: String,
    /// Whether Discord's rate limits apply.
    pub rate_limits: bool,
    /// Whether the bot has been granted the privileged intent MESSAGE_CONTENT.
    pub message_content: bool,
    /// Whether the bot has been granted the privileged intent GUILD_MEMBERS.
    pub server_members: bool,
    /// How many messages a channel remembers; all when absent.
    pub keep_messages: Option<usize>,
    /// How many threads may be active at once (error 160006).
    pub active_threads: usize,
    /// How soon an interaction must be answered, in real time.
    pub ack_deadline: Duration,
    /// The heartbeat interval told to the client.
    pub heartbeat: Duration,
    /// The clock of ids, timestamps and slow deadlines, in unix milliseconds.
    pub now_ms: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            token: "stand-in.discord.token".to_owned(),
            guild_name: "Support".to_owned(),
            bot_name: "Baton".to_owned(),
            rate_limits: false,
            message_content: true,
            server_members: true,
            keep_messages: None,
            active_threads: 1000,
            ack_deadline: Duration::from_secs(3),
            heartbeat: Duration::from_millis(41_250),
            now_ms: Arc::new(real_ms),
        }
    }
}

/// The real time in unix milliseconds.
#[expect(clippy::disallowed_methods, reason = "a stand-in for a foreign service has its own clock")]
pub(super) fn real_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl World {
    /// A guild with its owner-less `@everyone` role and the bot as its only member.
    pub(super) fn new(options: Options, wire: Wire, ticks: broadcast::Sender<u64>) -> Self {
        let now = (options.now_ms)();
        let mut ids = Snowflakes::default();
        let guild = ids.next(now);
        let bot = ids.next(now);
        let bot_role = ids.next(now);
        // The role everybody has carries the guild's own id.
        let everyone = Role { id: guild, name: "@everyone".to_owned(), position: 0 };
        let own = Role { id: bot_role, name: options.bot_name.clone(), position: 1 };
        let user = User {
            id: bot,
            name: options.bot_name.clone(),
            nick: None,
            bot: true,
            roles: vec![bot_role],
            joined_ms: now,
            member: true,
        };
        Self {
            base: String::new(),
            options,
            wire,
            ids,
            guild,
            bot,
            bot_role,
            bot_permissions: permission::DEFAULT,
            users: BTreeMap::from([(bot, user)]),
            roles: BTreeMap::from([(guild, everyone), (bot_role, own)]),
            channels: BTreeMap::new(),
            active_threads: 0,
            files: HashMap::new(),
            commands: Vec::new(),
            command_creates: VecDeque::new(),
            interactions: Interactions::default(),
            nonces: Nonces::default(),
            gateway: Gateway::default(),
            limits: Limits::default(),
            changes: 0,
            ticks,
        }
    }
}
