//! Fetching files: only from where they may come, whole or not at all.

use std::net::IpAddr;

use axum::response::{IntoResponse, Response};
use base64::Engine;
use baton::domain::content::{File, MediaKind};
use baton::domain::ids::{MediaId, NumberId};
use baton::port::{Call, Channel, Fetched, Outcome};
use baton::whatsapp::WhatsApp;
use baton::whatsapp::guard::{Guard, PublicOnly, is_public};
use rstest::rstest;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::whatsapp_support::{Graph, NUMBER, error, job, json_answer, settings};

const BYTES: &[u8] = b"%PDF-1.7 the bytes of a file";

fn announced(sha256: &str) -> File {
    File {
        id: MediaId(1),
        kind: MediaKind::Document,
        mime: "application/pdf".into(),
        name: "a.pdf".into(),
        remote: "1003383421387256".into(),
        sha256: sha256.into(),
        size: 0,
    }
}

fn hash() -> String {
    hex::encode(Sha256::digest(BYTES))
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn call(&self, file: File) -> Call {
        Call::Fetch { number: NumberId::from(NUMBER), file, into: self.0.path().join("stored") }
    }

    fn names(&self) -> Vec<String> {
        std::fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

fn bytes(bytes: &'static [u8]) -> Response {
    bytes.into_response()
}

/// A Graph API whose media are at the address `url` makes of its own.
async fn graph(
    url: impl Fn(&str) -> String + Send + Sync + 'static,
    file: impl Fn(usize) -> Response + Send + Sync + 'static,
) -> Graph {
    let own = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let known = own.clone();
    let graph = Graph::start(move |count, seen| {
        if seen.path.starts_with("/v25.0/") {
            let url = url(known.get().unwrap());
            return json_answer(
                200,
                json!({ "url": url, "mime_type": "application/pdf", "sha256": "", "file_size": "28", "id": "1" }),
            );
        }
        file(count)
    })
    .await;
    own.set(graph.url.clone()).unwrap();
    graph
}

fn reason(outcome: Outcome) -> String {
    match outcome {
        Outcome::Refused { failure, .. } => failure.reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_is_stored_whole_and_verified() {
    let graph = graph(|own| format!("{own}/file?mid=1"), |_| bytes(BYTES)).await;
    let folder = Folder::new();
    let outcome = graph.client().perform(job(1, folder.call(announced(&hash())))).await;
    let Outcome::Done(receipt) = outcome else { panic!("{outcome:?}") };
    assert_eq!(receipt.file, Some(Fetched { size: 28, sha256: hash(), mime: "application/pdf".into() }));
    assert_eq!(std::fs::read(folder.0.path().join("stored")).unwrap(), BYTES);
    assert_eq!(folder.names(), ["stored"]);
    let seen = graph.requests();
    assert_eq!(seen[0].path, format!("/v25.0/1003383421387256?phone_number_id={NUMBER}"));
    assert!(seen.iter().all(|seen| seen.token == "Bearer the-token"));
    // Once more, as after a crash: the file is simply there again.
    assert!(matches!(graph.client().perform(job(1, folder.call(announced("")))).await, Outcome::Done(_)));
}

#[tokio::test]
async fn the_hash_of_the_answer_counts_too_in_either_spelling() {
    for spelled in
        [hash(), hash().to_uppercase(), base64::engine::general_purpose::STANDARD.encode(Sha256::digest(BYTES))]
    {
        for (right, body) in [(true, BYTES), (false, &b"other"[..])] {
            let spelled = spelled.clone();
            let own = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
            let known = own.clone();
            let graph = Graph::start(move |_, seen| {
                if seen.path.starts_with("/v25.0/") {
                    return json_answer(
                        200,
                        json!({ "url": format!("{}/f", known.get().unwrap()), "sha256": spelled }),
                    );
                }
                bytes(body)
            })
            .await;
            own.set(graph.url.clone()).unwrap();
            let folder = Folder::new();
            let outcome = graph.client().perform(job(1, folder.call(announced("")))).await;
            assert_eq!(matches!(outcome, Outcome::Done(_)), right, "{outcome:?}");
            assert_eq!(folder.names().is_empty(), !right);
        }
    }
}

#[tokio::test]
async fn a_wrong_file_is_asked_for_once_more() {
    let graph = graph(|own| format!("{own}/file"), |_| bytes(b"something else")).await;
    let folder = Folder::new();
    let why = reason(graph.client().perform(job(1, folder.call(announced(&hash())))).await);
    assert_eq!(why, "The file that came is not the one WhatsApp announced.");
    assert_eq!(graph.requests().len(), 4);
    assert!(folder.names().is_empty());
}

#[tokio::test]
async fn an_expired_address_is_asked_for_anew() {
    let graph = graph(
        |own| format!("{own}/file"),
        |count| if count == 2 { axum::http::StatusCode::NOT_FOUND.into_response() } else { bytes(BYTES) },
    )
    .await;
    let folder = Folder::new();
    assert!(matches!(graph.client().perform(job(1, folder.call(announced(&hash())))).await, Outcome::Done(_)));
    assert_eq!(graph.requests().len(), 4);
}

#[tokio::test]
async fn what_is_gone_is_refused_and_what_is_busy_comes_later() {
    let folder = Folder::new();
    for gone in [(400, 100), (404, 100), (400, 33)] {
        let graph = Graph::start(move |_, _| error(gone.0, gone.1)).await;
        let why = reason(graph.client().perform(job(1, folder.call(announced("")))).await);
        assert_eq!(why, "The file is no longer available at WhatsApp.");
    }
    for status in [500, 502, 503, 429] {
        let status = axum::http::StatusCode::from_u16(status).unwrap();
        let busy = graph(|own| format!("{own}/file"), move |_| status.into_response()).await;
        let outcome = busy.client().perform(job(1, folder.call(announced("")))).await;
        assert!(matches!(outcome, Outcome::Later { .. }), "{outcome:?}");
    }
    let expired = Graph::start(|_, _| error(401, 190)).await;
    assert!(matches!(expired.client().perform(job(1, folder.call(announced("")))).await, Outcome::Later { .. }));
    assert!(folder.names().is_empty());
}

#[tokio::test]
async fn a_file_over_the_limit_is_stopped_also_when_it_does_not_say_so() {
    let big = graph(|own| format!("{own}/file"), |_| vec![0_u8; 1024 * 1024 + 1].into_response()).await;
    let folder = Folder::new();
    assert_eq!(
        reason(big.client().perform(job(1, folder.call(announced("")))).await),
        "The file is larger than the 1 MB that are taken."
    );
    let endless = graph(
        |own| format!("{own}/file"),
        |_| {
            let chunks = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0_u8; 65_536]));
            axum::body::Body::from_stream(chunks).into_response()
        },
    )
    .await;
    assert_eq!(
        reason(endless.client().perform(job(1, folder.call(announced("")))).await),
        "The file is larger than the 1 MB that are taken."
    );
    assert!(folder.names().is_empty());
}

#[tokio::test]
async fn a_download_that_stands_still_comes_later() {
    let stuck = graph(
        |own| format!("{own}/file"),
        |_| {
            use futures::StreamExt;
            let first = futures::stream::iter([Ok::<_, std::io::Error>(vec![1_u8; 10])]);
            axum::body::Body::from_stream(first.chain(futures::stream::pending())).into_response()
        },
    )
    .await;
    let folder = Folder::new();
    let mut short = settings(&stuck.url);
    short.timeout = std::time::Duration::from_millis(300);
    let outcome = WhatsApp::new(short).unwrap().perform(job(1, folder.call(announced("")))).await;
    assert!(matches!(outcome, Outcome::Later { .. }), "{outcome:?}");
    assert!(folder.names().is_empty());
}

#[tokio::test]
async fn the_token_goes_nowhere_else() {
    let elsewhere = Graph::start(|_, _| bytes(BYTES)).await;
    // Another name of this machine, which is not the Graph API's host.
    let other = elsewhere.url.replace("127.0.0.1", "localhost");
    for target in [other.clone(), "https://evil.example/x".into(), "https://169.254.169.254/latest".into()] {
        let direct = target.clone();
        let graph = graph(move |_| direct.clone(), |_| bytes(BYTES)).await;
        assert!(matches!(
            graph.client().perform(job(1, Folder::new().call(announced("")))).await,
            Outcome::Refused { .. }
        ));
        assert_eq!(graph.requests().len(), 1);
    }
    let target = other.clone();
    let redirecting = graph(
        |own| format!("{own}/file"),
        move |_| (axum::http::StatusCode::FOUND, [("location", target.clone())]).into_response(),
    )
    .await;
    assert!(matches!(
        redirecting.client().perform(job(1, Folder::new().call(announced("")))).await,
        Outcome::Refused { .. }
    ));
    assert!(elsewhere.requests().is_empty());
    let circle = graph(
        |own| format!("{own}/file"),
        |_| (axum::http::StatusCode::FOUND, [("location", "/file")]).into_response(),
    )
    .await;
    assert_eq!(
        reason(circle.client().perform(job(1, Folder::new().call(announced("")))).await),
        "The address of the file leads in a circle."
    );
    let near = graph(
        |own| format!("{own}/file"),
        |count| {
            if count == 2 {
                (axum::http::StatusCode::FOUND, [("location", "/moved")]).into_response()
            } else {
                bytes(BYTES)
            }
        },
    )
    .await;
    assert!(matches!(near.client().perform(job(1, Folder::new().call(announced("")))).await, Outcome::Done(_)));
}

#[tokio::test]
async fn an_id_is_no_path() {
    let graph = Graph::start(|_, _| error(400, 100)).await;
    for id in ["", "../me", "a/b", "a?b", "me%2Faccounts", "1 2"] {
        let mut file = announced("");
        file.remote = id.into();
        assert_eq!(
            reason(graph.client().perform(job(1, Folder::new().call(file))).await),
            "The file has no valid id at WhatsApp."
        );
    }
    assert!(graph.requests().is_empty());
}

#[rstest]
#[case("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", true)]
#[case("https://LOOKASIDE.fbsbx.com/x", true)]
#[case("https://scontent.xx.fbcdn.net/x", true)]
#[case("https://fbcdn.net/x", false)]
#[case("https://evilfbcdn.net/x", false)]
#[case("https://lookaside.fbsbx.com.evil.example/x", false)]
#[case("http://lookaside.fbsbx.com/x", false)]
#[case("https://lookaside.fbsbx.com:8443/x", false)]
#[case("https://user:pw@lookaside.fbsbx.com/x", false)]
#[case("https://lookaside.fbsbx.com@evil.example/x", false)]
#[case("https://127.0.0.1/x", false)]
#[case("https://2130706433/x", false)]
#[case("https://0x7f.1/x", false)]
#[case("https://169.254.169.254/latest/meta-data", false)]
#[case("https://[::1]/x", false)]
#[case("https://[::ffff:127.0.0.1]/x", false)]
#[case("https://8.8.8.8/x", false)]
#[case("file:///etc/passwd", false)]
#[case("ftp://lookaside.fbsbx.com/x", false)]
#[case("//lookaside.fbsbx.com/x", false)]
#[case("", false)]
fn only_metas_hosts_are_asked(#[case] address: &str, #[case] allowed: bool) {
    let hosts = ["lookaside.fbsbx.com".to_owned(), "*.fbcdn.net".to_owned()];
    assert_eq!(Guard::new(&hosts, None).allow(address).is_ok(), allowed);
    // A private address is refused even when somebody put it on the list.
    let careless: Vec<String> = ["127.0.0.1", "[::1]", "169.254.169.254"].map(str::to_owned).to_vec();
    assert!(
        address.contains("fbsbx") || address.contains("fbcdn") || Guard::new(&careless, None).allow(address).is_err()
    );
}

#[rstest]
#[case("8.8.8.8", true)]
#[case("157.240.1.1", true)]
#[case("2a03:2880:f10c::1", true)]
#[case("64:ff9b::808:808", true)]
#[case("127.0.0.1", false)]
#[case("10.1.2.3", false)]
#[case("172.16.0.1", false)]
#[case("192.168.1.1", false)]
#[case("169.254.169.254", false)]
#[case("100.64.0.1", false)]
#[case("0.0.0.0", false)]
#[case("224.0.0.1", false)]
#[case("255.255.255.255", false)]
#[case("198.18.0.1", false)]
#[case("192.0.0.192", false)]
#[case("::1", false)]
#[case("::", false)]
#[case("fe80::1", false)]
#[case("fd00:ec2::254", false)]
#[case("ff02::1", false)]
#[case("::ffff:10.0.0.1", false)]
#[case("::127.0.0.1", false)]
#[case("64:ff9b::7f00:1", false)]
#[case("2002:7f00:1::", false)]
#[case("2001:db8::1", false)]
fn private_addresses_are_known(#[case] address: &str, #[case] public: bool) {
    assert_eq!(is_public(address.parse::<IpAddr>().unwrap()), public);
}

#[tokio::test]
async fn a_name_on_the_list_cannot_lead_inside() {
    let client = reqwest::Client::builder().no_proxy().dns_resolver(std::sync::Arc::new(PublicOnly)).build().unwrap();
    let error = client.get("https://localhost/").send().await.unwrap_err();
    assert!(PublicOnly::refused(&error), "{error:?}");
    let error =
        client.get("https://192.0.2.1:1/").timeout(std::time::Duration::from_millis(50)).send().await.unwrap_err();
    assert!(!PublicOnly::refused(&error), "{error:?}");
}

#[test]
fn plain_http_needs_leave() {
    let mut real = settings("https://graph.facebook.com");
    real.allow_plain_http = false;
    assert!(WhatsApp::new(real.clone()).is_ok());
    for unusable in ["http://graph.facebook.com", "nonsense", "data:x", "ftp://graph.facebook.com"] {
        real.graph_url = unusable.into();
        assert!(WhatsApp::new(real.clone()).is_err(), "{unusable}");
    }
}
