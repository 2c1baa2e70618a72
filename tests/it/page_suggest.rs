//! The demo page while somebody types an option that completes itself, and with more threads than fit.

use std::net::SocketAddr;
use std::time::Duration;

use baton::playground::meta::{self, Meta};
use baton::playground::page::{Cast, Page};
use baton::port::Suggestion;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

use super::browser::{Driver, find, id, press, shows, text_of, type_into};
use super::discord_gateway::Ears;
use super::discord_suggest::{ears, one};

/// A page over a bot that offers three teams for `/transfer`.
struct Stage {
    ears: Ears,
    url: String,
    http: reqwest::Client,
}

fn teams(text: &str) -> Vec<Suggestion> {
    let teams = ["Support", "Billing", "Billing Spain"];
    let fits = teams.into_iter().filter(|team| team.to_lowercase().contains(&text.to_lowercase()));
    fits.map(|team| one(team, &team.to_lowercase().replace(' ', "-"))).collect()
}

impl Stage {
    async fn start() -> Self {
        let (ears, _) = ears(teams).await;
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let meta = Meta::start(any, meta::Options::default()).await.expect("a free port");
        let number = meta.add_number("+1 555 010 0001");
        let discord = ears.discord().clone();
        let mut agents = vec![(ears.team.ana, "Ana".to_owned(), "Agent".to_owned())];
        for name in ["Ben", "Chris", "Dana", "Lea", "Guest"] {
            agents.push((discord.add_user(name, &[]), name.to_owned(), "Agent".to_owned()));
        }
        let cast = Cast { number, agents, title: "Sunny Bikes".to_owned(), ..Cast::default() };
        let at = Page::start(any, meta, discord, cast).await.expect("a free port");
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().expect("a client");
        Self { ears, url: format!("http://{at}"), http }
    }

    /// What the endpoint answers to a member who types this.
    async fn suggest(&self, change: Value) -> (u16, Value) {
        let mut typed = json!({
            "member": self.ears.team.ana.to_string(),
            "channel": self.ears.team.channel.to_string(),
            "command": "transfer",
            "options": { "note": "he knows" },
            "focused": "team",
            "text": "bill",
        });
        typed.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        let answer = self.http.post(format!("{}/api/suggest", self.url)).json(&typed).send().await.expect("answered");
        (answer.status().as_u16(), answer.json().await.expect("json"))
    }
}

// story: OP-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_asks_the_bot_what_fits() {
    let stage = Stage::start().await;
    let two = json!({ "choices": [{ "name": "Billing", "value": "billing" },
                                  { "name": "Billing Spain", "value": "billing-spain" }] });
    assert_eq!(stage.suggest(json!({})).await, (200, two));
    assert_eq!(stage.suggest(json!({ "text": "nobody" })).await, (200, json!({ "choices": [] })));

    let bot = stage.ears.discord().bot_user_id().to_string();
    let cases = [
        (json!({ "command": "lose" }), "No command lose."),
        (json!({ "focused": "note" }), "Transfer has no option note that completes itself."),
        (json!({ "member": bot }), "Nobody here can act as this member."),
        (json!({ "channel": "7" }), "No such channel."),
        (json!({ "more": 1 }), "This is not understood: unknown field `more`"),
    ];
    for (change, sentence) in cases {
        let (status, body) = stage.suggest(change.clone()).await;
        assert!(status == 422 && body["error"].as_str().is_some_and(|e| e.starts_with(sentence)), "{change}: {body}");
    }
    stage.ears.discord().gateway_down(true);
    let (status, body) = stage.suggest(json!({})).await;
    assert_eq!((status, body), (422, json!({ "error": "The options could not be loaded." })));
    stage.ears.discord().gateway_down(false);
    stage.ears.stop().await;
}

async fn value_of(page: &Client, css: &str) -> String {
    find(page, css).await.prop("value").await.ok().flatten().unwrap_or_default()
}

async fn names(page: &Client, test_id: &str) -> Vec<String> {
    let mut names = Vec::new();
    for element in page.find_all(Locator::Css(&id(test_id))).await.unwrap_or_default() {
        names.push(text_of(&element).await);
    }
    names
}

// story: OP-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suggestion_is_chosen_by_keyboard_or_mouse() {
    let Some(driver) = Driver::start() else { return };
    let stage = Stage::start().await;
    let page = driver.browser(1280, 860).await;
    page.goto(&stage.url).await.unwrap();
    let team = "[data-option=\"team\"]";
    let open = async || {
        type_into(&page, &id("channel-composer"), "/transfer").await;
        shows(&page, &id("suggestion"), "Support").await;
    };

    open().await;
    assert_eq!(names(&page, "suggestion").await, ["Support", "Billing", "Billing Spain"]);
    let field = find(&page, team).await;
    field.send_keys("bill").await.unwrap();
    shows(&page, &format!("{}[aria-selected=\"true\"]", id("suggestion")), "Billing").await;
    field.send_keys(&Key::Down.to_string()).await.unwrap();
    field.send_keys(&Key::Enter.to_string()).await.unwrap();
    assert_eq!(value_of(&page, team).await, "Billing Spain");
    // The first Enter chose, the second runs: the bot is given the value, not the name.
    field.send_keys(&Key::Enter.to_string()).await.unwrap();
    stage.ears.until("the command", || stage.ears.inbox.did().len() == 1).await;
    let did = format!("{:?}", stage.ears.inbox.did());
    assert!(did.contains("transfer billing-spain"), "{did}");

    open().await;
    press(&page, "[data-testid=\"suggestion\"][data-value=\"support\"]").await;
    assert_eq!(value_of(&page, team).await, "Support");
    // Escape closes what is offered first, then the form.
    let field = find(&page, team).await;
    field.send_keys("x").await.unwrap();
    shows(&page, &id("suggestion-note"), "No options match").await;
    field.send_keys(&Key::Escape.to_string()).await.unwrap();
    assert_eq!(names(&page, "command-form").await.len(), 1);
    field.send_keys(&Key::Escape.to_string()).await.unwrap();
    assert_eq!(names(&page, "command-form").await.len(), 0);
    page.close().await.unwrap();
    stage.ears.stop().await;
}

// story: OP-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_teams_and_sixty_threads_fit() {
    let Some(driver) = Driver::start() else { return };
    let stage = Stage::start().await;
    let (discord, ana) = (stage.ears.discord().clone(), stage.ears.team.ana);
    let channels = [stage.ears.team.channel, discord.add_channel("billing"), discord.add_channel("workshop")];
    let mut threads = Vec::new();
    for channel in channels {
        for n in 0..20 {
            threads.push(discord.start_thread(ana, channel, None, &format!("#{n} · Customer")).expect("a thread"));
        }
    }
    let page = driver.browser(1280, 860).await;
    page.goto(&stage.url).await.unwrap();
    // The channel one is in lists its latest threads, the others none.
    shows(&page, &id("thread-more"), "8 more").await;
    assert_eq!(names(&page, "thread-item").await.len(), 12);
    press(&page, &id("thread-more")).await;
    shows(&page, &id("thread-more"), "Fewer").await;
    assert_eq!(names(&page, "thread-item").await.len(), 20);

    // What is new in a thread that is folded away shows on its channel, and moves to the thread when that is listed.
    let ben = discord.users().iter().find(|u| u.name == "Ben").expect("Ben").id;
    let text = format!("<@{ana}> look");
    discord.say(ben, threads[20], text.as_str()).expect("said");
    let billing = format!("[data-testid=\"channel\"][data-channel=\"{}\"]", channels[1]);
    shows(&page, &format!("{billing} .count.pinged"), "1").await;
    press(&page, &format!("[data-testid=\"channel-fold\"][data-channel=\"{}\"]", channels[1])).await;
    let thread = format!("[data-testid=\"thread-item\"][data-channel=\"{}\"]", threads[20]);
    shows(&page, &format!("{thread} .count.pinged"), "1").await;
    assert!(page.find(Locator::Css(&format!("{billing} .count"))).await.is_err());
    press(&page, &format!("[data-testid=\"channel-fold\"][data-channel=\"{}\"]", channels[0])).await;
    assert_eq!(names(&page, "thread-item").await.len(), 13);

    // Six people, one after the other.
    for name in ["Ben", "Chris", "Dana", "Lea", "Guest", "Ana"] {
        press(&page, &id("acting-as")).await;
        press(&page, &format!("[data-testid=\"act-as\"][data-name=\"{name}\"]")).await;
        shows(&page, &id("acting-as"), name).await;
    }
    page.close().await.unwrap();
    stage.ears.stop().await;
}
