//! What Telegram counts of a call. Everything that shows in a group counts against one allowance: sends, edits, deletions,
//! pins, reactions, topics. Callback answers, questions and files that are fetched do not.

use super::Telegram;
use super::refs::{Answerable, chat_of, scope};
use super::render;
use crate::domain::ids::InteractionRef;
use crate::domain::reply::Reply;
use crate::port::{Allowance, Attachment, Call, Toll};

impl Telegram {
    pub(super) fn allowances_(&self) -> Vec<Allowance> {
        let per_minute = self.settings.calls_per_minute;
        let forums = self.bots.iter().flat_map(|bot| &bot.forums).filter(|_| per_minute > 0);
        forums.map(|forum| Allowance { scope: scope(*forum), per_minute }).collect()
    }

    /// Exact but for what only Telegram's answer tells: a topic that is closed against the bot, a picture that it cannot
    /// read, a post that turns out to be a caption take one or two calls more.
    pub(super) fn toll_(&self, call: &Call) -> Option<Toll> {
        let chat = match call {
            Call::PostCard { place, .. }
            | Call::EditCard { place, .. }
            | Call::Post { place, .. }
            | Call::EditPost { place, .. }
            | Call::DeletePost { place, .. }
            | Call::MarkPost { place, .. }
            | Call::React { place, .. } => chat_of(place.channel.as_str()),
            Call::OpenThread { channel, .. } => chat_of(channel.as_str()),
            Call::Seal { thread, .. } | Call::Sign { thread, .. } => chat_of(thread.as_str()),
            Call::Answer { interaction, .. } => chat_of(interaction.as_str()),
            Call::Notice { .. } => self.settings.notice_chat.as_ref().and_then(|chat| chat_of(chat.as_str())),
            Call::Direct { .. } | Call::Fetch { .. } | Call::Send { .. } | Call::Read { .. } => None,
        };
        // A person's own chat is not counted like this.
        let chat = chat.filter(|chat| *chat < 0)?;
        let calls = match call {
            Call::PostCard { place, .. } => 1 + usize::from(place.thread.is_some()),
            Call::Post { post, files, .. } => {
                let names = self.people.cached(&render::called(&post.mentions));
                // What the post encloses is made later, and may need a call of its own.
                render::pieces(post, files, self.settings.max_upload, &names).len() + post.files.len()
            }
            Call::Answer { interaction, reply, files } => self.answer_calls(interaction, reply, files),
            Call::MarkPost { post, mark, .. } => usize::from(!self.marks.stands(post, mark)),
            Call::React { post, emoji, on, .. } => usize::from(self.marks.takes_call(post, emoji, *on)),
            Call::Sign { thread, sign } => usize::from(!self.topics.bears(thread, *sign)),
            _ => 1,
        };
        (calls > 0).then(|| Toll { scope: scope(chat), calls: u32::try_from(calls).unwrap_or(u32::MAX) })
    }

    fn answer_calls(&self, interaction: &InteractionRef, reply: &Reply, files: &[Attachment]) -> usize {
        let is_click = Answerable::decode(interaction).is_some_and(|to| to.query.is_some());
        if is_click && render::alert(reply, files).is_some() {
            return 0;
        }
        render::answer(reply, files, self.settings.max_upload, None).len() + reply.files.len()
    }
}
