//! A team among whom conversations are shared out: who got what and why, and the time of the week.

use std::collections::HashMap;
use std::time::Duration;

use baton::app::App;
use baton::domain::decision::{Again, Inputs};
use baton::domain::ids::{AgentId, ConversationId};
use baton::domain::routing::{Choice, SHOWN};
use baton::domain::rule::Rules;
use baton::playground::discord::MessageView;
use baton::store::agent::{self, Agent};
use baton::store::decision::{self, Stored};
use baton::store::record;
use chrono::{Datelike, NaiveTime, TimeDelta, Timelike, Weekday};
use serde_json::{Value, json};
use sqlx::Connection;

use super::World;

/// A decision as it was kept.
pub struct Decided {
    pub stored: Stored,
    pub inputs: Inputs,
    pub choice: Choice,
}

impl World {
    /// Everybody of the team, by what the configuration or the workspace calls them, in small letters.
    pub async fn team(&self) -> HashMap<AgentId, Agent> {
        let mut tx = self.app().store.begin().await.unwrap();
        let found = agent::all(&mut tx).await.unwrap();
        tx.undo().await;
        found.into_iter().map(|agent| (agent.id, agent)).collect()
    }

    /// Somebody of the team.
    pub async fn agent(&self, name: &str) -> Agent {
        self.team().await.into_values().find(|agent| called(agent) == name).unwrap_or_else(|| panic!("no {name}"))
    }

    /// The owner of each conversation by number, `-` for nobody.
    pub async fn owners(&self) -> Vec<String> {
        let team = self.team().await;
        let conversations = self.conversations().await;
        let owner = |c: &baton::domain::conversation::Conversation| c.owner().and_then(|id| team.get(&id)).map(called);
        conversations.iter().map(|c| owner(c).unwrap_or_else(|| "-".to_owned())).collect()
    }

    /// How each conversation came to its owner, in order, such as `routed ana`.
    pub async fn way(&self, id: i64) -> Vec<String> {
        let team = self.team().await;
        let entries = record::of(&self.app().store, ConversationId(id)).await.unwrap();
        let name = |id: i64| team.get(&AgentId(id)).map_or_else(|| "-".to_owned(), called);
        entries.iter().map(|e| format!("{} {}", e.how, name(e.to_agent))).collect()
    }

    /// Nobody has more than they may, and what everybody is said to own is what they own.
    pub async fn assert_capacities(&self) {
        let team = self.team().await;
        let conversations = self.conversations().await;
        for agent in team.values() {
            let owned = conversations.iter().filter(|c| c.owner() == Some(agent.id)).count();
            assert_eq!(agent.duty.load, i64::try_from(owned).unwrap(), "{}", agent.name);
            assert!(agent.duty.load <= agent.duty.capacity, "{} has {owned}", agent.name);
        }
    }

    /// Every decision so far, by conversation and in order.
    pub async fn decisions(&self) -> Vec<Decided> {
        let mut all = Vec::new();
        for conversation in self.conversations().await {
            for stored in decision::of(&self.app().store, conversation.id).await.unwrap() {
                let inputs = serde_json::from_str(&stored.inputs).unwrap();
                let choice = serde_json::from_str(&stored.choice).unwrap();
                all.push(Decided { stored, inputs, choice });
            }
        }
        all
    }

    /// Every decision comes to the same when it is made again from what is stored, and none is large.
    pub async fn assert_decisions(&self) {
        let rules = Rules::new(self.config.rules.clone()).unwrap();
        for Decided { stored, inputs, choice } in self.decisions().await {
            assert_eq!(inputs.again(&choice, Some(&rules)), Again::Same, "#{}: {inputs:#?}", stored.conversation);
            assert_eq!(stored.version, rules.version());
            assert!(inputs.slate.candidates.len() <= SHOWN, "#{}", stored.conversation);
            assert!(stored.inputs.len() < 8_000, "#{}: {} bytes", stored.conversation, stored.inputs.len());
        }
    }

    /// What `/why` says about a conversation.
    pub async fn why(&self, id: i64) -> String {
        untimed(&self.command(self.lea, self.operator, "why", json!({ "number": id })).await)
    }

    /// The thread of the conversation with this number.
    pub fn thread_of(&self, id: i64) -> u64 {
        let named = format!("#{id} ");
        let found = self.threads().into_iter().rfind(|thread| thread.name.starts_with(&named));
        found.unwrap_or_else(|| panic!("no thread of #{id}\n{}", self.transcript())).id
    }

    /// First messages of so many new customers, in one body.
    pub async fn crowd(&self, names: &[&str]) -> Vec<baton::playground::meta::CustomerId> {
        self.meta.hold_webhooks(true);
        let customers: Vec<_> = names
            .iter()
            .map(|name| {
                let customer = self.customer(name);
                self.says(customer, &format!("Hello, I am {name}"));
                customer
            })
            .collect();
        self.meta.release_batched();
        self.quiet().await;
        customers
    }

    /// Types a command of somebody, in the thread of a conversation.
    pub async fn on(&self, user: u64, id: i64, command: &str, options: Value) -> String {
        self.command(user, self.thread_of(id), command, options).await
    }

    /// Types a command and gives what only its author sees, with its buttons.
    pub async fn asks(&self, user: u64, channel: u64, name: &str, options: Value) -> MessageView {
        let typed = self.chat.command(user, channel, name, &options).unwrap();
        let answer = self.answer(typed).await;
        answer.answers.into_iter().rfind(|answer| !answer.deleted).expect("an answer")
    }

    /// What is offered while somebody types an argument: each as `what is shown → what is taken`.
    pub async fn offered(&self, command: &str, options: Value, arg: &str, text: &str) -> Vec<String> {
        let typed = self.discord.typing_option(self.ana, self.support, command, &options, arg, text).unwrap();
        let offers = self.discord.suggestions(typed, Duration::from_secs(5)).await.expect("suggestions in time");
        offers.iter().map(|(shown, value)| format!("{shown} → {}", value.as_str().unwrap_or_default())).collect()
    }

    /// The day as text, without how long things took.
    pub fn day(&self) -> String {
        untimed(&self.transcript())
    }

    /// Moves the clock to the next such moment of the week, in UTC.
    pub fn on_day(&self, day: Weekday, clock: &str) {
        let now = chrono::DateTime::from_timestamp_millis(self.clock.now().0).unwrap();
        let time: NaiveTime = clock.parse().unwrap();
        let ahead = (7 + day.num_days_from_monday() - now.weekday().num_days_from_monday()) % 7;
        let mut then = now.date_naive() + TimeDelta::days(i64::from(ahead));
        if ahead == 0 && time.num_seconds_from_midnight() <= now.time().num_seconds_from_midnight() {
            then += TimeDelta::days(7);
        }
        self.clock.shift(then.and_time(time).and_utc().timestamp_millis() - now.timestamp_millis());
    }

    /// Changes the database behind the program's back.
    pub async fn sql(&self, text: &str) {
        let url = &self.config.database.url;
        let text = sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned()));
        if url.starts_with("sqlite") {
            let mut db = sqlx::SqliteConnection::connect(url).await.unwrap();
            text.execute(&mut db).await.unwrap();
            db.close().await.unwrap();
        } else {
            let mut db = sqlx::PgConnection::connect(url).await.unwrap();
            text.execute(&mut db).await.unwrap();
        }
    }

    /// What the doctor finds broken.
    pub async fn odd(&self) -> Vec<&'static str> {
        let (_, _, findings) = baton::app::doctor::examine(&self.app().store).await.unwrap();
        findings.iter().filter(|finding| !finding.odd.is_empty()).map(|finding| finding.holds).collect()
    }

    /// Another program on the same database and between the same stand-ins; Postgres only.
    pub async fn beside(&self) -> App {
        let mut config = self.config.clone();
        config.server.listen = "127.0.0.1:0".parse().unwrap();
        let app = App::start(&config, &self.secrets, self.clock.clone()).await.unwrap();
        let begun = std::time::Instant::now();
        while !app.is_ready() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the second program is not ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        app
    }
}

/// The text with every length of time of less than an hour left out: how long a machine takes is no matter.
pub fn untimed(text: &str) -> String {
    let span = regex::Regex::new(r"\b(\d+ min \d+ s|\d+ min|\d+ s)\b").unwrap();
    let hour = regex::Regex::new(r"\*\*, \d+:\d\d:").unwrap();
    hour.replace_all(&span.replace_all(text, "‹a while›"), "**, ‹hour›:").into_owned()
}

fn called(agent: &Agent) -> String {
    if agent.key.is_empty() { agent.name.to_lowercase() } else { agent.key.clone() }
}
