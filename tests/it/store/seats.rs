//! Seats and the order in them, queues, decisions, templates and ratings.

use baton::domain::clocks::Clocks;
use baton::domain::contact::Contact;
use baton::domain::conversation::{Conversation, How};
use baton::domain::ids::{AgentId, ChannelRef, ContactId, ConversationId, NumberId, Time, UserRef};
use baton::domain::passing::Hold;
use baton::domain::roster::{Availability, Duty, Ramp, Standing, Strategy};
use baton::domain::template::Template;
use baton::domain::workspace::Users;
use baton::store::agent::Agent;
use baton::store::decision::Stored;
use baton::store::rating::Rating;
use baton::store::seat::Seated;
use baton::store::{Tx, agent, contact, conversation, decision, queue, rating, seat, template};

use super::{NOW, keep, targeted};
use crate::store_test;

fn person(id: i64) -> Agent {
    Agent {
        id: AgentId(id),
        name: format!("Agent {id}"),
        users: Users::of(UserRef(format!("4{id}"))),
        key: format!("agent{id}"),
        rank: "agent".to_owned(),
        duty: Duty::new(5),
    }
}

/// So many people who all sit in the team `support`.
async fn team(tx: &mut Tx, ids: std::ops::RangeInclusive<i64>) {
    let people: Vec<Agent> = ids.map(person).collect();
    keep(tx, &people.iter().collect::<Vec<_>>()).await;
    let seats: Vec<_> = people.iter().map(|agent| ("support", agent.id, "config")).collect();
    seat::sit(tx, &seats).await.unwrap();
}

fn ready(id: i64, share: i64, assigned: i64, idle: i64) -> Seated {
    (AgentId(id), Standing::Ready, share, assigned, idle)
}

async fn order(tx: &mut Tx, strategy: Strategy, skills: &[&str], limit: usize) -> Vec<(i64, i64)> {
    let skills: Vec<String> = skills.iter().map(|skill| (*skill).to_owned()).collect();
    let found = seat::nearest(tx, "support", strategy, &skills, limit).await.unwrap();
    found.into_iter().map(|(agent, level)| (agent.0, level)).collect()
}

store_test! {
    // story: RT-02
    async fn each_strategy_reads_its_own_order(store) {
        let mut tx = store.begin().await.unwrap();
        team(&mut tx, 1..=5).await;
        assert_eq!(order(&mut tx, Strategy::RoundRobin, &[], 9).await, [], "whoever is new stands as gone");
        let stands = [
            ready(1, 5_000, 30, 3), ready(2, 2_500, 20, 9), ready(3, 2_500, 10, 1), ready(4, 5_000, 30, 3),
            (AgentId(5), Standing::Full, 0, 0, 0),
        ];
        seat::stand(&mut tx, &stands, &[]).await.unwrap();
        let alone = |ids: [i64; 4]| ids.map(|id| (id, 0)).to_vec();
        assert_eq!(order(&mut tx, Strategy::LeastLoaded, &[], 9).await, alone([3, 2, 1, 4]));
        assert_eq!(order(&mut tx, Strategy::RoundRobin, &[], 9).await, alone([3, 2, 1, 4]));
        assert_eq!(order(&mut tx, Strategy::LongestIdle, &[], 9).await, alone([3, 1, 4, 2]));
        assert_eq!(order(&mut tx, Strategy::LeastLoaded, &[], 2).await, [(3, 0), (2, 0)]);
        let ways = [Standing::Full, Standing::Away];
        assert_eq!(seat::standing(&mut tx, "support", &ways, 9).await.unwrap(), [(AgentId(5), Standing::Full)]);
        assert_eq!(seat::standing(&mut tx, "billing", &ways, 9).await.unwrap(), []);
        let mut counts = seat::counts(&mut tx, "support").await.unwrap();
        counts.sort_unstable();
        assert_eq!(counts, [(Standing::Ready, 4), (Standing::Full, 1)]);
    }
}

store_test! {
    // story: RT-02, RT-03
    async fn skills_come_before_the_strategy(store) {
        let mut tx = store.begin().await.unwrap();
        team(&mut tx, 1..=4).await;
        seat::stand(&mut tx, &[ready(1, 0, 0, 0), ready(2, 10, 1, 1), ready(3, 20, 2, 2), ready(4, 30, 3, 3)], &[]).await.unwrap();
        let all: Vec<AgentId> = (1..=4).map(AgentId).collect();
        let skills = [
            (AgentId(1), "spanish", 1), (AgentId(2), "spanish", 3), (AgentId(2), "refunds", 1), (AgentId(3), "spanish", 2),
            (AgentId(3), "refunds", 2),
        ];
        seat::learn(&mut tx, &all, &skills).await.unwrap();
        assert_eq!(order(&mut tx, Strategy::LeastLoaded, &["spanish"], 9).await, [(2, 3), (3, 2), (1, 1)]);
        assert_eq!(order(&mut tx, Strategy::LeastLoaded, &["spanish", "refunds"], 9).await, [(3, 2), (2, 1)]);
        assert_eq!(order(&mut tx, Strategy::LongestIdle, &["boats"], 9).await, []);
        let spanish = ["spanish".to_owned(), "refunds".to_owned()];
        let mut levels = seat::levels(&mut tx, &spanish, &all).await.unwrap();
        levels.sort_unstable();
        assert_eq!(levels, [(AgentId(2), 1), (AgentId(3), 2)]);
        // What somebody learns takes the place of what they knew.
        seat::learn(&mut tx, &[AgentId(2)], &[(AgentId(2), "boats", 1)]).await.unwrap();
        assert_eq!(order(&mut tx, Strategy::RoundRobin, &["spanish"], 9).await, [(3, 2), (1, 1)]);
        assert_eq!(order(&mut tx, Strategy::RoundRobin, &["boats"], 9).await, [(2, 1)]);
    }
}

store_test! {
    // story: CL-08
    async fn seats_are_given_and_taken(store) {
        let mut tx = store.begin().await.unwrap();
        team(&mut tx, 1..=2).await;
        seat::sit(&mut tx, &[("billing", AgentId(1), "role"), ("support", AgentId(2), "role")]).await.unwrap();
        let teams = async |tx: &mut Tx| {
            let found = seat::of(tx, &[AgentId(1), AgentId(2)]).await.unwrap();
            let mut found: Vec<_> = found.iter().map(|s| format!("{} {} {}", s.agent, s.team, s.source)).collect();
            found.sort_unstable();
            found
        };
        assert_eq!(teams(&mut tx).await, ["1 billing role", "1 support config", "2 support role"]);
        seat::stand(&mut tx, &[ready(1, 7, 8, 9)], &[]).await.unwrap();
        seat::rise(&mut tx, &[("support", AgentId(1)), ("billing", AgentId(2))]).await.unwrap();
        assert_eq!(teams(&mut tx).await, ["1 billing role", "2 support role"]);
        let billing = seat::nearest(&mut tx, "billing", Strategy::LeastLoaded, &[], 5).await.unwrap();
        assert_eq!(billing, [(AgentId(1), 0)], "how somebody stands counts in all their seats");
        // What is counted goes with it, however often the same is said.
        let counts = async |tx: &mut Tx, team: &str| seat::counts(tx, team).await.unwrap();
        assert_eq!(counts(&mut tx, "support").await, [(Standing::Gone, 1)]);
        assert_eq!(counts(&mut tx, "billing").await, [(Standing::Ready, 1)]);
        seat::sit(&mut tx, &[("support", AgentId(1), "config"), ("billing", AgentId(1), "config")]).await.unwrap();
        seat::stand(&mut tx, &[ready(1, 1, 1, 1), ready(2, 1, 1, 1)], &[]).await.unwrap();
        seat::stand(&mut tx, &[ready(1, 2, 2, 2), ready(2, 2, 2, 2)], &[]).await.unwrap();
        assert_eq!(counts(&mut tx, "support").await, [(Standing::Ready, 2)]);
        assert_eq!(counts(&mut tx, "billing").await, [(Standing::Ready, 1)]);
        seat::rise(&mut tx, &[("billing", AgentId(1)), ("billing", AgentId(2))]).await.unwrap();
        assert_eq!(counts(&mut tx, "billing").await, []);
    }
}

store_test! {
    // story: RT-03, CL-08
    async fn a_persons_duty_is_kept_whole(store) {
        let mut tx = store.begin().await.unwrap();
        let duty = Duty {
            capacity: 4,
            load: 3,
            availability: Availability::Away { until: NOW.plus_ms(5), why: "lunch".to_owned() },
            on_shift: false,
            here: false,
            turns_at: NOW.plus_ms(5),
            assigned_at: NOW.plus_ms(-7),
            idle_since: NOW.plus_ms(-3),
            ramp: Ramp { since: NOW, given: 2 },
        };
        let ana = Agent { duty, ..person(1) };
        keep(&mut tx, &[&ana, &person(2)]).await;
        assert_eq!(agent::by_id(&mut tx, &[AgentId(1)]).await.unwrap(), std::slice::from_ref(&ana));
        let names = ["agent1".to_owned(), "agent 2".to_owned(), "nobody".to_owned()];
        let mut named = agent::by_name(&mut tx, &names).await.unwrap();
        named.sort_by_key(|agent| agent.id);
        assert_eq!(named, [ana, person(2)], "by the configuration's name or the one that is shown");
        assert_eq!(agent::all(&mut tx).await.unwrap().len(), 2);
        tx.commit().await.unwrap();
        assert_eq!(agent::turned(&store, NOW.plus_ms(4), 9).await.unwrap(), []);
        let turned = agent::turned(&store, NOW.plus_ms(5), 9).await.unwrap();
        assert_eq!(turned.iter().map(|at| (at.id, at.at)).collect::<Vec<_>>(), [(1, NOW.0 + 5)]);
        let loaded = agent::loaded(&store).await.unwrap();
        assert_eq!(loaded.iter().map(|one| (one.key.as_str(), one.n)).collect::<Vec<_>>(), [("agent1", 3)]);
        let like = agent::like(&store, "agent", 9).await.unwrap();
        assert_eq!(like, [person(2)], "whoever is not here is not offered");
    }
}

store_test! {
    // story: OP-05, CL-08
    async fn two_may_swap_their_names(store) {
        let mut tx = store.begin().await.unwrap();
        keep(&mut tx, &[&person(1), &person(2)]).await;
        let swapped = [Agent { key: "agent2".to_owned(), ..person(1) }, Agent { key: "agent1".to_owned(), ..person(2) }];
        agent::forget_identity(&mut tx, &[AgentId(1), AgentId(2)]).await.unwrap();
        keep(&mut tx, &[&swapped[0], &swapped[1]]).await;
        let mut found = agent::all(&mut tx).await.unwrap();
        assert_eq!(found, swapped);
        // Another account is the only one from then on.
        let moved = Agent { users: Users::of(UserRef::from("77")), ..swapped[0].clone() };
        agent::forget_identity(&mut tx, &[AgentId(1)]).await.unwrap();
        keep(&mut tx, &[&moved]).await;
        found = agent::all(&mut tx).await.unwrap();
        assert_eq!(found, [moved, swapped[1].clone()]);
    }
}

/// A conversation in the queue of `support`, due at so many milliseconds.
fn waiting(id: i64, due: i64, since: i64) -> Conversation {
    let of = (ConversationId(id), ContactId(id), NumberId("900".to_owned()));
    Conversation {
        waiting_since: Time(since),
        due_at: Time(due),
        last_inbound_at: Time(since),
        clocks: Clocks { closing_told: Time(since).plus_ms(24 * 3_600_000), ..Clocks::default() },
        ..Conversation::new(of, ("support", ChannelRef::from("77")), NOW)
    }
}

async fn put(tx: &mut Tx, conversations: &[Conversation]) {
    let contacts: Vec<Contact> = conversations.iter().map(|c| Contact::new(c.contact, NOW)).collect();
    contact::save(tx, &contacts.iter().collect::<Vec<_>>()).await.unwrap();
    conversation::insert(tx, &conversations.iter().collect::<Vec<_>>()).await.unwrap();
}

store_test! {
    // story: RT-06, RT-07
    async fn a_queue_is_in_the_order_of_urgency(store) {
        let mut tx = store.begin().await.unwrap();
        let mut held = waiting(6, 1, 1);
        held.passing.hold = Some(Hold::Pending);
        let mut kept = waiting(7, 1, 1);
        kept.passing.wait = Some(baton::domain::routing::Wait::Vip);
        let mut elsewhere = waiting(8, 1, 1);
        elsewhere.team = "billing".to_owned();
        let all = [
            waiting(1, 900, 100), waiting(2, 500, 400), waiting(3, 900, 90), waiting(4, 500, 400), waiting(5, 0, 0), held, kept,
            elsewhere,
        ];
        put(&mut tx, &all).await;
        let ids = |found: Vec<ConversationId>| found.into_iter().map(|id| id.0).collect::<Vec<_>>();
        assert_eq!(ids(queue::of_team(&mut tx, "support", 0, 9).await.unwrap()), [2, 4, 3, 1]);
        assert_eq!(ids(queue::of_team(&mut tx, "support", 1, 2).await.unwrap()), [4, 3]);
        assert_eq!(queue::of_team(&mut tx, "support", 4, 9).await.unwrap(), []);
        let mut teams = queue::waiting(&mut tx, &["support", "billing", "backoffice"]).await.unwrap();
        teams.sort_unstable();
        assert_eq!(teams, ["billing", "support"]);
    }
}

store_test! {
    // story: CL-06, SL-04
    async fn what_somebody_owns_and_what_time_wakes(store) {
        let mut tx = store.begin().await.unwrap();
        put(&mut tx, &[waiting(1, 900, 100), waiting(2, 0, 0), waiting(3, 800, 50)]).await;
        for id in 1..=3 {
            let one = conversation::by_id(&mut tx, &[ConversationId(id)]).await.unwrap().remove(0);
            let given = baton::domain::conversation::Given { to: AgentId(9), by: AgentId(9), how: How::Claimed, note: "", knows: true };
            let (owned, _) = targeted(|targets| one.give(given, NOW, targets)).unwrap();
            conversation::update(&mut tx, &[&owned]).await.unwrap();
        }
        let owned = async |tx: &mut Tx, waiting: bool, after: i64, limit: i64| {
            let found = queue::owned(tx, AgentId(9), waiting, ConversationId(after), limit).await.unwrap();
            found.into_iter().map(|id| id.0).collect::<Vec<_>>()
        };
        assert_eq!(owned(&mut tx, false, 0, 9).await, [1, 2, 3]);
        assert_eq!(owned(&mut tx, true, 0, 9).await, [1, 3]);
        assert_eq!(owned(&mut tx, false, 1, 1).await, [2]);
        tx.commit().await.unwrap();
        let woken = queue::waking(&store, NOW.plus_ms(199), 9).await.unwrap();
        assert_eq!(woken, [], "halfway is after 200 ms");
        let woken = queue::waking(&store, NOW.plus_ms(200), 9).await.unwrap();
        let mut ids: Vec<(i64, i64)> = woken.iter().map(|at| (at.id, at.at)).collect();
        ids.sort_unstable();
        assert_eq!(ids, [(1, NOW.0 + 200), (3, NOW.0 + 200)]);
    }
}

store_test! {
    // story: RT-08
    async fn decisions_are_kept_in_order_and_forgotten_in_time(store) {
        let mut tx = store.begin().await.unwrap();
        put(&mut tx, &[waiting(1, 900, 100), waiting(2, 900, 100)]).await;
        let made = |id: i64, conversation: i64| Stored {
            id,
            conversation,
            at: id,
            version: "v".to_owned(),
            inputs: "{}".to_owned(),
            choice: "{\"came\":\"nobody\"}".to_owned(),
        };
        decision::append(&mut tx, &[made(5, 1), made(3, 1), made(4, 2)]).await.unwrap();
        let found = decision::by_id(&mut tx, &[3, 4, 99]).await.unwrap();
        assert_eq!(found.iter().map(|d| d.id).collect::<std::collections::BTreeSet<_>>(), [3, 4].into());
        let one = conversation::by_id(&mut tx, &[ConversationId(1)]).await.unwrap().remove(0);
        let (closed, _) = one.close(AgentId(1), "", NOW).unwrap();
        conversation::update(&mut tx, &[&closed]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(decision::of(&store, ConversationId(1)).await.unwrap(), [made(3, 1), made(5, 1)]);
        assert_eq!(decision::newest(&store, ConversationId(1)).await.unwrap(), Some(made(5, 1)));
        let mut tx = store.begin().await.unwrap();
        assert_eq!(decision::prune(&mut tx, Time(5)).await.unwrap(), 1, "of what is closed, before that time");
        tx.commit().await.unwrap();
        assert_eq!(decision::of(&store, ConversationId(1)).await.unwrap(), [made(5, 1)]);
        assert_eq!(decision::of(&store, ConversationId(2)).await.unwrap(), [made(4, 2)]);
    }
}

store_test! {
    // story: RP-06, RP-07
    async fn templates_are_replaced_and_ratings_kept(store) {
        let named = |name: &str, language: &str| Template {
            name: name.to_owned(),
            language: language.to_owned(),
            ..Template::default()
        };
        let mut tx = store.begin().await.unwrap();
        template::replace(&mut tx, &[named("hello", "en"), named("hello", "de"), named("other", "en")]).await.unwrap();
        let hello = template::by_name(&mut tx, &["hello".to_owned()]).await.unwrap();
        assert_eq!(hello, [named("hello", "de"), named("hello", "en")]);
        template::replace(&mut tx, &[named("hello", "en"), named("hello_again", "en")]).await.unwrap();
        put(&mut tx, &[waiting(1, 900, 100)]).await;
        let said = |at: i64, score: i64| Rating { conversation: 1, at, agent: 3, score, label: format!("{score}") };
        rating::append(&mut tx, &[said(20, 1), said(10, 2)]).await.unwrap();
        rating::append(&mut tx, &[said(10, 3)]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(template::like(&store, "hello", 9).await.unwrap().len(), 2);
        assert_eq!(template::like(&store, "hel%", 1).await.unwrap(), [named("hello", "en")]);
        assert_eq!(template::like(&store, "o", 9).await.unwrap(), []);
        assert_eq!(rating::of(&store, ConversationId(1)).await.unwrap(), [said(10, 2), said(20, 1)]);
    }
}
