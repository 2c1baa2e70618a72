//! Sets of rules, one bit each, and which rules accept what.

use std::collections::HashMap;

/// A set of rules by their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn none(rules: usize) -> Self {
        Self(vec![0; rules.div_ceil(64)])
    }

    pub(super) fn all(rules: usize) -> Self {
        let mut all = Self(vec![u64::MAX; rules.div_ceil(64)]);
        all.keep_before(rules);
        all
    }

    pub(super) fn insert(&mut self, rule: usize) {
        self.0[rule / 64] |= 1 << (rule % 64);
    }

    /// The first rule in both sets.
    pub(super) fn first_with(&self, other: &Self) -> Option<usize> {
        let mut words = self.0.iter().zip(&other.0).map(|(a, b)| a & b).enumerate();
        words.find(|(_, word)| *word != 0).map(|(at, word)| at * 64 + word.trailing_zeros() as usize)
    }

    /// Removes every rule from `rule` on.
    pub(super) fn keep_before(&mut self, rule: usize) {
        for (at, word) in self.0.iter_mut().enumerate() {
            let kept = rule.saturating_sub(at * 64);
            if kept < 64 {
                *word &= (1 << kept) - 1;
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let some = |left: u64| (left != 0).then_some(left);
            let rest = std::iter::successors(some(*word), move |left| some(left & (left - 1)));
            rest.map(move |left| at * 64 + left.trailing_zeros() as usize)
        })
    }
}

/// Which rules accept a value in one dimension.
#[derive(Debug, Clone)]
pub(super) struct Accepting {
    /// Those that do not ask.
    indifferent: Bits,
    /// Those that do.
    asking: Bits,
    by_value: HashMap<String, Bits>,
}

impl Accepting {
    /// `conditions` are those of all rules in order.
    pub(super) fn new<'a>(rules: usize, conditions: impl Iterator<Item = &'a Vec<String>>) -> Self {
        let mut new = Self { indifferent: Bits::none(rules), asking: Bits::none(rules), by_value: HashMap::new() };
        for (rule, values) in conditions.enumerate() {
            if values.is_empty() {
                new.indifferent.insert(rule);
            } else {
                new.asking.insert(rule);
            }
            for value in values {
                new.by_value.entry(value.clone()).or_insert_with(|| Bits::none(rules)).insert(rule);
            }
        }
        new
    }

    pub(super) fn asking(&self) -> &Bits {
        &self.asking
    }

    /// Removes from `open` the rules that accept none of the values.
    pub(super) fn keep<'a>(&self, open: &mut Bits, values: impl Iterator<Item = &'a str>) {
        let accepting: Vec<&Bits> = values.filter_map(|value| self.by_value.get(value)).collect();
        for (at, word) in open.0.iter_mut().enumerate() {
            *word &= accepting.iter().fold(self.indifferent.0[at], |all, bits| all | bits.0[at]);
        }
    }
}
