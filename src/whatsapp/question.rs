//! A question with buttons to answer it. Limits: Meta, messages/interactive-reply-buttons-messages.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::domain::markup::Markup;

use super::markup::render;

/// Buttons under one question.
const MAX_BUTTONS: usize = 3;

/// UTF-16 units of a question.
const MAX_TEXT: usize = 1024;

/// UTF-16 units of a button's label.
const MAX_LABEL: usize = 20;

/// UTF-16 units of a button's id.
const MAX_ID: usize = 256;

/// The node of a message that asks `text` and offers `options`, each an id and a label.
///
/// # Errors
/// With the sentence the agent reads when WhatsApp would not take it.
pub(super) fn node(text: &Markup, options: &[(String, String)]) -> Result<Value, String> {
    if text.is_blank() {
        return Err("There is no question to send.".to_owned());
    }
    let body = render(text);
    let length = units(&body);
    if length > MAX_TEXT {
        return Err(format!("The question has {length} characters; WhatsApp takes at most {MAX_TEXT} above buttons."));
    }
    match options.len() {
        0 => return Err("The question has no buttons.".to_owned()),
        1..=MAX_BUTTONS => {}
        n => return Err(format!("The question has {n} buttons; WhatsApp takes at most {MAX_BUTTONS}.")),
    }
    let (mut ids, mut labels) = (HashSet::new(), HashSet::new());
    for (id, label) in options {
        let length = units(label);
        if label.trim().is_empty() {
            return Err("A button of the question has no label.".to_owned());
        }
        if length > MAX_LABEL {
            return Err(format!(
                "The button \"{label}\" has {length} characters; WhatsApp takes at most {MAX_LABEL} on a button."
            ));
        }
        if id.trim().is_empty() || units(id) > MAX_ID {
            return Err(format!("The button \"{label}\" has no id that WhatsApp takes."));
        }
        if !labels.insert(label.trim()) || !ids.insert(id) {
            return Err(format!("The button \"{label}\" is there twice."));
        }
    }
    let button = |(id, label): &(String, String)| json!({ "type": "reply", "reply": { "id": id, "title": label } });
    let buttons: Vec<Value> = options.iter().map(button).collect();
    Ok(json!({ "type": "button", "body": { "text": body }, "action": { "buttons": buttons } }))
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}
