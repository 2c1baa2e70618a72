//! How a period went, as a text that fits into one post, on a phone as well.

use chrono_tz::Tz;

use super::span;
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::name;
use crate::domain::period::Period;
use crate::domain::stats::{About, Measured, Nudge, Person, Share, Stats};
use crate::domain::targets::Kind;

/// `/stats`, with the zone of its days.
#[must_use]
pub fn stats(stats: &Stats, zone: Tz) -> Markup {
    let whom = match &stats.about {
        About::Everybody => "Every team".to_owned(),
        About::Team(name) | About::Agent(name) => name.clone(),
    };
    let head = format!(", {}, days of {zone}. Times are open time.", days(stats.period));
    let mut blocks = vec![Block::Line(vec![Inline::Bold(vec![Inline::Text(whom)]), Inline::Text(head)])];
    blocks.push(line(conversations(stats)));
    if stats.measured.is_empty() {
        blocks.push(line("No answers yet.".to_owned()));
    } else {
        blocks.push(Block::Code(times(&stats.measured)));
    }
    if !stats.people.is_empty() {
        blocks.push(Block::Code(people(&stats.people, stats.waited_unowned_ms)));
    }
    blocks.extend(remarks(stats).into_iter().map(line));
    Markup(blocks)
}

fn line(text: String) -> Block {
    Block::Line(vec![Inline::Text(text)])
}

/// `17 to 23 Nov 2026`
fn days(period: Period) -> String {
    let Period { first, last, .. } = period;
    let last_day = last.format("%-d %b %Y");
    match () {
        () if first == last => last_day.to_string(),
        () if first.format("%b %Y").to_string() == last.format("%b %Y").to_string() => {
            format!("{} to {last_day}", first.format("%-d"))
        }
        () => format!("{} to {last_day}", first.format("%-d %b %Y")),
    }
}

pub(super) fn conversations(stats: &Stats) -> String {
    let begun = match stats.about {
        About::Agent(_) => counted(stats.begun, "conversation was given to them", "conversations were given to them"),
        About::Everybody | About::Team(_) => counted(stats.begun, "conversation began", "conversations began"),
    };
    let closed = counted(stats.closed, "was closed", "were closed");
    let unanswered = match stats.unanswered {
        0 => String::new(),
        n => format!("; without any answer: {n}"),
    };
    format!("{begun}, {closed}{unanswered}.")
}

fn counted(n: i64, one: &str, many: &str) -> String {
    if n == 1 { format!("one {one}") } else { format!("{n} {many}") }
}

/// What a clock runs for.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Assign => "owner",
        Kind::First => "first answer",
        Kind::Next => "next answer",
        Kind::Resolve => "end",
    }
}

fn times(measured: &[Measured]) -> String {
    let mut rows =
        vec!["time to", "n", "p50", "p90", "p95", "in time"].into_iter().map(str::to_owned).collect::<Vec<_>>();
    for m in measured {
        let met = Share { n: m.met, of: m.promised }.percent().map_or("-".to_owned(), |p| format!("{p}%"));
        rows.extend([kind(m.kind).to_owned(), m.n.to_string(), short(m.p50), short(m.p90), short(m.p95), met]);
    }
    columns(&rows, 6)
}

fn people(people: &[Person], unowned_ms: i64) -> String {
    let mut rows: Vec<String> =
        ["who", "first", "p50", "next", "p50", "waited on"].into_iter().map(str::to_owned).collect();
    let of = |m: Option<Measured>| m.map_or(["-".to_owned(), "-".to_owned()], |m| [m.n.to_string(), short(m.p50)]);
    for person in people {
        rows.push(name::preview(&person.name, 14));
        rows.extend(of(person.first));
        rows.extend(of(person.next));
        rows.push(short(person.waited_ms));
    }
    if unowned_ms > 0 {
        rows.push("nobody".to_owned());
        rows.extend(["-"; 4].map(str::to_owned));
        rows.push(short(unowned_ms));
    }
    columns(&rows, 6)
}

/// Cells in columns: the first to the left, the others to the right.
fn columns(cells: &[String], width: usize) -> String {
    let widest = |column: usize| cells.iter().skip(column).step_by(width).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..width).map(widest).collect();
    let rows = cells.chunks(width).map(|row| {
        let cell = |(column, cell): (usize, &String)| {
            let pad = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
            if column == 0 { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
        };
        row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ")
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// A length of time in at most seven characters: `25s`, `4m 30s`, `1h 20m`, `3d 4h`.
pub(super) fn short(ms: i64) -> String {
    let secs = ms.max(0) / 1000;
    let two = |a: i64, unit: &str, b: i64, small: &str| match b {
        0 => format!("{a}{unit}"),
        b => format!("{a}{unit} {b}{small}"),
    };
    match secs {
        0..=59 => format!("{secs}s"),
        60..=3_599 => two(secs / 60, "m", secs % 60, "s"),
        3_600..=86_399 => two(secs / 3_600, "h", secs % 3_600 / 60, "m"),
        _ => two(secs / 86_400, "d", secs % 86_400 / 3_600, "h"),
    }
}

fn remarks(stats: &Stats) -> Vec<String> {
    let mut said = Vec::new();
    let nudged = |share: Share| share.percent().map(|percent| format!("{} of {} ({percent}%)", share.n, share.of));
    let unowned = nudged(stats.nudged_unowned).map(|n| format!("before there was an owner: {n}"));
    let unanswered = nudged(stats.nudged_unanswered).map(|n| format!("before the first answer: {n}"));
    let both: Vec<String> = unowned.into_iter().chain(unanswered).collect();
    if !both.is_empty() {
        said.push(format!("Customers wrote again {}.", both.join(", ")));
    }
    said.extend(stats.first_nudge.map(nudge));
    if !stats.slips.is_empty() {
        let slips = stats.slips.iter().map(|s| format!("{} ×{} (step {})", kind(s.kind), s.n, s.level));
        said.push(format!("Alarms after a deadline: {}.", slips.collect::<Vec<_>>().join(", ")));
    }
    let owners = stats.changes;
    let changes = [
        (owners.reassigned, "from one person to another"),
        (owners.handed_over, "handed over"),
        (owners.given_back, "given back"),
        (owners.taken_back, "taken from somebody who did not answer"),
    ];
    let changes: Vec<String> =
        changes.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    if !changes.is_empty() {
        said.push(format!("Changes of owner: {}.", changes.join(", ")));
    }
    if stats.outside > 0 {
        let answers = counted(stats.outside, "answer", "answers");
        said.push(format!("Given outside Baton, and counted for nobody: {answers}."));
    }
    said
}

fn nudge(nudge: Nudge) -> String {
    if nudge.n == 1 {
        return format!("The one who wrote again before a first answer did so after {}.", span(nudge.p50));
    }
    let target = nudge.target_ms().map_or(String::new(), |ms| {
        format!(": a first answer within {} would come before at least half of them", span(ms))
    });
    format!(
        "Half of those who wrote again before a first answer did so within {}, four of five within {} (n {}){target}.",
        span(nudge.p50),
        span(nudge.p80),
        nudge.n
    )
}

/// A period with more in it than is worked out while people wait.
#[must_use]
pub fn too_much(most: i64) -> String {
    format!(
        "More than {most} times ended in this period, and everybody would wait while they are counted. Ask for a shorter one, or run `baton report --period …`, which nobody waits for."
    )
}

/// What a period should have been.
#[must_use]
pub fn no_period(wrong: &str) -> String {
    format!("{wrong}.")
}
