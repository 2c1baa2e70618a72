//! How deadlines came about, from the same walk that makes them.

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;

use super::span;
use crate::domain::calendar::{Calendar, DayKind};
use crate::domain::clocks::Running;
use crate::domain::conversation::Conversation;
use crate::domain::ids::Time;
use crate::domain::markup::Markup;
use crate::domain::targets::{Kind, Targets};

/// More days than these are told by their number.
const DAYS_SHOWN: usize = 8;
/// The newest pauses are shown.
const PAUSES_SHOWN: usize = 10;

/// What runs, since when, what of it counted, and until when.
#[must_use]
pub fn deadlines(conversation: &Conversation, targets: &Targets<'_>, now: Time) -> Markup {
    let id = conversation.id;
    if conversation.is_closed() {
        return Markup::plain(&format!("#{id} is closed: nothing is owed."));
    }
    let mut lines = vec![format!(
        "#{id}, team {}, {} priority. Times are in {}.",
        conversation.team,
        conversation.priority.as_str(),
        targets.calendar.zone()
    )];
    let mut running: Vec<&Running> = conversation.clocks.running.iter().collect();
    running.sort_by_key(|clock| clock.kind);
    for clock in running {
        lines.push(String::new());
        lines.extend(explained(clock, targets.calendar, now));
    }
    if conversation.clocks.of_answer().is_none() {
        lines.push("The customer is not waiting for an answer.".to_owned());
    }
    Markup::plain(&lines.join("\n"))
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Assign => "An owner",
        Kind::First => "The first answer",
        Kind::Next => "The next answer",
        Kind::Resolve => "The end",
    }
}

fn explained(clock: &Running, calendar: &Calendar, now: Time) -> Vec<String> {
    let zone = calendar.zone();
    let open = if calendar.is_always_open() { "" } else { " of open time" };
    let head = match clock.target_ms {
        0 => format!("{}: nothing is promised.", name(clock.kind)),
        target if clock.due == Time::NEVER => {
            format!("{}: within {}{open}, for which the team is never open.", name(clock.kind), span(target))
        }
        target => {
            let state = match () {
                () if clock.paused_at != Time::NEVER => "paused".to_owned(),
                () if clock.due > now => format!("in {}", span(clock.due.since(now))),
                () => format!("{} late", span(now.since(clock.due))),
            };
            format!("{}: within {}{open}, by {} ({state}).", name(clock.kind), span(target), moment(clock.due, zone))
        }
    };
    let mut lines = vec![head, format!("Began {}.", moment(clock.since, zone))];
    if clock.due != Time::NEVER && !calendar.is_always_open() {
        lines.extend(days(clock, calendar));
    }
    let older = clock.pauses.len().saturating_sub(PAUSES_SHOWN);
    if older > 0 {
        lines.push("Paused before that as well.".to_owned());
    }
    for (from, to) in clock.pauses.iter().skip(older) {
        lines.push(format!("Paused {} to {}.", moment(*from, zone), moment(*to, zone)));
    }
    if let Some(from) = clock.paused_at.some() {
        lines.push(format!("Paused since {}.", moment(from, zone)));
    }
    lines
}

/// What counted on each day from the start to the deadline, and which days did not.
fn days(clock: &Running, calendar: &Calendar) -> Vec<String> {
    let zone = calendar.zone();
    let mut counted: Vec<(NaiveDate, i64, Vec<String>)> = Vec::new();
    let spans = calendar.counted(clock.since, &clock.pauses).take_while(|(open, _)| *open < clock.due);
    for (open, close) in spans {
        let close = close.min(clock.due);
        let day = local(open, zone).date_naive();
        let hours = format!("{} to {}", local(open, zone).format("%H:%M"), local(close, zone).format("%H:%M"));
        match counted.last_mut().filter(|(last, ..)| *last == day) {
            Some((_, ms, all)) => {
                *ms += close.since(open);
                all.push(hours);
            }
            None => counted.push((day, close.since(open), vec![hours])),
        }
    }
    let first = local(clock.since, zone).date_naive();
    let last = local(clock.due, zone).date_naive();
    let mut lines: Vec<String> = Vec::new();
    let mut day = first;
    while day <= last && lines.len() < DAYS_SHOWN {
        let of_day = counted.iter().find(|(counted, ..)| *counted == day);
        let kind = match calendar.kind_of(day) {
            DayKind::Ordinary => "",
            DayKind::Holiday => ", a holiday",
            DayKind::Override => ", with hours of its own",
        };
        let name = day.format("%a %-d %b");
        lines.push(match of_day {
            Some((_, ms, hours)) => format!("{name}{kind}: {} counted ({}).", span(*ms), hours.join(", ")),
            None => format!("{name}{kind}: closed."),
        });
        let Some(next) = day.succ_opt() else { break };
        day = next;
    }
    if day <= last {
        let beyond: Vec<i64> = counted.iter().filter(|(date, ..)| *date >= day).map(|(_, ms, _)| *ms).collect();
        lines.push(format!("Then {} on {} more days.", span(beyond.iter().sum()), beyond.len()));
    }
    lines
}

fn local(at: Time, zone: Tz) -> DateTime<Tz> {
    DateTime::from_timestamp_millis(at.0).unwrap_or_default().with_timezone(&zone)
}

fn moment(at: Time, zone: Tz) -> String {
    local(at, zone).format("%a %-d %b %H:%M:%S").to_string()
}
