//! What an application command may look like (interactions/application-commands.mdx).

use std::collections::HashSet;

use serde_json::Value;

use super::form::Form;

/// Option types.
pub(super) mod option {
    pub(crate) const SUBCOMMAND: u64 = 1;
    pub(crate) const GROUP: u64 = 2;
    pub(crate) const TEXT: u64 = 3;
    pub(crate) const INTEGER: u64 = 4;
    pub(crate) const BOOLEAN: u64 = 5;
    pub(crate) const USER: u64 = 6;
    pub(crate) const CHANNEL: u64 = 7;
    pub(crate) const ROLE: u64 = 8;
    pub(crate) const MENTIONABLE: u64 = 9;
    pub(crate) const NUMBER: u64 = 10;
    pub(crate) const ATTACHMENT: u64 = 11;
}

/// A slash command.
pub(super) const CHAT: u64 = 1;

const FIELDS: [&str; 14] = [
    "id",
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "options",
    "default_member_permissions",
    "dm_permission",
    "default_permission",
    "type",
    "nsfw",
    "integration_types",
    "contexts",
    "handler",
];
const OPTION_FIELDS: [&str; 15] = [
    "type",
    "name",
    "name_localizations",
    "description",
    "description_localizations",
    "required",
    "choices",
    "options",
    "channel_types",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
    "autocomplete",
    "file_types",
];

/// A command's type; slash command when it does not say.
pub(super) fn kind(body: &Value) -> u64 {
    body["type"].as_u64().unwrap_or(CHAT)
}

/// Checks a command; `at` is empty or ends in a dot.
pub(super) fn check(form: &mut Form<'_>, body: &Value, at: &str) {
    form.known(body, format_args!("{at}command"), &FIELDS);
    let chat = kind(body) == CHAT;
    if !(1..=3).contains(&kind(body)) {
        form.error(format_args!("{at}type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3}.");
    }
    form.required_text(&body["name"], format_args!("{at}name"), 1..=32);
    if chat {
        valid_name(form, &body["name"], at);
        form.required_text(&body["description"], format_args!("{at}description"), 1..=100);
    } else if body["description"].as_str().is_some_and(|d| !d.is_empty()) {
        let message = "Context menu commands cannot have description";
        form.error(format_args!("{at}description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID", message);
    }
    if body["default_member_permissions"].as_str().is_some_and(|p| p.parse::<u64>().is_err()) {
        form.error(format_args!("{at}default_member_permissions"), "PERMISSIONS_TYPE_CONVERT", "Not a bitset.");
    }
    options(form, body, at, 0);
    if letters(body) > 8000 {
        let message = "Command exceeds maximum size (8000)";
        form.error(format_args!("{at}name"), "APPLICATION_COMMAND_TOO_LARGE", message);
    }
}

fn valid_name(form: &mut Form<'_>, name: &Value, at: &str) {
    let letter = |c: char| (c.is_alphanumeric() && !c.is_uppercase()) || matches!(c, '-' | '_' | '\'');
    if name.as_str().is_some_and(|n| !n.chars().all(letter)) {
        let message = "Command name is invalid";
        form.error(format_args!("{at}name"), "APPLICATION_COMMAND_INVALID_NAME", message);
    }
}

fn options(form: &mut Form<'_>, owner: &Value, at: &str, depth: u8) {
    let list = form.list(&owner["options"], format_args!("{at}options"), 25).unwrap_or_default();
    let mut names = HashSet::new();
    let mut optional_seen = false;
    for (o, entry) in list.iter().enumerate() {
        let at = format!("{at}options.{o}.");
        form.known(entry, format_args!("{at}"), &OPTION_FIELDS);
        form.required_text(&entry["name"], format_args!("{at}name"), 1..=32);
        valid_name(form, &entry["name"], &at);
        form.required_text(&entry["description"], format_args!("{at}description"), 1..=100);
        if !names.insert(entry["name"].as_str().unwrap_or_default()) {
            let message = "Option names must be unique";
            form.error(format_args!("{at}name"), "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE", message);
        }
        let required = form.truth(&entry["required"], format_args!("{at}required")).unwrap_or(false);
        if required && optional_seen {
            let message = "Required options must be placed before non-required options";
            form.error(format_args!("{at}required"), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message);
        }
        optional_seen |= !required;
        match entry["type"].as_u64() {
            Some(option::SUBCOMMAND | option::GROUP) if depth < 2 => options(form, entry, &at, depth + 1),
            Some(option::TEXT..=option::ATTACHMENT) => values(form, entry, &at),
            _ => form.error(format_args!("{at}type"), "BASE_TYPE_CHOICES", "Value must be between 1 and 11."),
        }
    }
}

fn values(form: &mut Form<'_>, entry: &Value, at: &str) {
    let auto = form.truth(&entry["autocomplete"], format_args!("{at}autocomplete")).unwrap_or(false);
    if auto && !matches!(entry["type"].as_u64(), Some(option::TEXT | option::INTEGER | option::NUMBER)) {
        let message = "Autocomplete cannot be configured for this type of option";
        form.error(format_args!("{at}autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID", message);
    }
    let choices = form.list(&entry["choices"], format_args!("{at}choices"), 25).unwrap_or_default();
    if auto && !choices.is_empty() {
        let message = "Choices and autocomplete are mutually exclusive";
        form.error(format_args!("{at}autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", message);
    }
    form.number(&entry["min_length"], format_args!("{at}min_length"), 0..=6000);
    form.number(&entry["max_length"], format_args!("{at}max_length"), 1..=6000);
    for (c, choice) in choices.iter().enumerate() {
        form.known(choice, format_args!("{at}choices.{c}"), &["name", "name_localizations", "value"]);
        form.required_text(&choice["name"], format_args!("{at}choices.{c}.name"), 1..=100);
        if !choice["value"].is_number() {
            form.required_text(&choice["value"], format_args!("{at}choices.{c}.value"), 1..=100);
        }
    }
}

/// The characters that count against the 8000 of a command.
fn letters(entry: &Value) -> usize {
    let own = ["name", "description", "value"].iter().filter_map(|f| entry[*f].as_str()).map(|t| t.chars().count());
    let inner = ["options", "choices"].iter().filter_map(|f| entry[*f].as_array()).flatten().map(letters);
    own.sum::<usize>() + inner.sum::<usize>()
}
