//! Files, both ways.

use std::time::{Duration, Instant};

use baton::playground::meta::{Attachment, Content, MediaFault};

use crate::world::acts::file;
use crate::world::{Setting, World};
use crate::{on_both, on_discord};

/// The smallest picture there is.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xff\xff?\0\x05\xfe\x02\xfe\xa7\x9a\xa0\xa0\0\0\0\0IEND\xaeB`\x82";

fn picture() -> Attachment {
    Attachment::new("image/png", PNG)
}

fn pdf(bytes: usize) -> Vec<u8> {
    let mut content = b"%PDF-1.7\n".to_vec();
    content.resize(bytes, b'x');
    content
}

on_both! {
    // story: MD-02
    async fn a_customers_files_reach_the_thread(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Look").await;
        w.sends(maria, Content::Image(picture().caption("the *wheel*")));
        w.sends(maria, Content::Document(Attachment::new("application/pdf", pdf(2000)).named("invoice 7.pdf")));
        w.says(maria, "that is all");
        w.assert_quiet().await;
        let posts = w.posts(thread);
        let files: Vec<(&str, &str, usize)> =
            posts.iter().flat_map(|p| &p.attachments).map(|a| (a.filename.as_str(), a.content_type.as_str(), a.bytes.len())).collect();
        assert_eq!(files, [("photo.png", "image/png", PNG.len()), ("invoice_7.pdf", "application/pdf", 2000)]);
        assert_eq!(posts[2].attachments[0].bytes, PNG);
        assert!(posts[2].content.ends_with("the **wheel**"));
        assert!(posts[4].content.ends_with("that is all"));
        insta::assert_snapshot!("files", w.transcript());
        let stored = std::fs::read_dir(w.media_dir()).unwrap().count();
        assert_eq!(stored, 2, "nothing half-fetched is left behind");
    }
}

/// One file that goes wrong for good, between two texts.
async fn goes_wrong(w: &World, fault: MediaFault) -> String {
    let (maria, thread) = w.owned_by_ana("Maria", "Look").await;
    w.sends(maria, Content::Image(picture().caption("the wheel").faulty(fault)));
    w.says(maria, "that is all");
    w.assert_quiet().await;
    let shown = w.mirrored(thread, "Maria");
    assert_eq!(shown.len(), 3, "{}", w.transcript());
    assert!(shown[1].starts_with("the wheel"), "{shown:#?}");
    assert_eq!(shown[2], "that is all");
    assert_eq!(shown[1].matches("could not be fetched").count(), 1, "{shown:#?}");
    assert_eq!(w.posts(thread).iter().map(|p| p.attachments.len()).sum::<usize>(), 0);
    shown[1].lines().nth(1).unwrap().to_owned()
}

on_both! {
    // story: MD-02
    async fn a_file_that_is_another_than_announced_is_not_shown(w) {
        insta::assert_snapshot!("wrong_hash", goes_wrong(&w, MediaFault::WrongHash).await);
    }
}

on_both! {
    // story: MD-02
    async fn a_file_larger_than_announced_is_not_shown(w) {
        goes_wrong(&w, MediaFault::LargerThanSaid).await;
    }
}

on_both! {
    // story: MD-02
    async fn a_file_that_is_gone_is_not_waited_for(w) {
        insta::assert_snapshot!("gone", goes_wrong(&w, MediaFault::NotFound).await);
    }
}

on_both! {
    // story: MD-02, SE-03
    async fn a_file_is_not_followed_elsewhere(w) {
        for elsewhere in ["https://files.example/wheel.png", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd"] {
            let maria = w.customer(&format!("Maria {}", w.threads().len()));
            let fault = MediaFault::RedirectsTo(elsewhere.to_owned());
            w.sends(maria, Content::Image(picture().faulty(fault)));
            w.assert_quiet().await;
            let thread = w.threads().pop().unwrap().id;
            let shown = w.texts(thread).join("\n");
            assert!(shown.contains("could not be fetched: The address of the file"), "{shown}");
            assert!(!shown.contains(elsewhere), "the address is not repeated");
        }
    }
}

on_both! {
    // story: MD-02
    async fn an_expired_address_is_asked_for_anew(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Look").await;
        w.sends(maria, Content::Image(picture().faulty(MediaFault::ExpiredUrl)));
        w.assert_quiet().await;
        assert_eq!(w.posts(thread).last().unwrap().attachments[0].bytes, PNG);
    }
}

/// Until the thread shows the messages although a file is missing.
async fn without_the_file(w: &World, thread: u64) {
    w.until("the message goes without its file", |w| w.has_post(thread, "still being fetched")).await;
    w.until("and the next one follows", |w| w.has_post(thread, "that is all")).await;
}

on_both! {
    // story: MD-02
    async fn a_file_that_breaks_off_follows_later(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Look").await;
        let wamid = w.sends(maria, Content::Image(picture().caption("the wheel").faulty(MediaFault::Truncated)));
        w.says(maria, "that is all");
        without_the_file(&w, thread).await;
        insta::assert_snapshot!("still_coming", w.mirrored(thread, "Maria")[1]);
        w.meta.break_media(&media_of(&w, &wamid), None);
        w.seconds(20);
        w.assert_quiet().await;
        insta::assert_snapshot!("came_later", w.transcript());
        let last = w.posts(thread).pop().unwrap();
        assert_eq!(last.attachments[0].bytes, PNG);
        assert_eq!(last.reply_to, Some(w.post_with(thread, "the wheel").id));
        assert!(!w.has_post(thread, "still being fetched"));
    }
}

on_both! {
    // story: MD-02
    async fn a_file_that_never_comes_is_given_up_in_words(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Look").await;
        w.sends(maria, Content::Image(picture().caption("the wheel").faulty(MediaFault::Truncated)));
        w.says(maria, "that is all");
        without_the_file(&w, thread).await;
        let begun = Instant::now();
        while !w.has_post(thread, "could not be fetched") {
            assert!(begun.elapsed() < Duration::from_secs(30), "never given up\n{}", w.transcript());
            w.seconds(1800);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        w.assert_quiet().await;
        let shown = w.mirrored(thread, "Maria");
        assert_eq!(shown.len(), 3);
        assert!(shown[1].starts_with("the wheel\n-# ") && !shown[1].contains("still being fetched"), "{shown:#?}");
    }
}

on_both! {
    // story: MD-02
    async fn a_file_that_hangs_holds_up_nobody(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Look").await;
        let wamid = w.sends(maria, Content::Image(picture().faulty(MediaFault::NeverArrives)));
        w.says(maria, "that is all");
        let begun = Instant::now();
        let jose = w.customer("José");
        w.says(jose, "Buenas");
        w.until("another customer is shown", |w| w.threads().iter().any(|t| w.has_post(t.id, "Buenas"))).await;
        assert!(begun.elapsed() < Duration::from_secs(3), "another customer waited {:?}", begun.elapsed());
        without_the_file(&w, thread).await;
        assert!(begun.elapsed() < Duration::from_secs(15), "she waited {:?} for her own words", begun.elapsed());
        w.meta.break_media(&media_of(&w, &wamid), None);
        w.seconds(20);
        w.assert_quiet().await;
        assert_eq!(w.posts(thread).pop().unwrap().attachments[0].bytes, PNG);
    }
}

fn media_of(w: &World, wamid: &str) -> String {
    let customers = w.meta.customers();
    let mut all = customers.iter().flat_map(|c| w.phone(c.id));
    all.find(|m| m.id == wamid).unwrap().media.unwrap().id
}

const SMALL: Setting = Setting {
    server: "public_url = \"http://baton.example\"",
    discord: "max_upload_mb = 1",
    telegram: "max_upload_mb = 1",
    ..Setting::PLAIN
};

on_both! {
    // story: MD-02, SE-03
    async fn a_file_too_large_for_discord_becomes_a_link(w, SMALL) {
        let (maria, thread) = w.owned_by_ana("Maria", "Look").await;
        let content = pdf(3 * 1024 * 1024);
        w.sends(maria, Content::Document(Attachment::new("application/pdf", content.clone()).named("ma\u{202e}nual.pdf").caption("here")));
        w.assert_quiet().await;
        let post = w.posts(thread).pop().unwrap();
        assert_eq!(post.attachments.len(), 0);
        let start = post.content.find("http://baton.example/files/").unwrap_or_else(|| panic!("no link in {}", post.content));
        let link = post.content[start..].split(|c: char| c.is_whitespace() || c == '>').next().unwrap();
        let path = link.strip_prefix("http://baton.example").unwrap().to_owned();
        let answer = reqwest::get(format!("{}{path}", w.address())).await.unwrap();
        assert_eq!(answer.status(), 200);
        let header = |name: &str| answer.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        assert!(header("content-disposition").starts_with("attachment; filename=\"manual.pdf\""), "{}", header("content-disposition"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("content-type"), "application/pdf");
        assert!(header("content-security-policy").contains("sandbox"));
        assert_eq!(answer.bytes().await.unwrap(), content);
        // Altered, it is nobody's.
        let (id, rest) = path.strip_prefix("/files/").unwrap().split_once('?').unwrap();
        let other: i64 = id.parse::<i64>().unwrap() + 1;
        let flip = |c: char| if c == '0' { '1' } else { '0' };
        let mut forged = path.clone();
        let last = forged.pop().unwrap();
        forged.push(flip(last));
        let later = path.replace("until=", "until=1");
        for altered in [format!("/files/{other}?{rest}"), forged, later, format!("/files/{id}?until=9999999999&sig=")] {
            assert_eq!(w.get(&altered).await.0, 403, "{altered}");
        }
        assert!(matches!(w.get(&format!("/files/{id}")).await.0, 400 | 403));
        w.forward(9 * 24 * 60);
        let (status, words) = w.get(&path).await;
        assert_eq!((status, words.as_str()), (403, "This link has expired or is not one of ours.\n"));
    }
}

on_both! {
    // story: MD-02, SE-03
    async fn what_a_browser_would_run_is_served_as_bytes(w, SMALL) {
        let (maria, thread) = w.owned_by_ana("Maria", "Look").await;
        let mut page = b"<html><script>alert(1)</script>".to_vec();
        page.resize(2 * 1024 * 1024, b' ');
        w.sends(maria, Content::Document(Attachment::new("text/html", page).named("a.html")));
        w.assert_quiet().await;
        let post = w.posts(thread).pop().unwrap();
        let start = post.content.find("/files/").unwrap();
        let path = post.content[start..].split(|c: char| c.is_whitespace() || c == '>').next().unwrap();
        let answer = reqwest::get(format!("{}{path}", w.address())).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/octet-stream");
        assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
    }
}

on_both! {
    // story: MD-02
    async fn without_a_public_address_the_thread_says_what_is_there(
        w, Setting { discord: "max_upload_mb = 1", telegram: "max_upload_mb = 1", ..Setting::default() }
    ) {
        let (maria, thread) = w.owned_by_ana("Maria", "Look").await;
        w.sends(maria, Content::Document(Attachment::new("application/pdf", pdf(3_000_000)).named("manual.pdf")));
        w.assert_quiet().await;
        let shown = w.posts(thread).pop().unwrap().content;
        assert!(shown.contains("manual.pdf") && shown.contains("too large") && shown.contains("server.public"), "{shown}");
    }
}

on_both! {
    // story: MD-03
    async fn an_agents_files_reach_the_customer(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let ogg = include_bytes!("../../../src/playground/page/assets/voice.ogg");
        let mp4 = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
        w.write_files(w.ana, thread, "The **manual** and more", vec![
            file("manual.pdf", "application/pdf", pdf(1000)),
            file("wheel.png", "image/png", PNG),
            file("ride.mp4", "video/mp4", mp4),
            file("bell.ogg", "audio/ogg", ogg.to_vec()),
            file("list.csv", "text/plain", "a;b"),
        ]);
        w.write(w.ana, thread, "That is all");
        w.assert_quiet().await;
        let received: Vec<(String, String, String)> = w
            .received(maria)
            .into_iter()
            .map(|m| (m.kind, m.text, m.media.and_then(|media| media.filename).unwrap_or_default()))
            .collect();
        let seen: Vec<(&str, &str, &str)> = received.iter().map(|(k, t, n)| (k.as_str(), t.as_str(), n.as_str())).collect();
        assert_eq!(seen, [
            ("document", "The *manual* and more", "manual.pdf"),
            if w.chat.is_telegram() { ("document", "", "wheel.png") } else { ("image", "", "") },
            if w.chat.is_telegram() { ("document", "", "ride.mp4") } else { ("video", "", "") },
            if w.chat.is_telegram() { ("document", "", "bell.ogg") } else { ("audio", "", "") },
            ("document", "", "list.csv"),
            ("text", "That is all", ""),
        ], "{}", w.transcript());
        assert_eq!(w.received(maria)[1].media.as_ref().unwrap().bytes, PNG);
    }
}

// A picture is what it is by its type; on Telegram it is a file where it was sent as one, of which WhatsApp takes larger ones.
on_discord! {
    // story: MD-03
    async fn what_whatsapp_refuses_is_refused_before_it_is_sent(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let mut large = PNG.to_vec();
        large.resize(6 * 1024 * 1024, 0);
        let too_large = w.write_files(w.ana, thread, "look", vec![file("wall.png", "image/png", large)]);
        let odd = w.write_files(w.ana, thread, "", vec![file("parts.zip", "application/zip", &b"PK\x03\x04rest"[..])]);
        let empty = w.write_files(w.ana, thread, "", vec![file("nothing.txt", "text/plain", "")]);
        let after = w.write(w.ana, thread, "and a text");
        w.assert_quiet().await;
        assert_eq!(w.received_texts(maria), ["and a text"], "{}", w.transcript());
        for post in [too_large, odd, empty] {
            assert_eq!(w.marks(thread, post), "⚠️");
        }
        assert_eq!(w.marks(thread, after), "📬");
        assert_eq!(w.meta.accepted().len(), 1);
        insta::assert_snapshot!("refused_files", w.transcript());
    }
}

// A picture is what it is by its type; on Telegram it is a file where it was sent as one, of which WhatsApp takes larger ones.
on_discord! {
    // story: MD-03
    async fn one_file_of_several_that_fails_does_not_stop_the_others(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let mut large = PNG.to_vec();
        large.resize(6 * 1024 * 1024, 0);
        w.write_files(w.ana, thread, "three", vec![
            file("one.png", "image/png", PNG), file("two.png", "image/png", large), file("three.png", "image/png", PNG),
        ]);
        w.assert_quiet().await;
        assert_eq!(w.received(maria).len(), 2, "{}", w.transcript());
        assert!(w.has_post(thread, "5 MB"), "{}", w.transcript());
    }
}
