//! Rights that one of several programs on one database has at a time.
//!
//! A program is known by its machine and the address it listens on, which no other can have beside it: one that is started
//! again after it was killed goes on with what it held, and need not wait until that lapses.

use std::net::SocketAddr;

use futures::future::BoxFuture;

use crate::clock::Clock;
use crate::port::{Leases, NotStored};
use crate::store::{Store, lease};

/// The database, as far as it says who does what.
pub(super) struct Shared {
    store: Store,
    clock: Clock,
    holder: String,
}

impl Shared {
    /// As one of the programs on this database.
    pub(super) fn new(store: Store, clock: Clock, address: SocketAddr) -> Self {
        Self { store, clock, holder: format!("{} {address}", machine()) }
    }
}

/// What this machine is called, as far as it says so.
fn machine() -> String {
    let named =
        ["/proc/sys/kernel/hostname", "/etc/hostname"].into_iter().find_map(|file| std::fs::read_to_string(file).ok());
    let named = named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    named.unwrap_or_else(|| format!("{:016x}", rand::random::<u64>()))
}

impl Leases for Shared {
    fn hold<'a>(&'a self, name: &'a str, ms: i64) -> BoxFuture<'a, Result<bool, NotStored>> {
        Box::pin(async move {
            let now = self.clock.now();
            let held = lease::hold(&self.store, (name, &self.holder), now.plus_ms(ms), now).await;
            held.map_err(|error| NotStored(error.to_string()))
        })
    }

    fn release<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), NotStored>> {
        Box::pin(async move {
            let released = lease::release(&self.store, (name, &self.holder)).await;
            released.map_err(|error| NotStored(error.to_string()))
        })
    }
}
