//! Refusals as sentences.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why an act was not done: one sentence for the person who tried.
#[derive(Debug)]
pub(super) struct Sentence(String);

impl Sentence {
    /// Starts with a capital and ends with a full stop, whatever the stand-in's wording.
    pub(super) fn new(words: impl AsRef<str>) -> Self {
        let words = words.as_ref().trim();
        let mut chars = words.chars();
        let mut out: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
        if !out.ends_with(['.', '!', '?', '…']) {
            out.push('.');
        }
        Self(out)
    }
}

impl From<String> for Sentence {
    fn from(words: String) -> Self {
        Self::new(words)
    }
}

impl From<&str> for Sentence {
    fn from(words: &str) -> Self {
        Self::new(words)
    }
}

impl IntoResponse for Sentence {
    fn into_response(self) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": self.0 }))).into_response()
    }
}
