//! Files in the form Telegram shows them: alone, or several in one set.

use serde_json::{Value, json};

use super::http::Ask;
use super::markup::Rich;
use crate::port::Attachment;

/// Files of one set.
pub(super) const MAX_FILES: usize = 10;
/// Larger pictures go as documents.
const MAX_PHOTO: u64 = 10_000_000;

/// How Telegram shows a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Photo,
    Video,
    Audio,
    Voice,
    Document,
}

impl Shape {
    pub(super) fn of(file: &Attachment) -> Self {
        match file.mime.as_str() {
            "image/jpeg" | "image/png" | "image/webp" if file.size <= MAX_PHOTO => Self::Photo,
            "video/mp4" => Self::Video,
            "audio/ogg" | "audio/opus" => Self::Voice,
            "audio/mpeg" | "audio/mp4" | "audio/m4a" | "audio/x-m4a" | "audio/aac" => Self::Audio,
            _ => Self::Document,
        }
    }

    const fn field(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Document => "document",
        }
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Photo => "SendPhoto",
            Self::Video => "SendVideo",
            Self::Audio => "SendAudio",
            Self::Voice => "SendVoice",
            Self::Document => "SendDocument",
        }
    }

    /// Which shapes may stand in one set.
    const fn set(self) -> u8 {
        match self {
            Self::Photo | Self::Video => 0,
            Self::Audio => 1,
            Self::Document => 2,
            Self::Voice => 3,
        }
    }
}

/// Files that are sent with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) files: Vec<Attachment>,
    /// As documents, whatever they are: Telegram could not read them as what they claim to be.
    pub(super) plain: bool,
}

/// The files in order, as few requests as Telegram's sets and uploads of at most `max` bytes allow.
pub(super) fn batches(files: &[Attachment], max: u64) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for file in files {
        let set = Shape::of(file).set();
        let fits = |batch: &Batch| {
            set != Shape::Voice.set()
                && batch.files.len() < MAX_FILES
                && batch.files.iter().map(|one| one.size).sum::<u64>() + file.size <= max
                && batch.files.first().is_some_and(|first| Shape::of(first).set() == set)
        };
        match batches.last_mut() {
            Some(batch) if fits(batch) => batch.files.push(file.clone()),
            _ => batches.push(Batch { files: vec![file.clone()], plain: false }),
        }
    }
    batches
}

impl Batch {
    /// The request that sends them; `body` says where, `buttons` are `Null` for none.
    pub(super) fn ask(&self, chat: i64, mut body: Value, caption: &Rich, buttons: Value) -> Ask {
        let shape = |file: &Attachment| if self.plain { Shape::Document } else { Shape::of(file) };
        if let [file] = self.files.as_slice() {
            let shape = shape(file);
            body[shape.field()] = "attach://file0".into();
            describe(&mut body, caption);
            if !buttons.is_null() {
                body["reply_markup"] = buttons;
            }
            return Ask::raw(shape.method(), Some(chat), body).file("file0", file);
        }
        let media = self.files.iter().enumerate().map(|(n, file)| {
            let mut one = json!({ "type": shape(file).field(), "media": format!("attach://file{n}") });
            if n == 0 {
                describe(&mut one, caption);
            }
            one
        });
        body["media"] = media.collect();
        let ask = Ask::raw("SendMediaGroup", Some(chat), body);
        self.files.iter().enumerate().fold(ask, |ask, (n, file)| ask.file(format!("file{n}"), file))
    }
}

fn describe(body: &mut Value, caption: &Rich) {
    if !caption.is_blank() {
        body["caption"] = caption.text().into();
        body["caption_entities"] = caption.entities().into();
    }
}
