//! The language of a customer's message, where it shows. A wrong answer sends a customer to the wrong team and no answer only
//! to the next rule, so what is unsure is not answered.
//!
//! A text is told by its script, or by what weighs enough together: words that few languages have, letters that few have, and
//! what a model of letter sequences proposes. The model alone would answer every text, names and addresses too, so it only
//! ever confirms: no answer rests on it without a word or a letter.
//!
//! Measured on `tests/data/languages.tsv`: of 272 short sentences of customers in eight languages (English, Spanish, German,
//! French, Italian, Portuguese, Dutch, Polish) 256 are answered, none wrongly; of 64 among them that were tried before
//! any word was chosen for their sake, 51, none wrongly. Of 79 names, addresses and scraps 75 are not
//! answered. Wrong are 3 of 97 sentences in 49 other languages, each taken for its nearest relative: Galician for Portuguese
//! or Spanish, Malay for Indonesian.

mod words;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::words::{KNOWN, LETTERS, SCRIPTS};
use super::fold::{fold, in_word};

/// A language, by its ISO 639-1 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(&'static str);

impl Language {
    /// Its ISO 639-1 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0
    }

    /// The language of a code.
    ///
    /// # Errors
    /// With the code of the language that may have been meant, when there is no such code or it is never told.
    pub fn parse(typed: &str) -> Result<Self, &'static str> {
        let typed = typed.trim().to_lowercase();
        let exact = |code: &str| languages().find(|(known, _)| *known == code).map(|(known, _)| known);
        if let Some(code) = exact(&typed) {
            return Ok(Self(code));
        }
        let meant = MEANT.iter().find(|(other, _)| *other == typed).map(|(_, code)| *code);
        if let Some(code) = meant.or_else(|| typed.split(['-', '_']).next().and_then(exact)) {
            return Err(code);
        }
        let likeness = |(_, name): &(&str, &str)| strsim::jaro_winkler(&typed, name);
        Err(languages().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).map_or("en", |(code, _)| code))
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let unknown = |nearest| D::Error::custom(format!("there is no language {code:?}; did you mean {nearest:?}?"));
        Self::parse(&code).map_err(unknown)
    }
}

/// Codes of countries, and of languages told as another, with the code that is meant.
const MEANT: [(&str, &str); 16] = [
    ("nb", "no"),
    ("nn", "no"),
    ("bs", "hr"),
    ("ms", "id"),
    ("iw", "he"),
    ("cn", "zh"),
    ("jp", "ja"),
    ("kr", "ko"),
    ("gr", "el"),
    ("ua", "uk"),
    ("dk", "da"),
    ("se", "sv"),
    ("cz", "cs"),
    ("br", "pt"),
    ("gb", "en"),
    ("us", "en"),
];

/// Code and English name of all that can be told.
fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    let by_script = SCRIPTS.iter().map(|(code, name, ..)| (*code, *name));
    KNOWN.iter().map(|known| (known.code, known.name)).chain(by_script)
}

/// Whether a code is of a language that [`of_text`] can tell.
#[must_use]
pub fn is_known(code: &str) -> bool {
    languages().any(|(known, _)| known == code)
}

/// So many characters are looked at.
const LOOKED_AT: usize = 400;
/// What a word weighs that only one language has; shared by some it weighs that much less.
const WORD: u32 = 12;
/// What such a word weighs if one says it to greet, thank or ask.
const TELLING: u32 = 24;
/// What is needed to answer.
const ENOUGH: u32 = 24;
/// By how much the first must be ahead of the second.
const AHEAD: u32 = 6;

/// The language of a text, if it shows.
#[must_use]
pub fn of_text(text: &str) -> Option<Language> {
    let text = spoken(text);
    by_script(&text).or_else(|| by_words(&text))
}

/// The text without addresses and numbers, as far as it is looked at.
fn spoken(text: &str) -> String {
    let cut = text.char_indices().nth(LOOKED_AT).map_or(text, |(end, _)| &text[..end]);
    let is_word = |chunk: &&str| {
        let address = chunk.contains("://") || chunk.contains('@') || chunk.starts_with("www.");
        !address && !chunk.contains(|c: char| c.is_ascii_digit())
    };
    cut.split_whitespace().filter(is_word).collect::<Vec<_>>().join(" ")
}

/// Told by letters that one language alone is written with, when most of the text is.
fn by_script(text: &str) -> Option<Language> {
    let (mut letters, mut han) = (0, 0);
    let mut counts = [0_usize; SCRIPTS.len()];
    for c in text.chars().filter(|c| !c.is_ascii() && in_word(*c)) {
        letters += 1;
        if is_han(c) {
            han += 1;
        } else if let Some(script) = SCRIPTS.iter().position(|(_, _, first, last)| (*first..=*last).contains(&c)) {
            counts[script] += 1;
        }
    }
    if letters < 2 {
        return None;
    }
    letters += text.bytes().filter(u8::is_ascii_alphabetic).count();
    let (most, count) = counts.iter().enumerate().max_by_key(|(_, count)| **count)?;
    let code = SCRIPTS[most].0;
    // Japanese is written with Chinese letters too.
    let count = if code == "ja" && *count > 0 { count + han } else { *count };
    (count * 2 > letters).then_some(Language(code))
}

/// The languages that have a word, as bits in the order of [`KNOWN`].
#[derive(Clone, Copy, Default)]
struct Has {
    all: u64,
    telling: u64,
}

/// The bit of languages that are not told here.
const OTHER: usize = 63;
const BITS: usize = 64;

static WORDS: LazyLock<HashMap<String, Has>> = LazyLock::new(|| {
    let mut words: HashMap<String, Has> = HashMap::new();
    for (at, known) in KNOWN.iter().enumerate() {
        for word in &known.words {
            words.entry(fold(word)).or_default().all |= 1 << at;
        }
        for word in &known.telling {
            let has = words.entry(fold(word)).or_default();
            has.all |= 1 << at;
            has.telling |= 1 << at;
        }
    }
    words
});

static RARE: LazyLock<HashMap<char, u64>> = LazyLock::new(|| {
    let mut letters: HashMap<char, u64> = HashMap::new();
    for (row, codes) in LETTERS {
        for letter in row.chars() {
            *letters.entry(letter).or_default() |= codes.split_whitespace().fold(0, |all, code| all | 1 << place(code));
        }
    }
    letters
});

/// Told by the words and letters it has, together with what a model of letter sequences proposes.
fn by_words(text: &str) -> Option<Language> {
    let mut weights = [0_u32; BITS];
    let folded = fold(text);
    let mut seen: Vec<&str> = Vec::new();
    for word in folded.split(|c| !in_word(c)).filter(|word| !word.is_empty()) {
        if seen.contains(&word) {
            continue;
        }
        seen.push(word);
        if let Some(has) = WORDS.get(word) {
            add(&mut weights, has.all & !has.telling, WORD / has.all.count_ones());
            add(&mut weights, has.telling, TELLING / has.telling.count_ones().max(1));
        }
    }
    let mut letters: Vec<char> = text.chars().filter(|c| !c.is_ascii()).flat_map(char::to_lowercase).collect();
    letters.sort_unstable();
    letters.dedup();
    for has in letters.iter().filter_map(|c| RARE.get(c)) {
        add(&mut weights, *has, WORD / has.count_ones());
    }
    let sentence = seen.len() > 2 || text.chars().filter(|c| is_han(*c)).count() > 3;
    add(&mut weights, proposed(text), if sentence { WORD } else { WORD / 2 });
    let (best, most) = weights.iter().copied().enumerate().max_by_key(|(_, weight)| *weight)?;
    let second = weights.iter().enumerate().filter(|(at, _)| *at != best).map(|(_, weight)| *weight).max()?;
    if most < ENOUGH || most < second + AHEAD {
        return None;
    }
    KNOWN.get(best).map(|known| Language(known.code))
}

fn add(weights: &mut [u32; BITS], languages: u64, weight: u32) {
    let mut left = languages;
    while left != 0 {
        weights[left.trailing_zeros() as usize] += weight;
        left &= left - 1;
    }
}

/// What the model of letter sequences proposes: one of sixteen languages, nearly always the right one for a sentence in one of
/// them. For other texts it proposes one too, most often a relative, so a proposal counts for its relatives as well.
fn proposed(text: &str) -> u64 {
    use whichlang::Lang;
    let codes: &[&str] = match whichlang::detect_language(text) {
        Lang::Ara => &["ar", "fa", "ur"],
        Lang::Cmn => &["zh"],
        Lang::Deu => &["de"],
        Lang::Eng => &["en"],
        Lang::Fra => &["fr", "ca"],
        Lang::Hin => &["hi", "mr", "ne"],
        Lang::Ita => &["it"],
        Lang::Jpn | Lang::Kor => &[],
        Lang::Nld => &["nl", "af"],
        Lang::Por => &["pt", "gl"],
        Lang::Rus => &["ru", "uk", "be", "bg", "sr"],
        Lang::Spa => &["es", "ca", "gl"],
        Lang::Swe => &["sv", "da", "no"],
        Lang::Tur => &["tr"],
        Lang::Vie => &["vi"],
    };
    codes.iter().fold(0, |all, code| all | 1 << place(code))
}

/// The bit of a language.
fn place(code: &str) -> usize {
    KNOWN.iter().position(|known| known.code == code).unwrap_or(OTHER)
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}
