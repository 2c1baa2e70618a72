//! Why a rule matched, for a person.

use super::arrival::{Arrival, ArrivalRecord, Values};
use super::spec::{Conditions, Dimension, RuleSpec};
use super::{Asked, Live, Rules};
use crate::domain::language::Language;

/// So many entries of one condition are named.
const NAMED: usize = 3;

impl Rules {
    /// What the rule at a place saw in an arrival it matches, as a short phrase (`language es · word “refund”`).
    #[must_use]
    pub fn explain(&self, arrival: &Arrival<'_>, index: usize) -> String {
        self.phrase(&arrival.values(), &mut Live::new(&self.text, arrival.text), index)
    }

    /// [`Rules::explain`] from a record, for the rule that matched it.
    #[must_use]
    pub fn explain_record(&self, record: &ArrivalRecord, index: usize) -> String {
        self.phrase(&record.values(), &mut &*record, index)
    }

    fn phrase(&self, values: &Values, asked: &mut impl Asked, index: usize) -> String {
        let (Some(spec), Some(conditions)) = (self.specs.get(index), self.conditions.get(index)) else {
            return String::new();
        };
        let seen: Vec<String> = Dimension::ALL
            .into_iter()
            .filter(|dimension| !conditions[*dimension as usize].is_empty())
            .filter_map(|dimension| {
                let met = met(dimension, conditions, values, asked, index);
                (!met.is_empty()).then(|| named(dimension, spec, &met))
            })
            .collect();
        if seen.is_empty() { "every conversation".to_owned() } else { seen.join(" · ") }
    }
}

/// The places of a condition's entries that hold.
fn met(
    dimension: Dimension,
    conditions: &Conditions,
    values: &Values,
    asked: &mut impl Asked,
    rule: usize,
) -> Vec<usize> {
    let present: Vec<&str> = match dimension {
        Dimension::Word => asked.words(),
        Dimension::Language => asked.language().map(Language::code).into_iter().collect(),
        Dimension::Pattern => {
            return conditions[dimension as usize].iter().filter(|p| asked.pattern(rule, p)).map(|_| 0).collect();
        }
        other => values[other as usize].iter().map(String::as_str).collect(),
    };
    let entries = conditions[dimension as usize].iter().enumerate();
    entries.filter(|(_, value)| present.contains(&value.as_str())).map(|(at, _)| at).collect()
}

fn named(dimension: Dimension, spec: &RuleSpec, met: &[usize]) -> String {
    let when = &spec.when;
    let list = |entries: &[String]| {
        let named: Vec<&str> = met.iter().take(NAMED).filter_map(|at| entries.get(*at)).map(String::as_str).collect();
        named.join(", ")
    };
    let quoted = |entries: &[String]| {
        let named = met.iter().take(NAMED).filter_map(|at| entries.get(*at)).map(|entry| format!("“{entry}”"));
        named.collect::<Vec<_>>().join(", ")
    };
    match dimension {
        Dimension::Number => format!("number {}", list(&when.numbers)),
        Dimension::Tag => format!("tag {}", list(&when.tags)),
        Dimension::Vip => if when.vip == Some(true) { "VIP" } else { "no VIP" }.to_owned(),
        Dimension::Country => format!("country {}", list(&when.countries).to_uppercase()),
        Dimension::Returning => if when.returning == Some(true) { "returning" } else { "first contact" }.to_owned(),
        Dimension::Referral => if when.referral == Some(true) { "from an ad" } else { "not from an ad" }.to_owned(),
        Dimension::Hours => match when.hours {
            Some(super::Hours::Inside) => "inside business hours".to_owned(),
            _ => "outside business hours".to_owned(),
        },
        Dimension::Kind => format!("kind {}", list(&when.kinds)),
        Dimension::Word => format!("word {}", quoted(&when.words)),
        Dimension::Language => format!("language {}", list(&when.languages).to_lowercase()),
        Dimension::Pattern => format!("pattern “{}”", when.pattern.as_deref().unwrap_or_default()),
    }
}
