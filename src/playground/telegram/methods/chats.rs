//! Chats and who is in them.

use serde_json::{Value, json};

use super::super::members::Member;
use super::super::places::Call;
use super::super::refusal::{self, Refusal};
use super::super::world::World;

pub(super) fn get_chat(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let key = world.reach(call)?;
    let mut chat = world.chat_json(key);
    chat["accent_color_id"] = 3.into();
    chat["max_reaction_count"] = 11.into();
    chat["accepted_gift_types"] = json!({
        "unlimited_gifts": false, "limited_gifts": false, "unique_gifts": false, "premium_subscription": false,
        "gifts_from_channels": false,
    });
    if key.1 == 0 {
        chat["has_visible_history"] = true.into();
        chat["permissions"] = json!({
            "can_send_messages": true, "can_send_audios": true, "can_send_documents": true, "can_send_photos": true,
            "can_send_videos": true, "can_send_video_notes": true, "can_send_voice_notes": true,
            "can_send_polls": true, "can_send_other_messages": true, "can_add_web_page_previews": true,
            "can_change_info": false, "can_invite_users": true, "can_pin_messages": false,
            "can_manage_topics": false,
        });
        let pinned = world.chat(key)?.messages.iter().rfind(|m| m.pinned && !m.deleted).map(|m| m.id);
        if let Some(pinned) = pinned {
            chat["pinned_message"] = world.message_json(key, pinned, call.bot);
        }
    }
    Ok(chat)
}

pub(super) fn get_chat_member(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let (key, user) = (world.reach(call)?, call.int("user_id"));
    if !world.users.contains_key(&user) {
        return Err(Refusal::bad("PARTICIPANT_ID_INVALID"));
    }
    let chat = world.chat(key)?;
    let standing = if chat.is_private() { Member::Person { admin: false } } else { chat.standing(user) };
    Ok(world.member_json(user, standing))
}

pub(super) fn get_chat_administrators(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let key = world.reach(call)?;
    let chat = world.chat(key)?;
    if chat.is_private() {
        return Err(Refusal::bad("there are no administrators in the private chat"));
    }
    let all = call.params.truth("return_bots");
    let admins = chat.members.iter().filter(|(_, member)| member.is_admin());
    // Other bots are left out unless asked for.
    let shown = admins.filter(|(id, member)| all || **id == call.bot || !matches!(member, Member::Bot(_)));
    Ok(shown.map(|(id, member)| world.member_json(*id, *member)).collect())
}

pub(super) fn count(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let key = world.reach(call)?;
    let chat = world.chat(key)?;
    let members = chat.members.values().filter(|member| member.is_in()).count();
    Ok(if chat.is_private() { 2.into() } else { members.into() })
}

pub(super) fn leave(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    let key = world.reach(call)?;
    if world.chat(key)?.is_private() {
        return Err(Refusal::bad("chat member status can't be changed in private chats"));
    }
    world.set_member(key.0, call.bot, Member::Left, call.bot);
    Ok(true.into())
}

pub(super) fn send_chat_action(world: &mut World, call: &Call<'_>) -> Result<Value, Refusal> {
    const ACTIONS: [&str; 11] = [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ];
    let key = world.reach(call)?;
    if !ACTIONS.contains(&call.params.text("action").unwrap_or_default()) {
        return Err(Refusal::fault("wrong parameter action in request"));
    }
    match call.params.int("message_thread_id") {
        // Here, and only here, General has a number.
        None | Some(1) => Ok(true.into()),
        Some(topic) => match world.chat(key)?.topic(topic) {
            Some(_) => Ok(true.into()),
            None => Err(refusal::NO_THREAD),
        },
    }
}
