//! Every sentence people read, in one place. Nothing here decides anything.

mod alarm;
mod board;
mod card;
mod chart;
mod clocks;
mod content;
mod course;
mod handoff;
mod identity;
mod outbound;
mod owner;
mod presence;
mod queue;
mod record;
mod report;
mod sla;
mod stats;
mod summary;
mod why;

use super::card::{Post, Speaker, Style};
use super::command::{COMMANDS, Misread, Spec};
use super::content::MediaKind;
use super::conversation::{Conversation, Ownership, Refusal};
use super::event::Button;
use super::ids::{ConversationId, MessageId, ThreadRef, Time};
use super::markup::{Block, Inline, Markup};
use super::name;
pub use alarm::{alarm, alarm_past, storm};
pub use board::board;
pub use card::{CardFacts, addressed, card, customer_name, labelled, thread_name};
pub use clocks::*;
pub use content::{content_text, customer_post, file_name, in_full, media_word, summary};
pub use course::courses;
pub use handoff::*;
pub use identity::{continues, joined_by, renamed, same_person};
pub use outbound::*;
pub use owner::*;
pub use presence::*;
pub use queue::*;
pub use record::*;
pub use report::{load, load_of, mine, no_such_team, unassigned};
pub use sla::deadlines;
pub use stats::{no_period, stats, too_much};
pub use summary::summary_of;
pub use why::{no_decision, why};

/// The file of a message is not there yet.
#[must_use]
pub fn file_coming(kind: MediaKind) -> String {
    format!("⏳ {} is still being fetched and follows", media_word(kind))
}

/// A file that the workspace does not take, at a Baton that has no public address.
#[must_use]
pub fn file_too_large(name: &str, size: u64) -> String {
    format!(
        "📦 {name} ({} MB) is too large to show here. Baton has it; set server.public_url to get a link.",
        size / 1_000_000
    )
}

/// The file of a message will not come.
#[must_use]
pub fn file_lost(kind: MediaKind, reason: &str) -> String {
    let reason = reason.trim_end_matches('.');
    format!("⚠️ {} could not be fetched: {reason}. Ask the customer to send it again.", media_word(kind))
}

/// The head of a customer's edited message, with the text it had.
#[must_use]
pub fn edited(earlier: &[String]) -> Vec<String> {
    earlier.iter().map(|text| format!("✏️ edited, before: {}", name::preview(text, 300))).collect()
}

/// A customer deleted their message.
pub const REVOKED: &str = "🗑 deleted by the customer; the text above is what they had written";

/// An agent changed a message after it was sent; `earlier` is what was sent.
#[must_use]
pub fn still_sees(earlier: &str) -> String {
    let earlier = name::preview(earlier, 80);
    format!("ℹ️ The customer still sees the earlier text, “{earlier}”: WhatsApp lets nobody change a sent message.")
}

/// An agent deleted a message after it was sent.
#[must_use]
pub fn still_has(text: &str) -> String {
    format!("ℹ️ That message was already sent: the customer still sees “{text}”.")
}

/// A message was taken back in time.
pub const TAKEN_BACK: &str = "↩️ Taken back before it was sent.";

/// Somebody became the owner.
#[must_use]
pub fn claimed(who: &str) -> String {
    format!("🙋 {who} took this conversation.")
}

/// The owner gave it back.
#[must_use]
pub fn released(who: &str, reason: &str) -> String {
    format!("↩️ {who} gave this conversation back to the queue{}", because(reason))
}

/// Somebody ended it.
#[must_use]
pub fn closed(who: &str, reason: &str) -> String {
    format!("✅ {who} closed this conversation{}", because(reason))
}

pub(super) fn because(reason: &str) -> String {
    if reason.is_empty() { ".".to_owned() } else { format!(": {reason}") }
}

/// The customer wrote again after the end.
pub const REOPENED: &str = "🔁 The customer wrote again: this conversation is open.";

/// The answer to a successful claim.
#[must_use]
pub fn yours(id: ConversationId, due: Option<Time>, now: Time) -> String {
    match due {
        Some(due) => format!("#{id} is yours. The customer is to have an answer within {}.", span(due.since(now))),
        None => format!("#{id} is yours. The customer is not waiting for an answer."),
    }
}

/// A length of time in words, never negative: `4 min`, `1 h 20 min`.
#[must_use]
pub fn span(ms: i64) -> String {
    let secs = ms.max(0) / 1000;
    match secs {
        0..=59 => format!("{secs} s"),
        60..=3599 => {
            let (min, rest) = (secs / 60, secs % 60);
            match (min, rest) {
                (min, 0) => format!("{min} min"),
                (0..=4, rest) => format!("{min} min {rest} s"),
                (min, rest) => format!("{} min", min + i64::from(rest >= 30)),
            }
        }
        3600..=172_799 => {
            let (hours, min) = (secs / 3600, secs % 3600 / 60);
            if min == 0 { format!("{hours} h") } else { format!("{hours} h {min} min") }
        }
        _ => format!("{} days", secs / 86_400),
    }
}

/// A length of time as people say it: `25 s`, `3 min`, `2 h`; never none.
#[must_use]
pub fn roughly(ms: i64) -> String {
    let secs = (ms.max(0) + 999) / 1000;
    let nearest = |unit: i64| (secs + unit / 2) / unit;
    match secs {
        0..=55 => format!("{} s", (secs.max(1) + 4) / 5 * 5),
        56..=5_369 => format!("{} min", nearest(60)),
        5_370..=172_799 => format!("{} h", nearest(3_600)),
        _ => format!("{} days", nearest(86_400)),
    }
}

/// How long ago something was.
#[must_use]
pub fn ago(ms: i64) -> String {
    if ms < 60_000 { "just now".to_owned() } else { format!("{} ago", roughly(ms)) }
}

/// Why a change of owner did not happen. `name` gives the name of whoever the refusal is about.
#[must_use]
pub fn refusal(refusal: Refusal, name: &str, now: Time) -> String {
    match refusal {
        Refusal::OwnedBy { since, .. } => format!("{name} took it {} ago.", span(now.since(since))),
        Refusal::AlreadyYours => "It is yours already: write in its thread to answer.".to_owned(),
        Refusal::NotOwned => "Nobody owns it: press Claim to take it.".to_owned(),
        Refusal::Closed => "It is closed. It opens again by itself when the customer writes.".to_owned(),
    }
}

/// A command outside any conversation's thread.
pub const WHICH: &str = "Which conversation? Type it in the conversation's thread, or give its number: /claim 12.";

/// A number that stands for no conversation.
#[must_use]
pub fn no_such(id: ConversationId) -> String {
    format!("There is no conversation #{id}. Its number is on its card.")
}

/// A button whose message is gone or decided.
pub const SETTLED: &str = "That is settled already.";

/// Only the author decides over a held message.
#[must_use]
pub fn not_your_draft(author: &str) -> String {
    format!("That message is {author}'s to decide about.")
}

/// Somebody without the role tried.
#[must_use]
pub fn not_allowed(roles: &str) -> String {
    format!("Only agents can do that here. Ask somebody who runs this workspace to give you {roles}.")
}

/// Only the owner can do it.
#[must_use]
pub fn owners_only(owner: &str) -> String {
    format!("Only {owner}, who owns it, or a lead can do that.")
}

/// The prompt under a message written in a thread that nobody owns.
#[must_use]
pub fn held_unowned(message: MessageId, author: &str) -> Post {
    Post::line(format!("{author}, nobody owns this conversation yet, so your message was not sent.")).with(vec![
        labelled("Claim and send", Button::ClaimAndSend(message), Style::Primary),
        labelled("Keep as note", Button::KeepAsNote(message), Style::Secondary),
    ])
}

/// The prompt under a message written in somebody else's thread.
#[must_use]
pub fn held_owned(message: MessageId, author: &str, owner: &str, may_send: bool) -> Post {
    let mut buttons = vec![labelled("Keep as note", Button::KeepAsNote(message), Style::Primary)];
    if may_send {
        buttons.insert(0, labelled("Send as reply", Button::SendAsReply(message), Style::Secondary));
    }
    Post::line(format!("{author}, {owner} owns this conversation, so your message stayed inside.")).with(buttons)
}

/// A message that failed, with the way to try again.
#[must_use]
pub fn send_failed(message: MessageId, author: &str, reason: &str, again: bool) -> Post {
    let post = Post::line(format!("⚠️ {author}, your message did not reach the customer: {reason}"));
    if again {
        return post.with(vec![labelled("Send again", Button::SendAgain(message), Style::Primary)]);
    }
    post
}

/// A message of which nobody knows whether it arrived.
#[must_use]
pub fn send_uncertain(message: MessageId, author: &str) -> Post {
    Post::line(format!(
        "❓ {author}, WhatsApp took your message without saying so: it may or may not have arrived, and nothing was sent twice. \
         Sending again may show it twice."
    ))
    .with(vec![
        labelled("Send again", Button::SendAgain(message), Style::Danger),
        labelled("It arrived", Button::Arrived(message), Style::Secondary),
    ])
}

/// The 24 hour window is over.
pub const WINDOW_CLOSED: &str =
    "the customer wrote more than 24 hours ago, and WhatsApp then takes approved templates only: /template sends one.";

/// A reply to the customer of a closed conversation.
pub const CLOSED_REPLY: &str =
    "This conversation is closed, so your message stayed inside as a note. It opens again when the customer writes.";

/// A command that was typed as text.
#[must_use]
pub fn mistyped(author: &str, raw: &str) -> String {
    let typed = raw.split_whitespace().next().unwrap_or_default();
    let meant = match super::command::parse(typed) {
        Ok(_) | Err(Misread::Missing { .. } | Misread::Wrong { .. }) => {
            "To use a command, pick it from the list that opens when you type /.".to_owned()
        }
        Err(Misread::Unknown { nearest: Some(spec), .. }) => {
            format!("Did you mean /{}? Pick it from the list that opens when you type /.", spec.name)
        }
        Err(Misread::Unknown { nearest: None, .. }) => "/reply sends it all the same.".to_owned(),
    };
    format!("{author}, that looks like a command, so it stayed inside as a note. {meant}")
}

/// Somebody without the role wrote in a thread.
#[must_use]
pub fn stayed_inside(author: &str) -> String {
    format!("{author}, you are not an agent here, so your message stayed inside as a note.")
}

/// A thread that was deleted by somebody.
pub const REMADE: &str = "♻️ The earlier thread of this conversation was deleted. Its messages are in Baton's record.";

/// `/whois`
#[must_use]
pub fn whois(conversation: &Conversation, owner: &str, now: Time) -> String {
    let id = conversation.id;
    let who = match conversation.ownership {
        Ownership::Waiting => format!("#{id} has no owner."),
        Ownership::Owned { since, .. } => format!("#{id} is {owner}'s, for {}.", span(now.since(since))),
        Ownership::Closed { at, .. } => format!("#{id} was closed {} ago.", span(now.since(at))),
    };
    let wait = match (conversation.waiting_since.some(), conversation.due_at.some()) {
        (Some(since), Some(due)) if due > now => {
            format!(
                " The customer has waited {} and is to have an answer within {}.",
                span(now.since(since)),
                span(due.since(now))
            )
        }
        (Some(since), Some(due)) => {
            format!(" The customer has waited {}; the answer is {} late.", span(now.since(since)), span(now.since(due)))
        }
        _ => " The customer is not waiting.".to_owned(),
    };
    who + &wait
}

/// `/help`, or about one command where there is one of that name.
#[must_use]
pub fn help(about: &str) -> Markup {
    if let Some(spec) = COMMANDS.iter().find(|spec| spec.name == about) {
        return help_about(spec);
    }
    let unknown = (!about.is_empty()).then(|| format!("There is no /{}.", name::preview(about, 30)));
    let first = "What the owner writes in a thread goes to the customer. Start with // to keep it inside.".to_owned();
    let lines = unknown.into_iter().chain([first]);
    let mut blocks: Vec<Block> = lines.map(|text| Block::Line(vec![Inline::Text(text)])).collect();
    blocks.extend(COMMANDS.iter().map(|spec| Block::Item {
        number: None,
        text: vec![Inline::Code(format!("/{}", spec.name)), Inline::Text(format!(" {}", spec.brief()))],
    }));
    blocks.push(Block::Line(vec![Inline::Text("More about one of them: /help handoff".to_owned())]));
    Markup(blocks)
}

fn help_about(spec: &Spec) -> Markup {
    let usage = format!("/{} {}", spec.name, spec.usage()).trim_end().to_owned();
    let mut blocks = vec![
        Block::Line(vec![Inline::Code(usage), Inline::Text(format!(" {}", spec.about))]),
        Block::Line(vec![Inline::Text("For example: ".to_owned()), Inline::Code(spec.example.to_owned())]),
    ];
    blocks.extend(spec.args.iter().map(|arg| Block::Item {
        number: None,
        text: vec![Inline::Bold(vec![Inline::Text(arg.name.to_owned())]), Inline::Text(format!(": {}", arg.about))],
    }));
    Markup(blocks)
}

/// A command that was not understood, with one that works.
#[must_use]
pub fn misread(misread: &Misread) -> String {
    match misread {
        Misread::Unknown { typed, nearest: Some(spec) } => {
            format!(
                "There is no /{}. Did you mean /{}? For example: {}",
                name::preview(typed, 30),
                spec.name,
                spec.example
            )
        }
        Misread::Unknown { typed, nearest: None } => {
            format!("There is no /{}. /help lists the commands.", name::preview(typed, 30))
        }
        Misread::Missing { what, spec } => format!("/{} needs {what}. For example: {}", spec.name, spec.example),
        Misread::Wrong { typed, expected, spec } => {
            format!("“{}” is not {expected}. For example: {}", name::preview(typed, 30), spec.example)
        }
    }
}

/// Whoever starts to write while somebody else is at it.
#[must_use]
pub fn somebody_writes(who: &str) -> String {
    format!("✍️ {who} is answering here already.")
}

/// A note was kept.
pub const NOTED: &str = "📝 Kept as a note. The customer does not see it.";

/// A reply was taken.
pub const SENDING: &str = "📨 On its way to the customer.";

/// Somebody says that an uncertain message arrived.
pub const MARKED_ARRIVED: &str = "Good. It counts as sent.";

/// What an agent said by a command, shown in the thread.
#[must_use]
pub fn spoken(name: &str, text: Markup, note: bool) -> Post {
    let notes = if note { vec!["📝 internal note".to_owned()] } else { vec!["📨 to the customer".to_owned()] };
    Post {
        speaker: Speaker::Agent(name.to_owned()),
        text,
        notes,
        buttons: Vec::new(),
        mentions: Vec::new(),
        leads_to: ThreadRef::default(),
        files: Vec::new(),
    }
}

/// The operator's notice: a number cannot send.
#[must_use]
pub fn number_stopped(reason: &str) -> String {
    format!(
        "🛑 A WhatsApp number cannot send: {reason} What agents write is kept; once that is mended, they can send it again."
    )
}

/// The operator's notice: a number or its token has to be mended, and what waits goes out after that.
#[must_use]
pub fn number_waits(reason: &str) -> String {
    format!("🛑 A WhatsApp number cannot send: {reason} What agents write waits, and goes out once that is mended.")
}

/// The operator's notice: a channel is gone.
#[must_use]
pub fn channel_gone(reason: &str) -> String {
    format!(
        "🛑 A channel that cards are posted in is gone ({reason}). Name another in the configuration and start again; then `baton dead-letters replay` posts what is waiting."
    )
}

/// The operator's notice: a permission is missing.
#[must_use]
pub fn forbidden(reason: &str) -> String {
    format!(
        "🛑 Baton may not do something it needs to here: {reason} `baton check` names the missing permission; after that `baton dead-letters replay` does what was refused."
    )
}

/// The operator's notice: something could not be delivered.
#[must_use]
pub fn undeliverable(outbox: super::ids::OutboxId, reason: &str) -> String {
    format!(
        "⚠️ Something could not be delivered: {reason} It is kept as dead letter o{outbox}: `baton dead-letters list`."
    )
}

/// A held message was sent by its author's choice.
pub const SENT_BY_CHOICE: &str = "Sent to the customer.";

/// A file an agent posted that cannot be passed on.
#[must_use]
pub fn file_unsent(name: &str, reason: &str) -> String {
    format!("⚠️ {} was not sent to the customer: {reason}", name::preview(name, 60))
}
