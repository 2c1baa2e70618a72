//! Who gets a conversation: what one decision costs in memory and through the database, with few agents and with many, how
//! soon a claim is answered, and how soon a queue is empty when people come back.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use baton::app::{App, policy};
use baton::clock::Clock;
use baton::config::{Config, Secrets};
use baton::desk::policy::Policy;
use baton::desk::{self, Ids};
use baton::domain::contact::Who;
use baton::domain::content::{Around, Content};
use baton::domain::event::{CustomerDid, Event, FromCustomer, Own};
use baton::domain::ids::{AgentId, ConversationId, NumberId, Time, Wamid};
use baton::domain::markup::Markup;
use baton::domain::roster::{Standing, Strategy};
use baton::domain::routing::{Candidate, Choice, Request, SHOWN, Slate, choose};
use baton::domain::rule::Arrival;
use baton::playground::discord::{self, Discord};
use baton::playground::meta::{self, Meta};
use baton::secret::Secret;
use baton::store::{Store, agent, conversation};

use super::setup::{self, Database};

const RULES: usize = 1_000;
const FEW: usize = 100;
const MANY: usize = 10_000;
const TEXT: &str = "Hello, I have a question about the blue city bike that I ordered last week: it has not arrived yet, and \
                    nobody told me when it will. Could you please look that up for me and tell me more? Thank you!";
const NOW: Time = Time(1_795_369_055_000);

// story: PF-04
pub async fn measure(database: &Database) {
    println!("\n{} · routing: {RULES} rules, {FEW} and {MANY} agents in one team", database.name());
    let few = in_memory(FEW);
    let many = in_memory(MANY);
    println!(
        "  in memory: {few:.1} µs with {FEW} agents, {many:.1} µs with {MANY} (200 asked), ratio {:.2} (3 asked)",
        many / few
    );
    let few = through_database(database, FEW).await;
    let many = through_database(database, MANY).await;
    println!(
        "  through the database, with everything a first message writes: p50 {:.2} ms with {FEW}, {:.2} ms with {MANY}, of \
         which routing {:.2} and {:.2} ms (2 asked)",
        few.0,
        many.0,
        few.0 - few.1,
        many.0 - many.1
    );
    claims(database).await;
    draining(database).await;
}

/// Rules of every kind, of which only the last takes the message at hand.
fn rules() -> String {
    let mut text = String::new();
    for n in 0..RULES - 1 {
        let when = match n % 5 {
            0 => format!("words = [\"word{n}\"]"),
            1 => format!("pattern = \"order {n}[a-f]+\""),
            2 => format!("tags = [\"tag{n}\"]"),
            3 => "countries = [\"JP\"], vip = true".to_owned(),
            _ => "languages = [\"es\"], kinds = [\"image\"]".to_owned(),
        };
        let _ = writeln!(text, "[[rules]]\nname = \"rule {n}\"\nwhen = {{ {when} }}");
    }
    text + "[[rules]]\nname = \"everything else\"\n"
}

fn config(agents: usize, strategy: &str, more: &str, url: &str) -> Config {
    let mut text = format!(
        "[database]\nurl = \"{url}\"\n[whatsapp]\n[[whatsapp.numbers]]\nid = \"1\"\nname = \"n\"\nteam = \"t\"\n\
         [discord]\nguild = \"1\"\n[[teams]]\nname = \"t\"\nchannel = \"1\"\nstrategy = \"{strategy}\"\n\
         [roles]\nagent = [\"1\"]\n[routing]\ncapacity = 1000\n{more}\n"
    );
    text.push_str(&rules());
    for n in 0..agents {
        let _ = writeln!(text, "[[agents]]\nname = \"a{n}\"\ndiscord = \"{}\"\nteams = [\"t\"]", 1_000_000 + n);
    }
    Config::parse("bench.toml", &text).unwrap()
}

/// Microseconds for one decision: the rule, and who of the nearest.
fn in_memory(agents: usize) -> f64 {
    let policy = policy::policy(&config(1, "least_loaded", "", "sqlite://none")).unwrap();
    let request = Request {
        team: "t".to_owned(),
        strategy: Strategy::LeastLoaded,
        skills: Vec::new(),
        relaxed: false,
        wait: None,
        not: Vec::new(),
        prefer: Vec::new(),
    };
    // What the database's index gives of that many.
    let near = i64::try_from(SHOWN + 1).unwrap();
    let candidate = |n: i64| Candidate {
        agent: AgentId(n),
        name: format!("agent {n}"),
        member: true,
        standing: Standing::Ready,
        load: n % 7,
        capacity: 10,
        level: 0,
        assigned_at: Time(n * 13 % 101),
        idle_since: Time(n),
    };
    let slate = Slate {
        candidates: (0..near).map(candidate).collect(),
        beyond: vec![(None, i64::try_from(agents).unwrap() - near)],
    };
    let number = NumberId("1".to_owned());
    let arrival = Arrival {
        number: &number,
        number_name: "n",
        text: TEXT,
        kind: "text",
        tags: &[],
        vip: false,
        phone: "15551230000",
        returning: false,
        referral: false,
        open: true,
    };
    let rounds: u32 = 20_000;
    let begun = Instant::now();
    for _ in 0..rounds {
        let rule = std::hint::black_box(policy.rules.first(std::hint::black_box(&arrival)));
        assert_eq!(rule, Some(RULES - 1));
        let choice = std::hint::black_box(choose(&request, std::hint::black_box(&slate)));
        assert!(matches!(choice, Choice::Chosen { .. }));
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
}

/// Milliseconds from the beginning of a transaction to its commit for a first message: with routing, and without.
async fn through_database(database: &Database, agents: usize) -> (f64, f64) {
    let mut took = [0.0; 2];
    for (place, strategy) in took.iter_mut().zip(["least_loaded", "manual"]) {
        let folder = setup::folder();
        let url = database.fresh(&folder).await;
        let store = Store::open(&url).await.unwrap();
        store.migrate().await.unwrap();
        let mut config = config(agents, strategy, "", &url);
        if strategy == "manual" {
            config.rules.clear();
        }
        let policy = policy::policy(&config).unwrap();
        let mut ids = Ids::new(1);
        decide(&store, &policy, &mut ids, Event::Own(Own::Configured)).await;
        let mut each = Vec::new();
        for n in 0..600 {
            let event = first_message(n);
            let begun = Instant::now();
            decide(&store, &policy, &mut ids, event).await;
            each.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        // The first ones prepare the statements.
        let mut each = each.split_off(100);
        each.sort_by(f64::total_cmp);
        *place = setup::percentile(&each, 0.5);
        let owned = conversation::counts(&store).await.unwrap().1;
        assert_eq!(owned, if strategy == "manual" { 0 } else { 600 });
        store.close().await;
    }
    (took[0], took[1])
}

async fn decide(store: &Store, policy: &Policy, ids: &mut Ids, event: Event) {
    let mut tx = store.begin().await.unwrap();
    let handled = desk::handle(&mut tx, &[vec![event]], policy, ids, NOW).await.unwrap();
    assert_eq!(handled.refused, []);
    tx.commit().await.unwrap();
}

fn first_message(n: i64) -> Event {
    let text = Content::Text { text: Markup::plain(TEXT) };
    Event::Customer(FromCustomer {
        number: NumberId("1".to_owned()),
        who: Who { phone: format!("1555{n:07}"), name: format!("Customer {n}"), ..Who::default() },
        at: NOW.plus_ms(n),
        wamid: Wamid(format!("wamid.{n}")),
        did: CustomerDid::Said { content: text, quote: None, around: Around::default() },
    })
}

/// A desk between stand-ins, with as many agents as asked.
struct Desk {
    meta: Meta,
    discord: Discord,
    app: App,
    agents: Vec<u64>,
    channel: u64,
    number: String,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn open(database: &Database, agents: usize, strategy: &str, capacity: usize) -> Self {
        let folder = setup::folder();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let meta = Meta::start(any, meta::Options::default()).await.unwrap();
        let discord =
            Discord::start(any, discord::Options { rate_limits: false, ..discord::Options::default() }).await.unwrap();
        let number = meta.add_number("+1 555 010 0001");
        let role = discord.add_role("Agent");
        let channel = discord.add_channel("support");
        let agents: Vec<u64> = (0..agents).map(|n| discord.add_user(&format!("Agent {n}"), &[role])).collect();
        let mut text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = \"{}\"\n[media]\ndir = \"{}/media\"\n[whatsapp]\ngraph_url = \"{}\"\n\
             [[whatsapp.numbers]]\nid = \"{number}\"\nname = \"n\"\nteam = \"t\"\n[discord]\nrequests_per_second = 100000\napi_url = \"{}\"\n\
             guild = \"{}\"\n[[teams]]\nname = \"t\"\nchannel = \"{channel}\"\nstrategy = \"{strategy}\"\n[roles]\nagent = [\"{role}\"]\n\
             [routing]\nmax_burst = 0\ncapacity = {capacity}\n",
            database.fresh(&folder).await,
            folder.path().display(),
            meta.url(),
            discord.url(),
            discord.guild_id()
        );
        for (n, user) in agents.iter().enumerate() {
            let _ = writeln!(text, "[[agents]]\nname = \"a{n}\"\ndiscord = \"{user}\"\nteams = [\"t\"]");
        }
        let secrets = Secrets {
            access_token: Secret::new(meta.access_token()),
            app_secrets: vec![Secret::new(meta.app_secret())],
            verify_token: Secret::new(meta.verify_token()),
            discord_token: Secret::new(discord.token()),
            telegram_tokens: Vec::new(),
        };
        let config = Config::parse("bench.toml", &text).unwrap();
        let app = App::start(&config, &secrets, Clock::default()).await.unwrap();
        let desk = Self { meta, discord, app, agents, channel, number, _folder: folder };
        desk.until("ready", |desk| desk.app.is_ready() && !desk.discord.commands().is_empty()).await;
        let hook = format!("http://{}/webhook/whatsapp", desk.app.address);
        desk.meta.subscribe_webhook(&hook).await.unwrap();
        desk
    }

    async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(120), "never happened: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// So many customers write, and each has a card.
    async fn customers(&self, count: usize) {
        for n in 0..count {
            let customer = self.meta.customer(&format!("Customer {n}"), &format!("1555200{n:04}"));
            self.meta.says(customer, &self.number, "Hello");
        }
        let cards = |desk: &Self| desk.discord.messages(desk.channel).iter().filter(|m| !m.embeds.is_empty()).count();
        self.until("all cards", |desk| cards(desk) >= count).await;
        while baton::store::outbox::counts(&self.app.store).await.unwrap().0 > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Twenty claims a second, each on a card of its own.
async fn claims(database: &Database) {
    const CLAIMS: usize = 200;
    let desk = Desk::open(database, 10, "manual", 1000).await;
    desk.customers(CLAIMS).await;
    let mut tick = tokio::time::interval(Duration::from_millis(50));
    let mut told = Vec::new();
    for n in 0..CLAIMS {
        tick.tick().await;
        let (discord, user, channel) = (desk.discord.clone(), desk.agents[n % desk.agents.len()], desk.channel);
        let begun = Instant::now();
        let claim = discord.command(user, channel, "claim", &serde_json::json!({ "number": n + 1 })).unwrap();
        told.push(tokio::spawn(async move {
            let answer = discord.answer(claim, Duration::from_secs(10)).await.unwrap();
            assert!(answer.text().contains("is yours"), "{}", answer.text());
            begun.elapsed().as_secs_f64() * 1000.0
        }));
    }
    let mut took = Vec::new();
    for told in told {
        took.push(told.await.unwrap());
    }
    took.sort_by(f64::total_cmp);
    println!(
        "  20 claims a second: answered after p50 {:.1} ms, p99 {:.1} ms (300 asked)",
        setup::percentile(&took, 0.5),
        setup::percentile(&took, 0.99)
    );
    desk.app.stop().await;
}

/// Five hundred wait, and twenty people with room for twenty-five each come back at once.
async fn draining(database: &Database) {
    const WAITING: usize = 500;
    const PEOPLE: usize = 20;
    let desk = Desk::open(database, PEOPLE, "least_loaded", WAITING / PEOPLE).await;
    let everybody = |command: &'static str| {
        let type_it = |user: &u64| {
            let typed = desk.discord.command(*user, desk.channel, command, &serde_json::json!({})).unwrap();
            let discord = desk.discord.clone();
            async move { discord.answer(typed, Duration::from_secs(30)).await.unwrap() }
        };
        futures::future::join_all(desk.agents.iter().map(type_it).collect::<Vec<_>>())
    };
    everybody("away").await;
    desk.customers(WAITING).await;
    let begun = Instant::now();
    everybody("back").await;
    while conversation::counts(&desk.app.store).await.unwrap().0 > 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the queue never emptied");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let mut owned: BTreeMap<i64, usize> = BTreeMap::new();
    for one in conversation::after(&desk.app.store, ConversationId(0), 10_000).await.unwrap() {
        *owned.entry(one.owner().map_or(0, |id| id.0)).or_default() += 1;
    }
    assert!(owned.len() == PEOPLE && owned.values().all(|n| *n == WAITING / PEOPLE), "{owned:?}");
    let mut tx = desk.app.store.begin().await.unwrap();
    let loads: Vec<i64> = agent::all(&mut tx).await.unwrap().iter().map(|a| a.duty.load).collect();
    drop(tx);
    assert_eq!(loads.iter().sum::<i64>(), i64::try_from(WAITING).unwrap());
    println!(
        "  {WAITING} waiting drained to {PEOPLE} who come back: {seconds:.2} s (5 asked), {} each, capacities exact",
        WAITING / PEOPLE
    );
    desk.app.stop().await;
}
