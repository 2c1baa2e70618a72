//! `baton demo`: the real program against stand-ins for Meta and Discord, with a page on which it can be played.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, Secrets};
use crate::playground::discord::{self, Discord};
use crate::playground::meta::{self, Meta};
use crate::secret::Secret;

/// A running demo.
pub struct Demo {
    app: App,
    meta: Meta,
    discord: Discord,
    page: SocketAddr,
    dir: PathBuf,
}

impl Demo {
    /// Starts everything; `port` is the page's. Without a `dir` it lives in a new temporary folder.
    ///
    /// # Errors
    /// When a port or folder cannot be used.
    pub async fn start(port: u16, dir: Option<PathBuf>) -> anyhow::Result<Self> {
        let _ = port;
        let dir = dir.unwrap_or_else(|| std::env::temp_dir().join(format!("baton-demo-{}", std::process::id())));
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let meta = Meta::start(any, meta::Options::default()).await?;
        let discord = Discord::start(any, discord::Options::default()).await?;
        let number = meta.add_number("+1 555 010 0001");
        let agent = discord.add_role("Agent");
        let channel = discord.add_channel("support");
        let operator = discord.add_channel("operator");
        let text = configuration(&Places {
            dir: dir.display().to_string(),
            graph: meta.url(),
            number: number.to_string(),
            discord: discord.url().to_owned(),
            guild: discord.guild_id().to_string(),
            operator: operator.to_string(),
            channel: channel.to_string(),
            agent: agent.to_string(),
        });
        let config = Config::parse("demo.toml", &text)?;
        let secrets = Secrets {
            access_token: Secret::new(meta.access_token()),
            app_secrets: vec![Secret::new(meta.app_secret())],
            verify_token: Secret::new(meta.verify_token()),
            discord_token: Secret::new(discord.token()),
        };
        let app = App::start(&config, &secrets, Clock::default()).await?;
        let hook = format!("http://{}/webhook/whatsapp", app.address);
        meta.subscribe_webhook(&hook).await.map_err(|why| anyhow::anyhow!(why))?;
        let page = app.address;
        Ok(Self { app, meta, discord, page, dir })
    }

    /// What the terminal shows.
    #[must_use]
    pub fn banner(&self) -> String {
        format!("{} {} {} {}", self.page, self.meta.url(), self.discord.url(), self.dir.display())
    }

    /// Ends everything.
    pub async fn stop(self) {
        self.app.stop().await;
    }
}

struct Places {
    dir: String,
    graph: String,
    number: String,
    discord: String,
    guild: String,
    operator: String,
    channel: String,
    agent: String,
}

fn configuration(places: &Places) -> String {
    let Places { dir, graph, number, discord, guild, operator, channel, agent } = places;
    format!(
        r#"
[server]
listen = "127.0.0.1:0"

[database]
url = "sqlite://{dir}/baton.db"

[media]
dir = "{dir}/media"

[whatsapp]
graph_url = "{graph}"
uncertain_seconds = 10

[[whatsapp.numbers]]
id = "{number}"
name = "Sunny Bikes"
team = "support"

[discord]
api_url = "{discord}"
guild = "{guild}"
operator_channel = "{operator}"

[[teams]]
name = "support"
channel = "{channel}"

[roles]
agent = ["{agent}"]
agent_name = "the role Agent"
"#
    )
}
