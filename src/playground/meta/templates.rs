//! Message templates: which are approved, whether a send fits them, what they read like filled in.

use serde_json::{Value, json};

use super::fields::length;
use super::graph_error::GraphError;

/// UTF-16 units of a filled body.
const MAX_BODY: usize = 1024;

/// UTF-16 units of a value in the header.
const MAX_HEADER: usize = 60;

/// A message template as `GET /{waba}/message_templates` lists it.
#[derive(Debug, Clone)]
pub struct Template {
    /// Lower case with underscores.
    pub name: String,
    /// Language code such as `en_US`.
    pub language: String,
    /// `UTILITY`, `MARKETING` or `AUTHENTICATION`.
    pub category: String,
    /// `APPROVED`, `PENDING`, `REJECTED`, `PAUSED` or `DISABLED`.
    pub status: String,
    /// `POSITIONAL` (`{{1}}`) or `NAMED` (`{{first}}`).
    pub parameter_format: String,
    /// Meta's list of components.
    pub components: Value,
}

impl Template {
    /// An approved utility template with nothing but a body, whose placeholders are `{{1}}`, `{{2}}` …
    #[must_use]
    pub fn utility(name: &str, language: &str, body: &str) -> Self {
        Self {
            name: name.to_owned(),
            language: language.to_owned(),
            category: "UTILITY".to_owned(),
            status: "APPROVED".to_owned(),
            parameter_format: "POSITIONAL".to_owned(),
            components: json!([{ "type": "BODY", "text": body }]),
        }
    }

    fn component(&self, kind: &str) -> Option<&Value> {
        self.components.as_array()?.iter().find(|component| component["type"] == kind)
    }

    fn buttons(&self) -> &[Value] {
        self.component("BUTTONS").and_then(|c| c["buttons"].as_array()).map_or(&[][..], Vec::as_slice)
    }

    /// The API's view; `id` is made from the position in the list.
    pub(super) fn node(&self, id: usize) -> Value {
        json!({
            "id": (1_259_000_000_000_000_u64 + id as u64).to_string(),
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "parameter_format": self.parameter_format,
            "components": self.components,
        })
    }
}

/// The templates a fresh stand-in knows.
pub(super) fn examples() -> Vec<Template> {
    let reopen = "Hi {{1}}, we have an answer to your question. Tap below to go on talking to us.";
    let reabrir = "Hola {{1}}, tenemos respuesta a tu consulta. Pulsa abajo para seguir hablando con nosotros.";
    let with_button = |mut template: Template, caption: &str| {
        if let Some(list) = template.components.as_array_mut() {
            list.push(json!({ "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY", "text": caption }] }));
        }
        template
    };
    vec![
        Template::utility("hello_world", "en_US", "Hello World"),
        with_button(Template::utility("reopen_conversation", "en_US", reopen), "Continue"),
        with_button(Template::utility("reopen_conversation", "es", reabrir), "Continuar"),
        Template {
            components: json!([
                { "type": "HEADER", "format": "IMAGE" },
                { "type": "BODY", "text": "Order {{1}} is on its way and should arrive by {{2}}." },
                { "type": "FOOTER", "text": "Thank you for your order" },
            ]),
            ..Template::utility("order_shipped", "en_US", "")
        },
        Template {
            parameter_format: "NAMED".to_owned(),
            ..Template::utility(
                "appointment_reminder",
                "en_US",
                "Dear {{first_name}}, we expect you on {{day}} at {{time}}.",
            )
        },
        Template {
            components: json!([
                { "type": "HEADER", "format": "TEXT", "text": "Order {{1}}" },
                { "type": "BODY", "text": "Hi {{1}}, your {{2}} is ready. We are open until {{3}} today." },
                { "type": "FOOTER", "text": "Thank you for your order" },
                { "type": "BUTTONS", "buttons": [
                    { "type": "QUICK_REPLY", "text": "On my way" },
                    { "type": "PHONE_NUMBER", "text": "Call us", "phone_number": "+15550100001" },
                ] },
            ]),
            ..Template::utility("pickup_ready", "en_US", "")
        },
        Template {
            components: json!([
                { "type": "BODY", "text": "Hi {{1}}, your parcel has left us." },
                { "type": "BUTTONS", "buttons": [
                    { "type": "URL", "text": "Track it", "url": "https://parcels.example/{{1}}" },
                ] },
            ]),
            ..Template::utility("parcel_sent", "en_US", "")
        },
        Template {
            category: "AUTHENTICATION".to_owned(),
            components: json!([
                { "type": "BODY", "text": "*{{1}}* is your verification code." },
                { "type": "BUTTONS", "buttons": [{ "type": "OTP", "otp_type": "COPY_CODE", "text": "Copy code" }] },
            ]),
            ..Template::utility("login_code", "en_US", "")
        },
        Template {
            category: "MARKETING".to_owned(),
            status: "PAUSED".to_owned(),
            ..Template::utility("spring_sale", "en_US", "Everything is 20 % cheaper this week.")
        },
    ]
}

/// What the placeholders of a text are called, each once: `1`, `2` … by number, or names in order of appearance.
pub(super) fn placeholders(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((name, tail)) = after.split_once("}}") else { break };
        if !found.contains(&name.trim()) {
            found.push(name.trim());
        }
        rest = tail;
    }
    if found.iter().all(|name| name.parse::<u32>().is_ok()) {
        found.sort_by_key(|name| name.parse::<u32>().unwrap_or_default());
    }
    found
}

fn components(node: &Value) -> &[Value] {
    node["components"].as_array().map_or(&[][..], Vec::as_slice)
}

/// The button a component of a send is for.
fn index(component: &Value) -> Option<usize> {
    let at = &component["index"];
    let at = at.as_u64().or_else(|| at.as_str().and_then(|text| text.parse().ok()));
    at.and_then(|at| usize::try_from(at).ok())
}

/// The component of a send that fills a part of the template.
fn filling<'a>(node: &'a Value, kind: &str, button: Option<usize>) -> Option<&'a Value> {
    let fits = |component: &&Value| component["type"] == kind && (button.is_none() || index(component) == button);
    components(node).iter().find(fits)
}

fn parameters<'a>(node: &'a Value, kind: &str, button: Option<usize>) -> Vec<&'a Value> {
    let given = filling(node, kind, button).and_then(|component| component["parameters"].as_array());
    given.map_or_else(Vec::new, |list| list.iter().collect())
}

/// Finds the template of a send and checks the parameters against it.
///
/// # Errors
/// 132001 and 132015/132016 when it is not there or not usable (it may have vanished since the client looked), 132005 when
/// what people filled in makes it too long, and 132000, 132012, 131008 and 100 when the parameters do not fit (the client
/// could have known).
pub(super) fn find<'a>(known: &'a [Template], node: &Value) -> Result<&'a Template, GraphError> {
    let (name, language) = (node["name"].as_str().unwrap_or(""), node["language"]["code"].as_str().unwrap_or(""));
    let template = known
        .iter()
        .find(|template| template.name == name && template.language == language)
        .ok_or_else(|| GraphError::met(132_001, format!("template name ({name}) does not exist in {language}")))?;
    match template.status.as_str() {
        "APPROVED" => {}
        "PAUSED" => return Err(GraphError::met(132_015, format!("template {name} is paused"))),
        "DISABLED" => return Err(GraphError::met(132_016, format!("template {name} is disabled"))),
        _ => return Err(GraphError::met(132_001, format!("template {name} is not approved"))),
    }
    fits(template, "BODY", &parameters(node, "body", None))?;
    fits(template, "HEADER", &parameters(node, "header", None))?;
    buttons_fit(template, node)?;
    if let Some(part) = ["CAROUSEL", "LIMITED_TIME_OFFER"].into_iter().find(|part| template.component(part).is_some()) {
        let part = part.to_lowercase();
        return Err(GraphError::broken(131_008, format!("{part}: the template {name} requires this component")));
    }
    let body = fill(template, node).body;
    if length(&body) > MAX_BODY {
        return Err(GraphError::met(132_005, format!("body: the filled text has {} characters", length(&body))));
    }
    Ok(template)
}

/// Checks the components of the kind `button` against the template's buttons.
fn buttons_fit(template: &Template, node: &Value) -> Result<(), GraphError> {
    let buttons = template.buttons();
    for given in components(node).iter().filter(|component| component["type"] == "button") {
        let Some(at) = index(given).filter(|at| *at < buttons.len()) else {
            return Err(GraphError::broken(131_009, "buttons: there is no button at this index"));
        };
        let kind = buttons[at]["type"].as_str().unwrap_or_default();
        let wanted = if kind == "OTP" { "url".to_owned() } else { kind.to_lowercase() };
        if given["sub_type"] != wanted.as_str() {
            return Err(GraphError::broken(131_009, format!("buttons: Button at index {at} is of type {kind}")));
        }
        if !takes_parameter(&buttons[at]) && kind != "QUICK_REPLY" {
            let what = format!("buttons: Button at index {at} is of type {kind} and does not support parameters");
            return Err(GraphError::broken(100, what));
        }
    }
    let lacking =
        |(at, button): &(usize, &Value)| takes_parameter(button) && parameters(node, "button", Some(*at)).is_empty();
    match buttons.iter().enumerate().find(lacking) {
        None => Ok(()),
        Some((at, button)) => {
            let kind = button["type"].as_str().unwrap_or_default();
            let what = format!("buttons: Button at index {at} of type {kind} requires a parameter");
            Err(GraphError::broken(131_008, what))
        }
    }
}

/// Whether a button cannot be sent without something of its own.
fn takes_parameter(button: &Value) -> bool {
    match button["type"].as_str().unwrap_or_default() {
        "URL" => button["url"].as_str().is_some_and(|url| url.contains("{{")),
        "COPY_CODE" | "FLOW" | "OTP" => true,
        _ => false,
    }
}

fn fits(template: &Template, kind: &str, given: &[&Value]) -> Result<(), GraphError> {
    let component = template.component(kind).unwrap_or(&Value::Null);
    let format = component["format"].as_str().unwrap_or("TEXT");
    if format != "TEXT" {
        let wanted = format.to_lowercase();
        let fit = matches!(given, [one] if one["type"] == wanted.as_str());
        let error = || GraphError::broken(132_012, format!("header: Format mismatch, expected {format}"));
        return if fit { Ok(()) } else { Err(error()) };
    }
    let wanted = placeholders(component["text"].as_str().unwrap_or(""));
    if wanted.len() != given.len() {
        let (given, wanted) = (given.len(), wanted.len());
        let part = kind.to_lowercase();
        return Err(GraphError::broken(
            132_000,
            format!("{part}: number of localizable_params ({given}) does not match the expected number ({wanted})"),
        ));
    }
    if let Some(long) = given.iter().find(|p| kind == "HEADER" && length(p["text"].as_str().unwrap_or("")) > MAX_HEADER)
    {
        let length = length(long["text"].as_str().unwrap_or(""));
        return Err(GraphError::broken(132_005, format!("header: a parameter has {length} characters")));
    }
    let named = template.parameter_format == "NAMED";
    let misnamed = given.iter().any(|p| match p["parameter_name"].as_str() {
        Some(name) => !named || !wanted.contains(&name),
        None => named,
    });
    if misnamed {
        return Err(GraphError::broken(100, format!("parameter_name does not fit the template {}", template.name)));
    }
    Ok(())
}

/// A filled-in template as the phone shows it.
pub(super) struct Filled {
    pub(super) header: Option<String>,
    pub(super) body: String,
    pub(super) footer: Option<String>,
    /// Media id of the header.
    pub(super) media: Option<String>,
    /// Caption, payload or address, and kind (`quick_reply`, `url` or `phone`) of each button.
    pub(super) buttons: Vec<(String, String, &'static str)>,
}

/// Fills the parameters in; they were checked before.
pub(super) fn fill(template: &Template, node: &Value) -> Filled {
    let text = |kind: &str| template.component(kind).and_then(|c| c["text"].as_str());
    let header = parameters(node, "header", None);
    let media = header.first().and_then(|p| p[p["type"].as_str().unwrap_or("")]["id"].as_str());
    let buttons = template.buttons().iter().enumerate().map(|(i, button)| {
        let caption = button["text"].as_str().unwrap_or("").to_owned();
        for (field, kind) in [("url", "url"), ("phone_number", "phone")] {
            if let Some(address) = button[field].as_str() {
                return (caption, address.to_owned(), kind);
            }
        }
        let payload = parameters(node, "button", Some(i)).first().and_then(|p| p["payload"].as_str());
        // Without a payload of its own a quick reply comes back with its caption.
        let payload = payload.map_or_else(|| caption.clone(), str::to_owned);
        (caption, payload, "quick_reply")
    });
    Filled {
        header: text("HEADER").map(|text| filled(text, &header)),
        body: filled(text("BODY").unwrap_or(""), &parameters(node, "body", None)),
        footer: text("FOOTER").map(str::to_owned),
        media: media.map(str::to_owned),
        buttons: buttons.collect(),
    }
}

/// The text with each placeholder replaced once: a value that looks like one stays as it is.
fn filled(text: &str, given: &[&Value]) -> String {
    let names = placeholders(text);
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, (name, after))) = rest.split_once("{{").and_then(|(b, a)| Some((b, a.split_once("}}")?))) {
        let name = name.trim();
        let at = names.iter().position(|known| *known == name);
        let value = given.iter().find(|p| p["parameter_name"] == name).or_else(|| given.get(at?));
        out.push_str(before);
        out.push_str(value.and_then(|p| p["text"].as_str()).unwrap_or_default());
        rest = after;
    }
    out + rest
}
