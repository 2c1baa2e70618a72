//! Rights, members, and groups that move.

use baton::playground::telegram::Rights;
use serde_json::json;
use teloxide::RequestError;
use teloxide::requests::Requester;
use teloxide::types::{ChatId, ChatMemberKind, UserId};

use super::Group;

#[tokio::test]
async fn rights_that_are_missing_are_named() {
    let group = Group::start().await;
    let topic = group.topic("mine").await;
    let theirs = group.telegram.create_topic(group.ana, group.forum, "hers").expect("made");
    let hers = group.telegram.say(group.ana, group.forum, None, "hers").expect("said");
    group.telegram.set_bot_rights(group.forum, Rights { admin: true, ..Rights::none() });
    let me = group.bot.get_chat_member(ChatId(group.forum), UserId(group.telegram.bot_id().unsigned_abs()));
    let me = me.await.expect("myself").kind;
    assert!(matches!(me, ChatMemberKind::Administrator(rights) if !rights.can_manage_topics));
    let chat = group.forum;
    for (method, body, why) in [
        ("createForumTopic", json!({ "name": "x" }), "not enough rights to create a topic"),
        ("editForumTopic", json!({ "message_thread_id": theirs, "name": "x" }), "not enough rights to edit the topic"),
        ("closeForumTopic", json!({ "message_thread_id": theirs }), "not enough rights to close or open the topic"),
        ("deleteForumTopic", json!({ "message_thread_id": topic }), "not enough rights to delete the topic"),
        ("pinChatMessage", json!({ "message_id": hers }), "not enough rights to manage pinned messages in the chat"),
        ("deleteMessage", json!({ "message_id": hers }), "message can't be deleted"),
    ] {
        let mut body = body;
        body["chat_id"] = chat.into();
        assert_eq!(group.refused(method, body).await, format!("Bad Request: {why}"));
    }
    // What it made itself it may close.
    group.ok("closeForumTopic", json!({ "chat_id": chat, "message_thread_id": topic })).await;
    group.assert_clean();
}

#[tokio::test]
async fn members_come_and_go() {
    let group = Group::start().await;
    let bo = group.telegram.add_user("Bo", None);
    group.telegram.set_admin(group.forum, group.ana, true);
    let admins = group.bot.get_chat_administrators(ChatId(group.forum)).await.expect("administrators");
    assert_eq!(admins.len(), 2);
    assert!(group.bot.get_chat(ChatId(group.forum)).await.expect("the chat").is_supergroup());
    group.ok("getUpdates", json!({ "allowed_updates": ["message", "chat_member", "my_chat_member"] })).await;
    group.telegram.remove_user(group.forum, bo);
    let member = json!({ "chat_id": group.forum, "user_id": bo });
    assert_eq!(group.ok("getChatMember", member).await["status"], "left");
    assert!(group.telegram.say(bo, group.forum, None, "still here?").is_err());
    let heard = group.ok("getUpdates", json!({})).await;
    assert_eq!(heard[0]["message"]["left_chat_member"]["id"], bo);
    assert_eq!(heard[1]["chat_member"]["new_chat_member"]["status"], "left");
    group.telegram.join(group.forum, bo);
    group.telegram.say(bo, group.forum, None, "back").expect("said");
    group.telegram.remove_user(group.forum, group.telegram.bot_id());
    let kicked = json!({ "chat_id": group.forum, "text": "x" });
    assert_eq!(group.refused("sendMessage", kicked).await, "Forbidden: bot was kicked from the supergroup chat");
    assert_eq!(group.updates("my_chat_member").await[0]["new_chat_member"]["status"], "kicked");
    group.assert_clean();
}

#[tokio::test]
async fn a_group_that_moved_says_where_to() {
    let group = Group::start().await;
    let topic = group.topic("kept").await;
    group.updates("message").await;
    let new = group.telegram.migrate(group.forum);
    let moved = group.bot.send_message(ChatId(group.forum), "x").await;
    assert!(matches!(moved, Err(RequestError::MigrateToChatId(id)) if id == ChatId(new)), "{moved:?}");
    let heard = group.updates("message").await;
    assert_eq!(
        (heard[0]["chat"]["id"].as_i64(), heard[0]["migrate_to_chat_id"].as_i64()),
        (Some(group.forum), Some(new))
    );
    assert_eq!(heard[1]["migrate_from_chat_id"], group.forum);
    let body = json!({ "chat_id": new, "message_thread_id": topic, "text": "x" });
    group.ok("sendMessage", body).await;
    group.assert_clean();
}

#[tokio::test]
async fn pins_are_announced_once() {
    let group = Group::start().await;
    let topic = group.topic("pins").await;
    let message = group.send(topic, "card").await;
    let body = json!({ "chat_id": group.forum, "message_id": message });
    group.ok("pinChatMessage", body.clone()).await;
    group.ok("pinChatMessage", body.clone()).await;
    let heard = group.updates("message").await;
    let pins: Vec<_> = heard.iter().filter(|m| !m["pinned_message"].is_null()).collect();
    assert_eq!(pins.len(), 1);
    assert_eq!(pins[0]["pinned_message"]["message_id"], message);
    assert!(group.telegram.message(group.forum, message).expect("there").pinned);
    group.ok("unpinChatMessage", body).await;
    group.ok("deleteMessages", json!({ "chat_id": group.forum, "message_ids": [message, 999] })).await;
    let first = json!({ "chat_id": group.forum, "message_id": topic });
    assert_eq!(group.refused("deleteMessage", first).await, "Bad Request: message can't be deleted");
    group.assert_clean();
}
