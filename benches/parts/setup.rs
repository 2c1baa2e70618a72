//! Databases, and what machine this is.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Connection;

static NEXT: AtomicU32 = AtomicU32::new(1);

/// Where databases come from.
pub enum Database {
    Sqlite,
    Postgres(String),
}

impl Database {
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "sqlite" => Some(Self::Sqlite),
            _ => std::env::var("BATON_TEST_POSTGRES")
                .ok()
                .map(|url| Self::Postgres(url.trim_end_matches('/').to_owned())),
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// The address of a new, empty database.
    pub async fn fresh(&self, folder: &tempfile::TempDir) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}/baton.db", folder.path().display()),
            Self::Postgres(base) => {
                let name = format!("bench_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
                let mut admin = sqlx::PgConnection::connect(&format!("{base}/postgres")).await.unwrap();
                let create = sqlx::AssertSqlSafe(format!("create database {name}"));
                sqlx::raw_sql(create).execute(&mut admin).await.unwrap();
                format!("{base}/{name}")
            }
        }
    }
}

/// A folder on a disk, not in memory: what is flushed must cost what it costs.
pub fn folder() -> tempfile::TempDir {
    let target = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target");
    std::fs::create_dir_all(&target).unwrap();
    tempfile::tempdir_in(target).unwrap()
}

pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    format!(
        "{cores} cores ({}), load generator and stand-ins on the same cores",
        model.trim_start_matches([' ', '\t', ':'])
    )
}

/// The value at a share of sorted values.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    let index = ((sorted.len() as f64 - 1.0) * share).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}
