//! The time of a conversation has come: an owner who does not show up is reminded, the team is told, somebody else takes
//! over; offers lapse, what was left for later wakes, what nobody can take asks for less and goes elsewhere.

use super::Desk;
use super::room::{Changes, Room};
use crate::domain::conversation::{Conversation, How};
use crate::domain::ids::{AgentId, ConversationId, Time};
use crate::domain::passing::{Hold, Stage};
use crate::domain::roster::Strategy;
use crate::domain::routing::Wait;
use crate::domain::words::{self, Next};

impl Desk<'_> {
    /// What is due is done; what is not due any more, or not yet, is left alone.
    pub(super) fn woke(&self, room: &Room, id: ConversationId) -> Changes {
        let mut changes = Changes::default();
        let Some(known) = room.conversation(id).filter(|c| !c.is_closed()) else { return changes };
        let mut conversation = known.clone();
        let due = |at: Time| at.some().is_some_and(|at| at <= self.now);
        if matches!(conversation.passing.hold, Some(Hold::Snoozed { until }) if due(until)) {
            conversation = self.woken(room, &mut changes, conversation);
        }
        if conversation.passing.offer.as_ref().is_some_and(|offer| due(offer.due)) {
            conversation = self.offer_lapsed(room, &mut changes, conversation);
        }
        if conversation.passing.window.is_some_and(|window| due(window.next())) {
            conversation = self.silent(room, &mut changes, conversation);
        }
        if due(conversation.passing.relax_at) {
            conversation.passing.relax_at = Time::NEVER;
            if conversation.is_queued() {
                conversation.passing.relaxed = true;
                self.stir(&mut changes, &conversation.team);
            }
        }
        if due(conversation.passing.overflow_at) {
            conversation = self.overflow(room, &mut changes, conversation);
        }
        if due(conversation.window_ends_soon()) {
            self.window_closing(room, &mut changes, &mut conversation);
        }
        if due(conversation.clocks.wake_at()) {
            conversation = self.climb(room, &mut changes, conversation);
        }
        // What woke it may not be due any more, as with another ladder than then: its clocks say anew when they are.
        if conversation != *known || due(known.clocks.wake_at()) {
            changes.conversations.push(conversation);
        }
        changes
    }

    fn woken(&self, room: &Room, changes: &mut Changes, mut conversation: Conversation) -> Conversation {
        conversation.passing.hold = None;
        let show = self.show(room);
        let workspace = conversation.channel.workspace();
        let owner = conversation.owner().map(|id| self.user_of(room, changes, id, workspace)).into_iter().collect();
        show.call(changes, conversation.id, owner, words::AWAKE);
        show.refresh(changes, conversation.id);
        if conversation.is_queued() {
            self.stir(changes, &conversation.team);
        }
        conversation
    }

    /// The owner has not shown up.
    fn silent(&self, room: &Room, changes: &mut Changes, mut conversation: Conversation) -> Conversation {
        let (Some(mut window), Some(owner)) = (conversation.passing.window, conversation.owner()) else {
            return conversation;
        };
        let show = self.show(room);
        let name = room.agent_name(owner);
        window.stage = window.reached(self.now);
        conversation.passing.window = Some(window);
        match window.stage {
            Stage::Fresh => {}
            Stage::Reminded => {
                let user = self.user_of(room, changes, owner, conversation.channel.workspace());
                let left = window.due.since(self.now);
                let post = words::remind(conversation.id, left, self.then(&conversation)).calling(vec![user]);
                show.card_post(changes, conversation.id, post);
            }
            Stage::Told => {
                let customer = show.customer_name(&conversation);
                let times = (self.now.since(window.from), window.due.since(self.now));
                let about = (conversation.id, customer.as_str(), name.as_str());
                let post = words::owner_is_silent(about, times, self.then(&conversation));
                show.tell(changes, conversation.id, &conversation.channel, post);
            }
            Stage::Lapsed if !self.policy.passes_on => conversation.passing.window = None,
            Stage::Lapsed => return self.lapsed(room, changes, conversation, &name),
        }
        conversation
    }

    /// What becomes of it when its owner does not show up; nothing where it stays with them.
    fn then(&self, conversation: &Conversation) -> Option<Next> {
        let often = conversation.passing.passes + 1 >= self.policy.max_passes;
        self.policy.passes_on.then(|| if often { Next::Lead } else { self.next_for(conversation) })
    }

    /// What becomes of it when its owner is not there.
    pub(super) fn next_for(&self, conversation: &Conversation) -> Next {
        let team = self.team(&conversation.team).map(|team| team.strategy);
        match conversation.passing.strategy.or(team).unwrap_or_default() {
            _ if conversation.waiting_since == Time::NEVER => Next::Rest,
            Strategy::Manual => Next::Queue,
            _ => Next::Others,
        }
    }

    fn lapsed(&self, room: &Room, changes: &mut Changes, mut conversation: Conversation, owner: &str) -> Conversation {
        conversation.passing.passes += 1;
        let often = conversation.passing.passes >= self.policy.max_passes;
        if often {
            conversation.passing.wait = Some(Wait::Lapsed);
        }
        let next = if often { Next::Lead } else { self.next_for(&conversation) };
        self.show(room).line(changes, conversation.id, words::lapsed(owner, next));
        let how = (AgentId::NOBODY, How::TimedOut, "");
        let released = self.release_from(room, changes, conversation.clone(), how).unwrap_or(conversation);
        if often {
            let text = words::lapsed_often(released.passing.passes);
            self.tell_leads(room, changes, &released, &text);
        }
        released
    }

    /// Nobody of its team could take it for long: another team does.
    fn overflow(&self, room: &Room, changes: &mut Changes, mut conversation: Conversation) -> Conversation {
        conversation.passing.overflow_at = Time::NEVER;
        let overflow = self.team(&conversation.team).and_then(|team| team.overflow.clone());
        let Some((team, _)) = overflow.filter(|_| conversation.is_queued()) else { return conversation };
        conversation.passing.overflowed = true;
        conversation.passing.alarmed = false;
        (conversation.passing.skills, conversation.passing.strategy) = (Vec::new(), None);
        self.show(room).line(changes, conversation.id, words::overflows(&conversation.team, &team));
        let moved = self.relocate(room, changes, conversation, &team, None);
        self.stir(changes, &moved.team);
        moved
    }
}
