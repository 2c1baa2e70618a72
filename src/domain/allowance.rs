//! How many calls a platform takes within a minute, and how many of them are used.
//!
//! Properties kept: within any minute, as the platform sees it, no more calls arrive than it takes, since a call counts from
//! when its answer came, and one that is under way counts until then; what is used is known after a restart and to every
//! program beside this one, since it is written before a call is made.

use serde::{Deserialize, Serialize};

use super::ids::{OutboxId, Time};

/// A minute, and a little for clocks that differ.
const WINDOW_MS: i64 = 60_250;
/// A call of which nothing was heard for so long is over.
const FORGOTTEN_MS: i64 = 180_000;
/// Room that nobody has taken for so long is not left any more.
const RESERVED_MS: i64 = 20_000;
/// How long it takes until a platform is trusted again that has said it was too much.
const TRUST_MS: i64 = 600_000;

/// What is used of an allowance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spent {
    #[serde(default)]
    calls: Vec<Made>,
    /// What something that did not fit needs: others leave it that much.
    #[serde(default)]
    wanted: Option<Wanted>,
    /// How many fewer are made since the platform said that it was too much.
    #[serde(default)]
    cut: u32,
    #[serde(default)]
    cut_at: Time,
}

/// Calls that one job makes or has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    job: OutboxId,
    calls: u32,
    at: Time,
    landed: bool,
}

/// Something that waits until there is room for all of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    job: OutboxId,
    calls: u32,
    urgency: i64,
    since: Time,
}

impl Wanted {
    fn lasts(&self, now: Time) -> bool {
        now.since(self.since) < if self.job == OutboxId(0) { RESERVED_MS } else { FORGOTTEN_MS }
    }
}

/// What a job needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Which.
    pub job: OutboxId,
    /// How many calls it makes.
    pub calls: u32,
    /// The smaller, the sooner.
    pub urgency: i64,
}

impl Made {
    /// Until when it counts.
    fn until(&self) -> Time {
        self.at.plus_ms(if self.landed { WINDOW_MS } else { FORGOTTEN_MS })
    }
}

impl Spent {
    /// How many calls may be made now.
    #[must_use]
    pub fn room(&self, per_minute: u32, now: Time) -> u32 {
        let used: u32 = self.calls.iter().filter(|made| made.until() > now).map(|made| made.calls).sum();
        self.allowed(per_minute, now).saturating_sub(used)
    }

    /// Takes what a job needs; whether it fits. What needs more than a minute has takes all of it.
    pub fn spend(&mut self, per_minute: u32, need: Need, now: Time) -> bool {
        let calls = need.calls.min(self.allowed(per_minute, now));
        let room = self.room(per_minute, now);
        self.wanted = self.wanted.filter(|wanted| wanted.job != need.job && wanted.lasts(now));
        let for_it = |wanted: &Wanted| wanted.job == OutboxId(0) && need.urgency <= wanted.urgency;
        let kept = self.wanted.filter(|wanted| wanted.urgency <= need.urgency && !for_it(wanted));
        let kept = kept.map_or(0, |wanted| wanted.calls);
        if calls > room {
            if self.wanted.is_none_or(|wanted| need.urgency < wanted.urgency) {
                self.wanted = Some(Wanted { job: need.job, calls, urgency: need.urgency, since: now });
            }
            return false;
        }
        if kept > 0 && calls + kept > room {
            return false;
        }
        if let Some(wanted) = self.wanted.as_mut().filter(|wanted| for_it(wanted)) {
            wanted.calls = wanted.calls.saturating_sub(calls);
        }
        self.wanted = self.wanted.filter(|wanted| wanted.calls > 0);
        self.calls.retain(|made| made.until() > now);
        self.calls.push(Made { job: need.job, calls, at: now, landed: false });
        true
    }

    /// Leaves room for calls that are to be made before everything less urgent.
    pub fn reserve(&mut self, per_minute: u32, (calls, urgency): (u32, i64), now: Time) {
        let calls = calls.min(self.allowed(per_minute, now) / 2);
        self.wanted = Some(Wanted { job: OutboxId(0), calls, urgency, since: now });
    }

    /// When there is room for so many calls.
    #[must_use]
    pub fn opens_at(&self, per_minute: u32, calls: u32, now: Time) -> Time {
        let wanted = calls.max(1).min(self.allowed(per_minute, now));
        let mut ends: Vec<Time> = self.calls.iter().map(Made::until).filter(|until| *until > now).collect();
        ends.sort_unstable();
        std::iter::once(now).chain(ends).find(|at| self.room(per_minute, *at) >= wanted).unwrap_or(now)
    }

    /// The answer to a job's calls came, or is not waited for any more.
    pub fn land(&mut self, job: OutboxId, now: Time) {
        for made in self.calls.iter_mut().filter(|made| made.job == job && !made.landed) {
            (made.at, made.landed) = (now, true);
        }
    }

    /// The platform said that it was too much, although it was within the allowance: fewer are made for a while.
    pub fn ease(&mut self, per_minute: u32, now: Time) {
        self.cut =
            (per_minute - self.allowed(per_minute, now) + per_minute.div_ceil(5)).min(per_minute.saturating_sub(1));
        self.cut_at = now;
    }

    /// Calls within a minute, as far as the platform is trusted now.
    fn allowed(&self, per_minute: u32, now: Time) -> u32 {
        let left = (TRUST_MS - now.since(self.cut_at)).clamp(0, TRUST_MS);
        let cut = (i64::from(self.cut) * left + TRUST_MS - 1) / TRUST_MS;
        per_minute.saturating_sub(u32::try_from(cut).unwrap_or(0)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: u32 = 20;

    fn at(ms: i64) -> Time {
        Time(1_000_000_000 + ms)
    }

    fn need(job: i64, calls: u32, urgency: i64) -> Need {
        Need { job: OutboxId(job), calls, urgency }
    }

    #[test]
    fn what_did_not_fit_keeps_its_place_but_for_what_is_more_urgent() {
        let mut spent = Spent::default();
        for job in 0..19 {
            assert!(spent.spend(LIMIT, need(job, 1, 2), at(0)));
            spent.land(OutboxId(job), at(job * 100));
        }
        assert_eq!(spent.room(LIMIT, at(5_000)), 1);
        assert!(!spent.spend(LIMIT, need(50, 2, 1), at(5_000)), "two do not fit");
        assert!(!spent.spend(LIMIT, need(51, 1, 1), at(5_000)), "and nobody else takes the one");
        assert!(spent.spend(LIMIT, need(52, 1, 0), at(5_000)), "but what is more urgent");
        spent.land(OutboxId(52), at(5_000));
        assert_eq!(spent.opens_at(LIMIT, 2, at(5_000)), at(100 + WINDOW_MS));
        assert!(!spent.spend(LIMIT, need(51, 1, 1), at(WINDOW_MS + 50)), "one is free, and kept for the two");
        assert!(spent.spend(LIMIT, need(50, 2, 1), at(100 + WINDOW_MS)));
        assert!(spent.spend(LIMIT, need(51, 1, 1), at(200 + WINDOW_MS)));
    }

    #[test]
    fn what_is_under_way_counts_until_its_answer() {
        let mut spent = Spent::default();
        assert!(spent.spend(1, need(1, 1, 0), at(0)));
        assert_eq!(spent.room(1, at(WINDOW_MS + 1)), 0, "it may arrive only now");
        spent.land(OutboxId(1), at(90_000));
        assert_eq!(spent.room(1, at(100_000)), 0);
        assert_eq!(spent.room(1, at(90_000 + WINDOW_MS)), 1);
    }

    #[test]
    fn too_much_makes_it_fewer_for_a_while() {
        let mut spent = Spent::default();
        spent.ease(LIMIT, at(0));
        assert_eq!(spent.room(LIMIT, at(0)), 16);
        spent.ease(LIMIT, at(1_000));
        assert_eq!(spent.room(LIMIT, at(1_000)), 12);
        assert_eq!(spent.room(LIMIT, at(1_000 + TRUST_MS / 2)), 16);
        assert_eq!(spent.room(LIMIT, at(1_000 + TRUST_MS)), LIMIT);
    }

    proptest! {
        /// However jobs come and however long their answers take, no minute at the platform sees more than it takes.
        #[test]
        fn no_minute_sees_more(jobs in proptest::collection::vec((0i64..4_000, 1u32..4, 0i64..9_000, 0i64..100), 1..120)) {
            let mut spent = Spent::default();
            let mut now = 0;
            let mut arrived: Vec<(i64, u32)> = Vec::new();
            let mut flying: Vec<(i64, OutboxId)> = Vec::new();
            for (n, (pause, calls, takes, share)) in jobs.into_iter().enumerate() {
                now += pause;
                for (_, job) in flying.extract_if(.., |(ends, _)| *ends <= now) {
                    spent.land(job, at(now));
                }
                let job = OutboxId(i64::try_from(n).unwrap());
                if spent.spend(LIMIT, Need { job, calls, urgency: 0 }, at(now)) {
                    // It arrives somewhere between its start and its answer.
                    arrived.push((now + takes * share / 100, calls));
                    flying.push((now + takes, job));
                }
            }
            for (from, _) in &arrived {
                let within: u32 = arrived.iter().filter(|(t, _)| t >= from && *t < from + 60_000).map(|(_, c)| c).sum();
                prop_assert!(within <= LIMIT, "{within} within the minute from {from}");
            }
        }
    }
}
