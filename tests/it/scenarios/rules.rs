//! Which rule matches: the first whose conditions all hold, of everything that can be asked.

use baton::playground::meta::{Attachment, Content, Inbound};
use chrono::Weekday;
use serde_json::json;

use super::media::PNG;
use crate::on_both;
use crate::world::{Setting, World};

/// A rule for every condition, each with a tag of its own, for a team that works on Mondays from nine to five.
const CONDITIONS: Setting = Setting {
    support: "hours = \"office\"",
    rest: r#"
[calendars.office]
zone = "UTC"
weekly.mon = [["09:00", "17:00"]]
[[rules]]
name = "at night"
when = { hours = "outside" }
priority = "low"
[[rules]]
name = "rentals"
when = { numbers = ["Sunny Rentals"] }
[[rules]]
name = "very important"
when = { vip = true }
[[rules]]
name = "dealers"
when = { tags = ["wholesale"] }
[[rules]]
name = "order number"
when = { pattern = "\\border\\s+\\d{4}\\b" }
[[rules]]
name = "spanish invoices"
when = { languages = ["es"], words = ["factura", "devolución"] }
[[rules]]
name = "spanish"
when = { languages = ["es", "pt"] }
[[rules]]
name = "words"
when = { words = ["gift card", "voucher"] }
[[rules]]
name = "from the ad"
when = { referral = true }
[[rules]]
name = "pictures"
when = { kinds = ["image", "video"] }
[[rules]]
name = "from Germany"
when = { countries = ["DE"], returning = false }
[[rules]]
name = "returning"
when = { returning = true }
[[rules]]
name = "everything else"
"#,
    conversations: "reopen_days = 0",
    ..Setting::PLAIN
};

/// The rule behind the newest conversation, and why it matched, as `/why` says it.
async fn rule(w: &World) -> String {
    w.quiet().await;
    let newest = w.conversations().await.len();
    let why = w.why(i64::try_from(newest).unwrap()).await;
    let line = why.lines().find(|line| line.starts_with("Rule ") || line.starts_with("No rule"));
    line.unwrap_or_else(|| panic!("{why}")).to_owned()
}

on_both! {
    // story: RT-01, RT-08
    async fn every_condition_is_seen(w, CONDITIONS) {
        let mut seen = Vec::new();
        w.on_day(Weekday::Mon, "08:59");
        w.says(w.customer("Maria"), "una factura, por favor");
        seen.push(rule(&w).await);
        assert_eq!(w.fact(&w.cards()[0], "Priority").as_deref(), Some("low"));
        w.forward(1);
        w.meta.says(w.customer("Noor"), &w.second_number, "una factura, por favor");
        seen.push(rule(&w).await);
        let olek = w.customer("Olek");
        w.says(olek, "Where is my ORDER  2041?");
        seen.push(rule(&w).await);
        w.says(w.customer("Pia"), "Quiero la DEVOLUCION de mi dinero, por favor");
        seen.push(rule(&w).await);
        w.says(w.customer("Quinn"), "Hola, ¿tienen bicicletas para niños? Muchas gracias");
        seen.push(rule(&w).await);
        w.says(w.customer("Rosa"), "Do you sell Gift Cards? I mean: a gift card.");
        seen.push(rule(&w).await);
        w.sends(w.customer("Sara"), Inbound::text("Hi there").from_ad("Summer sale"));
        seen.push(rule(&w).await);
        w.sends(w.customer("Timo"), Content::Image(Attachment::new("image/png", PNG.to_vec())));
        seen.push(rule(&w).await);
        let ulf = w.meta.customer("Ulf", "+4915112345678");
        w.says(ulf, "Guten Tag");
        seen.push(rule(&w).await);
        w.says(w.customer("Vera"), "Hello");
        seen.push(rule(&w).await);
        // They come back.
        w.on(w.lea, 9, "close", json!({})).await;
        w.quiet().await;
        w.seconds(1);
        w.says(ulf, "Guten Tag, ich bin wieder da");
        seen.push(rule(&w).await);
        for (id, command, options) in [(11, "tag", json!({ "tags": "Wholesale" })), (11, "vip", json!({}))] {
            w.on(w.lea, id, command, options).await;
            let open = w.conversations().await.len();
            w.on(w.lea, i64::try_from(open).unwrap(), "close", json!({})).await;
            w.quiet().await;
            w.seconds(1);
            w.says(ulf, "And again");
            seen.push(rule(&w).await);
        }
        w.assert_quiet().await;
        w.assert_decisions().await;
        insta::assert_snapshot!("seen", seen.join("\n"));
    }
}

/// A team that is claimed from, and nothing that routes.
const NO_RULE: Setting = Setting { rest: "", ..Setting::PLAIN };

on_both! {
    // story: RT-01, RT-08
    async fn without_rules_a_team_is_claimed_from(w, NO_RULE) {
        w.says(w.customer("Maria"), "Hello");
        w.quiet().await;
        assert_eq!(w.owners().await, ["-"]);
        insta::assert_snapshot!("why", w.why(1).await);
        assert!(w.decisions().await.is_empty());
        w.assert_quiet().await;
    }
}
