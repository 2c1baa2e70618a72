//! Calls: Baton cannot take them, so they become a line where the customer is known.

use serde::Deserialize;

use crate::domain::event::{CustomerDid, Event, FromCustomer};

use super::content::text_of;
use super::translate::{time, wamid, who};
use super::wire::{self, Letter, Nodes, node, text};

#[derive(Deserialize)]
struct Call {
    #[serde(default, deserialize_with = "text")]
    id: String,
    #[serde(default, deserialize_with = "text")]
    timestamp: String,
    #[serde(default, deserialize_with = "text")]
    from: String,
    #[serde(default, deserialize_with = "text")]
    from_user_id: String,
    #[serde(default, deserialize_with = "text")]
    to: String,
    #[serde(default, deserialize_with = "text")]
    to_user_id: String,
    #[serde(default, deserialize_with = "text")]
    event: String,
    #[serde(default, deserialize_with = "text")]
    direction: String,
    #[serde(default, deserialize_with = "text")]
    status: String,
    #[serde(default, deserialize_with = "text")]
    duration: String,
}

pub(super) fn translate(letter: &Letter<'_>) -> Result<Vec<Event>, String> {
    let call: Call = wire::read("call", letter.raw()?)?;
    let ours = call.direction == "BUSINESS_INITIATED";
    let (phone, user_id) = if ours { (&call.to, &call.to_user_id) } else { (&call.from, &call.from_user_id) };
    let who = who(phone, user_id, "", &letter.contact);
    if who.is_nobody() {
        return Err("The call does not say who the customer is.".to_owned());
    }
    let line = match (call.event.as_str(), ours) {
        ("connect", false) => "📞 The customer is calling on WhatsApp.".to_owned(),
        ("connect", true) => "📞 A call to the customer is ringing.".to_owned(),
        ("terminate", _) => ended(&call),
        _ => "📞 A WhatsApp call.".to_owned(),
    };
    Ok(vec![Event::Customer(FromCustomer {
        number: letter.number()?,
        who,
        at: time(&call.timestamp)?,
        wamid: wamid(&call.id)?,
        did: CustomerDid::Other { line },
    })])
}

fn ended(call: &Call) -> String {
    match (call.status.to_ascii_uppercase().as_str(), call.duration.parse::<u64>().unwrap_or(0)) {
        ("FAILED", _) => "📞 A WhatsApp call did not come about.".to_owned(),
        (_, 0) => "📞 A WhatsApp call has ended.".to_owned(),
        (_, seconds) => format!("📞 A WhatsApp call has ended after {}:{:02}.", seconds / 60, seconds % 60),
    }
}

/// The customer's answer to a request to be called.
pub(super) fn permission(nodes: &Nodes<'_>) -> Result<CustomerDid, String> {
    let interactive: Nodes<'_> = node(nodes, "interactive")?;
    let reply: Nodes<'_> = node(&interactive, "call_permission_reply")?;
    let line = match text_of(&reply, "response").as_str() {
        "accept" => "📞 The customer allows calls.",
        "reject" => "📞 The customer does not want to be called.",
        _ => "📞 The customer answered the request to call.",
    };
    Ok(CustomerDid::Other { line: line.to_owned() })
}
