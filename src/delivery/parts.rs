//! Posts that show several messages, and cards that show one: each message has an id of its own there, the post's, [`PART`], and
//! which one. What happens to one of them later is shown beneath it.

use std::collections::BTreeSet;

use crate::domain::effect::Part;
use crate::domain::ids::{MessageId, PostRef};
use crate::domain::workspace::Workspace;
use crate::store::message::Ref;
use crate::store::{StoreError, Tx, message};

/// Between a post and which of its messages is meant.
pub(super) const PART: char = '~';

/// The ids of messages that one post shows; that of the post itself stands for the first.
pub(super) fn refs_of(messages: &[MessageId], post: &PostRef, shared: bool) -> Vec<Ref> {
    let place = Workspace::of(post.as_str()).as_str();
    let mirror = |remote: String, message: MessageId| Ref {
        place: place.to_owned(),
        remote,
        message: message.0,
        part: Part::Mirror.as_str().to_owned(),
    };
    let own = messages.first().map(|first| mirror(post.0.clone(), *first));
    let parts = (1..).zip(messages).filter(|_| shared);
    own.into_iter().chain(parts.map(|(nth, message)| mirror(format!("{post}{PART}{nth}"), *message))).collect()
}

/// Which of these cards show a message.
pub(super) async fn shows_words(tx: &mut Tx, cards: &[&PostRef]) -> Result<BTreeSet<PostRef>, StoreError> {
    if cards.is_empty() {
        return Ok(BTreeSet::new());
    }
    let parts: Vec<(&str, String)> =
        cards.iter().map(|card| (Workspace::of(card.as_str()).as_str(), format!("{card}{PART}1"))).collect();
    let parts: Vec<(&str, &str)> = parts.iter().map(|(place, remote)| (*place, remote.as_str())).collect();
    let found = message::refs(tx, &parts).await?;
    Ok(found.into_iter().filter_map(|f| Some(PostRef(f.remote.split_once(PART)?.0.to_owned()))).collect())
}
