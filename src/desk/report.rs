//! What managers ask: who carries what, and what nobody does.

use super::Desk;
use super::acting::Acting;
use super::room::{PAGE, Room};
use crate::domain::contact::Contact;
use crate::domain::ids::{AgentId, ContactId, ConversationId, ThreadRef, Time};
use crate::domain::name;
use crate::domain::reply::Reply;
use crate::domain::report::{Burden, Carried, Listed, Load, Unowned};
use crate::domain::roster::Priority;
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
            let listed = listed.iter().map(listed_as).collect();
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
        let found = teams.unwrap_or_default().into_iter().map(|team| {
            let (seated, more) = room.seated(team);
            let mut members: Vec<Carried> = seated.iter().filter_map(|id| self.carried(room, *id)).collect();
            members.sort_by(|a, b| (!a.there.is_empty(), &a.name).cmp(&(!b.there.is_empty(), &b.name)));
            Load { team: team.to_owned(), members, more, unowned: room.unowned(team).1 }
        });
        words::load(&found.collect::<Vec<_>>(), self.now)
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
            waiting: room.owed(agent.id).waiting,
            owned: room.mine(&agent.user).iter().map(listed_as).collect(),
        };
        words::load_of(&burden, self.now)
    }

    /// `/mine`
    pub(super) fn mine(&self, acting: &Acting<'_>) -> Reply {
        let owned: Vec<Listed> = acting.room.mine(&acting.agent.user).iter().map(listed_as).collect();
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
            late: owed.late,
            oldest: Time(owed.oldest),
            due: Time(owed.due),
            there,
        })
    }
}

fn listed_as(row: &report::Listed) -> Listed {
    let contact = Contact {
        name: row.name.clone(),
        username: row.username.clone(),
        phone: row.phone.clone(),
        ..Contact::new(ContactId(0), Time::NEVER)
    };
    let priority = usize::try_from(row.priority).ok().and_then(|nth| Priority::ALL.get(nth).copied());
    Listed {
        id: ConversationId(row.id),
        thread: ThreadRef(row.thread.clone()),
        customer: words::customer_name(&contact),
        waiting_since: Time(row.waiting_since),
        due_at: Time(row.due_at),
        nudges: row.nudges,
        priority: priority.unwrap_or_default(),
    }
}
