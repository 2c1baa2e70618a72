//! A text with entities back as HTML, the way people see it.

use std::fmt::Write as _;

use serde_json::Value;

use super::entities::span;

/// HTML in which every entity is a tag again.
pub(super) fn html(text: &str, entities: &[Value]) -> String {
    let (mut out, mut at) = (String::new(), 0);
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut ordered: Vec<&Value> = entities.iter().collect();
    ordered.sort_by_key(|e| {
        let (offset, length) = span(e);
        (offset, usize::MAX - length)
    });
    let mut next = ordered.into_iter().peekable();
    for c in text.chars() {
        shut(&mut out, &mut open, at);
        while let Some(entity) = next.next_if(|e| span(e).0 <= at) {
            let (offset, length) = span(entity);
            if let Some((start, end)) = tags(entity) {
                out.push_str(&start);
                open.push((offset + length, end));
            }
        }
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
        at += c.len_utf16();
    }
    shut(&mut out, &mut open, usize::MAX);
    out
}

fn shut(out: &mut String, open: &mut Vec<(usize, String)>, at: usize) {
    while open.last().is_some_and(|(end, _)| *end <= at) {
        if let Some((_, tag)) = open.pop() {
            out.push_str(&tag);
        }
    }
}

fn tags(entity: &Value) -> Option<(String, String)> {
    let attribute = |value: &str| value.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let text = |field: &str| entity[field].as_str().unwrap_or_default();
    let plain = |tag: &str| Some((format!("<{tag}>"), format!("</{tag}>")));
    match text("type") {
        "bold" => plain("b"),
        "italic" => plain("i"),
        "underline" => plain("u"),
        "strikethrough" => plain("s"),
        "spoiler" => plain("tg-spoiler"),
        "code" => plain("code"),
        "blockquote" => plain("blockquote"),
        "expandable_blockquote" => Some(("<blockquote expandable>".to_owned(), "</blockquote>".to_owned())),
        "pre" => match text("language") {
            "" => plain("pre"),
            language => {
                let mut start = "<pre><code class=\"language-".to_owned();
                // Writing to a string cannot fail.
                let _ = write!(start, "{}\">", attribute(language));
                Some((start, "</code></pre>".to_owned()))
            }
        },
        "text_link" => Some((format!("<a href=\"{}\">", attribute(text("url"))), "</a>".to_owned())),
        "text_mention" => {
            let id = entity["user"]["id"].as_i64().unwrap_or_default();
            Some((format!("<a href=\"tg://user?id={id}\">"), "</a>".to_owned()))
        }
        _ => None,
    }
}
