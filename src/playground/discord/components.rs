//! Buttons, select menus and modals: what Discord accepts, and how it echoes them (components/reference.mdx).

use std::collections::HashSet;

use serde_json::{Value, json};

use super::form::Form;
use super::json::without_nulls;

pub(super) const ROW: u64 = 1;
pub(super) const BUTTON: u64 = 2;
pub(super) const TEXT_SELECT: u64 = 3;
pub(super) const TEXT_INPUT: u64 = 4;
const LINK: u64 = 5;

/// Checks a message's rows and returns them as Discord stores them, each component with its number.
pub(super) fn rows(form: &mut Form<'_>, value: &Value) -> Option<Vec<Value>> {
    let rows = form.list(value, format_args!("components"), 5)?;
    let mut seen = HashSet::new();
    let mut number = 0_u64;
    let mut stored = Vec::with_capacity(rows.len());
    for (r, row) in rows.iter().enumerate() {
        form.known(row, format_args!("components.{r}"), &["type", "id", "components"]);
        if row["type"].as_u64() != Some(ROW) {
            form.error(format_args!("components.{r}.type"), "UNION_TYPE_CHOICES", "Value of field \"type\" must be 1.");
            continue;
        }
        let Some(parts) = form.list(&row["components"], format_args!("components.{r}.components"), 5) else {
            form.missing(format_args!("components.{r}.components"));
            continue;
        };
        if parts.is_empty() {
            let message = "Must be between 1 and 5 in length.";
            form.error(format_args!("components.{r}.components"), "BASE_TYPE_BAD_LENGTH", message);
        }
        number += 1;
        let row_number = number;
        let mut width = 0;
        let mut inner = Vec::with_capacity(parts.len());
        for (c, part) in parts.iter().enumerate() {
            let at = format!("components.{r}.components.{c}");
            number += 1;
            width += if part["type"].as_u64() == Some(BUTTON) { 1 } else { 5 };
            inner.push(part_of(form, part, &at, &mut seen, number));
        }
        if width > 5 {
            let message = "The specified component exceeds the maximum width";
            form.error(format_args!("components.{r}"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message);
        }
        stored.push(json!({ "type": ROW, "id": row_number, "components": inner }));
    }
    Some(stored)
}

fn part_of(form: &mut Form<'_>, part: &Value, at: &str, seen: &mut HashSet<String>, number: u64) -> Value {
    let mut stored = without_nulls(part);
    match part["type"].as_u64() {
        Some(BUTTON) => button(form, part, at),
        Some(TEXT_SELECT..=8) if part["type"] != TEXT_INPUT => {
            select(form, part, at);
            for (field, default) in [("min_values", 1), ("max_values", 1)] {
                if stored[field].is_null() {
                    stored[field] = default.into();
                }
            }
        }
        _ => {
            let message = "Value of field \"type\" must be one of (2, 3, 5, 6, 7, 8).";
            form.error(format_args!("{at}.type"), "UNION_TYPE_CHOICES", message);
        }
    }
    if let Some(id) = part["custom_id"].as_str()
        && !seen.insert(id.to_owned())
    {
        let message = "Component custom id cannot be duplicated";
        form.error(format_args!("{at}.custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message);
    }
    if stored.is_object() {
        stored["id"] = number.into();
    }
    stored
}

fn button(form: &mut Form<'_>, part: &Value, at: &str) {
    const FIELDS: [&str; 9] = ["type", "id", "custom_id", "style", "label", "disabled", "url", "sku_id", "emoji"];
    form.known(part, format_args!("{at}"), &FIELDS);
    form.text(&part["label"], format_args!("{at}.label"), 0..=80);
    form.truth(&part["disabled"], format_args!("{at}.disabled"));
    emoji(form, &part["emoji"], at);
    match part["style"].as_u64() {
        Some(1..=4) => form.required_text(&part["custom_id"], format_args!("{at}.custom_id"), 1..=100),
        Some(LINK) => {
            if part["url"].is_null() {
                form.error(format_args!("{at}.url"), "BUTTON_COMPONENT_URL_REQUIRED", "A url is required");
            }
            form.url(&part["url"], format_args!("{at}.url"), &["http://", "https://", "discord://"]);
            if !part["custom_id"].is_null() {
                let message = "A custom id and url cannot both be specified";
                form.error(format_args!("{at}"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message);
            }
        }
        _ => form.error(format_args!("{at}.style"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5)."),
    }
    if part["label"].as_str().is_none_or(str::is_empty) && part["emoji"].is_null() {
        form.error(format_args!("{at}"), "BUTTON_COMPONENT_INVALID", "A button needs a label or an emoji");
    }
}

fn select(form: &mut Form<'_>, part: &Value, at: &str) {
    const FIELDS: [&str; 11] = [
        "type",
        "id",
        "custom_id",
        "placeholder",
        "min_values",
        "max_values",
        "disabled",
        "required",
        "options",
        "channel_types",
        "default_values",
    ];
    form.known(part, format_args!("{at}"), &FIELDS);
    form.required_text(&part["custom_id"], format_args!("{at}.custom_id"), 1..=100);
    form.text(&part["placeholder"], format_args!("{at}.placeholder"), 0..=150);
    form.truth(&part["disabled"], format_args!("{at}.disabled"));
    let min = form.number(&part["min_values"], format_args!("{at}.min_values"), 0..=25).unwrap_or(1);
    let max = form.number(&part["max_values"], format_args!("{at}.max_values"), 1..=25).unwrap_or(1);
    if min > max {
        form.error(format_args!("{at}"), "SELECT_COMPONENT_VALUES_RANGE", "min_values exceeds max_values");
    }
    if part["type"] != TEXT_SELECT {
        return;
    }
    let options = form.list(&part["options"], format_args!("{at}.options"), 25).unwrap_or_default();
    if options.is_empty() {
        let message = "Must be between 1 and 25 in length.";
        form.error(format_args!("{at}.options"), "BASE_TYPE_BAD_LENGTH", message);
    }
    let mut values = HashSet::new();
    for (o, option) in options.iter().enumerate() {
        let at = format!("{at}.options.{o}");
        form.known(option, format_args!("{at}"), &["label", "value", "description", "default", "emoji"]);
        form.required_text(&option["label"], format_args!("{at}.label"), 1..=100);
        form.required_text(&option["value"], format_args!("{at}.value"), 1..=100);
        form.text(&option["description"], format_args!("{at}.description"), 0..=100);
        emoji(form, &option["emoji"], &at);
        if !values.insert(option["value"].as_str().unwrap_or_default()) {
            let message = "The specified option value is already used";
            form.error(format_args!("{at}.value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message);
        }
    }
}

fn emoji(form: &mut Form<'_>, value: &Value, at: &str) {
    if value.is_null() {
        return;
    }
    form.known(value, format_args!("{at}.emoji"), &["id", "name", "animated"]);
    form.id(&value["id"], format_args!("{at}.emoji.id"));
    let name = form.text(&value["name"], format_args!("{at}.emoji.name"), 1..=32);
    if value["id"].is_null() && name.is_none_or(|n| n.is_ascii()) {
        form.error(format_args!("{at}.emoji.name"), "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji");
    }
}

/// Checks a modal (callback type 9).
pub(super) fn modal(form: &mut Form<'_>, data: &Value) {
    form.known(data, format_args!("data"), &["custom_id", "title", "components"]);
    form.required_text(&data["custom_id"], format_args!("data.custom_id"), 1..=100);
    form.required_text(&data["title"], format_args!("data.title"), 1..=45);
    let rows = form.list(&data["components"], format_args!("data.components"), 5).unwrap_or_default();
    if rows.is_empty() {
        let message = "Must be between 1 and 5 in length.";
        form.error(format_args!("data.components"), "BASE_TYPE_BAD_LENGTH", message);
    }
    let mut seen = HashSet::new();
    for (r, row) in rows.iter().enumerate() {
        form.known(row, format_args!("data.components.{r}"), &["type", "id", "components"]);
        let parts = row["components"].as_array().map(Vec::as_slice).unwrap_or_default();
        let at = format!("data.components.{r}.components.0");
        let [input] = parts else {
            form.error(format_args!("data.components.{r}"), "BASE_TYPE_BAD_LENGTH", "A row holds one text input.");
            continue;
        };
        if row["type"] != ROW || input["type"] != TEXT_INPUT {
            form.error(format_args!("{at}.type"), "UNION_TYPE_CHOICES", "Value of field \"type\" must be 4.");
        }
        text_input(form, input, &at);
        if !seen.insert(input["custom_id"].as_str().unwrap_or_default()) {
            let message = "Component custom id cannot be duplicated";
            form.error(format_args!("{at}.custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message);
        }
    }
}

fn text_input(form: &mut Form<'_>, input: &Value, at: &str) {
    const FIELDS: [&str; 10] =
        ["type", "id", "custom_id", "style", "label", "min_length", "max_length", "required", "value", "placeholder"];
    form.known(input, format_args!("{at}"), &FIELDS);
    form.required_text(&input["custom_id"], format_args!("{at}.custom_id"), 1..=100);
    form.required_text(&input["label"], format_args!("{at}.label"), 1..=45);
    form.text(&input["value"], format_args!("{at}.value"), 0..=4000);
    form.text(&input["placeholder"], format_args!("{at}.placeholder"), 0..=100);
    form.truth(&input["required"], format_args!("{at}.required"));
    let min = form.number(&input["min_length"], format_args!("{at}.min_length"), 0..=4000).unwrap_or(0);
    let max = form.number(&input["max_length"], format_args!("{at}.max_length"), 1..=4000).unwrap_or(4000);
    if min > max {
        form.error(format_args!("{at}"), "TEXT_INPUT_LENGTH_RANGE", "min_length exceeds max_length");
    }
    if !matches!(input["style"].as_u64(), Some(1 | 2)) {
        form.error(format_args!("{at}.style"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2).");
    }
}

/// The component with this custom id, wherever it sits in the rows.
pub(super) fn find<'v>(rows: &'v [Value], custom_id: &str) -> Option<&'v Value> {
    rows.iter()
        .flat_map(|row| row["components"].as_array().into_iter().flatten())
        .find(|part| part["custom_id"] == custom_id)
}
