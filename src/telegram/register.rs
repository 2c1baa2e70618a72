//! The bots' own names, and their commands.

use teloxide::payloads::{GetMe, SetMyCommands, SetMyCommandsSetters};
use teloxide::types::{BotCommand, BotCommandScope};

use super::Telegram;
use super::http::{Ask, Bot, Fail};
use super::render::clipped;

impl Telegram {
    /// Tells Telegram the commands, so that they are offered while somebody types.
    ///
    /// # Errors
    /// With a sentence when Telegram does not take them.
    pub async fn register(&self) -> Result<(), String> {
        let command = |spec: &crate::port::CommandSpec| BotCommand {
            command: clipped(&spec.name, 32),
            description: clipped(&spec.description, 256),
        };
        let commands: Vec<BotCommand> = self.commands.iter().map(command).collect();
        for bot in &self.bots {
            for scope in [BotCommandScope::Default, BotCommandScope::AllChatAdministrators] {
                let payload = SetMyCommands::new(commands.clone()).scope(scope);
                bot.call(Ask::of(None, &payload)).await.map_err(|fail| format!("{}: {fail}", bot.name))?;
            }
        }
        Ok(())
    }

    /// Learns what the bot is called, so that commands for others can be told from its own.
    pub(super) async fn introduce(&self, bot: &Bot) -> Result<(), Fail> {
        let named = bot.username.get_or_try_init(|| async {
            let me = bot.call(Ask::of(None, &GetMe::new())).await?;
            Ok::<_, Fail>(me["username"].as_str().unwrap_or_default().to_owned())
        });
        named.await.map(|_| ())
    }
}
