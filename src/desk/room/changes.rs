//! What one event changes.

use crate::domain::clocks::Kept;
use crate::domain::contact::{AliasKind, Contact};
use crate::domain::conversation::{Change, Conversation};
use crate::domain::event::Own;
use crate::domain::ids::{
    AgentId, ChannelRef, ContactId, ConversationId, MediaId, MessageId, OutboxId, PostRef, ThreadRef,
};
use crate::domain::message::Message;
use crate::domain::template::Template;
use crate::store::agent::Agent;
use crate::store::clock::Alarm;
use crate::store::decision::Stored;
use crate::store::media::{Media, State};
use crate::store::message::Ref;
use crate::store::outbox::NewRow;
use crate::store::rating::Rating;

/// What an event of Baton's own goes through.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::desk) enum Agenda {
    /// The queue of a team, behind so many.
    Queue(String, i64),
    /// What somebody owns behind a conversation; with `true` only where the customer waits.
    Owned(AgentId, bool, ConversationId),
    /// What runs by other promises than those of now, behind a conversation.
    Outdated(ConversationId),
}

/// What one event changes. Empty when the event means nothing.
#[derive(Default)]
pub(in crate::desk) struct Changes {
    pub(in crate::desk) contacts: Vec<Contact>,
    pub(in crate::desk) aliases: Vec<(AliasKind, String, ContactId)>,
    pub(in crate::desk) merges: Vec<(ContactId, ContactId)>,
    pub(in crate::desk) conversations: Vec<Conversation>,
    pub(in crate::desk) record: Vec<Change>,
    pub(in crate::desk) messages: Vec<Message>,
    pub(in crate::desk) refs: Vec<Ref>,
    pub(in crate::desk) agents: Vec<Agent>,
    pub(in crate::desk) media: Vec<Media>,
    pub(in crate::desk) media_moves: Vec<(MediaId, State, String)>,
    pub(in crate::desk) effects: Vec<NewRow>,
    pub(in crate::desk) settled: Vec<(OutboxId, &'static str, String)>,
    pub(in crate::desk) cancelled: Vec<(OutboxId, &'static str)>,
    pub(in crate::desk) woken: Vec<String>,
    pub(in crate::desk) prompts_gone: Vec<MessageId>,
    pub(in crate::desk) places_gone: Vec<ConversationId>,
    pub(in crate::desk) posts_gone: Vec<(ConversationId, PostRef)>,
    /// Posts that stood in channels: what they showed, where, and which they were.
    pub(in crate::desk) standing_gone: Vec<(String, ChannelRef, PostRef)>,
    /// What Baton tells itself.
    pub(in crate::desk) told: Vec<Own>,
    pub(in crate::desk) decisions: Vec<Stored>,
    /// Seats that are given: team, agent, `config` or `role`.
    pub(in crate::desk) seated: Vec<(String, AgentId, &'static str)>,
    /// Seats that are taken away.
    pub(in crate::desk) risen: Vec<(String, AgentId)>,
    /// Agents who had another name in the configuration or another id in the workspace before.
    pub(in crate::desk) known_anew: Vec<AgentId>,
    /// The skills of agents, all of each.
    pub(in crate::desk) skills: Vec<(AgentId, Vec<(String, i64)>)>,
    /// The templates there are, when they were told.
    pub(in crate::desk) templates: Option<Vec<Template>>,
    pub(in crate::desk) ratings: Vec<Rating>,
    /// Clocks that began, moved or ended, as they stand.
    pub(in crate::desk) clocks: Vec<Kept>,
    /// Steps of ladders that have come.
    pub(in crate::desk) alarms: Vec<Alarm>,
    /// Conversations whose posts so far stand in a thread they have left.
    pub(in crate::desk) left_behind: Vec<(ConversationId, ThreadRef)>,
    /// Messages of such posts that get another where their conversation is now.
    pub(in crate::desk) brought_along: Vec<MessageId>,
    pub(super) ids_used: i64,
}
