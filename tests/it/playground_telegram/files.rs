//! Media up and down.

use baton::playground::telegram::{File, Say};
use serde_json::json;
use teloxide::net::Download;
use teloxide::payloads::{SendDocumentSetters, SendMediaGroupSetters};
use teloxide::requests::Requester;
use teloxide::types::{ChatId, InputFile, InputMedia, InputMediaPhoto, MessageId, ThreadId};

use super::{Group, jpeg};

#[tokio::test]
async fn a_file_goes_up_and_comes_down() {
    let group = Group::start().await;
    let topic = group.topic("files").await;
    let thread = ThreadId(MessageId(i32::try_from(topic).expect("small")));
    let file = InputFile::memory("a few words").file_name("a.txt");
    let sent = group.bot.send_document(ChatId(group.forum), file).message_thread_id(thread).caption("see").await;
    let sent = sent.expect("sent");
    assert_eq!(sent.caption(), Some("see"));
    let document = sent.document().expect("a document");
    let found = group.bot.get_file(document.file.id.clone()).await.expect("a file");
    let mut bytes = Vec::new();
    group.bot.download_file(&found.path, &mut bytes).await.expect("downloaded");
    assert_eq!(bytes, b"a few words");
    let view = group.telegram.messages(group.forum, Some(topic)).pop().expect("there");
    assert_eq!((view.attachments[0].name.as_str(), view.attachments[0].kind.as_str()), ("a.txt", "document"));
    // What is there already is sent again by its id; another bot's id says nothing.
    let again = json!({ "chat_id": group.forum, "document": document.file.id.0 });
    group.ok("sendDocument", again).await;
    group.telegram.add_bot("4200000002:other", "other_bot");
    let other = group.call_as("4200000002:other", "getFile", json!({ "file_id": document.file.id.0 })).await;
    assert_eq!(other["description"], "Bad Request: wrong file_id or the file is temporarily unavailable");
    group.assert_clean();
}

#[tokio::test]
async fn what_people_send_has_its_kind() {
    let group = Group::start().await;
    let file = |name: &str, kind: &str| File {
        name: name.to_owned(),
        content_type: kind.to_owned(),
        bytes: b"bytes".to_vec(),
    };
    for (name, kind, field) in [
        ("a.jpg", "image/jpeg", "photo"),
        ("a.webp", "image/webp", "sticker"),
        ("a.mp4", "video/mp4", "video"),
        ("a.ogg", "audio/ogg; codecs=opus", "voice"),
        ("a.mp3", "audio/mpeg", "audio"),
        ("a.pdf", "application/pdf", "document"),
    ] {
        group.telegram.say(group.ana, group.forum, None, file(name, kind)).expect("said");
        let heard = group.updates("message").await.pop().expect("heard");
        assert!(!heard[field].is_null(), "{heard}");
    }
    let big = File { bytes: vec![0; 20 * 1024 * 1024 + 1], ..file("big.bin", "application/octet-stream") };
    group.telegram.say(group.ana, group.forum, None, Say { text: "big".to_owned(), ..Say::from(big) }).expect("said");
    let heard = group.updates("message").await.pop().expect("heard");
    assert_eq!(heard["caption"], "big");
    let id = &heard["document"]["file_id"];
    assert_eq!(group.refused("getFile", json!({ "file_id": id })).await, "Bad Request: file is too big");
    group.assert_clean();
}

#[tokio::test]
async fn albums_go_both_ways() {
    let group = Group::start().await;
    let sent = group.telegram.album(group.ana, group.forum, None, vec![jpeg("a.jpg"), jpeg("b.jpg")], "both");
    assert_eq!(sent.expect("sent").len(), 2);
    let heard = group.updates("message").await;
    assert_eq!(heard[0]["media_group_id"], heard[1]["media_group_id"]);
    assert_eq!((heard[0]["caption"].as_str(), heard[1].get("caption")), (Some("both"), None));
    let photo = |name: &str| InputMedia::Photo(InputMediaPhoto::new(InputFile::memory(jpeg(name).bytes)).caption(name));
    let sent = group.bot.send_media_group(ChatId(group.forum), [photo("c"), photo("d")]).disable_notification(true);
    let sent = sent.await.expect("sent");
    assert_eq!(sent.iter().filter_map(|m| m.caption()).collect::<Vec<_>>(), ["c", "d"]);
    assert!(sent[0].media_group_id().is_some());
    group.assert_clean();
    let one = InputMedia::Photo(InputMediaPhoto::new(InputFile::memory(jpeg("e").bytes)));
    assert!(group.bot.send_media_group(ChatId(group.forum), [one]).await.is_err());
    group.assert_blamed(1);
}

#[tokio::test]
async fn what_is_no_picture_or_too_much_is_refused() {
    let group = Group::start().await;
    let broken = group.bot.send_photo(ChatId(group.forum), InputFile::memory("words")).await.expect_err("no picture");
    assert!(broken.to_string().contains("IMAGE_PROCESS_FAILED"), "{broken}");
    let mut large = jpeg("large").bytes;
    large.resize(10 * 1024 * 1024 + 1, 0);
    let large = group.bot.send_photo(ChatId(group.forum), InputFile::memory(large)).await.expect_err("too large");
    assert!(large.to_string().contains("too big for a photo"), "{large}");
    group.assert_clean();
    let url = format!("{}/bot{}/sendDocument", group.telegram.url(), group.telegram.token());
    let part = reqwest::multipart::Part::bytes(vec![0; 51 * 1024 * 1024]).file_name("huge.bin");
    let form = reqwest::multipart::Form::new().text("chat_id", group.forum.to_string()).part("document", part);
    let answer = group.client.post(url).multipart(form).send().await;
    // The server may close before all of it is sent.
    assert!(answer.is_err() || answer.is_ok_and(|a| a.status().as_u16() == 413));
    let caption = json!({ "chat_id": group.forum, "document": "x", "caption": "x".repeat(1025) });
    assert_eq!(group.refused("sendDocument", caption).await, "Bad Request: message caption is too long");
    let place = json!({ "chat_id": group.forum, "latitude": 40.4, "longitude": -3.7 });
    assert_eq!(group.ok("sendLocation", place).await["location"]["latitude"], 40.4);
    let card = json!({ "chat_id": group.forum, "phone_number": "+34600", "first_name": "Eva" });
    assert_eq!(group.ok("sendContact", card).await["contact"]["first_name"], "Eva");
    group.assert_blamed(1);
}
