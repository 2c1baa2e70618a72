//! From one inbox item to events.
//!
//! What is understood and means nothing to Baton gives no event; what cannot be understood is an error whose sentence goes to
//! the dead letter. A sentence never repeats what the customer wrote. Group messages give no event: they must neither open
//! nor join a conversation with one customer.

use crate::domain::contact::Who;
use crate::domain::content::{Around, Referral};
use crate::domain::event::{CustomerDid, Event, FromCustomer};
use crate::domain::ids::{NumberId, Time, Wamid};

use super::content::{content, text_of};
use super::wire::{self, Contact, Letter, MessageHead, Nodes, node};
use super::{account, call, status, system};

/// 1 January 2100: a timestamp after it is a defect, and would keep a customer service window open for good.
const LATEST: i64 = 4_102_444_800;

pub(super) fn translate(body: &str) -> Result<Vec<Event>, String> {
    let body = wire::whole_characters(body);
    let letter: Letter<'_> = wire::read("stored item", &body)?;
    match letter.kind.as_str() {
        "message" => message(&letter, Side::Customer),
        "echo" => message(&letter, Side::Business),
        "status" => status::translate(&letter),
        "call" => call::translate(&letter),
        "user_id_update" => system::user_id_update(&letter),
        "error" => account::error(&letter),
        "other" => account::change(&letter),
        "raw" => Err("The webhook body is not one of a WhatsApp business account.".to_owned()),
        "stray" => Err("A part of the webhook body is not of the documented shape.".to_owned()),
        other => Err(format!("The stored item is of the unknown kind \"{}\".", wire::clip(other))),
    }
}

/// Whose hand wrote a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Customer,
    Business,
}

fn message(letter: &Letter<'_>, side: Side) -> Result<Vec<Event>, String> {
    let raw = letter.raw()?;
    let head: MessageHead = wire::read("message", raw)?;
    if !head.group_id.is_empty() {
        return Ok(Vec::new());
    }
    let nodes: Nodes<'_> = wire::read("message", raw)?;
    let number = letter.number()?;
    let at = time(&head.timestamp)?;
    let wamid = wamid(&head.id)?;
    if head.kind.is_empty() {
        return Err("The message does not say of which type it is.".to_owned());
    }
    let who = match side {
        Side::Customer => who(&head.from, &head.from_user_id, &head.from_parent_user_id, &letter.contact),
        Side::Business => who(&head.to, &head.to_user_id, &head.to_parent_user_id, &letter.contact),
    };
    if head.kind == "system" {
        return match side {
            Side::Customer => system::translate(&nodes, who, |who, did| {
                Event::Customer(FromCustomer { number: number.clone(), who, at, wamid: wamid.clone(), did })
            }),
            Side::Business => Ok(Vec::new()),
        };
    }
    if who.is_nobody() {
        return Err("The message does not say who the customer is.".to_owned());
    }
    let did = did(&head, &nodes)?;
    let event = FromCustomer { number, who, at, wamid, did };
    Ok(vec![match side {
        Side::Customer => Event::Customer(event),
        Side::Business => Event::Echo(event),
    }])
}

fn did(head: &MessageHead, nodes: &Nodes<'_>) -> Result<CustomerDid, String> {
    Ok(match head.kind.as_str() {
        "reaction" => {
            let fields: Nodes<'_> = node(nodes, "reaction")?;
            let emoji = text_of(&fields, "emoji");
            CustomerDid::Reacted {
                target: original(&fields, "message_id")?,
                emoji: Some(emoji).filter(|emoji| !emoji.is_empty()),
            }
        }
        "edit" => {
            let fields: Nodes<'_> = node(nodes, "edit")?;
            let inner: Nodes<'_> = node(&fields, "message")?;
            let kind = text_of(&inner, "type");
            if kind.is_empty() {
                return Err("The edited message does not say of which type it is.".to_owned());
            }
            CustomerDid::Edited {
                original: original(&fields, "original_message_id")?,
                content: content(&kind, &inner, &head.errors)?,
            }
        }
        "revoke" => {
            let fields: Nodes<'_> = node(nodes, "revoke")?;
            CustomerDid::Revoked { original: original(&fields, "original_message_id")? }
        }
        "request_welcome" => CustomerDid::Other { line: "Opened the chat for the first time.".to_owned() },
        "interactive" if is_call_permission(nodes) => call::permission(nodes)?,
        kind => CustomerDid::Said {
            content: content(kind, nodes, &head.errors)?,
            quote: Some(Wamid(head.context.id.clone())).filter(|quoted| !quoted.is_empty()),
            around: around(head),
        },
    })
}

fn is_call_permission(nodes: &Nodes<'_>) -> bool {
    node::<Nodes<'_>>(nodes, "interactive").is_ok_and(|fields| text_of(&fields, "type") == "call_permission_reply")
}

fn original(fields: &Nodes<'_>, name: &str) -> Result<Wamid, String> {
    wamid(&text_of(fields, name)).map_err(|_| "It does not say to which message it refers.".to_owned())
}

fn around(head: &MessageHead) -> Around {
    let context = &head.context;
    let product = &context.referred_product;
    Around {
        forwarded: if context.frequently_forwarded { 2 } else { u8::from(context.forwarded) },
        referral: head.referral.as_ref().map(|referral| Referral {
            headline: referral.headline.clone(),
            body: referral.body.clone(),
            url: referral.source_url.clone(),
        }),
        product: match (product.catalog_id.as_str(), product.product_retailer_id.as_str()) {
            ("", id) => id.to_owned(),
            (catalog, id) => format!("{catalog}/{id}"),
        },
        late_ms: 0,
        reaction: None,
        kept: false,
    }
}

/// The customer by what an element says, completed by its contact. What stands in the place of a phone without being one is
/// not taken for one.
pub(super) fn who(phone: &str, user_id: &str, parent: &str, contact: &Contact) -> Who {
    let first = |choices: [&str; 2]| choices.into_iter().find(|choice| !choice.is_empty()).unwrap_or("").to_owned();
    let mut who = Who {
        phone: first([&digits(phone), &digits(&contact.wa_id)]),
        bsuid: first([user_id, &contact.user_id]),
        parent: first([parent, &contact.parent_user_id]),
        name: contact.profile.name.trim().to_owned(),
        username: contact.profile.username.trim().trim_start_matches('@').to_owned(),
    };
    if who.bsuid.is_empty() && is_user_id(phone) {
        phone.clone_into(&mut who.bsuid);
    }
    who
}

/// The digits of a phone with or without `+`; empty for anything else.
pub(super) fn digits(phone: &str) -> String {
    let phone = phone.trim().trim_start_matches('+');
    if !phone.is_empty() && phone.len() <= 20 && phone.bytes().all(|byte| byte.is_ascii_digit()) {
        return phone.to_owned();
    }
    String::new()
}

/// Whether this is a business-scoped user id: `US.77001122`, `US.ENT.88001122`.
pub(super) fn is_user_id(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else { return false };
    let id = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

pub(super) fn time(stamp: &str) -> Result<Time, String> {
    match wire::stamp(stamp) {
        Some(seconds @ 1..=LATEST) => Ok(Time::from_secs(seconds)),
        _ => Err("Its timestamp is missing or not plausible.".to_owned()),
    }
}

pub(super) fn wamid(id: &str) -> Result<Wamid, String> {
    if id.is_empty() {
        return Err("It has no id.".to_owned());
    }
    Ok(Wamid(id.to_owned()))
}

impl Letter<'_> {
    pub(super) fn raw(&self) -> Result<&str, String> {
        self.item.map(|item| item.get()).ok_or_else(|| "The stored item is empty.".to_owned())
    }

    pub(super) fn number(&self) -> Result<NumberId, String> {
        if self.number.is_empty() {
            return Err("It does not say which business number it reached.".to_owned());
        }
        Ok(NumberId(self.number.clone()))
    }
}
