//! Discord's rate limits: 50 requests a second over all, a bucket per route and major id, and the hidden limit on
//! renames (topics/rate-limits.mdx; the numbers of the buckets are observed, not documented).

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};

use super::options::real_ms;

/// Routes that share a limit per channel, webhook or guild.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Bucket {
    CreateMessage,
    EditMessage,
    DeleteMessage,
    EditChannel,
    React,
    Webhook,
    Members,
    Other,
}

impl Bucket {
    /// How many requests in which time.
    fn quota(self) -> (u32, Duration) {
        match self {
            Self::CreateMessage | Self::EditMessage => (5, Duration::from_secs(5)),
            Self::DeleteMessage => (5, Duration::from_secs(1)),
            Self::EditChannel => (5, Duration::from_secs(15)),
            Self::React => (1, Duration::from_millis(250)),
            Self::Webhook => (5, Duration::from_secs(2)),
            Self::Members => (10, Duration::from_secs(10)),
            Self::Other => (50, Duration::from_secs(1)),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::CreateMessage => "80c17d2f203122d936070c88c8d10f33",
            Self::EditMessage => "6ec9cb4e05c5d7ce4b4bd6b6a2a1f0f1",
            Self::DeleteMessage => "e1a2b8f1c5c2ad7ad06e0f3b34b1f7c4",
            Self::EditChannel => "26a9b32a4dbb5bb5ed2b16cbb5c1ec47",
            Self::React => "c9f1a27f8b7a3a3e7b5c34cb6a1c7bd8",
            Self::Webhook => "3cd1f278bd0ecaf11e0d2391c05c5d3a",
            Self::Members => "5d2a6c1f3be94a7f8d0b1e6c7a9f2d34",
            Self::Other => "9f4de6a7b2a0c6f1a7a5d3d7b0c8e5f2",
        }
    }
}

/// How often a request was answered 429, by the limit it ran into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RateLimited {
    /// A bucket's limit, which the headers of the answers before foretold.
    pub bucket: u64,
    /// The limit of 50 requests a second.
    pub global: u64,
    /// The limit of 2 renames in 10 minutes, which no header shows.
    pub hidden: u64,
}

#[derive(Default)]
pub(super) struct Limits {
    buckets: HashMap<(Bucket, u64), Window>,
    global: Option<Window>,
    renames: HashMap<u64, VecDeque<Instant>>,
    pub(super) counted: RateLimited,
}

struct Window {
    ends: Instant,
    used: u32,
}

/// A 429.
pub(super) struct Limited {
    pub(super) wait: Duration,
    pub(super) global: bool,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Limited {
    pub(super) fn body(&self) -> Value {
        json!({
            "message": "You are being rate limited.",
            "retry_after": (self.wait.as_secs_f64() * 1000.0).ceil() / 1000.0,
            "global": self.global,
        })
    }
}

impl Limits {
    /// Counts a request. Returns the headers its answer carries.
    ///
    /// # Errors
    /// The 429 when it is one too many.
    pub(super) fn take(
        &mut self,
        bucket: Bucket,
        major: u64,
        outside_global: bool,
    ) -> Result<Vec<(&'static str, String)>, Limited> {
        let now = Instant::now();
        if !outside_global {
            let window = fresh(self.global.take(), now, Duration::from_secs(1));
            let over = window.used >= 50;
            let wait = window.ends - now;
            self.global = Some(Window { used: window.used + u32::from(!over), ..window });
            if over {
                self.counted.global += 1;
                return Err(limited(wait, true, "global", Vec::new()));
            }
        }
        let (limit, length) = bucket.quota();
        let mut window = fresh(self.buckets.remove(&(bucket, major)), now, length);
        let over = window.used >= limit;
        window.used += u32::from(!over);
        let wait = window.ends - now;
        let reset = Duration::from_millis(real_ms()) + wait;
        let headers = vec![
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", (limit - window.used).to_string()),
            ("x-ratelimit-reset", format!("{:.3}", reset.as_secs_f64())),
            ("x-ratelimit-reset-after", format!("{:.3}", wait.as_secs_f64())),
            ("x-ratelimit-bucket", bucket.name().to_owned()),
        ];
        self.buckets.insert((bucket, major), window);
        if over {
            self.counted.bucket += 1;
            return Err(limited(wait, false, "user", headers));
        }
        Ok(headers)
    }

    /// Counts a change of a channel's name: 2 in 10 minutes.
    ///
    /// # Errors
    /// The 429 when it is one too many.
    pub(super) fn rename(&mut self, channel: u64) -> Result<(), Limited> {
        const SPAN: Duration = Duration::from_secs(600);
        let now = Instant::now();
        let past = self.renames.entry(channel).or_default();
        past.retain(|at| now.duration_since(*at) < SPAN);
        if past.len() < 2 {
            past.push_back(now);
            return Ok(());
        }
        let wait = past.front().map_or(SPAN, |first| SPAN.saturating_sub(now.duration_since(*first)));
        self.counted.hidden += 1;
        Err(limited(wait, false, "user", Vec::new()))
    }
}

fn fresh(window: Option<Window>, now: Instant, length: Duration) -> Window {
    window.filter(|w| w.ends > now).unwrap_or(Window { ends: now + length, used: 0 })
}

fn limited(wait: Duration, global: bool, scope: &str, mut headers: Vec<(&'static str, String)>) -> Limited {
    headers.push(("retry-after", wait.as_secs_f64().ceil().to_string()));
    headers.push(("x-ratelimit-scope", scope.to_owned()));
    if global {
        headers.push(("x-ratelimit-global", "true".to_owned()));
    }
    Limited { wait, global, headers }
}
