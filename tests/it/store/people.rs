//! Contacts, agents, conversations and their record, messages and files.

use baton::domain::contact::{AliasKind, Contact};
use baton::domain::content::{Around, Content, File, MediaKind};
use baton::domain::conversation::{Conversation, Ownership};
use baton::domain::event::Failure;
use baton::domain::ids::{
    AgentId, ChannelRef, ContactId, ConversationId, MediaId, MessageId, NumberId, PostRef, ThreadRef, Time, UserRef,
    Wamid,
};
use baton::domain::markup::Markup;
use baton::domain::message::{Direction, Message, Progress};
use baton::domain::passing::Passing;
use baton::domain::roster::{Duty, Priority};
use baton::domain::workspace::{Users, Workspace};
use baton::store::agent::Agent;
use baton::store::media::{Media, State};
use baton::store::message::Ref;
use baton::store::{StoreError, Tx, agent, contact, conversation, media, message, record};

use super::{NOW, keep, targeted};
use crate::store_test;

pub(super) fn person(id: i64) -> Contact {
    Contact {
        name: format!("Customer {id}"),
        phone: format!("1555{id}"),
        tags: vec!["wholesale".to_owned()],
        vip: true,
        ..Contact::new(ContactId(id), NOW)
    }
}

pub(super) fn talk(id: i64, contact: i64) -> Conversation {
    let of = (ConversationId(id), ContactId(contact), NumberId("900".to_owned()));
    Conversation {
        opening: "hello".to_owned(),
        priority: Priority::High,
        passing: Passing { rule: "spanish".to_owned(), ..Passing::default() },
        waiting_since: NOW,
        due_at: NOW.plus_ms(1),
        last_inbound_at: NOW,
        last_inbound: Wamid::from("wamid.1"),
        ..Conversation::new(of, ("support", ChannelRef::from("77")), NOW)
    }
}

fn said(id: i64, conversation: i64) -> Message {
    Message {
        id: MessageId(id),
        conversation: ConversationId(conversation),
        direction: Direction::Out,
        author: AgentId(3),
        content: Content::Text { text: Markup::plain("hello") },
        around: Around::default(),
        at: NOW.plus_ms(id),
        progress: Progress::Waiting,
        failure: Failure::default(),
        quote: MessageId(0),
        wamid: Wamid::default(),
        earlier: Vec::new(),
        revoked_at: Time::NEVER,
    }
}

/// A customer with an open conversation.
async fn known(tx: &mut Tx, contact: i64, conversation: i64) {
    contact::save(tx, &[&person(contact)]).await.unwrap();
    conversation::insert(tx, &[&talk(conversation, contact)]).await.unwrap();
}

async fn one(tx: &mut Tx, id: i64) -> Conversation {
    conversation::by_id(tx, &[ConversationId(id)]).await.unwrap().remove(0)
}

store_test! {
    // story: BR-06
    async fn a_contact_is_found_by_every_alias_and_merged(store) {
        let mut tx = store.begin().await.unwrap();
        contact::save(&mut tx, &[&person(1), &person(2)]).await.unwrap();
        let phone = (AliasKind::Phone, "15551".to_owned());
        let bsuid = (AliasKind::Bsuid, "US.1".to_owned());
        let aliases =
            [(phone.0, phone.1.clone(), ContactId(1)), (bsuid.0, bsuid.1.clone(), ContactId(2))];
        contact::save_aliases(&mut tx, &aliases).await.unwrap();
        let renamed = Contact { name: "Maria".to_owned(), ..person(1) };
        contact::save(&mut tx, &[&renamed]).await.unwrap();
        assert_eq!(contact::by_id(&mut tx, &[ContactId(1), ContactId(9)]).await.unwrap(), [renamed]);
        conversation::insert(&mut tx, &[&talk(5, 2)]).await.unwrap();
        contact::merge(&mut tx, ContactId(2), ContactId(1)).await.unwrap();
        let mut found = contact::by_alias(&mut tx, &[phone, bsuid]).await.unwrap();
        found.sort_by_key(|(kind, ..)| kind.as_str());
        assert!(found.iter().all(|(_, _, id)| *id == ContactId(1)) && found.len() == 2, "{found:?}");
        assert_eq!(one(&mut tx, 5).await.contact, ContactId(1));
        assert!(contact::by_id(&mut tx, &[ContactId(2)]).await.unwrap().is_empty());
    }
}

store_test! {
    // story: CL-08
    async fn an_agent_is_found_by_their_user_and_by_id(store) {
        let ana = Agent {
            id: AgentId(3),
            name: "Ana".to_owned(),
            users: Users::of(UserRef::from("42")),
            key: "ana".to_owned(),
            rank: "agent".to_owned(),
            duty: Duty::new(5),
        };
        let mut tx = store.begin().await.unwrap();
        keep(&mut tx, &[&ana]).await;
        let renamed = Agent { name: "Ana María".to_owned(), ..ana };
        keep(&mut tx, &[&renamed]).await;
        let by_user = agent::by_user(&mut tx, &[UserRef::from("42"), UserRef::from("43")]).await.unwrap();
        assert_eq!(by_user, std::slice::from_ref(&renamed));
        assert_eq!(agent::by_id(&mut tx, &[AgentId(3)]).await.unwrap(), [renamed]);
        assert!(agent::by_user(&mut tx, &[UserRef::from("tg/42")]).await.unwrap().is_empty());
    }
}

store_test! {
    // story: RL-01
    async fn a_conversation_is_saved_under_the_guard_of_its_version(store) {
        let mut tx = store.begin().await.unwrap();
        known(&mut tx, 1, 5).await;
        let read = one(&mut tx, 5).await;
        assert_eq!(read, talk(5, 1));
        let owned = Conversation {
            ownership: Ownership::Owned { by: AgentId(3), since: NOW },
            epoch: 1,
            seen: PostRef::from("99"),
            waiting_since: Time::NEVER,
            ..read.clone()
        };
        conversation::update(&mut tx, &[&owned]).await.unwrap();
        assert_eq!(one(&mut tx, 5).await, Conversation { version: 2, ..owned });
        let stale = conversation::update(&mut tx, &[&read]).await.unwrap_err();
        assert!(matches!(stale, StoreError::Stale(5)), "{stale}");
        tx.undo().await;
        assert_eq!(conversation::counts(&store).await.unwrap(), (0, 0), "nothing of it was kept");
    }
}

store_test! {
    // story: BR-03
    async fn a_customer_has_one_open_conversation_with_a_number(store) {
        let mut tx = store.begin().await.unwrap();
        known(&mut tx, 1, 5).await;
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let second = conversation::insert(&mut tx, &[&talk(6, 1)]).await.unwrap_err();
        assert!(second.is_about_rows(), "{second}");
        tx.undo().await;
        let mut tx = store.begin().await.unwrap();
        let closed = Conversation {
            ownership: Ownership::Closed { at: NOW, last: AgentId(3) },
            ..one(&mut tx, 5).await
        };
        conversation::update(&mut tx, &[&closed]).await.unwrap();
        conversation::insert(&mut tx, &[&talk(6, 1)]).await.unwrap();
        let pair = (ContactId(1), NumberId("900".to_owned()));
        assert_eq!(conversation::newest_of(&mut tx, &[pair]).await.unwrap(), [ConversationId(6)]);
        assert_eq!(conversation::open_of(&mut tx, ContactId(1)).await.unwrap(), [ConversationId(6)]);
        tx.commit().await.unwrap();
        assert_eq!(conversation::counts(&store).await.unwrap(), (1, 0));
        let all = conversation::after(&store, ConversationId(0), 9).await.unwrap();
        assert_eq!(all.iter().map(|c| c.id.0).collect::<Vec<_>>(), [5, 6]);
        assert_eq!(all[0].ownership, Ownership::Closed { at: NOW, last: AgentId(3) });
    }
}

store_test! {
    // story: RL-04
    async fn where_a_conversation_is_shown_is_written_once_and_forgotten(store) {
        let mut tx = store.begin().await.unwrap();
        known(&mut tx, 1, 5).await;
        let id = ConversationId(5);
        conversation::shown(&mut tx, &[(id, "card", "10"), (id, "thread", "11"), (id, "head", "12")]).await.unwrap();
        conversation::shown(&mut tx, &[(id, "card", "20")]).await.unwrap();
        let c = one(&mut tx, 5).await;
        assert_eq!((c.card.as_str(), c.thread.as_str(), c.head.as_str(), c.version), ("10", "11", "12", 1));
        assert_eq!(conversation::ids_by_thread(&mut tx, &[ThreadRef::from("11")]).await.unwrap(), [id]);
        conversation::forget_post(&mut tx, id, &PostRef::from("12")).await.unwrap();
        conversation::forget_post(&mut tx, id, &PostRef::from("99")).await.unwrap();
        let c = one(&mut tx, 5).await;
        assert_eq!((c.card.as_str(), c.head.as_str()), ("10", ""));
        conversation::forget_places(&mut tx, id).await.unwrap();
        let c = conversation::lock(&mut tx, &[id]).await.unwrap().remove(0);
        assert_eq!((c.card.as_str(), c.thread.as_str()), ("", ""));
        // Threads that are nowhere are none: the empty name is not looked up.
        assert!(conversation::ids_by_thread(&mut tx, &[ThreadRef::default()]).await.unwrap().is_empty());
    }
}

store_test! {
    // story: RL-03
    async fn the_threads_of_open_conversations_are_known_with_what_was_seen(store) {
        let mut tx = store.begin().await.unwrap();
        known(&mut tx, 1, 5).await;
        known(&mut tx, 2, 6).await;
        conversation::shown(&mut tx, &[(ConversationId(5), "thread", "11"), (ConversationId(6), "thread", "12")])
            .await
            .unwrap();
        let five = Conversation { seen: PostRef::from("99"), ..one(&mut tx, 5).await };
        let six = Conversation {
            ownership: Ownership::Closed { at: NOW, last: AgentId::NOBODY },
            ..one(&mut tx, 6).await
        };
        conversation::update(&mut tx, &[&five, &six]).await.unwrap();
        message::save(&mut tx, &[&said(1, 5), &said(2, 5), &Message { revoked_at: NOW, ..said(3, 5) }]).await.unwrap();
        let mirror = |remote: &str, message: i64, part: &str| Ref {
            place: "discord".to_owned(),
            remote: remote.to_owned(),
            message,
            part: part.to_owned(),
        };
        let refs = [mirror("101", 1, "mirror"), mirror("102", 2, "mirror"), mirror("103", 3, "mirror"), mirror("104", 1, "prompt")];
        message::save_refs(&mut tx, &refs).await.unwrap();
        tx.commit().await.unwrap();
        let open = conversation::threads(&store, Workspace::Discord, &[], 100).await.unwrap();
        assert_eq!(open.iter().map(|t| (t.thread.as_str(), t.seen.as_str())).collect::<Vec<_>>(), [("11", "99")]);
        let also = [ThreadRef::from("11"), ThreadRef::from("12"), ThreadRef::from("13")];
        assert_eq!(conversation::threads(&store, Workspace::Discord, &also, 100).await.unwrap().len(), 2);
        let posts = message::posts_of(&store, &["11"]).await.unwrap();
        assert_eq!(posts.iter().map(|p| p.remote.as_str()).collect::<Vec<_>>(), ["102", "101"]);
    }
}

store_test! {
    // story: CL-03
    async fn a_number_is_given_out_once(store) {
        let mut tx = store.begin().await.unwrap();
        assert_eq!(conversation::next_number(&mut tx).await.unwrap(), 1);
        conversation::numbers_used(&mut tx, 4).await.unwrap();
        tx.undo().await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(conversation::next_number(&mut tx).await.unwrap(), 1, "what was not committed was not given out");
        conversation::numbers_used(&mut tx, 4).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        assert_eq!(conversation::next_number(&mut tx).await.unwrap(), 4);
    }
}

store_test! {
    // story: CL-02
    async fn the_record_of_owners_has_one_entry_for_each_epoch(store) {
        let mut tx = store.begin().await.unwrap();
        known(&mut tx, 1, 5).await;
        let (_, change) = targeted(|targets| talk(5, 1).claim(AgentId(3), NOW, targets)).unwrap();
        record::append(&mut tx, std::slice::from_ref(&change)).await.unwrap();
        tx.commit().await.unwrap();
        let entries = record::of(&store, ConversationId(5)).await.unwrap();
        assert_eq!((entries.len(), entries[0].to_agent, entries[0].epoch), (1, 3, change.epoch));
        let mut tx = store.begin().await.unwrap();
        assert!(record::append(&mut tx, &[change]).await.unwrap_err().is_about_rows());
    }
}

store_test! {
    // story: BR-08
    async fn a_message_and_its_ids_are_kept(store) {
        let mut tx = store.begin().await.unwrap();
        known(&mut tx, 1, 5).await;
        message::save(&mut tx, &[&said(1, 5), &said(2, 5)]).await.unwrap();
        let sent = Message {
            progress: Progress::Sent,
            wamid: Wamid::from("wamid.9"),
            earlier: vec!["hallo".to_owned()],
            failure: Failure { code: 131_047, reason: "closed".to_owned() },
            ..said(1, 5)
        };
        message::save(&mut tx, &[&sent]).await.unwrap();
        assert_eq!(message::by_id(&mut tx, &[MessageId(1)]).await.unwrap(), std::slice::from_ref(&sent));
        let of = |remote: &str, message: i64, part: &str| Ref {
            place: "whatsapp".to_owned(),
            remote: remote.to_owned(),
            message,
            part: part.to_owned(),
        };
        message::save_refs(&mut tx, &[of("wamid.9", 1, "mirror")]).await.unwrap();
        message::save_refs(&mut tx, &[of("wamid.9", 2, "mirror"), of("p", 1, "prompt")]).await.unwrap();
        let found = message::refs(&mut tx, &[("whatsapp", "wamid.9"), ("discord", "wamid.9")]).await.unwrap();
        assert_eq!(found, [of("wamid.9", 1, "mirror")], "the first stays");
        message::drop_prompts(&mut tx, MessageId(1)).await.unwrap();
        assert_eq!(message::refs_of(&mut tx, &[MessageId(1)]).await.unwrap(), [of("wamid.9", 1, "mirror")]);
        tx.commit().await.unwrap();
        assert_eq!(message::of(&store, ConversationId(5)).await.unwrap().len(), 2);
    }
}

store_test! {
    // story: BR-04
    async fn a_file_is_announced_and_then_stored_or_lost(store) {
        let mut tx = store.begin().await.unwrap();
        known(&mut tx, 1, 5).await;
        message::save(&mut tx, &[&said(1, 5)]).await.unwrap();
        let announced = |id: i64| Media {
            id: MediaId(id),
            message: MessageId(1),
            file: File {
                id: MediaId(id),
                kind: MediaKind::Image,
                mime: "image/png".to_owned(),
                name: "bike.png".to_owned(),
                remote: "77".to_owned(),
                sha256: String::new(),
                size: 3,
            },
            door: "whatsapp".to_owned(),
            number: NumberId("900".to_owned()),
            state: State::Announced,
            size: 0,
            mime: String::new(),
            reason: String::new(),
        };
        media::insert(&mut tx, &[announced(7), announced(8)]).await.unwrap();
        media::stored(&mut tx, MediaId(7), 3, "abc", "image/png").await.unwrap();
        media::moved(&mut tx, MediaId(7), State::Lost, "late complaint").await.unwrap();
        media::moved(&mut tx, MediaId(8), State::Lost, "gone").await.unwrap();
        let found = media::of_messages(&mut tx, &[MessageId(1)]).await.unwrap();
        assert_eq!((found[0].state, found[0].size, found[0].mime.as_str()), (State::Stored, 3, "image/png"));
        assert_eq!((found[1].state, found[1].reason.as_str()), (State::Lost, "gone"));
        assert_eq!(media::by_id(&mut tx, &[MediaId(8)]).await.unwrap(), found[1..]);
        tx.commit().await.unwrap();
        assert!(media::stored_file(&store, MediaId(7)).await.unwrap().is_some());
        assert!(media::stored_file(&store, MediaId(8)).await.unwrap().is_none());
    }
}
