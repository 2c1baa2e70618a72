//! The opaque references this adapter makes: nobody else reads them.

use super::item::Interaction;
use crate::domain::ids::InteractionRef;

/// Where a file of the workspace is: `channel/message/attachment|url`. Addresses are signed and expire, so the post is
/// named as well, from which a fresh one can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileRef {
    pub(super) channel: String,
    pub(super) message: String,
    pub(super) attachment: String,
    pub(super) url: String,
}

impl FileRef {
    /// A file that hangs on no post.
    pub(super) fn plain(url: String) -> Self {
        Self { channel: String::new(), message: String::new(), attachment: String::new(), url }
    }

    pub(super) fn encode(&self) -> String {
        format!("{}/{}/{}|{}", self.channel, self.message, self.attachment, self.url)
    }

    pub(super) fn decode(text: &str) -> Option<Self> {
        let (ids, url) = text.split_once('|')?;
        let mut ids = ids.splitn(3, '/').map(str::to_owned);
        let (channel, message, attachment) = (ids.next()?, ids.next()?, ids.next()?);
        Some(Self { channel, message, attachment, url: url.to_owned() })
    }
}

/// What is needed to answer an interaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answerable {
    pub(super) id: u64,
    pub(super) token: String,
    pub(super) application: Option<u64>,
}

/// `id:token:application`.
pub(super) fn interaction_ref(interaction: &Interaction) -> InteractionRef {
    InteractionRef(format!("{}:{}:{}", interaction.id, interaction.token, interaction.application_id))
}

/// Reads [`interaction_ref`]; a reference without application means the bot's own.
pub(super) fn answerable(reference: &InteractionRef) -> Option<Answerable> {
    let (id, rest) = reference.as_str().split_once(':')?;
    let (token, application) = match rest.rsplit_once(':') {
        Some((token, application)) => (token, application.parse().ok()),
        None => (rest, None),
    };
    Some(Answerable { id: id.parse().ok()?, token: token.to_owned(), application })
}
