//! What the team has decided about how the desk works.

use std::collections::HashMap;

use crate::domain::event::Member;
use crate::domain::ids::{ChannelRef, NumberId};

/// How the desk works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The workspace, as the store spells it: `discord`.
    pub place: &'static str,
    /// The business numbers and where their conversations go.
    pub numbers: HashMap<NumberId, Number>,
    /// How long a customer is to wait for an answer at most, in milliseconds.
    pub window_ms: i64,
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
}

/// A business number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// What the team calls it.
    pub name: String,
    /// The team whose queue its conversations join.
    pub team: String,
    /// The channel of their cards.
    pub channel: ChannelRef,
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
