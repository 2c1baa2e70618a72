//! The commands, by one grammar for every workspace. Each verb about a conversation works in its thread, and from anywhere
//! with the conversation's short number (`#12`, or `12` where no free text could begin with it) as its first word.

mod specs;

use super::contact;
use super::ids::ConversationId;
use super::period;
use super::roster::Priority;
pub use specs::{Arg, COMMANDS, Kind, Spec};

/// A command, understood: what it does, and to which conversation when that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The conversation's number, when it was given.
    pub number: Option<ConversationId>,
    /// What it does.
    pub verb: Verb,
}

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Become the owner.
    Claim,
    /// Give the conversation back, with a reason.
    Release(String),
    /// The owner is on it.
    Ack,
    /// Make somebody the owner.
    Assign {
        /// Whom, as typed.
        to: String,
        /// What they should know; may be empty.
        note: String,
    },
    /// Pass it on.
    Handoff {
        /// To whom or which team, as typed.
        to: String,
        /// What they should know; may be empty.
        note: String,
        /// Whether presence and capacity are to be overridden.
        anyway: bool,
    },
    /// Take what is being passed on.
    Accept,
    /// Do not take it, with a reason.
    Decline(String),
    /// Keep a note.
    Note(String),
    /// Send a message.
    Reply(String),
    /// Send a prepared text.
    Canned(String),
    /// Send a template.
    Template {
        /// Its name, perhaps with its language: `order_update:es`.
        name: String,
        /// The rest as typed.
        values: String,
    },
    /// Write to somebody first.
    Contact {
        /// The phone's digits.
        phone: String,
        /// The template's name.
        name: String,
        /// The rest as typed.
        values: String,
    },
    /// End it, with a reason.
    Close(String),
    /// Continue it after its end.
    Reopen,
    /// It waits for the customer.
    Pending,
    /// Leave it until a time, or until the customer writes.
    Snooze(String),
    /// How pressing it is.
    Priority(Priority),
    /// Put tags on the customer, or take them off.
    Tag {
        /// To be put on.
        on: Vec<String>,
        /// To be taken off.
        off: Vec<String>,
    },
    /// The customer is a very important person, or not.
    Vip(bool),
    /// Who owns it.
    Whois,
    /// How its deadlines came about.
    Sla,
    /// Why it went to whom it went.
    Why,
    /// The asker is away, perhaps until a time and for a reason.
    Away(String),
    /// The asker is there, whatever their hours say.
    Available,
    /// The asker is back.
    Back,
    /// Pass on everything somebody owns.
    Reassign {
        /// Whose.
        from: String,
        /// To whom or which team.
        to: String,
        /// What they should know.
        note: String,
    },
    /// Take no more of a customer, or again.
    Block {
        /// Block, or undo it.
        on: bool,
        /// Why.
        reason: String,
    },
    /// What the people of a team carry, or of every team, or one of them after `@`.
    Load(String),
    /// What nobody of a team owns, or of every team; which page.
    Unassigned(String, i64),
    /// What waits for an owner of a team, or of every team, in the order in which it is given out; which page.
    Queue(String, i64),
    /// What the asker owns.
    Mine,
    /// The conversations of a customer: by name, user name or phone, or of the conversation at hand when empty.
    History(String),
    /// Everything said in a conversation.
    Transcript,
    /// What was said, by its words; which page.
    Find(String, i64),
    /// How a period went for a team or somebody, both as typed.
    Stats(String, String),
    /// What there is, or one of it.
    Help(String),
}

/// Why a command was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misread {
    /// There is no such command; perhaps this one was meant.
    Unknown {
        /// What was typed.
        typed: String,
        /// The nearest that exists.
        nearest: Option<&'static Spec>,
    },
    /// Something is missing.
    Missing {
        /// What, as a noun.
        what: &'static str,
        /// The command.
        spec: &'static Spec,
    },
    /// Something else was expected.
    Wrong {
        /// What was typed.
        typed: String,
        /// What was expected, as a noun.
        expected: &'static str,
        /// The command.
        spec: &'static Spec,
    },
}

/// Reads a command without its slash.
///
/// # Errors
/// With what is wrong, so that the reader can be shown the right one.
pub fn parse(text: &str) -> Result<Command, Misread> {
    let text = text.trim().trim_start_matches('/');
    let (verb, rest) = word(text);
    let verb = verb.to_lowercase();
    let Some(spec) = COMMANDS.iter().find(|spec| spec.name == verb) else {
        return Err(Misread::Unknown { nearest: nearest(&verb), typed: verb });
    };
    let (number, rest) = numbered(spec, rest);
    let verb = Reading { spec }.verb(rest)?;
    if number.is_none() && !rest.is_empty() && spec.takes_only_number() {
        return Err(Misread::Wrong { typed: rest.to_owned(), expected: "a conversation's number", spec });
    }
    Ok(Command { number, verb })
}

/// The conversation's number at the start, and what follows. A bare number counts only where the words that follow are for
/// Baton and the team: in "/reply 2 parcels left" it is part of the text.
fn numbered<'a>(spec: &Spec, text: &'a str) -> (Option<ConversationId>, &'a str) {
    let (first, rest) = word(text);
    let number = match first.strip_prefix('#') {
        Some(digits) if spec.in_conversation() => digits,
        None if spec.in_conversation() && !spec.speaks() => first,
        _ => return (None, text),
    };
    if number.is_empty() || number.len() > 12 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return (None, text);
    }
    match number.parse().ok().filter(|n| *n > 0) {
        Some(n) => (Some(ConversationId(n)), rest),
        None => (None, text),
    }
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (first, rest.trim())
}

struct Reading {
    spec: &'static Spec,
}

impl Reading {
    fn verb(&self, rest: &str) -> Result<Verb, Misread> {
        let owned = || rest.to_owned();
        Ok(match self.spec.name {
            "claim" => Verb::Claim,
            "release" => Verb::Release(owned()),
            "ack" => Verb::Ack,
            "assign" => {
                let (to, note) = self.first(rest, "somebody")?;
                Verb::Assign { to, note }
            }
            "handoff" => {
                let (anyway, rest) = without_flag(rest, "--anyway");
                let (to, note) = self.first(&rest, "somebody or a team")?;
                Verb::Handoff { to, note, anyway }
            }
            "accept" => Verb::Accept,
            "decline" => Verb::Decline(owned()),
            "note" => Verb::Note(self.some(rest, "a text")?),
            "reply" => Verb::Reply(self.some(rest, "a text")?),
            "canned" => Verb::Canned(self.first(rest, "the name of a prepared text")?.0),
            "template" => {
                let (name, values) = self.first(rest, "the name of a template")?;
                Verb::Template { name, values }
            }
            "contact" => {
                let (phone, rest) = self.phone(&self.some(rest, "a phone number")?)?;
                let (name, values) = self.first(&rest, "the name of a template")?;
                Verb::Contact { phone, name, values }
            }
            "close" => Verb::Close(owned()),
            "reopen" => Verb::Reopen,
            "pending" => Verb::Pending,
            "snooze" => Verb::Snooze(self.some(rest, "a time")?),
            "priority" => {
                let typed = self.some(rest, "a priority")?;
                Verb::Priority(
                    Priority::parse(&typed).ok_or_else(|| self.wrong(&typed, "low, normal, high or urgent"))?,
                )
            }
            "tag" => self.tags(rest)?,
            "vip" => Verb::Vip(self.switch(rest)?),
            "whois" => Verb::Whois,
            "sla" => Verb::Sla,
            "why" => Verb::Why,
            "load" => Verb::Load(owned()),
            "unassigned" => self.page(rest, Verb::Unassigned)?,
            "queue" => self.page(rest, Verb::Queue)?,
            "mine" => Verb::Mine,
            "history" => Verb::History(owned()),
            "transcript" => Verb::Transcript,
            "find" => self.find(rest)?,
            "stats" => match word(rest) {
                (first, "") if period::is_meant(first) => Verb::Stats(String::new(), first.to_owned()),
                (first, rest) => Verb::Stats(first.to_owned(), rest.to_owned()),
            },
            "away" => Verb::Away(owned()),
            "available" => Verb::Available,
            "back" => Verb::Back,
            "reassign" => {
                let (from, rest) = self.first(rest, "whose conversations")?;
                let (to, note) = self.first(&rest, "to whom")?;
                Verb::Reassign { from, to, note }
            }
            "block" => match word(rest) {
                ("off", _) => Verb::Block { on: false, reason: String::new() },
                ("on", reason) => Verb::Block { on: true, reason: reason.to_owned() },
                _ => Verb::Block { on: true, reason: owned() },
            },
            _ => Verb::Help(rest.trim_start_matches('/').to_lowercase()),
        })
    }

    fn wrong(&self, typed: &str, expected: &'static str) -> Misread {
        Misread::Wrong { typed: typed.to_owned(), expected, spec: self.spec }
    }

    fn some(&self, rest: &str, what: &'static str) -> Result<String, Misread> {
        if rest.is_empty() { Err(Misread::Missing { what, spec: self.spec }) } else { Ok(rest.to_owned()) }
    }

    fn first(&self, rest: &str, what: &'static str) -> Result<(String, String), Misread> {
        let (first, after) = word(rest);
        Ok((self.some(first, what)?, after.to_owned()))
    }

    /// The digits of `+49 151 12-34…`, and what follows.
    fn phone(&self, text: &str) -> Result<(String, String), Misread> {
        let belongs = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-()./".contains(c);
        let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
        // A name may begin with digits.
        let end = if end < text.len() { text[..end].rfind(char::is_whitespace).unwrap_or(0) } else { end };
        let (typed, rest) = text.split_at(end);
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        if typed.starts_with('+') && (7..=15).contains(&digits.len()) {
            return Ok((digits, rest.trim().to_owned()));
        }
        let typed = if typed.trim().is_empty() { word(text).0 } else { typed.trim() };
        Err(self.wrong(typed, "a phone number like +4915112345678"))
    }

    /// `support 2`, `support`, `2` or nothing.
    fn page(&self, rest: &str, of: fn(String, i64) -> Verb) -> Result<Verb, Misread> {
        let (first, second) = word(rest);
        let (team, page) = match second {
            "" if first.bytes().all(|b| b.is_ascii_digit()) => ("", first),
            page => (first, page),
        };
        let page = if page.is_empty() { Some(1) } else { page.parse().ok().filter(|page| (1..=1_000).contains(page)) };
        let page = page.ok_or_else(|| self.wrong(rest, "a team, or a team and the number of a page"))?;
        Ok(of(team.to_owned(), page))
    }

    /// `blue bike`, `blue bike --page 2`
    fn find(&self, rest: &str) -> Result<Verb, Misread> {
        let (text, page) = rest.rsplit_once("--page").unwrap_or((rest, "1"));
        let page = page.trim().parse().ok().filter(|page| (1..=100).contains(page));
        let page = page.ok_or_else(|| self.wrong(rest, "something to look for and a page up to 100"))?;
        Ok(Verb::Find(self.some(text.trim(), "something to look for")?, page))
    }

    fn switch(&self, rest: &str) -> Result<bool, Misread> {
        match rest.to_lowercase().as_str() {
            "" | "on" | "yes" => Ok(true),
            "off" | "no" => Ok(false),
            _ => Err(self.wrong(rest, "on or off")),
        }
    }

    fn tags(&self, rest: &str) -> Result<Verb, Misread> {
        let (mut on, mut off) = (Vec::new(), Vec::new());
        for typed in self.some(rest, "a tag")?.split([' ', ',']).filter(|t| !t.is_empty()) {
            let (list, tag) = match typed.strip_prefix('-') {
                Some(tag) => (&mut off, tag),
                None => (&mut on, typed.trim_start_matches('+')),
            };
            list.push(contact::tag(tag).ok_or_else(|| self.wrong(typed, "a tag of letters and digits"))?);
        }
        Ok(Verb::Tag { on, off })
    }
}

/// The text without a flag, and whether it was there.
fn without_flag(text: &str, flag: &str) -> (bool, String) {
    let words: Vec<&str> = text.split(' ').collect();
    let kept: Vec<&str> = words.iter().copied().filter(|w| *w != flag).collect();
    (kept.len() < words.len(), kept.join(" "))
}

fn nearest(verb: &str) -> Option<&'static Spec> {
    COMMANDS
        .iter()
        .map(|spec| (strsim::damerau_levenshtein(spec.name, verb), spec))
        .filter(|(distance, spec)| *distance <= spec.name.len() / 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, spec)| spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Command {
        parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"))
    }

    fn on(number: i64, verb: Verb) -> Command {
        Command { number: Some(ConversationId(number)), verb }
    }

    fn here(verb: Verb) -> Command {
        Command { number: None, verb }
    }

    #[test]
    fn numbers_are_taken_only_where_they_are_meant() {
        assert_eq!(read("/claim #12"), on(12, Verb::Claim));
        assert_eq!(read("/claim 12"), on(12, Verb::Claim));
        assert_eq!(read("close 12 refunded"), on(12, Verb::Close("refunded".into())));
        assert_eq!(read("reply 2 parcels left"), here(Verb::Reply("2 parcels left".into())));
        assert_eq!(read("reply #2 on its way"), on(2, Verb::Reply("on its way".into())));
        assert_eq!(read("snooze 2h"), here(Verb::Snooze("2h".into())));
        assert_eq!(read("snooze #7 2h"), on(7, Verb::Snooze("2h".into())));
    }

    #[test]
    fn a_handoff_names_whom_and_why() {
        let to = |to: &str, note: &str, anyway| Verb::Handoff { to: to.into(), note: note.into(), anyway };
        assert_eq!(read("handoff @ana refund over limit"), here(to("@ana", "refund over limit", false)));
        assert_eq!(read("handoff 12 billing  --anyway refund"), on(12, to("billing", "refund", true)));
        assert!(matches!(parse("handoff"), Err(Misread::Missing { .. })));
        assert_eq!(read("handoff billing"), here(to("billing", "", false)));
    }

    #[test]
    fn a_wrong_command_names_the_right_one() {
        let Err(Misread::Unknown { nearest: Some(spec), .. }) = parse("clam") else { panic!("not refused") };
        assert_eq!(spec.name, "claim");
        assert!(matches!(parse("note  "), Err(Misread::Missing { .. })));
        assert!(matches!(parse("claim twelve"), Err(Misread::Wrong { .. })));
        assert!(matches!(parse("priority asap"), Err(Misread::Wrong { .. })));
        assert!(matches!(parse("contact 0151 hello"), Err(Misread::Wrong { .. })));
        assert!(matches!(parse("tag a,b/c"), Err(Misread::Wrong { .. })));
    }

    #[test]
    fn tags_are_put_on_and_taken_off() {
        let tags = Verb::Tag { on: vec!["gold".into()], off: vec!["trial".into()] };
        assert_eq!(read("tag Gold -trial"), here(tags));
        let phone = Verb::Contact { phone: "4915112345678".into(), name: "hello".into(), values: "Maria".into() };
        assert_eq!(read("contact +49-151-12345678 hello Maria"), here(phone.clone()));
        assert_eq!(read("contact +49 (151) 1234 5678 hello Maria"), here(phone));
        let digits = Verb::Contact { phone: "4915112345678".into(), name: "2nd_try".into(), values: "7 8".into() };
        assert_eq!(read("contact +49151 12345678 2nd_try 7 8"), here(digits));
        assert!(matches!(parse("contact +4915112345678"), Err(Misread::Missing { .. })));
        assert!(matches!(parse("contact +49 hello"), Err(Misread::Wrong { .. })));
    }

    // story: VI-03
    #[test]
    fn what_is_looked_for_may_end_in_a_number() {
        assert_eq!(read("find bike 2"), here(Verb::Find("bike 2".into(), 1)));
        assert_eq!(read("find #12 bike --page 2"), here(Verb::Find("#12 bike".into(), 2)));
        assert!(matches!(parse("find bike --page two"), Err(Misread::Wrong { .. })));
        assert!(matches!(parse("find --page 2"), Err(Misread::Missing { .. })));
        assert_eq!(read("history #12"), on(12, Verb::History(String::new())));
        assert_eq!(read("history +49 151"), here(Verb::History("+49 151".into())));
        assert_eq!(read("stats 2026-11"), here(Verb::Stats(String::new(), "2026-11".into())));
        assert_eq!(read("stats @ana 30d"), here(Verb::Stats("@ana".into(), "30d".into())));
        assert!(matches!(parse("transcript Maria"), Err(Misread::Wrong { .. })));
    }

    #[test]
    fn every_example_is_understood() {
        for spec in COMMANDS {
            assert!(parse(spec.example).is_ok(), "{}", spec.example);
            assert!(spec.about.chars().count() <= 100, "{}", spec.name);
            for arg in spec.args {
                assert!(arg.about.chars().count() <= 100, "{} {}", spec.name, arg.name);
            }
        }
    }
}
