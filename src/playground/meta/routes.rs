//! The Graph API's routes behind one gate: misbehaviour, token, dispatch, record.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, FromRequest as _, Multipart, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

use super::Meta;
use super::graph_error::GraphError;
use super::media::Upload;
use super::nodes;
use crate::playground::wire::{Exchange, Line, Misbehaviour};

/// More than the largest file, so that the limits answer and not the server.
const MAX_BODY: usize = 128 * 1024 * 1024;

/// An answer: JSON, or a file.
enum Reply {
    Json(u16, Value),
    File(Response<Body>),
}

/// Serves every route.
pub(super) async fn handle(
    State(meta): State<Meta>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response<Body> {
    if !meta.is_running() {
        // A connection kept alive from before the stop.
        line.cut().await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY).await else {
        return respond(413, &json!({ "error": { "message": "Request too large", "code": 1 } }));
    };
    let path = without_version(parts.uri.path());
    let method = parts.method.as_str().to_owned();
    let route = path.clone().unwrap_or_else(|| parts.uri.path().to_owned());
    let mut cut_after = false;
    let mut scripted = None;
    match meta.wire().due(&method, &route) {
        None => {}
        Some(Misbehaviour::CutBefore) => line.cut().await,
        Some(Misbehaviour::CutAfter) => cut_after = true,
        Some(Misbehaviour::Delay { ms }) => tokio::time::sleep(std::time::Duration::from_millis(ms)).await,
        Some(Misbehaviour::Answer { status, headers, body }) => scripted = Some((status, headers, body)),
    }
    let mut record = meta.wire().is_tapped().then(|| exchange(&parts, &route, &bytes));
    let is_scripted = scripted.is_some();
    let (reply, extra) = match scripted {
        Some((status, headers, body)) => (Reply::Json(status, body), headers),
        None => (answer(&meta, &parts, path.as_deref(), bytes, record.as_mut()).await, Vec::new()),
    };
    if let Some(mut record) = record {
        if let Reply::Json(status, body) = &reply {
            (record.status, record.response) = (*status, body.clone());
        } else if let Reply::File(response) = &reply {
            record.status = response.status().as_u16();
        }
        if cut_after {
            (record.status, record.response) = (0, Value::Null);
        }
        // A scripted answer says nothing about either side's understanding of the API.
        if !is_scripted {
            meta.wire().exchanged(&record);
        }
    }
    if cut_after {
        line.cut().await;
    }
    let mut response = match reply {
        Reply::Json(status, body) => respond(status, &body),
        Reply::File(response) => response,
    };
    for (name, value) in extra {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn answer(meta: &Meta, parts: &Parts, path: Option<&str>, bytes: Bytes, record: Option<&mut Exchange>) -> Reply {
    let method = parts.method.as_str();
    let result = match path {
        None => Err(GraphError::unknown_path(method, parts.uri.path())),
        Some(path) => match authorised(meta, parts) {
            Err(refusal) => Err(refusal),
            Ok(()) => dispatch(meta, parts, path, bytes, record).await,
        },
    };
    result.unwrap_or_else(|error| {
        if let Some(what) = &error.violation {
            meta.wire().violation(format!("{method} {}: {what}", path.unwrap_or(parts.uri.path())));
        }
        let trace = meta.lock().trace();
        Reply::Json(error.status, error.body(&trace))
    })
}

/// `/v25.0/1234/messages` → `/1234/messages`; the download address has no version. `None` when there is neither.
fn without_version(path: &str) -> Option<String> {
    if path.starts_with("/media-download/") {
        return Some(path.to_owned());
    }
    let (version, rest) = path.strip_prefix("/v")?.split_once('/')?;
    let (major, minor) = version.split_once('.')?;
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (number(major) && number(minor)).then(|| format!("/{rest}"))
}

fn authorised(meta: &Meta, parts: &Parts) -> Result<(), GraphError> {
    let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(token) = given.and_then(|value| value.strip_prefix("Bearer ")) else {
        return Err(GraphError::met(190, "An access token is required to request this resource.")
            .held_against("no `Authorization: Bearer …`"));
    };
    if token != meta.lock().access_token {
        return Err(GraphError::met(190, "Error validating access token: Session has expired."));
    }
    Ok(())
}

async fn dispatch(
    meta: &Meta,
    parts: &Parts,
    path: &str,
    bytes: Bytes,
    record: Option<&mut Exchange>,
) -> Result<Reply, GraphError> {
    let method = parts.method.as_str();
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map(|q| q.0).unwrap_or_default();
    let get = |key: &str| query.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str());
    let is_number = |id: &str| meta.lock().numbers.contains_key(id);
    let value = match (method, segments.as_slice()) {
        ("POST", [id, "messages"]) if is_number(id) => meta.post_message(id, &json_body(parts, &bytes)?)?,
        ("POST", [id, "media"]) if is_number(id) => {
            let upload = multipart(parts, bytes).await?;
            if let Some(record) = record {
                record.request = json!({
                    "messaging_product": upload.product,
                    "type": upload.kind,
                    "file": upload.bytes.as_ref().map(|bytes| format!("{} bytes", bytes.len())),
                });
            }
            meta.upload(upload)?
        }
        ("GET", ["media-download", id]) => {
            return meta.download(id, get("ext"), get("hash")).map(Reply::File);
        }
        ("POST", [waba, "subscribed_apps"]) if nodes::is_waba(meta, waba) => {
            let body = if bytes.is_empty() { json!({}) } else { json_body(parts, &bytes)? };
            meta.subscribe_app(waba, &body).await?
        }
        ("DELETE", [id]) => meta.delete_media(id)?,
        ("DELETE", [id, "contact_book"]) if is_number(id) => nodes::forget(meta, &query)?,
        ("DELETE", [waba, "subscribed_apps"]) if nodes::is_waba(meta, waba) => nodes::unsubscribe(meta, waba),
        ("GET", _) => nodes::get(meta, &segments, &query)?.ok_or_else(|| GraphError::unknown_path(method, path))?,
        ("POST", [id, "messages" | "media"]) => {
            return Err(GraphError::gone(method, id).held_against(format!("{id} is not a phone-number id")));
        }
        _ => return Err(GraphError::unknown_path(method, path)),
    };
    Ok(Reply::Json(200, value))
}

fn content_type(parts: &Parts) -> &str {
    let whole = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    whole.split(';').next().unwrap_or_default().trim()
}

fn json_body(parts: &Parts, bytes: &[u8]) -> Result<Value, GraphError> {
    if content_type(parts) != "application/json" {
        return Err(GraphError::broken(100, "Content-Type must be application/json."));
    }
    serde_json::from_slice(bytes).map_err(|error| GraphError::broken(100, format!("The body is not JSON: {error}")))
}

async fn multipart(parts: &Parts, bytes: Bytes) -> Result<Upload, GraphError> {
    let bad = |error: String| GraphError::broken(100, format!("The body is not multipart/form-data: {error}"));
    let mut request = Request::new(Body::from(bytes));
    *request.headers_mut() = parts.headers.clone();
    *request.extensions_mut() = parts.extensions.clone();
    let mut form = Multipart::from_request(request, &()).await.map_err(|e| bad(e.to_string()))?;
    let mut upload = Upload { product: None, kind: None, mime: None, filename: None, bytes: None, unknown: None };
    while let Some(field) = form.next_field().await.map_err(|e| bad(e.to_string()))? {
        match field.name().unwrap_or_default().to_owned().as_str() {
            "messaging_product" => upload.product = Some(field.text().await.map_err(|e| bad(e.to_string()))?),
            "type" => upload.kind = Some(field.text().await.map_err(|e| bad(e.to_string()))?),
            "file" => {
                upload.mime = field.content_type().map(str::to_owned);
                upload.filename = field.file_name().map(str::to_owned);
                upload.bytes = Some(field.bytes().await.map_err(|e| bad(e.to_string()))?);
            }
            other => upload.unknown = Some(other.to_owned()),
        }
    }
    Ok(upload)
}

fn exchange(parts: &Parts, route: &str, bytes: &[u8]) -> Exchange {
    Exchange {
        service: "meta",
        method: parts.method.as_str().to_owned(),
        path: route.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        content_type: content_type(parts).to_owned(),
        request: serde_json::from_slice(bytes).unwrap_or(Value::Null),
        status: 0,
        response: Value::Null,
    }
}

fn respond(status: u16, body: &Value) -> Response<Body> {
    let (kind, text) = match body {
        Value::String(text) => ("text/plain; charset=utf-8", text.clone()),
        _ => ("application/json; charset=UTF-8", body.to_string()),
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
