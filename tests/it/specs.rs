//! Checks what crosses the wire against the services' own published schemas, where those files are present. They are a
//! floor: permissions, state, limits and deadlines are the stand-ins' to know. Where a schema is older or stricter than the
//! service's documentation, [`forgive_discord`] and [`is_newer_than_spec`] say so.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, Once, PoisonError};

use baton::playground::wire::{Exchange, Wire};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

mod telegram;

/// What the exchanges of one scenario did against the specifications.
#[derive(Default)]
pub struct Specs {
    found: Mutex<Vec<String>>,
}

/// Read once, since they are large; absent when the files are.
static DISCORD: LazyLock<Option<Value>> = LazyLock::new(|| read("discord/openapi.json"));
static META: LazyLock<Option<Value>> = LazyLock::new(|| read("whatsapp/business-messaging-api_v23.0.repaired.json"));
static TELEGRAM: LazyLock<Option<Value>> = LazyLock::new(|| read("telegram/api.json"));

/// Compiled schemas by service, method, route and direction; a schema that does not compile is `None`.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Option<Arc<Validator>>>>> = LazyLock::new(Mutex::default);

fn read(file: &str) -> Option<Value> {
    static SAID: Once = Once::new();
    let folder = std::env::var_os("BATON_SPECS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/specs")), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(folder.join(file)) else {
        SAID.call_once(|| println!("specs not present, conformance check skipped"));
        return None;
    };
    Some(serde_json::from_str(&text).expect("the specification is JSON"))
}

/// One operation of a specification.
struct Operation<'a> {
    document: &'a Value,
    /// Method and template, for reports and as a key.
    name: String,
    node: &'a Value,
}

impl Specs {
    /// Watches stand-ins from now on.
    pub fn watch(wires: &[&Wire]) -> Arc<Self> {
        let specs = Arc::new(Self::default());
        for wire in wires {
            let watching = specs.clone();
            wire.tap(Arc::new(move |exchange| watching.check(exchange)));
        }
        specs
    }

    /// What did not conform.
    pub fn found(&self) -> Vec<String> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn check(&self, exchange: &Exchange) {
        if exchange.service == "telegram" {
            let wrong = TELEGRAM.as_ref().map(|document| telegram::check(document, exchange)).unwrap_or_default();
            return wrong.into_iter().for_each(|what| self.report(what));
        }
        // Unknown routes are the stand-ins' to report.
        let Some(operation) = operation(exchange) else { return };
        let is_ok = (200..300).contains(&exchange.status);
        let request = &operation.node["requestBody"]["content"]["application/json"]["schema"];
        let says_something = !exchange.request.is_null() && exchange.content_type == "application/json";
        let of_today = exchange.path == WEBHOOKS && is_newer_than_spec(&exchange.request);
        if is_ok && says_something && !request.is_null() && !of_today {
            self.validate(&operation, "request", request, &exchange.request);
        }
        if exchange.status == 0 || exchange.status >= 500 || exchange.response.is_string() {
            // Cut connections and scripted failures are not what a service documents.
            return;
        }
        let responses = &operation.node["responses"];
        let exact = exchange.status.to_string();
        let class = format!("{}XX", exchange.status / 100);
        let Some(response) = responses.get(&exact).or_else(|| responses.get(&class)) else {
            // Meta's specification has no refusals.
            if exchange.service == "discord" {
                self.report(format!("{}: status {exact} is not documented", operation.name));
            }
            return;
        };
        let response = operation.resolve(response);
        let schema = &response["content"]["application/json"]["schema"];
        if schema.is_null() {
            if !exchange.response.is_null() {
                self.report(format!("{}: a body with status {exact}", operation.name));
            }
            return;
        }
        let mut body = exchange.response.clone();
        if let Some(fields) = body.as_object_mut().filter(|_| exchange.status >= 400) {
            // Discord's documented form errors have codes that are texts, and its 429 has none; the specification wants
            // numbers in both places.
            fields.remove("errors");
            fields.entry("code").or_insert_with(|| 0.into());
        }
        self.validate(&operation, &exact, schema, &body);
    }

    fn validate(&self, operation: &Operation<'_>, what: &str, schema: &Value, instance: &Value) {
        let key = format!("{} {what}", operation.name);
        let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
        let validator = validators.entry(key.clone()).or_insert_with(|| {
            let mut root = schema.clone();
            root["components"] = json!({ "schemas": operation.needed(schema) });
            if root["$ref"].is_string() {
                root = json!({ "allOf": [{ "$ref": root["$ref"] }], "components": root["components"] });
            }
            jsonschema::draft202012::new(&root).ok().map(Arc::new)
        });
        let Some(validator) = validator.clone() else { return self.report(format!("{key}: schema does not compile")) };
        drop(validators);
        let mut instance = instance.clone();
        forgive_discord(&mut instance);
        // Meta says the size of a file as a number or as a text.
        if let Some(size) = instance.get_mut("file_size").filter(|size| size.is_number()) {
            *size = size.to_string().into();
        }
        for error in validator.iter_errors(&instance) {
            self.report(format!("{key}: {} at {}", error, error.instance_path()));
        }
    }

    fn report(&self, what: String) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }
}

/// The path under which deliveries to the callback are shown.
const WEBHOOKS: &str = "/whatsapp/webhooks";

fn operation(exchange: &Exchange) -> Option<Operation<'static>> {
    let method = exchange.method.to_lowercase();
    let (document, template) = match exchange.service {
        "discord" => {
            let document = DISCORD.as_ref()?;
            let path = exchange.path.strip_prefix("/oauth2").unwrap_or(&exchange.path);
            (document, discord_template(document, path)?.to_owned())
        }
        _ => (META.as_ref()?, meta_template(&exchange.method, &exchange.path)?.to_owned()),
    };
    let node = &document["paths"][&template][&method];
    (!node.is_null()).then(|| Operation { document, name: format!("{} {template}", exchange.method), node })
}

/// The template with the fewest placeholders that fits is the route meant.
fn discord_template<'a>(document: &'a Value, path: &str) -> Option<&'a String> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let pattern: Vec<&str> = template.split('/').collect();
        pattern.len() == parts.len()
            && pattern.iter().zip(&parts).all(|(p, s)| p == s || (p.starts_with('{') && !s.starts_with('@')))
    };
    let found = document["paths"].as_object()?.keys().filter(|template| fits(template));
    found.min_by_key(|template| template.matches('{').count())
}

/// Every id is a bare number in the Graph API, so that a route cannot be told by its shape alone.
fn meta_template(method: &str, path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method, parts.as_slice()) {
        ("POST", _) if path == WEBHOOKS => Some(WEBHOOKS),
        ("POST", [_, "messages"]) => Some("/{Version}/{Phone-Number-ID}/messages"),
        ("POST", [_, "media"]) => Some("/{Version}/{Phone-Number-ID}/media"),
        ("GET", [_, "message_templates"]) => Some("/{Version}/{WABA-ID}/message_templates"),
        ("GET", [id]) if id.bytes().all(|byte| byte.is_ascii_digit()) => Some("/{Version}/{Media-ID}"),
        _ => None,
    }
}

impl<'a> Operation<'a> {
    fn resolve(&self, value: &'a Value) -> &'a Value {
        let pointer = value["$ref"].as_str().and_then(|r| r.strip_prefix('#'));
        pointer.and_then(|p| self.document.pointer(p)).unwrap_or(value)
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
}

/// Discord's known false positives with serenity: permissions as a string where the specification wants an integer, and
/// numbers where it wants ids as strings.
fn forgive_discord(value: &mut Value) {
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
            fields.values_mut().for_each(forgive_discord);
        }
        Value::Array(items) => items.iter_mut().for_each(forgive_discord),
        _ => {}
    }
}

/// Whether a webhook has a shape that Meta documents and the specification, which is older, does not know: fields other
/// than `messages`, edits, deletions, replies to flows, groups, changed ids, bare locations and documents, errors of the account, and the
/// kinds that tests invent for tomorrow. The stand-in's own tests compare these with samples instead.
fn is_newer_than_spec(body: &Value) -> bool {
    let changes = body["entry"].as_array().into_iter().flatten();
    let mut changes = changes.flat_map(|entry| entry["changes"].as_array().into_iter().flatten());
    changes.any(|change| {
        let value = &change["value"];
        let messages = value["messages"].as_array().into_iter().flatten();
        change["field"] != "messages" || !value["errors"].is_null() || messages.into_iter().any(is_newer_message)
    })
}

fn is_newer_message(message: &Value) -> bool {
    const KNOWN: [&str; 15] = [
        "text",
        "image",
        "video",
        "audio",
        "document",
        "sticker",
        "location",
        "contacts",
        "reaction",
        "button",
        "interactive",
        "order",
        "system",
        "unsupported",
        "referral",
    ];
    let kind = message["type"].as_str().unwrap_or_default();
    !KNOWN.contains(&kind)
        || !message["group_id"].is_null()
        || message["interactive"]["type"] == "nfm_reply"
        || message["system"]["type"] == "user_changed_user_id"
        || (kind == "document" && message["document"]["filename"].is_null())
        || (kind == "location" && message["location"]["name"].is_null())
}
