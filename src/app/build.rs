//! From the configuration to each module's own settings.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use tokio::sync::watch;

use super::policy::{self, ms};
use crate::config::{self, Config, Secrets, SummarySpec};
use crate::delivery;
use crate::discord::{self, Discord};
use crate::domain::command::{Arg, COMMANDS, Kind, Spec};
use crate::domain::ids::{ChannelRef, NumberId, Time};
use crate::links::Links;
use crate::metrics::Metrics;
use crate::port::{ArgKind, ArgSpec, CommandSpec, Finding};
use crate::scheduler::Planned;
use crate::whatsapp::{self, PerNumberRate, WhatsApp};

pub(super) fn whatsapp(config: &Config, secrets: &Secrets) -> anyhow::Result<WhatsApp> {
    let section = &config.whatsapp;
    Ok(WhatsApp::new(whatsapp::Settings {
        graph_url: section.graph_url.clone(),
        version: section.version.clone(),
        access_token: secrets.access_token.clone(),
        app_secrets: secrets.app_secrets.clone(),
        verify_token: secrets.verify_token.clone(),
        numbers: section.numbers.iter().map(|number| NumberId(number.id.clone())).collect(),
        business_account: section.business_account.clone(),
        media_hosts: section.media_hosts.clone(),
        allow_plain_http: config::is_loopback(&section.graph_url),
        max_media: config.media.max_mb * 1_000_000,
        timeout: Duration::from_secs(section.timeout_seconds.max(1)),
        rate: PerNumberRate { default: section.messages_per_second, ..PerNumberRate::default() },
    })?)
}

pub(super) fn discord(config: &Config, secrets: &Secrets) -> anyhow::Result<Arc<Discord>> {
    let section = &config.discord;
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
    Discord::new(settings, commands()).map_err(|why| anyhow!(why))
}

/// The commands as the workspace is told of them.
pub(super) fn commands() -> Vec<CommandSpec> {
    let arg = |arg: &Arg| ArgSpec {
        name: arg.name.to_owned(),
        description: arg.about.to_owned(),
        kind: match arg.kind {
            Kind::Conversation => ArgKind::Conversation,
            Kind::Text | Kind::Speech => ArgKind::Text,
            Kind::Person
            | Kind::PersonOrTeam
            | Kind::Team
            | Kind::Canned
            | Kind::Template
            | Kind::Priority
            | Kind::Command => ArgKind::Suggested,
        },
        required: arg.required,
    };
    let spec = |spec: &Spec| CommandSpec {
        name: spec.name.to_owned(),
        description: spec.about.to_owned(),
        args: spec.args.iter().map(arg).collect(),
    };
    COMMANDS.iter().map(spec).collect()
}

pub(super) fn delivery(config: &Config, secrets: &Secrets) -> delivery::Settings {
    // The signature of links needs a key that survives a restart and never leaves; the bot's token is one.
    let key = secrets.discord_token.expose().as_bytes();
    let named = config.whatsapp.numbers.iter();
    delivery::Settings {
        place: discord::DOOR,
        number_names: named.map(|n| (NumberId(n.id.clone()), n.name.clone())).collect(),
        mask_phone: config.privacy.mask_phone,
        pace: policy::pace(config),
        media_dir: config.media.dir.clone(),
        links: Links::new(&config.server.public_url, key),
        grace_ms: ms(config.whatsapp.uncertain_seconds),
        lease_ms: ms(config.database.lease_seconds.max(1)),
    }
}

/// What is not well, as sentences.
pub(super) fn health(discord: Arc<Discord>, metrics: Metrics) -> Arc<dyn Fn() -> Vec<String> + Send + Sync> {
    Arc::new(move || {
        let mut unwell = Vec::new();
        let health = discord.health();
        if !health.is_connected() {
            let fault = health.fault();
            unwell.push(format!("The Discord gateway is not connected. {fault}").trim_end().to_owned());
        } else if !health.is_ready() {
            unwell.push("What was missed in Discord is still being fetched.".to_owned());
        }
        let dead = metrics.dead_letters.get();
        if dead > 10_000 {
            unwell.push(format!("There are {dead} dead letters: see `baton dead-letters list`."));
        }
        unwell
    })
}

/// Keeps the gateway's numbers up to date.
pub(super) async fn watch(discord: Arc<Discord>, metrics: Metrics, mut stop: watch::Receiver<bool>) {
    let health = discord.health();
    while !*stop.borrow() {
        metrics.gateway_up.set(i64::from(health.is_connected()));
        metrics.gateway_unparsable.set(i64::try_from(health.unparsable()).unwrap_or(i64::MAX));
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Registers the commands, again and again until Discord takes them.
pub(super) async fn register_commands(discord: Arc<Discord>, mut stop: watch::Receiver<bool>) {
    let mut pause = Duration::from_secs(1);
    while !*stop.borrow() {
        match discord.register().await {
            Ok(changed) => {
                tracing::info!(changed, "The commands are registered on Discord");
                return;
            }
            Err(why) => tracing::warn!("The commands could not be registered on Discord, trying again: {why}"),
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => {}
        }
        pause = (pause * 2).min(Duration::from_secs(60));
    }
}

/// What the platforms say of the configuration, for `baton check`.
pub async fn check(config: &Config, secrets: &Secrets) -> anyhow::Result<Vec<Finding>> {
    let channels: Vec<ChannelRef> = config.teams.iter().map(|team| ChannelRef(team.channel.clone())).collect();
    Ok(discord(config, secrets)?.check(&channels).await)
}

/// What comes again and again.
///
/// # Errors
/// When an expression cannot be read, which reading the configuration has refused already.
pub(super) fn planned(config: &Config) -> anyhow::Result<Vec<Planned>> {
    let planned = |spec: &SummarySpec| {
        let (schedule, catch_up_ms) = (spec.schedule(config)?, spec.catch_up_ms());
        Ok(Planned { name: spec.name.clone(), schedule, catch_up_ms, next: Time::NEVER })
    };
    config.summaries.iter().map(planned).collect()
}
