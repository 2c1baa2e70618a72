//! What concerns the account or a number, not a customer: a sentence for the operator, or nothing.

use serde_json::Value;

use crate::domain::event::Event;

use super::content::text_of;
use super::errors;
use super::wire::{self, Fault, Letter, Nodes};

/// An error that stands beside the messages.
pub(super) fn error(letter: &Letter<'_>) -> Result<Vec<Event>, String> {
    let fault: Fault = wire::read("error", letter.raw()?)?;
    // The owner of a shared number declined to hand over its history, which Baton does not ask for.
    if letter.field == "history" {
        return Ok(Vec::new());
    }
    if fault.code.is_none() && fault.title.is_empty() && fault.message.is_empty() {
        return Err("The error does not say what is wrong.".to_owned());
    }
    let failure = errors::failure(&[fault]);
    let code = if failure.code == 0 { String::new() } else { format!(" (code {})", failure.code) };
    Ok(notice(format!("WhatsApp reports a problem with {}: {}{code}", subject(letter), failure.reason)))
}

/// A change of a field without items of its own.
pub(super) fn change(letter: &Letter<'_>) -> Result<Vec<Event>, String> {
    let fields: Nodes<'_> = wire::read("change", letter.raw()?)?;
    let event = words(&text_of(&fields, "event"));
    let about = subject(letter);
    Ok(match letter.field.as_str() {
        "account_update" => notice(format!(
            "WhatsApp changed the state of {about}: {event}{}.",
            details(&fields, &["event", "phone_number"])
        )),
        "phone_number_quality_update" => {
            let limit = words(&text_of(&fields, "current_limit"));
            let limit = if limit.is_empty() { limit } else { format!(", messaging limit {limit}") };
            notice(format!("WhatsApp changed the quality rating of {about}: {event}{limit}."))
        }
        "message_template_status_update" => {
            let name = wire::clip(&text_of(&fields, "message_template_name"));
            let reason = words(&text_of(&fields, "reason"));
            let reason =
                if reason.is_empty() || reason == "none" { String::new() } else { format!(", because of {reason}") };
            notice(format!("The template \"{name}\" is now {event}{reason}."))
        }
        "business_capability_update" => {
            notice(format!("WhatsApp changed the limits of {about}{}.", details(&fields, &[])))
        }
        "account_alerts"
        | "account_review_update"
        | "account_offboarded"
        | "account_reconnected"
        | "security"
        | "phone_number_name_update"
        | "message_template_quality_update" => notice(format!(
            "WhatsApp reports \"{}\" for {about}{}.",
            words(&letter.field),
            details(&fields, &["phone_number"])
        )),
        // Past messages, address book, marketing wishes, clicks on links and whatever Meta adds: nothing to act upon.
        field => {
            tracing::debug!(webhook.field = %wire::clip(field), "Set aside a webhook change that asks for nothing");
            Vec::new()
        }
    })
}

fn notice(notice: String) -> Vec<Event> {
    vec![Event::Account { notice }]
}

fn subject(letter: &Letter<'_>) -> String {
    if !letter.number.is_empty() {
        return format!("the number {}", wire::clip(&letter.number));
    }
    if !letter.waba.is_empty() {
        return format!("the account {}", wire::clip(&letter.waba));
    }
    "the account".to_owned()
}

/// `DISABLED_UPDATE` as `disabled update`.
fn words(constant: &str) -> String {
    wire::clip(constant).to_lowercase().replace('_', " ")
}

/// The further facts of a change, ` (violation type: spam)`; at most eight, so that it stays a sentence.
fn details(fields: &Nodes<'_>, known: &[&str]) -> String {
    let mut facts = Vec::new();
    let told = |name: &str| known.contains(&name) || matches!(name, "metadata" | "messaging_product");
    for (name, raw) in fields.iter().filter(|(name, _)| !told(name)) {
        if let Ok(value) = serde_json::from_str(raw.get()) {
            collect(name, &value, &mut facts);
        }
    }
    facts.truncate(8);
    if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) }
}

fn collect(name: &str, value: &Value, facts: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| collect(name, value, facts)),
        Value::Array(values) => values.iter().for_each(|value| collect(name, value, facts)),
        Value::String(text) => facts.push(format!("{}: {}", words(name), words(text))),
        Value::Number(number) => facts.push(format!("{}: {number}", words(name))),
        Value::Bool(flag) => facts.push(format!("{}: {}", words(name), if *flag { "yes" } else { "no" })),
        Value::Null => {}
    }
}
