//! `parse_mode` HTML: tags become entities, whose offsets count UTF-16 code units.

use serde_json::{Value, json};

use super::refusal::Refusal;

/// A text and its entities.
#[derive(Debug)]
pub(super) struct Formatted {
    pub(super) text: String,
    pub(super) entities: Vec<Value>,
    /// What Telegram lets pass and its documentation does not: a bare `&` or `>`.
    pub(super) sloppy: Option<String>,
}

struct Open {
    tag: String,
    /// Where its text begins, in UTF-16 units.
    offset: usize,
    /// In bytes of the text, for links that are their own address.
    start: usize,
    argument: Option<String>,
    flag: bool,
}

/// Reads HTML.
///
/// # Errors
/// What Telegram says when it does not parse.
pub(super) fn parse(html: &str) -> Result<Formatted, Refusal> {
    let mut out = Formatted { text: String::with_capacity(html.len()), entities: Vec::new(), sloppy: None };
    let (mut open, mut units, mut at) = (Vec::<Open>::new(), 0, 0);
    while let Some(c) = html[at..].chars().next() {
        match c {
            '<' if html[at..].starts_with("</") => {
                let Some(end) = html[at..].find('>') else {
                    return Err(cannot(format!("Unclosed end tag at byte offset {at}")));
                };
                let name = html[at + 2..at + end].trim().to_lowercase();
                let Some(opened) = open.pop() else {
                    return Err(cannot(format!("Unexpected end tag at byte offset {at}")));
                };
                if !name.is_empty() && name != opened.tag {
                    let (expected, found) = (opened.tag, name);
                    return Err(cannot(format!(
                        "Unmatched end tag at byte offset {at}, expected \"</{expected}>\", found \"</{found}>\""
                    )));
                }
                close(&mut out, opened, units);
                at += end + 1;
            }
            '<' => {
                let (opened, length) = tag(html, at)?;
                open.push(Open { offset: units, start: out.text.len(), ..opened });
                at += length;
            }
            '&' => {
                let (decoded, length) = reference(&html[at..]).unwrap_or_else(|| {
                    out.sloppy.get_or_insert_with(|| format!("a bare & at byte offset {at}"));
                    ('&', 1)
                });
                out.text.push(decoded);
                units += decoded.len_utf16();
                at += length;
            }
            c => {
                if c == '>' {
                    out.sloppy.get_or_insert_with(|| format!("a bare > at byte offset {at}"));
                }
                out.text.push(c);
                units += c.len_utf16();
                at += c.len_utf8();
            }
        }
    }
    if let Some(unclosed) = open.pop() {
        return Err(cannot(format!("Can't find end tag corresponding to start tag \"{}\"", unclosed.tag)));
    }
    Ok(out)
}

fn cannot(what: impl std::fmt::Display) -> Refusal {
    Refusal::fault(format_args!("can't parse entities: {what}"))
}

/// Tags and what they stand for; a `span` is a spoiler by its class.
const TAGS: [(&str, &str); 16] = [
    ("b", "bold"),
    ("strong", "bold"),
    ("i", "italic"),
    ("em", "italic"),
    ("u", "underline"),
    ("ins", "underline"),
    ("s", "strikethrough"),
    ("strike", "strikethrough"),
    ("del", "strikethrough"),
    ("code", "code"),
    ("pre", "pre"),
    ("a", "text_link"),
    ("blockquote", "blockquote"),
    ("tg-spoiler", "spoiler"),
    ("span", "spoiler"),
    ("tg-emoji", "custom_emoji"),
];

/// A start tag at `at` and its length.
fn tag(html: &str, at: usize) -> Result<(Open, usize), Refusal> {
    let rest = &html[at + 1..];
    let Some(end) = rest.find('>') else {
        return Err(cannot(format!("Unclosed start tag at byte offset {at}")));
    };
    let inside = &rest[..end];
    let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    let name = name.to_lowercase();
    if !TAGS.iter().any(|(tag, _)| *tag == name) {
        return Err(cannot(format!("Unsupported start tag \"{name}\" at byte offset {at}")));
    }
    let wanted = match name.as_str() {
        "a" => "href",
        "code" | "span" => "class",
        "tg-emoji" => "emoji-id",
        _ => "",
    };
    let mut found = Open { tag: name, offset: 0, start: 0, argument: None, flag: false };
    let mut left = attributes.trim();
    while !left.is_empty() {
        let (key, value, rest) = attribute(left)
            .ok_or_else(|| cannot(format!("Expected equal sign in declaration of an attribute at byte offset {at}")))?;
        if key == wanted {
            found.argument = Some(value);
        } else if key == "expandable" && found.tag == "blockquote" {
            found.flag = true;
        }
        left = rest;
    }
    if found.tag == "span" && found.argument.as_deref() != Some("tg-spoiler") {
        return Err(cannot(format!("Tag \"span\" must have class \"tg-spoiler\" at byte offset {at}")));
    }
    Ok((found, end + 2))
}

/// Name, value and what follows; `expandable` needs no value.
fn attribute(text: &str) -> Option<(String, String, &str)> {
    let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
    let key = text[..end].to_lowercase();
    let Some(rest) = text[end..].trim_start().strip_prefix('=') else {
        return (key == "expandable").then(|| (key, String::new(), text[end..].trim_start()));
    };
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (value, rest) = match quote {
        Some(quote) => rest[1..].split_once(quote)?,
        None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
    };
    Some((key, decoded(value), rest.trim_start()))
}

fn decoded(text: &str) -> String {
    let (mut out, mut at) = (String::new(), 0);
    while let Some(c) = text[at..].chars().next() {
        let (c, length) = reference(&text[at..]).unwrap_or((c, c.len_utf8()));
        out.push(c);
        at += length;
    }
    out
}

/// The character a reference at the start of the text stands for, and its length.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.strip_prefix('&')?.find(';').filter(|end| *end <= 10)?;
    let name = &text[1..=end];
    let decoded = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        _ => {
            let number = name.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16));
            char::from_u32(hex.unwrap_or_else(|| number.parse()).ok()?).filter(|c| *c != '\0')?
        }
    };
    Some((decoded, end + 2))
}

fn close(out: &mut Formatted, opened: Open, units: usize) {
    let length = units - opened.offset;
    if length == 0 {
        return;
    }
    let kind = TAGS.iter().find(|(tag, _)| *tag == opened.tag).map_or("", |(_, kind)| kind);
    let mut entity = json!({ "type": kind, "offset": opened.offset, "length": length });
    match opened.tag.as_str() {
        "a" => {
            let url = opened.argument.unwrap_or_else(|| out.text[opened.start..].to_owned());
            match url.strip_prefix("tg://user?id=").and_then(|id| id.parse::<i64>().ok()) {
                Some(user) => {
                    entity["type"] = "text_mention".into();
                    entity["user"] = json!({ "id": user });
                }
                None if url.contains("://") || url.contains('.') => entity["url"] = url.into(),
                // Telegram drops links that lead nowhere.
                None => return,
            }
        }
        "code" => {
            let language = opened.argument.as_deref().and_then(|class| class.strip_prefix("language-"));
            // For an enclosing `pre` to take; a `code` of its own loses it later.
            if let Some(language) = language {
                entity["language"] = language.into();
            }
        }
        "blockquote" if opened.flag => entity["type"] = "expandable_blockquote".into(),
        "tg-emoji" => entity["custom_emoji_id"] = opened.argument.unwrap_or_default().into(),
        // `<pre><code class="language-…">` is one block with a language.
        "pre" => {
            let same = |e: &Value| e["type"] == "code" && e["offset"] == opened.offset && e["length"] == length;
            if let Some(at) = out.entities.iter().position(same) {
                let code = out.entities.remove(at);
                if !code["language"].is_null() {
                    entity["language"] = code["language"].clone();
                }
            }
        }
        _ => {}
    }
    out.entities.push(entity);
}
