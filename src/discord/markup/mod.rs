//! Discord's dialect of formatted text.
//!
//! Property: a character of data never becomes markup, a mention or a heading: parsing what was rendered gives the same
//! characters back.

mod parse;
mod render;

pub use parse::{Mentioned, parse};
pub use render::{Split, escaped, render, split};

/// UTF-16 units, in which Discord counts.
#[must_use]
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// How many bytes at the start of `text` are an address that Discord links by itself and takes as a whole, so that its
/// characters need no escape: none when it does not start with one.
fn bare_url(text: &str, styled: bool) -> usize {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return 0 };
    let scheme = text.len() - rest.len();
    let plain = |c: char| c.is_alphanumeric() || "-._/?#@!$&+,;=%:".contains(c) || (!styled && "*~".contains(c));
    let length = rest.find(|c| !plain(c)).unwrap_or(rest.len());
    // Discord leaves closing punctuation outside; a style mark at the end would be read with what follows.
    let length = rest[..length].trim_end_matches(|c: char| ".,:;!?*~_".contains(c)).len();
    if length == 0 { 0 } else { scheme + length }
}
