//! Looks over a database, and makes stored decisions again.

use anyhow::{Context, bail};
use serde::Serialize;

use super::policy;
use crate::config::Config;
use crate::domain::decision::{Again, Inputs};
use crate::domain::ids::{ConversationId, Time};
use crate::domain::routing::Choice;
use crate::domain::words;
use crate::store::{Store, conversation, decision, doctor};

/// What a rule of the database came to.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What must hold, as a sentence.
    pub holds: &'static str,
    /// Where it does not, as sentences; at most a hundred.
    pub odd: Vec<String>,
}

/// Looks over the whole database: how many conversations and changes of owner it has, and what came of each rule.
///
/// # Errors
/// When the database refuses.
pub async fn examine(store: &Store) -> anyhow::Result<(i64, i64, Vec<Finding>)> {
    let (conversations, changes) = doctor::size(store).await?;
    let mut findings = Vec::new();
    for rule in doctor::RULES {
        let sentence = |odd: &doctor::Odd| {
            format!("{} {}: {} stands there, {} would have to", rule.about, odd.id, odd.stands, odd.should)
        };
        let odd = rule.odd(store).await?.iter().map(sentence).collect();
        findings.push(Finding { holds: rule.holds, odd });
    }
    Ok((conversations, changes, findings))
}

/// A decision explained, and made again from what is stored of it.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// What `/why` says.
    pub why: String,
    /// The rules it was made by.
    pub version: String,
    /// Whether those are the rules of the configuration at hand.
    pub same_rules: bool,
    /// Whether it comes to the same when made again.
    pub same: bool,
    /// What it comes to when made again, as a sentence.
    pub again: String,
    /// Everything that was looked at.
    pub inputs: Inputs,
    /// What came of it.
    pub choice: Choice,
}

/// Why a conversation went to whom it went, and whether the stored inputs give the same again.
///
/// # Errors
/// When there is no such conversation or no decision about it, or the database refuses.
pub async fn explain(store: &Store, config: &Config, id: ConversationId, now: Time) -> anyhow::Result<Explained> {
    let found = conversation::after(store, ConversationId(id.0 - 1), 1).await?.into_iter().find(|c| c.id == id);
    let Some(conversation) = found else { bail!("there is no conversation #{id}") };
    let Some(stored) = decision::newest(store, id).await? else {
        bail!(
            "#{id} was not given to anybody by a rule: the team {} takes its conversations by hand",
            conversation.team
        )
    };
    let inputs: Inputs = serde_json::from_str(&stored.inputs).context("the stored inputs cannot be read")?;
    let choice: Choice = serde_json::from_str(&stored.choice).context("the stored choice cannot be read")?;
    let rules = policy::rules(config)?;
    let same_rules = rules.version() == stored.version;
    let again = inputs.again(&choice, same_rules.then_some(&rules));
    Ok(Explained {
        why: words::why(&conversation, &inputs, &choice, (&stored.version, Time(stored.at)), now).to_plain(),
        version: stored.version,
        same_rules,
        same: again == Again::Same,
        again: match &again {
            Again::Same => "Made again from what is stored, it comes to the same.".to_owned(),
            Again::OtherChoice(other) => {
                format!("Made again from what is stored, it comes to another choice: {other:?}")
            }
            Again::OtherRule(rule) => format!("Made again from what is stored, another rule matches: {rule:?}"),
        },
        inputs,
        choice,
    })
}
