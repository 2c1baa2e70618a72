//! The team chats in which a team may work, and who somebody is in each of them. Which one an id belongs to can be told from
//! the id, so that nothing else has to be carried beside it; everything behind that is its adapter's to make and to read.

use super::ids::{ChannelRef, InteractionRef, PostRef, ThreadRef, UserRef};

/// A team chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Workspace {
    /// Channels, and threads under cards.
    Discord,
    /// Forums, and topics in them. Its ids begin with `tg/`, the chat's number first: `tg/-1001/7`.
    Telegram,
}

/// What every id of Telegram begins with.
pub const TELEGRAM_IDS: &str = "tg/";

impl Workspace {
    /// Its spelling in the store, and its door's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discord => "discord",
            Self::Telegram => "telegram",
        }
    }

    /// Whether its threads show a [`super::sign::Sign`].
    #[must_use]
    pub const fn bears_signs(self) -> bool {
        matches!(self, Self::Telegram)
    }

    /// Whose id this is.
    #[must_use]
    pub fn of(remote: &str) -> Self {
        if remote.starts_with(TELEGRAM_IDS) { Self::Telegram } else { Self::Discord }
    }
}

/// What pauses together with everything else that is done where this id is: all of Discord, one chat of Telegram.
#[must_use]
pub fn scope_of(remote: &str) -> String {
    match Workspace::of(remote) {
        Workspace::Discord => Workspace::Discord.as_str().to_owned(),
        Workspace::Telegram => remote.split('/').take(2).collect::<Vec<_>>().join("/"),
    }
}

macro_rules! of_workspace {
    ($($name:ident),*) => {
        $(impl $name {
            /// The workspace it belongs to.
            #[must_use]
            pub fn workspace(&self) -> Workspace {
                Workspace::of(self.as_str())
            }

            /// See [`scope_of`].
            #[must_use]
            pub fn scope(&self) -> String {
                scope_of(self.as_str())
            }
        })*
    };
}

of_workspace!(ChannelRef, ThreadRef, PostRef, UserRef);

impl InteractionRef {
    /// The workspace it belongs to.
    #[must_use]
    pub fn workspace(&self) -> Workspace {
        Workspace::of(self.as_str())
    }

    /// What pauses answers: all of the workspace, since most of them are no posts.
    #[must_use]
    pub fn scope(&self) -> String {
        match self.workspace() {
            Workspace::Discord => scope_of(self.as_str()),
            Workspace::Telegram => Workspace::Telegram.as_str().to_owned(),
        }
    }
}

/// Who somebody is in each workspace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Users {
    discord: UserRef,
    telegram: UserRef,
}

impl Users {
    /// Somebody who is known by one id.
    #[must_use]
    pub fn of(user: UserRef) -> Self {
        let mut users = Self::default();
        users.know(user);
        users
    }

    /// Takes an id as theirs, in the place of another of the same workspace. An empty one is none.
    pub fn know(&mut self, user: UserRef) {
        match user.workspace() {
            _ if user.is_empty() => {}
            Workspace::Discord => self.discord = user,
            Workspace::Telegram => self.telegram = user,
        }
    }

    /// Who they are in a workspace; empty when they are not in it.
    #[must_use]
    pub fn on(&self, workspace: Workspace) -> &UserRef {
        match workspace {
            Workspace::Discord => &self.discord,
            Workspace::Telegram => &self.telegram,
        }
    }

    /// Every id they have.
    pub fn iter(&self) -> impl Iterator<Item = &UserRef> {
        [&self.discord, &self.telegram].into_iter().filter(|user| !user.is_empty())
    }

    /// Whether they are in none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Whether this is one of their ids.
    #[must_use]
    pub fn has(&self, user: &UserRef) -> bool {
        self.iter().any(|one| one == user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_workspace_and_what_pauses_with_it() {
        assert_eq!(Workspace::of("1437"), Workspace::Discord);
        assert_eq!(Workspace::of("tg/-1001/7"), Workspace::Telegram);
        assert_eq!(scope_of("1437"), "discord");
        assert_eq!(ThreadRef::from("tg/-1001/7").scope(), "tg/-1001");
        assert_eq!(ChannelRef::from("tg/-1001").scope(), "tg/-1001");
    }

    #[test]
    fn somebody_has_one_id_in_each_workspace() {
        let mut ana = Users::of("77".into());
        ana.know("tg/5".into());
        ana.know("78".into());
        ana.know(UserRef::default());
        assert_eq!((ana.on(Workspace::Discord).as_str(), ana.on(Workspace::Telegram).as_str()), ("78", "tg/5"));
        assert!(ana.has(&"tg/5".into()) && !ana.has(&"77".into()));
        assert!(!ana.is_empty() && Users::default().is_empty());
    }
}
