//! Text made comparable: lower case, without the marks on Latin letters, one space between words.

use unicode_normalization::char::decompose_canonical;

/// The text as it is compared. `Straße`, `STRASSE` and `strasse` are one, so are `está` and `esta`, and `don’t` and `don't`.
/// Letters of other scripts are put in lower case and keep their marks.
#[must_use]
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        if c.is_whitespace() {
            space = !folded.is_empty();
            continue;
        }
        if space {
            folded.push(' ');
            space = false;
        }
        match c {
            c if c.is_ascii() => folded.push(c.to_ascii_lowercase()),
            '’' | '‘' | 'ʼ' | '＇' => folded.push('\''),
            // Combining marks of Latin letters, and what has no width.
            '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            'ß' | 'ẞ' => folded.push_str("ss"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'œ' | 'Œ' => folded.push_str("oe"),
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            'đ' | 'Đ' | 'ð' | 'Ð' => folded.push('d'),
            'ı' | 'İ' => folded.push('i'),
            'ſ' => folded.push('s'),
            '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => decompose_canonical(c, |part| {
                if !matches!(part, '\u{300}'..='\u{36f}') {
                    folded.extend(part.to_lowercase());
                }
            }),
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// Whether a character is part of a word: a letter, a digit, or a mark inside the words of India's scripts.
#[must_use]
pub(super) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{900}'..='\u{963}' | '\u{966}'..='\u{dff}')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("  Hola,\t¿Dónde\n está?  ", "hola, ¿donde esta?")]
    #[case("Straße STRAẞE", "strasse strasse")]
    #[case("Łódź Øresund Æble İstanbul ılık", "lodz oresund aeble istanbul ilik")]
    #[case("e\u{301}te\u{301}", "ete")]
    #[case("Tiếng Việt Đà", "tieng viet da")]
    #[case("don’t", "don't")]
    #[case("ЗАКАЗ Йод", "заказ йод")]
    #[case("返金 がほしい", "返金 がほしい")]
    #[case("", "")]
    fn text_becomes_comparable(#[case] text: &str, #[case] folded: &str) {
        assert_eq!(fold(text), folded);
        assert_eq!(fold(folded), folded);
    }
}
