//! Keeps what Baton knows of the account's templates up to date: fetches their list at the start, every quarter of an hour,
//! and when Meta tells of a change, and puts it into the inbox when it is another than the last.
//!
//! What was put last is remembered in memory alone: after a restart, and from each of several processes, the same list comes
//! once more, which changes nothing. Of several processes the one that reads the change from the inbox fetches at once.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::clock::Clock;
use crate::domain::event::Event;
use crate::port::{Inbox, Item, Key, OWN_DOOR};
use crate::whatsapp::WhatsApp;

/// The loop from Meta's list of templates to the inbox.
pub struct Templates {
    /// Who lists them; none without a business account, which is put as well: those of an earlier configuration are gone.
    pub whatsapp: Arc<WhatsApp>,
    /// Where the list goes.
    pub inbox: Arc<dyn Inbox>,
    /// The time.
    pub clock: Clock,
    /// How often.
    pub pace: Pace,
}

/// How often the list is fetched.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two fetches that went well.
    pub every: Duration,
    /// Between a change and its fetch, since changes come in groups.
    pub settle: Duration,
    /// After a failure; doubles with each further one up to `every`.
    pub retry: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { every: Duration::from_secs(900), settle: Duration::from_secs(2), retry: Duration::from_secs(15) }
    }
}

impl Templates {
    /// Fetches until `stop` turns true. A failure is logged when it is another than the one before.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let (mut told, mut trouble, mut pause) = (None, String::new(), self.pace.retry);
        while !*stop.borrow() {
            let fetched = tokio::select! {
                fetched = self.fetch(&mut told) => fetched,
                _ = stop.changed() => return,
            };
            let wait = match fetched {
                Ok(()) => {
                    (trouble, pause) = (String::new(), self.pace.retry);
                    self.pace.every
                }
                Err(why) => {
                    if why != trouble {
                        tracing::warn!("The templates could not be fetched, trying again: {why}");
                        trouble = why;
                    }
                    let wait = pause;
                    pause = (pause * 2).min(self.pace.every);
                    wait
                }
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = self.changed() => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn changed(&self) {
        self.whatsapp.templates_changed().await;
        sleep(self.pace.settle).await;
    }

    /// Puts the list, unless it is the one that was `told` last.
    async fn fetch(&self, told: &mut Option<String>) -> Result<(), String> {
        let templates = self.whatsapp.templates().await?;
        let count = templates.len();
        let body = serde_json::to_string(&Event::Templates { templates }).map_err(|error| error.to_string())?;
        let hash = hex::encode(Sha256::digest(&body));
        if told.as_ref() == Some(&hash) {
            return Ok(());
        }
        let key = Key::new(self.clock.now(), &format!("templates|{hash}"));
        let item = Item { key, door: OWN_DOOR, lane: "templates".to_owned(), body };
        self.inbox.put(vec![item]).await.map_err(|error| error.to_string())?;
        tracing::debug!(count, "The list of templates is another now: {count}");
        *told = Some(hash);
        Ok(())
    }
}
