//! Reading a JSON object strictly: what is missing, unknown, of the wrong type or too long is refused with Meta's codes.

use serde_json::{Map, Value};

use super::graph_error::GraphError;

/// A JSON object of the request and the place it stands at, for the error's details.
pub(super) struct Fields<'a> {
    at: String,
    map: &'a Map<String, Value>,
}

/// Meta does not say in which unit its limits count; UTF-16 units are the strictest reading.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value, at: impl Into<String>) -> Result<Self, GraphError> {
        let at = at.into();
        match value {
            Value::Object(map) => Ok(Self { at, map }),
            _ => Err(GraphError::broken(100, format!("Param {at} must be a JSON object."))),
        }
    }

    fn name(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}['{key}']", self.at) }
    }

    /// Refuses every key that is not listed.
    pub(super) fn only(self, allowed: &[&str]) -> Result<Self, GraphError> {
        match self.map.keys().find(|key| !allowed.contains(&key.as_str())) {
            None => Ok(self),
            Some(key) => Err(GraphError::broken(100, format!("Unexpected key {} on param.", self.name(key)))),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    pub(super) fn required(&self, key: &str) -> Result<&'a Value, GraphError> {
        self.get(key)
            .ok_or_else(|| GraphError::broken(131_008, format!("The parameter {} is required.", self.name(key))))
    }

    /// A text of 1 to `max` UTF-16 units.
    pub(super) fn text(&self, key: &str, max: usize) -> Result<&'a str, GraphError> {
        let text = self.string(key, self.required(key)?, max)?;
        if text.trim().is_empty() {
            return Err(GraphError::broken(100, format!("Param {} must not be empty.", self.name(key))));
        }
        Ok(text)
    }

    /// A text of at most `max` UTF-16 units, if there is one.
    pub(super) fn text_if(&self, key: &str, max: usize) -> Result<Option<&'a str>, GraphError> {
        self.get(key).map(|value| self.string(key, value, max)).transpose()
    }

    fn string(&self, key: &str, value: &'a Value, max: usize) -> Result<&'a str, GraphError> {
        let name = self.name(key);
        let Value::String(text) = value else {
            return Err(GraphError::broken(100, format!("Param {name} must be a string.")));
        };
        if length(text) > max {
            return Err(GraphError::broken(100, format!("Param {name} must be at most {max} characters long.")));
        }
        Ok(text)
    }

    pub(super) fn one_of(&self, key: &str, allowed: &[&str]) -> Result<&'a str, GraphError> {
        let text = self.text(key, usize::MAX)?;
        if allowed.contains(&text) {
            return Ok(text);
        }
        let name = self.name(key);
        Err(GraphError::broken(
            100,
            format!("Param {name} must be one of {{{}}} - got \"{text}\".", allowed.join(", ")),
        ))
    }

    pub(super) fn flag_if(&self, key: &str) -> Result<bool, GraphError> {
        match self.get(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(GraphError::broken(100, format!("Param {} must be a boolean.", self.name(key)))),
        }
    }

    /// A number between the bounds, also written as a string, as Meta takes coordinates.
    pub(super) fn number(&self, key: &str, min: f64, max: f64) -> Result<f64, GraphError> {
        let value = self.required(key)?;
        value
            .as_f64()
            .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
            .filter(|number| (min..=max).contains(number))
            .ok_or_else(|| {
                GraphError::broken(131_009, format!("Param {} must be a number in {min}..{max}.", self.name(key)))
            })
    }

    pub(super) fn object(&self, key: &str) -> Result<Fields<'a>, GraphError> {
        Fields::of(self.required(key)?, self.name(key))
    }

    pub(super) fn object_if(&self, key: &str) -> Result<Option<Fields<'a>>, GraphError> {
        self.get(key).map(|value| Fields::of(value, self.name(key))).transpose()
    }

    /// A list of 1 to `max` objects.
    pub(super) fn objects(&self, key: &str, max: usize) -> Result<Vec<Fields<'a>>, GraphError> {
        let name = self.name(key);
        let Value::Array(list) = self.required(key)? else {
            return Err(GraphError::broken(100, format!("Param {name} must be an array.")));
        };
        if list.is_empty() || list.len() > max {
            return Err(GraphError::broken(100, format!("Param {name} must have 1 to {max} elements.")));
        }
        list.iter().enumerate().map(|(i, item)| Fields::of(item, format!("{name}[{i}]"))).collect()
    }
}
