//! Files: what is sent up, what it becomes in a message, and the links to fetch it.

use axum::body::Bytes;
use serde_json::{Value, json};

use super::json::file_index;
use super::params::Upload;
use super::places::Call;
use super::refusal::{self, Refusal};
use super::world::{Media, Stored, World};

/// `getFile` hands out files up to this size.
pub(super) const LARGEST_DOWNLOAD: usize = 20 * 1024 * 1024;
const LARGEST_UPLOAD: usize = 50 * 1024 * 1024;
const LARGEST_PHOTO: usize = 10 * 1024 * 1024;
/// A link is good for an hour.
const LINK_MS: u64 = 3600 * 1000;

impl World {
    /// Keeps a file and returns its index.
    pub(super) fn store(&mut self, name: &str, mime: &str, bytes: Bytes) -> usize {
        self.files.push(Stored { name: name.to_owned(), mime: mime.to_owned(), bytes });
        self.files.len() - 1
    }

    /// The file a parameter means: a part of this request, or one that is there already by its id.
    ///
    /// # Errors
    /// When it is neither, or too large for its kind.
    pub(super) fn input_file(
        &mut self,
        call: &Call<'_>,
        name: &str,
        given: &Value,
        kind: &str,
    ) -> Result<usize, Refusal> {
        let text = given.as_str().unwrap_or_default();
        let part = text.strip_prefix("attach://").unwrap_or(name);
        if let Some(upload) = call.params.files.get(part) {
            fits(upload, kind)?;
            let Upload { name, mime, bytes } = upload.clone();
            return Ok(self.store(&name, &mime, bytes));
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return Err(Refusal::fault("files by URL are not modelled by the stand-in"));
        }
        if text.is_empty() || text.starts_with("attach://") {
            return Err(Refusal::fault(format_args!("there is no {kind} in the request")));
        }
        let known = file_index(call.bot, text).filter(|index| *index < self.files.len());
        known.ok_or_else(|| Refusal::bad("wrong remote file identifier specified: can't unserialize it"))
    }

    /// What a stored file is in a message; `given` holds the sizes and titles a sender may tell.
    pub(super) fn media(&self, kind: &'static str, file: usize, given: impl Fn(&str) -> Value) -> Media {
        let Some(stored) = self.files.get(file) else { return Media { kind, about: json!({}), file: None } };
        let or = |field: &str, default: u64| match given(field) {
            Value::Null => default.into(),
            told => told,
        };
        let mut about = match kind {
            "photo" => json!({ "width": 1280, "height": 853 }),
            "video" => json!({
                "width": or("width", 640), "height": or("height", 360), "duration": or("duration", 3),
                "file_name": stored.name, "mime_type": stored.mime,
            }),
            "audio" => json!({
                "duration": or("duration", 3), "file_name": stored.name, "mime_type": stored.mime,
            }),
            "voice" => json!({ "duration": or("duration", 3), "mime_type": stored.mime }),
            "sticker" => json!({
                "type": "regular", "width": 512, "height": 512, "is_animated": false, "is_video": false,
            }),
            _ => json!({ "file_name": stored.name, "mime_type": stored.mime }),
        };
        for field in ["title", "performer", "emoji"] {
            let told = given(field);
            if !told.is_null() && (kind == "audio" || (kind == "sticker" && field == "emoji")) {
                about[field] = told;
            }
        }
        Media { kind, about, file: Some(file) }
    }

    /// `getFile`.
    ///
    /// # Errors
    /// An id that is none of this bot's, or a file that is too big.
    pub(super) fn link(&mut self, call: &Call<'_>) -> Result<Value, Refusal> {
        let id = call.params.text("file_id").unwrap_or_default();
        let Some((index, file)) = file_index(call.bot, id).and_then(|at| Some((at, self.files.get(at)?))) else {
            return Err(Refusal::bad("wrong file_id or the file is temporarily unavailable"));
        };
        if file.bytes.len() > LARGEST_DOWNLOAD {
            return Err(Refusal::bad("file is too big"));
        }
        let folder = match file.mime.split('/').next() {
            Some("image") => "photos",
            Some("video") => "videos",
            Some("audio") => "voice",
            _ => "documents",
        };
        let end = file.name.rsplit_once('.').map(|(_, end)| format!(".{end}")).unwrap_or_default();
        let path = format!("{folder}/file_{index}{end}");
        let about = json!({
            "file_id": id,
            "file_unique_id": format!("AgAD{index:05}"),
            "file_size": file.bytes.len(),
            "file_path": path,
        });
        let now = self.now_ms();
        self.links.insert(format!("{}/{path}", call.bot), (index, now));
        Ok(about)
    }

    /// The file behind a link of this bot that is still good.
    pub(super) fn linked(&self, bot: i64, path: &str) -> Option<&Stored> {
        let (index, given_ms) = self.links.get(&format!("{bot}/{path}"))?;
        self.files.get(*index).filter(|_| given_ms + LINK_MS > self.now_ms())
    }
}

fn fits(upload: &Upload, kind: &str) -> Result<(), Refusal> {
    let size = upload.bytes.len();
    if size == 0 {
        return Err(Refusal::bad("file must be non-empty"));
    }
    if size > LARGEST_UPLOAD {
        return Err(refusal::TOO_LARGE);
    }
    if kind != "photo" {
        return Ok(());
    }
    if size > LARGEST_PHOTO {
        return Err(Refusal::bad(format_args!(
            "file of size {size} bytes is too big for a photo; the maximum size is {LARGEST_PHOTO} bytes"
        )));
    }
    if is_picture(&upload.bytes) { Ok(()) } else { Err(Refusal::bad("IMAGE_PROCESS_FAILED")) }
}

/// Whether the bytes begin as a JPEG, PNG, GIF, WebP or BMP does.
fn is_picture(bytes: &[u8]) -> bool {
    let starts: [&[u8]; 5] = [&[0xFF, 0xD8, 0xFF], &[0x89, b'P', b'N', b'G'], b"GIF8", b"RIFF", b"BM"];
    starts.iter().any(|start| bytes.starts_with(start))
}

/// What a file becomes when a person sends it, by its media type.
pub(super) fn kind_of(mime: &str) -> &'static str {
    match mime.split(';').next().unwrap_or_default().trim() {
        "image/jpeg" | "image/png" => "photo",
        "image/webp" => "sticker",
        "video/mp4" => "video",
        "audio/ogg" => "voice",
        "audio/mpeg" | "audio/mp4" | "audio/aac" => "audio",
        _ => "document",
    }
}
