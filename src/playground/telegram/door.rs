//! One door for every request: it applies misbehaviour, finds bot and method, checks the parameters, counts the call
//! against its chat's limit, and reports the exchange.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Telegram;
use super::methods::{self, Method};
use super::params::{self, Params};
use super::places::Call;
use super::refusal::{self, Refusal};
use crate::playground::wire::{Exchange, Line, Misbehaviour};

/// What goes back over the wire.
struct Sent {
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
}

/// Answers `/bot<token>/<method>`.
pub(super) async fn serve(
    State(telegram): State<Telegram>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    if telegram.is_down() {
        line.cut().await;
    }
    let http = request.method().to_string();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let path = request.uri().path().to_owned();
    let (token, name) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')).unwrap_or(("", path.as_str()));
    let method = Method::find(name);
    // Whatever its spelling, the call is reported and matched by the name the documentation gives it.
    let path = format!("/{}", method.map_or(name, |m| m.name));
    let due = telegram.wire().due(&http, &path);
    let cut = matches!(due, Some(Misbehaviour::CutAfter));
    match &due {
        Some(Misbehaviour::CutBefore) => line.cut().await,
        Some(Misbehaviour::Delay { ms }) => tokio::time::sleep(Duration::from_millis(*ms)).await,
        _ => {}
    }
    let content_type = params::content_type(&request);
    let read = params::read(request).await;
    let shown = match &read {
        Ok(params) if telegram.wire().is_tapped() => params.shown(),
        _ => Value::Null,
    };
    let sent = match due {
        Some(Misbehaviour::Answer { status, headers, body }) => Sent { status, headers, body },
        _ => answer(&telegram, token, method, &path, read).await,
    };
    if telegram.wire().is_tapped() {
        telegram.wire().exchanged(&Exchange {
            service: "telegram",
            method: http,
            path,
            query,
            content_type,
            request: shown,
            status: if cut { 0 } else { sent.status },
            response: sent.body.clone(),
        });
    }
    // An outage that began while a poll was waiting takes its connection along.
    if cut || telegram.is_down() {
        line.cut().await;
    }
    respond(sent)
}

async fn answer(
    telegram: &Telegram,
    token: &str,
    method: Option<&'static Method>,
    path: &str,
    read: Result<Params, Refusal>,
) -> Sent {
    match act(telegram, token, method, path, read).await {
        Ok(result) => Sent { status: 200, headers: Vec::new(), body: json!({ "ok": true, "result": result }) },
        Err(refusal) => {
            if refusal.misuse {
                telegram.wire().violation(format!("{path}: {}", refusal.description));
            }
            let retry = refusal.parameters["retry_after"].as_u64();
            let headers = retry.map(|seconds| ("retry-after".to_owned(), seconds.to_string()));
            Sent { status: refusal.code, headers: headers.into_iter().collect(), body: refusal.body() }
        }
    }
}

async fn act(
    telegram: &Telegram,
    token: &str,
    method: Option<&'static Method>,
    path: &str,
    read: Result<Params, Refusal>,
) -> Result<Value, Refusal> {
    let bot = telegram.world().bots.values().find(|b| b.token == token).map(|b| b.id);
    let bot = bot.ok_or_else(|| refusal::UNAUTHORIZED.blamed())?;
    let method = method.ok_or_else(|| refusal::NOT_FOUND.blamed())?;
    let mut params = read?;
    params.check(telegram.wire(), path, method.fields)?;
    let call = Call { bot, label: path, params };
    match method.name {
        "getUpdates" => return methods::updates::poll(telegram, &call).await,
        "setWebhook" | "deleteWebhook" => return methods::updates::set_webhook(telegram, &call),
        _ => {}
    }
    let mut world = telegram.world();
    if method.counted {
        let chat = call.params.int("chat_id").unwrap_or(0);
        // A person may be written to once a second.
        let most = if chat < 0 { world.options.calls_per_minute } else { 60 };
        let most = world.options.rate_limits.then_some(most);
        world.limits.take(bot, chat, most).map_err(|early| Refusal::too_many(early.retry_after, early.again))?;
    }
    (method.act)(&mut world, &call)
}

fn respond(sent: Sent) -> Response {
    let mut response = Response::builder().status(StatusCode::from_u16(sent.status).unwrap_or_default());
    for (name, value) in &sent.headers {
        response = response.header(name.as_str(), value.as_str());
    }
    let response = match sent.body {
        Value::Null => response.body(Body::empty()),
        Value::String(text) => response.body(Body::from(text)),
        body => response.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
    };
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Sends the bytes of a file whose path `getFile` gave out within the last hour.
pub(super) async fn download(
    State(telegram): State<Telegram>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path((bot, path)): Path<(String, String)>,
) -> Response {
    if telegram.is_down() {
        line.cut().await;
    }
    match telegram.wire().due("GET", &format!("/file/{path}")) {
        Some(Misbehaviour::CutBefore | Misbehaviour::CutAfter) => line.cut().await,
        Some(Misbehaviour::Answer { status, headers, body }) => return respond(Sent { status, headers, body }),
        Some(Misbehaviour::Delay { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
        None => {}
    }
    let refused = |refusal: Refusal| respond(Sent { status: refusal.code, headers: Vec::new(), body: refusal.body() });
    let world = telegram.world();
    let Some(bot) = world.bots.values().find(|b| bot.strip_prefix("bot") == Some(b.token.as_str())) else {
        return refused(refusal::UNAUTHORIZED);
    };
    match world.linked(bot.id, &path) {
        Some(file) => ([(header::CONTENT_TYPE, "application/octet-stream")], Bytes::clone(&file.bytes)).into_response(),
        None => refused(refusal::NOT_FOUND),
    }
}
