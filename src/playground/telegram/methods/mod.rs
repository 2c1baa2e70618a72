//! The methods of the Bot API that are modelled, with their parameters.

mod chats;
mod edit;
mod media;
mod own;
mod send;
mod topics;
pub(super) mod updates;

use serde_json::Value;

use super::places::Call;
use super::refusal::Refusal;
use super::world::World;

/// What a method does.
type Act = fn(&mut World, &Call<'_>) -> Result<Value, Refusal>;

/// One method.
pub(super) struct Method {
    /// As the documentation spells it.
    pub(super) name: &'static str,
    /// Its parameters as [`super::params::Params::check`] reads them.
    pub(super) fields: &'static str,
    /// Whether it counts against the chat's limit.
    pub(super) counted: bool,
    pub(super) act: Act,
}

impl Method {
    /// The method of this name in any spelling of its case.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        METHODS.iter().find(|m| m.name.eq_ignore_ascii_case(name))
    }
}

const fn free(name: &'static str, fields: &'static str, act: Act) -> Method {
    Method { name, fields, counted: false, act }
}

const fn counted(name: &'static str, fields: &'static str, act: Act) -> Method {
    Method { name, fields, counted: true, act }
}

/// Parameters of every method that sends, after its own.
macro_rules! sends {
    ($($own:literal)+) => {
        concat!(
            $($own,)+
            " business_connection_id:text chat_id!:chat message_thread_id:int direct_messages_topic_id:int \
             disable_notification:bool protect_content:bool allow_paid_broadcast:bool message_effect_id:text \
             suggested_post_parameters:object reply_parameters:object reply_markup:object"
        )
    };
}

/// The same for what carries a caption.
macro_rules! captioned {
    ($own:literal) => {
        sends!($own " caption:text parse_mode:text caption_entities:list")
    };
}

const TOPIC: &str = "chat_id!:chat message_thread_id!:int";
const SCOPE: &str = "scope:object language_code:text";

static METHODS: [Method; 41] = [
    free("getMe", "", own::get_me),
    free("getUpdates", "offset:int limit:int timeout:int allowed_updates:list", unreachable),
    free(
        "setWebhook",
        "url!:text certificate:file ip_address:text max_connections:int allowed_updates:list \
         drop_pending_updates:bool secret_token:text",
        unreachable,
    ),
    free("deleteWebhook", "drop_pending_updates:bool", unreachable),
    free("getWebhookInfo", "", updates::get_webhook_info),
    free("setMyCommands", "commands!:list scope:object language_code:text", own::set_my_commands),
    free("getMyCommands", SCOPE, own::get_my_commands),
    free("deleteMyCommands", SCOPE, own::delete_my_commands),
    free("getChat", "chat_id!:chat", chats::get_chat),
    free("getChatMember", "chat_id!:chat user_id!:int", chats::get_chat_member),
    free("getChatAdministrators", "chat_id!:chat return_bots:bool", chats::get_chat_administrators),
    free("getForumTopicIconStickers", "", topics::get_icons),
    counted("createForumTopic", "chat_id!:chat name!:text icon_color:int icon_custom_emoji_id:text", topics::create),
    counted("editForumTopic", "chat_id!:chat message_thread_id!:int name:text icon_custom_emoji_id:text", topics::edit),
    counted("closeForumTopic", TOPIC, topics::close),
    counted("reopenForumTopic", TOPIC, topics::reopen),
    counted("deleteForumTopic", TOPIC, topics::delete),
    counted(
        "sendMessage",
        sends!("text!:text parse_mode:text entities:list link_preview_options:object"),
        send::message,
    ),
    counted(
        "editMessageText",
        "business_connection_id:text chat_id:chat message_id:int inline_message_id:text text!:text parse_mode:text \
         entities:list link_preview_options:object reply_markup:object",
        edit::text,
    ),
    counted(
        "editMessageCaption",
        "business_connection_id:text chat_id:chat message_id:int inline_message_id:text caption:text parse_mode:text \
         caption_entities:list show_caption_above_media:bool reply_markup:object",
        edit::caption,
    ),
    counted(
        "editMessageReplyMarkup",
        "business_connection_id:text chat_id:chat message_id:int inline_message_id:text reply_markup:object",
        edit::reply_markup,
    ),
    counted("deleteMessage", "chat_id!:chat message_id!:int", edit::delete),
    counted("deleteMessages", "chat_id!:chat message_ids!:list", edit::delete_many),
    counted(
        "pinChatMessage",
        "business_connection_id:text chat_id!:chat message_id!:int disable_notification:bool",
        edit::pin,
    ),
    counted("unpinChatMessage", "business_connection_id:text chat_id!:chat message_id:int", edit::unpin),
    counted("setMessageReaction", "chat_id!:chat message_id!:int reaction:list is_big:bool", edit::react),
    free(
        "answerCallbackQuery",
        "callback_query_id!:text text:text show_alert:bool url:text cache_time:int",
        own::answer_callback_query,
    ),
    counted("sendPhoto", captioned!("photo!:file show_caption_above_media:bool has_spoiler:bool"), media::photo),
    counted(
        "sendDocument",
        captioned!("document!:file thumbnail:file disable_content_type_detection:bool"),
        media::document,
    ),
    counted(
        "sendVideo",
        captioned!(
            "video!:file duration:int width:int height:int thumbnail:file cover:file start_timestamp:int \
             show_caption_above_media:bool has_spoiler:bool supports_streaming:bool"
        ),
        media::video,
    ),
    counted("sendAudio", captioned!("audio!:file duration:int performer:text title:text thumbnail:file"), media::audio),
    counted("sendVoice", captioned!("voice!:file duration:int"), media::voice),
    counted("sendSticker", sends!("sticker!:file emoji:text"), media::sticker),
    counted(
        "sendLocation",
        sends!(
            "latitude!:num longitude!:num horizontal_accuracy:num live_period:int heading:int \
             proximity_alert_radius:int"
        ),
        media::location,
    ),
    counted("sendContact", sends!("phone_number!:text first_name!:text last_name:text vcard:text"), media::contact),
    counted(
        "sendMediaGroup",
        "business_connection_id:text chat_id!:chat message_thread_id:int direct_messages_topic_id:int media!:list \
         disable_notification:bool protect_content:bool allow_paid_broadcast:bool message_effect_id:text \
         reply_parameters:object",
        media::group,
    ),
    free(
        "sendChatAction",
        "business_connection_id:text chat_id!:chat message_thread_id:int action!:text",
        chats::send_chat_action,
    ),
    free("getFile", "file_id!:text", own::get_file),
    free("leaveChat", "chat_id!:chat", chats::leave),
    free("getChatMemberCount", "chat_id!:chat", chats::count),
    counted("unpinAllForumTopicMessages", TOPIC, edit::unpin_topic),
];

/// The door answers these itself, since they wait or outlive the call.
fn unreachable(_: &mut World, _: &Call<'_>) -> Result<Value, Refusal> {
    Err(super::refusal::NOT_FOUND)
}
