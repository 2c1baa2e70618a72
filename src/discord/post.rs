//! Cards and posts: new, edited, deleted.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::Method;
use serde_json::{Value, json};
use serenity::http::Route;
use serenity::model::id::{ChannelId, MessageId};

use super::Discord;
use super::http::{Ask, Fail};
use super::perform::{Stop, channel_id, message_id, target};
use super::render;
use crate::domain::card::{Card, Post};
use crate::domain::event::Refused;
use crate::domain::ids::{PostRef, UserRef};
use crate::port::{Attachment, Job, Place, Receipt};

/// The messages of a long post that already stand, so that a pause in its middle does not send its beginning again. Only
/// a saving: after a restart the nonces and the history tell.
#[derive(Default)]
pub(super) struct Progress(Mutex<HashMap<i64, Vec<String>>>);

impl Progress {
    fn of(&self, job: &Job) -> Vec<String> {
        if job.attempt > 1 { self.lock().get(&job.outbox.0).cloned().unwrap_or_default() } else { Vec::new() }
    }

    fn keep(&self, job: &Job, ids: &[String]) {
        let mut kept = self.lock();
        if kept.len() > 10_000 {
            kept.clear();
        }
        kept.insert(job.outbox.0, ids.to_vec());
    }

    fn forget(&self, job: &Job) {
        self.lock().remove(&job.outbox.0);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Discord {
    pub(super) async fn post_card(&self, job: &Job, place: &Place, card: &Card) -> Result<Receipt, Stop> {
        let channel = target(place)?;
        let nonce = render::nonce(job.outbox, &channel.to_string(), 0);
        let body = render::new_card(card, &nonce);
        let earlier = self.earlier(job, channel, &[(nonce, body.clone())]).await?;
        if let Some(Some(id)) = earlier.into_iter().next() {
            return Ok(Receipt::of(id));
        }
        Ok(Receipt::of(self.send(channel, body, &[]).await?))
    }

    pub(super) async fn post(
        &self,
        job: &Job,
        place: &Place,
        post: &Post,
        reply_to: Option<&PostRef>,
        files: &[Attachment],
    ) -> Result<Receipt, Stop> {
        let channel = target(place)?;
        let pieces = render::pieces(post, files, self.settings.max_file);
        let mut bodies = Vec::with_capacity(pieces.len());
        for (n, piece) in pieces.iter().enumerate() {
            let nonce = render::nonce(job.outbox, &channel.to_string(), n);
            let reply_to = reply_to.filter(|_| n == 0).map(PostRef::as_str);
            let body = render::new_piece(piece, post, &nonce, reply_to);
            bodies.push((nonce, body));
        }
        let mut ids = self.progress.of(job);
        let earlier = if ids.is_empty() { self.earlier(job, channel, &bodies).await? } else { Vec::new() };
        for (n, ((_, body), piece)) in bodies.into_iter().zip(&pieces).enumerate().skip(ids.len()) {
            let id = match earlier.get(n).cloned().flatten() {
                Some(id) => id,
                None => self.send(channel, body, &piece.files).await?,
            };
            ids.push(id);
            self.progress.keep(job, &ids);
        }
        self.progress.forget(job);
        Ok(Receipt { remote: ids, file: None })
    }

    /// Posts to somebody alone, where what is between them and the bot stands.
    pub(super) async fn direct(&self, job: &Job, user: &UserRef, post: &Post) -> Result<Receipt, Stop> {
        let Some(id) = user.as_str().parse::<u64>().ok().filter(|id| *id != 0) else {
            return Err(Stop::Refused(Refused::Invalid, "This is nobody on Discord.".to_owned()));
        };
        let ask = Ask::new(Method::POST, Route::UserMeDmChannels).json(json!({ "recipient_id": id.to_string() }));
        let opened = self.http.call(ask).await?;
        let channel = opened["id"].as_str().unwrap_or_default();
        let place = Place { channel: channel.into(), thread: None };
        self.post(job, &place, post, None, &[]).await
    }

    pub(super) async fn notice(&self, job: &Job, text: &str) -> Result<Receipt, Stop> {
        let Some(channel) = &self.settings.notice_channel else { return Ok(Receipt::default()) };
        let channel = channel_id(channel.as_str())?;
        let nonce = render::nonce(job.outbox, &channel.to_string(), 0);
        let body = render::notice(text, &nonce);
        let earlier = self.earlier(job, channel, &[(nonce, body.clone())]).await?;
        if let Some(Some(id)) = earlier.into_iter().next() {
            return Ok(Receipt::of(id));
        }
        Ok(Receipt::of(self.send(channel, body, &[]).await?))
    }

    pub(super) async fn edit(&self, place: &Place, post: &PostRef, body: Value) -> Result<Receipt, Stop> {
        let (channel_id, message_id) = (target(place)?, message_id(post)?);
        let ask = || Ask::new(Method::PATCH, Route::ChannelMessage { channel_id, message_id }).json(body.clone());
        self.opening(place, ask).await?;
        Ok(Receipt::of(post.as_str()))
    }

    pub(super) async fn delete(&self, place: &Place, post: &PostRef) -> Result<Receipt, Stop> {
        let (channel_id, message_id) = (target(place)?, message_id(post)?);
        let ask = || Ask::new(Method::DELETE, Route::ChannelMessage { channel_id, message_id });
        match self.opening(place, ask).await {
            Err(Stop::Fail(fail)) if matches!(fail.code(), 10_008 | 10_003) => Ok(Receipt::default()),
            other => other.map(|_| Receipt::default()),
        }
    }

    /// Sends one message, opening its thread when somebody locked it.
    async fn send(&self, channel_id: ChannelId, body: Value, files: &[Attachment]) -> Result<String, Stop> {
        let ask = || Ask::new(Method::POST, Route::ChannelMessages { channel_id }).json(body.clone()).files(files);
        let mut sent = self.http.call(ask()).await;
        if sent.as_ref().is_err_and(is_shut) {
            self.open_thread(channel_id).await?;
            sent = self.http.call(ask()).await;
        }
        let message = sent?;
        let id = message["id"].as_str().filter(|id| id.parse::<MessageId>().is_ok());
        Ok(id.ok_or_else(|| Fail::Lost("the answer has no message id".to_owned()))?.to_owned())
    }

    /// Calls, and once more after opening the thread when it is folded away or locked.
    pub(super) async fn opening(&self, place: &Place, ask: impl Fn() -> Ask) -> Result<Value, Stop> {
        match self.http.call(ask()).await {
            Err(fail) if is_shut(&fail) && place.thread.is_some() => {
                self.open_thread(target(place)?).await?;
                Ok(self.http.call(ask()).await?)
            }
            other => Ok(other?),
        }
    }
}

/// Folded away or locked.
pub(super) fn is_shut(fail: &Fail) -> bool {
    matches!(fail.code(), 50_083 | 160_005)
}
