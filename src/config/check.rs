//! What is wrong with a configuration, said so that it can be mended: file, line, and the nearest name that exists.

use std::collections::HashSet;
use std::path::PathBuf;

use super::{Config, staff};

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in the file is wrong.
    #[error("{file}:{line}: {what}")]
    Wrong {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What, and what to write instead.
        what: String,
    },
    /// A secret is not there.
    #[error("{0} is not set: put the secret into that variable, or name a file that holds it in the configuration")]
    MissingSecret(&'static str),
}

/// The parser's error with line and the nearest name.
pub(super) fn explain(file: &str, text: &str, error: &toml::de::Error) -> ConfigError {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    let message = error.message();
    let what = nearest(message).map_or_else(
        || message.to_owned(),
        |(unknown, nearest)| format!("there is no `{unknown}` here; did you mean `{nearest}`?"),
    );
    ConfigError::Wrong { file: file.to_owned(), line, what }
}

/// Of "unknown field `x`, expected one of `a`, `b`": x, and the nearest of the others.
fn nearest(message: &str) -> Option<(&str, &str)> {
    let (head, tail) = message.split_once("expected")?;
    let unknown = head.split('`').nth(1).filter(|_| head.starts_with("unknown"))?;
    let known = tail.split('`').skip(1).step_by(2);
    let best = known.map(|name| (strsim::jaro_winkler(unknown, name), name)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.6).then_some((unknown, best.1))
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

/// Something that cannot be right.
pub(super) struct Wrong {
    /// Where in the file.
    pub(super) place: Place,
    /// What, and what to write instead.
    pub(super) what: String,
}

/// A place in the file.
pub(super) struct Place {
    /// The header of its table, `[routing]` or `[[agents]]`.
    table: String,
    /// Which of several with that header, from 0.
    nth: usize,
    /// The key.
    key: String,
}

/// The key of the nth table with a header.
pub(super) fn at(table: &str, nth: usize, key: &str) -> Place {
    Place { table: table.to_owned(), nth, key: key.to_owned() }
}

impl Place {
    /// Its line, from 1: that of the key, else that of the table, else the first. A table that is written in one line with
    /// others is not looked into.
    fn line(&self, text: &str) -> usize {
        let is_header = |line: &str| line.trim_start().starts_with('[');
        let lines = || (1..).zip(text.lines());
        let headers = lines().filter(|(_, line)| line.trim_start().starts_with(&self.table));
        let Some((header, _)) = headers.into_iter().nth(self.nth) else { return 1 };
        let inside = lines().skip(header).take_while(|(_, line)| !is_header(line));
        let is_key = |line: &str| {
            let rest = line.trim_start().trim_start_matches('"').strip_prefix(self.key.as_str());
            rest.is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with(['=', '.']))
        };
        inside.into_iter().find(|(_, line)| is_key(line)).map_or(header, |(line, _)| line)
    }
}

/// `; did you mean "x"?` for the nearest of what exists; empty when nothing does.
pub(super) fn near(typed: &str, known: &[&str]) -> String {
    let alike = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &typed.to_lowercase());
    let best = known.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    best.map_or_else(String::new, |best| format!("; did you mean {best:?}?"))
}

/// What a parser cannot see.
pub(super) fn check(file: &str, text: &str, config: &Config) -> Result<(), ConfigError> {
    let found = channels(config).and_then(|()| staff::check(config)).and_then(|()| addresses(config));
    found.map_err(|wrong| ConfigError::Wrong { file: file.to_owned(), line: wrong.place.line(text), what: wrong.what })
}

/// Teams, numbers, and where they are at home.
fn channels(config: &Config) -> Result<(), Wrong> {
    let wrong = |place, what: String| Err(Wrong { place, what });
    if config.teams.is_empty() {
        return wrong(at("teams", 0, ""), "there is no team: add a [[teams]] with name and channel".to_owned());
    }
    let mut seen = HashSet::new();
    for (nth, team) in config.teams.iter().enumerate() {
        let here = |key| at("[[teams]]", nth, key);
        if !seen.insert(team.name.as_str()) {
            return wrong(here("name"), format!("there are two teams named {:?}", team.name));
        }
        if !is_id(&team.channel) {
            let what = format!("{:?} is no channel id: copy it from Discord with “Copy Channel ID”", team.channel);
            return wrong(here("channel"), what);
        }
    }
    if config.whatsapp.numbers.is_empty() {
        let what = "there is no number: add a [[whatsapp.numbers]] with id, name and team".to_owned();
        return wrong(at("[whatsapp]", 0, "numbers"), what);
    }
    let mut seen = HashSet::new();
    for (nth, number) in config.whatsapp.numbers.iter().enumerate() {
        let here = |key| at("[[whatsapp.numbers]]", nth, key);
        if !seen.insert(number.id.as_str()) {
            return wrong(here("id"), format!("the number {} is there twice", number.id));
        }
        if !is_id(&number.id) {
            let what = format!("{:?} is no phone_number_id: copy it from Meta's API Setup page", number.id);
            return wrong(here("id"), what);
        }
        staff::team(config, &number.team, here("team"))?;
    }
    let account = &config.whatsapp.business_account;
    if !account.is_empty() && !is_id(account) {
        let what = format!("{account:?} is no WhatsApp Business Account id: copy it from Meta's API Setup page");
        return wrong(at("[whatsapp]", 0, "business_account"), what);
    }
    let here = |key| at("[discord]", 0, key);
    if !is_id(&config.discord.guild) {
        let what = format!("{:?} is no server id: copy it from Discord with “Copy Server ID”", config.discord.guild);
        return wrong(here("guild"), what);
    }
    if !config.discord.operator_channel.is_empty() && !is_id(&config.discord.operator_channel) {
        return wrong(here("operator_channel"), "operator_channel is no channel id".to_owned());
    }
    if config.roles.agent.is_empty() {
        let what = "nobody may answer: name a role or a person in roles.agent".to_owned();
        return wrong(at("[roles]", 0, "agent"), what);
    }
    Ok(())
}

fn addresses(config: &Config) -> Result<(), Wrong> {
    let urls =
        [("[whatsapp]", "graph_url", &config.whatsapp.graph_url), ("[discord]", "api_url", &config.discord.api_url)];
    match urls.iter().find(|(.., url)| !url.starts_with("https://") && !is_loopback(url)) {
        Some((table, key, url)) => Err(Wrong {
            place: at(table, 0, key),
            what: format!("{url} is not https: secrets would be sent in the clear"),
        }),
        None => Ok(()),
    }
}

pub(super) fn is_id(text: &str) -> bool {
    (1..=25).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether an address is plain HTTP to this machine: stand-ins are.
pub(crate) fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    host == "localhost" || host == "[::1]" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
