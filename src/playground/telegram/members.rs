//! Who is in a group and what they may do there.

use serde_json::{Value, json};

use super::world::{Chat, World};

/// What a bot may do in a group; by default everything a bridge needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// Whether it is an administrator; without, the other rights count for nothing.
    pub admin: bool,
    /// Create topics, and edit, close and reopen those of others.
    pub can_manage_topics: bool,
    /// Pin.
    pub can_pin_messages: bool,
    /// Delete others' messages, and topics.
    pub can_delete_messages: bool,
}

impl Default for Rights {
    fn default() -> Self {
        Self { admin: true, can_manage_topics: true, can_pin_messages: true, can_delete_messages: true }
    }
}

impl Rights {
    /// A plain member.
    #[must_use]
    pub fn none() -> Self {
        Self { admin: false, can_manage_topics: false, can_pin_messages: false, can_delete_messages: false }
    }
}

/// One's standing in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    /// A person; whether an administrator.
    Person {
        admin: bool,
    },
    Bot(Rights),
    /// Went or was taken out.
    Left,
    /// A bot that was taken out.
    Kicked,
}

impl Member {
    pub(super) fn is_in(self) -> bool {
        matches!(self, Self::Person { .. } | Self::Bot(_))
    }

    pub(super) fn is_admin(self) -> bool {
        matches!(self, Self::Person { admin: true } | Self::Bot(Rights { admin: true, .. }))
    }
}

impl Chat {
    pub(super) fn standing(&self, user: i64) -> Member {
        self.members.get(&user).copied().unwrap_or(Member::Left)
    }

    /// What a bot may do here, which is nothing when it is no administrator.
    pub(super) fn rights(&self, bot: i64) -> Rights {
        match self.standing(bot) {
            Member::Bot(rights) if rights.admin => rights,
            _ => Rights::none(),
        }
    }
}

impl World {
    /// `ChatMember` of a user.
    pub(super) fn member_json(&self, user: i64, member: Member) -> Value {
        let user = self.user_json(user);
        let rights = match member {
            Member::Left => return json!({ "status": "left", "user": user }),
            Member::Kicked => return json!({ "status": "kicked", "user": user, "until_date": 0 }),
            Member::Person { admin: false } | Member::Bot(Rights { admin: false, .. }) => {
                return json!({ "status": "member", "user": user });
            }
            Member::Person { admin: true } => Rights::default(),
            Member::Bot(rights) => rights,
        };
        json!({
            "status": "administrator",
            "user": user,
            "can_be_edited": false,
            "is_anonymous": false,
            "can_manage_chat": true,
            "can_delete_messages": rights.can_delete_messages,
            "can_manage_video_chats": false,
            "can_restrict_members": false,
            "can_promote_members": false,
            "can_change_info": false,
            "can_invite_users": true,
            "can_post_stories": false,
            "can_edit_stories": false,
            "can_delete_stories": false,
            "can_pin_messages": rights.can_pin_messages,
            "can_manage_topics": rights.can_manage_topics,
        })
    }

    /// Changes someone's standing and tells whoever is to know: the bot itself by `my_chat_member`, bots that are
    /// administrators and asked for it by `chat_member`.
    pub(super) fn set_member(&mut self, chat: i64, user: i64, new: Member, by: i64) {
        let Ok(group) = self.group_mut(chat) else { return };
        let old = group.standing(user);
        group.members.insert(user, new);
        if old == new {
            return;
        }
        let change = json!({
            "chat": self.chat_json((chat, 0)),
            "from": self.user_json(by),
            "date": self.now(),
            "old_chat_member": self.member_json(user, old),
            "new_chat_member": self.member_json(user, new),
        });
        let bots: Vec<i64> = self.bots.keys().copied().collect();
        for bot in bots {
            if bot == user {
                self.push_update(bot, "my_chat_member", change.clone());
            } else if self.group(chat).is_ok_and(|c| c.standing(bot).is_admin()) {
                self.push_update(bot, "chat_member", change.clone());
            }
        }
        self.tick();
    }

    /// An administrator of the group if there is one, else any person in it: who did what a test decides.
    pub(super) fn somebody(&self, chat: i64) -> i64 {
        let Ok(group) = self.group(chat) else { return 0 };
        let people = |admin: bool| {
            let mut found = group.members.iter().filter(move |(_, m)| **m == Member::Person { admin });
            found.next().map(|(id, _)| *id)
        };
        people(true).or_else(|| people(false)).unwrap_or(super::GROUP_ANONYMOUS_BOT)
    }
}
