//! Cuts a webhook body into inbox items: one per message, status, echo, identity change, call, error or other change.
//!
//! Properties: every element of every `entry`, `changes` and item array becomes exactly one item or, when its business number
//! is not served, is counted; a strange element never spoils its neighbours; the same bytes give the same keys. Nothing is
//! decided here, and nothing is copied but what an item keeps: this is the path that has to keep up with Meta.
//!
//! Bodies of the usual shape are read in one typed pass. Whatever that pass cannot take (a field of an odd type, a doubled
//! key, a change of a kind without items) is walked once more level by level in `lenient`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use serde_json::value::RawValue;

use crate::domain::ids::Time;
use crate::port::{Item, Key};

mod lenient;
mod usual;

use super::wire::stamp;
use usual::{ContactHead, Head, Webhook};

/// The adapter's name in the inbox.
pub const DOOR: &str = "whatsapp";

/// What a webhook body holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    /// The items in the order of the body.
    pub items: Vec<Item>,
    /// Items that were dropped because their business number is not served.
    pub ignored: usize,
    /// The body is no WhatsApp webhook; its bytes are kept as the only item.
    pub unparsable: bool,
}

/// Cuts a body. `served` says which `phone_number_id` is ours; items without one (account-level events) are kept.
///
/// Keys: a message's is its wamid, a status's wamid and status, a call's id and event, otherwise the element's own text, each
/// with Meta's timestamp. Lanes: `wa:<number>:<customer>`, where the customer is the business-scoped id if the element or its
/// contact has one, else the phone; `raw` for what cannot be read.
#[must_use]
pub fn split(raw: &[u8], served: impl Fn(&str) -> bool) -> Split {
    let Ok(text) = std::str::from_utf8(raw) else {
        return whole("base64", &base64::engine::general_purpose::STANDARD.encode(raw));
    };
    let mut cutter = Cutter { served: &served, split: Split::default() };
    if let Ok(webhook) = serde_json::from_str::<Webhook<'_>>(text)
        && webhook.is_usual()
    {
        cutter.usual(&webhook);
        return cutter.split;
    }
    if lenient::walk(text, &mut cutter).is_none() {
        return whole("text", text);
    }
    cutter.split
}

fn whole(form: &str, bytes: &str) -> Split {
    let quoted = serde_json::Value::from(bytes);
    let body = format!(r#"{{"kind":"raw","form":"{form}","text":{quoted}}}"#);
    let item = Item { key: Key::new(Time::NEVER, bytes), door: DOOR, lane: "raw".to_owned(), body };
    Split { items: vec![item], ignored: 0, unparsable: true }
}

/// What an element is, and so how [`super::translate`] reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    UserIdUpdate,
    Message,
    Echo,
    Status,
    Call,
    Error,
    Other,
}

impl Kind {
    /// The kinds that come in arrays, in the order in which one change is walked: who somebody is comes before what they did.
    const ARRAYS: [(&'static str, Self); 6] = [
        ("user_id_update", Self::UserIdUpdate),
        ("messages", Self::Message),
        ("message_echoes", Self::Echo),
        ("statuses", Self::Status),
        ("calls", Self::Call),
        ("errors", Self::Error),
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::UserIdUpdate => "user_id_update",
            Self::Message => "message",
            Self::Echo => "echo",
            Self::Status => "status",
            Self::Call => "call",
            Self::Error => "error",
            Self::Other => "other",
        }
    }
}

/// Where an element stood.
struct Place<'a> {
    field: &'a str,
    waba: &'a str,
    number: &'a str,
    /// The entry's own time, for elements without one.
    time: Option<i64>,
    contacts: Contacts<'a>,
}

/// The `contacts` of one change by each of their ids.
#[derive(Default)]
struct Contacts<'a> {
    all: Vec<(&'a RawValue, ContactHead<'a>)>,
    by_id: BTreeMap<&'a str, usize>,
}

impl<'a> Contacts<'a> {
    fn read(all: &[&'a RawValue]) -> Self {
        let mut contacts = Self::default();
        for raw in all {
            let head: ContactHead<'a> = serde_json::from_str(raw.get()).unwrap_or_default();
            for id in [&head.user_id.0, &head.wa_id.0] {
                // An id that needed unescaping is none of Meta's: digits, letters and dots need no escape.
                if let Cow::Borrowed(id) = *id
                    && !id.is_empty()
                {
                    contacts.by_id.insert(id, contacts.all.len());
                }
            }
            contacts.all.push((raw, head));
        }
        contacts
    }

    /// The contact that is the customer of an element. Never a guess: the only contact of a change is taken unnamed only for
    /// an element that names nobody.
    fn of(&self, user_id: &str, phone: &str) -> Option<&(&'a RawValue, ContactHead<'a>)> {
        if user_id.is_empty() && phone.is_empty() {
            return if self.all.len() == 1 { self.all.first() } else { None };
        }
        let found = self.by_id.get(user_id).or_else(|| self.by_id.get(phone))?;
        self.all.get(*found)
    }
}

struct Cutter<'s> {
    served: &'s dyn Fn(&str) -> bool,
    split: Split,
}

impl Cutter<'_> {
    fn usual(&mut self, webhook: &Webhook<'_>) {
        for entry in &webhook.entry {
            for change in &entry.changes {
                let value = &change.value;
                let place = Place {
                    field: &change.field.0,
                    waba: &entry.id.0,
                    number: &value.metadata.phone_number_id.0,
                    time: entry.time,
                    contacts: Contacts::read(value.contacts.as_deref().unwrap_or_default()),
                };
                let arrays = [
                    &value.user_id_update,
                    &value.messages,
                    &value.message_echoes,
                    &value.statuses,
                    &value.calls,
                    &value.errors,
                ];
                for ((_, kind), array) in Kind::ARRAYS.into_iter().zip(arrays) {
                    for raw in array.as_deref().unwrap_or_default() {
                        self.element(&place, kind, raw.get());
                    }
                }
            }
        }
    }

    fn element(&mut self, place: &Place<'_>, kind: Kind, raw: &str) {
        if !place.number.is_empty() && !(self.served)(place.number) {
            self.split.ignored += 1;
            return;
        }
        let head: Head<'_> = serde_json::from_str(raw).unwrap_or_else(|_| lenient::head(raw));
        let (user_id, phone) = head.customer(kind);
        let contact = place.contacts.of(&user_id, phone);
        let known = contact.map_or("", |(_, head)| &head.user_id.0);
        let id: &str = &head.id.0;
        let customer = [&*user_id, known, phone, id].into_iter().find(|name| !name.is_empty()).unwrap_or("account");
        let lane = if place.number.is_empty() {
            format!("wa:{}:{customer}", place.waba)
        } else {
            format!("wa:{}:{customer}", place.number)
        };
        let seconds = head.timestamp.and_then(|raw| stamp(raw.get())).or(place.time).unwrap_or(0);
        let at = Time::from_secs(seconds);
        let key = match kind {
            _ if id.is_empty() => Key::new(at, raw),
            Kind::Message => Key::new(at, id),
            Kind::Echo => Key::new(at, &format!("{id}|echo")),
            Kind::Status => Key::new(at, &format!("{id}|{}", head.status.0)),
            Kind::Call => Key::new(at, &format!("{id}|{}", head.event.0)),
            Kind::UserIdUpdate | Kind::Error | Kind::Other => Key::new(at, raw),
        };
        let body = envelope(place, kind, contact.map(|(raw, _)| raw.get()), raw);
        self.split.items.push(Item { key, door: DOOR, lane, body });
    }

    /// An element that stood where nothing tells what it is.
    fn stray(&mut self, raw: &str) {
        let body = format!(r#"{{"kind":"stray","item":{raw}}}"#);
        self.split.items.push(Item { key: Key::new(Time::NEVER, raw), door: DOOR, lane: "raw".to_owned(), body });
    }
}

/// Whether an item is a change of the account's templates.
pub(super) fn is_about_templates(body: &str) -> bool {
    body.starts_with(r#"{"kind":"other","field":"message_template_"#)
}

fn envelope(place: &Place<'_>, kind: Kind, contact: Option<&str>, raw: &str) -> String {
    let mut body = String::with_capacity(raw.len() + contact.map_or(0, str::len) + 160);
    body.push_str(r#"{"kind":""#);
    body.push_str(kind.as_str());
    body.push_str(r#"","field":"#);
    quote(&mut body, place.field);
    body.push_str(r#","number":"#);
    quote(&mut body, place.number);
    body.push_str(r#","waba":"#);
    quote(&mut body, place.waba);
    if let Some(contact) = contact {
        body.push_str(r#","contact":"#);
        body.push_str(contact);
    }
    body.push_str(r#","item":"#);
    body.push_str(raw);
    body.push('}');
    body
}

fn quote(body: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        body.push('"');
        body.push_str(text);
        body.push('"');
    } else {
        body.push_str(&serde_json::Value::from(text).to_string());
    }
}
