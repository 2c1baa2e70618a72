//! What cannot be right about teams, people, calendars and rules: refused when the configuration is read.

use std::collections::HashSet;

use super::Config;
use super::wrong::{Place, Wrong, at, is_id, near, wrong};
use crate::domain::calendar::{Calendar, CalendarError};
use crate::domain::contact::tag;
use crate::domain::rule::{Fault, Rules};

/// Calendars, teams, people, rules, customers with an agent of their own, and prepared texts.
pub(super) fn check(config: &Config) -> Result<(), Wrong> {
    calendars(config)?;
    teams(config)?;
    agents(config)?;
    rules(config)?;
    accounts(config)?;
    texts(config)
}

fn calendars(config: &Config) -> Result<(), Wrong> {
    for (name, spec) in &config.calendars {
        if let Err(error) = Calendar::new(spec) {
            let key = if matches!(error, CalendarError::UnknownZone { .. }) { "zone" } else { "" };
            return wrong(at(&format!("[calendars.{name}]"), 0, key), format!("the calendar {name:?}: {error}"));
        }
    }
    if config.routing.zone.parse::<chrono_tz::Tz>().is_err() {
        let zones: Vec<&str> = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
        let hint = near(&config.routing.zone, &zones);
        let what = format!("there is no time zone {:?}{hint}", config.routing.zone);
        return wrong(at("[routing]", 0, "zone"), what);
    }
    Ok(())
}

/// That a calendar of this name exists.
pub(super) fn hours(config: &Config, name: &str, place: Place) -> Result<(), Wrong> {
    if name.is_empty() || config.calendars.contains_key(name) {
        return Ok(());
    }
    let known: Vec<&str> = config.calendars.keys().map(String::as_str).collect();
    wrong(place, format!("there is no calendar {name:?}{}", near(name, &known)))
}

/// That a team of this name exists.
pub(super) fn team(config: &Config, name: &str, place: Place) -> Result<(), Wrong> {
    if config.teams.iter().any(|team| team.name == name) {
        return Ok(());
    }
    let teams: Vec<&str> = config.teams.iter().map(|team| team.name.as_str()).collect();
    wrong(place, format!("there is no team {name:?}{}", near(name, &teams)))
}

/// That an agent of this name exists.
pub(super) fn agent(config: &Config, name: &str, place: Place) -> Result<(), Wrong> {
    if config.agents.iter().any(|agent| agent.name.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let agents: Vec<&str> = config.agents.iter().map(|agent| agent.name.as_str()).collect();
    wrong(place, format!("there is no agent {name:?}{}", near(name, &agents)))
}

fn teams(config: &Config) -> Result<(), Wrong> {
    for (nth, one) in config.teams.iter().enumerate() {
        let here = |key| at("[[teams]]", nth, key);
        if one.name.trim().is_empty() || one.name.contains(char::is_whitespace) || one.name.starts_with('@') {
            return wrong(here("name"), format!("{:?} is no name for a team: one word without @", one.name));
        }
        hours(config, &one.hours, here("hours"))?;
        if !one.role.is_empty() && !is_id(&one.role) {
            return wrong(here("role"), format!("{:?} is no role id: copy it with “Copy Role ID”", one.role));
        }
        if !one.role.is_empty() && config.discord.as_ref().is_none_or(|discord| !discord.server_members) {
            let what = "a team's role needs discord.server_members = true, so that Baton is told who bears it";
            return wrong(here("role"), what);
        }
        for lead in one.leads.iter().filter(|lead| !is_id(lead)) {
            agent(config, lead, here("leads"))?;
        }
        if !one.overflow.is_empty() {
            team(config, &one.overflow, here("overflow"))?;
            if one.overflow == one.name {
                return wrong(here("overflow"), format!("the team {:?} overflows into itself", one.name));
            }
        }
    }
    overflow_ends(config)
}

/// No team overflows into one that, in the end, overflows into it.
fn overflow_ends(config: &Config) -> Result<(), Wrong> {
    for (nth, one) in config.teams.iter().enumerate() {
        let mut way = vec![one.name.as_str()];
        let mut here = one;
        while !here.overflow.is_empty() {
            if way.contains(&here.overflow.as_str()) {
                let loops = format!("{} → {}", way.join(" → "), here.overflow);
                return wrong(
                    at("[[teams]]", nth, "overflow"),
                    format!("the teams overflow in a circle ({loops}): one of them must keep what nobody takes"),
                );
            }
            let Some(next) = config.teams.iter().find(|team| team.name == here.overflow) else { break };
            way.push(&here.overflow);
            here = next;
        }
    }
    Ok(())
}

fn agents(config: &Config) -> Result<(), Wrong> {
    let (mut names, mut users, mut accounts) = (HashSet::new(), HashSet::new(), HashSet::new());
    for (nth, agent) in config.agents.iter().enumerate() {
        let here = |key| at("[[agents]]", nth, key);
        let fits = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        if agent.name.is_empty() || agent.name.len() > 32 || !agent.name.chars().all(fits) {
            return wrong(here("name"), format!("{:?} is no name: letters, digits, - and _", agent.name));
        }
        if !names.insert(agent.name.to_lowercase()) {
            return wrong(here("name"), format!("there are two agents named {:?}", agent.name));
        }
        if config.teams.iter().any(|team| team.name.eq_ignore_ascii_case(&agent.name)) {
            return wrong(here("name"), format!("{:?} is a team and an agent: rename one of them", agent.name));
        }
        if !agent.discord.is_empty() && !is_id(&agent.discord) {
            let what = format!("{:?} is no user id: copy it with “Copy User ID”", agent.discord);
            return wrong(here("discord"), what);
        }
        if !agent.discord.is_empty() && !users.insert(&agent.discord) {
            return wrong(here("discord"), format!("two agents have the user id {}", agent.discord));
        }
        if !agent.telegram.is_empty() && !is_id(&agent.telegram) {
            let what = format!("{:?} is no user id of Telegram, which is a number", agent.telegram);
            return wrong(here("telegram"), what);
        }
        if !agent.telegram.is_empty() && !accounts.insert(&agent.telegram) {
            return wrong(here("telegram"), format!("two agents have the user id {} on Telegram", agent.telegram));
        }
        for name in &agent.teams {
            team(config, name, here("teams"))?;
        }
        hours(config, &agent.hours, here("hours"))?;
        if let Some((skill, _)) = agent.skills.iter().find(|(_, level)| **level == 0) {
            let what = format!("{}: a skill's level is at least 1; leave {skill} out", agent.name);
            return wrong(here("skills"), what);
        }
    }
    for name in &config.routing.former {
        if config.agents.iter().any(|agent| agent.name.eq_ignore_ascii_case(name)) {
            return wrong(at("[routing]", 0, "former"), format!("{name:?} is both an agent and in routing.former"));
        }
    }
    Ok(())
}

fn no_tag(typed: &str) -> String {
    format!("{typed:?} is no tag: up to 30 letters, digits, - and _")
}

fn rules(config: &Config) -> Result<(), Wrong> {
    if let Err(error) = Rules::new(config.rules.clone()) {
        let key = if error.fault == Fault::NoName { "name" } else { "when" };
        return wrong(at("[[rules]]", error.index, key), error.to_string());
    }
    let mut names = HashSet::new();
    for (nth, rule) in config.rules.iter().enumerate() {
        let here = |key| at("[[rules]]", nth, key);
        if !names.insert(&rule.name) {
            return wrong(here("name"), format!("there are two rules named {:?}", rule.name));
        }
        if let Some(name) = &rule.team {
            team(config, name, here("team"))?;
        }
        if let Some(typed) = rule.tags.iter().find(|typed| tag(typed).is_none()) {
            return wrong(here("tags"), no_tag(typed));
        }
    }
    Ok(())
}

fn accounts(config: &Config) -> Result<(), Wrong> {
    for (nth, account) in config.accounts.iter().enumerate() {
        let here = |key| at("[[accounts]]", nth, key);
        if account.customer.is_empty() == account.tag.is_empty() {
            return wrong(here("owner"), "an account names a customer or a tag, and not both");
        }
        if !account.tag.is_empty() && tag(&account.tag).is_none() {
            return wrong(here("tag"), no_tag(&account.tag));
        }
        let digits = account.customer.strip_prefix('+').unwrap_or_default();
        if !account.customer.is_empty() && (digits.len() < 7 || !digits.bytes().all(|b| b.is_ascii_digit())) {
            let what = format!("{:?} is no phone number: write it like +4915112345678", account.customer);
            return wrong(here("customer"), what);
        }
        agent(config, &account.owner, here("owner"))?;
    }
    Ok(())
}

fn texts(config: &Config) -> Result<(), Wrong> {
    for (name, text) in &config.canned {
        if name.contains(char::is_whitespace) || text.trim().is_empty() {
            let what = format!("the prepared text {name:?} needs a name of one word and a text");
            return wrong(at("[canned]", 0, name), what);
        }
    }
    let automatic = &config.automatic;
    let here = |key| at("[automatic]", 0, key);
    if !automatic.survey.is_empty() && automatic.survey_options.len() < 2 {
        return wrong(here("survey"), "a survey needs two or three survey_options");
    }
    let long = automatic.survey_options.iter().find(|option| option.chars().count() > 20 || option.trim().is_empty());
    if let Some(option) = long {
        let what = format!("{option:?}: what stands on a button has 1 to 20 characters");
        return wrong(here("survey_options"), what);
    }
    if automatic.survey_options.len() > 3 {
        let what = "WhatsApp shows at most three buttons: leave out some survey_options";
        return wrong(here("survey_options"), what);
    }
    Ok(())
}

pub(super) fn numbers(config: &Config) -> Result<(), Wrong> {
    let numbers = [
        ("[handoff]", "accept_minutes", config.handoff.accept_minutes),
        ("[routing]", "capacity", config.routing.capacity),
        ("[ownership]", "max_passes", config.ownership.max_passes),
    ];
    for (table, name, value) in numbers {
        if value == 0 {
            return wrong(at(table, 0, name), format!("{name} must be at least 1"));
        }
    }
    if !(1..=100).contains(&config.ownership.respond_percent) {
        return wrong(at("[ownership]", 0, "respond_percent"), "respond_percent is from 1 to 100");
    }
    Ok(())
}
