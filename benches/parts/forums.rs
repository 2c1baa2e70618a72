//! Forums on Telegram: how fast messages pass with the limit off, and what becomes of the limit when more waits than fits.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use baton::app::App;
use baton::clock::Clock;
use baton::config::{Config, Secrets};
use baton::playground::meta::{self, Meta};
use baton::playground::telegram::{self, Telegram};
use baton::secret::Secret;
use baton::store::outbox;

use super::load;
use super::setup::{self, Database};

const CONVERSATIONS: usize = 100;
const MESSAGES: usize = 4_000;
const SENDERS: usize = 64;
const PER_MINUTE: u32 = 20;
const CROWD: usize = 200;
/// As many as stand in one post of the list.
const IN_A_POST: usize = 40;
const MINUTES: u64 = 3;

// story: TG-03
pub async fn measure(database: &Database) {
    println!("\n{} · forums on Telegram", database.name());
    full_rate(database).await;
    crowd(database).await;
}

struct Desk {
    meta: Meta,
    telegram: Telegram,
    app: App,
    number: String,
    forum: i64,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn open(database: &Database, per_minute: u32) -> Self {
        let folder = setup::folder();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let meta = Meta::start(any, meta::Options::default()).await.unwrap();
        let options = telegram::Options {
            rate_limits: per_minute > 0,
            calls_per_minute: per_minute,
            ..telegram::Options::default()
        };
        let telegram = Telegram::start(any, options).await.unwrap();
        let number = meta.add_number("+1 555 010 0001");
        let forum = telegram.add_forum("Support");
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = \"{}\"\n[media]\ndir = \"{}/media\"\n[whatsapp]\n\
             graph_url = \"{}\"\n[[whatsapp.numbers]]\nid = \"{number}\"\nname = \"n\"\nteam = \"t\"\n[telegram]\n\
             api_url = \"{}\"\ncalls_per_minute = {per_minute}\n[[teams]]\nname = \"t\"\nchannel = \"{forum}\"\n\
             [roles]\nagent = [\"member\"]\n",
            database.fresh(&folder).await,
            folder.path().display(),
            meta.url(),
            telegram.url(),
        );
        let secrets = Secrets {
            access_token: Secret::new(meta.access_token()),
            app_secrets: vec![Secret::new(meta.app_secret())],
            verify_token: Secret::new(meta.verify_token()),
            discord_token: Secret::new(""),
            telegram_tokens: vec![Secret::new(telegram.token())],
        };
        let config = Config::parse("bench.toml", &config).unwrap();
        let app = App::start(&config, &secrets, Clock::default()).await.unwrap();
        while !app.is_ready() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { meta, telegram, app, number, forum, _folder: folder }
    }

    /// A first message, or a further one, of each of so many customers in turn.
    fn requests(&self, customers: usize, mark: &str, count: usize) -> Vec<Vec<u8>> {
        let customers: Vec<_> =
            (0..customers).map(|n| self.meta.customer(&format!("Customer {n}"), &format!("1555400{n:04}"))).collect();
        (0..count)
            .map(|n| {
                let signed =
                    self.meta.signed_text(customers[n % customers.len()], &self.number, &format!("{mark} {n}."));
                load::post("/webhook/whatsapp", self.meta.app_secret(), &signed.bytes)
            })
            .collect()
    }

    async fn emptied(&self) {
        while outbox::counts(&self.app.store).await.unwrap().0 > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Posts of customers' words in all topics, cards not counted.
    fn posted(&self) -> usize {
        let topics = self.telegram.topics(self.forum);
        let posts = topics.iter().flat_map(|topic| self.telegram.messages(self.forum, Some(topic.id)));
        posts.filter(|post| post.text.contains("full ")).count()
    }

    /// Whether a conversation can be seen: in a topic of its own, or in the list of those who have none yet.
    fn seen(&self) -> usize {
        let topics = self.telegram.topics(self.forum);
        let lists: String = self.telegram.messages(self.forum, None).into_iter().map(|post| post.text + "\n").collect();
        (1..=CROWD)
            .filter(|id| {
                topics.iter().any(|topic| topic.name.starts_with(&format!("#{id} ")))
                    || lists.contains(&format!("#{id} "))
            })
            .count()
    }
}

async fn full_rate(database: &Database) {
    let desk = Desk::open(database, 0).await;
    let opening = desk.requests(CONVERSATIONS, "opening", CONVERSATIONS);
    load::run(desk.app.address, Arc::new(opening), 16, Duration::from_secs(60)).await;
    desk.emptied().await;
    let requests = desk.requests(CONVERSATIONS, "full", MESSAGES);
    let begun = Instant::now();
    load::run(desk.app.address, Arc::new(requests), SENDERS, Duration::from_secs(120)).await;
    while desk.posted() < MESSAGES {
        assert!(begun.elapsed() < Duration::from_secs(120), "only {} of {MESSAGES} arrived", desk.posted());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = MESSAGES as f64 / begun.elapsed().as_secs_f64();
    println!("  limit off: {rate:.0} messages/s from webhook to topic (200 asked)");
    desk.app.stop().await;
}

/// 200 customers write at once, while Telegram takes 20 calls a minute.
async fn crowd(database: &Database) {
    let desk = Desk::open(database, PER_MINUTE).await;
    let requests = desk.requests(CROWD, "hello", CROWD);
    let begun = Instant::now();
    load::run(desk.app.address, Arc::new(requests), 32, Duration::from_secs(60)).await;
    let accepted = begun.elapsed();
    while desk.seen() < CROWD {
        assert!(begun.elapsed() < Duration::from_secs(900), "only {} of {CROWD} can be seen", desk.seen());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seen = begun.elapsed();
    let posts = CROWD.div_ceil(IN_A_POST);
    let minutes = posts.saturating_sub(1) / usize::try_from(PER_MINUTE).unwrap();
    println!(
        "  {CROWD} customers at once, {PER_MINUTE} calls a minute: all can be seen after {:.2} s; {posts} posts are the least, \
         for which the allowance takes {} s, and accepting took {:.2} s",
        seen.as_secs_f64(),
        minutes * 60,
        accepted.as_secs_f64()
    );
    tokio::time::sleep(Duration::from_secs(MINUTES * 60).saturating_sub(begun.elapsed())).await;
    let calls = desk.telegram.counted_calls(desk.forum);
    let most = calls.iter().map(|from| calls.iter().filter(|at| **at >= *from && **at < from + 60_000).count()).max();
    let allowed = MINUTES * u64::from(PER_MINUTE);
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    let share = calls.len() as f64 / allowed as f64 * 100.0;
    println!(
        "  of {allowed} calls allowed in {MINUTES} minutes {} were made: {share:.0} % (95 asked); at most {} within any minute; \
         {} rules broken",
        calls.len(),
        most.unwrap_or_default(),
        desk.telegram.wire().violations().len()
    );
    desk.app.stop().await;
}
