//! The configuration: one file, in which every key is known, and secrets beside it. Nothing else reads the environment.

mod check;
pub(crate) mod clocks;
mod flow;
mod lints;
mod people;
mod staff;
mod summaries;
mod telegram;
mod wrong;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::domain::calendar::CalendarSpec;
use crate::domain::rule::RuleSpec;
use crate::secret::Secret;
pub(crate) use check::is_loopback;
pub use clocks::{Alarms, StepSpec, TargetSpec};
pub use flow::{Automatic, Conversations, Handoff, Ownership, Routing};
pub use people::{Account, Agent, Rank, Roles, Team};
pub use summaries::SummarySpec;
pub(crate) use telegram::place;
pub use telegram::{Bot, Served, Telegram};
pub use wrong::ConfigError;

/// Everything that can be configured. `config/baton.toml` is the commented example.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How Baton is reached.
    #[serde(default)]
    pub server: Server,
    /// Where it keeps what it knows.
    #[serde(default)]
    pub database: Database,
    /// Where it keeps files.
    #[serde(default)]
    pub media: Media,
    /// The customers' side.
    pub whatsapp: WhatsApp,
    /// The team's side on Discord, where it works there.
    #[serde(default)]
    pub discord: Option<Discord>,
    /// The team's side on Telegram, where it works there.
    #[serde(default)]
    pub telegram: Option<Telegram>,
    /// The teams.
    pub teams: Vec<Team>,
    /// The people in them.
    #[serde(default)]
    pub agents: Vec<Agent>,
    /// Who may do what.
    pub roles: Roles,
    /// When people work, by name.
    #[serde(default)]
    pub calendars: BTreeMap<String, CalendarSpec>,
    /// How long things may take, by name.
    #[serde(default)]
    pub targets: BTreeMap<String, TargetSpec>,
    /// Who is told when they take longer.
    #[serde(default)]
    pub alarms: Alarms,
    /// What is posted again and again.
    #[serde(default)]
    pub summaries: Vec<SummarySpec>,
    /// Which conversation goes where: the first that matches.
    #[serde(default)]
    pub rules: Vec<RuleSpec>,
    /// Who is named for which customers.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// How owners are found.
    #[serde(default)]
    pub routing: Routing,
    /// What becomes of what an owner does not answer.
    #[serde(default)]
    pub ownership: Ownership,
    /// How handing over works.
    #[serde(default)]
    pub handoff: Handoff,
    /// Prepared texts by name.
    #[serde(default)]
    pub canned: BTreeMap<String, String>,
    /// What is said to customers without a person.
    #[serde(default)]
    pub automatic: Automatic,
    /// How agents answer.
    #[serde(default)]
    pub reply: Reply,
    /// How conversations run.
    #[serde(default)]
    pub conversations: Conversations,
    /// What is hidden.
    #[serde(default)]
    pub privacy: Privacy,
}

/// How Baton is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address the web server listens on.
    pub listen: SocketAddr,
    /// Where Meta and people reach it from outside, without a slash at the end; empty when they do not.
    pub public_url: String,
    /// Seconds that what is under way gets to finish when Baton is told to stop.
    pub grace_seconds: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8080)), public_url: String::new(), grace_seconds: 20 }
    }
}

/// Where Baton keeps what it knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite://FILE` or `postgres://…`; `BATON_DATABASE_URL` goes before it.
    pub url: String,
    /// Seconds after which another process takes up what one that died was delivering.
    pub lease_seconds: u64,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "sqlite://data/baton.db".to_owned(), lease_seconds: 15 }
    }
}

/// Where Baton keeps files.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// The folder.
    pub dir: PathBuf,
    /// The largest file taken, in megabytes.
    pub max_mb: u64,
}

impl Default for Media {
    fn default() -> Self {
        Self { dir: PathBuf::from("data/media"), max_mb: 100 }
    }
}

/// The customers' side.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatsApp {
    /// Address of the Graph API.
    #[serde(default = "defaults::graph_url")]
    pub graph_url: String,
    /// Its version.
    #[serde(default = "defaults::graph_version")]
    pub version: String,
    /// Id of the WhatsApp Business Account whose templates are offered; empty when none are.
    #[serde(default)]
    pub business_account: String,
    /// Hosts that files may be fetched from; `*.` stands for any subdomain.
    #[serde(default = "defaults::media_hosts")]
    pub media_hosts: Vec<String>,
    /// Messages a second and number.
    #[serde(default = "defaults::rate")]
    pub messages_per_second: u32,
    /// Seconds to wait for a sign of a message that got no answer before a person is asked.
    #[serde(default = "defaults::grace")]
    pub uncertain_seconds: u64,
    /// Seconds one call may take.
    #[serde(default = "defaults::timeout")]
    pub timeout_seconds: u64,
    /// The business numbers.
    pub numbers: Vec<Number>,
    /// A file with the access token, instead of `BATON_WHATSAPP_ACCESS_TOKEN`.
    #[serde(default)]
    pub access_token_file: Option<PathBuf>,
    /// A file with the app secret (one a line while it is changed), instead of `BATON_WHATSAPP_APP_SECRET`.
    #[serde(default)]
    pub app_secret_file: Option<PathBuf>,
    /// A file with the verify token, instead of `BATON_WHATSAPP_VERIFY_TOKEN`.
    #[serde(default)]
    pub verify_token_file: Option<PathBuf>,
}

/// A business number.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// Meta's `phone_number_id`.
    pub id: String,
    /// What the team calls it.
    pub name: String,
    /// The team its conversations go to.
    pub team: String,
}

/// The team's side.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discord {
    /// Address of Discord.
    #[serde(default = "defaults::discord_url")]
    pub api_url: String,
    /// Address of the gateway, where it is not the one Discord names.
    #[serde(default)]
    pub gateway_url: Option<String>,
    /// The server's id.
    pub guild: String,
    /// A channel for what the operator should know; empty for none.
    #[serde(default)]
    pub operator_channel: String,
    /// Requests a second that Discord allows the bot in all.
    #[serde(default = "defaults::discord_rate")]
    pub requests_per_second: u32,
    /// The largest file Discord takes here, in megabytes.
    #[serde(default = "defaults::max_upload")]
    pub max_upload_mb: u64,
    /// Seconds one call may take.
    #[serde(default = "defaults::timeout")]
    pub timeout_seconds: u64,
    /// Know everybody on the server and their roles; takes the Server Members intent.
    #[serde(default)]
    pub server_members: bool,
    /// A file with the bot's token, instead of `BATON_DISCORD_TOKEN`.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
}

/// How agents answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reply {
    /// What in a thread goes to the customer.
    pub mode: ReplyMode,
    /// Seconds in which a reply can be changed or taken back before it is sent.
    pub undo_seconds: u64,
    /// Others than the owner may choose to send a reply.
    pub others_may_reply: bool,
    /// When the customer's messages are marked read.
    pub mark_read: MarkRead,
}

impl Default for Reply {
    fn default() -> Self {
        Self { mode: ReplyMode::Plain, undo_seconds: 0, others_may_reply: false, mark_read: MarkRead::Reply }
    }
}

/// What in a thread goes to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyMode {
    /// What the owner writes, unless it begins with `//`.
    Plain,
    /// What begins with `>`, and `/reply`.
    Explicit,
}

/// When the customer's messages are marked read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkRead {
    /// When somebody becomes the owner.
    Claim,
    /// When the owner first replies.
    Reply,
    /// Never.
    Never,
}

/// What is hidden.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// Show only the end of phone numbers on cards.
    pub mask_phone: bool,
}

/// What must not stand in the file.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// A system user's token.
    pub access_token: Secret,
    /// App secrets, several while one is changed.
    pub app_secrets: Vec<Secret>,
    /// The token of Meta's registration request.
    pub verify_token: Secret,
    /// The bot's token on Discord; blank where no team works there.
    pub discord_token: Secret,
    /// The tokens of the bots on Telegram, in the order of [`Config::telegram_bots`].
    pub telegram_tokens: Vec<Secret>,
}

mod defaults {
    pub(super) fn graph_url() -> String {
        "https://graph.facebook.com".to_owned()
    }
    pub(super) fn graph_version() -> String {
        "v25.0".to_owned()
    }
    pub(super) fn media_hosts() -> Vec<String> {
        vec!["lookaside.fbsbx.com".to_owned(), "*.fbcdn.net".to_owned()]
    }
    pub(super) fn rate() -> u32 {
        80
    }
    pub(super) fn grace() -> u64 {
        60
    }
    pub(super) fn timeout() -> u64 {
        20
    }
    pub(super) fn discord_url() -> String {
        "https://discord.com".to_owned()
    }
    pub(super) fn discord_rate() -> u32 {
        50
    }
    pub(super) fn max_upload() -> u64 {
        10
    }
}

impl Config {
    /// Reads a configuration file and its `BATON_DATABASE_URL`.
    ///
    /// # Errors
    /// With file, line and what to write instead, where something in it is wrong.
    pub fn load(path: &Path, env: &HashMap<String, String>) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let mut config = Self::parse(&path.display().to_string(), &text)?;
        if let Some(url) = env.get("BATON_DATABASE_URL").filter(|url| !url.is_empty()) {
            url.clone_into(&mut config.database.url);
        }
        Ok(config)
    }

    /// Reads a configuration from text; `name` is what errors call it.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| check::explain(name, text, &error))?;
        check::check(name, text, &config)?;
        Ok(config)
    }

    /// The secrets, each from its file or its variable.
    ///
    /// # Errors
    /// With the name of the variable that is missing or the file that cannot be read.
    pub fn secrets(&self, env: &HashMap<String, String>) -> Result<Secrets, Vec<ConfigError>> {
        let mut wrong = Vec::new();
        let mut read = |file: &Option<PathBuf>, variable: &str| match read_secret(file.as_deref(), variable, env) {
            Ok(text) => text,
            Err(error) => {
                wrong.push(error);
                String::new()
            }
        };
        let access_token = read(&self.whatsapp.access_token_file, "BATON_WHATSAPP_ACCESS_TOKEN");
        let app_secrets = read(&self.whatsapp.app_secret_file, "BATON_WHATSAPP_APP_SECRET");
        let verify_token = read(&self.whatsapp.verify_token_file, "BATON_WHATSAPP_VERIFY_TOKEN");
        let discord_token = self.discord.as_ref().map(|discord| read(&discord.token_file, "BATON_DISCORD_TOKEN"));
        let bots = self.telegram_bots();
        let telegram_tokens: Vec<String> = bots.iter().map(|bot| read(&bot.file, &bot.variable)).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let lines = app_secrets.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(Secrets {
            access_token: Secret::new(access_token.trim()),
            app_secrets: lines.map(Secret::new).collect(),
            verify_token: Secret::new(verify_token.trim()),
            discord_token: Secret::new(discord_token.unwrap_or_default().trim()),
            telegram_tokens: telegram_tokens.iter().map(|token| Secret::new(token.trim())).collect(),
        })
    }
}

fn read_secret(file: Option<&Path>, variable: &str, env: &HashMap<String, String>) -> Result<String, ConfigError> {
    let text = match (file, env.get(variable)) {
        (Some(path), _) => {
            std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?
        }
        (None, Some(value)) => value.clone(),
        (None, None) => return Err(ConfigError::MissingSecret(variable.to_owned())),
    };
    if text.trim().is_empty() { Err(ConfigError::MissingSecret(variable.to_owned())) } else { Ok(text) }
}

/// The variables of the environment that belong to Baton.
#[must_use]
pub fn environment() -> HashMap<String, String> {
    std::env::vars().filter(|(name, _)| name.starts_with("BATON_")).collect()
}
