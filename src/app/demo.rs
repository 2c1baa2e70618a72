//! `baton demo`: the real program against stand-ins for Meta, Discord and Telegram, with a page on which it can be played.

mod configuration;
mod traffic;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, Secrets};
use crate::playground::discord::{self, Discord};
use crate::playground::meta::{self, Meta};
use crate::playground::page::{Cast, Dials, Forums, Page};
use crate::playground::telegram::{self, Telegram};
use crate::secret::Secret;
use configuration::{PEOPLE, Places};

/// How often the clock is moved while it runs faster.
const BEAT: Duration = Duration::from_millis(100);
/// How long the start may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running demo.
pub struct Demo {
    app: App,
    page: SocketAddr,
    facts: Vec<(String, String)>,
    tasks: Vec<JoinHandle<()>>,
}

impl Demo {
    /// Starts everything; `port` is the page's, 0 for any. Without a `dir` it lives in a new temporary folder.
    ///
    /// # Errors
    /// When a port or folder cannot be used.
    pub async fn start(port: u16, dir: Option<PathBuf>) -> anyhow::Result<Self> {
        let dir = dir.unwrap_or_else(|| std::env::temp_dir().join(format!("baton-demo-{}", std::process::id())));
        std::fs::create_dir_all(&dir).with_context(|| format!("the folder {} cannot be made", dir.display()))?;
        let clock = Clock::default();
        let (for_meta, for_discord, for_page) = (clock.clone(), clock.clone(), clock.clone());
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let meta_options = meta::Options {
            now_ms: Arc::new(move || for_meta.now().0),
            delays: meta::Delays {
                sent: Duration::from_millis(250),
                delivered: Duration::from_millis(700),
                read: Duration::from_millis(400),
            },
            ..meta::Options::default()
        };
        let meta = Meta::start(any, meta_options).await?;
        let discord_options = discord::Options {
            guild_name: "Sunny Bikes".to_owned(),
            now_ms: Arc::new(move || u64::try_from(for_discord.now().0).unwrap_or_default()),
            ..discord::Options::default()
        };
        let discord = Discord::start(any, discord_options).await?;
        let (telegram, forum) = forum(any, clock.clone()).await?;
        let number = meta.add_number("+1 555 010 0001");
        let labels = ["Agent", "Lead", "Manager"];
        let roles = labels.map(|name| discord.add_role(name));
        let mut agents: Vec<(u64, String, String)> = PEOPLE
            .iter()
            .map(|(name, role, ..)| {
                (discord.add_user(name, &[roles[*role]]), (*name).to_owned(), labels[*role].to_owned())
            })
            .collect();
        let people: Vec<Option<(u64, i64)>> = PEOPLE
            .iter()
            .zip(&agents)
            .map(|((name, _, there, _), (user, ..))| {
                there.then(|| (*user, telegram.add_user(name, Some(&name.to_lowercase()))))
            })
            .collect();
        let places = Places {
            dir: dir.display().to_string(),
            graph: meta.url(),
            business_account: meta.numbers().into_iter().next().map(|number| number.waba).unwrap_or_default(),
            number: number.clone(),
            discord: discord.url().to_owned(),
            guild: discord.guild_id().to_string(),
            channels: ["support", "workshop"].map(|name| discord.add_channel(name).to_string()),
            telegram: telegram.url().to_owned(),
            forum: forum.to_string(),
            managers: discord.add_channel("managers").to_string(),
            operator: discord.add_channel("operator").to_string(),
            roles: roles.map(|role| role.to_string()),
            people: PEOPLE
                .iter()
                .zip(agents.iter().zip(&people))
                .map(|((name, .., entry), ((user, ..), there))| {
                    ((*name).to_owned(), user.to_string(), there.map(|(_, id)| id.to_string()), *entry)
                })
                .collect(),
        };
        agents.push((discord.add_user("Guest", &[]), "Guest".to_owned(), "no role".to_owned()));

        let config = Config::parse("the demo's configuration", &places.configuration())?;
        let app = App::start(&config, &secrets(&meta, &discord, &telegram), clock.clone()).await?;
        connected(&app).await?;
        let hook = format!("http://{}/webhook/whatsapp", app.address);
        meta.subscribe_webhook(&hook).await.map_err(|why| anyhow!(why))?;

        let (traffic, busy) = watch::channel(false);
        let (speed, fast) = watch::channel(1);
        let mut facts = facts(&meta, &discord, &app, &number);
        facts.extend(telegram_facts(&telegram, forum));
        let forums = Forums { telegram: telegram.clone(), people: people.into_iter().flatten().collect() };
        let cast = Cast {
            number: number.clone(),
            agents: agents.clone(),
            roles: roles.into_iter().zip(labels.map(str::to_owned)).collect(),
            title: "Sunny Bikes".to_owned(),
            forums: Some(forums),
            facts: facts.clone(),
            now_ms: Some(Arc::new(move || for_page.now().0)),
            dials: Some(Dials { traffic, speed }),
        };
        let wanted = SocketAddr::from(([127, 0, 0, 1], port));
        let page = Page::start(wanted, meta.clone(), discord.clone(), cast)
            .await
            .with_context(|| format!("the page's port {port} cannot be used: choose another with --port"))?;
        let helpers = agents[1..3].iter().map(|a| a.0).collect();
        let stage = traffic::Stage { meta, discord, number, agents: helpers, telegram, forum };
        stage.open();
        let tasks = vec![tokio::spawn(stage.play(busy)), tokio::spawn(hurry(clock, fast))];
        Ok(Self { app, page, facts, tasks })
    }

    /// Where the page is.
    #[must_use]
    pub fn page(&self) -> SocketAddr {
        self.page
    }

    /// What the terminal shows.
    #[must_use]
    pub fn banner(&self) -> String {
        let width = self.facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default();
        let facts: Vec<String> =
            self.facts.iter().map(|(label, value)| format!("    {label:width$}  {value}")).collect();
        format!(
            "\n  Baton demo\n\n    Open  http://{}\n\n  The stand-ins, for any other client:\n\n{}\n\n  Ctrl-C ends it.\n",
            self.page,
            facts.join("\n")
        )
    }

    /// Ends everything.
    pub async fn stop(self) {
        for task in &self.tasks {
            task.abort();
        }
        self.app.stop().await;
    }
}

/// A stand-in for Telegram with the forum of billing.
async fn forum(addr: SocketAddr, clock: Clock) -> anyhow::Result<(Telegram, i64)> {
    let options = telegram::Options {
        now_ms: Arc::new(move || u64::try_from(clock.now().0).unwrap_or_default()),
        ..telegram::Options::default()
    };
    let telegram = Telegram::start(addr, options).await?;
    let forum = telegram.add_forum("Billing");
    Ok((telegram, forum))
}

fn secrets(meta: &Meta, discord: &Discord, telegram: &Telegram) -> Secrets {
    Secrets {
        access_token: Secret::new(meta.access_token()),
        app_secrets: vec![Secret::new(meta.app_secret())],
        verify_token: Secret::new(meta.verify_token()),
        discord_token: Secret::new(discord.token()),
        telegram_tokens: vec![Secret::new(telegram.token())],
    }
}

/// These are secrets of stand-ins that end with the demo.
fn facts(meta: &Meta, discord: &Discord, app: &App, number: &str) -> Vec<(String, String)> {
    let fact = |label: &str, value: String| (label.to_owned(), value);
    vec![
        fact("Baton's webhook", format!("http://{}/webhook/whatsapp", app.address)),
        fact("WhatsApp Graph API", format!("{}/v25.0", meta.url())),
        fact("WhatsApp phone_number_id", number.to_owned()),
        fact("WhatsApp access token", meta.access_token()),
        fact("WhatsApp app secret", meta.app_secret().to_owned()),
        fact("WhatsApp verify token", meta.verify_token().to_owned()),
        fact("Discord API", format!("{}/api/v10", discord.url())),
        fact("Discord bot token", discord.token().to_owned()),
        fact("Discord server", discord.guild_id().to_string()),
    ]
}

fn telegram_facts(telegram: &Telegram, forum: i64) -> [(String, String); 3] {
    let fact = |label: &str, value: String| (label.to_owned(), value);
    [
        fact("Telegram Bot API", telegram.url().to_owned()),
        fact("Telegram bot token", telegram.token().to_owned()),
        fact("Telegram forum", forum.to_string()),
    ]
}

async fn connected(app: &App) -> anyhow::Result<()> {
    let ready = async {
        while !app.is_ready() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ready)
        .await
        .context("Baton did not connect to the stand-ins for Discord and Telegram")
}

/// Moves the clock as much faster as the page asks.
async fn hurry(clock: Clock, fast: watch::Receiver<u32>) {
    let mut beat = tokio::time::interval(BEAT);
    loop {
        beat.tick().await;
        let times = i64::from((*fast.borrow()).max(1));
        let beat_ms = i64::try_from(BEAT.as_millis()).unwrap_or_default();
        clock.shift((times - 1) * beat_ms);
    }
}
