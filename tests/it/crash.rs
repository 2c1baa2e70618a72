//! The process ends at each of its crash points, is started again, and nothing is lost, doubled or out of order.
//!
//! Each point is met the first few times it is reached; `BATON_CRASHES=40` goes on until a point is not reached so often.

use std::time::{Duration, Instant};

use baton::crash::POINTS;

use crate::process::{Desk, Running};
use crate::world::Db;

/// The process and its successors, until the day is over.
pub struct Supervised {
    pub running: Running,
    pub crashed: bool,
}

impl Supervised {
    /// Starts it again when it has ended.
    pub async fn attend(&mut self, desk: &Desk) {
        if let Some(status) = self.running.ended() {
            assert!(!status.success() && !self.crashed, "it ended by itself: {status}\n{}", desk.log());
            self.crashed = true;
            self.running = desk.run().await;
        }
    }

    pub async fn until(&mut self, desk: &Desk, what: &str, holds: impl Fn() -> bool) {
        let begun = Instant::now();
        while !holds() {
            if begun.elapsed() > Duration::from_secs(30) {
                panic!("never happened: {what}; {}\n{}", desk.left().await, desk.log());
            }
            self.attend(desk).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A customer is answered while the process ends at the n-th time it reaches a point; whether it did.
async fn day(desk: &Desk, point: &str, nth: u32) -> bool {
    let customer = desk.customer(&format!("Customer {point} {nth}"));
    let mut process = Supervised { running: desk.start(Some(&format!("{point}:{nth}"))), crashed: false };
    if !desk.ready(&mut process.running).await {
        process.attend(desk).await;
    }
    desk.says(customer);
    let last = desk.says(customer);
    process.until(desk, "what the customer said", || desk.thread_with(&last).is_some()).await;
    let thread = desk.thread_with(&last).unwrap();
    let begun = Instant::now();
    // A click that nobody hears is made again, as people do; one that was heard twice is refused as already theirs.
    while !desk.claims(desk.ana, thread).await {
        process.attend(desk).await;
        let card = desk.discord.message(desk.support, thread).unwrap();
        if card.button("Release").is_some() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "never claimed\n{}", desk.log());
    }
    desk.writes(desk.ana, thread, customer);
    desk.writes(desk.ana, thread, customer);
    let last = desk.says(customer);
    process.until(desk, "the answer to the answer", || desk.thread_with(&last).is_some()).await;
    let store = desk.store().await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(300) {
        process.attend(desk).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    if process.crashed {
        desk.quiet(&store).await;
    } else {
        // It may still be reached by what is under way.
        process.until(desk, "the end of the day", || desk.meta.deliveries_pending() == 0).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        process.attend(desk).await;
        desk.quiet(&store).await;
    }
    desk.verdict(&store).await.assert_good();
    store.close().await;
    process.attend(desk).await;
    assert!(process.running.terminate().await.success(), "{}", desk.log());
    process.crashed
}

async fn point(db: Db, point: &str) {
    let Some(desk) = Desk::new(db).await else { return };
    let most: u32 = std::env::var("BATON_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let mut crashes = 0;
    for nth in 1..=most {
        if !day(&desk, point, nth).await {
            break;
        }
        crashes += 1;
    }
    assert!(crashes > 0, "{point} is never reached");
    let verdict = desk.verdict(&desk.store().await).await;
    println!(
        "crash at {point} ×{crashes} on {db:?}: accepted {}, lost 0, doubled 0, asked {}",
        verdict.accepted, verdict.asked
    );
}

macro_rules! crash_points {
    ($($name:ident = $point:literal),* $(,)?) => {
        $(
            mod $name {
                use super::*;

                // story: RL-01
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    point(Db::Sqlite, $point).await;
                }

                // story: RL-01
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    point(Db::Postgres, $point).await;
                }
            }
        )*

        // story: RL-01
        #[test]
        fn every_point_has_its_test() {
            assert_eq!([$($point),*], POINTS);
        }
    };
}

crash_points! {
    before_the_webhook_is_stored = "letterbox.commit",
    after_the_webhook_is_stored = "letterbox.committed",
    before_a_decision_is_stored = "intake.commit",
    after_a_decision_is_stored = "intake.committed",
    before_a_delivery_is_stored = "delivery.commit",
    after_a_delivery_is_stored = "delivery.committed",
    before_a_call = "delivery.perform",
    after_a_call = "delivery.performed",
}
