//! What is wrong, said so that it can be mended: file, line, and the nearest name that exists.

use std::path::PathBuf;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in the file is wrong.
    #[error("{file}:{line}: {what}")]
    Wrong {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What, and what to write instead.
        what: String,
    },
    /// A secret is not there.
    #[error("{0} is not set: put the secret into that variable, or name a file that holds it in the configuration")]
    MissingSecret(String),
}

/// Something that cannot be right.
pub(super) struct Wrong {
    /// Where in the file.
    pub(super) place: Place,
    /// What, and what to write instead.
    pub(super) what: String,
}

/// That this cannot be right.
pub(super) fn wrong<T>(place: Place, what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { place, what: what.into() })
}

/// A place in the file.
pub(super) struct Place {
    /// The header of its table, `[routing]` or `[[agents]]`.
    table: String,
    /// Which of several with that header, from 0.
    nth: usize,
    /// The key.
    key: String,
}

/// The key of the nth table with a header.
pub(super) fn at(table: &str, nth: usize, key: &str) -> Place {
    Place { table: table.to_owned(), nth, key: key.to_owned() }
}

impl Place {
    /// Its line, from 1: that of the key, else that of the table, else the first. A table that is written in one line with
    /// others is not looked into.
    pub(super) fn line(&self, text: &str) -> usize {
        let is_header = |line: &str| line.trim_start().starts_with('[');
        let lines = || (1..).zip(text.lines());
        let headers = lines().filter(|(_, line)| line.trim_start().starts_with(&self.table));
        let Some((header, _)) = headers.into_iter().nth(self.nth) else { return 1 };
        let inside = lines().skip(header).take_while(|(_, line)| !is_header(line));
        let is_key = |line: &str| {
            let rest = line.trim_start().trim_start_matches('"').strip_prefix(self.key.as_str());
            rest.is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with(['=', '.']))
        };
        inside.into_iter().find(|(_, line)| is_key(line)).map_or(header, |(line, _)| line)
    }
}

/// `; did you mean "x"?` for the nearest of what exists; empty when nothing does.
pub(super) fn near(typed: &str, known: &[&str]) -> String {
    let alike = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &typed.to_lowercase());
    let best = known.iter().max_by(|a, b| alike(a).total_cmp(&alike(b)));
    best.map_or_else(String::new, |best| format!("; did you mean {best:?}?"))
}

/// Whether this is the id of a forum on Telegram.
pub(super) fn is_forum(text: &str) -> bool {
    text.strip_prefix("-100")
        .is_some_and(|rest| (1..=15).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether this is the id of a channel of Discord or of a forum on Telegram.
pub(super) fn is_channel(text: &str) -> bool {
    is_id(text) || is_forum(text)
}

pub(super) fn is_id(text: &str) -> bool {
    (1..=25).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}
