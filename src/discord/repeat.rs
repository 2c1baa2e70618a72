//! Whether an earlier attempt arrived after all. Within minutes Discord itself recognises a repeated nonce; later only
//! the history of the channel tells.

use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::ChannelId;

use super::Discord;
use super::http::Ask;
use super::item::snowflake_at;
use super::perform::Stop;
use crate::port::Job;

/// Discord promises "the past few minutes".
const NONCE_HOLDS_MS: i64 = 120_000;
/// Our clock and Discord's may differ.
const CLOCK_SKEW_MS: i64 = 30_000;
const MAX_PAGES: usize = 20;

impl Discord {
    /// For each message, the id under which it already stands. Empty when the nonce still protects a repetition.
    pub(super) async fn earlier(
        &self,
        job: &Job,
        channel_id: ChannelId,
        messages: &[(String, Value)],
    ) -> Result<Vec<Option<String>>, Stop> {
        if job.attempt <= 1 || job.now.since(job.first_tried) <= NONCE_HOLDS_MS {
            return Ok(Vec::new());
        }
        let me = self.own_id().await?;
        let mut found: Vec<Option<String>> = vec![None; messages.len()];
        let mut after = snowflake_at(job.first_tried.plus_ms(-CLOCK_SKEW_MS));
        for _ in 0..MAX_PAGES {
            let ask = Ask::get(Route::ChannelMessages { channel_id }).query(format!("after={after}&limit=100"));
            let page = self.http.call(ask).await?;
            let page = page.as_array().map(Vec::as_slice).unwrap_or_default();
            // Newest first; of several that look alike the oldest is the one that was sent first.
            for old in page.iter().rev().filter(|old| old["author"]["id"] == me) {
                let Some(id) = old["id"].as_str() else { continue };
                let open = |n: &usize| found[*n].is_none();
                let by_nonce = (0..messages.len()).find(|n| old["nonce"] == messages[*n].0.as_str());
                let alike = || (0..messages.len()).find(|n| open(n) && is_alike(old, &messages[*n].1));
                if let Some(n) = by_nonce.or_else(alike) {
                    found[n] = Some(id.to_owned());
                }
            }
            let newest = page.iter().filter_map(|m| m["id"].as_str()?.parse::<u64>().ok()).max();
            match newest {
                Some(newest) if page.len() == 100 => after = newest,
                _ => break,
            }
        }
        Ok(found)
    }
}

/// Same text, same embed title and buttons, same file names, and no other nonce.
fn is_alike(old: &Value, new: &Value) -> bool {
    let text = |message: &Value| message["content"].as_str().unwrap_or_default().trim().to_owned();
    let title = |message: &Value| message["embeds"][0]["title"].as_str().map(str::to_owned);
    let files = |message: &Value| -> Vec<String> {
        let names = message["attachments"].as_array().into_iter().flatten();
        names.map(|f| f["filename"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let buttons = |message: &Value| -> Vec<String> {
        let rows = message["components"].as_array().into_iter().flatten();
        let buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
        buttons.map(|b| b["custom_id"].as_str().unwrap_or_default().to_owned()).collect()
    };
    (old["nonce"].is_null() || old["nonce"] == new["nonce"])
        && text(old) == text(new)
        && title(old) == title(new)
        && files(old).len() == files(new).len()
        && buttons(old) == buttons(new)
}
