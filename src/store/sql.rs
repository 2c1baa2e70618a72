//! Statements, written once for both databases.
//!
//! `$n` stands for an argument, and a few marks for what the databases spell differently: `{rows:n}` is the JSON array `$n`
//! as a set of rows named `r` with a column `value`, `{blob:x}` reads hexadecimal text, `{lock}` takes the selected rows for
//! this transaction, `{skip}` takes those nobody else has. `{sqlite:x}` and `{postgres:x}` stand for `x` on one of them.

use std::sync::OnceLock;

use serde::Serialize;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded default.
    Sqlite,
    /// For several replicas.
    Postgres,
}

/// A statement in both spellings.
pub struct Sql {
    text: &'static str,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

impl Sql {
    /// A statement; see the module for its marks.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self { text, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    /// A statement whose text is made once and kept for good; see the module for its marks.
    #[must_use]
    pub fn made(text: String) -> Self {
        Self::new(Box::leak(text.into_boxed_str()))
    }

    /// Its spelling for a database.
    pub fn on(&'static self, dialect: Dialect) -> &'static str {
        let cell = match dialect {
            Dialect::Sqlite => &self.sqlite,
            Dialect::Postgres => &self.postgres,
        };
        cell.get_or_init(|| spell(self.text, dialect))
    }
}

impl std::fmt::Debug for Sql {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text.trim())
    }
}

fn spell(text: &str, dialect: Dialect) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        out.push_str(&rest[..start]);
        let Some(len) = rest[start..].find('}') else { break };
        let (mark, arg) = rest[start + 1..start + len].split_once(':').unwrap_or((&rest[start + 1..start + len], ""));
        match (mark, dialect) {
            ("rows", Dialect::Sqlite) => out.push_str(&format!("jsonb_each(${arg}) as r")),
            ("rows", Dialect::Postgres) => {
                out.push_str(&format!("jsonb_array_elements(cast(${arg} as jsonb)) with ordinality as r (value, nth)"));
            }
            ("blob", Dialect::Sqlite) => out.push_str(&format!("unhex({arg})")),
            ("blob", Dialect::Postgres) => out.push_str(&format!("decode({arg}, 'hex')")),
            ("nth", Dialect::Sqlite) => out.push_str("r.key"),
            ("nth", Dialect::Postgres) => out.push_str("r.nth"),
            ("lock", Dialect::Postgres) => out.push_str("for update"),
            ("skip", Dialect::Postgres) => out.push_str("for update skip locked"),
            ("lock" | "skip", Dialect::Sqlite) => {}
            ("sqlite", Dialect::Sqlite) | ("postgres", Dialect::Postgres) => out.push_str(arg),
            ("sqlite", Dialect::Postgres) | ("postgres", Dialect::Sqlite) => {}
            _ => out.push_str(&rest[start..=start + len]),
        }
        rest = &rest[start + len + 1..];
    }
    out.push_str(rest);
    if dialect == Dialect::Sqlite { without_names(out) } else { out }
}

/// Arguments that stand in the order of their numbers need no names, each of which SQLite would look up.
fn without_names(text: String) -> String {
    let mut nameless = String::with_capacity(text.len());
    let (mut rest, mut nth) = (text.as_str(), 0);
    while let Some((before, after)) = rest.split_once('$') {
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        nth += 1;
        if after[..digits].parse() != Ok(nth) {
            return text;
        }
        nameless.push_str(before);
        nameless.push('?');
        rest = &after[digits..];
    }
    nameless.push_str(rest);
    nameless
}

/// An argument of a statement.
#[derive(Debug, Clone)]
pub enum Arg<'a> {
    /// A number.
    I(i64),
    /// A text, also a JSON array of rows.
    T(&'a str),
    /// A text of one's own.
    S(String),
}

impl From<i64> for Arg<'_> {
    fn from(n: i64) -> Self {
        Self::I(n)
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::T(text)
    }
}

impl From<String> for Arg<'_> {
    fn from(text: String) -> Self {
        Self::S(text)
    }
}

/// The JSON array that `{rows:n}` reads: one array for each row.
#[must_use]
pub fn rows_of<T: Serialize>(rows: &[T]) -> String {
    let mut out = Vec::with_capacity(128);
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, WithoutNul);
    // Rows are made of strings and numbers, which always have a form in JSON.
    if rows.serialize(&mut serializer).is_err() {
        return "[]".to_owned();
    }
    String::from_utf8(out).unwrap_or_else(|_| "[]".to_owned())
}

/// What people write may hold the character U+0000, which Postgres cannot store: one of them would refuse a whole batch.
struct WithoutNul;

impl serde_json::ser::Formatter for WithoutNul {
    fn write_char_escape<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        escape: serde_json::ser::CharEscape,
    ) -> std::io::Result<()> {
        use serde_json::ser::{CharEscape, CompactFormatter};
        match escape {
            CharEscape::AsciiControl(0) => writer.write_all("\u{fffd}".as_bytes()),
            other => CompactFormatter.write_char_escape(writer, other),
        }
    }
}
