//! The board of a team: who carries what, what waits for an owner, and what is late.

use super::card::times;
use super::report::table;
use crate::domain::card::{Post, Speaker};
use crate::domain::ids::Time;
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::report::{Listed, Load};

/// A list with how many there are in all.
type Counted<'a> = (&'a [Listed], i64);

/// The board as it stands.
#[must_use]
pub fn board(load: &Load, unowned: Counted<'_>, late: Counted<'_>, now: Time) -> Post {
    let (open, may) = load.members.iter().fold((0, 0), |(open, may), m| (open + m.load, may + m.capacity));
    let mut blocks = vec![Block::Line(vec![
        Inline::Bold(vec![text(&load.team)]),
        text(&format!(" · {open} of {may} places taken · as of ")),
        Inline::Moment(now),
    ])];
    if load.members.is_empty() {
        blocks.push(Block::Line(vec![text("Nobody is in this team.")]));
    } else {
        blocks.push(Block::Code(table(&load.members, None)));
    }
    if load.more > 0 {
        blocks.push(Block::Line(vec![text(&format!("And {} more people.", load.more))]));
    }
    blocks.extend(list(("🚨", "late"), late, "No owner is late with an answer."));
    blocks.extend(list(("📥", "without an owner"), unowned, "Nobody is waiting for an owner."));
    Post { speaker: Speaker::Record, text: Markup(blocks), ..Post::line("") }
}

fn list((sign, what): (&str, &str), (listed, count): Counted<'_>, none: &str) -> Vec<Block> {
    if count == 0 {
        return vec![Block::Line(vec![text(none)])];
    }
    let mut blocks =
        vec![Block::Line(vec![text(&format!("{sign} ")), Inline::Bold(vec![text(&format!("{count} {what}"))])])];
    blocks.extend(listed.iter().map(|one| Block::Item { number: None, text: item(one) }));
    let more = count - i64::try_from(listed.len()).unwrap_or_default();
    if more > 0 {
        blocks.push(Block::Line(vec![text(&format!("And {more} more."))]));
    }
    blocks
}

fn item(one: &Listed) -> Vec<Inline> {
    let mut said = vec![
        Inline::Thread { thread: one.thread.clone(), text: String::new() },
        text(&format!(" #{} {}", one.id, one.customer)),
    ];
    if let Some(since) = one.waiting_since.some() {
        said.extend([text(", waits since "), Inline::Moment(since)]);
    }
    if let Some(due) = one.due_at.some() {
        said.extend([text(", due "), Inline::Moment(due)]);
    }
    if one.nudges > 0 {
        said.push(text(&format!(", wrote again {}", times(one.nudges))));
    }
    said
}

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}
