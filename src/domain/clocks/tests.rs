use super::*;
use crate::domain::calendar::{Calendar, CalendarSpec};
use crate::domain::conversation::{Given, How};
use crate::domain::ids::{ChannelRef, ContactId, NumberId, Wamid};
use crate::domain::ladder::{Act, On, Whom};
use crate::domain::passing::Hold;
use crate::domain::targets::Promise;

const ANA: AgentId = AgentId(7);
const START: Time = Time(1_795_369_000_000);
const MINUTE: i64 = 60_000;

fn at(minutes: i64) -> Time {
    START.plus_ms(minutes * MINUTE)
}

/// A conversation whose clocks follow each change.
struct Desk {
    calendar: Calendar,
    promise: Promise,
    ladder: Ladder,
    one: Conversation,
    told: Vec<String>,
}

impl Desk {
    fn new() -> Self {
        let always = CalendarSpec { zone: "UTC".to_owned(), always_open: true, ..CalendarSpec::default() };
        let promise = Priority::ALL.into_iter().fold(Promise::default(), |promise, priority| {
            let minutes = 20 - 5 * i64::try_from(priority.rank()).unwrap();
            promise
                .with(Kind::Assign, priority, 5 * MINUTE)
                .with(Kind::First, priority, minutes * MINUTE)
                .with(Kind::Next, priority, minutes * MINUTE)
                .with(Kind::Resolve, priority, 60 * MINUTE)
        });
        let step = |share, after_ms| Step {
            on: On::Response,
            share,
            after_ms,
            tell: vec![Whom::Owner],
            direct: false,
            act: Act::Nothing,
            always: false,
        };
        let one = Conversation::new(
            (ConversationId(1), ContactId(1), NumberId("1".to_owned())),
            ("support", ChannelRef("c".to_owned())),
            START,
        );
        let ladder = Ladder::new(vec![step(100, 0), step(80, 0), step(100, 10 * MINUTE)], None);
        Self { calendar: Calendar::new(&always).unwrap(), promise, ladder, one, told: Vec::new() }
    }

    /// What an event makes of it at a time, and what is kept of that.
    fn change(&mut self, now: Time, change: impl FnOnce(&mut Conversation, &Targets<'_>)) -> Vec<String> {
        let before = self.one.clone();
        let is_new = self.told.is_empty();
        let mut after = before.clone();
        change(&mut after, &targets(&self.calendar, &self.promise, before.priority));
        let targets = targets(&self.calendar, &self.promise, after.priority);
        let kept = Clocks::follow((!is_new).then_some(&before), &mut after, (&targets, &self.ladder), now);
        let told = kept.iter().map(|row| {
            let minutes = |t: Time| t.some().map_or(0, |t| t.since(START) / MINUTE);
            let clock = &row.clock;
            let (kind, due, took) = (clock.kind.as_str(), minutes(clock.due), row.took_ms / MINUTE);
            format!("{} {kind} due {due} {} took {took} by {}", clock.nth, row.came.as_str(), row.by)
        });
        let told: Vec<String> = told.collect();
        self.told.extend(told.clone());
        self.one = after;
        told
    }

    fn writes(&mut self, minute: i64) -> Vec<String> {
        let now = at(minute);
        self.change(now, |c, t| c.customer_wrote(now, &Wamid(format!("w{minute}")), now, t))
    }

    fn given(&mut self, minute: i64) -> Vec<String> {
        let now = at(minute);
        self.change(now, |c, t| {
            let given = Given { to: ANA, by: ANA, how: How::Claimed, note: "", knows: true };
            *c = c.clone().give(given, now, t).unwrap().0;
        })
    }

    fn answers(&mut self, minute: i64) -> Vec<String> {
        let now = at(minute);
        self.change(now, |c, _| c.answered(ANA, now))
    }
}

fn targets<'a>(calendar: &'a Calendar, promise: &'a Promise, priority: Priority) -> Targets<'a> {
    Targets { calendar, promise, priority, respond_percent: 40, version: "v1" }
}

// story: SL-02
#[test]
fn each_obligation_begins_once_and_ends_with_what_it_ran_for() {
    let mut desk = Desk::new();
    assert_eq!(
        desk.writes(0),
        ["1 assign due 5 open took 0 by 0", "2 first due 15 open took 0 by 0", "3 resolve due 60 open took 0 by 0"]
    );
    assert_eq!(desk.writes(3), [""; 0], "writing again moves nothing");
    assert_eq!(desk.given(4), ["1 assign due 5 met took 4 by 7"]);
    // Exactly at the deadline is in time.
    assert!(desk.answers(15).contains(&"2 first due 15 met took 15 by 7".to_owned()), "{:?}", desk.told);
    assert_eq!(desk.one.due_at, Time::NEVER);
    assert!(desk.writes(20).contains(&"4 next due 35 open took 0 by 0".to_owned()), "{:?}", desk.told);
    // The end rested for five minutes.
    assert_eq!(desk.one.clocks.of(|kind| kind == Kind::Resolve).unwrap().due, at(65));
    let now = at(35).plus_ms(1);
    let late = desk.change(now, |c, _| c.answered(ANA, now));
    assert!(late.contains(&"4 next due 35 missed took 15 by 7".to_owned()), "{late:?}");
    let closed = desk.change(at(40), |c, _| *c = c.clone().close(ANA, "", at(40)).unwrap().0);
    assert_eq!(closed, ["3 resolve due 65 met took 30 by 0"]);
    assert_eq!(desk.one.clocks.running, []);
}

// story: SL-02
#[test]
fn an_owner_changes_nothing_that_is_owed_to_the_customer() {
    let mut desk = Desk::new();
    desk.writes(0);
    desk.given(1);
    let now = at(3);
    let released = desk.change(now, |c, _| *c = c.clone().release(ANA, How::Released, "", now).unwrap().0);
    assert_eq!(released, ["4 assign due 8 open took 0 by 0"], "nobody owns it anew");
    assert_eq!(desk.one.due_at, at(15));
    let urgent = desk.change(at(4), |c, _| c.priority = Priority::High);
    let other = "2 first due 10 open took 0 by 0".to_owned();
    assert!(urgent.contains(&other), "the promise is another one, the start is not: {urgent:?}");
    let closed = desk.change(at(6), |c, _| *c = c.clone().close(ANA, "", at(6)).unwrap().0);
    assert!(closed.iter().all(|row| row.contains("dropped") || row.contains("resolve")), "{closed:?}");
}

// story: SL-02, SL-05
#[test]
fn what_becomes_more_pressing_by_itself_is_promised_as_before() {
    let mut desk = Desk::new();
    desk.writes(0);
    let raised = desk.change(at(3), |c, _| c.raise(Priority::High));
    assert_eq!((raised, desk.one.priority, desk.one.due_at), (vec![], Priority::High, at(15)));
    desk.given(4);
    desk.answers(5);
    desk.writes(10);
    assert_eq!(desk.one.due_at, at(20), "what is asked next is as pressing as it has become");
}

// story: SL-03
#[test]
fn a_hold_pauses_all_and_the_customer_ends_it() {
    let mut desk = Desk::new();
    desk.writes(0);
    desk.given(1);
    desk.change(at(5), |c, _| c.passing.hold = Some(Hold::Pending));
    assert_eq!(desk.one.clocks.wake_at(), Time::NEVER);
    desk.writes(30);
    assert_eq!(desk.one.due_at, at(40));
    assert_eq!(desk.one.clocks.of_answer().unwrap().pauses, [(at(5), at(30))]);
    assert_eq!(desk.one.clocks.wake_at(), at(37), "four fifths of a quarter of an hour, and the pause");
}

// story: SL-04
#[test]
fn steps_come_in_their_order() {
    let desk = Desk::new();
    let at = |target: i64| -> Vec<i64> {
        desk.ladder.of(Kind::First, target * MINUTE).iter().map(|step| step.offset(target * MINUTE) / MINUTE).collect()
    };
    assert_eq!(at(15), [12, 15, 25]);
    assert_eq!(at(0), [0; 0]);
}

// story: SL-02
#[test]
fn an_owner_found_at_once_was_owed_as_well() {
    let mut desk = Desk::new();
    let told = desk.change(START, |c, t| {
        c.customer_wrote(START, &Wamid("w".to_owned()), START, t);
        let given = Given { to: ANA, by: AgentId::NOBODY, how: How::Routed, note: "", knows: false };
        *c = c.clone().give(given, START, t).unwrap().0;
    });
    assert!(told.contains(&"3 assign due 5 met took 0 by 7".to_owned()), "{told:?}");
}

// story: SL-02
#[test]
fn an_answer_that_does_not_arrive_ends_nothing() {
    let mut desk = Desk::new();
    desk.writes(0);
    desk.given(1);
    assert!(desk.answers(5).contains(&"2 first due 15 met took 5 by 7".to_owned()), "{:?}", desk.told);
    let again = desk.change(at(6), |c, t| assert!(c.waits_again(at(6), t)));
    assert!(again.contains(&"2 first due 15 open took 0 by 0".to_owned()), "{again:?}");
    assert_eq!((desk.one.waiting_since, desk.one.due_at), (START, at(15)));
    assert!(desk.answers(16).contains(&"2 first due 15 missed took 16 by 7".to_owned()), "{:?}", desk.told);
}

// story: SL-06
#[test]
fn in_quiet_hours_what_always_comes_overtakes_what_waits() {
    let mut desk = Desk::new();
    let mondays: CalendarSpec = serde_json::from_value(serde_json::json!({
        "zone": "UTC", "weekly": { "mon": [["09:00", "10:00"]] }
    }))
    .unwrap();
    let step = |share, always| Step {
        on: On::Response,
        share,
        after_ms: 0,
        tell: vec![Whom::Lead],
        direct: false,
        act: Act::Nothing,
        always,
    };
    desk.ladder = Ladder::new(vec![step(80, false), step(100, true)], Some(Calendar::new(&mondays).unwrap()));
    desk.writes(0);
    let targets = targets(&desk.calendar, &desk.promise, Priority::Normal);
    let clock = desk.one.clocks.of_answer().unwrap();
    assert_eq!(clock.next_at, clock.due);
    let mut clock = clock.clone();
    let (nth, step, at) = clock.next(&targets, &desk.ladder).unwrap();
    assert_eq!((nth, step.always, at), (1, true, clock.due));
    clock.came(nth);
    let (nth, step, at) = clock.next(&targets, &desk.ladder).unwrap();
    assert!(nth == 0 && !step.always && at > clock.due, "{at:?}");
    clock.came(nth);
    assert_eq!(clock.next(&targets, &desk.ladder), None);
}
