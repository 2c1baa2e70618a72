//! The stand-in for the Telegram Bot API, through the real teloxide and a plain HTTP client.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use baton::playground::telegram::{File, Options, Telegram};
use serde_json::{Value, json};
use teloxide::Bot;

use crate::specs::Specs;

mod deeds;
mod files;
mod limits;
mod messages;
mod polling;
mod rights;
mod topics;
mod webhooks;

const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const WAIT: Duration = Duration::from_secs(5);

/// A stand-in with a forum, a member, and a bot.
struct Group {
    telegram: Telegram,
    bot: Bot,
    forum: i64,
    ana: i64,
    client: reqwest::Client,
    specs: Arc<Specs>,
}

impl Group {
    async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> Self {
        let telegram = Telegram::start(LOCAL, options).await.expect("a free port");
        let specs = Specs::watch(&[telegram.wire()]);
        let bot = Bot::new(telegram.token()).set_api_url(telegram.url().parse().expect("an address"));
        let forum = telegram.add_forum("Support");
        let ana = telegram.add_user("Ana", Some("ana_k"));
        Self { bot, forum, ana, client: reqwest::Client::new(), specs, telegram }
    }

    /// Calls a method of the first bot.
    async fn call(&self, method: &str, body: Value) -> Value {
        self.call_as(self.telegram.token(), method, body).await
    }

    async fn call_as(&self, token: &str, method: &str, body: Value) -> Value {
        let url = format!("{}/bot{token}/{method}", self.telegram.url());
        let answer = self.client.post(url).json(&body).send().await.expect("answered");
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["error_code"].as_u64().unwrap_or(200), u64::from(status), "{body}");
        body
    }

    /// The result of a call that succeeds.
    async fn ok(&self, method: &str, body: Value) -> Value {
        let answer = self.call(method, body).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer["result"].clone()
    }

    /// The description of a call that is refused.
    async fn refused(&self, method: &str, body: Value) -> String {
        let answer = self.call(method, body).await;
        assert_eq!(answer["ok"], false, "{method}: {answer}");
        answer["description"].as_str().expect("a description").to_owned()
    }

    async fn topic(&self, name: &str) -> i64 {
        let made = self.ok("createForumTopic", json!({ "chat_id": self.forum, "name": name })).await;
        made["message_thread_id"].as_i64().expect("a topic")
    }

    async fn send(&self, topic: i64, text: &str) -> i64 {
        let body = json!({ "chat_id": self.forum, "message_thread_id": topic, "text": text });
        self.ok("sendMessage", body).await["message_id"].as_i64().expect("a message")
    }

    /// Updates of one kind that are there now; confirms everything.
    async fn updates(&self, kind: &str) -> Vec<Value> {
        let all = self.ok("getUpdates", json!({})).await;
        let all = all.as_array().expect("a list").clone();
        if let Some(last) = all.last().and_then(|u| u["update_id"].as_i64()) {
            self.ok("getUpdates", json!({ "offset": last + 1 })).await;
        }
        all.into_iter().filter_map(|u| u.get(kind).cloned()).collect()
    }

    /// The client did nothing wrong, and neither did the stand-in.
    fn assert_clean(&self) {
        assert_eq!(self.telegram.wire().violations(), Vec::<String>::new());
        assert_eq!(self.specs.found(), Vec::<String>::new());
    }

    /// The client did this many things wrong, and the stand-in none.
    fn assert_blamed(&self, times: usize) {
        let violations = self.telegram.wire().take_violations();
        assert_eq!(violations.len(), times, "{violations:#?}");
        let found = self.specs.found();
        let own: Vec<&String> = found.iter().filter(|what| !what.contains("request")).collect();
        assert_eq!(own, Vec::<&String>::new());
    }
}

fn jpeg(name: &str) -> File {
    let bytes = [&[0xFF, 0xD8, 0xFF, 0xE0][..], name.as_bytes()].concat();
    File { name: name.to_owned(), content_type: "image/jpeg".to_owned(), bytes }
}
