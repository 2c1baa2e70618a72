//! Interactions: clicks, commands and modals on their way to the bot, and what became of them
//! (interactions/receiving-and-responding.mdx).

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::flag;
use super::world::{Message, World};

/// Names one click, command, autocompletion or modal submission.
pub type InteractionId = u64;

/// An interaction's token is good for 15 minutes.
const TOKEN_MS: u64 = 15 * 60 * 1000;

pub(super) const COMMAND: u8 = 2;
pub(super) const COMPONENT: u8 = 3;
pub(super) const AUTOCOMPLETE: u8 = 4;
pub(super) const MODAL_SUBMIT: u8 = 5;

/// Where a message that answers an interaction came from.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) interaction: u64,
    pub(super) kind: u8,
    pub(super) user: u64,
    /// The message whose component was used.
    pub(super) message: Option<u64>,
    /// The interaction that opened the modal.
    pub(super) trigger: Option<Box<Origin>>,
}

/// Where an answer lies: in a channel's history, or with the one person who sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Public(u64),
    Ephemeral(u64),
}

pub(super) struct Interaction {
    pub(super) id: u64,
    pub(super) token: String,
    pub(super) channel: u64,
    pub(super) origin: Origin,
    pub(super) created: Instant,
    pub(super) created_ms: u64,
    /// The type of the option somebody types in.
    pub(super) completes: Option<u64>,
    /// How many connections had ended when this was sent to one, absent when none was there to hear of it.
    pub(super) delivered: Option<u64>,
    /// Callback type and how long it took.
    pub(super) acked: Option<(u8, Duration)>,
    /// The message that `@original` means.
    pub(super) original: Option<Place>,
    /// Answers in the order in which they appeared.
    pub(super) answers: Vec<Place>,
    /// Whether something other than a defer has come.
    pub(super) answered: bool,
    /// Ephemeral messages by id, deleted ones marked.
    pub(super) ephemeral: BTreeMap<u64, Message>,
    pub(super) modal: Option<Value>,
    pub(super) choices: Option<Vec<Value>>,
    pub(super) failed: Option<String>,
}

/// How many settled interactions are remembered; a day of demo traffic must not grow without end.
const REMEMBERED: usize = 20_000;

#[derive(Default)]
pub(super) struct Interactions {
    pub(super) by_id: BTreeMap<u64, Interaction>,
    by_token: HashMap<String, u64>,
}

impl Interactions {
    /// Takes one in, and returns the one that is forgotten for it.
    fn add(&mut self, interaction: Interaction) -> Option<Interaction> {
        self.by_token.insert(interaction.token.clone(), interaction.id);
        self.by_id.insert(interaction.id, interaction);
        let (_, old) = (self.by_id.len() > REMEMBERED).then(|| self.by_id.pop_first())??;
        self.by_token.remove(&old.token);
        Some(old)
    }

    pub(super) fn with_token(&mut self, token: &str) -> Option<&mut Interaction> {
        let id = self.by_token.get(token)?;
        self.by_id.get_mut(id)
    }
}

impl Interaction {
    /// Whether the token still works for follow-ups and edits.
    pub(super) fn is_alive(&self, now_ms: u64) -> bool {
        now_ms <= self.created_ms + TOKEN_MS
    }

    /// The ephemeral message with this id, unless deleted.
    pub(super) fn ephemeral(&mut self, id: u64) -> Option<&mut Message> {
        self.ephemeral.get_mut(&id).filter(|m| !m.deleted)
    }
}

impl World {
    /// Remembers an interaction; with one that is forgotten go the files of its private answers.
    pub(super) fn remember(&mut self, interaction: Interaction) {
        let forgotten = self.interactions.add(interaction);
        for message in forgotten.iter().flat_map(|old| old.ephemeral.values()) {
            for attachment in &message.attachments {
                self.files.remove(&attachment.id);
            }
        }
    }

    /// Posts a message as an answer, in the channel or to one person alone, and returns where it lies.
    pub(super) fn answer(&mut self, interaction: u64, mut message: Message) -> Option<Place> {
        let found = self.interactions.by_id.get(&interaction)?;
        message.origin = Some(found.origin.clone());
        message.channel = found.channel;
        message.author = self.bot;
        let place = if message.flags & flag::EPHEMERAL != 0 {
            message.id = self.new_id();
            let id = message.id;
            self.interactions.by_id.get_mut(&interaction)?.ephemeral.insert(id, message);
            Place::Ephemeral(id)
        } else {
            Place::Public(self.post(message))
        };
        self.interactions.by_id.get_mut(&interaction)?.answers.push(place);
        self.tick();
        Some(place)
    }

    /// The message an answer is, unless deleted.
    pub(super) fn answer_at(&self, interaction: &Interaction, place: Place) -> Option<&Message> {
        match place {
            Place::Public(id) => self.channels.get(&interaction.channel)?.message(id),
            Place::Ephemeral(id) => {
                self.interactions.by_id.values().rev().find_map(|i| i.ephemeral.get(&id)).filter(|m| !m.deleted)
            }
        }
    }

    /// Changes an answer and says so.
    pub(super) fn change_answer(&mut self, interaction: u64, place: Place, how: impl FnOnce(&mut Message)) {
        let now = self.now_ms();
        match place {
            Place::Public(id) => {
                let Some(channel) = self.interactions.by_id.get(&interaction).map(|i| i.channel) else { return };
                self.change(channel, id, true, how);
            }
            Place::Ephemeral(id) => {
                let found = self.interactions.by_id.values_mut().rev().find_map(|i| i.ephemeral(id));
                let Some(message) = found else { return };
                how(message);
                message.edited_ms = Some(now);
                self.tick();
            }
        }
    }

    /// Closes the books on an interaction whose three seconds are over: an unanswered one failed, and when the bot
    /// could have heard of it, that is its fault.
    pub(super) fn expire(&mut self, interaction: u64) {
        let deadline = self.options.ack_deadline;
        let Some(found) = self.interactions.by_id.get_mut(&interaction) else { return };
        if found.acked.is_some() || found.failed.is_some() {
            return;
        }
        found.failed = Some(format!("no answer within {} ms", deadline.as_millis()));
        // A connection that broke meanwhile excuses it.
        if found.delivered == Some(self.gateway.ended) {
            let kind = found.origin.kind;
            self.wire
                .violation(format!("interaction of type {kind} was not answered within {} ms", deadline.as_millis()));
        }
        self.tick();
    }
}
