//! Everything around Baton fails, one thing after the other; what is lost, doubled or out of order is a failed test.

mod channels;
mod database;
mod discord;
mod gateway;
mod program;
mod threads;
mod whatsapp;

use std::time::{Duration, Instant};

use baton::playground::meta::CustomerId;
use baton::playground::wire::{Fault, Misbehaviour, Wire};
use serde_json::{Value, json};

use crate::ledger::{Books, Ledger, Verdict};
use crate::world::World;

/// A world and what was said in it.
pub struct Day<'a> {
    pub w: &'a World,
    pub ledger: Ledger,
}

impl<'a> Day<'a> {
    pub fn new(w: &'a World) -> Self {
        // With `BATON_LOG=debug` what Baton tells of itself stands between the lines of the test.
        if let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("BATON_LOG") {
            let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
        }
        Self { w, ledger: Ledger::default() }
    }

    pub fn says(&mut self, customer: CustomerId) -> String {
        let word = self.ledger.says(customer);
        self.w.says(customer, &word);
        word
    }

    /// An agent writes to a customer in their thread.
    pub fn writes(&mut self, agent: u64, thread: u64, customer: CustomerId) -> u64 {
        let word = self.ledger.writes(customer);
        self.w.write(agent, thread, &word)
    }

    /// The thread of a customer, once it shows what they said.
    pub async fn thread_with(&self, word: &str) -> u64 {
        self.w.until(&format!("{word} in a thread"), |w| thread_with(w, word).is_some()).await;
        thread_with(self.w, word).unwrap()
    }

    /// A customer who has written and is answered by Ana.
    pub async fn owned(&mut self, name: &str) -> (CustomerId, u64) {
        let customer = self.w.customer(name);
        let word = self.says(customer);
        let thread = self.thread_with(&word).await;
        self.w.until("a card with a button", |w| claim_button(w, thread).is_some()).await;
        let card = self.w.discord.message(self.w.support, thread).unwrap();
        let told = self.w.press(self.w.ana, &card, "Claim").await;
        assert!(told.contains("yours"), "{told}");
        self.writes(self.w.ana, thread, customer);
        (customer, thread)
    }

    async fn verdict(&self) -> Verdict {
        let books = Books::of(&self.w.app().store).await;
        self.ledger.verdict(&self.w.meta, &self.w.chat, &self.w.number, &books)
    }

    /// Nothing is under way, and everything arrived once and in order.
    pub async fn ends_well(&self) {
        // What was missed is still to come in.
        let begun = Instant::now();
        let mut verdict = self.verdict().await;
        while !verdict.lost.is_empty() && begun.elapsed() < Duration::from_secs(20) {
            moment(50).await;
            verdict = self.verdict().await;
        }
        self.w.quiet().await;
        let verdict = self.verdict().await;
        verdict.assert_good();
        assert_eq!((verdict.dead, verdict.asked), (0, 0), "{:?}", self.w.dead_letters().await);
    }
}

pub fn thread_with(w: &World, word: &str) -> Option<u64> {
    let bot = w.discord.bot_user_id();
    let holds = |thread: u64| {
        w.discord.messages(thread).iter().any(|m| m.author == bot && !m.deleted && m.content.contains(word))
    };
    w.threads().into_iter().map(|t| t.id).find(|thread| holds(*thread))
}

fn claim_button(w: &World, thread: u64) -> Option<String> {
    w.discord.message(w.support, thread)?.button("Claim").map(str::to_owned)
}

/// Scripts a fault for the next `times` requests; 0 stands for always.
pub fn once(wire: &Wire, method: &str, path: &str, times: u32, then: Misbehaviour) {
    wire.misbehave(Fault { method: Some(method.to_owned()), path: path.to_owned(), times, then });
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: Value) -> Misbehaviour {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Misbehaviour::Answer { status, headers, body }
}

/// An error of the Graph API.
pub fn graph_error(status: u16, code: i64) -> Misbehaviour {
    let error =
        json!({ "message": format!("(#{code}) scripted"), "type": "OAuthException", "code": code, "fbtrace_id": "A" });
    answer(status, &[], json!({ "error": error }))
}

/// What the operator was told.
pub fn notices(w: &World) -> Vec<String> {
    w.texts(w.operator)
}

pub async fn moment(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
