//! Several messages in one post: where a platform takes only so many calls, what a customer wrote one after the other goes out
//! together when little of them is left.

use super::budget::Budget;
use super::{Delivery, Flight};
use crate::domain::card::{Post, Speaker};
use crate::domain::effect::{Effect, Part};
use crate::domain::ids::{ConversationId, MessageId, OutboxId, Time};
use crate::port::{Call, Job};
use crate::store::outbox::{self, Tried};
use crate::store::{StoreError, Tx};

/// What is left free for names and remarks.
const MARGIN: usize = 200;

/// A row that goes out with the one before it.
#[derive(Debug, Clone)]
pub(super) struct Joined {
    pub(super) id: OutboxId,
    pub(super) attempt: i64,
    pub(super) message: MessageId,
}

/// Whether a post is a customer's words and nothing else.
pub(super) fn is_plain(post: &Post) -> bool {
    let Post { speaker, text: _, notes, buttons, mentions, leads_to, files } = post;
    let nothing = notes.is_empty() && buttons.is_empty() && mentions.is_empty() && files.is_empty();
    matches!(speaker, Speaker::Customer(_)) && nothing && leads_to.is_empty()
}

/// The conversation and message of a row that can stand with others in one post.
fn joinable(effect: &Effect) -> Option<(ConversationId, MessageId, &Post)> {
    match effect {
        Effect::Post { conversation, message, part: Part::Mirror, post, quote: None, files }
            if files.is_empty() && is_plain(post) =>
        {
            Some((*conversation, *message, post))
        }
        _ => None,
    }
}

fn units(post: &Post) -> usize {
    post.text.to_plain().encode_utf16().count() + 1
}

impl Flight {
    /// The rows that go out by it.
    pub(super) fn rows(&self) -> impl Iterator<Item = OutboxId> {
        std::iter::once(OutboxId(self.head.id)).chain(self.joined.iter().map(|joined| joined.id))
    }

    /// What became of the rows that went out with it.
    pub(super) fn with_it(&self, tried: &Tried) -> impl Iterator<Item = Tried> {
        self.joined.iter().map(|joined| Tried { id: joined.id, attempt: joined.attempt + 1, ..tried.clone() })
    }
}

impl Delivery {
    /// Lets what stands behind customers' words go out with them, where calls are scarce.
    pub(super) async fn join(
        &self,
        tx: &mut Tx,
        flights: &mut [(Flight, Option<Job>)],
        budget: &Budget<'_>,
        now: Time,
    ) -> Result<(), StoreError> {
        for (flight, job) in flights {
            let Some(toll) = &flight.toll else { continue };
            let Some(Job { call: Call::Post { place, post, .. }, .. }) = job else { continue };
            if !budget.is_tight(&toll.scope, now) {
                continue;
            }
            let Some((conversation, _, first)) = joinable(&flight.effect) else { continue };
            let room = self.workspaces.caps(place.channel.workspace()).max_text.saturating_sub(MARGIN);
            let mut taken = units(first);
            for row in
                outbox::in_lane(tx, &flight.head.lane).await?.into_iter().skip_while(|r| r.id != flight.head.id).skip(1)
            {
                let Ok(effect) = serde_json::from_str::<Effect>(&row.effect) else { break };
                let Some((same, message, next)) = joinable(&effect) else { break };
                taken += units(next);
                if same != conversation || row.due_at > now.0 || row.state != "pending" || taken > room {
                    break;
                }
                post.text.0.extend(next.text.0.iter().cloned());
                flight.joined.push(Joined { id: OutboxId(row.id), attempt: row.attempt, message });
            }
        }
        Ok(())
    }
}
