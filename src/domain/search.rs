//! The words of a text as they are looked for, alike on every database: both index what [`indexed`] gives, and ask for what
//! [`sought`] gives.
//!
//! - Case, accents and the vowel signs of Arabic and Hebrew do not count: `café` is found by `CAFE`.
//! - A word is a run of letters and digits. What is sought is found at the beginning of words.
//! - Scripts that put no space between words are cut into pairs of neighbouring characters, so that any part of a sentence
//!   of two characters or more is found.
//! - A word holds letters and digits alone, so nothing that anybody types can mean something to a database.

use unicode_normalization::UnicodeNormalization;

/// Longer words are cut.
const LONGEST: usize = 40;
/// How many words of one text are kept.
const MOST: usize = 2_000;
/// How many words are sought at once.
const SOUGHT: usize = 12;
/// Words of fewer characters are not taken for beginnings: half of everything begins with `a`.
const BEGINNING: usize = 3;

/// A word that is sought.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sought {
    /// In lower case, letters and digits alone.
    pub word: String,
    /// Whether words that merely begin with it are found as well.
    pub begins: bool,
}

/// The words of a text, each once, with a space between them; empty when it has none.
#[must_use]
pub fn indexed(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for run in runs(text, MOST) {
        match run {
            Run::Word(word) => words.push(word),
            Run::Dense(chars) => words.extend(pairs(&chars).chain(chars.last().map(ToString::to_string))),
        }
    }
    words.truncate(MOST);
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}

/// What is looked for when this is typed: all of it has to be there. Empty when nothing typed is a letter or digit.
#[must_use]
pub fn sought(typed: &str) -> Vec<Sought> {
    let mut words: Vec<Sought> = Vec::new();
    for run in runs(typed, SOUGHT) {
        match run {
            Run::Word(word) => {
                let begins = word.chars().count() >= BEGINNING;
                words.push(Sought { word, begins });
            }
            Run::Dense(chars) if chars.len() == 1 => {
                words.extend(chars.iter().map(|c| Sought { word: c.to_string(), begins: true }));
            }
            Run::Dense(chars) => words.extend(pairs(&chars).map(|word| Sought { word, begins: false })),
        }
    }
    words.truncate(SOUGHT);
    words.sort_unstable();
    words.dedup();
    words
}

/// The part of a text around the first of what is sought, on one line of at most `max` characters or a few more.
#[must_use]
pub fn around(text: &str, sought: &[Sought], max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let starts =
        std::iter::once(0).chain(line.char_indices().zip(line.chars().skip(1)).filter_map(|((at, c), next)| {
            let begins = !c.is_alphanumeric() || is_dense(c) || is_dense(next);
            begins.then_some(at + c.len_utf8())
        }));
    let is_there = |at: &usize| {
        let ahead: String = line[*at..].chars().take(2 * LONGEST).collect();
        match (runs(&ahead, 1).pop(), ahead.starts_with(char::is_alphanumeric)) {
            (Some(Run::Word(word)), true) => {
                sought.iter().any(|s| if s.begins { word.starts_with(&s.word) } else { word == s.word })
            }
            (Some(Run::Dense(chars)), true) => {
                let run: String = chars.iter().collect();
                sought.iter().any(|s| run.starts_with(&s.word))
            }
            _ => false,
        }
    };
    let at = starts.filter(|at| *at < line.len()).find(is_there).unwrap_or(0);
    let before: usize = line[..at].chars().count();
    let skipped = before.saturating_sub(max / 3);
    let shown: String = line.chars().skip(skipped).collect();
    let shown = super::name::preview(&shown, max);
    if skipped > 0 { format!("…{shown}") } else { shown }
}

enum Run {
    /// Letters and digits up to a space or sign.
    Word(String),
    /// Neighbouring characters of a script without spaces.
    Dense(Vec<char>),
}

fn runs(text: &str, most: usize) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::new();
    let mut goes_on = false;
    for c in text.nfkd().filter(|c| !is_mark(*c)).flat_map(char::to_lowercase) {
        if !c.is_alphanumeric() {
            goes_on = false;
            continue;
        }
        match (found.last_mut().filter(|_| goes_on), is_dense(c)) {
            (Some(Run::Dense(chars)), true) => chars.push(c),
            (Some(Run::Word(word)), false) if word.chars().count() < LONGEST => word.push(c),
            (Some(Run::Word(_)), false) => {}
            (_, true) => found.push(Run::Dense(vec![c])),
            (_, false) => found.push(Run::Word(c.to_string())),
        }
        goes_on = true;
        if found.len() > most {
            found.pop();
            break;
        }
    }
    found
}

fn pairs(chars: &[char]) -> impl Iterator<Item = String> {
    chars.windows(2).map(|pair| pair.iter().collect())
}

/// Accents, vowel signs and what lengthens a word: written or left out as people like.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}'
        | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{3099}'..='\u{309a}')
}

/// Thai, Lao, Burmese, Khmer, kana and Chinese characters.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether a text is found by what is typed.
    fn finds(typed: &str, text: &str) -> bool {
        let text = indexed(text);
        let words: Vec<&str> = text.split(' ').collect();
        let there = |s: &Sought| words.iter().any(|w| if s.begins { w.starts_with(&s.word) } else { *w == s.word });
        let sought = sought(typed);
        !sought.is_empty() && sought.iter().all(there)
    }

    // story: VI-03
    #[test]
    fn any_script_is_found() {
        for (typed, text) in [
            ("cafe", "Un CAFÉ, por favor"),
            ("CAFÉ", "cafe"),
            ("refu", "I want a refund!"),
            ("blue bike", "the bike is blue"),
            ("北京", "我在北京很好"),
            ("京", "我在北京很好"),
            ("好", "我在北京很好"),
            ("السلام", "السَّلامُ عليكم"),
            ("احمد", "أحمد هنا"),
            ("שלום", "שָׁלוֹם"),
            ("привет", "Привет, мир"),
            ("ราคา", "อยากทราบราคาครับ"),
            ("カメラ", "新しいｶﾒﾗです"),
            ("2041", "order #2041-b"),
            ("istanbul", "İstanbul"),
        ] {
            assert!(finds(typed, text), "{typed} in {text}: {:?} in {:?}", sought(typed), indexed(text));
        }
        for (typed, text) in [("fund", "refund"), ("a", "apple"), ("京北", "我在北京"), ("?!", "?!"), ("", "x")] {
            assert!(!finds(typed, text), "{typed} in {text}");
        }
    }

    // story: VI-03
    #[test]
    fn what_is_shown_is_around_what_was_sought() {
        let long = format!("{} the Café is open {}", "word ".repeat(60), "more ".repeat(60));
        let shown = around(&long, &sought("cafe"), 60);
        assert!(shown.contains("Café is open") && shown.chars().count() <= 62, "{shown}");
        assert_eq!(around("short", &sought("nothing"), 60), "short");
        assert_eq!(around("我在北京很好", &sought("北京"), 5), "…在北京很好");
        assert_eq!(around("", &sought("x"), 5), "");
    }

    proptest! {
        // story: VI-03
        #[test]
        fn words_are_letters_and_digits_alone(text in "\\PC{0,80}") {
            let words = indexed(&text);
            prop_assert!(words.chars().all(|c| c.is_alphanumeric() || c == ' '), "{words:?}");
            prop_assert!(!words.contains("  ") && words.trim() == words);
            for one in sought(&text) {
                prop_assert!(!one.word.is_empty() && one.word.chars().all(char::is_alphanumeric));
                prop_assert!(finds(&one.word, &text), "{one:?} in {text:?}");
            }
        }
    }
}
