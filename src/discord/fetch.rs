//! Files of the workspace: streamed to disk, complete or not at all.

use std::path::Path;
use std::time::Duration;

use reqwest::Url;
use serenity::http::Route;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::Discord;
use super::http::{Ask, Fail, plain};
use super::perform::{Stop, channel_id, message_id};
use super::refs::FileRef;
use crate::domain::content::File;
use crate::domain::event::Refused;
use crate::domain::ids::PostRef;
use crate::port::{Fetched, Receipt};

/// WhatsApp takes documents up to 100 MB; nothing larger could be passed on.
const MAX_BYTES: u64 = 100 * 1024 * 1024;
/// How long the line may be silent.
const SILENCE: Duration = Duration::from_secs(20);

enum Got {
    File(Fetched),
    /// The address is no longer valid.
    Expired,
}

impl Discord {
    pub(super) async fn fetch(&self, file: &File, into: &Path) -> Result<Receipt, Stop> {
        let Some(mut from) = FileRef::decode(&file.remote) else {
            return Err(Stop::Refused(Refused::Invalid, "This is not a file of Discord.".to_owned()));
        };
        let mut got = self.download(&from, file, into).await?;
        if matches!(got, Got::Expired) && !from.message.is_empty() {
            from.url = self.fresh_url(&from).await?;
            got = self.download(&from, file, into).await?;
        }
        match got {
            Got::File(fetched) => Ok(Receipt { remote: Vec::new(), file: Some(fetched) }),
            Got::Expired => Err(gone()),
        }
    }

    async fn fresh_url(&self, from: &FileRef) -> Result<String, Stop> {
        let message_id = message_id(&PostRef(from.message.clone()))?;
        let channel_id = channel_id(&from.channel)?;
        let message = self.http.call(Ask::get(Route::ChannelMessage { channel_id, message_id })).await?;
        let mut attachments = message["attachments"].as_array().into_iter().flatten();
        let attachment = attachments.find(|a| a["id"] == from.attachment.as_str());
        attachment.and_then(|a| a["url"].as_str()).map(str::to_owned).ok_or_else(gone)
    }

    async fn download(&self, from: &FileRef, file: &File, into: &Path) -> Result<Got, Stop> {
        let url = self.permitted(&from.url)?;
        if u64::try_from(file.size).unwrap_or(0) > MAX_BYTES {
            return Err(too_large());
        }
        let mut response = self.http.client().get(url).send().await.map_err(|e| Fail::NotSent(plain(&e)))?;
        match response.status().as_u16() {
            200 => {}
            403 | 404 | 410 => return Ok(Got::Expired),
            429 | 500..=599 => return Err(Fail::Server(response.status().as_u16()).into()),
            other => return Err(Stop::Refused(Refused::Invalid, format!("Discord's file server answered {other}."))),
        }
        if response.content_length().is_some_and(|length| length > MAX_BYTES) {
            return Err(too_large());
        }
        let part = into.with_extension("part");
        let mut out = tokio::fs::File::create(&part).await.map_err(|e| unwritable(&e))?;
        let (mut hash, mut size, mut head) = (Sha256::new(), 0u64, Vec::new());
        let written = loop {
            let next = match tokio::time::timeout(SILENCE, response.chunk()).await {
                Ok(next) => next.map_err(|e| Stop::from(Fail::Lost(plain(&e)))),
                Err(_) => Err(Fail::Lost("the file server fell silent".to_owned()).into()),
            };
            let chunk = match next {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break Ok(()),
                Err(stop) => break Err(stop),
            };
            size += chunk.len() as u64;
            if size > MAX_BYTES {
                break Err(too_large());
            }
            hash.update(&chunk);
            if head.len() < 512 {
                head.extend_from_slice(&chunk[..chunk.len().min(512)]);
            }
            if let Err(error) = out.write_all(&chunk).await {
                break Err(unwritable(&error));
            }
        };
        let sha256 = hex::encode(hash.finalize());
        let checked = written.and_then(|()| verified(file, size, &sha256));
        let stored = match checked {
            Ok(()) => match out.sync_all().await {
                Ok(()) => tokio::fs::rename(&part, into).await.map_err(|e| unwritable(&e)),
                Err(error) => Err(unwritable(&error)),
            },
            Err(stop) => Err(stop),
        };
        if let Err(stop) = stored {
            // What is left behind is overwritten by the next try.
            let _ = tokio::fs::remove_file(&part).await;
            return Err(stop);
        }
        Ok(Got::File(Fetched { size, sha256, mime: mime(&file.mime, &head) }))
    }

    /// Only Discord's own file servers, so that a forged address cannot make Baton read from its own network.
    fn permitted(&self, url: &str) -> Result<Url, Stop> {
        let refused = || Stop::Refused(Refused::Invalid, "The file is not on Discord's servers.".to_owned());
        let url = Url::parse(url).map_err(|_| refused())?;
        let host = url.host_str().unwrap_or_default();
        let official = url.scheme() == "https"
            && url.port().is_none()
            && matches!(host, "cdn.discordapp.com" | "media.discordapp.net");
        let own = self.settings.allow_plain_http
            && Url::parse(&self.settings.api_url).is_ok_and(|api| api.origin() == url.origin());
        if official || own { Ok(url) } else { Err(refused()) }
    }
}

fn verified(file: &File, size: u64, sha256: &str) -> Result<(), Stop> {
    if file.size > 0 && u64::try_from(file.size) != Ok(size) {
        return Err(Fail::Lost(format!("{size} of {} bytes came", file.size)).into());
    }
    if !file.sha256.is_empty() && file.sha256 != sha256 {
        return Err(Fail::Lost("the file differs from what was announced".to_owned()).into());
    }
    Ok(())
}

fn mime(announced: &str, head: &[u8]) -> String {
    if !announced.is_empty() && announced != "application/octet-stream" {
        return announced.to_owned();
    }
    infer::get(head).map_or("application/octet-stream", |kind| kind.mime_type()).to_owned()
}

fn gone() -> Stop {
    Stop::Refused(Refused::PostGone, "The file is no longer on Discord.".to_owned())
}

fn too_large() -> Stop {
    Stop::Refused(Refused::Invalid, "The file is larger than 100 MB, more than WhatsApp takes.".to_owned())
}

/// A full or broken disk: worth another try, since the file is still on Discord.
fn unwritable(error: &std::io::Error) -> Stop {
    Fail::NotSent(format!("the file cannot be stored: {error}")).into()
}
