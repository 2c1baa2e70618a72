//! What is wrong with a configuration: what its parser says, and what it cannot see.

use std::collections::HashSet;

use super::wrong::{ConfigError, Wrong, at, is_channel, is_forum, is_id, wrong};
use super::{Config, clocks, staff, summaries, telegram};

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
    let parts = [channels, telegram::check, staff::check, clocks::check, summaries::check, staff::numbers, addresses];
    let found = parts.into_iter().try_for_each(|part| part(config));
    found.map_err(|wrong| ConfigError::Wrong { file: file.to_owned(), line: wrong.place.line(text), what: wrong.what })
}

/// Teams, numbers, and where they are at home.
fn channels(config: &Config) -> Result<(), Wrong> {
    if config.teams.is_empty() {
        return wrong(at("teams", 0, ""), "there is no team: add a [[teams]] with name and channel".to_owned());
    }
    let mut seen = HashSet::new();
    for (nth, team) in config.teams.iter().enumerate() {
        let here = |key| at("[[teams]]", nth, key);
        if !seen.insert(team.name.as_str()) {
            return wrong(here("name"), format!("there are two teams named {:?}", team.name));
        }
        if team.channel.is_empty() == team.forums.is_empty() {
            let what = "a team works in a channel of Discord or in forums of Telegram: give it a channel, or forums";
            return wrong(here("channel"), what);
        }
        if !team.channel.is_empty() && !is_channel(&team.channel) {
            let what = format!(
                "{:?} is no channel id: copy it from Discord with “Copy Channel ID”, or write the id of a Telegram forum, \
                 which begins with -100",
                team.channel
            );
            return wrong(here("channel"), what);
        }
        if let Some(forum) = team.forums.iter().find(|forum| !is_forum(forum)) {
            return wrong(here("forums"), telegram::no_forum(forum));
        }
    }
    if config.whatsapp.numbers.is_empty() {
        let what = "there is no number: add a [[whatsapp.numbers]] with id, name and team";
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
    discord(config)?;
    if config.roles.agent.is_empty() {
        let what = "nobody may answer: name a role or a person in roles.agent";
        return wrong(at("[roles]", 0, "agent"), what);
    }
    Ok(())
}

fn discord(config: &Config) -> Result<(), Wrong> {
    let here = |key| at("[discord]", 0, key);
    let Some(discord) = &config.discord else {
        let there = config.teams.iter().position(|team| is_id(&team.channel));
        return there.map_or(Ok(()), |nth| {
            wrong(at("[[teams]]", nth, "channel"), "a team works on Discord: add a table [discord] with guild")
        });
    };
    if !is_id(&discord.guild) {
        let what = format!("{:?} is no server id: copy it from Discord with “Copy Server ID”", discord.guild);
        return wrong(here("guild"), what);
    }
    if !discord.operator_channel.is_empty() && !is_id(&discord.operator_channel) {
        return wrong(here("operator_channel"), "operator_channel is no channel id");
    }
    Ok(())
}

fn addresses(config: &Config) -> Result<(), Wrong> {
    let mut urls = vec![("[whatsapp]", "graph_url", &config.whatsapp.graph_url)];
    urls.extend(config.discord.iter().map(|discord| ("[discord]", "api_url", &discord.api_url)));
    urls.extend(config.telegram.iter().map(|telegram| ("[telegram]", "api_url", &telegram.api_url)));
    match urls.iter().find(|(.., url)| !url.starts_with("https://") && !is_loopback(url)) {
        Some((table, key, url)) => {
            wrong(at(table, 0, key), format!("{url} is not https: secrets would be sent in the clear"))
        }
        None => Ok(()),
    }
}

/// Whether an address is plain HTTP to this machine: stand-ins are.
pub(crate) fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    host == "localhost" || host == "[::1]" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
