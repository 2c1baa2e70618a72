//! Resting: memory of an idle process, with nothing and with 100,000 open conversations, and its time from start to ready.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use baton::domain::contact::Contact;
use baton::domain::conversation::Conversation;
use baton::domain::ids::{ChannelRef, ContactId, ConversationId, NumberId, Time, Wamid};
use baton::playground::discord::{self, Discord};
use baton::playground::meta::{self, Meta};
use baton::store::{Store, contact, conversation};

use super::setup::{self, Database};

const OPEN: i64 = 100_000;

// story: PF-03
pub async fn measure(database: &Database) {
    println!("\n{} · resting: the release program, idle for 3 s", database.name());
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let meta = Meta::start(any, meta::Options::default()).await.unwrap();
    let discord = Discord::start(any, discord::Options::default()).await.unwrap();
    for (what, open, asked) in [("nothing stored", 0, 40), ("100,000 open conversations", OPEN, 120)] {
        let folder = setup::folder();
        let url = database.fresh(&folder).await;
        fill(&url, open).await;
        let (ready_ms, resident_mb) = run(&folder, &url, &meta, &discord).await;
        println!(
            "  {what:<28} {resident_mb:>6.1} MB resident ({asked} asked)   start to ready {ready_ms:.0} ms (300 asked)"
        );
    }
}

async fn fill(url: &str, open: i64) {
    let store = Store::open(url).await.unwrap();
    store.migrate().await.unwrap();
    let numbers: Vec<i64> = (1..=open).collect();
    for chunk in numbers.chunks(5_000) {
        let mut tx = store.begin().await.unwrap();
        let contacts: Vec<Contact> = chunk.iter().map(|n| person(*n)).collect();
        contact::save(&mut tx, &contacts.iter().collect::<Vec<_>>()).await.unwrap();
        let conversations: Vec<Conversation> = chunk.iter().map(|n| open_conversation(*n)).collect();
        conversation::insert(&mut tx, &conversations.iter().collect::<Vec<_>>()).await.unwrap();
        let threads: Vec<(ConversationId, &str, String)> = chunk
            .iter()
            .map(|n| (ConversationId(*n), "thread", format!("{}", 1_200_000_000_000_000_000 + n)))
            .collect();
        let threads: Vec<(ConversationId, &str, &str)> =
            threads.iter().map(|(id, what, at)| (*id, *what, at.as_str())).collect();
        conversation::shown(&mut tx, &threads).await.unwrap();
        tx.commit().await.unwrap();
    }
    store.close().await;
}

fn person(n: i64) -> Contact {
    Contact {
        name: format!("Customer {n}"),
        bsuid: format!("US.{n}"),
        phone: format!("1555{n:07}"),
        ..Contact::new(ContactId(n), Time(1))
    }
}

fn open_conversation(n: i64) -> Conversation {
    let of = (ConversationId(n), ContactId(n), NumberId("900100200300400".to_owned()));
    let began = Time(1_795_369_055_000);
    Conversation {
        opening: "Hola, my bike has not arrived yet".to_owned(),
        waiting_since: began,
        due_at: began.plus_ms(900_000),
        last_inbound_at: began,
        last_inbound: Wamid(format!("wamid.{n}")),
        ..Conversation::new(of, ("t", ChannelRef("1".to_owned())), began)
    }
}

/// Milliseconds to ready, and megabytes resident.
async fn run(folder: &tempfile::TempDir, url: &str, meta: &Meta, discord: &Discord) -> (f64, f64) {
    let number = meta.add_number("+1 555 010 0001");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let channel = discord.add_channel("support");
    let config = format!(
        "[server]\nlisten = \"127.0.0.1:{port}\"\n[database]\nurl = \"{url}\"\n[media]\ndir = \"{}/media\"\n[whatsapp]\ngraph_url = \"{}\"\n\
         [[whatsapp.numbers]]\nid = \"{number}\"\nname = \"n\"\nteam = \"t\"\n[discord]\napi_url = \"{}\"\nguild = \"{}\"\n\
         [[teams]]\nname = \"t\"\nchannel = \"{channel}\"\n[roles]\nagent = [\"1\"]\n",
        folder.path().display(),
        meta.url(),
        discord.url(),
        discord.guild_id()
    );
    let file = folder.path().join("baton.toml");
    std::fs::write(&file, config).unwrap();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_baton"))
        .args(["run", "--config"])
        .arg(&file)
        .env("BATON_WHATSAPP_ACCESS_TOKEN", meta.access_token())
        .env("BATON_WHATSAPP_APP_SECRET", meta.app_secret())
        .env("BATON_WHATSAPP_VERIFY_TOKEN", meta.verify_token())
        .env("BATON_DISCORD_TOKEN", discord.token())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let client = reqwest::Client::new();
    let ready = format!("http://127.0.0.1:{port}/readyz");
    while !client.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
        assert!(begun.elapsed() < Duration::from_secs(60), "never ready");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let ready_ms = begun.elapsed().as_secs_f64() * 1000.0;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    let kb: f64 = resident.trim().trim_end_matches("kB").trim().parse().unwrap_or_default();
    child.kill().unwrap();
    child.wait().unwrap();
    (ready_ms, kb / 1024.0)
}
