//! The stand-in for Discord, through the real serenity.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use baton::playground::discord::{Discord, Drop as Outage, File, Options, Say, permission};
use baton::playground::wire::{Fault, Misbehaviour};
use serde_json::{Value, json};
use serenity::all::{
    ActionRowComponent, AutoArchiveDuration, ButtonStyle, ChannelId, ClientBuilder, CommandInteraction,
    CommandOptionType, ComponentInteraction, Context, CreateActionRow, CreateAllowedMentions, CreateAttachment,
    CreateButton, CreateCommand, CreateCommandOption, CreateEmbed, CreateInputText, CreateInteractionResponse,
    CreateInteractionResponseFollowup, CreateInteractionResponseMessage, CreateMessage, CreateModal, CreateThread,
    EditAttachments, EditInteractionResponse, EditMessage, EditThread, Event, GatewayIntents, GuildId, Http,
    HttpBuilder, InputTextStyle, Interaction, MessageId, Nonce, RawEventHandler,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::specs::Specs;

const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
pub(crate) const WAIT: Duration = Duration::from_secs(5);

/// A stand-in with a channel, a member, and the bot's REST client.
pub(crate) struct Guild {
    pub(crate) discord: Discord,
    pub(crate) http: Arc<Http>,
    pub(crate) channel: u64,
    pub(crate) ana: u64,
    specs: Arc<Specs>,
}

impl Guild {
    pub(crate) async fn start(options: Options) -> Self {
        let discord = Discord::start(LOCAL, options).await.expect("a free port");
        let specs = Specs::watch(&[discord.wire()]);
        let role = discord.add_role("Support");
        let ana = discord.add_user("Ana", &[role]);
        let channel = discord.add_channel("queue");
        let mut http = HttpBuilder::new(discord.token())
            .proxy(discord.url())
            .ratelimiter_disabled(true)
            .default_allowed_mentions(CreateAllowedMentions::new())
            .build();
        http.set_application_id(discord.application_id().into());
        http.default_allowed_mentions = Some(CreateAllowedMentions::new());
        Self { discord, http: Arc::new(http), channel, ana, specs }
    }

    fn channel(&self) -> ChannelId {
        ChannelId::new(self.channel)
    }

    async fn send(&self, text: &str) -> MessageId {
        self.channel().send_message(&*self.http, CreateMessage::new().content(text)).await.expect("sent").id
    }

    /// The client did nothing wrong, and neither did the stand-in.
    pub(crate) fn assert_clean(&self) {
        assert_eq!(self.discord.wire().violations(), Vec::<String>::new());
        assert_eq!(self.specs.found(), Vec::<String>::new());
    }

    pub(crate) async fn connect(&self) -> Bot {
        self.connect_with(GatewayIntents::empty()).await
    }

    /// Connects with these intents beside the usual ones.
    pub(crate) async fn connect_with(&self, more: GatewayIntents) -> Bot {
        let intents = GatewayIntents::GUILDS
            | GatewayIntents::GUILD_MESSAGES
            | GatewayIntents::GUILD_MESSAGE_REACTIONS
            | GatewayIntents::GUILD_MESSAGE_TYPING
            | GatewayIntents::DIRECT_MESSAGES
            | GatewayIntents::MESSAGE_CONTENT
            | more;
        let (sender, events) = unbounded_channel();
        let mut http = HttpBuilder::new(self.discord.token()).proxy(self.discord.url()).ratelimiter_disabled(true);
        http = http.default_allowed_mentions(CreateAllowedMentions::new());
        let mut client = ClientBuilder::new_with_http(http.build(), intents)
            .raw_event_handler(Ears(sender))
            .await
            .expect("a gateway address");
        let task = tokio::spawn(async move { client.start().await });
        let mut bot = Bot { events, task };
        bot.hear(|e| matches!(e, Event::GuildCreate(_)).then_some(())).await;
        bot
    }
}

/// A connected bot and what it hears.
pub(crate) struct Bot {
    events: UnboundedReceiver<Event>,
    task: tokio::task::JoinHandle<serenity::Result<()>>,
}

impl Bot {
    pub(crate) async fn hear<T>(&mut self, which: impl Fn(&Event) -> Option<T>) -> T {
        let found = async {
            loop {
                let event = self.events.recv().await.expect("the client runs");
                if let Some(found) = which(&event) {
                    return found;
                }
            }
        };
        tokio::time::timeout(WAIT, found).await.expect("the event comes")
    }

    pub(crate) async fn text(&mut self) -> String {
        self.hear(|e| match e {
            Event::MessageCreate(m) => Some(m.message.content.clone()),
            _ => None,
        })
        .await
    }

    async fn click(&mut self) -> ComponentInteraction {
        self.hear(|e| match e {
            Event::InteractionCreate(i) => i.interaction.clone().message_component(),
            _ => None,
        })
        .await
    }

    pub(crate) async fn command(&mut self) -> CommandInteraction {
        self.hear(|e| match e {
            Event::InteractionCreate(i) => match &i.interaction {
                Interaction::Command(c) | Interaction::Autocomplete(c) => Some(c.clone()),
                _ => None,
            },
            _ => None,
        })
        .await
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Ears(UnboundedSender<Event>);

#[serenity::async_trait]
impl RawEventHandler for Ears {
    async fn raw_event(&self, _: Context, event: Event) {
        // Fails only when the test is over.
        let _ = self.0.send(event);
    }
}

/// The status and Discord's code of a refused request.
pub(crate) fn refused<T: std::fmt::Debug>(result: serenity::Result<T>) -> (u16, isize) {
    match result {
        Err(serenity::Error::Http(serenity::http::HttpError::UnsuccessfulRequest(answer))) => {
            (answer.status_code.as_u16(), answer.error.code)
        }
        other => panic!("not refused: {other:?}"),
    }
}

fn claim_button() -> Vec<CreateActionRow> {
    vec![CreateActionRow::Buttons(vec![CreateButton::new("claim:7").label("Claim").style(ButtonStyle::Primary)])]
}

#[tokio::test]
async fn a_nonce_makes_one_message() {
    let guild = Guild::start(Options::default()).await;
    let card = || CreateMessage::new().content("hello").nonce(Nonce::String("n1".into())).enforce_nonce(true);
    let first = guild.channel().send_message(&*guild.http, card()).await.expect("sent");
    let again = guild.channel().send_message(&*guild.http, card()).await.expect("sent");
    assert_eq!(first.id, again.id);
    // A cut connection leaves the sender in doubt; the nonce settles it.
    let fault = Fault { method: None, path: "/messages".into(), times: 1, then: Misbehaviour::CutAfter };
    guild.discord.wire().misbehave(fault);
    let other = || CreateMessage::new().content("in doubt").nonce(Nonce::String("n2".into())).enforce_nonce(true);
    guild.channel().send_message(&*guild.http, other()).await.expect_err("cut");
    guild.channel().send_message(&*guild.http, other()).await.expect("sent");
    let texts: Vec<String> = guild.discord.messages(guild.channel).into_iter().map(|m| m.content).collect();
    assert_eq!(texts, ["hello", "in doubt"]);
    guild.assert_clean();
}

#[tokio::test]
async fn a_message_has_embeds_buttons_and_files() {
    let guild = Guild::start(Options::default()).await;
    let card = CreateMessage::new()
        .content("card")
        .embed(CreateEmbed::new().title("Maria").field("Waiting", "4 min", true).colour(0x00AA00))
        .components(claim_button())
        .add_file(CreateAttachment::bytes(b"one".as_slice(), "photo one.jpg").description("a photo"));
    let sent = guild.channel().send_message(&*guild.http, card).await.expect("sent");
    let kept = EditAttachments::keep_all(&sent).add(CreateAttachment::bytes(b"two".as_slice(), "two.txt"));
    let edit = EditMessage::new().content("card, edited").attachments(kept);
    let edited = guild.channel().edit_message(&*guild.http, sent.id, edit).await.expect("edited");
    assert_eq!(edited.attachments.len(), 2);
    let url = reqwest::Url::parse(&edited.attachments[0].url).expect("an address");
    assert_eq!(reqwest::get(url).await.expect("served").bytes().await.expect("read").as_ref(), b"one");
    let view = &guild.discord.messages(guild.channel)[0];
    assert_eq!(view.button("Claim"), Some("claim:7"));
    assert_eq!(view.attachments[0].filename, "photo_one.jpg");
    assert_eq!(view.attachments[1].bytes.as_ref(), b"two");
    assert!(view.edited_ms.is_some());
    let nothing = CreateMessage::new().content(" ");
    assert_eq!(refused(guild.channel().send_message(&*guild.http, nothing).await), (400, 50006));
    assert_eq!(guild.discord.wire().take_violations().len(), 1);
    guild.assert_clean();
}

#[tokio::test]
async fn a_thread_archives_locks_and_opens() {
    let guild = Guild::start(Options::default()).await;
    let card = guild.send("card").await;
    let name = || CreateThread::new("Maria").auto_archive_duration(AutoArchiveDuration::OneWeek);
    let thread = guild.channel().create_thread_from_message(&*guild.http, card, name()).await.expect("started");
    assert_eq!(thread.id.get(), card.get());
    let twice = guild.channel().create_thread_from_message(&*guild.http, card, name()).await;
    assert_eq!(refused(twice), (400, 160_004));
    let inside = thread.id.send_message(&*guild.http, CreateMessage::new().content("inside")).await.expect("sent");
    guild.discord.archive(guild.ana, thread.id.get(), true, false).expect("archived");
    let edit = EditMessage::new().content("changed");
    assert_eq!(refused(thread.id.edit_message(&*guild.http, inside.id, edit).await), (400, 50083));
    guild.discord.say(guild.ana, thread.id.get(), "still here?").expect("said");
    let state = guild.discord.thread(thread.id.get()).expect("there");
    assert!(!state.archived && state.members.contains(&guild.ana));
    assert_eq!(state.message_count, 2);
    let shut = EditThread::new().archived(true).locked(true);
    thread.id.edit_thread(&*guild.http, shut).await.expect("locked");
    let late = thread.id.send_message(&*guild.http, CreateMessage::new().content("late")).await;
    assert_eq!(refused(late), (400, 160_005));
    assert!(guild.discord.say(guild.ana, thread.id.get(), "me too").is_err());
    let active = GuildId::new(guild.discord.guild_id()).get_active_threads(&*guild.http).await.expect("listed");
    assert!(active.threads.is_empty());
    thread.id.delete(&*guild.http).await.expect("deleted");
    let gone = thread.id.send_message(&*guild.http, CreateMessage::new().content("x")).await;
    assert_eq!(refused(gone), (404, 10003));
    guild.assert_clean();
}

#[tokio::test]
async fn history_is_paged_and_pinned() {
    let guild = Guild::start(Options::default()).await;
    let mut ids = Vec::new();
    for n in 0..7 {
        ids.push(guild.discord.say(guild.ana, guild.channel, format!("m{n}")).expect("said"));
    }
    let after = serenity::all::GetMessages::new().after(ids[1]).limit(3);
    let page = guild.channel().messages(&*guild.http, after).await.expect("listed");
    let got: Vec<u64> = page.iter().map(|m| m.id.get()).collect();
    assert_eq!(got, [ids[4], ids[3], ids[2]]);
    let message = MessageId::new(ids[0]);
    guild.channel().pin(&*guild.http, message).await.expect("pinned");
    assert_eq!(guild.channel().pins(&*guild.http).await.expect("listed").len(), 1);
    guild.channel().create_reaction(&*guild.http, message, '✅').await.expect("reacted");
    guild.discord.react(guild.ana, guild.channel, ids[0], "✅", true).expect("reacted");
    let read = guild.channel().message(&*guild.http, message).await.expect("read");
    assert_eq!(read.reactions[0].count, 2);
    guild.discord.delete(guild.channel, ids[6]).expect("deleted");
    assert_eq!(refused(guild.channel().message(&*guild.http, ids[6]).await), (404, 10008));
    guild.assert_clean();
}

#[tokio::test]
async fn misuse_is_refused_and_recorded() {
    let guild = Guild::start(Options::default()).await;
    let client = reqwest::Client::builder().user_agent("DiscordBot (https://example.org, 1)").build().expect("client");
    let post = async |body: Value| -> (u16, Value) {
        let url = format!("{}/api/v10/channels/{}/messages", guild.discord.url(), guild.channel);
        let auth = format!("Bot {}", guild.discord.token());
        let answer = client.post(url).header("authorization", auth).json(&body).send().await.expect("answered");
        (answer.status().as_u16(), answer.json().await.expect("json"))
    };
    let quiet = json!({ "parse": [] });
    let (status, body) = post(json!({ "content": "x".repeat(2001), "allowed_mentions": quiet })).await;
    assert_eq!((status, &body["code"]), (400, &json!(50035)));
    assert_eq!(body["errors"]["content"]["_errors"][0]["code"], "BASE_TYPE_MAX_LENGTH");
    let two = json!([{ "type": 2, "style": 1, "label": "a", "custom_id": "same" },
                     { "type": 2, "style": 1, "label": "b".repeat(81), "custom_id": "same" }]);
    let (_, body) = post(json!({ "components": [{ "type": 1, "components": two }] })).await;
    let second = &body["errors"]["components"]["0"]["components"]["1"];
    assert_eq!(second["label"]["_errors"][0]["code"], "BASE_TYPE_MAX_LENGTH");
    assert_eq!(second["custom_id"]["_errors"][0]["code"], "COMPONENT_CUSTOM_ID_DUPLICATED");
    assert_eq!(post(json!({ "content": "hi", "colour": 1, "allowed_mentions": quiet })).await.0, 200);
    assert_eq!(post(json!({ "content": "hi @everyone" })).await.0, 200);
    assert_eq!(
        client.get(format!("{}/api/v10/nowhere", guild.discord.url())).send().await.expect("sent").status(),
        404
    );
    let me = client.get(format!("{}/api/v10/users/@me", guild.discord.url()));
    assert_eq!(me.header("authorization", "Bot wrong").send().await.expect("sent").status(), 401);
    let found = guild.discord.wire().take_violations();
    assert_eq!(found.len(), 6, "{found:#?}");
    assert!(guild.discord.messages(guild.channel)[1].pings_everyone);
    guild.discord.set_bot_permissions(permission::DEFAULT & !permission::SEND_MESSAGES);
    assert_eq!(post(json!({ "content": "hi", "allowed_mentions": quiet })).await.1["code"], 50013);
    guild.discord.deny_bot(guild.channel, permission::VIEW_CHANNEL);
    assert_eq!(post(json!({ "content": "hi", "allowed_mentions": quiet })).await.1["code"], 50001);
    guild.assert_clean();
}

#[tokio::test]
async fn limits_show_in_headers_and_refuse() {
    let guild = Guild::start(Options { rate_limits: true, ..Options::default() }).await;
    for n in 0..5 {
        guild.send(&n.to_string()).await;
    }
    let sixth = guild.channel().send_message(&*guild.http, CreateMessage::new().content("six")).await;
    assert_eq!(refused(sixth).0, 429);
    let card = MessageId::new(guild.discord.messages(guild.channel)[0].id);
    let thread = guild.channel().create_thread_from_message(&*guild.http, card, CreateThread::new("a")).await;
    let thread = thread.expect("started");
    for name in ["b", "c"] {
        thread.id.edit_thread(&*guild.http, EditThread::new().name(name)).await.expect("renamed");
    }
    let third = thread.id.edit_thread(&*guild.http, EditThread::new().name("d")).await;
    assert_eq!(refused(third).0, 429);
    let counted = guild.discord.rate_limited();
    assert_eq!((counted.bucket, counted.hidden, counted.global), (1, 1, 0));
    guild.assert_clean();
}

#[tokio::test]
async fn a_click_is_answered_in_time_or_fails() {
    let options = Options { ack_deadline: Duration::from_millis(300), ..Options::default() };
    let guild = Guild::start(options).await;
    let card = CreateMessage::new().content("card").components(claim_button());
    let card = guild.channel().send_message(&*guild.http, card).await.expect("sent").id.get();
    let unheard = guild.discord.click(guild.ana, guild.channel, card, "claim:7").expect("clicked");
    assert!(guild.discord.answer(unheard, WAIT).await.is_err());
    let mut bot = guild.connect().await;

    let id = guild.discord.click(guild.ana, guild.channel, card, "claim:7").expect("clicked");
    let click = bot.click().await;
    assert_eq!((click.user.id.get(), click.message.id.get()), (guild.ana, card));
    let defer = CreateInteractionResponseMessage::new().ephemeral(true);
    click.create_response(&*guild.http, CreateInteractionResponse::Defer(defer)).await.expect("deferred");
    assert!(!guild.discord.interaction(id).expect("known").answered);
    // serenity leaves the default mentions out of this one builder.
    let quiet = CreateAllowedMentions::new();
    let yours = EditInteractionResponse::new().content("It is yours.").allowed_mentions(quiet);
    click.edit_response(&*guild.http, yours).await.expect("answered");
    let view = guild.discord.answer(id, WAIT).await.expect("answered");
    assert_eq!((view.text(), view.callback), ("It is yours.", Some(5)));
    assert!(view.answers[0].ephemeral && !view.answers[0].loading);
    assert_eq!(guild.discord.messages(guild.channel).len(), 1);
    let again = CreateInteractionResponse::Acknowledge;
    assert_eq!(refused(click.create_response(&*guild.http, again).await), (400, 40060));
    let more = CreateInteractionResponseFollowup::new().content("All see this.");
    click.create_followup(&*guild.http, more).await.expect("followed up");
    assert_eq!(guild.discord.messages(guild.channel).len(), 2);

    let id = guild.discord.click(guild.ana, guild.channel, card, "claim:7").expect("clicked");
    let click = bot.click().await;
    let update = CreateInteractionResponseMessage::new().content("claimed").components(Vec::new());
    click.create_response(&*guild.http, CreateInteractionResponse::UpdateMessage(update)).await.expect("updated");
    guild.discord.answer(id, WAIT).await.expect("answered");
    assert_eq!(guild.discord.interaction(id).expect("known").answers.len(), 1);
    assert_eq!(guild.discord.message(guild.channel, card).expect("there").content, "claimed");
    assert!(guild.discord.click(guild.ana, guild.channel, card, "claim:7").is_err());
    guild.assert_clean();

    let card = CreateMessage::new().content("late").components(claim_button());
    let card = guild.channel().send_message(&*guild.http, card).await.expect("sent").id.get();
    let id = guild.discord.click(guild.ana, guild.channel, card, "claim:7").expect("clicked");
    let click = bot.click().await;
    assert!(guild.discord.answer(id, WAIT).await.is_err());
    let late = click.create_response(&*guild.http, CreateInteractionResponse::Acknowledge).await;
    assert_eq!(refused(late), (404, 10062));
    assert_eq!(guild.discord.wire().take_violations().len(), 1);
}

#[tokio::test]
async fn commands_complete_and_open_modals() {
    let guild = Guild::start(Options::default()).await;
    let mut bot = guild.connect().await;
    let agent = CreateCommandOption::new(CommandOptionType::User, "agent", "Who takes over").required(true);
    let reason = CreateCommandOption::new(CommandOptionType::String, "reason", "Why").set_autocomplete(true);
    let handoff = CreateCommand::new("handoff").description("Hand over").add_option(agent).add_option(reason);
    GuildId::new(guild.discord.guild_id()).set_commands(&*guild.http, vec![handoff]).await.expect("registered");
    let (ana, channel) = (guild.ana, guild.channel);
    assert!(guild.discord.command(ana, channel, "unknown", &json!({})).is_err());
    assert!(guild.discord.command(ana, channel, "handoff", &json!({ "agent": 7 })).is_err());

    let id = guild.discord.typing_option(ana, channel, "handoff", &json!({}), "reason", "ref").expect("typed");
    let completion = bot.command().await;
    assert_eq!(completion.data.autocomplete().expect("focused").value, "ref");
    let choices = serenity::all::CreateAutocompleteResponse::new().add_string_choice("refund", "refund");
    completion.create_response(&*guild.http, CreateInteractionResponse::Autocomplete(choices)).await.expect("ok");
    let offered = guild.discord.suggestions(id, WAIT).await.expect("completed");
    assert_eq!(offered, [("refund".to_owned(), json!("refund"))]);

    let options = json!({ "agent": ana.to_string() });
    let id = guild.discord.command(ana, channel, "handoff", &options).expect("sent");
    let command = bot.command().await;
    assert_eq!(command.data.options[0].value.as_user_id().map(|u| u.get()), Some(ana));
    assert!(command.data.resolved.users.len() == 1 && command.data.resolved.members.len() == 1);
    let input = CreateInputText::new(InputTextStyle::Paragraph, "Note", "note").max_length(10);
    let modal = CreateModal::new("handoff:1", "Hand over").components(vec![CreateActionRow::InputText(input)]);
    command.create_response(&*guild.http, CreateInteractionResponse::Modal(modal)).await.expect("opened");
    guild.discord.answer(id, WAIT).await.expect("opened");
    assert!(guild.discord.submit_modal(ana, id, &[("note", "much too long")]).is_err());
    let id = guild.discord.submit_modal(ana, id, &[("note", "over limit")]).expect("submitted");
    let submitted = bot
        .hear(|e| match e {
            Event::InteractionCreate(i) => i.interaction.clone().modal_submit(),
            _ => None,
        })
        .await;
    let ActionRowComponent::InputText(note) = &submitted.data.components[0].components[0] else { panic!("a text") };
    assert_eq!(note.value.as_deref(), Some("over limit"));
    let done = CreateInteractionResponseMessage::new().content("Done.");
    submitted.create_response(&*guild.http, CreateInteractionResponse::Message(done)).await.expect("answered");
    assert_eq!(guild.discord.answer(id, WAIT).await.expect("answered").text(), "Done.");
    assert_eq!(bot.text().await, "Done.");
    guild.assert_clean();
}

#[tokio::test]
async fn what_is_missed_is_replayed_on_resume() {
    let guild = Guild::start(Options::default()).await;
    let mut bot = guild.connect().await;
    let reply = Say { text: "two".into(), files: vec![photo()], ..Say::default() };
    guild.discord.say(guild.ana, guild.channel, "one").expect("said");
    assert_eq!(bot.text().await, "one");
    guild.discord.gateway_down(true);
    guild.discord.say(guild.ana, guild.channel, reply).expect("said");
    guild.discord.gateway_down(false);
    assert_eq!(bot.text().await, "two");
    bot.hear(|e| matches!(e, Event::Resumed(_)).then_some(())).await;
    for how in [Outage::Reconnect, Outage::Code(4000), Outage::Abort] {
        guild.discord.drop_gateway(how);
        guild.discord.say(guild.ana, guild.channel, format!("{how:?}")).expect("said");
        assert_eq!(bot.text().await, format!("{how:?}"));
        bot.hear(|e| matches!(e, Event::Resumed(_)).then_some(())).await;
    }
    assert_eq!(guild.discord.identifies_and_resumes(), (1, 4));
    guild.assert_clean();
}

#[tokio::test]
async fn events_come_garbled_twice_and_out_of_order() {
    let guild = Guild::start(Options::default()).await;
    let mut bot = guild.connect().await;
    guild.discord.garble_next("MESSAGE_CREATE");
    guild.discord.say(guild.ana, guild.channel, "lost").expect("said");
    let unknown = bot.hear(|e| if let Event::Unknown(u) = e { Some(u.kind.clone()) } else { None }).await;
    assert_eq!(unknown, "MESSAGE_CREATE");
    guild.discord.duplicate_next("MESSAGE_CREATE");
    guild.discord.say(guild.ana, guild.channel, "twice").expect("said");
    assert_eq!((bot.text().await, bot.text().await), ("twice".into(), "twice".into()));
    guild.discord.swap_next_two();
    guild.discord.say(guild.ana, guild.channel, "first").expect("said");
    guild.discord.typing(guild.ana, guild.channel);
    bot.hear(|e| matches!(e, Event::TypingStart(_)).then_some(())).await;
    assert_eq!(bot.text().await, "first");
    let direct = guild.discord.dm(guild.ana);
    guild.discord.say(guild.ana, direct, "in private").expect("said");
    assert_eq!(bot.text().await, "in private");
    let thread = guild.discord.start_thread(guild.ana, guild.channel, None, "side").expect("started");
    guild.discord.rename(guild.ana, thread, "aside").expect("renamed");
    let kinds = bot.hear(|e| if let Event::ThreadUpdate(t) = e { Some(t.thread.name.clone()) } else { None }).await;
    assert_eq!(kinds, "aside");
    guild.discord.react(guild.ana, guild.channel, guild.discord.messages(guild.channel)[0].id, "👍", true).expect("ok");
    bot.hear(|e| matches!(e, Event::ReactionAdd(_)).then_some(())).await;
    guild.discord.delete_channel(thread).expect("deleted");
    bot.hear(|e| matches!(e, Event::ThreadDelete(_)).then_some(())).await;
    guild.assert_clean();
}

#[tokio::test]
async fn an_outage_keeps_the_state() {
    let guild = Guild::start(Options::default()).await;
    guild.send("before").await;
    guild.discord.stop();
    assert!(guild.channel().send_message(&*guild.http, CreateMessage::new().content("during")).await.is_err());
    guild.discord.listen().await.expect("the port is free");
    guild.send("after").await;
    let texts: Vec<String> = guild.discord.messages(guild.channel).into_iter().map(|m| m.content).collect();
    assert_eq!(texts, ["before", "after"]);
    guild.assert_clean();
}

#[tokio::test]
async fn without_the_intent_texts_are_empty() {
    let guild = Guild::start(Options { message_content: false, ..Options::default() }).await;
    let http = HttpBuilder::new(guild.discord.token()).proxy(guild.discord.url()).ratelimiter_disabled(true).build();
    let intents = GatewayIntents::GUILDS | GatewayIntents::MESSAGE_CONTENT;
    let mut client = ClientBuilder::new_with_http(http, intents).await.expect("a gateway address");
    let ended = tokio::time::timeout(WAIT, client.start()).await.expect("refused");
    assert!(matches!(ended, Err(serenity::Error::Gateway(serenity::gateway::GatewayError::DisallowedGatewayIntents))));
    let hidden = guild.discord.say(guild.ana, guild.channel, "secret").expect("said");
    let read = guild.channel().message(&*guild.http, hidden).await.expect("read");
    assert_eq!(read.content, "");
    guild.assert_clean();
}

fn photo() -> File {
    File { name: "photo.jpg".into(), content_type: "image/jpeg".into(), bytes: vec![0xFF, 0xD8, 0xFF] }
}

#[tokio::test]
async fn the_routes_a_bot_needs_are_there() {
    let guild = Guild::start(Options::default()).await;
    let (http, id) = (&*guild.http, GuildId::new(guild.discord.guild_id()));
    guild.discord.set_bot_permissions(permission::ADMINISTRATOR);
    let me = http.get_current_user().await.expect("me");
    assert_eq!(me.id.get(), guild.discord.bot_user_id());
    assert_eq!(http.get_current_application_info().await.expect("application").id.get(), me.id.get());
    assert_eq!(http.get_bot_gateway().await.expect("gateway").shards, 1);
    assert_eq!(http.get_guild_with_counts(id).await.expect("guild").approximate_member_count, Some(2));
    assert_eq!(http.get_channels(id).await.expect("channels").len(), 1);
    assert_eq!(http.get_guild_roles(id).await.expect("roles").len(), 3);
    let ana = guild.ana.into();
    assert_eq!(http.get_member(id, ana).await.expect("member").roles.len(), 1);
    assert_eq!(http.search_guild_members(id, "an", Some(5)).await.expect("found").len(), 1);
    guild.discord.remove_user(guild.ana);
    assert_eq!(refused(http.get_member(id, ana).await), (404, 10007));
    let ben = guild.discord.add_user("Ben", &[]);

    let direct = http.create_private_channel(&json!({ "recipient_id": ben.to_string() })).await.expect("opened");
    direct.id.send_message(http, CreateMessage::new().content("psst")).await.expect("sent");
    let made = id.create_channel(http, serenity::all::CreateChannel::new("new").topic("a topic")).await.expect("made");
    made.id.edit(http, serenity::all::EditChannel::new().name("newer")).await.expect("renamed");
    assert_eq!(http.get_channel(made.id).await.expect("read").guild().expect("a guild's").name, "newer");
    made.id.delete(http).await.expect("deleted");

    let public = CreateThread::new("side").kind(serenity::all::ChannelType::PublicThread);
    let thread = guild.channel().create_thread(http, public).await.expect("started");
    http.add_thread_channel_member(thread.id, ben.into()).await.expect("added");
    assert_eq!(http.get_channel_thread_members(thread.id).await.expect("members").len(), 2);
    http.remove_thread_channel_member(thread.id, ben.into()).await.expect("removed");
    http.leave_thread_channel(thread.id).await.expect("left");
    http.join_thread_channel(thread.id).await.expect("joined");
    assert_eq!(id.get_active_threads(http).await.expect("listed").members.len(), 1);
    thread.id.edit_thread(http, EditThread::new().archived(true)).await.expect("archived");
    let archived = http.get_channel_archived_public_threads(guild.channel(), None, None).await.expect("listed");
    assert_eq!(archived.threads.len(), 1);
    let private = guild.channel().create_thread(http, CreateThread::new("closed")).await.expect("started");
    assert!(private.thread_metadata.expect("a thread").invitable);

    let message = guild.send("text").await;
    guild.channel().broadcast_typing(http).await.expect("typing");
    guild.channel().create_reaction(http, message, '👀').await.expect("reacted");
    let eyes = serenity::all::ReactionType::Unicode("👀".into());
    assert_eq!(http.get_reaction_users(guild.channel(), message, &eyes, 10, None).await.expect("users").len(), 1);
    http.delete_reaction_me(guild.channel(), message, &eyes).await.expect("taken away");
    guild.channel().pin(http, message).await.expect("pinned");
    guild.channel().unpin(http, message).await.expect("unpinned");
    let other = guild.send("other").await;
    guild.channel().delete_messages(http, [message, other]).await.expect("deleted");

    let note = id.create_command(http, CreateCommand::new("note").description("A note")).await.expect("made");
    let menu = CreateCommand::new("Add note").kind(serenity::all::CommandType::Message);
    id.create_command(http, menu).await.expect("made");
    assert_eq!(id.get_commands(http).await.expect("listed").len(), 2);
    id.delete_command(http, note.id).await.expect("deleted");
    guild.assert_clean();
}
