//! The numbers an operator alarms on, in Prometheus' form.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// One label that names a kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Kind {
    /// The kind.
    pub kind: String,
}

/// Every number.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    /// Webhook requests by answer: `accepted`, `unsigned`, `oversized`, `unavailable`.
    pub webhooks: Family<Kind, Counter>,
    /// Webhook items for numbers that are not served.
    pub ignored: Counter,
    /// Inbox rows handled.
    pub handled: Counter,
    /// Inbox rows that are no part of a conversation (group messages, calls, unknown kinds), by door.
    pub asides: Family<Kind, Counter>,
    /// Inbox rows set aside.
    pub dead: Counter,
    /// Outcomes of what was done outside: `done`, `later`, `refused`, `unknown`.
    pub performed: Family<Kind, Counter>,
    /// Seconds from the decision to the platform's answer.
    pub delivery_seconds: Histogram,
    /// Inbox rows that wait.
    pub inbox_waiting: Gauge,
    /// Outbox rows that wait or are under way.
    pub outbox_waiting: Gauge,
    /// Dead letters, both ways.
    pub dead_letters: Gauge,
    /// Conversations without an owner.
    pub unassigned: Gauge,
    /// Conversations with one.
    pub owned: Gauge,
    /// 1 while the workspace's gateway is connected.
    pub gateway_up: Gauge,
    /// Gateway events that could not be read; each is answered by a backfill.
    pub gateway_unparsable: Gauge,
    /// Seconds of the commits that accept webhooks.
    pub commit_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("baton");
        let histogram = || Histogram::new(exponential_buckets(0.000_25, 2.0, 18));
        let (webhooks, performed, asides) = (Family::default(), Family::default(), Family::default());
        let (ignored, handled, dead) = (Counter::default(), Counter::default(), Counter::default());
        let (delivery_seconds, commit_seconds) = (histogram(), histogram());
        let gauges: [Gauge; 7] = std::array::from_fn(|_| Gauge::default());
        registry.register("webhooks", "Webhook requests by answer", webhooks.clone());
        registry.register("webhook_items_ignored", "Items for numbers that are not served", ignored.clone());
        registry.register("inbox_handled", "Inbox rows handled", handled.clone());
        registry.register("inbox_asides", "Inbox rows that are no part of a conversation, by door", asides.clone());
        registry.register("inbox_dead", "Inbox rows set aside as dead letters", dead.clone());
        registry.register("outbox_performed", "What was done outside, by outcome", performed.clone());
        registry.register("outbox_seconds", "Seconds from decision to answer", delivery_seconds.clone());
        registry.register("inbox_commit_seconds", "Seconds of the commits that accept", commit_seconds.clone());
        let about = [
            ("inbox_waiting", "Inbox rows that wait"),
            ("outbox_waiting", "Outbox rows that wait or are under way"),
            ("dead_letters", "Dead letters, both ways"),
            ("conversations_unassigned", "Open conversations without an owner"),
            ("conversations_owned", "Open conversations with an owner"),
            ("gateway_up", "1 while the workspace's gateway is connected"),
            ("gateway_unparsable", "Gateway events that could not be read"),
        ];
        for ((name, help), gauge) in about.iter().zip(&gauges) {
            registry.register(*name, *help, gauge.clone());
        }
        let [inbox_waiting, outbox_waiting, dead_letters, unassigned, owned, gateway_up, gateway_unparsable] = gauges;
        Self {
            registry: Arc::new(registry),
            webhooks,
            ignored,
            handled,
            asides,
            dead,
            performed,
            delivery_seconds,
            inbox_waiting,
            outbox_waiting,
            dead_letters,
            unassigned,
            owned,
            gateway_up,
            gateway_unparsable,
            commit_seconds,
        }
    }

    /// Adds one to a counter of a family.
    pub fn count(&self, family: &Family<Kind, Counter>, kind: &str) {
        family.get_or_create(&Kind { kind: kind.to_owned() }).inc();
    }

    /// Notes how long something took from its decision to the platform's answer, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "a histogram of durations")]
    pub fn delivered_after(&self, ms: i64) {
        self.delivery_seconds.observe(ms.max(0) as f64 / 1000.0);
    }

    /// Everything in Prometheus' text form.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
