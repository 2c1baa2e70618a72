//! WhatsApp's formatting, and cutting.

use baton::domain::markup::{Block, Inline, Markup};
use baton::whatsapp::markup::{parse, render, split_text};
use proptest::prelude::*;
use rstest::rstest;

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

fn bold(inner: &str) -> Inline {
    Inline::Bold(vec![text(inner)])
}

fn line(run: Vec<Inline>) -> Markup {
    Markup(vec![Block::Line(run)])
}

#[rstest]
#[case("plain", vec![text("plain")])]
#[case("*b*", vec![bold("b")])]
#[case("a *b c* d", vec![text("a "), bold("b c"), text(" d")])]
#[case("(*b*)", vec![text("("), bold("b"), text(")")])]
#[case("_i_ ~s~", vec![Inline::Italic(vec![text("i")]), text(" "), Inline::Strike(vec![text("s")])])]
#[case("*_x_*", vec![Inline::Bold(vec![Inline::Italic(vec![text("x")])])])]
#[case("`a *b*`", vec![Inline::Code("a *b*".into())])]
#[case("x ```m``` y", vec![text("x "), Inline::Code("m".into()), text(" y")])]
#[case("2*3*4", vec![text("2*3*4")])]
#[case("snake_case_name", vec![text("snake_case_name")])]
#[case("* b*", vec![text("b*")])]
#[case("a * b * c", vec![text("a * b * c")])]
#[case("**b**", vec![text("**b**")])]
#[case("*open", vec![text("*open")])]
#[case("see https://a.b/c_d_e?x=*1*.", vec![text("see "), Inline::Link { text: None, url: "https://a.b/c_d_e?x=*1".into() }, text("*.")])]
#[case("*https://a.b*", vec![Inline::Bold(vec![Inline::Link { text: None, url: "https://a.b".into() }])])]
#[case("(https://a.b/(x))", vec![text("("), Inline::Link { text: None, url: "https://a.b/(x)".into() }, text(")")])]
fn reads_what_the_phone_shows(#[case] typed: &str, #[case] run: Vec<Inline>) {
    let blocks = parse(typed).0;
    let read = match &blocks[..] {
        [Block::Line(run) | Block::Item { number: None, text: run }] => run.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(read, run);
}

#[test]
fn reads_blocks() {
    let typed = "Hi\r\n\n> q *b*\n- one\n* two\n3. three\n2026. A year\n```let x;\nlet y;```\nend";
    assert_eq!(
        parse(typed).0,
        [
            Block::Line(vec![text("Hi")]),
            Block::Line(vec![]),
            Block::Quote(vec![text("q "), bold("b")]),
            Block::Item { number: None, text: vec![text("one")] },
            Block::Item { number: None, text: vec![text("two")] },
            Block::Item { number: Some(3), text: vec![text("three")] },
            Block::Line(vec![text("2026. A year")]),
            Block::Code("let x;\nlet y;".into()),
            Block::Line(vec![text("end")]),
        ]
    );
    assert_eq!(parse("").0, [Block::Line(vec![])]);
    assert_eq!(parse("a\n").0, [Block::Line(vec![text("a")]), Block::Line(vec![])]);
    assert_eq!(
        parse("a ```x\ny``` b").0,
        [Block::Line(vec![text("a ")]), Block::Code("x\ny".into()), Block::Line(vec![text(" b")])]
    );
    assert_eq!(parse("```open").0, [Block::Line(vec![text("```open")])]);
    assert_eq!(parse("*a\nb*").to_plain(), "*a\nb*");
}

#[test]
fn writes_marks_only_where_they_bind() {
    let write = |run: Vec<Inline>| render(&line(run));
    assert_eq!(write(vec![text("a "), bold(" b "), text(" c")]), "a  *b*  c");
    assert_eq!(write(vec![text("foo"), bold("bar")]), "foobar");
    assert_eq!(write(vec![bold("bar"), text("foo")]), "barfoo");
    assert_eq!(write(vec![bold("a"), bold("b")]), "*ab*");
    assert_eq!(write(vec![bold("a"), Inline::Italic(vec![text("b")])]), "*a*_b_");
    assert_eq!(write(vec![Inline::Bold(vec![bold("x"), Inline::Italic(vec![text("y")])])]), "*xy*");
    assert_eq!(write(vec![Inline::Bold(vec![bold("x"), text(" "), Inline::Italic(vec![text("y")])])]), "*x _y_*");
    assert_eq!(write(vec![bold("")]), "");
    assert_eq!(write(vec![bold("a* b")]), "a* b");
    assert_eq!(write(vec![bold("one\ntwo")]), "*one*\n*two*");
    assert_eq!(write(vec![Inline::Code("a`b".into())]), "```a`b```");
    assert_eq!(write(vec![Inline::Code("x".into())]), "`x`");
    assert_eq!(
        write(vec![Inline::Link { text: Some("Docs".into()), url: "https://a.b".into() }]),
        "Docs (https://a.b)"
    );
    assert_eq!(
        write(vec![Inline::Link { text: Some("https://a.b".into()), url: "https://a.b".into() }]),
        "https://a.b"
    );
    let blocks = Markup(vec![
        Block::Quote(vec![text("q")]),
        Block::Item { number: None, text: vec![text("i")] },
        Block::Item { number: Some(2), text: vec![bold("n")] },
        Block::Code("c\nd".into()),
        Block::Code(" ".into()),
    ]);
    assert_eq!(render(&blocks), "> q\n- i\n2. *n*\n```c\nd```\n ");
}

fn word() -> impl Strategy<Value = String> {
    "[a-zäß0-9]{1,6}( [a-z]{1,4})?"
}

fn inline() -> impl Strategy<Value = Inline> {
    let leaf = prop_oneof![
        word().prop_map(Inline::Text),
        word().prop_map(Inline::Code),
        "[a-z]{1,5}".prop_map(|path| Inline::Link { text: None, url: format!("https://example.org/{path}") }),
    ];
    leaf.prop_flat_map(|leaf| {
        prop_oneof![
            Just(leaf.clone()),
            Just(Inline::Bold(vec![leaf.clone()])),
            Just(Inline::Italic(vec![leaf.clone()])),
            Just(Inline::Strike(vec![Inline::Bold(vec![leaf])])),
        ]
    })
}

/// Runs as a person writes them: pieces apart by spaces.
fn run() -> impl Strategy<Value = Vec<Inline>> {
    proptest::collection::vec(inline(), 1..4).prop_map(|pieces| {
        let mut out: Vec<Inline> = Vec::new();
        for piece in pieces {
            match (out.last_mut(), piece) {
                (Some(Inline::Text(last)), Inline::Text(next)) => last.push_str(&format!(" {next}")),
                (Some(Inline::Text(last)), next) => {
                    last.push(' ');
                    out.push(next);
                }
                (Some(_), Inline::Text(next)) => out.push(Inline::Text(format!(" {next}"))),
                (Some(_), next) => {
                    out.push(Inline::Text(" ".into()));
                    out.push(next);
                }
                (None, next) => out.push(next),
            }
        }
        out
    })
}

fn markup() -> impl Strategy<Value = Markup> {
    let block = prop_oneof![
        Just(Block::Line(vec![])),
        run().prop_map(Block::Line),
        run().prop_map(Block::Quote),
        (proptest::option::of(1_u32..999), run()).prop_map(|(number, text)| Block::Item { number, text }),
        "[a-z]{1,5}(\n[a-z *_]{0,6}[a-z]){0,2}".prop_map(Block::Code),
    ];
    proptest::collection::vec(block, 1..6).prop_map(Markup)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_written_reads_the_same(markup in markup()) {
        prop_assert_eq!(parse(&render(&markup)), markup);
    }

    #[test]
    fn reading_is_settled_after_one_round(typed in "[ab *_~>.\n-]{0,24}|(https://a\\.b|[*_~ ])?[a-z*_~ ]{0,12}(https://a\\.b/c_d)?[*_~. ]{0,3}") {
        let once = parse(&typed);
        prop_assert_eq!(parse(&render(&once)), once);
    }

    #[test]
    fn nothing_typed_makes_it_panic_or_lose_letters(typed in "([*_~`>\n -]|[a-zé😀]|```|https://x\\.y|[0-9]\\. ){0,40}") {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        let read = parse(&typed);
        prop_assert_eq!(letters(&read.to_plain()), letters(&typed));
        prop_assert_eq!(letters(&render(&read)), letters(&typed));
    }

    #[test]
    fn pieces_join_to_the_whole(text in "([a-z]{1,9}|[ \n]{1,3}|👩‍👩‍👧|e\u{301}|[äß漢字]){0,120}", max in 2_usize..60) {
        let pieces = split_text(&text, max);
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(bare(&pieces.concat()), bare(&text));
        let mut rest = text.as_str();
        for piece in &pieces {
            prop_assert!(piece.encode_utf16().count() <= max, "{:?}", piece);
            let at = rest.find(piece.as_str());
            prop_assert!(at.is_some_and(|at| rest[..at].trim().is_empty()), "{:?} in {:?}", piece, rest);
            rest = &rest[at.unwrap() + piece.len()..];
        }
        prop_assert!(rest.trim().is_empty());
    }

    #[test]
    fn a_word_is_cut_only_when_it_is_longer_than_a_piece(words in proptest::collection::vec("[a-z]{1,10}", 1..60)) {
        let pieces = split_text(&words.join(" "), 20);
        let cut: Vec<&str> = pieces.iter().flat_map(|piece| piece.split(' ')).collect();
        prop_assert_eq!(cut, words);
    }

    #[test]
    fn marked_text_keeps_its_limit_and_letters(words in proptest::collection::vec("[a-z]{1,9}|\\*[a-z]{1,30}( [a-z]{1,9}){0,9}\\*|```[a-z\n ]{1,90}```", 1..20)) {
        let text = words.join(" ");
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        let pieces = split_text(&text, 80);
        for piece in &pieces {
            prop_assert!(piece.encode_utf16().count() <= 80, "{:?}", piece);
        }
        prop_assert_eq!(letters(&pieces.concat()), letters(&text));
    }
}

#[test]
fn graphemes_stay_whole_unless_they_cannot() {
    let family = "👩‍👩‍👧";
    assert_eq!(split_text(&family.repeat(3), 9), [family, family, family]);
    let zalgo = format!("a{}", "\u{301}".repeat(30));
    assert_eq!(split_text(&zalgo, 10).concat(), zalgo);
}

#[test]
fn marks_are_closed_and_opened_at_a_seam() {
    let words = vec!["word"; 40].join(" ");
    let pieces = split_text(&format!("*{words}*"), 100);
    assert!(pieces.len() > 1);
    for piece in &pieces {
        assert!(piece.starts_with('*') && piece.ends_with('*'), "{piece}");
    }
    let lines = vec!["let x = 1;"; 30].join("\n");
    for piece in split_text(&format!("```{lines}```"), 100) {
        assert!(piece.starts_with("```") && piece.ends_with("```"), "{piece}");
    }
}

#[test]
fn long_runs_of_marks_take_no_time() {
    let brackets = format!("https://x{}", ")".repeat(59_000));
    for typed in [&*brackets, "*a ", "_", "`", "``` ", "* ", "https://x)", ")", "*_~", "h", "> "] {
        let text = typed.repeat(60_000 / typed.len());
        let begun = std::time::Instant::now();
        let written = render(&parse(&text));
        let pieces = split_text(&text, 4096);
        assert!(!written.is_empty() && !pieces.is_empty());
        assert!(begun.elapsed().as_secs() < 5, "{:?} took {:?}", &typed[..typed.len().min(9)], begun.elapsed());
    }
}
