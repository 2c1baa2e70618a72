//! REST v10: one door for every request, which applies misbehaviour, authentication and rate limits, calls the route
//! and reports the exchange.

mod body;
mod channels;
mod commands;
mod guilds;
mod interactions;
mod messages;
mod reactions;
mod routes;
mod threads;

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use self::body::Payload;
use self::routes::Route;
use super::Discord;
use super::form::Form;
use super::limits::Limited;
use super::refusal::{self, Refusal};
use crate::playground::wire::{Exchange, Line, Misbehaviour, Wire};

const PREFIX: &str = "/api/v10";

/// One request, read.
struct Call<'a> {
    wire: &'a Wire,
    /// Method and path, for reports.
    label: String,
    query: Vec<(String, String)>,
    payload: Payload,
}

impl Call<'_> {
    fn form(&self) -> Form<'_> {
        Form::new(self.wire, &self.label)
    }

    fn body(&self) -> &Value {
        &self.payload.json
    }

    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }

    fn query_id(&self, name: &str) -> Option<u64> {
        self.query(name).and_then(|v| v.parse().ok())
    }
}

/// What a route answers when it does what was asked.
struct Reply {
    status: u16,
    body: Value,
}

impl Reply {
    fn ok(body: Value) -> Answer {
        Ok(Self { status: 200, body })
    }

    fn created(body: Value) -> Answer {
        Ok(Self { status: 201, body })
    }

    fn nothing() -> Answer {
        Ok(Self { status: 204, body: Value::Null })
    }
}

/// Why a route does not do what was asked.
enum Failure {
    Refused(Refusal),
    Limited(Limited),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Limited> for Failure {
    fn from(limited: Limited) -> Self {
        Self::Limited(limited)
    }
}

type Answer = Result<Reply, Failure>;

/// What goes back over the wire.
struct Sent {
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
}

/// Answers any request that is neither the gateway's nor the CDN's.
pub(super) async fn serve(
    State(discord): State<Discord>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    if discord.is_down() {
        line.cut().await;
    }
    let method = request.method().clone();
    let uri = request.uri().clone();
    let path = uri.path().strip_prefix(PREFIX).unwrap_or(uri.path()).to_owned();
    let due = discord.wire().due(method.as_str(), &path);
    let cut = matches!(due, Some(Misbehaviour::CutAfter));
    match &due {
        Some(Misbehaviour::CutBefore) => line.cut().await,
        Some(Misbehaviour::Delay { ms }) => tokio::time::sleep(Duration::from_millis(*ms)).await,
        _ => {}
    }
    let headers = request.headers().clone();
    let content_type = body::content_type(&headers).to_owned();
    let read = body::read(request).await;
    let request_json = match &read {
        Ok(payload) if discord.wire().is_tapped() => payload.json.clone(),
        _ => Value::Null,
    };
    let sent = match due {
        Some(Misbehaviour::Answer { status, headers, body }) => Sent { status, headers, body },
        _ => answer(&discord, &method, &uri, &path, &headers, read),
    };
    if discord.wire().is_tapped() {
        discord.wire().exchanged(&Exchange {
            service: "discord",
            method: method.to_string(),
            path,
            query: uri.query().unwrap_or_default().to_owned(),
            content_type,
            request: request_json,
            status: if cut { 0 } else { sent.status },
            response: sent.body.clone(),
        });
    }
    if cut {
        line.cut().await;
    }
    respond(sent)
}

fn respond(sent: Sent) -> Response {
    let mut response = Response::builder().status(StatusCode::from_u16(sent.status).unwrap_or_default());
    for (name, value) in &sent.headers {
        response = response.header(name.as_str(), value.as_str());
    }
    let typed = sent.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let json = |r: axum::http::response::Builder| {
        if typed { r } else { r.header(header::CONTENT_TYPE, "application/json") }
    };
    let response = match sent.body {
        Value::Null => response.body(Body::empty()),
        Value::String(text) => response.body(Body::from(text)),
        body => json(response).body(Body::from(body.to_string())),
    };
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The route's answer, or the refusal that comes before it, with the rate limit's headers.
fn answer(
    discord: &Discord,
    method: &Method,
    uri: &Uri,
    path: &str,
    headers: &HeaderMap,
    read: Result<Payload, Refusal>,
) -> Sent {
    let label = format!("{method} {path}");
    let mut limits = Vec::new();
    let outcome = (|| {
        let route = Route::find(method, uri.path(), PREFIX)?;
        authenticate(discord, &route, headers)?;
        let payload = read?;
        let query = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|q| q.0).unwrap_or_default();
        let call = Call { wire: discord.wire(), label: label.clone(), query, payload };
        for (name, _) in call.query.iter().filter(|(name, _)| !route.queries().contains(&name.as_str())) {
            discord.wire().violation(format!("{label}: unknown query parameter {name}"));
        }
        let mut world = discord.world();
        if world.options.rate_limits {
            let (bucket, major) = route.bucket();
            limits = world.limits.take(bucket, major, route.is_interaction())?;
        }
        route.act(&mut world, &call)
    })();
    let limits = limits.into_iter().map(|(name, value)| (name.to_owned(), value));
    match outcome {
        Ok(reply) => Sent { status: reply.status, headers: limits.collect(), body: reply.body },
        Err(Failure::Refused(refusal)) => {
            if let Some(why) = &refusal.misuse {
                discord.wire().violation(format!("{label}: {} {}: {why}", refusal.code, refusal.message));
            }
            Sent { status: refusal.status, headers: limits.collect(), body: refusal.body() }
        }
        Err(Failure::Limited(limited)) => {
            let body = limited.body();
            let own = limited.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
            Sent { status: 429, headers: own.collect(), body }
        }
    }
}

fn authenticate(discord: &Discord, route: &Route, headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !text(header::USER_AGENT).starts_with("DiscordBot (") {
        return Err(refusal::NO_USER_AGENT.blame("the User-Agent is not \"DiscordBot (url, version)\""));
    }
    let token = text(header::AUTHORIZATION);
    if route.is_interaction() || token.strip_prefix("Bot ").is_some_and(|t| t == discord.token()) {
        return Ok(());
    }
    Err(refusal::UNAUTHORIZED.blame("wrong or missing token"))
}

/// Sends the bytes of an attachment whose signature has not expired.
pub(super) async fn download(
    State(discord): State<Discord>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path(path): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if discord.is_down() {
        line.cut().await;
    }
    let due = discord.wire().due("GET", &format!("/cdn/{path}"));
    match due {
        Some(Misbehaviour::CutBefore | Misbehaviour::CutAfter) => line.cut().await,
        Some(Misbehaviour::Answer { status, headers, body }) => return respond(Sent { status, headers, body }),
        Some(Misbehaviour::Delay { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
        None => {}
    }
    let world = discord.world();
    let expires = query.iter().find(|(k, _)| k == "ex").and_then(|(_, v)| u64::from_str_radix(v, 16).ok());
    let id = path.split('/').nth(2).and_then(|id| id.parse::<u64>().ok());
    let file = id.and_then(|id| world.files.get(&id));
    match file.filter(|_| expires.is_some_and(|at| at * 1000 > world.now_ms())) {
        Some(file) => ([(header::CONTENT_TYPE, file.content_type.clone())], Bytes::clone(&file.bytes)).into_response(),
        None => (StatusCode::NOT_FOUND, "This content is no longer available.").into_response(),
    }
}
