//! The outbox: what waits, what is under way, what became of it.

use baton::domain::effect::Effect;
use baton::domain::ids::{ConversationId, MediaId, MessageId, OutboxId, Time};
use baton::store::lane::{self, Head};
use baton::store::outbox::{self, NewRow, Tried};
use baton::store::{Store, Tx};

use super::NOW;
use crate::store_test;

pub fn send(lane: &str, message: i64) -> NewRow {
    NewRow {
        lane: lane.to_owned(),
        scope: "scope".to_owned(),
        rank: NOW.0,
        effect: Effect::Send { message: MessageId(message) },
        due_at: NOW,
    }
}

pub async fn put(store: &Store, rows: &[NewRow]) {
    let mut tx = store.begin().await.unwrap();
    outbox::put(&mut tx, rows, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

/// Takes every lane that is due and looks at its head.
async fn heads(tx: &mut Tx, now: Time) -> Vec<Head> {
    let lanes = lane::lease(tx, (now, now.plus_ms(1000)), &[], 99).await.unwrap();
    let named: Vec<(&str, i64)> = lanes.iter().map(|(lane, fence)| (lane.as_str(), *fence)).collect();
    let mut heads = lane::heads(tx, &named).await.unwrap();
    heads.sort_by(|a, b| a.lane.cmp(&b.lane));
    heads
}

fn effect(head: &Head) -> Effect {
    serde_json::from_str(&head.effect).unwrap()
}

fn ended(head: &Head, attempt: i64, state: &'static str) -> Tried {
    Tried { id: OutboxId(head.id), attempt, state, reason: "because".to_owned(), due_at: Time::NEVER }
}

store_test! {
    // story: RL-02
    async fn a_lane_gives_its_rows_by_rank_and_then_by_age(store) {
        let later = NewRow { rank: NOW.0 + 5, ..send("w:1", 1) };
        let first = NewRow { rank: 0, ..send("w:1", 2) };
        put(&store, &[later, send("w:1", 3), send("w:1", 4), first]).await;
        let mut seen = Vec::new();
        let mut tx = store.begin().await.unwrap();
        let taken = lane::lease(&mut tx, (NOW, NOW.plus_ms(1000)), &[], 99).await.unwrap();
        assert_eq!(taken.len(), 1);
        let lane = [(taken[0].0.as_str(), taken[0].1)];
        while let Some(head) = lane::heads(&mut tx, &lane).await.unwrap().pop() {
            assert_eq!(head.state, "pending");
            seen.push(effect(&head));
            assert_eq!(outbox::sending(&mut tx, &[OutboxId(head.id)], NOW).await.unwrap().len(), 1);
            assert_eq!(outbox::tried(&mut tx, &[ended(&head, 1, "done")]).await.unwrap().len(), 1);
        }
        let order: Vec<Effect> = [2, 3, 4, 1].map(|n| Effect::Send { message: MessageId(n) }).to_vec();
        assert_eq!(seen, order);
    }
}

store_test! {
    // story: RL-01
    async fn what_is_being_tried_stays_at_the_head(store) {
        put(&store, &[send("w:1", 1)]).await;
        let mut tx = store.begin().await.unwrap();
        let head = heads(&mut tx, NOW).await.remove(0);
        outbox::sending(&mut tx, &[OutboxId(head.id)], NOW).await.unwrap();
        tx.commit().await.unwrap();
        put(&store, &[NewRow { rank: 0, ..send("w:1", 2) }]).await;
        let mut tx = store.begin().await.unwrap();
        assert!(heads(&mut tx, NOW).await.is_empty(), "the lane is held");
        let now = NOW.plus_ms(1000);
        let again = heads(&mut tx, now).await.remove(0);
        assert_eq!((again.id, again.state.as_str(), again.attempt, again.rank), (head.id, "sending", 1, -1));
        assert_eq!(again.first_tried, NOW.0);
        assert!(again.fence > head.fence, "a new holder has a new fence");
        // Told to step back, it stands behind what is made first and before the rest.
        outbox::step_back(&mut tx, &[OutboxId(head.id)]).await.unwrap();
        let lane = [(again.lane.as_str(), again.fence)];
        assert_eq!(effect(&lane::heads(&mut tx, &lane).await.unwrap()[0]), Effect::Send { message: MessageId(2) });
    }
}

store_test! {
    // story: RL-01, RL-07
    async fn a_result_counts_once_and_only_for_its_own_try(store) {
        put(&store, &[send("w:1", 1)]).await;
        let mut tx = store.begin().await.unwrap();
        let head = heads(&mut tx, NOW).await.remove(0);
        let id = OutboxId(head.id);
        outbox::sending(&mut tx, &[id], NOW).await.unwrap();
        outbox::sending(&mut tx, &[id], NOW).await.unwrap();
        assert!(outbox::tried(&mut tx, &[ended(&head, 1, "dead")]).await.unwrap().is_empty(), "an earlier try's");
        assert_eq!(outbox::tried(&mut tx, &[ended(&head, 2, "done")]).await.unwrap().len(), 1);
        assert!(outbox::tried(&mut tx, &[ended(&head, 2, "dead")]).await.unwrap().is_empty(), "it has ended");
        assert!(outbox::sending(&mut tx, &[id], NOW).await.unwrap().is_empty(), "it has ended");
        tx.commit().await.unwrap();
        assert_eq!(outbox::counts(&store).await.unwrap(), (0, 0));
    }
}

store_test! {
    // story: BR-10, RL-01
    async fn what_was_taken_back_does_not_leave(store) {
        put(&store, &[send("w:1", 1), send("w:1", 2)]).await;
        let mut tx = store.begin().await.unwrap();
        let rows = outbox::in_lane(&mut tx, "w:1").await.unwrap();
        let id = OutboxId(rows[0].id);
        assert!(outbox::cancel(&mut tx, id, "taken back").await.unwrap());
        assert!(!outbox::cancel(&mut tx, id, "twice").await.unwrap());
        assert!(outbox::sending(&mut tx, &[id], NOW).await.unwrap().is_empty());
        let begun = OutboxId(rows[1].id);
        outbox::sending(&mut tx, &[begun], NOW).await.unwrap();
        assert!(!outbox::cancel(&mut tx, begun, "too late").await.unwrap());
        assert_eq!(outbox::in_lane(&mut tx, "w:1").await.unwrap().len(), 1);
        let busy = lane::busy(&mut tx, &["w:1".to_owned(), "w:2".to_owned()]).await.unwrap();
        assert_eq!(busy, ["w:1".to_owned()].into());
    }
}

store_test! {
    // story: RL-02
    async fn only_the_newest_form_waits_within_its_lane(store) {
        let card = |lane: &str| NewRow { effect: Effect::Card { conversation: ConversationId(5) }, ..send(lane, 0) };
        put(&store, &[card("k:5"), card("k:5")]).await;
        put(&store, &[card("k:5")]).await;
        assert_eq!(outbox::counts(&store).await.unwrap().0, 1);
        // Making the card anew is another matter than bringing it up to date.
        put(&store, &[card("c:5")]).await;
        assert_eq!(outbox::counts(&store).await.unwrap().0, 2);
        let mut tx = store.begin().await.unwrap();
        let head = heads(&mut tx, NOW).await.into_iter().find(|head| head.lane == "k:5").unwrap();
        outbox::sending(&mut tx, &[OutboxId(head.id)], NOW).await.unwrap();
        outbox::put(&mut tx, &[card("k:5")], NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(outbox::counts(&store).await.unwrap().0, 3, "what changed since it left is shown by another");
        // Told to come back later, it makes room for the newer one.
        let mut tx = store.begin().await.unwrap();
        assert_eq!(outbox::tried(&mut tx, &[ended(&head, 1, "pending")]).await.unwrap().len(), 1);
        let lane = [("k:5", head.fence)];
        let next = lane::heads(&mut tx, &lane).await.unwrap().remove(0);
        assert!(next.id > head.id && next.state == "pending");
        // With nobody behind it, it is tried again.
        outbox::sending(&mut tx, &[OutboxId(next.id)], NOW).await.unwrap();
        outbox::tried(&mut tx, &[ended(&next, 1, "pending")]).await.unwrap();
        assert_eq!(lane::heads(&mut tx, &lane).await.unwrap()[0].id, next.id);
        tx.commit().await.unwrap();
    }
}

store_test! {
    // story: RL-02
    async fn a_lane_waits_until_it_is_due_woken_or_free_of_a_pause(store) {
        put(&store, &[NewRow { due_at: NOW.plus_ms(500), ..send("w:1", 1) }]).await;
        let mut tx = store.begin().await.unwrap();
        assert!(heads(&mut tx, NOW).await.is_empty());
        assert_eq!(lane::next_due(&mut tx, &[], NOW).await.unwrap(), NOW.plus_ms(500));
        lane::wake(&mut tx, &["w:1".to_owned()], NOW).await.unwrap();
        lane::pause(&mut tx, "scope", NOW.plus_ms(900), "asked to").await.unwrap();
        lane::pause(&mut tx, "scope", NOW.plus_ms(300), "a shorter one").await.unwrap();
        assert!(heads(&mut tx, NOW).await.is_empty(), "paused");
        assert_eq!(lane::next_due(&mut tx, &[], NOW).await.unwrap(), NOW.plus_ms(900));
        assert_eq!(lane::forget_pauses(&mut tx, NOW).await.unwrap(), 0);
        tx.commit().await.unwrap();
        let pauses = lane::pauses(&store, NOW).await.unwrap();
        assert_eq!((pauses.len(), pauses[0].until, pauses[0].why.as_str()), (1, NOW.0 + 900, "asked to"));
        let mut tx = store.begin().await.unwrap();
        let now = NOW.plus_ms(900);
        assert_eq!(heads(&mut tx, now).await.len(), 1);
        assert_eq!(lane::forget_pauses(&mut tx, now).await.unwrap(), 1);
    }
}

store_test! {
    // story: RL-02
    async fn a_lane_given_back_is_taken_again_when_due_and_only_by_its_fence(store) {
        put(&store, &[send("w:1", 1)]).await;
        let mut tx = store.begin().await.unwrap();
        let head = heads(&mut tx, NOW).await.remove(0);
        lane::give_back(&mut tx, &[("w:1", head.fence - 1, NOW.0)]).await.unwrap();
        assert!(heads(&mut tx, NOW).await.is_empty(), "an old fence gives nothing back");
        lane::give_back(&mut tx, &[("w:1", head.fence, NOW.0 + 50)]).await.unwrap();
        assert!(heads(&mut tx, NOW).await.is_empty());
        let again = heads(&mut tx, NOW.plus_ms(50)).await.remove(0);
        // A lease that is renewed goes on; one that is not ends.
        lane::renew(&mut tx, &[("w:1", again.fence)], NOW.plus_ms(5000)).await.unwrap();
        lane::renew(&mut tx, &[("w:1", head.fence)], NOW.plus_ms(9000)).await.unwrap();
        assert!(heads(&mut tx, NOW.plus_ms(4999)).await.is_empty());
        assert_eq!(heads(&mut tx, NOW.plus_ms(5000)).await.len(), 1);
        assert_eq!(lane::free_leases(&mut tx).await.unwrap(), 1);
        assert_eq!(heads(&mut tx, NOW.plus_ms(5000)).await.len(), 1);
    }
}

store_test! {
    // story: RL-01
    async fn an_uncertain_row_waits_for_a_sign_and_is_settled_once(store) {
        put(&store, &[send("w:1", 1), send("w:1", 2)]).await;
        let mut tx = store.begin().await.unwrap();
        let head = heads(&mut tx, NOW).await.remove(0);
        let id = OutboxId(head.id);
        assert!(!outbox::settle(&mut tx, id, "done", "").await.unwrap(), "nobody has begun it");
        outbox::sending(&mut tx, &[id], NOW).await.unwrap();
        let unknown = Tried { due_at: NOW.plus_ms(60), ..ended(&head, 1, "unknown") };
        outbox::tried(&mut tx, &[unknown]).await.unwrap();
        let lane = [("w:1", head.fence)];
        let waiting = lane::heads(&mut tx, &lane).await.unwrap().remove(0);
        assert_eq!((waiting.id, waiting.state.as_str(), waiting.due_at), (head.id, "unknown", NOW.0 + 60));
        outbox::tried(&mut tx, &[ended(&head, 1, "asked")]).await.unwrap();
        let next = lane::heads(&mut tx, &lane).await.unwrap().remove(0);
        assert_ne!(next.id, head.id, "the next one does not wait for a person's answer");
        assert!(outbox::settle(&mut tx, id, "done", "a status came").await.unwrap());
        assert!(!outbox::settle(&mut tx, id, "done", "another one").await.unwrap());
        let kept = outbox::kept(&mut tx, &[id]).await.unwrap();
        assert_eq!((kept[0].state.as_str(), kept[0].lane.as_str()), ("done", "w:1"));
    }
}

store_test! {
    // story: RL-04
    async fn a_dead_row_is_listed_and_tried_again(store) {
        let fetch = NewRow { effect: Effect::Fetch { media: MediaId(7) }, ..send("f:7", 0) };
        put(&store, &[fetch]).await;
        let mut tx = store.begin().await.unwrap();
        let head = heads(&mut tx, NOW).await.remove(0);
        let id = OutboxId(head.id);
        outbox::sending(&mut tx, &[id], NOW).await.unwrap();
        outbox::tried(&mut tx, &[ended(&head, 1, "dead")]).await.unwrap();
        lane::drop_empty(&mut tx, &["f:7"]).await.unwrap();
        assert!(heads(&mut tx, NOW.plus_ms(9000)).await.is_empty());
        tx.commit().await.unwrap();
        assert_eq!(outbox::counts(&store).await.unwrap(), (0, 1));
        let dead = outbox::dead_letters(&store, 9).await.unwrap();
        assert_eq!((dead.len(), dead[0].id, dead[0].reason.as_str()), (1, id.0, "because"));
        let mut tx = store.begin().await.unwrap();
        let later = NOW.plus_ms(10_000);
        let scope = |_: &Effect| "scope".to_owned();
        assert!(outbox::replay(&mut tx, id, scope, later).await.unwrap());
        assert!(!outbox::replay(&mut tx, id, scope, later).await.unwrap(), "it is not dead any more");
        let head = heads(&mut tx, later).await.remove(0);
        assert_eq!((head.id, head.state.as_str(), head.attempt, head.due_at), (id.0, "pending", 0, later.0));
        outbox::sending(&mut tx, &[id], later).await.unwrap();
        outbox::tried(&mut tx, &[ended(&head, 1, "done")]).await.unwrap();
        assert_eq!(outbox::prune(&mut tx, NOW).await.unwrap(), 0);
        assert_eq!(outbox::prune(&mut tx, NOW.plus_ms(1)).await.unwrap(), 1);
    }
}
