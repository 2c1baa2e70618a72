//! Text on Telegram as the same text is spelled on Discord, and the other way round.

use std::collections::HashMap;

use baton::discord::markup;
use baton::domain::ids::{ThreadRef, Time};
use baton::domain::markup::{Block, Inline, Markup};
use serde_json::{Value, json};

use super::telegram::{mention, place_id};

/// Not seen; stands where a name would be read as a call.
const BREAK: char = '\u{2060}';
/// Stand around what has no counterpart in our markup until everything else is spelled.
const OPEN: char = '\u{e000}';
const SHUT: char = '\u{e001}';

/// How a character looks.
#[derive(Debug, Clone, PartialEq, Default)]
struct Look {
    bold: bool,
    italic: bool,
    strike: bool,
    quote: bool,
    code: bool,
    pre: bool,
    link: Option<String>,
    mention: Option<i64>,
    moment: Option<i64>,
}

type Run = (String, Look);

/// A card that was read out of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CardText {
    pub(super) mention: String,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) fields: Vec<(String, String)>,
}

/// What Baton posted, in Discord's spelling.
pub(super) fn spelled(text: &str, entities: &[Value]) -> String {
    let lines = lines(text, entities);
    let spelled: Vec<String> = blocks(&lines).iter().map(|block| spelled_block(block)).collect();
    spelled.join("\n")
}

/// What somebody wrote: marks where they made something bold, and otherwise what they typed.
pub(super) fn written(text: &str, entities: &[Value]) -> String {
    let shows = |e: &&Value| {
        ["bold", "italic", "strikethrough", "pre", "blockquote", "text_mention", "text_link"]
            .iter()
            .any(|k| e["type"] == *k)
    };
    if entities.iter().any(|e| shows(&e)) { spelled(text, entities) } else { text.to_owned() }
}

/// A card: a bold line with a number, a quotation, and lines that begin with a bold word.
pub(super) fn card(text: &str, entities: &[Value], names: &HashMap<i64, String>) -> Option<CardText> {
    let lines = lines(text, entities);
    let mut rest = lines.as_slice();
    let (first, behind) = rest.split_first()?;
    let (called, title): (Vec<&Run>, Vec<&Run>) =
        first.iter().partition(|(text, look)| look.mention.is_some() || text.trim().is_empty());
    let all: String = title.iter().map(|(text, _)| text.as_str()).collect();
    let number = all.strip_prefix('#')?.split(' ').next()?;
    if number.parse::<u64>().is_err() || !title.iter().all(|(_, look)| look.bold) {
        return None;
    }
    let mention = called.iter().filter_map(|(_, look)| look.mention).map(|id| format!("<@{id}>")).collect();
    rest = behind;
    let is_field = |line: &[Run]| line.first().is_some_and(|(_, look)| look.bold && !look.quote && !look.pre);
    let description = rest.iter().take_while(|line| !is_field(line)).count();
    let (description, fields) = rest.split_at(description);
    let unquoted: Vec<Vec<Run>> = description
        .iter()
        .map(|line| line.iter().map(|(text, look)| (text.clone(), Look { quote: false, ..look.clone() })).collect())
        .collect();
    let text: Vec<String> = blocks(&unquoted).iter().map(|block| spelled_block(block)).collect();
    let mut facts: Vec<(String, String)> = Vec::new();
    for line in fields {
        if !is_field(line) {
            if let Some((_, value)) = facts.last_mut() {
                value.push('\n');
                value.push_str(&spelled_line(line));
            }
            continue;
        }
        let label = line[0].0.clone();
        let mut value: Vec<Run> = line[1..].to_vec();
        if let Some((text, _)) = value.first_mut() {
            *text = text.strip_prefix(": ").unwrap_or(text).to_owned();
        }
        value.retain(|(text, _)| !text.is_empty());
        let value = match value.as_slice() {
            [(_, Look { moment: Some(at), .. })] => format!("<t:{at}:t> (<t:{at}:R>)"),
            [(name, look)] if label == "Owner" && *look == Look::default() => {
                let id = names.iter().find(|(_, known)| *known == name).map(|(id, _)| format!("<@{id}>"));
                id.unwrap_or_else(|| name.clone())
            }
            value => spelled_line(value),
        };
        facts.push((label, value));
    }
    Some(CardText { mention, title: markup::escaped(&all), text: text.join("\n"), fields: facts })
}

/// Text as it is typed into Telegram's field: people who are named by their ids are picked from the list, and what stands
/// between two pairs of stars is made bold.
pub(super) fn typed(text: &str, names: &HashMap<i64, String>) -> (String, Vec<Value>) {
    let mut out = String::new();
    let mut entities = Vec::new();
    let called = regex::Regex::new(r"<@(\d+)>").unwrap().replace_all(text, "@$1").into_owned();
    let mut rest = called.as_str();
    while let Some(at) = rest.find('@') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let user = rest[..digits].parse::<i64>().ok().and_then(|id| Some((id, names.get(&id)?)));
        match user {
            Some((id, name)) => {
                entities.push(mention(out.encode_utf16().count(), name.encode_utf16().count(), id));
                out.push_str(name);
                rest = &rest[digits..];
            }
            None => out.push('@'),
        }
    }
    out.push_str(rest);
    let parts: Vec<&str> = out.split("**").collect();
    if !entities.is_empty() || parts.len() < 3 || parts.len().is_multiple_of(2) {
        return (out, entities);
    }
    let mut plain = String::new();
    for (nth, part) in parts.into_iter().enumerate() {
        if nth % 2 == 1 {
            let (offset, length) = (plain.encode_utf16().count(), part.encode_utf16().count());
            entities.push(json!({ "type": "bold", "offset": offset, "length": length }));
        }
        plain.push_str(part);
    }
    (plain, entities)
}

/// Lines of stretches that look alike.
fn lines(text: &str, entities: &[Value]) -> Vec<Vec<Run>> {
    let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let mut lines: Vec<Vec<Run>> = vec![Vec::new()];
    let mut at = 0;
    for c in text.chars() {
        let here = entities
            .iter()
            .filter(|e| (number(&e["offset"])..number(&e["offset"]) + number(&e["length"])).contains(&at));
        let look = here.fold(Look::default(), looked);
        at += c.len_utf16();
        if c == BREAK {
            continue;
        }
        if c == '\n' {
            // Between two blocks of monospaced lines stands a line break that is in neither.
            let parts = lines.last().is_some_and(|line| is_pre(line));
            lines.push(if look.pre || parts { vec![(String::new(), look)] } else { Vec::new() });
            continue;
        }
        let line = lines.last_mut().expect("there is a line");
        match line.last_mut() {
            Some((run, same)) if *same == look => run.push(c),
            _ => line.push((c.to_string(), look)),
        }
    }
    for line in lines.iter_mut().filter(|line| !is_pre(line)) {
        line.retain(|(text, _)| !text.is_empty());
    }
    lines
}

fn looked(mut look: Look, entity: &Value) -> Look {
    match entity["type"].as_str().unwrap_or_default() {
        "bold" => look.bold = true,
        "italic" => look.italic = true,
        "strikethrough" => look.strike = true,
        "blockquote" | "expandable_blockquote" => look.quote = true,
        "code" => look.code = true,
        "pre" => look.pre = true,
        "text_link" => look.link = entity["url"].as_str().map(str::to_owned),
        "text_mention" => look.mention = entity["user"]["id"].as_i64(),
        "date_time" => look.moment = entity["unix_time"].as_i64(),
        _ => {}
    }
    look
}

fn is_pre(line: &[Run]) -> bool {
    line.iter().any(|(_, look)| look.pre)
}

/// Lines of monospaced text hang together, unless they are marked as two blocks.
fn blocks(lines: &[Vec<Run>]) -> Vec<Vec<&Vec<Run>>> {
    let mut blocks: Vec<Vec<&Vec<Run>>> = Vec::new();
    for line in lines {
        match blocks.last_mut() {
            Some(block) if is_pre(line) && is_pre(block[0]) && line[0].1.pre => block.push(line),
            _ => blocks.push(vec![line]),
        }
    }
    blocks
}

fn spelled_block(block: &[&Vec<Run>]) -> String {
    let line = block[0];
    let plain = |line: &Vec<Run>| line.iter().map(|(text, _)| text.as_str()).collect::<String>();
    if is_pre(line) {
        let code: Vec<String> = block.iter().map(|line| plain(line)).collect();
        return markup::render(&Markup(vec![Block::Code(code.join("\n"))]));
    }
    // Small print.
    if let Some((first, look)) = line.first()
        && look.italic
        && let Some(rest) = first.strip_prefix("· ")
    {
        let mut line = line.clone();
        rest.clone_into(&mut line[0].0);
        line.retain(|(text, _)| !text.is_empty());
        line.iter_mut().for_each(|(_, look)| look.italic = false);
        return format!("-# {}", spelled_line(&line));
    }
    if line.first().is_some_and(|(_, look)| look.quote) {
        return format!("> {}", spelled_line(line));
    }
    spelled_line(line)
}

/// One line in Discord's spelling; what begins like an item of a list is one.
fn spelled_line(line: &[Run]) -> String {
    if let Some((first, look)) = line.first()
        && *look == Look::default()
        && let Some((mark, rest)) = first.split_once(' ')
        && (mark == "-" || mark.strip_suffix('.').is_some_and(|n| n.parse::<u32>().is_ok()))
    {
        let mut item = line.to_vec();
        rest.clone_into(&mut item[0].0);
        item.retain(|(text, _)| !text.is_empty());
        return format!("{mark} {}", spelled_run(&item));
    }
    spelled_run(line)
}

fn spelled_run(line: &[Run]) -> String {
    let spelled = markup::render(&Markup(vec![Block::Line(inlines(line))]));
    // What stood in the place of calls.
    spelled.replace(OPEN, "<@").replace(SHUT, ">")
}

/// Stretches within stretches: bold around italic around struck through.
fn inlines(line: &[Run]) -> Vec<Inline> {
    let mut out = Vec::new();
    let mut rest = line;
    while let Some((text, look)) = rest.first() {
        let same = |of: fn(&Look) -> bool| rest.iter().take_while(|(_, look)| of(look)).count();
        let without = |n: usize, change: fn(&mut Look)| -> Vec<Run> {
            rest[..n]
                .iter()
                .cloned()
                .map(|(text, mut look)| {
                    change(&mut look);
                    (text, look)
                })
                .collect()
        };
        let (inline, n) = if look.bold {
            let n = same(|look| look.bold);
            (Inline::Bold(inlines(&without(n, |look| look.bold = false))), n)
        } else if look.italic {
            let n = same(|look| look.italic && !look.bold);
            (Inline::Italic(inlines(&without(n, |look| look.italic = false))), n)
        } else if look.strike {
            let n = same(|look| look.strike && !look.italic && !look.bold);
            (Inline::Strike(inlines(&without(n, |look| look.strike = false))), n)
        } else {
            (leaf(text, look), 1)
        };
        out.push(inline);
        rest = &rest[n..];
    }
    out
}

fn leaf(text: &str, look: &Look) -> Inline {
    if let Some(user) = look.mention {
        return Inline::Text(format!("{OPEN}{user}{SHUT}"));
    }
    if let Some(at) = look.moment {
        return Inline::Moment(Time::from_secs(at));
    }
    if let Some(url) = &look.link {
        let topic = url.strip_prefix("https://t.me/c/").and_then(|rest| rest.split_once('/'));
        let topic = topic.and_then(|(forum, topic)| Some((format!("-100{forum}").parse().ok()?, topic.parse().ok()?)));
        return match topic {
            Some((forum, topic)) => {
                Inline::Thread { thread: ThreadRef(place_id(forum, Some(topic)).to_string()), text: text.to_owned() }
            }
            None => Inline::Link { text: (text != url).then(|| text.to_owned()), url: url.clone() },
        };
    }
    if look.code { Inline::Code(text.to_owned()) } else { Inline::Text(text.to_owned()) }
}
