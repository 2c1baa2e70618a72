//! Nonces: what keeps a repeated send from making a second message.

use std::collections::{HashMap, VecDeque};

/// Nonces of the past few minutes and the message each one made.
#[derive(Default)]
pub(super) struct Nonces {
    known: HashMap<String, (u64, u64)>,
    order: VecDeque<(u64, String)>,
}

/// "In the past few minutes", as resources/message.mdx has it.
const NONCE_WINDOW_MS: u64 = 5 * 60 * 1000;

impl Nonces {
    /// The channel and message an earlier send with this nonce made.
    pub(super) fn find(&mut self, nonce: &str, now_ms: u64) -> Option<(u64, u64)> {
        while self.order.front().is_some_and(|(at, _)| at + NONCE_WINDOW_MS < now_ms) {
            let (_, old) = self.order.pop_front()?;
            self.known.remove(&old);
        }
        self.known.get(nonce).copied()
    }

    pub(super) fn remember(&mut self, nonce: String, channel: u64, message: u64, now_ms: u64) {
        if self.known.insert(nonce.clone(), (channel, message)).is_none() {
            self.order.push_back((now_ms, nonce));
        }
    }
}
