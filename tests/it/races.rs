//! Any number of people who want the same conversation at the same instant: exactly one has it in each epoch.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use baton::app::{doctor, policy};
use baton::config::Config;
use baton::desk::policy::Policy;
use baton::desk::{self, Ids};
use baton::domain::contact::Who;
use baton::domain::content::{Around, Content};
use baton::domain::effect::Effect;
use baton::domain::event::{Button, CustomerDid, Event, FromCustomer, FromMember, Member, MemberDid};
use baton::domain::ids::{ChannelRef, ConversationId, InteractionRef, NumberId, Time, UserRef, Wamid};
use baton::domain::markup::Markup;
use baton::store::{Store, outbox, record};
use proptest::prelude::{Just, ProptestConfig, any, prop, prop_oneof};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::process::Desk;
use crate::world::Db;

const NOW: Time = Time(1_795_369_055_000);
/// A millisecond for each decision.
static BEAT: AtomicI64 = AtomicI64::new(0);

/// What somebody tries.
#[derive(Debug, Clone, Copy)]
enum Act {
    ClaimByButton,
    ClaimByCommand,
    Release,
    HandTo(usize),
    Accept,
    Assign(usize),
    Close,
    Reopen,
}

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    let act = prop_oneof![
        6 => Just(Act::ClaimByButton),
        6 => Just(Act::ClaimByCommand),
        2 => Just(Act::Release),
        2 => (0..8_usize).prop_map(Act::HandTo),
        2 => Just(Act::Accept),
        1 => (0..8_usize).prop_map(Act::Assign),
        1 => Just(Act::Close),
        1 => Just(Act::Reopen),
    ];
    prop::collection::vec((0..8_usize, act), 2..24)
}

fn rules(url: &str) -> Policy {
    let mut text = format!(
        "[database]\nurl = \"{url}\"\n[whatsapp]\n[[whatsapp.numbers]]\nid = \"1\"\nname = \"n\"\nteam = \"t\"\n[discord]\nguild = \"1\"\n\
         [[teams]]\nname = \"t\"\nchannel = \"1\"\nstrategy = \"least_loaded\"\n[roles]\nagent = [\"1\"]\nlead = [\"2\"]\n"
    );
    for n in 0..8 {
        // Half of them take what comes; the team's first message waits for whoever is faster.
        text.push_str(&format!(
            "[[agents]]\nname = \"a{n}\"\ndiscord = \"{}\"\nteams = [\"t\"]\ncapacity = 3\n",
            100 + n
        ));
    }
    policy::policy(&Config::parse("races.toml", &text).unwrap()).unwrap()
}

/// Decides in a transaction of its own, again and again while somebody else is faster.
async fn decide(store: &Store, policy: &Policy, salt: u16, event: Event) {
    for _ in 0..100 {
        let mut tx = store.begin().await.unwrap();
        let (mut ids, now) = (Ids::new(salt), NOW.plus_ms(BEAT.fetch_add(1, Ordering::SeqCst)));
        match desk::handle(&mut tx, &[vec![event.clone()]], policy, &mut ids, now).await {
            Ok(handled) => {
                assert_eq!(handled.refused, []);
                if tx.commit().await.is_ok() {
                    return;
                }
            }
            Err(_) => tx.undo().await,
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("it never came to a decision: {event:?}");
}

fn event(nth: u16, conversation: ConversationId, (who, act): (usize, Act)) -> Event {
    let interaction = InteractionRef(format!("{}{nth}:token", conversation.0));
    let lead = matches!(act, Act::Assign(_));
    let member = Member {
        user: UserRef((100 + who).to_string()),
        name: format!("Agent {who}"),
        roles: vec![if lead { "2" } else { "1" }.to_owned()],
    };
    let typed =
        |text: String| MemberDid::Commanded { interaction: interaction.clone(), channel: ChannelRef("9".into()), text };
    let id = conversation;
    let did = match act {
        Act::ClaimByButton => MemberDid::Clicked { interaction: interaction.clone(), button: Button::Claim(id) },
        Act::ClaimByCommand => typed(format!("claim #{id}")),
        Act::Release => typed(format!("release #{id}")),
        Act::HandTo(whom) => typed(format!("handoff #{id} @a{whom} please")),
        Act::Accept => MemberDid::Clicked { interaction: interaction.clone(), button: Button::Accept(id) },
        Act::Assign(whom) => typed(format!("assign #{id} @a{whom}")),
        Act::Close => typed(format!("close #{id}")),
        Act::Reopen => typed(format!("reopen #{id}")),
    };
    Event::Member(FromMember { member, at: NOW, did })
}

fn first_message(nth: i64) -> Event {
    Event::Customer(FromCustomer {
        number: NumberId("1".to_owned()),
        who: Who { phone: format!("1555{nth:07}"), name: "Maria".to_owned(), ..Who::default() },
        at: NOW,
        wamid: Wamid(format!("wamid.{nth}")),
        did: CustomerDid::Said {
            content: Content::Text { text: Markup::plain("Hola") },
            quote: None,
            around: Around::default(),
        },
    })
}

async fn sound(store: &Store) {
    let (_, _, findings) = doctor::examine(store).await.unwrap();
    let odd: Vec<_> = findings.iter().filter(|finding| !finding.odd.is_empty()).collect();
    assert!(odd.is_empty(), "{odd:#?}");
}

// story: CL-01, CL-02, RT-03
async fn any_number_of_people_want_it(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let Some(url) = crate::store::address(db, folder.path()).await else { return };
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let policy = Arc::new(rules(&url));
    decide(&store, &policy, 1, Event::Own(baton::domain::event::Own::Configured)).await;
    let mut runner = TestRunner::new(ProptestConfig::default());
    for case in 1..=25 {
        let acts = acts().new_tree(&mut runner).unwrap().current();
        let routed = any::<bool>().new_tree(&mut runner).unwrap().current();
        let case = ConversationId(case);
        let mut policy = (*policy).clone();
        if !routed {
            policy.teams.get_mut("t").unwrap().strategy = baton::domain::roster::Strategy::Manual;
        }
        let policy = Arc::new(policy);
        decide(&store, &policy, 2, first_message(case.0)).await;
        let tasks = (100_u16..).zip(acts.clone()).map(|(nth, act)| {
            let (store, policy) = (store.clone(), policy.clone());
            tokio::spawn(async move { decide(&store, &policy, nth, event(nth, case, act)).await })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        sound(&store).await;
        let entries = record::of(&store, case).await.unwrap();
        let claimed = entries.iter().filter(|e| e.how == "claimed").count();
        let told = answers(&store, case, acts.len()).await;
        let won = told.iter().filter(|text| text.starts_with(&format!("#{case} is yours"))).count();
        let handed = entries.iter().filter(|e| e.how == "handed_off").count();
        assert_eq!(won, claimed + handed, "case {case}: {acts:?}\n{told:#?}\n{entries:#?}");
    }
    store.close().await;
}

/// What everybody was told.
async fn answers(store: &Store, conversation: ConversationId, count: usize) -> Vec<String> {
    let mut tx = store.begin().await.unwrap();
    let mut told = Vec::new();
    for nth in 0..count {
        let lane = format!("i:{}{}", conversation.0, 100 + nth);
        for row in outbox::in_lane(&mut tx, &lane).await.unwrap() {
            if let Ok(Effect::Answer { reply, .. }) = serde_json::from_str(&row.effect) {
                told.push(reply.text.to_plain());
            }
        }
    }
    tx.undo().await;
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_number_of_people_want_it_sqlite() {
    any_number_of_people_want_it(Db::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_number_of_people_want_it_postgres() {
    any_number_of_people_want_it(Db::Postgres).await;
}

// story: CL-01, CL-02, RT-03
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_give_one_owner() {
    let Some(desk) = Desk::new(Db::Postgres).await else { return };
    let mut processes = vec![desk.run().await];
    for nth in 1..3 {
        processes.push(desk.run_beside(nth).await);
    }
    let agents: Vec<u64> = (0..12).map(|n| desk.discord.add_user(&format!("Agent {n}"), &[desk.agent_role])).collect();
    let customers: Vec<_> =
        (0..4).map(|n| desk.meta.customer(&format!("Customer {n}"), &format!("+1555123000{n}"))).collect();
    for customer in &customers {
        desk.meta.says(*customer, &desk.number, "Hello");
    }
    let cards = |desk: &Desk| desk.discord.messages(desk.support).into_iter().filter(|m| !m.embeds.is_empty()).count();
    desk.until("four cards", |desk| cards(desk) == customers.len()).await;
    let claims = agents.iter().flat_map(|agent| (1..=4).map(move |number| (*agent, number)));
    let told = claims.map(|(agent, number)| {
        let claim = desk.discord.command(agent, desk.support, "claim", &json!({ "number": number })).unwrap();
        let discord = desk.discord.clone();
        async move { (number, discord.answer(claim, Duration::from_secs(20)).await.unwrap().text().to_owned()) }
    });
    let told = futures::future::join_all(told.collect::<Vec<_>>()).await;
    for number in 1..=4 {
        let here: Vec<&String> = told.iter().filter(|(n, _)| *n == number).map(|(_, text)| text).collect();
        let won = here.iter().filter(|text| text.contains("is yours")).count();
        assert_eq!((won, here.len()), (1, agents.len()), "{here:#?}");
        assert!(here.iter().all(|text| text.contains("is yours") || text.contains(" took it ")), "{here:#?}");
    }
    let examined = desk.output(&["doctor"]);
    assert!(examined.status.success(), "{}", String::from_utf8_lossy(&examined.stdout));
    for process in processes {
        assert!(process.terminate().await.success());
    }
}
