//! A conversation and who owns it.
//!
//! Properties kept here: every change of owner raises the epoch and yields one [`Change`] for the append-only record; a
//! transition consumes the state it leaves, so none can be applied twice; what is true only in one state is stored only in
//! that state.

use serde::{Deserialize, Serialize};

use super::clocks::Clocks;
use super::ids::{AgentId, ChannelRef, ContactId, ConversationId, NumberId, PostRef, ThreadRef, Time, Wamid};
use super::passing::{Occasion, Passing, Stage, Window};
use super::roster::Priority;
use super::targets::{Kind, Targets};

/// A conversation between one customer and one business number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its short number.
    pub id: ConversationId,
    /// The customer.
    pub contact: ContactId,
    /// The business number.
    pub number: NumberId,
    /// The team whose queue it is in.
    pub team: String,
    /// How pressing it is.
    pub priority: Priority,
    /// Who owns it.
    pub ownership: Ownership,
    /// How it is being passed around.
    pub passing: Passing,
    /// What its customer is owed, and until when.
    pub clocks: Clocks,
    /// Raised with every change of owner.
    pub epoch: i64,
    /// When the customer's first message was written.
    pub opened_at: Time,
    /// Start of the customer's first message, for the card.
    pub opening: String,
    /// When the oldest message that nobody has answered was written; never when none waits.
    pub waiting_since: Time,
    /// How often the customer wrote again while waiting.
    pub nudges: i64,
    /// Until when the customer is to have an answer; never when none waits.
    pub due_at: Time,
    /// The newest message of the customer: the 24 hour window runs from here.
    pub last_inbound_at: Time,
    /// Its id.
    pub last_inbound: Wamid,
    /// The newest message marked read on WhatsApp.
    pub read_upto: Wamid,
    /// The conversation before this one; 0 when there is none.
    pub previous: ConversationId,
    /// The channel of its card.
    pub channel: ChannelRef,
    /// Its card, empty until posted.
    pub card: PostRef,
    /// Its thread, empty until opened.
    pub thread: ThreadRef,
    /// The head post of its thread, empty until posted.
    pub head: PostRef,
    /// The newest post of a person that was handled, for backfill.
    pub seen: PostRef,
    /// Guards concurrent changes: a save that finds another version changes nothing.
    pub version: i64,
}

/// Who owns a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// Nobody yet.
    Waiting,
    /// One person.
    Owned {
        /// Who.
        by: AgentId,
        /// Since when.
        since: Time,
    },
    /// It is over.
    Closed {
        /// When it ended.
        at: Time,
        /// Who owned it last; nobody if nobody did.
        last: AgentId,
    },
}

/// How an owner changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Taken by the person.
    Claimed,
    /// Given by a routing decision.
    Routed,
    /// Given by a lead or manager.
    Assigned,
    /// Given by a lead or manager to somebody away or full.
    Overridden,
    /// Accepted from the one before.
    HandedOff,
    /// Given back.
    Released,
    /// Taken from an owner who did not show up in time.
    TimedOut,
    /// Taken from an owner who is not there.
    Left,
    /// Ended.
    Closed,
    /// Continued after its end.
    Reopened,
}

impl How {
    const ALL: [Self; 10] = [
        Self::Claimed,
        Self::Routed,
        Self::Assigned,
        Self::Overridden,
        Self::HandedOff,
        Self::Released,
        Self::TimedOut,
        Self::Left,
        Self::Closed,
        Self::Reopened,
    ];

    /// Read from the store.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|how| how.as_str() == text)
    }

    /// Its spelling in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Routed => "routed",
            Self::Assigned => "assigned",
            Self::Overridden => "overridden",
            Self::HandedOff => "handed_off",
            Self::Released => "released",
            Self::TimedOut => "timed_out",
            Self::Left => "left",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
        }
    }
}

/// One entry of the append-only record of owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The conversation.
    pub conversation: ConversationId,
    /// The epoch it begins.
    pub epoch: i64,
    /// Owner before.
    pub from: AgentId,
    /// Owner after.
    pub to: AgentId,
    /// Who caused it; nobody when the customer or Baton did.
    pub by: AgentId,
    /// How.
    pub how: How,
    /// The note given with it, empty when none was.
    pub note: String,
    /// The routing decision behind it; 0 when there was none.
    pub decision: i64,
    /// When.
    pub at: Time,
}

/// A new owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given<'a> {
    /// Who.
    pub to: AgentId,
    /// Who causes it; nobody when Baton does.
    pub by: AgentId,
    /// How.
    pub how: How,
    /// What they should know.
    pub note: &'a str,
    /// Whether they took it themselves and need not be called.
    pub knows: bool,
}

/// Why a transition does not happen; [`super::words::refusal`] has the sentence its reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody owns it.
    OwnedBy {
        /// Who.
        by: AgentId,
        /// Since when.
        since: Time,
    },
    /// The asker owns it already.
    AlreadyYours,
    /// Nobody owns it.
    NotOwned,
    /// It is over.
    Closed,
}

impl Conversation {
    /// A new one in a team's queue, in which nothing was said yet and which is shown nowhere.
    #[must_use]
    pub fn new(
        (id, contact, number): (ConversationId, ContactId, NumberId),
        (team, channel): (&str, ChannelRef),
        opened_at: Time,
    ) -> Self {
        Self {
            id,
            contact,
            number,
            team: team.to_owned(),
            priority: Priority::default(),
            ownership: Ownership::Waiting,
            passing: Passing::default(),
            clocks: Clocks::default(),
            epoch: 0,
            opened_at,
            opening: String::new(),
            waiting_since: Time::NEVER,
            nudges: 0,
            due_at: Time::NEVER,
            last_inbound_at: Time::NEVER,
            last_inbound: Wamid::default(),
            read_upto: Wamid::default(),
            previous: ConversationId(0),
            channel,
            card: PostRef::default(),
            thread: ThreadRef::default(),
            head: PostRef::default(),
            seen: PostRef::default(),
            version: 1,
        }
    }

    /// The owner, if there is one.
    #[must_use]
    pub fn owner(&self) -> Option<AgentId> {
        match self.ownership {
            Ownership::Owned { by, .. } => Some(by),
            Ownership::Waiting | Ownership::Closed { .. } => None,
        }
    }

    /// The owner.
    ///
    /// # Errors
    /// When nobody owns it, or it is over.
    pub fn owned(&self) -> Result<AgentId, Refusal> {
        match self.ownership {
            Ownership::Owned { by, .. } => Ok(by),
            Ownership::Waiting => Err(Refusal::NotOwned),
            Ownership::Closed { .. } => Err(Refusal::Closed),
        }
    }

    /// Since when its owner owns it; `None` without one.
    #[must_use]
    pub fn owned_since(&self) -> Option<Time> {
        match self.ownership {
            Ownership::Owned { since, .. } => Some(since),
            Ownership::Waiting | Ownership::Closed { .. } => None,
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.ownership, Ownership::Closed { .. })
    }

    /// `who` takes it, and their time to show up begins if the customer waits.
    ///
    /// # Errors
    /// When somebody owns it or it is over.
    pub fn claim(self, who: AgentId, now: Time, targets: &Targets<'_>) -> Result<(Self, Change), Refusal> {
        match self.ownership {
            Ownership::Owned { by, .. } if by == who => Err(Refusal::AlreadyYours),
            Ownership::Owned { by, since } => Err(Refusal::OwnedBy { by, since }),
            Ownership::Closed { .. } => Err(Refusal::Closed),
            Ownership::Waiting => {
                self.give(Given { to: who, by: who, how: How::Claimed, note: "", knows: true }, now, targets)
            }
        }
    }

    /// Somebody becomes the owner, whoever was it before. The customer's clock goes on; the owner's begins.
    ///
    /// # Errors
    /// When they own it already or it is over.
    pub fn give(self, given: Given<'_>, now: Time, targets: &Targets<'_>) -> Result<(Self, Change), Refusal> {
        if self.is_closed() {
            return Err(Refusal::Closed);
        }
        if self.owner() == Some(given.to) {
            return Err(Refusal::AlreadyYours);
        }
        let next = Ownership::Owned { by: given.to, since: now };
        let (mut given, change) = self.pass(next, given.to, given.by, given.how, given.note, now);
        (given.passing.wait, given.passing.offer, given.passing.despite) = (None, None, false);
        (given.passing.relax_at, given.passing.overflow_at) = (Time::NEVER, Time::NEVER);
        given.passing.window = given.window(now, targets);
        Ok((given, change))
    }

    /// Back to the queue: given back, lapsed, or left behind.
    ///
    /// # Errors
    /// When nobody owns it or it is over.
    pub fn release(self, by: AgentId, how: How, note: &str, now: Time) -> Result<(Self, Change), Refusal> {
        self.owned()?;
        let (mut released, change) = self.pass(Ownership::Waiting, AgentId::NOBODY, by, how, note, now);
        (released.passing.window, released.passing.offer) = (None, None);
        Ok((released, change))
    }

    /// The owner has shown up; whether that was still asked for.
    pub fn acknowledge(&mut self) -> bool {
        self.passing.window.take().is_some()
    }

    /// It stays with its owner after all: their time to show up begins if the customer waits.
    pub fn stays(&mut self, now: Time, targets: &Targets<'_>) {
        self.passing.offer = None;
        self.passing.window = self.owner().and_then(|_| self.window(now, targets));
    }

    /// Until when its owner has to show up, never later than the customer is to have an answer unless that is past.
    fn window(&self, now: Time, targets: &Targets<'_>) -> Option<Window> {
        self.waiting_since.some()?;
        let due = targets.respond_by(self.kind_of_answer(), now);
        let due = due.some().unwrap_or(self.due_at);
        let due = if self.due_at > now { due.min(self.due_at) } else { due };
        Some(Window { from: now, due, stage: Stage::Fresh })
    }

    /// It ends.
    ///
    /// # Errors
    /// When it is over already.
    pub fn close(self, by: AgentId, note: &str, now: Time) -> Result<(Self, Change), Refusal> {
        if self.is_closed() {
            return Err(Refusal::Closed);
        }
        let last = self.owner().unwrap_or(AgentId::NOBODY);
        let next = Ownership::Closed { at: now, last };
        let passing =
            Passing { said: self.passing.said.clone(), decision: self.passing.decision, ..Passing::default() };
        let ended = Self { waiting_since: Time::NEVER, due_at: Time::NEVER, nudges: 0, passing, ..self };
        Ok(ended.pass(next, AgentId::NOBODY, by, How::Closed, note, now))
    }

    /// It continues with nobody as owner; `None` when it was not over.
    #[must_use]
    pub fn reopen(self, by: AgentId, now: Time) -> Option<(Self, Change)> {
        self.is_closed().then(|| self.pass(Ownership::Waiting, AgentId::NOBODY, by, How::Reopened, "", now))
    }

    /// The customer wrote at `at`: they wait from their first unanswered message on, and further ones never move the
    /// deadline. Whatever it waited for is over.
    pub fn customer_wrote(&mut self, at: Time, wamid: &Wamid, now: Time, targets: &Targets<'_>) {
        self.passing.hold = None;
        if self.waiting_since.some().is_some() {
            self.nudges += 1;
        } else {
            self.waiting_since = at;
            self.due_at = targets.after(at, targets.ms(self.kind_of_answer()), &[]);
            self.nudges = 0;
            (self.clocks.nudge_told, self.clocks.promised) = (false, None);
            if self.owner().is_some() {
                self.passing.window = self.window(now, targets);
            }
        }
        if at >= self.last_inbound_at {
            self.last_inbound_at = at;
            self.last_inbound = wamid.clone();
        }
    }

    /// How pressing it is has changed: the deadline runs from where the customer began to wait.
    pub fn set_priority(&mut self, priority: Priority, targets: &Targets<'_>) {
        self.priority = priority;
        (self.clocks.promised, self.clocks.promised_end) = (None, None);
        if let Some(since) = self.waiting_since.some() {
            let pauses = self.clocks.of_answer().map_or(&[][..], |clock| &clock.pauses);
            self.due_at = targets.after(since, targets.ms(self.kind_of_answer()), pauses);
        }
        if let Some(window) = &mut self.passing.window
            && self.due_at > window.from
        {
            window.due = window.due.min(self.due_at);
        }
    }

    /// It becomes more pressing by itself: what is promised stays.
    pub fn raise(&mut self, priority: Priority) {
        if self.waiting_since != Time::NEVER {
            self.clocks.promised.get_or_insert(self.priority);
        }
        self.clocks.promised_end.get_or_insert(self.priority);
        self.priority = priority;
    }

    /// Takes over what the customer waits for in `other`, which ends.
    pub fn absorb(&mut self, other: &Self) {
        if let Some(since) = other.waiting_since.some() {
            let waits = self.waiting_since.some();
            self.nudges += other.nudges + i64::from(waits.is_some());
            self.waiting_since = waits.map_or(since, |mine| mine.min(since));
            self.due_at = self.due_at.some().map_or(other.due_at, |due| due.min(other.due_at));
        }
        if other.last_inbound_at > self.last_inbound_at {
            self.last_inbound_at = other.last_inbound_at;
            self.last_inbound = other.last_inbound.clone();
        }
    }

    /// Whether the customer has had an answer before.
    fn kind_of_answer(&self) -> Kind {
        if self.clocks.answer.is_some() { Kind::Next } else { Kind::First }
    }

    /// The customer has an answer, written at `at`; by nobody when it was written outside Baton.
    pub fn answered(&mut self, by: AgentId, at: Time) {
        self.clocks.answered(by, at);
        self.waiting_since = Time::NEVER;
        self.due_at = Time::NEVER;
        self.nudges = 0;
        self.passing.window = None;
        self.passing.passes = 0;
        // Whoever waits again outside the hours is told again.
        self.passing.said.retain(|said| *said != Occasion::OutOfHours);
    }

    /// The customer has no answer after all: they have waited on. Whether that changes anything.
    pub fn waits_again(&mut self, now: Time, targets: &Targets<'_>) -> bool {
        let unanswered = self.waiting_since == Time::NEVER && self.last_inbound_at != Time::NEVER;
        if !unanswered || self.is_closed() {
            return false;
        }
        (self.waiting_since, self.due_at) = match self.clocks.unanswered() {
            Some(clock) => (clock.since, clock.due),
            None => {
                let since = self.last_inbound_at;
                (since, targets.after(since, targets.ms(self.kind_of_answer()), &[]))
            }
        };
        if self.owner().is_some() {
            self.passing.window = self.window(now, targets);
        }
        true
    }

    /// Whether it is in its team's queue: nobody owns it, the customer waits, and it is not left alone for a while or kept
    /// for a person.
    #[must_use]
    pub fn is_queued(&self) -> bool {
        let waits = self.ownership == Ownership::Waiting && self.waiting_since.some().is_some();
        waits && self.passing.wait.is_none() && self.passing.hold.is_none()
    }

    /// When somebody has to hear that messages may soon not be sent any more, because the customer still waits; never when
    /// that is not so, or they have heard it.
    #[must_use]
    pub fn window_ends_soon(&self) -> Time {
        let told = self.clocks.closing_told == self.window_closes();
        if self.waiting_since == Time::NEVER || told { Time::NEVER } else { self.window_closes().plus_ms(-3_600_000) }
    }

    /// When something about it changes by time alone; never when nothing does.
    #[must_use]
    pub fn wake_at(&self) -> Time {
        let times = [self.passing.wake_at(), self.clocks.wake_at(), self.window_ends_soon()];
        times.into_iter().filter_map(Time::some).min().unwrap_or(Time::NEVER)
    }

    /// Until when messages other than templates may be sent: 24 hours after the customer's newest message.
    #[must_use]
    pub fn window_closes(&self) -> Time {
        self.last_inbound_at.plus_ms(24 * 3_600_000)
    }

    fn pass(self, next: Ownership, to: AgentId, by: AgentId, how: How, note: &str, at: Time) -> (Self, Change) {
        let from = self.owner().unwrap_or(AgentId::NOBODY);
        let epoch = self.epoch + 1;
        let change = Change { conversation: self.id, epoch, from, to, by, how, note: note.to_owned(), decision: 0, at };
        (Self { ownership: next, epoch, ..self }, change)
    }
}
