//! What is used of the calls that platforms take within a minute. Whoever reads one for change holds it.

use std::collections::BTreeMap;

use super::db::{StoreError, Tx};
use super::sql::{Arg, Sql, rows_of};
use crate::domain::allowance::Spent;

#[derive(sqlx::FromRow)]
struct Row {
    scope: String,
    spent: String,
}

static MAKE: Sql = Sql::new(
    "insert into allowance (scope, spent) select r.value ->> 0, '{}' from {rows:1} where true
     on conflict (scope) do nothing",
);

static HOLD: Sql = Sql::new(
    "select scope, spent from allowance where scope in (select r.value ->> 0 from {rows:1}) order by scope {lock}",
);

static SAVE: Sql =
    Sql::new("update allowance set spent = r.value ->> 1 from {rows:1} where allowance.scope = r.value ->> 0");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&MAKE, &HOLD, &SAVE];

/// What is used in these scopes, this transaction's until it ends.
///
/// # Errors
/// When the database refuses.
pub async fn hold(tx: &mut Tx, scopes: &[&str]) -> Result<BTreeMap<String, Spent>, StoreError> {
    let rows: Vec<(&str,)> = scopes.iter().map(|scope| (*scope,)).collect();
    let rows = rows_of(&rows);
    let mut found: Vec<Row> = tx.rows(&HOLD, vec![Arg::T(&rows)]).await?;
    if found.len() < scopes.len() {
        tx.run(&MAKE, vec![Arg::T(&rows)]).await?;
        found = tx.rows(&HOLD, vec![Arg::T(&rows)]).await?;
    }
    Ok(found.into_iter().map(|row| (row.scope, serde_json::from_str(&row.spent).unwrap_or_default())).collect())
}

/// Writes what is used by now.
///
/// # Errors
/// When the database refuses.
pub async fn save(tx: &mut Tx, spent: &BTreeMap<String, Spent>) -> Result<(), StoreError> {
    let rows: Vec<(&str, String)> = spent
        .iter()
        .map(|(scope, spent)| (scope.as_str(), serde_json::to_string(spent).unwrap_or_else(|_| "{}".to_owned())))
        .collect();
    tx.run(&SAVE, vec![Arg::S(rows_of(&rows))]).await?;
    Ok(())
}
