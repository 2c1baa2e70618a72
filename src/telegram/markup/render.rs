//! From our markup to Telegram's form.

use super::{BREAK, Kind, Look, Rich};
use crate::domain::ids::ThreadRef;
use crate::domain::markup::{Block, Inline, Markup, moment};
use crate::telegram::refs::topic_url;

/// The text with its looks.
#[must_use]
pub fn render(markup: &Markup) -> Rich {
    let mut out = Rich::default();
    let mut before = None;
    for block in &markup.0 {
        if let Some(before) = before {
            // Lines of one quotation hang together.
            let quote = matches!((before, block), (&Block::Quote(_), Block::Quote(_)));
            out.push("\n", Look { quote, ..Look::default() });
        }
        match block {
            Block::Line(text) => line(&mut out, text, &Look::default()),
            Block::Quote(text) => line(&mut out, text, &Look { quote: true, ..Look::default() }),
            Block::Item { number, text } => {
                let mark = number.map_or_else(|| "- ".to_owned(), |n| format!("{n}. "));
                out.push(&mark, Look::default());
                line(&mut out, text, &Look::default());
            }
            Block::Code(text) => out.push(&cleaned(text, true), Look::of(Kind::Pre)),
        }
        before = Some(block);
    }
    out
}

/// One line of data, in which nobody is called and nothing is a command.
#[must_use]
pub fn broken(text: &str) -> String {
    let text = cleaned(text, false);
    let mut out = String::with_capacity(text.len() + 8);
    for word in text.split_inclusive(char::is_whitespace) {
        if is_address(word) {
            out.push_str(word);
            continue;
        }
        let mut before = None;
        let mut chars = word.chars().peekable();
        while let Some(c) = chars.next() {
            out.push(c);
            let next = chars.peek().copied();
            let names = next.is_some_and(|n| n.is_ascii_alphanumeric() || n == '_');
            let free = before.is_none_or(|b| !is_word(b));
            if names && (c == '@' && free || c == '/' && free && !matches!(before, Some('/' | '<' | '>'))) {
                out.push(BREAK);
            }
            before = Some(c);
        }
    }
    out
}

fn line(out: &mut Rich, inlines: &[Inline], look: &Look) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => text_of(out, text, look),
            Inline::Bold(inner) => line(out, inner, &Look { bold: true, ..look.clone() }),
            Inline::Italic(inner) => line(out, inner, &Look { italic: true, ..look.clone() }),
            Inline::Strike(inner) => line(out, inner, &Look { strike: true, ..look.clone() }),
            // Monospaced text bears no other look.
            Inline::Code(text) => {
                out.push(&cleaned(text, false), Look { quote: look.quote, ..Look::of(Kind::Code) });
            }
            Inline::Link { text, url } => link(out, text.as_deref(), url, look),
            Inline::Thread { thread, text } => topic(out, thread, text, look),
            Inline::Moment(at) => {
                out.push(&moment(*at), Look { kind: Some(Kind::Moment(at.secs())), ..look.clone() });
            }
        }
    }
}

/// What leads to a topic that is shown without a name.
const OPEN: &str = "open";

/// A topic under its name, which leads there where it is one of Telegram's.
pub(in crate::telegram) fn topic(out: &mut Rich, thread: &ThreadRef, text: &str, look: &Look) {
    let kind = topic_url(thread).map(Kind::Link);
    let shown = if text.is_empty() && kind.is_some() { OPEN.to_owned() } else { broken(text) };
    out.push(&shown, Look { kind, ..look.clone() });
}

fn text_of(out: &mut Rich, text: &str, look: &Look) {
    // What stands before it on the line decides whether its first sign would be read as a call.
    let glued = out.runs.last().and_then(|run| run.text.chars().next_back()).is_some_and(is_word);
    let first_is_sign = text.starts_with(['@', '/']);
    if glued && first_is_sign {
        let (sign, rest) = text.split_at(1);
        out.push(sign, look.clone());
        let rest = broken(rest);
        out.push(&rest, look.clone());
    } else {
        out.push(&broken(text), look.clone());
    }
}

fn link(out: &mut Rich, text: Option<&str>, url: &str, look: &Look) {
    let leads = (url.starts_with("https://") || url.starts_with("http://"))
        && url.chars().all(|c| !c.is_whitespace() && !c.is_control());
    let shown = text.filter(|text| !text.trim().is_empty());
    match shown {
        None if leads => {
            out.push(&cleaned(url, false), Look { kind: Some(Kind::Link(url.to_owned())), ..look.clone() })
        }
        None => text_of(out, url, look),
        // A text that looks like another address would deceive.
        Some(text) if leads && !text.contains("://") => {
            out.push(&broken(text), Look { kind: Some(Kind::Link(url.to_owned())), ..look.clone() });
        }
        Some(text) => {
            text_of(out, text, look);
            out.push(" (", look.clone());
            link(out, None, url, look);
            out.push(")", look.clone());
        }
    }
}

/// An address that Telegram reads as a whole, so that a sign in it calls nobody.
fn is_address(word: &str) -> bool {
    let Some(rest) = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://")) else { return false };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let top = host.rsplit('.').next().unwrap_or_default();
    plain && host.contains('.') && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Without what Telegram takes out of every text (marks that turn the direction of writing), on one line where it is one.
fn cleaned(text: &str, lines: bool) -> String {
    let kept = text.chars().filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\r'));
    kept.map(|c| match c {
        '\n' if lines => c,
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => ' ',
        c => c,
    })
    .collect()
}
