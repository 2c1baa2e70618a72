//! Files: announced, then stored in the media folder, or lost.

use super::db::{Store, StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::content::File;
use crate::domain::ids::{MediaId, MessageId, NumberId};

/// A file and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// Which.
    pub id: MediaId,
    /// Of which message.
    pub message: MessageId,
    /// As announced.
    pub file: File,
    /// Which door holds it.
    pub door: String,
    /// The business number it came to; empty for files of the workspace.
    pub number: NumberId,
    /// How far.
    pub state: State,
    /// Bytes stored.
    pub size: i64,
    /// MIME type of what was stored.
    pub mime: String,
    /// Why it was lost.
    pub reason: String,
}

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Named by its sender.
    Announced,
    /// Did not come at once; still tried, while its message was shown without it.
    Late,
    /// In the media folder.
    Stored,
    /// Will not come.
    Lost,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Late => "late",
            Self::Stored => "stored",
            Self::Lost => "lost",
        }
    }
}

#[derive(sqlx::FromRow)]
struct MediaRow {
    id: i64,
    message: i64,
    file: String,
    door: String,
    number: String,
    state: String,
    size: i64,
    mime: String,
    reason: String,
}

impl TryFrom<MediaRow> for Media {
    type Error = StoreError;

    fn try_from(row: MediaRow) -> Result<Self, StoreError> {
        let bad = |why: String| StoreError::Row { table: "media", why };
        let state = [State::Announced, State::Late, State::Stored, State::Lost]
            .into_iter()
            .find(|state| state.as_str() == row.state)
            .ok_or_else(|| bad(format!("state {:?}", row.state)))?;
        Ok(Self {
            id: MediaId(row.id),
            message: MessageId(row.message),
            file: serde_json::from_str(&row.file).map_err(|e| bad(e.to_string()))?,
            door: row.door,
            number: NumberId(row.number),
            state,
            size: row.size,
            mime: row.mime,
            reason: row.reason,
        })
    }
}

static BY_ID: Sql = Sql::new(
    "select m.id, m.message, m.file, m.door, m.number, m.state, m.size, m.mime, m.reason from {rows:1}
     join media m on m.id = cast(r.value ->> 0 as bigint)",
);

static OF_MESSAGES: Sql = Sql::new(
    "select m.id, m.message, m.file, m.door, m.number, m.state, m.size, m.mime, m.reason from {rows:1}
     join media m on m.message = cast(r.value ->> 0 as bigint) order by m.id",
);

static INSERT: Sql = Sql::new(
    "insert into media (id, message, file, door, number, state, size, sha256, mime, reason)
     select cast(r.value ->> 0 as bigint), cast(r.value ->> 1 as bigint), r.value ->> 2, r.value ->> 3, r.value ->> 4,
         'announced', 0, '', '', ''
     from {rows:1} where true",
);

static STORED: Sql =
    Sql::new("update media set state = 'stored', size = $2, sha256 = $3, mime = $4, reason = '' where id = $1");

static MOVED: Sql = Sql::new("update media set state = $2, reason = $3 where id = $1 and state <> 'stored'");

static READ: Sql = Sql::new(
    "select id, message, file, door, number, state, size, mime, reason from media where id = $1 and state = 'stored'",
);

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&BY_ID, &OF_MESSAGES, &INSERT, &STORED, &MOVED, &READ];

/// Files by id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(tx: &mut Tx, ids: &[MediaId]) -> Result<Vec<Media>, StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    let found: Vec<MediaRow> = tx.rows(&BY_ID, vec![Arg::S(rows_of(&rows))]).await?;
    found.into_iter().map(Media::try_from).collect()
}

/// The files of messages.
///
/// # Errors
/// When the database refuses.
pub async fn of_messages(tx: &mut Tx, ids: &[MessageId]) -> Result<Vec<Media>, StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    let found: Vec<MediaRow> = tx.rows(&OF_MESSAGES, vec![Arg::S(rows_of(&rows))]).await?;
    found.into_iter().map(Media::try_from).collect()
}

/// A stored file, for whoever holds a link to it.
///
/// # Errors
/// When the database refuses.
pub async fn stored_file(store: &Store, id: MediaId) -> Result<Option<Media>, StoreError> {
    let found: Vec<MediaRow> = store.read(&READ, vec![Arg::I(id.0)]).await?;
    found.into_iter().next().map(Media::try_from).transpose()
}

/// Writes announced files.
///
/// # Errors
/// When the database refuses.
pub async fn insert(tx: &mut Tx, new: &[Media]) -> Result<(), StoreError> {
    let rows: Vec<(i64, i64, String, &str, &str)> = new
        .iter()
        .map(|m| {
            let file = serde_json::to_string(&m.file).unwrap_or_default();
            (m.id.0, m.message.0, file, m.door.as_str(), m.number.as_str())
        })
        .collect();
    tx.run(&INSERT, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

/// A file is in the media folder.
///
/// # Errors
/// When the database refuses.
pub async fn stored(tx: &mut Tx, id: MediaId, size: i64, sha256: &str, mime: &str) -> Result<(), StoreError> {
    tx.run(&STORED, vec![Arg::I(id.0), Arg::I(size), Arg::T(sha256), Arg::T(mime)]).await?;
    Ok(())
}

/// A file is late or lost.
///
/// # Errors
/// When the database refuses.
pub async fn moved(tx: &mut Tx, id: MediaId, state: State, reason: &str) -> Result<(), StoreError> {
    tx.run(&MOVED, vec![Arg::I(id.0), Arg::T(state.as_str()), Arg::T(reason)]).await?;
    Ok(())
}
