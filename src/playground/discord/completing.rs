//! Options that complete themselves while somebody types (interactions/application-commands.mdx, “Autocomplete”).

use std::time::Duration;

use serde_json::Value;

use super::Discord;
use super::clicks::Act;
use super::commands::{self, option};
use super::entry::Cursor;
use super::form::Form;
use super::interaction::{AUTOCOMPLETE, InteractionId};
use super::refusal::Refusal;
use super::world::World;

/// The largest whole number JSON carries exactly.
const MAX_SAFE: i64 = (1 << 53) - 1;

impl Discord {
    /// Types `text` into an option that completes itself. `options` holds what the other options have so far, by name,
    /// with a subcommand's nested under its name.
    ///
    /// # Errors
    /// When the command or option does not exist or does not complete itself.
    pub fn typing_option(
        &self,
        user: u64,
        channel: u64,
        command: &str,
        options: &Value,
        focused: &str,
        text: &str,
    ) -> Result<InteractionId, String> {
        let cursor = Cursor { option: focused, text };
        let data = self.command_data(command, commands::CHAT, options, Some(cursor), channel)?;
        if focused_kind(&data).is_none() {
            return Err(format!("{command} has no option {focused} that completes itself"));
        }
        self.interact(Act { user, channel, kind: AUTOCOMPLETE, data, message: None, trigger: None })
    }

    /// Waits for what the bot offers for the option of [`Discord::typing_option`]: names and values in its order. `None`
    /// when it does not answer in time.
    pub async fn suggestions(&self, id: InteractionId, timeout: Duration) -> Option<Vec<(String, Value)>> {
        let choices = self.answer(id, timeout).await.ok()?.choices?;
        Some(
            choices
                .into_iter()
                .map(|c| (c["name"].as_str().unwrap_or_default().to_owned(), c["value"].clone()))
                .collect(),
        )
    }
}

/// The type of the option with the cursor, in the data of an interaction.
pub(super) fn focused_kind(data: &Value) -> Option<u64> {
    let options = data["options"].as_array()?;
    options.iter().find_map(|o| if o["focused"] == true { o["type"].as_u64() } else { focused_kind(o) })
}

/// Keeps the choices of a callback of type 8, when they are such as the option takes.
pub(super) fn choices(world: &mut World, mut form: Form<'_>, data: &Value, id: u64) -> Result<(), Refusal> {
    let kind = world.interactions.by_id.get(&id).and_then(|i| i.completes).unwrap_or_default();
    form.known(data, format_args!("data"), &["choices"]);
    if data["choices"].is_null() {
        form.missing(format_args!("data.choices"));
    }
    let list = form.list(&data["choices"], format_args!("data.choices"), 25).unwrap_or_default();
    for (c, choice) in list.iter().enumerate() {
        form.known(choice, format_args!("data.choices.{c}"), &["name", "name_localizations", "value"]);
        form.required_text(&choice["name"], format_args!("data.choices.{c}.name"), 1..=100);
        value(&mut form, &choice["value"], kind, &format!("data.choices.{c}.value"));
    }
    form.finish()?;
    if let Some(found) = world.interactions.by_id.get_mut(&id) {
        found.choices = Some(list.to_vec());
    }
    Ok(())
}

fn value(form: &mut Form<'_>, value: &Value, kind: u64, at: &str) {
    match kind {
        option::INTEGER if value.as_i64().is_none_or(|n| !(-MAX_SAFE..=MAX_SAFE).contains(&n)) => {
            form.error(format_args!("{at}"), "NUMBER_TYPE_COERCE", "Value is not an int53.");
        }
        option::NUMBER if !value.is_number() => {
            form.error(format_args!("{at}"), "FLOAT_TYPE_COERCE", "Value is not a float.");
        }
        option::INTEGER | option::NUMBER => {}
        _ => form.required_text(value, format_args!("{at}"), 1..=100),
    }
}
