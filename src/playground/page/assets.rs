//! The page itself: static files inside the binary.

use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Everything from here, nothing inline, no frame around it.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/// Name, type and content.
const FILES: &[(&str, &str, &str)] = &[
    ("base.css", CSS, include_str!("assets/base.css")),
    ("phones.css", CSS, include_str!("assets/phones.css")),
    ("workspace.css", CSS, include_str!("assets/workspace.css")),
    ("icon.svg", SVG, include_str!("assets/icon.svg")),
    ("app.js", JS, include_str!("assets/app.js")),
    ("bubbles.js", JS, include_str!("assets/bubbles.js")),
    ("commands.js", JS, include_str!("assets/commands.js")),
    ("composer.js", JS, include_str!("assets/composer.js")),
    ("dom.js", JS, include_str!("assets/dom.js")),
    ("embeds.js", JS, include_str!("assets/embeds.js")),
    ("guide.js", JS, include_str!("assets/guide.js")),
    ("markdown.js", JS, include_str!("assets/markdown.js")),
    ("messages.js", JS, include_str!("assets/messages.js")),
    ("modal.js", JS, include_str!("assets/modal.js")),
    ("place.js", JS, include_str!("assets/place.js")),
    ("phones.js", JS, include_str!("assets/phones.js")),
    ("side.js", JS, include_str!("assets/side.js")),
    ("state.js", JS, include_str!("assets/state.js")),
    ("suggest.js", JS, include_str!("assets/suggest.js")),
    ("time.js", JS, include_str!("assets/time.js")),
    ("ui.js", JS, include_str!("assets/ui.js")),
    ("workspace.js", JS, include_str!("assets/workspace.js")),
];

pub(super) async fn index() -> Response {
    served("text/html; charset=utf-8", include_str!("assets/index.html"))
}

pub(super) async fn asset(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(file, _, _)| *file == name) {
        Some((_, kind, content)) => served(kind, content),
        None => (StatusCode::NOT_FOUND, "There is no such file.").into_response(),
    }
}

fn served(kind: &'static str, content: &'static str) -> Response {
    let headers: [(HeaderName, &str); 5] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // The next version of the program comes on the same address.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, content).into_response()
}
