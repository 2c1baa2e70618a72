//! Routing rules: the first that matches an arriving conversation says where it goes.
//!
//! All conditions of a rule must hold, and of several entries in one condition any; a rule without conditions matches
//! everything. What a rule sees without the text is looked up for all rules at once, as sets of rules by value. The text is
//! looked at only if a rule that asks for it could come first: its words in one pass, then its language, then patterns one by
//! one until a rule matches.
//!
//! A decision can be made again from its record, which holds no text: see [`ArrivalRecord`]. Best decide from the record in
//! the first place ([`Rules::record`], then [`Rules::first_of_record`]); then what is kept is what decided.

mod arrival;
mod bits;
mod check;
mod explain;
mod literal;
mod spec;
mod text;

#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};

use self::arrival::Values;
pub use self::arrival::{Arrival, ArrivalRecord};
use self::bits::{Accepting, Bits};
use self::spec::{Conditions, Dimension};
pub use self::spec::{Fault, Hours, KINDS, RuleError, RuleSpec, WhenSpec};
use self::text::{Scan, TextIndex};
use super::language::{self, Language};

/// The rules of a configuration, ready to be asked.
#[derive(Debug, Clone)]
pub struct Rules {
    specs: Vec<RuleSpec>,
    conditions: Vec<Conditions>,
    /// For each dimension but patterns, which rules accept what.
    accepting: Vec<Accepting>,
    /// Rules that ask nothing of the text; nothing but its words; nothing but words and language.
    settled: [Bits; 3],
    with_pattern: Bits,
    text: TextIndex,
    version: String,
}

impl Rules {
    /// The rules of a configuration, in their order.
    ///
    /// # Errors
    /// With the rule and what is wrong with it.
    pub fn new(specs: Vec<RuleSpec>) -> Result<Self, RuleError> {
        let error = |index: usize, fault| RuleError { index, name: specs[index].name.clone(), fault };
        let conditions = specs.iter().enumerate().map(|(index, spec)| {
            let checked = spec::conditions(spec);
            checked.map_err(|fault| error(index, fault))
        });
        let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
        let text = TextIndex::new(&conditions).map_err(|(index, fault)| error(index, fault))?;
        let rules = specs.len();
        let accepting: Vec<Accepting> = Dimension::ALL[..Dimension::Pattern as usize]
            .iter()
            .map(|dimension| Accepting::new(rules, conditions.iter().map(|all| &all[*dimension as usize])))
            .collect();
        let places = |test: &dyn Fn(&Conditions) -> bool| {
            let mut some = Bits::none(rules);
            conditions.iter().enumerate().filter(|(_, all)| test(all)).for_each(|(rule, _)| some.insert(rule));
            some
        };
        let settled = [Dimension::Word, Dimension::Language, Dimension::Pattern]
            .map(|first| places(&|all| all[first as usize..].iter().all(Vec::is_empty)));
        let with_pattern = places(&|all| !all[Dimension::Pattern as usize].is_empty());
        let version = version(&specs);
        Ok(Self { specs, conditions, accepting, settled, with_pattern, text, version })
    }

    /// The place of the first rule that matches.
    #[must_use]
    pub fn first(&self, arrival: &Arrival<'_>) -> Option<usize> {
        self.judge(&arrival.values(), &mut Live::new(&self.text, arrival.text))
    }

    /// What is to be kept of an arrival so that the rules decide the same from it.
    #[must_use]
    pub fn record(&self, arrival: &Arrival<'_>) -> ArrivalRecord {
        let mut live = Live::new(&self.text, arrival.text);
        self.judge(&arrival.values(), &mut live);
        let words = live.scan.map(|scan| scan.words).unwrap_or_default();
        ArrivalRecord {
            number: arrival.number.clone(),
            number_name: arrival.number_name.to_owned(),
            kind: arrival.kind.to_owned(),
            tags: arrival.tags.to_vec(),
            vip: arrival.vip,
            countries: arrival.countries(),
            returning: arrival.returning,
            referral: arrival.referral,
            open: arrival.open,
            words: words.into_iter().map(str::to_owned).collect(),
            patterns: live.matched,
            language: live.language.flatten(),
        }
    }

    /// What [`Rules::first`] was for the arrival of a record, which these rules made.
    #[must_use]
    pub fn first_of_record(&self, record: &ArrivalRecord) -> Option<usize> {
        self.judge(&record.values(), &mut &*record)
    }

    /// The rule at a place.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&RuleSpec> {
        self.specs.get(index)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.specs.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.specs.is_empty()
    }

    /// Twelve hexadecimal digits that are the same for the same rules in the same order, and for no others.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    fn accepting(&self, dimension: Dimension) -> &Accepting {
        &self.accepting[dimension as usize]
    }

    fn judge(&self, values: &Values, asked: &mut impl Asked) -> Option<usize> {
        let mut open = Bits::all(self.specs.len());
        for (accepting, values) in self.accepting.iter().zip(values) {
            accepting.keep(&mut open, values.iter().map(String::as_str));
        }
        // The first rule that needs no further look; those behind it do not matter.
        let mut first = None;
        let mut settle = |open: &mut Bits, settled: &Bits| {
            if let Some(rule) = open.first_with(settled) {
                open.keep_before(rule);
                first = Some(rule);
            }
        };
        settle(&mut open, &self.settled[0]);
        if open.first_with(self.accepting(Dimension::Word).asking()).is_some() {
            self.accepting(Dimension::Word).keep(&mut open, asked.words().into_iter());
            settle(&mut open, &self.settled[1]);
        }
        if open.first_with(self.accepting(Dimension::Language).asking()).is_some() {
            let language = asked.language().map(Language::code);
            self.accepting(Dimension::Language).keep(&mut open, language.into_iter());
            settle(&mut open, &self.settled[2]);
        }
        if open.first_with(&self.with_pattern).is_some() {
            asked.keep_likely(&mut open);
        }
        let mut pattern = |rule: usize| match self.conditions[rule][Dimension::Pattern as usize].first() {
            Some(source) => asked.pattern(rule, source),
            None => true,
        };
        open.iter().find(|rule| pattern(*rule)).or(first)
    }
}

/// What rules ask of a text.
trait Asked {
    /// The words of rules it has.
    fn words(&mut self) -> Vec<&str>;
    /// Its language.
    fn language(&mut self) -> Option<Language>;
    /// Removes rules whose pattern it cannot match, as far as that is seen at once.
    fn keep_likely(&mut self, open: &mut Bits);
    /// Whether it matches the pattern of a rule.
    fn pattern(&mut self, rule: usize, source: &str) -> bool;
}

/// A text at hand, looked at when it is asked.
struct Live<'a> {
    index: &'a TextIndex,
    text: &'a str,
    scan: Option<Scan<'a>>,
    language: Option<Option<Language>>,
    /// The patterns that were asked and matched.
    matched: Vec<String>,
}

impl<'a> Live<'a> {
    fn new(index: &'a TextIndex, text: &'a str) -> Self {
        Self { index, text, scan: None, language: None, matched: Vec::new() }
    }

    fn scan(&mut self) -> &Scan<'a> {
        self.scan.get_or_insert_with(|| self.index.scan(self.text))
    }
}

impl Asked for Live<'_> {
    fn words(&mut self) -> Vec<&str> {
        self.scan().words.clone()
    }

    fn language(&mut self) -> Option<Language> {
        *self.language.get_or_insert_with(|| language::of_text(self.text))
    }

    fn keep_likely(&mut self, open: &mut Bits) {
        let index = self.index;
        index.keep_likely(open, self.scan());
    }

    fn pattern(&mut self, rule: usize, source: &str) -> bool {
        let matches = self.index.matches(rule, self.text);
        if matches && !self.matched.iter().any(|known| known == source) {
            self.matched.push(source.to_owned());
        }
        matches
    }
}

impl Asked for &ArrivalRecord {
    fn words(&mut self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    fn language(&mut self) -> Option<Language> {
        self.language
    }

    fn keep_likely(&mut self, _: &mut Bits) {}

    fn pattern(&mut self, _: usize, source: &str) -> bool {
        self.patterns.iter().any(|known| known == source)
    }
}

fn version(specs: &[RuleSpec]) -> String {
    // Serialising plain lists and strings into memory does not fail.
    let written = serde_json::to_vec(specs).unwrap_or_default();
    hex::encode(&Sha256::digest(&written)[..6])
}
