//! From the configuration to each module's own settings.

use std::time::Duration;

use super::policy::{self, ms};
use crate::config::{self, Config, Secrets, SummarySpec};
use crate::delivery;
use crate::domain::command::{Arg, COMMANDS, Kind, Spec};
use crate::domain::ids::{NumberId, Time};
use crate::links::Links;
use crate::port::{ArgKind, ArgSpec, CommandSpec};
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
    // The signature of links needs a key that survives a restart and never leaves; a bot's token is one.
    let tokens = [&secrets.discord_token].into_iter().chain(&secrets.telegram_tokens);
    let key = tokens.map(|token| token.expose()).find(|token| !token.is_empty()).unwrap_or_default().as_bytes();
    let named = config.whatsapp.numbers.iter();
    delivery::Settings {
        number_names: named.map(|n| (NumberId(n.id.clone()), n.name.clone())).collect(),
        mask_phone: config.privacy.mask_phone,
        pace: policy::pace(config),
        media_dir: config.media.dir.clone(),
        links: Links::new(&config.server.public_url, key),
        grace_ms: ms(config.whatsapp.uncertain_seconds),
        lease_ms: ms(config.database.lease_seconds.max(1)),
    }
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
