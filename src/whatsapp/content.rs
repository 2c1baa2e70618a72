//! What a message holds, by its type.

use base64::Engine;
use serde::Deserialize;

use crate::domain::content::{Content, File, MediaKind, Person};
use crate::domain::ids::MediaId;
use crate::domain::markup::Markup;

use super::wire::{Fault, Nodes, lenient, node, scalar, text};
use super::{form, markup};

/// The content of a message of `kind`. An unknown kind is content too: the agent is told that there was something.
///
/// # Errors
/// With a sentence when the node of a known kind lacks what makes it one.
pub(super) fn content(kind: &str, nodes: &Nodes<'_>, errors: &[Fault]) -> Result<Content, String> {
    Ok(match kind {
        "text" => Content::Text { text: markup::parse(&said(nodes)?) },
        "image" => media(kind, MediaKind::Image, nodes, errors)?,
        "video" => media(kind, MediaKind::Video, nodes, errors)?,
        "audio" => media(kind, MediaKind::Audio, nodes, errors)?,
        "document" => media(kind, MediaKind::Document, nodes, errors)?,
        "sticker" => media(kind, MediaKind::Sticker, nodes, errors)?,
        "location" => location(nodes)?,
        "contacts" => contacts(nodes)?,
        "button" => button(nodes)?,
        "interactive" => interactive(nodes)?,
        "order" => form::order(nodes)?,
        "unsupported" => unsupported(nodes),
        other => Content::Unsupported { what: super::wire::clip(other) },
    })
}

/// A text field of an object; empty when it is missing or no text.
pub(super) fn text_of(fields: &Nodes<'_>, name: &str) -> String {
    fields.get(name).map(|raw| scalar(raw.get())).unwrap_or_default()
}

fn said(nodes: &Nodes<'_>) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Text {
        body: String,
    }
    Ok(node::<Text>(nodes, "text")?.body.replace('\0', ""))
}

#[derive(Deserialize)]
struct Media {
    #[serde(default, deserialize_with = "text")]
    id: String,
    #[serde(default, deserialize_with = "text")]
    mime_type: String,
    #[serde(default, deserialize_with = "text")]
    sha256: String,
    #[serde(default, deserialize_with = "text")]
    caption: String,
    #[serde(default, deserialize_with = "text")]
    filename: String,
    #[serde(default, deserialize_with = "lenient")]
    voice: bool,
    #[serde(default, deserialize_with = "text")]
    file_size: String,
}

fn media(name: &str, kind: MediaKind, nodes: &Nodes<'_>, errors: &[Fault]) -> Result<Content, String> {
    let media: Result<Media, String> = node(nodes, name);
    // A file Meta could not take in comes with an error in the place of its id.
    if !errors.is_empty() && !media.as_ref().is_ok_and(|media| !media.id.is_empty()) {
        return Ok(Content::Unsupported { what: name.to_owned() });
    }
    let media = media?;
    if media.id.is_empty() {
        return Err("The file of the message has no id.".to_owned());
    }
    let file = File {
        id: MediaId(0),
        kind: if kind == MediaKind::Audio && media.voice { MediaKind::Voice } else { kind },
        mime: mime(&media.mime_type),
        name: media.filename,
        remote: media.id,
        sha256: sha256_hex(&media.sha256),
        size: media.file_size.parse().unwrap_or(0).max(0),
    };
    let caption = if media.caption.is_empty() { Markup::default() } else { markup::parse(&media.caption) };
    Ok(Content::Media { file, caption })
}

/// A MIME type without parameters in lower case; `application/octet-stream` when there is none.
pub(super) fn mime(announced: &str) -> String {
    let bare = announced.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let plausible = bare.contains('/') && bare.len() <= 127 && bare.bytes().all(|byte| byte.is_ascii_graphic());
    if plausible { bare } else { "application/octet-stream".to_owned() }
}

/// A SHA-256 as lower-case hex from either of Meta's spellings: base64 in webhooks, hexadecimal in answers. Empty when it is
/// neither.
pub(super) fn sha256_hex(announced: &str) -> String {
    if hex::decode(announced).is_ok_and(|bytes| bytes.len() == 32) {
        return announced.to_ascii_lowercase();
    }
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(announced)
        .or_else(|_| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(announced.trim_end_matches('=')));
    decoded.ok().filter(|bytes| bytes.len() == 32).map(hex::encode).unwrap_or_default()
}

fn location(nodes: &Nodes<'_>) -> Result<Content, String> {
    let fields: Nodes<'_> = node(nodes, "location")?;
    let degrees = |name: &str, bound: f64| {
        text_of(&fields, name)
            .parse::<f64>()
            .ok()
            .filter(|degrees| degrees.abs() <= bound)
            .ok_or_else(|| "The location is no place on earth.".to_owned())
    };
    Ok(Content::Location {
        latitude: degrees("latitude", 90.0)?,
        longitude: degrees("longitude", 180.0)?,
        name: text_of(&fields, "name"),
        address: text_of(&fields, "address"),
    })
}

#[derive(Deserialize, Default)]
struct Card {
    #[serde(default, deserialize_with = "lenient")]
    name: Name,
    #[serde(default, deserialize_with = "lenient")]
    phones: Vec<Phone>,
    #[serde(default, deserialize_with = "lenient")]
    emails: Vec<Email>,
    #[serde(default, deserialize_with = "lenient")]
    org: Organisation,
}

#[derive(Deserialize, Default)]
struct Name {
    #[serde(default, deserialize_with = "text")]
    formatted_name: String,
    #[serde(default, deserialize_with = "text")]
    first_name: String,
    #[serde(default, deserialize_with = "text")]
    last_name: String,
}

#[derive(Deserialize, Default)]
struct Phone {
    #[serde(default, deserialize_with = "text")]
    phone: String,
    #[serde(default, deserialize_with = "text")]
    wa_id: String,
}

#[derive(Deserialize, Default)]
struct Email {
    #[serde(default, deserialize_with = "text")]
    email: String,
}

#[derive(Deserialize, Default)]
struct Organisation {
    #[serde(default, deserialize_with = "text")]
    company: String,
}

fn contacts(nodes: &Nodes<'_>) -> Result<Content, String> {
    let cards: Vec<&serde_json::value::RawValue> = node(nodes, "contacts")?;
    let people: Vec<Person> =
        cards.into_iter().filter_map(|raw| serde_json::from_str::<Card>(raw.get()).ok()).map(person).collect();
    if people.is_empty() {
        return Err("The message has no contacts.".to_owned());
    }
    Ok(Content::Contacts { people })
}

fn person(card: Card) -> Person {
    let spelled = format!("{} {}", card.name.first_name, card.name.last_name);
    let number = |phone: Phone| match (phone.phone.is_empty(), phone.wa_id.is_empty()) {
        (false, _) => Some(phone.phone),
        (true, false) => Some(format!("+{}", phone.wa_id)),
        (true, true) => None,
    };
    Person {
        name: if card.name.formatted_name.is_empty() { spelled.trim().to_owned() } else { card.name.formatted_name },
        phones: card.phones.into_iter().filter_map(number).collect(),
        emails: card.emails.into_iter().map(|email| email.email).filter(|email| !email.is_empty()).collect(),
        organisation: card.org.company,
    }
}

fn button(nodes: &Nodes<'_>) -> Result<Content, String> {
    let fields: Nodes<'_> = node(nodes, "button")?;
    choice(&fields, ["text", "payload"], "payload")
}

fn interactive(nodes: &Nodes<'_>) -> Result<Content, String> {
    let fields: Nodes<'_> = node(nodes, "interactive")?;
    let kind = text_of(&fields, "type");
    match kind.as_str() {
        "" => Err("The reply does not say of which type it is.".to_owned()),
        "button_reply" | "list_reply" => choice(&node(&fields, &kind)?, ["title", "id"], "id"),
        "nfm_reply" => form::flow(&fields),
        other => Ok(Content::Unsupported { what: super::wire::clip(other) }),
    }
}

fn choice(fields: &Nodes<'_>, titles: [&str; 2], id: &str) -> Result<Content, String> {
    let title = titles.into_iter().map(|name| text_of(fields, name)).find(|title| !title.is_empty());
    let title = title.ok_or_else(|| "The reply does not say what was picked.".to_owned())?;
    Ok(Content::Choice { title, detail: text_of(fields, "description"), id: text_of(fields, id) })
}

/// Meta says which kind it was since November 2025, and calls what it does not know itself `unknown`.
fn unsupported(nodes: &Nodes<'_>) -> Content {
    let fields: Nodes<'_> = node(nodes, "unsupported").unwrap_or_default();
    let what = text_of(&fields, "type");
    Content::Unsupported { what: if what == "unknown" { String::new() } else { super::wire::clip(&what) } }
}
