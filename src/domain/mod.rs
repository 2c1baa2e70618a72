//! Values and decisions.
//!
//! Architecture invariant: pure. No async, no I/O, no clock, no randomness and no type of a vendor; `now` and ids come in
//! as arguments. Nothing of Baton is imported from above this floor.

pub mod alarm;
pub mod allowance;
pub mod calendar;
pub mod card;
pub mod chart;
pub mod clocks;
pub mod command;
pub mod contact;
pub mod content;
pub mod conversation;
pub mod country;
pub mod decision;
pub mod effect;
pub mod event;
pub mod fold;
pub mod ids;
pub mod ladder;
pub mod language;
pub mod markup;
pub mod message;
pub mod name;
pub mod passing;
pub mod period;
pub mod reply;
pub mod report;
pub mod roster;
pub mod routing;
pub mod rule;
pub mod schedule;
pub mod search;
pub mod sign;
pub mod stats;
pub mod targets;
pub mod template;
pub mod when;
pub mod words;
pub mod workspace;
