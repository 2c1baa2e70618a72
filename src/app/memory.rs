//! What adapters may ask of the past.

use futures::future::BoxFuture;

use crate::domain::ids::{PostRef, ThreadRef};
use crate::port::{KnownThread, Memory, NotStored};
use crate::store::{Store, StoreError, conversation, message};

/// The store, as far as adapters may see it.
pub(super) struct Remembered {
    pub(super) store: Store,
    pub(super) place: &'static str,
}

impl Remembered {
    async fn known(&self, also: Vec<ThreadRef>) -> Result<Vec<KnownThread>, StoreError> {
        let mut known = Vec::new();
        for thread in conversation::threads(&self.store, &also).await? {
            let reference = ThreadRef(thread.thread);
            let posts = message::posts_of(&self.store, self.place, &reference).await?;
            known.push(KnownThread {
                thread: reference,
                seen: PostRef(thread.seen),
                // Commands and further files of one post have ids of ours.
                posts: posts
                    .into_iter()
                    .filter(|post| !post.remote.contains([':', '#']))
                    .map(|post| PostRef(post.remote))
                    .collect(),
            });
        }
        Ok(known)
    }
}

impl Memory for Remembered {
    fn threads(&self, also: Vec<ThreadRef>) -> BoxFuture<'_, Result<Vec<KnownThread>, NotStored>> {
        Box::pin(async move { self.known(also).await.map_err(|error| NotStored(error.to_string())) })
    }
}
