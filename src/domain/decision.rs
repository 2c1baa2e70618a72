//! A routing decision as it is kept: everything that was looked at and what came of it, so that it can be explained and
//! made again.

use serde::{Deserialize, Serialize};

use super::routing::{Choice, Request, Slate, choose};
use super::rule::{ArrivalRecord, Rules};

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// What arrived, without its words; absent where something was in a queue already.
    pub arrival: Option<ArrivalRecord>,
    /// The rule that matched, by its place; absent when none did.
    pub rule: Option<usize>,
    /// Its name; empty when none did.
    pub rule_name: String,
    /// Why it matched, as a phrase.
    pub matched: String,
    /// What was looked for.
    pub request: Request,
    /// Who was looked at.
    pub slate: Slate,
}

/// How a decision made again compares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// It comes to the same.
    Same,
    /// The stored inputs give another choice.
    OtherChoice(Box<Choice>),
    /// The rules of today match another one.
    OtherRule(Option<usize>),
}

impl Inputs {
    /// Makes the decision again from what is stored; the rule too, where `rules` are those it was made by.
    #[must_use]
    pub fn again(&self, stored: &Choice, rules: Option<&Rules>) -> Again {
        if let (Some(rules), Some(arrival)) = (rules, &self.arrival) {
            let rule = rules.first_of_record(arrival);
            if rule != self.rule {
                return Again::OtherRule(rule);
            }
        }
        let choice = choose(&self.request, &self.slate);
        if choice == *stored { Again::Same } else { Again::OtherChoice(Box::new(choice)) }
    }
}
