//! The tables: the same on both databases, explained, and made once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use baton::store::statements;
use sqlx::{Connection, Row};

use crate::store::{address, open};
use crate::world::Db;

/// Table → column → its type in words both databases share, and whether it may be null.
type Tables = BTreeMap<String, BTreeMap<String, (&'static str, bool)>>;

fn folder(db: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(db);
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read_to_string(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

/// What a column holds, whatever the database calls it.
fn kind(type_name: &str) -> &'static str {
    match type_name.to_ascii_lowercase().as_str() {
        "bigint" | "integer" => "number",
        "text" => "text",
        "blob" | "bytea" => "bytes",
        "boolean" => "flag",
        other => panic!("the type {other} is not among those that behave alike on both databases"),
    }
}

/// Indices of words are made of what each database has for that.
const WORDS: [&str; 2] = ["spoken", "known_as"];

fn is_words(table: &str) -> bool {
    WORDS.iter().any(|words| table.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')))
}

async fn sqlite_tables(url: &str) -> Tables {
    let mut db = sqlx::SqliteConnection::connect(url).await.unwrap();
    let rows = sqlx::query(
        "select m.name, c.name, c.type, c.\"notnull\" or c.pk > 0 from sqlite_master m join pragma_table_info(m.name) c
         where m.type = 'table' and m.name not like 'sqlite%' and m.name not like '\\_sqlx%' escape '\\'",
    );
    let mut tables = Tables::new();
    for row in rows.fetch_all(&mut db).await.unwrap() {
        let (table, column, kind_name, not_null): (String, String, String, bool) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        if is_words(&table) {
            continue;
        }
        tables.entry(table).or_default().insert(column, (kind(&kind_name), !not_null));
    }
    tables
}

async fn postgres_tables(url: &str) -> Tables {
    let mut db = sqlx::PgConnection::connect(url).await.unwrap();
    let rows = sqlx::query(
        "select table_name::text, column_name::text, data_type::text, is_nullable = 'YES' from information_schema.columns
         where table_schema = 'public' and table_name not like '\\_sqlx%'",
    );
    let mut tables = Tables::new();
    for row in rows.fetch_all(&mut db).await.unwrap() {
        let (table, column, kind_name, nullable): (String, String, String, bool) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        if is_words(&table) {
            continue;
        }
        tables.entry(table).or_default().insert(column, (kind(&kind_name), nullable));
    }
    tables
}

// story: PF-01
#[test]
fn both_databases_have_the_same_steps() {
    let (sqlite, postgres) = (folder("sqlite"), folder("postgres"));
    let names = |files: &[(String, String)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&sqlite), names(&postgres));
    for (number, (name, _)) in sqlite.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", number + 1)), "{name} is out of its order");
    }
}

// story: PF-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_have_the_same_tables() {
    let folder = tempfile::tempdir().unwrap();
    let url = address(Db::Sqlite, folder.path()).await.unwrap();
    let store = baton::store::Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let sqlite = sqlite_tables(&url).await;
    assert!(sqlite.len() > 10, "{sqlite:?}");
    let nullable: Vec<&String> =
        sqlite.iter().filter(|(_, c)| c.values().any(|(_, nullable)| *nullable)).map(|(table, _)| table).collect();
    assert!(nullable.is_empty(), "a null would be read as 0 or an empty text: {nullable:?}");
    let Some(url) = address(Db::Postgres, folder.path()).await else { return };
    let store = baton::store::Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(sqlite, postgres_tables(&url).await);
}

/// Columns that say themselves what they hold.
const SELF_EVIDENT: [&str; 41] = [
    "id",
    "door",
    "lane",
    "slot",
    "name",
    "state",
    "arrived_at",
    "created_at",
    "kind",
    "value",
    "contact",
    "agent",
    "place",
    "remote",
    "team",
    "conversation",
    "epoch",
    "from_agent",
    "to_agent",
    "how",
    "note",
    "at",
    "direction",
    "author",
    "progress",
    "failure_code",
    "failure",
    "quote",
    "wamid",
    "message",
    "attempt",
    "first_tried",
    "opened_at",
    "waiting_since",
    "nudges",
    "due_at",
    "last_inbound_at",
    "last_inbound",
    "read_upto",
    "previous",
    "until",
];

/// Columns whose comment stands above the one before them, since they belong together.
const SHARED: [&str; 14] = [
    "card",
    "thread",
    "head",
    "version",
    "lease_until",
    "scope",
    "why",
    "seq",
    "rank",
    "sha256",
    "mime",
    "size",
    "number",
    "reason",
];

// story: OP-04
#[test]
fn every_column_is_explained_or_says_it_itself() {
    let self_evident: BTreeSet<&str> = SELF_EVIDENT.into_iter().chain(SHARED).collect();
    for (file, text) in folder("sqlite").into_iter().chain(folder("postgres")) {
        let mut explained = false;
        let mut inside = false;
        for line in text.lines() {
            let code = line.trim();
            if code.starts_with("--") {
                explained = true;
                continue;
            }
            let column = code.split_whitespace().next().unwrap_or_default();
            if inside && line.starts_with("    ") && !matches!(column, "primary" | "unique" | "check" | "foreign") {
                assert!(explained || self_evident.contains(column), "{file}: nothing says what {column} holds: {code}");
            }
            inside = (inside || code.starts_with("create table")) && !code.starts_with(')');
            explained = false;
        }
    }
}

// story: RL-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn making_the_tables_again_changes_nothing() {
    for db in [Db::Sqlite, Db::Postgres] {
        let Some((store, _folder)) = open(db).await else { continue };
        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
        for sql in statements() {
            store.prepare(sql).await.unwrap();
        }
        store.close().await;
    }
}
