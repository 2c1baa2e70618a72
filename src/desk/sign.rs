//! The signs of threads: changed when what they tell has changed, and only then.

use super::Desk;
use super::room::{Changes, Room};
use crate::domain::ids::ConversationId;

impl Desk<'_> {
    /// Lets the signs follow what an event has made of conversations.
    pub(super) fn follow_signs(&self, room: &Room, changes: &mut Changes) {
        let another = changes.conversations.iter().filter(|after| {
            let before = room.conversation(after.id);
            // What begins or moves gets a thread, which is opened with its sign.
            let stays = before.filter(|before| before.channel == after.channel);
            after.channel.workspace().bears_signs() && stays.is_some_and(|before| before.sign() != after.sign())
        });
        let another: Vec<ConversationId> = another.map(|after| after.id).collect();
        for id in another {
            self.show(room).sign(changes, id);
        }
    }
}
