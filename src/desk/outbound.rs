//! Prepared words: `/canned opening_hours`, `/template order_update Maria | 2041`, `/contact +49151… order_update Maria`.

use super::Desk;
use super::acting::Acting;
use super::room::Changes;
use crate::domain::card::Style;
use crate::domain::contact::Who;
use crate::domain::content::Content;
use crate::domain::conversation::{Conversation, Given, How, Refusal};
use crate::domain::effect::Part;
use crate::domain::event::{Button, FromMember};
use crate::domain::ids::{InteractionRef, MessageId, NumberId, PostRef};
use crate::domain::markup::Markup;
use crate::domain::message::{Direction, Message};
use crate::domain::reply::Reply;
use crate::domain::template::{Filled, Template};
use crate::domain::words;
use crate::domain::workspace::Workspace;
use crate::store::message::Ref;

impl Desk<'_> {
    /// `/canned`: shown to whoever asks for it, and sent when they say so.
    pub(super) fn canned(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (from, interaction, name): (&FromMember, &InteractionRef, &str),
    ) -> Reply {
        // What nobody owns is claimed and answered in one.
        match conversation.owned().map(|owner| self.may_speak(acting, owner)) {
            Err(Refusal::NotOwned) | Ok(Ok(())) => {}
            Err(refusal) => return self.refuse(acting.room, refusal),
            Ok(Err(refused)) => return refused,
        }
        let Some((_, text)) = self.policy.canned.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) else {
            let names: Vec<&str> = self.policy.canned.keys().map(String::as_str).collect();
            return Reply::text(words::no_canned(name, &names));
        };
        let places = self.places(acting.room, changes, conversation);
        let agent = acting.name.clone();
        let text = words::filled(text, &words::Places { agent, ..places });
        let id = MessageId(acting.room.fresh(changes));
        let content = Content::Text { text: Markup::plain(&text) };
        let author = (Direction::Held, acting.agent.id);
        changes.messages.push(Message::new((id, conversation.id), author, content, from.at));
        changes.refs.push(self.command_ref(interaction, id));
        let mut conversation = conversation.clone();
        self.holds_draft(&mut conversation, acting.agent.id);
        let send = match conversation.owner() {
            None => words::labelled("Claim and send", Button::ClaimAndSend(id), Style::Primary),
            Some(_) => words::labelled("Send", Button::SendAsReply(id), Style::Primary),
        };
        let discard = words::labelled("Discard", Button::Discard(id), Style::Secondary);
        changes.conversations.push(conversation);
        Reply::of(words::canned_preview(&text)).with(vec![send, discard])
    }

    /// A command has no post; the id of its interaction keeps it from being written down twice.
    fn command_ref(&self, interaction: &InteractionRef, id: MessageId) -> Ref {
        let post = command_post(interaction).0;
        Ref { place: Workspace::of(&post).as_str().to_owned(), remote: post, message: id.0, part: "mirror".to_owned() }
    }

    /// `/template`
    pub(super) fn template(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (from, interaction, name, values): (&FromMember, &InteractionRef, &str, &str),
    ) -> Reply {
        match conversation.owned().map(|owner| self.may_speak(acting, owner)) {
            Err(refusal) => return self.refuse(acting.room, refusal),
            Ok(Err(refused)) => return refused,
            Ok(Ok(())) => {}
        }
        match self.filled(acting, name, values) {
            Err(refused) => refused,
            Ok(filled) => {
                self.send_template(changes, acting, conversation, (from, interaction, filled));
                Reply::text(words::SENDING)
            }
        }
    }

    fn filled(&self, acting: &Acting<'_>, name: &str, values: &str) -> Result<Filled, Reply> {
        let (name, language) = name.split_once(':').unwrap_or((name, ""));
        let known = acting.room.templates(name);
        let fitting: Vec<&Template> = known
            .iter()
            .copied()
            .filter(|t| language.is_empty() || t.language.to_lowercase().starts_with(&language.to_lowercase()))
            .collect();
        let template = match fitting.as_slice() {
            [one] => *one,
            [] if known.is_empty() => return Err(Reply::text(words::no_template(name))),
            _ => {
                let languages: Vec<&str> = known.iter().map(|t| t.language.as_str()).collect();
                return Err(Reply::text(words::which_language(name, &languages)));
            }
        };
        let values = split_values(values, template.placeholders().len());
        template.fill(&values).map_err(|unfilled| Reply::text(words::unfilled(template, &unfilled)))
    }

    /// A template leaves whatever the window; it is no answer to what the customer waits for.
    fn send_template(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        conversation: &Conversation,
        (from, interaction, filled): (&FromMember, &InteractionRef, Filled),
    ) {
        let id = MessageId(acting.room.fresh(changes));
        let show = self.show(acting.room);
        let post = words::template_post(&acting.name, &filled);
        show.post(changes, conversation.id, id, Part::Mirror, post);
        let author = (Direction::Out, acting.agent.id);
        changes.messages.push(Message::new((id, conversation.id), author, Content::Template { filled }, from.at));
        changes.refs.push(self.command_ref(interaction, id));
        show.send(changes, conversation, id, 0);
    }

    /// `/contact`: a conversation that we begin.
    pub(super) fn contact(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        (from, interaction): (&FromMember, &InteractionRef),
        (phone, name, values): (&str, &str, &str),
    ) -> Reply {
        let room = acting.room;
        let filled = match self.filled(acting, name, values) {
            Ok(filled) => filled,
            Err(refused) => return refused,
        };
        let Some((number, team)) = self.number_for(acting) else { return Reply::text(words::NO_NUMBER) };
        let contact = self.meet(room, changes, &Who { phone: phone.to_owned(), ..Who::default() });
        if room.contact(contact).is_some_and(|c| c.blocked) {
            return Reply::text(words::CUSTOMER_IS_BLOCKED);
        }
        let newest = room.newest(contact, &number);
        if let Some(open) = newest.filter(|c| !c.is_closed()) {
            return Reply::text(words::continues_already(open.id));
        }
        let previous = newest.map(|c| c.id).unwrap_or_default();
        let opening = words::we_wrote_first(&acting.name, &filled.text);
        let new = self.open(room, contact, &number, (&team, opening), previous);
        self.show(room).make(changes, new.id);
        let given = Given { to: acting.agent.id, by: acting.agent.id, how: How::Claimed, note: "", knows: true };
        let owned = self.give(room, changes, new, given, None).unwrap_or_else(|(same, _)| *same);
        self.send_template(changes, acting, &owned, (from, interaction, filled));
        let reply = words::contacted(owned.id);
        changes.conversations.push(owned);
        Reply::text(reply)
    }

    /// The business number somebody writes from: one of their team, else the first.
    fn number_for(&self, acting: &Acting<'_>) -> Option<(NumberId, String)> {
        let mut numbers: Vec<(&NumberId, &str)> =
            self.policy.numbers.iter().map(|(id, number)| (id, number.team.as_str())).collect();
        numbers.sort();
        let theirs = numbers.iter().find(|(_, team)| acting.room.teams_of(acting.agent.id).any(|t| t == *team));
        theirs.or_else(|| numbers.first()).map(|(id, team)| ((*id).clone(), (*team).to_owned()))
    }

    /// [Discard]
    pub(super) fn discard(&self, changes: &mut Changes, acting: &Acting<'_>, id: MessageId) -> Reply {
        let held = acting.room.message(id).filter(|m| m.direction == Direction::Held);
        let Some(held) = held.filter(|m| m.author == acting.agent.id) else { return Reply::text(words::SETTLED) };
        changes.messages.push(Message { direction: Direction::Note, revoked_at: self.now, ..held.clone() });
        if let Some(conversation) = acting.room.conversation(held.conversation) {
            let mut conversation = conversation.clone();
            conversation.passing.decided(acting.agent.id);
            changes.conversations.push(conversation);
        }
        Reply::text(words::DISCARDED)
    }
}

/// The post that stands for a command.
pub(super) fn command_post(interaction: &InteractionRef) -> PostRef {
    PostRef(format!("cmd:{}", interaction.as_str().split(':').next().unwrap_or_default()))
}

/// `Maria | 2041` as two values; all of it as one where one is wanted.
fn split_values(typed: &str, wanted: usize) -> Vec<String> {
    if typed.trim().is_empty() {
        return Vec::new();
    }
    if wanted == 1 && !typed.contains('|') {
        return vec![typed.trim().to_owned()];
    }
    if wanted > 1 && !typed.contains('|') {
        let words: Vec<String> = typed.split_whitespace().map(str::to_owned).collect();
        if words.len() == wanted {
            return words;
        }
    }
    typed.split('|').map(|value| value.trim().to_owned()).collect()
}
