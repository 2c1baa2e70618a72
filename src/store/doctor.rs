//! Whether what is stored agrees with itself. Each statement finds rows that cannot be; none is a good sign.

use super::db::{Store, StoreError};
use super::inbox::Count;
use super::sql::Sql;

/// A row that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Odd {
    /// The conversation, agent or team it is about.
    pub id: String,
    /// What stands there.
    pub stands: i64,
    /// What would have to.
    pub should: i64,
}

/// Something that must hold.
pub struct Rule {
    /// What, as a sentence.
    pub holds: &'static str,
    /// What an odd row is about: `conversation`, `agent` or `team`.
    pub about: &'static str,
    sql: &'static Sql,
}

static EPOCHS: Sql = Sql::new(
    "select cast(c.id as text) as id, c.epoch as stands, cast(coalesce(count(a.epoch), 0) as bigint) as should from conversation c
     left join assignment a on a.conversation = c.id
     group by c.id, c.epoch
     having c.epoch <> count(a.epoch) or c.epoch <> coalesce(max(a.epoch), 0) order by c.id limit 100",
);

static CHAIN: Sql = Sql::new(
    "select cast(a.conversation as text) as id, a.from_agent as stands, b.to_agent as should from assignment a
     join assignment b on b.conversation = a.conversation and b.epoch = a.epoch - 1
     where a.from_agent <> b.to_agent order by a.conversation limit 100",
);

static OWNERS: Sql = Sql::new(
    "select cast(c.id as text) as id, case when c.state = 'owned' then c.owner else 0 end as stands, a.to_agent as should
     from conversation c join assignment a on a.conversation = c.id and a.epoch = c.epoch
     where a.to_agent <> case when c.state = 'owned' then c.owner else 0 end order by c.id limit 100",
);

static LOADS: Sql = Sql::new(
    "select cast(g.id as text) as id, g.load as stands, cast(count(c.id) as bigint) as should from agent g
     left join conversation c on c.owner = g.id and c.state = 'owned'
     group by g.id, g.load having g.load <> count(c.id) order by g.id limit 100",
);

static SHARES: Sql = Sql::new(
    "select cast(s.agent as text) as id, s.share as stands, g.load * 10000 / g.capacity as should from seat s
     join agent g on g.id = s.agent and g.capacity > 0
     where s.share <> g.load * 10000 / g.capacity order by s.agent limit 100",
);

static COUNTS: Sql = Sql::new(
    "select s.team as id, cast(sum(s.counted) as bigint) as stands, cast(sum(s.there) as bigint) as should from (
         select team, standing, n as counted, 0 as there from seat_count
         union all select team, standing, 0, count(*) from seat group by team, standing
     ) s group by s.team, s.standing having sum(s.counted) <> sum(s.there) order by s.team limit 100",
);

static OPEN: Sql = Sql::new(
    "select cast(min(id) as text) as id, cast(count(*) as bigint) as stands, cast(1 as bigint) as should from conversation
     where state <> 'closed' group by contact, number having count(*) > 1 limit 100",
);

static CLOCKS: Sql = Sql::new(
    "select cast(c.id as text) as id, count(k.nth) as stands,
         cast(case when c.waiting_since > 0 and c.state <> 'closed' then 1 else 0 end as bigint) as should
     from conversation c
     left join clock k on k.conversation = c.id and k.came = 'open' and k.kind in ('first', 'next')
     where c.terms <> '' group by c.id, c.waiting_since, c.state
     having count(k.nth) <> case when c.waiting_since > 0 and c.state <> 'closed' then 1 else 0 end
     order by c.id limit 100",
);

static DEADLINES: Sql = Sql::new(
    "select cast(c.id as text) as id, c.due_at as stands, k.due_at as should from conversation c
     join clock k on k.conversation = c.id and k.came = 'open' and k.kind in ('first', 'next')
     where c.due_at <> k.due_at order by c.id limit 100",
);

static CONVERSATIONS: Sql = Sql::new("select count(*) as n from conversation");
static CHANGES: Sql = Sql::new("select count(*) as n from assignment");

/// Everything that must hold.
pub const RULES: &[Rule] = &[
    Rule { holds: "every epoch of a conversation has exactly one record", about: "conversation", sql: &EPOCHS },
    Rule { holds: "every change of owner begins where the one before ended", about: "conversation", sql: &CHAIN },
    Rule { holds: "the owner is the one the record names last", about: "conversation", sql: &OWNERS },
    Rule { holds: "a customer has one open conversation with a number", about: "conversation", sql: &OPEN },
    Rule { holds: "everybody's load is what they own", about: "agent", sql: &LOADS },
    Rule { holds: "every seat knows the load of its agent", about: "agent", sql: &SHARES },
    Rule { holds: "a customer who waits has one clock, and nobody else has", about: "conversation", sql: &CLOCKS },
    Rule { holds: "every deadline is that of its clock", about: "conversation", sql: &DEADLINES },
    Rule { holds: "every team knows how many of it stand how", about: "team", sql: &COUNTS },
];

/// Every statement of this file.
pub const ALL: &[&Sql] =
    &[&EPOCHS, &CHAIN, &OWNERS, &LOADS, &SHARES, &COUNTS, &CLOCKS, &DEADLINES, &OPEN, &CONVERSATIONS, &CHANGES];

impl Rule {
    /// The rows for which it does not hold, at most a hundred.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn odd(&self, store: &Store) -> Result<Vec<Odd>, StoreError> {
        store.read(self.sql, vec![]).await
    }
}

/// How many conversations there are, and how many changes of owner.
///
/// # Errors
/// When the database refuses.
pub async fn size(store: &Store) -> Result<(i64, i64), StoreError> {
    let first = |rows: Vec<Count>| rows.first().map_or(0, |row| row.n);
    Ok((first(store.read(&CONVERSATIONS, vec![]).await?), first(store.read(&CHANGES, vec![]).await?)))
}
