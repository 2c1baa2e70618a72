//! Reactions: the mark on an agent's post, and a customer's reactions on the post that shows their message.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use reqwest::Method;
use serenity::http::Route;
use serenity::model::id::{ChannelId, MessageId};

use super::Discord;
use super::http::{Ask, Fail};
use super::perform::{Stop, message_id, target};
use crate::domain::event::Delivered;
use crate::domain::ids::PostRef;
use crate::port::{Mark, Place, Receipt};

/// Every mark there is; a post carries one of them.
const MARKS: [&str; 6] = ["📝", "🕓", "✅", "📬", "👀", "⚠️"];
const MAX_KNOWN: usize = 20_000;

/// Which marks stand on which post, as far as this process has set them: one, or two while one replaces the other.
#[derive(Default)]
pub(super) struct Marks(Mutex<HashMap<PostRef, Vec<&'static str>>>);

impl Marks {
    fn known(&self, post: &PostRef) -> Option<Vec<&'static str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(post).cloned()
    }

    fn set(&self, post: &PostRef, standing: &[&'static str]) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if marks.len() >= MAX_KNOWN {
            marks.clear();
        }
        marks.insert(post.clone(), standing.to_vec());
    }
}

/// WhatsApp's "taken" and "sent" follow one another within a second: one mark for both saves two of the few reactions
/// Discord allows per second.
fn emoji(mark: &Mark) -> &'static str {
    match mark {
        Mark::Note => MARKS[0],
        Mark::Waiting => MARKS[1],
        Mark::Accepted | Mark::Came(Delivered::Sent) => MARKS[2],
        Mark::Came(Delivered::Delivered) => MARKS[3],
        Mark::Came(Delivered::Read) => MARKS[4],
        Mark::Came(Delivered::Failed(_)) => MARKS[5],
    }
}

impl Discord {
    /// Sets the mark, then removes the former one: a post is never without one.
    pub(super) async fn mark(&self, place: &Place, post: &PostRef, mark: &Mark) -> Result<Receipt, Stop> {
        let (channel, message) = (target(place)?, message_id(post)?);
        let new = emoji(mark);
        let mut standing = match self.marks.known(post) {
            Some(known) => known,
            // The first mark of a post; after a restart the first may be any.
            None if matches!(mark, Mark::Note | Mark::Waiting) => Vec::new(),
            None => self.marks_on(channel, message).await?,
        };
        if !standing.contains(&new) {
            self.opening(place, || reaction(Method::PUT, channel, message, new)).await?;
            standing.push(new);
        }
        // Remembered at every step: a limit in between must not start the whole again.
        self.marks.set(post, &standing);
        while let Some(at) = standing.iter().position(|mark| *mark != new) {
            let former = standing[at];
            match self.opening(place, || reaction(Method::DELETE, channel, message, former)).await {
                Err(Stop::Fail(fail)) if matches!(fail.code(), 10_014 | 10_008) => {}
                Err(stop) => return Err(stop),
                Ok(_) => {}
            }
            standing.remove(at);
            self.marks.set(post, &standing);
        }
        Ok(Receipt::of(post.as_str()))
    }

    /// The marks that stand on a post from before this process.
    async fn marks_on(&self, channel_id: ChannelId, message_id: MessageId) -> Result<Vec<&'static str>, Fail> {
        let message = self.http.call(Ask::get(Route::ChannelMessage { channel_id, message_id })).await?;
        let ours = message["reactions"].as_array().into_iter().flatten().filter(|r| r["me"] == true);
        let names: Vec<&str> = ours.filter_map(|r| r["emoji"]["name"].as_str()).collect();
        Ok(MARKS.into_iter().filter(|mark| names.iter().any(|name| bare(name) == bare(mark))).collect())
    }

    /// Sets or removes a reaction of the bot.
    pub(super) async fn react(&self, place: &Place, post: &PostRef, emoji: &str, on: bool) -> Result<Receipt, Stop> {
        let (channel, message) = (target(place)?, message_id(post)?);
        let method = if on { Method::PUT } else { Method::DELETE };
        // Phones and Discord disagree on which emoji carry a variation selector.
        let other = if emoji.contains('\u{fe0f}') { bare(emoji) } else { format!("{emoji}\u{fe0f}") };
        for spelling in [emoji, other.as_str()] {
            match self.opening(place, || reaction(method.clone(), channel, message, spelling)).await {
                Err(Stop::Fail(fail)) if fail.code() == 10_014 => {}
                Err(stop) => return Err(stop),
                Ok(_) => return Ok(Receipt::of(post.as_str())),
            }
        }
        if on {
            let fail = Fail::Api { status: 400, code: 10_014, message: format!("{emoji} is no emoji there") };
            return Err(fail.into());
        }
        Ok(Receipt::of(post.as_str()))
    }
}

fn bare(emoji: &str) -> String {
    emoji.replace('\u{fe0f}', "")
}

fn reaction(method: Method, channel_id: ChannelId, message_id: MessageId, emoji: &str) -> Ask {
    let encoded: String = emoji.bytes().map(|b| format!("%{b:02X}")).collect();
    Ask::new(method, Route::ChannelMessageReactionMe { channel_id, message_id, reaction: &encoded })
}
