//! What is wrong with a configuration is said with file, line and the nearest name; what can hardly be meant is named.

use std::fmt::Write;

use baton::app::App;
use baton::config::Config;
use baton::domain::ids::Time;
use serde_json::json;

use crate::on_discord;
use crate::world::Setting;

/// A configuration with nothing wrong in it.
const GOOD: &str = r##"[whatsapp]
graph_url = "https://graph.facebook.com"
[[whatsapp.numbers]]
id = "900"
name = "Sunny Bikes"
team = "support"
[discord]
guild = "100"
server_members = true
[[teams]]
name = "support"
channel = "101"
strategy = "least_loaded"
hours = "office"
relax_after_minutes = 5
overflow = "backoffice"
overflow_after_minutes = 10
leads = ["lea"]
[[teams]]
name = "backoffice"
channel = "102"
role = "103"
[[agents]]
name = "ana"
discord = "111"
teams = ["support"]
skills = { spanish = 3 }
[[agents]]
name = "lea"
discord = "112"
teams = ["backoffice"]
hours = "office"
rank = "lead"
[calendars.office]
zone = "Europe/Berlin"
weekly.mon = [["09:00", "17:00"]]
[[rules]]
name = "spanish"
when = { languages = ["es"] }
skills = ["spanish"]
tags = ["es"]
[[rules]]
name = "everything else"
team = "support"
[[accounts]]
tag = "wholesale"
owner = "ana"
[routing]
capacity = 5
zone = "Europe/Berlin"
former = ["zoe"]
[ownership]
respond_percent = 40
max_passes = 2
[handoff]
accept_minutes = 5
[canned]
hours = "Monday to Friday"
[automatic]
survey = "How was it?"
survey_options = ["Good", "Bad"]
[roles]
agent = ["120"]
[targets.default]
first = { normal = "15m" }
[alarms]
hours = "office"
[[alarms.steps]]
on = "assign"
at = "100%+5m"
tell = ["lead", "ana", "#102"]
[[summaries]]
name = "morning"
cron = "0 0 9 * * Mon-Fri"
zone = "Europe/Madrid"
channel = "104"
catch_up = "2h"
"##;

/// What is said about the configuration in which `from` is `to`, and the line it points at.
fn refused(from: &str, to: &str) -> String {
    assert!(GOOD.matches(from).count() == 1 || from == "backoffice", "{from}");
    let text = GOOD.replace(from, to);
    let error = Config::parse("baton.toml", &text).map(|_| ()).expect_err(to).to_string();
    let line: usize = error.split(':').nth(1).and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("{error}"));
    format!("{error}\n        {}", text.lines().nth(line - 1).unwrap_or_default())
}

// story: OP-02, RT-01
#[test]
fn every_mistake_is_named_with_its_line() {
    Config::parse("baton.toml", GOOD).unwrap_or_else(|error| panic!("{error}"));
    let cases = [
        // Names that nothing bears.
        ("team = \"support\"\n[discord]", "team = \"suport\"\n[discord]"),
        ("teams = [\"support\"]", "teams = [\"support\", \"back-office\"]"),
        ("overflow = \"backoffice\"", "overflow = \"backofice\""),
        ("leads = [\"lea\"]", "leads = [\"leo\"]"),
        ("owner = \"ana\"", "owner = \"anna\""),
        ("team = \"support\"\n[[accounts]]", "team = \"suport\"\n[[accounts]]"),
        ("hours = \"office\"\nrelax", "hours = \"ofice\"\nrelax"),
        ("hours = \"office\"\nrank", "hours = \"ofice\"\nrank"),
        ("zone = \"Europe/Berlin\"\nformer", "zone = \"Europe/Berlim\"\nformer"),
        ("zone = \"Europe/Berlin\"\nweekly", "zone = \"Europe/Berlim\"\nweekly"),
        ("strategy = \"least_loaded\"", "strategy = \"least_load\""),
        ("relax_after_minutes = 5", "relax_after = 5"),
        ("languages = [\"es\"]", "languages = [\"spanish\"]"),
        ("languages = [\"es\"]", "language = [\"es\"]"),
        ("languages = [\"es\"]", "countries = [\"Germany\"]"),
        ("languages = [\"es\"]", "kinds = [\"picture\"]"),
        ("languages = [\"es\"]", "pattern = \"(\""),
        ("languages = [\"es\"]", "words = [\"\"]"),
        ("rank = \"lead\"", "rank = \"leader\""),
        // What is there twice or goes round in a circle.
        ("name = \"backoffice\"", "name = \"support\""),
        ("name = \"ana\"", "name = \"Lea\""),
        ("name = \"ana\"", "name = \"support\""),
        ("discord = \"112\"", "discord = \"111\""),
        ("name = \"everything else\"", "name = \"spanish\""),
        ("overflow = \"backoffice\"", "overflow = \"support\""),
        ("role = \"103\"", "overflow = \"support\""),
        ("former = [\"zoe\"]", "former = [\"Ana\"]"),
        // What is no such thing.
        ("backoffice", "back office"),
        ("channel = \"102\"", "channel = \"#backoffice\""),
        ("role = \"103\"", "role = \"@agents\""),
        ("server_members = true", "server_members = false"),
        ("name = \"ana\"", "name = \"ana b.\""),
        ("discord = \"112\"", "discord = \"lea#1\""),
        ("skills = { spanish = 3 }", "skills = { spanish = 0 }"),
        ("tags = [\"es\"]", "tags = [\"speaks spanish\"]"),
        ("tag = \"wholesale\"", "tag = \"big/whole\""),
        ("tag = \"wholesale\"", "customer = \"0151 1234\""),
        ("tag = \"wholesale\"", "tag = \"wholesale\"\ncustomer = \"+4915112345678\""),
        ("tag = \"wholesale\"\n", ""),
        ("hours = \"Monday to Friday\"", "\"our hours\" = \"Monday to Friday\""),
        ("hours = \"Monday to Friday\"", "hours = \" \""),
        ("survey_options = [\"Good\", \"Bad\"]", "survey_options = [\"Good\"]"),
        ("survey_options = [\"Good\", \"Bad\"]", "survey_options = [\"Good\", \"Not as good as it could be\"]"),
        ("survey_options = [\"Good\", \"Bad\"]", "survey_options = [\"A\", \"B\", \"C\", \"D\"]"),
        ("weekly.mon = [[\"09:00\", \"17:00\"]]", "weekly.mon = [[\"09:00\", \"25:00\"]]"),
        ("weekly.mon = [[\"09:00\", \"17:00\"]]\n", ""),
        ("capacity = 5", "capacity = 0"),
        // Targets and alarms.
        ("first = { normal = \"15m\" }", "first = { normal = \"15 minutes\" }"),
        ("first = { normal = \"15m\" }", "first = { normal = \"0m\" }"),
        ("first = { normal = \"15m\" }", "first = { usual = \"15m\" }"),
        ("relax_after_minutes = 5", "relax_after_minutes = 5\ntargets = \"gold\""),
        ("hours = \"office\"\n[[alarms", "hours = \"nights\"\n[[alarms"),
        ("on = \"assign\"", "on = \"answer\""),
        ("at = \"100%+5m\"", "at = \"5m\""),
        ("at = \"100%+5m\"", "at = \"100%+5\""),
        ("\"lead\", \"ana\", \"#102\"", "\"lead\", \"anna\""),
        ("\"lead\", \"ana\", \"#102\"", "\"#backoffice\""),
        ("\"lead\", \"ana\", \"#102\"", "\"manager\""),
        ("\"lead\", \"ana\", \"#102\"", ""),
        ("on = \"assign\"", "on = \"assign\"\nact = \"release\""),
        ("[alarms]\n", "[alarms]\nchannel = \"alarms\"\n"),
        ("[alarms]\n", "[alarms]\nstorm_threshold = -1\n"),
        // What comes again and again.
        ("cron = \"0 0 9 * * Mon-Fri\"", "cron = \"0 9 * * Mon-Fri\""),
        ("cron = \"0 0 9 * * Mon-Fri\"", "cron = \"0 0 9 31 2 *\""),
        ("cron = \"0 0 9 * * Mon-Fri\"", "cron = \"every morning\""),
        ("cron = \"0 0 9 * * Mon-Fri\"", "cron = \"* * * * * *\""),
        ("zone = \"Europe/Madrid\"", "zone = \"Madrid\""),
        ("zone = \"Europe/Madrid\"", "teams = [\"suport\"]"),
        ("channel = \"104\"", "channel = \"#team\""),
        ("channel = \"104\"\n", ""),
        ("catch_up = \"2h\"", "catch_up = \"2\""),
        ("catch_up = \"2h\"", "catch_up = \"200h\""),
        ("name = \"morning\"", "name = \"\""),
        ("relax_after_minutes = 5", "relax_after_minutes = 5\nboard = \"managers\""),
        ("accept_minutes = 5", "accept_minutes = 0"),
        ("max_passes = 2", "max_passes = 0"),
        ("respond_percent = 40", "respond_percent = 140"),
        ("guild = \"100\"", "guild = \"Sunny Bikes\""),
        ("agent = [\"120\"]", "agent = []"),
        ("graph_url = \"https://graph.facebook.com\"", "graph_url = \"http://graph.facebook.com\""),
    ];
    let mut said = String::new();
    for (from, to) in cases {
        let _ = writeln!(said, "{}", refused(from, to));
    }
    insta::assert_snapshot!("mistakes", said);
}

/// What can hardly be meant by the configuration in which `from` is `to`.
fn linted(from: &str, to: &str) -> Vec<String> {
    assert!(GOOD.contains(from), "{from}");
    let config = Config::parse("baton.toml", &GOOD.replacen(from, to, 1)).unwrap_or_else(|error| panic!("{error}"));
    config.lints(Time(1_790_000_000_000))
}

// story: OP-02, RT-01
#[test]
fn what_can_hardly_be_meant_is_named() {
    assert_eq!(linted("", ""), Vec::<String>::new());
    let cases = [
        ("name = \"spanish\"\nwhen = { languages = [\"es\"] }", "name = \"spanish\""),
        ("[[rules]]\nname = \"everything else\"\nteam = \"support\"\n", ""),
        ("skills = [\"spanish\"]", "skills = [\"catalan\"]"),
        ("overflow = \"backoffice\"\n", ""),
        ("teams = [\"support\"]\n", ""),
        ("overflow_after_minutes = 10", "overflow_after_minutes = 5"),
        ("discord = \"111\"\n", ""),
        ("discord = \"111\"", "discord = \"111\"\ncapacity = 0"),
        ("weekly.mon = [[\"09:00\", \"17:00\"]]", "weekly.mon = [[\"09:00\", \"17:00\"]]\nholidays = [\"2031-01-05\"]"),
        ("hours = \"Monday to Friday\"", "hours = \"Dear {custmer}, we are here, {agent}\""),
    ];
    let mut said = String::new();
    for (from, to) in cases {
        let _ = writeln!(said, "{}", linted(from, to).join("\n"));
    }
    insta::assert_snapshot!("lints", said);
}

/// Ana and Ben by the configuration.
const TWO: Setting = Setting {
    support: "strategy = \"round_robin\"",
    rest: r#"
[[agents]]
name = "ana"
discord = "{ana}"
teams = ["support"]
[[agents]]
name = "ben"
discord = "{ben}"
teams = ["support"]
"#,
    ..Setting::PLAIN
};

// The lines name people by their ids on Discord.
on_discord! {
    // story: OP-05, CL-06
    async fn nobody_is_left_out_who_owns_something(w, TWO) {
        for name in ["Maria", "Noor", "Olek"] {
            w.says(w.customer(name), "Hello");
            w.quiet().await;
        }
        assert_eq!(w.owners().await, ["ana", "ben", "ana"]);
        w.command(w.ana, w.support, "away", json!({})).await;
        w.quiet().await;
        w.command(w.ana, w.support, "back", json!({})).await;
        w.on(w.ana, 1, "claim", json!({})).await;
        w.on(w.lea, 1, "assign", json!({ "to": "@ana" })).await;
        w.on(w.lea, 3, "assign", json!({ "to": "@ana" })).await;
        w.quiet().await;
        w.stop().await;
        let whole = w.config.clone();
        w.config.agents.retain(|agent| agent.name != "ana");
        let refused = App::start(&w.config, &w.secrets, w.clock.clone()).await.map(|_| ()).unwrap_err();
        insta::assert_snapshot!("left_out", refused.to_string());
        // It has changed nothing.
        w.config = whole;
        w.run().await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ana", "ben", "ana"]);
        w.stop().await;
        w.config.agents.retain(|agent| agent.name != "ana");
        w.config.routing.former.push("Ana".to_owned());
        w.run().await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ben", "ben", "ben"], "what was hers is passed on");
        w.says(w.customer("Pia"), "Hello");
        w.quiet().await;
        assert_eq!(w.owners().await[3], "ben");
        // The role still lets her claim, and what she claims is hers.
        w.on(w.ben, 4, "release", json!({})).await;
        w.on(w.ana, 4, "claim", json!({})).await;
        w.quiet().await;
        w.meta.says(w.meta.customers()[3].id, &w.number, "Anybody?");
        w.assert_quiet().await;
        assert_eq!(w.owners().await[3], "ana");
        w.assert_capacities().await;
    }
}

// The lines name people by their ids on Discord.
on_discord! {
    // story: OP-05, CL-06
    async fn whoever_left_keeps_nothing_even_when_they_were_away(w, TWO) {
        let maria = w.customer("Maria");
        w.says(maria, "Hello");
        w.quiet().await;
        w.write(w.ana, w.thread(), "Hello!");
        w.quiet().await;
        w.command(w.ana, w.support, "away", json!({})).await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ana"], "nobody waits for her");
        w.stop().await;
        w.config.agents.retain(|agent| agent.name != "ana");
        w.config.routing.former.push("ana".to_owned());
        w.run().await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["-"]);
        w.says(maria, "One more thing");
        w.assert_quiet().await;
        assert_eq!(w.owners().await, ["ben"]);
    }
}

// The lines name people by their ids on Discord.
on_discord! {
    // story: OP-05, CL-08
    async fn names_may_change_hands(w, TWO) {
        for name in ["Maria", "Noor"] {
            w.says(w.customer(name), "Hello");
            w.quiet().await;
        }
        assert_eq!(w.owners().await, ["ana", "ben"]);
        // The two swap their names in the configuration: people stay who they are in the workspace.
        w.stop().await;
        w.config.agents[0].name = "ben".to_owned();
        w.config.agents[1].name = "ana".to_owned();
        w.run().await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ben", "ana"]);
        assert_eq!(w.fact(&w.cards()[0], "Owner"), Some(format!("<@{}>", w.ana)));
        // Ben (who was called Ana) is somebody else from today on.
        w.stop().await;
        w.config.agents[1].discord = w.mia.to_string();
        w.config.agents[1].name = "mia".to_owned();
        w.config.routing.former.push("ana".to_owned());
        w.run().await;
        w.quiet().await;
        assert_eq!(w.owners().await, ["ben", "mia"]);
        w.assert_quiet().await;
        w.assert_capacities().await;
    }
}
