//! What customers do on their phones.

use serde_json::Value;

use super::Stage;
use super::acts::{Act, Done};
use super::files::Sent;
use super::sentence::Sentence;
use crate::playground::meta::{Attachment, Author, Content, CustomerId, Inbound, NewCustomer, PhoneMessage};

/// WhatsApp's limit of a text.
const MAX_TEXT: usize = 4096;
/// WhatsApp's limit of a caption.
const MAX_CAPTION: usize = 1024;
/// WhatsApp's limit of a profile name.
const MAX_NAME: usize = 25;

impl Stage {
    pub(super) fn customer_acts(&self, act: Act) -> Done {
        let (meta, number) = (&self.inner.meta, self.inner.cast.number.as_str());
        match act {
            Act::NewCustomer { name, phone } => return self.new_customer(&name, phone),
            Act::CustomerSays { customer, text, quotes } => {
                let inbound = Content::Text(written(&text, MAX_TEXT)?).into();
                return self.sends(customer, inbound, quotes);
            }
            Act::CustomerSends { customer, file, caption, quotes } => {
                let content = content(file, caption)?;
                return self.sends(customer, content.into(), quotes);
            }
            Act::CustomerLocates { customer, latitude, longitude, name } => {
                if !(latitude.abs() <= 90.0 && longitude.abs() <= 180.0) {
                    return Err("There is no such place on this planet".into());
                }
                let content = Content::Location { latitude, longitude, name, address: None };
                return self.sends(customer, content.into(), None);
            }
            Act::CustomerReacts { customer, message, emoji } => {
                let customer = self.customer(customer)?;
                self.bubble(customer, &message)?;
                if emoji.as_ref().is_some_and(|e| e.is_empty() || e.len() > 64) {
                    return Err("A reaction is one emoji".into());
                }
                meta.sends(customer, number, Inbound::reaction(&message, emoji.as_deref()));
            }
            Act::CustomerEdits { customer, message, text } => {
                let customer = self.customer(customer)?;
                let text = written(&text, MAX_TEXT)?;
                if self.own_bubble(customer, &message)?.kind != "text" {
                    return Err("Only texts can be edited".into());
                }
                meta.sends(customer, number, Inbound::edit(&message, &text));
            }
            Act::CustomerDeletes { customer, message } => {
                let customer = self.customer(customer)?;
                self.own_bubble(customer, &message)?;
                meta.sends(customer, number, Inbound::revoke(&message));
            }
            Act::CustomerTaps { customer, message, button } => {
                let customer = self.customer(customer)?;
                let wamid = meta.taps(customer, &message, &button).ok_or("The message has no such button")?;
                return Ok(wamid.into());
            }
            Act::CustomerOpens { customer } => meta.opens(self.customer(customer)?, number),
            Act::CustomerOnline { customer, online } => meta.online(self.customer(customer)?, online),
            _ => return Err("This is no act of a customer".into()),
        }
        Ok(Value::Null)
    }

    fn new_customer(&self, name: &str, phone: Option<String>) -> Done {
        let name = name.trim();
        if name.is_empty() {
            return Err("A customer needs a name".into());
        }
        if name.chars().count() > MAX_NAME {
            return Err(format!("A profile name has at most {MAX_NAME} characters").into());
        }
        let customers = self.inner.meta.customers();
        let phone = match phone {
            // A range that no country has given out.
            None => format!("999{:09}", 555_010_000 + customers.len()),
            Some(phone) => phone.chars().filter(char::is_ascii_digit).collect(),
        };
        if !(7..=15).contains(&phone.len()) {
            return Err("A phone number has 7 to 15 digits".into());
        }
        if customers.iter().any(|c| c.phone.as_deref() == Some(&phone)) {
            return Err("Somebody has this phone number already".into());
        }
        let new = NewCustomer { name: name.to_owned(), phone: Some(phone), ..NewCustomer::default() };
        Ok(self.inner.meta.add_customer(new).index().into())
    }

    fn sends(&self, customer: usize, inbound: Inbound, quotes: Option<String>) -> Done {
        let customer = self.customer(customer)?;
        let inbound = match quotes {
            None => inbound,
            Some(wamid) => {
                self.bubble(customer, &wamid)?;
                inbound.quoting(&wamid)
            }
        };
        Ok(self.inner.meta.sends(customer, &self.inner.cast.number, inbound).into())
    }

    fn customer(&self, index: usize) -> Result<CustomerId, Sentence> {
        let found = self.inner.meta.customers().into_iter().nth(index);
        found.map(|c| c.id).ok_or_else(|| "There is no such customer".into())
    }

    fn bubble(&self, customer: CustomerId, wamid: &str) -> Result<PhoneMessage, Sentence> {
        let history = self.inner.meta.history(customer, &self.inner.cast.number);
        let found = history.into_iter().find(|m| m.id == wamid && !m.deleted);
        found.ok_or_else(|| "This message is not on the phone any more".into())
    }

    fn own_bubble(&self, customer: CustomerId, wamid: &str) -> Result<PhoneMessage, Sentence> {
        let bubble = self.bubble(customer, wamid)?;
        if bubble.author == Author::Customer {
            Ok(bubble)
        } else {
            Err("Only one's own messages can be changed".into())
        }
    }
}

fn written(text: &str, limit: usize) -> Result<String, Sentence> {
    let text = text.trim();
    if text.is_empty() {
        return Err("There is nothing to send yet".into());
    }
    if text.chars().count() > limit {
        return Err(format!("WhatsApp takes at most {limit} characters here").into());
    }
    Ok(text.to_owned())
}

/// As WhatsApp's client sends a file of this type: what is no picture, film or sound it knows is a document.
fn content(file: Sent, caption: Option<String>) -> Result<Content, Sentence> {
    let file = file.open()?;
    let mut attachment = Attachment::new(&file.mime, file.bytes);
    attachment.voice = file.voice;
    if let Some(caption) = caption.filter(|c| !c.trim().is_empty()) {
        attachment = attachment.caption(&written(&caption, MAX_CAPTION)?);
    }
    // Sound has no caption on WhatsApp.
    let plain = |attachment: Attachment| Attachment { caption: None, ..attachment };
    let essence = file.mime.split(';').next().unwrap_or_default().trim();
    Ok(match essence {
        "image/jpeg" | "image/png" => Content::Image(attachment),
        "image/webp" => Content::Sticker(plain(attachment)),
        "video/mp4" | "video/3gpp" => Content::Video(attachment),
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" => Content::Audio(plain(attachment)),
        _ => Content::Document(attachment.named(&file.name)),
    })
}
