//! What people ask of the record, loaded with the batch, each answer bounded in size.

use std::collections::{BTreeSet, HashMap};

use super::Room;
use super::reports::PAGE;
use crate::desk::policy::Policy;
use crate::desk::stats::Whom;
use crate::domain::command::{Command, Verb};
use crate::domain::contact::{AliasKind, Contact};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{AgentId, ChannelRef, ContactId, ConversationId, MessageId, ThreadRef, Time};
use crate::domain::message::{Direction, Message};
use crate::domain::passing::Passing;
use crate::domain::period::{Period, PeriodError};
use crate::domain::search;
use crate::domain::stats::Stats;
use crate::store::decision::Stored;
use crate::store::lookup::{self, Newest, Past, Place, Waiting};
use crate::store::record::Entry;
use crate::store::{StoreError, Tx, agent, contact, decision, find, message, stats};

/// How many conversations of a customer, and changes of owner of one of them, are told.
const TOLD: i64 = 200;
/// How many customers are offered where several fit.
const CUSTOMERS: i64 = 6;
/// How many messages a page of what was found has.
const HITS: i64 = 10;
/// How many messages a transcript has at most, the newest ones.
const TRANSCRIPT: i64 = 3_000;

/// How many clocks figures are worked out from while everybody waits.
pub(in crate::desk) const MOST_CLOCKS: i64 = 20_000;

/// What is asked of the record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::desk) enum Question {
    /// The conversations of a customer.
    History(Meant),
    /// Everything said in a conversation.
    Transcript(Meant),
    /// What was said, by its words; which page.
    Find(String, i64),
    /// What waits for an owner of a team, or of every team; which page.
    Queue(String, i64),
    /// How a period went, for whom and when as typed.
    Stats(String, String),
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::desk) enum Meant {
    /// The conversation with this number.
    Number(ConversationId),
    /// The customer who is called so.
    Called(String),
    /// The conversation of this thread, if it is one.
    Here(ThreadRef),
}

impl Meant {
    fn of(command: &Command, typed: &str, channel: &ChannelRef) -> Self {
        match command.number {
            Some(number) => Self::Number(number),
            None if typed.is_empty() => Self::Here(ThreadRef(channel.0.clone())),
            None => Self::Called(typed.to_owned()),
        }
    }

    /// The number that was typed.
    pub(in crate::desk) fn number(&self) -> Option<ConversationId> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Called(_) | Self::Here(_) => None,
        }
    }

    /// What was typed, if anything.
    pub(in crate::desk) fn typed(&self) -> Option<String> {
        match self {
            Self::Number(number) => Some(format!("#{number}")),
            Self::Called(typed) => Some(typed.clone()),
            Self::Here(_) => None,
        }
    }
}

impl Question {
    /// What a command asks of the record, if it does.
    pub(in crate::desk) fn of(command: &Command, channel: &ChannelRef) -> Option<Self> {
        match &command.verb {
            Verb::History(typed) => Some(Self::History(Meant::of(command, typed, channel))),
            Verb::Transcript => Some(Self::Transcript(Meant::of(command, "", channel))),
            Verb::Stats(who, period) => Some(Self::Stats(who.clone(), period.clone())),
            Verb::Queue(team, page) => Some(Self::Queue(team.clone(), *page)),
            Verb::Find(text, page) => Some(Self::Find(text.clone(), *page)),
            _ => None,
        }
    }
}

/// What was found.
#[derive(Default)]
pub(in crate::desk) struct Answers {
    pub(in crate::desk) histories: HashMap<Question, History>,
    pub(in crate::desk) transcripts: HashMap<Question, Transcript>,
    pub(in crate::desk) hits: HashMap<Question, Hits>,
    pub(in crate::desk) queues: HashMap<Question, Vec<Queue>>,
    pub(in crate::desk) figures: HashMap<Question, Figures>,
}

/// The conversations of a customer.
#[derive(Default)]
pub(in crate::desk) struct History {
    /// Those who fit, with their newest conversations; one when it is clear who is meant.
    pub(in crate::desk) customers: Vec<(Contact, Option<Newest>)>,
    /// The conversation that was named, else the newest.
    pub(in crate::desk) about: Option<ConversationId>,
    /// Newest first.
    pub(in crate::desk) past: Vec<Past>,
    /// How many there are in all.
    pub(in crate::desk) count: i64,
    /// The changes of owner of the one it is about, oldest first.
    pub(in crate::desk) record: Vec<Entry>,
}

/// What was said in a conversation.
pub(in crate::desk) struct Transcript {
    pub(in crate::desk) conversation: ConversationId,
    /// In order.
    pub(in crate::desk) messages: Vec<Message>,
    /// How many there are in all.
    pub(in crate::desk) count: i64,
    /// Oldest first.
    pub(in crate::desk) record: Vec<Entry>,
}

/// Where something was said.
#[derive(Default)]
pub(in crate::desk) struct Hits {
    /// Newest first.
    pub(in crate::desk) messages: Vec<(Message, Place)>,
    /// Whether there are more.
    pub(in crate::desk) more: bool,
    /// Customers who are called so, on the first page.
    pub(in crate::desk) customers: Vec<(Contact, Option<Newest>)>,
}

/// What waits for an owner of a team.
pub(in crate::desk) struct Queue {
    pub(in crate::desk) team: String,
    /// A page of what is given out, in its order.
    pub(in crate::desk) queued: Vec<Waiting>,
    /// How many there are in all.
    pub(in crate::desk) count: i64,
    /// What is not given out by itself, on the first page.
    pub(in crate::desk) kept_back: Vec<Waiting>,
}

/// How a period went.
pub(in crate::desk) enum Figures {
    /// Like this.
    Are(Box<Stats>),
    /// There is more in it than is worked out while people wait.
    TooMuch,
    /// The period is none.
    Period(PeriodError),
    /// It is not clear who is meant.
    Whom,
}

impl Room {
    pub(super) async fn load_asked(
        &mut self,
        tx: &mut Tx,
        asked: &BTreeSet<Question>,
        (policy, now): (&Policy, Time),
    ) -> Result<(), StoreError> {
        for question in asked {
            match question {
                Question::Stats(who, period) => {
                    let found = match Period::parse(period, now, policy.zone) {
                        Ok(period) => self.figures_of(tx, policy, (who, period)).await?,
                        Err(wrong) => Figures::Period(wrong),
                    };
                    self.answers.figures.insert(question.clone(), found);
                }
                Question::History(meant) => {
                    let found = self.history_of(tx, meant).await?;
                    self.answers.histories.insert(question.clone(), found);
                }
                Question::Transcript(meant) => {
                    if let Some(id) = self.meant(meant).map(|c| c.id) {
                        let found = transcript_of(tx, id).await?;
                        self.answers.transcripts.insert(question.clone(), found);
                    }
                }
                Question::Queue(named, page) => {
                    let found = self.queues_of(tx, policy, (named, *page)).await?;
                    self.answers.queues.insert(question.clone(), found);
                }
                Question::Find(text, page) => {
                    let found = self.hits_of(tx, text, *page).await?;
                    self.answers.hits.insert(question.clone(), found);
                }
            }
        }
        let told = &self.answers;
        let records = told.histories.values().map(|h| &h.record).chain(told.transcripts.values().map(|t| &t.record));
        let mut people: BTreeSet<i64> =
            records.flatten().flat_map(|entry| [entry.from_agent, entry.to_agent, entry.by_agent]).collect();
        people.extend(told.histories.values().flat_map(|h| &h.past).flat_map(|past| [past.owner, past.closed_by]));
        let said = told.transcripts.values().flat_map(|t| &t.messages);
        people
            .extend(said.chain(told.hits.values().flat_map(|h| h.messages.iter().map(|(m, _)| m))).map(|m| m.author.0));
        self.meet(tx, people).await
    }

    /// Loads those of these people who are not known yet.
    pub(super) async fn meet(&mut self, tx: &mut Tx, people: BTreeSet<i64>) -> Result<(), StoreError> {
        let known = |id: &AgentId| id.some().is_some() && !self.agents.contains_key(id);
        let unknown: Vec<AgentId> = people.into_iter().map(AgentId).filter(known).collect();
        if !unknown.is_empty() {
            for found in agent::by_id(tx, &unknown).await? {
                self.met(found);
            }
        }
        Ok(())
    }

    /// A routing decision.
    pub(in crate::desk) fn decision(&self, id: i64) -> Option<&Stored> {
        self.decisions.get(&id)
    }

    /// The messages of a conversation in order, where they were asked for.
    pub(in crate::desk) fn history(&self, conversation: ConversationId) -> Vec<&Message> {
        let ids = self.histories.get(&conversation).into_iter().flatten();
        ids.filter_map(|id| self.messages.get(id)).collect()
    }

    /// What was found.
    pub(in crate::desk) fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The conversation that is meant.
    fn meant(&self, meant: &Meant) -> Option<&Conversation> {
        match meant {
            Meant::Number(number) => self.conversation(*number),
            Meant::Here(thread) => self.in_thread(thread).or_else(|| self.that_left(thread)),
            Meant::Called(_) => None,
        }
    }

    async fn queues_of(
        &mut self,
        tx: &mut Tx,
        policy: &Policy,
        (named, page): (&str, i64),
    ) -> Result<Vec<Queue>, StoreError> {
        let mut queues = Vec::new();
        for team in policy.teams.keys().filter(|team| named.is_empty() || team.eq_ignore_ascii_case(named)) {
            let (queued, count) = lookup::queued(tx, team, PAGE, (page - 1) * PAGE).await?;
            let kept_back = if page == 1 { lookup::kept_back(tx, team, PAGE).await? } else { Vec::new() };
            queues.push(Queue { team: team.clone(), queued, count, kept_back });
        }
        let all = || queues.iter().flat_map(|queue| queue.queued.iter().chain(&queue.kept_back));
        let customers: Vec<ContactId> = all().map(|waiting| ContactId(waiting.contact)).collect();
        let passing = all().filter_map(|waiting| serde_json::from_str::<Passing>(&waiting.passing).ok());
        let decisions: Vec<i64> = passing.map(|passing| passing.decision).filter(|id| *id != 0).collect();
        self.customers(tx, &customers).await?;
        if !decisions.is_empty() {
            self.decisions.extend(decision::by_id(tx, &decisions).await?.into_iter().map(|d| (d.id, d)));
        }
        Ok(queues)
    }

    async fn figures_of(
        &self,
        tx: &mut Tx,
        policy: &Policy,
        (who, period): (&str, Period),
    ) -> Result<Figures, StoreError> {
        let team = policy.teams.keys().find(|team| team.eq_ignore_ascii_case(who));
        let whom = match (who, team, self.called(who).as_slice()) {
            ("", ..) => Whom::Everybody,
            (_, Some(team), _) => Whom::Team(team.clone()),
            (_, None, [agent]) => Whom::Agent(agent.id),
            (_, None, _) => return Ok(Figures::Whom),
        };
        if stats::size(tx, period, MOST_CLOCKS + 1).await? > MOST_CLOCKS {
            return Ok(Figures::TooMuch);
        }
        Ok(Figures::Are(Box::new(crate::desk::stats::of(tx, policy, &whom, period).await?)))
    }

    async fn history_of(&mut self, tx: &mut Tx, meant: &Meant) -> Result<History, StoreError> {
        let mut found = History { about: self.meant(meant).map(|c| c.id), ..History::default() };
        found.customers = match (self.meant(meant).map(|c| c.contact), meant) {
            (Some(contact), _) => self.customers(tx, &[contact]).await?,
            // Nobody has so many conversations.
            (None, Meant::Number(number)) if number.0 >= 1_000_000 => {
                self.customers_called(tx, &number.to_string()).await?
            }
            (None, Meant::Called(typed)) => self.customers_called(tx, typed).await?,
            (None, Meant::Number(_) | Meant::Here(_)) => Vec::new(),
        };
        if let [(contact, newest)] = found.customers.as_slice() {
            found.about = found.about.or(newest.as_ref().map(|newest| ConversationId(newest.conversation)));
            (found.past, found.count) = lookup::past(tx, contact.id, TOLD).await?;
            if let Some(about) = found.about {
                found.record = lookup::record(tx, about, TOLD).await?;
            }
        }
        Ok(found)
    }

    /// By phone, where only digits and what stands between them was typed, else by name.
    async fn customers_called(
        &mut self,
        tx: &mut Tx,
        typed: &str,
    ) -> Result<Vec<(Contact, Option<Newest>)>, StoreError> {
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= 7 && typed.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c)) {
            let found = contact::by_alias(tx, &[(AliasKind::Phone, digits)]).await?;
            let ids: Vec<ContactId> = found.into_iter().map(|(.., id)| id).collect();
            return self.customers(tx, &ids).await;
        }
        let sought = search::sought(typed);
        let ids = if sought.is_empty() { Vec::new() } else { find::known(tx, &sought, CUSTOMERS).await? };
        let found = self.customers(tx, &ids).await?;
        // Who is called exactly that is meant, whoever else's name begins like it.
        let bare = typed.trim_start_matches('@').to_lowercase();
        let exactly = |c: &Contact| c.name.to_lowercase() == bare || c.username.to_lowercase() == bare;
        let (exact, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|(contact, _)| exactly(contact));
        Ok(if exact.len() == 1 { exact } else { exact.into_iter().chain(others).collect() })
    }

    async fn customers(
        &mut self,
        tx: &mut Tx,
        ids: &[ContactId],
    ) -> Result<Vec<(Contact, Option<Newest>)>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        for found in contact::by_id(tx, ids).await? {
            self.contacts.entry(found.id).or_insert(found);
        }
        let newest = lookup::newest(tx, ids).await?;
        let with = |contact: &Contact| newest.iter().find(|n| n.contact == contact.id.0).cloned();
        let customers = ids.iter().filter_map(|id| self.contacts.get(id));
        Ok(customers.map(|contact| (contact.clone(), with(contact))).collect())
    }

    async fn hits_of(&mut self, tx: &mut Tx, text: &str, page: i64) -> Result<Hits, StoreError> {
        let sought = search::sought(text);
        if sought.is_empty() {
            return Ok(Hits::default());
        }
        let mut ids = find::spoken(tx, &sought, HITS + 1, (page - 1) * HITS).await?;
        let more = i64::try_from(ids.len()).is_ok_and(|n| n > HITS);
        ids.truncate(usize::try_from(HITS).unwrap_or_default());
        let customers = if page == 1 {
            let known = find::known(tx, &sought, 3).await?;
            self.customers(tx, &known).await?
        } else {
            Vec::new()
        };
        let mut said: HashMap<MessageId, Message> =
            message::by_id(tx, &ids).await?.into_iter().map(|m| (m.id, m)).collect();
        let places = lookup::places(tx, &ids).await?;
        let about: Vec<ContactId> = places.iter().map(|place| ContactId(place.contact)).collect();
        self.customers(tx, &about).await?;
        let place = |id: &MessageId| places.iter().find(|place| place.message == id.0).cloned();
        let messages = ids.iter().filter_map(|id| Some((said.remove(id)?, place(id)?))).collect();
        Ok(Hits { messages, more, customers })
    }
}

async fn transcript_of(tx: &mut Tx, conversation: ConversationId) -> Result<Transcript, StoreError> {
    let mut messages = message::newest_of(tx, &[conversation], TRANSCRIPT).await?;
    let count = lookup::said_count(tx, conversation).await?;
    messages.retain(|message| message.direction != Direction::Held);
    messages.sort_by_key(Message::order);
    Ok(Transcript { conversation, messages, count, record: lookup::record(tx, conversation, TOLD).await? })
}
