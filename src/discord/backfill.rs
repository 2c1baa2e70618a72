//! What was missed while no connection stood: posts after the last one known, edits and deletions among the newest, and
//! threads that are gone. Interactions are never repeated by Discord and cannot be found.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::{ChannelId, GuildId, UserId};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::Discord;
use super::http::{Ask, Fail};
use super::item::{self, Member, Message, ThreadChannel, lane, without_nulls};
use crate::domain::ids::{ThreadRef, Time};
use crate::port::{Inbox, Item, KnownThread, Memory};

/// Threads looked at side by side; jobs need their share of the 50 requests per second.
const SIDE_BY_SIDE: usize = 3;
const PAGE: usize = 100;
const TRIES: u32 = 8;

/// How far a backfill is.
pub(super) enum Progress {
    /// The lanes in which something was said or may have been; live events of all others need not wait.
    Threads(HashSet<String>),
    /// One lane has all that was missed, as far as it may be seen.
    Filled(String),
    /// Every thread that Discord lists has what was said in it. What is left are edits and deletions, and threads that are
    /// archived or gone.
    Current,
    /// It has ended.
    Done {
        /// Whether every thread could be looked at.
        complete: bool,
    },
}

/// Why a thread was not looked at.
enum Blind {
    /// Discord does not let the bot see it.
    Refused(String),
    /// There was no answer, or it could not be stored.
    Failed(String),
}

impl From<Fail> for Blind {
    fn from(fail: Fail) -> Self {
        match fail {
            // The token or the address is refused, not the thread.
            Fail::Api { status: 401, .. } | Fail::Api { status: 403, code: 0 | 40_333, .. } => {
                Self::Failed(fail.to_string())
            }
            Fail::Api { .. } => Self::Refused(fail.to_string()),
            _ => Self::Failed(fail.to_string()),
        }
    }
}

/// One round over all threads of open conversations and all active ones.
pub(super) struct Backfill {
    pub(super) discord: Arc<Discord>,
    pub(super) inbox: Arc<dyn Inbox>,
    pub(super) memory: Arc<dyn Memory>,
    pub(super) now: Time,
    pub(super) tell: Box<dyn Fn(Progress) + Send + Sync>,
    /// The authors met so far.
    pub(super) members: Mutex<HashMap<String, Option<Member>>>,
}

impl Backfill {
    pub(super) async fn run(&self) {
        let complete = match self.all().await {
            Ok(complete) => complete,
            Err(why) => {
                tracing::warn!("What was missed on Discord could not be looked up: {why}");
                false
            }
        };
        (self.tell)(Progress::Done { complete });
    }

    async fn all(&self) -> Result<bool, String> {
        let (active, known) = self.list().await?;
        let listed = |k: &KnownThread| active.contains_key(k.thread.as_str());
        let quiet = |k: &KnownThread| {
            active.get(k.thread.as_str()).is_some_and(|t| number(&t.last_message_id) <= number(k.seen.as_str()))
        };
        let (quiet, news): (Vec<_>, Vec<_>) = known.into_iter().partition(quiet);
        (self.tell)(Progress::Threads(news.iter().map(|k| lane(k.thread.as_str())).collect()));
        let (news, hidden): (Vec<_>, Vec<_>) = news.into_iter().partition(listed);
        let mut complete = self.threads(news, &active).await;
        if complete {
            (self.tell)(Progress::Current);
        }
        complete &= self.threads(hidden, &active).await;
        complete &= self.threads(quiet, &active).await;
        Ok(complete)
    }

    /// Looks at threads, some side by side; whether all could be looked at.
    async fn threads(&self, known: Vec<KnownThread>, active: &HashMap<String, ThreadChannel>) -> bool {
        let work = known.into_iter().map(|known| {
            let active = active.get(known.thread.as_str()).cloned();
            async move {
                let looked = self.thread(&known, active).await;
                if let Err(Blind::Refused(why) | Blind::Failed(why)) = &looked {
                    tracing::warn!(thread = %known.thread, "A thread could not be looked up: {why}");
                }
                // What may not be seen is not waited for; what could not be asked is.
                let filled = !matches!(looked, Err(Blind::Failed(_)));
                if filled {
                    (self.tell)(Progress::Filled(lane(known.thread.as_str())));
                }
                filled
            }
        });
        let done: Vec<bool> = futures::stream::iter(work).buffer_unordered(SIDE_BY_SIDE).collect().await;
        done.into_iter().all(|ok| ok)
    }

    async fn list(&self) -> Result<(HashMap<String, ThreadChannel>, Vec<KnownThread>), String> {
        let guild_id = GuildId::new(self.discord.settings.guild);
        let route = || Ask::get(Route::GuildThreadsActive { guild_id });
        let listed = match self.discord.http.patiently(route).await {
            Ok(listed) => listed,
            // Then only the threads of open conversations are looked at.
            Err(refused @ Fail::Api { .. }) => {
                tracing::warn!("The active threads are not listed: {refused}");
                Value::Null
            }
            Err(fail) => return Err(fail.to_string()),
        };
        let mut active = HashMap::new();
        for thread in listed["threads"].as_array().into_iter().flatten() {
            if let Ok(thread) = serde_json::from_value::<ThreadChannel>(without_nulls(thread.clone())) {
                active.insert(thread.id.clone(), thread);
            }
        }
        let also = active.keys().map(|id| ThreadRef(id.clone())).collect();
        let mut known = self.memory.threads(also).await.map_err(|e| e.to_string())?;
        let mut once = HashSet::new();
        known.retain(|k| !k.thread.is_empty() && once.insert(k.thread.clone()));
        Ok((active, known))
    }

    async fn thread(&self, known: &KnownThread, active: Option<ThreadChannel>) -> Result<(), Blind> {
        let Ok(id) = known.thread.as_str().parse::<u64>() else { return Ok(()) };
        if id == 0 {
            return Ok(());
        }
        let channel_id = ChannelId::new(id);
        let thread = match active {
            Some(thread) => thread,
            None => match self.discord.http.patiently(|| Ask::get(Route::Channel { channel_id })).await {
                Ok(thread) => {
                    serde_json::from_value(without_nulls(thread)).map_err(|e| Blind::Refused(e.to_string()))?
                }
                Err(Fail::Api { status: 404, .. }) => {
                    return self.put(vec![item::thread_gone(known.thread.as_str(), false)]).await;
                }
                Err(fail) => return Err(fail.into()),
            },
        };
        let mut items = self.posts(known, &thread, channel_id).await?;
        let shut = thread.thread_metadata.as_ref().is_some_and(|meta| meta.archived || meta.locked);
        items.extend(item::thread_shut(&thread, self.now).filter(|_| shut));
        self.put(items).await
    }

    async fn posts(&self, known: &KnownThread, thread: &ThreadChannel, id: ChannelId) -> Result<Vec<Item>, Blind> {
        let seen = number(known.seen.as_str());
        if known.posts.is_empty() && number(&thread.last_message_id) <= seen {
            return Ok(Vec::new());
        }
        let newest = self.page(id, "limit=100").await?;
        let oldest = newest.first().map_or(0, |(id, _)| *id);
        let mut missed: Vec<Message> = Vec::new();
        let mut cursor = seen;
        // The gap between what is known and the newest page.
        while newest.len() == PAGE && cursor < oldest {
            let page = self.page(id, &format!("after={cursor}&limit=100")).await?;
            let last = page.last().map_or(oldest, |(id, _)| *id);
            let older = page.into_iter().filter(|(id, _)| *id < oldest && *id > cursor);
            missed.extend(older.filter_map(|(_, message)| person(message)));
            if last <= cursor {
                break;
            }
            cursor = last;
        }
        let present: HashSet<u64> = newest.iter().map(|(id, _)| *id).collect();
        let handled: HashSet<u64> = known.posts.iter().map(|post| number(post.as_str())).collect();
        let mut edits = Vec::new();
        for (id, message) in newest {
            let Some(message) = person(message) else { continue };
            if id > seen || !handled.contains(&id) {
                // One that was handled and left no trace is put in again, and recognised by its key.
                missed.push(message);
            } else {
                edits.extend(item::edited(message));
            }
        }
        // An empty page is what a bot without the right to read the history gets.
        let from = if present.len() == PAGE { oldest } else { 0 };
        let gone = known.posts.iter().filter(|_| !present.is_empty()).filter(|post| {
            let id = number(post.as_str());
            id >= from && id > 0 && !present.contains(&id)
        });
        let deletions = gone.map(|post| item::deleted(known.thread.as_str(), post.as_str(), self.now));
        let mut items: Vec<Item> = deletions.chain(edits).collect();
        for mut message in missed {
            message.member = self.member(&message.author.id).await?;
            items.push(item::said(message));
        }
        Ok(items)
    }

    /// Somebody's roles, which the history does not tell: without them nobody would be an agent. `None` for who has left.
    async fn member(&self, user: &str) -> Result<Option<Member>, Blind> {
        let mut members = self.members.lock().await;
        if let Some(known) = members.get(user) {
            return Ok(known.clone());
        }
        let (guild_id, user_id) = (GuildId::new(self.discord.settings.guild), UserId::new(number(user).max(1)));
        let member = match self.discord.http.patiently(|| Ask::get(Route::GuildMember { guild_id, user_id })).await {
            Ok(member) => serde_json::from_value(without_nulls(member)).ok(),
            Err(Fail::Api { status: 404, .. }) => None,
            Err(fail) => return Err(fail.into()),
        };
        members.insert(user.to_owned(), member.clone());
        Ok(member)
    }

    /// A page of posts, oldest first. A post that cannot be read is one without an author.
    async fn page(&self, channel_id: ChannelId, query: &str) -> Result<Vec<(u64, Option<Message>)>, Fail> {
        let ask = || Ask::get(Route::ChannelMessages { channel_id }).query(query);
        let page = self.discord.http.patiently(ask).await?;
        let page = page.as_array().cloned().unwrap_or_default().into_iter().map(without_nulls);
        let mut page: Vec<(u64, Option<Message>)> = page
            .filter_map(|post| {
                let id = number(post["id"].as_str()?);
                Some((id, self.readable(post)))
            })
            .collect();
        page.sort_by_key(|(id, _)| *id);
        Ok(page)
    }

    fn readable(&self, post: Value) -> Option<Message> {
        let read = serde_json::from_value(post);
        if let Err(error) = &read {
            self.discord.health.count_unparsable();
            tracing::warn!("A post in a thread's history cannot be read: {error}");
        }
        read.ok()
    }

    async fn put(&self, items: Vec<Item>) -> Result<(), Blind> {
        if items.is_empty() {
            return Ok(());
        }
        let mut tries = 0;
        while let Err(error) = self.inbox.put(items.clone()).await {
            tries += 1;
            if tries >= TRIES {
                return Err(Blind::Failed(error.to_string()));
            }
            sleep(Duration::from_millis(100 << tries)).await;
        }
        Ok(())
    }
}

fn person(message: Option<Message>) -> Option<Message> {
    message.filter(Message::is_of_person)
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or(0)
}
