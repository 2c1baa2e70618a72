//! What waits for an owner, in the order in which it is given out.

use super::owner::reasons;
use super::{roughly, span};
use crate::domain::card::{Post, Speaker};
use crate::domain::ids::{ConversationId, ThreadRef, Time};
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::name;
use crate::domain::passing::{Hold, Passing};
use crate::domain::report::Arriving;
use crate::domain::routing::{Choice, Wait};

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waits {
    /// Its number.
    pub id: ConversationId,
    /// Its thread; empty until it has one.
    pub thread: ThreadRef,
    /// The customer.
    pub customer: String,
    /// Since when they wait.
    pub since: Time,
    /// Until when they are to have an answer.
    pub due: Option<Time>,
    /// Why nobody owns it yet.
    pub why: String,
}

/// What waits for an owner of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueOf {
    /// The team.
    pub team: String,
    /// A page of what is given out, in its order.
    pub queued: Vec<Waits>,
    /// How many stand before that page.
    pub before: i64,
    /// How many there are in all.
    pub count: i64,
    /// What is not given out by itself.
    pub kept_back: Vec<Waits>,
}

/// Why something still waits: what was decided about it, else how its team works.
#[must_use]
pub fn still_waits(passing: &Passing, decided: Option<&Choice>, routes: bool) -> String {
    match (passing.hold, passing.wait, decided) {
        (Some(Hold::Pending), ..) => "it waits for the customer".to_owned(),
        (Some(Hold::Snoozed { until: Time::NEVER }), ..) => "it is left until the customer writes".to_owned(),
        (Some(Hold::Snoozed { .. }), ..) => "it is left until a time".to_owned(),
        (None, Some(Wait::Vip), _) => "a person has to assign it: the customer is a VIP".to_owned(),
        (None, Some(Wait::Urgent), _) => "a person has to assign it: it is urgent".to_owned(),
        (None, Some(Wait::Rule), _) => "a person has to assign it: the rule says so".to_owned(),
        (None, Some(Wait::Lapsed), _) => "a person has to assign it: it lapsed too often".to_owned(),
        (None, Some(Wait::Manual), _) => "it waits to be claimed".to_owned(),
        (None, None, _) if !routes => "it waits to be claimed".to_owned(),
        (None, None, Some(Choice::Nobody { kept_out })) if kept_out.is_empty() => "nobody is in the team".to_owned(),
        (None, None, Some(Choice::Nobody { kept_out })) => format!("nobody could take it: {}", reasons(kept_out)),
        (None, None, _) => "the next one with room gets it".to_owned(),
    }
}

/// `/queue`
#[must_use]
pub fn queues(queues: &[QueueOf], now: Time) -> Markup {
    let mut blocks = Vec::new();
    let line = |team: &str, text: String| {
        Block::Line(vec![Inline::Bold(vec![Inline::Text(team.to_owned())]), Inline::Text(format!(": {text}"))])
    };
    for queue in queues {
        let shown = i64::try_from(queue.queued.len()).unwrap_or_default();
        blocks.push(match queue.count {
            0 if queue.kept_back.is_empty() => line(&queue.team, "nobody is waiting for an owner.".to_owned()),
            0 => line(&queue.team, "nothing is in the queue.".to_owned()),
            1 => line(&queue.team, "one in the queue.".to_owned()),
            n => line(&queue.team, format!("{n} in the queue, in the order in which they are given out.")),
        });
        let places = (queue.before + 1..).zip(&queue.queued);
        blocks.extend(places.map(|(place, one)| item(u32::try_from(place).ok(), one, now)));
        if queue.before + shown < queue.count && shown > 0 {
            let next = (queue.before + shown) / shown + 1;
            blocks.push(Block::Line(vec![Inline::Text(format!("More: /queue {} {next}", queue.team))]));
        }
        if !queue.kept_back.is_empty() {
            blocks.push(Block::Line(vec![Inline::Text("Not given out by itself:".to_owned())]));
            blocks.extend(queue.kept_back.iter().map(|one| item(None, one, now)));
        }
    }
    Markup(blocks)
}

fn item(place: Option<u32>, one: &Waits, now: Time) -> Block {
    let due = match one.due {
        Some(due) if due > now => format!(", answer due in {}", roughly(due.since(now))),
        Some(due) => format!(", answer {} late", roughly(now.since(due))),
        None => String::new(),
    };
    let text = format!(" waits {}{due}; {}", span(now.since(one.since)), one.why);
    let linked = Inline::Thread { thread: one.thread.clone(), text: format!("#{} {}", one.id, one.customer) };
    Block::Item { number: place, text: vec![linked, Inline::Text(text)] }
}

/// Those who write for the first time and have no thread yet: one part of them, and how many there are in all.
#[must_use]
pub fn arrivals(listed: &[Arriving], count: i64) -> Post {
    let line = |text: String| Block::Line(vec![Inline::Text(text)]);
    let blocks = if listed.is_empty() {
        vec![line("✅ Everybody who was listed here has a thread of their own by now.".to_owned())]
    } else {
        let head = if count == 1 { "One customer writes".to_owned() } else { format!("{count} customers write") };
        let item = |one: &Arriving| {
            let mut said = vec![Inline::Bold(vec![Inline::Text(format!("#{}", one.id))])];
            said.push(Inline::Text(format!(" {}", one.customer)));
            if let Some(since) = one.since.some() {
                said.extend([Inline::Text(", waits since ".to_owned()), Inline::Moment(since)]);
            }
            said.push(Inline::Text(format!(": {}", name::preview(&one.opening, 40))));
            Block::Item { number: None, text: said }
        };
        let first =
            line(format!("📥 {head} and will have a thread within minutes. /claim and a number takes one now."));
        std::iter::once(first).chain(listed.iter().map(item)).collect()
    };
    Post { speaker: Speaker::Record, text: Markup(blocks), ..Post::line("") }
}
