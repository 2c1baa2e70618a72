//! Looking at the world from outside: copies of its state as views.

use super::interaction::{Interaction, Place};
use super::snowflake::created_ms;
use super::views::{
    AttachmentView, ChannelView, CommandView, InteractionView, MessageView, ReactionView, SessionView, ThreadView,
    UserView,
};
use super::world::{Channel, Message, World};
use super::{Discord, flag};

impl Discord {
    /// Text channels and direct-message channels, oldest first.
    #[must_use]
    pub fn channels(&self) -> Vec<ChannelView> {
        let world = self.world();
        let view = |c: &Channel| ChannelView {
            id: c.id,
            name: c.name.clone(),
            recipient: c.recipient,
            last_message: c.last_message,
        };
        world.channels.values().filter(|c| c.thread.is_none()).map(view).collect()
    }

    /// Every thread, oldest first.
    #[must_use]
    pub fn threads(&self) -> Vec<ThreadView> {
        let world = self.world();
        let view = |c: &Channel| {
            let thread = c.thread.as_ref()?;
            Some(ThreadView {
                id: c.id,
                parent: c.parent,
                name: c.name.clone(),
                owner: thread.owner,
                archived: thread.archived,
                locked: thread.locked,
                auto_archive: thread.auto_archive,
                members: thread.members.keys().copied().collect(),
                message_count: thread.message_count,
                last_message: c.last_message,
            })
        };
        world.channels.values().filter_map(view).collect()
    }

    /// One thread.
    #[must_use]
    pub fn thread(&self, id: u64) -> Option<ThreadView> {
        self.threads().into_iter().find(|t| t.id == id)
    }

    /// The users, oldest first, the bot among them.
    #[must_use]
    pub fn users(&self) -> Vec<UserView> {
        let world = self.world();
        let view = |u: &super::world::User| UserView {
            id: u.id,
            name: u.shown().to_owned(),
            bot: u.bot,
            member: u.member,
            roles: u.roles.clone(),
        };
        world.users.values().map(view).collect()
    }

    /// The messages of a channel or thread, oldest first, deleted ones marked; empty when there is no such channel.
    #[must_use]
    pub fn messages(&self, channel: u64) -> Vec<MessageView> {
        let world = self.world();
        let found = world.channels.get(&channel);
        found.into_iter().flat_map(|c| &c.messages).map(|m| world.message_view(m)).collect()
    }

    /// The last `limit` messages of a channel, oldest first.
    #[must_use]
    pub fn last_messages(&self, channel: u64, limit: usize) -> Vec<MessageView> {
        let world = self.world();
        let found = world.channels.get(&channel);
        let skip = found.map_or(0, |c| c.messages.len().saturating_sub(limit));
        found.into_iter().flat_map(|c| c.messages.range(skip..)).map(|m| world.message_view(m)).collect()
    }

    /// One message, deleted or not; an ephemeral one as well.
    #[must_use]
    pub fn message(&self, channel: u64, id: u64) -> Option<MessageView> {
        let world = self.world();
        let public = world.channels.get(&channel).and_then(|c| {
            let at = c.messages.binary_search_by_key(&id, |m| m.id).ok()?;
            c.messages.get(at)
        });
        let private = || world.interactions.by_id.values().rev().find_map(|i| i.ephemeral.get(&id));
        public.or_else(private).map(|m| world.message_view(m))
    }

    /// The ephemeral messages a user still sees in a channel, oldest first.
    #[must_use]
    pub fn ephemeral_messages(&self, user: u64, channel: u64) -> Vec<MessageView> {
        let world = self.world();
        let theirs = world.interactions.by_id.values().filter(|i| i.origin.user == user && i.channel == channel);
        theirs.flat_map(|i| i.ephemeral.values()).filter(|m| !m.deleted).map(|m| world.message_view(m)).collect()
    }

    /// How many messages a channel has, deleted ones included, without making their views.
    #[must_use]
    pub fn message_count(&self, channel: u64) -> usize {
        self.world().channels.get(&channel).map_or(0, |c| c.messages.len())
    }

    /// The registered commands.
    #[must_use]
    pub fn commands(&self) -> Vec<CommandView> {
        let world = self.world();
        let view = |c: &super::world::Command| CommandView {
            id: c.id,
            name: c.body["name"].as_str().unwrap_or_default().to_owned(),
            kind: super::commands::kind(&c.body),
            body: c.body.clone(),
        };
        world.commands.iter().map(view).collect()
    }

    /// The interactions still known, oldest first.
    #[must_use]
    pub fn interactions(&self) -> Vec<InteractionView> {
        let world = self.world();
        world.interactions.by_id.keys().filter_map(|id| world.interaction_view(*id)).collect()
    }

    /// The gateway's sessions.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionView> {
        let world = self.world();
        let view =
            |s: &super::session::Session| SessionView { intents: s.intents, seq: s.seq, connected: s.line.is_some() };
        world.gateway.sessions.iter().map(view).collect()
    }

    /// How many sessions were begun by IDENTIFY and how many connections resumed one.
    #[must_use]
    pub fn identifies_and_resumes(&self) -> (u64, u64) {
        let world = self.world();
        (world.gateway.identifies, world.gateway.resumes)
    }
}

impl World {
    fn message_view(&self, message: &Message) -> MessageView {
        let ephemeral = message.flags & flag::EPHEMERAL != 0;
        let attachments = message.attachments.iter().map(|a| AttachmentView {
            id: a.id,
            filename: a.filename.clone(),
            content_type: a.content_type.clone(),
            description: a.description.clone(),
            url: self.attachment_at(message.channel, ephemeral, a)["url"].as_str().unwrap_or_default().to_owned(),
            bytes: self.files.get(&a.id).map(|f| f.bytes.clone()).unwrap_or_default(),
        });
        let reactions =
            message.reactions.iter().map(|r| ReactionView { emoji: r.emoji.clone(), users: r.users.clone() });
        MessageView {
            id: message.id,
            channel: message.channel,
            author: message.author,
            author_name: self.users.get(&message.author).map(|u| u.shown().to_owned()).unwrap_or_default(),
            kind: message.kind,
            content: message.content.clone(),
            embeds: message.embeds.clone(),
            components: message.components.clone(),
            attachments: attachments.collect(),
            reactions: reactions.collect(),
            reply_to: message.reference.and_then(|r| r.message),
            pings: message.mentions.clone(),
            role_pings: message.mention_roles.clone(),
            pings_everyone: message.mention_everyone,
            sent_ms: created_ms(message.id),
            edited_ms: message.edited_ms,
            deleted: message.deleted,
            pinned: message.pinned_ms.is_some(),
            ephemeral,
            loading: message.flags & flag::LOADING != 0,
            flags: message.flags,
            nonce: message.nonce.clone(),
            interaction: message.origin.as_ref().map(|o| o.interaction),
        }
    }

    pub(super) fn interaction_view(&self, id: u64) -> Option<InteractionView> {
        let found: &Interaction = self.interactions.by_id.get(&id)?;
        let any = |place: &Place| match place {
            Place::Public(m) => {
                let channel = self.channels.get(&found.channel)?;
                channel.messages.get(channel.messages.binary_search_by_key(m, |m| m.id).ok()?)
            }
            Place::Ephemeral(m) => self.interactions.by_id.values().rev().find_map(|i| i.ephemeral.get(m)),
        };
        Some(InteractionView {
            id,
            kind: found.origin.kind,
            user: found.origin.user,
            channel: found.channel,
            acked_after_ms: found.acked.map(|(_, took)| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            callback: found.acked.map(|(kind, _)| kind),
            answered: found.answered,
            answers: found.answers.iter().filter_map(any).map(|m| self.message_view(m)).collect(),
            modal: found.modal.clone(),
            choices: found.choices.clone(),
            failed: found.failed.clone(),
        })
    }
}
