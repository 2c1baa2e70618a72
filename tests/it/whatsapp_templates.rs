//! Templates, questions and what customers answer to them: the real adapter against the stand-in for WhatsApp.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use baton::domain::content::Content;
use baton::domain::event::{CustomerDid, Delivered, Event, Failure, Refused};
use baton::domain::ids::{NumberId, Wamid};
use baton::domain::markup::Markup;
use baton::domain::template::{Filled, Template};
use baton::playground::meta::{self, CustomerId, Meta, Options, PhoneMessage};
use baton::playground::wire::{Exchange, Fault, Misbehaviour};
use baton::port::{Address, Call, Channel, Outcome, Outgoing, Translate, Webhook};
use baton::secret::Secret;
use baton::whatsapp::WhatsApp;
use serde_json::{Value, json};

use crate::specs::Specs;
use crate::whatsapp_support::{Graph, WABA, error, job, json_answer, settings};

mod fetching;
mod listing;
mod questions;
mod sending;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// The adapter between its stand-in and its own webhook, with one customer.
struct Desk {
    meta: Meta,
    client: Arc<WhatsApp>,
    number: String,
    ana: CustomerId,
    clock: Arc<AtomicI64>,
    specs: Arc<Specs>,
    heard: Arc<Mutex<Vec<Event>>>,
}

impl Desk {
    async fn open() -> Self {
        let clock = Arc::new(AtomicI64::new(1_795_369_055_000));
        let read = clock.clone();
        let options = Options { now_ms: Arc::new(move || read.load(Ordering::SeqCst)), ..Options::default() };
        let meta = Meta::start(SocketAddr::from(([127, 0, 0, 1], 0)), options).await.unwrap();
        let specs = Specs::watch(&[meta.wire()]);
        let number = meta.add_number("+1 555-078-3881");
        let ana = meta.customer("Ana", "+15551230000");
        let mut settings = settings(&meta.url());
        settings.access_token = Secret::new(meta.access_token());
        settings.app_secrets = vec![Secret::new(meta.app_secret())];
        settings.verify_token = Secret::new(meta.verify_token());
        settings.numbers = vec![NumberId(number.clone())];
        let client = Arc::new(WhatsApp::new(settings).unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let door = Door { client: client.clone(), heard: heard.clone() };
        let app = Router::new().route("/hook", get(challenge).post(take)).with_state(door);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        meta.subscribe_webhook(&hook).await.unwrap();
        Self { meta, client, number, ana, clock, specs, heard }
    }

    fn forward(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sends to Ana, quoting a message if one is named.
    async fn send(&self, outbox: i64, content: Content, quote: Option<&str>) -> Outcome {
        let to = Address { phone: "15551230000".into(), bsuid: String::new() };
        let number = NumberId(self.number.clone());
        let content = Outgoing::Content(content);
        self.client.perform(job(outbox, Call::Send { number, to, content, quote: quote.map(Wamid::from) })).await
    }

    /// What came through the webhook since the last call.
    async fn events(&self) -> Vec<Event> {
        self.meta.quiet().await;
        std::mem::take(&mut self.heard.lock().unwrap())
    }

    /// What the customer's phone shows last.
    async fn last(&self) -> PhoneMessage {
        self.meta.quiet().await;
        self.meta.history(self.ana, &self.number).pop().unwrap()
    }

    /// What Ana picked last, as id and label.
    async fn picked(&self) -> (String, String) {
        let mut said = self.events().await.into_iter().filter_map(|event| match event {
            Event::Customer(from) => match from.did {
                CustomerDid::Said { content: Content::Choice { title, id, .. }, quote: Some(_), .. } => {
                    Some((id, title))
                }
                _ => None,
            },
            _ => None,
        });
        said.next_back().unwrap()
    }

    /// Nobody broke a rule, on either side.
    fn assert_in_order(&self) {
        assert_eq!(self.meta.wire().violations(), Vec::<String>::new());
        assert_eq!(self.specs.found(), Vec::<String>::new());
    }

    /// The approved template of that name and language, as the adapter lists it.
    async fn template(&self, name: &str, language: &str) -> Template {
        let all = self.client.templates().await.unwrap();
        all.into_iter().find(|template| template.name == name && template.language == language).unwrap()
    }
}

#[derive(Clone)]
struct Door {
    client: Arc<WhatsApp>,
    heard: Arc<Mutex<Vec<Event>>>,
}

async fn challenge(State(door): State<Door>, RawQuery(query): RawQuery) -> (StatusCode, String) {
    match door.client.challenge(&query.unwrap_or_default()) {
        Some(challenge) => (StatusCode::OK, challenge),
        None => (StatusCode::FORBIDDEN, String::new()),
    }
}

async fn take(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    assert!(door.client.verify(&body, signature));
    for item in door.client.cut(&body).0 {
        let events = door.client.translate(&item.body).unwrap();
        door.heard.lock().unwrap().extend(events);
    }
    StatusCode::OK
}

fn refused(outcome: &Outcome) -> (i64, String) {
    match outcome {
        Outcome::Refused { refusal: Refused::Invalid, failure } => (failure.code, failure.reason.clone()),
        other => panic!("{other:?}"),
    }
}

fn values(all: &[&str]) -> Vec<String> {
    all.iter().map(|value| (*value).to_owned()).collect()
}

/// The stand-in's form of a template with these components.
fn made_of(name: &str, components: Value) -> meta::Template {
    meta::Template { components, ..meta::Template::utility(name, "en_US", "") }
}
