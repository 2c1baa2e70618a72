//! Who a customer turns out to be.

use crate::domain::ids::ConversationId;

/// A customer has a new number or id.
#[must_use]
pub fn renamed(name: &str, what: &str) -> String {
    format!("🪪 {name} has a new {what}. The conversation goes on.")
}

/// Where a conversation goes on, for the record.
#[must_use]
pub fn continues(id: ConversationId) -> String {
    format!("continues in #{id}")
}

/// The customer turned out to be somebody with another conversation, in which it goes on.
#[must_use]
pub fn same_person(id: ConversationId) -> String {
    format!("🪪 This is the same person as in #{id}, where the conversation goes on.")
}

/// The customer turned out to be somebody with another conversation, which ended.
#[must_use]
pub fn joined_by(id: ConversationId) -> String {
    format!("🪪 The customer of #{id} is the same person. That conversation goes on here.")
}
