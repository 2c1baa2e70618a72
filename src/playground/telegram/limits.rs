//! Telegram's flood control: a number of calls per bot and chat in a sliding minute, shared by everything that shows in
//! the chat (sends, edits, deletions, pins, reactions, topics), and pauses that get longer when they are not kept.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::options::real_ms;

const SPAN: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Limits {
    lanes: HashMap<(i64, i64), Lane>,
}

#[derive(Default)]
struct Lane {
    recent: VecDeque<Instant>,
    pause: Option<Pause>,
    counted_ms: Vec<u64>,
}

#[derive(Clone, Copy)]
struct Pause {
    ends: Instant,
    seconds: u64,
    /// Whether the client has been told.
    told: bool,
}

/// A call that came too early.
pub(super) struct Early {
    pub(super) retry_after: u64,
    /// Whether the client had been told to wait.
    pub(super) again: bool,
}

impl Limits {
    /// Counts a call of `bot` in `chat`; `most` calls fit into a minute, any number when absent.
    ///
    /// # Errors
    /// The pause, when it is one too many; twice as long each time it is not kept.
    pub(super) fn take(&mut self, bot: i64, chat: i64, most: Option<u32>) -> Result<(), Early> {
        let now = Instant::now();
        let lane = self.lanes.entry((bot, chat)).or_default();
        if let Some(pause) = lane.pause.filter(|p| p.ends > now) {
            let seconds = if pause.told { pause.seconds * 2 } else { pause.seconds };
            let ends = if pause.told { now + Duration::from_secs(seconds) } else { pause.ends };
            lane.pause = Some(Pause { ends, seconds, told: true });
            return Err(Early { retry_after: left(now, ends), again: pause.told });
        }
        lane.pause = None;
        while lane.recent.front().is_some_and(|at| now.duration_since(*at) >= SPAN) {
            lane.recent.pop_front();
        }
        let full = most.is_some_and(|most| lane.recent.len() >= usize::try_from(most).unwrap_or(usize::MAX));
        if let Some(oldest) = lane.recent.front().copied().filter(|_| full) {
            let seconds = left(now, oldest + SPAN);
            lane.pause = Some(Pause { ends: now + Duration::from_secs(seconds), seconds, told: true });
            return Err(Early { retry_after: seconds, again: false });
        }
        lane.recent.push_back(now);
        lane.counted_ms.push(real_ms());
        Ok(())
    }

    /// Begins a pause that the client hears of with its next call.
    pub(super) fn hold(&mut self, bot: i64, chat: i64, seconds: u64) {
        let ends = Instant::now() + Duration::from_secs(seconds);
        self.lanes.entry((bot, chat)).or_default().pause = Some(Pause { ends, seconds, told: false });
    }

    /// Real unix milliseconds of every call of any bot that was let through.
    pub(super) fn counted(&self, chat: i64) -> Vec<u64> {
        let lanes = self.lanes.iter().filter(|((_, c), _)| *c == chat);
        let mut all: Vec<u64> = lanes.flat_map(|(_, lane)| lane.counted_ms.iter().copied()).collect();
        all.sort_unstable();
        all
    }

    /// The same for one bot.
    pub(super) fn counted_of(&self, bot: i64, chat: i64) -> Vec<u64> {
        self.lanes.get(&(bot, chat)).map(|lane| lane.counted_ms.clone()).unwrap_or_default()
    }
}

/// Whole seconds until `ends`, at least one.
fn left(now: Instant, ends: Instant) -> u64 {
    ends.saturating_duration_since(now).as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
}
