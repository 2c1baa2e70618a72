//! What managers see without asking: boards that stand in a channel, and summaries that come by themselves.

use std::collections::BTreeSet;

use super::Desk;
use super::room::{Changes, Room};
use crate::domain::effect::Standing;
use crate::domain::ids::{ChannelRef, Time};
use crate::domain::report::Arriving;
use crate::domain::words;

impl Desk<'_> {
    /// Brings the boards of the teams up to date of which something has changed: a conversation, or how somebody stands.
    pub(super) fn follow_boards(&self, room: &Room, changes: &mut Changes) {
        if self.policy.teams.values().all(|team| team.board.is_none()) {
            return;
        }
        let mut teams: BTreeSet<&str> = BTreeSet::new();
        for after in &changes.conversations {
            teams.insert(&after.team);
            teams.extend(room.conversation(after.id).map(|before| before.team.as_str()));
        }
        for agent in &changes.agents {
            teams.extend(room.teams_of(agent.id));
        }
        let teams: Vec<String> = teams.into_iter().map(str::to_owned).collect();
        self.boards(room, changes, |team| teams.iter().any(|name| name == team));
    }

    /// Brings boards up to date.
    pub(super) fn boards(&self, room: &Room, changes: &mut Changes, which: impl Fn(&str) -> bool) {
        for (name, team) in self.policy.teams.iter().filter(|(name, _)| which(name)) {
            if let Some(channel) = &team.board {
                self.show(room).board(changes, name, channel);
            }
        }
    }

    /// A summary is due: it tells what was since the one before.
    pub(super) fn summary(&self, room: &Room, name: &str, at: Time) -> Changes {
        let mut changes = Changes::default();
        if let Some(summary) = self.policy.summaries.get(name) {
            let before = summary.schedule.last(at.plus_ms(-1));
            let times = (before, at, summary.schedule.zone());
            let post = words::summary_of(name, times, room.summary(name, at), self.now);
            self.show(room).summary(&mut changes, name, &summary.channel, post);
        }
        changes
    }

    /// More customers write for the first time than can have threads at once: until they have, they stand in a list.
    pub(super) fn crowded(&self, room: &Room, channel: &ChannelRef, waiting: i64) -> Changes {
        let mut changes = Changes::default();
        for page in 0..(waiting + Arriving::IN_A_POST - 1) / Arriving::IN_A_POST {
            let what = Standing::Arrivals { channel: channel.clone(), page };
            self.show(room).arrivals(&mut changes, what, channel);
        }
        changes
    }
}
