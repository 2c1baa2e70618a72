//! What the bot offers for an option while it is typed.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Stage;
use super::acts::Id;
use super::sentence::Sentence;

/// Discord gives the bot three seconds; a little more for the way.
const PATIENCE: Duration = Duration::from_millis(3500);

/// Somebody types into an option that completes itself; `options` has what the others hold so far, a subcommand's under its
/// name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    member: Id,
    channel: Id,
    command: String,
    options: Value,
    focused: String,
    text: String,
}

pub(super) async fn suggest(State(stage): State<Stage>, body: Result<Json<Value>, JsonRejection>) -> Response {
    let offered = match body {
        Ok(Json(body)) => stage.suggest(body).await,
        Err(rejection) => Err(Sentence::new(rejection.body_text())),
    };
    match offered {
        Ok(choices) => Json(json!({ "choices": choices })).into_response(),
        Err(sentence) => sentence.into_response(),
    }
}

impl Stage {
    async fn suggest(&self, body: Value) -> Result<Vec<Value>, Sentence> {
        let typed = Typed::deserialize(body).map_err(|e| Sentence::new(format!("This is not understood: {e}")))?;
        let Typed { member, channel, command, options, focused, text } = typed;
        let discord = &self.inner.discord;
        let id = discord.typing_option(self.member(member)?, channel.0, &command, &options, &focused, &text)?;
        let offered = discord.suggestions(id, PATIENCE).await.ok_or("The options could not be loaded")?;
        Ok(offered.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect())
    }
}
