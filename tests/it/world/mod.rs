//! A desk with customers on one side and a team on the other, in the user's language: the real program between strict
//! stand-ins, in either team chat and on either database.

pub mod acts;
pub mod chat;
mod clocks;
pub mod logs;
pub mod postgres;
pub mod roster;
mod setting;
mod start;
pub mod team;
pub mod transcript;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::chat::{Answer, Asked, Chat};
pub use self::setting::{LEAD, Member, Setting, member};
use self::transcript::unescaped;
use crate::specs::Specs;
use baton::app::App;
use baton::clock::Clock;
use baton::config::{Config, Secrets};
use baton::playground::discord::{Discord, MessageView, ThreadView};
use baton::playground::meta::{self, CustomerId, Inbound, Meta, PhoneMessage};
use baton::playground::telegram::Telegram;
use baton::store::{agent, conversation, inbox, outbox, queue};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Db {
    Sqlite,
    Postgres,
}

/// Which team chat a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Discord,
    Telegram,
    /// The team `billing` and the person who is in it alone, Mia, are on Telegram, everything else on Discord.
    Both,
}

/// A desk.
pub struct World {
    pub meta: Meta,
    /// The team chat, whichever it is.
    pub chat: Chat,
    /// For what there is on Discord alone.
    pub discord: Discord,
    /// For what there is on Telegram alone.
    pub telegram: Telegram,
    pub clock: Clock,
    pub number: String,
    pub second_number: String,
    pub support: u64,
    pub billing: u64,
    pub backoffice: u64,
    pub operator: u64,
    pub agent_role: u64,
    pub lead_role: u64,
    pub ana: u64,
    pub ben: u64,
    pub lea: u64,
    pub mia: u64,
    pub guest: u64,
    pub config: Config,
    pub secrets: Secrets,
    pub specs: Arc<Specs>,
    on: On,
    app: Option<App>,
    folder: tempfile::TempDir,
}

impl World {
    /// Starts the program and waits until it is connected.
    pub async fn run(&mut self) {
        let app = App::start(&self.config, &self.secrets, self.clock.clone()).await.unwrap();
        // The same address after a restart, as in life.
        self.config.server.listen = app.address;
        self.chat.forums.remembers(Some(app.store.clone()));
        self.app = Some(app);
        let (discord, telegram) = (self.config.discord.is_some(), self.config.telegram.is_some());
        self.until("connected", |w| w.app().is_ready() && w.chat.knows_commands(discord, telegram)).await;
        self.meta.subscribe_webhook(&self.hook()).await.unwrap();
    }

    /// Stops the program as SIGTERM does.
    pub async fn stop(&mut self) {
        if let Some(app) = self.app.take() {
            self.chat.forums.remembers(None);
            app.stop().await;
        }
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.run().await;
    }

    pub fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    pub fn hook(&self) -> String {
        format!("{}/webhook/whatsapp", self.address())
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.config.server.listen)
    }

    pub fn media_dir(&self) -> PathBuf {
        self.folder.path().join("media")
    }

    // ——— the customers ———

    pub fn customer(&self, name: &str) -> CustomerId {
        let nth = self.meta.customers().len();
        self.meta.customer(name, &format!("+1555123{nth:04}"))
    }

    pub fn says(&self, customer: CustomerId, text: &str) -> String {
        self.meta.says(customer, &self.number, text)
    }

    pub fn sends(&self, customer: CustomerId, inbound: impl Into<Inbound>) -> String {
        self.meta.sends(customer, &self.number, inbound)
    }

    pub fn phone(&self, customer: CustomerId) -> Vec<PhoneMessage> {
        self.meta.history(customer, &self.number)
    }

    /// What the business has sent to a customer, as the phone shows it.
    pub fn received(&self, customer: CustomerId) -> Vec<PhoneMessage> {
        self.phone(customer)
            .into_iter()
            .filter(|m| m.author != meta::Author::Customer && m.failed_with.is_none())
            .collect()
    }

    pub fn received_texts(&self, customer: CustomerId) -> Vec<String> {
        self.received(customer).into_iter().map(|m| m.text).collect()
    }

    // ——— the team ———

    pub fn cards(&self) -> Vec<MessageView> {
        self.cards_in(self.support)
    }

    pub fn threads(&self) -> Vec<ThreadView> {
        self.chat.threads()
    }

    /// The one thread there is.
    pub fn thread(&self) -> u64 {
        let threads = self.threads();
        assert_eq!(threads.len(), 1, "one thread is expected: {threads:?}");
        threads[0].id
    }

    /// The posts of a thread that people and Baton wrote, without the head and what was deleted.
    pub fn posts(&self, thread: u64) -> Vec<MessageView> {
        self.chat
            .messages(thread)
            .into_iter()
            .filter(|m| !m.deleted && m.embeds.is_empty() && matches!(m.kind, 0 | 19))
            .collect()
    }

    pub fn texts(&self, thread: u64) -> Vec<String> {
        self.posts(thread).into_iter().map(|m| m.content).collect()
    }

    pub fn write(&self, user: u64, thread: u64, text: &str) -> u64 {
        self.chat.say(user, thread, text).unwrap()
    }

    /// Presses the button with this label on a message, and gives what the person is told.
    pub async fn press(&self, user: u64, message: &MessageView, label: &str) -> String {
        let custom = message.button(label).unwrap_or_else(|| panic!("no button {label:?} on {message:#?}")).to_owned();
        let click = self.chat.click(user, message.channel, message.id, &custom).unwrap();
        self.told(click).await
    }

    /// Types a command, and gives what the person is told.
    pub async fn command(&self, user: u64, channel: u64, name: &str, options: serde_json::Value) -> String {
        let typed = self.chat.command(user, channel, name, &options).unwrap();
        self.told(typed).await
    }

    async fn told(&self, asked: Asked) -> String {
        let answer = self.answer(asked).await;
        self.seen().await;
        unescaped(answer.text())
    }

    /// Waits for what answers a click or a command.
    pub async fn answer(&self, asked: Asked) -> Answer {
        let answer = self.chat.answer(asked, Duration::from_secs(8)).await;
        answer.unwrap_or_else(|why| panic!("{why}\n{}", self.transcript()))
    }

    /// Whoever was told something looks at what came of it before they go on: for as long as something is on its way, and
    /// no longer than somebody would wait.
    async fn seen(&self) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(2) {
            let store = &self.app().store;
            let new = inbox::counts(store).await.map_or(0, |counts| counts.0);
            let active = outbox::counts(store).await.map_or(0, |counts| counts.0);
            if new == 0 && active == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Claims the one conversation there is.
    pub async fn claims(&self, user: u64) -> String {
        let card = self.cards().remove(0);
        self.press(user, &card, "Claim").await
    }

    /// The last post in a thread that has a button with this label.
    pub fn prompt(&self, thread: u64, label: &str) -> MessageView {
        let found = self.posts(thread).into_iter().rfind(|m| m.button(label).is_some());
        found.unwrap_or_else(|| panic!("no post with {label:?} in {:#?}", self.texts(thread)))
    }

    // ——— waiting and ending ———

    /// Waits until something holds.
    pub async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(20), "never happened: {what}\n{}", self.transcript());
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Waits until Baton has taken in everything that people have done in the workspace so far: what it is told in a
    /// row it handles in a row, so the answer to a last question comes after all of that.
    pub async fn heard(&self) {
        let asks: &[(u64, u64)] = match self.on {
            On::Both => &[(self.guest, self.operator), (self.mia, self.billing)],
            On::Discord | On::Telegram => &[(self.guest, self.operator)],
        };
        for (user, channel) in asks {
            if let Ok(question) = self.chat.command(*user, *channel, "help", &serde_json::json!({})) {
                // Without an answer it is not connected, and will fetch what it missed.
                self.chat.is_answered(question, Duration::from_secs(3)).await;
            }
        }
    }

    /// Waits until nothing is under way anywhere.
    pub async fn quiet(&self) {
        self.heard().await;
        let begun = Instant::now();
        let mut calm = 0;
        while calm < 2 {
            self.meta.quiet().await;
            let store = &self.app().store;
            let (new, _) = inbox::counts(store).await.unwrap();
            let (active, _) = outbox::counts(store).await.unwrap();
            // A time that has come is told within a moment.
            let now = self.clock.now();
            let due =
                queue::waking(store, now, 10).await.unwrap().len() + agent::turned(store, now, 10).await.unwrap().len();
            let idle = new == 0 && active == 0 && due == 0 && self.meta.deliveries_pending() == 0;
            calm = if idle { calm + 1 } else { 0 };
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "never quiet: {new} in the inbox, {active} in the outbox, {due} due\n{}",
                self.transcript()
            );
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Nothing is left over, and nobody broke a rule of a platform.
    pub async fn assert_quiet(&self) {
        self.quiet().await;
        assert_eq!(self.dead_letters().await, Vec::<String>::new());
        self.assert_sound().await;
        self.assert_no_violation();
    }

    /// What is stored agrees with itself: one owner in each epoch, loads that are true.
    pub async fn assert_sound(&self) {
        let (_, _, findings) = baton::app::doctor::examine(&self.app().store).await.unwrap();
        let odd: Vec<_> = findings.iter().filter(|finding| !finding.odd.is_empty()).collect();
        assert!(odd.is_empty(), "{odd:#?}\n{}", self.transcript());
    }

    pub fn assert_no_violation(&self) {
        assert_eq!(self.discord.wire().violations(), Vec::<String>::new());
        assert_eq!(self.telegram.wire().violations(), Vec::<String>::new());
        assert_eq!(self.meta.wire().violations(), Vec::<String>::new());
        assert_eq!(self.specs.found(), Vec::<String>::new());
    }

    pub async fn dead_letters(&self) -> Vec<String> {
        let letters = baton::app::letters::list(&self.app().store, 100).await.unwrap();
        letters.into_iter().map(|letter| format!("{} {}", letter.id, letter.reason)).collect()
    }

    pub async fn conversations(&self) -> Vec<baton::domain::conversation::Conversation> {
        conversation::after(&self.app().store, baton::domain::ids::ConversationId(0), 1000).await.unwrap()
    }

    /// Moves the clock of Baton and of WhatsApp forward.
    pub fn forward(&self, minutes: i64) {
        self.clock.shift(minutes * 60_000);
    }
}

/// Runs a scenario in each team chat, on both databases.
#[macro_export]
macro_rules! on_both {
    ($(#[$meta:meta])* async fn $name:ident($world:ident) $body:block) => {
        $crate::on_both! { $(#[$meta])* async fn $name($world, $crate::world::Setting::default()) $body }
    };
    ($(#[$meta:meta])* async fn $name:ident($world:ident, $setting:expr) $body:block) => {
        $crate::scenario! { $(#[$meta])* async fn $name($world, $setting) $body
            (sqlite, Discord, Sqlite) (postgres, Discord, Postgres)
            (telegram_sqlite, Telegram, Sqlite) (telegram_postgres, Telegram, Postgres)
        }
    };
}

/// Runs a scenario on both databases in the team chat that it is about.
#[macro_export]
macro_rules! on_discord {
    ($(#[$meta:meta])* async fn $name:ident($world:ident) $body:block) => {
        $crate::on_discord! { $(#[$meta])* async fn $name($world, $crate::world::Setting::default()) $body }
    };
    ($(#[$meta:meta])* async fn $name:ident($world:ident, $setting:expr) $body:block) => {
        $crate::scenario! { $(#[$meta])* async fn $name($world, $setting) $body
            (sqlite, Discord, Sqlite) (postgres, Discord, Postgres)
        }
    };
}

/// The same for Telegram.
#[macro_export]
macro_rules! on_telegram {
    ($(#[$meta:meta])* async fn $name:ident($world:ident) $body:block) => {
        $crate::on_telegram! { $(#[$meta])* async fn $name($world, $crate::world::Setting::default()) $body }
    };
    ($(#[$meta:meta])* async fn $name:ident($world:ident, $setting:expr) $body:block) => {
        $crate::scenario! { $(#[$meta])* async fn $name($world, $setting) $body
            (sqlite, Telegram, Sqlite) (postgres, Telegram, Postgres)
        }
    };
}

/// Runs a scenario in these ways.
#[macro_export]
macro_rules! scenario {
    ($(#[$meta:meta])* async fn $name:ident($world:ident, $setting:expr) $body:block $(($run:ident, $on:ident, $db:ident))+) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every scenario names something of its file")]
            use super::*;

            async fn scenario(on: $crate::world::On, db: $crate::world::Db) {
                #[allow(unused_mut, reason = "few scenarios restart")]
                let Some(mut $world) = $crate::world::World::start_on(on, db, &$setting).await else { return };
                $body
                $world.stop().await;
            }

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $run() {
                    scenario($crate::world::On::$on, $crate::world::Db::$db).await;
                }
            )+
        }
    };
}
