//! The parameters of a call, from wherever they came: query, JSON, form or multipart with files.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Query, Request};
use axum::http::header;
use serde_json::{Map, Value};

use super::refusal::{self, Refusal};
use crate::playground::wire::Wire;

/// A request may have 50 MB of file and what belongs to it.
const LARGEST_REQUEST: usize = 50 * 1024 * 1024 + 64 * 1024;

/// What a call was given.
#[derive(Default)]
pub(super) struct Params {
    values: Map<String, Value>,
    pub(super) files: BTreeMap<String, Upload>,
}

/// A file part.
#[derive(Clone)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) bytes: Bytes,
}

/// Reads a request's parameters.
///
/// # Errors
/// 413 when it is too large, 400 when it cannot be read.
pub(super) async fn read(request: Request) -> Result<Params, Refusal> {
    let mut params = Params::default();
    let query = Query::<Vec<(String, String)>>::try_from_uri(request.uri()).map(|q| q.0).unwrap_or_default();
    params.values.extend(query.into_iter().map(|(name, value)| (name, Value::String(value))));
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    if length.and_then(|l| l.parse::<usize>().ok()).is_some_and(|l| l > LARGEST_REQUEST) {
        return Err(refusal::TOO_LARGE);
    }
    match content_type(&request).as_str() {
        "multipart/form-data" => multipart(request, &mut params).await?,
        kind => {
            let bytes = axum::body::to_bytes(request.into_body(), LARGEST_REQUEST);
            let bytes = bytes.await.map_err(|_| refusal::TOO_LARGE)?;
            if bytes.is_empty() {
                return Ok(params);
            }
            let more = match kind {
                "application/json" => serde_json::from_slice::<Map<String, Value>>(&bytes).ok(),
                "application/x-www-form-urlencoded" => form(&bytes),
                _ => None,
            };
            let Some(more) = more else { return Err(Refusal::fault("can't parse request")) };
            params.values.extend(more);
        }
    }
    params.values.retain(|_, value| !value.is_null());
    Ok(params)
}

/// The content type without parameters.
pub(super) fn content_type(request: &Request) -> String {
    let full = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    full.split(';').next().unwrap_or_default().trim().to_lowercase()
}

fn form(bytes: &[u8]) -> Option<Map<String, Value>> {
    let uri = format!("/?{}", std::str::from_utf8(bytes).ok()?).parse().ok()?;
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&uri).ok()?.0;
    Some(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
}

async fn multipart(request: Request, params: &mut Params) -> Result<(), Refusal> {
    let broken = || Refusal::fault("can't parse multipart body");
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let mime = part.content_type().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|_| broken())?;
        match file {
            Some(file) => {
                let mime = mime.unwrap_or_else(|| guessed(&file).to_owned());
                params.files.insert(name, Upload { name: file, mime, bytes });
            }
            None => {
                let text = String::from_utf8(bytes.to_vec()).map_err(|_| broken())?;
                params.values.insert(name, Value::String(text));
            }
        }
    }
    Ok(())
}

/// The media type of a file by its name.
pub(super) fn guessed(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end.to_lowercase()).as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("mp4") => "video/mp4",
        Some("ogg" | "oga" | "opus") => "audio/ogg",
        Some("mp3") => "audio/mpeg",
        Some("m4a") => "audio/mp4",
        Some("pdf") => "application/pdf",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    }
}

impl Params {
    /// The parameters as they came, files as `attach://<part>`.
    pub(super) fn shown(&self) -> Value {
        let mut shown = self.values.clone();
        let text = Value::Object(self.values.clone()).to_string();
        for name in self.files.keys().filter(|name| !text.contains(&format!("attach://{name}"))) {
            shown.insert(name.clone(), format!("attach://{name}").into());
        }
        Value::Object(shown)
    }

    /// Checks the parameters against `name[!]:kind …` and brings them into their own types; `!` marks what must be there.
    /// A parameter that is not documented is a violation; Telegram ignores it.
    ///
    /// # Errors
    /// A parameter that is missing or of another type.
    pub(super) fn check(&mut self, wire: &Wire, label: &str, fields: &str) -> Result<(), Refusal> {
        let fields: Vec<(&str, bool, &str)> = fields
            .split_whitespace()
            .filter_map(|field| field.split_once(':'))
            .map(|(name, kind)| (name.trim_end_matches('!'), name.ends_with('!'), kind))
            .collect();
        for unknown in self.values.keys().filter(|name| !fields.iter().any(|(known, ..)| known == name)) {
            wire.violation(format!("{label}: unknown parameter {unknown}"));
        }
        for (name, required, kind) in fields {
            if kind == "file" && self.files.contains_key(name) {
                continue;
            }
            match self.values.get_mut(name) {
                None if required && name == "chat_id" => return Err(Refusal::fault("chat_id is empty")),
                None if required && name == "text" => return Err(Refusal::fault("message text is empty")),
                None if required => return Err(Refusal::fault(format_args!("parameter \"{name}\" is required"))),
                None => {}
                Some(value) => {
                    let Some(typed) = typed(value, kind) else {
                        return Err(Refusal::fault(format_args!("can't parse parameter \"{name}\": {kind} expected")));
                    };
                    *value = typed;
                }
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> &Value {
        self.values.get(name).unwrap_or(&Value::Null)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).as_str()
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.get(name).as_i64()
    }

    pub(super) fn truth(&self, name: &str) -> bool {
        self.get(name).as_bool().unwrap_or(false)
    }

    pub(super) fn list(&self, name: &str) -> Option<&[Value]> {
        self.get(name).as_array().map(Vec::as_slice)
    }
}

/// A value in the type it is documented with; texts are read as JSON where they stand for something else.
fn typed(value: &Value, kind: &str) -> Option<Value> {
    let read = |value: &Value| value.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let fits = |value: &Value| match kind {
        "int" => value.is_i64(),
        "num" => value.is_number(),
        "bool" => value.is_boolean(),
        "list" => value.is_array(),
        "object" => value.is_object(),
        "chat" => value.is_i64() || value.is_string(),
        _ => value.is_string(),
    };
    if kind == "chat"
        && let Some(number) = value.as_str().and_then(|text| text.parse::<i64>().ok())
    {
        return Some(number.into());
    }
    if fits(value) {
        return Some(value.clone());
    }
    if kind == "bool" {
        match value.as_str() {
            Some("True" | "1" | "yes") => return Some(true.into()),
            Some("False" | "0" | "no") => return Some(false.into()),
            _ => {}
        }
    }
    read(value).filter(|read| fits(read))
}
