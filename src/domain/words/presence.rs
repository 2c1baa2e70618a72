//! Who is there.

use chrono_tz::Tz;

use super::owner::{Next, goes};
use super::roughly;
use crate::domain::ids::Time;
use crate::domain::roster::Standing;
use crate::domain::when::WhenError;

/// The answer to `/away`.
#[must_use]
pub fn away(until: Option<(Time, Tz)>, why: &str, now: Time) -> String {
    let until = match until {
        None => "until you type /back".to_owned(),
        Some((until, zone)) => format!("until {}", clock(until, zone, now)),
    };
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    format!("You are away {until}{why}. Whoever waits for you now is passed on, the others when they write.")
}

/// A moment to come: `14:00`, `tomorrow 9:00`, `Monday 9:00`, `1 December 9:00`.
fn clock(at: Time, zone: Tz, now: Time) -> String {
    let local = |time: Time| chrono::DateTime::from_timestamp_millis(time.0).map(|utc| utc.with_timezone(&zone));
    let (Some(then), Some(today)) = (local(at), local(now)) else { return String::new() };
    let clock = then.format("%-H:%M");
    match (then.date_naive() - today.date_naive()).num_days() {
        0 => clock.to_string(),
        1 => format!("tomorrow {clock}"),
        2..=6 => format!("{} {clock}", then.format("%A")),
        _ => format!("{} {clock}", then.format("%-d %B")),
    }
}

/// An owner is not there any more, and what becomes of what they owned.
#[must_use]
pub fn left(owner: &str, standing: Standing, next: Next) -> String {
    let goes = goes(next);
    match standing {
        Standing::Gone => format!("🚪 {owner} is no longer here: this {goes}."),
        Standing::OffShift => format!("🌙 {owner} is not working now: this {goes}."),
        _ => format!("🌙 {owner} is away: this {goes}."),
    }
}

/// The answer to `/available` and `/back`.
#[must_use]
pub fn present(whatever_the_hours: bool, opens: Option<Time>, (load, capacity): (i64, i64), now: Time) -> String {
    let has = format!("You have {load} of {capacity}.");
    match opens {
        _ if whatever_the_hours => format!("You get new conversations, whatever your hours say. {has}"),
        Some(opens) => {
            let within = roughly(opens.since(now));
            format!("Welcome back. Your working hours begin in {within}; /available starts before that. {has}")
        }
        None => format!("Welcome back. {has}"),
    }
}

/// A time that makes no sense.
#[must_use]
pub fn wrong_time(wrong: &WhenError) -> String {
    format!("{wrong}. Nothing was changed.")
}

/// Words where a time is wanted.
#[must_use]
pub fn no_time(typed: &str, example: &str) -> String {
    let typed = crate::domain::name::preview(typed, 40);
    format!("“{typed}” is no time, so nothing was changed. For example: {example}")
}

/// From and to are the same.
pub const SAME_PERSON: &str = "Those are the same person, so there is nothing to pass on.";

/// How far passing on has come.
#[must_use]
pub fn moving(from: &str, moved: i64) -> String {
    if moved == 0 {
        format!("Passing on what {from} owns …")
    } else {
        format!("Passing on what {from} owns: {moved} so far …")
    }
}

/// Passing on is done.
#[must_use]
pub fn moved(from: &str, to: &str, moved: i64) -> String {
    match moved {
        0 => format!("{from} owns nothing that could be passed on."),
        1 => format!("Done: the one conversation that was {from}'s went to {to}."),
        n => format!("Done: the {n} conversations that were {from}'s went to {to}."),
    }
}
