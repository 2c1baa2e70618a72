//! What pictures say.

use super::{roughly, span};
use crate::domain::chart::{Bar, Bars, Chart, Figure, Group, MOST_BARS, Part, Rung, Tone, rungs};
use crate::domain::ids::Time;
use crate::domain::name;
use crate::domain::reply::Enclosed;
use crate::domain::report::{Carried, Load};

/// Who carries what, as a picture; none when there is nobody.
pub(super) fn load_picture(teams: &[Load], now: Time) -> Option<Enclosed> {
    teams.iter().flat_map(|team| &team.members).next()?;
    let title = match teams {
        [team] => format!("Load of {}", team.team),
        several => format!("Load of {} teams", several.len()),
    };
    let parts = [("answered", Tone::Calm), ("waiting", Tone::Watch), ("late", Tone::Alarm)];
    let mut room = MOST_BARS;
    let mut groups: Vec<Group> = teams.iter().map(|team| group(team, teams.len() > 1, &mut room, now)).collect();
    let subtitle = match groups.as_mut_slice() {
        [alone] => std::mem::take(&mut alone.remark),
        _ => String::new(),
    };
    let figure = Figure::Bars(Bars {
        parts: parts.map(|(name, tone)| Part { name: name.to_owned(), tone }).into(),
        limit: "capacity".to_owned(),
        groups,
    });
    let told: Vec<String> = teams.iter().map(|team| told(team, teams.len() > 1, now)).collect();
    let alt = name::preview(&format!("{title}. {}", told.join(" ")), 1000);
    let chart = Chart { title, subtitle, empty: String::new(), figure };
    Some(Enclosed::Picture { name: "load.png".to_owned(), chart, alt })
}

fn totals(team: &Load) -> String {
    let of = |what: fn(&Carried) -> i64| team.members.iter().map(what).sum::<i64>();
    let late = match of(|m| m.late) {
        0 => String::new(),
        n => format!(", {n} of them late"),
    };
    let waiting = match of(|m| m.waiting) {
        0 => "nobody waiting for them".to_owned(),
        1 => format!("1 customer waiting{late}"),
        n => format!("{n} customers waiting{late}"),
    };
    format!("{} of {} places taken, {waiting}", of(|m| m.load), of(|m| m.capacity))
}

/// A team of which as many are shown as there is `room` for.
fn group(team: &Load, headed: bool, room: &mut usize, now: Time) -> Group {
    let shown = team.members.len().min(*room);
    *room -= shown;
    let hidden = team.more + i64::try_from(team.members.len() - shown).unwrap_or_default();
    let mut remarks = vec![if team.members.is_empty() { "nobody is in it".to_owned() } else { totals(team) }];
    if team.unowned > 0 {
        remarks.push(format!("{} without an owner", team.unowned));
    }
    if hidden > 0 {
        remarks.push(format!("{hidden} people not shown"));
    }
    let bars = team.members[..shown].iter().map(|one| bar(one, now)).collect();
    // A team alone is named in the title.
    Group { name: if headed { team.team.clone() } else { String::new() }, remark: remarks.join(", "), bars }
}

fn bar(one: &Carried, now: Time) -> Bar {
    let late = one.late.min(one.waiting);
    Bar {
        name: one.name.clone(),
        parts: vec![(one.load - one.waiting).max(0), one.waiting - late, late],
        limit: Some(one.capacity),
        remark: remark(one, now),
    }
}

fn remark(one: &Carried, now: Time) -> String {
    let due = match one.due.some() {
        Some(due) if due > now => format!("due in {}", roughly(due.since(now))),
        Some(due) => format!("{} late", roughly(now.since(due))),
        None => String::new(),
    };
    let told = [one.there.clone(), due];
    told.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The same for those who do not see it.
fn told(team: &Load, headed: bool, now: Time) -> String {
    let people: Vec<String> = team.members.iter().map(|one| said(one, now)).collect();
    let people = if people.is_empty() { "nobody".to_owned() } else { people.join("; ") };
    if headed { format!("{}: {people}.", team.team) } else { format!("{people}.") }
}

fn said(one: &Carried, now: Time) -> String {
    let mut said = format!("{} {} of {}", one.name, one.load, one.capacity);
    if one.waiting > 0 {
        said.push_str(&format!(", {} waiting", one.waiting));
    }
    let remark = remark(one, now);
    if !remark.is_empty() {
        said.push_str(&format!(", {remark}"));
    }
    said
}

/// A scale of how many, up to `most`.
#[must_use]
pub(super) fn counts(most: i64) -> Vec<Rung> {
    rungs(most, &[1, 2, 5]).into_iter().map(|at| Rung { at, name: at.to_string() }).collect()
}

/// A scale of lengths of time, up to `most` milliseconds, in the steps of a clock.
#[must_use]
pub(super) fn lengths(most: i64) -> Vec<Rung> {
    const SECOND: i64 = 1_000;
    const MINUTE: i64 = 60 * SECOND;
    const HOUR: i64 = 60 * MINUTE;
    let minutes = [1, 2, 5, 10, 15, 30].map(|n| n * MINUTE);
    let hours = [1, 2, 4, 8, 12, 24, 48, 96].map(|n| n * HOUR);
    let sizes: Vec<i64> = [10, 30].map(|n| n * SECOND).into_iter().chain(minutes).chain(hours).collect();
    let name = |at| if at == 0 { "0".to_owned() } else { span(at) };
    rungs(most, &sizes).into_iter().map(|at| Rung { at, name: name(at) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(scale: Vec<Rung>) -> String {
        scale.into_iter().map(|rung| rung.name).collect::<Vec<_>>().join(" · ")
    }

    // story: VI-05
    #[test]
    fn scales_are_those_of_a_clock() {
        assert_eq!(names(counts(7)), "0 · 2 · 4 · 6 · 8");
        assert_eq!(names(lengths(0)), "0 · 10 s");
        assert_eq!(names(lengths(42_000)), "0 · 10 s · 20 s · 30 s · 40 s · 50 s");
        assert_eq!(names(lengths(42 * 60_000)), "0 · 10 min · 20 min · 30 min · 40 min · 50 min");
        assert_eq!(names(lengths(5 * 3_600_000)), "0 · 2 h · 4 h · 6 h");
        assert_eq!(names(lengths(9 * 86_400_000)), "0 · 2 days · 4 days · 6 days · 8 days · 10 days");
    }

    // story: VI-01
    #[test]
    fn as_many_are_shown_as_fit() {
        let one = |n: i64| Carried {
            name: format!("P{n}"),
            load: 3,
            capacity: 5,
            waiting: 2,
            late: 1,
            oldest: Time(1),
            due: Time(1),
            there: String::new(),
        };
        let team =
            |name: &str, n| Load { team: name.to_owned(), members: (0..n).map(one).collect(), more: 2, unowned: 4 };
        let Some(Enclosed::Picture { chart, alt, .. }) = load_picture(&[team("a", 40), team("b", 40)], Time(60_001))
        else {
            panic!("no picture")
        };
        let Figure::Bars(bars) = chart.figure else { panic!("no bars") };
        assert_eq!(bars.groups.iter().map(|g| g.bars.len()).sum::<usize>(), MOST_BARS);
        assert_eq!(
            bars.groups[1].remark,
            "120 of 200 places taken, 80 customers waiting, 40 of them late, 4 without an owner, 32 people not shown"
        );
        assert_eq!(bars.groups[0].bars[0].parts, [1, 1, 1]);
        assert_eq!(bars.groups[0].bars[0].remark, "1 min late");
        assert_eq!(chart.subtitle, "");
        assert!(alt.starts_with("Load of 2 teams. a: P0 3 of 5, 2 waiting, 1 min late; P1"), "{alt}");
        assert!(alt.chars().count() <= 1000, "{alt}");
        let Some(Enclosed::Picture { chart, .. }) = load_picture(&[team("a", 1)], Time(5)) else {
            panic!("no picture")
        };
        assert_eq!(chart.title, "Load of a");
        assert_eq!(
            chart.subtitle,
            "3 of 5 places taken, 2 customers waiting, 1 of them late, 4 without an owner, 2 people not shown"
        );
        assert!(load_picture(&[team("a", 0)], Time(5)).is_none());
    }
}
