//! Cases whose answers are known: calendars, instants and what is to come of them, in the schema `sla-vector/1`.

use std::collections::HashMap;

use chrono::DateTime;
use serde::Deserialize;

use super::{Calendar, CalendarError, CalendarSpec, DeadlineError, Interval, Span, Weekly};
use crate::domain::ids::Time;

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its name in the file.
    pub id: String,
    /// What it asks: `deadline`, `elapsed`, `next_open` or `error`.
    pub kind: String,
    /// What is to come of it.
    pub expected: String,
    /// What came of it.
    pub found: String,
}

impl Case {
    /// Whether it came out as it is to.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.expected == self.found
    }
}

#[derive(Deserialize)]
struct File {
    calendars: HashMap<String, Written>,
    vectors: Vec<Vector>,
}

/// A calendar as the file spells it.
#[derive(Clone, Deserialize)]
struct Written {
    tz: String,
    #[serde(default)]
    always_open: bool,
    #[serde(default)]
    weekly: Weekly,
    #[serde(default)]
    holidays: Vec<String>,
    #[serde(default)]
    overrides: std::collections::BTreeMap<String, Vec<Interval>>,
}

impl From<Written> for CalendarSpec {
    fn from(written: Written) -> Self {
        let Written { tz: zone, always_open, weekly, holidays, overrides } = written;
        Self { zone, always_open, weekly, holidays, overrides }
    }
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    kind: String,
    #[serde(default)]
    calendar: String,
    #[serde(default)]
    start: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    target_s: i64,
    #[serde(default)]
    pauses: Vec<(String, String)>,
    #[serde(default)]
    expected: String,
    #[serde(default)]
    expected_s: i64,
    #[serde(default)]
    expected_error: String,
    input: Option<Input>,
}

#[derive(Clone, Deserialize)]
struct Input {
    calendar: Option<Written>,
    #[serde(default)]
    start: String,
    #[serde(default)]
    target_s: i64,
}

/// Works out every case of a file.
///
/// # Errors
/// When the text is not of the schema.
pub fn cases(text: &str) -> Result<Vec<Case>, serde_json::Error> {
    let file: File = serde_json::from_str(text)?;
    let calendars: HashMap<&str, Result<Calendar, CalendarError>> =
        file.calendars.iter().map(|(name, spec)| (name.as_str(), Calendar::new(&spec.clone().into()))).collect();
    let case = |vector: Vector| {
        let found = match &vector.input {
            Some(input) => refusal(input),
            None => match calendars.get(vector.calendar.as_str()) {
                Some(Ok(calendar)) => answer(calendar, &vector),
                Some(Err(error)) => error_code(error),
                None => format!("there is no calendar {:?}", vector.calendar),
            },
        };
        let expected = match vector.kind.as_str() {
            "elapsed" => vector.expected_s.to_string(),
            _ if !vector.expected_error.is_empty() => vector.expected_error,
            _ => vector.expected,
        };
        Case { id: vector.id, kind: vector.kind, expected, found }
    };
    Ok(file.vectors.into_iter().map(case).collect())
}

fn answer(calendar: &Calendar, vector: &Vector) -> String {
    let pauses: Option<Vec<Span>> = vector.pauses.iter().map(|(from, to)| Some((time(from)?, time(to)?))).collect();
    let Some(pauses) = pauses else { return "a pause is no pair of instants".to_owned() };
    let unread = |text: &str| format!("{text:?} is no instant");
    match vector.kind.as_str() {
        "deadline" => match time(&vector.start) {
            Some(start) => calendar.deadline(start, vector.target_s, &pauses).map_or_else(|e| deadline_code(&e), iso),
            None => unread(&vector.start),
        },
        "elapsed" => match (time(&vector.from), time(&vector.to)) {
            (Some(from), Some(to)) => calendar.elapsed(from, to, &pauses).to_string(),
            _ => unread(&vector.from),
        },
        "next_open" => time(&vector.start).map_or_else(|| unread(&vector.start), |at| iso(calendar.next_open(at))),
        other => format!("a case of the kind {other:?} is not known"),
    }
}

/// Why something is refused.
fn refusal(input: &Input) -> String {
    let always = CalendarSpec { zone: "UTC".to_owned(), always_open: true, ..CalendarSpec::default() };
    let calendar = match Calendar::new(&input.calendar.clone().map_or(always, CalendarSpec::from)) {
        Ok(calendar) => calendar,
        Err(error) => return error_code(&error),
    };
    let start = time(&input.start).unwrap_or(Time(1));
    calendar.deadline(start, input.target_s, &[]).map_or_else(|error| deadline_code(&error), iso)
}

fn error_code(error: &CalendarError) -> String {
    match error {
        CalendarError::InvalidTime(_) => "invalid_time".to_owned(),
        CalendarError::NoOpenTime => "no_open_time".to_owned(),
        other => other.to_string(),
    }
}

fn deadline_code(error: &DeadlineError) -> String {
    match error {
        DeadlineError::InvalidTarget(_) => "invalid_target".to_owned(),
        DeadlineError::NeverDue => "never_due".to_owned(),
    }
}

fn time(text: &str) -> Option<Time> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| Time(at.timestamp_millis()))
}

fn iso(at: Time) -> String {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
