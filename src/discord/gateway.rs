//! The connection on which Discord tells what happens.
//!
//! serenity hands every event to a task of its own. On a runtime with a single thread those tasks start in the order they
//! were spawned, and each puts its event into the channel before it first waits: so the order of a thread's messages is
//! Discord's. The client therefore runs on a thread of its own.
//!
//! Two budgets hold: Discord resets the token of a bot that identifies more than 1000 times a day, so connections that
//! fail grow rarer; and what cannot succeed (a wrong token, a missing intent) is tried once in five minutes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serenity::all::{
    ClientBuilder, ConnectionStage, Context, Event, EventHandler, GatewayIntents, HttpBuilder, RawEventHandler,
    ShardStageUpdateEvent,
};
use serenity::gateway::GatewayError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

use super::Discord;
use super::consume::{Consumer, Heard};
use crate::domain::ids::Time;
use crate::port::{Inbox, Memory, Suggest};

/// Reads the present; handed in, since only the composition root reads the clock.
pub type Clock = Arc<dyn Fn() -> Time + Send + Sync>;

/// How long a client may take to connect, or to connect again, before it is made anew.
const CONNECT_WITHIN: Duration = Duration::from_secs(30);
const UNREACHABLE_PAUSE_MAX: Duration = Duration::from_secs(15);
const IDENTIFY_PAUSE_MAX: Duration = Duration::from_secs(600);
/// Above this rate the pauses between connections take over.
const MAX_IDENTIFIES_PER_HOUR: usize = 20;
const FATAL_PAUSE: Duration = Duration::from_secs(300);
/// A connection this old has earned a prompt replacement.
const STABLE: Duration = Duration::from_secs(600);
const CLOSE_WITHIN: Duration = Duration::from_secs(3);

/// A running connection.
pub struct Listening {
    stop: watch::Sender<bool>,
    client: Option<std::thread::JoinHandle<()>>,
    consumer: tokio::task::JoinHandle<()>,
}

impl Listening {
    /// Closes the connection and returns when nothing more will be put into the inbox.
    pub async fn stop(mut self) {
        // The receivers are gone when both have already ended.
        let _ = self.stop.send(true);
        if let Some(client) = self.client.take() {
            let _ = tokio::task::spawn_blocking(move || client.join()).await;
        }
        let _ = (&mut self.consumer).await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

impl Discord {
    /// Listens until stopped: puts everything that happens in the guild's threads into `inbox`, what was missed included, and
    /// offers what `suggest` names to whoever types.
    ///
    /// # Errors
    /// When the thread of the connection cannot be started.
    pub fn listen(
        self: &Arc<Self>,
        inbox: Arc<dyn Inbox>,
        memory: Arc<dyn Memory>,
        suggest: Arc<dyn Suggest>,
        clock: Clock,
    ) -> std::io::Result<Listening> {
        let (stop, stopped) = watch::channel(false);
        let (events, heard) = mpsc::unbounded_channel();
        let discord = self.clone();
        let until = stopped.clone();
        let supervising = move || supervise(&discord, &events, until);
        let client = std::thread::Builder::new().name("discord-gateway".to_owned()).spawn(supervising)?;
        let consumer = tokio::spawn(Consumer::new(self.clone(), inbox, memory, suggest, clock, stopped).run(heard));
        Ok(Listening { stop, client: Some(client), consumer })
    }
}

/// Why a client ended.
enum End {
    Stopped,
    /// It cannot work like this.
    Fatal(String),
    /// It could not connect, or lost the connection for good.
    Failed {
        why: String,
        /// Whether the gateway was reached, so that an IDENTIFY may have been spent.
        reached: bool,
        stable: bool,
    },
}

/// Every client has a runtime of its own: one that is given up leaves tasks behind that would go on connecting.
fn supervise(discord: &Discord, events: &mpsc::UnboundedSender<Heard>, mut stop: watch::Receiver<bool>) {
    let (mut failures, mut pause) = (0u32, Duration::ZERO);
    let mut identified = VecDeque::new();
    loop {
        let end = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => {
                let end = runtime.block_on(async {
                    tokio::select! {
                        () = sleep(pause) => {}
                        () = stopped(&mut stop) => return End::Stopped,
                    }
                    connect(discord, events, &mut stop, &mut identified).await
                });
                runtime.shutdown_timeout(Duration::from_millis(500));
                end
            }
            Err(error) => End::Fatal(format!("no runtime for the gateway: {error}")),
        };
        discord.health.set_connected(false);
        pause = match end {
            End::Stopped => return,
            End::Fatal(why) => {
                tracing::error!("The Discord gateway refuses the bot: {why}");
                discord.health.set_fault(&why);
                FATAL_PAUSE
            }
            End::Failed { why, reached, stable } => {
                failures = if stable { 1 } else { failures.saturating_add(1) };
                let most = if reached { IDENTIFY_PAUSE_MAX } else { UNREACHABLE_PAUSE_MAX };
                let least = if reached { Duration::from_secs(5) } else { Duration::from_millis(500) };
                let pause = (least * 2u32.saturating_pow(failures.saturating_sub(1).min(10))).min(most);
                tracing::warn!(pause_s = pause.as_secs(), "The Discord gateway is not connected: {why}");
                discord.health.set_fault(&why);
                pause
            }
        };
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody holds the handle any more.
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn connect(
    discord: &Discord,
    events: &mpsc::UnboundedSender<Heard>,
    stop: &mut watch::Receiver<bool>,
    identified: &mut VecDeque<Instant>,
) -> End {
    let failed = |why: String| End::Failed { why, reached: false, stable: false };
    let settings = &discord.settings;
    // serenity honours the address only without its own limiter.
    let http = HttpBuilder::new(settings.token.expose()).proxy(&settings.api_url).ratelimiter_disabled(true).build();
    let mut intents = GatewayIntents::GUILDS
        | GatewayIntents::GUILD_MESSAGES
        | GatewayIntents::MESSAGE_CONTENT
        | GatewayIntents::GUILD_MESSAGE_REACTIONS
        | GatewayIntents::GUILD_MESSAGE_TYPING;
    intents.set(GatewayIntents::GUILD_MEMBERS, settings.server_members);
    let (stages, mut stage) = mpsc::unbounded_channel();
    let building =
        ClientBuilder::new_with_http(http, intents).raw_event_handler(Ear(events.clone())).event_handler(Watch(stages));
    let built = tokio::select! {
        built = timeout(CONNECT_WITHIN, building) => built,
        () = stopped(stop) => return End::Stopped,
    };
    let mut client = match built {
        Ok(Ok(client)) => client,
        Ok(Err(error)) => return failed(format!("the client cannot be made: {error}")),
        Err(_) => return failed("the API does not answer".to_owned()),
    };
    {
        let mut url = client.ws_url.lock().await;
        if let Some(own) = &settings.gateway_url {
            url.clone_from(own);
        } else if url.starts_with("wss://gateway.discord.gg") && !settings.api_url.contains("discord.com") {
            // serenity's fallback when the API did not answer; never the right place behind another address.
            return failed("the API does not name its gateway".to_owned());
        }
    }
    let shards = client.shard_manager.clone();
    let (mut reached, mut connected_at, mut alone_since) = (false, None::<Instant>, Instant::now());
    let mut check = tokio::time::interval(Duration::from_millis(500));
    let mut running = std::pin::pin!(client.start());
    loop {
        tokio::select! {
            ended = &mut running => {
                let stable = connected_at.is_some_and(|at| at.elapsed() > STABLE);
                return match ended {
                    Err(serenity::Error::Gateway(GatewayError::InvalidAuthentication)) => {
                        End::Fatal("Discord does not accept the bot token (4004)".to_owned())
                    }
                    Err(serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents)) => {
                        let which = if settings.server_members { "MESSAGE CONTENT or SERVER MEMBERS" } else { "MESSAGE CONTENT" };
                        End::Fatal(format!("the {which} intent is not switched on in the developer portal (4014)"))
                    }
                    Err(error) => End::Failed { why: error.to_string(), reached, stable },
                    Ok(()) => End::Failed { why: "the connection ended".to_owned(), reached, stable },
                };
            }
            Some((before, now)) = stage.recv() => {
                reached = true;
                let connected = now == ConnectionStage::Connected;
                if before == ConnectionStage::Identifying {
                    identified.push_back(Instant::now());
                    identified.retain(|at| at.elapsed() < Duration::from_secs(3600));
                    if identified.len() > MAX_IDENTIFIES_PER_HOUR {
                        let why = "the connection is lost again and again".to_owned();
                        return End::Failed { why, reached, stable: false };
                    }
                }
                if connected && connected_at.is_none() {
                    connected_at = Some(Instant::now());
                } else if !connected && connected_at.take().is_some() {
                    alone_since = Instant::now();
                }
                discord.health.set_connected(connected);
            }
            _ = check.tick() => {
                // A client that starts its connection anew says nothing of the old one's end.
                let runs = shards.runners.lock().await.values().any(|r| r.stage == ConnectionStage::Connected);
                if !runs && connected_at.take().is_some() {
                    alone_since = Instant::now();
                    discord.health.set_connected(false);
                    discord.health.set_fault("the connection broke");
                }
                if connected_at.is_none() && alone_since.elapsed() > CONNECT_WITHIN {
                    return End::Failed { why: "the gateway cannot be reached".to_owned(), reached, stable: false };
                }
            }
            () = stopped(stop) => {
                let closing = async {
                    shards.shutdown_all().await;
                    let _ = (&mut running).await;
                };
                // An unreachable gateway never confirms.
                let _ = timeout(CLOSE_WITHIN, closing).await;
                return End::Stopped;
            }
        }
    }
}

struct Ear(mpsc::UnboundedSender<Heard>);

#[serenity::async_trait]
impl RawEventHandler for Ear {
    async fn raw_event(&self, _: Context, event: Event) {
        // The receiver ends last; after it nothing is wanted any more.
        let _ = self.0.send(Heard { event, at: Instant::now() });
    }
}

struct Watch(mpsc::UnboundedSender<(ConnectionStage, ConnectionStage)>);

#[serenity::async_trait]
impl EventHandler for Watch {
    async fn shard_stage_update(&self, _: Context, event: ShardStageUpdateEvent) {
        let _ = self.0.send((event.old, event.new));
    }
}
