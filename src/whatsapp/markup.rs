//! WhatsApp's formatting, both ways.
//!
//! WhatsApp has no escape character: text that happens to look like formatting (`*x*` as data) is shown formatted by the
//! phone, and nothing can be done about it short of changing what was said, so it is left as typed. Formatting that WhatsApp
//! would not recognise (within a word, around white space) is rendered without markers, so that no marker shows as text.

use crate::domain::markup::{Block, Inline, Markup, moment};

pub use super::cut::split_text;
use super::scan::{self, Mark, Scan};

/// Reads a text as the customer typed it.
#[must_use]
pub fn parse(text: &str) -> Markup {
    let text = text.replace("\r\n", "\n");
    let mut blocks = Vec::new();
    let mut at = 0;
    let fences = scan::fences(&text);
    for fence in &fences {
        let before = &text[at..fence.outer.start];
        if !before.is_empty() {
            blocks.extend(before.strip_suffix('\n').unwrap_or(before).split('\n').map(line));
        }
        blocks.push(Block::Code(text[fence.inner.clone()].trim_matches('\n').to_owned()));
        at = fence.outer.end;
        if text[at..].starts_with('\n') {
            at += 1;
            if at == text.len() {
                blocks.push(Block::Line(Vec::new()));
            }
        }
    }
    if at < text.len() || fences.is_empty() {
        blocks.extend(text[at..].split('\n').map(line));
    }
    Markup(blocks)
}

fn line(text: &str) -> Block {
    if let Some(rest) = text.strip_prefix("> ") {
        return Block::Quote(run(rest, &[]));
    }
    if let Some(rest) = text.strip_prefix("- ").or_else(|| text.strip_prefix("* ")) {
        return Block::Item { number: None, text: run(rest, &[]) };
    }
    if let Some((number, rest)) = numbered(text) {
        return Block::Item { number: Some(number), text: run(rest, &[]) };
    }
    Block::Line(run(text, &[]))
}

/// `12. text`; a year at the start of a line is no list.
fn numbered(text: &str) -> Option<(u32, &str)> {
    let (number, rest) = text.split_once(". ")?;
    let plausible = (1..=3).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && (number == "0" || !number.starts_with('0'));
    if plausible { Some((number.parse().ok()?, rest)) } else { None }
}

fn run(text: &str, within: &[Mark]) -> Vec<Inline> {
    let mut out = Vec::new();
    let mut scan = Scan::new(text, within);
    let mut at = 0;
    while let Some(span) = scan.next_span(at) {
        push_text(&mut out, &text[at..span.outer.start]);
        let inner = &text[span.inner.clone()];
        let nested = |mark: Mark| {
            let mut within = within.to_vec();
            within.push(mark);
            run(inner, &within)
        };
        out.push(match span.mark {
            Mark::Bold => Inline::Bold(nested(Mark::Bold)),
            Mark::Italic => Inline::Italic(nested(Mark::Italic)),
            Mark::Strike => Inline::Strike(nested(Mark::Strike)),
            Mark::Code | Mark::Fence => Inline::Code(inner.to_owned()),
            Mark::Url => Inline::Link { text: None, url: inner.to_owned() },
        });
        at = span.outer.end;
    }
    push_text(&mut out, &text[at..]);
    out
}

fn push_text(out: &mut Vec<Inline>, text: &str) {
    if !text.is_empty() {
        out.push(Inline::Text(text.to_owned()));
    }
}

/// Writes a text for WhatsApp: links with a text of their own become `text (address)`, everything else has its marker.
#[must_use]
pub fn render(markup: &Markup) -> String {
    let blocks: Vec<String> = markup.0.iter().map(block).collect();
    blocks.join("\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Line(text) => render_run(text, &[]),
        Block::Quote(text) => prefixed("> ", text),
        Block::Item { number: None, text } => prefixed("- ", text),
        Block::Item { number: Some(number), text } => prefixed(&format!("{number}. "), text),
        // A fence cannot hold a fence, nor a mark at its very edge.
        Block::Code(text) if text.trim().is_empty() || text.contains("```") || text.ends_with('`') => text.clone(),
        Block::Code(text) => format!("```{text}```"),
    }
}

fn prefixed(prefix: &str, text: &[Inline]) -> String {
    let text = render_run(text, &[]);
    if prefix == "> " { format!("> {}", text.replace('\n', "\n> ")) } else { format!("{prefix}{text}") }
}

/// A rendered piece of a line: plain, or to be put between marks if they bind there.
enum Piece {
    Plain(String),
    Marked(Mark, String),
}

fn render_run(run: &[Inline], within: &[Mark]) -> String {
    let pieces: Vec<Piece> = merged(run).iter().flat_map(|inline| pieces(inline, within)).collect();
    let mut out = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Plain(text) => out.push_str(text),
            Piece::Marked(mark, inner) => {
                let next = pieces[index + 1..].iter().find_map(first_char);
                if scan::binds(*mark, inner, out.chars().next_back(), next) {
                    out.push_str(mark.sign());
                    out.push_str(inner);
                    out.push_str(mark.sign());
                } else {
                    out.push_str(inner);
                }
            }
        }
    }
    out
}

fn first_char(piece: &Piece) -> Option<char> {
    match piece {
        Piece::Plain(text) => text.chars().next(),
        Piece::Marked(mark, inner) if scan::binds(*mark, inner, None, None) => mark.sign().chars().next(),
        Piece::Marked(_, inner) => inner.chars().next(),
    }
}

fn pieces(inline: &Inline, within: &[Mark]) -> Vec<Piece> {
    let marked = |mark: Mark, inner: &[Inline]| {
        if within.contains(&mark) {
            return vec![Piece::Plain(render_run(inner, within))];
        }
        let mut deeper = within.to_vec();
        deeper.push(mark);
        edges(mark, &render_run(inner, &deeper))
    };
    match inline {
        Inline::Text(text) => vec![Piece::Plain(text.clone())],
        Inline::Bold(inner) => marked(Mark::Bold, inner),
        Inline::Italic(inner) => marked(Mark::Italic, inner),
        Inline::Strike(inner) => marked(Mark::Strike, inner),
        Inline::Code(text) if text.contains('`') => vec![Piece::Marked(Mark::Fence, text.clone())],
        Inline::Code(text) => vec![Piece::Marked(Mark::Code, text.clone())],
        Inline::Link { text: Some(text), url } if !text.trim().is_empty() && text != url => {
            vec![Piece::Plain(format!("{text} ({url})"))]
        }
        Inline::Link { url, .. } => vec![Piece::Plain(url.clone())],
        Inline::Thread { text, .. } => vec![Piece::Plain(text.clone())],
        Inline::Moment(at) => vec![Piece::Plain(moment(*at))],
    }
}

/// Marks bind to characters, not to white space, and do not cross lines: each line is marked alone, its edges left outside.
fn edges(mark: Mark, inner: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    for (index, line) in inner.split('\n').enumerate() {
        if index > 0 {
            out.push(Piece::Plain("\n".to_owned()));
        }
        let core = line.trim();
        let lead = line.len() - line.trim_start().len();
        out.push(Piece::Plain(line[..lead].to_owned()));
        if !core.is_empty() {
            out.push(Piece::Marked(mark, core.to_owned()));
            out.push(Piece::Plain(line[lead + core.len()..].to_owned()));
        }
    }
    out
}

/// Neighbours of one kind as one: `*a**b*` would be nothing at all.
fn merged(run: &[Inline]) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::with_capacity(run.len());
    for inline in run {
        match (out.last_mut(), inline) {
            (Some(Inline::Bold(last)), Inline::Bold(next))
            | (Some(Inline::Italic(last)), Inline::Italic(next))
            | (Some(Inline::Strike(last)), Inline::Strike(next)) => last.extend(next.iter().cloned()),
            (Some(Inline::Text(last)), Inline::Text(next)) | (Some(Inline::Code(last)), Inline::Code(next)) => {
                last.push_str(next);
            }
            _ => out.push(inline.clone()),
        }
    }
    out
}
