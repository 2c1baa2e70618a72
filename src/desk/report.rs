//! What managers ask: who carries what, and what nobody does.

use super::Desk;
use super::acting::Acting;
use super::room::{PAGE, Room};
use crate::domain::name;
use crate::domain::reply::Reply;
use crate::domain::report::{Burden, Listed, Load, Unowned};
use crate::domain::words;
use crate::store::agent::Agent;
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

    /// `/load`, `/load support`, `/load @ana`
    pub(super) fn load(&self, room: &Room, named: &str) -> Reply {
        let bare = named.trim_start_matches('@');
        let teams = self.named(bare);
        if !bare.is_empty() && (teams.is_err() || (bare != named && !room.called(bare).is_empty())) {
            return match self.somebody(room, named) {
                Ok(agent) => self.load_of(room, agent),
                Err(refused) => refused,
            };
        }
        let found: Vec<Load> =
            teams.unwrap_or_default().into_iter().filter_map(|team| room.load_of(team)).cloned().collect();
        words::load(&found, self.now)
    }

    fn load_of(&self, room: &Room, agent: &Agent) -> Reply {
        let mut teams: Vec<String> = room.teams_of(agent.id).map(str::to_owned).collect();
        teams.sort_unstable();
        let burden = Burden {
            name: name::display(&agent.name, 40, "somebody"),
            teams,
            standing: agent.duty.standing(self.policy.pace, self.now),
            load: agent.duty.load,
            capacity: agent.duty.capacity,
            waiting: room.waiting_for(agent.id),
            owned: room.mine(agent.id).iter().map(report::Listed::told).collect(),
        };
        words::load_of(&burden, self.now)
    }

    /// `/mine`
    pub(super) fn mine(&self, acting: &Acting<'_>) -> Reply {
        let owned: Vec<Listed> = acting.room.mine(acting.agent.id).iter().map(report::Listed::told).collect();
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
}
