//! Loading: a handful of set-based statements for a whole batch, each only when something asks for it.

use std::collections::{BTreeMap, BTreeSet};

use super::wants::Wants;
use super::{MAX_PARTS, Room};
use crate::desk::policy::Policy;
use crate::domain::contact::AliasKind;
use crate::domain::effect::Effect;
use crate::domain::event::Event;
use crate::domain::ids::{AgentId, ContactId, ConversationId, MessageId, NumberId, OutboxId, ThreadRef, Time, UserRef};
use crate::domain::message::Direction;
use crate::store::{StoreError, Tx, agent, contact, conversation, media, message, outbox};

impl Room {
    /// Loads what `events` name. Conversations are held for the transaction.
    pub(in crate::desk) async fn load(
        tx: &mut Tx,
        events: &[&Event],
        policy: &Policy,
        next_id: i64,
    ) -> Result<Self, StoreError> {
        let mut wants = Wants::of(events, policy.place);
        let mut room = Self { next_id, ..Self::default() };
        room.load_outbox(tx, &mut wants).await?;
        room.load_messages(tx, &mut wants, policy.place).await?;
        room.load_contacts(tx, &wants).await?;
        room.load_conversations(tx, &mut wants).await?;
        room.load_overtaken(tx, &wants, policy.place).await?;
        room.load_agents(tx, &wants, policy.place).await?;
        if wants.touches_sends {
            room.load_unsent(tx).await?;
        }
        if wants.may_open {
            room.next_number = conversation::next_number(tx).await?;
        }
        Ok(room)
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
                | Effect::Seal { conversation }
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
                Effect::RemoveCard { .. } | Effect::Answer { .. } | Effect::Notice { .. } | Effect::Read { .. } => {}
            }
            self.kept.insert(OutboxId(row.id), effect);
        }
        Ok(())
    }

    async fn load_messages(&mut self, tx: &mut Tx, wants: &mut Wants, place: &'static str) -> Result<(), StoreError> {
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
            self.load_siblings(tx, wants, place).await?;
        }
        let ids: Vec<MessageId> = wants.messages.iter().copied().collect();
        for found in message::by_id(tx, &ids).await? {
            wants.conversations.insert(found.conversation);
            self.messages.insert(found.id, found);
        }
        for found in media::of_messages(tx, &ids).await? {
            self.media.entry(found.message).or_default().push(found);
        }
        for found in message::refs_of(tx, &ids).await? {
            if found.place == place && found.part == "mirror" {
                self.refs.entry((found.place, found.remote)).or_insert((MessageId(found.message), found.part));
            }
        }
        Ok(())
    }

    /// The further messages of posts with several files.
    async fn load_siblings(&mut self, tx: &mut Tx, wants: &mut Wants, place: &'static str) -> Result<(), StoreError> {
        let ids: Vec<MessageId> = wants.messages.iter().copied().collect();
        let posts = message::refs_of(tx, &ids).await?;
        let parts: Vec<String> = posts
            .iter()
            .filter(|post| post.place == place && post.part == "mirror" && !post.remote.contains('#'))
            .flat_map(|post| (1..MAX_PARTS).map(|nth| format!("{}#{nth}", post.remote)))
            .collect();
        let remotes: Vec<(&str, &str)> = parts.iter().map(|part| (place, part.as_str())).collect();
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
            wants.conversations.extend(conversation::ids_by_thread(tx, &threads).await?);
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
    /// one comes only now.
    async fn load_overtaken(&mut self, tx: &mut Tx, wants: &Wants, place: &str) -> Result<(), StoreError> {
        let mut late: BTreeMap<ConversationId, Time> = BTreeMap::new();
        for (who, number, at) in &wants.written {
            let known = who.aliases().into_iter().filter_map(|alias| self.aliases.get(&alias).copied());
            if let Some(open) = known.filter_map(|id| self.newest(id, number)).find(|c| c.last_inbound_at > *at) {
                let earliest = late.entry(open.id).or_insert(*at);
                *earliest = (*earliest).min(*at);
            }
        }
        if late.is_empty() {
            return Ok(());
        }
        let late: Vec<(ConversationId, Time)> = late.into_iter().collect();
        self.overtaken = message::shown_after(tx, place, &late).await?.into_iter().collect();
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

    async fn load_agents(&mut self, tx: &mut Tx, wants: &Wants, place: &str) -> Result<(), StoreError> {
        let users: Vec<UserRef> = wants.users.iter().cloned().collect();
        let mut ids: BTreeSet<AgentId> = self.conversations.values().filter_map(|c| c.owner()).collect();
        ids.extend(self.messages.values().filter_map(|m| m.author.some()));
        let mut found = Vec::new();
        if !users.is_empty() {
            found.extend(agent::by_user(tx, place, &users).await?);
        }
        if !ids.is_empty() {
            let ids: Vec<AgentId> = ids.into_iter().collect();
            found.extend(agent::by_id(tx, place, &ids).await?);
        }
        for agent in found {
            self.by_user.insert(agent.user.clone(), agent.id);
            self.agents.insert(agent.id, agent);
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
