//! From Telegram's form to our markup. What has no counterpart (underline, spoiler, custom emoji) is left as its text.

use serde::Deserialize;

use super::{BREAK, Kind, Look};
use crate::domain::markup::{Block, Inline, Markup};

/// How a stretch of a text looks, as Telegram tells it. Unknown kinds are kept out of the way: their text stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Entity {
    /// Its kind in Telegram's word.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// UTF-16 units before it.
    #[serde(default)]
    pub offset: usize,
    /// UTF-16 units of it.
    #[serde(default)]
    pub length: usize,
    /// Where it leads, for a `text_link`.
    #[serde(default)]
    pub url: String,
}

/// Reads a text with its entities.
#[must_use]
pub fn parse(text: &str, entities: &[Entity]) -> Markup {
    let chars = looked(text, entities);
    let mut blocks = Vec::new();
    let mut rest = chars.as_slice();
    loop {
        // Lines of monospaced text are a block of their own.
        let Some(start) = rest.iter().position(|(_, look)| is_pre(look)) else {
            lines(rest, &mut blocks);
            return Markup(blocks);
        };
        let length = rest[start..].iter().position(|(_, look)| !is_pre(look)).unwrap_or(rest.len() - start);
        let (before, from) = rest.split_at(start);
        match before {
            [] => {}
            [before @ .., ('\n', _)] | before => lines(before, &mut blocks),
        }
        let (code, after) = from.split_at(length);
        blocks.push(Block::Code(code.iter().map(|(c, _)| *c).collect()));
        rest = match after {
            [] => return Markup(blocks),
            [('\n', _), after @ ..] => after,
            after => after,
        };
    }
}

fn is_pre(look: &Look) -> bool {
    look.kind == Some(Kind::Pre)
}

/// Every character with how it looks, without what [`super::render`] put between them.
fn looked(text: &str, entities: &[Entity]) -> Vec<(char, Look)> {
    let mut out: Vec<(char, Look)> = Vec::with_capacity(text.len());
    let mut at = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let look = look_at(at, text, entities);
        at += c.len_utf16();
        let before = out.last().map(|(c, _)| *c);
        let broke = c == BREAK
            && matches!(before, Some('@' | '/'))
            && chars.peek().is_some_and(|next| next.is_ascii_alphanumeric() || *next == '_');
        if !broke {
            out.push((c, look));
        }
    }
    out
}

fn look_at(at: usize, text: &str, entities: &[Entity]) -> Look {
    let mut look = Look::default();
    for entity in entities.iter().filter(|e| e.offset <= at && at < e.offset.saturating_add(e.length)) {
        match entity.kind.as_str() {
            "bold" => look.bold = true,
            "italic" => look.italic = true,
            "strikethrough" => look.strike = true,
            "blockquote" | "expandable_blockquote" => look.quote = true,
            "code" => look.kind = Some(Kind::Code),
            "pre" => look.kind = Some(Kind::Pre),
            "text_link" => look.kind = Some(Kind::Link(entity.url.clone())),
            "url" => {
                let url = slice(text, entity);
                if url.starts_with("https://") || url.starts_with("http://") {
                    look.kind = Some(Kind::Link(url));
                }
            }
            _ => {}
        }
    }
    if look.kind == Some(Kind::Pre) { Look::of(Kind::Pre) } else { look }
}

fn slice(text: &str, entity: &Entity) -> String {
    let mut at = 0;
    let inside = text.chars().filter(|c| {
        let here = at;
        at += c.len_utf16();
        here >= entity.offset && here < entity.offset.saturating_add(entity.length)
    });
    inside.collect()
}

fn lines(chars: &[(char, Look)], into: &mut Vec<Block>) {
    for line in chars.split(|(c, _)| *c == '\n') {
        if !line.is_empty() && line.iter().all(|(_, look)| look.quote) {
            into.push(Block::Quote(inlines(line)));
            continue;
        }
        let (mark, number) = mark(line);
        let text = inlines(&line[mark..]);
        into.push(if mark == 0 { Block::Line(text) } else { Block::Item { number, text } });
    }
}

/// How many characters at the start of a line make it an item of a list, and its number.
fn mark(line: &[(char, Look)]) -> (usize, Option<u32>) {
    let plain = |n: usize, c: char| line.get(n).is_some_and(|(is, look)| *is == c && *look == Look::default());
    if (plain(0, '-') || plain(0, '•')) && plain(1, ' ') {
        return (2, None);
    }
    let digits: String =
        line.iter().take_while(|(c, look)| c.is_ascii_digit() && *look == Look::default()).map(|(c, _)| *c).collect();
    let at = digits.len();
    let proper = (1..=9).contains(&at) && (at == 1 || !digits.starts_with('0'));
    match digits.parse() {
        Ok(number) if proper && plain(at, '.') && plain(at + 1, ' ') => (at + 2, Some(number)),
        _ => (0, None),
    }
}

fn inlines(chars: &[(char, Look)]) -> Vec<Inline> {
    grouped(
        chars,
        |look| look.bold,
        Inline::Bold,
        |chars| {
            grouped(
                chars,
                |look| look.italic,
                Inline::Italic,
                |chars| grouped(chars, |look| look.strike, Inline::Strike, leaves),
            )
        },
    )
}

/// Neighbours that share a look are wrapped together.
fn grouped(
    chars: &[(char, Look)],
    has: impl Fn(&Look) -> bool,
    wrap: impl Fn(Vec<Inline>) -> Inline,
    inner: impl Fn(&[(char, Look)]) -> Vec<Inline>,
) -> Vec<Inline> {
    let mut out = Vec::new();
    for group in chars.chunk_by(|(_, a), (_, b)| has(a) == has(b)) {
        let inside = inner(group);
        if group.first().is_some_and(|(_, look)| has(look)) { out.push(wrap(inside)) } else { out.extend(inside) }
    }
    out
}

fn leaves(chars: &[(char, Look)]) -> Vec<Inline> {
    let groups = chars.chunk_by(|(_, a), (_, b)| a.kind == b.kind);
    let one = |group: &[(char, Look)]| {
        let text: String = group.iter().map(|(c, _)| *c).collect();
        match group.first().and_then(|(_, look)| look.kind.clone()) {
            Some(Kind::Code) => Inline::Code(text),
            Some(Kind::Link(url)) if url == text || url.is_empty() => Inline::Link { text: None, url: text },
            Some(Kind::Link(url)) => Inline::Link { text: Some(text), url },
            _ => Inline::Text(text),
        }
    };
    groups.map(one).collect()
}
