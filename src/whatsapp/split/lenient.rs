//! The walk for bodies of an unusual shape: level by level, each element on its own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::super::wire::{scalar, stamp};
use super::usual::{Head, Str};
use super::{Contacts, Cutter, Kind, Place};

/// What `object` says in every webhook of a WhatsApp business account.
pub(super) const OBJECT: &str = "whatsapp_business_account";

type Object<'a> = BTreeMap<String, &'a RawValue>;

/// Walks the body; `None` when it is no WhatsApp webhook at all.
pub(super) fn walk(text: &str, cutter: &mut Cutter<'_>) -> Option<()> {
    let top = object(text)?;
    if field(&top, "object") != OBJECT {
        return None;
    }
    for entry in array(top.get("entry")?)? {
        let changes = object(entry.get()).and_then(|fields| Some((array(fields.get("changes")?)?, fields)));
        let Some((changes, fields)) = changes else {
            cutter.stray(entry.get());
            continue;
        };
        let waba = field(&fields, "id");
        let time = fields.get("time").and_then(|raw| stamp(raw.get()));
        for change in changes {
            if self::change(change.get(), &waba, time, cutter).is_none() {
                cutter.stray(change.get());
            }
        }
    }
    Some(())
}

fn change(raw: &str, waba: &str, time: Option<i64>, cutter: &mut Cutter<'_>) -> Option<()> {
    let fields = object(raw)?;
    let whole = fields.get("value")?;
    let value = object(whole.get())?;
    let metadata = value.get("metadata").and_then(|raw| object(raw.get())).unwrap_or_default();
    let contacts = value.get("contacts").and_then(|raw| array(raw)).unwrap_or_default();
    let (name, number) = (field(&fields, "field"), field(&metadata, "phone_number_id"));
    let place = Place { field: &name, waba, number: &number, time, contacts: Contacts::read(&contacts) };
    let mut found = false;
    for (key, kind) in Kind::ARRAYS {
        let Some(raw) = value.get(key).filter(|raw| raw.get() != "null") else { continue };
        found = true;
        match array(raw) {
            Some(elements) => elements.iter().for_each(|element| cutter.element(&place, kind, element.get())),
            None => cutter.element(&place, kind, raw.get()),
        }
    }
    if !found {
        cutter.element(&place, Kind::Other, whole.get());
    }
    Some(())
}

/// The head of an element whose fields are of odd types: what can be read of it.
pub(super) fn head(raw: &str) -> Head<'_> {
    let fields = object(raw).unwrap_or_default();
    let text = |name: &str| Str(Cow::Owned(field(&fields, name)));
    Head {
        id: text("id"),
        timestamp: fields.get("timestamp").copied(),
        from: text("from"),
        from_user_id: text("from_user_id"),
        to: text("to"),
        to_user_id: text("to_user_id"),
        recipient_id: text("recipient_id"),
        recipient_user_id: text("recipient_user_id"),
        wa_id: text("wa_id"),
        user_id: fields.get("user_id").copied(),
        status: text("status"),
        event: text("event"),
        direction: text("direction"),
    }
}

fn object(raw: &str) -> Option<Object<'_>> {
    serde_json::from_str(raw).ok()
}

fn array(raw: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw.get()).ok()
}

/// A string or number as text, empty for anything else.
fn field(fields: &Object<'_>, name: &str) -> String {
    fields.get(name).map(|raw| scalar(raw.get())).unwrap_or_default()
}
