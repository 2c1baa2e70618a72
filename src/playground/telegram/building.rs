//! Building the world: bots, groups, people, their rights, and what administrators do with topics.

use serde_json::{Value, json};

use super::Telegram;
use super::emoji::COLORS;
use super::members::{Member, Rights};
use super::world::{Chat, User};

impl Telegram {
    /// Adds a further bot to the same world, with updates and limits of its own; returns its user id.
    pub fn add_bot(&self, token: &str, username: &str) -> i64 {
        self.world().new_bot(token, username, username)
    }

    /// Adds a supergroup with topics in which everybody is a member and every bot an administrator; returns its id.
    pub fn add_forum(&self, title: &str) -> i64 {
        let mut world = self.world();
        let id = -1_000_000_000_000 - world.next_group;
        world.next_group += 101;
        let people = world.users.values().filter(|u| !u.is_bot).map(|u| (u.id, Member::Person { admin: false }));
        let bots = world.bots.keys().map(|id| (*id, Member::Bot(Rights::default())));
        let members = people.chain(bots).collect();
        world.chats.insert((id, 0), chat(id, None, title, members));
        world.tick();
        id
    }

    /// Adds a person, a member of every group; returns their id.
    pub fn add_user(&self, name: &str, username: Option<&str>) -> i64 {
        let mut world = self.world();
        let id = world.next_user;
        world.next_user += 1;
        let user = User { id, name: name.to_owned(), username: username.map(str::to_owned), is_bot: false };
        world.users.insert(id, user);
        for group in world.chats.values_mut().filter(|c| !c.is_private()) {
            group.members.insert(id, Member::Person { admin: false });
        }
        world.tick();
        id
    }

    /// Makes a person an administrator of a group, or a plain member.
    pub fn set_admin(&self, forum: i64, user: i64, admin: bool) {
        let mut world = self.world();
        let by = world.somebody(forum);
        world.set_member(forum, user, Member::Person { admin }, by);
    }

    /// Sets what the first bot may do in a group, which brings it back if it was taken out.
    pub fn set_bot_rights(&self, forum: i64, rights: Rights) {
        self.set_rights_of(self.bot_id(), forum, rights);
    }

    /// The same for one bot.
    pub fn set_rights_of(&self, bot: i64, forum: i64, rights: Rights) {
        let mut world = self.world();
        let by = world.somebody(forum);
        world.set_member(forum, bot, Member::Bot(rights), by);
    }

    /// Turns topics on or off.
    pub fn set_topics_enabled(&self, forum: i64, on: bool) {
        let mut world = self.world();
        if let Ok(group) = world.group_mut(forum) {
            group.is_forum = on;
        }
        world.tick();
    }

    /// Whether bots that are no administrators see only what is meant for them, as is the case unless turned off.
    pub fn set_privacy_mode(&self, on: bool) {
        self.world().privacy = on;
    }

    /// Takes a person or a bot out of a group.
    pub fn remove_user(&self, forum: i64, user: i64) {
        let mut world = self.world();
        let by = world.somebody(forum);
        let kicked = world.bots.contains_key(&user);
        let gone = world.user_json(user);
        // Bots hear of their own end as well.
        world.serve((forum, 0), by, None, "left_chat_member", gone);
        world.set_member(forum, user, if kicked { Member::Kicked } else { Member::Left }, by);
    }

    /// Brings a person into a group.
    pub fn join(&self, forum: i64, user: i64) {
        let mut world = self.world();
        world.set_member(forum, user, Member::Person { admin: false }, user);
        let new = json!([world.user_json(user)]);
        world.serve((forum, 0), user, None, "new_chat_members", new);
    }

    /// A person opens a private chat with the first bot, which may write to them from then on.
    pub fn open_private(&self, user: i64) {
        self.open_private_with(user, self.bot_id());
    }

    /// The same with one bot.
    pub fn open_private_with(&self, user: i64, bot: i64) {
        let mut world = self.world();
        let known = world.chats.entry((user, bot));
        known.or_insert_with(|| chat(user, Some(bot), "", Default::default())).blocked = false;
        world.tick();
    }

    /// A person blocks the first bot in their private chat, or lets it write again.
    pub fn block(&self, user: i64, blocked: bool) {
        let bot = self.bot_id();
        let mut world = self.world();
        let key = (user, bot);
        let Some(chat) = world.chats.get_mut(&key) else { return };
        chat.blocked = blocked;
        let standing = |gone: bool| if gone { Member::Kicked } else { Member::Bot(Rights::none()) };
        let change = json!({
            "chat": world.chat_json(key),
            "from": world.user_json(user),
            "date": world.now(),
            "old_chat_member": world.member_json(bot, standing(!blocked)),
            "new_chat_member": world.member_json(bot, standing(blocked)),
        });
        world.push_update(bot, "my_chat_member", change);
        world.tick();
    }

    /// A person makes a topic; returns its id.
    ///
    /// # Errors
    /// When there is no such group or it has no topics.
    pub fn create_topic(&self, user: i64, forum: i64, name: &str) -> Result<i64, String> {
        let mut world = self.world();
        if !world.group(forum)?.is_forum {
            return Err("the group has no topics".to_owned());
        }
        Ok(world.make_topic(forum, user, name, COLORS[0], None))
    }

    /// A person closes a topic.
    ///
    /// # Errors
    /// When there is no such topic or it is closed.
    pub fn close_topic(&self, user: i64, forum: i64, topic: i64) -> Result<(), String> {
        self.world().set_closed(forum, user, topic, true).map_err(|e| e.description.into_owned())
    }

    /// A person reopens a topic.
    ///
    /// # Errors
    /// When there is no such topic or it is open.
    pub fn reopen_topic(&self, user: i64, forum: i64, topic: i64) -> Result<(), String> {
        self.world().set_closed(forum, user, topic, false).map_err(|e| e.description.into_owned())
    }

    /// A person renames a topic.
    ///
    /// # Errors
    /// When there is no such topic or it has that name.
    pub fn rename_topic(&self, user: i64, forum: i64, topic: i64, name: &str) -> Result<(), String> {
        let renamed = self.world().edit_topic(forum, user, topic, Some(name), None);
        renamed.map_err(|e| e.description.into_owned())
    }

    /// Somebody deletes a topic with its messages; no update tells of it.
    pub fn delete_topic(&self, forum: i64, topic: i64) {
        let _ = self.world().drop_topic(forum, topic);
    }

    /// A group goes on under another id, with its topics and messages; the old id only says so. Returns the new id.
    pub fn migrate(&self, forum: i64) -> i64 {
        let mut world = self.world();
        let by = world.somebody(forum);
        let new = -1_000_000_000_000 - world.next_group;
        world.next_group += 101;
        world.serve((forum, 0), by, None, "migrate_to_chat_id", new.into());
        let Some(mut group) = world.chats.remove(&(forum, 0)) else { return new };
        group.id = new;
        world.chats.insert((new, 0), group);
        world.migrated.insert(forum, new);
        world.serve((new, 0), by, None, "migrate_from_chat_id", forum.into());
        new
    }

    /// Makes the next counted call of the first bot in a chat meet `429` with this many seconds to wait.
    pub fn flood(&self, chat: i64, seconds: u64) {
        let bot = self.bot_id();
        self.world().limits.hold(bot, chat, seconds);
    }

    /// Queues an update for the first bot that has this body beside its id: kinds and shapes of tomorrow.
    pub fn push_raw(&self, kind: &str, body: Value) {
        let bot = self.bot_id();
        self.world().push_update(bot, kind, body);
    }
}

fn chat(id: i64, bot: Option<i64>, title: &str, members: std::collections::BTreeMap<i64, Member>) -> Chat {
    Chat {
        id,
        bot,
        title: title.to_owned(),
        is_forum: bot.is_none(),
        blocked: false,
        members,
        topics: Default::default(),
        messages: Vec::new(),
        // Message 1 made the group.
        next_message: 2,
    }
}
