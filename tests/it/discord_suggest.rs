//! What is offered while somebody types an argument.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use baton::discord::Discord as Bot;
use baton::domain::ids::{ChannelRef, UserRef};
use baton::playground::discord::Options;
use baton::port::{ArgKind, ArgSpec, CommandSpec, Suggest, Suggestion, Typing};
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::discord_gateway::Ears;
use super::discord_perform::{Team, settings};

const WAIT: Duration = Duration::from_secs(5);

/// Offers what a test says for a text, thinks for ever about "…", and keeps what was asked.
pub(crate) struct Offers {
    asked: Mutex<Vec<Typing>>,
    offer: fn(&str) -> Vec<Suggestion>,
}

impl Suggest for Offers {
    fn suggest(&self, typing: Typing) -> BoxFuture<'_, Vec<Suggestion>> {
        self.asked.lock().unwrap().push(typing.clone());
        async move {
            if typing.text == "…" {
                std::future::pending::<()>().await;
            }
            (self.offer)(&typing.text)
        }
        .boxed()
    }
}

pub(crate) fn one(label: &str, value: &str) -> Suggestion {
    Suggestion { label: label.to_owned(), value: value.to_owned() }
}

fn commands(kind: ArgKind) -> Vec<CommandSpec> {
    let arg = |name: &str, kind, required| ArgSpec {
        name: name.to_owned(),
        description: format!("the {name}"),
        kind,
        required,
    };
    vec![CommandSpec {
        name: "transfer".to_owned(),
        description: "give it to a team".to_owned(),
        args: vec![arg("team", kind, true), arg("note", ArgKind::Text, false)],
    }]
}

/// A bot that offers, its commands registered.
pub(crate) async fn ears(offer: fn(&str) -> Vec<Suggestion>) -> (Ears, Arc<Offers>) {
    let mut team = Team::start(Options::default()).await;
    team.bot = Bot::new(settings(&team.discord), commands(ArgKind::Suggested)).expect("settings");
    team.bot.register().await.expect("registered");
    let mut ears = Ears::of(team);
    let offers = Arc::new(Offers { asked: Mutex::default(), offer });
    ears.suggest = offers.clone();
    ears.listen().await;
    (ears, offers)
}

/// What Ana is shown when she has typed this.
async fn shown(ears: &Ears, channel: u64, text: &str) -> Vec<(String, Value)> {
    let so_far = json!({ "note": "he knows" });
    let id = ears.discord().typing_option(ears.team.ana, channel, "transfer", &so_far, "team", text).expect("typed");
    ears.discord().suggestions(id, WAIT).await.expect("an answer in time")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_is_completed() {
    let (ears, offers) = ears(|text| vec![one(&format!("Team {text}"), text)]).await;
    let thread = ears.team.thread("t");
    assert_eq!(shown(&ears, thread, "bill").await, [("Team bill".to_owned(), json!("bill"))]);
    assert_eq!(shown(&ears, ears.team.channel, "").await, [], "an empty value is none");
    let asked = offers.asked.lock().unwrap().clone();
    let expected = Typing {
        command: "transfer".to_owned(),
        arg: "team".to_owned(),
        text: "bill".to_owned(),
        user: UserRef(ears.team.ana.to_string()),
        channel: ChannelRef(thread.to_string()),
    };
    assert_eq!(asked[0], expected);
    assert_eq!((asked[1].text.as_str(), asked[1].channel.as_str()), ("", ears.team.channel.to_string().as_str()));
    assert!(ears.inbox.events().is_empty(), "nothing is kept of it: {:?}", ears.inbox.events());
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_discord_would_refuse_is_not_offered() {
    let (ears, _) = ears(|text| match text {
        "many" => (0..40).map(|n| one(&format!("number {n}"), &n.to_string())).collect(),
        _ => vec![
            one(&"long ".repeat(40), "a"),
            one("too long to be put in", &"v".repeat(101)),
            one("  ", "no label"),
            one("🙂", &"🙂".repeat(50)),
        ],
    })
    .await;
    let many = shown(&ears, ears.team.channel, "many").await;
    assert_eq!((many.len(), many[24].0.as_str()), (25, "number 24"));
    let odd = shown(&ears, ears.team.channel, "odd").await;
    assert_eq!(odd.len(), 2, "{odd:?}");
    assert!(odd[0].0.starts_with("long long") && odd[0].0.ends_with('…') && odd[0].0.chars().count() <= 100);
    assert_eq!(odd[1].1, json!("🙂".repeat(50)));
    ears.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_suggestion_holds_nothing_up_and_ends_empty() {
    let (ears, _) = ears(|text| vec![one(text, text)]).await;
    let (discord, ana, thread) = (ears.discord(), ears.team.ana, ears.team.thread("t"));
    let begun = Instant::now();
    let slow = discord.typing_option(ana, thread, "transfer", &json!({}), "team", "…").expect("typed");
    discord.say(ana, thread, "meanwhile").expect("said");
    ears.until("the message", || ears.inbox.said() == ["meanwhile"]).await;
    assert_eq!(shown(&ears, thread, "quick").await.len(), 1);
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    assert_eq!(discord.suggestions(slow, WAIT).await, Some(vec![]));
    let took = discord.interaction(slow).expect("known").acked_after_ms.expect("answered");
    assert!((1_800..2_500).contains(&took), "{took}");
    ears.stop().await;
}

#[tokio::test]
async fn an_argument_that_begins_to_complete_itself_is_registered_anew() {
    let mut team = Team::start(Options::default()).await;
    for (kind, changed) in [
        (ArgKind::Text, true),
        (ArgKind::Text, false),
        (ArgKind::Suggested, true),
        (ArgKind::Suggested, false),
        (ArgKind::Text, true),
    ] {
        team.bot = Bot::new(settings(&team.discord), commands(kind)).expect("settings");
        assert_eq!(team.bot.register().await, Ok(changed), "{kind:?}");
        let option = &team.discord.commands()[0].body["options"][0];
        assert_eq!((&option["type"], option["autocomplete"] == true), (&json!(3), kind == ArgKind::Suggested));
    }
    team.assert_clean();
}
