//! Discord's rate limits, kept by what the headers of every answer foretell.
//!
//! Properties this keeps: a request whose bucket is known to be empty is not sent; requests under way count against what
//! is left, so that a burst cannot run into a limit whose headers have not arrived yet; at most 50 requests in any second
//! over all routes (interactions are outside that limit); no request after 5,000 invalid answers in ten minutes, since
//! 10,000 ban the address. A race it accepts: another program using the same token is only seen through its traces in the
//! headers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderMap;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use self::bucket::{Bucket, Knowledge, PAD, Refused};
use self::budget::Budget;
pub(super) use self::route::RouteKey;

mod bucket;
mod budget;
mod route;

/// The longest wait inside a call; a longer one is handed back, so that it does not occupy a worker. Just above the 250 ms
/// between two reactions, of which a mark needs a pair.
const PATIENCE: Duration = Duration::from_millis(300);
/// Half of the 10,000 invalid answers in ten minutes after which Discord's edge bans the address.
const MAX_INVALID: usize = 5_000;
const INVALID_WINDOW: Duration = Duration::from_secs(600);
/// Buckets unused for this long are forgotten when the table grows.
const FORGET: Duration = Duration::from_secs(900);

/// A request that may not be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    /// How long.
    pub(super) after: Duration,
    /// Whether every other request has to wait as well.
    pub(super) all: bool,
}

/// The right to send one request; given back by [`Pace::learn`] or by dropping it.
pub(super) struct Permit<'a> {
    pace: &'a Pace,
    route: RouteKey,
    bucket: BucketId,
    open: bool,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.open {
            let mut state = self.pace.state();
            let bucket = state.bucket(&self.bucket, &self.route);
            bucket.leave();
            // Discord may have counted it.
            bucket.left = bucket.left.saturating_sub(1);
            self.pace.answered.notify_waiters();
        }
    }
}

type BucketId = (String, String);

/// The pacing of one token.
pub(super) struct Pace {
    state: Mutex<State>,
    answered: Notify,
}

struct State {
    /// Route template → the bucket Discord counts it in.
    hashes: HashMap<String, String>,
    /// What is known of a bucket whatever its major parameter.
    sizes: HashMap<String, (u32, Duration)>,
    buckets: HashMap<BucketId, Bucket>,
    budget: Budget,
    paused_until: Option<Instant>,
    edge_streak: u32,
    invalid: VecDeque<Instant>,
}

impl Pace {
    /// `per_second` is how many requests Discord allows a bot in all, 50 for most.
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            state: Mutex::new(State {
                hashes: HashMap::new(),
                sizes: HashMap::new(),
                buckets: HashMap::new(),
                budget: Budget::new(per_second, Instant::now()),
                paused_until: None,
                edge_streak: 0,
                invalid: VecDeque::new(),
            }),
            answered: Notify::new(),
        }
    }

    /// Waits a moment for the right to send, or says how long it takes. Those who are sent away are given different times.
    pub(super) async fn enter(&self, route: RouteKey) -> Result<Permit<'_>, Wait> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answered = self.answered.notified();
            tokio::pin!(answered);
            answered.as_mut().enable();
            let now = Instant::now();
            let taken = self.state().take(&route, now);
            match taken {
                Ok(bucket) => return Ok(Permit { pace: self, route, bucket, open: true }),
                Err(Refused::Until(at, false)) if at <= deadline => tokio::time::sleep_until(at).await,
                Err(Refused::UntilAnswer) if now < deadline => {
                    // Either an answer frees a place, or the deadline passes and the next round sends it away.
                    let _ = timeout_at(deadline, answered).await;
                }
                Err(Refused::Until(at, true)) => {
                    return Err(Wait { after: at.saturating_duration_since(now), all: true });
                }
                Err(Refused::Until(at, false)) => return Err(self.state().promise(&route, at, now)),
                Err(Refused::UntilAnswer) => return Err(self.state().promise(&route, now + PATIENCE, now)),
            }
        }
    }

    /// Takes note of an answer. For a 429, says how long to wait; `body_after` and `body_global` are from its body.
    pub(super) fn learn(
        &self,
        mut permit: Permit<'_>,
        status: u16,
        headers: &HeaderMap,
        body_after: Option<f64>,
        body_global: bool,
    ) -> Option<Wait> {
        permit.open = false;
        let wait = self.state().learn(&permit, status, headers, body_after, body_global, Instant::now());
        self.answered.notify_waiters();
        wait
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn id(&self, route: &RouteKey) -> BucketId {
        let name = self.hashes.get(&route.template).unwrap_or(&route.template);
        (name.clone(), route.major.clone())
    }

    /// The bucket a permit was given from, wherever it has moved since.
    fn bucket(&mut self, id: &BucketId, route: &RouteKey) -> &mut Bucket {
        let id = if self.buckets.contains_key(id) { id.clone() } else { self.id(route) };
        let size = self.sizes.get(&id.0).copied();
        self.buckets.entry(id).or_insert_with(|| Bucket::new(size, Instant::now()))
    }

    fn take(&mut self, route: &RouteKey, now: Instant) -> Result<BucketId, Refused> {
        while self.invalid.front().is_some_and(|at| now.duration_since(*at) > INVALID_WINDOW) {
            self.invalid.pop_front();
        }
        if self.invalid.len() >= MAX_INVALID {
            let oldest = self.invalid.front().copied().unwrap_or(now);
            return Err(Refused::Until(oldest + INVALID_WINDOW + PAD, true));
        }
        if !route.interaction
            && let Some(until) = self.paused_until
        {
            if now < until {
                return Err(Refused::Until(until, true));
            }
            self.paused_until = None;
        }
        self.forget(now);
        let id = self.id(route);
        self.bucket(&id, route).check(now)?;
        if !route.interaction {
            self.budget.check(route.reads, now).map_err(|free_at| Refused::Until(free_at, false))?;
            self.budget.take(route.reads, now);
        }
        let bucket = self.bucket(&id, route);
        bucket.under_way += 1;
        bucket.used = now;
        Ok(id)
    }

    /// A time to come back, later for everyone who asks.
    fn promise(&mut self, route: &RouteKey, at: Instant, now: Instant) -> Wait {
        let id = self.id(route);
        let bucket = self.bucket(&id, route);
        let slot = if bucket.check(now).is_err() {
            let slot = bucket.promised.max(at);
            bucket.promised = slot + bucket.window / bucket.limit.max(1);
            slot
        } else {
            self.budget.promise(route.reads, at)
        };
        Wait { after: slot.saturating_duration_since(now), all: false }
    }

    fn learn(
        &mut self,
        permit: &Permit<'_>,
        status: u16,
        headers: &HeaderMap,
        body_after: Option<f64>,
        body_global: bool,
        now: Instant,
    ) -> Option<Wait> {
        let route = &permit.route;
        if let Some(hash) = text(headers, "x-ratelimit-bucket") {
            self.move_to(route, hash);
        }
        let limit = text(headers, "x-ratelimit-limit").and_then(|v| v.parse::<u32>().ok());
        let left = text(headers, "x-ratelimit-remaining").and_then(|v| v.parse::<u32>().ok());
        let reset_after = seconds(headers, "x-ratelimit-reset-after");
        let window_name = text(headers, "x-ratelimit-reset").and_then(|v| v.parse::<f64>().ok());
        let shared = text(headers, "x-ratelimit-scope") == Some("shared");
        if matches!(status, 401 | 403) || (status == 429 && !shared) {
            self.invalid.push_back(now);
        }
        let bucket = self.bucket(&permit.bucket, route);
        bucket.leave();
        match (limit, left, reset_after) {
            (Some(limit), Some(left), Some(after)) => {
                bucket.learn(limit, left, after, window_name, now);
                let size = (bucket.limit, bucket.window);
                if let Some(hash) = text(headers, "x-ratelimit-bucket") {
                    self.sizes.insert(hash.to_owned(), size);
                }
            }
            _ if status != 429 && bucket.knowledge == Knowledge::None => bucket.knowledge = Knowledge::Unlimited,
            _ => {}
        }
        if status != 429 {
            self.bucket(&permit.bucket, route).streak = 0;
            self.edge_streak = 0;
            return None;
        }
        let told = body_after
            .filter(|after| after.is_finite() && *after >= 0.0)
            .map(|after| Duration::from_secs_f64(after.min(86_400.0)))
            .or_else(|| seconds(headers, "retry-after"));
        let global = body_global
            || text(headers, "x-ratelimit-global").is_some_and(|v| v.eq_ignore_ascii_case("true"))
            || text(headers, "x-ratelimit-scope") == Some("global");
        // The edge in front of Discord answers without its headers, and for every route.
        let edge = body_after.is_none() && !headers.keys().any(|name| name.as_str().starts_with("x-ratelimit-"));
        if global || edge {
            self.edge_streak += 1;
            let after = told.unwrap_or_else(|| backoff(self.edge_streak)) + PAD;
            self.paused_until = Some(self.paused_until.map_or(now + after, |until| until.max(now + after)));
            return Some(Wait { after, all: true });
        }
        let bucket = self.bucket(&permit.bucket, route);
        bucket.streak += 1;
        let after = told.unwrap_or_else(|| backoff(bucket.streak)) + PAD;
        bucket.knowledge = Knowledge::Limited;
        bucket.limit = bucket.limit.max(1);
        bucket.left = 0;
        bucket.resets = bucket.resets.max(now + after);
        bucket.window_name = window_name.unwrap_or(bucket.window_name);
        Some(self.promise(route, now + after, now))
    }

    /// Moves what is counted under the route's own name into the bucket Discord counts it in.
    fn move_to(&mut self, route: &RouteKey, hash: &str) {
        let before = self.id(route);
        if before.0 == hash {
            return;
        }
        self.hashes.insert(route.template.clone(), hash.to_owned());
        let moved: Vec<BucketId> = self.buckets.keys().filter(|(name, _)| *name == before.0).cloned().collect();
        // Other templates may still be counted under the old name, which only a template of its own rules out.
        for id in moved.into_iter().filter(|(name, _)| *name == route.template) {
            if let Some(bucket) = self.buckets.remove(&id) {
                let into =
                    self.buckets.entry((hash.to_owned(), id.1)).or_insert_with(|| Bucket::new(None, bucket.used));
                into.under_way += bucket.under_way;
            }
        }
    }

    fn forget(&mut self, now: Instant) {
        if self.buckets.len() > 2_000 {
            self.buckets.retain(|_, b| b.under_way > 0 || now.duration_since(b.used) < FORGET || now < b.resets);
        }
    }
}

/// 1, 2, 4, … 60 s.
fn backoff(streak: u32) -> Duration {
    Duration::from_secs(1u64.checked_shl(streak.saturating_sub(1)).unwrap_or(60).min(60))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let secs: f64 = text(headers, name)?.trim().parse().ok()?;
    (secs.is_finite() && secs >= 0.0).then(|| Duration::from_secs_f64(secs.min(86_400.0)))
}
