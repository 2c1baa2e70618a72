//! What the Telegram adapter does for each job, against the stand-in.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use baton::domain::card::{Card, Field, Labelled, Post, Speaker, Style, Tone, Value};
use baton::domain::content::{File, MediaKind};
use baton::domain::event::{Button, Delivered, Failure, Refused};
use baton::domain::ids::{ChannelRef, ConversationId, MediaId, NumberId, OutboxId, PostRef, ThreadRef, Time};
use baton::domain::markup::Markup;
use baton::domain::reply::Reply;
use baton::domain::sign::Sign;
use baton::playground::telegram::{File as Upload, Options, Rights, Telegram};
use baton::playground::wire::{Fault, Misbehaviour};
use baton::port::{
    ArgKind, ArgSpec, Attachment, Call, Channel, CommandSpec, Fold, Job, Mark, Outcome, Place, Receipt, Scope, Toll,
};
use baton::secret::Secret;
use baton::telegram::{BotSettings, Settings, Telegram as Bots};

use crate::specs::Specs;

/// A forum with a member, and the bot.
pub(crate) struct Forum {
    pub(crate) telegram: Telegram,
    pub(crate) bots: Arc<Bots>,
    pub(crate) id: i64,
    pub(crate) ana: i64,
    rows: AtomicI64,
    pub(crate) files: tempfile::TempDir,
    specs: Arc<Specs>,
}

pub(crate) fn settings(telegram: &Telegram, forums: &[i64]) -> Settings {
    let token = Secret::new(telegram.token().to_owned());
    Settings {
        api_url: telegram.url().to_owned(),
        bots: vec![BotSettings { name: "support".to_owned(), token, forums: forums.to_vec() }],
        notice_chat: None,
        allow_plain_http: true,
        max_upload: 1_000_000,
        max_download: 20_000_000,
        calls_per_minute: 20,
        timeout: Duration::from_secs(5),
        poll: Duration::from_secs(2),
    }
}

pub(crate) fn commands() -> Vec<CommandSpec> {
    let arg =
        |name: &str, kind| ArgSpec { name: name.to_owned(), description: format!("the {name}"), kind, required: false };
    let command = |name: &str, args| CommandSpec { name: name.to_owned(), description: "does it".to_owned(), args };
    vec![
        command("handoff", vec![arg("to", ArgKind::Suggested), arg("note", ArgKind::Text)]),
        command("claim", vec![arg("number", ArgKind::Conversation)]),
        command("load", Vec::new()),
    ]
}

#[expect(clippy::disallowed_methods, reason = "tests stand where the composition root stands")]
pub(crate) fn now() -> Time {
    Time(chrono::Utc::now().timestamp_millis())
}

impl Forum {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default(), |settings| settings).await
    }

    pub(crate) async fn with(options: Options, change: impl FnOnce(Settings) -> Settings) -> Self {
        let telegram = Telegram::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), options).await.expect("a free port");
        let specs = Specs::watch(&[telegram.wire()]);
        let id = telegram.add_forum("Support");
        let ana = telegram.add_user("Ana", Some("ana_k"));
        let bots = Bots::new(change(settings(&telegram, &[id])), commands()).expect("settings");
        let files = tempfile::tempdir().expect("a folder");
        Self { telegram, bots, id, ana, rows: AtomicI64::new(1), files, specs }
    }

    pub(crate) fn job(&self, call: Call) -> Job {
        let now = now();
        let outbox = OutboxId(self.rows.fetch_add(1, Ordering::Relaxed));
        Job { outbox, attempt: 1, first_tried: now, now, call }
    }

    pub(crate) async fn perform(&self, call: Call) -> Outcome {
        self.bots.perform(self.job(call)).await
    }

    /// What becomes of a call that succeeds, which takes exactly the toll that was told before.
    pub(crate) async fn done(&self, call: Call) -> Receipt {
        let toll = self.bots.toll(&call).map_or(0, |toll| toll.calls as usize);
        let before = self.telegram.counted_calls(self.id).len();
        let receipt = match self.perform(call.clone()).await {
            Outcome::Done(receipt) => receipt,
            other => panic!("{other:?}"),
        };
        assert_eq!(self.telegram.counted_calls(self.id).len() - before, toll, "{call:?}");
        receipt
    }

    pub(crate) async fn refused(&self, call: Call) -> (Refused, String) {
        match self.perform(call).await {
            Outcome::Refused { refusal, failure: Failure { reason, .. } } => (refusal, reason),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn channel(&self) -> ChannelRef {
        ChannelRef(format!("tg/{}", self.id))
    }

    pub(crate) fn thread(&self, topic: i64) -> ThreadRef {
        ThreadRef(format!("tg/{}/{topic}", self.id))
    }

    pub(crate) fn place(&self, topic: Option<i64>) -> Place {
        Place { channel: self.channel(), thread: topic.map(|topic| self.thread(topic)) }
    }

    pub(crate) fn post_ref(&self, message: i64) -> PostRef {
        PostRef(format!("tg/{}/{message}", self.id))
    }

    /// A topic somebody made without us.
    pub(crate) fn topic(&self) -> i64 {
        self.telegram.create_topic(self.ana, self.id, "Maria").expect("a topic")
    }

    fn post(&self, topic: i64, post: Post) -> Call {
        Call::Post { place: self.place(Some(topic)), post, reply_to: None, files: Vec::new() }
    }

    fn with_files(&self, topic: i64, post: Post, files: Vec<Attachment>) -> Call {
        Call::Post { place: self.place(Some(topic)), post, reply_to: None, files }
    }

    /// The newest message a bot has put into the topic.
    fn newest(&self, topic: i64) -> baton::playground::telegram::MessageView {
        let all = self.telegram.messages(self.id, Some(topic));
        all.into_iter().rfind(|m| m.author == self.telegram.bot_id() && m.service.is_none()).expect("a message")
    }

    /// Nothing was asked that Telegram would not take, or that its description does not know.
    pub(crate) fn is_clean(&self) {
        assert_eq!(self.telegram.wire().take_violations(), Vec::<String>::new());
        assert_eq!(self.specs.found(), Vec::<String>::new());
    }
}

fn said(speaker: Speaker, text: &str) -> Post {
    Post { speaker, text: Markup::plain(text), ..Post::line("") }
}

fn customer(text: &str) -> Post {
    said(Speaker::Customer("Maria".to_owned()), text)
}

fn button(label: &str, button: Button) -> Labelled {
    Labelled { label: label.to_owned(), button, style: Style::Primary }
}

fn card() -> Card {
    Card {
        title: "#12 Maria @all".to_owned(),
        text: Markup::plain("hola\n/claim my refund"),
        tone: Tone::Waiting,
        fields: vec![
            Field { label: "Owner".to_owned(), value: Value::Text("unassigned".to_owned()) },
            Field { label: "First answer due".to_owned(), value: Value::Moment(Time::from_secs(1_795_961_100)) },
        ],
        buttons: vec![
            button("Claim", Button::Claim(ConversationId(12))),
            button("Close", Button::Close(ConversationId(12))),
        ],
        mention: None,
    }
}

fn picture(name: &str, mime: &str, size: usize) -> Attachment {
    let signature: &[u8] = match mime {
        "image/jpeg" => &[0xff, 0xd8, 0xff, 0xe0],
        "image/png" => b"\x89PNG\r\n\x1a\n",
        _ => &[],
    };
    let mut bytes = signature.to_vec();
    bytes.resize(size, 7);
    Attachment::made(name.to_owned(), mime, bytes)
}

#[tokio::test]
async fn a_topic_with_its_card() {
    // story: TG-01
    let f = Forum::start().await;
    let receipt = f
        .done(Call::OpenThread {
            channel: f.channel(),
            card: PostRef::default(),
            name: "#12 Maria\nGarcía".to_owned(),
            sign: Sign::Unassigned,
        })
        .await;
    let topics = f.telegram.topics(f.id);
    let topic = topics.last().expect("a topic");
    assert_eq!((topic.name.as_str(), topic.icon.as_deref()), ("#12 Maria García", Some("❗")));
    assert_eq!(receipt.remote, [f.thread(topic.id).0]);

    let place = f.place(Some(topic.id));
    let receipt = f.done(Call::PostCard { place: place.clone(), card: card() }).await;
    let message = f.newest(topic.id);
    assert_eq!(receipt.remote, [f.post_ref(message.id).0]);
    assert!(message.pinned);
    assert_eq!(message.labels(), ["Claim", "Close"]);
    assert_eq!(message.button("Claim"), Some("b:claim:12"));
    assert_eq!(
        message.text,
        "#12 Maria @\u{2060}all\nhola\n/\u{2060}claim my refund\nOwner: unassigned\nFirst answer due: 2026-11-29 14:05 UTC"
    );
    let kinds: Vec<&str> = message.entities.iter().filter_map(|e| e["type"].as_str()).collect();
    assert_eq!(kinds, ["bold", "blockquote", "bold", "bold", "date_time"]);
    assert_eq!(message.entities[4]["unix_time"], 1_795_961_100);

    let edit = Call::EditCard { place, post: f.post_ref(message.id), card: Card { buttons: Vec::new(), ..card() } };
    f.done(edit.clone()).await;
    assert!(f.newest(topic.id).buttons.is_empty());
    // As it stands already.
    f.done(edit).await;
    f.is_clean();
}

#[tokio::test]
async fn a_card_that_cannot_be_pinned_stands_all_the_same() {
    let f = Forum::start().await;
    let topic = f.topic();
    f.telegram.set_bot_rights(f.id, Rights { can_pin_messages: false, ..Rights::default() });
    let outcome = f.perform(Call::PostCard { place: f.place(Some(topic)), card: card() }).await;
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    assert!(!f.newest(topic).pinned);
}

#[tokio::test]
async fn who_speaks_is_seen() {
    let f = Forum::start().await;
    let topic = f.topic();
    let shown = |html: &str| html.to_owned();
    for (post, html) in [
        (customer("hola"), shown("<b>Maria</b>\nhola")),
        (said(Speaker::Agent("Ana".into()), "on it"), shown("<b>Ana</b> (agent)\non it")),
        // A name turns nothing around and calls nobody.
        (
            said(Speaker::Agent("@all \u{202e}\u{2067}/x\n".into()), "hi"),
            shown("<b>@\u{2060}all /\u{2060}x</b> (agent)\nhi"),
        ),
        (said(Speaker::Outside, "hi"), shown("<b>sent outside Baton</b>\nhi")),
        (said(Speaker::Automatic, "hi"), shown("🤖 <b>sent automatically</b>\nhi")),
        (Post::line("Ana claimed"), shown("<i>· Ana claimed</i>")),
        (said(Speaker::Record, "What was said"), shown("What was said")),
        (
            Post { notes: vec!["forwarded".to_owned()], ..customer("hola") },
            shown("<b>Maria</b>\nhola\n<i>· forwarded</i>"),
        ),
    ] {
        f.done(f.post(topic, post)).await;
        assert_eq!(f.newest(topic).html, html);
    }
    f.is_clean();
}

#[tokio::test]
async fn people_are_called_by_name_and_topics_linked() {
    let f = Forum::start().await;
    let topic = f.topic();
    let post =
        Post { leads_to: f.thread(99), ..Post::line("Late") }.calling(vec![format!("tg/{}", f.ana).as_str().into()]);
    f.done(f.post(topic, post)).await;
    let message = f.newest(topic);
    assert_eq!(message.text, "Ana Late open");
    assert_eq!(message.entities[0]["type"], "text_mention");
    assert_eq!(message.entities[0]["user"]["id"], f.ana);
    let short = f.id.to_string().replace("-100", "");
    assert_eq!(message.entities[1]["url"], format!("https://t.me/c/{short}/99"));
    f.is_clean();
}

#[tokio::test]
async fn a_long_text_becomes_several_posts_and_a_pause_repeats_none() {
    let f = Forum::start().await;
    let topic = f.topic();
    let text = "lorem ipsum ".repeat(800);
    let call = Call::Post {
        place: f.place(Some(topic)),
        post: customer(&text).with(vec![button("Close", Button::Close(ConversationId(1)))]),
        reply_to: None,
        files: Vec::new(),
    };
    assert_eq!(f.bots.toll(&call), Some(Toll { scope: format!("tg/{}", f.id), calls: 3 }));
    let mut job = f.job(call);
    f.telegram.wire().misbehave(Fault {
        method: None,
        path: "/sendMessage".to_owned(),
        times: 1,
        then: Misbehaviour::Delay { ms: 1 },
    });
    f.telegram.wire().misbehave(Fault {
        method: None,
        path: "/sendMessage".to_owned(),
        times: 1,
        then: Misbehaviour::Answer { status: 502, headers: Vec::new(), body: serde_json::Value::Null },
    });
    let outcome = f.bots.perform(job.clone()).await;
    assert!(matches!(outcome, Outcome::Later { scope: Scope::Lane, .. }), "{outcome:?}");
    job.attempt = 2;
    let Outcome::Done(receipt) = f.bots.perform(job).await else { panic!("done") };
    let messages: Vec<_> =
        f.telegram.messages(f.id, Some(topic)).into_iter().filter(|m| m.author == f.telegram.bot_id()).collect();
    let ids: Vec<String> = messages.iter().map(|m| f.post_ref(m.id).0).collect();
    assert_eq!(receipt.remote, ids);
    assert_eq!(messages.len(), 3);
    assert!(messages[2].labels() == ["Close"] && messages[0].labels().is_empty());
    let whole: String = messages.iter().map(|m| format!("{} ", m.text)).collect();
    assert_eq!(whole.matches("lorem ipsum").count(), 800);
    f.is_clean();
}

#[tokio::test]
async fn files_stand_beside_their_text() {
    let f = Forum::start().await;
    let topic = f.topic();
    let receipt = f.done(f.with_files(topic, customer("look"), vec![picture("a.jpg", "image/jpeg", 9)])).await;
    let message = f.newest(topic);
    assert_eq!((message.html.as_str(), receipt.remote.len()), ("<b>Maria</b>\nlook", 1));
    assert_eq!(message.attachments[0].kind, "photo");

    // A caption is edited as one.
    let edit =
        |text: &str| Call::EditPost { place: f.place(Some(topic)), post: f.post_ref(message.id), body: customer(text) };
    assert!(matches!(f.perform(edit("changed")).await, Outcome::Done(_)));
    assert_eq!(f.newest(topic).text, "Maria\nchanged");

    let files = vec![
        picture("a.jpg", "image/jpeg", 9),
        picture("b.mp4", "video/mp4", 9),
        picture("c.pdf", "application/pdf", 9),
        picture("d.ogg", "audio/ogg", 9),
    ];
    let receipt = f.done(f.with_files(topic, customer("all"), files)).await;
    assert_eq!(receipt.remote.len(), 4);
    let messages = f.telegram.messages(f.id, Some(topic));
    let kinds: Vec<&str> =
        messages.iter().rev().take(4).rev().flat_map(|m| &m.attachments).map(|a| a.kind.as_str()).collect();
    assert_eq!(kinds, ["photo", "video", "document", "voice"]);

    // Text that does not fit beside a file goes before it.
    let long = "x".repeat(1100);
    let receipt = f.done(f.with_files(topic, customer(&long), vec![picture("a.pdf", "application/pdf", 9)])).await;
    assert_eq!(receipt.remote.len(), 2);

    // A set bears no buttons.
    let post = customer("choose").with(vec![button("Close", Button::Close(ConversationId(1)))]);
    let two = vec![picture("a.jpg", "image/jpeg", 9), picture("b.jpg", "image/jpeg", 9)];
    let receipt = f.done(f.with_files(topic, post, two)).await;
    assert_eq!(receipt.remote.len(), 3);
    f.is_clean();
}

#[tokio::test]
async fn a_picture_that_telegram_cannot_read_goes_as_a_document() {
    let f = Forum::start().await;
    let topic = f.topic();
    let broken = Attachment::made("a.jpg".to_owned(), "image/jpeg", b"no picture".to_vec());
    assert!(matches!(f.perform(f.with_files(topic, customer("look"), vec![broken])).await, Outcome::Done(_)));
    let message = f.newest(topic);
    assert_eq!((message.text.as_str(), message.attachments[0].kind.as_str()), ("Maria\nlook", "document"));
}

#[tokio::test]
async fn a_file_that_is_too_large_is_a_link_or_a_remark() {
    let f = Forum::start().await;
    let topic = f.topic();
    let large = picture("film.mp4", "video/mp4", 2_000_001);
    let linked = Attachment { link: "https://baton.example/f/1".to_owned(), ..large.clone() };
    f.done(f.with_files(topic, customer("see"), vec![large])).await;
    assert_eq!(f.newest(topic).html, "<b>Maria</b>\nsee\n<i>· film.mp4 (3 MB) is too large for Telegram</i>");
    f.done(f.with_files(topic, customer("see"), vec![linked])).await;
    assert_eq!(f.newest(topic).html, "<b>Maria</b>\nsee\n📎 <a href=\"https://baton.example/f/1\">film.mp4 (3 MB)</a>");
    f.is_clean();
}

#[tokio::test]
async fn posts_answer_are_deleted_and_marked() {
    let f = Forum::start().await;
    let topic = f.topic();
    let asked = f.telegram.say(f.ana, f.id, Some(topic), "hello").expect("said");
    let place = f.place(Some(topic));
    let post = Call::Post {
        place: place.clone(),
        post: customer("hola"),
        reply_to: Some(f.post_ref(asked)),
        files: Vec::new(),
    };
    f.done(post).await;
    let message = f.newest(topic);
    assert_eq!(message.reply_to, Some(asked));

    let mark = |mark| Call::MarkPost { place: place.clone(), post: f.post_ref(asked), mark };
    let reaction = || f.telegram.message(f.id, asked).expect("there").reactions.first().map(|(emoji, _)| emoji.clone());
    for (came, emoji) in [
        (Mark::Note, "✍"),
        (Mark::Waiting, "🤔"),
        (Mark::Accepted, "👌"),
        (Mark::Came(Delivered::Sent), "👌"),
        (Mark::Came(Delivered::Delivered), "🕊"),
        (Mark::Came(Delivered::Read), "👀"),
        (Mark::Came(Delivered::Failed(Failure::default())), "👎"),
    ] {
        f.done(mark(came)).await;
        assert_eq!(reaction().as_deref(), Some(emoji));
    }

    let react = |emoji: &str, on| Call::React {
        place: place.clone(),
        post: f.post_ref(message.id),
        emoji: emoji.to_owned(),
        on,
    };
    f.done(react("❤️", true)).await;
    assert_eq!(f.telegram.message(f.id, message.id).expect("there").reactions[0].0, "❤");
    f.done(react("❤️", false)).await;
    assert!(f.telegram.message(f.id, message.id).expect("there").reactions.is_empty());
    // One that Telegram does not let a bot use.
    f.done(react("🥲", true)).await;
    let told = f.newest(topic);
    assert_eq!((told.html.as_str(), told.reply_to), ("<i>· reacted 🥲</i>", Some(message.id)));
    f.done(react("🥲", false)).await;

    f.done(Call::DeletePost { place: place.clone(), post: f.post_ref(told.id) }).await;
    assert!(f.telegram.message(f.id, told.id).expect("there").deleted);
    f.done(Call::DeletePost { place, post: f.post_ref(told.id) }).await;
    f.is_clean();
}

#[tokio::test]
async fn topics_are_closed_opened_and_signed() {
    let f = Forum::start().await;
    let topic = f.topic();
    let seal = |state| Call::Seal { thread: f.thread(topic), state };
    let closed = || f.telegram.topic(f.id, topic).expect("there").closed;
    f.done(seal(Fold::Folded)).await;
    f.done(seal(Fold::Locked)).await;
    assert!(closed());
    f.done(seal(Fold::Open)).await;
    f.done(seal(Fold::Open)).await;
    assert!(!closed());
    let sign = |sign| Call::Sign { thread: f.thread(topic), sign };
    let icon = || f.telegram.topic(f.id, topic).and_then(|t| t.icon).unwrap_or_default();
    let signs = [Sign::Unassigned, Sign::Waiting, Sign::Late, Sign::Answered, Sign::Closed];
    let mut seen = Vec::new();
    for one in signs {
        f.done(sign(one)).await;
        seen.push(icon());
        // Known to be there already.
        assert_eq!(f.bots.toll(&sign(one)), None);
        f.done(sign(one)).await;
    }
    seen.dedup();
    assert_eq!(seen.len(), signs.len(), "{seen:?}");
    f.is_clean();
}

#[tokio::test]
async fn what_is_gone_is_told_apart() {
    // story: TG-04
    let f = Forum::start().await;
    let topic = f.topic();
    f.done(f.post(topic, customer("hola"))).await;
    let message = f.newest(topic).id;
    f.telegram.delete(f.id, message);
    let place = f.place(Some(topic));
    let edit = Call::EditPost { place: place.clone(), post: f.post_ref(message), body: customer("other") };
    assert_eq!(f.refused(edit).await.0, Refused::PostGone);
    let mark = Call::MarkPost { place: place.clone(), post: f.post_ref(message), mark: Mark::Accepted };
    assert_eq!(f.refused(mark).await.0, Refused::PostGone);

    f.telegram.delete_topic(f.id, topic);
    assert_eq!(f.refused(f.post(topic, customer("hola"))).await.0, Refused::ThreadGone);
    assert_eq!(f.refused(Call::Seal { thread: f.thread(topic), state: Fold::Folded }).await.0, Refused::ThreadGone);
    assert_eq!(f.refused(Call::Sign { thread: f.thread(topic), sign: Sign::Late }).await.0, Refused::ThreadGone);
    let nowhere = Call::OpenThread {
        channel: ChannelRef::from("tg/-1009"),
        card: PostRef::default(),
        name: "#1".to_owned(),
        sign: Sign::Late,
    };
    assert_eq!(f.refused(nowhere).await.0, Refused::ChannelGone);
    f.is_clean();
}

#[tokio::test]
async fn a_right_that_is_missing_is_named_and_a_group_that_moved_names_its_id() {
    // story: TG-04
    let f = Forum::start().await;
    f.telegram.set_bot_rights(f.id, Rights { can_manage_topics: false, ..Rights::default() });
    let open = || Call::OpenThread {
        channel: f.channel(),
        card: PostRef::default(),
        name: "#1".to_owned(),
        sign: Sign::Waiting,
    };
    let (refusal, reason) = f.refused(open()).await;
    assert_eq!(refusal, Refused::Forbidden);
    assert!(reason.contains("administrator"), "{reason}");

    f.telegram.set_bot_rights(f.id, Rights::default());
    let new = f.telegram.migrate(f.id);
    for _ in 0..2 {
        let (refusal, reason) = f.refused(open()).await;
        assert_eq!(refusal, Refused::ChannelGone);
        assert!(reason.contains(&new.to_string()), "{reason}");
    }
    f.telegram.remove_user(new, f.telegram.bot_id());
    f.is_clean();
}

#[tokio::test]
async fn a_pause_is_kept_in_its_chat_alone() {
    // story: TG-03
    let f = Forum::start().await;
    let topic = f.topic();
    f.telegram.flood(f.id, 2);
    let scope = Scope::All(format!("tg/{}", f.id));
    for _ in 0..3 {
        match f.perform(f.post(topic, customer("hola"))).await {
            Outcome::Later { after_ms, scope: paused, .. } => {
                assert_eq!(paused, scope);
                assert!((500..=2_500).contains(&after_ms), "{after_ms}");
            }
            other => panic!("{other:?}"),
        }
    }
    f.telegram.open_private(f.ana);
    let direct = Call::Direct { user: format!("tg/{}", f.ana).as_str().into(), post: Post::line("psst") };
    assert!(matches!(f.perform(direct).await, Outcome::Done(_)));
    tokio::time::sleep(Duration::from_millis(2_400)).await;
    f.done(f.post(topic, customer("hola"))).await;
    f.is_clean();
}

#[tokio::test]
async fn what_leaves_no_answer_comes_again() {
    let f = Forum::start().await;
    let topic = f.topic();
    f.telegram.wire().misbehave(Fault {
        method: None,
        path: "/sendMessage".to_owned(),
        times: 1,
        then: Misbehaviour::CutAfter,
    });
    let mut job = f.job(f.post(topic, customer("hola")));
    let outcome = f.bots.perform(job.clone()).await;
    assert!(matches!(outcome, Outcome::Later { scope: Scope::Lane, .. }), "{outcome:?}");
    job.attempt = 2;
    assert!(matches!(f.bots.perform(job).await, Outcome::Done(_)));

    f.telegram.stop();
    let outcome = f.perform(f.post(topic, customer("hola"))).await;
    let Outcome::Later { why, .. } = outcome else { panic!("{outcome:?}") };
    assert!(!why.contains("stand-in"), "{why}");
}

#[tokio::test]
async fn a_token_that_is_not_accepted_waits() {
    let f = Forum::with(Options::default(), |mut settings| {
        settings.bots[0].token = Secret::new("4200000001:wrong");
        settings
    })
    .await;
    let topic = f.topic();
    for _ in 0..2 {
        match f.perform(f.post(topic, customer("hola"))).await {
            Outcome::Later { after_ms: 60_000, scope: Scope::All(scope), .. } => assert_eq!(scope, f.channel().0),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn clicks_and_commands_are_answered() {
    let f = Forum::start().await;
    let topic = f.topic();
    f.done(Call::PostCard { place: f.place(Some(topic)), card: card() }).await;
    let message = f.newest(topic).id;
    let answer = |interaction: String, reply: Reply, files: Vec<Attachment>| Call::Answer {
        interaction: interaction.as_str().into(),
        reply,
        files,
    };
    let click = || {
        let query = f.telegram.click(f.ana, f.id, message, "b:claim:12").expect("a button");
        (format!("tg/{}/c/{query}/{topic}/{message}/{}", f.id, f.ana), query)
    };
    let shown = |query: &str| {
        let all = f.telegram.callbacks();
        all.into_iter().find(|c| c.id == query).and_then(|c| c.answer).expect("an answer")
    };
    let (interaction, query) = click();
    f.done(answer(interaction.clone(), Reply::text("It is yours."), Vec::new())).await;
    assert_eq!((shown(&query).text.as_str(), shown(&query).show_alert), ("It is yours.", false));
    // Answered already, it is said in the topic.
    let again = f.perform(answer(interaction, Reply::text("It is yours."), Vec::new())).await;
    assert!(matches!(again, Outcome::Done(_)));
    assert_eq!(f.newest(topic).text, "Ana It is yours.");

    let (interaction, query) = click();
    let long = "x".repeat(61);
    f.done(answer(interaction, Reply::text(&long), Vec::new())).await;
    assert!(shown(&query).show_alert);

    let (interaction, query) = click();
    let reply = Reply::text("Which?").with(vec![button("Close", Button::Close(ConversationId(12)))]);
    f.done(answer(interaction, reply, vec![picture("load.png", "image/png", 9)])).await;
    assert_eq!(shown(&query).text, "");
    let told = f.newest(topic);
    assert_eq!((told.text.as_str(), told.reply_to), ("Ana Which?", Some(message)));
    assert_eq!((told.labels(), told.attachments.len()), (vec!["Close"], 1));

    let typed = f.telegram.say(f.ana, f.id, None, "/load").expect("said");
    f.done(answer(format!("tg/{}/m/0/{typed}/{}", f.id, f.ana), Reply::text("Ana: 2"), Vec::new())).await;
    let told = f.telegram.messages(f.id, None).pop().expect("an answer");
    assert_eq!((told.text.as_str(), told.reply_to), ("Ana: 2", Some(typed)));
    f.is_clean();
}

#[tokio::test]
async fn somebody_is_told_directly_and_the_operator_in_general() {
    let f = Forum::with(Options::default(), |settings| settings).await;
    let direct = || Call::Direct { user: format!("tg/{}", f.ana).as_str().into(), post: Post::line("psst") };
    assert_eq!(f.refused(direct()).await.0, Refused::Forbidden);
    f.telegram.open_private(f.ana);
    f.done(direct()).await;
    assert_eq!(f.telegram.private_messages(f.ana)[0].html, "<i>· psst</i>");
    assert_eq!(f.done(Call::Notice { text: "nobody hears".to_owned() }).await, Receipt::default());

    let mut with_notices = settings(&f.telegram, &[f.id]);
    with_notices.notice_chat = Some(f.channel());
    let bots = Bots::new(with_notices, commands()).expect("settings");
    let outcome = bots.perform(f.job(Call::Notice { text: "WhatsApp is down @all".to_owned() })).await;
    assert!(matches!(outcome, Outcome::Done(_)));
    assert_eq!(f.telegram.messages(f.id, None).pop().expect("a notice").text, "WhatsApp is down @\u{2060}all");
    f.is_clean();
}

#[tokio::test]
async fn files_are_fetched_whole_or_not_at_all() {
    let f = Forum::start().await;
    let topic = f.topic();
    let bytes: Vec<u8> = (0..70_000u32).map(|n| n as u8).collect();
    let upload = Upload { name: "a.pdf".to_owned(), content_type: "application/pdf".to_owned(), bytes: bytes.clone() };
    f.telegram.say(f.ana, f.id, Some(topic), upload).expect("said");
    let url = format!("{}/bot{}/getUpdates", f.telegram.url(), f.telegram.token());
    let updates: serde_json::Value = reqwest::get(url).await.expect("answered").json().await.expect("JSON");
    let updates = updates["result"].as_array().expect("updates").clone();
    let document = updates.iter().find_map(|update| update["message"]["document"]["file_id"].as_str());
    let file_id = document.expect("a file").to_owned();
    let fetch = |remote: String, size: i64| {
        let into = f.files.path().join("f");
        let file = File {
            id: MediaId(1),
            kind: MediaKind::Document,
            mime: "application/pdf".to_owned(),
            name: "a.pdf".to_owned(),
            remote,
            sha256: String::new(),
            size,
        };
        Call::Fetch { number: NumberId::default(), file, into }
    };
    let remote = format!("tg/{}/{file_id}", f.telegram.bot_id());
    let receipt = f.done(fetch(remote.clone(), 70_000)).await;
    assert_eq!(receipt.file.expect("a file").size, 70_000);
    let path: PathBuf = f.files.path().join("f");
    assert_eq!(std::fs::read(&path).expect("stored"), bytes);

    std::fs::remove_file(&path).expect("removed");
    let outcome = f.perform(fetch(remote.clone(), 69_999)).await;
    assert!(matches!(outcome, Outcome::Later { .. }), "{outcome:?}");
    assert!(!path.exists());
    let (refusal, reason) = f.refused(fetch(remote, 20_000_001)).await;
    assert_eq!(refusal, Refused::Invalid);
    assert!(reason.contains("20 MB"), "{reason}");
    assert_eq!(f.refused(fetch("7/abc".to_owned(), 1)).await.0, Refused::Invalid);
    f.is_clean();
}

#[tokio::test]
async fn commands_are_registered_and_rights_are_checked() {
    let f = Forum::start().await;
    f.bots.register().await.expect("registered");
    let mut names: Vec<String> = f.telegram.commands().into_iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["claim", "handoff", "load"]);
    let found = f.bots.check(true).await;
    assert!(found.iter().all(|finding| finding.ok), "{found:?}");

    f.telegram.set_bot_rights(f.id, Rights { can_manage_topics: false, ..Rights::default() });
    f.telegram.set_topics_enabled(f.id, false);
    let wrong: Vec<String> = f.bots.check(true).await.into_iter().filter(|f| !f.ok).map(|f| f.text).collect();
    assert!(wrong.iter().any(|text| text.contains("has no topics")), "{wrong:?}");
    assert!(wrong.iter().any(|text| text.contains("Manage Topics")), "{wrong:?}");
    f.is_clean();
}

#[test]
fn allowances_are_those_of_the_forums() {
    let settings = |calls_per_minute| Settings {
        api_url: "https://api.telegram.org".to_owned(),
        bots: vec![BotSettings { name: "a".to_owned(), token: Secret::new("1:x"), forums: vec![-1001, -1002] }],
        notice_chat: None,
        allow_plain_http: false,
        max_upload: 1,
        max_download: 1,
        calls_per_minute,
        timeout: Duration::from_secs(1),
        poll: Duration::from_secs(1),
    };
    let bots = Bots::new(settings(20), Vec::new()).expect("settings");
    let scopes: Vec<String> = bots.allowances().into_iter().map(|a| format!("{} {}", a.scope, a.per_minute)).collect();
    assert_eq!(scopes, ["tg/-1001 20", "tg/-1002 20"]);
    assert!(Bots::new(settings(0), Vec::new()).expect("settings").allowances().is_empty());
    for wrong in ["1001", "1:"] {
        let mut settings = settings(1);
        settings.bots[0].token = Secret::new(wrong);
        assert!(Bots::new(settings, Vec::new()).is_err(), "{wrong}");
    }
}
