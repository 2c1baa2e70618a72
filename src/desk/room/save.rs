//! Writing: table by table, each with one statement for the whole batch.

use super::Room;
use crate::desk::policy::Policy;
use crate::domain::contact::{AliasKind, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ContactId, Time};
use crate::domain::message::Message;
use crate::store::agent::Agent;
use crate::store::{StoreError, Tx, agent, contact, conversation, lane, media, message, outbox, record};

impl Room {
    /// Writes everything the batch changed.
    ///
    /// # Errors
    /// When the database refuses or a conversation was changed by somebody else; the transaction must then be dropped.
    pub(in crate::desk) async fn save(&self, tx: &mut Tx, policy: &Policy, now: Time) -> Result<(), StoreError> {
        let pending = &self.pending;
        let rest = &pending.rest;
        let contacts: Vec<&Contact> = pending.contacts.values().collect();
        if !contacts.is_empty() {
            contact::save(tx, &contacts).await?;
        }
        let agents: Vec<&Agent> = pending.agents.values().collect();
        if !agents.is_empty() {
            agent::save(tx, policy.place, &agents, now).await?;
        }
        let changed: Vec<&Conversation> = pending.changed.values().collect();
        if !changed.is_empty() {
            conversation::update(tx, &changed).await?;
        }
        for (gone, kept) in &rest.merges {
            contact::merge(tx, *gone, *kept).await?;
        }
        if !pending.aliases.is_empty() {
            let aliases: Vec<(AliasKind, String, ContactId)> =
                pending.aliases.iter().map(|((kind, value), id)| (*kind, value.clone(), *id)).collect();
            contact::save_aliases(tx, &aliases).await?;
        }
        let created: Vec<&Conversation> = pending.created.values().collect();
        if !created.is_empty() {
            conversation::insert(tx, policy.place, &created).await?;
        }
        if pending.numbers_taken {
            conversation::numbers_used(tx, self.next_number).await?;
        }
        if !rest.record.is_empty() {
            record::append(tx, &rest.record).await?;
        }
        let messages: Vec<&Message> = pending.messages.values().collect();
        if !messages.is_empty() {
            message::save(tx, &messages).await?;
        }
        if !rest.refs.is_empty() {
            message::save_refs(tx, &rest.refs).await?;
        }
        if !rest.media.is_empty() {
            media::insert(tx, &rest.media).await?;
        }
        // Lanes before the rows in them, as with everybody who writes both.
        outbox::put(tx, &rest.effects, now).await?;
        self.save_rare(tx).await?;
        if !rest.woken.is_empty() {
            lane::wake(tx, &rest.woken, now).await?;
        }
        Ok(())
    }

    /// What few batches hold, one statement each.
    async fn save_rare(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let rest = &self.pending.rest;
        for (id, state, reason) in &rest.media_moves {
            media::moved(tx, *id, *state, reason).await?;
        }
        for (id, state, why) in &rest.settled {
            outbox::settle(tx, *id, state, why).await?;
        }
        for (id, why) in &rest.cancelled {
            outbox::cancel(tx, *id, why).await?;
        }
        for id in &rest.prompts_gone {
            message::drop_prompts(tx, *id).await?;
        }
        for id in &rest.places_gone {
            conversation::forget_places(tx, *id).await?;
        }
        for (id, post) in &rest.posts_gone {
            conversation::forget_post(tx, *id, post).await?;
        }
        Ok(())
    }
}
