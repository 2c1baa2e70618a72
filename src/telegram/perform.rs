//! Does what a job asks, and says how it ended.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::Telegram;
use super::files::MAX_FILES;
use super::http::{Fail, UNAUTHORIZED_PAUSE};
use super::refs::{chat_of, scope, within};
use super::render;
use crate::domain::card::Caps;
use crate::domain::event::{Failure, Refused};
use crate::domain::ids::{NumberId, PostRef};
use crate::domain::workspace::Workspace;
use crate::port::{Allowance, Call, Channel, Job, Outcome, Place, Receipt, Scope, Toll};

/// Why a job is not done.
#[derive(Debug)]
pub(super) enum Stop {
    /// Telegram's answer, or its absence.
    Fail(Fail),
    /// Nothing Telegram said: the sentence tells.
    Refused(Refused, String),
}

impl From<Fail> for Stop {
    fn from(fail: Fail) -> Self {
        Self::Fail(fail)
    }
}

impl Channel for Telegram {
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
            max_file: self.settings.max_upload,
            max_files: MAX_FILES,
            lists_cards: false,
        }
    }

    fn scope(&self, _number: &NumberId) -> String {
        Workspace::Telegram.as_str().to_owned()
    }

    fn allowances(&self) -> Vec<Allowance> {
        self.allowances_()
    }

    fn toll(&self, call: &Call) -> Option<Toll> {
        self.toll_(call)
    }
}

impl Telegram {
    async fn call(&self, job: &Job) -> Result<Receipt, Stop> {
        match &job.call {
            Call::PostCard { place, card } => self.post_card(job, place, card).await,
            Call::EditCard { place, post, card } => self.edit_card(place, post, card).await,
            Call::OpenThread { channel, name, sign, .. } => self.open_topic(channel, name, *sign).await,
            Call::Post { place, post, reply_to, files } => self.post(job, place, post, reply_to.as_ref(), files).await,
            Call::EditPost { place, post, body } => self.edit_post(place, post, body).await,
            Call::DeletePost { post, .. } => self.delete(post).await,
            Call::MarkPost { post, mark, .. } => self.mark(post, mark).await,
            Call::React { place, post, emoji, on } => self.react(place, post, emoji, *on).await,
            Call::Seal { thread, state } => self.seal(thread, *state).await,
            Call::Sign { thread, sign } => self.sign(thread, *sign).await,
            Call::Answer { interaction, reply, files } => self.answer(job, interaction, reply, files).await,
            Call::Direct { user, post } => self.direct(job, user, post).await,
            Call::Notice { text } => self.notice(text).await,
            Call::Fetch { file, into, .. } => self.fetch(file, into).await,
            Call::Send { .. } | Call::Read { .. } => {
                Err(Stop::Refused(Refused::Invalid, "Telegram is not the way to a customer.".to_owned()))
            }
        }
    }
}

/// The chat and the topic a place means; no topic stands for General.
pub(super) fn target(place: &Place) -> Result<(i64, Option<i32>), Stop> {
    match &place.thread {
        Some(thread) => {
            let (chat, topic) =
                within(thread.as_str()).ok_or_else(|| not_an_id(Refused::ThreadGone, thread.as_str()))?;
            Ok((chat, Some(topic)))
        }
        None => Ok((chat_id(place.channel.as_str())?, None)),
    }
}

pub(super) fn chat_id(text: &str) -> Result<i64, Stop> {
    chat_of(text).ok_or_else(|| not_an_id(Refused::ChannelGone, text))
}

/// The chat and the number of a post.
pub(super) fn message_id(post: &PostRef) -> Result<(i64, i32), Stop> {
    within(post.as_str()).ok_or_else(|| not_an_id(Refused::PostGone, post.as_str()))
}

fn not_an_id(refused: Refused, text: &str) -> Stop {
    Stop::Refused(refused, format!("{text:?} is not an id of Telegram."))
}

/// The topic is gone, in each of Telegram's words for it.
pub(super) const TOPIC_GONE: [&str; 4] =
    ["message thread not found", "topic_deleted", "topic_id_invalid", "topic not found"];
const POST_GONE: [&str; 7] = [
    "message to edit not found",
    "message can't be edited",
    "message to delete not found",
    "message to react not found",
    "message to pin not found",
    "message_id_invalid",
    "message not found",
];
const CHAT_GONE: [&str; 4] = ["chat not found", "group chat was deactivated", "peer_id_invalid", "channel_private"];
const NO_RIGHT: [&str; 5] =
    ["not enough rights", "chat_admin_required", "need administrator rights", "chat_write_forbidden", "have no rights"];

fn outcome(stop: Stop, job: &Job) -> Outcome {
    let fail = match stop {
        Stop::Fail(fail) => fail,
        Stop::Refused(refusal, reason) => return Outcome::Refused { refusal, failure: Failure { code: 0, reason } },
    };
    let why = fail.to_string();
    let later = |after_ms: i64, scope: Scope| Outcome::Later { after_ms, scope, why: why.clone() };
    let here = || where_of(&job.call).map_or(Scope::Lane, |chat| Scope::All(scope(chat)));
    let millis = |after: std::time::Duration| i64::try_from(after.as_millis()).unwrap_or(i64::MAX).max(1);
    match &fail {
        Fail::Limited { after, chat } => later(millis(*after), chat.map_or_else(here, |chat| Scope::All(scope(chat)))),
        Fail::NotSent(_) | Fail::Server(_) => later(backoff_ms(job.attempt), Scope::Lane),
        // There is nothing by which Telegram would know a repetition, and nothing in which to look: better twice than never.
        Fail::Lost(_) => later(backoff_ms(job.attempt) / 2, Scope::Lane),
        Fail::File(reason) => refused(Refused::Invalid, 0, reason.clone()),
        Fail::Migrated(to) => refused(
            Refused::ChannelGone,
            400,
            format!("The group became a supergroup with the id {to}: put that into the configuration."),
        ),
        // The token is not accepted: a matter for the operator, and no reason to lose what waits.
        Fail::Api { status: 401, .. } => later(millis(UNAUTHORIZED_PAUSE), here()),
        Fail::Api { status: 408 | 409 | 425, .. } => later(backoff_ms(job.attempt), Scope::Lane),
        Fail::Api { status, message } => {
            let code = i64::from(*status);
            if fail.says(&TOPIC_GONE) && job.call.thread().is_some() {
                refused(Refused::ThreadGone, code, "The topic no longer exists on Telegram.".to_owned())
            } else if fail.says(&TOPIC_GONE) && matches!(job.call, Call::Answer { .. }) {
                // Where the question stood is gone, and the answer goes with it.
                refused(Refused::PostGone, code, "The topic of the question no longer exists on Telegram.".to_owned())
            } else if fail.says(&POST_GONE) {
                refused(Refused::PostGone, code, "The post no longer exists on Telegram.".to_owned())
            } else if matches!(job.call, Call::Direct { .. }) && (*status == 403 || fail.says(&CHAT_GONE)) {
                let reason = "They take no messages of the bot: they have to open its chat and press Start.";
                refused(Refused::Forbidden, code, reason.to_owned())
            } else if fail.says(&CHAT_GONE) || fail.says(&TOPIC_GONE) {
                refused(Refused::ChannelGone, code, "The group no longer exists on Telegram for the bot.".to_owned())
            } else if *status == 403 && fail.says(&["kicked", "not a member"]) {
                refused(Refused::Forbidden, code, "The bot is not in the group any more: add it again.".to_owned())
            } else if *status == 403 || fail.says(&NO_RIGHT) {
                let reason = format!(
                    "Telegram does not let the bot do this: {message}. Make it an administrator who may manage topics, pin and delete messages."
                );
                refused(Refused::Forbidden, code, reason)
            } else if *status == 413 {
                refused(Refused::Invalid, code, "The file is too large for Telegram.".to_owned())
            } else {
                refused(Refused::Invalid, code, format!("Telegram does not take it: {message}."))
            }
        }
    }
}

fn refused(refusal: Refused, code: i64, reason: String) -> Outcome {
    Outcome::Refused { refusal, failure: Failure { code, reason } }
}

/// The chat in which a call happens.
fn where_of(call: &Call) -> Option<i64> {
    match call {
        Call::PostCard { place, .. } | Call::Post { place, .. } => chat_of(place.channel.as_str()),
        Call::OpenThread { channel, .. } => chat_of(channel.as_str()),
        Call::Seal { thread, .. } | Call::Sign { thread, .. } => chat_of(thread.as_str()),
        Call::Answer { interaction, .. } => chat_of(interaction.as_str()),
        Call::Direct { user, .. } => chat_of(user.as_str()),
        other => other.post().and_then(|post| chat_of(post.as_str())),
    }
}

/// 1, 2, 4, … 60 s.
fn backoff_ms(attempt: u32) -> i64 {
    1000 * 1i64.checked_shl(attempt.saturating_sub(1).min(6)).unwrap_or(60).min(60)
}
