//! From Meta's answer to an outcome.

use serde::Deserialize;

use crate::domain::event::{Failure, Refused};
use crate::port::{Outcome, Scope};

use super::errors::{self, Verdict};
use super::wire::{Fault, lenient, text};

/// Longest wait a header can impose, in seconds: a day.
const LONGEST_WAIT: i64 = 86_400;

/// How long a number whose token was refused without one of Meta's codes rests before the next try, in milliseconds.
const STOPPED_MS: i64 = 300_000;

/// What the answer's headers say of waiting. Undocumented for this API, but honoured where they appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waits {
    /// Seconds of `Retry-After`; a date is ignored.
    pub retry_after: Option<i64>,
    /// Seconds until access is regained, by `X-Business-Use-Case-Usage`.
    pub regain: Option<i64>,
}

impl Waits {
    /// Reads both headers; nonsense is no wait.
    #[must_use]
    pub fn of(headers: &reqwest::header::HeaderMap) -> Self {
        let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let seconds = |n: i64| Some(n.clamp(0, LONGEST_WAIT)).filter(|n| *n > 0);
        Self {
            retry_after: value("retry-after").and_then(|n| n.trim().parse().ok()).and_then(seconds),
            regain: value("x-business-use-case-usage")
                .and_then(regain_minutes)
                .and_then(|n| seconds(n.saturating_mul(60))),
        }
    }

    fn seconds(self) -> i64 {
        self.retry_after.unwrap_or(0).max(self.regain.unwrap_or(0))
    }
}

/// The longest `estimated_time_to_regain_access` of all business use cases, in minutes.
fn regain_minutes(header: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Usage {
        #[serde(default, deserialize_with = "lenient")]
        estimated_time_to_regain_access: i64,
    }
    let usage: std::collections::BTreeMap<String, Vec<Usage>> = serde_json::from_str(header).ok()?;
    usage.into_values().flatten().map(|usage| usage.estimated_time_to_regain_access).max()
}

/// Around which call an answer came.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Scope of the number's pauses: `whatsapp:<number>`.
    pub scope: &'a str,
    /// 1 for the first try.
    pub attempt: u32,
    /// Spreads the retries of several jobs; the outbox id.
    pub seed: i64,
}

/// What an answer that is no success means.
///
/// An answer without one of Meta's errors comes from something in front of Meta: 429 and 503 say that nothing was done, any
/// other 5xx leaves it open.
#[must_use]
pub fn classify(status: u16, body: &[u8], waits: Waits, asked: Asked<'_>) -> Outcome {
    let Some(fault) = fault(body) else { return without_code(status, waits, asked) };
    let code = fault.code.unwrap_or(0);
    let mut failure = errors::failure(std::slice::from_ref(&fault));
    // A missing object comes as code 100 with subcode 33.
    if code == 100 && fault.error_subcode == Some(33) {
        failure.reason = errors::lookup(33).map(|known| known.says.to_owned()).unwrap_or(failure.reason);
    }
    let all = || Scope::All(asked.scope.to_owned());
    let stopped = || Scope::Stopped(asked.scope.to_owned());
    let why = format!("code {code}: {}", failure.reason);
    let told = waits.seconds() * 1000;
    match errors::lookup(code).map(|known| known.verdict) {
        Some(Verdict::Retry) => later(backoff(asked).max(told), Scope::Lane, why),
        Some(Verdict::PauseNumber(seconds)) => later(told.max(i64::from(seconds) * 1000), all(), why),
        Some(Verdict::PauseLane) => {
            let seconds = 4_i64.pow(asked.attempt.saturating_sub(1).min(5));
            later(told.max(seconds * 1000), Scope::Lane, why)
        }
        Some(Verdict::StopNumber(seconds)) => later(told.max(i64::from(seconds) * 1000), stopped(), failure.reason),
        Some(Verdict::Permanent(refusal)) => Outcome::Refused { refusal, failure },
        None if status == 429 || told > 0 => later(told.max(backoff(asked)), all(), why),
        None if status >= 500 => later(backoff(asked), Scope::Lane, why),
        None if status == 401 => later(STOPPED_MS, stopped(), failure.reason),
        None => Outcome::Refused { refusal: Refused::Invalid, failure },
    }
}

fn without_code(status: u16, waits: Waits, asked: Asked<'_>) -> Outcome {
    let why = format!("WhatsApp answered with status {status}");
    let wait = backoff(asked).max(waits.seconds() * 1000);
    let all = Scope::All(asked.scope.to_owned());
    match status {
        429 => later(wait, all, why),
        503 => later(wait, Scope::Lane, why),
        401 | 403 => later(STOPPED_MS, Scope::Stopped(asked.scope.to_owned()), format!("{why}.")),
        200..=299 | 500..=599 => Outcome::Unknown(why),
        408 | 425 => later(wait, Scope::Lane, why),
        _ => invalid(format!("{why} and no reason.")),
    }
}

fn fault(body: &[u8]) -> Option<Fault> {
    #[derive(Deserialize)]
    struct Answer {
        error: Fault,
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let fault = answer.error;
    (fault.code.is_some() || !fault.message.is_empty()).then_some(fault)
}

/// Whether the body reports an error, whatever its status.
pub(super) fn is_fault(body: &[u8]) -> bool {
    fault(body).is_some()
}

/// Doubles from one second to a minute, plus up to a quarter so that many jobs do not come back at one instant.
pub(super) fn backoff(asked: Asked<'_>) -> i64 {
    let base = 1000_i64 << asked.attempt.saturating_sub(1).min(6);
    let base = base.min(60_000);
    let spread = asked.seed.wrapping_mul(0x9E37_79B9).wrapping_add(i64::from(asked.attempt)).rem_euclid(base / 4);
    base + spread
}

pub(super) fn later(after_ms: i64, scope: Scope, why: impl Into<String>) -> Outcome {
    Outcome::Later { after_ms, scope, why: why.into() }
}

pub(super) fn invalid(reason: impl Into<String>) -> Outcome {
    Outcome::Refused { refusal: Refused::Invalid, failure: Failure { code: 0, reason: reason.into() } }
}

/// The ids in the answer to a message: `messages[].id`.
#[derive(Deserialize)]
pub(super) struct Accepted {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) messages: Vec<AcceptedMessage>,
}

#[derive(Deserialize)]
pub(super) struct AcceptedMessage {
    #[serde(default, deserialize_with = "text")]
    pub(super) id: String,
}

/// The same for a call that may simply be made again: what is uncertain is tried again.
pub(super) fn repeatable(outcome: Outcome, asked: Asked<'_>) -> Outcome {
    match outcome {
        Outcome::Unknown(why) => later(backoff(asked), Scope::Lane, why),
        certain => certain,
    }
}
