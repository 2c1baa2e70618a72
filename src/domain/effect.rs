//! Everything we do outside. An effect exists only as an outbox row; it names what it is about and is resolved against the
//! store when it is performed, so that what is shown is never older than what is known.

use serde::{Deserialize, Serialize};

use super::card::Post;
use super::ids::{
    ChannelRef, ConversationId, InteractionRef, MediaId, MessageId, NumberId, PostRef, ThreadRef, UserRef, Wamid,
};
use super::reply::Reply;

/// One thing to do outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Effect {
    /// Make the conversation's card in its channel, or bring it up to date. Matters only in its newest form.
    Card {
        /// Whose.
        conversation: ConversationId,
    },
    /// Start the thread under the card.
    Thread {
        /// Whose.
        conversation: ConversationId,
    },
    /// Make the head of the thread, or bring it up to date. Matters only in its newest form.
    Head {
        /// Whose.
        conversation: ConversationId,
    },
    /// Bring the sign of the thread up to date, where threads bear one. Matters only in its newest form.
    Sign {
        /// Whose.
        conversation: ConversationId,
    },
    /// Post into the thread.
    Post {
        /// Whose thread.
        conversation: ConversationId,
        /// The message this post shows or asks about; 0 for a line that stands for none.
        message: MessageId,
        /// What the post is to that message.
        part: Part,
        /// What to post.
        post: Post,
        /// The message it answers.
        quote: Option<MessageId>,
        /// Files to attach, in order.
        files: Vec<MediaId>,
    },
    /// Post into a team's channel, beside the cards, about a conversation.
    Tell {
        /// Which.
        conversation: ConversationId,
        /// Where.
        channel: ChannelRef,
        /// What to post.
        post: Post,
    },
    /// Tell somebody directly about a conversation.
    Direct {
        /// Which.
        conversation: ConversationId,
        /// Whom.
        user: UserRef,
        /// What.
        post: Post,
    },
    /// Make a post that stands in a channel for as long as there is something to say, or bring it up to date. Matters only in
    /// its newest form.
    Standing {
        /// What it shows.
        what: Standing,
        /// Where.
        channel: ChannelRef,
        /// Whom to call when it is made; an edit calls nobody.
        call: Vec<UserRef>,
    },
    /// Post into a channel, about no conversation.
    Announce {
        /// Where.
        channel: ChannelRef,
        /// What.
        post: Post,
    },
    /// Say in a thread that a conversation has left where it goes on.
    Moved {
        /// Whose.
        conversation: ConversationId,
        /// The thread it has left.
        thread: ThreadRef,
        /// That thread's channel.
        channel: ChannelRef,
    },
    /// Close a thread that a conversation has left for good.
    Lock {
        /// Which.
        thread: ThreadRef,
    },
    /// Replace the post that shows a message.
    Repost {
        /// The message.
        message: MessageId,
        /// Its new form.
        post: Post,
    },
    /// Show on an agent's post what became of it. Matters only in its newest form.
    Mark {
        /// The agent's message.
        message: MessageId,
    },
    /// Set or remove a reaction on the post of a message.
    React {
        /// The message.
        message: MessageId,
        /// The emoji.
        emoji: String,
        /// Set, or remove.
        on: bool,
    },
    /// Remove a question we asked about a message.
    Retract {
        /// The message.
        message: MessageId,
    },
    /// Remove a card that stands for nothing any more.
    RemoveCard {
        /// Its channel.
        channel: ChannelRef,
        /// The card.
        card: PostRef,
        /// What stays in its place, where it alone shows a customer's first words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leaves: Option<Box<Post>>,
    },
    /// Fold the thread away or open it, as the conversation's state asks. Matters only in its newest form.
    Seal {
        /// Whose thread.
        conversation: ConversationId,
    },
    /// Answer a click or a command.
    Answer {
        /// How.
        interaction: InteractionRef,
        /// With what.
        reply: Reply,
    },
    /// Tell the operator's channel.
    Notice {
        /// A sentence.
        text: String,
    },
    /// Send an agent's message to the customer.
    Send {
        /// The message.
        message: MessageId,
    },
    /// Send a reaction to the customer's phone.
    SendReaction {
        /// Whose.
        conversation: ConversationId,
        /// On which message.
        target: Wamid,
        /// The emoji, empty to remove it.
        emoji: String,
    },
    /// Mark messages read on WhatsApp up to this one.
    Read {
        /// The business number.
        number: NumberId,
        /// Up to which.
        wamid: Wamid,
        /// Show the owner as typing as well.
        typing: bool,
    },
    /// Fetch a file and store it.
    Fetch {
        /// Which.
        media: MediaId,
    },
}

/// What a post shows that stands in a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "shows", rename_all = "snake_case")]
pub enum Standing {
    /// That a conversation is late: [`super::alarm::Alarm`].
    Alarm {
        /// Which conversation.
        conversation: ConversationId,
        /// Which of its alarms.
        nth: i64,
    },
    /// That many of a team are.
    Storm {
        /// Which team.
        team: String,
    },
    /// Who writes for the first time in a channel and has no thread there yet, since its platform takes only so many calls.
    Arrivals {
        /// Which channel.
        channel: ChannelRef,
        /// Which part of the list, from 0.
        page: i64,
    },
    /// Who of a team carries what, and what waits.
    Board {
        /// Which team.
        team: String,
    },
}

impl Standing {
    /// Its spelling in the store, where each has one post in a channel.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Alarm { conversation, nth } => format!("alarm:{conversation}:{nth}"),
            Self::Storm { team } => format!("storm:{team}"),
            Self::Arrivals { channel, page } => format!("arrivals:{channel}:{page}"),
            Self::Board { team } => format!("board:{team}"),
        }
    }
}

/// What a post is to the message it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It shows the message.
    Mirror,
    /// It asks somebody about the message, and is removed once answered.
    Prompt,
    /// A line about it that nothing refers to.
    Line,
}

impl Part {
    /// Its spelling in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mirror => "mirror",
            Self::Prompt => "prompt",
            Self::Line => "line",
        }
    }
}

impl Effect {
    /// Whether only the newest form matters; the key names the target, and a row that still waits is replaced.
    #[must_use]
    pub fn newest_only(&self) -> Option<String> {
        match self {
            Self::Card { conversation } => Some(format!("card:{conversation}")),
            Self::Head { conversation } => Some(format!("head:{conversation}")),
            Self::Sign { conversation } => Some(format!("sign:{conversation}")),
            Self::Mark { message } => Some(format!("mark:{message}")),
            Self::Standing { what, channel, .. } => Some(format!("{} {channel}", what.key())),
            _ => None,
        }
    }

    /// Which of several goes first where a platform takes only so many calls: 0 is what somebody waits for. `makes`
    /// says that card and head are made and not brought up to date.
    #[must_use]
    pub fn urgency(&self, makes: bool) -> i64 {
        match self {
            Self::Standing { what: Standing::Arrivals { .. }, .. } => -1,
            Self::Answer { .. } | Self::Post { part: Part::Mirror | Part::Prompt, .. } | Self::Thread { .. } => 0,
            Self::Card { .. } | Self::Head { .. } if makes => 0,
            Self::Send { .. } | Self::SendReaction { .. } | Self::Read { .. } | Self::Fetch { .. } => 0,
            Self::Post { part: Part::Line, .. }
            | Self::Tell { .. }
            | Self::Direct { .. }
            | Self::Moved { .. }
            | Self::Announce { .. }
            | Self::Repost { .. }
            | Self::Notice { .. }
            | Self::React { .. }
            | Self::Standing { what: Standing::Alarm { .. } | Standing::Storm { .. }, .. } => 1,
            Self::Card { .. }
            | Self::Head { .. }
            | Self::Standing { what: Standing::Board { .. }, .. }
            | Self::Retract { .. }
            | Self::RemoveCard { .. }
            | Self::Seal { .. }
            | Self::Lock { .. } => 2,
            Self::Mark { .. } => 3,
            Self::Sign { .. } => 4,
        }
    }

    /// Whether doing it twice shows or sends it twice, so that an uncertain one must not simply be repeated.
    #[must_use]
    pub fn repeats_visibly(&self) -> bool {
        matches!(self, Self::Send { .. })
    }

    /// Which door performs it.
    #[must_use]
    pub fn door(&self) -> DoorKind {
        match self {
            Self::Send { .. } | Self::SendReaction { .. } | Self::Read { .. } => DoorKind::WhatsApp,
            Self::Fetch { .. } => DoorKind::Files,
            _ => DoorKind::Workspace,
        }
    }
}

/// Which kind of door an effect leaves by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DoorKind {
    /// To the customer.
    WhatsApp,
    /// To the team.
    Workspace,
    /// Whoever holds the file.
    Files,
}
