//! Calls to the Graph API. No redirect is followed: the token travels with every request.

use std::time::Duration;

use reqwest::{Client, Response, Url, redirect};
use serde_json::Value;

use crate::port::{Outcome, Scope};
use crate::secret::Secret;

use super::answer::{self, Asked, Waits};
use super::{Misconfigured, Settings};

/// Most bytes of an answer that are read.
const MAX_ANSWER: usize = 1 << 20;

/// Idle connections are dropped before the other side drops them under a request, which would leave its fate unknown.
const IDLE: Duration = Duration::from_secs(15);

/// What came of a call.
pub(super) enum Answer {
    /// 2xx without an error in it.
    Fine(Vec<u8>),
    /// An error, with its body.
    Refusal { status: u16, body: Vec<u8>, waits: Waits },
    /// No connection: the request never left.
    NotSent(String),
    /// The request left, or may have, and no whole answer came.
    Lost(String),
}

impl Answer {
    /// The outcome of a call that did not go well; a fine one is unknown, since its caller missed something in it.
    pub(super) fn outcome(self, asked: Asked<'_>) -> Outcome {
        match self {
            Self::Fine(_) => Outcome::Unknown("WhatsApp's answer lacks what it should hold".to_owned()),
            Self::Refusal { status, body, waits } => answer::classify(status, &body, waits, asked),
            Self::NotSent(why) => answer::later(answer::backoff(asked), Scope::Lane, why),
            Self::Lost(why) => Outcome::Unknown(why),
        }
    }
}

/// A client of the Graph API.
pub(super) struct Graph {
    http: Client,
    base: Url,
    version: String,
    token: Secret,
    timeout: Duration,
}

impl Graph {
    pub(super) fn new(settings: &Settings) -> Result<Self, Misconfigured> {
        let base = Url::parse(&settings.graph_url)
            .ok()
            .filter(|url| url.host_str().is_some() && !url.cannot_be_a_base())
            .ok_or_else(|| Misconfigured("The address of the Graph API is not readable.".to_owned()))?;
        if base.scheme() != "https" && !(settings.allow_plain_http && base.scheme() == "http") {
            return Err(Misconfigured("The address of the Graph API has to be https.".to_owned()));
        }
        let token = &settings.access_token;
        if token.is_empty() || !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Misconfigured("The access token is empty or holds characters no token has.".to_owned()));
        }
        let http = builder(settings)
            .build()
            .map_err(|error| Misconfigured(format!("The client of the Graph API cannot be built: {error}.")))?;
        let (version, token) = (settings.version.clone(), settings.access_token.clone());
        Ok(Self { http, base, version, token, timeout: settings.timeout })
    }

    /// The host that is asked, in lower case.
    pub(super) fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    pub(super) async fn post(&self, path: &[&str], body: &Value) -> Answer {
        answer(self.http.post(self.url(path)).json(body), &self.token, self.timeout).await
    }

    pub(super) async fn upload(&self, path: &[&str], form: reqwest::multipart::Form, timeout: Duration) -> Answer {
        answer(self.http.post(self.url(path)).multipart(form), &self.token, timeout).await
    }

    pub(super) async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Answer {
        answer(self.http.get(self.url(path)).query(query), &self.token, self.timeout).await
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(&self.version).extend(path);
        }
        url
    }
}

/// What the clients of this adapter have in common.
pub(super) fn builder(settings: &Settings) -> reqwest::ClientBuilder {
    let builder = Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(settings.timeout.min(Duration::from_secs(10)) / 2)
        .pool_idle_timeout(IDLE)
        .https_only(!settings.allow_plain_http);
    if settings.allow_plain_http { builder.no_proxy() } else { builder }
}

async fn answer(request: reqwest::RequestBuilder, token: &Secret, timeout: Duration) -> Answer {
    let response = match request.bearer_auth(token.expose()).timeout(timeout).send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() || error.is_builder() => {
            return Answer::NotSent("no connection to WhatsApp".to_owned());
        }
        Err(error) if error.is_timeout() => return Answer::Lost("WhatsApp did not answer in time".to_owned()),
        Err(_) => return Answer::Lost("the connection to WhatsApp broke before its answer".to_owned()),
    };
    let (status, waits) = (response.status().as_u16(), Waits::of(response.headers()));
    match bytes(response).await {
        Some(body) if (200..300).contains(&status) && !answer::is_fault(&body) => Answer::Fine(body),
        Some(body) => Answer::Refusal { status, body, waits },
        None if status >= 400 => Answer::Refusal { status, body: Vec::new(), waits },
        None => Answer::Lost("the connection to WhatsApp broke within its answer".to_owned()),
    }
}

/// The body; `None` when it broke off or is longer than any answer of Meta's.
async fn bytes(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}
