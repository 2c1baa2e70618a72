//! How figures went day by day, as pictures.

use chrono::NaiveDate;

use super::chart::{counts, lengths};
use crate::domain::chart::{Chart, Course, Figure, Part, Series, Shape, Tone};
use crate::domain::stats::{About, Stats};
use crate::domain::targets::Kind;

/// A figure of a day; none where nothing was measured.
type OfDay = fn(&Stats) -> Option<i64>;

/// Pictures of a stretch of days, each with the name of its file without extension.
#[must_use]
pub fn courses(days: &[(NaiveDate, Stats)]) -> Vec<(&'static str, Chart)> {
    let first: OfDay = |day| day.measured.iter().find(|m| m.kind == Kind::First).map(|m| m.p50);
    let most: OfDay = |day| day.measured.iter().find(|m| m.kind == Kind::First).map(|m| m.p90);
    let begun: OfDay = |day| Some(day.begun);
    let closed: OfDay = |day| Some(day.closed);
    let again: OfDay = |day| Some(day.nudged_unowned.n);
    let slips: OfDay = |day| Some(day.slips.iter().map(|slip| slip.n).sum());
    vec![
        (
            "first-answers",
            course(
                ("Time to the first answer", "No first answers yet."),
                days,
                &[
                    ("nine of ten within", Tone::Watch, Shape::Line, most),
                    ("half within", Tone::Calm, Shape::Line, first),
                ],
                lengths,
            ),
        ),
        (
            "conversations",
            course(
                ("Conversations", "No conversations yet."),
                days,
                &[("begun", Tone::Calm, Shape::Columns, begun), ("closed", Tone::Other, Shape::Line, closed)],
                counts,
            ),
        ),
        (
            "slips",
            course(
                ("Slips, and customers who wrote again before they had an owner", "Nothing slipped."),
                days,
                &[("slips", Tone::Alarm, Shape::Columns, slips), ("wrote again", Tone::Watch, Shape::Line, again)],
                counts,
            ),
        ),
    ]
}

fn course(
    (title, empty): (&str, &str),
    days: &[(NaiveDate, Stats)],
    series: &[(&str, Tone, Shape, OfDay)],
    scale: fn(i64) -> Vec<crate::domain::chart::Rung>,
) -> Chart {
    let about = days.first().map(|(_, stats)| match &stats.about {
        About::Everybody => "every team".to_owned(),
        About::Team(name) | About::Agent(name) => name.clone(),
    });
    let series: Vec<Series> = series
        .iter()
        .map(|(name, tone, shape, of)| Series {
            part: Part { name: (*name).to_owned(), tone: *tone },
            shape: *shape,
            values: days.iter().map(|(_, stats)| of(stats)).collect(),
        })
        .collect();
    let values = || series.iter().flat_map(|series| &series.values).filter_map(|value| *value);
    let most = values().max().unwrap_or(0);
    // A scale without anything on it says nothing.
    let steps = if values().any(|value| value > 0) {
        days.iter().map(|(day, _)| day.format("%-d %b").to_string()).collect()
    } else {
        Vec::new()
    };
    let figure = Figure::Course(Course { steps, scale: scale(most), series });
    Chart { title: title.to_owned(), subtitle: about.unwrap_or_default(), empty: empty.to_owned(), figure }
}
