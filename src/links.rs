//! Addresses of stored files at Baton: signed, and good for a week.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::domain::ids::{MediaId, Time};

/// How long an address is good for, in seconds.
const LIFE_SECS: i64 = 7 * 86_400;

/// Signs addresses of files and checks them.
#[derive(Clone)]
pub struct Links {
    base: String,
    key: Vec<u8>,
}

impl Links {
    /// `base` is where Baton is reached from outside, empty when it is not; `key` signs.
    #[must_use]
    pub fn new(base: &str, key: &[u8]) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), key: key.to_vec() }
    }

    /// The address of a file; empty when Baton is not reached from outside.
    #[must_use]
    pub fn to(&self, id: MediaId, now: Time) -> String {
        if self.base.is_empty() {
            return String::new();
        }
        // The same for a whole day, so that a repeated post has the same text.
        let until = (now.secs() / 86_400 + 1) * 86_400 + LIFE_SECS;
        format!("{}/files/{id}?until={until}&sig={}", self.base, self.sign(id, until))
    }

    /// Whether a signature is ours and still good.
    #[must_use]
    pub fn check(&self, id: MediaId, until: i64, signature: &str, now: Time) -> bool {
        use subtle::ConstantTimeEq;
        let expected = self.sign(id, until);
        until > now.secs() && bool::from(expected.as_bytes().ct_eq(signature.as_bytes()))
    }

    fn sign(&self, id: MediaId, until: i64) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return String::new() };
        mac.update(format!("file:{id}:{until}").as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // story: SE-03
    #[test]
    fn an_address_is_good_for_its_file_and_time_alone() {
        let links = Links::new("https://baton.example/", b"key");
        let now = Time(1_700_000_000_000);
        let url = links.to(MediaId(7), now);
        let (_, query) = url.split_once("until=").unwrap();
        let (until, sig) = query.split_once("&sig=").unwrap();
        let until: i64 = until.parse().unwrap();
        assert!(links.check(MediaId(7), until, sig, now));
        assert!(!links.check(MediaId(8), until, sig, now));
        assert!(!links.check(MediaId(7), until + 1, sig, now));
        assert!(!links.check(MediaId(7), until, sig, Time::from_secs(until)));
        assert!(!Links::new("https://baton.example", b"other").check(MediaId(7), until, sig, now));
    }
}
