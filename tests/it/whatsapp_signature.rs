//! Who may speak to the webhook.

use baton::secret::Secret;
use baton::whatsapp::signature::{challenge, verify};
use proptest::prelude::*;

const EMPTY: &str = r#"{"object":"whatsapp_business_account","entry":[]}"#;
const EMPTY_HEADER: &str = "sha256=1ca363dab318df784e1963b29dca91e2098e6cf2fbf0d3c14e09580a90684a61";
const ESCAPED: &str = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","messages":[{"text":{"body":"ol\u00e1 \ud83d\udc4b"}}]}}]}]}"#;
const ESCAPED_HEADER: &str = "sha256=4caff57dc47b06c0680026a9345ba2f39c4eb9098ffa13e12beba0650d2c514b";

fn secrets(all: &[&str]) -> Vec<Secret> {
    all.iter().map(|secret| Secret::new(*secret)).collect()
}

#[test]
fn accepts_what_the_app_secret_signed() {
    let ours = secrets(&["app-secret-for-tests"]);
    assert!(verify(EMPTY.as_bytes(), Some(EMPTY_HEADER), &ours));
    assert!(verify(ESCAPED.as_bytes(), Some(ESCAPED_HEADER), &ours));
    let upper = format!("sha256={}", EMPTY_HEADER[7..].to_uppercase());
    assert!(verify(EMPTY.as_bytes(), Some(&upper), &ours));
}

#[test]
fn accepts_either_secret_while_one_is_changed() {
    assert!(verify(EMPTY.as_bytes(), Some(EMPTY_HEADER), &secrets(&["new", "app-secret-for-tests"])));
    assert!(verify(EMPTY.as_bytes(), Some(EMPTY_HEADER), &secrets(&["app-secret-for-tests", "new"])));
    assert!(!verify(EMPTY.as_bytes(), Some(EMPTY_HEADER), &secrets(&["new", "newer"])));
}

#[test]
fn fails_closed() {
    let ours = secrets(&["app-secret-for-tests"]);
    assert!(!verify(EMPTY.as_bytes(), Some(EMPTY_HEADER), &[]));
    assert!(!verify(EMPTY.as_bytes(), None, &ours));
    // The HMAC of nothing under the empty key is public knowledge.
    let empty_key = "sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
    assert!(!verify(b"", Some(empty_key), &secrets(&[""])));
    for header in [
        "",
        "sha256=",
        &EMPTY_HEADER[7..],
        &EMPTY_HEADER.replace("sha256", "sha1"),
        &EMPTY_HEADER[..EMPTY_HEADER.len() - 1],
        &format!("{EMPTY_HEADER}00"),
        &format!("{EMPTY_HEADER}, {EMPTY_HEADER}"),
        &format!(" {EMPTY_HEADER}"),
        "sha256=zz",
    ] {
        assert!(!verify(EMPTY.as_bytes(), Some(header), &ours), "{header:?}");
    }
}

proptest! {
    #[test]
    fn one_changed_bit_is_enough(body_bit in 0..EMPTY.len() * 8, header_nibble in 7..EMPTY_HEADER.len(), flip in 1_u8..16) {
        let ours = secrets(&["app-secret-for-tests"]);
        let mut body = EMPTY.as_bytes().to_vec();
        body[body_bit / 8] ^= 1 << (body_bit % 8);
        prop_assert!(!verify(&body, Some(EMPTY_HEADER), &ours));
        let mut header = EMPTY_HEADER.as_bytes().to_vec();
        let digit = char::from(header[header_nibble]).to_digit(16).unwrap() as u8 ^ flip;
        header[header_nibble] = b"0123456789abcdef"[usize::from(digit)];
        prop_assert!(!verify(EMPTY.as_bytes(), std::str::from_utf8(&header).ok(), &ours));
    }

    #[test]
    fn never_panics_on_headers(header in ".{0,80}") {
        prop_assert!(!verify(b"x", Some(&header), &secrets(&["s"])));
    }
}

#[test]
fn echoes_the_challenge_to_who_knows_the_token() {
    let token = Secret::new("ver ify+me");
    let query =
        |token: &str, challenge: &str| format!("hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={token}");
    assert_eq!(challenge(&query("ver%20ify%2Bme", "1158201444"), &token).as_deref(), Some("1158201444"));
    assert_eq!(challenge(&query("ver+ify%2Bme", "a-b_C9"), &token).as_deref(), Some("a-b_C9"));
    assert_eq!(challenge(&query("other", "1158201444"), &token), None);
    assert_eq!(challenge(&query("", "1158201444"), &token), None);
    assert_eq!(challenge(&query("ver%20ify%2Bme", "%3Cscript%3E"), &token), None);
    assert_eq!(challenge(&query("ver%20ify%2Bme", &"1".repeat(129)), &token), None);
    assert_eq!(challenge(&query("ver%20ify%2Bme", ""), &token), None);
    assert_eq!(challenge("hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=ver%20ify%2Bme", &token), None);
    assert_eq!(challenge("hub.challenge=1&hub.verify_token=ver%20ify%2Bme", &token), None);
    assert_eq!(challenge("", &token), None);
    assert_eq!(challenge(&query("", "1"), &Secret::default()), None);
}

#[test]
fn a_secret_shows_nothing() {
    assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
}
