//! Files: uploaded by the business, attached by customers, fetched through addresses that expire.

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Meta;
use super::content::set_if;
use super::graph_error::GraphError;
use super::inbound::Attachment;
use super::webhook::hmac;

/// How fetching a file goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaFault {
    /// The answer starts, but no byte of the file ever comes.
    NeverArrives,
    /// The address answers 404.
    NotFound,
    /// The bytes are not the ones the hash was made of.
    WrongHash,
    /// More bytes come than `file_size` says.
    LargerThanSaid,
    /// The connection ends after half of the file.
    Truncated,
    /// The address redirects to this one.
    RedirectsTo(String),
    /// The address handed out next has already expired; the one after it is good.
    ExpiredUrl,
}

/// A file and who may still fetch it.
pub(super) struct Media {
    pub(super) mime: String,
    pub(super) bytes: Bytes,
    sha256: [u8; 32],
    expires_ms: i64,
    pub(super) fault: Option<MediaFault>,
    /// The content is not what its MIME type says; sending it fails with 131053.
    pub(super) mislabelled: bool,
}

const DAY_MS: i64 = 24 * 3600 * 1000;
const URL_TTL_MS: i64 = 5 * 60 * 1000;
const MB: usize = 1024 * 1024;

/// What may be sent: message type, MIME type, size limit in bytes (Meta's media page). Stickers: the limit of animated
/// ones.
const SENDABLE: [(&str, &str, usize); 23] = [
    ("image", "image/jpeg", 5 * MB),
    ("image", "image/png", 5 * MB),
    ("video", "video/mp4", 16 * MB),
    ("video", "video/3gpp", 16 * MB),
    ("audio", "audio/aac", 16 * MB),
    ("audio", "audio/amr", 16 * MB),
    ("audio", "audio/mpeg", 16 * MB),
    ("audio", "audio/mp4", 16 * MB),
    ("audio", "audio/ogg", 16 * MB),
    ("sticker", "image/webp", 500 * 1024),
    ("document", "text/plain", 100 * MB),
    ("document", "application/pdf", 100 * MB),
    ("document", "application/msword", 100 * MB),
    ("document", "application/vnd.ms-excel", 100 * MB),
    ("document", "application/vnd.ms-powerpoint", 100 * MB),
    ("document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 100 * MB),
    ("document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 100 * MB),
    ("document", "application/vnd.openxmlformats-officedocument.presentationml.presentation", 100 * MB),
    // A document may carry what another type would refuse for its size.
    ("document", "image/jpeg", 100 * MB),
    ("document", "image/png", 100 * MB),
    ("document", "video/mp4", 100 * MB),
    ("document", "audio/mpeg", 100 * MB),
    ("document", "audio/ogg", 100 * MB),
];

fn essence(mime: &str) -> &str {
    mime.split(';').next().unwrap_or(mime).trim()
}

/// The bytes say that they are something else than the MIME type.
fn mislabelled(mime: &str, bytes: &[u8]) -> bool {
    let (said, kinds) = (essence(mime), ["image", "video", "audio"]);
    let family = |mime: &str| mime.split('/').next().unwrap_or("").to_owned();
    if !kinds.contains(&family(said).as_str()) && said != "application/pdf" {
        return false;
    }
    infer::get(bytes).is_some_and(|seen| {
        let seen = seen.mime_type();
        // Containers are shared: an mp4 or ogg may be either film or sound.
        let exact = seen.starts_with("image/") || said.starts_with("image/") || said == "application/pdf";
        if exact { seen != said } else { !kinds.contains(&family(seen).as_str()) }
    })
}

/// A file the business uploads, as the multipart request describes it.
pub(super) struct Upload {
    pub(super) product: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) mime: Option<String>,
    pub(super) filename: Option<String>,
    pub(super) bytes: Option<Bytes>,
    pub(super) unknown: Option<String>,
}

impl Media {
    /// A file a customer sent; its id lives seven days.
    pub(super) fn received(file: &Attachment, now_ms: i64) -> Self {
        Self {
            mime: file.mime.clone(),
            bytes: file.bytes.clone(),
            sha256: Sha256::digest(&file.bytes).into(),
            expires_ms: now_ms + 7 * DAY_MS,
            fault: file.fault.clone(),
            mislabelled: false,
        }
    }

    /// The node inside the customer's message; the hash is base64 here.
    pub(super) fn inbound_node(&self, id: &str, file: &Attachment, base: &str, secret: &str, now_ms: i64) -> Value {
        let mut node = json!({
            "id": id,
            "mime_type": self.mime,
            "sha256": STANDARD.encode(self.sha256),
            "url": self.address(id, base, secret, now_ms),
        });
        set_if(&mut node, "caption", file.caption.as_deref());
        set_if(&mut node, "filename", file.filename.as_deref());
        if essence(&file.mime).starts_with("audio/") {
            node["voice"] = json!(file.voice);
        }
        if essence(&file.mime) == "image/webp" {
            node["animated"] = json!(file.animated);
        }
        node
    }

    fn address(&self, id: &str, base: &str, secret: &str, now_ms: i64) -> String {
        let ttl = if self.fault == Some(MediaFault::ExpiredUrl) { -URL_TTL_MS } else { URL_TTL_MS };
        let ext = (now_ms + ttl) / 1000;
        format!("{base}/media-download/{id}?ext={ext}&hash={}", address_hash(id, &ext.to_string(), secret))
    }

    pub(super) fn expired(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_ms
    }

    /// Whether a message of this type may carry the file.
    pub(super) fn fits(&self, kind: &str) -> Result<(), GraphError> {
        let mime = essence(&self.mime);
        match SENDABLE.iter().find(|(k, m, _)| *k == kind && *m == mime) {
            Some((_, _, max)) if self.bytes.len() <= *max => Ok(()),
            Some((_, _, max)) => {
                Err(GraphError::broken(131_053, format!("{kind} of {} bytes, limit {max}", self.bytes.len())))
            }
            None => Err(GraphError::broken(131_009, format!("media of type {mime} cannot be sent as {kind}"))),
        }
    }
}

fn address_hash(id: &str, ext: &str, secret: &str) -> String {
    hex::encode(&hmac(secret, format!("{id}/{ext}").as_bytes())[..12])
}

impl Meta {
    /// Makes fetching a file go wrong from now on, or puts it right with `None`.
    pub fn break_media(&self, media_id: &str, fault: Option<MediaFault>) {
        if let Some(media) = self.lock().media.get_mut(media_id) {
            media.fault = fault;
        }
    }

    /// `POST /{phone-number-id}/media`.
    pub(super) fn upload(&self, upload: Upload) -> Result<Value, GraphError> {
        if let Some(name) = upload.unknown {
            return Err(GraphError::broken(100, format!("Unexpected key {name} on param.")));
        }
        if upload.product.as_deref() != Some("whatsapp") {
            return Err(GraphError::broken(100, "The parameter messaging_product is required."));
        }
        let Some(kind) = upload.kind else {
            return Err(GraphError::broken(100, "The parameter type is required."));
        };
        let Some(bytes) = upload.bytes else {
            return Err(GraphError::broken(100, "The parameter file is required."));
        };
        if upload.filename.is_none_or(|name| name.is_empty()) {
            return Err(GraphError::broken(100, "The parameter file must be a file with a name."));
        }
        let mime = upload.mime.unwrap_or_else(|| kind.clone());
        if essence(&mime) != essence(&kind) {
            return Err(GraphError::broken(100, format!("The file is {mime}, the parameter type says {kind}.")));
        }
        let Some(max) = SENDABLE.iter().filter(|(_, m, _)| *m == essence(&mime)).map(|(_, _, max)| *max).max() else {
            return Err(GraphError::broken(100, format!("Param file has a type that is not supported: {mime}")));
        };
        if bytes.is_empty() || bytes.len() > max {
            return Err(GraphError::broken(131_053, format!("file of {} bytes, limit {max}", bytes.len())));
        }
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let id = state.object_id();
        state.media.insert(
            id.clone(),
            Media {
                mislabelled: mislabelled(&mime, &bytes),
                mime,
                sha256: Sha256::digest(&bytes).into(),
                bytes,
                expires_ms: now_ms + 30 * DAY_MS,
                fault: None,
            },
        );
        Ok(json!({ "id": id }))
    }

    /// `GET /{media-id}`; the hash is hexadecimal here.
    pub(super) fn look_up(&self, id: &str) -> Result<Value, GraphError> {
        let now_ms = self.now_ms();
        let url = self.url();
        let mut state = self.lock();
        let gone = || GraphError::gone("GET", id);
        let media = state.media.get_mut(id).filter(|media| !media.expired(now_ms)).ok_or_else(gone)?;
        let address = media.address(id, &url, self.app_secret(), now_ms);
        if media.fault == Some(MediaFault::ExpiredUrl) {
            media.fault = None;
        }
        Ok(json!({
            "messaging_product": "whatsapp",
            "url": address,
            "mime_type": media.mime,
            "sha256": hex::encode(media.sha256),
            "file_size": media.bytes.len(),
            "id": id,
        }))
    }

    /// `DELETE /{media-id}`.
    pub(super) fn delete_media(&self, id: &str) -> Result<Value, GraphError> {
        self.lock().media.remove(id).ok_or_else(|| GraphError::gone("DELETE", id))?;
        Ok(json!({ "success": true }))
    }

    /// `GET /media-download/{id}?ext=…&hash=…`, the address `look_up` gave.
    pub(super) fn download(&self, id: &str, ext: &str, hash: &str) -> Result<Response<Body>, GraphError> {
        let now_ms = self.now_ms();
        if hash != address_hash(id, ext, self.app_secret()) {
            let what = format!("media address of {id} was changed by the client");
            return Err(GraphError::gone("GET", id).not_found().held_against(what));
        }
        let state = self.lock();
        let fresh = ext.parse::<i64>().is_ok_and(|seconds| now_ms / 1000 < seconds);
        let Some(media) = state.media.get(id).filter(|_| fresh) else {
            return Err(GraphError::gone("GET", id).not_found());
        };
        let (mime, bytes) = (media.mime.clone(), media.bytes.clone());
        let said = bytes.len();
        let body = match media.fault.clone() {
            None | Some(MediaFault::ExpiredUrl) => Body::from(bytes),
            Some(MediaFault::NotFound) => {
                return Err(GraphError::gone("GET", id).not_found());
            }
            Some(MediaFault::RedirectsTo(to)) => return Ok(answer(StatusCode::FOUND, header::LOCATION, &to)),
            Some(MediaFault::WrongHash) => Body::from(bytes.iter().map(|b| !b).collect::<Vec<u8>>()),
            Some(MediaFault::LargerThanSaid) => Body::from([&bytes[..], &vec![0; 64 * 1024][..]].concat()),
            Some(MediaFault::NeverArrives) => Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>()),
            Some(MediaFault::Truncated) => {
                let half = stream::iter([Ok(bytes.slice(..said / 2))]);
                let cut = stream::once(async {
                    // An error at once would make the server drop what it has not written yet.
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
                });
                let mut response = answer(StatusCode::OK, header::CONTENT_TYPE, &mime);
                response.headers_mut().insert(header::CONTENT_LENGTH, said.into());
                *response.body_mut() = Body::from_stream(half.chain(cut));
                return Ok(response);
            }
        };
        let mut response = answer(StatusCode::OK, header::CONTENT_TYPE, &mime);
        *response.body_mut() = body;
        Ok(response)
    }
}

fn answer(status: StatusCode, name: header::HeaderName, value: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(name, value);
    }
    response
}
