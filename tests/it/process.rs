//! The real program as a process of its own, between stand-ins that live in the test.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use baton::domain::workspace::Workspace;
use baton::playground::discord::{self, Discord, MessageView};
use baton::playground::meta::{self, CustomerId, Meta};
use baton::playground::telegram::{self, Telegram};
use baton::store::{Store, inbox, outbox};

use crate::ledger::{Books, Ledger, Verdict, arrived};
use crate::world::Db;
use crate::world::chat::{Chat, Forums};

/// A desk whose program can be killed.
pub struct Desk {
    pub meta: Meta,
    /// The team chat, whichever it is.
    pub chat: Chat,
    /// For what there is on Discord alone.
    pub discord: Discord,
    pub number: String,
    pub support: u64,
    pub agent_role: u64,
    pub ana: u64,
    pub ben: u64,
    pub url: String,
    pub address: SocketAddr,
    pub ledger: Mutex<Ledger>,
    folder: tempfile::TempDir,
}

/// A running process; ends with this.
pub struct Running(Child);

/// The program that is run.
fn program() -> String {
    std::env::var("BATON_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_baton").to_owned())
}

impl Desk {
    /// A desk on a new database, not running yet; `None` where the database is not there.
    pub async fn new(db: Db) -> Option<Self> {
        Self::new_on(Workspace::Discord, db).await
    }

    /// The same in a team chat.
    pub async fn new_on(home: Workspace, db: Db) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let url = crate::store::address(db, folder.path()).await?;
        Some(Self::at_on(home, url, folder).await)
    }

    /// A desk on this database.
    pub async fn at(url: String, folder: tempfile::TempDir) -> Self {
        Self::at_on(Workspace::Discord, url, folder).await
    }

    async fn at_on(home: Workspace, url: String, folder: tempfile::TempDir) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let retry = (Duration::from_millis(20), Duration::from_millis(300));
        let meta = Meta::start(any, meta::Options { retry, ..meta::Options::default() }).await.unwrap();
        // Its limits are kept elsewhere; here the traffic should be as dense as it can be.
        let discord =
            Discord::start(any, discord::Options { rate_limits: false, ..discord::Options::default() }).await.unwrap();
        let number = meta.add_number("+1 555 010 0001");
        let telegram = Telegram::start(any, telegram::Options::default()).await.unwrap();
        let agent = discord.add_role("Agent");
        let chat = Chat { discord: discord.clone(), forums: Forums::new(telegram), home };
        let place =
            |name: &str| if chat.is_telegram() { chat.forums.add_forum(name) } else { discord.add_channel(name) };
        let (support, operator) = (place("support"), place("operator"));
        let (ana, ben) = (chat.add_user("Ana", &[agent]), chat.add_user("Ben", &[agent]));
        let workspace = match home {
            Workspace::Discord => format!(
                "[discord]\nrequests_per_second = 2000\napi_url = \"{}\"\nguild = \"{}\"\n\
                 operator_channel = \"{operator}\"\ntimeout_seconds = 5\n",
                discord.url(),
                discord.guild_id()
            ),
            Workspace::Telegram => format!(
                "[telegram]\ncalls_per_minute = 0\napi_url = \"{}\"\noperator_forum = \"{}\"\ntimeout_seconds = 5\n",
                chat.forums.telegram.url(),
                chat.spelled(operator)
            ),
        };
        let role = if chat.is_telegram() { "member".to_owned() } else { agent.to_string() };
        let free = std::net::TcpListener::bind(any).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let text = format!(
            "[server]\nlisten = \"{address}\"\ngrace_seconds = 5\n[database]\nurl = \"{url}\"\nlease_seconds = 1\n\
             [media]\ndir = \"{dir}/media\"\n[whatsapp]\ngraph_url = \"{graph}\"\nuncertain_seconds = 2\n\
             timeout_seconds = 5\n[[whatsapp.numbers]]\nid = \"{number}\"\nname = \"Sunny Bikes\"\nteam = \"support\"\n\
             {workspace}[[teams]]\nname = \"support\"\nchannel = \"{channel}\"\n[roles]\nagent = [\"{role}\"]\n",
            dir = folder.path().display(),
            graph = meta.url(),
            channel = chat.spelled(support),
        );
        std::fs::write(folder.path().join("baton.toml"), text).unwrap();
        let ledger = Mutex::default();
        Self { meta, chat, discord, number, support, agent_role: agent, ana, ben, url, address, ledger, folder }
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("baton.toml")
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command of the program, with its secrets.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.with_secrets(Command::new(program()), arguments)
    }

    pub fn with_secrets(&self, command: Command, arguments: &[&str]) -> Command {
        self.with_config(command, arguments, &self.config())
    }

    fn with_config(&self, mut command: Command, arguments: &[&str], config: &Path) -> Command {
        command
            .args(arguments)
            .arg("--config")
            .arg(config)
            .env("BATON_WHATSAPP_ACCESS_TOKEN", self.meta.access_token())
            .env("BATON_WHATSAPP_APP_SECRET", self.meta.app_secret())
            .env("BATON_WHATSAPP_VERIFY_TOKEN", self.meta.verify_token())
            .env("BATON_DISCORD_TOKEN", self.discord.token())
            .env("BATON_TELEGRAM_TOKEN", self.chat.forums.telegram.token())
            .env_remove("BATON_CRASH_POINT")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Starts the program.
    pub fn start(&self, crash_point: Option<&str>) -> Running {
        let mut command = self.command(&["run"]);
        if let Some(point) = crash_point {
            command.env("BATON_CRASH_POINT", point);
        }
        self.spawn(command)
    }

    pub fn spawn(&self, mut command: Command) -> Running {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        Running(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// Starts the program and waits until it is connected.
    pub async fn run(&self) -> Running {
        let mut running = self.start(None);
        assert!(self.ready(&mut running).await, "it ended\n{}", self.log());
        running
    }

    /// Waits until the program is connected; false when it ends before.
    pub async fn ready(&self, running: &mut Running) -> bool {
        let begun = Instant::now();
        let client = reqwest::Client::new();
        let url = format!("http://{}/readyz", self.address);
        loop {
            let hook = format!("http://{}/webhook/whatsapp", self.address);
            // Only now is there somebody who answers, and they may be gone before they do.
            if client.get(&url).send().await.is_ok_and(|answer| answer.status() == 200)
                && self.meta.subscribe_webhook(&hook).await.is_ok()
            {
                return true;
            }
            if running.ended().is_some() {
                return false;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "never ready\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Starts another program on the same database, with a door of its own, and waits until it is connected.
    pub async fn run_beside(&self, nth: u8) -> Running {
        let address = {
            let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            free.local_addr().unwrap()
        };
        let text = std::fs::read_to_string(self.config()).unwrap();
        let config = self.folder.path().join(format!("baton-{nth}.toml"));
        std::fs::write(&config, text.replace(&self.address.to_string(), &address.to_string())).unwrap();
        let running = self.spawn(self.with_config(Command::new(program()), &["run"], &config));
        let ready = format!("http://{address}/readyz");
        let begun = Instant::now();
        while !reqwest::get(&ready).await.is_ok_and(|answer| answer.status() == 200) {
            assert!(begun.elapsed() < Duration::from_secs(30), "never ready\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        running
    }

    /// The database, beside the program.
    pub async fn store(&self) -> Store {
        Store::open_beside(&self.url).await.unwrap()
    }

    /// What is still under way.
    pub async fn left(&self) -> String {
        let store = self.store().await;
        let inbox = inbox::counts(&store).await.map(|counts| counts.0);
        let outbox = outbox::counts(&store).await.map(|counts| counts.0);
        store.close().await;
        let webhooks = self.meta.deliveries_pending();
        format!("{inbox:?} in the inbox, {outbox:?} in the outbox, {webhooks} webhooks")
    }

    /// Waits until nothing is under way anywhere.
    pub async fn quiet(&self, store: &Store) {
        let begun = Instant::now();
        let mut calm = 0;
        while calm < 4 {
            let (new, _) = inbox::counts(store).await.unwrap_or((1, 0));
            let (active, _) = outbox::counts(store).await.unwrap_or((1, 0));
            let pending = self.meta.deliveries_pending();
            calm = if new + active == 0 && pending == 0 { calm + 1 } else { 0 };
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "never quiet: {new} in the inbox, {active} in the outbox, {pending} webhooks\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What became of everything said so far.
    pub async fn verdict(&self, store: &Store) -> Verdict {
        let books = Books { arrived: arrived(&self.url).await, ..Books::of(store).await };
        self.ledger.lock().unwrap().verdict(&self.meta, &self.chat, &self.number, &books)
    }

    // ——— people ———

    pub fn customer(&self, name: &str) -> CustomerId {
        let nth = self.meta.customers().len();
        self.meta.customer(name, &format!("+1555123{nth:04}"))
    }

    /// A customer says something that stands nowhere else.
    pub fn says(&self, customer: CustomerId) -> String {
        let word = self.ledger.lock().unwrap().says(customer);
        self.meta.says(customer, &self.number, &word);
        word
    }

    /// The thread in which Baton shows this word.
    pub fn thread_with(&self, word: &str) -> Option<u64> {
        let holds = |thread: u64| {
            let posts = self.chat.messages(thread);
            posts.iter().any(|m| self.chat.is_bot(m.author) && (m.content.contains(word) || said_on_card(m, word)))
        };
        self.chat.threads().into_iter().map(|t| t.id).find(|thread| holds(*thread))
    }

    /// The card of a thread, on which it can be claimed.
    pub fn card_of(&self, thread: u64) -> Option<MessageView> {
        if self.chat.is_telegram() {
            return self.chat.messages(thread).into_iter().find(|m| !m.deleted && !m.embeds.is_empty());
        }
        // A thread has the id of the card it stands under.
        self.discord.message(self.support, thread)
    }

    /// Clicks [Claim] on the card of a thread; whether the agent owns it now, as far as they are told.
    pub async fn claims(&self, agent: u64, thread: u64) -> bool {
        let Some(card) = self.card_of(thread) else { return false };
        let Some(custom) = card.button("Claim").map(str::to_owned) else { return false };
        let Ok(click) = self.chat.click(agent, card.channel, card.id, &custom) else { return false };
        let told = self.chat.answer(click, Duration::from_secs(4)).await;
        told.is_ok_and(|told| told.text().contains("yours"))
    }

    /// An agent writes to a customer in their thread.
    pub fn writes(&self, agent: u64, thread: u64, customer: CustomerId) -> bool {
        let mut ledger = self.ledger.lock().unwrap();
        let word = ledger.writes(customer);
        self.chat.say(agent, thread, word.as_str()).is_ok()
    }

    /// Waits until something holds.
    pub async fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(30), "never happened: {what}\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Whether a card shows this as the customer's first words.
pub fn said_on_card(card: &MessageView, word: &str) -> bool {
    card.embeds.iter().any(|embed| embed["description"].as_str().is_some_and(|text| text.contains(word)))
}

impl Running {
    /// How it ended, once it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// SIGTERM, and how it ended.
    pub async fn terminate(mut self) -> ExitStatus {
        let told = Command::new("kill").arg("-TERM").arg(self.0.id().to_string()).status().unwrap();
        assert!(told.success());
        let begun = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
