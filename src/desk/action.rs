//! Somebody pressed a button or typed a command. Every one is checked against what its person may do, done or refused in
//! words, and answered.

use super::Desk;
use super::acting::Acting;
use super::draft::Choice;
use super::room::{Changes, Question, Room};
use crate::domain::command::{self, Command, Verb};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Button, FromMember};
use crate::domain::ids::{ChannelRef, ConversationId, InteractionRef, ThreadRef};
use crate::domain::reply::Reply;
use crate::domain::words;

impl Desk<'_> {
    /// A button of ours.
    pub(super) fn clicked(
        &self,
        room: &Room,
        from: &FromMember,
        interaction: &InteractionRef,
        button: Button,
    ) -> Changes {
        let mut changes = Changes::default();
        let reply = match self.acting(room, &mut changes, from) {
            Err(refused) => refused,
            Ok(acting) => self.press(&mut changes, &acting, button),
        };
        self.show(room).answer(&mut changes, interaction, reply);
        changes
    }

    fn press(&self, changes: &mut Changes, acting: &Acting<'_>, button: Button) -> Reply {
        let room = acting.room;
        match button {
            Button::Claim(id) => self.on(room, id, |c| self.claim(changes, acting, c)),
            Button::Release(id) => self.on(room, id, |c| self.release(changes, acting, c, "")),
            Button::Close(id) => self.on(room, id, |c| self.close(changes, acting, c, "")),
            Button::OnIt(id) => self.on(room, id, |c| self.ack(changes, acting, c)),
            Button::Accept(id) => self.on(room, id, |c| self.accept(changes, acting, c)),
            Button::Decline(id) => self.on(room, id, |c| self.decline(changes, acting, c, "")),
            Button::DeclineFor(id, reason) => {
                self.on(room, id, |c| self.decline(changes, acting, c, words::reason(reason)))
            }
            Button::ClaimAndSend(id) => self.settle(changes, acting, id, Choice::ClaimAndSend),
            Button::SendAsReply(id) => self.settle(changes, acting, id, Choice::Send),
            Button::KeepAsNote(id) => self.settle(changes, acting, id, Choice::Note),
            Button::SendAgain(id) => self.send_again(changes, acting, id),
            Button::Arrived(id) => self.arrived(changes, acting, id),
            Button::Discard(id) => self.discard(changes, acting, id),
        }
    }

    /// A command.
    pub(super) fn commanded(
        &self,
        room: &Room,
        from: &FromMember,
        interaction: &InteractionRef,
        (channel, text): (&ChannelRef, &str),
    ) -> Changes {
        let mut changes = Changes::default();
        let thread = ThreadRef(channel.0.clone());
        let here = room.in_thread(&thread).or_else(|| room.that_left(&thread)).map(|c| c.id);
        let reply = match (self.acting(room, &mut changes, from), command::parse(text)) {
            (_, Ok(Command { verb: Verb::Help(about), .. })) => Reply::of(words::help(&about)),
            (Err(refused), _) => refused,
            (_, Err(misread)) => Reply::text(words::misread(&misread)),
            (Ok(acting), Ok(command)) => match Question::of(&command, channel) {
                Some(question) => self.asked(&changes, &acting, &question),
                None => self.run(&mut changes, &acting, (from, interaction), command, here),
            },
        };
        self.show(room).answer(&mut changes, interaction, reply);
        changes
    }

    fn run(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        (from, interaction): (&FromMember, &InteractionRef),
        command: Command,
        here: Option<ConversationId>,
    ) -> Reply {
        match &command.verb {
            Verb::Away(typed) => self.away(changes, acting, typed),
            Verb::Available => self.present(changes, acting, true),
            Verb::Back => self.present(changes, acting, false),
            Verb::Load(named) => self.load(acting.room, named),
            Verb::Unassigned(named, page) => self.unassigned(acting.room, (named, *page)),
            Verb::Mine => self.mine(acting),
            Verb::Reassign { from, to, note } => self.reassign(changes, acting, (from, to, note), interaction),
            Verb::Contact { phone, name, values } => {
                self.contact(changes, acting, (from, interaction), (phone, name, values))
            }
            verb => match command.number.or(here) {
                Some(id) => self.on(acting.room, id, |c| self.run_on(changes, acting, (from, interaction), (verb, c))),
                None => Reply::text(words::WHICH),
            },
        }
    }

    fn run_on(
        &self,
        changes: &mut Changes,
        acting: &Acting<'_>,
        (from, interaction): (&FromMember, &InteractionRef),
        (verb, c): (&Verb, &Conversation),
    ) -> Reply {
        match verb {
            Verb::Claim => self.claim(changes, acting, c),
            Verb::Release(why) => self.release(changes, acting, c, why),
            Verb::Ack => self.ack(changes, acting, c),
            Verb::Assign { to, note } => self.assign(changes, acting, c, (to, note)),
            Verb::Handoff { to, note, anyway } => self.handoff(changes, acting, c, (to, note, *anyway)),
            Verb::Accept => self.accept(changes, acting, c),
            Verb::Decline(why) => self.decline(changes, acting, c, why),
            Verb::Note(text) => self.note(changes, acting, c, (from, interaction, text)),
            Verb::Reply(text) => self.reply(changes, acting, c, (from, interaction, text)),
            Verb::Canned(name) => self.canned(changes, acting, c, (from, interaction, name)),
            Verb::Template { name, values } => self.template(changes, acting, c, (from, interaction, name, values)),
            Verb::Close(why) => self.close(changes, acting, c, why),
            Verb::Reopen => self.reopen(changes, acting, c),
            Verb::Pending => self.pending(changes, acting, c),
            Verb::Snooze(until) => self.snooze(changes, acting, c, until),
            Verb::Priority(priority) => self.prioritise(changes, acting, c, *priority),
            Verb::Tag { on, off } => self.tag(changes, acting, c, (on, off)),
            Verb::Vip(on) => self.vip(changes, acting, c, *on),
            Verb::Block { on, reason } => self.block(changes, acting, c, (*on, reason)),
            Verb::Whois => self.whois(acting.room, c),
            Verb::Sla => Reply::of(words::deadlines(c, &self.targets(c), self.now)),
            Verb::Why => self.why(acting.room, c),
            // What is about no conversation, or only asked, has been done.
            Verb::Away(_)
            | Verb::Available
            | Verb::Back
            | Verb::Reassign { .. }
            | Verb::Contact { .. }
            | Verb::Load(_)
            | Verb::Unassigned(..)
            | Verb::Mine
            | Verb::Queue(..)
            | Verb::History(_)
            | Verb::Transcript
            | Verb::Find(..)
            | Verb::Stats(..)
            | Verb::Help(_) => Reply::of(words::help("")),
        }
    }
}
