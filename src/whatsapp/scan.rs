//! Finds formatted spans in a text as WhatsApp's clients do: marks bind next to a character that is no white space, at the
//! edge of a word, and do not cross lines; three backticks may.

use std::ops::Range;

/// What marks a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Bold,
    Italic,
    Strike,
    Code,
    Fence,
    Url,
}

impl Mark {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Bold => "*",
            Self::Italic => "_",
            Self::Strike => "~",
            Self::Code => "`",
            Self::Fence => "```",
            Self::Url => "",
        }
    }

    fn of(sign: u8) -> Option<Self> {
        match sign {
            b'*' => Some(Self::Bold),
            b'_' => Some(Self::Italic),
            b'~' => Some(Self::Strike),
            b'`' => Some(Self::Code),
            _ => None,
        }
    }
}

/// A formatted span by byte offsets: with its marks, and what stands between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) mark: Mark,
    pub(super) outer: Range<usize>,
    pub(super) inner: Range<usize>,
}

/// Scans one line. Remembers which marks have no further end, so that it stays linear on text made of marks.
pub(super) struct Scan<'a> {
    text: &'a str,
    within: &'a [Mark],
    endless: Vec<Mark>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str, within: &'a [Mark]) -> Self {
        Self { text, within, endless: Vec::new() }
    }

    /// The next span that begins at or after `from`.
    pub(super) fn next_span(&mut self, from: usize) -> Option<Span> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while at < bytes.len() {
            if let Some(span) = self.span_at(at) {
                return Some(span);
            }
            at += 1;
        }
        None
    }

    fn span_at(&mut self, at: usize) -> Option<Span> {
        let byte = self.text.as_bytes()[at];
        if byte == b'h' {
            return url_at(self.text, at);
        }
        let mark = Mark::of(byte)?;
        if mark == Mark::Code {
            return self.code_at(at);
        }
        if self.within.contains(&mark) || self.endless.contains(&mark) || !opens(self.text, at, mark) {
            return None;
        }
        let Some(end) = self.end_of(mark, at + 1) else {
            self.endless.push(mark);
            return None;
        };
        Some(Span { mark, outer: at..end + 1, inner: at + 1..end })
    }

    /// The position of the mark that closes one opened before `from`. Marks within code and addresses do not count.
    fn end_of(&mut self, mark: Mark, from: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while at < bytes.len() {
            let skipped = match bytes[at] {
                b'`' => self.code_at(at),
                b'h' => url_at(self.text, at),
                byte if byte == mark.sign().as_bytes()[0] && closes(self.text, at, mark) => return Some(at),
                _ => None,
            };
            at = skipped.map_or(at + 1, |span| span.outer.end);
        }
        None
    }

    fn code_at(&mut self, at: usize) -> Option<Span> {
        let rest = &self.text[at..];
        if before(self.text, at) == Some('`') {
            return None;
        }
        if let Some(body) = rest.strip_prefix("```") {
            if self.endless.contains(&Mark::Fence) {
                return None;
            }
            let Some(length) = body.find("```") else {
                self.endless.push(Mark::Fence);
                return None;
            };
            let inner = at + 3..at + 3 + length;
            let blank = self.text[inner.clone()].trim().is_empty();
            return (!blank).then(|| Span { mark: Mark::Fence, outer: at..inner.end + 3, inner });
        }
        if rest.starts_with("``") || self.endless.contains(&Mark::Code) {
            return None;
        }
        let bytes = self.text.as_bytes();
        let single = |i: usize| bytes[i] == b'`' && bytes[i - 1] != b'`' && bytes.get(i + 1) != Some(&b'`');
        let Some(end) = (at + 1..bytes.len()).find(|i| single(*i)) else {
            self.endless.push(Mark::Code);
            return None;
        };
        let blank = self.text[at + 1..end].trim().is_empty();
        (!blank).then(|| Span { mark: Mark::Code, outer: at..end + 1, inner: at + 1..end })
    }
}

/// The blocks of code: fences that cross lines or fill one.
pub(super) fn fences(text: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("```").map(|i| at + i) {
        let Some(close) = text[open + 3..].find("```").map(|i| open + 3 + i) else { break };
        let (inner, outer) = (open + 3..close, open..close + 3);
        let body = &text[inner.clone()];
        let starts = text[..open].rsplit('\n').next().is_none_or(str::is_empty)
            || out.last().is_some_and(|last: &Span| last.outer.end == open);
        let ends = text[outer.end..].is_empty() || text[outer.end..].starts_with('\n');
        if body.trim().is_empty() {
            at = close;
            continue;
        }
        at = outer.end;
        if body.contains('\n') || (starts && ends) {
            out.push(Span { mark: Mark::Fence, outer, inner });
        }
    }
    out
}

/// Every span of a text that may be cut: fences, and the spans of the lines between them with what they hold.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let mut out = fences(text);
    let fenced = out.clone();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.strip_suffix('\n').unwrap_or(line);
        if !fenced.iter().any(|fence| fence.outer.start < start + bare.len() && start < fence.outer.end) {
            nested(bare, start, &[], &mut out);
        }
        start += line.len();
    }
    out
}

fn nested(text: &str, offset: usize, within: &[Mark], out: &mut Vec<Span>) {
    let mut scan = Scan::new(text, within);
    let mut at = 0;
    while let Some(span) = scan.next_span(at) {
        at = span.outer.end;
        let shift = |range: &Range<usize>| range.start + offset..range.end + offset;
        out.push(Span { mark: span.mark, outer: shift(&span.outer), inner: shift(&span.inner) });
        if matches!(span.mark, Mark::Bold | Mark::Italic | Mark::Strike) {
            let mut deeper = within.to_vec();
            deeper.push(span.mark);
            nested(&text[span.inner.clone()], offset + span.inner.start, &deeper, out);
        }
    }
}

/// Whether `inner` between two of these marks would be read as one span, with these characters around it.
pub(super) fn binds(mark: Mark, inner: &str, prev: Option<char>, next: Option<char>) -> bool {
    let fits = |c: char| match mark {
        Mark::Code | Mark::Fence => c != '`',
        _ => !c.is_alphanumeric() && !mark.sign().starts_with(c),
    };
    if !(prev.is_none_or(fits) && next.is_none_or(fits)) {
        return false;
    }
    let sign = mark.sign();
    let written = format!("{sign}{inner}{sign}");
    let whole = Scan::new(&written, &[]).next_span(0);
    whole.is_some_and(|span| span.mark == mark && span.outer == (0..written.len()))
}

fn opens(text: &str, at: usize, mark: Mark) -> bool {
    let same = |c: char| mark.sign().starts_with(c);
    before(text, at).is_none_or(|c| !c.is_alphanumeric() && !same(c))
        && text[at + 1..].chars().next().is_some_and(|c| !c.is_whitespace() && !same(c))
}

fn closes(text: &str, at: usize, mark: Mark) -> bool {
    let same = |c: char| mark.sign().starts_with(c);
    before(text, at).is_some_and(|c| !c.is_whitespace() && !same(c))
        && text[at + 1..].chars().next().is_none_or(|c| !c.is_alphanumeric() && !same(c))
}

fn before(text: &str, at: usize) -> Option<char> {
    text[..at].chars().next_back()
}

/// A web address that begins here: up to white space, without the punctuation of the sentence around it.
fn url_at(text: &str, at: usize) -> Option<Span> {
    let rest = &text[at..];
    let scheme = ["https://", "http://"].into_iter().find(|scheme| rest.starts_with(scheme))?;
    if before(text, at).is_some_and(char::is_alphanumeric) {
        return None;
    }
    let stop = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`');
    let mut url = &rest[..rest.find(stop).unwrap_or(rest.len())];
    let mut surplus = url.matches(')').count().saturating_sub(url.matches('(').count());
    loop {
        if url.ends_with(')') && surplus > 0 {
            surplus -= 1;
        } else if !url.ends_with(['.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', ']', '}']) {
            break;
        }
        url = &url[..url.len() - 1];
    }
    (url.len() > scheme.len()).then(|| {
        let range = at..at + url.len();
        Span { mark: Mark::Url, outer: range.clone(), inner: range }
    })
}
