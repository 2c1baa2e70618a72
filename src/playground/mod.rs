//! Local stand-ins for the services Baton speaks to, and the demo page.
//!
//! Architecture invariant: nothing here imports anything else of Baton. The stand-ins speak the services' wire protocols
//! and nothing more, so that they cannot share a misunderstanding with the program they test. They are strict (what the
//! real service refuses is refused and recorded as a violation) and able to misbehave on demand.

pub mod discord;
pub mod meta;
pub mod page;
pub mod telegram;
pub mod wire;
