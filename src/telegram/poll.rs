//! Listening by asking: updates are stored before Telegram is told that they were received.
//!
//! Properties: an update is confirmed by the next request alone, which leaves after its item is committed; the offset lives
//! in memory, so that whatever was not confirmed comes again after a crash and is known by its key; one program asks for a
//! bot at a time, the one that holds its lease.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Telegram;
use super::http::{Ask, Bot, Fail};
use super::intake::WANTED;
use crate::domain::ids::Time;
use crate::port::{Inbox, Item, Leases};

/// Reads the present; handed in, since only the composition root reads the clock.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// How long the right to listen lasts when it is not renewed.
const LEASE: Duration = Duration::from_secs(15);
/// How often it is renewed, and how often another program looks whether it is free.
const RENEW: Duration = Duration::from_secs(5);
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Updates of one request.
const MAX_UPDATES: u32 = 100;

/// Running requests for updates.
pub struct Listening {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Listening {
    /// Stops asking and returns when nothing more will be put into the inbox.
    pub async fn stop(mut self) {
        // The receivers are gone when all have already ended.
        let _ = self.stop.send(true);
        for task in &mut self.tasks {
            let _ = task.await;
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// Why a bot asks no longer.
enum End {
    Stopped,
    /// Another program holds the lease.
    Elsewhere,
    Failed(String),
}

/// How far a bot has come.
#[derive(Default)]
struct Course {
    /// Where the next request begins, which confirms what comes before it; 0 for whatever was not confirmed.
    offset: i64,
    /// Whether Telegram has answered since the last failure.
    heard: bool,
}

struct Poller {
    telegram: Arc<Telegram>,
    /// Which of the bots.
    nth: usize,
    inbox: Arc<dyn Inbox>,
    leases: Arc<dyn Leases>,
    clock: Clock,
    stop: watch::Receiver<bool>,
}

impl Telegram {
    /// Listens until stopped: puts everything that happens in the forums and in private into `inbox`.
    #[must_use]
    pub fn listen(self: &Arc<Self>, inbox: Arc<dyn Inbox>, leases: Arc<dyn Leases>, clock: Clock) -> Listening {
        let (stop, stopped) = watch::channel(false);
        let poller = |nth| Poller {
            telegram: self.clone(),
            nth,
            inbox: inbox.clone(),
            leases: leases.clone(),
            clock: clock.clone(),
            stop: stopped.clone(),
        };
        let tasks = (0..self.bots.len()).map(|nth| tokio::spawn(poller(nth).run()));
        Listening { stop, tasks: tasks.collect() }
    }
}

impl Poller {
    async fn run(mut self) {
        let lease = format!("telegram:{}", self.bot().id);
        let (mut pause, mut course) = (PAUSE_MIN, Course::default());
        loop {
            let wait = match self.hold(&lease, &mut course).await {
                End::Stopped => break,
                End::Elsewhere => {
                    // What the other one confirmed is not known here.
                    course = Course::default();
                    self.telegram.health.stands_by(self.nth);
                    RENEW
                }
                End::Failed(why) => {
                    tracing::warn!(
                        bot = self.bot().name,
                        pause_ms = pause.as_millis() as u64,
                        "Telegram cannot be listened to: {why}"
                    );
                    self.telegram.health.failed(self.nth, &format!("{}: {why}", self.bot().name));
                    if std::mem::take(&mut course.heard) {
                        pause = PAUSE_MIN;
                    }
                    let now = pause;
                    pause = (pause * 2).min(PAUSE_MAX);
                    now
                }
            };
            tokio::select! {
                () = sleep(wait) => {}
                () = stopped(&mut self.stop) => break,
            }
        }
        if let Err(error) = self.leases.release(&lease).await {
            tracing::warn!("The right to listen for a Telegram bot runs out by itself: {error}");
        }
    }

    fn bot(&self) -> &Bot {
        &self.telegram.bots[self.nth]
    }

    /// Asks for as long as the lease can be held and Telegram answers.
    async fn hold(&self, lease: &str, course: &mut Course) -> End {
        match self.leases.hold(lease, millis(LEASE)).await {
            Ok(true) => {}
            Ok(false) => return End::Elsewhere,
            Err(error) => return End::Failed(error.to_string()),
        }
        let mut stop = self.stop.clone();
        let renewing = async {
            loop {
                sleep(RENEW).await;
                match self.leases.hold(lease, millis(LEASE)).await {
                    Ok(true) => {}
                    Ok(false) => return End::Elsewhere,
                    Err(error) => return End::Failed(error.to_string()),
                }
            }
        };
        // Whatever ends first drops the request that is open: nothing of it was stored, so nothing of it is confirmed.
        tokio::select! {
            end = self.ask(course) => end,
            end = renewing => end,
            () = stopped(&mut stop) => End::Stopped,
        }
    }

    async fn ask(&self, course: &mut Course) -> End {
        let telegram = &self.telegram;
        if let Err(fail) = telegram.introduce(self.bot()).await {
            return End::Failed(fail.to_string());
        }
        if let Err(fail) = telegram.learn_ranks(self.bot()).await {
            tracing::warn!(bot = self.bot().name, %fail, "Who administers a Telegram forum is not known: {fail}");
        }
        // What waits already is fetched at once, so that it is soon known whether Telegram answers.
        let mut hold = Duration::ZERO;
        loop {
            let updates = match self.updates(course.offset, hold).await {
                Ok(updates) => updates,
                Err(Fail::Api { status: 409, message }) => {
                    return End::Failed(format!(
                        "another program listens for this bot, or its webhook is set ({message})"
                    ));
                }
                Err(Fail::Limited { after, .. }) => {
                    sleep(after).await;
                    continue;
                }
                Err(fail) => return End::Failed(fail.to_string()),
            };
            let now = (self.clock)();
            let items: Vec<Item> =
                updates.iter().filter_map(|update| telegram.item_of(self.bot(), update, now)).collect();
            if !items.is_empty()
                && let Err(error) = self.inbox.put(items).await
            {
                return End::Failed(error.to_string());
            }
            for id in updates.iter().filter_map(|update| update["update_id"].as_i64()) {
                course.offset = id + 1;
            }
            course.heard = true;
            if updates.is_empty() {
                hold = telegram.settings.poll;
            }
            telegram.health.heard(self.nth, !updates.is_empty());
        }
    }

    /// The updates from `offset` on, which confirms those before it; Telegram waits for one as long as `hold`.
    async fn updates(&self, offset: i64, hold: Duration) -> Result<Vec<Value>, Fail> {
        let mut body = json!({ "timeout": hold.as_secs(), "limit": MAX_UPDATES, "allowed_updates": WANTED });
        if offset != 0 {
            body["offset"] = offset.into();
        }
        let answer = self.bot().call(Ask::raw("GetUpdates", None, body).held(hold)).await?;
        let Value::Array(updates) = answer else { return Err(Fail::Lost("the answer is no list".to_owned())) };
        let unreadable = updates.iter().filter(|update| update["update_id"].as_i64().is_none()).count();
        (0..unreadable).for_each(|_| self.telegram.health.count_unreadable());
        Ok(updates)
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody holds the handle any more.
    let _ = stop.wait_for(|stop| *stop).await;
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
