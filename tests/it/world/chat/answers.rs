//! What Telegram shows in a topic and Discord to the asker alone: commands, and what answers them.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use baton::discord::markup::escaped;
use baton::playground::discord::MessageView;
use baton::playground::telegram::MessageView as Post;

use super::Answer;
use super::telegram::{Asked, Forums, place_id};

/// Longer than this a text may go on in a second post.
const LONG: usize = 900;

/// Which posts of a forum only their asker would see elsewhere.
pub(super) struct Private {
    /// Commands, and everything that answers one or a click.
    pub(super) hidden: HashSet<i64>,
    /// The answers, by what they answer and who asked.
    of: HashMap<(i64, i64), Vec<i64>>,
}

impl Forums {
    /// Tells commands and answers from what is said.
    pub(super) fn private(&self, forum: i64, posts: &[Post]) -> Private {
        let bot = self.telegram.bot_id();
        let pressed: HashSet<(i64, i64)> = self
            .telegram
            .callbacks()
            .into_iter()
            .filter(|press| press.chat == forum)
            .map(|press| (press.message, press.user))
            .collect();
        let mut found = Private { hidden: HashSet::new(), of: HashMap::new() };
        let mut commands: HashMap<i64, i64> = HashMap::new();
        // The newest post of each topic, where it answers: what it answers, and how long it is.
        let mut going_on: HashMap<Option<i64>, ((i64, i64), usize, bool)> = HashMap::new();
        for post in posts {
            if post.author != bot {
                if is_command(post) {
                    found.hidden.insert(post.id);
                    commands.insert(post.id, post.author);
                }
                continue;
            }
            let called = called_first(post);
            let asked = post.reply_to.and_then(|to| match commands.get(&to) {
                Some(author) => Some((to, *author)),
                None => called.map(|user| (to, user)).filter(|press| pressed.contains(press)),
            });
            let goes_on =
                going_on.remove(&post.topic).filter(|_| post.reply_to.is_none()).filter(|(_, units, filed)| {
                    let files_alone = !post.attachments.is_empty() && post.text.is_empty();
                    *units > 3000 || (files_alone && (!filed || post.media_group.is_some()))
                });
            let Some(key) = asked.or(goes_on.map(|(key, ..)| key)) else { continue };
            let units = post.text.encode_utf16().count();
            going_on.insert(post.topic, (key, units, !post.attachments.is_empty()));
            found.hidden.insert(post.id);
            found.of.entry(key).or_default().push(post.id);
        }
        found
    }

    /// Waits for what answers a click or a command first; `whole` waits for what may follow a long answer.
    pub(super) async fn answer(&self, asked: &Asked, patience: Duration, whole: bool) -> Result<Answer, String> {
        let begun = Instant::now();
        loop {
            let first = |mut answer: Answer| {
                answer.answers.truncate(1);
                answer
            };
            let answer = first(self.answered(asked));
            if let Some(one) = answer.answers.first() {
                if !whole || one.content.encode_utf16().count() < LONG {
                    return Ok(answer);
                }
                // It may go on.
                tokio::time::sleep(Duration::from_millis(100)).await;
                return Ok(first(self.answered(asked)));
            }
            if begun.elapsed() > patience {
                return Err(format!("no answer to {asked:?}"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What answers it so far.
    pub(super) fn answered(&self, asked: &Asked) -> Answer {
        let glance = asked.query.as_ref().and_then(|query| {
            let all = self.telegram.callbacks();
            all.into_iter().find(|press| press.id == *query)?.answer.filter(|answer| !answer.text.is_empty())
        });
        let mut answers = Vec::new();
        if let Some(glance) = glance {
            let content = glance.text.split('\n').map(escaped).collect::<Vec<_>>().join("\n");
            answers.push(self.glance(asked, content));
        }
        let posts = self.telegram.all_messages(asked.forum);
        let private = self.private(asked.forum, &posts);
        let ids = private.of.get(&(asked.message, asked.user)).cloned().unwrap_or_default();
        let call = format!("<@{}> ", asked.user);
        for piece in posts.iter().filter(|post| ids.contains(&post.id) && post.id > asked.after && !post.deleted) {
            let mut view = self.view(piece);
            if asked.query.is_some() {
                view.content = view.content.strip_prefix(&call).unwrap_or(&view.content).to_owned();
            }
            view.ephemeral = true;
            match answers.last_mut() {
                // What answers nothing goes on with the one before.
                Some(whole) if piece.reply_to.is_none() => {
                    if !view.content.is_empty() {
                        whole.content.push('\n');
                        whole.content.push_str(&view.content);
                    }
                    whole.attachments.extend(view.attachments);
                    whole.components.extend(view.components);
                }
                _ => answers.push(view),
            }
        }
        Answer { answers }
    }

    /// The newest answer to anything somebody asked.
    pub(super) fn told_last(&self, user: u64) -> Answer {
        let asked = self.asked();
        let last = asked.iter().rfind(|asked| asked.user.unsigned_abs() == user);
        last.map(|asked| self.answered(asked)).unwrap_or_default()
    }

    /// The small window over a chat, as a post that nobody else sees.
    fn glance(&self, asked: &Asked, content: String) -> MessageView {
        let mut view = super::look::blank(place_id(asked.forum, None));
        view.author = self.bot();
        view.content = content;
        view.ephemeral = true;
        view
    }
}

/// Whether somebody typed a command.
fn is_command(post: &Post) -> bool {
    post.entities.iter().any(|entity| entity["type"] == "bot_command" && entity["offset"] == 0)
}

/// Whom a post calls with its first word.
fn called_first(post: &Post) -> Option<i64> {
    let first = post.entities.iter().find(|entity| entity["type"] == "text_mention" && entity["offset"] == 0)?;
    first["user"]["id"].as_i64()
}
