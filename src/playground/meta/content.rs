//! What each kind of content is in a webhook, on the phone and for the customer-service window.

use serde_json::{Value, json};

use super::graph_error::webhook_error;
use super::inbound::{Attachment, Content};

impl Content {
    /// Meta's word for the type.
    pub(super) fn kind(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Audio(_) => "audio",
            Self::Document(_) => "document",
            Self::Sticker(_) => "sticker",
            Self::Location { .. } => "location",
            Self::Contacts(_) | Self::OwnContact => "contacts",
            Self::Reaction { .. } => "reaction",
            Self::Button { .. } => "button",
            Self::ButtonReply { .. } | Self::ListReply { .. } | Self::FlowReply { .. } => "interactive",
            Self::Order { .. } => "order",
            Self::NumberChanged { .. } | Self::IdChanged => "system",
            Self::Unsupported { .. } => "unsupported",
            Self::Edit { .. } => "edit",
            Self::Revoke { .. } => "revoke",
            Self::Other { kind, .. } => kind,
        }
    }

    pub(super) fn attachment(&self) -> Option<&Attachment> {
        match self {
            Self::Image(file) | Self::Video(file) | Self::Audio(file) | Self::Document(file) | Self::Sticker(file) => {
                Some(file)
            }
            _ => None,
        }
    }

    /// Whether it opens or refreshes the customer-service window. Meta says "a message"; what only refers to another
    /// message is not counted, the strict reading.
    pub(super) fn opens_window(&self) -> bool {
        !matches!(self.kind(), "reaction" | "edit" | "revoke" | "system")
    }

    /// Whether it becomes a bubble of its own on the phone.
    pub(super) fn is_bubble(&self) -> bool {
        self.opens_window()
    }

    /// One line for the bubble.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Text(body) => body.clone(),
            Self::Location { name, latitude, longitude, .. } => {
                name.clone().unwrap_or_else(|| format!("{latitude}, {longitude}"))
            }
            Self::Contacts(cards) => cards[0]["name"]["formatted_name"].as_str().unwrap_or("").to_owned(),
            Self::Button { text, .. } => text.clone(),
            Self::ButtonReply { title, .. } | Self::ListReply { title, .. } => title.clone(),
            Self::FlowReply { body, .. } => body.clone(),
            Self::Order { text, .. } => text.clone(),
            Self::Unsupported { kind, .. } => kind.clone(),
            _ => self.attachment().and_then(|file| file.caption.clone()).unwrap_or_default(),
        }
    }

    /// The node under the key of the type, where it needs nothing but the content.
    pub(super) fn node(&self) -> Value {
        match self {
            Self::Text(body) => json!({ "body": body }),
            Self::Location { latitude, longitude, name, address } => {
                let mut node = json!({ "latitude": latitude, "longitude": longitude });
                set_if(&mut node, "name", name.as_deref());
                set_if(&mut node, "address", address.as_deref());
                node
            }
            Self::Contacts(cards) => cards.clone(),
            Self::Reaction { of, emoji } => {
                let mut node = json!({ "message_id": of });
                set_if(&mut node, "emoji", emoji.as_deref());
                node
            }
            Self::Button { text, payload, .. } => json!({ "text": text, "payload": payload }),
            Self::ButtonReply { id, title, .. } => {
                json!({ "type": "button_reply", "button_reply": { "id": id, "title": title } })
            }
            Self::ListReply { id, title, description, .. } => {
                let mut reply = json!({ "id": id, "title": title });
                set_if(&mut reply, "description", description.as_deref());
                json!({ "type": "list_reply", "list_reply": reply })
            }
            Self::FlowReply { name, body, response_json, .. } => json!({
                "type": "nfm_reply",
                "nfm_reply": { "name": name, "body": body, "response_json": response_json },
            }),
            Self::Order { catalog_id, text, items } => {
                json!({ "catalog_id": catalog_id, "text": text, "product_items": items })
            }
            Self::Unsupported { kind, .. } => json!({ "type": kind }),
            Self::Edit { of, text } => json!({
                "original_message_id": of,
                "message": { "type": "text", "text": { "body": text }, "context": { "id": of } },
            }),
            Self::Revoke { of } => json!({ "original_message_id": of }),
            Self::Other { node, .. } => node.clone(),
            Self::Image(_)
            | Self::Video(_)
            | Self::Audio(_)
            | Self::Document(_)
            | Self::Sticker(_)
            | Self::OwnContact
            | Self::NumberChanged { .. }
            | Self::IdChanged => Value::Null,
        }
    }

    /// The `errors` beside the node.
    pub(super) fn errors(&self) -> Option<Value> {
        let Self::Unsupported { code, .. } = self else { return None };
        let mut error = webhook_error(*code, None);
        if let Some(error) = error.as_object_mut() {
            error.remove("href");
        }
        Some(json!([error]))
    }
}

/// Sets a key unless there is nothing to say: Meta omits, it never writes null or an empty string.
pub(super) fn set_if(node: &mut Value, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        node[key] = Value::from(value);
    }
}
