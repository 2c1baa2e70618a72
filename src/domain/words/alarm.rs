//! The messages that stand in a channel while conversations are late.

use super::card::times;
use super::roughly;
use crate::domain::alarm::{Alarm, Ring};
use crate::domain::card::{Labelled, Post, Speaker, Style};
use crate::domain::clocks::Came;
use crate::domain::conversation::Conversation;
use crate::domain::event::Button;
use crate::domain::ids::{AgentId, Time};
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::report::Listed;
use crate::domain::roster::Priority;
use crate::domain::targets::Kind;

/// The one message of a conversation's alarm.
#[must_use]
pub fn alarm(
    alarm: &Alarm,
    (conversation, customer): (&Conversation, &str),
    owner: Option<&str>,
    name: impl Fn(AgentId) -> Option<String>,
) -> Post {
    let sign = if alarm.is_over() { "✅ " } else { "🚨 " };
    let title = format!("#{} {customer}", conversation.id);
    let thread = Inline::Thread { thread: conversation.thread.clone(), text: String::new() };
    let mut blocks = vec![Block::Line(vec![text(sign), Inline::Bold(vec![text(&title)]), text(" "), thread])];
    blocks.extend(alarm.rings.iter().map(|ring| Block::Line(rings(ring, &name))));
    if !alarm.is_over() {
        blocks.push(Block::Line(facts(conversation, owner)));
    }
    let unowned = owner.is_none() && !conversation.is_closed() && !alarm.is_over();
    let claim = Labelled { label: "Claim".to_owned(), button: Button::Claim(conversation.id), style: Style::Primary };
    record(blocks).with(unowned.then_some(claim).into_iter().collect())
}

/// The message of an alarm that is over and was followed by another before it could say so.
#[must_use]
pub fn alarm_past(conversation: &Conversation, customer: &str) -> Post {
    let title = format!("#{} {customer}", conversation.id);
    let thread = Inline::Thread { thread: conversation.thread.clone(), text: String::new() };
    record(vec![
        Block::Line(vec![text("✅ "), Inline::Bold(vec![text(&title)]), text(" "), thread]),
        Block::Line(vec![text("This is over; what came after it has a message of its own.")]),
    ])
}

/// What a clock rings for, or what came of it.
fn rings(ring: &Ring, name: &impl Fn(AgentId) -> Option<String>) -> Vec<Inline> {
    if ring.came == Came::Open {
        return match ring.kind {
            Kind::Assign => {
                vec![text("Nobody has taken it; the customer wrote "), Inline::Moment(ring.since), text(".")]
            }
            Kind::First | Kind::Next => vec![text("The answer was due "), Inline::Moment(ring.due), text(".")],
            Kind::Resolve => vec![text("It was to be closed "), Inline::Moment(ring.due), text(".")],
        };
    }
    let after = roughly(ring.ended_at.since(ring.since));
    let late = match ring.ended_at.since(ring.due) {
        late if ring.due != Time::NEVER && late > 0 => format!(", {} late", roughly(late)),
        _ => String::new(),
    };
    let who = name(ring.by);
    vec![text(&match (ring.kind, ring.came, who) {
        (Kind::Assign, Came::Met | Came::Missed, Some(who)) => format!("{who} took it after {after}."),
        (Kind::Assign, ..) => format!("It needed no owner any more after {after}."),
        (Kind::First | Kind::Next, Came::Dropped, _) => format!("No answer was needed any more after {after}."),
        (Kind::First | Kind::Next, _, Some(who)) => format!("{who} answered{late}."),
        (Kind::First | Kind::Next, _, None) => format!("It was answered outside Baton{late}."),
        (Kind::Resolve, ..) => format!("It is closed{late}."),
    })]
}

fn facts(conversation: &Conversation, owner: Option<&str>) -> Vec<Inline> {
    let mut said = vec![match owner {
        Some(owner) => text(&format!("Owner: {owner}")),
        None => text("Owner: nobody"),
    }];
    if let Some(since) = conversation.waiting_since.some() {
        said.extend([text(" · waits since "), Inline::Moment(since)]);
    }
    if conversation.nudges > 0 {
        said.push(text(&format!(" · wrote again {}", times(conversation.nudges))));
    }
    if conversation.priority != Priority::Normal {
        said.push(text(&format!(" · {}", conversation.priority.as_str())));
    }
    said
}

/// The one message of a team in which so many are late that each by itself would be noise: the first of them, and how many
/// there are in all.
#[must_use]
pub fn storm(team: &str, listed: &[Listed], count: i64) -> Post {
    let team = Inline::Bold(vec![text(team)]);
    if count == 0 {
        return record(vec![Block::Line(vec![
            text("✅ "),
            team,
            text(": nobody of those listed here waits longer than promised any more."),
        ])]);
    }
    let waits = if count == 1 { "one more customer waits".to_owned() } else { format!("{count} more customers wait") };
    let mut blocks = vec![Block::Line(vec![text("🚨 "), team, text(&format!(": {waits} longer than promised."))])];
    blocks.extend(listed.iter().map(|one| {
        let mut said = vec![Inline::Thread { thread: one.thread.clone(), text: String::new() }];
        said.push(text(&format!(" #{} {}, since ", one.id, one.customer)));
        said.push(Inline::Moment(one.waiting_since));
        if one.nudges > 0 {
            said.push(text(&format!(", wrote again {}", times(one.nudges))));
        }
        Block::Item { number: None, text: said }
    }));
    let more = count - i64::try_from(listed.len()).unwrap_or_default();
    if more > 0 {
        blocks.push(Block::Line(vec![text(&format!("And {more} more."))]));
    }
    record(blocks)
}

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

fn record(blocks: Vec<Block>) -> Post {
    Post { speaker: Speaker::Record, text: Markup(blocks), ..Post::line("") }
}
