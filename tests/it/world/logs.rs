//! What the program logs, at every level, kept in memory.

use std::io::Write;
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

static COLLECTED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ONCE: Once = Once::new();

/// Collects from now on whatever Baton itself logs, in every test of this binary.
pub fn collect() {
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter("baton=trace,baton::playground=off")
            .with_ansi(false)
            .with_writer(Collector)
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("nothing else collects");
    });
}

/// What was logged so far.
pub fn text() -> String {
    String::from_utf8_lossy(&COLLECTED.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

struct Collector;

impl<'a> MakeWriter<'a> for Collector {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for Collector {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        COLLECTED.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
