//! The clocks of conversations: they follow every change, and their steps come when it is time.

use super::Desk;
use super::room::{AT_ONCE, Agenda, Changes, Room};
use super::route::user_of_workspace;
use crate::domain::card::Post;
use crate::domain::clocks::{Clocks, Kept, Running, SAME_BREATH_MS};
use crate::domain::conversation::{Conversation, How};
use crate::domain::event::Own;
use crate::domain::ids::{AgentId, ConversationId, Time, UserRef};
use crate::domain::ladder::{Act, Step, Whom};
use crate::domain::roster::{Priority, Strategy};
use crate::domain::targets::Targets;
use crate::domain::words;
use crate::domain::workspace::Workspace;
use crate::store::clock::Alarm;

/// A step that comes later than this is said to be late.
const LATE_MS: i64 = 5_000;

impl Desk<'_> {
    /// What holds for a conversation.
    pub(super) fn targets(&self, conversation: &Conversation) -> Targets<'_> {
        let priority = conversation.clocks.promised.unwrap_or(conversation.priority);
        self.policy.targets(&conversation.team, priority)
    }

    /// Lets the clocks follow what an event has made of conversations.
    pub(super) fn follow(&self, room: &Room, changes: &mut Changes) {
        let mut kept = Vec::new();
        for conversation in &mut changes.conversations {
            let terms = self.policy.terms(&conversation.team);
            let targets = self.policy.targets(&conversation.team, conversation.priority);
            let before = room.conversation(conversation.id);
            kept.extend(Clocks::follow(before, conversation, (&targets, &terms.ladder), self.now));
        }
        changes.clocks.extend(kept);
        self.follow_alarms(room, changes);
        self.follow_boards(room, changes);
        self.follow_signs(room, changes);
    }

    /// What is promised has changed: clocks that run are made anew, those that have ended stay as they are.
    pub(super) fn promised(&self, room: &Room, (after, so_far): (ConversationId, i64)) -> Changes {
        let mut changes = Changes::default();
        let listed = room.agenda(&Agenda::Outdated(after));
        let mut moved = so_far;
        for before in &listed {
            let before = *before;
            let mut conversation = before.clone();
            let terms = self.policy.terms(&conversation.team);
            let targets = self.targets(before);
            let kept = Clocks::follow(Some(before), &mut conversation, (&targets, &terms.ladder), self.now);
            let ran = |nth: i64| before.clocks.running.iter().find(|clock| clock.nth == nth);
            let has_moved = |row: &&Kept| ran(row.clock.nth).is_some_and(|clock| clock.due != row.clock.due);
            moved += i64::try_from(kept.iter().filter(has_moved).count()).unwrap_or_default();
            self.forgive(before, &mut conversation, &targets);
            changes.clocks.extend(kept);
            if conversation.due_at != before.due_at {
                self.show(room).refresh(&mut changes, conversation.id);
            }
            changes.conversations.push(conversation);
        }
        match listed.last() {
            Some(last) if i64::try_from(listed.len()).is_ok_and(|n| n >= AT_ONCE) => {
                changes.told.push(Own::Promised { after: last.id, moved });
            }
            _ if moved > 0 => {
                tracing::info!(moved, "Targets or calendars have changed: {moved} deadlines were made anew");
                self.show(room).notice(&mut changes, words::promised_anew(moved));
            }
            _ => {}
        }
        changes
    }

    /// What lies behind a conversation that had no clocks yet rings no more: an upgrade is no slip.
    fn forgive(&self, before: &Conversation, conversation: &mut Conversation, targets: &Targets<'_>) {
        let ladder = &self.policy.terms(&conversation.team).ladder;
        if conversation.window_ends_soon() <= self.now {
            conversation.clocks.closing_told = conversation.window_closes();
        }
        for clock in &mut conversation.clocks.running {
            if before.clocks.running.iter().any(|ran| ran.nth == clock.nth) {
                continue;
            }
            while let Some((nth, ..)) = clock.next(targets, ladder).filter(|(.., at)| *at <= self.now) {
                clock.came(nth);
            }
            clock.next_at = clock.next(targets, ladder).map_or(Time::NEVER, |(.., at)| at);
        }
    }

    /// The steps whose time has come, each once: whoever is to know is told, and what is to be done is done.
    pub(super) fn climb(&self, room: &Room, changes: &mut Changes, mut conversation: Conversation) -> Conversation {
        let terms = self.policy.terms(&conversation.team);
        let mut come: Vec<(Running, Vec<(Step, Time)>)> = Vec::new();
        let targets = self.targets(&conversation);
        for clock in &mut conversation.clocks.running {
            let mut steps = Vec::new();
            while let Some((nth, step, at)) = clock.next(&targets, &terms.ladder).filter(|(.., at)| *at <= self.now) {
                steps.push((step.clone(), at));
                changes.alarms.push(Alarm {
                    conversation: conversation.id,
                    nth: clock.nth,
                    step: nth,
                    kind: clock.kind,
                    team: conversation.team.clone(),
                    slip: step.is_slip(),
                    listed: false,
                    owner: AgentId::NOBODY,
                    due_at: at,
                    fired_at: self.now,
                });
                clock.came(nth);
            }
            if !steps.is_empty() {
                come.push((clock.clone(), steps));
            }
        }
        let owner = conversation.owner().unwrap_or(AgentId::NOBODY);
        changes.alarms.iter_mut().for_each(|alarm| alarm.owner = owner);
        for (clock, steps) in come {
            let listed = self.ring(room, changes, &mut conversation, (&clock, &steps));
            let of_clock = |alarm: &&mut Alarm| alarm.conversation == conversation.id && alarm.nth == clock.nth;
            changes.alarms.iter_mut().filter(of_clock).for_each(|alarm| alarm.listed = listed);
            self.tell_of(room, changes, &conversation, (&clock, &steps), listed);
            for (step, _) in steps {
                conversation = self.act(room, changes, conversation, &step);
            }
        }
        conversation
    }

    /// Steps of one clock that come together are told together. Where so many are late that they stand in one list, it is
    /// the owner alone who is called to each.
    fn tell_of(
        &self,
        room: &Room,
        changes: &mut Changes,
        conversation: &Conversation,
        (clock, steps): (&Running, &[(Step, Time)]),
        listed: bool,
    ) {
        let late = steps.iter().any(|(_, at)| self.now.since(*at) > LATE_MS);
        let line = words::slips((clock.kind, clock.since, clock.due), late, self.now);
        let mut called: Vec<UserRef> = Vec::new();
        let mut directly: Vec<UserRef> = Vec::new();
        for (step, _) in steps {
            let whom = step.tell.iter().filter(|whom| !listed || matches!(whom, Whom::Owner));
            let people = whom.flat_map(|whom| self.people(room, changes, conversation, whom)).collect::<Vec<_>>();
            for user in people {
                if !user.is_empty() && !called.contains(&user) && !directly.contains(&user) {
                    if step.direct { &mut directly } else { &mut called }.push(user);
                }
            }
        }
        let show = self.show(room);
        show.call(changes, conversation.id, called, &line);
        for user in directly {
            let about = words::about((conversation.id, &show.customer_name(conversation)), &line);
            show.direct(changes, conversation.id, user, Post::line(about));
        }
    }

    /// The people that a step means.
    fn people(&self, room: &Room, changes: &Changes, conversation: &Conversation, whom: &Whom) -> Vec<UserRef> {
        let workspace = conversation.channel.workspace();
        match whom {
            Whom::Owner => {
                conversation.owner().map(|owner| self.user_of(room, changes, owner, workspace)).into_iter().collect()
            }
            Whom::Lead => {
                self.team(&conversation.team).map(|team| self.leads(room, team, workspace)).unwrap_or_default()
            }
            Whom::Manager => self.managers(workspace).collect(),
            Whom::Person(name) => self.person(name, workspace).into_iter().collect(),
            Whom::Team | Whom::Channel(_) => Vec::new(),
        }
    }

    fn act(&self, room: &Room, changes: &mut Changes, mut conversation: Conversation, step: &Step) -> Conversation {
        match step.act {
            Act::Nothing => {}
            Act::Raise => self.raise(room, changes, &mut conversation),
            Act::Release | Act::Reassign => {
                let name = conversation.owner().map(|owner| self.name_of(room, changes, owner));
                let how = (AgentId::NOBODY, How::TimedOut, "");
                if step.act == Act::Release {
                    // It waits for a person, whoever could be found without one.
                    conversation.passing.strategy = Some(Strategy::Manual);
                }
                if let Some(name) = name
                    && let Ok(released) = self.release_from(room, changes, conversation.clone(), how)
                {
                    let next = self.next_for(&released);
                    self.show(room).line(changes, released.id, words::lapsed(&name, next));
                    conversation = released;
                }
            }
        }
        conversation
    }

    /// WhatsApp takes free text for an hour more, and the customer still waits: whoever owns it hears that, else the lead.
    pub(super) fn window_closing(&self, room: &Room, changes: &mut Changes, conversation: &mut Conversation) {
        let closes = conversation.window_closes();
        conversation.clocks.closing_told = closes;
        if closes <= self.now {
            return;
        }
        let line = words::window_closing(closes.since(self.now));
        match conversation.owner() {
            Some(owner) => {
                let user = self.user_of(room, changes, owner, conversation.channel.workspace());
                self.show(room).call(changes, conversation.id, vec![user], &line);
            }
            None => self.tell_leads(room, changes, conversation, &line),
        }
    }

    /// The customer wrote again while nobody owned it: it becomes more pressing each time, and the lead is told once.
    pub(super) fn nudged(&self, room: &Room, changes: &mut Changes, conversation: &mut Conversation, at: Time) {
        let waited = at.since(conversation.waiting_since);
        let again = conversation.nudges > 0 && waited >= SAME_BREATH_MS;
        if conversation.owner().is_some() || conversation.is_closed() || !again {
            return;
        }
        self.raise(room, changes, conversation);
        if !conversation.clocks.nudge_told {
            conversation.clocks.nudge_told = true;
            let line = words::nudged(conversation.nudges, waited);
            self.tell_leads(room, changes, conversation, &line);
        }
    }

    /// One more pressing, but never so pressing that it waits for a person.
    pub(super) fn raise(&self, room: &Room, changes: &mut Changes, conversation: &mut Conversation) {
        let raised = match conversation.priority {
            Priority::Low => Priority::Normal,
            Priority::Normal => Priority::High,
            Priority::High | Priority::Urgent => return,
        };
        conversation.raise(raised);
        self.show(room).refresh(changes, conversation.id);
    }

    fn managers(&self, workspace: Workspace) -> impl Iterator<Item = UserRef> {
        let managers = self.policy.people.iter().filter(|p| p.rank == super::policy::Rank::Manager);
        managers.map(move |p| p.users.on(workspace).clone())
    }

    fn person(&self, name: &str, workspace: Workspace) -> Option<UserRef> {
        let known = self.policy.person(&name.to_lowercase()).map(|person| person.users.on(workspace).clone());
        known.or_else(|| user_of_workspace(name, workspace))
    }
}
