//! Inline keyboards: what Telegram takes and what it keeps.

use serde_json::{Value, json};

use super::refusal::Refusal;

/// Checks `reply_markup` and returns the inline keyboard to keep, if there is one.
///
/// # Errors
/// What does not fit.
pub(super) fn read(markup: &Value) -> Result<Option<Value>, Refusal> {
    if markup.is_null() {
        return Ok(None);
    }
    let Some(fields) = markup.as_object() else {
        return Err(Refusal::fault("object expected as reply markup"));
    };
    if fields.is_empty() {
        return Ok(None);
    }
    let Some(rows) = markup["inline_keyboard"].as_array() else {
        if ["force_reply", "keyboard", "remove_keyboard"].iter().any(|kind| fields.contains_key(*kind)) {
            return Ok(None);
        }
        return Err(Refusal::fault("can't parse reply keyboard markup JSON object"));
    };
    let mut kept = Vec::new();
    for row in rows {
        let Some(row) = row.as_array() else {
            return Err(Refusal::fault("field \"inline_keyboard\" must be an Array of Arrays"));
        };
        if row.len() > 8 {
            return Err(Refusal::fault("reply markup is too long"));
        }
        let buttons = row.iter().map(button).collect::<Result<Vec<_>, _>>()?;
        if !buttons.is_empty() {
            kept.push(Value::Array(buttons));
        }
    }
    if kept.iter().filter_map(Value::as_array).map(Vec::len).sum::<usize>() > 100 {
        return Err(Refusal::fault("reply markup is too long"));
    }
    Ok((!kept.is_empty()).then(|| json!({ "inline_keyboard": kept })))
}

fn button(button: &Value) -> Result<Value, Refusal> {
    const KNOWN: [&str; 13] = [
        "text",
        "icon_custom_emoji_id",
        "style",
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    ];
    let cannot = |what: &str| Refusal::fault(format_args!("can't parse inline keyboard button: {what}"));
    let Some(fields) = button.as_object() else {
        return Err(cannot("InlineKeyboardButton must be an Object"));
    };
    if let Some(unknown) = fields.keys().find(|field| !KNOWN.contains(&field.as_str())) {
        return Err(cannot(&format!("unknown field {unknown}")));
    }
    let Some(text) = button["text"].as_str() else {
        return Err(cannot("Field \"text\" must be of type String"));
    };
    if text.trim().is_empty() {
        return Err(Refusal::fault("BUTTON_TEXT_INVALID"));
    }
    let told = fields.keys().filter(|f| !["text", "icon_custom_emoji_id", "style"].contains(&f.as_str()));
    match told.count() {
        0 => return Err(cannot("Text buttons are unallowed in the inline keyboard")),
        1 => {}
        _ => return Err(cannot("a button does exactly one thing")),
    }
    match &button["style"] {
        Value::Null => {}
        style if ["danger", "success", "primary"].iter().any(|known| style == *known) => {}
        _ => return Err(cannot("invalid button style specified")),
    }
    if let Some(data) = fields.get("callback_data") {
        let Some(data) = data.as_str() else {
            return Err(cannot("Field \"callback_data\" must be of type String"));
        };
        if !(1..=64).contains(&data.len()) {
            return Err(Refusal::fault("BUTTON_DATA_INVALID"));
        }
    }
    if let Some(url) = fields.get("url") {
        let url = url.as_str().unwrap_or_default();
        let host = ["http://", "https://", "tg://"].iter().find_map(|scheme| url.strip_prefix(scheme));
        if host.is_none_or(|host| host.is_empty() || host.starts_with("localhost")) {
            let what = format!("inline keyboard button URL '{url}' is invalid: Wrong HTTP URL");
            return Err(Refusal::fault(what));
        }
    }
    Ok(button.clone())
}

/// The data of every button, row by row.
pub(super) fn data(markup: &Value) -> Vec<&str> {
    let rows = markup["inline_keyboard"].as_array().into_iter().flatten();
    rows.flat_map(|row| row.as_array().into_iter().flatten()).filter_map(|b| b["callback_data"].as_str()).collect()
}
