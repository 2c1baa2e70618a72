//! Collects what is wrong with a request body, as Discord's error 50035 nests it.

use std::fmt;

use serde_json::{Map, Value, json};

use super::refusal::{INVALID_FORM, Refusal};
use crate::playground::wire::Wire;

/// The form errors of one body, and the place where unknown fields are reported.
pub(super) struct Form<'a> {
    wire: &'a Wire,
    /// `POST /channels/1/messages`, for the report.
    label: &'a str,
    errors: Map<String, Value>,
    /// Whether every error so far is one a correct client may meet.
    innocent: bool,
}

impl<'a> Form<'a> {
    pub(super) fn new(wire: &'a Wire, label: &'a str) -> Self {
        Self { wire, label, errors: Map::new(), innocent: true }
    }

    /// Records a violation that Discord itself lets pass.
    pub(super) fn flag(&self, what: fmt::Arguments<'_>) {
        self.wire.violation(format!("{}: {what}", self.label));
    }

    /// Reports every field of `object` that Discord does not document there; Discord ignores them.
    pub(super) fn known(&self, object: &Value, at: fmt::Arguments<'_>, fields: &[&str]) {
        for unknown in object.as_object().into_iter().flat_map(Map::keys) {
            if !fields.contains(&unknown.as_str()) {
                self.flag(format_args!("unknown field {unknown} in {at}"));
            }
        }
    }

    /// Adds an error at a dotted path.
    pub(super) fn error(&mut self, at: fmt::Arguments<'_>, code: &str, message: &str) {
        self.innocent = false;
        self.add(at, code, message);
    }

    /// Adds an error that state brings about, such as a reply to a message that is gone.
    pub(super) fn state_error(&mut self, at: fmt::Arguments<'_>, code: &str, message: &str) {
        self.add(at, code, message);
    }

    fn add(&mut self, at: fmt::Arguments<'_>, code: &str, message: &str) {
        let path = at.to_string();
        let mut node = &mut self.errors;
        for step in path.split('.') {
            let next = node.entry(step).or_insert_with(|| json!({}));
            let Value::Object(inner) = next else { return };
            node = inner;
        }
        let list = node.entry("_errors").or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(json!({ "code": code, "message": message }));
        }
    }

    pub(super) fn missing(&mut self, at: fmt::Arguments<'_>) {
        self.error(at, "BASE_TYPE_REQUIRED", "This field is required");
    }

    /// Checks a text that may be absent: its type and how many characters it has.
    pub(super) fn text<'v>(
        &mut self,
        value: &'v Value,
        at: fmt::Arguments<'_>,
        range: std::ops::RangeInclusive<usize>,
    ) -> Option<&'v str> {
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.as_str(),
            _ => {
                self.error(at, "STRING_TYPE_CONVERT", "Could not interpret as string.");
                return None;
            }
        };
        let (min, max) = (*range.start(), *range.end());
        // Bytes bound characters from above, so that short texts need no counting.
        let count = if text.len() <= max && min <= 1 { text.len() } else { text.chars().count() };
        if count > max {
            let message = format!("Must be {max} or fewer in length.");
            self.error(at, "BASE_TYPE_MAX_LENGTH", &message);
        } else if count < min {
            let message = format!("Must be between {min} and {max} in length.");
            self.error(at, "BASE_TYPE_BAD_LENGTH", &message);
        }
        Some(text)
    }

    /// The same for a text that must be there.
    pub(super) fn required_text(
        &mut self,
        value: &Value,
        at: fmt::Arguments<'_>,
        range: std::ops::RangeInclusive<usize>,
    ) {
        if value.is_null() {
            self.missing(at);
        } else {
            self.text(value, at, range);
        }
    }

    /// Checks a number that may be absent.
    pub(super) fn number(
        &mut self,
        value: &Value,
        at: fmt::Arguments<'_>,
        range: std::ops::RangeInclusive<u64>,
    ) -> Option<u64> {
        if value.is_null() {
            return None;
        }
        let number = value.as_u64().or_else(|| value.as_str().and_then(|t| t.parse().ok()));
        if number.is_none_or(|n| !range.contains(&n)) {
            let message = format!("int value should be between {} and {}.", range.start(), range.end());
            self.error(at, "NUMBER_TYPE_RANGE", &message);
        }
        number
    }

    /// Checks a flag that may be absent.
    pub(super) fn truth(&mut self, value: &Value, at: fmt::Arguments<'_>) -> Option<bool> {
        if !value.is_null() && !value.is_boolean() {
            self.error(at, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
        }
        value.as_bool()
    }

    /// Checks an id that may be absent.
    pub(super) fn id(&mut self, value: &Value, at: fmt::Arguments<'_>) -> Option<u64> {
        if value.is_null() {
            return None;
        }
        let id = snowflake(value);
        if id.is_none() {
            let message = format!("Value \"{value}\" is not snowflake.");
            self.error(at, "NUMBER_TYPE_COERCE", &message);
        }
        id
    }

    /// Checks a list that may be absent and how long it is.
    pub(super) fn list<'v>(&mut self, value: &'v Value, at: fmt::Arguments<'_>, max: usize) -> Option<&'v [Value]> {
        match value {
            Value::Null => None,
            Value::Array(items) => {
                if items.len() > max {
                    let message = format!("Must be {max} or fewer in length.");
                    self.error(at, "BASE_TYPE_BAD_LENGTH", &message);
                }
                Some(items)
            }
            _ => {
                self.error(at, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType.");
                None
            }
        }
    }

    /// Checks a web address that may be absent.
    pub(super) fn url(&mut self, value: &Value, at: fmt::Arguments<'_>, schemes: &[&str]) {
        let path = at.to_string();
        let Some(url) = self.text(value, format_args!("{path}"), 0..=2048) else { return };
        if !schemes.iter().any(|s| url.len() > s.len() && url.starts_with(s)) {
            self.error(at, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
        }
    }

    /// # Errors
    /// 50035 with everything that was wrong.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let errors = Value::Object(self.errors);
        let misuse = (!self.innocent).then(|| errors.to_string());
        Err(Refusal { errors: Some(errors), misuse, ..INVALID_FORM })
    }
}

/// An id as a string or, which Discord accepts as well, a number.
pub(super) fn snowflake(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}
