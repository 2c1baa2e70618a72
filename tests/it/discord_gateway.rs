//! What happens on Discord reaches the inbox: in order, once, and after every kind of gap.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use baton::discord::{Listening, Translator};
use baton::domain::card::{Labelled, Style};
use baton::domain::event::{Button, Event, MemberDid, ThreadChange};
use baton::domain::ids::{ConversationId, InteractionRef, PostRef, ThreadRef};
use baton::domain::reply::Reply;
use baton::playground::discord::{Discord, Drop as Outage, File as Upload, Options, Say};
use baton::port::{Call, Inbox, Item, Key, KnownThread, Memory, NotStored, Suggest, Suggestion, Translate, Typing};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::json;

use super::discord_perform::{Team, line, now};

/// An inbox that drops what it has, and can be out of order.
#[derive(Default)]
pub(crate) struct Kept {
    items: Mutex<(Vec<Item>, HashSet<Key>)>,
    broken: AtomicBool,
}

impl Inbox for Kept {
    fn put(&self, items: Vec<Item>) -> BoxFuture<'_, Result<(), NotStored>> {
        async move {
            if self.broken.load(Ordering::SeqCst) {
                return Err(NotStored("full".to_owned()));
            }
            let mut kept = self.items.lock().unwrap();
            for item in items {
                if kept.1.insert(item.key) {
                    kept.0.push(item);
                }
            }
            Ok(())
        }
        .boxed()
    }
}

impl Kept {
    pub(crate) fn events(&self) -> Vec<Event> {
        let items = self.items.lock().unwrap().0.clone();
        items.iter().flat_map(|i| Translator.translate(&i.body).expect("translated")).collect()
    }

    pub(crate) fn did(&self) -> Vec<MemberDid> {
        let did = |e| if let Event::Member(m) = e { Some(m.did) } else { None };
        self.events().into_iter().filter_map(did).collect()
    }

    pub(crate) fn said(&self) -> Vec<String> {
        let said = |d| if let MemberDid::Said { raw, .. } = d { Some(raw) } else { None };
        self.did().into_iter().filter_map(said).collect()
    }
}

#[derive(Default)]
pub(crate) struct Known(Mutex<Vec<KnownThread>>);

impl Memory for Known {
    fn threads(&self, _also: Vec<ThreadRef>) -> BoxFuture<'_, Result<Vec<KnownThread>, NotStored>> {
        let known = self.0.lock().unwrap().clone();
        async move { Ok(known) }.boxed()
    }
}

impl Known {
    fn add(&self, thread: u64, seen: u64, posts: &[u64]) {
        self.0.lock().unwrap().push(KnownThread {
            thread: ThreadRef(thread.to_string()),
            seen: PostRef(if seen == 0 { String::new() } else { seen.to_string() }),
            posts: posts.iter().map(|p| PostRef(p.to_string())).collect(),
        });
    }
}

/// Offers nothing.
struct Silent;

impl Suggest for Silent {
    fn suggest(&self, _: Typing) -> BoxFuture<'_, Vec<Suggestion>> {
        std::future::ready(Vec::new()).boxed()
    }
}

/// A bot that listens, and what it hears.
pub(crate) struct Ears {
    pub(crate) team: Team,
    pub(crate) inbox: Arc<Kept>,
    memory: Arc<Known>,
    pub(crate) suggest: Arc<dyn Suggest>,
    listening: Option<Listening>,
}

impl Ears {
    async fn new() -> Self {
        Self::of(Team::start(Options::default()).await)
    }

    pub(crate) fn of(team: Team) -> Self {
        Self { team, inbox: Arc::default(), memory: Arc::default(), suggest: Arc::new(Silent), listening: None }
    }

    pub(crate) async fn listen(&mut self) {
        self.connect();
        self.until("ready", || self.team.bot.health().is_ready()).await;
    }

    pub(crate) fn connect(&mut self) {
        let (inbox, memory, suggest) = (self.inbox.clone(), self.memory.clone(), self.suggest.clone());
        self.listening = Some(self.team.bot.listen(inbox, memory, suggest, Arc::new(now)).expect("a thread"));
    }

    pub(crate) async fn started() -> Self {
        let mut ears = Self::new().await;
        ears.listen().await;
        ears
    }

    pub(crate) fn discord(&self) -> &Discord {
        &self.team.discord
    }

    pub(crate) async fn until(&self, what: &str, mut done: impl FnMut() -> bool) {
        for _ in 0..1_500 {
            if done() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never: {what}; {:?}; {:?}", self.team.bot.health(), self.inbox.events());
    }

    pub(crate) async fn stop(mut self) {
        if let Some(listening) = self.listening.take() {
            tokio::time::timeout(Duration::from_secs(10), listening.stop()).await.expect("stops");
        }
        self.team.assert_clean();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_keeps_discords_order() {
    let ears = Ears::started().await;
    let threads = [ears.team.thread("a"), ears.team.thread("b")];
    for n in 0..500 {
        ears.discord().say(ears.team.ana, threads[n % 2], format!("m{n}")).unwrap();
    }
    ears.until("500 messages", || ears.inbox.said().len() == 500).await;
    let expected: Vec<String> = (0..500).map(|n| format!("m{n}")).collect();
    assert_eq!(ears.inbox.said(), expected);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_do_in_a_thread_is_told() {
    let ears = Ears::started().await;
    let (discord, ana) = (ears.discord(), ears.team.ana);
    let thread = ears.team.thread("t");
    discord.say(ana, ears.team.channel, "not in a thread").unwrap();
    discord.dm(ana);
    let posted = discord.say(ana, thread, format!("hi <@{ana}> **you**").as_str()).unwrap();
    let file = Upload { name: "a.png".to_owned(), content_type: "image/png".to_owned(), bytes: vec![1; 10] };
    discord.say(ana, thread, Say { text: "see".to_owned(), reply_to: Some(posted), files: vec![file] }).unwrap();
    discord.edit(ana, thread, posted, "hi all").unwrap();
    discord.react(ana, thread, posted, "👍", true).unwrap();
    discord.react(ana, thread, posted, "👍", false).unwrap();
    discord.typing(ana, thread);
    discord.typing(ana, thread);
    discord.delete(thread, posted).unwrap();
    ears.team
        .done(Call::Post { place: ears.team.in_thread(thread), post: line("mine"), reply_to: None, files: vec![] })
        .await;
    discord.rename(ana, thread, "other name").unwrap();
    discord.archive(ana, thread, true, false).unwrap();
    discord.delete_channel(ears.team.channel).unwrap();
    let gone =
        |e: &Event| matches!(e, Event::Thread { change: ThreadChange::ChannelDeleted | ThreadChange::Deleted, .. });
    ears.until("the end", || ears.inbox.events().iter().any(gone)).await;

    let did = ears.inbox.did();
    let MemberDid::Said { text, raw, post, .. } = &did[0] else { panic!("{did:?}") };
    assert_eq!((text.to_plain().as_str(), raw), ("hi @Ana you", &format!("hi <@{ana}> **you**")));
    assert_eq!(post.as_str(), posted.to_string());
    let MemberDid::Said { files, reply_to, .. } = &did[1] else { panic!("{did:?}") };
    assert_eq!((files.len(), files[0].mime.as_str()), (1, "image/png"));
    assert!(files[0].remote.starts_with(&format!("{thread}/")));
    assert_eq!(reply_to.as_ref().unwrap().as_str(), posted.to_string());
    assert!(matches!(&did[2], MemberDid::Edited { raw, .. } if raw == "hi all"), "{did:?}");
    assert!(matches!(&did[3], MemberDid::Reacted { emoji, added: true, .. } if emoji == "👍"), "{did:?}");
    assert!(matches!(&did[4], MemberDid::Reacted { added: false, .. }), "{did:?}");
    assert!(matches!(&did[5], MemberDid::Typing { .. }), "{did:?}");
    assert!(matches!(&did[6], MemberDid::Deleted { .. }), "{did:?}");
    assert_eq!(did.len(), 7, "{did:?}");
    let Event::Member(first) = &ears.inbox.events()[0] else { panic!() };
    assert_eq!(first.member.name, "Ana");
    assert_eq!(first.member.roles, [ears.team.role.to_string()]);
    let shut = |e: &Event| matches!(e, Event::Thread { change: ThreadChange::Shut { archived: true, .. }, .. });
    assert!(ears.inbox.events().iter().any(shut));
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_is_found_after_a_new_identify() {
    let mut ears = Ears::new().await;
    let thread = ears.team.thread("t");
    let (ana, discord) = (ears.team.ana, ears.team.discord.clone());
    let seen = discord.say(ana, thread, "seen").unwrap();
    let kept = discord.say(ana, thread, "seen too").unwrap();
    ears.memory.add(thread, kept, &[kept, seen]);
    ears.listen().await;
    assert!(ears.inbox.did().is_empty());

    ears.discord().gateway_down(true);
    ears.discord().forget_sessions();
    for n in 0..250 {
        discord.say(ana, thread, format!("missed {n}")).unwrap();
    }
    let fresh = ears.team.thread("gone");
    ears.memory.add(fresh, 0, &[]);
    discord.delete_channel(fresh).unwrap();
    ears.discord().gateway_down(false);
    ears.until("a second backfill", || ears.team.bot.health().backfills() >= 2).await;
    discord.say(ana, thread, "live again").unwrap();
    ears.until("all", || ears.inbox.said().len() >= 251).await;
    let mut expected: Vec<String> = (0..250).map(|n| format!("missed {n}")).collect();
    expected.push("live again".to_owned());
    assert_eq!(ears.inbox.said(), expected);
    let gone = Event::Thread { thread: ThreadRef(fresh.to_string()), change: ThreadChange::Deleted };
    assert!(ears.inbox.events().contains(&gone));
    assert!(ears.team.bot.health().reconnects() >= 1);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missed_edits_and_deletions_are_found() {
    let mut ears = Ears::new().await;
    let thread = ears.team.thread("t");
    let (ana, discord) = (ears.team.ana, ears.team.discord.clone());
    let first = discord.say(ana, thread, "first").unwrap();
    let second = discord.say(ana, thread, "second").unwrap();
    ears.memory.add(thread, second, &[second, first]);
    discord.delete(thread, first).unwrap();
    discord.edit(ana, thread, second, "second, better").unwrap();
    discord.archive(ana, thread, true, true).unwrap();
    ears.listen().await;
    let did = ears.inbox.did();
    assert!(matches!(&did[0], MemberDid::Deleted { post, .. } if post.as_str() == first.to_string()), "{did:?}");
    assert!(matches!(&did[1], MemberDid::Edited { raw, .. } if raw == "second, better"), "{did:?}");
    assert_eq!(did.len(), 2);
    let shut = ThreadChange::Shut { archived: true, locked: true };
    assert!(ears.inbox.events().contains(&Event::Thread { thread: ThreadRef(thread.to_string()), change: shut }));
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreadable_event_is_counted_and_made_good() {
    let ears = Ears::started().await;
    let thread = ears.team.thread("t");
    let (ana, discord) = (ears.team.ana, ears.discord());
    discord.say(ana, thread, "one").unwrap();
    ears.until("one", || ears.inbox.said().len() == 1).await;
    ears.memory.add(thread, 0, &[]);
    discord.garble_next("MESSAGE_CREATE");
    discord.say(ana, thread, "two").unwrap();
    discord.say(ana, thread, "three").unwrap();
    ears.until("all", || ears.inbox.said().len() >= 3).await;
    assert_eq!(ears.inbox.said(), ["one", "two", "three"]);
    assert!(ears.team.bot.health().unparsable() >= 1);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resume_loses_and_repeats_nothing() {
    let ears = Ears::started().await;
    let thread = ears.team.thread("t");
    for n in 0..60 {
        if n % 20 == 10 {
            ears.discord().drop_gateway(Outage::Abort);
        }
        ears.discord().say(ears.team.ana, thread, format!("m{n}")).unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ears.until("all", || ears.inbox.said().len() >= 60).await;
    let expected: Vec<String> = (0..60).map(|n| format!("m{n}")).collect();
    assert_eq!(ears.inbox.said(), expected);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_wait_for_a_store_that_is_out_of_order() {
    let ears = Ears::started().await;
    let thread = ears.team.thread("t");
    ears.inbox.broken.store(true, Ordering::SeqCst);
    for n in 0..5 {
        ears.discord().say(ears.team.ana, thread, format!("m{n}")).unwrap();
    }
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(ears.inbox.said().is_empty());
    ears.inbox.broken.store(false, Ordering::SeqCst);
    ears.until("all", || ears.inbox.said().len() == 5).await;
    assert_eq!(ears.inbox.said(), ["m0", "m1", "m2", "m3", "m4"]);
    ears.stop().await;
}

pub(crate) async fn card_with_button(ears: &Ears) -> u64 {
    let claim = Button::Claim(ConversationId(12));
    let button = Labelled { label: "Claim".to_owned(), button: claim, style: Style::Primary };
    let post = line("a customer waits").with(vec![button]);
    let call = Call::Post { place: ears.team.in_channel(), post, reply_to: None, files: vec![] };
    ears.team.done(call).await.remote[0].parse().unwrap()
}

pub(crate) async fn interaction(ears: &Ears) -> (InteractionRef, MemberDid) {
    let mut found = None;
    ears.until("an interaction", || {
        found = ears.inbox.did().into_iter().rev().find_map(|did| match &did {
            MemberDid::Clicked { interaction, .. } | MemberDid::Commanded { interaction, .. } => {
                Some((interaction.clone(), did))
            }
            _ => None,
        });
        found.is_some()
    })
    .await;
    found.unwrap()
}

fn reply(text: &str) -> Reply {
    Reply::text(text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_click_answered_at_once_needs_no_promise() {
    let ears = Ears::started().await;
    let card = card_with_button(&ears).await;
    ears.discord().click(ears.team.ana, ears.team.channel, card, "b:claim:12").unwrap();
    let (interaction, did) = interaction(&ears).await;
    assert!(matches!(did, MemberDid::Clicked { button: Button::Claim(ConversationId(12)), .. }));
    let answer = || Call::Answer { interaction: interaction.clone(), reply: reply("It is yours."), files: Vec::new() };
    ears.team.done(answer()).await;
    ears.team.done(answer()).await;
    let seen = ears.discord().ephemeral_messages(ears.team.ana, ears.team.channel);
    assert_eq!(seen.iter().map(|m| m.content.as_str()).collect::<Vec<_>>(), ["It is yours."]);
    tokio::time::sleep(Duration::from_millis(1700)).await;
    assert_eq!(ears.team.bot.health().deferred(), 0);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_answered_late_is_deferred_and_then_edited() {
    let ears = Ears::started().await;
    ears.team.bot.register().await.unwrap();
    let thread = ears.team.thread("t");
    let options = json!({ "note": "refund over  limit, ask <@5>", "to": format!("<@{}>", ears.team.ana) });
    ears.discord().command(ears.team.ana, thread, "handoff", &options).unwrap();
    let (interaction, did) = interaction(&ears).await;
    let MemberDid::Commanded { text, channel, .. } = did else { panic!("{did:?}") };
    assert_eq!(text, format!("handoff @{} refund over  limit, ask @5", ears.team.ana));
    assert_eq!(channel.as_str(), thread.to_string());
    ears.until("the promise", || ears.team.bot.health().deferred() == 1).await;
    ears.team.done(Call::Answer { interaction, reply: reply("Handed over."), files: Vec::new() }).await;
    let seen = ears.discord().ephemeral_messages(ears.team.ana, thread);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].content, "Handed over.");
    assert!(!seen[0].loading);
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_too_late_is_done() {
    let ears = Ears::started().await;
    let call = Call::Answer {
        interaction: InteractionRef("123:nosuchtoken:456".to_owned()),
        reply: reply("x"),
        files: Vec::new(),
    };
    ears.team.done(call).await;
    let _ = ears.discord().wire().take_violations();
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_token_is_said_and_stopping_is_prompt() {
    let mut ears = Ears::of(Team::start(Options { message_content: false, ..Options::default() }).await);
    ears.connect();
    ears.until("a refusal", || ears.team.bot.health().fault().contains("4014")).await;
    assert!(ears.team.bot.health().fault().contains("the MESSAGE CONTENT intent"), "{:?}", ears.team.bot.health());
    let begun = std::time::Instant::now();
    ears.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(2));
}
