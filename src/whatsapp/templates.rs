//! The templates Meta has approved: fetching their list, and sending one filled in. Sources: Meta,
//! graph-api/reference/whats-app-business-account/message_templates, templates/components, and messages/template-messages.

use std::collections::BTreeMap;

use reqwest::Url;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::domain::template::{Filled, Template};
use crate::port::{Outcome, Scope};

use super::WhatsApp;
use super::answer::Asked;
use super::graph::Answer;
use super::wire::{clip, lenient, text};

const FIELDS: &str = "name,language,status,category,parameter_format,components";

/// Templates asked for at a time: one with ten cards has some 25 kB, and of an answer one megabyte is read.
const PAGE: &str = "25";

/// Pages read at most; an account may have 6000 templates.
const PAGES: usize = 400;

/// UTF-16 units of a value in the line above the text.
const MAX_HEADER_VALUE: usize = 60;

/// UTF-16 units of a value in the text.
const MAX_BODY_VALUE: usize = 1024;

impl WhatsApp {
    /// The approved templates of the business account by name and language, each language an entry of its own; none when
    /// the settings name no account. Authentication templates are left out: no person fills in a code.
    ///
    /// # Errors
    /// With a sentence. A list of which a page is missing is not given at all.
    pub async fn templates(&self) -> Result<Vec<Template>, String> {
        let account = self.settings.business_account.as_str();
        let mut found = BTreeMap::new();
        let mut after = String::new();
        if account.is_empty() {
            return Ok(Vec::new());
        }
        for _ in 0..PAGES {
            let mut query = vec![("fields", FIELDS), ("limit", PAGE), ("status", "APPROVED")];
            if !after.is_empty() {
                query.push(("after", after.as_str()));
            }
            let page: Page = match self.graph.get(&[account, "message_templates"], &query).await {
                Answer::Fine(body) => serde_json::from_slice(&body)
                    .map_err(|_| "WhatsApp's answer is no list of templates.".to_owned())?,
                other => return Err(why(other)),
            };
            for template in page.data.into_iter().filter_map(|raw| serde_json::from_value(raw).ok()).filter_map(read) {
                found.insert((template.name.clone(), template.language.clone()), template);
            }
            match page.paging.cursor() {
                None => return Ok(found.into_values().collect()),
                Some(cursor) if cursor.is_empty() || cursor == after => {
                    return Err("WhatsApp's list of templates does not go on where it says it does.".to_owned());
                }
                Some(cursor) => after = cursor,
            }
        }
        Err("WhatsApp's list of templates has no end.".to_owned())
    }

    /// Waits until Meta tells that a template has changed. What it told since the last wait counts.
    pub async fn templates_changed(&self) {
        self.templates_changed.notified().await;
    }
}

fn why(answer: Answer) -> String {
    const HINT: &str = "Is the id of the business account right, and has the token the permission whatsapp_business_management for it?";
    match answer.outcome(Asked { scope: "", attempt: 1, seed: 0 }) {
        Outcome::Refused { failure, .. } => format!("{} {HINT}", failure.reason),
        Outcome::Later { why, scope: Scope::Stopped(_), .. } => format!("{why} {HINT}"),
        Outcome::Later { why, .. } | Outcome::Unknown(why) => why,
        Outcome::Done(_) => "WhatsApp gave no reason.".to_owned(),
    }
}

/// One of Meta's words in capitals, however it is written.
fn constant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(text(deserializer)?.to_ascii_uppercase())
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Value>,
    #[serde(default, deserialize_with = "lenient")]
    paging: Paging,
}

#[derive(Deserialize, Default)]
struct Paging {
    #[serde(default, deserialize_with = "lenient")]
    cursors: Cursors,
    #[serde(default, deserialize_with = "text")]
    next: String,
}

#[derive(Deserialize, Default)]
struct Cursors {
    #[serde(default, deserialize_with = "text")]
    after: String,
}

impl Paging {
    /// Where the next page begins; `None` after the last, empty when it cannot be read. Of the address that Meta gives only
    /// the cursor is taken: the token goes to no address out of an answer.
    fn cursor(&self) -> Option<String> {
        if self.next.is_empty() {
            return None;
        }
        if !self.cursors.after.is_empty() {
            return Some(self.cursors.after.clone());
        }
        let next = Url::parse(&self.next).ok();
        let after =
            next.and_then(|url| url.query_pairs().find(|(name, _)| name == "after").map(|(_, v)| v.into_owned()));
        Some(after.unwrap_or_default())
    }
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default, deserialize_with = "text")]
    name: String,
    #[serde(default, deserialize_with = "text")]
    language: String,
    #[serde(default, deserialize_with = "constant")]
    status: String,
    #[serde(default, deserialize_with = "constant")]
    category: String,
    #[serde(default, deserialize_with = "constant")]
    parameter_format: String,
    #[serde(default, deserialize_with = "lenient")]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(default, rename = "type", deserialize_with = "constant")]
    kind: String,
    #[serde(default, deserialize_with = "constant")]
    format: String,
    #[serde(default, deserialize_with = "text")]
    text: String,
    #[serde(default, deserialize_with = "lenient")]
    buttons: Vec<Button>,
}

#[derive(Deserialize)]
struct Button {
    #[serde(default, rename = "type", deserialize_with = "constant")]
    kind: String,
    #[serde(default, deserialize_with = "text")]
    text: String,
    #[serde(default, deserialize_with = "text")]
    url: String,
}

/// A template that may be offered; `None` for one that is not approved, is for codes, or has no text.
fn read(listed: Listed) -> Option<Template> {
    let part = |kind: &str| listed.components.iter().find(|component| component.kind == kind);
    let body = part("BODY").map(|component| component.text.clone()).filter(|text| !text.is_empty())?;
    let is_offered = listed.status == "APPROVED" && listed.category != "AUTHENTICATION";
    if !is_offered || listed.name.is_empty() || listed.language.is_empty() {
        return None;
    }
    let said = |kind: &str| part(kind).map(|component| component.text.clone()).unwrap_or_default();
    let buttons = part("BUTTONS").map(|component| component.buttons.as_slice()).unwrap_or_default();
    let labels = buttons.iter().map(|button| button.text.clone()).filter(|label| !label.is_empty());
    let mut template = Template {
        header: said("HEADER"),
        body,
        footer: said("FOOTER"),
        buttons: labels.collect(),
        named: false,
        unfit: listed.components.iter().find_map(Component::unfit).unwrap_or_default(),
        name: listed.name,
        language: listed.language,
        category: listed.category,
    };
    template.named = match listed.parameter_format.as_str() {
        "NAMED" => true,
        "POSITIONAL" => false,
        _ => template.placeholders().iter().any(|name| !name.bytes().all(|byte| byte.is_ascii_digit())),
    };
    Some(template)
}

impl Component {
    /// Why a template with it cannot be sent with nothing but values for its placeholders.
    fn unfit(&self) -> Option<String> {
        let needs = |what: &str| Some(format!("Its header needs {what}, which cannot be given with a command."));
        match (self.kind.as_str(), self.format.as_str()) {
            ("BODY" | "FOOTER", _) | ("HEADER", "TEXT" | "") => None,
            ("HEADER", "IMAGE") => needs("a picture"),
            ("HEADER", "VIDEO" | "GIF") => needs("a video"),
            ("HEADER", "DOCUMENT") => needs("a document"),
            ("HEADER", "LOCATION") => needs("a place"),
            ("HEADER", _) => needs("something else than text"),
            ("BUTTONS", _) => self.buttons.iter().find_map(Button::unfit),
            ("CAROUSEL", _) => {
                Some("It is a row of cards with pictures, which cannot be given with a command.".to_owned())
            }
            ("LIMITED_TIME_OFFER", _) => {
                Some("It is an offer with an end, which cannot be given with a command.".to_owned())
            }
            (kind, _) => Some(format!("It has a part of a kind that cannot be sent from here ({}).", shown(kind))),
        }
    }
}

impl Button {
    fn unfit(&self) -> Option<String> {
        let says = |what: &str| Some(format!("Its button \"{}\" {what}.", clip(&self.text)));
        match self.kind.as_str() {
            "QUICK_REPLY" | "PHONE_NUMBER" => None,
            "URL" if !self.url.contains("{{") => None,
            "URL" => says("needs the rest of its address, which cannot be given with a command"),
            "COPY_CODE" => says("needs a code to copy, which cannot be given with a command"),
            "FLOW" => says("opens a form, which cannot be sent from here"),
            "CATALOG" | "MPM" | "SPM" => says("shows products, which cannot be chosen with a command"),
            kind => says(&format!("is of a kind that cannot be sent from here ({})", shown(kind))),
        }
    }
}

/// `VOICE_CALL` as `voice call`.
fn shown(constant: &str) -> String {
    clip(constant).to_lowercase().replace('_', " ")
}

/// The node of a message with a filled template.
///
/// # Errors
/// With the sentence the agent reads when a value is longer than WhatsApp takes.
pub(super) fn node(filled: &Filled) -> Result<Value, String> {
    let parts = [("header", &filled.header, MAX_HEADER_VALUE), ("body", &filled.body, MAX_BODY_VALUE)];
    let mut components = Vec::new();
    for (kind, values, max) in parts.into_iter().filter(|(_, values, _)| !values.is_empty()) {
        if let Some((name, value)) = values.iter().find(|(_, value)| value.encode_utf16().count() > max) {
            let length = value.encode_utf16().count();
            return Err(format!(
                "The value of {{{{{name}}}}} has {length} characters; WhatsApp takes at most {max} there."
            ));
        }
        let parameter = |(name, value): &(String, String)| {
            let mut parameter = json!({ "type": "text", "text": value });
            if filled.named {
                parameter["parameter_name"] = name.as_str().into();
            }
            parameter
        };
        components.push(json!({ "type": kind, "parameters": values.iter().map(parameter).collect::<Vec<_>>() }));
    }
    let mut node = json!({ "name": filled.name, "language": { "code": filled.language } });
    if !components.is_empty() {
        node["components"] = components.into();
    }
    Ok(node)
}
