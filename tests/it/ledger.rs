//! What was said on both sides, and whether all of it arrived: once, in order, and nowhere else.
//!
//! The invariants of a desk: everything accepted is in its thread or in a dead letter; nothing is in its thread or on a
//! phone twice; the order of each side is kept; a customer has one open conversation and one thread; what cannot be known
//! is asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use baton::app::letters;
use baton::domain::conversation::Conversation;
use baton::domain::ids::{ConversationId, Time};
use baton::domain::message::{Direction, Progress};
use baton::domain::words;
use baton::playground::meta::{Author, CustomerId, Meta};
use baton::port::Key;
use baton::store::{Store, conversation, message};
use sqlx::Connection;

use crate::process::said_on_card;
use crate::world::chat::Chat;

/// What both sides said, in their order.
#[derive(Default)]
pub struct Ledger {
    said: Vec<(CustomerId, String)>,
    written: Vec<(CustomerId, String)>,
    forgotten: usize,
}

/// What Baton's database says of what is not where it should be.
pub struct Books {
    /// Everything that dead letters hold.
    pub dead: Vec<String>,
    /// Replies of which nobody knows whether they arrived.
    pub uncertain: Vec<String>,
    /// Every conversation.
    pub conversations: Vec<Conversation>,
    /// In which order webhooks came in, by their keys; empty where they came as they were written.
    pub arrived: HashMap<String, i64>,
}

/// What became of everything.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Messages and replies that were accepted.
    pub accepted: usize,
    pub lost: Vec<String>,
    pub doubled: Vec<String>,
    pub disordered: Vec<String>,
    /// Whatever else is not as it should be.
    pub odd: Vec<String>,
    /// Replies somebody was asked about.
    pub asked: usize,
    pub dead: usize,
}

impl Ledger {
    /// The next thing a customer says: a word that stands nowhere else.
    pub fn says(&mut self, customer: CustomerId) -> String {
        let word = format!("c{}x{}z", customer.index(), self.forgotten + self.said.len());
        self.said.push((customer, word.clone()));
        word
    }

    /// The next thing an agent writes to a customer.
    pub fn writes(&mut self, customer: CustomerId) -> String {
        let word = format!("a{}x{}z", customer.index(), self.forgotten + self.written.len());
        self.written.push((customer, word.clone()));
        word
    }

    /// What was said so far is gone with its thread.
    pub fn forget(&mut self) {
        self.forgotten += self.said.len().max(self.written.len());
        self.said.clear();
        self.written.clear();
    }

    /// How much was said on both sides.
    pub fn len(&self) -> usize {
        self.said.len() + self.written.len()
    }

    /// Compares with what stands in the threads and on the phones.
    pub fn verdict(&self, meta: &Meta, chat: &Chat, number: &str, books: &Books) -> Verdict {
        let mut verdict = Verdict { accepted: self.len(), ..Verdict::default() };
        self.threads(meta, chat, number, books, &mut verdict);
        self.phones(meta, number, books, &mut verdict);
        let mut open = BTreeSet::new();
        for conversation in books.conversations.iter().filter(|c| !c.is_closed()) {
            if !open.insert((conversation.contact, conversation.number.clone())) {
                verdict.odd.push(format!("#{} is a second open conversation of its customer", conversation.id));
            }
        }
        verdict
    }

    fn threads(&self, meta: &Meta, chat: &Chat, number: &str, books: &Books, verdict: &mut Verdict) {
        let mut threads: Vec<u64> = chat.threads().iter().map(|t| t.id).collect();
        threads.extend(chat.discord.channels().iter().map(|c| c.id));
        // (thread, place in it) of every word a customer said.
        let mut places: BTreeMap<&str, Vec<(u64, usize)>> = BTreeMap::new();
        for thread in threads {
            let posts = chat.messages(thread);
            let of_baton = posts.iter().enumerate().filter(|(_, p)| chat.is_bot(p.author) && !p.deleted);
            for (place, post) in of_baton {
                for (_, word) in &self.said {
                    // On Telegram first words may stand on the card alone.
                    let on_card = chat.is_telegram() && !posts.iter().any(|p| p.content.contains(word.as_str()));
                    let on_card = usize::from(on_card && said_on_card(post, word));
                    let times = post.content.matches(word.as_str()).count() + on_card;
                    places.entry(word).or_default().extend(std::iter::repeat_n((thread, place), times));
                }
            }
        }
        let mut shown: BTreeMap<CustomerId, Vec<(u64, usize, &str)>> = BTreeMap::new();
        for (customer, word) in &self.said {
            match places.get(word.as_str()).map_or(&[][..], Vec::as_slice) {
                [] if books.dead.iter().any(|letter| letter.contains(word.as_str())) => verdict.dead += 1,
                [] => verdict.lost.push(word.clone()),
                [(thread, place)] => shown.entry(*customer).or_default().push((*thread, *place, word)),
                _ => verdict.doubled.push(word.clone()),
            }
        }
        for (customer, words) in shown {
            if words.iter().any(|(thread, ..)| *thread != words[0].0) {
                verdict.odd.push(format!("customer {} is in several threads", customer.index()));
            }
            let arrived = arrivals(meta, customer, number, books);
            for (at, (_, place, word)) in words.iter().enumerate() {
                // Shown after one that was written later, though it came in before it.
                let overtaken = words[at + 1..].iter().any(|(_, later, other)| {
                    let came = |word: &str| arrived.get(word).copied();
                    later < place && came(word) <= came(other)
                });
                if overtaken {
                    verdict.disordered.push((*word).to_owned());
                }
            }
        }
    }

    fn phones(&self, meta: &Meta, number: &str, books: &Books, verdict: &mut Verdict) {
        let mut phones: BTreeMap<CustomerId, Vec<String>> = BTreeMap::new();
        let mut last: BTreeMap<CustomerId, usize> = BTreeMap::new();
        for (customer, word) in &self.written {
            let phone = phones.entry(*customer).or_insert_with(|| {
                let shown = meta.history(*customer, number).into_iter();
                shown.filter(|m| m.author == Author::Business && m.failed_with.is_none()).map(|m| m.text).collect()
            });
            let places: Vec<usize> = (0..phone.len()).filter(|n| phone[*n].contains(word.as_str())).collect();
            let asked = books.uncertain.iter().any(|text| text.contains(word.as_str()));
            match places.as_slice() {
                [] if asked => verdict.asked += 1,
                [] if books.dead.iter().any(|letter| letter.contains(word.as_str())) => verdict.dead += 1,
                [] => verdict.lost.push(word.clone()),
                [place] => {
                    verdict.asked += usize::from(asked);
                    if last.insert(*customer, *place).is_some_and(|before| before > *place) {
                        verdict.disordered.push(word.clone());
                    }
                }
                _ => verdict.doubled.push(word.clone()),
            }
        }
    }
}

/// When each text of a customer came in; equal where that is not known.
fn arrivals(meta: &Meta, customer: CustomerId, number: &str, books: &Books) -> HashMap<String, i64> {
    let theirs = meta.history(customer, number).into_iter().filter(|m| m.author == Author::Customer);
    let arrived = |id: &str, at_ms: i64| {
        let key = Key::new(Time::from_secs(at_ms / 1000), id).to_hex();
        books.arrived.get(&key).copied()
    };
    theirs.filter_map(|m| Some((m.text.clone(), arrived(&m.id, m.at_ms)?))).collect()
}

impl Books {
    pub async fn of(store: &Store) -> Self {
        let dead = letters::list(store, 100_000).await.unwrap().into_iter().map(|letter| letter.content).collect();
        let conversations = conversation::after(store, ConversationId(0), 100_000).await.unwrap();
        let mut uncertain = Vec::new();
        for conversation in &conversations {
            for message in message::of(store, conversation.id).await.unwrap() {
                if message.direction == Direction::Out && message.progress == Progress::Uncertain {
                    uncertain.push(words::summary(&message.content, 10_000));
                }
            }
        }
        Self { dead, uncertain, conversations, arrived: HashMap::new() }
    }
}

/// The inbox's keys in order of arrival, read beside the store, which forgets what it has handled.
pub async fn arrived(url: &str) -> HashMap<String, i64> {
    let rows: Vec<(String, i64)> = if url.starts_with("sqlite") {
        let mut db = sqlx::SqliteConnection::connect(url).await.unwrap();
        sqlx::query_as("select lower(hex(key)), id from inbox").fetch_all(&mut db).await.unwrap()
    } else {
        let mut db = sqlx::PgConnection::connect(url).await.unwrap();
        sqlx::query_as("select encode(key, 'hex'), id from inbox").fetch_all(&mut db).await.unwrap()
    };
    rows.into_iter().collect()
}

impl Verdict {
    /// Nothing lost, nothing twice, nothing out of order.
    pub fn assert_good(&self) {
        let bad = [&self.lost, &self.doubled, &self.disordered, &self.odd].iter().any(|list| !list.is_empty());
        assert!(!bad, "{self:#?}");
    }
}
