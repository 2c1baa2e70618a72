//! Events that are no message of a customer: calls, changed ids, echoes of the Business app, errors of the account.

use serde_json::{Value, json};

use super::content::set_if;
use super::graph_error::webhook_error;
use super::history::{Author, PhoneMessage};
use super::inbound::Content;
use super::media::Media;
use super::state::{CustomerId, Message};
use super::webhook::Change;
use super::written::{contact, value};
use super::{DEFAULT_WABA, Meta};

/// The two ends of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// It rings.
    Connect,
    /// It is over, after this many seconds; 0 for a missed call.
    Terminate(u32),
}

impl Meta {
    /// The customer calls; a call opens the customer-service window as a message does.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn calls(&self, customer: CustomerId, number: &str, call: Call) -> String {
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let id = format!("wacid.{}", state.object_id());
        state.chat(customer, number).opened_ms = Some(now_ms);
        let business = state.number(number).clone();
        let person = state.customer(customer).clone();
        drop(state);
        let mut event = json!({
            "id": id,
            "to": business.digits(),
            "from_user_id": person.bsuid,
            "timestamp": (now_ms / 1000).to_string(),
            "direction": "USER_INITIATED",
        });
        set_if(&mut event, "from", person.shown_phone());
        match call {
            Call::Connect => {
                event["event"] = json!("connect");
                event["session"] = json!({ "sdp_type": "offer", "sdp": "v=0\r\n" });
            }
            Call::Terminate(seconds) => {
                event["event"] = json!("terminate");
                event["status"] = json!(if seconds > 0 { "COMPLETED" } else { "FAILED" });
                if seconds > 0 {
                    event["duration"] = json!(seconds);
                }
            }
        }
        let rest = json!({ "contacts": [contact(&person)], "calls": [event] });
        self.emit(&business.id, Some(customer), "calls", value(&business, rest));
        id
    }

    /// The customer's business-scoped id changes, told by the `user_id_update` field.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn user_id_update(&self, customer: CustomerId, number: &str) {
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let current = state.bsuid();
        let person = &mut state.customers[customer.0];
        let previous = std::mem::replace(&mut person.bsuid, current.clone());
        let mut update = json!({
            "detail": "The user changed their phone number",
            "user_id": { "previous": previous, "current": current },
            "timestamp": (now_ms / 1000).to_string(),
        });
        set_if(&mut update, "wa_id", person.shown_phone());
        if let Some(parent) = person.parent_bsuid.clone() {
            let current = format!("US.ENT.{}", state.object_id());
            update["parent_user_id"] = json!({ "previous": parent, "current": current });
            state.customers[customer.0].parent_bsuid = Some(current);
        }
        let business = state.number(number).clone();
        let person = state.customer(customer).clone();
        drop(state);
        let rest = json!({ "contacts": [contact(&person)], "user_id_update": [update] });
        self.emit(&business.id, Some(customer), "user_id_update", value(&business, rest));
    }

    /// Somebody of the business answers from the WhatsApp Business app; the text comes as an echo.
    pub fn echo(&self, customer: CustomerId, number: &str, text: &str) -> String {
        self.echo_with(customer, number, &Content::Text(text.to_owned()))
    }

    /// The same for any content, also edits and deletions of earlier echoes.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn echo_with(&self, customer: CustomerId, number: &str, content: &Content) -> String {
        let (now_ms, url) = (self.now_ms(), self.url());
        let mut state = self.lock();
        let business = state.number(number).clone();
        let person = state.customer(customer).clone();
        let wamid = state.wamid(person.phone.as_deref().unwrap_or(&person.bsuid));
        let kind = content.kind().to_owned();
        let mut shown_media = None;
        let node = match content.attachment() {
            None => content.node(),
            Some(file) => {
                let id = state.object_id();
                let media = Media::received(file, now_ms);
                shown_media = Some(media.shown(&id, file.filename.clone(), file.voice));
                let node = media.inbound_node(&id, file, &url, self.app_secret(), now_ms);
                state.media.insert(id, media);
                node
            }
        };
        match content {
            Content::Edit { of, text } => {
                if let Some(message) = state.message_mut(of) {
                    message.shown.text.clone_from(text);
                    message.shown.edited = true;
                }
            }
            Content::Revoke { of } => {
                if let Some(message) = state.message_mut(of) {
                    message.shown.deleted = true;
                }
            }
            _ => {
                let mut shown = PhoneMessage::new(wamid.clone(), number, Author::App, now_ms, &kind, node.clone());
                shown.text = content.line();
                shown.media = shown_media;
                state.keep(Message { shown, customer, opaque: None, by_phone: false, pricing: Value::Null });
            }
        }
        drop(state);
        let mut echo = json!({
            "from": business.digits(),
            "to_user_id": person.bsuid,
            "id": wamid,
            "timestamp": (now_ms / 1000).to_string(),
            "type": kind,
        });
        echo[kind.as_str()] = node;
        set_if(&mut echo, "to", person.shown_phone());
        let rest = json!({ "contacts": [contact(&person)], "message_echoes": [echo] });
        self.emit(&business.id, Some(customer), "smb_message_echoes", value(&business, rest));
        wamid
    }

    /// An error of the number itself, outside any message.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn account_error(&self, number: &str, code: u32, details: &str) {
        let business = self.lock().number(number).clone();
        let rest = json!({ "errors": [webhook_error(code, Some(details))] });
        self.emit(number, None, "messages", value(&business, rest));
    }

    /// Meta gives a template another status, such as `PAUSED`, and tells of it.
    ///
    /// # Panics
    /// When there is no such template.
    pub fn set_template_status(&self, name: &str, language: &str, status: &str) {
        let mut state = self.lock();
        let at = state.templates.iter().position(|t| t.name == name && t.language == language);
        let at = at.unwrap_or_else(|| panic!("there is no template {name} in {language}"));
        let template = &mut state.templates[at];
        status.clone_into(&mut template.status);
        let node = template.node(at);
        drop(state);
        let value = json!({
            "event": status,
            "message_template_id": node["id"].as_str().and_then(|id| id.parse::<u64>().ok()),
            "message_template_name": name,
            "message_template_language": language,
            "message_template_category": node["category"],
            "reason": "NONE",
        });
        let lane = format!("{DEFAULT_WABA}/templates");
        let field = "message_template_status_update";
        self.publish(Change { waba: DEFAULT_WABA.to_owned(), lane, field, value });
    }

    /// Any change of any field, wrapped and signed as usual.
    ///
    /// # Panics
    /// When the number was never added.
    pub fn emit(&self, number: &str, customer: Option<CustomerId>, field: &'static str, value: Value) {
        let waba = self.lock().number(number).waba.clone();
        let lane = customer.map_or_else(|| format!("{number}/{field}"), |c| format!("{number}/{}", c.index()));
        self.publish(Change { waba, lane, field, value });
        self.changed();
    }
}
