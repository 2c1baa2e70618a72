//! Keeps WhatsApp's limits before it has to refuse: so many messages a second for each number, and one message per six
//! seconds to one customer with a burst borrowed from the future (Meta, throughput and about-the-platform).
//!
//! In memory: after a restart the burst may be granted once more, which WhatsApp answers with an error that pauses the lane.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::ids::NumberId;

/// A wait up to this is sat out; a longer one is given back to the queue.
const PATIENCE: Duration = Duration::from_millis(300);

/// Between two messages to one customer, in the long run.
const PAIR_INTERVAL: Duration = Duration::from_secs(6);

/// Messages to one customer that may go out at once.
const PAIR_BURST: u32 = 45;

/// Customers remembered before those with nothing owed are forgotten.
const REMEMBERED: usize = 10_000;

/// How many messages a second each number may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerNumberRate {
    /// Where nothing else is said: 80, Meta's ordinary throughput.
    pub default: u32,
    /// Numbers with another throughput: 20 when shared with the WhatsApp Business app, up to 1000 after an upgrade.
    pub numbers: HashMap<NumberId, u32>,
}

impl Default for PerNumberRate {
    fn default() -> Self {
        Self { default: 80, numbers: HashMap::new() }
    }
}

impl PerNumberRate {
    fn of(&self, number: &NumberId) -> u32 {
        self.numbers.get(number).copied().unwrap_or(self.default).max(1)
    }
}

/// Leaky buckets by virtual scheduling: each remembers when its debt is paid.
pub(super) struct Pace {
    rate: PerNumberRate,
    paid: Mutex<Paid>,
}

/// Until when messages sent so far are paid for at the allowed rate, and until when nothing may be sent at all.
#[derive(Clone, Copy)]
struct Debt {
    paid: Instant,
    paused: Instant,
}

#[derive(Default)]
struct Paid {
    numbers: HashMap<NumberId, Debt>,
    pairs: HashMap<(NumberId, String), Debt>,
}

impl Debt {
    fn none(now: Instant) -> Self {
        Self { paid: now, paused: now }
    }

    /// How long the next message has to wait when `credit` may be borrowed.
    fn wait(self, now: Instant, credit: Duration) -> Duration {
        let owed = self.paid.saturating_duration_since(now).saturating_sub(credit);
        owed.max(self.paused.saturating_duration_since(now))
    }

    fn charge(&mut self, now: Instant, interval: Duration) {
        self.paid = self.paid.max(now) + interval;
    }
}

impl Pace {
    pub(super) fn new(rate: PerNumberRate) -> Self {
        Self { rate, paid: Mutex::default() }
    }

    /// Takes the turn for one message, waiting for it where that is short.
    ///
    /// # Errors
    /// With the time to wait when it is long; then no turn is taken.
    pub(super) async fn turn(&self, number: &NumberId, customer: &str) -> Result<(), Duration> {
        let wait = self.reserve(number, customer, Instant::now());
        if wait > PATIENCE {
            return Err(wait);
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    fn reserve(&self, number: &NumberId, customer: &str, now: Instant) -> Duration {
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        if paid.pairs.len() > REMEMBERED {
            paid.pairs.retain(|_, debt| debt.paid.max(debt.paused) > now);
        }
        let rate = self.rate.of(number);
        let interval = Duration::from_secs(1) / rate;
        let pair = (number.clone(), customer.to_owned());
        let mut of_number = paid.numbers.get(number).copied().unwrap_or(Debt::none(now));
        let mut of_pair = paid.pairs.get(&pair).copied().unwrap_or(Debt::none(now));
        // An eighth of a second's worth may go out at once.
        let credit = interval * (rate / 8).max(1).saturating_sub(1);
        let wait = of_number.wait(now, credit).max(of_pair.wait(now, PAIR_INTERVAL * (PAIR_BURST - 1)));
        if wait <= PATIENCE {
            of_number.charge(now, interval);
            of_pair.charge(now, PAIR_INTERVAL);
            paid.numbers.insert(number.clone(), of_number);
            paid.pairs.insert(pair, of_pair);
        }
        wait
    }

    /// WhatsApp asked for a pause towards this customer.
    pub(super) fn pause_pair(&self, number: &NumberId, customer: &str, pause: Duration) {
        let now = Instant::now();
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let debt = paid.pairs.entry((number.clone(), customer.to_owned())).or_insert(Debt::none(now));
        debt.paused = debt.paused.max(now + pause);
    }

    /// WhatsApp asked for a pause of the whole number.
    pub(super) fn pause_number(&self, number: &NumberId, pause: Duration) {
        let now = Instant::now();
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let debt = paid.numbers.entry(number.clone()).or_insert(Debt::none(now));
        debt.paused = debt.paused.max(now + pause);
    }
}
