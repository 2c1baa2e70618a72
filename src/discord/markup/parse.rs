//! From Discord's markup to ours. What has no counterpart (underline, spoiler, heading, small print) is left as its text.

use chrono::DateTime;

use super::bare_url;
use crate::domain::markup::{Block, Inline, Markup};

/// A person a message mentions, as Discord lists them beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mentioned {
    /// Discord's id.
    pub id: String,
    /// The name others see.
    pub name: String,
}

/// Nested styles deeper than this are read as characters; real text has three at most.
const MAX_DEPTH: u8 = 6;

/// Reads a message.
#[must_use]
pub fn parse(text: &str, mentions: &[Mentioned]) -> Markup {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((before, code, after)) = fenced(rest) {
        if !before.is_empty() {
            lines(before, mentions, &mut blocks);
        }
        blocks.push(Block::Code(code));
        rest = after;
        if rest.is_empty() {
            return Markup(blocks);
        }
    }
    lines(rest, mentions, &mut blocks);
    Markup(blocks)
}

/// Splits off the first block of code: what stands before it, the code, what follows.
fn fenced(text: &str) -> Option<(&str, String, &str)> {
    let mut from = 0;
    let start = loop {
        let at = from + text[from..].find("```")?;
        let slashes = text[..at].bytes().rev().take_while(|b| *b == b'\\').count();
        if slashes % 2 == 0 {
            break at;
        }
        from = at + 1;
    };
    let inside = &text[start + 3..];
    let end = inside.find("```")?;
    let mut code = &inside[..end];
    if let Some((first, more)) = code.split_once('\n')
        && first.chars().all(|c| c.is_ascii_alphanumeric() || "_+-.#".contains(c))
    {
        code = more;
    }
    let code = code.trim_matches('\n');
    if code.trim().is_empty() {
        return None;
    }
    let before = text[..start].strip_suffix('\n').unwrap_or(&text[..start]);
    let after = &inside[end + 3..];
    Some((before, code.replace("`\u{200b}`", "``"), after.strip_prefix('\n').unwrap_or(after)))
}

fn lines(text: &str, mentions: &[Mentioned], into: &mut Vec<Block>) {
    let mut quoted = false;
    for line in text.split('\n') {
        let mut line = line;
        if let Some(rest) = line.strip_prefix(">>> ").filter(|_| !quoted) {
            quoted = true;
            line = rest;
        } else if let Some(rest) = line.strip_prefix("> ") {
            into.push(Block::Quote(inlines(rest, mentions)));
            continue;
        }
        into.push(if quoted { Block::Quote(inlines(line, mentions)) } else { one(line, mentions) });
    }
}

fn one(line: &str, mentions: &[Mentioned]) -> Block {
    let trimmed = line.trim_start();
    if let Some(rest) = trimmed.strip_prefix("- ").or_else(|| trimmed.strip_prefix("* ")) {
        return Block::Item { number: None, text: inlines(rest, mentions) };
    }
    if let Some((digits, rest)) = trimmed.split_once(". ")
        && (1..=9).contains(&digits.len())
        && let Ok(number) = digits.parse()
        && digits.bytes().all(|b| b.is_ascii_digit())
    {
        return Block::Item { number: Some(number), text: inlines(rest, mentions) };
    }
    let heading = ["-# ", "# ", "## ", "### "].iter().find_map(|mark| line.strip_prefix(mark));
    Block::Line(inlines(heading.unwrap_or(line), mentions))
}

fn inlines(text: &str, mentions: &[Mentioned]) -> Vec<Inline> {
    let mut reader = Reader { mentions, out: Vec::new(), plain: String::new() };
    reader.read(text, 0);
    reader.flush();
    reader.out
}

struct Reader<'a> {
    mentions: &'a [Mentioned],
    out: Vec<Inline>,
    plain: String,
}

impl Reader<'_> {
    fn read(&mut self, text: &str, depth: u8) {
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            let before = text[..at].chars().next_back();
            at += match c {
                '\\' => self.escape(rest),
                '`' => self.code(rest),
                '<' => self.angle(rest),
                '[' => self.link(rest),
                'h' => self.url(rest),
                '*' | '_' | '~' | '|' if depth < MAX_DEPTH => self.style(rest, before, depth),
                c => self.keep(c),
            };
        }
    }

    fn keep(&mut self, c: char) -> usize {
        self.plain.push(c);
        c.len_utf8()
    }

    fn push(&mut self, inline: Inline) {
        self.flush();
        self.out.push(inline);
    }

    fn flush(&mut self) {
        if !self.plain.is_empty() {
            self.out.push(Inline::Text(std::mem::take(&mut self.plain)));
        }
    }

    fn escape(&mut self, rest: &str) -> usize {
        match rest[1..].chars().next() {
            Some(next) if !next.is_alphanumeric() && !next.is_whitespace() => 1 + self.keep(next),
            _ => self.keep('\\'),
        }
    }

    fn code(&mut self, rest: &str) -> usize {
        let fence = rest.len() - rest.trim_start_matches('`').len();
        let inside = &rest[fence..];
        let mut from = 0;
        while let Some(found) = inside[from..].find('`') {
            let start = from + found;
            let length = inside[start..].len() - inside[start..].trim_start_matches('`').len();
            if length == fence && start > 0 {
                let code = &inside[..start];
                let padded = code.strip_prefix(" `").is_some() || code.ends_with("` ");
                let code = if padded { code.strip_prefix(' ').unwrap_or(code) } else { code };
                let code = if padded { code.strip_suffix(' ').unwrap_or(code) } else { code };
                self.push(Inline::Code(code.to_owned()));
                return fence + start + fence;
            }
            from = start + length;
        }
        self.plain.push_str(&rest[..fence]);
        fence
    }

    fn url(&mut self, rest: &str) -> usize {
        let mut length = bare_url(rest, false);
        if length == 0 {
            return self.keep('h');
        }
        // Discord goes on over characters the renderer would escape.
        let goes_on = |c: char| !c.is_whitespace() && !"<>\"\\`|".contains(c);
        let whole = rest.find(|c| !goes_on(c)).unwrap_or(rest.len());
        let trimmed = rest[..whole].trim_end_matches(|c: char| ".,:;\"'])!?*_~".contains(c));
        length = length.max(trimmed.len());
        let closing = rest[length..].starts_with(')') && rest[..length].contains('(');
        length += usize::from(closing);
        self.push(Inline::Link { text: None, url: rest[..length].to_owned() });
        length
    }

    fn link(&mut self, rest: &str) -> usize {
        let found = (|| {
            let close = closing(&rest[1..], "]")? + 1;
            let after = rest[close + 1..].strip_prefix('(')?;
            let end = if after.starts_with('<') { after.find(">)")? + 1 } else { after.find(')')? };
            let url = after[..end].trim_start_matches('<').trim_end_matches('>');
            let url = url.split_whitespace().next()?;
            (url.starts_with("http://") || url.starts_with("https://")).then_some((close, end, url))
        })();
        let Some((close, end, url)) = found else { return self.keep('[') };
        let text = Markup(vec![Block::Line(inlines(&rest[1..close], self.mentions))]).to_plain();
        let text = Some(text).filter(|text| text != url && !text.trim().is_empty());
        self.push(Inline::Link { text, url: url.to_owned() });
        close + 2 + end + 1
    }

    /// `<…>`: an address, a mention, an emoji, a time.
    fn angle(&mut self, rest: &str) -> usize {
        let Some(end) = rest.find('>').filter(|end| *end < 400) else { return self.keep('<') };
        let inside = &rest[1..end];
        if (inside.starts_with("http://") || inside.starts_with("https://")) && !inside.contains(char::is_whitespace) {
            self.push(Inline::Link { text: None, url: inside.to_owned() });
            return end + 1;
        }
        let Some(text) = self.named(inside) else { return self.keep('<') };
        self.plain.push_str(&text);
        end + 1
    }

    fn named(&self, inside: &str) -> Option<String> {
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if let Some(id) = inside.strip_prefix("@&").filter(|id| number(id)) {
            let _ = id;
            return Some("@role".to_owned());
        }
        if let Some(id) = inside.strip_prefix("@!").or_else(|| inside.strip_prefix('@')).filter(|id| number(id)) {
            let name = self.mentions.iter().find(|m| m.id == id).map_or("somebody", |m| &m.name);
            return Some(format!("@{name}"));
        }
        if inside.strip_prefix('#').is_some_and(number) {
            return Some("#channel".to_owned());
        }
        if let Some(command) = inside.strip_prefix('/') {
            let (name, id) = command.rsplit_once(':')?;
            return number(id).then(|| format!("/{name}"));
        }
        if let Some(time) = inside.strip_prefix("t:") {
            let secs: i64 = time.split(':').next()?.parse().ok()?;
            return Some(DateTime::from_timestamp(secs, 0)?.format("%Y-%m-%d %H:%M UTC").to_string());
        }
        let (name, id) = inside.strip_prefix("a:").or_else(|| inside.strip_prefix(':'))?.split_once(':')?;
        (number(id) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then(|| format!(":{name}:"))
    }

    fn style(&mut self, rest: &str, before: Option<char>, depth: u8) -> usize {
        for mark in ["**", "__", "~~", "||", "*", "_"] {
            let Some(inside) = rest.strip_prefix(mark) else { continue };
            let single = mark.len() == 1;
            if single && inside.starts_with(char::is_whitespace) {
                continue;
            }
            if mark == "_" && before.is_some_and(char::is_alphanumeric) {
                continue;
            }
            let Some(end) = closing(inside, mark).filter(|end| *end > 0) else { continue };
            let after = inside[end + mark.len()..].chars().next();
            if mark == "_" && after.is_some_and(char::is_alphanumeric) {
                continue;
            }
            let mut inner = Reader { mentions: self.mentions, out: Vec::new(), plain: String::new() };
            inner.read(&inside[..end], depth + 1);
            inner.flush();
            match mark {
                "**" => self.push(Inline::Bold(inner.out)),
                "~~" => self.push(Inline::Strike(inner.out)),
                "*" | "_" => self.push(Inline::Italic(inner.out)),
                _ => {
                    self.flush();
                    self.out.extend(inner.out);
                }
            }
            return mark.len() + end + mark.len();
        }
        let mark = rest.chars().next().unwrap_or_default();
        self.keep(mark)
    }
}

/// Where `mark` closes what it opened: not escaped, not inside code, and for a single character not part of its double.
fn closing(text: &str, mark: &str) -> Option<usize> {
    let (bytes, mark_bytes) = (text.as_bytes(), mark.as_bytes());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'`' => {
                let fence = bytes[at..].iter().take_while(|b| **b == b'`').count();
                let inside = &text[at + fence..];
                at += fence + inside.find(&"`".repeat(fence)).map_or(0, |end| end + fence);
            }
            b'h' => at += bare_url(&text[at..], true).max(1),
            _ if bytes[at..].starts_with(mark_bytes) => {
                if mark.len() == 1 && mark != "]" {
                    let length = bytes[at..].iter().take_while(|b| **b == mark_bytes[0]).count();
                    let spaced = mark == "*" && at > 0 && bytes[at - 1].is_ascii_whitespace();
                    if length % 2 == 0 || spaced {
                        at += length;
                        continue;
                    }
                    return Some(at + length - 1);
                }
                // Of three stars the last two close the bold around an italic.
                let extra = mark == "**" && bytes.get(at + 2) == Some(&b'*');
                return Some(at + usize::from(extra));
            }
            _ => at += 1,
        }
    }
    None
}
