//! Files in answers to interactions, as the stand-in takes them.

use baton::playground::discord::Options;
use serde_json::{Value, json};
use serenity::all::{
    CommandInteraction, CreateAllowedMentions, CreateAttachment, CreateInteractionResponse,
    CreateInteractionResponseMessage, EditInteractionResponse, GuildId,
};

use super::playground_discord::{Bot, Guild, WAIT};

/// A guild whose bot has `/load`.
async fn guild() -> (Guild, Bot) {
    let guild = Guild::start(Options::default()).await;
    let command = json!([{ "name": "load", "description": "Who carries what" }]);
    guild.http.create_guild_commands(GuildId::new(guild.discord.guild_id()), &command).await.expect("registered");
    let bot = guild.connect().await;
    (guild, bot)
}

async fn asked(guild: &Guild, bot: &mut Bot) -> (baton::playground::discord::InteractionId, CommandInteraction) {
    let id = guild.discord.command(guild.ana, guild.channel, "load", &json!({})).expect("typed");
    (id, bot.command().await)
}

/// Sends `body` and `files` as the answer, and returns the status.
async fn answered(guild: &Guild, to: &CommandInteraction, body: &Value, files: &[(&str, &str, &str)]) -> u16 {
    let url = format!("{}/api/v10/interactions/{}/{}/callback", guild.discord.url(), to.id, to.token);
    let json = reqwest::multipart::Part::text(body.to_string()).mime_str("application/json").expect("a type");
    let mut form = reqwest::multipart::Form::new().part("payload_json", json);
    for (part, name, content) in files {
        let file = reqwest::multipart::Part::text((*content).to_owned()).file_name((*name).to_owned());
        form = form.part((*part).to_owned(), file);
    }
    let http = reqwest::Client::builder().user_agent("DiscordBot (test, 1)").no_proxy().build().expect("a client");
    http.post(url).multipart(form).send().await.expect("answered").status().as_u16()
}

// story: VI-01
#[tokio::test]
async fn answers_carry_files() {
    let (guild, mut bot) = guild().await;
    let (id, asked_first) = asked(&guild, &mut bot).await;
    let file = || CreateAttachment::bytes(b"picture".as_slice(), "load.png").description("Who carries what");
    let message = CreateInteractionResponseMessage::new()
        .content("load")
        .ephemeral(true)
        .allowed_mentions(CreateAllowedMentions::new())
        .add_file(file());
    asked_first.create_response(&*guild.http, CreateInteractionResponse::Message(message)).await.expect("answered");
    let view = guild.discord.answer(id, WAIT).await.expect("answered");
    let stored = &view.answers[0].attachments[0];
    assert_eq!((stored.filename.as_str(), stored.bytes.as_ref()), ("load.png", b"picture".as_slice()));
    assert_eq!(stored.description.as_deref(), Some("Who carries what"));
    assert!(stored.url.contains("/ephemeral-attachments/"), "{}", stored.url);
    let served = reqwest::get(&stored.url).await.expect("served");
    assert_eq!(served.bytes().await.expect("read").as_ref(), b"picture");

    let (id, asked_later) = asked(&guild, &mut bot).await;
    let promise = CreateInteractionResponseMessage::new().ephemeral(true);
    asked_later.create_response(&*guild.http, CreateInteractionResponse::Defer(promise)).await.expect("deferred");
    let edit = EditInteractionResponse::new()
        .content("load")
        .allowed_mentions(CreateAllowedMentions::new())
        .new_attachment(file());
    asked_later.edit_response(&*guild.http, edit).await.expect("answered");
    let view = guild.discord.answer(id, WAIT).await.expect("answered");
    assert_eq!(view.answers[0].attachments[0].bytes.as_ref(), b"picture");
    guild.assert_clean();
}

// story: VI-01
#[tokio::test]
async fn misuse_of_files_is_refused_or_recorded() {
    let (guild, mut bot) = guild().await;
    let body = |attachments: Value| json!({ "type": 4, "data": { "flags": 64, "attachments": attachments } });
    let violations = || guild.discord.wire().take_violations();

    let (_, to) = asked(&guild, &mut bot).await;
    let twice = [("files[0]", "a.txt", "a"), ("files[0]", "b.txt", "b")];
    assert_eq!(answered(&guild, &to, &body(json!([{ "id": 0 }])), &twice).await, 400);
    assert_eq!(answered(&guild, &to, &body(json!([])), &[("file", "a.txt", "a")]).await, 400);
    assert_eq!(violations().len(), 2);
    let one = [("files[0]", "a.txt", "a")];
    assert_eq!(answered(&guild, &to, &body(json!([{ "id": 1, "filename": "a.txt" }])), &one).await, 400);
    let long = "x".repeat(1025);
    assert_eq!(answered(&guild, &to, &body(json!([{ "id": 0, "description": long }])), &one).await, 400);
    let same = json!([{ "id": 0 }, { "id": 0 }]);
    assert_eq!(answered(&guild, &to, &body(same), &one).await, 400);
    assert_eq!(violations().len(), 3);

    let other = json!([{ "id": 0, "filename": "b.txt" }]);
    assert_eq!(answered(&guild, &to, &body(other), &one).await, 204);
    assert!(violations()[0].contains("another name"));
    let (_, to) = asked(&guild, &mut bot).await;
    assert_eq!(answered(&guild, &to, &body(json!([])), &one).await, 204);
    assert!(violations()[0].contains("not among the attachments"));
    let (_, to) = asked(&guild, &mut bot).await;
    assert_eq!(answered(&guild, &to, &json!({ "type": 5, "data": { "flags": 64 } }), &one).await, 204);
    assert!(violations()[0].contains("carries none"));
}
