//! Passing through: from the webhook's arrival to the arrival of the post at the stand-in for Discord, limits off.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use baton::app::App;
use baton::clock::Clock;
use baton::config::{Config, Secrets};
use baton::domain::ids::ConversationId;
use baton::playground::discord::{self, Discord};
use baton::playground::meta::{self, CustomerId, Meta};

use baton::secret::Secret;
use baton::store::{clock, outbox};

use super::load::{self, Line};
use super::setup::{self, Database};

const CONVERSATIONS: usize = 500;
const PER_SECOND: u64 = 50;
const SECONDS: u64 = 12;
/// Meanwhile so many customers each second wait in vain for an owner.
const LATE_PER_SECOND: u64 = 2;
const FULL_RATE: usize = 30_000;
const SENDERS: usize = 256;

// story: PF-02
pub async fn measure(database: &Database) {
    println!(
        "\n{} · passing through: {CONVERSATIONS} conversations, webhook to post, stand-in's limits off",
        database.name()
    );
    let desk = Desk::open(database).await;
    desk.latency().await;
    desk.alarms().await;
    desk.full_rate().await;
    desk.app.stop().await;
}

struct Desk {
    meta: Meta,
    discord: Discord,
    app: App,
    number: String,
    late_number: String,
    customers: Vec<CustomerId>,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn open(database: &Database) -> Self {
        let folder = setup::folder();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let meta = Meta::start(any, meta::Options::default()).await.unwrap();
        let discord =
            Discord::start(any, discord::Options { rate_limits: false, ..discord::Options::default() }).await.unwrap();
        let number = meta.add_number("+1 555 010 0001");
        let late_number = meta.add_number("+1 555 010 0002");
        let role = discord.add_role("Agent");
        let (channel, late) = (discord.add_channel("support"), discord.add_channel("late"));
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = \"{}\"\n[media]\ndir = \"{}/media\"\n[whatsapp]\ngraph_url = \"{}\"\n\
             [[whatsapp.numbers]]\nid = \"{number}\"\nname = \"n\"\nteam = \"t\"\n\
             [[whatsapp.numbers]]\nid = \"{late_number}\"\nname = \"l\"\nteam = \"late\"\n[discord]\nrequests_per_second = 100000\napi_url = \"{}\"\nguild = \"{}\"\n\
             [[teams]]\nname = \"t\"\nchannel = \"{channel}\"\n\
             [[teams]]\nname = \"late\"\nchannel = \"{late}\"\ntargets = \"quick\"\n[targets.quick]\nassign = {{ normal = \"3s\" }}\n\
             [alarms]\nstorm_threshold = 60000\n[[alarms.steps]]\non = \"assign\"\nat = \"100%\"\ntell = [\"team\"]\n\
             [roles]\nagent = [\"{role}\"]\n",
            database.fresh(&folder).await,
            folder.path().display(),
            meta.url(),
            discord.url(),
            discord.guild_id()
        );
        let secrets = Secrets {
            access_token: Secret::new(meta.access_token()),
            app_secrets: vec![Secret::new(meta.app_secret())],
            verify_token: Secret::new(meta.verify_token()),
            discord_token: Secret::new(discord.token()),
            telegram_tokens: Vec::new(),
        };
        let config = Config::parse("bench.toml", &config).unwrap();
        let app = App::start(&config, &secrets, Clock::default()).await.unwrap();
        let customers =
            (0..CONVERSATIONS).map(|n| meta.customer(&format!("Customer {n}"), &format!("1555200{n:04}"))).collect();
        let desk = Self { meta, discord, app, number, late_number, customers, _folder: folder };
        let opening = desk.requests("opening", CONVERSATIONS);
        load::run(desk.app.address, Arc::new(opening), 16, Duration::from_secs(60)).await;
        desk.until_posted(CONVERSATIONS).await;
        // Cards are brought up to date behind the posts.
        while outbox::counts(&desk.app.store).await.unwrap().0 > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        desk
    }

    fn requests(&self, mark: &str, count: usize) -> Vec<Vec<u8>> {
        (0..count)
            .map(|n| {
                let customer = self.customers[n % CONVERSATIONS];
                let signed = self.meta.signed_text(customer, &self.number, &format!("{mark} {n}."));
                load::post("/webhook/whatsapp", self.meta.app_secret(), &signed.bytes)
            })
            .collect()
    }

    /// Posts in threads, heads not counted.
    fn posted(&self) -> usize {
        self.discord.threads().iter().map(|thread| self.discord.message_count(thread.id).saturating_sub(1)).sum()
    }

    async fn until_posted(&self, count: usize) {
        let begun = Instant::now();
        while self.posted() < count {
            assert!(begun.elapsed() < Duration::from_secs(120), "only {} of {count} arrived", self.posted());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn latency(&self) {
        let arrived: Arc<Mutex<HashMap<usize, Instant>>> = Arc::default();
        let seen = arrived.clone();
        self.discord.wire().tap(Arc::new(move |exchange| {
            let text = exchange.request["content"].as_str().unwrap_or_default();
            let number = text
                .split_once("latency ")
                .and_then(|(_, rest)| rest.split('.').next())
                .and_then(|n| n.trim_end_matches('\\').parse().ok());
            if let (Some(number), "POST") = (number, exchange.method.as_str()) {
                seen.lock().unwrap().insert(number, Instant::now());
            }
        }));
        let count = usize::try_from(PER_SECOND * SECONDS).unwrap();
        let requests = self.requests("latency", count);
        let mut line = Line::open(self.app.address).await;
        let mut sent = Vec::with_capacity(count);
        let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / PER_SECOND));
        let mut accepted = Vec::with_capacity(count);
        for request in &requests {
            tick.tick().await;
            let at = Instant::now();
            sent.push(at);
            assert_eq!(line.ask(request).await, 200);
            accepted.push(at.elapsed().as_secs_f64() * 1000.0);
        }
        let begun = Instant::now();
        while arrived.lock().unwrap().len() < count && begun.elapsed() < Duration::from_secs(20) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let bare = self.bare_round_trip().await;
        let arrived = arrived.lock().unwrap();
        assert_eq!(arrived.len(), count, "some never arrived");
        let mut took: Vec<f64> =
            sent.iter().enumerate().map(|(n, at)| arrived[&n].duration_since(*at).as_secs_f64() * 1000.0).collect();
        took.sort_by(f64::total_cmp);
        accepted.sort_by(f64::total_cmp);
        let (p50, p99) = (setup::percentile(&took, 0.5), setup::percentile(&took, 0.99));
        println!(
            "  at {PER_SECOND}/s: p50 {p50:.2} ms (10 asked)   p99 {p99:.2} ms (40 asked)   accepted after p50 {:.2} ms",
            setup::percentile(&accepted, 0.5)
        );
        println!(
            "  of p50, {bare:.2} ms are two bare HTTP round trips (webhook, post), {:.2} ms are Baton's, commits included",
            (p50 - bare).max(0.0)
        );
    }

    /// How long after its time an alarm is posted, while messages pass through.
    async fn alarms(&self) {
        let rang: Arc<Mutex<HashMap<i64, i64>>> = Arc::default();
        let (seen, clock) = (rang.clone(), Clock::default());
        self.discord.wire().tap(Arc::new(move |exchange| {
            let text = exchange.request["content"].as_str().unwrap_or_default();
            let number = text.split_once("🚨 ").and_then(|(_, rest)| rest.split_once('#')).map(|(_, rest)| rest);
            let number = number.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<i64>().ok());
            if let (Some(number), "POST") = (number, exchange.method.as_str()) {
                seen.lock().unwrap().entry(number).or_insert_with(|| clock.now().0);
            }
        }));
        let requests = self.requests("beside", usize::try_from(PER_SECOND * SECONDS).unwrap());
        let late = usize::try_from(LATE_PER_SECOND * SECONDS).unwrap();
        let mut line = Line::open(self.app.address).await;
        let mut tick = tokio::time::interval(Duration::from_micros(1_000_000 / PER_SECOND));
        for (n, request) in requests.iter().enumerate() {
            tick.tick().await;
            assert_eq!(line.ask(request).await, 200);
            let every = requests.len() / late;
            if n % every == 0 {
                let customer = self.meta.customer(&format!("Late {n}"), &format!("1555300{n:04}"));
                let signed = self.meta.signed_text(customer, &self.late_number, "Is nobody there?");
                assert_eq!(
                    line.ask(&load::post("/webhook/whatsapp", self.meta.app_secret(), &signed.bytes)).await,
                    200
                );
            }
        }
        let begun = Instant::now();
        while rang.lock().unwrap().len() < late && begun.elapsed() < Duration::from_secs(20) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let rang = rang.lock().unwrap().clone();
        assert_eq!(rang.len(), late, "some alarms never came");
        let mut took = Vec::new();
        for (conversation, posted) in rang {
            let rungs = clock::rung(&self.app.store, ConversationId(conversation)).await.unwrap();
            #[expect(clippy::cast_precision_loss, reason = "a length of time")]
            took.push((posted - rungs[0].due_at) as f64);
        }
        took.sort_by(f64::total_cmp);
        println!(
            "  alarms at {PER_SECOND}/s: posted p50 {:.0} ms, at most {:.0} ms after they were due (1,000 asked)",
            setup::percentile(&took, 0.5),
            setup::percentile(&took, 1.0)
        );
    }

    /// A request to our door and one to the stand-in, without any work behind them.
    async fn bare_round_trip(&self) -> f64 {
        let client = reqwest::Client::new();
        let urls = [format!("http://{}/healthz", self.app.address), format!("{}/api/v10/gateway", self.discord.url())];
        let mut took = Vec::new();
        for _ in 0..400 {
            let begun = Instant::now();
            for url in &urls {
                client.get(url).send().await.unwrap().bytes().await.unwrap();
            }
            took.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        took.sort_by(f64::total_cmp);
        setup::percentile(&took, 0.5)
    }

    async fn full_rate(&self) {
        self.discord.wire().tap(Arc::new(|_| {}));
        let before = self.posted();
        let requests = self.requests("full", FULL_RATE);
        let begun = Instant::now();
        let run = load::run(self.app.address, Arc::new(requests), SENDERS, Duration::from_secs(120)).await;
        self.until_posted(before + FULL_RATE).await;
        let seconds = begun.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let rate = FULL_RATE as f64 / seconds;
        println!(
            "  at full rate: {rate:.0} messages/s from webhook to post (2,000 asked), webhooks accepted at {:.0}/s",
            run.per_second
        );
    }
}
