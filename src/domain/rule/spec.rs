//! Rules as they stand in the configuration, and what can be wrong with them.

use serde::{Deserialize, Serialize};

use crate::domain::country;
use crate::domain::fold::fold;
use crate::domain::language::Language;
use crate::domain::roster::{Priority, Strategy};

/// A rule as the configuration spells it.
///
/// ```toml
/// name = "Refunds in Spanish"
/// when = { words = ["reembolso", "devolución"], languages = ["es"] }
/// team = "billing"
/// priority = "high"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// What people call it.
    pub name: String,
    /// What it applies to; everything when left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub when: WhenSpec,
    /// The team that gets the conversation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub team: Option<String>,
    /// How pressing it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: Option<Priority>,
    /// What its owner must be able to do.
    #[serde(default, skip_serializing_if = "is_default")]
    pub skills: Vec<String>,
    /// How its owner is found.
    #[serde(default, skip_serializing_if = "is_default")]
    pub strategy: Option<Strategy>,
    /// Tags it gets.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// A person assigns it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub wait_for_person: bool,
}

/// The conditions of a rule. All that are given must hold; of several entries in one, any.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WhenSpec {
    /// Business numbers, by id or name.
    #[serde(skip_serializing_if = "is_default")]
    pub numbers: Vec<String>,
    /// Whole words or phrases of the text, in any case and with or without accents.
    #[serde(skip_serializing_if = "is_default")]
    pub words: Vec<String>,
    /// A regular expression found in the text, in any case unless it says `(?-i)`.
    #[serde(skip_serializing_if = "is_default")]
    pub pattern: Option<String>,
    /// Languages of the text, ISO 639-1.
    #[serde(skip_serializing_if = "is_default")]
    pub languages: Vec<String>,
    /// Tags of the customer.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: Vec<String>,
    /// Whether the customer is a VIP.
    #[serde(skip_serializing_if = "is_default")]
    pub vip: Option<bool>,
    /// Countries of the customer's phone, ISO 3166-1.
    #[serde(skip_serializing_if = "is_default")]
    pub countries: Vec<String>,
    /// Whether the customer has been here before.
    #[serde(skip_serializing_if = "is_default")]
    pub returning: Option<bool>,
    /// Whether they come from an advertisement.
    #[serde(skip_serializing_if = "is_default")]
    pub referral: Option<bool>,
    /// Inside or outside business hours.
    #[serde(skip_serializing_if = "is_default")]
    pub hours: Option<Hours>,
    /// Kinds of message, of [`KINDS`].
    #[serde(skip_serializing_if = "is_default")]
    pub kinds: Vec<String>,
}

/// Left out where rules are written, so that their version stays the same when there is a new thing to ask for.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// When a customer writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    /// While the team is open.
    Inside,
    /// While it is closed.
    Outside,
}

/// The kinds of message a rule can ask for.
pub const KINDS: [&str; 12] = [
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contacts",
    "choice",
    "form",
    "unsupported",
];

/// Why rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule {} “{name}”: {fault}", index + 1)]
pub struct RuleError {
    /// The rule's place, from 0.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be spoken of.
    #[error("it needs a name")]
    NoName,
    /// An entry with nothing in it, which nothing or everything would match.
    #[error("an entry of {0} is empty: write something there or leave it out")]
    Empty(&'static str),
    /// Not a regular expression.
    #[error("the pattern {pattern:?} cannot be read: {why}")]
    Pattern {
        /// What was written.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// A pattern that would need too much memory.
    #[error("the pattern {0:?} is too large: repeat less, or use words")]
    LargePattern(String),
    /// More words and patterns than can be looked for at once.
    #[error("the words and patterns of all rules are too many")]
    TooManyWords,
    /// A language that is not told.
    #[error("there is no language {typed:?}; did you mean {nearest:?}?")]
    Language {
        /// What was written.
        typed: String,
        /// The nearest there is.
        nearest: &'static str,
    },
    /// No country.
    #[error("there is no country {typed:?}{}", nearest.map_or(": write two letters such as DE".to_owned(), |code| format!("; did you mean {code:?}?")))]
    Country {
        /// What was written.
        typed: String,
        /// The one that may have been meant.
        nearest: Option<&'static str>,
    },
    /// No kind of message.
    #[error("there is no kind of message {typed:?}; did you mean {nearest:?}?")]
    Kind {
        /// What was written.
        typed: String,
        /// The nearest there is.
        nearest: &'static str,
    },
}

/// What a rule or an arrival is seen by; those from [`Dimension::Word`] on need the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Number,
    Tag,
    Vip,
    Country,
    Returning,
    Referral,
    Hours,
    Kind,
    Word,
    Language,
    Pattern,
}

impl Dimension {
    pub(super) const COUNT: usize = 11;

    pub(super) const ALL: [Self; Self::COUNT] = [
        Self::Number,
        Self::Tag,
        Self::Vip,
        Self::Country,
        Self::Returning,
        Self::Referral,
        Self::Hours,
        Self::Kind,
        Self::Word,
        Self::Language,
        Self::Pattern,
    ];
}

/// The values a rule accepts in each dimension, as they are compared; none where it does not ask.
pub(super) type Conditions = [Vec<String>; Dimension::COUNT];

/// How a yes or no is compared.
pub(super) fn answer(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// The conditions of a rule, each in the order of its entries.
pub(super) fn conditions(spec: &RuleSpec) -> Result<Conditions, Fault> {
    let when = &spec.when;
    if spec.name.trim().is_empty() {
        return Err(Fault::NoName);
    }
    if when.pattern.as_deref() == Some("") {
        return Err(Fault::Empty("pattern"));
    }
    let mut all = Conditions::default();
    for dimension in Dimension::ALL {
        all[dimension as usize] = match dimension {
            Dimension::Number => folded("numbers", &when.numbers)?,
            Dimension::Tag => folded("tags", &when.tags)?,
            Dimension::Word => folded("words", &when.words)?,
            Dimension::Vip => flag(when.vip),
            Dimension::Returning => flag(when.returning),
            Dimension::Referral => flag(when.referral),
            Dimension::Hours => flag(when.hours.map(|hours| hours == Hours::Inside)),
            Dimension::Pattern => when.pattern.iter().cloned().collect(),
            Dimension::Country => when.countries.iter().map(|typed| country(typed)).collect::<Result<_, _>>()?,
            Dimension::Language => when.languages.iter().map(|typed| language(typed)).collect::<Result<_, _>>()?,
            Dimension::Kind => when.kinds.iter().map(|typed| kind(typed)).collect::<Result<_, _>>()?,
        };
    }
    Ok(all)
}

fn folded(what: &'static str, entries: &[String]) -> Result<Vec<String>, Fault> {
    let folded = entries.iter().map(|entry| fold(entry));
    folded.map(|entry| if entry.is_empty() { Err(Fault::Empty(what)) } else { Ok(entry) }).collect()
}

fn flag(wanted: Option<bool>) -> Vec<String> {
    wanted.map(|yes| answer(yes).to_owned()).into_iter().collect()
}

fn country(typed: &str) -> Result<String, Fault> {
    let known = country::parse(typed).map(str::to_owned);
    known.map_err(|nearest| Fault::Country { typed: typed.to_owned(), nearest })
}

fn language(typed: &str) -> Result<String, Fault> {
    let known = Language::parse(typed).map(|language| language.code().to_owned());
    known.map_err(|nearest| Fault::Language { typed: typed.to_owned(), nearest })
}

fn kind(typed: &str) -> Result<String, Fault> {
    let likeness = |kind: &&str| strsim::jaro_winkler(kind, &typed.to_lowercase());
    let nearest = KINDS.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or(KINDS[0]);
    if KINDS.contains(&typed) { Ok(typed.to_owned()) } else { Err(Fault::Kind { typed: typed.to_owned(), nearest }) }
}
