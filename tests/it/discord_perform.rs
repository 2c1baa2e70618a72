//! What the Discord adapter does for each job, against the stand-in.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use baton::discord::{Discord as Bot, Settings};
use baton::domain::card::{Card, Field, Labelled, Post, Speaker, Style, Tone, Value};
use baton::domain::content::{File, MediaKind};
use baton::domain::event::{Button, Delivered, Failure, Refused};
use baton::domain::ids::{ChannelRef, ConversationId, MediaId, NumberId, OutboxId, PostRef, ThreadRef, Time, UserRef};
use baton::domain::markup::Markup;
use baton::domain::sign::Sign;
use baton::playground::discord::{Discord, File as Upload, Options, Say, permission};
use baton::playground::wire::{Fault, Misbehaviour};
use baton::port::{
    ArgKind, ArgSpec, Attachment, Call, Channel, CommandSpec, Fold, Job, Mark, Outcome, Place, Receipt, Source,
};
use baton::secret::Secret;
use serde_json::json;

/// A guild with a channel and a member, and the bot.
pub(crate) struct Team {
    pub(crate) discord: Discord,
    pub(crate) bot: Arc<Bot>,
    pub(crate) channel: u64,
    pub(crate) ana: u64,
    pub(crate) role: u64,
    rows: AtomicI64,
    pub(crate) files: tempfile::TempDir,
}

pub(crate) fn settings(discord: &Discord) -> Settings {
    Settings {
        api_url: discord.url().to_owned(),
        gateway_url: None,
        token: Secret::new(discord.token().to_owned()),
        guild: discord.guild_id(),
        notice_channel: None,
        allow_plain_http: true,
        max_file: 1024 * 1024,
        requests_per_second: 50,
        timeout: Duration::from_secs(5),
        server_members: false,
    }
}

pub(crate) fn commands() -> Vec<CommandSpec> {
    let arg = |name: &str, kind, required| ArgSpec {
        name: name.to_owned(),
        description: format!("the {name}"),
        kind,
        required,
    };
    vec![
        CommandSpec {
            name: "handoff".to_owned(),
            description: "give it to somebody".to_owned(),
            args: vec![arg("to", ArgKind::Suggested, true), arg("note", ArgKind::Text, false)],
        },
        CommandSpec {
            name: "claim".to_owned(),
            description: "take it".to_owned(),
            args: vec![arg("number", ArgKind::Conversation, false)],
        },
    ]
}

#[expect(clippy::disallowed_methods, reason = "tests stand where the composition root stands")]
pub(crate) fn now() -> Time {
    Time(chrono::Utc::now().timestamp_millis())
}

impl Team {
    pub(crate) async fn start(options: Options) -> Self {
        let discord = Discord::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), options).await.expect("a free port");
        Self::with(discord, |settings| settings)
    }

    pub(crate) fn with(discord: Discord, change: impl FnOnce(Settings) -> Settings) -> Self {
        let role = discord.add_role("Support");
        let ana = discord.add_user("Ana", &[role]);
        let channel = discord.add_channel("queue");
        let bot = Bot::new(change(settings(&discord)), commands()).expect("settings");
        let files = tempfile::tempdir().expect("a folder");
        Self { discord, bot, channel, ana, role, rows: AtomicI64::new(1), files }
    }

    pub(crate) fn job(&self, call: Call) -> Job {
        let now = now();
        let outbox = OutboxId(self.rows.fetch_add(1, Ordering::Relaxed));
        Job { outbox, attempt: 1, first_tried: now, now, call }
    }

    pub(crate) async fn done(&self, call: Call) -> Receipt {
        match self.bot.perform(self.job(call)).await {
            Outcome::Done(receipt) => receipt,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn in_channel(&self) -> Place {
        Place { channel: ChannelRef(self.channel.to_string()), thread: None }
    }

    pub(crate) fn in_thread(&self, thread: u64) -> Place {
        Place { thread: Some(ThreadRef(thread.to_string())), ..self.in_channel() }
    }

    /// A thread somebody started without us.
    pub(crate) fn thread(&self, name: &str) -> u64 {
        self.discord.start_thread(self.ana, self.channel, None, name).expect("a thread")
    }

    /// The messages that are there from the start.
    pub(crate) fn starters(&self, threads: &[u64]) -> usize {
        let posts =
            |t: &u64| self.discord.messages(*t).iter().filter(|m| m.author != self.discord.bot_user_id()).count();
        threads.iter().map(posts).sum()
    }

    pub(crate) fn assert_clean(&self) {
        assert_eq!(self.discord.wire().violations(), Vec::<String>::new());
    }

    fn file(&self, name: &str, size: usize) -> Attachment {
        let path = self.files.path().join(name);
        std::fs::write(&path, vec![b'x'; size]).expect("written");
        Attachment {
            id: MediaId(1),
            source: Source::Stored(path),
            name: name.to_owned(),
            mime: "text/plain".to_owned(),
            size: size as u64,
            link: format!("https://baton.example/m/{name}"),
            alt: String::new(),
        }
    }

    fn bots(&self, channel: u64) -> Vec<String> {
        let posts = self.discord.messages(channel).into_iter().filter(|m| m.author == self.discord.bot_user_id());
        posts.filter(|m| !m.deleted).map(|m| m.content).collect()
    }
}

pub(crate) fn line(text: &str) -> Post {
    Post::line(text)
}

fn customer(text: &str) -> Post {
    Post { speaker: Speaker::Customer("Maria *Ruiz*".to_owned()), ..Post::line(text) }
}

fn card(ana: u64) -> Card {
    let button = |label: &str, button, style| Labelled { label: label.to_owned(), button, style };
    Card {
        title: "#12 · Maria".to_owned(),
        text: Markup::plain("hola *amigos*\n- @everyone"),
        tone: Tone::Waiting,
        fields: vec![
            Field { label: "Team".to_owned(), value: Value::Text("billing_es".to_owned()) },
            Field { label: "Answer until".to_owned(), value: Value::Moment(Time(1_700_000_000_000)) },
            Field {
                label: "Owner".to_owned(),
                value: Value::Person { user: UserRef(ana.to_string()), name: "Ana".to_owned() },
            },
        ],
        buttons: vec![
            button("Claim", Button::Claim(ConversationId(12)), Style::Primary),
            button("Close", Button::Close(ConversationId(12)), Style::Danger),
        ],
        mention: Some(UserRef(ana.to_string())),
    }
}

fn post(place: Place, post: Post) -> Call {
    Call::Post { place, post, reply_to: None, files: Vec::new() }
}

#[tokio::test]
async fn a_card_is_posted_edited_and_carries_a_thread() {
    let team = Team::start(Options::default()).await;
    let place = team.in_channel();
    let posted = team.done(Call::PostCard { place: place.clone(), card: card(team.ana) }).await;
    let id: u64 = posted.remote[0].parse().unwrap();
    let seen = team.discord.message(team.channel, id).unwrap();
    assert_eq!(seen.content, format!("<@{}>", team.ana));
    assert_eq!(seen.pings, vec![team.ana]);
    assert!(!seen.pings_everyone);
    assert_eq!(seen.custom_ids(), ["b:claim:12", "b:close:12"]);
    assert_eq!(seen.embeds[0]["title"], "\\#12 · Maria");
    assert_eq!(seen.embeds[0]["description"], "hola \\*amigos\\*\n\\- \\@everyone");
    assert_eq!(seen.embeds[0]["fields"][0]["value"], "billing\\_es");
    assert_eq!(seen.embeds[0]["fields"][1]["value"], "<t:1700000000:t> (<t:1700000000:R>)");
    assert_eq!(seen.embeds[0]["fields"][2]["value"], format!("<@{}>", team.ana));

    let mut closed = card(team.ana);
    closed.buttons.clear();
    closed.mention = None;
    closed.tone = Tone::Closed;
    let post = PostRef(id.to_string());
    team.done(Call::EditCard { place: place.clone(), post: post.clone(), card: closed }).await;
    let seen = team.discord.message(team.channel, id).unwrap();
    assert!(seen.custom_ids().is_empty() && seen.content.is_empty());

    let open = |name: &str| Call::OpenThread {
        channel: place.channel.clone(),
        card: post.clone(),
        name: name.to_owned(),
        sign: Sign::Unassigned,
    };
    let long = format!("12 · Maria\n{}", "x".repeat(200));
    assert_eq!(team.done(open(&long)).await.remote, [id.to_string()]);
    assert_eq!(team.discord.thread(id).unwrap().auto_archive, 10_080);
    assert_eq!(team.done(open("again")).await.remote, [id.to_string()], "an existing thread is the thread");
    team.assert_clean();
}

#[tokio::test]
async fn a_post_says_who_speaks_and_is_split_between_words() {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let before = team.discord.message_count(thread);
    let first = team.discord.say(team.ana, thread, "what now?").unwrap();
    let mut said = customer(&"wörd_ 🙂 ".repeat(700));
    said.notes.push("forwarded many times".to_owned());
    let reply_to = Some(PostRef(first.to_string()));
    let call = Call::Post { place: team.in_thread(thread), post: said, reply_to, files: Vec::new() };
    let receipt = team.done(call).await;
    let posts = team.discord.messages(thread).split_off(before + 1);
    assert!(posts.len() >= 4 && posts.len() == receipt.remote.len());
    assert_eq!(posts[0].reply_to, Some(first));
    assert_eq!(posts[1].reply_to, None);
    assert!(posts[0].content.starts_with("**Maria \\*Ruiz\\***\nwörd\\_ 🙂 "));
    assert!(posts.last().unwrap().content.ends_with("\n-# forwarded many times"));
    let words: usize = posts.iter().map(|p| p.content.matches("wörd\\_").count()).sum();
    assert_eq!(words, 700);

    team.done(post(team.in_thread(thread), line("Ana took over.\nSecond line"))).await;
    let mut called = line("Please look");
    called.mentions = vec![UserRef(team.ana.to_string())];
    team.done(post(team.in_thread(thread), called)).await;
    let outside = Post { speaker: Speaker::Outside, ..line("x") };
    team.done(post(team.in_thread(thread), outside)).await;
    let agent = Post { speaker: Speaker::Agent("Ana".to_owned()), ..line("y") };
    team.done(post(team.in_thread(thread), agent)).await;
    let last = team.discord.last_messages(thread, 4);
    assert_eq!(last[0].content, "-# Ana took over.\n-# Second line");
    assert_eq!(last[1].content, format!("<@{}> Please look", team.ana));
    assert_eq!(last[1].pings, [team.ana]);
    assert_eq!(last[2].content, "**sent outside Baton**\nx");
    assert_eq!(last[3].content, "**Ana** (agent)\ny");
    team.assert_clean();
}

#[tokio::test]
async fn files_travel_in_groups_and_large_ones_as_links() {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let before = team.discord.message_count(thread);
    let mut files: Vec<Attachment> = (0..12).map(|n| team.file(&format!("f{n}.txt"), 10 + n)).collect();
    files.push(team.file("big_one.txt", 2 * 1024 * 1024));
    let call = Call::Post { place: team.in_thread(thread), post: customer("look"), reply_to: None, files };
    let receipt = team.done(call).await;
    assert_eq!(receipt.remote.len(), 2);
    let posts = team.discord.messages(thread).split_off(before);
    assert_eq!(
        posts[0].content,
        "**Maria \\*Ruiz\\***\nlook\n📎 big\\_one.txt (2 MiB): https://baton.example/m/big_one.txt"
    );
    assert_eq!(posts[0].attachments.len(), 10);
    assert_eq!(posts[1].attachments.len(), 2);
    assert_eq!(posts[1].attachments[1].bytes.len(), 21);
    assert_eq!(posts[1].attachments[1].filename, "f11.txt");

    let gone = Attachment { source: Source::Stored(PathBuf::from("/nowhere/at/all")), ..team.file("g.txt", 1) };
    let call = Call::Post { place: team.in_thread(thread), post: line("x"), reply_to: None, files: vec![gone] };
    let ended = team.bot.perform(team.job(call)).await;
    assert!(matches!(ended, Outcome::Refused { refusal: Refused::Invalid, .. }), "{ended:?}");
    team.assert_clean();
}

#[tokio::test]
async fn a_repeated_send_stands_once() {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let before = team.discord.message_count(thread);
    team.discord.wire().misbehave(Fault {
        method: Some("POST".to_owned()),
        path: format!("/channels/{thread}/messages"),
        times: 1,
        then: Misbehaviour::CutAfter,
    });
    let mut job = team.job(post(team.in_thread(thread), customer("once")));
    let lost = team.bot.perform(job.clone()).await;
    assert!(matches!(lost, Outcome::Later { .. }), "{lost:?}");
    job.attempt += 1;
    let Outcome::Done(first) = team.bot.perform(job.clone()).await else { panic!() };
    assert_eq!(team.discord.message_count(thread), before + 1);

    // Long after, when Discord no longer knows the nonce, the history tells.
    job.attempt += 1;
    job.now = job.first_tried.plus_ms(10 * 60_000);
    let sent = team.discord.wire().clone();
    sent.misbehave(Fault {
        method: Some("POST".to_owned()),
        path: format!("/channels/{thread}/messages"),
        times: 0,
        then: Misbehaviour::Answer { status: 500, headers: vec![], body: json!({}) },
    });
    let Outcome::Done(again) = team.bot.perform(job).await else { panic!() };
    assert_eq!(first, again);
    sent.behave();
    assert_eq!(team.bots(thread).len(), 1);
    team.assert_clean();
}

#[tokio::test]
async fn a_long_post_interrupted_in_the_middle_goes_on_there() {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let mut job = team.job(post(team.in_thread(thread), customer(&"word ".repeat(1500))));
    // Two of four arrive.
    let delay = |times| Fault {
        method: Some("POST".to_owned()),
        path: format!("/channels/{thread}/messages"),
        times,
        then: Misbehaviour::Delay { ms: 0 },
    };
    team.discord.wire().misbehave(delay(2));
    team.discord.wire().misbehave(Fault {
        then: Misbehaviour::Answer { status: 503, headers: vec![], body: json!(null) },
        ..delay(1)
    });
    assert!(matches!(team.bot.perform(job.clone()).await, Outcome::Later { .. }));
    assert_eq!(team.bots(thread).len(), 2);
    job.attempt = 2;
    let Outcome::Done(receipt) = team.bot.perform(job).await else { panic!() };
    assert_eq!(receipt.remote.len(), team.bots(thread).len());
    assert_eq!(team.bots(thread).concat().matches("word").count(), 1500);
    team.assert_clean();
}

#[tokio::test]
async fn posts_are_edited_and_deleted() {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let place = team.in_thread(thread);
    let id = team.done(post(place.clone(), customer("one"))).await.remote.remove(0);
    let long = customer(&"two ".repeat(2000));
    team.done(Call::EditPost { place: place.clone(), post: PostRef(id.clone()), body: long }).await;
    let seen = team.discord.message(thread, id.parse().unwrap()).unwrap();
    assert!(seen.content.ends_with('…') && seen.content.len() > 1900);
    let delete = || Call::DeletePost { place: place.clone(), post: PostRef(id.clone()) };
    team.done(delete()).await;
    team.done(delete()).await;
    let edit = Call::EditPost { place: place.clone(), post: PostRef(id.clone()), body: customer("x") };
    let ended = team.bot.perform(team.job(edit)).await;
    assert!(matches!(ended, Outcome::Refused { refusal: Refused::PostGone, .. }), "{ended:?}");
}

#[tokio::test]
async fn a_mark_replaces_the_one_before_even_after_a_restart() {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let agents = team.discord.say(team.ana, thread, "hello").unwrap();
    let mark = |mark| Call::MarkPost { place: team.in_thread(thread), post: PostRef(agents.to_string()), mark };
    let standing = || -> Vec<String> {
        team.discord.message(thread, agents).unwrap().reactions.into_iter().map(|r| r.emoji).collect()
    };
    team.done(mark(Mark::Waiting)).await;
    assert_eq!(standing(), ["🕓"]);
    team.done(mark(Mark::Accepted)).await;
    team.done(mark(Mark::Came(Delivered::Sent))).await;
    assert_eq!(standing(), ["✅"]);
    let restarted = Bot::new(settings(&team.discord), Vec::new()).unwrap();
    let failed = Mark::Came(Delivered::Failed(Failure::default()));
    let ended = restarted.perform(team.job(mark(failed))).await;
    assert!(matches!(ended, Outcome::Done(_)), "{ended:?}");
    assert_eq!(standing().len(), 1);
    assert!(standing()[0].starts_with('⚠'));
    team.assert_clean();
}

#[tokio::test]
async fn reactions_are_set_and_removed() {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let id = team.done(post(team.in_thread(thread), customer("x"))).await.remote.remove(0);
    let react = |emoji: &str, on| Call::React {
        place: team.in_thread(thread),
        post: PostRef(id.clone()),
        emoji: emoji.to_owned(),
        on,
    };
    for emoji in ["👍", "❤️", "#️⃣"] {
        team.done(react(emoji, true)).await;
        team.done(react(emoji, true)).await;
        assert_eq!(team.discord.message(thread, id.parse().unwrap()).unwrap().reactions.len(), 1);
        team.done(react(emoji, false)).await;
        assert_eq!(team.discord.message(thread, id.parse().unwrap()).unwrap().reactions.len(), 0);
    }
    team.done(react("👍", false)).await;
}

#[tokio::test]
async fn threads_are_folded_away_opened_and_reopened_for_what_must_be_said() {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let seal = |state| Call::Seal { thread: ThreadRef(thread.to_string()), state };
    let id = team.done(post(team.in_thread(thread), customer("x"))).await.remote.remove(0);
    team.done(seal(Fold::Folded)).await;
    team.done(seal(Fold::Folded)).await;
    assert!(team.discord.thread(thread).unwrap().archived);
    let edit = || Call::EditPost { place: team.in_thread(thread), post: PostRef(id.clone()), body: customer("y") };
    team.done(edit()).await;
    assert!(!team.discord.thread(thread).unwrap().archived);
    team.discord.archive(team.ana, thread, true, true).unwrap();
    team.done(post(team.in_thread(thread), customer("through a lock"))).await;
    let seen = team.discord.thread(thread).unwrap();
    assert!(!seen.archived && !seen.locked);
    team.discord.archive(team.ana, thread, true, true).unwrap();
    team.done(seal(Fold::Open)).await;
    let seen = team.discord.thread(thread).unwrap();
    assert!(!seen.archived && !seen.locked);
    team.discord.delete_channel(thread).unwrap();
    for call in [edit(), seal(Fold::Folded), post(team.in_thread(thread), customer("z"))] {
        let ended = team.bot.perform(team.job(call)).await;
        assert!(matches!(ended, Outcome::Refused { refusal: Refused::ThreadGone, .. }), "{ended:?}");
    }
    team.discord.delete_channel(team.channel).unwrap();
    let ended = team.bot.perform(team.job(post(team.in_channel(), customer("z")))).await;
    assert!(matches!(ended, Outcome::Refused { refusal: Refused::ChannelGone, .. }), "{ended:?}");
}

#[tokio::test]
async fn a_thread_that_goes_on_elsewhere_is_locked() {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let seal = |state| Call::Seal { thread: ThreadRef(thread.to_string()), state };
    let stands = || team.discord.thread(thread).map(|t| (t.archived, t.locked)).unwrap();
    team.done(seal(Fold::Locked)).await;
    assert_eq!(stands(), (true, true));
    assert!(team.discord.say(team.ana, thread, "still here?").is_err());
    team.done(seal(Fold::Locked)).await;
    team.done(seal(Fold::Open)).await;
    assert_eq!(stands(), (false, false));
    // One that is folded already takes no lock before it is opened.
    team.done(seal(Fold::Folded)).await;
    assert_eq!(stands(), (true, false));
    team.done(seal(Fold::Locked)).await;
    assert_eq!(stands(), (true, true));

    team.done(seal(Fold::Open)).await;
    team.discord.deny_bot(team.channel, permission::MANAGE_THREADS);
    let ended = team.bot.perform(team.job(seal(Fold::Locked))).await;
    assert!(matches!(ended, Outcome::Refused { refusal: Refused::Forbidden, .. }), "{ended:?}");
    assert_eq!(stands(), (false, false));
    team.assert_clean();
}

#[tokio::test]
async fn refusals_are_sorted() {
    let team = Team::start(Options::default()).await;
    team.discord.deny_bot(team.channel, permission::SEND_MESSAGES);
    let ended = team.bot.perform(team.job(post(team.in_channel(), line("x")))).await;
    assert!(matches!(ended, Outcome::Refused { refusal: Refused::Forbidden, .. }), "{ended:?}");
    let odd = Place { channel: ChannelRef("nonsense".to_owned()), thread: None };
    let ended = team.bot.perform(team.job(post(odd, line("x")))).await;
    assert!(matches!(ended, Outcome::Refused { refusal: Refused::ChannelGone, .. }), "{ended:?}");
    let _ = team.discord.wire().take_violations();

    let wrong = Settings { token: Secret::new("wrong".to_owned()), ..settings(&team.discord) };
    let stranger = Bot::new(wrong, Vec::new()).unwrap();
    let ended = stranger.perform(team.job(post(team.in_channel(), line("x")))).await;
    assert!(matches!(ended, Outcome::Later { after_ms: 60_000, .. }), "{ended:?}");

    team.discord.stop();
    let ended = team.bot.perform(team.job(post(team.in_channel(), line("x")))).await;
    assert!(matches!(ended, Outcome::Later { .. }), "{ended:?}");
}

#[tokio::test]
async fn notices_go_to_the_operators_channel() {
    let discord = Discord::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Options::default()).await.unwrap();
    let operators = discord.add_channel("operators");
    let channel = Some(ChannelRef(operators.to_string()));
    let team = Team::with(discord, |settings| Settings { notice_channel: channel, ..settings });
    team.done(Call::Notice { text: "The disk is *nearly* full.".to_owned() }).await;
    assert_eq!(team.bots(operators), ["The disk is \\*nearly\\* full."]);
    let silent = Team::start(Options::default()).await;
    assert_eq!(silent.done(Call::Notice { text: "x".to_owned() }).await, Receipt::default());
}

/// The file of the last post in a thread, as the translation describes it.
fn described(team: &Team, thread: u64, post: u64) -> File {
    let seen = team.discord.message(thread, post).unwrap();
    let attachment = &seen.attachments[0];
    File {
        id: MediaId(1),
        kind: MediaKind::Document,
        mime: attachment.content_type.clone(),
        name: attachment.filename.clone(),
        remote: format!("{thread}/{post}/{}|{}", attachment.id, attachment.url),
        sha256: String::new(),
        size: i64::try_from(attachment.bytes.len()).unwrap(),
    }
}

#[tokio::test]
async fn files_are_fetched_complete_or_not_at_all() {
    let team = Team::start(Options::default()).await;
    let thread = team.thread("t");
    let file = Upload { name: "a.pdf".to_owned(), content_type: "application/pdf".to_owned(), bytes: vec![7; 300_000] };
    let say = Say { text: String::new(), reply_to: None, files: vec![file] };
    let posted = team.discord.say(team.ana, thread, say).unwrap();
    let file = described(&team, thread, posted);
    let into = team.files.path().join("stored");
    let fetch = |file: &File| Call::Fetch { number: NumberId::default(), file: file.clone(), into: into.clone() };
    let fetched = team.done(fetch(&file)).await.file.unwrap();
    assert_eq!((fetched.size, fetched.mime.as_str()), (300_000, "application/pdf"));
    assert_eq!(std::fs::read(&into).unwrap(), vec![7; 300_000]);
    std::fs::remove_file(&into).unwrap();

    // An address that has expired is had anew from the post.
    let stale = File { remote: file.remote.split('?').next().unwrap().to_owned() + "?ex=1&is=1&hm=00", ..file.clone() };
    assert_eq!(team.done(fetch(&stale)).await.file.unwrap().size, 300_000);
    std::fs::remove_file(&into).unwrap();

    let short = File { size: 300_001, ..file.clone() };
    let ended = team.bot.perform(team.job(fetch(&short))).await;
    assert!(matches!(ended, Outcome::Later { .. }), "{ended:?}");
    for elsewhere in ["http://169.254.169.254/x", "https://evil.example/x", "https://cdn.discordapp.com.evil.example/x"]
    {
        let foreign = File { remote: format!("1/2/3|{elsewhere}"), ..file.clone() };
        let ended = team.bot.perform(team.job(fetch(&foreign))).await;
        assert!(matches!(ended, Outcome::Refused { refusal: Refused::Invalid, .. }), "{elsewhere}: {ended:?}");
    }
    team.discord.delete(thread, posted).unwrap();
    let ended = team.bot.perform(team.job(fetch(&stale))).await;
    assert!(matches!(ended, Outcome::Refused { refusal: Refused::PostGone, .. }), "{ended:?}");
    assert_eq!(std::fs::read_dir(team.files.path()).unwrap().count(), 0, "nothing half is left");
}

#[tokio::test]
async fn commands_are_registered_once() {
    let team = Team::start(Options::default()).await;
    assert_eq!(team.bot.register().await, Ok(true));
    assert_eq!(team.bot.register().await, Ok(false));
    let names: Vec<String> = team.discord.commands().into_iter().map(|c| c.name).collect();
    assert_eq!(names.len(), 2);
    let fewer = Bot::new(settings(&team.discord), commands().split_off(1)).unwrap();
    assert_eq!(fewer.register().await, Ok(true));
    assert_eq!(team.discord.commands().len(), 1);
    team.assert_clean();
}

#[tokio::test]
async fn a_check_names_what_is_missing() {
    let team = Team::start(Options::default()).await;
    let channels = [ChannelRef(team.channel.to_string())];
    let found = team.bot.check(&channels).await;
    assert!(found.iter().all(|f| f.ok), "{found:?}");
    team.discord.deny_bot(team.channel, permission::MANAGE_THREADS);
    let found = team.bot.check(&channels).await;
    let wrong: Vec<&str> = found.iter().filter(|f| !f.ok).map(|f| f.text.as_str()).collect();
    assert_eq!(wrong, ["In #queue the bot lacks: Manage Threads."]);
    let found = team.bot.check(&[ChannelRef("1".to_owned())]).await;
    assert!(found.iter().any(|f| !f.ok), "{found:?}");
}
