//! Accepting: signed webhooks of 1.2 KB from 64 senders, each answered only after its commit.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use baton::clock::Clock;
use baton::domain::ids::{NumberId, Time};
use baton::intake::Letterbox;
use baton::links::Links;
use baton::metrics::Metrics;
use baton::port::{Inbox, Item, NotStored};
use baton::secret::Secret;
use baton::store::{Store, inbox};
use baton::web::Web;
use baton::whatsapp::{PerNumberRate, Settings, WhatsApp};
use futures::future::BoxFuture;
use tokio::sync::{Notify, mpsc, oneshot};

use super::load;
use super::setup::{self, Database};

const NUMBER: &str = "900100200300400";
const SECRET: &str = "app-secret-for-tests";
const SENDERS: usize = 64;
const TIME: Duration = Duration::from_secs(4);

// story: PF-01
pub async fn measure(database: &Database) {
    println!("\n{} · accepting: 1.2 KB webhooks, {SENDERS} senders, 200 after the commit", database.name());
    let ours = through(database, Kind::Ours).await;
    show("baton", &ours, None);
    let single = through(database, Kind::OneCommitEach).await;
    show(
        "a commit for each request",
        &single,
        Some(("baton is", ours.per_second / single.per_second, "times that (4 asked)")),
    );
    if matches!(database, Database::Sqlite) {
        let limit = through(database, Kind::Bare).await;
        show(
            "limit: the same door over bare SQLite",
            &limit,
            Some(("baton is", ours.per_second / limit.per_second, "of it (0.8 asked)")),
        );
    }
    let nothing = through(database, Kind::Nothing).await;
    show("HTTP, signature and parsing alone", &nothing, None);
}

fn show(what: &str, run: &load::Run, ratio: Option<(&str, f64, &str)>) {
    let ratio = ratio.map_or_else(String::new, |(before, value, after)| format!("   {before} {value:.2} {after}"));
    println!("  {what:<40} {:>8.0}/s   p50 {:.2} ms   p99 {:.2} ms{ratio}", run.per_second, run.p50_ms, run.p99_ms);
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Ours,
    OneCommitEach,
    Bare,
    Nothing,
}

async fn through(database: &Database, kind: Kind) -> load::Run {
    let folder = setup::folder();
    let store = Store::open(&database.fresh(&folder).await).await.unwrap();
    store.migrate().await.unwrap();
    let (clock, metrics) = (Clock::default(), Metrics::new());
    let inbox: Arc<dyn Inbox> = match kind {
        Kind::Ours => {
            let (letterbox, emptying) =
                Letterbox::new(store.clone(), clock.clone(), metrics.clone(), Arc::new(Notify::new()));
            tokio::spawn(emptying);
            Arc::new(letterbox)
        }
        Kind::OneCommitEach => Arc::new(OneEach(store.clone(), clock.clone())),
        Kind::Bare => Arc::new(Bare::open(folder.path().join("bare.db"))),
        Kind::Nothing => Arc::new(Nothing),
    };
    let web = Web {
        pushed: None,
        webhook: Arc::new(adapter()),
        inbox,
        store: store.clone(),
        media_dir: folder.path().to_owned(),
        links: Links::new("", b"key"),
        metrics,
        clock,
        health: Arc::new(Vec::new),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, web.routes()).await.unwrap() });
    let requests = Arc::new(bodies(240_000));
    // The log of the database grows once, outside what is measured.
    load::run(address, Arc::new(bodies_from(1_000_000, 8_000)), SENDERS, Duration::from_secs(2)).await;
    let run = load::run(address, requests, SENDERS, TIME).await;
    server.abort();
    run
}

fn adapter() -> WhatsApp {
    WhatsApp::new(Settings {
        graph_url: "https://graph.facebook.com".to_owned(),
        version: "v25.0".to_owned(),
        access_token: Secret::new("token"),
        app_secrets: vec![Secret::new(SECRET)],
        verify_token: Secret::new("verify"),
        numbers: vec![NumberId(NUMBER.to_owned())],
        business_account: String::new(),
        media_hosts: Vec::new(),
        allow_plain_http: false,
        max_media: 1,
        timeout: Duration::from_secs(1),
        rate: PerNumberRate::default(),
    })
    .unwrap()
}

fn bodies(count: usize) -> Vec<Vec<u8>> {
    bodies_from(0, count)
}

fn bodies_from(first: usize, count: usize) -> Vec<Vec<u8>> {
    let filler = "The quick brown fox jumps over the lazy dog. ".repeat(13);
    (first..first + count)
        .map(|n| {
            let who = 15_551_000_000 + n % 500;
            let body = format!(
                r#"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"value":{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"15550100001","phone_number_id":"{NUMBER}"}},"contacts":[{{"profile":{{"name":"Customer {who}"}},"wa_id":"{who}","user_id":"US.{who}"}}],"messages":[{{"from":"{who}","from_user_id":"US.{who}","id":"wamid.HBgLMTU1NTEwMDAwMDAVAgASGBQzQTdGNjc3RDk4RkE1{n:012}","timestamp":"{}","text":{{"body":"{filler}{n}"}},"type":"text"}}]}},"field":"messages"}}]}}]}}"#,
                1_795_369_055 + n / 1000
            );
            load::post("/webhook/whatsapp", SECRET, body.as_bytes())
        })
        .collect()
}

struct Nothing;

impl Inbox for Nothing {
    fn put(&self, _: Vec<Item>) -> BoxFuture<'_, Result<(), NotStored>> {
        Box::pin(async { Ok(()) })
    }
}

struct OneEach(Store, Clock);

impl Inbox for OneEach {
    fn put(&self, items: Vec<Item>) -> BoxFuture<'_, Result<(), NotStored>> {
        Box::pin(async move {
            let keys: Vec<String> = items.iter().map(|item| item.key.to_hex()).collect();
            let rows: Vec<inbox::NewRow<'_>> = items
                .iter()
                .zip(&keys)
                .map(|(item, key)| {
                    (key.as_str(), item.door, item.lane.as_str(), inbox::slot(&item.lane), item.body.as_str())
                })
                .collect();
            let now: Time = self.1.now();
            let stored = inbox::put_for_good(&self.0, &rows, now).await;
            stored.map_err(|error| NotStored(error.to_string()))
        })
    }
}

/// A bare connection on a thread of its own that inserts whatever waits in one statement.
struct Bare(mpsc::UnboundedSender<(Vec<Item>, oneshot::Sender<()>)>);

impl Bare {
    fn open(file: std::path::PathBuf) -> Self {
        let (sender, mut waiting) = mpsc::unbounded_channel::<(Vec<Item>, oneshot::Sender<()>)>();
        std::thread::spawn(move || {
            let db = rusqlite::Connection::open(file).unwrap();
            db.execute_batch(
                "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 10000;
                 create table inbox (id integer primary key autoincrement, key blob not null unique, door text not null,
                     lane text not null, body text not null, at bigint not null)",
            )
            .unwrap();
            while let Some(first) = waiting.blocking_recv() {
                let mut group = vec![first];
                while let Ok(next) = waiting.try_recv() {
                    group.push(next);
                }
                let items: Vec<&Item> = group.iter().flat_map(|(items, _)| items).collect();
                for chunk in items.chunks(500) {
                    let places = vec!["(?,?,?,?,?)"; chunk.len()].join(",");
                    let sql =
                        format!("insert into inbox (key, door, lane, body, at) values {places} on conflict do nothing");
                    let mut statement = db.prepare_cached(&sql).unwrap();
                    let mut nth = 0;
                    for item in chunk {
                        statement.raw_bind_parameter(nth + 1, &item.key.0[..]).unwrap();
                        statement.raw_bind_parameter(nth + 2, item.door).unwrap();
                        statement.raw_bind_parameter(nth + 3, &item.lane).unwrap();
                        statement.raw_bind_parameter(nth + 4, &item.body).unwrap();
                        statement.raw_bind_parameter(nth + 5, 1_i64).unwrap();
                        nth += 5;
                    }
                    statement.raw_execute().unwrap();
                }
                for (_, waiter) in group {
                    let _ = waiter.send(());
                }
            }
        });
        Self(sender)
    }
}

impl Inbox for Bare {
    fn put(&self, items: Vec<Item>) -> BoxFuture<'_, Result<(), NotStored>> {
        Box::pin(async move {
            let (done, stored) = oneshot::channel();
            self.0.send((items, done)).map_err(|_| NotStored("gone".to_owned()))?;
            stored.await.map_err(|_| NotStored("gone".to_owned()))
        })
    }
}
