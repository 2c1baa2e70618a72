//! Topics, through teloxide where it has a word for it.

use baton::playground::telegram::{ICONS, icon_id};
use serde_json::json;
use teloxide::payloads::{CreateForumTopicSetters, EditForumTopicSetters, SendMessageSetters};
use teloxide::requests::Requester;
use teloxide::types::{ChatId, CustomEmojiId, MessageId, Rgb, ThreadId};

use super::Group;

fn emoji(of: &str) -> CustomEmojiId {
    CustomEmojiId(icon_id(of))
}

#[tokio::test]
async fn a_topic_lives_from_its_making_to_its_end() {
    let group = Group::start().await;
    let chat = ChatId(group.forum);
    let icons = group.bot.get_forum_topic_icon_stickers().await.expect("icons");
    assert_eq!(icons.len(), ICONS.len());
    let made = group.bot.create_forum_topic(chat, "María").icon_color(Rgb::from_u32(9_367_192));
    let topic = made.icon_custom_emoji_id(emoji("💬")).await.expect("a topic");
    let id = i64::from(topic.thread_id.0.0);
    let sent = group.bot.send_message(chat, "hola").message_thread_id(topic.thread_id).await.expect("sent");
    assert!(sent.is_topic_message);
    assert_eq!(sent.thread_id, Some(topic.thread_id));
    group.bot.edit_forum_topic(chat, topic.thread_id).icon_custom_emoji_id(emoji("⏳")).await.expect("edited");
    let same = group.bot.edit_forum_topic(chat, topic.thread_id).name("María").await.expect_err("the same name");
    assert!(same.to_string().contains("TOPIC_NOT_MODIFIED"), "{same}");
    group.bot.close_forum_topic(chat, topic.thread_id).await.expect("closed");
    let again = group.bot.close_forum_topic(chat, topic.thread_id).await.expect_err("closed already");
    assert!(again.to_string().contains("TOPIC_NOT_MODIFIED"), "{again}");
    // An administrator may still write.
    group.bot.send_message(chat, "for the record").message_thread_id(topic.thread_id).await.expect("sent");
    assert!(group.telegram.say(group.ana, group.forum, Some(id), "too late").is_err());
    let view = group.telegram.topic(group.forum, id).expect("there");
    assert!(view.closed && view.icon.as_deref() == Some("⏳") && view.icon_color == 9_367_192);
    group.bot.reopen_forum_topic(chat, topic.thread_id).await.expect("open");
    let services: Vec<String> =
        group.telegram.messages(group.forum, Some(id)).into_iter().filter_map(|m| m.service).collect();
    let expected = ["forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"];
    assert_eq!(services, expected);
    group.assert_clean();
}

#[tokio::test]
async fn the_bot_hears_of_its_own_topics_and_of_what_people_do_to_them() {
    let group = Group::start().await;
    let topic = group.topic("one").await;
    group.telegram.close_topic(group.ana, group.forum, topic).expect("closed");
    group.telegram.rename_topic(group.ana, group.forum, topic, "two").expect("renamed");
    group.telegram.reopen_topic(group.ana, group.forum, topic).expect("open");
    let heard = group.updates("message").await;
    assert_eq!(heard[0]["forum_topic_created"]["name"], "one");
    assert_eq!(heard[0]["from"]["id"], group.telegram.bot_id());
    assert_eq!(heard[1]["forum_topic_closed"], json!({}));
    assert_eq!(heard[1]["from"]["id"], group.ana);
    assert_eq!(heard[2]["forum_topic_edited"], json!({ "name": "two" }));
    assert_eq!(heard[3]["reply_to_message"]["message_id"], topic);
    group.assert_clean();
}

#[tokio::test]
async fn a_deleted_topic_is_not_there_and_nobody_is_told() {
    let group = Group::start().await;
    let topic = group.topic("gone").await;
    let chat = ChatId(group.forum);
    group.updates("message").await;
    group.telegram.delete_topic(group.forum, topic);
    assert_eq!(group.telegram.pending_updates(), 0);
    let thread = ThreadId(MessageId(i32::try_from(topic).expect("small")));
    let sent = group.bot.send_message(chat, "x").message_thread_id(thread).await.expect_err("gone");
    assert!(sent.to_string().contains("Bad Request: message thread not found"), "{sent}");
    let closed = group.bot.close_forum_topic(chat, thread).await.expect_err("gone");
    assert!(closed.to_string().contains("Bad Request: TOPIC_ID_INVALID"), "{closed}");
    let typing = json!({ "chat_id": group.forum, "message_thread_id": topic, "action": "typing" });
    assert_eq!(group.refused("sendChatAction", typing).await, "Bad Request: message thread not found");
    group.assert_clean();
}

#[tokio::test]
async fn general_has_no_number() {
    let group = Group::start().await;
    let one = json!({ "chat_id": group.forum, "message_thread_id": 1, "text": "x" });
    assert_eq!(group.refused("sendMessage", one).await, "Bad Request: message thread not found");
    let sent = group.ok("sendMessage", json!({ "chat_id": group.forum, "text": "x" })).await;
    assert!(sent["message_thread_id"].is_null() && sent["is_topic_message"].is_null());
    let id = sent["message_id"].as_i64().expect("a message");
    let reply = baton::playground::telegram::Say { reply_to: Some(id), .."y".into() };
    group.telegram.say(group.ana, group.forum, None, reply).expect("said");
    let heard = group.updates("message").await;
    assert_eq!(heard[0]["message_thread_id"], id);
    assert!(heard[0]["is_topic_message"].is_null());
    assert_eq!(heard[0]["reply_to_message"]["message_id"], id);
    group.assert_clean();
}

#[tokio::test]
async fn names_colours_and_icons_are_looked_at() {
    let group = Group::start().await;
    let long = "x".repeat(129);
    for body in [
        json!({ "name": "" }),
        json!({ "name": long }),
        json!({ "name": "a", "icon_color": 5 }),
        json!({ "name": "a", "icon_custom_emoji_id": "12345" }),
        json!({}),
        json!({ "name": 7 }),
    ] {
        let mut body = body;
        body["chat_id"] = group.forum.into();
        group.refused("createForumTopic", body).await;
    }
    group.assert_blamed(6);
    group.telegram.set_topics_enabled(group.forum, false);
    let body = json!({ "chat_id": group.forum, "name": "a" });
    assert_eq!(group.refused("createForumTopic", body).await, "Bad Request: the chat is not a forum");
    group.assert_clean();
}
