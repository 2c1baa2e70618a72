//! Texts as they are kept: trimmed, with the entities a sender gave and those Telegram finds by itself.

use serde_json::{Map, Value, json};

use super::html::{self, Formatted};
use super::refusal::Refusal;
use super::world::World;

pub(super) const LONGEST_TEXT: usize = 4096;
pub(super) const LONGEST_CAPTION: usize = 1024;

/// How long a text is for Telegram, in UTF-16 code units.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The part of a text from `offset` on, `length` units long.
pub(super) fn slice(text: &str, offset: usize, length: usize) -> String {
    let part: Vec<u16> = text.encode_utf16().skip(offset).take(length).collect();
    String::from_utf16_lossy(&part)
}

/// Offset and length of an entity.
pub(super) fn span(entity: &Value) -> (usize, usize) {
    let number = |field: &str| entity[field].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    (number("offset"), number("length"))
}

impl World {
    /// A text as a bot sends it: parsed by its mode or checked against the entities given.
    ///
    /// # Errors
    /// Markup that does not parse, entities that do not fit, a text that is too long.
    pub(super) fn formatted(
        &self,
        text: &str,
        mode: Option<&str>,
        given: Option<&[Value]>,
        caption: bool,
    ) -> Result<Formatted, Refusal> {
        let mut formatted = match mode.map(str::to_lowercase).as_deref() {
            None | Some("") => {
                Formatted { text: text.to_owned(), entities: explicit(text, given.unwrap_or_default())?, sloppy: None }
            }
            Some("html") => html::parse(text)?,
            Some("markdown" | "markdownv2") => {
                return Err(Refusal::fault("parse_mode Markdown is not modelled by the stand-in"));
            }
            Some(_) => return Err(Refusal::fault("unsupported parse_mode")),
        };
        trim(&mut formatted);
        let (most, what) = if caption { (LONGEST_CAPTION, "message caption") } else { (LONGEST_TEXT, "message") };
        if units(&formatted.text) > most {
            return Err(Refusal::fault(format_args!("{what} is too long")));
        }
        self.complete(&formatted.text, &mut formatted.entities);
        Ok(formatted)
    }

    /// Adds what Telegram finds by itself, fills in mentioned users and puts everything in order.
    pub(super) fn complete(&self, text: &str, entities: &mut Vec<Value>) {
        entities.retain_mut(|entity| {
            if entity["type"] == "text_mention" {
                let user = entity["user"]["id"].as_i64().filter(|id| self.users.contains_key(id));
                let Some(user) = user else { return false };
                entity["user"] = self.user_json(user);
            }
            // What stands inside `code` has no language of its own.
            if entity["type"] == "code"
                && let Some(fields) = entity.as_object_mut()
            {
                fields.remove("language");
            }
            true
        });
        let taken: Vec<(usize, usize)> = entities
            .iter()
            .filter(|e| ["code", "pre", "text_link", "text_mention"].iter().any(|kind| e["type"] == *kind))
            .map(span)
            .collect();
        for found in found(text) {
            let (offset, length) = span(&found);
            let overlaps = taken.iter().any(|(o, l)| offset < o + l && *o < offset + length);
            let known = entities.iter().any(|e| e["type"] == found["type"] && span(e) == (offset, length));
            if !overlaps && !known {
                entities.push(found);
            }
        }
        entities.sort_by_key(|e| {
            let (offset, length) = span(e);
            (offset, usize::MAX - length)
        });
    }
}

/// Entities given beside a text.
fn explicit(text: &str, given: &[Value]) -> Result<Vec<Value>, Refusal> {
    const KINDS: [&str; 18] = [
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
    ];
    let total = units(text);
    for entity in given {
        let kind = entity["type"].as_str().unwrap_or_default();
        if !KINDS.contains(&kind) && !["custom_emoji", "date_time"].contains(&kind) {
            return Err(Refusal::fault("can't parse entities: Unsupported entity type specified"));
        }
        let (Some(offset), Some(length)) = (entity["offset"].as_i64(), entity["length"].as_i64()) else {
            return Err(Refusal::fault("can't parse entities: Can't find field \"offset\" or \"length\""));
        };
        let end = usize::try_from(offset).ok().zip(usize::try_from(length).ok()).map(|(o, l)| o + l);
        if length == 0 || end.is_none_or(|end| end > total) {
            return Err(Refusal::fault(format_args!(
                "entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {}",
                offset.saturating_add(length)
            )));
        }
        let start = usize::try_from(offset).unwrap_or(0);
        let all: Vec<u16> = text.encode_utf16().collect();
        let splits = |at: usize| all.get(at).is_some_and(|u| (0xDC00..0xE000).contains(u));
        if splits(start) || end.is_some_and(splits) {
            return Err(Refusal::fault(format_args!(
                "entity beginning at UTF-16 offset {offset} starts or ends in a middle of a UTF-16 symbol"
            )));
        }
        if kind == "text_link" && !entity["url"].is_string() {
            return Err(Refusal::fault("can't parse entities: Can't find field \"url\""));
        }
    }
    Ok(given.to_vec())
}

/// Takes white space off both ends, as Telegram does, and moves the entities along.
pub(super) fn trim(formatted: &mut Formatted) {
    let cut = formatted.text.len() - formatted.text.trim_start().len();
    let shift = units(&formatted.text[..cut]);
    formatted.text = formatted.text.trim().to_owned();
    let total = units(&formatted.text);
    formatted.entities.retain_mut(|entity| {
        let (offset, length) = span(entity);
        let (start, end) =
            (offset.saturating_sub(shift).min(total), (offset + length).saturating_sub(shift).min(total));
        entity["offset"] = start.into();
        entity["length"] = end.saturating_sub(start).into();
        end > start
    });
}

/// Commands, mentions and addresses in a text.
fn found(text: &str) -> Vec<Value> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut found, mut offset, mut before) = (Vec::new(), 0, ' ');
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let fresh = !word(before) && !matches!(before, '/' | '@');
        let run = |text: &str| text.find(|c| !word(c)).unwrap_or(text.len());
        let (kind, length) = match c {
            '/' if fresh && before != '<' && before != '>' => {
                let name = run(&rest[1..]);
                let at = rest[1 + name..].strip_prefix('@').map_or(0, |bot| 1 + run(bot));
                ("bot_command", if (1..=64).contains(&name) { 1 + name + at } else { 0 })
            }
            '@' if fresh => {
                let name = run(&rest[1..]);
                ("mention", if (3..=32).contains(&name) { 1 + name } else { 0 })
            }
            'h' if fresh && (rest.starts_with("http://") || rest.starts_with("https://")) => {
                let address = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
                ("url", address.trim_end_matches(['.', ',', ')', '!', '?', ';', ':', '"', '\'']).len())
            }
            _ => ("", 0),
        };
        if length > c.len_utf8() {
            let part = &rest[..length];
            found.push(json!({ "type": kind, "offset": offset, "length": units(part) }));
            offset += units(part);
            before = part.chars().next_back().unwrap_or(' ');
            rest = &rest[length..];
        } else {
            offset += c.len_utf16();
            before = c;
            rest = &rest[c.len_utf8()..];
        }
    }
    found
}

/// The commands of a text: name and the bot it is for.
pub(super) fn commands(text: &str, entities: &[Value]) -> Vec<(String, Option<String>)> {
    let of = |entity: &Value| {
        let (offset, length) = span(entity);
        let command = slice(text, offset, length);
        let command = command.trim_start_matches('/');
        match command.split_once('@') {
            Some((name, bot)) => (name.to_owned(), Some(bot.to_owned())),
            None => (command.to_owned(), None),
        }
    };
    entities.iter().filter(|e| e["type"] == "bot_command").map(of).collect()
}

/// The fields of `object` that are not null.
pub(super) fn without_nulls(object: Value) -> Value {
    match object {
        Value::Object(fields) => Value::Object(fields.into_iter().filter(|(_, v)| !v.is_null()).collect::<Map<_, _>>()),
        other => other,
    }
}
