//! The clocks of a conversation: what its customer is owed, since when, and until when.
//!
//! - Which clocks run follows from what the conversation is, by one function that is called after every change:
//!   [`Clocks::follow`]. Nothing else starts, ends or moves one.
//! - A clock is one obligation: it begins once, further messages of the customer do not move it, and whoever owns the
//!   conversation does not either.
//! - What ends it decides what came of it, at that instant, whether or not an alarm ever rang.
//! - A hold pauses every clock; an answer pauses the one that runs to the end, until the customer writes again.

mod fold;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::alarm::Alarm;
use super::calendar::Span;
use super::conversation::{Conversation, Ownership};
use super::ids::{AgentId, ConversationId, Time};
use super::ladder::{Ladder, Step};
use super::roster::Priority;
use super::targets::{Kind, Targets};

/// The clocks of a conversation. Stored as one JSON text; the earliest time at which one of them has something to say goes
/// into `wake_at`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Clocks {
    /// How many there have been.
    #[serde(skip_serializing_if = "is_zero")]
    pub count: i64,
    /// Those that run, in the order in which they began.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub running: Vec<Running>,
    /// The last answer of a person, and when it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// The clock that this answer ended, in case it does not arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Running>,
    /// The priority that what runs was promised at, where it has become more pressing by itself since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised: Option<Priority>,
    /// The priority that the end was promised at, likewise, whatever was answered meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promised_end: Option<Priority>,
    /// Which closing of WhatsApp's window was told of; never when none was.
    #[serde(skip_serializing_if = "is_never")]
    pub closing_told: Time,
    /// Whether the lead was told that the customer writes again while nobody owns it.
    #[serde(skip_serializing_if = "is_false")]
    pub nudge_told: bool,
    /// The alarm that rings, or rang last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
    /// What the deadlines were made from: [`Targets::version`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// An answer to the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Who wrote it; nobody when it was written outside Baton.
    pub by: AgentId,
    /// When.
    pub at: Time,
}

/// A clock that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Which of its conversation, from 1.
    pub nth: i64,
    /// What it runs for.
    pub kind: Kind,
    /// When it began.
    pub since: Time,
    /// How long it may take, in milliseconds of open time; 0 when nothing is promised.
    pub target_ms: i64,
    /// Its deadline; never when nothing is promised, or the calendar does not open for so long.
    pub due: Time,
    /// When it did not count, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Span>,
    /// Since when it is paused; never when it counts.
    #[serde(default, skip_serializing_if = "is_never")]
    pub paused_at: Time,
    /// Which steps of its ladder have come, each a bit, the first the lowest.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub steps: i64,
    /// How often the customer wrote again since it began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub again: i64,
    /// When they did so first; never when they have not.
    #[serde(default, skip_serializing_if = "is_never")]
    pub again_at: Time,
    /// When the next step comes; never when none does.
    #[serde(default, skip_serializing_if = "is_never")]
    pub next_at: Time,
}

/// What came of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// It still runs.
    Open,
    /// What it ran for came in time, or nothing was promised.
    Met,
    /// It came too late.
    Missed,
    /// It is not owed any more: closed, or joined with another.
    Dropped,
}

impl Came {
    /// Its spelling in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Met => "met",
            Self::Missed => "missed",
            Self::Dropped => "dropped",
        }
    }
}

/// A clock as it is kept for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whose.
    pub conversation: ConversationId,
    /// The team.
    pub team: String,
    /// How pressing it was.
    pub priority: Priority,
    /// The clock.
    pub clock: Running,
    /// What the deadline was made from.
    pub version: String,
    /// What came of it.
    pub came: Came,
    /// When it ended; never while it runs.
    pub ended_at: Time,
    /// Who ended it: the one who answered, took or closed it; nobody otherwise.
    pub by: AgentId,
    /// How much open time outside pauses it took, in milliseconds; 0 while it runs.
    pub took_ms: i64,
    /// How often the customer wrote again while it ran; told when it ends.
    pub nudges: i64,
    /// How long they waited before the first of these, in milliseconds; 0 when there was none.
    pub first_nudge_ms: i64,
}

/// What a customer adds within this time of their first message belongs to it.
pub const SAME_BREATH_MS: i64 = 20_000;

fn is_zero(n: &i64) -> bool {
    *n == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_never(at: &Time) -> bool {
    *at == Time::NEVER
}

impl Running {
    /// The next step of its ladder, which one it is, and when it comes; none while it is paused. In quiet hours one that
    /// always comes may overtake one that waits.
    #[must_use]
    pub fn next<'a>(&self, targets: &Targets<'_>, ladder: &'a Ladder) -> Option<(i64, &'a Step, Time)> {
        if self.paused_at != Time::NEVER {
            return None;
        }
        let to_come =
            ladder.of(self.kind, self.target_ms).into_iter().zip(0..).filter(|(_, nth)| self.steps >> nth & 1 == 0);
        let coming = to_come.filter_map(|(step, nth)| {
            let at = targets.after(self.since, step.offset(self.target_ms).max(1), &self.pauses).some()?;
            Some((nth, step, ladder.comes(step, at).some()?))
        });
        coming.min_by_key(|(nth, _, at)| (*at, *nth))
    }

    /// A step has come.
    pub fn came(&mut self, nth: i64) {
        self.steps |= 1 << nth.clamp(0, 62);
    }
}

impl Clocks {
    /// The clock of this kind, if one runs.
    #[must_use]
    pub fn of(&self, is: impl Fn(Kind) -> bool) -> Option<&Running> {
        self.running.iter().find(|clock| is(clock.kind))
    }

    /// The clock of the answer that the customer waits for.
    #[must_use]
    pub fn of_answer(&self) -> Option<&Running> {
        self.of(Kind::is_answer)
    }

    /// The customer has an answer.
    pub fn answered(&mut self, by: AgentId, at: Time) {
        self.ended = self.of_answer().cloned();
        self.answer = Some(Answer { by, at });
        self.promised = None;
    }

    /// The answer did not arrive: the clock that it ended goes on, and comes back.
    pub fn unanswered(&mut self) -> Option<&Running> {
        let clock = self.ended.take()?;
        if clock.kind == Kind::First {
            self.answer = None;
        }
        self.running.push(clock);
        self.running.last()
    }

    /// When one of them has something to say; never when none has.
    #[must_use]
    pub fn wake_at(&self) -> Time {
        self.running.iter().filter_map(|clock| clock.next_at.some()).min().unwrap_or(Time::NEVER)
    }

    /// Lets the clocks of `after` follow from what it has become since `before`, and its deadline with them. What is to be
    /// kept of them comes back.
    pub fn follow(
        before: Option<&Conversation>,
        after: &mut Conversation,
        (targets, ladder): (&Targets<'_>, &Ladder),
        now: Time,
    ) -> Vec<Kept> {
        let mut clocks = std::mem::take(&mut after.clocks);
        let targets = &Targets { priority: clocks.promised.unwrap_or(targets.priority), ..*targets };
        let follow = Follow { before, after, targets, now, end_priority: clocks.promised_end };
        let mut kept = Vec::new();
        let version = clocks.version != targets.version;
        follow.ends(&mut clocks, &mut kept);
        follow.begins(&mut clocks, &mut kept);
        for clock in &mut clocks.running {
            let was = clock.clone();
            follow.runs(clock, version);
            clock.next_at = clock.next(targets, ladder).map_or(Time::NEVER, |(_, _, at)| at);
            let ran = |before: &Conversation| before.clocks.running.iter().any(|c| c.nth == clock.nth);
            let begun = !before.is_some_and(ran);
            let moved = (was.due, was.target_ms, was.since, &was.pauses)
                != (clock.due, clock.target_ms, clock.since, &clock.pauses);
            if begun || moved {
                kept.retain(|row: &Kept| row.clock.nth != clock.nth);
                kept.push(follow.kept(clock, (Came::Open, Time::NEVER, AgentId::NOBODY)));
            }
        }
        if let Some(alarm) = &mut clocks.alarm {
            alarm.follow(&clocks.running, &kept);
        }
        targets.version.clone_into(&mut clocks.version);
        after.due_at = clocks.of_answer().map_or(Time::NEVER, |clock| clock.due);
        after.clocks = clocks;
        kept
    }
}

/// What the clocks follow from.
struct Follow<'a> {
    before: Option<&'a Conversation>,
    after: &'a Conversation,
    targets: &'a Targets<'a>,
    now: Time,
    /// The priority at which the end was promised, where that has become more pressing by itself since.
    end_priority: Option<Priority>,
}

impl Follow<'_> {
    /// Since when each kind is owed; `None` when it is not.
    fn owed(&self, kind: Kind, clocks: &Clocks) -> Option<Time> {
        let waits = self.after.waiting_since.some();
        match kind {
            _ if self.after.is_closed() => None,
            Kind::Assign if self.after.ownership == Ownership::Waiting => {
                // What somebody gave back is owed anew from then on.
                let given_back = self.before.is_some_and(|before| before.owner().is_some());
                waits.map(|since| if given_back { self.now } else { since })
            }
            Kind::Assign => None,
            Kind::First if clocks.answer.is_none() => waits,
            Kind::Next if clocks.answer.is_some() => waits,
            Kind::First | Kind::Next => None,
            Kind::Resolve => Some(match self.before {
                Some(before) if before.is_closed() => self.now,
                _ => self.after.opened_at,
            }),
        }
    }

    /// Ends what is owed no more.
    fn ends(&self, clocks: &mut Clocks, kept: &mut Vec<Kept>) {
        let running = std::mem::take(&mut clocks.running);
        for mut clock in running {
            let waits = self.after.waiting_since != Time::NEVER || self.after.is_closed();
            let answered = clocks.answer.filter(|_| !waits);
            // Which of both kinds an answer is was settled when its clock began.
            let owed = match clock.kind {
                kind if kind.is_answer() && !self.after.is_closed() => self.after.waiting_since.some(),
                kind => self.owed(kind, clocks),
            };
            if owed.is_some() {
                clocks.running.push(clock);
                continue;
            }
            let (at, by) = match clock.kind {
                Kind::Assign => (self.now, self.after.owner()),
                Kind::First | Kind::Next => answered.map_or((self.now, None), |answer| (answer.at, Some(answer.by))),
                Kind::Resolve => (self.now, Some(AgentId::NOBODY)),
            };
            let dropped = match clock.kind {
                Kind::Assign => by.is_none(),
                Kind::First | Kind::Next => self.after.is_closed() || by.is_none(),
                Kind::Resolve => false,
            };
            if clock.kind == Kind::Resolve {
                clocks.promised_end = None;
            }
            // What is written before a clock began, as a platform's time may have it, took no time.
            let at = at.max(clock.since);
            if let Some(from) = clock.paused_at.some() {
                clock.pauses.push((from, at.max(from)));
                clock.paused_at = Time::NEVER;
            }
            let came = match () {
                () if dropped => Came::Dropped,
                () if clock.due != Time::NEVER && at > clock.due => Came::Missed,
                () => Came::Met,
            };
            kept.push(self.kept(&clock, (came, at, by.unwrap_or(AgentId::NOBODY))));
        }
    }

    /// Begins what is owed now.
    fn begins(&self, clocks: &mut Clocks, kept: &mut Vec<Kept>) {
        for kind in Kind::ALL {
            let runs = |clock: &Running| clock.kind == kind || (kind.is_answer() && clock.kind.is_answer());
            if clocks.running.iter().any(runs) {
                continue;
            }
            if let Some(since) = self.owed(kind, clocks) {
                let clock = self.begun(clocks, kind, since);
                kept.push(self.kept(&clock, (Came::Open, Time::NEVER, AgentId::NOBODY)));
                clocks.running.push(clock);
            }
        }
        // An owner who was found in the same breath was owed as well, and took no time.
        let unowned = self.before.is_none_or(|before| before.owner().is_none());
        let ran = kept.iter().any(|row| row.clock.kind == Kind::Assign);
        if let (true, Some(owner), Some(since)) = (unowned && !ran, self.after.owner(), self.after.waiting_since.some())
        {
            let clock = self.begun(clocks, Kind::Assign, since);
            let came = if clock.due != Time::NEVER && self.now > clock.due { Came::Missed } else { Came::Met };
            kept.push(self.kept(&clock, (came, self.now.max(since), owner)));
        }
    }

    fn begun(&self, clocks: &mut Clocks, kind: Kind, since: Time) -> Running {
        clocks.count += 1;
        let target_ms = self.target_ms(kind);
        Running {
            nth: clocks.count,
            kind,
            since,
            target_ms,
            due: self.targets.after(since, target_ms, &[]),
            pauses: Vec::new(),
            paused_at: Time::NEVER,
            steps: 0,
            next_at: Time::NEVER,
            again: 0,
            again_at: Time::NEVER,
        }
    }

    /// How long a kind may take.
    fn target_ms(&self, kind: Kind) -> i64 {
        let priority = self.end_priority.filter(|_| kind == Kind::Resolve).unwrap_or(self.targets.priority);
        Targets { priority, ..*self.targets }.ms(kind)
    }

    /// Whether the customer has just written again, and when. What follows the first message at once belongs to it: people
    /// write in pieces.
    fn again(&self) -> Option<Time> {
        let before = self.before?;
        let (since, at) = (self.after.waiting_since, self.after.last_inbound_at);
        let wrote = self.after.nudges > before.nudges && before.waiting_since != Time::NEVER;
        (wrote && at.since(since) >= SAME_BREATH_MS).then_some(at)
    }

    /// Brings a clock that goes on up to date: its start where an earlier message was found, its pauses, its target.
    fn runs(&self, clock: &mut Running, anew: bool) {
        let before = (clock.since, clock.target_ms, clock.paused_at);
        if clock.kind.is_answer()
            && let Some(since) = self.after.waiting_since.some()
        {
            clock.since = since;
        }
        clock.target_ms = self.target_ms(clock.kind);
        if let Some(at) = self.again() {
            clock.again += 1;
            clock.again_at = clock.again_at.some().unwrap_or(at);
        }
        let held = self.after.passing.hold.is_some();
        // Between an answer and the customer's next message nothing is owed but the end.
        let rests = clock.kind == Kind::Resolve && self.after.waiting_since == Time::NEVER;
        match (held || rests, clock.paused_at.some()) {
            (true, None) => clock.paused_at = self.now,
            (false, Some(from)) => {
                clock.pauses.push((from, self.now.max(from)));
                clock.paused_at = Time::NEVER;
                fold::fold(clock, self.targets.calendar);
            }
            _ => {}
        }
        if anew || before != (clock.since, clock.target_ms, clock.paused_at) {
            clock.due = self.targets.after(clock.since, clock.target_ms, &clock.pauses);
        }
    }

    fn kept(&self, clock: &Running, (came, ended_at, by): (Came, Time, AgentId)) -> Kept {
        let took_ms = match ended_at.some() {
            Some(end) => self.targets.calendar.elapsed_ms(clock.since, end, &clock.pauses),
            None => 0,
        };
        Kept {
            conversation: self.after.id,
            team: self.after.team.clone(),
            priority: self.after.priority,
            clock: clock.clone(),
            version: self.targets.version.to_owned(),
            came,
            ended_at,
            by,
            took_ms,
            nudges: clock.again,
            first_nudge_ms: clock.again_at.some().map_or(0, |at| at.since(clock.since).max(1)),
        }
    }
}
