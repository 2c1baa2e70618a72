//! Writing: table by table, each with one statement for the whole batch.

use super::Room;
use crate::desk::policy::Policy;
use crate::domain::contact::{AliasKind, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Event, Own};
use crate::domain::ids::{AgentId, ContactId, Time};
use crate::domain::message::Message;
use crate::port::{Key, OWN_DOOR};
use crate::store::agent::Agent;
use crate::store::seat::Seated;
use crate::store::{
    StoreError, Tx, agent, clock, contact, conversation, decision, inbox, lane, media, message, outbox, rating, record,
    seat, standing, template,
};

impl Room {
    /// Writes everything the batch changed; whether something of it waits in the inbox now.
    ///
    /// # Errors
    /// When the database refuses or a conversation was changed by somebody else; the transaction must then be dropped.
    pub(in crate::desk) async fn save(&self, tx: &mut Tx, policy: &Policy, now: Time) -> Result<bool, StoreError> {
        let pending = &self.pending;
        let rest = &pending.rest;
        let contacts: Vec<&Contact> = pending.contacts.values().collect();
        if !contacts.is_empty() {
            contact::save(tx, &contacts).await?;
        }
        let agents: Vec<&Agent> = pending.agents.values().collect();
        if !rest.known_anew.is_empty() {
            agent::forget_identity(tx, &rest.known_anew).await?;
        }
        if !agents.is_empty() {
            agent::save(tx, &agents, now).await?;
            let anew = |agent: &&&Agent| pending.identified.contains(&agent.id) || rest.known_anew.contains(&agent.id);
            let identified: Vec<&Agent> = agents.iter().filter(anew).copied().collect();
            if !identified.is_empty() {
                agent::identify(tx, &identified).await?;
            }
            self.save_seats(tx, &agents, policy, now).await?;
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
            conversation::insert(tx, &created).await?;
        }
        if pending.numbers_taken {
            conversation::numbers_used(tx, self.next_number).await?;
        }
        if !rest.clocks.is_empty() {
            clock::keep(tx, &rest.clocks).await?;
        }
        if !rest.alarms.is_empty() {
            clock::ring(tx, &rest.alarms).await?;
        }
        if !rest.record.is_empty() {
            record::append(tx, &rest.record).await?;
        }
        if !rest.decisions.is_empty() {
            decision::append(tx, &rest.decisions).await?;
        }
        let messages: Vec<&Message> = pending.messages.values().collect();
        if !messages.is_empty() {
            message::save(tx, &messages).await?;
        }
        self.save_words(tx).await?;
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
        self.save_told(tx, now).await?;
        Ok(!rest.told.is_empty())
    }

    /// Who sits where, and how everybody stands who was changed.
    async fn save_seats(&self, tx: &mut Tx, agents: &[&Agent], policy: &Policy, now: Time) -> Result<(), StoreError> {
        let rest = &self.pending.rest;
        if !rest.risen.is_empty() {
            let risen: Vec<(&str, AgentId)> = rest.risen.iter().map(|(team, agent)| (team.as_str(), *agent)).collect();
            seat::rise(tx, &risen).await?;
        }
        if !rest.seated.is_empty() {
            let seated: Vec<_> = rest.seated.iter().map(|(team, agent, by)| (team.as_str(), *agent, *by)).collect();
            seat::sit(tx, &seated).await?;
        }
        if !rest.skills.is_empty() {
            let who: Vec<AgentId> = rest.skills.iter().map(|(agent, _)| *agent).collect();
            let skills = rest
                .skills
                .iter()
                .flat_map(|(agent, skills)| skills.iter().map(|(skill, level)| (*agent, skill.as_str(), *level)));
            seat::learn(tx, &who, &skills.collect::<Vec<_>>()).await?;
        }
        let stand = agents.iter().map(|agent| {
            let duty = &agent.duty;
            (agent.id, duty.standing(policy.pace, now), duty.share(), duty.assigned_at.0, duty.idle_order())
        });
        let (as_before, otherwise): (Vec<Seated>, Vec<Seated>) =
            stand.partition(|(agent, standing, ..)| self.stood.get(agent) == Some(standing));
        seat::stand(tx, &otherwise, &as_before).await
    }

    /// What Baton tells itself, as rows of its inbox.
    async fn save_told(&self, tx: &mut Tx, now: Time) -> Result<(), StoreError> {
        let rows: Vec<(String, String, String)> = (1..)
            .zip(&self.pending.rest.told)
            .map(|(nth, own)| {
                let id = format!("own:{}:{nth}", self.last_id());
                let lane = match own {
                    Own::Configured | Own::Promised { .. } | Own::Summary { .. } => "own".to_owned(),
                    Own::Room { team, .. } => format!("own:t:{team}"),
                    Own::Crowded { channel, .. } => format!("own:s:{channel}"),
                    Own::Woke { conversation, .. } => format!("own:c:{conversation}"),
                    Own::Turned { agent, .. } | Own::Left { agent, .. } | Own::Moving { from: agent, .. } => {
                        format!("own:a:{agent}")
                    }
                };
                let body = serde_json::to_string(&Event::Own(own.clone())).unwrap_or_default();
                (Key::new(now, &id).to_hex(), lane, body)
            })
            .collect();
        let rows: Vec<inbox::NewRow<'_>> = rows
            .iter()
            .map(|(key, lane, body)| (key.as_str(), OWN_DOOR, lane.as_str(), inbox::slot(lane), body.as_str()))
            .collect();
        inbox::put(tx, &rows, now).await?;
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
        for (what, channel, post) in &rest.standing_gone {
            standing::gone(tx, what, channel.as_str(), post.as_str()).await?;
        }
        for (id, thread) in &rest.left_behind {
            message::leave_behind(tx, *id).await?;
            if !thread.is_empty() {
                conversation::leave(tx, thread, *id).await?;
            }
        }
        for id in &rest.brought_along {
            message::bring_along(tx, *id).await?;
        }
        if let Some(templates) = &rest.templates {
            template::replace(tx, templates).await?;
        }
        if !rest.ratings.is_empty() {
            rating::append(tx, &rest.ratings).await?;
        }
        Ok(())
    }
}
