//! Sending: what leaves, how often, and how certain its outcome is.

use std::time::Duration;

use axum::response::IntoResponse;
use baton::domain::content::{Content, MediaKind, Person};
use baton::domain::event::Refused;
use baton::domain::ids::{MediaId, NumberId, Wamid};
use baton::domain::markup::Markup;
use baton::port::{Address, Attachment, Call, Channel, Outcome, Outgoing, Receipt, Scope, Source};
use baton::whatsapp::WhatsApp;
use serde_json::{Value, json};

use crate::whatsapp_support::{Graph, NUMBER, accepted, error, job, json_answer, settings};

fn phone() -> Address {
    Address { phone: "15551230000".into(), bsuid: "US.77001122".into() }
}

fn text(body: &str) -> Outgoing {
    Outgoing::Content(Content::Text { text: Markup::plain(body) })
}

fn send(to: Address, content: Outgoing, quote: Option<&str>) -> Call {
    Call::Send { number: NumberId::from(NUMBER), to, content, quote: quote.map(Wamid::from) }
}

fn file(folder: &tempfile::TempDir, name: &str, mime: &str, bytes: &[u8]) -> Attachment {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    Attachment {
        id: MediaId(1),
        source: Source::Stored(path),
        name: name.into(),
        mime: mime.into(),
        size: bytes.len() as u64,
        link: String::new(),
        alt: String::new(),
    }
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused { failure, .. } => failure.reason.clone(),
        other => panic!("{other:?}"),
    }
}

async fn numbered() -> Graph {
    Graph::start(|count, _| accepted(&format!("wamid.{count}"))).await
}

#[tokio::test]
async fn a_text_goes_to_the_phone_with_its_quote_and_its_row() {
    let graph = numbered().await;
    let outcome = graph.client().perform(job(4711, send(phone(), text("see https://a.b"), Some("wamid.Q")))).await;
    assert_eq!(outcome, Outcome::Done(Receipt::of("wamid.1")));
    let seen = &graph.requests()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", &*format!("/v25.0/{NUMBER}/messages")));
    assert_eq!(seen.token, "Bearer the-token");
    assert_eq!(
        seen.json(),
        json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+15551230000", "type": "text",
            "text": { "body": "see https://a.b", "preview_url": true }, "context": { "message_id": "wamid.Q" },
            "biz_opaque_callback_data": "out:4711" })
    );
}

#[tokio::test]
async fn a_user_id_goes_into_recipient_and_never_into_to() {
    let graph = numbered().await;
    let client = graph.client();
    let hidden = Address { phone: String::new(), bsuid: "US.77001122".into() };
    client.perform(job(1, send(hidden, text("hi"), None))).await;
    let body = graph.requests()[0].json();
    assert_eq!((&body["recipient"], &body["to"]), (&json!("US.77001122"), &Value::Null));
    for nobody in [
        Address { phone: String::new(), bsuid: String::new() },
        Address { phone: "US.77001122".into(), bsuid: String::new() },
        Address { phone: String::new(), bsuid: "15551230000".into() },
    ] {
        let outcome = client.perform(job(2, send(nobody, text("hi"), None))).await;
        assert!(matches!(outcome, Outcome::Refused { refusal: Refused::Invalid, .. }));
    }
    assert_eq!(graph.requests().len(), 1);
}

#[tokio::test]
async fn other_contents_have_their_shapes() {
    let graph = numbered().await;
    let client = graph.client();
    let person = Person {
        name: "Bo".into(),
        phones: vec!["+1 555".into()],
        emails: vec!["b@x.y".into()],
        organisation: "X".into(),
    };
    let place = Content::Location { latitude: 1.5, longitude: 2.5, name: "Home".into(), address: String::new() };
    for (id, content) in [
        (1, Outgoing::Content(place)),
        (2, Outgoing::Content(Content::Contacts { people: vec![person, Person::default()] })),
        (3, Outgoing::Reaction { target: Wamid::from("wamid.T"), emoji: "👍".into() }),
        (4, Outgoing::Reaction { target: Wamid::from("wamid.T"), emoji: String::new() }),
    ] {
        assert!(matches!(client.perform(job(id, send(phone(), content, Some("wamid.Q")))).await, Outcome::Done(_)));
    }
    let bodies: Vec<Value> = graph.requests().iter().map(|seen| seen.json()).collect();
    assert_eq!(bodies[0]["location"], json!({ "latitude": 1.5, "longitude": 2.5, "name": "Home" }));
    assert_eq!(
        bodies[1]["contacts"],
        json!([{ "name": { "formatted_name": "Bo", "first_name": "Bo" }, "phones": [{ "phone": "+1 555" }],
            "emails": [{ "email": "b@x.y" }], "org": { "company": "X" } }, { "name": { "formatted_name": "?", "first_name": "?" } }])
    );
    assert_eq!(bodies[2]["reaction"], json!({ "message_id": "wamid.T", "emoji": "👍" }));
    assert_eq!(bodies[2].get("context"), None, "a reaction is no reply");
    assert_eq!(bodies[3]["reaction"]["emoji"], "");
    let odd =
        client.perform(job(5, send(phone(), Outgoing::Content(Content::Unsupported { what: "x".into() }), None))).await;
    assert!(matches!(odd, Outcome::Refused { .. }));
    let blank = client.perform(job(6, send(phone(), text(" \n "), None))).await;
    assert!(matches!(blank, Outcome::Refused { .. }));
}

#[tokio::test]
async fn a_long_text_goes_in_pieces_and_a_retry_continues() {
    // The second piece meets a full house once.
    let graph =
        Graph::start(|count, _| if count == 2 { error(400, 131_000) } else { accepted(&format!("wamid.{count}")) })
            .await;
    let client = graph.client();
    let long = vec!["word"; 2000].join(" ");
    let call = send(phone(), text(&long), Some("wamid.Q"));
    let first = client.perform(job(9, call.clone())).await;
    assert!(matches!(first, Outcome::Later { scope: Scope::Lane, .. }), "{first:?}");
    let graph_rest = graph.requests().len();
    assert_eq!(graph_rest, 2);
    tokio::time::sleep(Duration::from_millis(1300)).await;
    let Outcome::Done(receipt) = client.perform(job(9, call)).await else { panic!() };
    assert_eq!(receipt.remote, ["wamid.1", "wamid.3", "wamid.4"]);
    let bodies: Vec<Value> = graph.requests().iter().map(|seen| seen.json()).collect();
    assert_eq!(bodies[1]["text"], bodies[2]["text"], "the piece that was refused is the one that is repeated");
    let joined: Vec<&str> = [0, 2, 3].map(|i| bodies[i]["text"]["body"].as_str().unwrap()).to_vec();
    assert_eq!(joined.join(" "), long);
    let quotes: Vec<bool> = bodies.iter().map(|body| body.get("context").is_some()).collect();
    assert_eq!(quotes, [true, false, false, false]);
    // Another job of the same text begins anew.
    let Outcome::Done(receipt) = client.perform(job(10, send(phone(), text(&long), None))).await else { panic!() };
    assert_eq!(receipt.remote.len(), 3);
}

#[tokio::test]
async fn a_later_piece_that_fails_says_what_was_sent() {
    let graph = Graph::start(|count, _| if count == 2 { error(400, 131_026) } else { accepted("wamid.1") }).await;
    let outcome = graph.client().perform(job(9, send(phone(), text(&"word ".repeat(1200)), None))).await;
    assert!(
        reason(&outcome).starts_with("The first 1 of 2 parts were sent, the rest was not: The message cannot"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn outcomes_say_how_certain_they_are() {
    // Nobody listens: nothing was sent.
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let outcome = WhatsApp::new(settings(&url)).unwrap().perform(job(1, send(phone(), text("x"), None))).await;
    assert!(matches!(outcome, Outcome::Later { scope: Scope::Lane, .. }), "{outcome:?}");

    // The request arrives and the connection breaks.
    let cut = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", cut.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = cut.accept().await {
            use tokio::io::AsyncReadExt;
            let mut buffer = [0; 4096];
            let _ = socket.read(&mut buffer).await;
        }
    });
    let client = WhatsApp::new(settings(&url)).unwrap();
    let outcome = client.perform(job(1, send(phone(), text("x"), None))).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    let read = Call::Read { number: NumberId::from(NUMBER), wamid: Wamid::from("w"), typing: false };
    assert!(matches!(client.perform(job(2, read)).await, Outcome::Later { .. }));
    let reaction = Outgoing::Reaction { target: Wamid::from("w"), emoji: "👍".into() };
    assert!(matches!(client.perform(job(3, send(phone(), reaction, None))).await, Outcome::Later { .. }));

    // No answer in time.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut short = settings(&format!("http://{}", silent.local_addr().unwrap()));
    short.timeout = Duration::from_millis(300);
    let outcome = WhatsApp::new(short).unwrap().perform(job(1, send(phone(), text("x"), None))).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    drop(silent);
}

#[tokio::test]
async fn answers_are_read_for_what_they_say() {
    let graph = Graph::start(|count, _| match count {
        1 => json_answer(200, json!({ "messages": [] })),
        2 => json_answer(200, json!({ "error": { "code": 131_047, "message": "m" } })),
        3 => error(401, 190),
        4 => (axum::http::StatusCode::BAD_GATEWAY, "<html>").into_response(),
        5 => (axum::http::StatusCode::OK, "ok").into_response(),
        _ => (axum::http::StatusCode::FOUND, [("location", "http://127.0.0.1:1/")], "").into_response(),
    })
    .await;
    // A client of its own each, so that no pause learned from one answer touches the next.
    let mut outcomes = Vec::new();
    for id in 1..=6 {
        outcomes.push(graph.client().perform(job(id, send(phone(), text("x"), None))).await);
    }
    assert!(matches!(outcomes[0], Outcome::Unknown(_)));
    assert!(matches!(outcomes[1], Outcome::Refused { refusal: Refused::WindowClosed, .. }));
    assert!(
        matches!(&outcomes[2], Outcome::Later { scope: Scope::Stopped(scope), .. } if scope == &format!("whatsapp:{NUMBER}"))
    );
    assert!(matches!(outcomes[3], Outcome::Unknown(_)));
    assert!(matches!(outcomes[4], Outcome::Unknown(_)));
    assert!(matches!(outcomes[5], Outcome::Refused { .. }), "{:?}", outcomes[5]);
    assert_eq!(graph.requests().len(), 6);
}

#[tokio::test]
async fn a_pair_keeps_its_pace_and_others_go_on() {
    let graph = numbered().await;
    let client = graph.client();
    for id in 0..45 {
        assert!(matches!(client.perform(job(id, send(phone(), text("x"), None))).await, Outcome::Done(_)), "{id}");
    }
    let outcome = client.perform(job(45, send(phone(), text("x"), None))).await;
    let Outcome::Later { after_ms, scope: Scope::Lane, .. } = outcome else { panic!("{outcome:?}") };
    assert!((1000..=6000).contains(&after_ms), "{after_ms}");
    let other = Address { phone: "15559999999".into(), bsuid: String::new() };
    assert!(matches!(client.perform(job(46, send(other, text("x"), None))).await, Outcome::Done(_)));
    assert_eq!(graph.requests().len(), 46);
}

#[tokio::test]
async fn a_number_keeps_its_pace() {
    let graph = numbered().await;
    let mut slow = settings(&graph.url);
    slow.rate.default = 20;
    let client = WhatsApp::new(slow).unwrap();
    let begun = tokio::time::Instant::now();
    for id in 0..12 {
        let to = Address { phone: format!("1555000{id}"), bsuid: String::new() };
        assert!(matches!(client.perform(job(id, send(to, text("x"), None))).await, Outcome::Done(_)));
    }
    assert!(begun.elapsed() >= Duration::from_millis(490), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_learned_pause_holds_without_asking_again() {
    let graph = Graph::start(|_, _| error(400, 131_056)).await;
    let client = graph.client();
    let mut third = job(1, send(phone(), text("x"), None));
    third.attempt = 3;
    assert!(matches!(client.perform(third).await, Outcome::Later { after_ms: 16_000, .. }));
    assert!(matches!(
        client.perform(job(2, send(phone(), text("x"), None))).await,
        Outcome::Later { scope: Scope::Lane, .. }
    ));
    assert_eq!(graph.requests().len(), 1);
}

#[tokio::test]
async fn reading_marks_and_typing() {
    let graph = Graph::start(|_, _| json_answer(200, json!({ "success": true }))).await;
    let read = |typing| Call::Read { number: NumberId::from(NUMBER), wamid: Wamid::from("wamid.R"), typing };
    let client = graph.client();
    assert_eq!(client.perform(job(1, read(false))).await, Outcome::Done(Receipt::default()));
    client.perform(job(2, read(true))).await;
    let bodies: Vec<Value> = graph.requests().iter().map(|seen| seen.json()).collect();
    assert_eq!(bodies[0], json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.R" }));
    assert_eq!(bodies[1]["typing_indicator"], json!({ "type": "text" }));
    let notice = client.perform(job(3, Call::Notice { text: "x".into() })).await;
    assert!(matches!(notice, Outcome::Refused { .. }));
}

fn media_graph(count: usize, path: &str) -> axum::response::Response {
    if path.ends_with("/media") {
        json_answer(200, json!({ "id": "media-1" }))
    } else {
        accepted(&format!("wamid.{count}"))
    }
}

#[tokio::test]
async fn a_file_is_uploaded_and_sent_by_its_id() {
    let graph = Graph::start(|count, seen| media_graph(count, &seen.path)).await;
    let folder = tempfile::tempdir().unwrap();
    let picture = file(&folder, "cat.jpg", "image/jpg", &[7; 3000]);
    let content = Outgoing::File { file: picture, kind: MediaKind::Image, caption: Markup::plain("a cat") };
    let outcome = graph.client().perform(job(5, send(phone(), content, Some("wamid.Q")))).await;
    assert_eq!(outcome, Outcome::Done(Receipt::of("wamid.2")));
    let seen = graph.requests();
    assert_eq!(seen[0].path, format!("/v25.0/{NUMBER}/media"));
    let form = String::from_utf8_lossy(&seen[0].body).into_owned();
    for part in [
        "name=\"messaging_product\"\r\n\r\nwhatsapp",
        "name=\"type\"\r\n\r\nimage/jpeg",
        "filename=\"cat.jpg\"\r\nContent-Type: image/jpeg",
    ] {
        assert!(form.contains(part), "{part}: {form}");
    }
    assert!(seen[0].body.windows(3000).any(|bytes| bytes == [7; 3000]));
    let body = seen[1].json();
    assert_eq!(body["image"], json!({ "id": "media-1", "caption": "a cat" }));
    assert_eq!(body["context"]["message_id"], "wamid.Q");
}

#[tokio::test]
async fn a_file_is_uploaded_once_for_a_job() {
    let graph =
        Graph::start(|count, seen| if count == 2 { error(503, 131_016) } else { media_graph(count, &seen.path) }).await;
    let client = graph.client();
    let folder = tempfile::tempdir().unwrap();
    let call = |folder| {
        send(
            phone(),
            Outgoing::File {
                file: file(folder, "a.pdf", "application/pdf", b"%PDF"),
                kind: MediaKind::Document,
                caption: Markup::default(),
            },
            None,
        )
    };
    assert!(matches!(client.perform(job(5, call(&folder))).await, Outcome::Later { .. }));
    tokio::time::sleep(Duration::from_millis(1300)).await;
    assert!(matches!(client.perform(job(5, call(&folder))).await, Outcome::Done(_)));
    let uploads = graph.requests().iter().filter(|seen| seen.path.ends_with("/media")).count();
    assert_eq!(uploads, 1);
    assert_eq!(graph.requests()[2].json()["document"], json!({ "id": "media-1", "filename": "a.pdf" }));
}

fn opus(channels: u8) -> Vec<u8> {
    let mut bytes = b"OggS".to_vec();
    bytes.extend([0; 24]);
    bytes.extend(b"OpusHead\x01");
    bytes.push(channels);
    bytes.extend([0; 40]);
    bytes
}

#[tokio::test]
async fn kinds_and_sizes_are_checked_before_anything_leaves() {
    let graph = Graph::start(|count, seen| media_graph(count, &seen.path)).await;
    let client = graph.client();
    let folder = tempfile::tempdir().unwrap();
    let mut webp = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00".to_vec();
    let mut id = 100;
    let mut go = async |kind, name: &str, mime: &str, bytes: &[u8]| {
        id += 1;
        let content = Outgoing::File { file: file(&folder, name, mime, bytes), kind, caption: Markup::default() };
        match client
            .perform(job(id, send(Address { phone: id.to_string(), bsuid: String::new() }, content, None)))
            .await
        {
            Outcome::Done(_) => {
                let body = graph.requests().last().unwrap().json();
                let kind = body["type"].as_str().unwrap().to_owned();
                if body[&kind]["voice"] == true { "voice".to_owned() } else { kind }
            }
            other => reason(&other),
        }
    };
    let mb = |n: usize| vec![1; n * 1024 * 1024];
    assert_eq!(go(MediaKind::Image, "a.png", "image/png", &mb(5)).await, "image");
    assert_eq!(
        go(MediaKind::Image, "a.png", "image/png", &mb(6)).await,
        "The file has 6 MB; WhatsApp takes pictures of up to 5 MB."
    );
    let refused = |mime: &str| {
        format!(
            "WhatsApp does not take files of the type {mime}: send a picture, a video, sound, a PDF, a text or an office document."
        )
    };
    assert_eq!(go(MediaKind::Image, "a.gif", "image/gif", b"GIF89a").await, refused("image/gif"));
    assert_eq!(go(MediaKind::Document, "a.zip", "application/zip", b"PK").await, refused("application/zip"));
    assert_eq!(go(MediaKind::Document, "a.csv", "text/csv", b"a;b").await, "document");
    assert_eq!(go(MediaKind::Video, "a.mp4", "video/mp4", b"x").await, "video");
    assert_eq!(
        go(MediaKind::Video, "a.mp4", "video/mp4", &mb(17)).await,
        "The file has 17 MB; WhatsApp takes videos of up to 16 MB."
    );
    assert_eq!(go(MediaKind::Video, "a.avi", "video/x-msvideo", b"x").await, refused("video/x-msvideo"));
    assert_eq!(go(MediaKind::Audio, "a.mp3", "audio/mpeg", b"x").await, "audio");
    assert_eq!(go(MediaKind::Voice, "a.ogg", "audio/ogg", &opus(1)).await, "voice");
    assert_eq!(go(MediaKind::Audio, "a.ogg", "audio/ogg", &opus(1)).await, "audio");
    assert_eq!(go(MediaKind::Voice, "a.ogg", "audio/ogg", &opus(2)).await, "document");
    assert_eq!(go(MediaKind::Voice, "a.mp3", "audio/mpeg", b"x").await, "audio");
    assert_eq!(go(MediaKind::Sticker, "a.png", "image/png", b"x").await, "WhatsApp takes stickers as WebP only.");
    webp.resize(200 * 1024, 0);
    assert_eq!(go(MediaKind::Sticker, "a.webp", "image/webp", &webp).await, "sticker");
    webp[20] = 0;
    assert_eq!(
        go(MediaKind::Sticker, "a.webp", "image/webp", &webp).await,
        "The file has 200 KB; WhatsApp takes stickers of up to 100 KB."
    );
    assert_eq!(go(MediaKind::Document, "a.txt", "text/plain", b"").await, "The file is empty.");
    let gone = Attachment {
        id: MediaId(1),
        source: Source::Stored(folder.path().join("none")),
        name: "n".into(),
        mime: String::new(),
        size: 1,
        link: String::new(),
        alt: String::new(),
    };
    let content = Outgoing::File { file: gone, kind: MediaKind::Document, caption: Markup::default() };
    assert_eq!(reason(&client.perform(job(1, send(phone(), content, None))).await), "The file is no longer stored.");
}

#[tokio::test]
async fn a_caption_that_does_not_fit_follows_as_text() {
    let graph = Graph::start(|count, seen| media_graph(count, &seen.path)).await;
    let client = graph.client();
    let folder = tempfile::tempdir().unwrap();
    let song = Outgoing::File {
        file: file(&folder, "a.mp3", "audio/mpeg", b"x"),
        kind: MediaKind::Audio,
        caption: Markup::plain("listen"),
    };
    let Outcome::Done(receipt) = client.perform(job(1, send(phone(), song, None))).await else { panic!() };
    assert_eq!(receipt.remote.len(), 2);
    let long = "word ".repeat(300);
    let picture = Outgoing::File {
        file: file(&folder, "a.png", "image/png", b"x"),
        kind: MediaKind::Image,
        caption: Markup::plain(&long),
    };
    client.perform(job(2, send(phone(), picture, None))).await;
    let seen = graph.requests();
    assert_eq!(seen[2].json()["text"]["body"], "listen");
    assert_eq!(seen[4].json()["image"], json!({ "id": "media-1" }));
    assert_eq!(seen[5].json()["text"]["body"], long);
}
