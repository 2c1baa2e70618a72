//! Deadlines and lists with few and with many open conversations: what a message costs whose clocks follow, what an alarm
//! that is due costs, and what `/load` and `/unassigned` cost for a team of fifty.

use std::fmt::Write;
use std::time::Instant;

use baton::app::policy;
use baton::config::Config;
use baton::desk::policy::Policy;
use baton::desk::{self, Ids};
use baton::domain::calendar::{Calendar, CalendarSpec};
use baton::domain::clocks::{Clocks, Kept};
use baton::domain::contact::{Contact, Who};
use baton::domain::content::{Around, Content};
use baton::domain::conversation::{Conversation, Ownership};
use baton::domain::event::{CustomerDid, Event, FromCustomer, FromMember, Member, MemberDid, Own};
use baton::domain::ids::{
    AgentId, ChannelRef, ContactId, ConversationId, InteractionRef, NumberId, ThreadRef, Time, UserRef, Wamid,
};
use baton::domain::markup::Markup;
use baton::store::{Store, clock, contact, conversation};

use super::setup::{self, Database};

const FEW: i64 = 1_000;
const MANY: i64 = 1_000_000;
/// Conversations of the team that is looked at, and its people.
const OF_TEAM: i64 = 300;
const PEOPLE: i64 = 50;
const NOW: Time = Time(1_795_369_055_000);

// story: PF-04
pub async fn measure(database: &Database) {
    println!(
        "\n{} · clocks: {FEW} and {MANY} open conversations, {OF_TEAM} of them in a team of {PEOPLE}",
        database.name()
    );
    println!("  the deadline of a year of open time, with holidays: {:.1} µs (50 asked)", year());
    let few = with(database, FEW).await;
    let many = with(database, MANY).await;
    let names = ["a further message and its clocks", "10 alarms that are due", "/load", "/unassigned"];
    for (nth, name) in names.into_iter().enumerate() {
        println!(
            "  {name:<34} p50 {:>6.2} ms with {FEW}, {:>6.2} ms with {MANY} (20 asked), ratio {:.2}",
            few[nth],
            many[nth],
            many[nth] / few[nth]
        );
    }
}

/// Microseconds for one deadline of 250 open days.
fn year() -> f64 {
    let mut text = "zone = \"Europe/Berlin\"\nholidays = [".to_owned();
    for month in 1..=12 {
        let _ = write!(text, "\"2026-{month:02}-10\", \"2027-{month:02}-10\", ");
    }
    text.push_str("]\n");
    for day in ["mon", "tue", "wed", "thu", "fri"] {
        let _ = writeln!(text, "weekly.{day} = [[\"09:00\", \"12:30\"], [\"13:30\", \"18:00\"]]");
    }
    let calendar = Calendar::new(&toml::from_str::<CalendarSpec>(&text).unwrap()).unwrap();
    let rounds: u32 = 5_000;
    let begun = Instant::now();
    for n in 0..rounds {
        let start = NOW.plus_ms(i64::from(n) * 1_000);
        std::hint::black_box(calendar.deadline(std::hint::black_box(start), 250 * 8 * 3600, &[]).unwrap());
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
}

fn config(url: &str) -> Config {
    let mut text = format!(
        "[database]\nurl = \"{url}\"\n[whatsapp]\n[[whatsapp.numbers]]\nid = \"1\"\nname = \"n\"\nteam = \"t\"\n\
         [discord]\nguild = \"1\"\n[[teams]]\nname = \"t\"\nchannel = \"1\"\n[roles]\nagent = [\"1\"]\n"
    );
    for n in 0..PEOPLE {
        let _ = writeln!(text, "[[agents]]\nname = \"a{n}\"\ndiscord = \"{}\"\nteams = [\"t\"]", 1_000_000 + n);
    }
    Config::parse("bench.toml", &text).unwrap()
}

/// Milliseconds for each of the four, with so many open conversations.
async fn with(database: &Database, open: i64) -> [f64; 4] {
    let folder = setup::folder();
    let url = database.fresh(&folder).await;
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let policy = policy::policy(&config(&url)).unwrap();
    let mut ids = Ids::new(1);
    decide(&store, &policy, &mut ids, Event::Own(Own::Configured), NOW).await;
    let mut tx = store.begin().await.unwrap();
    let people: Vec<AgentId> = baton::store::agent::all(&mut tx).await.unwrap().iter().map(|agent| agent.id).collect();
    drop(tx);
    fill(&store, &policy, &people, open).await;
    let mut took = [const { Vec::new() }; 4];
    for n in 0..60_i64 {
        took[0].push(decide(&store, &policy, &mut ids, again(1 + n), NOW.plus_ms(60_000)).await);
        // Three of ten are due at four fifths, at the deadline and after it.
        let due = NOW.plus_ms(12 * 60_000 + n);
        let begun = Instant::now();
        let woken = baton::store::queue::waking(&store, due, 10).await.unwrap();
        assert_eq!(woken.len(), 10);
        let mut spent = begun.elapsed().as_secs_f64() * 1000.0;
        let events = woken.iter().map(|at| Event::Own(Own::Woke { conversation: ConversationId(at.id), at: due }));
        spent += all(&store, &policy, &mut ids, events.collect(), due).await;
        took[1].push(spent);
        took[2].push(decide(&store, &policy, &mut ids, typed(n, "load t"), NOW).await);
        took[3].push(decide(&store, &policy, &mut ids, typed(1_000 + n, "unassigned t"), NOW).await);
    }
    store.close().await;
    took.map(|mut each| {
        // The first ones prepare the statements.
        let mut each = each.split_off(10);
        each.sort_by(f64::total_cmp);
        setup::percentile(&each, 0.5)
    })
}

async fn decide(store: &Store, policy: &Policy, ids: &mut Ids, event: Event, now: Time) -> f64 {
    all(store, policy, ids, vec![event], now).await
}

/// Milliseconds from the beginning of a transaction to its commit.
async fn all(store: &Store, policy: &Policy, ids: &mut Ids, events: Vec<Event>, now: Time) -> f64 {
    let groups: Vec<Vec<Event>> = events.into_iter().map(|event| vec![event]).collect();
    let begun = Instant::now();
    let mut tx = store.begin().await.unwrap();
    let handled = desk::handle(&mut tx, &groups, policy, ids, now).await.unwrap();
    assert_eq!(handled.refused, []);
    tx.commit().await.unwrap();
    begun.elapsed().as_secs_f64() * 1000.0
}

/// Open conversations whose customers wait since now, as the desk would have left them; the first are the team's.
async fn fill(store: &Store, policy: &Policy, people: &[AgentId], open: i64) {
    let numbers: Vec<i64> = (1..=open).collect();
    for chunk in numbers.chunks(5_000) {
        let mut tx = store.begin().await.unwrap();
        let contacts: Vec<Contact> = chunk.iter().map(|n| person(*n)).collect();
        contact::save(&mut tx, &contacts.iter().collect::<Vec<_>>()).await.unwrap();
        let aliases: Vec<_> =
            contacts.iter().map(|one| (baton::domain::contact::AliasKind::Phone, one.phone.clone(), one.id)).collect();
        contact::save_aliases(&mut tx, &aliases).await.unwrap();
        let (conversations, kept): (Vec<Conversation>, Vec<Vec<Kept>>) =
            chunk.iter().map(|n| waiting(policy, people, *n)).unzip();
        conversation::insert(&mut tx, &conversations.iter().collect::<Vec<_>>()).await.unwrap();
        for kept in kept.concat().chunks(200) {
            clock::keep(&mut tx, kept).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    let mut tx = store.begin().await.unwrap();
    conversation::numbers_used(&mut tx, open + 1).await.unwrap();
    tx.commit().await.unwrap();
}

fn person(n: i64) -> Contact {
    Contact { name: format!("Customer {n}"), phone: format!("1555{n:07}"), ..Contact::new(ContactId(n), NOW) }
}

fn waiting(policy: &Policy, people: &[AgentId], n: i64) -> (Conversation, Vec<Kept>) {
    let of = (ConversationId(n), ContactId(n), NumberId("1".to_owned()));
    let team = if n <= OF_TEAM { "t".to_owned() } else { format!("x{}", n % 1000) };
    let mut one = Conversation {
        opening: "Hola, my bike has not arrived yet".to_owned(),
        thread: ThreadRef(format!("{}", 1_200_000_000_000_000_000 + n)),
        ..Conversation::new(of, (&team, ChannelRef("1".to_owned())), NOW)
    };
    let targets = policy.targets(&team, one.priority);
    one.customer_wrote(NOW, &Wamid(format!("wamid.{n}")), NOW, &targets);
    // Half of the team's are somebody's.
    if n <= OF_TEAM / 2 {
        let nth = usize::try_from(n).unwrap_or_default() % people.len();
        one.ownership = Ownership::Owned { by: people[nth], since: NOW };
    }
    let kept = Clocks::follow(None, &mut one, (&targets, &policy.terms(&team).ladder), NOW);
    (one, kept)
}

fn again(n: i64) -> Event {
    let text = Content::Text { text: Markup::plain("Hello? Is anybody there?") };
    Event::Customer(FromCustomer {
        number: NumberId("1".to_owned()),
        who: Who { phone: format!("1555{n:07}"), name: format!("Customer {n}"), ..Who::default() },
        at: NOW.plus_ms(60_000),
        wamid: Wamid(format!("wamid.again.{n}")),
        did: CustomerDid::Said { content: text, quote: None, around: Around::default() },
    })
}

fn typed(n: i64, text: &str) -> Event {
    Event::Member(FromMember {
        member: Member { user: UserRef("1000000".to_owned()), name: "a0".to_owned(), roles: vec!["1".to_owned()] },
        at: NOW,
        did: MemberDid::Commanded {
            interaction: InteractionRef(format!("{n}:token")),
            channel: ChannelRef("1".to_owned()),
            text: text.to_owned(),
        },
    })
}
