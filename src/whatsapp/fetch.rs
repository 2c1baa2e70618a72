//! Fetches a customer's file: id → address → bytes, verified and stored whole or not at all.
//!
//! Every step of the way is checked by [`super::guard`]; the token goes with the request, so a redirect is followed only to
//! where the file might have been fetched from in the first place. An address lives five minutes and is asked for anew once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::domain::content;
use crate::domain::ids::NumberId;
use crate::port::{Channel, Fetched, Job, Outcome, Receipt, Scope};

use super::answer::{Asked, Waits, backoff, classify, invalid, later, repeatable};
use super::content::{mime, sha256_hex};
use super::graph::Answer;
use super::guard::PublicOnly;
use super::wire::text;
use super::{Misconfigured, Settings, WhatsApp, graph};

/// Redirects followed.
const HOPS: usize = 3;

/// Bytes of the beginning that tell the type of a file.
const HEAD: usize = 8192;

/// Where a file is, as `GET /{media-id}` says.
#[derive(Deserialize)]
struct Whereabouts {
    #[serde(default, deserialize_with = "text")]
    url: String,
    #[serde(default, deserialize_with = "text")]
    mime_type: String,
    #[serde(default, deserialize_with = "text")]
    sha256: String,
    #[serde(default, deserialize_with = "text")]
    file_size: String,
}

/// Why a download did not succeed.
enum Trouble {
    /// Perhaps only this address: ask for a new one, and give up with this if that does not help.
    Stale(Outcome),
    /// Not to be helped by a new address.
    Final(Outcome),
}

/// A client for downloads: resolves to public addresses only, unless stand-ins on this machine are allowed.
pub(super) fn client(settings: &Settings) -> Result<Client, Misconfigured> {
    let mut builder = graph::builder(settings).read_timeout(settings.timeout);
    if !settings.allow_plain_http {
        builder = builder.dns_resolver(std::sync::Arc::new(PublicOnly));
    }
    builder.build().map_err(|error| Misconfigured(format!("The client for files cannot be built: {error}.")))
}

impl WhatsApp {
    pub(super) async fn fetch(&self, job: &Job, number: &NumberId, file: &content::File, into: &Path) -> Outcome {
        let scope = self.scope(number);
        let asked = Self::asked(&scope, job);
        // An id is part of a path of the Graph API, which also knows other things than files.
        if file.remote.is_empty() || !file.remote.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return invalid("The file has no valid id at WhatsApp.");
        }
        let mut last = None;
        for _ in 0..2 {
            let place = match self.whereabouts(number, &file.remote, asked).await {
                Ok(place) => place,
                Err(outcome) => return outcome,
            };
            match self.download(&place, file, into, job, asked).await {
                Ok(fetched) => return Outcome::Done(Receipt { remote: Vec::new(), file: Some(fetched) }),
                Err(Trouble::Final(outcome)) => return outcome,
                Err(Trouble::Stale(outcome)) => last = Some(outcome),
            }
        }
        last.unwrap_or_else(|| invalid("The file cannot be fetched."))
    }

    async fn whereabouts(&self, number: &NumberId, id: &str, asked: Asked<'_>) -> Result<Whereabouts, Outcome> {
        let query = [("phone_number_id", number.as_str())];
        let query = if number.is_empty() { &query[..0] } else { &query[..] };
        match self.graph.get(&[id], query).await {
            Answer::Fine(body) => {
                let place: Option<Whereabouts> = serde_json::from_slice(&body).ok();
                place
                    .filter(|place| !place.url.is_empty())
                    .ok_or_else(|| later(backoff(asked), Scope::Lane, "WhatsApp did not say where the file is"))
            }
            Answer::Refusal { status: 404, .. } => Err(gone()),
            other => match repeatable(other.outcome(asked), asked) {
                Outcome::Refused { failure, .. } if matches!(failure.code, 33 | 100) => Err(gone()),
                outcome => Err(outcome),
            },
        }
    }

    async fn download(
        &self,
        place: &Whereabouts,
        file: &content::File,
        into: &Path,
        job: &Job,
        asked: Asked<'_>,
    ) -> Result<Fetched, Trouble> {
        let response = self.open(place, asked).await?;
        let limit = self.settings.max_media;
        let announced = response.content_length().or(place.file_size.parse().ok()).unwrap_or(0);
        if announced > limit {
            return Err(Trouble::Final(too_large(limit)));
        }
        let part = Part::beside(into, job);
        // A slow line gets a second for every 64 KB that may come, and no more.
        let total = self.settings.timeout + Duration::from_secs(announced.max(1 << 20) / (64 * 1024));
        let stored = timeout(total, store(response, &part.0, limit, self.settings.timeout)).await;
        let stored = stored.unwrap_or(Err(Broken::Line)).map_err(|broken| match broken {
            Broken::TooLarge => Trouble::Final(too_large(limit)),
            Broken::Line => Trouble::Final(later(backoff(asked), Scope::Lane, "the download broke off")),
            Broken::Disk(error) => Trouble::Final(later(
                backoff(asked),
                Scope::Lane,
                format!("the file cannot be stored: {}", error.kind()),
            )),
        })?;
        let expected = [file.sha256.to_ascii_lowercase(), sha256_hex(&place.sha256)];
        if let Some(expected) = expected.iter().find(|hash| !hash.is_empty())
            && *expected != stored.sha256
        {
            return Err(Trouble::Stale(invalid("The file that came is not the one WhatsApp announced.")));
        }
        part.publish(into).await.map_err(|error| {
            Trouble::Final(later(backoff(asked), Scope::Lane, format!("the file cannot be stored: {}", error.kind())))
        })?;
        let announced = [mime(&place.mime_type), mime(&file.mime)];
        let mime = announced.into_iter().find(|mime| mime != "application/octet-stream").unwrap_or(stored.mime);
        Ok(Fetched { size: stored.size, sha256: stored.sha256, mime })
    }

    /// Asks for the bytes, following redirects to allowed places.
    async fn open(&self, place: &Whereabouts, asked: Asked<'_>) -> Result<Response, Trouble> {
        let refuse = |reason: String| Trouble::Final(invalid(reason));
        let mut url = self.guard.allow(&place.url).map_err(refuse)?;
        for _ in 0..=HOPS {
            let request = self.files.get(url.clone()).bearer_auth(self.settings.access_token.expose());
            let response = match timeout(self.settings.timeout, request.send()).await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) if PublicOnly::refused(&error) => {
                    return Err(refuse("The address of the file leads into a private network.".to_owned()));
                }
                Ok(Err(_)) | Err(_) => {
                    return Err(Trouble::Final(later(backoff(asked), Scope::Lane, "the file's host does not answer")));
                }
            };
            let status = response.status();
            if status.is_success() {
                return Ok(response);
            }
            if !status.is_redirection() {
                return Err(refusal(status, Waits::of(response.headers()), asked));
            }
            let target = response.headers().get("location").and_then(|target| target.to_str().ok());
            let target = target.and_then(|target| url.join(target).ok());
            let target = target.ok_or_else(|| refuse("The address of the file leads nowhere.".to_owned()))?;
            url = self.guard.allow(target.as_str()).map_err(refuse)?;
        }
        Err(refuse("The address of the file leads in a circle.".to_owned()))
    }
}

fn refusal(status: StatusCode, waits: Waits, asked: Asked<'_>) -> Trouble {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Trouble::Stale(gone()),
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Trouble::Stale(repeatable(classify(status.as_u16(), b"", waits, asked), asked))
        }
        _ => Trouble::Final(repeatable(classify(status.as_u16(), b"", waits, asked), asked)),
    }
}

fn gone() -> Outcome {
    invalid("The file is no longer available at WhatsApp.")
}

fn too_large(limit: u64) -> Outcome {
    invalid(format!("The file is larger than the {} MB that are taken.", limit / (1024 * 1024)))
}

/// Why storing stopped.
enum Broken {
    TooLarge,
    Line,
    Disk(std::io::Error),
}

async fn store(mut response: Response, path: &Path, limit: u64, idle: Duration) -> Result<Fetched, Broken> {
    let mut file = File::create(path).await.map_err(Broken::Disk)?;
    let (mut size, mut hash, mut head) = (0_u64, Sha256::new(), Vec::new());
    loop {
        let chunk = timeout(idle, response.chunk()).await.map_err(|_| Broken::Line)?.map_err(|_| Broken::Line)?;
        let Some(chunk) = chunk else { break };
        size += chunk.len() as u64;
        if size > limit {
            return Err(Broken::TooLarge);
        }
        if head.len() < HEAD {
            head.extend_from_slice(&chunk[..chunk.len().min(HEAD - head.len())]);
        }
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(Broken::Disk)?;
    }
    file.flush().await.map_err(Broken::Disk)?;
    file.sync_all().await.map_err(Broken::Disk)?;
    let mime = infer::get(&head).map_or("application/octet-stream", |kind| kind.mime_type()).to_owned();
    Ok(Fetched { size, sha256: hex::encode(hash.finalize()), mime })
}

/// A file that is not whole yet; removed unless it is published.
struct Part(PathBuf);

impl Part {
    fn beside(into: &Path, job: &Job) -> Self {
        let name = into.file_name().unwrap_or_default().to_string_lossy();
        Self(into.with_file_name(format!(".{name}.{}.part", job.outbox)))
    }

    /// Gives it its name, durably.
    async fn publish(self, into: &Path) -> std::io::Result<()> {
        fs::rename(&self.0, into).await?;
        if let Some(folder) = into.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder).await?.sync_all().await?;
        }
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Gone already where it was published.
        let _ = std::fs::remove_file(&self.0);
    }
}
