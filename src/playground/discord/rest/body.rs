//! Request bodies: JSON, or multipart with `payload_json` and `files[n]`.

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::super::refusal::{self, Refusal};

/// The whole request may have 25 MiB.
const LARGEST_REQUEST: usize = 25 * 1024 * 1024;
/// A file may have 10 MiB in a guild without boosts.
const LARGEST_FILE: usize = 10 * 1024 * 1024;

/// A body that could be read.
#[derive(Default)]
pub(super) struct Payload {
    /// `Null` when there is none.
    pub(super) json: Value,
    pub(super) files: Vec<Upload>,
}

/// One `files[n]`.
pub(super) struct Upload {
    pub(super) number: u64,
    /// The name as Discord keeps it.
    pub(super) filename: String,
    /// The name as it came.
    pub(super) sent_as: String,
    pub(super) content_type: String,
    pub(super) bytes: Bytes,
}

/// The content type without parameters.
pub(super) fn content_type(headers: &HeaderMap) -> &str {
    let full = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    full.split(';').next().unwrap_or_default().trim()
}

/// Reads a request's body.
///
/// # Errors
/// 40005 when it is too large, 50109 when it is not JSON, 400 when it is of no known kind.
pub(super) async fn read(request: Request) -> Result<Payload, Refusal> {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    if length.and_then(|l| l.parse::<usize>().ok()).is_some_and(|l| l > LARGEST_REQUEST) {
        return Err(refusal::TOO_LARGE.blame("a request of more than 25 MiB"));
    }
    match content_type(request.headers()) {
        "multipart/form-data" => multipart(request).await,
        kind => {
            let json = kind == "application/json";
            let bytes = axum::body::to_bytes(request.into_body(), LARGEST_REQUEST)
                .await
                .map_err(|_| refusal::TOO_LARGE.blame("a request of more than 25 MiB or cut short"))?;
            if bytes.is_empty() {
                return Ok(Payload::default());
            }
            if !json {
                return Err(refusal::BAD_REQUEST.blame("a body that is neither JSON nor multipart"));
            }
            parse(&bytes).map(|json| Payload { json, files: Vec::new() })
        }
    }
}

fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(bytes).map_err(|_| refusal::INVALID_JSON.blame("not JSON"))
}

async fn multipart(request: Request) -> Result<Payload, Refusal> {
    let broken = || refusal::BAD_REQUEST.blame("broken multipart body");
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    let mut payload = Payload::default();
    let mut total = 0;
    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
        let name = part.name().unwrap_or_default().to_owned();
        let filename = part.file_name().map(str::to_owned);
        let content_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
        let bytes = part.bytes().await.map_err(|_| broken())?;
        total += bytes.len();
        if total > LARGEST_REQUEST || bytes.len() > LARGEST_FILE {
            return Err(refusal::TOO_LARGE.blame("a file of more than 10 MiB"));
        }
        if name == "payload_json" {
            payload.json = parse(&bytes)?;
            continue;
        }
        let number = name.strip_prefix("files[").and_then(|n| n.strip_suffix(']')).and_then(|n| n.parse().ok());
        match (number, filename) {
            (Some(number), _) if payload.files.iter().any(|file| file.number == number) => {
                return Err(refusal::BAD_REQUEST.blame(format!("two parts named {name}")));
            }
            (Some(number), Some(sent_as)) => {
                let filename = cleaned(&sent_as);
                payload.files.push(Upload { number, filename, sent_as, content_type, bytes });
            }
            _ => return Err(refusal::BAD_REQUEST.blame(format!("unknown multipart field {name}"))),
        }
    }
    if payload.files.len() > 10 {
        return Err(refusal::BAD_REQUEST.blame("more than 10 files"));
    }
    Ok(payload)
}

/// A file name as Discord keeps it: letters, digits, dots, dashes and underscores.
fn cleaned(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    name.rsplit(['/', '\\']).next().unwrap_or(name).chars().map(kept).collect()
}
