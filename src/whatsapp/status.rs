//! What WhatsApp says of the messages we sent.

use serde::Deserialize;

use crate::domain::event::{Delivered, Event, Status};
use crate::domain::ids::OutboxId;

use super::errors;
use super::translate::{time, wamid, who};
use super::wire::{self, Fault, Letter, lenient, text};

/// What stands before an outbox id in the opaque data of a message.
pub(super) const OPAQUE: &str = "out:";

#[derive(Deserialize)]
struct Update {
    #[serde(default, deserialize_with = "text")]
    id: String,
    #[serde(default, deserialize_with = "text")]
    status: String,
    #[serde(default, rename = "type", deserialize_with = "text")]
    kind: String,
    #[serde(default, deserialize_with = "text")]
    timestamp: String,
    #[serde(default, deserialize_with = "text")]
    recipient_type: String,
    #[serde(default, deserialize_with = "text")]
    recipient_id: String,
    #[serde(default, deserialize_with = "text")]
    recipient_user_id: String,
    #[serde(default, deserialize_with = "text")]
    recipient_parent_user_id: String,
    #[serde(default, deserialize_with = "text")]
    biz_opaque_callback_data: String,
    #[serde(default, deserialize_with = "lenient")]
    errors: Vec<Fault>,
}

/// One status. Nothing but the id is needed to match it: a failed one names nobody.
pub(super) fn translate(letter: &Letter<'_>) -> Result<Vec<Event>, String> {
    let update: Update = wire::read("status", letter.raw()?)?;
    if update.recipient_type == "group" || update.kind == "call" || letter.field == "calls" {
        return Ok(Vec::new());
    }
    let state = match update.status.to_ascii_lowercase().as_str() {
        "sent" => Delivered::Sent,
        "delivered" => Delivered::Delivered,
        "read" | "played" => Delivered::Read,
        "failed" => Delivered::Failed(errors::failure(&update.errors)),
        // Known, and no news of a delivery.
        "accepted" | "pending" | "deleted" | "warning" | "held_for_quality_assessment" | "paused" => {
            return Ok(Vec::new());
        }
        "" => return Err("The status does not say what became of the message.".to_owned()),
        other => return Err(format!("The status \"{}\" is not known.", wire::clip(other))),
    };
    let parent = &update.recipient_parent_user_id;
    Ok(vec![Event::Status(Status {
        number: letter.number()?,
        wamid: wamid(&update.id)?,
        at: time(&update.timestamp)?,
        state,
        outbox: outbox(&update.biz_opaque_callback_data),
        who: who(&update.recipient_id, &update.recipient_user_id, parent, &letter.contact),
    })])
}

fn outbox(opaque: &str) -> Option<OutboxId> {
    opaque.strip_prefix(OPAQUE)?.parse().ok().filter(|id| *id > 0).map(OutboxId)
}
