//! Telegram's texts with entities as the markup the page draws, which is Discord's.

use serde_json::Value;

/// How one stretch of a text looks.
#[derive(Default)]
struct Look {
    bold: bool,
    italic: bool,
    underline: bool,
    strike: bool,
    spoiler: bool,
    code: bool,
    pre: bool,
    quote: bool,
    /// Where it leads.
    link: Option<String>,
    /// What stands in its place.
    instead: Option<String>,
    /// An address that is its own text.
    address: bool,
}

/// The text as Markdown. `called` says how a person is mentioned, by the entity and the text it covers.
pub(super) fn markdown(text: &str, entities: &[Value], called: &dyn Fn(&Value, &str) -> Option<String>) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    let part = |from: usize, to: usize| String::from_utf16_lossy(units.get(from..to).unwrap_or_default());
    let mut cuts: Vec<usize> = entities.iter().flat_map(|e| [span(e).0, span(e).1]).chain([0, units.len()]).collect();
    cuts.retain(|cut| *cut <= units.len());
    cuts.sort_unstable();
    cuts.dedup();
    let mut out = Written::default();
    for pair in cuts.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let mut look = Look::default();
        for entity in entities.iter().filter(|e| span(e).0 <= from && span(e).1 >= to) {
            look.add(entity, span(entity).0 == from, &part(span(entity).0, span(entity).1), called);
        }
        out.push(&part(from, to), &look);
    }
    out.text
}

/// Where an entity begins and ends, in UTF-16 units.
fn span(entity: &Value) -> (usize, usize) {
    let number = |field: &str| entity[field].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    (number("offset"), number("offset") + number("length"))
}

impl Look {
    /// What stands in the place of an entity stands where it begins.
    fn add(&mut self, entity: &Value, begins: bool, covered: &str, called: &dyn Fn(&Value, &str) -> Option<String>) {
        let instead = |text: String| Some(if begins { text } else { String::new() });
        match entity["type"].as_str().unwrap_or_default() {
            "bold" => self.bold = true,
            "italic" => self.italic = true,
            "underline" => self.underline = true,
            "strikethrough" => self.strike = true,
            "spoiler" => self.spoiler = true,
            "code" => self.code = true,
            "pre" => self.pre = true,
            "blockquote" | "expandable_blockquote" => self.quote = true,
            "url" if covered.starts_with("http://") || covered.starts_with("https://") => self.address = true,
            "url" => self.link = Some(format!("https://{covered}")),
            "text_link" => self.link = entity["url"].as_str().map(str::to_owned),
            "date_time" => {
                let relative = entity["date_time_format"].as_str().is_some_and(|format| format.contains('r'));
                let style = if relative { 'R' } else { 'f' };
                self.instead = entity["unix_time"].as_i64().and_then(|at| instead(format!("<t:{at}:{style}>")));
            }
            "mention" | "text_mention" => self.instead = called(entity, covered).and_then(instead),
            _ => {}
        }
    }

    fn marks(&self) -> Vec<&'static str> {
        let all = [
            (self.spoiler, "||"),
            (self.strike, "~~"),
            (self.underline, "__"),
            (self.bold && self.italic, "***"),
            (self.bold && !self.italic, "**"),
            (self.italic && !self.bold, "*"),
        ];
        all.into_iter().filter(|(on, _)| *on).map(|(_, mark)| mark).collect()
    }
}

#[derive(Default)]
struct Written {
    text: String,
    /// Whether what was written last ends with a mark.
    marked: bool,
}

impl Written {
    fn push(&mut self, part: &str, look: &Look) {
        if look.pre {
            let code = part.replace("```", "'''");
            self.text.push_str(&format!("```\n{}\n```", code.trim_matches('\n')));
            return;
        }
        let part = look.instead.as_deref().unwrap_or(part);
        let mut lines = part.split('\n').peekable();
        let mut first = true;
        while let Some(line) = lines.next() {
            if !first {
                self.text.push('\n');
                self.marked = false;
            }
            first = false;
            let begins = self.text.is_empty() || self.text.ends_with('\n');
            if look.quote && begins && (!line.is_empty() || lines.peek().is_some()) {
                self.text.push_str("> ");
            }
            self.line(line, look);
        }
    }

    /// A stretch within one line: marks may not hold spaces at their edges, nor touch one another.
    fn line(&mut self, line: &str, look: &Look) {
        let core = line.trim();
        let lead = line.len() - line.trim_start().len();
        if core.is_empty() {
            self.text.push_str(line);
            self.marked &= line.is_empty();
            return;
        }
        let marks = look.marks();
        if self.marked && lead == 0 && !marks.is_empty() {
            self.text.push('\u{200b}');
        }
        self.text.push_str(&line[..lead]);
        self.text.extend(marks.iter().copied());
        let inner = match look {
            Look { instead: Some(instead), .. } => instead.clone(),
            Look { address: true, .. } => core.to_owned(),
            Look { code: true, .. } if core.contains('`') => format!("``{core}``"),
            Look { code: true, .. } => format!("`{core}`"),
            Look { link: Some(url), .. } => format!("[{}](<{}>)", escaped(core, false), url.replace(')', "%29")),
            _ => escaped(core, self.text.is_empty() || self.text.ends_with('\n')),
        };
        self.text.push_str(&inner);
        self.text.extend(marks.iter().rev().copied());
        let rest = &line[lead + core.len()..];
        self.text.push_str(rest);
        self.marked = !marks.is_empty() && rest.is_empty();
    }
}

/// Text in which nothing is markup.
fn escaped(text: &str, begins_line: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        if "\\*_~`|[]<>#@".contains(c) || (c == '-' && at == 0 && begins_line) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
