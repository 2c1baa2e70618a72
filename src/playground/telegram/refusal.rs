//! The answers Telegram gives when it does not do what was asked.

use std::borrow::Cow;

use serde_json::{Value, json};

/// One refusal: the code, which is the HTTP status as well, and Telegram's sentence.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) description: Cow<'static, str>,
    /// `parameters` of the answer, `Null` when there are none.
    pub(super) parameters: Value,
    /// Set when a correct client never meets this answer; recorded as a violation.
    pub(super) misuse: bool,
}

impl Refusal {
    const fn new(code: u16, description: &'static str) -> Self {
        Self { code, description: Cow::Borrowed(description), parameters: Value::Null, misuse: false }
    }

    /// A `400 Bad Request` that state brings about.
    pub(super) fn bad(what: impl std::fmt::Display) -> Self {
        Self { description: format!("Bad Request: {what}").into(), ..Self::new(400, "") }
    }

    /// A `400 Bad Request` that a correct client never meets.
    pub(super) fn fault(what: impl std::fmt::Display) -> Self {
        Self { misuse: true, ..Self::bad(what) }
    }

    /// The same refusal, marked as the client's fault.
    pub(super) fn blamed(self) -> Self {
        Self { misuse: true, ..self }
    }

    /// `400`, with the id the group goes on under.
    pub(super) fn migrated(to: i64) -> Self {
        let parameters = json!({ "migrate_to_chat_id": to });
        Self { parameters, ..Self::new(400, "Bad Request: group chat was upgraded to a supergroup chat") }
    }

    /// `429`; `again` when it was asked inside a pause already told.
    pub(super) fn too_many(retry_after: u64, again: bool) -> Self {
        Self {
            description: format!("Too Many Requests: retry after {retry_after}").into(),
            parameters: json!({ "retry_after": retry_after }),
            misuse: again,
            ..Self::new(429, "")
        }
    }

    /// Body as Telegram writes it.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.description });
        if !self.parameters.is_null() {
            body["parameters"] = self.parameters.clone();
        }
        body
    }
}

pub(super) const UNAUTHORIZED: Refusal = Refusal::new(401, "Unauthorized");
pub(super) const NOT_FOUND: Refusal = Refusal::new(404, "Not Found");
pub(super) const TOO_LARGE: Refusal = Refusal::new(413, "Request Entity Too Large");
pub(super) const KICKED: Refusal = Refusal::new(403, "Forbidden: bot was kicked from the supergroup chat");
pub(super) const NOT_A_MEMBER: Refusal = Refusal::new(403, "Forbidden: bot is not a member of the supergroup chat");
pub(super) const NEVER_OPENED: Refusal = Refusal::new(403, "Forbidden: bot can't initiate conversation with a user");
pub(super) const BLOCKED: Refusal = Refusal::new(403, "Forbidden: bot was blocked by the user");
pub(super) const OTHER_POLLER: Refusal = Refusal::new(
    409,
    "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
);
pub(super) const WEBHOOK_SET: Refusal = Refusal::new(409, "Conflict: terminated by setWebhook request");
pub(super) const WEBHOOK_ACTIVE: Refusal = Refusal::new(
    409,
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
);
pub(super) const NO_CHAT: Refusal = Refusal::new(400, "Bad Request: chat not found");
pub(super) const NO_THREAD: Refusal = Refusal::new(400, "Bad Request: message thread not found");
pub(super) const NO_TOPIC: Refusal = Refusal::new(400, "Bad Request: TOPIC_ID_INVALID");
pub(super) const TOPIC_NOT_MODIFIED: Refusal = Refusal::new(400, "Bad Request: TOPIC_NOT_MODIFIED");
pub(super) const TOPIC_CLOSED: Refusal = Refusal::new(400, "Bad Request: TOPIC_CLOSED");
pub(super) const NOT_A_FORUM: Refusal = Refusal::new(400, "Bad Request: the chat is not a forum");
pub(super) const NOT_MODIFIED: Refusal = Refusal::new(
    400,
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a \
     current content and reply markup of the message",
);
pub(super) const OLD_QUERY: Refusal =
    Refusal::new(400, "Bad Request: query is too old and response timeout expired or query ID is invalid");
