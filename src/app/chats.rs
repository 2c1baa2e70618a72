//! The team chats of a configuration: built, listened to, watched and asked about as one.

use std::collections::BTreeMap;
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
use crate::port::{Finding, Inbox, SharedChannel, Translate};
use crate::store::Store;

/// The team chats.
#[derive(Clone)]
pub(super) struct Chats {
    discord: Option<Arc<Discord>>,
}

/// Running connections to them.
pub(super) struct Listening {
    discord: Option<discord::Listening>,
}

/// Where the operator is told what goes wrong: what pauses with it.
pub(super) fn operator(config: &Config) -> String {
    match (&config.discord, &config.telegram) {
        (None, Some(telegram)) => config::place(&telegram.operator_forum).scope(),
        _ => Workspace::Discord.as_str().to_owned(),
    }
}

impl Chats {
    /// Those of the configuration.
    pub(super) fn new(config: &Config, secrets: &Secrets) -> anyhow::Result<Self> {
        let discord = config.discord.as_ref().map(|section| discord_of(section, secrets)).transpose()?;
        Ok(Self { discord })
    }

    /// Who performs what goes to the team.
    pub(super) fn workspaces(&self) -> Workspaces {
        let mut channels: BTreeMap<Workspace, SharedChannel> = BTreeMap::new();
        if let Some(discord) = &self.discord {
            channels.insert(Workspace::Discord, discord.clone());
        }
        let home = channels.keys().next().copied().unwrap_or(Workspace::Discord);
        Workspaces::new(channels, home)
    }

    /// Who reads what they told.
    pub(super) fn translators() -> Vec<(&'static str, Arc<dyn Translate>)> {
        vec![(discord::DOOR, Arc::new(discord::Translator))]
    }

    /// Listens to all of them, and tells them the commands.
    pub(super) fn listen(
        &self,
        config: &Config,
        (store, inbox): (&Store, &Arc<dyn Inbox>),
        clock: &Clock,
        stopped: &watch::Receiver<bool>,
    ) -> anyhow::Result<Listening> {
        let mut listening = Listening { discord: None };
        if let Some(discord) = &self.discord {
            let memory = Arc::new(memory::Remembered { store: store.clone() });
            let suggest = Arc::new(suggest::Offers::new(config, store.clone()));
            let clock = clock.clone();
            let now: discord::Clock = Arc::new(move || -> Time { clock.now() });
            let connected = discord.listen(inbox.clone(), memory, suggest, now);
            listening.discord = Some(connected.context("the Discord gateway's thread did not start")?);
            let discord = discord.clone();
            tokio::spawn(registered(Workspace::Discord, stopped.clone(), move || {
                let discord = discord.clone();
                async move { discord.register().await.map(drop) }
            }));
        }
        Ok(listening)
    }

    /// Whether what was said while nobody listened has been fetched everywhere.
    pub(super) fn is_ready(&self) -> bool {
        self.discord.iter().all(|discord| discord.health().is_ready())
    }

    /// Whether all of them are connected.
    pub(super) fn is_connected(&self) -> bool {
        self.discord.iter().all(|discord| discord.health().is_connected())
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
        unwell
    }

    /// Keeps the numbers of the connections up to date.
    pub(super) async fn watch(self, metrics: Metrics, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            metrics.gateway_up.set(i64::from(self.is_connected()));
            let unparsable = self.discord.iter().map(|discord| discord.health().unparsable()).sum::<u64>();
            metrics.gateway_unparsable.set(i64::try_from(unparsable).unwrap_or(i64::MAX));
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// What they say of the configuration.
    pub(super) async fn check(&self, config: &Config) -> Vec<Finding> {
        let places = config.teams.iter().flat_map(|team| team.places().map(config::place));
        let (on_telegram, on_discord): (Vec<ChannelRef>, Vec<ChannelRef>) =
            places.partition(|place| place.workspace() == Workspace::Telegram);
        let mut findings = Vec::new();
        if let Some(discord) = &self.discord {
            findings.extend(discord.check(&on_discord).await);
        }
        drop(on_telegram);
        findings
    }
}

impl Listening {
    /// Ends all connections; nothing more will be put into the inbox.
    pub(super) async fn stop(self) {
        if let Some(discord) = self.discord {
            discord.stop().await;
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

/// Registers the commands, again and again until they are taken.
async fn registered<F, R>(workspace: Workspace, mut stop: watch::Receiver<bool>, register: F)
where
    F: Fn() -> R,
    R: Future<Output = Result<(), String>>,
{
    let name = workspace.name();
    let mut pause = Duration::from_secs(1);
    while !*stop.borrow() {
        match register().await {
            Ok(()) => return tracing::info!("The commands are registered on {name}"),
            Err(why) => tracing::warn!("The commands could not be registered on {name}, trying again: {why}"),
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
        pause = (pause * 2).min(Duration::from_secs(60));
    }
}
