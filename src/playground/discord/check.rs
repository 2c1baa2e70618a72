//! Reads the body of a message, of an edit and of an interaction's answer, by Discord's limits (resources/message.mdx).

use serde_json::{Value, json};

use super::components;
use super::form::{Form, snowflake};
use super::json::without_nulls;
use super::snowflake::{from_iso, iso};

/// Which endpoint the body is for; each takes other fields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Create,
    Edit,
    /// Callback types 4 and 7.
    Callback,
    Followup,
    EditAnswer,
}

/// A message body that passed; absent fields are `None`.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) content: Option<String>,
    pub(super) embeds: Option<Vec<Value>>,
    pub(super) components: Option<Vec<Value>>,
    pub(super) attachments: Option<Vec<Listed>>,
    pub(super) flags: Option<u64>,
    pub(super) tts: bool,
    pub(super) nonce: Option<Value>,
    pub(super) enforce_nonce: bool,
    pub(super) reply_to: Option<ReplyTo>,
    pub(super) mentions: Mentions,
}

/// An entry of `attachments`: a file of this request by its number, or one that is there already by its id.
pub(super) struct Listed {
    pub(super) id: u64,
    pub(super) filename: Option<String>,
    pub(super) description: Option<String>,
}

#[derive(Clone, Copy)]
pub(super) struct ReplyTo {
    pub(super) channel: Option<u64>,
    pub(super) message: u64,
    pub(super) must_exist: bool,
}

/// `allowed_mentions`; by default everything is parsed.
pub(super) struct Mentions {
    pub(super) parse_users: bool,
    pub(super) parse_roles: bool,
    pub(super) parse_everyone: bool,
    pub(super) users: Vec<u64>,
    pub(super) roles: Vec<u64>,
    pub(super) replied_user: bool,
}

impl Default for Mentions {
    fn default() -> Self {
        Self {
            parse_users: true,
            parse_roles: true,
            parse_everyone: true,
            users: Vec::new(),
            roles: Vec::new(),
            replied_user: true,
        }
    }
}

/// Flags a bot may set: SUPPRESS_EMBEDS, EPHEMERAL (answers only), SUPPRESS_NOTIFICATIONS, IS_VOICE_MESSAGE.
const SETTABLE: u64 = 1 << 2 | 1 << 12 | 1 << 13;
const COMPONENTS_V2: u64 = 1 << 15;

/// Checks a message body; errors go into `form`.
pub(super) fn message(form: &mut Form<'_>, body: &Value, purpose: Purpose) -> Draft {
    let fields: &[&str] = match purpose {
        Purpose::Create => &[
            "content",
            "nonce",
            "tts",
            "embeds",
            "allowed_mentions",
            "message_reference",
            "components",
            "sticker_ids",
            "attachments",
            "flags",
            "enforce_nonce",
            "poll",
        ],
        Purpose::Edit => &["content", "embeds", "flags", "allowed_mentions", "components", "attachments"],
        Purpose::Callback => {
            &["content", "tts", "embeds", "allowed_mentions", "flags", "components", "attachments", "poll"]
        }
        Purpose::Followup => {
            &["content", "tts", "embeds", "allowed_mentions", "flags", "components", "attachments", "poll"]
        }
        Purpose::EditAnswer => &["content", "embeds", "flags", "allowed_mentions", "components", "attachments", "poll"],
    };
    form.known(body, format_args!("the body"), fields);
    for unmodelled in ["poll", "sticker_ids"] {
        if !matches!(&body[unmodelled], Value::Null) && body[unmodelled] != json!([]) {
            form.flag(format_args!("{unmodelled} is not modelled"));
        }
    }
    let edit = matches!(purpose, Purpose::Edit | Purpose::EditAnswer);
    let mut draft = Draft::default();
    if let Some(text) = form.text(&body["content"], format_args!("content"), 0..=2000) {
        // Discord trims what it stores.
        draft.content = Some(text.trim().to_owned());
    } else if edit && body.get("content").is_some() {
        draft.content = Some(String::new());
    }
    draft.embeds = embeds(form, &body["embeds"]);
    draft.components = components::rows(form, &body["components"]);
    if edit && body.get("components").is_some_and(Value::is_null) {
        draft.components = Some(Vec::new());
    }
    draft.attachments = listed(form, &body["attachments"]);
    draft.tts = form.truth(&body["tts"], format_args!("tts")).unwrap_or(false);
    draft.flags = form.number(&body["flags"], format_args!("flags"), 0..=u64::from(u32::MAX));
    if let Some(flags) = draft.flags {
        let ephemeral = if matches!(purpose, Purpose::Callback | Purpose::Followup) { 1 << 6 } else { 0 };
        if flags & COMPONENTS_V2 != 0 {
            form.flag(format_args!("flag IS_COMPONENTS_V2 is not modelled"));
        } else if flags & !(SETTABLE | ephemeral) != 0 && !edit {
            form.flag(format_args!("flags {flags} cannot be set here"));
        }
    }
    if purpose == Purpose::Create {
        nonce(form, body, &mut draft);
        reference(form, &body["message_reference"], &mut draft);
    }
    mentions(form, body, &mut draft);
    draft
}

fn nonce(form: &mut Form<'_>, body: &Value, draft: &mut Draft) {
    match &body["nonce"] {
        Value::Null => {}
        Value::Number(n) => draft.nonce = Some(n.clone().into()),
        text => {
            form.text(text, format_args!("nonce"), 0..=25);
            draft.nonce = Some(text.clone());
        }
    }
    draft.enforce_nonce = form.truth(&body["enforce_nonce"], format_args!("enforce_nonce")).unwrap_or(false);
}

fn reference(form: &mut Form<'_>, value: &Value, draft: &mut Draft) {
    if value.is_null() {
        return;
    }
    let fields = ["type", "message_id", "channel_id", "guild_id", "fail_if_not_exists"];
    form.known(value, format_args!("message_reference"), &fields);
    if form.number(&value["type"], format_args!("message_reference.type"), 0..=1) == Some(1) {
        form.flag(format_args!("forwards are not modelled"));
    }
    let Some(message) = form.id(&value["message_id"], format_args!("message_reference.message_id")) else {
        return form.missing(format_args!("message_reference.message_id"));
    };
    draft.reply_to = Some(ReplyTo {
        channel: form.id(&value["channel_id"], format_args!("message_reference.channel_id")),
        message,
        must_exist: value["fail_if_not_exists"].as_bool().unwrap_or(true),
    });
}

fn mentions(form: &mut Form<'_>, body: &Value, draft: &mut Draft) {
    let value = &body["allowed_mentions"];
    if value.is_null() {
        if draft.content.as_deref().is_some_and(|c| !c.is_empty()) {
            form.flag(format_args!("content without allowed_mentions: whoever it names is pinged"));
        }
        return;
    }
    form.known(value, format_args!("allowed_mentions"), &["parse", "users", "roles", "replied_user"]);
    let parse = form.list(&value["parse"], format_args!("allowed_mentions.parse"), 3);
    let parses = |what: &str| parse.is_some_and(|p| p.iter().any(|v| v == what));
    let mut ids = |field: &str| -> Vec<u64> {
        let list = form.list(&value[field], format_args!("allowed_mentions.{field}"), 100);
        list.unwrap_or_default().iter().filter_map(snowflake).collect()
    };
    let (users, roles) = (ids("users"), ids("roles"));
    draft.mentions = Mentions {
        parse_users: parses("users"),
        parse_roles: parses("roles"),
        parse_everyone: parses("everyone"),
        users,
        roles,
        replied_user: value["replied_user"].as_bool().unwrap_or(false),
    };
    let chosen = &draft.mentions;
    if chosen.parse_users || chosen.parse_roles || chosen.parse_everyone {
        form.flag(format_args!("allowed_mentions.parse lets the text decide whom it pings"));
    }
    if (chosen.parse_users && !chosen.users.is_empty()) || (chosen.parse_roles && !chosen.roles.is_empty()) {
        let message = "parse and an explicit list are mutually exclusive.";
        form.error(format_args!("allowed_mentions"), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message);
    }
}

fn listed(form: &mut Form<'_>, value: &Value) -> Option<Vec<Listed>> {
    const FIELDS: [&str; 7] = ["id", "filename", "description", "duration_secs", "waveform", "title", "is_spoiler"];
    let list = form.list(value, format_args!("attachments"), 10)?;
    let mut out = Vec::with_capacity(list.len());
    for (a, entry) in list.iter().enumerate() {
        form.known(entry, format_args!("attachments.{a}"), &FIELDS);
        form.text(&entry["filename"], format_args!("attachments.{a}.filename"), 1..=1024);
        form.text(&entry["description"], format_args!("attachments.{a}.description"), 0..=1024);
        match form.id(&entry["id"], format_args!("attachments.{a}.id")) {
            Some(id) if out.iter().any(|l: &Listed| l.id == id) => {
                let message = "Attachment IDs must be unique.";
                form.error(format_args!("attachments.{a}.id"), "SET_TYPE_ALREADY_CONTAINS_VALUE", message);
            }
            Some(id) => {
                let text = |field: &str| entry[field].as_str().map(str::to_owned);
                out.push(Listed { id, filename: text("filename"), description: text("description") });
            }
            None => form.missing(format_args!("attachments.{a}.id")),
        }
    }
    Some(out)
}

const EMBED: [&str; 13] = [
    "title",
    "type",
    "description",
    "url",
    "timestamp",
    "color",
    "footer",
    "image",
    "thumbnail",
    "video",
    "provider",
    "author",
    "fields",
];
const WEB: [&str; 2] = ["http://", "https://"];
const MEDIA: [&str; 3] = ["http://", "https://", "attachment://"];

fn embeds(form: &mut Form<'_>, value: &Value) -> Option<Vec<Value>> {
    let list = form.list(value, format_args!("embeds"), 10)?;
    let mut total = 0;
    let mut stored = Vec::with_capacity(list.len());
    for (e, embed) in list.iter().enumerate() {
        total += embed_of(form, embed, &format!("embeds.{e}"));
        stored.push(stored_embed(embed));
    }
    if total > 6000 {
        let message = "Embed size exceeds maximum size of 6000";
        form.error(format_args!("embeds"), "MAX_EMBED_SIZE_EXCEEDED", message);
    }
    Some(stored)
}

/// Checks one embed and returns how many of the 6000 characters it uses.
fn embed_of(form: &mut Form<'_>, embed: &Value, at: &str) -> usize {
    form.known(embed, format_args!("{at}"), &EMBED);
    let (footer, author) = (&embed["footer"], &embed["author"]);
    form.known(footer, format_args!("{at}.footer"), &["text", "icon_url", "proxy_icon_url"]);
    form.known(author, format_args!("{at}.author"), &["name", "url", "icon_url", "proxy_icon_url"]);
    form.text(&embed["title"], format_args!("{at}.title"), 0..=256);
    form.text(&embed["description"], format_args!("{at}.description"), 0..=4096);
    form.text(&footer["text"], format_args!("{at}.footer.text"), 0..=2048);
    form.text(&author["name"], format_args!("{at}.author.name"), 0..=256);
    form.number(&embed["color"], format_args!("{at}.color"), 0..=0xFF_FFFF);
    form.url(&embed["url"], format_args!("{at}.url"), &WEB);
    form.url(&author["url"], format_args!("{at}.author.url"), &WEB);
    form.url(&author["icon_url"], format_args!("{at}.author.icon_url"), &MEDIA);
    form.url(&footer["icon_url"], format_args!("{at}.footer.icon_url"), &MEDIA);
    for picture in ["image", "thumbnail"] {
        form.url(&embed[picture]["url"], format_args!("{at}.{picture}.url"), &MEDIA);
    }
    if embed["timestamp"].as_str().is_some_and(|t| from_iso(t).is_none()) {
        let message = "Could not parse. Should be ISO8601.";
        form.error(format_args!("{at}.timestamp"), "DATE_TIME_TYPE_PARSE", message);
    }
    let mut used = length(&embed["title"]) + length(&embed["description"]);
    used += length(&footer["text"]) + length(&author["name"]);
    let fields = form.list(&embed["fields"], format_args!("{at}.fields"), 25).unwrap_or_default();
    for (f, field) in fields.iter().enumerate() {
        form.known(field, format_args!("{at}.fields.{f}"), &["name", "value", "inline"]);
        form.required_text(&field["name"], format_args!("{at}.fields.{f}.name"), 1..=256);
        form.required_text(&field["value"], format_args!("{at}.fields.{f}.value"), 1..=1024);
        used += length(&field["name"]) + length(&field["value"]);
    }
    used
}

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |t| t.chars().count())
}

/// The embed as Discord sends it back.
fn stored_embed(embed: &Value) -> Value {
    let mut stored = without_nulls(embed);
    if !stored.is_object() {
        return json!({ "type": "rich" });
    }
    stored["type"] = "rich".into();
    if let Some(fields) = stored.get_mut("fields").and_then(Value::as_array_mut) {
        for field in fields.iter_mut().filter(|f| f.is_object()) {
            if field["inline"].is_null() {
                field["inline"] = false.into();
            }
        }
    }
    if let Some(at) = stored["timestamp"].as_str().and_then(from_iso) {
        stored["timestamp"] = iso(at).into();
    } else if let Some(fields) = stored.as_object_mut() {
        fields.remove("timestamp");
    }
    stored
}
