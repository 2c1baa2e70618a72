//! Dead letters: what could not be handled (`i12`) and what could not be delivered (`o12`).

use anyhow::bail;
use serde::Serialize;

use crate::clock::Clock;
use crate::desk::show::whatsapp_scope;
use crate::domain::effect::Effect;
use crate::domain::ids::{InboxId, OutboxId, Time};
use crate::store::{Store, inbox, outbox};

/// One dead letter.
#[derive(Debug, Clone, Serialize)]
pub struct Letter {
    /// `i` for what came in, `o` for what was to go out, and its number.
    pub id: String,
    /// Since when, unix milliseconds.
    pub at: i64,
    /// Which door or lane.
    pub lane: String,
    /// Why.
    pub reason: String,
    /// What it is, as stored: holds what people wrote.
    pub content: String,
}

/// The dead letters, oldest first, at most `limit` of each kind.
///
/// # Errors
/// When the database refuses.
pub async fn list(store: &Store, limit: i64) -> anyhow::Result<Vec<Letter>> {
    let mut letters: Vec<Letter> = inbox::dead_letters(store, limit)
        .await?
        .into_iter()
        .map(|row| Letter {
            id: format!("i{}", row.id),
            at: row.arrived_at,
            lane: row.lane,
            reason: row.reason,
            content: row.body,
        })
        .collect();
    letters.extend(outbox::dead_letters(store, limit).await?.into_iter().map(|row| Letter {
        id: format!("o{}", row.id),
        at: row.created_at,
        lane: row.lane,
        reason: row.reason,
        content: row.effect,
    }));
    letters.sort_by_key(|letter| letter.at);
    Ok(letters)
}

/// Puts dead letters back to be tried again: one, or with `all` every one. How many.
///
/// # Errors
/// When there is no such letter or the database refuses.
pub async fn replay(store: &Store, which: &str, clock: &Clock) -> anyhow::Result<u64> {
    let now = clock.now();
    if which == "all" {
        let mut count = 0;
        for letter in list(store, i64::MAX).await? {
            count += replay_one(store, &letter.id, now).await?;
        }
        return Ok(count);
    }
    match replay_one(store, which, now).await? {
        0 => bail!("there is no dead letter {which}: `baton dead-letters list` names them"),
        n => Ok(n),
    }
}

async fn replay_one(store: &Store, which: &str, now: Time) -> anyhow::Result<u64> {
    let number = |rest: &str| rest.parse::<i64>().ok();
    let mut tx = store.begin().await?;
    let count = match (which.strip_prefix('i').and_then(number), which.strip_prefix('o').and_then(number)) {
        (Some(id), _) => inbox::replay(&mut tx, Some(InboxId(id))).await?,
        (_, Some(id)) => u64::from(outbox::replay(&mut tx, OutboxId(id), scope, now).await?),
        _ => bail!("{which:?} is no dead letter: they are named like i12 or o34"),
    };
    tx.commit().await?;
    Ok(count)
}

fn scope(effect: &Effect) -> String {
    match effect {
        Effect::Read { number, .. } => whatsapp_scope(number),
        _ => crate::discord::DOOR.to_owned(),
    }
}
