//! What people ask of the record: whose conversations, what was said in one, and where something was said.

use chrono::{DateTime, Datelike};
use chrono_tz::Tz;

use super::handoff::Said;
use super::{because, span};
use crate::domain::conversation::How;
use crate::domain::ids::{ConversationId, ThreadRef, Time};
use crate::domain::markup::{Block, Inline, Markup};
use crate::domain::name;
use crate::domain::reply::{Enclosed, Reply};

/// More conversations or changes than these are told in a file.
const SHOWN: usize = 8;
/// A transcript is cut to so many bytes: it is kept until it is delivered, and people have to read it.
const LARGEST: usize = 1_000_000;

/// A customer, as they are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// For display.
    pub name: String,
    /// With `+` or masked; empty when withheld.
    pub phone: String,
    /// The newest conversation with them and its thread.
    pub newest: Option<(ConversationId, ThreadRef)>,
}

/// A conversation of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Its number.
    pub id: ConversationId,
    /// Its thread; empty until it has one.
    pub thread: ThreadRef,
    /// Its team.
    pub team: String,
    /// When the customer's first message was written.
    pub opened_at: Time,
    /// Whose it is, or was when it ended; `None` for nobody's.
    pub owner: Option<String>,
    /// When it ended, who ended it and why.
    pub closed: Option<(Time, Option<String>, String)>,
    /// How long it took to the first answer, in milliseconds of open time.
    pub first_ms: Option<i64>,
}

/// A change of owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// When.
    pub at: Time,
    /// How; `None` for what this version does not know.
    pub how: Option<How>,
    /// Owner before.
    pub from: String,
    /// Owner after.
    pub to: String,
    /// Who caused it; `None` for the customer or Baton.
    pub by: Option<String>,
    /// The note given with it; may be empty.
    pub note: String,
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its conversation.
    pub id: ConversationId,
    /// The thread of that.
    pub thread: ThreadRef,
    /// The customer.
    pub customer: String,
    /// What was said, around what was sought.
    pub said: Said,
}

/// How moments are told: in this zone, at this moment.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Where the reader is.
    pub zone: Tz,
    /// When they read it.
    pub now: Time,
}

impl Told {
    fn local(self, at: Time) -> DateTime<Tz> {
        DateTime::from_timestamp_millis(at.0).unwrap_or_default().with_timezone(&self.zone)
    }

    /// `22 Nov 14:05`, with the year where it is another.
    fn moment(self, at: Time) -> String {
        let same_year = self.local(at).year() == self.local(self.now).year();
        self.local(at).format(if same_year { "%-d %b %H:%M" } else { "%-d %b %Y %H:%M" }).to_string()
    }

    /// `2026-11-22 14:05:09 +01:00`
    fn exact(self, at: Time) -> String {
        self.local(at).format("%Y-%m-%d %H:%M:%S %:z").to_string()
    }
}

fn line(text: String) -> Block {
    Block::Line(vec![Inline::Text(text)])
}

fn item(mut linked: Vec<Inline>, text: String) -> Block {
    linked.push(Inline::Text(text));
    Block::Item { number: None, text: linked }
}

fn link(id: ConversationId, thread: &ThreadRef) -> Inline {
    Inline::Thread { thread: thread.clone(), text: format!("#{id}") }
}

/// `/history` about one customer: `past` newest first, and `record` of the conversation it is about.
#[must_use]
pub fn history(
    customer: &Known,
    (past, count): (&[Past], i64),
    (about, record): (Option<ConversationId>, &[Changed]),
    told: Told,
) -> Reply {
    let phone = if customer.phone.is_empty() { String::new() } else { format!(", {}", customer.phone) };
    let many = match count {
        0 => "no conversation yet".to_owned(),
        1 => "one conversation".to_owned(),
        n => format!("{n} conversations, newest first"),
    };
    let head = format!("{phone}: {many}. Times are in {}.", told.zone);
    let mut blocks =
        vec![Block::Line(vec![Inline::Bold(vec![Inline::Text(customer.name.clone())]), Inline::Text(head)])];
    blocks.extend(past.iter().take(SHOWN).map(|one| item(vec![link(one.id, &one.thread)], of_past(one, told))));
    let mut skipped = past.len() > SHOWN;
    if let Some(id) = about {
        let title = if record.is_empty() { "has not changed hands." } else { "changed hands like this:" };
        blocks.push(line(format!("#{id} {title}")));
        let begin = record.len().saturating_sub(SHOWN);
        skipped |= begin > 0;
        blocks.extend(record[begin..].iter().map(|one| {
            let note = name::preview(&changed(one), 140);
            item(Vec::new(), format!("{}: {note}", told.moment(one.at)))
        }));
    }
    if !skipped {
        return Reply::of(Markup(blocks));
    }
    blocks.push(line("All of it is in the file.".to_owned()));
    let file =
        Enclosed::Text { name: "history.txt".to_owned(), text: history_file(past, count, (about, record), told) };
    Reply::of(Markup(blocks)).enclosing(file)
}

fn of_past(one: &Past, told: Told) -> String {
    let whose = match (&one.owner, &one.closed) {
        (_, Some((at, by, why))) => {
            let by = by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
            format!("closed {}{by}{}", told.moment(*at), because(&name::preview(why, 60)).trim_end_matches('.'))
        }
        (Some(owner), None) => format!("open, {owner}'s"),
        (None, None) => "open, nobody's".to_owned(),
    };
    let owner = match (&one.owner, &one.closed) {
        (Some(owner), Some(_)) => format!(", last {owner}'s"),
        _ => String::new(),
    };
    let first = one.first_ms.map_or_else(|| "no answer".to_owned(), |ms| format!("first answer after {}", span(ms)));
    format!(" {}: begun {}, {first}; {whose}{owner}", one.team, told.moment(one.opened_at))
}

fn history_file(
    past: &[Past],
    count: i64,
    (about, record): (Option<ConversationId>, &[Changed]),
    told: Told,
) -> String {
    let mut lines = vec![format!("Times are in {}.", told.zone), String::new()];
    lines.extend(past.iter().map(|one| format!("#{}{}", one.id, of_past(one, told))));
    let older = count - i64::try_from(past.len()).unwrap_or(count);
    if older > 0 {
        lines.push(format!("{older} older ones are left out."));
    }
    if let Some(id) = about {
        lines.extend([String::new(), format!("How #{id} changed hands:")]);
        lines.extend(record.iter().map(|one| format!("{}  {}", told.exact(one.at), changed(one))));
    }
    lines.join("\n") + "\n"
}

/// How an owner changed, in a sentence.
fn changed(one: &Changed) -> String {
    let Changed { from, to, by, note, .. } = one;
    let by = by.as_deref();
    let what = match one.how {
        Some(How::Claimed) => format!("{to} took it"),
        Some(How::Routed) => format!("Baton gave it to {to}"),
        Some(How::Assigned) => format!("{} gave it to {to}", by.unwrap_or("Baton")),
        Some(How::Overridden) => format!("{} gave it to {to}, although away or full", by.unwrap_or("Baton")),
        Some(How::HandedOff) => format!("{from} handed it to {to}"),
        Some(How::Released) => format!("{} gave it back", by.unwrap_or(from)),
        Some(How::TimedOut) => format!("it was taken from {from}, who did not answer in time"),
        Some(How::Left) => format!("it was taken from {from}, who was not there"),
        Some(How::Closed) => format!("{} closed it", by.unwrap_or("Baton")),
        Some(How::Reopened) => {
            by.map_or_else(|| "the customer wrote again".to_owned(), |by| format!("{by} opened it again"))
        }
        None => format!("from {from} to {to}"),
    };
    format!("{what}{}", because(note)).trim_end_matches('.').to_owned()
}

/// Several customers fit, or none does.
#[must_use]
pub fn which_customer(typed: &str, customers: &[Known]) -> Reply {
    let typed = name::preview(typed, 40);
    if customers.is_empty() {
        return Reply::text(format!(
            "No customer is called “{typed}”. Give a conversation's number, a phone with its country, a user name, or the beginning of a name."
        ));
    }
    let mut blocks = vec![line(format!("Several customers are called “{typed}”. Say which by a number:"))];
    blocks.extend(customers.iter().map(|one| {
        let phone = if one.phone.is_empty() { String::new() } else { format!(" {}", one.phone) };
        let (linked, how) = match &one.newest {
            Some((id, thread)) => (vec![link(*id, thread)], format!(": /history {id}")),
            None => (Vec::new(), String::new()),
        };
        let between = if linked.is_empty() { "" } else { " " };
        item(linked, format!("{between}{}{phone}{how}", one.name))
    }));
    Reply::of(Markup(blocks))
}

/// What a question about a conversation needs to know.
pub const WHOSE_HISTORY: &str =
    "Whose? Type it in a conversation's thread, or give a number, a name or a phone: /history +4915112345678.";

/// `/find`
#[must_use]
pub fn found(text: &str, hits: &[Hit], more: Option<i64>, customers: &[Known], told: Told) -> Reply {
    let shown = name::preview(text, 60);
    if hits.is_empty() && customers.is_empty() {
        return Reply::text(format!(
            "Nothing was said of “{shown}”, and no customer is called so. All words have to be there; each is found by its beginning."
        ));
    }
    let mut blocks = Vec::new();
    if !customers.is_empty() {
        blocks.push(line("Customers:".to_owned()));
        blocks.extend(customers.iter().map(|one| match &one.newest {
            Some((id, thread)) => item(vec![link(*id, thread)], format!(" {}: /history {id}", one.name)),
            None => item(Vec::new(), one.name.clone()),
        }));
    }
    if hits.is_empty() {
        blocks.push(line("Nothing was said of it.".to_owned()));
    } else {
        blocks.push(line(format!("Said, newest first, in {}:", told.zone)));
    }
    blocks.extend(hits.iter().map(|hit| {
        let whose = if hit.said.who == hit.customer { String::new() } else { format!(" to {}", hit.customer) };
        let whose = if hit.said.note { " noted".to_owned() } else { whose };
        let text = format!(" {} {}{whose}: {}", told.moment(hit.said.at), hit.said.who, hit.said.text);
        item(vec![link(hit.id, &hit.thread)], text)
    }));
    if let Some(page) = more {
        // Cut, it would be another search.
        let whole = if shown == text { text } else { "… the same" };
        blocks.push(line(format!("More: /find {whole} --page {page}")));
    }
    Reply::of(Markup(blocks))
}

/// `/transcript`: `said` and `record` in order, and whether nothing earlier was said.
#[must_use]
pub fn transcript_file(
    (id, customer, team): (ConversationId, &str, &str),
    (said, is_all): (&[Said], bool),
    record: &[Changed],
    told: Told,
) -> Reply {
    let mut lines: Vec<(Time, bool, String)> = said
        .iter()
        .map(|one| {
            let mark = if one.note { "[internal note] " } else { "" };
            // Further lines stand under the first.
            let text = one.text.replace('\n', "\n    ");
            (one.at, true, format!("{}  {mark}{}: {text}", told.exact(one.at), one.who))
        })
        .collect();
    lines.extend(record.iter().map(|one| (one.at, false, format!("{}  * {}", told.exact(one.at), changed(one)))));
    lines.sort_by_key(|(at, ..)| *at);
    let mut bytes = 0;
    let fits = lines.iter().rev().take_while(|(.., line)| {
        bytes += line.len() + 1;
        bytes <= LARGEST
    });
    let kept = &lines[lines.len() - fits.count()..];
    let left_out = kept.len() < lines.len() || !is_all;
    let mut text = format!("Conversation #{id} with {customer}, team {team}\nTimes are in {}.\n", told.zone);
    if left_out {
        text.push_str("The earliest messages are left out: a file has the newest 3000, and at most one megabyte.\n");
    }
    text.push('\n');
    for (.., line) in kept {
        text.push_str(line);
        text.push('\n');
    }
    let n = match kept.iter().filter(|(_, is_said, _)| *is_said).count() {
        1 => "one message".to_owned(),
        n => format!("{n} messages"),
    };
    let cut = if left_out { ", the newest ones" } else { "" };
    Reply::text(format!("Conversation #{id} with {customer}: {n}{cut}. The file has internal notes: keep it inside."))
        .enclosing(Enclosed::Text { name: format!("conversation-{id}.txt"), text })
}

#[cfg(test)]
mod tests {
    use super::*;

    // story: VI-03
    #[test]
    fn a_transcript_of_more_than_a_megabyte_keeps_what_is_newest() {
        let said = |n: i64| Said {
            who: "Maria".to_owned(),
            text: format!("{n} {}", "x".repeat(4_000)),
            at: Time(1_795_369_000_000 + n * 1_000),
            note: false,
            promise: false,
        };
        let all: Vec<Said> = (0..300).map(said).collect();
        let told = Told { zone: Tz::UTC, now: Time(1_795_370_000_000) };
        let about = (ConversationId(7), "Maria", "support");
        let cut = transcript_file(about, (&all, true), &[], told);
        let Some(Enclosed::Text { text, .. }) = cut.files.first() else { panic!("no file") };
        assert!((950_000..1_001_000).contains(&text.len()), "{}", text.len());
        assert!(text.contains("The earliest messages are left out"));
        let n = text.matches("Maria: ").count();
        assert!(text.contains("Maria: 299 ") && !text.contains(&format!("Maria: {} ", 299 - n)), "{n}");
        assert_eq!(
            cut.text.to_plain(),
            format!(
                "Conversation #7 with Maria: {n} messages, the newest ones. The file has internal notes: keep it inside."
            )
        );
        let whole = transcript_file(about, (&all[..3], true), &[], told);
        assert!(whole.text.to_plain().contains(": 3 messages. "), "{}", whole.text.to_plain());
    }
}
