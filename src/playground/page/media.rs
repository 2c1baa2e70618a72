//! Files of both sides. They are foreign content on the page's own origin, so nothing in them may run.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Stage;

/// Drawn or played in the page; everything else is only downloaded.
const INLINE: [&str; 14] = [
    "application/pdf",
    "audio/aac",
    "audio/amr",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/3gpp",
    "video/mp4",
    "video/webm",
];

pub(super) async fn phone(State(stage): State<Stage>, Path(media): Path<String>) -> Response {
    match stage.inner.meta.media_bytes(&media) {
        Some((mime, bytes)) => file(&mime, bytes),
        None => gone(),
    }
}

pub(super) async fn team(
    State(stage): State<Stage>,
    Path((channel, message, attachment)): Path<(u64, u64, u64)>,
) -> Response {
    let view = stage.inner.discord.message(channel, message).filter(|m| !m.deleted);
    match view.and_then(|m| m.attachments.into_iter().find(|a| a.id == attachment)) {
        Some(found) => file(&found.content_type, found.bytes),
        None => gone(),
    }
}

pub(super) async fn forum(State(stage): State<Stage>, Path((chat, message, at)): Path<(i64, i64, usize)>) -> Response {
    let forums = stage.inner.cast.forums.as_ref();
    let view = forums.and_then(|forums| forums.telegram.message(chat, message)).filter(|m| !m.deleted);
    match view.and_then(|m| m.attachments.into_iter().nth(at)) {
        Some(found) => file(&found.mime, found.bytes),
        None => gone(),
    }
}

fn file(mime: &str, bytes: Bytes) -> Response {
    let essence = mime.split(';').next().unwrap_or_default().trim();
    let (mime, disposition) = if INLINE.contains(&essence) {
        (HeaderValue::from_str(mime).unwrap_or(HeaderValue::from_static("application/octet-stream")), "inline")
    } else {
        (HeaderValue::from_static("application/octet-stream"), "attachment")
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, mime);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    (headers, bytes).into_response()
}

fn gone() -> Response {
    (StatusCode::NOT_FOUND, "This file is gone.").into_response()
}
