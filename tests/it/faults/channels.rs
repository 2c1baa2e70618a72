//! Channels and permissions are taken away and given back.

use baton::app::letters;
use baton::playground::discord::permission;

use super::{Day, moment, notices};
use crate::on_discord;

on_discord! {
    // story: RL-04
    async fn a_permission_withdrawn_and_given_back(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        w.discord.deny_bot(w.support, permission::SEND_MESSAGES_IN_THREADS);
        day.says(maria);
        day.says(maria);
        w.until("the operator is told", |w| !notices(w).is_empty()).await;
        w.quiet().await;
        // Customers are still answered.
        day.writes(w.ana, thread, maria);
        w.until("it arrives", |w| w.received(maria).len() == 2).await;
        w.quiet().await;
        assert_eq!(w.dead_letters().await.len(), 2, "{:?}", w.dead_letters().await);
        assert!(notices(&w)[0].contains("baton dead-letters replay"), "{:?}", notices(&w));
        w.discord.deny_bot(w.support, 0);
        assert_eq!(letters::replay(&w.app().store, "all", &w.clock).await.unwrap(), 2);
        day.says(maria);
        day.ends_well().await;
    }
}

on_discord! {
    // story: RL-04
    async fn a_channel_that_may_not_be_written_to(w) {
        let mut day = Day::new(&w);
        w.discord.deny_bot(w.support, permission::SEND_MESSAGES);
        let maria = w.customer("Maria");
        day.says(maria);
        day.says(maria);
        w.until("the operator is told", |w| !notices(w).is_empty()).await;
        w.quiet().await;
        let dead = w.dead_letters().await;
        assert!(dead.len() >= 2, "{dead:?}");
        w.discord.deny_bot(w.support, 0);
        letters::replay(&w.app().store, "all", &w.clock).await.unwrap();
        day.says(maria);
        day.ends_well().await;
        assert_eq!((w.cards().len(), w.threads().len()), (1, 1), "{}", w.transcript());
    }
}

on_discord! {
    // story: RL-04
    async fn a_deleted_channel(w) {
        let mut day = Day::new(&w);
        let (maria, _) = day.owned("Maria").await;
        w.quiet().await;
        w.discord.delete_channel(w.support).unwrap();
        w.until("the operator is told", |w| !notices(w).is_empty()).await;
        day.says(maria);
        let newcomer = w.customer("Newcomer");
        day.says(newcomer);
        w.quiet().await;
        let kept = letters::list(&w.app().store, 100).await.unwrap();
        for word in ["c0x1z", "c1x2z"] {
            assert!(kept.iter().any(|letter| letter.content.contains(word)), "{word} is in no dead letter: {kept:?}");
        }
        assert!(notices(&w)[0].contains("channel"), "{:?}", notices(&w));
    }
}

on_discord! {
    // story: RL-04
    async fn an_operator_who_cannot_be_told(w) {
        let mut day = Day::new(&w);
        let (maria, _) = day.owned("Maria").await;
        w.quiet().await;
        w.discord.delete_channel(w.operator).unwrap();
        w.discord.deny_bot(w.support, permission::SEND_MESSAGES_IN_THREADS);
        day.says(maria);
        w.until("refused", |w| w.app().metrics.dead_letters.get() > 0).await;
        moment(300).await;
        w.quiet().await;
        let dead = w.dead_letters().await.len();
        moment(300).await;
        w.quiet().await;
        assert_eq!(w.dead_letters().await.len(), dead, "telling the operator that the operator cannot be told never ends");
    }
}

on_discord! {
    // story: RL-04
    async fn a_role_removed(w) {
        let mut day = Day::new(&w);
        let (maria, thread) = day.owned("Maria").await;
        w.quiet().await;
        w.discord.remove_role(w.agent_role);
        w.write(w.ana, thread, "no agent any more");
        w.until("said so", |w| w.texts(thread).len() >= 5).await;
        day.says(maria);
        day.ends_well().await;
        assert!(!w.received_texts(maria).iter().any(|text| text.contains("no agent")), "{:?}", w.received_texts(maria));
    }
}
