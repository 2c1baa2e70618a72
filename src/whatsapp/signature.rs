//! Who may speak to the webhook: the HMAC over the raw bytes (reference: Meta, webhooks/create-webhook-endpoint).
//!
//! Architecture invariant: nothing is parsed before [`verify`] has said yes, and without a secret it never does.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::secret::Secret;

/// Longest challenge that is echoed.
const MAX_CHALLENGE: usize = 128;

/// Whether `header` (`X-Hub-Signature-256`: `sha256=` and 64 hexadecimal digits of either case) is the HMAC-SHA256 of exactly
/// these bytes under one of the app secrets. Several secrets are several apps, or one app while its secret is changed.
/// Without a secret, or with an empty one, nothing is ever genuine.
#[must_use]
pub fn verify(raw: &[u8], header: Option<&str>, secrets: &[Secret]) -> bool {
    let Some(hex_digits) = header.and_then(|header| header.strip_prefix("sha256=")) else { return false };
    let mut claimed = [0; 32];
    if hex::decode_to_slice(hex_digits, &mut claimed).is_err() {
        return false;
    }
    secrets.iter().filter(|secret| !secret.is_empty()).any(|secret| {
        Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
            .is_ok_and(|mac| mac.chain_update(raw).verify_slice(&claimed).is_ok())
    })
}

/// The answer to Meta's registration request (`hub.mode=subscribe&hub.challenge=…&hub.verify_token=…`, percent-encoded): the
/// challenge, if the token is ours and the challenge holds nothing a browser could run. The request carries no signature.
#[must_use]
pub fn challenge(query: &str, verify_token: &Secret) -> Option<String> {
    let url = reqwest::Url::parse(&format!("http://webhook/?{query}")).ok()?;
    let field = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if verify_token.is_empty() || field("hub.mode")? != "subscribe" {
        return None;
    }
    // Hashes are of one length, so that the comparison does not tell how long the token is.
    let given = Sha256::digest(field("hub.verify_token")?.as_bytes());
    let ours = Sha256::digest(verify_token.expose().as_bytes());
    if !bool::from(given.as_slice().ct_eq(ours.as_slice())) {
        return None;
    }
    let challenge = field("hub.challenge")?;
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!challenge.is_empty() && challenge.len() <= MAX_CHALLENGE && challenge.bytes().all(harmless)).then_some(challenge)
}
