//! Looking at the world from outside: copies of its state as views.

use serde_json::Value;

use super::Telegram;
use super::display::html;
use super::emoji;
use super::members::Member;
use super::views::{AttachmentView, ButtonView, CallbackView, ForumView, MessageView, TopicView, UserView};
use super::world::{Chat, Message, World};

impl Telegram {
    /// Supergroups, oldest first.
    #[must_use]
    pub fn forums(&self) -> Vec<ForumView> {
        let world = self.world();
        let mut groups: Vec<&Chat> =
            world.chats.values().filter(|c| !c.is_private() && !world.migrated.contains_key(&c.id)).collect();
        groups.sort_by_key(|c| std::cmp::Reverse(c.id));
        let people = |c: &Chat| {
            let people = c.members.iter().filter(|(_, m)| matches!(m, Member::Person { .. }));
            people.map(|(id, _)| *id).collect()
        };
        let view =
            |c: &Chat| ForumView { id: c.id, title: c.title.clone(), topics_enabled: c.is_forum, members: people(c) };
        groups.into_iter().map(view).collect()
    }

    /// People and bots, by id.
    #[must_use]
    pub fn users(&self) -> Vec<UserView> {
        let world = self.world();
        let shown = world.users.values().filter(|u| u.id != super::GROUP_ANONYMOUS_BOT);
        shown
            .map(|u| UserView { id: u.id, name: u.name.clone(), username: u.username.clone(), bot: u.is_bot })
            .collect()
    }

    /// The topics of a forum, oldest first, deleted ones marked.
    #[must_use]
    pub fn topics(&self, forum: i64) -> Vec<TopicView> {
        let world = self.world();
        let topics = world.chats.get(&(forum, 0)).into_iter().flat_map(|c| c.topics.values());
        let view = |t: &super::world::Topic| TopicView {
            id: t.id,
            name: t.name.clone(),
            icon_color: t.color,
            icon_custom_emoji_id: t.icon.clone(),
            icon: t.icon.as_deref().and_then(emoji::icon).map(str::to_owned),
            closed: t.closed,
            deleted: t.deleted,
        };
        topics.map(view).collect()
    }

    /// One topic.
    #[must_use]
    pub fn topic(&self, forum: i64, id: i64) -> Option<TopicView> {
        self.topics(forum).into_iter().find(|t| t.id == id)
    }

    /// The messages of a topic, or of General without one, oldest first, deleted ones marked.
    #[must_use]
    pub fn messages(&self, forum: i64, topic: Option<i64>) -> Vec<MessageView> {
        let world = self.world();
        let Some(chat) = world.chats.get(&(forum, 0)) else { return Vec::new() };
        chat.messages.iter().filter(|m| m.topic == topic).map(|m| world.message_view(chat, m)).collect()
    }

    /// The messages of a forum in all topics, oldest first, deleted ones marked.
    #[must_use]
    pub fn all_messages(&self, forum: i64) -> Vec<MessageView> {
        let world = self.world();
        let Some(chat) = world.chats.get(&(forum, 0)) else { return Vec::new() };
        chat.messages.iter().map(|m| world.message_view(chat, m)).collect()
    }

    /// One message of a forum, deleted or not.
    #[must_use]
    pub fn message(&self, forum: i64, id: i64) -> Option<MessageView> {
        let world = self.world();
        let chat = world.chats.get(&(forum, 0))?;
        chat.any_message(id).map(|m| world.message_view(chat, m))
    }

    /// The messages between a person and the first bot, oldest first.
    #[must_use]
    pub fn private_messages(&self, user: i64) -> Vec<MessageView> {
        self.private_messages_with(user, self.bot_id())
    }

    /// The messages between a person and a bot, oldest first.
    #[must_use]
    pub fn private_messages_with(&self, user: i64, bot: i64) -> Vec<MessageView> {
        let world = self.world();
        let Some(chat) = world.chats.get(&(user, bot)) else { return Vec::new() };
        chat.messages.iter().map(|m| world.message_view(chat, m)).collect()
    }

    /// The first bot's commands with their descriptions, over all scopes.
    #[must_use]
    pub fn commands(&self) -> Vec<(String, String)> {
        let world = self.world();
        let lists = world.bots.get(&self.bot_id()).into_iter().flat_map(|b| &b.commands);
        let mut found: Vec<(String, String)> = Vec::new();
        for command in lists.flat_map(|(_, list)| list) {
            let text = |field: &str| command[field].as_str().unwrap_or_default().to_owned();
            let pair = (text("command"), text("description"));
            if !found.contains(&pair) {
                found.push(pair);
            }
        }
        found
    }

    /// How many updates of the first bot no offset has confirmed.
    #[must_use]
    pub fn pending_updates(&self) -> usize {
        self.pending_updates_of(self.bot_id())
    }

    /// The same for one bot.
    #[must_use]
    pub fn pending_updates_of(&self, bot: i64) -> usize {
        self.world().bots.get(&bot).map_or(0, |b| b.updates.len())
    }

    /// When calls that count against the chat's limit were let through, of all bots, in real unix milliseconds.
    #[must_use]
    pub fn counted_calls(&self, chat: i64) -> Vec<u64> {
        self.world().limits.counted(chat)
    }

    /// The same for one bot.
    #[must_use]
    pub fn counted_calls_of(&self, bot: i64, chat: i64) -> Vec<u64> {
        self.world().limits.counted_of(bot, chat)
    }

    /// Every press of a button, oldest first.
    #[must_use]
    pub fn callbacks(&self) -> Vec<CallbackView> {
        let world = self.world();
        let view = |(id, c): (&u64, &super::world::Callback)| CallbackView {
            id: id.to_string(),
            user: c.user,
            chat: c.chat,
            message: c.message,
            data: c.data.clone(),
            answer: c.answer.clone(),
        };
        world.callbacks.iter().map(view).collect()
    }

    /// The presses no bot has answered.
    #[must_use]
    pub fn unanswered(&self) -> Vec<CallbackView> {
        self.callbacks().into_iter().filter(|c| c.answer.is_none()).collect()
    }
}

impl World {
    fn message_view(&self, chat: &Chat, message: &Message) -> MessageView {
        let file = message.media.as_ref().and_then(|media| Some((media, self.files.get(media.file?)?)));
        let attachments = file.into_iter().map(|(media, file)| AttachmentView {
            name: file.name.clone(),
            kind: media.kind.to_owned(),
            mime: file.mime.clone(),
            bytes: file.bytes.clone(),
        });
        let other = message.media.as_ref().filter(|media| media.file.is_none());
        let author = if message.anonymous { chat.title.clone() } else { self.name_of(message.author) };
        MessageView {
            id: message.id,
            chat: chat.id,
            topic: message.topic,
            author: message.author,
            author_name: author,
            text: message.text.clone(),
            html: html(&message.text, &message.entities),
            entities: message.entities.clone(),
            buttons: message.markup.as_ref().map(buttons).unwrap_or_default(),
            attachments: attachments.collect(),
            other: other.map(|media| serde_json::json!({ media.kind: media.about })),
            reactions: message.reactions.clone(),
            reply_to: message.reply_to,
            quote: message.quote.as_ref().and_then(|q| q["text"].as_str()).map(str::to_owned),
            media_group: message.media_group.clone(),
            date: message.date,
            edited: message.edited.is_some(),
            deleted: message.deleted,
            pinned: message.pinned,
            service: message.service.as_ref().map(|(field, _)| (*field).to_owned()),
            silent: message.silent,
        }
    }
}

fn buttons(markup: &Value) -> Vec<Vec<ButtonView>> {
    let text = |button: &Value, field: &str| button[field].as_str().map(str::to_owned);
    let row = |row: &Value| {
        let buttons = row.as_array().into_iter().flatten();
        let view = |b: &Value| ButtonView {
            label: text(b, "text").unwrap_or_default(),
            data: text(b, "callback_data"),
            url: text(b, "url"),
        };
        buttons.map(view).collect()
    };
    markup["inline_keyboard"].as_array().into_iter().flatten().map(row).collect()
}
