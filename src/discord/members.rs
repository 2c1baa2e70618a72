//! The people of the guild and their roles: a list at the begin of every session, and what changes after it.
//!
//! Properties this keeps: the inbox has a list before every change that was told since it was begun, so that a list which was
//! read earlier never undoes a change; changes do not wait for a list that cannot be had, which is asked for again.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::GuildId;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Discord;
use super::gateway::Clock;
use super::http::{Ask, Fail};
use super::item::{self, Body, Member, without_nulls};
use crate::domain::ids::Time;
use crate::port::{Item, Key};

/// The lane of everything about people.
pub(super) const LANE: &str = "discord:members";
/// The most Discord puts on one page.
const PAGE: usize = 1000;
/// A session begins with two events that each ask for the list.
const SETTLE: Duration = Duration::from_millis(300);
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// People as an event or the list shows them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Members {
    pub(super) members: Vec<Member>,
    /// Whether these are all.
    pub(super) all: bool,
}

/// Somebody who left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Left {
    pub(super) user_id: String,
}

/// Who came or changed; none for bots. `None` when it cannot be read.
pub(super) fn changed(payload: Value, at: Time) -> Option<Vec<Item>> {
    let member: Member = serde_json::from_value(payload).ok()?;
    let is_bot = member.user.as_ref()?.bot;
    let body = Body::Members(Members { members: vec![member], all: false });
    Some(if is_bot { Vec::new() } else { vec![told(&body, at)] })
}

/// Who left; none for bots. `None` when it cannot be read.
pub(super) fn left(payload: &Value, at: Time) -> Option<Vec<Item>> {
    let user = &payload["user"];
    let body = Body::MemberLeft(Left { user_id: user["id"].as_str()?.to_owned() });
    Some(if user["bot"] == true { Vec::new() } else { vec![told(&body, at)] })
}

/// Neither a list nor a change has a time or an id of its own: what is seen again later is another happening.
fn told(body: &Body, at: Time) -> Item {
    item::item_in(LANE.to_owned(), body, |json| Key::new(at, json))
}

/// What became of asking for the list.
pub(super) enum Told {
    List(Item),
    Failed,
    /// It is time to ask again.
    Due,
}

/// Asks for the list, and keeps what changes meanwhile.
pub(super) struct People {
    discord: Arc<Discord>,
    clock: Clock,
    round: u64,
    task: Option<JoinHandle<()>>,
    /// Whether changes wait for a list.
    holds: bool,
    waiting: Vec<Item>,
    told: mpsc::UnboundedSender<(u64, Told)>,
}

impl Drop for People {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl People {
    /// With the channel on which it is told what to pass to [`People::heard`].
    pub(super) fn new(discord: Arc<Discord>, clock: Clock) -> (Self, mpsc::UnboundedReceiver<(u64, Told)>) {
        let (told, heard) = mpsc::unbounded_channel();
        let people = Self { discord, clock, round: 0, task: None, holds: false, waiting: Vec::new(), told };
        (people, heard)
    }

    /// Asks for the list, anew when that is being done.
    pub(super) fn call(&mut self) {
        if !self.discord.settings.server_members {
            return;
        }
        self.holds = true;
        let (discord, clock) = (self.discord.clone(), self.clock.clone());
        self.begin(Box::pin(async move {
            sleep(SETTLE).await;
            let at = clock();
            match discord.members().await {
                Ok(members) => Told::List(told(&Body::Members(Members { members, all: true }), at)),
                Err(fail) => {
                    tracing::warn!(%fail, "The people of the server could not be listed, trying again: {fail}");
                    Told::Failed
                }
            }
        }));
    }

    fn begin(&mut self, work: BoxFuture<'static, Told>) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.round += 1;
        let (round, told) = (self.round, self.told.clone());
        // Whoever listens outlives this; an error means that it is being stopped.
        self.task = Some(tokio::spawn(async move { drop(told.send((round, work.await))) }));
    }

    /// A change, unless it has to wait.
    pub(super) fn offer(&mut self, item: Item) -> Option<Item> {
        if self.holds {
            self.waiting.push(item);
            return None;
        }
        Some(item)
    }

    /// What is to be stored now, in order.
    pub(super) fn heard(&mut self, round: u64, told: Told) -> Vec<Item> {
        if round != self.round {
            return Vec::new();
        }
        let list = match told {
            Told::List(list) => Some(list),
            Told::Failed => {
                self.begin(Box::pin(async {
                    sleep(AGAIN_AFTER).await;
                    Told::Due
                }));
                None
            }
            Told::Due => {
                self.call();
                return Vec::new();
            }
        };
        self.holds = false;
        list.into_iter().chain(std::mem::take(&mut self.waiting)).collect()
    }
}

impl Discord {
    /// Everybody in the guild who is no bot.
    async fn members(&self) -> Result<Vec<Member>, Fail> {
        let guild_id = GuildId::new(self.settings.guild);
        let (mut members, mut after) = (Vec::new(), 0u64);
        loop {
            let ask = || Ask::get(Route::GuildMembers { guild_id }).query(format!("limit={PAGE}&after={after}"));
            let page = self.http.patiently(ask).await?;
            let page: Vec<Member> = serde_json::from_value(without_nulls(page))
                .map_err(|e| Fail::Lost(format!("the list of members cannot be read: {e}")))?;
            let ids = page.iter().filter_map(|m| m.user.as_ref()?.id.parse::<u64>().ok());
            let (full, last) = (page.len() >= PAGE, ids.max().unwrap_or(0));
            members.extend(page.into_iter().filter(|m| m.user.as_ref().is_some_and(|user| !user.bot)));
            if !full || last <= after {
                return Ok(members);
            }
            after = last;
        }
    }
}
