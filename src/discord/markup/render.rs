//! From our markup to Discord's.

use super::{bare_url, units};
use crate::domain::ids::ThreadRef;
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::workspace::Workspace;

/// The text in Discord's dialect, every character of data escaped.
#[must_use]
pub fn render(markup: &Markup) -> String {
    markup.0.iter().map(block).collect::<Vec<_>>().join("\n")
}

/// One line of data: nothing in it is markup or starts another line.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    escape(&mut out, text, false);
    out
}

/// What [`split`] makes room for.
#[derive(Debug, Clone, Copy)]
pub struct Split<'a> {
    /// UTF-16 units of one piece.
    pub limit: usize,
    /// Stands before every line (`-# `); line breaks of data do not escape it.
    pub prefix: &'a str,
    /// Units kept free in the first piece.
    pub first: usize,
    /// Units kept free in the last piece; kept in every piece, since any may turn out to be the last.
    pub last: usize,
}

/// The text in pieces that each fit, cut between blocks where that is possible, else between words. Never empty.
#[must_use]
pub fn split(markup: &Markup, room: Split<'_>) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut blocks: Vec<Block> = markup.0.iter().rev().cloned().collect();
    while let Some(next) = blocks.pop() {
        let at = pieces.len() - 1;
        let free = room.limit.saturating_sub(room.last + if at == 0 { room.first } else { 0 });
        let piece = &pieces[at];
        let line = prefixed(&next, room.prefix);
        let used = if piece.is_empty() { 0 } else { units(piece) + 1 };
        if used + units(&line) <= free {
            let fresh = piece.is_empty();
            let piece = &mut pieces[at];
            if !fresh {
                piece.push('\n');
            }
            piece.push_str(&line);
        } else if used > 0 && units(&line) <= room.limit.saturating_sub(room.last) {
            pieces.push(String::new());
            blocks.push(next);
        } else if used == 0
            && let Some((head, tail)) = cut(&next, free, room.prefix)
        {
            pieces[at].push_str(&prefixed(&head, room.prefix));
            pieces.push(String::new());
            blocks.push(tail);
        } else if used > 0 || at == 0 {
            pieces.push(String::new());
            blocks.push(next);
        }
        // A block that cannot be cut and fits no piece of its own is an address longer than a post: it is left out.
    }
    pieces.retain(|piece| !piece.trim().is_empty());
    if pieces.is_empty() {
        pieces.push(String::new());
    }
    pieces
}

fn prefixed(block_: &Block, prefix: &str) -> String {
    let line = block(block_);
    if prefix.is_empty() { line } else { line.lines().map(|l| format!("{prefix}{l}")).collect::<Vec<_>>().join("\n") }
}

fn block(block: &Block) -> String {
    let mut out = String::new();
    match block {
        Block::Line(text) => out = line(text),
        // What follows the mark is the start of a line again.
        Block::Quote(text) => out = format!("> {}", line(text)),
        Block::Item { number, text } => {
            out.push_str(&number.map_or_else(|| "- ".to_owned(), |n| format!("{n}. ")));
            out.push_str(&line(text));
        }
        Block::Code(text) => {
            out.push_str("```\n");
            // A fence inside would end the block; nothing visible parts it.
            out.push_str(&text.replace("``", "`\u{200b}`").replace('\r', ""));
            out.push_str("\n```");
        }
    }
    out
}

fn line(text: &[Inline]) -> String {
    let mut out = String::new();
    run(&mut out, text, Style::default());
    out
}

#[derive(Clone, Copy, Default)]
struct Style {
    bold: bool,
    any: bool,
}

fn run(out: &mut String, inlines: &[Inline], style: Style) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => escape(out, text, style.any),
            Inline::Bold(inner) => wrap(out, "**", inner, Style { bold: true, any: true }),
            Inline::Strike(inner) => wrap(out, "~~", inner, Style { any: true, ..style }),
            Inline::Italic(inner) => {
                // Next to the two stars of bold a third one would be ambiguous.
                let underscore = style.bold || inner.iter().any(|i| matches!(i, Inline::Bold(_)));
                wrap(out, if underscore { "_" } else { "*" }, inner, Style { any: true, ..style });
            }
            Inline::Code(text) => code(out, text),
            Inline::Link { text, url } => link(out, text.as_deref(), url, style),
            Inline::Thread { thread, .. } if is_here(thread) => out.push_str(&format!("<#{thread}>")),
            Inline::Thread { text, .. } => escape(out, text, style.any),
            Inline::Moment(at) => out.push_str(&format!("<t:{}:R>", at.secs())),
        }
    }
}

fn wrap(out: &mut String, mark: &str, inner: &[Inline], style: Style) {
    let mut text = String::new();
    run(&mut text, inner, style);
    let trimmed = text.trim();
    if trimmed.is_empty() {
        out.push_str(&text);
        return;
    }
    // A mark beside white space is not one; the white space goes outside.
    let start = text.len() - text.trim_start().len();
    out.push_str(&text[..start]);
    out.push_str(mark);
    out.push_str(trimmed);
    out.push_str(mark);
    out.push_str(&text[start + trimmed.len()..]);
}

fn code(out: &mut String, text: &str) {
    let text: String = text.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    if text.trim().is_empty() {
        out.push_str(&text);
        return;
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    // Three or more at the start of a run would open a block.
    if longest >= 2 {
        escape(out, &text, false);
        return;
    }
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    out.push_str(&format!("{fence}{pad}{text}{pad}{fence}"));
}

fn link(out: &mut String, text: Option<&str>, url: &str, style: Style) {
    let bare = bare_url(url, style.any) == url.len() && !url.is_empty();
    match text {
        None if bare => out.push_str(url),
        None => escape(out, url, style.any),
        Some(text) if is_linkable(url) && !text.contains("://") && !text.trim().is_empty() => {
            out.push('[');
            escape(out, text, true);
            out.push_str(&format!("](<{url}>)"));
        }
        Some(text) => {
            escape(out, text, style.any);
            out.push_str(" \\(");
            link(out, None, url, style);
            out.push_str("\\)");
        }
    }
}

fn is_linkable(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://"))
        && url.chars().all(|c| c.is_ascii_graphic() && !"<>()[]\\`*_~|\"".contains(c))
}

fn is_special(c: char) -> bool {
    matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '<' | '#' | '@' | '[' | ']' | '(' | ')')
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn escape(out: &mut String, text: &str, styled: bool) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let url = bare_url(rest, styled);
        if url > 0 {
            // Discord reads an address up to the next white space, so an escape behind it would become part of it.
            let behind = rest[url..].split(char::is_whitespace).next().unwrap_or_default();
            let bounded = behind.contains(is_special);
            out.push_str(if bounded { "<" } else { "" });
            out.push_str(&rest[..url]);
            out.push_str(if bounded { ">" } else { "" });
            rest = &rest[url..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        let opens_line = || out.rsplit('\n').next().is_none_or(|line| line.trim().is_empty());
        let needs = match c {
            c if is_special(c) => true,
            '-' | '+' => opens_line(),
            '.' => {
                let line = out.rsplit('\n').next().unwrap_or_default().trim_start();
                !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())
            }
            // An address cut short by an earlier rule must not be completed into one.
            ':' => out.ends_with("http") || out.ends_with("https"),
            _ => false,
        };
        if needs {
            out.push('\\');
        }
        out.push(if is_break(c) { ' ' } else { c });
    }
}

/// Cuts a block in two so that the first part fits into `free` units, `None` when nothing of it would.
fn cut(whole: &Block, free: usize, prefix: &str) -> Option<(Block, Block)> {
    let length = match whole {
        Block::Line(text) | Block::Quote(text) | Block::Item { text, .. } => text.iter().map(chars).sum::<usize>(),
        Block::Code(text) => text.chars().count(),
    };
    let fits = |n: usize| {
        let (head, _) = part(whole, n);
        units(&prefixed(&head, prefix)) <= free
    };
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if fits(middle) { low = middle } else { high = middle - 1 }
    }
    if low == 0 || low >= length {
        return None;
    }
    let text: Vec<char> = match whole {
        Block::Line(text) | Block::Quote(text) | Block::Item { text, .. } => flat(text).chars().collect(),
        Block::Code(text) => text.chars().collect(),
    };
    // Words may be long, but a cut that leaves a piece half empty helps nobody.
    let border = text[..low].iter().rposition(|c| c.is_whitespace()).map(|at| at + 1).filter(|at| *at > low / 2);
    let mut at = border.unwrap_or(low);
    // Emoji of several characters stay whole.
    while at > 1 && text.get(at).is_some_and(|c| matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')) {
        at -= 1;
    }
    Some(part(whole, at))
}

fn part(whole: &Block, at: usize) -> (Block, Block) {
    match whole {
        Block::Line(text) => {
            let (head, tail) = halves(text, at);
            (Block::Line(head), Block::Line(tail))
        }
        Block::Quote(text) => {
            let (head, tail) = halves(text, at);
            (Block::Quote(head), Block::Quote(tail))
        }
        Block::Item { number, text } => {
            let (head, tail) = halves(text, at);
            (Block::Item { number: *number, text: head }, Block::Line(tail))
        }
        Block::Code(text) => {
            let byte = text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
            let (head, tail) = text.split_at(byte);
            (Block::Code(head.trim_end_matches('\n').to_owned()), Block::Code(tail.to_owned()))
        }
    }
}

fn flat(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text(text) | Inline::Code(text) => text.clone(),
            Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) => flat(inner),
            // A link is one unbreakable character.
            Inline::Link { .. } | Inline::Thread { .. } | Inline::Moment(_) => "\u{fffc}".to_owned(),
        })
        .collect()
}

fn chars(inline: &Inline) -> usize {
    match inline {
        Inline::Text(text) | Inline::Code(text) => text.chars().count(),
        Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) => inner.iter().map(chars).sum(),
        Inline::Link { .. } | Inline::Thread { .. } | Inline::Moment(_) => 1,
    }
}

fn halves(text: &[Inline], at: usize) -> (Vec<Inline>, Vec<Inline>) {
    let (mut head, mut tail, mut left) = (Vec::new(), Vec::new(), at);
    for inline in text {
        let length = chars(inline);
        if length <= left {
            head.push(inline.clone());
            left -= length;
            continue;
        }
        if left == 0 {
            tail.push(inline.clone());
            continue;
        }
        let of_text = |text: &str| {
            let byte = text.char_indices().nth(left).map_or(text.len(), |(byte, _)| byte);
            (text[..byte].to_owned(), text[byte..].to_owned())
        };
        let (a, b) = match inline {
            Inline::Text(text) => {
                let (a, b) = of_text(text);
                (Inline::Text(a), Inline::Text(b))
            }
            Inline::Code(text) => {
                let (a, b) = of_text(text);
                (Inline::Code(a), Inline::Code(b))
            }
            Inline::Bold(inner) => {
                let (a, b) = halves(inner, left);
                (Inline::Bold(a), Inline::Bold(b))
            }
            Inline::Italic(inner) => {
                let (a, b) = halves(inner, left);
                (Inline::Italic(a), Inline::Italic(b))
            }
            Inline::Strike(inner) => {
                let (a, b) = halves(inner, left);
                (Inline::Strike(a), Inline::Strike(b))
            }
            Inline::Link { .. } | Inline::Thread { .. } | Inline::Moment(_) => {
                (inline.clone(), Inline::Text(String::new()))
            }
        };
        head.push(a);
        tail.push(b);
        left = 0;
    }
    (head, tail)
}

/// Whether a thread is one of Discord's, which shows its name.
fn is_here(thread: &ThreadRef) -> bool {
    !thread.is_empty() && thread.workspace() == Workspace::Discord
}
