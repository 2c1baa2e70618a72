//! Who a customer is: any of phone, business-scoped id and parent id is enough, and two that are met together are one
//! person from then on.

use super::room::{Changes, Room};
use super::{Desk, words};
use crate::domain::contact::{AliasKind, Contact, Who};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{AgentId, ContactId, NumberId, Time};
use crate::domain::name;

/// The contact that `who` names, made or merged as needed and brought up to date.
pub(super) fn meet(room: &Room, changes: &mut Changes, who: &Who, now: Time) -> ContactId {
    let mut known: Vec<ContactId> = Vec::new();
    for (kind, value) in who.aliases() {
        if let Some(id) = room.contact_of(kind, &value).filter(|id| !known.contains(id)) {
            known.push(id);
        }
    }
    known.sort_unstable();
    let kept = known.first().copied();
    for gone in known.iter().skip(1) {
        if let Some(kept) = kept {
            merge(room, changes, *gone, kept, now);
        }
    }
    let id = kept.unwrap_or_else(|| ContactId(room.fresh(changes)));
    let mut contact = kept.and_then(|id| room.contact(id)).cloned().unwrap_or(Contact {
        id,
        name: String::new(),
        username: String::new(),
        phone: String::new(),
        bsuid: String::new(),
        created_at: now,
    });
    let before = contact.clone();
    for gone in known.iter().skip(1).filter_map(|gone| room.contact(*gone)) {
        fill(
            &mut contact,
            &Who {
                phone: gone.phone.clone(),
                bsuid: gone.bsuid.clone(),
                parent: String::new(),
                name: String::new(),
                username: String::new(),
            },
        );
    }
    fill(&mut contact, who);
    if contact != before || kept.is_none() {
        changes.contacts.push(contact);
    }
    for (kind, value) in who.aliases() {
        if room.contact_of(kind, &value) != Some(id) {
            changes.aliases.push((kind, value, id));
        }
    }
    id
}

fn fill(contact: &mut Contact, who: &Who) {
    let set = |field: &mut String, value: &str| {
        if !value.is_empty() {
            value.clone_into(field);
        }
    };
    set(&mut contact.phone, &who.phone);
    set(&mut contact.bsuid, &who.bsuid);
    set(&mut contact.name, &who.name);
    set(&mut contact.username, &who.username);
}

/// Makes `gone` part of `kept`. Where both have an open conversation with one number, the younger one ends with a line that
/// says where it goes on.
fn merge(room: &Room, changes: &mut Changes, gone: ContactId, kept: ContactId, now: Time) {
    for mine in room.open_of(gone) {
        let Some(theirs) = room.open_of(kept).into_iter().find(|c| c.number == mine.number) else { continue };
        let (stays, ends) = if theirs.id < mine.id { (theirs, mine) } else { (mine, theirs) };
        if let Ok((closed, change)) = ends.clone().close(AgentId::NOBODY, &format!("continues in #{}", stays.id), now) {
            changes.record.push(change);
            changes.conversations.push(closed);
        }
    }
    changes.merges.push((gone, kept));
}

/// The newest conversation of a contact with a number, as this event leaves it so far.
pub(super) fn newest_of(room: &Room, changes: &Changes, contact: ContactId, number: &NumberId) -> Option<Conversation> {
    let merged = changes.merges.iter().filter(|(_, kept)| *kept == contact).map(|(gone, _)| *gone);
    let mut found: Vec<Conversation> = merged
        .chain([contact])
        .filter_map(|id| room.newest(id, number))
        .map(|c| changes.conversations.iter().find(|n| n.id == c.id).unwrap_or(c).clone())
        .map(|c| Conversation { contact, ..c })
        .collect();
    found.sort_by_key(|c| (!c.is_closed(), c.id));
    found.pop()
}

/// The display name of a contact as this event leaves it.
pub(super) fn name_of(room: &Room, changes: &Changes, contact: ContactId) -> String {
    let known = changes.contacts.iter().find(|c| c.id == contact).or_else(|| room.contact(contact));
    known.map_or_else(|| "Customer".to_owned(), words::customer_name)
}

impl Desk<'_> {
    /// A customer has a new number or id: the same person under both names.
    pub(super) fn renamed(&self, room: &Room, before: &Who, after: &Who) -> Changes {
        let mut changes = Changes::default();
        let known = before.aliases().into_iter().any(|(kind, value)| room.contact_of(kind, &value).is_some());
        if !known || after.is_nobody() {
            return changes;
        }
        let both = Who {
            phone: pick(&after.phone, &before.phone),
            bsuid: pick(&after.bsuid, &before.bsuid),
            parent: pick(&after.parent, &before.parent),
            name: after.name.clone(),
            username: after.username.clone(),
        };
        let Some(kept) = before.aliases().into_iter().find_map(|(kind, value)| room.contact_of(kind, &value)) else {
            return changes;
        };
        let id = meet(room, &mut changes, &Who { ..before.clone() }, self.now);
        debug_assert_eq!(id, kept);
        for (kind, value) in after.aliases() {
            match room.contact_of(kind, &value) {
                Some(other) if other != id && !changes.merges.contains(&(other, id)) => {
                    merge(room, &mut changes, other, id, self.now);
                }
                Some(_) => {}
                None => changes.aliases.push((kind, value, id)),
            }
        }
        if let Some(contact) = changes.contacts.iter_mut().find(|c| c.id == id) {
            fill(contact, &both);
        } else if let Some(contact) = room.contact(id) {
            let mut contact = contact.clone();
            fill(&mut contact, &both);
            changes.contacts.push(contact);
        }
        let changed: Vec<AliasKind> = after.aliases().into_iter().map(|(kind, _)| kind).collect();
        let what = if changed.contains(&AliasKind::Phone) { "phone number" } else { "WhatsApp identity" };
        let name = name::display(&name_of(room, &changes, id), 40, "The customer");
        for conversation in room.open_of(id) {
            let line = words::renamed(&name, what);
            self.show(room).line(&mut changes, conversation.id, line);
            self.show(room).refresh(&mut changes, conversation.id);
        }
        changes
    }
}

fn pick(first: &str, otherwise: &str) -> String {
    if first.is_empty() { otherwise.to_owned() } else { first.to_owned() }
}
