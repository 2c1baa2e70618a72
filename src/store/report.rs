//! What managers ask: who carries what, and what nobody does.

use std::collections::HashMap;

use super::agent::{self, Agent};
use super::db::{StoreError, Tx};
use super::inbox::Count;
use super::sql::{Arg, Sql};
use crate::domain::contact::Contact;
use crate::domain::ids::{AgentId, ContactId, ConversationId, ThreadRef, Time};
use crate::domain::report as told;
use crate::domain::roster::{Pace, Priority};
use crate::domain::words;

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// Its number.
    pub id: i64,
    /// Its team.
    pub team: String,
    /// Its thread; empty until it has one.
    pub thread: String,
    /// Where its card stands.
    pub channel: String,
    /// The customer's profile name.
    pub name: String,
    /// Their user name.
    pub username: String,
    /// Their phone, digits alone.
    pub phone: String,
    /// Since when they wait; 0 when they do not.
    pub waiting_since: i64,
    /// Until when they are to have an answer; 0 when nothing is promised.
    pub due_at: i64,
    /// How often they wrote again.
    pub nudges: i64,
    /// [`crate::domain::roster::Priority::rank`].
    pub priority: i64,
}

/// What somebody owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Owed {
    /// Who.
    pub owner: i64,
    /// How many of their customers wait.
    pub waiting: i64,
    /// Since when the first of them does.
    pub oldest: i64,
    /// The nearest deadline; 0 for none.
    pub due: i64,
    /// How many of those deadlines have passed.
    pub late: i64,
}

impl Listed {
    /// The same, as people are told.
    #[must_use]
    pub fn told(&self) -> told::Listed {
        let contact = Contact {
            name: self.name.clone(),
            username: self.username.clone(),
            phone: self.phone.clone(),
            ..Contact::new(ContactId(0), Time::NEVER)
        };
        let priority = usize::try_from(self.priority).ok().and_then(|nth| Priority::ALL.get(nth).copied());
        told::Listed {
            id: ConversationId(self.id),
            thread: ThreadRef(self.thread.clone()),
            customer: words::customer_name(&contact),
            waiting_since: Time(self.waiting_since),
            due_at: Time(self.due_at),
            nudges: self.nudges,
            priority: priority.unwrap_or_default(),
        }
    }
}

macro_rules! listed {
    ($tail:literal) => {
        Sql::new(concat!(
            "select c.id, c.team, c.thread, c.channel, k.name, k.username, k.phone, c.waiting_since, c.due_at, c.nudges,
                 c.priority
             from conversation c join contact k on k.id = c.contact ",
            $tail
        ))
    };
}

static UNOWNED: Sql = listed!(
    "where c.state = 'waiting' and c.team = $1
     order by case when c.waiting_since = 0 then 1 else 0 end, c.due_at, c.waiting_since, c.id limit $2 offset $3"
);

static UNOWNED_COUNT: Sql = Sql::new("select count(*) as n from conversation where state = 'waiting' and team = $1");

static UNHEARD: Sql = Sql::new(
    "select coalesce(min(waiting_since), 0) as oldest,
         coalesce(cast(sum(case when nudges > 0 then 1 else 0 end) as bigint), 0) as again
     from conversation where state = 'waiting' and team = $1 and waiting_since > 0",
);

static OVERDUE: Sql = listed!(
    "where c.state = 'owned' and c.waiting_since > 0 and c.team = $1 and c.due_at > 0 and c.due_at <= $2
     order by c.due_at, c.id limit $3"
);

static OVERDUE_COUNT: Sql = Sql::new(
    "select count(*) as n from conversation c
     where c.state = 'owned' and c.waiting_since > 0 and c.team = $1 and c.due_at > 0 and c.due_at <= $2",
);

static OF_OWNER: Sql = listed!(
    "where c.owner = $1 and c.state = 'owned'
     order by case when c.waiting_since = 0 then 1 else 0 end, c.due_at, c.waiting_since, c.id limit $2"
);

macro_rules! owed {
    ($from:literal, $tail:literal) => {
        Sql::new(concat!(
            "select c.owner, count(*) as waiting, min(c.waiting_since) as oldest,
                 coalesce(min(case when c.due_at > 0 then c.due_at end), 0) as due,
                 cast(sum(case when c.due_at > 0 and c.due_at <= $2 then 1 else 0 end) as bigint) as late
             from ",
            $from,
            " c.state = 'owned' and c.waiting_since > 0 ",
            $tail
        ))
    };
}

static OWED: Sql = owed!("seat s join conversation c on c.owner = s.agent and", "where s.team = $1 group by c.owner");

static OWED_BY: Sql = owed!("conversation c where c.owner = $1 and", "group by c.owner");

static SEATED: Sql = Sql::new("select agent as n from seat where team = $1 order by agent limit $2");

static SEATED_COUNT: Sql = Sql::new("select cast(coalesce(sum(n), 0) as bigint) as n from seat_count where team = $1");

static LATE: Sql = listed!(
    "join (select distinct conversation from alarm where team = $1 and slip = 1 and listed = 1 and fired_at > $2) a
         on a.conversation = c.id
     where c.team = $1 and c.state <> 'closed' and c.waiting_since > 0 and (c.state = 'waiting' or c.due_at <= $3)
     order by c.due_at, c.id limit $4"
);

static LATE_COUNT: Sql = Sql::new(
    "select count(*) as n from conversation c
     join (select distinct conversation from alarm where team = $1 and slip = 1 and listed = 1 and fired_at > $2) a
         on a.conversation = c.id
     where c.team = $1 and c.state <> 'closed' and c.waiting_since > 0 and (c.state = 'waiting' or c.due_at <= $3)",
);

static SLIPPED: Sql =
    Sql::new("select distinct conversation as n from alarm where team = $1 and slip = 1 and fired_at > $2 limit $3");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[
    &ARRIVING,
    &ARRIVING_COUNT,
    &UNOWNED,
    &UNOWNED_COUNT,
    &OF_OWNER,
    &OWED,
    &OWED_BY,
    &SEATED,
    &SEATED_COUNT,
    &UNHEARD,
    &OVERDUE,
    &OVERDUE_COUNT,
    &LATE,
    &LATE_COUNT,
    &SLIPPED,
];

fn first(rows: &[Count]) -> i64 {
    rows.first().map_or(0, |row| row.n)
}

#[derive(sqlx::FromRow)]
struct Arrived {
    id: i64,
    name: String,
    username: String,
    phone: String,
    waiting_since: i64,
    opening: String,
}

static ARRIVING: Sql = Sql::new(
    "select c.id, k.name, k.username, k.phone, c.waiting_since, c.opening from conversation c
     join contact k on k.id = c.contact
     where c.channel = $1 and c.head = '' and c.state <> 'closed' order by c.id limit $2 offset $3",
);

static ARRIVING_COUNT: Sql =
    Sql::new("select count(*) as n from conversation where channel = $1 and head = '' and state <> 'closed'");

/// Those who have no thread with a card in it yet in a channel, oldest first, behind so many.
///
/// # Errors
/// When the database refuses.
pub async fn arriving(tx: &mut Tx, channel: &str, limit: i64, before: i64) -> Result<Vec<told::Arriving>, StoreError> {
    let found: Vec<Arrived> = tx.rows(&ARRIVING, vec![Arg::T(channel), Arg::I(limit), Arg::I(before)]).await?;
    let told = found.into_iter().map(|row| {
        let (name, username, phone) = (row.name, row.username, row.phone);
        let contact = Contact { name, username, phone, ..Contact::new(ContactId(0), Time::NEVER) };
        told::Arriving {
            id: ConversationId(row.id),
            customer: words::customer_name(&contact),
            since: Time(row.waiting_since),
            opening: row.opening,
        }
    });
    Ok(told.collect())
}

/// How many have no thread with a card in it yet in a channel.
///
/// # Errors
/// When the database refuses.
pub async fn arriving_count(tx: &mut Tx, channel: &str) -> Result<i64, StoreError> {
    let count: Vec<Count> = tx.rows(&ARRIVING_COUNT, vec![Arg::T(channel)]).await?;
    Ok(first(&count))
}

/// What nobody of a team owns, the most urgent first, and how many there are in all.
///
/// # Errors
/// When the database refuses.
pub async fn unowned(tx: &mut Tx, team: &str, limit: i64, before: i64) -> Result<(Vec<Listed>, i64), StoreError> {
    let listed = tx.rows(&UNOWNED, vec![Arg::T(team), Arg::I(limit), Arg::I(before)]).await?;
    let count: Vec<Count> = tx.rows(&UNOWNED_COUNT, vec![Arg::T(team)]).await?;
    Ok((listed, first(&count)))
}

/// What somebody owns, the most urgent first.
///
/// # Errors
/// When the database refuses.
pub async fn of_owner(tx: &mut Tx, owner: AgentId, limit: i64) -> Result<Vec<Listed>, StoreError> {
    tx.rows(&OF_OWNER, vec![Arg::I(owner.0), Arg::I(limit)]).await
}

/// What each of a team owes whose customers wait.
///
/// # Errors
/// When the database refuses.
async fn owed(tx: &mut Tx, team: &str, now: Time) -> Result<Vec<Owed>, StoreError> {
    tx.rows(&OWED, vec![Arg::T(team), Arg::I(now.0)]).await
}

/// What somebody owes; nothing when nobody waits for them.
///
/// # Errors
/// When the database refuses.
pub async fn owed_by(tx: &mut Tx, owner: AgentId, now: Time) -> Result<Option<Owed>, StoreError> {
    let rows: Vec<Owed> = tx.rows(&OWED_BY, vec![Arg::I(owner.0), Arg::I(now.0)]).await?;
    Ok(rows.into_iter().next())
}

/// Who sits in a team, and how many more there are.
///
/// # Errors
/// When the database refuses.
async fn seated(tx: &mut Tx, team: &str, limit: i64) -> Result<(Vec<AgentId>, i64), StoreError> {
    let rows: Vec<Count> = tx.rows(&SEATED, vec![Arg::T(team), Arg::I(limit)]).await?;
    let count: Vec<Count> = tx.rows(&SEATED_COUNT, vec![Arg::T(team)]).await?;
    let seated: Vec<AgentId> = rows.into_iter().map(|row| AgentId(row.n)).collect();
    let more = first(&count) - i64::try_from(seated.len()).unwrap_or_default();
    Ok((seated, more.max(0)))
}

/// The conversations of a team that slipped after `since` and still wait too long at `now`, the longest first, and how many
/// there are in all.
///
/// # Errors
/// When the database refuses.
pub async fn late(
    tx: &mut Tx,
    team: &str,
    (since, now): (Time, Time),
    limit: i64,
) -> Result<(Vec<Listed>, i64), StoreError> {
    let times = || vec![Arg::T(team), Arg::I(since.0), Arg::I(now.0)];
    let listed = tx.rows(&LATE, times().into_iter().chain([Arg::I(limit)]).collect()).await?;
    let count: Vec<Count> = tx.rows(&LATE_COUNT, times()).await?;
    Ok((listed, first(&count)))
}

/// The conversations of a team that slipped after `since`, at most `limit`.
///
/// # Errors
/// When the database refuses.
pub async fn slipped(tx: &mut Tx, team: &str, since: Time, limit: i64) -> Result<Vec<ConversationId>, StoreError> {
    let rows: Vec<Count> = tx.rows(&SLIPPED, vec![Arg::T(team), Arg::I(since.0), Arg::I(limit)]).await?;
    Ok(rows.into_iter().map(|row| ConversationId(row.n)).collect())
}

/// What somebody of a team owns and has not answered in time, the longest first, and how many there are in all.
///
/// # Errors
/// When the database refuses.
pub async fn overdue(tx: &mut Tx, team: &str, now: Time, limit: i64) -> Result<(Vec<Listed>, i64), StoreError> {
    let listed = tx.rows(&OVERDUE, vec![Arg::T(team), Arg::I(now.0), Arg::I(limit)]).await?;
    let count: Vec<Count> = tx.rows(&OVERDUE_COUNT, vec![Arg::T(team), Arg::I(now.0)]).await?;
    Ok((listed, first(&count)))
}

/// What the people of a team carry; of more than `limit` the first.
///
/// # Errors
/// When the database refuses.
pub async fn load(tx: &mut Tx, team: &str, limit: i64, (pace, now): (Pace, Time)) -> Result<told::Load, StoreError> {
    let (seated, more) = seated(tx, team, limit).await?;
    let owed: HashMap<i64, Owed> = owed(tx, team, now).await?.into_iter().map(|owed| (owed.owner, owed)).collect();
    let count: Vec<Count> = tx.rows(&UNOWNED_COUNT, vec![Arg::T(team)]).await?;
    let carried = |agent: Agent| {
        let owed = owed.get(&agent.id.0).copied().unwrap_or_default();
        let Owed { waiting, late, oldest, due, .. } = owed;
        let owed = told::Owed { waiting, late, oldest: Time(oldest), due: Time(due) };
        told::Carried::of(&agent.name, &agent.duty, owed, (pace, now))
    };
    let mut members: Vec<told::Carried> = agent::by_id(tx, &seated).await?.into_iter().map(carried).collect();
    members.sort_by(|a, b| (!a.there.is_empty(), &a.name).cmp(&(!b.there.is_empty(), &b.name)));
    Ok(told::Load { team: team.to_owned(), members, more, unowned: first(&count) })
}

/// The customers of a team who wait and whom nobody owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Unheard {
    /// Since when the first of them waits; 0 when none does.
    pub oldest: i64,
    /// How many of them wrote again.
    pub again: i64,
}

/// Those of a team's customers who wait and whom nobody owns.
///
/// # Errors
/// When the database refuses.
pub async fn unheard(tx: &mut Tx, team: &str) -> Result<Unheard, StoreError> {
    Ok(tx.rows(&UNHEARD, vec![Arg::T(team)]).await?.into_iter().next().unwrap_or_default())
}
