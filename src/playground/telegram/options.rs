//! What can be set when a stand-in starts.

use std::sync::Arc;

/// How a stand-in is set up.
#[derive(Clone)]
pub struct Options {
    /// The first bot's token, `<user id>:<secret>`.
    pub token: String,
    /// The first bot's name.
    pub bot_name: String,
    /// The first bot's user name, without `@`.
    pub bot_username: String,
    /// Whether Telegram's rate limits apply.
    pub rate_limits: bool,
    /// How many counted calls a bot has for a group in 60 seconds of real time.
    pub calls_per_minute: u32,
    /// The clock of dates and of the life of updates and links, in unix milliseconds.
    pub now_ms: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            token: "4200000001:stand-in".to_owned(),
            bot_name: "Baton".to_owned(),
            bot_username: "baton_bot".to_owned(),
            rate_limits: false,
            calls_per_minute: 20,
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
