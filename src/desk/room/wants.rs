//! What the events of a batch name.

use std::collections::BTreeSet;

use super::{MAX_PARTS, WHATSAPP};
use crate::domain::command::{self, Command};
use crate::domain::contact::{AliasKind, Who};
use crate::domain::event::{Button, CustomerDid, Event, MemberDid};
use crate::domain::ids::{ConversationId, MessageId, NumberId, OutboxId, ThreadRef, Time, UserRef};

/// What the events of a batch name.
#[derive(Default)]
pub(super) struct Wants {
    pub(super) aliases: BTreeSet<(AliasKind, String)>,
    pub(super) pairs: Vec<(Who, NumberId)>,
    pub(super) remotes: BTreeSet<(&'static str, String)>,
    pub(super) threads: BTreeSet<ThreadRef>,
    pub(super) conversations: BTreeSet<ConversationId>,
    pub(super) messages: BTreeSet<MessageId>,
    pub(super) outbox: BTreeSet<OutboxId>,
    pub(super) users: BTreeSet<UserRef>,
    pub(super) touches_sends: bool,
    pub(super) siblings: bool,
    pub(super) may_open: bool,
    pub(super) written: Vec<(Who, NumberId, Time)>,
}

impl Wants {
    pub(super) fn of(events: &[&Event], place: &'static str) -> Self {
        let mut wants = Self::default();
        for event in events {
            wants.add(event, place);
        }
        wants
    }

    fn who(&mut self, who: &Who) {
        self.aliases.extend(who.aliases());
    }

    fn add(&mut self, event: &Event, place: &'static str) {
        match event {
            Event::Customer(from) | Event::Echo(from) => {
                self.who(&from.who);
                self.pairs.push((from.who.clone(), from.number.clone()));
                self.remotes.insert((WHATSAPP, from.wamid.0.clone()));
                match &from.did {
                    CustomerDid::Said { quote, .. } => {
                        self.may_open = true;
                        self.written.push((from.who.clone(), from.number.clone(), from.at));
                        self.remotes.extend(quote.iter().map(|q| (WHATSAPP, q.0.clone())));
                    }
                    CustomerDid::Edited { original, .. } => {
                        self.may_open = true;
                        self.remotes.insert((WHATSAPP, original.0.clone()));
                    }
                    CustomerDid::Revoked { original } => {
                        self.remotes.insert((WHATSAPP, original.0.clone()));
                    }
                    CustomerDid::Reacted { target, .. } => {
                        self.remotes.insert((WHATSAPP, target.0.clone()));
                    }
                    CustomerDid::Other { .. } => {}
                }
            }
            Event::Status(status) => {
                self.remotes.insert((WHATSAPP, status.wamid.0.clone()));
                self.outbox.extend(status.outbox);
            }
            Event::Renamed { before, after } => {
                self.who(before);
                self.who(after);
            }
            Event::Account { .. } | Event::Members { .. } | Event::MemberLeft { .. } | Event::Templates { .. } => {}
            Event::Thread { thread, .. } => {
                self.threads.insert(thread.clone());
            }
            Event::Performed { outbox, .. } => {
                self.outbox.insert(*outbox);
            }
            Event::Member(from) => {
                self.users.insert(from.member.user.clone());
                self.did(&from.did, place);
            }
        }
    }

    fn post(&mut self, place: &'static str, post: &str) {
        self.remotes.insert((place, post.to_owned()));
    }

    fn did(&mut self, did: &MemberDid, place: &'static str) {
        match did {
            MemberDid::Said { thread, post, reply_to, .. } => {
                self.threads.insert(thread.clone());
                self.post(place, post.as_str());
                if let Some(reply_to) = reply_to {
                    self.post(place, reply_to.as_str());
                }
            }
            MemberDid::Edited { thread, post, .. } | MemberDid::Deleted { thread, post } => {
                self.threads.insert(thread.clone());
                self.post(place, post.as_str());
                for nth in 1..MAX_PARTS {
                    self.post(place, &format!("{post}#{nth}"));
                }
                self.touches_sends = true;
            }
            MemberDid::Reacted { thread, post, .. } => {
                self.threads.insert(thread.clone());
                self.post(place, post.as_str());
            }
            MemberDid::Typing { thread } => {
                self.threads.insert(thread.clone());
            }
            MemberDid::Clicked { button, .. } => match button {
                Button::Claim(id) | Button::Release(id) | Button::Close(id) => {
                    self.conversations.insert(*id);
                }
                Button::ClaimAndSend(id) | Button::SendAsReply(id) | Button::KeepAsNote(id) => {
                    self.siblings = true;
                    self.messages.insert(*id);
                }
                Button::SendAgain(id) | Button::Arrived(id) => {
                    self.messages.insert(*id);
                }
            },
            MemberDid::Commanded { channel, text, .. } => {
                self.threads.insert(ThreadRef(channel.0.clone()));
                let number = match command::parse(text) {
                    Ok(
                        Command::Claim(n)
                        | Command::Release(n, _)
                        | Command::Close(n, _)
                        | Command::Reply(n, _)
                        | Command::Note(n, _)
                        | Command::Whois(n),
                    ) => n,
                    _ => None,
                };
                self.conversations.extend(number);
            }
        }
    }
}
