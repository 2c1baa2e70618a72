//! Meta's JSON as it arrives, read leniently: a missing or odd optional field is an empty one, what matters is checked by
//! whoever uses it. Unknown fields are ignored.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// An inbox item as [`super::split`] wrote it.
#[derive(Deserialize)]
pub(super) struct Letter<'a> {
    #[serde(default, deserialize_with = "text")]
    pub(super) kind: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) field: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) number: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) waba: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) contact: Contact,
    #[serde(borrow)]
    pub(super) item: Option<&'a RawValue>,
}

/// One of `contacts`.
#[derive(Deserialize, Default)]
pub(super) struct Contact {
    #[serde(default, deserialize_with = "text")]
    pub(super) wa_id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) user_id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) parent_user_id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) profile: Profile,
}

#[derive(Deserialize, Default)]
pub(super) struct Profile {
    #[serde(default, deserialize_with = "text")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) username: String,
}

/// What every message and echo has around its node.
#[derive(Deserialize)]
pub(super) struct MessageHead {
    #[serde(default, deserialize_with = "text")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) timestamp: String,
    #[serde(default, rename = "type", deserialize_with = "text")]
    pub(super) kind: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) from: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) from_user_id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) from_parent_user_id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) to: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) to_user_id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) to_parent_user_id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) group_id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) context: Context,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) referral: Option<Referral>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) errors: Vec<Fault>,
}

#[derive(Deserialize, Default)]
pub(super) struct Context {
    #[serde(default, deserialize_with = "text")]
    pub(super) id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) forwarded: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) frequently_forwarded: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) referred_product: Product,
}

#[derive(Deserialize, Default)]
pub(super) struct Product {
    #[serde(default, deserialize_with = "text")]
    pub(super) catalog_id: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) product_retailer_id: String,
}

#[derive(Deserialize)]
pub(super) struct Referral {
    #[serde(default, deserialize_with = "text")]
    pub(super) source_url: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) headline: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) body: String,
}

/// One of Meta's errors, in a webhook or in an answer.
#[derive(Deserialize, Default, Debug, Clone)]
pub(super) struct Fault {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) code: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) error_subcode: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    pub(super) title: String,
    #[serde(default, deserialize_with = "text")]
    pub(super) message: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) error_data: FaultData,
}

#[derive(Deserialize, Default, Debug, Clone)]
pub(super) struct FaultData {
    #[serde(default, deserialize_with = "text")]
    pub(super) details: String,
}

/// The fields of an object by name, each still as JSON.
pub(super) type Nodes<'a> = BTreeMap<String, &'a RawValue>;

/// Reads `raw`; the error names what could not be read and where, never what stood there.
pub(super) fn read<'a, T: Deserialize<'a>>(what: &str, raw: &'a str) -> Result<T, String> {
    serde_json::from_str(raw)
        .map_err(|error| format!("The {what} is not of the documented shape (near character {}).", error.column()))
}

/// The node of that name.
pub(super) fn node<'a, T: Deserialize<'a>>(nodes: &Nodes<'a>, name: &str) -> Result<T, String> {
    let raw = nodes.get(name).ok_or_else(|| format!("The message has no `{}`.", clip(name)))?;
    read(&format!("`{}` of the message", clip(name)), raw.get())
}

/// A word of Meta's, short enough for a sentence.
pub(super) fn clip(word: &str) -> String {
    word.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// Text or a number as text without NUL characters (Postgres cannot hold them); anything else is empty.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(flat(serde_json::Value::deserialize(deserializer)?))
}

/// The text of a JSON string or number; anything else is empty.
pub(super) fn scalar(raw: &str) -> String {
    serde_json::from_str(raw).map(flat).unwrap_or_default()
}

fn flat(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) if text.contains('\0') => text.replace('\0', ""),
        serde_json::Value::String(text) => text,
        serde_json::Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// The value, or its default where it is missing or of an odd shape.
pub(super) fn lenient<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

/// Unix seconds from a JSON string or number.
pub(super) fn stamp(raw: &str) -> Option<i64> {
    let digits = raw.trim().trim_matches('"').trim();
    digits.parse().ok().or_else(|| digits.parse::<f64>().ok().filter(|n| n.is_finite()).map(|n| n as i64))
}

/// JSON in which every half of a surrogate pair without its other half is replaced by U+FFFD: what remains when somebody cut
/// a name within an emoji, and no reason to lose the message.
pub(super) fn whole_characters(json: &str) -> Cow<'_, str> {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return Cow::Borrowed(json);
    }
    let (mut out, mut kept, mut at) = (String::with_capacity(json.len()), 0, 0);
    while let Some(escape) = json[at..].find('\\').map(|i| at + i) {
        let next = match unit(json, escape) {
            Some(0xD800..=0xDBFF) if matches!(unit(json, escape + 6), Some(0xDC00..=0xDFFF)) => escape + 12,
            Some(0xD800..=0xDFFF) => {
                out.push_str(&json[kept..escape]);
                out.push_str("\\ufffd");
                kept = escape + 6;
                kept
            }
            Some(_) => escape + 6,
            None => escape + 1 + json[escape + 1..].chars().next().map_or(0, char::len_utf8),
        };
        at = next;
    }
    out.push_str(&json[kept..]);
    Cow::Owned(out)
}

/// The UTF-16 unit of the escape that begins at `at`.
fn unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}
