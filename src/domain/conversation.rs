//! A conversation and who owns it.
//!
//! Properties kept here: every change of owner raises the epoch and yields one [`Change`] for the append-only record; a
//! transition consumes the state it leaves, so none can be applied twice; what is true only in one state is stored only in
//! that state.

use serde::{Deserialize, Serialize};

use super::ids::{AgentId, ChannelRef, ContactId, ConversationId, NumberId, PostRef, ThreadRef, Time, Wamid};

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
    /// Who owns it.
    pub ownership: Ownership,
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
    /// Given back.
    Released,
    /// Ended.
    Closed,
    /// Continued after its end.
    Reopened,
}

impl How {
    /// Its spelling in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Released => "released",
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
    /// When.
    pub at: Time,
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
    /// The owner, if there is one.
    #[must_use]
    pub fn owner(&self) -> Option<AgentId> {
        match self.ownership {
            Ownership::Owned { by, .. } => Some(by),
            Ownership::Waiting | Ownership::Closed { .. } => None,
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.ownership, Ownership::Closed { .. })
    }

    /// `who` becomes the owner; their response window of `window_ms` starts if the customer waits.
    ///
    /// # Errors
    /// When somebody owns it or it is over.
    pub fn claim(self, who: AgentId, now: Time, window_ms: i64) -> Result<(Self, Change), Refusal> {
        match self.ownership {
            Ownership::Owned { by, .. } if by == who => Err(Refusal::AlreadyYours),
            Ownership::Owned { by, since } => Err(Refusal::OwnedBy { by, since }),
            Ownership::Closed { .. } => Err(Refusal::Closed),
            Ownership::Waiting => {
                let due_at = self.waiting_since.some().map_or(Time::NEVER, |_| now.plus_ms(window_ms));
                let next = Ownership::Owned { by: who, since: now };
                Ok(Self { due_at, ..self }.pass(next, who, who, How::Claimed, "", now))
            }
        }
    }

    /// The owner gives it back to the queue.
    ///
    /// # Errors
    /// When nobody owns it or it is over.
    pub fn release(self, by: AgentId, note: &str, now: Time) -> Result<(Self, Change), Refusal> {
        match self.ownership {
            Ownership::Waiting => Err(Refusal::NotOwned),
            Ownership::Closed { .. } => Err(Refusal::Closed),
            Ownership::Owned { .. } => Ok(self.pass(Ownership::Waiting, AgentId::NOBODY, by, How::Released, note, now)),
        }
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
        let ended = Self { waiting_since: Time::NEVER, due_at: Time::NEVER, nudges: 0, ..self };
        Ok(ended.pass(next, AgentId::NOBODY, by, How::Closed, note, now))
    }

    /// It continues with nobody as owner; `None` when it was not over.
    #[must_use]
    pub fn reopen(self, now: Time) -> Option<(Self, Change)> {
        self.is_closed()
            .then(|| self.pass(Ownership::Waiting, AgentId::NOBODY, AgentId::NOBODY, How::Reopened, "", now))
    }

    /// The customer wrote at `at`: they wait from their first unanswered message on, and further ones never move the
    /// deadline.
    pub fn customer_wrote(&mut self, at: Time, wamid: &Wamid, now: Time, window_ms: i64) {
        if self.waiting_since.some().is_some() {
            self.nudges += 1;
        } else {
            self.waiting_since = at;
            self.due_at = at.max(now.plus_ms(-window_ms)).plus_ms(window_ms);
            self.nudges = 0;
        }
        if at >= self.last_inbound_at {
            self.last_inbound_at = at;
            self.last_inbound = wamid.clone();
        }
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

    /// The customer has an answer.
    pub fn answered(&mut self) {
        self.waiting_since = Time::NEVER;
        self.due_at = Time::NEVER;
        self.nudges = 0;
    }

    /// Until when messages other than templates may be sent: 24 hours after the customer's newest message.
    #[must_use]
    pub fn window_closes(&self) -> Time {
        self.last_inbound_at.plus_ms(24 * 3_600_000)
    }

    fn pass(self, next: Ownership, to: AgentId, by: AgentId, how: How, note: &str, at: Time) -> (Self, Change) {
        let from = self.owner().unwrap_or(AgentId::NOBODY);
        let epoch = self.epoch + 1;
        let change = Change { conversation: self.id, epoch, from, to, by, how, note: note.to_owned(), at };
        (Self { ownership: next, epoch, ..self }, change)
    }
}
