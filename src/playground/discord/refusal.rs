//! The answers Discord gives when it does not do what was asked.

use serde_json::{Value, json};

/// One refusal: status, Discord's numeric code and its sentence.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// HTTP status.
    pub(super) status: u16,
    /// Discord's JSON error code, 0 for general errors.
    pub(super) code: u32,
    /// Discord's sentence.
    pub(super) message: &'static str,
    /// The nested form errors of code 50035.
    pub(super) errors: Option<Value>,
    /// Set when a correct client never meets this answer; recorded as a violation.
    pub(super) misuse: Option<String>,
}

impl Refusal {
    const fn new(status: u16, code: u32, message: &'static str) -> Self {
        Self { status, code, message, errors: None, misuse: None }
    }

    /// The same refusal, marked as the client's fault.
    pub(super) fn blame(mut self, why: impl Into<String>) -> Self {
        self.misuse = Some(why.into());
        self
    }

    /// Body as Discord writes it.
    pub(super) fn body(&self) -> Value {
        match &self.errors {
            Some(errors) => json!({ "message": self.message, "code": self.code, "errors": errors }),
            None => json!({ "message": self.message, "code": self.code }),
        }
    }
}

pub(super) const UNAUTHORIZED: Refusal = Refusal::new(401, 0, "401: Unauthorized");
pub(super) const NOT_FOUND: Refusal = Refusal::new(404, 0, "404: Not Found");
pub(super) const BAD_REQUEST: Refusal = Refusal::new(400, 0, "400: Bad Request");
pub(super) const UNKNOWN_APPLICATION: Refusal = Refusal::new(404, 10002, "Unknown Application");
pub(super) const UNKNOWN_CHANNEL: Refusal = Refusal::new(404, 10003, "Unknown Channel");
pub(super) const UNKNOWN_GUILD: Refusal = Refusal::new(404, 10004, "Unknown Guild");
pub(super) const UNKNOWN_MEMBER: Refusal = Refusal::new(404, 10007, "Unknown Member");
pub(super) const UNKNOWN_MESSAGE: Refusal = Refusal::new(404, 10008, "Unknown Message");
pub(super) const UNKNOWN_USER: Refusal = Refusal::new(404, 10013, "Unknown User");
pub(super) const UNKNOWN_EMOJI: Refusal = Refusal::new(400, 10014, "Unknown Emoji");
pub(super) const UNKNOWN_WEBHOOK: Refusal = Refusal::new(404, 10015, "Unknown Webhook");
pub(super) const UNKNOWN_INTERACTION: Refusal = Refusal::new(404, 10062, "Unknown interaction");
pub(super) const UNKNOWN_COMMAND: Refusal = Refusal::new(404, 10063, "Unknown application command");
pub(super) const TOO_MANY_COMMANDS: Refusal =
    Refusal::new(400, 30034, "Max number of daily application command creates has been reached (200)");
pub(super) const TOO_LARGE: Refusal = Refusal::new(413, 40005, "Request entity too large");
pub(super) const ALREADY_ANSWERED: Refusal = Refusal::new(400, 40060, "Interaction has already been acknowledged.");
pub(super) const NO_USER_AGENT: Refusal = Refusal::new(403, 40333, "internal network error");
pub(super) const MISSING_ACCESS: Refusal = Refusal::new(403, 50001, "Missing Access");
pub(super) const ANOTHERS_MESSAGE: Refusal = Refusal::new(403, 50005, "Cannot edit a message authored by another user");
pub(super) const EMPTY_MESSAGE: Refusal = Refusal::new(400, 50006, "Cannot send an empty message");
pub(super) const CANNOT_MESSAGE_USER: Refusal = Refusal::new(403, 50007, "Cannot send messages to this user");
pub(super) const MISSING_PERMISSIONS: Refusal = Refusal::new(403, 50013, "Missing Permissions");
pub(super) const SYSTEM_MESSAGE: Refusal = Refusal::new(403, 50021, "Cannot execute action on a system message");
pub(super) const WRONG_CHANNEL_TYPE: Refusal = Refusal::new(400, 50024, "Cannot execute action on this channel type");
pub(super) const DEAD_WEBHOOK_TOKEN: Refusal = Refusal::new(401, 50027, "Invalid Webhook Token");
pub(super) const INVALID_FORM: Refusal = Refusal::new(400, 50035, "Invalid Form Body");
pub(super) const ARCHIVED: Refusal = Refusal::new(400, 50083, "Thread is archived");
pub(super) const INVALID_JSON: Refusal = Refusal::new(400, 50109, "The request body contains invalid JSON.");
pub(super) const CANNOT_REPLY: Refusal =
    Refusal::new(400, 160_002, "You cannot reply without permission to read message history");
pub(super) const THREAD_EXISTS: Refusal =
    Refusal::new(400, 160_004, "A thread has already been created for this message");
pub(super) const LOCKED: Refusal = Refusal::new(400, 160_005, "Thread is locked");
pub(super) const TOO_MANY_THREADS: Refusal = Refusal::new(400, 160_006, "Maximum number of active threads reached");
