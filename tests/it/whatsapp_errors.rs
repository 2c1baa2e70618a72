//! What Meta's answers mean.

use baton::domain::event::Refused;
use baton::port::{Outcome, Scope};
use baton::whatsapp::errors::{TABLE, Verdict, lookup};
use baton::whatsapp::{Asked, Waits, classify};
use serde_json::json;

const SCOPE: &str = "whatsapp:1";

fn asked(attempt: u32) -> Asked<'static> {
    Asked { scope: SCOPE, attempt, seed: 4711 }
}

fn answer(status: u16, code: i64) -> Outcome {
    let body = json!({ "error": { "code": code, "message": "m" } }).to_string();
    classify(status, body.as_bytes(), Waits::default(), asked(1))
}

/// Every code of the reference, section 5.
const LISTED: &[i64] = &[
    0, 1, 2, 3, 4, 10, 33, 100, 190, 200, 299, 368, 80_007, 80_008, 130_429, 130_472, 130_497, 131_000, 131_005,
    131_008, 131_009, 131_016, 131_021, 131_026, 131_030, 131_031, 131_037, 131_042, 131_045, 131_047, 131_048,
    131_049, 131_050, 131_051, 131_052, 131_053, 131_056, 131_057, 131_062, 131_063, 131_064, 132_000, 132_001,
    132_005, 132_007, 132_012, 132_015, 132_016, 132_018, 132_068, 132_069, 133_004, 133_010, 133_016, 135_000,
    137_000, 2_494_100,
];

#[test]
fn the_table_is_complete_and_speaks_in_sentences() {
    assert!(TABLE.windows(2).all(|pair| pair[0].code < pair[1].code));
    for code in LISTED {
        let known = lookup(*code).unwrap_or_else(|| panic!("{code} is missing"));
        assert!(known.says.ends_with('.') && known.says.len() > 15, "{code}");
    }
    assert_eq!(TABLE.len(), LISTED.len() - 1);
    assert!(lookup(199).is_none() && lookup(300).is_none() && lookup(i64::MIN).is_none());
}

#[test]
fn codes_decide_not_the_status() {
    for known in TABLE {
        for status in [400, 429, 500] {
            let outcome = answer(status, known.code);
            match (known.verdict, &outcome) {
                (Verdict::Retry | Verdict::PauseLane, Outcome::Later { scope: Scope::Lane, .. }) => {}
                (Verdict::PauseNumber(seconds), Outcome::Later { scope, after_ms, .. }) => {
                    assert_eq!(*scope, Scope::All(SCOPE.to_owned()));
                    assert_eq!(*after_ms, i64::from(seconds) * 1000);
                }
                (Verdict::StopNumber(_), Outcome::Later { scope, .. }) => {
                    assert_eq!(*scope, Scope::Stopped(SCOPE.to_owned()));
                }
                (Verdict::Permanent(kind), Outcome::Refused { refusal, failure }) => {
                    assert_eq!((kind, known.code), (*refusal, failure.code));
                }
                other => panic!("{}: {other:?}", known.code),
            }
        }
    }
    let Outcome::Refused { refusal, .. } = answer(400, 131_047) else { panic!() };
    assert_eq!(refusal, Refused::WindowClosed);
}

#[test]
fn a_busy_pair_waits_longer_each_time() {
    let body = json!({ "error": { "code": 131_056 } }).to_string();
    let wait = |attempt| match classify(400, body.as_bytes(), Waits::default(), asked(attempt)) {
        Outcome::Later { after_ms, scope: Scope::Lane, .. } => after_ms,
        other => panic!("{other:?}"),
    };
    assert_eq!([wait(1), wait(2), wait(3), wait(4)], [1_000, 4_000, 16_000, 64_000]);
    assert_eq!(wait(u32::MAX), 1_024_000);
}

#[test]
fn headers_prolong_a_wait() {
    let mut headers = reqwest_headers(&[("retry-after", "90")]);
    assert_eq!(Waits::of(&headers), Waits { retry_after: Some(90), regain: None });
    headers = reqwest_headers(&[(
        "x-business-use-case-usage",
        r#"{"1":[{"type":"whatsapp","estimated_time_to_regain_access":3},{"estimated_time_to_regain_access":"x"}],"2":[]}"#,
    )]);
    assert_eq!(Waits::of(&headers), Waits { retry_after: None, regain: Some(180) });
    for nonsense in ["-5", "soon", "", "0", "Wed, 21 Oct 2026 07:28:00 GMT"] {
        assert_eq!(Waits::of(&reqwest_headers(&[("retry-after", nonsense)])), Waits::default());
    }
    assert_eq!(Waits::of(&reqwest_headers(&[("retry-after", "99999999")])).retry_after, Some(86_400));
    let body = json!({ "error": { "code": 130_429 } }).to_string();
    let Outcome::Later { after_ms, .. } =
        classify(429, body.as_bytes(), Waits { retry_after: Some(90), regain: None }, asked(1))
    else {
        panic!()
    };
    assert_eq!(after_ms, 90_000);
}

fn reqwest_headers(all: &[(&str, &str)]) -> axum::http::HeaderMap {
    all.iter()
        .map(|(name, value)| {
            (
                axum::http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse::<axum::http::HeaderValue>().unwrap(),
            )
        })
        .collect()
}

#[test]
fn answers_without_a_code_are_judged_by_what_is_certain() {
    let plain = |status| classify(status, b"<html>Bad gateway</html>", Waits::default(), asked(1));
    assert!(matches!(plain(429), Outcome::Later { scope: Scope::All(_), .. }));
    assert!(matches!(plain(503), Outcome::Later { scope: Scope::Lane, .. }));
    for open in [500, 502, 504] {
        assert!(matches!(plain(open), Outcome::Unknown(_)), "{open}");
    }
    assert!(matches!(plain(401), Outcome::Later { scope: Scope::Stopped(_), .. }));
    assert!(matches!(plain(404), Outcome::Refused { .. }));
    assert!(matches!(answer(400, 987_654), Outcome::Refused { .. }));
    assert!(matches!(answer(500, 987_654), Outcome::Later { .. }));
}

#[test]
fn a_wait_doubles_up_to_a_minute() {
    let wait = |attempt| match classify(503, b"", Waits::default(), asked(attempt)) {
        Outcome::Later { after_ms, .. } => after_ms,
        other => panic!("{other:?}"),
    };
    for (attempt, base) in [(1, 1_000), (2, 2_000), (3, 4_000), (7, 60_000), (50, 60_000)] {
        assert!((base..base + base / 4).contains(&wait(attempt)), "{attempt}: {}", wait(attempt));
    }
}
