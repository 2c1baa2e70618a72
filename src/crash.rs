//! Test equipment: places at which the process ends at once, as it does when the power fails. A test names one in
//! `BATON_CRASH_POINT` as `name:n`, and the n-th time it is reached is the end. Where nothing is named, a point costs one
//! load.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Every point, in the order in which a customer's message meets them: before and after each commit, and around each call
/// to a platform.
pub const POINTS: [&str; 8] = [
    "letterbox.commit",
    "letterbox.committed",
    "intake.commit",
    "intake.committed",
    "delivery.commit",
    "delivery.committed",
    "delivery.perform",
    "delivery.performed",
];

static ARMED: OnceLock<Armed> = OnceLock::new();

struct Armed {
    name: String,
    left: AtomicU32,
}

/// Reads what the environment names. Only the first call counts.
pub fn arm(environment: &HashMap<String, String>) {
    let named = environment.get("BATON_CRASH_POINT").and_then(|value| value.rsplit_once(':'));
    if let Some((name, nth)) = named
        && let Ok(nth) = nth.parse()
    {
        // An error means that it was armed before.
        let _ = ARMED.set(Armed { name: name.to_owned(), left: AtomicU32::new(nth) });
    }
}

/// A place at which the process may end.
pub fn point(name: &'static str) {
    debug_assert!(POINTS.contains(&name), "{name} is not in the list");
    let Some(armed) = ARMED.get() else { return };
    if armed.name == name && armed.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}
