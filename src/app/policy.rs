//! From the configuration to what the desk goes by.

use anyhow::anyhow;
use sha2::{Digest, Sha256};

use crate::config::{self, Config, ReplyMode, clocks, place};
use crate::desk::policy::{
    Account, Automatic, Handoff, MarkRead, Number, Person, Policy, Rank, Roles, Summary, Team, Terms,
};
use crate::domain::alarm::Storm;
use crate::domain::calendar::{Calendar, CalendarSpec};
use crate::domain::ids::{NumberId, UserRef};
use crate::domain::roster::{Pace, Strategy};
use crate::domain::rule::Rules;
use crate::domain::workspace::{TELEGRAM_IDS, Users, Workspace};

const MINUTE: i64 = 60_000;

/// What the desk goes by.
///
/// # Errors
/// When a calendar, zone or rule cannot be used, which reading the configuration has refused already.
pub fn policy(config: &Config) -> anyhow::Result<Policy> {
    let minutes = |n: u32| i64::from(n) * MINUTE;
    let c = &config.conversations;
    let numbers = config.whatsapp.numbers.iter();
    Ok(Policy {
        operator: operator(config),
        numbers: numbers
            .map(|n| (NumberId(n.id.clone()), Number { name: n.name.clone(), team: n.team.clone() }))
            .collect(),
        terms: terms(config, "", None)?,
        respond_percent: i64::from(config.ownership.respond_percent),
        reopen_ms: i64::from(c.reopen_days) * 1440 * MINUTE,
        undo_ms: ms(config.reply.undo_seconds),
        explicit: config.reply.mode == ReplyMode::Explicit,
        others_may_reply: config.reply.others_may_reply,
        mark_read: match config.reply.mark_read {
            config::MarkRead::Claim => MarkRead::Claim,
            config::MarkRead::Reply => MarkRead::Reply,
            config::MarkRead::Never => MarkRead::Never,
        },
        roles: Roles {
            agent: config.roles.agent.iter().map(|who| who_or_role(who)).collect(),
            lead: config.roles.lead.iter().map(|who| who_or_role(who)).collect(),
            manager: config.roles.manager.iter().map(|who| who_or_role(who)).collect(),
            agent_name: config.roles.agent_name.clone(),
        },
        teams: config.teams.iter().map(|t| Ok((t.name.clone(), team(config, t)?))).collect::<anyhow::Result<_>>()?,
        people: config.agents.iter().map(|agent| person(config, agent)).collect::<anyhow::Result<_>>()?,
        rules: rules(config)?,
        accounts: config.accounts.iter().map(account).collect(),
        pace: pace(config),
        capacity: i64::from(config.routing.capacity),
        handoff: Handoff {
            note_required: config.handoff.note_required,
            accept_ms: minutes(config.handoff.accept_minutes),
            max: i64::from(config.handoff.max),
        },
        passes_on: config.ownership.pass_on,
        max_passes: i64::from(config.ownership.max_passes),
        canned: config.canned.clone(),
        automatic: Automatic {
            greeting: config.automatic.greeting.clone(),
            out_of_hours: config.automatic.out_of_hours.clone(),
            assigned: config.automatic.assigned.clone(),
            closing: config.automatic.closing.clone(),
            survey: config.automatic.survey.clone(),
            survey_options: config.automatic.survey_options.clone(),
        },
        zone: config.routing.zone.parse().map_err(|_| anyhow!("routing.zone is no time zone"))?,
        summaries: config
            .summaries
            .iter()
            .map(|spec| Ok((spec.name.clone(), summary(config, spec)?)))
            .collect::<anyhow::Result<_>>()?,
        alarm_channel: (!config.alarms.channel.is_empty()).then(|| place(&config.alarms.channel)),
        storm: Storm { threshold: usize::from(config.alarms.storm_threshold) },
        mask_phone: config.privacy.mask_phone,
    })
}

/// How fast somebody who comes is given what waits.
pub(super) fn pace(config: &Config) -> Pace {
    let every_ms = (i64::from(config.routing.ramp_minutes) * MINUTE).max(1);
    Pace { burst: i64::from(config.routing.max_burst), every_ms }
}

/// The rules of a configuration.
///
/// # Errors
/// When one cannot be used.
pub(super) fn rules(config: &Config) -> anyhow::Result<Rules> {
    Ok(Rules::new(config.rules.clone())?)
}

/// Where the operator is told what goes wrong: what pauses with it.
fn operator(config: &Config) -> String {
    match (&config.discord, &config.telegram) {
        (None, Some(telegram)) => place(&telegram.operator_forum).scope(),
        _ => Workspace::Discord.as_str().to_owned(),
    }
}

/// Who somebody is in each workspace.
fn users(agent: &config::Agent) -> Users {
    let mut users = Users::of(UserRef(agent.discord.clone()));
    if !agent.telegram.is_empty() {
        users.know(UserRef(format!("{TELEGRAM_IDS}{}", agent.telegram)));
    }
    users
}

/// Whom a team names as its lead: an agent, or a person by their number where the team works.
fn lead_of(team: &config::Team, typed: &str) -> String {
    let works_in_forums = team.places().all(|typed| place(typed).workspace() == Workspace::Telegram);
    let is_number = typed.bytes().all(|b| b.is_ascii_digit());
    if works_in_forums && is_number { format!("{TELEGRAM_IDS}{typed}") } else { typed.to_owned() }
}

/// Somebody, or everybody with a role: `telegram:77` is a person there, everything else is as the workspace spells it.
fn who_or_role(typed: &str) -> String {
    typed.strip_prefix("telegram:").map_or_else(
        || typed.to_owned(),
        |who| {
            if who.bytes().all(|b| b.is_ascii_digit()) { format!("{TELEGRAM_IDS}{who}") } else { who.to_owned() }
        },
    )
}

fn calendar(config: &Config, name: &str) -> anyhow::Result<Option<Calendar>> {
    config.calendars.get(name).map(|spec| Ok(Calendar::new(spec)?)).transpose()
}

fn team(config: &Config, team: &config::Team) -> anyhow::Result<Team> {
    let by_rule = config.rules.iter().any(|rule| {
        rule.team.as_ref().is_none_or(|name| *name == team.name)
            && rule.strategy.is_some_and(|strategy| strategy != Strategy::Manual)
    });
    Ok(Team {
        name: team.name.clone(),
        channels: team.places().map(place).collect(),
        board: (!team.board.is_empty()).then(|| place(&team.board)),
        strategy: team.strategy,
        routes: team.strategy != Strategy::Manual || by_rule,
        terms: terms(config, &team.name, calendar(config, &team.hours)?)?,
        sticky: team.sticky,
        relax_ms: i64::from(team.relax_after_minutes) * MINUTE,
        overflow: (!team.overflow.is_empty())
            .then(|| (team.overflow.clone(), i64::from(team.overflow_after_minutes) * MINUTE)),
        leads: team.leads.iter().map(|lead| lead_of(team, lead)).collect(),
        role: team.role.clone(),
    })
}

fn summary(config: &Config, spec: &config::SummarySpec) -> anyhow::Result<Summary> {
    let channel = place(&spec.place(config));
    Ok(Summary { teams: spec.about(config), channel, schedule: spec.schedule(config)? })
}

/// What a team has promised; by these hours, else at all times.
fn terms(config: &Config, team: &str, hours: Option<Calendar>) -> anyhow::Result<Terms> {
    let always = CalendarSpec { zone: config.routing.zone.clone(), always_open: true, ..CalendarSpec::default() };
    let hours = match hours {
        Some(hours) => hours,
        None => Calendar::new(&always)?,
    };
    let promise = clocks::promise(config, team);
    let ladder = clocks::ladder(config);
    let version = hex::encode(&Sha256::digest(format!("{team} {hours:?} {promise:?} {ladder:?}"))[..6]);
    Ok(Terms { hours, promise, ladder, version })
}

fn person(config: &Config, agent: &config::Agent) -> anyhow::Result<Person> {
    Ok(Person {
        key: agent.name.to_lowercase(),
        name: capitalised(&agent.name),
        users: users(agent),
        teams: agent.teams.clone(),
        skills: agent.skills.iter().map(|(skill, level)| (skill.clone(), i64::from(*level))).collect(),
        capacity: i64::from(agent.capacity.unwrap_or(config.routing.capacity)),
        hours: calendar(config, &agent.hours)?,
        rank: match agent.rank {
            config::Rank::Agent => Rank::Agent,
            config::Rank::Lead => Rank::Lead,
            config::Rank::Manager => Rank::Manager,
        },
    })
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn account(account: &config::Account) -> Account {
    Account {
        phone: account.customer.trim_start_matches('+').to_owned(),
        tag: account.tag.to_lowercase(),
        owner: account.owner.to_lowercase(),
    }
}

/// Seconds as milliseconds.
pub(super) fn ms(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX)
}
