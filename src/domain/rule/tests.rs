use proptest::prelude::*;
use regex::RegexBuilder;
use rstest::rstest;

use super::*;
use crate::domain::country;
use crate::domain::ids::NumberId;
use crate::domain::roster::{Priority, Strategy as Picking};

fn rules(toml: &str) -> Result<Rules, RuleError> {
    #[derive(serde::Deserialize)]
    struct File {
        rules: Vec<RuleSpec>,
    }
    Rules::new(toml::from_str::<File>(toml).unwrap().rules)
}

/// A written-out arrival; a test changes what it is about.
#[derive(Debug, Clone)]
struct Written {
    number: NumberId,
    text: String,
    kind: &'static str,
    tags: Vec<String>,
    vip: bool,
    phone: &'static str,
    returning: bool,
    referral: bool,
    open: bool,
}

impl Written {
    fn text(text: &str) -> Self {
        Self {
            number: "1001".into(),
            text: text.to_owned(),
            kind: "text",
            tags: Vec::new(),
            vip: false,
            phone: "34600123456",
            returning: false,
            referral: false,
            open: true,
        }
    }

    fn arrival(&self) -> Arrival<'_> {
        Arrival {
            number: &self.number,
            number_name: if self.number.as_str() == "1002" { "Repairs" } else { "Shop" },
            text: &self.text,
            kind: self.kind,
            tags: &self.tags,
            vip: self.vip,
            phone: self.phone,
            returning: self.returning,
            referral: self.referral,
            open: self.open,
        }
    }
}

fn hello() -> Written {
    Written::text("hello")
}

fn name(rules: &Rules, written: &Written) -> String {
    let first = rules.first(&written.arrival());
    assert_eq!(rules.first_of_record(&rules.record(&written.arrival())), first);
    first.and_then(|rule| rules.get(rule)).map_or("none", |rule| &rule.name).to_owned()
}

const TABLE: &str = r#"
rules = [
  { name = "vip", when = { vip = true }, priority = "urgent", wait_for_person = true },
  { name = "repairs", when = { numbers = ["repairs"] }, team = "repairs" },
  { name = "by id", when = { numbers = ["1003"] } },
  { name = "wholesale", when = { tags = ["Wholesale", "Größe XL"] }, team = "sales" },
  { name = "refunds in spanish", when = { words = ["reembolso", "devolución"], languages = ["es"] }, team = "billing" },
  { name = "order", when = { pattern = 'order\s*#?\d{4,}', countries = ["us", "CA"] }, skills = ["orders"] },
  { name = "refunds", when = { words = ["refund", "money back", "退款", "c++"] }, strategy = "least_loaded" },
  { name = "german", when = { languages = ["de"] } },
  { name = "voice at night", when = { kinds = ["voice", "audio"], hours = "outside" }, tags = ["night"] },
  { name = "ads", when = { referral = true, returning = false } },
  { name = "night", when = { hours = "outside" } },
  { name = "images", when = { kinds = ["image"] } },
  { name = "known", when = { returning = true } },
]
"#;

// story: RT-01
#[rstest]
#[case("Hola, quiero un reembolso por favor", "refunds in spanish")]
#[case("Hola, quiero una DEVOLUCION de mi pedido", "refunds in spanish")]
#[case("reembolso", "none")]
#[case("I want a refund.", "refunds")]
#[case("REFUND!", "refunds")]
#[case("refunded", "none")]
#[case("prerefund", "none")]
#[case("Give me my money\n  back", "refunds")]
#[case("moneyback", "none")]
#[case("我要退款，谢谢", "refunds")]
#[case("C++ courses", "refunds")]
#[case("Guten Tag, wo ist meine Bestellung?", "german")]
#[case("Where is order #48213", "none")]
#[case("hello", "none")]
#[case("", "none")]
fn the_text_decides(#[case] text: &str, #[case] rule: &str) {
    assert_eq!(name(&rules(TABLE).unwrap(), &Written::text(text)), rule);
}

// story: RT-01
#[rstest]
#[case(Written { vip: true, ..hello() }, "vip")]
#[case(Written { number: "1002".into(), ..hello() }, "repairs")]
#[case(Written { number: "1003".into(), ..hello() }, "by id")]
#[case(Written { tags: vec!["other".into(), "wholesale".into()], ..hello() }, "wholesale")]
#[case(Written { tags: vec!["GRÖSSE xl".into()], ..hello() }, "wholesale")]
#[case(Written { phone: "14165550123", ..Written::text("Order 12345") }, "order")]
#[case(Written { phone: "12125550123", ..Written::text("ORDER#12345") }, "order")]
#[case(Written { phone: "12125550123", ..Written::text("Order 123") }, "none")]
#[case(Written { kind: "voice", open: false, ..hello() }, "voice at night")]
#[case(Written { kind: "voice", ..hello() }, "none")]
#[case(Written { open: false, ..hello() }, "night")]
#[case(Written { referral: true, ..hello() }, "ads")]
#[case(Written { referral: true, returning: true, ..hello() }, "known")]
#[case(Written { kind: "image", ..hello() }, "images")]
#[case(Written { kind: "hologram", ..hello() }, "none")]
#[case(Written { phone: "", ..hello() }, "none")]
fn what_is_known_without_the_text_decides(#[case] written: Written, #[case] rule: &str) {
    assert_eq!(name(&rules(TABLE).unwrap(), &written), rule);
}

#[test]
fn a_rule_gives_what_it_says() {
    let rules = rules(TABLE).unwrap();
    let given = |rule: usize| rules.get(rule).unwrap();
    assert_eq!((given(0).priority, given(0).wait_for_person), (Some(Priority::Urgent), true));
    assert_eq!((given(1).team.as_deref(), given(6).strategy), (Some("repairs"), Some(Picking::LeastLoaded)));
    assert_eq!(
        (given(5).skills.as_slice(), given(8).tags.as_slice()),
        (&["orders".to_owned()][..], &["night".to_owned()][..])
    );
    assert_eq!((rules.len(), rules.is_empty(), rules.get(13)), (13, false, None));
}

#[rstest]
#[case(
    "{ name = \"a\", when = { languages = [\"spanish\"] } }",
    "rule 1 “a”: there is no language \"spanish\"; did you mean \"es\"?"
)]
#[case("{ name = \"a\", when = { countries = [\"UK\"] } }", "did you mean \"GB\"?")]
#[case(
    "{ name = \"a\", when = { countries = [\"Spain\"] } }",
    "there is no country \"Spain\": write two letters such as DE"
)]
#[case("{ name = \"a\", when = { kinds = [\"picture\", \"img\"] } }", "there is no kind of message \"picture\"")]
#[case("{ name = \"a\", when = { kinds = [\"Image\"] } }", "did you mean \"image\"?")]
#[case("{ name = \"a\", when = { words = [\"ok\", \"  \"] } }", "an entry of words is empty")]
#[case("{ name = \"a\", when = { pattern = \"\" } }", "an entry of pattern is empty")]
#[case("{ name = \"a\", when = { pattern = \"(refund\" } }", "the pattern \"(refund\" cannot be read: unclosed group")]
#[case("{ name = \"a\", when = { pattern = '(\\w{500}){500}' } }", "is too large")]
#[case("{ name = \" \" }", "it needs a name")]
fn what_is_wrong_is_said(#[case] rule: &str, #[case] expected: &str) {
    let sentence = rules(&format!("rules = [{rule}]")).unwrap_err().to_string();
    assert!(sentence.contains(expected), "{sentence}");
}

#[test]
fn an_error_names_its_rule() {
    let error = rules("rules = [{ name = \"a\" }, { name = \"b\", when = { pattern = \"[\" } }]").unwrap_err();
    assert_eq!((error.index, error.name.as_str()), (1, "b"));
    let unknown = toml::from_str::<RuleSpec>("name = \"a\"\nwhen = { word = [\"x\"] }").unwrap_err().to_string();
    assert!(unknown.contains("unknown field `word`"), "{unknown}");
}

#[test]
fn a_match_is_explained() {
    let rules = rules(TABLE).unwrap();
    let mut written = Written::text("Hola, quiero un reembolso por favor");
    let phrase = |written: &Written, rule| {
        let phrase = rules.explain(&written.arrival(), rule);
        if rules.first(&written.arrival()) == Some(rule) {
            assert_eq!(rules.explain_record(&rules.record(&written.arrival()), rule), phrase);
        }
        phrase
    };
    assert_eq!(phrase(&written, 4), "word “reembolso” · language es");
    written.vip = true;
    assert_eq!(phrase(&written, 0), "VIP");
    written = Written::text("order 12345");
    (written.phone, written.number, written.referral) = ("14165550123", "1002".into(), true);
    assert_eq!(phrase(&written, 5), "country CA · pattern “order\\s*#?\\d{4,}”");
    assert_eq!(phrase(&written, 1), "number repairs");
    assert_eq!(phrase(&written, 9), "first contact · from an ad");
    (written.open, written.kind) = (false, "voice");
    assert_eq!(phrase(&written, 8), "outside business hours · kind voice");
    assert_eq!(phrase(&written, 99), "");
    let all = Rules::new(vec![RuleSpec { name: "rest".into(), ..RuleSpec::default() }]).unwrap();
    assert_eq!(all.explain(&written.arrival(), 0), "every conversation");
}

#[test]
fn rules_that_never_match_are_found() {
    let covered = rules(
        r#"
        rules = [
          { name = "0", when = { languages = ["es", "pt"] } },
          { name = "1", when = { languages = ["ES"], vip = true } },
          { name = "2", when = { languages = ["es", "fr"] } },
          { name = "3", when = { words = ["Refund"], pattern = "x+" } },
          { name = "4", when = { words = ["refund"] } },
          { name = "5", when = { words = ["refund"], hours = "inside" } },
          { name = "6", when = { words = ["refund", "return"], hours = "inside" } },
          { name = "7", when = { vip = false } },
          { name = "8", when = { vip = true } },
          { name = "9" },
          { name = "10", when = { vip = true } },
          { name = "11", when = { tags = ["x"] } },
        ]
        "#,
    )
    .unwrap();
    assert_eq!(covered.unreachable(), [(1, 0), (5, 4), (10, 8), (11, 9)]);
    assert!(covered.has_default());
    assert!(!rules(TABLE).unwrap().has_default() && rules(TABLE).unwrap().unreachable().is_empty());
}

#[test]
fn a_version_is_of_what_the_rules_say() {
    let version = |toml: &str| rules(toml).unwrap().version().to_owned();
    let one = version("rules = [{ name = \"a\", when = { vip = true } }]");
    assert_eq!(one, "8bda9c144305", "the same rules have another version than before");
    assert_eq!(one, version("rules = [{ when = { vip = true, words = [] }, name = \"a\" }]"));
    assert_ne!(one, version("rules = [{ name = \"a\", when = { vip = false } }]"));
    assert_ne!(
        version("rules = [{ name = \"a\" }, { name = \"b\" }]"),
        version("rules = [{ name = \"b\" }, { name = \"a\" }]")
    );
}

#[test]
fn a_record_holds_no_text() {
    let rules = rules(TABLE).unwrap();
    let written = Written::text("my secret is 4711, refund it, order 12345");
    let kept = serde_json::to_string(&rules.record(&written.arrival())).unwrap();
    assert!(kept.contains("refund") && !kept.contains("secret") && !kept.contains("4711"), "{kept}");
    assert!(!kept.contains(written.phone), "{kept}");
    let back: ArrivalRecord = serde_json::from_str(&kept).unwrap();
    assert_eq!(rules.first_of_record(&back), Some(6));
}

#[test]
fn no_rules_match_nothing() {
    let none = Rules::new(Vec::new()).unwrap();
    assert_eq!(name(&none, &Written::text("hello")), "none");
    assert!(none.is_empty() && !none.has_default());
}

const WORDS: [&str; 8] = ["refund", "pedido", "money back", "größe", "hola", "please", "return", "x"];
const PATTERNS: [&str; 7] =
    [r"\brefund\b", r"order\s*\d+", "(hola|hello), ", r"\d{3}", "pedidos?$", "(?-i)Refund", "gr[oö]ße|größer"];

fn some<T: Clone + std::fmt::Debug + 'static>(of: &'static [T]) -> impl Strategy<Value = Vec<T>> {
    prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(prop::sample::select(of), 1..3)]
}

fn perhaps<T: Clone + std::fmt::Debug + 'static>(of: &'static [T]) -> impl Strategy<Value = Option<T>> {
    prop_oneof![4 => Just(None), 1 => prop::sample::select(of).prop_map(Some)]
}

prop_compose! {
    fn any_rule()(
        numbers in some(&["1001", "repairs", "shop"]),
        words in some(&WORDS),
        pattern in perhaps(&PATTERNS),
        languages in some(&["es", "en", "de"]),
        tags in some(&["a", "B"]),
        vip in perhaps(&[true, false]),
        countries in some(&["ES", "us", "CA"]),
        (returning, referral) in (perhaps(&[true, false]), perhaps(&[true, false])),
        hours in perhaps(&[Hours::Inside, Hours::Outside]),
        kinds in some(&["text", "image"]),
    ) -> RuleSpec {
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let when = WhenSpec {
            numbers: owned(numbers), words: owned(words), pattern: pattern.map(str::to_owned), languages: owned(languages),
            tags: owned(tags), vip, countries: owned(countries), returning, referral, hours, kinds: owned(kinds),
        };
        RuleSpec { name: "rule".into(), when, ..RuleSpec::default() }
    }
}

prop_compose! {
    fn any_arrival()(
        number in prop::sample::select(vec!["1001", "1002"]),
        pieces in prop::collection::vec(prop::sample::select(vec![
            "Refund", "PEDIDO", "money  back", "Größe", "¡Hola, ", "please!", "returned", "order 12", "4711", "où", "das ist nicht", "and the",
        ]), 0..5),
        kind in prop::sample::select(vec!["text", "image", "voice"]),
        tags in some(&["A", "b", "c"]),
        phone in prop::sample::select(vec!["34600123456", "14165550123", "12125550123", ""]),
        (vip, returning, referral, open) in any::<(bool, bool, bool, bool)>(),
    ) -> Written {
        let tags = tags.into_iter().map(str::to_owned).collect();
        Written { number: number.into(), text: pieces.join(" "), kind, tags, vip, phone, returning, referral, open }
    }
}

/// A rule by its definition.
fn matches(rule: &RuleSpec, written: &Written) -> bool {
    let when = &rule.when;
    let arrival = written.arrival();
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let any = |entries: &[String], test: &dyn Fn(&str) -> bool| entries.is_empty() || entries.iter().any(|e| test(e));
    let plain = |text: &str| {
        let letters: String = text.to_lowercase().replace('ö', "o").replace('ß', "ss");
        let apart: String = letters.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
        format!(" {} ", apart.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    any(&when.numbers, &|number| number == arrival.number.as_str() || same(number, arrival.number_name))
        && any(&when.words, &|word| plain(arrival.text).contains(&plain(word)))
        && when.pattern.as_ref().is_none_or(|pattern| {
            RegexBuilder::new(pattern).case_insensitive(true).build().unwrap().is_match(arrival.text)
        })
        && any(&when.languages, &|code| language::of_text(arrival.text).is_some_and(|language| language.code() == code))
        && any(&when.tags, &|tag| arrival.tags.iter().any(|other| same(tag, other)))
        && when.vip.is_none_or(|vip| vip == arrival.vip)
        && any(&when.countries, &|code| country::of_phone(arrival.phone).iter().any(|other| same(code, other)))
        && when.returning.is_none_or(|returning| returning == arrival.returning)
        && when.referral.is_none_or(|referral| referral == arrival.referral)
        && when.hours.is_none_or(|hours| (hours == Hours::Inside) == arrival.open)
        && any(&when.kinds, &|kind| kind == arrival.kind)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_first_is_the_first_by_definition(specs in prop::collection::vec(any_rule(), 0..90), arrivals in prop::collection::vec(any_arrival(), 8)) {
        let rules = Rules::new(specs.clone()).unwrap();
        for written in arrivals {
            let by_definition = specs.iter().position(|spec| matches(spec, &written));
            let record = rules.record(&written.arrival());
            prop_assert_eq!(rules.first(&written.arrival()), by_definition, "{:?}", written);
            prop_assert_eq!(rules.first_of_record(&record), by_definition);
            if let Some(rule) = by_definition {
                prop_assert_eq!(rules.explain(&written.arrival(), rule), rules.explain_record(&record, rule));
            }
        }
    }

    #[test]
    fn what_is_called_unreachable_never_matches_first(specs in prop::collection::vec(any_rule(), 0..40), arrivals in prop::collection::vec(any_arrival(), 8)) {
        let rules = Rules::new(specs.clone()).unwrap();
        for (rule, earlier) in rules.unreachable() {
            for written in &arrivals {
                prop_assert!(!matches(&specs[rule], written) || matches(&specs[earlier], written));
            }
        }
    }

    #[test]
    fn a_pattern_is_never_missed_for_want_of_its_literal(pieces in prop::collection::vec(prop::sample::select(vec![
        "a", "K", "ſ", "ß", "ß", "é", "e\u{301}", " ", "\t", "\u{200b}", "İ", "ı", "Σ", "ς", "æ", "Ø", "1",
    ]), 2..6), around in ".{0,4}") {
        let literal: String = pieces.concat();
        let spec = |pattern: String| RuleSpec { name: "a".into(), when: WhenSpec { pattern: Some(pattern), ..WhenSpec::default() }, ..RuleSpec::default() };
        let rules = Rules::new(vec![spec(regex::escape(&literal))]).unwrap();
        for text in [literal.clone(), literal.to_uppercase(), literal.to_lowercase(), format!("{around}{literal}{around}")] {
            let written = Written::text(&text);
            let direct = RegexBuilder::new(&regex::escape(&literal)).case_insensitive(true).build().unwrap();
            prop_assert_eq!(rules.first(&written.arrival()).is_some(), direct.is_match(&text), "{:?} in {:?}", literal, text);
        }
    }
}
