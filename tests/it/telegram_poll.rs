//! Listening: nothing is confirmed before it is stored, and one program listens for a bot at a time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use baton::domain::event::{Event, MemberDid};
use baton::playground::telegram::Options;
use baton::playground::wire::{Fault, Misbehaviour};
use baton::port::{Inbox, Item, Leases, NotStored, Pushed, Translate};
use baton::secret::Secret;
use baton::telegram::{BotSettings, Clock, Listening, Telegram, Translator};
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::telegram_perform::{Forum, commands, now, settings};

/// An inbox that drops repeated keys, and can refuse.
#[derive(Default)]
struct Box_ {
    items: Mutex<Vec<Item>>,
    full: AtomicBool,
}

impl Inbox for Box_ {
    fn put(&self, new: Vec<Item>) -> BoxFuture<'_, Result<(), NotStored>> {
        async move {
            if self.full.load(Ordering::SeqCst) {
                return Err(NotStored("the disk is full".to_owned()));
            }
            let mut items = self.items.lock().expect("unpoisoned");
            for item in new {
                if items.iter().all(|one| one.key != item.key) {
                    items.push(item);
                }
            }
            Ok(())
        }
        .boxed()
    }
}

impl Box_ {
    fn said(&self) -> Vec<String> {
        let items = self.items.lock().expect("unpoisoned").clone();
        let events = items.iter().flat_map(|item| Translator.translate(&item.body).expect("translated"));
        events
            .filter_map(|event| match event {
                Event::Member(from) => match from.did {
                    MemberDid::Said { raw, .. } => Some(raw),
                    _ => None,
                },
                _ => None,
            })
            .collect()
    }

    async fn until(&self, count: usize) -> Vec<String> {
        for _ in 0..400 {
            if self.said().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        self.said()
    }
}

/// Leases of several programs in one map.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<HashMap<String, u32>>>);

struct Program(Shared, u32);

impl Leases for Program {
    fn hold<'a>(&'a self, name: &'a str, _ms: i64) -> BoxFuture<'a, Result<bool, NotStored>> {
        async move { Ok(*self.0.0.lock().expect("unpoisoned").entry(name.to_owned()).or_insert(self.1) == self.1) }
            .boxed()
    }

    fn release<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), NotStored>> {
        async move {
            self.0.0.lock().expect("unpoisoned").retain(|held, by| held != name || *by != self.1);
            Ok(())
        }
        .boxed()
    }
}

fn clock() -> Clock {
    Arc::new(now)
}

fn listen(bots: &Arc<Telegram>, inbox: &Arc<Box_>, shared: &Shared, program: u32) -> Listening {
    bots.listen(inbox.clone(), Arc::new(Program(shared.clone(), program)), clock())
}

#[tokio::test]
async fn what_happens_is_heard_in_order_and_once() {
    // story: TG-01
    let f = Forum::start().await;
    let topic = f.topic();
    for n in 0..5 {
        f.telegram.say(f.ana, f.id, Some(topic), format!("before {n}")).expect("said");
    }
    let inbox = Arc::new(Box_::default());
    let listening = listen(&f.bots, &inbox, &Shared::default(), 1);
    inbox.until(5).await;
    assert!(f.bots.health().is_ready() && f.bots.health().is_connected());
    f.telegram.say(f.ana, f.id, Some(topic), "after").expect("said");
    let said = inbox.until(6).await;
    assert_eq!(said, ["before 0", "before 1", "before 2", "before 3", "before 4", "after"]);
    listening.stop().await;
    // Stopped, nothing more is taken.
    f.telegram.say(f.ana, f.id, Some(topic), "later").expect("said");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(inbox.said().len(), 6);
    f.is_clean();
}

#[tokio::test]
async fn nothing_is_confirmed_before_it_is_stored() {
    // story: RL-03
    let f = Forum::start().await;
    let topic = f.topic();
    let inbox = Arc::new(Box_::default());
    inbox.full.store(true, Ordering::SeqCst);
    let shared = Shared::default();
    let first = listen(&f.bots, &inbox, &shared, 1);
    for n in 0..20 {
        f.telegram.say(f.ana, f.id, Some(topic), format!("{n}")).expect("said");
    }
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert!(f.telegram.pending_updates() >= 20);
    assert!(f.bots.health().fault().contains("full"), "{}", f.bots.health().fault());
    // As if the program had been killed: whatever comes after it starts from nothing.
    drop(first);
    shared.0.lock().expect("unpoisoned").clear();
    inbox.full.store(false, Ordering::SeqCst);
    let bots = Telegram::new(settings(&f.telegram, &[f.id]), commands()).expect("settings");
    let second = listen(&bots, &inbox, &shared, 2);
    let said = inbox.until(20).await;
    assert_eq!(said, (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
    second.stop().await;
    f.is_clean();
}

#[tokio::test]
async fn what_was_stored_and_not_confirmed_comes_again_and_changes_nothing() {
    let f = Forum::start().await;
    let topic = f.topic();
    f.telegram.say(f.ana, f.id, Some(topic), "hola").expect("said");
    let (inbox, shared) = (Arc::new(Box_::default()), Shared::default());
    let first = listen(&f.bots, &inbox, &shared, 1);
    inbox.until(1).await;
    first.stop().await;
    let bots = Telegram::new(settings(&f.telegram, &[f.id]), commands()).expect("settings");
    let second = listen(&bots, &inbox, &shared, 2);
    f.telegram.say(f.ana, f.id, Some(topic), "again").expect("said");
    assert_eq!(inbox.until(2).await, ["hola", "again"]);
    second.stop().await;
}

#[tokio::test]
async fn of_two_programs_one_listens_and_the_other_takes_over() {
    let f = Forum::start().await;
    let topic = f.topic();
    let other = Telegram::new(settings(&f.telegram, &[f.id]), commands()).expect("settings");
    let (inbox, shared) = (Arc::new(Box_::default()), Shared::default());
    let first = listen(&f.bots, &inbox, &shared, 1);
    f.telegram.say(f.ana, f.id, Some(topic), "one").expect("said");
    inbox.until(1).await;
    let second = listen(&other, &inbox, &shared, 2);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(other.health().waiting(), 1);
    first.stop().await;
    f.telegram.say(f.ana, f.id, Some(topic), "two").expect("said");
    assert_eq!(inbox.until(2).await, ["one", "two"]);
    second.stop().await;
    f.is_clean();
}

#[tokio::test]
async fn a_second_poller_and_an_outage_are_told_and_survived() {
    // story: TG-04
    let f = Forum::with(Options::default(), |settings| settings).await;
    let topic = f.topic();
    let conflict = serde_json::json!({
        "ok": false, "error_code": 409,
        "description": "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    });
    f.telegram.wire().misbehave(Fault {
        method: None,
        path: "/getUpdates".to_owned(),
        times: 1,
        then: Misbehaviour::Answer { status: 409, headers: Vec::new(), body: conflict },
    });
    let inbox = Arc::new(Box_::default());
    let listening = listen(&f.bots, &inbox, &Shared::default(), 1);
    for _ in 0..100 {
        if !f.bots.health().fault().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(f.bots.health().fault().contains("another program"), "{}", f.bots.health().fault());
    f.telegram.say(f.ana, f.id, Some(topic), "one").expect("said");
    assert_eq!(inbox.until(1).await, ["one"]);

    f.telegram.stop();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!f.bots.health().is_connected());
    f.telegram.listen().await.expect("the port");
    f.telegram.say(f.ana, f.id, Some(topic), "two").expect("said");
    assert_eq!(inbox.until(2).await, ["one", "two"]);
    assert_eq!(f.bots.health().fault(), "");
    listening.stop().await;
}

/// A second bot with a forum of its own beside the first.
async fn two_forums() -> (Forum, Arc<Telegram>, i64) {
    let f = Forum::start().await;
    let other = f.telegram.add_bot("4200000002:other", "sales_bot");
    let forum = f.telegram.add_forum("Sales");
    let mut both = settings(&f.telegram, &[f.id]);
    let token = Secret::new("4200000002:other");
    both.bots.push(BotSettings { name: "sales".to_owned(), token, forums: vec![forum] });
    assert_eq!(other, 4_200_000_002);
    (f, Telegram::new(both, commands()).expect("settings"), forum)
}

#[tokio::test]
async fn several_bots_share_the_forums_and_each_is_heard_once() {
    // story: TG-03
    let (f, bots, sales) = two_forums().await;
    let topics = (f.topic(), f.telegram.create_topic(f.ana, sales, "Bo").expect("a topic"));
    let (inbox, shared) = (Arc::new(Box_::default()), Shared::default());
    let listening = listen(&bots, &inbox, &shared, 1);
    f.telegram.say(f.ana, f.id, Some(topics.0), "support").expect("said");
    f.telegram.say(f.ana, sales, Some(topics.1), "sales").expect("said");
    let mut said = inbox.until(2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    said.sort();
    assert_eq!((said.as_slice(), inbox.said().len()), (["sales".to_owned(), "support".to_owned()].as_slice(), 2));
    // Each forum's bot sees the other's as well, and leaves it alone.
    assert!(bots.health().ignored() > 0);
    listening.stop().await;
}

type Web = (Arc<Telegram>, Arc<Box_>);

async fn receive(
    State((bots, inbox)): State<Web>,
    Path(bot): Path<String>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> StatusCode {
    let secret = headers.get("x-telegram-bot-api-secret-token").and_then(|value| value.to_str().ok());
    match bots.taken(&bot, secret, &body, now()) {
        Ok(items) => match inbox.put(items).await {
            Ok(()) => StatusCode::OK,
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        },
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

#[tokio::test]
async fn webhooks_bring_the_same() {
    let (f, bots, sales) = two_forums().await;
    let inbox = Arc::new(Box_::default());
    let app = Router::new().route("/telegram/{bot}", post(receive)).with_state((bots.clone(), inbox.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/telegram", listener.local_addr().expect("bound"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let topics = (f.topic(), f.telegram.create_topic(f.ana, sales, "Bo").expect("a topic"));
    inbox.full.store(true, Ordering::SeqCst);
    bots.register_webhook(&url).await.expect("registered");
    assert!(bots.health().is_ready());
    f.telegram.say(f.ana, f.id, Some(topics.0), "support").expect("said");
    f.telegram.say(f.ana, sales, Some(topics.1), "sales").expect("said");
    tokio::time::sleep(Duration::from_millis(300)).await;
    inbox.full.store(false, Ordering::SeqCst);
    let mut said = inbox.until(2).await;
    said.sort();
    assert_eq!(said, ["sales", "support"]);
    // Whoever asks for updates now is told to take the webhook down first.
    let wrong: Vec<String> = bots.check(true).await.into_iter().filter(|f| !f.ok).map(|f| f.text).collect();
    assert!(wrong.iter().all(|text| text.contains("webhook")) && wrong.len() == 2, "{wrong:?}");
    assert!(bots.check(false).await.iter().all(|f| f.ok));
    f.is_clean();
}
