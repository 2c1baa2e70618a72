//! Prepared words for customers.

use chrono_tz::Tz;

use super::content::content_text;
use super::spoken;
use crate::domain::card::{Post, Speaker};
use crate::domain::content::Content;
use crate::domain::ids::{ConversationId, Time};
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::name;
use crate::domain::template::{Filled, Template, Unfilled};

/// The places a prepared text may have, each between `{` and `}`.
pub const PLACES: [&str; 4] = ["customer", "agent", "number", "opens"];

/// What stands in the places of a prepared text.
#[derive(Debug, Clone)]
pub struct Places {
    /// `{customer}`
    pub customer: String,
    /// `{agent}`
    pub agent: String,
    /// `{number}`
    pub number: ConversationId,
    /// `{opens}`: when the team works again, and in which zone that is told.
    pub opens: Option<(Time, Tz)>,
    /// Now.
    pub now: Time,
}

/// A prepared text with its places filled.
#[must_use]
pub fn filled(text: &str, places: &Places) -> String {
    let opens = places.opens.map_or_else(String::new, |(at, zone)| moment(at, zone, places.now));
    let values = [
        ("{customer}", places.customer.as_str()),
        ("{agent}", places.agent.as_str()),
        ("{number}", &places.number.to_string()),
        ("{opens}", &opens),
    ];
    // Once through the text, so that what customers call themselves is not filled again.
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        match values.iter().find(|(place, _)| rest.starts_with(place)) {
            Some((place, value)) => {
                out.push_str(value);
                rest = &rest[place.len()..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// A moment as customers read it: `today at 14:00`, `on Monday at 9:00`, `on 1 December at 9:00`.
fn moment(at: Time, zone: Tz, now: Time) -> String {
    let local = |time: Time| chrono::DateTime::from_timestamp_millis(time.0).map(|utc| utc.with_timezone(&zone));
    let (Some(then), Some(today)) = (local(at), local(now)) else { return String::new() };
    let clock = then.format("%-H:%M");
    match (then.date_naive() - today.date_naive()).num_days() {
        0 => format!("today at {clock}"),
        1 => format!("tomorrow at {clock}"),
        2..=6 => format!("on {} at {clock}", then.format("%A")),
        _ => format!("on {} at {clock}", then.format("%-d %B")),
    }
}

/// What is said without a person, in the thread.
#[must_use]
pub fn automatic(content: &Content) -> Post {
    Post { speaker: Speaker::Automatic, text: content_text(content), ..Post::line("") }
}

/// What was said without a person did not arrive.
#[must_use]
pub fn automatic_failed(text: &str, reason: &str) -> String {
    format!("⚠️ “{text}”, sent automatically, did not reach the customer: {reason}")
}

/// The same where nobody knows.
#[must_use]
pub fn automatic_uncertain(text: &str) -> String {
    format!("❓ “{text}”, sent automatically, may or may not have reached the customer: WhatsApp did not say.")
}

/// A customer said how it was.
#[must_use]
pub fn rated(customer: &str, label: &str) -> String {
    format!("⭐ {customer} about this conversation: {label}")
}

/// A prepared text before it is sent.
#[must_use]
pub fn canned_preview(text: &str) -> Markup {
    let mut blocks = vec![Block::Line(vec![Inline::Text("This is what the customer would read:".to_owned())])];
    blocks.extend(text.split('\n').map(|line| Block::Quote(vec![Inline::Text(line.to_owned())])));
    Markup(blocks)
}

/// There is no prepared text of that name.
#[must_use]
pub fn no_canned(typed: &str, names: &[&str]) -> String {
    let typed = name::preview(typed, 40);
    if names.is_empty() {
        return format!(
            "There is no prepared text “{typed}”, nor any other: the configuration has none under [canned]."
        );
    }
    format!("There is no prepared text “{typed}”. There are: {}.", names.join(", "))
}

/// A held text was dropped.
pub const DISCARDED: &str = "Dropped. Nothing was sent.";

/// There is no template of that name.
#[must_use]
pub fn no_template(typed: &str) -> String {
    let typed = name::preview(typed, 40);
    format!("There is no approved template “{typed}”. They are listed while you type /template.")
}

/// A template in several languages.
#[must_use]
pub fn which_language(typed: &str, languages: &[&str]) -> String {
    let typed = name::preview(typed, 40);
    let first = languages.first().copied().unwrap_or("en");
    format!("“{typed}” exists in {}. Say which: {typed}:{first}", languages.join(", "))
}

/// A template that cannot be filled in like that.
#[must_use]
pub fn unfilled(template: &Template, unfilled: &Unfilled) -> String {
    match unfilled {
        Unfilled::Unfit(why) => format!("This template cannot be sent from here: {why}"),
        Unfilled::Value(value) => format!(
            "“{}” cannot stand in a template: no line breaks, tabs or more than four spaces in a row, and not nothing.",
            name::preview(value, 40)
        ),
        Unfilled::Parameters { wanted, given } => {
            let given = match given {
                0 => "none was given".to_owned(),
                1 => "1 was given".to_owned(),
                n => format!("{n} were given"),
            };
            let takes = match wanted.len() {
                0 => return format!("“{}” takes no values, and {given}.", template.name),
                1 => "1 value".to_owned(),
                n => format!("{n} values"),
            };
            let example = wanted.iter().map(|name| format!("‹{name}›")).collect::<Vec<_>>().join(" | ");
            let lines = [template.header.as_str(), template.body.as_str()];
            let text = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" / ");
            let apart = if wanted.len() > 1 { ", with | between" } else { "" };
            let text = name::preview(&text, 160);
            format!("“{}” takes {takes}, and {given}. It reads: “{text}” Give{apart}: {example}", template.name)
        }
    }
}

/// A template an agent sent, in the thread.
#[must_use]
pub fn template_post(agent: &str, filled: &Filled) -> Post {
    let mut post = spoken(agent, Markup::plain(&filled.text), false);
    post.notes = vec![format!("📨 to the customer, as template {} ({})", filled.name, filled.language)];
    post
}

/// The opening of a conversation that we began.
#[must_use]
pub fn we_wrote_first(agent: &str, text: &str) -> String {
    name::preview(&format!("{agent} wrote first: {text}"), 300)
}

/// A conversation that we began.
#[must_use]
pub fn contacted(id: ConversationId) -> String {
    format!("On its way. #{id} is yours.")
}

/// There is no number to write from.
pub const NO_NUMBER: &str = "There is no business number to write from in the configuration.";
