//! What stands in forums, as the views of Discord's stand-in.

use std::collections::HashMap;

use baton::playground::discord::{AttachmentView, MessageView, ReactionView, ThreadView, UserView};
use baton::playground::telegram::{MessageView as Post, TopicView};
use serde_json::{Value, json};

use super::speech::{self, CardText};
use super::telegram::{Forums, place_id, place_of};
use crate::world::transcript::unescaped;

/// What Baton's reactions say, as Discord's adapter says it.
const MARKS: [(&str, &str); 6] = [("✍", "📝"), ("🤔", "🕓"), ("👌", "✅"), ("🕊", "📬"), ("👀", "👀"), ("👎", "⚠️")];
/// Begins the last line of a topic that goes on elsewhere.
const MOVED: &str = "-# ➡️ ";
/// Small print under a post that shows a message again after something happened to it.
const CHANGED: [&str; 2] = ["\n-# ✏️ edited", "deleted by the customer"];

/// A post with nothing in it.
pub(super) fn blank(channel: u64) -> MessageView {
    MessageView {
        id: 0,
        channel,
        author: 0,
        author_name: String::new(),
        kind: 0,
        content: String::new(),
        embeds: Vec::new(),
        components: Vec::new(),
        attachments: Vec::new(),
        reactions: Vec::new(),
        reply_to: None,
        pings: Vec::new(),
        role_pings: Vec::new(),
        pings_everyone: false,
        sent_ms: 0,
        edited_ms: None,
        deleted: false,
        pinned: false,
        ephemeral: false,
        loading: false,
        flags: 0,
        nonce: None,
        interaction: None,
    }
}

impl Forums {
    /// What stands in a topic, or in General with the cards of the topics of its forum, which stand nowhere else.
    pub(super) fn messages(&self, place: u64) -> Vec<MessageView> {
        let (forum, topic) = place_of(place);
        let posts = self.telegram.all_messages(forum);
        if topic.is_some() {
            return self.in_topic(forum, topic, &posts);
        }
        let mut all: Vec<(i64, MessageView)> =
            self.visible(forum, None, &posts).into_iter().map(|post| (post.id.cast_signed(), post)).collect();
        for topic in self.telegram.topics(forum).into_iter().filter(|topic| !topic.deleted) {
            if !self.has_moved(forum, &topic, &posts) {
                let there = self.visible(forum, Some(topic.id), &posts).into_iter();
                let cards = there.filter(|post| !post.embeds.is_empty() && !post.deleted);
                // It stands where its topic was made, whichever card it shows.
                all.extend(cards.map(|card| (topic.id, MessageView { channel: place, reactions: Vec::new(), ..card })));
            }
        }
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, post)| post).collect()
    }

    pub(super) fn message(&self, place: u64, id: u64) -> Option<MessageView> {
        let seen = self.messages(place).into_iter().rfind(|post| post.id == id);
        let any = || self.telegram.message(place_of(place).0, i64::try_from(id).ok()?).map(|post| self.view(&post));
        seen.or_else(any)
    }

    /// All topics, oldest first.
    pub(super) fn threads(&self) -> Vec<ThreadView> {
        let mut found: Vec<(u64, ThreadView)> = Vec::new();
        for forum in self.telegram.forums() {
            let posts = self.telegram.all_messages(forum.id);
            for topic in self.telegram.topics(forum.id).into_iter().filter(|topic| !topic.deleted) {
                let begun = posts.iter().find(|post| post.id == topic.id).map_or(0, |post| post.date);
                let locked = self.has_moved(forum.id, &topic, &posts);
                let view = ThreadView {
                    id: place_id(forum.id, Some(topic.id)),
                    parent: Some(place_id(forum.id, None)),
                    name: topic.name,
                    owner: self.bot(),
                    archived: topic.closed,
                    locked,
                    auto_archive: 0,
                    members: Vec::new(),
                    message_count: 0,
                    last_message: None,
                };
                found.push((begun, view));
            }
        }
        let number = |name: &str| name[1..].split(' ').next().and_then(|n| n.parse::<u64>().ok());
        found.sort_by_key(|(begun, topic)| (*begun, topic.name.starts_with('#').then(|| number(&topic.name))));
        found.into_iter().map(|(_, view)| view).collect()
    }

    pub(super) fn users(&self) -> Vec<UserView> {
        let all = self.telegram.users().into_iter();
        let view = |user: baton::playground::telegram::UserView| UserView {
            id: user.id.unsigned_abs(),
            name: user.name,
            bot: user.bot,
            member: true,
            roles: Vec::new(),
        };
        all.map(view).collect()
    }

    /// Whether a topic is closed because its conversation goes on elsewhere.
    fn has_moved(&self, forum: i64, topic: &TopicView, posts: &[Post]) -> bool {
        let lines = self.visible(forum, Some(topic.id), posts);
        topic.closed
            && lines
                .iter()
                .rfind(|post| post.author == self.bot() && post.reply_to.is_none())
                .is_some_and(|post| post.content.starts_with(MOVED))
    }

    /// What was said in a topic or in General, sets of files as one post.
    fn visible(&self, forum: i64, topic: Option<i64>, posts: &[Post]) -> Vec<MessageView> {
        let private = self.private(forum, posts);
        let said = posts
            .iter()
            .filter(|post| post.topic == topic && post.service.is_none() && !private.hidden.contains(&post.id));
        let mut views: Vec<(Option<&str>, MessageView)> = Vec::new();
        for post in said {
            let group = post.media_group.as_deref();
            let view = self.view(post);
            match views.last_mut() {
                Some((before, whole)) if group.is_some() && *before == group => {
                    whole.attachments.extend(view.attachments)
                }
                _ => views.push((group, view)),
            }
        }
        views.into_iter().map(|(_, view)| view).collect()
    }

    /// A topic: where its card alone shows the first words, they stand behind it as they do elsewhere. What happens to them
    /// is told in posts that answer the card, and is shown in their place.
    fn in_topic(&self, forum: i64, topic: Option<i64>, posts: &[Post]) -> Vec<MessageView> {
        let mut views = self.visible(forum, topic, posts);
        let Some(at) = views.iter().position(|post| !post.embeds.is_empty() && !post.deleted) else { return views };
        // It is pinned, wherever it was made.
        let card = views.remove(at);
        views.insert(0, card);
        let at = 0;
        let first = self.first_words();
        let card = &mut views[at];
        let key = (forum, i64::try_from(card.id).unwrap_or(0));
        let said = card.embeds[0]["description"].as_str().unwrap_or_default().to_owned();
        if !first.get(&key).is_some_and(|words| words.contains(&unescaped(&said))) {
            return views;
        }
        let title = card.embeds[0]["title"].as_str().unwrap_or_default();
        let name = title.split_once(' ').map_or("", |(_, name)| name);
        let head = format!("**{name}**\n");
        let mut shown = MessageView {
            content: format!("{head}{said}"),
            embeds: Vec::new(),
            components: Vec::new(),
            reactions: std::mem::take(&mut card.reactions),
            pinned: false,
            edited_ms: None,
            ..card.clone()
        };
        let id = card.id;
        let tells = |post: &MessageView| {
            let again = post.author == shown.author && post.reply_to == Some(id) && post.content.starts_with(&head);
            again && CHANGED.iter().any(|sign| post.content.contains(sign))
        };
        if let Some(newest) = views.iter().rfind(|post| tells(post)) {
            let content = newest.content.clone();
            views.retain(|post| !tells(post));
            shown.content = content;
        }
        views.insert(at + 1, shown);
        views
    }

    /// One message.
    pub(super) fn view(&self, post: &Post) -> MessageView {
        let ours = post.author == self.telegram.bot_id();
        let names = if ours { self.names() } else { HashMap::new() };
        let card = speech::card(&post.text, &post.entities, &names).filter(|_| ours && post.topic.is_some());
        let content = match &card {
            Some(card) => card.mention.clone(),
            None if ours => self.as_pictures(speech::spelled(&post.text, &post.entities)),
            None => speech::written(&post.text, &post.entities),
        };
        let pings = post.entities.iter().filter(|entity| ours && entity["type"] == "text_mention");
        let pings = pings.filter_map(|entity| entity["user"]["id"].as_u64()).collect();
        MessageView {
            id: post.id.unsigned_abs(),
            author: post.author.unsigned_abs(),
            author_name: post.author_name.clone(),
            kind: if post.reply_to.is_some() { 19 } else { 0 },
            content,
            embeds: card.iter().map(embed).collect(),
            components: post.buttons.iter().map(|row| components(row)).collect(),
            attachments: post.attachments.iter().map(attachment).collect(),
            reactions: post.reactions.iter().map(|(emoji, users)| self.reaction(emoji, users)).collect(),
            reply_to: post.reply_to.map(i64::unsigned_abs),
            pings,
            sent_ms: post.date * 1000,
            edited_ms: post.edited.then_some(post.date * 1000),
            deleted: post.deleted,
            pinned: post.pinned,
            ..blank(place_id(post.chat, post.topic))
        }
    }

    /// What is told of pictures: on Telegram they were sent as files, which is what they are called then.
    fn as_pictures(&self, text: String) -> String {
        let said = self.pictures().into_iter().filter(|said| !said.is_empty());
        said.fold(text, |text, said| text.replace(&format!("📄 Document: {said}"), &format!("🖼 Photo: {said}")))
    }

    fn reaction(&self, emoji: &str, users: &[i64]) -> ReactionView {
        let marks = users.contains(&self.telegram.bot_id());
        let mark = MARKS.iter().find(|(ours, _)| marks && *ours == emoji).map_or(emoji, |(_, theirs)| theirs);
        ReactionView { emoji: mark.to_owned(), users: users.iter().map(|user| user.unsigned_abs()).collect() }
    }
}

fn embed(card: &CardText) -> Value {
    let fields: Vec<Value> =
        card.fields.iter().map(|(name, value)| json!({ "name": name, "value": value, "inline": true })).collect();
    let mut embed = json!({ "title": card.title, "fields": fields });
    if !card.text.is_empty() {
        embed["description"] = card.text.clone().into();
    }
    embed
}

fn components(row: &[baton::playground::telegram::ButtonView]) -> Value {
    let buttons: Vec<Value> =
        row.iter().map(|button| json!({ "type": 2, "label": button.label, "custom_id": button.data })).collect();
    json!({ "type": 1, "components": buttons })
}

fn attachment(file: &baton::playground::telegram::AttachmentView) -> AttachmentView {
    AttachmentView {
        id: 0,
        // Discord writes names without spaces.
        filename: file.name.replace(' ', "_"),
        content_type: file.mime.clone(),
        description: None,
        url: String::new(),
        bytes: file.bytes.clone(),
    }
}
