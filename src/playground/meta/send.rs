//! `POST /{phone-number-id}/messages`: what the state of the world adds to the rules of the body, and what the phone
//! then shows.

use serde_json::{Value, json};

use super::Meta;
use super::graph_error::GraphError;
use super::history::{Author, PhoneButton, PhoneMessage};
use super::state::{Customer, CustomerId, Failure, Message, State};
use super::statuses::Fate;
use super::templates::{self, Filled, Template};
use super::validate::{Outgoing, Posted, check, is_bsuid};

const DAY_MS: i64 = 24 * 3600 * 1000;
const TYPING_MS: i64 = 25_000;

/// Whom a message is for.
struct Addressee {
    customer: Option<CustomerId>,
    by_phone: bool,
    /// A business-scoped id in `to`: accepted, then lost.
    misaddressed: bool,
    /// `contacts[0]` of the answer.
    echoed: Value,
    /// How a status names somebody nobody knows.
    status: Value,
}

impl Meta {
    pub(super) fn post_message(&self, number: &str, body: &Value) -> Result<Value, GraphError> {
        match check(body)? {
            Posted::Read { message_id, typing } => self.mark_read(number, message_id, typing),
            Posted::Message(out) => self.accept(number, &out),
        }
    }

    fn mark_read(&self, number: &str, wamid: &str, typing: bool) -> Result<Value, GraphError> {
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let known = state.message(wamid).map(|m| (m.customer, m.shown.author, m.shown.number == number, m.shown.at_ms));
        let Some((customer, Author::Customer, true, at_ms)) = known else {
            return Err(GraphError::broken(131_009, "message_id is not a message this number received"));
        };
        if now_ms - at_ms > 30 * DAY_MS {
            return Err(GraphError::met(131_009, "the message is older than 30 days"));
        }
        let chat = state.chat(customer, number);
        if typing {
            chat.typing_until_ms = now_ms + TYPING_MS;
        }
        for at in chat.messages.clone() {
            let shown = &mut state.messages[at].shown;
            if shown.author == Author::Customer && shown.at_ms <= at_ms {
                shown.tick = super::history::Tick::Read;
            }
        }
        drop(state);
        self.changed();
        Ok(json!({ "success": true }))
    }

    fn accept(&self, number: &str, out: &Outgoing<'_>) -> Result<Value, GraphError> {
        let now_ms = self.now_ms();
        let mut state = self.lock();
        let addressee = address(&state, number, out, self)?;
        if self.rate_limits()
            && let Err(code) = state.limits.send(addressee.customer, number, now_ms)
        {
            return Err(GraphError::met(code, "Too many messages sent from this phone number in a short time."));
        }
        let template = match out.kind {
            "template" => Some(templates::find(&state.templates, out.node)?.clone()),
            _ => None,
        };
        if template.as_ref().is_some_and(|t| t.category == "AUTHENTICATION") && !addressee.by_phone {
            return Err(GraphError::met(131_062, "Authentication templates need a phone number."));
        }
        let mislabelled = check_references(&state, number, out, addressee.customer, now_ms)?;
        let opaque = out.opaque.map(str::to_owned);
        let party = out.to.or(out.recipient).unwrap_or_default();
        let wamid = state.wamid(party.trim_start_matches('+'));
        let answer = answer(&addressee.echoed, &wamid, template.is_some());

        let Some(customer) = addressee.customer else {
            drop(state);
            if !addressee.misaddressed {
                self.undeliverable(number.to_owned(), wamid, addressee.status, opaque);
            }
            return Ok(answer);
        };
        let open = state.window_open(customer, number, now_ms);
        let fate = if addressee.misaddressed {
            Fate::Vanishes
        } else if let Some(failure) = state.failures.get_mut(&customer).and_then(std::collections::VecDeque::pop_front)
        {
            Fate::Fails(failure)
        } else if !open && template.is_none() {
            Fate::Fails(Failure { code: 131_047, contacts: false, after_sent: false })
        } else if mislabelled {
            Fate::Fails(Failure { code: 131_053, contacts: false, after_sent: false })
        } else {
            Fate::Arrives
        };
        let mut shown = PhoneMessage::new(wamid.clone(), number, Author::Business, now_ms, out.kind, out.node.clone());
        // A template is taken as a reply and not shown as one.
        shown.quotes = out.quotes.filter(|_| template.is_none()).map(str::to_owned);
        draw(&state, &mut shown, template.as_ref());
        if out.kind == "reaction" && matches!(fate, Fate::Arrives) {
            let emoji = out.node["emoji"].as_str().filter(|emoji| !emoji.is_empty()).map(str::to_owned);
            if let Some(target) = out.node["message_id"].as_str().and_then(|id| state.message_mut(id)) {
                target.shown.business_reaction = emoji;
            }
        }
        state.chat(customer, number).typing_until_ms = 0;
        let pricing = pricing(template.as_ref(), open);
        state.keep(Message { shown, customer, opaque, by_phone: addressee.by_phone, pricing });
        drop(state);
        self.changed();
        self.run_course(wamid, fate);
        Ok(answer)
    }

    /// Makes the next message to this customer fail after it was accepted, as Meta documents it: without `contacts`.
    pub fn fail_next(&self, customer: CustomerId, code: u32) {
        self.fail_next_with(customer, Failure { code, contacts: false, after_sent: false });
    }

    /// The same with a say in how the failure looks.
    pub fn fail_next_with(&self, customer: CustomerId, failure: Failure) {
        self.lock().failures.entry(customer).or_default().push_back(failure);
    }
}

fn address(state: &State, number: &str, out: &Outgoing<'_>, meta: &Meta) -> Result<Addressee, GraphError> {
    let find = |fits: &dyn Fn(&Customer) -> bool| state.customers.iter().find(|c| fits(c)).map(|c| c.id);
    if let Some(to) = out.to.filter(|to| !to.is_empty()) {
        if is_bsuid(to) {
            meta.wire().violation("a business-scoped user id in `to` is accepted and never delivered");
            return Ok(Addressee {
                customer: find(&|c| c.bsuid == to),
                by_phone: true,
                misaddressed: true,
                echoed: json!({ "input": to, "wa_id": to }),
                status: Value::Null,
            });
        }
        if !to.starts_with('+') {
            meta.wire().violation("`to` without + may get the country code of the business put in front");
        }
        let digits = to.trim_start_matches('+');
        if state.number(number).digits() == digits {
            return Err(GraphError::met(131_021, "Recipient phone number cannot be the sender's."));
        }
        return Ok(Addressee {
            customer: find(&|c| c.phone.as_deref() == Some(digits)),
            by_phone: true,
            misaddressed: false,
            echoed: json!({ "input": to, "wa_id": digits }),
            status: json!({ "recipient_id": digits }),
        });
    }
    let id = out.recipient.unwrap_or_default();
    Ok(Addressee {
        customer: find(&|c| c.bsuid == id || c.parent_bsuid.as_deref() == Some(id)),
        by_phone: false,
        misaddressed: false,
        echoed: json!({ "input": id, "user_id": id }),
        status: json!({ "recipient_user_id": id }),
    })
}

fn answer(contact: &Value, wamid: &str, is_template: bool) -> Value {
    let mut message = json!({ "id": wamid });
    if is_template {
        message["message_status"] = json!("accepted");
    }
    json!({ "messaging_product": "whatsapp", "contacts": [contact], "messages": [message] })
}

/// Checks that everything the message points at exists; says whether its file is not what it claims to be.
fn check_references(
    state: &State,
    number: &str,
    out: &Outgoing<'_>,
    customer: Option<CustomerId>,
    now_ms: i64,
) -> Result<bool, GraphError> {
    let in_chat =
        |wamid: &str| state.message(wamid).is_some_and(|m| m.shown.number == number && Some(m.customer) == customer);
    if out.quotes.is_some_and(|wamid| !in_chat(wamid)) {
        return Err(GraphError::broken(131_009, "context.message_id is not a message of this chat"));
    }
    if out.kind == "reaction" && !out.node["message_id"].as_str().is_some_and(in_chat) {
        return Err(GraphError::broken(131_009, "reaction.message_id is not a message of this chat"));
    }
    let mut mislabelled = false;
    for (kind, node) in files(out) {
        let Some(id) = node["id"].as_str() else { continue };
        let Some(media) = state.media.get(id) else {
            return Err(
                GraphError::gone("POST", id).held_against(format!("media {id} was never uploaded or is deleted"))
            );
        };
        if media.expired(now_ms) {
            return Err(GraphError::gone("POST", id));
        }
        media.fits(kind)?;
        if node["voice"] == true && !media.mime.starts_with("audio/ogg") {
            return Err(GraphError::broken(131_009, "a voice message must be audio/ogg"));
        }
        mislabelled |= media.mislabelled;
    }
    Ok(mislabelled)
}

/// Every node that names a file, with the message type it is to be sent as.
fn files<'a>(out: &'a Outgoing<'_>) -> Vec<(&'a str, &'a Value)> {
    let parameters = |component: &'a Value| component["parameters"].as_array().into_iter().flatten();
    let pointed: Vec<&Value> = match out.kind {
        "interactive" => vec![&out.node["header"]],
        "template" => out.node["components"].as_array().into_iter().flatten().flat_map(parameters).collect(),
        _ => return vec![(out.kind, out.node)],
    };
    let typed = |node: &'a Value| node["type"].as_str().map(|kind| (kind, &node[kind]));
    pointed.into_iter().filter_map(typed).collect()
}

fn pricing(template: Option<&Template>, window_open: bool) -> Value {
    let category = template.map_or("service".to_owned(), |t| t.category.to_lowercase());
    let free = template.is_none() || (window_open && category == "utility");
    json!({
        "billable": !free,
        "pricing_model": "PMP",
        "type": if free { "free_customer_service" } else { "regular" },
        "category": category,
    })
}

/// Puts on the bubble what the phone shows of the node.
fn draw(state: &State, shown: &mut PhoneMessage, template: Option<&Template>) {
    let node = shown.node.clone();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut file = node["id"].as_str();
    match shown.kind.as_str() {
        "text" => shown.text = text(&node["body"]).unwrap_or_default(),
        "location" => {
            let (latitude, longitude) = (&node["latitude"], &node["longitude"]);
            shown.text = text(&node["name"]).unwrap_or_else(|| format!("{latitude}, {longitude}"));
        }
        "contacts" => shown.text = text(&node[0]["name"]["formatted_name"]).unwrap_or_default(),
        "interactive" => {
            shown.text = text(&node["body"]["text"]).unwrap_or_default();
            shown.footer = text(&node["footer"]["text"]);
            shown.header = text(&node["header"]["text"]);
            shown.buttons = tappable(&node);
            file = node["header"]["type"].as_str().and_then(|kind| node["header"][kind]["id"].as_str());
        }
        "template" => {
            let Some(template) = template else { return };
            let Filled { header, body, footer, media, buttons } = templates::fill(template, &node);
            shown.text = body;
            (shown.header, shown.footer) = (header, footer);
            let button = |(title, id, kind)| PhoneButton { id, title, description: None, kind };
            shown.buttons = buttons.into_iter().map(button).collect();
            shown.media = media.as_deref().and_then(|id| Some(state.media.get(id)?.shown(id, None, false)));
            return;
        }
        _ => shown.text = text(&node["caption"]).unwrap_or_default(),
    }
    let voice = node["voice"] == true;
    shown.media = file.and_then(|id| Some(state.media.get(id)?.shown(id, text(&node["filename"]), voice)));
}

fn tappable(node: &Value) -> Vec<PhoneButton> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let action = &node["action"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    match node["type"].as_str().unwrap_or_default() {
        "button" => list(&action["buttons"])
            .iter()
            .map(|b| PhoneButton {
                id: text(&b["reply"]["id"]),
                title: text(&b["reply"]["title"]),
                description: None,
                kind: "reply",
            })
            .collect(),
        "list" => list(&action["sections"])
            .iter()
            .flat_map(|section| list(&section["rows"]))
            .map(|row| PhoneButton {
                id: text(&row["id"]),
                title: text(&row["title"]),
                description: row["description"].as_str().map(str::to_owned),
                kind: "row",
            })
            .collect(),
        "cta_url" => vec![PhoneButton {
            id: text(&action["parameters"]["url"]),
            title: text(&action["parameters"]["display_text"]),
            description: None,
            kind: "url",
        }],
        "request_contact_info" => vec![PhoneButton {
            id: "request_contact_info".to_owned(),
            title: "Share my number".to_owned(),
            description: None,
            kind: "request_contact_info",
        }],
        _ => Vec::new(),
    }
}
