//! Forums: what people do in them. Ids are numbers that tell where something lies: a topic is its forum's number without
//! sign and six more digits, which are zero for General; a post is its number within its forum.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use baton::domain::command::{COMMANDS, Kind, Spec};
use baton::domain::ids::ConversationId;
use baton::domain::words;
use baton::playground::discord;
use baton::playground::telegram::{File, Say, Telegram};
use baton::store::{Store, conversation, message};
use serde_json::{Value, json};

/// Topics of one forum.
const TOPICS: u64 = 1_000_000;

/// What posts show, by chat and number, where more than one stands in one or the card alone shows it.
type Words = HashMap<(i64, i64), Vec<String>>;

/// The stand-in, and what is known of its messages beside what it shows.
#[derive(Clone)]
pub struct Forums {
    /// The stand-in.
    pub telegram: Telegram,
    store: Arc<Mutex<Option<Store>>>,
    shown: Arc<Mutex<Words>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    pictures: Arc<Mutex<Vec<String>>>,
}

/// A click or a command.
#[derive(Debug, Clone)]
pub struct Asked {
    pub(super) forum: i64,
    pub(super) user: i64,
    /// The post with the button, or the command.
    pub(super) message: i64,
    /// The query of a click.
    pub(super) query: Option<String>,
    /// What stood there when it was asked.
    pub(super) after: i64,
}

/// The id of a topic, or of General without one.
pub fn place_id(forum: i64, topic: Option<i64>) -> u64 {
    forum.unsigned_abs() * TOPICS + topic.unwrap_or(0).unsigned_abs()
}

/// The forum and the topic of an id.
pub fn place_of(id: u64) -> (i64, Option<i64>) {
    let topic = i64::try_from(id % TOPICS).unwrap();
    (-i64::try_from(id / TOPICS).unwrap(), (topic > 0).then_some(topic))
}

/// The forum whose General topic this is.
pub fn forum_of(id: u64) -> Option<i64> {
    (super::is_forum(id) && id > 1_000_000_000_000 && id.is_multiple_of(TOPICS)).then(|| place_of(id).0)
}

fn signed(id: u64) -> i64 {
    i64::try_from(id).unwrap()
}

/// The command of this name.
fn spec_of(name: &str) -> Option<&'static Spec> {
    COMMANDS.iter().find(|spec| spec.name == name)
}

impl Forums {
    /// Those of a stand-in.
    pub fn new(telegram: Telegram) -> Self {
        Self { telegram, store: Arc::default(), shown: Arc::default(), asked: Arc::default(), pictures: Arc::default() }
    }

    /// Where Baton remembers what its posts show.
    pub fn remembers(&self, store: Option<Store>) {
        self.first_words();
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = store;
    }

    /// A new forum, by its General topic.
    pub fn add_forum(&self, title: &str) -> u64 {
        place_id(self.telegram.add_forum(title), None)
    }

    /// Baton's own id.
    pub fn bot(&self) -> u64 {
        self.telegram.bot_id().unsigned_abs()
    }

    /// Somebody new in all forums.
    pub fn add_user(&self, name: &str) -> u64 {
        self.telegram.add_user(name, None).unsigned_abs()
    }

    pub(super) fn remove_user(&self, user: u64) {
        for forum in self.telegram.forums() {
            self.telegram.remove_user(forum.id, signed(user));
        }
    }

    /// Whoever writes into a topic that is closed opens it first.
    pub(super) fn say(&self, user: u64, place: u64, say: discord::Say) -> Result<u64, String> {
        let (forum, topic) = place_of(place);
        let user = signed(user);
        self.open_for(user, place);
        let reply_to = say.reply_to.map(signed);
        let pictures = say.files.iter().filter(|file| file.content_type.starts_with("image/")).count();
        if pictures > 0 && pictures == say.files.len() {
            let caption = say.text.trim_start_matches('/').trim().to_owned();
            self.pictures.lock().unwrap_or_else(PoisonError::into_inner).push(caption);
        }
        let files: Vec<File> = say
            .files
            .into_iter()
            .map(|file| File { name: file.name, content_type: file.content_type, bytes: file.bytes })
            .collect();
        let (text, entities) = super::speech::typed(&say.text, &self.names());
        let said = Say { text, entities, reply_to, ..Say::default() };
        // As files, they keep their names and are what they were; several are a set, whose first bears the words.
        let media_group = (files.len() > 1).then(|| format!("set {}", self.newest(forum)));
        let mut files = files.into_iter();
        let said = Say { file: files.next(), as_document: true, media_group: media_group.clone(), ..said };
        let first = self.telegram.say(user, forum, topic, said)?;
        for file in files {
            let file = Some(file);
            let said = Say { file, as_document: true, media_group: media_group.clone(), ..Say::default() };
            self.telegram.say(user, forum, topic, said)?;
        }
        Ok(first.unsigned_abs())
    }

    /// What was said beside pictures that were sent as files.
    pub(super) fn pictures(&self) -> Vec<String> {
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn open_for(&self, user: i64, place: u64) {
        let (forum, Some(topic)) = place_of(place) else { return };
        if self.telegram.topic(forum, topic).is_some_and(|topic| topic.closed) {
            let _ = self.telegram.reopen_topic(user, forum, topic);
        }
    }

    pub(super) fn edit(&self, user: u64, place: u64, post: u64, text: &str) -> Result<(), String> {
        self.telegram.edit(signed(user), place_of(place).0, signed(post), text)
    }

    pub(super) fn delete(&self, place: u64, post: u64) {
        self.telegram.delete(place_of(place).0, signed(post));
    }

    pub(super) fn react(&self, user: u64, place: u64, post: u64, emoji: &str, add: bool) -> Result<(), String> {
        self.telegram.react(signed(user), place_of(place).0, signed(post), emoji, add)
    }

    pub(super) fn close(&self, user: u64, thread: u64, closed: bool) -> Result<(), String> {
        let (forum, Some(topic)) = place_of(thread) else { return Err("General is no topic".to_owned()) };
        if closed {
            self.telegram.close_topic(signed(user), forum, topic)
        } else {
            self.telegram.reopen_topic(signed(user), forum, topic)
        }
    }

    pub(super) fn start_topic(&self, user: u64, channel: u64, name: &str) -> Result<u64, String> {
        let forum = place_of(channel).0;
        Ok(place_id(forum, Some(self.telegram.create_topic(signed(user), forum, name)?)))
    }

    pub(super) fn click(&self, user: u64, place: u64, post: u64, button: &str) -> Result<Asked, String> {
        let (forum, user, message) = (place_of(place).0, signed(user), signed(post));
        let after = self.newest(forum);
        let query = self.telegram.click(user, forum, message, button)?;
        Ok(self.keep(Asked { forum, user, message, query: Some(query), after }))
    }

    /// Types a command as people do: the conversation's number first, people by their names from the list. Where a topic is
    /// closed nobody writes, and the command is typed in General.
    pub(super) fn command(&self, user: u64, place: u64, name: &str, options: &Value) -> Result<Asked, String> {
        let (forum, mut topic) = place_of(place);
        let args = spec_of(name).map_or(&[][..], |spec| spec.args);
        let mut words = vec![format!("/{name}")];
        let closed = topic.and_then(|id| self.telegram.topic(forum, id)).filter(|topic| topic.closed);
        if let Some(closed) = closed {
            topic = None;
            let number = closed.name.split(' ').next().unwrap_or_default();
            if options.get("number").is_none() && args.first().is_some_and(|arg| arg.kind == Kind::Conversation) {
                words.push(number.to_owned());
            }
        }
        for arg in args {
            match options.get(arg.name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => words.push(text.trim().to_owned()),
                Some(number) if arg.kind == Kind::Conversation => words.push(format!("#{number}")),
                Some(other) => words.push(other.to_string()),
            }
        }
        let (text, entities) = super::speech::typed(&words.join(" "), &self.names());
        let after = self.newest(forum);
        let said = Say { text, entities, ..Say::default() };
        let message = self.telegram.say(signed(user), forum, topic, said)?;
        Ok(self.keep(Asked { forum, user: signed(user), message, query: None, after }))
    }

    fn keep(&self, asked: Asked) -> Asked {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
        asked
    }

    /// Everything that was asked, in its order.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn newest(&self, forum: i64) -> i64 {
        self.telegram.all_messages(forum).last().map_or(0, |message| message.id)
    }

    /// Names by id.
    pub(super) fn names(&self) -> HashMap<i64, String> {
        self.telegram.users().into_iter().filter(|user| !user.bot).map(|user| (user.id, user.name)).collect()
    }

    /// The first words that a card shows and no other post, by the card's forum and number: only Baton's own memory tells
    /// them from words that have a post of their own as well.
    pub(super) fn first_words(&self) -> Words {
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(store) = store {
            let read = || tokio::runtime::Handle::current().block_on(remembered(&store));
            if let Some(read) = tokio::task::block_in_place(read) {
                *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = read;
            }
        }
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// `None` when the store cannot be asked now.
async fn remembered(store: &Store) -> Option<Words> {
    let mut found: Words = HashMap::new();
    for one in conversation::after(store, ConversationId(0), 1000).await.ok()? {
        let said = message::of(store, one.id).await.ok()?;
        let ids: Vec<_> = said.iter().map(|message| message.id).collect();
        let mut tx = store.begin().await.ok()?;
        let refs = message::refs_of(&mut tx, &ids).await.ok()?;
        tx.undo().await;
        for shown in refs {
            let Some((post, _)) = shown.remote.split_once('~') else { continue };
            let Some((chat, post)) = post.strip_prefix("tg/").and_then(|id| id.split_once('/')) else { continue };
            let (Ok(chat), Ok(post)) = (chat.parse(), post.parse()) else { continue };
            let Some(message) = said.iter().find(|message| message.id.0 == shown.message) else { continue };
            let first = message.earlier.first().cloned();
            let text = first.unwrap_or_else(|| words::summary(&message.content, 300));
            found.entry((chat, post)).or_default().push(text);
        }
    }
    Some(found)
}

/// An entity that calls somebody who was picked from a list.
pub(super) fn mention(offset: usize, length: usize, user: i64) -> Value {
    json!({ "type": "text_mention", "offset": offset, "length": length, "user": { "id": user } })
}
