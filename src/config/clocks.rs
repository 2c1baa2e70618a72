//! How long things may take, and who is told when they take longer.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::staff::{agent, hours};
use super::wrong::{Place, Wrong, at, is_channel, is_id, near, wrong};
use super::{Config, place};
use crate::domain::calendar::Calendar;
use crate::domain::ladder::{Act, Ladder, On, Step, Whom};
use crate::domain::roster::Priority;
use crate::domain::targets::{Kind, Promise};

/// The targets of every team that names no others.
const DEFAULT: &str = "default";

/// Lengths of time by priority, such as `15m`.
type Times = BTreeMap<Priority, String>;

/// What is promised. A priority that is not named keeps its default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TargetSpec {
    /// Until somebody owns it.
    pub assign: Times,
    /// Until the first answer.
    pub first: Times,
    /// Until every later answer; as the first where not given.
    pub next: Times,
    /// Until it is closed; nothing is promised where not given.
    pub resolve: Times,
}

/// Who is told when something slips.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alarms {
    /// The channel in which alarms are shown; the channel of the team's cards when empty.
    pub channel: String,
    /// More alarms of a team than this within ten minutes stand in one list.
    pub storm_threshold: u16,
    /// The calendar outside which alarms wait, but for steps that always come; empty for none.
    pub hours: String,
    /// Who is told what, when; the usual ladder when not given.
    pub steps: Option<Vec<StepSpec>>,
}

impl Default for Alarms {
    fn default() -> Self {
        Self { channel: String::new(), storm_threshold: 10, hours: String::new(), steps: None }
    }
}

/// One step.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepSpec {
    /// Which clock.
    pub on: On,
    /// When: `80%` of the target, or `100%+5m`.
    pub at: String,
    /// Whom: owner, team, lead, manager, the name of an agent, or # and the id of a channel.
    pub tell: Vec<String>,
    /// Whether people get a direct message instead of a call in the thread.
    #[serde(default)]
    pub direct: bool,
    /// What is done beside telling.
    #[serde(default)]
    pub act: Act,
    /// Whether it comes in quiet hours too.
    #[serde(default)]
    pub always: bool,
}

/// Minutes by priority, from low to urgent, where the configuration says nothing.
const ASSIGN: [i64; 4] = [15, 5, 2, 1];
const ANSWER: [i64; 4] = [30, 15, 5, 2];

/// What a team has promised.
pub(crate) fn promise(config: &Config, team: &str) -> Promise {
    let named = config.teams.iter().find(|t| t.name == team).map_or("", |t| t.targets.as_str());
    let name = if named.is_empty() { DEFAULT } else { named };
    let spec = config.targets.get(name).cloned().unwrap_or_default();
    let next = if spec.next.is_empty() { &spec.first } else { &spec.next };
    let kinds = [
        (Kind::Assign, &spec.assign, Some(ASSIGN)),
        (Kind::First, &spec.first, Some(ANSWER)),
        (Kind::Next, next, Some(ANSWER)),
        (Kind::Resolve, &spec.resolve, None),
    ];
    let mut promise = Promise::default();
    for (kind, times, minutes) in kinds {
        for (nth, priority) in Priority::ALL.into_iter().enumerate() {
            let usual = minutes.map_or(0, |minutes| minutes[nth] * 60_000);
            let ms = times.get(&priority).and_then(|text| length(text)).unwrap_or(usual);
            promise = promise.with(kind, priority, ms);
        }
    }
    promise
}

/// Who is told what.
pub(crate) fn ladder(config: &Config) -> Ladder {
    let step = |spec: &StepSpec| {
        let (share, after_ms) = moment(&spec.at)?;
        let tell = spec.tell.iter().map(|typed| match whom(typed) {
            Whom::Channel(id) => Whom::Channel(place(&id).0),
            other => other,
        });
        let tell = tell.collect();
        let (on, direct, act, always) = (spec.on, spec.direct, spec.act, spec.always);
        Some(Step { on, share, after_ms, tell, direct, act, always })
    };
    let hours = config.calendars.get(&config.alarms.hours).and_then(|spec| Calendar::new(spec).ok());
    let steps = match &config.alarms.steps {
        Some(steps) => steps.iter().filter_map(step).collect(),
        None => usual(),
    };
    Ladder::new(steps, hours)
}

/// The ladder of whoever describes none.
fn usual() -> Vec<Step> {
    let step = |on, (share, after_ms), tell| Step {
        on,
        share,
        after_ms,
        tell,
        direct: false,
        act: Act::Nothing,
        always: false,
    };
    vec![
        step(On::Assign, (100, 0), vec![Whom::Lead]),
        step(On::Response, (80, 0), vec![Whom::Owner]),
        step(On::Response, (100, 0), vec![Whom::Owner, Whom::Lead]),
        step(On::Response, (100, 15 * 60_000), vec![Whom::Lead, Whom::Manager]),
        step(On::Resolution, (100, 0), vec![Whom::Owner]),
    ]
}

fn whom(text: &str) -> Whom {
    match text {
        "owner" => Whom::Owner,
        "team" => Whom::Team,
        "lead" => Whom::Lead,
        "manager" => Whom::Manager,
        other => match other.strip_prefix('#') {
            Some(channel) => Whom::Channel(channel.to_owned()),
            None => Whom::Person(other.trim_start_matches('@').to_owned()),
        },
    }
}

/// `80%`, `100%+5m`: the share in percent and milliseconds after it.
fn moment(text: &str) -> Option<(i64, i64)> {
    let (share, after) = text.split_once('+').unwrap_or((text, ""));
    let share: i64 = share.trim().strip_suffix('%')?.trim().parse().ok().filter(|share| (1..=1000).contains(share))?;
    let after = if after.is_empty() { 0 } else { length(after)? };
    Some((share, after))
}

/// `90s`, `15m`, `1h30m`, in milliseconds; at most 10,000 hours.
pub(super) fn length(text: &str) -> Option<i64> {
    let (mut total, mut rest) = (0_i64, text.trim());
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest.get(..digits)?.parse().ok().filter(|n| *n <= 36_000_000)?;
        let unit = rest[digits..].chars().next()?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        };
        total += number * seconds * 1000;
        rest = rest[digits + 1..].trim_start();
    }
    (1..=36_000_000_000).contains(&total).then_some(total)
}

/// What cannot be right about targets and alarms.
pub(super) fn check(config: &Config) -> Result<(), Wrong> {
    for (name, spec) in &config.targets {
        for (key, times) in
            [("assign", &spec.assign), ("first", &spec.first), ("next", &spec.next), ("resolve", &spec.resolve)]
        {
            if let Some(text) = times.values().find(|text| length(text).is_none()) {
                let what = format!("{text:?} is no length of time: write for example 90s, 15m or 1h30m");
                return wrong(at(&format!("[targets.{name}]"), 0, key), what);
            }
        }
    }
    for (nth, team) in config.teams.iter().enumerate().filter(|(_, team)| !team.targets.is_empty()) {
        if !config.targets.contains_key(&team.targets) {
            let known: Vec<&str> = config.targets.keys().map(String::as_str).collect();
            let what = format!("there are no targets {:?}{}", team.targets, near(&team.targets, &known));
            return wrong(at("[[teams]]", nth, "targets"), what);
        }
    }
    for (nth, team) in config.teams.iter().enumerate() {
        if !team.board.is_empty() && !is_channel(&team.board) {
            let what = format!("{:?} is no channel: write the channel's id", team.board);
            return wrong(at("[[teams]]", nth, "board"), what);
        }
    }
    alarms(config)
}

fn alarms(config: &Config) -> Result<(), Wrong> {
    let alarms = &config.alarms;
    let here = |key| at("[alarms]", 0, key);
    hours(config, &alarms.hours, here("hours"))?;
    if !alarms.channel.is_empty() && !is_channel(&alarms.channel) {
        return wrong(here("channel"), format!("{:?} is no channel: write the channel's id", alarms.channel));
    }
    for (nth, step) in alarms.steps.iter().flatten().enumerate() {
        let here = |key| at("[[alarms.steps]]", nth, key);
        if moment(&step.at).is_none() {
            let what = format!("{:?} is no moment of a clock: write for example 80% or 100%+5m", step.at);
            return wrong(here("at"), what);
        }
        if step.tell.is_empty() && step.act == Act::Nothing {
            return wrong(here("tell"), "this step tells nobody and does nothing: name somebody, for example \"lead\"");
        }
        for name in &step.tell {
            someone(config, name, here("tell"))?;
        }
        if matches!(step.act, Act::Release | Act::Reassign) && step.on != On::Response {
            return wrong(
                here("act"),
                "only what waits for an answer can be taken from its owner: set on = \"response\"",
            );
        }
    }
    Ok(())
}

/// That somebody would be told.
fn someone(config: &Config, name: &str, place: Place) -> Result<(), Wrong> {
    match whom(name) {
        Whom::Owner | Whom::Team => Ok(()),
        Whom::Lead if config.teams.iter().all(|team| team.leads.is_empty()) => {
            wrong(place, "no team has leads: name some with teams.leads")
        }
        Whom::Manager if !config.agents.iter().any(|agent| agent.rank == super::Rank::Manager) => {
            wrong(place, "nobody in [[agents]] has rank = \"manager\", so that there is no manager to tell")
        }
        Whom::Lead | Whom::Manager => Ok(()),
        Whom::Channel(id) if !is_channel(&id) => {
            wrong(place, format!("{name:?} is no channel: write # and the channel's id"))
        }
        Whom::Channel(_) => Ok(()),
        Whom::Person(person) if is_id(&person) => Ok(()),
        Whom::Person(person) => agent(config, &person, place),
    }
}
