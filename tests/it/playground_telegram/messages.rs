//! Texts, markup, keyboards and edits.

use baton::playground::telegram::Say;
use serde_json::{Value, json};
use teloxide::ApiError;
use teloxide::RequestError;
use teloxide::payloads::{EditMessageTextSetters, SendMessageSetters};
use teloxide::requests::Requester;
use teloxide::types::{
    ChatId, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageId, ParseMode, ReplyParameters,
};

use super::{Group, WAIT};

#[tokio::test]
async fn html_becomes_entities_and_html_again() {
    let group = Group::start().await;
    let html = "<b>Ana &amp; <i>Bo</i></b> 🙂 <a href=\"https://x.org/?a=1&amp;b\">x</a>\n<pre><code \
                class=\"language-rust\">a &lt; b</code></pre> <tg-spoiler>s</tg-spoiler> /load@baton_bot @ana_k";
    let sent = group.bot.send_message(ChatId(group.forum), html).parse_mode(ParseMode::Html);
    let sent = sent.link_preview_options(LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    });
    let sent = sent.await.expect("sent");
    assert_eq!(sent.text(), Some("Ana & Bo 🙂 x\na < b s /load@baton_bot @ana_k"));
    let view = group.telegram.message(group.forum, i64::from(sent.id.0)).expect("there");
    let spans: Vec<(&str, u64, u64)> = view
        .entities
        .iter()
        .map(|e| (e["type"].as_str().unwrap_or(""), e["offset"].as_u64().unwrap(), e["length"].as_u64().unwrap()))
        .collect();
    let expected = [
        ("bold", 0, 8),
        ("italic", 6, 2),
        ("text_link", 12, 1),
        ("pre", 14, 5),
        ("spoiler", 20, 1),
        ("bot_command", 22, 15),
        ("mention", 38, 6),
    ];
    assert_eq!(spans, expected);
    assert_eq!(view.html, html);
    group.assert_clean();
}

#[tokio::test]
async fn what_does_not_parse_or_fit_is_refused() {
    let group = Group::start().await;
    let send = async |body: Value| {
        let mut body = body;
        body["chat_id"] = group.forum.into();
        group.refused("sendMessage", body).await
    };
    let html = async |text: &str| send(json!({ "text": text, "parse_mode": "HTML" })).await;
    let start = "Bad Request: can't parse entities: ";
    assert_eq!(html("a <b>").await, format!("{start}Can't find end tag corresponding to start tag \"b\""));
    assert_eq!(html("a <div>x</div>").await, format!("{start}Unsupported start tag \"div\" at byte offset 2"));
    assert_eq!(html("a </b>").await, format!("{start}Unexpected end tag at byte offset 2"));
    let crossed = "Unmatched end tag at byte offset 7, expected \"</i>\", found \"</b>\"";
    assert_eq!(html("<b><i>x</b></i>").await, format!("{start}{crossed}"));
    assert!(html("1 < 2").await.starts_with(start));
    assert_eq!(html("<b> </b>").await, "Bad Request: message text is empty");
    assert_eq!(send(json!({ "text": "x".repeat(4097) })).await, "Bad Request: message is too long");
    assert_eq!(send(json!({ "text": "🙂".repeat(2049) })).await, "Bad Request: message is too long");
    assert_eq!(send(json!({})).await, "Bad Request: message text is empty");
    let entity = json!({ "text": "🙂", "entities": [{ "type": "bold", "offset": 1, "length": 1 }] });
    assert!(send(entity).await.contains("middle of a UTF-16 symbol"));
    let entity = json!({ "text": "abc", "entities": [{ "type": "bold", "offset": 1, "length": 3 }] });
    assert!(send(entity).await.contains("ends after the end of the text"));
    assert!(send(json!({ "text": "x", "message_thread_id": "soon" })).await.contains("message_thread_id"));
    group.assert_blamed(12);
    // Markup counts for nothing; what is only sloppy passes and is remembered.
    let longest = format!("<b>{}</b>", "x".repeat(4096));
    group.ok("sendMessage", json!({ "chat_id": group.forum, "text": longest, "parse_mode": "HTML" })).await;
    group.assert_clean();
    group.ok("sendMessage", json!({ "chat_id": group.forum, "text": "a & b", "parse_mode": "HTML" })).await;
    group.ok("sendMessage", json!({ "chat_id": group.forum, "text": "x", "colour": 3 })).await;
    group.assert_blamed(2);
}

fn keyboard(data: &str) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([[InlineKeyboardButton::callback("Claim", data)]])
}

#[tokio::test]
async fn a_press_is_a_callback_query_that_is_answered_once() {
    let group = Group::start().await;
    let chat = ChatId(group.forum);
    let sent = group.bot.send_message(chat, "card").reply_markup(keyboard("c:1")).await.expect("sent");
    let id = i64::from(sent.id.0);
    let data = group.telegram.message(group.forum, id).expect("there").button("Claim").map(str::to_owned);
    assert_eq!(data.as_deref(), Some("c:1"));
    assert!(group.telegram.click(group.ana, group.forum, id, "c:2").is_err());
    let pressed = group.telegram.click(group.ana, group.forum, id, "c:1").expect("pressed");
    assert_eq!(group.telegram.unanswered().len(), 1);
    let query = &group.updates("callback_query").await[0];
    assert_eq!((query["id"].as_str(), query["from"]["id"].as_i64()), (Some(pressed.as_str()), Some(group.ana)));
    assert_eq!(query["message"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"], "c:1");
    let answer = json!({ "callback_query_id": pressed, "text": "Yours", "show_alert": true });
    group.ok("answerCallbackQuery", answer.clone()).await;
    let seen = group.telegram.answer(&pressed, WAIT).await.expect("answered");
    assert!(seen.text == "Yours" && seen.show_alert);
    let old = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    assert_eq!(group.refused("answerCallbackQuery", answer).await, old);
    assert_eq!(group.refused("answerCallbackQuery", json!({ "callback_query_id": "7" })).await, old);
    group.telegram.click_old(group.ana, group.forum, id, "c:1").expect("pressed");
    assert_eq!(group.updates("callback_query").await[0]["message"]["date"], 0);
    group.assert_clean();
}

#[tokio::test]
async fn keyboards_that_do_not_fit_are_refused() {
    let group = Group::start().await;
    let row = |n: usize| -> Vec<Value> { vec![json!({ "text": "x", "callback_data": "y" }); n] };
    for keyboard in [
        json!([[{ "text": "x", "callback_data": "y".repeat(65) }]]),
        json!([[{ "text": "x", "callback_data": "é".repeat(33) }]]),
        json!([[{ "text": "x", "callback_data": "" }]]),
        json!([[{ "text": "x" }]]),
        json!([[{ "text": "", "callback_data": "y" }]]),
        json!([[{ "text": "x", "url": "nowhere" }]]),
        json!([[{ "text": "x", "callback_data": "y", "url": "https://x.org" }]]),
        json!([row(9)]),
        json!(vec![row(8); 13]),
        json!("x"),
    ] {
        let body = json!({ "chat_id": group.forum, "text": "t", "reply_markup": { "inline_keyboard": keyboard } });
        group.refused("sendMessage", body).await;
    }
    group.assert_blamed(10);
}

#[tokio::test]
async fn edits_change_something_or_are_refused() {
    let group = Group::start().await;
    let chat = ChatId(group.forum);
    let sent = group.bot.send_message(chat, "one").reply_markup(keyboard("c:1")).await.expect("sent");
    let edited = group.bot.edit_message_text(chat, sent.id, "two").reply_markup(keyboard("c:1")).await.expect("edited");
    assert!(edited.edit_date().is_some());
    let same = group.bot.edit_message_text(chat, sent.id, "two").reply_markup(keyboard("c:1")).await;
    assert!(matches!(same, Err(RequestError::Api(ApiError::MessageNotModified))), "{same:?}");
    // Without a keyboard the edit takes the one that is there.
    group.bot.edit_message_text(chat, sent.id, "two").await.expect("edited");
    assert!(group.telegram.message(group.forum, i64::from(sent.id.0)).expect("there").buttons.is_empty());
    let gone = group.bot.edit_message_text(chat, MessageId(999), "x").await;
    assert!(matches!(gone, Err(RequestError::Api(ApiError::MessageToEditNotFound))), "{gone:?}");
    let theirs = group.telegram.say(group.ana, group.forum, None, "hers").expect("said");
    let edit = json!({ "chat_id": group.forum, "message_id": theirs, "text": "mine" });
    assert_eq!(group.refused("editMessageText", edit).await, "Bad Request: message can't be edited");
    group.telegram.delete(group.forum, i64::from(sent.id.0));
    let body = json!({ "chat_id": group.forum, "message_id": sent.id.0 });
    assert_eq!(group.refused("deleteMessage", body).await, "Bad Request: message to delete not found");
    group.ok("deleteMessage", json!({ "chat_id": group.forum, "message_id": theirs })).await;
    group.assert_clean();
}

#[tokio::test]
async fn answers_need_what_they_answer() {
    let group = Group::start().await;
    let chat = ChatId(group.forum);
    let topic = group.topic("María").await;
    let said = Say {
        entities: vec![json!({ "type": "text_mention", "offset": 0, "length": 2, "user": { "id": group.ana } })],
        ..Say::from("Yo hablo")
    };
    let said = group.telegram.say(group.ana, group.forum, Some(topic), said).expect("said");
    let heard = group.updates("message").await.pop().expect("heard");
    assert_eq!(heard["entities"][0]["user"]["first_name"], "Ana");
    assert_eq!(heard["reply_to_message"]["forum_topic_created"]["name"], "María");
    let to = |id: i64| ReplyParameters::new(MessageId(i32::try_from(id).expect("small")));
    // An answer follows the message into its topic.
    let answer = group.bot.send_message(chat, "ok").reply_parameters(to(said)).await.expect("sent");
    assert_eq!(answer.thread_id.map(|t| i64::from(t.0.0)), Some(topic));
    group.telegram.delete(group.forum, said);
    let gone = group.bot.send_message(chat, "ok").reply_parameters(to(said)).await.expect_err("gone");
    assert!(gone.to_string().to_lowercase().contains("repl"), "{gone}");
    let anyway = to(said).allow_sending_without_reply();
    group.bot.send_message(chat, "ok").reply_parameters(anyway).await.expect("sent");
    group.assert_clean();
}
