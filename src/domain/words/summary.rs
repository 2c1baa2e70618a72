//! Summaries that come by themselves.

use super::report::table;
use crate::domain::card::{Post, Speaker};
use crate::domain::ids::Time;
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::report::Load;

/// What was between two times, and how it stands.
#[must_use]
pub fn summary_of<'a>(name: &str, (from, _to): (Time, Time), teams: impl Iterator<Item = &'a Load>) -> Post {
    let mut blocks = vec![Block::Line(vec![
        Inline::Text("📋 ".to_owned()),
        Inline::Bold(vec![Inline::Text(name.to_owned())]),
        Inline::Text(", since ".to_owned()),
        Inline::Moment(from),
    ])];
    for team in teams {
        blocks.push(Block::Line(vec![Inline::Bold(vec![Inline::Text(team.team.clone())])]));
        blocks.push(Block::Code(table(&team.members, None)));
    }
    Post { speaker: Speaker::Record, text: Markup(blocks), ..Post::line("") }
}
