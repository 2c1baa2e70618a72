//! What is in the tree, as far as it can be told without the network: `.ci/dependencies` asks cargo-deny for the rest.

use std::collections::HashSet;

use toml::Table;

fn read(file: &str) -> Table {
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

fn locked() -> Vec<(String, String)> {
    let lock = read("Cargo.lock");
    let packages = lock["package"].as_array().unwrap().iter();
    packages.map(|p| (p["name"].as_str().unwrap().to_owned(), p["version"].as_str().unwrap().to_owned())).collect()
}

// story: SE-06
#[test]
fn one_tls_one_http_client_one_time_library() {
    let names: Vec<(String, String)> = locked();
    let count = |name: &str| names.iter().filter(|(n, _)| n == name).count();
    assert_eq!(count("openssl-sys"), 0, "OpenSSL would have to be installed before building");
    assert_eq!(count("native-tls"), 0);
    assert_eq!(count("reqwest"), 1, "two HTTP stacks");
    assert_eq!(count("chrono"), 1);
    assert_eq!(count("sqlx"), 1);
}

// story: SE-06
#[test]
fn every_exception_has_a_reason_and_is_still_needed() {
    let deny = read("deny.toml");
    let names: HashSet<String> = locked().into_iter().map(|(name, _)| name).collect();
    for exception in deny["advisories"]["ignore"].as_array().unwrap() {
        let reason = exception["reason"].as_str().unwrap_or_default();
        assert!(reason.len() > 20, "{exception} says no reason");
    }
    // The exceptions are for what serenity brings; without it they must go.
    assert!(
        names.contains("serenity") && locked().iter().any(|(n, v)| n == "rustls-webpki" && v.starts_with("0.102."))
    );
    for denied in deny["bans"]["deny"].as_array().unwrap() {
        assert!(denied["reason"].as_str().unwrap_or_default().len() > 20, "{denied} says no reason");
    }
}
