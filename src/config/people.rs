//! The teams and the people in them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::roster::Strategy;

/// A team.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// Where its conversations are: the id of a channel of Discord, or of a forum on Telegram.
    #[serde(default)]
    pub channel: String,
    /// Several forums on Telegram, among which its conversations are shared out, instead of a channel.
    #[serde(default)]
    pub forums: Vec<String>,
    /// The id of the channel in which its board is kept up to date; none when empty.
    #[serde(default)]
    pub board: String,
    /// How the owner of its next conversation is chosen.
    #[serde(default)]
    pub strategy: Strategy,
    /// The calendar it works by; always when empty.
    #[serde(default)]
    pub hours: String,
    /// Which of `targets` it has promised; the default when empty.
    #[serde(default)]
    pub targets: String,
    /// A customer who comes back goes to whoever owned them last.
    #[serde(default)]
    pub sticky: bool,
    /// Minutes after which skills that nobody free has no longer matter; 0 for never.
    #[serde(default)]
    pub relax_after_minutes: u32,
    /// The team that takes what nobody of this one can; empty for none.
    #[serde(default)]
    pub overflow: String,
    /// Minutes after which it does.
    #[serde(default = "overflow_minutes")]
    pub overflow_after_minutes: u32,
    /// Who is told what goes wrong: names of agents or ids of people.
    #[serde(default)]
    pub leads: Vec<String>,
    /// The id of the server role whose bearers are its members; empty for none.
    #[serde(default)]
    pub role: String,
}

impl Team {
    /// Where its conversations are.
    pub(crate) fn places(&self) -> impl Iterator<Item = &str> {
        self.forums.iter().chain(Some(&self.channel).filter(|channel| !channel.is_empty())).map(String::as_str)
    }
}

fn overflow_minutes() -> u32 {
    10
}

/// Somebody who is given conversations.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// What they are called in commands, `@ana`: letters, digits, `-` and `_`.
    pub name: String,
    /// Their user id on Discord; empty when they are not there.
    #[serde(default)]
    pub discord: String,
    /// Their user id on Telegram; empty when they are not there.
    #[serde(default)]
    pub telegram: String,
    /// Their teams.
    #[serde(default)]
    pub teams: Vec<String>,
    /// What they can do, from 1 upwards.
    #[serde(default)]
    pub skills: BTreeMap<String, u32>,
    /// How many open conversations they may own; `routing.capacity` when not given.
    #[serde(default)]
    pub capacity: Option<u32>,
    /// The calendar they work by; their first team's when empty.
    #[serde(default)]
    pub hours: String,
    /// What they may do beside what their server roles allow.
    #[serde(default)]
    pub rank: Rank,
}

/// What an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// Claim and answer.
    #[default]
    Agent,
    /// Act on the conversations of others too.
    Lead,
    /// Everything.
    Manager,
}

/// Somebody named for a customer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The customer's phone with `+` and country; empty when a tag is given.
    #[serde(default)]
    pub customer: String,
    /// A tag of customers; empty when a customer is given.
    #[serde(default)]
    pub tag: String,
    /// The agent's name.
    pub owner: String,
}

/// Who may do what: ids of workspace roles or of people.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// May claim and answer.
    pub agent: Vec<String>,
    /// May also act on the conversations of others.
    #[serde(default)]
    pub lead: Vec<String>,
    /// May do everything.
    #[serde(default)]
    pub manager: Vec<String>,
    /// What the agent role is called, for sentences.
    #[serde(default = "agent_name")]
    pub agent_name: String,
}

fn agent_name() -> String {
    "the agent role".to_owned()
}
