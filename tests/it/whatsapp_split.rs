//! Cutting webhook bodies.

use std::collections::BTreeSet;

use baton::port::{Item, Translate};
use baton::whatsapp::split::{Split, split};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::whatsapp_support::{NUMBER, samples, settings};

fn cut(body: &Value) -> Split {
    split(body.to_string().as_bytes(), |number| number == NUMBER)
}

fn lanes(split: &Split) -> Vec<&str> {
    split.items.iter().map(|item| item.lane.as_str()).collect()
}

fn body(item: &Item) -> Value {
    serde_json::from_str(&item.body).unwrap()
}

fn message(user: usize, index: usize) -> Value {
    json!({ "from": format!("1555{user:07}"), "from_user_id": format!("US.{user}"), "id": format!("wamid.{index}"),
        "timestamp": (1_795_369_055 + index).to_string(), "type": "text", "text": { "body": format!("m{index}") } })
}

fn webhook(values: Vec<Value>) -> Value {
    let changes: Vec<Value> = values.into_iter().map(|value| json!({ "field": "messages", "value": value })).collect();
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "102", "time": 1_795_369_060, "changes": changes }] })
}

fn value(fields: Value) -> Value {
    let mut value = json!({ "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550783881", "phone_number_id": NUMBER } });
    value.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
    value
}

#[test]
fn an_item_stands_on_its_own() {
    let split = cut(&samples()["text"]);
    assert_eq!((split.items.len(), split.ignored, split.unparsable), (1, 0, false));
    let item = &split.items[0];
    assert_eq!(item.door, "whatsapp");
    assert_eq!(item.lane, format!("wa:{NUMBER}:US.13491208655302741918"));
    let body = body(item);
    assert_eq!(body["kind"], "message");
    assert_eq!(body["field"], "messages");
    assert_eq!(body["number"], NUMBER);
    assert_eq!(body["waba"], "102290129340398");
    assert_eq!(body["item"]["text"]["body"], "olá");
    assert_eq!(body["contact"]["profile"]["name"], "Ana");
    assert!(item.key.to_hex().starts_with("000001a2"), "{}", item.key.to_hex());
}

#[test]
fn a_thousand_updates_in_one_body_are_a_thousand_items() {
    let messages: Vec<Value> = (0..1000).map(|index| message(index % 50, index)).collect();
    let contacts: Vec<Value> = (0..50)
        .map(|user| json!({ "profile": { "name": format!("N{user}") }, "user_id": format!("US.{user}") }))
        .collect();
    let split = cut(&webhook(vec![value(json!({ "contacts": contacts, "messages": messages }))]));
    assert_eq!(split.items.len(), 1000);
    let keys: BTreeSet<_> = split.items.iter().map(|item| item.key).collect();
    assert_eq!(keys.len(), 1000);
    for (index, item) in split.items.iter().enumerate() {
        let body = body(item);
        assert_eq!(body["item"]["id"], format!("wamid.{index}"));
        assert_eq!(body["contact"]["profile"]["name"], format!("N{}", index % 50));
        assert_eq!(item.lane, format!("wa:{NUMBER}:US.{}", index % 50));
    }
}

#[test]
fn every_level_is_walked() {
    let one = |index| webhook(vec![value(json!({ "messages": [message(1, index)] }))])["entry"][0].clone();
    let mut two = one(1);
    two["changes"].as_array_mut().unwrap().push(json!({ "field": "messages", "value": value(json!({
        "messages": [message(1, 2), message(2, 3)],
        "statuses": [{ "id": "wamid.s", "status": "sent", "timestamp": "1" }],
        "errors": [{ "code": 1 }, { "code": 2 }] })) }));
    let split = cut(&json!({ "object": "whatsapp_business_account", "entry": [one(0), two] }));
    let kinds: Vec<String> = split.items.iter().map(|item| body(item)["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["message", "message", "message", "message", "status", "error", "error"]);
}

#[test]
fn a_strange_element_does_not_spoil_its_neighbours() {
    let strange = [json!(5), json!("x"), json!(null), json!([]), json!({ "id": 7, "from": {}, "timestamp": -3 })];
    let mut messages = vec![message(1, 1)];
    messages.extend(strange);
    messages.push(message(1, 2));
    let split = cut(&webhook(vec![value(json!({ "messages": messages }))]));
    assert_eq!(split.items.len(), 7);
    let whatsapp = baton::whatsapp::WhatsApp::new(settings("http://127.0.0.1:1")).unwrap();
    let good: Vec<bool> = split.items.iter().map(|item| whatsapp.translate(&item.body).is_ok()).collect();
    assert_eq!(good, [true, false, false, false, false, false, true]);

    let odd = json!({ "object": "whatsapp_business_account", "entry": [
        7, { "id": "1", "changes": "none" }, { "id": "1", "changes": [null, { "value": 3 }, { "field": "messages", "value": value(json!({ "messages": { "id": "alone" } })) },
            { "field": "messages", "value": value(json!({ "messages": [message(1, 3)] })) }] }] });
    let split = cut(&odd);
    let good: Vec<bool> = split.items.iter().map(|item| whatsapp.translate(&item.body).is_ok()).collect();
    assert_eq!(good, [false, false, false, false, false, true]);
}

#[test]
fn unusual_shapes_give_the_same_items() {
    let plain = webhook(vec![value(json!({ "messages": [message(1, 1), message(2, 2)] }))]);
    // A change without items sends the whole body the long way.
    let mut long = plain.clone();
    let further = json!({ "field": "account_update", "value": { "event": "ACCOUNT_RESTRICTION" } });
    long["entry"][0]["changes"].as_array_mut().unwrap().push(further);
    let (short, long) = (cut(&plain), cut(&long));
    assert_eq!(short.items[..], long.items[..2]);
    assert_eq!(body(&long.items[2])["kind"], "other");
    // A doubled key is no reason to lose a message.
    let doubled = plain.to_string().replacen(r#""id":"102""#, r#""id":"102","id":"102""#, 1);
    assert_eq!(split(doubled.as_bytes(), |_| true).items, short.items);
}

#[test]
fn numbers_of_others_are_counted_and_dropped() {
    let mut other = value(json!({ "messages": [message(1, 1), message(1, 2)] }));
    other["metadata"]["phone_number_id"] = "999".into();
    let split = cut(&webhook(vec![other, value(json!({ "messages": [message(1, 3)] }))]));
    assert_eq!((split.items.len(), split.ignored), (1, 2));
    assert_eq!(body(&split.items[0])["item"]["id"], "wamid.3");
}

#[test]
fn what_is_no_webhook_is_kept_raw() {
    for raw in [
        &b"not json"[..],
        b"",
        b"[]",
        b"{}",
        br#"{"object":"page","entry":[]}"#,
        b"\xff\xfe",
        br#"{"object":"whatsapp_business_account"}"#,
    ] {
        let split = split(raw, |_| true);
        assert!(split.unparsable);
        assert_eq!(lanes(&split), ["raw"]);
        assert_eq!(body(&split.items[0])["kind"], "raw");
        let whatsapp = baton::whatsapp::WhatsApp::new(settings("http://127.0.0.1:1")).unwrap();
        assert!(whatsapp.translate(&split.items[0].body).is_err());
    }
    let split = split(br#"{"object":"whatsapp_business_account","entry":[]}"#, |_| true);
    assert_eq!(split, Split::default());
}

#[test]
fn lanes_name_the_customer() {
    let status = |fields: Value| {
        let mut status = json!({ "id": "wamid.s", "status": "sent", "timestamp": "1795369055" });
        status.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
        status
    };
    let split = cut(&webhook(vec![
        value(json!({
            "contacts": [{ "wa_id": "15551230000", "user_id": "US.9" }],
            "statuses": [
                status(json!({ "recipient_user_id": "US.1", "recipient_id": "1555" })),
                status(json!({ "recipient_id": "1555" })),
                status(json!({ "recipient_id": "15551230000" })),
                status(json!({ "recipient_id": "1555", "status": "failed" })),
            ],
        })),
        value(json!({ "statuses": [status(json!({}))] })),
    ]));
    let lane = |name: &str| format!("wa:{NUMBER}:{name}");
    assert_eq!(lanes(&split), [lane("US.1"), lane("1555"), lane("US.9"), lane("1555"), lane("wamid.s")]);
    let update =
        json!({ "wa_id": "1", "user_id": { "previous": "US.1", "current": "US.2" }, "timestamp": "1795369055" });
    let split = cut(&webhook(vec![value(json!({ "user_id_update": [update] }))]));
    assert_eq!(lanes(&split), [lane("US.1")]);
}

#[test]
fn keys_tell_apart_what_is_different_and_repeat_what_is_not() {
    let key = |body: &Value| cut(body).items[0].key;
    let status =
        |state: &str| webhook(vec![value(json!({ "statuses": [{ "id": "w", "status": state, "timestamp": "5" }] }))]);
    assert_ne!(key(&status("sent")), key(&status("delivered")));
    assert_eq!(key(&status("sent")), key(&status("sent")));
    let mut again = webhook(vec![value(json!({ "messages": [message(1, 1)] }))]);
    let first = key(&again);
    again["entry"][0]["changes"][0]["value"]["contacts"] = json!([{ "user_id": "US.1" }]);
    assert_eq!(first, key(&again), "a redelivery with more around it is the same message");
    let keys: BTreeSet<_> = samples().values().flat_map(|sample| cut(sample).items).map(|item| item.key).collect();
    assert_eq!(keys.len(), 27);
    for timestamp in ["-5", "99999999999999999999", "9223372036854775807", "x", "", "1e30"] {
        let mut odd = message(1, 1);
        odd["timestamp"] = timestamp.into();
        assert_eq!(cut(&webhook(vec![value(json!({ "messages": [odd] }))])).items.len(), 1);
    }
}

/// Changes one place of a sample: a byte, the end, or the type of a value.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let all: Vec<Vec<u8>> = samples().values().map(|sample| sample.to_string().into_bytes()).collect();
    let sample = proptest::sample::select(all);
    let bytes = (
        sample.clone(),
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(mut body, flips, end, truncate)| {
            for (place, byte) in flips {
                let place = place.index(body.len());
                body[place] = byte;
            }
            if truncate {
                body.truncate(end.index(body.len()));
            }
            body
        });
    let odd = proptest::sample::select(vec![
        json!(null),
        json!(0),
        json!(-1.5),
        json!(""),
        json!("\u{0}"),
        json!([]),
        json!({}),
        json!(true),
        json!([[1]]),
        json!(9e99),
    ]);
    let typed = (sample, any::<prop::sample::Index>(), odd).prop_map(|(body, place, odd)| {
        let mut body: Value = serde_json::from_slice(&body).unwrap();
        let mut paths = Vec::new();
        collect(&body, String::new(), &mut paths);
        *body.pointer_mut(&paths[place.index(paths.len())]).unwrap() = odd;
        body.to_string().into_bytes()
    });
    prop_oneof![bytes, typed]
}

fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect(value, format!("{path}/{name}"), paths))
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(i, value)| collect(value, format!("{path}/{i}"), paths))
        }
        _ => {}
    }
    if !path.is_empty() {
        paths.push(path);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_that_arrives_makes_it_panic(raw in mutated()) {
        let whatsapp = baton::whatsapp::WhatsApp::new(settings("http://127.0.0.1:1")).unwrap();
        let first = split(&raw, |_| true);
        prop_assert_eq!(&first, &split(&raw, |_| true));
        for item in &first.items {
            prop_assert!(serde_json::from_str::<Value>(&item.body).is_ok());
            prop_assert!(!item.body.contains('\0'));
            if let Ok(events) = whatsapp.translate(&item.body) {
                prop_assert!(!format!("{events:?}").contains("\\0"), "{:?}", events);
            }
        }
    }
}

proptest! {
    #[test]
    fn order_and_number_of_items_follow_the_body(groups in proptest::collection::vec(proptest::collection::vec(0..5_usize, 0..5), 0..5)) {
        let mut index = 0;
        let values = groups.iter().map(|users| {
            let messages: Vec<Value> = users.iter().map(|user| { index += 1; message(*user, index) }).collect();
            value(json!({ "messages": messages }))
        }).collect();
        let split = cut(&webhook(values));
        let ids: Vec<Value> = split.items.iter().map(|item| body(item)["item"]["id"].clone()).collect();
        let expected: Vec<Value> = (1..=index).map(|index| json!(format!("wamid.{index}"))).collect();
        prop_assert_eq!(ids, expected);
    }
}
