//! Does what a job asks, and says how it ended.

use futures::FutureExt;
use futures::future::BoxFuture;
use serenity::model::id::{ChannelId, MessageId};

use super::http::Fail;
use super::{Discord, render};
use crate::domain::card::Caps;
use crate::domain::event::{Failure, Refused};
use crate::domain::ids::{NumberId, PostRef};
use crate::port::{Call, Channel, Job, Outcome, Place, Receipt, Scope};

/// The scope that holds everything that leaves for Discord.
const SCOPE: &str = "discord";

/// So often a thread may be shut again while something is done in it.
const SHUT_AGAIN: u32 = 6;

/// Why a job is not done.
#[derive(Debug)]
pub(super) enum Stop {
    /// Discord's answer, or its absence.
    Fail(Fail),
    /// Nothing Discord said: the sentence tells.
    Refused(Refused, String),
}

impl From<Fail> for Stop {
    fn from(fail: Fail) -> Self {
        Self::Fail(fail)
    }
}

impl Channel for Discord {
    fn perform(&self, job: Job) -> BoxFuture<'_, Outcome> {
        async move {
            match self.call(&job).await {
                Ok(receipt) => Outcome::Done(receipt),
                Err(stop) => outcome(stop, &job),
            }
        }
        .boxed()
    }

    fn caps(&self) -> Caps {
        Caps {
            max_text: render::MAX_TEXT,
            max_file: self.settings.max_file,
            max_files: render::MAX_FILES,
            lists_cards: true,
        }
    }

    fn scope(&self, _number: &NumberId) -> String {
        SCOPE.to_owned()
    }
}

impl Discord {
    async fn call(&self, job: &Job) -> Result<Receipt, Stop> {
        match &job.call {
            Call::PostCard { place, card } => self.post_card(job, place, card).await,
            Call::EditCard { place, post, card } => self.edit(place, post, render::edited_card(card)).await,
            Call::OpenThread { channel, card, name, .. } => self.start_thread(channel, card, name).await,
            Call::Post { place, post, reply_to, files } => self.post(job, place, post, reply_to.as_ref(), files).await,
            Call::EditPost { place, post, body } => self.edit(place, post, render::edited_post(body)).await,
            Call::DeletePost { place, post } => self.delete(place, post).await,
            Call::MarkPost { place, post, mark } => self.mark(place, post, mark).await,
            Call::React { place, post, emoji, on } => self.react(place, post, emoji, *on).await,
            Call::Seal { thread, state } => self.seal(thread, *state).await,
            Call::Answer { interaction, reply, files } => self.answer(interaction, reply, files).await,
            Call::Direct { user, post } => self.direct(job, user, post).await,
            Call::Notice { text } => self.notice(job, text).await,
            Call::Fetch { file, into, .. } => self.fetch(file, into).await,
            // Discord's threads bear none.
            Call::Sign { .. } => Ok(Receipt::default()),
            Call::Send { .. } | Call::Read { .. } => {
                Err(Stop::Refused(Refused::Invalid, "Discord is not the way to a customer.".to_owned()))
            }
        }
    }
}

/// The channel or thread a place means.
pub(super) fn target(place: &Place) -> Result<ChannelId, Stop> {
    channel_id(place.thread.as_ref().map_or(place.channel.as_str(), |thread| thread.as_str()))
}

pub(super) fn channel_id(text: &str) -> Result<ChannelId, Stop> {
    let id = text.parse::<u64>().ok().filter(|id| *id != 0);
    id.map(ChannelId::new).ok_or_else(|| not_an_id(Refused::ChannelGone, text))
}

pub(super) fn message_id(post: &PostRef) -> Result<MessageId, Stop> {
    let id = post.as_str().parse::<u64>().ok().filter(|id| *id != 0);
    id.map(MessageId::new).ok_or_else(|| not_an_id(Refused::PostGone, post.as_str()))
}

fn not_an_id(refused: Refused, text: &str) -> Stop {
    Stop::Refused(refused, format!("{text:?} is not an id of Discord."))
}

fn outcome(stop: Stop, job: &Job) -> Outcome {
    let fail = match stop {
        Stop::Fail(fail) => fail,
        Stop::Refused(refusal, reason) => return Outcome::Refused { refusal, failure: Failure { code: 0, reason } },
    };
    let why = fail.to_string();
    let later = |after_ms: i64, scope: Scope| Outcome::Later { after_ms, scope, why: why.clone() };
    // Every call of this adapter is idempotent or carries a nonce, so one that may have happened is simply repeated.
    match &fail {
        Fail::Limited(wait) => {
            let scope = if wait.all { Scope::All(SCOPE.to_owned()) } else { Scope::Lane };
            later(i64::try_from(wait.after.as_millis()).unwrap_or(i64::MAX).max(1), scope)
        }
        Fail::NotSent(_) | Fail::Server(_) => later(backoff_ms(job.attempt), Scope::Lane),
        Fail::Lost(_) => later(backoff_ms(job.attempt) / 2, Scope::Lane),
        Fail::File(reason) => refused(Refused::Invalid, 0, reason.clone()),
        // The token is not accepted: a matter for the operator, and no reason to lose what waits.
        Fail::Api { status: 401, .. } | Fail::Api { status: 403, code: 0 | 40_333, .. } => {
            later(60_000, Scope::All(SCOPE.to_owned()))
        }
        Fail::Api { status, code, message } => match code {
            // Opened for this, it was shut again by something that went on beside it.
            50_083 | 160_005 if job.attempt < SHUT_AGAIN => later(backoff_ms(job.attempt) / 4, Scope::Lane),
            10_003 => refused(gone(&job.call), *code, "The thread or channel no longer exists on Discord.".to_owned()),
            10_008 => refused(Refused::PostGone, *code, "The post no longer exists on Discord.".to_owned()),
            50_001 | 50_007 | 50_013 | 50_083 | 160_005 => {
                refused(Refused::Forbidden, *code, format!("Discord does not let the bot do this: {message}."))
            }
            160_006 => Outcome::Later {
                after_ms: 60_000,
                scope: Scope::Lane,
                why: "the guild has reached its 1000 active threads: close or archive some".to_owned(),
            },
            20_016 | 20_028 | 30_046 | 130_000 => later(backoff_ms(job.attempt).max(5_000), Scope::Lane),
            _ if matches!(status, 408 | 425) => later(backoff_ms(job.attempt), Scope::Lane),
            _ if *status == 403 => {
                refused(Refused::Forbidden, *code, format!("Discord does not let the bot do this: {message}."))
            }
            _ => refused(Refused::Invalid, *code, format!("Discord does not take it: {message}.")),
        },
    }
}

fn refused(refusal: Refused, code: i64, reason: String) -> Outcome {
    Outcome::Refused { refusal, failure: Failure { code, reason } }
}

/// Which loss an unknown channel means for this call.
fn gone(call: &Call) -> Refused {
    match call {
        Call::PostCard { place, .. }
        | Call::EditCard { place, .. }
        | Call::Post { place, .. }
        | Call::EditPost { place, .. }
        | Call::DeletePost { place, .. }
        | Call::MarkPost { place, .. }
        | Call::React { place, .. }
            if place.thread.is_some() =>
        {
            Refused::ThreadGone
        }
        Call::Seal { .. } => Refused::ThreadGone,
        // Where the question stood is gone, and the answer goes with it.
        Call::Answer { .. } => Refused::PostGone,
        _ => Refused::ChannelGone,
    }
}

/// 1, 2, 4, … 60 s.
fn backoff_ms(attempt: u32) -> i64 {
    1000 * 1i64.checked_shl(attempt.saturating_sub(1).min(6)).unwrap_or(60).min(60)
}
