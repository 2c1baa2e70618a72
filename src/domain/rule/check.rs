//! What can be said of rules before anything arrives.

use super::Rules;
use super::spec::Conditions;

impl Rules {
    /// Whether some rule matches everything.
    #[must_use]
    pub fn has_default(&self) -> bool {
        self.conditions.iter().any(|all| all.iter().all(Vec::is_empty))
    }

    /// Rules that never match because an earlier one always matches first, each with the first such.
    ///
    /// An earlier rule is seen to cover a later one when each of its conditions takes in the later one's. That several together
    /// may cover one (VIPs in one, all others in the next) is not looked at, nor that a number's id and name are one.
    #[must_use]
    pub fn unreachable(&self) -> Vec<(usize, usize)> {
        let later = self.conditions.iter().enumerate();
        later
            .filter_map(|(rule, conditions)| {
                let earlier = self.conditions[..rule].iter().position(|earlier| covers(earlier, conditions));
                earlier.map(|earlier| (rule, earlier))
            })
            .collect()
    }
}

/// Whether whatever meets `narrow` meets `wide`.
fn covers(wide: &Conditions, narrow: &Conditions) -> bool {
    wide.iter().zip(narrow).all(|(wide, narrow)| {
        wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|value| wide.contains(value)))
    })
}
