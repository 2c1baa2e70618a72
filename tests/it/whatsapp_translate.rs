//! From items to events.

use baton::domain::content::{Content, MediaKind};
use baton::domain::event::{CustomerDid, Delivered, Event};
use baton::domain::ids::{OutboxId, Time, Wamid};
use baton::port::Translate;
use baton::whatsapp::WhatsApp;
use baton::whatsapp::split::split;
use serde_json::{Value, json};

use crate::whatsapp_support::{NUMBER, samples, settings};

fn door() -> WhatsApp {
    WhatsApp::new(settings("http://127.0.0.1:1")).unwrap()
}

fn events_of(webhook: &Value) -> Vec<Result<Vec<Event>, String>> {
    let door = door();
    split(webhook.to_string().as_bytes(), |number| number == NUMBER)
        .items
        .iter()
        .map(|item| door.translate(&item.body))
        .collect()
}

fn change(field: &str, value: Value) -> Result<Vec<Event>, String> {
    let mut value = value;
    value["metadata"] = json!({ "phone_number_id": NUMBER });
    let webhook = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102", "time": 1_795_369_060,
        "changes": [{ "field": field, "value": value }] }] });
    events_of(&webhook).remove(0)
}

fn message(fields: Value) -> Result<Vec<Event>, String> {
    let mut message =
        json!({ "from": "15551230000", "from_user_id": "US.77001122", "id": "wamid.A", "timestamp": "1795369055" });
    message.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
    change("messages", json!({ "messages": [message] }))
}

fn did(fields: Value) -> CustomerDid {
    match message(fields).unwrap().remove(0) {
        Event::Customer(event) => event.did,
        other => panic!("{other:?}"),
    }
}

fn content(fields: Value) -> Content {
    match did(fields) {
        CustomerDid::Said { content, .. } => content,
        other => panic!("{other:?}"),
    }
}

fn status(fields: Value) -> Result<Vec<Event>, String> {
    let mut status = json!({ "id": "wamid.B", "status": "delivered", "timestamp": "1795369070" });
    status.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
    change("messages", json!({ "statuses": [status] }))
}

#[test]
fn samples_are_all_understood() {
    let all: Vec<(String, Vec<Event>)> = samples()
        .iter()
        .map(|(name, webhook)| {
            let mut events = events_of(webhook);
            assert_eq!(events.len(), 1, "{name}");
            (name.clone(), events.remove(0).unwrap_or_else(|why| panic!("{name}: {why}")))
        })
        .collect();
    assert_eq!(all.len(), 27);
    insta::assert_debug_snapshot!(all);
}

#[test]
fn order_and_repetition_do_not_change_what_a_message_means() {
    let all: Vec<Value> = samples().into_values().collect();
    let forwards: Vec<_> = all.iter().map(events_of).collect();
    let mut backwards: Vec<_> = all.iter().rev().map(events_of).collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    // All of them in one body, entry by entry.
    let entries: Vec<Value> = all.iter().flat_map(|webhook| webhook["entry"].as_array().unwrap().clone()).collect();
    let together = events_of(&json!({ "object": "whatsapp_business_account", "entry": entries }));
    assert_eq!(together, forwards.concat());
}

#[test]
fn a_customer_is_known_by_any_name() {
    let Event::Customer(event) = events_of(&samples()["text no phone"]).remove(0).unwrap().remove(0) else { panic!() };
    assert_eq!((event.who.phone.as_str(), event.who.bsuid.as_str()), ("", "US.13491208655302741918"));
    assert_eq!((event.who.name.as_str(), event.who.username.as_str()), ("Ana", "ana.s"));
    // A contact completes what the message leaves out; an `@` is no part of a name.
    let value = json!({ "contacts": [{ "wa_id": "15551230000", "user_id": "US.1", "parent_user_id": "US.ENT.2", "profile": { "username": "@bo" } }],
        "messages": [{ "from": "15551230000", "id": "w", "timestamp": 1_795_369_055, "type": "text", "text": { "body": "x" } }] });
    let Event::Customer(event) = change("messages", value).unwrap().remove(0) else { panic!() };
    assert_eq!(event.who.aliases().len(), 3);
    assert_eq!(event.who.username, "bo");
    assert_eq!(event.at, Time(1_795_369_055_000));
    // A contact of somebody else does not.
    let value = json!({ "contacts": [{ "wa_id": "1999", "user_id": "US.1", "profile": { "name": "Bo" } }],
        "messages": [{ "from": "15551230000", "id": "w", "timestamp": "1795369055", "type": "text", "text": { "body": "x" } }] });
    let Event::Customer(event) = change("messages", value).unwrap().remove(0) else { panic!() };
    assert_eq!((event.who.bsuid.as_str(), event.who.name.as_str()), ("", ""));
}

#[test]
fn what_makes_no_sense_is_refused_with_a_sentence() {
    let text = json!({ "type": "text", "text": { "body": "secret words" } });
    let with = |fields: Value| {
        let mut all = text.clone();
        all.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
        message(all)
    };
    assert!(with(json!({})).is_ok());
    for (what, refused) in [
        ("no id", with(json!({ "id": null }))),
        ("no time", with(json!({ "timestamp": "" }))),
        ("time before the epoch", with(json!({ "timestamp": "-1" }))),
        ("time in another age", with(json!({ "timestamp": "99999999999" }))),
        ("no type", with(json!({ "type": "" }))),
        ("no text", message(json!({ "type": "text" }))),
        ("text of another type", message(json!({ "type": "text", "text": { "body": 5 } }))),
        ("nobody", with(json!({ "from": null, "from_user_id": null }))),
        ("no file id", message(json!({ "type": "image", "image": { "mime_type": "image/png" } }))),
        ("no place", message(json!({ "type": "location", "location": { "latitude": 91, "longitude": 0 } }))),
        ("no contacts", message(json!({ "type": "contacts", "contacts": [] }))),
        ("no target", message(json!({ "type": "reaction", "reaction": { "emoji": "👍" } }))),
        ("no original", message(json!({ "type": "revoke", "revoke": {} }))),
        (
            "no choice",
            message(json!({ "type": "interactive", "interactive": { "type": "button_reply", "button_reply": {} } })),
        ),
        ("unknown status", status(json!({ "status": "teleported" }))),
        ("status of nothing", status(json!({ "id": "" }))),
    ] {
        let sentence = refused.expect_err(what);
        assert!(sentence.ends_with('.') && !sentence.contains("secret"), "{what}: {sentence}");
    }
}

#[test]
fn groups_never_reach_a_conversation() {
    assert_eq!(message(json!({ "group_id": "g", "type": "text", "text": { "body": "x" } })), Ok(vec![]));
    assert_eq!(status(json!({ "recipient_type": "group", "recipient_participant_id": "1" })), Ok(vec![]));
}

#[test]
fn unknown_kinds_are_shown_as_unsupported() {
    assert_eq!(
        content(json!({ "type": "hologram", "hologram": {} })),
        Content::Unsupported { what: "hologram".into() }
    );
    assert_eq!(
        content(
            json!({ "type": "unsupported", "unsupported": { "type": "poll_creation" }, "errors": [{ "code": 131_051 }] })
        ),
        Content::Unsupported { what: "poll_creation".into() }
    );
    assert_eq!(content(json!({ "type": "unsupported", "errors": [] })), Content::Unsupported { what: String::new() });
    assert_eq!(
        content(json!({ "type": "interactive", "interactive": { "type": "mind_reading" } })),
        Content::Unsupported { what: "mind_reading".into() }
    );
    assert_eq!(
        content(json!({ "type": "video", "errors": [{ "code": 131_052 }] })),
        Content::Unsupported { what: "video".into() },
        "a file that Meta could not take in"
    );
}

#[test]
fn nul_characters_are_stripped() {
    let Content::Text { text } = content(json!({ "type": "text", "text": { "body": "a\u{0}b" } })) else { panic!() };
    assert_eq!(text.to_plain(), "ab");
    let form = content(json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": {
        "response_json": "{\"a\\u0000\": \"b\\u0000c\"}" } } }));
    assert_eq!(form, Content::Form { title: "Form".into(), rows: vec![("a".into(), "bc".into())] });
}

#[test]
fn half_an_emoji_does_not_cost_the_message() {
    let raw = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": {
        "metadata": { "phone_number_id": NUMBER }, "contacts": [{ "user_id": "US.1", "profile": { "name": "NAME" } }],
        "messages": [{ "from_user_id": "US.1", "id": "w", "timestamp": "1795369055", "type": "text", "text": { "body": "BODY" } }] } }] }] });
    let raw = raw
        .to_string()
        .replace("NAME", r"Ana \ud83d")
        .replace("BODY", r"\\ud83d \udc4b \ud83d\udc4b \uD83D\u00e9 \ud83d\ud83d\udc4b");
    let item = split(raw.as_bytes(), |_| true).items.remove(0);
    let Event::Customer(event) = door().translate(&item.body).unwrap().remove(0) else { panic!() };
    assert_eq!(event.who.name, "Ana \u{fffd}");
    let CustomerDid::Said { content: Content::Text { text }, .. } = event.did else { panic!() };
    assert_eq!(text.to_plain(), "\\ud83d \u{fffd} 👋 \u{fffd}é \u{fffd}👋");
}

#[test]
fn files_keep_what_was_announced() {
    let file = |fields: Value| match content(fields) {
        Content::Media { file, .. } => file,
        other => panic!("{other:?}"),
    };
    let voice =
        file(json!({ "type": "audio", "audio": { "id": "1", "mime_type": "Audio/OGG; codecs=opus", "voice": true,
        "sha256": "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=" } }));
    assert_eq!((voice.kind, voice.mime.as_str()), (MediaKind::Voice, "audio/ogg"));
    assert_eq!(voice.sha256, "49f227634806293b0995459bc310b593e1400f41591efcf07e9bced335f41942");
    let upper = "AB".repeat(32);
    let document = file(
        json!({ "type": "document", "document": { "id": "2", "sha256": upper, "filename": "a.pdf", "file_size": "12" } }),
    );
    assert_eq!((document.sha256, document.size), ("ab".repeat(32), 12));
    assert_eq!(document.mime, "application/octet-stream");
    assert_eq!(file(json!({ "type": "image", "image": { "id": "3", "sha256": "!", "caption": 5 } })).sha256, "");
}

#[test]
fn orders_are_summed() {
    let order =
        content(json!({ "type": "order", "order": { "catalog_id": "77", "text": "soon please", "product_items": [
        { "product_retailer_id": "mug", "quantity": 3, "item_price": 3.5, "currency": "USD" },
        { "product_retailer_id": "cap", "quantity": "1", "item_price": "0.10", "currency": "USD" },
        { "product_retailer_id": "tea", "quantity": 2, "item_price": 1.255, "currency": "KWD" } ] } }));
    let rows: Vec<(String, String)> = [
        ("mug", "3 × 3.50 USD = 10.50 USD"),
        ("cap", "0.10 USD"),
        ("tea", "2 × 1.255 KWD = 2.51 KWD"),
        ("Total", "2.51 KWD"),
        ("Total", "10.60 USD"),
        ("Remark", "soon please"),
        ("Catalog", "77"),
    ]
    .map(|(label, value)| (label.to_owned(), value.to_owned()))
    .to_vec();
    assert_eq!(order, Content::Form { title: "Order".into(), rows });
}

#[test]
fn forms_are_flattened_and_their_token_hidden() {
    let answers = json!({ "flow_token": "secret", "name": "Ana", "adult": true, "tags": ["a", 2], "none": null,
        "address": { "city": "Rome", "lines": [{ "x": 1 }, { "x": 2 }] } });
    let form = content(json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": {
        "name": "flow", "body": "Sent", "response_json": answers.to_string() } } }));
    let Content::Form { rows, .. } = form else { panic!() };
    let rows: Vec<String> = rows.into_iter().map(|(label, value)| format!("{label}={value}")).collect();
    assert_eq!(
        rows,
        [
            "address › city=Rome",
            "address › lines 1 › x=1",
            "address › lines 2 › x=2",
            "adult=yes",
            "name=Ana",
            "tags=a, 2"
        ]
    );
    let odd = content(
        json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": { "response_json": "not json" } } }),
    );
    assert_eq!(odd, Content::Form { title: "Form".into(), rows: vec![("Answer".into(), "not json".into())] });
}

#[test]
fn what_stands_around_a_message_is_kept() {
    let said = did(json!({ "type": "text", "text": { "body": "x" },
        "context": { "from": "15550783881", "id": "wamid.Q", "frequently_forwarded": true, "forwarded": true,
            "referred_product": { "catalog_id": "c", "product_retailer_id": "p" } },
        "referral": { "source_url": "https://fb.me/x", "source_type": "ad", "headline": "Sale", "body": "Now" } }));
    let CustomerDid::Said { quote, around, .. } = said else { panic!() };
    assert_eq!(quote, Some(Wamid::from("wamid.Q")));
    assert_eq!((around.forwarded, around.product.as_str()), (2, "c/p"));
    assert_eq!(around.referral.unwrap().headline, "Sale");
    let CustomerDid::Said { quote, around, .. } =
        did(json!({ "type": "text", "text": { "body": "x" }, "context": { "forwarded": true } }))
    else {
        panic!()
    };
    assert_eq!((quote, around.forwarded), (None, 1));
}

#[test]
fn a_reaction_is_taken_back_by_leaving_out_or_emptying_the_emoji() {
    for reaction in [
        json!({ "message_id": "w" }),
        json!({ "message_id": "w", "emoji": "" }),
        json!({ "message_id": "w", "emoji": null }),
    ] {
        let expected = CustomerDid::Reacted { target: Wamid::from("w"), emoji: None };
        assert_eq!(did(json!({ "type": "reaction", "reaction": reaction })), expected);
    }
}

#[test]
fn a_customer_keeps_the_conversation_under_a_new_name() {
    let renamed = |result: Result<Vec<Event>, String>| match result.unwrap().remove(0) {
        Event::Renamed { before, after } => {
            let spell = |who: baton::domain::contact::Who| format!("{}|{}|{}", who.phone, who.bsuid, who.parent);
            (spell(before), spell(after))
        }
        other => panic!("{other:?}"),
    };
    let system = |fields: Value| message(json!({ "type": "system", "system": fields }));
    let pair = |before: &str, after: &str| (before.to_owned(), after.to_owned());
    assert_eq!(
        renamed(system(json!({ "type": "user_changed_number", "wa_id": "15551230001" }))),
        pair("15551230000|US.77001122|", "15551230001||")
    );
    assert_eq!(
        renamed(system(json!({ "type": "user_changed_number", "new_wa_id": "15551230001", "user_id": "US.77001122" }))),
        pair("15551230000||", "15551230001|US.77001122|")
    );
    assert_eq!(
        renamed(system(
            json!({ "type": "user_changed_user_id", "user_id": "US.2", "previous_user_id": "US.1", "parent_user_id": "US.ENT.3" })
        )),
        pair("15551230000|US.1|", "|US.2|US.ENT.3")
    );
    assert!(system(json!({ "type": "user_changed_number" })).is_err());
    let update = json!({ "user_id_update": [{ "wa_id": "15551230000", "detail": "d", "timestamp": "1795369055",
        "user_id": { "previous": "US.1", "current": "US.2" }, "parent_user_id": { "previous": "US.ENT.1", "current": "US.ENT.2" } }] });
    assert_eq!(
        renamed(change("user_id_update", update)),
        pair("15551230000|US.1|US.ENT.1", "15551230000|US.2|US.ENT.2")
    );
    assert!(matches!(
        did(json!({ "type": "system", "system": { "type": "customer_identity_changed", "body": "b" } })),
        CustomerDid::Other { .. }
    ));
}

#[test]
fn statuses_are_matched_by_id_and_carry_the_outbox_row() {
    let of = |fields: Value| match status(fields).unwrap().remove(0) {
        Event::Status(status) => status,
        other => panic!("{other:?}"),
    };
    let lean = of(json!({}));
    assert!(lean.who.is_nobody() && lean.outbox.is_none());
    assert_eq!((lean.state, lean.wamid), (Delivered::Delivered, Wamid::from("wamid.B")));
    assert_eq!(of(json!({ "biz_opaque_callback_data": "out:4711" })).outbox, Some(OutboxId(4711)));
    for opaque in ["4711", "out:", "out:x", "out:-1", "other:5"] {
        assert_eq!(of(json!({ "biz_opaque_callback_data": opaque })).outbox, None);
    }
    assert_eq!(of(json!({ "status": "played" })).state, Delivered::Read);
    let Delivered::Failed(failure) =
        of(json!({ "status": "failed", "errors": [{ "code": 131_047, "title": "Re-engagement message" }] })).state
    else {
        panic!()
    };
    assert_eq!(failure.code, 131_047);
    assert!(failure.reason.contains("24 hours"));
    let Delivered::Failed(failure) = of(
        json!({ "status": "failed", "errors": [{ "code": 999_999, "error_data": { "details": "Something new" } }] }),
    )
    .state
    else {
        panic!()
    };
    assert_eq!((failure.code, failure.reason.as_str()), (999_999, "WhatsApp says: Something new."));
    let Delivered::Failed(failure) = of(json!({ "status": "failed" })).state else { panic!() };
    assert_eq!(failure.reason, "WhatsApp gave no reason.");
}

#[test]
fn echoes_are_the_business_phone() {
    let echo = |fields: Value| {
        let mut echo = json!({ "from": "15550783881", "to": "15551230000", "to_user_id": "US.1", "id": "wamid.E", "timestamp": "1795369055" });
        echo.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
        match change("smb_message_echoes", json!({ "message_echoes": [echo] })).unwrap().remove(0) {
            Event::Echo(event) => event,
            other => panic!("{other:?}"),
        }
    };
    let edit = echo(
        json!({ "type": "edit", "edit": { "original_message_id": "w", "message": { "type": "text", "text": { "body": "n" } } } }),
    );
    assert_eq!((edit.who.phone.as_str(), edit.who.bsuid.as_str()), ("15551230000", "US.1"));
    assert!(matches!(edit.did, CustomerDid::Edited { .. }));
    let revoke = echo(json!({ "type": "revoke", "revoke": { "original_message_id": "w" } }));
    assert_eq!(revoke.did, CustomerDid::Revoked { original: Wamid::from("w") });
}

#[test]
fn calls_are_lines() {
    let call = |fields: Value| {
        let mut call = json!({ "id": "wacid.1", "from": "15551230000", "to": "15550783881", "timestamp": "1795369055", "direction": "USER_INITIATED" });
        call.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
        match change("calls", json!({ "calls": [call] })).unwrap().remove(0) {
            Event::Customer(event) => match event.did {
                CustomerDid::Other { line } => (event.who.phone, line),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        call(json!({ "event": "connect" })),
        ("15551230000".into(), "📞 The customer is calling on WhatsApp.".into())
    );
    assert_eq!(
        call(json!({ "event": "terminate", "status": "COMPLETED", "duration": 95 })).1,
        "📞 A WhatsApp call has ended after 1:35."
    );
    assert_eq!(
        call(json!({ "event": "terminate", "direction": "BUSINESS_INITIATED", "from": "15550783881", "to": "15559" }))
            .0,
        "15559"
    );
    let ringing =
        json!({ "statuses": [{ "type": "call", "id": "wacid.1", "status": "RINGING", "timestamp": "1795369055" }] });
    assert_eq!(change("calls", ringing), Ok(vec![]));
}

#[test]
fn the_operator_hears_of_the_account() {
    let notice = |field: &str, value: Value| match change(field, value).unwrap().remove(0) {
        Event::Account { notice } => notice,
        other => panic!("{other:?}"),
    };
    let all = [
        notice("messages", json!({ "errors": [{ "code": 130_429, "title": "Rate limit hit", "href": "/docs" }] })),
        notice(
            "account_update",
            json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": [{ "restriction_type": "RESTRICTED_ADD_PHONE_NUMBER_ACTION", "expiration": 1_795_369_055 }] }),
        ),
        notice(
            "phone_number_quality_update",
            json!({ "display_phone_number": "1", "event": "FLAGGED", "current_limit": "TIER_10K" }),
        ),
        notice(
            "message_template_status_update",
            json!({ "event": "REJECTED", "message_template_name": "hello", "reason": "INVALID_FORMAT" }),
        ),
        notice("business_capability_update", json!({ "max_phone_numbers_per_business": 25 })),
        notice("account_review_update", json!({ "decision": "APPROVED" })),
    ];
    insta::assert_snapshot!(all.join("\n"));
    for quiet in ["history", "smb_app_state_sync", "user_preferences", "something_new"] {
        assert_eq!(change(quiet, json!({ "anything": [1] })), Ok(vec![]), "{quiet}");
    }
    assert_eq!(change("messages", json!({ "user_actions": [{}] })), Ok(vec![]));
    assert_eq!(change("history", json!({ "errors": [{ "code": 2_593_109 }] })), Ok(vec![]));
}
