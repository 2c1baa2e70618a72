//! Who speaks to the customer: only what is clearly meant for them leaves.

use baton::domain::message::Direction;
use baton::playground::discord::MessageView;
use baton::store::message;
use serde_json::json;

use super::media::PNG;
use crate::world::acts::file;
use crate::world::{Setting, World};
use crate::{on_both, on_discord};

/// How each message of the first conversation is kept, oldest first.
async fn kept(w: &World) -> Vec<Direction> {
    let id = w.conversations().await[0].id;
    message::of(&w.app().store, id).await.unwrap().iter().map(|m| m.direction).collect()
}

fn prompts(w: &World, thread: u64) -> Vec<MessageView> {
    w.posts(thread).into_iter().filter(|post| !post.components.is_empty()).collect()
}

on_both! {
    // story: RP-01
    async fn only_the_owner_speaks(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let post = w.write(w.ben, thread, "I think she means the blue one");
        w.quiet().await;
        insta::assert_snapshot!("not_the_owner", w.transcript());
        let prompt = w.prompt(thread, "Keep as note");
        assert_eq!(prompt.button("Send as reply"), None, "the policy does not allow it");
        assert!(w.press(w.ana, &prompt, "Keep as note").await.contains("Ben's"), "only its author may say what it is");
        assert!(w.press(w.guest, &prompt, "Keep as note").await.contains("Only agents"));
        assert_eq!(prompts(&w, thread).len(), 1);
        assert_eq!(w.press(w.ben, &prompt, "Keep as note").await, "📝 Kept as a note. The customer does not see it.");
        w.assert_quiet().await;
        assert_eq!(prompts(&w, thread).len(), 0, "the question is gone once it is answered");
        assert_eq!(w.marks(thread, post), "📝");
        assert_eq!(kept(&w).await, [Direction::In, Direction::Note]);
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
    }
}

on_both! {
    // story: RP-01
    async fn another_may_send_where_the_policy_allows(
        w, Setting { reply: "others_may_reply = true", ..Setting::default() }
    ) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.write(w.ben, thread, "The blue one is back");
        w.quiet().await;
        let prompt = w.prompt(thread, "Send as reply");
        assert!(w.press(w.ana, &prompt, "Send as reply").await.contains("Ben's"));
        assert_eq!(w.press(w.ben, &prompt, "Send as reply").await, "Sent to the customer.");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["The blue one is back"]);
        assert_eq!(w.fact(&w.cards()[0], "Owner"), Some(format!("<@{}>", w.ana)), "the owner stays");
        assert_eq!(prompts(&w, thread).len(), 0);
        assert!(w.chat.click(w.ben, thread, prompt.id, prompt.button("Send as reply").unwrap()).is_err());
        assert_eq!(w.received_texts(maria).len(), 1);
    }
}

on_both! {
    // story: RP-01
    async fn a_lead_may_always_send(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        w.write(w.lea, thread, "This is Lea, the manager of the shop");
        w.quiet().await;
        w.press(w.lea, &w.prompt(thread, "Send as reply"), "Send as reply").await;
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["This is Lea, the manager of the shop"]);
    }
}

on_both! {
    // story: RP-02
    async fn in_an_unassigned_thread_nothing_is_sent_unasked(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        let thread = w.thread();
        let post = w.write(w.ben, thread, "Hola Maria, I am Ben");
        w.quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        insta::assert_snapshot!("unassigned", w.transcript());
        let prompt = w.prompt(thread, "Claim and send");
        assert!(prompt.button("Keep as note").is_some());
        assert!(w.press(w.ana, &prompt, "Claim and send").await.contains("Ben's"));
        assert_eq!(w.press(w.ben, &prompt, "Claim and send").await, "Sent to the customer.");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["Hola Maria, I am Ben"]);
        assert_eq!(w.fact(&w.cards()[0], "Owner"), Some(format!("<@{}>", w.ben)));
        assert_eq!(w.marks(thread, post), "📬");
        assert_eq!(prompts(&w, thread).len(), 0);
        // Another's draft, kept inside.
        w.command(w.ben, thread, "release", json!({})).await;
        w.write(w.ana, thread, "she is nice");
        w.quiet().await;
        w.press(w.ana, &w.prompt(thread, "Keep as note"), "Keep as note").await;
        w.assert_quiet().await;
        assert_eq!(kept(&w).await, [Direction::In, Direction::Out, Direction::Note]);
    }
}

on_both! {
    // story: RP-02, CL-01
    async fn two_who_claim_and_send_at_once_give_one_answer(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        let thread = w.thread();
        w.write(w.ana, thread, "Ana here");
        w.write(w.ben, thread, "Ben here");
        w.quiet().await;
        let [first, second] = prompts(&w, thread).try_into().unwrap();
        let (by_ana, by_ben) =
            if first.content.contains("Ana,") { (first, second) } else { (second, first) };
        let (ana, ben) =
            tokio::join!(w.press(w.ana, &by_ana, "Claim and send"), w.press(w.ben, &by_ben, "Claim and send"));
        w.assert_quiet().await;
        let received = w.received_texts(maria);
        assert_eq!(received.len(), 1, "{received:?}");
        let (winner, loser, told, author) =
            if received[0] == "Ana here" { ("Ana", ana, ben, w.ben) } else { ("Ben", ben, ana, w.ana) };
        assert_eq!(loser, "Sent to the customer.");
        assert!(told.starts_with(&format!("{winner} took it")), "{told}");
        // The other draft waits for its author, who may still keep it.
        let [left] = prompts(&w, thread).try_into().unwrap();
        assert_eq!((left.button("Claim and send"), left.button("Send as reply")), (None, None), "{left:#?}");
        w.press(author, &left, "Keep as note").await;
        w.assert_quiet().await;
        assert_eq!(prompts(&w, thread).len(), 0);
        assert_eq!(w.received_texts(maria).len(), 1);
    }
}

// On Telegram each file of a set is a message of its own.
on_discord! {
    // story: RP-02, MD-03
    async fn a_held_post_with_files_goes_out_whole(w) {
        let maria = w.customer("Maria");
        w.says(maria, "Which ones do you have?");
        w.quiet().await;
        let thread = w.thread();
        let picture = |name: &str| file(name, "image/png", PNG);
        w.write_files(w.ben, thread, "These two", vec![picture("one.png"), picture("two.png")]);
        w.write(w.ben, thread, "and more next week");
        w.quiet().await;
        assert_eq!(w.received(maria).len(), 0);
        let prompt = prompts(&w, thread).remove(0);
        w.press(w.ben, &prompt, "Claim and send").await;
        w.assert_quiet().await;
        let received: Vec<(String, String)> = w.received(maria).into_iter().map(|m| (m.kind, m.text)).collect();
        let kind = w.chat.kind_of_pictures();
        assert_eq!(received, [(kind.into(), "These two".into()), (kind.into(), String::new())], "{}", w.transcript());
        assert_eq!(prompts(&w, thread).len(), 1, "the other draft is asked about on its own");
    }
}

on_both! {
    // story: RP-03
    async fn notes_never_reach_the_customer(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let notes = ["// she called yesterday", "//no space", "   // leading spaces", "//", "// REFUND", "\u{a0}// odd space"];
        let posts: Vec<u64> = notes.iter().map(|text| w.write(w.ana, thread, text)).collect();
        let bens = w.write(w.ben, thread, "  // from somebody else");
        w.quiet().await;
        assert_eq!(w.command(w.ana, thread, "note", json!({ "text": "by a command" })).await, "📝 Kept as a note. The customer does not see it.");
        assert!(w.command(w.ben, w.support, "note", json!({ "text": "#1 from elsewhere" })).await.starts_with("📝"));
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        for post in posts.iter().chain([&bens]).filter(|post| **post != posts[3]) {
            assert_eq!(w.marks(thread, *post), "📝");
        }
        assert_eq!(prompts(&w, thread).len(), 0, "a note needs no question");
        assert_eq!(kept(&w).await.iter().filter(|d| **d == Direction::Note).count(), 8, "each is part of the record");
        assert!(w.conversations().await[0].waiting_since.some().is_some(), "a note is no answer");
        insta::assert_snapshot!("notes", w.transcript());
    }
}

on_both! {
    // story: RP-03
    async fn a_note_with_a_file_stays_inside(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let files = vec![file("passport.png", "image/png", PNG)];
        let post = w.write_files(w.ana, thread, "// do not send this", files);
        w.assert_quiet().await;
        assert_eq!(w.received(maria).len(), 0);
        assert_eq!(w.marks(thread, post), "📝");
    }
}

on_both! {
    // story: RP-03
    async fn in_explicit_mode_only_what_is_marked_goes_out(
        w, Setting { reply: "mode = \"explicit\"", ..Setting::default() }
    ) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let plain = w.write(w.ana, thread, "thinking aloud");
        w.write(w.ana, thread, "> Hola Maria");
        w.write(w.ana, thread, ">no space");
        w.write(w.ana, thread, "// > a note all the same");
        w.command(w.ana, thread, "reply", json!({ "text": "and by a command" })).await;
        w.assert_quiet().await;
        let received = w.received_texts(maria);
        assert_eq!(received, ["Hola Maria", "no space", "and by a command"], "{}", w.transcript());
        assert_eq!(w.marks(thread, plain), "📝");
        // Another's marked text is a draft, and unmarked it is nothing special.
        w.write(w.ben, thread, "> I can help");
        w.write(w.ben, thread, "lunch?");
        w.assert_quiet().await;
        assert_eq!(prompts(&w, thread).len(), 1);
        assert_eq!(w.received_texts(maria).len(), 3);
    }
}

// Commands are typed as text; on Telegram everything that begins like one is one, and is answered.
on_discord! {
    // story: RP-03, CL-03
    async fn a_mistyped_command_does_not_go_out(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let post = w.write(w.ana, thread, "/relpy Hola Maria");
        w.quiet().await;
        assert!(w.has_post(thread, "Did you mean /reply?"), "{}", w.transcript());
        assert_eq!(w.marks(thread, post), "📝");
        w.write(w.ana, thread, " /close done with her");
        w.write(w.ana, thread, "/xyzzy");
        w.write(w.ben, thread, "/claim");
        w.quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        insta::assert_snapshot!("mistyped", w.transcript());
        assert_eq!(kept(&w).await.len(), 5);
        // What merely has a slash is text.
        w.write(w.ana, thread, "24/7, 1/2 and/or");
        w.write(w.ana, thread, "/ 2");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["24/7, 1/2 and/or", "/ 2"]);
    }
}

on_both! {
    // story: RP-01, CL-08
    async fn who_is_no_agent_speaks_to_nobody(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let post = w.write(w.guest, thread, "May I say something?");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        assert_eq!(prompts(&w, thread).len(), 0);
        assert_eq!(w.marks(thread, post), "📝");
        assert!(w.has_post(thread, "you are not an agent here"));
        // Nor in a channel, nor in a thread that is none of ours.
        w.write(w.ana, w.support, "in the channel");
        let other = w.chat.start_thread(w.ana, w.support, "lunch").unwrap();
        w.write(w.ana, other, "pizza?");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), Vec::<String>::new());
        assert_eq!(w.posts(other).len(), 1, "and Baton does not speak there");
    }
}
