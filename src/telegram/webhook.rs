//! Listening by being told: Telegram posts each update to the web server, which answers 200 after the commit. What was not
//! answered so comes again.

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::Telegram;
use super::http::{Ask, Bot};
use super::intake::WANTED;
use crate::domain::ids::Time;
use crate::port::{Item, Pushed, Rejected};
use crate::secret::Secret;

/// What Telegram has to say with each update of a bot, so that nobody else can post one: 64 hexadecimal digits.
#[must_use]
pub fn secret_of(token: &Secret) -> String {
    secret(token.expose().trim())
}

fn secret(token: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(token.as_bytes()) else { return String::new() };
    mac.update(b"baton telegram webhook");
    hex::encode(mac.finalize().into_bytes())
}

impl Pushed for Telegram {
    fn taken(&self, name: &str, secret: Option<&str>, raw: &[u8], now: Time) -> Result<Vec<Item>, Rejected> {
        let nth = self.bots.iter().position(|one| one.name == name).ok_or(Rejected::Unknown)?;
        let bot = &self.bots[nth];
        let expected = self::secret(bot.token());
        let genuine: bool = expected.as_bytes().ct_eq(secret.unwrap_or_default().as_bytes()).into();
        if !genuine {
            return Err(Rejected::Forged);
        }
        let update: Value = serde_json::from_slice(raw).map_err(|_| Rejected::Unreadable)?;
        if update["update_id"].as_i64().is_none() {
            self.health.count_unreadable();
            return Err(Rejected::Unreadable);
        }
        self.health.heard(nth, true);
        Ok(self.item_of(bot, &update, now).into_iter().collect())
    }
}

impl Telegram {
    /// Has Telegram post the updates of every bot to `{public_url}/{name of the bot}`.
    ///
    /// # Errors
    /// With a sentence when Telegram does not take it.
    pub async fn register_webhook(&self, public_url: &str) -> Result<(), String> {
        for (nth, bot) in self.bots.iter().enumerate() {
            let told = self.tell(bot, public_url).await.map_err(|fail| format!("{}: {fail}", bot.name));
            if let Err(why) = &told {
                self.health.failed(nth, why);
            }
            told?;
            self.health.heard(nth, false);
        }
        Ok(())
    }

    async fn tell(&self, bot: &Bot, public_url: &str) -> Result<(), super::http::Fail> {
        self.introduce(bot).await?;
        self.learn_ranks(bot).await?;
        let body = json!({
            "url": format!("{}/{}", public_url.trim_end_matches('/'), bot.name),
            "secret_token": secret(bot.token()),
            "allowed_updates": WANTED,
            "max_connections": 20,
        });
        bot.call(Ask::raw("SetWebhook", None, body)).await.map(|_| ())
    }
}
