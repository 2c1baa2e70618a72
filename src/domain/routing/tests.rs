use proptest::prelude::{Just, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as Any;

use super::*;
use crate::domain::roster::Strategy;

fn candidate(id: i64, load: i64, capacity: i64, assigned_at: i64) -> Candidate {
    Candidate {
        agent: AgentId(id),
        name: format!("agent {id}"),
        member: true,
        standing: if load < capacity { Standing::Ready } else { Standing::Full },
        load,
        capacity,
        level: 0,
        assigned_at: Time(assigned_at),
        idle_since: Time(assigned_at),
    }
}

fn request(strategy: Strategy) -> Request {
    Request {
        team: "support".to_owned(),
        strategy,
        skills: Vec::new(),
        relaxed: false,
        wait: None,
        not: Vec::new(),
        prefer: Vec::new(),
    }
}

fn slate(candidates: Vec<Candidate>) -> Slate {
    Slate { candidates, beyond: Vec::new() }
}

fn chosen(request: &Request, slate: &Slate) -> Option<(i64, By)> {
    match choose(request, slate) {
        Choice::Chosen { agent, by, .. } => Some((agent.0, by)),
        Choice::Waits { .. } | Choice::Nobody { .. } => None,
    }
}

// story: RT-02
#[test]
fn each_strategy_has_its_order() {
    let mut people = vec![candidate(1, 2, 4, 30), candidate(2, 2, 10, 20), candidate(3, 3, 10, 10)];
    people[0].idle_since = Time(5);
    let mut people = slate(people);
    assert_eq!(chosen(&request(Strategy::LeastLoaded), &people), Some((2, By::Strategy)), "2 of 10, not 2 of 4");
    assert_eq!(chosen(&request(Strategy::RoundRobin), &people), Some((3, By::Strategy)));
    assert_eq!(chosen(&request(Strategy::LongestIdle), &people), Some((1, By::Strategy)));
    people.candidates.push(candidate(4, 0, 4, 40));
    assert_eq!(
        chosen(&request(Strategy::LongestIdle), &people),
        Some((4, By::Strategy)),
        "who owns something is not idle"
    );
}

// story: RT-02
#[test]
fn ties_fall_on_who_waited_longest_and_then_on_the_id() {
    let people = slate(vec![candidate(7, 1, 5, 9), candidate(3, 1, 5, 9), candidate(5, 1, 5, 8)]);
    assert_eq!(chosen(&request(Strategy::LeastLoaded), &people), Some((5, By::LongestSince)));
    let people = slate(vec![candidate(7, 1, 5, 9), candidate(3, 1, 5, 9)]);
    assert_eq!(chosen(&request(Strategy::LeastLoaded), &people), Some((3, By::Id)));
}

// story: RT-02
#[test]
fn the_best_at_the_skills_come_before_the_strategy() {
    let mut people = slate(vec![candidate(1, 0, 5, 1), candidate(2, 4, 5, 9), candidate(3, 3, 5, 9)]);
    people.candidates[1].level = 3;
    people.candidates[2].level = 2;
    let skilled = Request { skills: vec!["spanish".into()], ..request(Strategy::LeastLoaded) };
    assert_eq!(chosen(&skilled, &people), Some((2, By::Level)));
    let relaxed = Request { relaxed: true, ..skilled };
    assert_eq!(chosen(&relaxed, &people), Some((2, By::Level)), "who has the skill still comes first");
}

// story: RT-04
#[test]
fn who_is_preferred_comes_first_if_they_can() {
    let mut people = slate(vec![candidate(1, 0, 5, 1), candidate(2, 4, 5, 9), candidate(3, 5, 5, 9)]);
    people.candidates[1].member = false;
    let prefer = |agent, why| Preferred { agent: AgentId(agent), why };
    let both = vec![prefer(3, Preference::Account), prefer(2, Preference::LastOwner)];
    let request = Request { prefer: both, ..request(Strategy::LeastLoaded) };
    assert_eq!(chosen(&request, &people), Some((2, By::Preference(Preference::LastOwner))), "3 is full");
    people.candidates[1].standing = Standing::Away;
    assert_eq!(chosen(&request, &people), Some((1, By::Only)));
}

// story: RT-05, CL-05
#[test]
fn some_wait_for_a_person_and_nobody_gets_back_what_lapsed() {
    let people = slate(vec![candidate(1, 0, 5, 1)]);
    let vip = Request { wait: Some(Wait::Vip), ..request(Strategy::RoundRobin) };
    assert_eq!(choose(&vip, &people), Choice::Waits { why: Wait::Vip });
    let lapsed = Request { not: vec![AgentId(1)], ..request(Strategy::RoundRobin) };
    assert_eq!(choose(&lapsed, &people), Choice::Nobody { kept_out: vec![(Exclusion::Spent, 1)] });
}

// story: RT-10
#[test]
fn a_stored_decision_is_small_and_counts_the_rest() {
    let mut people: Vec<Candidate> = (1..=500).map(|id| candidate(id, id % 7, 5, id)).collect();
    people[40].standing = Standing::Away;
    let request = request(Strategy::LeastLoaded);
    let whole = slate(people);
    let stored = request.stored(&whole);
    assert_eq!(stored.candidates.len(), SHOWN);
    assert_eq!(stored.beyond.iter().map(|(_, n)| n).sum::<i64>(), 480);
    assert_eq!(choose(&request, &stored), choose(&request, &whole));
    assert!(serde_json::to_string(&stored).unwrap().len() < 5_000);
}

fn any_candidate() -> impl Any<Value = Candidate> {
    let standing = prop_oneof![
        5 => Just(Standing::Ready),
        1 => Just(Standing::Away),
        1 => Just(Standing::OffShift),
        1 => Just(Standing::Ramping),
        1 => Just(Standing::Gone),
    ];
    (0..6_i64, 1..6_i64, standing, 0..4_i64, 0..5_i64, 0..5_i64, any::<bool>()).prop_map(
        |(load, capacity, standing, level, assigned, idle, member)| Candidate {
            member,
            standing: if load >= capacity { Standing::Full } else { standing },
            level,
            idle_since: Time(idle),
            ..candidate(0, load, capacity, assigned)
        },
    )
}

fn any_case() -> impl Any<Value = (Request, Slate)> {
    let strategy = prop_oneof![Just(Strategy::RoundRobin), Just(Strategy::LeastLoaded), Just(Strategy::LongestIdle)];
    let skills = prop_oneof![Just(Vec::new()), Just(vec!["spanish".to_owned()])];
    let people = prop::collection::vec(any_candidate(), 0..60);
    let few = || prop::collection::vec(1..60_i64, 0..4);
    (strategy, skills, any::<bool>(), people, few(), few()).prop_map(
        |(strategy, skills, relaxed, people, not, prefer)| {
            let candidates = people.into_iter().zip(1..).map(|(c, id)| Candidate { agent: AgentId(id), ..c }).collect();
            let preferred = |agent: i64| Preferred { agent: AgentId(agent), why: Preference::LastOwner };
            let request = Request {
                skills,
                relaxed,
                not: not.into_iter().map(AgentId).collect(),
                prefer: prefer.into_iter().map(preferred).collect(),
                ..request(strategy)
            };
            (request, slate(candidates))
        },
    )
}

proptest! {
    // story: RT-08, RT-10
    #[test]
    fn what_is_stored_gives_the_same_choice((request, slate) in any_case()) {
        prop_assert_eq!(choose(&request, &request.stored(&slate)), choose(&request, &slate));
    }

    #[test]
    fn the_order_of_the_candidates_does_not_matter((request, slate) in any_case()) {
        let mut turned = slate.clone();
        turned.candidates.reverse();
        prop_assert_eq!(choose(&request, &turned), choose(&request, &slate));
    }

    #[test]
    fn only_who_can_is_chosen_and_nobody_only_when_nobody_can((request, slate) in any_case()) {
        let able = |c: &Candidate| request.excludes(c).is_none();
        let preferred = |c: &Candidate| request.prefer.iter().any(|p| p.agent == c.agent);
        match choose(&request, &slate) {
            Choice::Chosen { agent, .. } => {
                let them = slate.candidates.iter().find(|c| c.agent == agent).unwrap();
                prop_assert!(able(them) && (them.member || preferred(them)));
            }
            _ => prop_assert!(!slate.candidates.iter().any(|c| able(c) && (c.member || preferred(c)))),
        }
    }
}
