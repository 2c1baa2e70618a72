//! What a batch of events needs, loaded with one statement for each kind, and the changes they make, written the same way.

mod asked;
mod bench;
mod changes;
mod found;
mod load;
mod people;
mod posts;
mod reports;
mod save;
mod scope;
mod shown;
mod summary;
mod wants;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::contact::{AliasKind, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::effect::Effect;
use crate::domain::ids::{
    AgentId, ContactId, ConversationId, MessageId, NumberId, OutboxId, PostRef, ThreadRef, Time, UserRef,
};
use crate::domain::message::{Direction, Message};
use crate::domain::name;
use crate::domain::roster::{Pace, Standing};
use crate::domain::template::Template;
use crate::store::agent::Agent;
use crate::store::decision::Stored;
use crate::store::media::Media;
use crate::store::outbox::NewRow;
pub(super) use asked::{Figures, History, Hits, MOST_CLOCKS, Question, Queue, Transcript};
use bench::Bench;
pub(super) use bench::Near;
pub(super) use changes::{Agenda, Changes};
pub use found::index_older;
pub(super) use load::AT_ONCE;
pub(super) use reports::PAGE;

/// How many posts of one message by several files are looked up.
pub(super) const MAX_PARTS: usize = 10;

/// WhatsApp's name in `remote_ref`.
pub(super) const WHATSAPP: &str = "whatsapp";

/// Everything a batch may look at. Decisions read it; only [`Room::apply`] changes it.
#[derive(Default)]
pub(super) struct Room {
    aliases: HashMap<(AliasKind, String), ContactId>,
    contacts: HashMap<ContactId, Contact>,
    conversations: HashMap<ConversationId, Conversation>,
    newest: HashMap<(ContactId, NumberId), ConversationId>,
    by_thread: HashMap<ThreadRef, ConversationId>,
    /// Threads that conversations have left.
    left_threads: HashMap<ThreadRef, ConversationId>,
    messages: HashMap<MessageId, Message>,
    refs: HashMap<(String, String), (MessageId, String)>,
    agents: HashMap<AgentId, Agent>,
    by_user: HashMap<UserRef, AgentId>,
    /// The teams of each agent, with what gave the seat.
    seats: HashMap<AgentId, Vec<(String, String)>>,
    /// How each agent stands in their stored seats, where that is known.
    stood: HashMap<AgentId, Standing>,
    bench: Bench,
    /// Teams in whose queue something waits.
    queued: BTreeSet<String>,
    /// The newest routing decision of conversations somebody asks about.
    decisions: HashMap<i64, Stored>,
    templates: Vec<Template>,
    /// The messages of conversations that are being handed over or asked about, in order.
    histories: HashMap<ConversationId, Vec<MessageId>>,
    /// What stands behind an event of Baton's own: the conversations it is about, in order.
    agenda: HashMap<Agenda, Vec<ConversationId>>,
    shown: shown::Shown,
    media: HashMap<MessageId, Vec<Media>>,
    kept: HashMap<OutboxId, Effect>,
    sends: HashMap<MessageId, OutboxId>,
    /// When the youngest message was written that the workspace shows, where one that comes now is older.
    overtaken: BTreeMap<ConversationId, Time>,
    next_number: i64,
    next_id: i64,
    reports: reports::Reports,
    answers: asked::Answers,
    pending: Pending,
}

/// What the batch as a whole writes.
#[derive(Default)]
struct Pending {
    contacts: BTreeMap<ContactId, Contact>,
    aliases: BTreeMap<(AliasKind, String), ContactId>,
    merges: Vec<(ContactId, ContactId)>,
    created: BTreeMap<ConversationId, Conversation>,
    changed: BTreeMap<ConversationId, Conversation>,
    messages: BTreeMap<MessageId, Message>,
    agents: BTreeMap<AgentId, Agent>,
    found: found::Found,
    /// Those whose identity in the workspace has to be written.
    identified: BTreeSet<AgentId>,
    rest: Changes,
    numbers_taken: bool,
}

impl Room {
    pub(super) fn contact(&self, id: ContactId) -> Option<&Contact> {
        self.contacts.get(&id)
    }

    pub(super) fn contact_of(&self, kind: AliasKind, value: &str) -> Option<ContactId> {
        self.aliases.get(&(kind, value.to_owned())).copied()
    }

    pub(super) fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations.get(&id)
    }

    /// The conversation that a customer's messages to a number join: the open one, else the last.
    pub(super) fn newest(&self, contact: ContactId, number: &NumberId) -> Option<&Conversation> {
        self.newest.get(&(contact, number.clone())).and_then(|id| self.conversations.get(id))
    }

    /// How long before the newest message above it a late one was written, in milliseconds; 0 when it comes in its turn.
    pub(super) fn overtaken_by(&self, conversation: &Conversation, at: Time) -> i64 {
        self.overtaken.get(&conversation.id).map_or(0, |newest| newest.since(at).max(0))
    }

    pub(super) fn in_thread(&self, thread: &ThreadRef) -> Option<&Conversation> {
        self.by_thread.get(thread).and_then(|id| self.conversations.get(id))
    }

    /// The conversation that has left a thread for another.
    pub(super) fn that_left(&self, thread: &ThreadRef) -> Option<&Conversation> {
        self.left_threads.get(thread).and_then(|id| self.conversations.get(id))
    }

    pub(super) fn open_of(&self, contact: ContactId) -> Vec<&Conversation> {
        let mut open: Vec<&Conversation> =
            self.conversations.values().filter(|c| c.contact == contact && !c.is_closed()).collect();
        open.sort_by_key(|c| c.id);
        open
    }

    pub(super) fn message(&self, id: MessageId) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// The agent of this name in the configuration.
    pub(super) fn keyed(&self, key: &str) -> Option<AgentId> {
        self.agents.values().find(|agent| agent.key == key && !key.is_empty()).map(|agent| agent.id)
    }

    /// Those of a team who can take something, the freest first; `open` when everybody is of it.
    pub(super) fn free(&self, team: &str, open: bool, (pace, now): (Pace, Time)) -> Vec<AgentId> {
        let sits = |agent: &&Agent| !agent.rank.is_empty() && (open || self.teams_of(agent.id).any(|t| t == team));
        let mut free: Vec<&Agent> = self.agents.values().filter(sits).filter(|a| a.duty.room(pace, now) > 0).collect();
        free.sort_by_key(|a| (a.duty.share(), a.id));
        free.into_iter().map(|a| a.id).collect()
    }

    pub(super) fn agent(&self, id: AgentId) -> Option<&Agent> {
        self.agents.get(&id)
    }

    pub(super) fn agent_of(&self, user: &UserRef) -> Option<&Agent> {
        self.by_user.get(user).and_then(|id| self.agents.get(id))
    }

    /// An agent's name for display.
    pub(super) fn agent_name(&self, id: AgentId) -> String {
        self.agent(id).map_or_else(|| "somebody".to_owned(), |agent| name::display(&agent.name, 40, "somebody"))
    }

    /// Agents by what people call them: an id of the workspace after `@`, a name in the configuration, or the name shown.
    pub(super) fn called(&self, typed: &str) -> Vec<&Agent> {
        let bare = typed.trim_start_matches('@');
        if let Some(agent) = self.agent_of(&UserRef(bare.to_owned())) {
            return vec![agent];
        }
        let lower = bare.to_lowercase();
        if let Some(agent) = self.agents.values().find(|a| !a.key.is_empty() && a.key == lower) {
            return vec![agent];
        }
        let mut found: Vec<&Agent> = self.agents.values().filter(|a| a.name.to_lowercase() == lower).collect();
        found.sort_by_key(|a| a.id);
        found
    }

    /// The teams somebody sits in.
    pub(super) fn teams_of(&self, agent: AgentId) -> impl Iterator<Item = &str> {
        self.seats.get(&agent).into_iter().flatten().map(|(team, _)| team.as_str())
    }

    /// The teams somebody sits in because of this: `config` or `role`.
    pub(super) fn seats_by(&self, agent: AgentId, source: &str) -> Vec<String> {
        let seats = self.seats.get(&agent).into_iter().flatten();
        seats.filter(|(_, by)| by == source).map(|(team, _)| team.clone()).collect()
    }

    /// Everybody who was loaded.
    pub(super) fn everybody(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values()
    }

    /// Whether something waits in a team's queue.
    pub(super) fn is_queued(&self, team: &str) -> bool {
        self.queued.contains(team) || self.conversations.values().any(|c| c.team == team && c.is_queued())
    }

    /// What an event of Baton's own goes through, in order.
    pub(super) fn agenda(&self, agenda: &Agenda) -> Vec<&Conversation> {
        self.agenda.get(agenda).into_iter().flatten().filter_map(|id| self.conversations.get(id)).collect()
    }

    /// The templates of a name, in all their languages.
    pub(super) fn templates(&self, name: &str) -> Vec<&Template> {
        self.templates.iter().filter(|t| t.name == name).collect()
    }

    pub(super) fn media_of(&self, message: MessageId) -> &[Media] {
        self.media.get(&message).map_or(&[], Vec::as_slice)
    }

    pub(super) fn all_media(&self) -> impl Iterator<Item = &Media> {
        self.media.values().flatten()
    }

    /// The held messages of one post: the first, and one for each further file.
    pub(super) fn held_with(&self, first: MessageId) -> Vec<&Message> {
        let Some(held) = self.messages.get(&first).filter(|m| m.direction == Direction::Held) else {
            return Vec::new();
        };
        let mut found: Vec<&Message> = self
            .messages
            .values()
            .filter(|m| {
                m.direction == Direction::Held
                    && (m.id == first
                        || (m.author == held.author && m.at == held.at && m.conversation == held.conversation))
            })
            .collect();
        found.sort_by_key(|m| m.id);
        found
    }

    pub(super) fn effect(&self, id: OutboxId) -> Option<&Effect> {
        self.kept.get(&id)
    }

    /// The outbox row that is to send a message and has not begun.
    pub(super) fn unsent(&self, message: MessageId) -> Option<OutboxId> {
        self.sends.get(&message).copied()
    }

    /// A fresh id, `nth` of this event.
    pub(super) fn fresh(&self, changes: &mut Changes) -> i64 {
        changes.ids_used += 1;
        self.next_id + changes.ids_used
    }

    /// The last id given out.
    pub(super) fn last_id(&self) -> i64 {
        self.next_id
    }

    /// The short number a new conversation of this event gets.
    pub(super) fn next_number(&self) -> ConversationId {
        ConversationId(self.next_number)
    }

    /// Takes what an event changed; later events of the batch see it.
    pub(super) fn apply(&mut self, changes: Changes) {
        self.next_id += changes.ids_used;
        self.note_words(&changes);
        for (gone, kept) in &changes.merges {
            self.merge(*gone, *kept);
        }
        for contact in changes.contacts {
            self.pending.contacts.insert(contact.id, contact.clone());
            self.contacts.insert(contact.id, contact);
        }
        for (kind, value, contact) in changes.aliases {
            self.pending.aliases.insert((kind, value.clone()), contact);
            self.aliases.insert((kind, value), contact);
        }
        for conversation in changes.conversations {
            self.apply_conversation(conversation);
        }
        // Which conversation goes on is known only now.
        for (_, kept) in &changes.merges {
            let theirs: Vec<ConversationId> =
                self.conversations.values().filter(|c| c.contact == *kept).map(|c| c.id).collect();
            theirs.into_iter().for_each(|id| self.joined(id));
        }
        for message in changes.messages {
            self.pending.messages.insert(message.id, message.clone());
            self.messages.insert(message.id, message);
        }
        for agent in changes.agents {
            if self.agents.get(&agent.id).is_none_or(|known| known.users != agent.users) {
                self.pending.identified.insert(agent.id);
            }
            self.pending.agents.insert(agent.id, agent.clone());
            self.met(agent);
        }
        for reference in &changes.refs {
            self.refs
                .entry((reference.place.clone(), reference.remote.clone()))
                .or_insert_with(|| (MessageId(reference.message), reference.part.clone()));
        }
        for media in &changes.media {
            self.media.entry(media.message).or_default().push(media.clone());
        }
        for (outbox, _) in &changes.cancelled {
            self.sends.retain(|_, id| id != outbox);
        }
        for id in &changes.places_gone {
            self.forget_places(*id);
        }
        self.note_shown(&changes.effects);
        self.move_seats(changes.risen, changes.seated);
        let effects: Vec<NewRow> = changes.effects.into_iter().map(|row| self.scoped(row)).collect();
        let rest = &mut self.pending.rest;
        rest.effects.extend(effects);
        rest.clocks.extend(changes.clocks);
        rest.alarms.extend(changes.alarms);
        rest.merges.extend(changes.merges);
        rest.record.extend(changes.record);
        rest.refs.extend(changes.refs);
        rest.media.extend(changes.media);
        rest.media_moves.extend(changes.media_moves);
        rest.settled.extend(changes.settled);
        rest.cancelled.extend(changes.cancelled);
        rest.woken.extend(changes.woken);
        rest.prompts_gone.extend(changes.prompts_gone);
        rest.places_gone.extend(changes.places_gone);
        rest.posts_gone.extend(changes.posts_gone);
        rest.standing_gone.extend(changes.standing_gone);
        for own in changes.told {
            if !rest.told.contains(&own) {
                // Each is a row of its own, with a key of its own.
                self.next_id += 1;
                rest.told.push(own);
            }
        }
        rest.decisions.extend(changes.decisions);
        rest.skills.retain(|(agent, _)| changes.skills.iter().all(|(other, _)| other != agent));
        rest.skills.extend(changes.skills);
        rest.known_anew.extend(changes.known_anew);
        rest.ratings.extend(changes.ratings);
        self.left_threads.extend(changes.left_behind.iter().map(|(id, thread)| (thread.clone(), *id)));
        rest.left_behind.extend(changes.left_behind);
        rest.brought_along.extend(changes.brought_along);
        rest.templates = changes.templates.or(rest.templates.take());
    }

    /// Later events of the batch see that a conversation is shown nowhere.
    fn forget_places(&mut self, id: ConversationId) {
        let Some(conversation) = self.conversations.get_mut(&id) else { return };
        self.by_thread.remove(&conversation.thread);
        conversation.thread = ThreadRef::default();
        (conversation.card, conversation.head, conversation.seen) = <(PostRef, PostRef, PostRef)>::default();
    }

    fn apply_conversation(&mut self, conversation: Conversation) {
        let id = conversation.id;
        if !self.conversations.contains_key(&id) {
            self.next_number = self.next_number.max(id.0 + 1);
            self.pending.numbers_taken = true;
            self.pending.created.insert(id, conversation.clone());
        } else if let Some(created) = self.pending.created.get_mut(&id) {
            *created = conversation.clone();
        } else {
            self.pending.changed.insert(id, conversation.clone());
        }
        if !conversation.thread.is_empty() {
            self.by_thread.insert(conversation.thread.clone(), id);
        }
        self.conversations.insert(id, conversation);
        self.joined(id);
    }

    /// Notes the conversation as the one that its customer's messages join: the open one, else the last.
    fn joined(&mut self, id: ConversationId) {
        let Some(conversation) = self.conversations.get(&id) else { return };
        let key = (conversation.contact, conversation.number.clone());
        let rank = |id: ConversationId| (self.conversations.get(&id).is_some_and(|c| !c.is_closed()), id);
        let best = self.newest.get(&key).map_or(id, |old| std::cmp::max_by_key(*old, id, |id| rank(*id)));
        self.newest.insert(key, best);
    }

    fn merge(&mut self, gone: ContactId, kept: ContactId) {
        self.pending.merges.push((gone, kept));
        self.pending.contacts.remove(&gone);
        self.contacts.remove(&gone);
        for contact in self.aliases.values_mut().chain(self.pending.aliases.values_mut()) {
            if *contact == gone {
                *contact = kept;
            }
        }
        for conversation in self
            .conversations
            .values_mut()
            .chain(self.pending.created.values_mut())
            .chain(self.pending.changed.values_mut())
        {
            if conversation.contact == gone {
                conversation.contact = kept;
            }
        }
        self.newest.retain(|(contact, _), _| *contact != gone);
    }
}

/// Fresh ids: milliseconds since 2024 and twenty bits of counting, so that they grow with time. `salt` keeps two processes
/// apart that begin one in the same millisecond.
pub(super) fn first_id(now: Time, salt: u16) -> i64 {
    ((now.0 - 1_704_067_200_000).max(1) << 20) | (i64::from(salt & 0x3ff) << 10)
}
