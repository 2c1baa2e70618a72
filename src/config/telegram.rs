//! Telegram as a workspace: its bots and the forums they serve.

use std::path::PathBuf;

use serde::Deserialize;

use super::wrong::{Wrong, at, is_forum, wrong};
use super::{Config, defaults};
use crate::domain::ids::ChannelRef;
use crate::domain::workspace::TELEGRAM_IDS;

/// Forums on Telegram.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telegram {
    /// Address of the Bot API.
    pub api_url: String,
    /// A forum in whose General topic the operator is told what goes wrong; empty for none.
    pub operator_forum: String,
    /// Let Telegram post to `server.public_url` instead of asking it for news.
    pub webhook: bool,
    /// Calls that Telegram takes in one forum within a minute; 0 where it does not count them.
    pub calls_per_minute: u32,
    /// The largest file a bot may upload, in megabytes.
    pub max_upload_mb: u64,
    /// The largest file a bot may fetch, in megabytes.
    pub max_download_mb: u64,
    /// Seconds one call may take.
    pub timeout_seconds: u64,
    /// Further bots. Telegram counts the calls of each, and each forum is served by one.
    pub bots: Vec<Bot>,
    /// A file with the bot's token, instead of `BATON_TELEGRAM_TOKEN`.
    pub token_file: Option<PathBuf>,
}

impl Default for Telegram {
    fn default() -> Self {
        Self {
            api_url: "https://api.telegram.org".to_owned(),
            operator_forum: String::new(),
            webhook: false,
            calls_per_minute: 20,
            max_upload_mb: 50,
            max_download_mb: 20,
            timeout_seconds: defaults::timeout(),
            bots: Vec::new(),
            token_file: None,
        }
    }
}

/// A further bot.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bot {
    /// What it is called here; its token is in `BATON_TELEGRAM_TOKEN_` and this in capitals.
    pub name: String,
    /// The forums it serves; the first bot serves all others.
    pub forums: Vec<String>,
    /// A file with its token, instead of the variable.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
}

/// A bot, with what it serves and where its token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// What it is called here.
    pub name: String,
    /// The forums it serves.
    pub forums: Vec<i64>,
    /// The variable with its token.
    pub variable: String,
    /// The file with its token, where one is named.
    pub file: Option<PathBuf>,
}

/// What the first bot is called.
const FIRST: &str = "main";

impl Config {
    /// The bots on Telegram, the first of them serving what no other does.
    #[must_use]
    pub fn telegram_bots(&self) -> Vec<Served> {
        let Some(telegram) = &self.telegram else { return Vec::new() };
        let named: Vec<&String> = telegram.bots.iter().flat_map(|bot| &bot.forums).collect();
        let ids = |forums: &[String]| forums.iter().filter_map(|forum| forum.parse().ok()).collect::<Vec<i64>>();
        let mut rest: Vec<String> = self.forums().into_iter().filter(|forum| !named.contains(&forum)).collect();
        rest.dedup();
        let first = Served {
            name: FIRST.to_owned(),
            forums: ids(&rest),
            variable: "BATON_TELEGRAM_TOKEN".to_owned(),
            file: telegram.token_file.clone(),
        };
        let others = telegram.bots.iter().map(|bot| Served {
            name: bot.name.clone(),
            forums: ids(&bot.forums),
            variable: format!("BATON_TELEGRAM_TOKEN_{}", bot.name.to_uppercase()),
            file: bot.token_file.clone(),
        });
        std::iter::once(first).chain(others).collect()
    }

    /// Every forum that is named anywhere, each once.
    fn forums(&self) -> Vec<String> {
        let teams = self.teams.iter().flat_map(|team| team.places().chain([team.board.as_str()]));
        let steps =
            self.alarms.steps.iter().flatten().flat_map(|step| &step.tell).filter_map(|whom| whom.strip_prefix('#'));
        let others =
            [self.alarms.channel.as_str()].into_iter().chain(self.summaries.iter().map(|s| s.channel.as_str()));
        let operator = self.telegram.iter().map(|telegram| telegram.operator_forum.as_str());
        let all = teams.chain(steps).chain(others).chain(operator).filter(|typed| is_forum(typed));
        let mut forums: Vec<String> = all.map(str::to_owned).collect();
        forums.sort_unstable();
        forums.dedup();
        forums
    }
}

/// What cannot be right about Telegram.
pub(super) fn check(config: &Config) -> Result<(), Wrong> {
    let here = |key| at("[telegram]", 0, key);
    let Some(telegram) = &config.telegram else {
        return match config.forums().first() {
            Some(forum) => {
                let place = at("[[teams]]", 0, "channel");
                wrong(place, format!("{forum} is a forum on Telegram: add a table [telegram], which may be empty"))
            }
            None => Ok(()),
        };
    };
    if !telegram.operator_forum.is_empty() && !is_forum(&telegram.operator_forum) {
        return wrong(here("operator_forum"), no_forum(&telegram.operator_forum));
    }
    if telegram.webhook && !config.server.public_url.starts_with("https://") {
        let what = "telegram.webhook needs server.public_url, an address that begins with https:// and reaches Baton";
        return wrong(here("webhook"), what);
    }
    let mut names = vec![FIRST];
    let mut served: Vec<&str> = Vec::new();
    for (nth, bot) in telegram.bots.iter().enumerate() {
        let here = |key| at("[[telegram.bots]]", nth, key);
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if bot.name.is_empty() || !bot.name.chars().all(fits) || names.contains(&bot.name.as_str()) {
            let what = format!("{:?} is no name for a further bot: letters and digits, and none twice", bot.name);
            return wrong(here("name"), what);
        }
        names.push(&bot.name);
        for forum in &bot.forums {
            if !is_forum(forum) {
                return wrong(here("forums"), no_forum(forum));
            }
            if served.contains(&forum.as_str()) {
                return wrong(here("forums"), format!("{forum} is served by two bots: each forum by one"));
            }
            served.push(forum);
        }
    }
    Ok(())
}

/// That this is no forum.
pub(super) fn no_forum(typed: &str) -> String {
    format!("{typed:?} is no forum: the id of a supergroup with topics begins with -100")
}

/// A channel as the desk knows it: one of Discord, or a forum on Telegram, whose ids are negative.
pub(crate) fn place(typed: &str) -> ChannelRef {
    if typed.starts_with('-') { ChannelRef(format!("{TELEGRAM_IDS}{typed}")) } else { typed.into() }
}
