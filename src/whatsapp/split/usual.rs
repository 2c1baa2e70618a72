//! The usual shape of a webhook body, read in one pass without copying.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Kind;
use super::lenient::OBJECT;

/// A string that borrows where JSON allows it, also inside an `Option`.
#[derive(Deserialize, Default, Clone)]
#[serde(transparent)]
pub(super) struct Str<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

#[derive(Deserialize)]
pub(super) struct Webhook<'a> {
    #[serde(borrow)]
    pub(super) object: Str<'a>,
    #[serde(borrow)]
    pub(super) entry: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Entry<'a> {
    #[serde(borrow, default)]
    pub(super) id: Str<'a>,
    #[serde(default)]
    pub(super) time: Option<i64>,
    #[serde(borrow)]
    pub(super) changes: Vec<Change<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow, default)]
    pub(super) field: Str<'a>,
    #[serde(borrow)]
    pub(super) value: Value<'a>,
}

#[derive(Deserialize)]
pub(super) struct Value<'a> {
    #[serde(borrow, default)]
    pub(super) metadata: Metadata<'a>,
    #[serde(borrow)]
    pub(super) contacts: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) user_id_update: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) messages: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) message_echoes: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) statuses: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) calls: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) errors: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize, Default)]
pub(super) struct Metadata<'a> {
    #[serde(borrow, default)]
    pub(super) phone_number_id: Str<'a>,
}

impl Webhook<'_> {
    pub(super) fn is_usual(&self) -> bool {
        self.object.0 == OBJECT
            && self.entry.iter().flat_map(|entry| &entry.changes).all(|change| {
                let value = &change.value;
                value.messages.is_some()
                    || value.statuses.is_some()
                    || value.message_echoes.is_some()
                    || value.user_id_update.is_some()
                    || value.calls.is_some()
                    || value.errors.is_some()
            })
    }
}

#[derive(Deserialize, Default, Clone)]
pub(super) struct ContactHead<'a> {
    #[serde(borrow, default)]
    pub(super) wa_id: Str<'a>,
    #[serde(borrow, default)]
    pub(super) user_id: Str<'a>,
}

/// What an element says of itself.
#[derive(Deserialize, Default)]
pub(super) struct Head<'a> {
    #[serde(borrow, default)]
    pub(super) id: Str<'a>,
    #[serde(borrow)]
    pub(super) timestamp: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) from: Str<'a>,
    #[serde(borrow, default)]
    pub(super) from_user_id: Str<'a>,
    #[serde(borrow, default)]
    pub(super) to: Str<'a>,
    #[serde(borrow, default)]
    pub(super) to_user_id: Str<'a>,
    #[serde(borrow, default)]
    pub(super) recipient_id: Str<'a>,
    #[serde(borrow, default)]
    pub(super) recipient_user_id: Str<'a>,
    #[serde(borrow, default)]
    pub(super) wa_id: Str<'a>,
    #[serde(borrow)]
    pub(super) user_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) status: Str<'a>,
    #[serde(borrow, default)]
    pub(super) event: Str<'a>,
    #[serde(borrow, default)]
    pub(super) direction: Str<'a>,
}

#[derive(Deserialize)]
pub(super) struct Previous<'a> {
    #[serde(borrow, default)]
    pub(super) previous: Str<'a>,
}

impl<'a> Head<'a> {
    /// The customer's business-scoped id and phone, as far as the element says.
    pub(super) fn customer(&self, kind: Kind) -> (Cow<'a, str>, &str) {
        let outbound = self.direction.0 == "BUSINESS_INITIATED";
        match kind {
            Kind::Message => (self.from_user_id.0.clone(), &self.from.0),
            Kind::Call if !outbound => (self.from_user_id.0.clone(), &self.from.0),
            Kind::Call | Kind::Echo => (self.to_user_id.0.clone(), &self.to.0),
            Kind::Status => (self.recipient_user_id.0.clone(), &self.recipient_id.0),
            Kind::UserIdUpdate => {
                let ids: Option<Previous<'a>> = self.user_id.and_then(|ids| serde_json::from_str(ids.get()).ok());
                (ids.unwrap_or(Previous { previous: Str::default() }).previous.0, &self.wa_id.0)
            }
            Kind::Error | Kind::Other => (Cow::Borrowed(""), ""),
        }
    }
}
