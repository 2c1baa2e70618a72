//! One request to Telegram and what became of it. teloxide's own sender hides the status of refusals and sleeps for ten
//! seconds on Telegram's troubles, so its payloads are sent here.
//!
//! A pause that Telegram asks for is kept for the chat it was asked for, here as well as by whoever gives the jobs: a call
//! within it would lengthen it, up to hours.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use reqwest::multipart::{Form, Part};
use serde::Serialize;
use serde_json::Value;
use teloxide::requests::Payload;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::{BotSettings, Settings};
use crate::port::{Attachment, Source};

/// Answers are messages, chats and lists of updates.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// What is asked of a bot whose token is not accepted waits so long.
pub(super) const UNAUTHORIZED_PAUSE: Duration = Duration::from_secs(60);

/// A request.
pub(super) struct Ask {
    method: &'static str,
    /// Whose pause it keeps; none for what belongs to no chat.
    chat: Option<i64>,
    body: Value,
    files: Vec<(String, Attachment)>,
    patience: Duration,
}

impl Ask {
    /// What teloxide's types can say.
    pub(super) fn of<P: Payload + Serialize>(chat: Option<i64>, payload: &P) -> Self {
        // Payloads are plain structures of strings, numbers and lists: serialising them cannot fail.
        Self::raw(P::NAME, chat, serde_json::to_value(payload).unwrap_or_default())
    }

    /// What they cannot.
    pub(super) fn raw(method: &'static str, chat: Option<i64>, body: Value) -> Self {
        Self { method, chat, body, files: Vec::new(), patience: Duration::ZERO }
    }

    /// With one more field.
    pub(super) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.body[field] = value.into();
        self
    }

    /// With a file that the body names as `attach://<name>`.
    pub(super) fn file(mut self, name: impl Into<String>, file: &Attachment) -> Self {
        self.files.push((name.into(), file.clone()));
        self
    }

    /// That Telegram may hold open for so long.
    pub(super) fn held(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

/// Why there is no answer to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fail {
    /// Telegram asks for a pause, in one chat where it is known; nothing happened.
    Limited { after: Duration, chat: Option<i64> },
    /// Telegram refused.
    Api { status: u16, message: String },
    /// The group has another id now.
    Migrated(i64),
    /// The request never left; nothing happened.
    NotSent(String),
    /// The request left and no answer came; it may have happened.
    Lost(String),
    /// Telegram is in trouble; it may have happened.
    Server(u16),
    /// A file to be sent cannot be read.
    File(String),
}

impl Fail {
    /// Whether Telegram refused with a sentence that holds one of these; lower case.
    pub(super) fn says(&self, any: &[&str]) -> bool {
        let Self::Api { message, .. } = self else { return false };
        let message = message.to_lowercase();
        any.iter().any(|words| message.contains(words))
    }
}

impl std::fmt::Display for Fail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Limited { after, .. } => {
                write!(f, "Telegram asks for a pause of {:.0} s", after.as_secs_f64().ceil())
            }
            Self::Api { status, message } => write!(f, "Telegram refused: {message} (HTTP {status})"),
            Self::Migrated(to) => write!(f, "the group has the id {to} now"),
            Self::NotSent(why) => write!(f, "Telegram cannot be reached: {why}"),
            Self::Lost(why) => write!(f, "no answer from Telegram: {why}"),
            Self::Server(status) => write!(f, "Telegram is in trouble (HTTP {status})"),
            Self::File(why) => f.write_str(why),
        }
    }
}

/// One bot and its line to Telegram.
pub(super) struct Bot {
    pub(super) name: String,
    /// Its user id, as its token tells.
    pub(super) id: i64,
    pub(super) forums: Vec<i64>,
    /// Its user name, once Telegram has told it.
    pub(super) username: OnceCell<String>,
    bot: teloxide::Bot,
    timeout: Duration,
    /// Until when a chat is left alone; that of no chat under 0.
    pauses: Mutex<HashMap<i64, Instant>>,
    /// Until when the token is not tried again.
    barred: Mutex<Option<Instant>>,
    /// Groups that have another id now.
    moved: Mutex<HashMap<i64, i64>>,
}

impl Bot {
    pub(super) fn new(settings: &Settings, bot: &BotSettings) -> Result<Self, String> {
        let token = bot.token.expose().trim();
        let id = token.split_once(':').and_then(|(id, secret)| id.parse().ok().filter(|_| !secret.is_empty()));
        let Some(id) = id.filter(|id| *id > 0) else {
            return Err(format!("the token of the Telegram bot {} is not one: it looks like 123456:ABC…", bot.name));
        };
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.timeout.min(Duration::from_secs(10)))
            .pool_idle_timeout(Duration::from_secs(30))
            .tcp_nodelay(true)
            .build()
            .map_err(|e| format!("the HTTP client cannot be made: {e}"))?;
        let url = Url::parse(&settings.api_url).map_err(|e| format!("the address of the Telegram API: {e}"))?;
        Ok(Self {
            name: bot.name.clone(),
            id,
            forums: bot.forums.clone(),
            username: OnceCell::new(),
            bot: teloxide::Bot::with_client(token, client).set_api_url(url),
            timeout: settings.timeout,
            pauses: Mutex::default(),
            barred: Mutex::default(),
            moved: Mutex::default(),
        })
    }

    /// What its user id and secret are made of; for what is derived from it.
    pub(super) fn token(&self) -> &str {
        self.bot.token()
    }

    pub(super) fn client(&self) -> &reqwest::Client {
        self.bot.client()
    }

    /// The address of a method, or of a file.
    pub(super) fn url(&self, before: &str, behind: &str) -> Result<Url, Fail> {
        let base = self.bot.api_url();
        let url = format!("{}{before}/bot{}/{behind}", base.as_str().trim_end_matches('/'), self.bot.token());
        Url::parse(&url).map_err(|_| Fail::NotSent("the address cannot be made".to_owned()))
    }

    /// Sends one request, unless Telegram has asked for a pause that is not over.
    pub(super) async fn call(&self, ask: Ask) -> Result<Value, Fail> {
        self.may(ask.chat)?;
        let size: u64 = ask.files.iter().map(|(_, f)| f.size).sum();
        // 256 KiB per second is the slowest line on which an upload is still worth waiting for.
        let timeout = self.timeout + ask.patience + Duration::from_secs(size / 262_144);
        let request = self.client().post(self.url("", ask.method)?).timeout(timeout);
        let request = if ask.files.is_empty() {
            request.json(&ask.body)
        } else {
            request.multipart(form(&ask.body, &ask.files).await?)
        };
        let response = request.send().await.map_err(|e| lost(&e))?;
        let status = response.status().as_u16();
        let read = read(response).await;
        let json = read.as_ref().ok().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
        match (status, json) {
            (200..=299, Some(mut json)) if json["ok"] == true => Ok(json["result"].take()),
            (200..=299, _) => Err(Fail::Lost(read.err().unwrap_or_else(|| "the answer is not understood".to_owned()))),
            (status, json) => Err(self.refused(status, &json.unwrap_or(Value::Null), ask.chat)),
        }
    }

    /// The id a group has by now, as far as Telegram has told.
    pub(super) fn moved(&self, chat: i64) -> Option<i64> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).get(&chat).copied()
    }

    /// Takes note that a group has another id.
    pub(super) fn note_move(&self, from: i64, to: i64) {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).insert(from, to);
    }

    fn may(&self, chat: Option<i64>) -> Result<(), Fail> {
        let now = Instant::now();
        let barred = *self.barred.lock().unwrap_or_else(PoisonError::into_inner);
        if barred.is_some_and(|until| until > now) {
            return Err(Fail::Api { status: 401, message: "Unauthorized".to_owned() });
        }
        if let Some(to) = chat.and_then(|chat| self.moved(chat)) {
            return Err(Fail::Migrated(to));
        }
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        match pauses.get(&chat.unwrap_or(0)) {
            Some(until) if *until > now => Err(Fail::Limited { after: *until - now, chat }),
            Some(_) => {
                pauses.remove(&chat.unwrap_or(0));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn refused(&self, status: u16, body: &Value, chat: Option<i64>) -> Fail {
        let parameters = &body["parameters"];
        if let Some(seconds) = parameters["retry_after"].as_u64().or((status == 429).then_some(5)) {
            // A little longer: within the pause the next call would lengthen it.
            let after = Duration::from_secs(seconds) + Duration::from_millis(250);
            let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
            pauses.insert(chat.unwrap_or(0), Instant::now() + after);
            tracing::warn!(chat, pause_s = seconds, bot = self.name, "Telegram answered 429");
            return Fail::Limited { after, chat };
        }
        if let Some(to) = parameters["migrate_to_chat_id"].as_i64() {
            if let Some(chat) = chat {
                self.note_move(chat, to);
            }
            return Fail::Migrated(to);
        }
        if status == 401 || (status == 404 && body["description"] == "Not Found") {
            let mut barred = self.barred.lock().unwrap_or_else(PoisonError::into_inner);
            *barred = Some(Instant::now() + UNAUTHORIZED_PAUSE);
            return Fail::Api { status: 401, message: "Unauthorized".to_owned() };
        }
        let message = body["description"].as_str().unwrap_or("no reason given").chars().take(400).collect();
        if status >= 500 { Fail::Server(status) } else { Fail::Api { status, message } }
    }
}

async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(plain)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_ANSWER {
            return Err("the answer is too long".to_owned());
        }
    }
    Ok(bytes)
}

async fn form(body: &Value, files: &[(String, Attachment)]) -> Result<Form, Fail> {
    let mut form = Form::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        form = form.text(name.clone(), text);
    }
    for (name, file) in files {
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
        form = form.part(name.clone(), part);
    }
    Ok(form)
}

fn lost(error: &reqwest::Error) -> Fail {
    if error.is_connect() || error.is_builder() { Fail::NotSent(cause(error)) } else { Fail::Lost(cause(error)) }
}

pub(super) fn plain(error: reqwest::Error) -> String {
    cause(&error)
}

/// The innermost cause: the outer texts repeat the address, which holds the token.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if std::ptr::addr_eq(cause, error) { "the request failed".to_owned() } else { cause.to_string() }
}
