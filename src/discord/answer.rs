//! Answers to clicks and commands. Discord wants a first sign within three seconds; an interaction that has no answer by
//! half of that is deferred, and its answer then edits the promise.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Method;
use serenity::http::Route;
use serenity::model::id::{ApplicationId, InteractionId};
use tokio::time::Instant;

use super::Discord;
use super::http::{Ask, Fail};
use super::perform::Stop;
use super::refs::{Answerable, answerable};
use super::render;
use crate::domain::event::Refused;
use crate::domain::ids::InteractionRef;
use crate::domain::reply::Reply;
use crate::port::{Attachment, Receipt};

/// When an unanswered interaction is deferred.
pub(super) const DEFER_AFTER: Duration = Duration::from_millis(1500);
/// Discord drops the token of an interaction after this.
const TOKEN_LIVES: Duration = Duration::from_secs(900);

/// The interactions of the last quarter of an hour and how far their answers are.
#[derive(Default)]
pub(super) struct Pending(Mutex<HashMap<u64, Waiting>>);

struct Waiting {
    since: Instant,
    /// Held while one answer is under way, so that the promise and the answer never cross.
    state: Arc<tokio::sync::Mutex<Answered>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answered {
    No,
    /// Promised or answered: what follows is an edit.
    Somehow,
}

impl Pending {
    /// The state of an interaction, new when it was never seen.
    fn state(&self, id: u64) -> Arc<tokio::sync::Mutex<Answered>> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if waiting.len() > 1_000 {
            waiting.retain(|_, w| now.duration_since(w.since) < TOKEN_LIVES);
        }
        let new = || Waiting { since: now, state: Arc::new(tokio::sync::Mutex::new(Answered::No)) };
        waiting.entry(id).or_insert_with(new).state.clone()
    }
}

impl Discord {
    /// Answers, or edits what stands in the place of the answer. Too late counts as done.
    pub(super) async fn answer(
        &self,
        interaction: &InteractionRef,
        reply: &Reply,
        files: &[Attachment],
    ) -> Result<Receipt, Stop> {
        let Some(to) = answerable(interaction) else {
            return Err(Stop::Refused(Refused::Invalid, "This is not an interaction of Discord.".to_owned()));
        };
        let answer = render::Answer::new(reply, files, self.settings.max_file);
        let state = self.pending.state(to.id);
        let mut state = state.lock().await;
        if *state == Answered::No {
            match self.callback(&to, answer.first(reply), &answer.files).await {
                Ok(()) => {
                    *state = Answered::Somehow;
                    return Ok(Receipt::default());
                }
                Err(fail) if fail.code() == 40_060 => *state = Answered::Somehow,
                Err(fail) if is_too_late(&fail) => return Ok(Receipt::default()),
                Err(fail) => return Err(fail.into()),
            }
        }
        let application = match to.application {
            Some(id) => id,
            None => self.own_id().await?.parse().unwrap_or(1),
        };
        let application_id = ApplicationId::new(application.max(1));
        let route = Route::WebhookOriginalInteractionResponse { application_id, token: &to.token };
        match self.http.call(Ask::new(Method::PATCH, route).json(answer.edited(reply)).files(&answer.files)).await {
            Err(fail) if !is_too_late(&fail) => Err(fail.into()),
            _ => Ok(Receipt::default()),
        }
    }

    /// Promises an answer once the time comes, unless it was given by then. The promise is only made of interactions that
    /// are stored.
    pub(super) async fn defer_unless_answered(&self, interaction: &InteractionRef, arrived: Instant) {
        let Some(to) = answerable(interaction) else { return };
        let state = self.pending.state(to.id);
        tokio::time::sleep_until(arrived + DEFER_AFTER).await;
        let mut state = state.lock().await;
        if *state != Answered::No {
            return;
        }
        match self.callback(&to, render::defer(), &[]).await {
            Ok(()) => {
                *state = Answered::Somehow;
                self.health.count_deferred();
            }
            Err(fail) if fail.code() == 40_060 => *state = Answered::Somehow,
            Err(fail) => tracing::warn!(%fail, "An interaction could not be deferred: {fail}"),
        }
    }

    pub(super) async fn callback(
        &self,
        to: &Answerable,
        body: serde_json::Value,
        files: &[Attachment],
    ) -> Result<(), Fail> {
        let interaction_id = InteractionId::new(to.id.max(1));
        let route = Route::InteractionResponse { interaction_id, token: &to.token };
        self.http.call(Ask::new(Method::POST, route).json(body).files(files)).await.map(|_| ())
    }
}

/// Unknown interaction, invalid or expired token, unknown webhook, promise removed by the person.
fn is_too_late(fail: &Fail) -> bool {
    matches!(fail.code(), 10_062 | 50_027 | 10_015 | 10_008)
}
