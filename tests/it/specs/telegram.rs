//! Checks what crosses the wire to and from Telegram against the published description of the Bot API: names, types and
//! what must be there. It says nothing about limits and state, which are the stand-in's to know.

use serde_json::{Map, Value, json};

use baton::playground::wire::Exchange;

/// Where deliveries to a webhook are shown.
const WEBHOOK: &str = "/webhook";

/// What does not conform in one exchange.
pub(super) fn check(document: &Value, exchange: &Exchange) -> Vec<String> {
    let mut found = Vec::new();
    if exchange.path == WEBHOOK {
        object(document, "Update", &exchange.request, "update", &mut found);
        return found;
    }
    let name = exchange.path.trim_start_matches('/');
    let methods = document["methods"].as_object();
    let method = methods.and_then(|all| all.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)));
    // Unknown methods are the stand-in's to report.
    let Some((name, method)) = method else { return found };
    if exchange.status == 200 && exchange.response["ok"] == true {
        request(document, name, &method["fields"], exchange, &mut found);
        let kinds = method["returns"].as_array().map(Vec::as_slice).unwrap_or_default();
        one_of(document, kinds, &exchange.response["result"], &format!("{name}: result"), &mut found);
    }
    found
}

fn request(document: &Value, name: &str, fields: &Value, exchange: &Exchange, found: &mut Vec<String>) {
    let fields = fields.as_array().map(Vec::as_slice).unwrap_or_default();
    let empty = Map::new();
    let given = exchange.request.as_object().unwrap_or(&empty);
    for unknown in given.keys().filter(|given| !fields.iter().any(|f| f["name"] == given.as_str())) {
        found.push(format!("{name}: request: unknown parameter {unknown}"));
    }
    for field in fields {
        let parameter = field["name"].as_str().unwrap_or_default();
        let Some(value) = given.get(parameter) else {
            if field["required"] == true {
                found.push(format!("{name}: request: no {parameter}"));
            }
            continue;
        };
        let kinds = field["types"].as_array().map(Vec::as_slice).unwrap_or_default();
        // What is no text may be written as JSON in one.
        let is_text = kinds.iter().any(|kind| kind == "String" || kind == "InputFile");
        let read = value.as_str().filter(|_| !is_text).and_then(|text| serde_json::from_str(text).ok());
        let at = format!("{name}: request: {parameter}");
        one_of(document, kinds, read.as_ref().unwrap_or(value), &at, found);
    }
}

/// A value that has one of several types.
fn one_of(document: &Value, kinds: &[Value], value: &Value, at: &str, found: &mut Vec<String>) {
    let mut fewest: Option<Vec<String>> = None;
    for kind in kinds.iter().filter_map(Value::as_str) {
        let mut wrong = Vec::new();
        typed(document, kind, value, at, &mut wrong);
        if fewest.as_ref().is_none_or(|least| wrong.len() < least.len()) {
            fewest = Some(wrong);
        }
    }
    found.extend(fewest.unwrap_or_default());
}

fn typed(document: &Value, kind: &str, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(inner) = kind.strip_prefix("Array of ") {
        let Some(items) = value.as_array() else { return found.push(format!("{at}: {kind} expected, {value} found")) };
        for (n, item) in items.iter().enumerate() {
            typed(document, inner, item, &format!("{at}[{n}]"), found);
        }
        return;
    }
    let fits = match kind {
        "Integer" => value.is_i64() || value.is_u64(),
        "Float" => value.is_number(),
        "Boolean" => value.is_boolean(),
        "String" | "InputFile" => value.is_string(),
        _ => return object(document, kind, value, at, found),
    };
    if !fits {
        found.push(format!("{at}: {kind} expected, {value} found"));
    }
}

fn object(document: &Value, kind: &str, value: &Value, at: &str, found: &mut Vec<String>) {
    let known = &document["types"][kind];
    if let Some(subtypes) = known["subtypes"].as_array().filter(|subtypes| !subtypes.is_empty()) {
        return one_of(document, subtypes, value, at, found);
    }
    let Some(given) = value.as_object() else {
        return found.push(format!("{at}: {kind} expected, {value} found"));
    };
    let fields = known["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    for unknown in given.keys() {
        let is_known = fields.iter().any(|f| f["name"] == unknown.as_str());
        if !is_known {
            found.push(format!("{at}: unknown field {unknown} of {kind}"));
        }
    }
    for field in fields {
        let name = field["name"].as_str().unwrap_or_default();
        match given.get(name) {
            None if field["required"] == true => found.push(format!("{at}: no {name} in {kind}")),
            None => {}
            Some(value) => {
                let kinds = field["types"].as_array().map(Vec::as_slice).unwrap_or_default();
                one_of(document, kinds, value, &format!("{at}.{name}"), found);
            }
        }
    }
}

#[test]
fn what_does_not_conform_is_found() {
    let field = |name: &str, kind: &str, required: bool| json!({ "name": name, "types": [kind], "required": required });
    let document = json!({
        "methods": { "sendIt": {
            "returns": ["Array of Thing"],
            "fields": [field("id", "Integer", true), field("parts", "Array of Thing", false)],
        } },
        "types": { "Thing": { "fields": [field("name", "String", true), field("more", "Thing", false)] } },
    });
    let found = |request: Value, result: Value| {
        let exchange = Exchange {
            service: "telegram",
            method: "POST".to_owned(),
            path: "/SENDIT".to_owned(),
            query: String::new(),
            content_type: String::new(),
            request,
            status: 200,
            response: json!({ "ok": true, "result": result }),
        };
        check(&document, &exchange)
    };
    let parts = r#"[{"name":"a"}]"#;
    assert_eq!(found(json!({ "id": "7", "parts": parts }), json!([{ "name": "x" }])), Vec::<String>::new());
    assert_eq!(found(json!({ "parts": parts, "why": 1 }), json!([])).len(), 2);
    assert_eq!(found(json!({ "id": "x" }), json!({ "name": "x" })).len(), 2);
    let nested = json!([{ "name": "x", "more": { "name": 5, "odd": true } }, {}]);
    assert_eq!(found(json!({ "id": 7 }), nested).len(), 3);
}
