//! Updates of Telegram, of today and of tomorrow, through the intake of the webhook and the translator: words never vanish.

use std::sync::Arc;
use std::time::Duration;

use baton::domain::content::MediaKind;
use baton::domain::event::{Button, Event, FromMember, MemberDid, ThreadChange};
use baton::domain::ids::{ConversationId, Time};
use baton::domain::markup::{Block, Inline};
use baton::port::{Item, Translate};
use baton::port::{Pushed, Rejected};
use baton::secret::Secret;
use baton::telegram::{BotSettings, Settings, Telegram, Translator, secret_of};
use serde_json::{Value, json};

use crate::telegram_perform::commands;

const FORUM: i64 = -1_001_234;
const NOW: Time = Time(1_795_961_100_000);

fn bots() -> Arc<Telegram> {
    let bot = |name: &str, token: &str, forum| BotSettings {
        name: name.to_owned(),
        token: Secret::new(token),
        forums: vec![forum],
    };
    let settings = Settings {
        api_url: "https://api.telegram.org".to_owned(),
        bots: vec![bot("support", "42:secret", FORUM), bot("sales", "43:secret", -1_005_678)],
        notice_chat: None,
        allow_plain_http: false,
        max_upload: 50_000_000,
        max_download: 20_000_000,
        calls_per_minute: 20,
        timeout: Duration::from_secs(1),
        poll: Duration::from_secs(1),
    };
    Telegram::new(settings, commands()).expect("settings")
}

fn items(bots: &Telegram, update: &Value) -> Vec<Item> {
    let secret = secret_of(&Secret::new("42:secret"));
    bots.taken("support", Some(&secret), update.to_string().as_bytes(), NOW).expect("taken")
}

fn events(update: Value) -> Vec<Event> {
    let translate = |item: Item| Translator.translate(&item.body).expect("translated");
    items(&bots(), &update).into_iter().flat_map(translate).collect()
}

fn did(update: Value) -> FromMember {
    match events(update).pop() {
        Some(Event::Member(from)) => from,
        other => panic!("{other:?}"),
    }
}

fn user() -> Value {
    json!({ "id": 77, "is_bot": false, "first_name": "Ana", "last_name": "K", "username": "ana_k" })
}

/// A message in topic 7 with these fields over the usual ones.
fn message(fields: Value) -> Value {
    let mut message = json!({
        "message_id": 9, "message_thread_id": 7, "is_topic_message": true, "date": 1_795_961_000, "from": user(),
        "chat": { "id": FORUM, "type": "supergroup", "title": "Support", "is_forum": true },
        "reply_to_message": {
            "message_id": 7, "message_thread_id": 7, "is_topic_message": true, "date": 1, "from": user(),
            "chat": { "id": FORUM, "type": "supergroup" }, "forum_topic_created": { "name": "x", "icon_color": 7_322_096 },
        },
    });
    for (field, value) in fields.as_object().expect("fields") {
        message[field] = value.clone();
    }
    message
}

fn update(fields: Value) -> Value {
    json!({ "update_id": 1, "message": message(fields) })
}

fn said(fields: Value) -> (String, String, Vec<baton::domain::content::File>) {
    match did(update(fields)).did {
        MemberDid::Said { text, raw, files, .. } => (text.to_plain(), raw, files),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_in_a_topic_is_said() {
    // story: TG-01
    let from = did(update(json!({ "text": "hola *you*", "entities": [{ "type": "bold", "offset": 0, "length": 4 }] })));
    assert_eq!((from.member.user.as_str(), from.member.name.as_str()), ("tg/77", "Ana K"));
    assert_eq!(from.member.roles, ["member"]);
    assert_eq!(from.at, Time::from_secs(1_795_961_000));
    let MemberDid::Said { thread, post, text, raw, files, reply_to } = from.did else { panic!("said") };
    assert_eq!((thread.as_str(), post.as_str()), ("tg/-1001234/7", "tg/-1001234/9"));
    assert_eq!((raw.as_str(), files.len(), reply_to), ("hola *you*", 0, None));
    assert_eq!(
        text.0,
        [Block::Line(vec![Inline::Bold(vec![Inline::Text("hola".to_owned())]), Inline::Text(" *you*".to_owned()),])]
    );
}

#[test]
fn what_is_newer_than_the_types_is_said_all_the_same() {
    for entities in [
        json!([{ "type": "date_time", "offset": 0, "length": 4, "unix_time": 1, "date_time_format": "r" }]),
        json!([{ "type": "of_tomorrow", "offset": 0, "length": 4 }]),
        json!([{ "kind": 5 }]),
        json!("none at all"),
    ] {
        assert_eq!(said(json!({ "text": "soon", "entities": entities })).0, "soon");
        let photo = json!([{ "file_id": "a", "file_unique_id": "b", "width": 1, "height": 1 }]);
        let (text, _, files) = said(json!({ "caption": "soon", "caption_entities": entities, "photo": photo }));
        assert_eq!((text.as_str(), files.len()), ("soon", 1));
    }
    for newer in [
        json!({ "text": "hi", "quote": { "text": "x", "position": 0, "entities": [{ "type": "of_tomorrow" }] } }),
        json!({ "text": "hi", "external_reply": { "origin": { "type": "x" }, "live_photo": {} } }),
        json!({ "text": "hi", "forward_origin": { "type": "of_tomorrow" } }),
        json!({ "text": "hi", "sender_tag": "x" }),
    ] {
        assert_eq!(said(newer).0, "hi");
    }
}

#[test]
fn files_come_in_every_form() {
    let file = |fields: Value| {
        let (_, _, mut files) = said(fields);
        assert_eq!(files.len(), 1, "{files:?}");
        let file = files.remove(0);
        (file.kind, file.mime, file.remote, file.size)
    };
    let one = json!({ "file_id": "F", "file_unique_id": "u", "file_size": 5 });
    let expected = |kind, mime: &str| (kind, mime.to_owned(), "tg/42/F".to_owned(), 5);
    assert_eq!(file(json!({ "voice": one })), expected(MediaKind::Voice, "audio/ogg"));
    assert_eq!(file(json!({ "audio": one })), expected(MediaKind::Audio, "audio/mpeg"));
    assert_eq!(file(json!({ "video": one })), expected(MediaKind::Video, "video/mp4"));
    assert_eq!(file(json!({ "video_note": one })), expected(MediaKind::Video, "video/mp4"));
    assert_eq!(file(json!({ "animation": one, "document": one })), expected(MediaKind::Video, "video/mp4"));
    assert_eq!(file(json!({ "document": one })), expected(MediaKind::Document, "application/octet-stream"));
    let malformed = json!({ "file_id": "F", "file_size": 5, "mime_type": "nonsense" });
    assert_eq!(file(json!({ "document": malformed })), expected(MediaKind::Document, "application/octet-stream"));
    let typed = json!({ "file_id": "F", "file_size": 5, "mime_type": "Application/PDF; x=1" });
    assert_eq!(file(json!({ "document": typed })), expected(MediaKind::Document, "application/pdf"));
    assert_eq!(file(json!({ "sticker": one })), expected(MediaKind::Sticker, "image/webp"));
    let sizes = json!([
        { "file_id": "S", "width": 90, "height": 90 }, { "file_id": "F", "width": 800, "height": 800, "file_size": 5 },
    ]);
    assert_eq!(file(json!({ "photo": sizes })), expected(MediaKind::Image, "image/jpeg"));
}

#[test]
fn what_is_no_file_becomes_words() {
    assert_eq!(said(json!({ "sticker": { "file_id": "F", "is_animated": true, "emoji": "🎉" } })).0, "🎉");
    let place = json!({ "latitude": 1.5, "longitude": -2.0 });
    assert_eq!(said(json!({ "location": place })).0, "https://maps.google.com/?q=1.5,-2");
    let venue = json!({ "location": place, "title": "Café", "address": "Main St 1" });
    assert_eq!(
        said(json!({ "venue": venue, "location": place })).0,
        "Café\nMain St 1\nhttps://maps.google.com/?q=1.5,-2"
    );
    let contact = json!({ "first_name": "Bo", "phone_number": "+4670" });
    assert_eq!(said(json!({ "contact": contact })).0, "Bo +4670");
}

#[test]
fn what_cannot_be_relayed_stays_inside_and_is_told() {
    for (fields, raw) in [
        (json!({ "poll": { "question": "?" } }), "// [a poll that cannot be relayed]"),
        (json!({ "rich_message": {} }), "// [a message in a form that is not known that cannot be relayed]"),
        (json!({ "hologram": {} }), "// [a kind of message that cannot be relayed]"),
        (json!({ "paid_media": {}, "caption": "see" }), "// [paid media that cannot be relayed] see"),
    ] {
        let (text, said, _) = said(fields);
        assert_eq!((text.as_str(), said.as_str()), (raw, raw));
    }
}

#[test]
fn replies_name_the_post_and_a_topics_first_message_is_none() {
    let answered = message(json!({ "message_id": 8, "text": "x" }));
    let MemberDid::Said { reply_to, .. } = did(update(json!({ "text": "y", "reply_to_message": answered }))).did else {
        panic!("said")
    };
    assert_eq!(reply_to.expect("a reply").as_str(), "tg/-1001234/8");
}

#[test]
fn edits_reactions_and_clicks() {
    let edited = json!({
        "update_id": 2, "edited_message": message(json!({ "text": "new", "edit_date": 1_795_961_050 })),
    });
    let from = did(edited.clone());
    assert_eq!(from.at, Time::from_secs(1_795_961_050));
    assert!(matches!(from.did, MemberDid::Edited { raw, .. } if raw == "new"));

    let emoji = |emoji: &str| json!({ "type": "emoji", "emoji": emoji });
    let reaction = json!({ "update_id": 3, "message_reaction": {
        "chat": { "id": FORUM, "type": "supergroup" }, "message_id": 9, "user": user(), "date": 1_795_961_060,
        "old_reaction": [emoji("👍"), emoji("🔥")], "new_reaction": [emoji("🔥"), emoji("❤"), { "type": "of_tomorrow" }],
    } });
    let told: Vec<(String, bool)> = events(reaction)
        .into_iter()
        .map(|event| match event {
            Event::Member(FromMember { did: MemberDid::Reacted { emoji, added, .. }, .. }) => (emoji, added),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [("👍".to_owned(), false), ("❤".to_owned(), true)]);

    let click = |message: Value| {
        let query = json!({ "id": "555", "from": user(), "message": message, "data": "b:claim:12" });
        did(json!({ "update_id": 4, "callback_query": query }))
    };
    let from = click(message(json!({ "text": "card" })));
    assert_eq!(from.at, NOW);
    let MemberDid::Clicked { interaction, button } = from.did else { panic!("clicked") };
    assert_eq!(interaction.as_str(), "tg/-1001234/c/555/7/9/77");
    assert_eq!(button, Button::Claim(ConversationId(12)));
    let gone = json!({ "chat": { "id": FORUM, "type": "supergroup" }, "message_id": 9, "date": 0 });
    let MemberDid::Clicked { interaction, .. } = click(gone).did else { panic!("clicked") };
    assert_eq!(interaction.as_str(), "tg/-1001234/c/555/0/9/77");
}

#[test]
fn a_reaction_is_heard_where_its_message_was() {
    let bots = bots();
    items(&bots, &update(json!({ "text": "hola" })));
    let reaction = json!({ "update_id": 3, "message_reaction": {
        "chat": { "id": FORUM, "type": "supergroup" }, "message_id": 9, "user": user(), "date": 1,
        "old_reaction": [], "new_reaction": [{ "type": "emoji", "emoji": "❤" }],
    } });
    assert_eq!(items(&bots, &reaction)[0].lane, "tg:-1001234:7");
}

#[test]
fn commands_carry_people_and_the_conversation() {
    let command = |fields: Value| match did(update(fields)).did {
        MemberDid::Commanded { interaction, channel, text } => (interaction.0, channel.0, text),
        other => panic!("{other:?}"),
    };
    let (interaction, channel, text) = command(json!({ "text": "/Handoff@baton_bot @bo_x refund\nover limit" }));
    assert_eq!(interaction, "tg/-1001234/m/7/9/77");
    assert_eq!((channel.as_str(), text.as_str()), ("tg/-1001234/7", "handoff @bo_x refund\nover limit"));
    let mention =
        json!([{ "type": "text_mention", "offset": 9, "length": 5, "user": { "id": 78, "first_name": "Bo" } }]);
    let (.., text) = command(json!({ "text": "/handoff Bo 😀 please", "entities": mention }));
    assert_eq!(text, "handoff @tg/78 please");

    // In General the post it answers says which conversation it is about.
    let general = |text: &str, answered: &str, bot: i64| {
        let answered = json!({
            "message_id": 3, "date": 1, "chat": { "id": FORUM }, "from": { "id": bot, "is_bot": true }, "text": answered,
        });
        json!({ "text": text, "is_topic_message": null, "message_thread_id": 55, "reply_to_message": answered })
    };
    let (interaction, channel, text) = command(general("/claim", "Late: #12 Maria (#12)", 42));
    assert_eq!((interaction.as_str(), channel.as_str()), ("tg/-1001234/m/0/9/77", "tg/-1001234"));
    assert_eq!(text, "claim #12");
    assert_eq!(command(general("/claim 13", "Late: #12", 42)).2, "claim #12 13");
    assert_eq!(command(general("/claim #13", "Late: #12", 42)).2, "claim #13");
    assert_eq!(command(general("/claim", "Late: #12 and #13", 42)).2, "claim");
    assert_eq!(command(general("/claim", "Late: #12", 99)).2, "claim");
    assert_eq!(command(general("/load", "Late: #12", 42)).2, "load");
}

#[test]
fn what_is_no_command_is_said() {
    for text in ["// a note", "/", "/usr/bin", "/ claim", "a /claim"] {
        assert_eq!(said(json!({ "text": text })).1, text);
    }
}

#[test]
fn what_is_not_for_us_is_not_stored() {
    let general = |text: &str| update(json!({ "text": text, "is_topic_message": null, "reply_to_message": null }));
    for ignored in [
        general("hello everybody"),
        update(json!({ "text": "hi", "from": { "id": 5, "is_bot": true, "first_name": "Other" } })),
        update(json!({ "forum_topic_created": { "name": "x" } })),
        update(json!({ "forum_topic_edited": { "name": "x" } })),
        update(json!({ "pinned_message": {} })),
        update(json!({ "text": "hi", "chat": { "id": -1_005_678, "type": "supergroup" } })),
        json!({ "update_id": 1, "managed_bot": {} }),
        json!({ "update_id": 1 }),
    ] {
        assert_eq!(items(&bots(), &ignored), [], "{ignored}");
    }
    assert_eq!(items(&bots(), &general("/load")).len(), 1);
}

#[test]
fn anonymous_administrators_have_no_role() {
    // story: TG-04
    let hidden = json!({ "id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot" });
    let from = did(update(json!({ "text": "hola", "from": hidden, "sender_chat": { "id": FORUM } })));
    assert_eq!((from.member.user.as_str(), from.member.roles.len()), ("tg/1087968824", 0));
    assert!(matches!(from.did, MemberDid::Said { .. }));
}

#[test]
fn topics_that_people_close_are_told_and_the_bots_own_are_not() {
    // story: TG-04
    let closed = events(update(json!({ "forum_topic_closed": {} })));
    let shut = |archived| ThreadChange::Shut { archived, locked: false };
    assert_eq!(closed, [Event::Thread { thread: "tg/-1001234/7".into(), change: shut(true) }]);
    let opened = events(update(json!({ "forum_topic_reopened": {} })));
    assert_eq!(opened, [Event::Thread { thread: "tg/-1001234/7".into(), change: shut(false) }]);
    let own = json!({ "id": 42, "is_bot": true, "first_name": "Baton" });
    assert!(events(update(json!({ "forum_topic_closed": {}, "from": own }))).is_empty());
}

#[test]
fn who_comes_goes_and_rises_is_told() {
    // story: TG-04
    let bots = bots();
    let change = |kind: &str, user: Value, status: &str| {
        let chat = json!({ "id": FORUM, "type": "supergroup", "title": "Support" });
        json!({ "update_id": 6, kind: {
            "chat": chat, "from": self::user(), "date": 1_795_961_000,
            "old_chat_member": { "status": "member", "user": user },
            "new_chat_member": { "status": status, "user": user },
        } })
    };
    let told = |update: &Value| {
        let item = items(&bots, update).remove(0);
        Translator.translate(&item.body).expect("translated").pop()
    };
    let Some(Event::Members { members, all: false }) = told(&change("chat_member", user(), "administrator")) else {
        panic!("members")
    };
    assert_eq!(members[0].roles, ["member", "administrator"]);
    let item = items(&bots, &update(json!({ "text": "hi" }))).remove(0);
    assert!(item.body.contains(r#""roles":["member","administrator"]"#));
    assert_eq!(told(&change("chat_member", user(), "left")), Some(Event::MemberLeft { user: "tg/77".into() }));
    let bot = json!({ "id": 42, "is_bot": true, "first_name": "Baton" });
    for status in ["member", "kicked"] {
        assert!(matches!(told(&change("my_chat_member", bot.clone(), status)), Some(Event::Account { .. })));
    }
    let moved = update(json!({ "migrate_to_chat_id": -1_009_999, "is_topic_message": null }));
    let Some(Event::Account { notice }) = told(&moved) else { panic!("a notice") };
    assert!(notice.contains("-1009999"));
}

#[test]
fn keys_are_those_of_what_happened() {
    let key = |update: Value| items(&bots(), &update)[0].key;
    let hola = || update(json!({ "text": "hola" }));
    let mut again = hola();
    again["update_id"] = 99.into();
    assert_eq!(key(hola()), key(again));
    let edited = |update_id: i64| json!({ "update_id": update_id, "edited_message": message(json!({ "text": "x", "edit_date": 1_795_961_050 })) });
    assert_eq!(key(edited(5)), key(edited(5)));
    assert_ne!(key(edited(5)), key(edited(6)));
    let lanes: Vec<String> = [
        hola(),
        edited(5),
        update(json!({ "text": "/claim" })),
        update(json!({ "text": "/claim", "is_topic_message": null })),
        update(json!({ "text": "/load", "is_topic_message": null, "chat": { "id": 77, "type": "private" } })),
    ]
    .iter()
    .map(|update| items(&bots(), update)[0].lane.clone())
    .collect();
    assert_eq!(lanes, ["tg:-1001234:7", "tg:-1001234:7", "tg:-1001234:7", "tg:-1001234:0", "tg:u:77"]);
}

#[test]
fn a_forged_update_is_refused() {
    let bots = bots();
    let body = update(json!({ "text": "hola" })).to_string();
    let secret = secret_of(&Secret::new("42:secret"));
    assert_eq!(secret.len(), 64);
    let posted = |bot: &str, secret: Option<&str>, body: &str| bots.taken(bot, secret, body.as_bytes(), NOW);
    assert_eq!(posted("support", None, &body), Err(Rejected::Forged));
    assert_eq!(posted("support", Some("x"), &body), Err(Rejected::Forged));
    assert_eq!(posted("sales", Some(&secret), &body), Err(Rejected::Forged));
    assert_eq!(posted("other", Some(&secret), &body), Err(Rejected::Unknown));
    assert_eq!(posted("support", Some(&secret), "{}"), Err(Rejected::Unreadable));
    assert_eq!(posted("support", Some(&secret), "x"), Err(Rejected::Unreadable));
    assert_eq!(posted("support", Some(&secret), &body).map(|items| items.len()), Ok(1));
}
