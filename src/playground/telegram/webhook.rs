//! Updates by webhook: posted one after the other, again with growing pauses until the receiver takes them.

use std::time::Duration;

use serde_json::{Value, json};

use super::Telegram;
use super::world::World;
use crate::playground::wire::Exchange;

/// The path under which deliveries are shown to the tap.
const PATH: &str = "/webhook";
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Where a bot wants its updates.
#[derive(Clone)]
pub(super) struct Webhook {
    pub(super) url: String,
    pub(super) secret: Option<String>,
    pub(super) max_connections: i64,
    /// When and why a delivery failed last.
    pub(super) failed: Option<(u64, String)>,
}

impl Telegram {
    /// Starts delivering to the webhook a bot has just set.
    pub(super) fn deliver(&self, bot: i64, generation: u64) {
        let telegram = self.clone();
        tokio::spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let stirred = telegram.inner.stirred.notified();
                tokio::pin!(stirred);
                stirred.as_mut().enable();
                let Some((webhook, next)) = telegram.world().next_delivery(bot, generation) else { return };
                let Some((id, body)) = next.filter(|_| !telegram.is_down()) else {
                    let _ = tokio::time::timeout(LONGEST_PAUSE, stirred).await;
                    continue;
                };
                let failed = telegram.post(&webhook, &body).await.err();
                let again = failed.is_some();
                telegram.world().delivered(bot, generation, id, failed);
                if again {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                } else {
                    pause = FIRST_PAUSE;
                }
            }
        });
    }

    async fn post(&self, webhook: &Webhook, update: &Value) -> Result<(), String> {
        let mut request = self.inner.client.post(&webhook.url).json(update).timeout(Duration::from_secs(60));
        if let Some(secret) = &webhook.secret {
            request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
        }
        let status = request.send().await.map(|answer| answer.status());
        self.wire().exchanged(&Exchange {
            service: "telegram",
            method: "POST".to_owned(),
            path: PATH.to_owned(),
            query: String::new(),
            content_type: "application/json".to_owned(),
            request: update.clone(),
            status: status.as_ref().map_or(0, |status| status.as_u16()),
            response: Value::Null,
        });
        match status {
            Ok(status) if status.is_success() => Ok(()),
            Ok(status) => Err(format!("Wrong response from the webhook: {status}")),
            Err(_) => Err("Connection refused".to_owned()),
        }
    }
}

impl World {
    /// The webhook with the update to deliver, if there is one; nothing once it has been replaced.
    fn next_delivery(&mut self, bot: i64, generation: u64) -> Option<(Webhook, Option<(i64, Value)>)> {
        // Drops what is older than a day.
        self.confirm(bot, 0);
        let found = self.bots.get(&bot).filter(|b| b.webhooks == generation)?;
        Some((found.webhook.clone()?, found.updates.front().map(|u| (u.id, u.body.clone()))))
    }

    fn delivered(&mut self, bot: i64, generation: u64, update: i64, failed: Option<String>) {
        let now = self.now();
        let Some(found) = self.bots.get_mut(&bot).filter(|b| b.webhooks == generation) else { return };
        match (failed, &mut found.webhook) {
            (None, _) => found.updates.retain(|u| u.id != update),
            (Some(why), Some(webhook)) => webhook.failed = Some((now, why)),
            (Some(_), None) => {}
        }
    }
}

/// `WebhookInfo`.
pub(super) fn info(webhook: Option<&Webhook>, pending: usize, allowed: &[String]) -> Value {
    let mut info = json!({
        "url": webhook.map_or("", |w| w.url.as_str()),
        "has_custom_certificate": false,
        "pending_update_count": pending,
    });
    if let Some(webhook) = webhook {
        info["max_connections"] = webhook.max_connections.into();
        info["ip_address"] = "127.0.0.1".into();
        if let Some((at, why)) = &webhook.failed {
            info["last_error_date"] = (*at).into();
            info["last_error_message"] = why.clone().into();
        }
    }
    if !allowed.is_empty() {
        info["allowed_updates"] = allowed.into();
    }
    info
}
