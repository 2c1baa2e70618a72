//! Characters and how they look, before they are cut into posts.

use serde_json::{Value, json};

use super::units;

/// How a stretch of characters looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Struck through.
    pub strike: bool,
    /// Part of a quotation.
    pub quote: bool,
    /// What else it is.
    pub kind: Option<Kind>,
}

impl Look {
    /// Bold and nothing else.
    #[must_use]
    pub fn bold() -> Self {
        Self { bold: true, ..Self::default() }
    }

    /// Italic and nothing else.
    #[must_use]
    pub fn italic() -> Self {
        Self { italic: true, ..Self::default() }
    }

    /// Of one kind and nothing else.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }
}

/// What a stretch of characters is; one excludes the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Monospaced.
    Code,
    /// A block of monospaced lines.
    Pre,
    /// Leads to an address.
    Link(String),
    /// Calls somebody by id.
    Mention(i64),
    /// An instant in unix seconds, counted from now by clients that can.
    Moment(i64),
}

/// Characters of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) look: Look,
}

/// Characters with their looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rich {
    pub(super) runs: Vec<Run>,
}

impl Rich {
    /// Characters that look like nothing.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        let mut rich = Self::default();
        rich.push(text, Look::default());
        rich
    }

    /// Adds characters.
    pub fn push(&mut self, text: &str, look: Look) {
        if text.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.look == look => last.text.push_str(text),
            _ => self.runs.push(Run { text: text.to_owned(), look }),
        }
    }

    /// Adds another text.
    pub fn append(&mut self, other: Self) {
        for run in other.runs {
            self.push(&run.text, run.look);
        }
    }

    /// Every stretch of one look in order.
    pub fn each(&self, mut with: impl FnMut(&str, &Look)) {
        self.runs.iter().for_each(|run| with(&run.text, &run.look));
    }

    /// Whether there are no characters at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The characters alone.
    #[must_use]
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// UTF-16 units.
    #[must_use]
    pub fn units(&self) -> usize {
        self.runs.iter().map(|run| units(&run.text)).sum()
    }

    /// Whether nothing but white space would be seen.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.runs.iter().all(|run| run.text.trim().is_empty())
    }

    /// Without the white space at its ends, which Telegram takes off as well.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        while let Some(first) = self.runs.first_mut() {
            first.text = first.text.trim_start().to_owned();
            if !first.text.is_empty() {
                break;
            }
            self.runs.remove(0);
        }
        while let Some(last) = self.runs.last_mut() {
            last.text.truncate(last.text.trim_end().len());
            if !last.text.is_empty() {
                break;
            }
            self.runs.pop();
        }
        self
    }

    /// The entities, as Telegram takes them; offsets and lengths are UTF-16 units.
    #[must_use]
    pub fn entities(&self) -> Vec<Value> {
        let mut all: Vec<(usize, usize, Value)> = Vec::new();
        self.stretches(|look| look.quote.then(|| json!({ "type": "blockquote" })), &mut all);
        self.stretches(|look| look.bold.then(|| json!({ "type": "bold" })), &mut all);
        self.stretches(|look| look.italic.then(|| json!({ "type": "italic" })), &mut all);
        self.stretches(|look| look.strike.then(|| json!({ "type": "strikethrough" })), &mut all);
        self.stretches(|look| look.kind.as_ref().map(entity), &mut all);
        // Of two that begin together the outer one comes first.
        all.sort_by_key(|(offset, length, _)| (*offset, std::cmp::Reverse(*length)));
        let placed = all.into_iter().map(|(offset, length, mut value)| {
            value["offset"] = offset.into();
            value["length"] = length.into();
            value
        });
        placed.collect()
    }

    /// Neighbours with the same value become one stretch.
    fn stretches(&self, of: impl Fn(&Look) -> Option<Value>, into: &mut Vec<(usize, usize, Value)>) {
        let (mut at, mut open) = (0, None::<(usize, Value)>);
        for run in &self.runs {
            let now = of(&run.look);
            if open.as_ref().map(|(_, value)| value) != now.as_ref() {
                if let Some((start, value)) = open.take() {
                    into.push((start, at - start, value));
                }
                open = now.map(|value| (at, value));
            }
            at += units(&run.text);
        }
        if let Some((start, value)) = open {
            into.push((start, at - start, value));
        }
    }
}

fn entity(kind: &Kind) -> Value {
    match kind {
        Kind::Code => json!({ "type": "code" }),
        Kind::Pre => json!({ "type": "pre" }),
        Kind::Link(url) => json!({ "type": "text_link", "url": url }),
        // Telegram looks at the id alone; the type wants the rest.
        Kind::Mention(user) => {
            json!({ "type": "text_mention", "user": { "id": user, "is_bot": false, "first_name": "?" } })
        }
        // `r`: relative to now. https://core.telegram.org/bots/api#date-time-entity-formatting
        Kind::Moment(secs) => json!({ "type": "date_time", "unix_time": secs, "date_time_format": "r" }),
    }
}
