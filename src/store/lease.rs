//! What one of several programs does at a time.

use super::db::{Store, StoreError};
use super::sql::{Arg, Sql};
use crate::domain::ids::Time;

static HOLD: Sql = Sql::new(
    "insert into lease (name, holder, until) values ($1, $2, $3)
     on conflict (name) do update set holder = excluded.holder, until = excluded.until
     where lease.holder = excluded.holder or lease.until <= $4",
);

static RELEASE: Sql = Sql::new("delete from lease where name = $1 and holder = $2");

/// Every statement of this file.
pub const ALL: &[&Sql] = &[&HOLD, &RELEASE];

/// Takes or keeps a lease until `until`; whether `holder` has it now.
///
/// # Errors
/// When the database refuses.
pub async fn hold(store: &Store, (name, holder): (&str, &str), until: Time, now: Time) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let args = vec![Arg::T(name), Arg::T(holder), Arg::I(until.0), Arg::I(now.0)];
    let held = tx.run(&HOLD, args).await? > 0;
    tx.commit().await?;
    Ok(held)
}

/// Gives a lease up, if `holder` has it.
///
/// # Errors
/// When the database refuses.
pub async fn release(store: &Store, (name, holder): (&str, &str)) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.run(&RELEASE, vec![Arg::T(name), Arg::T(holder)]).await?;
    tx.commit().await
}
