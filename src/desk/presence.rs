//! Who is there: `/away until 14:00 lunch`, `/available`, `/back`, hours that begin and end, people who leave. Whoever is
//! not there keeps nobody waiting: where a customer waits others take over at once, the rest when the customer writes.

use chrono_tz::Tz;

use super::Desk;
use super::acting::Acting;
use super::room::{AT_ONCE, Agenda, Changes, Room};
use crate::domain::calendar::Calendar;
use crate::domain::conversation::{Conversation, Given, How};
use crate::domain::event::Own;
use crate::domain::ids::{AgentId, ConversationId, InteractionRef, Time};
use crate::domain::passing::OfferedTo;
use crate::domain::reply::Reply;
use crate::domain::roster::{Availability, Ramp, Standing};
use crate::domain::{when, words};
use crate::store::agent::Agent;

impl Desk<'_> {
    /// `/away [until] [reason]`
    pub(super) fn away(&self, changes: &mut Changes, acting: &Acting<'_>, typed: &str) -> Reply {
        let zone = self.zone_of(acting.room, &acting.agent);
        let (until, why) = match when::parse(typed, self.now, zone) {
            Ok(Some((until, why))) => (until, why),
            Ok(None) => (Time::NEVER, typed),
            Err(wrong) => return Reply::text(words::wrong_time(&wrong)),
        };
        let why = why.trim().to_owned();
        let reply = words::away(until.some().map(|until| (until, zone)), &why, self.now);
        let availability = Availability::Away { until, why };
        self.says(changes, acting, availability);
        Reply::text(reply)
    }

    /// `/available`, `/back`
    pub(super) fn present(&self, changes: &mut Changes, acting: &Acting<'_>, whatever_the_hours: bool) -> Reply {
        let availability = if whatever_the_hours { Availability::Available } else { Availability::ByHours };
        let agent = self.says(changes, acting, availability);
        let opens = (!agent.duty.on_shift && !whatever_the_hours).then(|| self.hours_of(acting.room, &agent)).flatten();
        let opens = opens.map(|hours| hours.next_open(self.now));
        Reply::text(words::present(whatever_the_hours, opens, (agent.duty.load, agent.duty.capacity), self.now))
    }

    fn says(&self, changes: &mut Changes, acting: &Acting<'_>, availability: Availability) -> Agent {
        let mut agent = self.known(acting.room, changes, acting.agent.id).unwrap_or_else(|| acting.agent.clone());
        agent.duty.availability = availability;
        self.turn(acting.room, changes, agent)
    }

    /// Brings what time changes about somebody up to date, and lets follow what follows from that.
    pub(super) fn turn(&self, room: &Room, changes: &mut Changes, mut agent: Agent) -> Agent {
        let pace = self.policy.pace;
        let known = room.agent(agent.id).map(|a| (a.duty.is_present(), a.duty.here));
        let before = known.map(|(present, _)| present);
        let teams = room.teams_after(changes, agent.id);
        let hours = self.hours_in(&agent, &teams);
        agent.duty.on_shift = hours.is_none_or(|hours| hours.is_open(self.now));
        if let Availability::Away { until, .. } = &agent.duty.availability
            && until.some().is_some_and(|until| until <= self.now)
        {
            agent.duty.availability = Availability::ByHours;
        }
        let present = agent.duty.is_present();
        if present && before == Some(false) {
            agent.duty.ramp = Ramp { since: self.now, given: 0 };
        }
        let ramping = agent.duty.ramp.since != Time::NEVER && pace.burst > 0;
        let over = agent.duty.ramp.left(pace, self.now).saturating_add(agent.duty.ramp.given) >= agent.duty.capacity;
        if !ramping || over {
            agent.duty.ramp = Ramp::default();
        }
        agent.duty.turns_at = self.turns_at(&agent, hours);
        if present {
            for team in &teams {
                self.stir(changes, team);
            }
        } else if before != Some(false) || known.is_some_and(|(_, here)| here && !agent.duty.here) {
            changes.told.push(Own::Left { agent: agent.id, gone: !agent.duty.here, after: ConversationId(0) });
        }
        self.serves(changes, agent.clone());
        agent
    }

    fn turns_at(&self, agent: &Agent, hours: Option<&Calendar>) -> Time {
        let away = match agent.duty.availability {
            Availability::Away { until, .. } => until,
            Availability::ByHours | Availability::Available => Time::NEVER,
        };
        let ramp = agent.duty.ramp;
        let ramp = if ramp.since == Time::NEVER { Time::NEVER } else { ramp.next_step(self.policy.pace, self.now) };
        let shift = hours.and_then(|hours| hours.next_change(self.now)).unwrap_or(Time::NEVER);
        [away, ramp, shift].into_iter().filter_map(Time::some).min().unwrap_or(Time::NEVER)
    }

    /// The time has come at which somebody's hours, absence or ramp changes.
    pub(super) fn turned(&self, room: &Room, agent: AgentId) -> Changes {
        let mut changes = Changes::default();
        if let Some(agent) = room.agent(agent).filter(|a| a.duty.turns_at.some().is_some_and(|at| at <= self.now)) {
            self.turn(room, &mut changes, agent.clone());
        }
        changes
    }

    /// What waits for somebody who is not there goes to others, some at a time.
    pub(super) fn left(&self, room: &Room, (agent, gone, after): (AgentId, bool, ConversationId)) -> Changes {
        let mut changes = Changes::default();
        if room.agent(agent).is_some_and(|a| a.duty.is_present()) {
            return changes;
        }
        let theirs = room.agenda(&Agenda::Owned(agent, !gone, after));
        let standing = if gone { Standing::Gone } else { self.standing_of(room, agent) };
        let name = room.agent_name(agent);
        // To whom it is being handed takes it, or it comes back and goes to the queue then.
        for conversation in theirs.iter().filter(|c| c.owner() == Some(agent) && c.passing.offer.is_none()) {
            self.show(room).line(
                &mut changes,
                conversation.id,
                words::left(&name, standing, self.next_for(conversation)),
            );
            let left = (AgentId::NOBODY, How::Left, "");
            if let Ok(released) = self.release_from(room, &mut changes, (*conversation).clone(), left) {
                changes.conversations.push(released);
            }
        }
        if let Some(last) = theirs.last().filter(|_| is_full(theirs.len())) {
            changes.told.push(Own::Left { agent, gone, after: last.id });
        }
        changes
    }

    /// `/reassign @from @to|team [note]`
    pub(super) fn reassign(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        (from, to, note): (&str, &str, &str),
        interaction: &InteractionRef,
    ) -> Reply {
        if let Err(refused) = self.leads_only(acting, super::policy::Rank::Manager) {
            return refused;
        }
        let room = acting.room;
        let from = match room.called(from).as_slice() {
            [one] => one.id,
            _ => match self.somebody(room, from) {
                Ok(agent) => agent.id,
                Err(refused) => return refused,
            },
        };
        let team = self.policy.teams.values().find(|team| team.name.eq_ignore_ascii_case(to));
        let to = match team {
            Some(team) => OfferedTo::Team(team.name.clone()),
            None => match self.somebody(room, to) {
                Ok(agent) if agent.id == from => return Reply::text(words::SAME_PERSON),
                Ok(agent) => OfferedTo::Agent(agent.id, String::new()),
                Err(refused) => return refused,
            },
        };
        changes.told.push(Own::Moving {
            from,
            to,
            by: acting.agent.id,
            note: note.to_owned(),
            interaction: interaction.clone(),
            after: ConversationId(0),
            moved: 0,
        });
        Reply::text(words::moving(&room.agent_name(from), 0))
    }

    /// Some of what somebody owns is passed on; the rest in another turn, so that an interruption leaves nothing behind.
    pub(super) fn moving(&self, room: &Room, own: &Own) -> Changes {
        let mut changes = Changes::default();
        let Own::Moving { from, to, by, note, interaction, after, moved } = own else { return changes };
        let theirs = room.agenda(&Agenda::Owned(*from, false, *after));
        let mut count = *moved;
        for conversation in theirs.iter().filter(|c| c.owner() == Some(*from)) {
            count += i64::from(self.pass_on(room, &mut changes, (*conversation).clone(), (to, *by, note)));
        }
        let name = room.agent_name(*from);
        let reply = match theirs.last().filter(|_| is_full(theirs.len())) {
            Some(last) => {
                changes.told.push(Own::Moving {
                    from: *from,
                    to: to.clone(),
                    by: *by,
                    note: note.clone(),
                    interaction: interaction.clone(),
                    after: last.id,
                    moved: count,
                });
                words::moving(&name, count)
            }
            None => {
                let whom = match to {
                    OfferedTo::Agent(agent, _) => room.agent_name(*agent),
                    OfferedTo::Team(team) => team.clone(),
                };
                words::moved(&name, &whom, count)
            }
        };
        self.show(room).answer(&mut changes, interaction, Reply::text(reply));
        changes
    }

    fn pass_on(
        &self,
        room: &Room,
        changes: &mut Changes,
        conversation: Conversation,
        (to, by, note): (&OfferedTo, AgentId, &str),
    ) -> bool {
        match to {
            OfferedTo::Agent(agent, _) => {
                let how = self.known(room, changes, *agent).map_or(How::Overridden, |them| self.by_hand(&them));
                let given = Given { to: *agent, by, how, note, knows: *agent == by };
                let given = self.give(room, changes, conversation, given, None);
                given.map(|given| changes.conversations.push(given)).is_ok()
            }
            OfferedTo::Team(team) => {
                let from = conversation.owner();
                let Ok(released) = self.release_from(room, changes, conversation, (by, How::Assigned, note)) else {
                    return false;
                };
                let mut moved =
                    if released.team == *team { released } else { self.relocate(room, changes, released, team, None) };
                moved.passing.not.extend(from);
                let (by, from) = (self.name_of(room, changes, by), from.map(|id| self.name_of(room, changes, id)));
                let line = words::passed_on(&by, &from.unwrap_or_default(), team, note);
                self.show(room).line(changes, moved.id, line);
                self.stir(changes, team);
                changes.conversations.push(moved);
                true
            }
        }
    }

    /// When somebody works; `None` for always.
    pub(super) fn hours_of(&self, room: &Room, agent: &Agent) -> Option<&Calendar> {
        self.hours_in(agent, &room.teams_after(&Changes::default(), agent.id))
    }

    pub(super) fn standing_of(&self, room: &Room, agent: AgentId) -> Standing {
        room.agent(agent).map_or(Standing::Gone, |a| a.duty.standing(self.policy.pace, self.now))
    }

    /// The hours of their own, else those of their first team: as the configuration names them, else by name.
    fn hours_in(&self, agent: &Agent, teams: &[String]) -> Option<&Calendar> {
        let person = self.policy.person(&agent.key).filter(|_| !agent.key.is_empty());
        if let Some(own) = person.and_then(|person| person.hours.as_ref()) {
            return Some(own);
        }
        let first = person.and_then(|person| person.teams.first()).or_else(|| teams.first())?;
        self.team(first).map(|team| &team.terms.hours)
    }

    pub(super) fn zone_of(&self, room: &Room, agent: &Agent) -> Tz {
        self.hours_of(room, agent).map_or(self.policy.zone, Calendar::zone)
    }
}

fn is_full(n: usize) -> bool {
    i64::try_from(n).is_ok_and(|n| n >= AT_ONCE)
}
