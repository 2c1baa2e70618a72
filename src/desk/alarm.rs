//! Where everybody sees that a conversation is late: one message for each, or one list for all when there are too many.

use super::Desk;
use super::room::{Changes, Room};
use crate::domain::alarm::Alarm;
use crate::domain::clocks::Running;
use crate::domain::conversation::Conversation;
use crate::domain::effect::Standing;
use crate::domain::ids::{ChannelRef, Time, UserRef};
use crate::domain::ladder::{Step, Whom};

impl Desk<'_> {
    /// Steps of a clock have come: from the deadline on, or where a channel is to be told, the conversation's alarm rings.
    /// Whether it rings amid so many that they stand in one list.
    pub(super) fn ring(
        &self,
        room: &Room,
        changes: &Changes,
        conversation: &mut Conversation,
        (clock, steps): (&Running, &[(Step, Time)]),
    ) -> bool {
        let shown =
            |step: &Step| step.is_slip() || step.tell.iter().any(|w| matches!(w, Whom::Team | Whom::Channel(_)));
        let last = conversation.clocks.alarm.as_ref();
        if !steps.iter().any(|(step, _)| shown(step)) {
            return last.is_some_and(|alarm| alarm.listed && !alarm.is_over());
        }
        let mut alarm = match last {
            Some(alarm) if !alarm.is_over() => alarm.clone(),
            last => Alarm { listed: self.storms(room, changes, &conversation.team), ..Alarm::after(last) },
        };
        alarm.ring(clock);
        alarm.shown_in(self.alarm_channel(conversation));
        for whom in steps.iter().flat_map(|(step, _)| &step.tell) {
            if let Whom::Channel(id) = whom {
                alarm.shown_in(&ChannelRef(id.clone()));
            }
        }
        let listed = alarm.listed;
        conversation.clocks.alarm = Some(alarm);
        listed
    }

    /// Whether so many of a team slip at once that one more would be noise.
    fn storms(&self, room: &Room, changes: &Changes, team: &str) -> bool {
        let mut slipped = room.slipped(team);
        slipped.extend(changes.alarms.iter().filter(|alarm| alarm.slip && alarm.team == team).map(|a| a.conversation));
        slipped.len() > self.policy.storm.threshold
    }

    fn alarm_channel<'a>(&'a self, conversation: &'a Conversation) -> &'a ChannelRef {
        self.policy.alarm_channel.as_ref().unwrap_or(&conversation.channel)
    }

    /// Brings the messages of alarms up to date with what an event has made of their conversations.
    pub(super) fn follow_alarms(&self, room: &Room, changes: &mut Changes) {
        let mut standing: Vec<(Standing, ChannelRef, Vec<UserRef>)> = Vec::new();
        for after in &changes.conversations {
            let Some(alarm) = &after.clocks.alarm else { continue };
            let before = room.conversation(after.id);
            let rang = before.and_then(|before| before.clocks.alarm.as_ref());
            let facts = |c: &Conversation| (c.owner(), c.waiting_since, c.nudges, c.priority, c.is_closed());
            let changed = rang != Some(alarm) || before.is_some_and(|before| facts(before) != facts(after));
            if !changed || (alarm.is_over() && rang == Some(alarm)) {
                continue;
            }
            if alarm.listed {
                let leads = self
                    .team(&after.team)
                    .map(|team| self.leads(room, team, self.alarm_channel(after).workspace()))
                    .unwrap_or_default();
                let what = Standing::Storm { team: after.team.clone() };
                standing.push((what, self.alarm_channel(after).clone(), leads));
            } else {
                let what = Standing::Alarm { conversation: after.id, nth: alarm.nth };
                standing.extend(alarm.channels.iter().map(|channel| (what.clone(), channel.clone(), Vec::new())));
            }
        }
        for (what, channel, call) in standing {
            self.show(room).standing(changes, what, channel, call);
        }
    }
}
