//! The commands, by one grammar for every workspace. Each verb about a conversation works in its thread, and from anywhere
//! with the conversation's short number as its first word. [`COMMANDS`] is the only list: the parser's examples, `/help`,
//! the registration on Discord and the README's table are made from it.

use super::ids::ConversationId;

/// A command, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `/claim [number]`
    Claim(Option<ConversationId>),
    /// `/release [number] [reason]`
    Release(Option<ConversationId>, String),
    /// `/close [number] [reason]`
    Close(Option<ConversationId>, String),
    /// `/reply [number] text`
    Reply(Option<ConversationId>, String),
    /// `/note [number] text`
    Note(Option<ConversationId>, String),
    /// `/whois [number]`
    Whois(Option<ConversationId>),
    /// `/help`
    Help,
}

/// What one command is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Its name without slash.
    pub name: &'static str,
    /// Its arguments as people write them.
    pub usage: &'static str,
    /// What it does, at most 100 characters.
    pub about: &'static str,
    /// One that works.
    pub example: &'static str,
    /// Its arguments in order: name, description, required.
    pub args: &'static [(&'static str, &'static str, bool)],
}

const NUMBER: (&str, &str, bool) = ("number", "The conversation's number, when not in its thread", false);

/// Every command.
pub const COMMANDS: &[Spec] = &[
    Spec {
        name: "claim",
        usage: "[number]",
        about: "Become the owner of a conversation",
        example: "/claim 12",
        args: &[NUMBER],
    },
    Spec {
        name: "release",
        usage: "[number] [reason]",
        about: "Give a conversation back to the queue",
        example: "/release waiting for the warehouse",
        args: &[("reason", "Why, for the record; start with a number when not in the thread", false)],
    },
    Spec {
        name: "reply",
        usage: "[number] text",
        about: "Send a message to the customer",
        example: "/reply Your parcel left this morning.",
        args: &[("text", "What to send", true)],
    },
    Spec {
        name: "note",
        usage: "[number] text",
        about: "Keep a note in the record; the customer never sees it",
        example: "/note asked twice for an invoice",
        args: &[("text", "The note", true)],
    },
    Spec {
        name: "close",
        usage: "[number] [reason]",
        about: "End a conversation and fold its thread away",
        example: "/close refunded",
        args: &[("reason", "Why, for the record; start with a number when not in the thread", false)],
    },
    Spec {
        name: "whois",
        usage: "[number]",
        about: "Who owns a conversation, since when, and until when the customer is to have an answer",
        example: "/whois 12",
        args: &[NUMBER],
    },
    Spec { name: "help", usage: "", about: "The commands", example: "/help", args: &[] },
];

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
    /// A number was expected.
    NotANumber {
        /// What was typed.
        typed: String,
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
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let verb = verb.to_lowercase();
    let Some(spec) = COMMANDS.iter().find(|spec| spec.name == verb) else {
        return Err(Misread::Unknown { nearest: nearest(&verb), typed: verb });
    };
    let rest = rest.trim();
    let missing = |what| Misread::Missing { what, spec };
    Ok(match spec.name {
        "claim" => Command::Claim(only_number(rest, spec)?),
        "whois" => Command::Whois(only_number(rest, spec)?),
        "help" => Command::Help,
        "release" => {
            let (number, reason) = leading_number(rest);
            Command::Release(number, reason)
        }
        "close" => {
            let (number, reason) = leading_number(rest);
            Command::Close(number, reason)
        }
        name => {
            let (number, text) = hashed_number(rest);
            if text.is_empty() {
                return Err(missing("a text"));
            }
            if name == "reply" { Command::Reply(number, text) } else { Command::Note(number, text) }
        }
    })
}

fn only_number(rest: &str, spec: &'static Spec) -> Result<Option<ConversationId>, Misread> {
    if rest.is_empty() {
        return Ok(None);
    }
    match number(rest) {
        Some(id) => Ok(Some(id)),
        None => Err(Misread::NotANumber { typed: rest.to_owned(), spec }),
    }
}

/// A number at the start, for verbs whose text is a reason.
fn leading_number(rest: &str) -> (Option<ConversationId>, String) {
    let (first, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match number(first) {
        Some(id) => (Some(id), after.trim().to_owned()),
        None => (None, rest.to_owned()),
    }
}

/// A number at the start only with its `#`, for verbs whose text goes to a person: "2 parcels" is text.
fn hashed_number(rest: &str) -> (Option<ConversationId>, String) {
    if rest.starts_with('#') { leading_number(rest) } else { (None, rest.to_owned()) }
}

fn number(text: &str) -> Option<ConversationId> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    if digits.is_empty() || digits.len() > 12 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|n| *n > 0).map(ConversationId)
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

    #[test]
    fn numbers_are_taken_only_where_they_are_meant() {
        assert_eq!(parse("/claim #12"), Ok(Command::Claim(Some(ConversationId(12)))));
        assert_eq!(parse("close 12 refunded"), Ok(Command::Close(Some(ConversationId(12)), "refunded".into())));
        assert_eq!(parse("reply 2 parcels left"), Ok(Command::Reply(None, "2 parcels left".into())));
        assert_eq!(parse("reply #2 on its way"), Ok(Command::Reply(Some(ConversationId(2)), "on its way".into())));
    }

    #[test]
    fn a_wrong_command_names_the_right_one() {
        let Err(Misread::Unknown { nearest: Some(spec), .. }) = parse("clam") else { panic!("not refused") };
        assert_eq!(spec.name, "claim");
        assert!(matches!(parse("note  "), Err(Misread::Missing { .. })));
        assert!(matches!(parse("claim twelve"), Err(Misread::NotANumber { .. })));
    }

    #[test]
    fn every_example_is_understood() {
        for spec in COMMANDS {
            assert!(parse(spec.example).is_ok(), "{}", spec.example);
            assert!(spec.about.len() <= 100, "{}", spec.name);
        }
    }
}
