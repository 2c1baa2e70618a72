//! Summaries that come by themselves.

use chrono::DateTime;
use chrono_tz::Tz;

use super::chart::load_picture;
use super::report::{table, waits};
use super::roughly;
use super::stats::{conversations, short};
use crate::domain::card::{Post, Speaker};
use crate::domain::ids::Time;
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::report::{Load, Summed};
use crate::domain::stats::{Share, Stats};
use crate::domain::targets::Kind;

/// How each team stands, and how it went since the summary before.
#[must_use]
pub fn summary_of(name: &str, (from, to, zone): (Time, Time, Tz), teams: &[Summed], now: Time) -> Post {
    let local = |at: Time| DateTime::from_timestamp_millis(at.0).unwrap_or_default().with_timezone(&zone);
    let (from, to) = (local(from).format("%a %-d %b %H:%M"), local(to).format("%a %-d %b %H:%M %Z"));
    let mut blocks = vec![Block::Line(vec![
        text("📋 "),
        Inline::Bold(vec![text(name)]),
        text(&format!(", {to}. What is counted is since {from}.")),
    ])];
    for team in teams {
        blocks.extend(stands(team, now));
        match &team.stats {
            Some(stats) => blocks.push(Block::Line(vec![text(&went(stats))])),
            None => blocks
                .push(Block::Line(vec![text("So much happened since that it is not counted here: see baton report.")])),
        }
    }
    let loads: Vec<Load> = teams.iter().map(|team| team.load.clone()).collect();
    let post = Post { speaker: Speaker::Record, text: Markup(blocks), ..Post::line("") };
    match load_picture(&loads, now) {
        Some(picture) => post.enclosing(picture),
        None => post,
    }
}

fn stands(team: &Summed, now: Time) -> Vec<Block> {
    let load = &team.load;
    let (open, may) = load.members.iter().fold((0, 0), |(open, may), m| (open + m.load, may + m.capacity));
    let waiting = waits(load.members.iter().map(|m| m.waiting).sum());
    let unowned = match (load.unowned, team.oldest.some()) {
        (0, _) => "Nothing is without an owner.".to_owned(),
        (n, Some(since)) => {
            let again = match team.again {
                0 => String::new(),
                again => format!(", of whom {again} wrote again"),
            };
            format!("{n} without an owner{again}, the longest wait {}.", roughly(now.since(since)))
        }
        (n, None) => format!("{n} without an owner, none of whom waits."),
    };
    let head = format!(": {open} of {may} places taken, {waiting}. {unowned}");
    let mut blocks = vec![Block::Line(vec![Inline::Bold(vec![text(&load.team)]), text(&head)])];
    if !load.members.is_empty() {
        blocks.push(Block::Code(table(&load.members, Some(now))));
    }
    blocks
}

/// How it went.
fn went(stats: &Stats) -> String {
    let mut said = vec![format!("Since then {}", conversations(stats))];
    let first = stats.measured.iter().find(|m| m.kind == Kind::First);
    said.push(match first {
        Some(m) => {
            format!("First answers: {}, half within {}, nine of ten within {}.", m.n, short(m.p50), short(m.p90))
        }
        None => "No first answers.".to_owned(),
    });
    let Share { n, of } = stats.nudged_unowned;
    if let Some(percent) = stats.nudged_unowned.percent() {
        said.push(format!("Wrote again before they had an owner: {n} of {of} ({percent}%)."));
    }
    let slips: i64 = stats.slips.iter().map(|slip| slip.n).sum();
    said.push(match slips {
        0 => "Nothing slipped.".to_owned(),
        n => format!("Slips: {n}."),
    });
    said.join(" ")
}

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}
