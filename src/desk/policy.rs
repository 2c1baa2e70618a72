//! What the team has decided about how the desk works.

use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;

use crate::domain::alarm::Storm;
use crate::domain::calendar::Calendar;
use crate::domain::event::Member;
use crate::domain::ids::{ChannelRef, ConversationId, NumberId};
use crate::domain::ladder::Ladder;
use crate::domain::roster::{Pace, Priority, Strategy};
use crate::domain::rule::Rules;
use crate::domain::schedule::Schedule;
use crate::domain::targets::{Promise, Targets};
use crate::domain::workspace::Users;

/// How the desk works.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Where the operator is told what goes wrong: what pauses with it.
    pub operator: String,
    /// The business numbers and where their conversations go.
    pub numbers: HashMap<NumberId, Number>,
    /// What holds where a team is not in the configuration any more.
    pub terms: Terms,
    /// How much of that an owner has to show up, in percent.
    pub respond_percent: i64,
    /// A customer who writes again within this time after the end continues the same conversation, in milliseconds.
    pub reopen_ms: i64,
    /// How long a reply can be taken back before it is sent, in milliseconds.
    pub undo_ms: i64,
    /// Only `/reply` and posts that begin with `>` go out.
    pub explicit: bool,
    /// Others than the owner may choose to send a reply.
    pub others_may_reply: bool,
    /// When the customer's messages are marked read.
    pub mark_read: MarkRead,
    /// Who may do what.
    pub roles: Roles,
    /// The teams by name.
    pub teams: BTreeMap<String, Team>,
    /// The people of the configuration.
    pub people: Vec<Person>,
    /// Which conversation goes where.
    pub rules: Rules,
    /// Who is named for which customers.
    pub accounts: Vec<Account>,
    /// How fast somebody who comes is given what waits.
    pub pace: Pace,
    /// How many open conversations somebody may own who is not in the configuration.
    pub capacity: i64,
    /// How handing over works.
    pub handoff: Handoff,
    /// Whether what an owner does not answer is taken from them.
    pub passes_on: bool,
    /// After how many lapses the lead has to decide.
    pub max_passes: i64,
    /// Prepared texts by name.
    pub canned: BTreeMap<String, String>,
    /// What is said to customers without a person.
    pub automatic: Automatic,
    /// The zone of whoever has none of their own.
    pub zone: Tz,
    /// What is posted again and again, by name.
    pub summaries: BTreeMap<String, Summary>,
    /// Where alarms are shown; in the channel of the team's cards when not given.
    pub alarm_channel: Option<ChannelRef>,
    /// When alarms stand in one list.
    pub storm: Storm,
    /// Whether phones are shown by their ends alone.
    pub mask_phone: bool,
}

/// A business number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// What the team calls it.
    pub name: String,
    /// The team whose queue its conversations join where no rule says otherwise.
    pub team: String,
}

/// A summary.
#[derive(Debug, Clone)]
pub struct Summary {
    /// About which teams.
    pub teams: Vec<String>,
    /// Where it is posted.
    pub channel: ChannelRef,
    /// When.
    pub schedule: Schedule,
}

/// A team.
#[derive(Debug, Clone)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// The channels of its cards, among which its conversations are shared out; none where it has no place to work in.
    pub channels: Vec<ChannelRef>,
    /// The channel of its board; none without one.
    pub board: Option<ChannelRef>,
    /// How the owner of its next conversation is chosen.
    pub strategy: Strategy,
    /// Whether it, or some rule for it, finds owners without a person.
    pub routes: bool,
    /// When it works, and what it has promised.
    pub terms: Terms,
    /// A customer who comes back goes to whoever owned them last.
    pub sticky: bool,
    /// After how long skills no longer matter, in milliseconds; 0 for never.
    pub relax_ms: i64,
    /// Which team takes what nobody of this one can, and after how many milliseconds.
    pub overflow: Option<(String, i64)>,
    /// Who is told what goes wrong: people's names in the configuration or ids of the workspace.
    pub leads: Vec<String>,
    /// The role of the workspace whose bearers are its members; empty for none.
    pub role: String,
}

/// What a team has promised, and who is told when it slips.
#[derive(Debug, Clone)]
pub struct Terms {
    /// When it works: clocks count only then.
    pub hours: Calendar,
    /// How long things may take.
    pub promise: Promise,
    /// Who is told what as a deadline comes near and passes.
    pub ladder: Ladder,
    /// Changes when hours, promise or ladder do, and is that of no other team.
    pub version: String,
}

/// A person of the configuration.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their name there, in lower case.
    pub key: String,
    /// What they are called until the workspace shows another name.
    pub name: String,
    /// Who they are in each workspace; nobody where they are not in it.
    pub users: Users,
    /// Their teams.
    pub teams: Vec<String>,
    /// What they can do, and how well.
    pub skills: BTreeMap<String, i64>,
    /// How many open conversations they may own.
    pub capacity: i64,
    /// When they work; the hours of their first team when not given.
    pub hours: Option<Calendar>,
    /// What they may do beside their roles.
    pub rank: Rank,
}

/// Who is named for which customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Digits of a phone, or empty.
    pub phone: String,
    /// A tag of customers, or empty.
    pub tag: String,
    /// The person's name in the configuration.
    pub owner: String,
}

/// How handing over works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handoff {
    /// Whether what the next one has to know must be given.
    pub note_required: bool,
    /// How long an offer stands, in milliseconds.
    pub accept_ms: i64,
    /// From which handoff of a conversation on the lead is told.
    pub max: i64,
}

/// What is said to customers without a person, each once per occasion; empty for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Automatic {
    /// To somebody who writes first.
    pub greeting: String,
    /// To somebody who writes outside the team's hours.
    pub out_of_hours: String,
    /// When somebody becomes the owner.
    pub assigned: String,
    /// At the end.
    pub closing: String,
    /// After the end: how it was.
    pub survey: String,
    /// The answers offered to that, from 1; at most three.
    pub survey_options: Vec<String>,
}

/// When the customer's messages are marked read on WhatsApp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkRead {
    /// When somebody becomes the owner.
    Claim,
    /// When the owner replies.
    Reply,
    /// Never; then the owner's typing is not shown either, since WhatsApp ties the two.
    Never,
}

/// Who may do what: by workspace role, or by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roles {
    /// May claim and answer.
    pub agent: Vec<String>,
    /// May also act on the conversations of others.
    pub lead: Vec<String>,
    /// May do everything.
    pub manager: Vec<String>,
    /// What the agent role is called in this workspace, for sentences.
    pub agent_name: String,
}

/// What somebody may do; a higher rank may do all that a lower one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Nothing.
    None,
    /// Claim and answer.
    Agent,
    /// Act on the conversations of others.
    Lead,
    /// Everything.
    Manager,
}

impl Policy {
    /// What this person may do: the highest rank that the roles, a seat by role or the configuration gives them.
    #[must_use]
    pub fn rank(&self, member: &Member) -> Rank {
        let known = self.people.iter().find(|p| p.users.has(&member.user));
        let seated = self.teams.values().any(|team| !team.role.is_empty() && member.roles.contains(&team.role));
        let by_seat = if seated { Rank::Agent } else { Rank::None };
        self.roles.rank(member).max(known.map_or(Rank::None, |p| p.rank)).max(by_seat)
    }

    /// Whether somebody of this rank may answer the customers of others.
    #[must_use]
    pub fn speaks_for_others(&self, rank: Rank) -> bool {
        self.others_may_reply || rank >= Rank::Lead
    }

    /// The person of this name in the configuration.
    #[must_use]
    pub fn person(&self, key: &str) -> Option<&Person> {
        self.people.iter().find(|p| p.key == key)
    }

    /// What holds for a team.
    #[must_use]
    pub fn terms(&self, team: &str) -> &Terms {
        self.teams.get(team).map_or(&self.terms, |team| &team.terms)
    }

    /// What the promises of now are known by.
    #[must_use]
    pub fn versions(&self) -> Vec<&str> {
        self.teams.values().map(|team| &team.terms).chain([&self.terms]).map(|terms| terms.version.as_str()).collect()
    }

    /// How long things may take in a team at a priority.
    #[must_use]
    pub fn targets(&self, team: &str, priority: Priority) -> Targets<'_> {
        let Terms { hours, promise, version, .. } = self.terms(team);
        Targets { calendar: hours, promise, priority, respond_percent: self.respond_percent, version }
    }

    /// Whether owners are found without a person anywhere.
    #[must_use]
    pub fn routes(&self) -> bool {
        self.teams.values().any(|team| team.routes) || !self.rules.is_empty()
    }

    /// Whether a team has no members by name or role, so that every agent is one.
    #[must_use]
    pub fn is_open_to_all(&self, team: &str) -> bool {
        let named = self.people.iter().any(|person| person.teams.iter().any(|t| t == team));
        !named && self.teams.get(team).is_some_and(|team| team.role.is_empty())
    }
}

impl Team {
    /// The channel of one of its conversations.
    #[must_use]
    pub fn channel_of(&self, id: ConversationId) -> ChannelRef {
        let nth = usize::try_from(id.0).unwrap_or_default() % self.channels.len().max(1);
        self.channels.get(nth).cloned().unwrap_or_default()
    }

    /// The channel of what is about none of its conversations.
    #[must_use]
    pub fn channel(&self) -> ChannelRef {
        self.channels.first().cloned().unwrap_or_default()
    }
}

impl Roles {
    /// What this person may do: the highest rank whose list names them or one of their roles.
    #[must_use]
    pub fn rank(&self, member: &Member) -> Rank {
        let named = |list: &[String]| {
            list.iter().any(|entry| entry == member.user.as_str() || member.roles.iter().any(|role| role == entry))
        };
        match () {
            () if named(&self.manager) => Rank::Manager,
            () if named(&self.lead) => Rank::Lead,
            () if named(&self.agent) => Rank::Agent,
            () => Rank::None,
        }
    }
}

impl Rank {
    /// Its spelling in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Agent => "agent",
            Self::Lead => "lead",
            Self::Manager => "manager",
        }
    }
}
