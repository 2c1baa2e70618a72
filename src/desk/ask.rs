//! What people ask of the record: `/history`, `/transcript`, `/find`, `/queue`, `/stats`.

use super::Desk;
use super::acting::Acting;
use super::room::{Changes, Figures, History, Hits, MOST_CLOCKS, PAGE, Question, Queue, Room, Transcript};
use crate::domain::contact::Contact;
use crate::domain::conversation::How;
use crate::domain::ids::{AgentId, ContactId, ConversationId, ThreadRef, Time};
use crate::domain::passing::Passing;
use crate::domain::reply::Reply;
use crate::domain::words::{self, Changed, Hit, Known, Past, Told};
use crate::domain::{name, search};
use crate::store::lookup::{Newest, Waiting};
use crate::store::record::Entry;

/// How much of a message is shown around what was sought.
const AROUND: usize = 90;

impl Desk<'_> {
    /// `/history`, `/transcript`, `/find`
    pub(super) fn asked(&self, changes: &Changes, acting: &Acting<'_>, question: &Question) -> Reply {
        let (room, found) = (acting.room, acting.room.answers());
        match question {
            Question::History(meant) => match found.histories.get(question) {
                Some(history) => self.history(room, changes, meant.typed(), history),
                None => Reply::text(words::WHOSE_HISTORY),
            },
            Question::Transcript(meant) => match (found.transcripts.get(question), meant.number()) {
                (Some(transcript), _) => self.whole_transcript(room, changes, transcript),
                (None, Some(number)) => Reply::text(words::no_such(number)),
                (None, None) => Reply::text(words::WHICH),
            },
            Question::Find(text, page) => match found.hits.get(question) {
                Some(hits) => self.hits(room, changes, (text, *page), hits),
                None => Reply::text(words::SETTLED),
            },
            Question::Queue(named, page) => match found.queues.get(question).filter(|queues| !queues.is_empty()) {
                Some(queues) => self.queues(room, queues, *page),
                None => {
                    let known: Vec<&str> = self.policy.teams.keys().map(String::as_str).collect();
                    Reply::text(words::no_such_team(named, &known))
                }
            },
            Question::Stats(who, _) => match found.figures.get(question) {
                Some(Figures::Are(stats)) => Reply::of(words::stats(stats, self.policy.zone)),
                Some(Figures::TooMuch) => Reply::text(words::too_much(MOST_CLOCKS)),
                Some(Figures::Period(wrong)) => Reply::text(words::no_period(&wrong.to_string())),
                Some(Figures::Whom) | None => self.unclear(room, who),
            },
        }
    }

    /// Nobody or several are called so.
    fn unclear(&self, room: &Room, who: &str) -> Reply {
        let called = room.called(who);
        let keys: Vec<&str> = called.iter().map(|agent| agent.key.as_str()).filter(|key| !key.is_empty()).collect();
        let teams: Vec<&str> = self.policy.teams.keys().map(String::as_str).collect();
        Reply::text(match called.len() {
            0 => words::nobody_called(who, false, &teams),
            n => words::several_called(who, n, &keys),
        })
    }

    fn queues(&self, room: &Room, queues: &[Queue], page: i64) -> Reply {
        let waits = |routes: bool| {
            move |row: &Waiting| {
                let passing: Passing = serde_json::from_str(&row.passing).unwrap_or_default();
                let decided = room.decision(passing.decision).and_then(|d| serde_json::from_str(&d.choice).ok());
                words::Waits {
                    id: ConversationId(row.id),
                    thread: ThreadRef(row.thread.clone()),
                    customer: room
                        .contact(ContactId(row.contact))
                        .map_or_else(|| "Customer".to_owned(), words::customer_name),
                    since: Time(row.waiting_since),
                    due: Time(row.due_at).some(),
                    why: words::still_waits(&passing, decided.as_ref(), routes),
                }
            }
        };
        let queues = queues.iter().map(|queue| {
            let routes = self.policy.teams.get(&queue.team).is_some_and(|team| team.routes);
            words::QueueOf {
                team: queue.team.clone(),
                queued: queue.queued.iter().map(waits(routes)).collect(),
                before: (page - 1) * PAGE,
                count: queue.count,
                kept_back: queue.kept_back.iter().map(waits(routes)).collect(),
            }
        });
        Reply::of(words::queues(&queues.collect::<Vec<_>>(), self.now))
    }

    fn told(&self) -> Told {
        Told { zone: self.policy.zone, now: self.now }
    }

    fn history(&self, room: &Room, changes: &Changes, typed: Option<String>, history: &History) -> Reply {
        let mut customers = history.customers.iter().map(|found| self.known_customer(found)).collect::<Vec<_>>();
        if customers.len() != 1 {
            return match typed {
                Some(typed) => words::which_customer(&typed, &customers),
                None => Reply::text(words::WHOSE_HISTORY),
            };
        }
        let named = |id: i64| AgentId(id).some().map(|id| self.name_of(room, changes, id));
        let past = history.past.iter().map(|past| Past {
            id: ConversationId(past.id),
            thread: ThreadRef(past.thread.clone()),
            team: past.team.clone(),
            opened_at: Time(past.opened_at),
            owner: named(past.owner),
            closed: (past.state == "closed").then(|| (Time(past.since), named(past.closed_by), past.reason.clone())),
            first_ms: (past.first_ms >= 0).then_some(past.first_ms),
        });
        let past: Vec<Past> = past.collect();
        let record = self.changes_of(room, changes, &history.record);
        words::history(&customers.remove(0), (&past, history.count), (history.about, &record), self.told())
    }

    fn changes_of(&self, room: &Room, changes: &Changes, record: &[Entry]) -> Vec<Changed> {
        let named = |id: i64| AgentId(id).some().map(|id| self.name_of(room, changes, id));
        let nobody = || "nobody".to_owned();
        let change = |entry: &Entry| Changed {
            at: Time(entry.at),
            how: How::parse(&entry.how),
            from: named(entry.from_agent).unwrap_or_else(nobody),
            to: named(entry.to_agent).unwrap_or_else(nobody),
            by: named(entry.by_agent),
            note: entry.note.clone(),
        };
        record.iter().map(change).collect()
    }

    fn known_customer(&self, (contact, newest): &(Contact, Option<Newest>)) -> Known {
        let phone = match contact.phone.as_str() {
            "" => String::new(),
            digits => name::phone(digits, self.policy.mask_phone),
        };
        let newest = newest.as_ref().map(|n| (ConversationId(n.conversation), ThreadRef(n.thread.clone())));
        Known { name: words::customer_name(contact), phone, newest }
    }

    fn whole_transcript(&self, room: &Room, changes: &Changes, transcript: &Transcript) -> Reply {
        let id = transcript.conversation;
        let Some(conversation) = room.conversation(id) else { return Reply::text(words::no_such(id)) };
        let customer = self.show(room).customer_name(conversation);
        let said: Vec<words::Said> = transcript
            .messages
            .iter()
            .filter_map(|message| {
                let text = words::in_full(&message.content);
                self.as_told(room, changes, (message, &customer), text)
            })
            .collect();
        let record = self.changes_of(room, changes, &transcript.record);
        let about = (id, customer.as_str(), conversation.team.as_str());
        let is_all = i64::try_from(transcript.messages.len()).is_ok_and(|n| n >= transcript.count);
        words::transcript_file(about, (&said, is_all), &record, self.told())
    }

    fn hits(&self, room: &Room, changes: &Changes, (text, page): (&str, i64), hits: &Hits) -> Reply {
        let sought = search::sought(text);
        let found = hits.messages.iter().filter_map(|(message, place)| {
            let customer = super::identity::name_of(room, changes, ContactId(place.contact));
            let around = search::around(&words::in_full(&message.content), &sought, AROUND);
            let said = self.as_told(room, changes, (message, &customer), around)?;
            let (id, thread) = (ConversationId(place.conversation), ThreadRef(place.thread.clone()));
            Some(Hit { id, thread, customer, said })
        });
        let found: Vec<Hit> = found.collect();
        let customers: Vec<Known> = hits.customers.iter().map(|found| self.known_customer(found)).collect();
        words::found(text, &found, hits.more.then_some(page + 1), &customers, self.told())
    }
}
