//! The program as its operator meets it: starting, stopping, looking beside it, and configurations that cannot be used.

use baton::playground::meta::CustomerId;
use baton::playground::wire::Misbehaviour;

use super::{Day, moment, once};
use crate::on_discord;
use crate::process::Desk;
use crate::world::Db;

/// A desk under load, with its threads claimed.
async fn busy(desk: &Desk) -> Vec<(CustomerId, u64)> {
    let mut all = Vec::new();
    for n in 0..3 {
        let customer = desk.customer(&format!("Customer {n}"));
        let word = desk.says(customer);
        desk.until("a thread", |desk| desk.thread_with(&word).is_some()).await;
        let thread = desk.thread_with(&word).unwrap();
        assert!(desk.claims(desk.ana, thread).await);
        all.push((customer, thread));
    }
    for _ in 0..5 {
        talk(desk, &all);
    }
    all
}

fn talk(desk: &Desk, all: &[(CustomerId, u64)]) {
    for (customer, thread) in all {
        desk.says(*customer);
        desk.writes(desk.ana, *thread, *customer);
    }
}

async fn stopped_under_load(db: Db) {
    let Some(desk) = Desk::new(db).await else { return };
    let mut running = desk.run().await;
    let all = busy(&desk).await;
    for _ in 0..3 {
        talk(&desk, &all);
        moment(60).await;
        let status = running.terminate().await;
        assert_eq!(status.code(), Some(0), "{}", desk.log());
        talk(&desk, &all);
        running = desk.run().await;
    }
    let store = desk.store().await;
    desk.quiet(&store).await;
    let verdict = desk.verdict(&store).await;
    verdict.assert_good();
    assert_eq!(verdict.asked, 0, "what was under way was waited for");
    store.close().await;
    assert!(running.terminate().await.success());
    let log = desk.log();
    assert!(!log.contains("panicked"), "{log}");
}

// story: RL-08
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_under_load_on_sqlite() {
    stopped_under_load(Db::Sqlite).await;
}

// story: RL-08
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_under_load_on_postgres() {
    stopped_under_load(Db::Postgres).await;
}

on_discord! {
    // story: RL-08
    async fn stopped_while_a_call_is_under_way(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        once(w.meta.wire(), "POST", "/messages", 1, Misbehaviour::Delay { ms: 800 });
        for _ in 0..3 {
            day.writes(w.ana, thread, maria);
        }
        moment(300).await;
        let ledger = day.ledger;
        w.stop().await;
        assert_eq!(w.received(maria).len(), 2, "what was under way ended, and nothing more was begun");
        w.run().await;
        let day = Day { w: &w, ledger };
        day.ends_well().await;
        assert!(!w.texts(thread).iter().any(|text| text.contains('❓')), "{:?}", w.texts(thread));
    }
}

// story: RL-08, RL-04, OP-04
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_a_running_one() {
    for db in [Db::Sqlite, Db::Postgres] {
        let Some(desk) = Desk::new(db).await else { continue };
        let mut running = desk.run().await;
        let all = busy(&desk).await;
        desk.meta.raw("this is no JSON");
        let store = desk.store().await;
        desk.quiet(&store).await;

        let list = desk.output(&["dead-letters", "list"]);
        let listed = String::from_utf8_lossy(&list.stdout).into_owned();
        assert!(list.status.success() && listed.lines().count() == 1 && listed.starts_with('i'), "{listed}");
        let json = desk.output(&["dead-letters", "list", "--json"]);
        let letter: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        assert!(letter["content"].as_str().unwrap().contains("this is no JSON"));
        let name = listed.split_whitespace().next().unwrap().to_owned();
        let replayed = desk.output(&["dead-letters", "replay", &name]);
        assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
        assert!(String::from_utf8_lossy(&replayed.stdout).starts_with("1 put back"));
        desk.quiet(&store).await;
        let unknown = desk.output(&["dead-letters", "replay", "o999"]);
        assert_eq!(unknown.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no dead letter o999"));

        if db == Db::Sqlite {
            let second = desk.output(&["run"]);
            let told = String::from_utf8_lossy(&second.stderr).into_owned();
            assert_eq!(second.status.code(), Some(1));
            assert!(told.contains("another Baton runs on") && told.contains("stop it first"), "{told}");
        }
        talk(&desk, &all);
        desk.quiet(&store).await;
        desk.verdict(&store).await.assert_good();
        assert!(running.ended().is_none(), "{}", desk.log());
        store.close().await;
        assert!(running.terminate().await.success());
    }
}

// story: RL-05, OP-02
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_cannot_be_used_is_said_with_file_and_line() {
    let desk = Desk::new(Db::Sqlite).await.unwrap();
    let good = std::fs::read_to_string(desk.config()).unwrap();
    let cases = [
        (good.replace("grace_seconds", "grace_secnds"), ":3:", "did you mean `grace_seconds`?"),
        (good.replace("team = \"support\"", "team = \"suport\""), ":", "did you mean \"support\"?"),
        (good.replace("[server]", "[server"), ":1:", ""),
        (good.replace(desk.meta.url().as_str(), "http://graph.example"), ":", "is not https"),
    ];
    for (text, line, hint) in cases {
        std::fs::write(desk.config(), text).unwrap();
        for command in [&["run"][..], &["check", "--offline"]] {
            let output = desk.output(command);
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{told}");
            assert!(told.contains(&format!("baton.toml{line}")) && told.contains(hint), "{told}");
        }
    }
    std::fs::write(desk.config(), good).unwrap();
    let mut without = desk.command(&["run"]);
    let output = without.env_remove("BATON_DISCORD_TOKEN").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("BATON_DISCORD_TOKEN is not set"));
    // What could not be started left nothing behind that keeps the next start from working.
    let running = desk.run().await;
    assert!(running.terminate().await.success());
}

// story: OP-07, RL-05
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_named_all_at_once() {
    let desk = Desk::new(Db::Sqlite).await.unwrap();
    let variables = [
        "BATON_WHATSAPP_ACCESS_TOKEN",
        "BATON_WHATSAPP_APP_SECRET",
        "BATON_WHATSAPP_VERIFY_TOKEN",
        "BATON_DISCORD_TOKEN",
    ];
    let without_secrets = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        for variable in variables {
            command.env_remove(variable);
        }
        command.output().unwrap()
    };
    let (checked, run) = (without_secrets(&["check"]), without_secrets(&["run"]));
    assert_eq!((checked.status.code(), run.status.code()), (Some(3), Some(1)));
    let (checked, run) = (String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&run.stderr));
    for variable in variables {
        assert!(checked.contains(&format!("WRONG {variable} is not set")), "{checked}");
        assert!(run.contains(&format!("baton: {variable} is not set")), "{run}");
    }
    let list = desk.output(&["dead-letters", "list"]);
    let told = String::from_utf8_lossy(&list.stderr).into_owned();
    assert_eq!(list.status.code(), Some(1));
    assert!(told.contains("there is no database at") && told.contains("`baton migrate`"), "{told}");
    std::fs::remove_file(desk.config()).unwrap();
    let told = String::from_utf8_lossy(&desk.output(&["run"]).stderr).into_owned();
    assert!(told.contains("baton.toml") && told.matches("No such file").count() == 1, "{told}");
}
