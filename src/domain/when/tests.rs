use chrono::DateTime;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

const BERLIN: Tz = chrono_tz::Europe::Berlin;

fn time(text: &str) -> Time {
    Time(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
}

/// Monday, 23 November 2026, 10:20 in Berlin.
fn now() -> Time {
    time("2026-11-23T10:20:00+01:00")
}

// story: SL-03
#[rstest]
#[case("30m", "2026-11-23T10:50:00+01:00", "")]
#[case("2h", "2026-11-23T12:20:00+01:00", "")]
#[case("1h30", "2026-11-23T11:50:00+01:00", "")]
#[case("1h30m", "2026-11-23T11:50:00+01:00", "")]
#[case("1h30min lunch", "2026-11-23T11:50:00+01:00", "lunch")]
#[case("2h 15m", "2026-11-23T12:35:00+01:00", "")]
#[case("1 hour 30 minutes", "2026-11-23T11:50:00+01:00", "")]
#[case("90 min", "2026-11-23T11:50:00+01:00", "")]
#[case("2 hours", "2026-11-23T12:20:00+01:00", "")]
#[case("in 2 Hours, dentist", "2026-11-23T12:20:00+01:00", "dentist")]
#[case("3 days", "2026-11-26T10:20:00+01:00", "")]
#[case("1 week", "2026-11-30T10:20:00+01:00", "")]
#[case("400 days", "2027-12-28T10:20:00+01:00", "")]
#[case("for 2h 30 people wait", "2026-11-23T12:20:00+01:00", "30 people wait")]
#[case("14:00", "2026-11-23T14:00:00+01:00", "")]
#[case("until 14:00 – lunch with Ana", "2026-11-23T14:00:00+01:00", "lunch with Ana")]
#[case("UNTIL 14:00", "2026-11-23T14:00:00+01:00", "")]
#[case("till 24:00", "2026-11-24T00:00:00+01:00", "")]
#[case("9am", "2026-11-24T09:00:00+01:00", "")]
#[case("9:00", "2026-11-24T09:00:00+01:00", "")]
#[case("10:20", "2026-11-24T10:20:00+01:00", "")]
#[case("2:30pm", "2026-11-23T14:30:00+01:00", "")]
#[case("at 2:30 PM call", "2026-11-23T14:30:00+01:00", "call")]
#[case("12am", "2026-11-24T00:00:00+01:00", "")]
#[case("12pm", "2026-11-23T12:00:00+01:00", "")]
#[case("tomorrow", "2026-11-24T09:00:00+01:00", "")]
#[case("Tomorrow 9:30", "2026-11-24T09:30:00+01:00", "")]
#[case("until tomorrow at 3pm, sick", "2026-11-24T15:00:00+01:00", "sick")]
#[case("tomorrow sick", "2026-11-24T09:00:00+01:00", "sick")]
#[case("today 17:00", "2026-11-23T17:00:00+01:00", "")]
#[case("monday", "2026-11-30T09:00:00+01:00", "")]
#[case("monday 11:00", "2026-11-23T11:00:00+01:00", "")]
#[case("on Tuesday", "2026-11-24T09:00:00+01:00", "")]
#[case("sunday 9:00 off", "2026-11-29T09:00:00+01:00", "off")]
#[case("fri", "2026-11-27T09:00:00+01:00", "")]
#[case("sat 10am", "2026-11-28T10:00:00+01:00", "")]
#[case("2026-12-01", "2026-12-01T09:00:00+01:00", "")]
#[case("2026-12-01 14:00 fair", "2026-12-01T14:00:00+01:00", "fair")]
#[case("until 2026-12-01T08:15", "2026-12-01T08:15:00+01:00", "")]
fn a_moment_is_read(#[case] text: &str, #[case] at: &str, #[case] rest: &str) {
    assert_eq!(parse(text, now(), BERLIN), Ok(Some((time(at), rest))));
}

#[rstest]
#[case("")]
#[case("   ")]
#[case("lunch")]
#[case("in a meeting")]
#[case("for lunch until 14:00")]
#[case("3 customers wait")]
#[case("2")]
#[case("until 5")]
#[case("1:1 with Ana")]
#[case("14:00-15:00 meeting")]
#[case("14:00:30")]
#[case("30ms")]
#[case("2hello")]
#[case("9 ambulances")]
#[case("today sick")]
#[case("sun is shining")]
#[case("sat in traffic")]
#[case("mondays are hard")]
#[case("tomorrow's plan")]
#[case("2026-12-01-draft")]
#[case("untilité 14:00")]
#[case("１４:00")]
fn other_texts_name_none(#[case] text: &str) {
    assert_eq!(parse(text, now(), BERLIN), Ok(None));
}

#[rstest]
#[case("25:00", WhenError::NoSuchTime("25:00".into()))]
#[case("until 24:30 lunch", WhenError::NoSuchTime("24:30".into()))]
#[case("14:75", WhenError::NoSuchTime("14:75".into()))]
#[case("13pm", WhenError::NoSuchTime("13pm".into()))]
#[case("0 am", WhenError::NoSuchTime("0 am".into()))]
#[case("tomorrow 25:00", WhenError::NoSuchTime("25:00".into()))]
#[case("2026-02-30", WhenError::NoSuchDate("2026-02-30".into()))]
#[case("2026-13-01 09:00", WhenError::NoSuchDate("2026-13-01".into()))]
#[case("2026-11-22", WhenError::Past("2026-11-22".into()))]
#[case("2026-11-23 10:20 x", WhenError::Past("2026-11-23 10:20".into()))]
#[case("today 9am", WhenError::Past("today 9am".into()))]
#[case("0m", WhenError::Nothing("0m".into()))]
#[case("for 0 hours of sleep", WhenError::Nothing("0 hours".into()))]
#[case("401 days", WhenError::TooFar("401 days".into()))]
#[case("9601h", WhenError::TooFar("9601h".into()))]
#[case("99999999999999999999m", WhenError::TooFar("99999999999999999999m".into()))]
#[case("2028-01-01", WhenError::TooFar("2028-01-01".into()))]
fn nonsense_is_refused(#[case] text: &str, #[case] error: WhenError) {
    assert_eq!(parse(text, now(), BERLIN), Err(error.clone()));
    assert!(error.to_string().starts_with(error.typed()), "{error}");
}

#[rstest]
// 2:30 on the morning clocks go forward is 3:30.
#[case("2027-03-27T12:00:00+01:00", "2:30", "2027-03-28T03:30:00+02:00")]
// 2:30 on the morning they go back comes twice.
#[case("2027-10-30T12:00:00+02:00", "2:30", "2027-10-31T02:30:00+02:00")]
#[case("2027-10-31T02:40:00+02:00", "2:30", "2027-10-31T02:30:00+01:00")]
#[case("2027-10-31T02:40:00+01:00", "2:30", "2027-11-01T02:30:00+01:00")]
// Hours are real, days keep the time on the wall.
#[case("2027-03-27T12:00:00+01:00", "24h", "2027-03-28T13:00:00+02:00")]
#[case("2027-03-27T12:00:00+01:00", "1 day", "2027-03-28T12:00:00+02:00")]
#[case("2027-03-27T12:00:00+01:00", "tomorrow", "2027-03-28T09:00:00+02:00")]
fn clocks_that_change_are_minded(#[case] now: &str, #[case] text: &str, #[case] at: &str) {
    assert_eq!(parse(text, time(now), BERLIN), Ok(Some((time(at), ""))));
}

#[test]
fn the_zone_is_the_reader_s() {
    let kathmandu = chrono_tz::Asia::Kathmandu;
    // 15:05 there: 14:00 is past, and the date is the same.
    assert_eq!(parse("14:00", now(), kathmandu), Ok(Some((time("2026-11-24T14:00:00+05:45"), ""))));
    let auckland = chrono_tz::Pacific::Auckland;
    // 22:20 there.
    assert_eq!(parse("tomorrow", now(), auckland), Ok(Some((time("2026-11-24T09:00:00+13:00"), ""))));
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "(until |for |in |at |on )?[0-9]{0,5}[ :.-]?(m|h|am|pm|days|tomorrow|monday|[0-9]{1,4}|é)?[ T]?[0-9:]{0,5}.{0,6}", ms in 0..4_000_000_000_000_i64) {
        if let Ok(Some((at, rest))) = parse(&text, Time(ms), BERLIN) {
            prop_assert!(at > Time(ms) && text.ends_with(rest));
        }
    }
}
