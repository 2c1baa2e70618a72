//! Errors in the Graph API's form.

use serde_json::{Value, json};

/// A refusal: the body of the answer, its status, and whether a correct client would never have met it.
#[derive(Debug)]
pub(super) struct GraphError {
    pub(super) status: u16,
    pub(super) code: u32,
    subcode: Option<u32>,
    message: String,
    details: Option<String>,
    transient: bool,
    /// What the client did wrong; absent when the world is to blame.
    pub(super) violation: Option<String>,
}

impl GraphError {
    /// A state a correct client may meet: an expired token, a rate limit, an object that is gone.
    pub(super) fn met(code: u32, details: impl Into<String>) -> Self {
        Self {
            status: status(code),
            code,
            subcode: None,
            message: format!("(#{code}) {}", title(code)),
            details: Some(details.into()),
            transient: matches!(code, 1 | 2 | 4 | 80_007 | 130_429 | 131_000 | 131_016 | 131_056),
            violation: None,
        }
    }

    /// A rule the client broke.
    pub(super) fn broken(code: u32, details: impl Into<String>) -> Self {
        let details = details.into();
        Self { violation: Some(format!("#{code} {details}")), ..Self::met(code, details) }
    }

    /// The object does not exist (any more), or the token may not see it: code 100 with subcode 33.
    pub(super) fn gone(method: &str, id: &str) -> Self {
        let verb = method.to_lowercase();
        Self {
            subcode: Some(33),
            message: format!(
                "Unsupported {verb} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
                 permissions, or does not support this operation."
            ),
            details: None,
            ..Self::met(100, "")
        }
    }

    /// No such route.
    pub(super) fn unknown_path(method: &str, path: &str) -> Self {
        Self {
            status: 404,
            message: format!("Unknown path components: {path}"),
            details: None,
            violation: Some(format!("unknown route {method} {path}")),
            ..Self::met(2500, "")
        }
    }

    /// The same refusal as a 404, as the download host answers.
    pub(super) fn not_found(mut self) -> Self {
        self.status = 404;
        self
    }

    /// The same refusal, also held against the client.
    pub(super) fn held_against(mut self, what: impl Into<String>) -> Self {
        self.violation = Some(what.into());
        self
    }

    /// The body of the answer.
    pub(super) fn body(&self, trace: &str) -> Value {
        let mut error = json!({
            "message": self.message,
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": trace,
        });
        if let Some(details) = &self.details {
            error["error_data"] = json!({ "messaging_product": "whatsapp", "details": details });
        }
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if self.transient {
            error["is_transient"] = json!(true);
        }
        json!({ "error": error })
    }
}

/// The error object inside webhooks: in failed statuses, unsupported messages and at value level.
pub(super) fn webhook_error(code: u32, details: Option<&str>) -> Value {
    let title = title(code);
    json!({
        "code": code,
        "title": title,
        "message": title,
        "error_data": { "details": details.unwrap_or(self::details(code)) },
        "href": "/documentation/business-messaging/whatsapp/support/error-codes",
    })
}

fn status(code: u32) -> u16 {
    match code {
        0 | 190 => 401,
        3 | 10 | 200..=299 | 368 | 130_497 | 131_005 | 131_031 => 403,
        132_001 => 404,
        1 | 131_000 => 500,
        2 | 131_016 | 133_004 => 503,
        _ => 400,
    }
}

/// Meta's title of a code.
pub(super) fn title(code: u32) -> &'static str {
    match code {
        0 => "AuthException",
        1 => "API Unknown",
        2 => "API Service",
        4 => "API Too Many Calls",
        10 => "Permission Denied",
        33 | 131_009 => "Parameter value is not valid",
        100 => "Invalid parameter",
        190 => "Access token has expired",
        368 => "Temporarily blocked for policies violations",
        2500 => "Unknown path components",
        80_007 => "Rate limit issues",
        130_429 => "Rate limit hit",
        130_472 => "User's number is part of an experiment",
        131_000 => "Something went wrong",
        131_005 => "Access denied",
        131_008 => "Required parameter is missing",
        131_016 => "Service unavailable",
        131_021 => "Recipient cannot be sender",
        131_026 => "Message undeliverable",
        131_030 => "Recipient phone number not in allowed list",
        131_031 => "Account has been locked",
        131_042 => "Business eligibility payment issue",
        131_047 => "Re-engagement message",
        131_048 => "Spam rate limit hit",
        131_049 => "This message was not delivered to maintain healthy ecosystem engagement.",
        131_050 => "User has stopped marketing messages",
        131_051 => "Message type unknown",
        131_052 => "Media download error",
        131_053 => "Media upload error",
        131_056 => "(Business Account, Consumer Account) pair rate limit hit",
        131_057 => "Account in maintenance mode",
        131_062 => "Business-scoped user id is not supported for this message",
        132_000 => "Template Param Count Mismatch",
        132_001 => "Template does not exist",
        132_005 => "Template Hydrated Text Too Long",
        132_007 => "Template Format Character Policy Violated",
        132_012 => "Template Parameter Format Mismatch",
        132_015 => "Template is Paused",
        132_016 => "Template is Disabled",
        132_018 => "Template Parameters Not Valid",
        132_068 => "Flow is blocked",
        132_069 => "Flow is throttled",
        133_010 => "Phone number not registered",
        _ => "Unknown error",
    }
}

fn details(code: u32) -> &'static str {
    match code {
        131_026 => "Message undeliverable.",
        131_047 => "More than 24 hours have passed since the customer last replied to this number.",
        131_051 => "Message type is currently not supported.",
        131_052 => "The file could not be downloaded.",
        131_053 => "The file could not be uploaded.",
        _ => "The request could not be completed.",
    }
}
