//! What languages show by: words (in `words.txt`, which says how it is laid out), scripts and letters.

use std::sync::LazyLock;

/// A language and its words, as they are written; they are compared by [`crate::domain::fold`].
pub(super) struct Known {
    /// ISO 639-1.
    pub(super) code: &'static str,
    /// In English.
    pub(super) name: &'static str,
    /// Words that tell the language by themselves unless another has them too.
    pub(super) telling: Vec<&'static str>,
    /// Words that tell it together.
    pub(super) words: Vec<&'static str>,
}

/// Languages told by words and letters.
pub(super) static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let paragraphs = include_str!("words.txt").split("\n\n").filter(|paragraph| !paragraph.starts_with('#'));
    paragraphs
        .filter_map(|paragraph| {
            let (head, words) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
            let (names, telling) = head.split_once(':')?;
            let (code, name) = names.split_once(' ')?;
            let list = |words: &'static str| words.split_whitespace().collect();
            Some(Known { code, name, telling: list(telling), words: list(words) })
        })
        .collect()
});

/// Languages told by their script, with its first and last letter.
pub(super) const SCRIPTS: &[(&str, &str, char, char)] = &[
    ("el", "greek", '\u{370}', '\u{3ff}'),
    ("hy", "armenian", '\u{530}', '\u{58f}'),
    ("he", "hebrew", '\u{590}', '\u{5ff}'),
    ("bn", "bengali", '\u{980}', '\u{9ff}'),
    ("pa", "punjabi", '\u{a00}', '\u{a7f}'),
    ("gu", "gujarati", '\u{a80}', '\u{aff}'),
    ("ta", "tamil", '\u{b80}', '\u{bff}'),
    ("te", "telugu", '\u{c00}', '\u{c7f}'),
    ("kn", "kannada", '\u{c80}', '\u{cff}'),
    ("ml", "malayalam", '\u{d00}', '\u{d7f}'),
    ("si", "sinhala", '\u{d80}', '\u{dff}'),
    ("th", "thai", '\u{e00}', '\u{e7f}'),
    ("lo", "lao", '\u{e80}', '\u{eff}'),
    ("my", "burmese", '\u{1000}', '\u{109f}'),
    ("ka", "georgian", '\u{10a0}', '\u{10ff}'),
    ("ko", "korean", '\u{1100}', '\u{11ff}'),
    ("am", "amharic", '\u{1200}', '\u{137f}'),
    ("km", "khmer", '\u{1780}', '\u{17ff}'),
    ("ja", "japanese", '\u{3040}', '\u{30ff}'),
    ("ko", "korean", '\u{ac00}', '\u{d7a3}'),
];

/// Letters that a language has and most do not, with the languages that have them; `-` is one that is not told here.
pub(super) const LETTERS: &[(&str, &str)] = &[
    ("¿¡", "es"),
    ("ñ", "es gl"),
    ("ß", "de"),
    ("ã", "pt vi"),
    ("õ", "pt vi et"),
    ("ąę", "pl lt"),
    ("łśźżń", "pl"),
    ("řěů", "cs"),
    ("ľĺŕ", "sk"),
    ("őű", "hu"),
    ("ășțţ", "ro"),
    ("ş", "ro tr"),
    ("ğı", "tr"),
    ("øæ", "da no"),
    ("å", "sv da no"),
    ("āēīūķļņģ", "lv"),
    ("ėųįū", "lt"),
    ("ơưạảấầẩậắằặẻếềểệỏốồổộớờởợủứừửựỵỷ", "vi"),
    ("ыэё", "ru be"),
    ("ў", "be"),
    ("їєґ", "uk"),
    ("ђћ", "sr"),
    ("јљњџ", "sr -"),
    ("ѓќѕәғқңөұүһ", "-"),
    ("ةأإ", "ar"),
    ("پچگ", "fa ur"),
    ("ٹڈڑےںہھ", "ur"),
    ("我你您哪裡们們吗嗎这這么麼怎吧呢谢请订单單货发时间没说买卖开关费给", "zh"),
];
