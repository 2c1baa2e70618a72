//! What people do that a bot hears of, or does not.

use baton::playground::telegram::{GROUP_ANONYMOUS_BOT, Rights, Say};
use serde_json::{Value, json};
use teloxide::requests::Requester;
use teloxide::types::{BotCommand, ChatId};

use super::Group;

#[tokio::test]
async fn edits_reactions_and_anonymous_words_arrive() {
    let group = Group::start().await;
    let topic = group.topic("María").await;
    let said = group.telegram.say(group.ana, group.forum, Some(topic), "helo").expect("said");
    group.telegram.edit(group.ana, group.forum, said, "hello").expect("edited");
    assert!(group.telegram.edit(group.ana, group.forum, said, "hello").is_err());
    assert_eq!(group.updates("edited_message").await[0]["text"], "hello");
    group.telegram.say_anonymously(group.forum, Some(topic), "from on high").expect("said");
    let heard = group.updates("message").await.pop().expect("heard");
    assert_eq!(heard["from"]["id"], GROUP_ANONYMOUS_BOT);
    assert_eq!(heard["sender_chat"]["id"], group.forum);
    let own = group.send(topic, "mine").await;
    let react = |emoji: &str| json!({ "chat_id": group.forum, "message_id": own, "reaction": [{ "type": "emoji", "emoji": emoji }] });
    group.ok("setMessageReaction", react("👀")).await;
    let view = group.telegram.message(group.forum, own).expect("there");
    assert_eq!(view.reactions, [("👀".to_owned(), vec![group.telegram.bot_id()])]);
    assert_eq!(group.telegram.pending_updates(), 0);
    group.assert_clean();
    assert_eq!(group.refused("setMessageReaction", react("✅")).await, "Bad Request: REACTION_INVALID");
    group.assert_blamed(1);
}

#[tokio::test]
async fn privacy_hides_what_is_not_meant_for_the_bot() {
    let group = Group::start().await;
    group.telegram.set_bot_rights(group.forum, Rights::none());
    let changed = group.updates("my_chat_member").await;
    assert_eq!(changed[0]["old_chat_member"]["status"], "administrator");
    assert_eq!(changed[0]["new_chat_member"]["status"], "member");
    let own = group.ok("sendMessage", json!({ "chat_id": group.forum, "text": "x" })).await;
    let own = own["message_id"].as_i64();
    let say = |text: &str| group.telegram.say(group.ana, group.forum, None, text).expect("said");
    say("between us");
    say("/load@other_bot");
    say("/load");
    say("/load@baton_bot now");
    group.telegram.say(group.ana, group.forum, None, Say { reply_to: own, .."yes".into() }).expect("said");
    let heard = group.updates("message").await;
    let texts: Vec<&Value> = heard.iter().map(|m| &m["text"]).collect();
    assert_eq!(texts, ["/load", "/load@baton_bot now", "yes"]);
    assert_eq!(heard[1]["entities"], json!([{ "type": "bot_command", "offset": 0, "length": 15 }]));
    group.telegram.set_privacy_mode(false);
    say("to all");
    assert_eq!(group.updates("message").await.len(), 1);
    group.assert_clean();
}

#[tokio::test]
async fn messages_are_laid_over_with_shapes_of_tomorrow() {
    let group = Group::start().await;
    let raw =
        json!({ "sender_tag": "vip", "entities": [{ "type": "date_time", "offset": 0, "length": 2, "unix_time": 1 }] });
    group.telegram.say(group.ana, group.forum, None, Say { raw: Some(raw), .."at".into() }).expect("said");
    let heard = group.updates("message").await;
    assert_eq!((&heard[0]["sender_tag"], &heard[0]["entities"][0]["type"]), (&json!("vip"), &json!("date_time")));
    group.assert_clean();
}

#[tokio::test]
async fn private_chats_are_opened_by_people() {
    let group = Group::start().await;
    let never = group.bot.send_message(ChatId(group.ana), "psst").await.expect_err("never opened");
    assert!(never.to_string().to_lowercase().contains("conversation"), "{never}");
    group.telegram.say_privately(group.ana, "/start").expect("said");
    assert_eq!(group.updates("message").await[0]["chat"]["type"], "private");
    group.bot.send_message(ChatId(group.ana), "psst").await.expect("sent");
    let texts: Vec<String> = group.telegram.private_messages(group.ana).into_iter().map(|m| m.text).collect();
    assert_eq!(texts, ["/start", "psst"]);
    group.telegram.block(group.ana, true);
    assert_eq!(group.updates("my_chat_member").await[0]["new_chat_member"]["status"], "kicked");
    let blocked = json!({ "chat_id": group.ana, "text": "x" });
    assert_eq!(group.refused("sendMessage", blocked).await, "Forbidden: bot was blocked by the user");
    group.assert_clean();
}

#[tokio::test]
async fn commands_are_registered() {
    let group = Group::start().await;
    // teloxide writes the slash of its own lists.
    group.bot.set_my_commands([BotCommand::new("/load", "Who has how much.")]).await.expect("set");
    assert_eq!(group.telegram.commands(), [("load".to_owned(), "Who has how much.".to_owned())]);
    assert_eq!(group.bot.get_my_commands().await.expect("commands").len(), 1);
    group.assert_clean();
    assert!(group.bot.set_my_commands([BotCommand::new("Load!", "no")]).await.is_err());
    group.assert_blamed(1);
}
