use std::collections::HashSet;

use rstest::rstest;

use super::*;

/// Language and text, one a line.
const TEXTS: &str = include_str!("../../../tests/data/languages.tsv");

fn texts() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEXTS.lines().filter_map(|line| line.split_once('\t'))
}

fn told(text: &str) -> &'static str {
    of_text(text).map_or("-", Language::code)
}

// story: RT-01
#[test]
fn customers_are_told_by_their_words_and_seldom_taken_for_others() {
    const MAIN: [&str; 8] = ["en", "es", "de", "fr", "it", "pt", "nl", "pl"];
    let (mut answered, mut all) = (0, 0);
    let mut wrong = Vec::new();
    for (language, text) in texts() {
        let told = told(text);
        if MAIN.contains(&language) {
            all += 1;
            answered += usize::from(told != "-");
        }
        if told != "-" && told != language {
            wrong.push((language, told, text));
        }
    }
    assert!(all > 250 && answered * 100 > all * 90, "{answered} of {all}");
    let known = [
        ("gl", "pt", "onde está o meu pedido"),
        ("gl", "es", "Pódeme dicir se a chaqueta azul está de novo dispoñible?"),
        ("ms", "id", "Boleh saya tahu jika jaket biru ada stok?"),
        ("-", "de", "PDF bitte"),
        ("-", "fr", "Bonjour Tristesse"),
        ("-", "it", "per favore"),
        ("-", "it", "Ciao Bella Pizzeria"),
    ];
    assert_eq!(wrong, known);
}

#[rstest]
#[case("hola", "es")]
#[case("Guten Tag!", "de")]
#[case("merci", "fr")]
#[case("dziekuje", "pl")]
#[case("Obrigada 🙏", "pt")]
#[case("спасибо", "ru")]
#[case("https://example.com/hola maria@hola.es 48213 hola2", "-")]
#[case("", "-")]
#[case("🙏", "-")]
fn greetings_tell_a_language(#[case] text: &str, #[case] language: &str) {
    assert_eq!(told(text), language);
}

#[test]
fn codes_are_read_and_the_nearest_named() {
    assert_eq!(Language::parse(" ES "), Ok(Language("es")));
    assert_eq!(Language::parse("pt-BR"), Err("pt"));
    assert_eq!(Language::parse("spanish"), Err("es"));
    assert_eq!(Language::parse("jp"), Err("ja"));
    assert!(MEANT.iter().all(|(other, code)| !is_known(other) && is_known(code)));
    assert_eq!(Language::parse("germn"), Err("de"));
    assert!(is_known("zh") && is_known("ja") && !is_known("xx") && !is_known(""));
    let json = serde_json::to_string(&Language("es")).unwrap();
    assert_eq!(serde_json::from_str::<Language>(&json).unwrap(), Language("es"));
    assert!(serde_json::from_str::<Language>("\"xx\"").unwrap_err().to_string().contains("did you mean"));
}

#[test]
fn the_tables_are_well_formed() {
    assert!(KNOWN.len() < OTHER);
    let codes: HashSet<&str> = KNOWN.iter().map(|known| known.code).collect();
    assert_eq!(codes.len(), KNOWN.len());
    assert!(languages().all(|(code, name)| code.len() == 2 && name.len() > 2));
    let letters = LETTERS.iter().flat_map(|(_, codes)| codes.split(' '));
    assert!(letters.filter(|code| *code != "-").all(is_known));
}
