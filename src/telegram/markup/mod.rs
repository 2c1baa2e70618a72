//! Text in Telegram's form: characters, and beside them entities that say how a stretch of them looks.
//!
//! Properties: no character of data becomes markup, since no `parse_mode` is ever used; what Telegram would read into plain
//! characters (a call of somebody, a command) is broken by an invisible character, which is taken out again where text comes
//! back; parsing what was rendered gives the same characters.

mod parse;
mod render;
mod rich;
mod split;

pub use parse::{Entity, parse};
pub use render::{broken, render};
pub use rich::{Kind, Look, Rich};
pub use split::{Room, clip, split};

/// UTF-16 units, in which Telegram counts.
#[must_use]
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Breaks what Telegram would read into plain characters: WORD JOINER, which is not seen and breaks no line.
pub const BREAK: char = '\u{2060}';
