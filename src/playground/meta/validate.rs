//! What `POST /{phone-number-id}/messages` accepts, as far as the body alone decides it.

use serde_json::Value;

use super::fields::Fields;
use super::graph_error::GraphError;
use super::interactive;

/// A body that passed.
pub(super) enum Posted<'a> {
    /// A message to send.
    Message(Outgoing<'a>),
    /// A read receipt, with or without the typing indicator.
    Read { message_id: &'a str, typing: bool },
}

/// A message to send.
pub(super) struct Outgoing<'a> {
    pub(super) to: Option<&'a str>,
    pub(super) recipient: Option<&'a str>,
    pub(super) kind: &'a str,
    pub(super) node: &'a Value,
    pub(super) quotes: Option<&'a str>,
    pub(super) opaque: Option<&'a str>,
}

const KINDS: [&str; 11] = [
    "text",
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "interactive",
    "template",
];

/// Checks a body.
///
/// # Errors
/// Meta's refusal, always one the client could have avoided.
pub(super) fn check(body: &Value) -> Result<Posted<'_>, GraphError> {
    let fields = Fields::of(body, "")?;
    fields.one_of("messaging_product", &["whatsapp"])?;
    if fields.has("status") {
        return read_receipt(fields);
    }
    let kind = fields.one_of("type", &KINDS)?;
    let fields = fields.only(&[
        "messaging_product",
        "recipient_type",
        "to",
        "recipient",
        "type",
        "context",
        "biz_opaque_callback_data",
        kind,
    ])?;
    if fields.has("recipient_type") {
        fields.one_of("recipient_type", &["individual"])?;
    }
    let to = fields.text_if("to", 256)?;
    let recipient = fields.text_if("recipient", 256)?;
    if to.is_none_or(str::is_empty) && recipient.is_none_or(str::is_empty) {
        return Err(GraphError::broken(100, "The parameter to is required."));
    }
    if let Some(bad) = recipient.filter(|id| !is_bsuid(id)) {
        return Err(GraphError::broken(131_009, format!("Param recipient is not a business-scoped user id: {bad}")));
    }
    if let Some(bad) = to.filter(|to| !is_bsuid(to) && !is_phone(to)) {
        return Err(GraphError::broken(131_009, format!("Param to is not a phone number ({} characters).", bad.len())));
    }
    let quotes = match fields.object_if("context")? {
        None => None,
        Some(context) => Some(context.only(&["message_id"])?.text("message_id", 512)?),
    };
    if kind == "reaction" && quotes.is_some() {
        return Err(GraphError::broken(100, "A reaction cannot be a contextual reply."));
    }
    let opaque = fields.text_if("biz_opaque_callback_data", 512)?;
    content(kind, &fields)?;
    let node = fields.required(kind)?;
    Ok(Posted::Message(Outgoing { to, recipient, kind, node, quotes, opaque }))
}

/// `US.77001122`, or `US.ENT.…` of a parent portfolio.
pub(super) fn is_bsuid(text: &str) -> bool {
    let Some((country, id)) = text.split_once('.') else { return false };
    let id = id.strip_prefix("ENT.").unwrap_or(id);
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

fn read_receipt(fields: Fields<'_>) -> Result<Posted<'_>, GraphError> {
    let fields = fields.only(&["messaging_product", "status", "message_id", "typing_indicator"])?;
    fields.one_of("status", &["read"])?;
    let typing = match fields.object_if("typing_indicator")? {
        None => false,
        Some(indicator) => {
            indicator.only(&["type"])?.one_of("type", &["text"])?;
            true
        }
    };
    Ok(Posted::Read { message_id: fields.text("message_id", 512)?, typing })
}

fn content(kind: &str, message: &Fields<'_>) -> Result<(), GraphError> {
    match kind {
        "contacts" => return contacts(message),
        "interactive" => return interactive::check(message.object(kind)?),
        "template" => return template(message.object(kind)?),
        _ => {}
    }
    let node = message.object(kind)?;
    match kind {
        "text" => {
            let node = node.only(&["body", "preview_url"])?;
            node.flag_if("preview_url")?;
            node.text("body", 4096)?;
        }
        "image" | "video" => {
            let node = media(node, &["caption"])?;
            node.text_if("caption", 1024)?;
        }
        "audio" => {
            media(node, &["voice"])?.flag_if("voice")?;
        }
        "document" => {
            let node = media(node, &["caption", "filename"])?;
            node.text_if("caption", 1024)?;
            node.text_if("filename", 240)?;
        }
        "sticker" => {
            media(node, &[])?;
        }
        "location" => {
            let node = node.only(&["latitude", "longitude", "name", "address"])?;
            node.number("latitude", -90.0, 90.0)?;
            node.number("longitude", -180.0, 180.0)?;
            node.text_if("name", 1000)?;
            node.text_if("address", 1000)?;
        }
        "reaction" => {
            let node = node.only(&["message_id", "emoji"])?;
            node.text("message_id", 512)?;
            let emoji = node.text_if("emoji", 32)?;
            match emoji {
                None => return Err(GraphError::broken(131_008, "The parameter reaction['emoji'] is required.")),
                Some(text) if !text.is_empty() && !is_one_emoji(text) => {
                    return Err(GraphError::broken(131_009, "Param reaction['emoji'] must be a single emoji."));
                }
                Some(_) => {}
            }
        }
        _ => {}
    }
    Ok(())
}

/// Exactly one of `id` and `link`, and nothing but those and `also`.
pub(super) fn media<'a>(node: Fields<'a>, also: &[&str]) -> Result<Fields<'a>, GraphError> {
    let node = node.only(&[&["id", "link"], also].concat())?;
    match (node.text_if("id", 64)?, node.text_if("link", 2048)?) {
        (Some(id), None) if !id.is_empty() => Ok(node),
        (None, Some(link)) if link.starts_with("https://") || link.starts_with("http://") => Ok(node),
        (Some(_), Some(_)) => Err(GraphError::broken(100, "Only one of id and link may be given.")),
        _ => Err(GraphError::broken(131_008, "One of id and link is required.")),
    }
}

fn is_one_emoji(text: &str) -> bool {
    use unicode_segmentation::UnicodeSegmentation as _;
    text.graphemes(true).count() == 1 && !text.chars().all(|c| c.is_alphanumeric() || c.is_ascii_punctuation())
}

fn contacts(message: &Fields<'_>) -> Result<(), GraphError> {
    for card in message.objects("contacts", 257)? {
        let card = card.only(&["name", "phones", "emails", "addresses", "org", "urls", "birthday"])?;
        let name = card.object("name")?.only(&[
            "formatted_name",
            "first_name",
            "last_name",
            "middle_name",
            "suffix",
            "prefix",
        ])?;
        name.text("formatted_name", 1000)?;
        let others = ["first_name", "last_name", "middle_name", "suffix", "prefix"];
        if !others.iter().any(|key| name.has(key)) {
            return Err(GraphError::broken(131_009, "A contact's name needs one more part than formatted_name."));
        }
        if card.has("phones") {
            for phone in card.objects("phones", 20)? {
                phone.only(&["phone", "type", "wa_id"])?.text("phone", 64)?;
            }
        }
    }
    Ok(())
}

fn template(node: Fields<'_>) -> Result<(), GraphError> {
    let node = node.only(&["name", "language", "components"])?;
    node.text("name", 512)?;
    let language = node.object("language")?.only(&["code", "policy"])?;
    language.text("code", 16)?;
    if language.has("policy") {
        language.one_of("policy", &["deterministic"])?;
    }
    if node.get("components").is_none_or(|c| c.as_array().is_some_and(Vec::is_empty)) {
        return Ok(());
    }
    let mut seen = Vec::new();
    for component in node.objects("components", 16)? {
        let component = component.only(&["type", "sub_type", "index", "parameters"])?;
        let kind = component.one_of("type", &["header", "body", "button"])?;
        let place = (kind, component.get("index").map(ToString::to_string));
        if seen.contains(&place) {
            return Err(GraphError::broken(100, format!("Param template['components'] holds {kind} twice.")));
        }
        seen.push(place);
        if kind == "button" {
            component.one_of("sub_type", &["quick_reply", "url", "copy_code", "flow", "request_contact_info"])?;
            component.required("index")?;
        }
        if component.get("parameters").is_none_or(|p| p.as_array().is_some_and(Vec::is_empty)) {
            continue;
        }
        for parameter in component.objects("parameters", 64)? {
            template_parameter(parameter)?;
        }
    }
    Ok(())
}

fn template_parameter(parameter: Fields<'_>) -> Result<(), GraphError> {
    let kinds =
        ["text", "image", "video", "document", "location", "payload", "currency", "date_time", "coupon_code", "action"];
    let kind = parameter.one_of("type", &kinds)?;
    let parameter = parameter.only(&["type", "parameter_name", kind])?;
    match kind {
        "text" => {
            let text = parameter.text("text", 1024)?;
            if text.contains(['\n', '\t']) || text.contains("     ") {
                return Err(GraphError::broken(
                    132_012,
                    "A template parameter cannot have new-line or tab characters or more than 4 consecutive spaces.",
                ));
            }
        }
        "image" | "video" => {
            media(parameter.object(kind)?, &[])?;
        }
        "document" => {
            media(parameter.object(kind)?, &["filename"])?;
        }
        "payload" => {
            parameter.text("payload", 256)?;
        }
        _ => {
            parameter.required(kind)?;
        }
    }
    Ok(())
}
