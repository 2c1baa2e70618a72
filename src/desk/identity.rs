//! Who a customer is: any of phone, business-scoped id and parent id is enough, and two that are met together are one
//! person from then on.

use super::room::{Changes, Room};
use super::{Desk, words};
use crate::domain::contact::{AliasKind, Contact, Who};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{AgentId, ContactId, NumberId};
use crate::domain::name;

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
    /// The contact that `who` names, made or merged as needed and brought up to date.
    pub(super) fn meet(&self, room: &Room, changes: &mut Changes, who: &Who) -> ContactId {
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
                self.merge(room, changes, *gone, kept);
            }
        }
        let id = kept.unwrap_or_else(|| ContactId(room.fresh(changes)));
        let mut contact = kept.and_then(|id| room.contact(id)).cloned().unwrap_or(Contact::new(id, self.now));
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
            contact.tags.extend(gone.tags.iter().cloned());
            contact.tags.sort_unstable();
            contact.tags.dedup();
            contact.vip |= gone.vip;
            contact.blocked |= gone.blocked;
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

    /// Makes `gone` part of `kept`. Where both have an open conversation with one number, the one that somebody owns goes
    /// on, else the older one; the other ends with a line that says where it goes on.
    fn merge(&self, room: &Room, changes: &mut Changes, gone: ContactId, kept: ContactId) {
        let show = self.show(room);
        for one in room.open_of(gone) {
            let Some(other) = room.open_of(kept).into_iter().find(|c| c.number == one.number) else { continue };
            let (older, younger) = if one.id < other.id { (one, other) } else { (other, one) };
            let older_goes_on = older.owner().is_some() || younger.owner().is_none();
            let (stays, ends) = if older_goes_on { (older, younger) } else { (younger, older) };
            let mut stays = Conversation { contact: kept, ..stays.clone() };
            stays.absorb(ends);
            if stays.is_queued() {
                self.stir(changes, &stays.team);
            }
            show.line(changes, stays.id, words::joined_by(ends.id));
            show.refresh(changes, stays.id);
            let note = words::continues(stays.id);
            if let Ok((closed, change)) = ends.clone().close(AgentId::NOBODY, &note, self.now) {
                show.line(changes, closed.id, words::same_person(stays.id));
                show.closed(changes, closed.id);
                self.passed(room, changes, change);
                changes.conversations.push(Conversation { contact: kept, ..closed });
            }
            changes.conversations.push(stays);
        }
        changes.merges.push((gone, kept));
    }

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
        let id = self.meet(room, &mut changes, before);
        debug_assert_eq!(id, kept);
        for (kind, value) in after.aliases() {
            match room.contact_of(kind, &value) {
                Some(other) if other != id && !changes.merges.contains(&(other, id)) => {
                    self.merge(room, &mut changes, other, id);
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
        let merged: Vec<ContactId> = changes.merges.iter().map(|(gone, _)| *gone).chain([id]).collect();
        for conversation in merged.into_iter().flat_map(|contact| room.open_of(contact)) {
            if changes.conversations.iter().any(|c| c.id == conversation.id && c.is_closed()) {
                continue;
            }
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
