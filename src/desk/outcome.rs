//! What became of what we did: WhatsApp's statuses, refusals for good, and what nobody knows.

use super::Desk;
use super::room::{Changes, Room, WHATSAPP};
use crate::domain::content::Content;
use crate::domain::effect::{Effect, Part};
use crate::domain::event::{Delivered, Ended, Failure, Refused, Status};
use crate::domain::ids::{AgentId, MediaId, MessageId, OutboxId, PostRef, ThreadRef, Wamid};
use crate::domain::message::{Direction, Message, Progress};
use crate::domain::words;
use crate::store::media::State;
use crate::store::message::Ref;

/// How long a file that did not come at once is left alone before it is tried again.
const LATE_FILE_MS: i64 = 15_000;

/// WhatsApp's word for: more than a day has passed since the customer wrote.
const DAY_OVER: i64 = 131_047;

impl Desk<'_> {
    /// What WhatsApp says of a message we sent. One that was uncertain is settled by it.
    pub(super) fn status(&self, room: &Room, status: &Status) -> Changes {
        let mut changes = Changes::default();
        let by_outbox = status.outbox.and_then(|id| match room.effect(id) {
            Some(Effect::Send { message }) => room.message(*message),
            _ => None,
        });
        let Some(message) = room.said(&status.wamid).or(by_outbox) else { return changes };
        if message.direction != Direction::Out {
            return changes;
        }
        let mut message = message.clone();
        let known = message.clone();
        if let Some(outbox) = status.outbox.filter(|_| by_outbox.is_some()) {
            changes.settled.push((outbox, "done", String::new()));
            changes.woken.push(super::show::send_lane(message.conversation));
            self.has_wamid(&mut changes, &mut message, &status.wamid);
        }
        if message.progress == Progress::Uncertain {
            self.show(room).retract(&mut changes, message.conversation, message.id);
        }
        message.came(&status.state);
        if message != known {
            if !self.tried_again(room, &mut changes, (&known, &mut message)) {
                self.came(room, &mut changes, (&known, &message), true);
            }
            changes.messages.push(message);
        }
        changes
    }

    /// WhatsApp says that the customer's day is over while it is not, as happens around its last moments: once, the message
    /// is sent again before anybody is asked. Whether that is so.
    fn tried_again(&self, room: &Room, changes: &mut Changes, (before, message): (&Message, &mut Message)) -> bool {
        let failed = message.progress == Progress::Failed && before.progress != Progress::Failed;
        let first = message.failure.code == DAY_OVER && before.failure.code != DAY_OVER;
        let Some(conversation) = room.conversation(message.conversation) else { return false };
        let template = matches!(message.content, Content::Template { .. });
        let open = self.now < conversation.window_closes();
        if !(failed && first && open) || template || message.author == AgentId::NOBODY {
            return false;
        }
        message.progress = Progress::Waiting;
        self.show(room).send(changes, conversation, message.id, 0);
        true
    }

    fn has_wamid(&self, changes: &mut Changes, message: &mut Message, wamid: &Wamid) {
        if wamid.is_empty() {
            return;
        }
        if message.wamid.is_empty() {
            message.wamid = wamid.clone();
        }
        changes.refs.push(Ref {
            place: WHATSAPP.to_owned(),
            remote: wamid.0.clone(),
            message: message.id.0,
            part: "mirror".to_owned(),
        });
    }

    /// Shows how far a message has come, and asks its author what to do when it failed.
    fn came(&self, room: &Room, changes: &mut Changes, (before, message): (&Message, &Message), again: bool) {
        let show = self.show(room);
        if before.progress == message.progress {
            return;
        }
        show.mark(changes, message.conversation, message.id);
        if message.progress != Progress::Failed {
            if before.progress == Progress::Failed {
                // It arrived after all: the question what to do is over.
                show.retract(changes, message.conversation, message.id);
            }
            return;
        }
        if message.author == AgentId::NOBODY {
            let line = words::automatic_failed(&words::summary(&message.content, 60), &message.failure.reason);
            show.line(changes, message.conversation, line);
            show.fold(changes, message.conversation);
            return;
        }
        let name = room.agent_name(message.author);
        let again = again && message.failure.code != DAY_OVER;
        let post = words::send_failed(message.id, &name, &message.failure.reason, again);
        show.post(changes, message.conversation, message.id, Part::Prompt, post);
        // A template was no answer, so that its failure takes none away.
        let was_answer = !matches!(message.content, Content::Template { .. });
        if let Some(conversation) = room.conversation(message.conversation).filter(|_| was_answer) {
            let mut conversation = conversation.clone();
            let targets = self.targets(&conversation);
            if conversation.waits_again(self.now, &targets) {
                show.refresh(changes, conversation.id);
                if conversation.is_queued() {
                    self.stir(changes, &conversation.team);
                }
                changes.conversations.push(conversation);
            }
        }
    }

    /// A thing we wanted done has ended in a way that needs a decision.
    pub(super) fn performed(
        &self,
        room: &Room,
        outbox: OutboxId,
        ended: &Ended,
        met: (&ThreadRef, &PostRef),
    ) -> Changes {
        let mut changes = Changes::default();
        let Some(effect) = room.effect(outbox) else { return changes };
        match (effect, ended) {
            (Effect::Send { message }, ended) => self.sent(room, &mut changes, *message, (outbox, ended)),
            (Effect::Fetch { media }, Ended::Fetched) => self.fetched(room, &mut changes, *media),
            (Effect::Fetch { media }, Ended::Refused { refusal, failure }) => {
                self.not_fetched(room, &mut changes, (*media, outbox), *refusal, failure);
            }
            (effect, Ended::Refused { refusal, failure }) => {
                self.refused(room, &mut changes, (outbox, effect), met, (*refusal, failure));
            }
            _ => {}
        }
        changes
    }

    fn sent(&self, room: &Room, changes: &mut Changes, id: MessageId, (outbox, ended): (OutboxId, &Ended)) {
        let Some(known) = room.message(id) else { return };
        let mut message = known.clone();
        match ended {
            Ended::Sent { wamids } => {
                for wamid in wamids {
                    self.has_wamid(changes, &mut message, wamid);
                }
                if matches!(message.progress, Progress::Waiting | Progress::Uncertain) {
                    message.progress = Progress::Accepted;
                }
                self.came(room, changes, (known, &message), true);
            }
            Ended::Refused { refusal, failure } => {
                let code = if *refusal == Refused::WindowClosed { DAY_OVER } else { failure.code };
                message.came(&Delivered::Failed(Failure { code, reason: failure.reason.clone() }));
                changes.settled.push((outbox, "done", failure.reason.clone()));
                // What was refused before WhatsApp was asked will be refused again.
                let again = *refusal != Refused::Invalid || code != 0;
                if !self.tried_again(room, changes, (known, &mut message)) {
                    self.came(room, changes, (known, &message), again);
                }
                if *refusal == Refused::Forbidden {
                    self.show(room).notice(changes, words::number_stopped(&failure.reason));
                }
            }
            Ended::Uncertain if message.progress == Progress::Waiting => {
                message.progress = Progress::Uncertain;
                let show = self.show(room);
                show.mark(changes, message.conversation, id);
                // Nobody is asked about what nobody wrote.
                if message.author == AgentId::NOBODY {
                    let line = words::automatic_uncertain(&words::summary(&message.content, 60));
                    show.line(changes, message.conversation, line);
                    show.fold(changes, message.conversation);
                } else {
                    let post = words::send_uncertain(id, &room.agent_name(message.author));
                    show.post(changes, message.conversation, id, Part::Prompt, post);
                }
            }
            Ended::Uncertain | Ended::Fetched => {}
        }
        if message != *known {
            changes.messages.push(message);
        }
    }

    /// A late file is there: it follows its message.
    fn fetched(&self, room: &Room, changes: &mut Changes, media: MediaId) {
        let Some((message, _)) = room.holder_of(media) else { return };
        let show = self.show(room);
        show.files(changes, message.conversation, message.id, media);
        let post = self.mirrored(room, message);
        show.repost(changes, message.conversation, message.id, post);
    }

    /// A file did not come. The first time its message goes without it and it is tried aside; after the last time it is
    /// said that it will not come.
    fn not_fetched(
        &self,
        room: &Room,
        changes: &mut Changes,
        (media, outbox): (MediaId, OutboxId),
        refusal: Refused,
        failure: &Failure,
    ) {
        changes.settled.push((outbox, "done", failure.reason.clone()));
        let Some((message, state)) = room.holder_of(media) else { return };
        let show = self.show(room);
        if message.direction == Direction::Out {
            changes.media_moves.push((media, State::Lost, failure.reason.clone()));
            let mut message = message.clone();
            message.came(&Delivered::Failed(failure.clone()));
            let known = room.message(message.id).unwrap_or(&message);
            self.came(room, changes, (known, &message), refusal != Refused::Invalid);
            changes.messages.push(message);
            return;
        }
        if state == State::Announced && refusal != Refused::Invalid {
            changes.media_moves.push((media, State::Late, failure.reason.clone()));
            show.late_file(changes, media, LATE_FILE_MS);
            return;
        }
        changes.media_moves.push((media, State::Lost, failure.reason.clone()));
        if message.direction == Direction::In || message.direction == Direction::Echo {
            let mut post = self.mirrored(room, message);
            let lost = room.media_of(message.id).iter().find(|m| m.id == media);
            post.notes.extend(lost.map(|m| words::file_lost(m.file.kind, &failure.reason)));
            show.repost(changes, message.conversation, message.id, post);
        }
    }
}

impl Room {
    /// The message a file belongs to, and how far the file has come.
    fn holder_of(&self, media: MediaId) -> Option<(&Message, State)> {
        self.all_media().find(|m| m.id == media).and_then(|m| Some((self.message(m.message)?, m.state)))
    }
}
