//! Customers and every name WhatsApp has known them by.

use super::db::{StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::contact::{AliasKind, Contact};
use crate::domain::ids::{ContactId, Time};

#[derive(sqlx::FromRow)]
struct ContactRow {
    id: i64,
    name: String,
    username: String,
    phone: String,
    bsuid: String,
    created_at: i64,
    tags: String,
    vip: i64,
    blocked: i64,
}

impl From<ContactRow> for Contact {
    fn from(row: ContactRow) -> Self {
        Self {
            id: ContactId(row.id),
            name: row.name,
            username: row.username,
            phone: row.phone,
            bsuid: row.bsuid,
            created_at: Time(row.created_at),
            tags: serde_json::from_str(&row.tags).unwrap_or_default(),
            vip: row.vip != 0,
            blocked: row.blocked != 0,
        }
    }
}

#[derive(sqlx::FromRow)]
struct AliasRow {
    kind: String,
    value: String,
    contact: i64,
}

static ALIASES: Sql = Sql::new(
    "select a.kind, a.value, a.contact from {rows:1}
     join contact_alias a on a.kind = r.value ->> 0 and a.value = r.value ->> 1",
);

static BY_ID: Sql = Sql::new(
    "select c.id, c.name, c.username, c.phone, c.bsuid, c.created_at, c.tags, c.vip, c.blocked from {rows:1}
     join contact c on c.id = cast(r.value ->> 0 as bigint)",
);

static SAVE: Sql = Sql::new(
    "insert into contact (id, name, username, phone, bsuid, created_at, tags, vip, blocked)
     select cast(r.value ->> 0 as bigint), r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4,
         cast(r.value ->> 5 as bigint), r.value ->> 6, cast(r.value ->> 7 as bigint), cast(r.value ->> 8 as bigint)
     from {rows:1} where true
     on conflict (id) do update set name = excluded.name, username = excluded.username, phone = excluded.phone,
         bsuid = excluded.bsuid, tags = excluded.tags, vip = excluded.vip, blocked = excluded.blocked",
);

static SAVE_ALIAS: Sql = Sql::new(
    "insert into contact_alias (kind, value, contact)
     select r.value ->> 0, r.value ->> 1, cast(r.value ->> 2 as bigint) from {rows:1} where true
     on conflict (kind, value) do update set contact = excluded.contact",
);

static MERGE_ALIASES: Sql = Sql::new("update contact_alias set contact = $2 where contact = $1");
static MERGE_CONVERSATIONS: Sql = Sql::new("update conversation set contact = $2 where contact = $1");
static DROP: Sql = Sql::new("delete from contact where id = $1");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&ALIASES, &BY_ID, &SAVE, &SAVE_ALIAS, &MERGE_ALIASES, &MERGE_CONVERSATIONS, &DROP];

/// Which contacts these aliases stand for, as far as known.
///
/// # Errors
/// When the database refuses.
pub async fn by_alias(
    tx: &mut Tx,
    aliases: &[(AliasKind, String)],
) -> Result<Vec<(AliasKind, String, ContactId)>, StoreError> {
    let rows: Vec<(&str, &str)> = aliases.iter().map(|(kind, value)| (kind.as_str(), value.as_str())).collect();
    let found: Vec<AliasRow> = tx.rows(&ALIASES, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(found
        .into_iter()
        .filter_map(|row| Some((AliasKind::parse(&row.kind)?, row.value, ContactId(row.contact))))
        .collect())
}

/// Contacts by id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(tx: &mut Tx, ids: &[ContactId]) -> Result<Vec<Contact>, StoreError> {
    let rows: Vec<(i64,)> = ids.iter().map(|id| (id.0,)).collect();
    let found: Vec<ContactRow> = tx.rows(&BY_ID, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(found.into_iter().map(Contact::from).collect())
}

/// Writes contacts, new or changed.
///
/// # Errors
/// When the database refuses.
pub async fn save(tx: &mut Tx, contacts: &[&Contact]) -> Result<(), StoreError> {
    let rows: Vec<_> = contacts
        .iter()
        .map(|c| {
            let tags = serde_json::to_string(&c.tags).unwrap_or_else(|_| "[]".to_owned());
            let (vip, blocked) = (i64::from(c.vip), i64::from(c.blocked));
            (c.id.0, &c.name, &c.username, &c.phone, &c.bsuid, c.created_at.0, tags, vip, blocked)
        })
        .collect();
    tx.run(&SAVE, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

/// Writes aliases; one that stood for somebody else now stands for this contact.
///
/// # Errors
/// When the database refuses.
pub async fn save_aliases(tx: &mut Tx, aliases: &[(AliasKind, String, ContactId)]) -> Result<(), StoreError> {
    let rows: Vec<(&str, &str, i64)> =
        aliases.iter().map(|(kind, value, contact)| (kind.as_str(), value.as_str(), contact.0)).collect();
    tx.run(&SAVE_ALIAS, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

/// Makes `gone` part of `kept`: aliases and conversations move over, and `gone` is dropped. Both must not have an open
/// conversation with the same number.
///
/// # Errors
/// When the database refuses.
pub async fn merge(tx: &mut Tx, gone: ContactId, kept: ContactId) -> Result<(), StoreError> {
    tx.run(&MERGE_ALIASES, vec![Arg::I(gone.0), Arg::I(kept.0)]).await?;
    tx.run(&MERGE_CONVERSATIONS, vec![Arg::I(gone.0), Arg::I(kept.0)]).await?;
    tx.run(&DROP, vec![Arg::I(gone.0)]).await?;
    Ok(())
}
