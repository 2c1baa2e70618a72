//! What is said to customers without a person: a greeting, when nobody works, that somebody is there now, good-bye, and how
//! it was. Each once per occasion, marked in the thread, and never an answer.

use super::Desk;
use super::room::{Changes, Room};
use crate::domain::content::Content;
use crate::domain::conversation::Conversation;
use crate::domain::effect::Part;
use crate::domain::ids::{AgentId, ContactId, ConversationId, MessageId, NumberId};
use crate::domain::markup::Markup;
use crate::domain::message::{Direction, Message};
use crate::domain::passing::Occasion;
use crate::domain::words::{self, Places};
use crate::store::rating::Rating;

/// What the ids of a survey's buttons begin with; the conversation and the answer's place follow.
const SURVEY: &str = "baton:survey:";

/// Which conversation a customer's choice is about, and the place of the answer, where it is the answer to a survey.
pub(super) fn surveyed(content: &Content) -> Option<(ConversationId, i64)> {
    let Content::Choice { id, .. } = content else { return None };
    let (about, score) = id.strip_prefix(SURVEY)?.split_once(':')?;
    Some((ConversationId(about.parse().ok()?), score.parse().ok()?))
}

impl Desk<'_> {
    /// Says what belongs to an occasion, if anything does and it was not said yet.
    pub(super) fn automatic(
        &self,
        room: &Room,
        changes: &mut Changes,
        conversation: &mut Conversation,
        occasion: Occasion,
    ) {
        let automatic = &self.policy.automatic;
        let text = match occasion {
            Occasion::Greeting => &automatic.greeting,
            Occasion::OutOfHours => &automatic.out_of_hours,
            Occasion::Assigned => &automatic.assigned,
            Occasion::Closing => &automatic.closing,
            Occasion::Survey => &automatic.survey,
        };
        let closed_window = self.now >= conversation.window_closes();
        if text.is_empty() || closed_window || conversation.passing.said.contains(&occasion) {
            return;
        }
        conversation.passing.said.push(occasion);
        let text = Markup::plain(&words::filled(text, &self.places(room, changes, conversation)));
        let options = (1..).zip(&automatic.survey_options);
        let content = match occasion {
            Occasion::Survey => Content::Question {
                text,
                options: options
                    .map(|(n, label)| (format!("{SURVEY}{}:{n}", conversation.id), label.clone()))
                    .collect(),
            },
            _ => Content::Text { text },
        };
        let id = MessageId(room.fresh(changes));
        let show = self.show(room);
        show.post(changes, conversation.id, id, Part::Mirror, words::automatic(&content));
        let author = (Direction::Out, AgentId::NOBODY);
        changes.messages.push(Message::new((id, conversation.id), author, content, self.now));
        show.send(changes, conversation, id, 0);
    }

    /// To somebody who writes while the team does not work.
    pub(super) fn out_of_hours(&self, room: &Room, changes: &mut Changes, conversation: &mut Conversation) {
        if self.team(&conversation.team).is_some_and(|team| !team.terms.hours.is_open(self.now)) {
            self.automatic(room, changes, conversation, Occasion::OutOfHours);
        }
    }

    /// What stands in the places of a prepared text.
    pub(super) fn places(&self, room: &Room, changes: &Changes, conversation: &Conversation) -> Places {
        let opens =
            self.team(&conversation.team).map(|team| (team.terms.hours.next_open(self.now), team.terms.hours.zone()));
        let id = conversation.contact;
        let contact = changes.contacts.iter().rfind(|c| c.id == id).or_else(|| room.contact(id));
        Places {
            customer: contact.map(words::addressed).unwrap_or_default(),
            agent: conversation.owner().map(|id| self.name_of(room, changes, id)).unwrap_or_default(),
            number: conversation.id,
            opens,
            now: self.now,
        }
    }

    /// A customer answers how it was: written down, and no new conversation. Whether this was such an answer.
    pub(super) fn rated(
        &self,
        room: &Room,
        changes: &mut Changes,
        (contact, number): (ContactId, &NumberId),
        content: &Content,
    ) -> bool {
        let (Content::Choice { title, .. }, Some((about, score))) = (content, surveyed(content)) else { return false };
        let theirs = |c: &&Conversation| c.contact == contact && c.number == *number;
        let Some(conversation) = room.conversation(about).filter(theirs) else { return false };
        let agent = super::route::last_owner(conversation).unwrap_or(AgentId::NOBODY);
        let label = crate::domain::name::preview(title, 40);
        // A thread that was deleted after the end is not made anew for this.
        if !(conversation.is_closed() && conversation.thread.is_empty()) {
            let show = self.show(room);
            show.line(changes, about, words::rated(&show.customer_name(conversation), &label));
            show.fold(changes, about);
        }
        changes.ratings.push(Rating { conversation: about.0, at: self.now.0, agent: agent.0, score, label });
        true
    }
}
