//! Files on their way out.

use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::ids::MediaId;

/// A file on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Our id; 0 for one that is not stored.
    pub id: MediaId,
    /// Where its bytes are.
    pub source: Source,
    /// A safe file name with extension.
    pub name: String,
    /// MIME type without parameters.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// A signed, expiring address at Baton, for files too large to upload; empty when Baton has no public address.
    pub link: String,
    /// What it shows, for those who do not see it; empty where nobody has said it.
    pub alt: String,
}

/// Where the bytes of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In the folder of files.
    Stored(PathBuf),
    /// Here: Baton has made it.
    Made(Arc<[u8]>),
}

impl Attachment {
    /// A file that Baton has made.
    #[must_use]
    pub fn made(name: String, mime: &str, bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        Self {
            id: MediaId(0),
            source: Source::Made(bytes.into()),
            name,
            mime: mime.to_owned(),
            size,
            link: String::new(),
            alt: String::new(),
        }
    }
}
