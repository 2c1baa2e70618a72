//! Days at the desk, through the real doors.

mod bridge;
mod claims;
mod closing;
mod door;
mod edits;
mod identity;
mod kinds;
mod media;
mod replies;
mod safety;
mod sending;
mod spine;
