//! What `baton why`, `baton doctor`, `baton report` and `baton check` tell on the command line.

use sqlx::Connection;

use crate::process::Desk;
use crate::world::Db;

/// A desk whose team finds owners by itself.
async fn desk(db: Db) -> Option<Desk> {
    let desk = Desk::new(db).await?;
    let text = std::fs::read_to_string(desk.config()).unwrap();
    let text =
        text.replace("[[teams]]\nname = \"support\"\n", "[[teams]]\nname = \"support\"\nstrategy = \"least_loaded\"\n");
    let people = [("ana", desk.ana), ("ben", desk.ben)];
    let people = people.map(|(name, user)| {
        format!("[[agents]]\nname = \"{name}\"\ndiscord = \"{user}\"\nteams = [\"support\"]\ncapacity = 2\n")
    });
    let rules =
        "[[rules]]\nname = \"bikes\"\nwhen = { words = [\"bike\"] }\npriority = \"high\"\n[[rules]]\nname = \"rest\"\n";
    std::fs::write(desk.config(), format!("{text}{}{rules}", people.concat())).unwrap();
    Some(desk)
}

fn told(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

async fn a_decision_is_explained_and_made_again(db: Db) {
    let Some(desk) = desk(db).await else { return };
    let _running = desk.run().await;
    // Who works here is known before anybody writes.
    let store = desk.store().await;
    desk.quiet(&store).await;
    let maria = desk.customer("Maria");
    desk.meta.says(maria, &desk.number, "Is the blue bike still there?");
    desk.until("a card", |desk| desk.discord.messages(desk.support).iter().any(|m| !m.embeds.is_empty())).await;
    desk.quiet(&store).await;

    let why = desk.output(&["why", "1", "--recompute"]);
    let text = told(&why);
    assert!(why.status.success(), "{text}");
    for part in
        ["#1 went to Ana, one of 2 who could", "Rule 1 “bikes”", "word “bike”", "- Ana 0 of 2", "it comes to the same"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = desk.output(&["why", "1", "--json"]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((&value["same"], &value["inputs"]["rule"]), (&true.into(), &0.into()));
    assert!(!value.to_string().contains("blue"), "no word of a customer is in a decision");
    assert_eq!(desk.output(&["why", "7"]).status.code(), Some(1));
    assert!(told(&desk.output(&["why", "7"])).contains("there is no conversation #7"));

    // Other rules than those it was made by are said to be.
    let text = std::fs::read_to_string(desk.config()).unwrap();
    std::fs::write(desk.config(), text.replace("words = [\"bike\"]", "words = [\"car\"]")).unwrap();
    let why = desk.output(&["why", "1", "--recompute"]);
    assert!(why.status.success() && told(&why).contains("The rules have changed"), "{}", told(&why));

    let doctor = desk.output(&["doctor"]);
    assert!(
        doctor.status.success() && told(&doctor).contains("1 conversations, 1 changes of owner"),
        "{}",
        told(&doctor)
    );
    spoil(&desk.url).await;
    let doctor = desk.output(&["doctor"]);
    assert_eq!(doctor.status.code(), Some(3));
    assert!(told(&doctor).contains("WRONG everybody's load is what they own"), "{}", told(&doctor));
    store.close().await;
}

/// Somebody's load is no longer what they own.
async fn spoil(url: &str) {
    let wrong = "update agent set load = 2 where load = 1";
    if let Some(file) = url.strip_prefix("sqlite://") {
        let mut db = sqlx::SqliteConnection::connect(file).await.unwrap();
        sqlx::query(wrong).execute(&mut db).await.unwrap();
    } else {
        let mut db = sqlx::PgConnection::connect(url).await.unwrap();
        sqlx::query(wrong).execute(&mut db).await.unwrap();
    }
}

// story: RT-08, CL-02
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_is_explained_and_made_again_sqlite() {
    a_decision_is_explained_and_made_again(Db::Sqlite).await;
}

// story: RT-08, CL-02
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_is_explained_and_made_again_postgres() {
    a_decision_is_explained_and_made_again(Db::Postgres).await;
}

// story: RT-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_hardly_be_meant_is_named() {
    let Some(desk) = desk(Db::Sqlite).await else { return };
    assert!(desk.output(&["check", "--offline"]).status.success(), "{}", told(&desk.output(&["check", "--offline"])));
    let text = std::fs::read_to_string(desk.config()).unwrap();
    let more = "[[rules]]\nname = \"late\"\nwhen = { words = [\"helmet\"] }\nskills = [\"juggling\"]\n\
                [[teams]]\nname = \"lost\"\nchannel = \"7\"\nstrategy = \"round_robin\"\n\
                [[agents]]\nname = \"eve\"\nteams = [\"lost\"]\n";
    std::fs::write(desk.config(), text + more).unwrap();
    let check = desk.output(&["check", "--offline"]);
    let said = told(&check);
    assert_eq!(check.status.code(), Some(3), "{said}");
    for part in [
        "rule 3 “late” can never match: rule 2 “rest” before it takes all that it would",
        "rule 3 “late” asks for the skill \"juggling\", which nobody has",
        "nothing goes to the team lost but what is handed to it",
        "eve has no user id on Discord, where the team lost works",
    ] {
        assert!(said.contains(&format!("WRONG {part}")), "{part}\n{said}");
    }
}

async fn a_period_is_told_and_written(db: Db) {
    let Some(desk) = desk(db).await else { return };
    // Names that a spreadsheet would take for a formula.
    let text = std::fs::read_to_string(desk.config()).unwrap();
    std::fs::write(desk.config(), text.replace("\"support\"", "\"=support\"")).unwrap();
    let _running = desk.run().await;
    let maria = desk.customer("Maria");
    desk.meta.says(maria, &desk.number, "Is the blue bike still there?");
    let store = desk.store().await;
    desk.until("a card", |desk| desk.discord.messages(desk.support).iter().any(|m| !m.embeds.is_empty())).await;
    desk.quiet(&store).await;

    let (csv, out) = (desk.folder().join("one.csv"), desk.folder().join("out"));
    let report = desk.output(&[
        "report",
        "--team",
        "=SUPPORT",
        "--period",
        "2d",
        "--csv",
        csv.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]);
    let said = told(&report);
    assert!(report.status.success(), "{said}");
    assert!(said.starts_with("=support, ") && said.contains("one conversation began, 0 were closed."), "{said}");
    assert_eq!(std::fs::read(out.join("report.txt")).unwrap(), report.stdout);
    let rows = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(std::fs::read_to_string(out.join("conversations.csv")).unwrap(), rows);
    let mut table = csv::Reader::from_path(&csv).unwrap();
    let columns = table.headers().unwrap().clone();
    let lines: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let cell = |name: &str| lines[0][columns.iter().position(|c| c == name).unwrap()].to_owned();
    assert_eq!(lines.len(), 1);
    assert_eq!((cell("conversation").as_str(), cell("team").as_str()), ("1", "'=support"));
    assert_eq!((cell("first_owner").as_str(), cell("owner").as_str(), cell("state").as_str()), ("Ana", "Ana", "owned"));
    assert_eq!((cell("owner_after_s").as_str(), cell("first_answer_after_s").as_str()), ("0", ""));
    assert!(!rows.contains("Maria") && !rows.contains("1555"), "who the customer is stays inside: {rows}");
    let days: Vec<csv::StringRecord> =
        csv::Reader::from_path(out.join("days.csv")).unwrap().records().map(Result::unwrap).collect();
    assert_eq!(days.len(), 2);
    assert_eq!(days.iter().map(|day| day[1].parse::<i64>().unwrap()).sum::<i64>(), 1);

    assert!(told(&desk.output(&["report", "--agent", "@ana"])).contains("one conversation was given to them"));
    for (arguments, part) in [
        (["report", "--period", "soon"], "“soon” is no period: write today"),
        (["report", "--team", "sales"], "there is no team sales: there is =support"),
        (["report", "--agent", "nobody"], "nobody is called nobody"),
    ] {
        let wrong = desk.output(&arguments);
        assert_eq!(wrong.status.code(), Some(1));
        assert!(told(&wrong).contains(part), "{}", told(&wrong));
    }
    store.close().await;
}

// story: VI-06
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_period_is_told_and_written_sqlite() {
    a_period_is_told_and_written(Db::Sqlite).await;
}

// story: VI-06
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_period_is_told_and_written_postgres() {
    a_period_is_told_and_written(Db::Postgres).await;
}
