//! Where a conversation goes: the rule that matches, the team's order, and what follows when nobody can take it.

use super::Desk;
use super::policy::{Policy, Team};
use super::room::{Changes, Near, Room};
use crate::domain::contact::Contact;
use crate::domain::content::{Around, Content};
use crate::domain::conversation::{Conversation, Given, How};
use crate::domain::decision::Inputs;
use crate::domain::event::FromCustomer;
use crate::domain::ids::{AgentId, ContactId, Time, UserRef};
use crate::domain::passing::{Offer, OfferedTo, Passing};
use crate::domain::roster::{Priority, Strategy};
use crate::domain::routing::{Choice, Preference, Preferred, Request, Wait, choose};
use crate::domain::rule::Arrival;
use crate::domain::words;
use crate::domain::workspace::{TELEGRAM_IDS, Workspace};
use crate::store::decision::Stored;

/// What the rules say about something that arrives.
pub(super) struct Matched {
    pub(super) team: String,
    pub(super) priority: Priority,
    pub(super) tags: Vec<String>,
    pub(super) passing: Passing,
    arrival: crate::domain::rule::ArrivalRecord,
    rule: Option<usize>,
    why: String,
}

/// What decides who is near for this request.
pub(super) fn near(request: &Request) -> Near {
    let skills = if request.relaxed { Vec::new() } else { request.skills.clone() };
    (request.team.clone(), request.strategy, skills)
}

/// Everybody a conversation's passing names.
pub(super) fn people_of(passing: &Passing) -> Vec<AgentId> {
    let mut people = passing.not.clone();
    if let Some(Offer { to, by, .. }) = &passing.offer {
        people.push(*by);
        if let OfferedTo::Agent(agent, _) = to {
            people.push(*agent);
        }
    }
    people.extend(passing.writing.as_ref().map(|w| w.agent));
    people
}

/// What will be looked for when this is decided, as far as can be told before.
pub(super) fn foreseen(
    room: &Room,
    policy: &Policy,
    from: &FromCustomer,
    (content, around): (&Content, &Around),
    now: Time,
) -> Option<Request> {
    let known = from.who.aliases().into_iter().find_map(|(kind, value)| room.contact_of(kind, &value));
    let newest = known.and_then(|contact| room.newest(contact, &from.number));
    match newest {
        Some(open) if !open.is_closed() => {
            let owner = open.owner().and_then(|owner| room.agent(owner));
            let present = owner.is_some_and(|owner| owner.duty.standing(policy.pace, now).is_present());
            (!present && !open.is_queued()).then(|| again(room, policy, open))
        }
        _ => {
            let contact = known.and_then(|id| room.contact(id));
            let matched = matched(policy, from, contact, (content, around, newest.is_some()), now)?;
            let last = newest.and_then(last_owner);
            let mut contact = contact.cloned().unwrap_or_else(|| Contact::new(ContactId(0), now));
            if !from.who.phone.is_empty() {
                contact.phone.clone_from(&from.who.phone);
            }
            contact.tags.extend(matched.tags.iter().cloned());
            Some(request(room, policy, &matched.passing, (&matched.team, matched.priority), Some(&contact), last))
        }
    }
}

/// What is looked for when a conversation that is known goes to somebody else.
pub(super) fn again(room: &Room, policy: &Policy, conversation: &Conversation) -> Request {
    let contact = room.contact(conversation.contact);
    request(room, policy, &conversation.passing, (&conversation.team, conversation.priority), contact, None)
}

/// What the rules say; `None` for a number that is not in the configuration.
pub(super) fn matched(
    policy: &Policy,
    from: &FromCustomer,
    contact: Option<&Contact>,
    (content, around, returning): (&Content, &Around, bool),
    now: Time,
) -> Option<Matched> {
    let number = policy.numbers.get(&from.number)?;
    let text = words::content_text(content).to_plain();
    let home = policy.teams.get(&number.team);
    let phone = contact.map_or(from.who.phone.as_str(), |c| c.phone.as_str());
    let phone = if phone.is_empty() { from.who.phone.as_str() } else { phone };
    let arrival = Arrival {
        number: &from.number,
        number_name: &number.name,
        text: &text,
        kind: content.kind(),
        tags: contact.map_or(&[], |c| c.tags.as_slice()),
        vip: contact.is_some_and(|c| c.vip),
        phone,
        returning,
        referral: around.referral.is_some(),
        open: home.is_none_or(|team| team.terms.hours.is_open(now)),
    };
    // What is stored is what decides.
    let record = policy.rules.record(&arrival);
    let rule = policy.rules.first_of_record(&record);
    let spec = rule.and_then(|index| policy.rules.get(index));
    let team = spec.and_then(|r| r.team.clone()).unwrap_or_else(|| number.team.clone());
    let priority = spec.and_then(|r| r.priority).unwrap_or_default();
    let wait = match () {
        () if arrival.vip => Some(Wait::Vip),
        () if priority == Priority::Urgent => Some(Wait::Urgent),
        () if spec.is_some_and(|r| r.wait_for_person) => Some(Wait::Rule),
        () => None,
    };
    Some(Matched {
        team,
        priority,
        tags: spec.map(|r| r.tags.clone()).unwrap_or_default(),
        passing: Passing {
            rule: spec.map(|r| r.name.clone()).unwrap_or_default(),
            skills: spec.map(|r| r.skills.clone()).unwrap_or_default(),
            strategy: spec.and_then(|r| r.strategy),
            by_person: spec.is_some_and(|r| r.wait_for_person),
            wait,
            ..Passing::default()
        },
        why: rule.map(|index| policy.rules.explain_record(&record, index)).unwrap_or_default(),
        arrival: record,
        rule,
    })
}

fn request(
    room: &Room,
    policy: &Policy,
    passing: &Passing,
    (team, priority): (&str, Priority),
    contact: Option<&Contact>,
    last: Option<AgentId>,
) -> Request {
    // A team that is gone from the configuration, or a strategy of a rule that is, finds nobody by itself.
    let team_of = policy.teams.get(team).filter(|t| t.routes);
    let strategy = team_of.map(|t| passing.strategy.unwrap_or(t.strategy)).unwrap_or_default();
    let wait = passing.wait.or(match () {
        () if contact.is_some_and(|c| c.vip) => Some(Wait::Vip),
        () if priority == Priority::Urgent => Some(Wait::Urgent),
        () if passing.by_person => Some(Wait::Rule),
        () => None,
    });
    let sticky = team_of.is_some_and(|t| t.sticky);
    let named = policy.accounts.iter().filter(|account| {
        let of = |c: &Contact| {
            (!account.phone.is_empty() && account.phone == c.phone)
                || (!account.tag.is_empty() && c.tags.contains(&account.tag))
        };
        contact.is_some_and(of)
    });
    let mut prefer: Vec<Preferred> = named
        .filter_map(|account| room.keyed(&account.owner))
        .map(|agent| Preferred { agent, why: Preference::Account })
        .collect();
    if let Some(agent) = last.filter(|agent| sticky && prefer.iter().all(|p| p.agent != *agent)) {
        prefer.push(Preferred { agent, why: Preference::LastOwner });
    }
    Request {
        team: team.to_owned(),
        strategy,
        skills: passing.skills.clone(),
        relaxed: passing.relaxed,
        wait: wait.or((strategy == Strategy::Manual).then_some(Wait::Manual)),
        not: passing.not.clone(),
        prefer,
    }
}

/// Who owns a conversation, or did before it ended.
pub(super) fn last_owner(conversation: &Conversation) -> Option<AgentId> {
    use crate::domain::conversation::Ownership;
    match conversation.ownership {
        Ownership::Closed { last, .. } => last.some(),
        Ownership::Owned { by, .. } => Some(by),
        Ownership::Waiting => None,
    }
}

impl Desk<'_> {
    pub(super) fn team(&self, name: &str) -> Option<&Team> {
        self.policy.teams.get(name)
    }

    /// A customer writes for the first time, or again after the end: the rule that matches, and who gets it.
    pub(super) fn place(
        &self,
        room: &Room,
        changes: &mut Changes,
        conversation: Conversation,
        (matched, last): (Matched, Option<AgentId>),
    ) -> Conversation {
        let contact = contact_in(room, changes, conversation.contact);
        let request = request(
            room,
            self.policy,
            &conversation.passing,
            (&conversation.team, conversation.priority),
            contact.as_ref(),
            last,
        );
        let inputs = (Some(matched.arrival), matched.rule, matched.why);
        self.route(room, changes, conversation, request, inputs)
    }

    /// A conversation in the queue goes to somebody, if somebody can take it.
    pub(super) fn route_again(&self, room: &Room, changes: &mut Changes, conversation: Conversation) -> Conversation {
        let request = again(room, self.policy, &conversation);
        self.route(room, changes, conversation, request, (None, None, String::new()))
    }

    fn route(
        &self,
        room: &Room,
        changes: &mut Changes,
        mut conversation: Conversation,
        request: Request,
        (arrival, rule, matched): (Option<crate::domain::rule::ArrivalRecord>, Option<usize>, String),
    ) -> Conversation {
        if request.wait.is_none() && !room.has_bench(&near(&request)) {
            // It was not foreseen that this would be decided now, so that nobody can be looked at.
            self.stir(changes, &request.team);
            return conversation;
        }
        let slate = room.slate(&request, (self.policy.pace, self.now));
        let choice = choose(&request, &slate);
        let nothing = matches!(choice, Choice::Nobody { .. } | Choice::Waits { why: Wait::Manual });
        // What was looked at before is not worth keeping again when it still comes to nothing.
        if self.policy.routes() && !(nothing && arrival.is_none()) {
            let id = room.fresh(changes);
            let rule_name = conversation.passing.rule.clone();
            let slate = request.stored(&slate);
            let inputs = Inputs { arrival, rule, rule_name, matched, request: request.clone(), slate };
            changes.decisions.push(Stored {
                id,
                conversation: conversation.id.0,
                at: self.now.0,
                version: self.policy.rules.version().to_owned(),
                inputs: serde_json::to_string(&inputs).unwrap_or_default(),
                choice: serde_json::to_string(&choice).unwrap_or_default(),
            });
            conversation.passing.decision = id;
        }
        match choice {
            Choice::Chosen { agent, by, able } => {
                let given = Given { to: agent, by: AgentId::NOBODY, how: How::Routed, note: "", knows: false };
                let line = words::routed(&request, by, able);
                self.give(room, changes, conversation, given, Some(&line)).unwrap_or_else(|(same, _)| *same)
            }
            Choice::Waits { why: Wait::Manual } => conversation,
            Choice::Waits { why } => {
                conversation.passing.wait = Some(why);
                self.show(room).refresh(changes, conversation.id);
                self.tell_leads(room, changes, &conversation, &words::waits_for_person(why));
                conversation
            }
            Choice::Nobody { kept_out } => self.unplaced(room, changes, conversation, &kept_out),
        }
    }

    /// Nobody can take it: the lead is told once, and time may relax what is asked for.
    fn unplaced(
        &self,
        room: &Room,
        changes: &mut Changes,
        mut conversation: Conversation,
        kept_out: &[(crate::domain::routing::Exclusion, i64)],
    ) -> Conversation {
        let Some(team) = self.team(&conversation.team) else { return conversation };
        let passing = &mut conversation.passing;
        if team.relax_ms > 0 && !passing.skills.is_empty() && !passing.relaxed && passing.relax_at == Time::NEVER {
            passing.relax_at = self.now.plus_ms(team.relax_ms);
        }
        if let Some((_, after_ms)) = team.overflow.as_ref().filter(|_| !passing.overflowed)
            && passing.overflow_at == Time::NEVER
        {
            passing.overflow_at = self.now.plus_ms(*after_ms);
        }
        if !passing.alarmed {
            passing.alarmed = true;
            self.tell_leads(room, changes, &conversation, &words::nobody_can(kept_out));
        }
        conversation
    }

    /// A line in the thread that calls those who lead the team.
    pub(super) fn tell_leads(&self, room: &Room, changes: &mut Changes, conversation: &Conversation, text: &str) {
        let leads = self
            .team(&conversation.team)
            .map(|team| self.leads(room, team, conversation.channel.workspace()))
            .unwrap_or_default();
        self.show(room).call(changes, conversation.id, leads, text);
    }

    /// Those who lead a team, as a workspace addresses them.
    pub(super) fn leads(&self, room: &Room, team: &Team, workspace: Workspace) -> Vec<UserRef> {
        let user = |lead: &String| {
            let known = room.called(lead).first().map(|agent| agent.users.on(workspace).clone());
            known.filter(|user| !user.is_empty()).or_else(|| user_of_workspace(lead, workspace))
        };
        team.leads.iter().filter_map(user).collect()
    }
}

fn contact_in(room: &Room, changes: &Changes, id: ContactId) -> Option<Contact> {
    changes.contacts.iter().rfind(|c| c.id == id).or_else(|| room.contact(id)).cloned()
}

/// A person whom the configuration names by an id of the workspace.
pub(super) fn user_of_workspace(typed: &str, workspace: Workspace) -> Option<UserRef> {
    let id = typed.strip_prefix(TELEGRAM_IDS).unwrap_or(typed);
    let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    (is_id && Workspace::of(typed) == workspace).then(|| typed.into())
}
