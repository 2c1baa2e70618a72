//! Days at the desk, through the real doors.

mod bridge;
mod identity;
mod spine;
