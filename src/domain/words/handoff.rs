//! Passing a conversation on.

use chrono_tz::Tz;

use super::card::labelled;
use super::content::{media_word, size_word};
use super::{ago, roughly, span};
use crate::domain::card::{Labelled, Post, Speaker, Style};
use crate::domain::content::File;
use crate::domain::event::{Button, Reason};
use crate::domain::ids::{ConversationId, Time};
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::message::Progress;
use crate::domain::name;
use crate::domain::reply::Reply;
use crate::domain::roster::{Availability, Duty, Standing};

/// One thing that was said, for cards and transcripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub who: String,
    /// What, on one line.
    pub text: String,
    /// When.
    pub at: Time,
    /// Whether it is a note that the customer never saw.
    pub note: bool,
    /// Whether it is a promise that is not kept yet.
    pub promise: bool,
}

/// What the next owner has to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Handed {
    /// The conversation.
    pub id: ConversationId,
    /// The customer's name.
    pub customer: String,
    /// Who passes it on.
    pub from: String,
    /// To whom, or to which team.
    pub to: String,
    /// What they say about it.
    pub note: String,
    /// Whether a lead overrode presence or capacity.
    pub anyway: bool,
    /// What was said, oldest first.
    pub said: Vec<Said>,
    /// The files that were sent.
    pub files: Vec<File>,
    /// Since when the customer waits.
    pub waiting_since: Option<Time>,
    /// Until when they are to have an answer.
    pub due: Option<Time>,
    /// When the 24 hour window closes.
    pub window_closes: Time,
    /// Now.
    pub now: Time,
}

/// How many messages and notes a handoff card repeats.
const LAST: usize = 5;

/// The card that goes with a handoff: with its buttons and what was said while it can be answered, and without both above a
/// transcript.
#[must_use]
pub fn handoff_card(handed: &Handed, open: bool) -> Post {
    let mut blocks = Vec::new();
    let mut line = |label: &str, text: String| {
        let label = Inline::Bold(vec![Inline::Text(format!("{label}: "))]);
        blocks.push(Block::Line(vec![label, Inline::Text(text)]));
    };
    let anyway = if handed.anyway { " (a lead overrode that they are away or full)" } else { "" };
    line("🤝 Handoff", format!("#{} {}, from {} to {}{anyway}", handed.id, handed.customer, handed.from, handed.to));
    if !handed.note.is_empty() {
        line("Reason", handed.note.clone());
    }
    line("Customer", waiting(handed));
    let left = handed.window_closes.since(handed.now);
    let window = if left > 0 { format!("for another {}", roughly(left)) } else { "over: templates only".to_owned() };
    line("Free reply", window);
    let promises: Vec<&Said> = handed.said.iter().filter(|s| s.promise).collect();
    for promise in promises {
        line("Open promise", without_label(&promise.text));
    }
    if !handed.files.is_empty() {
        line("Files", files(&handed.files));
    }
    let messages: Vec<&Said> = handed.said.iter().filter(|s| !s.note).collect();
    let notes: Vec<&Said> = handed.said.iter().filter(|s| s.note && !s.promise).collect();
    if open {
        section(&mut blocks, "Last messages", &messages, handed.now);
        section(&mut blocks, "Notes", &notes, handed.now);
    }
    let buttons: Vec<Labelled> = if open {
        vec![
            labelled("Accept", Button::Accept(handed.id), Style::Primary),
            labelled("Decline", Button::Decline(handed.id), Style::Secondary),
        ]
    } else {
        Vec::new()
    };
    Post { speaker: Speaker::Record, text: Markup(blocks), ..Post::line("") }.with(buttons)
}

/// "Promise: a call back" without its first word.
fn without_label(text: &str) -> String {
    let rest = text.split_at_checked("promise".len()).map_or(text, |(_, rest)| rest);
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || ":,-–".contains(c));
    if rest.is_empty() { text.to_owned() } else { rest.to_owned() }
}

fn waiting(handed: &Handed) -> String {
    let now = handed.now;
    match (handed.waiting_since, handed.due) {
        (Some(since), Some(due)) if due > now => {
            format!("wrote {}, to have an answer within {}", ago(now.since(since)), roughly(due.since(now)))
        }
        (Some(since), Some(due)) => {
            format!("wrote {}, the answer is {} late", ago(now.since(since)), roughly(now.since(due)))
        }
        _ => "not waiting for an answer".to_owned(),
    }
}

fn files(files: &[File]) -> String {
    let shown = files.iter().rev().take(LAST).rev().map(|file| {
        let name = if file.name.is_empty() { media_word(file.kind).to_owned() } else { name::preview(&file.name, 40) };
        format!("{name}{}", size_word(file.size))
    });
    let more = files.len().saturating_sub(LAST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.collect::<Vec<_>>().join(", ") + &more
}

fn section(blocks: &mut Vec<Block>, title: &str, said: &[&Said], now: Time) {
    if said.is_empty() {
        return;
    }
    let total = said.len();
    let title = if total > LAST { format!("{title} ({LAST} of {total})") } else { title.to_owned() };
    blocks.push(Block::Line(vec![Inline::Bold(vec![Inline::Text(title)])]));
    for one in said.iter().skip(total.saturating_sub(LAST)) {
        let text = format!("{}: {} ({})", one.who, name::preview(&one.text, 160), ago(now.since(one.at)));
        blocks.push(Block::Quote(vec![Inline::Text(text)]));
    }
}

/// Everything said so far, for the thread in which a conversation goes on, with times in this zone.
#[must_use]
pub fn transcript(said: &[Said], zone: Tz, now: Time) -> Post {
    let title = Block::Line(vec![Inline::Bold(vec![Inline::Text("📜 What was said so far".to_owned())])]);
    let lines = said.iter().map(|one| {
        let mark = if one.note { "📝 " } else { "" };
        let who = Inline::Bold(vec![Inline::Text(format!("{mark}{}", one.who))]);
        Block::Quote(vec![who, Inline::Text(format!(", {}: {}", past(one.at, zone, now), one.text))])
    });
    Post { speaker: Speaker::Record, text: Markup(std::iter::once(title).chain(lines).collect()), ..Post::line("") }
}

/// A moment that is past: `14:05`, `23 November 14:05`.
fn past(at: Time, zone: Tz, now: Time) -> String {
    let local = |time: Time| chrono::DateTime::from_timestamp_millis(time.0).map(|utc| utc.with_timezone(&zone));
    let (Some(then), Some(today)) = (local(at), local(now)) else { return String::new() };
    let today = then.date_naive() == today.date_naive();
    if today { then.format("%-H:%M").to_string() } else { then.format("%-d %B %-H:%M").to_string() }
}

/// The answer to an offer.
#[must_use]
pub fn offered(whom: &str, accept_ms: i64) -> String {
    format!("Offered to {whom}. It stays where it is until they accept; in {} the offer lapses.", span(accept_ms))
}

/// An offer takes the place of another.
pub const OFFER_REPLACED: &str = "The offer before this one no longer stands.";

/// A handoff without what the next one has to know.
#[must_use]
pub fn handoff_needs_note(to: &str) -> String {
    format!("Say what they have to know, and nothing was changed: /handoff {} refund over limit", shown(to))
}

fn shown(to: &str) -> String {
    let bare = to.trim_start_matches('@');
    // An id of the workspace says nothing to a reader.
    if bare.bytes().all(|b| b.is_ascii_digit()) { "@ana".to_owned() } else { name::preview(to, 40) }
}

/// Only a lead may override.
pub const ANYWAY_IS_FOR_LEADS: &str = "Only a lead can hand over to somebody away or full with --anyway.";

/// A handoff to the owner.
#[must_use]
pub fn handoff_to_owner(own: bool, owner: &str) -> String {
    if own {
        "It is yours already. Name somebody else, or /release it to the queue.".to_owned()
    } else {
        format!("It is {owner}'s already. Name somebody else.")
    }
}

/// A handoff to the team it is in.
#[must_use]
pub fn same_team(team: &str) -> String {
    format!("It is with {team} already. Name a person, or /release it to the queue of {team}.")
}

/// A team that cannot take anything.
#[must_use]
pub fn team_without_channel(team: &str) -> String {
    format!("The team {team} has no channel to work in: name one in the configuration first, or hand over to a person.")
}

/// Nobody of that name.
#[must_use]
pub fn nobody_called(typed: &str, known: bool, teams: &[&str]) -> String {
    let teams = teams.join(", ");
    let shown = format!("“{}”", name::preview(typed, 40));
    // An id of the workspace says nothing to a reader.
    let is_id = typed.trim_start_matches('@').bytes().all(|b| b.is_ascii_digit());
    if known || is_id {
        let who = if is_id { "That person" } else { &shown };
        return format!("{who} is not an agent here. Name an agent, or a team: {teams}.");
    }
    format!("There is no agent or team called {shown}. The teams are {teams}; people are offered while you type.")
}

/// Several of that name.
#[must_use]
pub fn several_called(typed: &str, n: usize, keys: &[&str]) -> String {
    let keys = keys.iter().map(|key| format!("@{key}")).collect::<Vec<_>>().join(", ");
    let how = if keys.is_empty() { "pick one from the list that opens while you type".to_owned() } else { keys };
    format!("{n} people are called “{}”. Say which: {how}.", name::preview(typed, 40))
}

/// Somebody cannot take a handoff now, with who can.
#[must_use]
pub fn cannot_be_handed(name: &str, standing: Standing, duty: &Duty, free: &[String], lead: bool) -> String {
    let why = match (&duty.availability, standing) {
        (Availability::Away { why, .. }, Standing::Away) if !why.is_empty() => format!("is away ({why})"),
        (_, Standing::Full) => format!("has {} of {}", duty.load, duty.capacity),
        (_, standing) => super::owner::is(standing).to_owned(),
    };
    let free = if free.is_empty() { "Nobody is free now".to_owned() } else { format!("Free now: {}", free.join(", ")) };
    let anyway = if lead { " To hand it over all the same, add --anyway." } else { "" };
    format!("{name} {why}, so nothing was changed. {free}.{anyway}")
}

/// The third handoff of one conversation, to the lead.
#[must_use]
pub fn handed_often(times: i64) -> String {
    format!("🔄 This is being handed over for the {} time. Perhaps it needs you.", ordinal(times))
}

fn ordinal(n: i64) -> String {
    let suffix = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{suffix}")
}

/// It is no longer being handed over: somebody else was faster, or it was withdrawn.
#[must_use]
pub fn no_longer_offered(owner: &str, for_ms: i64) -> String {
    let long = if for_ms < 60_000 { "since just now".to_owned() } else { format!("for {}", roughly(for_ms)) };
    format!("This is no longer being handed over: it is {owner}'s, {long}.")
}

/// The answer to an acceptance. `moved` is the team in whose channel it goes on, where that is another.
#[must_use]
pub fn accepted_reply(id: ConversationId, due: Option<Time>, moved: Option<&str>, now: Time) -> String {
    let yours = super::yours(id, due, now);
    match moved {
        Some(team) => format!("{yours} It goes on in a thread of {team}, where you are called."),
        None => yours,
    }
}

/// It is offered to somebody else.
#[must_use]
pub fn offered_to_other(whom: &str) -> String {
    format!("This is being handed to {whom}, who can accept or decline it.")
}

/// Asks why it is not taken.
#[must_use]
pub fn why_decline(id: ConversationId) -> Reply {
    let button = |reason: Reason, style| labelled(reason_label(reason), Button::DeclineFor(id, reason), style);
    Reply::text("Why not? Pick one, or type /decline and the reason in your words.").with(vec![
        button(Reason::Busy, Style::Secondary),
        button(Reason::WrongPerson, Style::Secondary),
        button(Reason::Incomplete, Style::Secondary),
    ])
}
fn reason_label(reason: Reason) -> &'static str {
    match reason {
        Reason::Busy => "No time now",
        Reason::WrongPerson => "Somebody else knows better",
        Reason::Incomplete => "Something is missing",
    }
}

/// A usual reason, as it is told.
#[must_use]
pub fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Busy => "no time now",
        Reason::WrongPerson => "somebody else knows better",
        Reason::Incomplete => "something is missing, please complete it first",
    }
}

/// A handoff was declined.
#[must_use]
pub fn declined(by: &str, why: &str) -> String {
    format!("🙅 {by} does not take this over: {}", why.trim_end_matches('.'))
}

/// The answer to that.
#[must_use]
pub fn declined_reply(stays: bool) -> &'static str {
    if stays { "They are told, and it stays with them." } else { "It goes back to the queue, since its owner is away." }
}

/// Nobody took it in time.
#[must_use]
pub fn nobody_took(whom: &str) -> String {
    format!("⌛ {whom} did not take this over in time")
}

/// What became of a handoff, and that it stays with its owner.
#[must_use]
pub fn stays_with(told: &str, owner: &str) -> String {
    format!("{told}. It stays with {owner}.")
}

/// The same where its owner is not there.
#[must_use]
pub fn goes_to_queue(told: &str, owner: &str) -> String {
    format!("{told}. {owner} is away, so it goes back to the queue.")
}

/// The post of a promise that is not kept yet.
#[must_use]
pub fn promise(mut post: Post) -> Post {
    post.notes.push("react with ✅ once it is kept".to_owned());
    post
}

/// Who handed it over in the place of its owner.
#[must_use]
pub fn in_place_of(owner: &str, by: &str) -> String {
    format!("{owner} (by {by})")
}

/// Who sent what went out beside Baton.
pub const OUTSIDE: &str = "Sent outside Baton";

/// What was said, with what became of it.
#[must_use]
pub fn with_fate(text: String, progress: Progress, deleted: bool, kept: bool) -> String {
    match progress {
        _ if kept => format!("✅ {text}"),
        _ if deleted => format!("{text} (deleted)"),
        Progress::Failed => format!("{text} (did not reach the customer)"),
        Progress::Uncertain => format!("{text} (perhaps did not reach the customer)"),
        _ => text,
    }
}
