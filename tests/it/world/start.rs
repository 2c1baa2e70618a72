//! How a desk is set up before the program starts.

use std::net::SocketAddr;
use std::sync::Arc;

use baton::clock::Clock;
use baton::config::{Config, Secrets};
use baton::domain::workspace::Workspace;
use baton::playground::discord::{self, Discord};
use baton::playground::meta::{self, Meta};
use baton::playground::telegram::{self, Telegram};
use baton::secret::Secret;
use chrono::{Datelike, TimeDelta};

use super::chat::{Chat, Forums, lies_in};
use super::{Db, On, Setting, World, postgres};
use crate::specs::Specs;

/// Whoever comes to Telegram later is an agent: so many may come.
const LATER: u64 = 40;

/// A clock on which it is ten o'clock on the next Monday, so that no test depends on when it is run. It lies ahead, since time
/// goes forward alone.
fn monday() -> Clock {
    let clock = Clock::default();
    let now = chrono::DateTime::from_timestamp_millis(clock.now().0).unwrap();
    let ahead = 7 - i64::from(now.weekday().num_days_from_monday());
    let then = now.date_naive() + TimeDelta::days(ahead);
    let then = then.and_hms_opt(10, 0, 0).unwrap().and_utc();
    clock.shift(then.timestamp_millis() - now.timestamp_millis());
    clock
}

/// The stand-ins, on one clock.
async fn stand_ins(setting: &Setting, clock: &Clock) -> (Meta, Discord, Telegram) {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let now = clock.clone();
    let meta = meta::Options {
        rate_limits: setting.limits,
        now_ms: Arc::new(move || now.now().0),
        ..meta::Options::default()
    };
    let now = clock.clone();
    let discord = discord::Options {
        rate_limits: setting.limits,
        now_ms: Arc::new(move || u64::try_from(now.now().0).unwrap()),
        ..discord::Options::default()
    };
    let now = clock.clone();
    let telegram = telegram::Options {
        rate_limits: setting.calls > 0,
        calls_per_minute: setting.calls,
        now_ms: Arc::new(move || u64::try_from(now.now().0).unwrap()),
        ..telegram::Options::default()
    };
    let meta = Meta::start(any, meta).await.unwrap();
    (meta, Discord::start(any, discord).await.unwrap(), Telegram::start(any, telegram).await.unwrap())
}

impl World {
    /// Starts a desk; `None` where the database is not there.
    pub async fn start(db: Db) -> Option<Self> {
        Self::start_with(db, &Setting::default()).await
    }

    /// Starts a desk that differs.
    pub async fn start_with(db: Db, setting: &Setting) -> Option<Self> {
        Self::start_on(On::Discord, db, setting).await
    }

    /// Starts a desk in a team chat.
    pub async fn start_on(on: On, db: Db, setting: &Setting) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let url = match db {
            Db::Sqlite => format!("sqlite://{}/baton.db", folder.path().display()),
            Db::Postgres => match postgres::database().await {
                Some(url) => url,
                None => {
                    eprintln!("skipped on Postgres: it is not on this machine");
                    return None;
                }
            },
        };
        let clock = monday();
        let (meta, discord, telegram) = stand_ins(setting, &clock).await;
        let specs = Specs::watch(&[meta.wire(), discord.wire(), telegram.wire()]);
        let number = meta.add_number("+1 555 010 0001");
        let second_number = meta.add_number("+1 555 010 0002");
        let home = if on == On::Telegram { Workspace::Telegram } else { Workspace::Discord };
        let chat = Chat { discord: discord.clone(), forums: Forums::new(telegram.clone()), home };
        let (agent_role, lead_role, manager_role) =
            (discord.add_role("Agent"), discord.add_role("Lead"), discord.add_role("Manager"));
        let place =
            |name: &str, forum: bool| if forum { chat.forums.add_forum(name) } else { discord.add_channel(name) };
        let all = on == On::Telegram;
        let (support, billing) = (place("support", all), place("billing", on != On::Discord));
        let (backoffice, operator) = (place("backoffice", all), place("operator", all));
        let ana = chat.add_user("Ana", &[agent_role]);
        let ben = chat.add_user("Ben", &[agent_role]);
        let lea = chat.add_user("Lea", &[lead_role]);
        let guest = chat.add_user("Guest", &[]);
        let mia = match on {
            On::Both => chat.forums.add_user("Mia"),
            On::Discord | On::Telegram => chat.add_user("Mia", &[manager_role]),
        };
        let ids = [
            ("ana", ana),
            ("ben", ben),
            ("lea", lea),
            ("mia", mia),
            ("support", support),
            ("billing", billing),
            ("backoffice", backoffice),
            ("operator", operator),
            ("agent_role", agent_role),
            ("lead_role", lead_role),
            ("manager_role", manager_role),
        ];
        let filled = |text: &str| {
            let one = |text: String, (name, id): &(&str, u64)| text.replace(&format!("{{{name}}}"), &chat.spelled(*id));
            ids.iter().fold(text.to_owned(), one)
        };
        let agents: String = setting
            .agents
            .iter()
            .map(|agent| {
                let id = ids.iter().find(|(name, _)| *name == agent.name()).map_or(ana, |(_, id)| *id);
                agent.lines(lies_in(id).as_str())
            })
            .collect();
        let second = if setting.second.is_empty() { "support" } else { setting.second };
        let Setting { support: lines, reply, conversations, whatsapp, server, .. } = setting;
        let (rest, agents, lines) = (filled(setting.rest), filled(&agents), filled(lines));
        let workspaces = filled(&workspaces(on, setting, &chat));
        let roles = filled(&roles(on, mia));
        let text = format!(
            r#"
[server]
listen = "127.0.0.1:0"
grace_seconds = 5
{server}
[database]
url = "{url}"
[media]
dir = "{dir}/media"
[whatsapp]
graph_url = "{graph}"
uncertain_seconds = 2
{whatsapp}
[[whatsapp.numbers]]
id = "{number}"
name = "Sunny Bikes"
team = "support"
[[whatsapp.numbers]]
id = "{second_number}"
name = "Sunny Rentals"
team = "{second}"
{workspaces}
[[teams]]
name = "support"
channel = "{support}"
{lines}
[roles]
{roles}
agent_name = "the role Agent"
[reply]
{reply}
[conversations]
{conversations}
{rest}
{agents}
"#,
            dir = folder.path().display(),
            graph = meta.url(),
            support = chat.spelled(support),
        );
        let config = Config::parse("world.toml", &text).unwrap();
        let secrets = Secrets {
            access_token: Secret::new(meta.access_token()),
            app_secrets: vec![Secret::new(meta.app_secret())],
            verify_token: Secret::new(meta.verify_token()),
            discord_token: Secret::new(if config.discord.is_some() { discord.token() } else { "" }),
            telegram_tokens: config.telegram.iter().map(|_| Secret::new(telegram.token())).collect(),
        };
        let mut world = Self {
            meta,
            chat,
            discord,
            telegram,
            clock,
            number,
            second_number,
            support,
            billing,
            backoffice,
            operator,
            agent_role,
            lead_role,
            ana,
            ben,
            lea,
            mia,
            guest,
            config,
            secrets,
            specs,
            on,
            app: None,
            folder,
        };
        world.run().await;
        Some(world)
    }
}

/// The sections of the team chats.
fn workspaces(on: On, setting: &Setting, chat: &Chat) -> String {
    let discord = format!(
        "[discord]\napi_url = \"{}\"\nguild = \"{}\"\noperator_channel = \"{{operator}}\"\n{}\n",
        chat.discord.url(),
        chat.discord.guild_id(),
        setting.discord,
    );
    let operator = if on == On::Telegram { "operator_forum = \"{operator}\"\n" } else { "" };
    let telegram = format!(
        "[telegram]\napi_url = \"{}\"\n{operator}calls_per_minute = {}\n{}\n",
        chat.forums.telegram.url(),
        setting.calls,
        setting.telegram,
    );
    match on {
        On::Discord => discord,
        On::Telegram => telegram,
        On::Both => discord + &telegram,
    }
}

/// Who may do what: roles on Discord, on Telegram people.
fn roles(on: On, newest: u64) -> String {
    let on_discord = "agent = [\"{agent_role}\"]\nlead = [\"{lead_role}\"]\n";
    match on {
        On::Discord => format!("{on_discord}manager = [\"{{manager_role}}\"]\n"),
        On::Both => format!("{on_discord}manager = [\"{{manager_role}}\", \"telegram:{{mia}}\"]\n"),
        On::Telegram => {
            let later: String = (newest + 1..=newest + LATER).map(|id| format!(", \"telegram:{id}\"")).collect();
            format!(
                "agent = [\"telegram:{{ana}}\", \"telegram:{{ben}}\"{later}]\nlead = [\"telegram:{{lea}}\"]\n\
                 manager = [\"telegram:{{mia}}\"]\n"
            )
        }
    }
}
