//! The web server: the webhook's door, files behind signed addresses, and what an operator asks.
//!
//! Architecture invariant: a webhook is answered 200 only after its items are committed.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::clock::Clock;
use crate::domain::ids::MediaId;
use crate::links::Links;
use crate::metrics::Metrics;
use crate::port::{Inbox, Pushed, Rejected, Webhook};
use crate::store::{Store, media};

/// Meta sends bodies of at most this many bytes.
const MAX_BODY: usize = 3 * 1024 * 1024;

/// What the web server needs.
#[derive(Clone)]
pub struct Web {
    /// The platform's webhook.
    pub webhook: Arc<dyn Webhook>,
    /// The door of a workspace that posts what happens; none where it is asked.
    pub pushed: Option<Arc<dyn Pushed>>,
    /// Where items go.
    pub inbox: Arc<dyn Inbox>,
    /// For files.
    pub store: Store,
    /// Where files are.
    pub media_dir: PathBuf,
    /// Checks addresses of files.
    pub links: Links,
    /// The numbers.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// What is not well, as sentences; none when ready.
    pub health: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
}

impl Web {
    /// The routes.
    pub fn routes(self) -> Router {
        Router::new()
            .route("/webhook/whatsapp", get(challenge).post(accept))
            .route("/webhook/telegram/{bot}", post(pushed))
            .route("/files/{id}", get(file))
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(self)
    }
}

async fn challenge(State(web): State<Web>, RawQuery(query): RawQuery) -> Response {
    match web.webhook.challenge(query.as_deref().unwrap_or_default()) {
        Some(challenge) => ([(header::CONTENT_TYPE, "text/plain")], challenge).into_response(),
        None => StatusCode::FORBIDDEN.into_response(),
    }
}

async fn accept(
    State(web): State<Web>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> StatusCode {
    let (answer, counted) = take(&web, &headers, body).await;
    web.metrics.count(&web.metrics.webhooks, counted);
    answer
}

async fn take(
    web: &Web,
    headers: &HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> (StatusCode, &'static str) {
    let Ok(raw) = body else { return (StatusCode::PAYLOAD_TOO_LARGE, "oversized") };
    let mut signatures = headers.get_all("x-hub-signature-256").iter();
    let signature = signatures.next().and_then(|value| value.to_str().ok());
    if signatures.next().is_some() || !web.webhook.verify(&raw, signature) {
        return (StatusCode::UNAUTHORIZED, "unsigned");
    }
    let (items, ignored) = web.webhook.cut(&raw);
    web.metrics.ignored.inc_by(u64::try_from(ignored).unwrap_or_default());
    match web.inbox.put(items).await {
        Ok(()) => (StatusCode::OK, "accepted"),
        // Meta sends it again later.
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    }
}

/// What a workspace posts, under the secret it was told.
async fn pushed(State(web): State<Web>, Path(name): Path<String>, headers: HeaderMap, raw: Bytes) -> StatusCode {
    let secret = headers.get("x-telegram-bot-api-secret-token").and_then(|value| value.to_str().ok());
    let Some(door) = &web.pushed else { return StatusCode::NOT_FOUND };
    let (answer, counted) = match door.taken(&name, secret, &raw, web.clock.now()) {
        Err(Rejected::Unknown) => (StatusCode::NOT_FOUND, "unsigned"),
        Err(Rejected::Forged) => (StatusCode::UNAUTHORIZED, "unsigned"),
        // Posted again it would not be read either.
        Err(Rejected::Unreadable) => (StatusCode::OK, "unreadable"),
        Ok(items) => match web.inbox.put(items).await {
            Ok(()) => (StatusCode::OK, "accepted"),
            Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        },
    };
    web.metrics.count(&web.metrics.webhooks, counted);
    answer
}

#[derive(Deserialize)]
struct Signed {
    until: i64,
    sig: String,
}

/// A stored file, as an attachment that no browser runs.
async fn file(State(web): State<Web>, Path(id): Path<i64>, Query(signed): Query<Signed>) -> Response {
    let id = MediaId(id);
    if !web.links.check(id, signed.until, &signed.sig, web.clock.now()) {
        return (StatusCode::FORBIDDEN, "This link has expired or is not one of ours.\n").into_response();
    }
    let Ok(Some(media)) = media::stored_file(&web.store, id).await else {
        return (StatusCode::NOT_FOUND, "This file is no longer kept.\n").into_response();
    };
    let path = crate::delivery::media_path(&web.media_dir, id);
    let Ok(bytes) = tokio::fs::read(path).await else {
        return (StatusCode::NOT_FOUND, "This file is no longer kept.\n").into_response();
    };
    let name = crate::domain::words::file_name(&media.file);
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' }).collect();
    let encoded: String = name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b".-_".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let headers = [
        (header::CONTENT_TYPE, safe_type(&media.mime).to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, Body::from(bytes)).into_response()
}

/// Types that no browser runs keep their name, everything else is bytes.
fn safe_type(mime: &str) -> &str {
    let harmless =
        ["image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf", "text/plain", "application/zip"];
    let runs = mime.contains("svg") || mime.contains("html") || mime.contains("xml");
    if !runs && (harmless.contains(&mime) || mime.starts_with("audio/") || mime.starts_with("video/")) {
        mime
    } else {
        "application/octet-stream"
    }
}

async fn ready(State(web): State<Web>) -> Response {
    let unwell = (web.health)();
    if unwell.is_empty() {
        return "ready\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, unwell.join("\n") + "\n").into_response()
}

async fn metrics(State(web): State<Web>) -> Response {
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], web.metrics.render())
        .into_response()
}
