//! What rules look at, live and on record.

use serde::{Deserialize, Serialize};

use super::spec::{Dimension, answer};
use crate::domain::country;
use crate::domain::fold::fold;
use crate::domain::ids::NumberId;
use crate::domain::language::Language;

/// A customer's message that needs a team.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// The business number it reached.
    pub number: &'a NumberId,
    /// What the team calls that number.
    pub number_name: &'a str,
    /// Its text or caption, empty when it has none.
    pub text: &'a str,
    /// Its kind, of [`super::KINDS`].
    pub kind: &'a str,
    /// The customer's tags.
    pub tags: &'a [String],
    /// Whether the customer is a VIP.
    pub vip: bool,
    /// Digits of the customer's phone without `+`, empty when withheld.
    pub phone: &'a str,
    /// Whether the customer has been here before.
    pub returning: bool,
    /// Whether they come from an advertisement.
    pub referral: bool,
    /// Whether the team is open.
    pub open: bool,
}

/// An arrival as it is kept with the decision: what rules saw of the customer, and of the text only what they asked.
///
/// Text conditions are evaluated only until a rule matches, so what is not listed here either did not hold or was not asked;
/// with the rules that made the record the difference never shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalRecord {
    /// The business number.
    pub number: NumberId,
    /// Its name.
    pub number_name: String,
    /// The kind of message.
    pub kind: String,
    /// The customer's tags.
    pub tags: Vec<String>,
    /// Whether the customer was a VIP.
    pub vip: bool,
    /// Countries the customer's phone can belong to.
    pub countries: Vec<String>,
    /// Whether the customer had been here before.
    pub returning: bool,
    /// Whether they came from an advertisement.
    pub referral: bool,
    /// Whether the team was open.
    pub open: bool,
    /// Words of rules that the text had, as they are compared.
    pub words: Vec<String>,
    /// Patterns of rules that the text matched.
    pub patterns: Vec<String>,
    /// The language of the text, if it was asked and showed.
    pub language: Option<Language>,
}

/// The values of an arrival in the dimensions that do not need the text.
pub(super) type Values = [Vec<String>; Dimension::Word as usize];

impl Arrival<'_> {
    pub(super) fn countries(&self) -> Vec<String> {
        country::of_phone(self.phone).iter().map(|&code| code.to_owned()).collect()
    }

    pub(super) fn values(&self) -> Values {
        let flags = [self.vip, self.returning, self.referral, self.open];
        values(self.number, self.number_name, self.kind, self.tags, self.countries(), flags)
    }
}

impl ArrivalRecord {
    pub(super) fn values(&self) -> Values {
        let flags = [self.vip, self.returning, self.referral, self.open];
        values(&self.number, &self.number_name, &self.kind, &self.tags, self.countries.clone(), flags)
    }
}

fn values(
    number: &NumberId,
    number_name: &str,
    kind: &str,
    tags: &[String],
    countries: Vec<String>,
    [vip, returning, referral, open]: [bool; 4],
) -> Values {
    let mut all = Values::default();
    all[Dimension::Number as usize] = vec![fold(number.as_str()), fold(number_name)];
    all[Dimension::Tag as usize] = tags.iter().map(|tag| fold(tag)).collect();
    all[Dimension::Country as usize] = countries;
    all[Dimension::Kind as usize] = vec![kind.to_owned()];
    for (dimension, yes) in [
        (Dimension::Vip, vip),
        (Dimension::Returning, returning),
        (Dimension::Referral, referral),
        (Dimension::Hours, open),
    ] {
        all[dimension as usize] = vec![answer(yes).to_owned()];
    }
    all
}
