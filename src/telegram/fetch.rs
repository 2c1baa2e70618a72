//! Files of the workspace: streamed to disk, complete or not at all.

use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};
use teloxide::payloads::GetFile;
use teloxide::types::FileId;
use tokio::io::AsyncWriteExt;

use super::Telegram;
use super::http::{Ask, Bot, Fail, plain};
use super::perform::Stop;
use super::refs::file_of;
use crate::domain::content::File;
use crate::domain::event::Refused;
use crate::port::{Fetched, Receipt};

/// How long the line may be silent.
const SILENCE: Duration = Duration::from_secs(20);

impl Telegram {
    /// Fetches a file through the bot that was told of it, from the address of the API and no other.
    pub(super) async fn fetch(&self, file: &File, into: &Path) -> Result<Receipt, Stop> {
        let named = file_of(&file.remote).and_then(|(bot, id)| Some((self.bots.iter().find(|b| b.id == bot)?, id)));
        let Some((bot, id)) = named else {
            return Err(Stop::Refused(Refused::Invalid, "This is not a file of one of the bots.".to_owned()));
        };
        let max = self.settings.max_download;
        if u64::try_from(file.size).unwrap_or(0) > max {
            return Err(too_large(max));
        }
        let described = match bot.call(Ask::of(None, &GetFile::new(FileId(id.to_owned())))).await {
            Err(fail) if fail.says(&["file is too big"]) => return Err(too_large(max)),
            Err(fail) if fail.says(&["file_id", "wrong file", "file is temporarily unavailable"]) => {
                return Err(Stop::Refused(Refused::PostGone, "The file is no longer on Telegram.".to_owned()));
            }
            other => other?,
        };
        let path = described["file_path"].as_str().filter(|path| is_path(path));
        let path = path.ok_or_else(|| Fail::Lost("the answer names no file".to_owned()))?;
        let fetched = download(bot, path, file, into, max).await?;
        Ok(Receipt { remote: Vec::new(), file: Some(fetched) })
    }
}

/// A path on the server, which cannot lead to another one or out of the bot's files.
fn is_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    !path.is_empty() && path.chars().all(plain) && !path.starts_with('/') && !path.split('/').any(|part| part == "..")
}

async fn download(bot: &Bot, path: &str, file: &File, into: &Path, max: u64) -> Result<Fetched, Stop> {
    let url = bot.url("/file", path)?;
    let mut response = bot.client().get(url).send().await.map_err(|e| Fail::NotSent(plain(e)))?;
    match response.status().as_u16() {
        200 => {}
        status @ (429 | 500..=599) => return Err(Fail::Server(status).into()),
        other => return Err(Fail::Lost(format!("the file server answered {other}")).into()),
    }
    if response.content_length().is_some_and(|length| length > max) {
        return Err(too_large(max));
    }
    let part = into.with_extension("part");
    let mut out = tokio::fs::File::create(&part).await.map_err(|e| unwritable(&e))?;
    let (mut hash, mut size, mut head) = (Sha256::new(), 0u64, Vec::new());
    let written = loop {
        let next = match tokio::time::timeout(SILENCE, response.chunk()).await {
            Ok(next) => next.map_err(|e| Stop::from(Fail::Lost(plain(e)))),
            Err(_) => Err(Fail::Lost("the file server fell silent".to_owned()).into()),
        };
        let chunk = match next {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        };
        size += chunk.len() as u64;
        if size > max {
            break Err(too_large(max));
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
    let stored = match written.and_then(|()| verified(file, size)) {
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
    Ok(Fetched { size, sha256, mime: mime(&file.mime, &head) })
}

fn verified(file: &File, size: u64) -> Result<(), Stop> {
    if file.size > 0 && u64::try_from(file.size) != Ok(size) {
        return Err(Fail::Lost(format!("{size} of {} bytes came", file.size)).into());
    }
    Ok(())
}

fn mime(announced: &str, head: &[u8]) -> String {
    if !announced.is_empty() && announced != "application/octet-stream" {
        return announced.to_owned();
    }
    infer::get(head).map_or("application/octet-stream", |kind| kind.mime_type()).to_owned()
}

fn too_large(max: u64) -> Stop {
    let reason = format!("The file is too large: Telegram lets bots fetch {} MB at most.", max / 1_000_000);
    Stop::Refused(Refused::Invalid, reason)
}

/// A full or broken disk: worth another try, since the file is still on Telegram.
fn unwritable(error: &std::io::Error) -> Stop {
    Fail::NotSent(format!("the file cannot be stored: {error}")).into()
}
