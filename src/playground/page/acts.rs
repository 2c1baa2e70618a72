//! What a person can do on the page, as JSON tagged by `act`; ids of Discord are strings, `customer` is the number in
//! the slice's name. What each act does stands in `customer.rs` and `team.rs`. Where `channel` is a topic of Telegram, the
//! acts are those of `forum/acts.rs`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::Stage;
use super::files::Sent;
use super::forum::Spot;
use super::sentence::Sentence;

/// One act.
#[derive(Debug, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Act {
    /// A new customer; the phone number is made up when it is absent.
    NewCustomer {
        name: String,
        phone: Option<String>,
    },
    /// A customer's acts.
    CustomerSays {
        customer: usize,
        text: String,
        quotes: Option<String>,
    },
    CustomerSends {
        customer: usize,
        file: Sent,
        caption: Option<String>,
        quotes: Option<String>,
    },
    CustomerLocates {
        customer: usize,
        latitude: f64,
        longitude: f64,
        name: Option<String>,
    },
    /// Without an emoji the reaction is taken away.
    CustomerReacts {
        customer: usize,
        message: String,
        emoji: Option<String>,
    },
    CustomerEdits {
        customer: usize,
        message: String,
        text: String,
    },
    CustomerDeletes {
        customer: usize,
        message: String,
    },
    CustomerTaps {
        customer: usize,
        message: String,
        button: String,
    },
    /// The customer looks at the chat and so reads it.
    CustomerOpens {
        customer: usize,
    },
    /// The customer's phone loses or finds its connection.
    CustomerOnline {
        customer: usize,
        online: bool,
    },
    /// A member's acts.
    Says {
        member: Id,
        channel: Id,
        #[serde(default)]
        text: String,
        reply_to: Option<Id>,
        #[serde(default)]
        files: Vec<Sent>,
    },
    Edits {
        member: Id,
        channel: Id,
        message: Id,
        text: String,
    },
    Deletes {
        member: Id,
        channel: Id,
        message: Id,
    },
    Reacts {
        member: Id,
        channel: Id,
        message: Id,
        emoji: String,
        add: bool,
    },
    Clicks {
        member: Id,
        channel: Id,
        message: Id,
        custom_id: String,
    },
    Selects {
        member: Id,
        channel: Id,
        message: Id,
        custom_id: String,
        values: Vec<String>,
    },
    /// A slash command; `options` maps names to values, a subcommand's under its name.
    Runs {
        member: Id,
        channel: Id,
        command: String,
        #[serde(default)]
        options: Value,
        /// Files for options of that type, by option name; a subcommand's as `name.option`.
        #[serde(default)]
        files: BTreeMap<String, Sent>,
    },
    /// A command from the menu of a message.
    RunsOn {
        member: Id,
        channel: Id,
        command: String,
        message: Id,
    },
    Submits {
        member: Id,
        interaction: Id,
        fields: BTreeMap<String, String>,
    },
    Types {
        member: Id,
        channel: Id,
    },
    /// Puts an ephemeral answer away.
    Dismisses {
        message: Id,
    },
    /// Simulated traffic on or off.
    Traffic {
        on: bool,
    },
    /// How many times faster than real the clock runs.
    Speed {
        times: u32,
    },
}

/// One of Discord's ids, a string in JSON.
#[derive(Debug, Clone, Copy)]
pub(super) struct Id(pub(super) u64);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| serde::de::Error::custom(format_args!("`{text}` is not an id")))
    }
}

/// The id of what an act made, `Null` when it made nothing.
pub(super) type Done = Result<Value, Sentence>;

pub(super) async fn act(State(stage): State<Stage>, body: Result<Json<Value>, JsonRejection>) -> Response {
    let done = match body {
        Ok(Json(body)) => stage.perform(body),
        Err(rejection) => Err(Sentence::new(rejection.body_text())),
    };
    match done {
        Ok(id) => Json(json!({ "ok": true, "id": id })).into_response(),
        Err(sentence) => sentence.into_response(),
    }
}

impl Stage {
    fn perform(&self, body: Value) -> Done {
        if body["channel"].as_str().is_some_and(|id| Spot::read(id).is_some()) {
            return self.forum_acts(body);
        }
        let act = Act::deserialize(body).map_err(|e| Sentence::new(format!("This act is not understood: {e}")))?;
        match act {
            Act::NewCustomer { .. }
            | Act::CustomerSays { .. }
            | Act::CustomerSends { .. }
            | Act::CustomerLocates { .. }
            | Act::CustomerReacts { .. }
            | Act::CustomerEdits { .. }
            | Act::CustomerDeletes { .. }
            | Act::CustomerTaps { .. }
            | Act::CustomerOpens { .. }
            | Act::CustomerOnline { .. } => self.customer_acts(act),
            Act::Traffic { on } => {
                let dials = self.inner.cast.dials.as_ref().ok_or("There is no simulated traffic here")?;
                dials.traffic.send_replace(on);
                self.turned()
            }
            Act::Speed { times } => {
                let dials = self.inner.cast.dials.as_ref().ok_or("The clock cannot be turned here")?;
                if !(1..=MAX_SPEED).contains(&times) {
                    return Err(format!("The clock runs 1 to {MAX_SPEED} times as fast").into());
                }
                dials.speed.send_replace(times);
                self.turned()
            }
            act => self.member_acts(act),
        }
    }

    /// Neither stand-in hears of a dial, so the board is told here.
    fn turned(&self) -> Done {
        self.refresh();
        Ok(Value::Null)
    }
}

/// An hour in a second.
const MAX_SPEED: u32 = 3600;
