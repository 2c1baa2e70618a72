//! The customers' phones: what people do with them and what they see.

use axum::body::Bytes;

use super::Meta;
use super::history::{Author, PhoneMessage, Tick};
use super::inbound::{Content, Inbound};
use super::state::{Customer, CustomerId};
use super::webhook::{SignedBody, body, sign, spelled};
use super::written::digits;

/// A person to be added.
#[derive(Debug, Clone, Default)]
pub struct NewCustomer {
    /// Profile name.
    pub name: String,
    /// Phone number; anything but digits is dropped.
    pub phone: Option<String>,
    /// Username without the at sign.
    pub username: Option<String>,
    /// Has a phone, but webhooks do not tell it.
    pub withholds_phone: bool,
    /// Belongs to a parent portfolio, so that a second business-scoped id is told.
    pub parent: bool,
}

impl Meta {
    /// Adds a person with a phone number (any spelling).
    pub fn customer(&self, name: &str, phone: &str) -> CustomerId {
        self.add_customer(NewCustomer {
            name: name.to_owned(),
            phone: Some(phone.to_owned()),
            ..NewCustomer::default()
        })
    }

    /// Adds a person known by username and business-scoped id only.
    pub fn customer_without_phone(&self, name: &str, username: &str) -> CustomerId {
        self.add_customer(NewCustomer {
            name: name.to_owned(),
            username: Some(username.to_owned()),
            ..NewCustomer::default()
        })
    }

    /// Adds a person.
    pub fn add_customer(&self, new: NewCustomer) -> CustomerId {
        let mut state = self.lock();
        let id = CustomerId(state.customers.len());
        let bsuid = state.bsuid();
        let parent_bsuid = new.parent.then(|| format!("US.ENT.{}", state.object_id()));
        state.customers.push(Customer {
            id,
            name: new.name,
            username: new.username,
            phone: new.phone.as_deref().map(digits),
            shows_phone: !new.withholds_phone,
            bsuid,
            parent_bsuid,
            online: true,
        });
        drop(state);
        self.changed();
        id
    }

    /// Everybody, in the order they were added.
    #[must_use]
    pub fn customers(&self) -> Vec<Customer> {
        self.lock().customers.clone()
    }

    /// One person as of now.
    #[must_use]
    pub fn who(&self, customer: CustomerId) -> Customer {
        self.lock().customer(customer).clone()
    }

    /// Whether webhooks tell the phone from now on.
    pub fn show_phone(&self, customer: CustomerId, shows: bool) {
        self.lock().customers[customer.0].shows_phone = shows;
    }

    /// Connects or disconnects the phone; what was sent meanwhile arrives when it is connected again.
    pub fn online(&self, customer: CustomerId, online: bool) {
        let mut state = self.lock();
        state.customers[customer.0].online = online;
        let late: Vec<String> = state
            .messages
            .iter()
            .filter(|m| online && m.customer == customer && m.shown.kind != "reaction")
            .filter(|m| m.shown.author == Author::Business && m.shown.tick == Tick::Sent && !m.shown.failed())
            .map(|m| m.shown.id.clone())
            .collect();
        let auto_read = state.auto_read;
        drop(state);
        for wamid in late {
            self.advance(&wamid, Tick::Delivered);
            if auto_read {
                self.advance(&wamid, Tick::Read);
            }
        }
        self.changed();
    }

    /// The customer writes a text.
    pub fn says(&self, customer: CustomerId, number: &str, text: &str) -> String {
        self.sends(customer, number, Inbound::text(text))
    }

    /// The customer sends anything; returns its wamid.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn sends(&self, customer: CustomerId, number: &str, inbound: impl Into<Inbound>) -> String {
        let (wamid, change) = self.written(customer, number, &inbound.into());
        self.publish(change);
        self.changed();
        wamid
    }

    /// A text as `says` makes it, but handed over signed instead of delivered: for load generators.
    ///
    /// # Panics
    /// When the number was never added.
    #[must_use]
    pub fn signed_text(&self, customer: CustomerId, number: &str, text: &str) -> SignedBody {
        let (_, change) = self.written(customer, number, &Inbound::text(text));
        sign(self.app_secret(), spelled(&body(&[change])).into())
    }

    /// The customer taps a button or list row under a message of the business, by the button's id; `None` when their phone
    /// shows no such button. Returns the wamid of what the tap sends.
    pub fn taps(&self, customer: CustomerId, wamid: &str, button_id: &str) -> Option<String> {
        let state = self.lock();
        let message = state.message(wamid).filter(|m| m.customer == customer && m.shown.arrived())?;
        let number = message.shown.number.clone();
        let button = message.shown.buttons.iter().find(|b| b.id == button_id)?.clone();
        drop(state);
        let of = wamid.to_owned();
        let content = match button.kind {
            "reply" => Content::ButtonReply { of, id: button.id, title: button.title },
            "row" => Content::ListReply { of, id: button.id, title: button.title, description: button.description },
            "quick_reply" => Content::Button { of, text: button.title, payload: button.id },
            "request_contact_info" => Content::OwnContact,
            _ => return None,
        };
        Some(self.sends(customer, &number, content))
    }

    /// The customer reads one message; ones already read change nothing.
    pub fn reads(&self, customer: CustomerId, wamid: &str) -> bool {
        self.reaches(customer, wamid, Tick::Read)
    }

    /// The customer listens to a voice note.
    pub fn plays(&self, customer: CustomerId, wamid: &str) -> bool {
        self.reaches(customer, wamid, Tick::Played)
    }

    fn reaches(&self, customer: CustomerId, wamid: &str, tick: Tick) -> bool {
        let theirs = self.lock().message(wamid).is_some_and(|m| m.customer == customer);
        theirs && self.advance(wamid, tick)
    }

    /// The customer opens the chat and so reads everything in it.
    pub fn opens(&self, customer: CustomerId, number: &str) {
        let unread: Vec<String> = self
            .history(customer, number)
            .into_iter()
            .filter(|m| m.author == Author::Business && m.tick < Tick::Read)
            .map(|m| m.id)
            .collect();
        for wamid in unread {
            self.advance(&wamid, Tick::Read);
        }
    }

    /// Whether every message is read as soon as it arrives.
    pub fn auto_read(&self, auto: bool) {
        self.lock().auto_read = auto;
    }

    /// What the phone shows of the chat with this number, oldest first.
    #[must_use]
    pub fn history(&self, customer: CustomerId, number: &str) -> Vec<PhoneMessage> {
        self.lock().shown(customer, number)
    }

    /// Whether the phone shows "typing…".
    #[must_use]
    pub fn typing(&self, customer: CustomerId, number: &str) -> bool {
        let now_ms = self.now_ms();
        self.lock().chats.get(&(customer, number.to_owned())).is_some_and(|chat| now_ms < chat.typing_until_ms)
    }

    /// When the customer-service window closes, in unix milliseconds; `None` when it never opened.
    #[must_use]
    pub fn window_closes_at(&self, customer: CustomerId, number: &str) -> Option<i64> {
        let state = self.lock();
        let opened = state.chats.get(&(customer, number.to_owned()))?.opened_ms?;
        Some(opened + super::state::WINDOW_MS)
    }

    /// The bytes and MIME type of a file, by media id.
    #[must_use]
    pub fn media_bytes(&self, media_id: &str) -> Option<(String, Bytes)> {
        self.lock().media.get(media_id).map(|media| (media.mime.clone(), media.bytes.clone()))
    }

    /// Everything the business sent through the API, in the order of acceptance, failed messages included.
    #[must_use]
    pub fn accepted(&self) -> Vec<PhoneMessage> {
        let state = self.lock();
        let accepted = state.messages.iter().filter(|m| m.shown.author == Author::Business);
        accepted.map(|m| m.shown.clone()).collect()
    }
}
