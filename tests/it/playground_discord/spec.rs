//! Checks exchanges with the stand-in against Discord's published OpenAPI, where the file is present.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use baton::playground::discord::Discord;
use baton::playground::wire::Exchange;
use jsonschema::Validator;
use serde_json::{Map, Value, json};

/// What one stand-in's exchanges did against the specification.
pub(super) struct Spec {
    document: &'static Value,
    found: Mutex<Vec<String>>,
}

/// Read once, since it is large; absent when the file is.
static DOCUMENT: LazyLock<Option<Value>> = LazyLock::new(|| {
    let folder = std::env::var_os("BATON_SPECS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/specs")), PathBuf::from);
    let text = std::fs::read_to_string(folder.join("discord/openapi.json")).ok()?;
    Some(serde_json::from_str(&text).expect("the specification is JSON"))
});

/// Compiled schemas by method, route and status; a schema that does not compile is `None`.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Option<Arc<Validator>>>>> = LazyLock::new(Mutex::default);

/// Watches a stand-in; `None` when the specification is not there.
pub(super) fn watch(discord: &Discord) -> Option<Arc<Spec>> {
    let Some(document) = DOCUMENT.as_ref() else {
        println!("specs not present, conformance check skipped");
        return None;
    };
    let spec = Arc::new(Spec { document, found: Mutex::default() });
    let watching = spec.clone();
    discord.wire().tap(Arc::new(move |exchange| watching.check(exchange)));
    Some(spec)
}

impl Spec {
    /// What did not conform.
    pub(super) fn found(&self) -> Vec<String> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn check(&self, exchange: &Exchange) {
        let mut path = exchange.path.clone();
        if let Some(tail) = path.strip_prefix("/oauth2") {
            path = tail.to_owned();
        }
        let Some((template, operation)) = self.operation(&path, &exchange.method.to_lowercase()) else {
            // Unknown routes are the stand-in's to report.
            return;
        };
        let request = &operation["requestBody"]["content"];
        let schema = &request["application/json"]["schema"];
        if (200..300).contains(&exchange.status) && !exchange.request.is_null() && !schema.is_null() {
            let key = format!("{} {template} request", exchange.method);
            self.validate(&key, schema, &exchange.request);
        }
        if exchange.status == 0 || exchange.status >= 500 || exchange.response.is_string() {
            // Cut connections and scripted failures are not what Discord documents.
            return;
        }
        let responses = &operation["responses"];
        let exact = exchange.status.to_string();
        let class = format!("{}XX", exchange.status / 100);
        let response = responses.get(&exact).or_else(|| responses.get(&class));
        let Some(response) = response else {
            return self.report(format!("{} {template}: status {exact} is not documented", exchange.method));
        };
        let response = self.resolve(response);
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            if !exchange.response.is_null() {
                self.report(format!("{} {template}: a body with status {exact}", exchange.method));
            }
            return;
        }
        let key = format!("{} {template} {exact}", exchange.method);
        let mut body = exchange.response.clone();
        if let Some(fields) = body.as_object_mut().filter(|_| exchange.status >= 400) {
            // The documentation's form errors have codes that are texts, and its 429 has none; the specification
            // wants numbers in both places.
            fields.remove("errors");
            fields.entry("code").or_insert_with(|| 0.into());
        }
        self.validate(&key, schema, &body);
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let pointer = value["$ref"].as_str().and_then(|r| r.strip_prefix('#'));
        pointer.and_then(|p| self.document.pointer(p)).unwrap_or(value)
    }

    fn operation(&self, path: &str, method: &str) -> Option<(&str, &Value)> {
        let parts: Vec<&str> = path.split('/').collect();
        let paths = self.document["paths"].as_object()?;
        let fits = |template: &str| {
            let pattern: Vec<&str> = template.split('/').collect();
            pattern.len() == parts.len()
                && pattern.iter().zip(&parts).all(|(p, s)| p == s || (p.starts_with('{') && !s.starts_with('@')))
        };
        let mut found: Vec<&String> = paths.keys().filter(|t| fits(t)).collect();
        // The template with the fewest placeholders is the route meant.
        found.sort_by_key(|t| t.matches('{').count());
        let template = found.first()?;
        let operation = &paths[*template][method];
        (!operation.is_null()).then_some((template.as_str(), operation))
    }

    fn validate(&self, key: &str, schema: &Value, instance: &Value) {
        let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
        let validator = validators.entry(key.to_owned()).or_insert_with(|| {
            let mut root = schema.clone();
            root["components"] = json!({ "schemas": self.needed(schema) });
            if root["$ref"].is_string() {
                root = json!({ "allOf": [{ "$ref": root["$ref"] }], "components": root["components"] });
            }
            jsonschema::draft202012::new(&root).ok().map(Arc::new)
        });
        let Some(validator) = validator.clone() else { return self.report(format!("{key}: schema does not compile")) };
        drop(validators);
        let mut instance = instance.clone();
        forgive(&mut instance);
        for error in validator.iter_errors(&instance) {
            self.report(format!("{key}: {} at {}", error, error.instance_path()));
        }
    }

    /// The schemas a schema refers to, directly or not; compiling all of them takes seconds.
    fn needed(&self, schema: &Value) -> Map<String, Value> {
        let mut needed = Map::new();
        let mut todo = vec![schema];
        while let Some(value) = todo.pop() {
            match value {
                Value::Object(fields) => todo.extend(fields.values()),
                Value::Array(items) => todo.extend(items),
                Value::String(text) => {
                    let Some(name) = text.strip_prefix("#/components/schemas/") else { continue };
                    if !needed.contains_key(name) {
                        let schema = &self.document["components"]["schemas"][name];
                        needed.insert(name.to_owned(), schema.clone());
                        todo.push(schema);
                    }
                }
                _ => {}
            }
        }
        needed
    }

    fn report(&self, what: String) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }
}

/// The specification's known false positives with serenity: permissions as a string where it wants an integer, and
/// numbers where it wants ids as strings.
fn forgive(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("default_member_permissions") && !fields.contains_key("application_id") {
                fields.remove("default_member_permissions");
            }
            if let Some(Value::Array(list)) = fields.get_mut("attachments") {
                for id in list.iter_mut().filter_map(|entry| entry.get_mut("id")) {
                    if id.is_number() {
                        *id = id.to_string().into();
                    }
                }
            }
            fields.values_mut().for_each(forgive);
        }
        Value::Array(items) => items.iter_mut().for_each(forgive),
        _ => {}
    }
}
