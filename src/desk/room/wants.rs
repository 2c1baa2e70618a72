//! What the events of a batch name.

use std::collections::BTreeSet;

use super::asked::Question;
use super::reports::Ask;
use super::{Agenda, MAX_PARTS, WHATSAPP};
use crate::desk::automatic::surveyed;
use crate::domain::command::{self, Command, Verb};
use crate::domain::contact::{AliasKind, Who};
use crate::domain::event::{Button, CustomerDid, Event, MemberDid, Own};
use crate::domain::ids::{AgentId, ConversationId, MessageId, NumberId, OutboxId, ThreadRef, Time, UserRef};
use crate::domain::passing::OfferedTo;
use crate::domain::workspace::Workspace;

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
    /// Whether an owner may change, so that the desk has to be held.
    pub(super) may_pass: bool,
    /// Whether it may have to be said who is free instead of somebody.
    pub(super) free: bool,
    /// What people are called in commands, in lower case.
    pub(super) names: BTreeSet<String>,
    pub(super) agents: BTreeSet<AgentId>,
    /// Whether everybody is meant.
    pub(super) everybody: bool,
    pub(super) agenda: Vec<Agenda>,
    /// Conversations whose messages are looked through.
    pub(super) histories: BTreeSet<ConversationId>,
    /// Whether the messages of the threads named are looked through.
    pub(super) history_here: bool,
    /// Whether what is on the agenda goes to another team.
    pub(super) moves_agenda: bool,
    /// Whether the decision behind a conversation is asked for.
    pub(super) decisions: bool,
    pub(super) templates: BTreeSet<String>,
    /// Phones that somebody wants to write to, on any number.
    pub(super) phones: BTreeSet<String>,
    /// Summaries that are due, and since when.
    pub(super) summaries: BTreeSet<(String, Time)>,
    /// Whether clocks may ring.
    pub(super) rings: bool,
    /// What managers ask for.
    pub(super) asks: BTreeSet<Ask>,
    /// What is asked of the record.
    pub(super) questions: BTreeSet<Question>,
}

impl Wants {
    pub(super) fn of(events: &[&Event]) -> Self {
        let mut wants = Self::default();
        for event in events {
            wants.add(event);
        }
        wants
    }

    fn who(&mut self, who: &Who) {
        self.aliases.extend(who.aliases());
    }

    fn add(&mut self, event: &Event) {
        match event {
            Event::Customer(from) | Event::Echo(from) => {
                self.may_pass = true;
                self.who(&from.who);
                self.pairs.push((from.who.clone(), from.number.clone()));
                self.remotes.insert((WHATSAPP, from.wamid.0.clone()));
                match &from.did {
                    CustomerDid::Said { content, quote, .. } => {
                        self.may_open = true;
                        self.conversations.extend(surveyed(content).map(|(about, _)| about));
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
                self.may_pass = true;
                self.who(before);
                self.who(after);
            }
            Event::Account { .. } | Event::Templates { .. } => {}
            Event::Members { members, all } => {
                self.may_pass = true;
                self.everybody |= *all;
                self.users.extend(members.iter().map(|m| m.user.clone()));
            }
            Event::MemberLeft { user } => {
                self.may_pass = true;
                self.users.insert(user.clone());
            }
            Event::Own(own) => {
                self.may_pass = true;
                self.own(own);
            }
            Event::Thread { thread, .. } => {
                self.threads.insert(thread.clone());
            }
            Event::Performed { outbox, .. } => {
                self.outbox.insert(*outbox);
            }
            Event::Member(from) => {
                self.may_pass = true;
                self.users.insert(from.member.user.clone());
                self.did(&from.did, &from.member.user);
            }
        }
    }

    fn own(&mut self, own: &Own) {
        match own {
            Own::Configured => self.everybody = true,
            Own::Summary { name, at } => {
                self.summaries.insert((name.clone(), *at));
            }
            Own::Promised { after, .. } => self.agenda.push(Agenda::Outdated(*after)),
            Own::Woke { conversation, .. } => {
                self.rings = true;
                self.conversations.insert(*conversation);
                self.histories.insert(*conversation);
            }
            Own::Turned { agent, .. } => {
                self.agents.insert(*agent);
            }
            Own::Crowded { .. } => {}
            Own::Room { team, behind } => self.agenda.push(Agenda::Queue(team.clone(), *behind)),
            Own::Left { agent, gone, after } => {
                self.agents.insert(*agent);
                self.agenda.push(Agenda::Owned(*agent, !gone, *after));
            }
            Own::Moving { from, to, by, after, .. } => {
                self.agents.extend([*from, *by]);
                match to {
                    OfferedTo::Agent(agent, _) => {
                        self.agents.insert(*agent);
                    }
                    OfferedTo::Team(_) => self.moves_agenda = true,
                }
                self.agenda.push(Agenda::Owned(*from, false, *after));
            }
        }
    }

    fn post(&mut self, post: &str) {
        self.remotes.insert((Workspace::of(post).as_str(), post.to_owned()));
    }

    fn did(&mut self, did: &MemberDid, user: &UserRef) {
        match did {
            MemberDid::Said { thread, post, reply_to, .. } => {
                self.threads.insert(thread.clone());
                self.post(post.as_str());
                if let Some(reply_to) = reply_to {
                    self.post(reply_to.as_str());
                }
            }
            MemberDid::Edited { thread, post, .. } | MemberDid::Deleted { thread, post } => {
                self.threads.insert(thread.clone());
                self.post(post.as_str());
                for nth in 1..MAX_PARTS {
                    self.post(&format!("{post}#{nth}"));
                }
                self.touches_sends = true;
            }
            MemberDid::Reacted { thread, post, .. } => {
                self.threads.insert(thread.clone());
                self.post(post.as_str());
            }
            MemberDid::Typing { thread } => {
                self.threads.insert(thread.clone());
            }
            MemberDid::Clicked { button, .. } => match button {
                Button::Claim(id)
                | Button::Release(id)
                | Button::Close(id)
                | Button::OnIt(id)
                | Button::Decline(id)
                | Button::DeclineFor(id, _) => {
                    self.conversations.insert(*id);
                }
                Button::Accept(id) => {
                    self.conversations.insert(*id);
                    self.histories.insert(*id);
                }
                Button::ClaimAndSend(id) | Button::SendAsReply(id) | Button::KeepAsNote(id) | Button::Discard(id) => {
                    self.siblings = true;
                    self.messages.insert(*id);
                }
                Button::SendAgain(id) | Button::Arrived(id) => {
                    self.messages.insert(*id);
                }
            },
            MemberDid::Commanded { channel, text, .. } => {
                self.threads.insert(ThreadRef(channel.0.clone()));
                if let Ok(command) = command::parse(text) {
                    self.questions.extend(Question::of(&command, channel));
                    self.command(&command, user);
                }
            }
        }
    }

    fn command(&mut self, command: &Command, user: &UserRef) {
        self.conversations.extend(command.number);
        match &command.verb {
            Verb::Assign { to, .. } => self.called(to),
            Verb::Handoff { to, .. } => {
                self.free = true;
                self.called(to);
                self.look_through(command.number);
            }
            Verb::Accept => self.look_through(command.number),
            Verb::Reassign { from, to, .. } => {
                self.called(from);
                self.called(to);
            }
            Verb::Why => self.decisions = true,
            Verb::Load(named) => {
                if !named.is_empty() {
                    self.called(named);
                }
                self.ask(Ask::Load(named.clone()));
            }
            Verb::Unassigned(named, page) => self.ask(Ask::Unowned(named.clone(), *page)),
            Verb::Stats(who, _) => self.called(who),
            Verb::Mine => self.ask(Ask::Mine(user.clone())),
            Verb::Template { name, .. } => {
                self.templates.insert(name.split(':').next().unwrap_or_default().to_owned());
            }
            Verb::Contact { phone, name, .. } => {
                self.templates.insert(name.split(':').next().unwrap_or_default().to_owned());
                self.may_open = true;
                self.who(&Who { phone: phone.clone(), ..Who::default() });
                self.phones.insert(phone.clone());
            }
            _ => {}
        }
    }

    fn called(&mut self, typed: &str) {
        let bare = typed.trim_start_matches('@');
        self.users.insert(UserRef(bare.to_owned()));
        self.names.insert(bare.to_lowercase());
    }

    fn look_through(&mut self, number: Option<ConversationId>) {
        self.histories.extend(number);
        self.history_here |= number.is_none();
    }
}
