//! Keeps what goes out within what platforms take: what is most urgent goes first, and what a minute has no room for waits in
//! the outbox.
//!
//! Properties kept: calls are written down as used before they are made, in the transaction that takes their rows, under a
//! lock that every program takes; a scope that pauses is not called, whichever lane the call stands in; what does not fit
//! keeps its place before what is less urgent.

use std::collections::{BTreeMap, HashMap};

use super::workspaces::Workspaces;
use super::{Landed, record};
use crate::domain::allowance::{Need, Spent};
use crate::domain::ids::{OutboxId, Time};
use crate::domain::report::Arriving;
use crate::port::{Outcome, Scope};
use crate::store::{StoreError, Tx, allowance, lane, report};

/// Of one scope at most so many lanes are under way at once.
const AT_ONCE: u32 = 16;
/// What has to leave room for something else looks again after this.
const SOON_MS: i64 = 250;

/// So many who have no thread yet stand in a list.
const CROWD: i64 = 6;
/// How many calls it takes until a conversation can be seen: its thread, and its card in it, which is pinned.
const CALLS_EACH: i64 = 3;

/// Of how many posts the list of a crowd was of which the desk was told, for each scope that is crowded.
pub(super) type Crowds = HashMap<String, i64>;

/// What is used of each allowance, held for one transaction.
pub(super) struct Budget<'a> {
    limited: &'a BTreeMap<String, u32>,
    spent: BTreeMap<String, Spent>,
    paused: BTreeMap<String, Time>,
    changed: bool,
}

impl<'a> Budget<'a> {
    /// Reads and holds what is used, where anything is limited.
    pub(super) async fn hold(tx: &mut Tx, workspaces: &'a Workspaces, now: Time) -> Result<Self, StoreError> {
        let limited = workspaces.limited();
        let mut budget = Self { limited, spent: BTreeMap::new(), paused: BTreeMap::new(), changed: false };
        if !limited.is_empty() {
            budget.spent = allowance::hold(tx, &budget.scopes()).await?;
            let paused = lane::pauses_in(tx, now).await?;
            budget.paused = paused.into_iter().map(|pause| (pause.scope, Time(pause.until))).collect();
        }
        Ok(budget)
    }

    /// The scopes that are limited.
    pub(super) fn scopes(&self) -> Vec<&'a str> {
        self.limited.keys().map(String::as_str).collect()
    }

    /// What came back counts from now on.
    pub(super) fn land(&mut self, back: &[Landed], now: Time) {
        for Landed { flight, outcome, .. } in back {
            let Some(toll) = &flight.toll else { continue };
            let Some(spent) = self.spent.get_mut(&toll.scope) else { continue };
            self.changed = true;
            spent.land(OutboxId(flight.head.id), now);
            if let Outcome::Later { scope: Scope::All(scope), after_ms, .. } = outcome
                && *scope == toll.scope
            {
                spent.ease(self.limited.get(scope).copied().unwrap_or(1), now);
                let until = self.paused.entry(scope.clone()).or_default();
                *until = (*until).max(now.plus_ms(*after_ms));
            }
        }
    }

    /// How many lanes of a scope may be taken.
    pub(super) fn room(&self, scope: &str, now: Time) -> i64 {
        if self.pause(scope, now).is_some() {
            return 0;
        }
        let room = self.spent.get(scope).map_or(0, |spent| spent.room(self.per_minute(scope), now));
        i64::from(room.min(AT_ONCE))
    }

    /// Where more customers write for the first time than can be told of within this minute, the desk is told, and room is
    /// left for the list of them. Whether it was.
    pub(super) async fn watch_crowds(&mut self, tx: &mut Tx, told: &mut Crowds, now: Time) -> Result<bool, StoreError> {
        let mut any = false;
        for (scope, per_minute) in self.limited {
            let waiting = report::arriving_count(tx, scope).await?;
            let room = self.spent.get(scope).map_or(0, |spent| spent.room(*per_minute, now));
            if waiting < CROWD || (waiting * CALLS_EACH <= i64::from(room) && !told.contains_key(scope)) {
                told.remove(scope);
                continue;
            }
            let posts = (waiting + Arriving::IN_A_POST - 1) / Arriving::IN_A_POST;
            // A list that stands is looked at again by itself.
            if told.get(scope).is_some_and(|so_far| posts <= *so_far) {
                continue;
            }
            record::crowded(tx, scope, (waiting, posts), now).await?;
            if let Some(spent) = self.spent.get_mut(scope) {
                // Those who come next are listed as well.
                let calls = u32::try_from(posts).unwrap_or(u32::MAX).max(per_minute / 4) + 1;
                spent.reserve(*per_minute, (calls, -1), now);
            }
            told.insert(scope.clone(), posts);
            (self.changed, any) = (true, true);
        }
        Ok(any)
    }

    /// Takes what a job needs; when it does not fit, when it may be tried again.
    pub(super) fn take(&mut self, scope: &str, need: Need, now: Time) -> Result<(), Time> {
        if let Some(until) = self.pause(scope, now) {
            return Err(until);
        }
        let per_minute = self.per_minute(scope);
        let Some(spent) = self.spent.get_mut(scope) else { return Ok(()) };
        self.changed = true;
        if spent.spend(per_minute, need, now) {
            return Ok(());
        }
        Err(spent.opens_at(per_minute, need.calls, now).max(now.plus_ms(SOON_MS)))
    }

    /// Whether less than half of what a scope allows is left.
    pub(super) fn is_tight(&self, scope: &str, now: Time) -> bool {
        let per_minute = self.per_minute(scope);
        self.spent.get(scope).is_some_and(|spent| spent.room(per_minute, now) * 2 < per_minute)
    }

    /// Writes down what is used by now.
    pub(super) async fn save(&self, tx: &mut Tx) -> Result<(), StoreError> {
        if self.changed { allowance::save(tx, &self.spent).await } else { Ok(()) }
    }

    /// When something of these scopes can go out next; never when nothing waits.
    pub(super) async fn next(&self, tx: &mut Tx, now: Time) -> Result<Time, StoreError> {
        if self.limited.is_empty() {
            return Ok(Time::NEVER);
        }
        let due = lane::next_of(tx, &self.scopes(), now).await?;
        let next = due.into_iter().map(|due| {
            let opens =
                self.spent.get(&due.scope).map_or(now, |spent| spent.opens_at(self.per_minute(&due.scope), 1, now));
            let paused = self.pause(&due.scope, now).unwrap_or(now);
            Time(due.due_at).max(opens).max(paused)
        });
        Ok(next.min().unwrap_or(Time::NEVER))
    }

    fn pause(&self, scope: &str, now: Time) -> Option<Time> {
        self.paused.get(scope).copied().filter(|until| *until > now)
    }

    fn per_minute(&self, scope: &str) -> u32 {
        self.limited.get(scope).copied().unwrap_or(1)
    }
}
