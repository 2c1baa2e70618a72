//! Message templates: the only messages WhatsApp takes outside the 24 hour window. Approved by Meta, filled in by us.

use serde::{Deserialize, Serialize};

/// A template as Meta has approved it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Template {
    /// Lower case with underscores.
    pub name: String,
    /// Language code such as `en_US`.
    pub language: String,
    /// `UTILITY`, `MARKETING` or `AUTHENTICATION`.
    pub category: String,
    /// The line above its text, with placeholders; empty when it has none.
    pub header: String,
    /// Its text with placeholders `{{1}}` or `{{first_name}}`.
    pub body: String,
    /// The line below its text; empty when it has none.
    pub footer: String,
    /// What stands on its buttons.
    pub buttons: Vec<String>,
    /// Whether its placeholders are names instead of numbers.
    pub named: bool,
    /// Why it cannot be sent from here, as a sentence (a picture in its header, an address that is to be filled in); empty
    /// when it can.
    pub unfit: String,
}

/// A template filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// Which template.
    pub name: String,
    /// In which language.
    pub language: String,
    /// Placeholder and value of the line above the text, in order.
    pub header: Vec<(String, String)>,
    /// Placeholder and value of the text, in order.
    pub body: Vec<(String, String)>,
    /// Whether placeholders are names instead of numbers.
    pub named: bool,
    /// What the customer reads.
    pub text: String,
}

/// Why a template is not filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfilled {
    /// Other parameters are needed: their names in order, and how many were given.
    Parameters {
        /// What stands in the placeholders, header first.
        wanted: Vec<String>,
        /// How many were given.
        given: usize,
    },
    /// A value holds what Meta does not take: a line break, a tab, or more than four spaces in a row.
    Value(String),
    /// The template cannot be sent from here; the sentence says why.
    Unfit(String),
}

impl Template {
    /// The placeholders in the order in which they are given: those of the header, then those of the text, each once.
    #[must_use]
    pub fn placeholders(&self) -> Vec<String> {
        let mut all = placeholders(&self.header);
        all.extend(placeholders(&self.body));
        all
    }

    /// The template with `values` in its placeholders.
    ///
    /// # Errors
    /// When the number of values is another, or one of them holds what Meta refuses.
    pub fn fill(&self, values: &[String]) -> Result<Filled, Unfilled> {
        if !self.unfit.is_empty() {
            return Err(Unfilled::Unfit(self.unfit.clone()));
        }
        let (header, body) = (placeholders(&self.header), placeholders(&self.body));
        if values.len() != header.len() + body.len() {
            return Err(Unfilled::Parameters { wanted: self.placeholders(), given: values.len() });
        }
        if let Some(bad) =
            values.iter().find(|v| v.trim().is_empty() || v.contains(['\n', '\t']) || v.contains("     "))
        {
            return Err(Unfilled::Value(bad.clone()));
        }
        let (first, second) = values.split_at(header.len());
        let header: Vec<(String, String)> = header.into_iter().zip(first.iter().cloned()).collect();
        let body: Vec<(String, String)> = body.into_iter().zip(second.iter().cloned()).collect();
        let lines = [put(&self.header, &header), put(&self.body, &body), self.footer.clone()];
        let text = lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        Ok(Filled { name: self.name.clone(), language: self.language.clone(), header, body, named: self.named, text })
    }
}

/// What stands between `{{` and `}}`, each once, in order.
fn placeholders(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split("{{").skip(1) {
        if let Some((name, _)) = part.split_once("}}") {
            let name = name.trim().to_owned();
            if !name.is_empty() && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    if found.iter().all(|name| name.bytes().all(|b| b.is_ascii_digit())) {
        found.sort_by_key(|name| (name.len(), name.clone()));
    }
    found
}

/// The text with its placeholders replaced, each once: a value that looks like a placeholder stays as it is.
fn put(text: &str, values: &[(String, String)]) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((name, tail)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        match values.iter().find(|(known, _)| known == name.trim()) {
            Some((_, value)) => out.push_str(value),
            None => out.push_str(&format!("{{{{{name}}}}}")),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Template {
        Template { name: "order".into(), body: "Hi {{1}}, order {{2}} left. Bye {{1}}!".into(), ..Template::default() }
    }

    #[test]
    fn values_go_into_their_places() {
        let filled = order().fill(&["{{2}}".into(), "7".into()]).unwrap();
        assert_eq!(filled.text, "Hi {{2}}, order 7 left. Bye {{2}}!");
        assert_eq!(filled.body, [("1".into(), "{{2}}".into()), ("2".to_owned(), "7".to_owned())]);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let wanted = vec!["1".to_owned(), "2".to_owned()];
        assert_eq!(order().fill(&["x".into()]), Err(Unfilled::Parameters { wanted, given: 1 }));
        assert_eq!(order().fill(&["a\nb".into(), "c".into()]), Err(Unfilled::Value("a\nb".into())));
    }
}
