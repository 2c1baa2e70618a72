//! What holds for every picture.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::domain::chart::{Bar, Bars, Course, Group, Part, Rung, Series, Shape, Tone};

fn part(name: &str, tone: Tone) -> Part {
    Part { name: name.to_owned(), tone }
}

fn bar(name: &str, parts: [i64; 3], limit: Option<i64>, remark: &str) -> Bar {
    Bar { name: name.to_owned(), parts: parts.to_vec(), limit, remark: remark.to_owned() }
}

fn loads(groups: Vec<Group>) -> Chart {
    let parts = vec![part("answered", Tone::Calm), part("waiting", Tone::Watch), part("late", Tone::Alarm)];
    Chart {
        title: "Who carries what".to_owned(),
        subtitle: "Mon 23 Nov 2026, 09:42 in Europe/Madrid".to_owned(),
        empty: "Nobody is in this team.".to_owned(),
        figure: Figure::Bars(Bars { parts, limit: "capacity".to_owned(), groups }),
    }
}

fn group(name: &str, remark: &str, bars: Vec<Bar>) -> Group {
    Group { name: name.to_owned(), remark: remark.to_owned(), bars }
}

fn days(n: usize, series: Vec<Series>, scale: &[(i64, &str)]) -> Chart {
    Chart {
        title: "First response".to_owned(),
        subtitle: "support, the last two weeks, in open hours".to_owned(),
        empty: "Nobody was answered.".to_owned(),
        figure: Figure::Course(Course {
            steps: (0..n).map(|n| format!("{} Nov", n + 1)).collect(),
            scale: scale.iter().map(|(at, name)| Rung { at: *at, name: (*name).to_owned() }).collect(),
            series,
        }),
    }
}

fn line(name: &str, tone: Tone, values: &[i64]) -> Series {
    let values = values.iter().map(|v| (*v >= 0).then_some(*v)).collect();
    Series { part: part(name, tone), shape: Shape::Line, values }
}

fn many(n: i64) -> Chart {
    let who = |n: i64| {
        let parts = [n * 7 % 13, n % 4, i64::from(n % 9 == 0)];
        bar(&format!("Person number {n}"), parts, Some(5 + n % 11), if n % 3 == 0 { "due in 12 min" } else { "" })
    };
    loads(vec![group("", "", (0..n).map(who).collect())])
}

fn named(name: &str) -> Chart {
    loads(vec![group(name, name, vec![bar(name, [1, 0, 0], Some(2), name)])])
}

fn size(png: &[u8]) -> (u32, u32) {
    let info = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap().info().clone();
    (info.width, info.height)
}

#[test]
fn the_same_chart_is_the_same_picture() {
    let chart = named("Ana");
    assert_eq!(png(&chart).unwrap(), png(&chart).unwrap());
    assert_eq!(svg(&chart).unwrap(), svg(&chart).unwrap());
    assert_ne!(png(&chart).unwrap(), png(&named("Ben")).unwrap());
}

#[test]
fn fifty_people_fit_and_more_are_left_out() {
    let fifty = png(&many(50)).unwrap();
    assert!(fifty.len() < 300_000, "{} bytes", fifty.len());
    let (width, height) = size(&fifty);
    assert!(width == 1280 && (2_000..4_000).contains(&height), "{width} x {height}");
    assert_eq!(size(&png(&many(400)).unwrap()), (width, height));
    let one = size(&png(&many(1)).unwrap());
    assert!(one.1 < 400, "{one:?}");
    assert_eq!(size(&png(&loads(Vec::new())).unwrap()).0, 1280, "nobody is shown in words");
}

#[test]
fn an_svg_holds_its_text_as_text() {
    let drawn = svg(&named("<b>&\"x\"</b> محمد 山田\u{7}")).unwrap();
    assert!(drawn.contains("&lt;b&gt;&amp;"), "{drawn}");
    assert!(!drawn.contains("<b>") && !drawn.contains('\u{7}'), "{drawn}");
    assert!(drawn.contains("محمد 山田"), "whoever shows it has the letters");
    assert!(drawn.contains(">2<") || drawn.contains("/ 2"), "{drawn}");
}

#[test]
fn a_long_name_is_cut() {
    let drawn = svg(&named(&"Bartholomew ".repeat(9))).unwrap();
    assert!(drawn.contains('…') && !drawn.contains("Bartholomew Bartholomew Bartholomew Bartholomew\n"), "{drawn}");
}

#[test]
fn gaps_in_a_line_stay_gaps() {
    let whole = svg(&days(4, vec![line("p50", Tone::Calm, &[1, 2, 3, 4])], &[(0, "0"), (4, "4 min")])).unwrap();
    let torn = svg(&days(4, vec![line("p50", Tone::Calm, &[1, 2, -1, 4])], &[(0, "0"), (4, "4 min")])).unwrap();
    assert_eq!((whole.matches("<circle").count(), torn.matches("<circle").count()), (4, 3));
    assert!(whole.contains("4 min") && whole.contains("1 Nov"), "{whole}");
    let none = svg(&days(4, vec![line("p50", Tone::Calm, &[-1, -1])], &[])).unwrap();
    assert!(none.contains("Nobody was answered."), "{none}");
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-zא-תء-ي一-丁😀-😏()\u{300}\u{200d}]{0,40}"]
}

fn any_bars() -> impl Strategy<Value = Figure> {
    let bar = (any_text(), vec(any::<i64>(), 0..5), any::<Option<i64>>(), any_text());
    let bar = bar.prop_map(|(name, parts, limit, remark)| Bar { name, parts, limit, remark });
    let group = (any_text(), any_text(), vec(bar, 0..4));
    let group = group.prop_map(|(name, remark, bars)| Group { name, remark, bars });
    (any_text(), any_text(), vec(group, 0..4)).prop_map(|(name, limit, groups)| {
        Figure::Bars(Bars { parts: vec![part(&name, Tone::Calm), part("", Tone::Alarm)], limit, groups })
    })
}

fn any_course() -> impl Strategy<Value = Figure> {
    let shape = prop_oneof![Just(Shape::Line), Just(Shape::Columns)];
    let series = (any_text(), shape, vec(any::<Option<i64>>(), 0..200));
    let series = series.prop_map(|(name, shape, values)| Series { part: part(&name, Tone::Other), shape, values });
    let rung = (any::<i64>(), any_text()).prop_map(|(at, name)| Rung { at, name });
    (vec(any_text(), 0..200), vec(rung, 0..9), vec(series, 0..4))
        .prop_map(|(steps, scale, series)| Figure::Course(Course { steps, scale, series }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_in_a_chart_makes_drawing_fail(title in any_text(), empty in any_text(), figure in prop_oneof![any_bars(), any_course()]) {
        let chart = Chart { title: title.clone(), subtitle: title, empty, figure };
        let (width, height) = size(&png(&chart).unwrap());
        prop_assert!(width == 1280 && height < 6_000, "{}", height);
        let drawn = svg(&chart).unwrap();
        prop_assert!(drawn.starts_with("<svg") && drawn.trim_end().ends_with("</svg>"));
    }
}
