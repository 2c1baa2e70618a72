//! The team chats of a configuration: built, listened to, watched and asked about as one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::sync::watch;

use super::{build, leases, memory, suggest};
use crate::clock::Clock;
use crate::config::{self, Config, Secrets};
use crate::delivery::Workspaces;
use crate::discord::{self, Discord};
use crate::domain::ids::{ChannelRef, Time};
use crate::domain::workspace::Workspace;
use crate::metrics::Metrics;
use crate::port::{Finding, Inbox, Pushed, SharedChannel, Translate};
use crate::store::Store;
use crate::telegram::{self, BotSettings, Telegram};

/// How long Telegram holds a question for news open.
const POLL: Duration = Duration::from_secs(25);

/// The team chats.
#[derive(Clone)]
pub(super) struct Chats {
    discord: Option<Arc<Discord>>,
    telegram: Option<Arc<Telegram>>,
}

/// Running connections to them.
pub(super) struct Listening {
    discord: Option<discord::Listening>,
    telegram: Option<telegram::Listening>,
}

/// What the platforms say of the configuration, for `baton check`.
pub async fn check(config: &Config, secrets: &Secrets) -> anyhow::Result<Vec<Finding>> {
    Ok(Chats::new(config, secrets)?.check(config).await)
}

/// What is not well, as sentences.
pub(super) fn health(chats: Chats, metrics: Metrics) -> Arc<dyn Fn() -> Vec<String> + Send + Sync> {
    Arc::new(move || {
        let mut unwell = chats.unwell();
        let dead = metrics.dead_letters.get();
        if dead > 10_000 {
            unwell.push(format!("There are {dead} dead letters: see `baton dead-letters list`."));
        }
        unwell
    })
}

impl Chats {
    /// Those of the configuration.
    pub(super) fn new(config: &Config, secrets: &Secrets) -> anyhow::Result<Self> {
        let discord = config.discord.as_ref().map(|section| discord_of(section, secrets)).transpose()?;
        let telegram = config.telegram.as_ref().map(|section| telegram_of(section, config, secrets)).transpose()?;
        Ok(Self { discord, telegram })
    }

    /// Who performs what goes to the team.
    pub(super) fn workspaces(&self) -> Workspaces {
        let mut channels: BTreeMap<Workspace, SharedChannel> = BTreeMap::new();
        if let Some(discord) = &self.discord {
            channels.insert(Workspace::Discord, discord.clone());
        }
        if let Some(telegram) = &self.telegram {
            channels.insert(Workspace::Telegram, telegram.clone());
        }
        let home = channels.keys().next().copied().unwrap_or(Workspace::Discord);
        Workspaces::new(channels, home)
    }

    /// Who reads what they told.
    pub(super) fn translators() -> Vec<(&'static str, Arc<dyn Translate>)> {
        vec![(discord::DOOR, Arc::new(discord::Translator)), (telegram::DOOR, Arc::new(telegram::Translator))]
    }

    /// The door through which Telegram posts what happens, where it is told to.
    pub(super) fn pushed(&self, config: &Config) -> Option<Arc<dyn Pushed>> {
        let wanted = config.telegram.as_ref().is_some_and(|telegram| telegram.webhook);
        self.telegram.clone().filter(|_| wanted).map(|telegram| telegram as Arc<dyn Pushed>)
    }

    /// Listens to all of them, and tells them the commands.
    pub(super) fn listen(
        &self,
        config: &Config,
        (store, inbox): (&Store, &Arc<dyn Inbox>),
        (clock, address): (&Clock, SocketAddr),
        stopped: &watch::Receiver<bool>,
    ) -> anyhow::Result<Listening> {
        let mut listening = Listening { discord: None, telegram: None };
        let at = clock.clone();
        let now: Arc<dyn Fn() -> Time + Send + Sync> = Arc::new(move || -> Time { at.now() });
        if let Some(discord) = &self.discord {
            let memory = Arc::new(memory::Remembered { store: store.clone() });
            let suggest = Arc::new(suggest::Offers::new(config, store.clone()));
            let connected = discord.listen(inbox.clone(), memory, suggest, now.clone());
            listening.discord = Some(connected.context("the Discord gateway's thread did not start")?);
            let discord = discord.clone();
            tokio::spawn(registered("The commands are registered on Discord", stopped.clone(), move || {
                let discord = discord.clone();
                async move { discord.register().await.map(drop) }
            }));
        }
        if let Some(telegram) = &self.telegram {
            let pushes = config.telegram.as_ref().is_some_and(|section| section.webhook);
            if pushes {
                let (telegram, door) = (telegram.clone(), format!("{}/webhook/telegram", config.server.public_url));
                tokio::spawn(registered("Telegram posts what happens to Baton", stopped.clone(), move || {
                    let (telegram, door) = (telegram.clone(), door.clone());
                    async move { telegram.register_webhook(&door).await }
                }));
            } else {
                let leases = Arc::new(leases::Shared::new(store.clone(), clock.clone(), address));
                listening.telegram = Some(telegram.listen(inbox.clone(), leases, now));
            }
            let telegram = telegram.clone();
            tokio::spawn(registered("The commands are registered on Telegram", stopped.clone(), move || {
                let telegram = telegram.clone();
                async move { telegram.register().await }
            }));
        }
        Ok(listening)
    }

    /// Whether what was said while nobody listened has been fetched everywhere.
    pub(super) fn is_ready(&self) -> bool {
        let discord = self.discord.iter().all(|discord| discord.health().is_ready());
        discord && self.telegram.iter().all(|telegram| telegram.health().is_ready())
    }

    /// Whether all of them are connected.
    pub(super) fn is_connected(&self) -> bool {
        let discord = self.discord.iter().all(|discord| discord.health().is_connected());
        discord && self.telegram.iter().all(|telegram| telegram.health().is_connected())
    }

    /// What is not well with them, as sentences.
    pub(super) fn unwell(&self) -> Vec<String> {
        let mut unwell = Vec::new();
        for health in self.discord.iter().map(|discord| discord.health()) {
            if !health.is_connected() {
                let fault = health.fault();
                unwell.push(format!("The Discord gateway is not connected. {fault}").trim_end().to_owned());
            } else if !health.is_ready() {
                unwell.push("What was missed in Discord is still being fetched.".to_owned());
            }
        }
        for health in self.telegram.iter().map(|telegram| telegram.health()).filter(|health| !health.is_connected()) {
            unwell.push(format!("Telegram does not answer. {}", health.fault()).trim_end().to_owned());
        }
        unwell
    }

    /// Keeps the numbers of the connections up to date.
    pub(super) async fn watch(self, metrics: Metrics, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            metrics.gateway_up.set(i64::from(self.is_connected()));
            let unparsable = self.discord.iter().map(|discord| discord.health().unparsable()).sum::<u64>();
            let unreadable = self.telegram.iter().map(|telegram| telegram.health().unreadable()).sum::<u64>();
            metrics.gateway_unparsable.set(i64::try_from(unparsable + unreadable).unwrap_or(i64::MAX));
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// What they say of the configuration.
    pub(super) async fn check(&self, config: &Config) -> Vec<Finding> {
        let places = config.teams.iter().flat_map(|team| team.places().map(config::place));
        let on_discord: Vec<ChannelRef> = places.filter(|place| place.workspace() == Workspace::Discord).collect();
        let mut findings = Vec::new();
        if let Some(discord) = &self.discord {
            findings.extend(discord.check(&on_discord).await);
        }
        if let Some(telegram) = &self.telegram {
            let polls = config.telegram.as_ref().is_none_or(|section| !section.webhook);
            findings.extend(telegram.check(polls).await);
        }
        findings
    }
}

impl Listening {
    /// Ends all connections; nothing more will be put into the inbox.
    pub(super) async fn stop(self) {
        if let Some(discord) = self.discord {
            discord.stop().await;
        }
        if let Some(telegram) = self.telegram {
            telegram.stop().await;
        }
    }
}

fn discord_of(section: &config::Discord, secrets: &Secrets) -> anyhow::Result<Arc<Discord>> {
    let settings = discord::Settings {
        api_url: section.api_url.trim_end_matches('/').to_owned(),
        gateway_url: section.gateway_url.clone(),
        token: secrets.discord_token.clone(),
        guild: section.guild.parse()?,
        notice_channel: (!section.operator_channel.is_empty()).then(|| ChannelRef(section.operator_channel.clone())),
        allow_plain_http: config::is_loopback(&section.api_url),
        max_file: section.max_upload_mb * 1024 * 1024,
        requests_per_second: section.requests_per_second,
        timeout: Duration::from_secs(section.timeout_seconds.max(1)),
        server_members: section.server_members,
    };
    Discord::new(settings, build::commands()).map_err(|why| anyhow!(why))
}

fn telegram_of(section: &config::Telegram, config: &Config, secrets: &Secrets) -> anyhow::Result<Arc<Telegram>> {
    let bots = config.telegram_bots().into_iter().zip(&secrets.telegram_tokens);
    let settings = telegram::Settings {
        api_url: section.api_url.trim_end_matches('/').to_owned(),
        bots: bots
            .map(|(bot, token)| BotSettings { name: bot.name, token: token.clone(), forums: bot.forums })
            .collect(),
        notice_chat: (!section.operator_forum.is_empty()).then(|| config::place(&section.operator_forum)),
        allow_plain_http: config::is_loopback(&section.api_url),
        max_upload: section.max_upload_mb * 1_000_000,
        max_download: section.max_download_mb * 1_000_000,
        calls_per_minute: section.calls_per_minute,
        timeout: Duration::from_secs(section.timeout_seconds.max(1)),
        poll: POLL,
    };
    Telegram::new(settings, build::commands()).map_err(|why| anyhow!(why))
}

/// Tells a platform something, again and again until it is taken; then it is so.
async fn registered<F, R>(so: &'static str, mut stop: watch::Receiver<bool>, register: F)
where
    F: Fn() -> R,
    R: Future<Output = Result<(), String>>,
{
    let mut pause = Duration::from_secs(1);
    while !*stop.borrow() {
        match register().await {
            Ok(()) => return tracing::info!("{so}"),
            Err(why) => tracing::warn!("Not yet so, and tried again: {so}. {why}"),
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
        pause = (pause * 2).min(Duration::from_secs(60));
    }
}
