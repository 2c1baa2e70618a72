//! What strangers write is data, and what is secret stays so.

use baton::playground::meta::{Attachment, Content};
use serde_json::json;

use super::media::PNG;
use crate::on_both;
use crate::world::acts::file;
use crate::world::logs;
use crate::world::{Setting, World};

/// What somebody might try, each with the ids of this world.
fn attempts(w: &World) -> Vec<String> {
    let (ana, role, support) = (w.ana, w.agent_role, w.support);
    vec![
        "@everyone @here".to_owned(),
        format!("<@{ana}> <@!{ana}> <@&{role}> <#{support}>"),
        "**not bold** __no__ ~~no~~ ||no|| `no`".to_owned(),
        "# heading\n## heading\n-# small print\n> quote\n>>> quote\n- item\n1. item".to_owned(),
        "```\n@everyone\n```".to_owned(),
        "``` @everyone".to_owned(),
        "[a link](https://evil.example) <https://evil.example> [x]: https://evil.example".to_owned(),
        "https://good.example/\\*\\* **https://evil.example**".to_owned(),
        "<t:0:R> </claim:1> <:emoji:1> <a:emoji:1> <id:customize>".to_owned(),
        "line\u{2028}break \u{202e}txt.exe \u{200b}zero\u{200d} \u{feff}mark".to_owned(),
        "\\@everyone \\\\@everyone \\`@everyone\\`".to_owned(),
        "**Maria**\n-# 📨 to the customer".to_owned(),
    ]
}

on_both! {
    // story: SE-01
    async fn a_customers_words_are_only_words(w) {
        let names = ["@everyone", "**Ana** (agent)\n@here", "\u{202e}nimdA\u{200b}", "<@&1>", "   ", "-# sent outside Baton"];
        for (n, name) in names.iter().enumerate() {
            let customer = w.meta.customer(name, &format!("+1555900{n:04}"));
            for text in attempts(&w) {
                w.says(customer, &text);
            }
            w.quiet().await;
        }
        let long = w.meta.customer(&"x".repeat(300), "+15559990000");
        w.says(long, "with a long name");
        w.assert_quiet().await;
        w.assert_no_pings();
        assert_eq!(w.threads().len(), names.len() + 1);
        for thread in w.threads() {
            assert!(thread.name.chars().count() <= 100, "{}", thread.name);
            assert!(!thread.name.contains(['\u{202e}', '\u{200b}', '\n']), "{:?}", thread.name);
            for post in w.posts(thread.id) {
                // The first line is the name; Baton's own marks are nowhere else at the start of a line.
                let lines: Vec<&str> = post.content.lines().collect();
                assert!(lines[0].starts_with("**") && lines[0].ends_with("**"), "{post:#?}");
                for line in &lines[1..] {
                    let spoofs = ["-# ", "# ", "## ", ">>> "].iter().any(|mark| line.starts_with(mark));
                    assert!(!spoofs, "{line:?} in {:?}", post.content);
                    assert!(!line.contains("<@") || line.contains("\\<@") || line.contains("<\\@"), "{line:?}");
                }
            }
        }
        let mut seen = w.texts(w.threads()[0].id).join("\n\n");
        for (id, name) in [(w.ana, "ANA"), (w.agent_role, "ROLE"), (w.support, "CHANNEL")] {
            seen = seen.replace(&id.to_string(), name);
        }
        // Telegram takes what turns the direction of writing out of every text.
        assert_eq!(seen.contains('\u{202e}'), !w.chat.is_telegram());
        let seen = if w.chat.is_telegram() { seen.replace("break txt.exe", "break \u{202e}txt.exe") } else { seen };
        insta::assert_snapshot!("attempts", seen);
        let cards: Vec<String> = w.cards().iter().map(|c| format!("{} | {}", c.embeds[0]["title"], c.embeds[0]["description"])).collect();
        insta::assert_snapshot!("cards", cards.join("\n"));
    }
}

on_both! {
    // story: SE-01
    async fn what_customers_send_along_is_only_words_too(w) {
        let (maria, thread) = w.owned_by_ana("Maria", "Hola").await;
        let evil = "@everyone **x** [y](https://evil.example)\n-# z";
        w.sends(maria, Content::Document(
            Attachment::new("application/pdf", &b"%PDF-1.7"[..]).named("../../etc/pass\u{202e}wd\r\n@everyone.pdf").caption(evil),
        ));
        w.sends(maria, Content::Location { latitude: 1.0, longitude: 2.0, name: Some(evil.to_owned()), address: Some(evil.to_owned()) });
        w.sends(maria, Content::Contacts(json!([{ "name": { "formatted_name": evil, "first_name": "x" }, "phones": [{ "phone": evil }], "org": { "company": evil } }])));
        w.sends(maria, Content::ButtonReply { of: "wamid.x".to_owned(), id: "1".to_owned(), title: evil.to_owned() });
        w.sends(maria, Content::FlowReply {
            of: "wamid.x".to_owned(), name: "flow".to_owned(), body: evil.to_owned(),
            response_json: json!({ "```": "```\n@everyone", evil: evil }).to_string(),
        });
        w.sends(maria, Content::Order { catalog_id: evil.to_owned(), text: evil.to_owned(),
            items: json!([{ "product_retailer_id": evil, "quantity": 1, "item_price": 1, "currency": evil }]) });
        w.sends(maria, baton::playground::meta::Inbound::text(evil).from_ad(evil));
        w.sends(maria, baton::playground::meta::Inbound::unsupported(evil));
        w.assert_quiet().await;
        w.assert_no_pings();
        let file = w.posts(thread).into_iter().find_map(|p| p.attachments.into_iter().next()).unwrap();
        assert!(!file.filename.contains(['/', '\\', '\u{202e}', '\n', '\r']) && !file.filename.contains(".."), "{}", file.filename);
        for post in w.posts(thread) {
            assert!(!post.content.contains("\n-# z"), "{}", post.content);
            // Within a code block nothing is markup.
            let outside: String = post.content.split("```").step_by(2).collect();
            assert!(!outside.contains("[y](https://evil.example)"), "{}", post.content);
        }
        insta::assert_snapshot!("along", w.texts(thread).join("\n\n"));
    }
}

on_both! {
    // story: SE-01
    async fn an_agents_name_and_reason_are_only_words(w) {
        let evil = w.chat.add_user("**@everyone** \u{202e}", &[w.agent_role]);
        let maria = w.customer("Maria");
        w.says(maria, "Hola");
        w.quiet().await;
        w.claims(evil).await;
        w.command(evil, w.thread(), "note", json!({ "text": format!("<@{}> @here", w.ana) })).await;
        w.command(evil, w.thread(), "release", json!({ "reason": format!("@everyone <@&{}>\n# big", w.agent_role) })).await;
        w.assert_quiet().await;
        w.assert_no_pings();
        for post in w.posts(w.thread()) {
            assert!(!post.content.contains("\n# big") && !post.content.contains("**@everyone**"), "{}", post.content);
        }
    }
}

on_both! {
    // story: SE-02
    async fn phone_numbers_are_masked_on_cards_where_the_team_wants_it(
        w, Setting { rest: "[privacy]\nmask_phone = true", ..Setting::default() }
    ) {
        w.owned_by_ana("Maria", "Hola").await;
        w.assert_quiet().await;
        assert_eq!(w.fact(&w.cards()[0], "Phone").as_deref(), Some("+•••••••••00"));
        assert!(!w.transcript().contains("1555123"), "{}", w.transcript());
    }
}

/// The secret by which Baton is in the team chat.
fn bots(w: &World) -> &baton::secret::Secret {
    w.secrets.telegram_tokens.first().unwrap_or(&w.secrets.discord_token)
}

on_both! {
    // story: SE-02
    async fn nothing_private_is_logged_or_stored_beside_the_messages(w) {
        logs::collect();
        let planted = format!("pl4nt3d-{}", w.number.len() + usize::try_from(w.ana % 100_000).unwrap());
        let maria = w.meta.customer(&format!("Name-{planted}"), "+15557654321");
        w.says(maria, &format!("Text-{planted}"));
        w.quiet().await;
        let thread = w.thread();
        w.claims(w.ana).await;
        w.write(w.ana, thread, &format!("Reply-{planted}"));
        w.command(w.ana, thread, "note", json!({ "text": format!("Note-{planted}") })).await;
        w.sends(maria, Content::Image(Attachment::new("image/png", PNG).caption(&format!("Caption-{planted}"))));
        w.write_files(w.ana, thread, "", vec![file(&format!("File-{planted}.png"), "image/png", PNG)]);
        w.meta.fail_next(maria, 131_026);
        w.write(w.ana, thread, &format!("Failing-{planted}"));
        w.meta.raw(format!("junk {planted} +15557654321"));
        w.post_signed(&w.body_with("messages", &[json!({ "id": "wamid.broken", "from": "15557654321", "type": "text", "text": { "body": planted } })])).await;
        w.quiet().await;
        // Trouble is where logs talk most.
        w.meta.set_access_token("another-token");
        w.write(w.ana, thread, &format!("Unauthorised-{planted}"));
        w.until("it was tried", |w| w.meta.accepted().len() >= 2).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let logged = logs::text();
        assert!(logged.contains("baton"), "something was logged at all");
        for secret in [planted.as_str(), "15557654321", w.secrets.access_token.expose(), w.secrets.app_secrets[0].expose(),
            w.secrets.verify_token.expose(), bots(&w).expose()]
        {
            let lines: Vec<&str> = logged.lines().filter(|line| line.contains(secret)).take(3).collect();
            assert!(lines.is_empty(), "{secret:?} is in the log: {lines:#?}");
        }
        let shown = format!("{:?} {:?}", w.secrets, w.config);
        for secret in [w.secrets.access_token.expose(), bots(&w).expose(), w.secrets.app_secrets[0].expose()] {
            assert!(!shown.contains(secret), "secrets are not shown in debug output");
        }
        if let Some(path) = w.config.database.url.strip_prefix("sqlite://") {
            let mut stored = std::fs::read(path).unwrap();
            stored.extend(std::fs::read(format!("{path}-wal")).unwrap_or_default());
            for secret in [&w.secrets.access_token, bots(&w), &w.secrets.app_secrets[0]] {
                let secret = secret.expose().as_bytes();
                assert!(!stored.windows(secret.len()).any(|part| part == secret), "a secret is in the database");
            }
        }
    }
}
