//! Values and decisions.
//!
//! Architecture invariant: pure. No async, no I/O, no clock, no randomness and no type of a vendor; `now` and ids come in
//! as arguments. Nothing of Baton is imported from above this floor.

pub mod card;
pub mod command;
pub mod contact;
pub mod content;
pub mod conversation;
pub mod effect;
pub mod event;
pub mod ids;
pub mod markup;
pub mod message;
pub mod name;
pub mod reply;
pub mod roster;
pub mod template;
pub mod words;
