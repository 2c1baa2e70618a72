//! Which of the gateway's events are used.

use serde_json::Value;
use serenity::all::Event;

/// The kinds of events whose loss would be noticed.
pub(super) const RELIED_ON: [&str; 13] = [
    "READY",
    "GUILD_CREATE",
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "MESSAGE_DELETE",
    "MESSAGE_DELETE_BULK",
    "MESSAGE_REACTION_ADD",
    "MESSAGE_REACTION_REMOVE",
    "INTERACTION_CREATE",
    "THREAD_CREATE",
    "THREAD_UPDATE",
    "THREAD_DELETE",
    "CHANNEL_DELETE",
];

/// The name and payload of an event, none for kinds that are not used.
pub(super) fn told(event: &Event) -> Option<(String, Value)> {
    let used = matches!(
        event,
        Event::MessageCreate(_)
            | Event::MessageUpdate(_)
            | Event::MessageDelete(_)
            | Event::MessageDeleteBulk(_)
            | Event::ReactionAdd(_)
            | Event::ReactionRemove(_)
            | Event::TypingStart(_)
            | Event::InteractionCreate(_)
            | Event::GuildCreate(_)
            | Event::ChannelCreate(_)
            | Event::ChannelUpdate(_)
            | Event::ChannelDelete(_)
            | Event::ThreadCreate(_)
            | Event::ThreadUpdate(_)
            | Event::ThreadDelete(_)
            | Event::ThreadListSync(_)
    );
    let mut told = used.then(|| serde_json::to_value(event).ok())??;
    let kind = told["t"].as_str()?.to_owned();
    Some((kind, told["d"].take()))
}
