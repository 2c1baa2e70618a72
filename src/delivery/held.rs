//! What the loop of delivery has in hand: the lanes whose rows are under way, when their leases want renewal, and of which
//! crowds it has told.

use std::collections::HashMap;

use super::budget::Crowds;
use crate::domain::ids::Time;
use crate::store::lane::Head;

/// Lanes held by this process, each with its fence.
pub(super) struct Held {
    lanes: HashMap<String, i64>,
    lease_ms: i64,
    /// When every lease was at least this young.
    renewed: Time,
    /// Of which crowds the desk was told.
    pub(super) crowds: Crowds,
}

impl Held {
    pub(super) fn new(lease_ms: i64) -> Self {
        Self { lanes: HashMap::new(), lease_ms, renewed: Time::NEVER, crowds: HashMap::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.lanes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    pub(super) fn lanes(&self) -> Vec<(&str, i64)> {
        self.lanes.iter().map(|(lane, fence)| (lane.as_str(), *fence)).collect()
    }

    /// A third of the lease is over. After a leap of the clock this is true at once, so that no lease of ours looks old.
    pub(super) fn wants_renewal(&self, now: Time) -> bool {
        !self.lanes.is_empty() && now.since(self.renewed) >= self.lease_ms / 3
    }

    /// Every lease held is from now on, or younger.
    pub(super) fn renewed(&mut self, now: Time) {
        self.renewed = now;
    }

    pub(super) fn hold(&mut self, head: &Head) {
        self.lanes.insert(head.lane.clone(), head.fence);
    }

    pub(super) fn let_go(&mut self, lane: &str) {
        self.lanes.remove(lane);
    }
}
