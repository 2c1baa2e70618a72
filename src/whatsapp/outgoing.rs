//! What is sent, as Meta's JSON. Limits: Meta, messages/send-messages and its pages per type.

use serde_json::{Map, Value, json};

use crate::domain::content::{Content, MediaKind, Person};
use crate::domain::ids::{OutboxId, Wamid};
use crate::domain::markup::Markup;
use crate::port::{Address, Outgoing};

use super::markup::{render, split_text};
use super::status::OPAQUE;
use super::translate::{digits, is_user_id};
use super::upload::{self, Upload, Wire};
use super::{question, templates};

/// UTF-16 units of one text. Whether Meta counts units or characters is not documented; units are the safe reading.
pub(super) const MAX_TEXT: usize = 4096;

/// UTF-16 units of a caption.
const MAX_CAPTION: usize = 1024;

/// The messages of one job, in order, and the file that has to be uploaded before.
pub(super) struct Plan {
    pub(super) upload: Option<Upload>,
    pub(super) parts: Vec<Part>,
}

/// One message.
pub(super) enum Part {
    /// Complete.
    Node { kind: &'static str, node: Value },
    /// A file, complete once its id is known.
    File { kind: &'static str, node: Map<String, Value> },
}

impl Part {
    /// Type and node, with the id of the uploaded file.
    pub(super) fn node(&self, media: &str) -> (&'static str, Value) {
        match self {
            Self::Node { kind, node } => (kind, node.clone()),
            Self::File { kind, node } => {
                let mut node = node.clone();
                node.insert("id".to_owned(), media.into());
                (kind, Value::Object(node))
            }
        }
    }
}

/// Plans the messages for `content`.
///
/// # Errors
/// With the sentence the agent reads when WhatsApp would not take it.
pub(super) async fn plan(content: &Outgoing) -> Result<Plan, String> {
    let plain = |parts| Plan { upload: None, parts };
    match content {
        Outgoing::Content(Content::Text { text }) => Ok(plain(texts(text)?)),
        Outgoing::Content(Content::Location { latitude, longitude, name, address }) => {
            let mut node = json!({ "latitude": latitude, "longitude": longitude });
            for (field, value) in [("name", name), ("address", address)] {
                if !value.is_empty() {
                    node[field] = value.as_str().into();
                }
            }
            Ok(plain(vec![Part::Node { kind: "location", node }]))
        }
        Outgoing::Content(Content::Contacts { people }) if !people.is_empty() => {
            let node = people.iter().map(person).collect();
            Ok(plain(vec![Part::Node { kind: "contacts", node }]))
        }
        Outgoing::Content(Content::Template { filled }) => {
            Ok(plain(vec![Part::Node { kind: "template", node: templates::node(filled)? }]))
        }
        Outgoing::Content(Content::Question { text, options }) => {
            Ok(plain(vec![Part::Node { kind: "interactive", node: question::node(text, options)? }]))
        }
        Outgoing::Content(_) => Err("This kind of message cannot be sent on WhatsApp.".to_owned()),
        Outgoing::Reaction { target, emoji } => {
            let node = json!({ "message_id": target.as_str(), "emoji": emoji });
            Ok(plain(vec![Part::Node { kind: "reaction", node }]))
        }
        Outgoing::File { file, kind, caption } => {
            let (upload, wire) = upload::check(file, *kind).await?;
            let mut node = Map::new();
            if wire == Wire::Document {
                node.insert("filename".to_owned(), upload.name.as_str().into());
            }
            if wire == Wire::Audio && *kind == MediaKind::Voice && upload.opus {
                node.insert("voice".to_owned(), true.into());
            }
            let mut after = Vec::new();
            if !caption.is_blank() {
                let text = render(caption);
                if wire.takes_caption() && text.encode_utf16().count() <= MAX_CAPTION {
                    node.insert("caption".to_owned(), text.into());
                } else {
                    after = texts(caption)?;
                }
            }
            let mut parts = vec![Part::File { kind: wire.as_str(), node }];
            parts.append(&mut after);
            Ok(Plan { upload: Some(upload), parts })
        }
    }
}

fn texts(text: &Markup) -> Result<Vec<Part>, String> {
    if text.is_blank() {
        return Err("There is nothing to send.".to_owned());
    }
    let pieces = split_text(&render(text), MAX_TEXT);
    let node = |body: String| {
        let preview = body.contains("https://") || body.contains("http://");
        Part::Node { kind: "text", node: json!({ "body": body, "preview_url": preview }) }
    };
    Ok(pieces.into_iter().map(node).collect())
}

fn person(person: &Person) -> Value {
    let spare = person.phones.first().or(person.emails.first()).map_or("?", String::as_str);
    let name = if person.name.trim().is_empty() { spare } else { person.name.as_str() };
    let mut card = json!({ "name": { "formatted_name": name, "first_name": name } });
    if !person.phones.is_empty() {
        card["phones"] = person.phones.iter().map(|phone| json!({ "phone": phone })).collect();
    }
    if !person.emails.is_empty() {
        card["emails"] = person.emails.iter().map(|email| json!({ "email": email })).collect();
    }
    if !person.organisation.is_empty() {
        card["org"] = json!({ "company": person.organisation });
    }
    card
}

/// The request for one message.
///
/// # Errors
/// With a sentence when nothing addresses the customer.
pub(super) fn message(
    to: &Address,
    quote: Option<&Wamid>,
    outbox: OutboxId,
    (kind, node): (&str, Value),
) -> Result<Value, String> {
    let mut message = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "type": kind,
        "biz_opaque_callback_data": format!("{OPAQUE}{outbox}"),
    });
    let phone = digits(&to.phone);
    if !phone.is_empty() {
        message["to"] = format!("+{phone}").into();
    } else if is_user_id(&to.bsuid) {
        message["recipient"] = to.bsuid.as_str().into();
    } else {
        return Err("Neither a phone number nor a user id of this customer is known.".to_owned());
    }
    // A reaction names its message itself and is not taken as a reply; a template is not shown as one.
    let quotes = !matches!(kind, "reaction" | "template");
    if let Some(quoted) = quote.filter(|quoted| !quoted.is_empty() && quotes) {
        message["context"] = json!({ "message_id": quoted.as_str() });
    }
    message[kind] = node;
    Ok(message)
}

/// The request that marks messages read.
pub(super) fn read(wamid: &str, typing: bool) -> Value {
    let mut body = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": wamid });
    if typing {
        body["typing_indicator"] = json!({ "type": "text" });
    }
    body
}
