//! Files that Baton makes, on their way to Discord.

use baton::domain::reply::Reply;
use baton::playground::discord::Options;
use baton::playground::wire::{Fault, Misbehaviour};
use baton::port::{Attachment, Call, Channel, Outcome};
use serde_json::json;

use super::discord_gateway::{Ears, card_with_button, interaction};
use super::discord_perform::{Team, line};

fn picture(size: usize) -> Attachment {
    let made = Attachment::made("load.png".to_owned(), "image/png", vec![7; size]);
    Attachment { alt: "Ana 3 of 5".to_owned(), ..made }
}

fn text() -> Attachment {
    Attachment::made("transcript.txt".to_owned(), "text/plain; charset=utf-8", b"Hola".to_vec())
}

// story: VI-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_answer_brings_files() {
    let ears = Ears::started().await;
    let card = card_with_button(&ears).await;
    ears.discord().click(ears.team.ana, ears.team.channel, card, "b:claim:12").unwrap();
    let (interaction, _) = interaction(&ears).await;
    let call = || Call::Answer {
        interaction: interaction.clone(),
        reply: Reply::text("Here."),
        files: vec![picture(300), text()],
    };
    // The answer goes through and its receipt is lost: the repeated one stands in its place, with the files once.
    ears.discord().wire().misbehave(Fault {
        method: Some("POST".to_owned()),
        path: "/interactions/".to_owned(),
        times: 1,
        then: Misbehaviour::CutAfter,
    });
    let mut job = ears.team.job(call());
    let lost = ears.team.bot.perform(job.clone()).await;
    assert!(matches!(lost, Outcome::Later { .. }), "{lost:?}");
    job.attempt += 1;
    let again = ears.team.bot.perform(job).await;
    assert!(matches!(again, Outcome::Done(_)), "{again:?}");
    let seen = ears.discord().ephemeral_messages(ears.team.ana, ears.team.channel);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].content, "Here.");
    let [picture, text] = seen[0].attachments.as_slice() else { panic!("{seen:#?}") };
    assert_eq!((picture.filename.as_str(), picture.content_type.as_str()), ("load.png", "image/png"));
    assert_eq!((picture.bytes.len(), picture.description.as_deref()), (300, Some("Ana 3 of 5")));
    assert_eq!((text.filename.as_str(), text.bytes.as_ref()), ("transcript.txt", b"Hola".as_slice()));
    assert_eq!(text.description, None);
    let served = reqwest::get(&picture.url).await.unwrap();
    assert_eq!((served.status().as_u16(), served.bytes().await.unwrap().len()), (200, 300));
    ears.stop().await;
}

// story: VI-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deferred_answer_brings_files() {
    let ears = Ears::started().await;
    ears.team.bot.register().await.unwrap();
    ears.discord().command(ears.team.ana, ears.team.channel, "claim", &json!({})).unwrap();
    let (interaction, _) = interaction(&ears).await;
    ears.until("the promise", || ears.team.bot.health().deferred() == 1).await;
    let reply = || Reply::text("Here.");
    let files = vec![picture(300), text()];
    ears.team.done(Call::Answer { interaction: interaction.clone(), reply: reply(), files }).await;
    let seen = || ears.discord().ephemeral_messages(ears.team.ana, ears.team.channel).pop().unwrap();
    assert_eq!(seen().attachments.len(), 2);
    assert_eq!(seen().attachments[0].description.as_deref(), Some("Ana 3 of 5"));
    assert!(!seen().loading);
    // What comes later stands in the place of all of it.
    ears.team.done(Call::Answer { interaction, reply: reply(), files: Vec::new() }).await;
    assert_eq!((seen().content.as_str(), seen().attachments.len()), ("Here.", 0));
    ears.stop().await;
}

// story: VI-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_says_what_is_too_large_for_it() {
    let ears = Ears::started().await;
    let card = card_with_button(&ears).await;
    ears.discord().click(ears.team.ana, ears.team.channel, card, "b:claim:12").unwrap();
    let (interaction, _) = interaction(&ears).await;
    let large = Attachment::made("all_of_it.txt".to_owned(), "text/plain", vec![b'x'; 2 * 1024 * 1024]);
    let reply = Reply::text("word ".repeat(500));
    ears.team.done(Call::Answer { interaction, reply, files: vec![large, picture(5)] }).await;
    let seen = ears.discord().ephemeral_messages(ears.team.ana, ears.team.channel).pop().unwrap();
    assert!(seen.content.ends_with("…\n-# all\\_of\\_it.txt (2 MiB) is too large for Discord"), "{}", seen.content);
    assert_eq!(seen.attachments.iter().map(|file| file.filename.as_str()).collect::<Vec<_>>(), ["load.png"]);
    ears.stop().await;
}

// story: VI-05
#[tokio::test]
async fn a_post_in_a_channel_brings_a_picture() {
    let team = Team::start(Options::default()).await;
    let call = Call::Post {
        place: team.in_channel(),
        post: line("The day in figures"),
        reply_to: None,
        files: vec![picture(300)],
    };
    let receipt = team.done(call).await;
    let posts = team.discord.messages(team.channel);
    assert_eq!((posts.len(), receipt.remote), (1, vec![posts[0].id.to_string()]));
    assert_eq!(posts[0].content, "-# The day in figures");
    assert_eq!(posts[0].attachments[0].filename, "load.png");
    assert_eq!(posts[0].attachments[0].description.as_deref(), Some("Ana 3 of 5"));
    team.assert_clean();
}
