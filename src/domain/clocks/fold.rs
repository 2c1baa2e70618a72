//! Pauses that lie behind are folded into one, so that a conversation which is never closed does not drag along all its
//! answers.

use super::Running;
use crate::domain::calendar::Calendar;

/// So many pauses before the deadline, and so many after it, are kept as they were.
const MOST: usize = 64;

/// Where a clock has too many pauses, folds the older half of them into one that leaves as much open time: what is counted
/// from then on and the deadline stay what they were. Only a calendar that changes later counts the folded part by what it
/// was.
pub(super) fn fold(clock: &mut Running, calendar: &Calendar) {
    let Some((_, end)) = clock.pauses.last().copied() else { return };
    // A deadline that has passed stands between what is folded.
    let from = clock.due.some().filter(|due| *due <= end).unwrap_or(clock.since);
    let first = clock.pauses.partition_point(|(start, _)| *start < from);
    let here = clock.pauses.get(first..).unwrap_or_default();
    if here.len() <= MOST {
        return;
    }
    let folded = here.get(..here.len() / 2).unwrap_or_default();
    let until = folded.last().map_or(from, |(_, end)| *end);
    let counted = calendar.elapsed_ms(from, until, folded);
    let start = calendar.after(from, counted, &[]).unwrap_or(from).min(until);
    clock.pauses.splice(first..first + folded.len(), [(start, until)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::CalendarSpec;
    use crate::domain::ids::Time;
    use crate::domain::targets::Kind;

    const HOUR: i64 = 3_600_000;

    fn office() -> Calendar {
        let spec: CalendarSpec = serde_json::from_value(serde_json::json!({
            "zone": "Europe/Berlin",
            "weekly": {
                "mon": [["09:00", "17:00"]], "tue": [["09:00", "12:00"], ["13:00", "17:00"]], "fri": [["10:00", "15:00"]],
            },
        }))
        .unwrap();
        Calendar::new(&spec).unwrap()
    }

    /// A clock with a pause of half an hour every 80 minutes, of which each is folded once it is over.
    fn paused(calendar: &Calendar, target_ms: i64, times: i64) -> (Running, Vec<(Time, Time)>) {
        let since = Time(1_795_369_000_000);
        let mut clock = Running {
            nth: 1,
            kind: Kind::Resolve,
            since,
            target_ms,
            due: calendar.after(since, target_ms, &[]).unwrap_or(Time::NEVER),
            pauses: Vec::new(),
            paused_at: Time::NEVER,
            steps: 0,
            next_at: Time::NEVER,
            again: 0,
            again_at: Time::NEVER,
        };
        let mut all = Vec::new();
        for n in 1..=times {
            let pause = (since.plus_ms(n * 80 * 60_000), since.plus_ms(n * 80 * 60_000 + HOUR / 2));
            all.push(pause);
            clock.pauses.push(pause);
            fold(&mut clock, calendar);
            clock.due = calendar.after(since, target_ms, &clock.pauses).unwrap_or(Time::NEVER);
        }
        (clock, all)
    }

    // story: SL-02
    #[test]
    fn what_is_folded_counts_as_before() {
        let calendar = office();
        // A deadline long past, one in the midst, one to come, and none.
        for target_ms in [HOUR, 100 * HOUR, 2_000 * HOUR, 0] {
            let (clock, all) = paused(&calendar, target_ms, 1_000);
            assert!(clock.pauses.len() <= 2 * MOST + 1, "{} are left", clock.pauses.len());
            assert_eq!(clock.due, calendar.after(clock.since, target_ms, &all).unwrap_or(Time::NEVER), "{target_ms}");
            for hours in [1_400, 1_500, 9_000] {
                let end = clock.since.plus_ms(hours * HOUR);
                let counted = calendar.elapsed_ms(clock.since, end, &clock.pauses);
                assert_eq!(counted, calendar.elapsed_ms(clock.since, end, &all), "{target_ms} until {hours}");
            }
            assert!(clock.pauses.windows(2).all(|pair| pair[0].1 <= pair[1].0), "in order");
        }
    }

    #[test]
    fn few_pauses_stay_as_they_were() {
        let (clock, all) = paused(&office(), 2_000 * HOUR, 64);
        assert_eq!(clock.pauses, all);
    }
}
