//! Changes of a customer's identity: `system` messages and `user_id_update`.
//!
//! A business-scoped id is made anew when the customer changes the phone number, so a message about a new number may already
//! carry the new id. Which side an id is filed on does not matter: both sides are the same person.

use serde::Deserialize;

use crate::domain::contact::Who;
use crate::domain::event::{CustomerDid, Event};

use super::translate::{digits, who};
use super::wire::{self, Contact, Letter, Nodes, lenient, node, text};

#[derive(Deserialize)]
struct System {
    #[serde(default, deserialize_with = "text")]
    body: String,
    #[serde(default, rename = "type", deserialize_with = "text")]
    kind: String,
    #[serde(default, deserialize_with = "text")]
    wa_id: String,
    #[serde(default, deserialize_with = "text")]
    new_wa_id: String,
    #[serde(default, deserialize_with = "text")]
    user_id: String,
    #[serde(default, deserialize_with = "text")]
    parent_user_id: String,
    #[serde(default, deserialize_with = "text")]
    previous_user_id: String,
}

/// A `system` message from the customer `from`; `event` makes what it becomes when it is no change of identity.
pub(super) fn translate(
    nodes: &Nodes<'_>,
    from: Who,
    event: impl FnOnce(Who, CustomerDid) -> Event,
) -> Result<Vec<Event>, String> {
    let system: System = node(nodes, "system")?;
    let changed = ["user_changed_number", "customer_changed_number", "user_changed_user_id"];
    if !changed.contains(&system.kind.as_str()) {
        if from.is_nobody() {
            return Err("The system message does not say who the customer is.".to_owned());
        }
        let line = if system.body.is_empty() { format!("WhatsApp says: {}", system.kind) } else { system.body };
        return Ok(vec![event(from, CustomerDid::Other { line })]);
    }
    let phone = if system.wa_id.is_empty() { system.new_wa_id } else { system.wa_id };
    let mut before = from;
    let after = who(&phone, &system.user_id, &system.parent_user_id, &Contact::default());
    if !system.previous_user_id.is_empty() {
        before.bsuid = system.previous_user_id;
    } else if before.bsuid == after.bsuid && !before.phone.is_empty() {
        before.bsuid.clear();
    }
    renamed(before, after)
}

#[derive(Deserialize)]
struct Update {
    #[serde(default, deserialize_with = "text")]
    wa_id: String,
    #[serde(default, deserialize_with = "lenient")]
    user_id: Change,
    #[serde(default, deserialize_with = "lenient")]
    parent_user_id: Change,
}

#[derive(Deserialize, Default)]
struct Change {
    #[serde(default, deserialize_with = "text")]
    previous: String,
    #[serde(default, deserialize_with = "text")]
    current: String,
}

/// One element of `user_id_update`.
pub(super) fn user_id_update(letter: &Letter<'_>) -> Result<Vec<Event>, String> {
    let update: Update = wire::read("change of a user id", letter.raw()?)?;
    if update.user_id.current.is_empty() && update.parent_user_id.current.is_empty() {
        return Err("The change of a user id does not say the new one.".to_owned());
    }
    let phone = digits(&update.wa_id);
    let side = |bsuid: String, parent: String| Who { phone: phone.clone(), bsuid, parent, ..Who::default() };
    let before = side(update.user_id.previous, update.parent_user_id.previous);
    let mut after = side(update.user_id.current, update.parent_user_id.current);
    after.name = letter.contact.profile.name.trim().to_owned();
    after.username = letter.contact.profile.username.trim().trim_start_matches('@').to_owned();
    renamed(before, after)
}

fn renamed(before: Who, after: Who) -> Result<Vec<Event>, String> {
    if before.is_nobody() || after.is_nobody() {
        return Err("The change of identity does not say both who the customer was and who they are.".to_owned());
    }
    Ok(vec![Event::Renamed { before, after }])
}
