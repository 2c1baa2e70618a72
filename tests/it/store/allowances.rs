//! What goes out within what a platform takes: what is used, what goes first, and who does a thing at a time.

use baton::domain::allowance::Need;
use baton::domain::effect::{Effect, Standing};
use baton::domain::ids::{ChannelRef, ConversationId, OutboxId};
use baton::store::outbox::NewRow;
use baton::store::{allowance, lane, lease};

use super::NOW;
use super::outbox::put;
use crate::store_test;

const FORUM: &str = "tg/-1001";

fn row(lane: &str, effect: Effect) -> NewRow {
    NewRow { lane: lane.to_owned(), scope: FORUM.to_owned(), rank: NOW.0, effect, due_at: NOW }
}

store_test! {
    // story: TG-03
    async fn what_is_used_is_known_after_a_restart(store) {
        let mut tx = store.begin().await.unwrap();
        let mut spent = allowance::hold(&mut tx, &[FORUM, "tg/-1002"]).await.unwrap();
        assert_eq!(spent.len(), 2);
        assert!(spent.get_mut(FORUM).unwrap().spend(20, Need { job: OutboxId(1), calls: 3, urgency: 0 }, NOW));
        allowance::save(&mut tx, &spent).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let known = allowance::hold(&mut tx, &[FORUM]).await.unwrap();
        assert_eq!(known[FORUM].room(20, NOW), 17);
    }
}

store_test! {
    // story: TG-03
    async fn the_most_urgent_of_a_scope_goes_first(store) {
        let conversation = ConversationId(1);
        let channel = ChannelRef::from(FORUM);
        let list = Standing::Arrivals { channel: channel.clone(), page: 0 };
        put(&store, &[
            row("g:1", Effect::Sign { conversation }),
            row("k:1", Effect::Card { conversation }),
            row("c:1", Effect::Thread { conversation }),
            row("s:list", Effect::Standing { what: list, channel, call: Vec::new() }),
        ])
        .await;
        let mut tx = store.begin().await.unwrap();
        let times = (NOW, NOW.plus_ms(1000));
        assert!(lane::lease(&mut tx, times, &[FORUM], 9).await.unwrap().is_empty(), "it is left to its allowance");
        assert_eq!(lane::next_of(&mut tx, &[FORUM], NOW).await.unwrap()[0].due_at, NOW.0);
        for expected in ["s:list", "c:1", "k:1", "g:1"] {
            assert_eq!(lane::lease_of(&mut tx, times, FORUM, 1).await.unwrap()[0].0, expected);
        }
        assert!(lane::next_of(&mut tx, &[FORUM], NOW).await.unwrap().is_empty(), "all of them are held");
    }
}

store_test! {
    // story: TG-01, RL-07
    async fn one_program_has_a_lease_at_a_time(store) {
        let (one, two) = (("telegram:1", "one"), ("telegram:1", "two"));
        let until = NOW.plus_ms(15_000);
        assert!(lease::hold(&store, one, until, NOW).await.unwrap());
        assert!(!lease::hold(&store, two, until, NOW).await.unwrap());
        assert!(lease::hold(&store, one, until.plus_ms(1), NOW).await.unwrap(), "whoever has it keeps it");
        assert!(lease::hold(&store, two, until.plus_ms(9_000), until.plus_ms(1)).await.unwrap(), "it has lapsed");
        lease::release(&store, one).await.unwrap();
        assert!(!lease::hold(&store, one, until, NOW).await.unwrap(), "what another has is not given up");
        lease::release(&store, two).await.unwrap();
        assert!(lease::hold(&store, one, until, NOW).await.unwrap());
    }
}
