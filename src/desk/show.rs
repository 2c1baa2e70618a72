//! What follows from a decision outside: which effects, in which lanes, in which order. Lanes: `c:` the thread's words and
//! its making, `k:` the card, `h:` the head, `g:` the sign, `w:` sends to the customer, `r:` read marks, `m:` marks on an agent's post,
//! `t:` what the whole team is told, `d:` what somebody is told directly, `s:` posts that stand in channels, `i:` answers to clicks, `f:` late files, `n:` notices.

use super::policy::Policy;
use super::room::{Changes, Room};
use crate::domain::card::{Post, Speaker};
use crate::domain::conversation::Conversation;
use crate::domain::effect::{Effect, Part, Standing};
use crate::domain::ids::{ChannelRef, ConversationId, InteractionRef, MediaId, MessageId, NumberId, Time, UserRef};
use crate::domain::message::Message;
use crate::domain::reply::Reply;
use crate::domain::words;
use crate::store::outbox::NewRow;

/// How long a board waits for what changes with it.
const BOARD_AFTER_MS: i64 = 1_000;

/// How long a list of those who have no thread yet waits for those who follow.
const ARRIVALS_AFTER_MS: i64 = 1_000;

/// The scope of everything that leaves for a business number.
#[must_use]
pub fn whatsapp_scope(number: &NumberId) -> String {
    format!("whatsapp:{number}")
}

/// The lane of what is said in a conversation's thread.
pub(super) fn thread_lane(id: ConversationId) -> String {
    format!("c:{id}")
}

/// The lane in which the head of a conversation's thread is brought up to date.
fn head_lane(id: ConversationId) -> String {
    format!("h:{id}")
}

/// The lane of sends to a conversation's customer.
pub(super) fn send_lane(id: ConversationId) -> String {
    format!("w:{id}")
}

/// Adds effects to what an event changes.
pub(super) struct Show<'a> {
    pub(super) room: &'a Room,
    pub(super) policy: &'a Policy,
    pub(super) now: Time,
}

impl Show<'_> {
    fn push(&self, changes: &mut Changes, lane: String, rank: i64, effect: Effect) {
        self.push_at(changes, lane, rank, effect, self.now);
    }

    fn push_at(&self, changes: &mut Changes, lane: String, rank: i64, effect: Effect, due_at: Time) {
        // Where a conversation is, is known at the end of the event.
        let scope = match &effect {
            Effect::Notice { .. } => self.policy.operator.clone(),
            _ => String::new(),
        };
        changes.effects.push(NewRow { lane, scope, rank, effect, due_at });
    }

    /// Makes card, thread and head, in this order and before anything else of the conversation.
    pub(super) fn make(&self, changes: &mut Changes, conversation: ConversationId) {
        let lane = || thread_lane(conversation);
        self.push(changes, lane(), 0, Effect::Card { conversation });
        self.push(changes, lane(), 0, Effect::Thread { conversation });
        self.push(changes, lane(), 0, Effect::Head { conversation });
    }

    /// Makes the card anew after somebody deleted it, or the head.
    pub(super) fn remake(&self, changes: &mut Changes, effect: Effect, conversation: ConversationId) {
        self.push(changes, thread_lane(conversation), 0, effect);
    }

    /// The first post of a thread made anew.
    pub(super) fn first(&self, changes: &mut Changes, conversation: ConversationId, post: Post) {
        let (message, part) = (MessageId(0), Part::Line);
        let effect = Effect::Post { conversation, message, part, post, quote: None, files: Vec::new() };
        self.push(changes, thread_lane(conversation), 0, effect);
    }

    /// The post of a message among the first posts of a thread made anew.
    pub(super) fn first_mirror(&self, changes: &mut Changes, message: &Message, post: Post) {
        let (conversation, part) = (message.conversation, Part::Mirror);
        let effect = Effect::Post { conversation, message: message.id, part, post, quote: None, files: Vec::new() };
        self.push(changes, thread_lane(conversation), 0, effect);
    }

    /// Another post of a message that was said before.
    pub(super) fn anew(&self, changes: &mut Changes, message: &Message, post: Post, files: Vec<MediaId>) {
        let (conversation, part) = (message.conversation, Part::Mirror);
        let effect = Effect::Post { conversation, message: message.id, part, post, quote: None, files };
        self.push(changes, thread_lane(conversation), self.now.0, effect);
    }

    /// A file of the workspace is fetched before what follows is posted.
    pub(super) fn first_fetch(&self, changes: &mut Changes, conversation: ConversationId, media: MediaId) {
        self.push(changes, thread_lane(conversation), 0, Effect::Fetch { media });
    }

    /// Files among the first posts of a thread made anew.
    pub(super) fn first_files(&self, changes: &mut Changes, conversation: ConversationId, files: Vec<MediaId>) {
        let (message, part, post) = (MessageId(0), Part::Line, Post::line(""));
        let effect = Effect::Post { conversation, message, part, post, quote: None, files };
        self.push(changes, thread_lane(conversation), 0, effect);
    }

    /// A post of Baton's own with more than a line.
    pub(super) fn card_post(&self, changes: &mut Changes, conversation: ConversationId, post: Post) {
        self.post(changes, conversation, MessageId(0), Part::Line, post);
    }

    /// Brings card and head up to date.
    pub(super) fn refresh(&self, changes: &mut Changes, conversation: ConversationId) {
        // What this very event begins is made as it is when the event is over.
        if self.room.conversation(conversation).is_none() {
            return;
        }
        self.push(changes, format!("k:{conversation}"), self.now.0, Effect::Card { conversation });
        self.push(changes, head_lane(conversation), self.now.0, Effect::Head { conversation });
        if self.is_closed(conversation) {
            self.seal_in(changes, head_lane(conversation), conversation);
        }
    }

    /// Brings the sign of a thread up to date.
    pub(super) fn sign(&self, changes: &mut Changes, conversation: ConversationId) {
        self.push(changes, format!("g:{conversation}"), self.now.0, Effect::Sign { conversation });
    }

    /// Shows that a conversation has just been closed, and folds its thread away.
    pub(super) fn closed(&self, changes: &mut Changes, conversation: ConversationId) {
        self.refresh(changes, conversation);
        self.seal(changes, conversation);
        self.seal_in(changes, head_lane(conversation), conversation);
    }

    /// A line of Baton's own in the thread.
    pub(super) fn line(&self, changes: &mut Changes, conversation: ConversationId, text: impl Into<String>) {
        self.post(changes, conversation, MessageId(0), Part::Line, Post::line(text));
    }

    /// A line that calls people.
    pub(super) fn call(&self, changes: &mut Changes, conversation: ConversationId, people: Vec<UserRef>, text: &str) {
        self.post(changes, conversation, MessageId(0), Part::Line, Post::line(text).calling(people));
    }

    /// A post beside the cards of a team, about a conversation.
    pub(super) fn tell(&self, changes: &mut Changes, conversation: ConversationId, channel: &ChannelRef, post: Post) {
        let effect = Effect::Tell { conversation, channel: channel.clone(), post };
        self.push(changes, format!("t:{conversation}"), self.now.0, effect);
    }

    /// Somebody is told directly.
    pub(super) fn direct(&self, changes: &mut Changes, conversation: ConversationId, user: UserRef, post: Post) {
        let lane = format!("d:{user}");
        self.push(changes, lane, self.now.0, Effect::Direct { conversation, user, post });
    }

    /// A post that stands in a channel is made or brought up to date.
    pub(super) fn standing(&self, changes: &mut Changes, what: Standing, channel: ChannelRef, call: Vec<UserRef>) {
        let lane = format!("s:{}", what.key());
        self.push(changes, lane, self.now.0, Effect::Standing { what, channel, call });
    }

    /// The board of a team is brought up to date, a moment later, so that what changes together is shown together.
    pub(super) fn board(&self, changes: &mut Changes, team: &str, channel: &ChannelRef) {
        let what = Standing::Board { team: team.to_owned() };
        let lane = format!("s:{}", what.key());
        let effect = Effect::Standing { what, channel: channel.clone(), call: Vec::new() };
        self.push_at(changes, lane, self.now.0, effect, self.now.plus_ms(BOARD_AFTER_MS));
    }

    /// A part of the list of those who have no thread yet, a moment later: where some come, others follow.
    pub(super) fn arrivals(&self, changes: &mut Changes, what: Standing, channel: &ChannelRef) {
        let lane = format!("s:{}", what.key());
        let effect = Effect::Standing { what, channel: channel.clone(), call: Vec::new() };
        self.push_at(changes, lane, self.now.0, effect, self.now.plus_ms(ARRIVALS_AFTER_MS));
    }

    /// A summary is posted.
    pub(super) fn summary(&self, changes: &mut Changes, name: &str, channel: &ChannelRef, post: Post) {
        let effect = Effect::Announce { channel: channel.clone(), post };
        self.push(changes, format!("t:summary:{name}"), self.now.0, effect);
    }

    /// A conversation goes on in another channel: card, thread and head are made there, the old thread says so and is locked.
    pub(super) fn moved(&self, changes: &mut Changes, before: &Conversation) {
        let conversation = before.id;
        self.remove_card(changes, before);
        changes.places_gone.push(conversation);
        changes.left_behind.push((conversation, before.thread.clone()));
        self.make(changes, conversation);
        if !before.thread.is_empty() {
            let (thread, channel) = (before.thread.clone(), before.channel.clone());
            // What it says and offers is no longer so.
            self.retire(changes, before);
            let effect = Effect::Moved { conversation, thread: thread.clone(), channel };
            self.push(changes, thread_lane(conversation), 0, effect);
            self.push(changes, thread_lane(conversation), 0, Effect::Lock { thread });
        }
    }

    /// Removes the head of a thread, but for the words that it alone may show.
    fn retire(&self, changes: &mut Changes, conversation: &Conversation) {
        if conversation.head.is_empty() {
            return;
        }
        let words = Post {
            speaker: Speaker::Customer(self.customer_name(conversation)),
            ..Post::line(conversation.opening.as_str())
        };
        let leaves = conversation.channel.workspace().bears_signs().then(|| Box::new(words));
        let channel = ChannelRef(conversation.thread.0.clone());
        let effect = Effect::RemoveCard { channel, card: conversation.head.clone(), leaves };
        self.push(changes, thread_lane(conversation.id), 0, effect);
    }

    /// Begins a conversation anew in its thread: where cards stand in their threads alone, the head of before keeps its words,
    /// and another shows the new ones.
    pub(super) fn anew_in_thread(&self, changes: &mut Changes, before: &Conversation) {
        if before.channel.workspace().bears_signs() && !before.head.is_empty() {
            self.retire(changes, before);
            changes.posts_gone.push((before.id, before.head.clone()));
            self.push(changes, thread_lane(before.id), self.now.0, Effect::Head { conversation: before.id });
        }
    }

    /// A line in its place by the time of what it is about.
    pub(super) fn line_at(&self, changes: &mut Changes, conversation: ConversationId, at: Time, text: &str) {
        let (message, part, post) = (MessageId(0), Part::Line, Post::line(text));
        let effect = Effect::Post { conversation, message, part, post, quote: None, files: Vec::new() };
        self.push(changes, thread_lane(conversation), at.0.clamp(1, self.now.0), effect);
    }

    /// A post about a message.
    pub(super) fn post(
        &self,
        changes: &mut Changes,
        conversation: ConversationId,
        message: MessageId,
        part: Part,
        post: Post,
    ) {
        let effect = Effect::Post { conversation, message, part, post, quote: None, files: Vec::new() };
        self.push(changes, thread_lane(conversation), self.now.0, effect);
    }

    /// The post that shows a customer's message, in its place by the time it was written. Its files are fetched first.
    pub(super) fn mirror(
        &self,
        changes: &mut Changes,
        conversation: ConversationId,
        at: Time,
        mirror: (MessageId, Post, Option<MessageId>),
        files: Vec<MediaId>,
    ) {
        let (message, post, quote) = mirror;
        let rank = at.0.clamp(1, self.now.0);
        for media in &files {
            self.push(changes, thread_lane(conversation), rank, Effect::Fetch { media: *media });
        }
        let effect = Effect::Post { conversation, message, part: Part::Mirror, post, quote, files };
        self.push(changes, thread_lane(conversation), rank, effect);
    }

    /// A file that is late, followed by its post as an answer to the message that went without it.
    pub(super) fn late_file(&self, changes: &mut Changes, media: MediaId, after_ms: i64) {
        let effect = Effect::Fetch { media };
        self.push_at(changes, format!("f:{media}"), self.now.0, effect, self.now.plus_ms(after_ms));
    }

    /// A post with files that answers the message they belong to.
    pub(super) fn files(&self, changes: &mut Changes, conversation: ConversationId, message: MessageId, file: MediaId) {
        let post = Post::line("");
        let effect =
            Effect::Post { conversation, message, part: Part::Line, post, quote: Some(message), files: vec![file] };
        self.push(changes, thread_lane(conversation), self.now.0, effect);
    }

    /// The new form of a post that shows a message.
    pub(super) fn repost(&self, changes: &mut Changes, conversation: ConversationId, message: MessageId, post: Post) {
        self.push(changes, thread_lane(conversation), self.now.0, Effect::Repost { message, post });
    }

    /// A reaction on the post of a message.
    pub(super) fn react(
        &self,
        changes: &mut Changes,
        conversation: ConversationId,
        message: MessageId,
        emoji: &str,
        on: bool,
    ) {
        let effect = Effect::React { message, emoji: emoji.to_owned(), on };
        self.push(changes, thread_lane(conversation), self.now.0, effect);
    }

    /// What became of an agent's message.
    pub(super) fn mark(&self, changes: &mut Changes, conversation: ConversationId, message: MessageId) {
        self.push(changes, format!("m:{message}"), self.now.0, Effect::Mark { message });
        if self.is_closed(conversation) {
            self.seal_in(changes, format!("m:{message}"), conversation);
        }
    }

    /// Removes the question about a message.
    pub(super) fn retract(&self, changes: &mut Changes, conversation: ConversationId, message: MessageId) {
        self.push(changes, thread_lane(conversation), self.now.0, Effect::Retract { message });
    }

    /// Folds the thread away or opens it.
    pub(super) fn seal(&self, changes: &mut Changes, conversation: ConversationId) {
        self.seal_in(changes, thread_lane(conversation), conversation);
    }

    /// Whatever is shown or changed in a folded thread opens it, in whichever lane: this stands behind it.
    fn seal_in(&self, changes: &mut Changes, lane: String, conversation: ConversationId) {
        self.push(changes, lane, self.now.0, Effect::Seal { conversation });
    }

    /// Folds the thread of a closed conversation away again: whatever is shown in it opens it.
    pub(super) fn fold(&self, changes: &mut Changes, conversation: ConversationId) {
        if self.is_closed(conversation) {
            self.seal(changes, conversation);
        }
    }

    fn is_closed(&self, conversation: ConversationId) -> bool {
        self.room.conversation(conversation).is_some_and(Conversation::is_closed)
    }

    /// Removes a card that stands for nothing any more.
    pub(super) fn remove_card(&self, changes: &mut Changes, conversation: &Conversation) {
        if conversation.card.is_empty() {
            return;
        }
        let (channel, card) = (conversation.channel.clone(), conversation.card.clone());
        let effect = Effect::RemoveCard { channel, card, leaves: None };
        self.push(changes, format!("k:{}", conversation.id), self.now.0, effect);
    }

    /// The answer to a click or a command.
    pub(super) fn answer(&self, changes: &mut Changes, interaction: &InteractionRef, reply: Reply) {
        let id = interaction.as_str().split(':').next().unwrap_or_default();
        let effect = Effect::Answer { interaction: interaction.clone(), reply };
        self.push(changes, format!("i:{id}"), self.now.0, effect);
    }

    /// Tells the operator.
    pub(super) fn notice(&self, changes: &mut Changes, text: impl Into<String>) {
        self.push(changes, "n:operator".to_owned(), self.now.0, Effect::Notice { text: text.into() });
    }

    /// Sends an agent's message to the customer, after the time its author has to think again.
    pub(super) fn send(&self, changes: &mut Changes, conversation: &Conversation, message: MessageId, undo_ms: i64) {
        changes.effects.push(NewRow {
            lane: send_lane(conversation.id),
            scope: whatsapp_scope(&conversation.number),
            rank: self.now.0,
            effect: Effect::Send { message },
            due_at: self.now.plus_ms(undo_ms),
        });
    }

    /// Another effect that leaves for the customer.
    pub(super) fn to_customer(&self, changes: &mut Changes, conversation: &Conversation, lane: &str, effect: Effect) {
        changes.effects.push(NewRow {
            lane: format!("{lane}:{}", conversation.id),
            scope: whatsapp_scope(&conversation.number),
            rank: self.now.0,
            effect,
            due_at: self.now,
        });
    }

    /// Marks the customer's messages read, if they are not yet.
    pub(super) fn read(&self, changes: &mut Changes, conversation: &mut Conversation) {
        if conversation.last_inbound.is_empty() || conversation.read_upto == conversation.last_inbound {
            return;
        }
        conversation.read_upto = conversation.last_inbound.clone();
        let number = conversation.number.clone();
        let effect = Effect::Read { number, wamid: conversation.last_inbound.clone(), typing: false };
        self.to_customer(changes, conversation, "r", effect);
    }

    /// The customer's name for display.
    pub(super) fn customer_name(&self, conversation: &Conversation) -> String {
        self.room.contact(conversation.contact).map_or_else(|| "Customer".to_owned(), words::customer_name)
    }
}
