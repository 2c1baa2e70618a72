//! Flood control.

use std::time::Duration;

use baton::playground::telegram::Options;
use serde_json::json;
use teloxide::RequestError;
use teloxide::requests::Requester;
use teloxide::types::ChatId;

use super::Group;

#[tokio::test]
async fn everything_in_a_chat_shares_one_minute() {
    let group = Group::start_with(Options { rate_limits: true, calls_per_minute: 4, ..Options::default() }).await;
    let other = group.telegram.add_forum("Sales");
    let topic = group.topic("one").await;
    let message = group.send(topic, "two").await;
    group.ok("editMessageText", json!({ "chat_id": group.forum, "message_id": message, "text": "three" })).await;
    group.ok("deleteMessage", json!({ "chat_id": group.forum, "message_id": message })).await;
    // What does not show is free.
    group.ok("getChat", json!({ "chat_id": group.forum })).await;
    group.ok("sendChatAction", json!({ "chat_id": group.forum, "action": "typing" })).await;
    let fifth = group.bot.send_message(ChatId(group.forum), "five").await;
    let Err(RequestError::RetryAfter(pause)) = fifth else { panic!("{fifth:?}") };
    assert!((55..=60).contains(&pause.seconds()), "{pause:?}");
    assert_eq!(group.telegram.counted_calls(group.forum).len(), 4);
    group.bot.send_message(ChatId(other), "elsewhere").await.expect("sent");
    group.assert_clean();
    let again = group.call("sendMessage", json!({ "chat_id": group.forum, "text": "now?" })).await;
    assert_eq!(again["parameters"]["retry_after"], u64::from(pause.seconds()) * 2);
    assert_eq!(again["description"], format!("Too Many Requests: retry after {}", pause.seconds() * 2));
    group.assert_blamed(1);
}

#[tokio::test]
async fn a_pause_that_is_kept_ends() {
    let group = Group::start().await;
    group.telegram.flood(group.forum, 1);
    let early = group.call("sendMessage", json!({ "chat_id": group.forum, "text": "x" })).await;
    assert_eq!(early["parameters"]["retry_after"], 1);
    tokio::time::sleep(Duration::from_millis(1010)).await;
    group.ok("sendMessage", json!({ "chat_id": group.forum, "text": "x" })).await;
    group.assert_clean();
}

#[tokio::test]
async fn a_second_bot_has_limits_and_updates_of_its_own() {
    let group = Group::start_with(Options { rate_limits: true, calls_per_minute: 1, ..Options::default() }).await;
    let second = group.telegram.add_bot("4200000002:other", "other_bot");
    assert_ne!(second, group.telegram.bot_id());
    let body = json!({ "chat_id": group.forum, "text": "x" });
    group.ok("sendMessage", body.clone()).await;
    assert_eq!(group.call_as("4200000002:other", "sendMessage", body).await["ok"], true);
    group.telegram.say(group.ana, group.forum, None, "hi").expect("said");
    // Neither hears the other, both hear Ana.
    assert_eq!(group.updates("message").await.len(), 1);
    let theirs = group.call_as("4200000002:other", "getUpdates", json!({})).await;
    assert_eq!(theirs["result"].as_array().map(Vec::len), Some(1));
    assert_eq!(group.telegram.counted_calls_of(second, group.forum).len(), 1);
    group.assert_clean();
}
