//! A desk with customers on one side and a team on the other, in the user's language: the real program between strict
//! stand-ins, on either database.

pub mod acts;
mod clocks;
pub mod logs;
pub mod postgres;
pub mod roster;
mod setting;
pub mod team;
pub mod transcript;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{Datelike, TimeDelta};

pub use self::setting::{LEAD, Member, Setting, member};
use self::transcript::unescaped;
use crate::specs::Specs;
use baton::app::App;
use baton::clock::Clock;
use baton::config::{Config, Secrets};
use baton::playground::discord::{self, Discord, InteractionId, MessageView, ThreadView};
use baton::playground::meta::{self, CustomerId, Inbound, Meta, PhoneMessage};
use baton::secret::Secret;
use baton::store::{agent, conversation, inbox, outbox, queue};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Db {
    Sqlite,
    Postgres,
}

/// A desk.
pub struct World {
    pub meta: Meta,
    pub discord: Discord,
    pub clock: Clock,
    pub number: String,
    pub second_number: String,
    pub support: u64,
    pub billing: u64,
    pub backoffice: u64,
    pub operator: u64,
    pub agent_role: u64,
    pub lead_role: u64,
    pub ana: u64,
    pub ben: u64,
    pub lea: u64,
    pub mia: u64,
    pub guest: u64,
    pub config: Config,
    pub secrets: Secrets,
    pub specs: Arc<Specs>,
    app: Option<App>,
    folder: tempfile::TempDir,
}

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

impl World {
    /// Starts a desk; `None` where the database is not there.
    pub async fn start(db: Db) -> Option<Self> {
        Self::start_with(db, &Setting::default()).await
    }

    /// Starts a desk that differs.
    pub async fn start_with(db: Db, setting: &Setting) -> Option<Self> {
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
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let clock = monday();
        let now = clock.clone();
        let meta = Meta::start(
            any,
            meta::Options {
                rate_limits: setting.limits,
                now_ms: std::sync::Arc::new(move || now.now().0),
                ..meta::Options::default()
            },
        )
        .await
        .unwrap();
        let now = clock.clone();
        let discord = Discord::start(
            any,
            discord::Options {
                rate_limits: setting.limits,
                now_ms: std::sync::Arc::new(move || u64::try_from(now.now().0).unwrap()),
                ..discord::Options::default()
            },
        )
        .await
        .unwrap();
        let specs = Specs::watch(&[meta.wire(), discord.wire()]);
        let number = meta.add_number("+1 555 010 0001");
        let second_number = meta.add_number("+1 555 010 0002");
        let agent_role = discord.add_role("Agent");
        let lead_role = discord.add_role("Lead");
        let manager_role = discord.add_role("Manager");
        let support = discord.add_channel("support");
        let (billing, backoffice) = (discord.add_channel("billing"), discord.add_channel("backoffice"));
        let operator = discord.add_channel("operator");
        let ana = discord.add_user("Ana", &[agent_role]);
        let ben = discord.add_user("Ben", &[agent_role]);
        let lea = discord.add_user("Lea", &[lead_role]);
        let guest = discord.add_user("Guest", &[]);
        let mia = discord.add_user("Mia", &[manager_role]);
        let second = if setting.second.is_empty() { "support" } else { setting.second };
        let Setting { support: lines, reply, conversations, whatsapp, discord: discord_lines, server, .. } = setting;
        let ids = [
            ("ana", ana),
            ("ben", ben),
            ("lea", lea),
            ("mia", mia),
            ("billing", billing),
            ("backoffice", backoffice),
            ("agent_role", agent_role),
            ("lead_role", lead_role),
        ];
        let filled = |text: &str| {
            ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), &id.to_string()))
        };
        let agents: String = setting.agents.iter().map(|agent| agent.lines("discord")).collect();
        let (rest, agents, lines) = (filled(setting.rest), filled(&agents), filled(lines));
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
[discord]
api_url = "{discord_url}"
guild = "{guild}"
operator_channel = "{operator}"
{discord_lines}
[[teams]]
name = "support"
channel = "{support}"
{lines}
[roles]
agent = ["{agent_role}"]
lead = ["{lead_role}"]
manager = ["{manager_role}"]
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
            discord_url = discord.url(),
            guild = discord.guild_id(),
        );
        let config = Config::parse("world.toml", &text).unwrap();
        let secrets = Secrets {
            access_token: Secret::new(meta.access_token()),
            app_secrets: vec![Secret::new(meta.app_secret())],
            verify_token: Secret::new(meta.verify_token()),
            discord_token: Secret::new(discord.token()),
            telegram_tokens: Vec::new(),
        };
        let mut world = Self {
            meta,
            discord,
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
            app: None,
            folder,
        };
        world.run().await;
        Some(world)
    }

    /// Starts the program and waits until it is connected.
    pub async fn run(&mut self) {
        let app = App::start(&self.config, &self.secrets, self.clock.clone()).await.unwrap();
        // The same address after a restart, as in life.
        self.config.server.listen = app.address;
        self.app = Some(app);
        self.until("connected to Discord", |w| w.app().is_ready() && !w.discord.commands().is_empty()).await;
        self.meta.subscribe_webhook(&self.hook()).await.unwrap();
    }

    /// Stops the program as SIGTERM does.
    pub async fn stop(&mut self) {
        if let Some(app) = self.app.take() {
            app.stop().await;
        }
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.run().await;
    }

    pub fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    pub fn hook(&self) -> String {
        format!("{}/webhook/whatsapp", self.address())
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.config.server.listen)
    }

    pub fn media_dir(&self) -> PathBuf {
        self.folder.path().join("media")
    }

    // ——— the customers ———

    pub fn customer(&self, name: &str) -> CustomerId {
        let nth = self.meta.customers().len();
        self.meta.customer(name, &format!("+1555123{nth:04}"))
    }

    pub fn says(&self, customer: CustomerId, text: &str) -> String {
        self.meta.says(customer, &self.number, text)
    }

    pub fn sends(&self, customer: CustomerId, inbound: impl Into<Inbound>) -> String {
        self.meta.sends(customer, &self.number, inbound)
    }

    pub fn phone(&self, customer: CustomerId) -> Vec<PhoneMessage> {
        self.meta.history(customer, &self.number)
    }

    /// What the business has sent to a customer, as the phone shows it.
    pub fn received(&self, customer: CustomerId) -> Vec<PhoneMessage> {
        self.phone(customer)
            .into_iter()
            .filter(|m| m.author != meta::Author::Customer && m.failed_with.is_none())
            .collect()
    }

    pub fn received_texts(&self, customer: CustomerId) -> Vec<String> {
        self.received(customer).into_iter().map(|m| m.text).collect()
    }

    // ——— the team ———

    pub fn cards(&self) -> Vec<MessageView> {
        self.discord.messages(self.support).into_iter().filter(|m| !m.deleted && !m.embeds.is_empty()).collect()
    }

    pub fn threads(&self) -> Vec<ThreadView> {
        self.discord.threads()
    }

    /// The one thread there is.
    pub fn thread(&self) -> u64 {
        let threads = self.threads();
        assert_eq!(threads.len(), 1, "one thread is expected: {threads:?}");
        threads[0].id
    }

    /// The posts of a thread that people and Baton wrote, without the head and what was deleted.
    pub fn posts(&self, thread: u64) -> Vec<MessageView> {
        self.discord
            .messages(thread)
            .into_iter()
            .filter(|m| !m.deleted && m.embeds.is_empty() && matches!(m.kind, 0 | 19))
            .collect()
    }

    pub fn texts(&self, thread: u64) -> Vec<String> {
        self.posts(thread).into_iter().map(|m| m.content).collect()
    }

    pub fn write(&self, user: u64, thread: u64, text: &str) -> u64 {
        self.discord.say(user, thread, text).unwrap()
    }

    /// Presses the button with this label on a message, and gives what the person is told.
    pub async fn press(&self, user: u64, message: &MessageView, label: &str) -> String {
        let custom = message.button(label).unwrap_or_else(|| panic!("no button {label:?} on {message:#?}")).to_owned();
        let click = self.discord.click(user, message.channel, message.id, &custom).unwrap();
        self.told(click).await
    }

    /// Types a command, and gives what the person is told.
    pub async fn command(&self, user: u64, channel: u64, name: &str, options: serde_json::Value) -> String {
        let typed = self.discord.command(user, channel, name, &options).unwrap();
        self.told(typed).await
    }

    async fn told(&self, interaction: InteractionId) -> String {
        let answer = self.discord.answer(interaction, Duration::from_secs(8)).await.unwrap();
        self.seen().await;
        unescaped(answer.text())
    }

    /// Whoever was told something looks at what came of it before they go on: for as long as something is on its way, and
    /// no longer than somebody would wait.
    async fn seen(&self) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            let store = &self.app().store;
            let new = inbox::counts(store).await.map_or(0, |counts| counts.0);
            let active = outbox::counts(store).await.map_or(0, |counts| counts.0);
            if new == 0 && active == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Claims the one conversation there is.
    pub async fn claims(&self, user: u64) -> String {
        let card = self.cards().remove(0);
        self.press(user, &card, "Claim").await
    }

    /// The last post in a thread that has a button with this label.
    pub fn prompt(&self, thread: u64, label: &str) -> MessageView {
        let found = self.posts(thread).into_iter().rfind(|m| m.button(label).is_some());
        found.unwrap_or_else(|| panic!("no post with {label:?} in {:#?}", self.texts(thread)))
    }

    // ——— waiting and ending ———

    /// Waits until something holds.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(20), "never happened: {what}\n{}", self.transcript());
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Waits until Baton has taken in everything that people have done in the workspace so far: what it is told in a
    /// row it handles in a row, so the answer to a last question comes after all of that.
    pub async fn heard(&self) {
        if let Ok(question) = self.discord.command(self.guest, self.operator, "help", &serde_json::json!({})) {
            // Without an answer it is not connected, and will fetch what it missed.
            let _ = self.discord.answer(question, Duration::from_secs(3)).await;
        }
    }

    /// Waits until nothing is under way anywhere.
    pub async fn quiet(&self) {
        self.heard().await;
        let begun = Instant::now();
        let mut calm = 0;
        while calm < 2 {
            self.meta.quiet().await;
            let store = &self.app().store;
            let (new, _) = inbox::counts(store).await.unwrap();
            let (active, _) = outbox::counts(store).await.unwrap();
            // A time that has come is told within a moment.
            let now = self.clock.now();
            let due =
                queue::waking(store, now, 10).await.unwrap().len() + agent::turned(store, now, 10).await.unwrap().len();
            let idle = new == 0 && active == 0 && due == 0 && self.meta.deliveries_pending() == 0;
            calm = if idle { calm + 1 } else { 0 };
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "never quiet: {new} in the inbox, {active} in the outbox, {due} due\n{}",
                self.transcript()
            );
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Nothing is left over, and nobody broke a rule of a platform.
    pub async fn assert_quiet(&self) {
        self.quiet().await;
        assert_eq!(self.dead_letters().await, Vec::<String>::new());
        self.assert_sound().await;
        self.assert_no_violation();
    }

    /// What is stored agrees with itself: one owner in each epoch, loads that are true.
    pub async fn assert_sound(&self) {
        let (_, _, findings) = baton::app::doctor::examine(&self.app().store).await.unwrap();
        let odd: Vec<_> = findings.iter().filter(|finding| !finding.odd.is_empty()).collect();
        assert!(odd.is_empty(), "{odd:#?}\n{}", self.transcript());
    }

    pub fn assert_no_violation(&self) {
        assert_eq!(self.discord.wire().violations(), Vec::<String>::new());
        assert_eq!(self.meta.wire().violations(), Vec::<String>::new());
        assert_eq!(self.specs.found(), Vec::<String>::new());
    }

    pub async fn dead_letters(&self) -> Vec<String> {
        let letters = baton::app::letters::list(&self.app().store, 100).await.unwrap();
        letters.into_iter().map(|letter| format!("{} {}", letter.id, letter.reason)).collect()
    }

    pub async fn conversations(&self) -> Vec<baton::domain::conversation::Conversation> {
        conversation::after(&self.app().store, baton::domain::ids::ConversationId(0), 1000).await.unwrap()
    }

    /// Moves the clock of Baton and of WhatsApp forward.
    pub fn forward(&self, minutes: i64) {
        self.clock.shift(minutes * 60_000);
    }
}

/// Runs a scenario on both databases.
#[macro_export]
macro_rules! on_both {
    ($(#[$meta:meta])* async fn $name:ident($world:ident) $body:block) => {
        $crate::on_both! { $(#[$meta])* async fn $name($world, $crate::world::Setting::default()) $body }
    };
    ($(#[$meta:meta])* async fn $name:ident($world:ident, $setting:expr) $body:block) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every scenario names something of its file")]
            use super::*;

            async fn scenario(db: $crate::world::Db) {
                #[allow(unused_mut, reason = "few scenarios restart")]
                let Some(mut $world) = $crate::world::World::start_with(db, &$setting).await else { return };
                $body
                $world.stop().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                scenario($crate::world::Db::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                scenario($crate::world::Db::Postgres).await;
            }
        }
    };
}
