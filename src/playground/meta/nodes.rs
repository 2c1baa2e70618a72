//! Reading the graph: numbers, WABAs, templates, the token; and subscribing an app to a WABA.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Meta;
use super::graph_error::GraphError;
use super::state::Number;

type Pairs = [(String, String)];

fn get_param<'a>(query: &'a Pairs, key: &str) -> Option<&'a str> {
    query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

fn only(query: &Pairs, allowed: &[&str]) -> Result<(), GraphError> {
    match query.iter().find(|(name, _)| !allowed.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) => Err(GraphError::broken(100, format!("Unknown query parameter {name}."))),
    }
}

/// Whether some number belongs to this account.
pub(super) fn is_waba(meta: &Meta, id: &str) -> bool {
    meta.lock().numbers.values().any(|number| number.waba == id)
}

/// Answers a GET; `None` when there is no such route.
pub(super) fn get(meta: &Meta, segments: &[&str], query: &Pairs) -> Result<Option<Value>, GraphError> {
    let fields = get_param(query, "fields");
    match *segments {
        ["me"] => {
            let node = json!({ "id": "122094968330001", "name": "Support desk system user" });
            pick("User", &node, fields, &["id", "name"]).map(Some)
        }
        ["debug_token"] => {
            only(query, &["input_token"])?;
            let valid = get_param(query, "input_token") == Some(meta.lock().access_token.as_str());
            Ok(Some(json!({ "data": {
                "app_id": "670843887433847",
                "type": "SYSTEM_USER",
                "application": "Support desk",
                "expires_at": 0,
                "is_valid": valid,
                "scopes": ["whatsapp_business_management", "whatsapp_business_messaging"],
                "user_id": "122094968330001",
            } })))
        }
        [id] => {
            let number = meta.lock().numbers.get(id).cloned();
            if let Some(number) = number {
                only(query, &["fields"])?;
                return pick("WhatsAppBusinessPhoneNumber", &number_node(&number), fields, &NUMBER_DEFAULT).map(Some);
            }
            if is_waba(meta, id) {
                only(query, &["fields"])?;
                return pick("WhatsAppBusinessAccount", &waba_node(id), fields, &WABA_DEFAULT).map(Some);
            }
            only(query, &["phone_number_id"])?;
            let other = get_param(query, "phone_number_id").is_some_and(|n| !meta.lock().numbers.contains_key(n));
            if other {
                return Err(GraphError::gone("GET", id).held_against("phone_number_id of no number"));
            }
            meta.look_up(id).map(Some)
        }
        [waba, "phone_numbers"] if is_waba(meta, waba) => {
            only(query, &["fields", "limit"])?;
            let numbers: Vec<Number> = meta.lock().numbers.values().filter(|n| n.waba == waba).cloned().collect();
            let picked: Result<Vec<Value>, GraphError> = numbers
                .iter()
                .map(|number| pick("WhatsAppBusinessPhoneNumber", &number_node(number), fields, &NUMBER_DEFAULT))
                .collect();
            Ok(Some(json!({ "data": picked?, "paging": { "cursors": { "before": "QVFI", "after": "QVFI" } } })))
        }
        [waba, "message_templates"] if is_waba(meta, waba) => templates(meta, waba, query).map(Some),
        [waba, "subscribed_apps"] if is_waba(meta, waba) => {
            let app = json!({ "whatsapp_business_api_data": {
                "id": "670843887433847",
                "link": "https://www.facebook.com/games/?app_id=670843887433847",
                "name": "Support desk",
            } });
            let data = if meta.lock().subscribed.contains(waba) { vec![app] } else { Vec::new() };
            Ok(Some(json!({ "data": data })))
        }
        // Of another account, or of one the token may not see.
        [id, "phone_numbers" | "message_templates" | "subscribed_apps"] => Err(GraphError::gone("GET", id)),
        _ => Ok(None),
    }
}

const NUMBER_DEFAULT: [&str; 7] = [
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "id",
];
const WABA_DEFAULT: [&str; 4] = ["id", "name", "timezone_id", "message_template_namespace"];
const TEMPLATE_DEFAULT: [&str; 7] = ["name", "parameter_format", "components", "language", "status", "category", "id"];

fn number_node(number: &Number) -> Value {
    json!({
        "id": number.id,
        "display_phone_number": number.display,
        "verified_name": "Lucky Shrub",
        "name_status": "APPROVED",
        "code_verification_status": "VERIFIED",
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": { "level": "STANDARD" },
        "account_mode": "LIVE",
        "status": "CONNECTED",
        "is_official_business_account": false,
        "is_pin_enabled": true,
        "messaging_limit_tier": "TIER_100K",
        "whatsapp_business_manager_messaging_limit": "TIER_100K",
        "webhook_configuration": {},
        "health_status": { "can_send_message": "AVAILABLE", "entities": [] },
    })
}

fn waba_node(id: &str) -> Value {
    json!({
        "id": id,
        "name": "Lucky Shrub",
        "timezone_id": "1",
        "currency": "USD",
        "country": "US",
        "status": "ACTIVE",
        "message_template_namespace": "58e6d318_b627_4112_b9c7_2961197553ea",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "ownership_type": "CLIENT_OWNED",
        "health_status": { "can_send_message": "AVAILABLE", "entities": [] },
    })
}

/// The fields asked for, the defaults when nothing was, and the id always.
fn pick(kind: &str, node: &Value, asked: Option<&str>, default: &[&str]) -> Result<Value, GraphError> {
    let fields: Vec<&str> = match asked {
        Some(list) => list.split(',').map(|field| field.split(['{', '.']).next().unwrap_or(field).trim()).collect(),
        None => default.to_vec(),
    };
    let mut picked = json!({ "id": node["id"] });
    for field in fields {
        let value = node.get(field).ok_or_else(|| {
            GraphError::broken(100, format!("Tried accessing nonexisting field ({field}) on node type ({kind})"))
        })?;
        picked[field] = value.clone();
    }
    Ok(picked)
}

fn templates(meta: &Meta, waba: &str, query: &Pairs) -> Result<Value, GraphError> {
    only(query, &["fields", "limit", "after", "before", "status", "name", "language", "category"])?;
    let matches = |key: &str, have: &str| get_param(query, key).is_none_or(|wanted| wanted.eq_ignore_ascii_case(have));
    let limit = match get_param(query, "limit") {
        None => 25,
        Some(text) => match text.parse::<usize>() {
            Ok(limit @ 1..=1000) => limit,
            _ => return Err(GraphError::broken(100, "Param limit must be a number in 1..1000.")),
        },
    };
    let after = match get_param(query, "after") {
        None => 0,
        Some(text) => position(text).ok_or_else(|| GraphError::broken(100, "Invalid cursors values"))?,
    };
    let state = meta.lock();
    let fitting: Vec<(usize, &super::templates::Template)> = state
        .templates
        .iter()
        .enumerate()
        .filter(|(_, t)| matches("status", &t.status) && matches("name", &t.name))
        .filter(|(_, t)| matches("language", &t.language) && matches("category", &t.category))
        .collect();
    let page = fitting.iter().skip(after).take(limit);
    let picked: Result<Vec<Value>, GraphError> = page
        .map(|(at, t)| pick("WhatsAppMessageTemplate", &t.node(*at), get_param(query, "fields"), &TEMPLATE_DEFAULT))
        .collect();
    let end = (after + limit).min(fitting.len());
    let mut paging = json!({ "cursors": { "before": cursor(after), "after": cursor(end) } });
    if end < fitting.len() {
        let filters = query.iter().filter(|(name, _)| !["limit", "after", "before"].contains(&name.as_str()));
        let filters: String = filters.map(|(name, value)| format!("&{name}={value}")).collect();
        let after = cursor(end);
        let next = format!("{}/v25.0/{waba}/message_templates?limit={limit}&after={after}{filters}", meta.url());
        paging["next"] = json!(next);
    }
    Ok(json!({ "data": picked?, "paging": paging }))
}

/// A position in a list as the client sees it: nothing to count with.
fn cursor(position: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("at {position}"))
}

fn position(cursor: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("at ")?.parse().ok()
}

/// `DELETE /{phone-number-id}/contact_book`: the customer's phone is forgotten, webhooks carry the id only.
pub(super) fn forget(meta: &Meta, query: &Pairs) -> Result<Value, GraphError> {
    only(query, &["messaging_product", "bsuid"])?;
    let bsuid = get_param(query, "bsuid").unwrap_or_default();
    let mut state = meta.lock();
    let customer = state.customers.iter_mut().find(|customer| customer.bsuid == bsuid);
    customer.ok_or_else(|| GraphError::gone("DELETE", bsuid))?.shows_phone = false;
    Ok(json!({ "success": true }))
}

/// `DELETE /{waba}/subscribed_apps`: webhooks of the account stop.
pub(super) fn unsubscribe(meta: &Meta, waba: &str) -> Value {
    meta.lock().subscribed.remove(waba);
    json!({ "success": true })
}

impl Meta {
    /// `POST /{waba}/subscribed_apps`, with or without a callback of its own, which is verified first.
    pub(super) async fn subscribe_app(&self, waba: &str, body: &Value) -> Result<Value, GraphError> {
        let fields = super::fields::Fields::of(body, "")?.only(&["override_callback_uri", "verify_token"])?;
        if let Some(url) = fields.text_if("override_callback_uri", 2048)? {
            let token = fields.text("verify_token", 256)?;
            self.verify_callback(url, token)
                .await
                .map_err(|why| GraphError::met(2200, format!("Callback verification failed: {why}")))?;
            self.lock().hooks.url = Some(url.to_owned());
        }
        self.lock().subscribed.insert(waba.to_owned());
        Ok(json!({ "success": true }))
    }
}
