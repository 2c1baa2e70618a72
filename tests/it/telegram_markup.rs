//! Telegram's form of text: nothing a customer writes calls anybody or becomes a command, and what an agent writes is read as
//! they meant it.

use baton::domain::ids::Time;
use baton::domain::markup::{Block, Inline, Markup};
use baton::telegram::markup::{Entity, Kind, Look, Rich, Room, broken, clip, parse, render, split, units};
use proptest::prelude::*;

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

fn line(inlines: Vec<Inline>) -> Markup {
    Markup(vec![Block::Line(inlines)])
}

/// What was rendered, read back as if somebody had sent it.
fn read(rich: &Rich) -> Markup {
    let entities: Vec<Entity> =
        rich.entities().into_iter().map(|e| serde_json::from_value(e).expect("an entity")).collect();
    parse(&rich.text(), &entities)
}

fn entity(kind: &str, offset: usize, length: usize) -> Entity {
    Entity { kind: kind.to_owned(), offset, length, url: String::new() }
}

/// What a customer may write: plain characters, and above all those that mean something to Telegram.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9 ]{0,6}",
        4 => "[-*_~`|>#@\\[\\]()<\\\\:.!+ /&1]{1,4}",
        1 => Just("@all".to_owned()),
        1 => Just(" @ana_k".to_owned()),
        1 => Just("/claim".to_owned()),
        1 => Just("/close@baton_bot".to_owned()),
        1 => Just("<b>bold</b>".to_owned()),
        1 => Just("👩\u{200d}👩\u{200d}👧 ❤️ 👍🏽".to_owned()),
        1 => Just("https://example.com/@ana/claim".to_owned()),
        1 => Just("\u{2067}مرحبا\u{2069}".to_owned()),
        1 => "[\\PC&&[^\u{2060}\u{2028}-\u{202e}]]{0,4}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Formatted text in the form in which it is read: neighbours of one look are one.
fn styled() -> impl Strategy<Value = Inline> {
    let words = "[a-zA-Zé😀]{1,4}( [a-zA-Z@/é😀]{1,4}){0,2}";
    let leaf = prop_oneof![
        4 => words.prop_map(Inline::Text),
        1 => words.prop_map(Inline::Code),
        1 => words.prop_map(|text| Inline::Link { text: Some(text), url: "https://example.com/a".to_owned() }),
        1 => Just(Inline::Link { text: None, url: "https://example.com/b?c=@d".to_owned() }),
    ];
    (leaf, prop::bool::ANY, prop::bool::ANY, prop::bool::ANY).prop_map(|(leaf, bold, italic, strike)| {
        if matches!(leaf, Inline::Code(_)) {
            return leaf;
        }
        let leaf = if strike { Inline::Strike(vec![leaf]) } else { leaf };
        let leaf = if italic { Inline::Italic(vec![leaf]) } else { leaf };
        if bold { Inline::Bold(vec![leaf]) } else { leaf }
    })
}

/// A line whose neighbours are parted by plain text, so that none of them grow together.
fn styled_line() -> impl Strategy<Value = Vec<Inline>> {
    prop::collection::vec(styled(), 1..4).prop_map(|inlines| {
        let mut out: Vec<Inline> = vec![text("x ")];
        for inline in inlines {
            if let (Inline::Text(new), Some(Inline::Text(last))) = (&inline, out.last_mut()) {
                last.push_str(new);
            } else {
                out.push(inline);
            }
            match out.last_mut() {
                Some(Inline::Text(last)) => last.push_str(" y "),
                _ => out.push(text(" y ")),
            }
        }
        out
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_customers_text_stays_data(lines in prop::collection::vec(nasty(), 1..4)) {
        let said = lines.join("\n");
        let rendered = render(&Markup::plain(&said));
        prop_assert!(rendered.entities().is_empty());
        prop_assert_eq!(read(&rendered).to_plain(), said);
    }

    #[test]
    fn nobody_is_called_and_nothing_is_a_command(said in nasty()) {
        let shown = broken(&said);
        for word in shown.split_whitespace().filter(|word| !word.starts_with("https://")) {
            let mut before = None;
            let chars: Vec<char> = word.chars().collect();
            for pair in chars.windows(2) {
                let free = before.is_none_or(|b: char| !b.is_alphanumeric() && b != '_');
                let names = pair[1].is_ascii_alphanumeric() || pair[1] == '_';
                let behind = matches!(before, Some('/' | '<' | '>'));
                prop_assert!(!(free && names && pair[0] == '@'), "{word}");
                prop_assert!(!(free && names && pair[0] == '/' && !behind), "{word}");
                before = Some(pair[0]);
            }
        }
    }

    #[test]
    fn looks_are_read_as_they_were_rendered(
        lines in prop::collection::vec((styled_line(), 0u8..4), 1..5), code in "[a-z]{1,5}\n[a-z@/ ]{1,5}[a-z]",
    ) {
        let blocks = lines.into_iter().map(|(inlines, form)| match form {
            0 => Block::Quote(inlines),
            1 => Block::Item { number: None, text: inlines },
            2 => Block::Item { number: Some(12), text: inlines },
            _ => Block::Line(inlines),
        });
        let markup = Markup(blocks.chain([Block::Code(code)]).collect());
        prop_assert_eq!(read(&render(&markup)), markup);
    }

    #[test]
    fn pieces_fit_and_lose_nothing(lines in prop::collection::vec(nasty(), 1..60), limit in 60usize..400) {
        let said = Markup::plain(&lines.join("\n"));
        let pieces = split(&render(&said), Room { limit, first: 7, last: 5 });
        let squeeze = |t: &str| t.split_whitespace().collect::<String>();
        let mut whole = String::new();
        for (n, piece) in pieces.iter().enumerate() {
            let most = limit - 5 - if n == 0 { 7 } else { 0 };
            prop_assert!(piece.units() <= most, "{} > {most}", piece.units());
            whole.push_str(&read(piece).to_plain());
        }
        prop_assert_eq!(squeeze(&whole), squeeze(&said.to_plain()));
    }

    #[test]
    fn entities_lie_within_the_text(lines in prop::collection::vec(styled_line(), 1..30), limit in 60usize..400) {
        let markup = Markup(lines.into_iter().map(Block::Line).collect());
        for piece in split(&render(&markup), Room { limit, first: 0, last: 0 }) {
            let total = units(&piece.text());
            for entity in piece.entities() {
                let (offset, length) = (entity["offset"].as_u64().unwrap_or(0), entity["length"].as_u64().unwrap_or(0));
                prop_assert!(length > 0 && (offset + length) as usize <= total, "{entity} of {total}");
                let cut: Vec<u16> = piece.text().encode_utf16().skip(offset as usize).take(length as usize).collect();
                prop_assert!(String::from_utf16(&cut).is_ok(), "{entity} halves a character");
            }
        }
    }

    #[test]
    fn whatever_telegram_sends_keeps_its_characters(
        said in nasty(), spans in prop::collection::vec(("[a-z_]{1,9}", 0usize..60, 0usize..60), 0..6),
    ) {
        let kinds = ["bold", "italic", "underline", "strikethrough", "spoiler", "code", "text_link", "url", "mention"];
        let entities: Vec<Entity> = spans
            .into_iter()
            .enumerate()
            .map(|(n, (unknown, offset, length))| entity(kinds.get(n).copied().unwrap_or(&unknown), offset, length))
            .collect();
        let plain = parse(&said, &entities).to_plain();
        prop_assert_eq!(plain, read(&render(&Markup::plain(&said))).to_plain());
    }
}

#[test]
fn calls_are_broken_where_telegram_would_see_them_and_nowhere_else() {
    for (said, shown) in [
        ("@all look", "@\u{2060}all look"),
        ("(@ana)", "(@\u{2060}ana)"),
        ("ana@example.com", "ana@example.com"),
        ("@ ana", "@ ana"),
        ("/claim", "/\u{2060}claim"),
        ("and/or 1/2", "and/or 1/2"),
        ("//note", "//note"),
        ("https://example.com/@ana", "https://example.com/@ana"),
        // No address for Telegram, so the sign would call somebody.
        ("https://x/@ana", "https://x/@\u{2060}ana"),
        ("two\nlines", "two lines"),
        ("turned \u{202e}around", "turned around"),
    ] {
        assert_eq!(broken(said), shown, "{said}");
    }
}

#[test]
fn offsets_count_utf16_units() {
    let rich = render(&line(vec![text("😀 "), Inline::Bold(vec![text("né👩\u{200d}👧")]), text("!")]));
    let bold = &rich.entities()[0];
    assert_eq!((bold["offset"].as_u64(), bold["length"].as_u64()), (Some(3), Some(7)));
}

#[test]
fn an_instant_counts_for_clients_that_can() {
    let rich = render(&line(vec![Inline::Moment(Time::from_secs(1_795_961_100))]));
    assert_eq!(rich.text(), "2026-11-29 14:05 UTC");
    let entity = &rich.entities()[0];
    assert_eq!((entity["type"].as_str(), entity["unix_time"].as_i64()), (Some("date_time"), Some(1_795_961_100)));
}

#[test]
fn a_text_that_shows_another_address_is_no_link() {
    let link =
        |text: &str, url: &str| render(&line(vec![Inline::Link { text: Some(text.to_owned()), url: url.to_owned() }]));
    assert_eq!(
        link("https://bank.example", "https://evil.example").text(),
        "https://bank.example (https://evil.example)"
    );
    assert!(link("click", "javascript:alert(1)").entities().is_empty());
    assert_eq!(link("click", "https://a.example").entities()[0]["url"], "https://a.example");
}

#[test]
fn what_has_no_counterpart_is_left_as_its_text() {
    // story: TG-01
    let said = "Ana see #tag 🎉 soon";
    let entities = [
        entity("text_mention", 0, 3),
        entity("underline", 4, 3),
        entity("hashtag", 8, 4),
        entity("custom_emoji", 13, 2),
        entity("date_time", 16, 4),
        entity("of_tomorrow", 0, 20),
    ];
    assert_eq!(parse(said, &entities), Markup::plain(said));
}

#[test]
fn monospaced_lines_stand_alone() {
    let markup = parse("see:\nlet x;\nlet y;\n\nok", &[entity("pre", 5, 13)]);
    let lines = [Block::Line(vec![text("see:")]), Block::Code("let x;\nlet y;".to_owned()), Block::Line(Vec::new())];
    assert_eq!(markup.0[..3], lines);
    assert_eq!(markup.to_plain(), "see:\nlet x;\nlet y;\n\nok");
}

#[test]
fn clipping_leaves_a_sign() {
    let mut rich = Rich::plain("one two three four");
    rich.push(" five", Look { kind: Some(Kind::Code), ..Look::default() });
    assert_eq!(clip(&rich, 14).text(), "one two three…");
    assert_eq!(clip(&rich, 100), rich);
}
