//! Summaries that are posted again and again.

use serde::Deserialize;

use super::Config;
use super::clocks::length;
use super::staff::team;
use super::wrong::{Wrong, at, is_channel, wrong};
use crate::domain::schedule::{Schedule, ScheduleError};

/// A summary that is posted again and again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummarySpec {
    /// What it is called; each has a name of its own.
    pub name: String,
    /// When: second, minute, hour, day, month, weekday.
    pub cron: String,
    /// On whose wall; `routing.zone` when empty.
    #[serde(default)]
    pub zone: String,
    /// About which teams; all when empty.
    #[serde(default)]
    pub teams: Vec<String>,
    /// Where; in the channel of its one team when empty.
    #[serde(default)]
    pub channel: String,
    /// One that was missed is still posted if it is younger than this.
    #[serde(default = "two_hours")]
    pub catch_up: String,
}

/// What is older than this is never caught up with.
const MAX_CATCH_UP_MS: i64 = 7 * 86_400_000;

fn two_hours() -> String {
    "2h".to_owned()
}

impl SummarySpec {
    /// When it is posted.
    ///
    /// # Errors
    /// When the expression cannot be read. A zone that does not exist counts as UTC; it is refused before.
    pub fn schedule(&self, config: &Config) -> Result<Schedule, ScheduleError> {
        let zone = if self.zone.is_empty() { &config.routing.zone } else { &self.zone };
        Schedule::new(&self.cron, zone.parse().unwrap_or_default())
    }

    /// How late it may come, in milliseconds.
    #[must_use]
    pub fn catch_up_ms(&self) -> i64 {
        length(&self.catch_up).unwrap_or_default()
    }

    /// The teams it is about.
    #[must_use]
    pub fn about(&self, config: &Config) -> Vec<String> {
        if self.teams.is_empty() { config.teams.iter().map(|t| t.name.clone()).collect() } else { self.teams.clone() }
    }

    /// Where it is posted; empty where that is not said.
    #[must_use]
    pub fn place(&self, config: &Config) -> String {
        match self.about(config).as_slice() {
            [only] if self.channel.is_empty() => config
                .teams
                .iter()
                .find(|t| t.name == *only)
                .and_then(|t| t.places().next())
                .unwrap_or_default()
                .to_owned(),
            _ => self.channel.clone(),
        }
    }
}

/// What cannot be right about summaries.
pub(super) fn check(config: &Config) -> Result<(), Wrong> {
    for (nth, spec) in config.summaries.iter().enumerate() {
        let here = |key| at("[[summaries]]", nth, key);
        if spec.name.trim().is_empty() || config.summaries[..nth].iter().any(|other| other.name == spec.name) {
            return wrong(here("name"), format!("{:?} names no summary of its own: give each another name", spec.name));
        }
        if !spec.zone.is_empty() && spec.zone.parse::<chrono_tz::Tz>().is_err() {
            return wrong(
                here("zone"),
                format!("there is no time zone {:?}: write for example Europe/Madrid", spec.zone),
            );
        }
        if let Err(error) = spec.schedule(config) {
            return wrong(here("cron"), error.to_string());
        }
        if let Ok(schedule) = spec.schedule(config)
            && schedule.is_hurried()
        {
            let what = format!("{:?} comes more than once a minute: name one second", spec.cron);
            return wrong(here("cron"), what);
        }
        for name in &spec.teams {
            team(config, name, here("teams"))?;
        }
        let place = spec.place(config);
        if place.is_empty() {
            let what = "this summary is about several teams: say with channel where it is to be posted";
            return wrong(here("name"), what);
        }
        if !is_channel(&place) {
            return wrong(here("channel"), format!("{place:?} is no channel: write the channel's id"));
        }
        let ms = length(&spec.catch_up);
        if ms.is_none_or(|ms| ms > MAX_CATCH_UP_MS) {
            let what = format!("{:?} is no length of time of up to a week: write for example 2h", spec.catch_up);
            return wrong(here("catch_up"), what);
        }
    }
    Ok(())
}
