//! A customer's message becomes a webhook change and a bubble.

use serde_json::{Value, json};

use super::Meta;
use super::content::set_if;
use super::history::{Author, PhoneMedia, PhoneMessage};
use super::inbound::{Content, Forwarded, Inbound};
use super::media::Media;
use super::state::{Customer, CustomerId, Message, Number, State};
use super::webhook::Change;

pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

impl Meta {
    /// Writes a message down; returns its wamid and the change to publish.
    pub(super) fn written(&self, customer: CustomerId, number: &str, inbound: &Inbound) -> (String, Change) {
        let (now_ms, url) = (self.now_ms(), self.url());
        let mut state = self.lock();
        let business = state.number(number).clone();
        let before = state.customer(customer).clone();
        let party = before.phone.clone().unwrap_or_else(|| before.bsuid.clone());
        let wamid = state.wamid(&party);
        let content = &inbound.content;
        let kind = content.kind().to_owned();
        let media = content.attachment().map(|file| {
            let id = state.object_id();
            let media = Media::received(file, now_ms);
            let node = media.inbound_node(&id, file, &url, self.app_secret(), now_ms);
            let shown = media.shown(&id, file.filename.clone(), file.voice);
            state.media.insert(id, media);
            (node, shown)
        });
        let (node, shown_media) = match media {
            Some((node, shown)) => (node, Some(shown)),
            None => (state.changing_node(customer, content), None),
        };
        let mut message = json!({
            "id": wamid,
            "from_user_id": before.bsuid,
            "timestamp": (now_ms / 1000).to_string(),
            "type": kind,
        });
        message[kind.as_str()] = node.clone();
        let after = state.customer(customer);
        set_if(&mut message, "from", before.shown_phone().or(after.shown_phone()));
        set_if(&mut message, "from_parent_user_id", before.parent_bsuid.as_deref());
        set_if(&mut message, "group_id", inbound.group.as_deref());
        if let Some(errors) = content.errors() {
            message["errors"] = errors;
        }
        if let Some(context) = context(&state, &business, customer, inbound) {
            message["context"] = context;
        }
        if let Some(referral) = &inbound.referral {
            message["referral"] = referral.clone();
        }
        let mut rest = json!({ "messages": [message] });
        if kind != "system" {
            rest["contacts"] = json!([contact(state.customer(customer))]);
        }
        state.limits.receive(number, now_ms);
        if inbound.group.is_none() {
            state.applies(customer, number, inbound, now_ms);
            if content.is_bubble() {
                let mut shown = PhoneMessage::new(wamid.clone(), number, Author::Customer, now_ms, &kind, node);
                shown.text = content.line();
                shown.media = shown_media;
                shown.quotes = inbound.context_of().map(str::to_owned);
                shown.forwarded = inbound.forwarded.is_some();
                state.keep(Message { shown, customer, opaque: None, by_phone: false, pricing: Value::Null });
            }
        }
        let lane = format!("{number}/{}", customer.index());
        let change = Change { waba: business.waba.clone(), lane, field: "messages", value: value(&business, rest) };
        (wamid, change)
    }
}

/// The `value` every change of a number has, plus the lists.
pub(super) fn value(number: &Number, mut rest: Value) -> Value {
    rest["messaging_product"] = json!("whatsapp");
    rest["metadata"] = json!({ "display_phone_number": number.digits(), "phone_number_id": number.id });
    rest
}

/// The customer as `contacts` lists them.
pub(super) fn contact(customer: &Customer) -> Value {
    let mut contact = json!({ "profile": { "name": customer.name }, "user_id": customer.bsuid });
    set_if(&mut contact["profile"], "username", customer.username.as_deref());
    set_if(&mut contact, "wa_id", customer.shown_phone());
    set_if(&mut contact, "parent_user_id", customer.parent_bsuid.as_deref());
    contact
}

fn context(state: &State, business: &Number, customer: CustomerId, inbound: &Inbound) -> Option<Value> {
    let mut context = json!({});
    if let Some(of) = inbound.context_of() {
        context["id"] = json!(of);
        let own = state.message(of).is_some_and(|m| m.shown.author == Author::Customer);
        if own {
            let customer = state.customer(customer);
            set_if(&mut context, "from", customer.shown_phone());
            context["from_user_id"] = json!(customer.bsuid);
        } else {
            context["from"] = json!(business.digits());
        }
    }
    match inbound.forwarded {
        Some(Forwarded::Some) => context["forwarded"] = json!(true),
        Some(Forwarded::Often) => context["frequently_forwarded"] = json!(true),
        None => {}
    }
    context.as_object().is_some_and(|map| !map.is_empty()).then_some(context)
}

impl State {
    /// The node of a message that may change who the customer is.
    fn changing_node(&mut self, customer: CustomerId, content: &Content) -> Value {
        let before = self.customer(customer).clone();
        match content {
            Content::OwnContact => {
                let Some(phone) = before.phone else { return json!([]) };
                self.customers[customer.0].shows_phone = true;
                json!([{
                    "name": { "formatted_name": before.name, "first_name": before.name },
                    "phones": [{ "phone": format!("+{phone}"), "wa_id": phone, "type": "CELL" }],
                    "origin": "contact_request",
                }])
            }
            Content::NumberChanged { to } => {
                let to = digits(to);
                let bsuid = self.bsuid();
                let customer = &mut self.customers[customer.0];
                customer.bsuid = bsuid;
                let old = customer.phone.replace(to.clone()).unwrap_or_default();
                json!({
                    "body": format!("User {} changed from {old} to {to}", before.name),
                    "type": "user_changed_number",
                    "wa_id": to,
                })
            }
            Content::IdChanged => {
                let bsuid = self.bsuid();
                self.customers[customer.0].bsuid.clone_from(&bsuid);
                let mut node = json!({
                    "body": format!("User {} changed their user id", before.name),
                    "type": "user_changed_user_id",
                    "user_id": bsuid,
                    "previous_user_id": before.bsuid,
                });
                set_if(&mut node, "parent_user_id", before.parent_bsuid.as_deref());
                set_if(&mut node, "wa_id", before.shown_phone());
                node
            }
            _ => content.node(),
        }
    }

    /// What the message does to the chat and to earlier messages.
    fn applies(&mut self, customer: CustomerId, number: &str, inbound: &Inbound, now_ms: i64) {
        let content = &inbound.content;
        if content.opens_window() {
            self.chat(customer, number).opened_ms = Some(now_ms);
        }
        match content {
            Content::Reaction { of, emoji } => {
                if let Some(message) = self.message_mut(of) {
                    message.shown.customer_reaction.clone_from(emoji);
                }
            }
            Content::Edit { of, text } => {
                if let Some(message) = self.message_mut(of) {
                    message.shown.text.clone_from(text);
                    message.shown.edited = true;
                }
            }
            Content::Revoke { of } => {
                if let Some(message) = self.message_mut(of) {
                    message.shown.deleted = true;
                }
            }
            _ => {}
        }
    }
}

impl Media {
    /// The file as a bubble shows it.
    pub(super) fn shown(&self, id: &str, filename: Option<String>, voice: bool) -> PhoneMedia {
        PhoneMedia {
            id: id.to_owned(),
            mime: self.mime.clone(),
            filename,
            size: self.bytes.len(),
            voice,
            bytes: self.bytes.clone(),
        }
    }
}
