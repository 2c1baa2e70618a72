//! What the client's interface lets people enter into a command's options and a modal's fields.

use serde_json::{Value, json};

use super::commands::option;
use super::components;

/// The option somebody types in.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) option: &'a str,
    /// What stands in it.
    pub(super) text: &'a str,
}

/// Turns what was entered into the options of an interaction; collects the ids among the values. With a cursor nothing is
/// complete yet: required options may be missing and others are not checked.
pub(super) fn entered(
    schema: &Value,
    options: &Value,
    cursor: Option<Cursor<'_>>,
    ids: &mut Vec<u64>,
) -> Result<Vec<Value>, String> {
    let completing = cursor.is_some();
    let known = schema["options"].as_array().map(Vec::as_slice).unwrap_or_default();
    let given = options.as_object().ok_or("options must be an object")?;
    if let Some(odd) = given.keys().find(|k| !known.iter().any(|o| o["name"] == ***k)) {
        return Err(format!("no option {odd}"));
    }
    let mut out = Vec::new();
    for entry in known {
        let name = entry["name"].as_str().unwrap_or_default();
        let kind = entry["type"].as_u64().unwrap_or_default();
        if let Some(cursor) = cursor.filter(|c| c.option == name && entry["autocomplete"] == true) {
            // Whatever the option's type is, this is what was typed.
            out.push(json!({ "name": name, "type": kind, "value": cursor.text, "focused": true }));
            continue;
        }
        let Some(value) = given.get(name).filter(|v| !v.is_null()) else {
            if entry["required"] == true && !completing {
                return Err(format!("option {name} is required"));
            }
            continue;
        };
        if matches!(kind, option::SUBCOMMAND | option::GROUP) {
            let inner = entered(entry, value, cursor, ids)?;
            out.push(json!({ "name": name, "type": kind, "options": inner }));
            continue;
        }
        if !completing {
            allowed(entry, name, kind, value)?;
        }
        if (option::USER..=option::MENTIONABLE).contains(&kind) || kind == option::ATTACHMENT {
            ids.extend(value.as_str().and_then(|v| v.parse::<u64>().ok()));
        }
        out.push(json!({ "name": name, "type": kind, "value": value }));
    }
    let nested = known.iter().any(|o| matches!(o["type"].as_u64(), Some(option::SUBCOMMAND | option::GROUP)));
    if nested && out.len() != 1 {
        return Err("exactly one subcommand must be chosen".to_owned());
    }
    Ok(out)
}

/// # Errors
/// When the client would not let this value be entered.
fn allowed(entry: &Value, name: &str, kind: u64, value: &Value) -> Result<(), String> {
    let fits = match kind {
        option::TEXT => value.is_string(),
        option::INTEGER => value.is_i64() || value.is_u64(),
        option::BOOLEAN => value.is_boolean(),
        option::NUMBER => value.is_number(),
        option::USER | option::CHANNEL | option::ROLE | option::MENTIONABLE | option::ATTACHMENT => {
            value.as_str().is_some_and(|v| v.parse::<u64>().is_ok())
        }
        _ => false,
    };
    if !fits {
        return Err(format!("option {name} of type {kind} does not take {value}"));
    }
    let choices = entry["choices"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !choices.is_empty() && !choices.iter().any(|c| c["value"] == *value) {
        return Err(format!("option {name} does not offer {value}"));
    }
    let length = value.as_str().map(|t| t.chars().count() as u64);
    let short = length.zip(entry["min_length"].as_u64()).is_some_and(|(l, min)| l < min);
    let long = length.zip(entry["max_length"].as_u64()).is_some_and(|(l, max)| l > max);
    let low = value.as_f64().zip(entry["min_value"].as_f64()).is_some_and(|(v, min)| v < min);
    let high = value.as_f64().zip(entry["max_value"].as_f64()).is_some_and(|(v, max)| v > max);
    if short || long || low || high {
        return Err(format!("option {name} is out of its range"));
    }
    Ok(())
}

/// A modal's data with its fields filled in.
pub(super) fn filled(modal: &Value, fields: &[(&str, &str)]) -> Result<Value, String> {
    let rows = modal["components"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut unused: Vec<&str> = fields.iter().map(|(id, _)| *id).collect();
    let mut out = Vec::with_capacity(rows.len());
    for (r, row) in rows.iter().enumerate() {
        let input = &row["components"][0];
        let id = input["custom_id"].as_str().unwrap_or_default();
        unused.retain(|u| *u != id);
        let given = fields.iter().find(|(f, _)| *f == id).map(|(_, text)| *text);
        let text = given.or(input["value"].as_str()).unwrap_or_default();
        let length = text.chars().count() as u64;
        if text.is_empty() && input["required"] != false {
            return Err(format!("{id} is required"));
        }
        let short = input["min_length"].as_u64().is_some_and(|min| length < min) && !text.is_empty();
        if short || length > input["max_length"].as_u64().unwrap_or(4000) {
            return Err(format!("{id} is too short or too long"));
        }
        let part = json!({ "type": components::TEXT_INPUT, "id": r * 2 + 2, "custom_id": id, "value": text });
        out.push(json!({ "type": components::ROW, "id": r * 2 + 1, "components": [part] }));
    }
    match unused.first() {
        Some(odd) => Err(format!("the modal has no field {odd}")),
        None => Ok(json!({ "custom_id": modal["custom_id"], "components": out })),
    }
}
