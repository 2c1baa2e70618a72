//! Words that are ready: prepared texts, templates, a first message of ours; and two who write at once.

use std::time::Duration;

use baton::store::template;
use serde_json::json;

use crate::world::{Setting, World};
use crate::{on_both, on_discord};

const DESK: Setting = Setting {
    whatsapp: "business_account = \"102290129340398\"",
    rest: r#"
[canned]
hours = "We are here Monday to Friday, 9:00 to 18:00."
thanks = "You are welcome, {customer}! Your number is {number}.\n{agent} of Sunny Bikes"
"#,
    ..Setting::PLAIN
};

/// How often somebody was told in a thread that another is answering.
fn warnings(w: &World, thread: u64, user: u64) -> usize {
    let told = |post: &&baton::playground::discord::MessageView| post.content.contains("is answering here already");
    w.posts(thread).iter().filter(told).filter(|post| post.pings.contains(&user)).count()
}

// Telegram does not tell that somebody types.
on_discord! {
    // story: RP-04
    async fn who_starts_while_another_writes_is_told_once(w, DESK) {
        let (_, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.discord.typing(w.ana, thread);
        w.quiet().await;
        w.discord.typing(w.ben, thread);
        w.quiet().await;
        assert_eq!((warnings(&w, thread, w.ben), warnings(&w, thread, w.ana)), (1, 0));
        // Ana goes on writing, and so does Ben.
        w.seconds(12);
        w.write(w.ana, thread, "// one moment");
        w.discord.typing(w.ana, thread);
        w.quiet().await;
        w.write(w.ben, thread, "// all right");
        w.discord.typing(w.ben, thread);
        w.quiet().await;
        assert_eq!(warnings(&w, thread, w.ben), 1);
        // Later it is the other way round.
        w.forward(1);
        w.write(w.ben, thread, "// I know something about it");
        w.discord.typing(w.ben, thread);
        w.quiet().await;
        w.write(w.ana, thread, "// do you?");
        w.discord.typing(w.ana, thread);
        w.quiet().await;
        assert_eq!((warnings(&w, thread, w.ben), warnings(&w, thread, w.ana)), (1, 1));
        // A guest may look, and bothers nobody.
        w.forward(1);
        w.discord.typing(w.guest, thread);
        w.quiet().await;
        w.write(w.ana, thread, "// yes");
        w.discord.typing(w.ana, thread);
        w.assert_quiet().await;
        assert_eq!(warnings(&w, thread, w.ana), 1);
        insta::assert_snapshot!("typing", w.day());
    }
}

// Telegram does not tell that somebody types.
on_discord! {
    // story: RP-04
    async fn an_undecided_draft_counts_as_being_at_it(w, DESK) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        let thread = w.thread();
        w.write(w.ben, thread, "Hola Maria");
        w.quiet().await;
        w.forward(4);
        w.discord.typing(w.ana, thread);
        w.quiet().await;
        assert_eq!(warnings(&w, thread, w.ana), 1, "Ben has something to decide about");
        w.press(w.ben, &w.prompt(thread, "Keep as note"), "Keep as note").await;
        w.quiet().await;
        w.discord.typing(w.lea, thread);
        w.quiet().await;
        assert_eq!(warnings(&w, thread, w.lea), 0, "he has decided");
        w.forward(1);
        let preview = w.asks(w.ana, thread, "canned", json!({ "name": "hours" })).await;
        w.quiet().await;
        w.write(w.lea, thread, "// who takes it?");
        w.discord.typing(w.lea, thread);
        w.quiet().await;
        assert_eq!(warnings(&w, thread, w.lea), 1, "Ana looks at a prepared text");
        w.press(w.ana, &preview, "Discard").await;
        w.forward(10);
        w.write(w.ben, thread, "// you?");
        w.discord.typing(w.ben, thread);
        w.assert_quiet().await;
        assert_eq!(warnings(&w, thread, w.ben), 0);
    }
}

on_both! {
    // story: RP-05
    async fn a_prepared_text_is_shown_before_it_is_sent(w, DESK) {
        let (maria, thread) = w.owned_by_ana("Maria", "Thank you so much!").await;
        // Telegram asks for no suggestions while somebody types.
        if !w.chat.is_telegram() {
            assert_eq!(w.offered("canned", json!({}), "name", "").await, [
                "hours: We are here Monday to Friday, 9:00 to 18:00. → hours",
                "thanks: You are welcome, {customer}! Your number is {number}. {agent} of Sunny Bikes → thanks",
            ]);
            assert_eq!(w.offered("canned", json!({}), "name", "welc").await.len(), 1, "by what it says, too");
        }
        let preview = w.asks(w.ana, thread, "canned", json!({ "name": "Thanks" })).await;
        insta::assert_snapshot!("preview", preview.content);
        assert!(preview.ephemeral);
        w.quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new(), "nothing is sent before it is seen");
        assert_eq!(w.press(w.ana, &preview, "Send").await, "Sent to the customer.");
        w.quiet().await;
        assert_eq!(w.received_texts(maria), ["You are welcome, Maria! Your number is 1.\nAna of Sunny Bikes"]);
        assert_eq!(w.press(w.ana, &preview, "Send").await, "That is settled already.");
        // One that is dropped.
        let preview = w.asks(w.ana, thread, "canned", json!({ "name": "hours" })).await;
        assert_eq!(w.press(w.ana, &preview, "Discard").await, "Dropped. Nothing was sent.");
        assert_eq!(w.press(w.ana, &preview, "Send").await, "That is settled already.");
        assert_eq!(
            w.command(w.ana, thread, "canned", json!({ "name": "opening" })).await,
            "There is no prepared text “opening”. There are: hours, thanks."
        );
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria).len(), 1);
        assert!(w.conversations().await[0].waiting_since.some().is_none(), "it was an answer");
        insta::assert_snapshot!("canned", w.day());
    }
}

on_both! {
    // story: RP-05, RP-01, RP-02
    async fn a_prepared_text_of_others_and_of_nobody(w, DESK) {
        let (maria, thread) = w.owned_by_ana("Maria", "When do you open?").await;
        let hours = || json!({ "name": "hours" });
        assert_eq!(w.command(w.ben, thread, "canned", hours()).await, "Only Ana, who owns it, or a lead can do that.");
        assert!(w.command(w.guest, thread, "canned", hours()).await.starts_with("Only agents"));
        let leas = w.asks(w.lea, thread, "canned", hours()).await;
        // While Lea looks, Ana gives it back.
        w.command(w.ana, thread, "release", json!({})).await;
        assert_eq!(w.press(w.lea, &leas, "Send").await, "Nobody owns it: press Claim to take it.");
        let bens = w.asks(w.ben, thread, "canned", hours()).await;
        assert_eq!(bens.button("Send"), None);
        assert_eq!(w.press(w.ben, &bens, "Claim and send").await, "Sent to the customer.");
        w.quiet().await;
        assert_eq!(w.owners().await, ["ben"]);
        assert_eq!(w.received_texts(maria), ["We are here Monday to Friday, 9:00 to 18:00."]);
        w.command(w.ben, thread, "close", json!({})).await;
        w.quiet().await;
        assert_eq!(w.command(w.ben, thread, "canned", hours()).await, "It is closed. It opens again by itself when the customer writes.");
        assert_eq!(w.command(w.ben, w.support, "canned", hours()).await, "Which conversation? Type it in the conversation's thread, or give its number: /claim 12.");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria).len(), 1);
    }
}

on_both! {
    // story: RP-05
    async fn without_prepared_texts_the_way_to_some_is_said(w) {
        let (_, thread) = w.owned_by_ana("Maria", "Hola").await;
        assert_eq!(
            w.command(w.ana, thread, "canned", json!({ "name": "hours" })).await,
            "There is no prepared text “hours”, nor any other: the configuration has none under [canned]."
        );
        w.assert_quiet().await;
    }
}

/// Waits until the templates are known.
async fn templates(w: &World) {
    let begun = std::time::Instant::now();
    while template::like(&w.app().store, "", 50).await.unwrap().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(10), "no templates");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

on_both! {
    // story: RP-06
    async fn a_template_is_filled_in_and_sent(w, DESK) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        templates(&w).await;
        // Telegram asks for no suggestions while somebody types.
        if !w.chat.is_telegram() {
            assert_eq!(w.offered("template", json!({}), "name", "re").await, [
                "reopen_conversation (en_US): Hi {{1}}, we have an answer to your question. Tap below to go on talki… → reopen_conversation:en_US",
                "reopen_conversation (es): Hola {{1}}, tenemos respuesta a tu consulta. Pulsa abajo para seguir habl… → reopen_conversation:es",
            ]);
            assert_eq!(w.offered("template", json!({}), "name", "order_shipped").await, Vec::<String>::new(), "it needs a picture");
        }
        let mut said = String::new();
        let typed = [
            ("reopen_conversation", "Maria"), ("reopen_conversation:fr", "Maria"), ("reopen_conversation:es", ""),
            ("reopen_conversation:es", "Maria | Munoz"), ("reopen_conversation:es", "Maria\nMunoz"),
            ("hello_world", "Maria"), ("pickup_ready", "2041 | Maria"), ("order_shipped", "2041 | Monday"),
            ("spring_sale", ""), ("nonsense", "x"),
        ];
        for (name, values) in typed {
            let options = if values.is_empty() { json!({ "name": name }) } else { json!({ "name": name, "values": values }) };
            let answer = w.command(w.ana, thread, "template", options).await;
            said.push_str(&format!("/template {name} {values:?}\n    {answer}\n"));
        }
        insta::assert_snapshot!("refused", said);
        assert!(w.command(w.ben, thread, "template", json!({ "name": "hello_world" })).await.starts_with("Only Ana"));
        w.quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        let send = |name: &str, values: &str| json!({ "name": name, "values": values });
        for (name, values) in [
            ("reopen_conversation:es", "Maria"), ("appointment_reminder", "Maria | Monday | 9:00"),
            ("pickup_ready", "2041 | Maria | bike | 18:00"),
        ] {
            let answer = w.command(w.ana, thread, "template", send(name, values)).await;
            assert_eq!(answer, "📨 On its way to the customer.");
            w.quiet().await;
        }
        assert!(w.conversations().await[0].waiting_since.some().is_some(), "a template is no answer");
        let asked = w.received(maria).remove(0);
        let button = asked.buttons[0].clone();
        w.meta.taps(maria, &asked.id, &button.id).unwrap();
        w.assert_quiet().await;
        insta::assert_snapshot!("templates", w.day());
    }
}

on_both! {
    // story: RP-06, SL-09
    async fn after_a_day_of_silence_a_template_is_the_way(w, DESK) {
        let (maria, thread) = w.owned_by_ana("Maria", "Do you have the blue one?").await;
        templates(&w).await;
        w.write(w.ana, thread, "I will look");
        w.quiet().await;
        w.forward(60 * 25);
        w.write(w.ana, thread, "Yes, since today!");
        w.quiet().await;
        assert_eq!(w.received_texts(maria), ["I will look"]);
        w.command(w.ana, thread, "template", json!({ "name": "reopen_conversation:en_US", "values": "Maria" })).await;
        w.quiet().await;
        let asked = w.newest_received(maria);
        w.meta.taps(maria, &asked.id, &asked.buttons[0].id).unwrap();
        w.quiet().await;
        w.write(w.ana, thread, "We have it since today!");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria).last().map(String::as_str), Some("We have it since today!"));
        insta::assert_snapshot!("silence", w.day());
    }
}

on_both! {
    // story: RP-06
    async fn a_failed_template_takes_no_answer_away(w, DESK) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hello").await;
        templates(&w).await;
        w.write(w.ana, thread, "Hello Maria!");
        w.quiet().await;
        w.meta.fail_next(maria, 131_026);
        w.command(w.ana, thread, "template", json!({ "name": "hello_world" })).await;
        w.assert_quiet().await;
        assert!(w.has_post(thread, "did not reach the customer"), "{}", w.transcript());
        assert!(w.conversations().await[0].waiting_since.some().is_none(), "she has her answer");
    }
}

on_both! {
    // story: RP-06
    async fn we_may_write_first(w, DESK) {
        templates(&w).await;
        let noor = w.meta.customer("Noor", "+4915112345678");
        let contact = |phone: &str, name: &str, values: &str| json!({ "phone": phone, "name": name, "values": values });
        let hello = || contact("+49 (151) 1234-5678", "reopen_conversation:en_US", "Noor");
        let mut said = String::new();
        for (phone, name, values) in [
            ("0151 12345678", "hello_world", "x"), ("Noor", "hello_world", "x"), ("+49 1511 2345 678", "nonsense", "x"),
            ("+4915112345678", "reopen_conversation", "Noor"), ("+4915112345678", "reopen_conversation:es", "Noor | x"),
        ] {
            let answer = w.command(w.ana, w.support, "contact", contact(phone, name, values)).await;
            said.push_str(&format!("/contact {phone} {name} {values}\n    {answer}\n"));
        }
        insta::assert_snapshot!("refused", said);
        assert!(w.command(w.guest, w.support, "contact", hello()).await.starts_with("Only agents"));
        w.quiet().await;
        assert_eq!((w.conversations().await.len(), w.received(noor).len()), (0, 0));
        assert_eq!(w.command(w.ana, w.support, "contact", hello()).await, "On its way. #1 is yours.");
        w.quiet().await;
        assert_eq!(w.owners().await, ["ana"]);
        let thread = w.thread();
        assert_eq!(w.command(w.ben, w.support, "contact", hello()).await, "This customer's conversation goes on in #1.");
        assert!(w.why(1).await.contains("was begun by one of you"));
        let asked = w.received(noor).remove(0);
        w.meta.taps(noor, &asked.id, &asked.buttons[0].id).unwrap();
        w.quiet().await;
        w.write(w.ana, thread, "Your bike is ready.");
        w.quiet().await;
        assert_eq!(w.received_texts(noor).len(), 2);
        assert_eq!(w.conversations().await.len(), 1, "the answer lands where it belongs");
        w.assert_quiet().await;
        insta::assert_snapshot!("contact", w.day());
        // Again after the end, and never to somebody who is blocked.
        w.on(w.ana, 1, "close", json!({})).await;
        w.quiet().await;
        assert_eq!(w.command(w.ben, w.support, "contact", hello()).await, "On its way. #2 is yours.");
        w.quiet().await;
        w.on(w.lea, 2, "block", json!({ "reason": "asked us to stop" })).await;
        w.quiet().await;
        assert_eq!(
            w.command(w.ben, w.support, "contact", hello()).await,
            "This customer is blocked. /block off in their last thread undoes it."
        );
        w.assert_quiet().await;
        assert_eq!(w.received_texts(noor).len(), 3);
    }
}
