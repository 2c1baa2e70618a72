//! What of a conversation is shown where it is now, and what stands in a thread it has left.

use std::collections::BTreeSet;

use super::{Room, WHATSAPP};
use crate::domain::effect::{Effect, Part};
use crate::domain::ids::{ConversationId, MessageId};
use crate::store::message::Ref;
use crate::store::outbox::NewRow;
use crate::store::{StoreError, Tx, message, outbox};

/// How messages of a batch are shown.
#[derive(Default)]
pub(super) struct Shown {
    /// Those whose posts stand in a thread that their conversation has left.
    left_behind: BTreeSet<MessageId>,
    /// Those of conversations that may move whose posts have not begun to be made.
    to_come: BTreeSet<MessageId>,
}

impl Room {
    /// Whether all posts of a message stand in a thread that its conversation has left.
    pub(in crate::desk) fn is_left_behind(&self, id: MessageId) -> bool {
        self.shown.left_behind.contains(&id)
    }

    /// Whether the post of a message is still to be made, and will be made wherever its conversation is then.
    pub(in crate::desk) fn is_to_come(&self, id: MessageId) -> bool {
        self.shown.to_come.contains(&id)
    }

    /// Notes which messages have posts in a thread that was left, and none where they are now.
    pub(super) fn note_left(&mut self, refs: &[Ref]) {
        let posts = || refs.iter().filter(|one| is_post(one));
        let here: BTreeSet<i64> = posts().filter(|one| one.part == "mirror").map(|one| one.message).collect();
        let left = posts().filter(|one| one.part == "line" && !here.contains(&one.message));
        self.shown.left_behind.extend(left.map(|one| MessageId(one.message)));
    }

    /// Which messages of the conversations that may move are not shown yet. Their lanes are held.
    pub(super) async fn load_to_come(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let ids: Vec<MessageId> = self.histories.values().flatten().copied().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let refs = message::refs_of(tx, &ids).await?;
        let begun = refs.iter().filter(|one| is_post(one)).map(|one| MessageId(one.message));
        let mut begun: BTreeSet<MessageId> = begun.collect();
        let conversations: Vec<ConversationId> = self.histories.keys().copied().collect();
        for conversation in conversations {
            for row in outbox::in_lane(tx, &crate::desk::show::thread_lane(conversation)).await? {
                if row.rank < 0
                    && let Ok(Effect::Post { message, .. }) = serde_json::from_str(&row.effect)
                {
                    begun.insert(message);
                }
            }
        }
        self.shown.to_come = ids.into_iter().filter(|id| !begun.contains(id)).collect();
        Ok(())
    }

    /// Later events of the batch see that a message has a post where its conversation is now.
    pub(super) fn note_shown(&mut self, effects: &[NewRow]) {
        for row in effects {
            if let Effect::Post { message, part: Part::Mirror, .. } = &row.effect {
                self.shown.left_behind.remove(message);
            }
        }
    }
}

/// Whether an id is that of a post, and not of a command that has none.
fn is_post(one: &Ref) -> bool {
    one.place != WHATSAPP && !one.remote.contains(':')
}
