//! Cards, posts and answers in Telegram's form.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::files::{Batch, batches};
use super::markup::{Kind, Look, Rich, Room, broken, clip, render, split, units};
use super::refs::{topic_url, user_of};
use crate::domain::card::{Card, Labelled, Post, Speaker, Value};
use crate::domain::ids::UserRef;
use crate::domain::markup::{Block, Markup, moment};
use crate::domain::reply::Reply;
use crate::port::Attachment;

/// UTF-16 units of one message.
pub(super) const MAX_TEXT: usize = 4096;
/// UTF-16 units beside a file.
pub(super) const MAX_CAPTION: usize = 1024;
/// What a card shows of a text; the rest can be read in the thread.
const CARD_TEXT: usize = 1500;
/// Buttons of one row: labels of more are cut off on a phone.
const PER_ROW: usize = 3;

/// How people are called.
pub(super) type Names = HashMap<i64, String>;

/// One message of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Words alone.
    Text(Rich),
    /// Files, with what is said beside the first of them.
    Files(Batch, Rich),
}

/// The messages a post becomes: text first, files after it, with the text beside them where it fits.
pub(super) fn pieces(post: &Post, files: &[Attachment], max_file: u64, names: &Names) -> Vec<Piece> {
    let (small, large): (Vec<_>, Vec<_>) = files.iter().cloned().partition(|file| file.size <= max_file);
    together(texts(post, &large, names), batches(&small, max_file), !post.buttons.is_empty())
}

/// The messages an answer becomes; `asker` is called where they would not see it otherwise.
pub(super) fn answer(reply: &Reply, files: &[Attachment], max_file: u64, asker: Option<(i64, &str)>) -> Vec<Piece> {
    let (small, large): (Vec<_>, Vec<_>) = files.iter().cloned().partition(|file| file.size <= max_file);
    let mut head = Rich::default();
    if let Some((user, name)) = asker {
        mention(&mut head, user, name);
    }
    let mut tail = Rich::default();
    large.iter().for_each(|file| too_large(&mut tail, file));
    let mut texts = spread(head, &render(&reply.text), tail);
    if small.is_empty() && texts.iter().all(Rich::is_blank) {
        texts = vec![Rich::plain("Done.")];
    }
    together(texts, batches(&small, max_file), !reply.buttons.is_empty())
}

fn together(mut texts: Vec<Rich>, batches: Vec<Batch>, buttons: bool) -> Vec<Piece> {
    let files: usize = batches.iter().map(|batch| batch.files.len()).sum();
    let mut batches = batches.into_iter();
    // A set of files bears no buttons, so they stay with the words.
    let beside = texts.len() == 1 && texts[0].units() <= MAX_CAPTION && (!buttons || files == 1);
    let mut pieces = Vec::new();
    if beside && let Some(batch) = batches.next() {
        let text = texts.pop().unwrap_or_default();
        pieces.push(Piece::Files(batch, text));
    }
    pieces.splice(0..0, texts.into_iter().filter(|text| !text.is_blank()).map(Piece::Text));
    pieces.extend(batches.map(|batch| Piece::Files(batch, Rich::default())));
    pieces
}

/// The text of a post in one message, cut off where it does not fit.
pub(super) fn one_text(post: &Post, limit: usize, names: &Names) -> Rich {
    let texts = texts(post, &[], names);
    match texts.as_slice() {
        [whole] if whole.units() <= limit => whole.clone(),
        [first, ..] => clip(first, limit),
        [] => Rich::default(),
    }
}

fn texts(post: &Post, large: &[Attachment], names: &Names) -> Vec<Rich> {
    let mut head = Rich::default();
    for user in post.mentions.iter().filter_map(user_of) {
        mention(&mut head, user, names.get(&user).map_or("", String::as_str));
    }
    // Whoever is called is to read it.
    let small_print = matches!(post.speaker, Speaker::Baton) && head.is_empty();
    match &post.speaker {
        Speaker::Customer(name) => head.push(&name_of(name), Look::bold()),
        Speaker::Agent(name) => {
            head.push(&name_of(name), Look::bold());
            head.push(" (agent)", Look::default());
        }
        Speaker::Outside => head.push("sent outside Baton", Look::bold()),
        Speaker::Automatic => {
            head.push("🤖 ", Look::default());
            head.push("sent automatically", Look::bold());
        }
        Speaker::Baton | Speaker::Record => {}
    }
    if !matches!(post.speaker, Speaker::Baton | Speaker::Record) {
        head.push("\n", Look::default());
    }
    let mut tail = Rich::default();
    if let Some(url) = topic_url(&post.leads_to) {
        // What follows a quotation on its line would belong to it.
        let gap = if matches!(post.text.0.last(), Some(Block::Quote(_))) { "\n" } else { " " };
        tail.push(gap, Look::default());
        tail.push("open", Look::of(Kind::Link(url)));
    }
    large.iter().for_each(|file| too_large(&mut tail, file));
    for note in &post.notes {
        tail.push("\n", Look::default());
        tail.append(small(&Rich::plain(&broken(note))));
    }
    // Nothing stands between a name and remarks.
    let tail = if post.text.is_blank() { tail.trimmed() } else { tail };
    let body = if post.text.is_blank() { Rich::default() } else { render(&post.text) };
    let body = if small_print && !body.is_blank() { small(&body) } else { body };
    spread(head, &body, tail)
}

/// A text with what stands before and after it, in as many messages as it takes.
fn spread(head: Rich, body: &Rich, tail: Rich) -> Vec<Rich> {
    let tail = clip(&tail, MAX_TEXT / 2);
    let mut texts = split(body, Room { limit: MAX_TEXT, first: head.units(), last: tail.units() });
    if let Some(first) = texts.first_mut() {
        let mut whole = head;
        whole.append(std::mem::take(first));
        *first = whole;
    }
    if let Some(last) = texts.last_mut() {
        last.append(tail);
    }
    texts.into_iter().map(Rich::trimmed).collect()
}

/// In small print: every line in italics behind a dot.
fn small(text: &Rich) -> Rich {
    let mut out = Rich::default();
    out.push("· ", Look::italic());
    text.each(|part, look| {
        for (n, line) in part.split('\n').enumerate() {
            if n > 0 {
                out.push("\n", Look::default());
                out.push("· ", Look::italic());
            }
            // Monospaced text bears no other look.
            let italic = !matches!(look.kind, Some(Kind::Code | Kind::Pre));
            out.push(line, Look { italic, ..look.clone() });
        }
    });
    out
}

/// A file that Telegram does not take, on a line of its own.
fn too_large(out: &mut Rich, file: &Attachment) {
    let mb = file.size.div_ceil(1_000_000);
    out.push("\n", Look::default());
    let what = format!("{} ({mb} MB)", broken(&file.name));
    if file.link.is_empty() {
        out.append(small(&Rich::plain(&format!("{what} is too large for Telegram"))));
    } else {
        out.push("📎 ", Look::default());
        out.push(&what, Look::of(Kind::Link(file.link.clone())));
    }
}

/// Calls somebody by name.
fn mention(out: &mut Rich, user: i64, name: &str) {
    let name = if name.trim().is_empty() { "you".to_owned() } else { name_of(name) };
    out.push(&name, Look::of(Kind::Mention(user)));
    out.push(" ", Look::default());
}

/// A card as one message.
pub(super) fn card(card: &Card, names: &Names) -> Rich {
    let mut out = Rich::default();
    for user in card.mention.iter().filter_map(user_of) {
        mention(&mut out, user, names.get(&user).map_or("", String::as_str));
    }
    out.push(&broken(&clipped(&card.title, 250)), Look::bold());
    if !card.text.is_blank() {
        out.push("\n", Look::default());
        clip(&render(&card.text), CARD_TEXT)
            .each(|part, look| out.push(part, Look { quote: look.kind != Some(Kind::Pre), ..look.clone() }));
    }
    for field in card.fields.iter().take(25) {
        let value = fact(&field.value);
        let label = broken(&clipped(&field.label, 250));
        if label.trim().is_empty() || value.is_blank() || out.units() + units(&label) + value.units() + 3 > MAX_TEXT {
            continue;
        }
        out.push("\n", Look::default());
        out.push(&label, Look::bold());
        out.push(": ", Look::default());
        out.append(value);
    }
    out
}

fn fact(value: &Value) -> Rich {
    let mut out = Rich::default();
    match value {
        Value::Text(text) => out = clip(&render(&Markup::plain(text)), 1000),
        Value::Moment(at) => out.push(&moment(*at), Look::of(Kind::Moment(at.secs()))),
        Value::Person { name, .. } => out.push(&name_of(name), Look::default()),
        Value::Thread { thread, text } => {
            out.push(&broken(text), Look { kind: topic_url(thread).map(Kind::Link), ..Look::default() });
        }
    }
    out
}

/// A line for the operator.
pub(super) fn notice(text: &str) -> Rich {
    clip(&render(&Markup::plain(text)), MAX_TEXT).trimmed()
}

/// Buttons in rows of much the same length; `Null` for none.
pub(super) fn keyboard(buttons: &[Labelled]) -> Json {
    if buttons.is_empty() {
        return Json::Null;
    }
    let buttons = &buttons[..buttons.len().min(24)];
    let rows = buttons.len().div_ceil(PER_ROW);
    let button = |b: &Labelled| json!({ "text": clipped(&b.label, 60), "callback_data": b.button.encode() });
    let rows = buttons.chunks(buttons.len().div_ceil(rows)).map(|row| row.iter().map(button).collect::<Vec<_>>());
    json!({ "inline_keyboard": rows.collect::<Vec<_>>() })
}

/// Everybody who is called by name in a post.
pub(super) fn called(users: &[UserRef]) -> Vec<i64> {
    users.iter().filter_map(user_of).collect()
}

/// A name of the outside world as one line, without marks that turn the direction of what stands behind it.
fn name_of(name: &str) -> String {
    let turned = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2066}'..='\u{2069}');
    let name: String = broken(name.trim()).chars().filter(|c| !turned(*c)).collect();
    let name = clipped(name.trim(), 120);
    if name.is_empty() { "?".to_owned() } else { name }
}

/// At most `limit` UTF-16 units on one line.
pub(super) fn clipped(text: &str, limit: usize) -> String {
    clip(&Rich::plain(text), limit).text()
}

/// What an answer says in the small window over a chat: none when it does not fit there.
pub(super) fn alert(reply: &Reply, files: &[Attachment]) -> Option<String> {
    let text = reply.text.to_plain();
    (reply.buttons.is_empty() && files.is_empty() && units(&text) <= 200).then_some(text)
}
