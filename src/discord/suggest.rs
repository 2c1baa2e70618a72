//! What is offered for an argument while somebody types it. Nothing is stored of it, since nothing follows from it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::Discord;
use super::refs::Answerable;
use super::render::clipped;
use crate::domain::ids::{ChannelRef, UserRef};
use crate::port::{Suggest, Suggestion, Typing};

/// Discord waits three seconds for the choices. What takes longer than this from the event on is answered with none, which
/// leaves the callback its share.
const THINK_FOR: Duration = Duration::from_millis(2000);
/// Discord's limits of choices, and of the characters in each part of one.
const MAX_CHOICES: usize = 25;
const MAX_LENGTH: usize = 100;

/// Somebody types, and how to answer.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) to: Answerable,
    pub(super) typing: Typing,
    /// Whether a whole number is wanted.
    numeric: bool,
}

/// Reads an interaction in which an option has the cursor; `None` when it lacks what it must have.
pub(super) fn asked(payload: &Value) -> Option<Asked> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let option = focused(&payload["data"]["options"])?;
    let typed = match &option["value"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let user = payload.get("user").or_else(|| payload["member"].get("user"))?;
    Some(Asked {
        to: Answerable {
            id: payload["id"].as_str()?.parse().ok()?,
            token: text(&payload["token"])?,
            application: None,
        },
        typing: Typing {
            command: text(&payload["data"]["name"])?,
            arg: text(&option["name"])?,
            text: typed,
            user: UserRef(text(&user["id"])?),
            channel: ChannelRef(text(&payload["channel_id"])?),
        },
        numeric: option["type"] == 4,
    })
}

/// The option with the cursor, of a command or of the subcommand that was chosen.
pub(super) fn focused(options: &Value) -> Option<&Value> {
    options.as_array()?.iter().find_map(|o| if o["focused"] == true { Some(o) } else { focused(&o["options"]) })
}

impl Discord {
    /// Offers what `suggest` names for what was asked at `arrived`; none when that takes too long.
    pub(super) async fn offer(&self, suggest: Arc<dyn Suggest>, asked: Asked, arrived: Instant) {
        let Asked { to, typing, numeric } = asked;
        let (command, arg) = (typing.command.clone(), typing.arg.clone());
        let offered = timeout_at(arrived + THINK_FOR, suggest.suggest(typing)).await.unwrap_or_else(|_| {
            tracing::warn!(command, arg, "Suggestions for /{command} {arg} took too long");
            Vec::new()
        });
        let body = json!({ "type": 8, "data": { "choices": choices(offered, numeric) } });
        if let Err(fail) = self.callback(&to, body, &[]).await {
            // Whoever types on asks again.
            tracing::warn!(command, arg, %fail, "Suggestions for /{command} {arg} were not taken: {fail}");
        }
    }
}

/// A value is put in as it is, so one that Discord would refuse is left out rather than cut.
fn choices(offered: Vec<Suggestion>, numeric: bool) -> Vec<Value> {
    let value = |text: &str| if numeric { text.parse::<i64>().ok().map(Value::from) } else { Some(Value::from(text)) };
    let takes = |s: &Suggestion| {
        let length = s.value.encode_utf16().count();
        !s.label.trim().is_empty() && (1..=MAX_LENGTH).contains(&length)
    };
    let choice =
        |s: Suggestion| Some(json!({ "name": clipped(s.label.trim(), MAX_LENGTH), "value": value(&s.value)? }));
    offered.into_iter().filter(takes).filter_map(choice).take(MAX_CHOICES).collect()
}
