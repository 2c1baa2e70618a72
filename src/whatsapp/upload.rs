//! Files on their way to a customer: which type of message carries them, and what WhatsApp would refuse, said before it is
//! asked. Limits: Meta, business-phone-numbers/media.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::domain::content::MediaKind;
use crate::port::{Attachment, Source};

use super::content::mime;
use super::graph::{Answer, Graph};
use super::wire::text;

/// Bytes of a document, the largest of all.
pub(super) const MAX_DOCUMENT: u64 = 100 * MB;

const MB: u64 = 1024 * 1024;
const KB: u64 = 1024;

/// Bytes of the beginning that tell what a file is.
const HEAD: usize = 64;

/// The type of message that carries a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Image,
    Video,
    Audio,
    Document,
    Sticker,
}

impl Wire {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Sticker => "sticker",
        }
    }

    pub(super) fn takes_caption(self) -> bool {
        matches!(self, Self::Image | Self::Video | Self::Document)
    }
}

/// A file that may be uploaded.
#[derive(Debug)]
pub(super) struct Upload {
    path: PathBuf,
    pub(super) name: String,
    mime: String,
    size: u64,
    /// An Ogg file with one channel of Opus: what a voice note has to be.
    pub(super) opus: bool,
}

/// Everything that can be uploaded; a document may also carry what its own type of message would not show.
const TAKEN: [&str; 19] = [
    "application/msword",
    "application/pdf",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "audio/aac",
    "audio/amr",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
    "video/3gpp",
    "video/mp4",
];

/// Looks at a file and says how it travels. A type WhatsApp takes but does not show goes as a document.
///
/// # Errors
/// With the sentence the agent reads.
pub(super) async fn check(file: &Attachment, kind: MediaKind) -> Result<(Upload, Wire), String> {
    let gone = |_| "The file is no longer stored.".to_owned();
    let Source::Stored(path) = &file.source else { return Err("Only stored files go to customers.".to_owned()) };
    let mut open = File::open(path).await.map_err(gone)?;
    let size = open.metadata().await.map_err(gone)?.len();
    let mut head = Vec::with_capacity(HEAD);
    (&mut open).take(HEAD as u64).read_to_end(&mut head).await.map_err(gone)?;
    let announced = mime(&file.mime);
    let mime = usual(&announced);
    let opus = is_mono_opus(&head);
    let wire = wire(kind, mime, opus)?;
    if size == 0 {
        return Err("The file is empty.".to_owned());
    }
    let (limit, what) = match wire {
        Wire::Image => (5 * MB, "pictures"),
        Wire::Video => (16 * MB, "videos"),
        Wire::Audio => (16 * MB, "audio files"),
        Wire::Document => (MAX_DOCUMENT, "documents"),
        Wire::Sticker if is_animated(&head) => (500 * KB, "animated stickers"),
        Wire::Sticker => (100 * KB, "stickers"),
    };
    if size > limit {
        return Err(format!("The file has {}; WhatsApp takes {what} of up to {}.", amount(size), amount(limit)));
    }
    let name: String = file.name.chars().filter(|c| !c.is_control()).take(240).collect();
    let name = if name.is_empty() { "file".to_owned() } else { name };
    Ok((Upload { path: path.clone(), name, mime: mime.to_owned(), size, opus }, wire))
}

fn wire(kind: MediaKind, mime: &str, opus: bool) -> Result<Wire, String> {
    let sound = match mime {
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" => true,
        "audio/ogg" => opus,
        _ => false,
    };
    Ok(match kind {
        MediaKind::Sticker if mime == "image/webp" => Wire::Sticker,
        MediaKind::Sticker => return Err("WhatsApp takes stickers as WebP only.".to_owned()),
        MediaKind::Image if matches!(mime, "image/jpeg" | "image/png") => Wire::Image,
        MediaKind::Video if matches!(mime, "video/mp4" | "video/3gpp") => Wire::Video,
        MediaKind::Audio | MediaKind::Voice if sound => Wire::Audio,
        _ if TAKEN.contains(&mime) => Wire::Document,
        _ => {
            return Err(format!(
                "WhatsApp does not take files of the type {mime}: send a picture, a video, sound, a PDF, a text or an office \
                 document."
            ));
        }
    })
}

/// The spelling Meta lists for a type.
fn usual(mime: &str) -> &str {
    match mime {
        "image/jpg" | "image/pjpeg" => "image/jpeg",
        "audio/mp3" | "audio/x-mp3" => "audio/mpeg",
        "audio/m4a" | "audio/x-m4a" => "audio/mp4",
        "audio/x-aac" => "audio/aac",
        "audio/opus" | "application/ogg" => "audio/ogg",
        "video/3gp" => "video/3gpp",
        text if text.starts_with("text/") => "text/plain",
        other => other,
    }
}

/// The first page of an Ogg stream holds `OpusHead`, a version byte and the number of channels.
fn is_mono_opus(head: &[u8]) -> bool {
    let Some(at) = head.windows(8).position(|window| window == b"OpusHead") else { return false };
    head.starts_with(b"OggS") && head.get(at + 9) == Some(&1)
}

/// The extended header of a WebP file has a flag for it.
fn is_animated(head: &[u8]) -> bool {
    head.get(12..16) == Some(b"VP8X") && head.get(20).is_some_and(|flags| flags & 0x02 != 0)
}

fn amount(bytes: u64) -> String {
    if bytes < MB {
        return format!("{} KB", bytes.div_ceil(KB));
    }
    let tenths = (bytes * 10).div_ceil(MB);
    if tenths.is_multiple_of(10) {
        format!("{} MB", tenths / 10)
    } else {
        format!("{}.{} MB", tenths / 10, tenths % 10)
    }
}

/// Uploads a file; its id, or the answer that was none. Repeating it is harmless: an id nobody uses expires.
pub(super) async fn upload(graph: &Graph, number: &str, upload: &Upload, timeout: Duration) -> Result<String, Answer> {
    #[derive(Deserialize)]
    struct Uploaded {
        #[serde(default, deserialize_with = "text")]
        id: String,
    }
    let unreadable = || Answer::NotSent("the file cannot be read".to_owned());
    let file = File::open(&upload.path).await.map_err(|_| unreadable())?;
    let chunks = futures::stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; 64 * 1024];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then_some((chunk, file)))
    });
    let part = Part::stream_with_length(reqwest::Body::wrap_stream(chunks), upload.size).file_name(upload.name.clone());
    let part = part.mime_str(&upload.mime).map_err(|_| unreadable())?;
    let form = Form::new().text("messaging_product", "whatsapp").text("type", upload.mime.clone()).part("file", part);
    // A slow line gets a second for every 128 KB on top.
    let timeout = timeout + Duration::from_secs(upload.size / (128 * KB));
    match graph.upload(&[number, "media"], form, timeout).await {
        Answer::Fine(body) => match serde_json::from_slice::<Uploaded>(&body) {
            Ok(uploaded) if !uploaded.id.is_empty() => Ok(uploaded.id),
            _ => Err(Answer::Fine(body)),
        },
        other => Err(other),
    }
}
