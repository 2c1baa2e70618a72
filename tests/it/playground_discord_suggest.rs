//! The stand-in's options that complete themselves, through the real serenity.

use std::time::Duration;

use baton::playground::discord::Options;
use serde_json::{Value, json};
use serenity::all::GuildId;

use super::playground_discord::{Guild, WAIT, refused};

/// A guild whose bot has `/find` with a text and a number that complete themselves.
async fn guild(options: Options) -> Guild {
    let guild = Guild::start(options).await;
    register(
        &guild,
        json!([{ "type": 3, "name": "what", "description": "A text", "required": true, "autocomplete": true },
                            { "type": 4, "name": "number", "description": "A number", "autocomplete": true }]),
    )
    .await
    .expect("registered");
    guild
}

async fn register(guild: &Guild, options: Value) -> serenity::Result<()> {
    let command = json!([{ "name": "find", "description": "Find it", "options": options }]);
    guild.http.create_guild_commands(GuildId::new(guild.discord.guild_id()), &command).await.map(|_| ())
}

#[tokio::test]
async fn only_some_options_complete_themselves() {
    let guild = guild(Options::default()).await;
    let option = |kind: u64| json!([{ "type": kind, "name": "what", "description": "A thing", "autocomplete": true }]);
    for kind in [3, 4, 10] {
        register(&guild, option(kind)).await.expect("registered");
    }
    for kind in [5, 6, 7, 8, 9, 11] {
        assert_eq!(refused(register(&guild, option(kind)).await), (400, 50035), "{kind}");
    }
    let mut both = option(3);
    both[0]["choices"] = json!([{ "name": "a", "value": "a" }]);
    assert_eq!(refused(register(&guild, both).await), (400, 50035));
    assert_eq!(guild.discord.wire().take_violations().len(), 7);
    guild.assert_clean();
}

#[tokio::test]
async fn what_is_typed_reaches_the_bot_and_what_it_offers_the_person() {
    let guild = guild(Options::default()).await;
    let mut bot = guild.connect().await;
    let (discord, ana, channel) = (&guild.discord, guild.ana, guild.channel);
    assert!(discord.typing_option(ana, channel, "lose", &json!({}), "what", "x").is_err());
    assert!(discord.typing_option(ana, channel, "find", &json!({}), "who", "x").is_err());

    let id = discord.typing_option(ana, channel, "find", &json!({ "number": 7 }), "what", "re").expect("typed");
    let asked = bot.command().await;
    let focused = asked.data.autocomplete().expect("focused");
    assert_eq!((focused.name, focused.value), ("what", "re"));
    assert_eq!((asked.user.id.get(), asked.channel_id.get(), asked.data.options.len()), (ana, channel, 2));
    let answer = json!({ "type": 8, "data": { "choices": [{ "name": "Refund", "value": "refund" }] } });
    guild.http.create_interaction_response(asked.id, &asked.token, &answer, vec![]).await.expect("taken");
    assert_eq!(discord.suggestions(id, WAIT).await, Some(vec![("Refund".to_owned(), json!("refund"))]));

    // A number as it is typed is a text; what is offered for it is not.
    let id = discord.typing_option(ana, channel, "find", &json!({}), "number", "").expect("typed");
    let asked = bot.command().await;
    assert_eq!(asked.data.autocomplete().expect("focused").value, "");
    let answer = json!({ "type": 8, "data": { "choices": [{ "name": "Twelve", "value": 12 }] } });
    guild.http.create_interaction_response(asked.id, &asked.token, &answer, vec![]).await.expect("taken");
    assert_eq!(discord.suggestions(id, WAIT).await, Some(vec![("Twelve".to_owned(), json!(12))]));
    guild.assert_clean();
}

#[tokio::test]
async fn choices_beyond_the_limits_are_refused() {
    let guild = guild(Options::default()).await;
    let mut bot = guild.connect().await;
    let (discord, ana, channel) = (&guild.discord, guild.ana, guild.channel);
    let choice = |name: &str, value: Value| json!({ "name": name, "value": value });
    let many: Vec<Value> = (0..26).map(|n| choice("n", json!(n.to_string()))).collect();
    let choices = |list: Vec<Value>| json!({ "type": 8, "data": { "choices": list } });
    let wrong = [
        choices(many),
        choices(vec![choice("", json!("v"))]),
        choices(vec![choice(&"n".repeat(101), json!("v"))]),
        choices(vec![choice("n", json!(""))]),
        choices(vec![choice("n", json!("v".repeat(101)))]),
        choices(vec![choice("n", json!(7))]),
        json!({ "type": 8, "data": {} }),
        json!({ "type": 5 }),
        json!({ "type": 4, "data": { "content": "hi", "allowed_mentions": { "parse": [] } } }),
    ];
    let id = discord.typing_option(ana, channel, "find", &json!({}), "what", "x").expect("typed");
    let asked = bot.command().await;
    for body in &wrong {
        let answer = guild.http.create_interaction_response(asked.id, &asked.token, body, vec![]).await;
        assert_eq!(refused(answer), (400, 50035), "{body}");
    }
    assert_eq!(discord.wire().take_violations().len(), wrong.len());
    // None of them was an answer, so that this still is one.
    guild.http.create_interaction_response(asked.id, &asked.token, &choices(vec![]), vec![]).await.expect("taken");
    assert_eq!(discord.suggestions(id, WAIT).await, Some(vec![]));

    let id = discord.typing_option(ana, channel, "find", &json!({}), "number", "1").expect("typed");
    let asked = bot.command().await;
    for value in [json!("12"), json!(1.5), json!(1_i64 << 54)] {
        let body = choices(vec![choice("n", value)]);
        let answer = guild.http.create_interaction_response(asked.id, &asked.token, &body, vec![]).await;
        assert_eq!(refused(answer), (400, 50035), "{body}");
    }
    assert_eq!(discord.wire().take_violations().len(), 3);
    let twelve = choices(vec![choice("n", json!(12))]);
    guild.http.create_interaction_response(asked.id, &asked.token, &twelve, vec![]).await.expect("taken");
    discord.suggestions(id, WAIT).await.expect("choices");
    guild.assert_clean();
}

#[tokio::test]
async fn choices_come_in_time_or_not_at_all() {
    let guild = guild(Options { ack_deadline: Duration::from_millis(200), ..Options::default() }).await;
    let mut bot = guild.connect().await;
    let id = guild.discord.typing_option(guild.ana, guild.channel, "find", &json!({}), "what", "x").expect("typed");
    let asked = bot.command().await;
    assert_eq!(guild.discord.suggestions(id, WAIT).await, None);
    let late = json!({ "type": 8, "data": { "choices": [] } });
    let answer = guild.http.create_interaction_response(asked.id, &asked.token, &late, vec![]).await;
    assert_eq!(refused(answer), (404, 10062));
    let found = guild.discord.wire().take_violations();
    assert_eq!(found, ["interaction of type 4 was not answered within 200 ms"]);
}
