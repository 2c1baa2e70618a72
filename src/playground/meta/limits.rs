//! Meta's send limits: one message per 6 seconds and customer with a burst of 45, 80 messages per second and number
//! (throughput and about-the-platform pages of the Cloud API).

use std::collections::HashMap;

use serde::Serialize;

use super::state::CustomerId;

/// How often the client ran into a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LimitHits {
    /// Answers with code 131056.
    pub pair: u64,
    /// Answers with code 130429.
    pub throughput: u64,
}

/// A token bucket that counts in milliseconds of the injected clock.
struct Bucket {
    tokens: f64,
    at_ms: i64,
}

impl Bucket {
    fn refill(&mut self, now_ms: i64, per_ms: f64, cap: f64) {
        #[expect(clippy::cast_precision_loss, reason = "spans between two messages are small")]
        let passed = (now_ms - self.at_ms).max(0) as f64;
        self.tokens = (self.tokens + passed * per_ms).min(cap);
        self.at_ms = now_ms;
    }
}

const PAIR_BURST: f64 = 45.0;
const PAIR_PER_MS: f64 = 1.0 / 6000.0;
const NUMBER_BURST: f64 = 80.0;
const NUMBER_PER_MS: f64 = 80.0 / 1000.0;

#[derive(Default)]
pub(super) struct Limits {
    pairs: HashMap<(CustomerId, String), Bucket>,
    numbers: HashMap<String, Bucket>,
    pub(super) hits: LimitHits,
}

impl Limits {
    /// Takes one send from the budgets, or says which code refuses it. A refused send costs nothing.
    pub(super) fn send(&mut self, customer: Option<CustomerId>, number: &str, now_ms: i64) -> Result<(), u32> {
        let throughput = self.number(number, now_ms);
        if throughput.tokens < 1.0 {
            self.hits.throughput += 1;
            return Err(130_429);
        }
        if let Some(customer) = customer {
            let pair =
                self.pairs.entry((customer, number.to_owned())).or_insert(Bucket { tokens: PAIR_BURST, at_ms: now_ms });
            pair.refill(now_ms, PAIR_PER_MS, PAIR_BURST);
            if pair.tokens < 1.0 {
                self.hits.pair += 1;
                return Err(131_056);
            }
            pair.tokens -= 1.0;
        }
        self.number(number, now_ms).tokens -= 1.0;
        Ok(())
    }

    /// Incoming messages share the throughput of the number, though they are never refused.
    pub(super) fn receive(&mut self, number: &str, now_ms: i64) {
        let bucket = self.number(number, now_ms);
        bucket.tokens = (bucket.tokens - 1.0).max(0.0);
    }

    fn number(&mut self, number: &str, now_ms: i64) -> &mut Bucket {
        let bucket = self.numbers.entry(number.to_owned()).or_insert(Bucket { tokens: NUMBER_BURST, at_ms: now_ms });
        bucket.refill(now_ms, NUMBER_PER_MS, NUMBER_BURST);
        bucket
    }
}
