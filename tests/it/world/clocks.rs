//! What is owed in the one conversation there is, as it is stored.

use baton::domain::ids::ConversationId;
use baton::domain::targets::Kind;
use baton::store::clock::{self, Row, Rung};
use sqlx::Connection;

use super::World;

impl World {
    /// The newest clock of a kind.
    pub async fn clock_of(&self, kind: &str) -> Row {
        let all = clock::of(&self.app().store, ConversationId(1)).await.unwrap();
        all.into_iter()
            .rfind(|row| row.kind == kind)
            .unwrap_or_else(|| panic!("no clock {kind}\n{}", self.transcript()))
    }

    /// Kind and outcome of the newest clock of a kind.
    pub async fn came(&self, kind: &str) -> String {
        self.clock_of(kind).await.came
    }

    /// Whether a clock that runs is paused.
    pub async fn is_paused(&self, kind: Kind) -> bool {
        let conversation = self.conversations().await.remove(0);
        conversation.clocks.of(|k| k == kind).is_some_and(|clock| clock.paused_at.some().is_some())
    }

    /// The steps that have come.
    pub async fn rung(&self) -> Vec<Rung> {
        clock::rung(&self.app().store, ConversationId(1)).await.unwrap()
    }

    /// Makes the stopped database one from before there were clocks.
    pub async fn forget_clocks(&self) {
        const BEFORE: &str = "delete from alarm; delete from clock;
            update conversation set clocks = '{}', terms = '', wake_at = 0";
        let url = &self.config.database.url;
        if url.starts_with("sqlite") {
            let mut db = sqlx::SqliteConnection::connect(url).await.unwrap();
            sqlx::raw_sql(BEFORE).execute(&mut db).await.unwrap();
            db.close().await.unwrap();
        } else {
            let mut db = sqlx::PgConnection::connect(url).await.unwrap();
            sqlx::raw_sql(BEFORE).execute(&mut db).await.unwrap();
        }
    }

    /// The steps that have come, each as kind and number.
    pub async fn steps(&self) -> Vec<String> {
        self.rung().await.iter().map(|rung| format!("{} {}", rung.kind, rung.step)).collect()
    }
}
