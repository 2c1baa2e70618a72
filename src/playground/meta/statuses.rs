//! What becomes of an accepted message: sent, delivered, read, played, or failed, each reported by a webhook.

use serde_json::{Value, json};

use super::Meta;
use super::content::set_if;
use super::graph_error::webhook_error;
use super::history::Tick;
use super::state::{Customer, CustomerId, Failure, Message, Number};
use super::webhook::Change;

/// What is decided about a message when it is accepted.
pub(super) enum Fate {
    /// It reaches the phone.
    Arrives,
    /// It ends in a `failed` status.
    Fails(Failure),
    /// Accepted and never heard of again.
    Vanishes,
}

impl Meta {
    /// Lets an accepted message run its course.
    pub(super) fn run_course(&self, wamid: String, fate: Fate) {
        let meta = self.clone();
        self.busy(async move {
            let delays = meta.delays();
            tokio::time::sleep(delays.sent).await;
            match fate {
                Fate::Vanishes => {}
                Fate::Fails(failure) => {
                    if failure.after_sent {
                        meta.advance(&wamid, Tick::Sent);
                        tokio::time::sleep(delays.delivered).await;
                    }
                    meta.fail(&wamid, &failure);
                }
                Fate::Arrives => {
                    meta.advance(&wamid, Tick::Sent);
                    tokio::time::sleep(delays.delivered).await;
                    if meta.arrive(&wamid) {
                        tokio::time::sleep(delays.read).await;
                        meta.advance(&wamid, Tick::Read);
                    }
                }
            }
        });
    }

    /// Shows the message on the phone if that is connected; says whether the customer reads it by itself.
    fn arrive(&self, wamid: &str) -> bool {
        let state = self.lock();
        let Some(message) = state.message(wamid) else { return false };
        if !state.customer(message.customer).online {
            return false;
        }
        if message.shown.kind == "reaction" {
            // Reactions produce nothing but `sent`.
            return false;
        }
        let auto_read = state.auto_read;
        drop(state);
        self.advance(wamid, Tick::Delivered);
        auto_read
    }

    /// Raises a message of the business to `tick` and reports it; a tick it already passed changes nothing.
    pub(super) fn advance(&self, wamid: &str, tick: Tick) -> bool {
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let Some(message) = state.message_mut(wamid) else { return false };
        if message.shown.tick >= tick || message.shown.failed() {
            return false;
        }
        // Pricing comes with `sent` and with the first of `delivered` and `read`.
        let priced = tick == Tick::Sent || (message.shown.tick < Tick::Delivered && tick >= Tick::Delivered);
        message.shown.tick = tick;
        let Some(message) = state.message(wamid) else { return false };
        let customer = state.customer(message.customer);
        let mut status = status(message, customer, tick.word(), now_ms);
        if priced && tick != Tick::Played {
            status["pricing"] = message.pricing.clone();
        }
        let contacts = (tick != Tick::Played).then(|| {
            let mut contact = json!({ "profile": { "name": customer.name }, "user_id": customer.bsuid });
            set_if(&mut contact, "wa_id", customer.shown_phone());
            set_if(&mut contact, "parent_user_id", customer.parent_bsuid.as_deref());
            if tick >= Tick::Delivered {
                set_if(&mut contact["profile"], "username", customer.username.as_deref());
            }
            json!([contact])
        });
        let change = change(state.number(&message.shown.number), message.customer, status, contacts);
        drop(state);
        self.publish(change);
        self.changed();
        true
    }

    fn fail(&self, wamid: &str, failure: &Failure) {
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let Some(message) = state.message_mut(wamid) else { return };
        message.shown.failed_with = Some(failure.code);
        let Some(message) = state.message(wamid) else { return };
        let customer = state.customer(message.customer);
        let mut status = status(message, customer, "failed", now_ms);
        status["errors"] = json!([webhook_error(failure.code, None)]);
        if message.by_phone
            && let Some(status) = status.as_object_mut()
        {
            status.remove("recipient_user_id");
        }
        let contacts = failure.contacts.then(|| {
            let mut contact = json!({});
            set_if(&mut contact, "wa_id", customer.shown_phone());
            json!([contact])
        });
        let change = change(state.number(&message.shown.number), message.customer, status, contacts);
        drop(state);
        self.publish(change);
        self.changed();
    }

    /// Reports that a message to a number nobody has could not be delivered.
    pub(super) fn undeliverable(&self, number: String, wamid: String, recipient: Value, opaque: Option<String>) {
        let meta = self.clone();
        self.busy(async move {
            tokio::time::sleep(meta.delays().sent).await;
            let now_ms = meta.now_ms();
            let mut status = recipient;
            status["id"] = json!(wamid);
            status["status"] = json!("failed");
            status["timestamp"] = json!((now_ms / 1000).to_string());
            status["errors"] = json!([webhook_error(131_026, None)]);
            set_if(&mut status, "biz_opaque_callback_data", opaque.as_deref());
            let state = meta.lock();
            let number = state.number(&number);
            let value = super::written::value(number, json!({ "statuses": [status] }));
            let change = Change { waba: number.waba.clone(), lane: wamid, field: "messages", value };
            drop(state);
            meta.publish(change);
        });
    }
}

fn status(message: &Message, customer: &Customer, word: &str, now_ms: i64) -> Value {
    let mut status = json!({
        "id": message.shown.id,
        "status": word,
        "timestamp": (now_ms / 1000).to_string(),
    });
    if word != "played" {
        status["recipient_user_id"] = json!(customer.bsuid);
        set_if(&mut status, "recipient_parent_user_id", customer.parent_bsuid.as_deref());
    }
    // Whoever sent to the phone knows it already.
    let phone = if message.by_phone { customer.phone.as_deref() } else { customer.shown_phone() };
    set_if(&mut status, "recipient_id", phone);
    set_if(&mut status, "biz_opaque_callback_data", message.opaque.as_deref());
    status
}

fn change(number: &Number, customer: CustomerId, status: Value, contacts: Option<Value>) -> Change {
    let mut rest = json!({ "statuses": [status] });
    if let Some(contacts) = contacts {
        rest["contacts"] = contacts;
    }
    let lane = format!("{}/{}", number.id, customer.index());
    Change { waba: number.waba.clone(), lane, field: "messages", value: super::written::value(number, rest) }
}
