//! Names that others chose, made harmless: no control, bidirectional or zero-width characters, no line breaks, bounded.

use unicode_segmentation::UnicodeSegmentation;

/// A display name from outside, at most `max` graphemes; `otherwise` when nothing visible is left.
#[must_use]
pub fn display(name: &str, max: usize, otherwise: &str) -> String {
    let spaced = name.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let visible: String = spaced.filter(|c| !is_invisible(*c)).collect();
    let words = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = words.graphemes(true).take(max).map(|g| g.chars().take(8).collect::<String>()).collect();
    if cut.len() < words.len() {
        cut = format!("{}…", cut.trim_end());
    }
    if cut.is_empty() { otherwise.to_owned() } else { cut }
}

/// A file name from outside: no path, no reserved characters, at most 80 characters, with `extension` if it has none.
#[must_use]
pub fn file(name: &str, otherwise: &str, extension: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !is_invisible(*c) && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\0'..='\x1f'))
        .collect();
    let clean = clean.trim().trim_matches('.').trim();
    let (stem, ext) = match clean.rsplit_once('.') {
        Some((stem, ext)) if !stem.is_empty() && ext.len() <= 10 && ext.chars().all(|c| c.is_ascii_alphanumeric()) => {
            (stem, ext.to_ascii_lowercase())
        }
        _ => (clean, extension.to_owned()),
    };
    let stem: String = stem.chars().take(80).collect();
    let upper = stem.to_ascii_uppercase();
    let reserved = matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (upper.len() == 4 && (upper.starts_with("COM") || upper.starts_with("LPT")));
    let stem = if stem.is_empty() || reserved { otherwise.to_owned() } else { stem };
    if ext.is_empty() { stem } else { format!("{stem}.{ext}") }
}

/// The first `max` characters of a text on one line, with an ellipsis where it was cut.
#[must_use]
pub fn preview(text: &str, max: usize) -> String {
    let visible: String = text.chars().filter(|c| !turns(*c)).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.graphemes(true).count() <= max {
        return line;
    }
    let cut: String = line.graphemes(true).take(max.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// A phone number for display: with `+`, or all but the last two digits hidden.
#[must_use]
pub fn phone(digits: &str, mask: bool) -> String {
    if !mask {
        return format!("+{digits}");
    }
    let hidden = digits.chars().count().saturating_sub(2);
    let tail: String = digits.chars().skip(hidden).collect();
    format!("+{}{tail}", "•".repeat(hidden))
}

/// Whether it would change how the rest of a line is read: controls, and what turns the direction of writing.
fn turns(c: char) -> bool {
    (c.is_control() && !c.is_whitespace()) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2028}' | '\u{2029}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    // story: SE-01
    #[test]
    fn names_lose_what_deceives() {
        assert_eq!(display("Ana\u{202e}gpj.exe\u{200b}", 40, "?"), "Anagpj.exe");
        assert_eq!(display("\u{200b}\u{202e}\n", 40, "Customer"), "Customer");
        assert_eq!(display("line\r\nbreak", 40, "?"), "line break");
        assert_eq!(display(&"x".repeat(300), 10, "?"), format!("{}…", "x".repeat(10)));
        assert!(display(&format!("Z{}", "\u{0301}".repeat(500)), 10, "?").chars().count() < 12);
    }

    // story: SE-01
    #[test]
    fn a_preview_leaves_the_rest_of_its_line_alone() {
        assert_eq!(preview("pay\u{202e}\0 me\r\n now", 40), "pay me now");
        assert_eq!(preview("👩\u{200d}🔧 مرحبا", 40), "👩\u{200d}🔧 مرحبا", "what joins signs stays");
    }

    // story: SE-01
    #[test]
    fn file_names_lose_paths() {
        assert_eq!(file("../../etc/passwd", "file", "txt"), "passwd.txt");
        assert_eq!(file("C:\\temp\\CON", "file", "bin"), "file.bin");
        assert_eq!(file("a\0b\r\n.PDF", "file", "bin"), "ab.pdf");
        assert_eq!(file("", "photo", "jpg"), "photo.jpg");
        assert_eq!(file("....", "photo", "jpg"), "photo.jpg");
    }

    #[test]
    fn phones_can_be_masked() {
        assert_eq!(phone("15551230000", true), "+•••••••••00");
        assert_eq!(phone("15551230000", false), "+15551230000");
    }
}
