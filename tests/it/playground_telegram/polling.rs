//! `getUpdates`: offsets, long polls, and who may poll.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use baton::playground::telegram::Options;
use baton::playground::wire::{Fault, Misbehaviour};
use serde_json::{Value, json};
use teloxide::payloads::GetUpdatesSetters;
use teloxide::requests::Requester;

use super::Group;

fn ids(updates: &Value) -> Vec<i64> {
    updates.as_array().expect("a list").iter().filter_map(|u| u["update_id"].as_i64()).collect()
}

#[tokio::test]
async fn what_no_offset_confirms_comes_again() {
    let group = Group::start().await;
    for n in 0..5 {
        group.telegram.say(group.ana, group.forum, None, format!("m{n}")).expect("said");
    }
    let all = ids(&group.ok("getUpdates", json!({})).await);
    assert_eq!(all.len(), 5);
    assert_eq!(ids(&group.ok("getUpdates", json!({})).await), all);
    assert_eq!(ids(&group.ok("getUpdates", json!({ "limit": 2 })).await), all[..2]);
    assert_eq!(ids(&group.ok("getUpdates", json!({ "offset": all[2] })).await), all[2..]);
    assert_eq!(group.telegram.pending_updates(), 3);
    assert_eq!(ids(&group.ok("getUpdates", json!({ "offset": -1 })).await), all[4..]);
    let typed = group.bot.get_updates().offset(i32::try_from(all[4]).expect("small")).await.expect("updates");
    assert_eq!(typed.len(), 1);
    group.ok("getUpdates", json!({ "offset": all[4] + 1 })).await;
    assert_eq!(group.telegram.pending_updates(), 0);
    group.assert_clean();
}

#[tokio::test]
async fn a_long_poll_ends_with_the_first_update() {
    let group = Group::start().await;
    let began = Instant::now();
    let (telegram, ana, forum) = (group.telegram.clone(), group.ana, group.forum);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        telegram.say(ana, forum, None, "hi").expect("said");
    });
    let found = group.ok("getUpdates", json!({ "timeout": 10 })).await;
    assert_eq!(found[0]["message"]["text"], "hi");
    assert!(began.elapsed() < Duration::from_secs(5));
    group.assert_clean();
}

#[tokio::test]
async fn the_newer_poller_wins() {
    let group = Group::start().await;
    let older = async {
        let answer = group.call("getUpdates", json!({ "timeout": 10 })).await;
        group.telegram.say(group.ana, group.forum, None, "hi").expect("said");
        answer
    };
    let newer = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        group.call("getUpdates", json!({ "timeout": 10 })).await
    };
    let (older, newer) = tokio::join!(older, newer);
    assert_eq!(older["error_code"], 409);
    let why = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    assert_eq!(older["description"], why);
    assert_eq!(newer["result"][0]["message"]["text"], "hi");
    group.assert_clean();
}

#[tokio::test]
async fn updates_are_kept_for_a_day() {
    let now = Arc::new(AtomicU64::new(1_790_000_000_000));
    let clock = now.clone();
    let now_ms = Arc::new(move || clock.load(Ordering::SeqCst));
    let group = Group::start_with(Options { now_ms, ..Options::default() }).await;
    group.telegram.say(group.ana, group.forum, None, "old").expect("said");
    now.fetch_add(23 * 3_600_000, Ordering::SeqCst);
    group.telegram.say(group.ana, group.forum, None, "new").expect("said");
    assert_eq!(group.ok("getUpdates", json!({})).await.as_array().map(Vec::len), Some(2));
    now.fetch_add(2 * 3_600_000, Ordering::SeqCst);
    assert_eq!(group.updates("message").await[0]["text"], "new");
    group.assert_clean();
}

#[tokio::test]
async fn kinds_come_as_asked_for() {
    let group = Group::start().await;
    let message = group.telegram.say(group.ana, group.forum, None, "hi").expect("said");
    group.telegram.react(group.ana, group.forum, message, "👍", true).expect("reacted");
    assert_eq!(group.telegram.pending_updates(), 1);
    group.ok("getUpdates", json!({ "allowed_updates": ["message_reaction"] })).await;
    group.telegram.react(group.ana, group.forum, message, "🔥", true).expect("reacted");
    group.telegram.say(group.ana, group.forum, None, "unheard").expect("said");
    let heard = group.updates("message_reaction").await;
    assert_eq!(heard[0]["old_reaction"], json!([{ "type": "emoji", "emoji": "👍" }]));
    assert_eq!(heard[0]["new_reaction"].as_array().map(Vec::len), Some(2));
    group.refused("getUpdates", json!({ "allowed_updates": ["letters"] })).await;
    group.assert_blamed(1);
}

#[tokio::test]
async fn every_way_to_send_parameters_is_read() {
    let group = Group::start().await;
    let url = |method: &str| format!("{}/bot{}/{method}", group.telegram.url(), group.telegram.token());
    let get = format!("{}?chat_id={}&text=a%20b", url("SENDMESSAGE"), group.forum);
    assert!(group.client.get(get).send().await.expect("answered").status().is_success());
    let body = format!("chat_id={}&text=c+d&disable_notification=true", group.forum);
    let form = group.client.post(url("sendmessage")).header("content-type", "application/x-www-form-urlencoded");
    assert!(form.body(body).send().await.expect("answered").status().is_success());
    let form = reqwest::multipart::Form::new().text("chat_id", group.forum.to_string()).text("text", "e");
    let form = form.text("reply_markup", r#"{"inline_keyboard":[[{"text":"x","callback_data":"y"}]]}"#);
    assert!(
        group.client.post(url("SendMessage")).multipart(form).send().await.expect("answered").status().is_success()
    );
    let texts: Vec<String> = group.telegram.messages(group.forum, None).into_iter().map(|m| m.text).collect();
    assert_eq!(texts, ["a b", "c d", "e"]);
    group.assert_clean();
    assert_eq!(group.call("sendLetter", json!({})).await["error_code"], 404);
    assert_eq!(group.call_as("1:wrong", "getMe", json!({})).await["error_code"], 401);
    group.assert_blamed(2);
}

#[tokio::test]
async fn misbehaviour_and_outages_are_scripted() {
    let group = Group::start().await;
    let body = json!({ "ok": false, "error_code": 502, "description": "Bad Gateway" });
    let then = Misbehaviour::Answer { status: 502, headers: Vec::new(), body };
    group.telegram.wire().misbehave(Fault { method: None, path: "/getMe".to_owned(), times: 1, then });
    // Asked plainly: teloxide waits ten seconds after an error of the server.
    assert_eq!(group.call("getMe", json!({})).await["error_code"], 502);
    assert_eq!(group.bot.get_me().await.expect("myself").username(), "baton_bot");
    let cut = Fault { method: None, path: "/sendMessage".to_owned(), times: 1, then: Misbehaviour::CutAfter };
    group.telegram.wire().misbehave(cut);
    assert!(group.bot.send_message(teloxide::types::ChatId(group.forum), "twice?").await.is_err());
    assert_eq!(group.telegram.messages(group.forum, None).len(), 1);
    group.telegram.stop();
    assert!(group.bot.get_me().await.is_err());
    group.telegram.listen().await.expect("listening");
    group.bot.get_me().await.expect("myself");
    group.assert_clean();
}
