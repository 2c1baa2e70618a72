//! What the tests of the WhatsApp adapter share: the sample webhooks, settings, and a small Graph API.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use baton::domain::ids::{NumberId, OutboxId, Time};
use baton::port::{Call, Job};
use baton::secret::Secret;
use baton::whatsapp::{PerNumberRate, Settings, WhatsApp};
use serde_json::Value;

pub(crate) const NUMBER: &str = "106540352242922";

/// The account of the stand-in's numbers.
pub(crate) const WABA: &str = "102290129340398";

/// The sample webhooks by name, each with ids of its own.
pub(crate) fn samples() -> BTreeMap<String, Value> {
    serde_json::from_str(include_str!("../data/whatsapp_webhooks.json")).unwrap()
}

pub(crate) fn settings(graph_url: &str) -> Settings {
    Settings {
        graph_url: graph_url.to_owned(),
        version: "v25.0".to_owned(),
        access_token: Secret::new("the-token"),
        app_secrets: vec![Secret::new("app-secret-for-tests")],
        verify_token: Secret::new("verify-me"),
        numbers: vec![NumberId::from(NUMBER)],
        business_account: WABA.to_owned(),
        media_hosts: vec!["lookaside.fbsbx.com".to_owned(), "*.fbcdn.net".to_owned()],
        allow_plain_http: true,
        max_media: 1024 * 1024,
        timeout: Duration::from_secs(2),
        rate: PerNumberRate::default(),
    }
}

pub(crate) fn job(outbox: i64, call: Call) -> Job {
    Job { outbox: OutboxId(outbox), attempt: 1, first_tried: Time(1), now: Time(1), call }
}

/// One request the Graph API received.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) token: String,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

type Answerer = Box<dyn Fn(usize, &Seen) -> Response + Send + Sync>;

/// A Graph API that answers as the test says and remembers what it was asked.
pub(crate) struct Graph {
    pub(crate) url: String,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
}

struct Shared {
    seen: Arc<Mutex<Vec<Seen>>>,
    answer: Answerer,
}

impl Graph {
    pub(crate) async fn start(answer: impl Fn(usize, &Seen) -> Response + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::new(Shared { seen: seen.clone(), answer: Box::new(answer) });
        let app = Router::new().fallback(handle).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, seen }
    }

    pub(crate) fn client(&self) -> WhatsApp {
        WhatsApp::new(settings(&self.url)).unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let token = parts.headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
    let (method, path) = (parts.method.to_string(), parts.uri.to_string());
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or(Bytes::new()).to_vec();
    let seen = Seen { method, path, token, body };
    let count = {
        let mut all = shared.seen.lock().unwrap();
        all.push(seen.clone());
        all.len()
    };
    (shared.answer)(count, &seen)
}

pub(crate) fn json_answer(status: u16, body: Value) -> Response {
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

pub(crate) fn accepted(wamid: &str) -> Response {
    json_answer(
        200,
        serde_json::json!({ "messaging_product": "whatsapp", "contacts": [], "messages": [{ "id": wamid }] }),
    )
}

pub(crate) fn error(status: u16, code: i64) -> Response {
    json_answer(status, serde_json::json!({ "error": { "message": "m", "type": "OAuthException", "code": code } }))
}
