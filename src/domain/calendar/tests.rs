use chrono::DateTime;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

/// Business-hours cases of public help desks and calendar libraries; each names its source.
const VECTORS: &str = include_str!("../../../tests/data/sla.json");

fn time(text: &str) -> Time {
    Time(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
}

fn iso(at: Time) -> String {
    DateTime::from_timestamp_millis(at.0).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

// story: SL-01
#[test]
fn every_vector_holds_to_the_second() {
    let cases = vectors::cases(VECTORS).unwrap();
    let wrong: Vec<_> = cases.iter().filter(|case| !case.holds()).collect();
    assert!(wrong.is_empty() && cases.len() > 100, "{wrong:#?}");
}

#[test]
fn what_cannot_be_worked_out_is_said() {
    let broken = r#"{ "calendars": { "never": { "tz": "UTC" }, "day": { "tz": "UTC", "weekly": { "mon": [["09:00", "17:00"]] } } },
        "vectors": [
            { "id": "a", "kind": "deadline", "calendar": "gone", "start": "2026-11-23T08:00:00Z", "target_s": 60, "expected": "x" },
            { "id": "b", "kind": "deadline", "calendar": "never", "start": "2026-11-23T08:00:00Z", "target_s": 60, "expected": "x" },
            { "id": "c", "kind": "deadline", "calendar": "day", "start": "yesterday", "target_s": 60, "expected": "x" },
            { "id": "d", "kind": "guess", "calendar": "day", "expected": "x" },
            { "id": "e", "kind": "elapsed", "calendar": "day", "from": "2026-11-23T09:00:00Z", "to": "2026-11-23T09:01:00Z", "expected_s": 61 }
        ] }"#;
    let found: Vec<String> = vectors::cases(broken).unwrap().into_iter().map(|case| case.found).collect();
    let said = [
        "there is no calendar \"gone\"",
        "no_open_time",
        "\"yesterday\" is no instant",
        "a case of the kind \"guess\" is not known",
        "60",
    ];
    assert_eq!(found, said);
    assert!(vectors::cases("[]").is_err());
}

fn calendar(toml: &str) -> Calendar {
    Calendar::new(&toml::from_str(toml).unwrap()).unwrap()
}

const NIGHTS: &str = r#"
zone = "Europe/Berlin"
weekly.mon = [["09:00", "12:00"], ["13:00", "17:00"]]
weekly.fri = [["22:00", "06:00"]]
weekly.sat = [["22:00", "06:00"]]
holidays = ["2026-12-25"]
overrides = { "2026-12-24" = [["09:00", "13:00"]] }
"#;

#[rstest]
// Within, at its edges, on the far side of midnight, on a holiday, on a day with hours of its own.
#[case("2026-11-23T08:00:00Z", true)]
#[case("2026-11-23T07:59:59Z", false)]
#[case("2026-11-23T11:00:00Z", false)]
#[case("2026-11-28T04:59:59Z", true)]
#[case("2026-11-28T05:00:00Z", false)]
#[case("2026-12-25T22:00:00Z", false)]
#[case("2026-12-26T22:00:00Z", true)]
#[case("2026-12-24T08:30:00Z", true)]
fn open_is_what_the_calendar_says(#[case] at: &str, #[case] open: bool) {
    assert_eq!(calendar(NIGHTS).is_open(time(at)), open);
}

#[rstest]
#[case("2026-11-23T08:00:00Z", "2026-11-23T11:00:00Z")]
#[case("2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z")]
#[case("2026-11-23T16:00:00Z", "2026-11-27T21:00:00Z")]
#[case("2026-12-23T00:00:00Z", "2026-12-24T08:00:00Z")]
// The night in which clocks go forward, 22:00 to 06:00 on the wall.
#[case("2027-03-27T22:00:00Z", "2027-03-28T04:00:00Z")]
fn changes_come_in_order(#[case] at: &str, #[case] change: &str) {
    assert_eq!(iso(calendar(NIGHTS).next_change(time(at)).unwrap()), change);
}

#[test]
fn what_touches_is_no_change() {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let week = |hours: &str| days.map(|day| format!("weekly.{day} = [{hours}]\n")).concat();
    let now = time("2026-11-23T08:00:00Z");
    let full = calendar(&format!("zone = \"UTC\"\n{}", week(r#"["00:00", "24:00"]"#)));
    assert_eq!(full.next_change(now), None);
    let nights = calendar(&format!("zone = \"UTC\"\n{}", week(r#"["22:00", "06:00"], ["06:00", "22:00"]"#)));
    assert_eq!(nights.next_change(now), None);
    let holiday = format!("zone = \"UTC\"\nholidays = [\"2027-11-25\"]\n{}", week(r#"["00:00", "24:00"]"#));
    assert_eq!(iso(calendar(&holiday).next_change(now).unwrap()), "2027-11-25T00:00:00Z");
    let always = calendar("zone = \"UTC\"\nalways_open = true");
    assert_eq!((always.next_change(now), always.next_open(now), always.is_open(now)), (None, now, true));
}

#[test]
fn overlapping_hours_count_once() {
    let twice = calendar(
        "zone = \"UTC\"\nweekly.mon = [[\"22:00\", \"06:00\"], [\"21:00\", \"23:00\"]]\nweekly.tue = [[\"05:00\", \"07:00\"]]",
    );
    let (from, to) = (time("2026-11-23T00:00:00Z"), time("2026-11-25T00:00:00Z"));
    assert_eq!(twice.elapsed(from, to, &[]), 10 * 3600);
    assert_eq!(iso(twice.deadline(from, 10 * 3600, &[]).unwrap()), "2026-11-24T07:00:00Z");
}

#[test]
fn a_calendar_of_single_days_ends() {
    let fair = calendar("zone = \"UTC\"\noverrides = { \"2026-12-05\" = [[\"10:00\", \"16:00\"]] }");
    let (before, after) = (time("2026-11-23T00:00:00Z"), time("2026-12-05T16:00:00Z"));
    assert_eq!(iso(fair.next_open(before)), "2026-12-05T10:00:00Z");
    assert_eq!(fair.next_open(after), Time::NEVER);
    assert_eq!(fair.next_change(after), None);
    assert_eq!(iso(fair.next_change(time("2026-12-05T12:00:00Z")).unwrap()), "2026-12-05T16:00:00Z");
    assert_eq!(fair.deadline(before, 6 * 3600, &[]), Ok(after));
    assert_eq!(fair.deadline(before, 6 * 3600 + 1, &[]), Err(DeadlineError::NeverDue));
}

#[test]
fn a_date_that_was_left_out_moves_a_day() {
    // Samoa had no 30 December 2011: its Friday hours moved to where Saturday's are.
    let apia = calendar(
        "zone = \"Pacific/Apia\"\nweekly.fri = [[\"09:00\", \"12:00\"]]\nweekly.sat = [[\"08:00\", \"10:00\"]]",
    );
    let (from, to) = (time("2011-12-30T00:00:00Z"), time("2012-01-01T12:00:00Z"));
    assert_eq!(apia.elapsed(from, to, &[]), 4 * 3600);
    assert_eq!(iso(apia.next_open(from)), "2011-12-30T18:00:00Z");
}

#[test]
fn a_pause_without_end_is_never_due() {
    let week = calendar("zone = \"Europe/Berlin\"\nweekly.mon = [[\"09:00\", \"17:00\"]]");
    let start = time("2026-11-23T08:00:00Z");
    let pause = (start.plus_ms(60_000), Time(i64::MAX));
    assert_eq!(week.deadline(start, 60, &[pause]), Ok(start.plus_ms(60_000)));
    assert_eq!(week.deadline(start, 61, &[pause]), Err(DeadlineError::NeverDue));
    let year = (start.plus_ms(60_000), start.plus_ms(365 * 86_400_000));
    assert_eq!(iso(week.deadline(start, 120, &[year]).unwrap()), "2027-11-29T08:01:00Z");
    assert_eq!(week.elapsed(Time(i64::MIN), Time(i64::MIN + 1), &[]), 0);
}

#[rstest]
#[case("zone = \"UTC\"\nweekly.mon = [[\"25:00\", \"26:00\"]]", "\"25:00\" is no time of day")]
#[case("zone = \"UTC\"\nweekly.mon = [[\"24:00\", \"06:00\"]]", "\"24:00\" is no time of day")]
#[case("zone = \"UTC\"\nweekly.mon = [[\"09:00\", \"17:60\"]]", "\"17:60\" is no time of day")]
#[case("zone = \"UTC\"\nweekly.mon = [[\"nine\", \"17:00\"]]", "\"nine\" is no time of day")]
#[case("zone = \"UTC\"", "never open")]
#[case("zone = \"UTC\"\nweekly.mon = []\nholidays = [\"2026-12-25\"]", "never open")]
#[case("zone = \"Berlin\"\nalways_open = true", "such as Europe/Berlin")]
#[case("zone = \"europe/madird\"\nalways_open = true", "such as Europe/Madrid")]
#[case("zone = \"UTC\"\nholidays = [\"2026-02-30\"]", "\"2026-02-30\" is no date")]
#[case("zone = \"UTC\"\nholidays = [\"25.12.2026\"]", "\"25.12.2026\" is no date")]
#[case("zone = \"UTC\"\noverrides = { \"2026-2-3\" = [] }", "\"2026-2-3\" is no date")]
#[case("zone = \"UTC\"\nalways_open = true\nholidays = [\"2026-12-25\"]", "leave out always_open")]
fn what_is_wrong_is_said(#[case] toml: &str, #[case] expected: &str) {
    let sentence = Calendar::new(&toml::from_str(toml).unwrap()).unwrap_err().to_string();
    assert!(sentence.contains(expected), "{sentence}");
}

#[test]
fn an_unknown_key_is_refused() {
    let unknown = toml::from_str::<CalendarSpec>("zone = \"UTC\"\nweekly.monday = []").unwrap_err().to_string();
    assert!(unknown.contains("unknown field `monday`"), "{unknown}");
}

#[test]
fn what_is_rarely_meant_is_told() {
    let odd = calendar(
        r#"
        zone = "Europe/Berlin"
        weekly.mon = [["00:00", "23:59"]]
        weekly.sat = [["22:00", "06:00"]]
        holidays = ["2026-01-01", "2026-12-25", "2026-12-26", "2026-12-28"]
        overrides = { "2026-12-28" = [["09:00", "23:59"]] }
        "#,
    );
    let lints = odd.lints(time("2026-11-23T08:00:00Z"));
    let expected = [
        "23:59 as a close leaves the last minute of the day closed (Monday, 2026-12-28): write 24:00 to be open until midnight",
        "the holiday 2026-12-25 changes nothing: it is a Friday, which is closed",
        "2026-12-28 is a holiday and has hours of its own: the hours hold, the holiday does not",
        "clocks change in the night that opens on Saturday 2027-03-27 at 22:00: it lasts 7 h instead of 8 h",
        "clocks change in the night that opens on Saturday 2027-10-30 at 22:00: it lasts 9 h instead of 8 h",
    ];
    assert_eq!(lints, expected);
}

#[test]
fn dates_know_what_they_are() {
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    let nights = calendar(NIGHTS);
    assert_eq!(nights.kind_of(date("2026-12-25")), DayKind::Holiday);
    assert_eq!(nights.kind_of(date("2026-12-24")), DayKind::Override);
    assert_eq!(nights.kind_of(date("2026-12-23")), DayKind::Ordinary);
}

#[test]
fn no_zone_returns_to_an_offset_within_a_step() {
    // What `walk::Calm` rests on, from 2000 to 2100.
    for zone in chrono_tz::TZ_VARIANTS {
        let mut changes: Vec<(i64, i64)> = vec![(0, offset(zone, 10_957 * 86_400))];
        for day in 10_958..47_482 {
            let now = offset(zone, day * 86_400);
            if changes[changes.len() - 1].1 != now {
                changes.push((day, now));
            }
        }
        for three in changes.windows(3) {
            let back = three[0].1 == three[2].1;
            assert!(!back || three[2].0 - three[1].0 >= 7, "{zone}: {three:?}");
        }
    }
}

/// An interval of a multiple of 30 minutes.
fn interval() -> impl Strategy<Value = Interval> {
    let clock = |half_hours: u32| format!("{:02}:{:02}", half_hours / 2, half_hours % 2 * 30);
    (0..48_u32, 1..=48_u32).prop_map(move |(open, close)| (clock(open), clock(close)))
}

fn day() -> impl Strategy<Value = Vec<Interval>> {
    prop::collection::vec(interval(), 0..3)
}

prop_compose! {
    fn any_calendar()(
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "Africa/Casablanca", "Pacific/Chatham"]),
        first in interval(),
        rest in prop::collection::vec(day(), 6),
        off in prop::collection::vec(0..700_i64, 0..6),
        own in prop::collection::btree_map(0..700_i64, day(), 0..4),
    ) -> Calendar {
        let date = |day: i64| spec::date_of(20_454 + day).to_string();
        let mut rest = rest.into_iter();
        let mut next = || rest.next().unwrap_or_default();
        let weekly = Weekly { mon: vec![first], tue: next(), wed: next(), thu: next(), fri: next(), sat: next(), sun: next() };
        let overrides = own.into_iter().map(|(day, hours)| (date(day), hours)).collect();
        let holidays = off.into_iter().map(date).collect();
        Calendar::new(&CalendarSpec { zone: zone.into(), always_open: false, weekly, holidays, overrides }).unwrap()
    }
}

/// An instant of 2026 or 2027, half of the time within two days of a change of clocks in one of the zones.
fn any_time() -> impl Strategy<Value = Time> {
    const CHANGES: [&str; 8] = [
        "2026-02-15T02:00:00Z",
        "2026-03-08T07:00:00Z",
        "2026-03-29T01:00:00Z",
        "2026-04-04T15:00:00Z",
        "2026-09-06T04:00:00Z",
        "2026-09-26T14:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-11-01T06:00:00Z",
    ];
    let two_days = 2 * 86_400_000_i64;
    let near = (prop::sample::select(&CHANGES[..]), -two_days..two_days).prop_map(|(at, ms)| time(at).plus_ms(ms));
    prop_oneof![(0..2 * 365 * 86_400_000_i64).prop_map(|ms| Time(1_767_225_600_000 + ms)), near]
}

fn any_pauses() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec((any_time(), 0..20 * 86_400_000_i64).prop_map(|(from, ms)| (from, from.plus_ms(ms))), 0..4)
}

/// Open or not by the definition: some interval, of a day near it, whose two instants lie around it.
fn open_by_definition(calendar: &Calendar, at: Time) -> bool {
    let today = at.secs().div_euclid(86_400);
    (today - 4..=today + 3).any(|day| {
        calendar.hours(day).iter().any(|hours| {
            let edge = |seconds| Time::from_secs(instant(calendar.zone, day * 86_400 + seconds));
            edge(hours.open) <= at && at < edge(hours.close)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn open_is_what_the_definition_says(calendar in any_calendar(), times in prop::collection::vec(any_time(), 20)) {
        for at in times {
            prop_assert_eq!(calendar.is_open(at), open_by_definition(&calendar, at));
        }
    }

    #[test]
    fn what_elapses_is_what_is_open(calendar in any_calendar(), from in any_time()) {
        // Every edge of these calendars falls on a quarter of an hour.
        let quarter = 15 * 60_000;
        let from = Time(from.0 / quarter * quarter);
        let quarters = (0..2 * 96).filter(|step| open_by_definition(&calendar, from.plus_ms(step * quarter))).count();
        let elapsed = calendar.elapsed_ms(from, from.plus_ms(2 * 96 * quarter), &[]);
        prop_assert_eq!(elapsed, i64::try_from(quarters).unwrap() * quarter);
    }

    #[test]
    fn what_elapses_until_the_deadline_is_the_target(
        calendar in any_calendar(), start in any_time(), target in 1..2_000_000_i64, pauses in any_pauses()
    ) {
        let due = calendar.deadline(start, target, &pauses).unwrap();
        prop_assert_eq!(calendar.elapsed_ms(start, due, &pauses), target * 1000);
        prop_assert!(calendar.elapsed_ms(start, due.plus_ms(-1), &pauses) < target * 1000);
        prop_assert!(calendar.deadline(start, target + 1, &pauses).unwrap() > due);
        prop_assert!(calendar.deadline(start.plus_ms(60_000), target, &pauses).unwrap() >= due);
    }

    #[test]
    fn time_adds_up(calendar in any_calendar(), mut times in prop::collection::vec(any_time(), 3), pauses in any_pauses()) {
        times.sort();
        let part = |from: usize, to: usize| calendar.elapsed_ms(times[from], times[to], &pauses);
        prop_assert_eq!(part(0, 2), part(0, 1) + part(1, 2));
        prop_assert!(part(0, 2) <= times[2].since(times[0]));
    }

    #[test]
    fn the_next_opening_is_open_and_nothing_before_it_is(calendar in any_calendar(), at in any_time()) {
        let open = calendar.next_open(at);
        prop_assert!(open >= at && calendar.is_open(open));
        prop_assert!(open == at || !calendar.is_open(open.plus_ms(-1)));
        prop_assert_eq!(calendar.elapsed_ms(at, open, &[]), 0);
    }

    #[test]
    fn a_change_changes(calendar in any_calendar(), at in any_time()) {
        if let Some(change) = calendar.next_change(at) {
            prop_assert!(change > at && calendar.is_open(change) != calendar.is_open(change.plus_ms(-1)));
            prop_assert_eq!(calendar.is_open(at), calendar.is_open(change.plus_ms(-1)));
        }
    }
}
