//! Figures of a period.

use baton::domain::ids::{AgentId, Time};
use baton::domain::period::Period;
use baton::store::stats::{self, Of};
use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::NOW;
use super::people::{person, talk};
use crate::store_test;
use baton::store::{Store, contact, conversation};

fn period(from: Time, to: Time) -> Period {
    let day = NaiveDate::default();
    Period { first: day, last: day, from, to }
}

/// By nearest rank: the smallest of which so many percent are no greater.
fn naive(took: &[i64], percent: usize) -> i64 {
    let mut sorted = took.to_vec();
    sorted.sort_unstable();
    let enough = |ms: &&i64| sorted.iter().filter(|other| other <= ms).count() * 100 >= percent * sorted.len();
    *sorted.iter().find(enough).unwrap()
}

/// First answers that took so long, ended one after the other from `from` on.
async fn ended(store: &Store, from: i64, took: &[i64]) {
    use baton::domain::clocks::{Came, Kept, Running};
    use baton::domain::ids::ConversationId;
    use baton::domain::roster::Priority;
    use baton::domain::targets::Kind;
    let kept: Vec<Kept> = (from..)
        .zip(took)
        .map(|(at, took_ms)| Kept {
            conversation: ConversationId(1),
            team: "support".to_owned(),
            priority: Priority::Normal,
            clock: Running {
                again: 0,
                again_at: Time::NEVER,
                nth: at,
                kind: Kind::First,
                since: Time(at - 1),
                target_ms: 1000,
                due: Time(at),
                pauses: Vec::new(),
                paused_at: Time::NEVER,
                steps: 0,
                next_at: Time::NEVER,
            },
            version: "v".to_owned(),
            came: if *took_ms <= 1000 { Came::Met } else { Came::Missed },
            ended_at: Time(at),
            by: AgentId(3 + at % 2),
            took_ms: *took_ms,
            nudges: 2,
            first_nudge_ms: 20_000 + took_ms,
        })
        .collect();
    let mut tx = store.begin().await.unwrap();
    for some in kept.chunks(200) {
        baton::store::clock::keep(&mut tx, some).await.unwrap();
    }
    tx.commit().await.unwrap();
}

store_test! {
    // story: VI-06
    async fn percentiles_are_those_of_a_plain_count(store) {
        let mut tx = store.begin().await.unwrap();
        contact::save(&mut tx, &[&person(1)]).await.unwrap();
        conversation::insert(&mut tx, &[&talk(1, 1)]).await.unwrap();
        tx.commit().await.unwrap();
        let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        let from = std::cell::Cell::new(NOW.0);
        let lengths = proptest::collection::vec(prop_oneof![0..3_000i64, Just(1000), 0..100_000_000i64], 1..130);
        runner
            .run(&lengths, |took| {
                let begin = from.replace(from.get() + 1_000);
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(async {
                    ended(&store, begin, &took).await;
                    let of = Of { period: period(Time(begin), Time(begin + 1_000)), team: "support", agent: AgentId::NOBODY };
                    let mut tx = store.begin().await.unwrap();
                    let found = stats::measured(&mut tx, &of).await.unwrap().remove(0);
                    let n = i64::try_from(took.len()).unwrap();
                    let met = i64::try_from(took.iter().filter(|ms| **ms <= 1000).count()).unwrap();
                    let want = (n, naive(&took, 50), naive(&took, 90), naive(&took, 95), n, met);
                    assert_eq!((found.n, found.p50, found.p90, found.p95, found.promised, found.met), want);
                    let nudge = stats::nudged(&mut tx, &of).await.unwrap().unwrap();
                    assert_eq!((nudge.p50, nudge.p80), (20_000 + naive(&took, 50), 20_000 + naive(&took, 80)));
                    let people = stats::answered(&mut tx, &of, 10).await.unwrap();
                    assert_eq!(people.iter().map(|p| p.n).sum::<i64>(), n);
                    assert_eq!(stats::size(&mut tx, of.period, 5).await.unwrap(), n.min(5));
                    let other = Of { team: "billing", ..of };
                    assert!(stats::measured(&mut tx, &other).await.unwrap().is_empty());
                    assert_eq!(stats::nudged(&mut tx, &other).await.unwrap(), None);
                    tx.undo().await;
                }));
                Ok(())
            })
            .unwrap();
    }
}
