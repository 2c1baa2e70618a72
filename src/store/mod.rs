//! What is known, on SQLite or Postgres.
//!
//! Architecture invariants: SQL stands nowhere else; one text for each statement, whatever the database; statements work on
//! sets, given as one JSON array (what comes in, row by row); nothing here decides anything.

pub mod agent;
pub mod allowance;
pub mod clock;
pub mod contact;
pub mod conversation;
pub mod db;
pub mod decision;
pub mod doctor;
pub mod find;
pub mod inbox;
pub mod lane;
pub mod lease;
pub mod lookup;
pub mod media;
pub mod message;
pub mod outbox;
pub mod queue;
pub mod rating;
pub mod record;
pub mod report;
pub mod seat;
pub mod sql;
pub mod standing;
pub mod stats;
pub mod table;
pub mod template;

pub use db::{Store, StoreError, Tx};
pub use sql::{Arg, Sql};

/// Every statement there is: a test prepares each on both databases.
#[must_use]
pub fn statements() -> Vec<&'static Sql> {
    let named = [
        agent::ALL,
        allowance::ALL,
        clock::ALL,
        contact::ALL,
        conversation::ALL,
        decision::ALL,
        doctor::ALL,
        find::ALL,
        inbox::ALL,
        lane::ALL,
        lease::ALL,
        lookup::ALL,
        media::ALL,
        message::ALL,
        outbox::ALL,
        queue::ALL,
        rating::ALL,
        record::ALL,
        report::ALL,
        seat::ALL,
        standing::ALL,
        stats::ALL,
        table::ALL,
        template::ALL,
    ];
    named.concat().into_iter().chain(inbox::made()).collect()
}
