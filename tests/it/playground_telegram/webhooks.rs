//! Updates by webhook.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use teloxide::payloads::SetWebhookSetters;
use teloxide::requests::Requester;

use super::{Group, WAIT};

type Seen = Arc<Mutex<Vec<(String, Value)>>>;

/// Takes what comes, but only the second time it comes.
async fn receive(State(seen): State<Seen>, headers: HeaderMap, body: axum::Json<Value>) -> StatusCode {
    let secret = headers.get("x-telegram-bot-api-secret-token").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut seen = seen.lock().unwrap();
    let again = seen.iter().any(|(_, update)| *update == body.0);
    seen.push((secret.to_owned(), body.0));
    if again { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

#[tokio::test]
async fn a_webhook_gets_updates_in_order_until_it_takes_them() {
    let group = Group::start().await;
    let seen = Seen::default();
    let app = Router::new().route("/telegram", post(receive)).with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/telegram", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    group.telegram.say(group.ana, group.forum, None, "before").expect("said");
    group.bot.set_webhook(url.parse().unwrap()).secret_token("s-1".to_owned()).await.expect("set");
    group.telegram.say(group.ana, group.forum, None, "after").expect("said");
    tokio::time::timeout(WAIT, async {
        while group.telegram.pending_updates() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("delivered");
    let came = seen.lock().unwrap().clone();
    let texts: Vec<&str> = came.iter().filter_map(|(_, u)| u["message"]["text"].as_str()).collect();
    assert_eq!(texts, ["before", "before", "after", "after"]);
    assert!(came.iter().all(|(secret, _)| secret == "s-1"));
    let info = group.bot.get_webhook_info().await.expect("info");
    assert!(info.last_error_message.is_some_and(|why| why.contains("503")));
    let poll = group.refused("getUpdates", json!({})).await;
    assert!(poll.starts_with("Conflict: can't use getUpdates method while webhook is active"));
    group.bot.delete_webhook().await.expect("gone");
    group.ok("getUpdates", json!({})).await;
    group.assert_clean();
    group.refused("setWebhook", json!({ "url": "ftp://x" })).await;
    group.refused("setWebhook", json!({ "url": "http://127.0.0.1:9", "secret_token": "not so" })).await;
    group.assert_blamed(2);
}
