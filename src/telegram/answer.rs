//! Answers to clicks and commands. A click has a small window over the chat that its author alone sees; what does not fit
//! there, and every answer to a command, is a post that answers the one it is about.

use teloxide::payloads::{AnswerCallbackQuery, AnswerCallbackQuerySetters};
use teloxide::types::CallbackQueryId;

use super::Telegram;
use super::http::{Ask, Fail};
use super::markup::units;
use super::perform::Stop;
use super::post::To;
use super::refs::Answerable;
use super::render;
use crate::domain::event::Refused;
use crate::domain::ids::InteractionRef;
use crate::domain::reply::Reply;
use crate::port::{Attachment, Job, Receipt};

/// Longer than this it would be gone before it is read, so it stays until it is dismissed.
const GLANCE: usize = 60;
/// Telegram forgets a click after some minutes; answered twice, it says the same.
const TOO_LATE: [&str; 2] = ["query is too old", "query id is invalid"];

impl Telegram {
    pub(super) async fn answer(
        &self,
        job: &Job,
        interaction: &InteractionRef,
        reply: &Reply,
        files: &[Attachment],
    ) -> Result<Receipt, Stop> {
        let Some(to) = Answerable::decode(interaction) else {
            return Err(Stop::Refused(Refused::Invalid, "This is not an interaction of Telegram.".to_owned()));
        };
        if let Some(query) = &to.query {
            let alert = render::alert(reply, files);
            let started = self.progress.of(job).pieces > 0;
            let shown = if started { Ok(false) } else { self.call_back(&to, query, alert.as_deref()).await };
            if shown? && alert.is_some() {
                return Ok(Receipt::default());
            }
        }
        let names = self.names(to.chat, &[to.user]).await;
        let asker = to.query.as_ref().filter(|_| to.chat < 0).map(|_| {
            let name = names.get(&to.user).map_or("", String::as_str);
            (to.user, name)
        });
        let pieces = render::answer(reply, files, self.settings.max_upload, asker);
        let place = To { chat: to.chat, topic: to.topic, answers: Some(to.message).filter(|id| *id > 0) };
        self.send_all(job, place, &pieces, render::keyboard(&reply.buttons)).await
    }

    /// Ends the waiting of a click, with a text or without; whether it was shown.
    async fn call_back(&self, to: &Answerable, query: &str, text: Option<&str>) -> Result<bool, Fail> {
        let mut payload = AnswerCallbackQuery::new(CallbackQueryId(query.to_owned()));
        if let Some(text) = text {
            payload = payload.text(text).show_alert(units(text) > GLANCE);
        }
        match self.bot(to.chat).call(Ask::of(None, &payload)).await {
            Ok(_) => Ok(true),
            Err(fail) if fail.says(&TOO_LATE) => Ok(false),
            Err(fail) => Err(fail),
        }
    }
}
