//! A customer is one person under any of their names.

use baton::playground::meta::{Content, NewCustomer};
use baton::store::record;
use serde_json::{Value, json};

use crate::on_both;
use crate::world::World;

/// The body of a text without the business-scoped id: what older accounts get.
fn by_phone_only(w: &World, customer: baton::playground::meta::CustomerId, text: &str) -> Value {
    let mut body = w.text_body(customer, text);
    let person = w.meta.who(customer);
    let value = &mut body["entry"][0]["changes"][0]["value"];
    value["contacts"] = json!([{ "profile": { "name": person.name }, "wa_id": person.phone }]);
    let message = value["messages"][0].as_object_mut().unwrap();
    message.remove("from_user_id");
    message.remove("from_parent_user_id");
    message.insert("from".to_owned(), json!(person.phone));
    body
}

on_both! {
    // story: BR-06
    async fn a_phone_alone_is_enough(w) {
        let maria = w.customer("Maria");
        assert_eq!(w.post_signed(&by_phone_only(&w, maria, "Hola")).await, 200);
        w.quiet().await;
        w.claims(w.ana).await;
        w.write(w.ana, w.thread(), "Hola Maria");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Hola Maria"]);
        assert_eq!(w.fact(&w.cards()[0], "Phone"), Some(format!("+{}", w.meta.who(maria).phone.unwrap())));
    }
}

on_both! {
    // story: BR-06
    async fn a_customer_without_a_phone_works_everywhere(w) {
        let lena = w.meta.customer_without_phone("Lena", "lena.s");
        w.says(lena, "Hallo");
        w.quiet().await;
        let thread = w.thread();
        assert_eq!(w.fact(&w.cards()[0], "WhatsApp").as_deref(), Some("@lena.s"));
        assert_eq!(w.fact(&w.cards()[0], "Phone"), None);
        assert!(w.command(w.ana, thread, "claim", json!({})).await.contains("is yours"));
        w.quiet().await;
        let post = w.write(w.ana, thread, "Hallo Lena");
        w.quiet().await;
        w.command(w.ana, thread, "reply", json!({ "text": "Womit kann ich helfen?" })).await;
        w.quiet().await;
        assert_eq!(w.received_texts(lena), ["Hallo Lena", "Womit kann ich helfen?"]);
        w.meta.opens(lena, &w.number);
        w.quiet().await;
        assert_eq!(w.marks(thread, post), "👀");
        assert!(w.command(w.ana, thread, "whois", json!({})).await.contains("Ana"));
        w.assert_quiet().await;
        insta::assert_snapshot!("without_phone", w.transcript());
    }
}

on_both! {
    // story: BR-06
    async fn a_customer_known_by_the_parent_id_is_the_same(w) {
        let new = NewCustomer { name: "Lena".to_owned(), username: Some("lena.s".to_owned()), parent: true, ..NewCustomer::default() };
        let lena = w.meta.add_customer(new);
        w.says(lena, "Hallo");
        w.quiet().await;
        let person = w.meta.who(lena);
        let mut body = w.text_body(lena, "ich bin's");
        let message = &mut body["entry"][0]["changes"][0]["value"]["messages"][0];
        // Another business-scoped id under the same parent.
        message["from_user_id"] = json!("US.99887766");
        message["from_parent_user_id"] = json!(person.parent_bsuid);
        body["entry"][0]["changes"][0]["value"]["contacts"] = json!([]);
        assert_eq!(w.post_signed(&body).await, 200);
        w.assert_quiet().await;
        assert_eq!(w.mirrored(w.thread(), "Lena"), ["Hallo", "ich bin's"]);
    }
}

/// Maria under two names, met as two people with a conversation each.
async fn two_that_are_one(w: &World) -> baton::playground::meta::CustomerId {
    let maria = w.meta.add_customer(NewCustomer {
        name: "Maria".to_owned(),
        phone: Some("+15551239999".to_owned()),
        withholds_phone: true,
        ..NewCustomer::default()
    });
    w.says(maria, "by my id");
    w.quiet().await;
    w.seconds(60);
    assert_eq!(w.post_signed(&by_phone_only(w, maria, "by my phone")).await, 200);
    w.quiet().await;
    assert_eq!(w.threads().len(), 2, "nothing tells yet that they are one");
    maria
}

on_both! {
    // story: BR-06
    async fn two_who_are_met_together_become_one(w) {
        let maria = two_that_are_one(&w).await;
        w.seconds(60);
        w.meta.show_phone(maria, true);
        w.says(maria, "by both");
        w.assert_quiet().await;
        let conversations = w.conversations().await;
        assert_eq!(conversations.len(), 2);
        assert_eq!(conversations[0].contact, conversations[1].contact);
        let open: Vec<_> = conversations.iter().filter(|c| !c.is_closed()).collect();
        assert_eq!(open.iter().map(|c| c.id.0).collect::<Vec<_>>(), [1], "the older one goes on");
        insta::assert_snapshot!("merged", w.day());
        // From now on everything lands there, whichever name it comes by.
        assert_eq!(w.post_signed(&by_phone_only(&w, maria, "by phone again")).await, 200);
        w.meta.show_phone(maria, false);
        w.says(maria, "by id again");
        w.assert_quiet().await;
        let first = w.threads()[0].id;
        assert_eq!(w.mirrored(first, "Maria"), ["by my id", "by both", "by phone again", "by id again"]);
        assert!(w.threads()[1].archived);
    }
}

on_both! {
    // story: BR-06, CL-02
    async fn the_owned_one_of_two_goes_on(w) {
        let maria = two_that_are_one(&w).await;
        w.command(w.ana, w.support, "claim", json!({ "number": 2 })).await;
        w.quiet().await;
        w.meta.show_phone(maria, true);
        w.says(maria, "by both");
        w.assert_quiet().await;
        let second = w.threads()[1].id;
        assert_eq!(w.mirrored(second, "Maria"), ["by my phone", "by both"]);
        assert!(w.threads()[0].archived);
        let conversations = w.conversations().await;
        assert_eq!(conversations[1].waiting_since, conversations[0].opened_at, "she has waited since her first message");
        let entries = record::of(&w.app().store, conversations[0].id).await.unwrap();
        assert_eq!(entries.iter().map(|e| (e.how.as_str(), e.note.as_str())).collect::<Vec<_>>(), [("closed", "continues in #2")]);
        w.write(w.ana, second, "I am here");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["I am here"]);
    }
}

on_both! {
    // story: BR-06
    async fn a_new_phone_number_keeps_the_conversation(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.sends(maria, Content::NumberChanged { to: "15557770000".to_owned() });
        w.quiet().await;
        assert_eq!(w.fact(&w.cards()[0], "Phone").as_deref(), Some("+15557770000"));
        w.says(maria, "from my new phone");
        w.quiet().await;
        w.write(w.ana, thread, "I see");
        w.assert_quiet().await;
        assert_eq!(w.mirrored(w.thread(), "Maria"), ["Hola", "from my new phone"]);
        assert_eq!(w.received_texts(maria), ["I see"]);
        insta::assert_snapshot!("new_number", w.transcript());
    }
}

on_both! {
    // story: BR-06
    async fn a_new_id_keeps_the_conversation(w) {
        let lena = w.meta.customer_without_phone("Lena", "lena.s");
        w.says(lena, "Hallo");
        w.quiet().await;
        w.claims(w.ana).await;
        let thread = w.thread();
        w.meta.user_id_update(lena, &w.number);
        w.quiet().await;
        w.says(lena, "noch da?");
        w.quiet().await;
        w.write(w.ana, thread, "ja");
        w.quiet().await;
        w.sends(lena, Content::IdChanged);
        w.quiet().await;
        w.says(lena, "gut");
        w.quiet().await;
        w.write(w.ana, thread, "schön");
        w.assert_quiet().await;
        assert_eq!(w.mirrored(w.thread(), "Lena"), ["Hallo", "noch da?", "gut"]);
        assert_eq!(w.received_texts(lena), ["ja", "schön"]);
    }
}

on_both! {
    // story: BR-06
    async fn a_change_met_out_of_order_is_still_one_person(w) {
        let lena = w.meta.customer_without_phone("Lena", "lena.s");
        w.says(lena, "Hallo");
        w.quiet().await;
        // Her first message under the new id overtakes the news of it.
        w.meta.hold_webhooks(true);
        w.meta.user_id_update(lena, &w.number);
        w.says(lena, "noch da?");
        w.meta.release_reversed();
        w.assert_quiet().await;
        let conversations = w.conversations().await;
        let open: Vec<_> = conversations.iter().filter(|c| !c.is_closed()).collect();
        assert_eq!(open.len(), 1, "{}", w.transcript());
        w.says(lena, "hier bin ich");
        w.assert_quiet().await;
        assert!(w.mirrored(w.threads()[0].id, "Lena").contains(&"hier bin ich".to_owned()), "{}", w.transcript());
    }
}
