//! What is offered while a command is typed: people, teams, prepared texts, templates, conversations.

use futures::future::BoxFuture;

use crate::config::Config;
use crate::domain::command::{COMMANDS, Kind};
use crate::domain::name;
use crate::domain::roster::Priority;
use crate::port::{Suggest, Suggestion, Typing};
use crate::store::{Store, StoreError, agent, conversation, template};

/// How many are offered.
const MOST: usize = 25;

/// What the configuration and the database offer.
pub(super) struct Offers {
    pub(super) store: Store,
    teams: Vec<String>,
    canned: Vec<(String, String)>,
}

impl Offers {
    pub(super) fn new(config: &Config, store: Store) -> Self {
        let teams = config.teams.iter().map(|team| team.name.clone()).collect();
        let canned = config.canned.iter().map(|(name, text)| (name.clone(), text.clone())).collect();
        Self { store, teams, canned }
    }

    async fn offer(&self, typing: &Typing) -> Result<Vec<Suggestion>, StoreError> {
        let spec = COMMANDS.iter().find(|spec| spec.name == typing.command);
        let kind = spec.and_then(|spec| spec.args.iter().find(|arg| arg.name == typing.arg)).map(|arg| arg.kind);
        let text = typing.text.trim();
        Ok(match kind {
            Some(Kind::Person) => self.people(text).await?,
            Some(Kind::PersonOrTeam) => {
                let mut offers = self.teams(text);
                offers.extend(self.people(text).await?);
                offers
            }
            Some(Kind::Team) => self.teams(text),
            Some(Kind::Conversation) => self.conversations(text).await?,
            Some(Kind::Canned) => self.canned(text),
            Some(Kind::Template) => self.templates(text).await?,
            Some(Kind::Priority) => matching(text, Priority::ALL.iter().map(|p| (p.as_str(), p.as_str().to_owned()))),
            Some(Kind::Command) => matching(text, COMMANDS.iter().map(|spec| (spec.name, spec.about.to_owned()))),
            Some(Kind::Text | Kind::Speech) | None => Vec::new(),
        })
    }

    fn teams(&self, text: &str) -> Vec<Suggestion> {
        matching(text.trim_start_matches('@'), self.teams.iter().map(|team| (team.as_str(), format!("{team} (team)"))))
    }

    async fn people(&self, text: &str) -> Result<Vec<Suggestion>, StoreError> {
        let typed = text.trim_start_matches('@').to_lowercase();
        let found = agent::like(&self.store, &typed, MOST).await?;
        let offers = found.into_iter().map(|agent| {
            let shown = name::display(&agent.name, 40, "somebody");
            let user = agent.users.iter().next().map_or("", |user| user.as_str());
            let value = format!("@{}", if agent.key.is_empty() { user } else { &agent.key });
            let label = format!("{shown}: {} of {}", agent.duty.load, agent.duty.capacity);
            Suggestion { label, value }
        });
        Ok(offers.collect())
    }

    async fn conversations(&self, text: &str) -> Result<Vec<Suggestion>, StoreError> {
        let typed = text.trim_start_matches('#').to_lowercase();
        let found = conversation::like(&self.store, &typed, MOST).await?;
        let offers = found.into_iter().map(|(id, customer, opening)| {
            let customer = name::display(&customer, 30, "Customer");
            Suggestion { label: name::preview(&format!("#{id} {customer}: {opening}"), 100), value: id.to_string() }
        });
        Ok(offers.collect())
    }

    fn canned(&self, text: &str) -> Vec<Suggestion> {
        let offers = self.canned.iter().map(|(name, text)| (name.as_str(), format!("{name}: {text}")));
        matching(text, offers)
    }

    async fn templates(&self, text: &str) -> Result<Vec<Suggestion>, StoreError> {
        let typed = text.split(':').next().unwrap_or_default().to_lowercase();
        let found = template::like(&self.store, &typed, i64::try_from(MOST).unwrap_or(25)).await?;
        let offers = found.into_iter().filter(|template| template.unfit.is_empty()).map(|template| Suggestion {
            label: name::preview(&format!("{} ({}): {}", template.name, template.language, template.body), 100),
            value: format!("{}:{}", template.name, template.language),
        });
        Ok(offers.collect())
    }
}

/// Those that begin with what was typed, then those that hold it.
fn matching<'a>(typed: &str, offers: impl Iterator<Item = (&'a str, String)>) -> Vec<Suggestion> {
    let typed = typed.to_lowercase();
    let mut found: Vec<(bool, &str, String)> = offers
        .filter(|(value, label)| label.to_lowercase().contains(&typed) || value.to_lowercase().contains(&typed))
        .map(|(value, label)| (!value.to_lowercase().starts_with(&typed), value, label))
        .collect();
    found.sort();
    let offer = |(_, value, label): (bool, &str, String)| Suggestion {
        label: name::preview(&label, 100),
        value: value.to_owned(),
    };
    found.into_iter().take(MOST).map(offer).collect()
}

impl Suggest for Offers {
    fn suggest(&self, typing: Typing) -> BoxFuture<'_, Vec<Suggestion>> {
        Box::pin(async move {
            let mut offers = self.offer(&typing).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "Nothing could be offered for /{}: {error}", typing.command);
                Vec::new()
            });
            offers.truncate(MOST);
            offers
        })
    }
}
