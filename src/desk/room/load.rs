//! Loading: a handful of set-based statements for a whole batch, each only when something asks for it.

use std::collections::{BTreeMap, BTreeSet};

use super::wants::Wants;
use super::{Agenda, MAX_PARTS, Room, WHATSAPP};
use crate::desk::policy::Policy;
use crate::domain::contact::{AliasKind, Who};
use crate::domain::conversation::Conversation;
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::ids::{ContactId, ConversationId, MessageId, NumberId, OutboxId, ThreadRef, Time};
use crate::domain::message::{Direction, Message};
use crate::domain::workspace::Workspace;
use crate::store::{StoreError, Tx, contact, conversation, decision, lane, media, message, outbox, queue, template};

/// How many conversations an event of Baton's own goes through in one transaction.
pub(in crate::desk) const AT_ONCE: i64 = 64;
/// How many messages are taken along when a conversation moves.
const HISTORY: i64 = 300;

impl Room {
    /// Loads what `events` name. Conversations are held for the transaction.
    pub(in crate::desk) async fn load(
        tx: &mut Tx,
        events: &[&Event],
        policy: &Policy,
        next_id: i64,
        now: Time,
    ) -> Result<Self, StoreError> {
        let mut wants = Wants::of(events);
        let mut room = Self { next_id, ..Self::default() };
        // Held before anything else is, in every transaction that may change an owner: loads are counted under it.
        if wants.may_pass || wants.may_open {
            room.next_number = conversation::next_number(tx).await?;
        }
        for phone in &wants.phones {
            let who = Who { phone: phone.clone(), ..Who::default() };
            wants.pairs.extend(policy.numbers.keys().map(|number| (who.clone(), number.clone())));
        }
        room.load_agenda(tx, &mut wants, policy).await?;
        room.load_outbox(tx, &mut wants).await?;
        room.load_messages(tx, &mut wants).await?;
        room.load_contacts(tx, &wants).await?;
        room.load_conversations(tx, &mut wants).await?;
        room.load_histories(tx, &wants).await?;
        room.load_overtaken(tx, &wants).await?;
        room.load_people(tx, &wants, policy).await?;
        if wants.may_pass && policy.routes() {
            room.load_candidates(tx, events, policy, now).await?;
        }
        if !wants.summaries.is_empty() {
            room.load_summaries(tx, &wants.summaries, policy, now).await?;
        }
        if wants.rings {
            room.load_slipped(tx, policy, now).await?;
        }
        if !wants.asks.is_empty() {
            room.load_reports(tx, &wants.asks, policy, now).await?;
        }
        if !wants.questions.is_empty() {
            room.load_asked(tx, &wants.questions, (policy, now)).await?;
        }
        if wants.touches_sends {
            room.load_unsent(tx).await?;
        }
        if !wants.templates.is_empty() {
            let names: Vec<String> = wants.templates.iter().cloned().collect();
            room.templates = template::by_name(tx, &names).await?;
        }
        Ok(room)
    }

    /// What events of Baton's own go through.
    async fn load_agenda(&mut self, tx: &mut Tx, wants: &mut Wants, policy: &Policy) -> Result<(), StoreError> {
        for item in &wants.agenda {
            let found = match item {
                Agenda::Outdated(after) => queue::outdated(tx, &policy.versions(), *after, AT_ONCE).await?,
                Agenda::Queue(team, behind) => queue::of_team(tx, team, *behind, AT_ONCE).await?,
                Agenda::Owned(agent, waiting, after) => queue::owned(tx, *agent, *waiting, *after, AT_ONCE).await?,
            };
            wants.conversations.extend(&found);
            if wants.moves_agenda {
                wants.histories.extend(&found);
            }
            self.agenda.insert(item.clone(), found);
        }
        Ok(())
    }

    /// The messages of conversations that are handed over, and the decisions that are asked for.
    async fn load_histories(&mut self, tx: &mut Tx, wants: &Wants) -> Result<(), StoreError> {
        let here = |c: &Conversation| wants.history_here && wants.threads.contains(&c.thread);
        let open: Vec<ConversationId> = self
            .conversations
            .values()
            .filter(|c| wants.histories.contains(&c.id) || c.passing.offer.is_some() || here(c))
            .map(|c| c.id)
            .collect();
        if !open.is_empty() {
            let mut found = message::newest_of(tx, &open, HISTORY).await?;
            found.sort_by_key(Message::order);
            let ids: Vec<MessageId> = found.iter().map(|m| m.id).collect();
            for message in found {
                self.histories.entry(message.conversation).or_default().push(message.id);
                self.messages.entry(message.id).or_insert(message);
            }
            for found in media::of_messages(tx, &ids).await? {
                let of_message = self.media.entry(found.message).or_default();
                if of_message.iter().all(|known| known.id != found.id) {
                    of_message.push(found);
                }
            }
        }
        if wants.decisions {
            let ids: Vec<i64> = self.conversations.values().map(|c| c.passing.decision).filter(|id| *id != 0).collect();
            self.decisions = decision::by_id(tx, &ids).await?.into_iter().map(|d| (d.id, d)).collect();
        }
        Ok(())
    }

    async fn load_outbox(&mut self, tx: &mut Tx, wants: &mut Wants) -> Result<(), StoreError> {
        if wants.outbox.is_empty() {
            return Ok(());
        }
        let ids: Vec<OutboxId> = wants.outbox.iter().copied().collect();
        for row in outbox::kept(tx, &ids).await? {
            let Ok(effect) = serde_json::from_str::<Effect>(&row.effect) else { continue };
            match &effect {
                Effect::Card { conversation }
                | Effect::Thread { conversation }
                | Effect::Head { conversation }
                | Effect::Sign { conversation }
                | Effect::Seal { conversation }
                | Effect::Tell { conversation, .. }
                | Effect::Direct { conversation, .. }
                | Effect::Moved { conversation, .. }
                | Effect::SendReaction { conversation, .. } => {
                    wants.conversations.insert(*conversation);
                }
                Effect::Post { conversation, message, .. } => {
                    wants.conversations.insert(*conversation);
                    wants.messages.insert(*message);
                }
                Effect::Repost { message, .. }
                | Effect::Mark { message }
                | Effect::React { message, .. }
                | Effect::Retract { message }
                | Effect::Send { message } => {
                    wants.messages.insert(*message);
                }
                Effect::Fetch { media } => {
                    let found = media::by_id(tx, &[*media]).await?;
                    wants.messages.extend(found.iter().map(|m| m.message));
                }
                Effect::Standing { .. }
                | Effect::Announce { .. }
                | Effect::RemoveCard { .. }
                | Effect::Lock { .. }
                | Effect::Answer { .. }
                | Effect::Notice { .. }
                | Effect::Read { .. } => {}
            }
            self.kept.insert(OutboxId(row.id), effect);
        }
        Ok(())
    }

    async fn load_messages(&mut self, tx: &mut Tx, wants: &mut Wants) -> Result<(), StoreError> {
        if !wants.remotes.is_empty() {
            let remotes: Vec<(&str, &str)> = wants.remotes.iter().map(|(place, id)| (*place, id.as_str())).collect();
            for found in message::refs(tx, &remotes).await? {
                wants.messages.insert(MessageId(found.message));
                self.refs.insert((found.place, found.remote), (MessageId(found.message), found.part));
            }
        }
        wants.messages.remove(&MessageId(0));
        if wants.messages.is_empty() {
            return Ok(());
        }
        if wants.siblings {
            self.load_siblings(tx, wants).await?;
        }
        let ids: Vec<MessageId> = wants.messages.iter().copied().collect();
        for found in message::by_id(tx, &ids).await? {
            wants.conversations.insert(found.conversation);
            self.messages.insert(found.id, found);
        }
        for found in media::of_messages(tx, &ids).await? {
            self.media.entry(found.message).or_default().push(found);
        }
        let refs = message::refs_of(tx, &ids).await?;
        self.note_left(&refs);
        for found in refs {
            if found.place != WHATSAPP && found.part == "mirror" {
                self.refs.entry((found.place, found.remote)).or_insert((MessageId(found.message), found.part));
            }
        }
        Ok(())
    }

    /// The further messages of posts with several files.
    async fn load_siblings(&mut self, tx: &mut Tx, wants: &mut Wants) -> Result<(), StoreError> {
        let ids: Vec<MessageId> = wants.messages.iter().copied().collect();
        let posts = message::refs_of(tx, &ids).await?;
        let parts: Vec<String> = posts
            .iter()
            .filter(|post| post.place != WHATSAPP && post.part == "mirror" && !post.remote.contains('#'))
            .flat_map(|post| (1..MAX_PARTS).map(|nth| format!("{}#{nth}", post.remote)))
            .collect();
        let remotes: Vec<(&str, &str)> =
            parts.iter().map(|part| (Workspace::of(part).as_str(), part.as_str())).collect();
        wants.messages.extend(message::refs(tx, &remotes).await?.iter().map(|found| MessageId(found.message)));
        Ok(())
    }

    async fn load_contacts(&mut self, tx: &mut Tx, wants: &Wants) -> Result<(), StoreError> {
        if wants.aliases.is_empty() {
            return Ok(());
        }
        let aliases: Vec<(AliasKind, String)> = wants.aliases.iter().cloned().collect();
        for (kind, value, id) in contact::by_alias(tx, &aliases).await? {
            self.aliases.insert((kind, value), id);
        }
        Ok(())
    }

    async fn load_conversations(&mut self, tx: &mut Tx, wants: &mut Wants) -> Result<(), StoreError> {
        let mut pairs: Vec<(ContactId, NumberId)> = Vec::new();
        let mut merging: BTreeSet<ContactId> = BTreeSet::new();
        for (who, number) in &wants.pairs {
            let known: BTreeSet<ContactId> =
                who.aliases().into_iter().filter_map(|alias| self.aliases.get(&alias).copied()).collect();
            pairs.extend(known.iter().map(|id| (*id, number.clone())));
            if known.len() > 1 {
                merging.extend(known);
            }
        }
        merging.extend(self.aliases.values().copied().filter(|_| wants.pairs.is_empty()));
        if !pairs.is_empty() {
            wants.conversations.extend(conversation::newest_of(tx, &pairs).await?);
        }
        for id in merging {
            wants.conversations.extend(conversation::open_of(tx, id).await?);
        }
        if !wants.threads.is_empty() {
            let threads: Vec<ThreadRef> = wants.threads.iter().cloned().collect();
            let here = conversation::ids_by_thread(tx, &threads).await?;
            if here.len() < threads.len() {
                self.left_threads = conversation::that_left(tx, &threads).await?.into_iter().collect();
                wants.conversations.extend(self.left_threads.values());
            }
            wants.conversations.extend(here);
        }
        let mut contacts: BTreeSet<ContactId> = self.aliases.values().copied().collect();
        if !wants.conversations.is_empty() {
            let ids: Vec<ConversationId> = wants.conversations.iter().copied().collect();
            for found in conversation::lock(tx, &ids).await? {
                contacts.insert(found.contact);
                if !found.thread.is_empty() {
                    self.by_thread.insert(found.thread.clone(), found.id);
                }
                let id = found.id;
                self.conversations.insert(id, found);
                self.joined(id);
            }
        }
        if !contacts.is_empty() {
            let ids: Vec<ContactId> = contacts.into_iter().collect();
            for found in contact::by_id(tx, &ids).await? {
                self.contacts.insert(found.id, found);
            }
        }
        Ok(())
    }

    /// The conversations in which the workspace shows a younger message already, or is just being told one, while an earlier
    /// one comes only now; and what is not shown yet of those that may move.
    async fn load_overtaken(&mut self, tx: &mut Tx, wants: &Wants) -> Result<(), StoreError> {
        let mut late: BTreeMap<ConversationId, Time> = BTreeMap::new();
        for (who, number, at) in &wants.written {
            let known = who.aliases().into_iter().filter_map(|alias| self.aliases.get(&alias).copied());
            if let Some(open) = known.filter_map(|id| self.newest(id, number)).find(|c| c.last_inbound_at > *at) {
                let earliest = late.entry(open.id).or_insert(*at);
                *earliest = (*earliest).min(*at);
            }
        }
        let held: BTreeSet<ConversationId> = late.keys().chain(self.histories.keys()).copied().collect();
        if held.is_empty() {
            return Ok(());
        }
        // Held against delivery, so that what it has just begun to show is seen here.
        let mut lanes: Vec<String> = held.into_iter().map(crate::desk::show::thread_lane).collect();
        lanes.sort_unstable();
        lane::lock(tx, &lanes.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        self.load_to_come(tx).await?;
        if late.is_empty() {
            return Ok(());
        }
        let late: Vec<(ConversationId, Time)> = late.into_iter().collect();
        self.overtaken = message::shown_after(tx, &late).await?.into_iter().collect();
        let mut on_their_way: Vec<MessageId> = Vec::new();
        for (conversation, _) in &late {
            for row in outbox::in_lane(tx, &crate::desk::show::thread_lane(*conversation)).await? {
                if row.rank < 0
                    && let Ok(Effect::Post { message, .. }) = serde_json::from_str(&row.effect)
                {
                    on_their_way.push(message);
                }
            }
        }
        for message in message::by_id(tx, &on_their_way).await? {
            if message.direction == Direction::In {
                let newest = self.overtaken.entry(message.conversation).or_insert(message.at);
                *newest = (*newest).max(message.at);
            }
        }
        Ok(())
    }

    /// The sends that have not begun, of every conversation in the room.
    async fn load_unsent(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut lanes: Vec<String> = self.conversations.keys().map(|id| crate::desk::show::send_lane(*id)).collect();
        lanes.sort_unstable();
        for lane in lanes {
            for row in outbox::in_lane(tx, &lane).await? {
                if row.state != "pending" {
                    continue;
                }
                if let Ok(Effect::Send { message }) = serde_json::from_str(&row.effect) {
                    self.sends.insert(message, OutboxId(row.id));
                }
            }
        }
        Ok(())
    }
}
