//! What adapters may ask of the past.

use std::collections::HashMap;

use futures::future::BoxFuture;

use crate::domain::ids::{PostRef, ThreadRef};
use crate::domain::workspace::Workspace;
use crate::port::{KnownThread, Memory, NotStored};
use crate::store::{Store, StoreError, conversation, message};

/// Threads of open conversations that the workspace no longer lists are looked for one by one, the newest of them at most.
const LOOKED_FOR: usize = 200;

/// The store, as far as adapters may see it.
pub(super) struct Remembered {
    pub(super) store: Store,
}

impl Remembered {
    async fn known(&self, also: Vec<ThreadRef>) -> Result<Vec<KnownThread>, StoreError> {
        let threads = conversation::threads(&self.store, Workspace::Discord, &also, LOOKED_FOR).await?;
        let names: Vec<&str> = threads.iter().map(|thread| thread.thread.as_str()).collect();
        let mut posts: HashMap<String, Vec<PostRef>> = HashMap::new();
        for post in message::posts_of(&self.store, &names).await? {
            // Commands and further files of one post have ids of ours.
            if !post.remote.contains([':', '#']) {
                posts.entry(post.thread).or_default().push(PostRef(post.remote));
            }
        }
        let known = threads.into_iter().map(|thread| KnownThread {
            posts: posts.remove(&thread.thread).unwrap_or_default(),
            thread: ThreadRef(thread.thread),
            seen: PostRef(thread.seen),
        });
        Ok(known.collect())
    }
}

impl Memory for Remembered {
    fn threads(&self, also: Vec<ThreadRef>) -> BoxFuture<'_, Result<Vec<KnownThread>, NotStored>> {
        Box::pin(async move { self.known(also).await.map_err(|error| NotStored(error.to_string())) })
    }
}
