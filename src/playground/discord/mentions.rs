//! Whom a text pings.

use super::check::Mentions;
use super::world::World;

/// The users, roles and perhaps everybody a message pings.
#[derive(Default)]
pub(super) struct Pings {
    pub(super) users: Vec<u64>,
    pub(super) roles: Vec<u64>,
    pub(super) everyone: bool,
}

impl World {
    /// Finds the mentions in `text` that `allowed` lets through.
    pub(super) fn pings(&self, text: &str, allowed: &Mentions) -> Pings {
        let mut pings = Pings::default();
        if allowed.parse_everyone && (text.contains("@everyone") || text.contains("@here")) {
            pings.everyone = true;
        }
        for part in text.split("<@").skip(1) {
            let Some((inner, _)) = part.split_once('>') else { continue };
            let (role, digits) = match inner.strip_prefix('&') {
                Some(digits) => (true, digits),
                None => (false, inner.strip_prefix('!').unwrap_or(inner)),
            };
            let Ok(id) = digits.parse::<u64>() else { continue };
            if role {
                let named = allowed.parse_roles || allowed.roles.contains(&id);
                if named && self.roles.contains_key(&id) && !pings.roles.contains(&id) {
                    pings.roles.push(id);
                }
            } else {
                let named = allowed.parse_users || allowed.users.contains(&id);
                if named && self.users.contains_key(&id) && !pings.users.contains(&id) {
                    pings.users.push(id);
                }
            }
        }
        pings
    }
}
