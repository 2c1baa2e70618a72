//! One event in, one transaction, effects out.
//!
//! Architecture invariants: only the desk composes statements in a transaction; no network call happens while one is open;
//! an effect exists only as an outbox row; what goes to the customer is decided in `member` and `action` and nowhere
//! else. A batch is loaded, decided and written as sets; each event sees what the ones before it changed, and one that is
//! refused or panics writes nothing and spoils nothing.

mod acceptance;
mod acting;
mod action;
mod alarm;
mod ask;
mod automatic;
mod board;
mod clocks;
mod customer;
mod draft;
mod drain;
mod handoff;
mod identity;
mod loss;
mod matter;
mod member;
mod outbound;
mod outcome;
mod owner;
pub mod policy;
mod presence;
mod relocate;
mod report;
mod revision;
mod room;
mod route;
mod said;
pub mod show;
mod sign;
mod staff;
pub mod stats;
mod take;
mod wake;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::domain::event::{Event, MemberDid, Own};
use crate::domain::ids::{NumberId, Time};
use crate::domain::words;
use crate::store::{StoreError, Tx};
use member::Written;
use policy::{MarkRead, Policy};
pub use room::index_older;
use room::{Changes, Room};
use show::Show;

/// Why an event was not handled; it becomes a dead letter that can be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The business number is not in the configuration.
    #[error("the number {0} is not in the configuration")]
    UnknownNumber(NumberId),
    /// Nothing says who the customer is.
    #[error("nothing in it says who the customer is")]
    Nobody,
    /// Deciding failed in a way nobody foresaw.
    #[error("deciding about it failed: {0}")]
    Panic(String),
}

/// The fresh ids of this process: never the same twice, growing with time.
#[derive(Debug, Default)]
pub struct Ids {
    last: i64,
    salt: u16,
}

impl Ids {
    /// `salt` keeps two processes apart that begin in the same millisecond.
    #[must_use]
    pub fn new(salt: u16) -> Self {
        Self { last: 0, salt }
    }

    fn next(&self, now: Time) -> i64 {
        self.last.max(room::first_id(now, self.salt))
    }
}

/// What a batch came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Handled {
    /// Which of the groups were refused, by their index, and why.
    pub refused: Vec<(usize, String)>,
    /// How many effects were put into the outbox.
    pub effects: usize,
    /// Whether Baton told itself something that waits in the inbox now.
    pub told_itself: bool,
}

/// Decides about a batch and writes what follows into `tx`. `groups` holds the events of one inbox row each; a refused event
/// ends its row.
///
/// # Errors
/// When the database refuses or somebody else changed a conversation in between: drop the transaction and try again.
pub async fn handle(
    tx: &mut Tx,
    groups: &[Vec<Event>],
    policy: &Policy,
    ids: &mut Ids,
    now: Time,
) -> Result<Handled, StoreError> {
    let events: Vec<&Event> = groups.iter().flatten().collect();
    if events.is_empty() {
        return Ok(Handled::default());
    }
    let mut room = Room::load(tx, &events, policy, ids.next(now), now).await?;
    let desk = Desk { policy, now };
    let mut handled = Handled::default();
    for (index, group) in groups.iter().enumerate() {
        // An inbox row is one happening: it yields one event, seldom two, and the first refusal ends it.
        for event in group {
            match desk.decide_safely(&room, event) {
                Ok(changes) => {
                    handled.effects += changes.effects.len();
                    room.apply(changes);
                    if let Event::Own(Own::Room { team, behind }) = event {
                        match desk.drain(&mut room, (team, *behind)) {
                            Ok(effects) => handled.effects += effects,
                            Err(refusal) => handled.refused.push((index, refusal.to_string())),
                        }
                    }
                }
                Err(refusal) => {
                    handled.refused.push((index, refusal.to_string()));
                    break;
                }
            }
        }
    }
    handled.told_itself = room.save(tx, policy, now).await?;
    ids.last = room.last_id();
    Ok(handled)
}

/// The desk at one moment.
pub(crate) struct Desk<'a> {
    policy: &'a Policy,
    now: Time,
}

impl<'a> Desk<'a> {
    fn show<'b>(&'b self, room: &'b Room) -> Show<'b> {
        Show { room, policy: self.policy, now: self.now }
    }

    fn decide_safely(&self, room: &Room, event: &Event) -> Result<Changes, Refusal> {
        safely(|| {
            let mut changes = self.decide(room, event)?;
            self.follow(room, &mut changes);
            Ok(changes)
        })
    }

    /// The desk at a time that has come, even if the clock here is behind.
    fn not_before(&self, at: Time) -> Self {
        Self { policy: self.policy, now: self.now.max(at) }
    }

    fn own(&self, room: &Room, own: &Own) -> Changes {
        match own {
            Own::Configured => self.configured(room),
            Own::Summary { name, at } => self.summary(room, name, *at),
            Own::Promised { after, moved } => self.promised(room, (*after, *moved)),
            Own::Woke { conversation, at } => self.not_before(*at).woke(room, *conversation),
            Own::Turned { agent, at } => self.not_before(*at).turned(room, *agent),
            Own::Left { agent, gone, after } => self.left(room, (*agent, *gone, *after)),
            Own::Moving { .. } => self.moving(room, own),
            Own::Crowded { channel, waiting } => self.crowded(room, channel, *waiting),
            // Its queue is gone through one by one, each seeing who was given the one before.
            Own::Room { .. } => Changes::default(),
        }
    }

    fn decide(&self, room: &Room, event: &Event) -> Result<Changes, Refusal> {
        Ok(match event {
            Event::Customer(from) => return self.customer(room, from),
            Event::Echo(from) => return self.echo(room, from),
            Event::Status(status) => self.status(room, status),
            Event::Renamed { before, after } => self.renamed(room, before, after),
            Event::Account { notice } => {
                let mut changes = Changes::default();
                self.show(room).notice(&mut changes, notice.clone());
                changes
            }
            Event::Thread { thread, change } => self.thread_changed(room, thread, *change),
            Event::Members { members, all } => self.members(room, members, *all),
            Event::MemberLeft { user } => self.member_left(room, user),
            Event::Templates { templates } => {
                let mut changes = Changes::default();
                changes.templates = Some(templates.clone());
                changes
            }
            Event::Own(own) => self.own(room, own),
            Event::Performed { outbox, ended, thread, post } => self.performed(room, *outbox, ended, (thread, post)),
            Event::Member(from) => match &from.did {
                MemberDid::Said { thread, post, text, raw, files, reply_to } => {
                    let written = Written { thread, post, text, raw, files, reply_to: reply_to.as_ref() };
                    self.wrote(room, from, &written)
                }
                MemberDid::Edited { post, text, raw, .. } => self.changed(room, post, text, raw),
                MemberDid::Deleted { post, .. } => self.deleted(room, post),
                MemberDid::Reacted { post, emoji, added, .. } => {
                    self.member_reacted(room, &from.member, post, (emoji, *added))
                }
                MemberDid::Typing { thread } => self.typing(room, &from.member, thread),
                MemberDid::Clicked { interaction, button } => self.clicked(room, from, interaction, *button),
                MemberDid::Commanded { interaction, channel, text } => {
                    self.commanded(room, from, interaction, (channel, text))
                }
            },
        })
    }
}

/// What is decided, or why it could not be.
fn safely<T>(decide: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(decide)).unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Refusal::Panic(what))
    })
}
