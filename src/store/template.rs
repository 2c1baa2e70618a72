//! The templates Meta has approved, as last fetched.

use super::db::{Store, StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::template::Template;

#[derive(sqlx::FromRow)]
struct Row {
    content: String,
}

static CLEAR: Sql = Sql::new("delete from template");
static PUT: Sql = Sql::new(
    "insert into template (name, language, content)
     select r.value ->> 0, r.value ->> 1, r.value ->> 2 from {rows:1} where true
     on conflict (name, language) do update set content = excluded.content",
);
static BY_NAME: Sql =
    Sql::new("select t.content from {rows:1} join template t on t.name = r.value ->> 0 order by t.name, t.language");
static LIKE: Sql = Sql::new("select content from template where name like $1 order by name, language limit $2");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&CLEAR, &PUT, &BY_NAME, &LIKE];

/// Makes these the templates, and no others.
///
/// # Errors
/// When the database refuses.
pub async fn replace(tx: &mut Tx, templates: &[Template]) -> Result<(), StoreError> {
    let rows: Vec<(&str, &str, String)> = templates
        .iter()
        .map(|t| (t.name.as_str(), t.language.as_str(), serde_json::to_string(t).unwrap_or_default()))
        .collect();
    tx.run(&CLEAR, vec![]).await?;
    tx.run(&PUT, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}

/// The templates of these names, in all their languages.
///
/// # Errors
/// When the database refuses.
pub async fn by_name(tx: &mut Tx, names: &[String]) -> Result<Vec<Template>, StoreError> {
    let rows: Vec<(&str,)> = names.iter().map(|name| (name.as_str(),)).collect();
    let found: Vec<Row> = tx.rows(&BY_NAME, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(read(&found))
}

/// The first templates whose names begin with `prefix`.
///
/// # Errors
/// When the database refuses.
pub async fn like(store: &Store, prefix: &str, limit: i64) -> Result<Vec<Template>, StoreError> {
    let prefix: String = prefix.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    let found: Vec<Row> = store.read(&LIKE, vec![Arg::S(format!("{prefix}%")), Arg::I(limit)]).await?;
    Ok(read(&found))
}

fn read(rows: &[Row]) -> Vec<Template> {
    rows.iter().filter_map(|row| serde_json::from_str(&row.content).ok()).collect()
}
