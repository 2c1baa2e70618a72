//! Deadlines: how near they are, and how far behind.

use super::{roughly, span};
use crate::domain::ids::{ConversationId, Time};
use crate::domain::targets::Kind;

/// A deadline comes near, or has passed.
#[must_use]
pub fn slips((kind, since, due): (Kind, Time, Time), late: bool, now: Time) -> String {
    let (sign, what) = match kind {
        Kind::Assign => ("🚨", format!("Nobody has taken this for {}.", roughly(now.since(since)))),
        Kind::First | Kind::Next if now < due => ("⏳", format!("The answer is due in {}.", roughly(due.since(now)))),
        Kind::First | Kind::Next if now.since(due) < 1_000 => ("🚨", "The answer was due now.".to_owned()),
        Kind::First | Kind::Next => ("🚨", format!("The answer is {} late.", roughly(now.since(due)))),
        Kind::Resolve if now < due => ("⏳", format!("This is to be closed within {}.", roughly(due.since(now)))),
        Kind::Resolve => ("🚨", "This was to be closed by now.".to_owned()),
    };
    let late = if late { " Told late: Baton was not there in time." } else { "" };
    format!("{sign} {what}{late}")
}

/// Something about a conversation, for those who are not in its thread.
#[must_use]
pub fn about((id, customer): (ConversationId, &str), line: &str) -> String {
    format!("#{id} {customer}: {line}")
}

/// The customer wrote again while nobody owned it.
#[must_use]
pub fn nudged(nudges: i64, waited_ms: i64) -> String {
    format!("🔔 The customer writes again (nudge {nudges}, first wrote {} ago), and nobody owns this.", span(waited_ms))
}

/// To the operator: what is promised has changed.
#[must_use]
pub fn promised_anew(moved: i64) -> String {
    let deadlines = if moved == 1 { "1 deadline was" } else { &format!("{moved} deadlines were") };
    format!("Targets or calendars have changed: {deadlines} made anew.")
}

/// WhatsApp takes free text for a while only, and the customer still waits.
#[must_use]
pub fn window_closing(left_ms: i64) -> String {
    let left = roughly(left_ms);
    format!(
        "⏰ The customer still waits, and WhatsApp takes free text only for {left} more. After that only /template reaches them."
    )
}
