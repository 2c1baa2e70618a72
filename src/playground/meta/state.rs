//! Everything the stand-in knows: numbers, customers, chats, messages, media, templates.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::history::{Author, PhoneMessage, Tick};
use super::limits::Limits;
use super::media::Media;
use super::templates::Template;
use super::webhook::Hooks;

/// A customer of one [`Meta`](super::Meta); ids of another one mean nothing to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct CustomerId(pub(super) usize);

impl CustomerId {
    /// The position of the customer in [`Meta::customers`](super::Meta::customers).
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// A business number as the API describes it.
#[derive(Debug, Clone, Serialize)]
pub struct Number {
    /// The phone-number id of the API, decimal digits.
    pub id: String,
    /// The WhatsApp Business Account the number belongs to.
    pub waba: String,
    /// As given to `add_number`.
    pub display: String,
}

impl Number {
    /// The display number as webhooks write it: digits only.
    #[must_use]
    pub fn digits(&self) -> String {
        self.display.chars().filter(char::is_ascii_digit).collect()
    }
}

/// A person with a phone.
#[derive(Debug, Clone, Serialize)]
pub struct Customer {
    /// The handle of this customer.
    pub id: CustomerId,
    /// Profile name.
    pub name: String,
    /// WhatsApp username without the at sign.
    pub username: Option<String>,
    /// Digits only.
    pub phone: Option<String>,
    /// Whether webhooks carry the phone; a person with a username may withhold it.
    pub shows_phone: bool,
    /// Business-scoped user id, regenerated when the phone changes.
    pub bsuid: String,
    /// Business-scoped user id of the parent portfolio.
    pub parent_bsuid: Option<String>,
    /// Whether the phone is connected; a message to one that is not stays at one tick.
    pub online: bool,
}

impl Customer {
    /// The phone as far as webhooks may tell it.
    pub(super) fn shown_phone(&self) -> Option<&str> {
        self.phone.as_deref().filter(|_| self.shows_phone)
    }
}

/// How a message is to fail after it was accepted.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Meta's error code, such as 131026.
    pub code: u32,
    /// Whether the `failed` status carries the lean `contacts` seen in production (Meta documents none).
    pub contacts: bool,
    /// Whether a `sent` status comes first.
    pub after_sent: bool,
}

/// The conversation of one customer with one number.
#[derive(Default)]
pub(super) struct Chat {
    /// Positions in `State::messages`, oldest first.
    pub(super) messages: Vec<usize>,
    /// When the customer last wrote or called; the 24-hour window counts from here.
    pub(super) opened_ms: Option<i64>,
    /// The typing indicator shows until then.
    pub(super) typing_until_ms: i64,
}

/// A message and what only the business side of it needs.
pub(super) struct Message {
    pub(super) shown: PhoneMessage,
    pub(super) customer: CustomerId,
    /// `biz_opaque_callback_data`, repeated in every status.
    pub(super) opaque: Option<String>,
    /// Sent to a phone number, not to a BSUID.
    pub(super) by_phone: bool,
    /// What the `pricing` of its statuses says.
    pub(super) pricing: Value,
}

pub(super) struct State {
    pub(super) access_token: String,
    pub(super) numbers: BTreeMap<String, Number>,
    /// Accounts whose webhooks the app gets.
    pub(super) subscribed: BTreeSet<String>,
    pub(super) customers: Vec<Customer>,
    pub(super) chats: HashMap<(CustomerId, String), Chat>,
    pub(super) messages: Vec<Message>,
    pub(super) by_wamid: HashMap<String, usize>,
    pub(super) media: HashMap<String, Media>,
    pub(super) templates: Vec<Template>,
    pub(super) failures: HashMap<CustomerId, VecDeque<Failure>>,
    pub(super) auto_read: bool,
    pub(super) hooks: Hooks,
    pub(super) limits: Limits,
    seed: i64,
    drawn: u64,
}

/// How long the customer-service window stays open after the customer's last message.
pub(super) const WINDOW_MS: i64 = 24 * 3600 * 1000;

impl State {
    pub(super) fn new(access_token: String, auto_read: bool, seed: i64) -> Self {
        Self {
            access_token,
            numbers: BTreeMap::new(),
            subscribed: BTreeSet::new(),
            customers: Vec::new(),
            chats: HashMap::new(),
            messages: Vec::new(),
            by_wamid: HashMap::new(),
            media: HashMap::new(),
            templates: super::templates::examples(),
            failures: HashMap::new(),
            auto_read,
            hooks: Hooks::default(),
            limits: Limits::default(),
            seed,
            drawn: 0,
        }
    }

    /// A number nobody had before, also across restarts with an empty state, since the seed is the time of the start.
    fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(self.drawn.to_be_bytes());
        hash.finalize().into()
    }

    /// A fresh id in Meta's form; real ones carry the other side's number in base64, slashes and equals signs included.
    pub(super) fn wamid(&mut self, other_side: &str) -> String {
        let drawn = self.draw();
        let mut bytes = vec![0x1c, 0x18, u8::try_from(other_side.len()).unwrap_or(u8::MAX)];
        bytes.extend_from_slice(other_side.as_bytes());
        bytes.extend_from_slice(&[0x15, 0x02, 0x00, 0x12, 0x18, 0x14]);
        bytes.extend_from_slice(hex::encode_upper(&drawn[..10]).as_bytes());
        bytes.push(0);
        format!("wamid.{}", STANDARD.encode(bytes))
    }

    /// A fresh decimal id, as media and WABAs have.
    pub(super) fn object_id(&mut self) -> String {
        let drawn = self.draw();
        let number = drawn[..8].iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        (1_000_000_000_000_000 + number % 9_000_000_000_000_000).to_string()
    }

    pub(super) fn bsuid(&mut self) -> String {
        format!("US.{}", self.object_id())
    }

    pub(super) fn trace(&mut self) -> String {
        let drawn = self.draw();
        format!("A{}", hex::encode(&drawn[..11]))
    }

    /// # Panics
    /// When the number was never added: a mistake in the test.
    pub(super) fn number(&self, id: &str) -> &Number {
        self.numbers.get(id).unwrap_or_else(|| panic!("the number {id} was not added to this stand-in"))
    }

    /// # Panics
    /// When the id belongs to another stand-in: a mistake in the test.
    pub(super) fn customer(&self, id: CustomerId) -> &Customer {
        &self.customers[id.0]
    }

    pub(super) fn chat(&mut self, customer: CustomerId, number: &str) -> &mut Chat {
        self.chats.entry((customer, number.to_owned())).or_default()
    }

    pub(super) fn message(&self, wamid: &str) -> Option<&Message> {
        self.by_wamid.get(wamid).map(|at| &self.messages[*at])
    }

    pub(super) fn message_mut(&mut self, wamid: &str) -> Option<&mut Message> {
        self.by_wamid.get(wamid).map(|at| &mut self.messages[*at])
    }

    /// Keeps a message and puts it into its chat.
    pub(super) fn keep(&mut self, message: Message) {
        let at = self.messages.len();
        self.by_wamid.insert(message.shown.id.clone(), at);
        self.chat(message.customer, &message.shown.number).messages.push(at);
        self.messages.push(message);
    }

    /// Whether free-form messages may still reach the customer.
    pub(super) fn window_open(&self, customer: CustomerId, number: &str, now_ms: i64) -> bool {
        self.chats
            .get(&(customer, number.to_owned()))
            .and_then(|chat| chat.opened_ms)
            .is_some_and(|opened| now_ms < opened + WINDOW_MS)
    }

    /// The messages the customer's phone shows: the ones that arrived there and were not set aside.
    pub(super) fn shown(&self, customer: CustomerId, number: &str) -> Vec<PhoneMessage> {
        let Some(chat) = self.chats.get(&(customer, number.to_owned())) else { return Vec::new() };
        chat.messages
            .iter()
            .map(|at| &self.messages[*at].shown)
            .filter(|shown| shown.author != Author::Business || (shown.tick >= Tick::Delivered && !shown.failed()))
            .filter(|shown| shown.kind != "reaction")
            .cloned()
            .collect()
    }
}
