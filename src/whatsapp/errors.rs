//! Meta's error codes: what each means for the queue, and the sentence an agent reads. Source: Meta, support/error-codes
//! (12 December 2025); 131030, 131062, 131063, 131064, 137000 and 2494100 as client libraries know them.
//!
//! Classified by code, never by HTTP status or text: rate limits come as 400, and titles are going to be withdrawn.

use crate::domain::event::{Failure, Refused};

use super::wire::{Fault, clip};

/// What an error means for the message, its customer and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Passing: try again with backoff.
    Retry,
    /// The whole number has to slow down for at least this many seconds.
    PauseNumber(u32),
    /// Too many messages to this customer: wait 4^X seconds (X = 0, 1, 2 …), others go on.
    PauseLane,
    /// This message will never go out like this.
    Permanent(Refused),
    /// The number or its token needs the operator: stop, keep what waits, raise an alarm, look again after so many seconds.
    StopNumber(u32),
}

/// One error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Meta's code.
    pub code: i64,
    /// What it means for the queue.
    pub verdict: Verdict,
    /// What it means, for an agent.
    pub says: &'static str,
}

const fn known(code: i64, verdict: Verdict, says: &'static str) -> Known {
    Known { code, verdict, says }
}

use Refused::{Forbidden, Invalid, WindowClosed};
use Verdict::{PauseLane, PauseNumber, Permanent, Retry};

/// Matters of configuration: the token, the number, the account.
const STOP: Verdict = Verdict::StopNumber(300);

const TEMPLATE: Verdict = Permanent(Invalid);

/// Every listed code, ascending. The permission codes 200 to 299 share one entry, 200.
///
/// 131021, 131030 and 130497 depend on the recipient: one such customer must not stop the others, so they are permanent for
/// their message alone, although they are matters of configuration.
pub const TABLE: &[Known] = &[
    known(0, STOP, "WhatsApp could not authenticate us; the access token has to be renewed."),
    known(1, Retry, "WhatsApp had an unknown problem."),
    known(2, Retry, "WhatsApp is unavailable for the moment."),
    known(3, STOP, "The access token lacks a capability it needs."),
    known(4, PauseNumber(60), "Too many calls to WhatsApp; it asks us to slow down."),
    known(10, STOP, "The access token lacks a permission it needs."),
    known(33, Permanent(Invalid), "What the message refers to no longer exists at WhatsApp."),
    known(100, Permanent(Invalid), "WhatsApp does not accept a part of this message."),
    known(190, STOP, "The access token has expired."),
    known(200, STOP, "The access token lacks a permission it needs."),
    known(368, STOP, "WhatsApp has blocked the account for a violation of its policies."),
    known(80007, PauseNumber(60), "The WhatsApp account has reached its limit of calls."),
    known(80008, PauseNumber(60), "The WhatsApp account has reached its limit of calls about templates."),
    known(130_429, PauseNumber(5), "Messages are going out faster than WhatsApp allows for this number."),
    known(130_472, Permanent(Invalid), "WhatsApp holds this message back as part of an experiment with this customer."),
    known(
        130_497,
        Permanent(Forbidden),
        "WhatsApp does not allow this business to write to customers in that country.",
    ),
    known(131_000, Retry, "WhatsApp had an unknown problem."),
    known(131_005, STOP, "The access token lacks a permission it needs."),
    known(131_008, Permanent(Invalid), "WhatsApp misses a part of this message."),
    known(131_009, Permanent(Invalid), "WhatsApp does not accept a value in this message."),
    known(131_016, Retry, "WhatsApp is overloaded for the moment."),
    known(131_021, Permanent(Forbidden), "A business number cannot write to itself."),
    known(
        131_026,
        Permanent(Invalid),
        "The message cannot be delivered: the customer is not on WhatsApp, uses too old a version, or has not accepted its new terms.",
    ),
    known(131_030, Permanent(Forbidden), "The customer is not on the list of allowed recipients of this test number."),
    known(131_031, STOP, "WhatsApp has locked the account."),
    known(131_037, STOP, "The display name of the business number is not approved yet."),
    known(131_042, Permanent(Forbidden), "There is a problem with the payment method of the WhatsApp account."),
    known(131_045, STOP, "The business number is not registered properly; its certificate is wrong."),
    known(
        131_047,
        Permanent(WindowClosed),
        "The customer last wrote more than 24 hours ago; only a template can reach them now.",
    ),
    known(
        131_048,
        Verdict::StopNumber(3600),
        "Too many messages of this number were reported as spam; WhatsApp limits it.",
    ),
    known(
        131_049,
        Permanent(Invalid),
        "WhatsApp does not deliver more marketing messages to this customer for now; try again after a day at the earliest.",
    ),
    known(131_050, Permanent(Invalid), "The customer does not want marketing messages of this business."),
    known(131_051, Permanent(Invalid), "WhatsApp does not support this type of message."),
    known(131_052, Permanent(Invalid), "WhatsApp could not hand over the customer's file; ask them to send it again."),
    known(131_053, Permanent(Invalid), "WhatsApp could not take the file; its type or encoding is not accepted."),
    known(131_056, PauseLane, "Too many messages to this customer in a short time."),
    known(131_057, PauseNumber(60), "The number is in maintenance at WhatsApp."),
    known(
        131_062,
        Permanent(Invalid),
        "This kind of message can only go to a phone number, and this customer's is withheld.",
    ),
    known(131_063, Permanent(Forbidden), "Marketing messages are switched off for this number."),
    known(131_064, Permanent(Invalid), "WhatsApp refuses the category of this template."),
    known(132_000, TEMPLATE, "The template has another number of placeholders."),
    known(132_001, TEMPLATE, "The template does not exist in this language or is not approved."),
    known(132_005, TEMPLATE, "The filled template is too long."),
    known(132_007, TEMPLATE, "The template violates a policy of WhatsApp."),
    known(132_012, TEMPLATE, "A placeholder of the template has the wrong format."),
    known(132_015, TEMPLATE, "WhatsApp has paused the template for its low quality."),
    known(132_016, TEMPLATE, "WhatsApp has disabled the template for good for its low quality."),
    known(132_018, TEMPLATE, "The placeholders of the template are not valid."),
    known(132_068, TEMPLATE, "The form is blocked."),
    known(132_069, TEMPLATE, "The form is sent too often at the moment."),
    known(133_004, Retry, "WhatsApp is unavailable for the moment."),
    known(133_010, STOP, "The business number is not registered with the WhatsApp Business platform."),
    known(133_016, PauseNumber(600), "The business number was registered too often in a short time."),
    known(135_000, Permanent(Invalid), "WhatsApp does not accept this message and does not say why."),
    known(137_000, Permanent(Invalid), "The customer's identity has changed and has to be confirmed again."),
    known(2_494_100, PauseNumber(60), "The number is in maintenance at WhatsApp."),
];

/// The entry of a code.
#[must_use]
pub fn lookup(code: i64) -> Option<&'static Known> {
    let code = if (200..=299).contains(&code) { 200 } else { code };
    TABLE.binary_search_by_key(&code, |known| known.code).ok().map(|index| &TABLE[index])
}

/// The failure of a message from Meta's errors about it: the first one with a code we know, else the first.
pub(super) fn failure(errors: &[Fault]) -> Failure {
    let first = errors.iter().find(|error| error.code.is_some_and(|code| lookup(code).is_some())).or(errors.first());
    let Some(error) = first else {
        return Failure { code: 0, reason: "WhatsApp gave no reason.".to_owned() };
    };
    let code = error.code.unwrap_or(0);
    let details = [&error.error_data.details, &error.message, &error.title].into_iter().find(|text| !text.is_empty());
    let details = details.map(|text| sentence(text)).unwrap_or_default();
    let reason = match error.code.and_then(lookup) {
        // Codes that only say that something is wrong: what it is stands in the details.
        Some(known)
            if matches!(code, 33 | 100 | 131_008 | 131_009 | 131_053 | 132_000..=132_069 | 135_000)
                && !details.is_empty() =>
        {
            format!("{} WhatsApp says: {details}", known.says)
        }
        Some(known) => known.says.to_owned(),
        None if details.is_empty() => "WhatsApp gave no reason.".to_owned(),
        None => format!("WhatsApp says: {details}"),
    };
    Failure { code, reason }
}

fn sentence(text: &str) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect();
    let text = if text.len() <= 60 { clip(&text) } else { text };
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}
