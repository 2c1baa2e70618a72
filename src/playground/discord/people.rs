//! Who is in the guild, with which roles and under which name.

use super::Discord;
use super::world::{Role, User};

impl Discord {
    /// Adds a role; returns its id.
    pub fn add_role(&self, name: &str) -> u64 {
        let mut world = self.world();
        let id = world.new_id();
        let position = world.roles.len();
        world.roles.insert(id, Role { id, name: name.to_owned(), position });
        world.tick();
        id
    }

    /// Removes a role from the guild and from everybody. Sessions hear of the role, not of each member who had it.
    pub fn remove_role(&self, role: u64) {
        let mut world = self.world();
        world.roles.remove(&role);
        for user in world.users.values_mut() {
            user.roles.retain(|r| *r != role);
        }
        world.role_deleted_event(role);
        world.tick();
    }

    /// Adds a human member with these roles; returns the user's id.
    pub fn add_user(&self, name: &str, roles: &[u64]) -> u64 {
        let mut world = self.world();
        let (id, joined_ms) = (world.new_id(), world.now_ms());
        let (name, roles) = (name.to_owned(), roles.to_vec());
        world.users.insert(id, User { id, name, nick: None, bot: false, roles, joined_ms, member: true });
        world.member_event("GUILD_MEMBER_ADD", id);
        world.tick();
        id
    }

    /// Gives a member exactly these roles.
    pub fn set_roles(&self, user: u64, roles: &[u64]) {
        self.change_member(user, |found| found.roles = roles.to_vec());
    }

    /// Gives a member a name in the guild, or takes it away.
    pub fn set_nick(&self, user: u64, nick: Option<&str>) {
        self.change_member(user, |found| found.nick = nick.map(str::to_owned));
    }

    fn change_member(&self, user: u64, how: impl FnOnce(&mut User)) {
        let mut world = self.world();
        let Some(found) = world.users.get_mut(&user).filter(|u| u.member) else { return };
        how(found);
        world.member_event("GUILD_MEMBER_UPDATE", user);
        world.tick();
    }

    /// Lets a member leave: the user stays known as an author, and can do nothing any more.
    pub fn remove_user(&self, user: u64) {
        let mut world = self.world();
        let Some(found) = world.users.get_mut(&user).filter(|u| u.member) else { return };
        found.member = false;
        for thread in world.channels.values_mut().filter_map(|c| c.thread.as_mut()) {
            thread.members.remove(&user);
        }
        world.member_left_event(user);
        world.tick();
    }
}
