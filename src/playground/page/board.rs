//! The board the page reads: named slices of JSON, each with the version at which it last changed, so that a browser
//! only receives what it does not have yet.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// A slice's name and its JSON.
pub(super) type Named = (String, Arc<str>);

/// All slices; a version is the number of updates that changed something.
pub(super) struct Board {
    slices: Mutex<BTreeMap<String, Slice>>,
    version: watch::Sender<u64>,
}

struct Slice {
    version: u64,
    /// `None` once it is gone; kept so that browsers hear of it.
    json: Option<Arc<str>>,
}

impl Board {
    pub(super) fn new() -> Self {
        Self { slices: Mutex::default(), version: watch::Sender::new(0) }
    }

    /// Resolves versions to come; somebody watches as long as the receiver lives.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Whether anybody watches.
    pub(super) fn is_watched(&self) -> bool {
        self.version.receiver_count() > 0
    }

    /// Makes `fresh` the whole of the board; what is not named any more is gone.
    pub(super) fn replace(&self, fresh: Vec<Named>) {
        let mut slices = self.lock();
        let next = *self.version.borrow() + 1;
        let mut changed = false;
        let mut fresh: BTreeMap<String, Arc<str>> = fresh.into_iter().collect();
        for (name, slice) in slices.iter_mut() {
            let now = fresh.remove(name);
            if !same(slice.json.as_ref(), now.as_ref()) {
                *slice = Slice { version: next, json: now };
                changed = true;
            }
        }
        changed |= !fresh.is_empty();
        slices.extend(fresh.into_iter().map(|(name, json)| (name, Slice { version: next, json: Some(json) })));
        if changed {
            self.version.send_replace(next);
        }
    }

    /// The version now and a JSON object of the slices that changed after `since`, `null` for those that are gone;
    /// with `since` 0 only those that exist.
    pub(super) fn since(&self, since: u64) -> (u64, String) {
        let slices = self.lock();
        let version = *self.version.borrow();
        let mut out = String::from("{");
        for (name, slice) in slices.iter().filter(|(_, s)| s.version > since) {
            let json = match &slice.json {
                Some(json) => json.as_ref(),
                None if since == 0 => continue,
                None => "null",
            };
            let comma = if out.len() > 1 { "," } else { "" };
            // Writing to a string cannot fail; names are made of letters, digits, dots and colons.
            let _ = write!(out, "{comma}{name:?}:{json}");
        }
        out.push('}');
        (version, out)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Slice>> {
        self.slices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn same(a: Option<&Arc<str>>, b: Option<&Arc<str>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
        _ => false,
    }
}
