//! Everything that can happen, whichever door it came through. A timer is an event too.

use serde::{Deserialize, Serialize};

use super::contact::Who;
use super::content::{Around, Content, File};
use super::ids::{
    AgentId, ChannelRef, ConversationId, InteractionRef, MessageId, NumberId, OutboxId, PostRef, ThreadRef, Time,
    UserRef, Wamid,
};
use super::markup::Markup;
use super::passing::OfferedTo;
use super::template::Template;

/// Something that happened outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A customer did something on WhatsApp.
    Customer(FromCustomer),
    /// The team answered from the WhatsApp Business app on the same number.
    Echo(FromCustomer),
    /// What became of a message we sent.
    Status(Status),
    /// A customer's identity changed: `before` and `after` are the same person.
    Renamed {
        /// Who they were.
        before: Who,
        /// Who they are now.
        after: Who,
    },
    /// Something the operator should know: an account-level error or restriction.
    Account {
        /// A sentence.
        notice: String,
    },
    /// Somebody did something in the workspace.
    Member(FromMember),
    /// Something happened to a thread.
    Thread {
        /// Which.
        thread: ThreadRef,
        /// What.
        change: ThreadChange,
    },
    /// The people of the workspace and their roles, as far as the event tells of them.
    Members {
        /// Who, with all their roles.
        members: Vec<Member>,
        /// Whether these are all there are, so that whoever is not among them has left.
        all: bool,
    },
    /// Somebody left the workspace.
    MemberLeft {
        /// Who.
        user: UserRef,
    },
    /// The templates Meta has approved, all of them.
    Templates {
        /// Each in each of its languages.
        templates: Vec<Template>,
    },
    /// What Baton tells itself.
    Own(Own),
    /// A thing we wanted done outside has ended in a way that needs a decision.
    Performed {
        /// The outbox row.
        outbox: OutboxId,
        /// How it ended.
        ended: Ended,
        /// The thread it was to happen in; empty for none.
        #[serde(default)]
        thread: ThreadRef,
        /// The post it was to change; empty for none.
        #[serde(default)]
        post: PostRef,
    },
}

/// What Baton tells itself, so that it is decided on its own, in its turn, once, and after a crash as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "own", rename_all = "snake_case")]
pub enum Own {
    /// What was promised has changed: open clocks are made anew, some conversations at a time.
    Promised {
        /// Behind this conversation.
        after: ConversationId,
        /// How many deadlines have moved so far.
        moved: i64,
    },
    /// It started, perhaps with another configuration.
    Configured,
    /// A summary is due.
    Summary {
        /// What the configuration calls it.
        name: String,
        /// When it was to come.
        at: Time,
    },
    /// The time that a conversation waited for has come.
    Woke {
        /// Which.
        conversation: ConversationId,
        /// That time: whoever decides may have a clock that is behind.
        #[serde(default)]
        at: Time,
    },
    /// The time has come at which somebody's hours, absence or ramp changes.
    Turned {
        /// Whose.
        agent: AgentId,
        /// That time.
        #[serde(default)]
        at: Time,
    },
    /// More customers write for the first time than their platform can be told of at once.
    Crowded {
        /// In which channel.
        channel: ChannelRef,
        /// How many have no thread there yet.
        waiting: i64,
    },
    /// Somebody of a team may have room for what waits in its queue.
    Room {
        /// Which team.
        team: String,
        /// How many at the front of the queue were looked at already and fit nobody.
        #[serde(default)]
        behind: i64,
    },
    /// Somebody is not there any more: where customers wait for them, others take over.
    Left {
        /// Who.
        agent: AgentId,
        /// Whether they are gone for good, so that everything is passed on.
        gone: bool,
        /// How far it has come.
        after: ConversationId,
    },
    /// Everything somebody owns is passed on.
    Moving {
        /// Whose.
        from: AgentId,
        /// To whom.
        to: OfferedTo,
        /// Who wants it.
        by: AgentId,
        /// What the new owners should know.
        note: String,
        /// How to tell how far it has come.
        interaction: InteractionRef,
        /// The last conversation that was passed on.
        after: ConversationId,
        /// How many were.
        moved: i64,
    },
}

/// What a customer (or, as an echo, the business phone) did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FromCustomer {
    /// The business number it reached.
    pub number: NumberId,
    /// The customer.
    pub who: Who,
    /// Meta's timestamp of it.
    pub at: Time,
    /// The id of this item itself.
    pub wamid: Wamid,
    /// What they did.
    pub did: CustomerDid,
}

/// What a customer did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CustomerDid {
    /// Sent a message.
    Said {
        /// What.
        content: Content,
        /// The message it quotes.
        quote: Option<Wamid>,
        /// What stands around it.
        around: Around,
    },
    /// Replaced the content of an earlier message.
    Edited {
        /// Which.
        original: Wamid,
        /// The new content.
        content: Content,
    },
    /// Deleted an earlier message for everyone.
    Revoked {
        /// Which.
        original: Wamid,
    },
    /// Reacted to a message, or with `None` took the reaction back.
    Reacted {
        /// To which.
        target: Wamid,
        /// The emoji.
        emoji: Option<String>,
    },
    /// Did something that has no form in a thread (a call, an unknown kind): shown as a line where the customer is known,
    /// never opens a conversation.
    Other {
        /// A sentence about it.
        line: String,
    },
}

/// What WhatsApp says of a message we sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The business number it was sent from.
    pub number: NumberId,
    /// The message.
    pub wamid: Wamid,
    /// Meta's timestamp.
    pub at: Time,
    /// What became of it.
    pub state: Delivered,
    /// The outbox row that travelled as opaque data.
    pub outbox: Option<OutboxId>,
    /// Who it was for, as far as said.
    pub who: Who,
}

/// How far a message has come; a later one is greater and never goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivered {
    /// Left Meta.
    Sent,
    /// Reached the phone.
    Delivered,
    /// Was read or played.
    Read,
    /// Will not arrive.
    Failed(Failure),
}

/// Why something failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Failure {
    /// The platform's error code, 0 when it gave none.
    pub code: i64,
    /// The reason as a sentence an agent understands.
    pub reason: String,
}

/// What a person did in the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FromMember {
    /// The person.
    pub member: Member,
    /// When, by the workspace's clock.
    pub at: Time,
    /// What they did.
    pub did: MemberDid,
}

/// A person of the workspace as one event shows them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: UserRef,
    /// The name others see (untrusted).
    pub name: String,
    /// Their workspace roles, as the adapter spells them; empty where the event does not tell.
    pub roles: Vec<String>,
}

/// What a person did in the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum MemberDid {
    /// Wrote a post in a thread.
    Said {
        /// Where.
        thread: ThreadRef,
        /// The post.
        post: PostRef,
        /// Formatted text.
        text: Markup,
        /// The text exactly as typed, for marks at its start (`//`, `>`).
        raw: String,
        /// Files in order.
        files: Vec<File>,
        /// The post it replies to.
        reply_to: Option<PostRef>,
    },
    /// Changed a post.
    Edited {
        /// Where.
        thread: ThreadRef,
        /// Which.
        post: PostRef,
        /// The new text.
        text: Markup,
        /// The new text as typed.
        raw: String,
    },
    /// Deleted a post.
    Deleted {
        /// Where.
        thread: ThreadRef,
        /// Which.
        post: PostRef,
    },
    /// Added or removed a reaction.
    Reacted {
        /// Where.
        thread: ThreadRef,
        /// On which post.
        post: PostRef,
        /// The emoji, or its name where it has no character.
        emoji: String,
        /// Added, or removed.
        added: bool,
    },
    /// Is typing.
    Typing {
        /// Where.
        thread: ThreadRef,
    },
    /// Pressed a button of ours.
    Clicked {
        /// How to answer.
        interaction: InteractionRef,
        /// What the button stands for.
        button: Button,
    },
    /// Typed a command.
    Commanded {
        /// How to answer.
        interaction: InteractionRef,
        /// Where it was typed.
        channel: ChannelRef,
        /// The command without slash, `handoff @ana refund over limit`.
        text: String,
    },
}

/// What a button of ours stands for. [`Button::encode`] is what travels through the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Button {
    /// Become the owner.
    Claim(ConversationId),
    /// Give the conversation back to the queue.
    Release(ConversationId),
    /// End the conversation.
    Close(ConversationId),
    /// Claim and send the held message.
    ClaimAndSend(MessageId),
    /// Send the held message as a reply.
    SendAsReply(MessageId),
    /// Keep the held message inside.
    KeepAsNote(MessageId),
    /// Send a failed or uncertain message again.
    SendAgain(MessageId),
    /// An uncertain message did arrive.
    Arrived(MessageId),
    /// The owner is on it.
    OnIt(ConversationId),
    /// Take what is being handed over.
    Accept(ConversationId),
    /// Do not take it; asks for the reason.
    Decline(ConversationId),
    /// Do not take it, for one of the usual reasons.
    DeclineFor(ConversationId, Reason),
    /// Drop a held message.
    Discard(MessageId),
}

/// The usual reasons not to take what is being handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No time now.
    Busy,
    /// Somebody else knows better.
    WrongPerson,
    /// Something is missing first.
    Incomplete,
}

impl Reason {
    const ALL: [(Self, &str); 3] =
        [(Self::Busy, "busy"), (Self::WrongPerson, "wrong"), (Self::Incomplete, "incomplete")];
}

impl Button {
    /// The spelling that travels through a workspace: at most 40 characters, `b:claim:12`.
    #[must_use]
    pub fn encode(self) -> String {
        let (verb, id) = match self {
            Self::Claim(id) => ("claim", id.0),
            Self::Release(id) => ("release", id.0),
            Self::Close(id) => ("close", id.0),
            Self::OnIt(id) => ("onit", id.0),
            Self::Accept(id) => ("accept", id.0),
            Self::Decline(id) => ("decline", id.0),
            Self::DeclineFor(id, reason) => {
                let word = Reason::ALL.iter().find(|(known, _)| *known == reason).map_or("", |(_, word)| word);
                return format!("b:decline-{word}:{id}");
            }
            Self::ClaimAndSend(id) => ("claimsend", id.0),
            Self::SendAsReply(id) => ("send", id.0),
            Self::KeepAsNote(id) => ("note", id.0),
            Self::SendAgain(id) => ("again", id.0),
            Self::Arrived(id) => ("arrived", id.0),
            Self::Discard(id) => ("discard", id.0),
        };
        format!("b:{verb}:{id}")
    }

    /// Reads [`Button::encode`]; `None` for anything Baton never made.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let (verb, id) = text.strip_prefix("b:")?.split_once(':')?;
        let id: i64 = id.parse().ok().filter(|id| *id > 0)?;
        let (conversation, message) = (ConversationId(id), MessageId(id));
        Some(match verb {
            "claim" => Self::Claim(conversation),
            "release" => Self::Release(conversation),
            "close" => Self::Close(conversation),
            "onit" => Self::OnIt(conversation),
            "accept" => Self::Accept(conversation),
            "decline" => Self::Decline(conversation),
            "claimsend" => Self::ClaimAndSend(message),
            "send" => Self::SendAsReply(message),
            "note" => Self::KeepAsNote(message),
            "again" => Self::SendAgain(message),
            "arrived" => Self::Arrived(message),
            "discard" => Self::Discard(message),
            other => {
                let word = other.strip_prefix("decline-")?;
                let (reason, _) = Reason::ALL.iter().find(|(_, known)| *known == word)?;
                Self::DeclineFor(conversation, *reason)
            }
        })
    }
}

/// What happened to a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThreadChange {
    /// It is gone for good.
    Deleted,
    /// Its channel is gone for good, and it with that.
    ChannelDeleted,
    /// Somebody locked or archived it, or undid that.
    Shut {
        /// Folded away; a post opens it again.
        archived: bool,
        /// Nobody but moderators may post.
        locked: bool,
    },
}

/// How an outbox row ended where that needs a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// The platform refused for good.
    Refused {
        /// Which kind of refusal.
        refusal: Refused,
        /// Why.
        failure: Failure,
    },
    /// It is not known whether it happened, and no sign came within the grace time.
    Uncertain,
    /// A file that was late is now stored.
    Fetched,
    /// WhatsApp took a message, as one or several of its own.
    Sent {
        /// Their ids in order.
        wamids: Vec<Wamid>,
    },
}

/// Kinds of permanent refusal that differ in what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// The message, file or parameter itself is not acceptable.
    Invalid,
    /// The thread it was for is gone.
    ThreadGone,
    /// The post it was about is gone.
    PostGone,
    /// The channel it was for is gone.
    ChannelGone,
    /// The bot lacks a permission or its token.
    Forbidden,
    /// The 24 hour customer service window is closed.
    WindowClosed,
}
