//! What pauses an effect: the scope of wherever it is performed, known once its event is over.

use super::Room;
use crate::domain::effect::Effect;
use crate::domain::ids::{ConversationId, MediaId, MessageId};
use crate::domain::workspace::Workspace;
use crate::store::outbox::NewRow;

impl Room {
    /// The row with its scope, unless it has one.
    pub(super) fn scoped(&self, row: NewRow) -> NewRow {
        if !row.scope.is_empty() {
            return row;
        }
        let scope = match &row.effect {
            Effect::Card { conversation }
            | Effect::Thread { conversation }
            | Effect::Head { conversation }
            | Effect::Sign { conversation }
            | Effect::Post { conversation, .. }
            | Effect::SendReaction { conversation, .. }
            | Effect::Seal { conversation } => self.scope_of(*conversation),
            Effect::Repost { message, .. }
            | Effect::Mark { message }
            | Effect::React { message, .. }
            | Effect::Send { message }
            | Effect::Retract { message } => self.scope_of_message(*message),
            Effect::Fetch { media } => self.scope_of_file(*media),
            Effect::Tell { channel, .. }
            | Effect::Standing { channel, .. }
            | Effect::Announce { channel, .. }
            | Effect::Moved { channel, .. }
            | Effect::RemoveCard { channel, .. } => channel.scope(),
            Effect::Direct { user, .. } => user.scope(),
            Effect::Lock { thread } => thread.scope(),
            Effect::Answer { interaction, .. } => interaction.scope(),
            Effect::Notice { .. } | Effect::Read { .. } => Workspace::Discord.as_str().to_owned(),
        };
        NewRow { scope, ..row }
    }

    fn scope_of(&self, id: ConversationId) -> String {
        self.conversation(id).map_or_else(|| Workspace::Discord.as_str().to_owned(), |c| c.channel.scope())
    }

    fn scope_of_message(&self, id: MessageId) -> String {
        self.scope_of(self.message(id).map_or(ConversationId(0), |message| message.conversation))
    }

    fn scope_of_file(&self, id: MediaId) -> String {
        let message = self.all_media().find(|media| media.id == id).map_or(MessageId(0), |media| media.message);
        self.scope_of_message(message)
    }
}
