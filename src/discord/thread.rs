//! Threads: started under a card, folded away and opened.

use reqwest::Method;
use serde_json::json;
use serenity::builder::{CreateThread, EditThread};
use serenity::http::Route;
use serenity::model::channel::AutoArchiveDuration;
use serenity::model::id::ChannelId;

use super::Discord;
use super::http::Ask;
use super::perform::{Stop, channel_id, message_id};
use crate::domain::ids::{ChannelRef, PostRef, ThreadRef};
use crate::port::{Fold, Receipt};

impl Discord {
    /// Starts the thread under a card; its id is the card's, so an existing one is known without asking.
    pub(super) async fn start_thread(&self, channel: &ChannelRef, card: &PostRef, name: &str) -> Result<Receipt, Stop> {
        let (channel_id, message_id) = (channel_id(channel.as_str())?, message_id(card)?);
        let thread = CreateThread::new(thread_name(name)).auto_archive_duration(AutoArchiveDuration::OneWeek);
        let ask = Ask::new(Method::POST, Route::ChannelMessageThreads { channel_id, message_id })
            .json(serde_json::to_value(&thread).unwrap_or_default());
        match self.http.call(ask).await {
            Ok(thread) => Ok(Receipt::of(thread["id"].as_str().unwrap_or(card.as_str()))),
            Err(fail) if fail.code() == 160_004 => Ok(Receipt::of(card.as_str())),
            Err(fail) => Err(fail.into()),
        }
    }

    /// Folds a thread away, locks it, or opens it for everyone.
    pub(super) async fn seal(&self, thread: &ThreadRef, state: Fold) -> Result<Receipt, Stop> {
        let channel = channel_id(thread.as_str())?;
        match state {
            Fold::Open => self.open_thread(channel).await?,
            Fold::Folded => self.fold_thread(channel).await?,
            Fold::Locked => self.lock_thread(channel).await?,
        }
        Ok(Receipt::of(thread.as_str()))
    }

    async fn fold_thread(&self, channel: ChannelId) -> Result<(), Stop> {
        match self.http.call(edit_thread(channel, &EditThread::new().archived(true))).await {
            // Only an archived thread refuses to be changed like this.
            Err(fail) if fail.code() != 50_083 => Err(fail.into()),
            _ => Ok(()),
        }
    }

    /// An archived thread takes no change but being opened, so one that is folded already is locked on its way through.
    async fn lock_thread(&self, channel: ChannelId) -> Result<(), Stop> {
        match self.http.call(edit_thread(channel, &EditThread::new().archived(true).locked(true))).await {
            Err(fail) if fail.code() == 50_083 => {}
            Err(fail) => return Err(fail.into()),
            Ok(_) => return Ok(()),
        }
        self.http.call(edit_thread(channel, &EditThread::new().archived(false).locked(true))).await?;
        self.fold_thread(channel).await
    }

    /// Unfolds a thread, and unlocks it when it is locked. The lock is only touched when it is there, since that takes a
    /// permission the rest does not need.
    pub(super) async fn open_thread(&self, channel: ChannelId) -> Result<(), Stop> {
        let opened = self.http.call(edit_thread(channel, &EditThread::new().archived(false))).await;
        let locked = match &opened {
            Ok(thread) => thread["thread_metadata"]["locked"] == true,
            Err(fail) => matches!(fail.code(), 160_005 | 50_083),
        };
        if locked {
            self.http.call(edit_thread(channel, &EditThread::new().archived(false).locked(false))).await?;
            return Ok(());
        }
        opened?;
        Ok(())
    }
}

fn edit_thread(channel_id: ChannelId, edit: &EditThread<'_>) -> Ask {
    let body = serde_json::to_value(edit).unwrap_or_else(|_| json!({}));
    Ask::new(Method::PATCH, Route::Channel { channel_id }).json(body)
}

/// 1 to 100 characters on one line.
fn thread_name(name: &str) -> String {
    let clean: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = super::render::clipped(&clean, 100);
    if clean.is_empty() { "conversation".to_owned() } else { clean }
}
