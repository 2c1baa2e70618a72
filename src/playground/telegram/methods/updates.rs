//! `getUpdates` with its long poll, and webhooks.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Telegram;
use super::super::places::Call;
use super::super::refusal::{self, Refusal};
use super::super::updates::KINDS;
use super::super::webhook::{self, Webhook};
use super::super::world::World;

/// Telegram waits no longer.
const LONGEST_POLL: i64 = 50;

/// Answers as soon as there are updates, at latest after `timeout` seconds; whoever polled before is turned away.
pub(in super::super) async fn poll(telegram: &Telegram, call: &Call<'_>) -> Result<Value, Refusal> {
    let allowed = allowed(call)?;
    let limit = call.params.int("limit").unwrap_or(100).clamp(1, 100);
    let limit = usize::try_from(limit).unwrap_or(100);
    let seconds = call.params.int("timeout").unwrap_or(0).clamp(0, LONGEST_POLL);
    let until = tokio::time::Instant::now() + Duration::from_secs(seconds.unsigned_abs());
    let turn = {
        let mut world = telegram.world();
        world.confirm(call.bot, call.int("offset"));
        let Some(bot) = world.bots.get_mut(&call.bot) else { return Err(refusal::UNAUTHORIZED) };
        if bot.webhook.is_some() {
            return Err(refusal::WEBHOOK_ACTIVE);
        }
        bot.poller += 1;
        if let Some(allowed) = allowed {
            bot.allowed = allowed;
        }
        bot.poller
    };
    telegram.inner.stirred.notify_waiters();
    loop {
        let stirred = telegram.inner.stirred.notified();
        tokio::pin!(stirred);
        stirred.as_mut().enable();
        {
            let world = telegram.world();
            let Some(bot) = world.bots.get(&call.bot) else { return Err(refusal::UNAUTHORIZED) };
            if bot.webhook.is_some() {
                return Err(refusal::WEBHOOK_SET);
            }
            if bot.poller != turn {
                return Err(refusal::OTHER_POLLER);
            }
            let found = world.waiting(call.bot, limit);
            if !found.is_empty() || tokio::time::Instant::now() >= until || telegram.is_down() {
                return Ok(found.into());
            }
        }
        let _ = tokio::time::timeout_at(until, stirred).await;
    }
}

/// The kinds asked for; none when the call does not say.
fn allowed(call: &Call<'_>) -> Result<Option<Vec<String>>, Refusal> {
    let Some(list) = call.params.list("allowed_updates") else { return Ok(None) };
    let kinds: Option<Vec<String>> = list.iter().map(|kind| kind.as_str().map(str::to_owned)).collect();
    let known = kinds.filter(|kinds| kinds.iter().all(|kind| KINDS.contains(&kind.as_str())));
    known.map(Some).ok_or_else(|| Refusal::fault("unknown kind in allowed_updates"))
}

/// `setWebhook` and `deleteWebhook`.
pub(in super::super) fn set_webhook(telegram: &Telegram, call: &Call<'_>) -> Result<Value, Refusal> {
    let url = call.params.text("url").unwrap_or_default();
    let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().any(|start| url.starts_with(start));
    if !url.is_empty() && !local {
        return Err(Refusal::fault("bad webhook: the stand-in delivers to plain http on this machine only"));
    }
    let secret = call.params.text("secret_token").map(str::to_owned);
    if secret.as_ref().is_some_and(|s| s.len() > 256) {
        return Err(Refusal::fault("secret token is too long"));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if secret.as_ref().is_some_and(|s| s.is_empty() || !s.chars().all(fits)) {
        return Err(Refusal::fault("secret token contains unallowed characters"));
    }
    let max_connections = call.params.int("max_connections").unwrap_or(40).clamp(1, 100);
    let allowed = allowed(call)?;
    let generation = {
        let mut world = telegram.world();
        let Some(bot) = world.bots.get_mut(&call.bot) else { return Err(refusal::UNAUTHORIZED) };
        if call.params.truth("drop_pending_updates") {
            bot.updates.clear();
        }
        if let Some(allowed) = allowed {
            bot.allowed = allowed;
        }
        bot.webhooks += 1;
        let webhook = Webhook { url: url.to_owned(), secret, max_connections, failed: None };
        bot.webhook = (!url.is_empty()).then_some(webhook);
        bot.webhooks
    };
    telegram.inner.stirred.notify_waiters();
    if !url.is_empty() {
        telegram.deliver(call.bot, generation);
    }
    Ok(json!(true))
}

pub(super) fn get_webhook_info(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let Some(bot) = world.bots.get(&call.bot) else { return Err(refusal::UNAUTHORIZED) };
    Ok(webhook::info(bot.webhook.as_ref(), bot.updates.len(), &bot.allowed))
}
