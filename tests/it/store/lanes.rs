//! Races between those who fill lanes and those who empty them, on Postgres, where both work at the same time.

use std::time::Duration;

use baton::domain::ids::{OutboxId, Time};
use baton::store::lane;
use baton::store::outbox::{self, Tried};

use super::outbox::{put, send};
use super::{NOW, open};
use crate::world::Db;

// story: RL-07
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_never_hold_one_lane() {
    let Some((store, _folder)) = open(Db::Postgres).await else { return };
    let rows: Vec<_> = (0..50).map(|n| send(&format!("w:{n}"), n)).collect();
    put(&store, &rows).await;
    let (mut one, mut two) = (store.begin().await.unwrap(), store.begin().await.unwrap());
    let first = lane::lease(&mut one, (NOW, NOW.plus_ms(1000)), &[], 20).await.unwrap();
    let second = lane::lease(&mut two, (NOW, NOW.plus_ms(1000)), &[], 99).await.unwrap();
    assert_eq!((first.len(), second.len()), (20, 30));
    assert!(first.iter().all(|(lane, _)| second.iter().all(|(other, _)| lane != other)));
    one.commit().await.unwrap();
    two.commit().await.unwrap();
    let mut three = store.begin().await.unwrap();
    assert!(lane::lease(&mut three, (NOW, NOW.plus_ms(1000)), &[], 99).await.unwrap().is_empty());
}

// story: RL-07
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_lane_is_not_dropped_under_a_new_row() {
    let Some((store, _folder)) = open(Db::Postgres).await else { return };
    for round in 0..20 {
        put(&store, &[send("w:1", 1)]).await;
        let mut worker = store.begin().await.unwrap();
        let held = lane::lease(&mut worker, (NOW, NOW.plus_ms(1000)), &[], 9).await.unwrap();
        assert_eq!(held.len(), 1, "round {round}");
        let lane = [(held[0].0.as_str(), held[0].1)];
        let head = lane::heads(&mut worker, &lane).await.unwrap().remove(0);
        outbox::sending(&mut worker, &[OutboxId(head.id)], NOW).await.unwrap();
        worker.commit().await.unwrap();

        // Somebody fills it while it is being emptied: whoever comes first, the row is there to be taken.
        let filling = store.clone();
        let filled = tokio::spawn(async move {
            let mut tx = filling.begin().await.unwrap();
            outbox::put(&mut tx, &[send("w:1", 2)], NOW).await.unwrap();
            tokio::time::sleep(Duration::from_millis(round % 5)).await;
            tx.commit().await.unwrap();
        });
        tokio::time::sleep(Duration::from_millis(round % 3)).await;
        let mut worker = store.begin().await.unwrap();
        let done =
            Tried { id: OutboxId(head.id), attempt: 1, state: "done", reason: String::new(), due_at: Time::NEVER };
        lane::lock(&mut worker, &["w:1"]).await.unwrap();
        outbox::tried(&mut worker, &[done]).await.unwrap();
        lane::drop_empty(&mut worker, &["w:1"]).await.unwrap();
        lane::give_back(&mut worker, &[("w:1", held[0].1, NOW.0)]).await.unwrap();
        worker.commit().await.unwrap();
        filled.await.unwrap();

        let mut next = store.begin().await.unwrap();
        let held = lane::lease(&mut next, (NOW, NOW.plus_ms(1)), &[], 9).await.unwrap();
        assert_eq!(held.len(), 1, "round {round}: a row without a lane is never delivered");
        let head = lane::heads(&mut next, &[(held[0].0.as_str(), held[0].1)]).await.unwrap().remove(0);
        outbox::sending(&mut next, &[OutboxId(head.id)], NOW).await.unwrap();
        let done =
            Tried { id: OutboxId(head.id), attempt: 1, state: "done", reason: String::new(), due_at: Time::NEVER };
        outbox::tried(&mut next, &[done]).await.unwrap();
        lane::drop_empty(&mut next, &["w:1"]).await.unwrap();
        next.commit().await.unwrap();
    }
}

// story: RL-02
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_a_locked_lane_sees_what_was_being_written_into_it() {
    let Some((store, _folder)) = open(Db::Postgres).await else { return };
    put(&store, &[send("w:1", 1)]).await;
    let mut desk = store.begin().await.unwrap();
    let waiting = outbox::in_lane(&mut desk, "w:1").await.unwrap();
    assert!(outbox::cancel(&mut desk, OutboxId(waiting[0].id), "taken back").await.unwrap());
    let worker = store.clone();
    let took = tokio::spawn(async move {
        let mut tx = worker.begin().await.unwrap();
        assert!(lane::lease(&mut tx, (NOW, NOW.plus_ms(9)), &[], 9).await.unwrap().is_empty(), "the desk has it");
        lane::lock(&mut tx, &["w:1"]).await.unwrap();
        outbox::in_lane(&mut tx, "w:1").await.unwrap().len()
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!took.is_finished(), "it does not wait");
    desk.commit().await.unwrap();
    assert_eq!(took.await.unwrap(), 0);
}
