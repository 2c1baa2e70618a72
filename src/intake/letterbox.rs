//! The inbox as the doors see it. Whoever puts something in waits for the next commit together with everybody else who
//! does, so that durability costs one flush for all of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tokio::sync::{Notify, mpsc, oneshot};

use crate::clock::Clock;
use crate::crash;
use crate::metrics::Metrics;
use crate::port::{Inbox, Item, NotStored};
use crate::store::inbox::{self, NewRow};
use crate::store::{Store, StoreError};

/// Whoever waits longer than this for a commit is told that it did not happen in time.
const PATIENCE: Duration = Duration::from_millis(4500);

type Waiting = (Vec<Item>, oneshot::Sender<Result<(), NotStored>>);

/// Where items are put in.
#[derive(Clone)]
pub struct Letterbox {
    slot: mpsc::Sender<Waiting>,
}

impl Letterbox {
    /// A letterbox, and what empties it into the inbox as long as it runs; `wake` is told after each commit.
    pub fn new(
        store: Store,
        clock: Clock,
        metrics: Metrics,
        wake: Arc<Notify>,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (slot, waiting) = mpsc::channel(4096);
        (Self { slot }, empty(store, clock, metrics, wake, waiting))
    }
}

impl Inbox for Letterbox {
    fn put(&self, items: Vec<Item>) -> BoxFuture<'_, Result<(), NotStored>> {
        Box::pin(async move {
            if items.is_empty() {
                return Ok(());
            }
            let (answer, answered) = oneshot::channel();
            let stored = async {
                self.slot.send((items, answer)).await.map_err(|_| NotStored("Baton is stopping".to_owned()))?;
                answered.await.map_err(|_| NotStored("Baton is stopping".to_owned()))?
            };
            tokio::time::timeout(PATIENCE, stored)
                .await
                .map_err(|_| NotStored("the database is too slow".to_owned()))?
        })
    }
}

async fn empty(store: Store, clock: Clock, metrics: Metrics, wake: Arc<Notify>, mut waiting: mpsc::Receiver<Waiting>) {
    while let Some(first) = waiting.recv().await {
        let mut group = vec![first];
        let mut size = group[0].0.len();
        while size < inbox::ROWS {
            let Ok(next) = waiting.try_recv() else { break };
            size += next.0.len();
            group.push(next);
        }
        let begun = Instant::now();
        let stored = commit(&store, &clock, &group).await;
        metrics.commit_seconds.observe(begun.elapsed().as_secs_f64());
        match stored {
            // Whoever brought what the database cannot take must not keep the others out.
            Err(error) if error.is_about_rows() && group.len() > 1 => {
                for waiting in group {
                    let stored = commit(&store, &clock, std::slice::from_ref(&waiting)).await;
                    answer(vec![waiting], &stored);
                }
            }
            stored => answer(group, &stored),
        }
        wake.notify_one();
    }
}

fn answer(group: Vec<Waiting>, stored: &Result<(), StoreError>) {
    if let Err(error) = stored {
        let size: usize = group.iter().map(|(items, _)| items.len()).sum();
        tracing::error!(items = size, %error, "The inbox did not take {size} items: {error}");
    }
    let answer = match stored {
        Ok(()) => Ok(()),
        Err(error) => Err(NotStored(error.to_string())),
    };
    for (_, waiter) in group {
        // Whoever no longer waits was answered by its own time limit, and its platform sends again.
        let _ = waiter.send(answer.clone());
    }
}

async fn commit(store: &Store, clock: &Clock, group: &[Waiting]) -> Result<(), StoreError> {
    let items: Vec<&Item> = group.iter().flat_map(|(items, _)| items).collect();
    let keys: Vec<String> = items.iter().map(|item| item.key.to_hex()).collect();
    let rows: Vec<NewRow<'_>> = items
        .iter()
        .zip(&keys)
        .map(|(item, key)| (key.as_str(), item.door, item.lane.as_str(), inbox::slot(&item.lane), item.body.as_str()))
        .collect();
    crash::point("letterbox.commit");
    inbox::put_for_good(store, &rows, clock.now()).await?;
    crash::point("letterbox.committed");
    Ok(())
}
