//! A message of a conversation, whichever side wrote it.

use super::content::{Around, Content};
use super::event::{Delivered, Failure};
use super::ids::{AgentId, ConversationId, MessageId, Time, Wamid};

/// A message, note or held draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Which.
    pub id: MessageId,
    /// Of which conversation.
    pub conversation: ConversationId,
    /// Who wrote it and for whom.
    pub direction: Direction,
    /// The agent who wrote it; nobody for customers.
    pub author: AgentId,
    /// What it holds.
    pub content: Content,
    /// What stands around a customer's message.
    pub around: Around,
    /// When it was written, by the clock of the platform it was written on.
    pub at: Time,
    /// How far it has come.
    pub progress: Progress,
    /// Why it failed.
    pub failure: Failure,
    /// The message it answers; 0 when none.
    pub quote: MessageId,
    /// Its id on WhatsApp; empty until it has one.
    pub wamid: Wamid,
    /// Texts it had before it was edited, oldest first.
    pub earlier: Vec<String>,
    /// When its author took it back; never when not.
    pub revoked_at: Time,
}

/// Who wrote a message and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The customer, for us.
    In,
    /// An agent, for the customer.
    Out,
    /// The team from outside Baton, for the customer.
    Echo,
    /// An agent, for the team.
    Note,
    /// An agent, not yet decided for whom.
    Held,
}

impl Direction {
    /// Its spelling in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Echo => "echo",
            Self::Note => "note",
            Self::Held => "held",
        }
    }

    /// Read from the store.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::In, Self::Out, Self::Echo, Self::Note, Self::Held].into_iter().find(|d| d.as_str() == text)
    }
}

/// How far a message has come; greater is further, and it never goes back except to be sent again after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// Nothing is to be delivered: it came in, or stays inside.
    Here,
    /// Waits to be sent.
    Waiting,
    /// Taken back before it was sent.
    Cancelled,
    /// Sent, no answer came: it may or may not arrive.
    Uncertain,
    /// Will not arrive.
    Failed,
    /// WhatsApp has taken it.
    Accepted,
    /// It left Meta.
    Sent,
    /// It reached the phone.
    Delivered,
    /// It was read.
    Read,
}

impl Progress {
    const ALL: [Self; 9] = [
        Self::Here,
        Self::Waiting,
        Self::Cancelled,
        Self::Uncertain,
        Self::Failed,
        Self::Accepted,
        Self::Sent,
        Self::Delivered,
        Self::Read,
    ];

    /// Its spelling in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Waiting => "waiting",
            Self::Cancelled => "cancelled",
            Self::Uncertain => "uncertain",
            Self::Failed => "failed",
            Self::Accepted => "accepted",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }

    /// Read from the store.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }
}

impl Message {
    /// What messages of a conversation are told in the order of: WhatsApp knows only seconds, and within one of them
    /// what came first stands first.
    #[must_use]
    pub fn order(&self) -> (i64, MessageId) {
        (self.at.secs(), self.id)
    }

    /// A message as it begins: not delivered anywhere, answering none.
    #[must_use]
    pub fn new(
        (id, conversation): (MessageId, ConversationId),
        (direction, author): (Direction, AgentId),
        content: Content,
        at: Time,
    ) -> Self {
        Self {
            id,
            conversation,
            direction,
            author,
            content,
            around: Around::default(),
            at,
            progress: if direction == Direction::Out { Progress::Waiting } else { Progress::Here },
            failure: Failure::default(),
            quote: MessageId(0),
            wamid: Wamid::default(),
            earlier: Vec::new(),
            revoked_at: Time::NEVER,
        }
    }

    /// What of it is found by its words: nothing of what was taken back, or is not decided yet.
    #[must_use]
    pub fn findable(&self) -> Option<&Content> {
        let stands = self.revoked_at == Time::NEVER && self.progress != Progress::Cancelled;
        (stands && self.direction != Direction::Held).then_some(&self.content)
    }

    /// Takes what WhatsApp says of it; whether that changed anything. A late lower status never overwrites a higher one;
    /// a failure after acceptance is a failure, one after delivery is not believed.
    pub fn came(&mut self, state: &Delivered) -> bool {
        let next = match state {
            Delivered::Sent => Progress::Sent,
            Delivered::Delivered => Progress::Delivered,
            Delivered::Read => Progress::Read,
            Delivered::Failed(failure) => {
                if self.progress >= Progress::Delivered || self.progress == Progress::Failed {
                    return false;
                }
                self.progress = Progress::Failed;
                self.failure = failure.clone();
                return true;
            }
        };
        let behind = self.progress < next && self.progress != Progress::Failed && self.progress != Progress::Cancelled;
        if behind || (self.progress == Progress::Failed && next >= Progress::Delivered) {
            self.progress = next;
            return true;
        }
        false
    }

    /// Whether its way out is still ahead of it.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.progress == Progress::Waiting
    }
}
