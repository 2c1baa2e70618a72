//! What a message holds beside its words: files, and what becomes words because no file can say it.

use serde_json::Value;

use super::refs::file_ref;
use crate::domain::content::{File, MediaKind};
use crate::domain::ids::MediaId;

/// What cannot be relayed, in the team's words. It stays inside as a note.
const CANNOT: [(&str, &str); 14] = [
    ("poll", "a poll"),
    ("dice", "a die"),
    ("game", "a game"),
    ("story", "a story"),
    ("invoice", "an invoice"),
    ("paid_media", "paid media"),
    ("checklist", "a checklist"),
    ("giveaway", "a giveaway"),
    ("gift", "a gift"),
    ("rich_message", "a message in a form that is not known"),
    ("passport_data", "passport data"),
    ("web_app_data", "the data of an app"),
    ("successful_payment", "a payment"),
    ("video_chat_started", "a video chat"),
];

/// The files of a message. Types and names are what the sender's client says, where it says anything.
pub(super) fn files(message: &Value, bot: i64) -> Vec<File> {
    let file = |value: &Value, kind: MediaKind, mime: &str, name: &str| {
        let id = value["file_id"].as_str()?;
        let said = value["mime_type"].as_str().and_then(|m| m.split(';').next()).map(|m| m.trim().to_ascii_lowercase());
        Some(File {
            id: MediaId(0),
            kind,
            mime: said.filter(|m| m.contains('/')).unwrap_or_else(|| mime.to_owned()),
            name: value["file_name"].as_str().unwrap_or(name).to_owned(),
            remote: file_ref(bot, id),
            sha256: String::new(),
            size: value["file_size"].as_i64().unwrap_or(0),
        })
    };
    // The sizes of a photo are one picture.
    let largest = message["photo"].as_array().into_iter().flatten().max_by_key(|size| {
        let side = |name: &str| size[name].as_i64().unwrap_or(0);
        (side("width").saturating_mul(side("height")), side("file_size"))
    });
    let mut found = Vec::new();
    found.extend(largest.and_then(|photo| file(photo, MediaKind::Image, "image/jpeg", "photo.jpg")));
    let sticker = &message["sticker"];
    if sticker["is_animated"] != true && sticker["is_video"] != true {
        found.extend(file(sticker, MediaKind::Sticker, "image/webp", "sticker.webp"));
    }
    // An animation comes as a document as well, for clients that do not know it.
    let document = if message["animation"].is_null() { &message["document"] } else { &Value::Null };
    for (value, kind, mime, name) in [
        (&message["video"], MediaKind::Video, "video/mp4", "video.mp4"),
        (&message["video_note"], MediaKind::Video, "video/mp4", "video.mp4"),
        (&message["animation"], MediaKind::Video, "video/mp4", "animation.mp4"),
        (&message["voice"], MediaKind::Voice, "audio/ogg", "voice.ogg"),
        (&message["audio"], MediaKind::Audio, "audio/mpeg", "audio.mp3"),
        (document, MediaKind::Document, "application/octet-stream", "document"),
    ] {
        found.extend(file(value, kind, mime, name));
    }
    found
}

/// What a message says without words, in lines.
pub(super) fn words(message: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let sticker = &message["sticker"];
    if sticker["is_animated"] == true || sticker["is_video"] == true {
        lines.push(sticker["emoji"].as_str().unwrap_or("🖼").to_owned());
    }
    let venue = &message["venue"];
    let place = if venue.is_null() { &message["location"] } else { &venue["location"] };
    if let (Some(latitude), Some(longitude)) = (place["latitude"].as_f64(), place["longitude"].as_f64()) {
        let named = ["title", "address"].iter().filter_map(|field| venue[*field].as_str()).filter(|t| !t.is_empty());
        lines.extend(named.map(str::to_owned));
        lines.push(format!("https://maps.google.com/?q={latitude},{longitude}"));
    }
    let contact = &message["contact"];
    if !contact.is_null() {
        let name = super::people::full_name(contact);
        let number = contact["phone_number"].as_str().unwrap_or_default();
        lines.push(format!("{name} {number}").trim().to_owned());
    }
    lines
}

/// A note about what a message holds that nothing else can be made of.
pub(super) fn unrelayable(message: &Value) -> String {
    match CANNOT.iter().find(|(field, _)| !message[*field].is_null()) {
        Some((_, name)) => format!("// [{name} that cannot be relayed]"),
        None => "// [a kind of message that cannot be relayed]".to_owned(),
    }
}
