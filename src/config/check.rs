//! What is wrong with a configuration, said so that it can be mended: file, line, and the nearest name that exists.

use std::collections::HashSet;
use std::path::PathBuf;

use super::Config;

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

/// What a parser cannot see.
pub(super) fn check(file: &str, text: &str, config: &Config) -> Result<(), ConfigError> {
    let wrong = |needle: &str, what: String| {
        let line = text.find(needle).map_or(1, |at| line_of(text, at));
        Err(ConfigError::Wrong { file: file.to_owned(), line, what })
    };
    let teams: Vec<&str> = config.teams.iter().map(|team| team.name.as_str()).collect();
    if teams.is_empty() {
        return wrong("teams", "there is no team: add a [[teams]] with name and channel".to_owned());
    }
    let mut seen = HashSet::new();
    for team in &config.teams {
        if !seen.insert(team.name.as_str()) {
            return wrong(&team.name, format!("there are two teams named {:?}", team.name));
        }
        if !is_id(&team.channel) {
            return wrong(
                &team.channel,
                format!("{:?} is no channel id: copy it from Discord with “Copy Channel ID”", team.channel),
            );
        }
    }
    if config.whatsapp.numbers.is_empty() {
        return wrong("numbers", "there is no number: add a [[whatsapp.numbers]] with id, name and team".to_owned());
    }
    let mut seen = HashSet::new();
    for number in &config.whatsapp.numbers {
        if !seen.insert(number.id.as_str()) {
            return wrong(&number.id, format!("the number {} is there twice", number.id));
        }
        if !is_id(&number.id) {
            return wrong(
                &number.id,
                format!("{:?} is no phone_number_id: copy it from Meta's API Setup page", number.id),
            );
        }
        if !teams.contains(&number.team.as_str()) {
            let near = teams
                .iter()
                .max_by(|a, b| strsim::jaro_winkler(a, &number.team).total_cmp(&strsim::jaro_winkler(b, &number.team)));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            return wrong(&format!("\"{}\"", number.team), format!("there is no team {:?}{hint}", number.team));
        }
    }
    if !is_id(&config.discord.guild) {
        return wrong(
            "guild",
            format!("{:?} is no server id: copy it from Discord with “Copy Server ID”", config.discord.guild),
        );
    }
    if !config.discord.operator_channel.is_empty() && !is_id(&config.discord.operator_channel) {
        return wrong("operator_channel", "operator_channel is no channel id".to_owned());
    }
    if config.roles.agent.is_empty() {
        return wrong("[roles]", "nobody may answer: name a role or a person in roles.agent".to_owned());
    }
    if config.conversations.response_minutes == 0 {
        return wrong("response_minutes", "response_minutes must be at least 1".to_owned());
    }
    for url in [&config.whatsapp.graph_url, &config.discord.api_url] {
        if !url.starts_with("https://") && !is_loopback(url) {
            return wrong(url, format!("{url} is not https: secrets would be sent in the clear"));
        }
    }
    Ok(())
}

fn is_id(text: &str) -> bool {
    (1..=25).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether an address is plain HTTP to this machine: stand-ins are.
pub(crate) fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    host == "localhost" || host == "[::1]" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
