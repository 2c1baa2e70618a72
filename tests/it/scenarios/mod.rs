//! Days at the desk, through the real doors.

mod spine;
