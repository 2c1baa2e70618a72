//! The demo page's Telegram side: what is seen of a forum, and what members do in it.

use std::net::SocketAddr;
use std::time::Duration;

use baton::playground::discord::{self, Discord};
use baton::playground::meta::{self, Meta};
use baton::playground::page::{Cast, Forums, Page};
use baton::playground::telegram::{self, Telegram};
use serde_json::{Map, Value, json};

/// A page over three stand-ins without a program between them.
struct Desk {
    telegram: Telegram,
    discord: Discord,
    /// On Discord alone.
    ana: u64,
    /// On both sides: on Discord, on Telegram.
    dina: (u64, i64),
    forum: i64,
    url: String,
    http: reqwest::Client,
}

async fn desk() -> Desk {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let meta = Meta::start(any, meta::Options::default()).await.unwrap();
    let discord = Discord::start(any, discord::Options::default()).await.unwrap();
    let telegram = Telegram::start(any, telegram::Options::default()).await.unwrap();
    let number = meta.add_number("+1 555 010 0001");
    let (ana, dina) = (discord.add_user("Ana", &[]), discord.add_user("Dina", &[]));
    let forum = telegram.add_forum("Billing");
    let dina = (dina, telegram.add_user("Dina", Some("dina")));
    let agent = |id: u64, name: &str| (id, name.to_owned(), "Agent".to_owned());
    let cast = Cast {
        number,
        agents: vec![agent(ana, "Ana"), agent(dina.0, "Dina")],
        forums: Some(Forums { telegram: telegram.clone(), people: vec![dina] }),
        ..Cast::default()
    };
    let at = Page::start(any, meta, discord.clone(), cast).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
    Desk { telegram, discord, ana, dina, forum, url: format!("http://{at}"), http }
}

impl Desk {
    async fn slices(&self) -> Map<String, Value> {
        let answer = self.http.get(format!("{}/api/state", self.url)).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["slices"].as_object().unwrap().clone()
    }

    /// One act of a member in a topic, or in General.
    async fn act(&self, member: u64, topic: Option<i64>, act: Value) -> (u16, Value) {
        let mut body = json!({ "member": member.to_string(), "channel": self.place(topic) });
        body.as_object_mut().unwrap().extend(act.as_object().unwrap().clone());
        let answer = self.http.post(format!("{}/api/act", self.url)).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// What Dina's act made.
    async fn done(&self, topic: Option<i64>, act: Value) -> Value {
        let (status, body) = self.act(self.dina.0, topic, act).await;
        assert_eq!(status, 200, "{body}");
        body["id"].clone()
    }

    fn place(&self, topic: Option<i64>) -> String {
        topic.map_or_else(|| format!("tg{}", self.forum), |topic| format!("tg{}.{topic}", self.forum))
    }

    async fn message(&self, topic: Option<i64>, id: &str) -> Value {
        self.slices().await[&format!("message:{}:{id}", self.place(topic))].clone()
    }

    /// A method of the bot.
    async fn bot(&self, method: &str, body: Value) -> Value {
        let url = format!("{}/bot{}/{method}", self.telegram.url(), self.telegram.token());
        let answer: Value = self.http.post(url).json(&body).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["ok"], true, "{answer}");
        answer["result"].clone()
    }
}

// story: OP-01
#[tokio::test]
async fn a_forum_stands_beside_the_server() {
    let desk = desk().await;
    let topic = desk.telegram.create_topic(desk.dina.1, desk.forum, "#7 Maria").unwrap();
    desk.telegram.close_topic(desk.dina.1, desk.forum, topic).unwrap();
    let commands = json!({ "commands": [{ "command": "handoff", "description": "Pass it on" }] });
    desk.bot("setMyCommands", commands).await;
    let slices = desk.slices().await;
    let general = &slices[&format!("channel:{}", desk.place(None))];
    assert_eq!(
        (&general["kind"], &general["name"], &general["title"]),
        (&json!("forum"), &json!("General"), &json!("Billing"))
    );
    let shown = &slices[&format!("channel:{}", desk.place(Some(topic)))];
    assert_eq!(
        (&shown["kind"], &shown["name"], &shown["archived"]),
        (&json!("topic"), &json!("#7 Maria"), &json!(true))
    );
    assert_eq!(shown["parent"], desk.place(None));
    assert_eq!(slices["telegram"]["people"], json!([desk.dina.0.to_string()]));
    assert_eq!(slices["telegram"]["commands"][0], json!({ "name": "handoff", "description": "Pass it on" }));

    desk.telegram.delete_topic(desk.forum, topic);
    assert!(!desk.slices().await.contains_key(&format!("channel:{}", desk.place(Some(topic)))));
}

// story: OP-01
#[tokio::test]
async fn a_member_plays_everything_by_hand_in_a_topic() {
    let desk = desk().await;
    let topic = desk.telegram.create_topic(desk.dina.1, desk.forum, "#7 Maria").unwrap();
    let at = Some(topic);
    let said = desk.done(at, json!({ "act": "says", "text": "/handoff support" })).await;
    let reply = desk.done(at, json!({ "act": "says", "text": "Indeed", "reply_to": said })).await;
    let (said, reply) = (said.as_str().unwrap(), reply.as_str().unwrap());
    desk.done(at, json!({ "act": "reacts", "message": said, "emoji": "👍", "add": true })).await;
    desk.done(at, json!({ "act": "edits", "message": said, "text": "Look 2 * 2" })).await;
    let message = desk.message(at, said).await;
    assert_eq!((&message["content"], &message["raw"]), (&json!("Look 2 \\* 2"), &json!("Look 2 * 2")));
    assert_eq!((&message["author"], &message["edited"]), (&json!(desk.dina.0.to_string()), &json!(true)));
    assert_eq!(message["reactions"], json!([{ "emoji": "👍", "users": [desk.dina.0.to_string()] }]));
    assert_eq!(desk.message(at, reply).await["reply_to"], said);

    let file = json!({ "name": "page.html", "mime": "text/html", "base64": "PHNjcmlwdD4=" });
    let one = desk.done(at, json!({ "act": "says", "text": "Look", "files": [file] })).await;
    let message = desk.message(at, one.as_str().unwrap()).await;
    let path = message["attachments"][0]["path"].as_str().unwrap();
    let html = desk.http.get(format!("{}{path}", desk.url)).send().await.unwrap();
    assert_eq!(html.headers()["content-type"], "application/octet-stream", "foreign markup must not run here");
    assert_eq!(html.bytes().await.unwrap().as_ref(), b"<script>");
    let pictures = json!([{ "sample": "picture" }, { "sample": "picture" }]);
    desk.done(None, json!({ "act": "says", "text": "Two", "files": pictures })).await;
    assert_eq!(desk.telegram.messages(desk.forum, None).len(), 2, "an album in General");
}

// story: OP-01
#[tokio::test]
async fn a_press_is_answered_to_the_one_who_pressed() {
    let desk = desk().await;
    let keyboard = json!({ "inline_keyboard": [[{ "text": "Accept", "callback_data": "b:accept:7" }]] });
    let sent = json!({ "chat_id": desk.forum, "text": "A handoff", "reply_markup": keyboard });
    let sent = desk.bot("sendMessage", sent).await["message_id"].to_string();
    let card = desk.message(None, &sent).await;
    assert_eq!(card["author"], desk.discord.bot_user_id().to_string(), "the bot is one on both sides");
    assert_eq!(card["components"][0]["components"][0]["label"], "Accept");

    let press = json!({ "act": "clicks", "message": sent, "custom_id": "b:accept:7" });
    let id = desk.done(None, press).await;
    let name = format!("answer:{}", id.as_str().unwrap());
    let waiting = desk.slices().await[&name].clone();
    assert_eq!((&waiting["label"], &waiting["pending"]), (&json!("Accept"), &json!(true)));
    let query = id.as_str().unwrap().trim_start_matches("tg").to_owned();
    desk.bot("answerCallbackQuery", json!({ "callback_query_id": query, "text": "It is yours.", "show_alert": true }))
        .await;
    let answer = desk.slices().await[&name].clone();
    assert_eq!((&answer["notice"], &answer["alert"]), (&json!("It is yours."), &json!(true)));
    assert_eq!((&answer["member"], &answer["pending"]), (&json!(desk.dina.0.to_string()), &json!(false)));
}

// story: OP-01
#[tokio::test]
async fn entities_are_drawn_as_the_page_draws() {
    let desk = desk().await;
    let html = "<b>Owner</b>: <a href=\"tg://user?id=USER\">Dina</a>\n<blockquote>a_b <i>c</i>\nd</blockquote>\n\
                <b>x</b><i>y</i> <code>1*2</code> <a href=\"https://t.me/c/1/7\">open</a> https://a.example/x_y @dina\n\
                <pre>two\nlines</pre>";
    let html = html.replace("USER", &desk.dina.1.to_string());
    let body = json!({ "chat_id": desk.forum, "text": html, "parse_mode": "HTML" });
    let id = desk.bot("sendMessage", body).await["message_id"].to_string();
    let message = desk.message(None, &id).await;
    let dina = desk.dina.0;
    let expected = format!(
        "**Owner**: <@{dina}>\n> a\\_b *c*\n> d\n**x**\u{200b}*y* `1*2` [open](<https://t.me/c/1/7>) https://a.example/x_y \
         <@{dina}>\n```\ntwo\nlines\n```"
    );
    assert_eq!(message["content"], expected);
    assert_eq!(message["pings"], json!([dina.to_string(), dina.to_string()]));

    let when = json!([{ "type": "date_time", "offset": 3, "length": 4, "unix_time": 1_800_000_000, "date_time_format": "r" },
                      { "type": "bold", "offset": 0, "length": 7 }]);
    let body = json!({ "chat_id": desk.forum, "text": "👍 soon", "entities": when });
    let id = desk.bot("sendMessage", body).await["message_id"].to_string();
    assert_eq!(desk.message(None, &id).await["content"], "**👍** **<t:1800000000:R>**");
}

#[tokio::test]
async fn what_cannot_be_done_in_a_forum_is_told_in_a_sentence() {
    let desk = desk().await;
    let topic = desk.telegram.create_topic(desk.dina.1, desk.forum, "#7 Maria").unwrap();
    desk.telegram.close_topic(desk.dina.1, desk.forum, topic).unwrap();
    let says = |text: &str| json!({ "act": "says", "text": text });
    let cases = [
        (desk.ana, None, says("hi"), "Ana is not on Telegram: act as one of Dina."),
        (desk.discord.bot_user_id(), None, says("hi"), "Nobody here can act as this member."),
        (desk.dina.0, Some(topic), says("hi"), "The topic is closed."),
        (desk.dina.0, Some(99), says("hi"), "No such topic."),
        (desk.dina.0, None, says(" "), "An empty or too long message."),
        (
            desk.dina.0,
            None,
            json!({ "act": "reacts", "message": "9", "emoji": "👍", "add": true }),
            "The message is gone.",
        ),
    ];
    for (member, at, act, sentence) in cases {
        let (status, body) = desk.act(member, at, act).await;
        assert_eq!((status, body["error"].as_str()), (422, Some(sentence)));
    }
    let (status, body) = desk.act(desk.dina.0, None, json!({ "act": "deletes", "message": "2" })).await;
    let told = body["error"].as_str().unwrap();
    assert!(status == 422 && told.starts_with("This act is not understood here: unknown variant `deletes`"), "{told}");
}
