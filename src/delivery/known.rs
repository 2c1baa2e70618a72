//! Everything a batch of effects needs, loaded with one statement for each kind.

use std::collections::{BTreeSet, HashMap};

use super::standing::Shown;
use super::{Flight, Settings, parts};
use crate::domain::contact::Contact;
use crate::domain::content::Content;
use crate::domain::conversation::Conversation;
use crate::domain::effect::{Effect, Standing};
use crate::domain::ids::{AgentId, ChannelRef, ContactId, ConversationId, MediaId, MessageId, PostRef, Time};
use crate::domain::message::Message;
use crate::domain::passing::OfferedTo;
use crate::store::agent::Agent;
use crate::store::media::Media;
use crate::store::message::Ref;
use crate::store::{StoreError, Tx, agent, contact, conversation, media, message};

/// Everything a batch of effects needs.
#[derive(Default)]
pub(super) struct Known {
    pub(super) conversations: HashMap<ConversationId, Conversation>,
    pub(super) contacts: HashMap<ContactId, Contact>,
    pub(super) messages: HashMap<MessageId, Message>,
    pub(super) refs: HashMap<MessageId, Vec<Ref>>,
    pub(super) media: HashMap<MediaId, Media>,
    pub(super) agents: HashMap<AgentId, Agent>,
    /// Cards that show a message which no other post shows.
    pub(super) cards_with_words: BTreeSet<PostRef>,
    /// What stands in channels, and what it tells.
    pub(super) shown: Shown,
}

impl Known {
    /// Loads what the effects name.
    pub(super) async fn load(
        tx: &mut Tx,
        flights: &[Flight],
        settings: &Settings,
        now: Time,
    ) -> Result<Self, StoreError> {
        let mut conversations: BTreeSet<ConversationId> = BTreeSet::new();
        let mut messages: BTreeSet<MessageId> = BTreeSet::new();
        let mut with_refs: BTreeSet<MessageId> = BTreeSet::new();
        let mut files: BTreeSet<MediaId> = BTreeSet::new();
        let mut standing: BTreeSet<(&Standing, &ChannelRef)> = BTreeSet::new();
        let mut cards: Vec<&PostRef> = Vec::new();
        let mut shows_people = false;
        for flight in flights {
            match &flight.effect {
                Effect::Card { conversation } | Effect::Head { conversation } => {
                    shows_people = true;
                    conversations.insert(*conversation);
                }
                Effect::Thread { conversation } | Effect::Sign { conversation } => {
                    shows_people = true;
                    conversations.insert(*conversation);
                }
                Effect::Seal { conversation }
                | Effect::Tell { conversation, .. }
                | Effect::Direct { conversation, .. }
                | Effect::Moved { conversation, .. }
                | Effect::SendReaction { conversation, .. } => {
                    shows_people = true;
                    conversations.insert(*conversation);
                }
                Effect::Post { conversation, quote, files: attached, .. } => {
                    conversations.insert(*conversation);
                    with_refs.extend(quote);
                    files.extend(attached);
                }
                Effect::Repost { message, .. }
                | Effect::React { message, .. }
                | Effect::Retract { message }
                | Effect::Mark { message }
                | Effect::Send { message } => {
                    shows_people = true;
                    messages.insert(*message);
                    with_refs.insert(*message);
                }
                Effect::Fetch { media } => {
                    files.insert(*media);
                }
                Effect::RemoveCard { card, leaves, .. } => cards.extend(leaves.is_some().then_some(card)),
                Effect::Standing { what, channel, .. } => {
                    standing.insert((what, channel));
                    if let Standing::Alarm { conversation, .. } = what {
                        shows_people = true;
                        conversations.insert(*conversation);
                    }
                }
                Effect::Announce { .. }
                | Effect::Lock { .. }
                | Effect::Answer { .. }
                | Effect::Notice { .. }
                | Effect::Read { .. } => {}
            }
        }
        let mut known = Self::default();
        known.load_messages(tx, messages, (&mut conversations, &mut with_refs, &mut files)).await?;
        known.load_conversations(tx, conversations, shows_people).await?;
        known.cards_with_words = parts::shows_words(tx, &cards).await?;
        known.shown.load(tx, &standing, settings, now).await?;
        if !with_refs.is_empty() {
            let ids: Vec<MessageId> = with_refs.into_iter().collect();
            for found in message::refs_of(tx, &ids).await? {
                known.refs.entry(MessageId(found.message)).or_default().push(found);
            }
        }
        if !files.is_empty() {
            let ids: Vec<MediaId> = files.into_iter().collect();
            known.media.extend(media::by_id(tx, &ids).await?.into_iter().map(|m| (m.id, m)));
        }
        Ok(known)
    }

    async fn load_messages(
        &mut self,
        tx: &mut Tx,
        messages: BTreeSet<MessageId>,
        (conversations, with_refs, files): (
            &mut BTreeSet<ConversationId>,
            &mut BTreeSet<MessageId>,
            &mut BTreeSet<MediaId>,
        ),
    ) -> Result<(), StoreError> {
        if messages.is_empty() {
            return Ok(());
        }
        let ids: Vec<MessageId> = messages.into_iter().collect();
        for found in message::by_id(tx, &ids).await? {
            conversations.insert(found.conversation);
            if found.quote.0 != 0 {
                with_refs.insert(found.quote);
            }
            if let Content::Media { file, .. } = &found.content {
                files.insert(file.id);
            }
            self.messages.insert(found.id, found);
        }
        Ok(())
    }

    async fn load_conversations(
        &mut self,
        tx: &mut Tx,
        ids: BTreeSet<ConversationId>,
        shows_people: bool,
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<ConversationId> = ids.into_iter().collect();
        self.conversations.extend(conversation::by_id(tx, &ids).await?.into_iter().map(|c| (c.id, c)));
        if !shows_people {
            return Ok(());
        }
        let previous: Vec<ConversationId> =
            self.conversations.values().map(|c| c.previous).filter(|id| id.0 != 0).collect();
        if !previous.is_empty() {
            for found in conversation::by_id(tx, &previous).await? {
                self.conversations.entry(found.id).or_insert(found);
            }
        }
        let contacts: Vec<ContactId> = self.conversations.values().map(|c| c.contact).collect();
        self.contacts.extend(contact::by_id(tx, &contacts).await?.into_iter().map(|c| (c.id, c)));
        let mut owners: Vec<AgentId> = self.conversations.values().filter_map(Conversation::owner).collect();
        owners.extend(self.conversations.values().filter_map(|c| match c.passing.offer.as_ref()?.to {
            OfferedTo::Agent(agent, _) => Some(agent),
            OfferedTo::Team(_) => None,
        }));
        let rings = self.conversations.values().filter_map(|c| c.clocks.alarm.as_ref()).flat_map(|alarm| &alarm.rings);
        owners.extend(rings.map(|ring| ring.by).filter(|by| *by != AgentId::NOBODY));
        if !owners.is_empty() {
            self.agents.extend(agent::by_id(tx, &owners).await?.into_iter().map(|a| (a.id, a)));
        }
        Ok(())
    }
}
