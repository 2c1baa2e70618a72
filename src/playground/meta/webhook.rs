//! Webhook delivery as Meta does it: signed over the raw bytes, concurrent, retried until a 200 comes back.
//!
//! The order of first attempts is kept per customer, so that tests are deterministic; retries may overtake and be
//! overtaken, as with the real service.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::Duration;

use axum::body::Bytes;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::oneshot;

use super::Meta;
use crate::playground::wire::Exchange;

/// One change of one WABA, not yet wrapped into a body.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) waba: String,
    /// What it must stay in order with.
    pub(super) lane: String,
    pub(super) field: &'static str,
    pub(super) value: Value,
}

/// Where webhooks go and how they are to misbehave.
#[derive(Default)]
pub(super) struct Hooks {
    pub(super) url: Option<String>,
    holding: bool,
    held: Vec<Change>,
    duplicate: bool,
    forged: u32,
    delay: Duration,
    lanes: HashMap<String, oneshot::Receiver<()>>,
    /// Raised to make every delivery under way give up.
    abandoned: u64,
    answers: BTreeMap<u16, u64>,
}

/// A webhook body ready to be posted.
#[derive(Debug, Clone)]
pub struct SignedBody {
    /// `Content-Type` and `X-Hub-Signature-256`.
    pub headers: [(&'static str, String); 2],
    /// The bytes the signature covers.
    pub bytes: Bytes,
}

/// `sha256=<hex>`: HMAC-SHA256 of the raw body under the app secret.
#[must_use]
pub fn signature(app_secret: &str, body: &[u8]) -> String {
    format!("sha256={}", hex::encode(hmac(app_secret, body)))
}

pub(super) fn hmac(key: &str, message: &[u8]) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(key.as_bytes()).unwrap_or_else(|_| unreachable!("HMAC takes any key"));
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// JSON in Meta's spelling: everything outside ASCII as lower-case `\uXXXX`, slashes escaped.
#[must_use]
pub fn spelled(body: &Value) -> Vec<u8> {
    let plain = body.to_string();
    let mut out = String::with_capacity(plain.len() + 64);
    for c in plain.chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.into_bytes()
}

/// Wraps changes into one body: an entry per run of the same WABA, a change per run of the same field and number, and
/// the messages, statuses and contacts of a run in one list.
pub(super) fn body(changes: &[Change]) -> Value {
    let mut entries: Vec<(String, Vec<Value>)> = Vec::new();
    for change in changes {
        if entries.last().is_none_or(|(waba, _)| *waba != change.waba) {
            entries.push((change.waba.clone(), Vec::new()));
        }
        let Some((_, list)) = entries.last_mut() else { continue };
        if !list.last_mut().is_some_and(|last| merged(last, change)) {
            list.push(json!({ "field": change.field, "value": change.value }));
        }
    }
    let entries: Vec<Value> =
        entries.into_iter().map(|(waba, changes)| json!({ "id": waba, "changes": changes })).collect();
    json!({ "object": "whatsapp_business_account", "entry": entries })
}

fn merged(last: &mut Value, change: &Change) -> bool {
    let Some(list) = ["messages", "statuses"].into_iter().find(|list| change.value[*list].is_array()) else {
        return false;
    };
    let value = &mut last["value"];
    if last_differs(value, change, list) {
        return false;
    }
    for key in [list, "contacts"] {
        let more = change.value[key].as_array().cloned().unwrap_or_default();
        match value[key].as_array_mut() {
            Some(have) => {
                for item in more {
                    if key != "contacts" || !have.contains(&item) {
                        have.push(item);
                    }
                }
            }
            None if !more.is_empty() => value[key] = Value::Array(more),
            None => {}
        }
    }
    true
}

fn last_differs(value: &Value, change: &Change, list: &str) -> bool {
    !value[list].is_array() || value["metadata"] != change.value["metadata"]
}

impl Meta {
    /// Registers the callback as the App Dashboard does: a GET with a challenge, which must come back as the plain
    /// body with status 200. From then on webhooks are delivered there.
    ///
    /// # Errors
    /// A sentence saying what the endpoint answered instead.
    pub async fn subscribe_webhook(&self, url: &str) -> Result<(), String> {
        let token = self.verify_token().to_owned();
        self.verify_callback(url, &token).await?;
        self.lock().hooks.url = Some(url.to_owned());
        Ok(())
    }

    /// The GET verification alone.
    pub(super) async fn verify_callback(&self, url: &str, verify_token: &str) -> Result<(), String> {
        let challenge = self.lock().object_id();
        let query =
            [("hub.mode", "subscribe"), ("hub.challenge", challenge.as_str()), ("hub.verify_token", verify_token)];
        let answer = self.http().get(url).query(&query).send().await.map_err(|e| format!("no answer: {e}"))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|e| format!("no body: {e}"))?;
        if status != 200 {
            return Err(format!("the endpoint answered {status} to the verification"));
        }
        if text != challenge {
            return Err("the endpoint did not answer with the challenge".to_owned());
        }
        Ok(())
    }

    /// Holds webhooks back from now on, or lets the held ones go, each in a body of its own.
    pub fn hold_webhooks(&self, hold: bool) {
        self.lock().hooks.holding = hold;
        if !hold {
            for change in self.take_held() {
                self.publish(change);
            }
        }
    }

    /// Lets the held webhooks go in one body (Meta batches up to 1000 updates) and stops holding.
    pub fn release_batched(&self) {
        let held = self.take_held();
        self.lock().hooks.holding = false;
        for batch in held.chunks(1000) {
            self.deliver("batch", &body(batch));
        }
    }

    /// Lets the held webhooks go in reversed order, one after the other, and stops holding.
    pub fn release_reversed(&self) {
        let held = self.take_held();
        self.lock().hooks.holding = false;
        for change in held.iter().rev() {
            self.deliver("reversed", &body(std::slice::from_ref(change)));
        }
    }

    /// How many webhooks are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.lock().hooks.held.len()
    }

    fn take_held(&self) -> Vec<Change> {
        std::mem::take(&mut self.lock().hooks.held)
    }

    /// Delivers every webhook twice.
    pub fn duplicate_webhooks(&self, twice: bool) {
        self.lock().hooks.duplicate = twice;
    }

    /// Waits this long before the first attempt of every webhook.
    pub fn delay_webhooks(&self, delay: Duration) {
        self.lock().hooks.delay = delay;
    }

    /// Signs the next `attempts` attempts with a wrong secret; the retries after them are signed right.
    pub fn forge_signatures(&self, attempts: u32) {
        self.lock().hooks.forged = attempts;
    }

    /// Gives up every delivery that is still being retried.
    pub fn abandon_deliveries(&self) {
        self.lock().hooks.abandoned += 1;
    }

    /// What the callback answered so far: attempts by HTTP status, 0 for no answer at all.
    #[must_use]
    pub fn webhook_answers(&self) -> BTreeMap<u16, u64> {
        self.lock().hooks.answers.clone()
    }

    /// Delivers any bytes, correctly signed.
    pub fn raw(&self, body: impl Into<Bytes>) {
        self.deliver_bytes("raw", body.into(), false);
    }

    /// Delivers a change, or holds it. Without a callback or a subscription to the account
    /// nothing is delivered.
    pub(super) fn publish(&self, change: Change) {
        let mut state = self.lock();
        if !state.subscribed.contains(&change.waba) {
            return;
        }
        if state.hooks.holding {
            state.hooks.held.push(change);
            return;
        }
        drop(state);
        let lane = change.lane.clone();
        self.deliver(&lane, &body(&[change]));
    }

    fn deliver(&self, lane: &str, body: &Value) {
        self.deliver_bytes(lane, spelled(body).into(), true);
    }

    fn deliver_bytes(&self, lane: &str, bytes: Bytes, tapped: bool) {
        let mut state = self.lock();
        if state.hooks.url.is_none() {
            return;
        }
        let copies = if state.hooks.duplicate { 2 } else { 1 };
        for copy in 0..copies {
            let (done, next) = oneshot::channel();
            let previous = state.hooks.lanes.insert(lane.to_owned(), next);
            let delivery = Delivery { meta: self.clone(), bytes: bytes.clone(), tapped: tapped && copy == 0 };
            self.busy(async move { delivery.run(previous, done).await });
        }
    }
}

/// One body on its way.
struct Delivery {
    meta: Meta,
    bytes: Bytes,
    tapped: bool,
}

impl Delivery {
    async fn run(self, previous: Option<oneshot::Receiver<()>>, first_attempt_done: oneshot::Sender<()>) {
        if let Some(previous) = previous {
            // An error means that the one before is gone, which is as good.
            let _ = previous.await;
        }
        let (delay, started) = {
            let state = self.meta.lock();
            (state.hooks.delay, state.hooks.abandoned)
        };
        tokio::time::sleep(delay).await;
        let mut status = self.attempt().await;
        self.show(status);
        drop(first_attempt_done);
        let (mut wait, longest) = self.meta.retry();
        while status != 200 && self.meta.lock().hooks.abandoned == started {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(longest);
            status = self.attempt().await;
        }
    }

    /// Posts once; 0 when no answer came.
    async fn attempt(&self) -> u16 {
        let (url, forged) = {
            let mut state = self.meta.lock();
            let forged = state.hooks.forged > 0;
            state.hooks.forged = state.hooks.forged.saturating_sub(1);
            (state.hooks.url.clone().unwrap_or_default(), forged)
        };
        let secret = if forged { "not the app secret" } else { self.meta.app_secret() };
        let SignedBody { headers, bytes } = sign(secret, self.bytes.clone());
        let mut request = self.meta.http().post(url).body(bytes);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let status = request.send().await.map_or(0, |answer| answer.status().as_u16());
        *self.meta.lock().hooks.answers.entry(status).or_default() += 1;
        status
    }

    fn show(&self, status: u16) {
        let wire = self.meta.wire();
        if !self.tapped || !wire.is_tapped() {
            return;
        }
        wire.exchanged(&Exchange {
            service: "meta",
            method: "POST".to_owned(),
            path: "/whatsapp/webhooks".to_owned(),
            query: String::new(),
            content_type: "application/json".to_owned(),
            request: serde_json::from_slice(&self.bytes).unwrap_or(Value::Null),
            status,
            response: Value::Null,
        });
    }
}

pub(super) fn sign(app_secret: &str, bytes: Bytes) -> SignedBody {
    let headers =
        [("content-type", "application/json".to_owned()), ("x-hub-signature-256", signature(app_secret, &bytes))];
    SignedBody { headers, bytes }
}
