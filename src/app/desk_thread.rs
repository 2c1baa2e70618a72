//! A thread of its own for the loops between inbox and outbox.
//!
//! A transaction asks the database some twenty times. Behind the requests of hundreds of connections each answer would wait
//! its turn, and with it everybody who waits for the transaction.

use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The thread; what runs on it ends with this.
pub(super) struct DeskThread {
    handle: Handle,
    _end: oneshot::Sender<()>,
}

impl DeskThread {
    pub(super) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        thread::Builder::new().name("desk".to_owned()).spawn(move || {
            // An error means that nobody holds the thread any more, which is what is waited for.
            let _ = runtime.block_on(ended);
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, _end: end })
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}
