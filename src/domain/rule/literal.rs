//! The literals without which a pattern cannot match.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::domain::fold::fold;

/// A literal shorter than this rules out too little.
const SHORTEST: usize = 2;
/// More alternatives than this are not looked for.
const MOST: usize = 64;
/// A class with more characters is no spelling of one letter.
const SPELLINGS: usize = 8;

/// Strings of which every text that matches contains at least one, as texts are compared (see [`fold`]); `None` when nothing
/// useful is known.
pub(super) fn required(hir: &Hir) -> Option<Vec<String>> {
    let found = match hir.kind() {
        HirKind::Capture(capture) => return required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => return required(&repetition.sub),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(required(branch)?);
            }
            all.sort();
            all.dedup();
            all
        }
        HirKind::Concat(parts) => return of_sequence(parts),
        HirKind::Literal(_) | HirKind::Class(_) => {
            let mut run = String::new();
            return spelled(hir, &mut run).then(|| longest_word(&run)).flatten();
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => return None,
    };
    (found.len() <= MOST).then_some(found)
}

/// The best of what the parts require: the one whose shortest string is longest.
fn of_sequence(parts: &[Hir]) -> Option<Vec<String>> {
    let mut candidates: Vec<Vec<String>> = Vec::new();
    let mut run = String::new();
    for part in parts {
        if spelled(part, &mut run) {
            continue;
        }
        candidates.extend(longest_word(&std::mem::take(&mut run)));
        candidates.extend(required(part));
    }
    candidates.extend(longest_word(&run));
    let shortest = |strings: &Vec<String>| strings.iter().map(String::len).min().unwrap_or_default();
    candidates.into_iter().max_by_key(|strings| (shortest(strings), usize::MAX - strings.len()))
}

/// Adds what a part matches to `run`, if that is one string however it is spelled, or nothing.
fn spelled(part: &Hir, run: &mut String) -> bool {
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).is_ok_and(|text| {
            text.chars().for_each(|c| push(run, c));
            true
        }),
        HirKind::Class(Class::Unicode(class)) => {
            let count: usize = class.iter().map(regex_syntax::hir::ClassUnicodeRange::len).sum();
            if count > SPELLINGS {
                return false;
            }
            let mut spellings: Vec<String> =
                class.iter().flat_map(|range| range.start()..=range.end()).map(letter).collect();
            spellings.dedup();
            let [one] = spellings.as_slice() else { return false };
            run.push_str(one);
            true
        }
        HirKind::Capture(capture) => spelled(&capture.sub, run),
        HirKind::Concat(parts) => {
            let mut inner = String::new();
            let all = parts.iter().all(|part| spelled(part, &mut inner));
            if all {
                run.push_str(&inner);
            }
            all
        }
        _ => false,
    }
}

fn push(run: &mut String, c: char) {
    run.push_str(&letter(c));
}

/// A character as texts are compared; white space, of which any number counts as one, as a space.
fn letter(c: char) -> String {
    if c.is_whitespace() { " ".to_owned() } else { fold(c.encode_utf8(&mut [0; 4])) }
}

fn longest_word(run: &str) -> Option<Vec<String>> {
    let word = run.split(' ').max_by_key(|word| word.len())?;
    (word.len() >= SHORTEST).then(|| vec![word.to_owned()])
}

#[cfg(test)]
mod tests {
    use regex_syntax::ParserBuilder;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("refund", &["refund"])]
    #[case(r"\brefunds?\b", &["refund"])]
    #[case("(refund|chargeback)", &["chargeback", "refund"])]
    #[case(r"order\s*#?\d{4,}", &["order"])]
    #[case("ab+cd{2}", &[])]
    #[case("rückerstattung", &["ruckerstattung"])]
    #[case("(?-i)SKU-[0-9]+", &["sku-"])]
    #[case("money back", &["money"])]
    #[case(r"(sku)-(\d+)", &["sku-"])]
    #[case("ask|kiss", &["ask", "kiss"])]
    #[case(r"(refund|\d+)", &[])]
    #[case(r"\d{8}", &[])]
    #[case("a?", &[])]
    #[case("x", &[])]
    #[case("(?:refund)?", &[])]
    fn what_a_pattern_needs(#[case] pattern: &str, #[case] literals: &[&str]) {
        let hir = ParserBuilder::new().case_insensitive(true).build().parse(pattern).unwrap();
        assert_eq!(required(&hir).unwrap_or_default(), literals);
    }
}
