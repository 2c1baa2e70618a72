//! The card of a conversation.

use crate::domain::card::{Card, Field, Labelled, Style, Tone, Value};
use crate::domain::contact::Contact;
use crate::domain::conversation::{Conversation, Ownership};
use crate::domain::event::Button;
use crate::domain::ids::{ConversationId, ThreadRef, Time, UserRef};
use crate::domain::markup::Markup;
use crate::domain::name;
use crate::domain::passing::Hold;
use crate::domain::roster::Priority;
use crate::domain::routing::Wait;

/// What a card shows beside the conversation itself.
#[derive(Debug, Clone)]
pub struct CardFacts<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// The customer.
    pub contact: &'a Contact,
    /// The business number's name.
    pub number_name: &'a str,
    /// The owner: how the workspace addresses them, and their name.
    pub owner: Option<(UserRef, String)>,
    /// To whom it is being handed.
    pub offered: Option<String>,
    /// The previous conversation and its thread.
    pub previous: Option<(ConversationId, ThreadRef)>,
    /// Hide the phone but for its end.
    pub mask_phone: bool,
}

/// A customer's name for display: profile name, user name, or a word with the end of the phone.
#[must_use]
pub fn customer_name(contact: &Contact) -> String {
    let end = contact.phone.char_indices().rev().nth(1).map(|(at, _)| &contact.phone[at..]);
    let otherwise = match (contact.username.as_str(), end) {
        ("", Some(end)) => format!("Customer …{end}"),
        ("", None) => "Customer".to_owned(),
        (username, _) => format!("@{username}"),
    };
    name::display(&contact.name, 40, &otherwise)
}

/// How a customer is addressed in a prepared text: by profile or user name, else by a word.
#[must_use]
pub fn addressed(contact: &Contact) -> String {
    customer_name(&Contact { phone: String::new(), ..contact.clone() })
}

/// The card of a conversation.
#[must_use]
pub fn card(facts: &CardFacts<'_>) -> Card {
    let CardFacts { conversation, contact, .. } = facts;
    let id = conversation.id;
    let mut fields = Vec::new();
    let mut field = |label: &str, value: Value| fields.push(Field { label: label.to_owned(), value });
    let text = |text: &str| Value::Text(text.to_owned());
    match (&conversation.ownership, &facts.owner) {
        (Ownership::Owned { .. }, Some((user, name))) => {
            field("Owner", Value::Person { user: user.clone(), name: name.clone() });
        }
        (Ownership::Owned { .. }, None) => field("Owner", text("somebody who left")),
        (Ownership::Waiting, _) => field("Owner", text("unassigned")),
        (Ownership::Closed { at, .. }, _) => field("Closed", Value::Moment(*at)),
    }
    if let Some(offer) = &facts.offered {
        field("Being handed to", text(offer));
    }
    if let Some(window) = conversation.passing.window {
        field("Owner to respond by", Value::Moment(window.due));
    }
    if let Some(due) = conversation.due_at.some() {
        field("Answer by", Value::Moment(due));
    }
    if let Some(since) = conversation.waiting_since.some() {
        field("Waiting since", Value::Moment(since));
    } else if !conversation.is_closed() {
        field("State", text("answered"));
    }
    match conversation.passing.hold {
        Some(Hold::Pending) => field("Waits for", text("the customer")),
        Some(Hold::Snoozed { until: Time::NEVER }) => field("Snoozed until", text("the customer writes")),
        Some(Hold::Snoozed { until }) => field("Snoozed until", Value::Moment(until)),
        None => {}
    }
    if let Some(why) = conversation.passing.wait {
        field("Waits for a lead", text(waits(why)));
    }
    if conversation.priority != Priority::Normal {
        field("Priority", text(conversation.priority.as_str()));
    }
    if !contact.tags.is_empty() || contact.vip {
        let vip = contact.vip.then_some("VIP");
        let tags: Vec<&str> = vip.into_iter().chain(contact.tags.iter().map(String::as_str)).collect();
        field("Customer", text(&tags.join(", ")));
    }
    if conversation.nudges > 0 {
        field("Wrote again", text(&times(conversation.nudges)));
    }
    if !contact.phone.is_empty() {
        field("Phone", text(&name::phone(&contact.phone, facts.mask_phone)));
    } else if !contact.username.is_empty() {
        field("WhatsApp", text(&name::display(&format!("@{}", contact.username), 40, "")));
    }
    if !facts.number_name.is_empty() {
        field("Wrote to", text(facts.number_name));
    }
    if !conversation.is_closed() && conversation.last_inbound_at.some().is_some() {
        field("Free reply until", Value::Moment(conversation.window_closes()));
    }
    if let Some((previous, thread)) = &facts.previous {
        field("Before", Value::Thread { thread: thread.clone(), text: format!("#{previous}") });
    }
    let tone = match conversation.ownership {
        Ownership::Closed { .. } => Tone::Closed,
        Ownership::Waiting => Tone::Waiting,
        Ownership::Owned { .. } if conversation.waiting_since == Time::NEVER => Tone::Answered,
        Ownership::Owned { .. } => Tone::Owned,
    };
    let buttons = match conversation.ownership {
        Ownership::Waiting => vec![claim_button(id), close_button(id)],
        Ownership::Owned { .. } => {
            let on_it = conversation.passing.window.map(|_| labelled("On it", Button::OnIt(id), Style::Primary));
            let mut buttons: Vec<Labelled> = on_it.into_iter().collect();
            buttons.push(labelled("Release", Button::Release(id), Style::Secondary));
            buttons.push(close_button(id));
            buttons
        }
        Ownership::Closed { .. } => Vec::new(),
    };
    Card {
        title: format!("#{id} {}", customer_name(contact)),
        text: Markup::plain(&conversation.opening),
        tone,
        fields,
        buttons,
        mention: None,
    }
}

/// The name of a conversation's thread.
#[must_use]
pub fn thread_name(id: ConversationId, contact: &Contact) -> String {
    format!("#{id} {}", customer_name(contact))
}

fn waits(why: Wait) -> &'static str {
    match why {
        Wait::Vip => "a VIP",
        Wait::Urgent => "urgent",
        Wait::Rule => "by rule",
        Wait::Manual => "by hand",
        Wait::Lapsed => "lapsed too often",
    }
}

pub(super) fn times(n: i64) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}

/// A button with its label.
#[must_use]
pub fn labelled(label: &str, button: Button, style: Style) -> Labelled {
    Labelled { label: label.to_owned(), button, style }
}

fn claim_button(id: ConversationId) -> Labelled {
    labelled("Claim", Button::Claim(id), Style::Primary)
}

fn close_button(id: ConversationId) -> Labelled {
    labelled("Close", Button::Close(id), Style::Danger)
}
