//! What messages hold, as text.

use crate::domain::card::{Post, Speaker};
use crate::domain::content::{Around, Content, File, MediaKind};
use crate::domain::ids::ThreadRef;
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::name;
use crate::domain::words::span;

/// A customer's message as a post. `files` are attached by whoever posts it; a file that is not there yet or never will be
/// is said in `missing`.
#[must_use]
pub fn customer_post(speaker: Speaker, content: &Content, around: &Around, missing: Option<&str>) -> Post {
    let mut notes = Vec::new();
    match around.forwarded {
        0 => {}
        1 => notes.push("↪ forwarded".to_owned()),
        _ => notes.push("↪ forwarded many times".to_owned()),
    }
    if let Some(ad) = &around.referral {
        let what = name::preview(&[ad.headline.as_str(), ad.body.as_str()].join(" "), 120);
        notes.push(format!("📣 came from an ad: {what} {}", ad.url).trim_end().to_owned());
    }
    if !around.product.is_empty() {
        notes.push(format!("🛍 asks about product {}", around.product));
    }
    if around.late_ms > 0 {
        notes.push(format!("🕓 arrived late: written {} before the newest message above", span(around.late_ms)));
    }
    if let Some(why) = missing {
        notes.push(why.to_owned());
    }
    Post {
        speaker,
        text: content_text(content),
        notes,
        buttons: Vec::new(),
        mentions: Vec::new(),
        leads_to: ThreadRef::default(),
        files: Vec::new(),
    }
}

/// A content as text, without the files that are attached to it.
#[must_use]
pub fn content_text(content: &Content) -> Markup {
    match content {
        Content::Text { text } => text.clone(),
        Content::Media { caption, .. } => caption.clone(),
        Content::Location { latitude, longitude, name, address } => {
            let shown = [name.as_str(), address.as_str()].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>();
            let shown = if shown.is_empty() { "Location".to_owned() } else { shown.join(", ") };
            let url = format!("https://maps.google.com/?q={latitude},{longitude}");
            line(vec![Inline::Text("📍 ".into()), Inline::Link { text: Some(shown), url }])
        }
        Content::Contacts { people } => Markup(
            people
                .iter()
                .map(|person| {
                    let name = name::display(&person.name, 80, "Contact");
                    let mut rest = person.phones.clone();
                    rest.extend(person.emails.iter().cloned());
                    if !person.organisation.is_empty() {
                        rest.push(person.organisation.clone());
                    }
                    let tail = if rest.is_empty() { String::new() } else { format!(": {}", rest.join(", ")) };
                    Block::Line(vec![
                        Inline::Text("👤 ".into()),
                        Inline::Bold(vec![Inline::Text(name)]),
                        Inline::Text(tail),
                    ])
                })
                .collect(),
        ),
        Content::Template { filled } => Markup::plain(&filled.text),
        Content::Question { text, options } => {
            let mut blocks = text.0.clone();
            let labels: Vec<String> = options.iter().map(|(_, label)| format!("[{label}]")).collect();
            blocks.push(Block::Line(vec![Inline::Text(labels.join(" "))]));
            Markup(blocks)
        }
        Content::Choice { title, detail, .. } => {
            let mut run = vec![Inline::Text("☑️ ".into()), Inline::Bold(vec![Inline::Text(title.clone())])];
            if !detail.is_empty() {
                run.push(Inline::Text(format!(" – {detail}")));
            }
            line(run)
        }
        Content::Form { title, rows } => {
            let mut blocks =
                vec![Block::Line(vec![Inline::Text("📋 ".into()), Inline::Bold(vec![Inline::Text(title.clone())])])];
            let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let rows: Vec<(String, String)> = rows.iter().map(|(label, value)| (flat(label), flat(value))).collect();
            let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default();
            let table: Vec<String> = rows.iter().map(|(label, value)| format!("{label:width$}  {value}")).collect();
            if !table.is_empty() {
                blocks.push(Block::Code(table.join("\n")));
            }
            Markup(blocks)
        }
        Content::Unsupported { what } => {
            let kind = if what.is_empty() { String::new() } else { format!(" ({})", what.replace('_', " ")) };
            Markup::plain(&format!("⚠️ A message that WhatsApp does not hand over{kind}. Open WhatsApp to see it."))
        }
    }
}

fn line(run: Vec<Inline>) -> Markup {
    Markup(vec![Block::Line(run)])
}

/// One line about a content, for cards, quotes and lists.
#[must_use]
pub fn summary(content: &Content, max: usize) -> String {
    let text = match content {
        Content::Media { file, caption } => {
            let word = media_word(file.kind);
            if caption.is_blank() { word.to_owned() } else { format!("{word}: {}", caption.to_plain()) }
        }
        other => content_text(other).to_plain(),
    };
    name::preview(&text, max)
}

/// All of a content as text, for files and searches.
#[must_use]
pub fn in_full(content: &Content) -> String {
    match content {
        Content::Media { file, caption } => {
            let name = if file.name.is_empty() { String::new() } else { format!(" {}", file_name(file)) };
            let caption = if caption.is_blank() { String::new() } else { format!(": {}", caption.to_plain()) };
            format!("{}{name}{caption}", media_word(file.kind))
        }
        other => content_text(other).to_plain(),
    }
}

/// The word for a kind of file, with its sign.
#[must_use]
pub fn media_word(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "🖼 Photo",
        MediaKind::Video => "🎬 Video",
        MediaKind::Audio => "🎵 Audio",
        MediaKind::Voice => "🎤 Voice message",
        MediaKind::Document => "📄 Document",
        MediaKind::Sticker => "🏷 Sticker",
    }
}

/// A size in brackets, ` (1.2 MB)`; nothing for one that is not known.
#[must_use]
pub(super) fn size_word(bytes: i64) -> String {
    match bytes {
        ..=0 => String::new(),
        1..=999_999 => format!(" ({} kB)", (bytes + 999) / 1000),
        _ => format!(" ({}.{} MB)", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// A safe name for a file that is stored.
#[must_use]
pub fn file_name(file: &File) -> String {
    let otherwise = match file.kind {
        MediaKind::Image => "photo",
        MediaKind::Video => "video",
        MediaKind::Audio => "audio",
        MediaKind::Voice => "voice-message",
        MediaKind::Document => "document",
        MediaKind::Sticker => "sticker",
    };
    name::file(&file.name, otherwise, extension(&file.mime))
}

fn extension(mime: &str) -> &'static str {
    match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "video/mp4" => "mp4",
        "video/3gpp" => "3gp",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/aac" => "aac",
        "audio/amr" => "amr",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        "text/csv" => "csv",
        "application/zip" => "zip",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        _ => "bin",
    }
}
