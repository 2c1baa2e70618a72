//! Files, albums, places and contacts.

use serde_json::{Value, json};

use super::super::entities::without_nulls;
use super::super::places::Call;
use super::super::refusal::Refusal;
use super::super::world::{Media, Message, World};
use super::send::{draft, post, write};

pub(super) fn photo(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    file(world, call, "photo")
}

pub(super) fn document(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    file(world, call, "document")
}

pub(super) fn video(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    file(world, call, "video")
}

pub(super) fn audio(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    file(world, call, "audio")
}

pub(super) fn voice(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    file(world, call, "voice")
}

pub(super) fn sticker(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    file(world, call, "sticker")
}

fn file(world: &mut World, call: &Call<'_>, kind: &'static str) -> Result<Value, Refusal> {
    let (key, mut draft) = draft(world, call)?;
    write(world, call, "caption", &mut draft)?;
    let index = world.input_file(call, kind, call.params.get(kind), kind)?;
    draft.media = Some(world.media(kind, index, |field| call.params.get(field).clone()));
    Ok(post(world, call, key, draft))
}

pub(super) fn location(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let number = |field: &str| call.params.get(field).as_f64();
    let (latitude, longitude) = (number("latitude").unwrap_or(0.0), number("longitude").unwrap_or(0.0));
    if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
        return Err(Refusal::fault("can't parse location"));
    }
    let about = without_nulls(json!({
        "latitude": latitude,
        "longitude": longitude,
        "horizontal_accuracy": call.params.get("horizontal_accuracy"),
        "live_period": call.params.get("live_period"),
        "heading": call.params.get("heading"),
    }));
    plain(world, call, "location", about)
}

pub(super) fn contact(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let text = |field: &str| call.params.get(field).clone();
    let about = without_nulls(json!({
        "phone_number": text("phone_number"),
        "first_name": text("first_name"),
        "last_name": text("last_name"),
        "vcard": text("vcard"),
    }));
    plain(world, call, "contact", about)
}

fn plain(world: &mut World, call: &Call<'_>, kind: &'static str, about: Value) -> Result<Value, Refusal> {
    let (key, mut draft) = draft(world, call)?;
    draft.media = Some(Media { kind, about, file: None });
    Ok(post(world, call, key, draft))
}

pub(super) fn group(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let items = call.params.list("media").unwrap_or_default();
    if !(2..=10).contains(&items.len()) {
        return Err(Refusal::fault("there must be 2 to 10 media in an album"));
    }
    let (key, common) = draft(world, call)?;
    let kinds = items.iter().map(kind).collect::<Result<Vec<_>, _>>()?;
    let alone = |kind: &str| matches!(kind, "document" | "audio");
    if kinds.iter().any(|kind| (alone(kind) || alone(kinds[0])) && *kind != kinds[0]) {
        return Err(Refusal::fault("Can't use the media of the specified type in the album"));
    }
    let album = world.unique().to_string();
    let mut drafts: Vec<Message> = Vec::new();
    for (item, kind) in items.iter().zip(kinds) {
        let index = world.input_file(call, "", &item["media"], kind)?;
        let text = item["caption"].as_str().unwrap_or_default();
        let given = item["caption_entities"].as_array().map(Vec::as_slice);
        let formatted = world.formatted(text, item["parse_mode"].as_str(), given, true)?;
        drafts.push(Message {
            text: formatted.text,
            entities: formatted.entities,
            media: Some(world.media(kind, index, |field| item[field].clone())),
            media_group: Some(album.clone()),
            ..common.clone()
        });
    }
    Ok(drafts.into_iter().map(|draft| post(world, call, key, draft)).collect())
}

fn kind(item: &Value) -> Result<&'static str, Refusal> {
    const KINDS: [&str; 4] = ["photo", "document", "video", "audio"];
    let found = KINDS.into_iter().find(|kind| item["type"] == *kind);
    found.ok_or_else(|| {
        Refusal::fault("can't parse InputMedia: Media type must be one of photo, document, video, audio")
    })
}
