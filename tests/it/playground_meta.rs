//! The stand-in for the WhatsApp Cloud API, tried with a plain HTTP client and a plain webhook receiver.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use baton::playground::meta::{
    Attachment, Author, Call, Content, CustomerId, Delays, Failure, Forwarded, Inbound, MediaFault, Meta, NewCustomer,
    Options, Template, Tick, signature, spelled,
};
use baton::playground::wire::{Fault, Misbehaviour};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

mod phones;
mod samples;
mod sending;
mod templates;
mod webhooks;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// A webhook receiver that checks signatures and keeps what came.
#[derive(Clone, Default)]
struct Receiver {
    bodies: Arc<Mutex<Vec<Value>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Receiver {
    async fn start(&self) -> String {
        let app = Router::new().route("/hook", get(verify).post(receive)).with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}/hook")
    }

    fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.bodies.lock().unwrap())
    }

    /// The answers to the next webhooks; 200 when they are used up.
    fn answers(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }
}

async fn verify(Query(query): Query<Vec<(String, String)>>) -> (StatusCode, String) {
    let get = |key: &str| query.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str());
    if get("hub.mode") == "subscribe" && get("hub.verify_token") == Options::default().verify_token {
        return (StatusCode::OK, get("hub.challenge").to_owned());
    }
    (StatusCode::FORBIDDEN, String::new())
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if headers["x-hub-signature-256"] != signature(&Options::default().app_secret, &body) {
        return StatusCode::UNAUTHORIZED;
    }
    assert!(body.is_ascii(), "Meta escapes what is not ASCII");
    let answer = receiver.answers.lock().unwrap().pop_front().unwrap_or(200);
    if answer == 200 {
        receiver.bodies.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    }
    StatusCode::from_u16(answer).unwrap()
}

/// A stand-in with one number and one customer, its clock, a receiver and a client.
struct Desk {
    meta: Meta,
    number: String,
    ana: CustomerId,
    receiver: Receiver,
    clock: Arc<AtomicI64>,
    http: reqwest::Client,
}

impl Desk {
    async fn open() -> Self {
        Self::open_with(Options::default()).await
    }

    async fn open_with(options: Options) -> Self {
        let clock = Arc::new(AtomicI64::new(1_795_369_055_000));
        let read = clock.clone();
        let options = Options { now_ms: Arc::new(move || read.load(Ordering::SeqCst)), ..options };
        let meta = Meta::start(SocketAddr::from(([127, 0, 0, 1], 0)), options).await.unwrap();
        let number = meta.add_number("+1 555-078-3881");
        let ana = meta.add_customer(NewCustomer {
            name: "Ana".to_owned(),
            phone: Some("+15551230000".to_owned()),
            username: Some("ana.s".to_owned()),
            ..NewCustomer::default()
        });
        let receiver = Receiver::default();
        let url = receiver.start().await;
        meta.subscribe_webhook(&url).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { meta, number, ana, receiver, clock, http }
    }

    fn forward(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// Posts to `/messages` and gives back status and body.
    async fn post(&self, body: &Value) -> (u16, Value) {
        let url = format!("{}/v25.0/{}/messages", self.meta.url(), self.number);
        let answer = self.http.post(url).bearer_auth(self.meta.access_token()).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Sends `{"type": kind, kind: node}` to Ana and gives back status and body.
    async fn send(&self, kind: &str, node: Value) -> (u16, Value) {
        let mut body = json!({ "messaging_product": "whatsapp", "to": "+15551230000", "type": kind });
        body[kind] = node;
        self.post(&body).await
    }

    /// Sends a text to Ana that must be accepted; its wamid.
    async fn text(&self, text: &str) -> String {
        let (status, body) = self.send("text", json!({ "body": text })).await;
        assert_eq!(status, 200, "{body}");
        body["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let url = format!("{}/v25.0{path}", self.meta.url());
        let answer = self.http.get(url).bearer_auth(self.meta.access_token()).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn upload(&self, mime: &str, name: &str, bytes: Vec<u8>) -> (u16, Value) {
        let part = Part::bytes(bytes).file_name(name.to_owned()).mime_str(mime).unwrap();
        let form = Form::new().text("messaging_product", "whatsapp").text("type", mime.to_owned()).part("file", part);
        let url = format!("{}/v25.0/{}/media", self.meta.url(), self.number);
        let request = self.http.post(url).bearer_auth(self.meta.access_token()).multipart(form);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// The values of all changes that came since the last call.
    async fn values(&self) -> Vec<Value> {
        self.meta.quiet().await;
        let bodies = self.receiver.take();
        let entries = bodies.iter().flat_map(|body| body["entry"].as_array().unwrap().clone());
        let changes = entries.flat_map(|entry| entry["changes"].as_array().unwrap().clone());
        changes.map(|change| change["value"].clone()).collect()
    }

    /// The status words that came since the last call.
    async fn statuses(&self) -> Vec<String> {
        let values = self.values().await;
        values.iter().filter_map(|v| v["statuses"][0]["status"].as_str().map(str::to_owned)).collect()
    }
}
