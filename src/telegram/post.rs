//! Cards and posts: new, edited, deleted.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use teloxide::payloads::EditMessageTextSetters;
use teloxide::payloads::{
    DeleteMessage, EditMessageCaption, EditMessageText, PinChatMessage, PinChatMessageSetters, SendMessage,
    SendMessageSetters,
};
use teloxide::types::{ChatId, LinkPreviewOptions, MessageId, ReplyParameters, ThreadId};

use super::Telegram;
use super::files::Batch;
use super::http::{Ask, Fail};
use super::markup::Rich;
use super::perform::{Stop, chat_id, message_id, target};
use super::refs::{post_ref, user_of};
use super::render::{self, Piece};
use crate::domain::card::{Card, Post};
use crate::domain::event::Refused;
use crate::domain::ids::{PostRef, UserRef};
use crate::port::{Attachment, Job, Place, Receipt};

/// Telegram cannot read a picture or a video as what it claims to be.
const UNREADABLE: [&str; 6] = [
    "photo_invalid_dimensions",
    "image_process_failed",
    "photo_ext_invalid",
    "photo_save_file_invalid",
    "wrong type of the web page content",
    "voice_messages_forbidden",
];

/// The messages of a long post that already stand, so that a pause in its middle does not send its beginning again. Only
/// a saving for as long as the process lives: nothing on Telegram tells what stands already.
#[derive(Default)]
pub(super) struct Progress(Mutex<HashMap<i64, Done>>);

#[derive(Debug, Clone, Default)]
pub(super) struct Done {
    /// How many requests were answered.
    pub(super) pieces: usize,
    pub(super) posts: Vec<PostRef>,
}

impl Progress {
    pub(super) fn of(&self, job: &Job) -> Done {
        if job.attempt > 1 { self.lock().get(&job.outbox.0).cloned().unwrap_or_default() } else { Done::default() }
    }

    fn keep(&self, job: &Job, done: &Done) {
        let mut kept = self.lock();
        if kept.len() > 10_000 {
            kept.clear();
        }
        kept.insert(job.outbox.0, done.clone());
    }

    fn forget(&self, job: &Job) {
        self.lock().remove(&job.outbox.0);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Done>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where something is sent: the chat, the topic in it, the post it answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct To {
    pub(super) chat: i64,
    pub(super) topic: Option<i32>,
    pub(super) answers: Option<i32>,
}

impl Telegram {
    pub(super) async fn post_card(&self, job: &Job, place: &Place, card: &Card) -> Result<Receipt, Stop> {
        let (chat, topic) = target(place)?;
        let names = self.names(chat, &render::called(card.mention.as_slice())).await;
        let to = To { chat, topic, answers: None };
        let pieces = [Piece::Text(render::card(card, &names))];
        let mut receipt = self.send_all(job, to, &pieces, render::keyboard(&card.buttons)).await?;
        receipt.remote.truncate(1);
        if topic.is_some()
            && let Some((_, message)) = receipt.remote.first().and_then(|id| super::refs::within(id))
        {
            let pin = PinChatMessage::new(ChatId(chat), MessageId(message)).disable_notification(true);
            if let Err(fail) = self.bot(chat).call(Ask::of(Some(chat), &pin)).await {
                tracing::warn!(chat, %fail, "A card could not be pinned in its topic: {fail}");
            }
        }
        Ok(receipt)
    }

    pub(super) async fn post(
        &self,
        job: &Job,
        place: &Place,
        post: &Post,
        reply_to: Option<&PostRef>,
        files: &[Attachment],
    ) -> Result<Receipt, Stop> {
        let (chat, topic) = target(place)?;
        let names = self.names(chat, &render::called(&post.mentions)).await;
        let pieces = render::pieces(post, files, self.settings.max_upload, &names);
        let answers = reply_to.and_then(|post| message_id(post).ok()).filter(|(at, _)| *at == chat).map(|(_, id)| id);
        self.send_all(job, To { chat, topic, answers }, &pieces, render::keyboard(&post.buttons)).await
    }

    /// Posts to somebody alone.
    pub(super) async fn direct(&self, job: &Job, user: &UserRef, post: &Post) -> Result<Receipt, Stop> {
        let Some(chat) = user_of(user) else {
            return Err(Stop::Refused(Refused::Invalid, "This is nobody on Telegram.".to_owned()));
        };
        let pieces = render::pieces(post, &[], self.settings.max_upload, &self.people.cached(&[chat]));
        self.send_all(job, To { chat, topic: None, answers: None }, &pieces, render::keyboard(&post.buttons)).await
    }

    pub(super) async fn notice(&self, text: &str) -> Result<Receipt, Stop> {
        let Some(channel) = &self.settings.notice_chat else { return Ok(Receipt::default()) };
        let to = To { chat: chat_id(channel.as_str())?, topic: None, answers: None };
        let sent = self.send(to, &Piece::Text(render::notice(text)), Value::Null).await?;
        Ok(receipt(&sent))
    }

    pub(super) async fn edit_card(&self, place: &Place, post: &PostRef, card: &Card) -> Result<Receipt, Stop> {
        let (chat, _) = target(place)?;
        let names = self.names(chat, &render::called(card.mention.as_slice())).await;
        self.edit(post, &render::card(card, &names), None, render::keyboard(&card.buttons)).await
    }

    pub(super) async fn edit_post(&self, place: &Place, post: &PostRef, body: &Post) -> Result<Receipt, Stop> {
        let (chat, _) = target(place)?;
        let names = self.names(chat, &render::called(&body.mentions)).await;
        let caption = render::one_text(body, render::MAX_CAPTION, &names);
        let text = render::one_text(body, render::MAX_TEXT, &names);
        self.edit(post, &text, Some(&caption), render::keyboard(&body.buttons)).await
    }

    async fn edit(&self, post: &PostRef, text: &Rich, caption: Option<&Rich>, buttons: Value) -> Result<Receipt, Stop> {
        let (chat, message) = message_id(post)?;
        let payload =
            EditMessageText::new(ChatId(chat), MessageId(message), text.text()).link_preview_options(no_preview());
        let mut ask = Ask::of(Some(chat), &payload).with("entities", text.entities());
        if !buttons.is_null() {
            ask = ask.with("reply_markup", buttons.clone());
        }
        let mut edited = self.bot(chat).call(ask).await;
        if let (Err(fail), Some(caption)) = (&edited, caption)
            && fail.says(&["there is no text in the message to edit"])
        {
            let payload = EditMessageCaption::new(ChatId(chat), MessageId(message));
            let mut ask = Ask::of(Some(chat), &payload)
                .with("caption", caption.text())
                .with("caption_entities", caption.entities());
            if !buttons.is_null() {
                ask = ask.with("reply_markup", buttons);
            }
            edited = self.bot(chat).call(ask).await;
        }
        match edited {
            Err(fail) if !fail.says(&["message is not modified"]) => Err(fail.into()),
            _ => Ok(Receipt::of(post.as_str())),
        }
    }

    pub(super) async fn delete(&self, post: &PostRef) -> Result<Receipt, Stop> {
        let (chat, message) = message_id(post)?;
        let ask = Ask::of(Some(chat), &DeleteMessage::new(ChatId(chat), MessageId(message)));
        match self.bot(chat).call(ask).await {
            Err(fail) if fail.says(&["message to delete not found", "message_id_invalid"]) => Ok(Receipt::default()),
            Err(fail) => Err(fail.into()),
            Ok(_) => Ok(Receipt::default()),
        }
    }

    /// Sends the messages of a post that do not stand yet; buttons go with the last words.
    pub(super) async fn send_all(&self, job: &Job, to: To, pieces: &[Piece], buttons: Value) -> Result<Receipt, Stop> {
        let mut done = self.progress.of(job);
        let worded = |piece: &Piece| {
            matches!(piece, Piece::Text(_)) || matches!(piece, Piece::Files(b, _) if b.files.len() == 1)
        };
        let bearer =
            pieces.iter().rposition(|piece| matches!(piece, Piece::Text(_))).or_else(|| pieces.iter().position(worded));
        for (n, piece) in pieces.iter().enumerate().skip(done.pieces) {
            let buttons = if bearer == Some(n) { buttons.clone() } else { Value::Null };
            let to = To { answers: to.answers.filter(|_| n == 0), ..to };
            let sent = self.send(to, piece, buttons).await?;
            done.posts.extend(sent);
            done.pieces = n + 1;
            self.progress.keep(job, &done);
        }
        self.progress.forget(job);
        Ok(receipt(&done.posts))
    }

    /// Sends one message; once more as a document where Telegram cannot read a picture, and after opening a topic that was
    /// closed against the bot.
    pub(super) async fn send(&self, to: To, piece: &Piece, buttons: Value) -> Result<Vec<PostRef>, Stop> {
        let bot = self.bot(to.chat);
        let mut sent = bot.call(asked(to, piece, buttons.clone())).await;
        if let (Err(fail), Piece::Files(batch, caption)) = (&sent, piece)
            && fail.says(&UNREADABLE)
        {
            let plain = Piece::Files(Batch { plain: true, ..batch.clone() }, caption.clone());
            sent = bot.call(asked(to, &plain, buttons.clone())).await;
        }
        if let (Err(fail), Some(topic)) = (&sent, to.topic)
            && fail.says(&["topic_closed"])
        {
            self.reopen(to.chat, topic).await?;
            sent = bot.call(asked(to, piece, buttons)).await;
        }
        let sent = sent?;
        let messages = match &sent {
            Value::Array(all) => all.iter().collect(),
            one => vec![one],
        };
        let id = |message: &Value| i32::try_from(message["message_id"].as_i64()?).ok();
        let ids: Option<Vec<i32>> = messages.into_iter().map(id).collect();
        let ids = ids.ok_or_else(|| Fail::Lost("the answer has no message id".to_owned()))?;
        if let Some(topic) = to.topic {
            ids.iter().for_each(|id| self.people.placed(to.chat, *id, topic));
        }
        Ok(ids.into_iter().map(|id| post_ref(to.chat, id)).collect())
    }
}

fn asked(to: To, piece: &Piece, buttons: Value) -> Ask {
    let mut payload = SendMessage::new(ChatId(to.chat), "").link_preview_options(no_preview());
    payload.message_thread_id = to.topic.map(|topic| ThreadId(MessageId(topic)));
    payload.reply_parameters = to.answers.map(|id| ReplyParameters::new(MessageId(id)).allow_sending_without_reply());
    match piece {
        Piece::Text(text) => {
            payload.text = text.text();
            let ask = Ask::of(Some(to.chat), &payload).with("entities", text.entities());
            if buttons.is_null() { ask } else { ask.with("reply_markup", buttons) }
        }
        Piece::Files(batch, caption) => {
            // Where it goes is said alike in every method.
            let mut body = serde_json::to_value(&payload).unwrap_or_default();
            if let Some(fields) = body.as_object_mut() {
                fields.remove("text");
                fields.remove("link_preview_options");
            }
            batch.ask(to.chat, body, caption, buttons)
        }
    }
}

fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

fn receipt(posts: &[PostRef]) -> Receipt {
    Receipt { remote: posts.iter().map(|post| post.0.clone()).collect(), file: None }
}
