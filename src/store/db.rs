//! The two databases behind one face.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{Connection, FromRow, PgPool, Postgres, Sqlite, SqlitePool, Transaction};

use super::sql::{Arg, Dialect, Sql};

/// Every statement reads a few rows by an index, whatever the planner believes about tables that have just grown: it would
/// scan them, and keep to that plan.
const PLANNING: &str = "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off; \
                        set plan_cache_mode = force_generic_plan";

/// Binds arguments in order, whichever database the query is for.
macro_rules! bind {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for arg in $args {
            query = match arg {
                Arg::I(n) => query.bind(n),
                Arg::T(text) => query.bind(without_nul(text)),
                // Rows of [`rows_of`], which holds none.
                Arg::S(text) => query.bind(text),
            };
        }
        query
    }};
}

/// Why the store did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or was not there.
    #[error("the database answered: {0}")]
    Sql(#[from] sqlx::Error),
    /// The migrations do not fit the database.
    #[error("the database's tables do not fit this version: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The address of the database is not understood.
    #[error("database.url {0:?} is neither sqlite://FILE nor postgres://…")]
    Url(String),
    /// Another process has the database.
    #[error("another Baton runs on {}: stop it first, or give this one a database of its own", .0.display())]
    Busy(PathBuf),
    /// There is nothing to look at yet.
    #[error("there is no database at {} yet: `baton run` or `baton migrate` makes it", .0.display())]
    Missing(PathBuf),
    /// A file or folder is not there or not ours.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A row holds something this version does not know.
    #[error("a row of {table} cannot be read: {why}")]
    Row {
        /// The table.
        table: &'static str,
        /// What is wrong.
        why: String,
    },
    /// A guarded change found another version than the one it was decided on.
    #[error("somebody else changed conversation {0} first")]
    Stale(i64),
}

impl StoreError {
    /// Whether something in the rows is to blame rather than the database: trying the same again fails again, and others
    /// are not concerned.
    #[must_use]
    pub fn is_about_rows(&self) -> bool {
        use sqlx::error::ErrorKind;
        match self {
            Self::Row { .. } => true,
            Self::Sql(sqlx::Error::Database(error)) => match error.kind() {
                // Postgres: 22 a value that does not fit, 54 one that is too long for an index.
                ErrorKind::Other => error.code().is_some_and(|c| c.len() == 5 && (c.starts_with("22") || c == "54000")),
                _ => true,
            },
            Self::Sql(error) => matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)),
            _ => false,
        }
    }
}

/// The database, open.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
}

#[derive(Clone)]
enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool, _lock: Option<std::sync::Arc<std::fs::File>> },
    Postgres(PgPool),
}

/// A transaction. Dropping it without [`Tx::commit`] undoes it.
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On Postgres.
    Postgres(Transaction<'static, Postgres>),
}

/// A row that both databases can give.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl Store {
    /// Opens the database at `url` (`sqlite://FILE` or `postgres://…`), making the file if it is not there. A SQLite file
    /// is held alone.
    ///
    /// # Errors
    /// When the address is not understood, the database is not there, or another process holds the file.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_as(url, true).await
    }

    /// Opens the database beside a Baton that may be running on it: for commands that look and mend.
    ///
    /// # Errors
    /// When the address is not understood or the database is not there.
    pub async fn open_beside(url: &str) -> Result<Self, StoreError> {
        Self::open_as(url, false).await
    }

    async fn open_as(url: &str, alone: bool) -> Result<Self, StoreError> {
        if let Some(file) = url.strip_prefix("sqlite://") {
            return Self::open_sqlite(Path::new(file), alone).await;
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url)
                .map_err(|_| StoreError::Url(redact(url)))?
                .statement_cache_capacity(250);
            let pool = PgPoolOptions::new()
                .max_connections(12)
                .acquire_timeout(Duration::from_secs(10))
                .after_connect(|connection, _| {
                    Box::pin(async { sqlx::raw_sql(PLANNING).execute(connection).await.map(|_| ()) })
                })
                .connect_with(options)
                .await?;
            return Ok(Self { pools: Pools::Postgres(pool) });
        }
        Err(StoreError::Url(redact(url)))
    }

    async fn open_sqlite(file: &Path, alone: bool) -> Result<Self, StoreError> {
        if alone && let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::File { path: folder.to_owned(), source })?;
        }
        if !alone && !file.exists() {
            return Err(StoreError::Missing(file.to_owned()));
        }
        let lock = if alone { Some(std::sync::Arc::new(hold(file)?)) } else { None };
        // The WAL is grown once and then reused: growing it costs more than the commit itself. Checkpoints at 10000 pages.
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(alone)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(4))
            .pragma("wal_autocheckpoint", "10000")
            .pragma("cache_size", "-8000")
            .statement_cache_capacity(200);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            // The file does not go away like a server; asking each time costs as much as a statement.
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(10))
            // On a full disk SQLite undoes a transaction by itself, and the driver goes on believing in it.
            .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(2)
            .test_before_acquire(false)
            .connect_lazy_with(options.read_only(true).create_if_missing(false));
        Ok(Self { pools: Pools::Sqlite { write, read, _lock: lock } })
    }

    /// Brings the tables to this version.
    ///
    /// # Errors
    /// When the database is newer than this version or refuses.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite { write, .. } => sqlx::migrate!("migrations/sqlite").run(write).await?,
            Pools::Postgres(pool) => sqlx::migrate!("migrations/postgres").run(pool).await?,
        }
        Ok(())
    }

    /// Which database it is.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Whether this process has the database to itself.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.dialect() == Dialect::Sqlite
    }

    /// Begins a transaction that may write.
    ///
    /// # Errors
    /// When no connection is free or the database is locked by another.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("begin immediate").await?),
            Pools::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Begins a transaction that only reads: one picture of everything, for which nobody waits.
    ///
    /// # Errors
    /// When no connection is free.
    pub async fn begin_to_read(&self) -> Result<Tx, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Pools::Postgres(pool) => {
                Tx::Postgres(pool.begin_with("begin isolation level repeatable read read only").await?)
            }
        })
    }

    /// Runs one statement as a transaction of its own; how many rows it changed.
    ///
    /// # Errors
    /// When the database refuses; nothing is kept then.
    pub async fn run(&self, sql: &'static Sql, args: Vec<Arg<'_>>) -> Result<u64, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { write, .. } => {
                bind!(sqlx::query::<Sqlite>(sql.on(Dialect::Sqlite)), args).execute(write).await?.rows_affected()
            }
            Pools::Postgres(pool) => {
                bind!(sqlx::query::<Postgres>(sql.on(Dialect::Postgres)), args).execute(pool).await?.rows_affected()
            }
        })
    }

    /// Reads rows outside any transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn read<T: Row>(&self, sql: &'static Sql, args: Vec<Arg<'_>>) -> Result<Vec<T>, StoreError> {
        Ok(match &self.pools {
            Pools::Sqlite { read, .. } => {
                bind!(sqlx::query_as::<Sqlite, T>(sql.on(Dialect::Sqlite)), args).fetch_all(read).await?
            }
            Pools::Postgres(pool) => {
                bind!(sqlx::query_as::<Postgres, T>(sql.on(Dialect::Postgres)), args).fetch_all(pool).await?
            }
        })
    }

    /// Asks the database how it would run a statement, which fails if it would not.
    ///
    /// # Errors
    /// When the statement does not fit the tables.
    pub async fn prepare(&self, sql: &'static Sql) -> Result<(), StoreError> {
        use sqlx::{Executor, SqlSafeStr};
        match &self.pools {
            Pools::Sqlite { write, .. } => {
                write.prepare(sql.on(Dialect::Sqlite).into_sql_str()).await?;
            }
            Pools::Postgres(pool) => {
                pool.prepare(sql.on(Dialect::Postgres).into_sql_str()).await?;
            }
        }
        Ok(())
    }

    /// Closes every connection; on SQLite the log is folded into the file.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { write, read, .. } => {
                read.close().await;
                let _ = sqlx::query("pragma wal_checkpoint(truncate)").execute(write).await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Which database it is on.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run(&mut self, sql: &'static Sql, args: Vec<Arg<'_>>) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Sqlite(tx) => {
                bind!(sqlx::query::<Sqlite>(sql.on(Dialect::Sqlite)), args).execute(&mut **tx).await?.rows_affected()
            }
            Self::Postgres(tx) => bind!(sqlx::query::<Postgres>(sql.on(Dialect::Postgres)), args)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    /// Runs a statement for its rows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn rows<T: Row>(&mut self, sql: &'static Sql, args: Vec<Arg<'_>>) -> Result<Vec<T>, StoreError> {
        Ok(match self {
            Self::Sqlite(tx) => {
                bind!(sqlx::query_as::<Sqlite, T>(sql.on(Dialect::Sqlite)), args).fetch_all(&mut **tx).await?
            }
            Self::Postgres(tx) => {
                bind!(sqlx::query_as::<Postgres, T>(sql.on(Dialect::Postgres)), args).fetch_all(&mut **tx).await?
            }
        })
    }

    /// Undoes it, and returns when that is done: what it held is free then. Dropping it does the same a moment later.
    pub async fn undo(self) {
        // A connection that cannot undo is gone, and with it what it did.
        let _ = match self {
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.rollback().await,
        };
    }

    /// Makes it durable.
    ///
    /// # Errors
    /// When the database refuses; nothing is kept then.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Takes the lock beside a database file; it is given back when the process ends, however it ends.
fn hold(file: &Path) -> Result<std::fs::File, StoreError> {
    let path = file.with_extension("lock");
    let failed = |source| StoreError::File { path: path.clone(), source };
    let lock = std::fs::File::create(&path).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Busy(file.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn redact(url: &str) -> String {
    url.split_once("://").map_or_else(|| "…".to_owned(), |(scheme, _)| format!("{scheme}://…"))
}
