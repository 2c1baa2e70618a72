//! The commands a workspace offers, and what it offers while one is typed.

use futures::future::BoxFuture;

use crate::domain::ids::{ChannelRef, UserRef};

/// A command a workspace offers. The adapter carries what was typed into the text `name argument argument …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSpec {
    /// Lower-case name without slash, at most 32 characters.
    pub name: String,
    /// What it does, at most 100 characters.
    pub description: String,
    /// Its arguments in the order of the text, whatever order the workspace wants them in.
    pub args: Vec<ArgSpec>,
}

/// An argument of a [`CommandSpec`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgSpec {
    /// Lower-case name, at most 32 characters.
    pub name: String,
    /// What it is, at most 100 characters.
    pub description: String,
    /// Which values it takes.
    pub kind: ArgKind,
    /// Whether it must be given.
    pub required: bool,
}

/// Which values an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgKind {
    /// Any text.
    Text,
    /// The number of a conversation, offered while it is typed; in the text it is `#` and the number.
    Conversation,
    /// A text for which the workspace offers what [`Suggest`] names while it is typed.
    Suggested,
}

/// What somebody has typed of an argument so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// The command's name.
    pub command: String,
    /// The argument's name.
    pub arg: String,
    /// What stands in it.
    pub text: String,
    /// Who types.
    pub user: UserRef,
    /// Where.
    pub channel: ChannelRef,
}

/// One way to complete an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What is shown, at most 100 characters.
    pub label: String,
    /// What is put in, at most 100 characters.
    pub value: String,
}

/// What may be offered for an argument while it is typed. It changes nothing, so it does not go through the inbox.
pub trait Suggest: Send + Sync {
    /// At most 25, the best first; none when nothing fits.
    fn suggest(&self, typing: Typing) -> BoxFuture<'_, Vec<Suggestion>>;
}
