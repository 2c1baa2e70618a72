//! What managers ask: who carries what, and what nobody does.

use super::Desk;
use super::acting::Acting;
use super::room::{PAGE, Room};
use crate::domain::ids::{AgentId, Time};
use crate::domain::name;
use crate::domain::reply::Reply;
use crate::domain::report::{Carried, Listed, Load, Unowned};
use crate::domain::words;
use crate::store::report;

impl Desk<'_> {
    /// `/unassigned support 2`
    pub(super) fn unassigned(&self, room: &Room, (named, page): (&str, i64)) -> Reply {
        let teams = match self.named(named) {
            Ok(teams) => teams,
            Err(refused) => return refused,
        };
        let found = teams.into_iter().map(|team| {
            let (listed, count) = room.unowned(team);
            let listed = listed.iter().map(report::Listed::told).collect();
            Unowned { team: team.to_owned(), listed, before: (page - 1) * PAGE, count }
        });
        words::unassigned(&found.collect::<Vec<_>>(), self.now)
    }

    /// `/load support`
    pub(super) fn load(&self, room: &Room, named: &str) -> Reply {
        let teams = match self.named(named) {
            Ok(teams) => teams,
            Err(refused) => return refused,
        };
        let found = teams.into_iter().map(|team| {
            let (seated, more) = room.seated(team);
            let mut members: Vec<Carried> = seated.iter().filter_map(|id| self.carried(room, *id)).collect();
            members.sort_by(|a, b| (!a.there.is_empty(), &a.name).cmp(&(!b.there.is_empty(), &b.name)));
            Load { team: team.to_owned(), members, more, unowned: room.unowned(team).1 }
        });
        words::load(&found.collect::<Vec<_>>(), self.now)
    }

    /// `/mine`
    pub(super) fn mine(&self, acting: &Acting<'_>) -> Reply {
        let owned: Vec<Listed> = acting.room.mine(&acting.agent.user).iter().map(report::Listed::told).collect();
        words::mine(&owned, acting.agent.duty.load, self.now)
    }

    /// The teams that are meant.
    fn named(&self, named: &str) -> Result<Vec<&str>, Reply> {
        let all = self.policy.teams.keys().map(String::as_str);
        let teams: Vec<&str> = all.filter(|team| named.is_empty() || team.eq_ignore_ascii_case(named)).collect();
        if teams.is_empty() {
            let known: Vec<&str> = self.policy.teams.keys().map(String::as_str).collect();
            return Err(Reply::text(words::no_such_team(named, &known)));
        }
        Ok(teams)
    }

    fn carried(&self, room: &Room, id: AgentId) -> Option<Carried> {
        let agent = room.agent(id)?;
        let owed = room.owed(id);
        let standing = agent.duty.standing(self.policy.pace, self.now);
        // Whoever merely has enough is there.
        let there = if standing.is_present() {
            String::new()
        } else {
            words::is(standing).trim_start_matches("is ").to_owned()
        };
        Some(Carried {
            name: name::display(&agent.name, 40, "somebody"),
            load: agent.duty.load,
            capacity: agent.duty.capacity,
            waiting: owed.waiting,
            oldest: Time(owed.oldest),
            due: Time(owed.due),
            there,
        })
    }
}
