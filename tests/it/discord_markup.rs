//! Discord's dialect: nothing a customer writes becomes markup, and what an agent writes is read as they meant it.

use baton::discord::markup::{Mentioned, Split, escaped, parse, render, split, units};
use baton::domain::markup::{Block, Inline, Markup};
use proptest::prelude::*;

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

/// What a customer may write: plain characters, and above all those that mean something to Discord.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9 ]{0,6}",
        6 => "[-*_~`|>#@\\[\\]()<\\\\:.!+ /&1]{1,4}",
        1 => Just("@everyone".to_owned()),
        1 => Just("<@123456789012345678>".to_owned()),
        1 => Just("<@&123>".to_owned()),
        1 => Just("<#123>".to_owned()),
        1 => Just("<t:1700000000:R>".to_owned()),
        1 => Just("<:x:1>".to_owned()),
        1 => Just("</claim:1>".to_owned()),
        1 => Just("-# small".to_owned()),
        1 => Just("- item".to_owned()),
        1 => Just("12. item".to_owned()),
        1 => Just("```rs\nx```".replace('\n', " ")),
        1 => Just("https://exa_mple.com/a*b_(c)?d=[e]".to_owned()),
        1 => Just("[click](https://evil.example)".to_owned()),
        1 => Just("http:".to_owned()),
        1 => "\\PC{0,4}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().replace(['\u{2028}', '\u{2029}'], " "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_customers_text_stays_data(lines in prop::collection::vec(nasty(), 1..4)) {
        let said = lines.join("\n");
        let rendered = render(&Markup::plain(&said));
        let read = parse(&rendered, &[]);
        prop_assert_eq!(read.to_plain(), said.clone(), "{}", rendered);
        for block in &read.0 {
            let Block::Line(run) = block else { return Err(TestCaseError::fail(format!("{block:?} from {rendered}"))) };
            let harmless = run.iter().all(|i| matches!(i, Inline::Text(_) | Inline::Link { text: None, .. }));
            prop_assert!(harmless, "{:?} from {}", run, rendered);
        }
    }

    #[test]
    fn no_line_of_a_customer_is_small_print_and_no_mention_is_left(said in nasty()) {
        let rendered = render(&Markup::plain(&said));
        for line in rendered.lines() {
            for mark in ["-# ", "# ", "> ", ">>> ", "- ", "* ", "1. "] {
                prop_assert!(!line.trim_start().starts_with(mark), "{}", rendered);
            }
        }
        for mark in ["<@1", "<#1", "<t:", "<:x", "</c"] {
            prop_assert!(!rendered.replace("\\<", "").contains(mark), "{}", rendered);
        }
    }

    #[test]
    fn a_name_is_one_line_of_data(name in "\\PC{0,20}[\\n*_`<@-]{0,4}\\PC{0,5}") {
        let name = name.replace(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'), " ");
        let shown = escaped(&format!("x{name}"));
        prop_assert_eq!(parse(&shown, &[]).to_plain(), format!("x{name}"));
    }

    #[test]
    fn pieces_fit_and_lose_nothing(lines in prop::collection::vec(nasty(), 1..60), limit in 60usize..400) {
        let lines: Vec<String> = lines.into_iter().map(|l| l.replace("http", "htp")).collect();
        let said = Markup::plain(&lines.join("\n"));
        let pieces = split(&said, Split { limit, prefix: "", first: 7, last: 5 });
        let squeeze = |t: &str| t.split_whitespace().collect::<String>();
        let mut whole = String::new();
        for piece in &pieces {
            prop_assert!(units(piece) <= limit, "{} > {limit}", units(piece));
            whole.push_str(&parse(piece, &[]).to_plain());
            whole.push('\n');
        }
        prop_assert_eq!(squeeze(&whole), squeeze(&said.to_plain()));
    }

    #[test]
    fn whatever_an_agent_types_is_read_without_harm(typed in "\\PC{0,200}|[*_~`|<>@#\\[\\]() a\\n-]{0,200}") {
        let _ = parse(&typed, &[]);
    }
}

#[test]
fn an_agents_markup_is_read() {
    let people = [Mentioned { id: "7".to_owned(), name: "ana".to_owned() }];
    let line = |typed: &str| match parse(typed, &people).0.remove(0) {
        Block::Line(run) => run,
        other => panic!("{other:?}"),
    };
    assert_eq!(line("**a** b"), vec![Inline::Bold(vec![text("a")]), text(" b")]);
    assert_eq!(line("*a* _b_"), vec![Inline::Italic(vec![text("a")]), text(" "), Inline::Italic(vec![text("b")])]);
    assert_eq!(line("***a***"), vec![Inline::Bold(vec![Inline::Italic(vec![text("a")])])]);
    assert_eq!(line("~~a~~"), vec![Inline::Strike(vec![text("a")])]);
    assert_eq!(line("__under__ ||spoiler||"), vec![text("under"), text(" "), text("spoiler")]);
    assert_eq!(line("`a*b*`"), vec![Inline::Code("a*b*".to_owned())]);
    assert_eq!(
        line("snake_case_name 2*3*4"),
        vec![text("snake_case_name 2"), Inline::Italic(vec![text("3")]), text("4")]
    );
    assert_eq!(line("hi <@7>, <@!9> in <#3>"), vec![text("hi @ana, @somebody in #channel")]);
    assert_eq!(line("<:wave:12> <a:dance:13>"), vec![text(":wave: :dance:")]);
    assert_eq!(line("<t:1700000000:R>"), vec![text("2023-11-14 22:13 UTC")]);
    assert_eq!(line("\\*not\\*"), vec![text("*not*")]);
    assert_eq!(
        line("see [docs](https://a.example/x) or https://b.example/y_z, ok"),
        vec![
            text("see "),
            Inline::Link { text: Some("docs".to_owned()), url: "https://a.example/x".to_owned() },
            text(" or "),
            Inline::Link { text: None, url: "https://b.example/y_z".to_owned() },
            text(", ok"),
        ]
    );
    assert_eq!(line("## Title"), vec![text("Title")]);
}

#[test]
fn blocks_are_read() {
    let read = parse("a\n> q\n- one\n2. two\n```rs\nlet x;\n```\nend", &[]);
    assert_eq!(
        read.0,
        vec![
            Block::Line(vec![text("a")]),
            Block::Quote(vec![text("q")]),
            Block::Item { number: None, text: vec![text("one")] },
            Block::Item { number: Some(2), text: vec![text("two")] },
            Block::Code("let x;".to_owned()),
            Block::Line(vec![text("end")]),
        ]
    );
}

#[test]
fn formatted_text_survives_both_ways() {
    let original = Markup(vec![
        Block::Line(vec![text("a "), Inline::Bold(vec![text("b*"), Inline::Italic(vec![text("c")])]), text(" d")]),
        Block::Line(vec![Inline::Strike(vec![text("x~")]), text(" "), Inline::Code("y`z".to_owned())]),
        Block::Quote(vec![text("> q")]),
        Block::Item { number: Some(3), text: vec![text("- three")] },
        Block::Code("fn a() {}\n\nb".to_owned()),
        Block::Line(vec![Inline::Link { text: Some("t".to_owned()), url: "https://e.example/a".to_owned() }]),
    ]);
    let rendered = render(&original);
    assert_eq!(parse(&rendered, &[]), original, "{rendered}");
}
