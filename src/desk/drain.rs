//! The queue of a team moves: somebody came, freed a place, or may be asked for less.
//!
//! A piece of the queue at a time, the most urgent first. The next piece follows while somebody of the team still has room:
//! what fits nobody at the front holds nobody up behind it, and a team without room is not searched through.

use super::room::{AT_ONCE, Agenda, Changes, Room};
use super::{Desk, Refusal, safely};
use crate::domain::event::Own;
use crate::domain::ids::ConversationId;

impl Desk<'_> {
    /// Gives what waits behind the first `behind` to whoever has room. How many effects that has.
    pub(super) fn drain(&self, room: &mut Room, (team, behind): (&str, i64)) -> Result<usize, Refusal> {
        let listed = room.agenda(&Agenda::Queue(team.to_owned(), behind));
        let is_whole = i64::try_from(listed.len()).is_ok_and(|n| n < AT_ONCE);
        let queue: Vec<ConversationId> = listed.into_iter().filter(|c| c.is_queued()).map(|c| c.id).collect();
        let (mut effects, mut left) = (0, behind);
        for id in queue {
            let changes = safely(|| {
                let mut changes = self.drained(room, id);
                self.follow(room, &mut changes);
                Ok(changes)
            })?;
            effects += changes.effects.len();
            room.apply(changes);
            left += i64::from(room.conversation(id).is_some_and(|c| c.is_queued()));
        }
        if !is_whole && room.has_room(team, (self.policy.pace, self.now)) {
            let mut more = Changes::default();
            more.told.push(Own::Room { team: team.to_owned(), behind: left });
            room.apply(more);
        }
        Ok(effects)
    }

    fn drained(&self, room: &Room, id: ConversationId) -> Changes {
        let mut changes = Changes::default();
        let Some(waiting) = room.conversation(id) else { return changes };
        let routed = self.route_again(room, &mut changes, waiting.clone());
        if routed != *waiting {
            changes.conversations.push(routed);
        }
        changes
    }
}
