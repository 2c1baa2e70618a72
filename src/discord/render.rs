//! Cards, posts and answers in Discord's form.

use serde_json::{Value as Json, json};
use serenity::builder::{
    CreateActionRow, CreateAllowedMentions, CreateButton, CreateEmbed, CreateInteractionResponseMessage, CreateMessage,
    EditInteractionResponse, EditMessage,
};
use serenity::model::application::ButtonStyle;
use serenity::model::channel::Nonce;
use serenity::model::id::UserId;
use sha2::{Digest, Sha256};

use super::markup::{Split, escaped, render, split, units};
use crate::domain::card::{Card, Labelled, Post, Speaker, Style, Tone, Value};
use crate::domain::ids::{OutboxId, UserRef};
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::reply::Reply;
use crate::port::Attachment;

/// UTF-16 units of one message.
pub(super) const MAX_TEXT: usize = 2000;
/// UTF-16 units of what is said of a file.
const MAX_ALT: usize = 1024;
/// Files of one message.
pub(super) const MAX_FILES: usize = 10;
/// The whole request may have 25 MiB; the rest is for its text and the multipart borders.
const MAX_REQUEST: u64 = 25 * 1024 * 1024 - 64 * 1024;
/// A card is a glance; the whole text stands in the thread.
const CARD_TEXT: usize = 700;

/// One message of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) content: String,
    pub(super) files: Vec<Attachment>,
    pub(super) is_last: bool,
}

/// The messages a post becomes: text first, files with the last text and after it.
pub(super) fn pieces(post: &Post, files: &[Attachment], max_file: u64) -> Vec<Piece> {
    let (small, large): (Vec<_>, Vec<_>) = files.iter().cloned().partition(|f| f.size <= max_file.min(MAX_REQUEST));
    let mut groups: Vec<Vec<Attachment>> = Vec::new();
    for file in small {
        let fits = groups.last().is_some_and(|group| {
            group.len() < MAX_FILES && group.iter().map(|f| f.size).sum::<u64>() + file.size <= MAX_REQUEST
        });
        if fits && let Some(group) = groups.last_mut() {
            group.push(file);
        } else {
            groups.push(vec![file]);
        }
    }
    let mut pieces: Vec<Piece> =
        texts(post, &large).into_iter().map(|content| Piece { content, files: Vec::new(), is_last: false }).collect();
    let mut groups = groups.into_iter();
    if let (Some(piece), Some(files)) = (pieces.last_mut(), groups.next()) {
        piece.files = files;
    }
    pieces.extend(groups.map(|files| Piece { content: String::new(), files, is_last: false }));
    if let Some(piece) = pieces.last_mut() {
        piece.is_last = true;
    }
    pieces
}

/// The text of a post in one message, cut off where it does not fit.
pub(super) fn one_text(post: &Post) -> String {
    let texts = texts(post, &[]);
    match texts.as_slice() {
        [whole] => whole.clone(),
        [first, ..] => clipped(first, MAX_TEXT - 2) + "\n…",
        [] => String::new(),
    }
}

fn texts(post: &Post, large: &[Attachment]) -> Vec<String> {
    let mention: String = mentioned(&post.mentions).map(|id| format!("<@{id}> ")).collect();
    // Whoever is called is to read it.
    let small_print = matches!(post.speaker, Speaker::Baton) && mention.is_empty();
    let head = match &post.speaker {
        Speaker::Customer(name) => format!("{mention}**{}**\n", name_of(name)),
        Speaker::Agent(name) => format!("{mention}**{}** (agent)\n", name_of(name)),
        Speaker::Outside => format!("{mention}**sent outside Baton**\n"),
        Speaker::Automatic => format!("{mention}🤖 **sent automatically**\n"),
        Speaker::Baton | Speaker::Record => mention,
    };
    // What follows a quotation on its line would belong to it.
    let gap = if matches!(post.text.0.last(), Some(Block::Quote(_))) { "\n" } else { " " };
    let mut tail = match post.leads_to.as_str() {
        thread if is_id(thread) => format!("{gap}<#{thread}>"),
        _ => String::new(),
    };
    tail.extend(large.iter().map(too_large));
    for note in &post.notes {
        tail.push_str("\n-# ");
        tail.push_str(&escaped(note));
    }
    let tail = clipped(&tail, MAX_TEXT / 2);
    let blank = post.text.is_blank();
    let empty = Markup::default();
    let room = Split {
        limit: MAX_TEXT,
        prefix: if small_print { "-# " } else { "" },
        first: units(&head),
        last: units(&tail),
    };
    let mut texts = split(if blank { &empty } else { &post.text }, room);
    if let Some(first) = texts.first_mut() {
        // Small print is only recognised at the start of a line, so a call stands behind its mark.
        *first = match first.strip_prefix("-# ") {
            Some(rest) if small_print && !head.is_empty() => format!("-# {head}{rest}"),
            _ => format!("{head}{first}"),
        };
    }
    if let Some(last) = texts.last_mut() {
        last.push_str(if blank { tail.trim_start_matches('\n') } else { &tail });
        *last = last.trim_matches('\n').to_owned();
    }
    texts
}

/// A file that Discord does not take, on a line of its own.
fn too_large(file: &Attachment) -> String {
    let mib = file.size.div_ceil(1024 * 1024);
    let name = escaped(&file.name);
    match Markup(vec![Block::Line(vec![Inline::Link { text: None, url: file.link.clone() }])]) {
        _ if file.link.is_empty() => format!("\n-# {name} ({mib} MiB) is too large for Discord"),
        link => format!("\n📎 {name} ({mib} MiB): {}", render(&link)),
    }
}

/// What a message says of the files that travel with it, in their order.
fn described(files: &[Attachment]) -> Json {
    let one = |(n, file): (usize, &Attachment)| {
        let mut one = json!({ "id": n, "filename": file.name });
        if !file.alt.is_empty() {
            one["description"] = clipped(&file.alt, MAX_ALT).into();
        }
        one
    };
    files.iter().enumerate().map(one).collect()
}

/// The embed of a card.
fn embed(card: &Card) -> CreateEmbed {
    let colour = match card.tone {
        Tone::Waiting => 0x00ED_4245,
        Tone::Owned => 0x00FE_E75C,
        Tone::Answered => 0x0057_F287,
        Tone::Closed => 0x0080_848E,
    };
    let text = split(&card.text, Split { limit: CARD_TEXT, prefix: "", first: 0, last: 2 });
    let mut description = text.first().cloned().unwrap_or_default();
    if text.len() > 1 {
        description.push_str("\n…");
    }
    let mut embed = CreateEmbed::new().title(clipped(&escaped(&card.title), 250)).colour(colour);
    if !description.trim().is_empty() {
        embed = embed.description(description);
    }
    // 25 fields, and 6000 characters over all.
    let mut left = 4500usize;
    for field in card.fields.iter().take(25) {
        let (label, value) = (clipped(&escaped(&field.label), 250), clipped(&fact(&field.value), 1000));
        if label.trim().is_empty() || value.trim().is_empty() || units(&label) + units(&value) > left {
            continue;
        }
        left -= units(&label) + units(&value);
        embed = embed.field(label, value, true);
    }
    embed
}

fn fact(value: &Value) -> String {
    match value {
        Value::Text(text) => text.split('\n').map(escaped).collect::<Vec<_>>().join("\n"),
        Value::Moment(at) => format!("<t:{0}:t> (<t:{0}:R>)", at.secs()),
        Value::Person { user, .. } if is_id(user.as_str()) => format!("<@{user}>"),
        Value::Person { name, .. } => escaped(name),
        Value::Thread { thread, .. } if is_id(thread.as_str()) => format!("<#{thread}>"),
        Value::Thread { text, .. } => escaped(text),
    }
}

fn rows(buttons: &[Labelled]) -> Vec<CreateActionRow> {
    let button = |b: &Labelled| {
        let style = match b.style {
            Style::Primary => ButtonStyle::Primary,
            Style::Secondary => ButtonStyle::Secondary,
            Style::Danger => ButtonStyle::Danger,
        };
        CreateButton::new(b.button.encode()).label(clipped(&b.label, 80)).style(style)
    };
    buttons.chunks(5).take(5).map(|row| CreateActionRow::Buttons(row.iter().map(button).collect())).collect()
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn mentioned(users: &[UserRef]) -> impl Iterator<Item = u64> {
    users.iter().filter_map(|user| user.as_str().parse().ok()).filter(|id| *id != 0)
}

/// Nobody may be called but these.
fn allowed(users: &[UserRef]) -> CreateAllowedMentions {
    let ids: Vec<UserId> = mentioned(users).map(UserId::new).collect();
    let nobody = CreateAllowedMentions::new().replied_user(false);
    if ids.is_empty() { nobody } else { nobody.users(ids) }
}

fn card_text(card: &Card) -> String {
    mentioned(card.mention.as_slice()).map(|id| format!("<@{id}>")).collect()
}

/// A new card.
pub(super) fn new_card(card: &Card, nonce: &str) -> Json {
    let message = CreateMessage::new()
        .content(card_text(card))
        .embed(embed(card))
        .components(rows(&card.buttons))
        .allowed_mentions(allowed(card.mention.as_slice()))
        .nonce(Nonce::String(nonce.to_owned()))
        .enforce_nonce(true);
    json(&message)
}

/// A card brought up to date.
pub(super) fn edited_card(card: &Card) -> Json {
    let message = EditMessage::new()
        .content(card_text(card))
        .embed(embed(card))
        .components(rows(&card.buttons))
        .allowed_mentions(allowed(card.mention.as_slice()));
    json(&message)
}

/// One message of a post; `reply_to` is a message of the same thread that may be gone by now.
pub(super) fn new_piece(piece: &Piece, post: &Post, nonce: &str, reply_to: Option<&str>) -> Json {
    let mut message = CreateMessage::new()
        .content(piece.content.clone())
        .allowed_mentions(allowed(&post.mentions))
        .nonce(Nonce::String(nonce.to_owned()))
        .enforce_nonce(true);
    if piece.is_last && !post.buttons.is_empty() {
        message = message.components(rows(&post.buttons));
    }
    let mut body = json(&message);
    if let Some(reply_to) = reply_to.filter(|id| is_id(id)) {
        body["message_reference"] = json!({ "message_id": reply_to, "fail_if_not_exists": false });
    }
    if !piece.files.is_empty() {
        body["attachments"] = described(&piece.files);
    }
    body
}

/// A post's new form.
pub(super) fn edited_post(post: &Post) -> Json {
    let message = EditMessage::new()
        .content(one_text(post))
        .components(rows(&post.buttons))
        .allowed_mentions(allowed(&post.mentions));
    json(&message)
}

/// A line for the operator.
pub(super) fn notice(text: &str, nonce: &str) -> Json {
    let text = text.split('\n').map(escaped).collect::<Vec<_>>().join("\n");
    let message = CreateMessage::new()
        .content(clipped(&text, MAX_TEXT))
        .allowed_mentions(allowed(&[]))
        .nonce(Nonce::String(nonce.to_owned()))
        .enforce_nonce(true);
    json(&message)
}

/// An answer as it is sent: its text, and the files that fit into one message with it.
pub(super) struct Answer {
    content: String,
    pub(super) files: Vec<Attachment>,
}

impl Answer {
    pub(super) fn new(reply: &Reply, files: &[Attachment], max_file: u64) -> Self {
        let mut left = MAX_REQUEST;
        let (files, large): (Vec<_>, Vec<_>) = files.iter().take(MAX_FILES).cloned().partition(|file| {
            let fits = file.size <= max_file.min(left);
            left -= if fits { file.size } else { 0 };
            fits
        });
        let tail = clipped(&large.iter().map(too_large).collect::<String>(), MAX_TEXT / 2);
        // Where the rest is left out, a line says so.
        let limit = MAX_TEXT - units(&tail) - 2;
        let texts = split(&reply.text, Split { limit, prefix: "", first: 0, last: 0 });
        let content = match texts.as_slice() {
            [] => tail,
            [only] => format!("{only}{tail}"),
            [first, ..] => format!("{first}\n…{tail}"),
        };
        let content = content.trim_matches('\n').to_owned();
        // Discord refuses an empty answer.
        let empty = content.trim().is_empty() && files.is_empty();
        Self { content: if empty { "Done.".to_owned() } else { content }, files }
    }

    /// As the first answer to an interaction, seen only by who clicked or typed.
    pub(super) fn first(&self, reply: &Reply) -> Json {
        let message = CreateInteractionResponseMessage::new()
            .content(&self.content)
            .components(rows(&reply.buttons))
            .allowed_mentions(allowed(&[]))
            .ephemeral(true);
        let mut body = json(&serenity::builder::CreateInteractionResponse::Message(message));
        if !self.files.is_empty() {
            body["data"]["attachments"] = described(&self.files);
        }
        body
    }

    /// As what stands in the place of the promise, or of an earlier answer with its files.
    pub(super) fn edited(&self, reply: &Reply) -> Json {
        let message = EditInteractionResponse::new()
            .content(&self.content)
            .components(rows(&reply.buttons))
            .allowed_mentions(allowed(&[]));
        let mut body = json(&message);
        body["attachments"] = described(&self.files);
        body
    }
}

/// The promise of an answer, seen only by who clicked or typed.
pub(super) fn defer() -> Json {
    let message = CreateInteractionResponseMessage::new().ephemeral(true);
    json(&serenity::builder::CreateInteractionResponse::Defer(message))
}

/// The 25 characters by which Discord knows a repeated message.
pub(super) fn nonce(outbox: OutboxId, channel: &str, piece: usize) -> String {
    let mut hash = hex::encode(Sha256::digest(format!("baton|{outbox}|{channel}|{piece}")));
    hash.truncate(25);
    hash
}

/// A name of the outside world as one escaped line.
fn name_of(name: &str) -> String {
    let name = clipped(&escaped(name.trim()), 120);
    if name.is_empty() { "?".to_owned() } else { name }
}

/// At most `limit` UTF-16 units, never ending in half an escape.
pub(super) fn clipped(text: &str, limit: usize) -> String {
    if units(text) <= limit {
        return text.to_owned();
    }
    let mut used = 1;
    let mut out: String = text
        .chars()
        .take_while(|c| {
            used += c.len_utf16();
            used <= limit
        })
        .collect();
    if out.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1 {
        out.pop();
    }
    out.push('…');
    out
}

fn json<T: serde::Serialize>(message: &T) -> Json {
    // serenity's builders are plain structures of strings, numbers and lists: serialising them cannot fail.
    serde_json::to_value(message).unwrap_or_default()
}
