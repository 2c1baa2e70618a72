//! Who owns a conversation, and how that came about.

use super::card::labelled;
use super::{because, roughly, span};
use crate::domain::card::{Post, Style};
use crate::domain::conversation::How;
use crate::domain::event::Button;
use crate::domain::ids::{ConversationId, Time};
use crate::domain::name;
use crate::domain::roster::{Priority, Standing, Strategy};
use crate::domain::routing::{By, Exclusion, Preference, Request, Wait};

/// To the new owner, where somebody else or Baton made them that.
#[must_use]
pub fn given((how, by): (How, &str), why: Option<&str>, note: &str, due: Option<Time>, now: Time) -> String {
    let mut text = match how {
        How::HandedOff => format!("🤝 This is yours now, from {by}"),
        How::Overridden => format!("📌 This is yours now, although you are away or full: {by} gave it to you"),
        How::Assigned => format!("📌 This is yours now: {by} gave it to you"),
        _ => "🎯 This is yours now".to_owned(),
    };
    if let Some(why) = why {
        text.push_str(&format!(": {why}"));
    }
    text.push('.');
    match due {
        Some(due) if due > now => text.push_str(&format!(" Answer within {}.", roughly(due.since(now)))),
        Some(due) => text.push_str(&format!(" The answer is {} late.", roughly(now.since(due)))),
        None => {}
    }
    // A handoff's note stands on its card.
    if !note.is_empty() && how != How::HandedOff {
        text.push_str(&format!(" Note: {note}"));
    }
    text
}

/// Why somebody was chosen, in brief.
#[must_use]
pub fn routed(request: &Request, by: By, able: i64) -> String {
    let of = if able == 1 { String::new() } else { format!(", of {able} who could") };
    match by {
        By::Preference(Preference::Account) => "named for this customer".to_owned(),
        By::Preference(Preference::LastOwner) => "had this customer last".to_owned(),
        By::Only => "the only one who could".to_owned(),
        By::Level => format!("best at {}{of}", request.skills.join(", ")),
        By::Strategy => format!("{}{of}", strategy(request.strategy)),
        By::LongestSince => format!("longest without a new one{of}"),
        By::Id => format!("the first of {able}, all alike"),
    }
}

/// What a strategy is called.
#[must_use]
pub fn strategy_name(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::RoundRobin => "round robin",
        Strategy::LeastLoaded => "least loaded",
        Strategy::LongestIdle => "longest idle",
        Strategy::Manual => "by hand",
    }
}

/// What a strategy looks for.
#[must_use]
pub fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::RoundRobin => "longest without a new one",
        Strategy::LeastLoaded => "least loaded",
        Strategy::LongestIdle => "longest idle",
        Strategy::Manual => "by hand",
    }
}

/// Somebody accepted what was handed to them.
#[must_use]
pub fn accepted(who: &str, from: &str) -> String {
    format!("🤝 {who} took this over from {from}.")
}

/// The answer to a successful claim, with how much its owner has now.
#[must_use]
pub fn claimed_reply(id: ConversationId, due: Option<Time>, (load, capacity): (i64, i64), now: Time) -> String {
    let yours = super::yours(id, due, now);
    if load > capacity {
        format!("{yours} You have {load} now, {} more than your {capacity}.", load - capacity)
    } else {
        yours
    }
}

/// A lead gave a conversation to somebody.
#[must_use]
pub fn assigned(id: ConversationId, name: &str, despite: Option<Standing>) -> String {
    match despite {
        None => format!("#{id} is {name}'s now."),
        Some(standing) => format!("#{id} is {name}'s now, although {name} {}. The record says so.", is(standing)),
    }
}

/// How somebody stands, after their name.
#[must_use]
pub fn is(standing: Standing) -> &'static str {
    match standing {
        Standing::Ready => "can take it",
        Standing::Full => "has as many as they may",
        Standing::Ramping => "has just come and got some already",
        Standing::Away => "is away",
        Standing::OffShift => "is not working now",
        Standing::Gone => "is no longer here",
    }
}

/// They own it already.
#[must_use]
pub fn theirs_already(name: &str) -> String {
    format!("It is {name}'s already.")
}

/// Only the owner can say that they are on it.
#[must_use]
pub fn only_the_owner(owner: &str) -> String {
    format!("It is {owner}'s: only {owner} can say that. /whois tells since when.")
}

/// Only leads or managers can do it.
#[must_use]
pub fn needs_rank(manager: bool) -> String {
    let who = if manager { "a manager" } else { "a lead or a manager" };
    format!("Only {who} can do that. Ask one of them.")
}

/// Nothing waits to be acknowledged.
pub const NOTHING_TO_ACK: &str = "Nobody is waiting to hear that: the customer has an answer, or you said so already.";

/// The owner is on it.
#[must_use]
pub fn on_it(name: &str) -> String {
    format!("👍 {name} is on it.")
}

/// The answer to that.
#[must_use]
pub fn acknowledged(due: Option<Time>, now: Time) -> String {
    match due {
        Some(due) if due > now => format!("Good. The customer is to have an answer within {}.", span(due.since(now))),
        _ => "Good. The customer is waiting: answer soon.".to_owned(),
    }
}

/// What becomes of what its owner does not show up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Somebody else is looked for.
    Others,
    /// It waits to be claimed.
    Queue,
    /// The lead has to decide.
    Lead,
    /// Nothing, until the customer writes.
    Rest,
}

/// What it does then, after "this".
#[must_use]
pub fn goes(next: Next) -> &'static str {
    match next {
        Next::Others => "goes to somebody else",
        Next::Queue => "goes back to the queue",
        Next::Lead => "goes to the lead",
        Next::Rest => "rests until the customer writes",
    }
}

/// A manager passed everything on that somebody owned, to a team.
#[must_use]
pub fn passed_on(by: &str, from: &str, team: &str, note: &str) -> String {
    format!("📌 {by} passed on to {team} what was {from}'s{}", because(note))
}

/// To the owner, halfway through their time. `then` where it is taken from them after that.
#[must_use]
pub fn remind(id: ConversationId, left_ms: i64, then: Option<Next>) -> Post {
    let then = then.map_or_else(String::new, |next| format!(" After that it {}.", goes(next)));
    Post::line(format!(
        "⏳ The customer is waiting. Answer within {}, or say that you are on it.{then}",
        roughly(left_ms)
    ))
    .with(vec![labelled("On it", Button::OnIt(id), Style::Primary)])
}

/// To the team, when the owner's time is nearly over.
#[must_use]
pub fn owner_is_silent(
    (id, customer, owner): (ConversationId, &str, &str),
    (silent_ms, left_ms): (i64, i64),
    then: Option<Next>,
) -> Post {
    let customer = name::preview(customer, 40);
    let then = then.map_or_else(String::new, |next| format!(" In {} it {}.", roughly(left_ms), goes(next)));
    Post::line(format!("⏰ #{id} {customer}: {owner} has not shown up for {}.{then}", roughly(silent_ms)))
}

/// The owner's time is over.
#[must_use]
pub fn lapsed(owner: &str, next: Next) -> String {
    format!("⌛ {owner} did not show up in time: this {}.", goes(next))
}

/// Too many let it lapse.
#[must_use]
pub fn lapsed_often(passes: i64) -> String {
    let times = if passes == 1 { "Its owner".to_owned() } else { format!("{passes} times its owner") };
    format!("🚨 {times} did not show up in time. It waits for you now: /assign @somebody, or Claim.")
}

/// To the lead: a person has to assign it.
#[must_use]
pub fn waits_for_person(why: Wait) -> String {
    let why = match why {
        Wait::Vip => "This customer is a VIP",
        Wait::Urgent => "This is urgent",
        Wait::Rule => "The rule for this leaves it to a person",
        Wait::Manual => "This team takes everything by hand",
        Wait::Lapsed => "This lapsed too often",
    };
    format!("🙋 {why}, so nobody was picked: /assign it to somebody, or press Claim.")
}

/// To the lead, once: nobody can take it.
#[must_use]
pub fn nobody_can(kept_out: &[(Exclusion, i64)]) -> String {
    let reasons = reasons(kept_out);
    let why = if reasons.is_empty() { "nobody is in this team".to_owned() } else { reasons };
    format!("🚨 Nobody can take this now: {why}. It waits in the queue.")
}

/// `2 away, 1 with as many as they may`.
#[must_use]
pub fn reasons(kept_out: &[(Exclusion, i64)]) -> String {
    let word = |out: &Exclusion| match out {
        Exclusion::Spent => "let it lapse or gave it back",
        Exclusion::Unskilled => "without the skill",
        Exclusion::Standing(Standing::Ready) => "free",
        Exclusion::Standing(Standing::Full) => "full",
        Exclusion::Standing(Standing::Ramping) => "just come",
        Exclusion::Standing(Standing::Away) => "away",
        Exclusion::Standing(Standing::OffShift) => "not working now",
        Exclusion::Standing(Standing::Gone) => "gone",
    };
    kept_out.iter().map(|(out, n)| format!("{n} {}", word(out))).collect::<Vec<_>>().join(", ")
}

/// A conversation goes to another team because nobody of its own could take it.
#[must_use]
pub fn overflows(from: &str, to: &str) -> String {
    format!("↪️ Nobody of {from} could take this for long: {to} does.")
}

/// The last line in a thread whose conversation goes on elsewhere.
#[must_use]
pub fn moved_to(team: &str) -> String {
    format!("➡️ This goes on with {team}:")
}

/// It waits for the customer.
#[must_use]
pub fn pending(name: &str) -> String {
    format!("⏸ {name} is waiting for the customer.")
}

/// It is left alone for a while.
#[must_use]
pub fn snoozed(name: &str, until: Option<Time>, now: Time) -> String {
    match until {
        Some(until) => format!("💤 {name} left this for {}, or until the customer writes.", span(until.since(now))),
        None => format!("💤 {name} left this until the customer writes."),
    }
}

/// It is no longer left alone.
pub const AWAKE: &str = "⏰ The time you left this for is over.";

/// How pressing it is has changed.
#[must_use]
pub fn prioritised(name: &str, priority: Priority) -> String {
    format!("🚩 {name} made the priority {}.", priority.as_str())
}

/// Nothing changed.
#[must_use]
pub fn same_priority(priority: Priority) -> String {
    format!("The priority is {} already.", priority.as_str())
}

/// The customer's tags.
#[must_use]
pub fn tagged(tags: &[String]) -> String {
    if tags.is_empty() {
        "The customer has no tags now.".to_owned()
    } else {
        format!("The customer's tags: {}.", tags.join(", "))
    }
}

/// More tags than make sense.
pub const TOO_MANY_TAGS: &str = "A customer can have 20 tags. Take some off first: /tag -old.";

/// Whether a customer is very important.
#[must_use]
pub fn vip(name: &str, on: bool) -> String {
    if on {
        format!("{name} is a VIP now: their conversations wait for a lead.")
    } else {
        format!("{name} is no VIP any more.")
    }
}

/// Nothing more is taken from a customer, or something is again.
#[must_use]
pub fn blocked(who: &str, customer: &str, on: bool, reason: &str) -> String {
    if on {
        let why = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
        format!("🚫 {who} blocked {customer}{why}: what they write is no longer taken.")
    } else {
        format!("{who} unblocked {customer}.")
    }
}

/// Why a conversation ended, for the record.
#[must_use]
pub fn blocked_because(reason: &str) -> String {
    if reason.is_empty() { "blocked".to_owned() } else { format!("blocked: {reason}") }
}

/// The customer of a conversation is blocked.
pub const CUSTOMER_IS_BLOCKED: &str = "This customer is blocked. /block off in their last thread undoes it.";

/// A conversation goes on elsewhere.
#[must_use]
pub fn continues_already(id: ConversationId) -> String {
    format!("This customer's conversation goes on in #{id}.")
}

/// It is not over.
pub const NOT_CLOSED: &str = "It is open already.";

/// Somebody continued a conversation.
#[must_use]
pub fn reopened_by(name: &str) -> String {
    format!("🔁 {name} opened this conversation again.")
}
