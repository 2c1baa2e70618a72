//! Cuts a long text into messages.

use unicode_segmentation::UnicodeSegmentation;

use super::scan::{Mark, Span, spans};

/// Room kept for marks that a cut closes and opens again.
const MARKS: usize = 8;

/// Below this a message has no room to close and open marks.
const ROOMY: usize = 64;

/// Cuts `text` into pieces of at most `max_utf16` UTF-16 units (at least 2): at the end of a line, else between words, else
/// between graphemes; only a grapheme that is longer than a piece is cut itself. Nothing is lost but the white space at the
/// seams. Formatting and code that a cut falls into is closed before it and opened again after it.
#[must_use]
pub fn split_text(text: &str, max_utf16: usize) -> Vec<String> {
    if units(text) <= max_utf16 {
        return vec![text.to_owned()];
    }
    let max = max_utf16.max(2);
    let spans = if max >= ROOMY { spans(text) } else { Vec::new() };
    let margin = if spans.is_empty() { 0 } else { MARKS };
    let (mut pieces, mut start, mut opening) = (Vec::new(), 0, String::new());
    while start < text.len() {
        let rest = &text[start..];
        if units(&opening) + units(rest) <= max {
            push(&mut pieces, format!("{opening}{}", rest.trim_end()));
            break;
        }
        let room = max - units(&opening).min(max / 2) - margin;
        let end = start + cut_point(rest, room);
        let next = end + (text[end..].len() - text[end..].trim_start().len());
        let piece = text[start..end].trim_end();
        let open = open_at(&spans, start + piece.len(), next);
        let closing: String = open.iter().rev().map(|mark| mark.sign()).collect();
        push(&mut pieces, format!("{opening}{piece}{closing}"));
        opening = open.iter().map(|mark| mark.sign()).collect();
        start = next;
    }
    pieces
}

fn push(pieces: &mut Vec<String>, piece: String) {
    if !piece.trim().is_empty() {
        pieces.push(piece);
    }
}

/// The marks that enclose both sides of a seam, outermost first.
fn open_at(spans: &[Span], end: usize, next: usize) -> Vec<Mark> {
    spans
        .iter()
        .filter(|span| span.mark != Mark::Url && span.inner.start < end && next < span.inner.end)
        .map(|span| span.mark)
        .collect()
}

/// Where to cut: the number of bytes that go into this piece.
fn cut_point(text: &str, room: usize) -> usize {
    let (mut used, mut line, mut word, mut last) = (0, 0, 0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        if used + units(grapheme) > room && !grapheme.chars().all(char::is_whitespace) {
            break;
        }
        used += units(grapheme);
        last = at + grapheme.len();
        if grapheme.chars().all(char::is_whitespace) {
            word = last;
            if grapheme.contains('\n') {
                line = last;
            }
            if used > room {
                break;
            }
        }
    }
    if line * 2 > last {
        return line;
    }
    if word > 0 {
        return word;
    }
    if last > 0 {
        return last;
    }
    // One grapheme that is longer than a piece: between its characters.
    let mut used = 0;
    let fits = text.char_indices().take_while(|(_, c)| {
        used += c.len_utf16();
        used <= room
    });
    fits.last().map_or_else(|| text.chars().next().map_or(text.len(), char::len_utf8), |(at, c)| at + c.len_utf8())
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}
