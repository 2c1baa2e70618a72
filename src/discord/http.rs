//! One request to Discord and what became of it. serenity's own client hides the headers of refusals and cannot keep
//! limits behind another address, so requests are built from its routes and builders and sent here.

use std::time::Duration;

use reqwest::multipart::{Form, Part};
use reqwest::{Method, Response};
use serde_json::Value;
use serenity::http::Route;

use super::pace::{Pace, RouteKey, Wait};
use crate::port::{Attachment, Source};
use crate::secret::Secret;

const HOST: &str = "https://discord.com";
const PREFIX: &str = "/api/v10";
/// Answers are messages, channels and lists of them; none is near this size.
const MAX_ANSWER: usize = 8 * 1024 * 1024;
/// How often a question that has time is asked.
const TRIES: u32 = 8;

/// A request.
pub(super) struct Ask {
    method: Method,
    /// Starts after the API version.
    path: String,
    query: String,
    body: Option<Value>,
    files: Vec<Attachment>,
}

impl Ask {
    pub(super) fn new(method: Method, route: Route<'_>) -> Self {
        let path = route.path();
        let path = path.strip_prefix(HOST).unwrap_or(&path);
        Self::at(method, path.strip_prefix(PREFIX).unwrap_or(path))
    }

    /// A request whose route serenity does not know.
    pub(super) fn at(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), query: String::new(), body: None, files: Vec::new() }
    }

    pub(super) fn get(route: Route<'_>) -> Self {
        Self::new(Method::GET, route)
    }

    pub(super) fn query(mut self, query: impl Into<String>) -> Self {
        self.query = query.into();
        self
    }

    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn files(mut self, files: &[Attachment]) -> Self {
        self.files = files.to_vec();
        self
    }
}

/// Why there is no answer to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fail {
    /// A limit is or would be reached; nothing happened.
    Limited(Wait),
    /// Discord refused.
    Api {
        /// HTTP status.
        status: u16,
        /// Discord's code, 0 when it gave none.
        code: i64,
        /// Its words.
        message: String,
    },
    /// The request never left; nothing happened.
    NotSent(String),
    /// The request left and no answer came; it may have happened.
    Lost(String),
    /// Discord is in trouble; it may have happened.
    Server(u16),
    /// A file to be sent cannot be read.
    File(String),
}

impl Fail {
    /// Discord's code, 0 when there is none.
    pub(super) fn code(&self) -> i64 {
        if let Self::Api { code, .. } = self { *code } else { 0 }
    }
}

impl std::fmt::Display for Fail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Limited(wait) if wait.all => {
                write!(f, "Discord limits the whole bot for {:.1} s", wait.after.as_secs_f64())
            }
            Self::Limited(wait) => write!(f, "Discord's rate limit asks for {:.1} s", wait.after.as_secs_f64()),
            Self::Api { status, code, message } => write!(f, "Discord refused: {message} (HTTP {status}, code {code})"),
            Self::NotSent(why) => write!(f, "Discord cannot be reached: {why}"),
            Self::Lost(why) => write!(f, "no answer from Discord: {why}"),
            Self::Server(status) => write!(f, "Discord is in trouble (HTTP {status})"),
            Self::File(why) => f.write_str(why),
        }
    }
}

/// Sends requests with one token.
pub(super) struct Http {
    client: reqwest::Client,
    api: String,
    token: Secret,
    timeout: Duration,
    pace: Pace,
}

impl Http {
    pub(super) fn new(api: &str, token: &Secret, timeout: Duration, per_second: u32) -> Result<Self, String> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(serenity::constants::USER_AGENT)
            .build()
            .map_err(|e| format!("the HTTP client cannot be made: {e}"))?;
        let api = api.trim_end_matches('/').to_owned();
        let token = Secret::new(format!("Bot {}", token.expose().trim_start_matches("Bot ")));
        Ok(Self { client, api, token, timeout, pace: Pace::new(per_second) })
    }

    /// The connection pool, for files that are fetched without the token.
    pub(super) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Asks until there is an answer, for a few minutes at most.
    pub(super) async fn patiently(&self, ask: impl Fn() -> Ask) -> Result<Value, Fail> {
        let mut tries = 0;
        loop {
            let fail = match self.call(ask()).await {
                Ok(answer) => return Ok(answer),
                Err(fail @ (Fail::Api { .. } | Fail::File(_))) => return Err(fail),
                Err(fail) => fail,
            };
            let pause = match &fail {
                Fail::Limited(wait) => wait.after,
                _ => {
                    tries += 1;
                    Duration::from_millis(250 << tries.min(7))
                }
            };
            if tries >= TRIES {
                return Err(fail);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Sends one request, keeping the limits. `Null` for an answer without a body.
    pub(super) async fn call(&self, ask: Ask) -> Result<Value, Fail> {
        let permit = self.pace.enter(RouteKey::new(ask.method.as_str(), &ask.path)).await.map_err(Fail::Limited)?;
        let mut url = format!("{}{PREFIX}{}", self.api, ask.path);
        if !ask.query.is_empty() {
            url.push('?');
            url.push_str(&ask.query);
        }
        let size: u64 = ask.files.iter().map(|f| f.size).sum();
        let has_content = matches!(ask.method, Method::POST | Method::PUT | Method::PATCH);
        let mut request = self
            .client
            .request(ask.method, url)
            .header(reqwest::header::AUTHORIZATION, self.token.expose())
            // 256 KiB per second is the slowest line on which an upload is still worth waiting for.
            .timeout(self.timeout + Duration::from_secs(size / 262_144));
        request = match ask.body {
            Some(body) if ask.files.is_empty() => request.json(&body),
            body => match form(body, &ask.files).await? {
                Some(form) => request.multipart(form),
                None if has_content => request.header(reqwest::header::CONTENT_LENGTH, 0),
                None => request,
            },
        };
        let response = request.send().await.map_err(|e| lost(&e))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let read = read(response).await;
        let json = read.as_ref().ok().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
        let refusal = json.as_ref().filter(|_| status >= 400);
        let body_after = refusal.and_then(|b| b["retry_after"].as_f64());
        let body_global = refusal.is_some_and(|b| b["global"] == true);
        if let Some(wait) = self.pace.learn(permit, status, &headers, body_after, body_global) {
            tracing::warn!(
                wait_ms = u64::try_from(wait.after.as_millis()).unwrap_or(u64::MAX),
                all = wait.all,
                "Discord answered 429"
            );
            return Err(Fail::Limited(wait));
        }
        match status {
            200..=299 => {
                let bytes = read.map_err(|e| Fail::Lost(e.to_string()))?;
                if bytes.is_empty() {
                    return Ok(Value::Null);
                }
                json.ok_or_else(|| Fail::Lost("the answer is not JSON".to_owned()))
            }
            500..=599 => Err(Fail::Server(status)),
            _ => Err(refused(status, json.unwrap_or(Value::Null))),
        }
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| plain(&e))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_ANSWER {
            return Err("the answer is too long".to_owned());
        }
    }
    Ok(bytes)
}

async fn form(body: Option<Value>, files: &[Attachment]) -> Result<Option<Form>, Fail> {
    if files.is_empty() {
        return Ok(None);
    }
    let mut form = Form::new();
    if let Some(body) = body {
        let part = Part::text(body.to_string()).mime_str("application/json");
        form = form.part("payload_json", part.map_err(|e| Fail::File(plain(&e)))?);
    }
    for (n, file) in files.iter().enumerate() {
        let part = match &file.source {
            Source::Made(bytes) => Part::bytes(bytes.to_vec()),
            Source::Stored(path) => {
                let unread = |e| Fail::File(format!("The stored file {} cannot be read: {e}.", file.name));
                let stored = tokio::fs::File::open(path).await.map_err(unread)?;
                Part::stream_with_length(reqwest::Body::from(stored), file.size)
            }
        };
        let part = part.file_name(file.name.clone());
        let part = part.mime_str(&file.mime).map_err(|_| Fail::File(format!("{} is not a file type.", file.mime)))?;
        form = form.part(format!("files[{n}]"), part);
    }
    Ok(Some(form))
}

fn lost(error: &reqwest::Error) -> Fail {
    if error.is_connect() || error.is_builder() { Fail::NotSent(plain(error)) } else { Fail::Lost(plain(error)) }
}

/// The innermost cause: the outer texts repeat the address, which may carry a token.
pub(super) fn plain(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, error) { "the request failed".to_owned() } else { cause.to_string() }
}

fn refused(status: u16, body: Value) -> Fail {
    let code = body["code"].as_i64().unwrap_or(0);
    let mut message = body["message"].as_str().unwrap_or("no reason given").to_owned();
    let mut details = Vec::new();
    nested(&body["errors"], &mut String::new(), &mut details);
    if !details.is_empty() {
        message = format!("{message}: {}", details.join("; "));
    }
    Fail::Api { status, code, message: message.chars().take(400).collect() }
}

/// Discord's form errors are a tree of field names with `_errors` at its leaves.
fn nested(errors: &Value, path: &mut String, into: &mut Vec<String>) {
    let Some(fields) = errors.as_object() else { return };
    for (name, inner) in fields {
        if name == "_errors" {
            let messages = inner.as_array().into_iter().flatten().filter_map(|e| e["message"].as_str());
            into.extend(messages.map(|m| format!("{}: {m}", path.trim_start_matches('.'))));
        } else if path.len() < 200 {
            let length = path.len();
            path.push('.');
            path.push_str(name);
            nested(inner, path, into);
            path.truncate(length);
        }
    }
}
