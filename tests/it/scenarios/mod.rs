//! Days at the desk, through the real doors.

mod bridge;
mod closing;
mod door;
mod edits;
mod identity;
mod sending;
mod spine;
