//! The demo page's own doors: snapshot, acts, events, files; no browser.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use baton::domain::reply::Reply;
use baton::playground::discord::{self, Discord, Say};
use baton::playground::meta::{self, Meta};
use baton::playground::page::{Cast, Dials, Page};
use baton::port::{Attachment, Call};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::discord_gateway::{Ears, interaction};
use super::discord_perform::Team;

/// A page over two stand-ins without a program between them.
struct Desk {
    meta: Meta,
    discord: Discord,
    number: String,
    ana: u64,
    channel: u64,
    traffic: watch::Receiver<bool>,
    speed: watch::Receiver<u32>,
    url: String,
    http: reqwest::Client,
}

async fn desk() -> Desk {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let meta = Meta::start(any, meta::Options::default()).await.unwrap();
    let discord = Discord::start(any, discord::Options::default()).await.unwrap();
    let number = meta.add_number("+1 555 010 0001");
    meta.customer("Maria", "+34 600 111 222");
    let (ana, channel) = (discord.add_user("Ana", &[]), discord.add_channel("support"));
    let (traffic, speed) = (watch::Sender::new(false), watch::Sender::new(1));
    let cast = Cast {
        number: number.clone(),
        agents: vec![(ana, "Ana".to_owned(), "Agent".to_owned())],
        title: "Sunny Bikes".to_owned(),
        facts: vec![("Webhook".to_owned(), "http://127.0.0.1/hook".to_owned())],
        now_ms: Some(Arc::new(|| 1_800_000_000_000)),
        dials: Some(Dials { traffic: traffic.clone(), speed: speed.clone() }),
        ..Cast::default()
    };
    let at = Page::start(any, meta.clone(), discord.clone(), cast).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
    let (traffic, speed) = (traffic.subscribe(), speed.subscribe());
    Desk { meta, discord, number, ana, channel, traffic, speed, url: format!("http://{at}"), http }
}

impl Desk {
    async fn state(&self) -> Value {
        self.http.get(format!("{}/api/state", self.url)).send().await.unwrap().json().await.unwrap()
    }

    async fn slices(&self) -> Map<String, Value> {
        self.state().await["slices"].as_object().unwrap().clone()
    }

    /// What an act made.
    async fn act(&self, act: Value) -> Value {
        let (status, body) = self.tried(act).await;
        assert_eq!(status, 200, "{body}");
        body["id"].clone()
    }

    /// Why an act was refused.
    async fn refused(&self, act: Value) -> String {
        let (status, body) = self.tried(act).await;
        assert_eq!(status, 422, "{body}");
        body["error"].as_str().unwrap().to_owned()
    }

    async fn tried(&self, act: Value) -> (u16, Value) {
        let answer = self.http.post(format!("{}/api/act", self.url)).json(&act).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn fetch(&self, path: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", self.url)).send().await.unwrap()
    }
}

/// The bubbles of a customer, oldest first.
fn bubbles(slices: &Map<String, Value>, customer: usize) -> Vec<&Value> {
    let prefix = format!("bubble:{customer}:");
    let mut found: Vec<&Value> = slices.iter().filter(|(k, _)| k.starts_with(&prefix)).map(|(_, v)| v).collect();
    found.sort_by_key(|bubble| bubble["seq"].as_u64());
    found
}

// story: OP-01
#[tokio::test]
async fn serves_itself_and_nothing_from_elsewhere() {
    let desk = desk().await;
    let page = desk.fetch("/").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let html = page.text().await.unwrap();
    assert!(!html.contains("http://") && !html.contains("https://"), "the page loads something from elsewhere");
    assert!(!html.contains(" style=") && !html.contains("<style"), "the policy forbids inline styles");

    let mut todo: Vec<String> =
        html.split('"').filter(|part| part.starts_with("/assets/")).map(str::to_owned).collect();
    let mut seen = Vec::new();
    while let Some(path) = todo.pop() {
        if seen.contains(&path) {
            continue;
        }
        let file = desk.fetch(&path).await;
        assert_eq!(file.status(), 200, "{path}");
        let kind = file.headers()["content-type"].to_str().unwrap().to_owned();
        let expected = match path.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(kind, expected, "{path}");
        let text = file.text().await.unwrap();
        assert!(!text.contains("innerHTML"), "{path} makes markup of data");
        let imports = text.split("from \"./").skip(1).filter_map(|rest| rest.split('"').next());
        todo.extend(imports.map(|name| format!("/assets/{name}")));
        seen.push(path);
    }
    assert!(seen.len() > 15, "{seen:?}");
    assert_eq!(desk.fetch("/assets/nothing.js").await.status(), 404);
}

// story: OP-01
#[tokio::test]
async fn a_customer_plays_everything_by_hand() {
    let desk = desk().await;
    let said = desk.act(json!({ "act": "customer_says", "customer": 0, "text": " Hello " })).await;
    for sample in ["picture", "voice", "document"] {
        let file = json!({ "sample": sample });
        desk.act(json!({ "act": "customer_sends", "customer": 0, "file": file, "quotes": said })).await;
    }
    let place =
        json!({ "act": "customer_locates", "customer": 0, "latitude": 40.4, "longitude": -3.7, "name": "Plaza" });
    desk.act(place).await;
    let own = json!({ "name": "../notes.txt", "mime": "text/plain", "base64": "aGk=" });
    desk.act(json!({ "act": "customer_sends", "customer": 0, "file": own, "caption": "mine" })).await;
    desk.act(json!({ "act": "customer_edits", "customer": 0, "message": said, "text": "Hello!" })).await;
    desk.act(json!({ "act": "customer_reacts", "customer": 0, "message": said, "emoji": "👍" })).await;

    let slices = desk.slices().await;
    let shown = bubbles(&slices, 0);
    let kinds: Vec<&str> = shown.iter().map(|b| b["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["text", "image", "audio", "document", "location", "document"]);
    assert_eq!(shown[0]["text"], "Hello!");
    assert_eq!(shown[0]["edited"], true);
    assert_eq!(shown[0]["customer_reaction"], "👍");
    assert_eq!(shown[1]["quotes"], said);
    assert_eq!(shown[4]["location"]["latitude"], 40.4);
    assert_eq!(shown[5]["media"]["filename"], "notes.txt");
    assert!(slices["phone:0"]["window_closes_ms"].is_i64());

    let expected: [(&str, &[u8]); 3] =
        [("image/png", b"\x89PNG"), ("audio/ogg; codecs=opus", b"OggS"), ("application/pdf", b"%PDF")];
    for (bubble, (kind, magic)) in shown[1..4].iter().zip(expected) {
        let path = format!("/api/media/phone/{}", bubble["media"]["id"].as_str().unwrap());
        let file = desk.fetch(&path).await;
        assert_eq!(file.headers()["content-type"], kind);
        assert_eq!(file.headers()["content-security-policy"], "default-src 'none'; sandbox");
        assert!(file.bytes().await.unwrap().starts_with(magic), "{kind}");
    }

    desk.act(json!({ "act": "customer_deletes", "customer": 0, "message": said })).await;
    let next = desk.act(json!({ "act": "new_customer", "name": "Jonas" })).await;
    assert_eq!(next, 1);
    let slices = desk.slices().await;
    assert_eq!(bubbles(&slices, 0)[0]["deleted"], true);
    assert_eq!(slices["phone:1"]["name"], "Jonas");
    assert!(desk.meta.wire().violations().is_empty());
}

// story: OP-01
#[tokio::test]
async fn a_member_plays_everything_by_hand() {
    let desk = desk().await;
    let (ana, channel) = (desk.ana.to_string(), desk.channel.to_string());
    let at = |act: &str, rest: Value| {
        let mut act = json!({ "act": act, "member": ana, "channel": channel });
        act.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        act
    };
    let file = json!({ "name": "page.html", "mime": "text/html", "base64": "PHNjcmlwdD4=" });
    let said = desk.act(at("says", json!({ "text": "Look", "files": [file, { "sample": "picture" }] }))).await;
    let reply = desk.act(at("says", json!({ "text": "Indeed", "reply_to": said }))).await;
    desk.act(at("reacts", json!({ "message": said, "emoji": "✅", "add": true }))).await;
    desk.act(at("edits", json!({ "message": said, "text": "Look **here**" }))).await;
    desk.act(at("types", json!({}))).await;

    let slices = desk.slices().await;
    let message = &slices[&format!("message:{channel}:{}", said.as_str().unwrap())];
    assert_eq!(message["content"], "Look **here**");
    assert_eq!(message["reactions"][0], json!({ "emoji": "✅", "users": [ana] }));
    assert_eq!(slices[&format!("message:{channel}:{}", reply.as_str().unwrap())]["reply_to"], said);
    let html = desk.fetch(message["attachments"][0]["path"].as_str().unwrap()).await;
    assert_eq!(html.headers()["content-type"], "application/octet-stream", "foreign markup must not run here");
    assert_eq!(html.headers()["content-disposition"], "attachment");
    let picture = desk.fetch(message["attachments"][1]["path"].as_str().unwrap()).await;
    assert_eq!(picture.headers()["content-type"], "image/png");

    desk.act(at("deletes", json!({ "message": reply }))).await;
    let gone = format!("message:{channel}:{}", reply.as_str().unwrap());
    assert!(!desk.slices().await.contains_key(&gone));

    desk.act(json!({ "act": "traffic", "on": true })).await;
    desk.act(json!({ "act": "speed", "times": 60 })).await;
    assert!(*desk.traffic.borrow());
    assert_eq!(*desk.speed.borrow(), 60);
    assert_eq!(desk.slices().await["dials"], json!({ "traffic": true, "speed": 60 }));
}

#[tokio::test]
async fn what_cannot_be_done_is_told_in_a_sentence() {
    let desk = desk().await;
    let (ana, bot, channel) = (desk.ana.to_string(), desk.discord.bot_user_id().to_string(), desk.channel.to_string());
    let says = |member: &str, text: &str| json!({ "act": "says", "member": member, "channel": channel, "text": text });
    let cases = [
        (json!({ "act": "customer_says", "customer": 7, "text": "hi" }), "There is no such customer."),
        (json!({ "act": "customer_says", "customer": 0, "text": " " }), "There is nothing to send yet."),
        (
            json!({ "act": "customer_says", "customer": 0, "text": "x".repeat(4097) }),
            "WhatsApp takes at most 4096 characters here.",
        ),
        (
            json!({ "act": "customer_deletes", "customer": 0, "message": "wamid.no" }),
            "This message is not on the phone any more.",
        ),
        (
            json!({ "act": "customer_locates", "customer": 0, "latitude": 91.0, "longitude": 0.0 }),
            "There is no such place on this planet.",
        ),
        (
            json!({ "act": "customer_sends", "customer": 0, "file": { "name": "a", "mime": "", "base64": "%" } }),
            "The file arrived damaged.",
        ),
        (json!({ "act": "new_customer", "name": "" }), "A customer needs a name."),
        (
            json!({ "act": "new_customer", "name": "A", "phone": "34600111222" }),
            "Somebody has this phone number already.",
        ),
        (says(&ana, " "), "An empty message."),
        (says(&bot, "hi"), "Nobody here can act as this member."),
        (
            json!({ "act": "clicks", "member": ana, "channel": channel, "message": "1", "custom_id": "claim" }),
            "The message shows no claim.",
        ),
        (json!({ "act": "runs", "member": ana, "channel": channel, "command": "load" }), "No command load."),
        (json!({ "act": "speed", "times": 0 }), "The clock runs 1 to 3600 times as fast."),
    ];
    for (act, sentence) in cases {
        assert_eq!(desk.refused(act.clone()).await, sentence, "{act}");
    }
    let unknown = desk.refused(json!({ "act": "dance" })).await;
    assert!(unknown.starts_with("This act is not understood: unknown variant `dance`"), "{unknown}");
    assert_eq!(desk.meta.history(desk.meta.customers()[0].id, &desk.number).len(), 0);

    // Another website can only send what needs no permission of ours: plain text.
    let plain = desk.http.post(format!("{}/api/act", desk.url)).body(r#"{"act":"speed","times":2}"#);
    assert_eq!(plain.send().await.unwrap().status(), 422);
    assert_eq!(*desk.speed.borrow(), 1);
}

// story: OP-01
#[tokio::test]
async fn the_stream_brings_only_what_changed_and_goes_on_after_a_break() {
    let desk = desk().await;
    let mut stream = Stream::open(&desk, None).await;
    let (_, first) = stream.next().await;
    assert_eq!(first["since"], 0);
    assert_eq!(first["now_ms"], 1_800_000_000_000_i64);
    assert!(first["slices"]["cast"].is_object());

    desk.act(json!({ "act": "customer_says", "customer": 0, "text": "Hello" })).await;
    let (last, change) = stream.next_change().await;
    let names: Vec<&String> = change["slices"].as_object().unwrap().keys().collect();
    assert!(names.iter().all(|n| n.starts_with("bubble:0:") || *n == "phone:0"), "{names:?}");

    drop(stream);
    let say = Say::from("while nobody looked");
    let message = desk.discord.say(desk.ana, desk.channel, say).unwrap();
    let (_, resumed) = Stream::open(&desk, Some(&last)).await.next().await;
    let names: Vec<&String> = resumed["slices"].as_object().unwrap().keys().collect();
    assert_eq!(names, [&format!("message:{}:{message}", desk.channel)]);

    desk.discord.delete(desk.channel, message).unwrap();
    let mut whole = Stream::open(&desk, Some("another-1")).await;
    let (_, whole) = whole.next().await;
    assert_eq!(whole["since"], 0, "ids of another run count for nothing");
    assert!(whole["slices"].as_object().unwrap().values().all(|slice| !slice.is_null()));
}

/// A reader of Server-Sent Events.
struct Stream {
    response: reqwest::Response,
    rest: String,
}

impl Stream {
    async fn open(desk: &Desk, last: Option<&str>) -> Self {
        let mut request = desk.http.get(format!("{}/api/events", desk.url));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, rest: String::new() }
    }

    /// The next event: its id and its data.
    async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.rest = rest;
                let (id, data) = event.split_once('\n').unwrap();
                let data = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
                return (id.strip_prefix("id: ").unwrap().to_owned(), data);
            }
            let chunk = self.response.chunk().await.unwrap().expect("the stream never ends");
            self.rest.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event that is no heartbeat.
    async fn next_change(&mut self) -> (String, Value) {
        loop {
            let (id, data) = self.next().await;
            if !data["slices"].as_object().unwrap().is_empty() {
                return (id, data);
            }
        }
    }
}

// story: VI-01
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_answers_show_their_files() {
    let desk = desk().await;
    let mut ears = Ears::of(Team::with(desk.discord.clone(), |settings| settings));
    ears.listen().await;
    ears.team.bot.register().await.unwrap();
    let (ana, channel) = (desk.ana.to_string(), desk.channel.to_string());
    let id = desk.act(json!({ "act": "runs", "member": ana, "channel": channel, "command": "claim" })).await;
    let (interaction, _) = interaction(&ears).await;
    let made = |name: &str, mime, bytes: &[u8]| Attachment::made(name.to_owned(), mime, bytes.to_vec());
    let picture = Attachment { alt: "Ana 3 of 5".to_owned(), ..made("load.png", "image/png", b"dots") };
    let text = made("transcript.txt", "text/plain; charset=utf-8", b"Hola");
    ears.team.done(Call::Answer { interaction, reply: Reply::text("Here."), files: vec![picture, text] }).await;
    let slices = desk.slices().await;
    let files = &slices[&format!("answer:{}", id.as_str().unwrap())]["messages"][0]["attachments"];
    assert_eq!((&files[0]["filename"], &files[0]["description"]), (&json!("load.png"), &json!("Ana 3 of 5")));
    assert_eq!((&files[1]["filename"], &files[1]["size"]), (&json!("transcript.txt"), &json!(4)));
    let served = desk.fetch(files[0]["path"].as_str().unwrap()).await;
    assert_eq!(served.headers()["content-type"], "image/png");
    assert_eq!(served.bytes().await.unwrap().as_ref(), b"dots");
    let served = desk.fetch(files[1]["path"].as_str().unwrap()).await;
    assert_eq!(served.headers()["content-disposition"], "attachment");
    assert_eq!(served.bytes().await.unwrap().as_ref(), b"Hola");
    ears.stop().await;
}
