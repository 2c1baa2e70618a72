//! Names in letters the font has, in the order in which they are drawn.
//!
//! What the font lacks is written in Latin letters (`山田` becomes `Shan Tian`), signs and emoji beside other letters are left
//! out, and a name of emoji alone becomes their names. Arabic letters are joined; what is written from right to left is put
//! into the order in which it is seen. An SVG needs none of this, since whoever shows it has more fonts.

use std::sync::LazyLock;

use ar_reshaper::prelude::LigatureNames;
use ar_reshaper::{ArabicReshaper, ReshaperConfig};
use unicode_bidi::BidiInfo;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// More letters than these are not looked at: no line of a picture holds them.
const MOST: usize = 200;

/// A text on one line, bounded, without what is not seen and what no XML may hold.
pub(super) fn one_line(text: &str) -> String {
    crate::domain::name::display(text, MOST, "").replace(['\u{fffe}', '\u{ffff}'], "")
}

/// A text of [`one_line`] in letters that are there.
pub(super) fn in_letters(text: &str, has: impl Fn(char) -> bool) -> String {
    let composed: Vec<char> = text.nfc().collect();
    let mut spelled = String::with_capacity(text.len());
    for c in &composed {
        if is_combining_mark(*c) && spelled.chars().next_back().is_none_or(is_combining_mark) {
            // One mark a letter: more would be drawn over its neighbours.
        } else if c.is_whitespace() || has(*c) || is_joined(*c) {
            spelled.push(*c);
        } else if c.is_alphanumeric()
            && let Some(latin) = deunicode::deunicode_char(*c)
        {
            spelled.push_str(latin);
        }
    }
    if spelled.trim().is_empty() {
        spelled = composed.iter().filter_map(|c| deunicode::deunicode_char(*c)).flat_map(|name| [name, " "]).collect();
    }
    let words = spelled.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() && !text.trim().is_empty() { "?".to_owned() } else { words }
}

/// A text as it is seen from left to right.
pub(super) fn as_seen(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let joined = JOINER.reshape(text);
    let info = BidiInfo::new(&joined, None);
    let mut seen = String::with_capacity(joined.len());
    for line in &info.paragraphs {
        let (levels, runs) = info.visual_runs(line, line.range.clone());
        for run in runs {
            let part = &joined[run.clone()];
            if levels[run.start].is_rtl() {
                // Whole letters with their points.
                seen.extend(part.graphemes(true).rev().flat_map(str::chars).map(mirrored));
            } else {
                seen.push_str(part);
            }
        }
    }
    seen
}

/// Joins Arabic letters, without the one ligature that the font lacks.
static JOINER: LazyLock<ArabicReshaper> = LazyLock::new(|| {
    let mut config = ReshaperConfig::default();
    config.update_ligature(LigatureNames::ARABIC_LIGATURE_ALLAH, false);
    ArabicReshaper::new(config)
});

/// Arabic letters, which the font has in the forms in which they are joined.
fn is_joined(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{6d3}')
}

/// Brackets open the way one reads.
fn mirrored(c: char) -> char {
    const PAIRS: [(char, char); 5] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('«', '»')];
    let other = PAIRS.iter().find_map(|(open, close)| match c {
        c if c == *open => Some(*close),
        c if c == *close => Some(*open),
        _ => None,
    });
    other.unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latin(c: char) -> bool {
        c < '\u{250}' || ('\u{300}'..'\u{370}').contains(&c)
    }

    #[test]
    fn what_the_font_lacks_is_spelled_in_latin_letters() {
        assert_eq!(in_letters("Ana 🦄✨", latin), "Ana");
        assert_eq!(in_letters("🦄🔥", latin), "unicorn fire");
        assert_eq!(in_letters("山田 Taro", latin), "Shan Tian Taro");
        assert_eq!(in_letters("e\u{301}", latin), "é");
        assert_eq!(in_letters("z\u{337}\u{322}\u{31b}o", latin), "z\u{337}o", "one mark a letter");
        assert_eq!(in_letters("\u{10ffff}", latin), "?");
        assert_eq!(in_letters("", latin), "");
    }

    #[test]
    fn what_is_read_from_the_right_is_turned() {
        assert_eq!(as_seen("plain"), "plain");
        assert_eq!(as_seen("שרה (Sarah)"), "(Sarah) הרש");
        assert_eq!(as_seen("Sarah שרה late"), "Sarah הרש late");
        assert_eq!(as_seen("سلام"), "ﻡﻼﺳ");
        assert_eq!(as_seen("عبد الله"), "ﻪﻠﻟﺍ ﺪﺒﻋ");
    }

    #[test]
    fn a_line_holds_nothing_that_is_not_seen() {
        assert_eq!(one_line("a\u{202e}b\nc\u{ffff}"), "ab c");
    }
}
