//! The people of the configuration and those that the database knows.

use anyhow::bail;

use crate::config::Config;
use crate::domain::event::{Event, Own};
use crate::domain::ids::Time;
use crate::port::{Item, Key, OWN_DOOR};
use crate::store::{Store, agent};

/// Refuses a configuration that leaves out somebody who owns open conversations, unless it says that they left.
///
/// # Errors
/// With a sentence that says what to do.
pub(super) async fn nobody_is_forgotten(config: &Config, store: &Store) -> anyhow::Result<()> {
    let forgotten = forgotten(config, store).await?;
    if !forgotten.is_empty() {
        bail!("{}", forgotten.join("\nbaton: "));
    }
    Ok(())
}

/// Who is left out although they own open conversations, as sentences.
///
/// # Errors
/// When the database refuses.
pub(super) async fn forgotten(config: &Config, store: &Store) -> anyhow::Result<Vec<String>> {
    let is = |names: &[String], key: &str| names.iter().any(|name| name.eq_ignore_ascii_case(key));
    let named: Vec<String> = config.agents.iter().map(|agent| agent.name.clone()).collect();
    let left_out = agent::loaded(store).await?;
    let left_out = left_out.iter().filter(|one| !is(&named, &one.key) && !is(&config.routing.former, &one.key));
    let sentence = |one: &agent::Loaded| {
        let what =
            if one.n == 1 { "one open conversation".to_owned() } else { format!("{} open conversations", one.n) };
        format!(
            "{key} is no longer among the [[agents]] but owns {what}. Keep {key} until /reassign @{key} has passed \
             them on, or add {key:?} to routing.former, and they are passed on at the start.",
            key = one.key
        )
    };
    Ok(left_out.map(sentence).collect())
}

/// The same for `baton check`, as far as there is a database to look at: it may not have been made yet.
pub async fn who_is_forgotten(config: &Config) -> Vec<String> {
    let Ok(store) = Store::open_beside(&config.database.url).await else { return Vec::new() };
    let sentences = forgotten(config, &store).await.unwrap_or_default();
    store.close().await;
    sentences
}

/// What tells the desk that it starts with this configuration.
pub(super) fn configured(now: Time) -> Item {
    Item {
        key: Key::new(now, &format!("configured:{}", rand::random::<u64>())),
        door: OWN_DOOR,
        lane: "own".to_owned(),
        body: serde_json::to_string(&Event::Own(Own::Configured)).unwrap_or_default(),
    }
}
