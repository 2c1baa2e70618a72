//! Files a person attaches: one of the built-in samples, or an own one as base64.

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::samples;
use super::sentence::Sentence;

/// The largest own file.
const MAX_FILE: usize = 5 * 1024 * 1024;
/// An act with the largest file in base64 and some text.
pub(super) const MAX_BODY: usize = 8 * 1024 * 1024;

/// A file in an act.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Sent {
    Sample { sample: Sample },
    Own { name: String, mime: String, base64: String },
}

/// What is at hand without a file of one's own.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sample {
    Picture,
    Voice,
    Document,
}

/// A file ready to be sent.
pub(super) struct Opened {
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) bytes: Bytes,
    /// Recorded with the microphone.
    pub(super) voice: bool,
}

impl Sent {
    pub(super) fn open(self) -> Result<Opened, Sentence> {
        let (name, mime, base64) = match self {
            Self::Sample { sample } => return Ok(sample.open()),
            Self::Own { name, mime, base64 } => (name, mime, base64),
        };
        let bytes = STANDARD.decode(base64).map_err(|_| "The file arrived damaged")?;
        if bytes.is_empty() {
            return Err("The file is empty".into());
        }
        if bytes.len() > MAX_FILE {
            return Err("The file is larger than 5 MB".into());
        }
        // Browsers leave the type empty when they do not know the extension.
        let mime = if mime.contains('/') && mime.is_ascii() { mime } else { "application/octet-stream".to_owned() };
        let name = name.rsplit(['/', '\\']).next().filter(|n| !n.is_empty()).unwrap_or("file").to_owned();
        Ok(Opened { name, mime, bytes: bytes.into(), voice: false })
    }
}

impl Sample {
    fn open(self) -> Opened {
        let (name, mime, bytes, voice) = match self {
            Self::Picture => ("evening.png", "image/png", samples::picture(), false),
            Self::Voice => ("voice.ogg", "audio/ogg; codecs=opus", samples::voice(), true),
            Self::Document => ("invoice-2041.pdf", "application/pdf", samples::document(), false),
        };
        Opened { name: name.to_owned(), mime: mime.to_owned(), bytes, voice }
    }
}
