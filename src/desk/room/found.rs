//! The words by which messages and customers are found again, brought up to date with what a batch changes of them.

use std::collections::BTreeSet;

use super::{Changes, Room};
use crate::domain::contact::Contact;
use crate::domain::ids::{ContactId, MessageId};
use crate::domain::message::Message;
use crate::domain::search;
use crate::store::{StoreError, Tx, contact, find, message};

/// What is found otherwise than before.
#[derive(Default)]
pub(super) struct Found {
    /// Messages that say something else, also nothing any more.
    said: BTreeSet<MessageId>,
    /// Those of them that were there before.
    known: BTreeSet<MessageId>,
    /// Customers who are called something else.
    called: BTreeSet<ContactId>,
}

impl Room {
    /// Notes what an event changes, before it is applied.
    pub(super) fn note_words(&mut self, changes: &Changes) {
        for message in &changes.messages {
            let known = self.messages.get(&message.id);
            if known.map(Message::findable) != Some(message.findable()) {
                self.pending.found.said.insert(message.id);
                self.pending.found.known.extend(known.map(|known| known.id));
            }
        }
        for contact in &changes.contacts {
            let known = self.contacts.get(&contact.id);
            if known.is_none_or(|known| (&known.name, &known.username) != (&contact.name, &contact.username)) {
                self.pending.found.called.insert(contact.id);
            }
        }
    }

    /// Writes the words of what was noted.
    pub(super) async fn save_words(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let Found { said, known, called } = &self.pending.found;
        if !said.is_empty() {
            let known: Vec<MessageId> = known.iter().copied().collect();
            let messages = said.iter().filter_map(|id| self.messages.get(id));
            let words: Vec<(MessageId, String)> = messages.map(|m| (m.id, spoken(m))).collect();
            find::keep_spoken(tx, &known, &words).await?;
        }
        let merged = |id: &ContactId| self.pending.rest.merges.iter().any(|(gone, _)| gone == id);
        let contacts = called.iter().filter(|id| !merged(id)).filter_map(|id| self.contacts.get(id));
        let called: Vec<(ContactId, String)> = contacts.map(|c| (c.id, known_as(c))).collect();
        if !called.is_empty() {
            find::keep_known(tx, &called).await?;
        }
        Ok(())
    }
}

/// How many messages are put into the index at once.
const AT_ONCE: i64 = 500;

/// Puts more of what was said before there was an index into it; whether there is more to do.
///
/// # Errors
/// When the database refuses.
pub async fn index_older(tx: &mut Tx) -> Result<bool, StoreError> {
    let Some(after) = find::indexed(tx).await? else { return Ok(false) };
    let ids = find::older(tx, after, AT_ONCE).await?;
    let words: Vec<(MessageId, String)> = message::by_id(tx, &ids).await?.iter().map(|m| (m.id, spoken(m))).collect();
    find::keep_spoken(tx, &ids, &words).await?;
    if !ids.is_empty() {
        find::indexed_to(tx, ids.last().copied()).await?;
        return Ok(true);
    }
    let mut last = ContactId(i64::MIN);
    loop {
        let ids = find::customers(tx, last, AT_ONCE).await?;
        let Some(newest) = ids.last() else { break };
        last = *newest;
        let called: Vec<(ContactId, String)> =
            contact::by_id(tx, &ids).await?.iter().map(|c| (c.id, known_as(c))).collect();
        find::keep_known(tx, &called).await?;
    }
    find::indexed_to(tx, None).await?;
    Ok(false)
}

/// The words a message is found by.
fn spoken(message: &Message) -> String {
    message.findable().map(|content| search::indexed(&content.to_plain())).unwrap_or_default()
}

/// The words a customer is found by.
fn known_as(contact: &Contact) -> String {
    search::indexed(&format!("{} {}", contact.name, contact.username))
}
