//! What the workspace refuses for good, and what people delete there: it is made anew, goes another way, or the operator is
//! told.

use super::Desk;
use super::room::{Changes, Room};
use crate::domain::card::Post;
use crate::domain::conversation::Conversation;
use crate::domain::effect::Effect;
use crate::domain::event::{Failure, Refused, ThreadChange};
use crate::domain::ids::{OutboxId, PostRef, ThreadRef};
use crate::domain::words;

impl Desk<'_> {
    /// The workspace refused for good.
    pub(super) fn refused(
        &self,
        room: &Room,
        changes: &mut Changes,
        (outbox, effect): (OutboxId, &Effect),
        (thread, post): (&ThreadRef, &PostRef),
        (refusal, failure): (Refused, &Failure),
    ) {
        let why = || failure.reason.clone();
        let conversation = match effect {
            Effect::Card { conversation }
            | Effect::Thread { conversation }
            | Effect::Head { conversation }
            | Effect::Seal { conversation }
            | Effect::Direct { conversation, .. }
            | Effect::Post { conversation, .. } => room.conversation(*conversation),
            Effect::Repost { message, .. } | Effect::React { message, .. } | Effect::Retract { message } => {
                room.message(*message).and_then(|m| room.conversation(m.conversation))
            }
            _ => None,
        };
        let show = self.show(room);
        match (effect, refusal, conversation) {
            // A mark, a reaction, a removal on what is gone: nothing is lost by leaving it.
            (
                Effect::Mark { .. }
                | Effect::React { .. }
                | Effect::Retract { .. }
                | Effect::RemoveCard { .. }
                | Effect::Moved { .. }
                | Effect::Lock { .. }
                | Effect::Read { .. },
                _,
                _,
            )
            | (
                Effect::Answer { .. } | Effect::Seal { .. } | Effect::SendReaction { .. },
                Refused::PostGone | Refused::Invalid,
                _,
            ) => {
                changes.settled.push((outbox, "done", why()));
            }
            // Whoever takes no direct messages is called to the thread.
            (Effect::Direct { user, post, .. }, _, Some(conversation)) => {
                changes.settled.push((outbox, "done", why()));
                show.card_post(changes, conversation.id, post.clone().calling(vec![user.clone()]));
            }
            (Effect::Repost { .. }, Refused::PostGone, _) => changes.settled.push((outbox, "done", why())),
            (Effect::Card { .. } | Effect::Thread { .. }, Refused::PostGone, Some(conversation))
                if conversation.card == *post =>
            {
                changes.settled.push((outbox, "done", why()));
                changes.posts_gone.push((conversation.id, conversation.card.clone()));
                show.remake(changes, Effect::Card { conversation: conversation.id }, conversation.id);
                if conversation.thread.is_empty() {
                    show.remake(changes, Effect::Thread { conversation: conversation.id }, conversation.id);
                }
            }
            (Effect::Head { .. }, Refused::PostGone, Some(conversation)) if conversation.head == *post => {
                changes.settled.push((outbox, "done", why()));
                changes.posts_gone.push((conversation.id, conversation.head.clone()));
                show.remake(changes, Effect::Head { conversation: conversation.id }, conversation.id);
            }
            (Effect::Standing { what, channel, .. }, Refused::PostGone, _) => {
                changes.settled.push((outbox, "done", why()));
                changes.standing_gone.push((what.key(), channel.clone(), post.clone()));
                show.standing(changes, what.clone(), channel.clone(), Vec::new());
            }
            // Several may have met the loss of one post as well.
            (Effect::Card { .. } | Effect::Thread { .. } | Effect::Head { .. }, Refused::PostGone, Some(_)) => {
                changes.settled.push((outbox, "done", why()));
            }
            // The post itself keeps its place in its lane and goes into the new thread. Several may have met the loss of one
            // thread, and it may have been told before: it is made anew once.
            (_, Refused::ThreadGone, Some(conversation)) => {
                changes.settled.push((outbox, "done", why()));
                if conversation.thread == *thread {
                    self.thread_gone(room, changes, conversation);
                }
            }
            // Telling the operator that the operator cannot be told would never end.
            (Effect::Notice { .. }, _, _) => {}
            (_, Refused::ChannelGone, _) => {
                show.notice(changes, words::channel_gone(&why()));
            }
            (_, Refused::Forbidden, _) => show.notice(changes, words::forbidden(&why())),
            _ => show.notice(changes, words::undeliverable(outbox, &why())),
        }
    }

    /// Something happened to a thread.
    pub(super) fn thread_changed(&self, room: &Room, thread: &ThreadRef, change: ThreadChange) -> Changes {
        let mut changes = Changes::default();
        let Some(conversation) = room.in_thread(thread) else { return changes };
        match change {
            ThreadChange::Deleted => self.thread_gone(room, &mut changes, conversation),
            ThreadChange::ChannelDeleted => {
                self.show(room).notice(&mut changes, words::channel_gone("somebody deleted it"));
            }
            ThreadChange::Shut { archived, locked } if !conversation.is_closed() && (archived || locked) => {
                self.show(room).seal(&mut changes, conversation.id);
            }
            ThreadChange::Shut { .. } => {}
        }
        changes
    }

    /// Makes card and thread anew; those of a closed conversation only when it is opened again.
    fn thread_gone(&self, room: &Room, changes: &mut Changes, conversation: &Conversation) {
        if conversation.is_closed() {
            changes.places_gone.push(conversation.id);
            return;
        }
        let show = self.show(room);
        show.remove_card(changes, conversation);
        changes.places_gone.push(conversation.id);
        show.make(changes, conversation.id);
        show.first(changes, conversation.id, Post::line(words::REMADE));
    }
}
