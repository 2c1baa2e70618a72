//! Passing a conversation on: `/handoff @ana refund over limit`. Its owner owns it until it is accepted. What becomes of the
//! offer is in `acceptance`.

use super::Desk;
use super::acting::Acting;
use super::policy::Rank;
use super::room::{Changes, Room};
use crate::domain::conversation::Conversation;
use crate::domain::ids::AgentId;
use crate::domain::passing::{Offer, OfferedTo};
use crate::domain::reply::Reply;
use crate::domain::roster::Standing;
use crate::domain::words;
use crate::store::agent::Agent;

/// How many are named who are free instead.
const MOST_FREE: usize = 5;

impl Desk<'_> {
    /// `/handoff`
    pub(super) fn handoff(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (to, note, anyway): (&str, &str, bool),
    ) -> Reply {
        let room = acting.room;
        let owner = match conversation.owned() {
            Err(refusal) => return self.refuse(room, refusal),
            Ok(owner) => owner,
        };
        if let Err(refused) = self.may_end(acting, conversation) {
            return refused;
        }
        let target = match self.target(room, conversation, to) {
            Ok(target) => target,
            Err(refused) => return refused,
        };
        if note.is_empty() && self.policy.handoff.note_required {
            return Reply::text(words::handoff_needs_note(to));
        }
        if let Err(refused) = self.can_be_offered(acting, (owner, &target), anyway) {
            return refused;
        }
        let mut conversation = conversation.clone();
        let offer = Offer {
            to: target,
            by: acting.agent.id,
            note: note.to_owned(),
            at: self.now,
            due: self.now.plus_ms(self.policy.handoff.accept_ms),
            anyway,
        };
        // Passing it on is showing up.
        conversation.acknowledge();
        let again = conversation.passing.offer.replace(offer.clone()).is_some();
        self.show_offer(room, changes, &conversation, &offer, again);
        if conversation.passing.handoffs + 1 >= self.policy.handoff.max {
            self.tell_leads(room, changes, &conversation, &words::handed_often(conversation.passing.handoffs + 1));
        }
        self.show(room).refresh(changes, conversation.id);
        let whom = self.offered_name(room, changes, &offer.to);
        changes.conversations.push(conversation);
        Reply::text(words::offered(&whom, self.policy.handoff.accept_ms))
    }

    /// Who or which team is meant.
    pub(super) fn target(&self, room: &Room, conversation: &Conversation, typed: &str) -> Result<OfferedTo, Reply> {
        let bare = typed.trim_start_matches(['@', '#']);
        let team = self.policy.teams.values().find(|team| team.name.eq_ignore_ascii_case(bare));
        if let Some(team) = team {
            if team.channels.is_empty() {
                return Err(Reply::text(words::team_without_channel(&team.name)));
            }
            if team.name == conversation.team {
                return Err(Reply::text(words::same_team(&team.name)));
            }
            return Ok(OfferedTo::Team(team.name.clone()));
        }
        let agent = self.somebody(room, typed)?;
        let teams: Vec<&str> = room.teams_of(agent.id).collect();
        let stays = teams.is_empty() || teams.contains(&conversation.team.as_str());
        let team = if stays { conversation.team.as_str() } else { teams[0] };
        Ok(OfferedTo::Agent(agent.id, team.to_owned()))
    }

    /// The one agent of this name.
    pub(super) fn somebody<'r>(&self, room: &'r Room, typed: &str) -> Result<&'r Agent, Reply> {
        let found: Vec<&Agent> = room.called(typed).into_iter().filter(|a| !a.rank.is_empty() && a.duty.here).collect();
        match found.as_slice() {
            [one] => Ok(one),
            [] => {
                let known = !room.called(typed).is_empty();
                let teams: Vec<&str> = self.policy.teams.keys().map(String::as_str).collect();
                Err(Reply::text(words::nobody_called(typed, known, &teams)))
            }
            several => {
                let keys: Vec<&str> = several.iter().map(|a| a.key.as_str()).filter(|key| !key.is_empty()).collect();
                Err(Reply::text(words::several_called(typed, several.len(), &keys)))
            }
        }
    }

    fn can_be_offered(
        &self,
        acting: &Acting<'_>,
        (owner, target): (AgentId, &OfferedTo),
        anyway: bool,
    ) -> Result<(), Reply> {
        if anyway && acting.rank < Rank::Lead {
            return Err(Reply::text(words::ANYWAY_IS_FOR_LEADS));
        }
        let OfferedTo::Agent(agent, team) = target else { return Ok(()) };
        if *agent == owner {
            let own = owner == acting.agent.id;
            return Err(Reply::text(words::handoff_to_owner(own, &acting.room.agent_name(owner))));
        }
        let Some(them) = acting.room.agent(*agent) else { return Ok(()) };
        let standing = them.duty.standing(self.policy.pace, self.now);
        if anyway || matches!(standing, Standing::Ready | Standing::Ramping) {
            return Ok(());
        }
        let open = self.policy.is_open_to_all(team);
        let free = acting.room.free(team, open, (self.policy.pace, self.now));
        let free = free.into_iter().filter(|id| *id != owner).take(MOST_FREE);
        let free: Vec<String> = free.map(|id| acting.room.agent_name(id)).collect();
        let name = acting.room.agent_name(*agent);
        Err(Reply::text(words::cannot_be_handed(&name, standing, &them.duty, &free, acting.rank >= Rank::Lead)))
    }

    pub(super) fn offered_name(&self, room: &Room, changes: &Changes, to: &OfferedTo) -> String {
        match to {
            OfferedTo::Agent(agent, _) => self.name_of(room, changes, *agent),
            OfferedTo::Team(team) => team.clone(),
        }
    }

    /// The handoff card: in the thread, and in the channel of the team it goes to where that is another.
    fn show_offer(&self, room: &Room, changes: &mut Changes, conversation: &Conversation, offer: &Offer, again: bool) {
        let show = self.show(room);
        let text = self.handed(room, changes, conversation, offer);
        let team = self.team(offer.to.team()).filter(|team| team.name != conversation.team);
        let there = team.map_or_else(|| conversation.channel.clone(), |team| team.channel_of(conversation.id));
        let called = match &offer.to {
            OfferedTo::Agent(agent, _) => vec![self.user_of(room, changes, *agent, there.workspace())],
            OfferedTo::Team(_) => Vec::new(),
        };
        let card = words::handoff_card(&text, true);
        if again {
            show.line(changes, conversation.id, words::OFFER_REPLACED);
        }
        if offer.to.team() == conversation.team {
            show.card_post(changes, conversation.id, card.calling(called));
            return;
        }
        show.card_post(changes, conversation.id, card.clone());
        if team.is_some() {
            show.tell(changes, conversation.id, &there, card.calling(called));
        }
    }
}
